-- Square's vendors into suppliers, and transfers into what is in transit.

CREATE FUNCTION stockalert.square_link_vendors(connection_id bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written integer;
BEGIN
	-- Terms that people gave (preferred, packs, lead times) stay; the price is Square's.
	INSERT INTO stockalert.supplier_items AS t (supplier_id, item_id, unit_cost)
		SELECT DISTINCT ON (v.supplier_id, s.item_id) v.supplier_id, s.item_id, s.unit_cost FROM stockalert.square_vendor_items AS s
		JOIN stockalert.square_vendors AS v ON v.connection_id = s.connection_id AND v.external_id = s.vendor_id
		WHERE s.connection_id = square_link_vendors.connection_id AND NOT EXISTS (SELECT FROM stockalert.supplier_items AS o
			WHERE o.supplier_id = v.supplier_id AND o.item_id = s.item_id AND o.category IS NULL AND (o.price_breaks IS NOT NULL OR o.unit_cost IS NOT DISTINCT FROM s.unit_cost))
		ORDER BY v.supplier_id, s.item_id
		ON CONFLICT (supplier_id, item_id, category) DO UPDATE SET unit_cost = excluded.unit_cost;
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_link_vendors(bigint) IS 'Makes terms of suppliers from what the catalog says of vendors that are known; returns rows written. For the owner.';

CREATE FUNCTION stockalert.square_apply_vendor_items(connection_id bigint, told stockalert.square_told[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	touched bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM unnest(told) AS t WHERE t.vendors <> '[]') AND NOT EXISTS (SELECT FROM stockalert.square_vendor_items AS s
		WHERE s.connection_id = square_apply_vendor_items.connection_id) THEN
		RETURN;
	END IF;
	WITH item AS (
		SELECT v.item_id, t.vendors FROM unnest(told) AS t
		JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id),
	wanted AS (
		SELECT DISTINCT ON (i.item_id, o.value ->> 'vendor_id') i.item_id, o.value ->> 'vendor_id' AS vendor_id,
			(SELECT m FROM stockalert.square_money(o.value -> 'unit_cost_money') AS m WHERE m >= 0) AS unit_cost
		FROM item AS i CROSS JOIN LATERAL jsonb_array_elements(i.vendors) AS o (value)
		WHERE stockalert.is_label(o.value ->> 'vendor_id', 192) ORDER BY 1, 2),
	gone AS (
		DELETE FROM stockalert.square_vendor_items AS s USING item AS i WHERE s.item_id = i.item_id AND s.connection_id = square_apply_vendor_items.connection_id
			AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.item_id = s.item_id AND w.vendor_id = s.vendor_id) RETURNING s.item_id, s.vendor_id),
	ended AS (
		DELETE FROM stockalert.supplier_items AS t USING gone AS g JOIN stockalert.square_vendors AS v
				ON v.connection_id = square_apply_vendor_items.connection_id AND v.external_id = g.vendor_id
			WHERE t.supplier_id = v.supplier_id AND t.item_id = g.item_id AND (t.lead_time_days, t.pack, t.moq, t.price_breaks, t.max_stock, t.preferred) IS NOT DISTINCT FROM
				(NULL::float8, NULL::numeric, NULL::numeric, NULL::numeric[], NULL::numeric, NULL::boolean)),
	kept AS (
		INSERT INTO stockalert.square_vendor_items AS s (connection_id, vendor_id, item_id, unit_cost)
		SELECT square_apply_vendor_items.connection_id, w.vendor_id, w.item_id, w.unit_cost FROM wanted AS w
		ON CONFLICT ON CONSTRAINT square_vendor_items_pkey DO UPDATE SET unit_cost = excluded.unit_cost WHERE s.unit_cost IS DISTINCT FROM excluded.unit_cost
		RETURNING s.item_id),
	-- What it costs is what the cheapest of them asks.
	costs AS (
		UPDATE stockalert.items AS i SET cost = w.cost FROM (SELECT x.item_id, min(x.unit_cost) AS cost FROM wanted AS x GROUP BY x.item_id) AS w
		WHERE i.item_id = w.item_id AND w.cost IS NOT NULL AND i.cost IS DISTINCT FROM w.cost)
	SELECT count(*) INTO touched FROM kept;
	IF touched > 0 THEN
		PERFORM stockalert.square_link_vendors(connection_id);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_vendor_items(bigint, stockalert.square_told[]) IS
	'Brings which vendor delivers which variation, and what it costs, up to date. For the owner.';

CREATE FUNCTION stockalert.square_apply_vendors(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	told record;
BEGIN
	SELECT count(*) AS rows, array_agg(r.id) AS ids, array_agg(coalesce(r.name, r.id)) AS names, array_agg(left(r.contact, 4096)) AS contacts, array_agg(r.active) AS actives,
		least(max(r.at), CASE WHEN max(r.at) IS NOT NULL THEN clock_timestamp() + interval '1 day' END) AS newest, max(r.at_text) AS newest_text INTO told
		FROM (SELECT DISTINCT ON (e.value ->> 'id') e.value ->> 'id' AS id, stockalert.read_label(e.value ->> 'name', 150) AS name, e.value ->> 'status' IS DISTINCT FROM 'INACTIVE' AS active,
				stockalert.read_moment(e.value ->> 'updated_at') AS at, e.value ->> 'updated_at' AS at_text,
				(SELECT nullif(string_agg(concat_ws(', ', stockalert.read_label(k.value ->> 'name', 200), stockalert.read_label(k.value ->> 'email_address', 254),
						stockalert.read_label(k.value ->> 'phone_number', 50)), '; ' ORDER BY k.nth), '')
					FROM jsonb_array_elements(stockalert.json_rows(e.value, 'contacts')) WITH ORDINALITY AS k (value, nth) WHERE k.value ->> 'removed' IS DISTINCT FROM 'true') AS contact
			FROM jsonb_array_elements(stockalert.json_rows(page, 'vendors')) AS e (value) WHERE stockalert.is_label(e.value ->> 'id', 192) ORDER BY e.value ->> 'id') AS r;
	rows := told.rows;
	newest := told.newest;
	newest_text := told.newest_text;
	-- A supplier of that name that is no other vendor stands for it.
	WITH fresh AS (
		SELECT u.id, u.contact, u.active, CASE WHEN row_number() OVER (PARTITION BY u.name ORDER BY u.id) > 1 OR EXISTS (SELECT FROM stockalert.suppliers AS s
				JOIN stockalert.square_vendors AS v ON v.supplier_id = s.supplier_id WHERE s.name = u.name) THEN left(u.name || '~' || u.id, 192) ELSE u.name END AS name
		FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.contacts), unnest(told.actives)) AS u (id, name, contact, active)
		WHERE NOT EXISTS (SELECT FROM stockalert.square_vendors AS v WHERE v.connection_id = square_apply_vendors.connection_id AND v.external_id = u.id)),
	made AS (
		INSERT INTO stockalert.suppliers AS s (name, contact, active) SELECT f.name, f.contact, f.active FROM fresh AS f ORDER BY f.id
		ON CONFLICT ON CONSTRAINT suppliers_name_key DO UPDATE SET active = s.active RETURNING s.supplier_id, s.name, s.xmax <> 0 AS adopted)
	INSERT INTO stockalert.square_vendors (connection_id, external_id, supplier_id, adopted)
		SELECT square_apply_vendors.connection_id, f.id, m.supplier_id, m.adopted FROM fresh AS f JOIN made AS m ON m.name = f.name;
	GET DIAGNOSTICS changed = ROW_COUNT;
	WITH written AS (
		UPDATE stockalert.suppliers AS s SET name = CASE WHEN EXISTS (SELECT FROM stockalert.suppliers AS o WHERE o.name = u.name) THEN s.name ELSE u.name END,
				contact = u.contact, active = u.active
			FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.contacts), unnest(told.actives)) AS u (id, name, contact, active)
			JOIN stockalert.square_vendors AS v ON v.connection_id = square_apply_vendors.connection_id AND v.external_id = u.id AND NOT v.adopted
			WHERE s.supplier_id = v.supplier_id AND ((s.contact, s.active) IS DISTINCT FROM (u.contact, u.active)
				OR s.name <> u.name AND NOT EXISTS (SELECT FROM stockalert.suppliers AS o WHERE o.name = u.name)) RETURNING 1)
	SELECT square_apply_vendors.changed + count(*) INTO changed FROM written;
	changed := changed + stockalert.square_link_vendors(connection_id);
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_vendors(bigint, jsonb) IS
	'Applies a page of vendors ({"vendors": [...]}): suppliers with their contacts; INACTIVE ones are not ordered from. One of a name that is there stands for that supplier, of which what people wrote stays. For the worker.';

