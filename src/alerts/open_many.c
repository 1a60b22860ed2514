/*
 * open_many.c: a morning's import, a check after a long night.
 *
 * An alert costs three rows, seven index entries and a new version of its stock
 * level; in a statement the executor costs as much again, and of a level that is
 * new in the transaction its foreign keys are looked at once more.  Written here
 * is what is opened, and class and quiet range where no alert is concerned: an
 * alert that is there already, and may have been touched by people, is the
 * statement's.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "alerts/findings.h"
#include "alerts/open_many.h"
#include "db/as_of.h"
#include "db/columns.h"
#include "db/new_rows.h"
#include "db/plans.h"
#include "db/quantity.h"
#include "db/row_writer.h"
#include "db/word.h"

/* Fewer are not worth opening four tables for. */
#define LEAST 50

enum
{
	A_LOCATION_ID,
	A_ITEM_ID,
	A_SEVERITY,
	A_WORST,
	A_QUANTITY,
	A_THRESHOLD,
	A_LOW,
	A_CRITICAL,
	A_MAXIMUM,
	A_FIRES,
	A_RULE_ID,
	A_THRESHOLD_FROM,
	A_ON_HAND,
	A_RESERVED,
	A_PAR_LEVEL,
	A_VELOCITY,
	A_REORDER_POINT,
	A_ORDER_UP_TO,
	A_OPENED_AT,
	A_COLUMNS
};
static const char *const alert_names[A_COLUMNS] = {
	"location_id", "item_id",  "severity",  "worst",    "quantity",      "threshold",
	"low",         "critical", "maximum",   "fires",    "rule_id",       "threshold_from",
	"on_hand",     "reserved", "par_level", "velocity", "reorder_point", "order_up_to",
	"opened_at"};
static AttrNumber alert_numbers[A_COLUMNS];
static SaColumnNumbers alert_columns = {InvalidOid, alert_names, alert_numbers, A_COLUMNS};

/* The same of an event and of a queue row, but for the lane. */
enum
{
	E_ALERT_ID,
	E_LOCATION_ID,
	E_ITEM_ID,
	E_EVENT,
	E_SEVERITY,
	E_QUANTITY,
	E_OCCURRED_AT,
	E_LANE,
	E_COLUMNS
};
static const char *const event_names[E_COLUMNS] = {
	"alert_id", "location_id", "item_id", "event", "severity", "quantity", "occurred_at", "lane"};
static AttrNumber event_numbers[E_LANE];
static SaColumnNumbers event_columns = {InvalidOid, event_names, event_numbers, E_LANE};
static AttrNumber queue_numbers[E_COLUMNS];
static SaColumnNumbers queue_columns = {InvalidOid, event_names, queue_numbers, E_COLUMNS};

enum
{
	L_CLASS,
	L_QUIET_BELOW,
	L_QUIET_ABOVE,
	L_COLUMNS
};
static const char *const level_names[L_COLUMNS] = {"class", "quiet_below", "quiet_above"};
static AttrNumber level_numbers[L_COLUMNS];
static SaColumnNumbers level_columns = {InvalidOid, level_names, level_numbers, L_COLUMNS};

/* Gone out of stock: location, item, quantity. */
static const char turned_text[] =
	"INSERT INTO stockalert.stock_changes (location_id, item_id, changed_at, available, kind)"
	" SELECT t.location_id, t.item_id, $4, t.available, CASE t.class WHEN 'out' THEN 'out' ELSE "
	"'back' END"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), "
	"pg_catalog.unnest($5)) AS t (location_id, item_id, available, class)";
static SPIPlanPtr turned_plan = NULL;

typedef struct Opening
{
	Datum now;
	Datum opened; /* text */
	SaNewRows *alerts;
	SaNewRows *events;
	SaNewRows *queue;
	SaRowWriter levels;
	SaColumn turned[4];
	MemoryContext row_context;
} Opening;

bool
sa_open_many_fits(int count)
{
	return count >= LEAST && !IsolationUsesXactSnapshot() && sa_writer_fits("alerts") &&
		   sa_writer_fits("alert_events") && sa_writer_fits("queue") &&
		   sa_writer_fits("stock_levels");
}

static void
set_quantity(SaNewRows *rows, int column, bool set, SaQuantity quantity)
{
	if (set)
		sa_rows_set(rows, column, sa_quantity_to_datum(quantity));
}

