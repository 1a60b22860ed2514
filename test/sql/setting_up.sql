-- The functions that set a shop up: what each says it did and what to do next,
-- and every refusal with SQLSTATE, detail and hint.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
-- The error of a statement in one line, its other work undone.
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN QUERY SELECT 'none', 'was accepted', NULL, NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	message := left(message, 90);
	-- Rows in details hold ids and times.
	detail := CASE WHEN detail LIKE 'Failing row%' THEN 'Failing row ...' ELSE left(detail, 90) END;
	RETURN NEXT;
END
$$;
\pset format unaligned
\pset footer off

-- From nothing to a message, each step naming the next.
SELECT stockalert.next_step();
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_stock('LED-8', 1)$$);
SELECT * FROM stockalert.add_location('main', 'Main shop', 'Europe/Rome', 'EUR');
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_stock('LED-8', 1)$$);
SELECT * FROM stockalert.add_item('LED-8', 'LED strip, 8 m', 'lamps', cost => 3.5, price => 9.99);
SELECT * FROM stockalert.set_stock('LED-8', 100);
SELECT * FROM stockalert.add_subscriber('manager', email => ' alerts@example.com ', time_zone => 'Europe/Rome', summary_at => '08:00');
SELECT * FROM stockalert.set_channel('email', host => 'SMTP.example.com', username => 'shop@example.com');
SELECT done FROM stockalert.set_channel('email', port => 465);
SELECT * FROM stockalert.set_channel('log');
SELECT * FROM stockalert.set_threshold('LED-8', low => 10, critical => 3);
SELECT * FROM stockalert.set_threshold(low => 5, unit => 'percent');
SELECT * FROM stockalert.set_threshold(category => 'lamps', location => 'main', low => 5, note => 'as agreed');
SELECT * FROM stockalert.set_threshold(category => 'lamps', location => 'main');
SELECT * FROM stockalert.set_threshold(category => 'lamps', location => 'main');
SELECT * FROM stockalert.set_stock('LED-8', 9.50, reserved => 2, par_level => 50, on_order => 20, in_transit => 0.00001);
SELECT done FROM stockalert.set_stock('LED-8', 12);
SELECT on_hand, reserved, par_level, on_order, in_transit, class FROM stockalert.stock_levels;
SELECT done FROM stockalert.set_stock('LED-8');
SELECT * FROM stockalert.record_sale('LED-8', 2.50);
SELECT done FROM stockalert.record_sale('LED-8', 1, sold_at => '2026-03-01 10:00+00', kind => 'return', source_line => 'r1/1', unit_price => 9.99);
SELECT done FROM stockalert.record_sale('LED-8', 1, sold_at => '2026-03-01 10:00+00', kind => 'return', source_line => 'r1/1', unit_price => 9.99);
SELECT sold_at, quantity, kind, unit_price, source_line FROM stockalert.sales ORDER BY sold_at;
SELECT on_hand AS not_changed_by_sales FROM stockalert.stock_levels;
SELECT done, next LIKE 'SELECT * FROM stockalert.set_preferences(%' AS next_is_a_contact FROM stockalert.add_subscriber('nobody');
SELECT done FROM stockalert.add_subscriber('ops', slack => 'slack:ops', sms => '+91 98765-43210', whatsapp => '+919876543210', webhook => 'webhook', log => true,
	own_threshold => 2.5, minimum_severity => 'critical', locations => '{main}', categories => '{lamps}');
SELECT name, channel, address FROM stockalert.subscriber_contacts JOIN stockalert.subscribers USING (subscriber_id) ORDER BY 1, 2;
SELECT name, own_threshold, minimum_severity, cardinality(location_ids) AS locations, categories, time_zone FROM stockalert.subscribers ORDER BY 1;

-- Defaults: the code is the name, the session's zone, the only location, then main.
SELECT done FROM stockalert.add_location('two');
SELECT code, name, time_zone, currency FROM stockalert.locations ORDER BY 1;
SELECT done FROM stockalert.set_stock('LED-8', 50);
UPDATE stockalert.locations SET active = false WHERE code = 'main';
SELECT done FROM stockalert.set_stock('LED-8', 50);
UPDATE stockalert.locations SET active = true;

