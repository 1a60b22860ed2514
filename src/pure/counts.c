/*
 * counts.c: distribution, quantile and loss of Poisson and negative binomial
 * demand.
 *
 * P(D <= k) is Q(k + 1, mean) for Poisson and I_q(r, k + 1) with q =
 * mean/variance for the negative binomial; both tails are computed apart.
 * Beyond SA_SPECIAL_LARGEST units a gamma distribution of the same moments,
 * taken at k + 1/2, is as good as the digits of k.
 */
#include "pure/counts.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "pure/gamma_demand.h"
#include "pure/normal.h"
#include "pure/special.h"

/* A variance this close to the mean is the mean's. */
#define POISSON_RATIO (1.0 + 1e-9)
/* Below this excess of variance over mean the continued fraction loses digits, and plain sums are
 * short. */
#define SUM_BELOW  0.01
#define MOST_TERMS 400000
/* Doubling or halving a double ends after that many steps. */
#define MOST_STEPS 2200

typedef struct Counts
{
	double mean;
	double variance;
	bool poisson;
	double r;     /* negative binomial: size, */
	double p;     /* mean/variance, */
	double q;     /* and the rest to 1 */
	double above; /* (variance - mean)/mean */
} Counts;

/* Reads the moments; a variance of NULL is the mean. */
static SaBadArgument
take_moments(double mean, const double *variance, Counts *counts)
{
	if (!(mean >= 0.0) || !isfinite(mean))
		return "mean";
	counts->mean = mean;
	counts->variance = mean;
	counts->poisson = true;
	if (variance == NULL)
		return SA_MATHS_FINE;
	if (!(*variance >= 0.0) || !isfinite(*variance))
		return "variance";
	if (*variance <= mean * POISSON_RATIO)
		return SA_MATHS_FINE;
	counts->poisson = false;
	counts->variance = *variance;
	counts->above = (*variance - mean) / fmax(mean, DBL_MIN);
	counts->r = mean / counts->above;
	counts->p = mean / *variance;
	counts->q = (*variance - mean) / *variance;
	return SA_MATHS_FINE;
}

/* A demand that is 0, or so for all that doubles can tell. */
static bool
is_zero(const Counts *counts)
{
	return counts->mean == 0.0 || (!counts->poisson && counts->r < DBL_MIN);
}

static bool
is_large(const Counts *counts, double k)
{
	return k > SA_SPECIAL_LARGEST || counts->mean > SA_SPECIAL_LARGEST;
}

/* P(D = k) for a whole k >= 0. */
static double
density(const Counts *counts, double k)
{
	if (counts->poisson)
		return sa_poisson_density(k, counts->mean);
	return counts->r / (counts->r + k) *
		   sa_binomial_density(counts->r, counts->r + k, counts->p, counts->q);
}

/* Adds up the smaller tail from k, term by term. */
static void
sum_tails(const Counts *counts, double k, double *lower, double *upper)
{
	double step = counts->mean * counts->p;
	double term = density(counts, k);
	double sum = 0.0;

	if (k < counts->mean)
	{
		for (int i = 0; i < MOST_TERMS && k >= 0.0 && term > sum * (DBL_EPSILON / 8); i++)
		{
			sum += term;
			term *= k / ((k - 1.0) * counts->q + step);
			k -= 1.0;
		}
		*lower = fmin(1.0, sum);
		*upper = 1.0 - *lower;
		return;
	}
	for (int i = 0; i < MOST_TERMS; i++)
	{
		term *= (k * counts->q + step) / (k + 1.0);
		k += 1.0;
		if (!(term > sum * (DBL_EPSILON / 8)))
			break;
		sum += term;
	}
	*upper = fmin(1.0, sum);
	*lower = 1.0 - *upper;
}

/* P(D <= k) and P(D > k) for a whole k. */
static void
tails(const Counts *counts, double k, double *lower, double *upper)
{
	if (k < 0.0)
		*lower = 0.0;
	else if (is_zero(counts))
		*lower = 1.0;
	else if (is_large(counts, k))
		(void) sa_gamma_cdf(k + 0.5, counts->mean, counts->variance, lower);
	else
	{
		if (counts->poisson)
			sa_incomplete_gamma(k + 1.0, counts->mean, upper, lower);
		else if (counts->above < SUM_BELOW)
			sum_tails(counts, k, lower, upper);
		else
			sa_incomplete_beta(counts->r, k + 1.0, counts->p, counts->q, lower, upper);
		return;
	}
	*upper = 1.0 - *lower;
}

static SaBadArgument
cdf(const Counts *counts, double x, double *probability)
{
	double upper;

	if (!isfinite(x))
		return "x";
	tails(counts, floor(x), probability, &upper);
	return SA_MATHS_FINE;
}

