/*
 * dispatch.c: claims within the limits, begins transfers, settles answers.
 *
 * A message in hand is a job.  Jobs made by a claim count only once its
 * transaction has committed, and jobs leave only once their settlement has:
 * an error in either changes nothing here, and the step is simply run again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "delivery/config.h"
#include "delivery/send.h"
#include "queue/claim.h"
#include "queue/settle.h"
#include "settings.h"
#include "worker/dispatch.h"
#include "worker/endpoints.h"
#include "worker/session.h"
#include "worker/verdict.h"
#include "worker/waiting.h"

#define SA_JOBS           256
#define SA_IN_FLIGHT_MOST 64
#define SA_SETTLE_FULL    200
#define SA_SETTLE_WAIT_MS 5
/* One of so many messages comes from a lower lane, where there is one. */
#define SA_LOWER_LANE 8

static SaJob jobs[SA_JOBS];
static int epoch = 0;

/* Claimed by a transaction that has not committed yet. */
static MemoryContext claim_context = NULL;
static MemoryContext config_context = NULL; /* outlives the claim: answers ask it */
static SaConfig *config = NULL;
static SaClaimed *fresh[SA_JOBS];
static int fresh_count = 0;

static int64 *probation = NULL;
static int probation_count = 0;
static int probation_next = 0;
static bool probation_fresh = false;

static bool look_again = true;
static SaDispatchCounts counts;

void
sa_dispatch_start(int new_epoch, int64 *rows, int count)
{
	epoch = new_epoch;
	probation = rows;
	probation_count = count;
	claim_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert claim", ALLOCSET_DEFAULT_SIZES);
	config_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert channels", ALLOCSET_DEFAULT_SIZES);
}

static int
count_jobs(SaJobPhase phase)
{
	int found = 0;

	for (int i = 0; i < SA_JOBS; i++)
		found += jobs[i].phase == phase;
	return found;
}

static SaJob *
find_job(int64 queue_id)
{
	for (int i = 0; i < SA_JOBS; i++)
		if (jobs[i].phase != SA_JOB_FREE && jobs[i].queue_id == queue_id)
			return &jobs[i];
	return NULL;
}

/* --- claim --------------------------------------------------------------------------------- */

void
sa_dispatch_look_again(void)
{
	look_again = true;
}

void
sa_dispatch_expect(const char *endpoint, const char *channel)
{
	sa_waiting_expect(endpoint, channel);
	look_again = true;
}

bool
sa_dispatch_claim_due(int64 now)
{
	if (count_jobs(SA_JOB_FREE) < SA_JOBS / 4)
		return false;
	if (look_again || sa_waiting_due(now))
		return true;
	return sa_send_in_flight() < SA_IN_FLIGHT_MOST && sa_endpoints_wait(now) == 0;
}

/* Of what was claimed, that which is not to be sent is settled at once. */
static void
take_claimed(SaClaimed *claimed, int count)
{
	SaSettlement *settlements = palloc0(sizeof(SaSettlement) * Max(count, 1));
	int settled = 0;

	for (int i = 0; i < count; i++)
	{
		if (claimed[i].fate == NULL)
		{
			fresh[fresh_count++] = &claimed[i];
			continue;
		}
		settlements[settled].queue_id = claimed[i].queue_id;
		settlements[settled].outcome = claimed[i].fate;
		settled++;
	}
	sa_queue_settle(settlements, settled, epoch);
}

/* One at a time: whichever kills the sender is then known. */
static void
claim_on_probation(void)
{
	for (int i = 0; i < SA_JOBS; i++)
		if (jobs[i].phase != SA_JOB_FREE && jobs[i].probation)
			return;
	while (probation_next < probation_count && !probation_fresh)
	{
		SaClaimed *claimed;
		int count = sa_queue_claim_one(claim_context, probation[probation_next++], epoch, &claimed);

		probation_fresh = count > 0 && claimed[0].fate == NULL;
		take_claimed(claimed, count);
	}
}

/*
 * Takes what was tried before and is due, at most half, then what is new: of
 * eight messages one of the lower lanes, so that urgent ones never stop them.
 */
