-- A page of Square's catalog as rows: one a variation, with what its item says.

CREATE TYPE stockalert.square_told AS (id text, parent_id text, name text, sku text, description text, price numeric, gone boolean, deleted boolean,
	category_ids text[], unit_id text, tracked boolean, everywhere boolean, except_at text[], stock_of text, stock_units numeric, low numeric,
	alerts boolean, overrides jsonb, vendors jsonb, connection_id bigint, source_id bigint);
COMMENT ON TYPE stockalert.square_told IS 'A variation as Square tells of it. alerts: whether it has a threshold; NULL: not said. low: the number. connection_id, source_id: whose it is, so that rows are joined by whole keys, however little is known of tables that fill.';

CREATE FUNCTION stockalert.square_list(list jsonb) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN jsonb_typeof(list) = 'array' THEN (SELECT coalesce(array_agg(e ORDER BY e), '{}') FROM jsonb_array_elements_text(list) AS e WHERE e IS NOT NULL) ELSE '{}' END;
COMMENT ON FUNCTION stockalert.square_list(jsonb) IS 'The texts of an array, sorted; empty where there is none. Never NULL.';

CREATE FUNCTION stockalert.square_presence(item jsonb, variation jsonb, OUT everywhere boolean, OUT places text[])
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	all_of_item CONSTANT boolean := coalesce(item ->> 'present_at_all_locations' <> 'false', true);
	all_of_variation CONSTANT boolean := coalesce(variation ->> 'present_at_all_locations' <> 'false', true);
	of_item CONSTANT text[] := stockalert.square_list(item -> CASE WHEN all_of_item THEN 'absent_at_location_ids' ELSE 'present_at_location_ids' END);
	of_variation CONSTANT text[] := stockalert.square_list(variation -> CASE WHEN all_of_variation THEN 'absent_at_location_ids' ELSE 'present_at_location_ids' END);
BEGIN
	everywhere := all_of_item AND all_of_variation;
	-- Absences add up; where one of the two names its places, the other takes away from them.
	places := ARRAY(SELECT p FROM unnest(of_item || of_variation) AS p GROUP BY p
		HAVING everywhere OR (p = ANY (of_item)) <> all_of_item AND (p = ANY (of_variation)) <> all_of_variation ORDER BY p);
END
$$;
COMMENT ON FUNCTION stockalert.square_presence(jsonb, jsonb) IS
	'Where a variation is sold, by what it and its item say: everywhere but at places, or at places only. NULL for NULL.';

CREATE FUNCTION stockalert.square_catalog_rows(connection_id bigint, page jsonb) RETURNS SETOF stockalert.square_told
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.value ->> 'id', i.id,
		-- Of an only variation the name is that of the item.
		coalesce(stockalert.read_label(CASE WHEN i.name IS NULL OR w.name IS NULL OR w.name = i.name OR i.many = 1 THEN coalesce(i.name, w.name)
			ELSE left(i.name, 300) || ' (' || left(w.name, 200) || ')' END, 512), v.value ->> 'id'),
		coalesce(stockalert.read_label(w.data ->> 'sku', 192), v.value ->> 'id'), i.description,
		CASE WHEN w.data ->> 'pricing_type' IS DISTINCT FROM 'VARIABLE_PRICING' THEN (SELECT m FROM stockalert.square_money(w.data -> 'price_money') AS m WHERE m >= 0) END,
		i.gone OR coalesce(v.value ->> 'is_deleted' = 'true', false), i.deleted OR coalesce(v.value ->> 'is_deleted' = 'true', false),
		i.category_ids, w.data ->> 'measurement_unit_id',
		CASE WHEN w.data ->> 'stockable' = 'false' AND w.conversion IS NULL THEN false ELSE w.data ->> 'track_inventory' = 'true' END,
		p.everywhere, p.places, w.conversion ->> 'stockable_item_variation_id',
		round(stockalert.read_quantity(w.conversion ->> 'stockable_quantity') / nullif(stockalert.read_quantity(w.conversion ->> 'nonstockable_quantity'), 0), 15),
		greatest(stockalert.read_quantity(w.data ->> 'inventory_alert_threshold'), 0),
		CASE w.data ->> 'inventory_alert_type' WHEN 'LOW_QUANTITY' THEN true WHEN 'NONE' THEN false END,
		stockalert.json_rows(w.data, 'location_overrides'), stockalert.json_rows(w.data, 'vendor_information'), c.connection_id, c.source_id
	FROM (SELECT e.value AS object, e.value ->> 'id' AS id, e.value -> 'item_data' AS data, stockalert.read_label(e.value -> 'item_data' ->> 'name', 512) AS name,
			left(coalesce(e.value -> 'item_data' ->> 'description_plaintext', e.value -> 'item_data' ->> 'description'), 4096) AS description,
			coalesce(e.value ->> 'is_deleted' = 'true', false) AS deleted,
			coalesce(e.value ->> 'is_deleted' = 'true' OR e.value -> 'item_data' ->> 'is_archived' = 'true', false) AS gone,
			jsonb_array_length(stockalert.json_rows(e.value -> 'item_data', 'variations')) AS many,
			ARRAY(SELECT DISTINCT ON (k.place) k.id FROM (
				SELECT 0 AS place, e.value -> 'item_data' -> 'reporting_category' ->> 'id' AS id
				UNION ALL SELECT o.nth, o.value ->> 'id' FROM jsonb_array_elements(stockalert.json_rows(e.value -> 'item_data', 'categories')) WITH ORDINALITY AS o (value, nth)
				UNION ALL SELECT 1000, e.value -> 'item_data' ->> 'category_id') AS k WHERE k.id IS NOT NULL ORDER BY k.place) AS category_ids
		FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value) WHERE e.value ->> 'type' = 'ITEM') AS i
	CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(i.data, 'variations')) AS v (value)
	CROSS JOIN LATERAL (SELECT v.value -> 'item_variation_data' AS data, stockalert.read_label(v.value -> 'item_variation_data' ->> 'name', 512) AS name,
		CASE WHEN v.value -> 'item_variation_data' ->> 'stockable' = 'false' THEN nullif(v.value -> 'item_variation_data' -> 'stockable_conversion', 'null') END AS conversion) AS w
	CROSS JOIN LATERAL stockalert.square_presence(i.object, v.value) AS p
	JOIN stockalert.connections AS c ON c.connection_id = square_catalog_rows.connection_id
	WHERE stockalert.is_label(v.value ->> 'id', 192) AND stockalert.is_label(i.id, 192);
$$;
COMMENT ON FUNCTION stockalert.square_catalog_rows(bigint, jsonb) IS 'The variations of a page of the catalog ({"objects": [...]}). For the owner.';