static SaBadArgument
exceedance(const Counts *counts, double x, double *probability)
{
	double lower;

	if (!isfinite(x))
		return "x";
	tails(counts, floor(x), &lower, probability);
	return SA_MATHS_FINE;
}

static double
cdf_at(const Counts *counts, double k)
{
	double lower = 0.0;
	double upper;

	tails(counts, k, &lower, &upper);
	return lower;
}

/* Walks from the normal guess in growing steps until the target is enclosed, then halves. */
static SaBadArgument
quantile(const Counts *counts, double probability, double *x)
{
	double target = probability * (1.0 - 64.0 * DBL_EPSILON);
	double sd = sqrt(counts->variance);
	double z = 0.0;
	double step = 1.0;
	double low = -1.0;
	double high;
	SaBadArgument bad = sa_normal_quantile(probability, &z);

	if (bad != SA_MATHS_FINE)
		return bad;
	high = fmax(0.0, floor(counts->mean + z * sd + (z * z - 1.0) / 6.0));
	for (int i = 0; i < MOST_STEPS && high < DBL_MAX && cdf_at(counts, high) < target; i++)
	{
		low = high;
		high += step;
		step *= 2.0;
	}
	/* Downwards likewise, where the guess was above. */
	step = 1.0;
	for (int i = 0; i < MOST_STEPS && low < 0.0 && high - step >= 0.0; i++)
	{
		if (cdf_at(counts, high - step) < target)
			low = high - step;
		else
			high -= step;
		step *= 2.0;
	}
	for (int i = 0; i < MOST_STEPS; i++)
	{
		double middle = low + floor((high - low) / 2.0);

		if (!(middle > low && middle < high))
			break;
		if (cdf_at(counts, middle) < target)
			low = middle;
		else
			high = middle;
	}
	*x = high;
	return SA_MATHS_FINE;
}

/* (mean - x) P(D > k) + mean P(D = k) for Poisson, k = floor(x), and its like. */
static SaBadArgument
loss(const Counts *counts, double x, double *result)
{
	double k = floor(x);
	double lower;
	double upper;
	double scale;

	if (!isfinite(x))
		return "x";
	if (x < 0.0 || is_zero(counts))
	{
		*result = fmax(0.0, counts->mean - x);
		return SA_MATHS_FINE;
	}
	if (is_large(counts, k))
	{
		double sd = sqrt(counts->variance);

		*result = sd * sa_normal_loss((x - counts->mean) / sd);
		return SA_MATHS_FINE;
	}
	tails(counts, k, &lower, &upper);
	/* (k + r) (variance - mean) / mean */
	scale = counts->mean + (counts->poisson ? 0.0 : k * counts->above);
	*result = fmax(0.0, (counts->mean - x) * upper + scale * density(counts, k));
	return SA_MATHS_FINE;
}

SaBadArgument
sa_poisson_cdf(double x, double mean, double *probability)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, NULL, &counts);

	return bad == SA_MATHS_FINE ? cdf(&counts, x, probability) : bad;
}

SaBadArgument
sa_negative_binomial_cdf(double x, double mean, double variance, double *probability)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, &variance, &counts);

	return bad == SA_MATHS_FINE ? cdf(&counts, x, probability) : bad;
}

SaBadArgument
sa_poisson_exceedance(double x, double mean, double *probability)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, NULL, &counts);

	return bad == SA_MATHS_FINE ? exceedance(&counts, x, probability) : bad;
}

SaBadArgument
sa_negative_binomial_exceedance(double x, double mean, double variance, double *probability)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, &variance, &counts);

	return bad == SA_MATHS_FINE ? exceedance(&counts, x, probability) : bad;
}

SaBadArgument
sa_poisson_quantile(double probability, double mean, double *x)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, NULL, &counts);

	return bad == SA_MATHS_FINE ? quantile(&counts, probability, x) : bad;
}

SaBadArgument
sa_negative_binomial_quantile(double probability, double mean, double variance, double *x)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, &variance, &counts);

	return bad == SA_MATHS_FINE ? quantile(&counts, probability, x) : bad;
}

SaBadArgument
sa_poisson_loss(double x, double mean, double *result)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, NULL, &counts);

	return bad == SA_MATHS_FINE ? loss(&counts, x, result) : bad;
}

SaBadArgument
sa_negative_binomial_loss(double x, double mean, double variance, double *result)
{
	Counts counts;
	SaBadArgument bad = take_moments(mean, &variance, &counts);

	return bad == SA_MATHS_FINE ? loss(&counts, x, result) : bad;
}
