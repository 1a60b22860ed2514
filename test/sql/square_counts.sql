-- Counts of Square come through one door and are done in two ways: what is new
-- or as it was without a statement, the rest by one.  The same pages through
-- the statement alone leave the same rows, alerts and events.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 10:00+00';
SELECT done FROM stockalert.add_square_connection(locations => '{P0,P1,P2,P3}');
SELECT connection_id AS c FROM stockalert.connections \gset
SELECT changed FROM stockalert.square_apply_locations(:c, (SELECT jsonb_build_object('locations', jsonb_agg(jsonb_build_object('id', 'P' || p, 'name', 'Place ' || p, 'timezone', 'Europe/Rome', 'currency', 'EUR'))) FROM generate_series(0, 4) AS p));
-- Tracked, not said, untracked; at all locations, at all but one, at one; a glass of a bottle; with and without a threshold; gone.
SELECT changed FROM stockalert.square_apply_catalog(:c, (SELECT jsonb_build_object('objects', jsonb_agg(jsonb_build_object('type', 'ITEM', 'id', 'I' || i, 'item_data', jsonb_build_object('name', 'Item ' || i, 'variations', jsonb_build_array(
		jsonb_strip_nulls(jsonb_build_object('id', 'V' || i, 'present_at_all_locations', i % 5 <> 4, 'absent_at_location_ids', CASE WHEN i % 5 = 3 THEN '["P1"]'::jsonb END,
			'present_at_location_ids', CASE WHEN i % 5 = 4 THEN '["P1", "P2"]'::jsonb END,
			'item_variation_data', jsonb_build_object('sku', 'S' || i, 'track_inventory', CASE i % 7 WHEN 0 THEN NULL ELSE i % 7 < 6 END,
				'inventory_alert_type', CASE WHEN i % 3 = 0 THEN 'LOW_QUANTITY' END, 'inventory_alert_threshold', CASE WHEN i % 3 = 0 THEN 4 END,
				'location_overrides', CASE WHEN i % 11 = 0 THEN '[{"location_id": "P2", "sold_out": true}, {"location_id": "P3", "track_inventory": false}]'::jsonb END,
				'stockable', CASE WHEN i = 60 THEN false END,
				'stockable_conversion', CASE WHEN i = 60 THEN '{"stockable_item_variation_id": "V1", "stockable_quantity": "1", "nonstockable_quantity": "5"}'::jsonb END)))))))) FROM generate_series(1, 60) AS i), clock_timestamp());
UPDATE stockalert.square_variations SET gone = true WHERE external_id IN ('V50', 'V51');
SELECT done FROM stockalert.add_subscriber('manager', log => true);
UPDATE stockalert.subscribers SET own_threshold = 7;
-- Somebody else knows some stock already, or has given it a par level; one alert was resolved by hand.
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, par_level) SELECT l.location_id, v.item_id, 0, 10 FROM stockalert.location_refs AS l, stockalert.square_variations AS v
	WHERE l.external_id = 'P0' AND v.external_id IN ('V2', 'V4', 'V8');
SELECT count(*) FROM stockalert.alerts AS a CROSS JOIN LATERAL stockalert.resolve_alert(a.alert_id, 'counted wrong') LIMIT 1;
DELETE FROM stockalert.stock_levels AS s USING stockalert.square_variations AS v WHERE v.item_id = s.item_id AND v.external_id = 'V8';

CREATE TEMP TABLE page (n integer, body text) ON COMMIT DROP;
INSERT INTO page SELECT n, jsonb_build_object('counts', jsonb_agg(jsonb_build_object('catalog_object_id', 'V' || i, 'location_id', 'P' || p, 'state', state,
		'quantity', CASE WHEN i % 23 = 22 THEN to_jsonb(n) WHEN i = 17 THEN '"1e3"' ELSE to_jsonb((i * 7 % 12 - 2 + CASE WHEN n = 3 AND i % 4 = 0 THEN 30 ELSE 0 END)::text || CASE i % 6 WHEN 5 THEN '.50000' ELSE '' END) END,
		'calculated_at', CASE WHEN i = 18 THEN 'never' WHEN i = 19 THEN '9999-01-01T00:00:00Z' ELSE format('2026-03-0%sT09:%s:00.123456789Z', CASE WHEN n = 3 AND i % 4 = 0 THEN 2 ELSE 1 END, 10 + i % 50) END) ORDER BY md5(i::text || p || state)))
	FROM generate_series(1, 3) AS n, generate_series(1, 62) AS i, generate_series(0, 4) AS p, unnest('{IN_STOCK,RESERVED_FOR_SALE,WASTE}'::text[]) AS state
	WHERE state = 'IN_STOCK' OR i % 13 = 3 AND p = 0 OR i % 13 = 4 AND p = 1 AND n > 1
	GROUP BY n;
