-- Values in the texts of other systems, read without an error for a bad one.

CREATE FUNCTION stockalert.read_quantity(value text) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_quantity';
COMMENT ON FUNCTION stockalert.read_quantity(text) IS
	'Reads a decimal number such as -12.50000, at most 21 digits before and 5 after the point. NULL for anything else, and for NULL.';

CREATE FUNCTION stockalert.read_moment(value text) RETURNS timestamptz
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_moment';
COMMENT ON FUNCTION stockalert.read_moment(text) IS
	'Reads a time as RFC 3339 writes it, such as 2019-10-29T18:38:45.455006797Z, down to the microsecond: further digits are dropped, not rounded. NULL for anything else, and for NULL.';

CREATE FUNCTION stockalert.read_label(value text, longest integer) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_label';
COMMENT ON FUNCTION stockalert.read_label(text, integer) IS
	'Makes a name or key that can be shown of any text: control characters and runs of blanks become one blank, none at an end, cut to longest characters. NULL where nothing is left, and for NULL.';
