-- Square's locations and catalog into locations, items, thresholds and presence.

CREATE FUNCTION stockalert.money_decimals(currency text) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
		WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3 WHEN currency IN ('CLF', 'UYW') THEN 4 ELSE 2 END;
COMMENT ON FUNCTION stockalert.money_decimals(text) IS 'Decimals of the minor unit of a currency (ISO 4217): 2, but 0 for JPY and its like, 3 for BHD. NULL for NULL.';

CREATE FUNCTION stockalert.square_money(money jsonb) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN trim_scale(round(stockalert.read_quantity(money ->> 'amount') / 10 ^ stockalert.money_decimals(coalesce(money ->> 'currency', 'USD'))::numeric, 5));
COMMENT ON FUNCTION stockalert.square_money(jsonb) IS 'An amount of money of Square, {"amount": 1999, "currency": "USD"} in minor units, in units. NULL where there is none.';

CREATE FUNCTION stockalert.square_apply_locations(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.connections;
	told record;
	n integer;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_locations.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	SELECT count(*) AS rows, array_agg(r.id) AS ids, array_agg(coalesce(r.name, r.id)) AS names,
		array_agg(CASE WHEN stockalert.is_time_zone(r.zone) THEN r.zone ELSE 'UTC' END) AS zones, array_agg(r.currency) AS currencies,
		array_agg(r.status IS DISTINCT FROM 'INACTIVE' AND (c.chosen_locations IS NULL OR r.id = ANY (c.chosen_locations))) AS actives,
		array_agg(r.id) FILTER (WHERE r.zone IS NULL OR NOT stockalert.is_time_zone(r.zone)) AS lost_in_time, min(r.merchant) AS merchant INTO told
		FROM (SELECT DISTINCT ON (e.value ->> 'id') e.value ->> 'id' AS id, stockalert.read_label(e.value ->> 'name', 512) AS name, e.value ->> 'timezone' AS zone,
				substring(e.value ->> 'currency' FROM '^[A-Z]{3}$') AS currency, e.value ->> 'status' AS status, stockalert.read_label(e.value ->> 'merchant_id', 192) AS merchant
			FROM jsonb_array_elements(stockalert.json_rows(page, 'locations')) AS e (value)
			WHERE stockalert.is_label(e.value ->> 'id', 192) ORDER BY e.value ->> 'id') AS r;
	rows := told.rows;
	changed := 0;
	-- A place that is not read is not made; one that was made rests.
	WITH fresh AS (
		SELECT u.id, u.name, u.zone, u.currency, u.active, CASE WHEN char_length(u.name) > 63 OR row_number() OVER (PARTITION BY u.name ORDER BY u.id) > 1
				OR EXISTS (SELECT FROM stockalert.locations AS l JOIN stockalert.location_refs AS x ON x.location_id = l.location_id
					JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind = 'square' WHERE l.code = u.name)
			THEN left(u.name, 62 - char_length(left(u.id, 40))) || '~' || left(u.id, 40) ELSE u.name END AS code
		FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.zones), unnest(told.currencies), unnest(told.actives)) AS u (id, name, zone, currency, active)
		WHERE (c.chosen_locations IS NULL OR u.id = ANY (c.chosen_locations))
			AND NOT EXISTS (SELECT FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id AND x.external_id = u.id)),
	made AS (
		INSERT INTO stockalert.locations AS l (code, name, time_zone, currency, active) SELECT f.code, f.name, f.zone, f.currency, f.active FROM fresh AS f ORDER BY f.id
		-- One of that name that is no other account's stands for it.
		ON CONFLICT ON CONSTRAINT locations_code_key DO UPDATE SET currency = coalesce(l.currency, excluded.currency) RETURNING l.location_id, l.code)
	INSERT INTO stockalert.location_refs (source_id, external_id, location_id) SELECT c.source_id, f.id, m.location_id FROM fresh AS f JOIN made AS m ON m.code = f.code;
	GET DIAGNOSTICS n = ROW_COUNT;
	changed := changed + n;
	UPDATE stockalert.locations AS l SET name = u.name, time_zone = u.zone, currency = u.currency, active = u.active
		FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.zones), unnest(told.currencies), unnest(told.actives)) AS u (id, name, zone, currency, active)
		JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.external_id = u.id
		WHERE l.location_id = x.location_id AND (l.name, l.time_zone, l.currency, l.active) IS DISTINCT FROM (u.name, u.zone, u.currency, u.active);
	GET DIAGNOSTICS n = ROW_COUNT;
	changed := changed + n;
	UPDATE stockalert.locations AS l SET active = false FROM stockalert.location_refs AS x
		WHERE x.source_id = c.source_id AND x.external_id <> ALL (c.chosen_locations) AND l.location_id = x.location_id AND l.active;
	GET DIAGNOSTICS n = ROW_COUNT;
	changed := changed + n;
	IF c.merchant_id IS NULL AND told.merchant IS NOT NULL THEN
		UPDATE stockalert.connections AS x SET merchant_id = told.merchant WHERE x.connection_id = c.connection_id;
	END IF;
	problems := stockalert.note_sync_problems(c.connection_id, 'locations', told.lost_in_time,
		array_fill('the time zone is not known; UTC is taken'::text, ARRAY[coalesce(cardinality(told.lost_in_time), 0)]), NULL);
	problems := problems + (SELECT stockalert.note_sync_problems(c.connection_id, 'locations', array_agg(e.value ->> 'id'), array_agg('the location has no usable id'::text), array_agg(left(e.value::text, 500)))
		FROM jsonb_array_elements(stockalert.json_rows(page, 'locations')) AS e (value) WHERE NOT coalesce(stockalert.is_label(e.value ->> 'id', 192), false));
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_locations(bigint, jsonb) IS
	'Applies a page of locations ({"locations": [...]}): their names, time zones and currencies; INACTIVE ones and, where locations are chosen, others rest with their alerts resolved. The code of a new one is its name. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_locations(bigint, jsonb) TO stockalert_worker;
