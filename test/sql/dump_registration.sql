-- What pg_dump carries: every table of the extension and the sequences behind
-- it, but for the queue, the sender and numbers of transactions, which are local.
CREATE TEMP VIEW member AS SELECT c.oid, c.relname, c.relkind FROM pg_depend AS d JOIN pg_extension AS e ON d.refobjid = e.oid AND e.extname = 'stockalert'
	JOIN pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass WHERE d.deptype = 'e' AND c.relkind IN ('r', 'p')
UNION SELECT s.oid, s.relname, s.relkind FROM pg_class AS s JOIN pg_depend AS i ON i.objid = s.oid AND i.classid = 'pg_class'::regclass AND i.deptype IN ('i', 'a')
	JOIN pg_class AS t ON t.oid = i.refobjid WHERE s.relkind = 'S' AND t.relnamespace = 'stockalert'::regnamespace;
SELECT count(*) > 15 AS many FROM member;
SELECT m.relname AS not_dumped, m.relkind FROM member AS m WHERE NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'stockalert' AND m.oid = ANY (e.extconfig)) ORDER BY 1;
SELECT c.relname AS dumped_with_condition FROM pg_extension AS e, unnest(e.extconfig, e.extcondition) AS x (oid, condition) JOIN pg_class AS c ON c.oid = x.oid WHERE e.extname = 'stockalert' AND condition <> '';
-- The restored row is left alone: levels come with their class, rules and people with applied_at.
BEGIN;
DELETE FROM stockalert.queue;
INSERT INTO stockalert.locations (location_id, code, name) OVERRIDING SYSTEM VALUE VALUES (900001, 'restored', 'restored');
INSERT INTO stockalert.items (item_id, sku, name) OVERRIDING SYSTEM VALUE VALUES (900001, 'restored', 'restored');
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, class, quiet_below, quiet_above) VALUES (900001, 900001, 0, 'out', NULL, 0.00001);
INSERT INTO stockalert.rules (low, applied_at) VALUES (20, now());
INSERT INTO stockalert.subscribers (name, own_threshold, applied_at) VALUES ('restored', 30, now());
SELECT class, quiet_above, (SELECT count(*) FROM stockalert.alerts) AS alerts, (SELECT count(*) FROM stockalert.queue) AS queue FROM stockalert.stock_levels;
ROLLBACK;
