/*
 * judge_pairs.c: decisions as rows, stockalert.judge_pairs().
 *
 * No logic of its own: packs what judge.c found out.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "alerts/findings.h"
#include "alerts/judge.h"
#include "compat.h"
#include "db/quantity.h"

SA_FUNCTION(stockalert_judge_pairs);

enum
{
	LOCATION_ID,
	ITEM_ID,
	CATEGORY,
	ON_HAND,
	RESERVED,
	AVAILABLE,
	PAR_LEVEL,
	SEEN_BELOW,
	SEEN_ABOVE,
	CLASS_BEFORE,
	ALERT_ID,
	ALERT_SEVERITY,
	MOVES,
	BUSY,
	PLACE,
	CLASS,
	ACTION,
	THRESHOLD,
	LOW,
	CRITICAL,
	MAXIMUM,
	FIRES,
	RULE_ID,
	THRESHOLD_FROM,
	QUIET_BELOW,
	QUIET_ABOVE,
	IN_BAND,
	VELOCITY,
	REORDER_POINT,
	ORDER_UP_TO,
	COLUMNS
};

typedef struct Output
{
	ReturnSetInfo *result;
	bool only_moving;
	bool or_busy;
	MemoryContext row_context; /* of what one row holds */
	Datum values[COLUMNS];
	bool nulls[COLUMNS];
} Output;

static void
put(Output *out, int column, bool set, Datum value)
{
	out->nulls[column] = !set;
	out->values[column] = value;
}

static void
put_text(Output *out, int column, const char *text)
{
	put(out, column, text != NULL, text == NULL ? (Datum) 0 : CStringGetTextDatum(text));
}

static void
put_quantity(Output *out, int column, bool set, SaQuantity quantity)
{
	put(out, column, set, set ? sa_quantity_to_datum(quantity) : (Datum) 0);
}

static void
put_level(Output *out, const SaJudged *j)
{
	put(out, LOCATION_ID, true, Int64GetDatum(j->location_id));
	put(out, ITEM_ID, true, Int64GetDatum(j->item_id));
	put(out, CATEGORY, j->cover.category != NULL, PointerGetDatum(j->cover.category));
	put(out, ON_HAND, true, j->on_hand);
	put(out, RESERVED, true, j->reserved);
	put_quantity(out, AVAILABLE, true, j->situation.available);
	put(out, PAR_LEVEL, j->has_par, j->par_level);
	put_quantity(out, SEEN_BELOW, j->situation.has_quiet_below, j->situation.quiet_below);
	put_quantity(out, SEEN_ABOVE, j->has_quiet_above, j->quiet_above);
	put(out, CLASS_BEFORE, j->judged_before, j->class_before);
	put(out, ALERT_ID, j->situation.has_alert, Int64GetDatum(j->alert_id));
	put_text(out, ALERT_SEVERITY,
			 j->situation.has_alert ? sa_class_name(j->situation.severity) : NULL);
	put(out, MOVES, true, BoolGetDatum(j->moves));
	put(out, BUSY, true, BoolGetDatum(j->busy));
	put(out, PLACE, true, PointerGetDatum(&j->place));
}

static void
put_decision(Output *out, const SaJudged *j)
{
	const SaDecision *d = &j->decision;
	const SaLimits *limits = &j->situation.limits;
	SaFindings findings;

	sa_findings(j, &findings);
	put_text(out, CLASS, sa_judged_class(j));
	put_text(out, ACTION, sa_action_name(d->action));
	put_quantity(out, THRESHOLD, d->has_threshold, d->threshold);
	put_quantity(out, LOW, limits->low.set, limits->low.value);
	put_quantity(out, CRITICAL, limits->critical.set, limits->critical.value);
	put_quantity(out, MAXIMUM, limits->maximum.set, limits->maximum.value);
	put_text(out, FIRES, findings.fires);
	put(out, RULE_ID, j->rule_id != 0, Int64GetDatum(j->rule_id));
	put_text(out, THRESHOLD_FROM, sa_origin_name(j->origin));
	put_quantity(out, QUIET_BELOW, d->has_quiet_below, d->quiet_below);
	put_quantity(out, QUIET_ABOVE, d->has_quiet_above, d->quiet_above);
	put(out, IN_BAND, true, BoolGetDatum(d->in_band));
	put(out, VELOCITY, findings.velocity, Float8GetDatum(j->basis.velocity));
	put_quantity(out, REORDER_POINT, findings.reorder_point, j->basis.reorder_point.value);
	put_quantity(out, ORDER_UP_TO, findings.order_up_to, j->basis.order_up_to.value);
}

