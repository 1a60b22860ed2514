-- Transfers between locations: every quantity can be worked out by hand.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\pset format unaligned
\pset footer off
CREATE FUNCTION pg_temp.learned(the_sku text, at text, velocity float8, reorder_point numeric, mse float8 DEFAULT 4) RETURNS void LANGUAGE sql AS $$
	INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability, interval_mean,
		size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
	SELECT l.location_id, i.item_id, '2025-01-01', '2026-03-01', '2026-03-01', 60, 50, velocity, mse, velocity, 1, 1, 100, 300, velocity, reorder_point, 2 * reorder_point,
		'2026-03-02', '{0,0,0,0,0,0,0}', 'esw'
	FROM stockalert.locations AS l, stockalert.items AS i WHERE l.code = at AND i.sku = the_sku
$$;
CREATE FUNCTION pg_temp.stock(the_sku text, at text, on_hand numeric, reserved numeric DEFAULT 0, on_order numeric DEFAULT 0) RETURNS void LANGUAGE sql AS $$
	SELECT stockalert.set_stock(the_sku, on_hand, at, reserved => reserved, on_order => on_order)
$$;
SELECT count(*) FROM unnest('{a,b,c}'::text[]) AS l, LATERAL stockalert.add_location(l, time_zone => 'UTC', currency => upper(l || l || l)) AS x;
SELECT done FROM stockalert.add_item('LED', cost => 2);
SELECT done FROM stockalert.add_item('BOX');
-- Lead time 7 days, 7 days between orders: a giver keeps 14 days.
-- a misses 6 of its reorder point of 10.  b gives above 14 days x 1 = 14: 6.  c gives above its reorder point of 18: 2.
SELECT pg_temp.stock('LED', 'a', 4), pg_temp.stock('LED', 'b', 20), pg_temp.stock('LED', 'c', 20) \g /dev/null
SELECT pg_temp.learned('LED', 'a', 1, 10), pg_temp.learned('LED', 'b', 1, 10), pg_temp.learned('LED', 'c', 1, 18) \g /dev/null
SELECT sku, from_location, to_location, quantity, value, currency FROM stockalert.transfer_suggestions;
-- 2 of b are promised: it gives 4, c the other 2.
SELECT pg_temp.stock('LED', 'b', 20, 2) \g /dev/null
SELECT from_location, to_location, quantity, value, currency FROM stockalert.transfer_suggestions;
-- What is on its way to a counts: it misses 1.
SELECT pg_temp.stock('LED', 'a', 4, on_order => 5) \g /dev/null
SELECT from_location, to_location, quantity FROM stockalert.transfer_suggestions;
SELECT pg_temp.stock('LED', 'a', 4, on_order => 6) \g /dev/null
SELECT count(*) FROM stockalert.transfer_suggestions;
-- In steps of the item, rounded down.
SELECT pg_temp.stock('LED', 'a', 4.5) \g /dev/null
UPDATE stockalert.stock_levels SET on_order = 0;
UPDATE stockalert.demand_state SET reorder_point = 7.75, order_up_to = 20 WHERE reorder_point = 10;
SELECT from_location, to_location, quantity FROM stockalert.transfer_suggestions;
UPDATE stockalert.items SET quantity_step = 0.25;
SELECT from_location, to_location, quantity FROM stockalert.transfer_suggestions;
UPDATE stockalert.items SET quantity_step = 1;
UPDATE stockalert.demand_state SET reorder_point = 10 WHERE reorder_point = 7.75;
-- Two in need: the likelier to run out first.  a owes 3, c has 5 for 7 days of 1; b gives 20 - 14.
SELECT pg_temp.stock('LED', 'a', -3), pg_temp.stock('LED', 'b', 20, 0), pg_temp.stock('LED', 'c', 5) \g /dev/null
SELECT from_location, to_location, quantity, stockout_probability FROM stockalert.transfer_suggestions;
SELECT pg_temp.stock('LED', 'b', 34) \g /dev/null
SELECT from_location, to_location, quantity, round(stockout_probability::numeric, 6) AS probability,
	round((1 - stockalert.negative_binomial_cdf(5, 7, 4 * stockalert.lead_time_variance_factor(7)))::numeric, 6) AS expected FROM stockalert.transfer_suggestions;
-- Many units: normal.  c sells 30 a day, 210 in 7 days.
UPDATE stockalert.demand_state SET velocity = 30, mse = 4000 WHERE reorder_point = 18;
SELECT to_location, quantity, round(stockout_probability::numeric, 6) AS probability,
	round((1 - stockalert.normal_cdf((5 - 210) / sqrt(4000 * stockalert.lead_time_variance_factor(7))))::numeric, 6) AS expected FROM stockalert.transfer_suggestions WHERE to_location = 'c';
UPDATE stockalert.demand_state SET velocity = 1, mse = 4 WHERE reorder_point = 18;
-- Nothing sells at b: it gives all it has above 0.  At one location only there is nobody to give.
DELETE FROM stockalert.demand_state WHERE location_id = (SELECT location_id FROM stockalert.locations WHERE code = 'b');
SELECT pg_temp.stock('LED', 'b', 30) \g /dev/null
SELECT from_location, to_location, quantity FROM stockalert.transfer_suggestions;
SELECT pg_temp.stock('BOX', 'a', 0), pg_temp.learned('BOX', 'a', 1, 10) \g /dev/null
SELECT count(*) FROM stockalert.transfer_suggestions WHERE sku = 'BOX';
-- A closed location neither gives nor gets.
UPDATE stockalert.locations SET active = false WHERE code = 'b';
SELECT count(*) FROM stockalert.transfer_suggestions;
UPDATE stockalert.locations SET active = true WHERE code = 'b';
-- Supply terms move what is kept: 2 days in all.
SELECT pg_temp.learned('LED', 'b', 1, 1) \g /dev/null
SELECT pg_temp.stock('LED', 'b', 5) \g /dev/null
SELECT count(*) FROM stockalert.transfer_suggestions;
SELECT done FROM stockalert.set_supply(lead_time_days => 1, review_days => 1);
SELECT from_location, to_location, quantity FROM stockalert.transfer_suggestions;
-- Who sees one location only sees no transfer; who sees two, what is between those.
CREATE ROLE regress_viewer;
GRANT stockalert_viewer TO regress_viewer;
INSERT INTO stockalert.role_scopes (role_name, location_ids) SELECT 'regress_viewer', array_agg(location_id) FROM stockalert.locations WHERE code IN ('b', 'c');
SET LOCAL ROLE regress_viewer;
SELECT from_location, to_location, quantity FROM stockalert.transfer_suggestions;
RESET ROLE;
UPDATE stockalert.role_scopes SET location_ids = location_ids[1:1];
SET LOCAL ROLE regress_viewer;
SELECT count(*) FROM stockalert.transfer_suggestions;
ROLLBACK;
