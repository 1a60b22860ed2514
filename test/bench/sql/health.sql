-- health.sql: :deliveries old deliveries, alerts and runs of jobs, for bench_health.
SELECT stockalert.make_partitions((now() - interval '40 days')::date, (now() + interval '40 days')::date) \g /dev/null
UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id % 100 < 6;
UPDATE stockalert.stock_levels SET on_hand = 50 WHERE item_id % 100 BETWEEN 1 AND 5;
DELETE FROM stockalert.queue;
INSERT INTO stockalert.messages (kind, ref, subscriber_id, channel, recipient, severity, subject, body, occurred_at, created_at)
	SELECT 'alert', 'AAAAAA', 1, 'log', 'server log', 'low', 'x', 'x', now() - interval '30 days', now() - interval '30 days' FROM generate_series(1, :deliveries);
INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome, attempts, maybe_twice, occurred_at, created_at, finished_at)
	SELECT n, n, 'log', 1, CASE WHEN n % 10000 IN (0, 5001) THEN 'dead' ELSE 'sent' END, 1, false, t.at, t.at, t.at
	FROM generate_series(1, :deliveries) AS n, LATERAL (SELECT CASE WHEN n % 2 = 0 THEN now() - interval '30 days' - n * interval '2 seconds' ELSE now() - n * interval '1 second' END AS at) AS t;
INSERT INTO stockalert.job_runs (job, due_at, started_at, ended_at, result)
	SELECT p.job, t.at, t.at, t.at, 'ok' FROM generate_series(now() - interval '30 days', now(), interval '15 minutes') AS t (at), stockalert.job_periods() AS p ORDER BY t.at;
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity) SELECT location_id, item_id, now() - interval '1 hour', 1 FROM stockalert.stock_levels LIMIT 100000;
VACUUM ANALYZE;
