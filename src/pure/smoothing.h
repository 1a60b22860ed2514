/*
 * smoothing.h: exponential smoothing with a trend and a season of any length
 * (Holt, damped, Holt-Winters), for reports and comparisons; esw.h is the
 * default forecaster and needs none of this.
 *
 * Holt (1957), Winters (1960), Gardner & McKenzie (1985).  With phi = 1 and
 * season_after the recursion equals R's HoltWinters(), without season_after
 * statsmodels' and the ETS models of forecast::hw.
 */
#ifndef SA_PURE_SMOOTHING_H
#define SA_PURE_SMOOTHING_H

#include <stdbool.h>
#include <stddef.h>

/* A season as long as a year of days. */
#define SA_MOST_PERIOD 366

typedef struct SaSmoothing
{
	double alpha; /* of the level */
	double beta;  /* of the trend, in proportion to alpha (beta* of ETS) */
	double gamma; /* of the season */
	double phi;   /* 1: the trend is not damped */
	bool trend;
	bool multiplicative;
	bool season_after; /* the season learns against the level after the day */
	int period;        /* 0: no season */
	double level;
	double slope;
	double season[SA_MOST_PERIOD]; /* by place modulo period */
} SaSmoothing;

/* Expected units `step` days after the last one seen; place is the day's number in its series. */
extern double sa_smoothing_forecast(const SaSmoothing *smoothing, int step, size_t place);
extern void sa_smoothing_update(SaSmoothing *smoothing, double demand, size_t place);

#endif
