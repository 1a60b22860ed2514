/*
 * endpoints.c: a table of token buckets, by endpoint.
 *
 * There are as many as credentials and channels, a handful, so that a list is
 * searched.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "settings.h"
#include "worker/endpoints.h"

/* Messages in hand for one endpoint: those that it answers in a second, in these bounds. */
#define SA_WINDOW_LEAST 32
#define SA_WINDOW_MOST  256
#define SA_WINDOW_MS    1000
/* For so long after its start a sender gives out empty buckets. */
#define SA_START_MS 10000

static SaEndpoint **endpoints = NULL;
static int count = 0;
static int room = 0;
static int64 started_at = 0;

SaEndpoint *
sa_endpoint_get(const char *name, const char *channel, int64 now)
{
	SaEndpoint *endpoint;

	for (int i = 0; i < count; i++)
		if (strcmp(endpoints[i]->name, name) == 0)
			return endpoints[i];
	if (count == room)
	{
		room = room ? room * 2 : 16;
		endpoints = endpoints ? repalloc(endpoints, room * sizeof(SaEndpoint *))
							  : MemoryContextAlloc(TopMemoryContext, room * sizeof(SaEndpoint *));
	}
	if (started_at == 0)
		started_at = now;
	endpoint = MemoryContextAllocZero(TopMemoryContext, sizeof(SaEndpoint));
	endpoints[count++] = endpoint;
	endpoint->name = MemoryContextStrdup(TopMemoryContext, name);
	endpoint->channel = MemoryContextStrdup(TopMemoryContext, channel);
	endpoint->retry_at = -1;
	endpoint->window = SA_WINDOW_LEAST;
	sa_bucket_start(&endpoint->bucket, 1.0, 1, now - started_at > SA_START_MS, now);
	return endpoint;
}

int
sa_endpoints_list(SaEndpoint ***list)
{
	*list = endpoints;
	return count;
}

static bool
is_troubled(const SaEndpoint *endpoint)
{
	return endpoint->broken || endpoint->unconfigured || endpoint->failing;
}

static void
resume(SaEndpoint *endpoint)
{
	endpoint->broken = false;
	endpoint->unconfigured = false;
	endpoint->failing = false;
	sa_bucket_resume(&endpoint->bucket);
}

void
sa_endpoints_resume(void)
{
	for (int i = 0; i < count; i++)
		if (is_troubled(endpoints[i]))
			resume(endpoints[i]);
}

static void
remember_trouble(SaEndpoint *endpoint, const SaConfig *config)
{
	endpoint->since = GetCurrentTimestamp();
	endpoint->fingerprint = config ? config->fingerprint : 0;
}

void
sa_endpoint_give_up(SaEndpoint *endpoint, const SaConfig *config, bool broken, int64 until)
{
	endpoint->broken = broken;
	endpoint->unconfigured = !broken;
	remember_trouble(endpoint, config);
	sa_bucket_pause(&endpoint->bucket, until);
}

void
sa_endpoint_note_failure(SaEndpoint *endpoint, const SaConfig *config, int64 now)
{
	endpoint->window = SA_WINDOW_LEAST;
	sa_bucket_failed(&endpoint->bucket, now);
	if (endpoint->bucket.failures < SA_BUCKET_FAILURES)
		return;
	endpoint->failing = true;
	remember_trouble(endpoint, config);
}

/* The window opens with each answer, and closes to what was answered in a second. */
static void
note_answer(SaEndpoint *endpoint, int64 now)
{
	if (now - endpoint->answered_since >= SA_WINDOW_MS)
	{
		endpoint->window = Max(Min(endpoint->window, endpoint->answered), SA_WINDOW_LEAST);
		endpoint->answered = 0;
		endpoint->answered_since = now;
	}
	endpoint->answered++;
	endpoint->window = Min(endpoint->window + 1, SA_WINDOW_MOST);
}

void
sa_endpoint_note_success(SaEndpoint *endpoint, int64 now)
{
	note_answer(endpoint, now);
	sa_bucket_succeeded(&endpoint->bucket);
	endpoint->broken = false;
	endpoint->unconfigured = false;
	endpoint->failing = false;
}

/* What the channel's row says of it; false: it may send nothing at all. */
static bool
follow_row(SaEndpoint *endpoint, const SaChannelRow *row)
{
	if (row == NULL)
		return true; /* one is tried now and then, and says what is missing */
	sa_bucket_set_rate(&endpoint->bucket, row->per_second, row->burst);
	if (!row->enabled || strcmp(row->state, "paused") == 0)
		return false;
	/* Somebody said it is mended. */
	if ((endpoint->broken || endpoint->failing) && strcmp(row->state, "active") == 0 &&
		row->state_at > endpoint->since)
		resume(endpoint);
	if (!endpoint->broken && strcmp(row->state, "broken") == 0 && endpoint->complaint[0] == '\0' &&
		!endpoint->bucket.half_open)
	{
		/* It was broken before this sender started: one message shall show. */
		endpoint->broken = true;
		endpoint->since = row->state_at;
		sa_bucket_pause(&endpoint->bucket, 0);
	}
	return true;
}

/* Many messages are taken at a time rather than a few with each answer. */
static bool
is_busy(const SaEndpoint *endpoint)
{
	return endpoint->in_hand >= Max(endpoint->window / 4, SA_WINDOW_LEAST);
}

bool
sa_endpoint_rests(const SaEndpoint *endpoint, int64 now)
{
	return !endpoint->unlimited && endpoint->bucket.paused_until > now;
}

int
sa_endpoint_allows(SaEndpoint *endpoint, const SaConfig *config, int limit, int64 now)
{
	int allowed;

	endpoint->unlimited = sa_delivery == SA_DELIVERY_LOG || strcmp(endpoint->channel, "log") == 0;
	if (endpoint->unlimited)
		return limit;
	if (is_troubled(endpoint) && endpoint->fingerprint != 0 &&
		endpoint->fingerprint != config->fingerprint)
		resume(endpoint);
	if (!follow_row(endpoint, sa_config_channel(config, endpoint->channel)))
		return 0;
	limit = is_busy(endpoint) ? 0 : Min(limit, endpoint->window - endpoint->in_hand);
	allowed = sa_bucket_allows(&endpoint->bucket, limit, now);
	endpoint->wants = allowed == 0;
	return allowed;
}

int64
sa_endpoints_wait(int64 now)
{
	int64 least = -1;

	for (int i = 0; i < count; i++)
	{
		int64 wait;

		if (!endpoints[i]->wants || endpoints[i]->unlimited)
			continue;
		wait = sa_bucket_wait(&endpoints[i]->bucket, now);
		/* Its answers will wake us. */
		if (wait < 0 || is_busy(endpoints[i]))
			continue;
		if (least < 0 || wait < least)
			least = wait;
	}
	return least;
}

void
sa_endpoints_forget_wants(void)
{
	for (int i = 0; i < count; i++)
		endpoints[i]->wants = false;
}

bool
sa_endpoints_broken(const char *channel)
{
	for (int i = 0; i < count; i++)
		if (endpoints[i]->broken && strcmp(endpoints[i]->channel, channel) == 0)
			return true;
	return false;
}
