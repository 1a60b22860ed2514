-- A page of Square's catalog into items.

CREATE FUNCTION stockalert.square_apply_objects(connection_id bigint, page jsonb, full_run timestamptz) RETURNS text[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	changed text[];
BEGIN
	WITH told AS (
		SELECT DISTINCT ON (e.value ->> 'id') e.value ->> 'id' AS id, e.value ->> 'type' AS type, coalesce(e.value ->> 'is_deleted' = 'true', false) AS gone,
			stockalert.read_label(e.value -> 'category_data' ->> 'name', 192) AS name, e.value -> 'category_data' -> 'parent_category' ->> 'id' AS parent_id,
			CASE WHEN e.value ->> 'type' = 'MEASUREMENT_UNIT'
				THEN trim_scale(10::numeric ^ -least(coalesce(stockalert.read_quantity(substring(e.value -> 'measurement_unit_data' ->> 'precision' FROM '^[0-9]$')), 3), 5)) END AS step
		FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
		WHERE e.value ->> 'type' IN ('CATEGORY', 'MEASUREMENT_UNIT') AND stockalert.is_label(e.value ->> 'id', 192) ORDER BY e.value ->> 'id'),
	dropped AS (
		DELETE FROM stockalert.square_objects AS o USING told AS t WHERE t.gone AND o.connection_id = square_apply_objects.connection_id AND o.external_id = t.id),
	kept AS (
		INSERT INTO stockalert.square_objects AS o (connection_id, external_id, type, name, parent_id, quantity_step, seen_at)
		SELECT square_apply_objects.connection_id, t.id, t.type, t.name, t.parent_id, t.step, coalesce(full_run, clock_timestamp()) FROM told AS t WHERE NOT t.gone ORDER BY t.id
		ON CONFLICT ON CONSTRAINT square_objects_pkey DO UPDATE SET type = excluded.type, name = excluded.name, parent_id = excluded.parent_id,
			quantity_step = excluded.quantity_step, seen_at = coalesce(full_run, o.seen_at)
			WHERE (o.type, o.name, o.parent_id, o.quantity_step, o.seen_at)
				IS DISTINCT FROM (excluded.type, excluded.name, excluded.parent_id, excluded.quantity_step, coalesce(full_run, o.seen_at)))
	SELECT array_agg(t.id) INTO changed FROM told AS t
		LEFT JOIN stockalert.square_objects AS o ON o.connection_id = square_apply_objects.connection_id AND o.external_id = t.id
		WHERE CASE WHEN t.gone THEN o.external_id IS NOT NULL ELSE (t.type, t.name, t.parent_id, t.step) IS DISTINCT FROM (o.type, o.name, o.parent_id, o.quantity_step) END;
	RETURN changed;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_objects(bigint, jsonb, timestamptz) IS
	'Brings categories and measurement units of a page of the catalog up to date and returns the ids of those that changed. For the owner.';

CREATE FUNCTION stockalert.square_category(connection_id bigint, category_ids text[]) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT o.name FROM unnest(category_ids) WITH ORDINALITY AS u (id, nth)
		JOIN stockalert.square_objects AS o ON o.connection_id = square_category.connection_id AND o.external_id = u.id AND o.type = 'CATEGORY'
		WHERE o.name IS NOT NULL ORDER BY u.nth LIMIT 1;
$$;
COMMENT ON FUNCTION stockalert.square_category(bigint, text[]) IS 'The name of the first category that is known. NULL where none is. For the owner.';

CREATE FUNCTION stockalert.square_refresh_items(connection_id bigint, object_ids text[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written integer;
BEGIN
	UPDATE stockalert.items AS i SET category = n.category, quantity_step = n.quantity_step
		FROM (SELECT v.item_id, stockalert.square_category(v.connection_id, v.category_ids) AS category, coalesce(o.quantity_step, 1) AS quantity_step
			FROM stockalert.square_variations AS v
			LEFT JOIN stockalert.square_objects AS o ON o.connection_id = v.connection_id AND o.external_id = v.unit_id AND o.type = 'MEASUREMENT_UNIT'
			WHERE v.connection_id = square_refresh_items.connection_id AND (v.category_ids && object_ids OR v.unit_id = ANY (object_ids))) AS n
		WHERE i.item_id = n.item_id AND (i.category, i.quantity_step) IS DISTINCT FROM (n.category, n.quantity_step);
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_refresh_items(bigint, text[]) IS
	'Gives items whose category or unit changed its new name or step; returns items written. For the owner.';

CREATE FUNCTION stockalert.square_make_items(connection_id bigint, told stockalert.square_told[], seen_at timestamptz) RETURNS text[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source bigint := (SELECT c.source_id FROM stockalert.connections AS c WHERE c.connection_id = square_make_items.connection_id);
	made text[];
	skus text[];
BEGIN
	-- A SKU that is there and no account's of Square stands for that item; one that is taken gets the id of the variation behind it.
	-- One of an earlier connection of this name is the same again.
	SELECT array_agg(k.id ORDER BY k.id), array_agg(CASE WHEN k.known THEN NULL WHEN k.nth = 1 AND NOT k.taken THEN k.sku ELSE left(k.sku, 191 - char_length(left(k.id, 100))) || '~' || left(k.id, 100) END ORDER BY k.id)
		INTO made, skus
		FROM (SELECT t.id, t.sku, row_number() OVER (PARTITION BY t.sku ORDER BY t.gone, t.id) AS nth,
				EXISTS (SELECT FROM stockalert.item_refs AS x WHERE x.source_id = t.source_id AND x.external_id = t.id) AS known,
				EXISTS (SELECT FROM stockalert.items AS i JOIN stockalert.item_refs AS x ON x.item_id = i.item_id
					JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind = 'square' WHERE i.sku = t.sku) AS taken
			FROM (SELECT DISTINCT ON (u.id) u.id, u.sku, u.gone, u.connection_id, u.source_id FROM unnest(told) AS u WHERE NOT u.deleted ORDER BY u.id) AS t
			WHERE NOT EXISTS (SELECT FROM stockalert.square_variations AS v WHERE v.connection_id = t.connection_id AND v.external_id = t.id)) AS k;
	IF made IS NULL THEN
		RETURN NULL;
	END IF;
	INSERT INTO stockalert.items (sku, name) SELECT u.sku, u.sku FROM unnest(skus) AS u (sku) WHERE u.sku IS NOT NULL ORDER BY u.sku ON CONFLICT ON CONSTRAINT items_sku_key DO NOTHING;
	INSERT INTO stockalert.item_refs AS x (source_id, external_id, item_id)
		SELECT source, u.id, i.item_id FROM ROWS FROM (unnest(made), unnest(skus)) AS u (id, sku) JOIN stockalert.items AS i ON i.sku = u.sku ORDER BY u.id
		ON CONFLICT ON CONSTRAINT item_refs_pkey DO NOTHING;
	INSERT INTO stockalert.square_variations (connection_id, external_id, item_id, parent_id, seen_at)
		SELECT DISTINCT ON (t.id) square_make_items.connection_id, t.id, x.item_id, t.parent_id, square_make_items.seen_at FROM unnest(told) AS t
		JOIN stockalert.item_refs AS x ON x.source_id = t.source_id AND x.external_id = t.id WHERE t.id = ANY (made) ORDER BY t.id;
	RETURN made;
END
$$;
COMMENT ON FUNCTION stockalert.square_make_items(bigint, stockalert.square_told[], timestamptz) IS 'Makes items for variations that are new and returns their ids. For the owner.';

CREATE FUNCTION stockalert.square_update_items(connection_id bigint, told stockalert.square_told[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n integer;
	written integer;
BEGIN
	UPDATE stockalert.items AS i SET name = w.name, category = w.category, price = w.price, description = w.description, quantity_step = w.quantity_step, active = w.active
		FROM (SELECT v.item_id, t.name, stockalert.square_category(v.connection_id, t.category_ids) AS category, t.price, t.description, coalesce(o.quantity_step, 1) AS quantity_step,
				-- What another source sells too is not over because this one says so.
				NOT t.gone OR EXISTS (SELECT FROM stockalert.item_refs AS x JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind <> 'square'
					WHERE x.item_id = v.item_id) AS active
			FROM unnest(told) AS t JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
			LEFT JOIN stockalert.square_objects AS o ON o.connection_id = v.connection_id AND o.external_id = t.unit_id AND o.type = 'MEASUREMENT_UNIT'
			WHERE NOT t.deleted) AS w
		WHERE i.item_id = w.item_id AND (i.name, i.category, i.price, i.description, i.quantity_step, i.active)
			IS DISTINCT FROM (w.name, w.category, w.price, w.description, w.quantity_step, w.active);
	GET DIAGNOSTICS written = ROW_COUNT;
	-- A SKU that changed, or that is free at last; what one gives up another takes.
	FOR round IN 1 .. 3 LOOP
		UPDATE stockalert.items AS i SET sku = w.sku
			FROM (SELECT DISTINCT ON (t.sku) t.sku, v.item_id FROM unnest(told) AS t
				JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
				WHERE NOT t.deleted ORDER BY t.sku, t.gone, t.id) AS w
			WHERE i.item_id = w.item_id AND i.sku <> w.sku AND NOT EXISTS (SELECT FROM stockalert.items AS o WHERE o.sku = w.sku);
		GET DIAGNOSTICS n = ROW_COUNT;
		EXIT WHEN n = 0;
		written := written + n;
	END LOOP;
	UPDATE stockalert.items AS i SET sku = w.sku
		FROM (SELECT DISTINCT ON (t.id) left(t.sku, 191 - char_length(left(t.id, 100))) || '~' || left(t.id, 100) AS sku, t.sku AS plain, v.item_id FROM unnest(told) AS t
			JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
			WHERE NOT t.deleted ORDER BY t.id) AS w
		WHERE i.item_id = w.item_id AND i.sku NOT IN (w.sku, w.plain) AND NOT EXISTS (SELECT FROM stockalert.items AS o WHERE o.sku = w.sku);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN written + n;
END
$$;
COMMENT ON FUNCTION stockalert.square_update_items(bigint, stockalert.square_told[]) IS
	'Brings names, categories, prices, steps, activity and SKUs of items up to date with their variations; returns rows written. For the owner.';

CREATE FUNCTION stockalert.square_update_variations(connection_id bigint, told stockalert.square_told[], full_run timestamptz, OUT touched bigint[], OUT written integer)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	WITH moved AS (
		UPDATE stockalert.square_variations AS v SET parent_id = t.parent_id, category_ids = t.category_ids, unit_id = t.unit_id, tracked = t.tracked, gone = t.gone,
				everywhere = t.everywhere, except_at = t.except_at, stock_of = t.stock_of, stock_units = t.stock_units, seen_at = coalesce(full_run, v.seen_at)
			FROM (SELECT DISTINCT ON (u.id) u.* FROM unnest(told) AS u WHERE NOT u.deleted ORDER BY u.id) AS t,
				stockalert.square_variations AS o
			WHERE v.connection_id = t.connection_id AND v.external_id = t.id AND o.connection_id = v.connection_id AND o.external_id = v.external_id
				AND (v.parent_id, v.category_ids, v.unit_id, v.tracked, v.gone, v.everywhere, v.except_at, v.stock_of, v.stock_units, v.seen_at) IS DISTINCT FROM
					(t.parent_id, t.category_ids, t.unit_id, t.tracked, t.gone, t.everywhere, t.except_at, t.stock_of, t.stock_units, coalesce(full_run, v.seen_at))
			RETURNING v.item_id, (o.tracked, o.gone, o.everywhere, o.except_at, o.stock_of) IS DISTINCT FROM (v.tracked, v.gone, v.everywhere, v.except_at, v.stock_of) AS means_other)
	SELECT array_agg(m.item_id) FILTER (WHERE m.means_other), count(*) FILTER (WHERE m.means_other) INTO touched, written FROM moved AS m;
END
$$;
COMMENT ON FUNCTION stockalert.square_update_variations(bigint, stockalert.square_told[], timestamptz) IS
	'Brings what is remembered of variations up to date and returns the items whose stock means something else now. For the owner.';

CREATE FUNCTION stockalert.square_retire(connection_id bigint, external_ids text[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	item_ids bigint[];
BEGIN
	WITH gone AS (UPDATE stockalert.square_variations AS v SET gone = true
		WHERE v.connection_id = square_retire.connection_id AND v.external_id = ANY (external_ids) AND NOT v.gone RETURNING v.item_id)
	SELECT array_agg(g.item_id) INTO item_ids FROM gone AS g;
	IF item_ids IS NULL THEN
		RETURN 0;
	END IF;
	DELETE FROM stockalert.rules AS r WHERE r.origin = 'square' AND r.item_id = ANY (item_ids);
	UPDATE stockalert.items AS i SET active = false WHERE i.item_id = ANY (item_ids) AND i.active
		AND NOT EXISTS (SELECT FROM stockalert.item_refs AS x JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind <> 'square' WHERE x.item_id = i.item_id);
	PERFORM stockalert.square_settle(connection_id, item_ids);
	RETURN cardinality(item_ids);
END
$$;
COMMENT ON FUNCTION stockalert.square_retire(bigint, text[]) IS
	'Puts variations that are deleted to rest: their alerts resolve, their history stays. Returns how many. For the owner.';

CREATE FUNCTION stockalert.square_apply_catalog(connection_id bigint, page jsonb, full_run timestamptz, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	told stockalert.square_told[];
	objects text[];
	made text[];
	gone text[];
	moved record;
	overridden bigint[];
BEGIN
	IF NOT EXISTS (SELECT FROM stockalert.connections AS c WHERE c.connection_id = square_apply_catalog.connection_id) THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	SELECT stockalert.square_newest(max(stockalert.read_moment(e.value ->> 'updated_at'))), max(e.value ->> 'updated_at') INTO newest, newest_text
		FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
		WHERE stockalert.read_moment(e.value ->> 'updated_at') IS NOT NULL;
	-- The clock of the answer, where it tells: what changes later is after it.
	newest_text := coalesce(page ->> 'latest_time', newest_text);
	rows := jsonb_array_length(stockalert.json_rows(page, 'objects'));
	objects := stockalert.square_apply_objects(connection_id, page, full_run);
	told := ARRAY(SELECT t FROM stockalert.square_catalog_rows(connection_id, page) AS t);
	made := stockalert.square_make_items(connection_id, told, coalesce(full_run, clock_timestamp()));
	SELECT u.* INTO moved FROM stockalert.square_update_variations(connection_id, told, full_run) AS u;
	changed := stockalert.square_update_items(connection_id, told) + moved.written;
	IF objects IS NOT NULL THEN
		changed := changed + cardinality(objects) + stockalert.square_refresh_items(connection_id, objects);
	END IF;
	-- Deleted ones, and those that their item does not list any more.
	gone := ARRAY(SELECT v.external_id
		FROM (SELECT DISTINCT e.value ->> 'id' AS id FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value) WHERE e.value ->> 'type' = 'ITEM') AS i
		CROSS JOIN LATERAL (SELECT x.external_id FROM stockalert.square_variations AS x
			WHERE x.connection_id = square_apply_catalog.connection_id AND x.parent_id = i.id AND NOT x.gone OFFSET 0) AS v
		WHERE NOT EXISTS (SELECT FROM unnest(told) AS t WHERE t.id = v.external_id AND NOT t.deleted)
		UNION SELECT e.value ->> 'id' FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
			WHERE e.value ->> 'type' = 'ITEM_VARIATION' AND e.value ->> 'is_deleted' = 'true');
	changed := changed + stockalert.square_retire(connection_id, gone);
	PERFORM stockalert.square_apply_thresholds(connection_id, told);
	overridden := stockalert.square_apply_overrides(connection_id, told);
	PERFORM stockalert.square_apply_vendor_items(connection_id, told);
	IF coalesce(moved.touched, overridden) IS NOT NULL THEN
		changed := changed + stockalert.square_settle(connection_id, moved.touched || overridden);
	END IF;
	PERFORM stockalert.square_read_again(connection_id, made);
	problems := stockalert.square_note_catalog(connection_id, page, told);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_catalog(bigint, jsonb, timestamptz) IS
	'Applies a page of the catalog ({"objects": [...]}, of list or search): each variation is an item, with its category, price, unit, threshold and places; deleted and archived ones rest. full_run: the start of the round that reads everything, NULL else. newest_text: latest_time of the answer, else the latest updated_at. For the worker.';

CREATE FUNCTION stockalert.square_read_again(connection_id bigint, made text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	WITH known AS (DELETE FROM stockalert.sync_problems AS p WHERE p.connection_id = square_read_again.connection_id AND p.stream IN ('counts', 'movements', 'orders', 'transfers')
		AND p.reason = 'the item is not known' AND p.external_id = ANY (made) RETURNING p.stream)
	UPDATE stockalert.sync_streams AS s SET full_requested = true, requested_at = clock_timestamp()
		WHERE s.connection_id = square_read_again.connection_id AND s.stream IN (SELECT k.stream FROM known AS k);
END
$$;
COMMENT ON FUNCTION stockalert.square_read_again(bigint, text[]) IS
	'Has streams read whole once more in which items came up before the catalog knew them. For the owner.';

CREATE FUNCTION stockalert.square_note_catalog(connection_id bigint, page jsonb, told stockalert.square_told[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT stockalert.note_sync_problems(square_note_catalog.connection_id, 'catalog', array_agg(b.id), array_agg(b.reason), array_agg(b.sample))
	FROM (SELECT t.id, format('the SKU is that of %s too', coalesce((SELECT min(x.external_id) FROM stockalert.items AS o JOIN stockalert.item_refs AS x ON x.item_id = o.item_id
				WHERE o.sku = t.sku), 'another item')) AS reason, to_json(t.sku)::text AS sample
			FROM unnest(told) AS t JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
			JOIN stockalert.items AS i ON i.item_id = v.item_id WHERE i.sku <> t.sku AND NOT t.gone
		UNION ALL
		SELECT e.value ->> 'id', 'the object has no usable id or type', left(e.value::text, 500) FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
			WHERE jsonb_typeof(e.value) <> 'object' OR e.value ->> 'type' IS NULL OR NOT coalesce(stockalert.is_label(e.value ->> 'id', 192), false)
		UNION ALL
		SELECT e.value ->> 'id', 'a variation has no usable id', left(v.value::text, 500) FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
			CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(e.value -> 'item_data', 'variations')) AS v (value)
			WHERE e.value ->> 'type' = 'ITEM' AND NOT coalesce(stockalert.is_label(v.value ->> 'id', 192), false)) AS b);
END
$$;
COMMENT ON FUNCTION stockalert.square_note_catalog(bigint, jsonb, stockalert.square_told[]) IS 'Notes objects of the catalog that could not be used, and SKUs that two items claim; returns how many. For the owner.';

CREATE FUNCTION stockalert.square_finish_catalog(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	retired integer;
BEGIN
	retired := stockalert.square_retire(connection_id, ARRAY(SELECT v.external_id FROM stockalert.square_variations AS v
		WHERE v.connection_id = square_finish_catalog.connection_id AND NOT v.gone AND v.seen_at < started));
	DELETE FROM stockalert.square_objects AS o WHERE o.connection_id = square_finish_catalog.connection_id AND o.seen_at < started;
	-- Of items that somebody deleted here.
	DELETE FROM stockalert.square_levels AS l WHERE l.connection_id = square_finish_catalog.connection_id
		AND NOT EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = l.item_id);
	RETURN retired;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_catalog(bigint, timestamptz) IS
	'Ends a round over the whole catalog that began at a time: what it did not meet rests. Returns how many variations that are. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_catalog(bigint, jsonb, timestamptz), stockalert.square_finish_catalog(bigint, timestamptz) TO stockalert_worker;
