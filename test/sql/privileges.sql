-- A shop's role writes stock and sales and nothing else; alerts follow all the
-- same.  Viewers read views.  Nobody else gets anything.
CREATE ROLE regress_shop;
CREATE ROLE regress_viewer;
CREATE ROLE regress_manager;
CREATE ROLE regress_nobody;
GRANT stockalert_writer TO regress_shop;
GRANT stockalert_viewer TO regress_viewer;
GRANT stockalert_manager TO regress_manager;
BEGIN;
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\set VERBOSITY sqlstate
SELECT done FROM stockalert.add_location('main', time_zone => 'UTC');
SELECT done FROM stockalert.add_item('A');
SELECT done FROM stockalert.add_item('B');
SELECT done FROM stockalert.set_threshold(low => 20);
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'allowed';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.refused(text) TO PUBLIC;
SELECT location_id AS l FROM stockalert.locations \gset
SELECT item_id AS a FROM stockalert.items WHERE sku = 'A' \gset
SELECT item_id AS b FROM stockalert.items WHERE sku = 'B' \gset

-- The shop.
SET LOCAL ROLE regress_shop;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) VALUES (:l, :a, 100), (:l, :b, 100);
-- What would be ours if we were careless with names.
CREATE TEMP TABLE alerts (LIKE stockalert.stock_levels);
CREATE TEMP TABLE queue AS SELECT 1 AS x;
CREATE TEMP TABLE rules AS SELECT 1 AS x;
CREATE FUNCTION pg_temp.count(bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION pg_temp.coalesce_trap(numeric, numeric) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked by %', current_user; END $$;
CREATE OPERATOR pg_temp.< (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = pg_temp.coalesce_trap);
CREATE OPERATOR pg_temp.- (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = pg_temp.coalesce_trap);
SET LOCAL search_path = pg_temp, pg_catalog, stockalert;
UPDATE stockalert.stock_levels SET on_hand = 19 WHERE item_id = :a;
SELECT current_user, current_setting('search_path') AS search_path;
SELECT class FROM stockalert.stock_levels WHERE item_id = :a;
UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id = :b;
INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity) VALUES (:l, :a, '2026-03-02 08:00+00', 81);
SELECT done FROM stockalert.set_stock('B', 5);
SELECT count(*) FROM stockalert.sales;
RESET search_path;
-- An error in the writing leaves the role as it was.
SELECT pg_temp.refused(format('UPDATE stockalert.stock_levels SET on_hand = on_hand - 1, reserved = -1 WHERE item_id = %s', :a)) AS bad_value;
SELECT current_user, current_setting('search_path') AS search_path;
-- An error inside our own writing, too.
RESET ROLE;
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'by %', current_user USING ERRCODE = 'XX999'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON stockalert.alert_events FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
SET LOCAL ROLE regress_shop;
SELECT pg_temp.refused(format('UPDATE stockalert.stock_levels SET on_hand = -1 WHERE item_id = %s', :b)) AS our_error;
SELECT current_user, current_setting('search_path') AS search_path, on_hand, class FROM stockalert.stock_levels WHERE item_id = :b;
RESET ROLE;
DROP TRIGGER refuse ON stockalert.alert_events;
SET LOCAL ROLE regress_shop;
SELECT statement, pg_temp.refused(statement) FROM unnest(ARRAY[
	'SELECT FROM stockalert.alerts', 'SELECT FROM stockalert.alert_events', 'SELECT FROM stockalert.queue', 'SELECT FROM stockalert.rules', 'SELECT FROM stockalert.subscribers',
	'SELECT FROM stockalert.stock_decisions', 'SELECT FROM stockalert.low_stock', 'INSERT INTO stockalert.rules (low) VALUES (1)', 'DELETE FROM stockalert.alerts', 'DELETE FROM stockalert.queue',
	'UPDATE stockalert.stock_levels SET class = ''ok''', 'UPDATE stockalert.stock_levels SET quiet_below = -1', 'UPDATE stockalert.stock_levels SET item_id = 1', 'TRUNCATE stockalert.stock_levels',
	'INSERT INTO stockalert.stock_levels (location_id, item_id, class) VALUES (1, 1, ''ok'')', 'ALTER TABLE stockalert.stock_levels DISABLE TRIGGER ALL',
	'UPDATE stockalert.sales SET quantity = 0', 'DELETE FROM stockalert.sales', 'SET stockalert.as_of = ''2000-01-01 00:00+00''', 'SELECT stockalert.check_stock()', 'SELECT stockalert.apply_decisions(''{}'', ''{}'')',
	'SELECT stockalert.rejudge_moved(''{}'', ''{}'')', 'SELECT stockalert.set_threshold(low => 1)', 'SELECT stockalert.resolve_alert(1)', 'SELECT stockalert.find_item(''A'')', 'SELECT FROM stockalert.judge_pairs(NULL, NULL)']) AS statement;
