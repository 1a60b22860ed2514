/*
 * store.c: the syncer's statements.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "db/plans.h"
#include "pos/store.h"
#include "pure/rfc3339.h"

/* Two rounds overlap, as clocks of the provider's servers differ. */
#define SINCE                                                                                      \
	"pg_catalog.to_char((s.watermark - interval '5 minutes') AT TIME ZONE 'UTC',"                  \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

static const SaPosConnector *const connectors[] = {&sa_square_connector};

static Datum
column(uint64 row, int number, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, isnull);
}

static char *
text_of(uint64 row, int number)
{
	bool isnull;
	Datum value = column(row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static TimestampTz
time_of(uint64 row, int number)
{
	bool isnull;
	Datum value = column(row, number, &isnull);

	return isnull ? 0 : DatumGetTimestampTz(value);
}

static bool
bool_of(uint64 row, int number)
{
	bool isnull;
	Datum value = column(row, number, &isnull);

	return !isnull && DatumGetBool(value);
}

static int
int_of(uint64 row, int number)
{
	bool isnull;
	Datum value = column(row, number, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

static void
execute(SPIPlanPtr plan, Datum *values, const char *nulls, bool read_only)
{
	int result = SPI_execute_plan(plan, values, nulls, read_only, 0);

	if (result < 0)
		elog(ERROR, "could not run a statement of the syncer: %s", SPI_result_code_string(result));
}

static char **
texts_of(uint64 row, int number, int *count)
{
	bool isnull;
	Datum value = column(row, number, &isnull);
	Datum *elements;
	char **texts;

	*count = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL,
					  count);
	texts = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return texts;
}

/* --- what is due ------------------------------------------------------------------------------ */

static const SaPosConnector *
find_connector(const char *provider)
{
	for (int i = 0; i < lengthof(connectors); i++)
		if (strcmp(connectors[i]->provider, provider) == 0)
			return connectors[i];
	elog(ERROR, "there is no connector named %s", provider); /* cannot happen */
}

/* NULL for NULL. */
static const SaPosStream *
find_stream(const SaPosConnector *connector, const char *name)
{
	for (const SaPosStream *stream = connector->streams; name != NULL && stream->name != NULL;
		 stream++)
		if (strcmp(stream->name, name) == 0)
			return stream;
	return NULL;
}

/* First a check that somebody asked for, then the streams in the order they come in. */
static const char due_query[] =
	"SELECT DISTINCT ON (d.connection_id) d.connection_id, d.stream, d.full_run, d.since, d.exact,"
	" c.provider, c.base_url, c.api_version, c.credential, c.chosen_locations,"
	" stockalert.sync_locations(d.connection_id), c.token_expires_at, c.token_refreshed_at,"
	" c.environment, d.first"
	" FROM (SELECT 0 AS place, k.connection_id, NULL::text AS stream, false AS full_run,"
	"  NULL::text AS since, NULL::text AS exact, false AS first"
	"  FROM stockalert.connections AS k WHERE k.enabled AND k.check_requested_at >"
	"   coalesce(k.checked_at, '-infinity')"
	" UNION ALL SELECT s.place, s.connection_id, s.stream, s.full_run, " SINCE ","
	"  s.watermark_text, s.last_full_at IS NULL"
	"  FROM (SELECT x.*, pg_catalog.row_number() OVER () AS place"
	"   FROM stockalert.sync_due() AS x) AS s) AS d"
	" JOIN stockalert.connections AS c ON c.connection_id = d.connection_id"
	" ORDER BY d.connection_id, d.place";

/* The first round of a stream may have a bound in the past. */
static char *
bounded_start(int days)
{
	TimestampTz start = GetCurrentTimestamp() - (int64) days * USECS_PER_DAY;
	struct pg_tm tm;
	fsec_t fraction;

	if (days == 0 || timestamp2tm(start, NULL, &tm, &fraction, NULL, NULL) != 0)
		return NULL;
	return psprintf("%04d-%02d-%02dT00:00:00Z", tm.tm_year, tm.tm_mon, tm.tm_mday);
}

static void
read_due(SaPosDue *due, uint64 row)
{
	bool isnull;
	char *provider = text_of(row, 6);
	char **chosen;
	int chosen_count;

	due->connection = DatumGetInt64(column(row, 1, &isnull));
	due->connector = find_connector(provider);
	due->stream = find_stream(due->connector, text_of(row, 2));
	due->full = bool_of(row, 3);
	due->first = bool_of(row, 15);
	due->since = text_of(row, 4);
	due->base_url = text_of(row, 7);
	if (due->base_url == NULL)
		due->base_url = pstrdup(due->connector->base_url(text_of(row, 14)));
	due->version = text_of(row, 8);
	due->credential = text_of(row, 9);
	chosen = texts_of(row, 10, &chosen_count);
	due->token_expires = time_of(row, 12);
	due->token_renewed = time_of(row, 13);
	if (due->stream == NULL)
		return;
	if (due->stream->exact && text_of(row, 5) != NULL)
		due->since = text_of(row, 5);
	if (due->full)
		due->since = bounded_start(due->stream->history_days);
	if (due->stream->locations_at_once > 0)
		due->locations = texts_of(row, 11, &due->location_count);
	else if (due->stream->by_location)
	{
		due->locations = chosen;
		due->location_count = chosen_count;
	}
}

SaPosDue *
sa_store_due(MemoryContext context, int *count, int *connections)
{
	static SPIPlanPtr heed_plan = NULL;
	static SPIPlanPtr due_plan = NULL;
	static SPIPlanPtr count_plan = NULL;
	MemoryContext previous;
	SaPosDue *due;

	(void) sa_plan_keep(&heed_plan, "SELECT stockalert.sync_heed_credentials()", 0, NULL,
						CURSOR_OPT_GENERIC_PLAN);
	execute(heed_plan, NULL, NULL, false);
	(void) sa_plan_keep(&count_plan,
						"SELECT pg_catalog.count(*)::integer FROM stockalert.connections"
						" WHERE enabled",
						0, NULL, CURSOR_OPT_GENERIC_PLAN);
	execute(count_plan, NULL, NULL, false);
	*connections = int_of(0, 1);
	(void) sa_plan_keep(&due_plan, due_query, 0, NULL, CURSOR_OPT_GENERIC_PLAN);
	execute(due_plan, NULL, NULL, false);
	previous = MemoryContextSwitchTo(context);
	*count = (int) SPI_processed;
	due = palloc0(sizeof(SaPosDue) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		read_due(&due[i], (uint64) i);
	MemoryContextSwitchTo(previous);
	return due;
}

SaPosSealed
sa_store_sealed(MemoryContext context, const char *credential)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(credential)};
	SaPosSealed sealed = {{0}, NULL, 0};
	bool isnull;
	bytea *bytes;

	(void) sa_plan_keep(&plan,
						"SELECT c.sealed, i.installation_id FROM stockalert.credentials AS c"
						" CROSS JOIN stockalert.installation AS i WHERE c.name = $1",
						1, types, CURSOR_OPT_GENERIC_PLAN);
	/* As it is now, not as it was when the transaction began. */
	execute(plan, values, NULL, false);
	if (SPI_processed == 0)
		return sealed;
	bytes = DatumGetByteaPP(column(0, 1, &isnull));
	sealed.size = VARSIZE_ANY_EXHDR(bytes);
	sealed.bytes = MemoryContextAlloc(context, Max(sealed.size, 1));
	memcpy(sealed.bytes, VARDATA_ANY(bytes), sealed.size);
	memcpy(sealed.installation, DatumGetUUIDP(column(0, 2, &isnull))->data, UUID_LEN);
	return sealed;
}

/* --- a round ---------------------------------------------------------------------------------- */

TimestampTz
sa_store_begin(const SaPosDue *due)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {INT8OID, TEXTOID, BOOLOID};
	Datum values[3] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
					   BoolGetDatum(due->full)};

	(void) sa_plan_keep(&plan,
						"SELECT pg_catalog.clock_timestamp(), stockalert.sync_begin($1, $2, $3)", 3,
						types, CURSOR_OPT_GENERIC_PLAN);
	execute(plan, values, NULL, false);
	return time_of(0, 1);
}

