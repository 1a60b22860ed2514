-- pg_cron takes the jobs, updates them in place and lets them go; each command runs.
SET client_min_messages = warning;
\set VERBOSITY sqlstate
SELECT stockalert.schedule_jobs();
CREATE EXTENSION pg_cron;
SELECT * FROM stockalert.schedule_jobs();
SELECT done FROM stockalert.schedule_jobs();
SELECT jobname, schedule, command = (SELECT l.command FROM stockalert.job_list() AS l WHERE l.job = jobname) AS command_as_listed, active, database = current_database() AS here FROM cron.job ORDER BY 1;
SELECT command FROM cron.job WHERE jobname = 'stockalert_check';
-- Each runs, once for each time; all but what is for another hour has something to do at once.
BEGIN;
DO $$ DECLARE j record; BEGIN
	FOR j IN SELECT command FROM cron.job ORDER BY jobname LOOP
		EXECUTE j.command;
		EXECUTE j.command;
	END LOOP;
END $$;
SELECT job, result, count(*), bool_and(ended_at >= started_at) AS ended FROM stockalert.job_runs WHERE result <> 'scheduled' GROUP BY 1, 2 ORDER BY 1;
SELECT job, what, runs, schedule = wanted_schedule AS as_wanted, last_result, scheduled, on_time, what_to_do FROM stockalert.jobs_status ORDER BY 1;
ROLLBACK;
-- Somebody changed one and took one away.
SELECT cron.unschedule('stockalert_remind');
SELECT cron.schedule('stockalert_check', '0 0 * * *', command) IS NOT NULL AS changed FROM cron.job WHERE jobname = 'stockalert_check';
SELECT job, schedule, wanted_schedule, scheduled, what_to_do FROM stockalert.jobs_status WHERE what_to_do IS NOT NULL ORDER BY 1;
SELECT done FROM stockalert.schedule_jobs();
SELECT count(*) AS to_do FROM stockalert.jobs_status WHERE what_to_do IS NOT NULL;
-- Who may not read pg_cron sees the schedule that was set; pg_cron's log of our runs is deleted by who owns them.
CREATE ROLE jobs_looker IN ROLE stockalert_viewer;
SET ROLE jobs_looker;
SELECT count(*) FILTER (WHERE schedule = wanted_schedule) AS scheduled, count(what_to_do) AS to_do FROM stockalert.jobs_status;
SELECT stockalert.run_job('check');
SELECT stockalert.purge_cron_log();
RESET ROLE;
INSERT INTO cron.job_run_details (jobid, runid, database, username, command, status, end_time)
	SELECT 1, 1000 + n, CASE WHEN n = 3 THEN 'elsewhere' ELSE current_database() END, current_user,
		CASE WHEN n = 4 THEN 'SELECT 1' ELSE (SELECT command FROM stockalert.job_list() LIMIT 1) END, 'succeeded',
		now() - CASE WHEN n = 2 THEN interval '29 days' ELSE interval '31 days' END FROM generate_series(1, 4) AS n;
SELECT stockalert.purge_cron_log();
DELETE FROM cron.job_run_details WHERE runid > 1000 RETURNING runid - 1000 AS kept;
-- One of somebody else is left alone.
SELECT cron.schedule('mine', '0 0 1 1 *', 'SELECT 1') > 0 AS another;
SELECT * FROM stockalert.unschedule_jobs();
SELECT done FROM stockalert.unschedule_jobs();
SELECT jobname AS left_alone FROM cron.job;
SELECT count(*) FILTER (WHERE scheduled) AS scheduled, min(what_to_do), max(what_to_do) FROM stockalert.jobs_status;
SELECT state, finding, remedy FROM stockalert.health() WHERE "check" = 'jobs';
-- The extension goes and forgets its jobs: they take themselves away, each when it would run.
SELECT done FROM stockalert.schedule_jobs();
SELECT command AS check_command FROM cron.job WHERE jobname = 'stockalert_check' \gset
BEGIN;
DROP EXTENSION stockalert;
:check_command;
:check_command;
SELECT count(*) FILTER (WHERE jobname = 'stockalert_check') AS gone, count(*) AS others FROM cron.job;
ROLLBACK;
-- What a check has to say after a failure: recorded, undone, warned of, tried three times.
BEGIN;
SET LOCAL client_min_messages = warning;
\set VERBOSITY default
\set SHOW_CONTEXT never
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
DELETE FROM stockalert.job_runs;
ALTER FUNCTION stockalert.settle() RENAME TO settle_away;
SELECT stockalert.run_job('check');
SELECT stockalert.run_job('check'), stockalert.run_job('check'), stockalert.run_job('check');
SELECT state, left(finding, 64) AS finding FROM stockalert.health() WHERE "check" = 'jobs';
SELECT result, sqlstate, detail, ended_at IS NOT NULL AS ended FROM stockalert.job_runs WHERE job = 'check' LIMIT 1;
SELECT stockalert.run_job('chek');
ROLLBACK;
SELECT stockalert.unschedule_jobs() IS NOT NULL AS unscheduled;
DELETE FROM stockalert.job_runs;
DROP ROLE jobs_looker;
DROP EXTENSION pg_cron;
SELECT stockalert.unschedule_jobs();
