/*
 * row_update.h: new values in a row of ours, without a statement.
 *
 * The executor needs longer to get ready than to write one number.  Where
 * nothing else depends on the column - no trigger that would do something, no
 * rule, no policy, no foreign check - the row is written as it would write it.
 */
#ifndef SA_DB_ROW_UPDATE_H
#define SA_DB_ROW_UPDATE_H

#include "db/lookup.h"

/*
 * Whether writing this column of the table involves nothing but the column:
 * triggers for which known() answers true are the caller's business, and so is
 * the CHECK of that name.  Looks at the relation's cache entry only.
 */
extern bool sa_row_is_plain(Relation rel, AttrNumber column, bool (*known)(const char *trigger),
							const char *known_check);
/*
 * Writes the row just found (lookup opened for writing).  False: somebody else
 * wrote it, or this command did; nothing was changed, and a statement knows what
 * to do.  The command counter is the caller's.
 */
extern bool sa_row_update(SaLookup *lookup, AttrNumber column, Datum value);

#endif
