-- Velocity with linear and exponential weights and exposure, moments and the week's profile over a user's own table:
-- grouped, filtered, in windows, DISTINCT, in parallel, by partition; and what they refuse.
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA velocity_aggregates;
SET search_path = velocity_aggregates, pg_catalog;
-- 40 items; item i sells from day i on, in two lines a day on some days, with a return now and then, and rows that do not count.
CREATE TABLE sold (sku text, sold_on date, quantity numeric, in_stock float8) PARTITION BY HASH (sku);
CREATE TABLE sold_0 PARTITION OF sold FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sold_1 PARTITION OF sold FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sold
SELECT 'sku-' || i, date '1999-11-15' + d, CASE WHEN (i + d) % 11 = 0 THEN -4 ELSE (i * d) % 7 + line END, ((i + d) % 4) / 3.0
  FROM generate_series(1, 40) AS i, generate_series(0, 89) AS d, generate_series(1, 2) AS line WHERE d >= i AND d % (i % 4 + 1) = 0;
INSERT INTO sold VALUES ('sku-1', NULL, 1000, NULL), ('sku-1', '2000-01-01', NULL, 1), ('never', '2000-01-20', -2, 1);
ANALYZE sold;
-- One row a day, also of days without sales, since the first sale.
CREATE TABLE daily AS
SELECT sku, day::date, greatest(coalesce((SELECT sum(quantity) FROM sold AS s WHERE s.sku = k.sku AND s.sold_on = day::date), 0), 0)::float8 AS units
  FROM (SELECT sku, min(sold_on) FILTER (WHERE quantity > 0) AS first FROM sold GROUP BY sku) AS k, generate_series(first::timestamp, '2000-02-12', '1 day') AS day;

-- Each agrees with the function over the array of days, or with plain SQL.
CREATE VIEW by_aggregate AS
SELECT sku, stockalert.velocity_linear(quantity, sold_on, '2000-02-12', 28) AS linear, stockalert.velocity_exposed(quantity, in_stock) AS exposed,
	stockalert.moments(quantity) AS moments, stockalert.weekday_profile(quantity, sold_on) AS profile,
	stockalert.velocity_decay(stockalert.velocity_ewma(quantity, sold_on, 0.1 ORDER BY sold_on), 0.1, '2000-02-12' - max(sold_on)) AS ewma
  FROM sold GROUP BY sku;
CREATE VIEW by_array AS
SELECT sku, stockalert.velocity_linear(array_agg(units ORDER BY day), 28) AS linear, stockalert.velocity_ewma(array_agg(units ORDER BY day), 0.1) AS ewma FROM daily GROUP BY sku;
CREATE VIEW by_sql AS
SELECT sku, sum(greatest(quantity, 0)) FILTER (WHERE in_stock > 0) / sum(in_stock) FILTER (WHERE quantity IS NOT NULL) AS exposed,
	count(quantity) AS n, avg(quantity) AS mean, stddev(quantity) AS sd FROM sold GROUP BY sku;
CREATE VIEW compared AS
SELECT count(*) AS items, count(*) FILTER (WHERE abs(g.linear - a.linear) <= 1e-12 * a.linear) AS linear, count(*) FILTER (WHERE abs(g.ewma - a.ewma) <= 1e-12 * a.ewma) AS ewma,
	count(*) FILTER (WHERE abs(g.exposed - s.exposed) <= 1e-12 * s.exposed) AS exposed, count(*) FILTER (WHERE g.moments[1] = s.n AND abs(g.moments[2] - s.mean) <= 1e-12 * abs(s.mean)) AS mean,
	count(*) FILTER (WHERE abs(stockalert.moments_sd(g.moments) - s.sd) <= 1e-12 * s.sd) AS sd
  FROM by_aggregate AS g JOIN by_array AS a USING (sku) JOIN by_sql AS s USING (sku);
SELECT * FROM compared;
SELECT sku, linear, ewma, exposed, moments, profile FROM by_aggregate WHERE sku = 'never';
-- Half-life: alpha from ewma_alpha().
SELECT round(stockalert.velocity_ewma(units, day, stockalert.ewma_alpha(7) ORDER BY day)::numeric, 9) AS half_life,
	round(stockalert.velocity_ewma(array_agg(units ORDER BY day), stockalert.ewma_alpha(7))::numeric, 9) AS array FROM daily WHERE sku = 'sku-1';