/* One kept plan a stream and statement; there are few. */
static SPIPlanPtr
plan_of(const char *text)
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
		(void) sa_plan_keep(&kept[i].plan, text, 3, types, CURSOR_OPT_GENERIC_PLAN);
		kept[i].text = text;
		return kept[i].plan;
	}
	elog(ERROR, "too many statements of connectors"); /* cannot happen */
}

static void
note_progress(const SaPosDue *due, const SaPosApplied *applied)
{
	static SPIPlanPtr plan = NULL;
	Oid types[5] = {INT8OID, TEXTOID, INT4OID, INT4OID, INT4OID};
	Datum values[5] = {Int64GetDatum(due->connection), CStringGetTextDatum(due->stream->name),
					   Int32GetDatum(applied->rows), Int32GetDatum(applied->changed),
					   Int32GetDatum(applied->problems)};

	(void) sa_plan_keep(&plan, "SELECT stockalert.sync_progress($1, $2, $3, $4, $5)", 5, types,
						CURSOR_OPT_GENERIC_PLAN);
	execute(plan, values, NULL, false);
}

/*
 * Statements planned for empty tables would compare every row of a page with
 * every row there is.
 */
void
sa_store_analyze(void)
{
	static SPIPlanPtr plan = NULL;

	(void) sa_plan_keep(&plan, "SELECT stockalert.sync_analyze()", 0, NULL,
						CURSOR_OPT_GENERIC_PLAN);
	execute(plan, NULL, NULL, false);
}

