/*
 * forecast_ask.c: from SQL arguments, most of them NULL, to what is asked of a forecaster.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "functions/argument.h"
#include "functions/forecast_ask.h"

/* Where the arguments after alpha stand. */
enum
{
	ALPHA,
	BETA,
	GAMMA,
	PHI,
	ALPHA_RANGE,
	PERIOD,
	WINDOW_DAYS,
	START,
	START_STATE,
	RETURNS,
	FROM_FIRST_SALE,
	POOL_MEAN,
	POOL_SD,
	POOL_MSE_RATIO
};

/* A number that may be NULL, read as NaN; a NaN that was passed is an error. */
static double
read_number(FunctionCallInfo fcinfo, int n, const char *argument)
{
	double number;

	if (PG_ARGISNULL(n))
		return NAN;
	number = PG_GETARG_FLOAT8(n);
	if (!isfinite(number))
		sa_argument_check(argument);
	return number;
}

/* Seven numbers, divided by their mean, so that a week's totals will do. */
static void
read_profile(FunctionCallInfo fcinfo, int n, SaForecastCall *call)
{
	SaSeries profile;
	double sum = 0.0;

	if (PG_ARGISNULL(n))
		return;
	profile = sa_series_read(PG_GETARG_ARRAYTYPE_P(n), "profile");
	if (profile.count != SA_WEEK)
		sa_argument_check("profile");
	for (int day = 0; day < SA_WEEK; day++)
	{
		if (!(profile.values[day] >= 0.0))
			sa_argument_check("profile");
		sum += profile.values[day];
	}
	if (!(sum > 0.0 && isfinite(sum)))
		sa_argument_check("profile");
	for (int day = 0; day < SA_WEEK; day++)
		call->profile[day] = profile.values[day] / (sum / SA_WEEK);
	call->ask.profile = call->profile;
}

static void
read_start(FunctionCallInfo fcinfo, int start, int state, SaForecastAsk *ask)
{
	if (!PG_ARGISNULL(start) &&
		!sa_forecast_start_by_name(text_to_cstring(PG_GETARG_TEXT_PP(start)), &ask->start))
		sa_argument_check("start_rule");
	if (!PG_ARGISNULL(state))
	{
		SaSeries series = sa_series_read(PG_GETARG_ARRAYTYPE_P(state), "start_state");

		ask->start_state = series.values;
		ask->start_states = series.count;
	}
}

static void
read_range(FunctionCallInfo fcinfo, int n, SaForecastAsk *ask)
{
	SaSeries range;

	if (PG_ARGISNULL(n))
		return;
	range = sa_series_read(PG_GETARG_ARRAYTYPE_P(n), "alpha_range");
	if (range.count != 2 || isnan(range.values[0]) || isnan(range.values[1]))
		sa_argument_check("alpha_range");
	ask->alpha_from = range.values[0];
	ask->alpha_to = range.values[1];
}

/* Monday is 0; 2000-01-03, day 2, was one. */
static int
weekday_of(DateADT date)
{
	int weekday;

	if (DATE_NOT_FINITE(date))
		sa_argument_check("start_date");
	weekday = (date - 2) % SA_WEEK;
	return weekday < 0 ? weekday + SA_WEEK : weekday;
}

static bool
clips(FunctionCallInfo fcinfo, int n)
{
	char *word;

	if (PG_ARGISNULL(n))
		return true;
	word = text_to_cstring(PG_GETARG_TEXT_PP(n));
	if (strcmp(word, "clip") != 0 && strcmp(word, "net") != 0)
		sa_argument_check("returns");
	return strcmp(word, "clip") == 0;
}

void
sa_forecast_read(FunctionCallInfo fcinfo, int method, int more, SaForecastCall *call)
{
	SaForecastAsk *ask = &call->ask;

	sa_forecast_ask_default(ask);
	call->history = sa_series_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	if (!PG_ARGISNULL(method) &&
		!sa_forecast_method_by_name(text_to_cstring(PG_GETARG_TEXT_PP(method)), &ask->method))
		sa_argument_check("method");
	if (!PG_ARGISNULL(method + 1))
		ask->weekday = weekday_of(PG_GETARG_DATEADT(method + 1));
	read_profile(fcinfo, method + 2, call);
	ask->alpha = read_number(fcinfo, more + ALPHA, "alpha");
	ask->beta = read_number(fcinfo, more + BETA, "beta");
	ask->gamma = read_number(fcinfo, more + GAMMA, "gamma");
	ask->phi = read_number(fcinfo, more + PHI, "phi");
	read_range(fcinfo, more + ALPHA_RANGE, ask);
	if (!PG_ARGISNULL(more + PERIOD))
		ask->period = PG_GETARG_INT32(more + PERIOD);
	if (!PG_ARGISNULL(more + WINDOW_DAYS))
		ask->window = PG_GETARG_INT32(more + WINDOW_DAYS);
	read_start(fcinfo, more + START, more + START_STATE, ask);
	ask->clip = clips(fcinfo, more + RETURNS);
	if (!PG_ARGISNULL(more + FROM_FIRST_SALE))
		ask->from_first_sale = PG_GETARG_BOOL(more + FROM_FIRST_SALE);
	ask->pool_mean = read_number(fcinfo, more + POOL_MEAN, "pool_mean");
	ask->pool_sd = read_number(fcinfo, more + POOL_SD, "pool_sd");
	ask->pool_mse_ratio = read_number(fcinfo, more + POOL_MSE_RATIO, "pool_mse_ratio");
}
