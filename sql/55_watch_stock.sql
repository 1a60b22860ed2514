-- Watched tables of stock: from their rows to items, locations, thresholds and
-- stock levels, set-based, as the owner.

CREATE FUNCTION stockalert.database_time_zone() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT split_part(c, '=', 2) FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL unnest(s.setconfig) AS c
			WHERE s.setrole = 0 AND s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
				AND lower(split_part(c, '=', 1)) = 'timezone'),
		(SELECT CASE WHEN stockalert.is_time_zone(s.reset_val) THEN s.reset_val END FROM pg_catalog.pg_settings AS s WHERE s.name = 'TimeZone'), 'UTC');
$$;
COMMENT ON FUNCTION stockalert.database_time_zone() IS 'The time zone of this database: what ALTER DATABASE set, else the server''s. Never NULL.';

CREATE FUNCTION stockalert.mirror_places(w stockalert.watched_tables, rows stockalert.watched_row[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys text[];
	prefix text;
BEGIN
	SELECT array_agg(DISTINCT r.location) INTO keys FROM unnest(rows) AS r
		WHERE NOT r.gone AND r.location IS NOT NULL AND NOT EXISTS (SELECT FROM stockalert.location_refs AS x
			WHERE x.source_id = w.source_id AND x.external_id = r.location);
	IF keys IS NULL THEN
		RETURN;
	END IF;
	SELECT s.name || '-' INTO prefix FROM stockalert.sources AS s WHERE s.source_id = w.source_id;
	-- A key that is a code already stands for that location where keys are texts.
	INSERT INTO stockalert.locations (code, name, time_zone)
		SELECT CASE WHEN char_length(u.key) > 63 OR EXISTS (SELECT FROM stockalert.locations AS l WHERE l.code = u.key) THEN left(prefix || md5(u.key), 63) ELSE u.key END,
			u.key, stockalert.database_time_zone()
		FROM unnest(keys) AS u (key) WHERE NOT (w.adopts AND EXISTS (SELECT FROM stockalert.locations AS l WHERE l.code = u.key)) ORDER BY u.key
		ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING;
	INSERT INTO stockalert.location_refs (source_id, external_id, location_id)
		SELECT DISTINCT ON (u.key) w.source_id, u.key, l.location_id FROM unnest(keys) AS u (key)
			JOIN stockalert.locations AS l ON l.code IN (left(prefix || md5(u.key), 63), u.key) ORDER BY u.key, l.code <> left(prefix || md5(u.key), 63)
		ON CONFLICT ON CONSTRAINT location_refs_pkey DO NOTHING;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_places(stockalert.watched_tables, stockalert.watched_row[]) IS
	'Makes locations for keys that are not known yet. For the owner.';

CREATE FUNCTION stockalert.mirror_items(w stockalert.watched_tables, rows stockalert.watched_row[], mapped text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys text[];
	skus text[];
BEGIN
	-- A SKU that is taken stands for that item, once a source, where the app says SKUs; else the item gets one with the source's name.
	WITH fresh AS (
		SELECT DISTINCT ON (r.item) r.item, coalesce(r.sku, r.item) AS sku FROM unnest(rows) AS r
		WHERE NOT r.gone AND r.item IS NOT NULL AND NOT EXISTS (SELECT FROM stockalert.item_refs AS x
			WHERE x.source_id = w.source_id AND x.external_id = r.item) ORDER BY r.item), ranked AS (
		SELECT f.item, f.sku, row_number() OVER (PARTITION BY f.sku ORDER BY f.item) AS nth, i.item_id,
			EXISTS (SELECT FROM stockalert.item_refs AS x WHERE x.item_id = i.item_id AND x.source_id = w.source_id) AS ours
		FROM fresh AS f LEFT JOIN stockalert.items AS i ON i.sku = f.sku)
	SELECT array_agg(k.item ORDER BY k.item), array_agg(CASE WHEN k.nth = 1 AND (k.item_id IS NULL OR w.adopts AND NOT k.ours) THEN k.sku
		ELSE left(s.name || '-' || k.item, 192) END ORDER BY k.item) INTO keys, skus
		FROM ranked AS k JOIN stockalert.sources AS s ON s.source_id = w.source_id;
	IF keys IS NOT NULL THEN
		INSERT INTO stockalert.items (sku, name, category, cost, price, description, model_number, owner_key)
			SELECT DISTINCT ON (k.sku) k.sku, coalesce(r.name, k.sku), r.category, r.cost, r.price, r.description, r.model_number, r.owner
			FROM ROWS FROM (unnest(keys), unnest(skus)) AS k (item, sku) JOIN unnest(rows) AS r ON r.item = k.item AND NOT r.gone ORDER BY k.sku
			ON CONFLICT ON CONSTRAINT items_sku_key DO NOTHING;
		INSERT INTO stockalert.item_refs (source_id, external_id, item_id)
			SELECT w.source_id, k.item, i.item_id FROM ROWS FROM (unnest(keys), unnest(skus)) AS k (item, sku) JOIN stockalert.items AS i ON i.sku = k.sku
			ORDER BY k.item ON CONFLICT ON CONSTRAINT item_refs_pkey DO NOTHING;
	END IF;
	IF mapped && '{name,category,cost,price,description,model_number,owner,sku}' THEN
		UPDATE stockalert.items AS i SET name = coalesce(n.name, i.name),
				category = CASE WHEN 'category' = ANY (mapped) THEN n.category ELSE i.category END,
				cost = CASE WHEN 'cost' = ANY (mapped) THEN n.cost ELSE i.cost END,
				price = CASE WHEN 'price' = ANY (mapped) THEN n.price ELSE i.price END,
				description = CASE WHEN 'description' = ANY (mapped) THEN n.description ELSE i.description END,
				model_number = CASE WHEN 'model_number' = ANY (mapped) THEN n.model_number ELSE i.model_number END,
				owner_key = CASE WHEN 'owner' = ANY (mapped) THEN n.owner ELSE i.owner_key END
			FROM (SELECT DISTINCT ON (x.item_id) x.item_id, r.* FROM unnest(rows) AS r
				JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item WHERE NOT r.gone AND NOT r.partial ORDER BY x.item_id) AS n
			WHERE i.item_id = n.item_id AND (i.name IS DISTINCT FROM coalesce(n.name, i.name)
				OR 'category' = ANY (mapped) AND i.category IS DISTINCT FROM n.category OR 'cost' = ANY (mapped) AND i.cost IS DISTINCT FROM n.cost
				OR 'price' = ANY (mapped) AND i.price IS DISTINCT FROM n.price OR 'description' = ANY (mapped) AND i.description IS DISTINCT FROM n.description
				OR 'model_number' = ANY (mapped) AND i.model_number IS DISTINCT FROM n.model_number
				OR 'owner' = ANY (mapped) AND i.owner_key IS DISTINCT FROM n.owner);
		UPDATE stockalert.items AS i SET sku = n.sku
			FROM (SELECT DISTINCT ON (r.sku) r.sku, x.item_id FROM unnest(rows) AS r
				JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item WHERE NOT r.gone AND r.sku IS NOT NULL ORDER BY r.sku, r.item) AS n
			WHERE i.item_id = n.item_id AND i.sku <> n.sku AND NOT EXISTS (SELECT FROM stockalert.items AS o WHERE o.sku = n.sku);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_items(stockalert.watched_tables, stockalert.watched_row[], text[]) IS
	'Makes items for keys that are not known yet and brings names, categories, owners and the like up to date. For the owner.';

-- Where stock falls, and where it is new, thresholds come before it, else after
-- it: a row in which both change must not raise what is over at its end.
CREATE FUNCTION stockalert.mirror_thresholds(w stockalert.watched_tables, rows stockalert.watched_row[], before boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n record;
BEGIN
	WITH wanted AS (
		SELECT x.item_id, coalesce(w.location_id, p.location_id) AS location_id, r.threshold, r.critical, r.quantity FROM unnest(rows) AS r
		JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
		LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
		WHERE NOT r.gone AND NOT r.partial), changed AS (
		SELECT v.*, u.rule_id, coalesce(v.quantity <= (SELECT s.on_hand FROM stockalert.stock_levels AS s
			WHERE s.location_id = v.location_id AND s.item_id = v.item_id), true) AS falls
		FROM wanted AS v LEFT JOIN stockalert.rules AS u
			ON u.item_id = v.item_id AND u.location_id = v.location_id AND u.category IS NULL AND u.origin = 'table'
		WHERE v.location_id IS NOT NULL AND (v.threshold, v.critical) IS DISTINCT FROM (u.low, u.critical))
	SELECT array_agg(c.rule_id) FILTER (WHERE c.threshold IS NULL AND c.critical IS NULL) AS dropped,
		array_agg(c.item_id) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS item_ids,
		array_agg(c.location_id) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS location_ids,
		array_agg(c.threshold) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS lows,
		array_agg(c.critical) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS criticals INTO n
		FROM changed AS c WHERE c.falls OR NOT before;
	IF n.dropped IS NOT NULL THEN
		DELETE FROM stockalert.rules AS u WHERE u.rule_id = ANY (n.dropped);
	END IF;
	IF n.item_ids IS NOT NULL THEN
		INSERT INTO stockalert.rules AS u (item_id, location_id, origin, low, critical, set_by)
			SELECT DISTINCT ON (v.item_id, v.location_id) v.item_id, v.location_id, 'table', v.low, v.critical, w.table_name
			FROM ROWS FROM (unnest(n.item_ids), unnest(n.location_ids), unnest(n.lows), unnest(n.criticals)) AS v (item_id, location_id, low, critical)
			ORDER BY v.item_id, v.location_id
			ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET low = excluded.low, critical = excluded.critical, set_at = now();
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_thresholds(stockalert.watched_tables, stockalert.watched_row[], boolean) IS
	'Brings the rules of a watched table''s threshold columns up to date: NULL none, 0 only when out. For the owner.';

CREATE FUNCTION stockalert.mirror_levels(w stockalert.watched_tables, rows stockalert.watched_row[], mapped text[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT first OR EXISTS (SELECT FROM stockalert.stock_levels) THEN
		UPDATE stockalert.stock_levels AS s SET on_hand = coalesce(n.quantity, s.on_hand),
				reserved = CASE WHEN n.partial OR NOT 'reserved' = ANY (mapped) THEN s.reserved ELSE coalesce(n.reserved, 0) END,
				on_order = CASE WHEN n.partial OR NOT 'on_order' = ANY (mapped) THEN s.on_order ELSE coalesce(n.on_order, 0) END,
				par_level = CASE WHEN n.partial OR NOT 'par' = ANY (mapped) THEN s.par_level ELSE nullif(n.par, 0) END,
				active = CASE WHEN first OR NOT n.partial AND 'active' = ANY (mapped) THEN coalesce(n.active, true) ELSE s.active END
			FROM (SELECT coalesce(w.location_id, p.location_id) AS location_id, x.item_id, r.* FROM unnest(rows) AS r
				JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
				LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
				WHERE NOT r.gone) AS n
			WHERE s.location_id = n.location_id AND s.item_id = n.item_id;
	END IF;
	INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, par_level, active)
		SELECT n.location_id, n.item_id, n.quantity, coalesce(n.reserved, 0), coalesce(n.on_order, 0), nullif(n.par, 0), coalesce(n.active, true)
		FROM (SELECT coalesce(w.location_id, p.location_id) AS location_id, x.item_id, r.* FROM unnest(rows) AS r
			JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
			LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
			WHERE NOT r.gone AND r.quantity IS NOT NULL) AS n
		WHERE n.location_id IS NOT NULL AND (SELECT true FROM stockalert.stock_levels AS s WHERE s.location_id = n.location_id AND s.item_id = n.item_id) IS NULL
		ORDER BY n.location_id, n.item_id ON CONFLICT ON CONSTRAINT stock_levels_pkey DO NOTHING;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_levels(stockalert.watched_tables, stockalert.watched_row[], text[], boolean) IS
	'Writes stock as it stands in a watched table. An unusable quantity leaves what was there. first: all of it, so that what was put to rest is active again. For the owner.';

CREATE FUNCTION stockalert.infer_sales(watch bigint, items text[], places text[], quantities numeric[]) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, source_id)
		SELECT coalesce(w.location_id, p.location_id), x.item_id, stockalert.as_of(), k.quantity, 'inferred', w.source_id
		FROM stockalert.watched_tables AS w CROSS JOIN ROWS FROM (unnest(items), unnest(places), unnest(quantities)) AS k (item, place, quantity)
		JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = k.item
		LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = k.place
		WHERE w.watch_id = watch AND w.infers_sales AND coalesce(w.location_id, p.location_id) IS NOT NULL
			-- Not what is told as well.
			AND NOT EXISTS (SELECT FROM stockalert.watched_tables AS s WHERE s.kind = 'sales' AND (s.item_source_id = w.source_id OR s.item_source_id IS NULL));
$$;
COMMENT ON FUNCTION stockalert.infer_sales(bigint, text[], text[], numeric[]) IS
	'Records what went out of a watched table as sold, with kind inferred; nothing while a watched table of sales brings them. For the owner; called by the triggers.';

CREATE FUNCTION stockalert.watched_key(item text, location text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
	RETURN coalesce(item, '') || coalesce(' at ' || location, '');
COMMENT ON FUNCTION stockalert.watched_key(text, text) IS 'How a row is named in watch_problems. Never NULL.';

CREATE FUNCTION stockalert.mirror_stock(watch bigint, rows stockalert.watched_row[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	mapped text[];
	usable stockalert.watched_row[];
	thresholds boolean;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	mapped := stockalert.mapped_fields(watch);
	thresholds := mapped && '{threshold,critical}';
	PERFORM stockalert.note_troubles(watch, stockalert.watched_key(r.item, r.location), r.troubles) FROM unnest(rows) AS r
		WHERE r.troubles IS NOT NULL OR NOT first AND EXISTS (SELECT FROM stockalert.watch_problems AS p
			WHERE p.watch_id = watch AND p.row_key = stockalert.watched_key(r.item, r.location));
	usable := ARRAY(SELECT r FROM unnest(rows) AS r WHERE r.item IS NOT NULL AND (w.location_id IS NOT NULL OR r.location IS NOT NULL));
	IF NOT first AND EXISTS (SELECT FROM unnest(usable) AS r WHERE r.gone) THEN
		WITH gone AS (
			DELETE FROM stockalert.stock_levels AS s
			USING unnest(usable) AS r JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
			LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
			WHERE r.gone AND s.location_id = coalesce(w.location_id, p.location_id) AND s.item_id = x.item_id
			RETURNING s.location_id, s.item_id)
		DELETE FROM stockalert.rules AS u USING gone AS g
			WHERE thresholds AND u.origin = 'table' AND u.item_id = g.item_id AND u.location_id = g.location_id;
	END IF;
	IF w.location_id IS NULL THEN
		PERFORM stockalert.mirror_places(w, usable);
	END IF;
	PERFORM stockalert.mirror_items(w, usable, mapped);
	IF thresholds THEN
		PERFORM stockalert.mirror_thresholds(w, usable, true);
	END IF;
	PERFORM stockalert.mirror_levels(w, usable, mapped, first);
	IF thresholds THEN
		PERFORM stockalert.mirror_thresholds(w, usable, false);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_stock(bigint, stockalert.watched_row[], boolean) IS
	'Brings items, locations, thresholds and stock up to date with rows of a watched table, each row once. For the owner; called by the triggers.';
