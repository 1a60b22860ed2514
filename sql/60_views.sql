-- What people read.

CREATE VIEW stockalert.stock_status WITH (security_barrier) AS
SELECT l.code AS location, i.sku, i.name AS item, i.category, s.on_hand, s.reserved, s.on_hand - s.reserved AS available,
	s.on_order, s.in_transit, s.par_level, s.class, a.alert_id, a.severity, a.opened_at,
	i.price, i.cost, s.location_id, s.item_id
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id
JOIN stockalert.locations AS l ON l.location_id = s.location_id
LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL;
COMMENT ON VIEW stockalert.stock_status IS 'Stock of every item at every location, its class and its open alert.';

CREATE VIEW stockalert.low_stock WITH (security_barrier) AS
SELECT location, sku, item, category, available, on_order, in_transit, par_level, class, alert_id, opened_at
FROM stockalert.stock_status
WHERE class IN ('low', 'critical', 'out')
ORDER BY pg_catalog.array_position(ARRAY['out', 'critical', 'low'], class), location, sku;
COMMENT ON VIEW stockalert.low_stock IS 'What is out, critical or low now, worst first.';

CREATE VIEW stockalert.alert_list WITH (security_barrier) AS
SELECT a.alert_id, l.code AS location, i.sku, i.name AS item, a.kind, a.severity, a.worst, a.quantity AS quantity_at_alert,
	s.on_hand - s.reserved AS quantity_now, a.threshold, a.fires, a.threshold_from, a.rule_id,
	(SELECT pg_catalog.string_agg(DISTINCT pg_catalog.upper(n.channel), ',' ORDER BY pg_catalog.upper(n.channel))
		FROM stockalert.notices AS n WHERE n.alert_id = a.alert_id) AS alert_type,
	a.resolved_at IS NOT NULL AS is_resolved, a.opened_at AS created_at,
	(SELECT pg_catalog.max(n.accepted_at) FROM stockalert.notices AS n WHERE n.alert_id = a.alert_id) AS last_sent_at,
	a.acknowledged_at, a.acknowledged_by, a.acknowledged_note, a.snoozed_until, a.reopened_at, a.resolved_at, a.resolved_by, a.resolved_note
FROM stockalert.alerts AS a
JOIN stockalert.items AS i ON i.item_id = a.item_id
JOIN stockalert.locations AS l ON l.location_id = a.location_id
LEFT JOIN stockalert.stock_levels AS s ON s.location_id = a.location_id AND s.item_id = a.item_id;
COMMENT ON VIEW stockalert.alert_list IS
	'All alerts, open and resolved. alert_type: the channels that told of it so far; quantity_now is read from stock.';

CREATE VIEW stockalert.active_alerts WITH (security_barrier) AS
SELECT * FROM stockalert.alert_list WHERE NOT is_resolved
ORDER BY pg_catalog.array_position(ARRAY['out', 'critical', 'low'], severity), created_at, alert_id;
COMMENT ON VIEW stockalert.active_alerts IS 'Open alerts, worst and oldest first.';

CREATE VIEW stockalert.location_list WITH (security_barrier) AS
SELECT l.code, l.name, l.time_zone, l.currency, l.active,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'ok') AS healthy,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'low') AS low,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'critical') AS critical,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'out') AS "out",
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'over') AS "over"
FROM stockalert.locations AS l
LEFT JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id
GROUP BY l.location_id;
COMMENT ON VIEW stockalert.location_list IS 'Locations with their number of items by class.';

CREATE VIEW stockalert.delivery_log WITH (security_barrier) AS
SELECT d.finished_at, d.outcome, d.channel, b.name AS subscriber, m.kind, m.subject, m.ref, d.attempts, d.maybe_twice, d.status,
	d.error_class, d.error, d.occurred_at, d.message_id
