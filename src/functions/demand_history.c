/*
 * demand_history.c: SQL functions that make one demand_history of another.
 *
 * Each takes a value apart, moves days, and writes a new value; where that has
 * more than SA_HISTORY_MAX_DAYS days, the oldest go.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/date.h"

#include "compat.h"
#include "demand/history_value.h"
#include "errors.h"
#include "functions/argument.h"

SA_FUNCTION(stockalert_history_set);
SA_FUNCTION(stockalert_history_append);
SA_FUNCTION(stockalert_history_patch);
SA_FUNCTION(stockalert_history_slice);
SA_FUNCTION(stockalert_history_keep);
SA_FUNCTION(stockalert_history_first);
SA_FUNCTION(stockalert_history_last);

static int32
last_day(const SaHistoryDays *days)
{
	return days->first_day + days->count - 1;
}

/* The days of `old` and of `patch`, which replace those of old; days of neither are 0. */
static struct varlena *
patch_days(const SaHistoryDays *old, const SaHistoryDays *patch)
{
	const SaHistoryDays *parts[2] = {old, patch};
	SaHistoryDays days;
	int32 first;
	int32 last;

	if (patch->count == 0)
		return sa_history_value_make(old);
	if (old->count == 0)
		return sa_history_value_make(patch);
	last = Max(last_day(old), last_day(patch));
	first = Max(Min(old->first_day, patch->first_day), last - SA_HISTORY_MAX_DAYS + 1);
	days = sa_history_value_room(first, last - first + 1);
	for (int p = 0; p < 2; p++)
	{
		const SaHistoryDays *part = parts[p];
		int32 skip = Max(first - part->first_day, 0);
		int32 place = part->first_day + skip - first;

		if (skip >= part->count)
			continue;
		memcpy(days.units + place, part->units + skip, sizeof(double) * (part->count - skip));
		memcpy(days.out_share + place, part->out_share + skip,
			   sizeof(double) * (part->count - skip));
	}
	return sa_history_value_make(&days);
}

/* Arguments 1 to 3, day, units and share out of stock, as a history of one day. */
static SaHistoryDays
read_day(FunctionCallInfo fcinfo)
{
	DateADT day = PG_GETARG_DATEADT(1);
	double units = PG_GETARG_FLOAT8(2);
	double out_share = PG_GETARG_FLOAT8(3);
	SaHistoryDays days;

	if (day < SA_HISTORY_FIRST_DAY || day > SA_HISTORY_LAST_DAY)
		sa_argument_check("day");
	if (!(fabs(units) <= SA_HISTORY_MOST_UNITS))
		sa_argument_check("units");
	if (!(out_share >= 0.0 && out_share <= 1.0))
		sa_argument_check("out_share");
	days = sa_history_value_room(day, 1);
	days.units[0] = units;
	days.out_share[0] = out_share;
	return days;
}

/* (history, day, units, out_share) */
Datum
stockalert_history_set(PG_FUNCTION_ARGS)
{
	SaHistoryDays old = sa_history_value_days(PG_GETARG_VARLENA_PP(0));
	SaHistoryDays day = read_day(fcinfo);

	if (old.count > 0 && day.first_day <= last_day(&old) - SA_HISTORY_MAX_DAYS)
		sa_argument_check("day");
	PG_RETURN_POINTER(patch_days(&old, &day));
}

Datum
stockalert_history_append(PG_FUNCTION_ARGS)
{
	SaHistoryDays old = sa_history_value_days(PG_GETARG_VARLENA_PP(0));
	SaHistoryDays day = read_day(fcinfo);

	if (old.count > 0 && day.first_day <= last_day(&old))
		ereport(ERROR, (errcode(SA_ERR_BAD_ARGUMENT), errmsg("day is in the history already"),
						errdetail("Only a day after the last one can be appended."),
						errhint("Use history_set() to replace a day.")));
	PG_RETURN_POINTER(patch_days(&old, &day));
}

Datum
stockalert_history_patch(PG_FUNCTION_ARGS)
{
	SaHistoryDays old = sa_history_value_days(PG_GETARG_VARLENA_PP(0));
	SaHistoryDays patch = sa_history_value_days(PG_GETARG_VARLENA_PP(1));

	PG_RETURN_POINTER(patch_days(&old, &patch));
}

static struct varlena *
slice_days(SaHistoryDays days, int32 from, int32 to)
{
	from = Max(from, days.first_day);
	to = Min(to, last_day(&days));
	if (days.count == 0 || from > to)
		days.count = 0;
	else
	{
		days.units += from - days.first_day;
		days.out_share += from - days.first_day;
		days.first_day = from;
		days.count = to - from + 1;
	}
	return sa_history_value_make(&days);
}

Datum
stockalert_history_slice(PG_FUNCTION_ARGS)
{
	SaHistoryDays days = sa_history_value_days(PG_GETARG_VARLENA_PP(0));

	PG_RETURN_POINTER(slice_days(days, PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2)));
}

Datum
stockalert_history_keep(PG_FUNCTION_ARGS)
{
	struct varlena *history = PG_GETARG_VARLENA_PP(0);
	int32 keep = PG_GETARG_INT32(1);
	SaHistoryDays days;
	int32 first;
	int32 count;

	if (keep < 0)
		sa_argument_check("days");
	sa_history_value_peek(history, &first, &count);
	if (count <= keep)
		PG_RETURN_POINTER(history);
	days = sa_history_value_days(history);
	PG_RETURN_POINTER(slice_days(days, last_day(&days) - keep + 1, last_day(&days)));
}

Datum
stockalert_history_first(PG_FUNCTION_ARGS)
{
	int32 first;
	int32 count;

	sa_history_value_peek(PG_GETARG_VARLENA_PP(0), &first, &count);
	if (count == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(first);
}

Datum
stockalert_history_last(PG_FUNCTION_ARGS)
{
	int32 first;
	int32 count;

	sa_history_value_peek(PG_GETARG_VARLENA_PP(0), &first, &count);
	if (count == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(first + count - 1);
}
