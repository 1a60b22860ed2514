-- What each item sells, how long it lasts, and what to order.

CREATE FUNCTION stockalert.week_ahead(velocity double precision, level double precision, season double precision[], as_of date) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_week_ahead';
COMMENT ON FUNCTION stockalert.week_ahead(double precision, double precision, double precision[], date) IS
	'Units expected on each of the seven days from as_of on: velocity, spread as max(0, level + season) of the weekday (season Monday first; none: evenly). Their mean is velocity. NULL for NULL. Error 22023: velocity negative or not finite, as_of infinite.';

-- Everything that is known of the demand for an item at a location and of its
-- supply, once a pair.  No security barrier: single pairs are looked up; for the
-- owner, who makes the views below of it.
CREATE VIEW stockalert.planned_stock AS
SELECT s.location_id, s.item_id, l.code AS location, l.currency AS location_currency, i.sku, i.name AS item, i.category, i.cost, i.price,
	i.quantity_step, (i.created_at AT TIME ZONE l.time_zone)::date AS listed_on, s.on_hand, s.on_hand - s.reserved AS available, s.on_order, s.in_transit,
	s.on_hand - s.reserved + s.on_order + s.in_transit AS position, s.par_level, s.class,
	w.today, coalesce(d.velocity, 0) AS velocity, d.method, d.level, d.season, d.mse, d.reorder_point, d.order_up_to, d.exposed_days, d.sales, d.first_sale, d.last_sale,
	coalesce(stockalert.week_ahead(d.velocity, d.level, d.season, w.today), ARRAY[0]::double precision[]) AS week
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id AND i.active
JOIN stockalert.locations AS l ON l.location_id = s.location_id AND l.active
CROSS JOIN LATERAL (SELECT (stockalert.as_of() AT TIME ZONE l.time_zone)::date AS today) AS w
LEFT JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id
WHERE s.active;
COMMENT ON VIEW stockalert.planned_stock IS
	'Stock, demand and names of every item carried at every location. today: the date there. week: units expected from today on. For the owner.';

CREATE VIEW stockalert.demand WITH (security_barrier) AS
SELECT p.location, p.sku, p.item, p.category, p.available, CASE WHEN k.known THEN p.velocity END AS velocity, p.method, CASE WHEN k.known THEN p.velocity * 7 END AS per_week,
	CASE WHEN k.known AND (p.available > 0 OR p.velocity > 0) THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left,
	stockalert.stockout_date(p.today, p.available::double precision, p.week) AS stockout_date,
	p.reorder_point, p.order_up_to, p.level, p.season, p.mse, pg_catalog.sqrt(p.mse) AS sd, p.exposed_days, p.sales AS selling_days, p.first_sale, p.last_sale,
	coalesce(p.exposed_days < 28, true) AS short_history,
	stockalert.sparkline(stockalert.history_units(h.history, p.today - 28, p.today - 1)) AS last_28_days,
	CASE WHEN NOT k.known THEN 'nothing learned yet' WHEN EXISTS (SELECT FROM stockalert.item_refs AS x JOIN stockalert.watched_tables AS w ON w.source_id = x.source_id AND w.infers_sales
		WHERE x.item_id = p.item_id) THEN 'decreases' ELSE 'sales' END AS basis, p.location_id, p.item_id
