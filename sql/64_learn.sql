-- New days of pairs into their histories, states and thresholds.

CREATE FUNCTION stockalert.history_weekdays(history stockalert.demand_history, today date, weeks integer DEFAULT 8) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_weekdays';
COMMENT ON FUNCTION stockalert.history_weekdays(stockalert.demand_history, date, integer) IS
	'Mean units on each weekday, Monday first, over that many weeks before a day; days without stock are left out, returns beyond sales are 0. NULL for NULL. Error 22023: weeks not from 1 to 500.';

CREATE TYPE stockalert.folded AS (
	days bigint,
	pairs_changed bigint,
	location_ids bigint[],
	item_ids bigint[]
);
COMMENT ON TYPE stockalert.folded IS 'What a step of refresh_demand() did: local days it read, pairs whose history or state is another, and the keys of those whose velocity or thresholds moved.';

-- The fold itself is C: the keys in their order, each row looked up along the
-- index and written in place, only where it moved.
CREATE FUNCTION stockalert.fold_pairs(source text, as_of timestamptz, from_nothing boolean) RETURNS stockalert.folded
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_fold_pairs';
COMMENT ON FUNCTION stockalert.fold_pairs(text, timestamptz, boolean) IS
	'Learns from a query of (location_id, item_id, days date[], units double precision[], out_shares double precision[], sold boolean), one row a pair, best in the order of the key: units and shares of the day out of stock go into the pair''s history of 400 days (a NULL keeps what is stored), then its forecaster, velocity, reorder point and order-up-to as of today. Small moves keep what is stored. Returns the pairs whose velocity or thresholds moved; NULL for NULL. from_nothing: states are made anew from the histories. sold: a pair without a history gets one. Error XX001: damaged history. For the owner.';

CREATE FUNCTION stockalert.fold_recent(as_of timestamptz, folded_for timestamptz, recorded_after timestamptz, OUT done stockalert.folded,
	OUT location_ids bigint[], OUT days date[], OUT lines bigint[], OUT told_location_ids bigint[], OUT told_days date[], OUT newest timestamptz)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_fold_recent';
COMMENT ON FUNCTION stockalert.fold_recent(timestamptz, timestamptz, timestamptz) IS
	'Reads sales once: counts the lines of each local day from the third before the day of folded_for on (-infinity: all), and learns as fold_lines() does those that are over by as_of and have another number of lines than demand_totals says. Returns these days; earlier days (told) for which lines were recorded after a time (infinity: none are asked for); and newest, no later than the newest recorded_at of lines that are new, NULL for none. NULLs for NULL. For the owner.';

CREATE FUNCTION stockalert.fold_lines(as_of timestamptz, location_ids bigint[], days date[], lines bigint[]) RETURNS stockalert.folded
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_fold_lines';
COMMENT ON FUNCTION stockalert.fold_lines(timestamptz, bigint[], date[], bigint[]) IS
	'Sums the sales of whole local days by pair and learns them as fold_pairs() does; lines: how many there are of each day, for planning memory. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.count_lines(sold_from timestamptz, sold_until timestamptz) RETURNS TABLE (location_id bigint, day date, lines bigint)
	LANGUAGE c STABLE STRICT ROWS 1000 AS 'MODULE_PATHNAME', 'stockalert_count_lines';
COMMENT ON FUNCTION stockalert.count_lines(timestamptz, timestamptz) IS
	'Lines of sales of each local day, sold from a time on and before another. No row for NULL. For the owner.';

CREATE FUNCTION stockalert.oldest_transaction() RETURNS timestamptz
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stockalert_oldest_transaction';
COMMENT ON FUNCTION stockalert.oldest_transaction() IS
	'When the oldest transaction began that another session of this database has open, or this one. For the owner.';
GRANT EXECUTE ON FUNCTION stockalert.history_weekdays(stockalert.demand_history, date, integer) TO stockalert_viewer, stockalert_writer;
