-- Watched tables of people: subscribers and where they are reached.

CREATE TABLE stockalert.subscriber_refs (
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	external_id text NOT NULL,
	subscriber_id bigint REFERENCES stockalert.subscribers ON DELETE SET NULL,
	PRIMARY KEY (source_id, external_id),
	CONSTRAINT "external_id is 1 to 192 characters without control characters" CHECK (stockalert.is_label(external_id, 192))
);
COMMENT ON TABLE stockalert.subscriber_refs IS 'Keys by which a source knows a subscriber.';
COMMENT ON COLUMN stockalert.subscriber_refs.subscriber_id IS 'NULL: deleted or erased here, and not brought back by the app''s row.';
CREATE INDEX subscriber_refs_subscriber_id_idx ON stockalert.subscriber_refs (subscriber_id);

CREATE FUNCTION stockalert.people_contacts(rows stockalert.watched_person[], mapped text[]) RETURNS TABLE (key text, channel text, address text, wanted boolean, trouble text)
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	-- channels: what the app says, BOTH being email and whatsapp; nothing said: every address there is.
	WITH people AS (
		SELECT r.key, trim(coalesce(r.notification_email, r.email)) AS email, translate(r.phone_number, ' -', '') AS phone,
			CASE WHEN r.channels IS NULL THEN '{email,whatsapp}'::text[]
				ELSE string_to_array(replace(lower(translate(r.channels, ' ', '')), 'both', 'email,whatsapp'), ',') END AS channels
		FROM unnest(rows) AS r WHERE NOT r.gone AND r.key IS NOT NULL), offered AS (
		SELECT p.key, 'email' AS channel, p.email AS address, 'email' = ANY (p.channels) AS wanted,
			p.email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$' AS good
			FROM people AS p WHERE p.email IS NOT NULL
		UNION ALL
		SELECT p.key, c.channel, p.phone, c.channel = ANY (p.channels), p.phone ~ '^\+[1-9][0-9]{6,14}$'
			FROM people AS p CROSS JOIN (VALUES ('whatsapp'), ('sms')) AS c (channel)
			WHERE p.phone IS NOT NULL AND (c.channel = 'whatsapp' OR 'sms' = ANY (p.channels)))
	SELECT o.key, o.channel, o.address, o.wanted, CASE WHEN NOT o.good THEN CASE o.channel WHEN 'email' THEN 'email: it does not look like name@example.com'
		ELSE 'phone_number: it is not with country code, such as +919876543210' END END
	FROM offered AS o;
$$;
COMMENT ON FUNCTION stockalert.people_contacts(stockalert.watched_person[], text[]) IS 'Contacts that rows of a watched table of people ask for, and what is wrong with an address. For the owner.';

