-- Rules in units, percent of par and days of cover; many at once, by
-- set_rules() and by COPY.
BEGIN;
SET LOCAL TimeZone = 'UTC';
SET LOCAL client_min_messages = warning;
SET LOCAL stockalert.as_of = '2026-06-01 09:00+00';
SELECT done FROM stockalert.add_location('main');
SELECT done FROM stockalert.add_location('south');
SELECT r.done FROM unnest('{A,B}'::text[]) AS s, stockalert.add_item(s, category => 'lamps') AS r;
SELECT done FROM stockalert.add_item('W', category => 'flour', quantity_step => 0.001);
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT l.location_id, i.item_id, 100 FROM stockalert.locations AS l, stockalert.items AS i;
CREATE FUNCTION pg_temp.demand(item text, velocity float8, reorder_point numeric DEFAULT NULL, order_up_to numeric DEFAULT NULL, days integer DEFAULT 100) RETURNS void LANGUAGE sql AS $$
	INSERT INTO stockalert.demand_state AS d (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability,
		interval_mean, size_sum, size_squares, velocity, reorder_point, order_up_to, computed_for, season, method)
	VALUES (stockalert.find_location('main'), stockalert.find_item(item), '2026-01-01', '2026-05-31', '2026-05-31', days, 50, 1, 1, 1, 1, 1, 100, 100,
		velocity, reorder_point, order_up_to, '2026-06-01', '{0,0,0,0,0,0,0}', 'esw')
	ON CONFLICT (location_id, item_id) DO UPDATE SET velocity = excluded.velocity, reorder_point = excluded.reorder_point, order_up_to = excluded.order_up_to,
		exposed_days = excluded.exposed_days;
$$;
CREATE FUNCTION pg_temp.limits(item text, place text DEFAULT 'main') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', s.class || ':', 'low', coalesce(stockalert.show_quantity((d.decision).low), '-'), 'critical', coalesce(stockalert.show_quantity((d.decision).critical), '-'),
			'max', coalesce(stockalert.show_quantity((d.decision).maximum), '-'), (d.decision).fires, (d.decision).threshold_from,
			CASE WHEN s.class IS DISTINCT FROM (d.decision).class OR s.quiet_below IS DISTINCT FROM (d.decision).quiet_below
				OR s.quiet_above IS DISTINCT FROM (d.decision).quiet_above OR (d.decision).action <> 'none' THEN 'STALE' END)
		FROM stockalert.stock_decisions AS d JOIN stockalert.stock_levels AS s USING (location_id, item_id)
		WHERE d.item_id = stockalert.find_item(item) AND d.location_id = stockalert.find_location(place)
$$;

-- Units and percent: of par; without par as if the rule were not there.
SELECT done, next FROM stockalert.set_threshold('A', low => 20, critical => 5, maximum => 300, unit => 'percent');
SELECT pg_temp.limits('A');
UPDATE stockalert.stock_levels SET par_level = 600 WHERE item_id = stockalert.find_item('A') AND location_id = stockalert.find_location('main');
SELECT pg_temp.limits('A'), pg_temp.limits('A', 'south');
SELECT done FROM stockalert.set_threshold('A', low => 12, location => 'south');
SELECT pg_temp.limits('A', 'south');
UPDATE stockalert.stock_levels SET par_level = NULL WHERE item_id = stockalert.find_item('A');

-- Days of cover: times the velocity, in whole steps; nothing without demand.
SELECT done, next FROM stockalert.set_threshold('A', low => 14, critical => 3, maximum => 100, unit => 'days');
SELECT pg_temp.limits('A');
SELECT pg_temp.demand('A', 1.37), pg_temp.demand('W', 1.37);
SELECT * FROM stockalert.rejudge_computed();
SELECT pg_temp.limits('A'), pg_temp.limits('A', 'south');
-- At or below 19.18 is at 19, below it is under 20.
SELECT done FROM stockalert.set_threshold('A', low => 14, critical => 3, maximum => 100, unit => 'days', fires => 'at_or_below');
SELECT pg_temp.limits('A');
SELECT done FROM stockalert.set_threshold('W', low => 14, unit => 'days');
SELECT pg_temp.limits('W');
-- Whole days of a whole velocity are what they are.
SELECT pg_temp.demand('A', 0.1 * 3);
SELECT * FROM stockalert.rejudge_computed();
SELECT done FROM stockalert.set_threshold('A', low => 10, unit => 'days');
SELECT pg_temp.limits('A');
-- Critical, where no rule sets one, is half of a low that follows demand; one of a broader rule stands.
SELECT done FROM stockalert.set_threshold('A', low => 100, unit => 'days');
SELECT pg_temp.limits('A');
SELECT done FROM stockalert.set_threshold(critical => 2);
SELECT pg_temp.limits('A');
SELECT done FROM stockalert.set_threshold();
-- The alert holds what it was decided with.
SELECT done FROM stockalert.set_stock('A', 25, 'main');
SELECT severity, quantity, threshold, low, critical, velocity, reorder_point, threshold_from, rule_id = (SELECT rule_id FROM stockalert.rules WHERE unit = 'days' AND item_id = stockalert.find_item('A')) AS its_rule
	FROM stockalert.alerts WHERE resolved_at IS NULL;
