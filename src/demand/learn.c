/*
 * learn.c: stockalert.learn(), one pair's new days into its history, state and
 * thresholds.
 *
 * Unpacks rows, asks the pure functions, packs what is to be stored.  The same
 * call serves the nightly fold (a day or two, continued in O(1)), late data (the
 * kept days are replayed), and the thresholds of pairs that sold nothing.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/typcache.h"

#include "compat.h"
#include "db/quantity.h"
#include "demand/state_row.h"
#include "pure/demand_measure.h"
#include "pure/reorder.h"

SA_FUNCTION(stockalert_learn);

/* Days of history kept; a year and a month, so that last year's season is seen. */
#define KEPT_DAYS 400
/* The variance of a lead time grows by this smoothing (maths: F(L, alpha)). */
#define ERROR_ALPHA 0.1
/* A stored velocity is rewritten when it is off by more than this share. */
#define VELOCITY_STEP 0.05

enum Argument
{
	ARG_STATE,
	ARG_HISTORY,
	ARG_DAYS,
	ARG_UNITS,
	ARG_OUT_SHARES,
	ARG_TODAY,
	ARG_PROFILE,
	ARG_POOL_MEAN,
	ARG_POOL_SD,
	ARG_POOL_RATIO,
	ARG_LEAD_TIME,
	ARG_LEAD_TIME_SD,
	ARG_REVIEW,
	ARG_STEP,
	ARG_SERVICE
};

/* Kept from call to call of one query. */
typedef struct LearnRoom
{
	TupleDesc result;
	double units[KEPT_DAYS];
	double out_share[KEPT_DAYS];
	double decoded_units[SA_HISTORY_MAX_DAYS];
	double decoded_out[SA_HISTORY_MAX_DAYS];
} LearnRoom;

typedef struct Learning
{
	LearnRoom *room;
	int32 today;
	int32 base; /* the day of units[0] */
	bool history_moved;
	int32 first_moved;
	SaHistoryDays days;
	const double *profile;
	SaDemandPool pool;
	bool has_pool;
} Learning;

static LearnRoom *
find_room(FunctionCallInfo fcinfo)
{
	LearnRoom *room = (LearnRoom *) fcinfo->flinfo->fn_extra;

	if (room == NULL)
	{
		TupleDesc desc;
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		room = (LearnRoom *) palloc(sizeof(LearnRoom));
		room->result = BlessTupleDesc(CreateTupleDescCopy(desc));
		fcinfo->flinfo->fn_extra = room;
		MemoryContextSwitchTo(old);
	}
	return room;
}

/* The kept days of the stored history, at their place in the window. */
static void
load_history(FunctionCallInfo fcinfo, Learning *l)
{
	struct varlena *history;
	SaHistoryDays days = {0, 0, l->room->decoded_units, l->room->decoded_out};

	memset(l->room->units, 0, sizeof(l->room->units));
	memset(l->room->out_share, 0, sizeof(l->room->out_share));
	if (PG_ARGISNULL(ARG_HISTORY))
		return;
	history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(ARG_HISTORY));
	if (!sa_demand_history_decode((const uint8_t *) VARDATA_ANY(history),
								  VARSIZE_ANY_EXHDR(history), &days))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("demand history is damaged"),
						errdetail("Its bytes do not form days of demand."),
						errhint("Run stockalert.refresh_demand(rebuild => true).")));
	for (int i = 0; i < days.count; i++)
	{
		int at = days.first_day + i - l->base;

		if (at < 0 || at >= KEPT_DAYS)
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
put_day(Learning *l, int32 day, const double *units, const double *out_share)
{
	int at = day - l->base;
	double new_units;
	double new_out;

	if (at < 0 || day >= l->today || day < SA_HISTORY_FIRST_DAY)
		return;
	new_units = units == NULL ? l->room->units[at] : as_stored_units(*units);
	new_out = out_share == NULL ? l->room->out_share[at] : as_stored_share(*out_share);
	if (new_units == l->room->units[at] && new_out == l->room->out_share[at])
		return;
	if (!l->history_moved || day < l->first_moved)
		l->first_moved = day;
	l->history_moved = true;
	l->room->units[at] = new_units;
	l->room->out_share[at] = new_out;
}

static int
read_array(FunctionCallInfo fcinfo, int argument, Oid type, int length, Datum **values,
		   bool **nulls)
{
	int count;

	if (PG_ARGISNULL(argument))
		return 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), type, length, true,
					  type == DATEOID ? TYPALIGN_INT : TYPALIGN_DOUBLE, values, nulls, &count);
	return count;
}

