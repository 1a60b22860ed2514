-- What alerts mean, line by line of the design (its section 5).
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL stockalert.as_of = '2026-03-02 09:00+00';
SET LOCAL client_min_messages = warning;
SELECT done FROM stockalert.add_location('north');
SELECT done FROM stockalert.add_location('south');
SELECT done FROM stockalert.add_item('A', category => 'lamps');
SELECT done FROM stockalert.add_item('B', category => 'lamps');
SELECT done FROM stockalert.add_item('W', category => 'flour', quantity_step => 0.00001);

CREATE TEMP TABLE seen AS SELECT 0::bigint AS event_id, 0::bigint AS queue_id;
-- What happened since the last look: events, and in "told" whom the queue names (all: whoever it concerns).
CREATE FUNCTION pg_temp.news() RETURNS TABLE (news text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
		SELECT format('%s@%s %s %s at %s%s', i.sku, l.code, e.event, e.severity, stockalert.show_quantity(e.quantity), ', told: ' ||
			(SELECT string_agg(coalesce(b.name, 'all'), ' ' ORDER BY b.name) FROM stockalert.queue AS q
				LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = q.subscriber_id
				WHERE q.queue_id > (SELECT queue_id FROM seen) AND q.alert_id = e.alert_id AND q.event = e.event AND q.severity = e.severity))
		FROM stockalert.alert_events AS e JOIN stockalert.items AS i USING (item_id) JOIN stockalert.locations AS l USING (location_id)
		WHERE e.event_id > (SELECT event_id FROM seen) ORDER BY e.event_id;
	UPDATE seen SET event_id = (SELECT coalesce(max(e.event_id), 0) FROM stockalert.alert_events AS e),
		queue_id = (SELECT coalesce(max(q.queue_id), 0) FROM stockalert.queue AS q);
END
$$;
SELECT * FROM pg_temp.news();
CREATE FUNCTION pg_temp.put(item text, quantity numeric, place text DEFAULT 'north') RETURNS TABLE (class text, below numeric, above numeric)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	UPDATE stockalert.stock_levels AS s SET on_hand = quantity FROM stockalert.items AS i, stockalert.locations AS l
		WHERE i.item_id = s.item_id AND l.location_id = s.location_id AND i.sku = item AND l.code = place;
	IF NOT FOUND THEN
		INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand)
			VALUES (stockalert.find_location(place), stockalert.find_item(item), quantity);
	END IF;
	RETURN QUERY SELECT s.class, s.quiet_below, s.quiet_above FROM stockalert.stock_levels AS s
		WHERE s.item_id = stockalert.find_item(item) AND s.location_id = stockalert.find_location(place);
END
$$;
CREATE FUNCTION pg_temp.low(item text, place text DEFAULT 'north') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', stockalert.show_quantity((d.decision).low), stockalert.show_quantity((d.decision).critical),
			stockalert.show_quantity((d.decision).maximum), (d.decision).fires, (d.decision).threshold_from)
		FROM stockalert.stock_decisions AS d
		WHERE d.item_id = stockalert.find_item(item) AND d.location_id = stockalert.find_location(place)
$$;

-- 2. Nothing set, nobody there: out is out all the same; 12. negative stock keeps its sign and is out.
SELECT * FROM pg_temp.put('A', 1);
SELECT * FROM pg_temp.put('A', 0);
SELECT * FROM pg_temp.put('A', -4.5);
SELECT * FROM pg_temp.put('A', -2);
SELECT * FROM pg_temp.news();
SELECT on_hand, quantity, severity FROM stockalert.alerts JOIN stockalert.items USING (item_id) WHERE sku = 'A' AND resolved_at IS NULL;
-- One location's debt is not paid by the other.
SELECT * FROM pg_temp.put('A', 1000, 'south');
SELECT location, class, available FROM stockalert.stock_status WHERE sku = 'A' ORDER BY 1;
SELECT * FROM pg_temp.put('A', 100);
SELECT * FROM pg_temp.news();
SELECT * FROM pg_temp.news();

