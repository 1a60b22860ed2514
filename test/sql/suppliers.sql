-- Suppliers and their terms: who is chosen and why, which term comes from where,
-- one row an item whatever is set, and every refusal.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN QUERY SELECT 'none', 'was accepted', NULL, NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	message := left(message, 150);
	detail := CASE WHEN detail LIKE 'Failing row%' THEN 'Failing row ...' ELSE left(detail, 120) END;
	RETURN NEXT;
END
$$;
CREATE FUNCTION pg_temp.chosen(the_sku text) RETURNS TABLE (supplier text, because text, lead float8, sd float8, review float8, pack numeric, moq numeric, cost numeric, currency text, breaks numeric[]) LANGUAGE sql AS $$
	SELECT supplier, chosen_because, lead_time_days, lead_time_sd_days, review_days, pack, moq, unit_cost, currency, price_breaks FROM stockalert.supply_list WHERE sku = the_sku
$$;
\pset format unaligned
\pset footer off
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC', currency => 'EUR');
SELECT done FROM stockalert.add_item('LED-8', category => 'lamps', cost => 3, price => 9);
SELECT done FROM stockalert.add_item('LED-9', category => 'lamps');
SELECT done FROM stockalert.add_item('BOX');

-- Nothing set: the settings.
SELECT * FROM pg_temp.chosen('LED-8');

-- Terms of whoever delivers: item, category, everything; the narrower first, field by field.
SELECT * FROM stockalert.set_supply(review_days => 3, lead_time_sd_days => 1.5);
SELECT * FROM stockalert.set_supply(category => 'lamps', lead_time_days => 4, review_days => 2);
SELECT * FROM stockalert.set_supply('LED-8', pack => 6, unit_cost => 2.50, lead_time_days => 0);
SELECT * FROM pg_temp.chosen('LED-8');
SELECT * FROM pg_temp.chosen('LED-9');
SELECT * FROM pg_temp.chosen('BOX');

-- A supplier of everything, with terms of its own; what it does not set still comes from the rows above.
SELECT * FROM stockalert.add_supplier('Acme', lead_time_days => 9, currency => 'EUR', minimum_order => 100, contact => 'orders@acme.example');
SELECT supplier FROM pg_temp.chosen('LED-8');
SELECT * FROM stockalert.set_supply(supplier => 'Acme');
SELECT * FROM pg_temp.chosen('LED-8');
SELECT * FROM stockalert.set_supply(supplier => 'Acme', category => 'lamps', lead_time_days => 8, moq => 24);
SELECT * FROM stockalert.set_supply('LED-8', 'Acme', unit_cost => 2, price_breaks => '{{50,1.90},{100,1.75}}', moq => 0);
SELECT * FROM pg_temp.chosen('LED-8');
SELECT * FROM pg_temp.chosen('LED-9');
SELECT * FROM pg_temp.chosen('BOX');
-- What is left out stays; {} takes breaks away; breaks alone come with the stored cost.
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', lead_time_days => 7);
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', price_breaks => '{}');
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', price_breaks => '{{10,2},{40,1.80}}');

-- Two suppliers: the cheaper one, by what an order costs.  Nothing sells yet: one unit.
SELECT done FROM stockalert.add_supplier('Best', lead_time_days => 3);
SELECT done FROM stockalert.set_supply('LED-8', 'Best', unit_cost => 1.95);
SELECT supplier, because FROM pg_temp.chosen('LED-8');
-- Best asks a currency of its own: prices are not compared, the quicker delivers.
UPDATE stockalert.suppliers SET currency = 'USD' WHERE name = 'Best';
SELECT supplier, because, currency FROM pg_temp.chosen('LED-8');
UPDATE stockalert.suppliers SET currency = 'EUR' WHERE name = 'Best';
-- From 40 on Acme is cheaper (1.80); the greatest usual order of a location is 60 - 15 = 45.
INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability, interval_mean,
	size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
	SELECT l.location_id, i.item_id, '2026-01-01', '2026-03-01', '2026-03-01', 60, 60, 5, 4, 5, 1, 1, 300, 1500, 5, 15, 60, '2026-03-02', '{0,0,0,0,0,0,0}', 'esw'
	FROM stockalert.locations AS l, stockalert.items AS i WHERE i.sku = 'LED-8';
