-- The computed reorder point as a threshold, precedence over six scopes, and
-- what the settings' percentages are of.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SET LOCAL stockalert.as_of = '2026-06-01 09:00+00';
SELECT done FROM stockalert.add_location('main');
SELECT done FROM stockalert.add_item('A', category => 'lamps');
SELECT done FROM stockalert.set_stock('A', 100);
CREATE FUNCTION pg_temp.demand(velocity float8, reorder_point numeric DEFAULT NULL, order_up_to numeric DEFAULT NULL, days integer DEFAULT 100) RETURNS void LANGUAGE sql AS $$
	INSERT INTO stockalert.demand_state AS d (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability,
		interval_mean, size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
	VALUES (stockalert.find_location('main'), stockalert.find_item('A'), '2026-01-01', '2026-05-31', '2026-05-31', days, 50, 1, 1, 1, 1, 1, 100, 100,
		velocity, reorder_point, order_up_to, '2026-06-01', '{0,0,0,0,0,0,0}', 'esw')
	ON CONFLICT (location_id, item_id) DO UPDATE SET velocity = excluded.velocity, reorder_point = excluded.reorder_point, order_up_to = excluded.order_up_to,
		exposed_days = excluded.exposed_days;
	SELECT FROM stockalert.rejudge_computed();
$$;
CREATE FUNCTION pg_temp.limits() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', s.class || ':', 'low', coalesce(stockalert.show_quantity((d.decision).low), '-'), 'critical', coalesce(stockalert.show_quantity((d.decision).critical), '-'),
			'max', coalesce(stockalert.show_quantity((d.decision).maximum), '-'), (d.decision).fires, (d.decision).threshold_from, (SELECT r.unit FROM stockalert.rules AS r WHERE r.rule_id = (d.decision).rule_id),
			'v ' || (d.decision).velocity, 'rop ' || stockalert.show_quantity((d.decision).reorder_point), 'upto ' || stockalert.show_quantity((d.decision).order_up_to),
			CASE WHEN s.class IS DISTINCT FROM (d.decision).class OR s.quiet_below IS DISTINCT FROM (d.decision).quiet_below
				OR s.quiet_above IS DISTINCT FROM (d.decision).quiet_above OR (d.decision).action <> 'none' THEN 'STALE' END)
		FROM stockalert.stock_decisions AS d JOIN stockalert.stock_levels AS s USING (location_id, item_id)
$$;

-- 3. No rule and no par: after 28 days of history the percentages are of the level to order up to.
SELECT pg_temp.demand(2, 30, 60, 27);
SELECT pg_temp.limits();
SELECT pg_temp.demand(2, 30, 60, 28);
SELECT pg_temp.limits();
UPDATE stockalert.stock_levels SET par_level = 200;
SELECT pg_temp.limits();
UPDATE stockalert.stock_levels SET par_level = NULL;
-- Else the own threshold of a subscriber.
SELECT pg_temp.demand(2, NULL, NULL, 28);
SELECT done FROM stockalert.add_subscriber('p', log => true, own_threshold => 7);
SELECT pg_temp.limits();
DELETE FROM stockalert.subscribers;

-- Computed: low is the reorder point and fires at it; critical is half of it unless said.
SELECT done, next FROM stockalert.set_threshold('A', unit => 'computed');
SELECT pg_temp.limits();
SELECT pg_temp.demand(2, 31, 60);
SELECT pg_temp.limits();
UPDATE stockalert.stock_levels SET on_hand = 32;
SELECT pg_temp.limits();
UPDATE stockalert.stock_levels SET on_hand = 31;
SELECT pg_temp.limits();
SELECT severity, threshold, fires, velocity, reorder_point FROM stockalert.alerts;
SELECT done FROM stockalert.set_threshold('A', critical => 4, maximum => 90, fires => 'below', unit => 'computed');
SELECT pg_temp.limits();
UPDATE stockalert.stock_levels SET on_hand = 100;
SELECT pg_temp.limits();
-- A reorder point that moves moves the class in the same statement.
SELECT pg_temp.demand(9, 120, 200);
SELECT pg_temp.limits();

-- Manual over computed at the same scope, each for what it sets.
SELECT done FROM stockalert.set_threshold('A', critical => 9);
SELECT pg_temp.limits();
SELECT done FROM stockalert.set_threshold('A', low => 12, critical => 9);
SELECT pg_temp.limits();
SELECT done FROM stockalert.set_threshold('A', unit => 'computed');
SELECT origin, unit, low, critical FROM stockalert.rules ORDER BY 1;
-- A narrower computed one over a broader one made by hand.
SELECT done FROM stockalert.set_threshold('A', location => 'main', unit => 'computed');
SELECT pg_temp.limits();
-- All of a scope are removed at once.
SELECT done FROM stockalert.set_threshold('A', location => 'main');
SELECT done FROM stockalert.set_threshold('A');
SELECT count(*) FROM stockalert.rules;
-- Said without an origin it has the right one.
INSERT INTO stockalert.rules (unit) VALUES ('computed');
SELECT origin, pg_temp.limits() FROM stockalert.rules;
DELETE FROM stockalert.rules;

-- Greatest: of the number and the reorder point; whichever it is says how it fires.
SELECT done FROM stockalert.set_threshold('A', low => 50, unit => 'greatest');
SELECT pg_temp.limits();
SELECT pg_temp.demand(3, 49, 80);
SELECT pg_temp.limits();
SELECT pg_temp.demand(3, 50, 80);
SELECT pg_temp.limits();
SELECT pg_temp.demand(0, NULL, NULL);
SELECT pg_temp.limits();
DELETE FROM stockalert.rules;

-- 5. Precedence: each narrower scope over all broader ones, manual over square over computed in each.
SELECT pg_temp.demand(3, 77, 80);
CREATE TEMP TABLE scopes (n integer, item boolean, location boolean, category text, origin text);
INSERT INTO scopes SELECT row_number() OVER (ORDER BY s.r DESC, o.o), s.item, s.location, s.category, o.origin
FROM (VALUES (6, true, true, NULL), (5, true, false, NULL), (4, false, true, 'lamps'), (3, false, false, 'lamps'), (2, false, true, NULL), (1, false, false, NULL)) AS s (r, item, location, category)
CROSS JOIN (VALUES (1, 'manual'), (2, 'square'), (3, 'computed')) AS o (o, origin)
WHERE o.origin <> 'square' OR s.item;
SELECT count(*) FROM scopes;
DO $$ DECLARE s record; chosen bigint; made bigint; BEGIN
	FOR s IN SELECT * FROM scopes ORDER BY n DESC LOOP
		INSERT INTO stockalert.rules (item_id, location_id, category, origin, unit, low) VALUES (
			CASE WHEN s.item THEN stockalert.find_item('A') END, CASE WHEN s.location THEN stockalert.find_location('main') END, s.category, s.origin,
			CASE s.origin WHEN 'computed' THEN 'computed' ELSE 'units' END, CASE WHEN s.origin <> 'computed' THEN s.n END) RETURNING rule_id INTO made;
		SELECT (d.decision).rule_id INTO chosen FROM stockalert.stock_decisions AS d;
		IF chosen IS DISTINCT FROM made OR pg_temp.limits() LIKE '%STALE' THEN
			RAISE WARNING 'wrong at %: %', s, pg_temp.limits();
		END IF;
	END LOOP;
END $$;
SELECT count(*), pg_temp.limits() FROM stockalert.rules;
ROLLBACK;
