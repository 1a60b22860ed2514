/*
 * demand_state.h: what is known of a pair's demand, O(1) a day, from its
 * daily history.
 *
 * Days are numbered from 2000-01-01.  A day counts ("exposed") when there was
 * stock to sell; days out of stock without a sale and weekdays on which the
 * whole pool is closed are left out; a day that sold out is read as
 * what it would have sold (censored.h).  Returns net out, below 0 they are 0.
 * Sources of the rules: esw.h, tsb.h, censored.h.
 */
#ifndef SA_PURE_DEMAND_STATE_H
#define SA_PURE_DEMAND_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "pure/demand_history.h"
#include "pure/esw.h"
#include "pure/tsb.h"

/* Smoothing of the squared one-day error. */
#define SA_MSE_GAMMA 0.05

typedef struct SaDemandState
{
	int32_t first_sale;
	int32_t last_sale;
	int32_t last_day;     /* folded up to here */
	int32_t exposed_days; /* since the first sale */
	int32_t sales;        /* days with a sale */
	double mse;           /* of the one-day forecast, exponentially weighted */
	double interval_mean; /* exposed days up to the last sale over sales */
	double size_sum;
	double size_squares;
	SaEsw esw;
	SaTsb tsb;
} SaDemandState;

/* 0 Monday to 6 Sunday */
extern int sa_weekday(int32_t day);
/*
 * From nothing to `until` (inclusive; days past the history's end sold nothing);
 * false where nothing ever sold, and *out is not written.  profile: a pool's
 * weekdays, mean 1, 0 closed; NULL: flat.
 */
extern bool sa_demand_replay(const SaHistoryDays *history, const double *profile, int32_t until,
							 SaDemandState *out);
/* The same from a state of at least SA_START_DAYS exposed days on: only the days after last_day. */
extern void sa_demand_continue(SaDemandState *state, const SaHistoryDays *history,
							   const double *profile, int32_t until);

#endif
