/*
 * joint_order.c: joint replenishment (Silver, Management Science 22 (1976)
 * 1351-1361; Silver, Pyke & Thomas, 10.2).
 */
#include "pure/joint_order.h"

#include <math.h>

#define NOBODY ((size_t) -1)

/* The item that is ordered each time: the one with the least order cost / (holding cost x demand).
 */
static size_t
first_item(const SaJointItems *items, double *ratios)
{
	size_t first = NOBODY;

	for (size_t i = 0; i < items->count; i++)
	{
		if (items->demands[i] == 0.0)
			continue;
		ratios[i] = items->order_costs[i] / items->holding_costs[i] / items->demands[i];
		if (first == NOBODY || ratios[i] < ratios[first])
			first = i;
	}
	return first;
}

static SaBadArgument
check_items(double shared_cost, const SaJointItems *items)
{
	SA_REQUIRE(shared_cost > 0.0 && isfinite(shared_cost), "shared_cost");
	SA_REQUIRE(items->count <= SA_JOINT_MOST_ITEMS, "demands");
	for (size_t i = 0; i < items->count; i++)
	{
		SA_REQUIRE(items->order_costs[i] >= 0.0 && isfinite(items->order_costs[i]), "order_costs");
		SA_REQUIRE(items->holding_costs[i] > 0.0 && isfinite(items->holding_costs[i]),
				   "holding_costs");
		SA_REQUIRE(items->demands[i] >= 0.0 && isfinite(items->demands[i]), "demands");
		SA_REQUIRE(items->demands[i] == 0.0 ||
					   (items->holding_costs[i] * items->demands[i] > 0.0 &&
						isfinite(items->holding_costs[i] * items->demands[i])),
				   "demands");
	}
	return SA_MATHS_FINE;
}

/*
 * m = sqrt(ratio h1 D1 / (K + k1)), rounded, at least 1; then the best cycle
 * for these multiples, sqrt(2 (K + sum k/m) / sum m h D).
 */
SaBadArgument
sa_joint_order(double shared_cost, const SaJointItems *items, double *quantities, double *multiples,
			   double *cycle, double *cost)
{
	double orders = shared_cost;
	double holding = 0.0;
	double scale = 0.0;
	size_t first;
	SaBadArgument bad = check_items(shared_cost, items);

	if (bad)
		return bad;
	*cycle = 0.0;
	*cost = 0.0;
	/* The ratios wait where the quantities will be. */
	first = first_item(items, quantities);
	if (first != NOBODY)
		scale = items->holding_costs[first] * items->demands[first] /
				(shared_cost + items->order_costs[first]);
	for (size_t i = 0; i < items->count; i++)
	{
		multiples[i] = 0.0;
		if (items->demands[i] == 0.0)
			continue;
		multiples[i] = i == first ? 1.0 : fmax(1.0, floor(sqrt(quantities[i] * scale) + 0.5));
		SA_REQUIRE(multiples[i] <= SA_JOINT_MOST_MULTIPLE, "order_costs");
		orders += items->order_costs[i] / multiples[i];
		holding += multiples[i] * items->holding_costs[i] * items->demands[i];
	}
	SA_REQUIRE(isfinite(orders), "order_costs");
	SA_REQUIRE(isfinite(holding), "holding_costs");
	if (first != NOBODY)
	{
		*cycle = sqrt(2.0 * orders / holding);
		*cost = sqrt(2.0 * orders) * sqrt(holding);
	}
	for (size_t i = 0; i < items->count; i++)
		quantities[i] = multiples[i] * items->demands[i] * *cycle;
	return SA_MATHS_FINE;
}
