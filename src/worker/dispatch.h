/*
 * dispatch.h: messages on their way, from beginning to settlement.
 *
 * Private to worker/.  The functions named in pairs are the two halves of a
 * step: the first runs in its transaction, the second after it has committed.
 */
#ifndef SA_WORKER_DISPATCH_H
#define SA_WORKER_DISPATCH_H

typedef struct SaDispatchCounts
{
	uint64 sent;
	uint64 failed;
} SaDispatchCounts;

extern void sa_dispatch_start(int epoch);

/* Begins what is ready, as far as there are connections. */
extern void sa_dispatch_begin(void);

/* Takes in what has been answered, and begins what has waited for that. */
extern void sa_dispatch_poll(void);

extern bool sa_dispatch_settle_due(int64 now);
extern void sa_dispatch_settle(void);
extern void sa_dispatch_settled(void);

/* Gives up messages that waited too long, some at a time; returns how many. */
extern int sa_dispatch_expire(void);

/* Milliseconds until something is due without an answer; -1: nothing is. */
extern int64 sa_dispatch_wait(int64 now);
/* At the end: what was not begun goes back, */
extern void sa_dispatch_give_back_ready(void);
/* then what has no answer, which may have gone out. */
extern void sa_dispatch_give_back(void);
/* Whether anything waits to be settled. */
extern bool sa_dispatch_unsettled(void);

/* Since the last call. */
extern SaDispatchCounts sa_dispatch_counts(void);

#endif
