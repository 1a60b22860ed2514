-- What the syncer needs beyond the streams' own functions.

CREATE FUNCTION stockalert.sync_locations(connection_id bigint) RETURNS text[]
	LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(c.chosen_locations, (SELECT array_agg(r.external_id ORDER BY r.external_id COLLATE "C") FROM stockalert.location_refs AS r
			JOIN stockalert.locations AS l ON l.location_id = r.location_id WHERE r.source_id = c.source_id AND l.active), '{}')
	FROM stockalert.connections AS c WHERE c.connection_id = sync_locations.connection_id;
$$;
COMMENT ON FUNCTION stockalert.sync_locations(bigint) IS
	'Returns the seller''s ids of the locations that a connection reads: the chosen ones, or all that are active. NULL for NULL and for no connection. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.sync_locations(bigint) TO stockalert_worker;
