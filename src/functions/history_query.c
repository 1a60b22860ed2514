/*
 * history_query.c: SQL functions that read a demand_history: its days as rows
 * and as an array, sums and velocity of a window.
 *
 * Sums come straight from the bytes, newest day first, so that the window of a
 * million histories costs what reading it costs.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "compat.h"
#include "demand/history_value.h"
#include "functions/argument.h"

SA_FUNCTION(stockalert_history_days);
SA_FUNCTION(stockalert_history_units);
SA_FUNCTION(stockalert_history_sum);
SA_FUNCTION(stockalert_history_velocity);

/* As of the velocity of sales: ten years. */
#define MOST_WINDOW 3660

Datum
stockalert_history_days(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	SaHistoryDays *days;
	Datum values[3];
	bool nulls[3] = {false, false, false};
	uint64 i;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext before;
		TupleDesc row;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "history_days() returns rows"); /* cannot happen */
		context->tuple_desc = BlessTupleDesc(row);
		days = (SaHistoryDays *) palloc(sizeof(SaHistoryDays));
		*days = sa_history_value_days(PG_GETARG_VARLENA_PP(0));
		context->user_fctx = days;
		context->max_calls = days->count;
		MemoryContextSwitchTo(before);
	}
	context = SRF_PERCALL_SETUP();
	days = (SaHistoryDays *) context->user_fctx;
	i = context->call_cntr;
	if (i >= context->max_calls)
		SRF_RETURN_DONE(context);
	values[0] = DateADTGetDatum(days->first_day + (int32) i);
	values[1] = Float8GetDatum(days->units[i]);
	values[2] = Float8GetDatum(days->out_share[i]);
	SRF_RETURN_NEXT(context,
					HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

/* Units of each day from one to another; NULL where a day does not count. */
static ArrayType *
make_units(const SaHistoryDays *days, int32 from, int32 to)
{
	int size = to - from + 1;
	int lower = 1;
	Datum *values = (Datum *) palloc(sizeof(Datum) * size);
	bool *nulls = (bool *) palloc(sizeof(bool) * size);

	for (int i = 0; i < size; i++)
	{
		int32 place = from + i - days->first_day;
		bool known = place >= 0 && place < days->count;

		nulls[i] = days->count == 0 || place < 0 || (known && days->out_share[place] >= 1.0);
		values[i] = Float8GetDatum(known ? days->units[place] : 0.0);
	}
	return construct_md_array(values, nulls, 1, &size, &lower, FLOAT8OID, sizeof(float8),
							  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/* (history) or (history, from_day, to_day) */
Datum
stockalert_history_units(PG_FUNCTION_ARGS)
{
	SaHistoryDays days = sa_history_value_days(PG_GETARG_VARLENA_PP(0));
	int32 from = days.first_day;
	int32 to = days.first_day + days.count - 1;

	if (PG_NARGS() > 1)
	{
		from = PG_GETARG_DATEADT(1);
		to = PG_GETARG_DATEADT(2);
		if (DATE_NOT_FINITE(from))
			sa_argument_check("from_day");
		if (DATE_NOT_FINITE(to) || (int64) to - from >= SA_HISTORY_MAX_DAYS)
			sa_argument_check("to_day");
	}
	if (from > to)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(FLOAT8OID));
	PG_RETURN_ARRAYTYPE_P(make_units(&days, from, to));
}

static void
read_sums(const struct varlena *history, int32 from, int32 to, bool clip, SaHistorySums *sums)
{
	if (!sa_demand_history_sums(SA_HISTORY_DATA(history), SA_HISTORY_SIZE(history), from, to, clip,
								sums))
		sa_history_value_refuse();
}

/* (history, from_day, to_day); infinity is no end. */
Datum
stockalert_history_sum(PG_FUNCTION_ARGS)
{
	struct varlena *history = PG_GETARG_VARLENA_PP(0);
	SaHistorySums sums;

	read_sums(history, Max(PG_GETARG_DATEADT(1), SA_HISTORY_FIRST_DAY),
			  Min(PG_GETARG_DATEADT(2), SA_HISTORY_LAST_DAY), false, &sums);
	PG_RETURN_FLOAT8((double) sums.unit_steps / SA_HISTORY_UNIT_STEPS);
}

/* 'clip' or 'net', without a copy: the word is read for each of a million rows. */
static bool
read_clip(const text *word)
{
	if (VARSIZE_ANY_EXHDR(word) == 4 && memcmp(VARDATA_ANY(word), "clip", 4) == 0)
		return true;
	if (VARSIZE_ANY_EXHDR(word) != 3 || memcmp(VARDATA_ANY(word), "net", 3) != 0)
		sa_argument_check("returns");
	return false;
}

/* (history, last_day, window_days, returns) */
Datum
stockalert_history_velocity(PG_FUNCTION_ARGS)
{
	struct varlena *history = PG_GETARG_VARLENA_PP(0);
	DateADT last = PG_GETARG_DATEADT(1);
	int32 window = PG_GETARG_INT32(2);
	bool clip = read_clip(PG_GETARG_TEXT_PP(3));
	SaHistorySums sums;
	int64 exposed;

	if (DATE_NOT_FINITE(last))
		sa_argument_check("last_day");
	if (window < 1 || window > MOST_WINDOW)
		sa_argument_check("window_days");
	read_sums(history, last - window + 1, last, clip, &sums);
	if (sums.days == 0)
		PG_RETURN_FLOAT8(0.0);
	/* Both in hundredths of a day. */
	exposed = (int64) sums.days * SA_HISTORY_SHARE_STEPS - sums.out_steps;
	if (exposed == 0)
		PG_RETURN_NULL();
	/* One division, of whole numbers: the nearest number to the quotient. */
	PG_RETURN_FLOAT8(
		(double) sums.exposed_steps /
		((double) exposed * ((double) SA_HISTORY_UNIT_STEPS / SA_HISTORY_SHARE_STEPS)));
}
