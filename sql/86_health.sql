-- Every check of every module, one line a module: a module brings a function
-- health_of_<module>() RETURNS TABLE ("check" text, state text, finding text,
-- remedy text), beside what it looks at, and its line below.

CREATE FUNCTION stockalert.health() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	compiles text := current_setting('jit');
BEGIN
	-- Of small tables the planner knows nothing, and to compile for what it fears takes longer than all checks.
	PERFORM set_config('jit', 'off', true);
	RETURN QUERY SELECT * FROM stockalert.health_of_stock()
		UNION ALL SELECT * FROM stockalert.health_of_demand()
		UNION ALL SELECT * FROM stockalert.health_of_watched() WHERE EXISTS (SELECT FROM stockalert.watched_tables)
		UNION ALL SELECT * FROM stockalert.health_of_people()
		UNION ALL SELECT * FROM stockalert.health_of_scopes()
		UNION ALL SELECT * FROM stockalert.health_of_rules()
		UNION ALL SELECT * FROM stockalert.health_of_jobs()
		UNION ALL SELECT * FROM stockalert.health_of_credentials()
		UNION ALL SELECT * FROM stockalert.health_of_sync() WHERE EXISTS (SELECT FROM stockalert.connections)
		UNION ALL SELECT * FROM stockalert.health_of_delivery()
		UNION ALL SELECT * FROM stockalert.health_of_addresses()
			WHERE EXISTS (SELECT FROM stockalert.channels AS h WHERE h.channel IN ('sms', 'whatsapp'))
		UNION ALL SELECT * FROM stockalert.health_of_partitions()
		UNION ALL SELECT * FROM stockalert.health_of_clock()
		UNION ALL SELECT * FROM stockalert.health_of_tables();
	PERFORM set_config('jit', compiles, true);
END
$$;
COMMENT ON FUNCTION stockalert.health() IS 'One row a check: ok, warn or error, what was found, what to do.';
GRANT EXECUTE ON FUNCTION stockalert.health() TO stockalert_viewer;