-- Demand moves by less than a step: nothing is written. By more: class and alert follow.
CREATE TEMP TABLE places AS SELECT ctid AS place, location_id, item_id FROM stockalert.stock_levels;
SELECT pg_temp.demand('A', 0.2999);
SELECT * FROM stockalert.rejudge_computed();
SELECT count(*) AS rewritten FROM stockalert.stock_levels AS s JOIN places AS p USING (location_id, item_id) WHERE s.ctid <> p.place;
SELECT pg_temp.demand('A', 0.1);
SELECT resolved, worsened FROM stockalert.rejudge_computed(ARRAY[stockalert.find_location('main')], ARRAY[stockalert.find_item('A')]);
SELECT pg_temp.limits('A');
-- Absurd demand is no error.
SELECT pg_temp.demand('A', 1e30);
SELECT worsened + opened + reopened AS alerts FROM stockalert.rejudge_computed();
SELECT pg_temp.limits('A');
SELECT pg_temp.demand('A', 'NaN');
SELECT resolved FROM stockalert.rejudge_computed();
SELECT pg_temp.limits('A');

-- What cannot be a rule.
CREATE FUNCTION pg_temp.try(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE command;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws('|', SQLSTATE, SQLERRM, CASE WHEN detail NOT LIKE 'Failing row%' THEN detail END);
END
$$;
SELECT pg_temp.try(format('SELECT stockalert.set_threshold(%s)', a)) FROM unnest(ARRAY['low => 3651, unit => ''days''', 'low => 1, unit => ''weeks''', 'low => 5, unit => ''computed''',
	'critical => 5, unit => ''greatest''', 'low => 1001, unit => ''percent''', 'low => 1, fires => ''above''', 'low => 1, critical => 2', 'low => 2, maximum => 2']) AS a;
SELECT pg_temp.try('INSERT INTO stockalert.rules (unit, origin) VALUES (''computed'', ''square'')');
SELECT pg_temp.try('UPDATE stockalert.rules SET unit = ''computed'', low = NULL');
DELETE FROM stockalert.rules;

-- Many in one call: a bad one stops no other, the last of one scope counts.
SELECT done, next, errors FROM stockalert.set_rules('[
	{"item": "A", "low": 30, "critical": 10, "note": "by the list"}, {"item": "A", "location": "south", "low": "2.5", "fires": "at_or_below"},
	{"category": "flour", "unit": "days", "low": 7}, {"item": "B", "unit": "computed"}, {"maximum": 1000},
	{"item": "X", "low": 1}, {"location": "X", "low": 1}, {"item": "A", "category": "flour", "low": 1}, {"item": "A", "lo": 1}, 17, {"item": "A", "low": "a few"}, {"item": "A"},
	{"low": -1}, {"critical": 0.000001}, {"maximum": 0}, {"low": 1, "critical": 2}, {"low": 2, "maximum": 2}, {"low": 1001, "unit": "percent"}, {"low": 3651, "unit": "days"},
	{"low": 1, "unit": "computed"}, {"critical": 1, "unit": "greatest"}, {"low": 1, "unit": "weeks"}, {"low": 1, "fires": "above"}, {"category": " x", "low": 1},
	{"item": "A", "low": 40, "critical": 10}]') \gset list_
SELECT :'list_done' AS done, :'list_next' AS next;
SELECT e ->> 'row' AS row, e ->> 'error' AS error FROM jsonb_array_elements(:'list_errors') AS e;
SELECT stockalert.rule_coverage(r) AS scope, origin, unit, low, critical, maximum, fires, note, applied_at FROM stockalert.rules AS r ORDER BY rule_id;
SELECT pg_temp.limits('A'), pg_temp.limits('A', 'south'), pg_temp.limits('W');
SELECT done, errors FROM stockalert.set_rules('[]');
SELECT pg_temp.try('SELECT stockalert.set_rules(''{"low": 1}'')');
SELECT pg_temp.try('SELECT stockalert.set_rules(NULL)');
-- Each constraint of rules has its words: what rule_fault() finds nothing in can be written, and the other way round.
SELECT count(*) AS tried, count(*) FILTER (WHERE (stockalert.rule_fault(v.unit, v.low, v.critical, v.maximum, v.fires) IS NULL) <> (pg_temp.try(
		format('INSERT INTO stockalert.rules (category, origin, unit, low, critical, maximum, fires) VALUES (''none'', %L, %L, %L, %L, %L, %L); DELETE FROM stockalert.rules WHERE category = ''none''',
			CASE v.unit WHEN 'computed' THEN 'computed' ELSE 'manual' END, v.unit, v.low, v.critical, v.maximum, v.fires)) = 'done')) AS differ,
		count(*) FILTER (WHERE stockalert.rule_fault(v.unit, v.low, v.critical, v.maximum, v.fires) IS NULL) AS faultless
	FROM (SELECT * FROM unnest('{units,percent,days,computed,greatest,weeks}'::text[]) AS unit, unnest('{NULL,0,5,1001,3651,-1,1e-6}'::numeric[]) AS low,
		unnest('{NULL,5,6}'::numeric[]) AS critical, unnest('{NULL,0,6}'::numeric[]) AS maximum, unnest('{NULL,below,above}'::text[]) AS fires) AS v;
DELETE FROM stockalert.rules;

-- COPY: one statement, judged once.
COPY stockalert.rules (category, unit, low, critical) FROM stdin;
lamps	units	150	20
flour	units	50	\N
\.
SELECT pg_temp.limits('A'), pg_temp.limits('B', 'south'), pg_temp.limits('W');
SELECT count(*) AS open FROM stockalert.alerts WHERE resolved_at IS NULL;
ROLLBACK;
