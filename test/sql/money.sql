-- What missing stock costs and what stock ties up: every amount can be worked out
-- by hand, and no currency is added to another.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\pset format unaligned
\pset footer off
CREATE FUNCTION pg_temp.learned(the_sku text, velocity float8, order_up_to numeric, last_sale date DEFAULT '2026-03-01', at text DEFAULT 'main') RETURNS void LANGUAGE sql AS $$
	INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability, interval_mean,
		size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
	SELECT l.location_id, i.item_id, '2025-01-01', last_sale, '2026-03-01', 60, 50, velocity, 4, velocity, 1, 1, 100, 300, velocity, order_up_to / 2, order_up_to,
		'2026-03-02', '{0,0,0,0,0,0,0}', 'esw'
	FROM stockalert.locations AS l, stockalert.items AS i WHERE l.code = at AND i.sku = the_sku
$$;
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC', currency => 'EUR');
SELECT done FROM stockalert.add_location('oslo', time_zone => 'Europe/Oslo', currency => 'NOK');
-- Lead time 7 days.  A is out, 3 a day at 10 - 4.  B is 2 below 0, half a day at 8 - 9:
-- below cost.  C lasts 4 days of 7.  D lasts long.  E is out, without a price.  F is out and does not sell.
SELECT count(*) FROM (VALUES ('A', 4, 10, 0), ('B', 9, 8, -2), ('C', 5, 20, 8), ('D', 1, 2, 100), ('E', 1, NULL, 0), ('F', 1, 2, 0)) AS v (sku, cost, price, on_hand),
	LATERAL stockalert.add_item(v.sku, cost => v.cost, price => v.price) AS i, LATERAL stockalert.set_stock(v.sku, v.on_hand, 'main') AS s;
SELECT pg_temp.learned('A', 3, 40), pg_temp.learned('B', 0.5, 10), pg_temp.learned('C', 2, 30), pg_temp.learned('D', 0.25, 30), pg_temp.learned('E', 1, 20),
	pg_temp.learned('F', 0, NULL, '2025-10-01') \g /dev/null
SELECT sku, available, velocity, days_left, days_short, price, cost, margin_lost_a_day, revenue_at_risk, margin_at_risk, currency FROM stockalert.money_lost;
-- A nearer supplier: less is at risk.
SELECT done FROM stockalert.set_supply(lead_time_days => 5);
SELECT sku, days_short, margin_lost_a_day, revenue_at_risk FROM stockalert.money_lost WHERE sku IN ('A', 'C') ORDER BY sku;
-- One day without a third of a unit: 5 decimals.
UPDATE stockalert.demand_state SET velocity = 1 / 3.0::float8, level = 1 WHERE velocity = 3;
SELECT sku, margin_lost_a_day, revenue_at_risk FROM stockalert.money_lost WHERE sku = 'A';

-- Overstock: D has 100 of 30, at 1; with what is on the way 110.  At 1 in four days its surplus lasts 320.
SELECT done FROM stockalert.set_stock('D', location => 'main', on_order => 10);
SELECT sku, on_hand, position, order_up_to, surplus, surplus_days, cost, cash_tied_up, currency FROM stockalert.overstock_list;
-- What sells in 90 days (22.5) is no overstock, where that is more than the level to order up to.
UPDATE stockalert.demand_state SET order_up_to = 10 WHERE velocity = 0.25;
SELECT sku, position, order_up_to, surplus, surplus_days FROM stockalert.overstock_list;
UPDATE stockalert.demand_state SET order_up_to = 30 WHERE velocity = 0.25;
SELECT done FROM stockalert.set_stock('D', 20, 'main');
SELECT count(*) FROM stockalert.overstock_list;
SELECT done FROM stockalert.set_stock('D', 21, 'main');
SELECT sku, surplus, surplus_days, cash_tied_up FROM stockalert.overstock_list;
-- It does not sell any more: the surplus lasts for ever.
UPDATE stockalert.demand_state SET velocity = 0 WHERE velocity = 0.25;
SELECT sku, surplus, surplus_days, cash_tied_up FROM stockalert.overstock_list;

