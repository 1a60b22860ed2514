-- Numbers for a monitoring system, with the names and types that Prometheus wants.

CREATE FUNCTION stockalert.read_metrics() RETURNS TABLE (name text, type text, help text, labels jsonb, value double precision)
	LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'stockalert_build_info', 'gauge', '1; the label is the version of the extension.', jsonb_build_object('version', e.extversion), 1
		FROM pg_catalog.pg_extension AS e WHERE e.extname = 'stockalert'
	UNION ALL SELECT 'stockalert_health_state', 'gauge', 'Checks of health(): 0 ok, 1 warn, 2 error.', jsonb_build_object('check', h."check"),
		CASE h.state WHEN 'ok' THEN 0 WHEN 'warn' THEN 1 ELSE 2 END FROM stockalert.health() AS h
	UNION ALL SELECT m.name, m.type, m.help, jsonb_build_object('role', w.role), m.value
		FROM stockalert.worker_status() AS w CROSS JOIN LATERAL (VALUES
			('stockalert_worker_up', 'gauge', '1 where the worker runs.', CASE w.state WHEN 'running' THEN 1 ELSE 0 END),
			('stockalert_worker_routed_total', 'counter', 'Alert events routed since the server started.', w.routed),
			('stockalert_worker_sent_total', 'counter', 'Messages accepted by a provider, or logged, since the server started.', w.sent),
			('stockalert_worker_failed_total', 'counter', 'Messages given up since the server started.', w.failed)) AS m (name, type, help, value)
		WHERE w.database = current_database() OR w.role = 'launcher'
	UNION ALL SELECT m.name, 'gauge', m.help, jsonb_build_object('job', j.job), m.value
		FROM stockalert.jobs_status AS j CROSS JOIN LATERAL (VALUES
			('stockalert_job_on_time', '1 where what was due half an hour ago is done.', j.on_time::integer::double precision),
			('stockalert_job_failed', '1 where the last run failed.', CASE j.last_result WHEN 'failed' THEN 1 ELSE 0 END),
			('stockalert_job_last_end_timestamp_seconds', 'When the last run ended.', extract(epoch FROM j.last_end)::double precision),
			('stockalert_job_last_run_seconds', 'How long the last run took.', extract(epoch FROM j.last_end - j.last_start)::double precision)) AS m (name, help, value)
	UNION ALL SELECT 'stockalert_alerts_open', 'gauge', 'Open alerts.', jsonb_build_object('kind', k.kind, 'severity', s.severity), count(a.alert_id)
		FROM unnest('{stock,stockout_risk,overstock,dead_stock,negative_stock}'::text[]) AS k (kind) CROSS JOIN unnest('{low,critical,out}'::text[]) AS s (severity)
		LEFT JOIN stockalert.alerts AS a ON a.resolved_at IS NULL AND a.kind = k.kind AND a.severity = s.severity
		GROUP BY k.kind, s.severity
	UNION ALL SELECT 'stockalert_queue_rows', 'gauge', 'Rows of the queue: events to be routed, news held back, messages to be sent.', jsonb_build_object('stage', s.stage), count(q.queue_id)
		FROM unnest('{event,held,message}'::text[]) AS s (stage) LEFT JOIN stockalert.queue AS q ON q.stage = s.stage GROUP BY s.stage
	UNION ALL SELECT 'stockalert_oldest_waiting_seconds', 'gauge', 'Age of the oldest row of the queue; 0 where it is empty.', '{}'::jsonb,
		coalesce(greatest(extract(epoch FROM clock_timestamp() - min(q.created_at)), 0), 0)::double precision FROM stockalert.queue AS q
	UNION ALL SELECT 'stockalert_dead_letters', 'gauge', 'Messages given up in the last 24 hours.', '{}', count(*)
		FROM stockalert.deliveries AS d WHERE d.outcome IN ('dead', 'expired') AND d.finished_at > now() - interval '1 day'
	UNION ALL SELECT 'stockalert_stock_levels', 'gauge', 'Items at locations, about.', '{}', greatest(c.reltuples, 0)::double precision
		FROM pg_catalog.pg_class AS c WHERE c.oid = 'stockalert.stock_levels'::regclass
	UNION ALL SELECT 'stockalert_demand_learned_timestamp_seconds', 'gauge', 'Up to when demand was learned from sales.', '{}', extract(epoch FROM f.folded_for)::double precision
		FROM (VALUES (true)) AS one LEFT JOIN stockalert.demand_folded AS f ON true
	-- Numbers that were given, also to transactions that were then rolled back: they never fall, whatever is purged.
	UNION ALL SELECT m.name, 'counter', m.help, '{}', coalesce(pg_sequence_last_value(pg_get_serial_sequence(m.source, m.key)::regclass), 0)
		FROM (VALUES ('stockalert_alerts_total', 'Alerts opened.', 'stockalert.alerts', 'alert_id'),
			('stockalert_alert_events_total', 'Things that happened to alerts.', 'stockalert.alert_events', 'event_id'),
			('stockalert_messages_total', 'Messages written.', 'stockalert.messages', 'message_id'),
			('stockalert_job_runs_total', 'Runs of periodic jobs.', 'stockalert.job_runs', 'run_id')) AS m (name, help, source, key);
