-- Are the jobs scheduled as the settings say, and do they run when they should?

-- As the caller: pg_cron shows each role its own jobs.
CREATE FUNCTION stockalert.jobs_in_cron(OUT job text, OUT schedule text, OUT command text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- In this order: a name in a schema that one may not use cannot even be asked for.
	IF has_schema_privilege(to_regnamespace('cron'), 'USAGE') AND to_regclass('cron.job') IS NOT NULL THEN
		RETURN QUERY EXECUTE 'SELECT substr(j.jobname, 12), j.schedule, j.command FROM cron.job AS j'
			' WHERE j.jobname LIKE ''stockalert\_%'' AND j.database = current_database() AND j.active ORDER BY j.jobid';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.jobs_in_cron() IS 'Our jobs in pg_cron, those of other roles only where the caller is superuser; none where pg_cron is elsewhere or may not be read.';

CREATE FUNCTION stockalert.sees_all_cron_jobs() RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(has_schema_privilege(to_regnamespace('cron'), 'USAGE') AND to_regclass('cron.job') IS NOT NULL
		AND (SELECT r.rolsuper OR r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user), false);
END
$$;
COMMENT ON FUNCTION stockalert.sees_all_cron_jobs() IS 'Tells whether a job that jobs_in_cron() does not show is not there.';

CREATE FUNCTION stockalert.jobs_noted(OUT job text, OUT noted_schedule text, OUT noted_at timestamptz, OUT last_start timestamptz, OUT last_end timestamptz,
	OUT last_result text, OUT last_detail text, OUT done_for timestamptz) RETURNS SETOF record
	LANGUAGE sql STABLE ROWS 8 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.job, m.detail, m.ended_at, r.started_at, r.ended_at, r.result, concat_ws(' ', r.sqlstate, r.detail),
		(SELECT d.due_at FROM stockalert.job_runs AS d WHERE d.job = p.job AND d.result IN ('ok', 'scheduled') ORDER BY d.run_id DESC LIMIT 1)
	FROM stockalert.job_periods() AS p
	-- What a dump brought along was scheduled elsewhere; what it says was done is done.
	CROSS JOIN (SELECT stockalert.this_database() AS run_in OFFSET 0) AS h
	LEFT JOIN LATERAL (SELECT x.* FROM stockalert.job_runs AS x WHERE x.job = p.job AND x.result IN ('scheduled', 'unscheduled') AND x.run_in = h.run_in ORDER BY x.run_id DESC LIMIT 1) AS m ON true
	LEFT JOIN LATERAL (SELECT x.* FROM stockalert.job_runs AS x WHERE x.job = p.job AND x.result IN ('ok', 'failed') AND x.run_in = h.run_in ORDER BY x.run_id DESC LIMIT 1) AS r ON true;
$$;
COMMENT ON FUNCTION stockalert.jobs_noted() IS 'What job_runs says of each job in this database: its schedule (NULL: none that is known) and since when, its last run, and the time up to which it is done, be it where it was restored from.';

CREATE VIEW stockalert.jobs_status WITH (security_barrier) AS
SELECT p.job, p.what, coalesce('every ' || (extract(epoch FROM p.every) / 60)::integer || ' minutes', 'daily at ' || pg_catalog.to_char(p.daily_at, 'HH24:MI') || ' UTC') AS runs,
	coalesce(c.schedule, n.noted_schedule) AS schedule, l.schedule AS wanted_schedule, l.command, n.last_start, n.last_end, n.last_result, n.last_detail,
	d.next_due, s.scheduled, s.on_time,
	CASE WHEN NOT s.scheduled THEN 'SELECT * FROM stockalert.schedule_jobs();'
		WHEN coalesce(c.schedule, n.noted_schedule) <> l.schedule OR c.command <> l.command THEN 'SELECT * FROM stockalert.schedule_jobs(); -- a setting changed'
		WHEN NOT s.on_time THEN 'SELECT status, return_message, start_time FROM cron.job_run_details ORDER BY runid DESC LIMIT 20; -- why pg_cron does not run it; without rows of late restart the server'
		WHEN n.last_result = 'failed' THEN '-- Mend what last_detail says; it is tried again.'
	END AS what_to_do
FROM stockalert.job_periods() AS p
JOIN stockalert.job_list() AS l ON l.job = 'stockalert_' || p.job
JOIN stockalert.jobs_noted() AS n ON n.job = p.job
LEFT JOIN LATERAL (SELECT j.schedule, j.command FROM stockalert.jobs_in_cron() AS j WHERE j.job = p.job LIMIT 1) AS c ON true
CROSS JOIN LATERAL (SELECT stockalert.job_due_at(p.every, p.daily_at, stockalert.as_of()) AS due, coalesce(p.every, interval '1 day') AS period) AS t
-- What was not done for its last time is done with the next tick, a daily job's by catch_up.
CROSS JOIN LATERAL (SELECT CASE WHEN n.done_for >= t.due - t.period AND n.done_for < t.due
	THEN stockalert.job_due_at(coalesce(p.every, interval '15 minutes'), NULL, stockalert.as_of()) + coalesce(p.every, interval '15 minutes')
	ELSE t.due + t.period END AS next_due) AS d
CROSS JOIN LATERAL (SELECT
	-- Jobs of another role, or of pg_cron in another database, are known by what they did and by what was noted.
	c.schedule IS NOT NULL OR (n.noted_schedule IS NOT NULL AND NOT stockalert.sees_all_cron_jobs())
		OR (n.noted_at IS NULL AND n.last_end IS NOT NULL) AS scheduled,
	-- Late is what was not done half an hour after the time that it is for.
	coalesce(n.done_for >= stockalert.job_due_at(p.every, p.daily_at, stockalert.as_of() - interval '30 minutes'), false)
		OR coalesce(n.noted_schedule IS NOT NULL AND n.noted_at > stockalert.as_of() - interval '30 minutes', false) AS on_time) AS s;
COMMENT ON VIEW stockalert.jobs_status IS
	'Each periodic job: what it does, when it runs, its schedule in pg_cron and the one that the settings want, its last run and result, when it is due next, whether it runs on time, and what to do where something is wrong.';
COMMENT ON COLUMN stockalert.jobs_status.schedule IS 'As pg_cron has it, or as it was last set where that may not be read; NULL: not scheduled, or by statements run in another database.';
COMMENT ON COLUMN stockalert.jobs_status.wanted_schedule IS 'As the settings want it; schedule_jobs() sets it. A daily job is ticked at its time, and by catch_up where that was missed.';
COMMENT ON COLUMN stockalert.jobs_status.on_time IS 'What was due half an hour ago is done.';

CREATE FUNCTION stockalert.health_of_jobs() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'jobs', CASE WHEN count(*) FILTER (WHERE j.scheduled) = 0 THEN 'warn'
			WHEN count(*) FILTER (WHERE j.last_result = 'failed' OR j.scheduled AND NOT j.on_time) > 0 THEN 'error'
			WHEN count(j.what_to_do) > 0 THEN 'warn' ELSE 'ok' END,
		CASE WHEN count(*) FILTER (WHERE j.scheduled) = 0 THEN 'no job is scheduled: nothing is reminded of, summed up, learned or cleaned up'
			WHEN count(j.what_to_do) = 0 THEN format('%s jobs on time', count(*))
			ELSE concat_ws('; ', 'failed: ' || string_agg(j.job || ' (' || j.last_detail || ')', ', ' ORDER BY j.job) FILTER (WHERE j.last_result = 'failed'),
				'late: ' || string_agg(j.job || coalesce(' (last ' || j.last_end || ')', ''), ', ' ORDER BY j.job) FILTER (WHERE j.scheduled AND NOT j.on_time),
				'not scheduled: ' || string_agg(j.job, ', ' ORDER BY j.job) FILTER (WHERE NOT j.scheduled),
				'not as the settings say: ' || string_agg(j.job, ', ' ORDER BY j.job) FILTER (WHERE j.schedule <> j.wanted_schedule)) END,
		CASE WHEN count(*) FILTER (WHERE j.scheduled) = 0 THEN 'SELECT * FROM stockalert.schedule_jobs();'
			WHEN count(j.what_to_do) > 0 THEN 'SELECT job, what_to_do FROM stockalert.jobs_status;' END
	FROM stockalert.jobs_status AS j;
$$;
COMMENT ON FUNCTION stockalert.health_of_jobs() IS 'Part of health(): periodic jobs.';

GRANT SELECT ON stockalert.jobs_status TO stockalert_viewer;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.job_periods(), stockalert.job_due_at(interval, time, timestamptz), stockalert.job_list(), stockalert.cron_setting(text, text),
	stockalert.cron_schedule(interval, time), stockalert.jobs_in_cron(), stockalert.jobs_noted(), stockalert.sees_all_cron_jobs() TO stockalert_viewer;
