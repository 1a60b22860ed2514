/*
 * counts.c: counts of Square that are plain, stockalert.square_take_counts().
 *
 * Nearly all of a first import are of pairs that are new, and nearly all of a
 * later round over everything are as they were: these are done here, without
 * a statement.  Every other row is handed back, for the statement that knows
 * what each kind of row means (stockalert.square_apply_counts).
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "alerts/new_levels.h"
#include "compat.h"
#include "db/new_rows.h"
#include "db/quantity.h"
#include "db/row_writer.h"
#include "pos/square/known.h"
#include "pure/json_read.h"
#include "pure/rfc3339.h"

SA_FUNCTION(stockalert_square_take_counts);

/* Longer texts are no keys, quantities or times of Square's. */
#define TEXT_ROOM 200
/* Rows that are not asked for are passed over faster than a key is looked up. */
#define RUN_GAP 8

enum
{
	LOCATION_ID,
	ITEM_ID,
	CONNECTION_ID,
	IN_STOCK,
	IN_STOCK_AT,
	COLUMNS
};
static const char *const column_names[COLUMNS] = {"location_id", "item_id", "connection_id",
												  "in_stock", "in_stock_at"};
static AttrNumber numbers[COLUMNS];
static SaColumnNumbers columns = {InvalidOid, column_names, numbers, COLUMNS};

/* What is read of a row. */
enum
{
	OBJECT,
	LOCATION,
	STATE,
	QUANTITY,
	AT,
	MEMBERS
};
static const char *const member_names[MEMBERS] = {"catalog_object_id", "location_id", "state",
												  "quantity", "calculated_at"};

/* One row of the page. */
typedef struct Count
{
	SaJson value;
	bool plain; /* and what follows is set */
	SaSquarePlace place;
	SaQuantity quantity;
	TimestampTz at;
	int64 last_item; /* of the run of items that it begins or is in */
} Count;

typedef struct PairKey
{
	int64 location_id;
	int64 item_id;
} PairKey;

typedef struct PairEntry
{
	PairKey key;
	int count;
} PairEntry;

typedef struct CountPage
{
	int64 connection_id;
	TimestampTz latest;
	SaSquareKnown *known;
	HTAB *pairs;
	SaNewLevels *levels; /* opened for the first that is new */
	SaNewRows *remembered;
	Count *counts;
	int count;
	/* of rows that were done */
	int rows;
	int changed;
	bool has_newest;
	Count newest;
	StringInfoData rest;
} CountPage;

