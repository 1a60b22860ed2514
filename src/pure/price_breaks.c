/*
 * price_breaks.c: quantity discounts on all units and on the units above a
 * break (Snyder & Shen, Fundamentals of Supply Chain Theory, 3.4).
 */
#include "pure/price_breaks.h"

#include <math.h>

#include "pure/order.h"

/* More prices than any supplier prints: a list this long is a mistake. */
#define MOST_PRICES 10000

static SaBadArgument
check_list(const SaPriceList *list)
{
	SA_REQUIRE(list->prices > 0 && list->prices <= MOST_PRICES, "breaks");
	SA_REQUIRE(list->unit_cost_count == list->prices, "unit_costs");
	for (size_t i = 0; i < list->prices; i++)
	{
		SA_REQUIRE(isfinite(list->breaks[i]), "breaks");
		SA_REQUIRE(i == 0 ? list->breaks[i] == 0.0 : list->breaks[i] > list->breaks[i - 1],
				   "breaks");
		SA_REQUIRE(list->unit_costs[i] > 0.0 && isfinite(list->unit_costs[i]), "unit_costs");
		SA_REQUIRE(i == 0 || list->unit_costs[i] <= list->unit_costs[i - 1], "unit_costs");
	}
	return SA_MATHS_FINE;
}

static SaBadArgument
check_costs(double demand, double order_cost, double holding_rate, const SaPriceList *list)
{
	SA_REQUIRE(demand >= 0.0 && isfinite(demand), "demand");
	SA_REQUIRE(order_cost >= 0.0 && isfinite(order_cost), "order_cost");
	SA_REQUIRE(holding_rate > 0.0 && isfinite(holding_rate), "holding_rate");
	return check_list(list);
}

/* D orders of size Q cost D/Q times as much as one; nothing is ordered for nothing. */
static double
share_of(double demand, double quantity)
{
	return quantity > 0.0 ? demand / quantity : 0.0;
}

/* Cheaper wins, ties go to the smaller quantity; the first candidate wins over none. */
static void
keep_better(SaPriceChoice *best, int *known, double quantity, double cost, size_t price)
{
	if (*known && !(cost < best->cost || (cost == best->cost && quantity < best->quantity)))
		return;
	*known = 1;
	best->quantity = quantity;
	best->cost = cost;
	best->price = price;
}

/* What a price's own best quantity is where its range allows it, else where the range begins. */
SaBadArgument
sa_price_all_units(double demand, double order_cost, double holding_rate, const SaPriceList *list,
				   SaPriceChoice *best)
{
	int known = 0;
	SaBadArgument bad = check_costs(demand, order_cost, holding_rate, list);

	*best = (SaPriceChoice){0.0, 0.0, 0};
	if (bad || demand == 0.0)
		return bad;
	for (size_t i = 0; i < list->prices; i++)
	{
		double price = list->unit_costs[i];
		double quantity;

		/* The one that can be wrong is the product, which has become 0 or infinite. */
		if (sa_economic_order_quantity(demand, order_cost, holding_rate * price, &quantity))
			return "holding_rate";
		if (i + 1 < list->prices && quantity >= list->breaks[i + 1])
			continue;
		quantity = fmax(quantity, list->breaks[i]);
		keep_better(best, &known, quantity,
					price * demand + order_cost * share_of(demand, quantity) +
						holding_rate * price * (quantity / 2.0),
					i);
	}
	/* The last price has no upper end, so something is known. */
	return SA_MATHS_FINE;
}

/*
 * With a price for the units above each break the cost of an order is the
 * lowest of the lines (what the lower breaks add) + price x quantity, so the
 * best of the lines' own optima is in its own range, and nothing else is
 * looked at.
 */
SaBadArgument
sa_price_incremental(double demand, double order_cost, double holding_rate, const SaPriceList *list,
					 SaPriceChoice *best)
{
	double paid = 0.0;
	int known = 0;
	SaBadArgument bad = check_costs(demand, order_cost, holding_rate, list);

	*best = (SaPriceChoice){0.0, 0.0, 0};
	if (bad || demand == 0.0)
		return bad;
	for (size_t i = 0; i < list->prices; i++)
	{
		double price = list->unit_costs[i];
		double added;
		double quantity;

		if (i > 0)
			paid += list->unit_costs[i - 1] * (list->breaks[i] - list->breaks[i - 1]);
		added = fmax(0.0, paid - price * list->breaks[i]);
		/* As above, and the sums of the price list. */
		if (sa_economic_order_quantity(demand, order_cost + added, holding_rate * price, &quantity))
			return isfinite(order_cost + added) ? "holding_rate" : "unit_costs";
		keep_better(best, &known, quantity,
					price * demand + holding_rate * (added / 2.0) +
						(order_cost + added) * share_of(demand, quantity) +
						holding_rate * price * (quantity / 2.0),
					i);
	}
	return SA_MATHS_FINE;
}