CREATE FUNCTION stockalert.square_apply_transfers(connection_id bigint, page jsonb, started timestamptz DEFAULT NULL, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	c stockalert.connections;
	told record;
	-- All there is comes in one page: then it tells itself what is gone, and nothing is written of the rest.
	whole boolean;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_transfers.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	whole := started IS NOT NULL AND coalesce(page ->> 'cursor', '') = ''
		AND NOT EXISTS (SELECT FROM stockalert.square_transfers AS t WHERE t.connection_id = c.connection_id AND t.seen_at >= started);
	SELECT count(*), stockalert.square_newest(max(stockalert.read_moment(e.value ->> 'updated_at'))), max(e.value ->> 'updated_at') INTO rows, newest, newest_text
		FROM jsonb_array_elements(stockalert.json_rows(page, 'transfer_orders')) AS e (value);
	WITH line AS MATERIALIZED (
		SELECT e.value ->> 'id' AS transfer_id, stockalert.read_label(coalesce(l.value ->> 'uid', l.nth::text), 192) AS line, p.location_id, v.item_id, l.value,
			CASE WHEN e.value ->> 'status' IN ('STARTED', 'PARTIALLY_RECEIVED') THEN coalesce(stockalert.read_quantity(l.value ->> 'quantity_pending'),
				stockalert.read_quantity(l.value ->> 'quantity_ordered') - coalesce(stockalert.read_quantity(l.value ->> 'quantity_received'), 0)
				- coalesce(stockalert.read_quantity(l.value ->> 'quantity_damaged'), 0) - coalesce(stockalert.read_quantity(l.value ->> 'quantity_canceled'), 0)) ELSE 0 END AS pending,
			CASE WHEN NOT coalesce(stockalert.is_label(e.value ->> 'id', 192), false) THEN 'the transfer has no usable id'
				WHEN c.chosen_locations IS NOT NULL AND e.value ->> 'destination_location_id' <> ALL (c.chosen_locations) THEN NULL
				WHEN p.location_id IS NULL THEN 'the location is not known' WHEN v.item_id IS NULL THEN 'the item is not known' END AS problem,
			l.value ->> 'item_variation_id' AS variation
		FROM jsonb_array_elements(stockalert.json_rows(page, 'transfer_orders')) AS e (value)
		CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(e.value, 'line_items')) WITH ORDINALITY AS l (value, nth)
		LEFT JOIN stockalert.location_refs AS p ON p.source_id = c.source_id AND p.external_id = e.value ->> 'destination_location_id'
		LEFT JOIN stockalert.square_variations AS v ON v.connection_id = c.connection_id AND v.external_id = l.value ->> 'item_variation_id'),
	kept AS (
		INSERT INTO stockalert.square_transfers AS t (connection_id, transfer_id, line, location_id, item_id, pending, seen_at)
		SELECT DISTINCT ON (n.transfer_id, n.line) c.connection_id, n.transfer_id, n.line, n.location_id, n.item_id, n.pending, CASE WHEN whole THEN '-infinity' ELSE clock_timestamp() END FROM line AS n
		WHERE n.problem IS NULL AND n.location_id IS NOT NULL AND n.item_id IS NOT NULL AND n.pending > 0
			-- What is as it was is not even locked.
			AND NOT (whole AND EXISTS (SELECT FROM stockalert.square_transfers AS o WHERE o.connection_id = c.connection_id AND o.transfer_id = n.transfer_id AND o.line = n.line
				AND (o.location_id, o.item_id, o.pending) = (n.location_id, n.item_id, n.pending)))
		ORDER BY n.transfer_id, n.line
		ON CONFLICT ON CONSTRAINT square_transfers_pkey DO UPDATE SET location_id = excluded.location_id, item_id = excluded.item_id, pending = excluded.pending, seen_at = excluded.seen_at),
	gone AS (
		DELETE FROM stockalert.square_transfers AS t WHERE t.connection_id = c.connection_id
			AND CASE WHEN whole THEN NOT EXISTS (SELECT FROM line AS n WHERE n.transfer_id = t.transfer_id AND n.line = t.line AND n.pending > 0)
				ELSE EXISTS (SELECT FROM line AS n WHERE n.transfer_id = t.transfer_id AND n.line = t.line AND NOT coalesce(n.pending > 0, false)) END
		RETURNING t.item_id)
	SELECT array_agg(n.item_id) FILTER (WHERE n.item_id IS NOT NULL) || (SELECT array_agg(g.item_id) FROM gone AS g) AS item_ids, array_agg(n.variation) FILTER (WHERE n.problem IS NOT NULL) AS variations,
		array_agg(n.problem) FILTER (WHERE n.problem IS NOT NULL) AS reasons, array_agg(left(n.value::text, 500)) FILTER (WHERE n.problem IS NOT NULL) AS samples INTO told FROM line AS n;
	changed := 0;
	IF told.item_ids IS NOT NULL AND c.transfers_known_at IS NOT NULL THEN
		changed := stockalert.square_settle(connection_id, told.item_ids);
	END IF;
	problems := stockalert.note_sync_problems(connection_id, 'transfers', told.variations, told.reasons, told.samples);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_transfers(bigint, jsonb, timestamptz) IS
	'Applies a page of transfer orders ({"transfer_orders": [...]}): what is pending of started and partially received ones is in transit to their destination, where that has a count of the item. started: when the round over all of them began; what a page that is the only one does not tell of is gone then. For the worker.';

