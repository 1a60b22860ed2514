-- pg_cron runs the periodic work.  Optional: nothing is scheduled by the
-- install script (a dump with jobs would not restore), and every job works
-- from what is stored, so that one run catches up after downtime.

-- pg_cron 1.4 counts in GMT; later ones have a setting for it.
CREATE FUNCTION stockalert.cron_setting(name text, otherwise text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(current_setting('cron.' || name, true), otherwise);
EXCEPTION WHEN insufficient_privilege THEN
	-- Only pg_read_all_settings may see it.
	RETURN otherwise;
END
$$;
COMMENT ON FUNCTION stockalert.cron_setting(text, text) IS 'A setting of pg_cron, or another text where it has none or the caller may not see it.';

CREATE FUNCTION stockalert.cron_schedule(every interval, daily_at time) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- A period that the hour is no multiple of is ticked by the minutes both have in common; run_job() knows which tick counts.
	tick integer := gcd(extract(epoch FROM every)::integer / 60, 60);
	daily timestamp := ((stockalert.as_of() AT TIME ZONE 'UTC')::date + daily_at) AT TIME ZONE 'UTC' AT TIME ZONE stockalert.cron_setting('timezone', 'GMT');
BEGIN
	RETURN CASE WHEN every IS NOT NULL THEN CASE tick WHEN 1 THEN '*' WHEN 60 THEN '0' ELSE '*/' || tick END || ' * * * *'
		ELSE format('%s %s * * *', extract(minute FROM daily), extract(hour FROM daily)) END;
END
$$;
COMMENT ON FUNCTION stockalert.cron_schedule(interval, time) IS 'The cron schedule of every so many minutes, or of once a day at a time (UTC).';

CREATE FUNCTION stockalert.job_list() RETURNS TABLE (job text, schedule text, command text)
	LANGUAGE sql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
	-- Once the extension is gone its jobs take themselves away. What pg_cron says of runs only their role may delete.
	SELECT 'stockalert_' || p.job, stockalert.cron_schedule(p.every, p.daily_at),
		format('DO $stockalert$ BEGIN IF pg_catalog.to_regprocedure(''stockalert.run_job(text)'') IS NOT NULL THEN PERFORM stockalert.run_job(%1$L);%2$s'
			' ELSIF pg_catalog.to_regclass(''cron.job'') IS NOT NULL THEN PERFORM cron.unschedule(j.jobid) FROM cron.job AS j'
			' WHERE j.jobname = %3$L AND j.database = pg_catalog.current_database(); END IF; END $stockalert$',
			p.job, CASE p.job WHEN 'purge' THEN ' PERFORM stockalert.purge_cron_log();' ELSE '' END, 'stockalert_' || p.job)
	FROM stockalert.job_periods() AS p;
$$;
COMMENT ON FUNCTION stockalert.job_list() IS 'The periodic jobs as pg_cron knows them: name, cron schedule (GMT, or cron.timezone from pg_cron 1.5 on), command without arguments.';

CREATE FUNCTION stockalert.require_cron() RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- Where pg_cron is installed is its database: it can be created in no other.
	cron_database text := stockalert.cron_setting('database_name', CASE WHEN to_regnamespace('cron') IS NOT NULL THEN current_database() END);
BEGIN
	IF cron_database IS NULL THEN
		RAISE EXCEPTION 'pg_cron is not loaded, or not for this database'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its extension is not in this database, and its settings are not known to this role.',
				  HINT = format('As superuser: CREATE EXTENSION pg_cron; if that fails, in postgresql.conf first: shared_preload_libraries = ''pg_cron,stockalert'' and cron.database_name = %L; restart.', current_database());
	ELSIF cron_database <> current_database() THEN
		RAISE EXCEPTION 'pg_cron lives in database "%"', cron_database
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'One database per cluster holds all jobs.',
				  HINT = format(E'-- Run this in database %I as superuser:\nCREATE EXTENSION IF NOT EXISTS pg_cron;\n', cron_database)
					|| (SELECT string_agg(format('SELECT cron.schedule_in_database(%L, %L, %L, %L, %L);',
						j.job || '_' || current_database(), j.schedule, j.command, current_database(), session_user), E'\n') FROM stockalert.job_list() AS j);
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

CREATE FUNCTION stockalert.note_schedule(job text, schedule text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.require_all_locations('schedule_jobs()');
	-- Where it goes on from: reminders are not sent before their next hour because the jobs were
	-- scheduled just now; what makes the tables ready is due at once.
	INSERT INTO stockalert.job_runs (job, due_at, ended_at, result, detail)
		SELECT p.job, CASE WHEN p.job IN ('remind', 'purge') THEN d.due ELSE coalesce((SELECT r.due_at FROM stockalert.job_runs AS r
				WHERE r.job = p.job AND r.result IN ('ok', 'scheduled') ORDER BY r.run_id DESC LIMIT 1), d.due - coalesce(p.every, interval '1 day')) END,
			stockalert.as_of(), CASE WHEN note_schedule.schedule IS NULL THEN 'unscheduled' ELSE 'scheduled' END, note_schedule.schedule
		FROM stockalert.job_periods() AS p, stockalert.job_due_at(p.every, p.daily_at, stockalert.as_of()) AS d (due)
		WHERE p.job = note_schedule.job;
END
$$;
COMMENT ON FUNCTION stockalert.note_schedule(text, text) IS 'Notes that a job was scheduled, or no longer is (NULL), and from when it goes on. Part of schedule_jobs() and unschedule_jobs().';

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
		PERFORM stockalert.note_schedule(substr(j.job, 12), j.schedule);
		scheduled := scheduled + 1;
	END LOOP;
	done := format('%s jobs scheduled: check every %s, reminders at %s UTC, summaries at each subscriber''s hour, learning from sales and upkeep at night', scheduled,
		current_setting('stockalert.check_interval'), current_setting('stockalert.reminder_time'));
	next := 'SELECT * FROM stockalert.jobs_status; -- in 15 minutes, to see that they run';
END
$$;
COMMENT ON FUNCTION stockalert.schedule_jobs() IS 'Registers the periodic jobs with pg_cron as the settings say, or updates them in place. Errors: 55000, 42501, 42704 where pg_cron cannot take them; the hint says what to do.';

CREATE FUNCTION stockalert.unschedule_jobs(OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	removed integer := 0;
	cron_database text := stockalert.cron_setting('database_name', current_database());
BEGIN
	-- Jobs that the hint of schedule_jobs() put into another database can only be taken out there.
	IF cron_database <> current_database() THEN
		RAISE EXCEPTION 'pg_cron lives in database "%"', cron_database
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'One database per cluster holds all jobs.',
				  HINT = format(E'-- Run this in database %I as superuser:\nSELECT cron.unschedule(jobid) FROM cron.job WHERE database = %L AND jobname LIKE ''stockalert\\_%%'';', cron_database, current_database());
	END IF;
	PERFORM stockalert.require_cron();
	FOR j IN EXECUTE 'SELECT c.jobid, c.jobname FROM cron.job AS c WHERE c.jobname IN (SELECT l.job FROM stockalert.job_list() AS l) ORDER BY c.jobid' LOOP
		EXECUTE 'SELECT cron.unschedule($1)' USING j.jobid;
		PERFORM stockalert.note_schedule(substr(j.jobname, 12), NULL);
		removed := removed + 1;
	END LOOP;
	done := format('%s jobs removed', removed);
	next := 'SELECT * FROM stockalert.schedule_jobs(); -- to have them again';
END
$$;
COMMENT ON FUNCTION stockalert.unschedule_jobs() IS 'Takes the periodic jobs out of pg_cron. After DROP EXTENSION they take themselves out, each when it would run. Errors as schedule_jobs().';

-- Whoever runs the purge: pg_cron shows each role its own runs only.
CREATE FUNCTION stockalert.purge_cron_log() RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	deleted bigint := 0;
BEGIN
	IF has_schema_privilege(to_regnamespace('cron'), 'USAGE') AND to_regclass('cron.job_run_details') IS NOT NULL THEN
		EXECUTE $delete$DELETE FROM cron.job_run_details AS d WHERE d.command LIKE 'DO $stockalert$%' AND d.database = current_database()
			AND d.end_time < now() - make_interval(days => $1)$delete$ USING current_setting('stockalert.keep_runs')::integer;
		GET DIAGNOSTICS deleted = ROW_COUNT;
	END IF;
	RETURN deleted;
END
$$;
COMMENT ON FUNCTION stockalert.purge_cron_log() IS 'Deletes what pg_cron noted of runs of our jobs before stockalert.keep_runs days, and returns how many rows; 0 where the caller may not use pg_cron.';

GRANT EXECUTE ON FUNCTION stockalert.schedule_jobs(), stockalert.unschedule_jobs(), stockalert.job_list(), stockalert.require_cron(),
	stockalert.cron_setting(text, text), stockalert.cron_schedule(interval, time), stockalert.note_schedule(text, text), stockalert.purge_cron_log()
	TO stockalert_admin;
