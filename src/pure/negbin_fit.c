/*
 * negbin_fit.c: moments, and the root of the score in the logarithm of the size.
 */
#include "pure/negbin_fit.h"

#include <float.h>
#include <math.h>

#define MOST_STEPS 200
/* Up to so many units the sum of the score is exact and short. */
#define SHORT_SUM 24.0

static SaBadArgument
take_sample(const double *units, size_t days, SaNegbinFit *fit)
{
	double squares = 0.0;

	fit->mean = 0.0;
	for (size_t i = 0; i < days; i++)
	{
		double away = units[i] - fit->mean;

		SA_REQUIRE(units[i] >= 0.0 && units[i] <= 1e15 && units[i] == floor(units[i]),
				   "history in parts of units");
		fit->mean += away / (double) (i + 1);
		squares += away * (units[i] - fit->mean);
	}
	fit->variance = days > 1 ? squares / (double) (days - 1) : NAN;
	fit->size = HUGE_VAL;
	return SA_MATHS_FINE;
}

/* psi(x) - ln x for x >= 10: -1/(2x) - 1/(12x^2) + 1/(120x^4) - ... */
static double
digamma_tail(double x)
{
	static const double terms[] = {-1.0 / 12,  1.0 / 120,     -1.0 / 252, 1.0 / 240,
								   -1.0 / 132, 691.0 / 32760, -1.0 / 12};
	double w = 1.0 / (x * x);
	double sum = 0.0;

	for (int i = (int) (sizeof(terms) / sizeof(terms[0])) - 1; i >= 0; i--)
		sum = (sum + terms[i]) * w;
	return sum - 0.5 / x;
}

/* psi(r + y) - psi(r): what the first y steps of the recurrence add up to. */
static double
digamma_rise(double r, double y)
{
	double sum = 0.0;
	double top = r + y;

	if (y <= SHORT_SUM)
	{
		for (int k = 0; k < (int) y; k++)
			sum += 1.0 / (r + k);
		return sum;
	}
	while (r < 10.0)
	{
		sum += 1.0 / r;
		r += 1.0;
	}
	return sum + log(top / r) + digamma_tail(top) - digamma_tail(r);
}

/* The derivative of the likelihood in r, a day. */
static double
score(const double *units, size_t days, double mean, double r)
{
	double sum = 0.0;

	for (size_t i = 0; i < days; i++)
		sum += digamma_rise(r, units[i]);
	return sum / (double) days - log1p(mean / r);
}

static double
likelihood(const double *units, size_t days, const SaNegbinFit *fit)
{
	double r = fit->size;
	double sum = 0.0;

	if (fit->mean == 0.0)
		return 0.0;
	for (size_t i = 0; i < days; i++)
	{
		double y = units[i];

		if (isinf(r))
			sum += y * log(fit->mean) - fit->mean - lgamma(y + 1.0);
		else
			sum += lgamma(y + r) - lgamma(r) - lgamma(y + 1.0) - r * log1p(fit->mean / r) -
				   y * log1p(r / fit->mean);
	}
	return sum;
}

SaBadArgument
sa_negbin_fit_moments(const double *units, size_t days, SaNegbinFit *fit)
{
	SaBadArgument bad = take_sample(units, days, fit);

	if (bad)
		return bad;
	if (fit->variance > fit->mean)
		fit->size = fit->mean / ((fit->variance - fit->mean) / fit->mean);
	fit->log_likelihood = likelihood(units, days, fit);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_negbin_fit_likelihood(const double *units, size_t days, SaNegbinFit *fit)
{
	SaBadArgument bad = take_sample(units, days, fit);
	/* Of the logarithm of r. */
	double low = -40.0;
	double high = 40.0;

	if (bad)
		return bad;
	/* The score has a root where the variance with n in the denominator is above the mean. */
	if (days > 1 && fit->variance * (double) (days - 1) / (double) days > fit->mean)
	{
		for (int i = 0; i < MOST_STEPS && high - low > 4.0 * DBL_EPSILON * fabs(low); i++)
		{
			double middle = low + (high - low) / 2.0;

			if (score(units, days, fit->mean, exp(middle)) > 0.0)
				low = middle;
			else
				high = middle;
		}
		fit->size = exp(low + (high - low) / 2.0);
	}
	fit->log_likelihood = likelihood(units, days, fit);
	return SA_MATHS_FINE;
}
