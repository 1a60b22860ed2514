/*
 * statement.h: running the syncer's statements and reading their rows.
 *
 * In a transaction with SPI connected.  What is returned is palloc'd in the
 * current context.
 */
#ifndef SA_POS_STATEMENT_H
#define SA_POS_STATEMENT_H

#include "executor/spi.h"

extern void sa_pos_execute(SPIPlanPtr plan, Datum *values, const char *nulls, bool read_only);
/* A column, from 1, of a row, from 0, of the last statement; NULL where it is null. */
extern char **sa_pos_texts_of(uint64 row, int number, int *count);
/* A parameter, from 0; NULL becomes a null. */
extern void sa_pos_put_text(Datum *values, char *nulls, int number, const char *text);

#endif
