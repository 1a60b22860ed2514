-- Why an alert, why none, who is told, and for everybody else the one reason; and what if.
BEGIN;
DELETE FROM stockalert.queue;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only
-- Numbers of alerts and rules, and who runs this, differ from run to run.
CREATE FUNCTION pg_temp.plain(t text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(replace(regexp_replace(t, '\m(rule|Alert|alert) \d+', '\1 #', 'g'), 'by ' || SESSION_USER, 'by me'), ' UTC', '', 'g') $$;
SELECT done FROM stockalert.add_location('main', 'Main shop', 'Europe/Rome');
SELECT r.done FROM (VALUES ('LED-8', 'LED strip, 8 m', 'light'), ('MUG', 'MUG', NULL), ('PEN', 'Pen', NULL)) AS v (s, n, c), stockalert.add_item(s, n, c) AS r;
-- Nothing there yet.
SELECT pg_temp.plain(stockalert.explain_stock('LED-8'));
SELECT done FROM stockalert.set_stock('MUG', 5);
SELECT pg_temp.plain(stockalert.explain_stock('MUG'));

-- One of every rule: each with what it gives, and why it decides nothing.
SELECT r.done FROM (VALUES ('LED-8', NULL, NULL, 10, 3, 'units'), ('LED-8', 'main', NULL, NULL, 4, 'units'), (NULL, NULL, 'light', 50, NULL, 'percent'), ('LED-8', NULL, NULL, 10, 3, 'units'),
	(NULL, 'main', NULL, 30, NULL, 'units'), (NULL, NULL, NULL, 20, 1, 'units')) AS v (i, l, c, low, critical, unit), stockalert.set_threshold(i, v.low, v.critical, location => l, category => c, unit => v.unit) AS r;
INSERT INTO stockalert.rules (category, location_id, unit, low, critical) VALUES ('light', stockalert.find_location('main'), 'days', 7, 2);
INSERT INTO stockalert.rules (item_id, unit, maximum) VALUES (stockalert.find_item('LED-8'), 'computed', 99);
INSERT INTO stockalert.rules (item_id, location_id, low, origin, enabled, note) VALUES (stockalert.find_item('LED-8'), stockalert.find_location('main'), 12, 'square', false, 'from the till');
SELECT r.done FROM (VALUES ('clerk', NULL, NULL::text, NULL::numeric), ('boss', NULL, NULL, NULL), ('owner', NULL, NULL, NULL), ('urgent', 'critical', NULL, NULL), ('flour', NULL, '{flour}', NULL), ('three', NULL, NULL, 3), ('thirty', NULL, NULL, 30)) AS v (n, m, c, o),
	stockalert.add_subscriber(n, log => true, minimum_severity => coalesce(m, 'low'), categories => c::text[], own_threshold => o, escalation => n = 'boss', fallback => n = 'owner') AS r;
SELECT done FROM stockalert.add_subscriber('ghost');
SELECT done FROM stockalert.add_subscriber('phone', sms => '+15550001000');
SELECT done FROM stockalert.set_stock('LED-8', 100);
SELECT pg_temp.plain(stockalert.explain_stock('LED-8'));
SELECT done FROM stockalert.set_stock('LED-8', 9, par_level => 40);
SELECT alert_id AS a FROM stockalert.active_alerts WHERE sku = 'LED-8' \gset
SELECT pg_temp.plain(stockalert.explain_alert(:a));
-- The two ways to ask are one answer.
SELECT stockalert.explain_alert(:a) = stockalert.explain_stock('LED-8', 'main') AS same, stockalert.explain_alert_json(:a) = stockalert.explain_stock_json('LED-8') AS same_object;
SELECT pg_temp.plain(stockalert.explain_stock('LED-8', subscriber => 'three'));

-- What happened to the messages: told, waiting, given up, nothing new.
DELETE FROM stockalert.queue;
INSERT INTO stockalert.notices SELECT :a, subscriber_id, 'log', '2026-03-02 09:01+00', 'low' FROM stockalert.subscribers WHERE name = 'clerk';
UPDATE stockalert.subscribers SET minimum_severity = 'low' WHERE name = 'urgent';
INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'email', 'a@example.com' FROM stockalert.subscribers WHERE name = 'thirty';
INSERT INTO stockalert.messages (message_id, kind, ref, subscriber_id, channel, recipient, subject, body, alert_ids, severities, occurred_at) OVERRIDING SYSTEM VALUE
	SELECT 2000 + row_number() OVER (ORDER BY c.channel), 'alert', 'ABCDEF', s.subscriber_id, c.channel, c.address, '', '', ARRAY[:a], '{low}', '2026-03-02 09:00+00'
	FROM stockalert.subscribers AS s JOIN stockalert.subscriber_contacts AS c USING (subscriber_id) WHERE s.name = 'thirty';
INSERT INTO stockalert.queue (stage, event, alert_id, severity, subscriber_id, occurred_at, message_id, channel, endpoint)
	SELECT 'message', 'opened', :a, 'low', m.subscriber_id, m.occurred_at, m.message_id, 'email', 'email' FROM stockalert.messages AS m WHERE m.message_id = 2001;
INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome, attempts, maybe_twice, error, occurred_at, created_at)
	SELECT m.message_id, 1, 'log', m.subscriber_id, 'dead', 3, false, 'no more disk', m.occurred_at, m.occurred_at FROM stockalert.messages AS m WHERE m.message_id = 2002;
