-- An app's sales as facts: what is there, refunds, edits and deletions later.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SET LOCAL timezone = 'UTC';
CREATE TABLE public.items (id bigint PRIMARY KEY, quantity integer NOT NULL);
CREATE TABLE public.order_lines (id bigint PRIMARY KEY, item_id bigint, quantity numeric, sold_at timestamp, price numeric);
INSERT INTO public.items VALUES (1, 100), (2, 100);
INSERT INTO public.order_lines VALUES (1, 1, 2, '2026-03-01 10:00', 9.5), (2, 2, 1, '2026-03-01 11:00', 3), (3, 99, 1, '2026-03-01 12:00', 3);
SELECT done FROM stockalert.add_location('main', time_zone => 'Europe/Rome');
SELECT done FROM stockalert.watch_table('public.items', item => 'id', quantity => 'quantity');
SELECT done FROM stockalert.watch_sales('public.order_lines', item => 'item_id', quantity => 'quantity', sold_at => 'sold_at', key => 'id', price => 'price');
CREATE VIEW pg_temp.sold AS SELECT i.sku, s.sold_at, s.quantity, s.kind, s.unit_price, regexp_replace(s.source_line, '#.*', '#') AS line
	FROM stockalert.sales AS s JOIN stockalert.items AS i USING (item_id) ORDER BY 1, 2, 3 DESC, 6;
SELECT * FROM sold;
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
-- A new line, a refund, an edit of quantity, one of item, a deletion, and nothing.
INSERT INTO public.order_lines VALUES (4, 1, 5, '2026-03-02 08:00', 9), (5, 1, -1, '2026-03-02 08:30', 9);
UPDATE public.order_lines SET quantity = 3 WHERE id = 1;
UPDATE public.order_lines SET item_id = 1 WHERE id = 2;
DELETE FROM public.order_lines WHERE id = 4;
UPDATE public.order_lines SET quantity = quantity;
SELECT * FROM sold;
SELECT sku, sum(quantity) FROM sold GROUP BY 1 ORDER BY 1;
-- What comes back is counted; what cannot be used is noted.
INSERT INTO public.order_lines VALUES (4, 1, 5, '2026-03-02 08:00', 9), (6, 1, 'NaN', '2026-03-02 08:00', 9), (7, 1, 1, 'infinity', 9), (8, 1, NULL, NULL, NULL);
SELECT sku, sum(quantity) FROM sold GROUP BY 1 ORDER BY 1;
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
-- History of fourteen months lies in their partitions; what is older than ten years, or far ahead, in the default one.
CREATE TABLE public.history (id bigint PRIMARY KEY, item_id bigint, quantity integer, day date);
INSERT INTO public.history SELECT n, 1 + n % 2, 1, date '2025-01-15' + (n * 30) FROM generate_series(0, 13) AS n;
INSERT INTO public.history VALUES (100, 1, 7, '2001-01-01'), (101, 1, 7, '2030-01-01');
SELECT done FROM stockalert.watch_sales('public.history', item => 'item_id', quantity => 'quantity', sold_at => 'day', key => 'id');
SELECT s.tableoid::regclass AS partition, count(*) FROM stockalert.sales AS s JOIN stockalert.sources AS o USING (source_id) WHERE o.name = 'history' GROUP BY 1 ORDER BY 1::text;
SELECT count(*) AS others FROM pg_class WHERE relname IN ('stock_changes_2025_01', 'deliveries_2025_01');
SELECT count(DISTINCT indexrelid) = 3 AS indexed FROM pg_index WHERE indrelid = 'stockalert.sales_2025_01'::regclass;
SELECT done FROM stockalert.unwatch_sales('history');
DELETE FROM stockalert.sales AS s USING stockalert.sources AS o WHERE s.source_id = o.source_id AND o.name = 'history';
-- Watched again, nothing is counted twice.
SELECT done FROM stockalert.unwatch_sales('order_lines');
UPDATE stockalert.sources SET created_at = '2026-01-01';
INSERT INTO public.order_lines VALUES (9, 2, 4, '2026-03-02 08:00', 9);
SELECT done FROM stockalert.watch_sales('public.order_lines', item => 'item_id', quantity => 'quantity', sold_at => 'sold_at', key => 'id', price => 'price');
SELECT sku, sum(quantity) FROM sold GROUP BY 1 ORDER BY 1;
ROLLBACK;
