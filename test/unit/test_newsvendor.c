/*
 * test_newsvendor.c: the ratio of costs, demand from a table.
 */
#include "unit.h"

#include "pure/newsvendor.h"

static void
test_table(void)
{
	const double demands[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const double shares[] = {0.25, 0.05, 0.1, 0.2, 0.15, 0.1, 0.1, 0.05};
	const double sure[] = {0, 1, 0, 0, 0, 0, 0, 0};
	const double off[] = {0.25, 0.05, 0.1, 0.2, 0.15, 0.1, 0.1, 0.06};
	const double wild[] = {1.5, -0.5, 0, 0, 0, 0, 0, 0};
	const double tied[] = {1, 2, 2, 4, 5, 6, 7, 8};
	SaDemandTable table = {demands, shares, 8, 8};
	double q;
	double cost;

	CHECK(sa_newsvendor_ratio(0.7, 0.18, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(cost, 0.7 / 0.88, 1e-15);
	CHECK_STR(sa_newsvendor_ratio(0, 1, &cost), "underage_cost");
	CHECK_STR(sa_newsvendor_ratio(1, -1, &cost), "overage_cost");
	CHECK_STR(sa_newsvendor_ratio(1e300, 1e-300, &cost), "overage_cost");
	CHECK(sa_newsvendor_ratio(1e308, 1e308, &cost) == SA_MATHS_FINE && cost == 0.5);
	CHECK(sa_newsvendor_table_quantity(2.0 / 3.0, &table, &q) == SA_MATHS_FINE && q == 5.0);
	CHECK(sa_newsvendor_table_cost(5, 1000000, 500000, &table, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(cost, 1225000.0, 1e-15);
	(void) sa_newsvendor_table_cost(3, 1000000, 500000, &table, &cost);
	CHECK_CLOSE(cost, 1725000.0, 1e-15);
	/* 0.25 + 0.05 is 0.3, whatever its last digit. */
	CHECK(sa_newsvendor_table_quantity(0.3, &table, &q) == SA_MATHS_FINE && q == 2.0);
	CHECK(sa_newsvendor_table_quantity(1.0 - 1e-16, &table, &q) == SA_MATHS_FINE && q == 8.0);
	CHECK(sa_newsvendor_table_quantity(1e-9, &table, &q) == SA_MATHS_FINE && q == 1.0);
	table.probabilities = sure;
	CHECK(sa_newsvendor_table_quantity(1e-9, &table, &q) == SA_MATHS_FINE && q == 2.0);
	CHECK(sa_newsvendor_table_quantity(1.0 - 1e-9, &table, &q) == SA_MATHS_FINE && q == 2.0);
	table.probabilities = off;
	CHECK_STR(sa_newsvendor_table_quantity(0.5, &table, &q), "pmf");
	table.probabilities = wild;
	CHECK_STR(sa_newsvendor_table_quantity(0.5, &table, &q), "pmf");
	table.probabilities = shares;
	table.demands = tied;
	CHECK_STR(sa_newsvendor_table_cost(1, 1, 1, &table, &cost), "demands");
	table.demands = demands;
	CHECK_STR(sa_newsvendor_table_quantity(0, &table, &q), "critical_ratio");
	CHECK_STR(sa_newsvendor_table_cost(1, 0, 1, &table, &cost), "underage_cost");
	CHECK_STR(sa_newsvendor_table_cost(INFINITY, 1, 1, &table, &cost), "quantity");
	table.probability_count = 7;
	CHECK_STR(sa_newsvendor_table_cost(1, 1, 1, &table, &cost), "pmf");
	table.count = 0;
	CHECK_STR(sa_newsvendor_table_cost(1, 1, 1, &table, &cost), "demands");
}

int
main(void)
{
	test_table();
	return unit_end();
}
