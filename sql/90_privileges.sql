-- Nothing for PUBLIC, everything owned by stockalert_owner.  Found in the
-- catalog rather than listed, so that no object can be forgotten.

DO $privileges$
DECLARE
	m record;
BEGIN
	REVOKE ALL ON SCHEMA stockalert FROM PUBLIC;
	REVOKE ALL ON ALL TABLES IN SCHEMA stockalert FROM PUBLIC;
	REVOKE ALL ON ALL SEQUENCES IN SCHEMA stockalert FROM PUBLIC;
	REVOKE ALL ON ALL ROUTINES IN SCHEMA stockalert FROM PUBLIC;
	ALTER SCHEMA stockalert OWNER TO stockalert_owner;
	FOR m IN
		SELECT CASE WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, c.oid::pg_catalog.regclass::text AS name
		FROM pg_catalog.pg_class AS c
		WHERE c.relnamespace = 'stockalert'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p', 'v')
		UNION ALL
		SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::pg_catalog.regprocedure::text
		FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = 'stockalert'::pg_catalog.regnamespace
		UNION ALL
		SELECT 'TYPE', t.oid::pg_catalog.regtype::text
		FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
		WHERE t.typnamespace = 'stockalert'::pg_catalog.regnamespace
			AND (t.typtype IN ('b', 'd', 'e', 'r') AND t.typelem = 0 OR t.typtype = 'c' AND c.relkind = 'c')
		UNION ALL
		SELECT 'OPERATOR', o.oid::pg_catalog.regoperator::text FROM pg_catalog.pg_operator AS o WHERE o.oprnamespace = 'stockalert'::pg_catalog.regnamespace
		UNION ALL
		SELECT 'OPERATOR CLASS', pg_catalog.format('stockalert.%I USING %I', o.opcname, a.amname)
		FROM pg_catalog.pg_opclass AS o JOIN pg_catalog.pg_am AS a ON a.oid = o.opcmethod WHERE o.opcnamespace = 'stockalert'::pg_catalog.regnamespace
		UNION ALL
		SELECT 'OPERATOR FAMILY', pg_catalog.format('stockalert.%I USING %I', o.opfname, a.amname)
		FROM pg_catalog.pg_opfamily AS o JOIN pg_catalog.pg_am AS a ON a.oid = o.opfmethod WHERE o.opfnamespace = 'stockalert'::pg_catalog.regnamespace
	LOOP
		EXECUTE pg_catalog.format('ALTER %s %s OWNER TO stockalert_owner', m.kind, m.name);
		IF m.kind = 'TYPE' THEN
			EXECUTE pg_catalog.format('REVOKE ALL ON TYPE %s FROM PUBLIC', m.name);
		END IF;
	END LOOP;
	-- Row types follow their tables; a REVOKE on them would make pg_dump 15 complain of each.
END
$privileges$;
