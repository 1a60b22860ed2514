/*
 * forecast.c: SQL wrappers of the forecasters.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "compat.h"
#include "errors.h"
#include "functions/argument.h"
#include "functions/forecast_ask.h"

SA_FUNCTION(stockalert_forecast);
SA_FUNCTION(stockalert_forecast_mean);
SA_FUNCTION(stockalert_forecast_fitted);
SA_FUNCTION(stockalert_forecast_fit);

static int
read_horizon(FunctionCallInfo fcinfo, int n)
{
	int horizon = PG_GETARG_INT32(n);

	if (horizon < 0 || horizon > SA_MOST_HORIZON)
		sa_argument_check("horizon");
	return horizon;
}

static void
fit(SaForecastCall *call, double *one_step, SaForecastModel *model)
{
	SaBadArgument bad =
		sa_forecast_fit(&call->ask, call->history.values, call->history.count, one_step, model);

	/* Elsewhere start is a number of days. */
	sa_argument_check(bad != NULL && strcmp(bad, "start") == 0 ? "start_rule" : bad);
}

/* (history, horizon, method, start_date, profile, alpha ...) */
Datum
stockalert_forecast_mean(PG_FUNCTION_ARGS)
{
	SaForecastCall call;
	SaForecastModel model;
	double *means;
	int horizon;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	horizon = read_horizon(fcinfo, 1);
	sa_forecast_read(fcinfo, 2, 5, &call);
	fit(&call, NULL, &model);
	means = (double *) palloc(sizeof(double) * Max(horizon, 1));
	for (int step = 1; step <= horizon; step++)
		means[step - 1] = sa_finite_result(sa_forecast_mean(&model, step));
	PG_RETURN_ARRAYTYPE_P(sa_series_pack(means, horizon));
}

/* (history, method, start_date, profile, alpha ...) */
Datum
stockalert_forecast_fitted(PG_FUNCTION_ARGS)
{
	SaForecastCall call;
	SaForecastModel model;
	double *one_step;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sa_forecast_read(fcinfo, 1, 4, &call);
	one_step = (double *) palloc(sizeof(double) * Max(call.history.count, 1));
	fit(&call, one_step, &model);
	PG_RETURN_ARRAYTYPE_P(sa_series_pack(one_step, call.history.count));
}

static double
velocity_of(const SaForecastModel *model)
{
	double sum = 0.0;

	for (int step = 1; step <= SA_WEEK; step++)
		sum += sa_forecast_mean(model, step);
	return sum / SA_WEEK;
}

/* What each coming day adds to the level, or multiplies it with; tomorrow first. */
static Datum
season_of(const SaForecastModel *model, bool *null)
{
	double season[SA_MOST_PERIOD];
	int period = model->method == SA_FORECAST_ESW ? SA_WEEK : model->smoothing.period;

	*null = period == 0;
	for (int i = 0; i < period; i++)
	{
		if (model->method == SA_FORECAST_ESW)
			season[i] =
				model->esw.season[(model->ask->weekday + model->days + (size_t) i) % SA_WEEK];
		else
			season[i] = model->smoothing
							.season[(model->days - model->first + (size_t) i) % (size_t) period];
	}
	return PointerGetDatum(sa_series_pack(season, period));
}

static double
level_of(const SaForecastModel *model)
{
	if (model->smoothing.trend)
		return model->smoothing.level;
	return model->method == SA_FORECAST_ESW && !model->young ? model->esw.level : model->level;
}

/* Of a fit. */
enum
{
	METHOD,
	DAYS,
	SHORT_HISTORY,
	VELOCITY,
	LEVEL,
	TREND,
	SEASON,
	SIZE,
	PROBABILITY,
	INTERVAL,
	ALPHA,
	BETA,
	GAMMA,
	MSE,
	SSE,
	COLUMNS
};

