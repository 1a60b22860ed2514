-- What people read.  The views run as their owner, and each shows the locations
-- that its reader sees: the first test is made once a query, and is all there is
-- to it for whoever sees all.

CREATE VIEW stockalert.stock_status WITH (security_barrier) AS
SELECT l.code AS location, i.sku, i.name AS item, i.category, s.on_hand, s.reserved, s.on_hand - s.reserved AS available,
	s.on_order, s.in_transit, s.par_level, s.class, a.alert_id, a.severity, a.opened_at,
	i.price, i.cost, s.location_id, s.item_id
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id
JOIN stockalert.locations AS l ON l.location_id = s.location_id
LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL
WHERE (SELECT stockalert.sees_all_locations()) OR s.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]);
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
	CASE told.channels WHEN 'EMAIL,WHATSAPP' THEN 'BOTH' ELSE told.channels END AS alert_type,
	a.resolved_at IS NOT NULL AS is_resolved, a.opened_at AS created_at, told.last_sent_at,
	CASE WHEN a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND told.last_sent_at IS NOT NULL
		THEN GREATEST(told.last_sent_at + '23 hours'::interval, CASE WHEN a.severity <> 'out' THEN a.snoozed_until END) END AS next_alert_at,
	a.acknowledged_at, a.acknowledged_by, a.acknowledged_note, a.snoozed_until, a.escalated_at, a.escalated_by,
	a.reopened_at, a.resolved_at, a.resolved_by, a.resolved_note
FROM stockalert.alerts AS a
JOIN stockalert.items AS i ON i.item_id = a.item_id
JOIN stockalert.locations AS l ON l.location_id = a.location_id
LEFT JOIN stockalert.stock_levels AS s ON s.location_id = a.location_id AND s.item_id = a.item_id
LEFT JOIN LATERAL (
	SELECT pg_catalog.string_agg(DISTINCT pg_catalog.upper(n.channel), ',' ORDER BY pg_catalog.upper(n.channel)) AS channels,
		pg_catalog.max(n.accepted_at) AS last_sent_at
	FROM stockalert.notices AS n WHERE n.alert_id = a.alert_id
) AS told ON true
WHERE (SELECT stockalert.sees_all_locations()) OR a.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]);
COMMENT ON VIEW stockalert.alert_list IS
	'All alerts, open and resolved. alert_type: EMAIL, WHATSAPP, BOTH, or the list of channels that told of it so far; quantity_now is read from stock; next_alert_at: from when the next reminder is due (NULL: none is, as it is resolved, acknowledged or was told to nobody).';

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
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'over') AS "over",
	(SELECT pg_catalog.count(*) FROM stockalert.alerts AS a WHERE a.location_id = l.location_id AND a.resolved_at IS NULL) AS open_alerts,
	(SELECT pg_catalog.max(y.last_success_at) FROM stockalert.location_refs AS x JOIN stockalert.connections AS c ON c.source_id = x.source_id
		AND (c.chosen_locations IS NULL OR x.external_id = ANY (c.chosen_locations))
		JOIN stockalert.sync_rounds AS y ON y.connection_id = c.connection_id AND y.stream = 'counts' WHERE x.location_id = l.location_id) AS last_sync_at
FROM stockalert.locations AS l
LEFT JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id
WHERE (SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])
GROUP BY l.location_id;
COMMENT ON VIEW stockalert.location_list IS
	'Locations with their number of items by class and of open alerts. last_sync_at: when stock was last read from Square; NULL: never.';

-- A message about several places is for those who see all of them.
CREATE FUNCTION stockalert.sees_message(alert_ids bigint[], subscriber_id bigint) RETURNS boolean
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF cardinality(alert_ids) > 0 THEN
		RETURN stockalert.sees_locations((SELECT array_agg(coalesce(a.location_id, 0)) FROM unnest(alert_ids) AS u (id)
			LEFT JOIN stockalert.alerts AS a ON a.alert_id = u.id));
	END IF;
	RETURN stockalert.sees_locations((SELECT b.location_ids FROM stockalert.subscribers AS b WHERE b.subscriber_id = sees_message.subscriber_id));
END
$$;
COMMENT ON FUNCTION stockalert.sees_message(bigint[], bigint) IS
	'Tells whether the caller sees the locations of all these alerts or, where there is none, those of the subscriber.';

CREATE VIEW stockalert.delivery_log WITH (security_barrier) AS
SELECT d.finished_at, d.outcome, d.channel, b.name AS subscriber, m.kind, m.subject, m.ref, d.attempts, d.maybe_twice, d.status,
	d.error_class, d.error, d.occurred_at, d.message_id, f.fate, f.decided_at AS fate_at, f.error AS fate_error
