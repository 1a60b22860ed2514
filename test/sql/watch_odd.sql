-- Watched tables as they come: odd names, types, several locations, partitions,
-- columns that go; whatever is written, the app's write stands.
CREATE ROLE regress_clerk;
CREATE ROLE regress_app;
GRANT stockalert_manager TO regress_app;
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
CREATE SCHEMA "schema.with.dots";
CREATE TABLE "schema.with.dots"."weird ""Name""; --" ("a""b'; --" uuid, "Stück" double precision, shop varchar(20));
INSERT INTO "schema.with.dots"."weird ""Name""; --" VALUES ('00000000-0000-0000-0000-000000000001', 0.1 + 0.2, 'north'), ('00000000-0000-0000-0000-000000000001', 30, 'south');
SELECT done FROM stockalert.watch_table('"schema.with.dots"."weird ""Name""; --"', item => 'a"b''; --', quantity => 'Stück', location => 'shop');
SELECT table_name, state FROM stockalert.watch_status;
UPDATE "schema.with.dots"."weird ""Name""; --" SET "Stück" = 0 WHERE shop = 'south';
INSERT INTO "schema.with.dots"."weird ""Name""; --" VALUES (NULL, 1, 'north'), ('00000000-0000-0000-0000-000000000002', 'NaN', 'north'),
	('00000000-0000-0000-0000-000000000003', 'Infinity', 'north'), ('00000000-0000-0000-0000-000000000004', 1e300, 'north'), ('00000000-0000-0000-0000-000000000005', 5, NULL),
	('00000000-0000-0000-0000-000000000006', 6, E'a\nb');
SELECT location, right(sku, 1) AS item, available, class FROM stockalert.stock_status ORDER BY 1, 2;
SELECT right(row_key, 10) AS row_key, kind, detail FROM stockalert.watch_troubles ORDER BY 1, 2;
-- Absurd numbers, all of them, in one statement.
UPDATE "schema.with.dots"."weird ""Name""; --" SET "Stück" = '-Infinity';
SELECT location, right(sku, 1) AS item, available FROM stockalert.stock_status ORDER BY 1, 2;
SELECT done FROM stockalert.unwatch_table('"schema.with.dots"."weird ""Name""; --"');

-- Refused, and why.
\set VERBOSITY terse
CREATE TYPE public.colour AS ENUM ('red');
CREATE TABLE public.two (tenant integer, id integer, quantity numeric, colour public.colour, PRIMARY KEY (tenant, id));
INSERT INTO public.two VALUES (1, 1, 5), (2, 1, 6);
CREATE VIEW public.seen AS SELECT * FROM public.two;
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE d text; h text;
BEGIN
	EXECUTE statement;
	RETURN 'allowed';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || ' / ' || d || ' / ' || h;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.refused(text) TO PUBLIC;
SELECT pg_temp.refused($$SELECT stockalert.watch_table('public.two', item => 'id', quantity => 'quantity')$$);
SELECT pg_temp.refused($$SELECT stockalert.watch_table('public.two', item => 'tenant, id', quantity => 'quantity')$$);
SELECT pg_temp.refused($$SELECT stockalert.watch_table('public.two', item => 'id', quantity => 'quantity', location => 'tenant', category => 'colour')$$);
SELECT pg_temp.refused($$SELECT stockalert.watch_table('public.seen', item => 'id', quantity => 'quantity')$$);
SELECT pg_temp.refused($$SELECT stockalert.watch_table('stockalert.items', item => 'item_id', quantity => 'cost')$$);
SELECT pg_temp.refused($$SELECT stockalert.unwatch_table('public.two')$$);

