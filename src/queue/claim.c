/*
 * claim.c: due messages become rows in flight.
 *
 * The limit in the inner query is a literal: with an unknown one the planner
 * assumes a tenth of the table.  A message waits while an earlier one about the
 * same alert, to the same person on the same channel, is not settled, so that
 * news arrives in order; nothing else waits for it.
 *
 * Statistics of this table are always wrong: it was empty when they were taken,
 * or is now.  So statements leave the planner no choice: one index fits, and
 * what could become a join is a subquery with LIMIT.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "db/columns.h"
#include "db/plans.h"
#include "queue/claim.h"
#include "settings.h"

/*
 * What is returned of the rows that the CTE "taken" holds.  Whether an alert is
 * open is asked so that no index of open alerts fits: there may be many.  Who
 * was deleted, disabled or took the channel away does not want it any more; it
 * goes to the address that its contact has now, or to the contact that took the
 * place of one that was deleted and added anew.
 */
#define SA_CLAIMED_ROWS                                                                            \
	" SELECT t.queue_id, t.message_id, t.attempts, t.maybe_twice,"                                 \
	"  CASE WHEN t.created_at + $3 * interval '1 minute' < pg_catalog.now() THEN 'expired'"        \
	"   WHEN m.kind IN ('alert', 'digest', 'reminder') AND t.event <> 'resolved'"                  \
	"    AND m.alert_ids <> '{}' AND NOT EXISTS (SELECT FROM stockalert.alerts AS a"               \
	"     WHERE a.alert_id = ANY (m.alert_ids) "                                                   \
	"      AND coalesce(a.resolved_at, '-infinity') = '-infinity') THEN 'superseded'"              \
	"   WHEN t.subscriber_id IS NOT NULL AND (s.enabled IS NOT TRUE OR k.address IS NULL)"         \
	"    THEN 'superseded' END,"                                                                   \
	"  t.endpoint, t.channel, m.ref, coalesce(k.address, m.recipient), s.name, m.subject, "        \
	"m.body, m.html,"                                                                              \
	"  pg_catalog.floor(extract(epoch FROM m.occurred_at))::bigint"                                \
	" FROM taken AS t JOIN stockalert.messages AS m ON m.message_id = t.message_id"                \
	" LEFT JOIN stockalert.subscribers AS s ON s.subscriber_id = t.subscriber_id"                  \
	" LEFT JOIN LATERAL ("                                                                         \
	"  SELECT c.address FROM stockalert.subscriber_contacts AS c"                                  \
	"  WHERE c.subscriber_id = t.subscriber_id AND c.channel = t.channel AND c.enabled"            \
	"   AND c.suppressed_at IS NULL"                                                               \
	"   AND (c.contact_id = m.contact_id OR c.address = m.recipient"                               \
	"    OR (c.contact_id > m.contact_id AND NOT EXISTS (SELECT FROM"                              \
	"      stockalert.subscriber_contacts AS o WHERE o.contact_id = m.contact_id)"                 \
	"     AND NOT EXISTS (SELECT FROM stockalert.messages AS o WHERE o.contact_id = c.contact_id"  \
	"      AND o.occurred_at = m.occurred_at AND o.alert_ids = m.alert_ids)))"                     \
	"  ORDER BY c.contact_id = m.contact_id DESC, c.address = m.recipient DESC, c.contact_id"      \
	"  LIMIT 1) AS k ON true"                                                                      \
	" ORDER BY t.lane, t.queue_id"

#define SA_CLAIMED_COLUMNS                                                                         \
	" q.queue_id, q.message_id, q.lane, q.event, q.attempts, q.maybe_twice, q.created_at,"         \
	" q.endpoint, q.channel, q.subscriber_id"

#define SA_NOT_BEFORE_EARLIER                                                                      \
	"   AND q.next_attempt_at <= pg_catalog.clock_timestamp()"                                     \
	"   AND (SELECT true FROM stockalert.queue AS e WHERE e.stage = 'message'"                     \
	"    AND e.subscriber_id = q.subscriber_id AND e.alert_id = q.alert_id"                        \
	"    AND e.channel = q.channel AND e.queue_id + 0 < q.queue_id"                                \
	"    AND (e.event <> q.event OR e.occurred_at <> q.occurred_at) LIMIT 1) IS NULL"

#define SA_TAKE_DUE                                                                                \
	"), taken AS ("                                                                                \
	" UPDATE stockalert.queue AS q SET state = 'I', claims = q.claims + 1, epoch = $2"             \
	" WHERE q.queue_id = ANY (ARRAY(SELECT d.queue_id FROM due AS d))"                             \
	" RETURNING" SA_CLAIMED_COLUMNS ")" SA_CLAIMED_ROWS

