/*
 * newsvendor.c: the ratio of costs, and demand from a table.
 */
#include "pure/newsvendor.h"

#include <float.h>
#include <math.h>

/* Probabilities typed with six digits add up to 1 within this. */
#define SUM_SLACK 1e-6
/* As the quantiles of counts.c: a sum of probabilities may miss its digits' end. */
#define HAIR (64.0 * DBL_EPSILON)

SaBadArgument
sa_newsvendor_ratio(double underage, double overage, double *ratio)
{
	SA_REQUIRE(underage > 0.0 && isfinite(underage), "underage_cost");
	SA_REQUIRE(overage > 0.0 && isfinite(overage), "overage_cost");
	/* Two costs near the end of doubles have no sum. */
	*ratio = isfinite(underage + overage) ? underage / (underage + overage)
										  : 1.0 / (1.0 + overage / underage);
	/* A cost that the other drowns leaves no ratio. */
	SA_REQUIRE(*ratio > 0.0, "underage_cost");
	SA_REQUIRE(*ratio < 1.0, "overage_cost");
	return SA_MATHS_FINE;
}

static SaBadArgument
check_table(const SaDemandTable *table)
{
	double sum = 0.0;

	SA_REQUIRE(table->count > 0, "demands");
	SA_REQUIRE(table->probability_count == table->count, "pmf");
	for (size_t i = 0; i < table->count; i++)
	{
		SA_REQUIRE(table->demands[i] >= 0.0 && isfinite(table->demands[i]), "demands");
		SA_REQUIRE(i == 0 || table->demands[i] > table->demands[i - 1], "demands");
		SA_REQUIRE(table->probabilities[i] >= 0.0, "pmf");
		sum += table->probabilities[i];
	}
	SA_REQUIRE(fabs(sum - 1.0) <= SUM_SLACK, "pmf");
	return SA_MATHS_FINE;
}

SaBadArgument
sa_newsvendor_table_quantity(double ratio, const SaDemandTable *table, double *quantity)
{
	double sum = 0.0;
	SaBadArgument bad = check_table(table);

	SA_REQUIRE(ratio > 0.0 && ratio < 1.0, "critical_ratio");
	if (bad)
		return bad;
	for (size_t i = 0; i < table->count; i++)
	{
		if (table->probabilities[i] == 0.0)
			continue;
		sum += table->probabilities[i];
		/* Where the sum misses 1 by its digits, the last that can happen is the answer. */
		*quantity = table->demands[i];
		if (sum >= ratio * (1.0 - HAIR))
			break;
	}
	return SA_MATHS_FINE;
}

SaBadArgument
sa_newsvendor_table_cost(double quantity, double underage, double overage,
						 const SaDemandTable *table, double *cost)
{
	double ratio;
	SaBadArgument bad = sa_newsvendor_ratio(underage, overage, &ratio);

	if (bad)
		return bad;
	bad = check_table(table);
	if (bad)
		return bad;
	SA_REQUIRE(isfinite(quantity), "quantity");
	*cost = 0.0;
	for (size_t i = 0; i < table->count; i++)
	{
		double over = quantity - table->demands[i];

		*cost += table->probabilities[i] * (over > 0.0 ? overage * over : underage * -over);
	}
	return SA_MATHS_FINE;
}
