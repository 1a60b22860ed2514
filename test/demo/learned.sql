-- learned.sql: what a year of sales taught StockAlert itself, and what it would order.
-- Variable: evening.
\set QUIET on
\pset footer off
\pset border 1
\pset linestyle ascii
SET TIME ZONE 'Europe/London';
SET stockalert.as_of = :'evening';
\timing off
SELECT days_folded FROM stockalert.refresh_demand() \gset
\pset tuples_only on
\pset format unaligned
SELECT format('Learned from %s days of sales: velocity, reorder point and order-up-to of %s items (%s of them by level and week, %s sparse, %s young).',
	:days_folded, count(*), count(*) FILTER (WHERE d.method = 'esw'), count(*) FILTER (WHERE d.method = 'tsb'), count(*) FILTER (WHERE d.method = 'shrunk'))
FROM stockalert.demand AS d WHERE d.method IS NOT NULL;
\pset tuples_only off
\pset format aligned
\pset title 'The fastest of what runs low: StockAlert''s own view'
SELECT sku, left(item, 26) AS item, available::integer AS left, round(velocity::numeric, 1) AS "a day", last_28_days AS "last 28 days",
	round(days_left::numeric, 1) AS days, stockout_date AS "runs out", reorder_point::integer AS "reorder at", order_up_to::integer AS "up to"
FROM stockalert.demand WHERE available <= reorder_point AND velocity > 0 ORDER BY velocity DESC LIMIT 8;
\pset title