/* One range of the index for each lane: what lies below the floors is not touched. */
static const char claim_text[] =
	"WITH due AS MATERIALIZED ("
	" SELECT d.queue_id FROM ROWS FROM (pg_catalog.unnest($5), pg_catalog.unnest($6))"
	"   AS l (lane, floor)"
	" CROSS JOIN LATERAL ("
	"  SELECT q.queue_id FROM stockalert.queue AS q"
	"  WHERE q.stage = 'message' AND q.state = 'P' AND q.endpoint = $1 AND q.lane = l.lane"
	"   AND q.queue_id > l.floor AND q.claims = 0 AND q.last_error IS NULL" SA_NOT_BEFORE_EARLIER
	"  ORDER BY q.queue_id LIMIT 200 FOR UPDATE OF q SKIP LOCKED) AS d"
	" LIMIT $4" SA_TAKE_DUE;

static const char claim_tried_text[] =
	"WITH due AS MATERIALIZED ("
	" SELECT d.queue_id FROM ("
	"  SELECT q.queue_id FROM stockalert.queue AS q"
	"  WHERE q.stage = 'message' AND q.state = 'P' AND q.endpoint = $1 AND q.claims = 0"
	"   AND q.last_error IS NOT NULL" SA_NOT_BEFORE_EARLIER
	"  ORDER BY q.next_attempt_at LIMIT 200 FOR UPDATE OF q SKIP LOCKED) AS d"
	" LIMIT $4" SA_TAKE_DUE;

static const char waiting_text[] =
	"SELECT l.place::integer, (SELECT q.queue_id FROM stockalert.queue AS q"
	"  WHERE q.stage = 'message' AND q.state = 'P' AND q.endpoint = $1 AND q.lane = l.lane"
	"   AND q.queue_id > l.floor AND q.claims = 0 AND q.last_error IS NULL"
	"  ORDER BY q.queue_id LIMIT 1),"
	" (SELECT pg_catalog.ceil(1000 * extract(epoch FROM q.next_attempt_at"
	"   - pg_catalog.clock_timestamp()))::bigint FROM stockalert.queue AS q"
	"  WHERE q.stage = 'message' AND q.state = 'P' AND q.endpoint = $1 AND q.claims = 0"
	"   AND q.last_error IS NOT NULL ORDER BY q.next_attempt_at LIMIT 1)"
	" FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3))"
	"  WITH ORDINALITY AS l (lane, floor, place) ORDER BY l.place";

StaticAssertDecl(SA_CLAIM_MOST == 200, "the literal in claim_text is SA_CLAIM_MOST");

static const char claim_one_text[] =
	"WITH taken AS ("
	" UPDATE stockalert.queue AS q SET state = 'I', claims = q.claims + 1, epoch = $2"
	" WHERE q.queue_id = $1 AND q.state = 'P' AND q.stage = 'message'"
	" RETURNING" SA_CLAIMED_COLUMNS ")" SA_CLAIMED_ROWS;

/* One index probe for each endpoint, however many messages wait. */
static const char endpoints_text[] =
	"WITH RECURSIVE e AS ("
	" (SELECT q.endpoint, q.channel FROM stockalert.queue AS q"
	"  WHERE q.stage = 'message' AND q.state = 'P' ORDER BY q.endpoint LIMIT 1)"
	" UNION ALL"
	" SELECT n.endpoint, n.channel FROM e CROSS JOIN LATERAL ("
	"  SELECT q.endpoint, q.channel FROM stockalert.queue AS q"
	"  WHERE q.stage = 'message' AND q.state = 'P' AND q.endpoint > e.endpoint"
	"  ORDER BY q.endpoint LIMIT 1) AS n"
	")"
	" SELECT e.endpoint, e.channel FROM e";

/* Rows get older in the order of their keys: where the oldest are in time, all are. */
static const char expired_text[] =
	"SELECT o.queue_id FROM ("
	" SELECT q.queue_id, q.created_at FROM stockalert.queue AS q"
	" WHERE q.stage = 'message' AND q.state = 'P' ORDER BY q.queue_id LIMIT 200) AS o"
	" WHERE o.created_at + $1 * interval '1 minute' < pg_catalog.now()";

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