SaPosApplied
sa_store_apply(MemoryContext context, const SaPosDue *due, const char *page, TimestampTz started)
{
	Datum values[3] = {Int64GetDatum(due->connection), CStringGetTextDatum(page),
					   TimestampTzGetDatum(started)};
	const char *nulls = due->full ? "   " : "  n";
	SaPosApplied applied = {0};
	char *newest;

	execute(plan_of(due->stream->apply), values, nulls, false);
	if (SPI_processed > 0)
	{
		applied.rows = int_of(0, 1);
		applied.changed = int_of(0, 2);
		applied.problems = int_of(0, 3);
		applied.newest = time_of(0, 4);
		newest = text_of(0, 5);
		if (newest != NULL)
			applied.newest_text = MemoryContextStrdup(context, newest);
	}
	note_progress(due, &applied);
	return applied;
}

void
sa_store_finish(const SaPosDue *due, TimestampTz started)
{
	Datum values[3] = {Int64GetDatum(due->connection), 0, TimestampTzGetDatum(started)};

	if (due->full && due->stream->finish != NULL)
		execute(plan_of(due->stream->finish), values, " n ", false);
}

static void
put_text(Datum *values, char *nulls, int number, const char *text)
{
	if (text == NULL)
		nulls[number] = 'n';
	else
		values[number] = CStringGetTextDatum(text);
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

	(void) sa_plan_keep(&plan,
						"SELECT stockalert.sync_end($1, $2, $3, $4, $5, $6, $7, $8, $9,"
						" pg_catalog.clock_timestamp() + $10 * interval '1 millisecond')",
						10, types, CURSOR_OPT_GENERIC_PLAN);
	if (end->watermark == 0)
		nulls[3] = 'n';
	put_text(values, nulls, 4, end->watermark_text);
	put_text(values, nulls, 5, end->error_class);
	values[6] = Int32GetDatum(end->status);
	if (end->status == 0)
		nulls[6] = 'n';
	put_text(values, nulls, 7, end->code);
	put_text(values, nulls, 8, end->error);
	values[9] = Int64GetDatum(end->retry_ms);
	if (end->retry_ms < 0)
		nulls[9] = 'n';
	execute(plan, values, nulls, false);
}

void
sa_store_state(int64 connection, const char *state, const char *reason)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {INT8OID, TEXTOID, TEXTOID};
	Datum values[3] = {Int64GetDatum(connection)};
	char nulls[4] = "   ";

	(void) sa_plan_keep(&plan,
						"SELECT stockalert.set_connection_state(c.connection_id,"
						" coalesce($2, c.state), $3) FROM stockalert.connections AS c"
						" WHERE c.connection_id = $1",
						3, types, CURSOR_OPT_GENERIC_PLAN);
	put_text(values, nulls, 1, state);
	put_text(values, nulls, 2, reason);
	execute(plan, values, nulls, false);
}

