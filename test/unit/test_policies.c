/*
 * test_policies.c: (r, Q) and (s, S): published answers, edges, and that
 * nothing near costs less.
 */
#include <stdlib.h>

#include "unit.h"

#include "pure/counts.h"
#include "pure/rq_poisson.h"
#include "pure/rq_policy.h"
#include "pure/ss_policy.h"

static void
test_rq(void)
{
	/* Snyder & Shen 5.1 to 5.6. */
	const SaNormalDemand candy = {1300, 150, 1.0 / 12.0};
	const SaPolicyCosts costs = {8, 0.225, 7.5};
	SaRqPolicy p;
	double cost;
	double r;

	CHECK(sa_rq_cost(126.8, 328.5, &candy, &costs, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(cost, 78.07116250928294, 1e-12);
	CHECK(sa_rq_reorder_point(318, &candy, &costs, &r) == SA_MATHS_FINE);
	CHECK_CLOSE(r, 127.78803486696552, 1e-6);
	CHECK(sa_rq_eil(&candy, &costs, &p) == SA_MATHS_FINE);
	CHECK_CLOSE(p.reorder_point, 213.97044213580244, 1e-9);
	CHECK_CLOSE(p.order_quantity, 318.5901810768729, 1e-9);
	CHECK_CLOSE(p.cost, 95.45114022285196, 1e-9);
	CHECK(sa_rq_safety_stock(&candy, &costs, &p) == SA_MATHS_FINE);
	CHECK_CLOSE(p.reorder_point, 190.3369965715624, 1e-12);
	CHECK_CLOSE(p.order_quantity, 304.0467800264368, 1e-14);
	CHECK(sa_rq_backorders(&candy, &costs, &p) == SA_MATHS_FINE);
	CHECK_CLOSE(p.reorder_point, 128.63781442427097, 1e-6);
	CHECK_CLOSE(p.order_quantity, 308.5737801203754, 1e-14);
	CHECK(sa_rq_loss_function(&candy, &costs, &p) == SA_MATHS_FINE);
	CHECK_CLOSE(p.reorder_point, 126.8670634479628, 1e-6);
	CHECK_CLOSE(p.order_quantity, 328.4491421980451, 1e-6);
	(void) sa_rq_cost(p.reorder_point, p.order_quantity, &candy, &costs, &cost);
	CHECK(cost == p.cost);
	/* The best r for its Q. */
	(void) sa_rq_reorder_point(200, &candy, &costs, &r);
	(void) sa_rq_cost(r, 200, &candy, &costs, &cost);
	for (double step = -50.0; step <= 50.0; step += 5.0)
	{
		double other;

		(void) sa_rq_cost(r + step, 200, &candy, &costs, &other);
		CHECK(other >= cost * (1.0 - 1e-12));
	}
}

static void
test_rq_edges(void)
{
	const SaPolicyCosts costs = {8, 0.225, 7.5};
	const SaPolicyCosts cheap_to_miss = {8, 10, 0.01};
	const SaPolicyCosts free_order = {0, 0.225, 7.5};
	const SaPolicyCosts bad_costs[] = {{-1, 1, 1}, {1, 0, 1}, {1, 1, 0}, {1, 1, NAN}};
	const char *const bad_names[] = {"order_cost", "holding_cost", "stockout_cost",
									 "stockout_cost"};
	const SaNormalDemand sure = {1300, 0, 0.5};
	const SaNormalDemand at_once = {1300, 150, 0};
	const SaNormalDemand none = {0, 0, 0.5};
	const SaNormalDemand wrong[] = {{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}};
	const char *const wrong_names[] = {"demand", "demand_sd", "lead_time"};
	SaRqPolicy p;
	double out;

	/* Without spread: economic order quantity with backorders, owed units below the lead time's. */
	CHECK(sa_rq_backorders(&sure, &costs, &p) == SA_MATHS_FINE);
	CHECK_CLOSE(p.reorder_point, 650.0 - p.order_quantity * 0.225 / 7.725, 1e-12);
	CHECK(sa_rq_loss_function(&sure, &costs, &p) == SA_MATHS_FINE);
	CHECK_CLOSE(p.cost, sqrt(2 * 8 * 1300 * 0.225 * 7.5 / 7.725), 1e-9);
	CHECK(sa_rq_eil(&sure, &costs, &p) == SA_MATHS_FINE && p.reorder_point == 650.0);
	CHECK(sa_rq_safety_stock(&at_once, &costs, &p) == SA_MATHS_FINE && p.reorder_point == 0.0);
	CHECK(sa_rq_safety_stock(&none, &costs, &p) == SA_MATHS_FINE && p.order_quantity == 0.0 &&
		  p.cost == 0.0);
	CHECK(sa_rq_backorders(&none, &costs, &p) == SA_MATHS_FINE && p.order_quantity == 0.0);
	CHECK(sa_rq_eil(&none, &costs, &p) == SA_MATHS_FINE && p.order_quantity == 0.0);
	CHECK_STR(sa_rq_eil(&sure, &cheap_to_miss, &p), "stockout_cost");
	CHECK_STR(sa_rq_eil(&sure, &free_order, &p), "order_cost");
	CHECK(sa_rq_loss_function(&at_once, &free_order, &p) == SA_MATHS_FINE);
	for (int i = 0; i < 4; i++)
	{
		CHECK_STR(sa_rq_eil(&sure, &bad_costs[i], &p), bad_names[i]);
		CHECK_STR(sa_rq_poisson(1, 1, &bad_costs[i], &p), bad_names[i]);
	}
	for (int i = 0; i < 3; i++)
		CHECK_STR(sa_rq_loss_function(&wrong[i], &costs, &p), wrong_names[i]);
	CHECK_STR(sa_rq_cost(NAN, 1, &sure, &costs, &out), "reorder_point");
	CHECK_STR(sa_rq_cost(1, 0, &sure, &costs, &out), "order_quantity");
	CHECK_STR(sa_rq_reorder_point(INFINITY, &sure, &costs, &out), "order_quantity");
}

static void
test_rq_poisson(void)
{
	/* Snyder & Shen 5.8 and problem 5.2. */
	const SaPolicyCosts costs = {100, 20, 150};
	const SaPolicyCosts problem = {4, 4, 28};
	const SaPolicyCosts lorry = {1e9, 1e-3, 1};
	SaRqPolicy p;
	double cost;

	CHECK(sa_rq_poisson(1.5, 2, &costs, &p) == SA_MATHS_FINE);
	CHECK(p.reorder_point == 3.0 && p.order_quantity == 5.0);
	CHECK_CLOSE(p.cost, 107.92358063314975, 1e-12);
	CHECK(sa_rq_poisson(12, 0.5, &problem, &p) == SA_MATHS_FINE);
	CHECK(p.reorder_point == 6.0 && p.order_quantity == 7.0);
	for (double r = -5.0; r < 20.0; r += 1.0)
	{
		for (double q = 1.0; q < 30.0; q += 1.0)
		{
			CHECK(sa_rq_poisson_cost(r, q, 12, 0.5, &problem, &cost) == SA_MATHS_FINE);
			CHECK(cost >= p.cost * (1.0 - 1e-12));
		}
	}
	/* Nothing asked for: one is ordered when one is owed. */
	CHECK(sa_rq_poisson(0, 2, &costs, &p) == SA_MATHS_FINE);
	CHECK(p.reorder_point == -1.0 && p.order_quantity == 1.0 && p.cost == 0.0);
	CHECK_STR(sa_rq_poisson(1e6, 1, &lorry, &p), "order_cost");
	CHECK_STR(sa_rq_poisson(1e9, 2, &costs, &p), "lead_time");
	CHECK_STR(sa_rq_poisson_cost(1.5, 1, 12, 0.5, &problem, &cost), "reorder_point");
	CHECK_STR(sa_rq_poisson_cost(1, 1e6, 12, 0.5, &problem, &cost), "order_quantity");
}

static void
test_ss(SaSsWork *work)
{
	/* Zheng & Federgruen's instances and Snyder & Shen 4.7: h, p, K, mean, s, S, cost. */
	static const double rows[][7] = {{1, 4, 5, 6, 4, 10, 8.034111561471642},
									 {1, 9, 64, 15, 10, 49, 42.69781892264545},
									 {1, 9, 64, 65, 56, 75, 78.51823321008779},
									 {1, 9, 64, 61, 52, 131, 77.92873488238746},
									 {40, 125, 150, 4, 2, 7, 223.57482956696882}};
	SaSsPolicy p;
	double cost;

	for (int i = 0; i < 5; i++)
	{
		const double *row = rows[i];
		SaPolicyCosts costs = {row[2], row[0], row[1]};
		SaSsDemand demand = {row[3], 0, NULL, 0};

		CHECK(sa_ss_exact(&demand, &costs, work, &p) == SA_MATHS_FINE);
		CHECK(p.reorder_point == row[4] && p.order_up_to == row[5]);
		CHECK_CLOSE(p.cost, row[6], 1e-12);
		CHECK(sa_ss_cost(row[4], row[5], &demand, &costs, work, &cost) == SA_MATHS_FINE);
		CHECK_CLOSE(cost, p.cost, 1e-14);
	}
	/* No other pair is cheaper; lead time and table. */
	{
		const double table[] = {0.4, 0.1, 0.05, 0.05, 0.1, 0.3};
		SaPolicyCosts costs = {7, 1, 3};
		SaSsDemand cases[] = {{2.5, 3, NULL, 0}, {0, 0, table, 6}};

		for (int i = 0; i < 2; i++)
		{
			CHECK(sa_ss_exact(&cases[i], &costs, work, &p) == SA_MATHS_FINE);
			for (double s = -8.0; s < 20.0; s += 1.0)
			{
				for (double up = s + 1.0; up < 30.0; up += 1.0)
				{
					(void) sa_ss_cost(s, up, &cases[i], &costs, work, &cost);
					CHECK(cost >= p.cost * (1.0 - 1e-12));
				}
			}
		}
	}
}

static void
test_ss_edges(SaSsWork *work)
{
	const double never[] = {1.0};
	const double short_of[] = {0.5, 0.4};
	const SaPolicyCosts costs = {5, 1, 4};
	const SaPolicyCosts lorry = {1e12, 1, 4};
	const SaPolicyCosts no_order = {0, 1, 4};
	const SaNormalDemand normal = {50, 8, 0};
	const SaNormalDemand sure = {50, 0, 0};
	const SaNormalDemand none = {0, 0, 0};
	const SaPolicyCosts power = {2.5, 0.18, 0.7};
	SaSsDemand demand = {0, 0, NULL, 0};
	SaSsDemand odd = {5, 0.5, NULL, 0};
	SaSsDemand table = {0, 0, never, 1};
	SaSsDemand torn = {0, 0, short_of, 2};
	SaSsPolicy p;
	double s;
	double up;

	CHECK(sa_ss_exact(&demand, &costs, work, &p) == SA_MATHS_FINE);
	CHECK(p.reorder_point == -1.0 && p.order_up_to == 0.0 && p.cost == 0.0);
	CHECK(sa_ss_exact(&table, &costs, work, &p) == SA_MATHS_FINE && p.reorder_point == -1.0);
	CHECK(sa_ss_cost(0, 5, &demand, &costs, work, &s) == SA_MATHS_FINE && s == 5.0);
	demand.mean = 6;
	CHECK(sa_ss_exact(&demand, &no_order, work, &p) == SA_MATHS_FINE);
	CHECK(p.order_up_to - p.reorder_point == 1.0);
	CHECK_STR(sa_ss_exact(&demand, &lorry, work, &p), "order_cost");
	CHECK_STR(sa_ss_exact(&odd, &costs, work, &p), "lead_time");
	CHECK_STR(sa_ss_exact(&torn, &costs, work, &p), "pmf");
	CHECK_STR(sa_ss_cost(5, 5, &demand, &costs, work, &s), "order_up_to");
	CHECK_STR(sa_ss_cost(5.5, 7, &demand, &costs, work, &s), "reorder_point");
	demand.mean = INFINITY;
	CHECK_STR(sa_ss_exact(&demand, &costs, work, &p), "demand");
	/* Once in a thousand million periods. */
	demand.mean = 1e-9;
	CHECK(sa_ss_exact(&demand, &costs, work, &p) == SA_MATHS_FINE && p.order_up_to == 0.0);
	/* Snyder & Shen 4.8. */
	CHECK(sa_ss_power(&normal, &power, &s, &up) == SA_MATHS_FINE);
	CHECK_CLOSE(s, 40.19461695647407, 1e-13);
	CHECK_CLOSE(up, 74.29017010980579, 1e-13);
	CHECK(sa_ss_power(&sure, &power, &s, &up) == SA_MATHS_FINE);
	CHECK_CLOSE(s, 0.973 * 50, 1e-14);
	CHECK(sa_ss_power(&none, &power, &s, &up) == SA_MATHS_FINE && s == 0.0 && up == 0.0);
	CHECK_STR(sa_ss_power(&normal, &no_order, &s, &up), "order_cost");
}

int
main(void)
{
	SaSsWork *work = malloc(sizeof(SaSsWork));

	if (work == NULL)
		return 1;
	test_rq();
	test_rq_edges();
	test_rq_poisson();
	test_ss(work);
	test_ss_edges(work);
	free(work);
	return unit_end();
}
