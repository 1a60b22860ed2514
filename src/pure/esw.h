/*
 * esw.h: exponential smoothing with an additive week, no trend (ESW), the
 * default forecaster.
 *
 * level l and seven seasons s, one a weekday; a day with demand y and error
 * e = y - l - s[w]:  l += alpha e,  s[w] += gamma (1 - alpha) e.  Equals R's
 * HoltWinters(beta = FALSE).  weekday is 0 (Monday) to 6 (Sunday).
 */
#ifndef SA_PURE_ESW_H
#define SA_PURE_ESW_H

#define SA_WEEK 7
/* Fixed: smoothing fitted to each series loses to these on daily sales. */
#define SA_ESW_ALPHA 0.05
#define SA_ESW_GAMMA 0.02
/* A series starts with the mean of so many days. */
#define SA_START_DAYS 28

typedef struct SaEsw
{
	double level;
	double season[SA_WEEK];
} SaEsw;

/* level = mean, seasons = mean (profile - 1); profile is a pool's, mean 1; NULL: flat. */
extern void sa_esw_start(SaEsw *esw, double mean, const double *profile);
/* max(0, level + season) */
extern double sa_esw_forecast(const SaEsw *esw, int weekday);
extern void sa_esw_update(SaEsw *esw, double demand, int weekday, double alpha, double gamma);
/* Units a day over a whole week: the mean of the seven forecasts. */
extern double sa_esw_velocity(const SaEsw *esw);

#endif
