-- Children, partitions that come and go, triggers that rest, columns that go:
-- what watch_status and health() say of it, what the next check puts right, and
-- that the statement they name helps.
CREATE ROLE regress_app;
CREATE ROLE regress_clerk;
GRANT stockalert_manager TO regress_app;
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
GRANT CREATE ON SCHEMA public TO regress_app;
CREATE VIEW pg_temp.stock AS SELECT sku, available, class FROM stockalert.stock_status ORDER BY sku;
CREATE VIEW pg_temp.told AS SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" = 'watched tables';
GRANT SELECT ON pg_temp.stock, pg_temp.told TO regress_app;
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
SELECT * FROM told;

-- A table with children: an old style of partitions.
SET LOCAL ROLE regress_app;
CREATE TABLE public.goods (id text, n numeric, min numeric);
CREATE TABLE public.goods_north () INHERITS (public.goods);
INSERT INTO public.goods VALUES ('a', 50, 10);
INSERT INTO public.goods_north VALUES ('b', 50, 10);
SELECT done FROM stockalert.watch_table('public.goods', item => 'id', quantity => 'n', threshold => 'min');
SELECT * FROM told;
UPDATE public.goods SET n = 5;
UPDATE public.goods_north SET n = 4;
INSERT INTO public.goods_north VALUES ('c', 60, 10);
SELECT * FROM stock;
CREATE TABLE public.goods_south (note text) INHERITS (public.goods);
INSERT INTO public.goods_south VALUES ('d', 3, 10);
SELECT * FROM stock WHERE sku = 'd';
SELECT * FROM told;
SELECT rows_healed FROM stockalert.check_watched();
SELECT * FROM stock WHERE sku = 'd';
SELECT remedy FROM told \gset
:remedy
UPDATE public.goods_south SET n = 30;
SELECT * FROM stock WHERE sku = 'd';
SELECT state FROM told;
TRUNCATE public.goods_north;
SELECT * FROM stock;
-- Given up, no trigger stays on any of them.
SELECT done FROM stockalert.unwatch_table('goods');
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'stockalert%' AND tgrelid IN ('public.goods'::regclass, 'public.goods_north'::regclass, 'public.goods_south'::regclass);
DROP TABLE public.goods_north, public.goods_south;
SELECT done FROM stockalert.watch_table('public.goods', item => 'id', quantity => 'n', threshold => 'min');

-- Triggers switched off, all or one; the check heals, the statement helps.
ALTER TABLE public.goods DISABLE TRIGGER USER;
UPDATE public.goods SET n = 0;
INSERT INTO public.goods VALUES ('e', 1, 10);
SELECT * FROM stock;
SELECT * FROM told;
SELECT alerts_worsened, alerts_opened, alerts_resolved FROM stockalert.check_stock();
SELECT * FROM stock;
SELECT remedy FROM told \gset
:remedy
SELECT * FROM told;
ALTER TABLE public.goods DISABLE TRIGGER stockalert_stock_truncate;
SELECT * FROM told;
ALTER TABLE public.goods ENABLE ALWAYS TRIGGER stockalert_stock_truncate;
DROP TRIGGER stockalert_stock_statement ON public.goods;
SELECT * FROM told;
-- Without it a row is mirrored at the commit, or with the next statement's.
UPDATE public.goods SET n = 70 WHERE id = 'e';
SELECT done FROM stockalert.watch_table('public.goods', item => 'id', quantity => 'n', threshold => 'min');
UPDATE public.goods SET n = 71 WHERE id = 'e';
SELECT * FROM stock WHERE sku = 'e';
-- Problems with rows, a column of another type, none, and the table gone.
UPDATE public.goods SET n = 'NaN', min = -1 WHERE id = 'a';
INSERT INTO public.goods VALUES ('f', 1e30, 1), ('g', 1.0000049, 0.000004), ('h', NULL, NULL), (NULL, 1, 1), (' i', 2, 2), (repeat('k', 200), 2, 2);
SELECT left(row_key, 5) AS row_key, kind, detail FROM stockalert.watch_troubles;
SELECT * FROM told;
SELECT * FROM stock;
DELETE FROM public.goods WHERE id IS DISTINCT FROM 'e';
SELECT rows_healed FROM stockalert.check_watched();
SELECT * FROM told;
ALTER TABLE public.goods ALTER min TYPE text;
UPDATE public.goods SET n = 7;
SELECT * FROM told;
SELECT * FROM stock WHERE sku = 'e';
ALTER TABLE public.goods DROP min;
UPDATE public.goods SET n = 6;
SELECT * FROM told;
SELECT * FROM stock WHERE sku = 'e';
SELECT remedy FROM told \gset
:remedy
SELECT * FROM told;
SELECT * FROM stock WHERE sku = 'e';
SELECT count(*) FROM stockalert.rules;
-- Mapped anew, to another place.
SELECT done FROM stockalert.add_location('back');
SELECT done FROM stockalert.watch_table('public.goods', item => 'id', quantity => 'n', at => 'back');
SELECT location, available, class FROM stockalert.stock_status WHERE sku = 'e' ORDER BY 1;
SELECT done FROM stockalert.watch_table('public.goods', item => 'id', quantity => 'n');
SELECT location, available, class FROM stockalert.stock_status WHERE sku = 'e' ORDER BY 1;
ALTER TABLE public.goods ADD min numeric;
ALTER TABLE public.goods ALTER n TYPE text;
UPDATE public.goods SET n = 5;
SELECT * FROM told;
SELECT alerts_opened FROM stockalert.check_stock();
DROP TABLE public.goods;
SELECT * FROM told;
SELECT remedy FROM told \gset
:remedy
SELECT * FROM told;

