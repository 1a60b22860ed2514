/*
 * scopes.c: reads rules by scope, and items and locations, each once.
 *
 * An item at a location is looked up every time; what covers more (the item,
 * its category, the location, everything) is kept.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "common/hashfn.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "db/lookup.h"
#include "db/quantity.h"
#include "db/word.h"
#include "rules/people.h"
#include "rules/scopes.h"
#include "settings.h"

enum
{
	RULE_ID,
	ORIGIN,
	UNIT,
	LOW,
	CRITICAL,
	MAXIMUM,
	FIRES,
	ENABLED,
	LOCATION,
	RULE_COLUMNS
};

enum
{
	ITEM_ID,
	CATEGORY,
	STEP,
	ITEM_ACTIVE,
	OWNER,
	ITEM_COLUMNS
};

static const char *const rule_names[RULE_COLUMNS] = {
	"rule_id", "origin", "unit", "low", "critical", "maximum", "fires", "enabled", "location_id"};
static const char *const item_names[ITEM_COLUMNS] = {"item_id", "category", "quantity_step",
													 "active", "owner_key"};
static const char *const location_names[1] = {"active"};
static AttrNumber rule_numbers[RULE_COLUMNS];
static AttrNumber item_numbers[ITEM_COLUMNS];
static AttrNumber location_numbers[1];
static SaColumnNumbers rule_columns = {InvalidOid, rule_names, rule_numbers, RULE_COLUMNS};
static SaColumnNumbers item_columns = {InvalidOid, item_names, item_numbers, ITEM_COLUMNS};
static SaColumnNumbers location_columns = {InvalidOid, location_names, location_numbers, 1};

/* A block of items is read in the time of looking up so many. */
#define PAIRS_A_BLOCK 20

/* In the order of precedence: manual, table, square, computed. */
typedef struct ScopeRules
{
	SaRule rules[SA_SCOPE_RULES];
	bool there[SA_SCOPE_RULES];
} ScopeRules;

typedef struct CategoryEntry
{
	uint32 hash; /* of the name; those of one hash hang together */
	struct CategoryEntry *next;
	text *name;
	int64 number; /* from 1 */
	ScopeRules anywhere;
} CategoryEntry;

typedef struct ItemEntry
{
	int64 item_id;
	bool there;
	bool active;
	bool here; /* some location has a rule of its own for it */
	SaQuantity step;
	CategoryEntry *category;
	text *owner; /* NULL: nobody's */
	ScopeRules anywhere;
} ItemEntry;

/* A location and a category: all that is not said of the item. */
typedef struct PlaceKey
{
	int64 location_id;
	int64 category; /* its number; 0: none */
} PlaceKey;

typedef struct PlaceEntry
{
	PlaceKey key;
	bool there;
	bool active;
	ScopeRules category_here;
	ScopeRules location;
	SaOwn own;
} PlaceEntry;

/* What counts of own thresholds where an item has an owner. */
typedef struct OwnedKey
{
	PlaceKey place;
	uint64 owner; /* hash of the key */
} OwnedKey;

typedef struct OwnedEntry
{
	OwnedKey key;
	SaOwn own;
} OwnedEntry;

struct SaScopes
{
	MemoryContext context;
	SaLookup rules;
	SaLookup items;
	SaLookup locations;
	HTAB *item_cache;
	HTAB *place_cache;
	HTAB *category_cache;
	HTAB *owned_cache; /* made when it is needed */
	int64 categories;
	SaPeople *people;
	bool item_rules; /* some item has a rule of its own */
	ScopeRules everything;
	ScopeRules item_here; /* of the pair asked for last */
};

static SaRuleValue
get_value(TupleTableSlot *row, int column)
{
	SaRuleValue value = {false, 0};
	bool isnull;
	Datum datum = slot_getattr(row, rule_numbers[column], &isnull);

	value.set = !isnull && sa_quantity_from_datum(datum, &value.value);
	return value;
}

