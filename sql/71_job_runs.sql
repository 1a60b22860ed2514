-- What periodic jobs are there, when each was due and ran, and running one that
-- is due.  A job works from what is stored here and in the tables, never from
-- the minute it is called in: called too often it does nothing, called late it
-- catches up once.

CREATE TABLE stockalert.job_runs (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job text NOT NULL,
	due_at timestamptz NOT NULL,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ended_at timestamptz,
	result text NOT NULL,
	detail text,
	sqlstate text,
	run_by text NOT NULL DEFAULT SESSION_USER,
	run_in text NOT NULL DEFAULT stockalert.this_database(),
	CONSTRAINT "result is ok, failed, scheduled or unscheduled" CHECK (result IN ('ok', 'failed', 'scheduled', 'unscheduled'))
);
COMMENT ON TABLE stockalert.job_runs IS 'Runs of the periodic jobs, and when they were scheduled; the newest of each job says from where it goes on. Emptied of what is older than stockalert.keep_runs by the purge.';
COMMENT ON COLUMN stockalert.job_runs.due_at IS 'The time for which it ran, by stockalert.as_of(): each is done once.';
COMMENT ON COLUMN stockalert.job_runs.started_at IS 'By the clock, as ended_at; of scheduled and unscheduled that is by stockalert.as_of().';
COMMENT ON COLUMN stockalert.job_runs.result IS 'ok; failed: detail has the error, sqlstate its code; scheduled, unscheduled: the schedule was set (detail) or taken away, due_at is where it goes on from.';
COMMENT ON COLUMN stockalert.job_runs.run_in IS 'The database, by this_database(): in a restored one pg_cron knows nothing of jobs that were scheduled elsewhere.';
CREATE INDEX job_runs_job_idx ON stockalert.job_runs (job, run_id);
GRANT SELECT ON stockalert.job_runs TO stockalert_admin;
CREATE INDEX job_runs_schedule_idx ON stockalert.job_runs (job, run_id) WHERE result IN ('scheduled', 'unscheduled');

