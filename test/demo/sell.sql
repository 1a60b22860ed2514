-- sell.sql: the sales of some hours, in one statement.  What the shelf does not
-- hold is not sold.  Variables: day, from_hour, to_hour.
SET SESSION AUTHORIZATION shop;
SELECT shop.set_clock(:'day', make_time(:to_hour - 1, 55, 0)) \g /dev/null
BEGIN;
CREATE TEMP TABLE sold ON COMMIT DROP AS SELECT h.item_id, sum(h.units) AS units FROM shop.demand AS h
	WHERE h.day = :'day' AND h.hour >= :from_hour AND h.hour < :to_hour GROUP BY h.item_id HAVING sum(h.units) <> 0;
INSERT INTO shop.ledger (at, item_id, what, available, low, critical, asked, served)
	SELECT stockalert.as_of(), s.item_id, 'sold', greatest(s.on_hand - d.units, 0), p.low, p.critical, d.units, least(d.units, s.on_hand)
	FROM sold AS d JOIN stockalert.stock_levels AS s USING (item_id) JOIN shop.plan AS p USING (item_id);
UPDATE stockalert.stock_levels AS s SET on_hand = greatest(s.on_hand - d.units, 0) FROM sold AS d WHERE d.item_id = s.item_id;
COMMIT;
RESET SESSION AUTHORIZATION;
CALL drain();
