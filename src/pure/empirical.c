/*
 * empirical.c: powers of a histogram by squaring.
 *
 * The last and largest product is not carried out: for a sum of two halves the
 * probability of a tail is one pass over one of them, which takes three
 * quarters off the work.  Terms are positive, so nothing cancels.
 */
#include "pure/empirical.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "pure/sample.h"

/* Ends of a distribution that hold less than this are cut. */
#define NOTHING  1e-40
#define ROUNDING (64.0 * DBL_EPSILON)

typedef struct Extent
{
	double least;
	double most;
} Extent;

static SaBadArgument
measure(const double *history, size_t days, int lead_time, Extent *extent)
{
	extent->least = days > 0 ? history[0] : 0.0;
	extent->most = extent->least;
	SA_REQUIRE(lead_time >= 0, "lead_time");
	for (size_t i = 0; i < days; i++)
	{
		SA_REQUIRE(fabs(history[i]) <= 1e15 && history[i] == floor(history[i]),
				   "history in parts of units");
		extent->least = fmin(extent->least, history[i]);
		extent->most = fmax(extent->most, history[i]);
	}
	SA_REQUIRE((extent->most - extent->least) * fmax(lead_time, 1.0) <= SA_EMPIRICAL_MOST,
			   "range of history times lead_time");
	return SA_MATHS_FINE;
}

/* Masses of a sum of so many days. */
static size_t
masses_of(const Extent *extent, int days)
{
	return (size_t) ((extent->most - extent->least) * days) + 1;
}

SaBadArgument
sa_empirical_space(const double *history, size_t days, int lead_time, size_t *doubles)
{
	Extent extent;
	SaBadArgument bad = measure(history, days, lead_time, &extent);

	if (bad)
		return bad;
	/* a day, a half and its square or product, and the larger half with its tails */
	*doubles = masses_of(&extent, 1) + 2 * masses_of(&extent, lead_time / 2 + 1) +
			   3 * masses_of(&extent, lead_time - lead_time / 2);
	return SA_MATHS_FINE;
}

/* Drops ends that hold nothing worth a digit. */
static void
trim(SaMasses *m)
{
	double sum = 0.0;
	size_t first = 0;

	while (m->count > 1 && sum + m->mass[m->count - 1] < NOTHING)
		sum += m->mass[--m->count];
	sum = 0.0;
	while (first + 1 < m->count && sum + m->mass[first] < NOTHING)
		sum += m->mass[first++];
	if (first > 0)
	{
		m->count -= first;
		m->least += (double) first;
		memmove(m->mass, m->mass + first, m->count * sizeof(double));
	}
}

/* The distribution of a sum, into space that neither of them uses. */
static void
convolve(const SaMasses *a, const SaMasses *b, SaMasses *out)
{
	out->count = a->count + b->count - 1;
	out->least = a->least + b->least;
	memset(out->mass, 0, out->count * sizeof(double));
	for (size_t i = 0; i < a->count; i++)
	{
		double mass = a->mass[i];

		if (mass == 0.0)
			continue;
		for (size_t j = 0; j < b->count; j++)
			out->mass[i + j] += mass * b->mass[j];
	}
	trim(out);
}

/* one^power for power >= 0, in one of the two. */
static void
raise_power(const SaMasses *one, int power, SaMasses *result, SaMasses *other)
{
	int bit = 1;

	result->mass[0] = 1.0;
	result->least = 0.0;
	result->count = 1;
	while (bit <= power / 2)
		bit *= 2;
	for (; bit > 0 && power > 0; bit /= 2)
	{
		SaMasses swap;

		convolve(result, result, other);
		swap = *result;
		*result = *other;
		*other = swap;
		if ((power & bit) == 0)
			continue;
		convolve(one, result, other);
		swap = *result;
		*result = *other;
		*other = swap;
	}
}

static void
count_days(const double *history, size_t days, const Extent *extent, SaMasses *one)
{
	one->least = extent->least;
	one->count = masses_of(extent, 1);
	memset(one->mass, 0, one->count * sizeof(double));
	for (size_t i = 0; i < days; i++)
		one->mass[(size_t) (history[i] - extent->least)] += 1.0;
	for (size_t i = 0; i < one->count; i++)
		one->mass[i] /= (double) (days > 0 ? days : 1);
	if (days == 0)
		one->mass[0] = 1.0;
}

static void
add_up_tails(SaEmpirical *demand)
{
	double sum = 0.0;

	for (size_t i = 0; i < demand->b.count; i++)
	{
		sum += demand->b.mass[i];
		demand->at_most[i] = sum;
	}
	sum = 0.0;
	for (size_t i = demand->b.count; i-- > 0;)
	{
		demand->more_than[i] = sum;
		sum += demand->b.mass[i];
	}
}

