/*
 * fuzz_maths.c: every function of the maths on any numbers.
 *
 * An input is a byte that picks the function, then its numbers as
 * numbers.h reads them.  A function either names an argument or answers what its
 * header promises.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/counts.h"
#include "pure/cover.h"
#include "pure/gamma_demand.h"
#include "pure/needs.h"
#include "pure/normal.h"
#include "pure/order.h"
#include "pure/safety.h"
#include "pure/velocity.h"

#include "numbers.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_DAYS 64

static void
promise(int kept)
{
	if (!kept)
		abort();
}

static int
is_probability(double p)
{
	return p >= 0.0 && p <= 1.0;
}

static void
try_normal(Input *in)
{
	double x = take(in);
	double z;

	promise(isnan(x) || is_probability(sa_normal_cdf(x)));
	promise(isnan(x) || is_probability(sa_normal_upper(x)));
	promise(isnan(x) || sa_normal_density(x) >= 0.0);
	promise(isnan(x) || sa_normal_loss(x) >= 0.0);
	if (!sa_normal_quantile(x, &z))
		promise(fabs(z) < 40.0 && fabs(sa_normal_cdf(z) - x) < 1e-14);
	if (!sa_normal_loss_inverse(x, &z))
		promise(isfinite(z) && z <= 40.0);
}

static void
try_counts(Input *in)
{
	double x = take(in);
	double mean = take(in);
	double variance = take(in);
	double out;

	if (!sa_poisson_cdf(x, mean, &out))
		promise(is_probability(out));
	if (!sa_poisson_loss(x, mean, &out))
		promise(out >= 0.0);
	if (!sa_poisson_quantile(x, mean, &out))
		promise(out >= 0.0 && out == floor(out));
	if (!sa_negative_binomial_cdf(x, mean, variance, &out))
		promise(is_probability(out));
	if (!sa_negative_binomial_loss(x, mean, variance, &out))
		promise(out >= 0.0);
	if (!sa_negative_binomial_quantile(x, mean, variance, &out))
		promise(out >= 0.0 && out == floor(out));
	if (!sa_gamma_cdf(x, mean, variance, &out))
		promise(is_probability(out));
	if (!sa_gamma_quantile(x, mean, variance, &out))
		promise(out >= 0.0);
}

static void
try_history(Input *in)
{
	double first = take(in);
	double second = take(in);
	int window = (int) fmax(-2.0, fmin(100.0, first * 10.0));
	double units[MOST_DAYS];
	size_t days = 0;
	double largest = 0.0;
	double out;
	int day;

	while (in->left > 0 && days < MOST_DAYS)
	{
		units[days] = take(in);
		largest = fmax(largest, isnan(units[days]) ? INFINITY : fabs(units[days]));
		days++;
	}
	if (!sa_days_of_supply_profile(first, units, days, &out))
		promise(out >= 0.0);
	if (!sa_stockout_day_profile(first, units, days, &day))
		promise(day >= SA_COVER_NEVER && day <= SA_COVER_CAP);
	/* Sums of the hugest numbers are infinite, and then nothing is promised. */
	if (!sa_velocity_window(units, days, window, &out) && largest < 1e150)
		promise(fabs(out) <= largest * (1.0 + 1e-9));
	if (!sa_velocity_linear(units, days, window, &out) && largest < 1e150)
		promise(fabs(out) <= largest * (1.0 + 1e-9));
	if (!sa_velocity_spread(units, days, window, &out) && largest < 1e150)
		promise(isnan(out) || (out >= 0.0 && out <= 2.0 * largest));
	if (!sa_velocity_ewma(units, days, second, window, &out) && largest < 1e150)
		promise(fabs(out) <= largest * (1.0 + 1e-9));
	if (!sa_velocity_ewma_variance(units, days, second, &out) && largest < 1e150)
		promise(isnan(out) || out >= 0.0);
	sa_velocity_clip(units, days);
	if (!sa_velocity_window(units, days, window, &out))
		promise(out >= 0.0);
}

static void
try_rates(Input *in)
{
	double a = take(in);
	double b = take(in);
	double c = take(in);
	double out;
	int day;

	if (!sa_velocity_alpha(a, &out))
		promise(is_probability(out));
	if (!sa_velocity_decay(a, b, c, &out))
		promise(fabs(out) <= fabs(a));
	if (!sa_velocity_exposed(a, b, &out))
		promise(b > 0.0 || isnan(out));
	if (!sa_days_of_supply(a, b, &out))
		promise(out >= 0.0);
	if (!sa_stockout_day(a, b, &day))
		promise(day >= SA_COVER_NEVER && day <= SA_COVER_CAP);
}

static void
try_safety(Input *in)
{
	double a = take(in);
	double b = take(in);
	double c = take(in);
	double d = take(in);
	double e = take(in);
	double out;

	if (!sa_lead_time_sd(a, b, c, d, &out))
		promise(out >= 0.0);
	if (!sa_lead_time_sd_from_error(a, b, e, c, d, &out))
		promise(out >= 0.0);
	if (!sa_variance_factor(a, b, &out))
		promise(out >= 0.0);
	if (!sa_safety_stock(a, b, &out))
		promise(a >= 0.5 ? out >= 0.0 && !signbit(out) : out <= 0.0);
	if (!sa_safety_stock_fill_rate(a, b, c, d > 0.0, &out))
		promise(!isnan(out));
	if (!sa_expected_shortage(a, b, c, &out))
		promise(out >= 0.0);
}

static void
try_orders(Input *in)
{
	SaOrderLimits limits;
	SaOrderReason reason;
	double need = take(in);
	double out;

	limits.pack = take(in);
	limits.minimum = take(in);
	limits.room = take(in);
	if (!sa_order_quantity(need, &limits, &out, &reason))
	{
		promise(out >= 0.0 && sa_order_reason_name(reason) != NULL);
		/* No more than there is room for, but for the rounding of the last pack. */
		promise(out <= fmax(0.0, limits.room) * (1.0 + 2e-9));
		promise(need > 0.0 || out == 0.0);
		if (reason == SA_ORDER_NEED || reason == SA_ORDER_PACK || reason == SA_ORDER_MINIMUM)
			promise(out >= need * (1.0 - 2e-9));
	}
	if (!sa_economic_order_quantity(need, limits.pack, limits.minimum, &out))
		promise(out >= 0.0);
	if (!sa_need_order_up_to(need, limits.pack, limits.minimum, &out))
		promise(out >= 0.0);
	if (!sa_need_fixed_quantity(need, limits.pack, limits.minimum, &out))
		promise(out >= 0.0);
	if (!sa_need_at_review(need, limits.pack, &out))
		promise(out >= 0.0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(Input *) = {try_normal, try_counts, try_history,
											 try_rates,  try_safety, try_orders};
	Input in = {data + 1, size - 1};

	if (size == 0)
		return 0;
	tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](&in);
	return 0;
}
