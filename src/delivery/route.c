/*
 * route.c: who is told of what, and in how many messages.
 *
 * The views of sql/37_routing.sql decide about each event and contact; this
 * file groups what they return by contact and turns each group into messages:
 * one each, or one digest where there are more than a person wants to read.
 * Several events of one alert in a batch become one message, about the worst.
 * What is not to be told yet is held (hold.h), and then told in one message.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "db/columns.h"
#include "db/plans.h"
#include "delivery/compose.h"
#include "delivery/hold.h"
#include "delivery/outlook.h"
#include "delivery/route.h"
#include "delivery/route_read.h"
#include "queue/events.h"
#include "settings.h"

/* What comes with more than one batch is collected for so long after each. */
#define SA_COLLECT_MS 1000
/* And a storm of single ones for so long. */
#define SA_STORM_MS 60000

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
	SaColumn special; /* summary, takeover, test, retry */
	int opened;
	bool more;     /* there may be others behind it */
	bool released; /* was held */
} SaBatch;

/* Of the last batch, for sa_route_bury_first(). */
static int64 first_id = 0;

static const char held_contact_text[] =
	"SELECT q.contact_id FROM stockalert.queue AS q"
	" WHERE q.stage = 'held' AND q.next_attempt_at <= pg_catalog.clock_timestamp()"
	" ORDER BY q.next_attempt_at LIMIT 1";

static const char held_text[] =
	"SELECT d.queue_id, d.event FROM ("
	" SELECT q.queue_id, q.event FROM stockalert.queue AS q"
	" WHERE q.stage = 'held' AND q.contact_id = $2"
	" ORDER BY q.queue_id LIMIT 10000 FOR UPDATE OF q SKIP LOCKED) AS d LIMIT $1";

StaticAssertDecl(SA_ROUTE_HELD_MOST == 10000, "the literal in held_text is SA_ROUTE_HELD_MOST");

static const char alerts_text[] =
	"SELECT" SA_NEWS_COLUMNS
	", v.occurred_at, v.queue_id, v.lane::bigint, v.event, v.not_before FROM ("
	" SELECT r.*, pg_catalog.row_number() OVER (PARTITION BY r.alert_id, r.contact_id,"
	"   r.event = 'resolved', r.event = 'reminder'"
	"  ORDER BY pg_catalog.array_position('{low,critical,out}'::text[], r.severity) DESC,"
	"   r.occurred_at DESC, r.queue_id DESC) AS place"
	" FROM stockalert.event_routes AS r WHERE r.queue_id = ANY ($1) AND r.verdict IS NULL) AS v"
	" WHERE v.place = 1"
	" ORDER BY v.subscriber_id, v.channel, v.address, v.event = 'resolved',"
	"  pg_catalog.array_position('{low,critical,out}'::text[], v.severity) DESC, v.queue_id";

/* Takes out what falls in quiet hours; returns how many are left. */
static int
hold_quiet(SaHolds *holds, SaGroup *group)
{
	int awake = 0;

	for (int i = 0; i < group->count; i++)
	{
		if (group->news[i].not_before == 0)
			group->news[awake++] = group->news[i];
		else
			sa_hold_add(holds, &group->to, &group->news[i], group->news[i].not_before,
						SA_HELD_QUIET);
	}
	return awake;
}

/* Why all of a group must wait, and until when; NULL: it need not. */
static const char *
find_reason(const SaBatch *batch, const SaGroup *group, SaRoom *room, TimestampTz *until)
{
	const SaLimit *limit = sa_hold_limit(room);
	TimestampTz now = GetCurrentTimestamp();
	bool many = group->count > sa_digest_after;

	if (limit->left <= 0)
	{
		*until = Max(limit->free_at, TimestampTzPlusMilliseconds(now, SA_COLLECT_MS));
		return limit->name;
	}
	if (batch->released)
		return NULL;
	if (room->storm_ends == 0 && many && batch->more)
		room->storm_ends = TimestampTzPlusMilliseconds(now, SA_COLLECT_MS);
	if (room->storm_ends == 0 && room->recent + (many ? 1 : group->count) > sa_storm_after)
		room->storm_ends = TimestampTzPlusMilliseconds(now, SA_STORM_MS);
	*until = room->storm_ends;
	return room->storm_ends != 0 ? SA_HELD_STORM : NULL;
}

