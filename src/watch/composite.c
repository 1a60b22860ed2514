/*
 * composite.c: a buffered row as a value of watched_row, watched_person or
 * watched_sale.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "db/quantity.h"
#include "watch/composite.h"

Oid
sa_composite_type(SaWatchKind kind)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum(sa_fields_of(kind)->row_type),
						   ObjectIdGetDatum(get_namespace_oid("stockalert", false)));
}

static Datum
troubles_array(const SaWatchRow *row, int count, bool *isnull)
{
	Datum texts[SA_FIELDS_MOST];
	int found = 0;

	for (int i = 0; i < count; i++)
	{
		if (row->troubles[i] != NULL)
			texts[found++] = CStringGetTextDatum(row->troubles[i]);
	}
	*isnull = found == 0;
	if (found == 0)
		return (Datum) 0;
	return PointerGetDatum(construct_array(texts, found, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Of an entry that carries nothing but its key and its quantity. */
static Datum
bare_value(const SaWatchEntry *entry, int field, bool *isnull)
{
	*isnull = false;
	if (field == SA_STOCK_ITEM && entry->item != NULL)
		return CStringGetTextDatum(entry->item);
	if (field == SA_STOCK_LOCATION && entry->location != NULL)
		return CStringGetTextDatum(entry->location);
	if (field == SA_STOCK_QUANTITY && !entry->gone)
		return sa_quantity_to_datum(entry->quantity);
	*isnull = true;
	return (Datum) 0;
}

static Datum
entry_value(const SaWatchEntry *entry, const char *name, bool *isnull)
{
	int field;

	*isnull = false;
	if (strcmp(name, "gone") == 0)
		return BoolGetDatum(entry->gone);
	if (strcmp(name, "partial") == 0)
		return BoolGetDatum(entry->row == NULL);
	if (strcmp(name, "local") == 0)
		return BoolGetDatum(entry->row != NULL && entry->row->local);
	if (strcmp(name, "troubles") == 0)
	{
		*isnull = entry->row == NULL;
		return *isnull ? (Datum) 0
					   : troubles_array(entry->row, sa_fields_of(entry->kind)->count, isnull);
	}
	field = sa_field_number(entry->kind, name);
	if (field < 0)
		elog(ERROR, "watched rows have no field %s", name); /* cannot happen */
	if (entry->row == NULL)
		return bare_value(entry, field, isnull);
	*isnull = entry->row->cells[field].isnull;
	return entry->row->cells[field].value;
}

HeapTuple
sa_composite_form(const SaWatchEntry *entry, TupleDesc desc)
{
	Datum values[SA_FIELDS_MOST + 4];
	bool nulls[SA_FIELDS_MOST + 4];

	Assert(desc->natts <= SA_FIELDS_MOST + 4);
	for (int i = 0; i < desc->natts; i++)
		values[i] = entry_value(entry, NameStr(TupleDescAttr(desc, i)->attname), &nulls[i]);
	return heap_form_tuple(desc, values, nulls);
}

Datum
sa_composite_array(SaWatchEntry **entries, int count)
{
	Oid type = sa_composite_type(entries[0]->kind);
	TupleDesc desc = lookup_rowtype_tupdesc(type, -1);
	Datum *values = (Datum *) palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		values[i] = HeapTupleGetDatum(sa_composite_form(entries[i], desc));
	ReleaseTupleDesc(desc);
	return PointerGetDatum(construct_array(values, count, type, -1, false, TYPALIGN_DOUBLE));
}
