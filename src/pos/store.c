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
#include "db/result.h"
#include "pos/store.h"
#include "pure/rfc3339.h"
#include "vault/vault.h"

/* Two rounds overlap, as clocks of the provider's servers differ. */
#define SINCE                                                                                      \
	"pg_catalog.to_char((s.watermark - interval '5 minutes') AT TIME ZONE 'UTC',"                  \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

static const SaPosConnector *const connectors[] = {&sa_square_connector};

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
	"  FROM stockalert.connections_to_check() AS k"
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
	char *provider = sa_result_text(SPI_tuptable, row, 6);
	char **chosen;
	int chosen_count;

	due->connection = sa_result_bigint(SPI_tuptable, row, 1);
	due->connector = find_connector(provider);
	due->stream = find_stream(due->connector, sa_result_text(SPI_tuptable, row, 2));
	due->full = sa_result_bool(SPI_tuptable, row, 3);
	due->first = sa_result_bool(SPI_tuptable, row, 15);
	due->since = sa_result_text(SPI_tuptable, row, 4);
	due->base_url = sa_result_text(SPI_tuptable, row, 7);
	if (due->base_url == NULL)
		due->base_url = pstrdup(due->connector->base_url(sa_result_text(SPI_tuptable, row, 14)));
	due->version = sa_result_text(SPI_tuptable, row, 8);
	due->credential = sa_result_text(SPI_tuptable, row, 9);
	chosen = sa_result_texts(SPI_tuptable, row, 10, &chosen_count);
	due->token_expires = sa_result_time(SPI_tuptable, row, 12);
	due->token_renewed = sa_result_time(SPI_tuptable, row, 13);
	if (due->stream == NULL)
		return;
	if (due->stream->exact && sa_result_text(SPI_tuptable, row, 5) != NULL)
		due->since = sa_result_text(SPI_tuptable, row, 5);
	if (due->full)
		due->since = bounded_start(due->stream->history_days);
	if (due->stream->locations_at_once > 0)
		due->locations = sa_result_texts(SPI_tuptable, row, 11, &due->location_count);
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

	sa_plan_run(&heed_plan, "SELECT stockalert.sync_heed_credentials()", 0, NULL, NULL, NULL,
				false);
	sa_plan_run(&count_plan,
				"SELECT pg_catalog.count(*)::integer FROM stockalert.connections"
				" WHERE enabled",
				0, NULL, NULL, NULL, false);
	*connections = sa_result_int(SPI_tuptable, 0, 1);
	sa_plan_run(&due_plan, due_query, 0, NULL, NULL, NULL, false);
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

	/* As it is now, not as it was when the transaction began. */
	sa_plan_run(&plan,
				"SELECT c.sealed, i.installation_id FROM stockalert.credentials AS c"
				" CROSS JOIN stockalert.installation AS i WHERE c.name = $1",
				1, types, values, NULL, false);
	if (SPI_processed == 0)
		return sealed;
	bytes = DatumGetByteaPP(sa_result(SPI_tuptable, 0, 1, &isnull));
	sealed.size = VARSIZE_ANY_EXHDR(bytes);
	sealed.bytes = MemoryContextAlloc(context, Max(sealed.size, 1));
	memcpy(sealed.bytes, VARDATA_ANY(bytes), sealed.size);
	memcpy(sealed.installation, DatumGetUUIDP(sa_result(SPI_tuptable, 0, 2, &isnull))->data,
		   UUID_LEN);
	return sealed;
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

/*
 * The old token may be void already: this commit waits for its WAL whatever
 * the administrator chose for other transactions.
 */
bool
sa_store_renewed(const SaPosDue *due, const SaPosSealed *old, const uint8_t *sealed, size_t size,
				 const char *expires_at)
{
	static SPIPlanPtr plan = NULL;
	Oid types[2] = {TEXTOID, TIMESTAMPTZOID};
	Datum values[2] = {CStringGetTextDatum(due->credential), 0};
	char nulls[3] = "  ";

	(void) set_config_option("synchronous_commit", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
	if (!sa_vault_replace(due->credential, old->bytes, old->size, sealed, size, "renew_credential"))
		return false;
	put_time(values, nulls, 1, expires_at);
	sa_plan_run(&plan,
				"UPDATE stockalert.connections SET token_expires_at = $2,"
				" token_refreshed_at = pg_catalog.clock_timestamp()"
				" WHERE credential = $1",
				2, types, values, nulls, false);
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

	sa_plan_put_text(values, nulls, 1, merchant[0] == '\0' ? NULL : merchant);
	sa_plan_put_text(values, nulls, 2, scopes);
	put_time(values, nulls, 3, expires_at);
	sa_plan_run(&plan,
				"UPDATE stockalert.connections SET checked_at = pg_catalog.clock_timestamp(),"
				" merchant_id = coalesce($2, merchant_id), token_expires_at = CASE WHEN $5 THEN $4"
				"  ELSE token_expires_at END,"
				" scopes = coalesce((SELECT pg_catalog.array_agg(pg_catalog.left(e, 100))"
				"  FROM pg_catalog.jsonb_array_elements_text($3::jsonb) AS e), scopes),"
				" state = CASE WHEN $5 AND state <> 'pending' THEN 'ok' ELSE state END,"
				" state_reason = CASE WHEN NOT $5 THEN state_reason END"
				" WHERE connection_id = $1",
				5, types, values, nulls, false);
}