FROM stockalert.deliveries AS d
LEFT JOIN stockalert.messages AS m ON m.message_id = d.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = d.subscriber_id;
COMMENT ON VIEW stockalert.delivery_log IS 'How messages ended, without their texts and addresses.';

CREATE VIEW stockalert.waiting_messages WITH (security_barrier) AS
SELECT q.queue_id, q.stage, q.event, q.channel, b.name AS subscriber, q.severity, q.attempts, q.claims, q.maybe_twice, q.next_attempt_at,
	-- One message of many shows what is wrong with a channel; the others wait for the same.
	coalesce(q.last_error, CASE WHEN q.stage <> 'message' OR q.channel = 'log' THEN NULL
		WHEN h.channel IS NULL THEN pg_catalog.format('%s is not configured', q.channel)
		WHEN NOT h.enabled THEN pg_catalog.format('channel %s is switched off', q.channel)
		WHEN h.state <> 'active' THEN coalesce(h.state_reason, pg_catalog.format('channel %s is %s', q.channel, h.state)) END) AS last_error,
	q.created_at
FROM stockalert.queue AS q
LEFT JOIN stockalert.channels AS h ON h.channel = q.channel
LEFT JOIN stockalert.messages AS m ON m.message_id = q.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = coalesce(m.subscriber_id, q.subscriber_id);
COMMENT ON VIEW stockalert.waiting_messages IS 'What is still to be told, and why it waits (last_error): what its own last try met, or what is wrong with its channel.';

CREATE FUNCTION stockalert.inventory_summary(location text DEFAULT NULL, OUT items bigint, OUT healthy bigint, OUT low bigint,
	OUT critical bigint, OUT "out" bigint, OUT "over" bigint, OUT units numeric, OUT value numeric)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT count(*), count(*) FILTER (WHERE s.class = 'ok'), count(*) FILTER (WHERE s.class = 'low'),
		count(*) FILTER (WHERE s.class = 'critical'), count(*) FILTER (WHERE s.class = 'out'), count(*) FILTER (WHERE s.class = 'over'),
		coalesce(sum(greatest(s.on_hand, 0)), 0), coalesce(sum(greatest(s.on_hand, 0) * i.cost), 0)
	FROM stockalert.stock_levels AS s JOIN stockalert.items AS i ON i.item_id = s.item_id
	WHERE s.class <> 'inactive'
		AND (inventory_summary.location IS NULL OR s.location_id = stockalert.find_location(inventory_summary.location));
$$;
COMMENT ON FUNCTION stockalert.inventory_summary(text) IS
	'Counts items by class; units on hand (negative ones count 0) and their value at cost. location NULL: all. Error 42704 unknown location.';

CREATE FUNCTION stockalert.alert_stats(OUT total bigint, OUT active bigint, OUT resolved bigint, OUT low_stock_items bigint,
	OUT mean_time_to_acknowledge interval, OUT mean_time_to_restock interval)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT count(*), count(*) FILTER (WHERE a.resolved_at IS NULL), count(*) FILTER (WHERE a.resolved_at IS NOT NULL),
		(SELECT count(*) FROM stockalert.stock_levels AS s WHERE s.class IN ('low', 'critical', 'out')),
		avg(a.acknowledged_at - a.opened_at), avg(a.resolved_at - a.opened_at) FILTER (WHERE a.resolved_by = 'stock' AND a.resolved_note IS DISTINCT FROM 'not carried any more')
	FROM stockalert.alerts AS a;
$$;
COMMENT ON FUNCTION stockalert.alert_stats() IS 'Counts of alerts, items low now, mean time to acknowledge and until stock resolved them; NULL where there is none.';

GRANT SELECT ON stockalert.stock_status, stockalert.low_stock, stockalert.alert_list, stockalert.active_alerts,
	stockalert.location_list, stockalert.delivery_log, stockalert.waiting_messages TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.inventory_summary(text), stockalert.alert_stats() TO stockalert_viewer;
