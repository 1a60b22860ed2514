-- pg_cron runs the periodic work.  Optional: nothing is scheduled by the
-- install script (a dump with jobs would not restore), and every job works
-- from what is stored, so that one run catches up after downtime.

CREATE FUNCTION stockalert.job_list() RETURNS TABLE (job text, schedule text, command text)
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('stockalert_check', '*/15 * * * *', 'SELECT stockalert.check_stock()'),
		('stockalert_remind', '0 9 * * *', 'SELECT stockalert.send_reminders()'),
		('stockalert_summarise', '*/15 * * * *', 'SELECT stockalert.send_summaries()'),
		('stockalert_learn', '40 1 * * *', 'SELECT stockalert.refresh_demand()'),
		('stockalert_upkeep', '10 1 * * *', 'SELECT stockalert.daily_upkeep()');
$$;
COMMENT ON FUNCTION stockalert.job_list() IS 'The periodic jobs: name, cron schedule (GMT in pg_cron 1.4), command without arguments.';

CREATE FUNCTION stockalert.require_cron() RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	cron_database text;
BEGIN
	BEGIN
		cron_database := current_setting('cron.database_name', true);
	EXCEPTION WHEN insufficient_privilege THEN
		-- Only pg_read_all_settings may see it.  Where pg_cron is installed is its database: it can be created in no other.
		cron_database := current_database();
	END;
	IF cron_database IS NULL THEN
		RAISE EXCEPTION 'pg_cron is not loaded'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its settings are not known to this server.',
				  HINT = format('In postgresql.conf: shared_preload_libraries = ''pg_cron,stockalert'' and cron.database_name = %L; restart; CREATE EXTENSION pg_cron.', current_database());
	ELSIF cron_database <> current_database() THEN
		RAISE EXCEPTION 'pg_cron lives in database "%"', cron_database
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'One database per cluster holds all jobs.',
				  HINT = 'Run there as superuser: ' || (SELECT string_agg(format('SELECT cron.schedule_in_database(%L, %L, %L, %L);',
					j.job || '_' || current_database(), j.schedule, j.command, current_database()), ' ') FROM stockalert.job_list() AS j);
	ELSIF NOT has_schema_privilege(to_regnamespace('cron'), 'USAGE') THEN
		RAISE EXCEPTION 'this role may not use pg_cron'
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Jobs run as the role that schedules them.',
				  HINT = format('As superuser: GRANT USAGE ON SCHEMA cron TO %I;', current_user);
	ELSIF to_regprocedure('cron.schedule(text, text, text)') IS NULL THEN
		RAISE EXCEPTION 'pg_cron is not installed in this database'
			USING ERRCODE = 'undefined_object', DETAIL = 'The library is loaded, its extension is missing.', HINT = 'CREATE EXTENSION pg_cron;';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_cron() IS 'Raises 55000, 42501 or 42704, saying what to do, where pg_cron cannot take jobs of this database.';

-- As the caller: a job belongs to, and runs as, whoever schedules it.
CREATE FUNCTION stockalert.schedule_jobs(OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	scheduled integer := 0;
BEGIN
	PERFORM stockalert.require_cron();
	FOR j IN SELECT * FROM stockalert.job_list() LOOP
		EXECUTE 'SELECT cron.schedule($1, $2, $3)' USING j.job, j.schedule, j.command;
		scheduled := scheduled + 1;
	END LOOP;
	done := format('%s jobs scheduled: check every 15 minutes, reminders at 09:00, summaries at each subscriber''s hour, learning from sales and upkeep at night', scheduled);
	next := 'See in 15 minutes that they run ("connection failed": cron.use_background_workers = on): SELECT status, return_message FROM cron.job_run_details ORDER BY runid DESC LIMIT 4;';
END
$$;
COMMENT ON FUNCTION stockalert.schedule_jobs() IS 'Registers the periodic jobs with pg_cron, or updates them in place. Errors: 55000, 42501, 42704 where pg_cron cannot take them; the hint says what to do.';

CREATE FUNCTION stockalert.unschedule_jobs(OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	removed integer := 0;
BEGIN
	PERFORM stockalert.require_cron();
	FOR j IN EXECUTE 'SELECT c.jobid FROM cron.job AS c WHERE c.jobname IN (SELECT l.job FROM stockalert.job_list() AS l)' LOOP
		EXECUTE 'SELECT cron.unschedule($1)' USING j.jobid;
		removed := removed + 1;
	END LOOP;
	done := format('%s jobs removed', removed);
	next := 'SELECT * FROM stockalert.schedule_jobs();';
END
$$;
COMMENT ON FUNCTION stockalert.unschedule_jobs() IS 'Takes the periodic jobs out of pg_cron; do so before DROP EXTENSION. Errors as schedule_jobs().';

GRANT EXECUTE ON FUNCTION stockalert.schedule_jobs(), stockalert.unschedule_jobs(), stockalert.job_list(), stockalert.require_cron() TO stockalert_admin;
