/*
 * new_levels.c: levels by the page, with class and quiet range from the start.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "alerts/apply.h"
#include "alerts/new_levels.h"
#include "db/new_rows.h"
#include "db/quantity.h"
#include "db/row_locks.h"
#include "db/row_writer.h"

enum
{
	LOCATION_ID,
	ITEM_ID,
	ON_HAND,
	ACTIVE,
	CLASS,
	QUIET_BELOW,
	QUIET_ABOVE,
	COLUMNS
};
static const char *const column_names[COLUMNS] = {
	"location_id", "item_id", "on_hand", "active", "class", "quiet_below", "quiet_above"};
static AttrNumber numbers[COLUMNS];
static SaColumnNumbers columns = {InvalidOid, column_names, numbers, COLUMNS};

/* What a level refers to: items and locations, each of which is locked once. */
enum
{
	ITEM,
	LOCATION,
	PARENTS
};
static const char *const item_key[1] = {"item_id"};
static const char *const location_key[1] = {"location_id"};
static AttrNumber key_numbers[PARENTS];
static SaColumnNumbers key_columns[PARENTS] = {
	{InvalidOid, item_key, &key_numbers[ITEM], 1},
	{InvalidOid, location_key, &key_numbers[LOCATION], 1}};

typedef struct ParentEntry
{
	int64 id;
	bool there;
} ParentEntry;

typedef struct Parents
{
	SaLookup rows;
	AttrNumber *key;
	HTAB *seen;
} Parents;

struct SaNewLevels
{
	MemoryContext row_context;
	SaJudge *judge;
	SaNewRows *rows;
	Parents parents[PARENTS];
	int64 *locations; /* of levels that are judged once they are there */
	int64 *items;
	int count;
	int room;
};

bool
sa_new_levels_fit(void)
{
	return !IsolationUsesXactSnapshot() && sa_writer_fits("stock_levels");
}

static void
open_parents(Parents *parents, const char *table, const char *index, SaColumnNumbers *key)
{
	HASHCTL control;

	control.keysize = sizeof(int64);
	control.entrysize = sizeof(ParentEntry);
	control.hcxt = CurrentMemoryContext;
	sa_lookup_open_for_update(&parents->rows, table, index, key);
	parents->key = key->numbers;
	parents->seen =
		hash_create("StockAlert parents", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

SaNewLevels *
sa_new_levels_open(int expected, int items)
{
	SaNewLevels *levels = (SaNewLevels *) palloc0(sizeof(SaNewLevels));

	levels->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "StockAlert new level", ALLOCSET_SMALL_SIZES);
	levels->judge = sa_judge_open_items(expected, items);
	levels->rows = sa_rows_open("stock_levels", &columns);
	open_parents(&levels->parents[ITEM], "items", "items_pkey", &key_columns[ITEM]);
	open_parents(&levels->parents[LOCATION], "locations", "locations_pkey", &key_columns[LOCATION]);
	levels->room = 64;
	levels->locations = (int64 *) palloc(sizeof(int64) * levels->room);
	levels->items = (int64 *) palloc(sizeof(int64) * levels->room);
	return levels;
}

/* Holds what a foreign key refers to, as its check would: whoever deletes it waits, and then finds
 * the level. */
static bool
hold_parent(Parents *parents, int64 id)
{
	bool found;
	ParentEntry *entry = (ParentEntry *) hash_search(parents->seen, &id, HASH_ENTER, &found);

	if (!found)
	{
		entry->there = false;
		sa_lookup_start(&parents->rows);
		sa_lookup_bigint(&parents->rows, id);
		entry->there =
			sa_lookup_find(&parents->rows) && sa_row_keep_key(&parents->rows, *parents->key, id);
	}
	return entry->there;
}

/* An alert, or a change that the fold of demand needs: both belong to a level that is there. */
static bool
has_consequences(const SaJudged *judged)
{
	return judged->decision.action != SA_ACTION_NONE ||
		   (judged->situation.active && judged->decision.class == SA_CLASS_OUT);
}

static void
keep_for_later(SaNewLevels *levels, const SaNewLevel *level)
{
	if (levels->count == levels->room)
	{
		levels->room *= 2;
		levels->locations = (int64 *) repalloc(levels->locations, sizeof(int64) * levels->room);
		levels->items = (int64 *) repalloc(levels->items, sizeof(int64) * levels->room);
	}
	levels->locations[levels->count] = level->location_id;
	levels->items[levels->count++] = level->item_id;
}

static void
set_decision(SaNewRows *rows, const SaJudged *judged)
{
	const SaDecision *d = &judged->decision;

	sa_rows_set(rows, CLASS, CStringGetTextDatum(sa_judged_class(judged)));
	if (d->has_quiet_below)
		sa_rows_set(rows, QUIET_BELOW, sa_quantity_to_datum(d->quiet_below));
	if (d->has_quiet_above)
		sa_rows_set(rows, QUIET_ABOVE, sa_quantity_to_datum(d->quiet_above));
}

bool
sa_new_levels_add(SaNewLevels *levels, const SaNewLevel *level)
{
	SaNewRows *rows = levels->rows;
	SaJudged judged;
	MemoryContext old;

	if (!hold_parent(&levels->parents[LOCATION], level->location_id) ||
		!hold_parent(&levels->parents[ITEM], level->item_id) ||
		!sa_judge_new(levels->judge, level, &judged))
		return false;
	old = MemoryContextSwitchTo(levels->row_context);
	sa_rows_start(rows);
	sa_rows_set(rows, LOCATION_ID, Int64GetDatum(level->location_id));
	sa_rows_set(rows, ITEM_ID, Int64GetDatum(level->item_id));
	sa_rows_set(rows, ON_HAND, sa_quantity_to_datum(level->on_hand));
	sa_rows_set(rows, ACTIVE, BoolGetDatum(level->active));
	if (!has_consequences(&judged))
		set_decision(rows, &judged);
	(void) sa_rows_add(rows);
	MemoryContextSwitchTo(old);
	MemoryContextReset(levels->row_context);
	if (has_consequences(&judged))
		keep_for_later(levels, level);
	return true;
}

void
sa_new_levels_close(SaNewLevels *levels)
{
	SaApplied applied = {0};

	sa_rows_close(levels->rows);
	for (int i = 0; i < PARENTS; i++)
		sa_lookup_close(&levels->parents[i].rows);
	sa_judge_close(levels->judge);
	CommandCounterIncrement();
	sa_apply_levels(levels->locations, levels->items, levels->count, &applied);
	MemoryContextDelete(levels->row_context);
}
