-- Velocity and spread as aggregates over any table of sales; window velocity stands in 10_maths.sql.

-- not strict: without a row the state is NULL, and the velocity 0
CREATE FUNCTION stockalert.velocity_linear_final(state double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_linear_final';
COMMENT ON FUNCTION stockalert.velocity_linear_final(double precision[]) IS
	'Units per day with linear weights of a state of the aggregates velocity and velocity_linear. 0 for NULL, no row. Error 22023.';

CREATE AGGREGATE stockalert.velocity_linear(units double precision, sold_on date, last_day date, window_days integer) (
	SFUNC = stockalert.velocity_accum,
	STYPE = double precision[],
	COMBINEFUNC = stockalert.velocity_combine,
	FINALFUNC = stockalert.velocity_linear_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.velocity_linear(double precision, date, date, integer) IS
	'Units per day over the window_days that end on last_day with linear weights, 1 for the oldest day since the first sale to n for the newest: sum(i y) / sum(i). Otherwise as the aggregate velocity, whose state it has. Error 22023.';

-- not strict: the first state is NULL
CREATE FUNCTION stockalert.ewma_accum(state double precision[], units double precision, sold_on date, alpha double precision) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ewma_accum';
COMMENT ON FUNCTION stockalert.ewma_accum(double precision[], double precision, date, double precision) IS
	'Transition of the aggregate velocity_ewma: adds a row; rows with a NULL are left out. Error 22023, also for a day before that of the row before.';

-- not strict: without a row the state is NULL, and the velocity 0
CREATE FUNCTION stockalert.ewma_final(state double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ewma_final';
COMMENT ON FUNCTION stockalert.ewma_final(double precision[]) IS 'Units per day of a state of the aggregate velocity_ewma. 0 for NULL, no row. Error 22023.';

CREATE AGGREGATE stockalert.velocity_ewma(units double precision, sold_on date, alpha double precision) (
	SFUNC = stockalert.ewma_accum,
	STYPE = double precision[],
	FINALFUNC = stockalert.ewma_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.velocity_ewma(double precision, date, double precision) IS
	'Ordered: write velocity_ewma(units, sold_on, alpha ORDER BY sold_on). Exponentially weighted units per day as of the last row''s day: v <- v + alpha (y - v) over each day since the first sale, begun with the mean of the first 28 of them; days without a row are 0, equal days add up, a day below 0 counts as 0; rows with a NULL are left out. alpha of a half-life: ewma_alpha(); for days without sales since: velocity_decay(). 0 where nothing was sold. Depends on the order, so it does not combine; the state is visible to SQL. Error 22023: rows out of order, alpha outside 0 to 1 or not the same for a group.';

CREATE FUNCTION stockalert.exposure_accum(state double precision[], units double precision, exposed_days double precision) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_exposure_accum';
COMMENT ON FUNCTION stockalert.exposure_accum(double precision[], double precision, double precision) IS 'Transition of the aggregate velocity_exposed. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.exposure_combine(a double precision[], b double precision[]) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_exposure_combine';
COMMENT ON FUNCTION stockalert.exposure_combine(double precision[], double precision[]) IS 'Adds two states of the aggregate velocity_exposed. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.exposure_final(state double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_exposure_final';
COMMENT ON FUNCTION stockalert.exposure_final(double precision[]) IS 'Units per day in stock of a state of the aggregate velocity_exposed. NULL for NULL and where no day was in stock. Error 22023.';

CREATE AGGREGATE stockalert.velocity_exposed(units double precision, exposed_days double precision) (
	SFUNC = stockalert.exposure_accum,
	STYPE = double precision[],
	INITCOND = '{0,0}',
	COMBINEFUNC = stockalert.exposure_combine,
	FINALFUNC = stockalert.exposure_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.velocity_exposed(double precision, double precision) IS
	'Units per day in stock of rows of one day each, in any order: sum(units) / sum(exposed_days), exposed_days the share of the day in stock (the Poisson estimate with exposure). A row below 0 counts as 0 units; a row without exposure does not count; rows with a NULL are left out. NULL where no day was in stock. The state is visible to SQL; combines, also in parallel. Error 22023.';

CREATE FUNCTION stockalert.moments_accum(state double precision[], units double precision) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_moments_accum';
COMMENT ON FUNCTION stockalert.moments_accum(double precision[], double precision) IS 'Transition of the aggregate moments (Welford 1962). NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.moments_combine(a double precision[], b double precision[]) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_moments_combine';
COMMENT ON FUNCTION stockalert.moments_combine(double precision[], double precision[]) IS
	'The moments of two sets of rows together, such as of two weeks that were kept (Chan, Golub and LeVeque 1983). NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.moments_sd(moments double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_moments_sd';
COMMENT ON FUNCTION stockalert.moments_sd(double precision[]) IS 'Sample standard deviation (n - 1) of moments. NULL for NULL and for fewer than two rows. Error 22023.';

CREATE AGGREGATE stockalert.moments(units double precision) (
	SFUNC = stockalert.moments_accum,
	STYPE = double precision[],
	INITCOND = '{0,0,0}',
	COMBINEFUNC = stockalert.moments_combine,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.moments(double precision) IS
	'Number, mean and sum of squared deviations from the mean, as an array, which is the state too: keep it, add to it with moments_combine(), and take moments_sd(). Rows with NULL are left out; {0,0,0} for none. Combines, also in parallel. Error 22023: NaN or infinity.';

CREATE FUNCTION stockalert.weekday_accum(state double precision[], units double precision, sold_on date) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_weekday_accum';
COMMENT ON FUNCTION stockalert.weekday_accum(double precision[], double precision, date) IS 'Transition of the aggregate weekday_profile. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.weekday_combine(a double precision[], b double precision[]) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_weekday_combine';
COMMENT ON FUNCTION stockalert.weekday_combine(double precision[], double precision[]) IS 'Adds two states of the aggregate weekday_profile. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.weekday_final(state double precision[]) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_weekday_final';
COMMENT ON FUNCTION stockalert.weekday_final(double precision[]) IS 'Seven factors of a state of the aggregate weekday_profile. NULL for NULL and for no row. Error 22023.';

CREATE AGGREGATE stockalert.weekday_profile(units double precision, sold_on date) (
	SFUNC = stockalert.weekday_accum,
	STYPE = double precision[],
	INITCOND = '{Infinity,-Infinity,0,0,0,0,0,0,0}',
	COMBINEFUNC = stockalert.weekday_combine,
	FINALFUNC = stockalert.weekday_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.weekday_profile(double precision, date) IS
	'Seven factors, Monday first, mean 1: units of each weekday over how often it came from the first day to the last, over the mean of the week; days without a row are 0, a weekday below 0 counts as 0, one that never came is 1; all 1 where nothing was sold. Rows with a NULL are left out; NULL for no row. velocity * profile is a forecast of the coming week for days_of_supply(). The state is visible to SQL; combines, also in parallel. Error 22023.';

GRANT EXECUTE ON FUNCTION
	stockalert.velocity_linear_final(double precision[]),
	stockalert.velocity_linear(double precision, date, date, integer),
	stockalert.ewma_accum(double precision[], double precision, date, double precision),
	stockalert.ewma_final(double precision[]),
	stockalert.velocity_ewma(double precision, date, double precision),
	stockalert.exposure_accum(double precision[], double precision, double precision),
	stockalert.exposure_combine(double precision[], double precision[]),
	stockalert.exposure_final(double precision[]),
	stockalert.velocity_exposed(double precision, double precision),
	stockalert.moments_accum(double precision[], double precision),
	stockalert.moments_combine(double precision[], double precision[]),
	stockalert.moments_sd(double precision[]),
	stockalert.moments(double precision),
	stockalert.weekday_accum(double precision[], double precision, date),
	stockalert.weekday_combine(double precision[], double precision[]),
	stockalert.weekday_final(double precision[]),
	stockalert.weekday_profile(double precision, date)
	TO stockalert_viewer, stockalert_writer;
