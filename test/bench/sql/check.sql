-- check.sql: one round; prints CPU milliseconds of the check, of the daily rows, of the raw sales.
SET work_mem = '1GB';
SELECT cpu() AS t \gset
SELECT items_checked, alerts_opened + alerts_worsened + alerts_resolved AS changed FROM stockalert.check_stock() \gset
SELECT cpu() - :t AS check_ms, cpu() AS t \gset
SELECT count(*) FILTER (WHERE s.on_hand - s.reserved < 7 * v.a_day), sum((s.on_hand - s.reserved)::float8 / nullif(v.a_day, 0))
	FROM stockalert.stock_levels AS s LEFT JOIN (SELECT loc, item, sum(qty)::float8 / 30 AS a_day FROM daily_sales
		WHERE day >= '2026-10-02' GROUP BY loc, item) AS v ON v.loc = s.location_id AND v.item = s.item_id \g /dev/null
SELECT cpu() - :t AS daily_ms, cpu() AS t \gset
SELECT count(*) FILTER (WHERE s.on_hand - s.reserved < 7 * v.a_day), sum((s.on_hand - s.reserved)::float8 / nullif(v.a_day, 0))
	FROM stockalert.stock_levels AS s LEFT JOIN (SELECT loc, item, sum(qty)::float8 / 30 AS a_day FROM raw_sales
		WHERE ts >= '2026-10-02 00:00+00' GROUP BY loc, item) AS v ON v.loc = s.location_id AND v.item = s.item_id \g /dev/null
SELECT cpu() - :t AS raw_ms \gset
SELECT 1 / (:changed = 0)::integer AS nothing_written \g /dev/null
SELECT round(:check_ms::numeric, 1), round(:daily_ms::numeric, 1), round(:raw_ms::numeric, 1);
