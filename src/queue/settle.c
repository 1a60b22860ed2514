/*
 * settle.c: finished rows move to deliveries, the others get a new time.
 *
 * Rows are addressed by primary key alone: a partial index full of dead
 * entries must not look attractive to the planner.  The epoch is compared in
 * what comes back.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "db/columns.h"
#include "db/plans.h"
#include "queue/fates.h"
#include "queue/settle.h"

/*
 * The row goes, its delivery comes, and whoever was told is remembered: of a
 * low item the time and the worst severity told, of a return the time.
 */
static const char finish_text[] =
	"WITH f AS MATERIALIZED ("
	" SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
	"  pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
	"  pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8))"
	"  AS f (queue_id, outcome, tried, maybe_twice, status, provider_id, error_class, error)"
	"), gone AS ("
	" DELETE FROM stockalert.queue AS q WHERE q.queue_id = ANY ($1)"
	" RETURNING q.queue_id, q.message_id, q.channel, q.subscriber_id, q.event, q.attempts,"
	"  q.maybe_twice, q.occurred_at, q.created_at, q.epoch"
	"), delivered AS ("
	" INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome,"
	"  attempts, maybe_twice, status, provider_id, error_class, error, occurred_at, created_at)"
	" SELECT g.message_id, g.queue_id, g.channel, g.subscriber_id, f.outcome,"
	"  g.attempts + f.tried::integer, g.maybe_twice OR f.maybe_twice, f.status, f.provider_id,"
	"  f.error_class, f.error, g.occurred_at, g.created_at"
	" FROM gone AS g JOIN f ON f.queue_id = g.queue_id"
	"), told AS ("
	" SELECT u.alert_id, g.subscriber_id, g.channel, g.event = 'resolved' AS back,"
	"  pg_catalog.max(g.occurred_at) AS occurred_at,"
	"  pg_catalog.max(pg_catalog.array_position('{low,critical,out}', u.severity)) AS rank"
	" FROM gone AS g JOIN f ON f.queue_id = g.queue_id AND f.outcome IN ('sent', 'logged')"
	" CROSS JOIN LATERAL (SELECT d.alert_ids, d.severities FROM stockalert.messages AS d"
	"  WHERE d.message_id = g.message_id LIMIT 1) AS m"
	" CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(m.alert_ids),"
	"  pg_catalog.unnest(m.severities)) AS u (alert_id, severity)"
	" WHERE g.subscriber_id IS NOT NULL"
	"  AND EXISTS (SELECT FROM stockalert.subscribers AS s WHERE s.subscriber_id = "
	"g.subscriber_id)"
	" GROUP BY u.alert_id, g.subscriber_id, g.channel, g.event = 'resolved'"
	"), noticed AS ("
	" INSERT INTO stockalert.notices AS n (alert_id, subscriber_id, channel, accepted_at, worst)"
	" SELECT t.alert_id, t.subscriber_id, t.channel, t.occurred_at,"
	"  ('{low,critical,out}'::text[])[t.rank]"
	" FROM told AS t WHERE NOT t.back AND t.rank IS NOT NULL"
	" ON CONFLICT (alert_id, subscriber_id, channel) DO UPDATE SET"
	"  accepted_at = greatest(n.accepted_at, excluded.accepted_at),"
	"  worst = CASE WHEN pg_catalog.array_position('{low,critical,out}', excluded.worst)"
	"   > pg_catalog.array_position('{low,critical,out}', n.worst) THEN excluded.worst ELSE "
	"n.worst END"
	"), returned AS ("
	" UPDATE stockalert.notices AS n SET resolved_at = t.occurred_at FROM told AS t"
	" WHERE t.back AND n.alert_id = t.alert_id AND n.subscriber_id = t.subscriber_id"
	"  AND n.channel = t.channel"
	")"
	" SELECT coalesce(pg_catalog.max(g.epoch), 0) FROM gone AS g";

static const char wait_text[] =
	"WITH f AS MATERIALIZED ("
	" SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
	"  pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5))"
	"  AS f (queue_id, tried, maybe_twice, delay_ms, error)"
	"), back AS ("
	" UPDATE stockalert.queue AS q SET state = 'P', attempts = q.attempts + f.tried::integer,"
	"  claims = 0, maybe_twice = q.maybe_twice OR f.maybe_twice,"
	"  next_attempt_at = pg_catalog.clock_timestamp() + f.delay_ms * interval '1 millisecond',"
	"  last_error = coalesce(f.error, 'no answer')"
	" FROM f WHERE q.queue_id = ANY ($1) AND f.queue_id = q.queue_id"
	" RETURNING q.epoch"
	")"
	" SELECT coalesce(pg_catalog.max(b.epoch), 0) FROM back AS b";