static int
claim_endpoint(SaEndpoint *endpoint, int allowed)
{
	SaClaimed *claimed;
	int64 newest = 0;
	int lower =
		(int) ((endpoint->taken + allowed) / SA_LOWER_LANE - endpoint->taken / SA_LOWER_LANE);
	int got = 0;

	/* Of those slots each other goes to the lowest lane. */
	const int shares[][2] = {{0, (allowed + 1) / 2},
							 {endpoint->taken / SA_LOWER_LANE % 2 == 0 ? 2 : 1, lower},
							 {0, allowed},
							 {0, allowed}};

	for (int i = 0; i < lengthof(shares); i++)
	{
		int limit = Min(shares[i][1], allowed - got);
		int count = 0;

		if (limit > 0 && (i == 0 || i == 3))
			count = endpoint->retry_at < 0 ? 0
										   : sa_queue_claim_tried(claim_context, endpoint->name,
																  limit, epoch, &claimed);
		else if (limit > 0)
			count = sa_queue_claim(claim_context, endpoint->name, &endpoint->floors, shares[i][0],
								   limit, epoch, &claimed);
		for (int j = 0; j < count; j++)
			newest = Max(newest, claimed[j].queue_id);
		if (count > 0)
			take_claimed(claimed, count);
		got += count;
	}
	endpoint->found = sa_queue_waiting(endpoint->name, &endpoint->floors, newest);
	endpoint->has_found = true;
	return got;
}

static void
claim_endpoints(int64 now)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);
	int room = count_jobs(SA_JOB_FREE) - fresh_count;
	int lines = SA_IN_FLIGHT_MOST - sa_send_in_flight() - fresh_count;
	int left = 0;

	for (int i = 0; i < count; i++)
		left += list[i]->waiting;
	for (int i = 0; i < count; i++)
	{
		SaEndpoint *endpoint = list[i];
		int allowed;
		int got;

		if (!endpoint->waiting)
			continue;
		/* What is left is shared by those that are left. */
		allowed = sa_endpoint_allows(endpoint, config, Max(lines, 0) / left-- + 1, now);
		if (endpoint->unlimited)
			allowed = SA_CLAIM_MOST;
		allowed = Min(allowed, room);
		if (allowed <= 0)
			continue;
		got = claim_endpoint(endpoint, allowed);
		endpoint->wants = got == allowed;
		room -= got;
		lines -= endpoint->unlimited ? 0 : got;
	}
}

void
sa_dispatch_claim(void)
{
	int64 now = sa_session_clock();

	fresh_count = 0;
	probation_fresh = false;
	MemoryContextReset(claim_context);
	sa_endpoints_forget_wants();
	sa_waiting_read(claim_context, now);
	if (!sa_waiting_any() && probation_next >= probation_count)
		return;
	config = NULL;
	MemoryContextReset(config_context);
	config = sa_config_read(config_context);
	claim_on_probation();
	claim_endpoints(now);
}

static SaJob *
make_job(const SaClaimed *claimed, bool on_probation)
{
	int64 now = sa_session_clock();

	for (int i = 0; i < SA_JOBS; i++)
	{
		SaJob *job = &jobs[i];

		if (job->phase != SA_JOB_FREE)
			continue;
		memset(job, 0, sizeof(SaJob));
		job->phase = SA_JOB_SENDING;
		job->queue_id = claimed->queue_id;
		job->attempts = claimed->attempts;
		job->probation = on_probation;
		job->endpoint = sa_endpoint_get(claimed->endpoint, claimed->channel, now);
		return job;
	}
	return NULL; /* the claim leaves room */
}

static void
finish_job(SaJob *job, const SaResult *result)
{
	job->result = *result;
	job->phase = SA_JOB_ANSWERED;
	job->answered_at = sa_session_clock();
	job->endpoint->in_flight--;
	job->endpoint->taken++;
	sa_verdict_of_job(job, config);
}

static void
begin_one(const SaClaimed *claimed, bool on_probation)
{
	SaJob *job = make_job(claimed, on_probation);
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

	if (job == NULL)
		return;
	if (!job->endpoint->unlimited)
		sa_bucket_take(&job->endpoint->bucket, 1);
	job->endpoint->in_flight++;
	if (!sa_send_begin(&message, configured ? &channel : NULL, &result))
		finish_job(job, &result);
}

/* The claim is committed: now the first byte may leave. */
void
sa_dispatch_begin(void)
{
	bool again = probation_fresh;

	look_again = false;
	sa_waiting_keep();
	for (int i = 0; i < fresh_count; i++)
		begin_one(fresh[i], probation_fresh && i == 0);
	probation_fresh = false;
	fresh_count = 0;
	if (again && probation_next < probation_count)
		look_again = true;
}

