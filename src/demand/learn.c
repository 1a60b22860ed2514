/*
 * learn.c: unpacks a history, asks the pure functions, packs what is to be
 * stored.
 *
 * The same call serves the nightly fold (a day, continued in O(1) without
 * unpacking), late data (the kept days are replayed), and the thresholds of
 * pairs that sold nothing.
 */
#include "postgres.h"

#include <math.h>

#include "demand/learn.h"
#include "pure/reorder.h"

/* The variance of a lead time grows by this smoothing (maths: F(L, alpha)). */
#define ERROR_ALPHA 0.1
/* A stored velocity is rewritten when it is off by more than this share. */
#define VELOCITY_STEP 0.05

struct SaLearnRoom
{
	double units[SA_KEPT_DAYS];
	double out_share[SA_KEPT_DAYS];
	double decoded_units[SA_HISTORY_MAX_DAYS];
	double decoded_out[SA_HISTORY_MAX_DAYS];
	/* The long form of a day has 10 bytes. */
	uint8_t bytes[SA_HISTORY_APPEND_MOST + 10 * SA_HISTORY_MAX_DAYS];
};

typedef struct Learning
{
	SaLearnRoom *room;
	const SaLesson *lesson;
	int32 base; /* the day of units[0] */
	bool history_moved;
	int32 first_moved;
	SaHistoryDays days;
} Learning;

SaLearnRoom *
sa_learn_room(void)
{
	return (SaLearnRoom *) palloc(sizeof(SaLearnRoom));
}

/* The kept days of the stored history, at their place in the window. */
static void
load_history(Learning *l)
{
	SaHistoryDays days = {0, 0, l->room->decoded_units, l->room->decoded_out};

	memset(l->room->units, 0, sizeof(l->room->units));
	memset(l->room->out_share, 0, sizeof(l->room->out_share));
	if (l->lesson->history == NULL)
		return;
	if (!sa_demand_history_decode(l->lesson->history, l->lesson->history_size, &days))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("demand history is damaged"),
						errdetail("Its bytes do not form days of demand."),
						errhint("Run stockalert.refresh_demand(rebuild => true).")));
	for (int i = 0; i < days.count; i++)
	{
		int at = days.first_day + i - l->base;

		if (at < 0 || at >= SA_KEPT_DAYS)
			continue;
		l->room->units[at] = days.units[i];
		l->room->out_share[at] = days.out_share[i];
	}
}

/* What the history gives back when it was told this. */
static double
as_stored_units(double units)
{
	return (double) sa_demand_history_steps(units) / SA_HISTORY_UNIT_STEPS;
}

static double
as_stored_share(double share)
{
	double steps = rint(share * SA_HISTORY_SHARE_STEPS);

	if (share >= 1.0 || !(share > 0.0))
		return share >= 1.0 ? 1.0 : 0.0;
	return Min(steps, SA_HISTORY_SHARE_STEPS - 1) / SA_HISTORY_SHARE_STEPS;
}

static void
put_day(Learning *l, const SaToldDay *told)
{
	int at = told->day - l->base;
	double new_units;
	double new_out;

	if (at < 0 || told->day >= l->lesson->today || told->day < SA_HISTORY_FIRST_DAY)
		return;
	new_units = told->has_units ? as_stored_units(told->units) : l->room->units[at];
	new_out = told->has_out_share ? as_stored_share(told->out_share) : l->room->out_share[at];
	if (new_units == l->room->units[at] && new_out == l->room->out_share[at])
		return;
	if (!l->history_moved || told->day < l->first_moved)
		l->first_moved = told->day;
	l->history_moved = true;
	l->room->units[at] = new_units;
	l->room->out_share[at] = new_out;
}

/* The days that say something, from the first to the last. */
static void
trim_days(Learning *l)
{
	int first = 0;
	int end = SA_KEPT_DAYS;

	while (first < end && l->room->units[first] == 0.0 && l->room->out_share[first] == 0.0)
		first++;
	while (end > first && l->room->units[end - 1] == 0.0 && l->room->out_share[end - 1] == 0.0)
		end--;
	l->days.first_day = l->base + first;
	l->days.count = end - first;
	l->days.units = l->room->units + first;
	l->days.out_share = l->room->out_share + first;
}

