-- The workers as SQL sees them on a server that preloads the library, delivery off.
\set VERBOSITY terse
DO $$
BEGIN
	FOR i IN 1 .. 1800 LOOP
		EXIT WHEN EXISTS (SELECT FROM stockalert.worker_status() WHERE database = current_database() AND state = 'off');
		PERFORM pg_sleep(0.05);
	END LOOP;
END
$$;
SELECT database, role, state, pid IS NOT NULL AS runs, detail, routed, sent, failed FROM stockalert.worker_status()
WHERE database IS NULL OR database = current_database() ORDER BY role;
-- It works as a role of its own.
SELECT usename FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = current_database();
-- Asking for what runs already does no harm.
SELECT stockalert.start_worker();
-- What is queued stays queued, a rolled back event is none.
BEGIN;
INSERT INTO stockalert.queue (event, occurred_at) VALUES ('test', now());
SELECT stockalert.wake_sender();
SELECT count(*) FROM stockalert.queue;
ROLLBACK;
SELECT count(*) FROM stockalert.queue;
-- Who may see the workers may not start them.
SET ROLE stockalert_viewer;
SELECT count(*) > 0 AS seen FROM stockalert.worker_status();
SELECT stockalert.start_worker();
RESET ROLE;
