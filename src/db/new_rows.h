/*
 * new_rows.h: many rows into one of our own tables, as COPY writes them.
 *
 * A page at a time instead of a row.  Defaults are those of the table, looked
 * at once, as they stay the same in a transaction; identity columns count on.
 * Memory: the context that was current at sa_rows_open().  On row_writer.h.
 */
#ifndef SA_DB_NEW_ROWS_H
#define SA_DB_NEW_ROWS_H

#include "db/lookup.h"

typedef struct SaNewRows SaNewRows;

/* Opens a table of the schema stockalert; columns are those that sa_rows_set() takes, by place. */
extern SaNewRows *sa_rows_open(const char *table, SaColumnNumbers *columns);
/* A row of nothing but defaults. */
extern void sa_rows_start(SaNewRows *rows);
/* The value is copied by sa_rows_add(). */
extern void sa_rows_set(SaNewRows *rows, int column, Datum value);
/* Returns the value of the identity column. */
extern int64 sa_rows_add(SaNewRows *rows);
/* Writes what is left. */
extern void sa_rows_close(SaNewRows *rows);

#endif
