-- Square's counts and transfers into stock levels, a page in one statement,
-- through the same trigger as everybody's.  The remembered counts
-- (square_levels) say what Square told; stock_levels says what that means.

CREATE FUNCTION stockalert.json_rows(page jsonb, member text) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN jsonb_typeof(page -> member) = 'array' THEN page -> member ELSE '[]' END;
COMMENT ON FUNCTION stockalert.json_rows(jsonb, text) IS 'The array of this name in an answer; empty where there is none. Never NULL.';

CREATE FUNCTION stockalert.square_carries(v stockalert.square_variations, tracked_there boolean, place text) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN NOT v.gone AND v.stock_of IS NULL AND coalesce(tracked_there, v.tracked, true) AND v.everywhere <> coalesce(place = ANY (v.except_at), false);
COMMENT ON FUNCTION stockalert.square_carries(stockalert.square_variations, boolean, text) IS
	'Tells whether stock of a variation counts at a location: sold there, not deleted or archived, tracked, and with stock of its own. NULL tracked_there: as elsewhere.';

CREATE FUNCTION stockalert.square_settle(connection_id bigint, item_ids bigint[] DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.connections;
	items bigint[] := item_ids;
	written integer;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_settle.connection_id;
	IF items IS NULL THEN
		items := ARRAY(SELECT v.item_id FROM stockalert.square_variations AS v WHERE v.connection_id = c.connection_id);
	END IF;
	UPDATE stockalert.stock_levels AS s SET on_hand = n.on_hand, reserved = n.reserved, on_order = n.on_order, in_transit = n.in_transit, active = n.active
		FROM (SELECT s.location_id, s.item_id, coalesce(greatest(l.reserved, 0), s.reserved) AS reserved,
				CASE WHEN o.sold_out_until > clock_timestamp() THEN least(l.in_stock, coalesce(greatest(l.reserved, 0), s.reserved)) ELSE coalesce(l.in_stock, s.on_hand) END AS on_hand,
				coalesce(greatest(l.ordered, 0), s.on_order) AS on_order,
				CASE WHEN c.transfers_known_at IS NULL THEN coalesce(greatest(l.in_transit, 0), s.in_transit)
					ELSE (SELECT coalesce(sum(t.pending), 0) FROM stockalert.square_transfers AS t WHERE t.location_id = l.location_id AND t.item_id = l.item_id) END AS in_transit,
				stockalert.square_carries(v, o.tracked, p.external_id) AS active
			FROM stockalert.location_refs AS p CROSS JOIN unnest(items) AS i (item_id)
			JOIN stockalert.square_levels AS l ON l.location_id = p.location_id AND l.item_id = i.item_id
			JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = l.item_id
			JOIN stockalert.square_variations AS v ON v.connection_id = l.connection_id AND v.item_id = l.item_id
			LEFT JOIN stockalert.square_overrides AS o ON o.item_id = l.item_id AND o.location_id = l.location_id
			WHERE p.source_id = c.source_id AND l.connection_id = c.connection_id) AS n
		WHERE s.location_id = n.location_id AND s.item_id = n.item_id
			AND (s.on_hand, s.reserved, s.on_order, s.in_transit, s.active) IS DISTINCT FROM (n.on_hand, n.reserved, n.on_order, n.in_transit, n.active);
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_settle(bigint, bigint[]) IS
	'Brings stock levels in line with the remembered counts of items (NULL: all of a connection) after what they mean changed: sold out, not carried, transfers. Returns rows written. For the owner.';

-- What is planned while tables are empty is run until they are full, here and
-- in the triggers: so each row is found by its key from the first page on.
CREATE FUNCTION stockalert.plan_by_key(before text[] DEFAULT NULL) RETURNS text[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names CONSTANT text[] := '{enable_hashjoin,enable_mergejoin,enable_material,enable_seqscan,jit}';
	was text[] := '{}';
	i integer;
BEGIN
	FOR i IN 1 .. cardinality(names) LOOP
		was := was || current_setting(names[i]);
		PERFORM set_config(names[i], coalesce(before[i], 'off'), true);
	END LOOP;
	RETURN was;
END
$$;
COMMENT ON FUNCTION stockalert.plan_by_key(text[]) IS
	'Makes the statements that follow in this transaction look rows up by key, and returns what ends that when it is passed to it. For the owner.';

CREATE FUNCTION stockalert.square_newest(told timestamptz) RETURNS timestamptz
	LANGUAGE sql STRICT SET search_path = pg_catalog, pg_temp
	RETURN least(told, clock_timestamp() + interval '1 day');
COMMENT ON FUNCTION stockalert.square_newest(timestamptz) IS
	'The time from which the next round reads on, at most a day ahead of now: an absurd one must not keep out for ever what comes later. NULL for NULL. For the owner.';

-- A first import raises alerts like any other, and tells of them once, at its end.
CREATE FUNCTION stockalert.hush_import(connection_id bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.queue AS q WHERE q.stage = 'event' AND q.created_at = now() AND q.alert_id IS NOT NULL
		AND q.location_id IN (SELECT x.location_id FROM stockalert.location_refs AS x JOIN stockalert.connections AS c ON c.source_id = x.source_id
			WHERE c.connection_id = hush_import.connection_id)
		AND EXISTS (SELECT FROM stockalert.sync_streams AS s WHERE s.connection_id = hush_import.connection_id AND s.stream = 'counts' AND s.last_success_at IS NULL);
$$;
COMMENT ON FUNCTION stockalert.hush_import(bigint) IS 'Takes back the events of this transaction while counts of a connection were never read whole: one digest comes at the end. For the owner.';

CREATE FUNCTION stockalert.square_apply_counts(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.connections;
	-- An absurd time of the future must not keep later counts out for ever.
	latest CONSTANT timestamptz := clock_timestamp() + interval '1 day';
	planned CONSTANT text[] := stockalert.plan_by_key();
	places jsonb;
	bad record;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_counts.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	places := (SELECT jsonb_object_agg(x.external_id, x.location_id) FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id);
	WITH row AS MATERIALIZED (
		SELECT r.object, r.place, r.state, r.at_text, r.quantity, CASE WHEN r.at > latest THEN latest ELSE r.at END AS at, v.item_id, p.location_id, v.stock_of, r.value,
			NOT v.gone AND v.stock_of IS NULL AND coalesce(o.tracked, v.tracked, true) AND v.everywhere <> coalesce(r.place = ANY (v.except_at), false) AS carried,
			o.sold_out_until > clock_timestamp() AS sold_out,
			CASE WHEN r.state IN ('WASTE', 'RETURNED_BY_CUSTOMER', 'RECEIVED_FROM_VENDOR', 'SOLD_ONLINE', 'COMPOSED', 'DECOMPOSED', 'CUSTOM', 'NONE', 'SOLD',
					'UNLINKED_RETURN', 'UNTRACKED', 'SUPPORTED_BY_NEWER_VERSION') OR v.stock_of IS NOT NULL
					OR c.chosen_locations IS NOT NULL AND r.place <> ALL (c.chosen_locations) THEN NULL
				WHEN r.object IS NULL THEN 'catalog_object_id is missing'
				WHEN v.item_id IS NULL THEN 'the item is not known'
				WHEN p.location_id IS NULL THEN 'the location is not known'
				WHEN r.state IS NULL OR r.state NOT IN ('IN_STOCK', 'RESERVED_FOR_SALE', 'ORDERED_FROM_VENDOR', 'IN_TRANSIT', 'IN_TRANSIT_TO') THEN 'the state is not known'
				WHEN r.quantity IS NULL THEN 'quantity is no number of at most 21 digits before and 5 after the point'
				WHEN r.at IS NULL THEN 'calculated_at is no time' END AS problem
		FROM (SELECT e.value, e.value ->> 'catalog_object_id' AS object, e.value ->> 'location_id' AS place, e.value ->> 'state' AS state,
				e.value ->> 'calculated_at' AS at_text, stockalert.read_quantity(e.value ->> 'quantity') AS quantity, stockalert.read_moment(e.value ->> 'calculated_at') AS at
			FROM jsonb_array_elements(stockalert.json_rows(page, 'counts')) AS e (value) OFFSET 0) AS r
		-- Each row by key, whatever is known of tables that fill as this is repeated.
		LEFT JOIN LATERAL (SELECT x.* FROM stockalert.square_variations AS x WHERE x.connection_id = c.connection_id AND x.external_id = r.object OFFSET 0) AS v ON true
		CROSS JOIN LATERAL (SELECT (places ->> r.place)::bigint AS location_id OFFSET 0) AS p
		LEFT JOIN LATERAL (SELECT x.tracked, x.sold_out_until FROM stockalert.square_overrides AS x WHERE x.item_id = v.item_id AND x.location_id = p.location_id OFFSET 0) AS o ON true),
	told AS (
		SELECT d.location_id, d.item_id, bool_and(d.carried) AS carried, bool_or(d.sold_out) AS sold_out,
			max(d.quantity) FILTER (WHERE d.part = 1) AS in_stock, max(d.at) FILTER (WHERE d.part = 1) AS in_stock_at,
			max(d.quantity) FILTER (WHERE d.part = 2) AS reserved, max(d.at) FILTER (WHERE d.part = 2) AS reserved_at,
			max(d.quantity) FILTER (WHERE d.part = 3) AS ordered, max(d.at) FILTER (WHERE d.part = 3) AS ordered_at,
			max(d.quantity) FILTER (WHERE d.part = 4) AS in_transit, max(d.at) FILTER (WHERE d.part = 4) AS in_transit_at
		FROM (SELECT DISTINCT ON (r.location_id, r.item_id, s.part) r.location_id, r.item_id, s.part, r.quantity, r.at, r.carried, r.sold_out
			FROM row AS r JOIN (VALUES ('IN_STOCK', 1), ('RESERVED_FOR_SALE', 2), ('ORDERED_FROM_VENDOR', 3), ('IN_TRANSIT', 4), ('IN_TRANSIT_TO', 4)) AS s (state, part)
				ON s.state = r.state
			WHERE r.problem IS NULL AND r.carried IS NOT NULL AND r.stock_of IS NULL AND r.location_id IS NOT NULL AND r.quantity IS NOT NULL AND r.at IS NOT NULL
			ORDER BY r.location_id, r.item_id, s.part, r.at DESC) AS d
		GROUP BY d.location_id, d.item_id),
	known AS MATERIALIZED (
		SELECT t.location_id, t.item_id, t.carried, coalesce(t.sold_out, false) AS sold_out,
			CASE WHEN t.in_stock_at < l.in_stock_at OR t.in_stock_at IS NULL THEN l.in_stock ELSE t.in_stock END AS in_stock,
			greatest(t.in_stock_at, l.in_stock_at) AS in_stock_at,
			CASE WHEN t.reserved_at < l.reserved_at OR t.reserved_at IS NULL THEN l.reserved ELSE t.reserved END AS reserved,
			greatest(t.reserved_at, l.reserved_at) AS reserved_at,
			CASE WHEN t.ordered_at < l.ordered_at OR t.ordered_at IS NULL THEN l.ordered ELSE t.ordered END AS ordered,
			greatest(t.ordered_at, l.ordered_at) AS ordered_at,
			CASE WHEN t.in_transit_at < l.in_transit_at OR t.in_transit_at IS NULL THEN l.in_transit ELSE t.in_transit END AS in_transit,
			greatest(t.in_transit_at, l.in_transit_at) AS in_transit_at,
			l.location_id IS NULL AS new,
			l.location_id IS NULL OR t.in_stock_at >= l.in_stock_at AND (t.in_stock_at, t.in_stock) IS DISTINCT FROM (l.in_stock_at, l.in_stock)
				OR t.in_stock_at IS NOT NULL AND l.in_stock_at IS NULL
				OR t.reserved_at IS NOT NULL AND coalesce(t.reserved_at >= l.reserved_at, true) AND (t.reserved_at, t.reserved) IS DISTINCT FROM (l.reserved_at, l.reserved)
				OR t.ordered_at IS NOT NULL AND coalesce(t.ordered_at >= l.ordered_at, true) AND (t.ordered_at, t.ordered) IS DISTINCT FROM (l.ordered_at, l.ordered)
				OR t.in_transit_at IS NOT NULL AND coalesce(t.in_transit_at >= l.in_transit_at, true)
					AND (t.in_transit_at, t.in_transit) IS DISTINCT FROM (l.in_transit_at, l.in_transit) AS news
		FROM told AS t
		LEFT JOIN LATERAL (SELECT x.* FROM stockalert.square_levels AS x WHERE x.location_id = t.location_id AND x.item_id = t.item_id OFFSET 0) AS l ON true),
	-- Nobody else writes these.
	remembered AS (
		INSERT INTO stockalert.square_levels (location_id, item_id, connection_id, in_stock, in_stock_at, reserved, reserved_at, ordered, ordered_at, in_transit, in_transit_at)
		SELECT k.location_id, k.item_id, c.connection_id, k.in_stock, k.in_stock_at, k.reserved, k.reserved_at, k.ordered, k.ordered_at, k.in_transit, k.in_transit_at
		FROM known AS k WHERE k.new),
	moved AS (
		UPDATE stockalert.square_levels AS l SET in_stock = k.in_stock, in_stock_at = k.in_stock_at, reserved = k.reserved, reserved_at = k.reserved_at,
			ordered = k.ordered, ordered_at = k.ordered_at, in_transit = k.in_transit, in_transit_at = k.in_transit_at, connection_id = c.connection_id
		FROM known AS k WHERE k.news AND NOT k.new AND l.location_id = k.location_id AND l.item_id = k.item_id),
	written AS (
		INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, in_transit, active)
		SELECT w.* FROM (
			SELECT k.location_id, k.item_id,
				CASE WHEN k.sold_out THEN least(k.in_stock, coalesce(greatest(k.reserved, 0), s.reserved, 0)) ELSE k.in_stock END AS on_hand,
				coalesce(greatest(k.reserved, 0), s.reserved, 0) AS reserved, coalesce(greatest(k.ordered, 0), s.on_order, 0) AS on_order,
				CASE WHEN c.transfers_known_at IS NULL THEN coalesce(greatest(k.in_transit, 0), s.in_transit, 0)
					WHEN s.location_id IS NOT NULL THEN s.in_transit
					ELSE (SELECT coalesce(sum(t.pending), 0) FROM stockalert.square_transfers AS t WHERE t.location_id = k.location_id AND t.item_id = k.item_id) END AS in_transit,
				k.carried AS active, s.location_id IS NULL AS missing, s.on_hand AS on_hand_now, s.reserved AS reserved_now, s.on_order AS on_order_now,
				s.in_transit AS in_transit_now, s.active AS active_now
			FROM known AS k
			LEFT JOIN LATERAL (SELECT x.* FROM stockalert.stock_levels AS x WHERE x.location_id = k.location_id AND x.item_id = k.item_id OFFSET 0) AS s ON true
			-- A missing count is not zero: without one there is no level.
			WHERE k.in_stock IS NOT NULL) AS n
		CROSS JOIN LATERAL (SELECT n.location_id, n.item_id, n.on_hand, n.reserved, n.on_order, n.in_transit, n.active) AS w
		WHERE n.missing OR (n.on_hand_now, n.reserved_now, n.on_order_now, n.in_transit_now, n.active_now)
			IS DISTINCT FROM (n.on_hand, n.reserved, n.on_order, n.in_transit, n.active)
		ON CONFLICT ON CONSTRAINT stock_levels_pkey DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved, on_order = excluded.on_order,
			in_transit = excluded.in_transit, active = excluded.active
		RETURNING 1)
	SELECT count(*) AS rows, (SELECT count(*) FROM written) AS changed, max(r.at) AS newest,
		(SELECT m.at_text FROM row AS m WHERE m.at IS NOT NULL ORDER BY m.at DESC, m.at_text DESC LIMIT 1) AS newest_text,
		array_agg(r.object) FILTER (WHERE r.problem IS NOT NULL) AS objects, array_agg(r.problem) FILTER (WHERE r.problem IS NOT NULL) AS reasons,
		array_agg(left(r.value::text, 500)) FILTER (WHERE r.problem IS NOT NULL) AS samples INTO bad
		FROM row AS r;
	rows := bad.rows;
	changed := bad.changed;
	newest := bad.newest;
	newest_text := bad.newest_text;
	problems := stockalert.note_sync_problems(c.connection_id, 'counts', bad.objects, bad.reasons, bad.samples);
	IF changed > 0 THEN
		PERFORM stockalert.hush_import(c.connection_id);
	END IF;
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_counts(bigint, jsonb) IS
	'Applies a page of inventory counts ({"counts": [...]}): IN_STOCK is on hand, RESERVED_FOR_SALE reserved, ORDERED_FROM_VENDOR on order, IN_TRANSIT in transit while transfers are not read; an older count never replaces a newer one, a negative one keeps its sign, and only what differs is written. Rows that cannot be used are noted in sync_problems. newest: the latest calculated_at (at most a day ahead of now). For the worker.';

CREATE FUNCTION stockalert.square_take_counts(connection_id bigint, transfers_known boolean, places text[], location_ids bigint[], page text,
		OUT rows integer, OUT changed integer, OUT newest timestamptz, OUT newest_text text, OUT rest text)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_square_take_counts';
COMMENT ON FUNCTION stockalert.square_take_counts(bigint, boolean, text[], bigint[], text) IS
	'Applies those of a page of inventory counts that are IN_STOCK and either of a pair that has neither count nor stock level yet or told as they were; rest: a page of the others, NULL where there are none. places: the seller''s ids of locations, in the order of their bytes, and location_ids what each is. For the owner. Errors: 2202E places and locations differ, 23505 another session made the same stock level just now.';

CREATE FUNCTION stockalert.square_apply_counts(connection_id bigint, page text, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	taken record;
	other record;
BEGIN
	SELECT t.* INTO taken FROM stockalert.connections AS c
		CROSS JOIN LATERAL (SELECT coalesce(array_agg(x.external_id ORDER BY x.external_id COLLATE "C"), '{}') AS places,
				coalesce(array_agg(x.location_id ORDER BY x.external_id COLLATE "C"), '{}') AS location_ids
			FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id AND (c.chosen_locations IS NULL OR x.external_id = ANY (c.chosen_locations))) AS k
		CROSS JOIN LATERAL stockalert.square_take_counts(c.connection_id, c.transfers_known_at IS NOT NULL, k.places, k.location_ids, page) AS t
		WHERE c.connection_id = square_apply_counts.connection_id;
	rows := coalesce(taken.rows, 0);
	changed := coalesce(taken.changed, 0);
	problems := 0;
	newest := taken.newest;
	newest_text := taken.newest_text;
	IF changed > 0 THEN
		PERFORM stockalert.hush_import(connection_id);
	END IF;
	IF taken.rest IS NOT NULL THEN
		SELECT a.* INTO other FROM stockalert.square_apply_counts(connection_id, taken.rest::jsonb) AS a;
		rows := rows + other.rows;
		changed := changed + other.changed;
		problems := other.problems;
		IF newest IS NULL OR (other.newest, other.newest_text) > (newest, newest_text) THEN
			newest := other.newest;
			newest_text := other.newest_text;
		END IF;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_counts(bigint, text) IS
	'The same for a page as it came: what is new or as it was is applied without a statement, which a first import consists of. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_counts(bigint, jsonb), stockalert.square_apply_counts(bigint, text) TO stockalert_worker;
