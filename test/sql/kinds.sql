-- Kinds of alerts beside low stock: what will run out before an order arrives,
-- what there is too much of, what nobody buys, what is under zero.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SET LOCAL stockalert.as_of = '2026-06-01 09:00+00';
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC');
SELECT r.done FROM unnest('{A,B,C,D}'::text[]) AS s, stockalert.add_item(s) AS r;
UPDATE stockalert.items SET created_at = '2026-01-01';
SELECT r.done FROM unnest('{A,B,C,D}'::text[]) AS s, stockalert.set_stock(s, 100) AS r;
-- Velocities as refresh_demand() would leave them.
INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability,
	interval_mean, size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
SELECT stockalert.find_location('main'), stockalert.find_item(v.sku), '2026-01-01', v.last_sale::date, '2026-05-31', 150, 100, 1, 1, 1, 1, 1, 100, 100,
	v.velocity, v.rop, v.upto, '2026-06-01', '{0,0,0,0,0,0,0}', 'esw'
FROM (VALUES ('A', '2026-05-31', 5, 80, 120), ('B', '2026-05-31', 1, 20, 30), ('C', '2026-02-01', 0, NULL, NULL)) AS v (sku, last_sale, velocity, rop, upto);
CREATE TEMP TABLE seen AS SELECT 0::bigint AS event_id;
CREATE FUNCTION pg_temp.news() RETURNS TABLE (news text) LANGUAGE plpgsql AS $$
DECLARE
	c record;
BEGIN
	SELECT * INTO c FROM stockalert.check_stock();
	RETURN QUERY SELECT format('check: %s opened, %s worsened, %s resolved, %s queued', c.alerts_opened, c.alerts_worsened, c.alerts_resolved, c.events_queued);
	RETURN QUERY SELECT concat_ws(' ', i.sku, a.kind, e.event, e.severity, 'at', stockalert.show_quantity(e.quantity), 'threshold ' || stockalert.show_quantity(a.threshold), a.threshold_from,
			'velocity ' || a.velocity, CASE WHEN EXISTS (SELECT FROM stockalert.queue AS q WHERE q.alert_id = e.alert_id AND q.event = e.event AND q.occurred_at = e.occurred_at) THEN 'TOLD' END, e.note)
		FROM stockalert.alert_events AS e JOIN stockalert.items AS i USING (item_id) JOIN stockalert.alerts AS a USING (alert_id)
		WHERE e.event_id > (SELECT event_id FROM seen) ORDER BY min(e.event_id) OVER (PARTITION BY e.item_id, e.event), a.kind, e.event_id;
	UPDATE seen SET event_id = (SELECT coalesce(max(e.event_id), 0) FROM stockalert.alert_events AS e);
END
$$;
CREATE FUNCTION pg_temp.put(item text, quantity numeric) RETURNS void LANGUAGE sql AS $$
	UPDATE stockalert.stock_levels SET on_hand = quantity WHERE item_id = stockalert.find_item(item)
$$;
-- Enough for more than lead time + review time (14 days): nothing.
SELECT * FROM pg_temp.news();

-- stockout_risk: 65 / 5 = 13 days are less than 14; one alert, told once.
SELECT pg_temp.put('A', 65);
SELECT * FROM pg_temp.news();
SELECT * FROM pg_temp.news();
-- 34 / 5 is less than the lead time: not even an order placed now arrives. It is worse.
SELECT pg_temp.put('A', 34);
SELECT * FROM pg_temp.news();
-- What is on its way counts.
UPDATE stockalert.stock_levels SET on_order = 40 WHERE item_id = stockalert.find_item('A');
SELECT * FROM pg_temp.news();
-- Gone, and back within 48 hours of the alert: silence. After them it is told again.
SET LOCAL stockalert.as_of = '2026-06-02 09:00+00';
UPDATE stockalert.stock_levels SET on_order = 0 WHERE item_id = stockalert.find_item('A');
SELECT * FROM pg_temp.news();
SET LOCAL stockalert.as_of = '2026-06-03 10:00+00';
SELECT * FROM pg_temp.news();
-- Low by a rule: that alert tells it, the other one ends without a word.
SELECT done FROM stockalert.set_threshold('A', low => 40);
SELECT * FROM pg_temp.news();
SELECT kind, severity FROM stockalert.active_alerts WHERE sku = 'A';
SELECT pg_temp.put('A', 50);
SELECT * FROM pg_temp.news();
-- Acknowledged, snoozed and resolved like any other; by hand it is silent for a day.
SET LOCAL stockalert.as_of = '2026-06-06 10:00+00';
SELECT * FROM pg_temp.news();
SELECT done ~ 'acknowledged' AS done FROM stockalert.alerts AS a, stockalert.acknowledge_alert(a.alert_id, 'ordered') WHERE a.kind = 'stockout_risk' AND a.resolved_at IS NULL;
SELECT done ~ 'resolved' AS done FROM stockalert.alerts AS a, stockalert.resolve_alert(a.alert_id, 'I know') WHERE a.kind = 'stockout_risk' AND a.resolved_at IS NULL;
SELECT * FROM pg_temp.news();
-- No demand, no risk: C and D have none.
SELECT pg_temp.put('C', 1), pg_temp.put('D', 1);
SELECT * FROM pg_temp.news();

