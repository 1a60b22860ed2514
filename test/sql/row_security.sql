-- A store's role sees and handles its own locations only, in every view and function.
CREATE ROLE regress_store_a;
CREATE ROLE regress_store_b;
CREATE ROLE regress_till;
CREATE ROLE regress_hq;
CREATE ROLE regress_boss;
CREATE ROLE regress_area;
CREATE ROLE regress_ann;
CREATE ROLE regress_reader;
GRANT stockalert_manager TO regress_store_a, regress_store_b, regress_hq, regress_area;
GRANT stockalert_viewer TO regress_reader;
GRANT stockalert_writer TO regress_till;
GRANT stockalert_admin TO regress_boss;
GRANT regress_store_a TO regress_ann, regress_boss;
BEGIN;
DELETE FROM stockalert.queue;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\set VERBOSITY terse
CREATE FUNCTION pg_temp.tried(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows bigint;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS rows = ROW_COUNT;
	RETURN format('%s rows', rows);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '\m\d+\M', '#', 'g');
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.tried(text) TO PUBLIC;
SELECT r.done FROM unnest('{a,b,c}'::text[]) AS l, stockalert.add_location(l) AS r;
SELECT r.done FROM unnest('{X,Y}'::text[]) AS i, stockalert.add_item(i, cost => 1) AS r;
SELECT done FROM stockalert.set_threshold(low => 20, critical => 5);
SELECT r.done FROM unnest('{a,b}'::text[]) AS l, stockalert.set_threshold(low => 30, location => l) AS r;
SELECT done FROM stockalert.add_subscriber('all', log => true);
SELECT r.done FROM unnest('{a,b}'::text[]) AS l, stockalert.add_subscriber('clerk ' || l, log => true, locations => ARRAY[l]) AS r;
SELECT count(*) FROM unnest('{a,b,c}'::text[]) AS l, unnest('{X,Y}'::text[]) AS i, stockalert.set_stock(i, CASE i WHEN 'X' THEN 4 ELSE 100 END, l) AS r;
SELECT max(alert_id) FILTER (WHERE location = 'a') AS a, max(alert_id) FILTER (WHERE location = 'b') AS b FROM stockalert.active_alerts \gset
SELECT max(location_id) FILTER (WHERE code = 'a') AS la, max(location_id) FILTER (WHERE code = 'b') AS lb FROM stockalert.locations \gset
INSERT INTO stockalert.messages (message_id, kind, ref, subscriber_id, channel, recipient, subject, body, alert_ids, severities, occurred_at) OVERRIDING SYSTEM VALUE
	SELECT 3000 + v.n, 'alert', 'ABCDEF', (SELECT subscriber_id FROM stockalert.subscribers WHERE name = v.s), 'log', 'x', 'about ' || v.what, '', v.alerts, array_fill('low'::text, ARRAY[cardinality(v.alerts)]), '2026-03-02 09:00+00'
	FROM (VALUES (1, 'all', 'a', ARRAY[:a]), (2, 'all', 'b', ARRAY[:b]), (3, 'all', 'both', ARRAY[:a, :b]), (4, 'clerk a', 'summary of a', '{}'), (5, 'all', 'summary of all', '{}'), (6, 'all', 'what is gone', '{-1}')) AS v (n, s, what, alerts);
INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome, attempts, maybe_twice, occurred_at, created_at)
	SELECT m.message_id, 1, 'log', m.subscriber_id, 'logged', 1, false, m.occurred_at, m.occurred_at FROM stockalert.messages AS m WHERE m.message_id > 3000;

