/*
 * item_trigger.c: the triggers on stock_levels.
 *
 * AFTER ROW compares the row with its own quiet range and leaves; that is all
 * that happens for nearly every update of stock.  Otherwise the pair is judged
 * (alerts/apply.c): the first few of a statement at once, the rest by the AFTER
 * STATEMENT trigger in one set-based statement.
 *
 * A row inserted with its class already set comes from a dump and is left
 * alone: writers have no right on that column.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

#include "alerts/apply.h"
#include "alerts/item_trigger.h"
#include "alerts/pending.h"
#include "alerts/quiet.h"
#include "compat.h"
#include "db/guard.h"
#include "db/owner.h"
#include "db/quantity.h"
#include "errors.h"

/* Crossings of one statement that are written at once. */
#define AT_ONCE 8

SA_FUNCTION(stockalert_item_trigger);
SA_FUNCTION(stockalert_item_statement_trigger);

typedef struct LevelColumns
{
	Oid relid;
	AttrNumber location_id;
	AttrNumber item_id;
	AttrNumber on_hand;
	AttrNumber reserved;
	AttrNumber par_level;
	AttrNumber active;
	AttrNumber class;
	AttrNumber quiet_below;
	AttrNumber quiet_above;
} LevelColumns;

static LevelColumns columns = {InvalidOid};
static int crossings = 0; /* of the current statement */

void
sa_item_trigger_init(void)
{
	sa_pending_init();
}

static AttrNumber
column_number(TupleDesc desc, const char *name)
{
	int number = SPI_fnumber(desc, name);

	if (number <= 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("table \"stock_levels\" has no column \"%s\"", name),
						errhint("Restore the table as the extension made it.")));
	return (AttrNumber) number;
}

/* Column numbers by name, once per incarnation of the table. */
static const LevelColumns *
find_columns(Relation rel)
{
	TupleDesc desc = RelationGetDescr(rel);

	if (columns.relid == RelationGetRelid(rel))
		return &columns;
	columns.relid = InvalidOid;
	columns.location_id = column_number(desc, "location_id");
	columns.item_id = column_number(desc, "item_id");
	columns.on_hand = column_number(desc, "on_hand");
	columns.reserved = column_number(desc, "reserved");
	columns.par_level = column_number(desc, "par_level");
	columns.active = column_number(desc, "active");
	columns.class = column_number(desc, "class");
	columns.quiet_below = column_number(desc, "quiet_below");
	columns.quiet_above = column_number(desc, "quiet_above");
	columns.relid = RelationGetRelid(rel);
	return &columns;
}

static void
check_trigger(FunctionCallInfo fcinfo, bool row)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(SA_ERR_TRIGGER_PROTOCOL),
						errmsg("stockalert item trigger: must be called as trigger")));
	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		(row ? !TRIGGER_FIRED_FOR_ROW(trigger->tg_event)
			 : !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event)))
		ereport(ERROR, (errcode(SA_ERR_TRIGGER_PROTOCOL),
						errmsg("stockalert item trigger: must be fired AFTER %s",
							   row ? "ROW" : "STATEMENT")));
}

/*
 * A numeric column; false where it is NULL.  Slots, not tuples: a row is taken
 * apart once, not once for each column behind one of variable length.
 */
static bool
get_quantity(TupleTableSlot *row, AttrNumber column, SaQuantity *out)
{
	bool isnull;
	Datum value = slot_getattr(row, column, &isnull);

	return !isnull && sa_quantity_from_datum(value, out);
}

static bool
is_null(TupleTableSlot *row, AttrNumber column)
{
	return slot_attisnull(row, column);
}

/* Par and activity are inputs of the thresholds: a change of them is always looked at. */
static bool
inputs_changed(TupleTableSlot *old, TupleTableSlot *new, const LevelColumns *c)
{
	SaQuantity par_old = 0;
	SaQuantity par_new = 0;
	bool had_par = get_quantity(old, c->par_level, &par_old);
	bool has_par = get_quantity(new, c->par_level, &par_new);
	bool isnull;

	return had_par != has_par || par_old != par_new ||
		   DatumGetBool(slot_getattr(old, c->active, &isnull)) !=
			   DatumGetBool(slot_getattr(new, c->active, &isnull));
}

/* Moved to another item or location: one pair is gone and another is there. */
static bool
key_changed(TupleTableSlot *old, TupleTableSlot *new, const LevelColumns *c)
{
	bool isnull;

	return DatumGetInt64(slot_getattr(old, c->location_id, &isnull)) !=
			   DatumGetInt64(slot_getattr(new, c->location_id, &isnull)) ||
		   DatumGetInt64(slot_getattr(old, c->item_id, &isnull)) !=
			   DatumGetInt64(slot_getattr(new, c->item_id, &isnull));
}