SELECT supplier, because FROM pg_temp.chosen('LED-8');
-- A minimum of 200 makes its order dearer: 200 x 1.80 against 45 x 1.95.
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', moq => 200);
SELECT supplier, because FROM pg_temp.chosen('LED-8');
-- The same price: the quicker; the same lead time: the first by name.
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', moq => 0, unit_cost => 1.95, price_breaks => '{}');
SELECT supplier, because FROM pg_temp.chosen('LED-8');
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', lead_time_days => 3);
SELECT supplier, because FROM pg_temp.chosen('LED-8');
-- Free of charge is a price.
SELECT done FROM stockalert.set_supply('LED-8', 'Best', unit_cost => 0);
SELECT supplier, because, cost FROM pg_temp.chosen('LED-8');

-- Preferred: the narrower scope wins, false takes a wider preference back, one a scope.
SELECT done FROM stockalert.set_supply(supplier => 'Acme', preferred => true);
SELECT supplier, because FROM pg_temp.chosen('LED-8');
SELECT supplier, because FROM pg_temp.chosen('BOX');
SELECT done FROM stockalert.set_supply('LED-8', 'Best', preferred => true);
SELECT supplier, because FROM pg_temp.chosen('LED-8');
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', preferred => true);
SELECT b.name, s.preferred FROM stockalert.supplier_items AS s JOIN stockalert.suppliers AS b USING (supplier_id)
	JOIN stockalert.items AS i USING (item_id) WHERE i.sku = 'LED-8' ORDER BY 1;
SELECT supplier, because FROM pg_temp.chosen('LED-8');
SELECT done FROM stockalert.set_supply('LED-8', 'Acme', preferred => false);
SELECT supplier, because FROM pg_temp.chosen('LED-8');
SELECT code, message FROM pg_temp.refused($$UPDATE stockalert.supplier_items SET preferred = true WHERE item_id IS NOT NULL AND supplier_id IS NOT NULL$$);
-- Who does not deliver any more is not chosen.
UPDATE stockalert.suppliers SET active = false WHERE name = 'Best';
SELECT supplier, because FROM pg_temp.chosen('LED-8');
UPDATE stockalert.suppliers SET active = false WHERE name = 'Acme';
SELECT supplier, because FROM pg_temp.chosen('LED-8');
SELECT supplier, because FROM pg_temp.chosen('BOX');
UPDATE stockalert.suppliers SET active = true;
SELECT * FROM stockalert.remove_supply('LED-8', 'Best');
SELECT done FROM stockalert.remove_supply('LED-8', 'Best');
SELECT done FROM stockalert.remove_supply(category => 'lamps');
SELECT supplier, because FROM pg_temp.chosen('LED-8');

-- One row an item, whatever is set.
SELECT count(*), count(DISTINCT item_id) FROM stockalert.supply_terms;
SELECT done FROM stockalert.add_supplier('Cheap');
SELECT done FROM stockalert.set_supply(supplier => 'Cheap', unit_cost => 0.01);
SELECT done FROM stockalert.set_supply(supplier => 'Cheap', category => 'lamps');
SELECT done FROM stockalert.set_supply('LED-9', 'Cheap');
SELECT count(*), count(DISTINCT item_id) FROM stockalert.supply_terms;

