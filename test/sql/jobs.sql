-- pg_cron takes the jobs, updates them in place and lets them go; each command runs.
SET client_min_messages = warning;
\set VERBOSITY sqlstate
SELECT stockalert.schedule_jobs();
CREATE EXTENSION pg_cron;
SELECT * FROM stockalert.schedule_jobs();
SELECT done FROM stockalert.schedule_jobs();
SELECT jobname, schedule, command, active, database = current_database() AS here FROM cron.job ORDER BY 1;
BEGIN;
DO $$ DECLARE j record; BEGIN
	FOR j IN SELECT command FROM cron.job ORDER BY jobname LOOP
		EXECUTE j.command;
	END LOOP;
END $$;
ROLLBACK;
SELECT cron.schedule('mine', '0 0 1 1 *', 'SELECT 1') > 0 AS another;
SELECT * FROM stockalert.unschedule_jobs();
SELECT done FROM stockalert.unschedule_jobs();
SELECT jobname AS left_alone FROM cron.job;
DROP EXTENSION pg_cron;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT stockalert.unschedule_jobs();
