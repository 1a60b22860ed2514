/*
 * demand_state.c: one pass over the days.
 *
 * The start needs the mean of the first SA_START_DAYS exposed days, which is
 * why a younger state is replayed rather than continued.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "pure/censored.h"
#include "pure/demand_state.h"

/* What the first days say: a second pass then smooths through them. */
typedef struct StartSums
{
	int days;
	int sales;
	double units;
} StartSums;

int
sa_weekday(int32_t day)
{
	int weekday = (day - 2) % SA_WEEK;

	return weekday < 0 ? weekday + SA_WEEK : weekday;
}

static double
units_on(const SaHistoryDays *history, int32_t day)
{
	int32_t index = day - history->first_day;
	double units = index < 0 || index >= history->count ? 0.0 : history->units[index];

	return units > 0.0 ? units : 0.0;
}

static double
out_share_on(const SaHistoryDays *history, int32_t day)
{
	int32_t index = day - history->first_day;

	return index < 0 || index >= history->count ? 0.0 : history->out_share[index];
}

/* A day tells nothing when the shelf was empty most of it and nothing sold, or everybody is closed.
 */
static bool
day_counts(double units, double out_share, const double *profile, int weekday)
{
	if (units > 0.0)
		return true;
	if (profile != NULL && profile[weekday] <= 0.0)
		return false;
	return out_share <= 0.5;
}

static bool
find_first_sale(const SaHistoryDays *history, int32_t *day)
{
	for (int32_t i = 0; i < history->count; i++)
	{
		if (history->units[i] > 0.0)
		{
			*day = history->first_day + i;
			return true;
		}
	}
	return false;
}

static StartSums
sum_start(const SaHistoryDays *history, const double *profile, int32_t first, int32_t until)
{
	StartSums sums = {0, 0, 0.0};

	for (int32_t day = first; day <= until && sums.days < SA_START_DAYS; day++)
	{
		double units = units_on(history, day);

		if (!day_counts(units, out_share_on(history, day), profile, sa_weekday(day)))
			continue;
		sums.days++;
		sums.units += units;
		sums.sales += units > 0.0;
	}
	return sums;
}

/* The first error variance: of the start days about what the start expects of them. */
static double
start_mse(const SaHistoryDays *history, const double *profile, int32_t first, int32_t until,
		  const SaEsw *esw)
{
	double squares = 0.0;
	int days = 0;

	for (int32_t day = first; day <= until && days < SA_START_DAYS; day++)
	{
		double units = units_on(history, day);
		double error;

		if (!day_counts(units, out_share_on(history, day), profile, sa_weekday(day)))
			continue;
		error = units - sa_esw_forecast(esw, sa_weekday(day));
		squares += error * error;
		days++;
	}
	return days == 0 ? 0.0 : squares / days;
}

static void
count_sale(SaDemandState *state, int32_t day, double units)
{
	if (state->sales == 0)
		state->first_sale = day;
	state->last_sale = day;
	state->sales++;
	state->size_sum += units;
	state->size_squares += units * units;
	state->interval_mean = (double) state->exposed_days / state->sales;
}

/* error before update; then error variance, level and week, sparse state */
static void
fold_day(SaDemandState *state, int32_t day, double units, double out_share, const double *profile)
{
	int weekday = sa_weekday(day);
	double demand = units;
	double forecast;

	if (!day_counts(units, out_share, profile, weekday))
		return;
	forecast = sa_esw_forecast(&state->esw, weekday);
	if (out_share > 0.0 && units > 0.0)
		(void) sa_censored_demand(units, forecast, &demand);
	state->exposed_days++;
	state->mse += SA_MSE_GAMMA * ((demand - forecast) * (demand - forecast) - state->mse);
	sa_esw_update(&state->esw, demand, weekday, SA_ESW_ALPHA, SA_ESW_GAMMA);
	sa_tsb_update(&state->tsb, demand, SA_TSB_ALPHA, SA_TSB_BETA);
	if (units > 0.0)
		count_sale(state, day, units);
}

static void
fold_days(SaDemandState *state, const SaHistoryDays *history, const double *profile, int32_t from,
		  int32_t until)
{
	for (int32_t day = from; day <= until; day++)
		fold_day(state, day, units_on(history, day), out_share_on(history, day), profile);
	if (until > state->last_day)
		state->last_day = until;
}

bool
sa_demand_replay(const SaHistoryDays *history, const double *profile, int32_t until,
				 SaDemandState *out)
{
	int32_t first;
	StartSums start;

	if (!find_first_sale(history, &first) || first > until)
		return false;
	start = sum_start(history, profile, first, until);
	memset(out, 0, sizeof(*out));
	out->first_sale = first;
	out->last_day = first;
	sa_esw_start(&out->esw, start.units / start.days, profile);
	out->tsb.size = start.units / start.sales;
	out->tsb.probability = (double) start.sales / start.days;
	out->mse = start_mse(history, profile, first, until, &out->esw);
	fold_days(out, history, profile, first, until);
	return true;
}

void
sa_demand_continue(SaDemandState *state, const SaHistoryDays *history, const double *profile,
				   int32_t until)
{
	fold_days(state, history, profile, state->last_day + 1, until);
}