CREATE FUNCTION stockalert.square_finish_transfers(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	item_ids bigint[];
	first boolean;
BEGIN
	WITH gone AS (DELETE FROM stockalert.square_transfers AS t WHERE t.connection_id = square_finish_transfers.connection_id AND t.seen_at < started
			AND EXISTS (SELECT FROM stockalert.square_transfers AS o WHERE o.connection_id = square_finish_transfers.connection_id AND o.seen_at >= started) RETURNING t.item_id)
	SELECT array_agg(DISTINCT g.item_id) INTO item_ids FROM gone AS g;
	UPDATE stockalert.connections AS c SET transfers_known_at = clock_timestamp() WHERE c.connection_id = square_finish_transfers.connection_id AND c.transfers_known_at IS NULL;
	first := FOUND;
	RETURN CASE WHEN first THEN stockalert.square_settle(connection_id) WHEN item_ids IS NOT NULL THEN stockalert.square_settle(connection_id, item_ids) ELSE 0 END;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_transfers(bigint, timestamptz) IS
	'Ends a round over the transfers that began at a time: what it did not meet has arrived or was called off. From the first one on, transfers alone say what is in transit. Returns stock rows written. For the worker.';

CREATE FUNCTION stockalert.square_finish_counts(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN stockalert.square_end_sold_out(connection_id);
COMMENT ON FUNCTION stockalert.square_finish_counts(bigint, timestamptz) IS
	'Ends a round over all counts. What it did not meet is left as it is: a missing count is not zero. Returns stock rows written for what is no longer sold out. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_vendors(bigint, jsonb), stockalert.square_apply_transfers(bigint, jsonb, timestamptz),
	stockalert.square_finish_transfers(bigint, timestamptz), stockalert.square_finish_counts(bigint, timestamptz) TO stockalert_worker;