-- Whoever is not restricted sees all.
SELECT relname FROM pg_class WHERE relnamespace = 'stockalert'::regnamespace AND relrowsecurity ORDER BY 1;
SET LOCAL ROLE regress_store_a;
SELECT stockalert.sees_all_locations(), stockalert.visible_locations();
SELECT code FROM stockalert.location_list ORDER BY 1;
SELECT stockalert.sees_location(-1), stockalert.sees_location(NULL), stockalert.sees_locations('{1,2}'), stockalert.sees_locations(NULL);
RESET ROLE;
SELECT done, next FROM stockalert.restrict_role('regress_store_a', '{a}');
SELECT done FROM stockalert.restrict_role('regress_store_b', '{b}');
SELECT done FROM stockalert.restrict_role('regress_area', '{a,c}');
SELECT done, next FROM stockalert.restrict_role('regress_till', '{b}');
SELECT done FROM stockalert.restrict_role('regress_reader', '{c}');
SELECT role_name, cardinality(location_ids) FROM stockalert.role_scopes ORDER BY 1;
SELECT "check", state, finding FROM stockalert.health() WHERE "check" = 'store roles';
SELECT action, object FROM stockalert.audit_log WHERE action ~ 'restrict' ORDER BY audit_id;
-- Roles, their members, and who sees all the same everything.
CREATE FUNCTION pg_temp.seen() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(code, ',' ORDER BY code) FROM stockalert.location_list $$;
GRANT EXECUTE ON FUNCTION pg_temp.seen() TO PUBLIC;
SET LOCAL ROLE regress_store_a;
SELECT current_user, pg_temp.seen();
SET LOCAL ROLE regress_store_b;
SELECT current_user, pg_temp.seen();
SET LOCAL ROLE regress_area;
SELECT current_user, pg_temp.seen();
SET LOCAL ROLE regress_ann;
SELECT current_user, pg_temp.seen();
SET LOCAL ROLE regress_hq;
SELECT current_user, pg_temp.seen();
SET LOCAL ROLE regress_boss;
SELECT current_user, pg_temp.seen();
RESET ROLE;
SELECT pg_temp.seen();

-- Store A, in every view.
SET LOCAL ROLE regress_store_a;
SELECT location, sku, class FROM stockalert.stock_status ORDER BY 1, 2;
SELECT location, sku FROM stockalert.low_stock;
SELECT location, sku FROM stockalert.alert_list;
SELECT location, sku FROM stockalert.active_alerts;
SELECT code, critical, open_alerts FROM stockalert.location_list;
SELECT subscriber, subject FROM stockalert.delivery_log ORDER BY message_id;
SELECT count(*) FROM stockalert.waiting_messages;
SELECT code FROM stockalert.locations;
SELECT location_id = :la AS mine, low FROM stockalert.rules ORDER BY 2;
SELECT name FROM stockalert.subscribers;
SELECT channel, address FROM stockalert.subscriber_contacts;
SELECT sku FROM stockalert.items ORDER BY 1;
-- And function.
SELECT items, critical, units FROM stockalert.inventory_summary();
SELECT items FROM stockalert.inventory_summary('a');
SELECT total, active, low_stock_items FROM stockalert.alert_stats();
SELECT total FROM stockalert.alert_stats('clerk a');
SELECT finding FROM stockalert.health() WHERE "check" = 'stock';
SELECT items_checked FROM stockalert.check_stock();
SELECT location, sku FROM stockalert.low_stock_for('clerk a');
SELECT locations FROM stockalert.get_preferences('clerk a');
SELECT stockalert.explain_stock('X') ~ 'X at a:' AS own, stockalert.explain_stock('X') ~ '2 more whom your role does not see' AS others_counted, stockalert.explain_stock('X') ~ 'all|clerk b' AS others_named;
SELECT statement, pg_temp.tried(format(statement, :b)) AS b, pg_temp.tried(format(statement, :a)) AS a FROM unnest(ARRAY['SELECT stockalert.acknowledge_alert(%s)', 'SELECT stockalert.snooze_alert(%s, ''2026-03-09 09:00+00'')',
	'SELECT stockalert.escalate_alert(%s)', 'SELECT FROM stockalert.alert_history(%s)', 'SELECT stockalert.explain_alert(%s)', 'SELECT stockalert.explain_alert_json(%s)', 'SELECT stockalert.resolve_alert(%s)', 'SELECT stockalert.reopen_alert(%s)']) AS statement;
SELECT statement, pg_temp.tried(format(statement, 'b')) AS b, pg_temp.tried(format(statement, 'a')) AS a FROM unnest(ARRAY['SELECT FROM stockalert.inventory_summary(%L)', 'SELECT stockalert.check_stock(%L)', 'SELECT stockalert.send_reminders(%L)',
	'SELECT stockalert.set_stock(''X'', 3, %L)', 'SELECT stockalert.record_sale(''X'', 1, %L)', 'SELECT stockalert.set_threshold(''X'', low => 7, location => %L)', 'SELECT stockalert.explain_stock(''X'', %L)', 'SELECT stockalert.explain_stock_json(''X'', %L)',
	'SELECT stockalert.resolve_alerts(''X'', %L)', 'SELECT stockalert.get_preferences(''clerk '' || %L)', 'SELECT stockalert.set_preferences(''clerk '' || %L, alert_threshold => 9)', 'SELECT stockalert.alert_stats(''clerk '' || %L)',
	'SELECT FROM stockalert.low_stock_for(''clerk '' || %L)', 'SELECT stockalert.add_subscriber(''new '' || %1$L, log => true, locations => ARRAY[%1$L])', 'SELECT stockalert.set_preferences(''clerk a'', locations => ARRAY[%L])']) AS statement;
