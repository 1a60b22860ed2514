-- Classes, overstock and dead stock as a user calls them: every edge of the definitions.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- ABC: the item that crosses belongs to the higher class; equal ones by key; in a window as in one call.
SELECT * FROM stockalert.abc_classes('{d,b,c,a}', '{5,10,80,5}');
WITH sold (key, value) AS (VALUES ('d', 5.0), ('b', 10), ('c', 80), ('a', 5))
SELECT key, stockalert.abc_class(coalesce(sum(value) OVER (ORDER BY value DESC, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) / sum(value) OVER ()) AS class
  FROM sold ORDER BY value DESC, key;
SELECT share, stockalert.abc_class(share) AS class, stockalert.abc_class(share, 0.5, 0.9) AS other_cuts FROM (VALUES (0.0), (0.7999999), (0.8), (0.95), (1), (-1), (2)) AS v (share);
SELECT * FROM stockalert.abc_classes('{a,b}', '{5,-5}');
SELECT * FROM stockalert.abc_classes('{a,b}', '{0,0}');
SELECT * FROM stockalert.abc_classes('{a,NULL,b,c}', '{9,-1,NULL,-1}');
SELECT count(*) AS none FROM stockalert.abc_classes('{}', '{}');
SELECT count(*) AS none FROM stockalert.abc_classes(NULL, '{}');
SELECT class, count(*) FROM stockalert.abc_classes(ARRAY(SELECT i::text FROM generate_series(1, 1000) AS i), ARRAY(SELECT 1000.0 / i FROM generate_series(1, 1000) AS i)) GROUP BY class ORDER BY class;

-- XYZ: deviation over mean at 1/2 and 1 exactly; returns that cancel sales have no class.
SELECT w, round(stockalert.coefficient_of_variation(w::float8[])::numeric, 9) AS cv, stockalert.xyz_class(w::float8[]) AS class, stockalert.xyz_class(w::float8[], 0.6, 2) AS other_cuts
  FROM unnest(ARRAY['{2,4,6}', '{2,4,6.01}', '{0,1,2}', '{0,0,3}', '{5}', '{}', '{0,0}', '{0,36,0,0,-35,0,1,-2}', '{3,-5}', '{4,NULL,4}']) AS w;

-- Kinds of demand: the first interval counts from the start, sizes with n - 1, a number at its cut is low.
SELECT h, round(stockalert.adi(h::float8[])::numeric, 9) AS adi, round(stockalert.cv2(h::float8[])::numeric, 9) AS cv2, stockalert.demand_class(h::float8[]) AS class,
	stockalert.demand_class(h::float8[], 3, 2.0 / 9) AS other_cuts
  FROM unnest(ARRAY['{1,1,1,1}', '{1,1,9,1}', '{0,0,4,0,-1,2,0,0}', '{0,1,0,9,0,1}', '{0,0,5}', '{0,0}', '{}', '{2,NULL,NULL,2}']) AS h;

-- Too much, and for how long; dead.
SELECT stockalert.overstock(100, 20, 70, 2, 30) AS above_level, stockalert.overstock(100, 20, 30, 2, 30) AS above_target, stockalert.overstock(50, 0, 30, 2, 30) AS not_yet,
	stockalert.overstock(-5, 10, 0, 0, 30) AS owed;
SELECT on_hand, stockalert.excess_days(on_hand, 2, 30) AS sells, stockalert.excess_days(on_hand, 0, 30) AS unsold FROM (VALUES (100), (10), (0), (-10)) AS v (on_hand);
SELECT round(stockalert.economic_stock_years(10, 4, 0.25, 20, 100, 500)::numeric, 9) AS years;
-- The years worth keeping are where selling off gains most: nothing near them gains more.
WITH v AS (SELECT 10.0::float8 AS p, 4.0::float8 AS s, 0.25::float8 AS f, 20.0::float8 AS c, 100.0::float8 AS q, 500.0::float8 AS d, 4000.0::float8 AS m),
gain AS (SELECT t, m * m * p * f / (2 * d) + (m - t * d) * s - t * t * d * p * f / 2 - (m / d - t) * (d * p + c * d / q + q * p * f / 2) AS gain
		   FROM v, generate_series(0, 8000) AS i, LATERAL (SELECT i / 1000.0::float8 AS t) AS years)
SELECT t AS best FROM gain ORDER BY gain DESC LIMIT 1;
SELECT on_hand, last_sale, listed_on, stockalert.is_dead_stock('2026-06-30', on_hand, last_sale, listed_on) AS dead, stockalert.is_dead_stock('2026-06-30', on_hand, last_sale, listed_on, 30) AS after_30
  FROM (VALUES (5, date '2026-04-01', date '2025-01-01'), (5, '2026-04-02', '2025-01-01'), (5, NULL, '2026-04-01'), (5, NULL, '2026-04-02'), (0, NULL, '2025-01-01'), (-2, NULL, '2025-01-01'),
	(5, '2026-07-15', '2025-01-01'), (5, '1999-12-31', '1999-01-01'), (5, '2026-01-01', NULL), (NULL, '2026-01-01', '2025-01-01')) AS v (on_hand, last_sale, listed_on);
SELECT days, stockalert.is_dead_stock_by_velocity(5, 0.1, days) AS dead, stockalert.is_dead_stock_by_velocity(0, 0.1, days) AS nothing_there,
	stockalert.is_dead_stock_by_velocity(5, 0, days) AS never_sold, stockalert.is_dead_stock_by_velocity(5, 0.1, days, 0.05) AS sooner
  FROM (VALUES (30), (46), (47)) AS v (days);

-- NULL in, NULL out.
SELECT stockalert.abc_class(NULL) IS NULL AND stockalert.xyz_class(NULL) IS NULL AND stockalert.coefficient_of_variation(NULL) IS NULL AND stockalert.adi(NULL) IS NULL AND
	stockalert.cv2(NULL) IS NULL AND stockalert.demand_class(NULL) IS NULL AND stockalert.overstock(1, NULL, 1, 1, 1) IS NULL AND stockalert.excess_days(1, NULL, 1) IS NULL AND
	stockalert.economic_stock_years(1, 1, 1, 1, 1, NULL) IS NULL AND stockalert.is_dead_stock(NULL, 1, NULL, '2026-01-01') IS NULL AND
	stockalert.is_dead_stock_by_velocity(1, NULL, 1) IS NULL AS all_null;

-- What the argument cannot be, by name.
CREATE FUNCTION pg_temp.refused(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	hint text;
BEGIN
	EXECUTE 'SELECT ' || call INTO answer;
	RETURN 'accepted: ' || coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN hint = '' THEN ', without a hint' ELSE '' END;
END
$$;
SELECT call, pg_temp.refused('stockalert.' || call) AS answer
  FROM unnest(ARRAY[
	'abc_class(''NaN'')', 'abc_class(0, -1)', 'abc_class(0, 0.9, 0.8)', 'abc_classes(''{a}'', ''{1,2}'')', 'abc_classes(''{a}'', ''{NaN}'')', 'abc_classes(''{{a}}'', ''{1}'')',
	'abc_classes(''{a}'', ''{{1}}'')', 'abc_classes(''{a}'', ''{1}'', b_cut => 0.5)', 'abc_classes(''{a,b}'', ''{1e308,1e308}'')', 'xyz_class(''{1,NaN}'')', 'xyz_class(''{1,2}'', -1)',
	'xyz_class(''{1,2}'', 2)', 'xyz_class(''{{1,2}}'')', 'coefficient_of_variation(''{Infinity,1}'')', 'adi(''{NaN}'')', 'cv2(''{-Infinity}'')', 'demand_class(''{1,1}'', -1)',
	'demand_class(''{1,1}'', 1, ''NaN'')', 'demand_class(''{Infinity}'')', 'overstock(''NaN'', 0, 0, 0, 0)', 'overstock(0, -1, 0, 0, 0)', 'overstock(0, 0, ''Infinity'', 0, 0)',
	'overstock(0, 0, 0, -1, 0)', 'overstock(0, 0, 0, 0, -1)', 'excess_days(''NaN'', 1, 1)', 'excess_days(1, -1, 1)', 'excess_days(1, 1, -1)', 'economic_stock_years(0, 1, 1, 1, 1, 1)',
	'economic_stock_years(1, ''NaN'', 1, 1, 1, 1)', 'economic_stock_years(1, 1, 0, 1, 1, 1)', 'economic_stock_years(1, 1, 1, -1, 1, 1)', 'economic_stock_years(1, 1, 1, 1, 0, 1)',
	'economic_stock_years(1, 1, 1, 1, 1, 0)', 'is_dead_stock(''infinity'', 1, NULL, ''2026-01-01'')', 'is_dead_stock(''2026-01-01'', ''NaN'', NULL, ''2026-01-01'')',
	'is_dead_stock(''2026-01-01'', 1, ''-infinity'', ''2026-01-01'')', 'is_dead_stock(''2026-01-01'', 1, NULL, ''infinity'')', 'is_dead_stock(''2026-01-01'', 1, NULL, ''2026-01-01'', 0)',
	'is_dead_stock_by_velocity(''NaN'', 1, 1)', 'is_dead_stock_by_velocity(1, -1, 1)', 'is_dead_stock_by_velocity(1, 1, -1)', 'is_dead_stock_by_velocity(1, 1, 1, 1)']) WITH ORDINALITY AS c (call, place)
 ORDER BY place;
