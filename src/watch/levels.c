/*
 * levels.c: keys to pairs by our own indexes, then their rows.
 *
 * Nearly every write of a shop's table comes through here and stays in its
 * quiet range, where the item trigger would do nothing: such a row is found and
 * written without a statement.  The others are written by one UPDATE, with
 * triggers and all.  No subtransaction: values were checked before, and what
 * judging may raise is caught where it judges (alerts/item_trigger.c).
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "alerts/quiet.h"
#include "db/columns.h"
#include "db/lookup.h"
#include "db/pair.h"
#include "db/plans.h"
#include "db/quantity.h"
#include "db/row_update.h"
#include "watch/levels.h"

typedef struct Level
{
	SaPair pair;
	SaQuantity quantity;
} Level;

static const char *const item_names[1] = {"item_id"};
static const char *const location_names[1] = {"location_id"};
static AttrNumber item_numbers[1];
static AttrNumber location_numbers[1];
static SaColumnNumbers item_columns = {InvalidOid, item_names, item_numbers, 1};
static SaColumnNumbers location_columns = {InvalidOid, location_names, location_numbers, 1};

enum
{
	LEVEL_ON_HAND,
	LEVEL_RESERVED,
	LEVEL_QUIET_BELOW,
	LEVEL_QUIET_ABOVE,
	LEVEL_CLASS,
	LEVEL_COLUMNS
};

static const char *const level_names[LEVEL_COLUMNS] = {"on_hand", "reserved", "quiet_below",
													   "quiet_above", "class"};
static AttrNumber level_numbers[LEVEL_COLUMNS];
static SaColumnNumbers level_columns = {InvalidOid, level_names, level_numbers, LEVEL_COLUMNS};
/* Whether quiet rows may be written without a statement; false until looked at. */
static bool levels_known = false;
static bool levels_plain;

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
		levels[found].pair.location_id = place;
		levels[found].pair.item_id = find_id(&items, entry->source_id, entry->item, &item_columns);
		levels[found].quantity = entry->quantity;
		if (levels[found].pair.location_id != 0 && levels[found].pair.item_id != 0)
			found++;
	}
	sa_lookup_close(&items);
	sa_lookup_close(&places);
	return found;
}

static uint64
update_one(const Level *level)
{
	Oid types[3] = {INT8OID, INT8OID, NUMERICOID};
	Datum arguments[3];

	arguments[0] = Int64GetDatum(level->pair.location_id);
	arguments[1] = Int64GetDatum(level->pair.item_id);
	arguments[2] = sa_quantity_to_datum(level->quantity);
	sa_plan_run(&one_plan, one_text, 3, types, arguments, NULL, false);
	return SPI_processed;
}

static uint64
update_many(Level *levels, int count)
{
	Oid types[3] = {INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID};
	Datum arguments[3];
	SaColumn columns[3];

	sa_column_start(&columns[0], INT8OID);
	sa_column_start(&columns[1], INT8OID);
	sa_column_start(&columns[2], NUMERICOID);
	for (int i = 0; i < count; i++)
	{
		sa_column_add(&columns[0], Int64GetDatum(levels[i].pair.location_id));
		sa_column_add(&columns[1], Int64GetDatum(levels[i].pair.item_id));
		sa_column_add(&columns[2], sa_quantity_to_datum(levels[i].quantity));
	}
	for (int i = 0; i < 3; i++)
		arguments[i] = sa_column_array(&columns[i]);
	sa_plan_run(&many_plan, many_text, 3, types, arguments, NULL, false);
	return SPI_processed;
}

static void
forget(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == level_columns.relid)
		levels_known = false;
}

void
sa_levels_init(void)
{
	CacheRegisterRelcacheCallback(forget, (Datum) 0);
}

/* Triggers that do nothing where stock stays in its quiet range. */
static bool
is_ours(const char *trigger)
{
	return strcmp(trigger, "item_trigger") == 0 || strcmp(trigger, "item_statement_trigger") == 0;
}

static bool
are_plain(Relation rel)
{
	if (!levels_known)
		levels_plain = sa_row_is_plain(rel, level_numbers[LEVEL_ON_HAND], is_ours,
									   "on_hand is a finite number with at most 5 decimals");
	levels_known = true;
	return levels_plain;
}

/* As the item trigger: judged before, and strictly between its edges. */
static bool
stays_quiet(TupleTableSlot *row, Datum on_hand)
{
	NullableDatum level[4];

	if (slot_attisnull(row, level_numbers[LEVEL_CLASS]))
		return false;
	for (int i = 0; i < 4; i++)
		level[i].value = slot_getattr(row, level_numbers[i], &level[i].isnull);
	level[LEVEL_ON_HAND].value = on_hand;
	return sa_quiet(level);
}

/* Those that are not written are moved to the front; how many they are.  -1: none may be written
 * so. */
static int
write_quiet(Level *levels, int count)
{
	SaLookup rows;
	int left = 0;

	sa_lookup_open_for_write(&rows, "stock_levels", "stock_levels_pkey", &level_columns);
	if (!are_plain(rows.heap))
		left = count = -1;
	for (int i = 0; i < count; i++)
	{
		Datum on_hand = sa_quantity_to_datum(levels[i].quantity);

		sa_lookup_start(&rows);
		sa_lookup_bigint(&rows, levels[i].pair.location_id);
		sa_lookup_bigint(&rows, levels[i].pair.item_id);
		if (!sa_lookup_find(&rows) || !stays_quiet(rows.row, on_hand) ||
			!sa_row_update(&rows, level_numbers[LEVEL_ON_HAND], on_hand))
			levels[left++] = levels[i];
		pfree(DatumGetPointer(on_hand));
	}
	sa_lookup_close(&rows);
	return left;
}

bool
sa_levels_update(SaWatchEntry **entries, int count)
{
	Level *levels = (Level *) palloc(sizeof(Level) * count);
	int found;
	int left;

	/* Keys that this transaction brought are found, too. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	found = find_pairs(entries, count, levels);
	qsort(levels, found, sizeof(Level), sa_pair_compare);
	left = write_quiet(levels, found);
	PopActiveSnapshot();
	CommandCounterIncrement();
	/* Somebody else's trigger or check may fail: not without a subtransaction. */
	if (left < 0)
		return false;
	if (left == 0)
		return found == count;
	return (left == 1 ? update_one(&levels[0]) : update_many(levels, left)) == (uint64) left &&
		   found == count;
}
