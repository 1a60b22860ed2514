/*
 * forecast_start.h: a forecaster before it has learned a day.
 *
 * Between forecast*.c and smoothing_start.c; others include forecast.h.
 */
#ifndef SA_PURE_FORECAST_START_H
#define SA_PURE_FORECAST_START_H

#include <math.h>

#include "pure/forecast.h"

static inline int
sa_forecast_weekday(const SaForecastAsk *ask, size_t place)
{
	return (int) (((size_t) ask->weekday + place) % SA_WEEK);
}

/* Units of a day, or NaN: it does not count. */
static inline double
sa_forecast_units(const SaForecastAsk *ask, const double *history, size_t place)
{
	double units = history[place];

	if (units > 0.0)
		return units;
	if (ask->profile != NULL && ask->profile[sa_forecast_weekday(ask, place)] <= 0.0)
		return NAN;
	/* NaN stays NaN. */
	return units < 0.0 && ask->clip ? 0.0 : units;
}

extern SaBadArgument sa_forecast_check(const SaForecastAsk *ask);
/* The method used and its smoothing; model->first, days, counted are there. */
extern void sa_forecast_prepare(SaForecastModel *model, const double *history);
/* Sets the state and model->from by the ask's rule; model->first, days, counted are there. */
extern SaBadArgument sa_forecast_begin(SaForecastModel *model, const double *history);
/* The same for trend and season (smoothing_start.c). */
extern SaBadArgument sa_smoothing_begin(SaForecastModel *model, const double *history);

#endif
