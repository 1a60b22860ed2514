/*
 * stirred.c: the check's one look at every pair, stockalert.stirred_pairs().
 *
 * Reads stock_levels through the table's access method, not by a query: of a
 * million pairs that stay quiet, the executor's steps for each would cost more
 * than reading and judging it.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/snapmgr.h"

#include "alerts/quiet.h"
#include "alerts/unmatched.h"
#include "compat.h"
#include "db/columns.h"
#include "db/lookup.h"
#include "db/quantity.h"
#include "db/word.h"

/* Of the processor's cache. */
#define LINE 64
/* More than a row of levels has; the end of a page, where rows are, comes first. */
#define LINES_A_ROW 2

/* Arrays that are returned. */
#define KEYS 7

SA_FUNCTION(stockalert_stirred_pairs);

enum
{
	LOCATION_ID,
	ITEM_ID,
	CLASS,
	LEVEL, /* four, as sa_quiet() wants them */
	COLUMNS = LEVEL + 4
};

static const char *const column_names[COLUMNS] = {
	"location_id", "item_id", "class", "on_hand", "reserved", "quiet_below", "quiet_above"};

/* Changes beside which rows may have been written unseen, each by a transaction of its own. */
typedef struct Changes
{
	const FullTransactionId *since;
	const TransactionId *writers;
	int count;
} Changes;

/* xmin as stored: also a frozen row keeps it. */
static bool
is_written_beside(TupleTableSlot *row, const Changes *changes)
{
	bool isnull;
	TransactionId xmin;

	if (changes->count == 0)
		return false;
	xmin = DatumGetTransactionId(slot_getsysattr(row, MinTransactionIdAttributeNumber, &isnull));
	for (int i = 0; i < changes->count; i++)
	{
		if (xmin != changes->writers[i] &&
			TransactionIdFollowsOrEquals(xmin, XidFromFullTransactionId(changes->since[i])))
			return true;
	}
	return false;
}

/* A pair that was never judged has no edges to trust. */
static bool
is_stirred(TupleTableSlot *row, const AttrNumber numbers[COLUMNS])
{
	NullableDatum level[4];

	if (row->tts_isnull[numbers[CLASS] - 1])
		return true;
	for (int i = 0; i < 4; i++)
	{
		level[i].value = row->tts_values[numbers[LEVEL + i] - 1];
		level[i].isnull = row->tts_isnull[numbers[LEVEL + i] - 1];
	}
	return !sa_quiet(level);
}

/* Judged to be what an alert belongs to. */
static bool
is_troubled(TupleTableSlot *row, const AttrNumber numbers[COLUMNS])
{
	Datum class = row->tts_values[numbers[CLASS] - 1];

	return !row->tts_isnull[numbers[CLASS] - 1] && !sa_is_word(class, "ok") &&
		   (sa_is_word(class, "low") || sa_is_word(class, "critical") || sa_is_word(class, "out"));
}

/* What rests without trouble cannot be. */
static bool
is_negative(TupleTableSlot *row, const AttrNumber numbers[COLUMNS])
{
	SaQuantity on_hand;
	SaQuantity reserved;

	return sa_quantity_from_datum(row->tts_values[numbers[LEVEL] - 1], &on_hand) &&
		   sa_quantity_from_datum(row->tts_values[numbers[LEVEL + 1] - 1], &reserved) &&
		   on_hand < reserved;
}

static void
keep_keys(TupleTableSlot *row, const AttrNumber numbers[COLUMNS], SaColumn *keys)
{
	sa_column_add(&keys[0], row->tts_values[numbers[LOCATION_ID] - 1]);
	sa_column_add(&keys[1], row->tts_values[numbers[ITEM_ID] - 1]);
}

/* The page after that of the last row, where it is in memory. */
typedef struct NextPage
{
	Relation rel;
	BlockNumber count;
	BlockNumber number;
	const char *next; /* of its lines, from the last to the first */
	const char *first;
} NextPage;

