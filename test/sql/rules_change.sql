-- Whatever moves a threshold judges the pairs concerned in the same
-- transaction: rules of each scope, items, locations, people, settings.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SELECT done FROM stockalert.add_location('north');
SELECT done FROM stockalert.add_location('south');
SELECT done FROM stockalert.add_item('A', category => 'lamps');
SELECT done FROM stockalert.add_item('B', category => 'lamps');
SELECT done FROM stockalert.add_item('C', category => 'wires');
SELECT done FROM stockalert.add_item('D');
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, 10 FROM stockalert.items, stockalert.locations;
-- Which pairs are low; each with the stored edges equal to a fresh decision.
CREATE FUNCTION pg_temp.low_now() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(i.sku || left(l.code, 1), ' ' ORDER BY i.sku, l.code) FILTER (WHERE s.class IN ('low', 'critical', 'out')), 'none')
		|| CASE WHEN bool_or(s.class IS DISTINCT FROM (d.decision).class OR s.quiet_below IS DISTINCT FROM (d.decision).quiet_below
			OR s.quiet_above IS DISTINCT FROM (d.decision).quiet_above OR (d.decision).action <> 'none') THEN ' STALE' ELSE '' END
		|| CASE WHEN bool_or((s.class IN ('low', 'critical', 'out')) <> (a.alert_id IS NOT NULL)) THEN ' ALERTS DIFFER' ELSE '' END
	FROM stockalert.stock_levels AS s JOIN stockalert.items AS i USING (item_id) JOIN stockalert.locations AS l USING (location_id)
	JOIN stockalert.stock_decisions AS d USING (location_id, item_id)
	LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.resolved_at IS NULL
$$;
SELECT pg_temp.low_now();
-- Made and removed, each scope alone.
CREATE TEMP TABLE scopes (n integer, item text, category text, location text);
INSERT INTO scopes VALUES (1, 'A', NULL, 'north'), (2, 'A', NULL, NULL), (3, NULL, 'lamps', 'north'), (4, NULL, 'lamps', NULL), (5, NULL, NULL, 'north'), (6, NULL, NULL, NULL), (7, NULL, 'nothing of it', NULL);
DO $$ DECLARE s record; made text; changed text; off text; removed text; BEGIN
	FOR s IN SELECT * FROM scopes ORDER BY n LOOP
		PERFORM stockalert.set_threshold(s.item, low => 20, category => s.category, location => s.location);
		made := pg_temp.low_now();
		UPDATE stockalert.rules SET low = 10;
		UPDATE stockalert.rules SET fires = 'at_or_below';
		changed := pg_temp.low_now();
		UPDATE stockalert.rules SET enabled = false;
		off := pg_temp.low_now();
		UPDATE stockalert.rules SET enabled = true, low = 15;
		PERFORM stockalert.set_threshold(s.item, category => s.category, location => s.location);
		removed := pg_temp.low_now();
		RAISE NOTICE '%: made %, at or below %, off %, removed %', concat_ws(' ', s.item, s.category, s.location), made, changed, off, removed;
	END LOOP;
END $$;
-- Many rules in one statement, by plain SQL.
INSERT INTO stockalert.rules (item_id, low) SELECT item_id, 11 FROM stockalert.items WHERE sku < 'D';
SELECT pg_temp.low_now();
UPDATE stockalert.rules SET low = CASE WHEN item_id = stockalert.find_item('A') THEN 5 ELSE 12 END;
SELECT pg_temp.low_now();
DELETE FROM stockalert.rules WHERE item_id <> stockalert.find_item('B');
SELECT pg_temp.low_now();
DELETE FROM stockalert.rules;
-- A note moves nothing: no row is locked or judged.
SELECT done FROM stockalert.set_threshold('A', low => 20);
CREATE TEMP TABLE locks AS SELECT s.ctid AS place, s.xmax AS locker, s.item_id, s.location_id FROM stockalert.stock_levels AS s;
SAVEPOINT a;
UPDATE stockalert.rules SET note = 'as agreed';
SELECT count(*) AS touched FROM stockalert.stock_levels AS s JOIN locks AS k USING (location_id, item_id) WHERE s.xmax <> k.locker OR s.ctid <> k.place;
UPDATE stockalert.rules SET low = 20.5;
SELECT count(*) AS touched FROM stockalert.stock_levels AS s JOIN locks AS k USING (location_id, item_id) WHERE s.xmax <> k.locker OR s.ctid <> k.place;
ROLLBACK TO a;
DELETE FROM stockalert.rules;
SELECT pg_temp.low_now();

