/*
 * claim.h: taking messages that are due.
 *
 * Runs in the caller's transaction with SPI connected; the caller commits
 * before the first byte leaves.  Results are palloc'd in the current context
 * of the caller, which must not be the one SPI frees.
 */
#ifndef SA_QUEUE_CLAIM_H
#define SA_QUEUE_CLAIM_H

#include "datatype/timestamp.h"

/* Most rows one claim takes; also a literal in its statement. */
#define SA_CLAIM_MOST 200

typedef struct SaEndpointName
{
	char *endpoint;
	char *channel;
} SaEndpointName;

typedef struct SaClaimed
{
	int64 queue_id;
	int64 message_id;
	int attempts;
	bool maybe_twice;
	char *fate; /* expired or superseded: not to be sent; NULL: to be sent */
	char *endpoint;
	char *channel;
	char *ref;
	char *recipient;
	char *recipient_name; /* NULL: not a subscriber */
	char *subject;
	char *body;
	char *html;
	int64 occurred_unix;
} SaClaimed;

/* The endpoints for which messages are waiting, due or not. */
extern int sa_queue_endpoints(MemoryContext context, SaEndpointName **endpoints);
/* Takes at most limit due messages of an endpoint, in the order of lane and age. */
extern int sa_queue_claim(MemoryContext context, const char *endpoint, int limit, int epoch,
						  SaClaimed **claimed);
/* Takes one row on probation; 0 where it is gone. */
extern int sa_queue_claim_one(MemoryContext context, int64 queue_id, int epoch,
							  SaClaimed **claimed);
/* Of waiting messages the oldest that are out of date, without claiming them. */
extern int sa_queue_expired(MemoryContext context, int64 **queue_ids);
/* Milliseconds until the next retry is due; -1: none waits. */
extern int64 sa_queue_next_retry(void);

#endif
