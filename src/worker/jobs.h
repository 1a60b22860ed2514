/*
 * jobs.h: the messages in the sender's hands, from claim to settlement.
 *
 * Private to worker/.  A claim makes a batch of jobs; a job keeps its batch's
 * memory alive until it is begun.
 */
#ifndef SA_WORKER_JOBS_H
#define SA_WORKER_JOBS_H

#include "delivery/send.h"
#include "worker/endpoints.h"

/* As many may have gone out without our knowing when the sender is killed. */
#define SA_JOBS 400
/* Their texts, which are in memory until they are answered. */
#define SA_JOBS_BYTES (8 * 1024 * 1024)

typedef enum SaJobPhase
{
	SA_JOB_FREE,
	SA_JOB_READY, /* claimed, waits for a connection */
	SA_JOB_SENDING,
	SA_JOB_ANSWERED /* waits to be settled */
} SaJobPhase;

#define SA_JOB_PHASES (SA_JOB_ANSWERED + 1)

/* What one claim took. */
typedef struct SaBatch
{
	MemoryContext context; /* of itself and of what was claimed */
	int ready;             /* jobs that still need it */
} SaBatch;

/* A claimed message. */
typedef struct SaJob
{
	SaJobPhase phase;
	struct SaJob *next; /* behind it, of its endpoint's that are ready */
	SaBatch *batch;
	SaClaimed *claimed; /* of the batch; NULL once begun */
	int64 queue_id;
	int64 bytes;
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

extern SaBatch *sa_batch_make(void);
/* What of it has no job is gone. */
extern void sa_batch_free(SaBatch *batch);

/* Behind those of its endpoint that are ready; the caller has seen that there is room. */
extern void sa_job_make(SaBatch *batch, SaClaimed *claimed, SaEndpoint *endpoint, bool probation);
/* The one that has waited longest; NULL: none waits. */
extern SaJob *sa_job_first_ready(const SaEndpoint *endpoint);
/* It leaves the ready ones; what was claimed lasts until sa_job_forget_claimed(). */
extern void sa_job_set_sending(SaJob *job);
extern void sa_job_forget_claimed(SaJob *job);
/* Of one that was ready or under way. */
extern void sa_job_set_answered(SaJob *job, int64 now);
extern void sa_job_set_free(SaJob *job);

extern int sa_jobs_count(SaJobPhase phase);
/* Of the texts of those that are ready or under way. */
extern int64 sa_jobs_bytes(void);
/* The next one in that phase, from *place on, which goes on; NULL: no more. */
extern SaJob *sa_jobs_next(SaJobPhase phase, int *place);
/* NULL: none is under way. */
extern SaJob *sa_jobs_find_sending(int64 queue_id);
/* Whether one on probation is in hand. */
extern bool sa_jobs_have_probation(void);

#endif
