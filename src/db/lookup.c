/*
 * lookup.c: index scans that are set up once and run again for each key.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "db/lookup.h"

Oid
sa_lookup_relation(const char *name)
{
	Oid oid = get_relname_relid(name, get_namespace_oid("stockalert", false));

	if (!OidIsValid(oid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation \"stockalert.%s\" does not exist", name),
						errhint("Restore it as the extension made it.")));
	return oid;
}

Relation
sa_lookup_table(const char *name, AclMode rights, LOCKMODE mode)
{
	Relation table = table_open(sa_lookup_relation(name), mode);

	if (pg_class_aclcheck(RelationGetRelid(table), GetUserId(), rights) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name);
	return table;
}

void
sa_lookup_columns(Relation heap, SaColumnNumbers *known)
{
	if (known->relid == RelationGetRelid(heap))
		return;
	known->relid = InvalidOid;
	known->last = 0;
	for (int i = 0; i < known->count; i++)
	{
		known->numbers[i] = get_attnum(RelationGetRelid(heap), known->names[i]);
		if (known->numbers[i] == InvalidAttrNumber)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
							errmsg("table \"%s\" has no column \"%s\"",
								   RelationGetRelationName(heap), known->names[i]),
							errhint("Restore the table as the extension made it.")));
		known->last = Max(known->last, known->numbers[i]);
	}
	known->relid = RelationGetRelid(heap);
}

static void
open_lookup(SaLookup *lookup, const char *table, const char *index, AclMode right, LOCKMODE mode,
			SaColumnNumbers *known)
{
	memset(lookup, 0, sizeof(*lookup));
	lookup->heap = sa_lookup_table(table, right, mode);
	sa_lookup_columns(lookup->heap, known);
	lookup->row = table_slot_create(lookup->heap, NULL);
	if (index != NULL)
		lookup->index = index_open(sa_lookup_relation(index), mode);
}

void
sa_lookup_open(SaLookup *lookup, const char *table, const char *index, ScanDirection direction,
			   SaColumnNumbers *known)
{
	open_lookup(lookup, table, index, ACL_SELECT, AccessShareLock, known);
	lookup->direction = direction;
}

void
sa_lookup_open_for_update(SaLookup *lookup, const char *table, const char *index,
						  SaColumnNumbers *known)
{
	open_lookup(lookup, table, index, ACL_UPDATE, RowShareLock, known);
	lookup->direction = ForwardScanDirection;
}

void
sa_lookup_open_for_write(SaLookup *lookup, const char *table, const char *index,
						 SaColumnNumbers *known)
{
	open_lookup(lookup, table, index, ACL_UPDATE, RowExclusiveLock, known);
	lookup->direction = ForwardScanDirection;
}

bool
sa_lookup_is_open(const SaLookup *lookup)
{
	return lookup->heap != NULL;
}

void
sa_lookup_close(SaLookup *lookup)
{
	if (lookup->heap == NULL)
		return;
	if (lookup->scan != NULL)
		index_endscan(lookup->scan);
	ExecDropSingleTupleTableSlot(lookup->row);
	/* To the end of the transaction, as a query would; rows stay locked under it. */
	if (lookup->index != NULL)
		index_close(lookup->index, NoLock);
	table_close(lookup->heap, NoLock);
	memset(lookup, 0, sizeof(*lookup));
}

void
sa_lookup_start(SaLookup *lookup)
{
	lookup->key_count = 0;
}

static void
add_key_of(SaLookup *lookup, int column, int flags, StrategyNumber strategy, RegProcedure procedure,
		   Datum value)
{
	int key = lookup->key_count++;

	Assert(lookup->key_count <= SA_LOOKUP_KEYS);
	ScanKeyEntryInitialize(&lookup->keys[key], flags, column + 1, strategy, InvalidOid,
						   lookup->index->rd_indcollation[column], procedure, value);
}

/* Of the next column. */
static void
add_key(SaLookup *lookup, int flags, StrategyNumber strategy, RegProcedure procedure, Datum value)
{
	add_key_of(lookup, lookup->key_count, flags, strategy, procedure, value);
}

void
sa_lookup_bigint(SaLookup *lookup, int64 value)
{
	add_key(lookup, 0, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(value));
}

void
sa_lookup_smallint(SaLookup *lookup, int16 value)
{
	add_key(lookup, 0, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(value));
}

void
sa_lookup_text(SaLookup *lookup, Datum value)
{
	add_key(lookup, 0, BTEqualStrategyNumber, F_TEXTEQ, value);
}

void
sa_lookup_bigint_between(SaLookup *lookup, int64 low, int64 high)
{
	int column = lookup->key_count;

	add_key_of(lookup, column, 0, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(low));
	add_key_of(lookup, column, 0, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(high));
}

void
sa_lookup_bigint_above(SaLookup *lookup, int64 value)
{
	add_key(lookup, 0, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(value));
}

void
sa_lookup_text_above(SaLookup *lookup, Datum value)
{
	add_key(lookup, 0, BTGreaterStrategyNumber, F_TEXT_GT, value);
}

void
sa_lookup_null(SaLookup *lookup)
{
	add_key(lookup, SK_ISNULL | SK_SEARCHNULL, InvalidStrategy, InvalidOid, (Datum) 0);
}

void
sa_lookup_not_null(SaLookup *lookup)
{
	add_key(lookup, SK_ISNULL | SK_SEARCHNOTNULL, InvalidStrategy, InvalidOid, (Datum) 0);
}

/* The version at a place, if the snapshot sees it: of one row it sees one. */
static bool
fetch_version(SaLookup *lookup, ItemPointerData place)
{
	if (!ItemPointerIsValid(&place))
		return false;
	/* It gets no shorter while it is open. */
	if (lookup->blocks == 0)
		lookup->blocks = RelationGetNumberOfBlocks(lookup->heap);
	return ItemPointerGetBlockNumber(&place) < lookup->blocks &&
		   table_tuple_fetch_row_version(lookup->heap, &place, GetActiveSnapshot(), lookup->row);
}

static bool
has_keys(SaLookup *lookup)
{
	bool matches = true;
	bool isnull;

	for (int i = 0; matches && i < lookup->key_count; i++)
	{
		AttrNumber column = lookup->index->rd_index->indkey.values[i];
		Datum value = slot_getattr(lookup->row, column, &isnull);

		matches = !isnull && DatumGetInt64(value) == DatumGetInt64(lookup->keys[i].sk_argument);
	}
	return matches;
}

bool
sa_lookup_find_near(SaLookup *lookup, const ItemPointerData *place)
{
	return (fetch_version(lookup, *place) && has_keys(lookup)) || sa_lookup_find(lookup);
}

bool
sa_lookup_find(SaLookup *lookup)
{
	/* A scan is made for a number of keys. */
	if (lookup->scan != NULL && lookup->scan->numberOfKeys != lookup->key_count)
	{
		index_endscan(lookup->scan);
		lookup->scan = NULL;
	}
	if (lookup->scan == NULL)
		lookup->scan = SA_INDEX_BEGINSCAN(lookup->heap, lookup->index, GetActiveSnapshot(),
										  lookup->key_count, 0);
	index_rescan(lookup->scan, lookup->keys, lookup->key_count, NULL, 0);
	return sa_lookup_next(lookup);
}

bool
sa_lookup_find_id(SaLookup *lookup, int64 id)
{
	sa_lookup_start(lookup);
	sa_lookup_bigint(lookup, id);
	return sa_lookup_find(lookup);
}

bool
sa_lookup_next(SaLookup *lookup)
{
	return index_getnext_slot(lookup->scan, lookup->direction, lookup->row);
}
