-- sales.sql: what a shop without StockAlert would ask: raw sales in time order, and one row a pair and day.
SET synchronous_commit = off;
CREATE UNLOGGED TABLE raw_sales (id bigint GENERATED ALWAYS AS IDENTITY, loc integer NOT NULL, item integer NOT NULL, ts timestamptz NOT NULL, qty real NOT NULL);
SELECT setseed(0.42) \g /dev/null
INSERT INTO raw_sales (loc, item, ts, qty)
	SELECT 1 + p % (:pairs / least(:pairs, 10000)), 1 + p / (:pairs / least(:pairs, 10000)),
		timestamptz '2026-11-01 00:00+00' - interval '1 day' * (90 * (1 - g / n)), 1 + floor(-ln(1 - random()) * 1.5)
	FROM (SELECT g, (:pairs * 90 * 0.4)::float8 AS n, floor(:pairs * power(random(), 2))::integer AS p
		FROM generate_series(1, (:pairs * 90 * 0.4)::bigint) AS g) AS x;
CREATE UNLOGGED TABLE daily_sales AS
	SELECT loc, item, (ts - interval '1 microsecond')::date AS day, sum(qty)::real AS qty, count(*)::integer AS lines FROM raw_sales GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
CREATE INDEX ON raw_sales USING brin (ts);
VACUUM ANALYZE raw_sales;
VACUUM ANALYZE daily_sales;
