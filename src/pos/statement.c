/*
 * statement.c: SPI, and the columns of its rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pos/statement.h"

Datum
sa_pos_column(uint64 row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, isnull);
}

char *
sa_pos_text_of(uint64 row, int number)
{
	bool isnull;
	Datum value = sa_pos_column(row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

TimestampTz
sa_pos_time_of(uint64 row, int number)
{
	bool isnull;
	Datum value = sa_pos_column(row, number, &isnull);

	return isnull ? 0 : DatumGetTimestampTz(value);
}

bool
sa_pos_bool_of(uint64 row, int number)
{
	bool isnull;
	Datum value = sa_pos_column(row, number, &isnull);

	return !isnull && DatumGetBool(value);
}

int
sa_pos_int_of(uint64 row, int number)
{
	bool isnull;
	Datum value = sa_pos_column(row, number, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

void
sa_pos_execute(SPIPlanPtr plan, Datum *values, const char *nulls, bool read_only)
{
	int result = SPI_execute_plan(plan, values, nulls, read_only, 0);

	if (result < 0)
		elog(ERROR, "could not run a statement of the syncer: %s", SPI_result_code_string(result));
}

char **
sa_pos_texts_of(uint64 row, int number, int *count)
{
	bool isnull;
	Datum value = sa_pos_column(row, number, &isnull);
	Datum *elements;
	char **texts;

	*count = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL,
					  count);
	texts = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return texts;
}

void
sa_pos_put_text(Datum *values, char *nulls, int number, const char *text)
{
	if (text == NULL)
		nulls[number] = 'n';
	else
		values[number] = CStringGetTextDatum(text);
}
