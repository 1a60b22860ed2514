-- report.sql: what a person wants to know on the evening of the last day.
-- Variable: last.
\set QUIET on
\pset footer off
\pset border 1
\pset linestyle ascii
SET TIME ZONE 'Europe/London';

\pset title 'Out, or running out within a week: the best sellers'
SELECT i.sku, left(i.name, 34) AS item, s.on_hand::integer AS left, round(p.velocity::numeric, 1) AS "a day",
	CASE WHEN s.on_hand <= 0 THEN 'out now' ELSE to_char(stockalert.stockout_date(:'last'::date + 1, s.on_hand::float8, p.velocity), 'DD Mon YYYY') END AS "runs out",
	coalesce(o.quantity::integer::text || ' on ' || to_char(o.due, 'DD Mon'), 'none ordered') AS "next delivery"
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i USING (item_id) JOIN shop.plan AS p USING (item_id) JOIN shop.supply AS u USING (item_id)
LEFT JOIN LATERAL (SELECT x.quantity, x.due FROM shop.orders AS x WHERE x.item_id = s.item_id AND x.received_at IS NULL ORDER BY x.due LIMIT 1) AS o ON true
WHERE s.class IN ('critical', 'out') AND p.velocity > 0 AND stockalert.stockout_date(:'last'::date + 1, s.on_hand::float8, p.velocity) < :'last'::date + 8
ORDER BY p.velocity * u.price DESC LIMIT 10;

\pset title 'What to order tonight, the largest amounts first'
SELECT i.sku, left(i.name, 30) AS item, g.on_hand::integer AS left, g.on_order::integer AS ordered, ceil(g.reorder_point)::integer AS "reorder at",
	g.quantity::integer AS quantity, CASE g.reason WHEN 'need' THEN 'need' WHEN 'pack' THEN format('pack of %s', g.pack) WHEN 'moq' THEN format('minimum %s', g.moq)
		ELSE g.reason END AS "decided by",
	round((g.quantity * g.price)::numeric) AS "GBP",
	to_char(greatest(coalesce(stockalert.stockout_date(:'last'::date + 1, (g.on_hand + g.on_order)::float8, g.velocity) - g.lead_days, :'last'), :'last'), 'DD Mon') AS "order by"
FROM shop.suggestions AS g JOIN stockalert.items AS i USING (item_id)
ORDER BY g.quantity * g.price DESC LIMIT 10;
\pset title
\pset tuples_only on
\pset format unaligned
SELECT format('%s suggestions in all, for %s GBP at sales prices.', count(*), to_char(sum(quantity * price), 'FM999,999,999')) FROM shop.suggestions;
