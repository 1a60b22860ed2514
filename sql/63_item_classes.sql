-- Which items matter, and how steadily they sell.

CREATE FUNCTION stockalert.item_classes(location text DEFAULT NULL, weeks integer DEFAULT 26)
	RETURNS TABLE (location_code text, sku text, item text, category text, units double precision, value double precision, currency text,
		share double precision, cumulative_share double precision, abc text, variation double precision, xyz text,
		sale_interval double precision, demand_kind text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	asked integer := weeks;
BEGIN
	IF weeks IS NULL OR weeks NOT BETWEEN 2 AND 57 THEN
		RAISE EXCEPTION 'weeks is out of range'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The history of an item has 57 whole weeks.', HINT = 'Pass a number from 2 to 57.';
	END IF;
	RETURN QUERY
	WITH pairs AS (
		SELECT l.location_id, l.code, l.currency, i.sku, i.name, i.category, i.price, h.history, w.last_day, w.last_day - 7 * asked + 1 AS first_day,
			-- Whole weeks since it was first heard of.
			least(asked, (w.last_day - stockalert.history_first(h.history) + 1) / 7) AS known_weeks,
			stockalert.history_sum(h.history, w.last_day - 7 * asked + 1, w.last_day) AS units
		FROM stockalert.demand_days AS h
		JOIN stockalert.locations AS l ON l.location_id = h.location_id AND l.active AND (the_location IS NULL OR l.location_id = the_location)
		JOIN stockalert.items AS i ON i.item_id = h.item_id AND i.active
		CROSS JOIN LATERAL (SELECT (stockalert.as_of() AT TIME ZONE l.time_zone)::date - 1 AS last_day) AS w
		WHERE (SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])
	), valued AS (
		SELECT v.location_id, c.key, c.value, c.share, c.cumulative_share, c.class
		FROM (SELECT p.location_id, array_agg(p.sku) AS keys, array_agg(p.units * p.price::double precision) AS worth
			FROM pairs AS p GROUP BY p.location_id) AS v
		CROSS JOIN LATERAL stockalert.abc_classes(v.keys, v.worth) AS c
	)
	SELECT p.code, p.sku, p.name, p.category, p.units, v.value, p.currency, v.share, v.cumulative_share, v.class,
		stockalert.coefficient_of_variation(k.weekly), stockalert.xyz_class(k.weekly), stockalert.adi(d.days), stockalert.demand_class(d.days)
	FROM pairs AS p
	LEFT JOIN valued AS v ON v.location_id = p.location_id AND v.key = p.sku
	CROSS JOIN LATERAL (SELECT ARRAY(SELECT stockalert.history_sum(p.history, p.last_day - 7 * n + 1, p.last_day - 7 * n + 7)
		FROM generate_series(1, p.known_weeks) AS n) AS weekly) AS k
	CROSS JOIN LATERAL (SELECT stockalert.history_units(p.history, p.first_day, p.last_day) AS days) AS d
	ORDER BY p.code, v.value DESC NULLS LAST, p.sku;
END
$$;
COMMENT ON FUNCTION stockalert.item_classes(text, integer) IS
	'Classes of the items of a location (NULL: of each location by itself) over so many weeks up to yesterday: abc by units x price among the items of the location (abc_classes), xyz by the variation of weekly units since the item was first heard of (xyz_class), demand_kind and the mean days between sales by daily units (demand_class, adi). abc NULL: no price; xyz NULL: under two weeks or no demand. Errors: 42704 unknown location, 22023 weeks not from 2 to 57.';

GRANT EXECUTE ON FUNCTION stockalert.item_classes(text, integer) TO stockalert_viewer;
