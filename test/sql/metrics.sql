-- The view metrics by the rules of Prometheus, and its query file for postgres_exporter.
SET client_min_messages = warning;
-- Names, types and labels: nothing that Prometheus would refuse.
SELECT name FROM stockalert.metrics WHERE name !~ '^stockalert_[a-z][a-z0-9_]*$' OR type NOT IN ('counter', 'gauge') OR (type = 'counter') <> (name LIKE '%\_total')
	OR help !~ '^[A-Z0-9].*\.$' OR help ~ '["\\\n]' OR jsonb_typeof(labels) <> 'object' OR value IS NULL
	OR name ~ '_(count|sum|bucket|created)$' OR (name LIKE '%\_seconds' AND type <> 'gauge');
SELECT name, k FROM stockalert.metrics, jsonb_object_keys(labels) AS k WHERE k !~ '^[a-z][a-z0-9_]*$' OR k LIKE '\_\_%' OR jsonb_typeof(labels -> k) <> 'string';
SELECT name, labels FROM stockalert.metrics GROUP BY 1, 2 HAVING count(*) > 1;
SELECT name FROM stockalert.metrics GROUP BY 1 HAVING count(DISTINCT type) > 1 OR count(DISTINCT help) > 1 OR count(DISTINCT ARRAY(SELECT jsonb_object_keys(labels) ORDER BY 1)) > 1;
SELECT name, type, string_agg(DISTINCT k, ', ') AS labels FROM stockalert.metrics LEFT JOIN jsonb_object_keys(labels) AS k ON true GROUP BY 1, 2 ORDER BY 1;
-- Counters count, and never fall, whatever is rolled back, resolved, deleted and purged.
CREATE TEMPORARY TABLE before AS SELECT * FROM stockalert.metrics WHERE type = 'counter';
SELECT FROM stockalert.add_location('main');
SELECT FROM stockalert.add_item('A');
SELECT FROM stockalert.set_threshold('A', low => 10);
SELECT FROM stockalert.set_stock('A', 5);
SELECT labels, value FROM stockalert.metrics WHERE name = 'stockalert_alerts_open' AND value > 0;
SELECT value FROM stockalert.metrics WHERE name = 'stockalert_queue_rows' AND labels ->> 'stage' = 'event';
SELECT stockalert.run_job('check') IS NOT NULL AS ran;
-- What only the sender counts is of no other worker's.
SELECT count(*) AS of_others FROM stockalert.metrics WHERE name LIKE 'stockalert_worker_%_total' AND labels ->> 'role' <> 'sender';
CREATE TEMPORARY TABLE after AS SELECT * FROM stockalert.metrics WHERE type = 'counter';
SELECT a.name, a.value > b.value AS rose FROM after AS a JOIN before AS b USING (name, labels) WHERE name IN ('stockalert_alerts_total', 'stockalert_alert_events_total', 'stockalert_job_runs_total') ORDER BY 1;
BEGIN;
SELECT FROM stockalert.set_stock('A', 50);
ROLLBACK;
DELETE FROM stockalert.queue;
DELETE FROM stockalert.alert_events;
DELETE FROM stockalert.alerts;
DELETE FROM stockalert.job_runs;
SELECT count(*) > 0 AS there, count(*) FILTER (WHERE m.value < a.value) AS fell FROM after AS a LEFT JOIN stockalert.metrics AS m USING (name, labels);
-- postgres_exporter: each metric under its own name, each query runs.
CREATE TEMPORARY TABLE yaml AS SELECT line, n FROM regexp_split_to_table(stockalert.metrics_exporter_yaml(), E'\n') WITH ORDINALITY AS t (line, n);
SELECT line FROM yaml WHERE line !~ '^(|stockalert[a-z_]*:|  query: \||    SELECT .*|  metrics:|    - [a-z_]+:|        (usage: "(LABEL|COUNTER|GAUGE)"|description: "[^"]+"))$';
DO $$
DECLARE
	query text;
	rows bigint;
BEGIN
	FOR query IN SELECT line FROM yaml WHERE line LIKE '    SELECT %' LOOP
		EXECUTE query;
		GET DIAGNOSTICS rows = ROW_COUNT;
		ASSERT rows > 0, query;
	END LOOP;
END
$$;
SELECT m.name AS not_exported FROM (SELECT DISTINCT name FROM stockalert.metrics) AS m
WHERE NOT EXISTS (SELECT FROM (SELECT trim(trailing ':' FROM g.line) AS name, g.n, lead(g.n) OVER (ORDER BY g.n) AS ends FROM yaml AS g WHERE g.line LIKE 'stockalert%') AS g
	JOIN yaml AS c ON c.n > g.n AND c.n < coalesce(g.ends, 1000000) AND c.line LIKE '    - %' WHERE g.name || '_' || trim(both '- :' FROM c.line) = m.name);
-- Of the whole database: not for a role that sees one store.
CREATE ROLE metrics_store IN ROLE stockalert_viewer;
CREATE ROLE metrics_hq IN ROLE stockalert_viewer;
SELECT FROM stockalert.restrict_role('metrics_store', '{main}');
SET ROLE metrics_store;
SELECT count(*) FROM stockalert.metrics;
SET ROLE metrics_hq;
SELECT count(*) > 50 AS all_of_them FROM stockalert.metrics;
RESET ROLE;
SELECT FROM stockalert.unrestrict_role('metrics_store');
DROP ROLE metrics_store, metrics_hq;
DELETE FROM stockalert.audit_log WHERE object = 'metrics_store';
DELETE FROM stockalert.rules;
DELETE FROM stockalert.stock_levels;
DELETE FROM stockalert.stock_changes;
DELETE FROM stockalert.alert_events;
DELETE FROM stockalert.alerts;
DELETE FROM stockalert.queue;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