-- Partitions that come with rows and go with them.
CREATE TABLE public.shelf (store text, id integer, n integer, PRIMARY KEY (store, id)) PARTITION BY LIST (store);
CREATE TABLE public.shelf_a PARTITION OF public.shelf FOR VALUES IN ('a');
INSERT INTO public.shelf VALUES ('a', 1, 40);
SELECT done FROM stockalert.watch_table('public.shelf', item => 'id', quantity => 'n', location => 'store');
CREATE TABLE public.shelf_b (id integer NOT NULL, store text NOT NULL, n integer);
INSERT INTO public.shelf_b VALUES (1, 'b', 30), (2, 'b', 3);
ALTER TABLE public.shelf ATTACH PARTITION public.shelf_b FOR VALUES IN ('b');
-- What came with it is seen by the check, what is written since at once.
UPDATE public.shelf SET n = 29 WHERE store = 'b' AND id = 1;
SELECT location, sku, available FROM stockalert.stock_status ORDER BY 1, 2;
SELECT rows_healed FROM stockalert.check_watched();
SELECT location, sku, available FROM stockalert.stock_status ORDER BY 1, 2;
ALTER TABLE public.shelf_b DISABLE TRIGGER stockalert_stock;
SELECT * FROM told;
ALTER TABLE public.shelf_b ENABLE TRIGGER stockalert_stock;
SELECT * FROM told;
ALTER TABLE public.shelf DETACH PARTITION public.shelf_b;
UPDATE public.shelf_b SET n = 1;
SELECT rows_healed FROM stockalert.check_watched();
SELECT location, sku, available FROM stockalert.stock_status ORDER BY 1, 2;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.shelf_b'::regclass AND tgname LIKE 'stockalert%';
TRUNCATE public.shelf_a;
SELECT rows_healed FROM stockalert.check_watched();
SELECT count(*) FROM stockalert.stock_status;

-- Not to be watched, and why.
RESET ROLE;
CREATE FOREIGN DATA WRAPPER regress_elsewhere;
CREATE SERVER regress_elsewhere FOREIGN DATA WRAPPER regress_elsewhere;
CREATE FOREIGN TABLE public.far (id integer, n integer) SERVER regress_elsewhere;
CREATE FOREIGN TABLE public.far_part (store text NOT NULL, id integer NOT NULL, n integer) SERVER regress_elsewhere;
CREATE TABLE public.mixed (store text, id integer, n integer) PARTITION BY LIST (store);
ALTER TABLE public.mixed ATTACH PARTITION public.far_part FOR VALUES IN ('far');
CREATE TEMP TABLE passing (id integer, n integer);
CREATE MATERIALIZED VIEW public.frozen AS SELECT 1 AS id, 2 AS n;
CREATE SEQUENCE public.counter;
CREATE TABLE public.plain (id integer PRIMARY KEY, n integer);
SELECT pg_temp.refused(format($$SELECT stockalert.watch_table('%s', item => 'id', quantity => 'n')$$, t))
	FROM unnest('{public.far,public.mixed,public.shelf_a,pg_temp.passing,public.frozen,public.counter,pg_catalog.pg_class}'::text[]) AS t;

-- The owner who is no manager watches nothing; once it is watched nothing more is needed.
CREATE TABLE public.mine (id integer PRIMARY KEY, n integer);
INSERT INTO public.mine VALUES (71, 50);
ALTER TABLE public.mine OWNER TO regress_clerk;
SET LOCAL ROLE regress_clerk;
SELECT pg_temp.refused($$SELECT stockalert.watch_table('public.mine', item => 'id', quantity => 'n')$$);
RESET ROLE;
GRANT stockalert_manager TO regress_clerk;
SET LOCAL ROLE regress_clerk;
SELECT done FROM stockalert.watch_table('public.mine', item => 'id', quantity => 'n');
RESET ROLE;
REVOKE stockalert_manager FROM regress_clerk;
SET LOCAL ROLE regress_clerk;
UPDATE public.mine SET n = 0;
SELECT current_user, pg_temp.refused('SELECT count(*) FROM stockalert.stock_levels') LIKE '42501%' AS reads_nothing,
	pg_temp.refused('UPDATE stockalert.stock_levels SET on_hand = 1') LIKE '42501%' AS writes_nothing,
	pg_temp.refused('SELECT stockalert.check_watched()') LIKE '42501%' AS calls_nothing;
RESET ROLE;
SELECT location, sku, severity FROM stockalert.active_alerts WHERE sku LIKE '%71';
ROLLBACK;
DROP ROLE regress_app;
DROP ROLE regress_clerk;
