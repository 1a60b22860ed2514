-- What missing stock costs, and what stock ties up.  Amounts are in the
-- currency of the location and are never summed over several.

-- For the owner.  A supplier's price in another currency is no cost here.
CREATE VIEW stockalert.priced_stock AS
SELECT m.*,
	CASE WHEN m.velocity > 0 AND m.available <= 0 THEN pg_catalog.round(m.velocity::numeric * (m.price - m.cost), 5)
		WHEN m.velocity > 0 THEN 0 * (m.price - m.cost) END AS margin_lost_a_day,
	CASE WHEN m.velocity > 0 THEN pg_catalog.round((m.velocity * m.days_short)::numeric * m.price, 5) END AS revenue_at_risk,
	CASE WHEN m.velocity > 0 THEN pg_catalog.round((m.velocity * m.days_short)::numeric * (m.price - m.cost), 5) END AS margin_at_risk,
	CASE WHEN m.order_up_to IS NOT NULL THEN m.position - greatest(m.order_up_to, (m.velocity * m.overstock_days)::numeric) END AS surplus,
	m.today - coalesce(m.last_sale, m.listed_on) AS silent_days
FROM (
	SELECT p.location_id, p.item_id, p.location, p.sku, p.item, p.category, p.location_currency AS currency, p.today, p.listed_on, p.on_hand,
		p.available, p.position, p.velocity, p.order_up_to, p.last_sale, p.price, t.lead_time_days, g.overstock_days, g.dead_after,
		coalesce(p.cost, CASE WHEN coalesce(t.currency, p.location_currency) IS NOT DISTINCT FROM p.location_currency THEN t.unit_cost END) AS cost,
		CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left,
		CASE WHEN p.velocity > 0 THEN greatest(t.lead_time_days - stockalert.days_of_supply(p.available::double precision, p.week), 0) END AS days_short
	FROM stockalert.planned_stock AS p
	JOIN stockalert.supply_terms AS t ON t.item_id = p.item_id
	CROSS JOIN (
		SELECT coalesce(pg_catalog.current_setting('stockalert.overstock_days', true), '90')::integer AS overstock_days,
			coalesce(pg_catalog.current_setting('stockalert.dead_after', true), '90')::integer AS dead_after
		OFFSET 0) AS g) AS m;
COMMENT ON VIEW stockalert.priced_stock IS
	'Stock, demand, price and cost of a unit (the item''s, else the supplier''s in the same currency) of every item carried. For the owner.';

CREATE VIEW stockalert.money_lost WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.available, m.velocity, m.days_left, m.lead_time_days, m.days_short, m.price, m.cost,
	pg_catalog.trim_scale(m.margin_lost_a_day) AS margin_lost_a_day, pg_catalog.trim_scale(m.revenue_at_risk) AS revenue_at_risk,
	pg_catalog.trim_scale(m.margin_at_risk) AS margin_at_risk, m.currency, m.location_id, m.item_id
FROM stockalert.priced_stock AS m
WHERE m.velocity > 0 AND (m.available <= 0 OR m.days_short > 0)
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 12 DESC NULLS LAST, 13 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.money_lost IS
	'Items that sell and are out, or will be before an order of today comes, the dearest first. NULL amounts: price or cost is not known.';
COMMENT ON COLUMN stockalert.money_lost.margin_lost_a_day IS 'Velocity x (price - cost) while out, 0 before. Negative: it sells below cost.';
COMMENT ON COLUMN stockalert.money_lost.days_short IS 'Days without stock until the next delivery: lead time - days left.';
COMMENT ON COLUMN stockalert.money_lost.revenue_at_risk IS 'Velocity x days_short x price: what is not sold before the next delivery, if ordered today.';
COMMENT ON COLUMN stockalert.money_lost.margin_at_risk IS 'The same with price - cost.';

