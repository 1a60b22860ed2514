/*
 * lot_plan.c: backwards from the last period, the cheapest next order.
 */
#include "pure/lot_plan.h"

#include <math.h>

static SaBadArgument
check_periods(const SaLotPeriods *periods)
{
	SA_REQUIRE(periods->count <= SA_LOT_PLAN_LONGEST, "demands");
	for (size_t t = 0; t < periods->count; t++)
	{
		SA_REQUIRE(periods->demands[t] >= 0.0 && isfinite(periods->demands[t]), "demands");
		SA_REQUIRE(periods->order_costs[t] >= 0.0 && isfinite(periods->order_costs[t]),
				   "order_costs");
		SA_REQUIRE(periods->holding_costs[t] >= 0.0 && isfinite(periods->holding_costs[t]),
				   "holding_costs");
		SA_REQUIRE(periods->unit_costs[t] >= 0.0 && isfinite(periods->unit_costs[t]), "unit_costs");
	}
	return SA_MATHS_FINE;
}

/* The cost from period t on, and the period of the next order; an order of nothing is none. */
static void
choose_next(const SaLotPeriods *periods, size_t t, double *to_go, size_t *next)
{
	double lot = 0.0;
	double kept = 0.0; /* cost of keeping one unit from t until s */
	double purchase = 0.0;

	to_go[t] = HUGE_VAL;
	next[t] = t + 1;
	for (size_t s = t; s < periods->count; s++)
	{
		double cost;

		lot += periods->demands[s];
		purchase += (periods->unit_costs[t] + kept) * periods->demands[s];
		kept += periods->holding_costs[s];
		cost = (lot > 0.0 ? periods->order_costs[t] : 0.0) + purchase + to_go[s + 1];
		if (cost < to_go[t])
		{
			to_go[t] = cost;
			next[t] = s + 1;
		}
	}
}

SaBadArgument
sa_lot_plan(const SaLotPeriods *periods, double *work, size_t *next, double *quantities,
			double *cost)
{
	SaBadArgument bad = check_periods(periods);

	if (bad)
		return bad;
	work[periods->count] = 0.0;
	for (size_t t = periods->count; t > 0; t--)
		choose_next(periods, t - 1, work, next);
	*cost = work[0];
	for (size_t t = 0; t < periods->count; t++)
		quantities[t] = 0.0;
	for (size_t t = 0; t < periods->count; t = next[t])
	{
		for (size_t s = t; s < next[t]; s++)
			quantities[t] += periods->demands[s];
	}
	return SA_MATHS_FINE;
}
