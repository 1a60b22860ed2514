CREATE FUNCTION stockalert.sparkline(numbers double precision[], width integer DEFAULT 60, ascii boolean DEFAULT false) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_sparkline';
COMMENT ON FUNCTION stockalert.sparkline(double precision[], integer, boolean) IS
	'Numbers as a line of at most width bars (1 to 1000) for psql: eight heights from 0, or from the lowest number below it, to the highest; more numbers than width are averaged into each bar. A NULL element is a gap. ascii, or a database that is not in UTF-8: _.:-=+*# instead of blocks. Empty for an empty array. NULL for NULL. Error 22023.';

GRANT EXECUTE ON FUNCTION stockalert.sparkline(double precision[], integer, boolean) TO stockalert_viewer, stockalert_writer;
