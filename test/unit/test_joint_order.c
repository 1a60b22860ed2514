/*
 * test_joint_order.c: joint replenishment and Wagner-Whitin: published answers,
 * edges, and all plans of few periods.
 */
#include <stdlib.h>

#include "unit.h"

#include "pure/joint_order.h"
#include "pure/lot_plan.h"

static void
test_joint(void)
{
	/* Silver 1976. */
	const double k[] = {1.87, 5.27, 7.94, 8.19, 8.87};
	const double h[] = {0.2, 0.2, 0.2, 0.2, 0.2};
	const double d[] = {1736, 656, 558, 170, 142};
	const double m[] = {1, 1, 1, 3, 3};
	const double none[] = {0, 656, 0, 0, 0};
	const double zeros[] = {0, 0, 0, 0, 0};
	const double rare[] = {1736, 656, 558, 170, 1e-20};
	SaJointItems items = {k, h, d, 5};
	double quantities[5];
	double multiples[5];
	double cycle;
	double cost;

	CHECK(sa_joint_order(10, &items, quantities, multiples, &cycle, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(cycle, 0.2813771490671472, 1e-15);
	CHECK_CLOSE(cost, 218.68632025498687, 1e-14);
	for (int i = 0; i < 5; i++)
		CHECK(multiples[i] == m[i]);
	CHECK_CLOSE(quantities[4], 119.8666655026047, 1e-14);
	/* One item alone is the economic order quantity of both costs. */
	items.demands = none;
	CHECK(sa_joint_order(10, &items, quantities, multiples, &cycle, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(quantities[1], sqrt(2 * 15.27 * 656 / 0.2), 1e-14);
	CHECK(multiples[0] == 0.0 && quantities[0] == 0.0);
	items.demands = zeros;
	CHECK(sa_joint_order(10, &items, quantities, multiples, &cycle, &cost) == SA_MATHS_FINE);
	CHECK(cycle == 0.0 && cost == 0.0 && quantities[4] == 0.0);
	items.demands = rare;
	CHECK_STR(sa_joint_order(10, &items, quantities, multiples, &cycle, &cost), "order_costs");
	items.demands = d;
	CHECK_STR(sa_joint_order(0, &items, quantities, multiples, &cycle, &cost), "shared_cost");
	items.holding_costs = zeros;
	CHECK_STR(sa_joint_order(1, &items, quantities, multiples, &cycle, &cost), "holding_costs");
	items.count = 0;
	CHECK(sa_joint_order(1, &items, quantities, multiples, &cycle, &cost) == SA_MATHS_FINE);
	items.count = SA_JOINT_MOST_ITEMS + 1;
	CHECK_STR(sa_joint_order(1, &items, quantities, multiples, &cycle, &cost), "demands");
}

/* Cost of ordering in the periods that a bit set names, all of the demand until the next. */
static double
cost_of(const SaLotPeriods *p, unsigned set)
{
	double cost = 0.0;
	double kept = 0.0;
	size_t last = 0;
	int ordered = 0;

	for (size_t t = 0; t < p->count; t++)
	{
		if (set & (1U << t))
		{
			cost += p->order_costs[t];
			last = t;
			kept = 0.0;
			ordered = 1;
		}
		if (p->demands[t] > 0.0 && !ordered)
			return HUGE_VAL;
		if (ordered)
			cost += p->demands[t] * (p->unit_costs[last] + kept);
		kept += p->holding_costs[t];
	}
	return cost;
}

static void
test_plan(void)
{
	const double demands[] = {90, 120, 80, 70};
	const double k[] = {500, 500, 500, 500};
	const double h[] = {2, 2, 2, 2};
	const double free_units[] = {0, 0, 0, 0};
	const double late[] = {0, 0, 0, 7};
	const double wrong[] = {1, NAN, 1, 1};
	SaLotPeriods p = {demands, k, h, free_units, 4};
	double work[5];
	size_t next[4];
	double q[4];
	double cost;

	/* Snyder & Shen 3.9. */
	CHECK(sa_lot_plan(&p, work, next, q, &cost) == SA_MATHS_FINE);
	CHECK(cost == 1380.0 && q[0] == 210.0 && q[1] == 0.0 && q[2] == 150.0 && q[3] == 0.0);
	p.demands = late;
	CHECK(sa_lot_plan(&p, work, next, q, &cost) == SA_MATHS_FINE);
	CHECK(cost == 500.0 && q[3] == 7.0);
	p.demands = free_units;
	CHECK(sa_lot_plan(&p, work, next, q, &cost) == SA_MATHS_FINE && cost == 0.0);
	p.count = 0;
	CHECK(sa_lot_plan(&p, work, next, q, &cost) == SA_MATHS_FINE && cost == 0.0);
	p.count = 4;
	p.demands = wrong;
	CHECK_STR(sa_lot_plan(&p, work, next, q, &cost), "demands");
	p.demands = demands;
	p.order_costs = wrong;
	CHECK_STR(sa_lot_plan(&p, work, next, q, &cost), "order_costs");
	p.order_costs = k;
	p.holding_costs = wrong;
	CHECK_STR(sa_lot_plan(&p, work, next, q, &cost), "holding_costs");
	p.holding_costs = h;
	p.unit_costs = wrong;
	CHECK_STR(sa_lot_plan(&p, work, next, q, &cost), "unit_costs");
	p.count = SA_LOT_PLAN_LONGEST + 1;
	CHECK_STR(sa_lot_plan(&p, work, next, q, &cost), "demands");
}

static void
test_all_plans(void)
{
	srand(3);
	for (int round = 0; round < 500; round++)
	{
		double d[8];
		double k[8];
		double h[8];
		double c[8];
		double work[9];
		size_t next[8];
		double q[8];
		SaLotPeriods p = {d, k, h, c, 1 + (size_t) (rand() % 8)};
		double best = HUGE_VAL;
		double stock = 0.0;
		double cost;

		for (int i = 0; i < 8; i++)
		{
			d[i] = rand() % 3 ? rand() % 50 : 0;
			k[i] = rand() % 100;
			h[i] = rand() % 4;
			c[i] = rand() % 5;
		}
		CHECK(sa_lot_plan(&p, work, next, q, &cost) == SA_MATHS_FINE);
		for (unsigned set = 0; set < 1U << p.count; set++)
			best = fmin(best, cost_of(&p, set));
		CHECK_CLOSE(cost, best, 1e-12);
		for (size_t i = 0; i < p.count; i++)
		{
			stock += q[i] - d[i];
			CHECK(stock >= 0.0);
		}
		CHECK(stock == 0.0);
	}
}

int
main(void)
{
	test_joint();
	test_plan();
	test_all_plans();
	return unit_end();
}
