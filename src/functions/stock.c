/*
 * stock.c: SQL wrappers of safety stock, reorder point, order quantity, cover.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "access/htup_details.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/history.h"
#include "pure/cover.h"
#include "pure/normal.h"
#include "pure/order.h"
#include "pure/safety.h"

SA_FUNCTION(stockalert_normal_cdf);
SA_FUNCTION(stockalert_normal_density);
SA_FUNCTION(stockalert_normal_quantile);
SA_FUNCTION(stockalert_normal_loss);
SA_FUNCTION(stockalert_lead_time_variance_factor);
SA_FUNCTION(stockalert_safety_stock);
SA_FUNCTION(stockalert_safety_stock_from_error);
SA_FUNCTION(stockalert_reorder_point);
SA_FUNCTION(stockalert_reorder_point_from_error);
SA_FUNCTION(stockalert_safety_stock_fill_rate);
SA_FUNCTION(stockalert_expected_shortage);
SA_FUNCTION(stockalert_days_of_supply);
SA_FUNCTION(stockalert_days_of_supply_profile);
SA_FUNCTION(stockalert_stockout_date);
SA_FUNCTION(stockalert_stockout_date_profile);
SA_FUNCTION(stockalert_order_quantity);
SA_FUNCTION(stockalert_economic_order_quantity);

#define ARG(n) PG_GETARG_FLOAT8(n)

Datum
stockalert_normal_cdf(PG_FUNCTION_ARGS)
{
	if (!isfinite(ARG(0)))
		sa_argument_check("z");
	PG_RETURN_FLOAT8(sa_normal_cdf(ARG(0)));
}

Datum
stockalert_normal_density(PG_FUNCTION_ARGS)
{
	if (!isfinite(ARG(0)))
		sa_argument_check("z");
	PG_RETURN_FLOAT8(sa_normal_density(ARG(0)));
}

Datum
stockalert_normal_quantile(PG_FUNCTION_ARGS)
{
	double z;

	sa_argument_check(sa_normal_quantile(ARG(0), &z));
	PG_RETURN_FLOAT8(z);
}

Datum
stockalert_normal_loss(PG_FUNCTION_ARGS)
{
	if (!isfinite(ARG(0)))
		sa_argument_check("k");
	PG_RETURN_FLOAT8(sa_normal_loss(ARG(0)));
}

Datum
stockalert_lead_time_variance_factor(PG_FUNCTION_ARGS)
{
	double factor;

	sa_argument_check(sa_variance_factor(ARG(0), ARG(1), &factor));
	PG_RETURN_FLOAT8(sa_finite_result(factor));
}

/* Lead time plus review period: what stock must cover. */
static double
protected_days(double lead_time, double review_period)
{
	if (!(lead_time >= 0.0) || isinf(lead_time))
		sa_argument_check("lead_time");
	if (!(review_period >= 0.0) || isinf(review_period))
		sa_argument_check("review_period");
	return lead_time + review_period;
}

/* (service_level, demand, demand_sd, lead_time, lead_time_sd, review_period) */
static double
safety_of(FunctionCallInfo fcinfo)
{
	double sigma;
	double stock;

	sa_argument_check(
		sa_lead_time_sd(ARG(1), ARG(2), protected_days(ARG(3), ARG(5)), ARG(4), &sigma));
	sa_argument_check(sa_safety_stock(ARG(0), sigma, &stock));
	return stock;
}

/* (service_level, demand, mse, lead_time, lead_time_sd, review_period, alpha) */
static double
safety_from_error_of(FunctionCallInfo fcinfo)
{
	double sigma;
	double stock;

	sa_argument_check(sa_lead_time_sd_from_error(ARG(1), ARG(2), ARG(6),
												 protected_days(ARG(3), ARG(5)), ARG(4), &sigma));
	sa_argument_check(sa_safety_stock(ARG(0), sigma, &stock));
	return stock;
}

Datum
stockalert_safety_stock(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sa_finite_result(safety_of(fcinfo)));
}

Datum
stockalert_safety_stock_from_error(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sa_finite_result(safety_from_error_of(fcinfo)));
}

