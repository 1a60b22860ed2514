-- Waking the process that talks to points of sale.

CREATE FUNCTION stockalert.wake_syncer() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_wake_syncer'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.wake_syncer() IS
	'Lets the syncer of this database look for work once the transaction commits, and the sender, which has one started where there is none yet. For the extension''s own functions; granted to nobody.';
