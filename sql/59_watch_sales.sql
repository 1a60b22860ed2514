-- Watched tables of sales: their rows, later edits and deletions, as facts.

CREATE TYPE stockalert.resolved_sale AS (nth bigint, item_id bigint, location_id bigint, sold_at timestamptz, quantity numeric, kind text, price numeric, key text,
	gone boolean, trouble text);
COMMENT ON TYPE stockalert.resolved_sale IS 'A row of a watched table of sales in our terms: item, location, what is wrong where these are not known; the negative of what was where it is gone.';

CREATE FUNCTION stockalert.resolve_sales(w stockalert.watched_tables, rows stockalert.watched_sale[]) RETURNS SETOF stockalert.resolved_sale
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.nth, i.item_id, l.location_id, t.sold_at,
		CASE WHEN k.kind = 'return' AND r.quantity < 0 THEN -r.quantity ELSE r.quantity END * CASE WHEN r.gone THEN -1 ELSE 1 END,
		k.kind, r.price, r.key, r.gone,
		CASE WHEN r.quantity IS NULL OR r.item IS NULL THEN NULL
			WHEN i.item_id IS NULL THEN format('item: %s is not known', quote_literal(r.item))
			WHEN l.location_id IS NULL THEN format('location: %s is not known', quote_nullable(r.location))
			WHEN t.sold_at < '1970-01-01 00:00+00' OR t.sold_at >= '2200-01-01 00:00+00' THEN 'sold_at: it is not between 1970 and 2200' END
	FROM unnest(rows) WITH ORDINALITY AS r (gone, local, troubles, key, item, location, quantity, sold_at, price, kind, nth)
	-- A key, else a SKU or code; one look-up for each source there is.
	LEFT JOIN LATERAL (SELECT CASE WHEN count(DISTINCT x.item_id) = 1 THEN min(x.item_id) END AS item_id FROM (
			SELECT (SELECT e.item_id FROM stockalert.item_refs AS e WHERE e.source_id = o.source_id AND e.external_id = r.item) AS item_id
				FROM stockalert.sources AS o WHERE w.item_source_id IS NULL OR o.source_id = w.item_source_id
			UNION ALL SELECT s.item_id FROM stockalert.items AS s WHERE s.sku = r.item AND w.item_source_id IS NULL) AS x) AS i ON true
	LEFT JOIN LATERAL (SELECT CASE WHEN count(DISTINCT x.location_id) = 1 THEN min(x.location_id) END AS location_id FROM (
			SELECT (SELECT e.location_id FROM stockalert.location_refs AS e WHERE e.source_id = o.source_id AND e.external_id = r.location) AS location_id
				FROM stockalert.sources AS o WHERE w.item_source_id IS NULL OR o.source_id = w.item_source_id
			UNION ALL SELECT c.location_id FROM stockalert.locations AS c WHERE c.code = r.location
				AND NOT EXISTS (SELECT FROM stockalert.location_refs AS e WHERE e.external_id = r.location AND e.source_id = w.item_source_id)) AS x
		WHERE w.location_id IS NULL UNION ALL SELECT w.location_id WHERE w.location_id IS NOT NULL) AS l ON l.location_id IS NOT NULL
	LEFT JOIN stockalert.locations AS z ON z.location_id = l.location_id
	-- Times without a zone are the clock of the place.
	CROSS JOIN LATERAL (SELECT coalesce(CASE WHEN r.local THEN (r.sold_at AT TIME ZONE 'UTC') AT TIME ZONE coalesce(z.time_zone, 'UTC') ELSE r.sold_at END,
		stockalert.as_of()) AS sold_at) AS t
	CROSS JOIN LATERAL (SELECT CASE WHEN lower(r.kind) IN ('sale', 'return', 'waste', 'transfer', 'correction') THEN lower(r.kind)
		WHEN lower(r.kind) IN ('refund', 'returned', 'refunded') THEN 'return' ELSE 'sale' END AS kind) AS k;
$$;
COMMENT ON FUNCTION stockalert.resolve_sales(stockalert.watched_tables, stockalert.watched_sale[]) IS
	'Rows of a watched table of sales with our items and locations, and what is wrong where these are not known. For the owner.';

