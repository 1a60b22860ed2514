-- A dump comes back table by table.  pg_restore -j loads the tables of an
-- extension in any order, whatever refers to whatever, as pg_dump leaves their
-- references out of its table of contents.  So while a dump is loaded, which
-- is consistent in itself, references are not checked row by row.

-- Invoker's rights on purpose: the setting is a superuser's, and so is a restore.
CREATE FUNCTION stockalert.restore_trigger() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF has_parameter_privilege('session_replication_role', 'SET') THEN
		PERFORM set_config('session_replication_role', 'replica', true);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.restore_trigger() IS
	'Statement trigger of every table with a foreign key: in a session that restores a dump, triggers rest until the transaction ends, so that tables may come in any order.';

DO $triggers$
DECLARE
	child pg_catalog.regclass;
BEGIN
	FOR child IN
		SELECT DISTINCT c.conrelid::pg_catalog.regclass FROM pg_catalog.pg_constraint AS c
		WHERE c.contype = 'f' AND c.connamespace = 'stockalert'::pg_catalog.regnamespace
	LOOP
		-- Both settings stand at the head of every dump and in every session of pg_restore.
		EXECUTE pg_catalog.format('CREATE TRIGGER restore_trigger BEFORE INSERT ON %s FOR EACH STATEMENT'
			' WHEN (pg_catalog.current_setting(''check_function_bodies'') = ''off'' AND pg_catalog.current_setting(''row_security'') = ''off'')'
			' EXECUTE FUNCTION stockalert.restore_trigger()', child);
		EXECUTE pg_catalog.format('COMMENT ON TRIGGER restore_trigger ON %s IS %L', child, 'Lets the rows of a dump come before those they refer to.');
	END LOOP;
END
$triggers$;
