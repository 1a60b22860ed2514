-- What was learned from sales: one small row of state a pair, its daily history,
-- when it was out of stock, and what similar items of the place do.
-- No foreign keys: sales may tell of a pair before its stock is known, and the
-- fold writes a million rows; refresh_demand() clears what belongs to no pair.

CREATE TABLE stockalert.demand_state (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	first_sale date NOT NULL,
	last_sale date NOT NULL,
	last_day date NOT NULL,
	exposed_days integer NOT NULL,
	sales integer NOT NULL,
	level double precision NOT NULL,
	mse double precision NOT NULL,
	size double precision NOT NULL,
	probability double precision NOT NULL,
	interval_mean double precision NOT NULL,
	size_sum double precision NOT NULL,
	size_squares double precision NOT NULL,
	velocity double precision NOT NULL,
	reorder_point numeric,
	order_up_to numeric,
	computed_for date,
	season double precision[] NOT NULL,
	method text NOT NULL,
	PRIMARY KEY (location_id, item_id),
	CONSTRAINT "method is pool, shrunk, esw or tsb" CHECK (method IN ('pool', 'shrunk', 'esw', 'tsb'))
) WITH (fillfactor = 50);
COMMENT ON TABLE stockalert.demand_state IS
	'State of the forecaster of an item at a location, written by refresh_demand() only; every day before last_day is in it. Units per day.';
COMMENT ON COLUMN stockalert.demand_state.last_day IS 'Newest day folded in; days since are days without a sale.';
COMMENT ON COLUMN stockalert.demand_state.exposed_days IS 'Days with stock since the first sale.';
COMMENT ON COLUMN stockalert.demand_state.sales IS 'Days on which something sold.';
COMMENT ON COLUMN stockalert.demand_state.mse IS 'Exponentially weighted mean squared error of the one-day forecast.';
COMMENT ON COLUMN stockalert.demand_state.size IS 'TSB: units on a day that sells.';
COMMENT ON COLUMN stockalert.demand_state.probability IS 'TSB: probability that a day sells.';
COMMENT ON COLUMN stockalert.demand_state.interval_mean IS 'Mean number of days from one selling day to the next.';
COMMENT ON COLUMN stockalert.demand_state.size_sum IS 'Units of all selling days.';
COMMENT ON COLUMN stockalert.demand_state.size_squares IS 'Sum of squares of the units of selling days.';
COMMENT ON COLUMN stockalert.demand_state.velocity IS 'Units per day in stock, the mean of a week ahead, as of computed_for.';
COMMENT ON COLUMN stockalert.demand_state.reorder_point IS
	'Computed reorder point in units as of computed_for, rewritten where it moved by more than a step. NULL: nothing sells.';
COMMENT ON COLUMN stockalert.demand_state.order_up_to IS 'Computed level to order up to, in units; above the reorder point.';
COMMENT ON COLUMN stockalert.demand_state.season IS 'ESW: what each weekday adds to the level, Monday first.';
COMMENT ON COLUMN stockalert.demand_state.method IS
	'Where velocity comes from: pool (nothing sold yet), shrunk (under 28 days: own sales and the pool), esw (level and week), tsb (sparse sales).';

CREATE TABLE stockalert.stock_changes (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	changed_at timestamptz NOT NULL,
	available numeric NOT NULL,
	kind text NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "kind is out, back or count" CHECK (kind IN ('out', 'back', 'count'))
) PARTITION BY RANGE (changed_at);
COMMENT ON TABLE stockalert.stock_changes IS
	'When an item went out of stock and came back, and stock counts: which days had no stock to sell. Append-only, by month.';
COMMENT ON COLUMN stockalert.stock_changes.kind IS 'out: available fell to 0 or less; back: it rose above; count: somebody counted.';
CREATE TABLE stockalert.stock_changes_default PARTITION OF stockalert.stock_changes DEFAULT;
COMMENT ON TABLE stockalert.stock_changes_default IS 'Changes of months without a partition of their own.';

CREATE TABLE stockalert.pools (
	location_id bigint NOT NULL,
	category text,
	items integer NOT NULL,
	profile double precision[] NOT NULL,
	velocity_mean double precision NOT NULL,
	velocity_sd double precision NOT NULL,
	mse_ratio double precision NOT NULL,
	refreshed_for date NOT NULL,
	CONSTRAINT "a profile has seven days" CHECK (pg_catalog.cardinality(profile) = 7)
);
COMMENT ON TABLE stockalert.pools IS
	'What the items of a category at a location have in common, refreshed weekly: their weekday profile (mean 1, Monday first; 0 on closed days) and their velocities. category NULL: all items of the location.';
COMMENT ON COLUMN stockalert.pools.velocity_sd IS 'Standard deviation of velocity between items.';
COMMENT ON COLUMN stockalert.pools.mse_ratio IS 'Mean squared one-day error over mean velocity: variance of an item that has not sold yet.';
CREATE UNIQUE INDEX pools_key ON stockalert.pools (location_id, category) NULLS NOT DISTINCT;

CREATE TABLE stockalert.demand_days (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	history stockalert.demand_history NOT NULL,
	PRIMARY KEY (location_id, item_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE stockalert.demand_days IS
	'Units sold and share of the day out of stock, 400 days of each item at each location. history_days(history) shows them as rows.';

CREATE TABLE stockalert.demand_totals (
	location_id bigint NOT NULL,
	day date NOT NULL,
	lines bigint NOT NULL,
	PRIMARY KEY (location_id, day)
);
COMMENT ON TABLE stockalert.demand_totals IS 'How many lines of sales of each local day are folded: another number later, and the day is folded anew.';

CREATE TABLE stockalert.demand_zones (
	location_id bigint PRIMARY KEY,
	time_zone text NOT NULL
);
COMMENT ON TABLE stockalert.demand_zones IS 'By which clock the days of each location are folded: another one later, and refresh_demand() learns the location anew.';

CREATE TABLE stockalert.demand_folded (
	singleton boolean PRIMARY KEY DEFAULT true,
	folded_for timestamptz NOT NULL,
	terms text NOT NULL,
	sales_until timestamptz,
	changes_until timestamptz,
	CONSTRAINT "there is one watermark" CHECK (singleton)
);
COMMENT ON TABLE stockalert.demand_folded IS 'How far refresh_demand() has read.';
COMMENT ON COLUMN stockalert.demand_folded.folded_for IS 'As of when the last run was.';
COMMENT ON COLUMN stockalert.demand_folded.terms IS 'Lead times and service levels that the thresholds were computed with.';
COMMENT ON COLUMN stockalert.demand_folded.sales_until IS 'Until when (recorded_at) sales are read: that of the newest, at most the time of the run and of the oldest transaction that was open then, which may bring more.';
COMMENT ON COLUMN stockalert.demand_folded.changes_until IS 'The same of stock changes.';