int
sa_queue_endpoints(MemoryContext context, SaEndpointName **endpoints)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext previous;
	int count;

	(void) sa_plan_keep(&plan, endpoints_text, 0, NULL, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, NULL, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list endpoints");
	count = (int) SPI_processed;
	previous = MemoryContextSwitchTo(context);
	*endpoints = palloc(sizeof(SaEndpointName) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		(*endpoints)[i].endpoint = text_of(i, 1);
		(*endpoints)[i].channel = text_of(i, 2);
	}
	MemoryContextSwitchTo(previous);
	return count;
}

/* Lanes and floors as two arrays, the first lane first. */
static void
set_lanes(const SaFloors *floors, int first_lane, Datum *lanes_value, Datum *floors_value)
{
	SaColumn lanes;
	SaColumn ids;

	sa_column_start(&lanes, INT2OID);
	sa_column_start(&ids, INT8OID);
	for (int i = -1; i < SA_LANES; i++)
	{
		int lane = i < 0 ? first_lane : i;

		if (i == first_lane)
			continue;
		sa_column_add(&lanes, Int16GetDatum((int16) lane));
		sa_column_add(&ids, Int64GetDatum(floors->lane[lane]));
	}
	*lanes_value = sa_column_array(&lanes);
	*floors_value = sa_column_array(&ids);
}

int
sa_queue_claim(MemoryContext context, const char *endpoint, const SaFloors *floors, int first_lane,
			   int limit, int epoch, SaClaimed **claimed)
{
	static SPIPlanPtr plan = NULL;
	Oid types[6] = {TEXTOID, INT4OID, INT4OID, INT4OID, INT2ARRAYOID, INT8ARRAYOID};
	Datum values[6];

	values[0] = CStringGetTextDatum(endpoint);
	values[1] = Int32GetDatum(epoch);
	values[2] = Int32GetDatum(sa_message_expires);
	values[3] = Int32GetDatum(limit);
	set_lanes(floors, first_lane, &values[4], &values[5]);
	(void) sa_plan_keep(&plan, claim_text, 6, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not claim messages");
	return copy_claimed(context, claimed);
}

int
sa_queue_claim_tried(MemoryContext context, const char *endpoint, int limit, int epoch,
					 SaClaimed **claimed)
{
	static SPIPlanPtr plan = NULL;
	Oid types[4] = {TEXTOID, INT4OID, INT4OID, INT4OID};
	Datum values[4];

	values[0] = CStringGetTextDatum(endpoint);
	values[1] = Int32GetDatum(epoch);
	values[2] = Int32GetDatum(sa_message_expires);
	values[3] = Int32GetDatum(limit);
	(void) sa_plan_keep(&plan, claim_tried_text, 4, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not claim messages again");
	return copy_claimed(context, claimed);
}

SaWaiting
sa_queue_waiting(const char *endpoint, const SaFloors *floors, int64 newest)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {TEXTOID, INT2ARRAYOID, INT8ARRAYOID};
	Datum values[3];
	SaWaiting waiting = {.floors = *floors, .retry_ms = -1};

	values[0] = CStringGetTextDatum(endpoint);
	set_lanes(floors, 0, &values[1], &values[2]);
	(void) sa_plan_keep(&plan, waiting_text, 3, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look at what waits");
	for (int lane = 0; lane < SA_LANES; lane++)
	{
		bool isnull;
		int64 next = DatumGetInt64(column(lane, 2, &isnull));

		waiting.fresh = waiting.fresh || !isnull;
		waiting.floors.lane[lane] =
			isnull ? Max(newest, floors->lane[lane]) : Max(next - 1, floors->lane[lane]);
		next = DatumGetInt64(column(lane, 3, &isnull));
		waiting.retry_ms = isnull ? -1 : Max(next, 0);
	}
	return waiting;
}

int
sa_queue_claim_one(MemoryContext context, int64 queue_id, int epoch, SaClaimed **claimed)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {INT8OID, INT4OID, INT4OID};
	Datum values[3];

	values[0] = Int64GetDatum(queue_id);
	values[1] = Int32GetDatum(epoch);
	values[2] = Int32GetDatum(sa_message_expires);
	(void) sa_plan_keep(&plan, claim_one_text, 3, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not claim a message");
	return copy_claimed(context, claimed);
}

int
sa_queue_expired(MemoryContext context, int64 **queue_ids)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT4OID};
	Datum values[1];
	int count;

	values[0] = Int32GetDatum(sa_message_expires);
	(void) sa_plan_keep(&plan, expired_text, 1, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for expired messages");
	count = (int) SPI_processed;
	*queue_ids = MemoryContextAlloc(context, sizeof(int64) * Max(count, 1));
	for (int i = 0; i < count; i++)
		(*queue_ids)[i] = bigint_of(i, 1);
	return count;
}
