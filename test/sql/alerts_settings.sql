-- Settings that say what alerts mean where no rule does (1, 10), and which
-- quantity decides (13): available, not what is on its way.
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC');
SELECT r.done FROM unnest('{A,B,C}'::text[]) AS s, stockalert.add_item(s) AS r;
SELECT done FROM stockalert.set_threshold(low => 10, critical => 4);
SELECT done FROM stockalert.set_threshold('C', low => 10, fires => 'below');
SELECT r.done FROM unnest('{A,B,C}'::text[]) AS s, stockalert.set_stock(s, 10) AS r;
-- 1. Below by default: at the threshold nothing fires.
SELECT sku, class, available FROM stockalert.stock_status ORDER BY sku;
ALTER SYSTEM SET stockalert.threshold_fires = 'at_or_below';
ALTER SYSTEM SET stockalert.recovery_percent = 50;
\i test/data/reload.psql
-- The next check applies it; a rule that says how it fires keeps to it.
SELECT alerts_opened FROM stockalert.check_stock();
SELECT sku, class, available FROM stockalert.stock_status ORDER BY sku;
SELECT sku, threshold, fires FROM stockalert.active_alerts ORDER BY sku;
-- 10. Half above the threshold it resolves.
UPDATE stockalert.stock_levels SET on_hand = 14 WHERE item_id = stockalert.find_item('A');
SELECT sku, class, alert_id IS NOT NULL AS alert FROM stockalert.stock_status WHERE sku = 'A';
UPDATE stockalert.stock_levels SET on_hand = 15 WHERE item_id = stockalert.find_item('A');
SELECT sku, class, alert_id IS NOT NULL AS alert FROM stockalert.stock_status WHERE sku = 'A';
-- 13. What is promised is not available; what is ordered or on its way is not yet.
UPDATE stockalert.stock_levels SET on_hand = 30, reserved = 20, on_order = 500, in_transit = 500 WHERE item_id = stockalert.find_item('A');
SELECT sku, class, available, on_order, in_transit FROM stockalert.stock_status WHERE sku = 'A';
UPDATE stockalert.stock_levels SET reserved = 27 WHERE item_id = stockalert.find_item('A');
SELECT a.severity, a.quantity, a.on_hand, a.reserved, a.threshold FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.item_id = stockalert.find_item('A');
UPDATE stockalert.stock_levels SET on_order = 0, in_transit = 1 WHERE item_id = stockalert.find_item('A');
SELECT count(*) AS events FROM stockalert.alert_events WHERE item_id = stockalert.find_item('A');
ALTER SYSTEM RESET stockalert.threshold_fires;
ALTER SYSTEM RESET stockalert.recovery_percent;
\i test/data/reload.psql
SELECT alerts_resolved FROM stockalert.check_stock();
SELECT sku, class FROM stockalert.stock_status ORDER BY sku;
-- What has alerts is history and stays.
\set VERBOSITY terse
DELETE FROM stockalert.stock_levels;
DELETE FROM stockalert.rules;
DELETE FROM stockalert.items WHERE sku = 'A';
DELETE FROM stockalert.locations;
\set VERBOSITY default
DELETE FROM stockalert.items WHERE sku = 'C';
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.settings_in_force, stockalert.rules,
	stockalert.kinds_judged, stockalert.unsettled, stockalert.stock_changes;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
