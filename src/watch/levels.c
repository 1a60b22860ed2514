/*
 * levels.c: keys to pairs by our own indexes, then one UPDATE.
 *
 * Nearly every write of a shop's table comes through here, so it costs two
 * look-ups and the statement, and no subtransaction: values were checked
 * before, and what judging may raise is caught where it judges
 * (alerts/item_trigger.c).
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "db/columns.h"
#include "db/lookup.h"
#include "db/plans.h"
#include "db/quantity.h"
#include "watch/levels.h"

typedef struct Level
{
	int64 location_id;
	int64 item_id;
	SaQuantity quantity;
} Level;

static const char *const item_names[1] = {"item_id"};
static const char *const location_names[1] = {"location_id"};
static AttrNumber item_numbers[1];
static AttrNumber location_numbers[1];
static SaColumnNumbers item_columns = {InvalidOid, item_names, item_numbers, 1};
static SaColumnNumbers location_columns = {InvalidOid, location_names, location_numbers, 1};

static SPIPlanPtr one_plan = NULL;
static SPIPlanPtr many_plan = NULL;

static const char one_text[] =
	"UPDATE stockalert.stock_levels SET on_hand = $3"
	" WHERE location_id OPERATOR(pg_catalog.=) $1 AND item_id OPERATOR(pg_catalog.=) $2";

static const char many_text[] =
	"UPDATE stockalert.stock_levels AS s SET on_hand = k.on_hand"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))"
	"  AS k (location_id, item_id, on_hand)"
	" WHERE s.location_id OPERATOR(pg_catalog.=) k.location_id"
	"  AND s.item_id OPERATOR(pg_catalog.=) k.item_id";

static int64
find_id(SaLookup *lookup, int64 source_id, const char *key, const SaColumnNumbers *columns)
{
	bool isnull;

	sa_lookup_start(lookup);
	sa_lookup_bigint(lookup, source_id);
	sa_lookup_text(lookup, CStringGetTextDatum(key));
	if (!sa_lookup_find(lookup))
		return 0;
	return DatumGetInt64(slot_getattr(lookup->row, columns->numbers[0], &isnull));
}

/* How many of them have a pair. */
static int
find_pairs(SaWatchEntry **entries, int count, Level *levels)
{
	SaLookup items;
	SaLookup places;
	const char *last = NULL;
	int64 place = 0;
	int found = 0;

	memset(&places, 0, sizeof(places));
	sa_lookup_open(&items, "item_refs", "item_refs_pkey", ForwardScanDirection, &item_columns);
	for (int i = 0; i < count; i++)
	{
		const SaWatchEntry *entry = entries[i];

		if (entry->location == NULL)
			place = entry->location_id;
		else if (last == NULL || strcmp(last, entry->location) != 0)
		{
			if (!sa_lookup_is_open(&places))
				sa_lookup_open(&places, "location_refs", "location_refs_pkey", ForwardScanDirection,
							   &location_columns);
			place = find_id(&places, entry->source_id, entry->location, &location_columns);
			last = entry->location;
		}
		levels[found].location_id = place;
		levels[found].item_id = find_id(&items, entry->source_id, entry->item, &item_columns);
		levels[found].quantity = entry->quantity;
		if (levels[found].location_id != 0 && levels[found].item_id != 0)
			found++;
	}
	sa_lookup_close(&items);
	sa_lookup_close(&places);
	return found;
}

static int
compare_levels(const void *a, const void *b)
{
	const Level *x = (const Level *) a;
	const Level *y = (const Level *) b;

	if (x->location_id != y->location_id)
		return x->location_id < y->location_id ? -1 : 1;
	return (x->item_id > y->item_id) - (x->item_id < y->item_id);
}

static uint64
update_one(const Level *level)
{
	Oid types[3] = {INT8OID, INT8OID, NUMERICOID};
	Datum arguments[3];

	arguments[0] = Int64GetDatum(level->location_id);
	arguments[1] = Int64GetDatum(level->item_id);
	arguments[2] = sa_quantity_to_datum(level->quantity);
	if (SPI_execute_plan(sa_plan_keep(&one_plan, one_text, 3, types, CURSOR_OPT_GENERIC_PLAN),
						 arguments, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not write stock");
	return SPI_processed;
}

static uint64
update_many(Level *levels, int count)
{
	Oid types[3] = {INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID};
	Datum arguments[3];
	SaColumn columns[3];

	qsort(levels, count, sizeof(Level), compare_levels);
	sa_column_start(&columns[0], INT8OID);
	sa_column_start(&columns[1], INT8OID);
	sa_column_start(&columns[2], NUMERICOID);
	for (int i = 0; i < count; i++)
	{
		sa_column_add(&columns[0], Int64GetDatum(levels[i].location_id));
		sa_column_add(&columns[1], Int64GetDatum(levels[i].item_id));
		sa_column_add(&columns[2], sa_quantity_to_datum(levels[i].quantity));
	}
	for (int i = 0; i < 3; i++)
		arguments[i] = sa_column_array(&columns[i]);
	if (SPI_execute_plan(sa_plan_keep(&many_plan, many_text, 3, types, CURSOR_OPT_GENERIC_PLAN),
						 arguments, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not write stock");
	return SPI_processed;
}

bool
sa_levels_update(SaWatchEntry **entries, int count)
{
	Level *levels = (Level *) palloc(sizeof(Level) * count);
	int found;

	/* Keys that this transaction brought are found, too. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	found = find_pairs(entries, count, levels);
	PopActiveSnapshot();
	if (found == 0)
		return false;
	return (found == 1 ? update_one(&levels[0]) : update_many(levels, found)) == (uint64) count;
}
