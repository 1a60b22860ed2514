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

/* By its number, or as part of the whole row by none. */
bool
sa_check_reads(const ConstrCheck *check, AttrNumber column)
{
	char number[32];

	snprintf(number, sizeof(number), ":varattno %d ", column);
	return strstr(check->ccbin, number) != NULL || strstr(check->ccbin, ":varattno 0 ") != NULL;
}

static bool
is_constrained(Relation table, AttrNumber column)
{
	TupleConstr *constraints = RelationGetDescr(table)->constr;
	bool constrained = TupleDescAttr(RelationGetDescr(table), column - 1)->attnotnull;

	for (int i = 0; constraints != NULL && !constrained && i < constraints->num_check; i++)
		constrained = sa_check_reads(&constraints->check[i], column);
	return constrained;
}

void
sa_writer_open(SaRowWriter *writer, const char *table, SaColumnNumbers *columns)
{
	writer->table = sa_lookup_table(table, ACL_INSERT | ACL_UPDATE, RowExclusiveLock);
	sa_lookup_columns(writer->table, columns);
	writer->columns = columns;
	writer->constrained = false;
	for (int i = 0; i < columns->count; i++)
		writer->constrained |= is_constrained(writer->table, columns->numbers[i]);
	writer->command = GetCurrentCommandId(true);
	writer->context = CurrentMemoryContext;
	writer->estate = CreateExecutorState();
	writer->estate->es_snapshot = GetActiveSnapshot();
	writer->target = makeNode(ResultRelInfo);
	/* 0: of no range table, in which an error about a constraint would look for columns. */
	InitResultRelInfo(writer->target, writer->table, 0, NULL, 0);
	ExecOpenIndices(writer->target, false);
	writer->after = NULL;
}

void
sa_writer_close(SaRowWriter *writer)
{
	if (writer->after != NULL)
		ExecDropSingleTupleTableSlot(writer->after);
	ExecCloseIndices(writer->target);
	FreeExecutorState(writer->estate);
	table_close(writer->table, NoLock);
}

void
sa_writer_index(SaRowWriter *writer, TupleTableSlot *row, bool only_summarizing)
{
	if (writer->target->ri_NumIndices == 0)
		return;
	list_free(SA_INSERT_INDEX_TUPLES(writer->target, row, writer->estate, only_summarizing));
	ResetPerTupleExprContext(writer->estate);
}

/* The row as it is, to be changed. */
static void
copy_row(SaRowWriter *writer, TupleTableSlot *before)
{
	MemoryContext old;

	if (writer->after == NULL)
	{
		old = MemoryContextSwitchTo(writer->context);
		writer->after = MakeSingleTupleTableSlot(RelationGetDescr(writer->table), &TTSOpsVirtual);
		MemoryContextSwitchTo(old);
	}
	slot_getallattrs(before);
	ExecClearTuple(writer->after);
	for (int i = 0; i < RelationGetDescr(writer->table)->natts; i++)
	{
		writer->after->tts_values[i] = before->tts_values[i];
		writer->after->tts_isnull[i] = before->tts_isnull[i];
	}
}

void
sa_writer_update(SaRowWriter *writer, TupleTableSlot *before, const Datum *values,
				 const bool *nulls)
{
	ItemPointerData tid = before->tts_tid;
	SA_UPDATE_INDEXES indexes;

	copy_row(writer, before);
	for (int i = 0; i < writer->columns->count; i++)
	{
		int attribute = writer->columns->numbers[i] - 1;

		writer->after->tts_values[attribute] = values[i];
		writer->after->tts_isnull[attribute] = nulls[i];
	}
	ExecStoreVirtualTuple(writer->after);
	/* Those of other columns held when the row was written. */
	if (writer->constrained)
		ExecConstraints(writer->target, writer->after, writer->estate);
	simple_table_tuple_update(writer->table, &tid, writer->after, InvalidSnapshot, &indexes);
	if (SA_UPDATES_INDEXES(indexes))
		sa_writer_index(writer, writer->after, SA_ONLY_SUMMARIZING(indexes));
	else
		ResetPerTupleExprContext(writer->estate);
}
