/*
 * known.c: tables of Square, and stock levels, by their keys.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

#include "db/lookup.h"
#include "db/quantity.h"
#include "db/word.h"
#include "pos/square/known.h"

enum
{
	V_ITEM_ID,
	V_TRACKED,
	V_GONE,
	V_EVERYWHERE,
	V_EXCEPT_AT,
	V_STOCK_OF,
	V_COLUMNS
};
static const char *const variation_names[V_COLUMNS] = {"item_id",    "tracked",   "gone",
													   "everywhere", "except_at", "stock_of"};
static AttrNumber variation_numbers[V_COLUMNS];
static SaColumnNumbers variation_columns = {InvalidOid, variation_names, variation_numbers,
											V_COLUMNS};

enum
{
	C_IN_STOCK,
	C_IN_STOCK_AT,
	C_RESERVED,
	C_ORDERED,
	C_IN_TRANSIT,
	C_ITEM_ID,
	C_COLUMNS
};
static const char *const counted_names[C_COLUMNS] = {"in_stock", "in_stock_at", "reserved",
													 "ordered",  "in_transit",  "item_id"};
static AttrNumber counted_numbers[C_COLUMNS];
static SaColumnNumbers counted_columns = {InvalidOid, counted_names, counted_numbers, C_COLUMNS};

enum
{
	L_ON_HAND,
	L_RESERVED,
	L_ON_ORDER,
	L_IN_TRANSIT,
	L_ACTIVE,
	L_ITEM_ID,
	L_COLUMNS
};
static const char *const level_names[L_COLUMNS] = {"on_hand",    "reserved", "on_order",
												   "in_transit", "active",   "item_id"};
static AttrNumber level_numbers[L_COLUMNS];
static SaColumnNumbers level_columns = {InvalidOid, level_names, level_numbers, L_COLUMNS};

static SaColumnNumbers no_columns = {InvalidOid, NULL, NULL, 0};

/* Rows of pairs of one location, of items from next to last; read as far as row, where one is. */
typedef struct Run
{
	SaLookup rows;
	AttrNumber item_column;
	int64 location_id; /* 0: none was read */
	int64 next;
	int64 last;
	bool more;
	int64 item_id; /* of the row, where there are more */
} Run;

/* What is stored of a variation, by a hash of its key. */
typedef struct Variation
{
	uint64 hash;
	char *object;
	int64 item_id;
	bool own_stock;
	bool sold; /* tracked and not gone */
	bool everywhere;
	ArrayType *except_at; /* NULL: none */
} Variation;

struct SaSquareKnown
{
	MemoryContext context;
	int64 connection_id;
	bool transfers_known;
	bool overrides_there;
	bool transfers_there;
	char **places;
	const int64 *location_ids;
	int place_count;
	SaLookup variations;
	SaLookup overrides;
	SaLookup transfers;
	HTAB *variation_cache;
	Run counted;
	Run levels;
};

static void
read_places(SaSquareKnown *known, ArrayType *places, ArrayType *location_ids)
{
	Datum *keys;

	deconstruct_array(places, TEXTOID, -1, false, TYPALIGN_INT, &keys, NULL, &known->place_count);
	if (ARR_HASNULL(places) || ARR_HASNULL(location_ids) ||
		ArrayGetNItems(ARR_NDIM(location_ids), ARR_DIMS(location_ids)) != known->place_count)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR), errmsg("places and locations differ"),
				 errdetail("Each place has one location, and neither is null."),
				 errhint("Pass as many of one as of the other.")));
	known->places = (char **) palloc(sizeof(char *) * (known->place_count + 1));
	for (int i = 0; i < known->place_count; i++)
		known->places[i] = TextDatumGetCString(keys[i]);
	/* bigint without nulls: as stored. */
	known->location_ids = (const int64 *) ARR_DATA_PTR(location_ids);
}

static void
open_run(Run *run, const char *table, const char *index, SaColumnNumbers *columns, int item)
{
	sa_lookup_open(&run->rows, table, index, ForwardScanDirection, columns);
	run->item_column = columns->numbers[item];
}