SELECT regexp_replace(statement, '\m\d+\M', '#', 'g') AS statement, pg_temp.tried(statement) FROM unnest(ARRAY['SELECT stockalert.set_threshold(low => 1)', 'SELECT stockalert.set_threshold(''X'')', 'SELECT stockalert.add_location(''d'')', 'SELECT stockalert.daily_upkeep()', 'SELECT stockalert.load_demo()', 'SELECT stockalert.clear_demo()',
	'SELECT stockalert.get_preferences(''all'')', 'SELECT stockalert.set_preferences(''all'', alert_threshold => 1)', 'SELECT stockalert.restrict_role(''regress_store_a'', ''{b}'')', 'SELECT stockalert.unrestrict_role(''regress_store_a'')', 'SELECT FROM stockalert.role_scopes',
	'UPDATE stockalert.rules SET low = 31', 'DELETE FROM stockalert.rules WHERE location_id IS NULL', format('INSERT INTO stockalert.rules (location_id, low) VALUES (%s, 3)', :lb), 'INSERT INTO stockalert.rules (category, low) VALUES (''x'', 3)',
	'UPDATE stockalert.subscribers SET own_threshold = 2', 'UPDATE stockalert.subscribers SET location_ids = NULL', 'INSERT INTO stockalert.subscribers (name) VALUES (''spy'')', format('INSERT INTO stockalert.subscribers (name, location_ids) VALUES (''spy'', ''{%s}'')', :lb), 'DELETE FROM stockalert.subscribers WHERE name = ''clerk b''',
	'UPDATE stockalert.subscriber_contacts SET address = ''mine''', format('INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, ''email'', ''spy@example.com'' FROM stockalert.subscribers'),
	'SELECT FROM stockalert.stock_levels', 'SELECT FROM stockalert.alerts', 'SELECT FROM stockalert.sales']) AS statement;