-- Refusals: locations.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.add_location(NULL)$$,
	$$SELECT stockalert.add_location('')$$,
	$$SELECT stockalert.add_location(' x')$$,
	$$SELECT stockalert.add_location(E'a\nb')$$,
	$$SELECT stockalert.add_location(repeat('x', 64))$$,
	$$SELECT stockalert.add_location('x', repeat('x', 513))$$,
	$$SELECT stockalert.add_location('x', time_zone => 'Mars/Base')$$,
	$$SELECT stockalert.add_location('x', currency => 'euro')$$,
	$$SELECT stockalert.add_location('main')$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;
-- Items.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.add_item(NULL)$$,
	$$SELECT stockalert.add_item(E'a\x1b[31m')$$,
	$$SELECT stockalert.add_item(repeat('ä', 193))$$,
	$$SELECT stockalert.add_item('x', category => '')$$,
	$$SELECT stockalert.add_item('x', model_number => ' ')$$,
	$$SELECT stockalert.add_item('x', description => repeat('x', 4097))$$,
	$$SELECT stockalert.add_item('x', cost => -0.01)$$,
	$$SELECT stockalert.add_item('x', price => 'NaN')$$,
	$$SELECT stockalert.add_item('x', cost => 0.000001)$$,
	$$SELECT stockalert.add_item('x', price => 1e21)$$,
	$$SELECT stockalert.add_item('x', quantity_step => 0)$$,
	$$SELECT stockalert.add_item('x', quantity_step => -1)$$,
	$$SELECT stockalert.add_item('LED-8')$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;
-- Stock.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.set_stock(NULL, 1)$$,
	$$SELECT stockalert.set_stock('LED-9', 1)$$,
	$$SELECT stockalert.set_stock(repeat('x', 100000), 1)$$,
	$$SELECT stockalert.set_stock('LED-8', 1, 'mian')$$,
	$$SELECT stockalert.set_stock('LED-8', 'NaN')$$,
	$$SELECT stockalert.set_stock('LED-8', '-Infinity')$$,
	$$SELECT stockalert.set_stock('LED-8', 1.000001)$$,
	$$SELECT stockalert.set_stock('LED-8', 123456789012345678901234567890)$$,
	$$SELECT stockalert.set_stock('LED-8', 1e100)$$,
	$$SELECT stockalert.set_stock('LED-8', 1, reserved => -1)$$,
	$$SELECT stockalert.set_stock('LED-8', 1, par_level => 0)$$,
	$$SELECT stockalert.set_stock('LED-8', 1, on_order => -1)$$,
	$$SELECT stockalert.set_stock('LED-8', 1, in_transit => 'NaN')$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;
-- Sales.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.record_sale('LED-8', NULL)$$,
	$$SELECT stockalert.record_sale('LED-8', 'Infinity')$$,
	$$SELECT stockalert.record_sale('LED-8', 1, kind => 'gift')$$,
	$$SELECT stockalert.record_sale('LED-8', 1, kind => NULL)$$,
	$$SELECT stockalert.record_sale('LED-8', 1, sold_at => 'infinity')$$,
	$$SELECT stockalert.record_sale('LED-8', 1, source_line => E'\t')$$,
	$$SELECT stockalert.record_sale('nothing', 1)$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;
-- Thresholds.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.set_threshold('LED-8', low => -1)$$,
	$$SELECT stockalert.set_threshold('LED-8', critical => 'NaN')$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 3, critical => 10)$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 3, maximum => 3)$$,
	$$SELECT stockalert.set_threshold('LED-8', maximum => 0)$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 1001, unit => 'percent')$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 3, unit => 'weeks')$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 3, unit => NULL)$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 3, fires => 'above')$$,
	$$SELECT stockalert.set_threshold('LED-8', low => 3, category => 'lamps')$$,
	$$SELECT stockalert.set_threshold('LED', low => 3)$$,
	$$SELECT stockalert.set_threshold(low => 3, location => 'nowhere')$$,
	$$INSERT INTO stockalert.rules (low) VALUES ('NaN')$$,
	$$INSERT INTO stockalert.rules (note) VALUES ('nothing set')$$,
	$$UPDATE stockalert.rules SET location_id = stockalert.find_location('two')$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;
