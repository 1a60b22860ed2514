-- terms.sql: the rules by which the demo makes up what the data set does not
-- have.  All follow from the item's code, its price, and sales before the replay.
-- Run by the role shop.  Variable: first (first day of the replay).
--
--   chance      first 24 bits of md5(code): the only "random" number, the same on every run
--   pack        24 below 1.00 GBP, 12 below 3.00, 6 below 8.00, else 2
--   MOQ         one pack; two packs for every third item
--   lead time   3 to 14 days, by chance
--   stocked     codes of goods (five digits and letters) sold before the replay
--   opening     reorder point + 0 to 20 days of sales, in whole packs; every fortieth item 60 % of it
\set QUIET on
SELECT shop.set_clock(:'first'::date - 1, '20:00') \g /dev/null
INSERT INTO shop.supply
	SELECT c.item_id, c.price, c.chance, c.pack, c.pack * CASE WHEN c.chance % 3 = 0 THEN 2 ELSE 1 END, 3 + c.chance / 7 % 12
	FROM (SELECT i.item_id, coalesce(i.price, 1) AS price, ('x' || left(md5(i.sku), 6))::bit(24)::integer AS chance,
			CASE WHEN i.price < 1 THEN 24 WHEN i.price < 3 THEN 12 WHEN i.price < 8 THEN 6 ELSE 2 END AS pack
		FROM stockalert.items AS i
		WHERE i.sku ~ '^[0-9]{5}' AND EXISTS (SELECT 1 FROM shop.daily AS d WHERE d.item_id = i.item_id AND d.day < :'first' AND d.units > 0)) AS c;

-- Velocity of eight weeks, reorder point for a service level of 95 % over lead
-- time and one day between orders, and a fortnight on top of it.  Low: time to
-- order.  Critical: less than will be sold before an order of today comes.
CREATE FUNCTION shop.make_plan(last_day date) RETURNS void LANGUAGE sql AS $$
	TRUNCATE shop.plan;
	INSERT INTO shop.plan
	SELECT m.item_id, m.velocity, m.deviation, r.reorder_point, greatest(r.reorder_point + 14 * m.velocity, 1),
		ceil(r.reorder_point), least(ceil(m.velocity * m.lead_days), ceil(r.reorder_point))
	FROM (
		SELECT u.item_id, u.lead_days, greatest(coalesce(stockalert.velocity(d.units::float8, d.day, last_day, 56), 0), 0) AS velocity,
			sqrt(greatest(coalesce(sum(d.units ^ 2) FILTER (WHERE d.day > last_day - 56)
				- sum(d.units) FILTER (WHERE d.day > last_day - 56) ^ 2 / 56, 0) / 55, 0))::float8 AS deviation
		FROM shop.supply AS u LEFT JOIN shop.daily AS d ON d.item_id = u.item_id AND d.day <= last_day
		GROUP BY u.item_id) AS m
	CROSS JOIN LATERAL (SELECT stockalert.reorder_point(0.95, m.velocity, m.deviation, m.lead_days, 0, 1) AS reorder_point) AS r
$$;
SELECT shop.make_plan(:'first'::date - 1) \g /dev/null

-- Opening stock, as a row of the shop's own; the superuser copies it in below.
CREATE TABLE shop.opening AS
	SELECT l.location_id, u.item_id, nullif(ceil(p.order_up_to), 0)::numeric AS par_level,
		CASE WHEN u.chance % 40 = 0 THEN floor(0.6 * p.low)
			ELSE greatest(ceil((p.reorder_point + p.velocity * (u.chance % 21)) / u.pack), 1) * u.pack END::numeric AS on_hand
	FROM shop.supply AS u JOIN shop.plan AS p USING (item_id) CROSS JOIN stockalert.locations AS l WHERE l.code = 'shop';
INSERT INTO shop.ledger (at, item_id, what, available, low, critical)
	SELECT stockalert.as_of(), o.item_id, 'opening', o.on_hand, p.low, p.critical FROM shop.opening AS o JOIN shop.plan AS p USING (item_id);

-- Order where the position (on hand + on order) is at the reorder point or below it.
CREATE VIEW shop.suggestions AS
	SELECT p.item_id, s.on_hand, s.on_order, p.velocity, p.reorder_point, p.order_up_to, u.price, u.pack, u.moq, u.lead_days, o.quantity, o.reason
	FROM shop.plan AS p JOIN shop.supply AS u USING (item_id) JOIN stockalert.stock_levels AS s USING (item_id)
	CROSS JOIN LATERAL stockalert.order_quantity((p.order_up_to - (s.on_hand + s.on_order))::float8, u.pack, u.moq) AS o
	WHERE s.on_hand + s.on_order <= p.reorder_point AND o.quantity > 0;

-- The thresholds are rules, and the buyer's.
\c - buyer
\set QUIET on
SELECT shop.set_clock(:'first'::date - 1, '20:00') \g /dev/null
INSERT INTO stockalert.rules (location_id, item_id, low, critical, fires, note)
	SELECT o.location_id, p.item_id, p.low, p.critical, 'at_or_below', 'reorder point of the week'
	FROM shop.plan AS p JOIN shop.opening AS o USING (item_id);
