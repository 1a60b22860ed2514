/*
 * lot_size.c: the family of the economic order quantity.
 *
 * Each optimum is the plain one (order.c) times a factor near 1, so that
 * nothing overflows that has a finite answer.
 */
#include "pure/lot_size.h"

#include <math.h>

#include "pure/order.h"

static SaBadArgument
check_quantity(double quantity)
{
	SA_REQUIRE(quantity > 0.0 && isfinite(quantity), "order_quantity");
	return SA_MATHS_FINE;
}

/* K D / Q. */
static double
ordering_cost(double quantity, const SaLotCosts *costs)
{
	return costs->order_cost * (costs->demand / quantity);
}

static SaBadArgument
plain_quantity(const SaLotCosts *costs, double *quantity)
{
	return sa_economic_order_quantity(costs->demand, costs->order_cost, costs->holding_cost,
									  quantity);
}

SaBadArgument
sa_lot_cost(double quantity, const SaLotCosts *costs, double *cost)
{
	double best;
	SaBadArgument bad = plain_quantity(costs, &best);

	if (bad)
		return bad;
	bad = check_quantity(quantity);
	if (bad)
		return bad;
	*cost = ordering_cost(quantity, costs) + costs->holding_cost * (quantity / 2.0);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_lot_backorders(const SaLotCosts *costs, double stockout_cost, double *quantity, double *share,
				  double *cost)
{
	double plain;
	double ratio;
	SaBadArgument bad = plain_quantity(costs, &plain);

	if (bad)
		return bad;
	SA_REQUIRE(stockout_cost > 0.0 && isfinite(stockout_cost), "stockout_cost");
	ratio = costs->holding_cost / stockout_cost;
	*quantity = plain * sqrt(1.0 + ratio);
	*share = 1.0 / (1.0 + stockout_cost / costs->holding_cost);
	*cost = costs->holding_cost * plain / sqrt(1.0 + ratio);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_lot_backorders_cost(double quantity, double share, const SaLotCosts *costs, double stockout_cost,
					   double *cost)
{
	double plain;
	SaBadArgument bad = sa_lot_cost(quantity, costs, &plain);

	if (bad)
		return bad;
	SA_REQUIRE(share >= 0.0 && share <= 1.0, "backorder_share");
	SA_REQUIRE(stockout_cost > 0.0 && isfinite(stockout_cost), "stockout_cost");
	*cost = ordering_cost(quantity, costs) +
			(costs->holding_cost * (1.0 - share) * (1.0 - share) + stockout_cost * share * share) *
				(quantity / 2.0);
	return SA_MATHS_FINE;
}

/* 1 - D/P, the share of the lot that is ever in stock at once. */
static SaBadArgument
share_in_stock(const SaLotCosts *costs, double production_rate, double *share)
{
	SA_REQUIRE(production_rate > costs->demand && isfinite(production_rate), "production_rate");
	*share = (production_rate - costs->demand) / production_rate;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_lot_production(const SaLotCosts *costs, double production_rate, double *quantity, double *cost)
{
	double plain;
	double share;
	SaBadArgument bad = plain_quantity(costs, &plain);

	if (bad)
		return bad;
	bad = share_in_stock(costs, production_rate, &share);
	if (bad)
		return bad;
	*quantity = plain / sqrt(share);
	*cost = costs->holding_cost * plain * sqrt(share);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_lot_production_cost(double quantity, const SaLotCosts *costs, double production_rate,
					   double *cost)
{
	double plain;
	double share;
	SaBadArgument bad = sa_lot_cost(quantity, costs, &plain);

	if (bad)
		return bad;
	bad = share_in_stock(costs, production_rate, &share);
	if (bad)
		return bad;
	*cost = ordering_cost(quantity, costs) + costs->holding_cost * share * (quantity / 2.0);
	return SA_MATHS_FINE;
}
