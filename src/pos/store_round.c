/*
 * store_round.c: how a round begins, its pages, and how it ends.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "db/plans.h"
#include "db/result.h"
#include "pos/store.h"

TimestampTz
sa_store_begin(const SaPosDue *due, bool *noted)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {INT8OID, TEXTOID, BOOLOID};
	Datum values[3] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
					   BoolGetDatum(due->full)};
	TimestampTz started;

	sa_plan_run(&plan,
				"SELECT pg_catalog.clock_timestamp(), NOT stockalert.sync_may_rest($1, $2, $3)", 3,
				types, values, NULL, false);
	started = sa_result_time(SPI_tuptable, 0, 1);
	*noted = sa_result_bool(SPI_tuptable, 0, 2);
	if (*noted)
		sa_store_note(due, started, 0, 0);
	return started;
}

void
sa_store_note(const SaPosDue *due, TimestampTz started, int pages, int rows)
{
	static SPIPlanPtr plan = NULL;
	Oid types[6] = {INT8OID, TEXTOID, BOOLOID, TIMESTAMPTZOID, INT4OID, INT4OID};
	Datum values[6] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
					   BoolGetDatum(due->full),        TimestampTzGetDatum(started),
					   Int32GetDatum(pages),           Int32GetDatum(rows)};

	sa_plan_run(&plan, "SELECT stockalert.sync_begin($1, $2, $3, $4, $5, $6)", 6, types, values,
				NULL, false);
}

bool
sa_store_rest(const SaPosDue *due, TimestampTz started)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {INT8OID, TEXTOID, TIMESTAMPTZOID};
	Datum values[3] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
					   TimestampTzGetDatum(started)};

	sa_plan_run(&plan, "SELECT stockalert.sync_rest($1, $2, $3)", 3, types, values, NULL, false);
	return sa_result_bool(SPI_tuptable, 0, 1);
}

/* One kept plan a stream and statement; there are few. */
static void
run_of_stream(const char *text, Datum *values, const char *nulls)
{
	static struct
	{
		const char *text;
		SPIPlanPtr plan;
	} kept[16];
	Oid types[3] = {INT8OID, TEXTOID, TIMESTAMPTZOID};

	for (int i = 0; i < lengthof(kept); i++)
	{
		if (kept[i].text != NULL && kept[i].text != text)
			continue;
		kept[i].text = text;
		sa_plan_run(&kept[i].plan, text, 3, types, values, nulls, false);
		return;
	}
	elog(ERROR, "too many statements of connectors"); /* cannot happen */
}

void
sa_store_progress(const SaPosDue *due, const SaPosApplied *applied)
{
	static SPIPlanPtr plan = NULL;
	Oid types[5] = {INT8OID, TEXTOID, INT4OID, INT4OID, INT4OID};
	Datum values[5] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
					   Int32GetDatum(applied->rows), Int32GetDatum(applied->changed),
					   Int32GetDatum(applied->problems)};

	sa_plan_run(&plan, "SELECT stockalert.sync_progress($1, $2, $3, $4, $5)", 5, types, values,
				NULL, false);
}

/*
 * Statements planned for empty tables would compare every row of a page with
 * every row there is.
 */
void
sa_store_analyze(void)
{
	static SPIPlanPtr plan = NULL;

	sa_plan_run(&plan, "SELECT stockalert.sync_analyze()", 0, NULL, NULL, NULL, false);
}

SaPosApplied
sa_store_apply(MemoryContext context, const SaPosDue *due, const char *page, TimestampTz started)
{
	Datum values[3] = {Int64GetDatum(due->connection), CStringGetTextDatum(page),
					   TimestampTzGetDatum(started)};
	const char *nulls = due->full ? "   " : "  n";
	SaPosApplied applied = {0};
	char *newest;

	run_of_stream(due->stream->apply, values, nulls);
	if (SPI_processed > 0)
	{
		applied.rows = sa_result_int(SPI_tuptable, 0, 1);
		applied.changed = sa_result_int(SPI_tuptable, 0, 2);
		applied.problems = sa_result_int(SPI_tuptable, 0, 3);
		applied.newest = sa_result_time(SPI_tuptable, 0, 4);
		newest = sa_result_text(SPI_tuptable, 0, 5);
		if (newest != NULL)
			applied.newest_text = MemoryContextStrdup(context, newest);
	}
	return applied;
}

void
sa_store_finish(const SaPosDue *due, TimestampTz started)
{
	Datum values[3] = {Int64GetDatum(due->connection), 0, TimestampTzGetDatum(started)};

	if (due->full && due->stream->finish != NULL)
		run_of_stream(due->stream->finish, values, " n ");
}

void
sa_store_end(const SaPosDue *due, const SaPosEnd *end)
{
	static SPIPlanPtr plan = NULL;
	Oid types[10] = {INT8OID, TEXTOID, BOOLOID, TIMESTAMPTZOID, TEXTOID,
					 TEXTOID, INT4OID, TEXTOID, TEXTOID,        INT8OID};
	Datum values[10] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
						BoolGetDatum(end->ok), TimestampTzGetDatum(end->watermark)};
	char nulls[11] = "          ";

	if (end->watermark == 0)
		nulls[3] = 'n';
	sa_plan_put_text(values, nulls, 4, end->watermark_text);
	sa_plan_put_text(values, nulls, 5, end->error_class);
	values[6] = Int32GetDatum(end->status);
	if (end->status == 0)
		nulls[6] = 'n';
	sa_plan_put_text(values, nulls, 7, end->code);
	sa_plan_put_text(values, nulls, 8, end->error);
	values[9] = Int64GetDatum(end->retry_ms);
	if (end->retry_ms < 0)
		nulls[9] = 'n';
	sa_plan_run(&plan,
				"SELECT stockalert.sync_end($1, $2, $3, $4, $5, $6, $7, $8, $9,"
				" pg_catalog.clock_timestamp() + $10 * interval '1 millisecond')",
				10, types, values, nulls, false);
}

void
sa_store_state(int64 connection, const char *state, const char *reason)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {INT8OID, TEXTOID, TEXTOID};
	Datum values[3] = {Int64GetDatum(connection)};
	char nulls[4] = "   ";

	sa_plan_put_text(values, nulls, 1, state);
	sa_plan_put_text(values, nulls, 2, reason);
	sa_plan_run(&plan,
				"SELECT stockalert.set_connection_state(c.connection_id,"
				" coalesce($2, c.state), $3) FROM stockalert.connections AS c"
				" WHERE c.connection_id = $1",
				3, types, values, nulls, false);
}
