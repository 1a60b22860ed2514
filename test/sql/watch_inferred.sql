-- Sales inferred from stock that goes down, where it is asked for: each change once, marked, folded into demand;
-- nothing where the app's sales are watched themselves.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SET LOCAL timezone = 'UTC';
CREATE TABLE public.items (id integer PRIMARY KEY, quantity numeric, shelf text, name text);
INSERT INTO public.items VALUES (1, 100, 'a', 'Nail'), (2, 100, 'a', 'Bolt'), (3, NULL, 'a', 'Nut');
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC');
SELECT done FROM stockalert.watch_table('public.items', item => 'id', quantity => 'quantity', name => 'name');
CREATE VIEW pg_temp.sold AS SELECT i.sku, l.code AS location, s.sold_at, s.quantity, s.kind, o.name AS source FROM stockalert.sales AS s
	JOIN stockalert.items AS i USING (item_id) JOIN stockalert.locations AS l USING (location_id) JOIN stockalert.sources AS o USING (source_id) ORDER BY s.sold_at, 1, 4;
-- Not unless asked.
UPDATE public.items SET quantity = 99 WHERE id = 1;
SELECT count(*) FROM sold;
SELECT done FROM stockalert.watch_table('public.items', item => 'id', quantity => 'quantity', name => 'name', infer_sales => true);
SELECT count(*) FROM sold;
-- One row, several of one statement, with another column, and to below nothing.
UPDATE public.items SET quantity = quantity - 2.5 WHERE id = 1;
UPDATE public.items SET quantity = quantity - id;
UPDATE public.items SET quantity = quantity - 1, name = 'Long bolt' WHERE id = 2;
UPDATE public.items SET quantity = -3 WHERE id = 2;
SELECT sku, quantity, kind, source FROM sold;
-- Up, to and from what is no quantity, away and back as another row, rolled back, and unchanged: nothing.
DELETE FROM stockalert.sales;
UPDATE public.items SET quantity = 50;
UPDATE public.items SET quantity = 40 WHERE id = 3;
UPDATE public.items SET quantity = NULL WHERE id = 3;
UPDATE public.items SET quantity = 30 WHERE id = 3;
UPDATE public.items SET id = 4, quantity = 20 WHERE id = 3;
DELETE FROM public.items WHERE id = 4;
INSERT INTO public.items VALUES (4, 10, 'a', 'Nut');
SAVEPOINT s;
UPDATE public.items SET quantity = 1;
ROLLBACK TO s;
UPDATE public.items SET name = upper(name), quantity = quantity;
SELECT sku, quantity FROM sold;
DELETE FROM stockalert.sales;
-- Written twice by one statement, each step counts.
CREATE FUNCTION pg_temp.again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF new.quantity = 45 THEN UPDATE public.items SET quantity = 44 WHERE id = new.id; END IF; RETURN NULL; END $$;
CREATE TRIGGER aaa AFTER UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION pg_temp.again();
UPDATE public.items SET quantity = 45 WHERE id = 1;
SELECT sku, sum(quantity) FROM sold GROUP BY 1;
SELECT available FROM stockalert.stock_status WHERE sku = '1';
DROP TRIGGER aaa ON public.items;
-- What is inferred is demand, and said to be.
DELETE FROM stockalert.sales;
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind)
	SELECT stockalert.find_location('main'), stockalert.find_item(CASE WHEN d % 2 = 0 THEN '1' ELSE '2' END), timestamptz '2026-03-01 12:00+00' - d * interval '1 day', 4, 'inferred' FROM generate_series(0, 39) AS d;
SELECT count(*) FROM stockalert.refresh_demand();
SELECT sku, velocity > 0 AS sells, basis FROM stockalert.demand WHERE location = 'main' ORDER BY sku;
-- The statement that watches it says so too.
ALTER TABLE public.items DROP shelf, DISABLE TRIGGER stockalert_stock;
DROP TRIGGER stockalert_stock ON public.items;
SELECT remedy FROM stockalert.watch_status;
SELECT done FROM stockalert.watch_table('public.items', item => 'id', quantity => 'quantity', name => 'name', infer_sales => true);
-- An error of ours is noted, not the app's.
DELETE FROM stockalert.sales;
ALTER TABLE stockalert.sales ADD CONSTRAINT none CHECK (kind <> 'inferred');
UPDATE public.items SET quantity = 43 WHERE id = 1;
SELECT available FROM stockalert.stock_status WHERE sku = '1';
SELECT kind, detail FROM stockalert.watch_troubles;
ALTER TABLE stockalert.sales DROP CONSTRAINT none;
-- Sales that are watched themselves are not inferred as well.
CREATE TABLE public.order_lines (id integer PRIMARY KEY, item_id integer, n integer, at timestamptz);
SELECT done FROM stockalert.watch_sales('public.order_lines', item => 'item_id', quantity => 'n', sold_at => 'at', key => 'id');
UPDATE public.items SET quantity = 42 WHERE id = 1;
INSERT INTO public.order_lines VALUES (1, 1, 1, '2026-03-02 08:59+00');
SELECT sku, quantity, kind FROM sold;
ROLLBACK;
