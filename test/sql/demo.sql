-- The demo: what it makes, that it goes without a trace, that nobody else's
-- rows are touched.  Nothing is told here: delivery is off.
\pset format unaligned
\pset footer off
SET datestyle = ISO;
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SET LOCAL ROLE stockalert_manager;

SELECT * FROM stockalert.clear_demo();
RESET ROLE;

-- A shop that was there before, with an alert of its own.
SELECT done FROM stockalert.add_location('main', time_zone => 'Europe/Rome');
SELECT done FROM stockalert.add_item('LED-8', 'LED strip, 8 m', 'lamps');
SELECT done FROM stockalert.add_subscriber('manager', log => true);
SELECT done FROM stockalert.set_threshold('LED-8', low => 10, critical => 3);
SELECT done FROM stockalert.set_stock('LED-8', 2);
SELECT done FROM stockalert.record_sale('LED-8', 2, sold_at => '2025-12-31 12:00+00');
-- What every table holds, but for the partitions that upkeep makes, and for settings seen by a check.
CREATE FUNCTION pg_temp.contents() RETURNS TABLE (relation text, hash text) LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT c.oid::regclass::text FROM pg_class AS c
		WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'unsettled' ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) || '' rows '' || md5(coalesce(string_agg(t::text, ''|'' ORDER BY t::text), '''')) FROM %s AS t', relation) INTO hash;
		RETURN NEXT;
	END LOOP;
END
$$;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.contents();
SELECT count(*) >= 20 AS many_tables FROM before;

-- Loaded by the role that may, one of each class.
SET LOCAL ROLE stockalert_manager;
SELECT * FROM stockalert.load_demo();
SELECT sku, item, available, on_order, class, severity, price FROM stockalert.stock_status WHERE location = 'demo' ORDER BY sku;
SELECT sku, severity, quantity_at_alert, threshold, threshold_from, created_at FROM stockalert.alert_list WHERE location = 'demo' ORDER BY sku;
SELECT items, healthy, low, critical, "out", "over", units, value FROM stockalert.inventory_summary('demo');
RESET ROLE;

-- Thirty days that end yesterday, in the partitions of their months.
SELECT i.sku, count(DISTINCT (s.sold_at AT TIME ZONE 'UTC')::date) AS days, min(s.sold_at)::date AS first, max(s.sold_at)::date AS last,
	count(*) AS sales, sum(s.quantity) AS units, string_agg(DISTINCT s.tableoid::regclass::text, ', ' ORDER BY s.tableoid::regclass::text) AS partitions
	FROM stockalert.sales AS s JOIN stockalert.items AS i USING (item_id) WHERE i.sku LIKE 'DEMO-%' GROUP BY i.sku ORDER BY i.sku;

-- The demo's subscriber alone is told of what was loaded.
SELECT i.sku, q.event, q.severity, b.name AS told FROM stockalert.queue AS q JOIN stockalert.items AS i USING (item_id)
	JOIN stockalert.subscribers AS b ON b.subscriber_id = q.subscriber_id ORDER BY i.sku;
SELECT subscriber, sku, channel, verdict FROM stockalert.event_routes WHERE sku LIKE 'DEMO-%' ORDER BY sku, subscriber;

-- Twice: refused, and nothing is changed.
SAVEPOINT once;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT stockalert.load_demo();
ROLLBACK TO once;
\set VERBOSITY terse

-- Played with: a sale, a rule, an acknowledged alert, notices, messages sent and on their way.
SELECT done FROM stockalert.record_sale('DEMO-1', 3, 'demo');
SELECT done FROM stockalert.set_threshold('DEMO-1', low => 200);
SELECT done FROM stockalert.set_stock('DEMO-2', 0, 'demo');
SELECT stockalert.acknowledge_alert(alert_id) IS NOT NULL AS acknowledged FROM stockalert.active_alerts WHERE sku = 'DEMO-3';
INSERT INTO stockalert.notices (alert_id, subscriber_id, channel, accepted_at, worst)
	SELECT a.alert_id, b.subscriber_id, 'log', stockalert.as_of(), 'out' FROM stockalert.active_alerts AS a, stockalert.subscribers AS b WHERE a.sku = 'DEMO-4';
WITH m AS (INSERT INTO stockalert.messages (kind, ref, subscriber_id, channel, recipient, subject, body, occurred_at)
	SELECT 'alert', 'ABCDEF', b.subscriber_id, 'log', 'server log', 'x', 'x', stockalert.as_of() FROM stockalert.subscribers AS b WHERE b.name = 'demo'
	RETURNING message_id, subscriber_id), d AS (
	INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome, attempts, maybe_twice, occurred_at, created_at)
	SELECT m.message_id, 0, 'log', m.subscriber_id, 'logged', 1, false, stockalert.as_of(), now() FROM m)
INSERT INTO stockalert.queue (stage, event, message_id, subscriber_id, channel, endpoint, occurred_at)
	SELECT 'message', 'opened', m.message_id, m.subscriber_id, 'log', 'log', stockalert.as_of() FROM m;
SELECT severity, worst FROM stockalert.alert_list WHERE sku = 'DEMO-2';

-- Stock of somebody's at the demo's location, or its products elsewhere: left alone, and said so.
SAVEPOINT mixed;
SELECT done FROM stockalert.set_stock('LED-8', 5, 'demo');
SELECT done FROM stockalert.set_stock('DEMO-5', 5, 'main');
\set VERBOSITY default
SELECT stockalert.clear_demo();
ROLLBACK TO mixed;
\set VERBOSITY terse

-- Cleared: every table as it was.
SET LOCAL ROLE stockalert_manager;
SELECT * FROM stockalert.clear_demo();
RESET ROLE;
SELECT relation, b.hash AS before, a.hash AS after FROM before AS b FULL JOIN pg_temp.contents() AS a USING (relation) WHERE b.hash IS DISTINCT FROM a.hash;
SELECT sku, class, severity FROM stockalert.stock_status;
SELECT done FROM stockalert.clear_demo();

-- And again, at another time and place; the same on every day.
SET LOCAL TimeZone = 'Asia/Kolkata';
SET LOCAL stockalert.as_of = '2025-01-15 20:00+00';
SELECT done FROM stockalert.load_demo();
SELECT l.time_zone, min(s.sold_at AT TIME ZONE l.time_zone) AS first, max(s.sold_at AT TIME ZONE l.time_zone) AS last
	FROM stockalert.sales AS s JOIN stockalert.locations AS l USING (location_id) WHERE l.code = 'demo' GROUP BY 1;
SELECT string_agg(sku || ' ' || class, ', ' ORDER BY sku) AS classes FROM stockalert.stock_status WHERE location = 'demo';
SELECT done FROM stockalert.clear_demo();

-- Names that are somebody's are not touched.
SELECT done FROM stockalert.add_item('DEMO-3');
SELECT done FROM stockalert.add_location('demo');
SAVEPOINT taken;
\set VERBOSITY default
SELECT stockalert.load_demo();
ROLLBACK TO taken;
\set VERBOSITY terse
SELECT done FROM stockalert.clear_demo();
SELECT (SELECT count(*) FROM stockalert.items WHERE sku = 'DEMO-3') AS item, (SELECT count(*) FROM stockalert.locations WHERE code = 'demo') AS location;

-- Nobody below a manager.
SAVEPOINT rights;
SET LOCAL ROLE stockalert_writer;
SELECT stockalert.load_demo();
ROLLBACK TO rights;
ROLLBACK;