/* Each its own message, or all in one, or none now. */
static void
tell_group(SaComposed *composed, SaHolds *holds, const SaBatch *batch, SaGroup *group)
{
	SaRoom *room = sa_hold_room(holds, group->to.contact_id);
	TimestampTz until;
	const char *reason;

	group->count = hold_quiet(holds, group);
	if (group->count == 0 || room == NULL)
		return;
	reason = find_reason(batch, group, room, &until);
	for (int i = 0; reason != NULL && i < group->count; i++)
		sa_hold_add(holds, &group->to, &group->news[i], until, reason);
	if (reason != NULL)
		return;
	if (group->count > sa_digest_after || group->count > sa_hold_limit(room)->left ||
		(batch->released && group->count > 1))
	{
		sa_compose_digest(composed, &group->to, group->news, group->count);
		sa_hold_take(room);
		return;
	}
	for (int i = 0; i < group->count; i++)
	{
		sa_compose_alert(composed, &group->to, &group->news[i]);
		sa_hold_take(room);
	}
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
route_alerts(SaComposed *composed, SaHolds *holds, const SaBatch *batch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];
	int rows;
	SPITupleTable *table;
	SaNews *news;
	SaRecipient *recipients;
	int told;

	values[0] = sa_column_array(&batch->about_alerts);
	table = sa_route_run(&plan, alerts_text, 1, types, values, &rows);
	news = palloc0(sizeof(SaNews) * Max(rows, 1));
	recipients = palloc0(sizeof(SaRecipient) * Max(rows, 1));
	for (int i = 0; i < rows; i++)
	{
		sa_route_read_news(table, i, &news[i], &recipients[i]);
		news[i].queue_id = sa_result_bigint(table, i, SA_NEWS_NEXT);
		news[i].lane = (int) sa_result_bigint(table, i, SA_NEWS_NEXT + 1);
		news[i].event = sa_result_text(table, i, SA_NEWS_NEXT + 2);
		news[i].not_before = sa_result_bigint(table, i, SA_NEWS_NEXT + 3);
	}
	for (int first = 0; first < rows; first += sa_route_count_group(recipients, news, first, rows))
		sa_route_mark_shown(&news[first], sa_route_count_group(recipients, news, first, rows));
	sa_outlook_add(news, rows);
	told = count_told(news, rows);
	sa_hold_start(holds, recipients, news, rows);
	for (int first = 0, count; first < rows; first += count)
	{
		SaGroup group = {.to = recipients[first],
						 .news = &news[first],
						 .count = sa_route_count_group(recipients, news, first, rows)};

		count = group.count;
		tell_group(composed, holds, batch, &group);
	}
	return told;
}

static bool
is_special(const char *event)
{
	static const char *const specials[] = {"summary", "takeover", "test", "retry"};

	for (int i = 0; i < lengthof(specials); i++)
		if (strcmp(event, specials[i]) == 0)
			return true;
	return false;
}

static void
start_batch(SaBatch *batch)
{
	sa_column_start(&batch->all, INT8OID);
	sa_column_start(&batch->about_alerts, INT8OID);
	sa_column_start(&batch->special, INT8OID);
	batch->opened = 0;
	first_id = 0;
}

static void
add_to_batch(SaBatch *batch, int64 id, const char *event)
{
	if (batch->all.count == 0)
		first_id = id;
	sa_column_add(&batch->all, Int64GetDatum(id));
	sa_column_add(is_special(event) ? &batch->special : &batch->about_alerts, Int64GetDatum(id));
	batch->opened += strcmp(event, "opened") == 0;
}

static void
delete_events(const SaBatch *batch)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];

	values[0] = sa_column_array(&batch->all);
	sa_plan_run(&plan, "DELETE FROM stockalert.queue WHERE queue_id = ANY ($1)", 1, types, values,
				NULL, false);
}

