-- Alerts that open by the thousand are written without a statement.  What is
-- written is the same, row by row, as where one opens after another.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 10:00+00';
INSERT INTO stockalert.locations (code, name) VALUES ('one', 'One by one'), ('many', 'Many at once');
INSERT INTO stockalert.items (sku, name, category) SELECT 'm-' || g, 'Item ' || g, CASE WHEN g % 2 = 0 THEN 'even' END FROM generate_series(1, 90) AS g;
SELECT stockalert.add_subscriber('somebody', log => true) IS NOT NULL AS added;
SELECT stockalert.set_threshold(category => 'even', low => 10, critical => 4) IS NOT NULL AS ruled;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, par_level)
	SELECT l.location_id, i.item_id, 100, i.item_id % 3, CASE WHEN i.item_id % 4 = 1 THEN 60 END
	FROM stockalert.locations AS l CROSS JOIN stockalert.items AS i WHERE l.code IN ('one', 'many') AND i.sku LIKE 'm-%';
-- Partial indexes on what is the same in all rows, on what is not, and on the number.
CREATE INDEX of_all ON stockalert.alerts (opened_at) WHERE kind = 'stock';
CREATE INDEX of_none ON stockalert.alerts (opened_at) WHERE kind = 'dead_stock';
CREATE INDEX of_some ON stockalert.alerts (opened_at) WHERE severity = 'low';
CREATE INDEX of_half ON stockalert.alerts (opened_at) WHERE alert_id % 2 = 0;
-- A few have an alert already, one of them resolved by hand: those stay with the statement.
UPDATE stockalert.stock_levels SET on_hand = 9 WHERE item_id IN (SELECT item_id FROM stockalert.items WHERE sku IN ('m-2', 'm-4', 'm-6'));
SELECT count(*) AS resolved FROM stockalert.alerts AS a JOIN stockalert.items AS i USING (item_id) CROSS JOIN LATERAL stockalert.resolve_alert(a.alert_id, 'counted wrong') WHERE i.sku = 'm-4';
SELECT count(*) AS before FROM stockalert.alerts;

CREATE TEMP TABLE planned AS SELECT i.item_id, (ARRAY[0, 1, 3, 5, 8, -2, 2.5])[1 + i.item_id % 7]::numeric AS on_hand FROM stockalert.items AS i WHERE i.sku LIKE 'm-%';
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT * FROM planned ORDER BY item_id LOOP
		UPDATE stockalert.stock_levels AS s SET on_hand = p.on_hand FROM stockalert.locations AS l
			WHERE l.code = 'one' AND s.location_id = l.location_id AND s.item_id = p.item_id;
	END LOOP;
END
$$;
UPDATE stockalert.stock_levels AS s SET on_hand = p.on_hand FROM planned AS p, stockalert.locations AS l
	WHERE l.code = 'many' AND s.location_id = l.location_id AND s.item_id = p.item_id;

