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

/* Most rows one claim takes. */
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
	const char *fate; /* expired or superseded: not to be sent; NULL: to be sent */
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

/* Lanes of the queue: urgent, normal, bulk. */
#define SA_LANES 3

/*
 * Up to where the new messages of an endpoint are known to be taken, by lane.
 * Sound because messages enter the queue by the sender's hand alone, in the
 * order of their numbers; kept in memory only.
 */
typedef struct SaFloors
{
	int64 lane[SA_LANES];
} SaFloors;

/* How much a claim may take, which leaves what is left of it. */
typedef struct SaClaimRoom
{
	int messages;
	int64 bytes; /* of their texts */
	int64 first; /* of the first one's, where it may have more: a large one must go some day */
} SaClaimRoom;

/* What an endpoint still has. */
typedef struct SaWaiting
{
	SaFloors floors;
	bool fresh;     /* messages that were never tried */
	int64 retry_ms; /* until one that was tried is due; -1: there is none */
} SaWaiting;

/* The endpoints for which messages are waiting, due or not: the whole queue is looked at. */
extern int sa_queue_endpoints(MemoryContext context, SaEndpointName **endpoints);
/*
 * Takes new messages of an endpoint above its floors, as there is room: first at
 * most lower of the lower lane, then in the order of the lanes and of age.  The
 * floors rise to what is taken.
 */
extern int sa_queue_claim(MemoryContext context, const char *endpoint, SaFloors *floors,
						  int lower_lane, int lower, SaClaimRoom *room, int epoch,
						  SaClaimed **claimed);
/* Takes at most most messages that were tried before and are due again. */
extern int sa_queue_claim_tried(MemoryContext context, const char *endpoint, SaClaimRoom *room,
								int most, int epoch, SaClaimed **claimed);
/* After a claim, in its transaction, with the floors that it left. */
extern SaWaiting sa_queue_waiting(const char *endpoint, const SaFloors *floors);
/* Takes one row on probation; 0 where it is gone. */
extern int sa_queue_claim_one(MemoryContext context, int64 queue_id, int epoch,
							  SaClaimed **claimed);
/* Of waiting messages the oldest that are out of date, without claiming them. */
extern int sa_queue_expired(MemoryContext context, int64 **queue_ids);

#endif
