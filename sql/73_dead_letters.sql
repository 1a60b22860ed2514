-- What could not be delivered, and trying it again.

CREATE VIEW stockalert.dead_letters WITH (security_barrier) AS
SELECT d.message_id, d.finished_at, d.outcome, d.channel, b.name AS subscriber, m.kind, m.subject, m.ref, d.attempts, d.maybe_twice,
	d.status, d.error_class, d.error, d.occurred_at
FROM (
	SELECT g.message_id, g.finished_at, g.outcome, g.channel, g.subscriber_id, g.attempts, g.maybe_twice, g.status, g.error_class, g.error,
		g.occurred_at, g.finished_at AS settled_at
	FROM stockalert.deliveries AS g WHERE g.outcome IN ('dead', 'expired')
	UNION ALL
	-- Accepted, and then lost on its way.
	SELECT g.message_id, f.decided_at, 'undelivered' AS outcome, g.channel, g.subscriber_id, g.attempts, g.maybe_twice, g.status, f.error_class, f.error,
		g.occurred_at, g.finished_at
	FROM stockalert.delivery_fates AS f JOIN stockalert.deliveries AS g ON g.message_id = f.message_id AND g.provider_id = f.provider_id
	WHERE f.fate = 'undelivered' AND f.ask_at IS NULL) AS d
LEFT JOIN stockalert.messages AS m ON m.message_id = d.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = d.subscriber_id
WHERE NOT EXISTS (SELECT FROM stockalert.deliveries AS later WHERE later.message_id = d.message_id AND later.finished_at > d.settled_at)
	AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = d.message_id)
	AND ((SELECT stockalert.sees_all_locations()) OR stockalert.sees_message(m.alert_ids, d.subscriber_id));
COMMENT ON VIEW stockalert.dead_letters IS
	'Messages that were given up (outcome dead or expired; undelivered: accepted, but lost on the way) and not tried again since, and why (error); retry_delivery() tries again. Without their texts and addresses.';

CREATE FUNCTION stockalert.retry_letters(letters bigint[], OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	queued bigint;
	lost bigint;
BEGIN
	-- The sender puts them back: messages enter the queue by its hand alone.
	WITH written AS (
		INSERT INTO stockalert.queue (lane, event, subscriber_id, channel, occurred_at, message_id)
		SELECT 1, 'retry', m.subscriber_id, m.channel, m.occurred_at, m.message_id
		FROM stockalert.messages AS m WHERE m.message_id = ANY (letters) AND m.body <> '' ORDER BY m.message_id
		RETURNING 1)
	SELECT count(*) INTO queued FROM written;
	lost := cardinality(letters) - queued;
	IF queued > 0 THEN
		PERFORM stockalert.wake_sender();
	END IF;
	done := format('%s %s tried again', queued, CASE queued WHEN 1 THEN 'message is' ELSE 'messages are' END)
		|| CASE WHEN lost > 0 THEN format('; %s could never be written down and cannot be', lost) ELSE '' END;
	next := 'SELECT * FROM stockalert.waiting_messages;';
END
$$;
COMMENT ON FUNCTION stockalert.retry_letters(bigint[]) IS 'Part of retry_delivery(): has these messages tried again. For the owner.';

CREATE FUNCTION stockalert.retry_delivery(message bigint, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d stockalert.dead_letters;
BEGIN
	-- Two that ask at the same time are asked one after the other.
	PERFORM pg_advisory_xact_lock('stockalert.deliveries'::regclass::oid::bigint);
	SELECT x.* INTO d FROM stockalert.dead_letters AS x WHERE x.message_id = message;
	IF d.message_id IS NULL THEN
		RAISE EXCEPTION 'message % is no dead letter', message
			USING ERRCODE = 'undefined_object', DETAIL = 'It is not there, was delivered, or is being tried already.', HINT = 'SELECT * FROM stockalert.dead_letters;';
	END IF;
	SELECT r.* INTO done, next FROM stockalert.retry_letters(ARRAY[message]) AS r;
END
$$;
COMMENT ON FUNCTION stockalert.retry_delivery(bigint) IS
	'Tries a message of stockalert.dead_letters again: the same words under the same idempotency key, to the address that its recipient has now, unless it is not true any more. Error 42704 no such dead letter.';

CREATE FUNCTION stockalert.retry_delivery(channel text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{email,slack,sms,whatsapp,webhook,log}');
	PERFORM pg_advisory_xact_lock('stockalert.deliveries'::regclass::oid::bigint);
	SELECT r.* INTO done, next FROM stockalert.retry_letters(ARRAY(SELECT x.message_id FROM stockalert.dead_letters AS x
		WHERE x.channel = retry_delivery.channel)) AS r;
END
$$;
COMMENT ON FUNCTION stockalert.retry_delivery(text) IS
	'Tries all of stockalert.dead_letters of a channel again, as retry_delivery(message). Error 22023 unknown channel.';

CREATE FUNCTION stockalert.set_channel_limits(channel text, hourly integer DEFAULT NULL, daily integer DEFAULT NULL, daily_each integer DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{email,slack,sms,whatsapp,webhook,log}');
	IF least(hourly, daily, daily_each) < 1 OR greatest(hourly, daily, daily_each) > 1000000 THEN
		RAISE EXCEPTION 'limit cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A limit is 1 to 1000000 messages.', HINT = 'Leave it out (NULL) where there shall be none.';
	END IF;
	UPDATE stockalert.channels AS h SET hourly_limit = hourly, daily_limit = daily, daily_each = set_channel_limits.daily_each WHERE h.channel = set_channel_limits.channel;
	IF NOT FOUND THEN
		RAISE EXCEPTION '% is not configured', channel
			USING ERRCODE = 'undefined_object', DETAIL = 'Limits belong to a configured channel.', HINT = format('SELECT * FROM stockalert.set_channel(%L);', channel);
	END IF;
	PERFORM stockalert.audit('set_channel_limits', channel);
	-- What was held under the old limits is looked at anew.
	UPDATE stockalert.queue AS q SET next_attempt_at = now() WHERE q.stage = 'held' AND q.channel = set_channel_limits.channel AND q.last_error LIKE 'limit %';
	PERFORM stockalert.wake_sender();
	done := format('channel %s: %s', channel, coalesce(nullif(concat_ws(', ', 'at most ' || hourly || ' an hour', 'at most ' || daily || ' in 24 hours',
		'at most ' || set_channel_limits.daily_each || ' in 24 hours to one recipient'), ''), 'no limits'));
	next := 'SELECT * FROM stockalert.waiting_messages WHERE stage = ''held'';';
END
$$;
COMMENT ON FUNCTION stockalert.set_channel_limits(text, integer, integer, integer) IS
	'Sets how many messages a channel may send in any 60 minutes, in any 24 hours, and in any 24 hours to one recipient; NULL: no limit. What is above waits, is told of in waiting_messages and explain_alert(), and then goes as one digest to each person. Errors: 22023 unknown channel or bad limit, 42704 channel not configured.';

GRANT SELECT ON stockalert.dead_letters TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.retry_delivery(bigint), stockalert.retry_delivery(text) TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.set_channel_limits(text, integer, integer, integer) TO stockalert_admin;
