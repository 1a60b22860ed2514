-- Who is told of what.  The sender routes by these views, and a person can read
-- from them why somebody will hear of a waiting event, or why not.  The rank of
-- a severity is its place in {low,critical,out}, by a built-in function: one of
-- our own could not be inlined.

CREATE FUNCTION stockalert.quiet_until(at timestamptz, time_zone text, quiet_from time, quiet_until time) RETURNS timestamptz
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT CASE
			WHEN quiet_from = quiet_until THEN NULL
			WHEN quiet_from < quiet_until AND l.clock >= quiet_from AND l.clock < quiet_until
				OR quiet_from > quiet_until AND l.clock < quiet_until
				THEN (l.day + quiet_until) AT TIME ZONE time_zone
			WHEN quiet_from > quiet_until AND l.clock >= quiet_from
				THEN (l.day + 1 + quiet_until) AT TIME ZONE time_zone
		END
		FROM (SELECT (at AT TIME ZONE time_zone)::time AS clock, (at AT TIME ZONE time_zone)::date AS day) AS l);
COMMENT ON FUNCTION stockalert.quiet_until(timestamptz, text, time, time) IS
	'Returns the end of the quiet hours that a time falls in, or NULL where it falls in none. The hours are local to the time zone and may span midnight. NULL for any NULL.';

-- An event about one alert, once for each contact that it might go to.
CREATE VIEW stockalert.event_routes AS
SELECT q.queue_id, q.event, q.lane, q.alert_id, q.severity, q.quantity, q.occurred_at,
	s.subscriber_id, s.name AS subscriber, s.time_zone, c.contact_id, c.channel, c.address,
	i.name AS item, i.sku, l.name AS location, a.threshold,
	CASE WHEN q.severity = 'out' AND q.event <> 'resolved' THEN NULL
		ELSE stockalert.quiet_until(pg_catalog.now(), s.time_zone, s.quiet_from, s.quiet_until) END AS not_before,
	CASE
		WHEN NOT s.enabled THEN 'subscriber disabled'
		WHEN NOT c.enabled THEN 'contact disabled'
		WHEN s.location_ids IS NOT NULL AND NOT q.location_id = ANY (s.location_ids) THEN 'other locations'
		WHEN s.categories IS NOT NULL AND (i.category IS NULL OR NOT i.category = ANY (s.categories)) THEN 'other categories'
		-- Back in stock: for whoever was told that it was low, and once.
		WHEN q.event = 'resolved' AND a.resolved_at IS NULL THEN 'open again'
		WHEN q.event = 'resolved' AND n.alert_id IS NULL AND NOT coalesce(w.in_flight, false) THEN 'never told of it'
		WHEN q.event = 'resolved' AND n.resolved_at >= n.accepted_at THEN 'already told'
		WHEN q.event = 'resolved' AND w.resolved THEN 'already told'
		WHEN q.event = 'resolved' THEN NULL
		WHEN a.resolved_at IS NOT NULL THEN 'resolved meanwhile'
		WHEN q.event = 'reminder' AND a.acknowledged_at IS NOT NULL THEN 'acknowledged'
		WHEN pg_catalog.array_position('{low,critical,out}'::text[], q.severity) < pg_catalog.array_position('{low,critical,out}'::text[], coalesce(c.minimum_severity, s.minimum_severity))
			THEN 'below minimum severity'
		WHEN c.channel = 'sms' AND c.minimum_severity IS NULL AND pg_catalog.array_position('{low,critical,out}'::text[], q.severity) < 2
			THEN 'below minimum severity'
		-- An own threshold filters where it is explicit, or where it is all there is.
		WHEN q.event <> 'crossed' AND q.quantity > 0 AND (s.own_threshold IS NOT NULL OR a.threshold_from = 'subscriber')
			AND q.quantity >= coalesce(s.own_threshold, 5) THEN 'above own threshold'
		WHEN q.event = 'reminder' THEN NULL
		-- The 24-hour rule: only worse news breaks it.
		WHEN pg_catalog.array_position('{low,critical,out}'::text[], q.severity) <= pg_catalog.array_position('{low,critical,out}'::text[], n.worst)
			AND q.occurred_at < n.accepted_at + r.repeat_after THEN 'told already'
		WHEN w.rank >= pg_catalog.array_position('{low,critical,out}'::text[], q.severity) AND q.occurred_at < w.occurred_at + r.repeat_after
			THEN 'about to be told'
	END AS verdict
