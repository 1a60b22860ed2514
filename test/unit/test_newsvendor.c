/*
 * test_newsvendor.c: losses, the ratio of costs, demand from a table.
 */
#include "unit.h"

#include "pure/losses.h"
#include "pure/newsvendor.h"
#include "pure/normal.h"

static void
test_losses(void)
{
	double loss;
	double step;

	/* stockpyl: gamma with shape 2 and scale 3, shape 1/2 and scale 1, shape 9 and scale 1/2. */
	CHECK(sa_gamma_loss(4, 6, 18, &loss) == SA_MATHS_FINE);
	CHECK_CLOSE(loss, 2.635971381157268, 1e-14);
	(void) sa_gamma_loss(0.4, 0.5, 0.5, &loss);
	CHECK_CLOSE(loss, 0.27629616888683367, 1e-14);
	(void) sa_gamma_loss(7, 4.5, 2.25, &loss);
	CHECK_CLOSE(loss, 0.057910792089881064, 1e-14);
	/* Nothing in stock, less than nothing, demand without spread, none at all. */
	CHECK(sa_gamma_loss(0, 6, 18, &loss) == SA_MATHS_FINE && loss == 6.0);
	CHECK(sa_gamma_loss(-2, 6, 18, &loss) == SA_MATHS_FINE && loss == 8.0);
	CHECK(sa_gamma_loss(4, 6, 0, &loss) == SA_MATHS_FINE && loss == 2.0);
	CHECK(sa_gamma_loss(8, 6, 0, &loss) == SA_MATHS_FINE && loss == 0.0);
	CHECK(sa_gamma_loss(8, 0, 5, &loss) == SA_MATHS_FINE && loss == 0.0);
	CHECK(sa_gamma_loss(1e300, 6, 18, &loss) == SA_MATHS_FINE && loss == 0.0);
	/* Nearly normal, on both sides of where the formula changes. */
	(void) sa_gamma_loss(1e9, 1e9, 1e18 / 0.9e8, &loss);
	(void) sa_gamma_loss(1e9, 1e9, 1e18 / 1.1e8, &step);
	CHECK_CLOSE(loss / step, sqrt(1.1 / 0.9), 1e-6);
	CHECK_STR(sa_gamma_loss(NAN, 6, 18, &loss), "x");
	CHECK_STR(sa_gamma_loss(1, -6, 18, &loss), "mean");
	CHECK_STR(sa_gamma_loss(1, 6, -18, &loss), "variance");
	CHECK_CLOSE(sa_normal_second_loss(-1.4), 1.4652893702790404, 1e-15);
	CHECK_CLOSE(sa_normal_second_loss(0.3), 0.15103010258794225, 1e-15);
	CHECK_CLOSE(sa_normal_second_loss(3.1) / 6.956550901328958e-05, 1.0, 1e-11);
	/* Both formulas meet; the derivative is minus the first-order loss. */
	CHECK_CLOSE(sa_normal_second_loss(3.0 + 1e-12) / sa_normal_second_loss(3.0), 1.0, 1e-10);
	for (double k = -6.0; k < 30.0; k += 0.37)
	{
		step = sa_normal_second_loss(k - 1e-6) - sa_normal_second_loss(k + 1e-6);
		CHECK_CLOSE(step / 2e-6 / sa_normal_loss(k), 1.0, 1e-6);
	}
}

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
	test_losses();
	test_table();
	return unit_end();
}
