-- Connecting a seller's account, asking it to be read, and seeing how it goes.

CREATE FUNCTION stockalert.find_connection(name text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
BEGIN
	SELECT array_agg(c.connection_id) INTO found FROM stockalert.connections AS c WHERE find_connection.name IS NULL OR c.name = find_connection.name;
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	ELSIF found IS NULL THEN
		RAISE EXCEPTION '%', CASE WHEN name IS NULL THEN 'there is no connection' ELSE format('connection "%s" is not known', left(name, 200)) END
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce((SELECT 'Known: ' || string_agg(c.name, ', ' ORDER BY c.name) || '.' FROM stockalert.connections AS c), 'None was made yet.'),
				  HINT = 'SELECT * FROM stockalert.add_square_connection();';
	END IF;
	RAISE EXCEPTION 'which connection is not said'
		USING ERRCODE = 'invalid_parameter_value', DETAIL = (SELECT 'There are ' || string_agg(c.name, ', ' ORDER BY c.name) || '.' FROM stockalert.connections AS c),
			  HINT = 'Pass the name of one.';
END
$$;
COMMENT ON FUNCTION stockalert.find_connection(text) IS 'Finds a connection by its name; NULL: the only one. Errors: 42704 with those there are, 22023 several. For the extension''s own functions.';

CREATE FUNCTION stockalert.connection_host(connection stockalert.connections) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN (connection).base_url IS NOT NULL THEN regexp_replace(lower((connection).base_url), '^https?://', '') || CASE WHEN (connection).base_url !~ ':[0-9]+$' THEN ':443' ELSE '' END
		WHEN (connection).environment = 'production' THEN 'connect.squareup.com:443' ELSE 'connect.squareupsandbox.com:443' END;
COMMENT ON FUNCTION stockalert.connection_host(stockalert.connections) IS 'Where the token of a connection is sent, host:port, as it is sealed for it.';

-- Why nothing would happen, and what to do about it; else where to look.
CREATE FUNCTION stockalert.connection_next(connection_id bigint) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN stockalert.installation_state() = 'copy' THEN 'SELECT * FROM stockalert.confirm_takeover(); -- this is a copy, which reads nothing before'
		WHEN NOT c.enabled THEN format('SELECT * FROM stockalert.set_connection(%L, enabled => true);', c.name)
		WHEN NOT EXISTS (SELECT FROM stockalert.credentials AS k WHERE k.name = c.credential)
			THEN format('SELECT stockalert.seal_command(%L, %L); -- to seal its token', c.credential, stockalert.connection_host(c))
		WHEN current_setting('stockalert.delivery') <> 'live'
			THEN format('-- Nothing outside is called while stockalert.delivery is %s. As superuser: ALTER SYSTEM SET stockalert.delivery = live; SELECT pg_reload_conf();', current_setting('stockalert.delivery'))
		ELSE 'SELECT * FROM stockalert.sync_status;' END
	FROM stockalert.connections AS c WHERE c.connection_id = connection_next.connection_id;
$$;
COMMENT ON FUNCTION stockalert.connection_next(bigint) IS 'What to do next about a connection. For the owner.';

CREATE FUNCTION stockalert.check_connection_terms(name text, environment text, credential text, locations text[], api_version text, base_url text, streams text[], sync_every interval)
	RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	why text;
	hint text;
BEGIN
	PERFORM stockalert.check_label('name', name, 63);
	IF environment NOT IN ('sandbox', 'production') THEN
		why := 'environment is sandbox or production.';
		hint := 'A personal or OAuth token belongs to one of the two; see where it was made.';
	ELSIF credential IS NOT NULL AND NOT stockalert.is_connection_credential(credential) THEN
		why := 'credential names one of Square: square, or with a label of a-z, 0-9, _ and -, as square:north.';
		hint := 'Pass the name, never the token itself.';
	ELSIF api_version !~ '^20[0-9]{2}-[01][0-9]-[0-3][0-9]$' THEN
		why := 'api_version is a date, as Square names its versions.';
		hint := 'Leave it away for 2025-10-16; 2026-07-15 is known too.';
	ELSIF base_url <> '' AND base_url !~ '^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127[.]0[.]0[.]1|localhost|\[::1\])(:[0-9]{1,5})?)$' THEN
		why := 'base_url is https://host, or http:// to this machine.';
		hint := 'Leave it away: it is for tests.';
	ELSIF cardinality(locations) > 1000 OR array_position(locations, NULL) IS NOT NULL THEN
		why := 'locations are up to 1000 ids of Square, none of them NULL.';
		hint := 'Leave them away for all, and see location_list afterwards.';
	ELSIF streams IS NOT NULL AND EXISTS (SELECT FROM unnest(streams) AS s WHERE stockalert.stream_rank(s) IS NULL) THEN
		why := 'streams are of locations, catalog, counts, movements, orders, vendors, transfers.';
		hint := 'Leave them away for all.';
	ELSIF sync_every NOT BETWEEN '1 minute' AND '7 days' THEN
		why := 'sync_every is from a minute to a week.';
		hint := 'Webhooks shorten the wait without more requests: see receive_square_webhook().';
	END IF;
	IF why IS NOT NULL THEN
		RAISE EXCEPTION 'connection cannot be made so' USING ERRCODE = 'invalid_parameter_value', DETAIL = why, HINT = hint;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_connection_terms(text, text, text, text[], text, text, text[], interval) IS 'Raises 22023 where a connection cannot have these terms; quotes none of them, as one may be a secret given by mistake. For the owner.';

CREATE FUNCTION stockalert.add_square_connection(name text DEFAULT 'square', environment text DEFAULT 'sandbox', credential text DEFAULT 'square',
		locations text[] DEFAULT NULL, api_version text DEFAULT '2025-10-16', base_url text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source bigint;
	id bigint;
BEGIN
	PERFORM stockalert.require_all_locations('connecting an account');
	PERFORM stockalert.check_connection_terms(name, environment, credential, locations, api_version, base_url, NULL, NULL);
	IF EXISTS (SELECT FROM stockalert.connections AS c WHERE c.name = add_square_connection.name) THEN
		RAISE EXCEPTION 'connection "%" exists already', name
			USING ERRCODE = 'duplicate_object', DETAIL = 'A connection is one account of a seller; its locations are read by the same.',
				  HINT = format('SELECT * FROM stockalert.set_connection(%L, ...) changes it; another account needs another name and credential.', name);
	END IF;
	PERFORM stockalert.ensure_installation();
	-- The one of an earlier connection of this name, so that keys mean what they meant.
	SELECT s.source_id INTO source FROM stockalert.sources AS s WHERE s.name = add_square_connection.name AND s.kind = 'square'
		AND NOT EXISTS (SELECT FROM stockalert.connections AS c WHERE c.source_id = s.source_id);
	IF source IS NULL THEN
		INSERT INTO stockalert.sources AS s (name, kind) VALUES (CASE WHEN EXISTS (SELECT FROM stockalert.sources AS o WHERE o.name = add_square_connection.name)
			THEN left(add_square_connection.name, 45) || ' (Square) ' || left(md5(random()::text), 6) ELSE add_square_connection.name END, 'square') RETURNING s.source_id INTO source;
	END IF;
	INSERT INTO stockalert.connections AS c (source_id, name, environment, base_url, api_version, credential, chosen_locations)
		VALUES (source, add_square_connection.name, coalesce(add_square_connection.environment, 'sandbox'), nullif(add_square_connection.base_url, ''),
			coalesce(add_square_connection.api_version, '2025-10-16'), coalesce(add_square_connection.credential, 'square'), nullif(locations, '{}'))
		RETURNING c.connection_id INTO id;
	INSERT INTO stockalert.sync_streams (connection_id, stream) SELECT id, u FROM unnest('{locations,catalog,counts,movements,orders,vendors,transfers}'::text[]) AS u;
	PERFORM stockalert.audit('add_square_connection', name);
	PERFORM stockalert.wake_syncer();
	done := format('%s is connected to Square (%s), %s; locations, items, stock and sales come from there', name, coalesce(environment, 'sandbox'),
		CASE WHEN cardinality(locations) > 0 THEN format('%s of its locations', cardinality(locations)) ELSE 'all its locations' END);
	next := stockalert.connection_next(id);
END
$$;
COMMENT ON FUNCTION stockalert.add_square_connection(text, text, text, text[], text, text) IS
	'Connects an account of a Square seller: its locations (ids; NULL: all), catalog, counts, movements, orders of what it does not track, vendors and transfers are read from now on, first all, then what changed. The token lies in the credential of that name, which stockalert-seal makes; it needs MERCHANT_PROFILE_READ, ITEMS_READ and INVENTORY_READ, for vendors VENDOR_READ, for untracked items ORDERS_READ. base_url is for tests. Errors: 22023, 42710, 42501.';

CREATE FUNCTION stockalert.set_connection(name text, enabled boolean DEFAULT NULL, locations text[] DEFAULT NULL, streams text[] DEFAULT NULL, sync_every interval DEFAULT NULL,
		environment text DEFAULT NULL, credential text DEFAULT NULL, api_version text DEFAULT NULL, base_url text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	was stockalert.connections;
BEGIN
	PERFORM stockalert.require_all_locations('changing a connection');
	id := stockalert.find_connection(name);
	SELECT c.* INTO was FROM stockalert.connections AS c WHERE c.connection_id = id FOR UPDATE;
	PERFORM stockalert.check_connection_terms(was.name, environment, credential, locations, api_version, base_url, streams, sync_every);
	UPDATE stockalert.connections AS c SET enabled = coalesce(set_connection.enabled, c.enabled),
			chosen_locations = CASE WHEN locations IS NULL THEN c.chosen_locations ELSE nullif(locations, '{}') END,
			sync_every = coalesce(set_connection.sync_every, c.sync_every), environment = coalesce(set_connection.environment, c.environment),
			credential = coalesce(set_connection.credential, c.credential), api_version = coalesce(set_connection.api_version, c.api_version),
			base_url = CASE WHEN set_connection.base_url IS NULL THEN c.base_url ELSE nullif(set_connection.base_url, '') END,
			state = CASE WHEN c.state = 'ok' THEN 'ok' ELSE 'pending' END, state_reason = NULL, state_at = clock_timestamp(),
			scopes = CASE WHEN set_connection.credential IS NULL THEN c.scopes END
		WHERE c.connection_id = id;
	IF streams IS NOT NULL THEN
		UPDATE stockalert.sync_streams AS s SET enabled = s.stream = ANY (streams) WHERE s.connection_id = id AND s.enabled <> (s.stream = ANY (streams));
	END IF;
	-- Other places, other rows: all of it once more.
	UPDATE stockalert.sync_streams AS s SET requested_at = clock_timestamp(), next_attempt_at = CASE WHEN s.error_class = 'rate_limited' THEN s.next_attempt_at END,
			full_requested = s.full_requested OR locations IS NOT NULL AND nullif(locations, '{}') IS DISTINCT FROM was.chosen_locations
		WHERE s.connection_id = id AND s.enabled;
	PERFORM stockalert.audit('set_connection', was.name);
	PERFORM stockalert.wake_syncer();
	done := format('connection %s is changed', was.name);
	next := stockalert.connection_next(id);
END
$$;
COMMENT ON FUNCTION stockalert.set_connection(text, boolean, text[], text[], interval, text, text, text, text) IS
	'Changes a connection; what is NULL stays. locations: ids of Square, {} for all; streams: those that are read; base_url: empty for Square''s own. What had stopped is tried again. Errors: 42704, 22023, 42501.';

CREATE FUNCTION stockalert.remove_connection(name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	the_name text;
	the_credential text;
BEGIN
	PERFORM stockalert.require_all_locations('removing a connection');
	id := stockalert.find_connection(name);
	DELETE FROM stockalert.square_levels AS l WHERE l.connection_id = id;
	DELETE FROM stockalert.connections AS c WHERE c.connection_id = id RETURNING c.name, c.credential INTO the_name, the_credential;
	PERFORM stockalert.audit('remove_connection', the_name);
	done := format('%s is not read any more; its locations, items, stock, thresholds and sales stay as they are', the_name);
	next := CASE WHEN EXISTS (SELECT FROM stockalert.credentials AS k WHERE k.name = the_credential)
				AND NOT EXISTS (SELECT FROM stockalert.connections AS c WHERE c.credential = the_credential)
			THEN format('SELECT * FROM stockalert.delete_credential(%L); -- and revoke the token at Square; ', the_credential) ELSE '-- ' END
		|| format('add_square_connection(%L) goes on where it ended', the_name);
END
$$;
COMMENT ON FUNCTION stockalert.remove_connection(text) IS 'Ends a connection. What it brought stays and is nobody''s to change but yours. Errors: 42704, 42501.';

CREATE FUNCTION stockalert.sync_now(connection text DEFAULT NULL, what text DEFAULT NULL, everything boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids bigint[];
	place bigint;
	asked bigint;
	waiting text;
BEGIN
	IF connection IS NOT NULL OR NOT EXISTS (SELECT FROM stockalert.connections) THEN
		ids := ARRAY[stockalert.find_connection(connection)];
	ELSE
		ids := ARRAY(SELECT c.connection_id FROM stockalert.connections AS c);
	END IF;
	IF what IS NOT NULL AND stockalert.stream_rank(what) IS NULL THEN
		place := stockalert.find_location(what);
		ids := ARRAY(SELECT c.connection_id FROM stockalert.connections AS c JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.location_id = place
			WHERE c.connection_id = ANY (ids));
		IF ids = '{}' THEN
			RAISE EXCEPTION 'location "%" is read by no connection', what
				USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It was not brought by Square.', HINT = 'SELECT * FROM stockalert.sync_status;';
		END IF;
	END IF;
	UPDATE stockalert.sync_streams AS s SET requested_at = clock_timestamp(), full_requested = s.full_requested OR everything
		WHERE s.connection_id = ANY (ids) AND s.enabled AND (place IS NOT NULL OR what IS NULL OR s.stream = what)
			AND EXISTS (SELECT FROM stockalert.connections AS c WHERE c.connection_id = s.connection_id AND c.enabled);
	GET DIAGNOSTICS asked = ROW_COUNT;
	PERFORM stockalert.wake_syncer();
	SELECT format('; %s waits until %s', s.stream, s.next_attempt_at) INTO waiting FROM stockalert.sync_streams AS s
		WHERE s.connection_id = ANY (ids) AND s.next_attempt_at > clock_timestamp() AND s.error_class IN ('rate_limited', 'transient') ORDER BY s.next_attempt_at DESC LIMIT 1;
	done := format('%s of %s asked for%s', CASE asked WHEN 1 THEN '1 stream' ELSE asked || ' streams' END, (SELECT string_agg(c.name, ', ' ORDER BY c.name) FROM stockalert.connections AS c WHERE c.connection_id = ANY (ids)),
		coalesce(waiting, '') || CASE WHEN current_setting('stockalert.delivery') <> 'live'
			THEN format('; nothing outside is called, Square included, while stockalert.delivery is %s', current_setting('stockalert.delivery')) ELSE '' END);
	next := stockalert.connection_next(ids[1]);
END
$$;
COMMENT ON FUNCTION stockalert.sync_now(text, text, boolean) IS
	'Asks for Square to be read now: of one connection or all; what: a stream or a location (whose account is read); everything => true reads all instead of what changed. The syncer does it at once unless Square asked it to wait. Errors: 42704, 55000 a location that no connection reads.';

GRANT EXECUTE ON FUNCTION stockalert.add_square_connection(text, text, text, text[], text, text),
	stockalert.set_connection(text, boolean, text[], text[], interval, text, text, text, text), stockalert.remove_connection(text) TO stockalert_admin;
GRANT EXECUTE ON FUNCTION stockalert.sync_now(text, text, boolean) TO stockalert_manager;
