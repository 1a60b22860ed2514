/*
 * waiting.h: what the sender knows of the queue without looking.
 *
 * Private to worker/.  Messages enter the queue by the sender's hand alone, so
 * that it need not search for them; once a minute it does all the same.
 */
#ifndef SA_WORKER_WAITING_H
#define SA_WORKER_WAITING_H

#include "worker/endpoints.h"

/* Messages were put there for this endpoint; NULL: it is not known for which. */
extern void sa_waiting_expect(const char *endpoint, const char *channel);
/* One went back, to be tried at a time. */
extern void sa_waiting_again(SaEndpoint *endpoint, int64 at);
/* Whether a claim would find what the last one could not. */
extern bool sa_waiting_due(int64 now);
/* At the beginning of a claim, in its transaction. */
extern void sa_waiting_read(MemoryContext context, int64 now);
extern bool sa_waiting_any(void);
/* What a claim has found out counts once it has committed. */
extern void sa_waiting_keep(void);
/* Milliseconds until a claim will be due; -1: it is, or none will be. */
extern int64 sa_waiting_next(int64 now);

#endif
