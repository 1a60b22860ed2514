-- What a value may be: predicates used by CHECK constraints, and the clock.

CREATE FUNCTION stockalert.is_quantity(quantity numeric) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_quantity';
COMMENT ON FUNCTION stockalert.is_quantity(numeric) IS
	'Tells whether a number can be a quantity of stock or an amount of money: finite, at most 21 digits before and 5 after the point (26 in all, what point-of-sale systems send). NULL for NULL.';

CREATE FUNCTION stockalert.is_time_zone(name text) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_time_zone';
COMMENT ON FUNCTION stockalert.is_time_zone(text) IS
	'Tells whether the server knows a time zone of this full name, such as Europe/Rome. NULL for NULL.';

CREATE FUNCTION stockalert.is_label(label text, longest integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_label';
COMMENT ON FUNCTION stockalert.is_label(text, integer) IS
	'Tells whether a text can be a name or key shown to people: 1 to longest characters, no control characters, no blank at either end. NULL for NULL.';

CREATE FUNCTION stockalert.counted(number numeric, one text, more text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: more may be left out
	AS $$ BEGIN RETURN number || ' ' || CASE WHEN number = 1 THEN one ELSE coalesce(more, one || 's') END; END $$;
COMMENT ON FUNCTION stockalert.counted(numeric, text, text) IS 'How many of what, as people say it: 1 item, 2 items. more: the plural where it is not one with an s. NULL for no number.';

CREATE FUNCTION stockalert.as_of() RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_as_of';
COMMENT ON FUNCTION stockalert.as_of() IS
	'Returns the time at which stock is judged: the setting stockalert.as_of where it is set (replays, tests), else the time of the transaction. Never NULL.';

GRANT EXECUTE ON FUNCTION stockalert.counted(numeric, text, text), stockalert.is_quantity(numeric), stockalert.is_time_zone(text), stockalert.is_label(text, integer),
	stockalert.as_of() TO stockalert_viewer, stockalert_writer, stockalert_worker;