/* What there is to write where only class or quiet range move, as they do by the million. */
static void
put_range(Output *out, const SaJudged *j)
{
	const SaDecision *d = &j->decision;

	memset(out->nulls, true, sizeof(out->nulls));
	put(out, LOCATION_ID, true, Int64GetDatum(j->location_id));
	put(out, ITEM_ID, true, Int64GetDatum(j->item_id));
	put_quantity(out, AVAILABLE, true, j->situation.available);
	put_quantity(out, SEEN_BELOW, j->situation.has_quiet_below, j->situation.quiet_below);
	put_quantity(out, SEEN_ABOVE, j->has_quiet_above, j->quiet_above);
	put(out, CLASS_BEFORE, j->judged_before, j->class_before);
	put(out, MOVES, true, BoolGetDatum(j->moves));
	put(out, BUSY, true, BoolGetDatum(j->busy));
	put(out, PLACE, true, PointerGetDatum(&j->place));
	put_text(out, CLASS, sa_judged_class(j));
	put_text(out, ACTION, sa_action_name(d->action));
	put_quantity(out, QUIET_BELOW, d->has_quiet_below, d->quiet_below);
	put_quantity(out, QUIET_ABOVE, d->has_quiet_above, d->quiet_above);
}

static void
put_row(Output *out, const SaJudged *judged)
{
	MemoryContext old;

	if (out->only_moving && !judged->moves && !(out->or_busy && judged->busy))
		return;
	old = MemoryContextSwitchTo(out->row_context);
	if (out->only_moving && judged->decision.action == SA_ACTION_NONE)
		put_range(out, judged);
	else
	{
		put_level(out, judged);
		put_decision(out, judged);
	}
	tuplestore_putvalues(out->result->setResult, out->result->setDesc, out->values, out->nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(out->row_context);
}

static int64 *
read_keys(ArrayType *array, int *count)
{
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_HASNULL(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a key is null"),
						errdetail("Locations and items of pairs are numbers."),
						errhint("Leave such pairs out.")));
	/* bigint without nulls: as stored. */
	return (int64 *) ARR_DATA_PTR(array);
}

static void
judge_named(SaJudge *judge, FunctionCallInfo fcinfo, Output *out)
{
	int count;
	int item_count;
	int64 *locations = read_keys(PG_GETARG_ARRAYTYPE_P(0), &count);
	int64 *items = read_keys(PG_GETARG_ARRAYTYPE_P(1), &item_count);
	SaJudged judged;

	if (item_count != count)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("locations and items differ in number"),
						errdetail("There are %d and %d.", count, item_count),
						errhint("Each pair has one of each.")));
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (sa_judge_pair(judge, locations[i], items[i], NULL, &judged))
			put_row(out, &judged);
	}
}

static void
judge_locations(SaJudge *judge, FunctionCallInfo fcinfo, Output *out)
{
	int count = 1;
	int64 everywhere = 0;
	int64 *locations = PG_ARGISNULL(0) ? &everywhere : read_keys(PG_GETARG_ARRAYTYPE_P(0), &count);
	SaJudged judged;

	for (int i = 0; i < count; i++)
	{
		sa_judge_start(judge, locations[i]);
		while (sa_judge_next(judge, &judged))
			put_row(out, &judged);
	}
}

/* A location is one of a few, or of many: then reading ahead takes what looking up would. */
static int64
expected_pairs(FunctionCallInfo fcinfo)
{
	ArrayType *items;

	if (PG_ARGISNULL(1))
		return SA_JUDGE_ALL;
	items = PG_GETARG_ARRAYTYPE_P(1);
	return ArrayGetNItems(ARR_NDIM(items), ARR_DIMS(items));
}

Datum
stockalert_judge_pairs(PG_FUNCTION_ARGS)
{
	MemoryContext work =
		AllocSetContextCreate(CurrentMemoryContext, "StockAlert judge", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	Output out;
	SaJudge *judge;

	InitMaterializedSRF(fcinfo, 0);
	out.result = (ReturnSetInfo *) fcinfo->resultinfo;
	out.only_moving = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	out.or_busy = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	if (out.result->setDesc->natts != COLUMNS)
		elog(ERROR, "judge_pairs() returns %d columns", COLUMNS); /* cannot happen */
	old = MemoryContextSwitchTo(work);
	out.row_context = AllocSetContextCreate(work, "StockAlert judged row", ALLOCSET_SMALL_SIZES);
	judge = sa_judge_open(expected_pairs(fcinfo), out.or_busy);
	if (PG_ARGISNULL(1))
		judge_locations(judge, fcinfo, &out);
	else if (!PG_ARGISNULL(0))
		judge_named(judge, fcinfo, &out);
	sa_judge_close(judge);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return (Datum) 0;
}
