-- From an empty database each "next", pasted, leads to the following one, until there is nothing left to set up; and
-- whatever a function that sets something up names as next can be pasted as it stands.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET stockalert.as_of = '2026-03-02 09:00+00';
\pset format unaligned
\pset footer off
CREATE EXTENSION pg_cron;
BEGIN;
-- Runs what it is given, as pasting does, and returns the answer of a function that sets up.
CREATE FUNCTION pg_temp.paste(statement text, OUT done text, OUT next text) LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(x) FROM (%s) AS x LIMIT 1', regexp_replace(statement, ';.*$', '')) INTO answer;
	done := answer ->> 'done';
	next := answer ->> 'next';
END
$$;
CREATE FUNCTION pg_temp.walk(statement text) RETURNS TABLE (step bigint, pasted text, done text) LANGUAGE plpgsql AS $$
DECLARE
	following text;
BEGIN
	step := 0;
	WHILE statement IS NOT NULL AND step < 20 LOOP
		step := step + 1;
		pasted := statement;
		IF statement LIKE '-- Seal %' THEN
			-- What is typed at a shell prints this statement.
			statement := stockalert.next_step();
			done := '(at a shell)';
		ELSE
			SELECT p.done, p.next INTO done, following FROM pg_temp.paste(statement) AS p;
			statement := following;
		END IF;
		RETURN NEXT;
		EXIT WHEN pasted LIKE '%jobs_status%' OR pasted LIKE '%health()%';
	END LOOP;
END
$$;
SELECT * FROM pg_temp.walk(stockalert.next_step());
-- What is set up works: stock goes low, somebody is to hear of it.
UPDATE stockalert.stock_levels SET on_hand = 2;
SELECT sku, severity FROM stockalert.active_alerts;
SELECT event FROM stockalert.queue;
SELECT "check", state FROM stockalert.health() WHERE state = 'error' AND "check" NOT IN ('worker');
-- Every answer's next: a statement that runs, or a comment.
CREATE TABLE public.app_items (id serial PRIMARY KEY, name text, quantity integer);
CREATE TABLE public.app_users (id serial PRIMARY KEY, name text, email text);
CREATE TABLE public.app_lines (id serial PRIMARY KEY, item integer, quantity integer, sold_at timestamptz);
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer record;
BEGIN
	SELECT p.* INTO answer FROM pg_temp.paste(statement) AS p;
	IF answer.done IS NULL OR answer.next IS NULL THEN
		RETURN 'no answer';
	END IF;
	BEGIN
		EXECUTE answer.next;
		RAISE EXCEPTION USING ERRCODE = 'YY000', MESSAGE = answer.next;
	EXCEPTION
		WHEN SQLSTATE 'YY000' THEN RETURN left(regexp_replace(SQLERRM, '\d+', '#', 'g'), 90);
		WHEN OTHERS THEN RETURN format('FAILS: %s (%s)', answer.next, SQLERRM);
	END;
END
$$;
SELECT left(statement, 40) AS statement, pg_temp.try('SELECT * FROM stockalert.' || statement) AS next FROM unnest(ARRAY[
	'add_location(''two'')', 'add_item(''A'')', 'set_stock(''A'', 5, ''main'')', 'record_sale(''A'', 1, ''main'')', 'set_threshold(''A'', low => 3)', 'set_threshold(low => 5, unit => ''percent'')',
	'set_threshold(''A'')', 'add_subscriber(''x'')', 'add_subscriber(''y'', log => true, slack => ''slack'', whatsapp => ''+15550101'')', 'set_channel(''slack'')', 'set_channel(''email'')', 'set_channel(''sms'')',
	'set_channel(''sms'', sender => ''+15550100'')', 'set_channel(''whatsapp'', sender => ''+15550100'')', 'set_channel(''webhook'')', 'set_channel(''log'')', 'test_channel(''log'', ''y'')', 'test_channel(''whatsapp'', ''+15550101'')',
	'watch_table(''public.app_items'', item => ''id'', quantity => ''quantity'', name => ''name'', location => NULL)',
	'watch_subscribers(''public.app_users'', key => ''id'', name => ''name'', notification_email => ''email'')',
	'watch_sales(''public.app_lines'', item => ''item'', quantity => ''quantity'', sold_at => ''sold_at'', items_of => ''public.app_items'')',
	'unwatch_sales(''public.app_lines'')', 'unwatch_subscribers(''public.app_users'')', 'unwatch_table(''public.app_items'')',
	'add_supplier(''Acme'')', 'set_supply(''A'', ''Acme'', unit_cost => 3)', 'remove_supply(''A'', ''Acme'')', 'check_stock_in(''1 hour'')', 'schedule_jobs()', 'unschedule_jobs()',
	'load_demo()', 'clear_demo()', 'set_rules(''[{"item": "A", "low": 4}]'')', 'acknowledge_alert((SELECT max(alert_id) FROM stockalert.alerts WHERE resolved_at IS NULL))', 'escalate_alert((SELECT max(alert_id) FROM stockalert.alerts WHERE resolved_at IS NULL))',
	'snooze_alert((SELECT max(alert_id) FROM stockalert.alerts WHERE resolved_at IS NULL), ''2026-03-03 09:00+00'')', 'resolve_alert((SELECT max(alert_id) FROM stockalert.alerts WHERE resolved_at IS NULL))']) AS statement;
-- What jobs_status and health() say to do can be pasted too.
DO $$
DECLARE
	remedy text;
BEGIN
	FOR remedy IN SELECT DISTINCT j.what_to_do FROM stockalert.jobs_status AS j WHERE j.what_to_do IS NOT NULL LOOP
		EXECUTE remedy;
	END LOOP;
END
$$;
ROLLBACK;
DROP EXTENSION pg_cron;