-- negative_stock: under zero for half an hour, as checks see it.
SET LOCAL stockalert.as_of = '2026-06-10 09:00+00';
SELECT pg_temp.put('B', 40), pg_temp.put('D', -3);
SELECT * FROM pg_temp.news();
SET LOCAL stockalert.as_of = '2026-06-10 09:15+00';
SELECT * FROM pg_temp.news();
SET LOCAL stockalert.as_of = '2026-06-10 09:30+00';
SELECT * FROM pg_temp.news();
SELECT sku, kind, severity, quantity_at_alert, threshold FROM stockalert.active_alerts WHERE sku = 'D' ORDER BY kind;
-- Promised more than there is counts too; a while above zero starts anew.
SELECT pg_temp.put('D', 5);
UPDATE stockalert.stock_levels SET reserved = 41 WHERE item_id = stockalert.find_item('B');
SELECT * FROM pg_temp.news();
UPDATE stockalert.stock_levels SET reserved = 0 WHERE item_id = stockalert.find_item('B');
SET LOCAL stockalert.as_of = '2026-06-10 10:00+00';
SELECT * FROM pg_temp.news();
UPDATE stockalert.stock_levels SET reserved = 41 WHERE item_id = stockalert.find_item('B');
SET LOCAL stockalert.as_of = '2026-06-10 10:15+00';
SELECT * FROM pg_temp.news();
-- Within a day the same alert opens again.
SELECT pg_temp.put('D', -1);
SELECT * FROM pg_temp.news();
SET LOCAL stockalert.as_of = '2026-06-10 10:45+00';
SELECT * FROM pg_temp.news();
-- A row that is gone takes its alerts with it.
DELETE FROM stockalert.stock_levels WHERE item_id = stockalert.find_item('D');
UPDATE stockalert.stock_levels SET reserved = 0 WHERE item_id = stockalert.find_item('B');
SELECT * FROM pg_temp.news();

-- overstock and dead_stock are off unless asked for; what they would say:
SELECT done FROM stockalert.set_threshold('A', low => 40, maximum => 90);
SELECT pg_temp.put('A', 95), pg_temp.put('B', 95), pg_temp.put('C', 50);
SELECT * FROM pg_temp.news();
SELECT sku, quantity, threshold, velocity FROM stockalert.overstocks JOIN stockalert.items USING (item_id) ORDER BY 1;
-- A maximum that is not reached says that it is not too much.
SELECT done FROM stockalert.set_threshold('B', maximum => 200);
SELECT sku, quantity, threshold, velocity FROM stockalert.overstocks JOIN stockalert.items USING (item_id) ORDER BY 1;
-- Dead: nothing sold since 1 February; not what is new or came back lately, nor anything where nothing sells.
SELECT sku, quantity FROM stockalert.dead_stocks JOIN stockalert.items USING (item_id);
SAVEPOINT a;
UPDATE stockalert.items SET created_at = '2026-05-01' WHERE sku = 'C';
SELECT count(*) FROM stockalert.dead_stocks;
ROLLBACK TO a;
SELECT pg_temp.put('C', 0);
SELECT pg_temp.put('C', 50);
SELECT count(*) FROM stockalert.dead_stocks;
ROLLBACK TO a;
UPDATE stockalert.demand_state SET last_sale = '2026-02-01';
SELECT count(*) FROM stockalert.dead_stocks;
ROLLBACK TO a;
ROLLBACK;

-- With all kinds asked for: opened without a message of their own, and gone when switched off.
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC');
SELECT r.done FROM unnest('{A,C}'::text[]) AS s, stockalert.add_item(s) AS r;
UPDATE stockalert.items SET created_at = now() - interval '200 days';
SELECT done FROM stockalert.set_threshold('A', maximum => 90);
SELECT r.done FROM unnest('{A,C}'::text[]) AS s, stockalert.set_stock(s, 100) AS r;
INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability,
	interval_mean, size_sum, size_squares, velocity, season, method)
	VALUES (stockalert.find_location('main'), stockalert.find_item('A'), '2026-01-01', now()::date, now()::date, 150, 100, 1, 1, 1, 1, 1, 100, 100, 1, '{0,0,0,0,0,0,0}', 'esw');
SELECT alerts_opened, events_queued FROM stockalert.check_stock();
ALTER SYSTEM SET stockalert.kinds = 'overstock, dead_stocks';
ALTER SYSTEM SET stockalert.kinds = 'overstock, dead_stock';
\i test/data/reload.psql
SELECT alerts_opened, events_queued FROM stockalert.check_stock();
SELECT sku, kind, severity, quantity_at_alert, threshold, threshold_from FROM stockalert.active_alerts ORDER BY sku;
SELECT done FROM stockalert.set_stock('A', 80);
SELECT alerts_resolved, events_queued FROM stockalert.check_stock();
-- Stock is not listed: low is low, and opens nothing.
SELECT done FROM stockalert.set_stock('C', 0);
SELECT class, count(*) FROM stockalert.stock_levels GROUP BY 1 ORDER BY 1;
SELECT sku, kind FROM stockalert.active_alerts;
ALTER SYSTEM RESET stockalert.kinds;
\i test/data/reload.psql
-- The next check opens what was kept quiet.
SELECT alerts_opened, alerts_resolved, events_queued FROM stockalert.check_stock();
SELECT sku, kind, is_resolved, resolved_note FROM stockalert.alert_list ORDER BY alert_id;
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.settings_in_force, stockalert.rules,
	stockalert.demand_state, stockalert.kinds_judged, stockalert.negative_since, stockalert.stock_changes, stockalert.unsettled;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