static void
patch_history(FunctionCallInfo fcinfo, Learning *l)
{
	Datum *days;
	Datum *units = NULL;
	Datum *out = NULL;
	bool *day_nulls;
	bool *unit_nulls = NULL;
	bool *out_nulls = NULL;
	int count = read_array(fcinfo, ARG_DAYS, DATEOID, sizeof(DateADT), &days, &day_nulls);
	int unit_count = read_array(fcinfo, ARG_UNITS, FLOAT8OID, sizeof(float8), &units, &unit_nulls);
	int out_count = read_array(fcinfo, ARG_OUT_SHARES, FLOAT8OID, sizeof(float8), &out, &out_nulls);

	for (int i = 0; i < count; i++)
	{
		double day_units = i < unit_count && !unit_nulls[i] ? DatumGetFloat8(units[i]) : 0.0;
		double day_out = i < out_count && !out_nulls[i] ? DatumGetFloat8(out[i]) : 0.0;

		put_day(l, DatumGetDateADT(days[i]), i < unit_count && !unit_nulls[i] ? &day_units : NULL,
				i < out_count && !out_nulls[i] ? &day_out : NULL);
	}
}

/* The days that say something, from the first to the last. */
static void
trim_days(Learning *l)
{
	int first = 0;
	int end = KEPT_DAYS;

	while (first < end && l->room->units[first] == 0.0 && l->room->out_share[first] == 0.0)
		first++;
	while (end > first && l->room->units[end - 1] == 0.0 && l->room->out_share[end - 1] == 0.0)
		end--;
	l->days.first_day = l->base + first;
	l->days.count = end - first;
	l->days.units = l->room->units + first;
	l->days.out_share = l->room->out_share + first;
}

static void
read_pool(FunctionCallInfo fcinfo, Learning *l)
{
	if (!PG_ARGISNULL(ARG_PROFILE))
	{
		ArrayType *profile = PG_GETARG_ARRAYTYPE_P(ARG_PROFILE);

		if (ARR_NDIM(profile) == 1 && ARR_DIMS(profile)[0] == SA_WEEK && !ARR_HASNULL(profile))
			l->profile = (const double *) ARR_DATA_PTR(profile);
	}
	l->has_pool =
		!PG_ARGISNULL(ARG_POOL_MEAN) && !PG_ARGISNULL(ARG_POOL_SD) && !PG_ARGISNULL(ARG_POOL_RATIO);
	if (l->has_pool)
	{
		l->pool.velocity_mean = PG_GETARG_FLOAT8(ARG_POOL_MEAN);
		l->pool.velocity_sd = PG_GETARG_FLOAT8(ARG_POOL_SD);
		l->pool.mse_ratio = PG_GETARG_FLOAT8(ARG_POOL_RATIO);
	}
}

/* Continued where only newer days came; replayed where the start or the past moved. */
static bool
learn_state(const Learning *l, bool known, const SaDemandState *before, SaDemandState *state)
{
	int32 until = l->days.first_day + l->days.count - 1;

	if (known && !l->history_moved)
	{
		*state = *before;
		return true;
	}
	if (known && before->exposed_days >= SA_START_DAYS && l->first_moved > before->last_day)
	{
		*state = *before;
		sa_demand_continue(state, &l->days, l->profile, until);
		return true;
	}
	if (!sa_demand_replay(&l->days, l->profile, until, state))
		return false;
	if (known && before->first_sale < state->first_sale)
		state->first_sale = before->first_sale;
	return true;
}

/* As of the day before today: days since the last one told sold nothing. */
static void
measure(const Learning *l, const SaDemandState *state, SaDemandMeasure *out)
{
	SaDemandState now = *state;

	if (now.exposed_days >= SA_START_DAYS)
		sa_demand_continue(&now, &l->days, l->profile, l->today - 1);
	else
		(void) sa_demand_replay(&l->days, l->profile, l->today - 1, &now);
	sa_demand_measure(&now, l->has_pool ? &l->pool : NULL, l->today, out);
}

/* Up to whole steps, so that an order is never short of what was computed. */
static double
round_up(double value, double step)
{
	double steps = ceil(value / step * (1.0 - 1e-9));

	return steps > 0.0 ? steps * step : 0.0;
}

