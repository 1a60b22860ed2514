-- What people want: set_preferences() changes what it is passed and nothing else.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
\set VERBOSITY terse
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN QUERY SELECT 'none', 'was accepted', NULL, NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END
$$;
SELECT r.done FROM unnest('{main,north}'::text[]) AS l, stockalert.add_location(l) AS r;
SELECT r.done FROM unnest('{A,B,C}'::text[]) AS i, stockalert.add_item(i, category => 'cat ' || i) AS r;
\pset format unaligned

-- As the second source has it.
SELECT done, next FROM stockalert.add_subscriber('ann');
SELECT * FROM stockalert.get_preferences('ann');
SELECT * FROM stockalert.set_preferences('ann', phone_number => '+91 98765-43210', notification_email => 'alerts@example.com', alert_threshold => 10);
SELECT channel, address, enabled FROM stockalert.subscriber_contacts ORDER BY contact_id;
-- Nothing passed, nothing changed; and each alone.
SELECT (stockalert.get_preferences('ann'))::text = (stockalert.set_preferences('ann'))::text AS same;
CREATE FUNCTION pg_temp.changes(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before jsonb := to_jsonb(stockalert.get_preferences('ann'));
	after jsonb;
	returned jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(p) FROM stockalert.set_preferences(''ann'', %s) AS p', arguments) INTO returned;
	after := to_jsonb(stockalert.get_preferences('ann'));
	RETURN CASE WHEN returned <> after THEN 'RETURNED SOMETHING ELSE ' ELSE '' END
		|| (SELECT coalesce(string_agg(format('%s: %s -> %s', a.key, b.value, a.value), ', ' ORDER BY a.key), 'nothing')
			FROM jsonb_each(after) AS a JOIN jsonb_each(before) AS b ON b.key = a.key AND b.value <> a.value);
END
$$;
SELECT a, pg_temp.changes(a) FROM unnest(ARRAY[
	'phone_number => ''+44 20 7946 0958''', 'notification_email => '' ops@example.com ''', 'notification_enabled => false', 'alert_threshold => 0', 'alert_threshold => 7.5',
	'channels => ''{EMAIL}''', 'channels => ''{BOTH}''', 'channels => ''{sms,log}''', 'channels => ''{slack,email,webhook}''', 'channels => ''{}''', 'channels => ''{WHATSAPP,email}''',
	'minimum_severity => ''critical''', 'channel_severities => ''{"whatsapp": "out", "email": "low"}''', 'channel_severities => ''{"email": null}''',
	'locations => ''{north,main}''', 'locations => ''{north}''', 'categories => ''{cat A}''', 'quiet_from => ''22:00'', quiet_until => ''07:00''', 'quiet_until => ''06:30''',
	'time_zone => ''Europe/Rome''', 'summary_at => ''08:00''', 'escalation => true', 'fallback => true', 'notification_enabled => true, escalation => false, fallback => false',
	-- Taken away.
	'clear => ''{alert_threshold}''', 'clear => ''{minimum_severity,channel_severities}''', 'clear => ''{locations}''', 'clear => ''{categories,quiet_hours}''', 'clear => ''{summary_at}''',
	'clear => ''{phone_number}''', 'clear => ''{notification_email}''', 'clear => NULL',
	-- A value beside it counts; the address of a channel comes before the channel.
	'clear => ''{quiet_hours}'', quiet_from => ''20:00'', quiet_until => ''21:00''', 'phone_number => ''+15550001000'', channels => ''{sms}''', 'phone_number => ''+15550002000''']) AS a;
SELECT channel, address, enabled FROM stockalert.subscriber_contacts ORDER BY channel, address;
-- A second address stays, and the first is the one that has a name here.
INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, v.channel, v.address FROM stockalert.subscribers,
	(VALUES ('email', ' first@example.com'), ('email', 'second@example.com'), ('sms', '+1 555-000-3000')) AS v (channel, address);
SELECT pg_temp.changes('notification_email => ''third@example.com''');
SELECT pg_temp.changes('notification_email => ''second@example.com''');
SELECT pg_temp.changes('phone_number => ''+15550003000''');
SELECT channel, address, enabled FROM stockalert.subscriber_contacts ORDER BY channel, address;
-- By an app's key and by a role; a name counts before both.
SELECT done FROM stockalert.add_subscriber('bob', email => 'bob@example.com');
UPDATE stockalert.subscribers SET app_key = '7', role_name = 'ann' WHERE name = 'bob';
SELECT k, (stockalert.get_preferences(k)).notification_email FROM unnest('{bob,7,ann}'::text[]) AS k;
UPDATE stockalert.subscribers SET app_key = '7', role_name = NULL WHERE name = 'ann';

-- Refused, each with what to do.
SELECT a, (pg_temp.refused(format('SELECT stockalert.set_preferences(%s)', a))).* FROM unnest(ARRAY[
	'''ann'', phone_number => ''98765 43210''', '''ann'', phone_number => ''+91 98765 4321x''', '''ann'', phone_number => ''+0123456789''', '''ann'', phone_number => ''+91(98765)43210''',
	'''ann'', phone_number => ''''', '''ann'', notification_email => ''nobody''', '''ann'', notification_email => ''A <a@example.com>''', '''ann'', alert_threshold => -1', '''ann'', alert_threshold => ''NaN''',
	'''ann'', channels => ''{pager}''', '''ann'', channels => ''{NULL}''', '''bob'', channels => ''{whatsapp}''', '''ann'', minimum_severity => ''high''', '''ann'', channel_severities => ''{"pager": "low"}''',
	'''ann'', channel_severities => ''{"email": "high"}''', '''bob'', channel_severities => ''{"sms": "low"}''', '''ann'', channel_severities => ''[]''', '''ann'', locations => ''{nowhere}''',
	'''ann'', time_zone => ''Rome''', '''bob'', quiet_from => ''22:00''', '''ann'', clear => ''{channels}''', '''carl''', 'NULL', '''7''']) AS a;
SELECT (pg_temp.refused(s)).* FROM unnest(ARRAY['SELECT stockalert.add_subscriber(''x'', sms => ''0044 20 7946 0958'')', 'SELECT stockalert.get_preferences(''an'')',
	'INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, ''whatsapp'', ''98765'' FROM stockalert.subscribers']) AS s;
SELECT stockalert.normal_phone(' +91 98765-432-10 '), stockalert.normal_phone(NULL) IS NULL AS none;

-- Disabled: recorded, also by the own threshold, and told to nobody.
DELETE FROM stockalert.subscribers;
SELECT done FROM stockalert.add_subscriber('ann', log => true, own_threshold => 30);
SELECT enabled FROM stockalert.subscribers;
SELECT notification_enabled FROM stockalert.set_preferences('ann', notification_enabled => false);
SELECT done FROM stockalert.set_stock('A', 29, 'main');
SELECT sku, severity, threshold, threshold_from FROM stockalert.active_alerts;
SELECT subscriber, channel, verdict FROM stockalert.event_routes;
SELECT "check", state, finding FROM stockalert.health() WHERE "check" IN ('recipients', 'coverage');
-- The default recipient: only of what concerns nobody else.
SELECT done FROM stockalert.add_subscriber('owner', log => true, fallback => true);
SELECT sku, subscriber, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes ORDER BY 1, 2, 3;
SELECT notification_enabled FROM stockalert.set_preferences('ann', notification_enabled => true);
SELECT sku, subscriber, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes ORDER BY 1, 2, 3;
SELECT notification_enabled FROM stockalert.set_preferences('ann', categories => '{cat A}');
SELECT done FROM stockalert.set_threshold(low => 20, critical => 3);
SELECT done FROM stockalert.set_stock('B', 10, 'north');
SELECT sku, subscriber, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes ORDER BY 1, 2, 3;
SELECT sku, subscriber FROM stockalert.open_alert_routes ORDER BY 1, 2;
-- Of three default recipients none waits for another.
SELECT done FROM stockalert.add_subscriber('owner too', log => true, fallback => true);
SELECT sku, subscriber, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes WHERE sku = 'B' ORDER BY 1, 2, 3;
-- Nobody would hear: of what is in no list, and of what everybody thinks too little of.
DELETE FROM stockalert.subscribers WHERE fallback;
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" IN ('recipients', 'coverage', 'unheard');
SELECT minimum_severity FROM stockalert.set_preferences('ann', clear => '{categories}', minimum_severity => 'critical');
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" IN ('recipients', 'coverage', 'unheard');
SELECT channels FROM stockalert.set_preferences('ann', channels => '{}');
SELECT "check", state, finding, remedy FROM stockalert.health() WHERE "check" IN ('recipients', 'coverage', 'unheard');

-- Low for a subscriber: where they look, by their own threshold where they have one.
SELECT minimum_severity FROM stockalert.set_preferences('ann', clear => '{minimum_severity,alert_threshold}');
SELECT r.done FROM (VALUES ('A', 'main', 25), ('A', 'north', 19), ('B', 'main', 0), ('B', 'north', 2), ('C', 'main', 100), ('C', 'north', -1)) AS v (i, l, q), stockalert.set_stock(i, q, l) AS r;
SELECT * FROM (SELECT location, sku, available, threshold, class, alert_id IS NOT NULL AS alert FROM stockalert.low_stock_for('ann')) AS x;
SELECT alert_threshold FROM stockalert.set_preferences('ann', alert_threshold => 30, locations => '{main}');
SELECT * FROM (SELECT location, sku, available, threshold, class, alert_id IS NOT NULL AS alert FROM stockalert.low_stock_for('ann')) AS x;
SELECT alert_threshold FROM stockalert.set_preferences('ann', alert_threshold => 2, clear => '{locations}');
SELECT * FROM (SELECT location, sku, available, threshold, class, alert_id IS NOT NULL AS alert FROM stockalert.low_stock_for('ann')) AS x;
ROLLBACK;

-- An owned item alerts its owner, and whoever was added here; not the other people of the app.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SELECT done FROM stockalert.add_location('main');
SELECT r.done FROM unnest('{OF-ANN,OF-BOB,OF-NOBODY,OF-CARL}'::text[]) AS i, stockalert.add_item(i) AS r;
SELECT r.done FROM unnest('{ann,bob,manager}'::text[]) AS n, stockalert.add_subscriber(n, log => true) AS r;
UPDATE stockalert.subscribers SET app_key = CASE name WHEN 'ann' THEN '1' WHEN 'bob' THEN '2' END;
UPDATE stockalert.items SET owner_key = CASE sku WHEN 'OF-ANN' THEN '1' WHEN 'OF-BOB' THEN '2' WHEN 'OF-CARL' THEN '3' END;
SELECT count(*) FROM unnest('{OF-ANN,OF-BOB,OF-NOBODY,OF-CARL}'::text[]) AS i, stockalert.set_stock(i, 3) AS r;
SELECT sku, string_agg(subscriber, ', ' ORDER BY subscriber) FROM stockalert.event_routes WHERE verdict IS NULL GROUP BY 1 ORDER BY 1;
SELECT subscriber, string_agg(sku, ', ' ORDER BY sku) FROM stockalert.open_alert_routes GROUP BY 1 ORDER BY 1;
SELECT subscriber, low FROM stockalert.summary_routes ORDER BY 1;
SELECT n, string_agg(l.sku, ', ' ORDER BY l.sku) AS low, (stockalert.alert_stats(n)).active FROM unnest('{ann,bob,manager}'::text[]) AS n, stockalert.low_stock_for(n) AS l GROUP BY 1 ORDER BY 1;
SELECT n, stockalert.explain_stock_json('OF-ANN', subscriber => n) -> 'people' -> 0 ->> 'reason' AS reason FROM unnest('{ann,bob,manager}'::text[]) AS n;
-- What is low for the owner is low: of the app's people nobody else's threshold counts.
SAVEPOINT low;
DELETE FROM stockalert.subscribers WHERE name = 'manager';
CREATE FUNCTION pg_temp.lows() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(format('%s %s', i.sku, (d.decision).low), ', ' ORDER BY i.sku) FROM stockalert.stock_decisions AS d JOIN stockalert.items AS i USING (item_id) $$;
UPDATE stockalert.subscribers SET own_threshold = CASE name WHEN 'ann' THEN 8 ELSE 30 END;
SELECT pg_temp.lows();
UPDATE stockalert.items SET owner_key = '1' WHERE sku IN ('OF-BOB', 'OF-NOBODY');
SELECT pg_temp.lows();
SELECT sku, quiet_above FROM stockalert.stock_levels JOIN stockalert.items USING (item_id) ORDER BY 1;
UPDATE stockalert.subscribers SET app_key = '4' WHERE name = 'ann';
SELECT pg_temp.lows();
UPDATE stockalert.subscribers SET app_key = NULL WHERE name = 'bob';
SELECT pg_temp.lows();
SELECT i.sku, (s.class, s.quiet_above) IS NOT DISTINCT FROM ((d.decision).class, (d.decision).quiet_above) AS fresh FROM stockalert.stock_levels AS s JOIN stockalert.stock_decisions AS d USING (location_id, item_id) JOIN stockalert.items AS i USING (item_id) ORDER BY 1;
ROLLBACK TO low;
-- Crossing an own threshold is news for the owner alone.
SAVEPOINT crossing;
SELECT done FROM stockalert.set_threshold(low => 20);
SELECT done FROM stockalert.set_stock('OF-ANN', 10);
UPDATE stockalert.subscribers SET own_threshold = 8;
DELETE FROM stockalert.queue;
SELECT done FROM stockalert.set_stock('OF-ANN', 7);
SELECT q.event, b.name FROM stockalert.queue AS q LEFT JOIN stockalert.subscribers AS b USING (subscriber_id) ORDER BY 2;
SELECT event, subscriber, verdict FROM stockalert.event_routes ORDER BY 2;
ROLLBACK TO crossing;
-- A default recipient hears where the owner does not.
SELECT fallback FROM stockalert.set_preferences('manager', fallback => true);
SELECT notification_enabled FROM stockalert.set_preferences('bob', notification_enabled => false);
SELECT sku, string_agg(subscriber, ', ' ORDER BY subscriber) FROM stockalert.event_routes WHERE verdict IS NULL GROUP BY 1 ORDER BY 1;
SELECT state, finding FROM stockalert.health() WHERE "check" = 'unheard';
DELETE FROM stockalert.subscribers WHERE name = 'manager';
SELECT state, finding FROM stockalert.health() WHERE "check" = 'unheard';
ROLLBACK;
