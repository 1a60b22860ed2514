/*
 * special.c: series and continued fractions with exact leading factors.
 *
 * The leading factors are densities by C. Loader's method (Fast and accurate
 * computation of binomial probabilities, 2000), which loses no digits where
 * the terms of a logarithm cancel.  The fractions are evaluated by the
 * modified Lentz method (Press et al., Numerical Recipes, 6.2 and 6.4).
 */
#include "pure/special.h"

#include <float.h>
#include <math.h>

#define HALF_LOG_TWO_PI 0.91893853320467274178
#define TWO_PI          6.28318530717958647693
/* Terms needed grow with the square root of SA_SPECIAL_LARGEST. */
#define MOST_TERMS 400000
#define TINY       1e-300

/* ln(n!) - (n + 1/2) ln n + n - ln(2 pi)/2, what Stirling's formula leaves out. */
static double
stirling_error(double n)
{
	double square = n * n;

	if (n <= 15.0)
		return lgamma(n + 1.0) - (n + 0.5) * log(n) + n - HALF_LOG_TWO_PI;
	return (1.0 / 12 -
			(1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) /
				square) /
		   n;
}

/* x ln(x/mean) + mean - x, without the cancellation near x = mean. */
static double
deviance(double x, double mean)
{
	double ratio;
	double sum;
	double term;

	if (fabs(x - mean) >= 0.1 * (x + mean))
		return x * log(x / mean) + mean - x;
	ratio = (x - mean) / (x + mean);
	sum = (x - mean) * ratio;
	term = 2.0 * x * ratio;
	for (int i = 1; i < 1000; i++)
	{
		double next;

		term *= ratio * ratio;
		next = sum + term / (2 * i + 1);
		if (next == sum)
			break;
		sum = next;
	}
	return sum;
}

double
sa_poisson_density(double x, double mean)
{
	if (x <= mean * DBL_MIN)
		return exp(-mean);
	if (mean < x * DBL_MIN)
		return exp(x * log(mean) - mean - lgamma(x + 1.0));
	return exp(-stirling_error(x) - deviance(x, mean)) / sqrt(TWO_PI * x);
}

double
sa_binomial_density(double x, double n, double p, double q)
{
	double rest = n - x;
	double exponent;

	if (x <= 0.0)
		return exp(n * (p < 0.5 ? log1p(-p) : log(q)));
	if (rest <= 0.0)
		return exp(n * (q < 0.5 ? log1p(-q) : log(p)));
	exponent = stirling_error(n) - stirling_error(x) - stirling_error(rest) - deviance(x, n * p) -
			   deviance(rest, n * q);
	return exp(exponent) * sqrt(n / (TWO_PI * x)) / sqrt(rest);
}

/* P(a, x) / density = 1 + x/(a+1) + x^2/((a+1)(a+2)) + ..., for x < a + 1. */
static double
gamma_series(double a, double x)
{
	double sum = 1.0;
	double term = 1.0;

	for (int i = 1; i < MOST_TERMS && term > sum * (DBL_EPSILON / 4); i++)
	{
		term *= x / (a + i);
		sum += term;
	}
	return sum;
}

/* Q(a, x) / (a density), for x >= a + 1. */
static double
gamma_fraction(double a, double x)
{
	double b = x + 1.0 - a;
	double c = 1.0 / TINY;
	double d = 1.0 / b;
	double h = d;

	for (int i = 1; i < MOST_TERMS; i++)
	{
		double step = -i * (i - a);
		double factor;

		b += 2.0;
		d = step * d + b;
		d = 1.0 / (fabs(d) < TINY ? TINY : d);
		c = b + step / c;
		c = fabs(c) < TINY ? TINY : c;
		factor = d * c;
		h *= factor;
		if (fabs(factor - 1.0) <= DBL_EPSILON)
			break;
	}
	return h;
}

void
sa_incomplete_gamma(double a, double x, double *lower, double *upper)
{
	double lead;

	if (x <= 0.0)
	{
		*lower = 0.0;
		*upper = 1.0;
		return;
	}
	lead = sa_poisson_density(a, x);
	if (x < a + 1.0)
	{
		*lower = fmin(1.0, lead * gamma_series(a, x));
		*upper = 1.0 - *lower;
	}
	else
	{
		*upper = lead > 0.0 ? fmin(1.0, lead * a * gamma_fraction(a, x)) : 0.0;
		*lower = 1.0 - *upper;
	}
}

/* The continued fraction of I_x(a, b), for x < (a + 1)/(a + b + 2). */
static double
beta_fraction(double a, double b, double x)
{
	double sum = a + b;
	double c = 1.0;
	double d = 1.0 - sum * x / (a + 1.0);
	double h;

	d = 1.0 / (fabs(d) < TINY ? TINY : d);
	h = d;
	for (int i = 1; i < MOST_TERMS; i++)
	{
		double twice = 2.0 * i;
		double step = i * (b - i) * x / ((a + twice - 1.0) * (a + twice));
		double factor;

		d = 1.0 + step * d;
		d = 1.0 / (fabs(d) < TINY ? TINY : d);
		c = 1.0 + step / c;
		c = fabs(c) < TINY ? TINY : c;
		h *= d * c;
		step = -(a + i) * (sum + i) * x / ((a + twice) * (a + twice + 1.0));
		d = 1.0 + step * d;
		d = 1.0 / (fabs(d) < TINY ? TINY : d);
		c = 1.0 + step / c;
		c = fabs(c) < TINY ? TINY : c;
		factor = d * c;
		h *= factor;
		if (fabs(factor - 1.0) <= DBL_EPSILON)
			break;
	}
	return h;
}

void
sa_incomplete_beta(double a, double b, double x, double y, double *lower, double *upper)
{
	double lead;

	if (x <= 0.0 || y <= 0.0)
	{
		*lower = x <= 0.0 ? 0.0 : 1.0;
		*upper = 1.0 - *lower;
		return;
	}
	/* x^a y^b / B(a, b) */
	lead = sa_binomial_density(a, a + b, x, y) * (a / (a + b)) * b;
	if (x < (a + 1.0) / (a + b + 2.0))
	{
		*lower = fmin(1.0, lead * beta_fraction(a, b, x) / a);
		*upper = 1.0 - *lower;
	}
	else
	{
		*upper = fmin(1.0, lead * beta_fraction(b, a, y) / b);
		*lower = 1.0 - *upper;
	}
}
