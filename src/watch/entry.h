/*
 * entry.h: from a row of an app's table to an entry of the buffer.
 */
#ifndef SA_WATCH_ENTRY_H
#define SA_WATCH_ENTRY_H

#include "watch/entries.h"

/* Knows its watch and nothing else. */
extern void sa_entry_start(const SaWatch *watch, SaWatchEntry *entry);
/* The whole row (of one that is gone, its key), in the current memory context. */
extern void sa_entry_read(const SaWatch *watch, TupleTableSlot *slot, bool gone,
						  SaWatchEntry *entry);

#endif
