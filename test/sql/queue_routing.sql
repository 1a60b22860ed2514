-- Who is told of a waiting event, and the one reason why not.  delivery is off
-- here, so that events stay where they are.
\set VERBOSITY terse
SET datestyle = ISO;
SET TIME ZONE 'UTC';
BEGIN;
SET stockalert.as_of = '2026-03-01 12:00+00';
INSERT INTO stockalert.locations (code, name, time_zone) VALUES ('main', 'Main', 'UTC'), ('far', 'Far', 'UTC');
INSERT INTO stockalert.items (sku, name, category) VALUES ('LED-8', 'LED strip', 'light'), ('MUG-1', 'Mug', NULL);
INSERT INTO stockalert.subscribers (name, time_zone, own_threshold, minimum_severity, location_ids, categories, enabled, quiet_from, quiet_until) VALUES
	('all', 'UTC', NULL, 'low', NULL, NULL, true, NULL, NULL),
	('five', 'UTC', 5, 'low', NULL, NULL, true, NULL, NULL),
	('thirty', 'UTC', 30, 'low', NULL, NULL, true, NULL, NULL),
	('far only', 'UTC', NULL, 'low', (SELECT array_agg(location_id) FROM stockalert.locations WHERE code = 'far'), NULL, true, NULL, NULL),
	('light only', 'UTC', NULL, 'low', NULL, '{light}', true, NULL, NULL),
	('away', 'UTC', NULL, 'low', NULL, NULL, false, NULL, NULL),
	('urgent', 'UTC', NULL, 'critical', NULL, NULL, true, NULL, NULL),
	('asleep', 'UTC', NULL, 'low', NULL, NULL, true, '00:00', '23:59:59.999999');
INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address)
	SELECT subscriber_id, 'log', 'console' FROM stockalert.subscribers;
INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address, minimum_severity, enabled)
	SELECT subscriber_id, v.channel, v.address, v.minimum, v.enabled FROM stockalert.subscribers,
		(VALUES ('sms', '+15550001', NULL, true), ('whatsapp', '+15550001', 'out', true), ('email', 'a@example.com', NULL, false)) AS v (channel, address, minimum, enabled)
	WHERE name = 'all';

-- An alert by a rule at 20, its event waiting.
CREATE FUNCTION pg_temp.raise(sku text, event text, severity text, quantity numeric, threshold_from text, at timestamptz) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	the_item bigint := (SELECT i.item_id FROM stockalert.items AS i WHERE i.sku = raise.sku);
	the_location bigint := (SELECT l.location_id FROM stockalert.locations AS l WHERE l.code = 'main');
	the_alert bigint;