/* Continued where only newer days came; replayed where the start or the past moved. */
static bool
learn_state(const Learning *l, SaDemandState *state)
{
	const SaPairState *before = l->lesson->before;
	int32 until = l->days.first_day + l->days.count - 1;

	if (before != NULL && !l->history_moved)
	{
		*state = before->state;
		return true;
	}
	if (before != NULL && before->state.exposed_days >= SA_START_DAYS &&
		l->first_moved > before->state.last_day)
	{
		*state = before->state;
		sa_demand_continue(state, &l->days, l->lesson->profile, until);
		return true;
	}
	if (!sa_demand_replay(&l->days, l->lesson->profile, until, state))
		return false;
	if (before != NULL && before->state.first_sale < state->first_sale)
		state->first_sale = before->state.first_sale;
	return true;
}

/* As of the day before today: days since the last one told sold nothing. */
static void
measure(const SaLesson *lesson, const SaHistoryDays *days, const SaDemandState *state,
		SaDemandMeasure *out)
{
	SaDemandState now = *state;

	if (now.exposed_days >= SA_START_DAYS)
		sa_demand_continue(&now, days, lesson->profile, lesson->today - 1);
	else
		(void) sa_demand_replay(days, lesson->profile, lesson->today - 1, &now);
	sa_demand_measure(&now, lesson->pool, lesson->today, out);
}

/* Up to whole steps, so that an order is never short of what was computed. */
static double
round_up(double value, double step)
{
	double steps = ceil(value / step * (1.0 - 1e-9));

	return steps > 0.0 ? steps * step : 0.0;
}

static void
compute_thresholds(const SaSupply *supply, const SaDemandMeasure *m, SaPairState *row)
{
	double point;
	double up_to;
	double mean;
	double sigma;

	row->has_thresholds = false;
	if (m->velocity <= 0.0)
		return;
	if (sa_reorder_point(supply->service_level, m->velocity, m->mse, supply->lead_time,
						 supply->lead_time_sd, 0.0, ERROR_ALPHA, &point, &mean,
						 &sigma) != SA_MATHS_FINE ||
		sa_reorder_point(supply->service_level, m->velocity, m->mse, supply->lead_time,
						 supply->lead_time_sd, supply->review, ERROR_ALPHA, &up_to, &mean,
						 &sigma) != SA_MATHS_FINE ||
		!(up_to < 1e15))
		return;
	row->has_thresholds = true;
	row->reorder_point = round_up(point, supply->step);
	row->order_up_to = Max(round_up(up_to, supply->step), row->reorder_point + supply->step);
}

/* What is stored stays while it is right to within a step: a rewrite of a million rows says no
 * more. */
static void
keep_small_moves(const SaPairState *before, double step, SaPairState *row)
{
	if (before->has_thresholds && row->has_thresholds &&
		fabs(before->reorder_point - row->reorder_point) <= step * (1.0 + 1e-9) &&
		fabs(before->order_up_to - row->order_up_to) <= step * (1.0 + 1e-9))
	{
		row->reorder_point = before->reorder_point;
		row->order_up_to = before->order_up_to;
	}
	if (fabs(before->velocity - row->velocity) <= VELOCITY_STEP * row->velocity)
		row->velocity = before->velocity;
}

/* To the last bit: a run that learns nothing writes nothing. */
static bool
same_state(const SaDemandState *a, const SaDemandState *b)
{
	for (int day = 0; day < SA_WEEK; day++)
	{
		if (a->esw.season[day] != b->esw.season[day])
			return false;
	}
	return a->first_sale == b->first_sale && a->last_sale == b->last_sale &&
		   a->last_day == b->last_day && a->exposed_days == b->exposed_days &&
		   a->sales == b->sales && a->mse == b->mse && a->interval_mean == b->interval_mean &&
		   a->size_sum == b->size_sum && a->size_squares == b->size_squares &&
		   a->tsb.size == b->tsb.size && a->tsb.probability == b->tsb.probability &&
		   a->esw.level == b->esw.level;
}