FROM stockalert.planned_stock AS p
LEFT JOIN stockalert.demand_days AS h ON h.location_id = p.location_id AND h.item_id = p.item_id
-- Before anything was learned nothing is known, be it that nothing sells.
CROSS JOIN LATERAL (SELECT p.method IS NOT NULL OR EXISTS (SELECT FROM stockalert.demand_folded) AS known) AS k
WHERE (SELECT stockalert.sees_all_locations()) OR p.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]);
COMMENT ON VIEW stockalert.demand IS 'Demand of every item carried at every location, as refresh_demand() last learned it, against available stock now. Units per day.';
COMMENT ON COLUMN stockalert.demand.velocity IS 'Units a day in stock, mean of a week ahead; 0: nothing sold; NULL before the first refresh_demand().';
COMMENT ON COLUMN stockalert.demand.days_left IS 'Days that available stock lasts, by the weekdays ahead; Infinity where nothing sells, NULL where nothing sells and nothing is there, and before the first refresh_demand().';
COMMENT ON COLUMN stockalert.demand.stockout_date IS 'First day, there, that cannot be served in full; today where stock is negative; NULL: none in sight.';
COMMENT ON COLUMN stockalert.demand.season IS 'What each weekday adds to level, Monday first.';
COMMENT ON COLUMN stockalert.demand.sd IS 'Standard deviation of the one-day forecast, root of mse.';
COMMENT ON COLUMN stockalert.demand.last_28_days IS 'Units of each of the 28 days before today as bars, oldest first; a gap: no stock, or before the first sale. NULL: nothing was learned.';
COMMENT ON COLUMN stockalert.demand.basis IS 'sales: what was recorded as sold; decreases: inferred from the stock of a watched table that went down; nothing learned yet: before the first refresh_demand().';
COMMENT ON COLUMN stockalert.demand.short_history IS 'Under 28 days with stock since the first sale: velocity leans on similar items.';

-- For the owner too: a condition of a reader's must not wait until all of it is worked out.
CREATE VIEW stockalert.order_plan AS
SELECT p.location, p.sku, p.item, p.category, t.supplier, t.chosen_because, p.on_hand, p.available, p.on_order, p.in_transit, p.position,
	p.velocity, CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left,
	stockalert.stockout_date(p.today, p.available::double precision, p.week) AS stockout_date,
	p.reorder_point, p.order_up_to, q.quantity::numeric AS suggested_quantity,
	CASE WHEN q.reason = 'maximum' AND k.sells_in_time < coalesce(t.max_stock::double precision, 'Infinity') THEN 'shelf_life' ELSE q.reason END AS binding_reason,
	CASE WHEN q.quantity > 0 THEN greatest(p.today, stockalert.stockout_date(p.today, p.position::double precision, p.week)
		- pg_catalog.ceil(t.lead_time_days)::integer) END AS order_by,
	p.velocity > 0 AND stockalert.days_of_supply(p.available::double precision, p.week) < t.lead_time_days AS comes_late,
	t.lead_time_days, t.pack, t.moq, c.unit_cost, q.quantity::numeric * c.unit_cost AS order_value,
	CASE WHEN t.unit_cost IS NULL THEN p.location_currency ELSE coalesce(t.currency, p.location_currency) END AS currency,
	t.minimum_order, p.location_id, p.item_id, t.supplier_id
FROM stockalert.planned_stock AS p
JOIN stockalert.supply_terms AS t ON t.item_id = p.item_id
-- What sells, in the median, before it is spoilt; of many units that is the mean.
CROSS JOIN LATERAL (SELECT CASE WHEN t.shelf_life_days IS NULL THEN NULL
	WHEN p.velocity * t.shelf_life_days > 200 THEN p.velocity * t.shelf_life_days
	ELSE stockalert.negative_binomial_quantile(0.5, p.velocity * t.shelf_life_days,
		greatest(p.mse * stockalert.lead_time_variance_factor(t.shelf_life_days), p.velocity * t.shelf_life_days)) END AS sells_in_time) AS k
CROSS JOIN LATERAL stockalert.purchase_quantity(
	stockalert.need_order_up_to(p.position::double precision, p.reorder_point::double precision, greatest(p.order_up_to, p.reorder_point)::double precision),
	coalesce(t.pack, p.quantity_step)::double precision, t.moq::double precision,
	least(t.max_stock::double precision, k.sells_in_time) - p.position::double precision,
	t.unit_cost::double precision, t.price_breaks::double precision[]) AS q
-- The price as it was entered: double precision would round long ones.
CROSS JOIN LATERAL (SELECT CASE WHEN t.unit_cost IS NULL THEN p.cost WHEN t.price_breaks IS NULL THEN t.unit_cost
	ELSE coalesce((SELECT pg_catalog.min(t.price_breaks[n][2]) FROM pg_catalog.generate_series(1, pg_catalog.array_length(t.price_breaks, 1)) AS n
		WHERE t.price_breaks[n][1] <= q.quantity::numeric), t.unit_cost) END AS unit_cost) AS c;
