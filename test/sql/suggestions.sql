-- Demand against stock, and what to order of it: every number can be worked out
-- by hand.  2 March 2026 is a Monday.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\pset format unaligned
\pset footer off
-- Velocity a day, reorder point and order-up-to, as refresh_demand() would store them.
CREATE FUNCTION pg_temp.learned(the_sku text, velocity float8, reorder_point numeric, order_up_to numeric, season float8[] DEFAULT '{0,0,0,0,0,0,0}',
	at text DEFAULT 'main', exposed integer DEFAULT 60, last_sale date DEFAULT '2026-03-01', mse float8 DEFAULT 4) RETURNS void LANGUAGE sql AS $$
	INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability, interval_mean,
		size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
	SELECT l.location_id, i.item_id, '2026-01-01', last_sale, '2026-03-01', exposed, 50, velocity, mse, velocity, 1, 1, 100, 300, velocity, reorder_point, order_up_to,
		'2026-03-02', season, 'esw'
	FROM stockalert.locations AS l, stockalert.items AS i WHERE l.code = at AND i.sku = the_sku
$$;
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC', currency => 'EUR');
SELECT count(*) FROM unnest('{A,B,C,D,E,F,G,H}'::text[]) AS s, LATERAL stockalert.add_item(s, cost => 3, price => 10) AS a;

-- Demand.  A: 12 at 4 a day.  B: nothing sells.  C: nothing sells and nothing is
-- there.  D: out, and sells.  E: 5 owed.  F: 8 of 20 are promised.  G: never sold.
-- H: closed Tuesday to Friday (season -3), 7 on the other days: velocity 3.
SELECT count(*) FROM (VALUES ('A', 12, 0), ('B', 9, 0), ('C', 0, 0), ('D', 0, 0), ('E', -5, 0), ('F', 20, 8), ('G', 1, 0), ('H', 10, 0)) AS v (sku, on_hand, reserved),
	LATERAL stockalert.set_stock(v.sku, v.on_hand, reserved => v.reserved) AS s;
SELECT pg_temp.learned('A', 4, 30, 70), pg_temp.learned('B', 0, NULL, NULL), pg_temp.learned('C', 0, NULL, NULL), pg_temp.learned('D', 2, 15, 40, exposed => 27),
	pg_temp.learned('E', 2, 15, 40), pg_temp.learned('F', 4, 30, 70), pg_temp.learned('H', 3, 5, 20, '{4,-3,-3,-3,-3,4,4}') \g /dev/null
SELECT sku, available, velocity, per_week, days_left, stockout_date, reorder_point, sd, short_history, last_sale FROM stockalert.demand ORDER BY sku;
-- The 28 days before today as bars.
INSERT INTO stockalert.demand_days (location_id, item_id, history)
	SELECT l.location_id, i.item_id, stockalert.history_append(stockalert.history_append('{}', '2026-02-20', 4), '2026-03-01', 8)
	FROM stockalert.locations AS l, stockalert.items AS i WHERE l.code = 'main' AND i.sku = 'A';
SELECT sku, last_28_days FROM stockalert.demand WHERE sku IN ('A', 'B') ORDER BY sku;
-- The units of each day ahead; their mean is velocity, however stale the weekdays are.
SELECT stockalert.week_ahead(3, 3, '{4,-3,-3,-3,-3,4,4}', '2026-03-02') AS monday, stockalert.week_ahead(3, 3, '{4,-3,-3,-3,-3,4,4}', '2026-03-07') AS saturday,
	stockalert.week_ahead(6, 3, '{4,-3,-3,-3,-3,4,4}', '2026-03-02') AS doubled, stockalert.week_ahead(2, 1, '{}', '2026-03-02') AS even,
	stockalert.week_ahead(2, 0, '{-1,-1,-1,-1,-1,-1,-1}', '2026-03-02') AS never, stockalert.week_ahead(NULL, 0, '{}', '2026-03-02') IS NULL AS nothing;
SAVEPOINT s;
\set VERBOSITY terse
SELECT stockalert.week_ahead(-1, 0, '{}', '2026-03-02');
ROLLBACK TO s;
SELECT stockalert.week_ahead('NaN', 0, '{}', '2026-03-02');
ROLLBACK TO s;
SELECT stockalert.week_ahead(1, 0, '{}', 'infinity');
ROLLBACK TO s;

-- What to order: at the reorder point or below, up to order_up_to.
-- A: 70 - 12 = 58, lasts 3 days.  D, E: 40 - 0, 40 + 5.  F: 70 - 12.  Lead time 7 days: all come late, so order today.
SELECT sku, position, reorder_point, order_up_to, suggested_quantity, binding_reason, order_by, comes_late, unit_cost, order_value, currency, chosen_because
	FROM stockalert.reorder_suggestions;
