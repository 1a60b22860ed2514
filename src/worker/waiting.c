/*
 * waiting.c: which endpoints have messages, from where on, and when the next is due.
 */
#include "postgres.h"

#include "worker/session.h"
#include "worker/waiting.h"

/* The whole queue is looked at so often, whatever is known of it. */
#define SA_RESCAN_MS 60000

static int64 rescan_at = 0;
static int64 claimed_at = 0; /* what was due then has been seen */

void
sa_waiting_expect(const char *endpoint, const char *channel)
{
	if (endpoint == NULL)
		rescan_at = 0;
	else
		sa_endpoint_get(endpoint, channel, sa_session_clock())->waiting = true;
}

void
sa_waiting_again(SaEndpoint *endpoint, int64 at)
{
	endpoint->waiting = true;
	if (endpoint->retry_at < 0 || at < endpoint->retry_at)
		endpoint->retry_at = at;
}

/* When the next message that was tried is due, of those that were not at the last claim; -1: none.
 */
static int64
next_retry(void)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);
	int64 next = -1;

	for (int i = 0; i < count; i++)
		if (list[i]->retry_at > claimed_at && (next < 0 || list[i]->retry_at < next))
			next = list[i]->retry_at;
	return next;
}

bool
sa_waiting_due(int64 now)
{
	int64 retry_at = next_retry();

	return now >= rescan_at || (retry_at >= 0 && retry_at <= now);
}

int64
sa_waiting_next(int64 now)
{
	int64 retry_at = next_retry();
	int64 at = retry_at >= 0 ? Min(retry_at, rescan_at) : rescan_at;

	/* What is due is for the claim, which may have to wait for something else. */
	return at > now ? at - now : -1;
}

/* Forgets all that is known of the queue. */
static void
rescan(MemoryContext context, int64 now)
{
	SaEndpointName *names;
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);

	for (int i = 0; i < count; i++)
	{
		memset(&list[i]->floors, 0, sizeof(SaFloors));
		list[i]->waiting = false;
		list[i]->retry_at = -1;
	}
	count = sa_queue_endpoints(context, &names);
	for (int i = 0; i < count; i++)
	{
		SaEndpoint *endpoint = sa_endpoint_get(names[i].endpoint, names[i].channel, now);

		endpoint->waiting = true;
		endpoint->retry_at = now;
	}
}

void
sa_waiting_read(MemoryContext context, int64 now)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);

	for (int i = 0; i < count; i++)
		list[i]->has_found = false;
	if (now >= rescan_at)
		rescan(context, now);
}

bool
sa_waiting_any(void)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);

	for (int i = 0; i < count; i++)
		if (list[i]->waiting)
			return true;
	return false;
}

void
sa_waiting_keep(void)
{
	SaEndpoint **list;
	int count = sa_endpoints_list(&list);
	int64 now = sa_session_clock();

	claimed_at = now;
	if (now >= rescan_at)
		rescan_at = now + SA_RESCAN_MS;
	for (int i = 0; i < count; i++)
	{
		SaEndpoint *endpoint = list[i];

		if (!endpoint->has_found)
			continue;
		endpoint->has_found = false;
		endpoint->floors = endpoint->found.floors;
		endpoint->retry_at = endpoint->found.retry_ms < 0 ? -1 : now + endpoint->found.retry_ms;
		endpoint->waiting = endpoint->found.fresh || endpoint->retry_at >= 0;
	}
}
