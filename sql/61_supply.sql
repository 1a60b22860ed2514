-- The terms on which each item is delivered, and by whom.

-- not strict: limits and costs may be NULL
CREATE FUNCTION stockalert.purchase_quantity(need double precision, pack double precision DEFAULT NULL, moq double precision DEFAULT NULL,
	maximum double precision DEFAULT NULL, unit_cost double precision DEFAULT NULL, price_breaks double precision[] DEFAULT NULL,
	OUT quantity double precision, OUT reason text, OUT price double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_purchase_quantity';
COMMENT ON FUNCTION stockalert.purchase_quantity(double precision, double precision, double precision, double precision, double precision, double precision[]) IS
	'order_quantity(), then raised to the price break (pairs {quantity, unit cost}, whole packs, within the maximum) at which the whole order costs least, where that is less than without: reason price_break. price: of a unit of that order. NULL in pack, moq, maximum, unit_cost, price_breaks: none; NULL for a NULL need. Error 22023: quantities of breaks not rising, costs rising from unit_cost on, negative or not finite.';

-- Each supplier's terms for each item it delivers.  For one item all look-ups
-- are by key; for all items each scope is one hash join.
CREATE VIEW stockalert.supply_offers AS
SELECT o.item_id, b.supplier_id, b.name AS supplier, b.currency, b.minimum_order,
	CASE WHEN o1.preferred THEN 1 WHEN NOT o1.preferred THEN NULL WHEN o2.preferred THEN 2 WHEN NOT o2.preferred THEN NULL WHEN o3.preferred THEN 3 END AS preference,
	coalesce(o1.lead_time_days, o2.lead_time_days, o3.lead_time_days, b.lead_time_days) AS lead_time_days,
	coalesce(o1.lead_time_sd_days, o2.lead_time_sd_days, o3.lead_time_sd_days, b.lead_time_sd_days) AS lead_time_sd_days,
	coalesce(o1.review_days, o2.review_days, o3.review_days, b.review_days) AS review_days,
	coalesce(o1.pack, o2.pack, o3.pack) AS pack,
	coalesce(o1.moq, o2.moq, o3.moq) AS moq,
	coalesce(o1.unit_cost, o2.unit_cost, o3.unit_cost) AS unit_cost,
	-- With the cost that they are breaks of.
	CASE WHEN o1.unit_cost IS NOT NULL THEN o1.price_breaks WHEN o2.unit_cost IS NOT NULL THEN o2.price_breaks ELSE o3.price_breaks END AS price_breaks,
	coalesce(o1.max_stock, o2.max_stock, o3.max_stock) AS max_stock,
	coalesce(o1.shelf_life_days, o2.shelf_life_days, o3.shelf_life_days) AS shelf_life_days
FROM (
	SELECT s.item_id, s.supplier_id FROM stockalert.supplier_items AS s WHERE s.item_id IS NOT NULL AND s.supplier_id IS NOT NULL
	UNION
	SELECT i.item_id, s.supplier_id FROM stockalert.supplier_items AS s JOIN stockalert.items AS i ON i.category = s.category
		WHERE s.supplier_id IS NOT NULL
	UNION
	SELECT i.item_id, s.supplier_id FROM stockalert.supplier_items AS s CROSS JOIN stockalert.items AS i
		WHERE s.item_id IS NULL AND s.category IS NULL AND s.supplier_id IS NOT NULL
) AS o
JOIN stockalert.suppliers AS b ON b.supplier_id = o.supplier_id AND b.active
JOIN stockalert.items AS i ON i.item_id = o.item_id
LEFT JOIN stockalert.supplier_items AS o1 ON o1.supplier_id = o.supplier_id AND o1.item_id = o.item_id
LEFT JOIN stockalert.supplier_items AS o2 ON o2.supplier_id = o.supplier_id AND o2.category = i.category
LEFT JOIN stockalert.supplier_items AS o3 ON o3.supplier_id = o.supplier_id AND o3.item_id IS NULL AND o3.category IS NULL;
COMMENT ON VIEW stockalert.supply_offers IS
	'Terms of each active supplier for each item it delivers: of the item, else of the category, else of everything, else of the supplier. For the owner; people read supply_list.';

-- No security barrier: it would keep the planner from looking up single items; nobody but the owner reads it.
CREATE VIEW stockalert.supply_terms AS
SELECT i.item_id, c.supplier_id, c.supplier,
	coalesce(c.lead_time_days, d1.lead_time_days, d2.lead_time_days, d3.lead_time_days, g.lead_time_days) AS lead_time_days,
	coalesce(c.lead_time_sd_days, d1.lead_time_sd_days, d2.lead_time_sd_days, d3.lead_time_sd_days, g.lead_time_sd_days) AS lead_time_sd_days,
	coalesce(c.review_days, d1.review_days, d2.review_days, d3.review_days, g.review_days) AS review_days,
	coalesce(c.pack, d1.pack, d2.pack, d3.pack) AS pack,
	coalesce(c.moq, d1.moq, d2.moq, d3.moq) AS moq,
	coalesce(c.unit_cost, d1.unit_cost, d2.unit_cost, d3.unit_cost) AS unit_cost,
	coalesce(c.shelf_life_days, d1.shelf_life_days, d2.shelf_life_days, d3.shelf_life_days) AS shelf_life_days,
	coalesce(c.max_stock, d1.max_stock, d2.max_stock, d3.max_stock) AS max_stock,
	CASE WHEN c.supplier_id IS NOT NULL THEN c.chosen_because
		WHEN coalesce(d1.supplier_item_id, d2.supplier_item_id, d3.supplier_item_id) IS NOT NULL THEN 'default'
		ELSE 'setting' END AS chosen_because,
	CASE WHEN c.unit_cost IS NOT NULL THEN c.price_breaks WHEN d1.unit_cost IS NOT NULL THEN d1.price_breaks
		WHEN d2.unit_cost IS NOT NULL THEN d2.price_breaks ELSE d3.price_breaks END AS price_breaks,
	CASE WHEN c.unit_cost IS NOT NULL THEN c.currency END AS currency,
	c.minimum_order
FROM stockalert.items AS i
LEFT JOIN (
	SELECT w.*, CASE
			WHEN w.offers = 1 THEN 'only supplier'
			WHEN w.preference IS NOT NULL THEN 'preferred'
			WHEN w.outlay < w.next_outlay OR (w.outlay IS NOT NULL AND w.next_outlay IS NULL) THEN 'cheapest at the suggested quantity'
			ELSE 'shortest lead time' END AS chosen_because
	FROM (
		SELECT p.*, pg_catalog.row_number() OVER best AS place, pg_catalog.lead(p.outlay) OVER best AS next_outlay
		FROM (
			SELECT v.*, CASE WHEN v.unit_cost IS NULL THEN NULL WHEN v.usual IS NOT NULL THEN (
						SELECT q.quantity * q.price
						FROM stockalert.purchase_quantity(v.usual, NULL, v.moq::double precision, NULL, v.unit_cost::double precision, v.price_breaks::double precision[]) AS q)
					WHEN v.compared THEN v.unit_cost::double precision END AS outlay,
				-- Not used: it keeps the outlay from being worked out anew wherever it is named.
				pg_catalog.row_number() OVER (PARTITION BY v.item_id) AS place_in_item
			FROM (
				SELECT u.*, pg_catalog.max(
					-- The greatest usual order of a location, asked once an item, and where it matters:
					-- packs are no waste, a minimum is.
					CASE WHEN u.compared AND u.quantity_matters AND u.number = 1 THEN
						coalesce((SELECT nullif(pg_catalog.max(greatest(d.order_up_to - d.reorder_point, 0)), 0)
							FROM stockalert.locations AS l
							JOIN stockalert.demand_state AS d ON d.location_id = l.location_id AND d.item_id = u.item_id), 1)::double precision END)
					OVER (PARTITION BY u.item_id) AS usual
				FROM (
					-- Prices are compared where nothing else decides, in one currency.
					SELECT t.*, t.offers > 1 AND t.preferences = 0 AND t.least_currency = t.greatest_currency AS compared
					FROM (
						SELECT o.*, pg_catalog.count(*) OVER item AS offers, pg_catalog.count(o.preference) OVER item AS preferences,
							pg_catalog.min(coalesce(o.currency, m.currency, '')) OVER item AS least_currency,
							pg_catalog.max(coalesce(o.currency, m.currency, '')) OVER item AS greatest_currency,
							pg_catalog.bool_or(coalesce(o.moq > 1, false) OR o.price_breaks IS NOT NULL) OVER item AS quantity_matters,
							pg_catalog.row_number() OVER item AS number
						FROM stockalert.supply_offers AS o
						-- No currency: that of all locations, where they have one.
						CROSS JOIN (SELECT CASE WHEN pg_catalog.min(l.currency) = pg_catalog.max(l.currency) AND pg_catalog.count(*) = pg_catalog.count(l.currency)
							THEN pg_catalog.min(l.currency) END AS currency FROM stockalert.locations AS l) AS m
						WINDOW item AS (PARTITION BY o.item_id)) AS t) AS u) AS v) AS p
		WINDOW best AS (PARTITION BY p.item_id ORDER BY p.preference, p.outlay, p.lead_time_days, p.supplier)) AS w
	WHERE w.place = 1
) AS c ON c.item_id = i.item_id
LEFT JOIN stockalert.supplier_items AS d1 ON d1.item_id = i.item_id AND d1.supplier_id IS NULL
LEFT JOIN stockalert.supplier_items AS d2 ON d2.category = i.category AND d2.supplier_id IS NULL
LEFT JOIN stockalert.supplier_items AS d3 ON d3.item_id IS NULL AND d3.category IS NULL AND d3.supplier_id IS NULL
CROSS JOIN (
	SELECT coalesce(pg_catalog.current_setting('stockalert.lead_time_days', true), '7')::double precision AS lead_time_days,
		coalesce(pg_catalog.current_setting('stockalert.lead_time_sd_days', true), '0')::double precision AS lead_time_sd_days,
		coalesce(pg_catalog.current_setting('stockalert.review_days', true), '7')::double precision AS review_days
	OFFSET 0) AS g;
COMMENT ON VIEW stockalert.supply_terms IS
	'One row an item: who delivers it and on which terms. Of several suppliers the preferred one, else the cheapest, else the quickest, else the first by name. Terms that it does not set come from the rows without a supplier, then from the settings.';
COMMENT ON COLUMN stockalert.supply_terms.chosen_because IS
	'only supplier, preferred, cheapest at the suggested quantity, shortest lead time; without a supplier: default (terms set for whoever delivers) or setting.';
COMMENT ON COLUMN stockalert.supply_terms.unit_cost IS 'Price of a unit below the first of price_breaks; NULL: not known.';
COMMENT ON COLUMN stockalert.supply_terms.currency IS 'Currency of unit_cost; NULL: that of the location.';

GRANT EXECUTE ON FUNCTION stockalert.purchase_quantity(double precision, double precision, double precision, double precision, double precision, double precision[])
	TO stockalert_viewer, stockalert_writer;

CREATE VIEW stockalert.supply_list WITH (security_barrier) AS
SELECT i.sku, i.name AS item, i.category, t.supplier, t.chosen_because, t.lead_time_days, t.lead_time_sd_days, t.review_days,
	t.pack, t.moq, t.unit_cost, t.currency, t.price_breaks, t.max_stock, t.shelf_life_days
FROM stockalert.supply_terms AS t
JOIN stockalert.items AS i ON i.item_id = t.item_id;
COMMENT ON VIEW stockalert.supply_list IS 'Who delivers each item, why that supplier, and the terms in force: what set_supply() and the settings come to.';

CREATE FUNCTION stockalert.find_supplier(supplier text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint;
	closest text;
BEGIN
	IF supplier IS NULL THEN
		RAISE EXCEPTION 'which supplier is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The supplier is NULL.', HINT = 'Pass its name.';
	END IF;
	SELECT b.supplier_id INTO found FROM stockalert.suppliers AS b WHERE b.name = find_supplier.supplier;
	IF found IS NULL THEN
		SELECT string_agg(c.name, ', ' ORDER BY c.distance, c.name) INTO closest FROM (
			SELECT b.name, stockalert.edit_distance(lower(b.name), lower(find_supplier.supplier)) AS distance
			FROM stockalert.suppliers AS b ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'supplier "%" is not known', left(supplier, 200)
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce('Closest: ' || closest || '.', 'There is no supplier yet.'),
				  HINT = format('SELECT * FROM stockalert.add_supplier(%L);', left(supplier, 192));
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION stockalert.find_supplier(text) IS 'Finds a supplier by name. Error 42704 with the closest names, 22004 for NULL.';

CREATE FUNCTION stockalert.add_supplier(name text, lead_time_days double precision DEFAULT NULL, lead_time_sd_days double precision DEFAULT NULL,
	review_days double precision DEFAULT NULL, currency text DEFAULT NULL, minimum_order numeric DEFAULT NULL, contact text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken text;
BEGIN
	PERFORM stockalert.require_all_locations('add_supplier()');
	PERFORM stockalert.check_label('name', name, 192);
	PERFORM stockalert.check_quantity('minimum_order', minimum_order, true);
	INSERT INTO stockalert.suppliers (name, lead_time_days, lead_time_sd_days, review_days, currency, minimum_order, contact)
		VALUES (add_supplier.name, add_supplier.lead_time_days, add_supplier.lead_time_sd_days, add_supplier.review_days,
			add_supplier.currency, add_supplier.minimum_order, add_supplier.contact)
		ON CONFLICT ON CONSTRAINT suppliers_name_key DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'supplier "%" exists', name
			USING ERRCODE = 'unique_violation', DETAIL = 'Names are unique.',
				  HINT = format('UPDATE stockalert.suppliers SET lead_time_days = ... WHERE name = %L;', name);
	END IF;
	done := format('supplier %s added', name);
	next := format('SELECT * FROM stockalert.set_supply(%L, %L, unit_cost => 3.50, moq => 12); -- without an item: for everything',
		coalesce((SELECT i.sku FROM stockalert.items AS i ORDER BY i.item_id LIMIT 1), 'LED-8'), name);
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'supplier cannot be added so'
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken), HINT = 'Leave out what is not known.';
END
$$;
COMMENT ON FUNCTION stockalert.add_supplier(text, double precision, double precision, double precision, text, numeric, text) IS
	'Adds a supplier with what holds for all that it delivers: mean and standard deviation of the lead time and days between orders, its currency (NULL: that of the location), least value of an order. It delivers what set_supply() says. Errors: 22023, 22004 a bad value; 23514 a value that cannot be; 23505 the name exists; 42501 for who sees some locations only.';

CREATE FUNCTION stockalert.set_supply(item text DEFAULT NULL, supplier text DEFAULT NULL, category text DEFAULT NULL,
	lead_time_days double precision DEFAULT NULL, lead_time_sd_days double precision DEFAULT NULL, review_days double precision DEFAULT NULL,
	pack numeric DEFAULT NULL, moq numeric DEFAULT NULL, unit_cost numeric DEFAULT NULL, price_breaks numeric[] DEFAULT NULL,
	max_stock numeric DEFAULT NULL, shelf_life_days integer DEFAULT NULL, preferred boolean DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken text;
	the_item bigint := CASE WHEN item IS NOT NULL THEN stockalert.find_item(item) END;
	the_supplier bigint := CASE WHEN supplier IS NOT NULL THEN stockalert.find_supplier(supplier) END;
	s stockalert.supplier_items;
	terms text;
BEGIN
	PERFORM stockalert.check_quantity('pack', pack, true);
	PERFORM stockalert.check_quantity('moq', moq, true);
	PERFORM stockalert.check_quantity('unit_cost', unit_cost, true);
	PERFORM stockalert.check_quantity('max_stock', max_stock, true);
	PERFORM stockalert.require_all_locations('set_supply()');
	IF the_supplier IS NULL AND num_nonnulls(lead_time_days, lead_time_sd_days, review_days, pack, moq, unit_cost, price_breaks, max_stock, shelf_life_days) = 0 THEN
		RAISE EXCEPTION 'there is nothing to set'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Neither a supplier nor a term is given.',
				  HINT = 'Pass supplier => ''name'', or a term such as lead_time_days => 5.';
	END IF;
	IF preferred AND the_supplier IS NOT NULL THEN
		UPDATE stockalert.supplier_items AS o SET preferred = NULL
			WHERE o.preferred AND o.item_id IS NOT DISTINCT FROM the_item AND o.category IS NOT DISTINCT FROM set_supply.category
				AND o.supplier_id <> the_supplier;
	END IF;
	INSERT INTO stockalert.supplier_items (supplier_id, item_id, category) VALUES (the_supplier, the_item, set_supply.category)
		ON CONFLICT DO NOTHING;
	UPDATE stockalert.supplier_items AS o SET
			lead_time_days = coalesce(set_supply.lead_time_days, o.lead_time_days),
			lead_time_sd_days = coalesce(set_supply.lead_time_sd_days, o.lead_time_sd_days),
			review_days = coalesce(set_supply.review_days, o.review_days), pack = coalesce(set_supply.pack, o.pack),
			moq = coalesce(set_supply.moq, o.moq), unit_cost = coalesce(set_supply.unit_cost, o.unit_cost),
			price_breaks = CASE WHEN set_supply.price_breaks IS NULL THEN o.price_breaks ELSE nullif(set_supply.price_breaks, '{}') END,
			max_stock = coalesce(set_supply.max_stock, o.max_stock), shelf_life_days = coalesce(set_supply.shelf_life_days, o.shelf_life_days),
			preferred = coalesce(set_supply.preferred, o.preferred)
		WHERE o.supplier_id IS NOT DISTINCT FROM the_supplier AND o.item_id IS NOT DISTINCT FROM the_item
			AND o.category IS NOT DISTINCT FROM set_supply.category
		RETURNING * INTO s;
	terms := concat_ws(', ', 'lead time ' || stockalert.counted(s.lead_time_days::numeric, 'day') || coalesce(' +/- ' || s.lead_time_sd_days, ''),
		'order every ' || stockalert.counted(s.review_days::numeric, 'day'), 'packs of ' || stockalert.show_quantity(s.pack), 'at least ' || stockalert.show_quantity(nullif(s.moq, 0)),
		stockalert.show_quantity(s.unit_cost) || ' each', (SELECT string_agg(format('%s from %s', stockalert.show_quantity(s.price_breaks[n][2]),
			stockalert.show_quantity(s.price_breaks[n][1])), ', ' ORDER BY n) FROM generate_series(1, array_length(s.price_breaks, 1)) AS n),
		'at most ' || stockalert.show_quantity(s.max_stock), 'keeps ' || stockalert.counted(s.shelf_life_days::numeric, 'day'), CASE WHEN s.preferred THEN 'preferred' END);
	done := format('%s delivers %s', coalesce(supplier, 'whoever'), coalesce(item, 'category ' || category, 'everything'))
		|| coalesce(': ' || nullif(terms, ''), '');
	next := CASE WHEN the_item IS NULL THEN 'SELECT * FROM stockalert.supply_list;'
		ELSE format('SELECT * FROM stockalert.supply_list WHERE sku = %L;', (SELECT i.sku FROM stockalert.items AS i WHERE i.item_id = the_item)) END;
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'supply cannot be set so'
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken),
			  HINT = 'What is left out stays as it is; price_breaks => ''{}'' takes price breaks away.';
END
$$;
COMMENT ON FUNCTION stockalert.set_supply(text, text, text, double precision, double precision, double precision, numeric, numeric, numeric, numeric[], numeric, integer, boolean) IS
	'Sets terms of a supplier (NULL: of whoever delivers) for an item, a category, or everything where neither is named. What is NULL stays as it is; price_breaks: pairs {quantity, unit cost}, {} for none; preferred => true takes the preference from others of that scope. Thresholds follow with the next refresh of demand. Errors: 42704 unknown item or supplier, 22023, 23514 a value that cannot be, 42501 for who sees some locations only.';

CREATE FUNCTION stockalert.remove_supply(item text DEFAULT NULL, supplier text DEFAULT NULL, category text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := CASE WHEN item IS NOT NULL THEN stockalert.find_item(item) END;
	the_supplier bigint := CASE WHEN supplier IS NOT NULL THEN stockalert.find_supplier(supplier) END;
BEGIN
	PERFORM stockalert.require_all_locations('remove_supply()');
	DELETE FROM stockalert.supplier_items AS o WHERE o.supplier_id IS NOT DISTINCT FROM the_supplier
		AND o.item_id IS NOT DISTINCT FROM the_item AND o.category IS NOT DISTINCT FROM remove_supply.category;
	done := CASE WHEN FOUND THEN format('terms of %s for %s removed', coalesce(supplier, 'whoever delivers'), coalesce(item, 'category ' || category, 'everything'))
		ELSE 'there were no such terms' END;
	next := 'SELECT * FROM stockalert.supply_list;';
END
$$;
COMMENT ON FUNCTION stockalert.remove_supply(text, text, text) IS
	'Takes away the terms that set_supply() set with the same item, supplier and category. Errors: 42704 unknown item or supplier, 42501 for who sees some locations only.';

-- Terms hold at all locations: whoever sees some only reads them.
CREATE POLICY scope ON stockalert.suppliers USING ((SELECT stockalert.sees_all_locations()));
COMMENT ON POLICY scope ON stockalert.suppliers IS 'Suppliers are kept by those who see all locations.';
CREATE POLICY everywhere ON stockalert.suppliers FOR SELECT USING (true);
COMMENT ON POLICY everywhere ON stockalert.suppliers IS 'Suppliers can be read by all managers.';
CREATE POLICY scope ON stockalert.supplier_items USING ((SELECT stockalert.sees_all_locations()));
COMMENT ON POLICY scope ON stockalert.supplier_items IS 'Terms are set by those who see all locations.';
CREATE POLICY everywhere ON stockalert.supplier_items FOR SELECT USING (true);
COMMENT ON POLICY everywhere ON stockalert.supplier_items IS 'Terms can be read by all managers.';
ALTER TABLE stockalert.suppliers ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.supplier_items ENABLE ROW LEVEL SECURITY;

GRANT SELECT ON stockalert.supply_list TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION
	stockalert.add_supplier(text, double precision, double precision, double precision, text, numeric, text),
	stockalert.set_supply(text, text, text, double precision, double precision, double precision, numeric, numeric, numeric, numeric[], numeric, integer, boolean),
	stockalert.remove_supply(text, text, text)
	TO stockalert_manager;