-- Partitions, also new ones and written directly; text keys are SKUs.
CREATE TABLE public.stock (store integer, sku text, qty numeric(12,2), PRIMARY KEY (store, sku)) PARTITION BY LIST (store);
CREATE TABLE public.stock_1 PARTITION OF public.stock FOR VALUES IN (1);
INSERT INTO public.stock VALUES (1, 'A', 10), (1, 'B', 20);
SELECT done FROM stockalert.add_item('A', 'Lamp');
SELECT done FROM stockalert.watch_table('public.stock', item => 'sku', quantity => 'qty', location => 'store');
CREATE TABLE public.stock_2 (qty numeric(12,2), store integer NOT NULL, sku text NOT NULL);
ALTER TABLE public.stock ATTACH PARTITION public.stock_2 FOR VALUES IN (2);
INSERT INTO public.stock VALUES (2, 'A', 7.25);
UPDATE public.stock SET store = 2 WHERE sku = 'B';
SELECT location, sku, item, available FROM stockalert.stock_status WHERE sku IN ('A', 'B') ORDER BY 1, 2;
COMMIT;
-- Written by its own name, a partition is mirrored at the commit.
UPDATE public.stock_2 SET qty = 1 WHERE sku = 'A';
SELECT location, sku, available FROM stockalert.stock_status WHERE sku = 'A' ORDER BY 1, 2;

-- Who may write the table and nothing else raises alerts, and gains nothing.
GRANT SELECT, UPDATE ON public.stock TO regress_clerk;
SET ROLE regress_clerk;
UPDATE public.stock SET qty = 0 WHERE sku = 'B';
SELECT current_user, pg_temp.refused('SELECT count(*) FROM stockalert.alerts') LIKE '42501%' AS refused,
	pg_temp.refused($$SELECT stockalert.watch_table('public.stock', item => 'sku', quantity => 'qty')$$) LIKE '42501%' AS refused_too,
	pg_temp.refused($$CREATE TABLE pg_temp.mine (x integer); CREATE TRIGGER t AFTER UPDATE ON pg_temp.mine FOR EACH ROW EXECUTE FUNCTION stockalert.watch_stock_trigger()$$) LIKE '42501%' AS no_trigger;
SET ROLE regress_app;
SELECT pg_temp.refused($$SELECT stockalert.watch_table('public.stock', item => 'sku', quantity => 'qty')$$) LIKE '42501 must be owner%' AS not_the_owner;
RESET ROLE;
SELECT sku, quantity_at_alert, severity FROM stockalert.alert_list WHERE sku = 'B' AND NOT is_resolved;

-- Renamed, retyped, dropped: writes go on, the state says what to do.
ALTER TABLE public.stock RENAME qty TO amount;
UPDATE public.stock SET amount = 33 WHERE sku = 'B';
ALTER TABLE public.stock ALTER amount TYPE integer;
UPDATE public.stock SET amount = 34 WHERE sku = 'B';
SELECT sku, available FROM stockalert.stock_status WHERE sku = 'B';
ALTER TABLE public.stock ALTER amount TYPE text;
UPDATE public.stock SET amount = 'many' WHERE sku = 'B';
SELECT state, finding, remedy FROM stockalert.watch_status;
ALTER TABLE public.stock DROP amount;
UPDATE public.stock SET sku = 'C' WHERE sku = 'B';
SELECT sku, available FROM stockalert.stock_status WHERE sku = 'B';
SELECT tables, rows_healed FROM stockalert.check_watched();
SELECT state, finding, remedy FROM stockalert.watch_status;

-- Our own work fails: the stock is right, and the check will judge it.
CREATE TABLE public.goods (id integer PRIMARY KEY, n integer);
INSERT INTO public.goods VALUES (71, 50);
SELECT done FROM stockalert.watch_table('public.goods', item => 'id', quantity => 'n');
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'we are broken'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON stockalert.alert_events FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
UPDATE public.goods SET n = 0;
SELECT available, class FROM stockalert.stock_status WHERE sku = '71';
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
DROP TRIGGER refuse ON stockalert.alert_events;
-- What is for the app to hear, it hears.
CREATE FUNCTION pg_temp.serial() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END $$;
CREATE TRIGGER serial BEFORE INSERT ON stockalert.items FOR EACH ROW EXECUTE FUNCTION pg_temp.serial();
\set VERBOSITY sqlstate
INSERT INTO public.goods VALUES (72, 1);
DROP TRIGGER serial ON stockalert.items;
SELECT alerts_opened FROM stockalert.check_stock();
SELECT available, class FROM stockalert.stock_status WHERE sku = '71';

