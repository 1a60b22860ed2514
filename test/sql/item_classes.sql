-- Classes of items on our own tables, worked out by hand.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\pset format unaligned
\pset footer off
SELECT count(*) FROM unnest('{a,b}'::text[]) AS l, LATERAL stockalert.add_location(l, time_zone => 'UTC', currency => upper(l || l || l)) AS x;
SELECT count(*) FROM (VALUES ('A', 40), ('B', 30), ('C', 1), ('D', NULL), ('E', 5)) AS v (sku, price), LATERAL stockalert.add_item(v.sku, price => v.price) AS x;
-- Four weeks to Sunday 1 March.  A sells 2 a week; B 0, 0, 0 and 2; C 1 a day; D, without a price, 1 a day for a week; E once, long ago.
INSERT INTO stockalert.demand_days (location_id, item_id, history)
	SELECT l.location_id, i.item_id, h.history
	FROM (SELECT 'A' AS sku, stockalert.history_agg(d::date, 2) AS history FROM generate_series(date '2026-02-08', '2026-03-01', '7 days') AS d
		UNION ALL SELECT 'B', stockalert.history_append(stockalert.history_append('{}', '2026-02-02', 0), '2026-03-01', 2)
		UNION ALL SELECT 'C', stockalert.history_agg(d::date, 1) FROM generate_series(date '2026-02-02', '2026-03-01', '1 day') AS d
		UNION ALL SELECT 'D', stockalert.history_agg(d::date, 1) FROM generate_series(date '2026-02-23', '2026-03-01', '1 day') AS d
		UNION ALL SELECT 'E', stockalert.history_append('{}', '2025-06-01', 3)) AS h
	JOIN stockalert.items AS i USING (sku) JOIN stockalert.locations AS l ON l.code = 'a';
-- Values 320, 60, 28 and 0 of 408.  Weeks of A: 2, 2, 2 and 2 from 8 February on are three whole ones and a day.
SELECT sku, units, value, currency, round(share::numeric, 4) AS share, round(cumulative_share::numeric, 4) AS up_to, abc, round(variation::numeric, 4) AS cv, xyz,
	sale_interval, demand_kind FROM stockalert.item_classes('a', 4);
-- Over two weeks B has 0 and 2; D is known for one.
SELECT sku, units, abc, round(variation::numeric, 4) AS cv, xyz FROM stockalert.item_classes(weeks => 2);
-- Each location by itself.
INSERT INTO stockalert.demand_days (location_id, item_id, history)
	SELECT l.location_id, i.item_id, stockalert.history_agg(d::date, 1) FROM stockalert.locations AS l, stockalert.items AS i,
		generate_series(date '2026-02-02', '2026-03-01', '1 day') AS d WHERE l.code = 'b' AND i.sku = 'C' GROUP BY 1, 2;
SELECT location_code, sku, value, currency, abc FROM stockalert.item_classes(weeks => 4) WHERE sku = 'C';
CREATE ROLE regress_viewer;
GRANT stockalert_viewer TO regress_viewer;
INSERT INTO stockalert.role_scopes (role_name, location_ids) SELECT 'regress_viewer', ARRAY[location_id] FROM stockalert.locations WHERE code = 'b';
SET LOCAL ROLE regress_viewer;
SELECT location_code, sku FROM stockalert.item_classes();
RESET ROLE;
\set SHOW_CONTEXT never
SAVEPOINT s;
SELECT stockalert.item_classes(weeks => 1);
ROLLBACK TO s;
SELECT stockalert.item_classes(weeks => 58);
ROLLBACK TO s;
SELECT stockalert.item_classes('c');
ROLLBACK;