CREATE FUNCTION stockalert.mirror_sales(watch bigint, rows stockalert.watched_sale[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	stamp text := to_char(clock_timestamp() AT TIME ZONE 'UTC', '"#"YYYYMMDDHH24MISSUS');
	known boolean;
	lines stockalert.resolved_sale[];
	back text[];
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM stockalert.note_troubles(watch, coalesce(r.key, ''), r.troubles) FROM unnest(rows) AS r WHERE r.troubles IS NOT NULL AND NOT r.gone;
	lines := ARRAY(SELECT r FROM stockalert.resolve_sales(w, rows) AS r);
	PERFORM stockalert.note_watch_problem(watch, coalesce(r.key, ''), split_part(r.trouble, ': ', 1), substr(r.trouble, strpos(r.trouble, ': ') + 2))
		FROM unnest(lines) AS r WHERE r.trouble IS NOT NULL AND NOT r.gone;
	IF first THEN
		PERFORM stockalert.make_sales_months(ARRAY(SELECT r.sold_at FROM unnest(lines) AS r WHERE r.trouble IS NULL));
	END IF;
	-- Watched once more: a line that is there already is not told from one that was edited since.
	known := first AND EXISTS (SELECT FROM stockalert.sources AS s WHERE s.source_id = w.source_id AND s.created_at < now());
	back := ARRAY(SELECT DISTINCT o.key FROM unnest(rows) AS o WHERE o.gone AND o.key IS NOT NULL);
	-- A line that was edited, or came back, has a number of its own: what is recorded is never changed.
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
		SELECT r.location_id, r.item_id, r.sold_at, r.quantity, r.kind, r.price, w.source_id,
			CASE WHEN r.key IS NOT NULL THEN r.key || CASE WHEN first OR NOT r.gone AND (cardinality(back) = 0 OR r.key <> ALL (back))
				AND NOT EXISTS (SELECT FROM stockalert.sales AS s WHERE s.source_id = w.source_id AND s.location_id = r.location_id AND s.sold_at = r.sold_at AND s.source_line = r.key)
				THEN '' ELSE stamp || r.nth END END
		FROM unnest(lines) AS r WHERE r.item_id IS NOT NULL AND r.location_id IS NOT NULL AND r.quantity IS NOT NULL AND r.trouble IS NULL
			AND (NOT known OR NOT EXISTS (SELECT FROM stockalert.sales AS s WHERE s.source_id = w.source_id AND s.source_line = r.key))
		ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_sales(bigint, stockalert.watched_sale[], boolean) IS
	'Records sales of a watched table; an edit or a deletion is the negative of what was and the new line. For the owner; called by the triggers.';

CREATE FUNCTION stockalert.watch_sales(table_name regclass, item text, quantity text, sold_at text DEFAULT NULL, location text DEFAULT NULL,
	key text DEFAULT NULL, price text DEFAULT NULL, kind text DEFAULT NULL, at text DEFAULT NULL, items_of text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch bigint;
	rows bigint;
BEGIN
	IF table_name IS NULL OR item IS NULL OR quantity IS NULL OR location IS NOT NULL AND at IS NOT NULL THEN
		RAISE EXCEPTION 'what to watch is not said'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A table, the column of the item and that of the quantity are needed, and not both of location and at.',
				  HINT = 'SELECT * FROM stockalert.watch_sales(''public.order_lines'', item => ''item_id'', quantity => ''quantity'', sold_at => ''sold_at'', key => ''id'');';
	END IF;
	watch := stockalert.register_watch('sales', table_name, jsonb_strip_nulls(jsonb_build_object('item', item, 'quantity', quantity, 'sold_at', sold_at,
		'location', location, 'key', key, 'price', price, 'kind', kind)), at, items_of);
	PERFORM stockalert.make_watch_triggers('sales', table_name);
	rows := stockalert.import_watch(watch);
	SELECT s.done, s.next INTO done, next FROM stockalert.watch_summary(watch, rows) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.watch_sales(regclass, text, text, text, text, text, text, text, text, text) IS
	'Records an app''s sales: names of its columns for the item, the quantity (negative: a refund), the time (NULL: when the row is written; without a zone: the clock of the location), the location, the key of the line, the price and the kind. The item column holds keys of the watched table of stock (items_of, or the only one), else keys of any source or SKUs. What is there is recorded too, in month partitions that are made for it (others who write sales wait until it is done); an edit or a deletion later is recorded as the negative of what was and the new line. Changes no stock. As the table''s owner, with stockalert_manager. Errors: 42501, 42809, 42703, 42804, 42704.';

CREATE FUNCTION stockalert.unwatch_sales(table_name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass := stockalert.watched_relation(table_name, 'sales');
BEGIN
	IF relation IS NOT NULL THEN
		PERFORM stockalert.drop_watch_triggers('sales', relation);
	END IF;
	PERFORM stockalert.forget_watch(table_name, 'sales');
	done := format('%s is not watched any more, what it sold stays recorded', table_name);
	next := '-- watch_sales() goes on with lines that are not recorded yet.';
END
$$;
COMMENT ON FUNCTION stockalert.unwatch_sales(text) IS 'Ends watch_sales(): the triggers are dropped; sales are history and stay. As the table''s owner. Errors: 42704, 42501.';

GRANT EXECUTE ON FUNCTION stockalert.watch_sales(regclass, text, text, text, text, text, text, text, text, text), stockalert.unwatch_sales(text) TO stockalert_manager;