-- Somebody's own trigger and check on our table see what is written, and their errors are not the app's.
\set VERBOSITY terse
CREATE FUNCTION pg_temp.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'stock % to %', old.on_hand, new.on_hand; RETURN NULL; END $$;
UPDATE public.goods SET n = 100;
CREATE TRIGGER tell AFTER UPDATE ON stockalert.stock_levels FOR EACH ROW WHEN (old.on_hand <> new.on_hand) EXECUTE FUNCTION pg_temp.tell();
UPDATE public.goods SET n = 101 WHERE id = 71;
ALTER TABLE stockalert.stock_levels ADD CONSTRAINT few CHECK (on_hand < 150);
UPDATE public.goods SET n = 200 WHERE id = 71;
SELECT row_key, kind, detail FROM stockalert.watch_troubles;
DROP TRIGGER tell ON stockalert.stock_levels;
UPDATE public.goods SET n = 201 WHERE id = 71;
ALTER TABLE stockalert.stock_levels DROP CONSTRAINT few;
UPDATE public.goods SET n = 202 WHERE id = 71;
SELECT available FROM stockalert.stock_status WHERE sku = '71';
-- More versions than a page holds: index and table agree.
DO $$ BEGIN FOR i IN 1 .. 500 LOOP UPDATE public.goods SET n = 300 + i WHERE id = 71; END LOOP; END $$;
SET enable_seqscan = off;
SELECT s.on_hand FROM stockalert.stock_levels AS s WHERE s.location_id = stockalert.find_location('main') AND s.item_id = stockalert.find_item('71');
RESET enable_seqscan;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT s.on_hand FROM stockalert.stock_levels AS s WHERE s.location_id = stockalert.find_location('main') AND s.item_id = stockalert.find_item('71');
RESET enable_indexscan;
RESET enable_bitmapscan;
-- Words that are numbers, or nothing.
CREATE TABLE public.numbered (id uuid PRIMARY KEY, n smallint, code bigint, kind integer, model uuid, title smallint);
INSERT INTO public.numbered VALUES ('00000000-0000-0000-0000-0000000000a1', 5, 12345678901, 4, '00000000-0000-0000-0000-0000000000b1', 9),
	('00000000-0000-0000-0000-0000000000a2', 6, NULL, NULL, NULL, NULL);
SELECT done FROM stockalert.watch_table('public.numbered', item => 'id', quantity => 'n', sku => 'code', category => 'kind', model_number => 'model', name => 'title');
UPDATE public.numbered SET kind = 8;
SELECT sku, name, category, model_number FROM stockalert.items WHERE sku <> '71' AND created_at = (SELECT max(created_at) FROM stockalert.items) ORDER BY 1;
SELECT done FROM stockalert.unwatch_table('numbered');
DROP TABLE public.numbered;

-- Gone: nothing hangs in the air.
DROP TABLE public.stock, public.goods;
SELECT table_name, state, remedy FROM stockalert.watch_status;
SELECT tables FROM stockalert.check_watched();
SELECT class, count(*) FROM stockalert.stock_status GROUP BY 1;
SELECT done FROM stockalert.unwatch_table('public.stock');
SELECT done FROM stockalert.unwatch_table('goods');
SELECT count(*) FROM stockalert.watch_status;
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.rules, stockalert.stock_changes;
DELETE FROM stockalert.item_refs;
DELETE FROM stockalert.location_refs;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
DELETE FROM stockalert.sources;
DELETE FROM stockalert.unsettled;
DROP VIEW public.seen;
DROP TABLE public.two;
DROP TYPE public.colour;
DROP TABLE "schema.with.dots"."weird ""Name""; --";
DROP SCHEMA "schema.with.dots";
DROP ROLE regress_clerk;
DROP ROLE regress_app;