CREATE FUNCTION stockalert.mirror_people(watch bigint, rows stockalert.watched_person[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	mapped text[];
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	mapped := stockalert.mapped_fields(watch);
	PERFORM stockalert.note_troubles(watch, coalesce(t.key, ''), t.troubles) FROM (
		SELECT r.key, array_remove(coalesce(r.troubles, '{}') || (SELECT array_agg(DISTINCT c.trouble) FROM stockalert.people_contacts(ARRAY[r], mapped) AS c)
			|| CASE WHEN r.minimum_severity NOT IN ('low', 'critical', 'out') THEN 'minimum_severity: it is not low, critical or out' END
			|| CASE WHEN NOT stockalert.is_time_zone(r.time_zone) THEN 'time_zone: it is not known' END, NULL) AS troubles
		FROM unnest(rows) AS r) AS t
		WHERE cardinality(t.troubles) > 0 OR EXISTS (SELECT FROM stockalert.watch_problems AS p WHERE p.watch_id = watch AND p.row_key = t.key);
	-- Who is gone is told nothing more: the sender drops what waits for them.
	WITH gone AS (
		DELETE FROM stockalert.subscriber_refs AS x USING unnest(rows) AS r WHERE r.gone AND x.source_id = w.source_id AND x.external_id = r.key
			AND NOT EXISTS (SELECT FROM unnest(rows) AS o WHERE o.key = r.key AND NOT o.gone) RETURNING x.subscriber_id)
	DELETE FROM stockalert.subscribers AS b USING gone AS g WHERE b.subscriber_id = g.subscriber_id;
	-- Names are unique here and need not be there.
	WITH fresh AS (
		SELECT r.*, coalesce(r.name, r.notification_email, r.email, r.key) AS wanted FROM unnest(rows) AS r WHERE NOT r.gone AND r.key IS NOT NULL
			AND NOT EXISTS (SELECT FROM stockalert.subscriber_refs AS x WHERE x.source_id = w.source_id AND x.external_id = r.key)), made AS (
		INSERT INTO stockalert.subscribers (name, app_key, enabled, own_threshold, minimum_severity, time_zone)
		SELECT CASE WHEN row_number() OVER (PARTITION BY f.wanted ORDER BY f.key) > 1 OR EXISTS (SELECT FROM stockalert.subscribers AS b WHERE b.name = f.wanted)
				THEN left(f.wanted, 96) || ' (' || left(f.key, 92) || ')' ELSE f.wanted END, f.key, coalesce(f.notification_enabled, true), f.alert_threshold,
			CASE WHEN f.minimum_severity IN ('low', 'critical', 'out') THEN f.minimum_severity ELSE 'low' END,
			CASE WHEN stockalert.is_time_zone(f.time_zone) THEN f.time_zone ELSE (SELECT stockalert.database_time_zone()) END
		FROM fresh AS f ORDER BY f.key RETURNING subscriber_id, app_key)
	INSERT INTO stockalert.subscriber_refs (source_id, external_id, subscriber_id) SELECT w.source_id, m.app_key, m.subscriber_id FROM made AS m;
	UPDATE stockalert.subscribers AS b SET
			name = CASE WHEN n.name IS NULL OR b.name IN (n.name, n.longer) THEN b.name
				WHEN n.nth > 1 OR EXISTS (SELECT FROM stockalert.subscribers AS o WHERE o.name = n.name) THEN n.longer ELSE n.name END,
			enabled = n.enabled, own_threshold = n.own_threshold, minimum_severity = n.minimum_severity, time_zone = n.time_zone
		FROM (SELECT x.subscriber_id, r.name, left(r.name, 96) || ' (' || left(r.key, 92) || ')' AS longer, row_number() OVER (PARTITION BY r.name ORDER BY r.key) AS nth,
				CASE WHEN first OR 'notification_enabled' = ANY (mapped) THEN coalesce(r.notification_enabled, true) ELSE s.enabled END AS enabled,
				CASE WHEN 'alert_threshold' = ANY (mapped) THEN r.alert_threshold ELSE s.own_threshold END AS own_threshold,
				CASE WHEN r.minimum_severity IN ('low', 'critical', 'out') THEN r.minimum_severity ELSE s.minimum_severity END AS minimum_severity,
				CASE WHEN stockalert.is_time_zone(r.time_zone) THEN r.time_zone ELSE s.time_zone END AS time_zone
			FROM unnest(rows) AS r JOIN stockalert.subscriber_refs AS x ON x.source_id = w.source_id AND x.external_id = r.key
			JOIN stockalert.subscribers AS s ON s.subscriber_id = x.subscriber_id WHERE NOT r.gone) AS n
		WHERE b.subscriber_id = n.subscriber_id AND (b.name NOT IN (n.name, n.longer)
			OR (b.enabled, b.own_threshold, b.minimum_severity, b.time_zone) IS DISTINCT FROM (n.enabled, n.own_threshold, n.minimum_severity, n.time_zone));
	-- Addresses that a column brings are the table's; others are left alone.
	DELETE FROM stockalert.subscriber_contacts AS c USING unnest(rows) AS r JOIN stockalert.subscriber_refs AS x ON x.source_id = w.source_id AND x.external_id = r.key
		WHERE NOT r.gone AND c.subscriber_id = x.subscriber_id
			AND (c.channel = 'email' AND mapped && '{email,notification_email}' OR c.channel IN ('sms', 'whatsapp') AND 'phone_number' = ANY (mapped))
			AND NOT EXISTS (SELECT FROM stockalert.people_contacts(ARRAY[r], mapped) AS k WHERE k.channel = c.channel AND k.address = c.address);
	INSERT INTO stockalert.subscriber_contacts AS c (subscriber_id, channel, address, enabled)
		SELECT x.subscriber_id, k.channel, k.address, k.wanted FROM stockalert.people_contacts(rows, mapped) AS k
		JOIN stockalert.subscriber_refs AS x ON x.source_id = w.source_id AND x.external_id = k.key
		WHERE k.trouble IS NULL AND x.subscriber_id IS NOT NULL ORDER BY x.subscriber_id, k.channel
		ON CONFLICT ON CONSTRAINT subscriber_contacts_subscriber_id_channel_address_key DO UPDATE SET enabled = excluded.enabled
			WHERE c.enabled <> excluded.enabled AND (first OR 'channels' = ANY (mapped));
END
$$;
COMMENT ON FUNCTION stockalert.mirror_people(bigint, stockalert.watched_person[], boolean) IS
	'Brings subscribers and their contacts up to date with rows of a watched table. For the owner; called by the triggers.';

CREATE FUNCTION stockalert.reread_people(w stockalert.watched_tables) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rows stockalert.watched_person[] := ARRAY(SELECT r FROM stockalert.read_watched_people(w.relation) AS r);
	gone stockalert.watched_person[];
BEGIN
	DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = w.watch_id AND p.kind <> 'error';
	SELECT array_agg(ROW(true, NULL, x.external_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::stockalert.watched_person) INTO gone
		FROM stockalert.subscriber_refs AS x WHERE x.source_id = w.source_id
			AND NOT EXISTS (SELECT FROM unnest(rows) AS r WHERE r.key = x.external_id);
	PERFORM stockalert.mirror_people(w.watch_id, rows || coalesce(gone, '{}'), false);
	RETURN coalesce(cardinality(gone), 0);
END
$$;
COMMENT ON FUNCTION stockalert.reread_people(stockalert.watched_tables) IS 'Brings subscribers up to date with a watched table as it stands and returns how many were gone. For the owner.';

CREATE FUNCTION stockalert.rest_people(source bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rested bigint;
BEGIN
	UPDATE stockalert.subscribers AS b SET enabled = false FROM stockalert.subscriber_refs AS x
		WHERE x.source_id = source AND b.subscriber_id = x.subscriber_id AND b.enabled;
	GET DIAGNOSTICS rested = ROW_COUNT;
	RETURN rested;
END
$$;
COMMENT ON FUNCTION stockalert.rest_people(bigint) IS 'Disables the subscribers of a source and returns how many were not. For the owner.';

CREATE FUNCTION stockalert.watch_subscribers(table_name regclass, key text, name text DEFAULT NULL, email text DEFAULT NULL, phone_number text DEFAULT NULL,
	notification_email text DEFAULT NULL, notification_enabled text DEFAULT NULL, alert_threshold text DEFAULT NULL, channels text DEFAULT NULL,
	minimum_severity text DEFAULT NULL, time_zone text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch bigint;
	rows bigint;
BEGIN
	IF table_name IS NULL OR key IS NULL THEN
		RAISE EXCEPTION 'whom to watch is not said'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A table and the column of its key are needed.',
				  HINT = 'SELECT * FROM stockalert.watch_subscribers(''public.users'', key => ''id'', name => ''name'', email => ''email'');';
	END IF;
	watch := stockalert.register_watch('people', table_name, jsonb_strip_nulls(jsonb_build_object('key', key, 'name', name, 'email', email,
		'phone_number', phone_number, 'notification_email', notification_email, 'notification_enabled', notification_enabled,
		'alert_threshold', alert_threshold, 'channels', channels, 'minimum_severity', minimum_severity, 'time_zone', time_zone)));
	PERFORM stockalert.make_watch_triggers('people', table_name);
	rows := stockalert.import_watch(watch);
	SELECT s.done, s.next INTO done, next FROM stockalert.watch_summary(watch, rows) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.watch_subscribers(regclass, text, text, text, text, text, text, text, text, text, text) IS
	'Mirrors an app''s table of people as subscribers: names of its columns for the key and whatever else it has. notification_email goes before email; a phone number is for whatsapp unless channels (a text such as BOTH or email,sms, or an array) says sms; alert_threshold is their own threshold. Who is deleted there is deleted here. As the table''s owner, with stockalert_manager. Errors: 42501, 42809, 42703, 42804.';

CREATE FUNCTION stockalert.unwatch_subscribers(table_name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass := stockalert.watched_relation(table_name, 'people');
	rested bigint;
BEGIN
	IF relation IS NOT NULL THEN
		PERFORM stockalert.drop_watch_triggers('people', relation);
	END IF;
	rested := stockalert.forget_watch(table_name, 'people');
	done := format('%s is not watched any more, %s disabled', table_name, stockalert.counted(rested, 'subscriber is', 'subscribers are'));
	next := '-- SELECT * FROM stockalert.erase_subscriber(...) for whoever shall be forgotten; watch_subscribers() goes on where it ended.';
END
$$;
COMMENT ON FUNCTION stockalert.unwatch_subscribers(text) IS 'Ends watch_subscribers(): the triggers are dropped, its people are told nothing any more and stay. As the table''s owner. Errors: 42704, 42501.';

CREATE FUNCTION stockalert.erase_subscriber(subscriber text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b stockalert.subscribers := stockalert.find_subscriber(subscriber);
	erased bigint;
BEGIN
	UPDATE stockalert.messages AS m SET recipient = 'erased', subject = 'erased', body = 'erased', html = NULL WHERE m.subscriber_id = b.subscriber_id;
	GET DIAGNOSTICS erased = ROW_COUNT;
	DELETE FROM stockalert.notices AS n WHERE n.subscriber_id = b.subscriber_id;
	DELETE FROM stockalert.subscribers AS x WHERE x.subscriber_id = b.subscriber_id;
	PERFORM stockalert.audit('erase_subscriber', b.subscriber_id::text);
	PERFORM stockalert.wake_sender();
	done := format('subscriber %s erased, with the texts of %s', subscriber, stockalert.counted(erased, 'message'));
	next := CASE WHEN b.app_key IS NULL THEN stockalert.next_step() ELSE '-- The app''s own row is the app''s to erase; it does not bring the subscriber back.' END;
END
$$;
COMMENT ON FUNCTION stockalert.erase_subscriber(text) IS
	'Removes what is known of a person: the subscriber, contacts, notices, and recipient and text of every message; what waits is not sent, deliveries stay without a name. A watched table does not bring the person back. Error 42704.';

GRANT EXECUTE ON FUNCTION stockalert.watch_subscribers(regclass, text, text, text, text, text, text, text, text, text, text), stockalert.unwatch_subscribers(text),
	stockalert.erase_subscriber(text) TO stockalert_manager;
