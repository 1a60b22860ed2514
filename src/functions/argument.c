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
	{"alpha", "Pass a number from 0 to 1."},
	{"as_of", "Pass a date other than infinity."},
	{"day", "Pass a date from 1970-01-01 to 2199-12-31, less than 4000 days before the last."},
	{"days", "Pass a finite number of days, 0 or more."},
	{"days_of_supply", "Pass a number of days, or Infinity."},
	{"demand_sd", "Pass a finite standard deviation of daily demand, 0 or more."},
	{"exposed_days", "Pass a finite number of days, 0 or more."},
	{"fill_rate", "Pass a share above 0 and below 1, such as 0.98."},
	{"forecast", "Pass finite units for each day, 0 or more."},
	{"from_day", "Pass a date other than infinity."},
	{"half_life", "Pass a finite number of days above 0."},
	{"history", "Pass finite units for each day, oldest first."},
	{"holding_cost", "Pass a finite cost of holding one unit for one period, above 0."},
	{"last_day", "Pass a date other than infinity, the same for all rows of a group."},
	{"lead_time", "Pass a finite number of days, 0 or more."},
	{"lead_time_sd", "Pass a finite standard deviation of the lead time in days, 0 or more."},
	{"maximum", "Pass a finite quantity, or NULL for no maximum."},
	{"mean", "Pass a finite mean, 0 or more."},
	{"moq", "Pass a finite minimum order quantity, or NULL for none."},
	{"mse", "Pass a finite mean squared one-day forecast error, 0 or more."},
	{"order_cost", "Pass a finite cost of one order, 0 or more."},
	{"order_quantity", "Pass a finite quantity above 0."},
	{"order_up_to", "Pass a finite quantity, not below the reorder point."},
	{"out_share", "Pass the share of the day out of stock, from 0 to 1."},
	{"pack", "Pass a finite pack size above 0, or NULL for none."},
	{"probability", "Pass a probability above 0 and below 1."},
	{"returns", "Pass 'clip' (a day counts at least 0) or 'net' (as it is)."},
	{"review_period", "Pass a finite number of days, 0 or more."},
	{"service_level", "Pass a probability above 0 and below 1, such as 0.95."},
	{"sigma", "Pass a finite standard deviation, 0 or more."},
	{"sold_on", "Pass a date other than infinity."},
	{"start", "Pass a whole number of days, or 0 for weights corrected by their sum."},
	{"to_day", "Pass a date other than infinity, at most 3999 days after from_day."},
	{"units", "Pass finite units, not beyond 10,000,000,000 a day in a history."},
	{"variance", "Pass a finite variance, 0 or more."},
	{"velocity", "Pass finite units per day, 0 or more."},
	{"window_days",
	 "Pass a whole number of days from 1 to 3660, the same for all rows of a group."},
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
