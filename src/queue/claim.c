/*
 * claim.c: due messages become rows in flight, and are read with all that is
 * needed to send them.
 *
 * Statistics of these tables are always wrong: they were empty when they were
 * taken, or are now.  So the queue is read without the planner (due.c), and what
 * could become a join is a subquery with LIMIT.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "db/plans.h"
#include "queue/claim.h"
#include "queue/due.h"
#include "settings.h"

/*
 * What is sent of the rows that were taken.  Whether an alert is open is asked
 * for each by its number: there may be many open ones.  Who was deleted,
 * disabled or took the channel away does not want it any more; it goes to the
 * address that its contact has now, or to the contact that took the place of
 * one that was deleted and added anew.
 */
static const char read_text[] =
	"SELECT t.queue_id, t.message_id, t.attempts, t.maybe_twice,"
	"  CASE WHEN t.created_at + $1 * interval '1 minute' < pg_catalog.now() THEN 'expired'"
	"   WHEN m.kind IN ('alert', 'digest', 'reminder') AND t.event <> 'resolved'"
	"    AND m.alert_ids <> '{}' AND NOT EXISTS ("
	"     SELECT FROM pg_catalog.unnest(m.alert_ids) AS u (alert_id) CROSS JOIN LATERAL ("
	"      SELECT a.resolved_at FROM stockalert.alerts AS a WHERE a.alert_id = u.alert_id LIMIT 1"
	"     ) AS a WHERE coalesce(a.resolved_at, '-infinity') = '-infinity') THEN 'superseded'"
	"   WHEN t.subscriber_id IS NOT NULL AND (s.enabled IS NOT TRUE OR k.address IS NULL)"
	"    THEN 'superseded' END,"
	"  t.endpoint, t.channel, m.ref, coalesce(k.address, m.recipient), s.name, m.subject, "
	"m.body, m.html,"
	"  pg_catalog.floor(extract(epoch FROM m.occurred_at))::bigint"
	" FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),"
	"  pg_catalog.unnest($5), pg_catalog.unnest($6), pg_catalog.unnest($7),"
	"  pg_catalog.unnest($8), pg_catalog.unnest($9), pg_catalog.unnest($10)) WITH ORDINALITY"
	"  AS t (queue_id, message_id, event, attempts, maybe_twice, created_at, endpoint, channel,"
	"   subscriber_id, place)"
	" CROSS JOIN LATERAL ("
	"  SELECT d.* FROM stockalert.messages AS d WHERE d.message_id = t.message_id LIMIT 1) AS m"
	" LEFT JOIN LATERAL ("
	"  SELECT r.enabled, r.name FROM stockalert.subscribers AS r"
	"  WHERE r.subscriber_id = t.subscriber_id LIMIT 1) AS s ON true"
	" LEFT JOIN LATERAL ("
	"  SELECT c.address FROM stockalert.subscriber_contacts AS c"
	"  WHERE c.subscriber_id = t.subscriber_id AND c.channel = t.channel AND c.enabled"
	"   AND c.suppressed_at IS NULL"
	"   AND (c.contact_id = m.contact_id OR c.address = m.recipient"
	"    OR (c.contact_id > m.contact_id AND NOT EXISTS (SELECT FROM"
	"      stockalert.subscriber_contacts AS o WHERE o.contact_id = m.contact_id)"
	"     AND NOT EXISTS (SELECT FROM stockalert.messages AS o WHERE o.contact_id = c.contact_id"
	"      AND o.occurred_at = m.occurred_at AND o.alert_ids = m.alert_ids)))"
	"  ORDER BY c.contact_id = m.contact_id DESC, c.address = m.recipient DESC, c.contact_id"
	"  LIMIT 1) AS k ON true"
	" ORDER BY t.place";

static Datum
column(int row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, isnull);
}

static int64
bigint_of(int row, int number)
{
	bool isnull;

	return DatumGetInt64(column(row, number, &isnull));
}

static char *
text_of(int row, int number)
{
	bool isnull;
	Datum value = column(row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static int
copy_claimed(MemoryContext context, SaClaimed **claimed)
{
	MemoryContext previous = MemoryContextSwitchTo(context);
	int count = (int) SPI_processed;
	bool isnull;

	*claimed = palloc0(sizeof(SaClaimed) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		SaClaimed *c = &(*claimed)[i];

		c->queue_id = bigint_of(i, 1);
		c->message_id = bigint_of(i, 2);
		c->attempts = DatumGetInt16(column(i, 3, &isnull));
		c->maybe_twice = DatumGetBool(column(i, 4, &isnull));
		c->fate = text_of(i, 5);
		c->endpoint = text_of(i, 6);
		c->channel = text_of(i, 7);
		c->ref = text_of(i, 8);
		c->recipient = text_of(i, 9);
		c->recipient_name = text_of(i, 10);
		c->subject = text_of(i, 11);
		c->body = text_of(i, 12);
		c->html = text_of(i, 13);
		c->occurred_unix = bigint_of(i, 14);
	}
	MemoryContextSwitchTo(previous);
	return count;
}

/* Reads what was taken, in that order. */
static int
read_taken(const SaDue *due, MemoryContext context, SaClaimed **claimed)
{
	static SPIPlanPtr plan = NULL;
	Oid types[SA_TAKEN_COLUMNS + 1];
	Datum values[SA_TAKEN_COLUMNS + 1];

	if (due->count == 0)
		return 0;
	types[0] = INT4OID;
	values[0] = Int32GetDatum(sa_message_expires);
	for (int i = 0; i < SA_TAKEN_COLUMNS; i++)
	{
		types[i + 1] = get_array_type(due->taken[i].type);
		values[i + 1] = sa_column_array(&due->taken[i]);
	}
	(void) sa_plan_keep(&plan, read_text, lengthof(types), types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read claimed messages");
	return copy_claimed(context, claimed);
}

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
			   int lower, int limit, int epoch, SaClaimed **claimed)
{
	Datum name = CStringGetTextDatum(endpoint);
	SaDue due;

	sa_due_open(&due, "queue_due_idx", epoch);
	sa_due_take_new(&due, name, lower_lane, &floors->lane[lower_lane], Min(lower, limit));
	for (int lane = 0; lane < SA_LANES; lane++)
		sa_due_take_new(&due, name, lane, &floors->lane[lane], limit - due.count);
	sa_due_close(&due);
	return read_taken(&due, context, claimed);
}

int
sa_queue_claim_tried(MemoryContext context, const char *endpoint, int limit, int epoch,
					 SaClaimed **claimed)
{
	SaDue due;

	sa_due_open(&due, "queue_retry_idx", epoch);
	sa_due_take_tried(&due, CStringGetTextDatum(endpoint), limit);
	sa_due_close(&due);
	return read_taken(&due, context, claimed);
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
	return read_taken(&due, context, claimed);
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
