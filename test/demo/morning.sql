-- morning.sql: what happens before the shop opens.  Variable: day.

-- At night and in the morning, what pg_cron runs: the very commands of job_list().
ALTER ROLE administrator SET stockalert.as_of = :'day';
SET SESSION AUTHORIZATION administrator;
SELECT shop.set_clock(:'day', '02:10') \g /dev/null
SELECT command FROM stockalert.job_list() WHERE job = 'stockalert_upkeep' \gexec
SELECT shop.set_clock(:'day', '08:00') \g /dev/null
SELECT command FROM stockalert.job_list() WHERE job IN ('stockalert_check', 'stockalert_summarise') ORDER BY job \gexec
SELECT shop.set_clock(:'day', '10:00') \g /dev/null
SELECT command FROM stockalert.job_list() WHERE job = 'stockalert_remind' \gexec
RESET SESSION AUTHORIZATION;
CALL drain();

-- Goods received.
SET SESSION AUTHORIZATION shop;
SELECT shop.set_clock(:'day', '11:00') \g /dev/null
BEGIN;
INSERT INTO shop.ledger (at, item_id, what, available, low, critical)
	SELECT stockalert.as_of(), s.item_id, 'received', s.on_hand + sum(o.quantity), p.low, p.critical
	FROM shop.orders AS o JOIN stockalert.stock_levels AS s USING (item_id) JOIN shop.plan AS p USING (item_id)
	WHERE o.due = :'day' GROUP BY s.location_id, s.item_id, p.item_id;
UPDATE stockalert.stock_levels AS s SET on_hand = s.on_hand + o.quantity, on_order = s.on_order - o.quantity
	FROM (SELECT item_id, sum(quantity) AS quantity FROM shop.orders WHERE due = :'day' GROUP BY item_id) AS o
	WHERE s.item_id = o.item_id;
UPDATE shop.orders SET received_at = stockalert.as_of() WHERE due = :'day';
COMMIT;
RESET SESSION AUTHORIZATION;
CALL drain();
