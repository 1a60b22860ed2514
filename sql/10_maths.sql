-- The maths, callable on any table: plain numbers in, plain numbers out.

CREATE FUNCTION stockalert.velocity(history double precision[], window_days integer DEFAULT 28, returns text DEFAULT 'clip') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity';
COMMENT ON FUNCTION stockalert.velocity(double precision[], integer, text) IS
	'Units per day over the last window_days of a daily history, oldest first: sum of the window / days of it since the first sale. A NULL element is a day that does not count (no stock, closed). returns: clip takes a day on which more came back than was sold as 0, net as it is. 0 for an empty history and where nothing was sold. NULL for NULL. Error 22023 where an argument cannot be. Equals pandas rolling(window).mean().';

CREATE FUNCTION stockalert.velocity_linear(history double precision[], window_days integer DEFAULT 28, returns text DEFAULT 'clip') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_linear';
COMMENT ON FUNCTION stockalert.velocity_linear(double precision[], integer, text) IS
	'Units per day over the last window_days with linear weights, 1 for the oldest of them since the first sale to n for the newest: sum(i y) / sum(i). NULL elements and returns as in velocity(). 0 for an empty history. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.demand_sd(history double precision[], window_days integer DEFAULT 28, returns text DEFAULT 'clip') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_demand_sd';
COMMENT ON FUNCTION stockalert.demand_sd(double precision[], integer, text) IS
	'Sample standard deviation (n - 1) of daily units over the days that velocity() averages: what safety_stock() takes. NULL elements and returns as in velocity(). NULL for NULL and for fewer than two days. Error 22023. Equals pandas rolling(window).std().';

CREATE FUNCTION stockalert.velocity_ewma(history double precision[], alpha double precision, start integer DEFAULT 28, returns text DEFAULT 'clip') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_ewma';
COMMENT ON FUNCTION stockalert.velocity_ewma(double precision[], double precision, integer, text) IS
	'Exponentially weighted units per day: v <- v + alpha (y - v), begun with the mean of the first start days (start 1: pandas ewm(adjust=False)), or for start 0 with weights divided by their sum (adjust=True); every day of the array counts, so let it begin with the first sale. NULL elements and returns as in velocity(). 0 for an empty history. NULL for NULL. Error 22023: alpha outside 0 to 1.';

CREATE FUNCTION stockalert.ewma_variance(history double precision[], alpha double precision, returns text DEFAULT 'clip') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ewma_variance';
COMMENT ON FUNCTION stockalert.ewma_variance(double precision[], double precision, text) IS
	'Exponentially weighted variance of daily units: s <- (1 - alpha)(s + alpha (y - v)^2) beside v <- v + alpha (y - v), from the first day on (pandas ewm(adjust=False).var(bias=True)). NULL elements and returns as in velocity(). NULL for NULL and for an empty history. Error 22023: alpha outside 0 to 1.';

