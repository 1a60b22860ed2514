-- An app's table of stock, watched in one line: alerts in its own transaction,
-- names and thresholds, new and deleted rows, TRUNCATE, what triggers missed.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
CREATE TABLE public.items (id serial PRIMARY KEY, name text, quantity integer, buying_price numeric, selling_price numeric, description text,
	model_number text, category_id integer, min_stock integer, note text);
INSERT INTO public.items (name, quantity, min_stock) VALUES ('LED Red', 100, 10), ('LED Blue', 3, 5), ('Wire', NULL, NULL), ('Lamp', 0, 0);
SELECT done FROM stockalert.add_subscriber('manager', log => true);
SELECT done FROM stockalert.watch_table('public.items', item => 'id', quantity => 'quantity', name => 'name', threshold => 'min_stock',
	cost => 'buying_price', price => 'selling_price', description => 'description', model_number => 'model_number');
SELECT table_name, kind, state, finding, problems FROM stockalert.watch_status;
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
CREATE VIEW pg_temp.stock AS SELECT sku, item, location, available, class FROM stockalert.stock_status ORDER BY sku::integer;
CREATE VIEW pg_temp.told AS SELECT item, quantity_at_alert, is_resolved FROM stockalert.alert_list ORDER BY 1, 3;
SELECT * FROM stock;
SELECT * FROM told;
-- The sources' example: 100 to 3, and back.
UPDATE public.items SET quantity = 3 WHERE name = 'LED Red';
SELECT * FROM told;
UPDATE public.items SET quantity = 50 WHERE name = 'LED Red';
SELECT * FROM told;
-- A quantity that can be used ends the problem; a column that is not mapped is no change.
UPDATE public.items SET quantity = 8 WHERE name = 'Wire';
UPDATE public.items SET note = 'x';
SELECT count(*) FROM stockalert.watch_troubles;
-- Stock and threshold in one write: judged by both as they are at its end.
UPDATE public.items SET quantity = 4, min_stock = 2 WHERE name = 'Wire';
SELECT * FROM told WHERE item = 'Wire';
UPDATE public.items SET quantity = 400, min_stock = 200 WHERE name = 'Wire';
SELECT * FROM told WHERE item = 'Wire';
UPDATE public.items SET name = 'Copper wire', min_stock = NULL WHERE name = 'Wire';
SELECT low, critical, origin FROM stockalert.rules ORDER BY 1;
-- In bulk, and within savepoints.
INSERT INTO public.items (name, quantity, min_stock) SELECT 'Part ' || g, 20, 10 FROM generate_series(1, 40) AS g;
UPDATE public.items SET quantity = 5 WHERE name LIKE 'Part %';
SELECT class, count(*) FROM stock GROUP BY 1 ORDER BY 1;
SAVEPOINT s;
UPDATE public.items SET quantity = 50 WHERE name LIKE 'Part %';
ROLLBACK TO s;
SELECT class, count(*) FROM stock GROUP BY 1 ORDER BY 1;
DO $$ BEGIN UPDATE public.items SET quantity = 50 WHERE name LIKE 'Part %'; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $$;
SELECT class, count(*) FROM stock GROUP BY 1 ORDER BY 1;
-- A key that changes is another item; a row that goes ends its alert.
UPDATE public.items SET id = 1000 WHERE name = 'Part 40';
DELETE FROM public.items WHERE name LIKE 'Part %' AND name <> 'Part 40';
SELECT * FROM stock;
SELECT count(*) FILTER (WHERE NOT is_resolved) AS open, count(*) FROM told;
-- A trigger of the app's that writes the row again: the last word counts.
CREATE FUNCTION public.again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF new.quantity = 11 THEN UPDATE public.items SET quantity = 12 WHERE id = new.id; END IF; RETURN NULL; END $$;
CREATE TRIGGER aaa AFTER UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION public.again();
UPDATE public.items SET quantity = 11, name = 'Last' WHERE name = 'Part 40';
SELECT item, available FROM stock WHERE sku = '1000';
-- What triggers do not see, the next check does.
SET LOCAL session_replication_role = replica;
UPDATE public.items SET quantity = 1 WHERE name = 'LED Red';
INSERT INTO public.items (id, name, quantity) VALUES (2000, 'Unseen', 2);
DELETE FROM public.items WHERE name = 'Lamp';
SET LOCAL session_replication_role = origin;
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
SELECT * FROM stock;
TRUNCATE public.items;
SELECT count(*) FROM stock;
INSERT INTO public.items (id, name, quantity) VALUES (1, 'LED Red', 30);
SELECT done FROM stockalert.unwatch_table('items');
UPDATE public.items SET quantity = 1;
SELECT * FROM stock;
SELECT done FROM stockalert.watch_table('public.items', item => 'id', quantity => 'quantity', name => 'name');
SELECT * FROM stock;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'public.items'::regclass AND tgname LIKE 'stockalert%' ORDER BY 1;
ROLLBACK;
