/*
 * newsvendor_demand.c: quantiles and losses put to use.
 */
#include "pure/newsvendor_demand.h"

#include <math.h>

#include "pure/counts.h"
#include "pure/gamma_loss.h"
#include "pure/newsvendor.h"
#include "pure/safety.h"

SaBadArgument
sa_newsvendor_quantity(double ratio, double mean, double variance, SaDistribution distribution,
					   double *quantity)
{
	SA_REQUIRE(ratio > 0.0 && ratio < 1.0, "critical_ratio");
	return sa_reorder_point_of(ratio, mean, variance, distribution, quantity);
}

/* E[max(D - quantity, 0)]. */
static SaBadArgument
units_short(double quantity, double mean, double variance, SaDistribution distribution,
			double *units)
{
	switch (distribution)
	{
		case SA_POISSON:
			return sa_poisson_loss(quantity, mean, units);
		case SA_GAMMA:
			return sa_gamma_loss(quantity, mean, variance, units);
		case SA_NORMAL:
			SA_REQUIRE(variance >= 0.0 && isfinite(variance), "variance");
			return sa_expected_shortage(quantity, mean, sqrt(variance), units);
		case SA_NEGATIVE_BINOMIAL:
			break;
	}
	return sa_negative_binomial_loss(quantity, mean, variance, units);
}

SaBadArgument
sa_newsvendor_cost(double quantity, double underage, double overage, double mean, double variance,
				   SaDistribution distribution, double *cost)
{
	double ratio;
	double units;
	SaBadArgument bad = sa_newsvendor_ratio(underage, overage, &ratio);

	SA_REQUIRE(isfinite(quantity), "quantity");
	SA_REQUIRE(mean >= 0.0 && isfinite(mean), "mean");
	if (bad)
		return bad;
	bad = units_short(quantity, mean, variance, distribution, &units);
	if (bad)
		return bad;
	*cost = overage * (quantity - mean + units) + underage * units;
	return SA_MATHS_FINE;
}
