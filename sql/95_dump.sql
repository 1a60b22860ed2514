-- What pg_dump carries: all that people entered and all that happened.  The
-- queue, the sender's incarnation, numbers of transactions and pushed webhooks are local and stay
-- behind.

DO $dump$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT c.oid::pg_catalog.regclass AS relation
		FROM pg_catalog.pg_class AS c
		WHERE c.relnamespace = 'stockalert'::pg_catalog.regnamespace AND c.relkind = 'r'
			AND c.relname NOT IN ('queue', 'sender', 'unsettled', 'kinds_judged', 'noted', 'webhook_inbox')
		ORDER BY c.oid
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(t.relation, '');
		PERFORM pg_catalog.pg_extension_config_dump(d.objid::pg_catalog.regclass, '')
		FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
		WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
			AND d.refobjid = t.relation AND d.deptype = 'i';
	END LOOP;
END
$dump$;
