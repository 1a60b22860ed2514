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
			SELECT t.*,
				-- Prices are compared where nothing else decides, in one currency, for
				-- the greatest usual order of a location; packs are no waste, a minimum is.
				CASE WHEN t.offers > 1 AND t.preferences = 0 AND t.least_currency = t.greatest_currency AND t.unit_cost IS NOT NULL THEN (
					SELECT q.quantity * q.price
					FROM stockalert.purchase_quantity(
						coalesce((SELECT nullif(pg_catalog.max(greatest(d.order_up_to - d.reorder_point, 0)), 0)
							FROM stockalert.locations AS l
							JOIN stockalert.demand_state AS d ON d.location_id = l.location_id AND d.item_id = t.item_id), 1)::double precision,
						NULL, t.moq::double precision, NULL, t.unit_cost::double precision, t.price_breaks::double precision[]) AS q
				) END AS outlay
			FROM (
				SELECT o.*, pg_catalog.count(*) OVER item AS offers, pg_catalog.count(o.preference) OVER item AS preferences,
					pg_catalog.min(coalesce(o.currency, '')) OVER item AS least_currency,
					pg_catalog.max(coalesce(o.currency, '')) OVER item AS greatest_currency
				FROM stockalert.supply_offers AS o
				WINDOW item AS (PARTITION BY o.item_id)) AS t) AS p
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
