-- Forecasters over a daily history: means and quantiles of coming days, what was learned, what would have been expected.

-- not strict: most arguments may be NULL, not asked for
CREATE FUNCTION stockalert.forecast(history double precision[], horizon integer DEFAULT 28, method text DEFAULT 'esw', start_date date DEFAULT NULL,
	profile double precision[] DEFAULT NULL, probabilities double precision[] DEFAULT '{0.05,0.5,0.95}',
	alpha double precision DEFAULT NULL, beta double precision DEFAULT NULL, gamma double precision DEFAULT NULL,
	phi double precision DEFAULT NULL, alpha_range double precision[] DEFAULT NULL, period integer DEFAULT 7, window_days integer DEFAULT 28,
	start_rule text DEFAULT 'default', start_state double precision[] DEFAULT NULL, returns text DEFAULT 'clip', from_first_sale boolean DEFAULT true,
	pool_mean double precision DEFAULT NULL, pool_sd double precision DEFAULT NULL, pool_mse_ratio double precision DEFAULT NULL)
	RETURNS TABLE (day_number integer, day date, mean double precision, quantiles double precision[])
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 28 AS 'MODULE_PATHNAME', 'stockalert_forecast';
COMMENT ON FUNCTION stockalert.forecast(double precision[], integer, text, date, double precision[], double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision) IS
	'Expected units of each of the next horizon days (at most 3660) after a daily history, oldest first, and the quantiles of each day for these probabilities. A NULL element is a day that does not count (no stock, closed). Of a demand_history h: forecast(history_units(h), start_date => history_first(h)). start_date is the day of the first element; without it day is NULL and the first element is taken as a Monday. profile: weights of the weekdays, Monday first, 0 closed, such as those of all items of a category.
methods: esw (default; level and additive weekday), ses, tsb (alpha 0.1 of size, beta 0.05 of probability; Teunter, Syntetos and Babai 2011), croston, sba, sbj (alpha 0.1 of size, beta of interval, the same unless given), naive, seasonal_naive (period), window (mean of the last window_days), holt, damped (phi 0.9), holt_winters (additive) and holt_winters_multiplicative (additive where a day is not above 0), both as R does, ets and ets_multiplicative (the season against the level before the day, as statsmodels and forecast::hw), adida and imapa (alpha in 0.1 to 0.3 by squared error). Those without a weekday are spread by profile.
Where nothing else is said alpha is 0.05, beta 0.01, gamma 0.02.
start_rule: mean (of the first 28 days; all but croston and its kind, which start with the first), own (esw: with the weekdays of those days), first, overall (croston, tsb: share or interval of the whole history), seasons (holt_winters), holtwinters (as R); start_state: level, slope, seasons from the first day on, instead. alpha_range: alpha is searched there (ses and croston). returns: clip takes a day below 0 and a forecast below 0 as 0, net as it is. from_first_sale: days before the first sale do not count.
Under 28 days esw is the mean, shrunk to pool_mean and pool_sd of similar items (a + units) / (b + days), a = m^2/s^2, b = m/s^2 (Scarf 1959), spread by profile; pool_mse_ratio is their squared one-day error over velocity. Quantiles: negative binomial (normal above a mean of 200), variance mse (1 + 0.01 (day_number - 1)), mse as in forecast_fit(). 0 for an empty history and where nothing was sold. No rows for NULL in history or horizon; NULL elsewhere is the default. Error 22023.';

-- not strict: most arguments may be NULL, not asked for
CREATE FUNCTION stockalert.forecast_mean(history double precision[], horizon integer DEFAULT 28, method text DEFAULT 'esw', start_date date DEFAULT NULL,
	profile double precision[] DEFAULT NULL,
	alpha double precision DEFAULT NULL, beta double precision DEFAULT NULL, gamma double precision DEFAULT NULL,
	phi double precision DEFAULT NULL, alpha_range double precision[] DEFAULT NULL, period integer DEFAULT 7, window_days integer DEFAULT 28,
	start_rule text DEFAULT 'default', start_state double precision[] DEFAULT NULL, returns text DEFAULT 'clip', from_first_sale boolean DEFAULT true,
	pool_mean double precision DEFAULT NULL, pool_sd double precision DEFAULT NULL, pool_mse_ratio double precision DEFAULT NULL)
	RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_forecast_mean';