FROM stockalert.queue AS q
JOIN stockalert.alerts AS a ON a.alert_id = q.alert_id AND a.location_id = q.location_id
JOIN stockalert.items AS i ON i.item_id = a.item_id
JOIN stockalert.locations AS l ON l.location_id = a.location_id
JOIN stockalert.subscribers AS s ON s.subscriber_id = q.subscriber_id OR q.subscriber_id IS NULL
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
CROSS JOIN (SELECT coalesce(pg_catalog.current_setting('stockalert.repeat_after', true), '24 hours')::interval AS repeat_after) AS r
-- What it was told before; LIMIT keeps each look-up one by the whole key.
LEFT JOIN LATERAL (
	SELECT t.alert_id, t.accepted_at, t.worst, t.resolved_at FROM stockalert.notices AS t
	WHERE t.alert_id = q.alert_id AND t.subscriber_id = s.subscriber_id AND t.channel = c.channel LIMIT 1
) AS n ON true
-- Messages about it that are still on their way to this person.
LEFT JOIN LATERAL (
	SELECT pg_catalog.max(pg_catalog.array_position('{low,critical,out}'::text[], u.severity)) FILTER (WHERE u.event <> 'resolved') AS rank,
		pg_catalog.max(u.occurred_at) FILTER (WHERE u.event <> 'resolved') AS occurred_at,
		pg_catalog.bool_or(u.state = 'I' AND u.event <> 'resolved') AS in_flight,
		pg_catalog.bool_or(u.event = 'resolved') AS resolved
	FROM (
		SELECT m.severity, m.event, m.occurred_at, m.state FROM stockalert.queue AS m
		WHERE m.stage = 'message' AND m.subscriber_id = s.subscriber_id AND m.alert_id = q.alert_id AND m.channel = c.channel
		UNION ALL
		SELECT m.severity, m.event, m.occurred_at, m.state FROM stockalert.queue AS m
		JOIN stockalert.messages AS d ON d.message_id = m.message_id AND q.alert_id = ANY (d.alert_ids)
		WHERE m.stage = 'message' AND m.subscriber_id = s.subscriber_id AND m.alert_id IS NULL AND m.channel = c.channel
			AND m.event IN ('digest', 'resolved')
	) AS u
) AS w ON true
-- Of stage event; said so that rows are found by their key and not by the index of waiting ones.
WHERE q.message_id IS NULL AND q.event IN ('opened', 'worsened', 'reopened', 'crossed', 'resolved', 'reminder');
COMMENT ON VIEW stockalert.event_routes IS
	'Waiting events about alerts, once for each contact of each subscriber they might go to. verdict: why that contact will not be told; NULL: it will.';
COMMENT ON COLUMN stockalert.event_routes.verdict IS
	'NULL: will be told. Else the first reason against it: subscriber disabled, contact disabled, other locations, other categories, below minimum severity, above own threshold, told already, about to be told, resolved meanwhile, acknowledged; for back in stock: never told of it, already told, open again.';
COMMENT ON COLUMN stockalert.event_routes.not_before IS 'End of the subscriber''s quiet hours; NULL: now. News that an item is out does not wait.';

-- What a subscriber hears of when told everything at once: summaries, and the
-- digest after a takeover.
CREATE VIEW stockalert.open_alert_routes AS
SELECT s.subscriber_id, c.contact_id, s.name AS subscriber, s.time_zone, c.channel, c.address,
	a.alert_id, a.severity, a.quantity, a.threshold, i.name AS item, i.sku, l.name AS location,
	coalesce(a.reopened_at, a.opened_at) AS opened_at
FROM stockalert.subscribers AS s
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id AND c.enabled
JOIN stockalert.alerts AS a ON a.resolved_at IS NULL
	AND (s.location_ids IS NULL OR a.location_id = ANY (s.location_ids))
JOIN stockalert.items AS i ON i.item_id = a.item_id AND (s.categories IS NULL OR i.category = ANY (s.categories))
JOIN stockalert.locations AS l ON l.location_id = a.location_id
WHERE s.enabled
	AND pg_catalog.array_position('{low,critical,out}'::text[], a.severity) >= pg_catalog.array_position('{low,critical,out}'::text[], coalesce(c.minimum_severity, s.minimum_severity))
	AND (c.channel <> 'sms' OR c.minimum_severity IS NOT NULL OR pg_catalog.array_position('{low,critical,out}'::text[], a.severity) >= 2)
	AND (a.quantity <= 0 OR NOT (s.own_threshold IS NOT NULL OR a.threshold_from = 'subscriber')
		OR a.quantity < coalesce(s.own_threshold, 5));
COMMENT ON VIEW stockalert.open_alert_routes IS
	'Open alerts, once for each enabled contact whose subscriber they concern by scope, minimum severity and own threshold.';

CREATE VIEW stockalert.summary_routes AS
SELECT s.subscriber_id, c.contact_id, s.name AS subscriber, s.time_zone, c.channel, c.address,
	CASE WHEN pg_catalog.cardinality(s.location_ids) = 1
		THEN (SELECT l.name FROM stockalert.locations AS l WHERE l.location_id = s.location_ids[1]) END AS location,
	k.healthy, k.low, k.critical, k.out, k.over
FROM stockalert.subscribers AS s
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id AND c.enabled
	AND c.channel NOT IN ('sms', 'whatsapp')
CROSS JOIN LATERAL (
	SELECT pg_catalog.count(*) FILTER (WHERE v.class = 'ok') AS healthy,
		pg_catalog.count(*) FILTER (WHERE v.class = 'low') AS low,
		pg_catalog.count(*) FILTER (WHERE v.class = 'critical') AS critical,
		pg_catalog.count(*) FILTER (WHERE v.class = 'out') AS out,
		pg_catalog.count(*) FILTER (WHERE v.class = 'over') AS over
	-- From stock to item by key, and only where categories matter: the other way
	-- round, each item would read the whole key of stock_levels.
	FROM stockalert.stock_levels AS v
	WHERE v.active AND (s.location_ids IS NULL OR v.location_id = ANY (s.location_ids))
		AND (s.categories IS NULL OR (SELECT i.category = ANY (s.categories) FROM stockalert.items AS i WHERE i.item_id = v.item_id))) AS k
WHERE s.enabled;
COMMENT ON VIEW stockalert.summary_routes IS
	'Counts of stock by class within the scope of each subscriber, once for each enabled contact that takes summaries (not sms, not whatsapp).';

GRANT EXECUTE ON FUNCTION stockalert.quiet_until(timestamptz, text, time, time)
	TO stockalert_viewer, stockalert_worker;
GRANT SELECT ON stockalert.event_routes, stockalert.open_alert_routes, stockalert.summary_routes TO stockalert_worker, stockalert_admin;