COMMENT ON VIEW stockalert.order_plan IS
	'What to order of every item carried at every location by policy (s, S), and from whom; nothing where the position is above the reorder point. For the owner; people read reorder_suggestions.';

CREATE VIEW stockalert.reorder_suggestions WITH (security_barrier) AS
SELECT o.location, o.sku, o.item, o.category, o.supplier, o.chosen_because, o.suggested_quantity, o.binding_reason, o.order_by, o.comes_late,
	o.on_hand, o.available, o.on_order, o.in_transit, o.position, o.velocity, o.days_left, o.stockout_date, o.reorder_point, o.order_up_to,
	o.lead_time_days, o.pack, o.moq, o.unit_cost, o.order_value, o.currency, o.location_id, o.item_id, o.supplier_id
FROM stockalert.order_plan AS o
WHERE o.position <= o.reorder_point
	AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY o.order_by, o.days_left, o.location, o.sku;
COMMENT ON VIEW stockalert.reorder_suggestions IS
	'What to order now: items whose position (available + on order + in transit) is at the reorder point or below, the most urgent first. reorder_list() shows all.';
COMMENT ON COLUMN stockalert.reorder_suggestions.chosen_because IS 'Why this supplier, as in supply_list.';
COMMENT ON COLUMN stockalert.reorder_suggestions.suggested_quantity IS 'Units to order: order_up_to - position, then in packs, at least the minimum order, at most the maximum.';
COMMENT ON COLUMN stockalert.reorder_suggestions.binding_reason IS
	'What decided the quantity: need, pack (or the item''s step), moq, price_break (more costs less), maximum (stock), shelf_life (what sells before it is spoilt), cap_below_moq (0: the most is below the minimum order).';
COMMENT ON COLUMN stockalert.reorder_suggestions.order_by IS 'Last day, there, to order so that delivery comes before the position runs out; today where that day is over.';
COMMENT ON COLUMN stockalert.reorder_suggestions.comes_late IS 'Available stock runs out before an order of today can come.';
COMMENT ON COLUMN stockalert.reorder_suggestions.position IS 'Available (on hand less reserved), on order and in transit.';
COMMENT ON COLUMN stockalert.reorder_suggestions.days_left IS 'Days that available stock lasts, by the weekdays ahead.';
COMMENT ON COLUMN stockalert.reorder_suggestions.stockout_date IS 'First day, there, that available stock cannot serve in full.';
COMMENT ON COLUMN stockalert.reorder_suggestions.unit_cost IS 'Price of a unit at this quantity; without a supplier''s price the item''s cost; NULL: not known.';
COMMENT ON COLUMN stockalert.reorder_suggestions.currency IS 'Of unit_cost and order_value.';

CREATE FUNCTION stockalert.reorder_list(location text DEFAULT NULL, everything boolean DEFAULT false) RETURNS SETOF stockalert.reorder_suggestions
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
BEGIN
	RETURN QUERY
	SELECT o.location, o.sku, o.item, o.category, o.supplier, o.chosen_because, o.suggested_quantity, o.binding_reason, o.order_by, o.comes_late,
		o.on_hand, o.available, o.on_order, o.in_transit, o.position, o.velocity, o.days_left, o.stockout_date, o.reorder_point, o.order_up_to,
		o.lead_time_days, o.pack, o.moq, o.unit_cost, o.order_value, o.currency, o.location_id, o.item_id, o.supplier_id
	FROM stockalert.order_plan AS o
	WHERE (the_location IS NULL OR o.location_id = the_location) AND (everything OR o.position <= o.reorder_point)
		AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
	ORDER BY o.order_by, o.days_left, o.location, o.sku;
END
$$;
COMMENT ON FUNCTION stockalert.reorder_list(text, boolean) IS
	'reorder_suggestions of one location (NULL: all); everything => true: every item carried there, with a quantity of 0 (reason no_need) above the reorder point and NULL where nothing sells. Error 42704 unknown location.';

