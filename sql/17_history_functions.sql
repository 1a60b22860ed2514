-- Functions over demand_history, callable on any table that has one.

CREATE FUNCTION stockalert.history_set(history stockalert.demand_history, day date, units double precision, out_share double precision DEFAULT 0)
	RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_set';
COMMENT ON FUNCTION stockalert.history_set(stockalert.demand_history, date, double precision, double precision) IS
	'The history with a day replaced or added, units rounded to 5 decimals, out_share (of the day out of stock, 0 to 1) to 2; a share below 1 stays below 1. Days between are 0; beyond 4000 days the oldest go. NULL for NULL. Error 22023: a day before 1970 or after 2199, or 4000 days before the last; units not finite or beyond 10,000,000,000; a share outside 0 to 1.';

CREATE FUNCTION stockalert.history_append(history stockalert.demand_history, day date, units double precision, out_share double precision DEFAULT 0)
	RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_append';
COMMENT ON FUNCTION stockalert.history_append(stockalert.demand_history, date, double precision, double precision) IS
	'The history with a day after its last one; otherwise as history_set(). NULL for NULL. Error 22023, also for a day that is not after the last.';

CREATE FUNCTION stockalert.history_patch(history stockalert.demand_history, patch stockalert.demand_history) RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_patch';
COMMENT ON FUNCTION stockalert.history_patch(stockalert.demand_history, stockalert.demand_history) IS
	'The history with every day of patch in place of its own, from the first day of either to the last of either; days of neither are 0, beyond 4000 days the oldest go. NULL for NULL.';

CREATE FUNCTION stockalert.history_slice(history stockalert.demand_history, from_day date, to_day date) RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_slice';
COMMENT ON FUNCTION stockalert.history_slice(stockalert.demand_history, date, date) IS
	'The days of the history from one to another, both included; infinity is no limit. {} where it has none. NULL for NULL.';

CREATE FUNCTION stockalert.history_keep(history stockalert.demand_history, days integer) RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_keep';
COMMENT ON FUNCTION stockalert.history_keep(stockalert.demand_history, integer) IS 'The newest days of the history, so many at most. NULL for NULL. Error 22023: below 0.';

CREATE FUNCTION stockalert.history_first(history stockalert.demand_history) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_first';
COMMENT ON FUNCTION stockalert.history_first(stockalert.demand_history) IS 'First day of the history. NULL for {} and NULL.';

CREATE FUNCTION stockalert.history_last(history stockalert.demand_history) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_last';
COMMENT ON FUNCTION stockalert.history_last(stockalert.demand_history) IS 'Last day of the history. NULL for {} and NULL.';

