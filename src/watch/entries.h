/*
 * entries.h: rows of watched tables that were written and not mirrored yet.
 *
 * Row triggers put them here, the statement's end (or every few thousand rows,
 * or at the latest the commit) takes them out.  Entries belong to a
 * subtransaction: they vanish with it, and are taken in it or in an outer one
 * only once it is over.
 */
#ifndef SA_WATCH_ENTRIES_H
#define SA_WATCH_ENTRIES_H

#include "watch/reader.h"

typedef struct SaWatchEntry
{
	SubTransactionId owner;
	int position;
	SaWatchKind kind;
	int64 watch_id;
	int64 source_id;
	int64 location_id;
	bool gone;
	const char *item;     /* NULL: it has no usable key */
	const char *location; /* NULL: location_id */
	SaQuantity quantity;
	SaQuantity sold; /* what it went down by, where sales are inferred */
	SaWatchRow *row; /* NULL: nothing but the quantity changed */
} SaWatchEntry;

/* Taken out of the buffer; freed with its memory. */
typedef struct SaWatchBatch
{
	MemoryContext memory;
	SaWatchEntry **entries;
	int count;
} SaWatchBatch;

/* Registers the transaction callbacks; flush is called before a commit if anything is left. */
extern void sa_entries_init(void (*flush)(void));
/* Where what an entry points to must lie. */
extern MemoryContext sa_entries_memory(void);
/* Copies the entry; what it points to lies in sa_entries_memory(). */
extern void sa_entries_add(const SaWatchEntry *entry);
extern int sa_entries_count(void);
/* Takes this subtransaction's entries, oldest first; delete batch->memory after use. */
extern void sa_entries_take(SaWatchBatch *batch);

#endif
