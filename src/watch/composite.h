/*
 * composite.h: buffered rows as values that SQL functions take.
 */
#ifndef SA_WATCH_COMPOSITE_H
#define SA_WATCH_COMPOSITE_H

#include "access/htup.h"
#include "access/tupdesc.h"

#include "watch/entries.h"

/* The row type of a kind. */
extern Oid sa_composite_type(SaWatchKind kind);
extern HeapTuple sa_composite_form(const SaWatchEntry *entry, TupleDesc desc);
/* An array of the row type; all entries are of one kind. */
extern Datum sa_composite_array(SaWatchEntry **entries, int count);

#endif
