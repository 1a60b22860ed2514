/*
 * taken.h: what is sent of the rows that a claim took.
 *
 * Private to queue/.
 */
#ifndef SA_QUEUE_TAKEN_H
#define SA_QUEUE_TAKEN_H

#include "queue/claim.h"
#include "queue/due.h"

/* In the order in which they were taken, in context; returns how many. */
extern int sa_taken_read(const SaDue *due, MemoryContext context, SaClaimed **claimed);

#endif