CREATE VIEW stockalert.supplier_orders WITH (security_barrier) AS
SELECT o.location, o.supplier, o.currency, pg_catalog.count(*) AS items, pg_catalog.sum(o.suggested_quantity) AS units,
	pg_catalog.sum(o.order_value) AS order_value, pg_catalog.count(*) FILTER (WHERE o.order_value IS NULL) AS items_without_cost,
	pg_catalog.min(o.order_by) AS order_by, pg_catalog.max(o.minimum_order) AS minimum_order,
	pg_catalog.max(o.minimum_order) - pg_catalog.sum(o.order_value) AS short_of_minimum, o.location_id, o.supplier_id
FROM stockalert.order_plan AS o
WHERE o.position <= o.reorder_point AND o.suggested_quantity > 0
	AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
GROUP BY o.location, o.supplier, o.currency, o.location_id, o.supplier_id
ORDER BY 8, 1, 2;
COMMENT ON VIEW stockalert.supplier_orders IS 'reorder_suggestions summed to one order a location, supplier and currency, the most urgent first. Supplier NULL: none is known.';
COMMENT ON COLUMN stockalert.supplier_orders.short_of_minimum IS 'What is missing to the supplier''s minimum order; negative or 0: nothing.';
COMMENT ON COLUMN stockalert.supplier_orders.items_without_cost IS 'Items whose cost is not known, which order_value leaves out.';

CREATE FUNCTION stockalert.suggest(location_id bigint, item_id bigint, OUT days_left double precision, OUT suggested_quantity numeric,
	OUT supplier text, OUT order_by date)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Most pairs of a shop that records no sales: nothing was learned, nothing is asked.
	IF EXISTS (SELECT FROM stockalert.demand_state AS d WHERE d.location_id = suggest.location_id AND d.item_id = suggest.item_id) THEN
		SELECT o.days_left, o.suggested_quantity, o.supplier, o.order_by INTO days_left, suggested_quantity, supplier, order_by
			FROM stockalert.order_plan AS o WHERE o.location_id = suggest.location_id AND o.item_id = suggest.item_id;
	END IF;
EXCEPTION WHEN data_exception THEN
	-- A message goes without it rather than not.
	RETURN;
END
$$;
COMMENT ON FUNCTION stockalert.suggest(bigint, bigint) IS
	'What order_plan says of one item at one location: days that stock lasts, units to order now, from whom and by when; NULLs where nothing was learned or it cannot be worked out. For the owner.';

CREATE FUNCTION stockalert.alert_outlook(alert_ids bigint[]) RETURNS TABLE (alert_id bigint, days_left text, suggested text, supplier text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Not in SQL, which would be planned at each call.
	RETURN QUERY
	SELECT a.alert_id, CASE WHEN s.days_left > 0 AND s.days_left < 10000
			THEN stockalert.show_quantity(round(s.days_left::numeric, CASE WHEN s.days_left < 10 THEN 1 ELSE 0 END)) END,
		stockalert.show_quantity(nullif(s.suggested_quantity, 0)), CASE WHEN s.suggested_quantity > 0 THEN s.supplier END
	FROM (SELECT DISTINCT u.id FROM unnest(alert_outlook.alert_ids) AS u (id)) AS k
	JOIN stockalert.alerts AS a ON a.alert_id = k.id
	CROSS JOIN LATERAL stockalert.suggest(a.location_id, a.item_id) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.alert_outlook(bigint[]) IS
	'What messages say of the items of alerts: days left (one decimal under 10), units to order and from whom; NULL where nothing is known, nothing sells or nothing is to be ordered.';

GRANT SELECT ON stockalert.demand, stockalert.reorder_suggestions, stockalert.supplier_orders TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.week_ahead(double precision, double precision, double precision[], date) TO stockalert_viewer, stockalert_writer;
GRANT EXECUTE ON FUNCTION stockalert.reorder_list(text, boolean) TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.alert_outlook(bigint[]) TO stockalert_worker, stockalert_admin;
