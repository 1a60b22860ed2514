/*
 * fates.h: what is still to be asked about messages that a provider accepted.
 *
 * Runs in the caller's transaction with SPI connected; the rules are in
 * sql/37_fates.sql.
 */
#ifndef SA_QUEUE_FATES_H
#define SA_QUEUE_FATES_H

#include "queue/settle.h"

/* Asked about at a time, as stockalert.due_fates() says. */
#define SA_FATES_MOST 10

typedef struct SaFateDue
{
	char *provider_id;
	char *channel;
} SaFateDue;

typedef struct SaFateAnswer
{
	const char *provider_id;
	const char *fate; /* waiting, delivered, undelivered, unknown; NULL: no answer */
	int64 delay_ms;   /* of no answer: until it is asked again */
	const char *error_class;
	const char *error;
} SaFateAnswer;

/* Part of settling, before the rows of the queue go. */
extern void sa_fates_note(const SaSettlement *settlements, int count);
/* Takes what is due, in the given context. */
extern int sa_fates_due(MemoryContext context, SaFateDue due[SA_FATES_MOST]);
/* Milliseconds until the next is due; -1: none is. */
extern int64 sa_fates_wait(void);
extern void sa_fates_settle(const SaFateAnswer *answers, int count);
/* Sends once more what is due for that; how many. */
extern int64 sa_fates_retry(void);

#endif