static bool
same_row(const SaPairState *a, const SaPairState *b)
{
	return same_state(&a->state, &b->state) && a->velocity == b->velocity &&
		   a->method == b->method && a->has_thresholds == b->has_thresholds &&
		   (!a->has_thresholds ||
			(a->reorder_point == b->reorder_point && a->order_up_to == b->order_up_to));
}

/* What follows from the state; days: as far as measuring reads them. */
static void
conclude(const SaLesson *lesson, const SaHistoryDays *days, SaLearned *out)
{
	const SaPairState *before = lesson->before;
	SaDemandMeasure m;

	measure(lesson, days, &out->state.state, &m);
	out->state.velocity = m.velocity;
	out->state.method = m.method;
	compute_thresholds(lesson->supply, &m, &out->state);
	if (before != NULL)
		keep_small_moves(before, lesson->supply->step, &out->state);
	out->moved = before == NULL || !same_row(before, &out->state);
}

/*
 * What nearly all pairs of a night are: nothing, or one newer day in stock.  The
 * state says all that is needed of the days before.
 */
static bool
learn_quickly(SaLearnRoom *room, const SaLesson *lesson, SaLearned *out)
{
	const SaPairState *before = lesson->before;
	double units = 0.0;
	double out_share = 0.0;
	SaHistoryDays days = {0, 0, &units, &out_share};
	const SaToldDay *told = lesson->days;
	int32 first_day;
	int32 count;

	if (before == NULL || before->state.exposed_days < SA_START_DAYS || lesson->day_count > 1)
		return false;
	out->known = true;
	out->state = *before;
	if (lesson->day_count == 1)
	{
		/* The state knows of every day of the history. */
		if (!told->has_units || told->has_out_share || told->day >= lesson->today ||
			told->day < lesson->today - SA_KEPT_DAYS || told->day <= before->state.last_day ||
			lesson->history == NULL ||
			!sa_demand_history_peek(lesson->history, lesson->history_size, &first_day, &count) ||
			first_day + count - 1 > before->state.last_day ||
			lesson->history_size > 10 * SA_HISTORY_MAX_DAYS)
			return false;
		out->history_size = sa_demand_history_append(
			lesson->history, lesson->history_size, told->day, sa_demand_history_steps(told->units),
			lesson->today - SA_KEPT_DAYS, room->bytes, sizeof(room->bytes));
		if (out->history_size == 0)
			return false;
		out->history_moved = true;
		out->history = room->bytes;
		units = as_stored_units(told->units);
		days.first_day = told->day;
		days.count = 1;
		sa_demand_continue(&out->state.state, &days, lesson->profile, told->day);
	}
	conclude(lesson, &days, out);
	return true;
}

void
sa_learn(SaLearnRoom *room, const SaLesson *lesson, SaLearned *out)
{
	Learning l = {room, lesson, lesson->today - SA_KEPT_DAYS, false, 0, {0, 0, NULL, NULL}};

	memset(out, 0, sizeof(*out));
	if (learn_quickly(room, lesson, out))
		return;
	memset(out, 0, sizeof(*out));
	load_history(&l);
	for (int i = 0; i < lesson->day_count; i++)
		put_day(&l, &lesson->days[i]);
	trim_days(&l);
	if (lesson->before != NULL)
		out->state = *lesson->before;
	out->known = learn_state(&l, &out->state.state) || lesson->before != NULL;
	if (out->known)
		conclude(lesson, &l.days, out);
	out->history_moved = l.history_moved;
	if (l.history_moved)
	{
		out->history = room->bytes;
		out->history_size = sa_demand_history_encode(&l.days, room->bytes, sizeof(room->bytes));
	}
}