CREATE FUNCTION pg_temp.without(what jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT what - '{alert_id,event_id,queue_id,location_id}'::text[] $$;
CREATE TEMP VIEW alert AS SELECT a.alert_id, l.code, pg_temp.without(to_jsonb(a)) AS facts FROM stockalert.alerts AS a JOIN stockalert.locations AS l USING (location_id);
SELECT code, count(*), count(DISTINCT facts ->> 'severity') AS severities FROM alert GROUP BY 1 ORDER BY 1;
SELECT (SELECT array_agg(facts ORDER BY facts) FROM alert WHERE code = 'one') = (SELECT array_agg(facts ORDER BY facts) FROM alert WHERE code = 'many') AS same_alerts;
CREATE TEMP VIEW event AS SELECT l.code, pg_temp.without(to_jsonb(e)) AS facts FROM stockalert.alert_events AS e JOIN stockalert.locations AS l USING (location_id);
SELECT code, count(*) FROM event GROUP BY 1 ORDER BY 1;
SELECT (SELECT array_agg(facts ORDER BY facts) FROM event WHERE code = 'one') = (SELECT array_agg(facts ORDER BY facts) FROM event WHERE code = 'many') AS same_events;
CREATE TEMP VIEW queued AS SELECT l.code, pg_temp.without(to_jsonb(q)) AS facts FROM stockalert.queue AS q JOIN stockalert.locations AS l USING (location_id);
SELECT code, count(*) FROM queued GROUP BY 1 ORDER BY 1;
SELECT (SELECT array_agg(facts ORDER BY facts) FROM queued WHERE code = 'one') = (SELECT array_agg(facts ORDER BY facts) FROM queued WHERE code = 'many') AS same_queue;
CREATE TEMP VIEW level AS SELECT l.code, pg_temp.without(to_jsonb(s)) AS facts FROM stockalert.stock_levels AS s JOIN stockalert.locations AS l USING (location_id);
SELECT (SELECT array_agg(facts ORDER BY facts) FROM level WHERE code = 'one') = (SELECT array_agg(facts ORDER BY facts) FROM level WHERE code = 'many') AS same_levels;
CREATE TEMP VIEW turn AS SELECT l.code, pg_temp.without(to_jsonb(c)) AS facts FROM stockalert.stock_changes AS c JOIN stockalert.locations AS l USING (location_id);
SELECT code, facts ->> 'kind' AS kind, count(*) FROM turn GROUP BY 1, 2 ORDER BY 1, 2;
SELECT (SELECT array_agg(facts ORDER BY facts) FROM turn WHERE code = 'one') = (SELECT array_agg(facts ORDER BY facts) FROM turn WHERE code = 'many') AS same_changes;
SELECT count(*) AS of_all, count(*) FILTER (WHERE severity = 'low') AS of_some, count(*) FILTER (WHERE alert_id % 2 = 0) AS of_half FROM stockalert.alerts WHERE kind = 'stock' \gset
SET LOCAL enable_seqscan = off;
SELECT (SELECT count(*) FROM stockalert.alerts WHERE kind = 'stock') = :of_all AS of_all, (SELECT count(*) FROM stockalert.alerts WHERE kind = 'dead_stock') AS of_none,
	(SELECT count(*) FROM stockalert.alerts WHERE severity = 'low') = :of_some AS of_some, (SELECT count(*) FROM stockalert.alerts WHERE alert_id % 2 = 0) = :of_half AS of_half;
RESET enable_seqscan;
-- Each event and each queue row is of its own alert, and the check finds nothing left to do.
SELECT count(*) FILTER (WHERE e.alert_id IS NULL) AS without_event, count(*) FILTER (WHERE q.alert_id IS NULL) AS without_queue_row
	FROM stockalert.alerts AS a LEFT JOIN stockalert.alert_events AS e ON e.alert_id = a.alert_id AND e.item_id = a.item_id AND e.location_id = a.location_id AND e.event = 'opened'
	LEFT JOIN stockalert.queue AS q ON q.alert_id = a.alert_id AND q.item_id = a.item_id AND q.location_id = a.location_id AND q.event = 'opened';
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
ROLLBACK;

-- The same of pairs that are new: one by one and in one statement, carried or not, with and without par and rules.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 10:00+00';
INSERT INTO stockalert.locations (code, name) VALUES ('one', 'One by one'), ('many', 'Many at once');
INSERT INTO stockalert.items (sku, name, category, active) SELECT 'm-' || g, 'Item ' || g, CASE WHEN g % 2 = 0 THEN 'even' END, g % 11 > 0 FROM generate_series(1, 180) AS g;
SELECT stockalert.set_threshold(category => 'even', low => 10, critical => 4, maximum => 40) IS NOT NULL AS ruled;
CREATE TEMP TABLE planned AS SELECT i.item_id, (ARRAY[0, 1, 3, 5, 8, -2, 2.5, 50, 20])[1 + n % 9]::numeric AS on_hand, n % 3 AS reserved,
	CASE WHEN n % 4 = 1 THEN 60 END AS par_level, n % 7 > 0 AS active FROM stockalert.items AS i CROSS JOIN LATERAL (SELECT substr(i.sku, 3)::integer AS n) AS g WHERE i.sku LIKE 'm-%';
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT * FROM planned ORDER BY item_id LOOP
		INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, par_level, active)
			SELECT l.location_id, p.item_id, p.on_hand, p.reserved, p.par_level, p.active FROM stockalert.locations AS l WHERE l.code = 'one';
	END LOOP;