-- 1. Below, and at or below, by rule.
SELECT done FROM stockalert.set_threshold('A', low => 10, critical => 3, location => 'north');
SELECT q, (pg_temp.put('A', q)).* FROM unnest('{10.00001,10,9.99999,3,2.99999,0.00001,0}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT * FROM pg_temp.put('A', 100);
SELECT * FROM pg_temp.news();
SELECT done FROM stockalert.set_threshold('A', low => 10, critical => 3, location => 'north', fires => 'at_or_below');
SELECT q, (pg_temp.put('A', q)).* FROM unnest('{10.00001,10,3.00001,3,0.00001,0}'::numeric[]) AS q;
SELECT * FROM pg_temp.put('A', 100);
SELECT * FROM pg_temp.news();
SELECT * FROM pg_temp.news();

-- Available, not on hand: reserving is selling.
UPDATE stockalert.stock_levels SET reserved = 90 WHERE on_hand = 100;
SELECT * FROM pg_temp.news();
UPDATE stockalert.stock_levels SET reserved = 0 WHERE on_hand = 100;
SELECT * FROM pg_temp.news();

-- 2. Zero: only when out, however it fires.
SELECT done FROM stockalert.set_threshold('A', low => 0, critical => 0, location => 'north', fires => 'at_or_below');
SELECT q, (pg_temp.put('A', q)).* FROM unnest('{1,0.00001,0}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT * FROM pg_temp.put('A', 100);
SELECT * FROM pg_temp.news();
SELECT done FROM stockalert.set_threshold('A', location => 'north');
SELECT * FROM pg_temp.news();

-- 3. Percent of par by settings, then a percent rule, which without par is inert.
UPDATE stockalert.stock_levels SET par_level = 200 WHERE on_hand = 100;
SELECT pg_temp.low('A');
SELECT q, (pg_temp.put('A', q)).* FROM unnest('{40,39.99999,9.99999}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT done FROM stockalert.set_threshold('A', low => 4, unit => 'percent');
SELECT pg_temp.low('A'), pg_temp.low('A', 'south');
SELECT * FROM pg_temp.news();
-- The least par there is: the share is rounded down to nothing, and out remains.
UPDATE stockalert.stock_levels SET par_level = 0.00001 WHERE par_level = 200;
SELECT pg_temp.low('A');
SELECT q, (pg_temp.put('A', q)).* FROM unnest('{0.00001,0,100}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
UPDATE stockalert.stock_levels SET par_level = NULL WHERE par_level IS NOT NULL;
SELECT pg_temp.low('A') AS inert;
SELECT done FROM stockalert.set_threshold('A');

-- 4. over stands apart and opens nothing.
SELECT done FROM stockalert.set_threshold('A', low => 10, maximum => 50);
SELECT * FROM pg_temp.put('A', 50.00001);
SELECT * FROM pg_temp.put('A', 50);
SELECT done FROM stockalert.set_threshold('A');
SELECT * FROM pg_temp.news();

-- 5. Each scope against all wider ones, narrowest last; units and percent mixed.
SELECT * FROM pg_temp.put('A', 100);
SELECT * FROM pg_temp.news();
UPDATE stockalert.stock_levels SET par_level = 1000 WHERE on_hand = 100;
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold(low => 21, critical => 1, maximum => 5000);
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold(low => 22, location => 'north');
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold(low => 2.3, category => 'lamps', unit => 'percent');
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold(low => 24, category => 'lamps', location => 'north', fires => 'at_or_below');
INSERT INTO stockalert.rules (item_id, origin, low) VALUES (stockalert.find_item('A'), 'square', 25);
SELECT 'square, item' AS done, pg_temp.low('A');
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold('A', low => 2.6, unit => 'percent');
INSERT INTO stockalert.rules (item_id, location_id, origin, low) VALUES (stockalert.find_item('A'), stockalert.find_location('north'), 'square', 27);
SELECT 'square, item and location' AS done, pg_temp.low('A');
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold('A', low => 28, location => 'north');
-- Field by field: critical and maximum came from the widest all the time; a narrower critical leaves low alone.
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold(critical => 2, location => 'north');
-- Other items, other places.
SELECT * FROM pg_temp.put('B', 100);
SELECT * FROM pg_temp.put('W', 100);
SELECT * FROM pg_temp.put('W', 100, 'south');
SELECT sku, location, pg_temp.low(sku, location) FROM stockalert.stock_status ORDER BY 1, 2;
-- Disabled is absent.
UPDATE stockalert.rules SET enabled = false WHERE low = 28;
SELECT pg_temp.low('A');
-- Two that contradict each other: the narrower one means what it says.
DELETE FROM stockalert.rules;
SELECT done FROM stockalert.set_threshold(low => 20, critical => 10);
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold('A', low => 5);
DELETE FROM stockalert.rules;
SELECT done FROM stockalert.set_threshold(low => 5);
SELECT done, pg_temp.low('A') FROM stockalert.set_threshold('A', critical => 10);
DELETE FROM stockalert.rules;
SELECT * FROM pg_temp.news();

-- 6. One open alert; worsening is an event of it, a new breach within 24 hours reopens it, later ones open another.
UPDATE stockalert.stock_levels SET par_level = NULL;
SELECT done FROM stockalert.set_threshold('B', low => 20, critical => 5);
SELECT q, (pg_temp.put('B', q)).class FROM unnest('{19,18,4,0,6,0,4}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT severity, worst, quantity, threshold FROM stockalert.alerts JOIN stockalert.items USING (item_id) WHERE sku = 'B';
SELECT (pg_temp.put('B', 50)).class;
SET LOCAL stockalert.as_of = '2026-03-03 08:59:59+00';
SELECT (pg_temp.put('B', 19)).class;
SELECT (pg_temp.put('B', 50)).class;
SELECT count(*) AS alerts, max(reopened_at) AS reopened_at FROM stockalert.alerts JOIN stockalert.items USING (item_id) WHERE sku = 'B';
SET LOCAL stockalert.as_of = '2026-03-04 08:59:59+00';
SELECT (pg_temp.put('B', 19)).class;
SELECT count(*) AS alerts FROM stockalert.alerts JOIN stockalert.items USING (item_id) WHERE sku = 'B';
SELECT * FROM pg_temp.news();

-- 10. Resolves at the threshold and the greater of a step and 10 %; in between it is open and healthy.
SELECT q, (pg_temp.put('B', q)).*, (SELECT count(*) FROM stockalert.active_alerts WHERE sku = 'B') AS open
	FROM unnest('{20,21.99999,19.99999,21,22}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT done FROM stockalert.set_threshold('B', low => 5);
SELECT q, (pg_temp.put('B', q)).*, (SELECT count(*) FROM stockalert.active_alerts WHERE sku = 'B') AS open
	FROM unnest('{4,5.99999,6}'::numeric[]) AS q;
SELECT done FROM stockalert.set_threshold('W', low => 0.00002);
SELECT q, (pg_temp.put('W', q)).*, (SELECT count(*) FROM stockalert.active_alerts WHERE sku = 'W') AS open
	FROM unnest('{0.00003,0.00002,0.00001,0.00002,0.00003}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
-- The daily job ends what lingers in the band.
SELECT (pg_temp.put('B', 4)).class, (pg_temp.put('B', 5.5)).class AS in_band;
SELECT alerts_resolved FROM stockalert.daily_upkeep();
SELECT * FROM pg_temp.news();
SELECT (pg_temp.put('B', 4)).class;
SELECT * FROM pg_temp.news();
SELECT (pg_temp.put('B', 100)).class;

-- 7. Own thresholds. Where a rule sets low, only explicit ones are edges: rule 20; default, 5 explicit, 30.
DELETE FROM stockalert.rules;
SELECT done FROM stockalert.add_subscriber('default', log => true);
SELECT done FROM stockalert.add_subscriber('five', log => true, own_threshold => 5);
SELECT done FROM stockalert.add_subscriber('thirty', log => true, own_threshold => 30);
SELECT done FROM stockalert.set_threshold('B', low => 20);
SELECT (pg_temp.put('B', 50)).*;
SELECT * FROM pg_temp.news();
SELECT q, (pg_temp.put('B', q)).* FROM unnest('{25,18,4}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
-- Whom the routes would tell, and why not the others (none was told before).
SELECT event, severity, quantity, subscriber, verdict FROM stockalert.event_routes WHERE sku = 'B' AND queue_id IN (
	SELECT queue_id FROM stockalert.queue WHERE event IN ('reopened', 'crossed') ORDER BY queue_id DESC LIMIT 2) ORDER BY queue_id, subscriber;
-- Up and down again is another crossing; inside it is none.
SELECT q, (pg_temp.put('B', q)).class FROM unnest('{6,5,4.99999,4}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT (pg_temp.put('B', 100)).class;
-- Without a rule the greatest is the low threshold, and every own one an edge.
DELETE FROM stockalert.rules;
SELECT * FROM pg_temp.news();
SELECT pg_temp.low('B');
SELECT q, (pg_temp.put('B', q)).* FROM unnest('{31,29,4,0}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT (pg_temp.put('B', 100)).class;
-- Only those who cover the pair count.
UPDATE stockalert.subscribers SET location_ids = ARRAY[stockalert.find_location('south'), 999999] WHERE name = 'thirty';
SELECT pg_temp.low('B');
UPDATE stockalert.subscribers SET location_ids = NULL, categories = '{flour}' WHERE name = 'thirty';
SELECT pg_temp.low('B');
-- Disabled is recorded all the same.
UPDATE stockalert.subscribers SET categories = NULL, enabled = false WHERE name = 'thirty';
SELECT pg_temp.low('B');
DELETE FROM stockalert.subscribers WHERE name = 'thirty';
SELECT pg_temp.low('B');
UPDATE stockalert.subscribers SET own_threshold = 0 WHERE name = 'five';
DELETE FROM stockalert.subscribers WHERE name = 'default';
SELECT pg_temp.low('B');
SELECT q, (pg_temp.put('B', q)).* FROM unnest('{1,0,-1}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
-- A rule for critical alone: own thresholds give the low one, and never weaken it.
SELECT (pg_temp.put('B', 100)).class;
SELECT done FROM stockalert.set_threshold('B', critical => 10);
UPDATE stockalert.subscribers SET own_threshold = 3 WHERE name = 'five';
SELECT pg_temp.low('B');
SELECT (pg_temp.put('B', 7)).*;
UPDATE stockalert.subscribers SET own_threshold = 30 WHERE name = 'five';
SELECT pg_temp.low('B');
SELECT (pg_temp.put('B', 20)).*;
SELECT severity, threshold_from, rule_id FROM stockalert.alerts WHERE resolved_at IS NULL;
SELECT (pg_temp.put('B', 9)).*;
SELECT severity, threshold_from, rule_id IS NOT NULL AS by_rule FROM stockalert.alerts WHERE resolved_at IS NULL;
SELECT * FROM pg_temp.news();
SELECT (pg_temp.put('B', 100)).class;
DELETE FROM stockalert.rules;
DELETE FROM stockalert.subscribers;
SELECT * FROM pg_temp.news();

-- 10. A manual resolve while low holds until it recovers, gets worse or 24 hours pass.
SELECT done FROM stockalert.set_threshold('B', low => 20, critical => 5);
SELECT (pg_temp.put('B', 19)).class;
SELECT done FROM stockalert.resolve_alerts('B');
SELECT q, (pg_temp.put('B', q)).class FROM unnest('{18,21,19}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT (pg_temp.put('B', 4)).class;
SELECT * FROM pg_temp.news();
SELECT done FROM stockalert.resolve_alerts('B');
SELECT q, (pg_temp.put('B', q)).class FROM unnest('{22,19}'::numeric[]) AS q;
SELECT * FROM pg_temp.news();
SELECT done FROM stockalert.resolve_alerts('B');
SET LOCAL stockalert.as_of = '2026-03-05 08:59:58+00';
SELECT alerts_opened FROM stockalert.check_stock();
SET LOCAL stockalert.as_of = '2026-03-05 08:59:59+00';
SELECT alerts_opened FROM stockalert.check_stock();
SELECT alerts_opened FROM stockalert.check_stock();
SELECT * FROM pg_temp.news();

-- 11. Inside the edges nothing is written: the same row version but for stock, nothing in the tables behind it.
CREATE TEMP TABLE before AS SELECT (SELECT count(*) FROM stockalert.alerts) AS alerts, (SELECT count(*) FROM stockalert.alert_events) AS events,
	(SELECT count(*) FROM stockalert.queue) AS queue, (SELECT sum(hashtext(a::text)) FROM stockalert.alerts AS a) AS content,
	(SELECT sum(hashtext(concat(s.class, s.quiet_below, s.quiet_above))) FROM stockalert.stock_levels AS s) AS edges;
SELECT count(*) FROM generate_series(0, 149) AS q, LATERAL pg_temp.put('B', 5 + q * 0.1);
SELECT (SELECT count(*) FROM stockalert.alerts) - alerts AS alerts, (SELECT count(*) FROM stockalert.alert_events) - events AS events,
	(SELECT count(*) FROM stockalert.queue) - queue AS queue, (SELECT sum(hashtext(a::text)) FROM stockalert.alerts AS a) = content AS same_alerts,
	(SELECT sum(hashtext(concat(s.class, s.quiet_below, s.quiet_above))) FROM stockalert.stock_levels AS s) = edges AS same_edges FROM before;

-- What is not carried raises nothing, and nobody is told that it is back.
UPDATE stockalert.stock_levels SET active = false WHERE item_id = stockalert.find_item('B');
SELECT (pg_temp.put('B', 0)).*;
SELECT * FROM pg_temp.news();
SELECT resolved_by, resolved_note FROM stockalert.alerts WHERE item_id = stockalert.find_item('B') ORDER BY alert_id DESC LIMIT 1;
UPDATE stockalert.stock_levels SET active = true WHERE item_id = stockalert.find_item('B');
SELECT * FROM pg_temp.news();

-- 16. Rolled back: no alert, no event, no queue row, no wake.
SAVEPOINT s;
SELECT (pg_temp.put('A', 0)).class;
SELECT count(*) FROM stockalert.active_alerts WHERE sku = 'A';
ROLLBACK TO s;
SELECT * FROM pg_temp.news();
SELECT count(*) FROM stockalert.active_alerts WHERE sku = 'A';

-- The greatest quantities; a digit more is refused.
SELECT (pg_temp.put('A', 999999999999999999999.99999)).class;
UPDATE stockalert.stock_levels SET reserved = 999999999999999999999.99999 WHERE item_id = stockalert.find_item('A') AND on_hand > 1e20;
SELECT (pg_temp.put('A', -999999999999999999999.99999)).*;
SELECT * FROM pg_temp.news();
SAVEPOINT s;
\set VERBOSITY sqlstate
SELECT (pg_temp.put('A', 123456789012345678901234567890)).class;
\set VERBOSITY default
ROLLBACK TO s;
-- 15 is the sender's; here: a bulk load raises every alert at once, and marks nothing.
INSERT INTO stockalert.items (sku, name) SELECT 'bulk ' || g, 'bulk' FROM generate_series(1, 50) AS g;
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT stockalert.find_location('south'), item_id, 0 FROM stockalert.items WHERE sku LIKE 'bulk %';
SELECT count(*), count(DISTINCT alert_id) AS alerts, count(DISTINCT item_id) AS items FROM stockalert.queue WHERE queue_id > (SELECT queue_id FROM seen);
ROLLBACK;
