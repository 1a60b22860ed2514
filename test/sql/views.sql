-- What people read, on a shop with one of everything.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" IN ('stock', 'recipients', 'channels', 'dead letters');
SELECT * FROM stockalert.inventory_summary();
SELECT * FROM stockalert.alert_stats();
SELECT done FROM stockalert.add_location('main', currency => 'EUR');
SELECT done FROM stockalert.add_location('empty');
SELECT r.done FROM unnest('{ok,low,critical,out,over,negative,inactive}'::text[]) AS s, stockalert.add_item(s, cost => 2.5) AS r;
SELECT done FROM stockalert.set_threshold(low => 20, critical => 5, maximum => 100);
SELECT r.done FROM (VALUES ('ok', 50), ('low', 19), ('critical', 4.5), ('out', 0), ('over', 101), ('negative', -3), ('inactive', 1)) AS v (s, q), stockalert.set_stock(s, q, 'main') AS r;
UPDATE stockalert.items SET active = false WHERE sku = 'inactive';
SELECT location, sku, on_hand, available, class, severity, alert_id IS NOT NULL AS alert FROM stockalert.stock_status ORDER BY sku;
SELECT location, sku, available, class FROM stockalert.low_stock;
SELECT sku, severity, quantity_at_alert, quantity_now, threshold, fires, threshold_from, alert_type, is_resolved, created_at, last_sent_at, next_alert_at FROM stockalert.alert_list ORDER BY sku;
SELECT sku, severity FROM stockalert.active_alerts;
SELECT * FROM stockalert.location_list ORDER BY code;
SELECT * FROM stockalert.inventory_summary();
SELECT * FROM stockalert.inventory_summary('empty');
SELECT * FROM stockalert.alert_stats();
SELECT stage, event, severity, attempts FROM stockalert.waiting_messages ORDER BY queue_id;
SELECT count(*) FROM stockalert.delivery_log;
SELECT done FROM stockalert.add_subscriber('x', email => 'a@example.com');
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" IN ('stock', 'recipients', 'channels', 'dead letters');
-- Who was told by what, and when again.
INSERT INTO stockalert.notices SELECT a.alert_id, b.subscriber_id, v.channel, v.at, a.severity FROM stockalert.alerts AS a JOIN stockalert.items AS i USING (item_id), stockalert.subscribers AS b,
	(VALUES ('low', 'email', timestamptz '2026-03-02 09:01+00'), ('low', 'whatsapp', '2026-03-02 09:02+00'), ('critical', 'whatsapp', '2026-03-02 09:03+00'), ('out', 'email', '2026-03-02 09:04+00'),
		('out', 'whatsapp', '2026-03-02 09:04+00'), ('out', 'slack', '2026-03-02 09:04+00'), ('negative', 'log', '2026-03-02 09:05+00')) AS v (sku, channel, at) WHERE v.sku = i.sku;
UPDATE stockalert.alerts SET snoozed_until = '2026-03-04 09:00+00' WHERE severity <> 'low';
UPDATE stockalert.alerts SET acknowledged_at = '2026-03-02 10:00+00' WHERE item_id = stockalert.find_item('negative');
SELECT sku, severity, alert_type, last_sent_at, next_alert_at FROM stockalert.alert_list ORDER BY sku;
SELECT * FROM stockalert.alert_stats('x');
-- Every health check names itself, its state and, unless it is well, what to do.
SELECT count(*) >= 6 AS many, count(*) FILTER (WHERE state NOT IN ('ok', 'warn', 'error')) AS strange, count(*) FILTER (WHERE state <> 'ok' AND remedy IS NULL) AS helpless FROM stockalert.health();
ROLLBACK;
