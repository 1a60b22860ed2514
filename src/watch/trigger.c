/*
 * trigger.c: the triggers on apps' tables, and the reader of whole tables.
 *
 * AFTER ROW puts what changed into the buffer (entries.c) and leaves at once
 * where no mapped column did; AFTER STATEMENT mirrors it.  Arguments of the
 * trigger are not looked at: what a table is watched for is in watched_tables,
 * and a table that is not there is left alone.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "errors.h"
#include "watch/entry.h"
#include "watch/levels.h"
#include "watch/mirror.h"
#include "watch/reader.h"
#include "watch/registry.h"
#include "watch/trigger.h"

SA_FUNCTION(stockalert_watch_stock_trigger);
SA_FUNCTION(stockalert_watch_people_trigger);
SA_FUNCTION(stockalert_watch_sales_trigger);

void
sa_watch_init(void)
{
	sa_registry_init();
	sa_levels_init();
	sa_entries_init(sa_mirror_flush);
}

static void
check_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(SA_ERR_TRIGGER_PROTOCOL),
						errmsg("stockalert watch trigger: must be called as trigger")));
	if (!TRIGGER_FIRED_AFTER(trigger->tg_event))
		ereport(ERROR, (errcode(SA_ERR_TRIGGER_PROTOCOL),
						errmsg("stockalert watch trigger: must be fired AFTER")));
}

/* The version of a row that this transaction made of it since; false: this is the last. */
static bool
find_successor(TupleTableSlot *slot, ItemPointer next)
{
	HeapTupleHeader header;

	if (!TTS_IS_BUFFERTUPLE(slot))
		return false;
	header = ((BufferHeapTupleTableSlot *) slot)->base.tuple->t_data;
	if ((header->t_infomask & (HEAP_XMAX_INVALID | HEAP_XMAX_IS_MULTI)) ||
		HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) ||
		!TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetRawXmax(header)))
		return false;
	*next = header->t_ctid;
	return true;
}

static void
add_row(const SaWatch *watch, TupleTableSlot *slot, bool gone, SaQuantity sold)
{
	MemoryContext before = MemoryContextSwitchTo(sa_entries_memory());
	SaWatchEntry entry;

	sa_entry_read(watch, slot, gone, &entry);
	entry.sold = sold;
	sa_entries_add(&entry);
	MemoryContextSwitchTo(before);
}

/* Of the same item at the same place; an unusable quantity says nothing. */
static SaQuantity
find_sold(const SaWatch *watch, TupleTableSlot *old, TupleTableSlot *new)
{
	const SaWatchColumn *columns = watch->columns;
	SaQuantity before;
	SaQuantity after;

	if (!watch->infers || sa_reader_differs(&columns[SA_STOCK_ITEM], old, new) ||
		sa_reader_differs(&columns[SA_STOCK_LOCATION], old, new) ||
		!sa_reader_quantity(&columns[SA_STOCK_QUANTITY], old, &before) ||
		!sa_reader_quantity(&columns[SA_STOCK_QUANTITY], new, &after) || after >= before)
		return 0;
	return before - after;
}

/* Nothing but the quantity changed; false: it cannot be used, or could not before. */
static bool
add_quantity(const SaWatch *watch, TupleTableSlot *old, TupleTableSlot *new)
{
	const SaWatchColumn *columns = watch->columns;
	MemoryContext before;
	SaWatchEntry entry;
	SaQuantity ignored;
	bool mapped = columns[SA_STOCK_LOCATION].number != 0;

	sa_entry_start(watch, &entry);
	if (!sa_reader_quantity(&columns[SA_STOCK_QUANTITY], new, &entry.quantity) ||
		!sa_reader_quantity(&columns[SA_STOCK_QUANTITY], old, &ignored))
		return false;
	entry.sold = find_sold(watch, old, new);
	before = MemoryContextSwitchTo(sa_entries_memory());
	entry.item = sa_reader_key(&columns[SA_STOCK_ITEM], new, 192);
	if (mapped)
		entry.location = sa_reader_key(&columns[SA_STOCK_LOCATION], new, 192);
	if (entry.item != NULL && (!mapped || entry.location != NULL))
		sa_entries_add(&entry);
	MemoryContextSwitchTo(before);
	return entry.item != NULL && (!mapped || entry.location != NULL);
}