-- Position counts what is on the way: A at 30 is at its reorder point, at 31 above it.
SELECT done FROM stockalert.set_stock('A', on_order => 10, in_transit => 8);
SELECT sku, position, suggested_quantity, order_by, comes_late FROM stockalert.reorder_suggestions WHERE sku = 'A';
SELECT done FROM stockalert.set_stock('A', on_order => 11);
SELECT sku, position FROM stockalert.reorder_suggestions WHERE sku = 'A';
SELECT sku, position, suggested_quantity, binding_reason, order_by FROM stockalert.reorder_list(everything => true) ORDER BY sku;

-- Order by: 31 last 7.75 days at 4 a day, short on the 9th; a lead time of 2.5 days is 3 whole ones.
SELECT done FROM stockalert.set_supply('A', lead_time_days => 2.5);
UPDATE stockalert.demand_state SET reorder_point = 40 WHERE reorder_point = 30;
SELECT sku, position, days_left, stockout_date, order_by, comes_late FROM stockalert.reorder_suggestions WHERE sku = 'A';

-- Packs, minimum, maximum: need 39 (70 - 31).
CREATE FUNCTION pg_temp.bound(OUT quantity numeric, OUT reason text, OUT unit_cost numeric, OUT order_value numeric, OUT supplier text) LANGUAGE sql AS $$
	SELECT suggested_quantity, binding_reason, unit_cost, order_value, supplier FROM stockalert.reorder_suggestions WHERE sku = 'A'
$$;
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', pack => 12);
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', moq => 50);
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', moq => 0, max_stock => 60);
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', moq => 30);
SELECT * FROM pg_temp.bound();
-- Spoilt after 15 days: the median of what sells by then is 59 of 60, so 28 more, in packs of 12.
SELECT done FROM stockalert.set_supply('A', moq => 0, max_stock => 1000, shelf_life_days => 15);
SELECT stockalert.negative_binomial_quantile(0.5, 60, 4 * stockalert.lead_time_variance_factor(15)) AS median;
SELECT * FROM pg_temp.bound();
-- Over 200 units it is the mean: 4 x 51 = 204, so 173 more of the 269 up to 300.
SELECT done FROM stockalert.set_supply('A', shelf_life_days => 51);
UPDATE stockalert.demand_state SET order_up_to = 300 WHERE order_up_to = 70;
SELECT * FROM pg_temp.bound();
UPDATE stockalert.demand_state SET order_up_to = 70 WHERE order_up_to = 300;
-- The step of the item rounds where there are no packs: 70 - 30.7.
SELECT done FROM stockalert.remove_supply('A');
UPDATE stockalert.stock_levels SET on_hand = 11.7 WHERE item_id = (SELECT item_id FROM stockalert.items WHERE sku = 'A');
SELECT * FROM pg_temp.bound();
UPDATE stockalert.items SET quantity_step = 0.1 WHERE sku = 'A';
SELECT * FROM pg_temp.bound();
UPDATE stockalert.stock_levels SET on_hand = 12 WHERE item_id = (SELECT item_id FROM stockalert.items WHERE sku = 'A');
UPDATE stockalert.items SET quantity_step = 1 WHERE sku = 'A';

-- Price breaks: 39 at 2 is 78; 50 at 1.50 is 75; 60 at 1.25 is 75 too, and more.
SELECT done FROM stockalert.add_supplier('Acme', lead_time_days => 3);
SELECT done FROM stockalert.set_supply('A', 'Acme', unit_cost => 2, price_breaks => '{{50,1.5},{60,1.25}}');
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', 'Acme', price_breaks => '{{50,1.5},{60,1.2}}');
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', 'Acme', price_breaks => '{{50,1.6}}');
SELECT * FROM pg_temp.bound();
-- In packs of 16 it is 64 from a break at 50: dearer than 48 at 2.
SELECT done FROM stockalert.set_supply('A', 'Acme', price_breaks => '{{50,1.55}}', pack => 16);
SELECT * FROM pg_temp.bound();
-- Not beyond the maximum.
SELECT done FROM stockalert.set_supply('A', 'Acme', price_breaks => '{{48,1}}', pack => 12, max_stock => 78);
SELECT * FROM pg_temp.bound();
-- The need is at a break already.
SELECT done FROM stockalert.set_supply('A', 'Acme', price_breaks => '{{10,1.9},{39,1.8}}', pack => 1, max_stock => 1000);
SELECT * FROM pg_temp.bound();
SELECT q, p.* FROM (VALUES (0::float8), (10), (39), (NULL)) AS v (q), LATERAL stockalert.purchase_quantity(q, unit_cost => 2, price_breaks => '{{40,1}}') AS p;
SELECT p.* FROM stockalert.purchase_quantity(39, price_breaks => '{{40,1}}') AS p;
SAVEPOINT s;
SELECT stockalert.purchase_quantity(39, unit_cost => 2, price_breaks => '{{40,1},{30,0.5}}');
ROLLBACK TO s;
SELECT stockalert.purchase_quantity(39, unit_cost => 2, price_breaks => '{40,1}');
ROLLBACK TO s;
SELECT stockalert.purchase_quantity(39, unit_cost => 2, price_breaks => '{{40,NULL}}');
ROLLBACK TO s;
SELECT stockalert.purchase_quantity(39, unit_cost => -2);
ROLLBACK TO s;
SELECT stockalert.purchase_quantity(39, pack => 0);
ROLLBACK TO s;
SELECT stockalert.purchase_quantity('NaN');
ROLLBACK TO s;
-- Long prices keep their digits.
SELECT done FROM stockalert.set_supply('A', 'Acme', unit_cost => 123456789012345.12345, price_breaks => '{}');
SELECT * FROM pg_temp.bound();
SELECT done FROM stockalert.set_supply('A', 'Acme', unit_cost => 2);