BEGIN
	DELETE FROM stockalert.queue WHERE stage = 'event';
	UPDATE stockalert.alerts AS a SET severity = raise.severity, quantity = raise.quantity WHERE a.item_id = the_item AND a.resolved_at IS NULL
		RETURNING a.alert_id INTO the_alert;
	IF NOT FOUND THEN
		INSERT INTO stockalert.alerts (location_id, item_id, severity, worst, quantity, threshold, threshold_from, on_hand, reserved, opened_at)
			VALUES (the_location, the_item, raise.severity, raise.severity, raise.quantity, 20, raise.threshold_from, raise.quantity, 0, at)
			RETURNING alert_id INTO the_alert;
	END IF;
	INSERT INTO stockalert.queue (event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		VALUES (event, the_alert, the_location, the_item, raise.severity, raise.quantity, at);
END
$$;
CREATE TEMP VIEW verdicts AS
	SELECT subscriber, channel, coalesce(verdict, 'TOLD') AS verdict FROM stockalert.event_routes ORDER BY subscriber, channel;

-- low at 18: own thresholds filter where they are explicit.
SELECT pg_temp.raise('LED-8', 'opened', 'low', 18, 'rule', '2026-03-01 12:00+00');
SELECT * FROM verdicts;
SELECT subscriber, not_before > now() AS waits FROM stockalert.event_routes WHERE not_before IS NOT NULL;

-- No category is in no list of categories.
SELECT pg_temp.raise('MUG-1', 'opened', 'low', 18, 'rule', '2026-03-01 12:00+00');
SELECT * FROM verdicts WHERE subscriber = 'light only';

-- critical at 4: five hears it now, sms too.
SELECT pg_temp.raise('LED-8', 'worsened', 'critical', 4, 'rule', '2026-03-01 12:10+00');
SELECT * FROM verdicts WHERE subscriber IN ('five', 'urgent') OR channel <> 'log';

-- Out does not wait for the end of quiet hours.
SELECT pg_temp.raise('LED-8', 'worsened', 'out', 0, 'rule', '2026-03-01 12:20+00');
SELECT subscriber, channel, verdict, not_before FROM stockalert.event_routes WHERE subscriber = 'asleep' OR channel = 'whatsapp' ORDER BY 1;

-- Where no rule says what is low, the default of 5 filters too.
SELECT pg_temp.raise('MUG-1', 'opened', 'low', 18, 'rule', '2026-03-01 12:00+00');
UPDATE stockalert.alerts SET threshold_from = 'subscriber', severity = 'low' WHERE item_id = (SELECT item_id FROM stockalert.items WHERE sku = 'MUG-1');
SELECT * FROM verdicts WHERE subscriber IN ('all', 'five', 'thirty') AND channel = 'log';

-- Crossing an own threshold inside an open alert concerns that subscriber alone.
SELECT pg_temp.raise('LED-8', 'crossed', 'low', 4, 'rule', '2026-03-01 12:30+00');
UPDATE stockalert.queue SET subscriber_id = (SELECT subscriber_id FROM stockalert.subscribers WHERE name = 'five') WHERE stage = 'event';
SELECT * FROM verdicts;

-- The 24-hour rule: by occurred_at, per channel, broken by worse news alone.
INSERT INTO stockalert.notices (alert_id, subscriber_id, channel, accepted_at, worst)
	SELECT a.alert_id, s.subscriber_id, 'log', '2026-03-01 12:00+00', 'low' FROM stockalert.alerts AS a
		JOIN stockalert.items AS i ON i.item_id = a.item_id AND i.sku = 'LED-8', stockalert.subscribers AS s WHERE s.name = 'all';
SELECT pg_temp.raise('LED-8', 'reopened', 'low', 9, 'rule', '2026-03-02 11:59+00');
SELECT * FROM verdicts WHERE subscriber = 'all' AND channel = 'log';
SELECT pg_temp.raise('LED-8', 'worsened', 'critical', 2, 'rule', '2026-03-02 11:59+00');
SELECT * FROM verdicts WHERE subscriber = 'all' AND channel IN ('log', 'sms');
SELECT pg_temp.raise('LED-8', 'reopened', 'low', 9, 'rule', '2026-03-02 12:00+00');
SELECT * FROM verdicts WHERE subscriber = 'all' AND channel = 'log';
-- It does not bind reminders, acknowledging does.
SELECT pg_temp.raise('LED-8', 'reminder', 'low', 9, 'rule', '2026-03-01 13:00+00');
SELECT * FROM verdicts WHERE subscriber = 'all' AND channel = 'log';
UPDATE stockalert.alerts SET acknowledged_at = '2026-03-01 12:30+00';
SELECT * FROM verdicts WHERE subscriber = 'all' AND channel = 'log';
UPDATE stockalert.alerts SET acknowledged_at = NULL;

-- A message that is still on its way counts as told.
INSERT INTO stockalert.messages (message_id, kind, ref, channel, recipient, subject, body, alert_ids, severities, occurred_at) OVERRIDING SYSTEM VALUE
	SELECT 1000 + row_number() OVER (), k, 'ABCDEF', 'log', 'console', '', '', ARRAY[a.alert_id], '{low}', '2026-03-01 12:00+00'
	FROM stockalert.alerts AS a JOIN stockalert.items AS i ON i.item_id = a.item_id AND i.sku = 'LED-8', unnest('{alert,digest}'::text[]) AS k;
INSERT INTO stockalert.queue (stage, event, alert_id, severity, subscriber_id, occurred_at, message_id, channel, endpoint)
	SELECT 'message', 'opened', m.alert_ids[1], 'low', s.subscriber_id, m.occurred_at, m.message_id, 'log', 'log'
	FROM stockalert.messages AS m, stockalert.subscribers AS s WHERE m.kind = 'alert' AND s.name = 'thirty';
INSERT INTO stockalert.queue (stage, event, severity, subscriber_id, occurred_at, message_id, channel, endpoint)
	SELECT 'message', 'digest', 'low', s.subscriber_id, m.occurred_at, m.message_id, 'log', 'log'
	FROM stockalert.messages AS m, stockalert.subscribers AS s WHERE m.kind = 'digest' AND s.name = 'light only';
SELECT pg_temp.raise('LED-8', 'reopened', 'low', 9, 'rule', '2026-03-01 13:00+00');
SELECT * FROM verdicts WHERE subscriber IN ('thirty', 'light only');
SELECT pg_temp.raise('LED-8', 'worsened', 'critical', 2, 'rule', '2026-03-01 13:00+00');
SELECT * FROM verdicts WHERE subscriber IN ('thirty', 'light only');

-- Back in stock: for whoever was told, once, and while it is true.
SELECT pg_temp.raise('LED-8', 'resolved', 'low', 50, 'rule', '2026-03-03 09:00+00');
SELECT DISTINCT verdict FROM verdicts;
UPDATE stockalert.alerts SET resolved_at = '2026-03-03 09:00+00';
SELECT * FROM verdicts WHERE verdict NOT IN ('subscriber disabled', 'contact disabled', 'other locations');
UPDATE stockalert.notices SET resolved_at = '2026-03-03 09:00+00';
SELECT * FROM verdicts WHERE subscriber = 'all' AND channel = 'log';
-- What was low and is back is not told as low any more.
UPDATE stockalert.queue SET event = 'reopened' WHERE stage = 'event';
SELECT DISTINCT verdict FROM verdicts WHERE subscriber = 'all' AND channel = 'log';
ROLLBACK;

-- Quiet hours, within a day, over midnight, in another zone, and none.
SELECT at, stockalert.quiet_until(at, 'UTC', '12:00', '14:00') AS noon, stockalert.quiet_until(at, 'UTC', '22:00', '07:00') AS night,
	stockalert.quiet_until(at, 'Europe/Rome', '22:00', '07:00') AS night_in_rome, stockalert.quiet_until(at, 'UTC', '22:00', '22:00') AS none
FROM unnest('{2026-03-01 05:59+00, 2026-03-01 06:00+00, 2026-03-01 12:00+00, 2026-03-01 13:59:59+00, 2026-03-01 14:00+00, 2026-03-01 21:00+00, 2026-03-01 23:00+00}'::timestamptz[]) AS at;
SELECT stockalert.quiet_until(now(), 'Mars/Olympus', '22:00', '07:00');
-- A night with an hour less, in the zone where it is.
SELECT stockalert.quiet_until('2026-03-28 23:30+00', 'Europe/Rome', '22:00', '07:00');
SELECT stockalert.quiet_until(now(), 'UTC', NULL, NULL) IS NULL AS never;

-- The queue refuses nonsense.
INSERT INTO stockalert.queue (stage, event, occurred_at) VALUES ('message', 'opened', now());
INSERT INTO stockalert.queue (stage, event, occurred_at) VALUES ('letter', 'opened', now());
INSERT INTO stockalert.queue (event, occurred_at, state) VALUES ('opened', now(), 'X');
