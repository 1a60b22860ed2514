-- sunday.sql: on Sunday evening the plan is made anew, and the rules follow it.
-- Variable: day.
SET SESSION AUTHORIZATION shop;
SELECT shop.set_clock(:'day', '20:00') \g /dev/null
BEGIN;
CREATE TEMP TABLE before ON COMMIT DROP AS SELECT item_id, low, critical FROM shop.plan;
SELECT shop.make_plan(:'day') \g /dev/null
INSERT INTO shop.ledger (at, item_id, what, available, low, critical)
	SELECT stockalert.as_of(), p.item_id, 'planned', s.on_hand, p.low, p.critical
	FROM shop.plan AS p JOIN before AS b USING (item_id) JOIN stockalert.stock_levels AS s USING (item_id)
	WHERE (p.low, p.critical) IS DISTINCT FROM (b.low, b.critical);
COMMIT;
SET SESSION AUTHORIZATION buyer;
SELECT shop.set_clock(:'day', '20:00') \g /dev/null
UPDATE stockalert.rules AS r SET low = p.low, critical = p.critical
	FROM shop.plan AS p WHERE p.item_id = r.item_id AND (r.low, r.critical) IS DISTINCT FROM (p.low, p.critical);
RESET SESSION AUTHORIZATION;
CALL drain();
