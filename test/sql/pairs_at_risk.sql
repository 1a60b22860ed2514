-- Read along the keys of two tables, and what a query says all the same: with gaps in either, several places, and every reason to be left out.
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 10:00+00';
SELECT setseed(0.3) IS NOT NULL AS seeded;
INSERT INTO stockalert.locations (code, name) SELECT 'p' || n, 'Place ' || n FROM generate_series(1, 3) AS n;
INSERT INTO stockalert.items (sku, name) SELECT 's' || n, 'Item ' || n FROM generate_series(1, 200) AS n;
SELECT stockalert.set_threshold(low => 10, critical => 4) IS NOT NULL AS ruled;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, in_transit, active)
	SELECT location_id, item_id, round((random() * 40 - 3)::numeric, (random() * 5)::integer), CASE WHEN random() < 0.2 THEN 2.5 ELSE 0 END,
		CASE WHEN random() < 0.3 THEN 7 ELSE 0 END, CASE WHEN random() < 0.1 THEN 0.00001 ELSE 0 END, random() < 0.95
	FROM stockalert.locations, stockalert.items WHERE random() < 0.8 AND code LIKE 'p_';
INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability, interval_mean, size_sum, size_squares, velocity,
		reorder_point, order_up_to, computed_for, season, method)
	SELECT location_id, item_id, '2026-01-01', '2026-03-01', '2026-03-01', 60, 30, 1, 1, 1, 0.5, 2, 30, 30, round((random() * 3)::numeric, 1),
		CASE WHEN random() < 0.9 THEN (random() * 30)::integer END, 40, '2026-03-02', '{1,1,1,1,1,1,1}', 'esw'
	FROM stockalert.locations, stockalert.items WHERE random() < 0.8 AND code LIKE 'p_';
UPDATE stockalert.items SET active = false WHERE sku IN ('s3', 's30');
CREATE TEMP TABLE told AS SELECT p.* FROM stockalert.pairs_at_risk((SELECT array_agg(location_id ORDER BY code DESC) FROM stockalert.locations WHERE code IN ('p1', 'p3'))) AS p;
CREATE TEMP TABLE said AS SELECT s.location_id, s.item_id, s.class, d.velocity, (s.on_hand - s.reserved)::double precision AS available,
		coalesce(s.on_hand - s.reserved + s.on_order + s.in_transit <= d.reorder_point, false) AS due
	FROM stockalert.stock_levels AS s JOIN stockalert.locations AS l USING (location_id) LEFT JOIN stockalert.demand_state AS d USING (location_id, item_id)
	WHERE (s.class IN ('out', 'critical', 'low') OR s.on_hand - s.reserved + s.on_order + s.in_transit <= d.reorder_point) AND s.active AND s.class <> 'inactive' AND l.code IN ('p1', 'p3');
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE due) > 50 AS due, count(*) FILTER (WHERE NOT due) > 10 AS not_due, count(*) FILTER (WHERE velocity IS NULL) > 5 AS unknown,
	count(*) FILTER (WHERE class = 'ok') > 20 AS only_due, (SELECT count(*) FROM stockalert.stock_levels WHERE class = 'inactive') > 0 AS resting FROM told;
SELECT count(*) AS differences FROM ((SELECT * FROM said EXCEPT ALL SELECT * FROM told) UNION ALL (SELECT * FROM told EXCEPT ALL SELECT * FROM said)) AS x;
SELECT count(*) AS nowhere FROM stockalert.pairs_at_risk('{}');
SELECT count(*) AS unknown_place FROM stockalert.pairs_at_risk('{-5, 0}');
ROLLBACK;
