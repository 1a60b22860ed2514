/*
 * test_newsvendor_demand.c: printed answers, edges, and that no other quantity costs less.
 */
#include "unit.h"

#include "pure/newsvendor.h"
#include "pure/newsvendor_demand.h"

static void
test_quantities(void)
{
	double ratio;
	double q;
	double cost;

	/* Snyder & Shen 4.3: 56.60 at a cost of 1.9976; 4.7: 8 at 3.57. */
	CHECK(sa_newsvendor_ratio(0.7, 0.18, &ratio) == SA_MATHS_FINE);
	CHECK(sa_newsvendor_quantity(ratio, 50, 64, SA_NORMAL, &q) == SA_MATHS_FINE);
	CHECK_CLOSE(q, 56.60395592743389, 1e-15);
	CHECK(sa_newsvendor_cost(q, 0.7, 0.18, 50, 64, SA_NORMAL, &cost) == SA_MATHS_FINE);
	CHECK_CLOSE(cost, 1.9976051931766445, 1e-14);
	(void) sa_newsvendor_quantity(0.8, 6, 0, SA_POISSON, &q);
	CHECK(q == 8.0);
	(void) sa_newsvendor_cost(8, 4, 1, 6, 0, SA_POISSON, &cost);
	CHECK_CLOSE(cost, 3.5701069457709376, 1e-14);
	/* No other quantity is cheaper, whatever the distribution. */
	for (int d = SA_NEGATIVE_BINOMIAL; d <= SA_GAMMA; d++)
	{
		double best;

		for (double r = 0.05; r < 1.0; r += 0.09)
		{
			CHECK(sa_newsvendor_quantity(r, 7, 19, (SaDistribution) d, &q) == SA_MATHS_FINE);
			(void) sa_newsvendor_cost(q, r, 1.0 - r, 7, 19, (SaDistribution) d, &best);
			for (double other = -3.0; other < 40.0; other += 0.5)
			{
				(void) sa_newsvendor_cost(other, r, 1.0 - r, 7, 19, (SaDistribution) d, &cost);
				CHECK(cost >= best * (1.0 - 1e-12));
			}
		}
	}
	/* Edges. */
	CHECK(sa_newsvendor_quantity(0.5, 0, 0, SA_NEGATIVE_BINOMIAL, &q) == SA_MATHS_FINE && q == 0.0);
	CHECK(sa_newsvendor_cost(5, 4, 1, 0, 0, SA_GAMMA, &cost) == SA_MATHS_FINE && cost == 5.0);
	CHECK_STR(sa_newsvendor_quantity(1, 6, 6, SA_POISSON, &q), "critical_ratio");
	CHECK_STR(sa_newsvendor_quantity(0.5, -6, 6, SA_NORMAL, &q), "mean");
	CHECK_STR(sa_newsvendor_quantity(0.5, 6, NAN, SA_NORMAL, &q), "variance");
	CHECK_STR(sa_newsvendor_cost(NAN, 4, 1, 6, 6, SA_NORMAL, &cost), "quantity");
	CHECK_STR(sa_newsvendor_cost(1, 4, 1, 6, -6, SA_NORMAL, &cost), "variance");
}

int
main(void)
{
	test_quantities();
	return unit_end();
}