SaSquareKnown *
sa_square_known_open(int64 connection_id, bool transfers_known, ArrayType *places,
					 ArrayType *location_ids)
{
	SaSquareKnown *known = (SaSquareKnown *) palloc0(sizeof(SaSquareKnown));
	HASHCTL control;

	known->context = CurrentMemoryContext;
	known->connection_id = connection_id;
	known->transfers_known = transfers_known;
	read_places(known, places, location_ids);
	sa_lookup_open(&known->variations, "square_variations", "square_variations_pkey",
				   ForwardScanDirection, &variation_columns);
	sa_lookup_open(&known->overrides, "square_overrides", "square_overrides_pkey",
				   ForwardScanDirection, &no_columns);
	sa_lookup_open(&known->transfers, "square_transfers", "square_transfers_pair_idx",
				   ForwardScanDirection, &no_columns);
	open_run(&known->counted, "square_levels", "square_levels_pkey", &counted_columns, C_ITEM_ID);
	open_run(&known->levels, "stock_levels", "stock_levels_pkey", &level_columns, L_ITEM_ID);
	control.keysize = sizeof(uint64);
	control.entrysize = sizeof(Variation);
	control.hcxt = CurrentMemoryContext;
	known->variation_cache =
		hash_create("StockAlert variations", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	known->overrides_there = RelationGetNumberOfBlocks(known->overrides.heap) > 0;
	known->transfers_there = RelationGetNumberOfBlocks(known->transfers.heap) > 0;
	return known;
}

void
sa_square_known_close(SaSquareKnown *known)
{
	sa_lookup_close(&known->levels.rows);
	sa_lookup_close(&known->counted.rows);
	sa_lookup_close(&known->transfers);
	sa_lookup_close(&known->overrides);
	sa_lookup_close(&known->variations);
}

static int
find_location(const SaSquareKnown *known, const char *place)
{
	int low = 0;
	int high = known->place_count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;
		int order = strcmp(place, known->places[middle]);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

static bool
find_pair(SaLookup *lookup, int64 first, int64 second)
{
	sa_lookup_start(lookup);
	sa_lookup_bigint(lookup, first);
	sa_lookup_bigint(lookup, second);
	return sa_lookup_find(lookup);
}

static bool
is_among(ArrayType *array, const char *name)
{
	Datum *elements;
	bool *nulls;
	int count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] && sa_is_word(elements[i], name))
			return true;
	}
	return false;
}

/* From the row just found. */
static void
read_variation(TupleTableSlot *row, Variation *variation)
{
	bool isnull;
	Datum value;

	slot_getsomeattrs(row, variation_columns.last);
	variation->item_id = DatumGetInt64(slot_getattr(row, variation_numbers[V_ITEM_ID], &isnull));
	(void) slot_getattr(row, variation_numbers[V_STOCK_OF], &isnull);
	variation->own_stock = isnull;
	value = slot_getattr(row, variation_numbers[V_TRACKED], &isnull);
	variation->sold = isnull || DatumGetBool(value);
	if (DatumGetBool(slot_getattr(row, variation_numbers[V_GONE], &isnull)))
		variation->sold = false;
	variation->everywhere =
		DatumGetBool(slot_getattr(row, variation_numbers[V_EVERYWHERE], &isnull));
	value = slot_getattr(row, variation_numbers[V_EXCEPT_AT], &isnull);
	variation->except_at = isnull ? NULL : DatumGetArrayTypePCopy(value);
}

static bool
look_up_variation(SaSquareKnown *known, const char *object, Variation *variation)
{
	text *key = cstring_to_text(object);
	bool found;

	sa_lookup_start(&known->variations);
	sa_lookup_bigint(&known->variations, known->connection_id);
	sa_lookup_text(&known->variations, PointerGetDatum(key));
	found = sa_lookup_find(&known->variations);
	pfree(key);
	if (found)
		read_variation(known->variations.row, variation);
	return found;
}

/* A page names a variation once for each location. */
static bool
find_variation(SaSquareKnown *known, const char *object, Variation *variation)
{
	uint64 hash = hash_bytes_extended((const unsigned char *) object, (int) strlen(object), 0);
	const Variation *kept =
		(const Variation *) hash_search(known->variation_cache, &hash, HASH_FIND, NULL);
	MemoryContext old;
	bool found;

	if (kept != NULL && strcmp(kept->object, object) == 0)
	{
		*variation = *kept;
		return true;
	}
	old = MemoryContextSwitchTo(known->context);
	variation->hash = hash;
	found = look_up_variation(known, object, variation);
	if (found && kept == NULL)
	{
		variation->object = pstrdup(object);
		*(Variation *) hash_search(known->variation_cache, &hash, HASH_ENTER, NULL) = *variation;
	}
	MemoryContextSwitchTo(old);
	return found;
}