CREATE FUNCTION stockalert.job_periods(OUT job text, OUT every interval, OUT daily_at time, OUT what text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	often interval;
BEGIN
	PERFORM stockalert.as_of(); -- the library is loaded, its settings are known
	often := current_setting('stockalert.check_interval')::interval;
	RETURN QUERY VALUES
		('check', often, NULL::time, 'judges stock that no trigger saw'),
		('sync', often, NULL, 'has points of sale asked for what is new'),
		('summarise', interval '15 minutes', NULL, 'sends summaries to whom it is the hour'),
		('remind', NULL, current_setting('stockalert.reminder_time')::time, 'sends reminders of open alerts'),
		('upkeep', NULL, '01:10', 'makes partitions ahead, judges all pairs anew'),
		('learn', NULL, '01:40', 'learns demand from sales'),
		('purge', NULL, '02:40', 'deletes what is old'),
		('catch_up', interval '15 minutes', NULL, 'runs daily jobs that were missed');
END
$$;
COMMENT ON FUNCTION stockalert.job_periods() IS 'The periodic jobs: name, how often or when in the day (UTC), what it does. Follows the settings.';

CREATE FUNCTION stockalert.job_due_at(every interval, daily_at time, moment timestamptz) RETURNS timestamptz
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN every IS NOT NULL THEN date_bin(every, moment, timestamptz '2000-01-01 00:00+00')
		ELSE (((moment AT TIME ZONE 'UTC') - daily_at)::date + daily_at) AT TIME ZONE 'UTC' END;
END
$$;
COMMENT ON FUNCTION stockalert.job_due_at(interval, time, timestamptz) IS 'The latest time, not after a moment, at which a job is due: every so often, else once a day at a time (UTC).';

CREATE FUNCTION stockalert.job_is_due(job text, due timestamptz, period interval) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	-- A clock that was set back a little is waited for, at most one period; one that
	-- was far ahead and was put right is not. What failed is tried three times.
	SELECT (done.due_at IS NULL OR due > done.due_at OR due < done.due_at - period)
		AND (SELECT count(*) FROM stockalert.job_runs AS r WHERE r.job = job_is_due.job AND r.due_at = due AND r.result = 'failed') < 3
	FROM (SELECT (SELECT r.due_at FROM stockalert.job_runs AS r WHERE r.job = job_is_due.job AND r.result IN ('ok', 'scheduled')
		ORDER BY r.run_id DESC LIMIT 1) AS due_at) AS done;
$$;
COMMENT ON FUNCTION stockalert.job_is_due(text, timestamptz, interval) IS 'Tells whether a job is still to be done for a time that has come. For the owner.';

CREATE FUNCTION stockalert.limit_statement(seconds integer) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_limit_statement';
COMMENT ON FUNCTION stockalert.limit_statement(integer) IS
	'Ends the running statement after so many seconds from now as statement_timeout does, also in a background worker of pg_cron; a shorter statement_timeout stays. 0: no limit. For the owner.';

CREATE FUNCTION stockalert.do_job(job text) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
	did text;
BEGIN
	CASE job
		WHEN 'check' THEN
			SELECT c.* INTO r FROM stockalert.check_stock() AS c;
			did := format('%s checked, %s opened, %s worsened, %s resolved', stockalert.counted(r.items_checked, 'item'), stockalert.counted(r.alerts_opened, 'alert'), r.alerts_worsened, r.alerts_resolved);
		WHEN 'sync' THEN
			did := stockalert.counted(stockalert.request_syncs(), 'connection') || ' asked';
		WHEN 'summarise' THEN
			did := stockalert.counted(stockalert.send_summaries(), 'summary', 'summaries');
		WHEN 'remind' THEN
			did := stockalert.counted(stockalert.send_reminders(), 'reminder');
		WHEN 'upkeep' THEN
			SELECT u.* INTO r FROM stockalert.daily_upkeep() AS u;
			did := format('%s made, %s resolved', stockalert.counted(r.partitions_made, 'partition'), stockalert.counted(r.alerts_resolved, 'alert'));
		WHEN 'learn' THEN
			SELECT d.* INTO r FROM stockalert.refresh_demand() AS d;
			did := format('%s read, %s changed, %s moved', stockalert.counted(r.days_folded, 'day'), stockalert.counted(r.pairs_changed, 'pair'), stockalert.counted(r.thresholds_moved, 'threshold'));
		WHEN 'purge' THEN
			SELECT string_agg(format('%s %s', p.deleted, p.what), ', ') INTO did FROM stockalert.purge() AS p;
		WHEN 'catch_up' THEN
			SELECT coalesce(string_agg(format('%s: %s', p.job, stockalert.run_job(p.job)), '; '), 'nothing was missed') INTO did
				FROM stockalert.job_periods() AS p, stockalert.job_due_at(NULL, p.daily_at, stockalert.as_of()) AS due
				-- The scheduled run itself may only just be beginning.
				WHERE p.daily_at IS NOT NULL AND due <= stockalert.as_of() - interval '5 minutes' AND stockalert.job_is_due(p.job, due, interval '1 day');
	END CASE;
	RETURN did;
END
$$;
COMMENT ON FUNCTION stockalert.do_job(text) IS 'Does what a job is for and says what it did. For the owner: run_job() calls it.';

CREATE FUNCTION stockalert.run_job(job text) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	period record;
	due timestamptz;
	started timestamptz := clock_timestamp();
	did text;
	code text;
	why text;
	remedy text;
BEGIN
	PERFORM stockalert.require_all_locations('run_job()');
	SELECT p.* INTO period FROM stockalert.job_periods() AS p WHERE p.job = run_job.job;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'job "%" is not known', coalesce(left(job, 60), 'NULL')
			USING ERRCODE = 'undefined_object', DETAIL = format('Jobs are %s.', (SELECT string_agg(p.job, ', ' ORDER BY p.job) FROM stockalert.job_periods() AS p)),
				  HINT = 'SELECT * FROM stockalert.jobs_status;';
	END IF;
	IF NOT pg_try_advisory_xact_lock('stockalert.job_runs'::regclass::oid::integer, hashtext(job)) THEN
		RAISE NOTICE 'job "%" is being run by another session', job USING HINT = 'This run leaves it alone.';
		RETURN 'runs elsewhere';
	END IF;
	due := stockalert.job_due_at(period.every, period.daily_at, stockalert.as_of());
	IF NOT stockalert.job_is_due(job, due, coalesce(period.every, interval '1 day')) THEN
		RAISE NOTICE 'job "%" was done for %', job, due USING HINT = 'By hand, whenever: check_stock(), send_reminders(), send_summaries(), refresh_demand(), daily_upkeep(), purge().';
		RETURN 'not due';
	END IF;
	PERFORM stockalert.limit_statement(extract(epoch FROM current_setting('stockalert.job_timeout')::interval)::integer);
	BEGIN
		did := stockalert.do_job(job);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, why = MESSAGE_TEXT, remedy = PG_EXCEPTION_HINT;
		remedy := CASE WHEN code = '57014' THEN 'It is ended after stockalert.job_timeout.' ELSE coalesce(nullif(remedy, ''), 'Mend the cause; it is tried again.') END;
	END;
	INSERT INTO stockalert.job_runs (job, due_at, started_at, ended_at, result, detail, sqlstate)
		VALUES (job, due, started, clock_timestamp(), CASE WHEN code IS NULL THEN 'ok' ELSE 'failed' END, left(coalesce(did, format('%s (%s)', why, remedy)), 1000), code);
	IF code IS NOT NULL THEN
		RAISE WARNING 'job "%" failed: %', job, why USING ERRCODE = code, DETAIL = 'What it did was undone; it is in stockalert.jobs_status.', HINT = remedy;
		RETURN 'failed: ' || why;
	END IF;
	RETURN did;
END
$$;
COMMENT ON FUNCTION stockalert.run_job(text) IS
	'Runs a periodic job (check, sync, summarise, remind, upkeep, learn, purge, catch_up) where it is due and nobody else runs it, notes it in job_runs and says what it did, "not due" or "runs elsewhere". A job that fails is undone, noted and warned of with its SQLSTATE, and tried three times. What pg_cron calls. Errors: 42704 unknown job, 42501 the caller sees some locations only.';

GRANT EXECUTE ON FUNCTION stockalert.run_job(text), stockalert.job_periods(), stockalert.job_due_at(interval, time, timestamptz) TO stockalert_manager;
