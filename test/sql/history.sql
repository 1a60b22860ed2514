-- The type demand_history: text, binary, equality, its functions and the aggregate that makes it.
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA history;
SET search_path = history, stockalert, pg_catalog;

-- Text is exact and has one form.
SELECT h::demand_history FROM (VALUES ('{}'), (' { } '), ('{2026-03-01: 3 0 2.5 0*14 -1 1@0.25 0@1*3}'),
	('{2026-03-01:1 1 1 1 2 2 0.50@0.50 -0 0@0}'), ('{1970-01-01: 0.00001 -10000000000 10000000000}'),
	('{2199-12-31: 9999999999.99999@0.01}'), ('{1999-12-31: 1 2 3}'), ('{2096-02-28: 0*3999 1}'), ('{2100-02-28: 1 2 3}')) AS v (h);
-- Malformed text is refused with its place, and never more than that.
CREATE FUNCTION refusal(history text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place text;
BEGIN
	PERFORM history::stockalert.demand_history;
	RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS place = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || place;
END
$$;
SELECT h AS text, refusal(h) FROM (VALUES (''), ('{'), ('}'), ('{}}'), ('{2026-03-01}'), ('{2026-03-01:}'), ('{2026-03-01: 1'), ('{2026-03-01: 1,2}'),
	('{2026-03-01: x}'), ('{2026-03-01: NaN}'), ('{2026-03-01: Infinity}'), ('{2026-03-01: -inf}'), ('{2026-03-01: 1e5}'), ('{2026-03-01: 0.000001}'),
	('{2026-03-01: 10000000001}'), ('{2026-03-01: 1@1.01}'), ('{2026-03-01: 1@0.005}'), ('{2026-03-01: 1@NaN}'), ('{2026-03-01: 1*0}'),
	('{2026-03-01: 1*4001}'), ('{2026-03-01: 1*2 0*3999}'), ('{2026-02-29: 1}'), ('{2026-13-01: 1}'), ('{26-03-01: 1}'), ('{1969-12-31: 1}'),
	('{2200-01-01: 1}'), ('{2199-12-31: 1 1}'), ('{infinity: 1}'), ('{2026-03-01: 1 2026-03-02: 1}'), (repeat('9', 5000)),
	('{2026-03-01: ' || repeat('9', 5000) || '}')) AS v (h) WHERE length(h) < 100 OR refusal(h) !~ '^22P02 ';
SELECT '{2026-03-01: 1 2 3 4.5.6}'::demand_history;

-- Binary: what is sent is received; the first byte is the format.  Bytes that nobody sent are refused.
CREATE TABLE kept (number integer, history demand_history);
INSERT INTO kept VALUES (1, '{}'), (2, '{2026-03-01: 3 0 2.5 0*14 -1 1@0.25 0@1*3}'), (3, NULL), (4, '{1970-01-01: 16 0*7 17 0*8 1 2.535 0.00001 0*65}');
SELECT number, history_send(history), pg_column_size(history) FROM kept ORDER BY number;
CREATE FUNCTION receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := pg_catalog.current_setting('data_directory') || '/history.bin';
	content bytea := '\x5047434f50590aff0d0a000000000000000000' || '\x0001'::bytea || pg_catalog.int4send(pg_catalog.length(bytes)) || bytes || '\xffff'::bytea;
	large oid := pg_catalog.lo_from_bytea(0, content);
	answer text;
BEGIN
	CREATE TEMPORARY TABLE IF NOT EXISTS received (history stockalert.demand_history);
	DELETE FROM received;
	PERFORM pg_catalog.lo_export(large, file), pg_catalog.lo_unlink(large);
	EXECUTE pg_catalog.format('COPY received FROM %L (FORMAT binary)', file);
	SELECT history::text INTO answer FROM received;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || answer;
END
$$;
SELECT number, receive(history_send(history)) = history::text AS same FROM kept WHERE history IS NOT NULL ORDER BY number;
SELECT bytes, receive(bytes) FROM (VALUES ('\x'::bytea), ('\x01'), ('\x0000000000'), ('\x0200000000'), ('\x0100000200'), ('\x010000020080'),
	('\x010000020081'), ('\x010000040080'), ('\x01000002008080'), ('\x0101000000'), ('\x01ffffffff80'), ('\x0100000200f0'), ('\x0100000200e0'),
	('\x0100000200e0ffffffffffffffffffff'), ('\x0100000200e003'), ('\x0100000200e10565'), ('\x01000002004f'),
	('\x0100000400e100')) AS v (bytes);
-- Every byte of a value replaced by others: refused or another history, never a crash.
SELECT count(*) AS tried, count(*) FILTER (WHERE answer LIKE '{%') > 0 AS some_read, count(*) FILTER (WHERE answer LIKE '22P03 %') > 0 AS some_refused,
	count(*) FILTER (WHERE answer NOT LIKE '{%' AND answer NOT LIKE '22P03 %') AS neither
  FROM (SELECT receive(set_byte(history_send(history), place, value)) AS answer
		  FROM kept, generate_series(0, 21) AS place, generate_series(0, 255, 15) AS value WHERE number = 4 AND place < length(history_send(history))) AS tries;

-- No row: a program that does not read would end the COPY.
COPY (SELECT WHERE false) TO PROGRAM 'rm -f history.bin';

-- Equality, hashing, and values too long for a row.
SELECT a.number, b.number, a.history OPERATOR(stockalert.=) b.history AS same, a.history <> b.history AS other
  FROM kept a, kept b WHERE a.number <= b.number AND a.number IN (1, 2) ORDER BY 1, 2;
SELECT '{2026-03-01: 1 0}'::demand_history = '{2026-03-01: 1}'::demand_history AS a_day_of_0_is_a_day,
	history_hash('{2026-03-01: 1 0*2}') = history_hash('{2026-03-01: 1 0 0@0}') AS hash, history_hash('{}', 1) <> history_hash('{}', 2) AS seeded;
INSERT INTO kept SELECT number + 10, history FROM kept;
SELECT history, count(*) FROM kept GROUP BY history ORDER BY history::text;
SELECT count(*) FROM kept a JOIN kept b USING (history);
INSERT INTO kept SELECT 100, history_agg(date '2020-01-01' + d, (d * 7919 % 100003) / 7.0) FROM generate_series(0, 3999) AS d;
SELECT pg_column_size(history) > 8000 AS long, md5(history::text) = md5(history::text::demand_history::text) AS same,
	round(history_sum(history, '-infinity', 'infinity')) AS sum FROM kept WHERE number = 100;

-- Days set, appended, patched, cut.
\set h '\'{2026-03-01: 3 0 2.5 0*14 -1 1@0.25 0@1*3}\''
SELECT history_set(:h, '2026-03-02', 7) AS within, history_set(:h, '2026-02-27', 7, 0.5) AS before, history_set(:h, '2026-03-25', 0.000005) AS after,
	history_set('{}', '2026-03-02', -1, 1) AS first, history_set(:h, '2026-03-02', NULL) AS null \gx
SELECT history_append(:h, '2026-03-23', 1, 0.999) AS next, history_append('{2015-03-01: 9 8}', '2026-02-10', 1) AS oldest_go,
	history_append('{2015-03-01: 9 8}', '2199-12-31', 1) AS all_go \gx
SELECT history_patch(:h, '{2026-03-20: 5 6 7*5}') AS end, history_patch(:h, '{2026-03-02: 9}') AS middle, history_patch(:h, '{2026-02-25: 1}') AS gap,
	history_patch(:h, '{}') AS nothing, history_patch('{}', :h) AS all, history_patch('{}', '{}') AS empty,
	history_patch('{2026-03-01: 1}', '{2010-01-01: 5 6}') AS too_old \gx
SELECT history_slice(:h, '2026-03-03', '2026-03-18') AS middle, history_slice(:h, '-infinity', 'infinity') AS all, history_slice(:h, '2026-03-22', '2027-01-01') AS end,
	history_slice(:h, '2026-03-23', '2027-01-01') AS later, history_slice(:h, '2026-03-05', '2026-03-04') AS backwards, history_slice('{}', '-infinity', 'infinity') AS empty \gx
SELECT history_keep(:h, 5), history_keep(:h, 0) AS none, history_keep(:h, 22) = :h AS whole, history_keep(:h, 2147483647) = :h AS more;
SELECT history_first(:h), history_last(:h), history_first('{}') AS none, history_last('{}') AS none, history_last(NULL) AS null;
SELECT history_append(:h, '2026-03-22', 1);
SELECT history_append(:h, '2200-01-01', 1);
SELECT history_set(:h, '1969-12-31', 1);
SELECT history_set(:h, '2010-01-01', 1);
SELECT history_set(:h, 'infinity', 1);
SELECT history_set(:h, '2026-03-22', 'NaN');
SELECT history_set(:h, '2026-03-22', '-Infinity');
SELECT history_set(:h, '2026-03-22', 1.1e10);
SELECT history_set(:h, '2026-03-22', 1, -0.1);
SELECT history_set(:h, '2026-03-22', 1, 'NaN');
SELECT history_keep(:h, -1);

-- Read as rows, as an array, in sums.
SELECT * FROM history_days('{2026-02-27: 3 0@1 2.5@0.25 -1}');
SELECT count(*) AS none FROM history_days('{}');
SELECT day FROM history_days(:h) LIMIT 1;
SELECT history_units(:h) AS units, history_units(:h, '2026-02-27', '2026-03-03') AS before_is_null, history_units(:h, '2026-03-21', '2026-03-24') AS after_is_0,
	history_units(:h, '2026-03-02', '2026-03-01') AS backwards, history_units('{}') AS empty, history_units('{}', '2026-03-01', '2026-03-02') AS unknown \gx
SELECT history_units(:h, '-infinity', '2026-03-01');
SELECT history_units(:h, '2026-03-01', 'infinity');
SELECT history_units(:h, '2015-03-19', '2026-03-01');
SELECT history_sum(:h, '-infinity', 'infinity') AS "5.5", history_sum(:h, '2026-03-02', '2026-03-18') AS "1.5", history_sum(:h, '2026-04-01', 'infinity') AS "0",
	history_sum(:h, 'infinity', '-infinity') AS "0", history_sum('{}', '-infinity', 'infinity') AS "0",
	history_sum('{2026-01-01: 10000000000*4000}', '-infinity', 'infinity') AS "4e13";

-- Velocity: units over days in stock; a day wholly out of stock does not count, one before the history neither.
SELECT history_velocity(:h, '2026-03-22') AS "6.5 / 18.75", history_velocity(:h, '2026-03-22', 28, 'net') AS "5.5 / 18.75", history_velocity(:h, '2026-03-19', 3) AS "1 / 2.75",
	history_velocity(:h, '2026-03-22', 3) IS NULL AS never_in_stock, history_velocity(:h, '2026-03-26', 4) AS "0", history_velocity(:h, '2026-02-28', 28) AS before,
	history_velocity('{}', '2026-03-22') AS "0", history_velocity('{2026-03-01: 4@1 2}', '2026-03-02') AS "2", history_velocity(NULL, '2026-03-22') AS null \gx
SELECT history_velocity('{1999-12-30: 1*5}', '2000-01-03', 5) AS "1", history_velocity('{2100-02-26: 2*5}', '2100-03-02', 5) AS "2",
	history_velocity('{1970-01-01: 3}', '1970-01-02', 3660) AS "1.5", history_velocity('{2026-03-01: 1}', '5874897-12-31') AS "0";
SELECT history_velocity(:h, 'infinity');
SELECT history_velocity(:h, '2026-03-22', 0);
SELECT history_velocity(:h, '2026-03-22', 3661);
SELECT history_velocity(:h, '2026-03-22', 28, 'ignore');
-- The same as from arrays and rows: windows of every length, over histories with returns and days out of stock.
CREATE TABLE made AS
SELECT i, history_agg(date '2025-12-25' + d, CASE WHEN d % 17 = 0 THEN -2 WHEN d % (i % 5 + 1) = 0 THEN (i * d) % 23 / (i % 3 + 1.0) ELSE 0 END,
	CASE WHEN (d / 10 + i) % 7 = 0 THEN 1 WHEN d % 13 = 0 THEN 0.37 ELSE 0 END) AS history FROM generate_series(1, 50) AS i, generate_series(0, 99) AS d GROUP BY i;
SELECT count(*) AS windows, count(*) FILTER (WHERE velocity IS NULL) AS unknown,
	count(*) FILTER (WHERE velocity IS DISTINCT FROM expected AND abs(velocity - expected) > 1e-12 * abs(expected)) AS differ
  FROM (SELECT i, w, history_velocity(history, '2026-04-05', w) AS velocity,
			(SELECT sum(greatest(units, 0)) FILTER (WHERE out_of_stock < 1) / nullif(sum(1 - out_of_stock), 0) FROM (SELECT * FROM history_days(history)
				UNION ALL SELECT '2026-04-04', 0, 0 UNION ALL SELECT '2026-04-05', 0, 0) AS d WHERE day > date '2026-04-05' - w) AS expected
		  FROM made, generate_series(1, 110) AS w) AS v;
SELECT count(*) FILTER (WHERE history = (SELECT history_agg(day, units, out_of_stock ORDER BY random()) FROM history_days(history))) AS made_of_their_rows,
	count(*) FILTER (WHERE abs(velocity_ewma(history_units(history), 0.1) - velocity_ewma((SELECT array_agg(units ORDER BY day) FILTER (WHERE out_of_stock < 1)
		FROM history_days(history)), 0.1)) < 1e-12) AS as_arrays FROM made;

-- The aggregate: any order, equal days add up, the largest share counts, NULLs are left out.
SELECT history_agg(day, units, share) AS three, history_agg(day, units) AS two, history_agg(DISTINCT day, 1) AS days, history_agg(day, units) FILTER (WHERE units > 0) AS sold
  FROM (VALUES (date '2026-03-05', 1.5, 0), ('2026-03-01', 2, NULL), ('2026-03-05', -4, 0.5), (NULL, 3, 0), ('2026-03-03', NULL, 1), ('2026-02-01', 1, 1), ('2026-02-01', 1, 0.2)) AS v (day, units, share) \gx
SELECT history_agg(day, 1) AS none FROM (VALUES (date '2026-03-05')) AS v (day) WHERE false;
SELECT day, history_agg(day, 1) OVER (ORDER BY day ROWS 1 PRECEDING) AS two, history_agg(day, 1) OVER (ORDER BY day DESC) AS so_far
  FROM (VALUES (date '2026-03-01'), ('2026-03-02'), ('2026-03-04')) AS v (day) ORDER BY day;
-- More than 4000 days: the newest are kept, whatever the order.
SELECT history_agg(day, n) AS a, history_agg(day, n ORDER BY day) AS b, history_agg(day, n ORDER BY day DESC) AS c
  FROM (VALUES (date '2026-03-01', 1), ('1999-12-31', 2), ('2015-03-20', 3), ('2015-03-19', 4), ('2020-01-01', 5)) AS v (day, n) \gx
SELECT history_agg(day, 1) FROM (VALUES (date '1969-12-31')) AS v (day);
SELECT history_agg(day, 1) FROM (VALUES (date '2200-01-01')) AS v (day);
SELECT history_agg(day, 1) FROM (VALUES (date 'infinity')) AS v (day);
SELECT history_agg('2026-03-01', units) FROM (VALUES (float8 'NaN')) AS v (units);
SELECT history_agg('2026-03-01', units) FROM (VALUES (float8 '1e10'), (1)) AS v (units);
SELECT history_agg('2026-03-01', 1, share) FROM (VALUES (1.5)) AS v (share);
-- In parallel and by partition: the same, and the state is plain numbers.
CREATE TABLE sold (sku integer, sold_on date, quantity numeric) PARTITION BY HASH (sku);
CREATE TABLE sold_0 PARTITION OF sold FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sold_1 PARTITION OF sold FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sold SELECT i % 50, date '2026-03-01' - i * 7 % 200, (i % 30) / 10.0 FROM generate_series(1, 20000) AS i;
ANALYZE sold;
CREATE TABLE serial AS SELECT sku, history_agg(sold_on, quantity) AS history FROM sold GROUP BY sku;
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
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT uses('SELECT history_agg(sold_on, quantity) FROM sold', 'Partial Aggregate') AS combines, uses('SELECT history_agg(sold_on, quantity) FROM sold', 'Gather') AS parallel;
SELECT history_agg(sold_on, quantity) = (SELECT history_agg(day, sum) FROM (SELECT day, sum(units) FROM serial, history_days(history) GROUP BY day) AS d) AS same FROM sold;
SET enable_partitionwise_aggregate = on;
SELECT uses('SELECT sku, history_agg(sold_on, quantity) FROM sold GROUP BY sku', 'Group Key: sold_1.sku') AS by_partition;
SELECT count(*), count(*) FILTER (WHERE a.history = b.history) AS same FROM serial a JOIN (SELECT sku, history_agg(sold_on, quantity) AS history FROM sold GROUP BY sku) AS b USING (sku);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;
RESET enable_partitionwise_aggregate;
SELECT history_accum(NULL, '2000-01-03', 1.5) AS state;
SELECT history_final(history_combine(history_accum(NULL, '2000-01-03', 1.5), history_accum(NULL, '2000-01-01', 2, 0.25))) AS both,
	history_combine(NULL, NULL) AS neither, history_final(history_combine(NULL, '{0,1,0,0,100000,1}')) AS one, history_final(history_combine('{0,1,0,0,100000,1}', NULL)) AS other \gx
-- States that nobody made.
CREATE FUNCTION refused(state float8[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM stockalert.history_combine(stockalert.history_accum(state, '2000-01-02', 1), state);
	RETURN stockalert.history_final(state);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT state, refused(state) FROM (VALUES ('{}'::float8[]), ('{1}'), ('{0,1,0,0}'), ('{0,1,0,0,1}'), ('{0,1,0,0,1,NULL}'), ('{{0,1,0,0,1,1}}'), ('{0.5,1,0,0,1,1}'), ('{0,NaN,0,0,1,1}'),
	('{0,1,Infinity,0,1,1}'), ('{0,1,-1,0,1,1}'), ('{0,1,2,0,1,1}'), ('{1,0,0,0,1,1}'), ('{0,1,0,2,1,1}'), ('{0,1,0,1,1,1}'), ('{0,1,0,1,1,1,1}'), ('{0,1,0,1,1,1,1,1.5}'),
	('{0,1,0,0,1e300,1}'), ('{0,1,0,0,NaN,1}'), ('{0,1,-1e9,0,1,1}'), ('{0,1e9,0,0,1,1}'), ('{-10958,1,0,0,1,1}'), (array_fill(0, ARRAY[8005])), ('{0,1,1,0,100000,1}')) AS v (state)
 WHERE length(state::text) < 100 OR refused(state) !~ '^22023 ';
DROP SCHEMA history CASCADE;
