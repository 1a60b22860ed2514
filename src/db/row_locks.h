/*
 * row_locks.h: locking rows without ever being part of a deadlock.
 *
 * Who holds one row and waits for another can wait for ever.  Here a row is
 * either taken at once or left; and whoever is writing it is waited for only
 * by callers that hold no row of that table yet.  Keys are kept as foreign keys
 * keep them.
 */
#ifndef SA_DB_ROW_LOCKS_H
#define SA_DB_ROW_LOCKS_H

#include "storage/itemptr.h"

#include "db/lookup.h"

typedef enum SaRowLock
{
	SA_ROW_LOCKED,
	SA_ROW_GONE, /* deleted meanwhile */
	SA_ROW_BUSY  /* somebody else holds it */
} SaRowLock;

/* Locks the newest version of the row just found, as UPDATE of no key would. */
extern SaRowLock sa_row_lock(SaLookup *lookup);
/* The same for one version: GONE too where there is a newer one. */
extern SaRowLock sa_version_lock(SaLookup *lookup, const ItemPointerData *place);
/*
 * Keeps the row just found from being deleted and its key, a bigint, from being
 * changed, as the check of a foreign key does; waits for who is at that.  False:
 * there is no row of that key any more.
 */
extern bool sa_row_keep_key(SaLookup *lookup, AttrNumber column, int64 key);
/* Another transaction is writing this row, or has locked it to do so. */
extern bool sa_row_is_busy(TupleTableSlot *row);
/* Waits until that transaction is over; the row may be busy again then. */
extern void sa_row_wait(SaLookup *lookup);

#endif
