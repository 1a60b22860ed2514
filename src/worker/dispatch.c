/*
 * dispatch.c: begins transfers, takes their answers in, settles them.
 *
 * Jobs leave only once their settlement has committed: an error in it changes
 * nothing here, and the step is simply run again.
 */
#include "postgres.h"

#include "delivery/config.h"
#include "delivery/send.h"
#include "queue/claim.h"
#include "queue/settle.h"
#include "worker/dispatch.h"
#include "worker/endpoints.h"
#include "worker/intake.h"
#include "worker/jobs.h"
#include "worker/session.h"
#include "worker/verdict.h"
#include "worker/waiting.h"

/* Transfers at a time to one endpoint, which may be a small server. */
#define SA_CONNECTIONS 32
/* Answers are settled when so many are there, or none came for a while, or at last. */
#define SA_SETTLE_FULL     200
#define SA_SETTLE_QUIET_MS 5
#define SA_SETTLE_LAST_MS  50
/* Answers taken in at a time. */
#define SA_FINISHED_MOST 64
#define SA_POLL_ROUNDS   16

static int epoch = 0;
static SaDispatchCounts counts;

void
sa_dispatch_start(int new_epoch)
{
	epoch = new_epoch;
}

/* --- beginning ----------------------------------------------------------------------------- */

static void
take_result(SaJob *job, const SaResult *result)
{
	job->result = *result;
	job->endpoint->taken++;
	sa_job_set_answered(job, sa_session_clock());
	sa_verdict_of_job(job, sa_intake_config());
}

static void
begin_one(SaJob *job)
{
	const SaConfig *config = sa_intake_config();
	const SaClaimed *claimed = job->claimed;
	SaChannelConfig channel;
	bool configured = sa_config_assemble(config, claimed->channel, claimed->recipient, &channel);
	SaResult result;
	SaOutgoing message = {
		.queue_id = claimed->queue_id,
		.message_id = claimed->message_id,
		.ref = claimed->ref,
		.channel = claimed->channel,
		.recipient = claimed->recipient,
		.recipient_name = claimed->recipient_name,
		.subject = claimed->subject,
		.body = claimed->body,
		.html = claimed->html,
		.occurred_unix = claimed->occurred_unix,
		.installation_text = config->installation_text,
	};

	sa_job_set_sending(job);
	if (!sa_send_begin(&message, configured ? &channel : NULL, &result))
		take_result(job, &result);
	else
		sa_job_forget_claimed(job);
}

/* It goes back to wait as if it had not been claimed, or as if it may have been sent. */
static void
give_back(SaJob *job, SaOutcome outcome, const char *why)
{
	sa_job_set_answered(job, sa_session_clock());
	job->outcome = NULL;
	job->tried = false;
	job->delay_ms = 0;
	memset(&job->result, 0, sizeof(job->result));
	job->result.outcome = outcome;
	strlcpy(job->result.error, why, sizeof(job->result.error));
}

/* What an endpoint has ready, while it has connections; where one failed meanwhile, what failed it
 * is what the others wait for. */
static void
begin_ready(SaEndpoint *endpoint, int64 now)
{
	SaJob *job;

	while ((job = sa_job_first_ready(endpoint)) != NULL)
	{
		if (sa_endpoint_rests(endpoint, now))
		{
			sa_bucket_untried(&endpoint->bucket);
			give_back(job, SA_OUTCOME_RETRY, endpoint->reason);
		}
		else if (endpoint->sending < SA_CONNECTIONS)
			begin_one(job);
		else
			break;
	}
}

void
sa_dispatch_begin(void)
{
	SaEndpoint **list;
	int count = sa_jobs_count(SA_JOB_READY) > 0 ? sa_endpoints_list(&list) : 0;
	int64 now = sa_session_clock();

	for (int i = 0; i < count; i++)
		begin_ready(list[i], now);
}

/* --- answers ------------------------------------------------------------------------------- */

static int
take_answers(void)
{
	SaFinished finished[SA_FINISHED_MOST];
	int count = sa_send_poll(finished, SA_FINISHED_MOST);

	for (int i = 0; i < count; i++)
	{
		SaJob *job = sa_jobs_find_sending(finished[i].queue_id);

		if (job != NULL)
			take_result(job, &finished[i].result);
	}
	return count;
}

