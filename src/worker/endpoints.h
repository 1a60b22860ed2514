/*
 * endpoints.h: how fast each endpoint may be used, as the sender has learnt.
 *
 * Private to worker/.  Lives in the sender's memory: after a restart the
 * buckets are empty and what was broken is tried once.
 */
#ifndef SA_WORKER_ENDPOINTS_H
#define SA_WORKER_ENDPOINTS_H

#include "delivery/config.h"
#include "delivery/send.h"
#include "pure/bucket.h"
#include "queue/claim.h"

typedef struct SaEndpoint
{
	char *name;
	char *channel;
	SaBucket bucket;
	int in_hand;               /* messages claimed and not answered */
	int sending;               /* of these, as many have a connection */
	struct SaJob *first_ready; /* the others, in their order (jobs.h) */
	struct SaJob *last_ready;
	int window;   /* how many may be in hand: about what it answers in a second */
	int answered; /* since then */
	int64 answered_since;
	bool wants;                 /* has messages that its bucket held back */
	bool unlimited;             /* nothing leaves the machine */
	bool broken;                /* the provider refused the channel itself */
	bool unconfigured;          /* something is missing */
	bool failing;               /* nobody answers there, again and again */
	TimestampTz since;          /* of the last of these */
	uint64 fingerprint;         /* of the configuration then */
	char complaint[32];         /* error class last logged; empty: it works */
	char reason[SA_ERROR_SIZE]; /* why it rests: what the last message that failed there met */
	SaFloors floors;
	bool waiting;    /* it has messages, due or not */
	int64 retry_at;  /* when one that was tried is due; -1: none */
	int64 taken;     /* messages, of all: every eighth is of a lower lane */
	SaWaiting found; /* by a claim that has not committed yet */
	bool has_found;
} SaEndpoint;

/* Made where it is new. */
extern SaEndpoint *sa_endpoint_get(const char *name, const char *channel, int64 now);
/* Those that have been used since the sender started. */
extern int sa_endpoints_list(SaEndpoint ***list);
/* How many messages it may take now, after a look at the channel's row. */
extern int sa_endpoint_allows(SaEndpoint *endpoint, const SaConfig *config, int limit, int64 now);
/* It cannot be used before a person mends something; tried again now and then. */
extern void sa_endpoint_give_up(SaEndpoint *endpoint, const SaConfig *config, bool broken,
								int64 until);
/* It did not answer as it should; often enough, and it is asked ever less often. */
extern void sa_endpoint_note_failure(SaEndpoint *endpoint, const SaConfig *config, int64 now);
/* It works. */
extern void sa_endpoint_note_success(SaEndpoint *endpoint, int64 now);
/* Nothing is to be begun there now, whatever was claimed. */
extern bool sa_endpoint_rests(const SaEndpoint *endpoint, int64 now);
/* Keys or settings were read anew: whatever was wrong may be right. */
extern void sa_endpoints_resume(void);
/* Milliseconds until an endpoint that held messages back may go on; -1: none. */
extern int64 sa_endpoints_wait(int64 now);
/* Before the queue is looked at again. */
extern void sa_endpoints_forget_wants(void);
/* Whether another endpoint of the channel is broken. */
extern bool sa_endpoints_broken(const char *channel);

#endif
