/*
 * lock_pairs.c: stockalert.await_writers() and lock_pairs(), before pairs are
 * judged and written.
 *
 * In key order, as everybody should; but apps update in whatever order they
 * like, so nothing is waited for while a row is held: callers wait first, for
 * one writer after another, and then take what they can; what is still being
 * written then is left to the next check.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "access/xact.h"
#include "compat.h"
#include "db/columns.h"
#include "db/pair.h"
#include "db/row_locks.h"

/* Writers that are waited for, one after another. */
#define ROUNDS 20

SA_FUNCTION(stockalert_await_writers);
SA_FUNCTION(stockalert_lock_pairs);
SA_FUNCTION(stockalert_lock_places);

typedef struct Pair
{
	SaPair key;
	ItemPointerData place; /* where its level was last seen; invalid: not known */
} Pair;

static SaColumnNumbers columns = {InvalidOid, NULL, NULL, 0};

/* In key order and once each; places are of the first of them. */
static Pair *
read_pairs(ArrayType *locations, ArrayType *items, ArrayType *places, int *count)
{
	int given = ArrayGetNItems(ARR_NDIM(locations), ARR_DIMS(locations));
	const int64 *location_ids = (const int64 *) ARR_DATA_PTR(locations);
	const int64 *item_ids = (const int64 *) ARR_DATA_PTR(items);
	Pair *pairs =
		(Pair *) MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Pair) * (Size) Max(given, 1));

	if (ArrayGetNItems(ARR_NDIM(items), ARR_DIMS(items)) != given || ARR_HASNULL(locations) ||
		ARR_HASNULL(items))
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("locations and items differ in number"),
						errdetail("Each pair has one of each, and neither is null."),
						errhint("Pass as many of one as of the other.")));
	for (int i = 0; i < given; i++)
		pairs[i] = (Pair){{location_ids[i], item_ids[i]}, sa_place_of(places, i)};
	qsort(pairs, given, sizeof(Pair), sa_pair_compare);
	*count = 0;
	for (int i = 0; i < given; i++)
	{
		if (*count == 0 || sa_pair_compare(&pairs[*count - 1], &pairs[i]) != 0)
			pairs[(*count)++] = pairs[i];
	}
	return pairs;
}

static bool
find_pair(SaLookup *levels, const Pair *pair)
{
	CHECK_FOR_INTERRUPTS();
	sa_lookup_start(levels);
	sa_lookup_bigint(levels, pair->key.location_id);
	sa_lookup_bigint(levels, pair->key.item_id);
	return sa_lookup_find_near(levels, &pair->place);
}

/* Waits for the first writer of any of the rows; false: there is none. */
static bool
wait_for_writer(const Pair *pairs, int count)
{
	SaLookup levels;
	bool waited = false;

	/* A version that came since this statement began counts too. */
	PushActiveSnapshot(IsolationUsesXactSnapshot() ? GetActiveSnapshot() : GetLatestSnapshot());
	sa_lookup_open_for_update(&levels, "stock_levels", "stock_levels_pkey", &columns);
	for (int i = 0; i < count && !waited; i++)
	{
		if (find_pair(&levels, &pairs[i]) && sa_row_is_busy(levels.row))
		{
			sa_row_wait(&levels);
			waited = true;
		}
	}
	sa_lookup_close(&levels);
	PopActiveSnapshot();
	return waited;
}

typedef struct Found
{
	SaColumn locked[3]; /* location, item, place */
	SaColumn left[2];
} Found;

static void
keep_pair(SaColumn *keys, const Pair *pair)
{
	sa_column_add(&keys[0], Int64GetDatum(pair->key.location_id));
	sa_column_add(&keys[1], Int64GetDatum(pair->key.item_id));
}

static void
lock_rows(const Pair *pairs, int count, Found *out)
{
	SaLookup levels;

	sa_lookup_open_for_update(&levels, "stock_levels", "stock_levels_pkey", &columns);
	for (int i = 0; i < count; i++)
	{
		SaRowLock lock = find_pair(&levels, &pairs[i]) ? sa_row_lock(&levels) : SA_ROW_GONE;

		if (lock == SA_ROW_LOCKED)
		{
			keep_pair(out->locked, &pairs[i]);
			sa_column_add_place(&out->locked[2], &levels.row->tts_tid);
		}
		else if (lock == SA_ROW_BUSY)
			keep_pair(out->left, &pairs[i]);
	}
	sa_lookup_close(&levels);
}

Datum
stockalert_await_writers(PG_FUNCTION_ARGS)
{
	int count;
	Pair *pairs = read_pairs(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1), NULL, &count);

	for (int round = 0; round < ROUNDS; round++)
	{
		if (!wait_for_writer(pairs, count))
			break;
	}
	PG_RETURN_VOID();
}

Datum
stockalert_lock_pairs(PG_FUNCTION_ARGS)
{
	int count;
	Pair *pairs = read_pairs(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1),
							 PG_GETARG_ARRAYTYPE_P(2), &count);
	Found found;
	TupleDesc desc;
	Datum values[5];
	bool nulls[5] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	for (int i = 0; i < 2; i++)
	{
		sa_column_start(&found.locked[i], INT8OID);
		sa_column_start(&found.left[i], INT8OID);
	}
	sa_column_start(&found.locked[2], TIDOID);
	lock_rows(pairs, count, &found);
	for (int i = 0; i < 3; i++)
		values[i] = sa_column_array(&found.locked[i]);
	for (int i = 0; i < 2; i++)
		values[i + 3] = sa_column_array(&found.left[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* Versions of rows instead of keys: what was just judged, by who can tell how many there were. */
Datum
stockalert_lock_places(PG_FUNCTION_ARGS)
{
	Datum *places;
	int count;
	int64 locked = 0;
	SaLookup levels;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TIDOID, sizeof(ItemPointerData), false,
					  TYPALIGN_SHORT, &places, NULL, &count);
	sa_lookup_open_for_update(&levels, "stock_levels", NULL, &columns);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (sa_version_lock(&levels, (ItemPointer) DatumGetPointer(places[i])) == SA_ROW_LOCKED)
			locked++;
	}
	sa_lookup_close(&levels);
	PG_RETURN_INT64(locked);
}
