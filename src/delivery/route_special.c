/*
 * route_special.c: summaries, the digest after a takeover, test messages, and
 * dead letters that are tried again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "db/plans.h"
#include "delivery/outlook.h"
#include "delivery/route_read.h"

/* Alerts named in a summary. */
#define SA_SUMMARY_WORST "10"

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
	" v.healthy, v.low, v.critical, v.out, v.over, v.contact_id"
	" FROM stockalert.summary_routes AS v WHERE v.subscriber_id = $1"
	" ORDER BY v.channel, v.address";

static const char special_text[] =
	"SELECT q.queue_id, q.event, q.subscriber_id, q.channel, q.endpoint, q.occurred_at,"
	" s.name, s.time_zone FROM stockalert.queue AS q"
	" LEFT JOIN stockalert.subscribers AS s ON s.subscriber_id = q.subscriber_id"
	" WHERE q.queue_id = ANY ($1) ORDER BY q.queue_id";

static void
route_takeover(SaComposed *composed, int64 queue_id)
{
	static SPIPlanPtr plan = NULL;
	int rows;
	SPITupleTable *table = sa_route_run(&plan, open_alerts_text, 0, NULL, NULL, &rows);
	SaNews *news = palloc0(sizeof(SaNews) * Max(rows, 1));
	SaRecipient *recipients = palloc0(sizeof(SaRecipient) * Max(rows, 1));

	for (int i = 0; i < rows; i++)
	{
		sa_route_read_news(table, i, &news[i], &recipients[i]);
		news[i].event = "takeover";
		news[i].queue_id = queue_id;
	}
	for (int first = 0; first < rows; first += sa_route_count_group(recipients, news, first, rows))
		sa_route_mark_shown(&news[first], sa_route_count_group(recipients, news, first, rows));
	sa_outlook_add(news, rows);
	for (int first = 0, count; first < rows; first += count)
	{
		count = sa_route_count_group(recipients, news, first, rows);
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
	table = sa_route_run(&plan, summary_text, 1, types, values, &contacts);
	for (int i = 0; i < contacts; i++)
	{
		SaRecipient to = {.subscriber_id = subscriber_id,
						  .name = sa_result_text(table, i, 2),
						  .time_zone = sa_result_text(table, i, 3),
						  .channel = sa_result_text(table, i, 4),
						  .address = sa_result_text(table, i, 5),
						  .contact_id = sa_result_bigint(table, i, 12)};
		SaSummaryFacts counts = {.location = sa_result_text(table, i, 6),
								 .healthy = sa_result_bigint(table, i, 7),
								 .low = sa_result_bigint(table, i, 8),
								 .critical = sa_result_bigint(table, i, 9),
								 .out = sa_result_bigint(table, i, 10),
								 .over = sa_result_bigint(table, i, 11)};
		SaRecipient ignored;
		SPITupleTable *worst;
		SaNews *news;
		int rows;

		values[1] = CStringGetTextDatum(to.channel);
		values[2] = CStringGetTextDatum(to.address);
		worst = sa_route_run(&worst_plan, worst_alerts_text, 3, types, values, &rows);
		news = palloc0(sizeof(SaNews) * Max(rows, 1));
		for (int j = 0; j < rows; j++)
		{
			sa_route_read_news(worst, j, &news[j], &ignored);
			news[j].event = "opened";
		}
		sa_route_mark_shown(news, rows);
		sa_outlook_add(news, rows);
		sa_compose_summary(composed, &to, &counts, news, rows, queue_id, occurred_at);
	}
}

/*
 * A dead letter, as it was written: with the key it had, and a history that
 * says whether it may have arrived.
 */
static void
put_back(int64 queue_id)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8OID};
	Datum values[1];

	values[0] = Int64GetDatum(queue_id);
	sa_plan_run(
		&plan,
		"INSERT INTO stockalert.queue (stage, lane, event, alert_id, severity, subscriber_id,"
		" occurred_at, message_id, channel, endpoint, maybe_twice, bytes)"
		" SELECT 'message', 1, CASE m.kind WHEN 'alert' THEN 'opened' ELSE m.kind END,"
		"  CASE WHEN pg_catalog.cardinality(m.alert_ids) = 1 THEN m.alert_ids[1] END, m.severity,"
		"  m.subscriber_id, m.occurred_at, m.message_id, m.channel,"
		"  CASE WHEN m.channel IN ('slack', 'webhook') THEN m.recipient ELSE m.channel END,"
		"  EXISTS (SELECT FROM stockalert.deliveries AS d"
		"   WHERE d.message_id = m.message_id AND d.maybe_twice),"
		"  pg_catalog.octet_length(m.body) + coalesce(pg_catalog.octet_length(m.html), 0)"
		" FROM stockalert.queue AS q JOIN stockalert.messages AS m ON m.message_id = q.message_id"
		" WHERE q.queue_id = $1",
		1, types, values, NULL, false);
}

void
sa_route_special(SaComposed *composed, const SaColumn *queue_ids)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];
	int rows;
	SPITupleTable *table;

	values[0] = sa_column_array(queue_ids);
	table = sa_route_run(&plan, special_text, 1, types, values, &rows);
	for (int i = 0; i < rows; i++)
	{
		int64 queue_id = sa_result_bigint(table, i, 1);
		char *event = sa_result_text(table, i, 2);
		TimestampTz occurred_at = sa_result_bigint(table, i, 6);
		SaRecipient to = {.subscriber_id = sa_result_bigint(table, i, 3),
						  .channel = sa_result_text(table, i, 4),
						  .address = sa_result_text(table, i, 5),
						  .name = sa_result_text(table, i, 7),
						  .time_zone = sa_result_text(table, i, 8)};

		if (strcmp(event, "summary") == 0)
			route_summary(composed, queue_id, to.subscriber_id, occurred_at);
		else if (strcmp(event, "takeover") == 0)
			route_takeover(composed, queue_id);
		else if (strcmp(event, "test") == 0 && to.channel != NULL && to.address != NULL)
			sa_compose_test(composed, &to, queue_id, occurred_at);
		else if (strcmp(event, "retry") == 0)
			put_back(queue_id);
	}
}
