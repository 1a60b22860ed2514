-- load.sql: the data set into the shop's own table by COPY, from there into
-- StockAlert: items with names and prices, month partitions, sales.  Run by the
-- role shop, but for the location and the partitions, which the buyer makes.
-- Variables: data (folder).
\set QUIET on
\set copy_lines '\\copy shop.order_lines (invoice_no, stock_code, quantity, invoice_ts, unit_price, customer_id, country) FROM PROGRAM ''gzip -dc ' :data '/online_retail.csv.gz'' CSV HEADER'
\set copy_names '\\copy shop.descriptions FROM PROGRAM ''gzip -dc ' :data '/online_retail_items.csv.gz'' CSV HEADER'
SELECT clock_timestamp() AS started \gset
:copy_lines
:copy_names
SELECT extract(epoch FROM clock_timestamp() - :'started'::timestamptz) AS copy_seconds \gset
ANALYZE shop.order_lines;

INSERT INTO stockalert.items (sku, name, price)
	SELECT l.stock_code, coalesce(upper(left(max(d.description), 1)) || lower(substr(max(d.description), 2)), l.stock_code), mode() WITHIN GROUP (ORDER BY l.unit_price) FILTER (WHERE l.unit_price > 0)
	FROM shop.order_lines AS l LEFT JOIN shop.descriptions AS d USING (stock_code) GROUP BY l.stock_code ORDER BY l.stock_code;

\c - buyer
\set QUIET on
SELECT done FROM stockalert.add_location('shop', 'Online shop', 'Europe/London', 'GBP') \g /dev/null
SELECT stockalert.make_partitions('2010-12-01', '2012-01-01') \g /dev/null

\c - shop
\set QUIET on
-- Cancellations (invoices C...) are returns; other negative lines are write-offs, no demand.
SELECT clock_timestamp() AS started \gset
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
	SELECT p.location_id, i.item_id, l.invoice_ts AT TIME ZONE 'Europe/London', abs(l.quantity),
		CASE WHEN l.quantity > 0 THEN 'sale' WHEN l.invoice_no LIKE 'C%' THEN 'return' ELSE 'correction' END,
		l.unit_price, o.source_id, l.invoice_no || '/' || l.line
	FROM shop.order_lines AS l
	JOIN stockalert.items AS i ON i.sku = l.stock_code
	JOIN stockalert.locations AS p ON p.code = 'shop'
	JOIN stockalert.sources AS o ON o.name = 'shop';
SELECT extract(epoch FROM clock_timestamp() - :'started'::timestamptz) AS sales_seconds \gset

-- Net units of an item in an hour in London, once, for planning and replay.
CREATE TABLE shop.demand AS
	SELECT s.item_id, s.at::date AS day, extract(hour FROM s.at)::integer AS hour,
		sum(CASE s.kind WHEN 'sale' THEN s.quantity ELSE -s.quantity END) AS units
	FROM (SELECT item_id, kind, quantity, sold_at AT TIME ZONE 'Europe/London' AS at FROM stockalert.sales WHERE kind IN ('sale', 'return')) AS s
	GROUP BY 1, 2, 3;
CREATE TABLE shop.daily AS SELECT d.item_id, d.day, sum(d.units) AS units FROM shop.demand AS d GROUP BY 1, 2;
CREATE INDEX ON shop.demand (day);
ANALYZE shop.demand, shop.daily;
SELECT count(*) AS lines, count(DISTINCT tableoid) AS months FROM stockalert.sales \gset
SELECT count(*) AS items FROM stockalert.items \gset
\pset tuples_only on
\pset format unaligned
SELECT format('loaded %s order lines by COPY in %s s (%s a second)', to_char(:lines, 'FM999,999,999'), round(:copy_seconds, 1),
	to_char(:lines / :copy_seconds, 'FM999,999,999'));
SELECT format('and into StockAlert as sales of %s items in %s monthly partitions in %s s (%s a second)', to_char(:items, 'FM999,999'), :months,
	round(:sales_seconds, 1), to_char(:lines / :sales_seconds, 'FM999,999,999'));