-- In parallel, by partition, sorted: the same.
CREATE TABLE serial AS SELECT * FROM by_aggregate;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
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
CREATE TABLE many AS SELECT i % 97 / 10.0 AS units, date '2000-01-01' + i % 365 AS day, i % 5 / 4.0 AS in_stock FROM generate_series(1, 100000) AS i;
ANALYZE many;
CREATE VIEW of_many AS SELECT stockalert.velocity_linear(units, day, '2000-12-31', 56) AS linear, stockalert.velocity_exposed(units, in_stock) AS exposed, stockalert.moments(units) AS moments,
	stockalert.weekday_profile(units, day) AS profile FROM many;
SELECT uses('SELECT * FROM of_many', 'Partial Aggregate') AS combines, uses('SELECT * FROM of_many', 'Gather') AS parallel;
CREATE TEMPORARY TABLE parallel AS SELECT linear, exposed, moments, profile FROM of_many;
SELECT round(linear::numeric, 9) AS linear, round(exposed::numeric, 9) AS exposed, moments[1] AS n, round(moments[2]::numeric, 9) AS mean, round(stockalert.moments_sd(moments)::numeric, 9) AS sd,
	(SELECT array_agg(round(p::numeric, 9)) FROM unnest(profile) AS p) AS profile FROM of_many \gx
SET max_parallel_workers_per_gather = 0;
SELECT abs(s.linear - p.linear) < 1e-12 AS linear, abs(s.exposed - p.exposed) < 1e-12 AS exposed, s.moments[1] = p.moments[1] AND abs(s.moments[2] - p.moments[2]) < 1e-12
	AND abs(s.moments[3] / p.moments[3] - 1) < 1e-12 AS moments, (SELECT max(abs(a - b)) < 1e-12 FROM ROWS FROM (unnest(s.profile), unnest(p.profile)) AS u (a, b)) AS profile FROM of_many AS s, parallel AS p;
SELECT (SELECT round(stddev(units), 12) FROM many) = round(stockalert.moments_sd(moments)::numeric, 12) AS sd FROM parallel;
-- The ordered one is never split.
SET max_parallel_workers_per_gather = 2;
SELECT uses('SELECT stockalert.velocity_ewma(units, day, 0.1 ORDER BY day) FROM many', 'Partial') AS ordered, uses('SELECT stockalert.velocity_ewma(units, day, 0.1) FROM many', 'Partial') AS unordered;
SET enable_partitionwise_aggregate = on;
SELECT uses('SELECT sku, stockalert.velocity_linear(quantity, sold_on, ''2000-02-12'', 28), stockalert.moments(quantity) FROM sold GROUP BY sku', 'Group Key: sold_1.sku') AS by_partition;
SELECT count(*) AS items, count(*) FILTER (WHERE abs(a.linear - s.linear) < 1e-9 AND abs(a.ewma - s.ewma) < 1e-9 AND abs(a.exposed - s.exposed) < 1e-9 AND a.profile = s.profile
	AND abs(a.moments[3] - s.moments[3]) < 1e-9) AS same FROM by_aggregate AS a JOIN serial AS s USING (sku);
RESET ALL;
SET extra_float_digits = 0;
SET client_min_messages = warning;
SET search_path = velocity_aggregates, pg_catalog;
SET enable_hashagg = off;
SELECT * FROM compared;
RESET enable_hashagg;

-- FILTER, DISTINCT and window frames.
CREATE TABLE few (day date, units float8);
INSERT INTO few VALUES ('2026-03-02', 3), ('2026-03-03', 5), ('2026-03-03', 5), ('2026-03-05', -1), ('2026-03-06', 2);
SELECT stockalert.moments(units) AS all, stockalert.moments(DISTINCT units) AS distinct, stockalert.moments(units) FILTER (WHERE units > 0) AS filtered,
	stockalert.velocity_linear(units, day, '2026-03-06', 28) AS "33 / 15", stockalert.velocity_linear(units, day, '2026-03-06', 28) FILTER (WHERE day > '2026-03-04') AS "2",
	stockalert.velocity_exposed(units, 0.5) AS "6", stockalert.velocity_exposed(DISTINCT units, 0.5) AS "5",
	stockalert.weekday_profile(units, day) FILTER (WHERE units > 0) AS filtered, stockalert.velocity_ewma(units, day, 0.5 ORDER BY day) FILTER (WHERE units > 0) AS ewma FROM few \gx
