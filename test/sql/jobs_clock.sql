-- When a job is due, by a clock that is passed in: once for each time, caught up
-- once, on days of 23 and 25 hours, and with a clock that was set back.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
BEGIN;
CREATE FUNCTION pg_temp.at(moment timestamptz, job text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('stockalert.as_of', moment::text, true);
	RETURN CASE WHEN stockalert.run_job(job) IN ('not due', 'runs elsewhere') THEN '-' ELSE 'ran' END;
END
$$;
CREATE FUNCTION pg_temp.runs(job text, VARIADIC moments timestamptz[]) RETURNS TABLE (moment timestamptz, happened text) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH moment IN ARRAY moments LOOP
		happened := pg_temp.at(moment, job);
		RETURN NEXT;
	END LOOP;
END
$$;
-- Every quarter of an hour; after three hours down, once; set back by a quarter, waits; by two hours, goes on.
SELECT * FROM pg_temp.runs('check', '2026-03-02 09:00', '2026-03-02 09:14:59', '2026-03-02 09:15', '2026-03-02 12:20', '2026-03-02 12:21', '2026-03-02 12:30',
	'2026-03-02 12:16', '2026-03-02 12:29', '2026-03-02 12:31', '2026-03-02 12:45', '2026-03-02 10:40', '2026-03-02 10:41', '2026-03-02 10:45');
-- A clock that was years ahead is not waited for.
SELECT * FROM pg_temp.runs('upkeep', '2036-03-02 02:00', '2026-03-02 02:00', '2026-03-02 03:00');
SELECT * FROM pg_temp.runs('remind', '2036-03-02 09:00', '2026-03-02 09:00', '2026-03-02 09:01', '2026-03-02 08:59', '2026-03-02 09:00');
-- Daily, whatever the day is like where the session is: on the 23 hours of 29 March and the 25 of 25 October in Rome.
DELETE FROM stockalert.job_runs;
SET LOCAL TimeZone = 'Europe/Rome';
SELECT pg_temp.at('2026-03-27 12:00', job) FROM unnest('{remind,upkeep}'::text[]) AS job;
SELECT m::date, count(*) AS runs, min(m) AS ran_at FROM generate_series(timestamptz '2026-03-28 00:00', '2026-03-30 23:45', interval '15 minutes') AS m WHERE pg_temp.at(m, 'remind') = 'ran' GROUP BY 1 ORDER BY 1;
SELECT m::date, count(*) AS runs, min(m) AS ran_at FROM generate_series(timestamptz '2026-10-24 12:00', '2026-10-26 23:45', interval '15 minutes') AS m WHERE pg_temp.at(m, 'remind') = 'ran' GROUP BY 1 ORDER BY 1;
SELECT m::date, count(*) AS runs, min(m) AS ran_at FROM generate_series(timestamptz '2026-10-24 12:00', '2026-10-26 23:45', interval '15 minutes') AS m WHERE pg_temp.at(m, 'upkeep') = 'ran' GROUP BY 1 ORDER BY 1;
SET LOCAL TimeZone = 'UTC';
-- What was missed at 09:00 is caught up, once, five minutes after it or later.
DELETE FROM stockalert.job_runs;
SET LOCAL stockalert.as_of = '2026-03-02 08:00+00';
SELECT count(stockalert.run_job(job)) FROM stockalert.job_periods();
SELECT * FROM pg_temp.runs('catch_up', '2026-03-02 09:01', '2026-03-02 09:15', '2026-03-02 09:30', '2026-03-05 11:00', '2026-03-05 11:15');
SELECT due_at, detail FROM stockalert.job_runs WHERE job = 'catch_up' AND due_at >= '2026-03-02 09:00+00' ORDER BY run_id;
-- Late is said half an hour after; the settings say how often.
SELECT stockalert.note_schedule(job, 'x') FROM stockalert.job_periods();
SET LOCAL stockalert.as_of = '2026-03-05 11:29+00';
SELECT state, left(finding, 80) AS finding FROM stockalert.health_of_jobs();
SET LOCAL stockalert.as_of = '2026-03-05 11:50+00';
SELECT j.job, j.next_due, j.on_time FROM stockalert.jobs_status AS j ORDER BY 1;
SELECT every, daily_at, stockalert.cron_schedule(every, daily_at) AS schedule FROM (VALUES (interval '15 minutes', NULL::time), ('1 minute', NULL), ('7 minutes', NULL),
	('45 minutes', NULL), ('1 hour', NULL), ('90 minutes', NULL), ('2 hours', NULL), ('1 day', NULL), (NULL, '09:00'), (NULL, '00:05'), (NULL, '23:59')) AS v (every, daily_at);
SELECT stockalert.job_due_at('7 minutes', NULL, '2026-03-02 09:13+00'), stockalert.job_due_at(NULL, '09:00', '2026-03-02 08:59:59+00'), stockalert.job_due_at(NULL, '09:00', '2026-03-02 09:00+00');

-- Summaries at the local hour: once on each local day, also where 02:30 does not come or comes twice.
DELETE FROM stockalert.job_runs;
CREATE FUNCTION pg_temp.summaries(from_time timestamptz, to_time timestamptz) RETURNS TABLE (subscriber text, sent_at timestamp) LANGUAGE plpgsql AS $$
DECLARE
	moment double precision;
BEGIN
	FOR moment IN SELECT extract(epoch FROM m) FROM generate_series(from_time, to_time, interval '15 minutes') AS m LOOP
		PERFORM set_config('stockalert.as_of', to_timestamp(moment)::text, true);
		PERFORM stockalert.send_summaries();
		RETURN QUERY SELECT s.name, to_timestamp(moment) AT TIME ZONE s.time_zone FROM stockalert.queue AS q JOIN stockalert.subscribers AS s USING (subscriber_id) WHERE q.event = 'summary';
		DELETE FROM stockalert.queue WHERE event = 'summary';
	END LOOP;
END
$$;
INSERT INTO stockalert.subscribers (name, time_zone, summary_at, escalation, created_at) VALUES ('Rome', 'Europe/Rome', '02:30', false, '2026-01-01'), ('Lord Howe', 'Australia/Lord_Howe', '02:15', false, '2026-01-01'),
	('default', 'Asia/Kolkata', NULL, false, '2026-01-01'), ('never', 'UTC', '24:00', false, '2026-01-01'), ('boss', 'UTC', NULL, true, '2026-01-01'), ('new', 'UTC', NULL, false, '2026-03-28 09:00+00');
SELECT * FROM pg_temp.summaries('2026-03-28 00:00+00', '2026-03-30 00:00+00') ORDER BY 1, 2;
SELECT * FROM pg_temp.summaries('2026-10-24 00:00+00', '2026-10-26 12:00+00') WHERE subscriber = 'Rome' ORDER BY 1, 2;
-- The clock is set back over midnight: no second one. It was a month ahead: it goes on.
SELECT * FROM pg_temp.summaries('2026-10-26 00:00+00', '2026-10-26 12:00+00') WHERE subscriber = 'Rome';
SELECT * FROM pg_temp.summaries('2026-09-26 00:00+00', '2026-09-26 12:00+00') WHERE subscriber = 'Rome';
-- By hand during a scheduled run: what one has sent the other does not.
SET LOCAL stockalert.as_of = '2026-11-01 10:00+00';
SELECT stockalert.send_summaries() AS by_hand, split_part(stockalert.run_job('summarise'), ' ', 1) AS by_job;
ROLLBACK;

-- What is old is deleted, what something goes on from is kept.
BEGIN;
SET LOCAL stockalert.as_of = '2026-06-01 03:00+00';
SELECT stockalert.make_partitions('2026-01-01', '2026-06-01') > 0 AS made;
INSERT INTO stockalert.deliveries (message_id, queue_id, channel, outcome, attempts, maybe_twice, occurred_at, created_at, finished_at)
	SELECT n, n, 'log', 'sent', 1, false, t, t, t FROM (VALUES (1, timestamptz '2026-01-15'), (2, '2026-03-02'), (3, '2026-03-04'), (4, '2019-01-01')) AS v (n, t);
INSERT INTO stockalert.job_runs (job, due_at, started_at, ended_at, result) VALUES
	('learn', '2026-01-01', '2026-01-01', '2026-01-01', 'scheduled'), ('learn', '2026-01-02', '2026-01-02', '2026-01-02', 'ok'), ('learn', '2026-01-03', '2026-01-03', '2026-01-03', 'ok'),
	('sync', '2026-01-02', '2026-01-02', '2026-01-02', 'ok'), ('sync', '2026-01-03', '2026-01-03', '2026-01-03', 'ok'), ('sync', '2026-05-31', '2026-05-31', '2026-05-31', 'failed');
SELECT done FROM stockalert.add_square_connection();
INSERT INTO stockalert.webhook_inbox (body, signature, state, received_at) VALUES ('a', 'x', 'pending', '2026-05-28 00:00+00'), ('b', 'x', 'forged', '2026-05-30 00:00+00');
INSERT INTO stockalert.sync_problems (connection_id, stream, external_id, reason, seen_at) SELECT c.connection_id, 'counts', v.id, 'odd', v.at FROM stockalert.connections AS c,
	(VALUES ('old', timestamptz '2026-05-01'), ('new', '2026-05-03')) AS v (id, at);
SELECT * FROM stockalert.purge();
SELECT convert_from(body, 'UTF8') AS kept FROM stockalert.webhook_inbox;
SELECT external_id AS kept FROM stockalert.sync_problems;
SELECT message_id AS kept FROM stockalert.deliveries ORDER BY 1;
SELECT job, due_at, result FROM stockalert.job_runs ORDER BY run_id;
SELECT to_regclass('stockalert.deliveries_2026_01') IS NULL AS january_gone, to_regclass('stockalert.deliveries_2026_03') IS NOT NULL AS march_kept, to_regclass('stockalert.sales_2026_01') IS NOT NULL AS sales_kept;
SELECT sum(deleted) AS again FROM stockalert.purge();
ROLLBACK;