static void
compute_thresholds(FunctionCallInfo fcinfo, const SaDemandMeasure *m, SaStateRow *row)
{
	SaQuantity step = SA_QUANTITY_ONE;
	double service = PG_GETARG_FLOAT8(ARG_SERVICE);
	double lead_time = PG_GETARG_FLOAT8(ARG_LEAD_TIME);
	double lead_time_sd = PG_GETARG_FLOAT8(ARG_LEAD_TIME_SD);
	double size;
	double point;
	double up_to;
	double mean;
	double sigma;

	row->has_thresholds = false;
	if (m->velocity <= 0.0)
		return;
	if (!PG_ARGISNULL(ARG_STEP))
		(void) sa_quantity_from_datum(PG_GETARG_DATUM(ARG_STEP), &step);
	size = (double) step / (double) SA_QUANTITY_ONE;
	if (sa_reorder_point(service, m->velocity, m->mse, lead_time, lead_time_sd, 0.0, ERROR_ALPHA,
						 &point, &mean, &sigma) != SA_MATHS_FINE ||
		sa_reorder_point(service, m->velocity, m->mse, lead_time, lead_time_sd,
						 PG_GETARG_FLOAT8(ARG_REVIEW), ERROR_ALPHA, &up_to, &mean,
						 &sigma) != SA_MATHS_FINE ||
		!(up_to < 1e15))
		return;
	row->has_thresholds = true;
	row->reorder_point = round_up(point, size);
	row->order_up_to = Max(round_up(up_to, size), row->reorder_point + size);
	row->step = size;
}

/* What is stored stays while it is right to within a step: a rewrite of a million rows says no
 * more. */
static void
keep_small_moves(const SaStateRow *before, SaStateRow *row)
{
	if (before->has_thresholds && row->has_thresholds &&
		fabs(before->reorder_point - row->reorder_point) <= row->step * (1.0 + 1e-9) &&
		fabs(before->order_up_to - row->order_up_to) <= row->step * (1.0 + 1e-9))
	{
		row->reorder_point = before->reorder_point;
		row->order_up_to = before->order_up_to;
	}
	if (fabs(before->velocity - row->velocity) <= VELOCITY_STEP * row->velocity)
		row->velocity = before->velocity;
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	for (int i = ARG_TODAY; i <= ARG_SERVICE; i++)
	{
		if (PG_ARGISNULL(i) && (i == ARG_TODAY || i == ARG_LEAD_TIME || i == ARG_LEAD_TIME_SD ||
								i == ARG_REVIEW || i == ARG_SERVICE))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("day, lead time, review period and service level must be known"),
							errdetail("One of them is NULL."),
							errhint("Call stockalert.refresh_demand().")));
	}
	/* Every day before today must have a place in a history. */
	if (PG_GETARG_DATEADT(ARG_TODAY) < SA_HISTORY_FIRST_DAY ||
		PG_GETARG_DATEADT(ARG_TODAY) > SA_HISTORY_LAST_DAY + 1)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("day to learn as of is out of range"),
						errdetail("It must be from 1970-01-01 to 2200-01-01."),
						errhint("Call stockalert.refresh_demand() with a time between.")));
}

Datum
stockalert_learn(PG_FUNCTION_ARGS)
{
	Learning l = {0};
	SaStateRow before = {0};
	SaStateRow row = {0};
	SaDemandMeasure m;
	bool known;

	check_arguments(fcinfo);
	l.room = find_room(fcinfo);
	l.today = PG_GETARG_DATEADT(ARG_TODAY);
	l.base = l.today - KEPT_DAYS;
	load_history(fcinfo, &l);
	patch_history(fcinfo, &l);
	trim_days(&l);
	read_pool(fcinfo, &l);
	known = !PG_ARGISNULL(ARG_STATE) &&
			sa_state_row_read(PG_GETARG_HEAPTUPLEHEADER(ARG_STATE), &before);
	row = before;
	row.known = learn_state(&l, known, &before.state, &row.state) || known;
	if (row.known)
	{
		measure(&l, &row.state, &m);
		row.velocity = m.velocity;
		row.method = sa_demand_method_name(m.method);
		compute_thresholds(fcinfo, &m, &row);
		if (known)
			keep_small_moves(&before, &row);
	}
	row.moved = row.known && (!known || !sa_state_row_same(&before, &row));
	PG_RETURN_DATUM(HeapTupleGetDatum(
		sa_state_row_form(l.room->result, &row, l.history_moved ? &l.days : NULL)));
}
