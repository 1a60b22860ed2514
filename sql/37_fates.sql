-- What became of messages that a provider accepted, and addresses that it will
-- never reach.  Twilio's "accepted" means queued there: the sender asks later,
-- a few times, what its carrier did (src/worker/follow.c).

CREATE TABLE stockalert.delivery_fates (
	provider_id text PRIMARY KEY,
	message_id bigint NOT NULL,
	channel text NOT NULL,
	accepted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	fate text NOT NULL DEFAULT 'waiting',
	decided_at timestamptz,
	ask_at timestamptz,
	asked smallint NOT NULL DEFAULT 0,
	answered smallint NOT NULL DEFAULT 0,
	error_class text,
	error text,
	CONSTRAINT "fate is waiting, delivered, undelivered or unknown" CHECK (fate IN ('waiting', 'delivered', 'undelivered', 'unknown')),
	CONSTRAINT "what waits is asked for" CHECK (fate <> 'waiting' OR ask_at IS NOT NULL)
);
COMMENT ON TABLE stockalert.delivery_fates IS 'One row for each SMS and WhatsApp message that Twilio accepted: whether it arrived.';
COMMENT ON COLUMN stockalert.delivery_fates.provider_id IS 'Its sid at Twilio; provider_id of deliveries.';
COMMENT ON COLUMN stockalert.delivery_fates.fate IS
	'waiting: Twilio is asked again at ask_at; delivered; undelivered: error says why; unknown: it was asked long enough, and the last that is known is in error.';
