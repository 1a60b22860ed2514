-- What refresh_demand() learns from sales and absences, once and only once.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
BEGIN;
SELECT stockalert.make_partitions('2026-01-01', '2026-06-01') > 0 AS made;
INSERT INTO stockalert.locations (code, name, time_zone) VALUES ('rome', 'Rome', 'Europe/Rome'), ('ny', 'New York', 'America/New_York');
INSERT INTO stockalert.items (sku, name, category) SELECT 'R' || n, 'Item ' || n, 'tea' FROM generate_series(1, 6) AS n;
CREATE TEMP VIEW keys AS SELECT l.location_id, l.code, i.item_id, i.sku FROM stockalert.locations AS l, stockalert.items AS i WHERE l.code IN ('rome', 'ny') AND i.sku ~ '^R[1-6]$';
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, 100 FROM keys;
CREATE TEMP VIEW learned AS SELECT k.code, k.sku, d.history, s.first_sale, s.last_sale, s.last_day, s.exposed_days, s.sales, s.size_sum,
	round(s.velocity::numeric, 4) AS velocity, s.reorder_point, s.order_up_to, s.method
	FROM keys AS k LEFT JOIN stockalert.demand_days AS d USING (location_id, item_id) LEFT JOIN stockalert.demand_state AS s USING (location_id, item_id) ORDER BY k.code, k.sku;
CREATE FUNCTION pg_temp.sell(code text, sku text, at timestamptz, quantity numeric, kind text DEFAULT 'sale') RETURNS void LANGUAGE sql AS $$
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind) SELECT k.location_id, k.item_id, at, quantity, kind FROM keys AS k WHERE k.code = sell.code AND k.sku = sell.sku $$;
-- R1: 2 a day for 40 days.  R2: returns, waste and transfers.  R3: the local day decides.  R4: never sold.
SELECT count(pg_temp.sell('rome', 'R1', d + interval '12 hours', 2)) FROM generate_series(timestamptz '2026-01-01', '2026-02-09', interval '1 day') AS d;
SELECT pg_temp.sell('rome', 'R2', '2026-02-01 10:00+00', 5), pg_temp.sell('rome', 'R2', '2026-02-01 11:00+00', 2, 'return'), pg_temp.sell('rome', 'R2', '2026-02-01 12:00+00', 7, 'waste'),
	pg_temp.sell('rome', 'R2', '2026-02-02 10:00+00', -1), pg_temp.sell('rome', 'R2', '2026-02-03 10:00+00', 4, 'transfer');
