/*
 * recover.h: what a new sender does with what the last one left.
 */
#ifndef SA_QUEUE_RECOVER_H
#define SA_QUEUE_RECOVER_H

/*
 * Raises the epoch, takes rows in flight back (they may have gone out), gives
 * up those that killed three senders.  Returns the epoch and the rows on
 * probation, palloc'd in context, oldest first: they are sent one at a time.
 */
extern int sa_queue_recover(MemoryContext context, int64 **probation, int *count);

#endif
