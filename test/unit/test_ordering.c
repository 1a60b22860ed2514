/*
 * test_ordering.c: lots, price breaks: printed answers, edges, and that nothing near is cheaper.
 */
#include <stdlib.h>

#include "unit.h"

#include "pure/lot_size.h"
#include "pure/price_breaks.h"

static void
test_lots(void)
{
	const SaLotCosts speakers = {8000, 12000, 0.3};
	const SaLotCosts candy = {1300, 8, 0.225};
	const SaLotCosts nothing = {0, 8, 0.225};
	const SaLotCosts huge = {1e200, 2e200, 4};
	double q;
	double share;
	double cost;
	double near;

	/* Hillier & Lieberman: 28,540, of which 22,424 in stock; Snyder & Shen 3.1, 3.8. */
	CHECK(sa_lot_backorders(&speakers, 1.1, &q, &share, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(q, 28540.242720507027, 1e-15);
	CHECK_CLOSE(q * (1.0 - share), 22424.476423255524, 1e-14);
	(void) sa_lot_backorders(&candy, 5, &q, &share, &cost);
	CHECK_CLOSE(q, 310.81255515896464, 1e-15);
	CHECK_CLOSE(share, 0.0430622009569378, 1e-14);
	CHECK_CLOSE(cost, 66.92136355097325, 1e-14);
	CHECK(sa_lot_backorders_cost(q, share, &candy, 5, &near) == SA_MATHS_FINE);
	CHECK_CLOSE(near, cost, 1e-14);
	(void) sa_lot_backorders_cost(q * 1.01, share, &candy, 5, &near);
	CHECK(near > cost);
	(void) sa_lot_backorders_cost(q, share * 1.01, &candy, 5, &near);
	CHECK(near > cost);
	CHECK(sa_lot_production(&candy, 2000, &q, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(q, 513.9328595516969, 1e-14);
	CHECK_CLOSE(cost, 40.47221268969613, 1e-14);
	(void) sa_lot_production_cost(350, &candy, 2000, &cost);
	CHECK_CLOSE(cost, 43.495535714285715, 1e-14);
	(void) sa_lot_cost(250, &candy, &cost);
	CHECK_CLOSE(cost, 69.725, 1e-14);
	/* Edges. */
	CHECK(sa_lot_backorders(&nothing, 5, &q, &share, &cost) == SA_MATHS_FINE);
	CHECK(q == 0.0 && cost == 0.0);
	CHECK(sa_lot_production(&nothing, 5, &q, &cost) == SA_MATHS_FINE && q == 0.0 && cost == 0.0);
	CHECK_STR(sa_lot_production(&candy, 1300, &q, &cost), "production_rate");
	CHECK_STR(sa_lot_production(&candy, NAN, &q, &cost), "production_rate");
	CHECK_STR(sa_lot_backorders(&candy, 0, &q, &share, &cost), "stockout_cost");
	CHECK_STR(sa_lot_cost(0, &candy, &cost), "order_quantity");
	CHECK_STR(sa_lot_backorders_cost(5, 1.5, &candy, 5, &cost), "backorder_share");
	CHECK(sa_lot_backorders(&huge, 1e-300, &q, &share, &cost) == SA_MATHS_FINE && share == 1.0);
}

/* Cost of a period of a quantity, straight from the price list. */
static double
cost_of(const SaPriceList *list, double d, double k, double rate, double q, int incremental)
{
	size_t last = 0;
	double paid = 0.0;

	while (last + 1 < list->prices && q >= list->breaks[last + 1])
	{
		paid += list->unit_costs[last] * (list->breaks[last + 1] - list->breaks[last]);
		last++;
	}
	paid += list->unit_costs[last] * (q - list->breaks[last]);
	if (!incremental)
		paid = list->unit_costs[last] * q;
	return paid * d / q + k * d / q + rate * paid / 2.0;
}

static void
test_price_breaks(void)
{
	const double breaks[] = {0, 400, 800};
	const double prices[] = {0.75, 0.72, 0.68};
	const double rising[] = {0.75, 0.76, 0.68};
	const double same[] = {0, 0, 800};
	SaPriceList list = {breaks, prices, 3, 3};
	SaPriceChoice best;

	/* Snyder & Shen 3.6 and 3.7. */
	CHECK(sa_price_all_units(1300, 8, 0.3, &list, &best) == SA_MATHS_FINE);
	CHECK(best.quantity == 800.0 && best.price == 2);
	CHECK_CLOSE(best.cost, 978.6, 1e-14);
	CHECK(sa_price_incremental(1300, 8, 0.3, &list, &best) == SA_MATHS_FINE);
	CHECK_CLOSE(best.quantity, 304.0467800264368, 1e-15);
	CHECK_CLOSE(best.cost, 1043.4105255059483, 1e-15);
	CHECK(best.price == 0);
	/* Edges: nothing to order, nothing to pay per order. */
	CHECK(sa_price_all_units(0, 8, 0.3, &list, &best) == SA_MATHS_FINE && best.quantity == 0.0 &&
		  best.cost == 0.0);
	CHECK(sa_price_incremental(0, 8, 0.3, &list, &best) == SA_MATHS_FINE && best.cost == 0.0);
	CHECK(sa_price_incremental(10, 0, 0.3, &list, &best) == SA_MATHS_FINE && best.quantity == 0.0);
	CHECK_CLOSE(best.cost, 7.5, 1e-15);
	CHECK_STR(sa_price_all_units(1300, 8, 0, &list, &best), "holding_rate");
	CHECK_STR(sa_price_all_units(-1, 8, 0.3, &list, &best), "demand");
	CHECK_STR(sa_price_all_units(1, -8, 0.3, &list, &best), "order_cost");
	list.unit_costs = rising;
	CHECK_STR(sa_price_all_units(1300, 8, 0.3, &list, &best), "unit_costs");
	list.unit_costs = prices;
	list.breaks = same;
	CHECK_STR(sa_price_incremental(1300, 8, 0.3, &list, &best), "breaks");
	list.breaks = breaks + 1;
	CHECK_STR(sa_price_incremental(1300, 8, 0.3, &list, &best), "breaks");
	list.breaks = breaks;
	list.unit_cost_count = 2;
	CHECK_STR(sa_price_incremental(1300, 8, 0.3, &list, &best), "unit_costs");
	list.prices = 0;
	CHECK_STR(sa_price_incremental(1300, 8, 0.3, &list, &best), "breaks");
}

/* The chosen quantity against a walk over many. */
static void
test_price_breaks_search(void)
{
	srand(7);
	for (int round = 0; round < 300; round++)
	{
		double breaks[4] = {0};
		double prices[4];
		SaPriceList list = {breaks, prices, 1 + (size_t) (rand() % 4), 0};
		double d = 1 + rand() % 2000;
		double k = 1 + rand() % 300;
		double rate = 0.05 + (rand() % 50) / 100.0;
		int incremental = round % 2;
		SaPriceChoice best;

		list.unit_cost_count = list.prices;
		prices[0] = 10.0 + rand() % 20;
		for (int i = 1; i < 4; i++)
		{
			breaks[i] = breaks[i - 1] + 1 + rand() % 400;
			prices[i] = prices[i - 1] * (0.8 + (rand() % 20) / 100.0);
		}
		CHECK((incremental ? sa_price_incremental : sa_price_all_units)(d, k, rate, &list, &best) ==
			  SA_MATHS_FINE);
		CHECK_CLOSE(best.cost, cost_of(&list, d, k, rate, best.quantity, incremental), 1e-12);
		CHECK(best.quantity >= breaks[best.price]);
		for (double q = 0.5; q < 3000.0; q *= 1.02)
			CHECK(cost_of(&list, d, k, rate, q, incremental) >= best.cost * (1.0 - 1e-12));
		for (size_t i = 1; i < list.prices; i++)
			CHECK(cost_of(&list, d, k, rate, breaks[i], incremental) >= best.cost * (1.0 - 1e-12));
	}
}

int
main(void)
{
	test_lots();
	test_price_breaks();
	test_price_breaks_search();
	return unit_end();
}
