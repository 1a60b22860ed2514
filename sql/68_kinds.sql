-- Alerts of other kinds than low stock: what will run out before it can be
-- ordered, what there is too much of, what nobody buys, what is under zero.
-- The check opens and resolves them, set-based; stock_levels is not written.
--
-- Nobody is told twice of the same: while an alert of kind stock is open for a
-- pair there is none of stockout_risk.  overstock and dead_stock can wait: they
-- are told by summaries and lists, never by a message of their own; off unless
-- asked for.  None of these kinds is told to be over: "back in stock" is.

CREATE TABLE stockalert.kinds_judged (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	judged_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.kinds_judged IS 'When the check last asked of every pair what follows from demand: hourly, each time in a shop of up to 50,000 pairs.';

CREATE TABLE stockalert.negative_since (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	since timestamptz NOT NULL,
	PRIMARY KEY (location_id, item_id)
);
COMMENT ON TABLE stockalert.negative_since IS 'Pairs that checks have found under zero ever since; an alert follows when that lasts for stockalert.negative_after.';

CREATE FUNCTION stockalert.kind_is_on(kind text) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT kind = ANY (string_to_array(translate(coalesce(current_setting('stockalert.kinds', true), 'stock,stockout_risk,negative_stock'), ' "', ''), ','));
$$;
COMMENT ON FUNCTION stockalert.kind_is_on(text) IS 'Tells whether the setting stockalert.kinds lists this kind of alert. NULL for NULL.';

-- Days of cover count what is on its way: who has ordered knows.
CREATE VIEW stockalert.stockout_risks AS
SELECT s.location_id, s.item_id, 'stockout_risk'::text AS kind,
	CASE WHEN s.on_hand - s.reserved + s.on_order + s.in_transit < d.velocity::numeric * t.lead_time_days::numeric THEN 'critical' ELSE 'low' END AS severity,
	s.on_hand - s.reserved AS quantity, pg_catalog.ceil(d.velocity::numeric * (t.lead_time_days + t.review_days)::numeric) AS threshold, d.velocity
FROM stockalert.demand_state AS d
JOIN stockalert.stock_levels AS s ON s.location_id = d.location_id AND s.item_id = d.item_id
JOIN stockalert.supply_terms AS t ON t.item_id = d.item_id
WHERE d.velocity > 0 AND s.class IN ('ok', 'over') AND s.on_hand > s.reserved
	AND s.on_hand - s.reserved + s.on_order + s.in_transit < d.velocity::numeric * (t.lead_time_days + t.review_days)::numeric;
COMMENT ON VIEW stockalert.stockout_risks IS
	'Pairs that are not low and will run out before an order placed at the next review arrives: (available + on order + in transit) / velocity < lead time + review time. critical: not even an order placed now arrives in time. For the owner.';

CREATE VIEW stockalert.overstocks AS
SELECT s.location_id, s.item_id, 'overstock'::text AS kind, 'low'::text AS severity, s.on_hand - s.reserved AS quantity,
	CASE WHEN s.class = 'over' THEN j.maximum
		ELSE pg_catalog.ceil(greatest(d.order_up_to, d.velocity::numeric * g.target_days)) END AS threshold,
	CASE WHEN s.class <> 'over' THEN d.velocity END AS velocity
FROM stockalert.stock_levels AS s
CROSS JOIN (SELECT coalesce(pg_catalog.current_setting('stockalert.overstock_days', true), '90')::numeric AS target_days OFFSET 0) AS g
LEFT JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id AND d.exposed_days >= 28 AND d.velocity > 0
CROSS JOIN LATERAL stockalert.judge_pairs(ARRAY[s.location_id], ARRAY[s.item_id]) AS j
WHERE (s.class = 'over' OR s.class IN ('ok', 'low') AND s.on_hand + s.on_order > greatest(d.order_up_to, d.velocity::numeric * g.target_days))
	AND (s.class = 'over' OR j.maximum IS NULL);
COMMENT ON VIEW stockalert.overstocks IS
	'Pairs above the maximum of a rule; where none sets one, with 28 days of history, those with more on hand and on order than the computed level to order up to and than lasts stockalert.overstock_days. For the owner.';

-- Where nothing sells at all, sales are not recorded or the shop is closed: no
-- item is to blame for that.
CREATE VIEW stockalert.dead_stocks AS
SELECT s.location_id, s.item_id, 'dead_stock'::text AS kind, 'low'::text AS severity, s.on_hand - s.reserved AS quantity,
	NULL::numeric AS threshold, NULL::double precision AS velocity
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id
JOIN (
	SELECT l.location_id, (stockalert.as_of() AT TIME ZONE l.time_zone)::date - g.days AS since, g.days
	FROM stockalert.locations AS l
	CROSS JOIN (SELECT coalesce(pg_catalog.current_setting('stockalert.dead_after', true), '90')::integer AS days OFFSET 0) AS g) AS l ON l.location_id = s.location_id
LEFT JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id
WHERE s.on_hand > 0 AND s.class <> 'inactive' AND (d.last_sale IS NULL OR d.last_sale < l.since)
	AND i.created_at <= stockalert.as_of() - pg_catalog.make_interval(days => l.days)
	AND EXISTS (SELECT FROM stockalert.demand_state AS x WHERE x.location_id = s.location_id AND x.last_sale >= l.since)
	AND NOT EXISTS (SELECT FROM stockalert.stock_changes AS c WHERE c.location_id = s.location_id AND c.item_id = s.item_id
		AND c.kind = 'back' AND c.changed_at > stockalert.as_of() - pg_catalog.make_interval(days => l.days));
COMMENT ON VIEW stockalert.dead_stocks IS
	'Pairs with stock and no sale for stockalert.dead_after days, listed and in stock for as long, at a location that does sell. For the owner.';

CREATE FUNCTION stockalert.negative_stocks(location_ids bigint[], item_ids bigint[], the_location bigint)
	RETURNS TABLE (location_id bigint, item_id bigint, kind text, severity text, quantity numeric, threshold numeric, velocity double precision)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM stockalert.negative_since AS n
		WHERE (the_location IS NULL OR n.location_id = the_location)
			AND NOT EXISTS (SELECT FROM unnest(location_ids, item_ids) AS k (location_id, item_id)
				WHERE k.location_id = n.location_id AND k.item_id = n.item_id);
	INSERT INTO stockalert.negative_since (location_id, item_id, since)
		SELECT k.location_id, k.item_id, stockalert.as_of() FROM unnest(location_ids, item_ids) AS k (location_id, item_id) ORDER BY 1, 2
		ON CONFLICT ON CONSTRAINT negative_since_pkey DO NOTHING;
	RETURN QUERY SELECT s.location_id, s.item_id, 'negative_stock'::text, 'low'::text, s.on_hand - s.reserved, 0::numeric, NULL::double precision
		FROM stockalert.negative_since AS n
		JOIN stockalert.stock_levels AS s ON s.location_id = n.location_id AND s.item_id = n.item_id
		WHERE (the_location IS NULL OR n.location_id = the_location) AND s.class <> 'inactive' AND s.on_hand < s.reserved
			AND n.since <= stockalert.as_of() - coalesce(current_setting('stockalert.negative_after', true), '30min')::interval;
END
$$;
COMMENT ON FUNCTION stockalert.negative_stocks(bigint[], bigint[], bigint) IS
	'Notes which pairs are under zero now and returns those that checks have found so for stockalert.negative_after. For the owner.';

-- not strict: NULL location means all
CREATE FUNCTION stockalert.judge_kinds(the_location bigint, negative_location_ids bigint[], negative_item_ids bigint[], by_demand boolean,
	OUT opened bigint, OUT worsened bigint, OUT resolved bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kinds text[] := '{negative_stock}'::text[] || CASE WHEN by_demand THEN '{stockout_risk,overstock,dead_stock}'::text[] END;
	as_of timestamptz := stockalert.as_of();
	repeat_after interval := coalesce(current_setting('stockalert.repeat_after', true), '24h')::interval;
	risk_after interval := coalesce(current_setting('stockalert.risk_repeat_after', true), '48h')::interval;
BEGIN
	-- Two checks at once would find the same; one is enough.
	IF NOT pg_try_advisory_xact_lock('stockalert.kinds_judged'::regclass::oid::bigint) THEN
		opened := 0;
		worsened := 0;
		resolved := 0;
		queued := 0;
		RETURN;
	END IF;
	WITH found AS MATERIALIZED (
		SELECT r.* FROM stockalert.stockout_risks AS r WHERE by_demand AND stockalert.kind_is_on('stockout_risk')
			AND NOT EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.location_id = r.location_id AND a.item_id = r.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL)
		UNION ALL SELECT o.* FROM stockalert.overstocks AS o WHERE by_demand AND stockalert.kind_is_on('overstock')
		UNION ALL SELECT d.* FROM stockalert.dead_stocks AS d WHERE by_demand AND stockalert.kind_is_on('dead_stock')
		UNION ALL SELECT n.* FROM stockalert.negative_stocks(negative_location_ids, negative_item_ids, the_location) AS n
			WHERE stockalert.kind_is_on('negative_stock')),
	judged AS MATERIALIZED (
		SELECT f.*, a.alert_id, CASE
				WHEN a.alert_id IS NULL THEN 'open'
				WHEN a.resolved_at IS NULL AND f.severity <> a.severity THEN CASE f.severity WHEN 'critical' THEN 'worsen' ELSE 'ease' END
				WHEN a.resolved_at IS NULL OR a.held_until > as_of THEN 'none'
				-- What rests on a forecast may come and go with it.
				WHEN f.kind = 'stockout_risk' AND coalesce(a.reopened_at, a.opened_at) > as_of - risk_after THEN 'none'
				WHEN a.resolved_at > as_of - repeat_after THEN 'reopen'
				ELSE 'open' END AS action
		FROM found AS f
		LEFT JOIN LATERAL (SELECT x.* FROM stockalert.alerts AS x WHERE x.location_id = f.location_id AND x.item_id = f.item_id AND x.kind = f.kind
			ORDER BY x.alert_id DESC LIMIT 1) AS a ON true
		WHERE the_location IS NULL OR f.location_id = the_location),
	new AS (
		INSERT INTO stockalert.alerts (location_id, item_id, kind, severity, worst, quantity, threshold, fires, threshold_from, on_hand, reserved, par_level, velocity, opened_at)
		SELECT j.location_id, j.item_id, j.kind, j.severity, j.severity, j.quantity, j.threshold,
			CASE WHEN j.kind IN ('stockout_risk', 'negative_stock') THEN 'below' END,
			CASE WHEN j.velocity IS NOT NULL THEN 'demand' WHEN j.kind = 'overstock' THEN 'rule' ELSE 'none' END,
			s.on_hand, s.reserved, s.par_level, j.velocity, as_of
		FROM judged AS j JOIN stockalert.stock_levels AS s ON s.location_id = j.location_id AND s.item_id = j.item_id
		WHERE j.action = 'open' ORDER BY j.location_id, j.item_id, j.kind
		ON CONFLICT (location_id, item_id, kind) WHERE resolved_at IS NULL DO NOTHING
		RETURNING alert_id, location_id, item_id, kind, severity, quantity),
	changed AS (
		UPDATE stockalert.alerts AS a SET severity = j.severity, worst = CASE WHEN a.worst = 'critical' THEN a.worst ELSE j.severity END,
			quantity = j.quantity, threshold = j.threshold, velocity = j.velocity, resolved_at = NULL, resolved_by = NULL, resolved_note = NULL, held_until = NULL,
			reopened_at = CASE j.action WHEN 'reopen' THEN as_of ELSE a.reopened_at END,
			acknowledged_at = CASE WHEN j.action <> 'reopen' THEN a.acknowledged_at END, acknowledged_by = CASE WHEN j.action <> 'reopen' THEN a.acknowledged_by END,
			acknowledged_note = CASE WHEN j.action <> 'reopen' THEN a.acknowledged_note END,
			snoozed_until = CASE WHEN j.action <> 'reopen' THEN a.snoozed_until END, snoozed_by = CASE WHEN j.action <> 'reopen' THEN a.snoozed_by END
		FROM judged AS j WHERE a.location_id = j.location_id AND a.alert_id = j.alert_id AND j.action IN ('worsen', 'ease', 'reopen')),
	ended AS (
		UPDATE stockalert.alerts AS a SET resolved_at = as_of, resolved_by = 'stock', resolved_note = CASE
				WHEN NOT stockalert.kind_is_on(a.kind) THEN 'switched off'
				WHEN a.kind = 'stockout_risk' AND EXISTS (SELECT FROM stockalert.alerts AS x WHERE x.location_id = a.location_id AND x.item_id = a.item_id
					AND x.kind = 'stock' AND x.resolved_at IS NULL) THEN 'low by now: told by an alert of kind stock' END
		WHERE a.resolved_at IS NULL AND a.kind = ANY (kinds) AND (the_location IS NULL OR a.location_id = the_location)
			AND NOT EXISTS (SELECT FROM found AS f WHERE f.location_id = a.location_id AND f.item_id = a.item_id AND f.kind = a.kind)
		RETURNING a.alert_id, a.location_id, a.item_id, a.kind, a.severity, a.quantity, a.resolved_note),
	-- Resolved by hand, and over since: nothing holds it any more.
	released AS (
		UPDATE stockalert.alerts AS a SET held_until = NULL
		WHERE a.held_until IS NOT NULL AND a.resolved_at IS NOT NULL AND a.kind = ANY (kinds) AND (the_location IS NULL OR a.location_id = the_location)
			AND NOT EXISTS (SELECT FROM found AS f WHERE f.location_id = a.location_id AND f.item_id = a.item_id AND f.kind = a.kind)),
	happened AS MATERIALIZED (
		SELECT n.alert_id, n.location_id, n.item_id, n.kind, 'opened' AS event, n.severity, n.quantity, NULL AS note FROM new AS n
		UNION ALL
		SELECT j.alert_id, j.location_id, j.item_id, j.kind, CASE j.action WHEN 'worsen' THEN 'worsened' WHEN 'ease' THEN 'eased' ELSE 'reopened' END,
			j.severity, j.quantity, NULL FROM judged AS j WHERE j.action IN ('worsen', 'ease', 'reopen')
		UNION ALL
		SELECT e.alert_id, e.location_id, e.item_id, e.kind, 'resolved', e.severity, coalesce(s.on_hand - s.reserved, e.quantity), e.resolved_note
			FROM ended AS e LEFT JOIN stockalert.stock_levels AS s ON s.location_id = e.location_id AND s.item_id = e.item_id),
	noted AS (
		INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, quantity, note, occurred_at)
		SELECT h.alert_id, h.location_id, h.item_id, h.event, h.severity, h.quantity, h.note, as_of FROM happened AS h ORDER BY h.location_id, h.item_id, h.kind),
	told AS (
		INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT CASE h.severity WHEN 'critical' THEN 0 ELSE 1 END, h.event, h.alert_id, h.location_id, h.item_id, h.severity, h.quantity, as_of
		FROM happened AS h WHERE h.event IN ('opened', 'worsened', 'reopened') AND h.kind IN ('stockout_risk', 'negative_stock')
		ORDER BY h.location_id, h.item_id RETURNING 1)
	SELECT count(*) FILTER (WHERE h.event IN ('opened', 'reopened')), count(*) FILTER (WHERE h.event = 'worsened'),
		count(*) FILTER (WHERE h.event = 'resolved'), (SELECT count(*) FROM told) INTO opened, worsened, resolved, queued FROM happened AS h;
	IF queued > 0 THEN
		PERFORM stockalert.wake_sender();
	END IF;
	IF by_demand AND the_location IS NULL THEN
		INSERT INTO stockalert.kinds_judged AS k (judged_at) VALUES (as_of)
			ON CONFLICT ON CONSTRAINT kinds_judged_pkey DO UPDATE SET judged_at = excluded.judged_at;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.judge_kinds(bigint, bigint[], bigint[], boolean) IS
	'Opens, changes and resolves alerts of the kinds that are not stock, at a location or everywhere (NULL), and returns how many. The pairs under zero are told to it; by_demand false: only those. For the owner; called by check_stock().';

CREATE FUNCTION stockalert.kinds_are_due(the_location bigint, pairs bigint) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT the_location IS NOT NULL OR pairs <= 50000 OR NOT EXISTS (SELECT FROM stockalert.kinds_judged AS k
		WHERE k.judged_at > stockalert.as_of() - interval '1 hour' AND k.judged_at <= stockalert.as_of());
$$;
COMMENT ON FUNCTION stockalert.kinds_are_due(bigint, bigint) IS
	'Tells whether a check of this many pairs asks what follows from demand, which changes slowly and reads much: at a location and in small shops always, else hourly. For the owner.';
