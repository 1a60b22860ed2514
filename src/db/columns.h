/*
 * columns.h: arrays for statements that take many rows at once through unnest().
 *
 * A column grows by one value at a time in the memory context it was made in,
 * and becomes one array parameter.
 */
#ifndef SA_DB_COLUMNS_H
#define SA_DB_COLUMNS_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/array.h"

typedef struct SaColumn
{
	Oid type;
	Datum *values;
	bool *nulls;
	int count;
	int room;
} SaColumn;

extern void sa_column_start(SaColumn *column, Oid type);
extern void sa_column_add(SaColumn *column, Datum value);
extern void sa_column_add_null(SaColumn *column);
/* NULL becomes a null; the text is copied. */
extern void sa_column_add_text(SaColumn *column, const char *text);
/* Of a row version; copied. */
extern void sa_column_add_place(SaColumn *column, const ItemPointerData *place);
/* Of a row, its column of that number; a text is copied whole. */
extern void sa_column_add_from(SaColumn *column, TupleTableSlot *row, AttrNumber number);
/* The parameter; its type is get_array_type(column->type). */
extern Datum sa_column_array(const SaColumn *column);

/* Of an array of tid (NULL: none), the one at a place from 0; invalid beyond its end. */
extern ItemPointerData sa_place_of(ArrayType *array, int number);

#endif
