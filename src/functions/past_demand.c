/*
 * past_demand.c: SQL wrappers of what the days of the past say themselves:
 * lead-time demand by their histogram or drawn from them, quantiles, a fitted
 * negative binomial, demand of sold out days, new items, runs of zeros.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/history.h"
#include "functions/row.h"
#include "pure/censored.h"
#include "pure/empirical.h"
#include "pure/negbin_fit.h"
#include "pure/pooled.h"
#include "pure/sample.h"
#include "pure/velocity.h"

SA_FUNCTION(stockalert_empirical_quantile);
SA_FUNCTION(stockalert_empirical_exceedance);
SA_FUNCTION(stockalert_empirical_moments);
SA_FUNCTION(stockalert_bootstrap_quantile);
SA_FUNCTION(stockalert_sample_quantile);
SA_FUNCTION(stockalert_negative_binomial_fit);
SA_FUNCTION(stockalert_censored_demand);
SA_FUNCTION(stockalert_censored_velocity);
SA_FUNCTION(stockalert_pooled_velocity);
SA_FUNCTION(stockalert_longest_zero_run);
SA_FUNCTION(stockalert_current_zero_run);
SA_FUNCTION(stockalert_zero_run_probability);

#define MOST_DRAWS 1000000
/* Draws times days of each: half a second. */
#define MOST_WORK 100000000.0

/* Days of net returns count as 0, as everywhere. */
static SaHistory
read_clipped(FunctionCallInfo fcinfo, int n)
{
	SaHistory history = sa_history_read(PG_GETARG_ARRAYTYPE_P(n), "history");

	for (size_t i = 0; i < history.days; i++)
	{
		if (!isfinite(history.units[i]))
			sa_argument_check("history");
	}
	sa_velocity_clip(history.units, history.days);
	return history;
}

/* (history, lead_time, ...) */
static void
read_empirical(FunctionCallInfo fcinfo, SaEmpirical *demand)
{
	SaHistory history = read_clipped(fcinfo, 0);
	int lead_time = PG_GETARG_INT32(1);
	size_t doubles = 0;
	double *space;

	sa_argument_check(sa_empirical_space(history.units, history.days, lead_time, &doubles));
	space = (double *) palloc(doubles * sizeof(double));
	sa_argument_check(sa_empirical_make(history.units, history.days, lead_time, space, demand));
	CHECK_FOR_INTERRUPTS();
}

static double
read_service_level(FunctionCallInfo fcinfo, int n)
{
	double service_level = PG_GETARG_FLOAT8(n);

	if (!(service_level > 0.0 && service_level < 1.0))
		sa_argument_check("service_level");
	return service_level;
}

Datum
stockalert_empirical_quantile(PG_FUNCTION_ARGS)
{
	SaEmpirical demand;
	double units;
	double service_level = read_service_level(fcinfo, 2);

	read_empirical(fcinfo, &demand);
	sa_argument_check(sa_empirical_quantile(&demand, service_level, &units));
	PG_RETURN_FLOAT8(units);
}

Datum
stockalert_empirical_exceedance(PG_FUNCTION_ARGS)
{
	SaEmpirical demand;
	double probability;

	if (!isfinite(PG_GETARG_FLOAT8(2)))
		sa_argument_check("inventory_position");
	read_empirical(fcinfo, &demand);
	sa_argument_check(sa_empirical_exceedance(&demand, PG_GETARG_FLOAT8(2), &probability));
	PG_RETURN_FLOAT8(probability);
}

Datum
stockalert_empirical_moments(PG_FUNCTION_ARGS)
{
	SaHistory history = read_clipped(fcinfo, 0);
	double moments[2];

	sa_argument_check(sa_empirical_moments(history.units, history.days, PG_GETARG_INT32(1),
										   &moments[0], &moments[1]));
	PG_RETURN_DATUM(sa_row_of_numbers(fcinfo, moments, 2));
}

/* (history, lead_time, probability, seed, draws, block) */
Datum
stockalert_bootstrap_quantile(PG_FUNCTION_ARGS)
{
	SaHistory history = read_clipped(fcinfo, 0);
	int lead_time = PG_GETARG_INT32(1);
	int draws = PG_GETARG_INT32(4);
	double *space;
	double units;

	if (draws < 1 || draws > MOST_DRAWS)
		sa_argument_check("draws");
	if (lead_time < 0 || (double) lead_time * draws > MOST_WORK)
		sa_argument_check("lead_time");
	space = (double *) palloc(sizeof(double) * draws);
	sa_argument_check(sa_bootstrap_quantile(history.units, history.days, lead_time,
											read_service_level(fcinfo, 2), PG_GETARG_INT32(5),
											(uint64_t) PG_GETARG_INT64(3), space, draws, &units));
	PG_RETURN_FLOAT8(sa_finite_result(units));
}

