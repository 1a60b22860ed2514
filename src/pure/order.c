/*
 * order.c: the pipeline of constraints, each step in whole packs.
 */
#include "pure/order.h"

#include <math.h>

/*
 * Lets 3 x 0.1 count as 0.3: a relative hair off a whole number is that number.
 * Of a billion packs a relative hair would be a pack, hence the absolute limit.
 */
#define HAIR       1e-9
#define HAIR_LIMIT 1e-6
/* So many packs that a double cannot tell one more: any quantity is whole packs. */
#define UNCOUNTED 9007199254740992.0

/* What may be off by rounding at this size. */
static double
hair_of(double quantity, double pack)
{
	return fmin(HAIR * fabs(quantity), HAIR_LIMIT * (pack > 0.0 ? pack : 1.0));
}

static double
packs_up(double quantity, double pack)
{
	double packs = quantity / pack;

	if (packs >= UNCOUNTED)
		return quantity;
	return fmax(1.0, ceil(packs - hair_of(packs, 1.0))) * pack;
}

double
sa_order_packs_down(double quantity, double pack)
{
	double packs = quantity / pack;

	if (packs >= UNCOUNTED)
		return quantity;
	return floor(packs + hair_of(packs, 1.0)) * pack;
}

const char *
sa_order_reason_name(SaOrderReason reason)
{
	static const char *const names[] = {
		[SA_ORDER_NO_NEED] = "no_need",
		[SA_ORDER_NEED] = "need",
		[SA_ORDER_PACK] = "pack",
		[SA_ORDER_MINIMUM] = "moq",
		[SA_ORDER_MAXIMUM] = "maximum",
		[SA_ORDER_CAP_BELOW_MOQ] = "cap_below_moq",
		[SA_ORDER_SHELF_LIFE] = "shelf_life",
	};

	return names[reason];
}

SaBadArgument
sa_order_quantity(double need, const SaOrderLimits *limits, double *quantity, SaOrderReason *reason)
{
	double pack = limits->pack;
	double wanted = need;

	SA_REQUIRE(isfinite(need), "need");
	SA_REQUIRE(pack >= 0.0 && isfinite(pack), "pack");
	SA_REQUIRE(isfinite(limits->minimum), "moq");
	SA_REQUIRE(!isnan(limits->room), "maximum");
	*quantity = 0.0;
	*reason = SA_ORDER_NO_NEED;
	if (need <= 0.0)
		return SA_MATHS_FINE;
	*reason = SA_ORDER_NEED;
	if (pack > 0.0)
	{
		wanted = packs_up(need, pack);
		if (wanted > need + hair_of(need, pack))
			*reason = SA_ORDER_PACK;
	}
	if (wanted < limits->minimum - hair_of(limits->minimum, pack))
	{
		wanted = pack > 0.0 ? packs_up(limits->minimum, pack) : limits->minimum;
		*reason = SA_ORDER_MINIMUM;
	}
	if (wanted > limits->room + (isinf(limits->room) ? 0.0 : hair_of(limits->room, pack)))
	{
		double room = limits->room > 0.0 ? limits->room : 0.0;

		wanted = pack > 0.0 ? sa_order_packs_down(room, pack) : room;
		*reason = SA_ORDER_MAXIMUM;
		if (wanted < limits->minimum - hair_of(limits->minimum, pack))
		{
			wanted = 0.0;
			*reason = SA_ORDER_CAP_BELOW_MOQ;
		}
	}
	*quantity = wanted;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_order_constrained(double position, double order_up_to, const SaStockLimits *stock,
					 double *quantity, SaOrderReason *reason)
{
	SaOrderLimits limits = {stock->pack, stock->minimum, HUGE_VAL};
	double stock_room = HUGE_VAL;
	double shelf_room = HUGE_VAL;
	SaBadArgument bad;

	SA_REQUIRE(isfinite(position), "inventory_position");
	SA_REQUIRE(isfinite(order_up_to) && isfinite(order_up_to - position), "order_up_to");
	SA_REQUIRE(stock->max_stock == HUGE_VAL || isfinite(stock->max_stock), "max_stock");
	SA_REQUIRE(stock->shelf_life_demand >= 0.0, "shelf_life_demand");
	if (!isinf(stock->max_stock))
		stock_room = stock->max_stock - position;
	if (!isinf(stock->shelf_life_demand))
		shelf_room = fmax(0.0, stock->shelf_life_demand - position);
	limits.room = fmin(stock_room, shelf_room);
	bad = sa_order_quantity(order_up_to - position, &limits, quantity, reason);
	/* The stock limit binds where both leave the same. */
	if (!bad && *reason == SA_ORDER_MAXIMUM && shelf_room < stock_room)
		*reason = SA_ORDER_SHELF_LIFE;
	return bad;
}

SaBadArgument
sa_economic_order_quantity(double demand, double order_cost, double holding_cost, double *out)
{
	SA_REQUIRE(demand >= 0.0 && isfinite(demand), "demand");
	SA_REQUIRE(order_cost >= 0.0 && isfinite(order_cost), "order_cost");
	SA_REQUIRE(holding_cost > 0.0 && isfinite(holding_cost), "holding_cost");
	*out = sqrt(2.0 * order_cost * demand / holding_cost);
	/* The root of what does not fit into a double may. */
	if (isinf(*out) || *out == 0.0)
		*out = sqrt(2.0 * order_cost) * sqrt(demand) / sqrt(holding_cost);
	return SA_MATHS_FINE;
}
