-- Rules that do nothing, or contradict another, with the number of pairs and
-- what to do.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT done FROM stockalert.add_location('north');
SELECT done FROM stockalert.add_location('south');
SELECT r.done FROM unnest('{A,B,C}'::text[]) AS s, stockalert.add_item(s, category => 'lamps') AS r;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT l.location_id, i.item_id, 100 FROM stockalert.locations AS l, stockalert.items AS i;
UPDATE stockalert.stock_levels SET par_level = 50 WHERE item_id = stockalert.find_item('B');
CREATE TEMP VIEW problems AS SELECT scope, unit, problem, pairs || ' of ' || covered AS pairs FROM stockalert.rule_problems ORDER BY rule_id, problem;
SELECT * FROM problems;
-- Nothing is wrong with a plain rule, nor with one that is switched off.
SELECT done FROM stockalert.set_threshold(low => 10, critical => 3);
SELECT done FROM stockalert.set_threshold('A', low => 5, unit => 'days');
UPDATE stockalert.rules SET enabled = false WHERE unit = 'days';
SELECT * FROM problems;
UPDATE stockalert.rules SET enabled = true;
SELECT * FROM problems;
DELETE FROM stockalert.rules WHERE unit = 'days';
-- Inert for want of par, of demand, of stock.
SELECT done FROM stockalert.set_threshold(category => 'lamps', low => 20, unit => 'percent');
SELECT done FROM stockalert.set_threshold('B', unit => 'computed');
SELECT done FROM stockalert.set_threshold(category => 'wires', low => 1);
SELECT * FROM problems;
DELETE FROM stockalert.rules WHERE category IS NOT NULL OR item_id IS NOT NULL;
-- Shadowed by narrower ones, and by one made by hand.
SELECT done FROM stockalert.set_threshold(category => 'lamps', low => 11, critical => 2);
SELECT * FROM problems;
UPDATE stockalert.items SET category = NULL WHERE sku = 'C';
SELECT * FROM problems;
INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability,
	interval_mean, size_sum, size_squares, velocity, reorder_point, season, method)
	SELECT location_id, item_id, '2026-01-01', '2026-05-31', '2026-05-31', 50, 50, 1, 1, 1, 1, 1, 100, 100, 2, 20, '{0,0,0,0,0,0,0}', 'esw' FROM stockalert.stock_levels;
SELECT done FROM stockalert.set_threshold(category => 'lamps', unit => 'computed');
SELECT * FROM problems;
DELETE FROM stockalert.rules;
-- Contradictions of two rules: the broader one gives way, and is named.
SELECT done FROM stockalert.set_threshold(low => 10, critical => 8, maximum => 40);
SELECT done FROM stockalert.set_threshold('A', low => 5);
SELECT done FROM stockalert.set_threshold('B', critical => 20);
SELECT done FROM stockalert.set_threshold('C', low => 60, location => 'north');
SELECT * FROM problems;
SELECT DISTINCT remedy FROM stockalert.rule_problems ORDER BY 1;
SELECT i.sku, (d.decision).low, (d.decision).critical, (d.decision).maximum FROM stockalert.stock_decisions AS d JOIN stockalert.items AS i USING (item_id)
	WHERE location_id = stockalert.find_location('north') ORDER BY 1;
-- What is not carried is not counted; a manager may ask.
UPDATE stockalert.locations SET active = false WHERE code = 'south';
GRANT SELECT ON problems TO stockalert_manager;
SET LOCAL ROLE stockalert_manager;
SELECT * FROM problems;
ROLLBACK;