COMMENT ON FUNCTION stockalert.forecast_mean(double precision[], integer, text, date, double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision) IS
	'Expected units of each of the next horizon days as an array: the means of forecast(), where the arguments are told. NULL for NULL in history or horizon. Error 22023.';

-- not strict: most arguments may be NULL, not asked for
CREATE FUNCTION stockalert.forecast_fitted(history double precision[], method text DEFAULT 'esw', start_date date DEFAULT NULL,
	profile double precision[] DEFAULT NULL,
	alpha double precision DEFAULT NULL, beta double precision DEFAULT NULL, gamma double precision DEFAULT NULL,
	phi double precision DEFAULT NULL, alpha_range double precision[] DEFAULT NULL, period integer DEFAULT 7, window_days integer DEFAULT 28,
	start_rule text DEFAULT 'default', start_state double precision[] DEFAULT NULL, returns text DEFAULT 'clip', from_first_sale boolean DEFAULT true,
	pool_mean double precision DEFAULT NULL, pool_sd double precision DEFAULT NULL, pool_mse_ratio double precision DEFAULT NULL)
	RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_forecast_fitted';
COMMENT ON FUNCTION stockalert.forecast_fitted(double precision[], text, date, double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision) IS
	'What a method expected of each day of the history on the evening before, in units; NULL for days that do not count or come before its start. Arguments as in forecast(). adida, imapa and alpha_range look at the whole history. NULL for NULL in history. Error 22023.';

-- not strict: most arguments may be NULL, not asked for
CREATE FUNCTION stockalert.forecast_fit(history double precision[], method text DEFAULT 'esw', start_date date DEFAULT NULL,
	profile double precision[] DEFAULT NULL,
	alpha double precision DEFAULT NULL, beta double precision DEFAULT NULL, gamma double precision DEFAULT NULL,
	phi double precision DEFAULT NULL, alpha_range double precision[] DEFAULT NULL, period integer DEFAULT 7, window_days integer DEFAULT 28,
	start_rule text DEFAULT 'default', start_state double precision[] DEFAULT NULL, returns text DEFAULT 'clip', from_first_sale boolean DEFAULT true,
	pool_mean double precision DEFAULT NULL, pool_sd double precision DEFAULT NULL, pool_mse_ratio double precision DEFAULT NULL,
	OUT method_used text, OUT days integer, OUT short_history boolean, OUT velocity double precision, OUT level double precision, OUT trend double precision,
	OUT season double precision[], OUT size double precision, OUT probability double precision, OUT sale_interval double precision,
	OUT alpha_used double precision, OUT beta_used double precision, OUT gamma_used double precision, OUT mse double precision, OUT sse double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_forecast_fit';
COMMENT ON FUNCTION stockalert.forecast_fit(double precision[], text, date, double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision) IS
	'What a method learned from a history, arguments as in forecast(): days that count, short_history under 28 of them, velocity (units a day, mean of the week ahead), level, trend, season (what each coming day adds to the level or multiplies it with, tomorrow first), size, probability and sale_interval of the sparse methods, mse (exponentially weighted mean of squared one-day errors, weight 0.05, begun with that of the first 28 days; what reorder points take) and sse (their plain sum). NULL where a method has none, and for NULL in history. Error 22023.';

GRANT EXECUTE ON FUNCTION
	stockalert.forecast(double precision[], integer, text, date, double precision[], double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision),
	stockalert.forecast_mean(double precision[], integer, text, date, double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision),
	stockalert.forecast_fitted(double precision[], text, date, double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision),
	stockalert.forecast_fit(double precision[], text, date, double precision[], double precision, double precision, double precision, double precision, double precision[], integer, integer, text, double precision[], text, boolean, double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