SaBadArgument
sa_empirical_make(const double *history, size_t days, int lead_time, double *space,
				  SaEmpirical *out)
{
	Extent extent;
	SaMasses one;
	SaMasses other;
	size_t half;
	size_t larger;
	SaBadArgument bad = measure(history, days, lead_time, &extent);

	if (bad)
		return bad;
	half = masses_of(&extent, lead_time / 2 + 1);
	larger = masses_of(&extent, lead_time - lead_time / 2);
	one.mass = space;
	out->a.mass = one.mass + masses_of(&extent, 1);
	other.mass = out->a.mass + half;
	out->b.mass = other.mass + half;
	out->at_most = out->b.mass + larger;
	out->more_than = out->at_most + larger;
	count_days(history, days, &extent, &one);
	raise_power(&one, lead_time / 2, &out->a, &other);
	if (lead_time % 2 == 1)
		convolve(&one, &out->a, &out->b);
	else
	{
		out->b.count = out->a.count;
		out->b.least = out->a.least;
		memcpy(out->b.mass, out->a.mass, out->a.count * sizeof(double));
	}
	add_up_tails(out);
	return SA_MATHS_FINE;
}

/* Sum over a of a tail of b, at x less the units of a; before and after are the tail's ends. */
static double
sum_tail(const SaEmpirical *demand, const double *tail, double before, double after, double x)
{
	double sum = 0.0;

	for (size_t i = 0; i < demand->a.count; i++)
	{
		double place = floor(x) - demand->a.least - (double) i - demand->b.least;
		double share = before;

		if (place >= (double) demand->b.count)
			share = after;
		else if (place >= 0.0)
			share = tail[(size_t) place];
		sum += demand->a.mass[i] * share;
	}
	return fmin(1.0, sum);
}

SaBadArgument
sa_empirical_exceedance(const SaEmpirical *demand, double x, double *out)
{
	SA_REQUIRE(isfinite(x), "x");
	*out = sum_tail(demand, demand->more_than, 1.0, 0.0, x);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_empirical_quantile(const SaEmpirical *demand, double probability, double *out)
{
	double target = probability * (1.0 - ROUNDING);
	double low = demand->a.least + demand->b.least - 1.0;
	double high = low + (double) (demand->a.count + demand->b.count - 1);

	SA_REQUIRE(probability > 0.0 && probability < 1.0, "probability");
	while (high - low > 1.0)
	{
		double middle = low + floor((high - low) / 2.0);

		if (sum_tail(demand, demand->at_most, 0.0, 1.0, middle) < target)
			low = middle;
		else
			high = middle;
	}
	*out = high;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_empirical_moments(const double *history, size_t days, int lead_time, double *mean,
					 double *variance)
{
	double centre = 0.0;
	double squares = 0.0;

	SA_REQUIRE(lead_time >= 0, "lead_time");
	for (size_t i = 0; i < days; i++)
	{
		double away = history[i] - centre;

		SA_REQUIRE(isfinite(history[i]), "history");
		centre += away / (double) (i + 1);
		squares += away * (history[i] - centre);
	}
	*mean = centre * lead_time;
	*variance = days > 0 ? squares / (double) days * lead_time : 0.0;
	return SA_MATHS_FINE;
}

/* Vigna's SplitMix64: the same numbers from a seed on every machine. */
static uint64_t
draw_bits(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number below count, all as likely but for one part in 2^64 / count. */
static size_t
draw_below(uint64_t *state, size_t count)
{
	return (size_t) (draw_bits(state) % count);
}

SaBadArgument
sa_bootstrap_quantile(const double *history, size_t days, int lead_time, double probability,
					  int block, uint64_t seed, double *draws, size_t count, double *out)
{
	SA_REQUIRE(probability > 0.0 && probability < 1.0, "probability");
	SA_REQUIRE(lead_time >= 0, "lead_time");
	SA_REQUIRE(block >= 1 && (days == 0 || (size_t) block <= days), "block");
	SA_REQUIRE(count >= 1, "draws");
	for (size_t i = 0; i < days; i++)
		SA_REQUIRE(isfinite(history[i]), "history");
	for (size_t i = 0; i < count; i++)
	{
		size_t place = 0;

		draws[i] = 0.0;
		for (int day = 0; day < lead_time && days > 0; day++)
		{
			if (day % block == 0)
				place = draw_below(&seed, days - (size_t) block + 1);
			draws[i] += history[place++];
		}
	}
	return sa_sample_quantile(draws, count, probability, 1, out);
}
