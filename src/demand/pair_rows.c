/*
 * pair_rows.c: an index scan that goes on from key to key, and the table
 * access method's update.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "demand/pair_rows.h"

/* Index entries passed one by one before the key is looked up from the root. */
#define MOST_STEPS 24

enum
{
	KEY_LOCATION,
	KEY_ITEM,
	KEYS
};

void
sa_pair_rows_open(SaPairRows *rows, const char *table, const char *index)
{
	/* All columns, as they lie in the row. */
	static SaColumnNumbers none = {InvalidOid, NULL, NULL, 0};
	Relation heap;

	memset(rows, 0, sizeof(*rows));
	sa_writer_open(&rows->writer, table, &none);
	heap = rows->writer.table;
	CheckCmdReplicaIdentity(heap, CMD_UPDATE);
	rows->index = index_open(sa_lookup_relation(index), RowExclusiveLock);
	rows->row = table_slot_create(heap, NULL);
	rows->written = table_slot_create(heap, NULL);
	rows->scan = SA_INDEX_BEGINSCAN(heap, rows->index, GetActiveSnapshot(), KEYS, 0);
	rows->scan->xs_want_itup = true;
}

void
sa_pair_rows_close(SaPairRows *rows)
{
	index_endscan(rows->scan);
	ExecDropSingleTupleTableSlot(rows->written);
	ExecDropSingleTupleTableSlot(rows->row);
	/* To the end of the transaction, as a query would. */
	index_close(rows->index, NoLock);
	sa_writer_close(&rows->writer);
}

static void
step_on(SaPairRows *rows)
{
	bool isnull;

	rows->at_end = index_getnext_tid(rows->scan, ForwardScanDirection) == NULL;
	if (!rows->at_end)
		rows->item_id = DatumGetInt64(index_getattr(rows->scan->xs_itup, KEY_ITEM + 1,
													RelationGetDescr(rows->index), &isnull));
}

/* Stands at the first entry of the place that is not before the item. */
static void
start_at(SaPairRows *rows, int64 location_id, int64 item_id)
{
	ScanKeyData keys[KEYS];

	ScanKeyInit(&keys[KEY_LOCATION], KEY_LOCATION + 1, BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(location_id));
	ScanKeyInit(&keys[KEY_ITEM], KEY_ITEM + 1, BTGreaterEqualStrategyNumber, F_INT8GE,
				Int64GetDatum(item_id));
	index_rescan(rows->scan, keys, KEYS, NULL, 0);
	rows->started = true;
	rows->location_id = location_id;
	step_on(rows);
}

static bool
find_row(SaPairRows *rows, int64 location_id, int64 item_id)
{
	int steps = 0;

	if (!rows->started || rows->location_id != location_id || item_id <= rows->asked)
		start_at(rows, location_id, item_id);
	rows->asked = item_id;
	for (; !rows->at_end && rows->item_id < item_id; steps++)
	{
		if (steps < MOST_STEPS)
			step_on(rows);
		else
			start_at(rows, location_id, item_id);
	}
	/* One key has several entries where versions of its row lie in several pages. */
	for (; !rows->at_end && rows->item_id == item_id; step_on(rows))
	{
		if (index_fetch_heap(rows->scan, rows->row))
		{
			slot_getallattrs(rows->row);
			return true;
		}
	}
	return false;
}

/* The scan keeps what it allocates. */
bool
sa_pair_rows_find(SaPairRows *rows, int64 location_id, int64 item_id)
{
	MemoryContext old = MemoryContextSwitchTo(rows->writer.context);
	bool found = find_row(rows, location_id, item_id);

	MemoryContextSwitchTo(old);
	return found;
}

void
sa_pair_rows_begin(SaPairRows *rows, bool found)
{
	int columns = RelationGetDescr(rows->writer.table)->natts;

	ExecClearTuple(rows->written);
	if (found)
	{
		memcpy(rows->written->tts_values, rows->row->tts_values, sizeof(Datum) * columns);
		memcpy(rows->written->tts_isnull, rows->row->tts_isnull, sizeof(bool) * columns);
	}
	else
		memset(rows->written->tts_isnull, true, sizeof(bool) * columns);
}

static bool
update_row(SaPairRows *rows, SA_UPDATE_INDEXES *indexes)
{
	TM_FailureData failure;
	LockTupleMode mode;

	switch (table_tuple_update(rows->writer.table, &rows->row->tts_tid, rows->written,
							   GetCurrentCommandId(true), GetActiveSnapshot(), InvalidSnapshot,
							   true, &failure, &mode, indexes))
	{
		case TM_Ok:
			return true;
		case TM_SelfModified:
			elog(ERROR, "a pair is learned twice in one step"); /* cannot happen */
			break;
		case TM_Updated:
		case TM_Deleted:
		case TM_BeingModified:
		case TM_Invisible:
		case TM_WouldBlock:
			break;
	}
	return false;
}

void
sa_pair_rows_store(SaPairRows *rows, bool found)
{
	SA_UPDATE_INDEXES indexes;

	ExecStoreVirtualTuple(rows->written);
	if (!found)
	{
		table_tuple_insert(rows->writer.table, rows->written, GetCurrentCommandId(true), 0, NULL);
		sa_writer_index(&rows->writer, rows->written, false);
		return;
	}
	if (!update_row(rows, &indexes))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("could not serialize access due to concurrent update"),
						errdetail("A row of stockalert.%s was written since this run began.",
								  RelationGetRelationName(rows->writer.table)),
						errhint("Run stockalert.refresh_demand() again.")));
	if (SA_UPDATES_INDEXES(indexes))
		sa_writer_index(&rows->writer, rows->written, SA_ONLY_SUMMARIZING(indexes));
}