FROM stockalert.deliveries AS d
LEFT JOIN stockalert.delivery_fates AS f ON f.provider_id = d.provider_id
LEFT JOIN stockalert.messages AS m ON m.message_id = d.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = d.subscriber_id
WHERE (SELECT stockalert.sees_all_locations()) OR stockalert.sees_message(m.alert_ids, d.subscriber_id);
COMMENT ON VIEW stockalert.delivery_log IS
	'How messages ended, without their texts and addresses. fate: whether an SMS or WhatsApp message that was sent arrived: delivered, undelivered, waiting for the carrier''s word, unknown where that never came; fate_error: why not.';

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
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = coalesce(m.subscriber_id, q.subscriber_id)
WHERE (SELECT stockalert.sees_all_locations())
	OR stockalert.sees_message(coalesce(m.alert_ids, CASE WHEN q.alert_id IS NOT NULL THEN ARRAY[q.alert_id] END), coalesce(m.subscriber_id, q.subscriber_id));
COMMENT ON VIEW stockalert.waiting_messages IS 'What is still to be told, and why it waits (last_error): what its own last try met, or what is wrong with its channel.';

CREATE FUNCTION stockalert.inventory_summary(location text DEFAULT NULL, OUT items bigint, OUT healthy bigint, OUT low bigint,
	OUT critical bigint, OUT "out" bigint, OUT "over" bigint, OUT units numeric, OUT value numeric)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT count(*), count(*) FILTER (WHERE s.class = 'ok'), count(*) FILTER (WHERE s.class = 'low'),
		count(*) FILTER (WHERE s.class = 'critical'), count(*) FILTER (WHERE s.class = 'out'), count(*) FILTER (WHERE s.class = 'over'),
		coalesce(sum(greatest(s.on_hand, 0)), 0), coalesce(sum(greatest(s.on_hand, 0) * i.cost), 0)
	FROM stockalert.stock_levels AS s JOIN stockalert.items AS i ON i.item_id = s.item_id
	WHERE s.class <> 'inactive'
		AND (inventory_summary.location IS NULL OR s.location_id = (SELECT stockalert.find_location(inventory_summary.location)))
		AND ((SELECT stockalert.sees_all_locations()) OR s.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
$$;
COMMENT ON FUNCTION stockalert.inventory_summary(text) IS
	'Counts items by class; units on hand (negative ones count 0) and their value at cost. location NULL: all that the caller sees. Error 42704 unknown location.';

CREATE FUNCTION stockalert.alert_stats(subscriber text DEFAULT NULL, OUT total bigint, OUT active bigint, OUT resolved bigint, OUT low_stock_items bigint,
	OUT mean_time_to_acknowledge interval, OUT mean_time_to_restock interval)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b stockalert.subscribers;
	sees_all boolean := stockalert.sees_all_locations();
	visible bigint[] := stockalert.visible_locations();
BEGIN
	IF subscriber IS NOT NULL THEN
		b := stockalert.find_subscriber(subscriber);
	END IF;
	SELECT count(*), count(*) FILTER (WHERE a.resolved_at IS NULL), count(*) FILTER (WHERE a.resolved_at IS NOT NULL),
			avg(a.acknowledged_at - a.opened_at), avg(a.resolved_at - a.opened_at) FILTER (WHERE a.resolved_by = 'stock' AND a.resolved_note IS DISTINCT FROM 'not carried any more')
		INTO total, active, resolved, mean_time_to_acknowledge, mean_time_to_restock
		FROM stockalert.alerts AS a
		WHERE (sees_all OR a.location_id = ANY (visible))
			AND (b.location_ids IS NULL OR a.location_id = ANY (b.location_ids))
			AND (b.categories IS NULL OR (SELECT i.category = ANY (b.categories) FROM stockalert.items AS i WHERE i.item_id = a.item_id))
			AND (b.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = b.app_key FROM stockalert.items AS i WHERE i.item_id = a.item_id));
	IF subscriber IS NOT NULL THEN
		SELECT count(*) INTO low_stock_items FROM stockalert.low_stock_for(subscriber);
	ELSE
		SELECT count(*) INTO low_stock_items FROM stockalert.stock_levels AS s
			WHERE s.class IN ('low', 'critical', 'out') AND (sees_all OR s.location_id = ANY (visible));
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.alert_stats(text) IS
	'Counts of alerts, items low now, mean time to acknowledge and until stock resolved them (NULL where there is none): of all that the caller sees, or where a subscriber looks (items then by low_stock_for()). Error 42704 unknown subscriber.';

GRANT SELECT ON stockalert.stock_status, stockalert.low_stock, stockalert.alert_list, stockalert.active_alerts,
	stockalert.location_list, stockalert.delivery_log, stockalert.waiting_messages TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.inventory_summary(text), stockalert.alert_stats(text), stockalert.sees_message(bigint[], bigint) TO stockalert_viewer;
