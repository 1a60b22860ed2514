-- history.sql: one round: how many pairs sell more than 2 a day?  Prints CPU milliseconds from histories over 30 and
-- over 90 days, from raw sales over 30; and of our moments and the server's stddev over daily rows.
SET work_mem = '1GB';
SELECT cpu() AS t \gset
SELECT count(*) FROM stockalert.demand_days WHERE stockalert.history_velocity(history, '2026-10-31', 30) > 2 \g /dev/null
SELECT cpu() - :t AS history_ms, cpu() AS t \gset
SELECT count(*) FROM stockalert.demand_days WHERE stockalert.history_velocity(history, '2026-10-31', 90) > 2 \g /dev/null
SELECT cpu() - :t AS whole_ms, cpu() AS t \gset
SELECT count(*) FROM (SELECT loc, item FROM raw_sales WHERE ts > '2026-10-02 00:00+00' GROUP BY loc, item HAVING sum(qty)::float8 / 30 > 2) AS v \g /dev/null
SELECT cpu() - :t AS raw_ms, cpu() AS t \gset
SELECT sum(stockalert.moments_sd(m)) FROM (SELECT stockalert.moments(qty::float8) AS m FROM daily_sales GROUP BY loc, item) AS v \g /dev/null
SELECT cpu() - :t AS own_ms, cpu() AS t \gset
SELECT sum(sd) FROM (SELECT stddev_samp(qty::float8) AS sd FROM daily_sales GROUP BY loc, item) AS v \g /dev/null
SELECT cpu() - :t AS built_in_ms \gset
SELECT 1 / (sum(stockalert.history_sum(history, '2026-10-02', 'infinity')) = (SELECT sum(qty::float8) FROM raw_sales WHERE ts > '2026-10-02 00:00+00'))::integer AS they_agree
	FROM stockalert.demand_days \g /dev/null
SELECT round(:history_ms::numeric, 1), round(:whole_ms::numeric, 1), round(:raw_ms::numeric, 1), round(:own_ms::numeric, 1), round(:built_in_ms::numeric, 1);
