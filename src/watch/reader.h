/*
 * reader.h: an app's row as cells.
 *
 * Reads slots only: no SQL, no operator, cast or output function of anybody's,
 * so that nobody's code runs with our rights.  What cannot be used becomes a
 * trouble, never an error.
 */
#ifndef SA_WATCH_READER_H
#define SA_WATCH_READER_H

#include "executor/tuptable.h"

#include "db/quantity.h"
#include "watch/registry.h"

typedef struct SaCell
{
	bool isnull;
	Datum value; /* text, numeric, bool or timestamptz */
} SaCell;

typedef struct SaWatchRow
{
	SaCell cells[SA_FIELDS_MOST];
	const char *troubles[SA_FIELDS_MOST]; /* "field: what is wrong"; NULL: nothing */
	bool local;                           /* its time has no zone, and is told as if in UTC */
	bool named;                           /* its key can be used */
} SaWatchRow;

/* All mapped cells, in the current memory context; only_key: those of the key. */
extern void sa_reader_row(const SaWatch *watch, TupleTableSlot *slot, bool only_key,
						  SaWatchRow *row);
/* A key as text, palloc'd; NULL where there is none or it cannot be used. */
extern char *sa_reader_key(const SaWatchColumn *column, TupleTableSlot *slot, int longest);
/* A quantity to 5 decimals; false: NULL, not a number, or absurd. */
extern bool sa_reader_quantity(const SaWatchColumn *column, TupleTableSlot *slot, SaQuantity *out);
/* Whether a mapped column differs between two versions of a row. */
extern bool sa_reader_differs(const SaWatchColumn *column, TupleTableSlot *old,
							  TupleTableSlot *new);

#endif
