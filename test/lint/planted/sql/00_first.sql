-- The first line is not what it must be.
CREATE OR REPLACE FUNCTION stockalert.a(x integer) RETURNS integer LANGUAGE sql AS $$ SELECT 1 FROM foo $$;
CREATE TABLE IF NOT EXISTS stockalert.t (a mytype);
CREATE FUNCTION stockalert.c(x integer) RETURNS integer LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_c';
-- not strict: right, NULL means all
CREATE FUNCTION stockalert.c2(x integer) RETURNS integer LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_c';
COMMENT ON FUNCTION stockalert.c2(integer) IS 'Right.';
CREATE FUNCTION stockalert.definer(x integer) RETURNS integer
	LANGUAGE c STRICT SECURITY DEFINER AS 'MODULE_PATHNAME', 'stockalert_c';
COMMENT ON FUNCTION stockalert.definer(integer) IS 'No search_path.';
CREATE FUNCTION stockalert.p(x integer) RETURNS integer LANGUAGE plpgsql SET search_path = 'pg_catalog, pg_temp' AS $$
DECLARE
	y integer := length('right');
BEGIN
	RAISE EXCEPTION 'no code';
	y := y + ours(1);
	RAISE EXCEPTION 'right' USING ERRCODE = 'data_exception';
	EXECUTE 'DROP TABLE ' || x;
	EXECUTE format('DROP TABLE %I', 'a' || x) || ' CASCADE';
	FOR y IN WITH q AS (SELECT 1) SELECT * FROM q LOOP
		INSERT INTO bare VALUES (1);
	END LOOP;
	IF NOT EXISTS (SELECT 1 FROM stockalert.t AS s FOR UPDATE OF s) THEN
		RAISE;
	END IF;
	RETURN y;
END $$;
COMMENT ON FUNCTION stockalert.p(integer) IS 'Quoted search_path and faults inside.';
DO $$ BEGIN PERFORM ours(); END $$;
SET search_path = stockalert;
CREATE FUNCTION stockalert.right(x integer, OUT z text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT 'b' INTO z FROM fresh;
END $$;
COMMENT ON FUNCTION stockalert.right(integer) IS 'Right: fresh is a transition table.';
CREATE TRIGGER t AFTER INSERT ON stockalert.t REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION f();
SELECT '@extschema@';
