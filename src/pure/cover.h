/*
 * cover.h: how long stock lasts.
 */
#ifndef SA_PURE_COVER_H
#define SA_PURE_COVER_H

#include <stddef.h>

#include "pure/maths.h"

/* Beyond this a stockout date means nothing. */
#define SA_COVER_CAP 10000

/*
 * Days of supply = max(on hand, 0) / velocity; infinite where nothing sells
 * and something is there, 0 where nothing is there.
 */
extern SaBadArgument sa_days_of_supply(double on_hand, double velocity, double *out);
/*
 * The same against a forecast for each of the coming days (today first), which
 * repeats when it is over (a weekday profile has 7): whole days that can be met
 * plus the share of the next.
 */
extern SaBadArgument sa_days_of_supply_profile(double on_hand, const double *forecast, size_t days,
											   double *out);
/*
 * Days from today to the first day that cannot be met in full; -1 for never
 * (infinite or beyond the cap).  Negative stock: 0, today.
 */
extern SaBadArgument sa_stockout_day(double days_of_supply, int *out);

#endif