/* (history, method, start_date, profile, alpha ...) */
Datum
stockalert_forecast_fit(PG_FUNCTION_ARGS)
{
	SaForecastCall call;
	SaForecastModel model;
	TupleDesc shape;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};
	bool smooths;
	bool sparse;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sa_forecast_read(fcinfo, 1, 4, &call);
	fit(&call, NULL, &model);
	if (get_call_result_type(fcinfo, NULL, &shape) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type"); /* cannot happen */
	smooths = model.smoothing.trend;
	sparse = model.method >= SA_FORECAST_CROSTON && model.method <= SA_FORECAST_TSB;
	values[METHOD] = CStringGetTextDatum(sa_forecast_method_name(model.method));
	values[DAYS] = Int32GetDatum(model.counted);
	values[SHORT_HISTORY] = BoolGetDatum(model.counted < SA_START_DAYS);
	values[VELOCITY] = Float8GetDatum(sa_finite_result(velocity_of(&model)));
	values[LEVEL] = Float8GetDatum(level_of(&model));
	nulls[LEVEL] = sparse;
	values[TREND] = Float8GetDatum(model.smoothing.slope);
	nulls[TREND] = !smooths;
	values[SEASON] = season_of(&model, &nulls[SEASON]);
	values[SIZE] =
		Float8GetDatum(model.method == SA_FORECAST_TSB ? model.tsb.size : model.croston.size);
	nulls[SIZE] = !sparse;
	values[PROBABILITY] = Float8GetDatum(model.tsb.probability);
	nulls[PROBABILITY] = model.method != SA_FORECAST_TSB;
	values[INTERVAL] = Float8GetDatum(model.croston.interval);
	nulls[INTERVAL] = !sparse || model.method == SA_FORECAST_TSB;
	values[ALPHA] = Float8GetDatum(model.alpha);
	values[BETA] = Float8GetDatum(model.beta);
	nulls[BETA] = !sparse && !smooths;
	values[GAMMA] = Float8GetDatum(model.gamma);
	nulls[GAMMA] = nulls[SEASON];
	values[MSE] = Float8GetDatum(sa_finite_result(model.mse));
	values[SSE] = Float8GetDatum(sa_finite_result(model.sse));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape), values, nulls)));
}

/* date + days; raises 22008 where there is no such day. */
static Datum
day_after(DateADT date, int64 days)
{
	int64 day = (int64) date + days;

	if (!IS_VALID_DATE(day))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range"),
						errdetail("The forecast reaches past the last day of the type date."),
						errhint("Pass an earlier start_date.")));
	return DateADTGetDatum((DateADT) day);
}

/* (history, horizon, method, start_date, profile, quantiles, alpha ...): a row a day */
Datum
stockalert_forecast(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SaForecastCall call;
	SaForecastModel model;
	SaSeries quantiles = {NULL, 0};
	double *units;
	int horizon;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	horizon = read_horizon(fcinfo, 1);
	if (!PG_ARGISNULL(5))
		quantiles = sa_series_read(PG_GETARG_ARRAYTYPE_P(5), "probabilities");
	sa_forecast_read(fcinfo, 2, 6, &call);
	fit(&call, NULL, &model);
	units = (double *) palloc(sizeof(double) * Max(quantiles.count, 1));
	for (int step = 1; step <= horizon; step++)
	{
		Datum values[4];
		bool nulls[4] = {false, PG_ARGISNULL(3), false, PG_ARGISNULL(5)};

		CHECK_FOR_INTERRUPTS();
		for (size_t i = 0; i < quantiles.count; i++)
			sa_argument_check(sa_forecast_quantile(&model, step, quantiles.values[i], &units[i]));
		values[0] = Int32GetDatum(step);
		values[1] = nulls[1]
						? (Datum) 0
						: day_after(PG_GETARG_DATEADT(3), (int64) call.history.count + step - 1);
		values[2] = Float8GetDatum(sa_finite_result(sa_forecast_mean(&model, step)));
		values[3] = PointerGetDatum(sa_series_pack(units, quantiles.count));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
