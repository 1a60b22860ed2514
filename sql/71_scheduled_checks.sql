-- A check at a time: the first regular check after it does it, and notes so.

CREATE TABLE stockalert.scheduled_checks (
	scheduled_check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	due_at timestamptz NOT NULL,
	location_id bigint REFERENCES stockalert.locations ON DELETE CASCADE,
	remind boolean NOT NULL DEFAULT false,
	requested_by text NOT NULL DEFAULT SESSION_USER,
	requested_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	done_at timestamptz
);
COMMENT ON TABLE stockalert.scheduled_checks IS 'Checks asked for by check_stock_in(). Done by the first check of all locations, or of theirs, after due_at.';
COMMENT ON COLUMN stockalert.scheduled_checks.location_id IS 'NULL: all locations.';
COMMENT ON COLUMN stockalert.scheduled_checks.remind IS 'Reminders that are due are sent too.';
COMMENT ON COLUMN stockalert.scheduled_checks.done_at IS 'When it was done; NULL: not yet.';
CREATE INDEX scheduled_checks_due_idx ON stockalert.scheduled_checks (due_at) WHERE done_at IS NULL;

CREATE FUNCTION stockalert.check_stock_in(delay interval, location text DEFAULT NULL, remind boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL OR NOT stockalert.sees_all_locations() THEN stockalert.find_location(location) END;
	due timestamptz;
BEGIN
	IF delay IS NULL OR delay < interval '0' OR delay > interval '1 year' THEN
		RAISE EXCEPTION 'a check cannot be made in %', coalesce(delay::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is made once, at a time to come.', HINT = 'Pass such as interval ''2 hours'', at most a year.';
	END IF;
	INSERT INTO stockalert.scheduled_checks AS c (due_at, location_id, remind)
		VALUES (stockalert.as_of() + delay, the_location, coalesce(check_stock_in.remind, false)) RETURNING c.due_at INTO due;
	done := format('stock%s is checked at %s, within the quarter of an hour', CASE WHEN location IS NOT NULL THEN ' at ' || location ELSE '' END, due);
	next := 'SELECT * FROM stockalert.jobs_status; -- the regular check does it, or SELECT * FROM stockalert.check_stock(); by hand';
END
$$;
COMMENT ON FUNCTION stockalert.check_stock_in(interval, text, boolean) IS
	'Has stock checked once after a time, at a location or everywhere (NULL): by the regular check that follows it, or by any check_stock() after it. remind => true also sends the reminders due then. Errors: 22023 no time to come, 42704 unknown location.';

CREATE FUNCTION stockalert.finish_scheduled_checks(checked_location bigint) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reminds boolean;
BEGIN
	WITH finished AS (
		UPDATE stockalert.scheduled_checks AS c SET done_at = stockalert.as_of()
		-- A check waits for nobody: another one is noting it.
		WHERE c.scheduled_check_id IN (SELECT d.scheduled_check_id FROM stockalert.scheduled_checks AS d
			WHERE d.done_at IS NULL AND d.due_at <= stockalert.as_of() AND (checked_location IS NULL OR d.location_id = checked_location)
			FOR NO KEY UPDATE SKIP LOCKED)
		RETURNING c.remind)
	SELECT bool_or(f.remind) INTO reminds FROM finished AS f;
	RETURN coalesce(reminds, false);
END
$$;
COMMENT ON FUNCTION stockalert.finish_scheduled_checks(bigint) IS
	'Notes that a check of this location, or of all (NULL), did those that were due; tells whether one of them wants reminders. For the owner: check_stock() calls it.';
GRANT EXECUTE ON FUNCTION stockalert.check_stock_in(interval, text, boolean) TO stockalert_manager;
