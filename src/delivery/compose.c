/*
 * compose.c: renders each message once, and collects them for one INSERT.
 *
 * Each is rendered in a subtransaction of its own: whatever goes wrong with
 * one goes wrong with that one alone, and is kept with the reason.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "delivery/compose.h"
#include "delivery/templates.h"
#include "settings.h"

/* Bytes of one message; the table refuses more. */
#define SA_MESSAGE_MOST 1048576
/* Most alerts handed to the renderer of a digest, which shows fewer. */
#define SA_DIGEST_MOST 1000
#define SA_REF_LENGTH  6

/* What is rendered: one of these, inside the subtransaction. */
typedef struct SaTask
{
	const SaRecipient *to;
	const char *kind; /* of stockalert.messages */
	const SaNews *news;
	int count;
	const SaSummaryFacts *counts;
	TimestampTz occurred_at;
	const SaTemplates *templates;
} SaTask;

static const Oid column_types[SA_MESSAGE_COLUMNS] = {
	[SA_MESSAGE_KIND] = TEXTOID,
	[SA_MESSAGE_REF] = TEXTOID,
	[SA_MESSAGE_SUBSCRIBER] = INT8OID,
	[SA_MESSAGE_CONTACT] = INT8OID,
	[SA_MESSAGE_CHANNEL] = TEXTOID,
	[SA_MESSAGE_RECIPIENT] = TEXTOID,
	[SA_MESSAGE_SEVERITY] = TEXTOID,
	[SA_MESSAGE_SUBJECT] = TEXTOID,
	[SA_MESSAGE_BODY] = TEXTOID,
	[SA_MESSAGE_HTML] = TEXTOID,
	[SA_MESSAGE_ALERTS] = TEXTOID,
	[SA_MESSAGE_SEVERITIES] = TEXTOID,
	[SA_MESSAGE_OCCURRED] = TIMESTAMPTZOID,
	[SA_MESSAGE_EVENT] = TEXTOID,
	[SA_MESSAGE_ALERT] = INT8OID,
	[SA_MESSAGE_LANE] = INT2OID,
	[SA_MESSAGE_ENDPOINT] = TEXTOID,
	[SA_MESSAGE_NOT_BEFORE] = TIMESTAMPTZOID,
	[SA_MESSAGE_QUEUE_ID] = INT8OID,
	[SA_MESSAGE_ERROR] = TEXTOID,
};

void
sa_compose_start(SaComposed *composed)
{
	composed->context = CurrentMemoryContext;
	composed->count = 0;
	composed->templates = sa_templates_read();
	for (int i = 0; i < SA_MESSAGE_COLUMNS; i++)
		sa_column_start(&composed->columns[i], column_types[i]);
}

/* "2026-03-01 09:00 CET" in the given zone. */
static char *
local_time(TimestampTz at, const char *zone_name)
{
	pg_tz *zone = zone_name ? pg_tzset(zone_name) : NULL;
	struct pg_tm tm;
	fsec_t fsec;
	int offset;
	const char *abbreviation;

	if (timestamp2tm(at, &offset, &tm, &fsec, &abbreviation, zone ? zone : log_timezone) != 0)
		return pstrdup(timestamptz_to_str(at));
	return psprintf("%04d-%02d-%02d %02d:%02d %s", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour,
					tm.tm_min, abbreviation);
}

/* "2026-03-01T09:00:00Z", for programs. */
static char *
utc_time(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		return NULL;
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour,
					tm.tm_min, tm.tm_sec);
}

/* Letters that nobody mistakes for one another. */
static char *
make_ref(void)
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	unsigned char random[SA_REF_LENGTH];
	char *ref = palloc(SA_REF_LENGTH + 1);

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not get random bytes"),
						errdetail("The system gave none."), errhint("Try again.")));
	for (int i = 0; i < SA_REF_LENGTH; i++)
		ref[i] = letters[random[i] % 32];
	ref[SA_REF_LENGTH] = '\0';
	return ref;
}

static void
fill_facts(SaAlertFacts *facts, const SaNews *news, int count, const char *zone)
{
	for (int i = 0; i < count; i++)
		facts[i] = (SaAlertFacts){
			.alert_id = news[i].alert_id,
			.event = news[i].event,
			.severity = strcmp(news[i].kind, "stock") == 0 ? news[i].severity : news[i].kind,
			.item = news[i].item,
			.sku = news[i].sku,
			.location = news[i].location,
			.quantity = news[i].quantity,
			.threshold = news[i].threshold,
			.days_left = news[i].days_left,
			.suggested = news[i].suggested,
			.supplier = news[i].supplier,
			.at = local_time(news[i].occurred_at, zone),
		};
}

