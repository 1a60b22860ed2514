/*
 * argument.c: one error for all mathematical functions, one sentence an argument.
 */
#include "postgres.h"

#include <math.h>

#include "errors.h"
#include "functions/argument.h"

static const struct
{
	const char *name;
	const char *range;
} ranges[] = {
	{"a_cut", "Pass a share of 0 or more, such as 0.8."},
	{"actual", "Pass finite units, as many as forecasts."},
	{"adi_cut", "Pass a finite number of days, 0 or more, such as 1.32."},
	{"alpha", "Pass a number from 0 to 1."},
	{"alpha_range", "Pass the two ends of a range within 0 to 1, such as '{0.1,0.3}'."},
	{"as_of", "Pass a date other than infinity."},
	{"b_cut", "Pass a share, not below a_cut."},
	{"backorder_share", "Pass a share of the order quantity from 0 to 1."},
	{"benefits", "Pass a number for each location, or one for all."},
	{"beta", "Pass a number from 0 to 1."},
	{"block", "Pass a whole number of days from 1 to those of the history."},
	{"breaks", "Pass the least quantity of each price: 0 first, then rising, 10,000 at most."},
	{"critical_ratio", "Pass a probability above 0 and below 1, such as 0.8."},
	{"cumulative_share_before", "Pass a finite share of the total, of all items before this one."},
	{"cv2_cut", "Pass a finite number, 0 or more, such as 0.49."},
	{"day", "Pass a date from 1970-01-01 to 2199-12-31, less than 4000 days before the last."},
	{"days", "Pass a finite number of days, 0 or more."},
	{"days_of_supply", "Pass a number of days, or Infinity."},
	{"dead_days", "Pass a whole number of days, 1 or more."},
	{"definition", "Pass 1 (a value of the sample) or 7 (interpolated)."},
	{"demand_sd", "Pass a finite standard deviation of daily demand, 0 or more."},
	{"demands", "Pass finite units, 0 or more, as the function says."},
	{"distribution", "Pass negative_binomial, poisson, normal or gamma."},
	{"draws", "Pass a whole number from 1 to 1000000."},
	{"exposed_days", "Pass a finite number of days, 0 or more."},
	{"fill_rate", "Pass a share above 0 and below 1, such as 0.98."},
	{"fit_method", "Pass 'moments' or 'likelihood'."},
	{"floors", "Pass a finite number for each location."},
	{"forecast", "Pass finite units for each day, 0 or more."},
	{"from_day", "Pass a date other than infinity."},
	{"gamma", "Pass a number from 0 to 1."},
	{"half_life", "Pass a finite number of days above 0."},
	{"history", "Pass finite units for each day, oldest first."},
	{"history in parts of units",
	 "Pass whole units for each day; or take a negative binomial of its mean and variance."},
	{"holding_cost", "Pass a finite cost of holding one unit for one period, above 0."},
	{"holding_costs",
	 "Pass a finite cost, 0 or more (of items: above 0), for each item or period."},
	{"holding_rate",
	 "Pass a finite share of the price that holding a unit for a period costs, above 0."},
	{"horizon", "Pass a whole number of days from 0 to 3660."},
	{"inventory_position", "Pass a finite number: on hand + on order - promised."},
	{"keys", "Pass one dimension, a key for each value."},
	{"last_day", "Pass a date other than infinity, the same for all rows of a group."},
	{"last_sale", "Pass a date other than infinity, or NULL for never."},
	{"lead_time", "Pass a finite number of days, 0 or more."},
	{"lead_time_sd", "Pass a finite standard deviation of the lead time in days, 0 or more."},
	{"listed_on", "Pass a date other than infinity."},
	{"locations", "Pass each location once, 2,000 at most."},
	{"max_stock", "Pass a finite quantity, or NULL for no maximum."},
	{"maximum", "Pass a finite quantity, or NULL for no maximum."},
	{"mean", "Pass a finite mean, 0 or more."},
	{"method",
	 "Pass esw, ses, tsb, croston, sba, sbj, naive, seasonal_naive, window, holt, damped, "
	 "holt_winters, holt_winters_multiplicative, ets, ets_multiplicative, adida or imapa."},
	{"min_transfer", "Pass a finite quantity, or NULL for none."},
	{"moq", "Pass a finite minimum order quantity, or NULL for none."},
	{"mse", "Pass a finite mean squared one-day forecast error, 0 or more."},
	{"numbers", "Pass finite numbers."},
	{"on_order", "Pass a finite quantity, 0 or more."},
	{"order_cost", "Pass a finite cost of one order, 0 or more, and none that makes orders huge."},
	{"order_costs", "Pass a finite cost, 0 or more, for each item or period."},
	{"order_quantity", "Pass a finite quantity above 0."},
	{"order_up_to", "Pass a finite quantity, not below the reorder point."},
	{"out_share", "Pass the share of the day out of stock, from 0 to 1."},
	{"overage_cost", "Pass a finite cost of a unit too many, above 0."},
	{"pack", "Pass a finite pack size above 0, or NULL for none."},
	{"period", "Pass a whole number of days from 2 to 366."},
	{"phi", "Pass a number above 0, at most 1."},
	{"pmf", "Pass a probability for each demand, 0 or more, with a sum of 1."},
	{"pool_mean", "Pass finite units per day, 0 or more."},
	{"pool_mse_ratio", "Pass a finite ratio, 0 or more."},
	{"pool_sd", "Pass a finite standard deviation of units per day, 0 or more."},
	{"positions", "Pass a finite number for each location."},
	{"probabilities", "Pass probabilities above 0 and below 1."},
	{"probability", "Pass a probability above 0 and below 1."},
	{"production_rate", "Pass a finite number of units a period, more than the demand."},
	{"profile", "Pass seven finite weights, Monday first, 0 or more and not all 0."},
	{"range of history times lead_time",
	 "Pass a history whose largest less its smallest day, times the lead time, is 100000 at most; "
	 "or take a negative binomial of its mean and variance."},
	{"receipt_dates", "Pass a date other than infinity for each of the receipts."},
	{"receipts", "Pass finite units, 0 or more, for each of the receipt_dates."},
	{"reorder_points", "Pass a finite number for each location."},
	{"returns", "Pass 'clip' (a day counts at least 0) or 'net' (as it is)."},
	{"review_period", "Pass a finite number of days, 0 or more."},
	{"salvage_value", "Pass a finite amount."},
	{"sample", "Pass one dimension of finite numbers."},
	{"season", "Pass a whole number of days, 1 or more."},
	{"service_level", "Pass a probability above 0 and below 1, such as 0.95."},
	{"shared_cost", "Pass a finite cost of an order that all items share, above 0."},
	{"shelf_life_demand", "Pass finite units, 0 or more, or NULL for no limit."},
	{"sigma", "Pass a finite standard deviation, 0 or more."},
	{"sold", "Pass finite units of the day."},
	{"sold_on", "Pass a date other than infinity."},
	{"sold_out", "Pass true or false for each of the units."},
	{"start", "Pass a whole number of days, or 0 for weights corrected by their sum."},
	{"start_date", "Pass a date other than infinity."},
	{"start_rule",
	 "Pass default, mean, first, overall, own, seasons or holtwinters, as the method knows them."},
	{"start_state", "Pass as many finite numbers as the method has: level, slope, seasons."},
	{"stockout_cost", "Pass a finite cost above 0 that makes stock worth holding."},
	{"stockout_probabilities", "Pass a number from 0 to 1 for each location."},
	{"target_days", "Pass a finite number of days, 0 or more."},
	{"threshold", "Pass a probability above 0 and below 1, such as 0.01."},
	{"to_day", "Pass a date other than infinity, at most 3999 days after from_day."},
	{"underage_cost", "Pass a finite cost of a unit too few, above 0."},
	{"unit_costs", "Pass a finite price above 0 for each break, none higher than the one before."},
	{"unit_transfer_costs",
	 "Pass a cost of 0 or more from each location (row) to each location (column)."},
	{"unit_value", "Pass a finite amount above 0."},
	{"units", "Pass finite units, not beyond 10,000,000,000 a day in a history."},
	{"values", "Pass a finite number for each key."},
	{"variance", "Pass a finite variance, 0 or more."},
	{"velocity", "Pass finite units per day, 0 or more."},
	{"weekly", "Pass a finite number for each week."},
	{"width", "Pass a whole number of characters from 1 to 1000."},
	{"window_days",
	 "Pass a whole number of days from 1 to 3660, the same for all rows of a group."},
	{"x_cut", "Pass a finite number, 0 or more, such as 0.5."},
	{"y_cut", "Pass a finite number, not below x_cut."},
	{"yearly_demand", "Pass a finite number of units a year, above 0."},
};

void
sa_argument_check(SaBadArgument bad)
{
	const char *hint = "Pass a finite number.";

	if (bad == SA_MATHS_FINE)
		return;
	for (int i = 0; i < lengthof(ranges); i++)
	{
		if (strcmp(ranges[i].name, bad) == 0)
			hint = ranges[i].range;
	}
	ereport(ERROR, (errcode(SA_ERR_BAD_ARGUMENT), errmsg("%s is out of range", bad),
					errdetail("The formula has no meaning for this value."), errhint("%s", hint)));
}

double
sa_finite_result(double result)
{
	if (!isfinite(result))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("the result is out of range"),
				 errdetail("It is too large for double precision."),
				 errhint("Pass smaller numbers, in larger units if need be.")));
	return result;
}

DateADT
sa_date_result(DateADT as_of, int days)
{
	if (!IS_VALID_DATE(as_of + days))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("the date is out of range"),
				 errdetail("It is %d days after as_of.", days), errhint("Pass an earlier as_of.")));
	return as_of + days;
}
