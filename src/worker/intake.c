/*
 * intake.c: claims within the limits, endpoint by endpoint.
 *
 * What a claim takes counts only once its transaction has committed: an error
 * changes nothing here, and the step is simply run again.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "queue/claim.h"
#include "queue/settle.h"
#include "worker/endpoints.h"
#include "worker/intake.h"
#include "worker/jobs.h"
#include "worker/session.h"
#include "worker/waiting.h"

/* One of so many messages comes from a lower lane, where there is one. */
#define SA_LOWER_LANE 8

static int epoch = 0;
static bool look_again = true;

static SaConfig *config = NULL;
static MemoryContext config_context = NULL; /* outlives the claim: answers ask it */

/* Of a transaction that has not committed yet. */
static SaBatch *batch = NULL;
static SaClaimed *fresh[SA_JOBS];
static int fresh_count = 0;
static SaConfig *fresh_config = NULL;
static MemoryContext fresh_config_context = NULL;

static int64 *probation = NULL;
static int probation_count = 0;
static int probation_next = 0;
static int probation_fresh_next = 0; /* what the former becomes */
static bool probation_fresh = false;

void
sa_intake_start(int new_epoch, int64 *rows, int count)
{
	epoch = new_epoch;
	probation = rows;
	probation_count = count;
}

const SaConfig *
sa_intake_config(void)
{
	return config;
}

void
sa_intake_look_again(void)
{
	look_again = true;
}

void
sa_intake_expect(const char *endpoint, const char *channel)
{
	sa_waiting_expect(endpoint, channel);
	look_again = true;
}

bool
sa_intake_due(int64 now)
{
	if (sa_jobs_count(SA_JOB_FREE) < SA_JOBS / 4)
		return false;
	return look_again || sa_waiting_due(now) || sa_endpoints_wait(now) == 0;
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
	if (sa_jobs_have_probation())
		return;
	while (probation_fresh_next < probation_count && !probation_fresh)
	{
		SaClaimed *claimed;
		int count =
			sa_queue_claim_one(batch->context, probation[probation_fresh_next++], epoch, &claimed);

		probation_fresh = count > 0 && claimed[0].fate == NULL;
		take_claimed(claimed, count);
	}
}

static void
claim_tried(SaEndpoint *endpoint, SaClaimRoom *room, int most)
{
	SaClaimed *claimed;
	int count =
		most <= 0 || endpoint->retry_at < 0
			? 0
			: sa_queue_claim_tried(batch->context, endpoint->name, room, most, epoch, &claimed);

	if (count > 0)
		take_claimed(claimed, count);
}

static void
claim_new(SaEndpoint *endpoint, SaFloors *floors, SaClaimRoom *room, int lower)
{
	/* Of the slots of lower lanes each other goes to the lowest. */
	int lower_lane = endpoint->taken / SA_LOWER_LANE % 2 == 0 ? 2 : 1;
	SaClaimed *claimed;
	int count = room->messages <= 0 ? 0
									: sa_queue_claim(batch->context, endpoint->name, floors,
													 lower_lane, lower, room, epoch, &claimed);

	if (count > 0)
		take_claimed(claimed, count);
}

/*
 * Takes what was tried before and is due, at most half, then what is new: of
 * eight messages one of the lower lanes, so that urgent ones never stop them.
 */
static void
claim_endpoint(SaEndpoint *endpoint, SaClaimRoom *room)
{
	SaFloors floors = endpoint->floors;
	int64 lower =
		(endpoint->taken + room->messages) / SA_LOWER_LANE - endpoint->taken / SA_LOWER_LANE;

	claim_tried(endpoint, room, (room->messages + 1) / 2);
	claim_new(endpoint, &floors, room, (int) lower);
	claim_tried(endpoint, room, room->messages);
	endpoint->found = sa_queue_waiting(endpoint->name, &floors);
	endpoint->has_found = true;
}

/*
 * Half of what is free is shared by those that are left: whoever hangs leaves
 * some.  A message that is larger than its share goes where there is room for
 * it and its endpoint has no other, or alone.
 */
static int64
first_bytes(const SaEndpoint *endpoint, int64 bytes, int64 share)
{
	if (sa_jobs_bytes() == 0 && fresh_count == 0)
		return PG_INT64_MAX;
	return endpoint->in_hand == 0 ? bytes : share;
}

static void
claim_endpoints(int64 now)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);
	int room = sa_jobs_count(SA_JOB_FREE) - fresh_count;
	int64 bytes = SA_JOBS_BYTES - sa_jobs_bytes();
	int left = 0;

	for (int i = 0; i < count; i++)
		left += list[i]->waiting;
	for (int i = 0; i < count; i++)
	{
		SaEndpoint *endpoint = list[i];
		int64 share;
		SaClaimRoom its;
		int allowed;

		if (!endpoint->waiting)
			continue;
		share = bytes / 2 / left;
		allowed = sa_endpoint_allows(endpoint, fresh_config, room / 2 / left-- + 1, now);
		allowed = Min(allowed, Min(room, SA_CLAIM_MOST));
		if (allowed <= 0)
			continue;
		its.messages = allowed;
		its.bytes = share;
		its.first = first_bytes(endpoint, bytes, share);
		claim_endpoint(endpoint, &its);
		endpoint->wants = its.messages == 0;
		room -= allowed - its.messages;
		bytes -= share - its.bytes;
	}
}

/* Of a claim that failed. */
static void
forget_fresh(void)
{
	if (batch != NULL)
		sa_batch_free(batch);
	if (fresh_config_context != NULL)
		MemoryContextDelete(fresh_config_context);
	batch = NULL;
	fresh_count = 0;
	fresh_config = NULL;
	fresh_config_context = NULL;
	probation_fresh_next = probation_next;
	probation_fresh = false;
}

void
sa_intake_claim(void)
{
	int64 now = sa_session_clock();

	forget_fresh();
	batch = sa_batch_make();
	sa_endpoints_forget_wants();
	sa_waiting_read(batch->context, now);
	if (!sa_waiting_any() && probation_next >= probation_count)
		return;
	fresh_config_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert channels", ALLOCSET_DEFAULT_SIZES);
	fresh_config = sa_config_read(fresh_config_context);
	claim_on_probation();
	claim_endpoints(now);
}

static void
keep_config(void)
{
	if (fresh_config == NULL)
		return;
	if (config_context != NULL)
		MemoryContextDelete(config_context);
	config_context = fresh_config_context;
	config = fresh_config;
	fresh_config_context = NULL;
	fresh_config = NULL;
}

void
sa_intake_keep(void)
{
	int64 now = sa_session_clock();

	probation_next = probation_fresh_next;
	look_again = probation_fresh && probation_next < probation_count;
	sa_waiting_keep();
	keep_config();
	for (int i = 0; i < fresh_count; i++)
	{
		SaEndpoint *endpoint = sa_endpoint_get(fresh[i]->endpoint, fresh[i]->channel, now);

		if (!endpoint->unlimited)
			sa_bucket_take(&endpoint->bucket, 1);
		sa_job_make(batch, fresh[i], endpoint, probation_fresh && i == 0);
	}
	if (fresh_count > 0)
		batch = NULL; /* it is the jobs' now */
	forget_fresh();
}
