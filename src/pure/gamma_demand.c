/*
 * gamma_demand.c: distribution and quantile of gamma demand.
 *
 * The quantile solves the smaller of the two tails in the logarithm of x, so
 * that tiny and huge quantiles keep their digits.
 */
#include "pure/gamma_demand.h"

#include <float.h>
#include <math.h>

#include "pure/normal.h"
#include "pure/special.h"

/* exp() of less is 0. */
#define LEAST_LOG (-745.0)

static SaBadArgument
check_moments(double mean, double variance)
{
	if (!(mean >= 0.0) || !isfinite(mean))
		return "mean";
	if (!(variance >= 0.0) || !isfinite(variance))
		return "variance";
	return SA_MATHS_FINE;
}

/* mean^2/variance, by two divisions so that no square overflows. */
static double
shape_of(double mean, double variance)
{
	return mean / (variance / mean);
}

/* Wilson and Hilferty: the cube root of a gamma variable is nearly normal. */
static double
cube_root_z(double shape, double x)
{
	return (cbrt(x / shape) - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * sqrt(shape);
}

static double
cube_root_quantile(double shape, double probability)
{
	double z = 0.0;
	double root;

	(void) sa_normal_quantile(probability, &z);
	root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * sqrt(shape));
	return shape * root * root * root;
}

/* Solves P(shape, e^u) = probability for u by a guarded Newton method. */
static double
solve_log(double shape, double probability, double u)
{
	double low = LEAST_LOG;
	double high = log(2.0 * shape + 100.0);

	for (int i = 0; i < 200; i++)
	{
		double x;
		double lower;
		double upper;
		double slope;
		double next;

		if (!(u > low && u < high))
			u = 0.5 * (low + high);
		x = exp(u);
		sa_incomplete_gamma(shape, x, &lower, &upper);
		slope = shape * sa_poisson_density(shape, x);
		if (lower < probability)
			low = u;
		else
			high = u;
		next = probability <= 0.5 ? u - log(lower / probability) * lower / slope
								  : u + log(upper / (1.0 - probability)) * upper / slope;
		/* An endpoint of the bracket is an answer too, hence a last look before it is halved. */
		if (fabs(next - u) <= 2.0 * DBL_EPSILON)
			return next;
		if (!(next > low && next < high))
			next = 0.5 * (low + high);
		if (fabs(next - u) <= DBL_EPSILON)
			return next;
		u = next;
	}
	return u;
}

static double
standard_quantile(double shape, double probability)
{
	/* For tiny x, P(a, x) = x^a / Gamma(a + 1). */
	double small = (log(probability) + lgamma(shape + 1.0)) / shape;
	double start = 0.0;

	if (small < -40.0)
		return exp(fmax(small, -800.0));
	if (shape > 0.2)
		start = cube_root_quantile(shape, probability);
	return exp(solve_log(shape, probability, start > 0.0 ? log(start) : small));
}

/* P(D <= x) and P(D > x). */
static SaBadArgument
tails(double x, double mean, double variance, double *lower, double *upper)
{
	SaBadArgument bad = check_moments(mean, variance);
	double shape;
	double scaled;

	if (!isfinite(x))
		return "x";
	if (bad != SA_MATHS_FINE)
		return bad;
	*lower = x < 0.0 || x < mean ? 0.0 : 1.0;
	*upper = 1.0 - *lower;
	if (x < 0.0 || mean == 0.0 || variance / mean == 0.0)
		return SA_MATHS_FINE;
	shape = shape_of(mean, variance);
	scaled = x / (variance / mean);
	if (shape < DBL_MIN || !isfinite(scaled))
	{
		*lower = 1.0;
		*upper = 0.0;
	}
	else if (shape <= SA_SPECIAL_LARGEST)
		sa_incomplete_gamma(shape, scaled, lower, upper);
	else if (isfinite(shape))
	{
		*lower = sa_normal_cdf(cube_root_z(shape, scaled));
		*upper = sa_normal_upper(cube_root_z(shape, scaled));
	}
	return SA_MATHS_FINE;
}

SaBadArgument
sa_gamma_cdf(double x, double mean, double variance, double *probability)
{
	double upper;

	return tails(x, mean, variance, probability, &upper);
}

SaBadArgument
sa_gamma_exceedance(double x, double mean, double variance, double *probability)
{
	double lower;

	return tails(x, mean, variance, &lower, probability);
}

SaBadArgument
sa_gamma_quantile(double probability, double mean, double variance, double *x)
{
	SaBadArgument bad = check_moments(mean, variance);
	double shape;
	double quantile;

	if (!(probability > 0.0 && probability < 1.0))
		return "probability";
	if (bad != SA_MATHS_FINE)
		return bad;
	if (mean == 0.0 || variance / mean == 0.0)
	{
		*x = mean;
		return SA_MATHS_FINE;
	}
	shape = shape_of(mean, variance);
	if (!isfinite(shape))
	{
		*x = mean;
		return SA_MATHS_FINE;
	}
	/* Demand that is 0 but for one case in 10^300. */
	if (shape < DBL_MIN)
	{
		*x = 0.0;
		return SA_MATHS_FINE;
	}
	quantile = shape > SA_SPECIAL_LARGEST ? cube_root_quantile(shape, probability)
										  : standard_quantile(shape, probability);
	*x = fmax(quantile * (variance / mean), 0.0);
	return SA_MATHS_FINE;
}
