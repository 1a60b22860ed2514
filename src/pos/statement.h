/*
 * statement.h: running the syncer's statements and reading their rows.
 *
 * In a transaction with SPI connected.  What is returned is palloc'd in the
 * current context.
 */
#ifndef SA_POS_STATEMENT_H
#define SA_POS_STATEMENT_H

#include "datatype/timestamp.h"
#include "executor/spi.h"

extern void sa_pos_execute(SPIPlanPtr plan, Datum *values, const char *nulls, bool read_only);
/* A column, from 1, of a row, from 0, of the last statement; NULL or 0 where it is null. */
extern Datum sa_pos_column(uint64 row, int number, bool *isnull);
extern char *sa_pos_text_of(uint64 row, int number);
extern TimestampTz sa_pos_time_of(uint64 row, int number);
extern bool sa_pos_bool_of(uint64 row, int number);
extern int sa_pos_int_of(uint64 row, int number);
extern char **sa_pos_texts_of(uint64 row, int number, int *count);
/* A parameter, from 0; NULL becomes a null. */
extern void sa_pos_put_text(Datum *values, char *nulls, int number, const char *text);

#endif
