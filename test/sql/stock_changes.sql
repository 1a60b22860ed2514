-- stock_changes: when a pair went out of stock and came back, for the fold of
-- demand.  Nothing else writes there.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SELECT done FROM stockalert.add_location('main', 'Main shop', time_zone => 'Europe/Rome');
SELECT done FROM stockalert.add_item('A', 'Oat milk');
SELECT done FROM stockalert.add_item('B', 'Rye bread');
SELECT done FROM stockalert.set_threshold(low => 10, critical => 3);
CREATE TEMP VIEW changes AS
SELECT i.sku, c.kind, c.available, c.changed_at, c.recorded_at = now() AS recorded_now
FROM stockalert.stock_changes AS c JOIN stockalert.items AS i USING (item_id) ORDER BY c.changed_at, i.sku, c.recorded_at, c.kind DESC;

-- The first look says out, or nothing.
SELECT done FROM stockalert.set_stock('A', 20);
SELECT done FROM stockalert.set_stock('B', 0);
SELECT sku, kind, available, changed_at FROM changes;

-- Low, critical and back up cross nothing; a rule that makes it low neither.
UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = stockalert.find_item('A');
UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = stockalert.find_item('A');
UPDATE stockalert.stock_levels SET on_hand = 60 WHERE item_id = stockalert.find_item('A');
SELECT done FROM stockalert.set_threshold('A', low => 100);
SELECT count(*) FROM changes;

-- One statement for both; promised stock counts as gone.
SET LOCAL stockalert.as_of = '2026-03-03 09:00+00';
UPDATE stockalert.stock_levels SET reserved = CASE item_id WHEN stockalert.find_item('A') THEN 60 ELSE 0 END, on_hand = CASE item_id WHEN stockalert.find_item('A') THEN 60 ELSE 4 END;
-- Deeper under zero is no crossing.
UPDATE stockalert.stock_levels SET on_hand = -2 WHERE item_id = stockalert.find_item('A');
SET LOCAL stockalert.as_of = '2026-03-04 09:00+00';
UPDATE stockalert.stock_levels SET on_hand = 60.5 WHERE item_id = stockalert.find_item('A');
SELECT sku, kind, available, changed_at FROM changes;

-- Rolled back: nothing happened.
SAVEPOINT before;
UPDATE stockalert.stock_levels SET on_hand = 0;
SELECT count(*), bool_and(recorded_now) FROM changes;
ROLLBACK TO before;
SELECT count(*) FROM changes;

-- Not carried says nothing; carried again says what there is.
SET LOCAL stockalert.as_of = '2026-03-05 09:00+00';
UPDATE stockalert.stock_levels SET on_hand = 0, reserved = 0;
UPDATE stockalert.stock_levels SET active = false;
UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = stockalert.find_item('A');
SET LOCAL stockalert.as_of = '2026-03-06 09:00+00';
UPDATE stockalert.stock_levels SET active = true;
SELECT sku, kind, available, changed_at FROM changes WHERE changed_at >= '2026-03-05';

-- Where no trigger saw it the check does.
SET LOCAL stockalert.as_of = '2026-03-07 09:00+00';
ALTER TABLE stockalert.stock_levels DISABLE TRIGGER USER;
UPDATE stockalert.stock_levels SET on_hand = CASE item_id WHEN stockalert.find_item('A') THEN 0 ELSE 9 END;
ALTER TABLE stockalert.stock_levels ENABLE TRIGGER USER;
SELECT count(*) FROM stockalert.check_stock();
SELECT sku, kind, available, changed_at FROM changes WHERE changed_at >= '2026-03-07';

-- Many at once, some of them by the statement trigger.
SET LOCAL stockalert.as_of = '2026-03-08 09:00+00';
INSERT INTO stockalert.items (sku, name) SELECT 'M' || n, 'Many ' || n FROM generate_series(1, 50) AS n;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT stockalert.find_location('main'), item_id, item_id % 2 FROM stockalert.items WHERE sku LIKE 'M%';
UPDATE stockalert.stock_levels SET on_hand = 1 - on_hand FROM stockalert.items AS i WHERE i.item_id = stock_levels.item_id AND sku LIKE 'M%';
SELECT kind, count(*), min(available), max(available) FROM changes WHERE sku LIKE 'M%' GROUP BY 1 ORDER BY 1;
ROLLBACK;
