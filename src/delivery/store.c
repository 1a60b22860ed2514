/*
 * store.c: composed messages become rows, all in one statement.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/lsyscache.h"

#include "db/plans.h"
#include "delivery/compose.h"

/*
 * Identity numbers are drawn in the order of the rows, which is how a message
 * finds its queue row again.
 */
static const char store_text[] =
	"WITH new AS MATERIALIZED ("
	" SELECT * FROM ROWS FROM ("
	" pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3),"
	" pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6),"
	" pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9),"
	" pg_catalog.unnest($10), pg_catalog.unnest($11), pg_catalog.unnest($12),"
	" pg_catalog.unnest($13), pg_catalog.unnest($14), pg_catalog.unnest($15),"
	" pg_catalog.unnest($16), pg_catalog.unnest($17), pg_catalog.unnest($18),"
	" pg_catalog.unnest($19), pg_catalog.unnest($20))"
	" WITH ORDINALITY AS n (kind, ref, subscriber_id, contact_id, channel, recipient,"
	"  severity, subject, body, html, alert_ids, severities, occurred_at, event, alert_id, lane,"
	"  endpoint, not_before, queue_id, error, place)"
	"), stored AS ("
	" INSERT INTO stockalert.messages (kind, ref, subscriber_id, contact_id, channel, recipient,"
	"  severity, subject, body, html, alert_ids, severities, occurred_at)"
	" SELECT n.kind, n.ref, n.subscriber_id, n.contact_id, n.channel, n.recipient, n.severity,"
	"  n.subject, n.body, n.html, n.alert_ids::bigint[], n.severities::text[], n.occurred_at FROM "
	"new AS n"
	" ORDER BY n.place RETURNING message_id"
	"), placed AS ("
	" SELECT s.message_id, pg_catalog.row_number() OVER (ORDER BY s.message_id) AS place FROM "
	"stored AS s"
	"), queued AS ("
	" INSERT INTO stockalert.queue (stage, lane, event, alert_id, severity, subscriber_id,"
	"  occurred_at, message_id, channel, endpoint, next_attempt_at, bytes)"
	" SELECT 'message', n.lane, n.event, n.alert_id, n.severity, n.subscriber_id, n.occurred_at,"
	"  p.message_id, n.channel, n.endpoint, coalesce(n.not_before, pg_catalog.now()),"
	"  pg_catalog.octet_length(n.body) + coalesce(pg_catalog.octet_length(n.html), 0)"
	" FROM new AS n JOIN placed AS p ON p.place = n.place WHERE n.error IS NULL ORDER BY n.place"
	")"
	" INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome,"
	"  attempts, maybe_twice, error_class, error, occurred_at, created_at)"
	" SELECT p.message_id, n.queue_id, n.channel, n.subscriber_id, 'dead', 0, false, 'render',"
	"  pg_catalog.left(n.error, 200), n.occurred_at, pg_catalog.now()"
	" FROM new AS n JOIN placed AS p ON p.place = n.place WHERE n.error IS NOT NULL";

void
sa_compose_store(const SaComposed *composed)
{
	static SPIPlanPtr plan = NULL;
	Oid types[SA_MESSAGE_COLUMNS];
	Datum values[SA_MESSAGE_COLUMNS];

	if (composed->count == 0)
		return;
	for (int i = 0; i < SA_MESSAGE_COLUMNS; i++)
	{
		types[i] = get_array_type(composed->columns[i].type);
		values[i] = sa_column_array(&composed->columns[i]);
	}
	sa_plan_run(&plan, store_text, SA_MESSAGE_COLUMNS, types, values, NULL, false);
}
