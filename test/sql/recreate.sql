-- The extension is dropped and made again while a session has kept plans,
-- prepared statements and column numbers of the old one; also where that is taken back.
SET client_min_messages = error;
DELETE FROM stockalert.queue;
SET stockalert.as_of = '2026-03-02 09:00+00';
CREATE PROCEDURE pg_temp.open_shop() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM stockalert.add_location('main', time_zone => 'UTC');
	PERFORM stockalert.add_item('A');
	PERFORM stockalert.set_threshold(low => 20, critical => 5);
	PERFORM stockalert.set_stock('A', 100);
END
$$;
CREATE FUNCTION pg_temp.look() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', (SELECT s.class FROM stockalert.stock_levels AS s), (SELECT string_agg(e.event || ' ' || e.severity, ', ' ORDER BY e.event_id) FROM stockalert.alert_events AS e),
		(SELECT count(*) FROM stockalert.queue))
$$;
PREPARE sell (numeric) AS UPDATE stockalert.stock_levels SET on_hand = $1;
CALL pg_temp.open_shop();
EXECUTE sell(15);
EXECUTE sell(0);
DELETE FROM stockalert.stock_levels;
SELECT pg_temp.look();
DROP EXTENSION stockalert;
EXECUTE sell(15);
CREATE EXTENSION stockalert;
CALL pg_temp.open_shop();
EXECUTE sell(15);
SELECT pg_temp.look();
EXECUTE sell(0);
SELECT pg_temp.look();
SELECT alerts_opened FROM stockalert.check_stock();
DELETE FROM stockalert.stock_levels;
SELECT pg_temp.look();
-- Taken back: the old one goes on.
TRUNCATE stockalert.stock_levels, stockalert.alerts, stockalert.alert_events, stockalert.queue;
SELECT done FROM stockalert.set_stock('A', 100);
BEGIN;
DROP EXTENSION stockalert;
CREATE EXTENSION stockalert;
CALL pg_temp.open_shop();
EXECUTE sell(4);
SELECT pg_temp.look();
ROLLBACK;
EXECUTE sell(15);
SELECT pg_temp.look();
-- And away with it.
DROP EXTENSION stockalert;
CREATE EXTENSION stockalert;
SELECT count(*) AS leftovers FROM stockalert.locations;
