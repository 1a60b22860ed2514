/*
 * new_rows.c: rows by the page, for what comes by the thousand.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "catalog/dependency.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "db/new_rows.h"
#include "db/row_writer.h"

/* Rows that are written together: a few pages. */
#define BATCH 200

struct SaNewRows
{
	SaRowWriter writer;
	BulkInsertState pages;
	Datum *defaults;
	bool *default_nulls;
	AttrNumber identity;
	Oid sequence;
	TupleTableSlot *slots[BATCH];
	int count; /* of slots that are full */
};

/* What an INSERT without that column would store. */
static void
find_default(SaNewRows *rows, int column)
{
	SaRowWriter *writer = &rows->writer;
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(writer->table), column);
	Node *expression;

	rows->default_nulls[column] = true;
	if (attribute->attisdropped)
		return;
	if (attribute->attidentity != '\0')
	{
		rows->identity = attribute->attnum;
		rows->sequence = SA_IDENTITY_SEQUENCE(writer->table, attribute->attnum);
		return;
	}
	expression = build_column_default(writer->table, attribute->attnum);
	if (expression == NULL)
		return;
	rows->defaults[column] =
		ExecEvalExpr(ExecInitExpr(expression_planner((Expr *) expression), NULL),
					 GetPerTupleExprContext(writer->estate), &rows->default_nulls[column]);
	if (!rows->default_nulls[column])
		rows->defaults[column] =
			datumCopy(rows->defaults[column], attribute->attbyval, attribute->attlen);
}

/* Columns that are not the same in all rows. */
static bool
reads_changing(const SaNewRows *rows, const List *predicate)
{
	const SaColumnNumbers *columns = rows->writer.columns;
	Bitmapset *read = NULL;
	bool changing;

	pull_varattnos((Node *) predicate, 1, &read);
	/* The whole row, or the identity. */
	changing = bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, read) ||
			   (rows->identity != InvalidAttrNumber &&
				bms_is_member(rows->identity - FirstLowInvalidHeapAttributeNumber, read));
	for (int i = 0; i < columns->count && !changing; i++)
		changing = bms_is_member(columns->numbers[i] - FirstLowInvalidHeapAttributeNumber, read);
	bms_free(read);
	return changing;
}

static void
fill_defaults(SaNewRows *rows, TupleTableSlot *slot)
{
	int natts = RelationGetDescr(rows->writer.table)->natts;

	ExecClearTuple(slot);
	memcpy(slot->tts_values, rows->defaults, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, rows->default_nulls, natts * sizeof(bool));
}

/*
 * Asks the partial indexes that look at nothing but defaults once for all rows:
 * those that take none are left alone.
 */
static void
choose_indexes(SaNewRows *rows)
{
	ResultRelInfo *target = rows->writer.target;
	ExprContext *context = GetPerTupleExprContext(rows->writer.estate);
	TupleTableSlot *row =
		MakeSingleTupleTableSlot(RelationGetDescr(rows->writer.table), &TTSOpsVirtual);
	int kept = 0;

	fill_defaults(rows, row);
	context->ecxt_scantuple = ExecStoreVirtualTuple(row);
	for (int i = 0; i < target->ri_NumIndices; i++)
	{
		IndexInfo *info = target->ri_IndexRelationInfo[i];

		if (info->ii_Predicate != NIL && !reads_changing(rows, info->ii_Predicate))
		{
			if (!ExecQual(ExecPrepareQual(info->ii_Predicate, rows->writer.estate), context))
			{
				index_close(target->ri_IndexRelationDescs[i], NoLock);
				continue;
			}
			info->ii_Predicate = NIL;
		}
		target->ri_IndexRelationDescs[kept] = target->ri_IndexRelationDescs[i];
		target->ri_IndexRelationInfo[kept++] = info;
	}
	target->ri_NumIndices = kept;
	context->ecxt_scantuple = NULL;
	ExecDropSingleTupleTableSlot(row);
}

SaNewRows *
sa_rows_open(const char *table, SaColumnNumbers *columns)
{
	SaNewRows *rows = (SaNewRows *) palloc0(sizeof(SaNewRows));
	int natts;

	sa_writer_open(&rows->writer, table, columns);
	natts = RelationGetDescr(rows->writer.table)->natts;
	rows->defaults = (Datum *) palloc0(natts * sizeof(Datum));
	rows->default_nulls = (bool *) palloc(natts * sizeof(bool));
	for (int i = 0; i < natts; i++)
		find_default(rows, i);
	choose_indexes(rows);
	rows->pages = GetBulkInsertState();
	return rows;
}

static TupleTableSlot *
open_slot(SaNewRows *rows)
{
	MemoryContext old = MemoryContextSwitchTo(rows->writer.context);

	if (rows->slots[rows->count] == NULL)
		rows->slots[rows->count] = table_slot_create(rows->writer.table, NULL);
	MemoryContextSwitchTo(old);
	return rows->slots[rows->count];
}

void
sa_rows_start(SaNewRows *rows)
{
	fill_defaults(rows, open_slot(rows));
}

void
sa_rows_set(SaNewRows *rows, int column, Datum value)
{
	TupleTableSlot *slot = rows->slots[rows->count];
	int attribute = rows->writer.columns->numbers[column] - 1;

	slot->tts_values[attribute] = value;
	slot->tts_isnull[attribute] = false;
}

/* To the pages first, all of them, then into the indexes. */
static void
write_batch(SaNewRows *rows)
{
	SaRowWriter *writer = &rows->writer;

	if (rows->count == 0)
		return;
	table_multi_insert(writer->table, rows->slots, rows->count, writer->command, 0, rows->pages);
	for (int i = 0; i < rows->count; i++)
	{
		sa_writer_index(writer, rows->slots[i], false);
		ExecClearTuple(rows->slots[i]);
	}
	rows->count = 0;
}

int64
sa_rows_add(SaNewRows *rows)
{
	TupleTableSlot *slot = rows->slots[rows->count];
	int64 id = 0;

	if (rows->identity != InvalidAttrNumber)
	{
		id = nextval_internal(rows->sequence, false);
		slot->tts_values[rows->identity - 1] = Int64GetDatum(id);
		slot->tts_isnull[rows->identity - 1] = false;
	}
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(rows->writer.table);
	/* While its values still lie side by side. */
	if (RelationGetDescr(rows->writer.table)->constr != NULL)
		ExecConstraints(rows->writer.target, slot, rows->writer.estate);
	ExecMaterializeSlot(slot);
	ResetPerTupleExprContext(rows->writer.estate);
	if (++rows->count == BATCH)
		write_batch(rows);
	return id;
}

void
sa_rows_close(SaNewRows *rows)
{
	write_batch(rows);
	table_finish_bulk_insert(rows->writer.table, 0);
	FreeBulkInsertState(rows->pages);
	for (int i = 0; i < BATCH && rows->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(rows->slots[i]);
	sa_writer_close(&rows->writer);
	pfree(rows);
}
