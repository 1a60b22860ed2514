/*
 * route.c: who is told of what, and in how many messages.
 *
 * The views of sql/37_routing.sql decide about each event and contact; this
 * file groups what they return by contact and turns each group into messages:
 * one each, or one digest where there are more than a person wants to read.
 * Several events of one alert in a batch become one message, about the worst.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "db/columns.h"
#include "db/plans.h"
#include "delivery/compose.h"
#include "delivery/outlook.h"
#include "delivery/route.h"
#include "settings.h"

/* Alerts named in a summary. */
#define SA_SUMMARY_WORST "10"

/* One contact, what it is told, and the way there. */
typedef struct SaGroup
{
	SaRecipient to;
	SaNews *news;
	int count;
} SaGroup;

/* The waiting events of a batch. */
typedef struct SaBatch
{
	SaColumn all;
	SaColumn about_alerts;
	SaColumn special; /* summary, takeover, test */
	int opened;
} SaBatch;

#define SA_NEWS_COLUMNS                                                                            \
	" v.alert_id, v.severity, pg_catalog.trim_scale(v.quantity)::text,"                            \
	" pg_catalog.trim_scale(v.threshold)::text, v.item, v.sku, v.location,"                        \
	" v.subscriber_id, v.subscriber, v.time_zone, v.channel, v.address, v.kind"

static const char events_text[] =
	"SELECT d.queue_id, d.event FROM ("
	" SELECT q.queue_id, q.event FROM stockalert.queue AS q"
	" WHERE q.stage = 'event' AND q.next_attempt_at <= pg_catalog.clock_timestamp()"
	" ORDER BY q.lane, q.queue_id LIMIT 1000 FOR UPDATE OF q SKIP LOCKED) AS d LIMIT $1";

StaticAssertDecl(SA_ROUTE_MOST == 1000, "the literal in events_text is SA_ROUTE_MOST");

static const char alerts_text[] =
	"SELECT" SA_NEWS_COLUMNS ", v.occurred_at, v.queue_id, v.lane, v.event, v.not_before FROM ("
	" SELECT r.*, pg_catalog.row_number() OVER (PARTITION BY r.alert_id, r.contact_id,"
	"   r.event = 'resolved', r.event = 'reminder'"
	"  ORDER BY pg_catalog.array_position('{low,critical,out}'::text[], r.severity) DESC,"
	"   r.occurred_at DESC, r.queue_id DESC) AS place"
	" FROM stockalert.event_routes AS r WHERE r.queue_id = ANY ($1) AND r.verdict IS NULL) AS v"
	" WHERE v.place = 1"
	" ORDER BY v.subscriber_id, v.channel, v.address, v.event = 'resolved',"
	"  pg_catalog.array_position('{low,critical,out}'::text[], v.severity) DESC, v.queue_id";

static const char open_alerts_text[] =
	"SELECT" SA_NEWS_COLUMNS ", v.opened_at FROM stockalert.open_alert_routes AS v"
	" ORDER BY v.subscriber_id, v.channel, v.address,"
	"  pg_catalog.array_position('{low,critical,out}'::text[], v.severity) DESC,"
	"  v.opened_at DESC, v.alert_id";

static const char worst_alerts_text[] =
	"SELECT" SA_NEWS_COLUMNS ", v.opened_at FROM stockalert.open_alert_routes AS v"
	" WHERE v.subscriber_id = $1 AND v.channel = $2 AND v.address = $3"
	" ORDER BY pg_catalog.array_position('{low,critical,out}'::text[], v.severity) DESC,"
	"  v.opened_at DESC, v.alert_id LIMIT " SA_SUMMARY_WORST;

static const char summary_text[] =
	"SELECT v.subscriber_id, v.subscriber, v.time_zone, v.channel, v.address, v.location,"
	" v.healthy, v.low, v.critical, v.out, v.over"
	" FROM stockalert.summary_routes AS v WHERE v.subscriber_id = $1"
	" ORDER BY v.channel, v.address";

static const char special_text[] =
	"SELECT q.queue_id, q.event, q.subscriber_id, q.channel, q.endpoint, q.occurred_at,"
	" s.name, s.time_zone FROM stockalert.queue AS q"
	" LEFT JOIN stockalert.subscribers AS s ON s.subscriber_id = q.subscriber_id"
	" WHERE q.queue_id = ANY ($1) ORDER BY q.queue_id";

