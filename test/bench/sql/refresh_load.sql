-- :pairs pairs, 10,000 items a location, each with 90 days of history at 0.4 sales a day, and their states;
-- a history ends, as refresh_demand() writes it, with the last day that says something.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
SET work_mem = '512MB';
SELECT stockalert.make_partitions('2026-01-01', '2026-06-01') \g /dev/null
INSERT INTO stockalert.locations (code, name, time_zone) SELECT 'L' || n, 'Shop ' || n, 'Europe/Rome' FROM generate_series(1, greatest(:pairs / 10000, 1)) AS n;
INSERT INTO stockalert.items (sku, name, category) SELECT 'S' || n, 'Item ' || n, 'C' || n % 50 FROM generate_series(1, least(:pairs, 10000)) AS n;
SELECT setseed(0.5) \g /dev/null
INSERT INTO stockalert.demand_days (location_id, item_id, history)
	SELECT location_id, item_id, (SELECT ('{2026-01-01: ' || regexp_replace(string_agg(CASE WHEN random() < 0.4 THEN (1 + floor(random() * 3))::text ELSE '0' END, ' '),
			'( 0)+$', '') || '}')::stockalert.demand_history FROM generate_series(1, 90) AS d WHERE location_id + item_id + d > 0)
	FROM stockalert.locations, stockalert.items ORDER BY 1, 2;
ANALYZE stockalert.items, stockalert.locations, stockalert.demand_days;
SELECT (stockalert.fold_known_pairs('true', '2026-04-01 03:00+00', true)).pairs_changed AS states \g /dev/null
SELECT stockalert.refresh_pools('2026-04-01') \g /dev/null
INSERT INTO stockalert.demand_folded (folded_for, terms, sales_until, changes_until)
	VALUES ('2026-04-01 03:00+00', stockalert.terms_fingerprint(), '2026-04-01 00:00+00', '2026-04-01 00:00+00');
ANALYZE stockalert.demand_state;
CHECKPOINT;
