-- Does it arrive?

CREATE FUNCTION stockalert.contact_argument(channel text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN RETURN CASE channel WHEN 'log' THEN 'log => true' ELSE format('%s => %L', channel,
		CASE channel WHEN 'email' THEN 'alerts@example.com' WHEN 'slack' THEN 'slack' WHEN 'webhook' THEN 'webhook' ELSE '+15550102' END) END; END $$;
COMMENT ON FUNCTION stockalert.contact_argument(text) IS 'The argument of add_subscriber() that gives somebody an address of a channel, with an example of one. For the owner.';

CREATE FUNCTION stockalert.test_channel(channel text, recipient text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.subscriber_contacts;
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{email,slack,sms,whatsapp,webhook,log}');
	IF recipient IS NULL THEN
		RAISE EXCEPTION 'who shall get the test message is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It goes to a subscriber, by name, or to one of their addresses.',
				  HINT = coalesce((SELECT format('SELECT * FROM stockalert.test_channel(%L, %L);', test_channel.channel, b.name) FROM stockalert.subscribers AS b
					JOIN stockalert.subscriber_contacts AS x ON x.subscriber_id = b.subscriber_id AND x.channel = test_channel.channel
					WHERE stockalert.sees_locations(b.location_ids) ORDER BY b.subscriber_id LIMIT 1),
					format('Nobody has %s yet: SELECT * FROM stockalert.add_subscriber(''manager'', %s);', test_channel.channel, stockalert.contact_argument(test_channel.channel)));
	END IF;
	-- To people who are known only: nobody sends to the world with it.
	SELECT x.* INTO c FROM stockalert.subscriber_contacts AS x JOIN stockalert.subscribers AS b ON b.subscriber_id = x.subscriber_id
		WHERE x.channel = test_channel.channel AND (b.name = recipient OR x.address IN (recipient, translate(recipient, ' -', '')))
			AND stockalert.sees_locations(b.location_ids)
		ORDER BY b.name = recipient DESC, x.contact_id LIMIT 1;
	IF c.contact_id IS NULL THEN
		RAISE EXCEPTION '% has no recipient "%"', channel, left(recipient, 200)
			USING ERRCODE = 'undefined_object', DETAIL = 'It is the name of a subscriber with a contact on this channel, or the address of one.',
				  HINT = coalesce((SELECT format('SELECT * FROM stockalert.get_preferences(%L); set_preferences() changes it.', b.name) FROM stockalert.subscribers AS b
					WHERE b.name = recipient AND stockalert.sees_locations(b.location_ids)),
					format('SELECT * FROM stockalert.add_subscriber(%L, %s);', left(recipient, 192), stockalert.contact_argument(channel)));
	END IF;
	INSERT INTO stockalert.queue (lane, event, subscriber_id, channel, endpoint, occurred_at)
		VALUES (0, 'test', c.subscriber_id, c.channel, c.address, stockalert.as_of());
	PERFORM stockalert.wake_sender();
	done := format('a test message by %s is on its way', channel);
	next := CASE WHEN channel <> 'log' AND NOT EXISTS (SELECT FROM stockalert.channels AS h WHERE h.channel = test_channel.channel)
			THEN stockalert.channel_call(channel)
		ELSE 'SELECT * FROM stockalert.delivery_log WHERE kind = ''test'' ORDER BY finished_at DESC; -- or it is in stockalert.waiting_messages' END;
END
$$;
COMMENT ON FUNCTION stockalert.test_channel(text, text) IS
	'Sends a test message on a channel to a subscriber (by name) or to one of their addresses there, whatever they want to hear of. Errors: 22023 unknown channel, 22004 no recipient is said, 42704 no such recipient on it.';
GRANT EXECUTE ON FUNCTION stockalert.test_channel(text, text) TO stockalert_manager;