CREATE TEMP TABLE mine (a integer);
SELECT pg_temp.refused('CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION stockalert.item_trigger()') AS our_trigger_elsewhere;

-- The reader.
RESET ROLE;
SET LOCAL ROLE regress_viewer;
SELECT sku, class, available FROM stockalert.low_stock;
SELECT sku, severity, quantity_at_alert, quantity_now FROM stockalert.active_alerts;
SELECT statement, pg_temp.refused(statement) FROM unnest(ARRAY[
	'SELECT FROM stockalert.stock_status', 'SELECT FROM stockalert.alert_list', 'SELECT FROM stockalert.location_list', 'SELECT FROM stockalert.delivery_log', 'SELECT FROM stockalert.waiting_messages',
	'SELECT FROM stockalert.inventory_summary()', 'SELECT FROM stockalert.alert_stats()', 'SELECT FROM stockalert.health()',
	'SELECT FROM stockalert.stock_levels', 'SELECT FROM stockalert.alerts', 'SELECT FROM stockalert.subscriber_contacts', 'SELECT FROM stockalert.messages', 'SELECT FROM stockalert.event_routes',
	'UPDATE stockalert.stock_levels SET on_hand = 0', 'DELETE FROM stockalert.low_stock', 'SELECT stockalert.acknowledge_alert(1)', 'SELECT stockalert.set_stock(''A'', 0)']) AS statement;
-- The manager.
RESET ROLE;
SET LOCAL ROLE regress_manager;
SELECT statement, pg_temp.refused(statement) FROM unnest(ARRAY[
	'SELECT stockalert.set_stock(''A'', 4)', 'SELECT stockalert.set_threshold(low => 21)', 'UPDATE stockalert.rules SET low = 22', 'SELECT stockalert.check_stock()', 'SELECT stockalert.resolve_alerts(''A'')',
	'SELECT stockalert.add_subscriber(''x'', log => true)', 'UPDATE stockalert.subscribers SET own_threshold = 3', 'SELECT stockalert.daily_upkeep()', 'SELECT FROM stockalert.low_stock',
	'SELECT FROM stockalert.items', 'SELECT FROM stockalert.locations', 'SELECT stockalert.acknowledge_alert(-1)', 'SELECT stockalert.set_preferences(''x'')',
	'INSERT INTO stockalert.items (sku, name) VALUES (''x'', ''x'')', 'SELECT FROM stockalert.stock_levels', 'SELECT FROM stockalert.alert_events', 'INSERT INTO stockalert.alert_events DEFAULT VALUES', 'UPDATE stockalert.alert_events SET note = ''nothing happened''', 'TRUNCATE stockalert.alert_events',
	'SELECT stockalert.restrict_role(''regress_manager'', ''{main}'')', 'SELECT stockalert.set_channel(''log'')', 'UPDATE stockalert.alerts SET severity = ''low''', 'DELETE FROM stockalert.alert_events', 'SELECT FROM stockalert.credentials', 'DELETE FROM stockalert.queue']) AS statement;
-- Nobody.
RESET ROLE;
SET LOCAL ROLE regress_nobody;
SELECT count(*) AS may_use FROM pg_catalog.pg_class AS c WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'stockalert')
	AND c.relkind IN ('r', 'v', 'p') AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));
SELECT count(*) AS may_use FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'stockalert') AND has_function_privilege(p.oid, 'EXECUTE');
SELECT pg_temp.refused('SELECT stockalert.as_of()') AS schema_closed;
RESET ROLE;
ROLLBACK;
DROP ROLE regress_shop, regress_viewer, regress_manager, regress_nobody;
