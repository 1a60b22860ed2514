/*
 * verdict.h: what becomes of a message after its answer.
 *
 * Private to worker/.
 */
#ifndef SA_WORKER_VERDICT_H
#define SA_WORKER_VERDICT_H

#include "delivery/send.h"
#include "queue/settle.h"
#include "worker/endpoints.h"

typedef enum SaJobPhase
{
	SA_JOB_FREE,
	SA_JOB_SENDING,
	SA_JOB_ANSWERED /* waits to be settled */
} SaJobPhase;

/* A claimed message. */
typedef struct SaJob
{
	SaJobPhase phase;
	int64 queue_id;
	int attempts; /* before this one */
	bool probation;
	SaEndpoint *endpoint;
	SaResult result;
	int64 answered_at;
	/* The verdict. */
	const char *outcome; /* as in SaSettlement */
	bool tried;
	int64 delay_ms;
	const char *channel_state; /* the channel broke, or works again; NULL: as before */
} SaJob;

/* Decides, and lets the endpoint learn from it. */
extern void sa_verdict_of_job(SaJob *job, const SaConfig *config);
extern SaSettlement sa_verdict_settlement(const SaJob *job);

#endif