CREATE VIEW stockalert.overstock_list WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.on_hand, m.position, m.order_up_to, m.velocity, m.surplus,
	CASE WHEN m.velocity > 0 THEN m.surplus::double precision / m.velocity ELSE 'Infinity' END AS surplus_days,
	m.cost, pg_catalog.trim_scale(pg_catalog.round(m.surplus * m.cost, 5)) AS cash_tied_up, m.currency, m.location_id, m.item_id
FROM stockalert.priced_stock AS m
WHERE m.surplus > 0
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 12 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.overstock_list IS
	'Items of which more is on hand and on the way than their order-up-to level asks for and than lasts stockalert.overstock_days, most cash first. Items that never sold have no such level: see dead_stock_list.';
COMMENT ON COLUMN stockalert.overstock_list.surplus IS 'Position less the larger of order_up_to and velocity x stockalert.overstock_days, in units.';
COMMENT ON COLUMN stockalert.overstock_list.surplus_days IS 'Days that the surplus alone lasts.';
COMMENT ON COLUMN stockalert.overstock_list.cash_tied_up IS 'Surplus at cost; NULL: the cost is not known.';

CREATE VIEW stockalert.dead_stock_list WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.on_hand, m.last_sale, m.silent_days AS days_without_sale, m.cost,
	pg_catalog.trim_scale(pg_catalog.round(m.on_hand * m.cost, 5)) AS cash_tied_up, m.currency, m.location_id, m.item_id
FROM stockalert.priced_stock AS m
WHERE m.on_hand > 0 AND m.silent_days >= m.dead_after
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 9 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.dead_stock_list IS 'Items on hand that have not sold for stockalert.dead_after days or more, most cash first; those that never sold count from when they were added.';
COMMENT ON COLUMN stockalert.dead_stock_list.days_without_sale IS 'Days since the last sale, or since the item was added.';
COMMENT ON COLUMN stockalert.dead_stock_list.cash_tied_up IS 'Stock on hand at cost; NULL: the cost is not known.';

CREATE VIEW stockalert.money_by_location WITH (security_barrier) AS
SELECT l.code AS location, l.currency, coalesce(t.stock_value, 0) AS stock_value, coalesce(t.items_without_cost, 0) AS items_without_cost,
	pg_catalog.trim_scale(coalesce(t.margin_lost_a_day, 0)) AS margin_lost_a_day, pg_catalog.trim_scale(coalesce(t.revenue_at_risk, 0)) AS revenue_at_risk,
	coalesce(t.overstock, 0) AS overstock, coalesce(t.dead_stock, 0) AS dead_stock, l.location_id
FROM stockalert.locations AS l
LEFT JOIN (
	SELECT p.location_id, pg_catalog.sum(greatest(p.on_hand, 0) * p.cost) AS stock_value,
		pg_catalog.count(*) FILTER (WHERE p.cost IS NULL AND p.on_hand > 0) AS items_without_cost,
		pg_catalog.sum(p.margin_lost_a_day) AS margin_lost_a_day,
		pg_catalog.sum(p.revenue_at_risk) AS revenue_at_risk,
		pg_catalog.sum(p.surplus * p.cost) FILTER (WHERE p.surplus > 0) AS overstock,
		pg_catalog.sum(p.on_hand * p.cost) FILTER (WHERE p.on_hand > 0 AND p.silent_days >= p.dead_after) AS dead_stock
	FROM stockalert.priced_stock AS p GROUP BY p.location_id) AS t ON t.location_id = l.location_id
WHERE l.active
	AND ((SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY l.code;
COMMENT ON VIEW stockalert.money_by_location IS
	'Totals of money_lost, overstock_list and dead_stock_list of each location in its currency; an item may be both overstocked and dead.';
COMMENT ON COLUMN stockalert.money_by_location.stock_value IS 'Stock on hand at cost, negative stock as none.';
COMMENT ON COLUMN stockalert.money_by_location.items_without_cost IS 'Items on hand whose cost is not known and which the amounts leave out.';

GRANT SELECT ON stockalert.money_lost, stockalert.overstock_list, stockalert.dead_stock_list, stockalert.money_by_location TO stockalert_viewer;