CREATE FUNCTION stockalert.ewma_alpha(half_life double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ewma_alpha';
COMMENT ON FUNCTION stockalert.ewma_alpha(double precision) IS
	'The alpha of an EWMA whose weights halve every half_life days: 1 - 2^(-1/half_life). NULL for NULL. Error 22023: half_life not above 0.';

CREATE FUNCTION stockalert.velocity_decay(velocity double precision, alpha double precision, days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_decay';
COMMENT ON FUNCTION stockalert.velocity_decay(double precision, double precision, double precision) IS
	'An EWMA after days without a sale: velocity (1 - alpha)^days. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.exposed_velocity(units double precision, exposed_days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_exposed_velocity';
COMMENT ON FUNCTION stockalert.exposed_velocity(double precision, double precision) IS
	'Units per day in stock: units / exposed_days (the Poisson estimate with exposure). NULL for NULL and where no day was in stock. Error 22023.';

CREATE FUNCTION stockalert.normal_cdf(z double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_normal_cdf';
COMMENT ON FUNCTION stockalert.normal_cdf(double precision) IS
	'P(Z <= z) of the standard normal distribution. NULL for NULL. Error 22023: z not finite.';

CREATE FUNCTION stockalert.normal_density(z double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_normal_density';
COMMENT ON FUNCTION stockalert.normal_density(double precision) IS
	'Density of the standard normal distribution, exp(-z^2/2) / sqrt(2 pi). NULL for NULL. Error 22023: z not finite.';

CREATE FUNCTION stockalert.normal_quantile(probability double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_normal_quantile';
COMMENT ON FUNCTION stockalert.normal_quantile(double precision) IS
	'z with P(Z <= z) = probability (Wichura, AS 241). NULL for NULL. Error 22023: probability not between 0 and 1.';

CREATE FUNCTION stockalert.normal_loss(k double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_normal_loss';
COMMENT ON FUNCTION stockalert.normal_loss(double precision) IS
	'Standard normal loss E[max(Z - k, 0)] = phi(k) - k (1 - Phi(k)), without cancellation for large k. NULL for NULL. Error 22023: k not finite.';

CREATE FUNCTION stockalert.lead_time_variance_factor(lead_time double precision, alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lead_time_variance_factor';
COMMENT ON FUNCTION stockalert.lead_time_variance_factor(double precision, double precision) IS
	'By how much the variance of a one-day forecast error grows over a lead time in days: L (1 + alpha (L-1) + alpha^2 (L-1)(2L-1)/6) (Snyder, Koehler and Ord 1999); alpha 0: L. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.safety_stock(service_level double precision, demand double precision, demand_sd double precision,
	lead_time double precision, lead_time_sd double precision DEFAULT 0, review_period double precision DEFAULT 0) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_safety_stock';
COMMENT ON FUNCTION stockalert.safety_stock(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units of safety stock: z(service_level) sqrt((L+R) demand_sd^2 + demand^2 lead_time_sd^2), demand per day, L and R in days (Chopra and Meindl, ch. 12). Negative for a service level below one half. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.reorder_point(service_level double precision, demand double precision, demand_sd double precision,
	lead_time double precision, lead_time_sd double precision DEFAULT 0, review_period double precision DEFAULT 0) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_reorder_point';
COMMENT ON FUNCTION stockalert.reorder_point(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units at which to reorder: demand (L+R) + safety_stock(...); not rounded. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.safety_stock_from_error(service_level double precision, demand double precision, mse double precision,
	lead_time double precision, lead_time_sd double precision DEFAULT 0, review_period double precision DEFAULT 0, alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_safety_stock_from_error';
COMMENT ON FUNCTION stockalert.safety_stock_from_error(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units of safety stock from the mean squared one-day forecast error: z sqrt(mse F(L+R, alpha) + demand^2 lead_time_sd^2), F = lead_time_variance_factor(). Covers what the textbook formula misses. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.reorder_point_from_error(service_level double precision, demand double precision, mse double precision,
	lead_time double precision, lead_time_sd double precision DEFAULT 0, review_period double precision DEFAULT 0, alpha double precision DEFAULT 0.1) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_reorder_point_from_error';
COMMENT ON FUNCTION stockalert.reorder_point_from_error(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units at which to reorder: demand (L+R) + safety_stock_from_error(...); not rounded. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.safety_stock_fill_rate(fill_rate double precision, order_quantity double precision, sigma double precision, lost_sales boolean DEFAULT false) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_safety_stock_fill_rate';
COMMENT ON FUNCTION stockalert.safety_stock_fill_rate(double precision, double precision, double precision, boolean) IS
	'Units of safety stock for a share of demand met from the shelf: k sigma with loss(k) = (1 - fill_rate) order_quantity / sigma, sigma of demand over the lead time; lost_sales: (1 - fill_rate) / fill_rate instead (Silver, Pyke and Thomas). May be negative. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.expected_shortage(reorder_point double precision, mean double precision, sigma double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_expected_shortage';
COMMENT ON FUNCTION stockalert.expected_shortage(double precision, double precision, double precision) IS
	'Units short in an order cycle: sigma loss((reorder_point - mean) / sigma), mean and sigma of demand over the lead time. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.days_of_supply(on_hand double precision, velocity double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_days_of_supply';
COMMENT ON FUNCTION stockalert.days_of_supply(double precision, double precision) IS
	'Days that stock lasts: on_hand / velocity; Infinity where nothing sells, 0 where nothing is on hand. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.days_of_supply(on_hand double precision, forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_days_of_supply_profile';
COMMENT ON FUNCTION stockalert.days_of_supply(double precision, double precision[]) IS
	'Days that stock lasts against a forecast of each coming day, today first, which repeats (a weekday profile has 7): the days before the one that takes the last unit, and the share of that one. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.stockout_date(as_of date, on_hand double precision, velocity double precision) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_stockout_date';
COMMENT ON FUNCTION stockalert.stockout_date(date, double precision, double precision) IS
	'First day whose demand cannot be met in full: as_of + floor(days_of_supply), at most as_of + 10,000. as_of itself where on_hand is negative; NULL for NULL and where nothing sells. Error 22023, 22008: the date is out of range.';

CREATE FUNCTION stockalert.stockout_date(as_of date, on_hand double precision, forecast double precision[]) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_stockout_date_profile';
COMMENT ON FUNCTION stockalert.stockout_date(date, double precision, double precision[]) IS
	'The same against a forecast of each coming day, today first, which repeats; days without demand are passed over. NULL for NULL and where nothing sells. Error 22023, 22008: the date is out of range.';

CREATE FUNCTION stockalert.economic_order_quantity(demand double precision, order_cost double precision, holding_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_economic_order_quantity';
COMMENT ON FUNCTION stockalert.economic_order_quantity(double precision, double precision, double precision) IS
	'Units per order of least cost: sqrt(2 order_cost demand / holding_cost), demand and the cost of holding one unit over the same period (Harris 1913). NULL for NULL. Error 22023.';

-- not strict: limits may be NULL
CREATE FUNCTION stockalert.order_quantity(need double precision, pack double precision DEFAULT NULL, moq double precision DEFAULT NULL,
	maximum double precision DEFAULT NULL, OUT quantity double precision, OUT reason text)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_order_quantity';
COMMENT ON FUNCTION stockalert.order_quantity(double precision, double precision, double precision, double precision) IS
	'Units to order for a need (order-up-to minus position), and what decided: no_need, need, pack (rounded up to whole packs), moq (minimum order quantity, in whole packs), maximum (cut to what may be ordered, in whole packs), cap_below_moq (0). NULL in pack, moq, maximum: none; NULL for a NULL need. Error 22023.';

-- not strict: the first state is NULL
CREATE FUNCTION stockalert.velocity_accum(state double precision[], units double precision, sold_on date, last_day date, window_days integer)
	RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_accum';
COMMENT ON FUNCTION stockalert.velocity_accum(double precision[], double precision, date, date, integer) IS
	'Transition of the aggregate velocity: adds a row; rows with a NULL are left out. Error 22023.';

-- not strict: either state may be NULL
CREATE FUNCTION stockalert.velocity_combine(a double precision[], b double precision[]) RETURNS double precision[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_combine';
COMMENT ON FUNCTION stockalert.velocity_combine(double precision[], double precision[]) IS 'Adds two states of the aggregate velocity. NULL for two NULLs. Error 22023.';

-- not strict: without a row the state is NULL, and the velocity 0
CREATE FUNCTION stockalert.velocity_final(state double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_velocity_final';
COMMENT ON FUNCTION stockalert.velocity_final(double precision[]) IS 'Units per day of a state of the aggregate velocity. 0 for NULL, no row. Error 22023.';

CREATE AGGREGATE stockalert.velocity(units double precision, sold_on date, last_day date, window_days integer) (
	SFUNC = stockalert.velocity_accum,
	STYPE = double precision[],
	COMBINEFUNC = stockalert.velocity_combine,
	FINALFUNC = stockalert.velocity_final,
	PARALLEL = 'safe'
);
COMMENT ON AGGREGATE stockalert.velocity(double precision, date, date, integer) IS
	'Units per day over the window_days that end on last_day (yesterday, as a rule), of any table of sales: sum in the window / days of it since the first sale; a day on which more came back than was sold counts as 0. Rows after last_day and rows with a NULL are left out, older ones only tell how long the item has been sold: do not filter them away. 0 where nothing was sold. The state is visible to SQL; combines, also in parallel. Error 22023: arguments that cannot be; last_day and window_days (at most 3660) that differ within a group.';

GRANT EXECUTE ON FUNCTION
	stockalert.velocity(double precision[], integer, text),
	stockalert.velocity_linear(double precision[], integer, text),
	stockalert.demand_sd(double precision[], integer, text),
	stockalert.velocity_ewma(double precision[], double precision, integer, text),
	stockalert.ewma_variance(double precision[], double precision, text),
	stockalert.ewma_alpha(double precision),
	stockalert.velocity_decay(double precision, double precision, double precision),
	stockalert.exposed_velocity(double precision, double precision),
	stockalert.normal_cdf(double precision),
	stockalert.normal_density(double precision),
	stockalert.normal_quantile(double precision),
	stockalert.normal_loss(double precision),
	stockalert.lead_time_variance_factor(double precision, double precision),
	stockalert.safety_stock(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.reorder_point(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.safety_stock_from_error(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.reorder_point_from_error(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.safety_stock_fill_rate(double precision, double precision, double precision, boolean),
	stockalert.expected_shortage(double precision, double precision, double precision),
	stockalert.days_of_supply(double precision, double precision),
	stockalert.days_of_supply(double precision, double precision[]),
	stockalert.stockout_date(date, double precision, double precision),
	stockalert.stockout_date(date, double precision, double precision[]),
	stockalert.economic_order_quantity(double precision, double precision, double precision),
	stockalert.order_quantity(double precision, double precision, double precision, double precision),
	stockalert.velocity(double precision, date, date, integer),
	stockalert.velocity_accum(double precision[], double precision, date, date, integer),
	stockalert.velocity_combine(double precision[], double precision[]),
	stockalert.velocity_final(double precision[])
	TO stockalert_viewer, stockalert_writer;