-- Without a location: its own; of others it hears nothing by asking in their name.
SELECT done FROM stockalert.add_subscriber('new', log => true);
SELECT (stockalert.get_preferences('new')).locations;
SELECT locations FROM stockalert.set_preferences('new', clear => '{locations}');
SELECT stockalert.send_summaries(everybody => true) AS of_a_only;
-- What-if.
RESET ROLE;
DELETE FROM stockalert.queue;
UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = stockalert.find_item('Y');
SET LOCAL ROLE regress_store_a;
SELECT DISTINCT location FROM stockalert.preview();
SELECT count(*) FROM stockalert.waiting_messages;
-- A function that would tell what it is shown is not shown what is not to be seen.
CREATE FUNCTION pg_temp.leak(what text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'leaked %', what; RETURN true; END $$;
SELECT location FROM stockalert.stock_status WHERE pg_temp.leak(location) AND sku = 'X';
SELECT name FROM stockalert.subscribers WHERE pg_temp.leak(name) ORDER BY 1;
SELECT location FROM stockalert.alert_list WHERE pg_temp.leak(location) ORDER BY 1;
-- A plan that is kept goes by who runs it.
RESET ROLE;
PREPARE seen AS SELECT string_agg(DISTINCT location, ',' ORDER BY location) FROM stockalert.stock_status;
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE seen;
SET LOCAL ROLE regress_store_a;
EXECUTE seen;
SET LOCAL ROLE regress_store_b;
EXECUTE seen;
RESET ROLE;
EXECUTE seen;
-- Inside a function of somebody else the caller stays who he is.
CREATE FUNCTION pg_temp.trusting() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(code, ',' ORDER BY code) FROM stockalert.location_list $$;
GRANT EXECUTE ON FUNCTION pg_temp.trusting() TO PUBLIC;
SELECT pg_temp.trusting();
SET LOCAL ROLE regress_store_b;
SELECT pg_temp.trusting();
-- Writing by COPY goes on, also for a till that is restricted (which only functions are).
RESET ROLE;
SELECT format('COPY (SELECT %s, item_id, 3 FROM stockalert.items) TO PROGRAM ''cat >row_security.data''', :la) AS copy_out \gset
DELETE FROM stockalert.stock_levels WHERE location_id = :la;
:copy_out;
COPY stockalert.stock_levels (location_id, item_id, on_hand) FROM 'row_security.data';
SELECT pg_temp.tried('COPY (SELECT) TO PROGRAM ''cat >/dev/null; rm row_security.data''');
SET LOCAL ROLE regress_till;
-- Majors word it differently.
SELECT left(pg_temp.tried('COPY (SELECT * FROM stockalert.stock_levels) TO PROGRAM ''cat >/dev/null'''), 5) AS programs_are_for_others,
	left(pg_temp.tried('COPY stockalert.rules (low) FROM PROGRAM ''false'''), 5) AS nor_from_them;
SELECT count(*) FROM stockalert.stock_levels;
SELECT pg_temp.tried(format('UPDATE stockalert.stock_levels SET on_hand = 50 WHERE location_id = %s', :la)) AS directly, pg_temp.tried('SELECT stockalert.set_stock(''X'', 50, ''a'')') AS by_function, pg_temp.tried('SELECT stockalert.set_stock(''X'', 50, ''b'')') AS own;
SELECT code FROM stockalert.locations;
-- Without any of its locations left it sees none, not all.
RESET ROLE;
UPDATE stockalert.role_scopes SET location_ids = '{-7}' WHERE role_name = 'regress_store_a';
SET LOCAL ROLE regress_store_a;
SELECT pg_temp.seen(), stockalert.visible_locations();
SELECT pg_temp.tried('SELECT stockalert.find_location(NULL)') AS find, pg_temp.tried('SELECT stockalert.set_stock(''X'', 1)') AS stock, pg_temp.tried('SELECT stockalert.set_stock(''X'', 1, ''a'')') AS named;
RESET ROLE;
-- Renamed: still its own places. A scope of nobody: said.
ALTER ROLE regress_store_b RENAME TO regress_store_c;
SET ROLE regress_store_c;
SELECT stockalert.sees_all_locations() AS sees_all;
RESET ROLE;
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" = 'store roles';
ALTER ROLE regress_store_c RENAME TO regress_store_b;
CREATE ROLE regress_ghost;
SELECT done FROM stockalert.restrict_role('regress_ghost', '{a}');
DROP ROLE regress_ghost;
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" = 'store roles';
SELECT done FROM stockalert.unrestrict_role('regress_ghost');
SELECT s, pg_temp.tried(s) FROM unnest(ARRAY['SELECT stockalert.restrict_role(''regress_nobody_there'', ''{a}'')', 'SELECT stockalert.restrict_role(''regress_area'', ''{}'')', 'SELECT stockalert.restrict_role(''regress_area'', NULL)', 'SELECT stockalert.restrict_role(''regress_area'', ''{nowhere}'')',
	'INSERT INTO stockalert.role_scopes (role_name, location_ids) VALUES (''regress_nobody_there'', ''{1}'')']) AS s;
DELETE FROM stockalert.role_scopes WHERE role_name = 'regress_nobody_there';
-- Lifted.
SELECT done FROM stockalert.unrestrict_role('regress_store_a');
SELECT done FROM stockalert.unrestrict_role('regress_store_a');
SELECT r.done FROM unnest('{regress_store_b,regress_area,regress_till,regress_reader}'::name[]) AS x, stockalert.unrestrict_role(x) AS r;
SET LOCAL ROLE regress_store_a;
SELECT pg_temp.seen();
SELECT pg_temp.tried('UPDATE stockalert.rules SET low = 31 WHERE location_id IS NULL');
RESET ROLE;
ROLLBACK;
-- Every view that a viewer or manager may read asks what its reader sees, or holds nothing of any place.
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind = 'v'
	AND (has_table_privilege('stockalert_manager', c.oid, 'SELECT') OR has_table_privilege('stockalert_writer', c.oid, 'SELECT'))
	AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class = c.oid
		WHERE d.classid = 'pg_rewrite'::regclass AND (d.refobjid = 'stockalert.sees_all_locations()'::regprocedure
			OR EXISTS (SELECT FROM pg_class AS v WHERE v.oid = d.refobjid AND v.relname IN ('stock_status', 'alert_list'))))
ORDER BY 1;
DROP ROLE regress_ann, regress_store_a, regress_store_b, regress_till, regress_hq, regress_boss, regress_area, regress_reader;
