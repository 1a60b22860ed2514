-- Escalation, reopening, history: an alert that nobody takes care of.
BEGIN;
DELETE FROM stockalert.queue;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\set VERBOSITY terse
SELECT done FROM stockalert.add_location('main');
SELECT r.done FROM unnest('{A,B,C,D}'::text[]) AS i, stockalert.add_item(i) AS r;
SELECT done FROM stockalert.set_threshold(low => 20, critical => 5);
SELECT done FROM stockalert.add_subscriber('clerk', log => true);
SELECT r.done FROM (VALUES ('A', 4), ('B', 15), ('C', 0), ('D', 3)) AS v (i, q), stockalert.set_stock(i, q) AS r;
SELECT alert_id AS a FROM stockalert.active_alerts WHERE sku = 'A' \gset
SELECT alert_id AS b FROM stockalert.active_alerts WHERE sku = 'B' \gset
SELECT alert_id AS c FROM stockalert.active_alerts WHERE sku = 'C' \gset
SELECT alert_id AS d FROM stockalert.active_alerts WHERE sku = 'D' \gset
CREATE FUNCTION pg_temp.plain(t text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(t, '\m\d+\M', '#', 'g') $$;
CREATE VIEW pg_temp.routes AS SELECT sku, event, subscriber, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes ORDER BY queue_id, subscriber;
CREATE VIEW pg_temp.escalations AS SELECT i.sku, e.severity, e.quantity, CASE e.actor WHEN SESSION_USER THEN 'me' ELSE e.actor END AS actor, e.note, e.occurred_at
	FROM stockalert.alert_events AS e JOIN stockalert.items AS i USING (item_id) WHERE e.event = 'escalated' ORDER BY e.event_id;

-- Nobody hears of escalations: none is made.
SET LOCAL stockalert.as_of = '2026-03-02 15:00+00';
SELECT stockalert.escalate_overdue();
SELECT pg_temp.plain(done) AS done, next FROM stockalert.escalate_alert(:a, 'nobody there');
SELECT done FROM stockalert.add_subscriber('boss', log => true, escalation => true);
SELECT done FROM stockalert.add_subscriber('elsewhere', log => true, escalation => true, categories => '{x}');
-- The boss hears of nothing else; and of A, which was escalated.
SELECT * FROM pg_temp.routes;
SELECT subscriber, sku FROM stockalert.open_alert_routes ORDER BY 1, 2;
DELETE FROM stockalert.queue;
DELETE FROM stockalert.alert_events WHERE event = 'escalated';
UPDATE stockalert.alerts SET escalated_at = NULL, escalated_by = NULL;
-- Acknowledged, snoozed, low: not; out although snoozed.  B gets worse at 12:00.
SET LOCAL stockalert.as_of = '2026-03-02 12:00+00';
SELECT pg_temp.plain(done) AS done FROM stockalert.acknowledge_alert(:d, 'ordered');
SELECT pg_temp.plain(done) AS done FROM stockalert.snooze_alert(:c, '2026-03-03 09:00+00');
SELECT done FROM stockalert.set_stock('B', 2);
DELETE FROM stockalert.queue;
SET LOCAL stockalert.as_of = '2026-03-02 12:59:59+00';
SELECT stockalert.escalate_overdue() AS too_early;
SET LOCAL stockalert.as_of = '2026-03-02 13:00+00';
SELECT stockalert.escalate_overdue(stockalert.find_location('main') + 1) AS elsewhere;
SELECT events_queued FROM stockalert.check_stock();
SELECT stockalert.escalate_overdue() AS once;
SET LOCAL stockalert.as_of = '2026-03-02 15:59:59+00';
SELECT stockalert.escalate_overdue() AS b_too_early;
SET LOCAL stockalert.as_of = '2026-03-02 16:00+00';
SELECT stockalert.escalate_overdue() AS b;
SELECT * FROM pg_temp.escalations;
SELECT event, lane, severity, quantity FROM stockalert.queue ORDER BY queue_id;
SELECT * FROM pg_temp.routes;
SELECT sku, escalated_at, escalated_by FROM stockalert.alert_list ORDER BY sku;
-- Somebody takes care before the message is made.
SELECT pg_temp.plain(done) AS done FROM stockalert.acknowledge_alert(:a);
SELECT * FROM pg_temp.routes WHERE sku = 'A';
-- From here on the boss hears of B as others do.
DELETE FROM stockalert.queue;
SET LOCAL stockalert.as_of = '2026-03-02 17:00+00';
SELECT done FROM stockalert.set_stock('B', 0);
SELECT * FROM pg_temp.routes;
-- By hand, although acknowledged: somebody wants it.
SELECT pg_temp.plain(done) AS done, pg_temp.plain(next) AS next FROM stockalert.escalate_alert(:d, 'supplier does not answer');
SELECT * FROM pg_temp.routes WHERE sku = 'D';
SELECT * FROM pg_temp.escalations WHERE sku = 'D';

-- Resolved by hand by mistake, and reopened: not told twice, and its life begins anew.
DELETE FROM stockalert.queue;
INSERT INTO stockalert.notices SELECT alert_id, subscriber_id, 'log', '2026-03-02 16:00+00', 'out' FROM stockalert.alerts, stockalert.subscribers WHERE name = 'clerk';
SELECT pg_temp.plain(done) AS done FROM stockalert.resolve_alert(:a, 'wrong one');
SET LOCAL stockalert.as_of = '2026-03-02 18:00+00';
SELECT pg_temp.plain(done) AS done, pg_temp.plain(next) AS next FROM stockalert.reopen_alert(:a, 'still short');
SELECT severity, created_at, reopened_at, acknowledged_at, snoozed_until, is_resolved, resolved_by, resolved_note FROM stockalert.alert_list WHERE alert_id = :a;
SELECT held_until FROM stockalert.alerts WHERE alert_id = :a;
SELECT * FROM pg_temp.routes;
-- Worse than when it was resolved: it opened again by itself.  Milder: it is so when it is reopened.
SELECT pg_temp.plain(done) AS done FROM stockalert.resolve_alert(:a);
SELECT done FROM stockalert.set_stock('A', 10);
SELECT is_resolved, severity FROM stockalert.alert_list WHERE alert_id = :a;
SELECT pg_temp.plain(done) AS done FROM stockalert.reopen_alert(:a);
SELECT is_resolved, severity FROM stockalert.alert_list WHERE alert_id = :a;
SELECT sku, quiet_below, quiet_above FROM stockalert.stock_levels JOIN stockalert.items USING (item_id) WHERE sku = 'A';
-- Four hours again after it was reopened and got worse.
SELECT done FROM stockalert.set_stock('A', 4);
SET LOCAL stockalert.as_of = '2026-03-02 21:59:59+00';
SELECT stockalert.escalate_overdue() AS too_early;
SET LOCAL stockalert.as_of = '2026-03-02 22:00+00';
SELECT stockalert.escalate_overdue() AS again;
-- The whole story, and nobody can rewrite it.
SELECT occurred_at, event, severity, quantity, CASE actor WHEN SESSION_USER THEN 'me' ELSE actor END AS actor, note FROM stockalert.alert_history(:a);
SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'stockalert' AND table_name = 'alert_events' AND grantee <> 'stockalert_owner' ORDER BY 1, 2;

-- Statistics: of all, and of who looks at some.
SELECT done FROM stockalert.add_subscriber('nowhere', log => true, categories => '{none}');
SELECT total, active, resolved, low_stock_items, mean_time_to_acknowledge, mean_time_to_restock FROM stockalert.alert_stats();
SELECT total, active, resolved, low_stock_items FROM stockalert.alert_stats('clerk');
SELECT * FROM stockalert.alert_stats('nowhere');

-- Refusals.
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN QUERY SELECT 'none', 'was accepted', NULL, NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	message := regexp_replace(message, '\m\d{1,6}\M', '#');
	detail := regexp_replace(replace(detail, SESSION_USER, 'me'), 'Alert \d+', 'Alert #');
	hint := regexp_replace(hint, '\(\d+\)', '(#)');
	RETURN NEXT;
END
$$;
SELECT done FROM stockalert.set_stock('B', 100);
SELECT pg_temp.plain(done) AS done FROM stockalert.resolve_alert(:d);
-- A day later it is another alert.
SET LOCAL stockalert.as_of = '2026-03-05 09:00+00';
SELECT done FROM stockalert.set_stock('D', 100);
SELECT done FROM stockalert.set_stock('D', 3);
SELECT done FROM stockalert.resolve_alerts('C');
DELETE FROM stockalert.stock_levels WHERE item_id = stockalert.find_item('C');
SELECT call, r.* FROM unnest(ARRAY['escalate_alert(-1)', 'escalate_alert(NULL)', 'reopen_alert(-1)', 'alert_history(-1)', 'alert_stats(''nobody'')']) AS call, pg_temp.refused('SELECT stockalert.' || call) AS r;
SELECT what, r.* FROM (VALUES ('recovered', 'reopen_alert', :b), ('open', 'reopen_alert', :a), ('another', 'reopen_alert', :d), ('gone', 'reopen_alert', :c), ('resolved', 'escalate_alert', :b)) AS v (what, call, id),
	pg_temp.refused(format('SELECT stockalert.%I(%s)', call, id)) AS r;
ROLLBACK;

-- A check at a time, done by the first one after it.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SELECT r.done FROM unnest('{main,north}'::text[]) AS l, stockalert.add_location(l) AS r;
SELECT done, next FROM stockalert.check_stock_in('2 hours');
SELECT done FROM stockalert.check_stock_in('1 hour', 'north');
SELECT done FROM stockalert.check_stock_in('3 hours', remind => true);
CREATE VIEW pg_temp.checks AS SELECT due_at, (SELECT code FROM stockalert.locations AS l WHERE l.location_id = c.location_id) AS location, remind, requested_by = SESSION_USER AS mine, done_at FROM stockalert.scheduled_checks AS c ORDER BY due_at;
SET LOCAL stockalert.as_of = '2026-03-02 09:59+00';
SELECT FROM stockalert.check_stock();
SELECT count(*) FROM pg_temp.checks WHERE done_at IS NOT NULL;
SET LOCAL stockalert.as_of = '2026-03-02 11:05+00';
SELECT FROM stockalert.check_stock('main');
SELECT FROM stockalert.check_stock('north');
SELECT * FROM pg_temp.checks;
SET LOCAL stockalert.as_of = '2026-03-02 11:15+00';
SELECT FROM stockalert.check_stock();
SELECT * FROM pg_temp.checks;
-- With the reminders that are due then.
SELECT done FROM stockalert.add_item('A');
SELECT done FROM stockalert.add_subscriber('clerk', log => true);
SELECT done FROM stockalert.set_threshold(low => 20);
SELECT done FROM stockalert.set_stock('A', 3, 'main');
INSERT INTO stockalert.notices SELECT alert_id, subscriber_id, 'log', '2026-03-01 09:00+00', 'low' FROM stockalert.alerts, stockalert.subscribers WHERE resolved_at IS NULL;
DELETE FROM stockalert.queue;
SELECT events_queued FROM stockalert.check_stock();
SET LOCAL stockalert.as_of = '2026-03-02 12:00+00';
SELECT events_queued FROM stockalert.check_stock();
SELECT event FROM stockalert.queue;
SELECT count(*) FROM pg_temp.checks WHERE done_at IS NULL;
-- An escalation in the afternoon puts off nobody's reminder.
DELETE FROM stockalert.queue;
SELECT done FROM stockalert.add_subscriber('boss', log => true, escalation => true);
INSERT INTO stockalert.notices SELECT alert_id, subscriber_id, 'log', '2026-03-02 11:30+00', 'low' FROM stockalert.alerts, stockalert.subscribers WHERE name = 'boss';
SELECT stockalert.send_reminders() AS due;
UPDATE stockalert.notices SET accepted_at = '2026-03-02 11:30+00';
DELETE FROM stockalert.queue;
SELECT stockalert.send_reminders() AS not_due;
-- A test message, to people who are known.
DELETE FROM stockalert.queue;
INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, v.channel, v.address FROM stockalert.subscribers, (VALUES ('email', 'a@example.com'), ('sms', '+15550001000')) AS v (channel, address);
SELECT r.* FROM (VALUES ('log', 'clerk'), ('email', 'a@example.com'), ('sms', '+1 555-000-1000')) AS v (c, r), stockalert.test_channel(c, v.r) AS r;
SELECT event, lane, channel, endpoint FROM stockalert.queue ORDER BY queue_id;
\set VERBOSITY sqlstate
SAVEPOINT s;
SELECT stockalert.test_channel('email', 'world@example.com');
ROLLBACK TO s;
SELECT stockalert.test_channel('slack', 'clerk');
ROLLBACK TO s;
-- Nobody is said, or nobody is there: the hint names somebody, or how there is somebody.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT stockalert.test_channel('log');
ROLLBACK TO s;
SELECT stockalert.test_channel('whatsapp');
ROLLBACK TO s;
SELECT stockalert.test_channel('slack', 'nobody');
\set VERBOSITY sqlstate
ROLLBACK TO s;
SELECT stockalert.test_channel('pager', 'clerk');
ROLLBACK TO s;
SELECT stockalert.check_stock_in('-1 hour');
ROLLBACK TO s;
SELECT stockalert.check_stock_in('2 years');
ROLLBACK TO s;
SELECT stockalert.check_stock_in(NULL);
ROLLBACK TO s;
SELECT stockalert.check_stock_in('1 hour', 'nowhere');
ROLLBACK;
