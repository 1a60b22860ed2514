/*
 * result.c: values out of SPI's rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "db/result.h"

char *
sa_result_text(const SPITupleTable *table, uint64 row, int column)
{
	bool isnull;
	Datum value = sa_result(table, row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

int64
sa_result_bigint(const SPITupleTable *table, uint64 row, int column)
{
	bool isnull;
	Datum value = sa_result(table, row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

int
sa_result_int(const SPITupleTable *table, uint64 row, int column)
{
	bool isnull;
	Datum value = sa_result(table, row, column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

TimestampTz
sa_result_time(const SPITupleTable *table, uint64 row, int column)
{
	return sa_result_bigint(table, row, column);
}

bool
sa_result_bool(const SPITupleTable *table, uint64 row, int column)
{
	bool isnull;
	Datum value = sa_result(table, row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

char **
sa_result_texts(const SPITupleTable *table, uint64 row, int column, int *count)
{
	bool isnull;
	Datum value = sa_result(table, row, column, &isnull);
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

static void
ignore_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
ignore_end(DestReceiver *self)
{
}

/* Of a kind that SPI takes for a query's result, as PL/pgSQL's is. */
DestReceiver
sa_result_receiver(bool (*receive)(TupleTableSlot *slot, DestReceiver *self))
{
	DestReceiver receiver = {receive, ignore_startup, ignore_end, ignore_end, DestTuplestore};

	return receiver;
}
