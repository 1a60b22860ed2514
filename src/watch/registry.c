/*
 * registry.c: reads watched_tables and watched_columns.
 *
 * A partition or child is found through its parent.  Columns are followed by
 * number while the table is the one that was registered, so that a rename is
 * harmless; after a restore by name, as numbers may be others there.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "db/owner.h"
#include "db/plans.h"
#include "db/result.h"
#include "watch/registry.h"

typedef struct WatchKey
{
	Oid relid;
	int32 kind;
} WatchKey;

typedef struct WatchEntry
{
	WatchKey key;
	bool valid;
	bool usable;
	SaWatch watch;
} WatchEntry;

static HTAB *entries = NULL;
static SPIPlanPtr find_plan = NULL;

/* The nearest registered one of a table and those it is a part of. */
static const char find_text[] =
	"WITH RECURSIVE up (relid, depth) AS ("
	" SELECT $1, 0 UNION ALL"
	" SELECT i.inhparent, u.depth + 1 FROM up AS u JOIN pg_catalog.pg_inherits AS i"
	"  ON i.inhrelid OPERATOR(pg_catalog.=) u.relid)"
	" SELECT w.watch_id, w.source_id, w.location_id, w.relation::pg_catalog.oid,"
	"  w.relation_oid, c.field, c.column_name::pg_catalog.text, c.column_number, w.infers_sales"
	" FROM (SELECT t.* FROM up AS u JOIN stockalert.watched_tables AS t"
	"  ON t.relation::pg_catalog.oid OPERATOR(pg_catalog.=) u.relid"
	"  AND t.kind OPERATOR(pg_catalog.=) $2 ORDER BY u.depth LIMIT 1) AS w"
	" JOIN stockalert.watched_columns AS c ON c.watch_id OPERATOR(pg_catalog.=) w.watch_id";

static void
forget(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS all;
	WatchEntry *entry;

	if (entries == NULL)
		return;
	/* A parent's change concerns its parts, and there are few. */
	hash_seq_init(&all, entries);
	while ((entry = (WatchEntry *) hash_seq_search(&all)) != NULL)
	{
		if (relid == InvalidOid || entry->key.relid == relid || entry->watch.relid == relid ||
			!entry->usable)
			entry->valid = false;
	}
}

void
sa_registry_init(void)
{
	CacheRegisterRelcacheCallback(forget, (Datum) 0);
}

Oid
sa_registry_owner(void)
{
	return get_role_oid("stockalert_owner", true);
}

bool
sa_registry_type_fits(Oid type, SaCellType cell)
{
	switch (getBaseType(type))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return cell == SA_CELL_KEY || cell == SA_CELL_WORD || cell == SA_CELL_NUMBER ||
				   cell == SA_CELL_POSITIVE;
		case UUIDOID:
			return cell == SA_CELL_KEY || cell == SA_CELL_WORD;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return cell == SA_CELL_KEY || cell == SA_CELL_TEXT || cell == SA_CELL_WORD ||
				   cell == SA_CELL_LONG || cell == SA_CELL_LIST;
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return cell == SA_CELL_NUMBER || cell == SA_CELL_POSITIVE;
		case BOOLOID:
			return cell == SA_CELL_BOOL;
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
		case DATEOID:
			return cell == SA_CELL_TIME;
		case TEXTARRAYOID:
		case VARCHARARRAYOID:
			return cell == SA_CELL_LIST;
		default:
			return false;
	}
}

/* One mapped column: by number in the table that was registered, by name elsewhere. */
static void
resolve_column(Oid relid, Oid root, bool same_table, const char *name, AttrNumber number,
			   SaCellType cell, SaWatchColumn *out)
{
	char *now = same_table ? get_attname(root, number, true) : pstrdup(name);
	AttrNumber found = now == NULL ? InvalidAttrNumber : get_attnum(relid, now);
	char align;

	out->number = 0;
	if (found <= 0)
		return;
	out->type = getBaseType(get_atttype(relid, found));
	if (!sa_registry_type_fits(out->type, cell))
		return;
	get_typlenbyvalalign(out->type, &out->length, &out->by_value, &align);
	out->number = found;
}