SELECT pg_temp.plain(done) FROM stockalert.acknowledge_alert(:a, 'ordered 50');
SELECT pg_temp.plain(done) FROM stockalert.snooze_alert(:a, '2026-03-04 09:00+00');
UPDATE stockalert.alerts SET escalated_at = stockalert.as_of(), escalated_by = 'stockalert' WHERE alert_id = :a;
SELECT pg_temp.plain(stockalert.explain_alert(:a));
SELECT jsonb_pretty(p) FROM jsonb_array_elements(stockalert.explain_alert_json(:a) -> 'people') AS p WHERE p ->> 'subscriber' IN ('clerk', 'thirty', 'ghost');

-- Healthy but not far enough; resolved by hand; not active; written unseen.
SELECT done FROM stockalert.set_stock('LED-8', 10.5);
SELECT line FROM regexp_split_to_table(pg_temp.plain(stockalert.explain_alert(:a)), E'\n') AS line WHERE line ~ '^(LED|Alert)';
SELECT done FROM stockalert.set_stock('LED-8', 9);
SELECT pg_temp.plain(done) FROM stockalert.resolve_alert(:a, 'counted again');
SELECT stockalert.explain_stock_json('LED-8') ->> 'class' AS class, pg_temp.plain(stockalert.explain_stock_json('LED-8') ->> 'why') AS why, stockalert.explain_stock_json('LED-8') -> 'alert' AS alert;
SELECT line FROM regexp_split_to_table(pg_temp.plain(stockalert.explain_alert(:a)), E'\n') AS line WHERE line ~ '^Alert';
SELECT done FROM stockalert.set_stock('MUG', 100);
UPDATE stockalert.stock_levels SET active = false WHERE item_id = stockalert.find_item('MUG');
SELECT stockalert.explain_stock_json('MUG') ->> 'why';
SELECT done FROM stockalert.set_stock('PEN', 100);
SET LOCAL session_replication_role = replica;
UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = stockalert.find_item('PEN');
SET LOCAL session_replication_role = origin;
SELECT stockalert.explain_stock_json('PEN') ->> 'why';
SELECT stockalert.explain_stock_json('PEN') ->> 'class';
SELECT done FROM stockalert.set_stock('PEN', 100);
SELECT jsonb_object_keys(stockalert.explain_stock_json('PEN'));
-- Another kind stands beside it.
INSERT INTO stockalert.alerts (location_id, item_id, kind, severity, worst, quantity, threshold, velocity, on_hand, reserved, opened_at)
	SELECT stockalert.find_location('main'), stockalert.find_item('PEN'), 'dead_stock', 'low', 'low', 100, 60, 0.125, 100, 0, '2026-03-01 09:00+00';