static SaRendered
render_task(const SaTask *task, const char *ref)
{
	SaAddressee to = {
		.name = task->to->name,
		.channel = task->to->channel,
		.shop = sa_shop_name && sa_shop_name[0] ? sa_shop_name : "StockAlert",
		.ref = ref,
		.timestamp = utc_time(task->occurred_at),
		.templates = task->templates,
	};
	int shown = Min(task->count, SA_DIGEST_MOST);
	SaAlertFacts *facts = palloc0(sizeof(SaAlertFacts) * Max(shown, 1));
	char *at = local_time(task->occurred_at, task->to->time_zone);

	fill_facts(facts, task->news, shown, task->to->time_zone);
	if (task->counts != NULL)
	{
		SaSummaryFacts summary = *task->counts;

		summary.at = at;
		return sa_render_summary(&to, &summary, facts, shown);
	}
	if (strcmp(task->kind, "test") == 0)
		return sa_render_test(&to, at);
	if (strcmp(task->kind, "digest") == 0)
		return sa_render_digest(&to, facts, shown, task->count, at);
	return sa_render_alert(&to, &facts[0]);
}

/* What happened to it, in the caller's context; NULL: it was rendered. */
static char *
render_safely(SaComposed *composed, const SaTask *task, const char *ref, SaRendered *rendered)
{
	MemoryContext previous = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(composed->context);
	PG_TRY();
	{
		*rendered = render_task(task, ref);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *data;

		MemoryContextSwitchTo(composed->context);
		data = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		error = data->message ? data->message : pstrdup("unknown error");
	}
	PG_END_TRY();
	MemoryContextSwitchTo(previous);
	CurrentResourceOwner = owner;
	if (error != NULL)
		return error;
	if (rendered->body == NULL)
		return pstrdup("the message has no text");
	if (strlen(rendered->body) + (rendered->html ? strlen(rendered->html) : 0) > SA_MESSAGE_MOST)
		return pstrdup("the message is longer than 1 MiB");
	return NULL;
}

/* Each credential has limits of its own; other channels have one way out. */
static const char *
endpoint_of(const SaRecipient *to)
{
	if (strcmp(to->channel, "slack") == 0 || strcmp(to->channel, "webhook") == 0)
		return to->address;
	return to->channel;
}

static int
rank_of(const char *severity)
{
	if (severity == NULL)
		return 0;
	return strcmp(severity, "out") == 0        ? 3
		   : strcmp(severity, "critical") == 0 ? 2
		   : strcmp(severity, "low") == 0      ? 1
											   : 0;
}

static void
add_alert_lists(SaComposed *composed, const SaNews *news, int count)
{
	StringInfoData alerts;
	StringInfoData severities;

	initStringInfo(&alerts);
	initStringInfo(&severities);
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(&alerts, "%s" INT64_FORMAT, i ? "," : "{", news[i].alert_id);
		appendStringInfo(&severities, "%s%s", i ? "," : "{", news[i].severity);
	}
	appendStringInfoString(&alerts, count ? "}" : "{}");
	appendStringInfoString(&severities, count ? "}" : "{}");
	sa_column_add_text(&composed->columns[SA_MESSAGE_ALERTS], alerts.data);
	sa_column_add_text(&composed->columns[SA_MESSAGE_SEVERITIES], severities.data);
}

/* How the queue row of a message differs from kind to kind. */
typedef struct SaEnvelopeOfRow
{
	const char *event;
	int lane;
	int64 queue_id;
	TimestampTz not_before;
} SaEnvelopeOfRow;

static void
add_bigint(SaColumn *column, int64 value)
{
	if (value == 0)
		sa_column_add_null(column);
	else
		sa_column_add(column, Int64GetDatum(value));
}

static void
add_texts(SaComposed *composed, const SaTask *task, const char *ref, const SaRendered *rendered,
		  const char *error)
{
	SaColumn *c = composed->columns;

	sa_column_add_text(&c[SA_MESSAGE_KIND], task->kind);
	sa_column_add_text(&c[SA_MESSAGE_REF], ref);
	sa_column_add_text(&c[SA_MESSAGE_CHANNEL], task->to->channel);
	sa_column_add_text(&c[SA_MESSAGE_RECIPIENT], task->to->address);
	sa_column_add_text(&c[SA_MESSAGE_SUBJECT], error ? "(not rendered)" : rendered->subject);
	sa_column_add_text(&c[SA_MESSAGE_BODY], error ? "" : rendered->body);
	sa_column_add_text(&c[SA_MESSAGE_HTML], error ? NULL : rendered->html);
	sa_column_add_text(&c[SA_MESSAGE_ERROR], error);
}

