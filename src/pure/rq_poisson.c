/*
 * rq_poisson.c: with r and Q the inventory position is equally often at each
 * of r + 1 to r + Q, so the cost of a period is
 * (K D + sum of g over them) / Q, g the newsvendor's cost for the lead time.
 */
#include "pure/rq_poisson.h"

#include <math.h>

#include "pure/counts.h"
#include "pure/newsvendor.h"

/* Each loss takes longer with the mean, and there may be as many as units in an order. */
#define LARGEST_MEAN 1e6
/* Whole numbers and their neighbours are told apart up to here. */
#define LARGEST_POINT 1e9

typedef struct Site
{
	double mean; /* of demand over the lead time */
	double holding;
	double stockout;
} Site;

static SaBadArgument
check(double demand, double lead_time, const SaPolicyCosts *costs, Site *site, double *ratio)
{
	SA_REQUIRE(demand >= 0.0 && isfinite(demand), "demand");
	SA_REQUIRE(lead_time >= 0.0 && isfinite(lead_time), "lead_time");
	SA_REQUIRE(costs->order >= 0.0 && isfinite(costs->order), "order_cost");
	if (sa_newsvendor_ratio(costs->stockout, costs->holding, ratio))
		return costs->holding > 0.0 && isfinite(costs->holding) ? "stockout_cost" : "holding_cost";
	site->mean = demand * lead_time;
	site->holding = costs->holding;
	site->stockout = costs->stockout;
	SA_REQUIRE(site->mean <= LARGEST_MEAN, "lead_time");
	return SA_MATHS_FINE;
}

/* Cost of a period that begins with y in stock and what is due, the newsvendor's. */
static double
cost_at(const Site *site, double y)
{
	double units = 0.0;

	(void) sa_poisson_loss(y, site->mean, &units);
	return site->holding * (y - site->mean + units) + site->stockout * units;
}

/* From the cheapest level outwards, the cheaper neighbour first, for as long as it lowers the mean.
 */
SaBadArgument
sa_rq_poisson(double demand, double lead_time, const SaPolicyCosts *costs, SaRqPolicy *policy)
{
	Site site;
	double ratio;
	double best = 0.0;
	double sum;
	double below;
	double above;
	double r;
	double q = 1.0;
	SaBadArgument bad = check(demand, lead_time, costs, &site, &ratio);

	if (bad)
		return bad;
	(void) sa_poisson_quantile(ratio, site.mean, &best);
	r = best - 1.0;
	sum = costs->order * demand + cost_at(&site, best);
	below = cost_at(&site, r);
	above = cost_at(&site, best + 1.0);
	while (fmin(below, above) < sum / q)
	{
		SA_REQUIRE(q < SA_RQ_POISSON_LARGEST, "order_cost");
		q += 1.0;
		if (below < above)
		{
			sum += below;
			r -= 1.0;
			below = cost_at(&site, r);
		}
		else
		{
			sum += above;
			above = cost_at(&site, r + q + 1.0);
		}
	}
	policy->reorder_point = r;
	policy->order_quantity = q;
	policy->cost = sum / q;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_rq_poisson_cost(double reorder_point, double order_quantity, double demand, double lead_time,
				   const SaPolicyCosts *costs, double *cost)
{
	Site site;
	double ratio;
	double sum = costs->order * demand;
	SaBadArgument bad = check(demand, lead_time, costs, &site, &ratio);

	if (bad)
		return bad;
	SA_REQUIRE(fabs(reorder_point) <= LARGEST_POINT && reorder_point == floor(reorder_point),
			   "reorder_point");
	SA_REQUIRE(order_quantity >= 1.0 && order_quantity <= SA_RQ_POISSON_LARGEST &&
				   order_quantity == floor(order_quantity),
			   "order_quantity");
	for (int i = 1; i <= (int) order_quantity; i++)
		sum += cost_at(&site, reorder_point + i);
	*cost = sum / order_quantity;
	return SA_MATHS_FINE;
}