static void
check_epoch(int epoch)
{
	bool isnull;
	int found =
		DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));

	if (found > epoch)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("another sender has taken over this database"),
						errdetail("Its epoch is %d, ours is %d.", found, epoch),
						errhint("Nothing to do; this sender ends.")));
}

static void
finish(const SaSettlement *settlements, int count, int epoch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[8] = {INT8ARRAYOID, TEXTARRAYOID, BOOLARRAYOID, BOOLARRAYOID,
					INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	Oid elements[8] = {INT8OID, TEXTOID, BOOLOID, BOOLOID, INT4OID, TEXTOID, TEXTOID, TEXTOID};
	SaColumn c[8];
	Datum values[8];

	for (int i = 0; i < 8; i++)
		sa_column_start(&c[i], elements[i]);
	for (int i = 0; i < count; i++)
	{
		const SaSettlement *s = &settlements[i];

		if (s->outcome == NULL)
			continue;
		sa_column_add(&c[0], Int64GetDatum(s->queue_id));
		sa_column_add_text(&c[1], s->outcome);
		sa_column_add(&c[2], BoolGetDatum(s->tried));
		sa_column_add(&c[3], BoolGetDatum(s->maybe_twice));
		if (s->status != 0)
			sa_column_add(&c[4], Int32GetDatum(s->status));
		else
			sa_column_add_null(&c[4]);
		sa_column_add_text(&c[5], s->provider_id);
		sa_column_add_text(&c[6], s->error_class);
		sa_column_add_text(&c[7], s->error);
	}
	if (c[0].count == 0)
		return;
	for (int i = 0; i < 8; i++)
		values[i] = sa_column_array(&c[i]);
	(void) sa_plan_keep(&plan, finish_text, 8, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not settle messages");
	check_epoch(epoch);
}

static void
put_back(const SaSettlement *settlements, int count, int epoch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[5] = {INT8ARRAYOID, BOOLARRAYOID, BOOLARRAYOID, INT8ARRAYOID, TEXTARRAYOID};
	Oid elements[5] = {INT8OID, BOOLOID, BOOLOID, INT8OID, TEXTOID};
	SaColumn c[5];
	Datum values[5];

	for (int i = 0; i < 5; i++)
		sa_column_start(&c[i], elements[i]);
	for (int i = 0; i < count; i++)
	{
		const SaSettlement *s = &settlements[i];

		if (s->outcome != NULL)
			continue;
		sa_column_add(&c[0], Int64GetDatum(s->queue_id));
		sa_column_add(&c[1], BoolGetDatum(s->tried));
		sa_column_add(&c[2], BoolGetDatum(s->maybe_twice));
		sa_column_add(&c[3], Int64GetDatum(s->delay_ms));
		sa_column_add_text(&c[4], s->error);
	}
	if (c[0].count == 0)
		return;
	for (int i = 0; i < 5; i++)
		values[i] = sa_column_array(&c[i]);
	(void) sa_plan_keep(&plan, wait_text, 5, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not put messages back");
	check_epoch(epoch);
}

void
sa_queue_settle(const SaSettlement *settlements, int count, int epoch)
{
	sa_fates_note(settlements, count);
	finish(settlements, count, epoch);
	put_back(settlements, count, epoch);
}

bool
sa_queue_set_channel_state(const char *channel, const char *state, const char *reason)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {TEXTOID, TEXTOID, TEXTOID};
	Datum values[3];
	char nulls[4] = "   ";

	values[0] = CStringGetTextDatum(channel);
	values[1] = CStringGetTextDatum(state);
	values[2] = reason ? CStringGetTextDatum(reason) : (Datum) 0;
	nulls[2] = reason ? ' ' : 'n';
	(void) sa_plan_keep(&plan,
						"UPDATE stockalert.channels SET state = $2, state_reason = $3,"
						" state_at = pg_catalog.now()"
						" WHERE channel = $1 AND state <> $2 AND state <> 'paused'",
						3, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, nulls, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not note the state of a channel");
	return SPI_processed > 0;
}