static void
note_endpoint(SaRouted *routed, const char *endpoint, const char *channel)
{
	SaRoutedEndpoint *e = routed->endpoints;

	if (routed->endpoint_count < 0)
		return;
	for (int i = 0; i < routed->endpoint_count; i++)
		if (strcmp(e[i].endpoint, endpoint) == 0)
			return;
	if (routed->endpoint_count == SA_ROUTED_ENDPOINTS || strlen(endpoint) >= sizeof(e[0].endpoint))
	{
		routed->endpoint_count = -1;
		return;
	}
	e += routed->endpoint_count++;
	strlcpy(e->endpoint, endpoint, sizeof(e->endpoint));
	strlcpy(e->channel, channel, sizeof(e->channel));
}

static SaRouted
route_batch(const SaBatch *batch)
{
	SaRouted routed = {.events = batch->all.count};
	SaComposed composed;
	SaHolds holds;
	int told = 0;

	if (routed.events == 0)
		return routed;
	sa_compose_start(&composed);
	if (batch->about_alerts.count > 0)
	{
		told = route_alerts(&composed, &holds, batch);
		sa_hold_store(&holds);
		routed.held = holds.queue_ids.count;
	}
	if (batch->special.count > 0)
		sa_route_special(&composed, &batch->special);
	sa_compose_store(&composed);
	delete_events(batch);
	routed.messages = composed.count + batch->special.count;
	for (int i = 0; i < composed.count; i++)
		note_endpoint(&routed, TextDatumGetCString(composed.columns[SA_MESSAGE_ENDPOINT].values[i]),
					  TextDatumGetCString(composed.columns[SA_MESSAGE_CHANNEL].values[i]));
	if (batch->special.count > 0)
		routed.endpoint_count = -1;
	routed.untold = batch->released ? 0 : Max(batch->opened - told, 0);
	return routed;
}

SaRouted
sa_route_events(int limit)
{
	SaBatch batch = {0};
	SaColumn ids;
	SaColumn events;

	start_batch(&batch);
	sa_queue_events(limit, &ids, &events);
	for (int i = 0; i < ids.count; i++)
		add_to_batch(&batch, DatumGetInt64(ids.values[i]), TextDatumGetCString(events.values[i]));
	batch.more = ids.count >= limit && limit > 1;
	return route_batch(&batch);
}

SaRouted
sa_route_held(int limit)
{
	static SPIPlanPtr contact_plan = NULL;
	static SPIPlanPtr plan = NULL;
	Oid types[2] = {INT4OID, INT8OID};
	Datum values[2];
	SaBatch batch = {.released = true};
	SaRouted routed = {0};
	int rows;
	SPITupleTable *table = sa_route_run(&contact_plan, held_contact_text, 0, NULL, NULL, &rows);

	if (rows == 0)
		return routed;
	values[0] = Int32GetDatum(limit);
	values[1] = Int64GetDatum(sa_result_bigint(table, 0, 1));
	table = sa_route_run(&plan, held_text, 2, types, values, &rows);
	start_batch(&batch);
	for (int i = 0; i < rows; i++)
		add_to_batch(&batch, sa_result_bigint(table, i, 1), sa_result_text(table, i, 2));
	return route_batch(&batch);
}

int64
sa_route_next_held(void)
{
	static SPIPlanPtr plan = NULL;
	int rows;
	SPITupleTable *table =
		sa_route_run(&plan,
					 "SELECT greatest(pg_catalog.ceil(1000 * extract(epoch FROM"
					 "  pg_catalog.min(q.next_attempt_at) - pg_catalog.clock_timestamp())), 0)"
					 "  ::bigint FROM ("
					 " SELECT h.next_attempt_at FROM stockalert.queue AS h WHERE h.stage = 'held'"
					 " ORDER BY h.next_attempt_at LIMIT 1) AS q HAVING pg_catalog.count(*) > 0",
					 0, NULL, NULL, &rows);

	return rows == 0 ? -1 : sa_result_bigint(table, 0, 1);
}

bool
sa_route_bury_first(const char *error)
{
	static SPIPlanPtr plan = NULL;
	Oid types[2] = {TEXTOID, INT8OID};
	Datum values[2];

	values[0] = CStringGetTextDatum(error);
	values[1] = Int64GetDatum(first_id);
	sa_plan_run(
		&plan,
		"WITH gone AS ("
		" DELETE FROM stockalert.queue WHERE queue_id = $2 AND stage <> 'message'"
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
		2, types, values, NULL, false);
	return SPI_processed > 0;
}