static void
row_updated(const SaWatch *watch, TupleTableSlot *old, TupleTableSlot *new)
{
	const SaKindFields *fields = sa_fields_of(watch->kind);
	bool changed = false;
	bool key_changed = false;
	bool quantity_changed = false;

	for (int i = 0; i < fields->count; i++)
	{
		if (watch->columns[i].number == 0 || !sa_reader_differs(&watch->columns[i], old, new))
			continue;
		key_changed |= fields->fields[i].key;
		if (watch->kind == SA_WATCH_STOCK && i == SA_STOCK_QUANTITY)
			quantity_changed = true;
		else
			changed = true;
	}
	if (!changed && (!quantity_changed || add_quantity(watch, old, new)))
		return;
	if (key_changed || watch->kind == SA_WATCH_SALES)
		add_row(watch, old, true, 0);
	add_row(watch, new, false, find_sold(watch, old, new));
}

/*
 * A trigger that fires before us may have written the row again: its later
 * version is mirrored already, and this one, which comes late, must not undo
 * that.  So the last version is what counts.  A row that is gone or went to
 * another partition brings an event of its own.
 */
static void
mirror_last(const SaWatch *watch, const TriggerData *trigger, TupleTableSlot *slot)
{
	Relation rel = trigger->tg_relation;
	TupleTableSlot *last = table_slot_create(rel, NULL);
	ItemPointerData next;
	SaQuantity sold = 0;
	bool there = true;

	for (TupleTableSlot *seen = slot; there && find_successor(seen, &next); seen = last)
	{
		there = !ItemPointerIndicatesMovedPartitions(&next) &&
				!ItemPointerEquals(&next, &seen->tts_tid) &&
				table_tuple_fetch_row_version(rel, &next, SnapshotAny, last);
	}
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		sold = find_sold(watch, trigger->tg_trigslot, slot);
		add_row(watch, trigger->tg_trigslot, true, 0);
	}
	if (there)
		add_row(watch, last, false, sold);
	ExecDropSingleTupleTableSlot(last);
}

static void
row_changed(const SaWatch *watch, const TriggerData *trigger)
{
	bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	TupleTableSlot *new = update ? trigger->tg_newslot : trigger->tg_trigslot;
	ItemPointerData next;

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		add_row(watch, trigger->tg_trigslot, true, 0);
	/* Sales are counted change by change. */
	else if (watch->kind != SA_WATCH_SALES && find_successor(new, &next))
		mirror_last(watch, trigger, new);
	else if (update)
		row_updated(watch, trigger->tg_trigslot, new);
	else
		add_row(watch, new, false, 0);
	if (sa_entries_count() >= SA_WATCH_BATCH)
		sa_mirror_flush();
}

static void
fire(FunctionCallInfo fcinfo, SaWatchKind kind)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const SaWatch *watch;

	check_trigger(fcinfo);
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
	{
		watch = sa_registry_find(trigger->tg_relation, kind);
		if (watch != NULL)
			row_changed(watch, trigger);
	}
	else if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		watch = sa_registry_find(trigger->tg_relation, kind);
		if (watch != NULL)
			sa_mirror_reread(watch->watch_id);
	}
	else if (sa_entries_count() > 0)
		sa_mirror_flush();
}

Datum
stockalert_watch_stock_trigger(PG_FUNCTION_ARGS)
{
	fire(fcinfo, SA_WATCH_STOCK);
	return PointerGetDatum(NULL);
}

Datum
stockalert_watch_people_trigger(PG_FUNCTION_ARGS)
{
	fire(fcinfo, SA_WATCH_PEOPLE);
	return PointerGetDatum(NULL);
}

Datum
stockalert_watch_sales_trigger(PG_FUNCTION_ARGS)
{
	fire(fcinfo, SA_WATCH_SALES);
	return PointerGetDatum(NULL);
}
