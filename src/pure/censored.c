/*
 * censored.c: Poisson demand seen through days that sold out.
 *
 * P(D >= c) is the lower incomplete gamma function, whose series S = 1 +
 * lambda/(c+1) + lambda^2/((c+1)(c+2)) + ... turns lambda P(D >= c-1)/P(D >= c)
 * into lambda + c/S: no tail that could vanish, no difference that could cancel.
 */
#include "pure/censored.h"

#include <float.h>
#include <math.h>

#include "pure/normal.h"

#define MOST_TERMS 200000
#define MOST_STEPS 200

/* c/S; where S takes too many terms the normal distribution is as good as its digits. */
static double
excess_over(double c, double lambda)
{
	double enough = c / lambda / DBL_EPSILON;
	double term = 1.0;
	double sum = 1.0;

	for (int i = 1; i < MOST_TERMS; i++)
	{
		term *= lambda / (c + i);
		sum += term;
		/* Either nothing more comes, or what is left of c/S is nothing beside lambda. */
		if (term <= sum * (DBL_EPSILON / 4) || sum > enough * 16)
			return c / sum;
	}
	{
		double sigma = sqrt(lambda);
		double k = (c - 0.5 - lambda) / sigma;
		double tail = sa_normal_upper(k);

		return tail > 0.0 ? sigma * sa_normal_density(k) / tail : c - lambda;
	}
}

SaBadArgument
sa_censored_demand(double sold, double lambda, double *out)
{
	SA_REQUIRE(isfinite(sold), "sold");
	SA_REQUIRE(lambda >= 0.0 && isfinite(lambda), "velocity");
	if (sold <= 0.0)
		*out = lambda;
	else if (lambda == 0.0)
		*out = sold;
	else
		*out = fmax(sold, lambda + excess_over(sold, lambda));
	return SA_MATHS_FINE;
}

/* Mean of the days at this lambda less lambda: above 0 below the answer, falling. */
static double
surplus(const double *units, const bool *sold_out, size_t days, double informing, double lambda)
{
	double sum = 0.0;

	for (size_t i = 0; i < days; i++)
	{
		double y = fmax(units[i], 0.0);

		if (!sold_out[i])
			sum += y - lambda;
		else if (y > 0.0)
		{
			double demand = y;

			(void) sa_censored_demand(y, lambda, &demand);
			sum += demand - lambda;
		}
	}
	return sum / informing;
}

/* The false position method, halving the weight of an end that stays (Illinois). */
static double
find_root(const double *units, const bool *sold_out, size_t days, double informing, double low)
{
	double at_low = surplus(units, sold_out, days, informing, low);
	double high = low;
	double at_high = at_low;

	for (int i = 0; i < MOST_STEPS && at_high > 0.0; i++)
	{
		low = high;
		at_low = at_high;
		high *= 2.0;
		at_high = surplus(units, sold_out, days, informing, high);
	}
	for (int i = 0; i < MOST_STEPS && high - low > 2.0 * DBL_EPSILON * high && at_low != at_high;
		 i++)
	{
		double middle = low + (high - low) * (at_low / (at_low - at_high));
		double at;

		if (!(middle > low && middle < high))
			middle = low + (high - low) / 2.0;
		at = surplus(units, sold_out, days, informing, middle);
		if (at == 0.0)
			return middle;
		if (at > 0.0)
		{
			low = middle;
			at_low = at;
			at_high /= 2.0;
		}
		else
		{
			high = middle;
			at_high = at;
			at_low /= 2.0;
		}
	}
	return low + (high - low) / 2.0;
}

SaBadArgument
sa_censored_velocity(const double *units, const bool *sold_out, size_t days, double *out)
{
	double sum = 0.0;
	double informing = 0.0;
	double censored = 0.0;

	for (size_t i = 0; i < days; i++)
	{
		double y = fmax(units[i], 0.0);

		SA_REQUIRE(isfinite(units[i]), "units");
		if (sold_out[i] && y == 0.0)
			continue;
		informing += 1.0;
		censored += sold_out[i] ? 1.0 : 0.0;
		sum += y;
	}
	if (informing == censored)
		*out = NAN;
	else if (censored == 0.0)
		*out = sum / informing;
	else
		*out = find_root(units, sold_out, days, informing, sum / informing);
	return SA_MATHS_FINE;
}