-- Refusals.
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier('Acme')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier(NULL)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier(' Acme')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier('A', lead_time_days => -1)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier('A', lead_time_days => 'NaN')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier('A', lead_time_sd_days => 'Infinity')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier('A', currency => 'euro')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.add_supplier('A', minimum_order => -1)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply()$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply(preferred => true)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', preferred => true, pack => 2)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-7', 'Acme')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acmee')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acme', category => 'lamps')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acme', pack => 0)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acme', moq => -1)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acme', unit_cost => 'NaN')$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acme', max_stock => 0)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply('LED-8', 'Acme', shelf_life_days => 0)$$);
SELECT * FROM pg_temp.refused($$SELECT stockalert.remove_supply(supplier => 'Nobody')$$);
SELECT code, b FROM unnest(ARRAY['{{50,1},{10,0.9}}', '{{10,1},{10,0.9}}', '{{10,1},{50,1.1}}', '{{10,2.51}}', '{{0,1}}', '{{-5,1}}', '{{10,-1}}', '{{10,NULL}}',
	'{{NULL,1}}', '{10,1}', '{{10,1,1}}', '{{10,NaN}}', '{{10,0.000001}}', '{{{10,1}}}'] COLLATE "C") AS b,
	LATERAL pg_temp.refused(format($$SELECT stockalert.set_supply('LED-8', 'Acme', unit_cost => 2.50, price_breaks => %L)$$, b));
SELECT code, message, detail FROM pg_temp.refused($$SELECT stockalert.set_supply('BOX', 'Acme', price_breaks => '{{10,1}}')$$);
-- Deleting an item or a supplier takes its terms along.
DELETE FROM stockalert.suppliers WHERE name = 'Acme';
DELETE FROM stockalert.items WHERE sku = 'BOX';
SELECT * FROM (
	SELECT coalesce(b.name, '-') AS supplier, coalesce(i.sku, '-') AS sku, coalesce(s.category, '-') AS category FROM stockalert.supplier_items AS s
	LEFT JOIN stockalert.suppliers AS b USING (supplier_id) LEFT JOIN stockalert.items AS i USING (item_id)) AS x
	ORDER BY supplier COLLATE "C", sku COLLATE "C", category COLLATE "C";

-- Who may: managers set, viewers read what comes of it, others nothing.
CREATE ROLE regress_viewer;
CREATE ROLE regress_manager;
CREATE ROLE regress_nobody;
GRANT stockalert_viewer TO regress_viewer;
GRANT stockalert_manager TO regress_manager;
SET LOCAL ROLE regress_manager;
SELECT done FROM stockalert.add_supplier('Later', lead_time_days => 2);
SELECT done FROM stockalert.set_supply('LED-8', 'Later');
SELECT done FROM stockalert.remove_supply('LED-8', 'Later');
UPDATE stockalert.suppliers SET active = false WHERE name = 'Later';
-- A store's manager reads terms, which hold everywhere, and sets none.
RESET ROLE;
INSERT INTO stockalert.role_scopes (role_name, location_ids) SELECT 'regress_manager', array_agg(location_id) FROM stockalert.locations;
SET LOCAL ROLE regress_manager;
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_supply(pack => 2)$$);
SELECT code, message FROM pg_temp.refused($$SELECT stockalert.remove_supply(supplier => 'Cheap')$$);
SELECT code, message FROM pg_temp.refused($$SELECT stockalert.add_supplier('Mine')$$);
SELECT count(*) FROM stockalert.supplier_items;
UPDATE stockalert.supplier_items SET pack = 2 RETURNING pack;
DELETE FROM stockalert.suppliers RETURNING name;
SELECT code, message FROM pg_temp.refused($$INSERT INTO stockalert.suppliers (name) VALUES ('Mine')$$);
SET LOCAL ROLE regress_viewer;
SELECT count(*) FROM stockalert.supply_list;
SELECT code, message FROM pg_temp.refused($$SELECT stockalert.add_supplier('X')$$);
SELECT code, message FROM pg_temp.refused($$SELECT stockalert.set_supply(pack => 2)$$);
SELECT code, message FROM pg_temp.refused($$SELECT * FROM stockalert.suppliers$$);
SELECT code, message FROM pg_temp.refused($$SELECT * FROM stockalert.supply_terms$$);
SET LOCAL ROLE regress_nobody;
SELECT code, message FROM pg_temp.refused($$SELECT * FROM stockalert.supply_list$$);
ROLLBACK;
