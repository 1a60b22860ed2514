-- Rules by the thousand, and what is wrong with them.

CREATE FUNCTION stockalert.rule_effects(OUT rule_id bigint, OUT covered bigint, OUT used bigint, OUT unusable bigint,
	OUT shadowed bigint, OUT overruled bigint, OUT maximum_dropped bigint) RETURNS SETOF record
	LANGUAGE c STABLE ROWS 1000 AS 'MODULE_PATHNAME', 'stockalert_rule_effects';
COMMENT ON FUNCTION stockalert.rule_effects() IS
	'Counts for each enabled rule the active pairs it covers, those that take a threshold from it, those it can say nothing of (percent without par, days or computed without demand), those where narrower rules say all it says, and those where its low or critical gives way to that of a narrower rule or its maximum is below low of another. Judges every pair. For the owner.';

CREATE FUNCTION stockalert.rule_coverage(rule stockalert.rules) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(nullif(concat_ws(' ', (SELECT i.sku FROM stockalert.items AS i WHERE i.item_id = rule.item_id), 'category ' || rule.category,
		'at ' || (SELECT l.code FROM stockalert.locations AS l WHERE l.location_id = rule.location_id)), ''), 'everything');
$$;
COMMENT ON FUNCTION stockalert.rule_coverage(stockalert.rules) IS 'What a rule covers, in words: SKU, category, location, or everything. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.find_rule_problems(OUT rule_id bigint, OUT scope text, OUT unit text, OUT problem text, OUT pairs bigint, OUT covered bigint, OUT remedy text, OUT location_id bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.rule_id, stockalert.rule_coverage(r), r.unit, p.problem, p.pairs, coalesce(e.covered, 0), p.remedy, r.location_id
	FROM stockalert.rules AS r
	LEFT JOIN stockalert.rule_effects() AS e ON e.rule_id = r.rule_id
	CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = r.location_id AND NOT l.active)
		OR EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = r.item_id AND NOT i.active) AS resting) AS x
	CROSS JOIN LATERAL (VALUES
		('its item or location is not active', 0::bigint, e.covered IS NULL AND x.resting AND r.origin NOT IN ('square', 'table'),
			'Nothing, if it shall hold when they are active again; else delete the rule.'),
		('it covers no stock', 0::bigint, e.covered IS NULL AND NOT x.resting, CASE WHEN r.origin IN ('square', 'table')
			THEN 'Nothing: it is kept in step with where it comes from, and holds once there is stock.' ELSE 'Add the stock: set_stock(); or delete the rule.' END),
		('there is no par level to take a percentage of', e.unusable, r.unit = 'percent' AND e.unusable > 0,
			'UPDATE stockalert.stock_levels SET par_level = ...; or another unit. Until then the rule is as if it were not there.'),
		('no demand is known to compute it from', e.unusable, r.unit IN ('days', 'computed') AND e.unusable > 0,
			'Record sales, record_sale() or watch_sales(), and refresh_demand(). Until then the rule is as if it were not there.'),
		('narrower rules, or one made by hand, say all that it says', e.shadowed, e.shadowed > 0 AND e.used = 0,
			'Delete it, or what stands before it: SELECT * FROM stockalert.rules;'),
		('a narrower rule contradicts it: critical would be above low', e.overruled, e.overruled > 0,
			'Let critical be at most low in both; until then the narrower rule decides.'),
		('its maximum is below low or critical of another rule', e.maximum_dropped, e.maximum_dropped > 0,
			'Raise the maximum; until then there is none.')) AS p (problem, pairs, found, remedy)
	WHERE r.enabled AND p.found AND (r.location_id IS NULL OR stockalert.sees_location(r.location_id));
$$;
COMMENT ON FUNCTION stockalert.find_rule_problems() IS 'Reads what the view rule_problems shows.';

CREATE VIEW stockalert.rule_problems WITH (security_barrier) AS
SELECT p.rule_id, p.scope, p.unit, p.problem, p.pairs, p.covered, p.remedy FROM stockalert.find_rule_problems() AS p
WHERE p.location_id IS NULL OR stockalert.sees_all_locations() OR stockalert.sees_location(p.location_id);
COMMENT ON VIEW stockalert.rule_problems IS
	'Enabled rules that do nothing somewhere, or contradict another: what is wrong, for how many of the pairs they cover, and what to do. Judges every pair when it is read: seconds for millions.';
COMMENT ON COLUMN stockalert.rule_problems.pairs IS 'Items at locations for which this is so; 0 where the rule covers none.';

