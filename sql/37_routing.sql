-- Who is told of what.  The sender routes by these views, and a person can read
-- from them why somebody will hear of a waiting event, or why not.  One function
-- says so for all of them (src/pure/interest.c).

CREATE FUNCTION stockalert.quiet_until(at timestamptz, time_zone text, quiet_from time, quiet_until time) RETURNS timestamptz
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	local_time timestamp;
BEGIN
	IF NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', left(time_zone, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Quiet hours are in a time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	local_time := at AT TIME ZONE time_zone;
	RETURN CASE
		WHEN quiet_from = quiet_until THEN NULL
		WHEN quiet_from < quiet_until AND local_time::time >= quiet_from AND local_time::time < quiet_until
			OR quiet_from > quiet_until AND local_time::time < quiet_until
			THEN (local_time::date + quiet_until) AT TIME ZONE time_zone
		WHEN quiet_from > quiet_until AND local_time::time >= quiet_from
			THEN (local_time::date + 1 + quiet_until) AT TIME ZONE time_zone
	END;
END
$$;
COMMENT ON FUNCTION stockalert.quiet_until(timestamptz, text, time, time) IS
	'Returns the end of the quiet hours that a time falls in, or NULL where it falls in none. The hours are local to the time zone and may span midnight. NULL for any NULL. Error 22023: unknown time zone.';

-- not strict: NULL is an alert without a category, a contact that was told nothing
CREATE FUNCTION stockalert.why_not_told(event text, severity text, quantity numeric, occurred_at timestamptz, category text,
	alert stockalert.alerts, subscriber stockalert.subscribers, contact stockalert.subscriber_contacts, notice stockalert.notices,
	waiting_rank integer, waiting_at timestamptz, in_flight boolean, return_waiting boolean, somebody_else boolean) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_why_not_told';
COMMENT ON FUNCTION stockalert.why_not_told(text, text, numeric, timestamptz, text, stockalert.alerts, stockalert.subscribers,
	stockalert.subscriber_contacts, stockalert.notices, integer, timestamptz, boolean, boolean, boolean) IS
	'The one reason why a contact is not told of an event of an alert; NULL: it is. event standing asks whether the open alert concerns it, whatever it was told. What it was told: notice, and of messages on their way the greatest severity (1 low, 2 critical, 3 out), when, in flight, back in stock. somebody_else: another subscriber is concerned. NULL too without event, severity, alert, subscriber or contact. Error 22023: no event of an alert.';

-- Whether an alert concerns anybody who is not there for what nobody else is told.
-- Not inlined on purpose: asked for those alone who are.
CREATE FUNCTION stockalert.concerns_somebody(alert stockalert.alerts, severity text, quantity numeric, category text) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM stockalert.subscribers AS s JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
		WHERE NOT s.fallback
			AND (s.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = s.app_key FROM stockalert.items AS i WHERE i.item_id = (concerns_somebody.alert).item_id))
			AND stockalert.why_not_told('standing', concerns_somebody.severity, concerns_somebody.quantity, NULL,
			concerns_somebody.category, concerns_somebody.alert, s, c, NULL, NULL, NULL, NULL, NULL, NULL) IS NULL);
$$;
COMMENT ON FUNCTION stockalert.concerns_somebody(stockalert.alerts, text, numeric, text) IS
	'Tells whether an alert of this severity and quantity concerns any subscriber but those with fallback. For the owner.';

CREATE FUNCTION stockalert.names_alert(message_id bigint, alert_ids bigint[], alert_id bigint) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_names_alert';
COMMENT ON FUNCTION stockalert.names_alert(bigint, bigint[], bigint) IS
	'Tells whether an alert is among those of a message, as alert_id = ANY (alert_ids) would; the alerts of a long message, known by its id, are read once a statement however many alerts it is asked about. For the owner.';

-- Each alert with each contact, and what that contact was told of it.
CREATE VIEW stockalert.alert_contacts AS
SELECT a.location_id, a.alert_id, a AS alert, s.subscriber_id, s AS subscriber, c.contact_id, c AS contact,
	i.name AS item, i.sku, i.category, l.name AS location, n.notice, w.rank AS waiting_rank, w.occurred_at AS waiting_at, w.in_flight,
	w.resolved AS return_waiting
