-- The workers, seen from SQL.

CREATE FUNCTION stockalert.worker_status(OUT database text, OUT role text, OUT state text, OUT pid integer,
		OUT since timestamptz, OUT detail text, OUT routed bigint, OUT sent bigint, OUT failed bigint)
	RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_worker_status';
COMMENT ON FUNCTION stockalert.worker_status() IS
	'Shows the launcher, the sender of each database, and its syncer where a point of sale was connected: state (stopped, waiting, starting, running, off, disabled, paused_clone, no_key, bad_key_file, leaving), since when, why, and, of senders, how many events were routed, messages sent and given up since the server started. Without the preloaded library one row says "not preloaded" and what to do.';

CREATE FUNCTION stockalert.start_worker() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_start_worker';
COMMENT ON FUNCTION stockalert.start_worker() IS
	'Asks the launcher to look at this database when the transaction commits; the install script calls it. Warns and returns false where the library is not preloaded.';

GRANT EXECUTE ON FUNCTION stockalert.worker_status() TO stockalert_viewer, stockalert_worker;
GRANT EXECUTE ON FUNCTION stockalert.start_worker() TO stockalert_admin;