CREATE FUNCTION stockalert.history_days(history stockalert.demand_history) RETURNS TABLE (day date, units double precision, out_of_stock double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 400 AS 'MODULE_PATHNAME', 'stockalert_history_days';
COMMENT ON FUNCTION stockalert.history_days(stockalert.demand_history) IS
	'The days of the history as rows, oldest first: units, and the share of the day out of stock. No rows for {} and NULL.';

CREATE FUNCTION stockalert.history_units(history stockalert.demand_history) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_units';
COMMENT ON FUNCTION stockalert.history_units(stockalert.demand_history) IS
	'Units of each day of the history, oldest first, NULL for a day wholly out of stock: what velocity_ewma() and others over arrays of days take. NULL for NULL.';

CREATE FUNCTION stockalert.history_units(history stockalert.demand_history, from_day date, to_day date) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_units';
COMMENT ON FUNCTION stockalert.history_units(stockalert.demand_history, date, date) IS
	'Units of each day from one to another, both included: NULL before the first day of the history and for a day wholly out of stock, 0 after the last day. {} where to_day is before from_day. NULL for NULL. Error 22023: infinity, or more than 4000 days.';

CREATE FUNCTION stockalert.history_sum(history stockalert.demand_history, from_day date, to_day date) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_sum';
COMMENT ON FUNCTION stockalert.history_sum(stockalert.demand_history, date, date) IS
	'Units from one day to another, both included, returns taken off; infinity is no limit. NULL for NULL.';

CREATE FUNCTION stockalert.history_velocity(history stockalert.demand_history, last_day date, window_days integer DEFAULT 28, returns text DEFAULT 'clip')
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_velocity';
COMMENT ON FUNCTION stockalert.history_velocity(stockalert.demand_history, date, integer, text) IS
	'Units per day in stock over the window_days that end on last_day (yesterday, as a rule): sum of units / sum of shares in stock (the Poisson estimate with exposure), over the days since the first of the history; days after its last are 0 units, in stock. A day wholly out of stock does not count at all. returns: clip takes a day below 0 as 0, net as it is. 0 for {} and where the history begins after last_day; NULL for NULL and where no day was in stock. Error 22023: infinity, window_days not 1 to 3660, another word.';

GRANT EXECUTE ON FUNCTION
	stockalert.history_set(stockalert.demand_history, date, double precision, double precision),
	stockalert.history_append(stockalert.demand_history, date, double precision, double precision),
	stockalert.history_patch(stockalert.demand_history, stockalert.demand_history),
	stockalert.history_slice(stockalert.demand_history, date, date),
	stockalert.history_keep(stockalert.demand_history, integer),
	stockalert.history_first(stockalert.demand_history),
	stockalert.history_last(stockalert.demand_history),
	stockalert.history_days(stockalert.demand_history),
	stockalert.history_units(stockalert.demand_history),
	stockalert.history_units(stockalert.demand_history, date, date),
	stockalert.history_sum(stockalert.demand_history, date, date),
	stockalert.history_velocity(stockalert.demand_history, date, integer, text)
	TO stockalert_viewer, stockalert_writer;

-- not strict: the first state is NULL
CREATE FUNCTION stockalert.history_accum(state double precision[], day date, units double precision) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_accum';
COMMENT ON FUNCTION stockalert.history_accum(double precision[], date, double precision) IS
	'Transition of the aggregate history_agg: adds a row; rows with a NULL are left out. Error 22023.';

-- not strict: the first state is NULL
CREATE FUNCTION stockalert.history_accum(state double precision[], day date, units double precision, out_share double precision) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_accum';
COMMENT ON FUNCTION stockalert.history_accum(double precision[], date, double precision, double precision) IS
	'The same with a share of the day out of stock, of which NULL is 0.';

-- not strict: either state may be NULL
CREATE FUNCTION stockalert.history_combine(a double precision[], b double precision[]) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_combine';
COMMENT ON FUNCTION stockalert.history_combine(double precision[], double precision[]) IS 'Adds two states of the aggregate history_agg. NULL for two NULLs. Error 22023.';

CREATE FUNCTION stockalert.history_final(state double precision[]) RETURNS stockalert.demand_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_final';
COMMENT ON FUNCTION stockalert.history_final(double precision[]) IS 'The history of a state of the aggregate history_agg. NULL for NULL, no row. Error 22023.';

CREATE AGGREGATE stockalert.history_agg(day date, units double precision) (
	SFUNC = stockalert.history_accum,
	STYPE = double precision[],
	SSPACE = 1024,
	COMBINEFUNC = stockalert.history_combine,
	FINALFUNC = stockalert.history_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.history_agg(date, double precision) IS
	'The demand_history of rows in any order: units of equal days add up (to 5 decimals a row), days without a row are 0, the oldest of more than 4000 days go. Rows with a NULL are left out; NULL for no row. The state is visible to SQL; combines, also in parallel. Error 22023: a day before 1970 or after 2199, units not finite or beyond 10,000,000,000.';

CREATE AGGREGATE stockalert.history_agg(day date, units double precision, out_share double precision) (
	SFUNC = stockalert.history_accum,
	STYPE = double precision[],
	SSPACE = 1024,
	COMBINEFUNC = stockalert.history_combine,
	FINALFUNC = stockalert.history_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.history_agg(date, double precision, double precision) IS
	'The same with the share of each day out of stock, 0 to 1, NULL as 0; of rows of one day the largest counts.';

GRANT EXECUTE ON FUNCTION
	stockalert.history_accum(double precision[], date, double precision),
	stockalert.history_accum(double precision[], date, double precision, double precision),
	stockalert.history_combine(double precision[], double precision[]),
	stockalert.history_final(double precision[]),
	stockalert.history_agg(date, double precision),
	stockalert.history_agg(date, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
