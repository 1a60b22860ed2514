/*
 * fields.c: the lists.
 */
#include "postgres.h"

#include "watch/fields.h"

static const SaField stock_fields[] = {
	{"item", SA_CELL_KEY, 192, true, true},
	{"location", SA_CELL_KEY, 192, false, true},
	{"quantity", SA_CELL_NUMBER, 0, true, false},
	{"threshold", SA_CELL_POSITIVE, 0, false, false},
	{"critical", SA_CELL_POSITIVE, 0, false, false},
	{"reserved", SA_CELL_POSITIVE, 0, false, false},
	{"on_order", SA_CELL_POSITIVE, 0, false, false},
	{"par", SA_CELL_POSITIVE, 0, false, false},
	{"active", SA_CELL_BOOL, 0, false, false},
	{"name", SA_CELL_WORD, 512, false, false},
	{"sku", SA_CELL_WORD, 192, false, false},
	{"category", SA_CELL_WORD, 192, false, false},
	{"cost", SA_CELL_POSITIVE, 0, false, false},
	{"price", SA_CELL_POSITIVE, 0, false, false},
	{"description", SA_CELL_LONG, 4096, false, false},
	{"model_number", SA_CELL_WORD, 192, false, false},
	{"owner", SA_CELL_KEY, 192, false, false},
};

static const SaField people_fields[] = {
	{"key", SA_CELL_KEY, 192, true, true},
	{"name", SA_CELL_WORD, 150, false, false},
	{"email", SA_CELL_TEXT, 254, false, false},
	{"notification_email", SA_CELL_TEXT, 254, false, false},
	{"phone_number", SA_CELL_TEXT, 60, false, false},
	{"notification_enabled", SA_CELL_BOOL, 0, false, false},
	{"alert_threshold", SA_CELL_POSITIVE, 0, false, false},
	{"channels", SA_CELL_LIST, 200, false, false},
	{"minimum_severity", SA_CELL_TEXT, 20, false, false},
	{"time_zone", SA_CELL_TEXT, 100, false, false},
};

static const SaField sales_fields[] = {
	{"key", SA_CELL_KEY, 170, false, true},       {"item", SA_CELL_KEY, 192, true, false},
	{"location", SA_CELL_KEY, 192, false, false}, {"quantity", SA_CELL_NUMBER, 0, true, false},
	{"sold_at", SA_CELL_TIME, 0, false, false},   {"price", SA_CELL_NUMBER, 0, false, false},
	{"kind", SA_CELL_TEXT, 30, false, false},
};

static const SaKindFields kinds[SA_WATCH_KINDS] = {
	{"stock", "watched_row", stock_fields, lengthof(stock_fields)},
	{"people", "watched_person", people_fields, lengthof(people_fields)},
	{"sales", "watched_sale", sales_fields, lengthof(sales_fields)},
};

const SaKindFields *
sa_fields_of(SaWatchKind kind)
{
	return &kinds[kind];
}

int
sa_field_number(SaWatchKind kind, const char *name)
{
	for (int i = 0; i < kinds[kind].count; i++)
	{
		if (strcmp(kinds[kind].fields[i].name, name) == 0)
			return i;
	}
	return -1;
}