Datum
stockalert_reorder_point(PG_FUNCTION_ARGS)
{
	double stock = safety_of(fcinfo);

	PG_RETURN_FLOAT8(sa_finite_result(ARG(1) * protected_days(ARG(3), ARG(5)) + stock));
}

Datum
stockalert_reorder_point_from_error(PG_FUNCTION_ARGS)
{
	double stock = safety_from_error_of(fcinfo);

	PG_RETURN_FLOAT8(sa_finite_result(ARG(1) * protected_days(ARG(3), ARG(5)) + stock));
}

Datum
stockalert_safety_stock_fill_rate(PG_FUNCTION_ARGS)
{
	double stock;

	sa_argument_check(sa_safety_stock_fill_rate(ARG(0), ARG(1), ARG(2), PG_GETARG_BOOL(3), &stock));
	PG_RETURN_FLOAT8(sa_finite_result(stock));
}

Datum
stockalert_expected_shortage(PG_FUNCTION_ARGS)
{
	double shortage;

	sa_argument_check(sa_expected_shortage(ARG(0), ARG(1), ARG(2), &shortage));
	PG_RETURN_FLOAT8(sa_finite_result(shortage));
}

Datum
stockalert_days_of_supply(PG_FUNCTION_ARGS)
{
	double days;

	sa_argument_check(sa_days_of_supply(ARG(0), ARG(1), &days));
	PG_RETURN_FLOAT8(days);
}

/* A forecast has no gaps: each number is a day. */
static SaHistory
read_forecast(FunctionCallInfo fcinfo, int argument)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(argument);

	if (ARR_HASNULL(array) && array_contains_nulls(array))
		sa_argument_check("forecast");
	return sa_history_read(array, "forecast");
}

Datum
stockalert_days_of_supply_profile(PG_FUNCTION_ARGS)
{
	SaHistory forecast = read_forecast(fcinfo, 1);
	double days;

	sa_argument_check(sa_days_of_supply_profile(ARG(0), forecast.units, forecast.days, &days));
	PG_RETURN_FLOAT8(days);
}

/* NULL for never. */
static Datum
date_after(FunctionCallInfo fcinfo, int day)
{
	DateADT today = PG_GETARG_DATEADT(0);

	if (DATE_NOT_FINITE(today))
		sa_argument_check("as_of");
	if (day == SA_COVER_NEVER)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(sa_date_result(today, day));
}

Datum
stockalert_stockout_date(PG_FUNCTION_ARGS)
{
	int day;

	sa_argument_check(sa_stockout_day(ARG(1), ARG(2), &day));
	return date_after(fcinfo, day);
}

Datum
stockalert_stockout_date_profile(PG_FUNCTION_ARGS)
{
	SaHistory forecast = read_forecast(fcinfo, 2);
	int day;

	sa_argument_check(sa_stockout_day_profile(ARG(1), forecast.units, forecast.days, &day));
	return date_after(fcinfo, day);
}

/* A positive limit; NULL is none. */
static double
optional_limit(FunctionCallInfo fcinfo, int argument, double none)
{
	return PG_ARGISNULL(argument) ? none : ARG(argument);
}

Datum
stockalert_order_quantity(PG_FUNCTION_ARGS)
{
	SaOrderLimits limits;
	SaOrderReason reason;
	TupleDesc desc;
	Datum values[2];
	bool nulls[2] = {false, false};
	double quantity;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	limits.pack = optional_limit(fcinfo, 1, 0.0);
	limits.minimum = optional_limit(fcinfo, 2, 0.0);
	limits.room = optional_limit(fcinfo, 3, HUGE_VAL);
	if (!PG_ARGISNULL(1) && !(limits.pack > 0.0))
		sa_argument_check("pack");
	if (!PG_ARGISNULL(3) && isinf(limits.room))
		sa_argument_check("maximum");
	sa_argument_check(sa_order_quantity(ARG(0), &limits, &quantity, &reason));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(sa_finite_result(quantity));
	values[1] = CStringGetTextDatum(sa_order_reason_name(reason));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
stockalert_economic_order_quantity(PG_FUNCTION_ARGS)
{
	double quantity;

	sa_argument_check(sa_economic_order_quantity(ARG(0), ARG(1), ARG(2), &quantity));
	PG_RETURN_FLOAT8(sa_finite_result(quantity));
}