-- Another place: its own date (Monday evening in London is Tuesday in Auckland), its own currency.
SELECT done FROM stockalert.add_location('auckland', time_zone => 'Pacific/Auckland', currency => 'NZD');
SELECT done FROM stockalert.set_stock('A', 8, 'auckland');
SELECT pg_temp.learned('A', 4, 40, 50, at => 'auckland');
SET LOCAL stockalert.as_of = '2026-03-02 20:00+00';
SELECT location, sku, stockout_date, order_by, suggested_quantity, order_value, currency FROM stockalert.reorder_suggestions WHERE sku = 'A' ORDER BY location;
UPDATE stockalert.suppliers SET currency = 'USD', minimum_order = 100;
-- Prices of Acme are dollars now, and are not added to the costs of the items.
SELECT location, supplier, currency, items, units, order_value, items_without_cost, order_by, minimum_order, short_of_minimum FROM stockalert.supplier_orders ORDER BY 1, 2;
UPDATE stockalert.items SET cost = NULL WHERE sku = 'D';
SELECT location, supplier, items, order_value, items_without_cost FROM stockalert.supplier_orders WHERE supplier IS NULL;
-- One location; an unknown one.
SELECT location, sku FROM stockalert.reorder_list('auckland');
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT stockalert.reorder_list('aukland');
ROLLBACK TO s;
\set VERBOSITY terse
SELECT done FROM stockalert.add_location('auckland', time_zone => 'Pacific/Auckland', currency => 'NZD');

-- What is not carried is not ordered.
UPDATE stockalert.stock_levels SET active = false WHERE item_id = (SELECT item_id FROM stockalert.items WHERE sku = 'D');
UPDATE stockalert.items SET active = false WHERE sku = 'E';
SELECT sku FROM stockalert.reorder_suggestions ORDER BY 1;
SELECT sku FROM stockalert.demand ORDER BY 1;
-- What messages say; nothing for a pair that is not there.
SELECT s.* FROM stockalert.items AS i, stockalert.locations AS l, stockalert.suggest(l.location_id, i.item_id) AS s WHERE i.sku = 'F' AND l.code = 'main';
SELECT * FROM stockalert.suggest(-1, -1);
SELECT o.days_left, o.suggested, o.supplier FROM stockalert.alerts AS a JOIN stockalert.items AS i USING (item_id) JOIN stockalert.locations AS l USING (location_id),
	stockalert.alert_outlook(ARRAY[a.alert_id, a.alert_id, -1]) AS o WHERE i.sku = 'A' AND l.code = 'main';
SELECT count(*) FROM stockalert.alert_outlook('{}');
-- What cannot be worked out is left out.
SAVEPOINT s;
UPDATE stockalert.demand_state SET velocity = 'NaN';
SELECT s.* FROM stockalert.items AS i, stockalert.locations AS l, stockalert.suggest(l.location_id, i.item_id) AS s WHERE i.sku = 'F' AND l.code = 'main';
ROLLBACK TO s;
-- An order-up-to below the reorder point, which no refresh writes, orders up to the latter.
UPDATE stockalert.demand_state SET order_up_to = 1;
SELECT sku, suggested_quantity, binding_reason FROM stockalert.reorder_suggestions WHERE sku = 'F';

-- Viewers read it, of the locations that they see.
CREATE ROLE regress_viewer;
GRANT stockalert_viewer TO regress_viewer;
SET LOCAL ROLE regress_viewer;
SELECT count(*) FROM stockalert.reorder_suggestions;
SELECT count(*) FROM stockalert.reorder_list();
SELECT count(*) FROM stockalert.demand;
SELECT count(*) FROM stockalert.supplier_orders;
RESET ROLE;
INSERT INTO stockalert.role_scopes (role_name, location_ids) SELECT 'regress_viewer', ARRAY[location_id] FROM stockalert.locations WHERE code = 'auckland';
SET LOCAL ROLE regress_viewer;
SELECT count(*) FROM stockalert.reorder_suggestions;
SELECT count(*) FROM stockalert.reorder_list(everything => true);
SELECT count(*) FROM stockalert.demand;
SELECT count(*) FROM stockalert.supplier_orders;
RESET ROLE;
DELETE FROM stockalert.role_scopes;
CREATE ROLE regress_nobody;
SET LOCAL ROLE regress_nobody;
SELECT count(*) FROM stockalert.reorder_suggestions;
ROLLBACK;
