/*
 * statement.c: SPI, and lists of texts in and out of it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "db/result.h"
#include "pos/statement.h"

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
	Datum value = sa_result(SPI_tuptable, row, number, &isnull);
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
