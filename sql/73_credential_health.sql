-- "Is it working?" of keys and credentials.

CREATE FUNCTION stockalert.missing_credentials() RETURNS TABLE (name text, needed_by text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT n.name, n.needed_by FROM (
		-- An address of these channels is the name of a credential.
		SELECT c.address AS name, format('%s %s', count(*), CASE count(*) WHEN 1 THEN 'contact' ELSE 'contacts' END) AS needed_by
		FROM stockalert.subscriber_contacts AS c WHERE c.enabled AND c.channel IN ('slack', 'webhook') GROUP BY c.address
		UNION ALL SELECT 'smtp', 'channel email, which has a user name' FROM stockalert.channels AS h WHERE h.channel = 'email' AND h.enabled AND h.username IS NOT NULL
		UNION ALL SELECT 'twilio', 'channel ' || string_agg(h.channel, ' and ' ORDER BY h.channel) FROM stockalert.channels AS h
		WHERE h.channel IN ('sms', 'whatsapp') AND h.enabled HAVING count(*) > 0) AS n
	WHERE NOT EXISTS (SELECT FROM stockalert.credentials AS c WHERE c.name = n.name);
END
$$;
COMMENT ON FUNCTION stockalert.missing_credentials() IS 'Part of health(): credentials that are needed and not set, and by what.';

CREATE FUNCTION stockalert.health_of_key() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem text := stockalert.key_problem();
	active_key text := (SELECT k.key_id FROM stockalert.loaded_keys() AS k WHERE k.active);
	older bigint := (SELECT count(*) FROM stockalert.loaded_keys() AS k WHERE NOT k.active);
	needed boolean := EXISTS (SELECT FROM stockalert.credentials) OR EXISTS (SELECT FROM stockalert.missing_credentials());
	file_named boolean := problem NOT LIKE 'stockalert.key_file is not set%';
BEGIN
	IF problem IS NULL AND active_key IS NULL THEN
		RETURN QUERY SELECT 'key', CASE WHEN needed THEN 'error' ELSE 'ok' END, 'no worker has loaded a key', 'SELECT * FROM stockalert.worker_status();';
	ELSIF problem IS NULL THEN
		RETURN QUERY SELECT 'key', 'ok', format('active key %s%s', active_key, CASE WHEN older > 0 THEN format(', %s older', older) ELSE '' END), NULL::text;
	ELSIF NOT file_named THEN
		RETURN QUERY SELECT 'key', CASE WHEN needed THEN 'error' ELSE 'ok' END, CASE WHEN needed THEN 'no key is loaded: stockalert.key_file is not set' ELSE 'none, and none is needed' END,
			CASE WHEN needed THEN '-- On the server: stockalert-keygen FILE, then follow what it prints.' END;
	ELSE
		RETURN QUERY SELECT 'key', 'error', problem, '-- On the server: stockalert-keygen --check FILE; once it is in order: SELECT pg_reload_conf();';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_key() IS 'Part of health(): the key file of the worker.';

CREATE FUNCTION stockalert.health_of_credentials() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT * FROM stockalert.health_of_key()
	UNION ALL
	-- One line for each that is wrong, or was not tried though there was time for it.
	SELECT 'credential ' || c.name, CASE c.state WHEN 'pending' THEN 'warn' ELSE 'error' END,
		CASE c.state WHEN 'pending' THEN 'no worker has tried to open it yet' ELSE format('%s: %s', c.state, c.last_error) END,
		CASE c.state WHEN 'pending' THEN 'SELECT * FROM stockalert.worker_status();'
			WHEN 'unknown_key' THEN format('SELECT stockalert.seal_command(%L); -- to seal it again; or put the line of key %s back into the key file and reload', c.name, c.key_id)
			ELSE format('SELECT stockalert.seal_command(%L); -- to seal it again', c.name) END
	FROM stockalert.credentials AS c WHERE c.state NOT IN ('ok', 'pending') OR c.state = 'pending' AND c.set_at < now() - interval '1 minute'
	UNION ALL
	SELECT 'credential ' || m.name, 'error', 'not set, and needed by ' || m.needed_by, format('SELECT stockalert.seal_command(%L);', m.name)
	FROM stockalert.missing_credentials() AS m
	UNION ALL
	SELECT 'old keys', 'warn', format('%s sealed for %s other than the active one', CASE count(*) WHEN 1 THEN 'one credential is' ELSE format('%s credentials are', count(*)) END,
			CASE count(DISTINCT c.key_id) WHEN 1 THEN 'a key' ELSE 'keys' END), 'SELECT * FROM stockalert.rotate_credentials();'
	FROM stockalert.credentials AS c WHERE c.state = 'ok' AND NOT c.reseal AND c.key_id <> (SELECT k.key_id FROM stockalert.loaded_keys() AS k WHERE k.active)
	HAVING count(*) > 0
	UNION ALL
	SELECT 'credentials', 'ok', CASE count(*) WHEN 0 THEN 'none is stored' WHEN 1 THEN 'it opens' ELSE format('all %s open', count(*)) END, NULL
	FROM stockalert.credentials AS c
	HAVING count(*) = count(*) FILTER (WHERE c.state = 'ok') AND NOT EXISTS (SELECT FROM stockalert.missing_credentials())
$$;
COMMENT ON FUNCTION stockalert.health_of_credentials() IS 'Part of health(): the key, credentials that do not open or are not there, and keys that should be replaced.';
