/*
 * unmatched.c: pairs and the index of open alerts, merged in the order of both.
 *
 * Index entries of pages that all may see are taken as they are, as an
 * index-only scan does; a hundred thousand alerts are passed in milliseconds.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"

#include "alerts/unmatched.h"
#include "compat.h"
#include "db/lookup.h"
#include "db/pair.h"
#include "db/word.h"

/* In the order of alerts_one_open_key. */
enum
{
	LOCATION_ID,
	ITEM_ID,
	KIND,
	COLUMNS
};

static const char *const names[COLUMNS] = {"location_id", "item_id", "kind"};
static AttrNumber numbers[COLUMNS];
static SaColumnNumbers columns = {InvalidOid, names, numbers, COLUMNS};

typedef struct OpenAlerts
{
	SaLookup lookup;
	IndexScanDesc scan;
	Buffer map;  /* page of the visibility map */
	SaPair pair; /* of the last that was found */
	bool found;  /* false: there are no more */
} OpenAlerts;

static SaPair *
sort_pairs(const SaColumn keys[2])
{
	SaPair *pairs = (SaPair *) palloc(Max(keys[0].count, 1) * sizeof(SaPair));

	for (int i = 0; i < keys[0].count; i++)
	{
		pairs[i].location_id = DatumGetInt64(keys[0].values[i]);
		pairs[i].item_id = DatumGetInt64(keys[1].values[i]);
	}
	qsort(pairs, keys[0].count, sizeof(SaPair), sa_pair_compare);
	return pairs;
}

static void
open_alerts(OpenAlerts *alerts)
{
	sa_lookup_open(&alerts->lookup, "alerts", "alerts_one_open_key", ForwardScanDirection,
				   &columns);
	alerts->scan =
		SA_INDEX_BEGINSCAN(alerts->lookup.heap, alerts->lookup.index, GetActiveSnapshot(), 0, 0);
	alerts->scan->xs_want_itup = true;
	index_rescan(alerts->scan, NULL, 0, NULL, 0);
	alerts->map = InvalidBuffer;
	alerts->found = true;
}

static void
close_alerts(OpenAlerts *alerts)
{
	if (BufferIsValid(alerts->map))
		ReleaseBuffer(alerts->map);
	index_endscan(alerts->scan);
	sa_lookup_close(&alerts->lookup);
}

/* Of an entry whose row may be another transaction's; what is read is locked as a query would. */
static bool
is_seen(OpenAlerts *alerts, ItemPointer place)
{
	Relation heap = alerts->lookup.heap;
	bool seen;

	if (VM_ALL_VISIBLE(heap, ItemPointerGetBlockNumber(place), &alerts->map))
	{
		PredicateLockPage(heap, ItemPointerGetBlockNumber(place), GetActiveSnapshot());
		return true;
	}
	seen = index_fetch_heap(alerts->scan, alerts->lookup.row);
	ExecClearTuple(alerts->lookup.row);
	return seen;
}

static Datum
get_key(const OpenAlerts *alerts, int column)
{
	bool isnull;

	return index_getattr(alerts->scan->xs_itup, column + 1, alerts->scan->xs_itupdesc, &isnull);
}

static void
find_next(OpenAlerts *alerts)
{
	ItemPointer place;

	while ((place = index_getnext_tid(alerts->scan, ForwardScanDirection)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!sa_is_word(get_key(alerts, KIND), "stock") || !is_seen(alerts, place))
			continue;
		alerts->pair.location_id = DatumGetInt64(get_key(alerts, LOCATION_ID));
		alerts->pair.item_id = DatumGetInt64(get_key(alerts, ITEM_ID));
		return;
	}
	alerts->found = false;
}

static void
keep(SaColumn keys[2], const SaPair *pair)
{
	sa_column_add(&keys[0], Int64GetDatum(pair->location_id));
	sa_column_add(&keys[1], Int64GetDatum(pair->item_id));
}

void
sa_unmatched(SaColumn keys[2])
{
	SaPair *pairs = sort_pairs(keys);
	int count = keys[0].count;
	int order;
	OpenAlerts alerts;

	keys[0].count = keys[1].count = 0;
	open_alerts(&alerts);
	find_next(&alerts);
	for (int i = 0; i < count || alerts.found;)
	{
		order = i == count ? 1 : alerts.found ? sa_pair_compare(&pairs[i], &alerts.pair) : -1;
		if (order != 0)
			keep(keys, order < 0 ? &pairs[i] : &alerts.pair);
		if (order <= 0)
			i++;
		if (order >= 0)
			find_next(&alerts);
	}
	close_alerts(&alerts);
	pfree(pairs);
}
