/*
 * fuzz_risk.c: stockout risk, reorder points, past demand and classes on any
 * numbers.
 *
 * An input is a byte that picks the function, then its numbers as
 * numbers.h reads them.  A function either names an argument or answers what its
 * header promises; infinite is an answer to huge arguments.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/censored.h"
#include "pure/cover.h"
#include "pure/demand_class.h"
#include "pure/empirical.h"
#include "pure/lead_time_demand.h"
#include "pure/negbin_fit.h"
#include "pure/overstock.h"
#include "pure/pooled.h"
#include "pure/receipts.h"
#include "pure/reorder.h"
#include "pure/sample.h"

#include "numbers.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 32

static size_t
take_rest(Input *in, double *numbers)
{
	size_t count = 0;

	while (in->left > 0 && count < MOST)
		numbers[count++] = take(in);
	return count;
}

static void
promise(bool kept)
{
	if (!kept)
		abort();
}

static bool
is_probability(double p)
{
	return p >= 0.0 && p <= 1.0;
}

static void
try_reorder(Input *in)
{
	double a[7];
	double point;
	double mean;
	double sigma;
	double p;

	for (int i = 0; i < 7; i++)
		a[i] = take(in);
	if (!sa_reorder_point(a[0], a[1], a[2], a[3], a[4], a[5], a[6], &point, &mean, &sigma))
		promise(mean >= 0.0 && sigma >= 0.0 && !isnan(point));
	if (!sa_stockout_probability_default(a[0], a[1], a[2], a[3], a[4], a[6], &p))
	{
		promise(is_probability(p) && (a[0] >= 0.0 || p == 1.0));
		promise(a[0] < 0.0 || a[1] > 0.0 || p == 0.0);
	}
}

static void
try_distributions(Input *in)
{
	SaDistribution distribution = (SaDistribution) take_small(in, 4);
	double x = take(in);
	double mean = take(in);
	double variance = take(in);
	double out;

	if (!sa_stockout_probability(x, mean, variance, distribution, &out))
		promise(is_probability(out));
	if (!sa_reorder_point_of(x, mean, variance, distribution, &out))
		promise(!isnan(out));
}

static void
try_receipts(Input *in)
{
	double on_hand = take(in);
	double lead_time = take(in);
	double numbers[MOST];
	size_t count = take_rest(in, numbers);
	SaReceipt receipts[MOST];
	double out;
	int day;

	for (size_t i = 0; i < count; i++)
	{
		receipts[i].units = numbers[i];
		receipts[i].day = fabs(numbers[i]) < 1e6 ? (int64_t) numbers[i] : INT64_MIN;
	}
	if (!sa_stockout_day_receipts(on_hand, numbers, count / 2, receipts, count, &day))
		promise(day == SA_COVER_NEVER || (day >= 0 && day <= SA_COVER_CAP));
	if (!sa_position_within(on_hand, lead_time, receipts, count, &out))
		promise(out >= on_hand && isfinite(out));
	if (!sa_forecast_velocity(numbers, count, lead_time, &out))
		promise(out >= 0.0);
}

static void
try_censored(Input *in)
{
	double sold = take(in);
	double lambda = take(in);
	double numbers[MOST];
	size_t count = take_rest(in, numbers);
	bool sold_out[MOST];
	double out;

	if (!sa_censored_demand(sold, lambda, &out))
		promise(out >= lambda && out >= sold);
	for (size_t i = 0; i < count; i++)
		sold_out[i] = ((i * 7) & 2) != 0;
	if (!sa_censored_velocity(numbers, sold_out, count, &out))
		promise(isnan(out) || out >= 0.0);
	if (!sa_pooled_velocity(sold, lambda, count > 0 ? numbers[0] : 0, count > 1 ? numbers[1] : 0,
							&out))
		promise(out >= 0.0);
}

static void
try_empirical(Input *in)
{
	int lead_time = take_small(in, 50);
	double p = take(in);
	double numbers[MOST];
	size_t count = take_rest(in, numbers);
	SaEmpirical demand;
	size_t doubles;
	double draws[16];
	double out;
	double more;
	double *space;

	if (!sa_bootstrap_quantile(numbers, count, lead_time, p, 2, 7, draws, 16, &out))
		promise(!isnan(out) || count > 0);
	if (sa_empirical_space(numbers, count, lead_time, &doubles))
		return;
	/* Short of time, not of space. */
	if (doubles > 20000)
		return;
	space = malloc(doubles * sizeof(double));
	if (space == NULL)
		return;
	promise(sa_empirical_make(numbers, count, lead_time, space, &demand) == SA_MATHS_FINE);
	if (!sa_empirical_quantile(&demand, p, &out))
	{
		promise(sa_empirical_exceedance(&demand, out, &more) == SA_MATHS_FINE);
		promise(is_probability(more) && more <= 1.0 - p + 1e-9);
	}
	free(space);
}

static void
try_sample(Input *in)
{
	double p = take(in);
	double numbers[MOST];
	size_t count = take_rest(in, numbers);
	SaNegbinFit fit;
	size_t longest;
	size_t last;
	double out;

	if (!sa_negbin_fit_moments(numbers, count, &fit))
		promise(fit.mean >= 0.0 && fit.size > 0.0);
	if (!sa_negbin_fit_likelihood(numbers, count, &fit))
		promise(fit.size > 0.0 && !isnan(fit.log_likelihood));
	if (!sa_longest_zero_run(numbers, count, &longest, &last))
		promise(last <= longest && longest <= count);
	for (int definition = 1; definition <= 7; definition += 6)
		if (!sa_sample_quantile(numbers, count, p, definition, &out) && count > 0)
			promise(!isnan(out));
}

static void
try_classes(Input *in)
{
	double a = take(in);
	double b = take(in);
	double numbers[MOST];
	size_t count = take_rest(in, numbers);
	SaAbcItem items[MOST];
	double out;
	char letter;
	int class;

	if (!sa_demand_class(numbers, count, a, b, &class))
		promise(class >= SA_NO_CLASS && class <= SA_LUMPY);
	if (!sa_xyz_class(numbers, count, a, b, &letter))
		promise(letter == 0 || (letter >= 'X' && letter <= 'Z'));
	for (size_t i = 0; i < count; i++)
	{
		items[i].key = i % 3 == 0 ? NULL : "key";
		items[i].value = numbers[i];
		items[i].place = i;
	}
	if (!sa_abc_classes(items, count, a, b))
		for (size_t i = 1; i < count; i++)
			promise(items[i].value <= items[i - 1].value &&
					(items[i].class == 0) == (items[0].class == 0));
	if (count >= 4 && !sa_overstock(a, b, numbers[0], numbers[1], numbers[2], &out))
		promise(out >= 0.0);
	/* Infinite less infinite is for the caller to refuse. */
	if (count >= 4)
		(void) sa_economic_stock_years(a, b, numbers[0], numbers[1], numbers[2], numbers[3], &out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const functions[])(Input *) = {try_reorder,  try_distributions, try_receipts,
												 try_censored, try_empirical,     try_sample,
												 try_classes};
	Input in = {data, size};

	if (size == 0)
		return 0;
	in.data++;
	in.left--;
	functions[data[0] % (sizeof(functions) / sizeof(functions[0]))](&in);
	return 0;
}
