/*
 * row_writer.c: pages and indexes of our own tables.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "db/row_writer.h"

static bool
is_ours(const Trigger *trigger)
{
	return trigger->tgisinternal ||
		   get_func_namespace(trigger->tgfoid) == get_namespace_oid("stockalert", true);
}

bool
sa_writer_fits(const char *table)
{
	Relation relation = table_open(sa_lookup_relation(table), RowExclusiveLock);
	bool fits = relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhasrules &&
				!relation->rd_rel->relforcerowsecurity;

	for (int i = 0; fits && relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
		fits = is_ours(&relation->trigdesc->triggers[i]);
	table_close(relation, NoLock);
	return fits;
}

void
sa_writer_open(SaRowWriter *writer, const char *table, SaColumnNumbers *columns)
{
	writer->table = table_open(sa_lookup_relation(table), RowExclusiveLock);
	if (pg_class_aclcheck(RelationGetRelid(writer->table), GetUserId(), ACL_INSERT | ACL_UPDATE) !=
		ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, table);
	sa_lookup_columns(writer->table, columns);
	writer->columns = columns;
	writer->command = GetCurrentCommandId(true);
	writer->context = CurrentMemoryContext;
	writer->estate = CreateExecutorState();
	writer->estate->es_snapshot = GetActiveSnapshot();
	writer->target = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->target, writer->table, 1, NULL, 0);
	ExecOpenIndices(writer->target, false);
	writer->before = NULL;
	writer->after = NULL;
}

void
sa_writer_close(SaRowWriter *writer)
{
	if (writer->before != NULL)
	{
		ExecDropSingleTupleTableSlot(writer->before);
		ExecDropSingleTupleTableSlot(writer->after);
	}
	ExecCloseIndices(writer->target);
	FreeExecutorState(writer->estate);
	table_close(writer->table, NoLock);
}

static void
enter(SaRowWriter *writer, TupleTableSlot *row, bool only_summarizing)
{
	if (writer->target->ri_NumIndices == 0)
		return;
	list_free(SA_INSERT_INDEX_TUPLES(writer->target, row, writer->estate, only_summarizing));
	ResetPerTupleExprContext(writer->estate);
}

void
sa_writer_index(SaRowWriter *writer, TupleTableSlot *row)
{
	enter(writer, row, false);
}

/* The row as it is in the first slot, in the second, to be changed. */
static void
copy_row(SaRowWriter *writer, const ItemPointerData *place)
{
	ItemPointerData tid = *place;
	MemoryContext old;

	if (writer->before == NULL)
	{
		old = MemoryContextSwitchTo(writer->context);
		writer->before = table_slot_create(writer->table, NULL);
		writer->after = MakeSingleTupleTableSlot(RelationGetDescr(writer->table), &TTSOpsVirtual);
		MemoryContextSwitchTo(old);
	}
	if (!table_tuple_fetch_row_version(writer->table, &tid, SnapshotAny, writer->before))
		elog(ERROR, "a locked row is gone"); /* cannot happen */
	slot_getallattrs(writer->before);
	ExecClearTuple(writer->after);
	for (int i = 0; i < RelationGetDescr(writer->table)->natts; i++)
	{
		writer->after->tts_values[i] = writer->before->tts_values[i];
		writer->after->tts_isnull[i] = writer->before->tts_isnull[i];
	}
}

void
sa_writer_update(SaRowWriter *writer, const ItemPointerData *place, const Datum *values,
				 const bool *nulls)
{
	ItemPointerData tid = *place;
	SA_UPDATE_INDEXES indexes;

	copy_row(writer, place);
	for (int i = 0; i < writer->columns->count; i++)
	{
		int attribute = writer->columns->numbers[i] - 1;

		writer->after->tts_values[attribute] = values[i];
		writer->after->tts_isnull[attribute] = nulls[i];
	}
	ExecStoreVirtualTuple(writer->after);
	if (writer->table->rd_att->constr != NULL)
		ExecConstraints(writer->target, writer->after, writer->estate);
	simple_table_tuple_update(writer->table, &tid, writer->after, InvalidSnapshot, &indexes);
	if (SA_UPDATES_INDEXES(indexes))
		enter(writer, writer->after, SA_ONLY_SUMMARIZING(indexes));
	else
		ResetPerTupleExprContext(writer->estate);
}