/* What the decision rests on. */
static void
set_grounds(SaNewRows *rows, const SaJudged *j)
{
	SaFindings findings;

	sa_findings(j, &findings);
	set_quantity(rows, A_THRESHOLD, j->decision.has_threshold, j->decision.threshold);
	set_quantity(rows, A_LOW, j->situation.limits.low.set, j->situation.limits.low.value);
	set_quantity(rows, A_CRITICAL, j->situation.limits.critical.set,
				 j->situation.limits.critical.value);
	set_quantity(rows, A_MAXIMUM, j->situation.limits.maximum.set,
				 j->situation.limits.maximum.value);
	if (findings.fires != NULL)
		sa_rows_set(rows, A_FIRES, CStringGetTextDatum(findings.fires));
	if (j->rule_id != 0)
		sa_rows_set(rows, A_RULE_ID, Int64GetDatum(j->rule_id));
	if (sa_origin_name(j->origin) != NULL)
		sa_rows_set(rows, A_THRESHOLD_FROM, CStringGetTextDatum(sa_origin_name(j->origin)));
	if (findings.velocity)
		sa_rows_set(rows, A_VELOCITY, Float8GetDatum(j->basis.velocity));
	set_quantity(rows, A_REORDER_POINT, findings.reorder_point, j->basis.reorder_point.value);
	set_quantity(rows, A_ORDER_UP_TO, findings.order_up_to, j->basis.order_up_to.value);
}

static int64
write_alert(Opening *opening, const SaJudged *j, Datum class, Datum available)
{
	SaNewRows *rows = opening->alerts;

	sa_rows_start(rows);
	sa_rows_set(rows, A_LOCATION_ID, Int64GetDatum(j->location_id));
	sa_rows_set(rows, A_ITEM_ID, Int64GetDatum(j->item_id));
	sa_rows_set(rows, A_SEVERITY, class);
	sa_rows_set(rows, A_WORST, class);
	sa_rows_set(rows, A_QUANTITY, available);
	sa_rows_set(rows, A_ON_HAND, j->on_hand);
	sa_rows_set(rows, A_RESERVED, j->reserved);
	if (j->has_par)
		sa_rows_set(rows, A_PAR_LEVEL, j->par_level);
	sa_rows_set(rows, A_OPENED_AT, opening->now);
	set_grounds(rows, j);
	return sa_rows_add(rows);
}

static void
set_event(const Opening *opening, SaNewRows *rows, const SaJudged *j, int64 alert_id, Datum class,
		  Datum available)
{
	sa_rows_start(rows);
	sa_rows_set(rows, E_ALERT_ID, Int64GetDatum(alert_id));
	sa_rows_set(rows, E_LOCATION_ID, Int64GetDatum(j->location_id));
	sa_rows_set(rows, E_ITEM_ID, Int64GetDatum(j->item_id));
	sa_rows_set(rows, E_EVENT, opening->opened);
	sa_rows_set(rows, E_SEVERITY, class);
	sa_rows_set(rows, E_QUANTITY, available);
	sa_rows_set(rows, E_OCCURRED_AT, opening->now);
}

static void
write_level(Opening *opening, TupleTableSlot *level, const SaJudged *j, Datum class)
{
	const SaDecision *d = &j->decision;
	Datum values[L_COLUMNS] = {class, (Datum) 0, (Datum) 0};
	bool nulls[L_COLUMNS] = {false, !d->has_quiet_below, !d->has_quiet_above};

	if (d->has_quiet_below)
		values[L_QUIET_BELOW] = sa_quantity_to_datum(d->quiet_below);
	if (d->has_quiet_above)
		values[L_QUIET_ABOVE] = sa_quantity_to_datum(d->quiet_above);
	sa_writer_update(&opening->levels, level, values, nulls);
}

static bool
was(const SaJudged *j, const char *class)
{
	return j->judged_before && sa_is_word(j->class_before, class);
}

/*
 * Went out of stock, or came back: what the fold of demand needs.  A pair that
 * is not carried says nothing of demand.
 */
static void
note_turn(Opening *opening, const SaJudged *j, Datum class, Datum available, MemoryContext keep)
{
	bool out = j->decision.class == SA_CLASS_OUT;
	MemoryContext old;

	if (!j->situation.active || (out ? was(j, "out") : !was(j, "out") && !was(j, "inactive")))
		return;
	old = MemoryContextSwitchTo(keep);
	sa_column_add(&opening->turned[0], Int64GetDatum(j->location_id));
	sa_column_add(&opening->turned[1], Int64GetDatum(j->item_id));
	sa_column_add(&opening->turned[2], datumCopy(available, false, -1));
	sa_column_add(&opening->turned[3], datumCopy(class, false, -1));
	MemoryContextSwitchTo(old);
}