SELECT day, units, stockalert.moments(units) OVER w AS moments, stockalert.velocity_exposed(units, 1) OVER w AS exposed, stockalert.velocity_linear(units, day, '2026-03-06', 5) OVER w AS linear,
	round(stockalert.velocity_ewma(units, day, 0.5) OVER w::numeric, 6) AS ewma
  FROM few WINDOW w AS (ORDER BY day ROWS 1 PRECEDING) ORDER BY day, units;
SELECT day, stockalert.moments(units) OVER (ORDER BY day) AS so_far, stockalert.velocity_ewma(units, day, 0.5) OVER (ORDER BY day) AS ewma,
	stockalert.weekday_profile(units, day) OVER (ORDER BY day) AS profile FROM few ORDER BY day;

-- Edges: no row, NULLs, zeros, one row, gaps, huge numbers, dates before 2000 and after 2100.
SELECT stockalert.velocity_linear(units, day, '2026-03-06', 28) AS linear, stockalert.velocity_ewma(units, day, 0.5 ORDER BY day) AS ewma, stockalert.velocity_exposed(units, 1) AS exposed,
	stockalert.moments(units) AS moments, stockalert.moments_sd(stockalert.moments(units)) AS sd, stockalert.weekday_profile(units, day) AS profile FROM few WHERE false;
SELECT stockalert.velocity_linear(units, day, '2026-03-06', 28) AS linear, stockalert.velocity_ewma(units, day, 0.5 ORDER BY day) AS ewma, stockalert.velocity_exposed(units, 1) AS exposed,
	stockalert.moments(units) AS moments, stockalert.weekday_profile(units, day) AS profile FROM (SELECT NULL::float8 AS units, day FROM few UNION ALL SELECT 1, NULL) AS f;
SELECT stockalert.velocity_linear(0, day, '2026-03-06', 28) AS linear, stockalert.velocity_ewma(0, day, 0.5 ORDER BY day) AS ewma, stockalert.velocity_exposed(units, 0) AS exposed,
	stockalert.moments(0) AS moments, stockalert.weekday_profile(0, day) AS profile FROM few;
SELECT stockalert.moments(5) AS moments, stockalert.moments_sd(stockalert.moments(5)) AS sd, stockalert.velocity_ewma(5, '2026-03-06', 0.5) AS ewma, stockalert.weekday_profile(5, '2026-03-06') AS profile;
SELECT stockalert.velocity_ewma(units, day, alpha ORDER BY day) AS ewma, alpha FROM (VALUES (date '1899-12-31', 3.0), ('1900-01-01', 5), ('2150-06-01', 1)) AS v (day, units),
	(VALUES (0), (1), (0.5), (1e-4)) AS a (alpha) GROUP BY alpha ORDER BY alpha;
SELECT stockalert.weekday_profile(units, day) FROM (VALUES (date '1899-12-31', 3.0), ('2150-06-01', 1)) AS v (day, units);
SELECT stockalert.weekday_profile(1, day::date) AS flat FROM generate_series(timestamp '2099-12-28', '2100-03-07', '1 day') AS day;
SELECT stockalert.moments(units) FROM (VALUES (float8 '1e308'), ('-1e308')) AS v (units);
SELECT stockalert.moments(units) AS shifted FROM (VALUES (1e9 + 4), (1e9 + 7), (1e9 + 13), (1e9 + 16)) AS v (units);
SELECT stockalert.velocity_exposed(units, 1) FROM (VALUES (float8 '1e308'), ('1e308')) AS v (units);
SELECT stockalert.velocity_ewma(units, day, 0.5) FROM (SELECT * FROM few ORDER BY day DESC) AS f;
SELECT stockalert.velocity_ewma(units, day, units / 10 ORDER BY day) FROM few WHERE units > 0;
SELECT stockalert.velocity_ewma(units, day, 1.5 ORDER BY day) FROM few;
SELECT stockalert.velocity_ewma(units, 'infinity', 0.5) FROM few;
SELECT stockalert.velocity_ewma('NaN', day, 0.5 ORDER BY day) FROM few;
SELECT stockalert.velocity_linear('Infinity', day, '2026-03-06', 28) FROM few;
SELECT stockalert.velocity_exposed(units, -1) FROM few;
SELECT stockalert.velocity_exposed(units, 'Infinity') FROM few;
SELECT stockalert.velocity_exposed('NaN', 1) FROM few;
SELECT stockalert.moments('NaN') FROM few;
SELECT stockalert.weekday_profile(units, '-infinity') FROM few;
SELECT stockalert.weekday_profile('-Infinity', day) FROM few;

