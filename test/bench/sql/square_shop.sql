-- An account of Square of 50 locations, its items, and pages of 1,000 counts as Square answers them.
INSERT INTO stockalert.sources (name, kind) VALUES ('square', 'square');
INSERT INTO stockalert.connections (source_id, name) SELECT source_id, 'square' FROM stockalert.sources;
INSERT INTO stockalert.sync_streams (connection_id, stream) SELECT connection_id, 'counts' FROM stockalert.connections;
INSERT INTO stockalert.locations (code, name, time_zone) SELECT 'L' || i, 'Location ' || i, 'Europe/Rome' FROM generate_series(1, 50) AS i;
INSERT INTO stockalert.location_refs SELECT s.source_id, 'LOCATION' || l.code, l.location_id FROM stockalert.locations AS l, stockalert.sources AS s;
INSERT INTO stockalert.items (sku, name, category) SELECT 'S' || i, 'Item ' || i, 'C' || i % 20 FROM generate_series(1, :counts / 50) AS i;
INSERT INTO stockalert.item_refs SELECT s.source_id, 'VARIATION' || lpad(i.item_id::text, 15, '0'), i.item_id FROM stockalert.items AS i, stockalert.sources AS s;
INSERT INTO stockalert.square_variations (connection_id, external_id, item_id, parent_id, tracked, seen_at)
	SELECT c.connection_id, x.external_id, x.item_id, 'ITEM', true, now() FROM stockalert.item_refs AS x, stockalert.connections AS c;
INSERT INTO stockalert.rules (item_id, origin, fires, low, set_by) SELECT i.item_id, 'square', 'at_or_below', 5, 'Square' FROM stockalert.items AS i;
-- Sorted by when they were calculated, as Square does: places and items as they come.  One in fifty is low.
CREATE TABLE told AS SELECT x.external_id AS object, l.external_id AS place, CASE WHEN (x.item_id * 31 + l.location_id) % 50 = 0 THEN 3 ELSE 50 + x.item_id % 100 END AS quantity,
	timestamptz '2026-03-01 10:00+00' - (hashint8(x.item_id * 100 + l.location_id) & 1048575) * interval '1 second' AS at
	FROM stockalert.item_refs AS x, stockalert.location_refs AS l ORDER BY 4 DESC;
CREATE TABLE pages AS SELECT p, json_build_object('errors', '[]'::json, 'cursor', md5(p::text), 'counts', json_agg(json_build_object('catalog_object_id', t.object,
		'catalog_object_type', 'ITEM_VARIATION', 'state', 'IN_STOCK', 'location_id', t.place, 'quantity', t.quantity::text,
		'calculated_at', to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".123456Z"'))))::text AS body
	FROM (SELECT (row_number() OVER () - 1) / 1000 AS p, t.* FROM told AS t) AS t GROUP BY p ORDER BY p;
CREATE INDEX ON pages (p);
COPY (SELECT object, place, 'IN_STOCK', quantity, at FROM told) TO :'file';
CREATE TABLE staged (object text, place text, state text, quantity numeric, calculated_at timestamptz);
-- As the syncer: each page in a transaction of its own.
CREATE PROCEDURE apply_pages() LANGUAGE plpgsql AS $$
DECLARE
	c bigint := (SELECT connection_id FROM stockalert.connections);
	last bigint := (SELECT max(p) FROM pages);
	body text;
	done record;
BEGIN
	FOR i IN 0 .. last LOOP
		SELECT g.body INTO body FROM pages AS g WHERE g.p = i;
		SELECT * INTO done FROM stockalert.square_apply_counts(c, body);
		PERFORM stockalert.sync_progress(c, 'counts', done.rows, done.changed, done.problems);
		COMMIT;
	END LOOP;
END
$$;
CREATE PROCEDURE forget_stock() LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE stockalert.stock_levels, stockalert.square_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue, stockalert.stock_changes, staged;
END
$$;
VACUUM ANALYZE;