static void
compose(SaComposed *composed, const SaTask *task, const SaEnvelopeOfRow *row)
{
	MemoryContext previous = MemoryContextSwitchTo(composed->context);
	SaColumn *c = composed->columns;
	bool about_alerts = task->counts == NULL;
	char *ref = make_ref();
	SaRendered rendered = {0};
	char *error = render_safely(composed, task, ref, &rendered);
	const char *worst = NULL;

	for (int i = 0; about_alerts && i < task->count; i++)
		if (rank_of(task->news[i].severity) > rank_of(worst))
			worst = task->news[i].severity;
	add_texts(composed, task, ref, &rendered, error);
	add_bigint(&c[SA_MESSAGE_SUBSCRIBER], task->to->subscriber_id);
	add_bigint(&c[SA_MESSAGE_CONTACT], task->to->contact_id);
	sa_column_add_text(&c[SA_MESSAGE_SEVERITY], worst);
	add_alert_lists(composed, task->news, about_alerts ? task->count : 0);
	sa_column_add(&c[SA_MESSAGE_OCCURRED], TimestampTzGetDatum(task->occurred_at));
	sa_column_add_text(&c[SA_MESSAGE_EVENT], row->event);
	add_bigint(&c[SA_MESSAGE_ALERT], about_alerts && task->count == 1 ? task->news[0].alert_id : 0);
	sa_column_add(&c[SA_MESSAGE_LANE], Int16GetDatum((int16) row->lane));
	sa_column_add_text(&c[SA_MESSAGE_ENDPOINT], endpoint_of(task->to));
	if (row->not_before == 0)
		sa_column_add_null(&c[SA_MESSAGE_NOT_BEFORE]);
	else
		sa_column_add(&c[SA_MESSAGE_NOT_BEFORE], TimestampTzGetDatum(row->not_before));
	sa_column_add(&c[SA_MESSAGE_QUEUE_ID], Int64GetDatum(row->queue_id));
	composed->count++;
	MemoryContextSwitchTo(previous);
}

void
sa_compose_alert(SaComposed *composed, const SaRecipient *to, const SaNews *news)
{
	SaTask task = {.to = to,
				   .templates = composed->templates,
				   .kind = strcmp(news->event, "reminder") == 0 ? "reminder" : "alert",
				   .news = news,
				   .count = 1,
				   .occurred_at = news->occurred_at};
	SaEnvelopeOfRow row = {.event = news->event,
						   .lane = news->lane,
						   .queue_id = news->queue_id,
						   .not_before = news->not_before};

	compose(composed, &task, &row);
}

/* Quiet hours hold a digest back only where they hold back all of it. */
void
sa_compose_digest(SaComposed *composed, const SaRecipient *to, const SaNews *news, int count)
{
	SaTask task = {.to = to,
				   .templates = composed->templates,
				   .kind = "digest",
				   .news = news,
				   .count = count,
				   .occurred_at = news[0].occurred_at};
	SaEnvelopeOfRow row = {.event = strcmp(news[0].event, "resolved") == 0 ? "resolved" : "digest",
						   .lane = 2,
						   .queue_id = news[0].queue_id,
						   .not_before = news[0].not_before};

	for (int i = 1; i < count; i++)
	{
		task.occurred_at = Max(task.occurred_at, news[i].occurred_at);
		row.not_before = Min(row.not_before, news[i].not_before);
	}
	compose(composed, &task, &row);
}

void
sa_compose_summary(SaComposed *composed, const SaRecipient *to, const SaSummaryFacts *counts,
				   const SaNews *worst, int count, int64 queue_id, TimestampTz occurred_at)
{
	SaTask task = {.to = to,
				   .templates = composed->templates,
				   .kind = "summary",
				   .news = worst,
				   .count = count,
				   .counts = counts,
				   .occurred_at = occurred_at};
	SaEnvelopeOfRow row = {.event = "summary", .lane = 2, .queue_id = queue_id};

	compose(composed, &task, &row);
}

void
sa_compose_test(SaComposed *composed, const SaRecipient *to, int64 queue_id,
				TimestampTz occurred_at)
{
	SaTask task = {
		.to = to, .templates = composed->templates, .kind = "test", .occurred_at = occurred_at};
	SaEnvelopeOfRow row = {.event = "test", .lane = 0, .queue_id = queue_id};

	compose(composed, &task, &row);
}