static Datum
column(SPITupleTable *table, int row, int number, bool *isnull)
{
	return SPI_getbinval(table->vals[row], table->tupdesc, number, isnull);
}

static char *
text_of(SPITupleTable *table, int row, int number)
{
	bool isnull;
	Datum value = column(table, row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* 0 for NULL: no id and no time of ours is 0. */
static int64
bigint_of(SPITupleTable *table, int row, int number)
{
	bool isnull;
	Datum value = column(table, row, number, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static SPITupleTable *
run(SPIPlanPtr *kept, const char *text, int nargs, Oid *types, Datum *values, int *rows)
{
	(void) sa_plan_keep(kept, text, nargs, types, CURSOR_OPT_GENERIC_PLAN);
	/* Not read-only: each statement sees what the one before wrote. */
	if (SPI_execute_plan(*kept, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what to route");
	*rows = (int) SPI_processed;
	return SPI_tuptable;
}

/* The columns SA_NEWS_COLUMNS and the time after them. */
static void
read_news(SPITupleTable *table, int row, SaNews *news, SaRecipient *to)
{
	news->alert_id = bigint_of(table, row, 1);
	news->severity = text_of(table, row, 2);
	news->quantity = text_of(table, row, 3);
	news->threshold = text_of(table, row, 4);
	news->item = text_of(table, row, 5);
	news->sku = text_of(table, row, 6);
	news->location = text_of(table, row, 7);
	news->kind = text_of(table, row, 13);
	news->occurred_at = bigint_of(table, row, 14);
	to->subscriber_id = bigint_of(table, row, 8);
	to->name = text_of(table, row, 9);
	to->time_zone = text_of(table, row, 10);
	to->channel = text_of(table, row, 11);
	to->address = text_of(table, row, 12);
}

static bool
same_recipient(const SaRecipient *a, const SaRecipient *b)
{
	return a->subscriber_id == b->subscriber_id && strcmp(a->channel, b->channel) == 0 &&
		   strcmp(a->address, b->address) == 0;
}

static bool
is_return(const SaNews *news)
{
	return strcmp(news->event, "resolved") == 0;
}

/* How many rows from the first on go to the same person by the same way. */
static int
count_group(const SaRecipient *recipients, const SaNews *news, int first, int rows)
{
	int next = first + 1;

	while (next < rows && same_recipient(&recipients[next], &recipients[first]) &&
		   is_return(&news[next]) == is_return(&news[first]))
		next++;
	return next - first;
}

/* The rows that people will read to the end. */
static void
mark_shown(SaNews *news, int count)
{
	for (int i = 0; i < Min(count, SA_OUTLOOK_MOST); i++)
		news[i].shown = true;
}

/* Each its own message, or all in one. */
static void
compose_group(SaComposed *composed, const SaGroup *group)
{
	if (group->count > sa_digest_after)
	{
		sa_compose_digest(composed, &group->to, group->news, group->count);
		return;
	}
	for (int i = 0; i < group->count; i++)
		sa_compose_alert(composed, &group->to, &group->news[i]);
}

static int
compare_ids(const void *a, const void *b)
{
	int64 left = *(const int64 *) a;
	int64 right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

/* How many of the alerts that were opened are told to anybody. */
static int
count_told(const SaNews *news, int count)
{
	int64 *ids = palloc(sizeof(int64) * Max(count, 1));
	int found = 0;
	int told = 0;

	for (int i = 0; i < count; i++)
		if (strcmp(news[i].event, "opened") == 0)
			ids[found++] = news[i].queue_id;
	qsort(ids, found, sizeof(int64), compare_ids);
	for (int i = 0; i < found; i++)
		told += i == 0 || ids[i] != ids[i - 1];
	return told;
}

/* Returns how many of the opened alerts are told to somebody. */
static int
route_alerts(SaComposed *composed, const SaBatch *batch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];
	int rows;
	SPITupleTable *table;
	SaNews *news;
	SaRecipient *recipients;

	values[0] = sa_column_array(&batch->about_alerts);
	table = run(&plan, alerts_text, 1, types, values, &rows);
	news = palloc0(sizeof(SaNews) * Max(rows, 1));
	recipients = palloc0(sizeof(SaRecipient) * Max(rows, 1));
	for (int i = 0; i < rows; i++)
	{
		bool isnull;

		read_news(table, i, &news[i], &recipients[i]);
		news[i].queue_id = bigint_of(table, i, 15);
		news[i].lane = DatumGetInt16(column(table, i, 16, &isnull));
		news[i].event = text_of(table, i, 17);
		news[i].not_before = bigint_of(table, i, 18);
	}
	for (int first = 0; first < rows; first += count_group(recipients, news, first, rows))
		mark_shown(&news[first], count_group(recipients, news, first, rows));
	sa_outlook_add(news, rows);
	for (int first = 0; first < rows;)
	{
		SaGroup group = {.to = recipients[first],
						 .news = &news[first],
						 .count = count_group(recipients, news, first, rows)};

		compose_group(composed, &group);
		first += group.count;
	}
	return count_told(news, rows);
}

static void
route_takeover(SaComposed *composed, int64 queue_id)
{
	static SPIPlanPtr plan = NULL;
	int rows;
	SPITupleTable *table = run(&plan, open_alerts_text, 0, NULL, NULL, &rows);
	SaNews *news = palloc0(sizeof(SaNews) * Max(rows, 1));
	SaRecipient *recipients = palloc0(sizeof(SaRecipient) * Max(rows, 1));

	for (int i = 0; i < rows; i++)
	{
		read_news(table, i, &news[i], &recipients[i]);
		news[i].event = "takeover";
		news[i].queue_id = queue_id;
	}
	for (int first = 0; first < rows; first += count_group(recipients, news, first, rows))
		mark_shown(&news[first], count_group(recipients, news, first, rows));
	sa_outlook_add(news, rows);
	for (int first = 0, count; first < rows; first += count)
	{
		count = count_group(recipients, news, first, rows);
		sa_compose_digest(composed, &recipients[first], &news[first], count);
	}
}

static void
route_summary(SaComposed *composed, int64 queue_id, int64 subscriber_id, TimestampTz occurred_at)
{
	static SPIPlanPtr plan = NULL;
	static SPIPlanPtr worst_plan = NULL;
	Oid types[3] = {INT8OID, TEXTOID, TEXTOID};
	Datum values[3];
	int contacts;
	SPITupleTable *table;

	values[0] = Int64GetDatum(subscriber_id);
	table = run(&plan, summary_text, 1, types, values, &contacts);
	for (int i = 0; i < contacts; i++)
	{
		SaRecipient to = {.subscriber_id = subscriber_id,
						  .name = text_of(table, i, 2),
						  .time_zone = text_of(table, i, 3),
						  .channel = text_of(table, i, 4),
						  .address = text_of(table, i, 5)};
		SaSummaryFacts counts = {.location = text_of(table, i, 6),
								 .healthy = bigint_of(table, i, 7),
								 .low = bigint_of(table, i, 8),
								 .critical = bigint_of(table, i, 9),
								 .out = bigint_of(table, i, 10),
								 .over = bigint_of(table, i, 11)};
		SaRecipient ignored;
		SPITupleTable *worst;
		SaNews *news;
		int rows;

		values[1] = CStringGetTextDatum(to.channel);
		values[2] = CStringGetTextDatum(to.address);
		worst = run(&worst_plan, worst_alerts_text, 3, types, values, &rows);
		news = palloc0(sizeof(SaNews) * Max(rows, 1));
		for (int j = 0; j < rows; j++)
		{
			read_news(worst, j, &news[j], &ignored);
			news[j].event = "opened";
		}
		mark_shown(news, rows);
		sa_outlook_add(news, rows);
		sa_compose_summary(composed, &to, &counts, news, rows, queue_id, occurred_at);
	}
}

static void
route_special(SaComposed *composed, const SaBatch *batch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];
	int rows;
	SPITupleTable *table;

	values[0] = sa_column_array(&batch->special);
	table = run(&plan, special_text, 1, types, values, &rows);
	for (int i = 0; i < rows; i++)
	{
		int64 queue_id = bigint_of(table, i, 1);
		char *event = text_of(table, i, 2);
		TimestampTz occurred_at = bigint_of(table, i, 6);
		SaRecipient to = {.subscriber_id = bigint_of(table, i, 3),
						  .channel = text_of(table, i, 4),
						  .address = text_of(table, i, 5),
						  .name = text_of(table, i, 7),
						  .time_zone = text_of(table, i, 8)};

		if (strcmp(event, "summary") == 0)
			route_summary(composed, queue_id, to.subscriber_id, occurred_at);
		else if (strcmp(event, "takeover") == 0)
			route_takeover(composed, queue_id);
		else if (strcmp(event, "test") == 0 && to.channel != NULL && to.address != NULL)
			sa_compose_test(composed, &to, queue_id, occurred_at);
	}
}

static void
read_batch(SaBatch *batch, int limit)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT4OID};
	Datum values[1];
	int rows;
	SPITupleTable *table;

	sa_column_start(&batch->all, INT8OID);
	sa_column_start(&batch->about_alerts, INT8OID);
	sa_column_start(&batch->special, INT8OID);
	batch->opened = 0;
	values[0] = Int32GetDatum(limit);
	table = run(&plan, events_text, 1, types, values, &rows);
	for (int i = 0; i < rows; i++)
	{
		Datum id = Int64GetDatum(bigint_of(table, i, 1));
		char *event = text_of(table, i, 2);
		bool special = strcmp(event, "summary") == 0 || strcmp(event, "takeover") == 0 ||
					   strcmp(event, "test") == 0;

		sa_column_add(&batch->all, id);
		sa_column_add(special ? &batch->special : &batch->about_alerts, id);
		batch->opened += strcmp(event, "opened") == 0;
	}
}

static void
delete_events(const SaBatch *batch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];

	values[0] = sa_column_array(&batch->all);
	(void) sa_plan_keep(&plan, "DELETE FROM stockalert.queue WHERE queue_id = ANY ($1)", 1, types,
						CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_DELETE)
		elog(ERROR, "could not delete routed events");
}

SaRouted
sa_route_events(int limit)
{
	SaRouted routed = {0};
	SaBatch batch;
	SaComposed composed;
	int told = 0;

	read_batch(&batch, limit);
	routed.events = batch.all.count;
	if (routed.events == 0)
		return routed;
	sa_compose_start(&composed);
	if (batch.about_alerts.count > 0)
		told = route_alerts(&composed, &batch);
	if (batch.special.count > 0)
		route_special(&composed, &batch);
	sa_compose_store(&composed);
	delete_events(&batch);
	routed.messages = composed.count;
	routed.untold = Max(batch.opened - told, 0);
	return routed;
}

bool
sa_route_bury_first(const char *error)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {TEXTOID};
	Datum values[1];

	values[0] = CStringGetTextDatum(error);
	(void) sa_plan_keep(
		&plan,
		"WITH gone AS ("
		" DELETE FROM stockalert.queue WHERE queue_id = ("
		"  SELECT q.queue_id FROM stockalert.queue AS q WHERE q.stage = 'event'"
		"  ORDER BY q.lane, q.queue_id LIMIT 1 FOR UPDATE SKIP LOCKED)"
		" RETURNING queue_id, event, alert_id, subscriber_id, channel, occurred_at, created_at"
		"), kept AS ("
		" INSERT INTO stockalert.messages (kind, ref, subscriber_id, channel, recipient, subject,"
		"  body, occurred_at)"
		" SELECT 'alert', '', subscriber_id, coalesce(channel, 'log'), '',"
		"  pg_catalog.format('(not routed: %s of alert %s)', event, alert_id), '', occurred_at"
		" FROM gone RETURNING message_id"
		")"
		" INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome,"
		"  attempts, maybe_twice, error_class, error, occurred_at, created_at)"
		" SELECT k.message_id, g.queue_id, coalesce(g.channel, 'log'), g.subscriber_id, 'dead', 0,"
		"  false, 'route', pg_catalog.left($1, 200), g.occurred_at, g.created_at"
		" FROM gone AS g CROSS JOIN kept AS k",
		1, types, CURSOR_OPT_GENERIC_PLAN);
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not give up an event");
	return SPI_processed > 0;
}
