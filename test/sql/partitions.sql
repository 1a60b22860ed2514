-- Month partitions: made once, routed to, with their keys; what lies in the default stays there.
BEGIN;
SET LOCAL TimeZone = 'America/New_York';
SET LOCAL stockalert.as_of = '2151-03-15 09:00+00';
\set VERBOSITY terse
SELECT stockalert.make_partitions();
SELECT stockalert.make_partitions();
SELECT stockalert.make_partitions('2150-11-30', '2151-01-01');
SELECT stockalert.make_partitions('2151-01-01', '2150-01-01') AS backwards;
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound, (SELECT count(*) FROM pg_index WHERE indrelid = c.oid) AS indexes,
	pg_get_userbyid(c.relowner) AS owner, obj_description(c.oid) AS comment
	FROM pg_class AS c JOIN pg_inherits ON inhrelid = c.oid WHERE c.relname LIKE 'sales\_21%' OR c.relname LIKE 'deliveries\_21%' ORDER BY 1;
SELECT done FROM stockalert.add_location('main');
SELECT done FROM stockalert.add_item('A');
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity) SELECT stockalert.find_location('main'), stockalert.find_item('A'), t::timestamptz, 1
	FROM unnest('{2151-02-28 23:59:59.999999+00,2151-03-01 00:00+00,2151-03-31 23:59:59+00,2151-04-01 00:00+00,2149-01-01 00:00+00,1970-01-01 00:00+00}'::text[]) AS t;
SELECT tableoid::regclass, sold_at AT TIME ZONE 'UTC' AS utc FROM stockalert.sales ORDER BY 2;
-- Its rows lie in the default partition: no partition, no error.
SELECT stockalert.make_partitions('2149-01-01', '2149-01-01') AS only_deliveries;
-- The same line once, by INSERT and by COPY; lines without a key as often as they come; another place, another time are another line.
SELECT done FROM stockalert.record_sale('A', 1, sold_at => '2151-03-02 00:00+00', source_line => 'x');
SELECT done FROM stockalert.record_sale('A', 1, sold_at => '2151-03-02 00:00+00', source_line => 'x');
SELECT done FROM stockalert.record_sale('A', 1, sold_at => '2149-03-02 00:00+00', source_line => 'x');
SELECT done FROM stockalert.record_sale('A', 1, sold_at => '2149-03-02 00:00+00', source_line => 'x');
SELECT done FROM stockalert.record_sale('A', 1, sold_at => '2151-03-02 00:00+00');
SELECT done FROM stockalert.record_sale('A', 1, sold_at => '2151-03-02 00:00+00');
SELECT count(*) FROM stockalert.sales;
SELECT source_id AS source FROM stockalert.sources WHERE name = 'sql' \gset
CREATE TEMP TABLE lines AS SELECT location_id, item_id, sold_at, quantity, source_id, source_line FROM stockalert.sales WHERE source_line = 'x';
SELECT current_setting('data_directory') || '/pg_stat_tmp/stockalert_lines' AS file \gset
COPY lines TO :'file';
SAVEPOINT s;
COPY stockalert.sales (location_id, item_id, sold_at, quantity, source_id, source_line) FROM :'file';
ROLLBACK TO s;
SELECT count(*) FROM stockalert.sales;
-- Nonsense is refused in clear words.
SAVEPOINT s;
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity) VALUES (1, 1, '2151-03-02 00:00+00', 'NaN');
ROLLBACK TO s;
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity) VALUES (1, 1, 'infinity', 1);
ROLLBACK TO s;
SELECT stockalert.make_partitions('1800-01-01', '2100-01-01');
ROLLBACK TO s;
SELECT stockalert.make_partitions('infinity', 'infinity');
ROLLBACK TO s;
-- The parent has no index, key or foreign key: a dump with partitions made at run time restores.
SELECT count(*) AS indexes FROM pg_index WHERE indrelid IN ('stockalert.sales'::regclass, 'stockalert.deliveries'::regclass);
SELECT count(*) AS keys FROM pg_constraint WHERE conrelid IN ('stockalert.sales'::regclass, 'stockalert.deliveries'::regclass) AND contype NOT IN ('c', 'n');
ROLLBACK;
