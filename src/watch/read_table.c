/*
 * read_table.c: a whole watched table as rows.
 *
 * Scans the tables themselves, not by a query: no policy, rule or function of
 * their owner's runs.  For the owner of our tables, who is told by the registry
 * which ones may be read.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_inherits.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "watch/composite.h"
#include "watch/entry.h"
#include "watch/mirror.h"
#include "watch/registry.h"

SA_FUNCTION(stockalert_read_watched_stock);
SA_FUNCTION(stockalert_read_watched_people);
SA_FUNCTION(stockalert_import_watched);
SA_FUNCTION(stockalert_forget_watched);
SA_FUNCTION(stockalert_type_fits);

/* What is done with each row; its memory is the current context. */
typedef void (*TakeRow)(const SaWatch *watch, TupleTableSlot *slot, void *argument);

static void
store_row(const SaWatch *watch, TupleTableSlot *slot, void *argument)
{
	ReturnSetInfo *result = (ReturnSetInfo *) argument;
	SaWatchEntry entry;

	sa_entry_read(watch, slot, false, &entry);
	tuplestore_puttuple(result->setResult, sa_composite_form(&entry, result->setDesc));
}

typedef struct Import
{
	SaWatchKind kind;
	int64 rows;
	int64 counted; /* how many there were when statistics were last taken */
} Import;

/* What was planned for empty tables takes for ever on full ones; each time there is twice as much.
 */
static void
take_statistics(Import *import)
{
	if (import->kind == SA_WATCH_SALES || import->rows < 1000 || import->rows < 2 * import->counted)
		return;
	import->counted = import->rows;
	sa_mirror_analyze(import->kind);
}

static void
import_row(const SaWatch *watch, TupleTableSlot *slot, void *argument)
{
	Import *import = (Import *) argument;
	MemoryContext before = MemoryContextSwitchTo(sa_entries_memory());
	SaWatchEntry entry;

	sa_entry_read(watch, slot, false, &entry);
	sa_entries_add(&entry);
	MemoryContextSwitchTo(before);
	import->rows++;
	if (sa_entries_count() >= SA_WATCH_IMPORT_BATCH)
	{
		sa_mirror_import();
		take_statistics(import);
	}
}

static void
read_relation(Relation rel, SaWatchKind kind, TakeRow take, void *argument)
{
	const SaWatch *found = sa_registry_find(rel, kind);
	MemoryContext row_memory;
	TupleTableSlot *slot;
	TableScanDesc scan;
	SaWatch watch;

	if (found == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("table \"%s\" cannot be read as a watched table",
							   RelationGetRelationName(rel)),
						errdetail("It is not watched, or a mapped column is gone."),
						errhint("SELECT * FROM stockalert.watch_status;")));
	/* Kept while the scan runs, whatever is forgotten meanwhile. */
	watch = *found;
	row_memory = AllocSetContextCreate(CurrentMemoryContext, "StockAlert watched row",
									   ALLOCSET_DEFAULT_SIZES);
	slot = table_slot_create(rel, NULL);
	scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext before = MemoryContextSwitchTo(row_memory);

		CHECK_FOR_INTERRUPTS();
		take(&watch, slot, argument);
		MemoryContextSwitchTo(before);
		MemoryContextReset(row_memory);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(row_memory);
}

/* The table, its partitions and its children. */
static void
read_tree(Oid relid, SaWatchKind kind, TakeRow take, void *argument)
{
	ListCell *cell;

	foreach (cell, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Relation rel = table_open(lfirst_oid(cell), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			read_relation(rel, kind, take, argument);
		table_close(rel, NoLock);
	}
}

static Datum
read_all(FunctionCallInfo fcinfo, SaWatchKind kind)
{
	InitMaterializedSRF(fcinfo, 0);
	read_tree(PG_GETARG_OID(0), kind, store_row, fcinfo->resultinfo);
	return (Datum) 0;
}

Datum
stockalert_read_watched_stock(PG_FUNCTION_ARGS)
{
	return read_all(fcinfo, SA_WATCH_STOCK);
}

Datum
stockalert_read_watched_people(PG_FUNCTION_ARGS)
{
	return read_all(fcinfo, SA_WATCH_PEOPLE);
}

static SaWatchKind
find_kind(const text *name)
{
	char *wanted = text_to_cstring(name);

	for (int i = 0; i < SA_WATCH_KINDS; i++)
	{
		if (strcmp(sa_fields_of((SaWatchKind) i)->kind, wanted) == 0)
			return (SaWatchKind) i;
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("kind \"%s\" of watched tables is not known", wanted),
					errhint("Kinds are stock, people and sales.")));
}

/* Mirrors all rows, without keeping them: a first import may be of millions. */
Datum
stockalert_import_watched(PG_FUNCTION_ARGS)
{
	Import import = {find_kind(PG_GETARG_TEXT_PP(1)), 0, 0};

	read_tree(PG_GETARG_OID(0), import.kind, import_row, &import);
	sa_mirror_import();
	take_statistics(&import);
	PG_RETURN_INT64(import.rows);
}

/* Every session reads again what is known of this table, when this transaction commits. */
Datum
stockalert_forget_watched(PG_FUNCTION_ARGS)
{
	CacheInvalidateRelcacheByRelid(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/* Whether a column of a type can be mapped to a field of a kind; NULL: no such field. */
Datum
stockalert_type_fits(PG_FUNCTION_ARGS)
{
	SaWatchKind kind = find_kind(PG_GETARG_TEXT_PP(0));
	int field = sa_field_number(kind, text_to_cstring(PG_GETARG_TEXT_PP(1)));

	if (field < 0)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(sa_registry_type_fits(PG_GETARG_OID(2), sa_fields_of(kind)->fields[field].type));
}
