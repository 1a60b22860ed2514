-- What missing stock costs, and what stock ties up.  Amounts are in the
-- currency of the location and are never summed over several.

-- For the owner.  A supplier's price in another currency is no cost here.
CREATE VIEW stockalert.priced_stock AS
SELECT p.location_id, p.item_id, p.location, p.sku, p.item, p.category, p.location_currency AS currency, p.today, p.listed_on, p.on_hand,
	p.available, p.position, p.velocity, p.order_up_to, p.last_sale, p.price, t.lead_time_days,
	coalesce(p.cost, CASE WHEN coalesce(t.currency, p.location_currency) IS NOT DISTINCT FROM p.location_currency THEN t.unit_cost END) AS cost,
	CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left
FROM stockalert.planned_stock AS p
JOIN stockalert.supply_terms AS t ON t.item_id = p.item_id;
COMMENT ON VIEW stockalert.priced_stock IS
	'Stock, demand, price and cost of a unit (the item''s, else the supplier''s in the same currency) of every item carried. For the owner.';

CREATE VIEW stockalert.money_lost WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.available, m.velocity, m.days_left, m.lead_time_days, m.days_short, m.price, m.cost,
	pg_catalog.trim_scale(pg_catalog.round(CASE WHEN m.available <= 0 THEN m.velocity ELSE 0 END::numeric * (m.price - m.cost), 5)) AS margin_lost_a_day,
	pg_catalog.trim_scale(pg_catalog.round((m.velocity * m.days_short)::numeric * m.price, 5)) AS revenue_at_risk,
	pg_catalog.trim_scale(pg_catalog.round((m.velocity * m.days_short)::numeric * (m.price - m.cost), 5)) AS margin_at_risk,
	m.currency, m.location_id, m.item_id
FROM (
	SELECT p.*, greatest(p.lead_time_days - p.days_left, 0) AS days_short FROM stockalert.priced_stock AS p WHERE p.velocity > 0) AS m
WHERE (m.available <= 0 OR m.days_short > 0)
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
FROM (
	SELECT p.*, p.position - p.order_up_to AS surplus FROM stockalert.priced_stock AS p WHERE p.position > p.order_up_to) AS m
WHERE (SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])
ORDER BY 12 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.overstock_list IS
	'Items of which more is on hand and on the way than their order-up-to level asks for, most cash first. Items that never sold have no such level: see dead_stock_list.';
COMMENT ON COLUMN stockalert.overstock_list.surplus IS 'Position - order_up_to, in units.';
COMMENT ON COLUMN stockalert.overstock_list.surplus_days IS 'Days that the surplus alone lasts.';
COMMENT ON COLUMN stockalert.overstock_list.cash_tied_up IS 'Surplus at cost; NULL: the cost is not known.';

CREATE VIEW stockalert.dead_stock_list WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.on_hand, m.last_sale, m.today - m.silent_since AS days_without_sale, m.cost,
	pg_catalog.trim_scale(pg_catalog.round(m.on_hand * m.cost, 5)) AS cash_tied_up, m.currency, m.location_id, m.item_id
FROM (
	SELECT p.*, coalesce(p.last_sale, p.listed_on) AS silent_since FROM stockalert.priced_stock AS p WHERE p.on_hand > 0) AS m
WHERE m.today - m.silent_since >= 90
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 9 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.dead_stock_list IS 'Items on hand that have not sold for 90 days or more, most cash first; those that never sold count from when they were added.';
COMMENT ON COLUMN stockalert.dead_stock_list.days_without_sale IS 'Days since the last sale, or since the item was added.';
COMMENT ON COLUMN stockalert.dead_stock_list.cash_tied_up IS 'Stock on hand at cost; NULL: the cost is not known.';

CREATE VIEW stockalert.money_by_location WITH (security_barrier) AS
SELECT l.code AS location, l.currency, coalesce(s.stock_value, 0) AS stock_value, coalesce(s.without_cost, 0) AS items_without_cost,
	coalesce(m.margin_lost_a_day, 0) AS margin_lost_a_day, coalesce(m.revenue_at_risk, 0) AS revenue_at_risk,
	coalesce(o.cash_tied_up, 0) AS overstock, coalesce(d.cash_tied_up, 0) AS dead_stock, l.location_id
FROM stockalert.locations AS l
LEFT JOIN (
	SELECT p.location_id, pg_catalog.sum(p.on_hand * p.cost) AS stock_value, pg_catalog.count(*) FILTER (WHERE p.cost IS NULL) AS without_cost
	FROM stockalert.priced_stock AS p WHERE p.on_hand > 0 GROUP BY p.location_id) AS s ON s.location_id = l.location_id
LEFT JOIN (
	SELECT p.location_id, pg_catalog.sum(p.margin_lost_a_day) AS margin_lost_a_day, pg_catalog.sum(p.revenue_at_risk) AS revenue_at_risk
	FROM stockalert.money_lost AS p GROUP BY p.location_id) AS m ON m.location_id = l.location_id
LEFT JOIN (
	SELECT p.location_id, pg_catalog.sum(p.cash_tied_up) AS cash_tied_up FROM stockalert.overstock_list AS p GROUP BY p.location_id) AS o ON o.location_id = l.location_id
LEFT JOIN (
	SELECT p.location_id, pg_catalog.sum(p.cash_tied_up) AS cash_tied_up FROM stockalert.dead_stock_list AS p GROUP BY p.location_id) AS d ON d.location_id = l.location_id
WHERE l.active
	AND ((SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY l.code;
COMMENT ON VIEW stockalert.money_by_location IS
	'Totals of money_lost, overstock_list and dead_stock_list of each location in its currency; an item may be both overstocked and dead.';
COMMENT ON COLUMN stockalert.money_by_location.stock_value IS 'Stock on hand at cost, negative stock as none.';
COMMENT ON COLUMN stockalert.money_by_location.items_without_cost IS 'Items on hand whose cost is not known and which the amounts leave out.';

GRANT SELECT ON stockalert.money_lost, stockalert.overstock_list, stockalert.dead_stock_list, stockalert.money_by_location TO stockalert_viewer;
