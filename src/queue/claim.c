/*
 * claim.c: due messages become rows in flight (due.c), and are read with all
 * that is needed to send them (taken.c).
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "queue/claim.h"
#include "queue/due.h"
#include "queue/taken.h"
#include "settings.h"

int
sa_queue_endpoints(MemoryContext context, SaEndpointName **endpoints)
{
	MemoryContext previous;
	SaDue due;
	int count = 0;
	int room = 16;
	const char *behind = NULL;

	sa_due_open(&due, "queue_due_idx", 0);
	previous = MemoryContextSwitchTo(context);
	*endpoints = palloc(sizeof(SaEndpointName) * room);
	for (;;)
	{
		SaEndpointName *name;

		if (count == room)
			*endpoints = repalloc(*endpoints, sizeof(SaEndpointName) * (room *= 2));
		name = &(*endpoints)[count];
		if (!sa_due_next_endpoint(&due, behind, &name->endpoint, &name->channel))
			break;
		behind = name->endpoint;
		count++;
	}
	MemoryContextSwitchTo(previous);
	sa_due_close(&due);
	return count;
}

int
sa_queue_claim(MemoryContext context, const char *endpoint, SaFloors *floors, int lower_lane,
			   int lower, SaClaimRoom *room, int epoch, SaClaimed **claimed)
{
	Datum name = CStringGetTextDatum(endpoint);
	SaDue due;

	sa_due_open(&due, "queue_due_idx", epoch);
	due.room = room;
	sa_due_take_new(&due, name, lower_lane, &floors->lane[lower_lane], lower);
	for (int lane = 0; lane < SA_LANES; lane++)
		sa_due_take_new(&due, name, lane, &floors->lane[lane], room->messages);
	sa_due_close(&due);
	return sa_taken_read(&due, context, claimed);
}

int
sa_queue_claim_tried(MemoryContext context, const char *endpoint, SaClaimRoom *room, int most,
					 int epoch, SaClaimed **claimed)
{
	SaDue due;

	sa_due_open(&due, "queue_retry_idx", epoch);
	due.room = room;
	sa_due_take_tried(&due, CStringGetTextDatum(endpoint), most);
	sa_due_close(&due);
	return sa_taken_read(&due, context, claimed);
}

SaWaiting
sa_queue_waiting(const char *endpoint, const SaFloors *floors)
{
	Datum name = CStringGetTextDatum(endpoint);
	SaWaiting waiting = {.floors = *floors};
	SaDue due;

	sa_due_open(&due, "queue_due_idx", 0);
	for (int lane = 0; lane < SA_LANES; lane++)
	{
		int64 first = sa_due_first_new(&due, name, lane, floors->lane[lane]);

		waiting.fresh = waiting.fresh || first != 0;
		if (first != 0)
			waiting.floors.lane[lane] = first - 1;
	}
	sa_due_close(&due);
	sa_due_open(&due, "queue_retry_idx", 0);
	waiting.retry_ms = sa_due_next_tried(&due, name);
	sa_due_close(&due);
	return waiting;
}

int
sa_queue_claim_one(MemoryContext context, int64 queue_id, int epoch, SaClaimed **claimed)
{
	SaDue due;

	sa_due_open(&due, "queue_pkey", epoch);
	sa_due_take_one(&due, queue_id);
	sa_due_close(&due);
	return sa_taken_read(&due, context, claimed);
}

int
sa_queue_expired(MemoryContext context, int64 **queue_ids)
{
	TimestampTz before = GetCurrentTimestamp() - (int64) sa_message_expires * USECS_PER_MINUTE;
	SaDue due;
	int count;

	*queue_ids = MemoryContextAlloc(context, sizeof(int64) * SA_CLAIM_MOST);
	sa_due_open(&due, "queue_pkey", 0);
	count = sa_due_made_before(&due, before, *queue_ids, SA_CLAIM_MOST);
	sa_due_close(&due);
	return count;
}