SELECT pg_temp.sell('rome', 'R3', '2026-02-08 23:30+00', 1), pg_temp.sell('ny', 'R3', '2026-02-09 03:30+00', 1), pg_temp.sell('rome', 'R3', '2026-02-09 23:30+00', 9);
-- As of the tenth, one in the morning in Rome: the ninth is over there, not in New York.
SELECT * FROM stockalert.refresh_demand('2026-02-10 00:00+00');
SELECT state, finding, remedy FROM stockalert.health() WHERE "check" = 'demand';
SELECT code, sku, history FROM learned WHERE history IS NOT NULL;
SELECT code, sku, first_sale, last_sale, last_day, exposed_days, sales, size_sum, velocity, reorder_point, order_up_to, method FROM learned WHERE method IS NOT NULL;
SELECT p.category, p.items, round(p.profile[1]::numeric, 3) AS monday, p.refreshed_for FROM stockalert.pools AS p JOIN stockalert.locations AS l USING (location_id) WHERE l.code = 'rome';
-- Again: nothing is written.
CREATE TEMP TABLE before AS SELECT 'state' AS what, ctid AS place, location_id, item_id FROM stockalert.demand_state UNION ALL SELECT 'days', ctid, location_id, item_id FROM stockalert.demand_days;
SELECT * FROM stockalert.refresh_demand('2026-02-10 00:00+00');
SELECT count(*) AS rewritten FROM (SELECT 'state' AS what, ctid AS place, location_id, item_id FROM stockalert.demand_state UNION ALL SELECT 'days', ctid, location_id, item_id FROM stockalert.demand_days EXCEPT SELECT * FROM before) AS x;
-- A later day, a late line of long ago, one of a day that is not over.
SELECT pg_temp.sell('rome', 'R1', '2026-02-10 12:00+00', 4), pg_temp.sell('rome', 'R1', '2026-01-05 08:00+00', 10), pg_temp.sell('rome', 'R1', '2026-02-11 08:00+00', 50);
SELECT * FROM stockalert.refresh_demand('2026-02-11 09:00+00');
SELECT history, last_day, sales, size_sum FROM learned WHERE code = 'rome' AND sku = 'R1';
-- What is folded day by day is what is folded at once.
SELECT * FROM stockalert.refresh_demand('2026-02-15 03:00+00');
CREATE TEMP TABLE by_day AS SELECT k.sku, k.code, d.history, s.sales, s.size_sum, s.size_squares, s.exposed_days FROM keys AS k JOIN stockalert.demand_days AS d USING (location_id, item_id) JOIN stockalert.demand_state AS s USING (location_id, item_id);
SELECT pairs_changed > 0 AS anew FROM stockalert.refresh_demand('2026-02-15 03:00+00', rebuild => true);
SELECT count(*) AS differ FROM (SELECT * FROM by_day EXCEPT SELECT k.sku, k.code, d.history, s.sales, s.size_sum, s.size_squares, s.exposed_days FROM keys AS k JOIN stockalert.demand_days AS d USING (location_id, item_id) JOIN stockalert.demand_state AS s USING (location_id, item_id)) AS x;
-- Out of stock from noon of the 15th (Rome), back on the evening of the 18th: days without stock tell nothing of demand.
SET stockalert.as_of = '2026-02-15 11:00+00';
UPDATE stockalert.stock_levels AS s SET on_hand = 0 FROM keys AS k WHERE k.code = 'rome' AND k.sku = 'R1' AND (s.location_id, s.item_id) = (k.location_id, k.item_id);
SELECT * FROM stockalert.refresh_demand('2026-02-17 03:00+00');
SELECT history_days.* FROM learned, stockalert.history_days(history) WHERE code = 'rome' AND sku = 'R1' AND day >= '2026-02-10';
SET stockalert.as_of = '2026-02-18 17:00+00';
UPDATE stockalert.stock_levels AS s SET on_hand = 100 FROM keys AS k WHERE k.code = 'rome' AND k.sku = 'R1' AND (s.location_id, s.item_id) = (k.location_id, k.item_id);
SELECT * FROM stockalert.refresh_demand('2026-02-21 03:00+00');
SELECT history_days.* FROM learned, stockalert.history_days(history) WHERE code = 'rome' AND sku = 'R1' AND day >= '2026-02-10';
SELECT exposed_days FROM learned WHERE code = 'rome' AND sku = 'R1';
-- Another lead time is another reorder point, at the next run.
RESET stockalert.as_of;
CREATE TEMP TABLE points AS SELECT code, sku, reorder_point FROM learned WHERE reorder_point IS NOT NULL;
SELECT done FROM stockalert.add_supplier('Slow', lead_time_days => 60);
SELECT done FROM stockalert.set_supply('R1', 'Slow');
SELECT thresholds_moved FROM stockalert.refresh_demand('2026-02-21 03:00+00');
SELECT code, sku, p.reorder_point AS before, l.reorder_point > p.reorder_point AS more FROM learned AS l JOIN points AS p USING (code, sku) WHERE l.reorder_point <> p.reorder_point;
-- Time goes forward, unless everything is made anew.
SAVEPOINT standing;
SELECT * FROM stockalert.refresh_demand('2026-02-20 03:00+00');
ROLLBACK TO standing;
-- And stays within what a history can hold.
SELECT * FROM stockalert.refresh_demand('infinity', rebuild => true);
ROLLBACK TO standing;
SELECT * FROM stockalert.refresh_demand('2200-01-01 00:00+00');
ROLLBACK TO standing;
SELECT stockalert.fold_pairs('SELECT d.location_id, d.item_id, NULL::date[], NULL::double precision[], NULL::double precision[], true FROM stockalert.demand_days AS d', 'infinity', false);
ROLLBACK TO standing;
-- A day before 1970 by the clock of the place is left out; what sold 170 years ago still divides nothing by next to nothing.
SELECT pg_temp.sell('ny', 'R5', '1970-01-01 01:00+00', 3), pg_temp.sell('rome', 'R5', '1970-01-01 01:00+00', 3);
SELECT days_folded, pairs_changed FROM stockalert.refresh_demand('1970-01-03 00:00+00', rebuild => true);
SELECT code, sku, history FROM learned WHERE history IS NOT NULL;
SELECT days_folded > 0 AS folded FROM stockalert.refresh_demand('2026-02-21 03:00+00');
SELECT days_folded FROM stockalert.refresh_demand('2199-12-31 23:59+00');
ROLLBACK TO standing;
-- A writer may say that a line was recorded at any time: lines after it are still seen.
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, recorded_at) SELECT location_id, item_id, '2026-02-19 12:00+00', 1, 'infinity' FROM keys WHERE code = 'rome' AND sku = 'R1';
SELECT days_folded FROM stockalert.refresh_demand('2026-02-22 03:00+00');
SELECT pg_temp.sell('rome', 'R1', '2026-01-05 09:00+00', 4);
SELECT days_folded FROM stockalert.refresh_demand('2026-02-22 03:00+00');
ROLLBACK TO standing;
-- Lines of long ago that come after a run without any are learned too.
CREATE TEMP TABLE lines AS SELECT s.location_id, s.item_id, s.sold_at, s.quantity FROM stockalert.sales AS s JOIN keys AS k USING (location_id, item_id) WHERE k.sku = 'R1' AND s.sold_at < '2026-02-10';
DELETE FROM stockalert.sales;
SELECT days_folded FROM stockalert.refresh_demand('2026-02-21 03:00+00', rebuild => true);
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity) SELECT * FROM lines;
SELECT days_folded FROM stockalert.refresh_demand('2026-02-21 03:00+00');
SELECT code, sku, history FROM learned WHERE history IS NOT NULL;
-- A week later the days between are whole: none is read twice, and nothing is written again.
SELECT count(pg_temp.sell('rome', 'R1', d + interval '1 hour', 2)), count(pg_temp.sell('ny', 'R6', d + interval '4 hours 30 minutes', 1)) FROM generate_series(timestamptz '2026-02-10', '2026-03-01', interval '1 day') AS d;
SELECT days_folded > 0 AS folded FROM stockalert.refresh_demand('2026-03-02 03:00+00');
SELECT days_folded, pairs_changed FROM stockalert.refresh_demand('2026-03-02 03:00+00');
SELECT pg_temp.sell('rome', 'R1', '2026-03-02 12:00+00', 3);
SELECT days_folded, pairs_changed FROM stockalert.refresh_demand('2026-03-03 09:00+00');
-- A day that is folded and got another line, with one that is new: both at once.
SELECT pg_temp.sell('rome', 'R1', '2026-03-02 13:00+00', 3), pg_temp.sell('rome', 'R1', '2026-03-03 13:00+00', 5), pg_temp.sell('rome', 'R2', '2026-03-03 13:00+00', 5), pg_temp.sell('rome', 'R2', '2026-03-03 13:00+00', 2, 'return');
SELECT days_folded, pairs_changed FROM stockalert.refresh_demand('2026-03-04 03:00+00');
SELECT sku, history_days.* FROM learned, stockalert.history_days(history) WHERE code = 'rome' AND day >= '2026-03-01';
-- Another clock: the days of the place are others, and are learned anew, with its absences; those elsewhere stay.
SET stockalert.as_of = '2026-03-05 12:00+00';
UPDATE stockalert.stock_levels AS s SET on_hand = 0 FROM keys AS k WHERE k.code = 'ny' AND k.sku = 'R6' AND (s.location_id, s.item_id) = (k.location_id, k.item_id);
RESET stockalert.as_of;
SELECT days_folded FROM stockalert.refresh_demand('2026-03-07 06:00+00');
SELECT code, history_days.* FROM learned, stockalert.history_days(history) WHERE sku = 'R6' AND day >= '2026-02-27';
UPDATE stockalert.locations SET time_zone = 'Asia/Kolkata' WHERE code = 'ny';
SELECT days_folded FROM stockalert.refresh_demand('2026-03-07 06:00+00');
SELECT code, history_days.* FROM learned, stockalert.history_days(history) WHERE sku = 'R6' AND day >= '2026-02-27';
SELECT days_folded, pairs_changed FROM stockalert.refresh_demand('2026-03-07 06:00+00');
-- A transaction that is open may bring lines as old as itself: they are read for the next time.
SELECT stockalert.recorded_mark('2026-01-01 00:00+00', '2026-01-05 00:00+00', '2026-01-03 00:00+00') AS open, stockalert.recorded_mark('2026-01-01 00:00+00', '2026-01-02 00:00+00', '2026-01-03 00:00+00') AS done,
	stockalert.recorded_mark('2026-01-01 00:00+00', NULL, '2026-01-03 00:00+00') AS none_new, stockalert.recorded_mark(NULL, NULL, '2026-01-03 00:00+00') AS first, stockalert.recorded_mark(NULL, 'infinity', now()) = now() AS false_time;
ROLLBACK;
