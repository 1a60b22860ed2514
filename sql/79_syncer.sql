-- What the syncer needs beyond the streams' own functions.

CREATE FUNCTION stockalert.sync_locations(connection_id bigint) RETURNS text[]
	LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(c.chosen_locations, (SELECT array_agg(r.external_id ORDER BY r.external_id COLLATE "C") FROM stockalert.location_refs AS r
			JOIN stockalert.locations AS l ON l.location_id = r.location_id WHERE r.source_id = c.source_id AND l.active), '{}')
	FROM stockalert.connections AS c WHERE c.connection_id = sync_locations.connection_id;
$$;
COMMENT ON FUNCTION stockalert.sync_locations(bigint) IS
	'Returns the seller''s ids of the locations that a connection reads: the chosen ones, or all that are active. NULL for NULL and for no connection. For the worker.';

CREATE FUNCTION stockalert.sync_heed_credentials() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH mended AS (UPDATE stockalert.connections AS c SET state = 'pending', state_reason = NULL, state_at = clock_timestamp()
		FROM stockalert.credentials AS k WHERE k.name = c.credential AND k.set_at > c.state_at AND c.state IN ('expired', 'revoked', 'misconfigured')
		RETURNING c.connection_id)
	UPDATE stockalert.sync_streams AS s SET next_attempt_at = NULL, requested_at = clock_timestamp() FROM mended AS m
		WHERE s.connection_id = m.connection_id AND s.error_class IS NOT NULL;
$$;
COMMENT ON FUNCTION stockalert.sync_heed_credentials() IS
	'Lets a connection that failed for its credential try again once another was set. For the worker.';

CREATE FUNCTION stockalert.sync_analyze() RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	ANALYZE stockalert.square_variations, stockalert.square_objects, stockalert.items, stockalert.item_refs, stockalert.location_refs;
END
$$;
COMMENT ON FUNCTION stockalert.sync_analyze() IS
	'Tells the planner how large the tables have become that a first import fills, before autovacuum comes to it. For the worker.';

CREATE FUNCTION stockalert.connections_to_check() RETURNS TABLE (connection_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.connection_id FROM stockalert.connections AS c
	WHERE c.enabled AND current_setting('stockalert.delivery') = 'live' AND stockalert.installation_state() <> 'copy'
		AND (c.check_requested_at > coalesce(c.checked_at, '-infinity') OR c.state = 'ok' AND coalesce(c.checked_at, '-infinity') < clock_timestamp() - interval '1 day');
$$;
COMMENT ON FUNCTION stockalert.connections_to_check() IS
	'Connections of whose token permissions, seller and end are to be looked up: somebody asked, or that was a day ago. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.connections_to_check(), stockalert.sync_locations(bigint), stockalert.sync_heed_credentials(), stockalert.sync_analyze() TO stockalert_worker;
