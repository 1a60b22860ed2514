/*
 * forecast_ask.c: the names of methods and starts, and what holds unless asked otherwise.
 */
#include "pure/forecast.h"

#include <math.h>
#include <string.h>

static const char *const methods[] = {
	[SA_FORECAST_ESW] = "esw",
	[SA_FORECAST_SES] = "ses",
	[SA_FORECAST_CROSTON] = "croston",
	[SA_FORECAST_SBA] = "sba",
	[SA_FORECAST_SBJ] = "sbj",
	[SA_FORECAST_TSB] = "tsb",
	[SA_FORECAST_NAIVE] = "naive",
	[SA_FORECAST_SEASONAL_NAIVE] = "seasonal_naive",
	[SA_FORECAST_WINDOW] = "window",
	[SA_FORECAST_HOLT] = "holt",
	[SA_FORECAST_DAMPED] = "damped",
	[SA_FORECAST_HW_ADDITIVE] = "holt_winters",
	[SA_FORECAST_HW_MULTIPLICATIVE] = "holt_winters_multiplicative",
	[SA_FORECAST_ETS_ADDITIVE] = "ets",
	[SA_FORECAST_ETS_MULTIPLICATIVE] = "ets_multiplicative",
	[SA_FORECAST_ADIDA] = "adida",
	[SA_FORECAST_IMAPA] = "imapa",
};

static const char *const starts[] = {
	[SA_START_OF_METHOD] = "default", [SA_START_MEAN] = "mean", [SA_START_FIRST] = "first",
	[SA_START_OVERALL] = "overall",   [SA_START_OWN] = "own",   [SA_START_SEASONS] = "seasons",
	[SA_START_R] = "holtwinters",
};

static bool
find_name(const char *const *names, size_t count, const char *name, size_t *found)
{
	for (size_t i = 0; i < count; i++)
	{
		if (strcmp(names[i], name) == 0)
		{
			*found = i;
			return true;
		}
	}
	return false;
}

bool
sa_forecast_method_by_name(const char *name, SaForecastMethod *method)
{
	size_t found;

	if (!find_name(methods, sizeof(methods) / sizeof(methods[0]), name, &found))
		return false;
	*method = (SaForecastMethod) found;
	return true;
}

bool
sa_forecast_start_by_name(const char *name, SaForecastStart *start)
{
	size_t found;

	if (!find_name(starts, sizeof(starts) / sizeof(starts[0]), name, &found))
		return false;
	*start = (SaForecastStart) found;
	return true;
}

const char *
sa_forecast_method_name(SaForecastMethod method)
{
	return methods[method];
}

void
sa_forecast_ask_default(SaForecastAsk *ask)
{
	memset(ask, 0, sizeof(*ask));
	ask->alpha = ask->beta = ask->gamma = ask->phi = NAN;
	ask->alpha_from = ask->alpha_to = NAN;
	ask->period = SA_WEEK;
	ask->window = SA_START_DAYS;
	ask->from_first_sale = true;
	ask->clip = true;
	ask->pool_mean = ask->pool_sd = ask->pool_mse_ratio = NAN;
}