-- People.
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.add_subscriber(NULL)$$,
	$$SELECT stockalert.add_subscriber(E'a\r\nBcc: x@example.com')$$,
	$$SELECT stockalert.add_subscriber('manager')$$,
	$$SELECT stockalert.add_subscriber('x', email => 'Name <a@example.com>')$$,
	$$SELECT stockalert.add_subscriber('x', email => E'a@example.com\nb@example.com')$$,
	$$SELECT stockalert.add_subscriber('x', email => '')$$,
	$$SELECT stockalert.add_subscriber('x', slack => 'https://hooks.slack.com/services/T/B/secret')$$,
	$$SELECT stockalert.add_subscriber('x', sms => '98765')$$,
	$$SELECT stockalert.add_subscriber('x', own_threshold => -1)$$,
	$$SELECT stockalert.add_subscriber('x', minimum_severity => 'loud')$$,
	$$SELECT stockalert.add_subscriber('x', locations => '{main,nowhere}')$$,
	$$SELECT stockalert.add_subscriber('x', time_zone => '')$$,
	$$SELECT stockalert.set_channel('pigeon')$$,
	$$SELECT stockalert.set_channel(NULL)$$,
	$$SELECT stockalert.set_channel('email', host => 'bad host')$$,
	$$SELECT stockalert.set_channel('email', port => 0)$$,
	$$SELECT stockalert.set_channel('email', security => 'maybe')$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;

-- Keys of other systems: found, and ambiguous ones listed; a code and its own key are one thing.
INSERT INTO stockalert.sources (name, kind) VALUES ('one', 'table'), ('other', 'table');
SELECT done FROM stockalert.add_item('LED-90');
INSERT INTO stockalert.item_refs SELECT s.source_id, '4711', i.item_id FROM stockalert.sources AS s JOIN stockalert.items AS i ON (s.name, i.sku) IN (('one', 'LED-8'), ('other', 'LED-90'));
INSERT INTO stockalert.item_refs SELECT source_id, '4712', stockalert.find_item('LED-8') FROM stockalert.sources WHERE name IN ('one', 'other');
INSERT INTO stockalert.item_refs SELECT source_id, 'LED-8', stockalert.find_item('LED-8') FROM stockalert.sources WHERE name = 'one';
INSERT INTO stockalert.location_refs SELECT source_id, 'L1', stockalert.find_location('two') FROM stockalert.sources WHERE name = 'one';
INSERT INTO stockalert.location_refs SELECT source_id, 'main', stockalert.find_location('two') FROM stockalert.sources WHERE name = 'one';
SELECT done FROM stockalert.set_stock('4712', 7, 'L1');
SELECT r.* FROM unnest(ARRAY[
	$$SELECT stockalert.set_stock('4711', 7)$$,
	$$SELECT stockalert.set_stock('LED-8', 7, 'main')$$]) WITH ORDINALITY AS s (statement, n), pg_temp.refused(statement) AS r ORDER BY n;
SELECT done FROM stockalert.set_stock('LED-8', 7, 'two');
-- Several locations and none called main.
UPDATE stockalert.locations SET code = 'first' WHERE code = 'main';
SELECT * FROM pg_temp.refused($$SELECT stockalert.set_stock('LED-8', 7)$$);

-- A refused statement leaves what was done before it.
SELECT count(*) AS locations FROM stockalert.locations;
SELECT on_hand FROM stockalert.stock_levels JOIN stockalert.locations USING (location_id) WHERE code = 'two';
ROLLBACK;
