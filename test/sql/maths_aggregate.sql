-- velocity() as an aggregate over a user's own table: grouped, filtered, in windows, in parallel, by partition.
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA maths_aggregate;
SET search_path = maths_aggregate, pg_catalog;
CREATE TABLE sold (sku text, sold_on date, quantity numeric) PARTITION BY HASH (sku);
CREATE TABLE sold_0 PARTITION OF sold FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sold_1 PARTITION OF sold FOR VALUES WITH (MODULUS 2, REMAINDER 1);
-- 20 items; item i sells every (i % 4 + 1) days from day i on, in two lines a day, with a return now and then.
INSERT INTO sold
SELECT 'sku-' || i, date '2026-01-01' + d, CASE WHEN (i + d) % 11 = 0 THEN -4 ELSE (i * d) % 7 + line END
  FROM generate_series(1, 20) AS i, generate_series(0, 89) AS d, generate_series(1, 2) AS line
 WHERE d >= i AND d % (i % 4 + 1) = 0;
INSERT INTO sold VALUES ('sku-1', '2026-04-05', 1000), ('sku-1', NULL, 1000), ('sku-1', '2026-03-01', NULL), ('never', '2026-03-20', -2);
ANALYZE sold;

-- The aggregate is the function over the array of days.
CREATE VIEW by_array AS
SELECT sku, stockalert.velocity(array_agg(net ORDER BY day), 28) AS velocity
  FROM (SELECT k.sku, day::date, coalesce((SELECT sum(quantity) FROM sold s WHERE s.sku = k.sku AND s.sold_on = day::date), 0)::float8 AS net
		  FROM (SELECT DISTINCT sku FROM sold) k, generate_series(timestamp '2026-01-01', '2026-03-30', '1 day') AS day) AS days
 GROUP BY sku;
CREATE VIEW by_aggregate AS
SELECT sku, stockalert.velocity(quantity, sold_on, '2026-03-30', 28) AS velocity FROM sold GROUP BY sku;
SELECT count(*) AS items, count(*) FILTER (WHERE abs(a.velocity - b.velocity) <= 1e-12 * b.velocity) AS equal,
	min(b.velocity) AS least, max(b.velocity) AS most
  FROM by_aggregate a JOIN by_array b USING (sku);

-- In parallel, by partition and sorted: the same.
CREATE TABLE plain AS SELECT * FROM by_aggregate;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SET enable_partitionwise_aggregate = on;
CREATE FUNCTION uses(query text, node text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ node THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;
SELECT uses('SELECT stockalert.velocity(quantity, sold_on, ''2026-03-30'', 28) FROM sold', 'Partial Aggregate') AS combines,
	uses('SELECT stockalert.velocity(quantity, sold_on, ''2026-03-30'', 28) FROM sold', 'Gather') AS parallel;
SELECT count(*) AS differ FROM by_aggregate a FULL JOIN plain p USING (sku) WHERE a.velocity IS DISTINCT FROM p.velocity;
SELECT round(stockalert.velocity(quantity, sold_on, '2026-03-30', 28)::numeric, 6) AS parallel FROM sold;
SET max_parallel_workers_per_gather = 0;
SELECT round(stockalert.velocity(quantity, sold_on, '2026-03-30', 28)::numeric, 6) AS serial FROM sold;
SET enable_hashagg = off;
SELECT count(*) AS differ FROM by_aggregate a FULL JOIN plain p USING (sku) WHERE a.velocity IS DISTINCT FROM p.velocity;

-- No row, nothing but a return.
SELECT stockalert.velocity(quantity, sold_on, '2026-03-30', 28) AS none FROM sold WHERE false;
SELECT stockalert.velocity(quantity, sold_on, '2026-03-30', 28) AS never FROM sold WHERE sku = 'never';
-- As a window function the state goes on after each answer.
SELECT day, stockalert.velocity(units, day, '2026-01-03', 3) OVER (ORDER BY day) AS so_far
  FROM (VALUES (date '2026-01-01', 3), ('2026-01-02', -9), ('2026-01-03', 6)) AS v (day, units);
-- A return lowers its own day only, FILTER leaves it out; the first sale begins the count.
SELECT stockalert.velocity(units, day, '2026-01-10', 28) AS "4.5",
	stockalert.velocity(units, day, '2026-01-10', 28) FILTER (WHERE units > 0) AS "5.5"
  FROM (VALUES (date '2026-01-09', 3), ('2026-01-10', 8), ('2026-01-10', -2), ('2026-01-01', -5)) AS v (day, units);

-- Refused: arguments that differ within a group, and states nobody made.
SELECT stockalert.velocity(quantity, sold_on, sold_on, 28) FROM sold;
SELECT stockalert.velocity(quantity, sold_on, '2026-03-30', extract(day FROM sold_on)::integer) FROM sold;
SELECT stockalert.velocity(quantity, sold_on, '2026-03-30', 4000) FROM sold;
SELECT stockalert.velocity('NaN', sold_on, '2026-03-30', 28) FROM sold;
SELECT stockalert.velocity(1, 'infinity', '2026-03-30', 28) FROM sold;
SELECT stockalert.velocity_final('{1,2,3}');
SELECT stockalert.velocity_final('{1,1e9,0,5}');
SELECT stockalert.velocity_final('{0,2,NaN,5,6}');
SELECT stockalert.velocity_accum('{0,2,NULL,5,6}', 1, '2000-01-01', '2000-01-01', 2);
SELECT stockalert.velocity_combine('{0,2,0,5,6}', '{0,3,0,5,6,7}');
SELECT stockalert.velocity_combine('{0,2,0,5,6}', '{0,2,-1,1,1}') AS added, stockalert.velocity_final('{0,2,-1,6,7}') AS "6.5";
DROP SCHEMA maths_aggregate CASCADE;