/* What is no point of time is not known. */
static void
put_time(Datum *values, char *nulls, int number, const char *text)
{
	int64 unix_us;

	if (!sa_rfc3339_read(text, &unix_us))
		nulls[number] = 'n';
	else
		values[number] = TimestampTzGetDatum(
			unix_us - (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
}

/* --- tokens ----------------------------------------------------------------------------------- */

static bytea *
make_bytea(const uint8_t *bytes, size_t size)
{
	bytea *made = palloc(VARHDRSZ + size);

	SET_VARSIZE(made, VARHDRSZ + size);
	memcpy(VARDATA(made), bytes, size);
	return made;
}

/*
 * The old token may be void already: this commit waits for its WAL whatever
 * the administrator chose for other transactions.
 */
bool
sa_store_renewed(const SaPosDue *due, const SaPosSealed *old, const uint8_t *sealed, size_t size,
				 const char *expires_at)
{
	static SPIPlanPtr replace_plan = NULL;
	static SPIPlanPtr note_plan = NULL;
	Oid types[3] = {TEXTOID, BYTEAOID, BYTEAOID};
	Datum values[3] = {CStringGetTextDatum(due->credential),
					   PointerGetDatum(make_bytea(old->bytes, old->size)),
					   PointerGetDatum(make_bytea(sealed, size))};
	Oid note_types[2] = {TEXTOID, TIMESTAMPTZOID};
	Datum note_values[2] = {values[0], 0};
	char nulls[3] = "  ";
	bool replaced;

	(void) set_config_option("synchronous_commit", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	(void) sa_plan_keep(&replace_plan,
						"SELECT stockalert.replace_sealed($1, $2, $3, 'renew_credential')", 3,
						types, CURSOR_OPT_GENERIC_PLAN);
	execute(replace_plan, values, NULL, false);
	replaced = bool_of(0, 1);
	if (!replaced)
		return false;
	(void) sa_plan_keep(&note_plan,
						"UPDATE stockalert.connections SET token_expires_at = $2,"
						" token_refreshed_at = pg_catalog.clock_timestamp()"
						" WHERE credential = $1",
						2, note_types, CURSOR_OPT_GENERIC_PLAN);
	put_time(note_values, nulls, 1, expires_at);
	execute(note_plan, note_values, nulls, false);
	return true;
}

/* A token that is good again puts an end to what was wrong with the old one. */
void
sa_store_checked(const SaPosDue *due, bool good, const char *merchant, const char *scopes,
				 const char *expires_at)
{
	static SPIPlanPtr plan = NULL;
	Oid types[5] = {INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, BOOLOID};
	Datum values[5] = {Int64GetDatum(due->connection), 0, 0, 0, BoolGetDatum(good)};
	char nulls[6] = "     ";

	(void) sa_plan_keep(
		&plan,
		"UPDATE stockalert.connections SET checked_at = pg_catalog.clock_timestamp(),"
		" merchant_id = coalesce($2, merchant_id), token_expires_at = CASE WHEN $5 THEN $4"
		"  ELSE token_expires_at END,"
		" scopes = coalesce((SELECT pg_catalog.array_agg(pg_catalog.left(e, 100))"
		"  FROM pg_catalog.jsonb_array_elements_text($3::jsonb) AS e), scopes),"
		" state = CASE WHEN $5 AND state <> 'pending' THEN 'ok' ELSE state END,"
		" state_reason = CASE WHEN NOT $5 THEN state_reason END"
		" WHERE connection_id = $1",
		5, types, CURSOR_OPT_GENERIC_PLAN);
	put_text(values, nulls, 1, merchant[0] == '\0' ? NULL : merchant);
	put_text(values, nulls, 2, scopes);
	put_time(values, nulls, 3, expires_at);
	execute(plan, values, nulls, false);
}
