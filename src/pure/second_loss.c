/*
 * second_loss.c: closed forms, and sums of terms of one sign.
 */
#include "pure/second_loss.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "pure/normal.h"
#include "pure/special.h"

/* Far more standard deviations than any probability that a double tells from 0 lies beyond. */
#define MOST_TERMS 4000000
/* As counts.c: a variance this close to the mean is the mean's. */
#define POISSON_RATIO (1.0 + 1e-9)

/*
 * ((k^2 + 1) M - k) / 2 for Mills' ratio M: with t = 1/(k + u) and
 * u = 2/(k + 3/(k + ...)), M = 1/(k + t), it is u / (2 (k + u) (k + t)).
 */
static double
upper_tail_second_loss(double k)
{
	double u = 0.0;
	double t;

	for (int n = 200; n >= 3; n--)
		u = n / (k + u);
	u = 2.0 / (k + u);
	t = 1.0 / (k + u);
	return 0.5 * sa_normal_density(k) * u / ((k + u) * (k + t));
}

double
sa_normal_second_loss(double k)
{
	if (isinf(k))
		return k > 0.0 ? 0.0 : HUGE_VAL;
	if (k > 3.0)
		return upper_tail_second_loss(k);
	return 0.5 * ((k * k + 1.0) * sa_normal_upper(k) - k * sa_normal_density(k));
}

static SaBadArgument
check_moments(double x, double mean, double variance)
{
	SA_REQUIRE(isfinite(x), "x");
	SA_REQUIRE(mean >= 0.0 && isfinite(mean), "mean");
	SA_REQUIRE(variance >= 0.0 && isfinite(variance), "variance");
	return SA_MATHS_FINE;
}

/*
 * ((m - x)^2 + v) P(D > x) / 2 + m (m + s - x) z^a e^-z / Gamma(a+1) / 2, with
 * scale s, shape a, z = x/s.
 */
SaBadArgument
sa_gamma_second_loss(double x, double mean, double variance, double *loss)
{
	double above = fmax(0.0, mean - x);
	double scale = variance / mean;
	double shape = mean / scale;
	double lower;
	double upper;
	SaBadArgument bad = check_moments(x, mean, variance);

	if (bad)
		return bad;
	*loss = 0.5 * above * above;
	if (mean == 0.0 || scale == 0.0 || !isfinite(shape))
		return SA_MATHS_FINE;
	if (x <= 0.0)
		*loss += 0.5 * variance;
	else if (shape > SA_SPECIAL_LARGEST)
		*loss = variance * sa_normal_second_loss((x - mean) / sqrt(variance));
	else if (shape < DBL_MIN)
		*loss = 0.5 * variance;
	else if (!isfinite(x / scale))
		*loss = 0.0;
	else
	{
		sa_incomplete_gamma(shape, x / scale, &lower, &upper);
		*loss = 0.5 * (((mean - x) * (mean - x) + variance) * upper +
					   mean * (mean + scale - x) * sa_poisson_density(shape, x / scale));
		*loss = fmax(0.0, *loss);
	}
	return SA_MATHS_FINE;
}

/* Demand in whole units; excess 0 is Poisson, else the negative binomial with that much. */
typedef struct Units
{
	double mean;
	double excess; /* (variance - mean) / mean */
	double r;      /* size, p and q = 1 - p of the negative binomial */
	double p;
	double q;
} Units;

static double
probability_of(const Units *units, double k)
{
	if (units->excess == 0.0)
		return sa_poisson_density(k, units->mean);
	return units->r / (units->r + k) *
		   sa_binomial_density(units->r, units->r + k, units->p, units->q);
}

/* P(k + 1) / P(k). */
static double
growth(const Units *units, double k)
{
	if (units->excess == 0.0)
		return units->mean / (k + 1.0);
	return (k + units->r) / (k + 1.0) * units->q;
}

/* Sum of (d - x)(d - x - 1) / 2 over d above x, until the terms past the mode tell no more. */
static double
sum_upwards(const Units *units, double x)
{
	double k = x + 2.0;
	double term = probability_of(units, k);
	double sum = 0.0;

	for (int i = 0; i < MOST_TERMS; i++)
	{
		double step = 0.5 * (k - x) * (k - x - 1.0) * term;

		sum += step;
		if (k > units->mean && step < sum * (DBL_EPSILON / 1024))
			break;
		term *= growth(units, k);
		k += 1.0;
	}
	return sum;
}

/* The same over d below x. */
static double
sum_downwards(const Units *units, double x)
{
	double k = x - 1.0;
	double term = k >= 0.0 ? probability_of(units, k) : 0.0;
	double sum = 0.0;

	for (int i = 0; i < MOST_TERMS && k >= 0.0; i++)
	{
		double step = 0.5 * (x - k) * (x - k + 1.0) * term;

		sum += step;
		if (step < sum * (DBL_EPSILON / 1024))
			break;
		k -= 1.0;
		term /= growth(units, k);
	}
	return sum;
}

/* The thinner side is summed up, the other is what is missing to E[(D - x)(D - x - 1)] / 2. */
static SaBadArgument
second_loss(double x, double mean, double variance, double *loss)
{
	Units units = {mean, 0, 0, 0, 0};
	double all;
	SaBadArgument bad = check_moments(x, mean, variance);

	if (bad)
		return bad;
	SA_REQUIRE(x == floor(x) && fabs(x) <= SA_SPECIAL_LARGEST, "x");
	SA_REQUIRE(mean <= SA_SPECIAL_LARGEST, "mean");
	SA_REQUIRE(sqrt(fmax(mean, variance)) <= SA_SECOND_LOSS_WIDEST, "variance");
	if (variance > mean * POISSON_RATIO && mean > 0.0)
	{
		units.excess = (variance - mean) / mean;
		SA_REQUIRE(units.excess <= SA_SECOND_LOSS_EXCESS, "variance");
		units.r = mean / units.excess;
		units.p = mean / variance;
		units.q = (variance - mean) / variance;
	}
	all = 0.5 * ((mean - x) * (mean - x) + mean * (1.0 + units.excess) - (mean - x));
	if (mean == 0.0)
		*loss = fmax(0.0, 0.5 * x * (x + 1.0)) * (x < 0.0);
	else if (x < 0.0)
		*loss = all;
	else if (x > mean)
		*loss = sum_upwards(&units, x);
	else
		*loss = fmax(0.0, all - sum_downwards(&units, x));
	return SA_MATHS_FINE;
}

SaBadArgument
sa_poisson_second_loss(double x, double mean, double *loss)
{
	return second_loss(x, mean, mean, loss);
}

SaBadArgument
sa_negative_binomial_second_loss(double x, double mean, double variance, double *loss)
{
	return second_loss(x, mean, variance, loss);
}
