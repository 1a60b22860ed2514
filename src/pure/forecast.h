/*
 * forecast.h: any of the forecasters over one daily history.
 *
 * A history is one number a day, oldest first; NaN is a day that does not
 * count (no stock, closed): it moves the calendar and teaches nothing.  The
 * caller owns the history and the ask, which a model refers to; no allocation.
 */
#ifndef SA_PURE_FORECAST_H
#define SA_PURE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/croston.h"
#include "pure/esw.h"
#include "pure/maths.h"
#include "pure/smoothing.h"
#include "pure/tsb.h"

#define SA_MOST_HORIZON 3660
/* A hundred years of days. */
#define SA_MOST_HISTORY 36600

typedef enum SaForecastMethod
{
	SA_FORECAST_ESW,
	SA_FORECAST_SES,
	SA_FORECAST_CROSTON,
	SA_FORECAST_SBA,
	SA_FORECAST_SBJ,
	SA_FORECAST_TSB,
	SA_FORECAST_NAIVE,
	SA_FORECAST_SEASONAL_NAIVE,
	SA_FORECAST_WINDOW,
	SA_FORECAST_HOLT,
	SA_FORECAST_DAMPED,
	SA_FORECAST_HW_ADDITIVE,
	SA_FORECAST_HW_MULTIPLICATIVE,
	SA_FORECAST_ETS_ADDITIVE,
	SA_FORECAST_ETS_MULTIPLICATIVE,
	SA_FORECAST_ADIDA,
	SA_FORECAST_IMAPA
} SaForecastMethod;

/* Where the state comes from before the first day is learned. */
typedef enum SaForecastStart
{
	SA_START_OF_METHOD,
	SA_START_MEAN,    /* of the first SA_START_DAYS days */
	SA_START_FIRST,   /* first value, first step, first interval */
	SA_START_OVERALL, /* Croston, TSB: first size, interval or share of the whole history */
	SA_START_OWN,     /* ESW: as mean, with the weekdays of those days */
	SA_START_SEASONS, /* Holt-Winters: first season, and the second's distance from it */
	SA_START_R        /* as R's HoltWinters() */
} SaForecastStart;

typedef struct SaForecastAsk
{
	SaForecastMethod method;
	SaForecastStart start;
	double alpha; /* NaN in the first four: the method's own */
	double beta;
	double gamma;
	double phi;
	double alpha_from; /* alpha is searched from here; NaN: it is not */
	double alpha_to;
	int period;
	int window;
	int weekday;               /* of the first day, 0 Monday */
	const double *profile;     /* seven weekdays, mean 1, 0 closed; NULL: flat */
	const double *start_state; /* level, slope, season from the first day on; or NULL */
	size_t start_states;
	bool from_first_sale; /* days before the first sale do not count */
	bool clip;            /* negative days and forecasts are 0 */
	double pool_mean;     /* velocity of the pool's items; NaN: unknown */
	double pool_sd;
	double pool_mse_ratio; /* squared one-day error over velocity */
} SaForecastAsk;

typedef struct SaForecastModel
{
	const SaForecastAsk *ask;
	SaForecastMethod method; /* the one used: additive where multiplicative cannot be */
	double alpha;
	double beta;
	double gamma;
	size_t first; /* day the history counts from */
	size_t days;  /* days of the history */
	size_t from;  /* first day that is learned */
	int counted;  /* days that count */
	double mse;   /* exponentially weighted, of the one-day forecast */
	double sse;
	double level; /* of the methods that are one number */
	bool young;   /* fewer than SA_START_DAYS days: level is the mean, shrunk to the pool */
	SaEsw esw;
	SaTsb tsb;
	SaCroston croston;
	SaSmoothing smoothing;
} SaForecastModel;

/* Every field as "not given"; method ESW, period 7, window 28, clipped, from the first sale. */
extern void sa_forecast_ask_default(SaForecastAsk *ask);
extern bool sa_forecast_method_by_name(const char *name, SaForecastMethod *method);
extern bool sa_forecast_start_by_name(const char *name, SaForecastStart *start);
extern const char *sa_forecast_method_name(SaForecastMethod method);

/*
 * Learns the history.  one_step, unless NULL, receives what was expected of
 * each day on the evening before, NaN where nothing was.
 */
extern SaBadArgument sa_forecast_fit(const SaForecastAsk *ask, const double *history, size_t days,
									 double *one_step, SaForecastModel *model);
/* Expected units of the step-th day after the history (1 is the next). */
extern double sa_forecast_mean(const SaForecastModel *model, int step);
/* Variance of that day about its mean: MSE (1 + (step - 1) a^2), a = SA_FORECAST_GROWTH. */
extern double sa_forecast_variance(const SaForecastModel *model, int step);
/* Of that day: negative binomial by moments, normal above a mean of 200. */
extern SaBadArgument sa_forecast_quantile(const SaForecastModel *model, int step,
										  double probability, double *units);

#define SA_FORECAST_GROWTH 0.1

#endif
