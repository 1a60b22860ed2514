-- Each check of health() in each of its states, and what it says to do.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
-- Some checks go by the size of files, which other tests left.
VACUUM FULL stockalert.stock_levels, stockalert.sales_default, stockalert.stock_changes_default, stockalert.deliveries_default;
-- What tests before this one noted, and the partitions they made.
DELETE FROM stockalert.noted;
DO $$
DECLARE
	partition regclass;
BEGIN
	FOR partition IN SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
		WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind = 'r' AND c.relname ~ '_\d{4}_\d{2}$' LOOP
		EXECUTE format('DROP TABLE %s', partition);
	END LOOP;
END
$$;
CREATE VIEW pg_temp.told AS SELECT "check", state, finding, remedy FROM stockalert.health();
-- None twice, none without a state, none that is not well without something to do.
SELECT "check" FROM pg_temp.told GROUP BY 1 HAVING count(*) > 1 OR count(*) FILTER (WHERE state NOT IN ('ok', 'warn', 'error') OR finding IS NULL OR finding = '') > 0
	OR count(*) FILTER (WHERE (state = 'ok') <> (remedy IS NULL)) > 0;
SELECT string_agg("check", ', ' ORDER BY "check") FROM pg_temp.told WHERE "check" IN ('stock', 'recipients', 'channels', 'rules', 'jobs', 'worker', 'queue', 'dead letters', 'partitions', 'clock', 'bloat');

-- Rules: now where there are few pairs, else as the last upkeep counted.
BEGIN;
SELECT FROM stockalert.add_location('main');
SELECT FROM stockalert.add_item('A');
SELECT FROM stockalert.add_item('B');
SELECT FROM stockalert.set_stock('A', 5);
SELECT * FROM pg_temp.told WHERE "check" = 'rules';
SELECT FROM stockalert.set_threshold('B', low => 5);
SELECT state, regexp_replace(finding, 'rule \d+', 'rule #') AS finding, remedy FROM pg_temp.told WHERE "check" = 'rules';
INSERT INTO stockalert.items (sku, name) SELECT 'n' || n, 'n' || n FROM generate_series(1, 3000) AS n;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT (SELECT stockalert.find_location('main')), item_id, 100 FROM stockalert.items WHERE sku LIKE 'n%';
SELECT * FROM pg_temp.told WHERE "check" = 'rules';
SET LOCAL stockalert.as_of = '2026-03-02 01:10+00';
SELECT FROM stockalert.daily_upkeep();
SELECT state, regexp_replace(finding, 'rule \d+', 'rule #') AS finding, remedy FROM pg_temp.told WHERE "check" = 'rules';
-- The clock.
SELECT * FROM pg_temp.told WHERE "check" = 'clock';
RESET stockalert.as_of;
SELECT * FROM pg_temp.told WHERE "check" = 'clock';
INSERT INTO stockalert.job_runs (job, due_at, started_at, result) VALUES ('check', '2100-01-01', '2100-01-01', 'ok');
SELECT * FROM pg_temp.told WHERE "check" = 'clock';
ROLLBACK;

-- Partitions: of this month and the next.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-15 12:00+00';
SELECT state, finding, remedy FROM pg_temp.told WHERE "check" = 'partitions';
SELECT FROM stockalert.make_partitions();
SELECT state, finding, remedy FROM pg_temp.told WHERE "check" = 'partitions';
SET LOCAL stockalert.as_of = '2026-05-01 00:00+00';
SELECT state, finding, remedy FROM pg_temp.told WHERE "check" = 'partitions';
ROLLBACK;

-- Stock that no trigger saw, in a table that is counted and in one that is estimated.
BEGIN;
SELECT FROM stockalert.add_location('main');
INSERT INTO stockalert.items (sku, name) SELECT 'n' || n, 'n' || n FROM generate_series(1, 150000) AS n;
SELECT FROM stockalert.set_threshold(low => 5);
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT (SELECT stockalert.find_location('main')), item_id, 4 FROM stockalert.items WHERE sku LIKE 'n__';
SELECT state, finding, remedy FROM pg_temp.told WHERE "check" = 'stock';
ALTER TABLE stockalert.stock_levels DISABLE TRIGGER USER;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT (SELECT stockalert.find_location('main')), item_id, 100 FROM stockalert.items WHERE sku LIKE 'n_';
SELECT state, finding, remedy FROM pg_temp.told WHERE "check" = 'stock';
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT (SELECT stockalert.find_location('main')), item_id, 100 FROM stockalert.items WHERE length(sku) > 3;
SELECT pg_relation_size('stockalert.stock_levels') > 8 * 1024 * 1024 AS large;
SELECT state, regexp_replace(finding, 'about [1-9]\d{3,}', 'about #', 'g') AS finding, remedy FROM pg_temp.told WHERE "check" = 'stock';
ROLLBACK;

VACUUM FULL stockalert.stock_levels;

-- Dead rows of a table that changes all the time, until it is vacuumed.
ALTER TABLE stockalert.queue SET (autovacuum_enabled = off);
INSERT INTO stockalert.queue (event, occurred_at) SELECT 'opened', now() FROM generate_series(1, 21000);
DELETE FROM stockalert.queue WHERE event = 'opened' AND alert_id IS NULL;
SELECT pg_stat_force_next_flush();
SELECT state, substring(finding FROM 'queue: 2\d+ dead rows') IS NOT NULL AS told, remedy IS NOT NULL AS helped FROM pg_temp.told WHERE "check" = 'bloat';
VACUUM stockalert.queue;
SELECT pg_stat_force_next_flush();
SELECT finding LIKE '%queue: %' AS told FROM pg_temp.told WHERE "check" = 'bloat';
ALTER TABLE stockalert.queue RESET (autovacuum_enabled);
DROP VIEW pg_temp.told;