static void
find_next_page(NextPage *page)
{
	Buffer buffer = InvalidBuffer;

	if (page->number < page->count)
		buffer = PrefetchBuffer(page->rel, MAIN_FORKNUM, page->number).recent_buffer;
	page->first = BufferIsValid(buffer) ? (const char *) BufferGetPage(buffer) : NULL;
	page->next = BufferIsValid(buffer) ? page->first + BLCKSZ : NULL;
}

/*
 * Brings some of the next page into the processor's cache with each row: what
 * the scan waits for is memory more than anything else.  The page is not
 * pinned, and nothing of it is read.
 */
static void
fetch_ahead(NextPage *page, TupleTableSlot *row)
{
	BlockNumber next = ItemPointerGetBlockNumber(&row->tts_tid) + 1;

	if (page->number != next)
	{
		page->number = next;
		find_next_page(page);
	}
	for (int i = 0; i < LINES_A_ROW && page->next > page->first; i++)
		__builtin_prefetch(page->next -= LINE);
}

/* Counts all pairs and keeps keys and places of those that are not quiet, and keys of those under
 * zero and of those that were judged low or worse. */
static int64
read_levels(Relation rel, const Changes *changes, SaColumn stirred[3], SaColumn negative[2],
			SaColumn troubled[2])
{
	AttrNumber numbers[COLUMNS];
	SaColumnNumbers columns = {InvalidOid, column_names, numbers, COLUMNS};
	TupleTableSlot *row = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	NextPage next = {rel, RelationGetNumberOfBlocks(rel), InvalidBlockNumber, NULL, NULL};
	int64 checked = 0;
	bool moved;
	bool low;

	sa_lookup_columns(rel, &columns);
	while (table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		CHECK_FOR_INTERRUPTS();
		checked++;
		fetch_ahead(&next, row);
		slot_getsomeattrs(row, columns.last);
		moved = is_stirred(row, numbers) || is_written_beside(row, changes);
		if (moved)
		{
			keep_keys(row, numbers, stirred);
			sa_column_add_place(&stirred[2], &row->tts_tid);
		}
		low = is_troubled(row, numbers);
		if (low)
			keep_keys(row, numbers, troubled);
		if ((moved || low) && is_negative(row, numbers))
			keep_keys(row, numbers, negative);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	return checked;
}

/* Both without nulls: as stored. */
static void
read_changes(ArrayType *since, ArrayType *writers, Changes *out)
{
	out->count = ArrayGetNItems(ARR_NDIM(since), ARR_DIMS(since));
	if (ArrayGetNItems(ARR_NDIM(writers), ARR_DIMS(writers)) != out->count || ARR_HASNULL(since) ||
		ARR_HASNULL(writers))
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("transactions and writers differ in number"),
						errdetail("Each change has one of each, and neither is null."),
						errhint("Pass as many of one as of the other.")));
	out->since = (const FullTransactionId *) ARR_DATA_PTR(since);
	out->writers = (const TransactionId *) ARR_DATA_PTR(writers);
}

Datum
stockalert_stirred_pairs(PG_FUNCTION_ARGS)
{
	static const Oid types[KEYS] = {INT8OID, INT8OID, TIDOID, INT8OID, INT8OID, INT8OID, INT8OID};
	SaColumn keys[KEYS];
	Changes changes = {NULL, NULL, 0};
	TupleDesc desc;
	Relation rel;
	Datum values[1 + KEYS];
	bool nulls[1 + KEYS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		read_changes(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1), &changes);
	for (int i = 0; i < KEYS; i++)
		sa_column_start(&keys[i], types[i]);
	rel = sa_lookup_table("stock_levels", ACL_SELECT, AccessShareLock);
	values[0] = Int64GetDatum(read_levels(rel, &changes, &keys[0], &keys[3], &keys[5]));
	table_close(rel, AccessShareLock);
	sa_unmatched(&keys[5]);
	for (int i = 0; i < KEYS; i++)
		values[i + 1] = sa_column_array(&keys[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
