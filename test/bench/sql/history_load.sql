-- history_load.sql: demand_days of the :pairs pairs of daily_sales; prints daily rows and CPU milliseconds.
SET work_mem = '1GB';
SET synchronous_commit = off;
CREATE INDEX ON daily_sales USING brin (loc);
SELECT cpu() AS t \gset
-- By location: a million states at once would not fit into memory.
SELECT format('INSERT INTO stockalert.demand_days SELECT loc, item, stockalert.history_agg(day, qty) FROM daily_sales WHERE loc = %s GROUP BY loc, item ORDER BY loc, item', g)
	FROM generate_series(1, :pairs / least(:pairs, 10000)) AS g \gexec
SELECT cpu() - :t AS ms \gset
VACUUM ANALYZE stockalert.demand_days;
SELECT count(*) AS rows, round(:ms::numeric, 1) FROM daily_sales;
