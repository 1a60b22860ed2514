-- delivery_fill.sql: :count messages about open alerts in the queue, as they are after routing, a message for each
-- up to :messages.
TRUNCATE stockalert.queue;
CREATE TEMP TABLE open AS SELECT alert_id, row_number() OVER (ORDER BY alert_id) - 1 AS n FROM stockalert.alerts WHERE resolved_at IS NULL;
ANALYZE open;
SELECT count(*) AS alerts FROM open \gset
CREATE TEMP TABLE made AS WITH new AS (
	INSERT INTO stockalert.messages (kind, ref, subscriber_id, contact_id, channel, recipient, severity, subject, body, alert_ids, severities, occurred_at)
	SELECT 'alert', 'BENCH1', c.subscriber_id, c.contact_id, 'webhook', c.address, 'low', 'Low Stock Alert: Item',
		format('{"type":"stock.alert.opened","timestamp":"2026-03-01T09:00:00Z","data":{"ref":"BENCH1","shop":"StockAlert","subscriber":"manager",'
			'"subject":"Low Stock Alert: Item %1$s","alert":{"alert_id":%1$s,"event":"opened","kind":"stock","severity":"low","sku":"sku-%1$s",'
			'"item":"Item %1$s","location":"Location 1","quantity":"4","threshold":"5"}}}', o.alert_id),
		ARRAY[o.alert_id], '{low}', '2026-03-01 09:00+00'
	FROM stockalert.subscriber_contacts AS c, generate_series(0, least(:count, :messages) - 1) AS g JOIN open AS o ON o.n = g % :alerts
	RETURNING message_id, subscriber_id, alert_ids, occurred_at)
	SELECT new.*, row_number() OVER (ORDER BY message_id) - 1 AS n FROM new;
CREATE INDEX ON made (n);
ANALYZE made;
-- Each about an alert of its own: nothing waits for another.
INSERT INTO stockalert.queue (stage, lane, event, alert_id, severity, subscriber_id, occurred_at, message_id, channel, endpoint)
	SELECT 'message', 1, 'opened', g, 'low', m.subscriber_id, m.occurred_at, m.message_id, 'webhook', 'webhook:bench'
	FROM generate_series(0, :count - 1) AS g JOIN made AS m ON m.n = g % :messages ORDER BY g;
VACUUM stockalert.messages, stockalert.queue;
CHECKPOINT;
