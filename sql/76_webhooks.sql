-- What Square pushes: taken as bytes, verified by the syncer, and then only a
-- hint that something changed.  Reading stays the source of truth.

CREATE FUNCTION stockalert.receive_square_webhook(body text, signature text, connection text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := 1000;
	whose bigint;
BEGIN
	IF body IS NULL OR signature IS NULL OR octet_length(body) > 262144 OR octet_length(signature) > 256 OR body = '' THEN
		RETURN 'refused';
	END IF;
	IF connection IS NOT NULL THEN
		whose := (SELECT c.connection_id FROM stockalert.connections AS c WHERE c.name = connection);
		IF whose IS NULL THEN
			RETURN 'refused';
		END IF;
	ELSIF NOT EXISTS (SELECT FROM stockalert.connections) THEN
		RETURN 'refused';
	END IF;
	-- Anybody may send to the front: what waits is bounded, and nothing is lost that is not read anyway.
	IF (SELECT count(*) FROM (SELECT FROM stockalert.webhook_inbox AS w WHERE w.state = 'pending' LIMIT most) AS waiting) >= most THEN
		RETURN 'busy';
	END IF;
	INSERT INTO stockalert.webhook_inbox (connection_id, body, signature) VALUES (whose, convert_to(body, 'UTF8'), signature);
	PERFORM stockalert.wake_syncer();
	RETURN 'accepted';
END
$$;
COMMENT ON FUNCTION stockalert.receive_square_webhook(text, text, text) IS
	'Takes a webhook of Square from an HTTP front: the body exactly as it came and the header x-square-hmacsha256-signature; connection: which one, where the front knows. The syncer verifies it and then reads what changed. Returns accepted (answer 200), busy (1,000 wait already: answer 503) or refused (too long, empty, or there is no such connection: answer 400). Raises nothing.';

CREATE FUNCTION stockalert.webhook_handled(inbox_id bigint, state text, connection_id bigint DEFAULT NULL, event_id text DEFAULT NULL, event_type text DEFAULT NULL)
	RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	outcome text := state;
	streams text[];
	id CONSTANT text := left(event_id, 100);
	type CONSTANT text := left(event_type, 100);
BEGIN
	IF outcome = 'verified' THEN
		streams := CASE WHEN type LIKE 'inventory.%' THEN '{counts,movements}' WHEN type LIKE 'catalog.%' THEN '{catalog}' WHEN type LIKE 'order.%' THEN '{orders}'
			WHEN type LIKE 'location.%' THEN '{locations}' WHEN type LIKE 'vendor.%' THEN '{vendors}' WHEN type LIKE 'transfer_order.%' THEN '{transfers,counts}' END::text[];
		IF EXISTS (SELECT FROM stockalert.webhook_inbox AS w WHERE w.event_id = id AND w.connection_id = webhook_handled.connection_id
			AND w.state IN ('verified', 'ignored') AND w.inbox_id <> webhook_handled.inbox_id) THEN
			outcome := 'duplicate';
		ELSIF type = 'oauth.authorization.revoked' THEN
			PERFORM stockalert.set_connection_state(webhook_handled.connection_id, 'revoked', 'The seller took the permission back.');
		ELSIF streams IS NULL THEN
			outcome := 'ignored';
		ELSE
			UPDATE stockalert.sync_streams AS s SET requested_at = clock_timestamp()
				WHERE s.connection_id = webhook_handled.connection_id AND s.stream = ANY (streams) AND s.enabled;
		END IF;
	END IF;
	UPDATE stockalert.webhook_inbox AS w SET state = outcome, connection_id = coalesce(webhook_handled.connection_id, w.connection_id), event_id = id, event_type = type,
			handled_at = clock_timestamp(), body = ''
		WHERE w.inbox_id = webhook_handled.inbox_id;
	DELETE FROM stockalert.webhook_inbox AS w WHERE w.inbox_id IN (SELECT o.inbox_id FROM stockalert.webhook_inbox AS o
		WHERE o.handled_at < clock_timestamp() - interval '3 days' ORDER BY o.inbox_id LIMIT 100);
	RETURN outcome;
END
$$;
COMMENT ON FUNCTION stockalert.webhook_handled(bigint, text, bigint, text, text) IS
	'Writes down what a webhook was (verified, forged, failed), asks for the streams that a verified one tells of, and returns what it turned out to be: duplicate and ignored are found here. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.receive_square_webhook(text, text, text) TO stockalert_webhook, stockalert_writer, stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.webhook_handled(bigint, text, bigint, text, text) TO stockalert_worker;