static void
read_rule(TupleTableSlot *row, ScopeRules *scope)
{
	bool isnull;
	Datum value;
	SaRule rule = {0};
	int rank;

	slot_getsomeattrs(row, rule_columns.last);
	if (!DatumGetBool(slot_getattr(row, rule_numbers[ENABLED], &isnull)))
		return;
	value = slot_getattr(row, rule_numbers[ORIGIN], &isnull);
	rank = sa_is_word(value, "manual")   ? 0
		   : sa_is_word(value, "table")  ? 1
		   : sa_is_word(value, "square") ? 2
										 : 3;
	value = slot_getattr(row, rule_numbers[UNIT], &isnull);
	/* The usual one without a copy. */
	if (!sa_is_word(value, "units") && !sa_unit_parse(TextDatumGetCString(value), &rule.unit))
		return;
	rule.rule_id = DatumGetInt64(slot_getattr(row, rule_numbers[RULE_ID], &isnull));
	rule.low = get_value(row, LOW);
	rule.critical = get_value(row, CRITICAL);
	rule.maximum = get_value(row, MAXIMUM);
	value = slot_getattr(row, rule_numbers[FIRES], &isnull);
	if (!isnull)
		rule.fires =
			sa_is_word(value, "at_or_below") ? SA_RULE_FIRES_AT_OR_BELOW : SA_RULE_FIRES_BELOW;
	scope->rules[rank] = rule;
	scope->there[rank] = true;
}

/* The rules of one scope; 0 and NULL: not named. */
static void
find_rules(SaScopes *scopes, int64 item_id, int64 location_id, const void *category,
		   ScopeRules *scope)
{
	bool found;

	memset(scope->there, 0, sizeof(scope->there));
	sa_lookup_start(&scopes->rules);
	if (item_id != 0)
		sa_lookup_bigint(&scopes->rules, item_id);
	else
		sa_lookup_null(&scopes->rules);
	if (location_id != 0)
		sa_lookup_bigint(&scopes->rules, location_id);
	else
		sa_lookup_null(&scopes->rules);
	if (category != NULL)
		sa_lookup_text(&scopes->rules, PointerGetDatum(category));
	else
		sa_lookup_null(&scopes->rules);
	for (found = sa_lookup_find(&scopes->rules); found; found = sa_lookup_next(&scopes->rules))
		read_rule(scopes->rules.row, scope);
}