static bool
read_time(const char *text, TimestampTz *out)
{
	int64 unix_us;

	if (!sa_rfc3339_read(text, &unix_us))
		return false;
	*out = unix_us - (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	return true;
}

static bool
read_text(SaJson value, char out[TEXT_ROOM])
{
	size_t length = sa_json_string(value, out, TEXT_ROOM);

	return length > 0 && length < TEXT_ROOM;
}

/* Whose stock it is; false: of nothing that is known. */
static bool
read_place(CountPage *page, const SaJson members[MEMBERS], SaSquarePlace *place)
{
	char object[TEXT_ROOM];
	char location[TEXT_ROOM];

	return read_text(members[OBJECT], object) && read_text(members[LOCATION], location) &&
		   sa_square_find_place(page->known, object, location, place);
}

/* Rows of a pair are merged: where there are several, none of them is plain. */
static void
note_pair(CountPage *page, const SaSquarePlace *place)
{
	PairKey key = {place->location_id, place->item_id};
	bool found;
	PairEntry *entry = (PairEntry *) hash_search(page->pairs, &key, HASH_ENTER, &found);

	entry->count = found ? entry->count + 1 : 1;
}

static bool
is_alone(const CountPage *page, const SaSquarePlace *place)
{
	PairKey key = {place->location_id, place->item_id};

	return ((PairEntry *) hash_search(page->pairs, &key, HASH_FIND, NULL))->count == 1;
}

static void
read_count(CountPage *page, SaJson row, Count *count)
{
	SaJson members[MEMBERS];
	char text[TEXT_ROOM];

	count->value = row;
	count->plain = false;
	sa_json_members(row, member_names, MEMBERS, members);
	if (!read_place(page, members, &count->place))
		return;
	note_pair(page, &count->place);
	count->plain = count->place.plain && read_text(members[STATE], text) &&
				   strcmp(text, "IN_STOCK") == 0 && read_text(members[QUANTITY], text) &&
				   sa_quantity_parse(text, &count->quantity) && read_text(members[AT], text) &&
				   read_time(text, &count->at) && count->at <= page->latest;
}

static void
read_counts(CountPage *page, SaJson rows)
{
	SaJson row = {NULL, 0};
	Size room = 1024;

	page->counts = (Count *) palloc(sizeof(Count) * room);
	while (sa_json_element(rows, &row))
	{
		CHECK_FOR_INTERRUPTS();
		if (page->count == room)
		{
			room *= 2;
			page->counts = (Count *) repalloc_huge(page->counts, sizeof(Count) * room);
		}
		read_count(page, row, &page->counts[page->count++]);
	}
}

static void
hand_back(CountPage *page, const Count *count)
{
	appendStringInfoChar(&page->rest, page->rest.len == 0 ? '[' : ',');
	appendBinaryStringInfo(&page->rest, count->value.at, (int) count->value.length);
}

static void
note_done(CountPage *page, const Count *count, bool changed)
{
	page->rows++;
	page->changed += changed;
	if (page->has_newest && count->at <= page->newest.at)
		return;
	page->has_newest = true;
	page->newest = *count;
}

static void
remember(CountPage *page, const Count *count)
{
	SaNewRows *rows = page->remembered;

	sa_rows_start(rows);
	sa_rows_set(rows, LOCATION_ID, Int64GetDatum(count->place.location_id));
	sa_rows_set(rows, ITEM_ID, Int64GetDatum(count->place.item_id));
	sa_rows_set(rows, CONNECTION_ID, Int64GetDatum(page->connection_id));
	sa_rows_set(rows, IN_STOCK, sa_quantity_to_datum(count->quantity));
	sa_rows_set(rows, IN_STOCK_AT, TimestampTzGetDatum(count->at));
	(void) sa_rows_add(rows);
}

/* False: what it refers to is not there. */
static bool
add_new(CountPage *page, const SaNewLevel *level, const Count *count)
{
	if (page->levels == NULL)
	{
		page->levels = sa_new_levels_open(page->count, sa_square_variations(page->known));
		page->remembered = sa_rows_open("square_levels", &columns);
	}
	if (!sa_new_levels_add(page->levels, level))
		return false;
	remember(page, count);
	return true;
}

/* What is known of the pair decides; what changes is the statement's. */
static void
do_count(CountPage *page, const Count *count)
{
	SaNewLevel level = {count->place.location_id, count->place.item_id, count->quantity,
						count->place.carried};
	SaSquarePair pair = SA_SQUARE_PAIR_OTHER;

	if (count->plain && is_alone(page, &count->place))
		pair = sa_square_compare(page->known, &level, count->at, count->last_item);
	if (pair == SA_SQUARE_PAIR_SAME)
		note_done(page, count, false);
	else if (pair == SA_SQUARE_PAIR_NEW && add_new(page, &level, count))
		note_done(page, count, true);
	else
		hand_back(page, count);
}

static int
compare_places(const void *a, const void *b)
{
	const Count *x = (const Count *) a;
	const Count *y = (const Count *) b;

	if (x->plain != y->plain)
		return x->plain ? -1 : 1;
	if (!x->plain)
		return (x->value.at > y->value.at) - (x->value.at < y->value.at);
	if (x->place.location_id != y->place.location_id)
		return x->place.location_id < y->place.location_id ? -1 : 1;
	return (x->place.item_id > y->place.item_id) - (x->place.item_id < y->place.item_id);
}

/* Items of a location that lie close together are looked up together. */
static void
find_runs(CountPage *page)
{
	for (int i = page->count - 1; i >= 0; i--)
	{
		Count *count = &page->counts[i];
		const Count *next = count + 1;
		bool joined = count->plain && i + 1 < page->count && next->plain &&
					  next->place.location_id == count->place.location_id &&
					  next->place.item_id - count->place.item_id <= RUN_GAP;

		count->last_item = joined ? next->last_item : count->place.item_id;
	}
}

/* In the order of keys, in which indexes are read and everybody locks. */
static void
do_counts(CountPage *page)
{
	qsort(page->counts, page->count, sizeof(Count), compare_places);
	find_runs(page);
	for (int i = 0; i < page->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		do_count(page, &page->counts[i]);
	}
	if (page->levels == NULL)
		return;
	sa_rows_close(page->remembered);
	sa_new_levels_close(page->levels);
}

static void
take_page(CountPage *page, SaJson all)
{
	HASHCTL control;
	SaJson rows;

	if (!sa_json_member(all, "counts", &rows) || !sa_json_is_array(rows))
		return;
	control.keysize = sizeof(PairKey);
	control.entrysize = sizeof(PairEntry);
	control.hcxt = CurrentMemoryContext;
	page->pairs =
		hash_create("StockAlert pairs", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	read_counts(page, rows);
	do_counts(page);
}

static HeapTuple
form_result(const CountPage *page, TupleDesc desc)
{
	Datum values[5] = {Int32GetDatum(page->rows), Int32GetDatum(page->changed)};
	bool nulls[5] = {false, false, !page->has_newest, !page->has_newest, page->rest.len == 0};
	char text[TEXT_ROOM];

	if (page->has_newest)
	{
		(void) sa_json_member_string(page->newest.value, "calculated_at", text, sizeof(text));
		values[2] = TimestampTzGetDatum(page->newest.at);
		values[3] = CStringGetTextDatum(text);
	}
	if (page->rest.len > 0)
		values[4] = CStringGetTextDatum(psprintf("{\"counts\":%s]}", page->rest.data));
	return heap_form_tuple(desc, values, nulls);
}

static Datum
hand_all_back(TupleDesc desc, Datum page)
{
	Datum values[5] = {Int32GetDatum(0), Int32GetDatum(0), 0, 0, page};
	bool nulls[5] = {false, false, true, true, false};

	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

Datum
stockalert_square_take_counts(PG_FUNCTION_ARGS)
{
	char *body = text_to_cstring(PG_GETARG_TEXT_PP(4));
	size_t length = strlen(body);
	CountPage page = {PG_GETARG_INT64(0)};
	TupleDesc desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	if (!sa_json_scrub(body, length) || !sa_new_levels_fit() || !sa_writer_fits("square_levels"))
		PG_RETURN_DATUM(hand_all_back(desc, PG_GETARG_DATUM(4)));
	/* An absurd time of the future is the statement's. */
	page.latest = GetCurrentTimestamp() + USECS_PER_DAY;
	initStringInfo(&page.rest);
	SPI_connect();
	/* As a statement would: it sees what this transaction wrote, and what others committed. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	page.known = sa_square_known_open(page.connection_id, PG_GETARG_BOOL(1),
									  PG_GETARG_ARRAYTYPE_P(2), PG_GETARG_ARRAYTYPE_P(3));
	take_page(&page, sa_json_all(body, length));
	sa_square_known_close(page.known);
	PopActiveSnapshot();
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(form_result(&page, desc)));
}
