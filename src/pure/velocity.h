/*
 * velocity.h: units per day from a daily history, oldest first.
 *
 * A history has one number a trading day; days that do not count (no stock,
 * shop closed) are left out by the caller.  sa_velocity_clip() comes first
 * where a day on which more came back than was sold is to count as 0.
 */
#ifndef SA_PURE_VELOCITY_H
#define SA_PURE_VELOCITY_H

#include <stddef.h>

#include "pure/maths.h"

/* Raises negative days to 0, in place. */
extern void sa_velocity_clip(double *units, size_t days);
/*
 * Simple window: sum of the last `window` days over those of them since the
 * first sale.  0 for an empty history and where nothing was sold.  Equals pandas
 * rolling(window).mean() once the first sale is older than the window.
 */
extern SaBadArgument sa_velocity_window(const double *units, size_t days, int window, double *out);
/* The same with linear weights, 1 for the oldest of those days to w for the newest. */
extern SaBadArgument sa_velocity_linear(const double *units, size_t days, int window, double *out);
/*
 * Sample standard deviation (n - 1) of the days that sa_velocity_window()
 * averages; NaN in *out where they are fewer than two.
 */
extern SaBadArgument sa_velocity_spread(const double *units, size_t days, int window, double *out);
/*
 * v <- v + alpha (y - v) over the whole history, from the mean of the first min(start, days) days
 * (start 1: pandas ewm(adjust=False)); start 0: from nothing, each weight divided
 * by what the weights add up to (adjust=True).
 */
extern SaBadArgument sa_velocity_ewma(const double *units, size_t days, double alpha, int start,
									  double *out);
/*
 * s <- (1 - alpha)(s + alpha (y - v)^2) beside v from the first day on, pandas
 * ewm(adjust=False).var(bias=True); NaN in *out for an empty history.
 */
extern SaBadArgument sa_velocity_ewma_variance(const double *units, size_t days, double alpha,
											   double *out);
/* alpha of an EWMA whose weights halve every so many days: 1 - 2^(-1/h). */
extern SaBadArgument sa_velocity_alpha(double half_life, double *out);
/* An EWMA after so many days without sales: v (1 - alpha)^days. */
extern SaBadArgument sa_velocity_decay(double velocity, double alpha, double days, double *out);
/* Units over days in stock; NaN in *out stands for unknown (no day in stock). */
extern SaBadArgument sa_velocity_exposed(double units, double exposed_days, double *out);

#endif