static HTAB *
make_cache(SaScopes *scopes, const char *name, Size key, Size entry)
{
	HASHCTL control;

	control.keysize = key;
	control.entrysize = entry;
	control.hcxt = scopes->context;
	return hash_create(name, 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void read_items_ahead(SaScopes *scopes, int64 expected);

SaScopes *
sa_scopes_open(int64 expected)
{
	SaScopes *scopes = (SaScopes *) palloc0(sizeof(SaScopes));

	scopes->context = CurrentMemoryContext;
	sa_lookup_open(&scopes->rules, "rules", "rules_scope_key", BackwardScanDirection,
				   &rule_columns);
	sa_lookup_open(&scopes->items, "items", "items_pkey", ForwardScanDirection, &item_columns);
	sa_lookup_open(&scopes->locations, "locations", "locations_pkey", ForwardScanDirection,
				   &location_columns);
	scopes->item_cache = make_cache(scopes, "StockAlert items", sizeof(int64), sizeof(ItemEntry));
	scopes->place_cache =
		make_cache(scopes, "StockAlert places", sizeof(PlaceKey), sizeof(PlaceEntry));
	scopes->category_cache =
		make_cache(scopes, "StockAlert categories", sizeof(uint32), sizeof(CategoryEntry));
	scopes->people = sa_people_read();
	find_rules(scopes, 0, 0, NULL, &scopes->everything);
	sa_lookup_start(&scopes->rules);
	sa_lookup_not_null(&scopes->rules);
	scopes->item_rules = sa_lookup_find(&scopes->rules);
	read_items_ahead(scopes, expected);
	return scopes;
}

void
sa_scopes_close(SaScopes *scopes)
{
	sa_lookup_close(&scopes->rules);
	sa_lookup_close(&scopes->items);
	sa_lookup_close(&scopes->locations);
}

static CategoryEntry *
find_category(SaScopes *scopes, const text *name)
{
	int length = VARSIZE_ANY_EXHDR(name);
	uint32 hash = hash_bytes((const unsigned char *) VARDATA_ANY(name), length);
	bool found;
	CategoryEntry *entry =
		(CategoryEntry *) hash_search(scopes->category_cache, &hash, HASH_ENTER, &found);

	if (!found)
		entry->name = NULL;
	while (entry->name != NULL)
	{
		if (VARSIZE_ANY_EXHDR(entry->name) == length &&
			memcmp(VARDATA_ANY(entry->name), VARDATA_ANY(name), length) == 0)
			return entry;
		if (entry->next == NULL)
		{
			entry->next =
				(CategoryEntry *) MemoryContextAllocZero(scopes->context, sizeof(CategoryEntry));
		}
		entry = entry->next;
	}
	entry->next = NULL;
	entry->name = cstring_to_text_with_len(VARDATA_ANY(name), length);
	entry->number = ++scopes->categories;
	find_rules(scopes, 0, 0, entry->name, &entry->anywhere);
	return entry;
}

/* Backwards the rules of an item come first that hold at all locations: one look for both kinds. */
static void
read_item_rules(SaScopes *scopes, ItemEntry *item)
{
	bool found;

	for (found = sa_lookup_find_id(&scopes->rules, item->item_id); found && !item->here;
		 found = sa_lookup_next(&scopes->rules))
	{
		item->here = !slot_attisnull(scopes->rules.row, rule_numbers[LOCATION]);
		if (!item->here)
			read_rule(scopes->rules.row, &item->anywhere);
	}
}

/* From the row just found. */
static void
read_item(SaScopes *scopes, ItemEntry *item)
{
	TupleTableSlot *row = scopes->items.row;
	bool isnull;
	Datum value;

	item->there = true;
	item->category = NULL;
	slot_getsomeattrs(row, item_columns.last);
	item->active = DatumGetBool(slot_getattr(row, item_numbers[ITEM_ACTIVE], &isnull));
	item->step = 1;
	value = slot_getattr(row, item_numbers[STEP], &isnull);
	if (!isnull)
		(void) sa_quantity_from_datum(value, &item->step);
	value = slot_getattr(row, item_numbers[CATEGORY], &isnull);
	item->category =
		isnull ? NULL : find_category(scopes, (const text *) PG_DETOAST_DATUM_PACKED(value));
	value = slot_getattr(row, item_numbers[OWNER], &isnull);
	item->owner = isnull ? NULL : (text *) PG_DETOAST_DATUM_COPY(value);
	memset(item->anywhere.there, 0, sizeof(item->anywhere.there));
	item->here = false;
	if (!scopes->item_rules)
		return;
	read_item_rules(scopes, item);
}

static void
read_place(SaScopes *scopes, PlaceEntry *place, const CategoryEntry *category)
{
	const void *name = category == NULL ? NULL : category->name;
	bool isnull;

	place->there = sa_lookup_find_id(&scopes->locations, place->key.location_id);
	if (!place->there)
		return;
	place->active = DatumGetBool(slot_getattr(scopes->locations.row, location_numbers[0], &isnull));
	memset(place->category_here.there, 0, sizeof(place->category_here.there));
	if (name != NULL)
		find_rules(scopes, 0, place->key.location_id, name, &place->category_here);
	find_rules(scopes, 0, place->key.location_id, NULL, &place->location);
	sa_people_own(scopes->people, place->key.location_id, name, NULL, &place->own);
}

static const ItemEntry *
find_item(SaScopes *scopes, int64 item_id)
{
	bool found;
	ItemEntry *item = (ItemEntry *) hash_search(scopes->item_cache, &item_id, HASH_ENTER, &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(scopes->context);

		item->category = NULL;
		item->there = sa_lookup_find_id(&scopes->items, item_id);
		if (item->there)
			read_item(scopes, item);
		MemoryContextSwitchTo(old);
	}
	return item;
}

/* All items in one go, where looking up each that will be asked for would take longer. */
static void
read_items_ahead(SaScopes *scopes, int64 expected)
{
	TableScanDesc scan;
	MemoryContext old;

	if ((int64) RelationGetNumberOfBlocks(scopes->items.heap) > expected / PAIRS_A_BLOCK)
		return;
	old = MemoryContextSwitchTo(scopes->context);
	scan = table_beginscan(scopes->items.heap, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, scopes->items.row))
	{
		bool found;
		Datum value = slot_getattr(scopes->items.row, item_numbers[ITEM_ID], &found);
		int64 item_id = DatumGetInt64(value);
		ItemEntry *item =
			(ItemEntry *) hash_search(scopes->item_cache, &item_id, HASH_ENTER, &found);

		if (!found)
			read_item(scopes, item);
	}
	table_endscan(scan);
	MemoryContextSwitchTo(old);
}

static const PlaceEntry *
find_place(SaScopes *scopes, int64 location_id, const CategoryEntry *category)
{
	PlaceKey key = {location_id, category == NULL ? 0 : category->number};
	bool found;
	PlaceEntry *place = (PlaceEntry *) hash_search(scopes->place_cache, &key, HASH_ENTER, &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(scopes->context);

		read_place(scopes, place, category);
		MemoryContextSwitchTo(old);
	}
	return place;
}

static const SaOwn *
find_owned(SaScopes *scopes, const PlaceEntry *place, const ItemEntry *item)
{
	OwnedKey key;
	OwnedEntry *owned;
	bool found;

	if (scopes->owned_cache == NULL)
		scopes->owned_cache =
			make_cache(scopes, "StockAlert owned items", sizeof(OwnedKey), sizeof(OwnedEntry));
	key.place = place->key;
	key.owner = hash_bytes_extended((const unsigned char *) VARDATA_ANY(item->owner),
									VARSIZE_ANY_EXHDR(item->owner), 0);
	owned = (OwnedEntry *) hash_search(scopes->owned_cache, &key, HASH_ENTER, &found);
	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(scopes->context);

		sa_people_own(scopes->people, place->key.location_id,
					  item->category == NULL ? NULL : item->category->name, item->owner,
					  &owned->own);
		MemoryContextSwitchTo(old);
	}
	return &owned->own;
}

