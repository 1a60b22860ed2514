-- What people want to hear of, as they and their apps set it.

CREATE FUNCTION stockalert.find_subscriber(subscriber text) RETURNS stockalert.subscribers
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
	closest text;
	person stockalert.subscribers;
BEGIN
	IF subscriber IS NULL THEN
		RAISE EXCEPTION 'which subscriber is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The subscriber is NULL.', HINT = 'Pass a name, an app''s key or a database role.';
	END IF;
	-- The name counts before keys and roles, which an app chooses.
	SELECT array_agg(b.subscriber_id) INTO found FROM stockalert.subscribers AS b WHERE b.name = subscriber;
	IF found IS NULL THEN
		SELECT array_agg(b.subscriber_id) INTO found FROM stockalert.subscribers AS b WHERE b.app_key = subscriber OR b.role_name = subscriber;
	END IF;
	IF cardinality(found) > 1 THEN
		RAISE EXCEPTION 'subscriber "%" is ambiguous', subscriber
			USING ERRCODE = 'ambiguous_alias',
				  DETAIL = 'It names ' || (SELECT string_agg(b.name, ', ' ORDER BY b.name) FROM stockalert.subscribers AS b WHERE b.subscriber_id = ANY (found)) || '.',
				  HINT = 'Use the name of the one that is meant.';
	END IF;
	SELECT b.* INTO person FROM stockalert.subscribers AS b WHERE b.subscriber_id = found[1];
	IF person.subscriber_id IS NULL OR NOT stockalert.sees_locations(person.location_ids) THEN
		SELECT string_agg(c.name, ', ' ORDER BY c.distance, c.name) INTO closest FROM (
			SELECT b.name, stockalert.edit_distance(lower(b.name), lower(find_subscriber.subscriber)) AS distance
			FROM stockalert.subscribers AS b WHERE stockalert.sees_locations(b.location_ids) ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'subscriber "%" is not known', left(subscriber, 200)
			USING ERRCODE = 'undefined_object', DETAIL = coalesce('Closest: ' || closest || '.', 'There is no subscriber yet.'),
				  HINT = format('SELECT * FROM stockalert.add_subscriber(%L, email => ''alerts@example.com'');', left(subscriber, 200));
	END IF;
	RETURN person;
END
$$;
COMMENT ON FUNCTION stockalert.find_subscriber(text) IS
	'Finds a subscriber by name, else by an app''s key or a database role. Error 42704 with the closest names, also for one whose locations the caller does not see; 42P09 where several match, 22004 for NULL.';

CREATE TYPE stockalert.preferences AS (
	phone_number text,
	notification_email text,
	notification_enabled boolean,
	alert_threshold numeric,
	channels text[],
	minimum_severity text,
	channel_severities jsonb,
	locations text[],
	categories text[],
	quiet_from time,
	quiet_until time,
	time_zone text,
	summary_at time,
	escalation boolean,
	fallback boolean
);
COMMENT ON TYPE stockalert.preferences IS
	'What a subscriber wants. alert_threshold: 5 where none is set; channels: those in use; channel_severities: minimum severity of channels that have one of their own; locations, categories NULL: all; times are local to time_zone.';

CREATE FUNCTION stockalert.get_preferences(subscriber text) RETURNS stockalert.preferences
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT (SELECT c.address FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = b.subscriber_id AND c.channel IN ('sms', 'whatsapp')
			ORDER BY c.contact_id LIMIT 1),
		(SELECT c.address FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = b.subscriber_id AND c.channel = 'email'
			ORDER BY c.contact_id LIMIT 1),
		b.enabled, coalesce(b.own_threshold, 5),
		(SELECT coalesce(array_agg(DISTINCT c.channel ORDER BY c.channel), '{}') FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = b.subscriber_id AND c.enabled),
		b.minimum_severity,
		(SELECT coalesce(jsonb_object_agg(c.channel, c.minimum_severity), '{}') FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = b.subscriber_id AND c.minimum_severity IS NOT NULL),
		(SELECT array_agg(l.code ORDER BY l.code) FROM stockalert.locations AS l WHERE l.location_id = ANY (b.location_ids)),
		b.categories, b.quiet_from, b.quiet_until, b.time_zone, b.summary_at, b.escalation, b.fallback
	FROM stockalert.find_subscriber(subscriber) AS b;
$$;
COMMENT ON FUNCTION stockalert.get_preferences(text) IS
	'What a subscriber (name, app''s key or role) wants to hear of and where: phone number, e-mail address, whether anything is sent at all, threshold, channels and more. Error 42704 unknown subscriber.';

CREATE FUNCTION stockalert.check_choice(argument text, value text, choices text[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF value IS NULL OR NOT value = ANY (choices) THEN
		RAISE EXCEPTION '% "%" is not known', argument, left(value, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is one of %s.', array_to_string(choices, ', ')), HINT = 'Pass one of them.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_choice(text, text, text[]) IS 'Raises 22023, naming the argument, where the text is none of the choices. For the owner.';

-- The address that a channel needs and nobody has to type.
CREATE FUNCTION stockalert.usual_address(the_subscriber bigint, channel text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	address text := CASE WHEN channel IN ('slack', 'webhook') THEN channel WHEN channel = 'log' THEN 'server log' END;
BEGIN
	IF channel IN ('sms', 'whatsapp') THEN
		SELECT c.address INTO address FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = the_subscriber AND c.channel IN ('sms', 'whatsapp') ORDER BY c.contact_id LIMIT 1;
	END IF;
	IF address IS NULL THEN
		RAISE EXCEPTION 'channel % has no address', channel
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The subscriber cannot be reached there.',
				  HINT = CASE channel WHEN 'email' THEN 'Pass notification_email => ''alerts@example.com'' too.' ELSE 'Pass phone_number => ''+919876543210'' too.' END;
	END IF;
	RETURN address;
END
$$;
COMMENT ON FUNCTION stockalert.usual_address(bigint, text) IS
	'Where a subscriber is reached on a channel without being asked: the credential slack or webhook, the server log, the phone number of the other phone channel. Error 22023: there is none. For the owner.';

CREATE FUNCTION stockalert.set_channels(the_subscriber bigint, channels text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted text[];
	one text;
BEGIN
	SELECT coalesce(array_agg(DISTINCT w.channel), '{}') INTO wanted
		FROM (SELECT unnest(CASE lower(u.name) WHEN 'both' THEN '{email,whatsapp}'::text[] ELSE ARRAY[lower(u.name)] END) AS channel
			FROM unnest(channels) AS u (name)) AS w;
	FOREACH one IN ARRAY wanted LOOP
		PERFORM stockalert.check_choice('channel', one, '{email,slack,sms,whatsapp,webhook,log}');
		IF NOT EXISTS (SELECT FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = the_subscriber AND c.channel = one) THEN
			INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address)
				VALUES (the_subscriber, one, stockalert.usual_address(the_subscriber, one));
		END IF;
	END LOOP;
	UPDATE stockalert.subscriber_contacts AS c SET enabled = c.channel = ANY (wanted)
		WHERE c.subscriber_id = the_subscriber AND c.enabled <> (c.channel = ANY (wanted));
END
$$;
COMMENT ON FUNCTION stockalert.set_channels(bigint, text[]) IS
	'Switches the contacts of these channels on and all others off. EMAIL, WHATSAPP and BOTH are understood. Errors: 22023 unknown channel, or one without an address. For the owner.';

-- The first contact of these channels is the one that has a name in preferences.
CREATE FUNCTION stockalert.set_address(the_subscriber bigint, channels text[], address text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old_address text;
BEGIN
	SELECT c.address INTO old_address FROM stockalert.subscriber_contacts AS c
		WHERE c.subscriber_id = the_subscriber AND c.channel = ANY (channels) ORDER BY c.contact_id LIMIT 1;
	IF old_address IS NULL THEN
		INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (the_subscriber, channels[1], set_address.address);
	ELSIF old_address <> address THEN
		DELETE FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = the_subscriber AND c.channel = ANY (channels) AND c.address = set_address.address;
		UPDATE stockalert.subscriber_contacts AS c SET address = set_address.address
			WHERE c.subscriber_id = the_subscriber AND c.channel = ANY (channels) AND c.address = old_address;
	END IF;
EXCEPTION WHEN check_violation THEN
	RAISE EXCEPTION '% address cannot be used', channels[1]
		USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It does not look like name@example.com.',
			  HINT = 'Pass one plain address, without a display name.';
END
$$;
COMMENT ON FUNCTION stockalert.set_address(bigint, text[], text) IS
	'Puts an address in place of the first one that the subscriber has on these channels, or adds it to the first of them. Error 22023. For the owner.';

CREATE FUNCTION stockalert.set_channel_severities(the_subscriber bigint, severities jsonb) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
BEGIN
	IF jsonb_typeof(severities) <> 'object' THEN
		RAISE EXCEPTION 'channel_severities is no object'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It names channels and the least severity that each tells.',
				  HINT = 'Pass such as {"sms": "out", "email": "low"}; null takes one away.';
	END IF;
	FOR one IN SELECT e.key AS channel, e.value AS severity FROM jsonb_each_text(severities) AS e LOOP
		PERFORM stockalert.check_choice('channel', one.channel, '{email,slack,sms,whatsapp,webhook,log}');
		IF one.severity IS NOT NULL THEN
			PERFORM stockalert.check_choice('severity', one.severity, '{low,critical,out}');
		END IF;
		UPDATE stockalert.subscriber_contacts AS c SET minimum_severity = one.severity
			WHERE c.subscriber_id = the_subscriber AND c.channel = one.channel;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'channel % has no address', one.channel
				USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The subscriber cannot be reached there.',
					  HINT = format('Pass channels => ''{%s}'' too, with every other channel that shall be used.', one.channel);
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.set_channel_severities(bigint, jsonb) IS
	'Sets the least severity that single channels of a subscriber tell; null: the subscriber''s. Error 22023. For the owner.';

CREATE FUNCTION stockalert.set_preferences(subscriber text, phone_number text DEFAULT NULL, notification_email text DEFAULT NULL,
	notification_enabled boolean DEFAULT NULL, alert_threshold numeric DEFAULT NULL, channels text[] DEFAULT NULL,
	minimum_severity text DEFAULT NULL, channel_severities jsonb DEFAULT NULL, locations text[] DEFAULT NULL, categories text[] DEFAULT NULL,
	quiet_from time DEFAULT NULL, quiet_until time DEFAULT NULL, time_zone text DEFAULT NULL, summary_at time DEFAULT NULL,
	escalation boolean DEFAULT NULL, fallback boolean DEFAULT NULL, clear text[] DEFAULT '{}') RETURNS stockalert.preferences
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b stockalert.subscribers := stockalert.find_subscriber(subscriber);
	cleared text[] := coalesce(clear, '{}');
	one text;
BEGIN
	FOREACH one IN ARRAY cleared LOOP
		PERFORM stockalert.check_choice('preference to clear', one,
			'{phone_number,notification_email,alert_threshold,minimum_severity,channel_severities,locations,categories,quiet_hours,summary_at}');
	END LOOP;
	PERFORM stockalert.check_quantity('alert_threshold', alert_threshold, true);
	IF minimum_severity IS NOT NULL THEN
		PERFORM stockalert.check_choice('severity', minimum_severity, '{low,critical,out}');
	END IF;
	IF time_zone IS NOT NULL AND NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', left(time_zone, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Clock times of a subscriber are in their time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	-- What is cleared, first: a value passed beside it counts.
	IF (coalesce(quiet_from, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN b.quiet_from END) IS NULL)
		<> (coalesce(quiet_until, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN b.quiet_until END) IS NULL) THEN
		RAISE EXCEPTION 'quiet hours have no %', CASE WHEN quiet_from IS NULL THEN 'beginning' ELSE 'end' END
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'They last from quiet_from to quiet_until.', HINT = 'Pass both, such as 22:00 and 07:00.';
	END IF;
	UPDATE stockalert.subscribers AS x SET enabled = coalesce(notification_enabled, x.enabled),
			own_threshold = coalesce(alert_threshold, CASE WHEN NOT 'alert_threshold' = ANY (cleared) THEN x.own_threshold END),
			minimum_severity = coalesce(set_preferences.minimum_severity, CASE WHEN 'minimum_severity' = ANY (cleared) THEN 'low' ELSE x.minimum_severity END),
			location_ids = CASE WHEN locations IS NOT NULL
					THEN (SELECT coalesce(array_agg(DISTINCT stockalert.find_location(l)), '{}') FROM unnest(locations) AS l)
				-- Whoever sees some locations only cannot have others hear of all.
				WHEN 'locations' = ANY (cleared) THEN stockalert.visible_locations() ELSE x.location_ids END,
			categories = coalesce(set_preferences.categories, CASE WHEN NOT 'categories' = ANY (cleared) THEN x.categories END),
			quiet_from = coalesce(set_preferences.quiet_from, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN x.quiet_from END),
			quiet_until = coalesce(set_preferences.quiet_until, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN x.quiet_until END),
			time_zone = coalesce(set_preferences.time_zone, x.time_zone),
			summary_at = coalesce(set_preferences.summary_at, CASE WHEN NOT 'summary_at' = ANY (cleared) THEN x.summary_at END),
			escalation = coalesce(set_preferences.escalation, x.escalation), fallback = coalesce(set_preferences.fallback, x.fallback)
		WHERE x.subscriber_id = b.subscriber_id;
	DELETE FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = b.subscriber_id
		AND (c.channel IN ('sms', 'whatsapp') AND 'phone_number' = ANY (cleared) OR c.channel = 'email' AND 'notification_email' = ANY (cleared));
	IF phone_number IS NOT NULL THEN
		PERFORM stockalert.set_address(b.subscriber_id, '{whatsapp,sms}', stockalert.normal_phone(phone_number));
	END IF;
	IF notification_email IS NOT NULL THEN
		PERFORM stockalert.set_address(b.subscriber_id, '{email}', trim(notification_email));
	END IF;
	IF channels IS NOT NULL THEN
		PERFORM stockalert.set_channels(b.subscriber_id, channels);
	END IF;
	IF 'channel_severities' = ANY (cleared) THEN
		UPDATE stockalert.subscriber_contacts AS c SET minimum_severity = NULL WHERE c.subscriber_id = b.subscriber_id AND c.minimum_severity IS NOT NULL;
	END IF;
	IF channel_severities IS NOT NULL THEN
		PERFORM stockalert.set_channel_severities(b.subscriber_id, channel_severities);
	END IF;
	PERFORM stockalert.wake_sender();
	RETURN stockalert.get_preferences(b.name);
END
$$;
COMMENT ON FUNCTION stockalert.set_preferences(text, text, text, boolean, numeric, text[], text, jsonb, text[], text[], time, time, text, time, boolean, boolean, text[]) IS
	'Changes what is passed and leaves the rest; returns get_preferences(). clear takes values away: phone_number, notification_email, alert_threshold (5 again), minimum_severity, channel_severities, locations, categories, quiet_hours, summary_at. notification_enabled false: alerts are recorded and nothing is sent. channels: exactly those are used from now on (BOTH: email and whatsapp); a first phone number is for whatsapp. channel_severities such as {"sms": "out"}. Errors: 42704 unknown subscriber or location, 22023 a value that cannot be.';

CREATE FUNCTION stockalert.low_stock_for(subscriber text, OUT location text, OUT sku text, OUT item text, OUT category text, OUT available numeric,
	OUT threshold numeric, OUT class text, OUT alert_id bigint) RETURNS SETOF record
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.code, i.sku, i.name, i.category, s.on_hand - s.reserved, coalesce(b.own_threshold, a.low), s.class, a.alert_id
	FROM stockalert.find_subscriber(subscriber) AS b
	JOIN stockalert.stock_levels AS s ON s.class IN ('low', 'critical', 'out') OR s.class IN ('ok', 'over') AND s.on_hand - s.reserved < b.own_threshold
	JOIN stockalert.items AS i ON i.item_id = s.item_id AND (b.categories IS NULL OR i.category = ANY (b.categories))
		AND (i.owner_key IS NULL OR b.app_key IS NULL OR b.app_key = i.owner_key)
	JOIN stockalert.locations AS l ON l.location_id = s.location_id
	LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL
	WHERE (b.location_ids IS NULL OR s.location_id = ANY (b.location_ids))
		AND ((SELECT stockalert.sees_all_locations()) OR s.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
		AND (s.on_hand - s.reserved <= 0 OR s.on_hand - s.reserved < coalesce(b.own_threshold, CASE WHEN a.threshold_from = 'subscriber' THEN 5 END, 'Infinity'))
	ORDER BY array_position('{out,critical,low}'::text[], s.class), s.on_hand - s.reserved, l.code, i.sku;
$$;
COMMENT ON FUNCTION stockalert.low_stock_for(text) IS
	'What is low for a subscriber: out, critical or low where they look, and below their own threshold where they set one (then also what no rule calls low). threshold: their own, else the one in force. Worst first. Error 42704 unknown subscriber.';

GRANT EXECUTE ON FUNCTION stockalert.get_preferences(text), stockalert.low_stock_for(text) TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.set_preferences(text, text, text, boolean, numeric, text[], text, jsonb, text[], text[], time, time, text, time, boolean, boolean, text[])
	TO stockalert_manager;
