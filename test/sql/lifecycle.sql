-- An alert in people's hands: acknowledge, snooze, resolve; and every refusal.
BEGIN;
DELETE FROM stockalert.queue;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\set VERBOSITY terse
SELECT done FROM stockalert.add_location('main');
SELECT done FROM stockalert.add_item('A');
SELECT done FROM stockalert.add_item('B');
SELECT done FROM stockalert.set_threshold(low => 20, critical => 5);
SELECT done FROM stockalert.set_stock('A', 15);
SELECT done FROM stockalert.set_stock('B', 15);
SELECT alert_id AS a FROM stockalert.active_alerts WHERE sku = 'A' \gset
SELECT alert_id AS b FROM stockalert.active_alerts WHERE sku = 'B' \gset
CREATE VIEW pg_temp.history AS SELECT sku, event, e.severity, e.quantity, e.actor = SESSION_USER AS mine, e.note, e.occurred_at FROM stockalert.alert_events AS e
	JOIN stockalert.items USING (item_id) ORDER BY event_id;

SELECT regexp_replace(done, '^alert \d+', 'alert #') AS done, next FROM stockalert.acknowledge_alert(:a, 'ordered 50');
SELECT acknowledged_at, acknowledged_by = SESSION_USER AS by_me, acknowledged_note, is_resolved FROM stockalert.alert_list WHERE alert_id = :a;
SELECT regexp_replace(done, '^alert \d+', 'alert #') AS done FROM stockalert.snooze_alert(:a, '2026-03-03 09:00+00');
SELECT snoozed_until FROM stockalert.alert_list WHERE alert_id = :a;
-- Worse: of the same alert, and still acknowledged.
SELECT done FROM stockalert.set_stock('A', 2);
SELECT severity, acknowledged_at IS NOT NULL AS acknowledged FROM stockalert.alert_list WHERE alert_id = :a;
-- Resolved by hand while low: silent, and the level is not touched.
SELECT regexp_replace(done, '^alert \d+', 'alert #') AS done FROM stockalert.resolve_alert(:a, 'counted again');
SELECT is_resolved, resolved_at, resolved_by = SESSION_USER AS by_me, resolved_note FROM stockalert.alert_list WHERE alert_id = :a;
SELECT held_until FROM stockalert.alerts WHERE alert_id = :a;
SELECT class FROM stockalert.stock_status WHERE sku = 'A';
SELECT * FROM pg_temp.history;
SELECT event, count(*) FROM stockalert.queue GROUP BY 1 ORDER BY 1;
-- Worse ends the hold; what was acknowledged and snoozed before is not any more.
SELECT done FROM stockalert.set_stock('A', 0);
SELECT severity, acknowledged_at, snoozed_until, is_resolved FROM stockalert.alert_list WHERE alert_id = :a;
-- In the recovery band there is no hold, and people hear that it is over.
SELECT done FROM stockalert.set_stock('A', 21);
SELECT done FROM stockalert.resolve_alerts('A', 'main', 'enough');
SELECT held_until, resolved_at IS NOT NULL AS resolved FROM stockalert.alerts WHERE alert_id = :a;
SELECT event, quantity FROM stockalert.queue ORDER BY queue_id DESC LIMIT 1;
SELECT done FROM stockalert.resolve_alerts('A');
-- Snoozed and acknowledged ones get no reminder; out does although snoozed. Nobody was told yet: none is due.
SELECT stockalert.send_reminders();
SELECT done FROM stockalert.add_subscriber('x', log => true);
INSERT INTO stockalert.notices SELECT alert_id, subscriber_id, 'log', '2026-03-02 09:00+00', 'low' FROM stockalert.alerts, stockalert.subscribers WHERE resolved_at IS NULL;
SET LOCAL stockalert.as_of = '2026-03-03 07:59:59+00';
SELECT stockalert.send_reminders() AS too_early;
SET LOCAL stockalert.as_of = '2026-03-03 08:00+00';
SAVEPOINT s;
SELECT regexp_replace(done, '^alert \d+', 'alert #') AS done FROM stockalert.snooze_alert(:b, '2026-03-03 09:00+00');
SELECT stockalert.send_reminders() AS snoozed;
SET LOCAL stockalert.as_of = '2026-03-03 09:00+00';
SELECT stockalert.send_reminders('main') AS over;
SELECT stockalert.send_reminders() AS once;
ROLLBACK TO s;
SELECT regexp_replace(done, '^alert \d+', 'alert #') AS done FROM stockalert.snooze_alert(:b, '2026-03-09 09:00+00');
UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id = stockalert.find_item('B');
SELECT stockalert.send_reminders() AS out_all_the_same;
DELETE FROM stockalert.queue WHERE event = 'reminder';
SELECT regexp_replace(done, '^alert \d+', 'alert #') AS done FROM stockalert.acknowledge_alert(:b);
SELECT stockalert.send_reminders() AS acknowledged;
-- Summaries: once a day, when the hour has come; 08:00 where nobody chose another.
UPDATE stockalert.subscribers SET summary_at = '24:00';
SELECT stockalert.send_summaries() AS not_wanted, stockalert.send_summaries(everybody => true) AS by_hand;
UPDATE stockalert.subscribers SET summary_at = NULL, summary_sent_for = NULL;
SAVEPOINT s;
SELECT stockalert.send_summaries() AS by_the_setting;
ROLLBACK TO s;
UPDATE stockalert.subscribers SET summary_at = '08:30';
SELECT stockalert.send_summaries() AS too_early;
SET LOCAL stockalert.as_of = '2026-03-03 08:30+00';
SELECT stockalert.send_summaries() AS due;
SELECT stockalert.send_summaries() AS once;
SET LOCAL stockalert.as_of = '2026-03-04 23:00+00';
SELECT stockalert.send_summaries() AS late_but_once;
SELECT stockalert.send_summaries() AS once;

SELECT total, active, resolved, low_stock_items, mean_time_to_acknowledge, mean_time_to_restock FROM stockalert.alert_stats();

-- Refusals.
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN QUERY SELECT 'none', 'was accepted', NULL, NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	message := regexp_replace(message, '\m\d{1,6}\M', '#');
	detail := replace(detail, SESSION_USER, 'me');
	RETURN NEXT;
END
$$;
SELECT done FROM stockalert.set_stock('A', 100);
SELECT r.* FROM unnest(ARRAY['acknowledge_alert(-1)', 'acknowledge_alert(NULL)', format('acknowledge_alert(%s)', :a), format('resolve_alert(%s)', :a),
	format('snooze_alert(%s, now())', :a), format('snooze_alert(%s, NULL)', :b), format('snooze_alert(%s, ''-infinity'')', :b), format('snooze_alert(%s, ''infinity'')', :b),
	format('snooze_alert(%s, stockalert.as_of())', :b), 'resolve_alert(NULL)', 'resolve_alerts(''C'')', 'resolve_alerts(''A'', ''nowhere'')', 'resolve_alerts(NULL)',
	'check_stock(''nowhere'')', 'send_reminders(''nowhere'')', 'inventory_summary(''nowhere'')']) WITH ORDINALITY AS s (call, n), pg_temp.refused('SELECT stockalert.' || call) AS r ORDER BY n;
ROLLBACK;