static void
add_rules(SaCover *cover, const ScopeRules *scope)
{
	for (int i = 0; i < SA_SCOPE_RULES; i++)
	{
		if (scope->there[i] && cover->rule_count < SA_PAIR_RULES)
			cover->rules[cover->rule_count++] = &scope->rules[i];
	}
}

bool
sa_scopes_cover(SaScopes *scopes, int64 location_id, int64 item_id, SaCover *cover)
{
	const ItemEntry *item = find_item(scopes, item_id);
	const PlaceEntry *place = find_place(scopes, location_id, item->category);

	if (!item->there || !place->there)
		return false;
	cover->rule_count = 0;
	if (item->here)
	{
		find_rules(scopes, item_id, location_id, NULL, &scopes->item_here);
		add_rules(cover, &scopes->item_here);
	}
	add_rules(cover, &item->anywhere);
	if (item->category != NULL)
	{
		add_rules(cover, &place->category_here);
		add_rules(cover, &item->category->anywhere);
	}
	add_rules(cover, &place->location);
	add_rules(cover, &scopes->everything);
	cover->own = item->owner == NULL ? &place->own : find_owned(scopes, place, item);
	cover->step = item->step;
	cover->active = item->active && place->active;
	cover->category = item->category == NULL ? NULL : item->category->name;
	return true;
}
