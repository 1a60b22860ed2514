/*
 * overstock.c: excess in units, days and years; dead stock.
 */
#include "pure/overstock.h"

#include <math.h>

#include "pure/cover.h"
#include "pure/sample.h"

SaBadArgument
sa_overstock(double on_hand, double on_order, double order_up_to, double velocity,
			 double target_days, double *out)
{
	SA_REQUIRE(isfinite(on_hand), "on_hand");
	SA_REQUIRE(on_order >= 0.0 && isfinite(on_order), "on_order");
	SA_REQUIRE(isfinite(order_up_to), "order_up_to");
	SA_REQUIRE(velocity >= 0.0 && isfinite(velocity), "velocity");
	SA_REQUIRE(target_days >= 0.0 && isfinite(target_days), "target_days");
	*out = fmax(0.0, on_hand + on_order - fmax(order_up_to, velocity * target_days));
	return SA_MATHS_FINE;
}

SaBadArgument
sa_excess_days(double on_hand, double velocity, double target_days, double *out)
{
	double supply;
	SaBadArgument bad = sa_days_of_supply(on_hand, velocity, &supply);

	SA_REQUIRE(target_days >= 0.0 && isfinite(target_days), "target_days");
	if (bad == SA_MATHS_FINE)
		*out = supply - target_days;
	return bad;
}

SaBadArgument
sa_economic_stock_years(double unit_value, double salvage_value, double holding_rate,
						double order_cost, double order_quantity, double demand, double *out)
{
	SA_REQUIRE(unit_value > 0.0 && isfinite(unit_value), "unit_value");
	SA_REQUIRE(isfinite(salvage_value), "salvage_value");
	SA_REQUIRE(holding_rate > 0.0 && isfinite(holding_rate), "holding_rate");
	SA_REQUIRE(order_cost >= 0.0 && isfinite(order_cost), "order_cost");
	SA_REQUIRE(order_quantity > 0.0 && isfinite(order_quantity), "order_quantity");
	SA_REQUIRE(demand > 0.0 && isfinite(demand), "yearly_demand");
	*out = (unit_value - salvage_value + order_cost / order_quantity) / unit_value / holding_rate +
		   order_quantity / 2.0 / demand;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_is_dead_stock(double on_hand, double days_unsold, double days_listed, double days, bool *out)
{
	SA_REQUIRE(isfinite(on_hand), "on_hand");
	SA_REQUIRE(days > 0.0 && isfinite(days), "dead_days");
	*out = on_hand > 0.0 && days_unsold >= days && days_listed >= days;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_is_dead_by_velocity(double on_hand, double velocity, double days_unsold, double threshold,
					   bool *out)
{
	double probability;
	SaBadArgument bad = sa_zero_run_probability(velocity, days_unsold, &probability);

	SA_REQUIRE(isfinite(on_hand), "on_hand");
	SA_REQUIRE(threshold > 0.0 && threshold < 1.0, "threshold");
	if (bad == SA_MATHS_FINE)
		*out = on_hand > 0.0 && probability < threshold;
	return bad;
}
