-- What Square says of an item at all locations or at one: thresholds as rules of
-- origin square, and where it is not tracked or sold out.

CREATE FUNCTION stockalert.square_apply_thresholds(connection_id bigint, told stockalert.square_told[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n record;
BEGIN
	WITH item AS (
		SELECT v.item_id, t.low, t.alerts, t.overrides, t.gone FROM unnest(told) AS t
		JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id),
	wanted AS (
		SELECT i.item_id, NULL::bigint AS location_id, coalesce(i.low, 0) AS low FROM item AS i WHERE i.alerts AND NOT i.gone
		UNION ALL
		-- An exception from a threshold tells of what is out only, as every item does.
		SELECT DISTINCT ON (i.item_id, x.location_id) i.item_id, x.location_id,
			CASE WHEN coalesce(o.value ->> 'inventory_alert_type' = 'LOW_QUANTITY', i.alerts)
				THEN coalesce(greatest(stockalert.read_quantity(o.value ->> 'inventory_alert_threshold'), 0), i.low, 0) ELSE 0 END
		FROM item AS i CROSS JOIN LATERAL jsonb_array_elements(i.overrides) AS o (value)
		JOIN stockalert.connections AS c ON c.connection_id = square_apply_thresholds.connection_id
		JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.external_id = o.value ->> 'location_id'
		WHERE NOT i.gone AND (o.value ? 'inventory_alert_type' OR o.value ? 'inventory_alert_threshold')
			AND CASE WHEN coalesce(o.value ->> 'inventory_alert_type' = 'LOW_QUANTITY', i.alerts, false)
				THEN NOT coalesce(i.alerts, false) OR coalesce(greatest(stockalert.read_quantity(o.value ->> 'inventory_alert_threshold'), 0), i.low, 0) <> coalesce(i.low, 0)
				ELSE coalesce(i.alerts, false) END
		ORDER BY 1, 2),
	present AS (
		SELECT r.rule_id, r.item_id, r.location_id, r.low FROM (SELECT DISTINCT i.item_id FROM item AS i) AS i
		CROSS JOIN LATERAL (SELECT x.* FROM stockalert.rules AS x WHERE x.item_id = i.item_id AND x.origin = 'square' OFFSET 0) AS r)
	SELECT array_agg(p.rule_id) FILTER (WHERE w.item_id IS NULL) AS dropped,
		array_agg(w.item_id) FILTER (WHERE w.item_id IS NOT NULL) AS item_ids,
		array_agg(w.location_id) FILTER (WHERE w.item_id IS NOT NULL) AS location_ids,
		array_agg(w.low) FILTER (WHERE w.item_id IS NOT NULL) AS lows INTO n
		FROM (SELECT y.*, coalesce(y.location_id, 0) AS at FROM wanted AS y) AS w
		FULL JOIN (SELECT y.*, coalesce(y.location_id, 0) AS at FROM present AS y) AS p ON p.item_id = w.item_id AND p.at = w.at
		WHERE w.item_id IS NULL OR w.low IS DISTINCT FROM p.low;
	IF n.dropped IS NOT NULL THEN
		DELETE FROM stockalert.rules AS r WHERE r.rule_id = ANY (n.dropped);
	END IF;
	IF n.item_ids IS NOT NULL THEN
		INSERT INTO stockalert.rules AS r (item_id, location_id, origin, fires, low, set_by)
			SELECT u.*, 'Square' FROM (SELECT u.item_id, u.location_id, 'square', 'at_or_below', u.low
				FROM ROWS FROM (unnest(n.item_ids), unnest(n.location_ids), unnest(n.lows)) AS u (item_id, location_id, low)) AS u
			ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET low = excluded.low, set_at = now();
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_thresholds(bigint, stockalert.square_told[]) IS
	'Brings the rules of variations'' alert thresholds up to date, those of a location over those of the item; the pairs are judged anew, set-based. For the owner.';

CREATE FUNCTION stockalert.square_apply_overrides(connection_id bigint, told stockalert.square_told[]) RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	touched bigint[];
BEGIN
	WITH item AS (
		SELECT v.item_id, t.overrides FROM unnest(told) AS t
		JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id),
	wanted AS (
		SELECT DISTINCT ON (i.item_id, x.location_id) i.item_id, x.location_id, o.value ->> 'track_inventory' = 'true' AS tracked,
			CASE WHEN o.value ->> 'sold_out' = 'true' THEN coalesce(stockalert.read_moment(o.value ->> 'sold_out_valid_until'), 'infinity') END AS sold_out_until
		FROM item AS i CROSS JOIN LATERAL jsonb_array_elements(i.overrides) AS o (value)
		JOIN stockalert.connections AS c ON c.connection_id = square_apply_overrides.connection_id
		JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.external_id = o.value ->> 'location_id'
		WHERE o.value ? 'track_inventory' OR o.value ->> 'sold_out' = 'true'
		ORDER BY 1, 2),
	gone AS (
		DELETE FROM stockalert.square_overrides AS s USING item AS i WHERE s.item_id = i.item_id AND s.connection_id = square_apply_overrides.connection_id
			AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.item_id = s.item_id AND w.location_id = s.location_id) RETURNING s.item_id),
	kept AS (
		INSERT INTO stockalert.square_overrides AS s (connection_id, item_id, location_id, tracked, sold_out_until)
		SELECT square_apply_overrides.connection_id, w.* FROM wanted AS w
		ON CONFLICT ON CONSTRAINT square_overrides_pkey DO UPDATE SET tracked = excluded.tracked, sold_out_until = excluded.sold_out_until
			WHERE (s.tracked, s.sold_out_until) IS DISTINCT FROM (excluded.tracked, excluded.sold_out_until) RETURNING s.item_id)
	SELECT array_agg(DISTINCT a.item_id) INTO touched FROM (SELECT g.item_id FROM gone AS g UNION ALL SELECT k.item_id FROM kept AS k) AS a;
	RETURN touched;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_overrides(bigint, stockalert.square_told[]) IS
	'Brings what variations say of single locations (tracked, sold out) up to date and returns the items of which that changed. For the owner.';

-- What ran out of time: items that were sold out until a moment that is over.
CREATE FUNCTION stockalert.square_end_sold_out(connection_id bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	over bigint[];
BEGIN
	WITH ended AS (UPDATE stockalert.square_overrides AS o SET sold_out_until = NULL
		WHERE o.connection_id = square_end_sold_out.connection_id AND o.sold_out_until IS NOT NULL AND o.sold_out_until <= clock_timestamp() RETURNING o.item_id)
	SELECT array_agg(DISTINCT e.item_id) INTO over FROM ended AS e;
	RETURN CASE WHEN over IS NULL THEN 0 ELSE stockalert.square_settle(connection_id, over) END;
END
$$;
COMMENT ON FUNCTION stockalert.square_end_sold_out(bigint) IS 'Counts again what was sold out until a time that is over; returns rows written. For the owner.';