/* While answers are there: going to sleep and being woken costs more than an answer. */
void
sa_dispatch_poll(void)
{
	if (sa_send_in_flight() == 0 && sa_send_timeout() != 0)
		return;
	for (int round = 0; round < SA_POLL_ROUNDS && take_answers() > 0; round++)
		sa_dispatch_begin();
}

bool
sa_dispatch_unsettled(void)
{
	return sa_jobs_count(SA_JOB_ANSWERED) > 0;
}

/* Milliseconds until what is answered is to be settled; -1: nothing is. */
static int64
settle_wait(int64 now)
{
	int64 first = now;
	int64 last = 0;
	SaJob *job;
	int place = 0;

	if (sa_jobs_count(SA_JOB_ANSWERED) == 0)
		return -1;
	if (sa_jobs_count(SA_JOB_ANSWERED) >= SA_SETTLE_FULL || sa_send_in_flight() == 0)
		return 0;
	while ((job = sa_jobs_next(SA_JOB_ANSWERED, &place)) != NULL)
	{
		first = Min(first, job->answered_at);
		last = Max(last, job->answered_at);
	}
	return Max(Min(last + SA_SETTLE_QUIET_MS, first + SA_SETTLE_LAST_MS) - now, 0);
}

bool
sa_dispatch_settle_due(int64 now)
{
	return settle_wait(now) == 0;
}

void
sa_dispatch_settle(void)
{
	SaSettlement *settlements = palloc0(sizeof(SaSettlement) * SA_JOBS);
	int count = 0;
	SaJob *job;

	for (int place = 0; (job = sa_jobs_next(SA_JOB_ANSWERED, &place)) != NULL;)
		settlements[count++] = sa_verdict_settlement(job);
	sa_queue_settle(settlements, count, epoch);
	for (int place = 0; (job = sa_jobs_next(SA_JOB_ANSWERED, &place)) != NULL;)
		if (job->channel_state != NULL)
			(void) sa_queue_set_channel_state(job->endpoint->channel, job->channel_state,
											  job->result.error[0] ? job->result.error : NULL);
}

void
sa_dispatch_settled(void)
{
	SaJob *job;

	for (int place = 0; (job = sa_jobs_next(SA_JOB_ANSWERED, &place)) != NULL;)
	{
		if (job->outcome == NULL)
			sa_waiting_again(job->endpoint, sa_session_clock() + job->delay_ms);
		else if (strcmp(job->outcome, "dead") == 0)
			counts.failed++;
		else
			counts.sent++;
		sa_job_set_free(job);
	}
	sa_intake_look_again();
}

int
sa_dispatch_expire(void)
{
	int64 *ids;
	int count = sa_queue_expired(CurrentMemoryContext, &ids);
	SaSettlement *settlements = palloc0(sizeof(SaSettlement) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		settlements[i].queue_id = ids[i];
		settlements[i].outcome = "expired";
	}
	sa_queue_settle(settlements, count, epoch);
	counts.failed += count;
	return count;
}

static int64
sooner(int64 wait, int64 other)
{
	if (other < 0)
		return wait;
	return wait < 0 || other < wait ? other : wait;
}

int64
sa_dispatch_wait(int64 now)
{
	int64 wait = -1;
	int64 endpoint = sa_endpoints_wait(now);
	int64 settle = settle_wait(now);

	/* What is due now is the step's business, which may be backing off. */
	if (endpoint > 0)
		wait = sooner(wait, endpoint);
	if (settle > 0)
		wait = sooner(wait, settle);
	wait = sooner(wait, sa_waiting_next(now));
	if (sa_send_in_flight() > 0)
		wait = sooner(wait, sa_send_timeout());
	return wait;
}

void
sa_dispatch_give_back_ready(void)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);
	SaJob *job;

	for (int i = 0; i < count; i++)
		while ((job = sa_job_first_ready(list[i])) != NULL)
			give_back(job, SA_OUTCOME_RETRY, "not sent: the sender was stopped before");
}

void
sa_dispatch_give_back(void)
{
	SaJob *job;

	for (int place = 0; (job = sa_jobs_next(SA_JOB_SENDING, &place)) != NULL;)
		give_back(job, SA_OUTCOME_UNKNOWN, "the sender was stopped before the answer came");
}

SaDispatchCounts
sa_dispatch_counts(void)
{
	SaDispatchCounts result = counts;

	memset(&counts, 0, sizeof(counts));
	return result;
}
