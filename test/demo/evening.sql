-- evening.sql: the shop has closed: the check as pg_cron runs it, and the buyer's
-- round.  Variables: day, last (the last day: its suggestions are shown, not ordered).
SET SESSION AUTHORIZATION administrator;
SELECT shop.set_clock(:'day', '22:00') \g /dev/null
SELECT command FROM stockalert.job_list() WHERE job = 'stockalert_check' \gexec

-- The buyer follows the suggestions, and takes note of each alert that an order answers.
\if :last
\else
SET SESSION AUTHORIZATION shop;
SELECT shop.set_clock(:'day', '22:10') \g /dev/null
BEGIN;
INSERT INTO shop.orders (item_id, quantity, reason, ordered_at, due)
	SELECT g.item_id, g.quantity, g.reason, stockalert.as_of(), :'day'::date + g.lead_days FROM shop.suggestions AS g;
UPDATE stockalert.stock_levels AS s SET on_order = s.on_order + o.quantity
	FROM shop.orders AS o WHERE o.item_id = s.item_id AND o.ordered_at = stockalert.as_of();
COMMIT;
SET SESSION AUTHORIZATION buyer;
SELECT shop.set_clock(:'day', '22:20') \g /dev/null
SELECT count(stockalert.acknowledge_alert(a.alert_id, format('%s ordered, due %s', o.quantity, o.due)))
	FROM stockalert.active_alerts AS a JOIN stockalert.stock_status AS s USING (alert_id)
	JOIN shop.orders AS o ON o.item_id = s.item_id AND o.ordered_at = shop.london(:'day', '22:10')
	WHERE a.acknowledged_at IS NULL;
RESET SESSION AUTHORIZATION;
\endif
