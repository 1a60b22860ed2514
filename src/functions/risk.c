/*
 * risk.c: SQL wrappers of the probability of a stockout, dates with receipts
 * and reorder points by distribution.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/numbers.h"
#include "functions/receipts.h"
#include "pure/cover.h"
#include "pure/lead_time_demand.h"
#include "pure/reorder.h"

SA_FUNCTION(stockalert_probability_of_stockout);
SA_FUNCTION(stockalert_probability_of_stockout_from_error);
SA_FUNCTION(stockalert_probability_of_stockout_profile);
SA_FUNCTION(stockalert_probability_of_stockout_receipts);
SA_FUNCTION(stockalert_probability_of_stockout_profile_receipts);
SA_FUNCTION(stockalert_stockout_date_receipts);
SA_FUNCTION(stockalert_stockout_date_profile_receipts);
SA_FUNCTION(stockalert_reorder_point_counts);
SA_FUNCTION(stockalert_safety_stock_counts);
SA_FUNCTION(stockalert_reorder_point_default);
SA_FUNCTION(stockalert_safety_stock_default);

#define ARG(n) PG_GETARG_FLOAT8(n)

static SaDistribution
read_distribution(FunctionCallInfo fcinfo, int n)
{
	SaDistribution distribution = SA_NEGATIVE_BINOMIAL;

	sa_argument_check(
		sa_distribution_by_name(text_to_cstring(PG_GETARG_TEXT_PP(n)), &distribution));
	return distribution;
}

/* (inventory_position, mean, variance, distribution) */
Datum
stockalert_probability_of_stockout(PG_FUNCTION_ARGS)
{
	double probability;

	sa_argument_check(sa_stockout_probability(ARG(0), ARG(1), ARG(2), read_distribution(fcinfo, 3),
											  &probability));
	PG_RETURN_FLOAT8(probability);
}

/* (position, velocity, mse, lead_time, lead_time_sd, alpha) */
Datum
stockalert_probability_of_stockout_from_error(PG_FUNCTION_ARGS)
{
	double probability;

	sa_argument_check(sa_stockout_probability_default(ARG(0), ARG(1), ARG(2), ARG(3), ARG(4),
													  ARG(5), &probability));
	PG_RETURN_FLOAT8(probability);
}

/* Units per day over a lead time of the forecast in argument n. */
static double
read_profile_velocity(FunctionCallInfo fcinfo, int n, double lead_time)
{
	SaNumbers forecast = sa_numbers_read(fcinfo, n, "forecast");
	double velocity;

	sa_argument_check(sa_forecast_velocity(forecast.values, forecast.count, lead_time, &velocity));
	return velocity;
}

/* (position, forecast, mse, lead_time, lead_time_sd, alpha) */
Datum
stockalert_probability_of_stockout_profile(PG_FUNCTION_ARGS)
{
	double velocity = read_profile_velocity(fcinfo, 1, ARG(3));
	double probability;

	sa_argument_check(sa_stockout_probability_default(ARG(0), velocity, ARG(2), ARG(3), ARG(4),
													  ARG(5), &probability));
	PG_RETURN_FLOAT8(probability);
}

/* A NULL among so many arguments, but for the two arrays of receipts from number first on. */
static bool
any_null(FunctionCallInfo fcinfo, int first)
{
	for (int i = 0; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i) && i != first && i != first + 1)
			return true;
	}
	return false;
}

static DateADT
read_as_of(FunctionCallInfo fcinfo)
{
	DateADT today = PG_GETARG_DATEADT(0);

	if (DATE_NOT_FINITE(today))
		sa_argument_check("as_of");
	return today;
}

/* (as_of, on_hand, velocity or forecast, mse, lead_time, dates, units, lead_time_sd, alpha) */
static Datum
probability_with_receipts(FunctionCallInfo fcinfo, double velocity)
{
	SaReceipts receipts = sa_receipts_read(fcinfo, 5, read_as_of(fcinfo));
	double position;
	double probability;

	sa_argument_check(sa_position_within(ARG(1), ARG(4), receipts.list, receipts.count, &position));
	sa_argument_check(sa_stockout_probability_default(position, velocity, ARG(3), ARG(4), ARG(7),
													  ARG(8), &probability));
	PG_RETURN_FLOAT8(probability);
}

Datum
stockalert_probability_of_stockout_receipts(PG_FUNCTION_ARGS)
{
	if (any_null(fcinfo, 5))
		PG_RETURN_NULL();
	return probability_with_receipts(fcinfo, ARG(2));
}

Datum
stockalert_probability_of_stockout_profile_receipts(PG_FUNCTION_ARGS)
{
	if (any_null(fcinfo, 5))
		PG_RETURN_NULL();
	return probability_with_receipts(fcinfo, read_profile_velocity(fcinfo, 2, ARG(4)));
}

/* (as_of, on_hand, velocity or forecast, dates, units) */
static Datum
date_with_receipts(FunctionCallInfo fcinfo, const double *forecast, size_t days)
{
	DateADT today = read_as_of(fcinfo);
	SaReceipts receipts = sa_receipts_read(fcinfo, 3, today);
	int day;

	sa_argument_check(
		sa_stockout_day_receipts(ARG(1), forecast, days, receipts.list, receipts.count, &day));
	if (day == SA_COVER_NEVER)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(sa_date_result(today, day));
}

Datum
stockalert_stockout_date_receipts(PG_FUNCTION_ARGS)
{
	double velocity;

	if (any_null(fcinfo, 3))
		PG_RETURN_NULL();
	velocity = ARG(2);
	if (!(velocity >= 0.0) || isinf(velocity))
		sa_argument_check("velocity");
	return date_with_receipts(fcinfo, &velocity, 1);
}

Datum
stockalert_stockout_date_profile_receipts(PG_FUNCTION_ARGS)
{
	SaNumbers forecast;

	if (any_null(fcinfo, 3))
		PG_RETURN_NULL();
	forecast = sa_numbers_read(fcinfo, 2, "forecast");
	return date_with_receipts(fcinfo, forecast.values, forecast.count);
}

/* (service_level, mean, variance, distribution) */
static double
reorder_point_by_name(FunctionCallInfo fcinfo)
{
	double point;

	sa_argument_check(
		sa_reorder_point_of(ARG(0), ARG(1), ARG(2), read_distribution(fcinfo, 3), &point));
	return point;
}

Datum
stockalert_reorder_point_counts(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sa_finite_result(reorder_point_by_name(fcinfo)));
}

Datum
stockalert_safety_stock_counts(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sa_finite_result(reorder_point_by_name(fcinfo) - ARG(1)));
}

/* (service_level, velocity, mse, lead_time, lead_time_sd, review_period, alpha) */
static double
reorder_point_usual(FunctionCallInfo fcinfo, double *mean)
{
	double point;
	double sigma;

	sa_argument_check(sa_reorder_point(ARG(0), ARG(1), ARG(2), ARG(3), ARG(4), ARG(5), ARG(6),
									   &point, mean, &sigma));
	return point;
}

Datum
stockalert_reorder_point_default(PG_FUNCTION_ARGS)
{
	double mean;

	PG_RETURN_FLOAT8(sa_finite_result(reorder_point_usual(fcinfo, &mean)));
}

Datum
stockalert_safety_stock_default(PG_FUNCTION_ARGS)
{
	double mean;
	double point = reorder_point_usual(fcinfo, &mean);

	PG_RETURN_FLOAT8(sa_finite_result(point - mean));
}
