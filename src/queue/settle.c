/*
 * settle.c: finished rows leave (finish.c), the others get a new time.
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
#include "db/result.h"
#include "queue/fates.h"
#include "queue/finish.h"
#include "queue/settle.h"

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
check_epoch(int found, int epoch)
{
	if (found > epoch)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("another sender has taken over this database"),
						errdetail("Its epoch is %d, ours is %d.", found, epoch),
						errhint("Nothing to do; this sender ends.")));
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
	sa_plan_run(&plan, wait_text, 5, types, values, NULL, false);
	check_epoch(sa_result_int(SPI_tuptable, 0, 1), epoch);
}

void
sa_queue_settle(const SaSettlement *settlements, int count, int epoch)
{
	sa_fates_note(settlements, count);
	check_epoch(sa_queue_finish(settlements, count), epoch);
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
	sa_plan_put_text(values, nulls, 2, reason);
	sa_plan_run(&plan,
				"UPDATE stockalert.channels SET state = $2, state_reason = $3,"
				" state_at = pg_catalog.now()"
				" WHERE channel = $1 AND state <> $2 AND state <> 'paused'",
				3, types, values, nulls, false);
	return SPI_processed > 0;
}