static void
read_rows(Oid relid, SaWatchKind kind, SaWatch *watch)
{
	bool isnull;

	watch->watch_id = sa_result_bigint(SPI_tuptable, 0, 1);
	watch->source_id = sa_result_bigint(SPI_tuptable, 0, 2);
	watch->location_id = sa_result_bigint(SPI_tuptable, 0, 3);
	watch->relid = DatumGetObjectId(sa_result(SPI_tuptable, 0, 4, &isnull));
	watch->infers = sa_result_bool(SPI_tuptable, 0, 9);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool same_table = DatumGetObjectId(sa_result(SPI_tuptable, i, 5, &isnull)) == watch->relid;
		int field = sa_field_number(kind, sa_result_text(SPI_tuptable, i, 6));

		if (field >= 0)
			resolve_column(relid, watch->relid, same_table, sa_result_text(SPI_tuptable, i, 7),
						   DatumGetInt16(sa_result(SPI_tuptable, i, 8, &isnull)),
						   sa_fields_of(kind)->fields[field].type, &watch->columns[field]);
	}
}

static bool
is_usable(const SaWatch *watch)
{
	const SaKindFields *fields = sa_fields_of(watch->kind);

	if (watch->watch_id == 0)
		return false;
	for (int i = 0; i < fields->count; i++)
	{
		if (fields->fields[i].required && watch->columns[i].number == 0)
			return false;
	}
	return watch->kind != SA_WATCH_STOCK || watch->location_id != 0 ||
		   watch->columns[SA_STOCK_LOCATION].number != 0;
}

/*
 * Reads the registry as it is now, not as a transaction that repeats its reads
 * saw it: the triggers of a table are seen by everybody at once, too.
 */
static void
load_entry(Oid relid, SaWatchKind kind, SaWatch *watch)
{
	Oid types[2] = {OIDOID, TEXTOID};
	Datum arguments[2];
	SaOwnerSwitch saved;
	Oid owner = sa_registry_owner();

	memset(watch, 0, sizeof(*watch));
	watch->relid = relid;
	watch->kind = kind;
	if (!OidIsValid(owner))
		return;
	SPI_connect();
	sa_owner_enter(owner, &saved);
	PushActiveSnapshot(GetLatestSnapshot());
	arguments[0] = ObjectIdGetDatum(relid);
	arguments[1] = CStringGetTextDatum(sa_fields_of(kind)->kind);
	sa_plan_run(&find_plan, find_text, 2, types, arguments, NULL, true);
	if (SPI_processed > 0)
		read_rows(relid, kind, watch);
	PopActiveSnapshot();
	sa_owner_leave(&saved);
	SPI_finish();
}

static WatchEntry *
enter(const WatchKey *key)
{
	HASHCTL control;
	WatchEntry *entry;
	bool found;

	if (entries == NULL)
	{
		control.keysize = sizeof(WatchKey);
		control.entrysize = sizeof(WatchEntry);
		control.hcxt = TopMemoryContext;
		entries = hash_create("StockAlert watched tables", 16, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	entry = (WatchEntry *) hash_search(entries, key, HASH_ENTER, &found);
	if (!found)
		entry->valid = entry->usable = false;
	return entry;
}

const SaWatch *
sa_registry_find(Relation rel, SaWatchKind kind)
{
	WatchKey key = {RelationGetRelid(rel), (int32) kind};
	WatchEntry *entry = enter(&key);

	if (!entry->valid)
	{
		SaWatch watch;

		/* Valid first: what comes in while it is read makes it invalid again. */
		entry->valid = true;
		entry->usable = false;
		PG_TRY();
		{
			load_entry(key.relid, kind, &watch);
		}
		PG_CATCH();
		{
			entry->valid = false;
			PG_RE_THROW();
		}
		PG_END_TRY();
		entry->watch = watch;
		entry->usable = is_usable(&watch);
	}
	return entry->usable ? &entry->watch : NULL;
}