-- Items: category, activity, step. Locations: activity.
SELECT done FROM stockalert.set_threshold(category => 'lamps', low => 20);
UPDATE stockalert.items SET category = 'lamps' WHERE sku = 'D';
SELECT pg_temp.low_now();
UPDATE stockalert.items SET category = NULL WHERE sku = 'A';
SELECT pg_temp.low_now();
UPDATE stockalert.items SET active = false WHERE sku = 'B';
SELECT pg_temp.low_now();
UPDATE stockalert.items SET active = true, category = 'wires' WHERE sku = 'B';
SELECT pg_temp.low_now();
UPDATE stockalert.locations SET active = false WHERE code = 'south';
SELECT pg_temp.low_now();
UPDATE stockalert.locations SET active = true;
SELECT pg_temp.low_now();
UPDATE stockalert.stock_levels SET active = false WHERE location_id = stockalert.find_location('north');
SELECT pg_temp.low_now();
UPDATE stockalert.stock_levels SET active = true, par_level = 60;
SELECT pg_temp.low_now();
UPDATE stockalert.stock_levels SET par_level = NULL;
UPDATE stockalert.items SET quantity_step = 5;
SELECT pg_temp.low_now();
SELECT class, quiet_below, quiet_above FROM stockalert.stock_status JOIN stockalert.stock_levels USING (location_id, item_id, class) WHERE sku = 'A' AND location = 'north';
DELETE FROM stockalert.rules;

-- People: own thresholds, scope, being there at all.
SELECT done FROM stockalert.add_subscriber('p', log => true, own_threshold => 20, locations => '{north}', categories => '{wires}');
SELECT pg_temp.low_now();
UPDATE stockalert.subscribers SET categories = NULL;
SELECT pg_temp.low_now();
UPDATE stockalert.subscribers SET location_ids = ARRAY[stockalert.find_location('south'), -1];
SELECT pg_temp.low_now();
UPDATE stockalert.subscribers SET own_threshold = NULL;
SELECT pg_temp.low_now();
UPDATE stockalert.subscribers SET own_threshold = 11, location_ids = NULL;
SELECT pg_temp.low_now();
-- Disabled: told nothing, recorded all the same.
UPDATE stockalert.subscribers SET enabled = false;
SELECT pg_temp.low_now();
UPDATE stockalert.subscribers SET enabled = true;
SELECT pg_temp.low_now();
-- A summary sent moves nothing.
DROP TABLE locks;
CREATE TEMP TABLE locks AS SELECT s.ctid AS place, s.xmax AS locker, s.item_id, s.location_id FROM stockalert.stock_levels AS s;
SAVEPOINT a;
SELECT stockalert.send_summaries(everybody => true);
UPDATE stockalert.subscribers SET name = 'q', quiet_from = '22:00', quiet_until = '06:00';
SELECT count(*) AS touched FROM stockalert.stock_levels AS s JOIN locks AS k USING (location_id, item_id) WHERE s.xmax <> k.locker OR s.ctid <> k.place;
ROLLBACK TO a;
DELETE FROM stockalert.subscribers;
SELECT pg_temp.low_now();
ROLLBACK;

-- A change of settings is healed by the next check, once.
SELECT done FROM stockalert.add_location('north', time_zone => 'UTC');
SELECT done FROM stockalert.add_item('A');
SELECT done FROM stockalert.set_stock('A', 30, par_level => 100);
SELECT class FROM stockalert.stock_levels;
SELECT alerts_opened FROM stockalert.check_stock();
ALTER SYSTEM SET stockalert.low_stock_percent = 40;
\i test/data/reload.psql
SHOW stockalert.low_stock_percent;
SELECT alerts_opened FROM stockalert.check_stock('north');
SELECT alerts_opened FROM stockalert.check_stock();
SELECT class, quiet_below, quiet_above FROM stockalert.stock_levels;
SELECT alerts_opened FROM stockalert.check_stock();
ALTER SYSTEM RESET stockalert.low_stock_percent;
\i test/data/reload.psql
SELECT alerts_resolved FROM stockalert.check_stock();
SELECT class, quiet_below, quiet_above FROM stockalert.stock_levels;
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.settings_in_force;
DELETE FROM stockalert.items;
DELETE FROM stockalert.locations;