-- The same faults that the constraints of rules refuse, in words, before a
-- statement for many rules would fail for one of them.
CREATE FUNCTION stockalert.rule_fault(unit text, low numeric, critical numeric, maximum numeric, fires text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN unit NOT IN ('units', 'percent', 'days', 'computed', 'greatest') THEN format('unit "%s" is not known', left(unit, 60))
		WHEN fires NOT IN ('below', 'at_or_below') THEN format('fires "%s" is not known', left(fires, 60))
		WHEN NOT stockalert.is_quantity(low) OR low < 0 THEN 'low is not negative, at most 5 decimals'
		WHEN NOT stockalert.is_quantity(critical) OR critical < 0 THEN 'critical is not negative, at most 5 decimals'
		WHEN NOT stockalert.is_quantity(maximum) OR maximum <= 0 THEN 'maximum is positive, at most 5 decimals'
		WHEN critical > low THEN 'critical is not above low'
		WHEN maximum <= low THEN 'maximum is above low'
		WHEN unit = 'percent' AND greatest(low, critical, maximum) > 1000 THEN 'percentages are at most 1000'
		WHEN unit = 'days' AND greatest(low, critical, maximum) > 3650 THEN 'days of cover are at most 3650'
		WHEN unit = 'computed' AND low IS NOT NULL THEN 'a computed rule has no low of its own; unit greatest takes one'
		WHEN unit = 'greatest' AND low IS NULL THEN 'greatest needs a low to compare the reorder point with'
		WHEN unit <> 'computed' AND coalesce(low, critical, maximum) IS NULL THEN 'a rule sets low, critical or maximum' END;
$$;
COMMENT ON FUNCTION stockalert.rule_fault(text, numeric, numeric, numeric, text) IS
	'What is wrong with the values of a rule; NULL: nothing. NULL values are not set.';

CREATE FUNCTION stockalert.set_rules(rules jsonb, OUT done text, OUT next text, OUT errors jsonb)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad_number CONSTANT text := '^[+-]?([0-9]{1,30}(\.[0-9]{1,30})?)$';
	given bigint;
	taken bigint;
BEGIN
	IF jsonb_typeof(rules) IS DISTINCT FROM 'array' THEN
		RAISE EXCEPTION 'rules are not a list'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', coalesce(jsonb_typeof(rules), 'NULL')),
				  HINT = 'Pass a JSON array such as [{"item": "SKU-1", "low": 10, "critical": 3}, {"category": "lamps", "unit": "days", "low": 14}].';
	END IF;
	-- All in one statement, so that stock is judged once.
	WITH raw AS (
		SELECT x.n, x.rule, x.rule ->> 'item' AS item, x.rule ->> 'location' AS location, x.rule ->> 'category' AS category,
			coalesce(x.rule ->> 'unit', 'units') AS unit, x.rule ->> 'fires' AS fires, x.rule ->> 'note' AS note,
			x.rule ->> 'low' AS low, x.rule ->> 'critical' AS critical, x.rule ->> 'maximum' AS maximum
		FROM jsonb_array_elements(set_rules.rules) WITH ORDINALITY AS x (rule, n)),
	item_names AS (
		SELECT w.item, array_agg(DISTINCT m.item_id) AS ids FROM (SELECT DISTINCT r.item FROM raw AS r WHERE r.item IS NOT NULL) AS w
		JOIN (SELECT i.sku AS name, i.item_id FROM stockalert.items AS i UNION ALL SELECT f.external_id, f.item_id FROM stockalert.item_refs AS f) AS m ON m.name = w.item
		GROUP BY w.item),
	location_names AS (
		SELECT w.location, array_agg(DISTINCT m.location_id) AS ids FROM (SELECT DISTINCT r.location FROM raw AS r WHERE r.location IS NOT NULL) AS w
		JOIN (SELECT l.code AS name, l.location_id FROM stockalert.locations AS l UNION ALL SELECT f.external_id, f.location_id FROM stockalert.location_refs AS f) AS m ON m.name = w.location
		WHERE stockalert.sees_location(m.location_id)
		GROUP BY w.location),
	resolved AS (
		SELECT r.n, r.unit, r.fires, r.note, r.category, i.ids[1] AS item_id, l.ids[1] AS location_id, p.low, p.critical, p.maximum,
			CASE WHEN r.unit = 'computed' THEN 'computed' ELSE 'manual' END AS origin,
			CASE
				WHEN jsonb_typeof(r.rule) <> 'object' THEN 'not an object'
				WHEN k.unknown IS NOT NULL THEN format('"%s" is no field of a rule', left(k.unknown, 60))
				WHEN r.item IS NOT NULL AND i.ids IS NULL THEN format('item "%s" is not known', left(r.item, 200))
				WHEN cardinality(i.ids) > 1 THEN format('item "%s" is ambiguous', left(r.item, 200))
				WHEN r.location IS NOT NULL AND l.ids IS NULL THEN format('location "%s" is not known', left(r.location, 200))
				WHEN cardinality(l.ids) > 1 THEN format('location "%s" is ambiguous', left(r.location, 200))
				WHEN r.location IS NULL AND NOT stockalert.sees_all_locations() THEN 'no location, and you see some only'
				WHEN r.item IS NOT NULL AND r.category IS NOT NULL THEN 'a rule is for an item or for a category, not both'
				WHEN NOT stockalert.is_label(r.category, 192) THEN 'category is 1 to 192 characters without control characters'
				WHEN r.low IS NOT NULL AND p.low IS NULL OR r.critical IS NOT NULL AND p.critical IS NULL OR r.maximum IS NOT NULL AND p.maximum IS NULL
					THEN 'low, critical and maximum are numbers'
				ELSE stockalert.rule_fault(r.unit, p.low, p.critical, p.maximum, r.fires) END AS fault
		FROM raw AS r
		CROSS JOIN LATERAL (SELECT CASE WHEN r.low ~ bad_number THEN r.low::numeric END AS low,
			CASE WHEN r.critical ~ bad_number THEN r.critical::numeric END AS critical, CASE WHEN r.maximum ~ bad_number THEN r.maximum::numeric END AS maximum) AS p
		LEFT JOIN item_names AS i ON i.item = r.item
		LEFT JOIN location_names AS l ON l.location = r.location
		LEFT JOIN LATERAL (SELECT min(o.key) AS unknown FROM jsonb_object_keys(CASE jsonb_typeof(r.rule) WHEN 'object' THEN r.rule ELSE '{}' END) AS o (key)
			WHERE o.key NOT IN ('item', 'location', 'category', 'unit', 'fires', 'note', 'low', 'critical', 'maximum')) AS k ON true),
	judged AS MATERIALIZED (
		SELECT r.*, CASE WHEN r.fault IS NULL THEN max(r.n) FILTER (WHERE r.fault IS NULL)
			OVER (PARTITION BY r.item_id, r.location_id, r.category, r.origin) END AS last FROM resolved AS r),
	written AS (
		INSERT INTO stockalert.rules AS r (item_id, location_id, category, origin, unit, low, critical, maximum, fires, note)
		SELECT j.item_id, j.location_id, j.category, j.origin, j.unit, j.low, j.critical, j.maximum, j.fires, j.note FROM judged AS j WHERE j.n = j.last
		ORDER BY j.item_id, j.location_id, j.category, j.origin
		ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET unit = excluded.unit, low = excluded.low,
			critical = excluded.critical, maximum = excluded.maximum, fires = excluded.fires, note = excluded.note,
			enabled = true, set_by = SESSION_USER, set_at = now()
		RETURNING 1)
	SELECT count(*), (SELECT count(*) FROM written),
		coalesce(jsonb_agg(jsonb_build_object('row', j.n, 'error', coalesce(j.fault, format('the same scope as row %s', j.last))) ORDER BY j.n)
			FILTER (WHERE j.n IS DISTINCT FROM j.last), '[]')
		INTO given, taken, errors FROM judged AS j;
	done := format('%s of %s rules set', taken, given) || coalesce('; ' || (
		SELECT string_agg(format('row %s: %s', e.value ->> 'row', e.value ->> 'error'), '; ' ORDER BY e.n) || CASE WHEN jsonb_array_length(errors) > 5 THEN '; and more' ELSE '' END
		FROM jsonb_array_elements(errors) WITH ORDINALITY AS e (value, n) WHERE e.n <= 5), '');
	next := 'SELECT * FROM stockalert.rule_problems;';
END
$$;
COMMENT ON FUNCTION stockalert.set_rules(jsonb) IS
	'Sets many rules in one statement from a JSON array of objects with item, location, category, unit, low, critical, maximum, fires and note, as set_threshold() takes them; what is left out is NULL. A row that cannot be set is listed in errors (its place in the array from 1, and why) and stops no other. Error 22023: not an array.';

GRANT EXECUTE ON FUNCTION stockalert.set_rules(jsonb), stockalert.find_rule_problems() TO stockalert_manager;
GRANT SELECT ON stockalert.rule_problems TO stockalert_manager;
