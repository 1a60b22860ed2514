/*
 * entry.c: from a row of an app's table to an entry.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "db/quantity.h"
#include "watch/entry.h"

void
sa_entry_start(const SaWatch *watch, SaWatchEntry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->kind = watch->kind;
	entry->watch_id = watch->watch_id;
	entry->source_id = watch->source_id;
	entry->location_id = watch->location_id;
}

static const char *
cell_text(const SaWatchRow *row, int field)
{
	return row->cells[field].isnull ? NULL : TextDatumGetCString(row->cells[field].value);
}

/* A rule refuses a critical threshold above the low one. */
static void
check_critical(SaWatchRow *row)
{
	SaCell *low_cell = &row->cells[SA_STOCK_THRESHOLD];
	SaCell *critical_cell = &row->cells[SA_STOCK_CRITICAL];
	SaQuantity low;
	SaQuantity critical;

	if (low_cell->isnull || critical_cell->isnull ||
		!sa_quantity_from_datum(low_cell->value, &low) ||
		!sa_quantity_from_datum(critical_cell->value, &critical) || critical <= low)
		return;
	critical_cell->isnull = true;
	row->troubles[SA_STOCK_CRITICAL] = "critical: it is above the threshold";
}

void
sa_entry_read(const SaWatch *watch, TupleTableSlot *slot, bool gone, SaWatchEntry *entry)
{
	sa_entry_start(watch, entry);
	entry->gone = gone;
	entry->row = (SaWatchRow *) palloc(sizeof(SaWatchRow));
	sa_reader_row(watch, slot, gone && watch->kind != SA_WATCH_SALES, entry->row);
	/* The first field of each kind is its key. */
	entry->item = cell_text(entry->row, 0);
	if (watch->kind == SA_WATCH_STOCK)
		entry->location = cell_text(entry->row, SA_STOCK_LOCATION);
	if (watch->kind == SA_WATCH_STOCK && !gone)
		check_critical(entry->row);
}
