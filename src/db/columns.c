/*
 * columns.c: growing arrays for set-based statements.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "db/columns.h"

void
sa_column_start(SaColumn *column, Oid type)
{
	column->type = type;
	column->count = 0;
	column->room = 16;
	column->values = palloc(column->room * sizeof(Datum));
	column->nulls = palloc(column->room * sizeof(bool));
}

static void
add_value(SaColumn *column, Datum value, bool isnull)
{
	if (column->count == column->room)
	{
		column->room *= 2;
		column->values = repalloc_huge(column->values, column->room * sizeof(Datum));
		column->nulls = repalloc_huge(column->nulls, column->room * sizeof(bool));
	}
	column->values[column->count] = value;
	column->nulls[column->count] = isnull;
	column->count++;
}

void
sa_column_add(SaColumn *column, Datum value)
{
	add_value(column, value, false);
}

void
sa_column_add_null(SaColumn *column)
{
	add_value(column, (Datum) 0, true);
}

void
sa_column_add_text(SaColumn *column, const char *text)
{
	if (text == NULL)
		sa_column_add_null(column);
	else
		sa_column_add(column, CStringGetTextDatum(text));
}

void
sa_column_add_place(SaColumn *column, const ItemPointerData *place)
{
	ItemPointer copy = (ItemPointer) palloc(sizeof(ItemPointerData));

	*copy = *place;
	sa_column_add(column, PointerGetDatum(copy));
}

void
sa_column_add_from(SaColumn *column, TupleTableSlot *row, AttrNumber number)
{
	bool isnull;
	Datum value = slot_getattr(row, number, &isnull);

	if (!isnull && column->type == TEXTOID)
		value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	add_value(column, value, isnull);
}

Datum
sa_column_array(const SaColumn *column)
{
	int16 length;
	bool by_value;
	char align;
	int dimensions[1] = {column->count};
	int bounds[1] = {1};

	get_typlenbyvalalign(column->type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(column->values, column->nulls, 1, dimensions, bounds,
											  column->type, length, by_value, align));
}

ItemPointerData
sa_place_of(ArrayType *array, int number)
{
	ItemPointerData place;

	/* Without nulls it is stored as it is in memory. */
	if (array != NULL && !ARR_HASNULL(array) &&
		number < ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)))
		return ((const ItemPointerData *) ARR_DATA_PTR(array))[number];
	ItemPointerSetInvalid(&place);
	return place;
}