int
sa_square_variations(const SaSquareKnown *known)
{
	return (int) hash_get_num_entries(known->variation_cache);
}

/* What is carried is as square_carries() says it. */
bool
sa_square_find_place(SaSquareKnown *known, const char *object, const char *location,
					 SaSquarePlace *out)
{
	int place = find_location(known, location);
	Variation variation;

	if (place < 0 || !find_variation(known, object, &variation))
		return false;
	out->location_id = known->location_ids[place];
	out->item_id = variation.item_id;
	out->plain =
		variation.own_stock &&
		!(known->overrides_there && find_pair(&known->overrides, out->item_id, out->location_id));
	out->carried = variation.sold &&
				   variation.everywhere !=
					   (variation.except_at != NULL && is_among(variation.except_at, location));
	return true;
}

static bool
equals(TupleTableSlot *row, AttrNumber column, SaQuantity value)
{
	SaQuantity stored;
	bool isnull;
	Datum datum = slot_getattr(row, column, &isnull);

	return !isnull && sa_quantity_from_datum(datum, &stored) && stored == value;
}

/* What is remembered, where it is; less than nothing counts as nothing. */
static bool
agrees(TupleTableSlot *counted, int remembered, TupleTableSlot *level, int stored)
{
	bool isnull;
	SaQuantity value;
	Datum datum = slot_getattr(counted, counted_numbers[remembered], &isnull);

	return isnull || (sa_quantity_from_datum(datum, &value) &&
					  equals(level, level_numbers[stored], Max(value, 0)));
}

static bool
is_same(SaSquareKnown *known, const SaNewLevel *level, TimestampTz at)
{
	TupleTableSlot *counted = known->counted.rows.row;
	TupleTableSlot *stored = known->levels.rows.row;
	bool isnull;
	bool active;

	slot_getsomeattrs(counted, counted_columns.last);
	slot_getsomeattrs(stored, level_columns.last);
	active = DatumGetBool(slot_getattr(stored, level_numbers[L_ACTIVE], &isnull));
	return DatumGetTimestampTz(slot_getattr(counted, counted_numbers[C_IN_STOCK_AT], &isnull)) ==
			   at &&
		   !isnull && active == level->active &&
		   equals(counted, counted_numbers[C_IN_STOCK], level->on_hand) &&
		   equals(stored, level_numbers[L_ON_HAND], level->on_hand) &&
		   agrees(counted, C_RESERVED, stored, L_RESERVED) &&
		   agrees(counted, C_ORDERED, stored, L_ON_ORDER) &&
		   (known->transfers_known || agrees(counted, C_IN_TRANSIT, stored, L_IN_TRANSIT));
}

static void
note_row(Run *run, bool found)
{
	bool isnull;

	run->more = found;
	if (found)
		run->item_id = DatumGetInt64(slot_getattr(run->rows.row, run->item_column, &isnull));
}

/*
 * Whether there is a row of the pair, and reads it.  Of keys that are asked for
 * in their order an index is read on from where it is: what lies between two
 * rows is not there.
 */
static bool
is_there(Run *run, int64 location_id, int64 item_id, int64 last_item)
{
	if (run->location_id != location_id || item_id < run->next || item_id > run->last)
	{
		run->location_id = location_id;
		run->last = last_item;
		sa_lookup_start(&run->rows);
		sa_lookup_bigint(&run->rows, location_id);
		sa_lookup_bigint_between(&run->rows, item_id, last_item);
		note_row(run, sa_lookup_find(&run->rows));
	}
	run->next = item_id;
	while (run->more && run->item_id < item_id)
		note_row(run, sa_lookup_next(&run->rows));
	return run->more && run->item_id == item_id;
}

SaSquarePair
sa_square_compare(SaSquareKnown *known, const SaNewLevel *level, TimestampTz at, int64 last_item)
{
	bool counted = is_there(&known->counted, level->location_id, level->item_id, last_item);
	bool stored = is_there(&known->levels, level->location_id, level->item_id, last_item);

	if (counted && stored)
		return is_same(known, level, at) ? SA_SQUARE_PAIR_SAME : SA_SQUARE_PAIR_OTHER;
	if (counted || stored)
		return SA_SQUARE_PAIR_OTHER;
	return known->transfers_known && known->transfers_there &&
				   find_pair(&known->transfers, level->location_id, level->item_id)
			   ? SA_SQUARE_PAIR_OTHER
			   : SA_SQUARE_PAIR_NEW;
}
