/*
 * events.c: how far the events of each lane are known to be routed.
 *
 * Of the highest number that was seen it is noted who was writing the queue
 * then.  When they have ended, no lower number can come any more; what a scan
 * finds after that is all there is below it, and the next one begins there.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/timestamp.h"

#include "db/table_writers.h"
#include "queue/claim.h"
#include "queue/due.h"
#include "queue/events.h"

/* All are looked at so often, whatever is known of them. */
#define SA_RESCAN_MS 60000

static SaFloors floors;
static int64 highest = 0; /* that was seen */
static int64 ceiling = 0; /* which it was when these were noted */
static SaTableWriters writers;
static TimestampTz rescanned_at = 0;

static void
forget_sometimes(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!TimestampDifferenceExceeds(rescanned_at, now, SA_RESCAN_MS) && now >= rescanned_at)
		return;
	memset(&floors, 0, sizeof(floors));
	rescanned_at = now;
}

/* What is left of the lane, taken or not, stays above its floor until it is gone. */
static void
raise_floor(int lane, int64 first)
{
	int64 floor = first == 0 ? ceiling : Min(ceiling, first - 1);

	floors.lane[lane] = Max(floors.lane[lane], floor);
}

void
sa_queue_events(int limit, SaColumn *queue_ids, SaColumn *names)
{
	/* Asked before the snapshot is taken, which sees what they brought. */
	bool complete = sa_writers_gone(&writers) && !IsolationUsesXactSnapshot();
	SaDue due;

	forget_sometimes();
	sa_due_open(&due, "queue_events_idx", 0);
	for (int lane = 0; lane < SA_LANES && due.count < limit; lane++)
	{
		int64 first =
			sa_due_take_events(&due, lane, floors.lane[lane], limit - due.count, &highest);

		if (complete)
			raise_floor(lane, first);
	}
	if (complete && highest > ceiling)
	{
		sa_writers_note(&writers, RelationGetRelid(due.rows.heap));
		ceiling = highest;
	}
	sa_due_close(&due);
	*queue_ids = due.taken[SA_TAKEN_QUEUE_ID];
	*names = due.taken[SA_TAKEN_EVENT];
}
