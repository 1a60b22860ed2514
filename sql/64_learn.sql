-- One pair's new days into its history, state and thresholds.

CREATE FUNCTION stockalert.history_weekdays(history stockalert.demand_history, today date, weeks integer DEFAULT 8) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_history_weekdays';
COMMENT ON FUNCTION stockalert.history_weekdays(stockalert.demand_history, date, integer) IS
	'Mean units on each weekday, Monday first, over that many weeks before a day; days without stock are left out, returns beyond sales are 0. NULL for NULL. Error 22023: weeks not from 1 to 500.';

CREATE TYPE stockalert.learned AS (
	moved boolean,
	history_moved boolean,
	history stockalert.demand_history,
	first_sale date,
	last_sale date,
	last_day date,
	exposed_days integer,
	sales integer,
	level double precision,
	mse double precision,
	size double precision,
	probability double precision,
	interval_mean double precision,
	size_sum double precision,
	size_squares double precision,
	velocity double precision,
	reorder_point numeric,
	order_up_to numeric,
	season double precision[],
	method text
);
COMMENT ON TYPE stockalert.learned IS
	'What learn() found: columns of demand_state, and the history where it is another. moved: something stored is new; all others NULL where nothing ever sold.';

-- not strict: a new pair has no state, no history, no pool
CREATE FUNCTION stockalert.learn(state stockalert.demand_state, history stockalert.demand_history, days date[], units double precision[],
	out_shares double precision[], today date, profile double precision[], pool_velocity double precision, pool_sd double precision,
	pool_mse_ratio double precision, lead_time_days double precision, lead_time_sd_days double precision, review_days double precision,
	quantity_step numeric, service_level double precision) RETURNS stockalert.learned
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_learn';
COMMENT ON FUNCTION stockalert.learn(stockalert.demand_state, stockalert.demand_history, date[], double precision[], double precision[], date,
	double precision[], double precision, double precision, double precision, double precision, double precision, double precision, numeric, double precision) IS
	'Folds days (units and share of the day out of stock; a NULL keeps what is stored) into a pair''s history of 400 days and its forecaster, and computes velocity, reorder point and order-up-to as of today. A NULL state is made from the whole history. Small moves keep what is stored. Error 22004: a NULL in today, lead time, review or service level; XX001 damaged history.';
GRANT EXECUTE ON FUNCTION stockalert.history_weekdays(stockalert.demand_history, date, integer) TO stockalert_viewer, stockalert_writer;