FROM stockalert.alerts AS a
JOIN stockalert.items AS i ON i.item_id = a.item_id
JOIN stockalert.locations AS l ON l.location_id = a.location_id
-- Of people of an app, those alone whose item it is.
JOIN stockalert.subscribers AS s ON (i.owner_key IS NULL OR s.app_key IS NULL OR s.app_key = i.owner_key)
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
-- What it was told before; LIMIT keeps each look-up one by the whole key.
LEFT JOIN LATERAL (
	SELECT t AS notice FROM stockalert.notices AS t
	WHERE t.alert_id = a.alert_id AND t.subscriber_id = s.subscriber_id AND t.channel = c.channel LIMIT 1
) AS n ON true
-- Messages about it that are still on their way to this person; said so that queue_told_idx alone fits.
LEFT JOIN LATERAL (
	SELECT pg_catalog.max(pg_catalog.array_position('{low,critical,out}'::text[], u.severity)) FILTER (WHERE u.event <> 'resolved') AS rank,
		pg_catalog.max(u.occurred_at) FILTER (WHERE u.event <> 'resolved') AS occurred_at,
		pg_catalog.bool_or(u.state = 'I' AND u.event <> 'resolved') AS in_flight,
		pg_catalog.bool_or(u.event = 'resolved') AS resolved
	FROM (
		SELECT m.severity, m.event, m.occurred_at, m.state FROM stockalert.queue AS m
		WHERE m.message_id IS NOT NULL AND m.subscriber_id = s.subscriber_id AND m.alert_id = a.alert_id AND m.channel = c.channel
		UNION ALL
		SELECT m.severity, m.event, m.occurred_at, m.state FROM stockalert.queue AS m
		JOIN stockalert.messages AS d ON d.message_id = m.message_id AND stockalert.names_alert(m.message_id, d.alert_ids, a.alert_id)
		WHERE m.message_id IS NOT NULL AND m.subscriber_id = s.subscriber_id AND m.alert_id IS NULL AND m.channel = c.channel
			AND m.event IN ('digest', 'resolved')
	) AS u
) AS w ON true;
COMMENT ON VIEW stockalert.alert_contacts IS
	'Every alert with every contact (of people of an app, its owner''s alone), and what that contact was told of it or is about to be. Ask for single alerts. For the owner.';

-- An event about one alert, once for each contact that it might go to.
CREATE VIEW stockalert.event_routes AS
SELECT q.queue_id, q.event, q.lane, q.alert_id, q.severity, q.quantity, q.occurred_at,
	v.subscriber_id, (v.subscriber).name AS subscriber, (v.subscriber).time_zone, v.contact_id, (v.contact).channel, (v.contact).address,
	v.item, v.sku, v.location, (v.alert).kind, (v.alert).threshold,
	CASE WHEN q.stage = 'held' THEN q.next_attempt_at END AS held_until, CASE WHEN q.stage = 'held' THEN q.last_error END AS held_for,
	CASE WHEN q.severity = 'out' AND q.event <> 'resolved' THEN NULL
		ELSE stockalert.quiet_until(pg_catalog.now(), (v.subscriber).time_zone, (v.subscriber).quiet_from, (v.subscriber).quiet_until) END AS not_before,
	stockalert.why_not_told(q.event, q.severity, q.quantity, q.occurred_at, v.category, v.alert, v.subscriber, v.contact, v.notice,
		v.waiting_rank, v.waiting_at, v.in_flight, v.return_waiting,
		CASE WHEN (v.subscriber).fallback AND q.event <> 'resolved'
			THEN stockalert.concerns_somebody(v.alert, q.severity, q.quantity, v.category) END) AS verdict
