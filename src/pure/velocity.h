/*
 * velocity.h: units per day from a daily history, oldest first.
 */
#ifndef SA_PURE_VELOCITY_H
#define SA_PURE_VELOCITY_H

#include <stddef.h>

#include "pure/maths.h"

/*
 * Simple window: sum of the last `window` days over the days it has (at most
 * `window`).  0 for an empty history.  Source: reference mean of Silver, Pyke &
 * Thomas; equals pandas rolling(window).mean() once the window is full.
 */
extern SaBadArgument sa_velocity_window(const double *units, size_t days, int window, double *out);
/* Linear weights, 1 for the oldest day of the window to w for the newest. */
extern SaBadArgument sa_velocity_linear(const double *units, size_t days, int window, double *out);
/*
 * v <- v + alpha (y - v), from the mean of the first min(start, days) days
 * (start 1: pandas ewm(adjust=False)).
 */
extern SaBadArgument sa_velocity_ewma(const double *units, size_t days, double alpha, int start,
									  double *out);
/* alpha of an EWMA whose weights halve every so many days: 1 - 2^(-1/h). */
extern SaBadArgument sa_velocity_alpha(double half_life, double *out);
/* An EWMA after so many days without sales: v (1 - alpha)^days. */
extern SaBadArgument sa_velocity_decay(double velocity, double alpha, double days, double *out);
/* Units over days in stock; NaN in *out stands for unknown (no day in stock). */
extern SaBadArgument sa_velocity_exposed(double units, double exposed_days, double *out);

#endif