/* --- answers ------------------------------------------------------------------------------- */

void
sa_dispatch_poll(void)
{
	SaFinished finished[SA_IN_FLIGHT_MOST];
	int count;

	if (sa_send_in_flight() == 0 && sa_send_timeout() != 0)
		return;
	count = sa_send_poll(finished, SA_IN_FLIGHT_MOST);
	for (int i = 0; i < count; i++)
	{
		SaJob *job = find_job(finished[i].queue_id);

		if (job != NULL && job->phase == SA_JOB_SENDING)
			finish_job(job, &finished[i].result);
	}
}

bool
sa_dispatch_unsettled(void)
{
	return count_jobs(SA_JOB_ANSWERED) > 0;
}

/* Since when the oldest answer waits; now where none does. */
static int64
first_answer(int64 now)
{
	int64 first = now;

	for (int i = 0; i < SA_JOBS; i++)
		if (jobs[i].phase == SA_JOB_ANSWERED)
			first = Min(first, jobs[i].answered_at);
	return first;
}

/* When the batch is full, nothing else is on its way, or the first has waited 5 ms. */
bool
sa_dispatch_settle_due(int64 now)
{
	int answered = count_jobs(SA_JOB_ANSWERED);

	if (answered == 0)
		return false;
	if (answered >= SA_SETTLE_FULL || sa_send_in_flight() == 0)
		return true;
	return now - first_answer(now) >= SA_SETTLE_WAIT_MS;
}

void
sa_dispatch_settle(void)
{
	SaSettlement *settlements = palloc0(sizeof(SaSettlement) * SA_JOBS);
	int count = 0;

	for (int i = 0; i < SA_JOBS; i++)
		if (jobs[i].phase == SA_JOB_ANSWERED)
			settlements[count++] = sa_verdict_settlement(&jobs[i]);
	sa_queue_settle(settlements, count, epoch);
	for (int i = 0; i < SA_JOBS; i++)
		if (jobs[i].phase == SA_JOB_ANSWERED && jobs[i].channel_state != NULL)
			(void) sa_queue_set_channel_state(jobs[i].endpoint->channel, jobs[i].channel_state,
											  jobs[i].result.error[0] ? jobs[i].result.error
																	  : NULL);
}

void
sa_dispatch_settled(void)
{
	for (int i = 0; i < SA_JOBS; i++)
	{
		if (jobs[i].phase != SA_JOB_ANSWERED)
			continue;
		if (jobs[i].outcome != NULL)
		{
			if (strcmp(jobs[i].outcome, "dead") == 0)
				counts.failed++;
			else
				counts.sent++;
		}
		else
			sa_waiting_again(jobs[i].endpoint, sa_session_clock() + jobs[i].delay_ms);
		jobs[i].phase = SA_JOB_FREE;
	}
	look_again = true;
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
	int64 waited = now - first_answer(now);

	/* What is due now is the step's business, which may be backing off. */
	if (endpoint > 0 && sa_send_in_flight() < SA_IN_FLIGHT_MOST)
		wait = sooner(wait, endpoint);
	wait = sooner(wait, sa_waiting_next(now));
	if (sa_send_in_flight() > 0)
		wait = sooner(wait, sa_send_timeout());
	if (waited < SA_SETTLE_WAIT_MS && count_jobs(SA_JOB_ANSWERED) > 0)
		wait = sooner(wait, SA_SETTLE_WAIT_MS - waited);
	return wait;
}

void
sa_dispatch_give_back(void)
{
	for (int i = 0; i < SA_JOBS; i++)
	{
		if (jobs[i].phase != SA_JOB_SENDING)
			continue;
		jobs[i].phase = SA_JOB_ANSWERED;
		jobs[i].outcome = NULL;
		jobs[i].tried = false;
		jobs[i].delay_ms = 0;
		jobs[i].result.outcome = SA_OUTCOME_UNKNOWN;
		strlcpy(jobs[i].result.error, "the sender was stopped before the answer came",
				sizeof(jobs[i].result.error));
	}
}

SaDispatchCounts
sa_dispatch_counts(void)
{
	SaDispatchCounts result = counts;

	memset(&counts, 0, sizeof(counts));
	return result;
}