-- Dead: 90 days without a sale, on hand.  F sold last on 1 October; 2 December is 90 days before 2 March.
SELECT done FROM stockalert.set_stock('F', 7, 'main');
SELECT sku, on_hand, last_sale, days_without_sale, cost, cash_tied_up, currency FROM stockalert.dead_stock_list;
UPDATE stockalert.demand_state SET last_sale = '2025-12-02' WHERE last_sale = '2025-10-01';
SELECT sku, days_without_sale FROM stockalert.dead_stock_list;
UPDATE stockalert.demand_state SET last_sale = '2025-12-03' WHERE last_sale = '2025-12-02';
SELECT count(*) FROM stockalert.dead_stock_list;
-- Never sold: since it was added.
UPDATE stockalert.items SET created_at = '2025-12-02 12:00+00';
SELECT done FROM stockalert.add_item('NEW', cost => 2);
UPDATE stockalert.items SET created_at = '2025-12-03 12:00+00' WHERE sku = 'NEW';
SELECT done FROM stockalert.add_item('OLD');
UPDATE stockalert.items SET created_at = '2025-12-01 12:00+00' WHERE sku = 'OLD';
SELECT count(*) FROM unnest('{NEW,OLD}'::text[]) AS s, LATERAL stockalert.set_stock(s, 3, 'oslo') AS x;
SELECT location, sku, last_sale, days_without_sale, cash_tied_up FROM stockalert.dead_stock_list;

-- A supplier's price stands in for a missing cost in its own currency only.
SELECT done FROM stockalert.add_supplier('Acme', currency => 'EUR');
SELECT done FROM stockalert.set_supply('OLD', 'Acme', unit_cost => 5);
SELECT location, sku, cost, cash_tied_up, currency FROM stockalert.dead_stock_list;
UPDATE stockalert.suppliers SET currency = NULL;
SELECT location, sku, cost, cash_tied_up, currency FROM stockalert.dead_stock_list;
-- Totals: stock at cost of main 8 x 5 + 21 x 1 + 7 x 1, of oslo 3 x 5 + 3 x 2; what is owed counts as nothing.
SELECT * FROM (SELECT location, currency, stock_value, items_without_cost, margin_lost_a_day, revenue_at_risk, overstock, dead_stock FROM stockalert.money_by_location) AS m;
UPDATE stockalert.suppliers SET active = false;
SELECT location, currency, stock_value, items_without_cost, dead_stock FROM stockalert.money_by_location;

-- Viewers read it, of the locations that they see.
CREATE ROLE regress_viewer;
GRANT stockalert_viewer TO regress_viewer;
INSERT INTO stockalert.role_scopes (role_name, location_ids) SELECT 'regress_viewer', ARRAY[location_id] FROM stockalert.locations WHERE code = 'oslo';
SET LOCAL ROLE regress_viewer;
SELECT (SELECT count(*) FROM stockalert.money_lost) AS lost, (SELECT count(*) FROM stockalert.overstock_list) AS over,
	(SELECT string_agg(sku, ',' ORDER BY sku) FROM stockalert.dead_stock_list) AS dead, (SELECT string_agg(location, ',') FROM stockalert.money_by_location) AS totals;
RESET ROLE;
DELETE FROM stockalert.role_scopes;
SET LOCAL ROLE regress_viewer;
SELECT (SELECT count(*) FROM stockalert.money_lost) AS lost, (SELECT count(*) FROM stockalert.overstock_list) AS over,
	(SELECT string_agg(sku, ',' ORDER BY sku) FROM stockalert.dead_stock_list) AS dead, (SELECT string_agg(location, ',') FROM stockalert.money_by_location) AS totals;
ROLLBACK;
