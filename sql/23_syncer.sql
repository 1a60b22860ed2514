-- Waking the process that talks to points of sale, and what it remembers of
-- rounds in which there was nothing new.

CREATE FUNCTION stockalert.wake_syncer() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_wake_syncer'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.wake_syncer() IS
	'Lets the syncer of this database look for work once the transaction commits, and the sender, which has one started where there is none yet. For the extension''s own functions; granted to nobody.';

CREATE FUNCTION stockalert.note_quiet_round(connection_id bigint, stream text, started_at timestamptz) RETURNS boolean
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_note_quiet_round';
COMMENT ON FUNCTION stockalert.note_quiet_round(bigint, text, timestamptz) IS
	'Remembers in shared memory, until the server stops, that a round of a stream ended now and met nothing new. False where the library is not preloaded. For the owner.';

CREATE FUNCTION stockalert.quiet_rounds() RETURNS TABLE (connection_id bigint, stream text, started_at timestamptz, finished_at timestamptz)
	LANGUAGE c STABLE ROWS 7 AS 'MODULE_PATHNAME', 'stockalert_quiet_rounds'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.quiet_rounds() IS
	'The last round of each stream that met nothing new, as far as the server remembers: none of these is written anywhere.';

-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.quiet_rounds() TO stockalert_viewer;