-- States are plain arrays, which may be kept and added; those that nobody made are refused.
SELECT stockalert.moments_combine('{2,3,2}', '{1,6,0}') AS "{3,4,8}", stockalert.moments_combine('{0,0,0}', '{0,0,0}') AS none, stockalert.exposure_final(stockalert.exposure_combine('{1,2}', '{3,2}')) AS "1",
	stockalert.weekday_final(stockalert.weekday_combine('{2,8,1,1,1,1,1,1,1}', '{9,15,0,0,0,0,0,0,7}')) AS profile \gx
CREATE FUNCTION refused(aggregate text, state float8[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE CASE aggregate WHEN 'moments' THEN 'SELECT stockalert.moments_combine($1, stockalert.moments_accum($1, 1))'
		WHEN 'exposure' THEN 'SELECT stockalert.exposure_final(stockalert.exposure_combine(stockalert.exposure_accum($1, 1, 1), $1))'
		WHEN 'weekday' THEN 'SELECT stockalert.weekday_final(stockalert.weekday_combine(stockalert.weekday_accum($1, 1, ''2000-01-01''), $1))'
		WHEN 'ewma' THEN 'SELECT stockalert.ewma_final(stockalert.ewma_accum($1, 1, ''2000-01-01'', 0.5))'
		ELSE 'SELECT stockalert.velocity_linear_final($1)' END INTO answer USING state;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT aggregate, state, refused(aggregate, state::float8[]) FROM (VALUES
	('moments', '{}'), ('moments', '{1,2}'), ('moments', '{1,2,3,4}'), ('moments', '{1,NULL,3}'), ('moments', '{{1,2,3}}'), ('moments', '{-1,2,3}'), ('moments', '{NaN,2,3}'),
	('moments', '{1,Infinity,3}'), ('moments', '{1,2,-1}'), ('moments', '{1,2,NaN}'), ('moments', '{1,2,0}'),
	('exposure', '{}'), ('exposure', '{1}'), ('exposure', '{-1,1}'), ('exposure', '{1,NaN}'), ('exposure', '{1,-1}'), ('exposure', '{1,1}'),
	('weekday', '{}'), ('weekday', '{0,1,2,3,4,5,6,7}'), ('weekday', '{0,NaN,1,1,1,1,1,1,1}'), ('weekday', '{0.5,1,1,1,1,1,1,1,1}'), ('weekday', '{5,1,1,1,1,1,1,1,1}'),
	('weekday', '{0,1e300,1,1,1,1,1,1,1}'), ('weekday', '{0,1,NaN,1,1,1,1,1,1}'), ('weekday', '{0,6,1,1,1,1,1,1,1}'),
	('ewma', '{}'), ('ewma', '{0.5,0,1,2,3,4}'), ('ewma', '{2,0,1,2,3,4,1}'), ('ewma', '{0.5,NaN,1,2,3,4,1}'), ('ewma', '{0.5,0,1,-2,3,4,1}'), ('ewma', '{0.5,0,1,2,3,4,Infinity}'),
	('ewma', '{0.5,0,1,2,3,4,1}'), ('linear', '{1,2,3}'), ('linear', '{0,2,NaN,5,6}'), ('linear', '{0,2,-1,6,9}')) AS v (aggregate, state);
DROP SCHEMA velocity_aggregates CASCADE;