COMMENT ON COLUMN stockalert.delivery_fates.ask_at IS 'When Twilio is asked next; of an undelivered message: when it goes out once more.';
COMMENT ON COLUMN stockalert.delivery_fates.asked IS 'Times it was asked, counted before the question leaves.';
COMMENT ON COLUMN stockalert.delivery_fates.answered IS 'Answers that left it open.';
COMMENT ON COLUMN stockalert.delivery_fates.error IS 'In our words, with Twilio''s code; without data of the message.';
CREATE INDEX delivery_fates_due_idx ON stockalert.delivery_fates (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX delivery_fates_message_idx ON stockalert.delivery_fates (message_id);
CREATE INDEX delivery_fates_lost_idx ON stockalert.delivery_fates (decided_at) WHERE fate = 'undelivered';

CREATE FUNCTION stockalert.suppress_recipients(messages bigint[], reasons text[]) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	-- Whoever has that address on that channel, and only if it is still the one the message was written for.
	UPDATE stockalert.subscriber_contacts AS c SET suppressed_at = now(), suppressed_for = r.reason
	FROM ROWS FROM (unnest(messages), unnest(reasons)) AS r (message_id, reason)
	JOIN stockalert.messages AS m ON m.message_id = r.message_id
	WHERE r.reason IN ('opted_out', 'recipient') AND m.channel IN ('sms', 'whatsapp')
		AND c.channel = m.channel AND c.address = m.recipient AND c.suppressed_at IS NULL
$$;
COMMENT ON FUNCTION stockalert.suppress_recipients(bigint[], text[]) IS
	'Nothing is sent any more to the phone numbers of these messages: opted_out, they answered STOP; recipient, they cannot be reached. Other reasons do nothing. For the sender.';

CREATE FUNCTION stockalert.note_fates(queue_ids bigint[], provider_ids text[], reasons text[], ask_after integer) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO stockalert.delivery_fates (provider_id, message_id, channel, ask_at)
		SELECT f.provider_id, q.message_id, q.channel, now() + ask_after * interval '1 millisecond'
		FROM ROWS FROM (unnest(queue_ids), unnest(provider_ids)) AS f (queue_id, provider_id)
		JOIN stockalert.queue AS q ON q.queue_id = f.queue_id
		WHERE f.provider_id IS NOT NULL AND ask_after > 0 AND q.channel IN ('sms', 'whatsapp')
		ON CONFLICT ON CONSTRAINT delivery_fates_pkey DO NOTHING;
	PERFORM stockalert.suppress_recipients(array_agg(q.message_id), array_agg(f.reason))
		FROM ROWS FROM (unnest(queue_ids), unnest(reasons)) AS f (queue_id, reason)
		JOIN stockalert.queue AS q ON q.queue_id = f.queue_id
		WHERE f.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION stockalert.note_fates(bigint[], text[], text[], integer) IS
	'Notes of messages that are being settled what is to be asked later (those with a provider''s number, in ask_after milliseconds; 0: never), and suppresses the addresses of those refused for good. For the sender.';

CREATE FUNCTION stockalert.due_fates(OUT provider_id text, OUT channel text) RETURNS SETOF record
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	-- Counted, and due again, before it is asked: a crash loses an answer and never the question.
	UPDATE stockalert.delivery_fates AS f SET asked = f.asked + 1, ask_at = now() + interval '5 minutes'
	WHERE f.provider_id = ANY (ARRAY(SELECT d.provider_id FROM stockalert.delivery_fates AS d
		WHERE d.ask_at <= now() AND d.fate = 'waiting' ORDER BY d.ask_at LIMIT 10))
	RETURNING f.provider_id, f.channel
$$;
COMMENT ON FUNCTION stockalert.due_fates() IS 'Takes at most ten messages that Twilio is to be asked about now. For the sender.';

CREATE FUNCTION stockalert.forget_notices(lost bigint[]) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.notices AS n USING stockalert.messages AS m
	WHERE m.message_id = ANY (lost) AND n.alert_id = ANY (m.alert_ids) AND n.subscriber_id = m.subscriber_id AND n.channel = m.channel
		AND n.accepted_at = m.occurred_at
		-- Another number of the same person was reached.
		AND NOT EXISTS (SELECT FROM stockalert.messages AS o JOIN stockalert.deliveries AS d ON d.message_id = o.message_id AND d.outcome = 'sent'
			WHERE o.subscriber_id = m.subscriber_id AND o.channel = m.channel AND o.occurred_at = m.occurred_at
				AND o.message_id <> ALL (lost) AND stockalert.names_alert(o.message_id, o.alert_ids, n.alert_id)
				AND NOT EXISTS (SELECT FROM stockalert.delivery_fates AS f WHERE f.message_id = o.message_id AND f.fate = 'undelivered'))
$$;
COMMENT ON FUNCTION stockalert.forget_notices(bigint[]) IS
	'Whoever a lost message was for was told nothing by it: what noted that goes. For the sender.';

CREATE FUNCTION stockalert.settle_fates(provider_ids text[], fates text[], delays bigint[], reasons text[], errors text[], ask_after integer) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lost bigint[];
	lost_for text[];
BEGIN
	WITH a AS (
		SELECT f.provider_id, r.delay, r.reason, r.error, r.fate IS NULL AS silent,
			CASE WHEN r.fate IN ('delivered', 'undelivered', 'unknown') THEN r.fate
				-- No carrier's word in the end, or nobody to ask for a day.
				WHEN r.fate IS NULL AND f.accepted_at > now() - interval '1 day' AND f.asked < 100 THEN 'waiting'
				WHEN r.fate = 'waiting' AND f.answered < 3 THEN 'waiting'
				ELSE 'unknown' END AS fate
		FROM ROWS FROM (unnest(provider_ids), unnest(fates), unnest(delays), unnest(reasons), unnest(errors)) AS r (provider_id, fate, delay, reason, error)
		JOIN stockalert.delivery_fates AS f ON f.provider_id = r.provider_id AND f.fate = 'waiting'),
	known AS (
		UPDATE stockalert.delivery_fates AS f SET fate = a.fate, error_class = a.reason, error = a.error,
			answered = f.answered + CASE WHEN a.fate = 'waiting' AND NOT a.silent THEN 1 ELSE 0 END,
			decided_at = CASE WHEN a.fate <> 'waiting' THEN now() END,
			ask_at = CASE WHEN a.fate = 'waiting' AND a.silent THEN now() + a.delay * interval '1 millisecond'
				-- 15 seconds, 1, 5 and 30 minutes after it was accepted, at the usual setting.
				WHEN a.fate = 'waiting' THEN greatest(now(), f.accepted_at + (ARRAY[4, 20, 120])[f.answered + 1] * ask_after * interval '1 millisecond')
				-- A phone that was off is tried once more, an hour later.
				WHEN a.fate = 'undelivered' AND a.reason = 'unreachable'
					AND NOT EXISTS (SELECT FROM stockalert.delivery_fates AS o WHERE o.message_id = f.message_id AND o.provider_id <> f.provider_id)
					THEN now() + 240 * ask_after * interval '1 millisecond' END
		FROM a WHERE f.provider_id = a.provider_id
		RETURNING f.message_id, f.fate, f.error_class)
	SELECT array_agg(k.message_id), array_agg(k.error_class) INTO lost, lost_for FROM known AS k WHERE k.fate = 'undelivered';
	IF lost IS NOT NULL THEN
		PERFORM stockalert.suppress_recipients(lost, lost_for);
		PERFORM stockalert.forget_notices(lost);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.settle_fates(text[], text[], bigint[], text[], text[], integer) IS
	'Writes down what Twilio answered: fate waiting, delivered, undelivered, unknown, or NULL for no answer, which is asked for again after delay milliseconds. What was not delivered was not told; its number is suppressed where that is for good. For the sender.';

CREATE FUNCTION stockalert.retry_fates() RETURNS bigint
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH again AS (
		UPDATE stockalert.delivery_fates AS f SET ask_at = NULL WHERE f.fate = 'undelivered' AND f.ask_at <= now() RETURNING f.message_id),
	put AS (
		INSERT INTO stockalert.queue (stage, lane, event, alert_id, severity, subscriber_id, occurred_at, message_id, channel, endpoint, bytes)
		SELECT 'message', 1, CASE m.kind WHEN 'alert' THEN 'opened' ELSE m.kind END, CASE WHEN cardinality(m.alert_ids) = 1 THEN m.alert_ids[1] END,
			m.severity, m.subscriber_id, m.occurred_at, m.message_id, m.channel, m.channel, octet_length(m.body) + coalesce(octet_length(m.html), 0)
		FROM again AS f JOIN stockalert.messages AS m ON m.message_id = f.message_id
		WHERE m.body <> '' AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = m.message_id)
			-- Newer news of the same was sent meanwhile.
			AND NOT EXISTS (SELECT FROM stockalert.messages AS n WHERE n.contact_id = m.contact_id AND n.message_id > m.message_id AND n.alert_ids && m.alert_ids)
		RETURNING 1)
	SELECT count(*) FROM put
$$;
COMMENT ON FUNCTION stockalert.retry_fates() IS
	'Has messages whose phone was off sent once more when their hour has come, unless there is newer news, and returns how many. For the sender.';

GRANT SELECT, INSERT, UPDATE ON stockalert.delivery_fates TO stockalert_worker;
GRANT UPDATE (suppressed_at, suppressed_for) ON stockalert.subscriber_contacts TO stockalert_worker;
GRANT DELETE ON stockalert.notices TO stockalert_worker;
GRANT EXECUTE ON FUNCTION stockalert.suppress_recipients(bigint[], text[]), stockalert.note_fates(bigint[], text[], text[], integer), stockalert.due_fates(),
	stockalert.forget_notices(bigint[]), stockalert.settle_fates(text[], text[], bigint[], text[], text[], integer), stockalert.retry_fates() TO stockalert_worker;