CREATE FUNCTION pg_temp.told() RETURNS TABLE (kind text, facts jsonb) LANGUAGE sql AS $$
	SELECT f.kind, f.facts - '{alert_id,event_id,queue_id,first_at,seen_at}'::text[] FROM (
		SELECT 'level' AS kind, to_jsonb(x) AS facts FROM stockalert.stock_levels AS x
		UNION ALL SELECT 'count', to_jsonb(x) || jsonb_build_object('in_stock_at', least(x.in_stock_at, timestamptz '2026-04-01')) FROM stockalert.square_levels AS x
		UNION ALL SELECT 'problem', to_jsonb(x) FROM stockalert.sync_problems AS x
		UNION ALL SELECT 'alert', to_jsonb(x) FROM stockalert.alerts AS x
		UNION ALL SELECT 'event', to_jsonb(x) FROM stockalert.alert_events AS x
		UNION ALL SELECT 'queued', to_jsonb(x) FROM stockalert.queue AS x
		UNION ALL SELECT 'change', to_jsonb(x) FROM stockalert.stock_changes AS x) AS f $$;
CREATE FUNCTION pg_temp.apply(c bigint, plain boolean) RETURNS TABLE (n integer, said text) LANGUAGE plpgsql AS $$
DECLARE
	p record;
	-- The last page is told once more, and once more after somebody wrote.
	places CONSTANT integer[] := '{1,1,2,3,3}';
BEGIN
	FOR i IN 1 .. 5 LOOP
		n := i;
		SELECT * INTO p FROM pg_temp.page AS g WHERE g.n = places[i];
		IF i = 5 THEN
			UPDATE stockalert.stock_levels AS s SET on_hand = on_hand + 1 FROM stockalert.square_variations AS v WHERE v.item_id = s.item_id AND v.external_id = 'V21';
		END IF;
		IF plain THEN
			SELECT concat_ws(', ', a.rows, a.changed, a.problems, a.newest < now() + interval '2 days', a.newest_text) INTO said FROM stockalert.square_apply_counts(c, p.body) AS a;
		ELSE
			SELECT concat_ws(', ', a.rows, a.changed, a.problems, a.newest < now() + interval '2 days', a.newest_text) INTO said FROM stockalert.square_apply_counts(c, p.body::jsonb) AS a;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;
SAVEPOINT before;
SELECT * FROM pg_temp.apply(:c, false);
CREATE TEMP TABLE slow ON COMMIT DROP AS SELECT * FROM pg_temp.told();
SELECT jsonb_agg(to_jsonb(s)) AS slow FROM slow AS s \gset
ROLLBACK TO before;
SELECT * FROM pg_temp.apply(:c, true);
SELECT kind, count(*), count(DISTINCT facts ->> 'class') AS classes FROM pg_temp.told() GROUP BY 1 ORDER BY 1;
SELECT count(*) AS different FROM (SELECT kind, facts FROM jsonb_to_recordset(:'slow') AS s (kind text, facts jsonb)) AS s FULL JOIN pg_temp.told() AS t USING (kind, facts)
	WHERE s IS NULL OR t IS NULL;
SELECT alerts_opened, alerts_worsened, alerts_resolved, events_queued FROM stockalert.check_stock();

-- How many rows went which way.
ROLLBACK TO before;
CREATE FUNCTION pg_temp.take(c bigint, page text) RETURNS TABLE (rows integer, changed integer, rest integer) LANGUAGE sql AS $$
	SELECT t.rows, t.changed, jsonb_array_length(t.rest::jsonb -> 'counts') FROM (SELECT array_agg(external_id ORDER BY external_id COLLATE "C") AS keys, array_agg(location_id ORDER BY external_id COLLATE "C") AS ids
		FROM stockalert.location_refs) AS p, stockalert.square_take_counts(c, false, p.keys, p.ids, page) AS t $$;
SELECT t.* FROM page AS p, pg_temp.take(:c, p.body) AS t WHERE p.n = 1;
SELECT t.* FROM page AS p, pg_temp.take(:c, p.body) AS t WHERE p.n = 1;
-- What it refers to is held: nobody deletes an item under a level that is being written.
SELECT count(*) > 0 AS held FROM stockalert.items WHERE xmax::text::bigint = (pg_current_xact_id()::text::bigint & 4294967295);
-- A page that is none, and keys that do not fit together.
SELECT * FROM pg_temp.take(:c, '{"counts": 5}');
SELECT rows, changed, rest FROM stockalert.square_take_counts(:c, false, '{}', '{}', '[1, ');
SELECT rows, changed, rest FROM stockalert.square_take_counts(:c, false, '{}', '{}', '{"counts": [{"catalog_object_id": "V1", "location_id": "P0"}]}');
SAVEPOINT wrong;
SELECT rows FROM stockalert.square_take_counts(:c, false, '{P0}', '{}', '{"counts": []}');
ROLLBACK TO wrong;
-- Somebody's own trigger sees every row: then all goes through the statement.
CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER regress_see AFTER INSERT ON stockalert.stock_levels FOR EACH ROW EXECUTE FUNCTION public.see();
SELECT t.* FROM page AS p, pg_temp.take(:c, p.body) AS t WHERE p.n = 2;
ROLLBACK;