FROM stockalert.queue AS q
-- By the number of the alert: all alerts of a place are no way to one of them, whatever statistics say.
JOIN stockalert.alert_contacts AS v ON v.alert_id = q.alert_id AND (v.location_id = q.location_id) IS TRUE
	AND (v.subscriber_id = q.subscriber_id OR q.subscriber_id IS NULL)
	-- What is held is for one contact, or for the one that has taken its place.
	AND (q.contact_id IS NULL OR v.contact_id = q.contact_id OR (v.contact_id > q.contact_id AND (v.contact).channel = q.channel
		AND NOT EXISTS (SELECT FROM stockalert.subscriber_contacts AS k WHERE k.contact_id = q.contact_id)))
-- Of stage event or held; said so that rows are found by their key and not by the index of waiting ones.
WHERE q.message_id IS NULL AND q.event IN ('opened', 'worsened', 'reopened', 'crossed', 'escalated', 'resolved', 'reminder');
COMMENT ON VIEW stockalert.event_routes IS
	'Waiting events about alerts, once for each contact of each subscriber they might go to. verdict: why that contact will not be told; NULL: it will.';
COMMENT ON COLUMN stockalert.event_routes.verdict IS
	'NULL: will be told. Else the first reason against it: subscriber disabled, contact disabled, other locations, other categories, resolved meanwhile, acknowledged, not escalated, not for escalations, below minimum severity, above own threshold, somebody else is told, told already, about to be told; for back in stock: never told of it, already told, open again.';
COMMENT ON COLUMN stockalert.event_routes.held_for IS 'Why the news is held, and held_until when it is judged again; NULL: not held.';
COMMENT ON COLUMN stockalert.event_routes.not_before IS 'End of the subscriber''s quiet hours; NULL: now. News that an item is out does not wait.';

-- What a subscriber hears of when told everything at once: summaries, and the
-- digest after a takeover.
CREATE VIEW stockalert.open_alert_routes AS
SELECT s.subscriber_id, c.contact_id, s.name AS subscriber, s.time_zone, c.channel, c.address,
	a.alert_id, a.kind, a.severity, a.quantity, a.threshold, i.name AS item, i.sku, l.name AS location,
	coalesce(a.reopened_at, a.opened_at) AS opened_at
FROM stockalert.subscribers AS s
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id AND c.enabled
-- What is in other places is left out before anything is asked.
JOIN stockalert.alerts AS a ON a.resolved_at IS NULL
	AND (s.location_ids IS NULL OR a.location_id = ANY (s.location_ids))
JOIN stockalert.items AS i ON i.item_id = a.item_id AND (i.owner_key IS NULL OR s.app_key IS NULL OR s.app_key = i.owner_key)
JOIN stockalert.locations AS l ON l.location_id = a.location_id
WHERE s.enabled
	AND stockalert.why_not_told('standing', a.severity, a.quantity, NULL, i.category, a, s, c, NULL, NULL, NULL, NULL, NULL,
		CASE WHEN s.fallback THEN stockalert.concerns_somebody(a, a.severity, a.quantity, i.category) END) IS NULL;
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
		AND (s.categories IS NULL OR (SELECT i.category = ANY (s.categories) FROM stockalert.items AS i WHERE i.item_id = v.item_id))
		AND (s.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = s.app_key FROM stockalert.items AS i WHERE i.item_id = v.item_id))) AS k
WHERE s.enabled;
COMMENT ON VIEW stockalert.summary_routes IS
	'Counts of stock by class within the scope of each subscriber, once for each enabled contact that takes summaries (not sms, not whatsapp).';

GRANT EXECUTE ON FUNCTION stockalert.quiet_until(timestamptz, text, time, time)
	TO stockalert_viewer, stockalert_worker;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.why_not_told(text, text, numeric, timestamptz, text, stockalert.alerts, stockalert.subscribers,
		stockalert.subscriber_contacts, stockalert.notices, integer, timestamptz, boolean, boolean, boolean),
	stockalert.concerns_somebody(stockalert.alerts, text, numeric, text), stockalert.names_alert(bigint, bigint[], bigint) TO stockalert_worker, stockalert_admin;
GRANT SELECT ON stockalert.event_routes, stockalert.open_alert_routes, stockalert.summary_routes TO stockalert_worker, stockalert_admin;
