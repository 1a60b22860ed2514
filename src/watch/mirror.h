/*
 * mirror.h: from buffered rows to stock, people and sales.
 */
#ifndef SA_WATCH_MIRROR_H
#define SA_WATCH_MIRROR_H

#include "watch/entries.h"

/* Rows in memory at a time. */
#define SA_WATCH_BATCH 10000
/* The same for a first import, each of whose batches looks at all that is there. */
#define SA_WATCH_IMPORT_BATCH 30000

/* Mirrors what this subtransaction buffered. */
extern void sa_mirror_flush(void);
/* The same for a first import, whose errors are the caller's. */
extern void sa_mirror_import(void);
/* Takes statistics of the tables that a kind is mirrored into. */
extern void sa_mirror_analyze(SaWatchKind kind);
/* Reads a watched table again and puts right what differs; an error is noted. */
extern void sa_mirror_reread(int64 watch_id);

#endif