END
$$;
SELECT opened AS before, queued AS queued_before FROM stockalert.applied_so_far() \gset
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, par_level, active)
	SELECT l.location_id, p.item_id, p.on_hand, p.reserved, p.par_level, p.active FROM stockalert.locations AS l CROSS JOIN planned AS p WHERE l.code = 'many';
SELECT opened - :before AS opened, queued - :queued_before AS queued FROM stockalert.applied_so_far();
CREATE FUNCTION pg_temp.told(code text) RETURNS TABLE (kind text, facts jsonb) LANGUAGE sql AS $$
	SELECT f.kind, f.facts - '{alert_id,event_id,queue_id,location_id}'::text[] FROM stockalert.locations AS l CROSS JOIN LATERAL (
		SELECT 'level' AS kind, to_jsonb(x) AS facts FROM stockalert.stock_levels AS x WHERE x.location_id = l.location_id
		UNION ALL SELECT 'alert', to_jsonb(x) FROM stockalert.alerts AS x WHERE x.location_id = l.location_id
		UNION ALL SELECT 'event', to_jsonb(x) FROM stockalert.alert_events AS x WHERE x.location_id = l.location_id
		UNION ALL SELECT 'queued', to_jsonb(x) FROM stockalert.queue AS x WHERE x.location_id = l.location_id
		UNION ALL SELECT 'change', to_jsonb(x) FROM stockalert.stock_changes AS x WHERE x.location_id = l.location_id) AS f WHERE l.code = told.code $$;
SELECT kind, count(*), count(DISTINCT facts ->> 'class') AS classes FROM pg_temp.told('many') GROUP BY 1 ORDER BY 1;
SELECT count(*) AS different FROM ((SELECT * FROM pg_temp.told('one') EXCEPT ALL SELECT * FROM pg_temp.told('many'))
	UNION ALL (SELECT * FROM pg_temp.told('many') EXCEPT ALL SELECT * FROM pg_temp.told('one'))) AS d;
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();
ROLLBACK;

-- Somebody's own trigger on our tables sees every row.
BEGIN;
CREATE TEMP TABLE seen (n int);
CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pg_temp.seen VALUES (1); RETURN new; END $$;
CREATE TRIGGER regress_see AFTER INSERT ON stockalert.alerts FOR EACH ROW EXECUTE FUNCTION public.see();
GRANT INSERT ON seen TO stockalert_owner;
INSERT INTO stockalert.items (sku, name) SELECT 'm-' || g, 'Item ' || g FROM generate_series(1, 90) AS g;
INSERT INTO stockalert.locations (code, name) VALUES ('many', 'Many at once');
SELECT stockalert.set_threshold(low => 10) IS NOT NULL AS ruled;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT l.location_id, i.item_id, 3 FROM stockalert.locations AS l CROSS JOIN stockalert.items AS i
	WHERE l.code = 'many' AND i.sku LIKE 'm-%';
SELECT count(*) AS alerts, (SELECT count(*) FROM seen) AS seen FROM stockalert.alerts;
ROLLBACK;
-- A statement that sees one snapshot throughout says 40001 where another was quicker, so it keeps to the statement.
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO stockalert.items (sku, name) SELECT 'm-' || g, 'Item ' || g FROM generate_series(1, 90) AS g;
INSERT INTO stockalert.locations (code, name) VALUES ('many', 'Many at once');
SELECT stockalert.set_threshold(low => 10) IS NOT NULL AS ruled;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT l.location_id, i.item_id, 3 FROM stockalert.locations AS l CROSS JOIN stockalert.items AS i
	WHERE l.code = 'many' AND i.sku LIKE 'm-%';
SELECT count(*) AS alerts, count(DISTINCT alert_id) AS ids FROM stockalert.alerts;
ROLLBACK;
