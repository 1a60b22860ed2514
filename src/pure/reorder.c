/*
 * reorder.c: the default reorder point, fast enough for every item every night.
 *
 * Usual lead-time demands are a few dozen units: adding up their probabilities
 * from 0 by the recurrence of the negative binomial takes a few nanoseconds a
 * unit.  What that cannot answer goes the slow way of counts.c.
 */
#include "pure/reorder.h"

#include <float.h>
#include <math.h>

#include "pure/counts.h"
#include "pure/normal.h"
#include "pure/safety.h"

/* A sum from 0 has no digits left for a tail thinner than this. */
#define THINNEST_TAIL 1e-9
#define MOST_TERMS    4096
/* The same as counts.c has. */
#define POISSON_RATIO (1.0 + 1e-9)
#define ROUNDING      (64.0 * DBL_EPSILON)

SaBadArgument
sa_reorder_demand(double velocity, double mse, double lead_time, double lead_time_sd,
				  double review_period, double alpha, double *mean, double *sigma)
{
	double days = lead_time + review_period;
	SaBadArgument bad;

	SA_REQUIRE(velocity >= 0.0 && isfinite(velocity), "velocity");
	SA_REQUIRE(lead_time >= 0.0 && isfinite(lead_time), "lead_time");
	SA_REQUIRE(review_period >= 0.0 && isfinite(days), "review_period");
	bad = sa_lead_time_sd_from_error(velocity, mse, alpha, days, lead_time_sd, sigma);
	if (bad)
		return bad;
	*mean = velocity * days;
	/* Whole units arrive no more evenly than by Poisson's law. */
	*sigma = fmax(*sigma, sqrt(*mean));
	return SA_MATHS_FINE;
}

/* Smallest x with P(D <= x) >= probability by a sum from 0; -1 where that is no way. */
static double
sum_to_quantile(double probability, double mean, double variance)
{
	double target = probability * (1.0 - ROUNDING);
	double above = 0.0; /* (variance - mean)/mean */
	double term;
	double grow;
	double step;
	double sum = 0.0;

	if (probability > 1.0 - THINNEST_TAIL)
		return -1.0;
	if (variance > mean * POISSON_RATIO)
	{
		above = (variance - mean) / mean;
		term = exp(-mean * (log1p(above) / above));
	}
	else
		term = exp(-mean);
	/* P(k + 1) = P(k) (k (1 - q) + r (1 - q)) / (k + 1), q = mean/variance, r (1 - q) = mean q. */
	grow = above / (1.0 + above);
	step = mean / (1.0 + above);
	for (int k = 0; k < MOST_TERMS; k++)
	{
		sum += term;
		if (sum >= target)
			return k;
		term *= (k * grow + step) / (k + 1.0);
	}
	return -1.0;
}

SaBadArgument
sa_reorder_point(double service_level, double velocity, double mse, double lead_time,
				 double lead_time_sd, double review_period, double alpha, double *reorder_point,
				 double *mean, double *sigma)
{
	double variance;
	SaBadArgument bad;

	SA_REQUIRE(service_level > 0.0 && service_level < 1.0, "service_level");
	bad = sa_reorder_demand(velocity, mse, lead_time, lead_time_sd, review_period, alpha, mean,
							sigma);
	if (bad)
		return bad;
	variance = *sigma * *sigma;
	/* A mean of 0 with a deviation: goods come at once, give or take some days. */
	if (velocity == 0.0 || *sigma == 0.0)
	{
		*reorder_point = 0.0;
		return SA_MATHS_FINE;
	}
	if (*mean == 0.0 || *mean > SA_REORDER_NORMAL_FROM || !isfinite(variance))
	{
		double stock;

		bad = sa_safety_stock(service_level, *sigma, &stock);
		/* No infinity less infinity. */
		*reorder_point = isinf(*mean) ? *mean : *mean + stock;
		return bad;
	}
	*reorder_point = sum_to_quantile(service_level, *mean, variance);
	if (*reorder_point < 0.0)
		return sa_negative_binomial_quantile(service_level, *mean, variance, reorder_point);
	return SA_MATHS_FINE;
}
