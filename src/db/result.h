/*
 * result.h: columns of the rows that a statement returned.
 *
 * With SPI connected, as long as it keeps the table.  Rows count from 0,
 * columns from 1.  Texts are palloc'd in the current context.
 */
#ifndef SA_DB_RESULT_H
#define SA_DB_RESULT_H

#include "datatype/timestamp.h"
#include "executor/spi.h"
#include "tcop/dest.h"

static inline Datum
sa_result(const SPITupleTable *table, uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(table->vals[row], table->tupdesc, column, isnull);
}

/* NULL, 0 or false where it is null. */
extern char *sa_result_text(const SPITupleTable *table, uint64 row, int column);
extern int64 sa_result_bigint(const SPITupleTable *table, uint64 row, int column);
extern int sa_result_int(const SPITupleTable *table, uint64 row, int column);
extern TimestampTz sa_result_time(const SPITupleTable *table, uint64 row, int column);
extern bool sa_result_bool(const SPITupleTable *table, uint64 row, int column);
/* Of an array of text without nulls; NULL where it is null. */
extern char **sa_result_texts(const SPITupleTable *table, uint64 row, int column, int *count);

/* Takes each row while the query runs, instead of a table; for SPIExecuteOptions. */
extern DestReceiver sa_result_receiver(bool (*receive)(TupleTableSlot *slot, DestReceiver *self));

#endif
