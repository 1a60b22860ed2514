/*
 * newest_alert.c: alerts by their pair, one by one or all at once.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "alerts/newest_alert.h"
#include "db/word.h"

/* A block of alerts is read in the time of looking up so many. */
#define PAIRS_A_BLOCK 20

enum
{
	ALERT_ID,
	LOCATION_ID,
	ITEM_ID,
	KIND,
	SEVERITY,
	RESOLVED_AT,
	HELD_UNTIL,
	COLUMNS
};
static const char *const names[COLUMNS] = {"alert_id", "location_id", "item_id",   "kind",
										   "severity", "resolved_at", "held_until"};
static AttrNumber numbers[COLUMNS];
static SaColumnNumbers columns = {InvalidOid, names, numbers, COLUMNS};

static bool
get_time(TupleTableSlot *row, int column, TimestampTz *out)
{
	bool isnull;
	Datum value = slot_getattr(row, numbers[column], &isnull);

	*out = isnull ? 0 : DatumGetTimestampTz(value);
	return !isnull;
}

static SaClass
parse_severity(Datum value)
{
	char name[16];
	SaClass class = SA_CLASS_LOW;

	text_to_cstring_buffer((text *) DatumGetPointer(value), name, sizeof(name));
	(void) sa_class_parse(name, &class);
	return class;
}

static void
read_alert(TupleTableSlot *row, SaNewestAlert *alert)
{
	bool isnull;

	slot_getsomeattrs(row, columns.last);
	alert->alert_id = DatumGetInt64(slot_getattr(row, numbers[ALERT_ID], &isnull));
	alert->severity = parse_severity(slot_getattr(row, numbers[SEVERITY], &isnull));
	alert->open = !get_time(row, RESOLVED_AT, &alert->resolved_at);
	alert->has_hold = get_time(row, HELD_UNTIL, &alert->held_until);
}

/* All newest alerts in one go, where looking up each that will be asked for would take longer. */
static void
read_ahead(SaNewestAlerts *alerts)
{
	TupleTableSlot *row = alerts->rows.row;
	HASHCTL control;
	TableScanDesc scan;
	SaNewestAlert key;
	SaNewestAlert *alert;
	bool found;

	memset(&key, 0, sizeof(key));
	control.keysize = 2 * sizeof(int64);
	control.entrysize = sizeof(SaNewestAlert);
	control.hcxt = CurrentMemoryContext;
	alerts->all =
		hash_create("StockAlert alerts", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	scan = table_beginscan(alerts->rows.heap, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		if (!sa_is_word(slot_getattr(row, numbers[KIND], &found), "stock"))
			continue;
		key.location_id = DatumGetInt64(slot_getattr(row, numbers[LOCATION_ID], &found));
		key.item_id = DatumGetInt64(slot_getattr(row, numbers[ITEM_ID], &found));
		alert = (SaNewestAlert *) hash_search(alerts->all, &key, HASH_ENTER, &found);
		if (!found || alert->alert_id < DatumGetInt64(slot_getattr(row, numbers[ALERT_ID], &found)))
			read_alert(row, alert);
	}
	table_endscan(scan);
}

void
sa_newest_open(SaNewestAlerts *alerts, int64 expected)
{
	memset(alerts, 0, sizeof(*alerts));
	sa_lookup_open(&alerts->rows, "alerts", "alerts_item_idx", BackwardScanDirection, &columns);
	alerts->kind = CStringGetTextDatum("stock");
	if ((int64) RelationGetNumberOfBlocks(alerts->rows.heap) <= expected / PAIRS_A_BLOCK)
		read_ahead(alerts);
}

void
sa_newest_close(SaNewestAlerts *alerts)
{
	sa_lookup_close(&alerts->rows);
}

const SaNewestAlert *
sa_newest_find(SaNewestAlerts *alerts, int64 location_id, int64 item_id, SaNewestAlert *room)
{
	room->location_id = location_id;
	room->item_id = item_id;
	if (alerts->all != NULL)
		return (const SaNewestAlert *) hash_search(alerts->all, room, HASH_FIND, NULL);
	sa_lookup_start(&alerts->rows);
	sa_lookup_bigint(&alerts->rows, location_id);
	sa_lookup_bigint(&alerts->rows, item_id);
	sa_lookup_text(&alerts->rows, alerts->kind);
	if (!sa_lookup_find(&alerts->rows))
		return NULL;
	read_alert(alerts->rows.row, room);
	return room;
}
