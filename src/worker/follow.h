/*
 * follow.h: messages that were accepted are followed until they have arrived.
 *
 * Private to worker/.
 */
#ifndef SA_WORKER_FOLLOW_H
#define SA_WORKER_FOLLOW_H

/* Messages were settled: there may be some to follow. */
extern void sa_follow_expect(int64 now);
extern bool sa_follow_ask_due(int64 now);
/* In a transaction: takes what is due. */
extern void sa_follow_claim(void);
/* After it: now the questions may leave.  True: messages were put into the queue. */
extern bool sa_follow_begin(void);
extern bool sa_follow_note_due(int64 now);
/* In a transaction: writes the answers down. */
extern void sa_follow_note(void);
extern void sa_follow_noted(void);
/* Milliseconds until there is something to ask; -1: nothing is known of. */
extern int64 sa_follow_wait(int64 now);

#endif