$$;
COMMENT ON FUNCTION stockalert.read_metrics() IS 'Reads what the view metrics shows; value NULL: there is none yet.';

CREATE VIEW stockalert.metrics WITH (security_barrier) AS
SELECT m.name, m.type, m.help, m.labels, m.value FROM stockalert.read_metrics() AS m
WHERE m.value IS NOT NULL AND (SELECT stockalert.sees_all_locations());
COMMENT ON VIEW stockalert.metrics IS
	'Numbers for a monitoring system, by the rules of Prometheus: name, type (counter or gauge), help, labels, value. Of the whole database: empty for a role that sees some locations only.';
COMMENT ON COLUMN stockalert.metrics.type IS 'counter: only rises, but for a restart of the server or a restore; gauge: goes up and down.';

-- postgres_exporter calls a metric by its group and column, and wants labels first.
CREATE FUNCTION stockalert.metrics_exporter_yaml() RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH defined AS (
		SELECT DISTINCT m.name, m.type, m.help, ARRAY(SELECT jsonb_object_keys(m.labels) ORDER BY 1) AS keys FROM stockalert.read_metrics() AS m),
	grouped AS (
		SELECT CASE WHEN cardinality(d.keys) = 0 THEN 'stockalert' ELSE 'stockalert_' || split_part(d.name, '_', 2) END AS prefix, d.* FROM defined AS d),
	named AS (SELECT g.*, substr(g.name, length(g.prefix) + 2) AS suffix FROM grouped AS g)
	SELECT string_agg(x.lines, E'\n' ORDER BY x.prefix)
	FROM (SELECT n.prefix, format(E'%s:\n  query: |\n    SELECT %s FROM stockalert.metrics WHERE name IN (%s)%s\n  metrics:\n%s%s', n.prefix,
			concat_ws(', ', (SELECT string_agg(format('labels ->> ''%1$s'' AS %2$s', k, quote_ident(k)), ', ' ORDER BY k) FROM unnest(n.keys) AS k),
				string_agg(format('max(value) FILTER (WHERE name = ''%s'') AS %s', n.name, n.suffix), ', ' ORDER BY n.name)),
			string_agg(quote_literal(n.name), ', ' ORDER BY n.name),
			CASE WHEN cardinality(n.keys) > 0 THEN ' GROUP BY ' || (SELECT string_agg(k::text, ', ' ORDER BY k) FROM generate_series(1, cardinality(n.keys)) AS k) ELSE '' END,
			(SELECT coalesce(string_agg(format(E'    - %s:\n        usage: "LABEL"\n        description: "%s"\n', k, k), '' ORDER BY k), '') FROM unnest(n.keys) AS k),
			string_agg(format(E'    - %s:\n        usage: "%s"\n        description: "%s"\n', n.suffix, upper(n.type), n.help), '' ORDER BY n.name)) AS lines
		FROM named AS n GROUP BY n.prefix, n.keys) AS x;
$$;
COMMENT ON FUNCTION stockalert.metrics_exporter_yaml() IS
	'The view metrics as a query file of postgres_exporter (--extend.query-path), one query a group, each metric under its own name.';

GRANT SELECT ON stockalert.metrics TO stockalert_viewer;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.read_metrics(), stockalert.metrics_exporter_yaml() TO stockalert_viewer;