/* (sample, probability, definition): returns count as they are */
Datum
stockalert_sample_quantile(PG_FUNCTION_ARGS)
{
	SaHistory sample = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "sample");
	double value;

	sa_argument_check(sa_sample_quantile(sample.units, sample.days, PG_GETARG_FLOAT8(1),
										 PG_GETARG_INT32(2), &value));
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(value));
}

/* (history, method): (mean, variance, size, log_likelihood) */
Datum
stockalert_negative_binomial_fit(PG_FUNCTION_ARGS)
{
	SaHistory history = read_clipped(fcinfo, 0);
	char *method = text_to_cstring(PG_GETARG_TEXT_PP(1));
	SaNegbinFit fit = {0.0, NAN, HUGE_VAL, 0.0};
	TupleDesc desc;
	Datum values[4];
	bool nulls[4];

	if (strcmp(method, "moments") == 0)
		sa_argument_check(sa_negbin_fit_moments(history.units, history.days, &fit));
	else if (strcmp(method, "likelihood") == 0)
		sa_argument_check(sa_negbin_fit_likelihood(history.units, history.days, &fit));
	else
		sa_argument_check("fit_method");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(fit.mean);
	values[1] = Float8GetDatum(fit.variance);
	values[2] = Float8GetDatum(fit.size);
	values[3] = Float8GetDatum(fit.log_likelihood);
	nulls[0] = nulls[3] = history.days == 0;
	nulls[1] = isnan(fit.variance);
	nulls[2] = isinf(fit.size);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
stockalert_censored_demand(PG_FUNCTION_ARGS)
{
	double demand;

	sa_argument_check(sa_censored_demand(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), &demand));
	PG_RETURN_FLOAT8(sa_finite_result(demand));
}

/* (units, sold_out): a day with a NULL in either is left out */
Datum
stockalert_censored_velocity(PG_FUNCTION_ARGS)
{
	ArrayType *units_array = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType *sold_out_array = PG_GETARG_ARRAYTYPE_P(1);
	Datum *units;
	Datum *sold_out;
	bool *no_units;
	bool *unknown;
	double *known_units;
	bool *known_sold_out;
	size_t days = 0;
	int count;
	int other;
	double velocity;

	if (ARR_NDIM(units_array) > 1)
		sa_argument_check("units");
	if (ARR_NDIM(sold_out_array) > 1)
		sa_argument_check("sold_out");
	deconstruct_array(units_array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &units, &no_units, &count);
	deconstruct_array(sold_out_array, BOOLOID, sizeof(bool), true, TYPALIGN_CHAR, &sold_out,
					  &unknown, &other);
	if (count != other)
		sa_argument_check("sold_out");
	known_units = (double *) palloc(sizeof(double) * Max(count, 1));
	known_sold_out = (bool *) palloc(sizeof(bool) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (no_units[i] || unknown[i])
			continue;
		known_units[days] = DatumGetFloat8(units[i]);
		known_sold_out[days++] = DatumGetBool(sold_out[i]);
	}
	sa_argument_check(sa_censored_velocity(known_units, known_sold_out, days, &velocity));
	if (days == 0)
		PG_RETURN_FLOAT8(0.0);
	if (isnan(velocity))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}

Datum
stockalert_pooled_velocity(PG_FUNCTION_ARGS)
{
	double velocity;

	sa_argument_check(sa_pooled_velocity(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1),
										 PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3), &velocity));
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}

static int
zero_run(FunctionCallInfo fcinfo, bool last)
{
	SaHistory history = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	size_t longest;
	size_t current;

	sa_argument_check(sa_longest_zero_run(history.units, history.days, &longest, &current));
	return (int) (last ? current : longest);
}

Datum
stockalert_longest_zero_run(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(zero_run(fcinfo, false));
}

Datum
stockalert_current_zero_run(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(zero_run(fcinfo, true));
}

Datum
stockalert_zero_run_probability(PG_FUNCTION_ARGS)
{
	double probability;

	sa_argument_check(
		sa_zero_run_probability(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), &probability));
	PG_RETURN_FLOAT8(probability);
}