SELECT line FROM regexp_split_to_table(pg_temp.plain(stockalert.explain_stock('PEN')), E'\n') AS line WHERE line ~ 'open|No alert';
SELECT line FROM regexp_split_to_table(pg_temp.plain(stockalert.explain_alert((SELECT max(alert_id) FROM stockalert.alerts))), E'\n') AS line WHERE line ~ '^Alert';
SELECT done FROM stockalert.set_stock('PEN', 19);
SELECT line FROM regexp_split_to_table(pg_temp.plain(stockalert.explain_stock('PEN')), E'\n') AS line WHERE line ~ 'open|No alert|Alert';

-- More people than fit on a page.
SAVEPOINT many;
SELECT count(*) FROM generate_series(1, 30) AS g, stockalert.add_subscriber('crowd ' || g, log => true, categories => CASE WHEN g > 25 THEN '{x}'::text[] END) AS r;
SELECT count(*), count(*) FILTER (WHERE line ~ 'crowd'), string_agg(line, '|') FILTER (WHERE line ~ 'more') FROM regexp_split_to_table(stockalert.explain_stock('PEN'), E'\n') AS line;
ROLLBACK TO many;

-- What if: only what this transaction does, and of its subtransactions what was kept.
SELECT count(*) FROM stockalert.preview();
SELECT event, sku, quantity, threshold, subscriber, channel, told, reason, form FROM stockalert.preview() WHERE sku = 'PEN';
DELETE FROM stockalert.queue;
SELECT count(*) AS nothing FROM stockalert.preview();
SAVEPOINT kept;
UPDATE stockalert.stock_levels SET on_hand = 0.5 WHERE item_id = stockalert.find_item('PEN');
RELEASE kept;
SAVEPOINT undone;
UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id = stockalert.find_item('PEN');
SELECT event, sku, severity, quantity, threshold, count(*) FILTER (WHERE told) AS told FROM stockalert.preview() GROUP BY 1, 2, 3, 4, 5 ORDER BY 4 DESC;
ROLLBACK TO undone;
SELECT event, sku, severity, quantity, subscriber, channel, told, reason, form FROM stockalert.preview() ORDER BY subscriber, channel;
-- So many that they come in one.
DELETE FROM stockalert.queue;
SELECT count(*) FROM generate_series(1, 11) AS g, stockalert.add_item('N' || g) AS a, stockalert.set_stock('N' || g, 0) AS r;
SELECT form, count(*) FROM stockalert.preview() WHERE subscriber = 'clerk' GROUP BY 1;
DELETE FROM stockalert.subscribers;
SELECT event, sku, subscriber, told, reason FROM stockalert.preview() WHERE sku = 'N1';

\pset tuples_only off
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (code text, message text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN QUERY SELECT 'none', 'was accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
	RETURN NEXT;
END
$$;
SELECT call, r.* FROM unnest(ARRAY['explain_alert(-1)', 'explain_alert(NULL)', 'explain_stock(''none'')', 'explain_stock(NULL)', 'explain_stock(''PEN'', ''nowhere'')', 'explain_stock(''PEN'', ''main'', ''nobody'')']) AS call, pg_temp.refused('SELECT stockalert.' || call) AS r;
ROLLBACK;
-- Committed by somebody else is no what-if of mine.
BEGIN;
SELECT FROM stockalert.add_location('main');
SELECT FROM stockalert.add_item('LED-8');
SELECT FROM stockalert.set_threshold(low => 20);
SELECT FROM stockalert.set_stock('LED-8', 3);
SELECT count(*) FROM stockalert.preview();
COMMIT;
SELECT count(*) AS mine, (SELECT count(*) FROM stockalert.queue) AS waiting FROM stockalert.preview();
BEGIN;
DELETE FROM stockalert.stock_levels;
DELETE FROM stockalert.alerts;
DELETE FROM stockalert.alert_events;
DELETE FROM stockalert.queue;
DELETE FROM stockalert.rules;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
COMMIT;
