-- The type demand_history: units and out-of-stock share of each day, in few bytes.

CREATE TYPE stockalert.demand_history;

CREATE FUNCTION stockalert.history_in(cstring) RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_in';
COMMENT ON FUNCTION stockalert.history_in(cstring) IS
	'Reads a history from text. Error 22P02 with the place: no history, a date before 1970 or after 2199, more than 4000 days, NaN, Infinity, more than 5 decimals.';

CREATE FUNCTION stockalert.history_out(stockalert.demand_history) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_out';
COMMENT ON FUNCTION stockalert.history_out(stockalert.demand_history) IS 'Writes a history as text, exactly.';

CREATE FUNCTION stockalert.history_recv(internal) RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_recv';
COMMENT ON FUNCTION stockalert.history_recv(internal) IS 'Reads a history from what history_send() wrote. Error 22P03: other bytes.';

CREATE FUNCTION stockalert.history_send(stockalert.demand_history) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_send';
COMMENT ON FUNCTION stockalert.history_send(stockalert.demand_history) IS 'The bytes of a history, of which the first is the number of their format.';

CREATE TYPE stockalert.demand_history (
	INPUT = stockalert.history_in,
	OUTPUT = stockalert.history_out,
	RECEIVE = stockalert.history_recv,
	SEND = stockalert.history_send,
	ALIGNMENT = int4,
	STORAGE = 'extended'
);
COMMENT ON TYPE stockalert.demand_history IS
	'Demand day by day without gaps, about a byte a day that sells: {2026-03-01: 3 0 2.5 0*14 -1 1@0.25 0@1*3} is the first day, then the units of each day since; * repeats a day, @ is the share of the day out of stock. Units have 5 decimals and may be negative (returns), shares 2; at most 4000 days from 1970 to 2199; {} is empty. Equal days are equal bytes.';
GRANT USAGE ON TYPE stockalert.demand_history TO stockalert_viewer, stockalert_writer;

CREATE FUNCTION stockalert.history_eq(a stockalert.demand_history, b stockalert.demand_history) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_eq';
COMMENT ON FUNCTION stockalert.history_eq(stockalert.demand_history, stockalert.demand_history) IS
	'Whether two histories have the same days, units and shares; 0 at an end is a day too. NULL for NULL.';

CREATE FUNCTION stockalert.history_ne(a stockalert.demand_history, b stockalert.demand_history) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_ne';
COMMENT ON FUNCTION stockalert.history_ne(stockalert.demand_history, stockalert.demand_history) IS 'Whether two histories differ. NULL for NULL.';

CREATE FUNCTION stockalert.history_hash(history stockalert.demand_history) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_hash';
COMMENT ON FUNCTION stockalert.history_hash(stockalert.demand_history) IS 'Hash of a history, for DISTINCT, GROUP BY and hash joins. NULL for NULL.';

CREATE FUNCTION stockalert.history_hash(history stockalert.demand_history, seed bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_hash_extended';
COMMENT ON FUNCTION stockalert.history_hash(stockalert.demand_history, bigint) IS 'The same with a seed, in 64 bits. NULL for NULL.';

CREATE OPERATOR stockalert.= (
	FUNCTION = stockalert.history_eq,
	LEFTARG = stockalert.demand_history,
	RIGHTARG = stockalert.demand_history,
	COMMUTATOR = OPERATOR(stockalert.=),
	NEGATOR = OPERATOR(stockalert.<>),
	RESTRICT = pg_catalog.eqsel,
	JOIN = pg_catalog.eqjoinsel,
	HASHES
);
COMMENT ON OPERATOR stockalert.= (stockalert.demand_history, stockalert.demand_history) IS 'The same days, units and shares.';

CREATE OPERATOR stockalert.<> (
	FUNCTION = stockalert.history_ne,
	LEFTARG = stockalert.demand_history,
	RIGHTARG = stockalert.demand_history,
	COMMUTATOR = OPERATOR(stockalert.<>),
	NEGATOR = OPERATOR(stockalert.=),
	RESTRICT = pg_catalog.neqsel,
	JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR stockalert.<> (stockalert.demand_history, stockalert.demand_history) IS 'Not the same.';

CREATE OPERATOR CLASS stockalert.history_ops DEFAULT FOR TYPE stockalert.demand_history USING hash AS
	OPERATOR 1 stockalert.= (stockalert.demand_history, stockalert.demand_history),
	FUNCTION 1 stockalert.history_hash(stockalert.demand_history),
	FUNCTION 2 stockalert.history_hash(stockalert.demand_history, bigint);
COMMENT ON OPERATOR CLASS stockalert.history_ops USING hash IS 'DISTINCT, GROUP BY, UNION and joins of histories.';
COMMENT ON OPERATOR FAMILY stockalert.history_ops USING hash IS 'Made with the class of this name.';

GRANT EXECUTE ON FUNCTION
	stockalert.history_in(cstring),
	stockalert.history_out(stockalert.demand_history),
	stockalert.history_send(stockalert.demand_history),
	stockalert.history_eq(stockalert.demand_history, stockalert.demand_history),
	stockalert.history_ne(stockalert.demand_history, stockalert.demand_history),
	stockalert.history_hash(stockalert.demand_history),
	stockalert.history_hash(stockalert.demand_history, bigint)
	TO stockalert_viewer, stockalert_writer;
