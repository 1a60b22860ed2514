/*
 * cover.h: how long stock lasts.
 */
#ifndef SA_PURE_COVER_H
#define SA_PURE_COVER_H

#include <stddef.h>

#include "pure/maths.h"

/* The furthest stockout date, in days from today. */
#define SA_COVER_CAP 10000
/* What sa_stockout_day() answers where stock never runs out. */
#define SA_COVER_NEVER (-1)

/*
 * Days of supply = max(on hand, 0) / velocity; infinite where nothing sells
 * and something is there, 0 where nothing is there.
 */
extern SaBadArgument sa_days_of_supply(double on_hand, double velocity, double *out);
/*
 * The same against a forecast for each of the coming days (today first), which
 * repeats when it is over (a weekday profile has 7): the days before the one
 * that takes the last unit, plus the share of that one.
 */
extern SaBadArgument sa_days_of_supply_profile(double on_hand, const double *forecast, size_t days,
											   double *out);
/*
 * Days from today to the first day whose demand cannot be met in full, at most
 * SA_COVER_CAP; SA_COVER_NEVER where nothing sells.  Negative stock: 0, today.
 */
extern SaBadArgument sa_stockout_day(double on_hand, double velocity, int *out);
/* The same against a forecast as above; days without demand are met by an empty shelf. */
extern SaBadArgument sa_stockout_day_profile(double on_hand, const double *forecast, size_t days,
											 int *out);

#endif
