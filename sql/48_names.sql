-- From the names people use to rows, with errors that help.

CREATE FUNCTION stockalert.edit_distance(a text, b text) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_edit_distance';
COMMENT ON FUNCTION stockalert.edit_distance(text, text) IS
	'Number of characters to change to get from one text to the other (Levenshtein); 255 where one is longer than 255 bytes. NULL for NULL.';

CREATE FUNCTION stockalert.find_location(location text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
	closest text;
BEGIN
	IF location IS NULL THEN
		SELECT array_agg(l.location_id) INTO found FROM stockalert.locations AS l
			WHERE l.active AND stockalert.sees_location(l.location_id);
		IF cardinality(found) = 1 THEN
			RETURN found[1];
		END IF;
		SELECT array_agg(l.location_id) INTO found FROM stockalert.locations AS l
			WHERE l.code = 'main' AND stockalert.sees_location(l.location_id);
		IF cardinality(found) = 1 THEN
			RETURN found[1];
		END IF;
		RAISE EXCEPTION 'which location is not said'
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = CASE WHEN found IS NULL AND NOT stockalert.sees_all_locations() THEN 'Your role sees no location called main, nor exactly one.'
					WHEN EXISTS (SELECT 1 FROM stockalert.locations) THEN 'There are several locations and none is called main.' ELSE 'There is no location yet.' END,
				  HINT = CASE WHEN EXISTS (SELECT 1 FROM stockalert.locations)
					THEN 'Pass location => ''code''; SELECT code, name FROM stockalert.location_list lists them.'
					ELSE 'SELECT * FROM stockalert.add_location(''main'', ''Main shop'');' END;
	END IF;
	SELECT array_agg(DISTINCT m.location_id) INTO found FROM (
		SELECT l.location_id FROM stockalert.locations AS l WHERE l.code = find_location.location
		UNION SELECT r.location_id FROM stockalert.location_refs AS r WHERE r.external_id = find_location.location) AS m;
	-- What a role may not see is not known to it.
	IF NOT stockalert.sees_all_locations() THEN
		SELECT array_agg(f.id) INTO found FROM unnest(found) AS f (id) WHERE f.id = ANY (stockalert.visible_locations());
	END IF;
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	ELSIF found IS NULL THEN
		SELECT string_agg(c.code, ', ' ORDER BY c.distance, c.code) INTO closest FROM (
			SELECT l.code, stockalert.edit_distance(lower(l.code), lower(find_location.location)) AS distance
			FROM stockalert.locations AS l WHERE stockalert.sees_location(l.location_id) ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'location "%" is not known', left(location, 200)
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce('Closest: ' || closest || '.', 'There is no location yet.'),
				  HINT = 'SELECT code, name FROM stockalert.location_list; or stockalert.add_location().';
	END IF;
	RAISE EXCEPTION 'location "%" is ambiguous', location
		USING ERRCODE = 'ambiguous_alias',
			  DETAIL = 'It names ' || (SELECT string_agg(l.code, ', ' ORDER BY l.code) FROM stockalert.locations AS l WHERE l.location_id = ANY (found)) || '.',
			  HINT = 'Use the code of the one that is meant.';
END
$$;
COMMENT ON FUNCTION stockalert.find_location(text) IS
	'Finds a location by code or by a source''s key. NULL: the only active one, else main. Only what the caller sees (role_scopes). Error 42704 with the closest codes, 42P09 where several match.';

CREATE FUNCTION stockalert.find_item(item text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
	closest text;
BEGIN
	IF item IS NULL THEN
		RAISE EXCEPTION 'which item is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The item is NULL.', HINT = 'Pass its SKU.';
	END IF;
	SELECT array_agg(DISTINCT m.item_id) INTO found FROM (
		SELECT i.item_id FROM stockalert.items AS i WHERE i.sku = find_item.item
		UNION SELECT r.item_id FROM stockalert.item_refs AS r WHERE r.external_id = find_item.item) AS m;
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	ELSIF found IS NULL THEN
		SELECT string_agg(c.sku, ', ' ORDER BY c.distance, c.sku) INTO closest FROM (
			SELECT i.sku, stockalert.edit_distance(lower(i.sku), lower(find_item.item)) AS distance
			FROM stockalert.items AS i ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'item "%" is not known', left(item, 200)
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce('Closest: ' || closest || '.', 'There is no item yet.'),
				  HINT = 'SELECT * FROM stockalert.stock_status; or stockalert.add_item().';
	END IF;
	RAISE EXCEPTION 'item "%" is ambiguous', item
		USING ERRCODE = 'ambiguous_alias',
			  DETAIL = 'It names ' || (SELECT string_agg(i.sku, ', ' ORDER BY i.sku) FROM stockalert.items AS i WHERE i.item_id = ANY (found)) || '.',
			  HINT = 'Use the SKU of the one that is meant.';
END
$$;
COMMENT ON FUNCTION stockalert.find_item(text) IS
	'Finds an item by SKU or by a source''s key. Error 42704 with the closest SKUs, 42P09 where several match, 22004 for NULL.';

CREATE FUNCTION stockalert.show_quantity(quantity numeric) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$ SELECT trim_scale(quantity)::text $$;
COMMENT ON FUNCTION stockalert.show_quantity(numeric) IS 'A quantity as people write it, without trailing zeros. NULL for NULL.';

CREATE FUNCTION stockalert.check_quantity(argument text, quantity numeric, positive boolean) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF quantity IS NOT NULL AND NOT stockalert.is_quantity(quantity) THEN
		RAISE EXCEPTION '% is not a quantity', argument
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = format('It is %s.', CASE WHEN length(quantity::text) > 60 THEN 'too long' ELSE quantity::text END),
				  HINT = 'Pass a finite number with at most 21 digits before and 5 after the point.';
	ELSIF positive AND quantity < 0 THEN
		RAISE EXCEPTION '% is negative', argument
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', quantity), HINT = 'Pass 0 or more.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_quantity(text, numeric, boolean) IS
	'Raises 22023, naming the argument, where the number cannot be a quantity (or is negative where positive is asked for). NULL passes.';

CREATE FUNCTION stockalert.check_label(argument text, label text, longest integer) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF label IS NULL THEN
		RAISE EXCEPTION '% is NULL', argument
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It must be given.', HINT = format('Pass 1 to %s characters.', longest);
	ELSIF NOT stockalert.is_label(label, longest) THEN
		RAISE EXCEPTION '% cannot be used', argument
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = CASE WHEN label = '' THEN 'It is empty.' WHEN char_length(label) > longest THEN format('It has %s characters.', char_length(label))
					ELSE 'It has control characters, or a blank at an end.' END,
				  HINT = format('Pass 1 to %s characters without control characters.', longest);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_label(text, text, integer) IS
	'Raises 22023 (22004 for NULL), naming the argument, where the text cannot be a name or key.';
