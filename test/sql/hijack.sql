-- Somebody who may create objects shadows every function of the server whose name stands in one of ours, its operators
-- and all our tables, and lets the search_path lead to them: nothing that runs as the owner calls one (R22).
\set VERBOSITY terse
SET client_min_messages = error;
CREATE ROLE regress_mallory;
CREATE SCHEMA evil;
CREATE SEQUENCE evil.hits;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
GRANT ALL ON SEQUENCE evil.hits TO PUBLIC;

-- A function of the same name and arguments for each; a sequence is not rolled back, so that it counts for good.
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN
		SELECT f.proname, pg_get_function_identity_arguments(f.oid) AS arguments, format_type(f.prorettype, NULL) AS result
		FROM pg_proc AS f JOIN pg_type AS r ON r.oid = f.prorettype
		WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.prokind = 'f' AND NOT f.proretset AND f.pronargs BETWEEN 1 AND 4 AND r.typtype = 'b'
			AND NOT EXISTS (SELECT FROM unnest(f.proargtypes) AS a (type) JOIN pg_type AS t ON t.oid = a.type WHERE t.typtype = 'p')
			AND f.proname ~ '^[a-z_0-9]+$' AND pg_get_function_identity_arguments(f.oid) !~ 'OUT|VARIADIC'
			AND EXISTS (SELECT FROM pg_proc AS o WHERE o.pronamespace = 'stockalert'::regnamespace AND o.prosrc ~ ('\m' || f.proname || '\s*\('))
	LOOP
		EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE sql AS $f$SELECT NULL::%3$s FROM pg_catalog.nextval(''evil.hits'')$f$', p.proname, p.arguments, p.result);
	END LOOP;
	FOR p IN
		SELECT o.oprname, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r, row_number() OVER () AS n
		FROM pg_operator AS o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprresult = 'boolean'::regtype AND o.oprleft <> 0
			AND o.oprleft IN ('text'::regtype, 'bigint'::regtype, 'integer'::regtype, 'numeric'::regtype, 'boolean'::regtype, 'timestamptz'::regtype, 'name'::regtype)
			AND o.oprright IN ('text'::regtype, 'bigint'::regtype, 'integer'::regtype, 'numeric'::regtype, 'boolean'::regtype, 'timestamptz'::regtype, 'name'::regtype)
	LOOP
		EXECUTE format('CREATE FUNCTION evil.op%s(%s, %s) RETURNS boolean LANGUAGE sql AS $f$SELECT pg_catalog.nextval(''evil.hits'') OPERATOR(pg_catalog.>) 0$f$', p.n, p.l, p.r);
		EXECUTE format('CREATE OPERATOR evil.%s (FUNCTION = evil.op%s, LEFTARG = %s, RIGHTARG = %s)', p.oprname, p.n, p.l, p.r);
	END LOOP;
	FOR p IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind IN ('r', 'v', 'p')
	LOOP
		EXECUTE format('CREATE TEMP VIEW %I AS SELECT pg_catalog.nextval(''evil.hits'') AS hit', p.relname);
	END LOOP;
END
$$;
SELECT count(*) > 100 AS functions FROM pg_proc WHERE pronamespace = 'evil'::regnamespace;
SELECT count(*) > 50 AS operators FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace;
-- They would be called: this is one.
SET search_path = evil, pg_temp, pg_catalog;
SELECT pg_catalog.upper('x') OPERATOR(pg_catalog.=) 'X' AS ours, lower('X') IS NULL AS theirs;
SELECT hit OPERATOR(pg_catalog.>) 0 AS theirs FROM alerts;
SELECT last_value OPERATOR(pg_catalog.>) 1 AS counted FROM evil.hits;

-- Every function that runs as its owner, called with nothing at all and with its defaults, and undone again.
CREATE FUNCTION evil.call_all() RETURNS pg_catalog.int8 LANGUAGE plpgsql SET search_path = evil, pg_temp, pg_catalog AS $$
DECLARE
	p record;
	called pg_catalog.int8 := 0;
BEGIN
	FOR p IN
		SELECT f.oid, f.proname, f.pronargs, f.pronargdefaults, (SELECT pg_catalog.string_agg(pg_catalog.format('NULL::%s', pg_catalog.format_type(a.type, NULL)), ', ' ORDER BY a.place)
				FROM pg_catalog.unnest(f.proargtypes) WITH ORDINALITY AS a (type, place) WHERE a.place OPERATOR(pg_catalog.<=) (f.pronargs OPERATOR(pg_catalog.-) f.pronargdefaults)) AS nothing
		FROM pg_catalog.pg_proc AS f WHERE f.pronamespace OPERATOR(pg_catalog.=) 'stockalert'::pg_catalog.regnamespace AND f.prosecdef AND f.prorettype OPERATOR(pg_catalog.<>) 'trigger'::pg_catalog.regtype
			AND f.prorettype OPERATOR(pg_catalog.<>) 'event_trigger'::pg_catalog.regtype ORDER BY f.proname
	LOOP
		BEGIN
			EXECUTE pg_catalog.format('SELECT * FROM stockalert.%I(%s)', p.proname, p.nothing);
			RAISE EXCEPTION 'undo' USING ERRCODE = 'SA000';
		EXCEPTION WHEN OTHERS THEN
			called := called OPERATOR(pg_catalog.+) 1;
		END;
	END LOOP;
	RETURN called;
END
$$;
SELECT pg_catalog.setval('evil.hits', 1, false);
SELECT evil.call_all() OPERATOR(pg_catalog.>) 40 AS many;
-- And those that do something, as people call them.
BEGIN;
SELECT done FROM stockalert.add_location('main', 'Main shop', 'UTC');
SELECT done FROM stockalert.add_item('H-1', 'Hijacked?', category => 'c', price => 2, cost => 1);
SELECT done FROM stockalert.set_stock('H-1', 100);
SELECT done FROM stockalert.set_threshold('H-1', low => 10, critical => 3);
SELECT done FROM stockalert.add_subscriber('ann', email => 'ann@example.com', log => true);
SELECT done FROM stockalert.record_sale('H-1', 3);
SELECT done FROM stockalert.restrict_role('regress_mallory', '{main}');
SELECT done FROM stockalert.test_channel('log', 'ann');
SELECT done FROM stockalert.set_channel('email', host => 'mail.example.com', username => 'shop@example.com');
SELECT done FROM stockalert.delete_credential('slack');
SELECT done FROM stockalert.confirm_takeover();
UPDATE stockalert.stock_levels SET on_hand = 2;
SELECT pg_catalog.count(*) FROM stockalert.active_alerts;
SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 5 AS checks FROM stockalert.health();
SELECT pg_catalog.count(*) FROM stockalert.check_stock();
SELECT pg_catalog.count(*) FROM stockalert.refresh_demand();
SELECT stockalert.explain_stock('H-1') IS NULL AS unexplained;
ROLLBACK;
SELECT last_value, is_called FROM evil.hits;
RESET search_path;
DROP SCHEMA evil CASCADE;
DROP ROLE regress_mallory;
DISCARD TEMP;
