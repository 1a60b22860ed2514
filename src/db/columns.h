/*
 * columns.h: arrays for statements that take many rows at once through unnest().
 *
 * A column grows by one value at a time in the memory context it was made in,
 * and becomes one array parameter.
 */
#ifndef SA_DB_COLUMNS_H
#define SA_DB_COLUMNS_H

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
/* The parameter; its type is get_array_type(column->type). */
extern Datum sa_column_array(const SaColumn *column);

#endif
