-- history_size.sql: prints bytes of a row of 90 and of 400 days with header and line pointer, and of the histories alone.
SELECT setseed(0.42) \g /dev/null
CREATE TABLE sized (LIKE stockalert.demand_days);
INSERT INTO sized SELECT 1, pair, stockalert.history_agg(date '2025-09-27' + day, CASE WHEN random() < 0.33 THEN 1 + floor(-ln(1 - random()) * 1.5) ELSE 0 END)
	FROM generate_series(1, 20000) AS pair, generate_series(0, 399) AS day GROUP BY pair;
SELECT round((SELECT avg(pg_column_size(d) + 4) FROM stockalert.demand_days AS d), 1), round((SELECT avg(pg_column_size(s) + 4) FROM sized AS s), 1),
	round((SELECT avg(pg_column_size(history)) FROM stockalert.demand_days), 1), round((SELECT avg(pg_column_size(history)) FROM sized), 1);
