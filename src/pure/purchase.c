/*
 * purchase.c: a quantity by need, raised where a price break makes it cheaper.
 */
#include "pure/purchase.h"

#include <math.h>

double
sa_unit_cost_at(const SaPrices *prices, double quantity)
{
	double cost = prices->unit_cost;

	for (size_t i = 0; i < prices->count && prices->breaks[i].quantity <= quantity; i++)
		cost = prices->breaks[i].unit_cost;
	return cost;
}

static bool
are_prices(const SaPrices *prices)
{
	double quantity = 0.0;
	double cost = prices->unit_cost;

	for (size_t i = 0; i < prices->count; i++)
	{
		const SaPriceBreak *b = &prices->breaks[i];

		if (!(b->quantity > quantity) || !isfinite(b->quantity) || !(b->unit_cost >= 0.0) ||
			!(b->unit_cost <= cost))
			return false;
		quantity = b->quantity;
		cost = b->unit_cost;
	}
	return true;
}

SaBadArgument
sa_purchase(double need, const SaOrderLimits *limits, const SaPrices *prices, SaPurchase *out)
{
	SaBadArgument bad = sa_order_quantity(need, limits, &out->quantity, &out->reason);
	double total;

	if (bad)
		return bad;
	SA_REQUIRE(prices->unit_cost >= 0.0 && isfinite(prices->unit_cost), "unit_cost");
	SA_REQUIRE(are_prices(prices), "price_breaks");
	out->unit_cost = sa_unit_cost_at(prices, out->quantity);
	out->at_break = false;
	if (!(out->quantity > 0.0))
		return SA_MATHS_FINE;
	total = out->quantity * out->unit_cost;
	for (size_t i = 0; i < prices->count; i++)
	{
		SaOrderReason reason;
		double quantity;
		double cost;

		if (prices->breaks[i].quantity <= out->quantity)
			continue;
		bad = sa_order_quantity(prices->breaks[i].quantity, limits, &quantity, &reason);
		if (bad)
			return bad;
		cost = quantity * sa_unit_cost_at(prices, quantity);
		/* Cut to the room, it may fall under the break; then it is no cheaper. */
		if (quantity > out->quantity && cost < total)
		{
			out->quantity = quantity;
			out->unit_cost = sa_unit_cost_at(prices, quantity);
			out->at_break = true;
			total = cost;
		}
	}
	return SA_MATHS_FINE;
}