static void
open_one(Opening *opening, TupleTableSlot *level, const SaJudged *j)
{
	MemoryContext keep = MemoryContextSwitchTo(opening->row_context);
	Datum class = CStringGetTextDatum(sa_judged_class(j));
	Datum available = sa_quantity_to_datum(j->situation.available);
	int64 alert_id = write_alert(opening, j, class, available);

	set_event(opening, opening->events, j, alert_id, class, available);
	(void) sa_rows_add(opening->events);
	set_event(opening, opening->queue, j, alert_id, class, available);
	sa_rows_set(opening->queue, E_LANE,
				Int16GetDatum(j->decision.class >= SA_CLASS_CRITICAL ? 0 : 1));
	(void) sa_rows_add(opening->queue);
	write_level(opening, level, j, class);
	note_turn(opening, j, class, available, keep);
	MemoryContextSwitchTo(keep);
	MemoryContextReset(opening->row_context);
}

/* No alert is there or comes: class and quiet range are all there is to write. */
static void
settle_one(Opening *opening, TupleTableSlot *level, const SaJudged *j)
{
	MemoryContext keep = MemoryContextSwitchTo(opening->row_context);
	Datum class = CStringGetTextDatum(sa_judged_class(j));

	write_level(opening, level, j, class);
	note_turn(opening, j, class, sa_quantity_to_datum(j->situation.available), keep);
	MemoryContextSwitchTo(keep);
	MemoryContextReset(opening->row_context);
}

static void
start(Opening *opening)
{
	static const Oid types[4] = {INT8OID, INT8OID, NUMERICOID, TEXTOID};

	opening->now = TimestampTzGetDatum(sa_as_of());
	opening->opened = CStringGetTextDatum("opened");
	opening->alerts = sa_rows_open("alerts", &alert_columns);
	opening->events = sa_rows_open("alert_events", &event_columns);
	opening->queue = sa_rows_open("queue", &queue_columns);
	sa_writer_open(&opening->levels, "stock_levels", &level_columns);
	for (int i = 0; i < 4; i++)
		sa_column_start(&opening->turned[i], types[i]);
	opening->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "StockAlert opened row", ALLOCSET_SMALL_SIZES);
}

static void
finish(Opening *opening)
{
	Oid types[5] = {INT8ARRAYOID, INT8ARRAYOID, get_array_type(NUMERICOID), TIMESTAMPTZOID,
					TEXTARRAYOID};
	Datum arguments[5];

	sa_rows_close(opening->alerts);
	sa_rows_close(opening->events);
	sa_rows_close(opening->queue);
	sa_writer_close(&opening->levels);
	if (opening->turned[0].count == 0)
		return;
	for (int i = 0; i < 3; i++)
		arguments[i] = sa_column_array(&opening->turned[i]);
	arguments[3] = opening->now;
	arguments[4] = sa_column_array(&opening->turned[3]);
	sa_plan_run(&turned_plan, turned_text, 5, types, arguments, NULL, false);
}

/* Writes those of the pairs whose alert opens or stays as it is; keeps the others that move. */
static int
open_pairs(Opening *opening, int64 *locations, int64 *items, const ItemPointerData *places,
		   int count, SaApplied *applied)
{
	SaJudge *judge = sa_judge_open(count, false);
	SaJudged judged;
	int left = 0;

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!sa_judge_pair(judge, locations[i], items[i], places == NULL ? NULL : &places[i],
						   &judged) ||
			!judged.moves)
			continue;
		if (judged.decision.action == SA_ACTION_OPEN)
		{
			open_one(opening, sa_judge_row(judge), &judged);
			applied->opened++;
			applied->queued++;
		}
		else if (judged.decision.action == SA_ACTION_NONE)
			settle_one(opening, sa_judge_row(judge), &judged);
		else
		{
			locations[left] = locations[i];
			items[left++] = items[i];
		}
	}
	sa_judge_close(judge);
	return left;
}

int
sa_open_many(int64 *locations, int64 *items, const ItemPointerData *places, int count,
			 SaApplied *applied)
{
	Opening opening;
	int left;

	/* As a statement would: it sees what this transaction wrote, and what others committed. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	start(&opening);
	left = open_pairs(&opening, locations, items, places, count, applied);
	finish(&opening);
	PopActiveSnapshot();
	CommandCounterIncrement();
	return left;
}