/* The two compares. */
static bool
stays_quiet(TupleTableSlot *row, const LevelColumns *c)
{
	NullableDatum level[4];

	level[0].value = slot_getattr(row, c->on_hand, &level[0].isnull);
	level[1].value = slot_getattr(row, c->reserved, &level[1].isnull);
	level[2].value = slot_getattr(row, c->quiet_below, &level[2].isnull);
	level[3].value = slot_getattr(row, c->quiet_above, &level[3].isnull);
	return sa_quiet(level);
}

static bool
nothing_to_do(const TriggerData *trigger, const LevelColumns *c)
{
	TupleTableSlot *row = trigger->tg_trigslot;

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return !is_null(row, c->class);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return false;
	row = trigger->tg_newslot;
	/* Never judged: there are no edges to trust. */
	if (is_null(row, c->class) || inputs_changed(trigger->tg_trigslot, row, c) ||
		key_changed(trigger->tg_trigslot, row, c))
		return false;
	return stays_quiet(row, c);
}

typedef struct JudgeWork
{
	SaPendingKind kind;
	const int64 *locations;
	const int64 *items;
	int count;
} JudgeWork;

static void (*forgive)(const ErrorData *error) = NULL;

void
sa_item_trigger_forgive(void (*note)(const ErrorData *error))
{
	forgive = note;
}

static void
apply_work(void *argument)
{
	const JudgeWork *work = (const JudgeWork *) argument;
	SaApplied applied = {0};

	if (work->kind == SA_PENDING_LEVEL)
		sa_apply_levels(work->locations, work->items, work->count, &applied);
	else
		sa_apply_gone(work->locations, work->items, work->count, &applied);
}

static void
judge_pairs(Relation rel, SaPendingKind kind, const int64 *locations, const int64 *items, int count)
{
	SaOwnerSwitch saved;
	JudgeWork work = {kind, locations, items, count};
	ErrorData *error = NULL;

	SPI_connect();
	sa_owner_enter(rel->rd_rel->relowner, &saved);
	/* Undone where it fails and may: the pair stays outside its quiet range, where the check finds
	 * it. */
	if (forgive != NULL)
		error = sa_guard(apply_work, &work);
	else
		apply_work(&work);
	if (error != NULL)
		forgive(error);
	sa_owner_leave(&saved);
	SPI_finish();
}

/* The first few of a statement at once, the others when it ends. */
static void
judge_or_keep(Relation rel, SaPendingKind kind, TupleTableSlot *row, const LevelColumns *c)
{
	SaPair pair;
	bool isnull;

	pair.location_id = DatumGetInt64(slot_getattr(row, c->location_id, &isnull));
	pair.item_id = DatumGetInt64(slot_getattr(row, c->item_id, &isnull));
	/* Where rows are replicated no statement ends. */
	if (crossings++ < AT_ONCE || SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		judge_pairs(rel, kind, &pair.location_id, &pair.item_id, 1);
	else
		sa_pending_add(kind, &pair);
}

Datum
stockalert_item_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation rel;
	const LevelColumns *c;
	TupleTableSlot *old;

	check_trigger(fcinfo, true);
	rel = trigger->tg_relation;
	old = trigger->tg_trigslot;
	c = find_columns(rel);
	if (nothing_to_do(trigger, c))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		judge_or_keep(rel, SA_PENDING_LEVEL, old, c);
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		judge_or_keep(rel, SA_PENDING_GONE, old, c);
	else
	{
		if (key_changed(old, trigger->tg_newslot, c))
			judge_or_keep(rel, SA_PENDING_GONE, old, c);
		judge_or_keep(rel, SA_PENDING_LEVEL, trigger->tg_newslot, c);
	}
	return PointerGetDatum(NULL);
}

static void
flush_pending(Relation rel, SaPendingKind kind)
{
	int64 *locations;
	int64 *items;
	int count = sa_pending_take(kind, &locations, &items);

	if (count > 0)
		judge_pairs(rel, kind, locations, items, count);
	pfree(locations);
	pfree(items);
}

Datum
stockalert_item_statement_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	check_trigger(fcinfo, false);
	crossings = 0;
	if (sa_pending_any())
	{
		flush_pending(trigger->tg_relation, SA_PENDING_GONE);
		flush_pending(trigger->tg_relation, SA_PENDING_LEVEL);
	}
	return PointerGetDatum(NULL);
}
