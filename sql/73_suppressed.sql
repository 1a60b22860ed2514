-- Addresses to which nothing is sent any more, and sending there again.

CREATE VIEW stockalert.suppressed_addresses WITH (security_barrier) AS
SELECT b.name AS subscriber, c.channel, c.address, c.suppressed_at AS since,
	CASE c.suppressed_for WHEN 'opted_out' THEN 'its owner answered STOP' ELSE 'it cannot be reached' END AS reason
FROM stockalert.subscriber_contacts AS c
JOIN stockalert.subscribers AS b ON b.subscriber_id = c.subscriber_id
WHERE c.suppressed_at IS NOT NULL AND ((SELECT stockalert.sees_all_locations()) OR stockalert.sees_locations(b.location_ids));
COMMENT ON VIEW stockalert.suppressed_addresses IS
	'Phone numbers to which nothing is sent any more since Twilio said that they answered STOP or cannot be reached; another number or allow_address() ends it.';

CREATE FUNCTION stockalert.allow_address(channel text, address text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text;
	people text;
	was text;
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{sms,whatsapp}');
	plain := stockalert.normal_phone(address);
	SELECT string_agg(DISTINCT b.name, ', ' ORDER BY b.name), max(c.suppressed_for) INTO people, was
		FROM stockalert.subscriber_contacts AS c JOIN stockalert.subscribers AS b ON b.subscriber_id = c.subscriber_id
		WHERE c.channel = allow_address.channel AND c.address = plain AND c.suppressed_at IS NOT NULL AND stockalert.sees_locations(b.location_ids);
	IF people IS NULL THEN
		RAISE EXCEPTION 'address is not suppressed'
			USING ERRCODE = 'undefined_object', DETAIL = format('No subscriber has such a number for %s that nothing is sent to.', channel),
				  HINT = 'SELECT * FROM stockalert.suppressed_addresses;';
	END IF;
	UPDATE stockalert.subscriber_contacts AS c SET suppressed_at = NULL, suppressed_for = NULL FROM stockalert.subscribers AS b
		WHERE b.subscriber_id = c.subscriber_id AND c.channel = allow_address.channel AND c.address = plain AND stockalert.sees_locations(b.location_ids);
	PERFORM stockalert.audit('allow_address', allow_address.channel || ' of ' || people);
	done := format('%s is told by %s again', people, channel);
	next := CASE WHEN was = 'opted_out' THEN '-- Twilio refuses the number until its owner has sent START to yours; then ' ELSE '' END
		|| format('SELECT * FROM stockalert.test_channel(%L, %L);', channel, split_part(people, ', ', 1));
END
$$;
COMMENT ON FUNCTION stockalert.allow_address(text, text) IS
	'Has a phone number used again on channel sms or whatsapp after it was suppressed. Error 22023 other channel or no phone number, 42704 not suppressed.';

CREATE FUNCTION stockalert.health_of_addresses() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stopped bigint;
	gone bigint;
	lost record;
BEGIN
	SELECT count(*) FILTER (WHERE c.suppressed_for = 'opted_out'), count(*) FILTER (WHERE c.suppressed_for = 'recipient') INTO stopped, gone
		FROM stockalert.subscriber_contacts AS c WHERE c.suppressed_at IS NOT NULL;
	SELECT count(*) AS messages, (array_agg(f.error ORDER BY f.decided_at DESC))[1] AS error INTO lost
		FROM stockalert.delivery_fates AS f WHERE f.fate = 'undelivered' AND f.decided_at > now() - interval '1 day';
	RETURN QUERY SELECT 'addresses', CASE WHEN stopped + gone > 0 OR lost.messages > 0 THEN 'warn' ELSE 'ok' END,
		coalesce(nullif(concat_ws('; ', CASE WHEN stopped > 0 THEN format('%s suppressed: answered STOP', stopped) END,
			CASE WHEN gone > 0 THEN format('%s suppressed: cannot be reached', gone) END,
			CASE WHEN lost.messages > 0 THEN format('%s messages accepted and not delivered in the last 24 hours, last: %s', lost.messages, lost.error) END), ''),
			'none is suppressed'),
		CASE WHEN stopped + gone > 0 THEN 'SELECT * FROM stockalert.suppressed_addresses; -- then another number by set_preferences(), or allow_address(channel, address)'
			WHEN lost.messages > 0 THEN 'SELECT * FROM stockalert.delivery_log WHERE fate = ''undelivered'';' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_addresses() IS 'Part of health(): phone numbers that are suppressed, and messages that were accepted and not delivered.';

GRANT SELECT ON stockalert.suppressed_addresses TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.allow_address(text, text) TO stockalert_manager;
