-- The risk of running out, reorder points by distribution, and what the days of the past say by themselves.

CREATE FUNCTION stockalert.probability_of_stockout(inventory_position double precision, mean double precision,
	variance double precision, distribution text DEFAULT 'negative_binomial') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_probability_of_stockout';
COMMENT ON FUNCTION stockalert.probability_of_stockout(double precision, double precision, double precision, text) IS
	'Probability that demand over the lead time exceeds the inventory position (on hand + receipts due within the lead time - promised, in units, signed): P(D > inventory_position). mean and variance are of that demand; distribution: negative_binomial (r = mean^2/(variance - mean); Poisson where variance <= mean), poisson, normal or gamma (shape mean^2/variance). 1 for a negative position; 0 for a mean of 0 otherwise. NULL for NULL. Error 22023: an argument not finite, mean or variance negative, no such distribution.';

CREATE FUNCTION stockalert.probability_of_stockout_from_error(inventory_position double precision, velocity double precision,
	mse double precision, lead_time double precision, lead_time_sd double precision DEFAULT 0, alpha double precision DEFAULT 0.1)
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_probability_of_stockout_from_error';
COMMENT ON FUNCTION stockalert.probability_of_stockout_from_error(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Probability that demand over the lead time exceeds the inventory position, from units per day and the mean squared error of a one-day forecast: P(D > inventory_position) by the distribution of reorder_point_default(): mean velocity lead_time, variance mse lead_time_variance_factor(lead_time, alpha) + velocity^2 lead_time_sd^2 and not below the mean, negative binomial up to a mean of 200, then normal. Lead times in days. 1 for a negative position; 0 otherwise where nothing sells or lead_time is 0. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.probability_of_stockout_from_error(inventory_position double precision, forecast double precision[],
	mse double precision, lead_time double precision, lead_time_sd double precision DEFAULT 0, alpha double precision DEFAULT 0.1)
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_probability_of_stockout_profile';
COMMENT ON FUNCTION stockalert.probability_of_stockout_from_error(double precision, double precision[], double precision, double precision, double precision, double precision) IS
	'The same against a forecast of each coming day, today first, which repeats (a weekday profile has 7): its mean over the lead time is the velocity. NULL for NULL. Error 22023, also for a NULL element.';

-- not strict: receipts may be NULL: none
CREATE FUNCTION stockalert.probability_of_stockout_from_error(as_of date, on_hand double precision, velocity double precision,
	mse double precision, lead_time double precision, receipt_dates date[], receipts double precision[],
	lead_time_sd double precision DEFAULT 0, alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_probability_of_stockout_receipts';
COMMENT ON FUNCTION stockalert.probability_of_stockout_from_error(date, double precision, double precision, double precision, double precision, date[], double precision[], double precision, double precision) IS
	'The same with deliveries on their way: inventory_position = on_hand + receipts due within the lead time (on_hand less what is promised). Receipts are those due on as_of + lead_time or before; overdue ones count, a pair with a NULL does not, NULL or {} is none. NULL for NULL in another argument. Error 22023: arrays of different lengths, negative units, an infinite date.';

-- not strict: receipts may be NULL: none
CREATE FUNCTION stockalert.probability_of_stockout_from_error(as_of date, on_hand double precision, forecast double precision[],
	mse double precision, lead_time double precision, receipt_dates date[], receipts double precision[],
	lead_time_sd double precision DEFAULT 0, alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_probability_of_stockout_profile_receipts';
COMMENT ON FUNCTION stockalert.probability_of_stockout_from_error(date, double precision, double precision[], double precision, double precision, date[], double precision[], double precision, double precision) IS
	'The same with deliveries on their way and a forecast of each coming day, as_of first, which repeats. NULL for NULL in another argument than receipts. Error 22023.';

-- not strict: receipts may be NULL: none
CREATE FUNCTION stockalert.stockout_date(as_of date, on_hand double precision, velocity double precision, receipt_dates date[],
	receipts double precision[]) RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_stockout_date_receipts';
COMMENT ON FUNCTION stockalert.stockout_date(date, double precision, double precision, date[], double precision[]) IS
	'First day on which stock and all receipts until that day fall short of all demand until that day: on_hand + sum(receipts) - velocity (day - as_of + 1) < 0, at most as_of + 10,000. Overdue receipts count as of as_of, a pair with a NULL does not, NULL or {} is none. as_of itself where on_hand is negative and nothing comes that day; NULL where nothing sells and for NULL in another argument. Error 22023, 22008: the date is out of range.';

-- not strict: receipts may be NULL: none
CREATE FUNCTION stockalert.stockout_date(as_of date, on_hand double precision, forecast double precision[], receipt_dates date[],
	receipts double precision[]) RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_stockout_date_profile_receipts';
COMMENT ON FUNCTION stockalert.stockout_date(date, double precision, double precision[], date[], double precision[]) IS
	'The same against a forecast of each coming day, as_of first, which repeats. NULL where nothing sells and for NULL in another argument than receipts. Error 22023, 22008: the date is out of range.';

CREATE FUNCTION stockalert.reorder_point_counts(service_level double precision, mean double precision, variance double precision,
	distribution text DEFAULT 'negative_binomial') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_reorder_point_counts';
COMMENT ON FUNCTION stockalert.reorder_point_counts(double precision, double precision, double precision, text) IS
	'Least stock that covers demand over the lead time with probability service_level: the smallest x with P(D <= x) >= service_level, a whole number for counts, not rounded for normal and gamma (Silver, Pyke and Thomas). mean and variance are of that demand; distribution: negative_binomial (r = mean^2/(variance - mean); Poisson where variance <= mean), poisson, normal or gamma (shape mean^2/variance). NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.safety_stock_counts(service_level double precision, mean double precision, variance double precision,
	distribution text DEFAULT 'negative_binomial') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_safety_stock_counts';
COMMENT ON FUNCTION stockalert.safety_stock_counts(double precision, double precision, double precision, text) IS
	'Units of safety stock by the distribution of lead-time demand: reorder_point_counts(...) - mean; may be negative. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.reorder_point_default(service_level double precision, velocity double precision, mse double precision,
	lead_time double precision, lead_time_sd double precision DEFAULT 0, review_period double precision DEFAULT 0,
	alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_reorder_point_default';
COMMENT ON FUNCTION stockalert.reorder_point_default(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point in units as computed for every item: the smallest x with P(D <= x) >= service_level for demand over lead time L and review period R (days) of mean velocity (L+R) and variance mse lead_time_variance_factor(L+R, alpha) + velocity^2 lead_time_sd^2, not below the mean. Negative binomial by these moments (Poisson where they are equal), in whole units; from a mean of 200 on normal, not rounded (Snyder, Koehler and Ord 1999; Silver, Pyke and Thomas). With review_period it is the order-up-to level of (R, S). 0 where nothing sells and where L, R and lead_time_sd are 0; for L = R = 0 z velocity lead_time_sd. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.safety_stock_default(service_level double precision, velocity double precision, mse double precision,
	lead_time double precision, lead_time_sd double precision DEFAULT 0, review_period double precision DEFAULT 0,
	alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_safety_stock_default';
COMMENT ON FUNCTION stockalert.safety_stock_default(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units of safety stock that reorder_point_default() contains: it less velocity (lead_time + review_period). NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.empirical_reorder_point(history double precision[], lead_time integer, service_level double precision)
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_empirical_quantile';
COMMENT ON FUNCTION stockalert.empirical_reorder_point(double precision[], integer, double precision) IS
	'Smallest x with P(D <= x) >= service_level for demand D of lead_time days, each drawn from history by itself: exact, by convolution of the histogram, the limit of the bootstrap. history: whole units a day, NULL left out, below 0 counts as 0. 0 without history or lead time. It covers less than reorder_point_default() where days hang together. NULL for NULL. Error 22023: service_level not between 0 and 1, (largest - smallest day) lead_time above 100,000, parts of units.';

CREATE FUNCTION stockalert.empirical_probability_of_stockout(history double precision[], lead_time integer,
	inventory_position double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_empirical_exceedance';
COMMENT ON FUNCTION stockalert.empirical_probability_of_stockout(double precision[], integer, double precision) IS
	'P(D > inventory_position) for demand D of lead_time days, each drawn from history by itself: exact, by convolution of the histogram. history: whole units a day, NULL left out, below 0 counts as 0. NULL for NULL. Error 22023: (largest - smallest day) lead_time above 100,000, parts of units.';

CREATE FUNCTION stockalert.empirical_moments(history double precision[], lead_time integer, OUT mean double precision, OUT variance double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_empirical_moments';
COMMENT ON FUNCTION stockalert.empirical_moments(double precision[], integer) IS
	'Mean and variance of demand of lead_time days drawn from history: lead_time times the mean and the variance (n) of its days. NULL left out, below 0 counts as 0. 0 without history. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.bootstrap_reorder_point(history double precision[], lead_time integer, service_level double precision,
	seed bigint DEFAULT 1, draws integer DEFAULT 1000, block integer DEFAULT 1) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_bootstrap_quantile';
COMMENT ON FUNCTION stockalert.bootstrap_reorder_point(double precision[], integer, double precision, bigint, integer, integer) IS
	'Smallest of draws sums of lead_time days of history that at least a share of service_level do not exceed; days are drawn one by one, or block consecutive ones at a time, which keeps what hangs together. The same seed gives the same answer everywhere (SplitMix64). NULL elements left out, below 0 counts as 0. 0 without history. NULL for NULL. Error 22023: block longer than history, lead_time draws above 10^8.';

CREATE FUNCTION stockalert.sample_quantile(sample double precision[], probability double precision, definition integer DEFAULT 1)
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_sample_quantile';
COMMENT ON FUNCTION stockalert.sample_quantile(double precision[], double precision, integer) IS
	'Quantile of a sample in any order: definition 1 its smallest value that at least that share do not exceed (R type 1, numpy inverted_cdf), 7 interpolated between neighbours (R type 7, numpy linear; Hyndman and Fan 1996). NULL elements left out; returns count as they are. NULL for NULL and for no value. Error 22023: probability not between 0 and 1, another definition.';

CREATE FUNCTION stockalert.negative_binomial_fit(history double precision[], fit_method text DEFAULT 'moments',
	OUT mean double precision, OUT variance double precision, OUT size double precision, OUT log_likelihood double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_fit';
COMMENT ON FUNCTION stockalert.negative_binomial_fit(double precision[], text) IS
	'Negative binomial of the units a day: mean, sample variance (n - 1), size r and log-likelihood of the fit. fit_method: moments, r = mean^2/(variance - mean), or likelihood, the r of greatest likelihood (R: MASS::fitdistr). size is NULL where the days vary no more than Poisson, whose log-likelihood is told; variance for fewer than two days, all for no day. history: whole units a day, NULL left out, below 0 counts as 0. Error 22023.';

CREATE FUNCTION stockalert.censored_demand(sold double precision, velocity double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_censored_demand';
COMMENT ON FUNCTION stockalert.censored_demand(double precision, double precision) IS
	'Units that a day would have sold on which the last of sold units went: E[D | D >= sold] for Poisson demand of velocity units a day, velocity P(D >= sold - 1)/P(D >= sold) (Conrad 1976; Nahmias 1994); parts of a unit are interpolated by the gamma function. At least sold and velocity; velocity where sold is 0 or below. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.censored_velocity(units double precision[], sold_out boolean[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_censored_velocity';
COMMENT ON FUNCTION stockalert.censored_velocity(double precision[], boolean[]) IS
	'Units per day of greatest likelihood for Poisson demand where days marked sold_out saw at least their units of demand: the velocity equal to the mean of units with censored_demand(units, velocity) on those days (the limit of EM). Days that sold nothing because nothing was there tell nothing. A day with a NULL in either array is left out, units below 0 count as 0. 0 for no day; NULL for NULL and where every day that tells something sold out. Error 22023: arrays of different lengths.';

CREATE FUNCTION stockalert.pooled_velocity(units double precision, exposed_days double precision, pool_mean double precision,
	pool_sd double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_pooled_velocity';
COMMENT ON FUNCTION stockalert.pooled_velocity(double precision, double precision, double precision, double precision) IS
	'Units per day of a new item, shrunk to its like: (a + units)/(b + exposed_days), a = pool_mean^2/pool_sd^2, b = pool_mean/pool_sd^2, mean and standard deviation of velocity between the items of its location and category (gamma-Poisson: Scarf 1959; Gelman et al.). pool_mean without days in stock or where pool_sd is 0, units / exposed_days in the end. Units below 0 count as 0. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.longest_zero_run(history double precision[]) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_longest_zero_run';
COMMENT ON FUNCTION stockalert.longest_zero_run(double precision[]) IS
	'Most days in a row without a sale since the first: a stockout that nobody recorded, perhaps; see zero_run_probability(). NULL elements are left out, net returns are no sale. 0 for an empty history. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.current_zero_run(history double precision[]) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_current_zero_run';
COMMENT ON FUNCTION stockalert.current_zero_run(double precision[]) IS
	'Days without a sale at the end of a history; 0 where nothing was ever sold. NULL elements are left out, net returns are no sale. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.zero_run_probability(velocity double precision, days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_zero_run_probability';
COMMENT ON FUNCTION stockalert.zero_run_probability(double precision, double precision) IS
	'Probability that an item of that velocity in units per day sells nothing for so many days: exp(-velocity days). NULL for NULL. Error 22023.';

GRANT EXECUTE ON FUNCTION
	stockalert.probability_of_stockout(double precision, double precision, double precision, text),
	stockalert.probability_of_stockout_from_error(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.probability_of_stockout_from_error(double precision, double precision[], double precision, double precision, double precision, double precision),
	stockalert.probability_of_stockout_from_error(date, double precision, double precision, double precision, double precision, date[], double precision[], double precision, double precision),
	stockalert.probability_of_stockout_from_error(date, double precision, double precision[], double precision, double precision, date[], double precision[], double precision, double precision),
	stockalert.stockout_date(date, double precision, double precision, date[], double precision[]),
	stockalert.stockout_date(date, double precision, double precision[], date[], double precision[]),
	stockalert.reorder_point_counts(double precision, double precision, double precision, text),
	stockalert.safety_stock_counts(double precision, double precision, double precision, text),
	stockalert.reorder_point_default(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.safety_stock_default(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.empirical_reorder_point(double precision[], integer, double precision),
	stockalert.empirical_probability_of_stockout(double precision[], integer, double precision),
	stockalert.empirical_moments(double precision[], integer),
	stockalert.bootstrap_reorder_point(double precision[], integer, double precision, bigint, integer, integer),
	stockalert.sample_quantile(double precision[], double precision, integer),
	stockalert.negative_binomial_fit(double precision[], text),
	stockalert.censored_demand(double precision, double precision),
	stockalert.censored_velocity(double precision[], boolean[]),
	stockalert.pooled_velocity(double precision, double precision, double precision, double precision),
	stockalert.longest_zero_run(double precision[]),
	stockalert.current_zero_run(double precision[]),
	stockalert.zero_run_probability(double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
