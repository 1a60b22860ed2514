/*
 * jobs.c: a table of jobs, and the counts that each change of phase keeps.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "worker/jobs.h"

static SaJob jobs[SA_JOBS];
static SaJob *first_free = NULL; /* of those that were used before */
static int used = 0;
static int64 sending[SA_JOBS]; /* queue_id of each that is, else 0: searched for each answer */
static int counts[SA_JOB_PHASES] = {[SA_JOB_FREE] = SA_JOBS};
static int64 bytes = 0;

SaBatch *
sa_batch_make(void)
{
	MemoryContext context =
		AllocSetContextCreate(TopMemoryContext, "stockalert claim", ALLOCSET_DEFAULT_SIZES);
	SaBatch *batch = MemoryContextAllocZero(context, sizeof(SaBatch));

	batch->context = context;
	return batch;
}

void
sa_batch_free(SaBatch *batch)
{
	MemoryContextDelete(batch->context);
}

static void
set_phase(SaJob *job, SaJobPhase phase)
{
	counts[job->phase]--;
	counts[phase]++;
	job->phase = phase;
}

static int64
length_of(const SaClaimed *claimed)
{
	return (int64) strlen(claimed->body) + (claimed->html ? (int64) strlen(claimed->html) : 0);
}

void
sa_job_make(SaBatch *batch, SaClaimed *claimed, SaEndpoint *endpoint, bool probation)
{
	SaJob *job = first_free != NULL ? first_free : &jobs[used];

	Assert(sa_jobs_count(SA_JOB_FREE) > 0);
	if (first_free != NULL)
		first_free = first_free->next;
	else
		used++;
	memset(job, 0, sizeof(SaJob));
	set_phase(job, SA_JOB_READY);
	job->batch = batch;
	job->claimed = claimed;
	job->queue_id = claimed->queue_id;
	job->bytes = length_of(claimed);
	bytes += job->bytes;
	job->attempts = claimed->attempts;
	job->probation = probation;
	job->endpoint = endpoint;
	batch->ready++;
	if (endpoint->first_ready == NULL)
		endpoint->first_ready = job;
	else
		endpoint->last_ready->next = job;
	endpoint->last_ready = job;
	endpoint->in_hand++;
}

SaJob *
sa_job_first_ready(const SaEndpoint *endpoint)
{
	return endpoint->first_ready;
}

static void
leave_ready(SaJob *job)
{
	Assert(job == job->endpoint->first_ready);
	job->endpoint->first_ready = job->next;
	job->next = NULL;
}

void
sa_job_set_sending(SaJob *job)
{
	leave_ready(job);
	set_phase(job, SA_JOB_SENDING);
	job->endpoint->sending++;
	sending[job - jobs] = job->queue_id;
}

/* The transfer has a copy, and others of the batch may have to wait for long. */
static void
free_texts(SaClaimed *claimed)
{
	pfree(claimed->body);
	if (claimed->html != NULL)
		pfree(claimed->html);
}

void
sa_job_forget_claimed(SaJob *job)
{
	free_texts(job->claimed);
	job->claimed = NULL;
	if (--job->batch->ready == 0)
		sa_batch_free(job->batch);
	job->batch = NULL;
}

void
sa_job_set_answered(SaJob *job, int64 now)
{
	if (job->phase == SA_JOB_SENDING)
	{
		job->endpoint->sending--;
		sending[job - jobs] = 0;
	}
	else
		leave_ready(job);
	job->endpoint->in_hand--;
	bytes -= job->bytes;
	job->answered_at = now;
	set_phase(job, SA_JOB_ANSWERED);
	if (job->claimed != NULL)
		sa_job_forget_claimed(job);
}

void
sa_job_set_free(SaJob *job)
{
	set_phase(job, SA_JOB_FREE);
	job->next = first_free;
	first_free = job;
}

int
sa_jobs_count(SaJobPhase phase)
{
	return counts[phase];
}

int64
sa_jobs_bytes(void)
{
	return bytes;
}

SaJob *
sa_jobs_next(SaJobPhase phase, int *place)
{
	while (*place < used)
	{
		SaJob *job = &jobs[(*place)++];

		if (job->phase == phase)
			return job;
	}
	return NULL;
}

SaJob *
sa_jobs_find_sending(int64 queue_id)
{
	for (int i = 0; i < used; i++)
		if (sending[i] == queue_id)
			return &jobs[i];
	return NULL;
}

bool
sa_jobs_have_probation(void)
{
	for (int i = 0; i < used; i++)
		if (jobs[i].phase != SA_JOB_FREE && jobs[i].probation)
			return true;
	return false;
}
