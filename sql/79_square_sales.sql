-- Square's inventory changes into sales, and orders for what it does not track.
-- Rows are facts: the same one twice is stored once, late ones lie on the day
-- they happened, and refresh_demand() reads the days that they touch again.

CREATE TYPE stockalert.square_sale AS (location_id bigint, item_id bigint, sold_at timestamptz, quantity numeric, kind text, unit_price numeric, line text);
COMMENT ON TYPE stockalert.square_sale IS 'A line of sales before it is recorded.';

CREATE FUNCTION stockalert.square_movement(type text, from_state text, to_state text, from_place text, to_place text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN type = 'TRANSFER' OR from_place <> to_place THEN 'transfer'
		WHEN type <> 'ADJUSTMENT' THEN NULL
		WHEN to_state IN ('SOLD', 'SOLD_ONLINE') AND from_state NOT IN ('SOLD', 'SOLD_ONLINE') THEN 'sale'
		WHEN from_state IN ('SOLD', 'SOLD_ONLINE', 'UNLINKED_RETURN', 'RETURNED_BY_CUSTOMER') AND to_state IN ('IN_STOCK', 'RESERVED_FOR_SALE') THEN 'return'
		WHEN to_state = 'WASTE' AND from_state IN ('IN_STOCK', 'RESERVED_FOR_SALE') THEN 'waste' END;
COMMENT ON FUNCTION stockalert.square_movement(text, text, text, text, text) IS
	'What an inventory change is among the kinds of sales; NULL: none of them, such as a delivery or a count.';

CREATE FUNCTION stockalert.square_apply_changes(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	c stockalert.connections;
	told record;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_changes.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	WITH row AS (
		SELECT e.value ->> 'type' AS type, d.value, d.value ->> 'id' AS id, d.value ->> 'catalog_object_id' AS object, stockalert.read_moment(d.value ->> 'created_at') AS arrived, d.value ->> 'created_at' AS arrived_text, stockalert.read_moment(d.value ->> 'occurred_at') AS at,
			stockalert.read_quantity(d.value ->> 'quantity') AS quantity, d.value -> 'total_price_money' AS money, d.value ->> 'from_location_id' AS from_place,
			d.value ->> 'to_location_id' AS to_place, coalesce(d.value ->> 'location_id', d.value ->> 'to_location_id', d.value ->> 'from_location_id') AS place,
			stockalert.square_movement(e.value ->> 'type', d.value ->> 'from_state', d.value ->> 'to_state', d.value ->> 'from_location_id', d.value ->> 'to_location_id') AS kind
		FROM jsonb_array_elements(stockalert.json_rows(page, 'changes')) AS e (value)
		CROSS JOIN LATERAL (SELECT e.value -> CASE e.value ->> 'type' WHEN 'ADJUSTMENT' THEN 'adjustment' WHEN 'TRANSFER' THEN 'transfer' WHEN 'PHYSICAL_COUNT' THEN 'physical_count' END AS value) AS d),
	-- A transfer leaves one place and comes to another.
	part AS (
		SELECT r.*, s.place AS at_place, s.sign FROM row AS r
		CROSS JOIN LATERAL (SELECT r.place, 1 AS sign WHERE r.kind IS DISTINCT FROM 'transfer'
			UNION ALL SELECT r.from_place, 1 WHERE r.kind = 'transfer' UNION ALL SELECT r.to_place, -1 WHERE r.kind = 'transfer') AS s),
	known AS MATERIALIZED (
		SELECT r.*, p.location_id, coalesce(b.item_id, v.item_id) AS item_id,
			trim_scale(round(r.quantity * CASE WHEN b.item_id IS NOT NULL THEN coalesce(v.stock_units, 1) ELSE 1 END, 5)) AS units,
			CASE WHEN r.kind IS NULL AND (r.type IN ('ADJUSTMENT', 'PHYSICAL_COUNT') AND r.value IS NOT NULL) THEN NULL
				WHEN r.kind IS NULL THEN 'the type is not known'
				WHEN c.chosen_locations IS NOT NULL AND r.at_place <> ALL (c.chosen_locations) OR r.kind = 'transfer' AND p.location_id IS NULL THEN NULL
				WHEN NOT coalesce(stockalert.is_label(r.id, 192), false) THEN 'the change has no usable id'
				WHEN p.location_id IS NULL THEN 'the location is not known'
				WHEN v.item_id IS NULL THEN 'the item is not known'
				WHEN r.quantity IS NULL OR r.quantity < 0 THEN 'quantity is no number of at most 21 digits before and 5 after the point'
				WHEN r.at IS NULL OR r.at < '1970-01-01 00:00+00' OR r.at >= '2200-01-01 00:00+00' THEN 'occurred_at is no time between 1970 and 2200' END AS problem
		FROM part AS r
		LEFT JOIN LATERAL (SELECT x.item_id, x.stock_of, x.stock_units FROM stockalert.square_variations AS x WHERE x.connection_id = c.connection_id AND x.external_id = r.object OFFSET 0) AS v ON true
		LEFT JOIN LATERAL (SELECT x.item_id FROM stockalert.square_variations AS x WHERE x.connection_id = c.connection_id AND x.external_id = v.stock_of OFFSET 0) AS b ON true
		LEFT JOIN LATERAL (SELECT x.location_id FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id AND x.external_id = r.at_place OFFSET 0) AS p ON true)
	SELECT array_agg(ROW (k.location_id, k.item_id, k.at, k.units * k.sign, k.kind,
				CASE WHEN k.kind IN ('sale', 'return') THEN (SELECT trim_scale(round(m / k.units, 5)) FROM stockalert.square_money(k.money) AS m WHERE k.units > 0) END, k.id)::stockalert.square_sale)
			FILTER (WHERE k.problem IS NULL AND k.kind IS NOT NULL AND k.location_id IS NOT NULL AND k.item_id IS NOT NULL AND k.units > 0) AS sales,
		max(k.arrived) AS newest, max(k.arrived_text) FILTER (WHERE k.arrived IS NOT NULL) AS newest_text,
		array_agg(CASE k.problem WHEN 'the type is not known' THEN left(k.type, 100) WHEN 'the item is not known' THEN k.object ELSE k.id END) FILTER (WHERE k.problem IS NOT NULL) AS ids,
		array_agg(k.problem) FILTER (WHERE k.problem IS NOT NULL) AS reasons, array_agg(left(k.value::text, 500)) FILTER (WHERE k.problem IS NOT NULL) AS samples
		INTO told FROM known AS k;
	rows := jsonb_array_length(stockalert.json_rows(page, 'changes'));
	newest := stockalert.square_newest(told.newest);
	newest_text := told.newest_text;
	changed := stockalert.square_record_sales(c.source_id, told.sales);
	problems := stockalert.note_sync_problems(connection_id, 'movements', told.ids, told.reasons, told.samples);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_changes(bigint, jsonb) IS
	'Applies a page of inventory changes ({"changes": [...]}, of both shapes): sales, returns, waste and transfers with the time they happened, each change once; deliveries and counts are passed over, as counts say what is on hand. newest: the latest created_at. For the worker.';

CREATE FUNCTION stockalert.square_record_sales(source bigint, sales stockalert.square_sale[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written integer;
BEGIN
	IF sales IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM stockalert.make_sales_months(ARRAY(SELECT s.sold_at FROM unnest(sales) AS s));
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
		SELECT s.location_id, s.item_id, s.sold_at, s.quantity, s.kind, CASE WHEN stockalert.is_quantity(s.unit_price) THEN s.unit_price END, source, s.line
		FROM unnest(sales) AS s ORDER BY s.sold_at, s.location_id, s.line ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_record_sales(bigint, stockalert.square_sale[]) IS 'Records lines that are not recorded yet and returns how many. For the owner.';

CREATE FUNCTION stockalert.square_apply_orders(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	c stockalert.connections;
	told record;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_orders.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	SELECT stockalert.square_newest(max(stockalert.read_moment(e.value ->> 'updated_at'))), max(e.value ->> 'updated_at') INTO newest, newest_text
		FROM jsonb_array_elements(stockalert.json_rows(page, 'orders')) AS e (value);
	WITH completed AS (
		SELECT e.value, e.value ->> 'id' AS id, e.value ->> 'location_id' AS place, stockalert.read_moment(coalesce(e.value ->> 'closed_at', e.value ->> 'created_at')) AS at
		FROM jsonb_array_elements(stockalert.json_rows(page, 'orders')) AS e (value) WHERE e.value ->> 'state' = 'COMPLETED'),
	line AS (
		SELECT o.id, o.place, o.at, 'sale' AS kind, l.value FROM completed AS o CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(o.value, 'line_items')) AS l (value)
		UNION ALL
		SELECT o.id, o.place, o.at, 'return', l.value FROM completed AS o
		CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(o.value, 'returns')) AS r (value)
		CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(r.value, 'return_line_items')) AS l (value)),
	known AS MATERIALIZED (
		SELECT l.id, l.at, l.kind, l.value, p.location_id, coalesce(b.item_id, v.item_id) AS item_id, l.id || ':' || (l.value ->> 'uid') AS key, l.value ->> 'catalog_object_id' AS object,
			trim_scale(round(stockalert.read_quantity(l.value ->> 'quantity') * CASE WHEN b.item_id IS NOT NULL THEN coalesce(v.stock_units, 1) ELSE 1 END, 5)) AS units, l.value -> 'gross_sales_money' AS money,
			-- What is tracked is in the inventory changes.
			CASE WHEN p.location_id IS NULL OR coalesce(x.tracked, b.tracked, v.tracked, EXISTS (SELECT FROM stockalert.square_levels AS k
					WHERE k.location_id = p.location_id AND k.item_id = coalesce(b.item_id, v.item_id) AND k.in_stock IS NOT NULL)) THEN 'skip'
				WHEN v.item_id IS NULL THEN 'the item is not known'
				WHEN NOT coalesce(stockalert.is_label(l.id || ':' || (l.value ->> 'uid'), 170), false) THEN 'the line has no usable id'
				WHEN coalesce(stockalert.read_quantity(l.value ->> 'quantity'), -1) < 0 THEN 'quantity is no number of at most 21 digits before and 5 after the point'
				WHEN l.at IS NULL OR l.at < '1970-01-01 00:00+00' OR l.at >= '2200-01-01 00:00+00' THEN 'closed_at is no time between 1970 and 2200' END AS problem
		FROM line AS l
		LEFT JOIN LATERAL (SELECT y.* FROM stockalert.square_variations AS y WHERE y.connection_id = c.connection_id AND y.external_id = l.value ->> 'catalog_object_id' OFFSET 0) AS v ON true
		LEFT JOIN LATERAL (SELECT y.item_id, y.tracked FROM stockalert.square_variations AS y WHERE y.connection_id = c.connection_id AND y.external_id = v.stock_of OFFSET 0) AS b ON true
		LEFT JOIN LATERAL (SELECT y.location_id FROM stockalert.location_refs AS y WHERE y.source_id = c.source_id AND y.external_id = l.place OFFSET 0) AS p ON true
		LEFT JOIN stockalert.square_overrides AS x ON x.item_id = coalesce(b.item_id, v.item_id) AND x.location_id = p.location_id
		WHERE coalesce(l.value ->> 'item_type', 'ITEM') = 'ITEM' AND l.value ->> 'catalog_object_id' IS NOT NULL AND l.value ? 'quantity'),
	-- An order that was changed since: the difference, under a number of its own.
	fresh AS (
		SELECT k.*, k.units - coalesce(s.recorded, 0) AS missing, coalesce(s.lines, 0) AS lines FROM known AS k
		LEFT JOIN LATERAL (SELECT sum(y.quantity) AS recorded, count(*) AS lines FROM stockalert.sales AS y
			WHERE y.source_id = c.source_id AND y.location_id = k.location_id AND y.sold_at = k.at AND split_part(y.source_line, '#', 1) = k.key) AS s ON k.problem IS NULL)
	SELECT array_agg(ROW (k.location_id, k.item_id, k.at, k.missing, k.kind, (SELECT trim_scale(round(m / k.units, 5)) FROM stockalert.square_money(k.money) AS m WHERE k.units > 0),
				k.key || CASE WHEN k.lines > 0 THEN '#' || k.lines ELSE '' END)::stockalert.square_sale) FILTER (WHERE k.problem IS NULL AND k.missing <> 0) AS sales,
		array_agg(CASE k.problem WHEN 'the item is not known' THEN k.object ELSE k.key END) FILTER (WHERE k.problem <> 'skip') AS ids,
		array_agg(k.problem) FILTER (WHERE k.problem <> 'skip') AS reasons, array_agg(left(k.value::text, 500)) FILTER (WHERE k.problem <> 'skip') AS samples INTO told FROM fresh AS k;
	rows := jsonb_array_length(stockalert.json_rows(page, 'orders'));
	changed := stockalert.square_record_sales(c.source_id, told.sales);
	problems := stockalert.note_sync_problems(connection_id, 'orders', told.ids, told.reasons, told.samples);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_orders(bigint, jsonb) IS
	'Applies a page of orders ({"orders": [...]}): lines of completed ones, and returns, of items whose stock is not tracked; what is tracked comes by inventory changes, never by both. A changed order adds the difference. newest: the latest updated_at. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_changes(bigint, jsonb), stockalert.square_apply_orders(bigint, jsonb) TO stockalert_worker;
