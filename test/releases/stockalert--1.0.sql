\echo Use "CREATE EXTENSION stockalert" to load this file. \quit

-- The house of the extension: what the database must be, the roles, the schema.

DO $prelude$
BEGIN
	IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
		RAISE EXCEPTION 'stockalert needs a database with encoding UTF8'
			USING ERRCODE = 'feature_not_supported',
				  DETAIL = pg_catalog.format('This database is encoded in %s.', pg_catalog.getdatabaseencoding()),
				  HINT = 'Create one: CREATE DATABASE shop ENCODING ''UTF8'' TEMPLATE template0;';
	END IF;
END
$prelude$;

-- Roles are cluster-wide and no members of the extension: made where they are
-- missing, and refused where somebody made them beforehand with more rights
-- than they may have (a role with CREATEROLE could otherwise own everything).
DO $roles$
DECLARE
	wanted record;
	seen record;
BEGIN
	FOR wanted IN
		SELECT * FROM (VALUES
			('stockalert_owner', false), ('stockalert_worker', true), ('stockalert_admin', false),
			('stockalert_manager', false), ('stockalert_viewer', false), ('stockalert_writer', false),
			('stockalert_app', false), ('stockalert_webhook', false)) AS v (name, login)
	LOOP
		SELECT r.oid, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication AS strong,
			   r.rolcanlogin AS login,
			   EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid) AS has_members
		  INTO seen FROM pg_catalog.pg_roles r WHERE r.rolname = wanted.name;
		IF NOT FOUND THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I %s', wanted.name, CASE WHEN wanted.login THEN 'LOGIN' ELSE 'NOLOGIN' END);
		ELSIF seen.strong OR (seen.login AND NOT wanted.login)
			OR (seen.has_members AND wanted.name IN ('stockalert_owner', 'stockalert_worker')) THEN
			RAISE EXCEPTION 'role "%" exists with rights that StockAlert does not give it', wanted.name
				USING ERRCODE = 'invalid_role_specification',
					  DETAIL = 'It may not be superuser, CREATEROLE, CREATEDB, REPLICATION or BYPASSRLS; stockalert_owner and stockalert_worker have no members, and only stockalert_worker may log in.',
					  HINT = pg_catalog.format('Look at it with \du %s; ALTER or DROP it, then create the extension again.', wanted.name);
		END IF;
	END LOOP;
	GRANT stockalert_viewer TO stockalert_manager;
	GRANT stockalert_manager TO stockalert_admin;
END
$roles$;

CREATE SCHEMA stockalert;
COMMENT ON SCHEMA stockalert IS 'Stock levels, demand, rules, alerts and their delivery (extension stockalert).';
GRANT USAGE ON SCHEMA stockalert TO stockalert_worker, stockalert_admin, stockalert_manager, stockalert_viewer,
	stockalert_writer, stockalert_app, stockalert_webhook;
-- What a value may be: predicates used by CHECK constraints, and the clock.

CREATE FUNCTION stockalert.is_quantity(quantity numeric) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_quantity';
COMMENT ON FUNCTION stockalert.is_quantity(numeric) IS
	'Tells whether a number can be a quantity of stock or an amount of money: finite, at most 21 digits before and 5 after the point (26 in all, what point-of-sale systems send). NULL for NULL.';

CREATE FUNCTION stockalert.is_time_zone(name text) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_time_zone';
COMMENT ON FUNCTION stockalert.is_time_zone(text) IS
	'Tells whether the server knows a time zone of this full name, such as Europe/Rome. NULL for NULL.';

CREATE FUNCTION stockalert.is_label(label text, longest integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_label';
COMMENT ON FUNCTION stockalert.is_label(text, integer) IS
	'Tells whether a text can be a name or key shown to people: 1 to longest characters, no control characters, no blank at either end. NULL for NULL.';

CREATE FUNCTION stockalert.counted(number numeric, one text, more text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: more may be left out
	AS $$ BEGIN RETURN number || ' ' || CASE WHEN number = 1 THEN one ELSE coalesce(more, one || 's') END; END $$;
COMMENT ON FUNCTION stockalert.counted(numeric, text, text) IS 'How many of what, as people say it: 1 item, 2 items. more: the plural where it is not one with an s. NULL for no number.';

CREATE FUNCTION stockalert.as_of() RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_as_of';
COMMENT ON FUNCTION stockalert.as_of() IS
	'Returns the time at which stock is judged: the setting stockalert.as_of where it is set (replays, tests), else the time of the transaction. Never NULL.';

GRANT EXECUTE ON FUNCTION stockalert.counted(numeric, text, text), stockalert.is_quantity(numeric), stockalert.is_time_zone(text), stockalert.is_label(text, integer),
	stockalert.as_of() TO stockalert_viewer, stockalert_writer, stockalert_worker;
-- Values in the texts of other systems, read without an error for a bad one.

CREATE FUNCTION stockalert.read_quantity(value text) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_quantity';
COMMENT ON FUNCTION stockalert.read_quantity(text) IS
	'Reads a decimal number such as -12.50000, at most 21 digits before and 5 after the point. NULL for anything else, and for NULL.';

CREATE FUNCTION stockalert.read_moment(value text) RETURNS timestamptz
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_moment';
COMMENT ON FUNCTION stockalert.read_moment(text) IS
	'Reads a time as RFC 3339 writes it, such as 2019-10-29T18:38:45.455006797Z, down to the microsecond: further digits are dropped, not rounded. NULL for anything else, and for NULL.';

CREATE FUNCTION stockalert.read_label(value text, longest integer) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_label';
COMMENT ON FUNCTION stockalert.read_label(text, integer) IS
	'Makes a name or key that can be shown of any text: control characters and runs of blanks become one blank, none at an end, cut to longest characters. NULL where nothing is left, and for NULL.';
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
-- Distributions of demand over a lead time: whole units (Poisson, negative
-- binomial) and gamma.  The quantile at a service level is the reorder point.

CREATE FUNCTION stockalert.poisson_cdf(x double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_cdf';
COMMENT ON FUNCTION stockalert.poisson_cdf(double precision, double precision) IS
	'Probability that Poisson demand is at most x units: Q(floor(x) + 1, mean), the regularised upper incomplete gamma function. NULL for NULL. Error 22023: x not finite, mean negative or not finite.';

CREATE FUNCTION stockalert.poisson_quantile(probability double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_quantile';
COMMENT ON FUNCTION stockalert.poisson_quantile(double precision, double precision) IS
	'Smallest whole number of units that Poisson demand exceeds with at most 1 - probability: the reorder point for a cycle service level, mean being demand over the lead time. NULL for NULL. Error 22023: probability not between 0 and 1, mean negative or not finite.';

CREATE FUNCTION stockalert.poisson_loss(x double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_loss';
COMMENT ON FUNCTION stockalert.poisson_loss(double precision, double precision) IS
	'Units short on average with x in stock and Poisson demand D: E[max(D - x, 0)] = (mean - x) P(D > x) + mean P(D = x) for whole x (Snyder and Shen, appendix C). NULL for NULL. Error 22023: x not finite, mean negative or not finite.';

CREATE FUNCTION stockalert.negative_binomial_cdf(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_cdf';
COMMENT ON FUNCTION stockalert.negative_binomial_cdf(double precision, double precision, double precision) IS
	'Probability that negative-binomial demand is at most x units: I_q(r, floor(x) + 1) with r = mean^2/(variance - mean), q = mean/variance (Silver, Pyke and Thomas); Poisson where variance <= mean. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.negative_binomial_quantile(probability double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_quantile';
COMMENT ON FUNCTION stockalert.negative_binomial_quantile(double precision, double precision, double precision) IS
	'Smallest whole number of units that negative-binomial demand exceeds with at most 1 - probability: the reorder point for a cycle service level, mean and variance being of demand over the lead time; Poisson where variance <= mean. NULL for NULL. Error 22023: probability not between 0 and 1, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.negative_binomial_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_loss';
COMMENT ON FUNCTION stockalert.negative_binomial_loss(double precision, double precision, double precision) IS
	'Units short on average with x in stock and negative-binomial demand D: E[max(D - x, 0)] = (mean - x) P(D > x) + (x + r)(variance/mean - 1) P(D = x) for whole x (Snyder and Shen, appendix C); Poisson where variance <= mean. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.gamma_cdf(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_cdf';
COMMENT ON FUNCTION stockalert.gamma_cdf(double precision, double precision, double precision) IS
	'Probability that gamma demand is at most x units: P(shape, x/scale), shape mean^2/variance, scale variance/mean; demand is exactly the mean where variance is 0. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.gamma_quantile(probability double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_quantile';
COMMENT ON FUNCTION stockalert.gamma_quantile(double precision, double precision, double precision) IS
	'Units that gamma demand exceeds with exactly 1 - probability, not rounded: the reorder point for a cycle service level, mean and variance being of demand over the lead time. NULL for NULL. Error 22023: probability not between 0 and 1, mean or variance negative or not finite.';

GRANT EXECUTE ON FUNCTION
	stockalert.poisson_cdf(double precision, double precision),
	stockalert.poisson_quantile(double precision, double precision),
	stockalert.poisson_loss(double precision, double precision),
	stockalert.negative_binomial_cdf(double precision, double precision, double precision),
	stockalert.negative_binomial_quantile(double precision, double precision, double precision),
	stockalert.negative_binomial_loss(double precision, double precision, double precision),
	stockalert.gamma_cdf(double precision, double precision, double precision),
	stockalert.gamma_quantile(double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
-- How many units an ordering policy asks for; order_quantity() then applies packs, minimum and maximum.

CREATE FUNCTION stockalert.need_order_up_to(inventory_position double precision, reorder_point double precision, order_up_to double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_need_order_up_to';
COMMENT ON FUNCTION stockalert.need_order_up_to(double precision, double precision, double precision) IS
	'Policy (s, S): order_up_to - inventory_position where that position (on hand + on order - promised, in units, signed) is at the reorder point or below, else 0. For (R, s, S) call it at each review (Silver, Pyke and Thomas). NULL for NULL. Error 22023: arguments not finite, order_up_to below reorder_point.';

CREATE FUNCTION stockalert.need_fixed_quantity(inventory_position double precision, reorder_point double precision, order_quantity double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_need_fixed_quantity';
COMMENT ON FUNCTION stockalert.need_fixed_quantity(double precision, double precision, double precision) IS
	'Policy (s, Q): the least multiple of order_quantity that lifts the inventory position (on hand + on order - promised, in units, signed) above the reorder point, 0 where it is above (Silver, Pyke and Thomas). NULL for NULL. Error 22023: arguments not finite, order_quantity not above 0.';

CREATE FUNCTION stockalert.need_at_review(inventory_position double precision, order_up_to double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_need_at_review';
COMMENT ON FUNCTION stockalert.need_at_review(double precision, double precision) IS
	'Policy (R, S): at each review, order_up_to - inventory_position (on hand + on order - promised, in units, signed), at least 0 (Silver, Pyke and Thomas). NULL for NULL. Error 22023: arguments not finite.';

GRANT EXECUTE ON FUNCTION
	stockalert.need_order_up_to(double precision, double precision, double precision),
	stockalert.need_fixed_quantity(double precision, double precision, double precision),
	stockalert.need_at_review(double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
-- How much to order: lots, newsvendors by a table of demands, policies, limits and transfers.

CREATE FUNCTION stockalert.economic_order_quantity_cost(order_quantity double precision, demand double precision, order_cost double precision, holding_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_cost';
COMMENT ON FUNCTION stockalert.economic_order_quantity_cost(double precision, double precision, double precision, double precision) IS
	'Cost of a period of ordering and holding with any order quantity Q: order_cost demand / Q + holding_cost Q / 2 (Harris 1913), demand in units of that period, order_cost of one order, holding_cost of one unit for the period; purchase not included. NULL for NULL. Error 22023: order_quantity or holding_cost not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_order_quantity_backorders(demand double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT quantity double precision, OUT backorder_share double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_backorders';
COMMENT ON FUNCTION stockalert.economic_order_quantity_backorders(double precision, double precision, double precision, double precision) IS
	'Units per order where customers wait, at stockout_cost b per unit owed for a period: quantity sqrt(2 K D (h+b) / (h b)), the share h / (h+b) of it that is owed when the order arrives, and the cost of a period sqrt(2 K D h b / (h+b)) (Snyder and Shen 3.5, Hillier and Lieberman). Demand or order_cost 0: quantity 0. NULL for NULL. Error 22023: holding_cost or stockout_cost not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_order_quantity_backorders_cost(order_quantity double precision, backorder_share double precision, demand double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_backorders_cost';
COMMENT ON FUNCTION stockalert.economic_order_quantity_backorders_cost(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any order quantity Q of which a share x is owed when the order arrives: K D / Q + h Q (1-x)^2 / 2 + b Q x^2 / 2 (Snyder and Shen 3.5). NULL for NULL. Error 22023: order_quantity not above 0, backorder_share not from 0 to 1, costs as in economic_order_quantity_backorders().';

CREATE FUNCTION stockalert.economic_production_quantity(demand double precision, order_cost double precision, holding_cost double precision, production_rate double precision,
	OUT quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_production';
COMMENT ON FUNCTION stockalert.economic_production_quantity(double precision, double precision, double precision, double precision) IS
	'Units per lot that arrives at production_rate P units a period: quantity sqrt(2 K D / (h (1 - D/P))) and the cost of a period sqrt(2 K D h (1 - D/P)) (Taft 1918; Snyder and Shen 3.6). Demand or order_cost 0: quantity 0. NULL for NULL. Error 22023: production_rate not above demand, holding_cost not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_production_quantity_cost(order_quantity double precision, demand double precision, order_cost double precision, holding_cost double precision, production_rate double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_production_cost';
COMMENT ON FUNCTION stockalert.economic_production_quantity_cost(double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any lot Q that arrives at production_rate P: K D / Q + h (1 - D/P) Q / 2 (Taft 1918). NULL for NULL. Error 22023: order_quantity not above 0, the others as in economic_production_quantity().';

CREATE FUNCTION stockalert.economic_order_quantity_all_units(demand double precision, order_cost double precision, holding_rate double precision, breaks double precision[], unit_costs double precision[],
	OUT quantity double precision, OUT cost double precision, OUT price integer)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_price_all_units';
COMMENT ON FUNCTION stockalert.economic_order_quantity_all_units(double precision, double precision, double precision, double precision[], double precision[]) IS
	'Units per order of least cost where the price of the last break reached holds for all units: the best of sqrt(2 K D / (i c)) of each price c within its range, or where its range begins; cost of a period c D + K D / Q + i c Q / 2 with purchase, i = holding_rate (share of the price per period); price: the position, from 1, in unit_costs (Snyder and Shen 3.4). Ties go to the smaller quantity; demand 0: quantity 0 at no cost. NULL for NULL. Error 22023: breaks not 0 first and rising, unit_costs not one per break, above 0 and not rising, holding_rate not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_order_quantity_incremental(demand double precision, order_cost double precision, holding_rate double precision, breaks double precision[], unit_costs double precision[],
	OUT quantity double precision, OUT cost double precision, OUT price integer)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_price_incremental';
COMMENT ON FUNCTION stockalert.economic_order_quantity_incremental(double precision, double precision, double precision, double precision[], double precision[]) IS
	'Units per order of least cost where each price holds for the units from its break on: the best of sqrt(2 (K+a) D / (i c)), a what the units below the break cost more than at price c; cost of a period c D + i a / 2 + (K+a) D / Q + i c Q / 2 with purchase, i = holding_rate (share of the price per period); price: the position, from 1, in unit_costs (Snyder and Shen 3.4). Ties go to the smaller quantity; demand 0: quantity 0 at no cost. NULL for NULL. Error 22023 as in economic_order_quantity_all_units().';

CREATE FUNCTION stockalert.critical_ratio(underage_cost double precision, overage_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_critical_ratio';
COMMENT ON FUNCTION stockalert.critical_ratio(double precision, double precision) IS
	'Share of cases in which demand should be met in full: underage_cost / (underage_cost + overage_cost), the cost of a unit too few and of a unit too many. A newsvendor who buys at c, sells at r and gets v back for a rest has underage_cost r - c and overage_cost c - v. NULL for NULL. Error 22023: a cost not above 0 or not finite.';

CREATE FUNCTION stockalert.newsvendor_quantity_discrete(underage_cost double precision, overage_cost double precision, demands double precision[], pmf double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_quantity_discrete';
COMMENT ON FUNCTION stockalert.newsvendor_quantity_discrete(double precision, double precision, double precision[], double precision[]) IS
	'The smallest of the demands (rising, in units) whose probabilities (pmf, one for each) up to it reach critical_ratio(underage_cost, overage_cost) (Snyder and Shen 4.3.3). For a known ratio p pass p and 1 - p. NULL for NULL. Error 22023: a cost not above 0, demands not rising or negative, pmf not one number per demand, negative or with a sum off 1 by more than 1e-6.';

CREATE FUNCTION stockalert.newsvendor_cost_discrete(quantity double precision, underage_cost double precision, overage_cost double precision, demands double precision[], pmf double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_cost_discrete';
COMMENT ON FUNCTION stockalert.newsvendor_cost_discrete(double precision, double precision, double precision, double precision[], double precision[]) IS
	'Expected cost of a season with any quantity Q: the sum over the demands of their probability in pmf x (overage_cost max(Q - D, 0) + underage_cost max(D - Q, 0)). NULL for NULL. Error 22023 as in newsvendor_quantity_discrete().';

CREATE FUNCTION stockalert.gamma_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_loss';
COMMENT ON FUNCTION stockalert.gamma_loss(double precision, double precision, double precision) IS
	'Units short with x in stock, E[max(D - x, 0)], of gamma demand with that mean and variance: (mean - x) P(D > x) + mean x^a e^-x / Gamma(a+1), x in units of variance/mean, a = mean^2/variance. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.normal_second_loss(k double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_normal_second_loss';
COMMENT ON FUNCTION stockalert.normal_second_loss(double precision) IS
	'Second-order standard normal loss, half of E[max(Z - k, 0)^2] = ((k^2 + 1)(1 - Phi(k)) - k phi(k)) / 2, without cancellation for large k (Zipkin, Foundations of Inventory Management, C.3). NULL for NULL. Error 22023: k not finite.';

CREATE FUNCTION stockalert.rq_policy_cost(reorder_point double precision, order_quantity double precision, demand double precision, demand_sd double precision,
	lead_time double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_cost';
COMMENT ON FUNCTION stockalert.rq_policy_cost(double precision, double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period where order_quantity Q is ordered whenever the inventory position falls to reorder_point r, under normal demand, exactly: (K D + integral from r to r+Q of the newsvendor cost for the lead time) / Q; demand and demand_sd of a period in units, lead_time in periods, holding_cost of a unit held and stockout_cost of a unit owed for a period (Snyder and Shen 5.2). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_quantity not above 0.';

CREATE FUNCTION stockalert.rq_reorder_point(order_quantity double precision, demand double precision, demand_sd double precision, lead_time double precision,
	holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_reorder_point';
COMMENT ON FUNCTION stockalert.rq_reorder_point(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'The best reorder point r for a given order quantity Q, under normal demand: where the newsvendor cost for the lead time is the same at r and r+Q (Snyder and Shen 5.2); units as in rq_policy_cost(). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_quantity not above 0.';

CREATE FUNCTION stockalert.rq_policy_eil(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_eil';
COMMENT ON FUNCTION stockalert.rq_policy_eil(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point r and order quantity Q by the expected-inventory-level approximation (Hadley and Whitin 1963; Snyder and Shen 5.3.1): 1 - F(r) = Q h / (p D), Q = sqrt(2 D (K + p n(r)) / h), and its cost of a period, h (r - D L + Q/2) + (K + p n(r)) D / Q; n(r) units short in a lead time. Units as in rq_policy_cost(), but stockout_cost p of a unit short, however long. Demand 0: all 0. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_cost 0, stockout_cost so low that no stock is worth holding.';

CREATE FUNCTION stockalert.rq_policy_eoq_safety_stock(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_safety_stock';
COMMENT ON FUNCTION stockalert.rq_policy_eoq_safety_stock(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point and order quantity, each on its own: the economic order quantity, and the mean demand over the lead time plus z(p / (p+h)) standard deviations (Snyder and Shen 5.3.3); cost of a period as in rq_policy_cost(), of stock alone where nothing is ordered. Units as there. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0.';

CREATE FUNCTION stockalert.rq_policy_eoq_backorders(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_backorders';
COMMENT ON FUNCTION stockalert.rq_policy_eoq_backorders(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point and order quantity: economic_order_quantity_backorders() and the best reorder point for it, at most an eighth dearer than the best policy (Zheng 1992; Snyder and Shen 5.3.2); cost of a period as in rq_policy_cost(), of stock alone where nothing is ordered. Units as there. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0.';

CREATE FUNCTION stockalert.rq_policy_loss_function(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_loss_function';
COMMENT ON FUNCTION stockalert.rq_policy_loss_function(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point r and order quantity Q by the loss-function approximation (Hadley and Whitin 1963; Snyder and Shen 5.3.4): n(r) = h Q / (h+p), Q = sqrt(2 (K D + (h+p) n2(r)) / h), n and n2 the first- and second-order loss of demand over the lead time; cost of a period as in rq_policy_cost(). Units as there. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0.';

CREATE FUNCTION stockalert.rq_policy_poisson(demand double precision, lead_time double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_poisson';
COMMENT ON FUNCTION stockalert.rq_policy_poisson(double precision, double precision, double precision, double precision, double precision) IS
	'The best reorder point and order quantity in whole units under Poisson demand, exactly (Federgruen and Zheng 1992), and the cost of a period; demand: mean of a period, the rest as in rq_policy_cost(). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, more than 100,000 units in an order (named order_cost), more than 1e6 in a lead time (named lead_time).';

CREATE FUNCTION stockalert.rq_policy_cost_poisson(reorder_point double precision, order_quantity double precision, demand double precision, lead_time double precision,
	order_cost double precision, holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_cost_poisson';
COMMENT ON FUNCTION stockalert.rq_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any reorder point r and order quantity Q in whole units under Poisson demand: (K D + sum over y from r+1 to r+Q of the newsvendor cost at y for the lead time) / Q (Snyder and Shen 5.5). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, reorder_point not whole, order_quantity not whole from 1 to 100,000.';

CREATE FUNCTION stockalert.ss_policy_power_approximation(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_up_to double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_power';
COMMENT ON FUNCTION stockalert.ss_policy_power_approximation(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point s and order-up-to level S of a stock that is looked at once a period, by the power approximation (Ehrhardt and Mosier 1984): Q = 1.30 D^0.494 (K/h)^0.506 (1 + sd^2/D^2)^0.116, s = 0.973 m + sigma (0.183/z + 1.063 - 2.192 z), z = sqrt(Q h / (sigma p)), S = s + Q, m and sigma of demand over lead_time + 1 periods; not rounded, without their amendment for Q below 1.5 D. Units as in rq_policy_cost(). Demand 0: both 0. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_cost 0.';

CREATE FUNCTION stockalert.ss_policy_poisson(demand double precision, lead_time double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_up_to double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_poisson';
COMMENT ON FUNCTION stockalert.ss_policy_poisson(double precision, double precision, double precision, double precision, double precision) IS
	'The best reorder point s and order-up-to level S, in whole units, of a stock that is looked at once a period, and the cost of a period, exactly (Zheng and Federgruen 1991): order S - position where the position is s or below. demand: Poisson mean of a period; lead_time in whole periods, 0 where an order arrives before the next demand; holding_cost of a unit left over and stockout_cost of a unit owed at the end of a period. Demand 0: s -1, S 0. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, lead_time not whole, S - s beyond 10,000 (named order_cost), more than 1e6 units in lead_time + 1 periods.';

CREATE FUNCTION stockalert.ss_policy_discrete(pmf double precision[], order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_up_to double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_discrete';
COMMENT ON FUNCTION stockalert.ss_policy_discrete(double precision[], double precision, double precision, double precision) IS
	'ss_policy_poisson() for demand of a period that is 0, 1, 2, ... units with the probabilities of pmf, and orders that arrive before the next demand. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, pmf empty or longer than 10,001, negative or with a sum off 1 by more than 1e-6.';

CREATE FUNCTION stockalert.ss_policy_cost_poisson(reorder_point double precision, order_up_to double precision, demand double precision, lead_time double precision,
	order_cost double precision, holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_cost_poisson';
COMMENT ON FUNCTION stockalert.ss_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any reorder point s and order-up-to level S in whole units: (K + sum over j < S-s of m(j) G(S-j)) / M(S-s), m(j) how often between two orders the position is j below S, M their sum, G the newsvendor cost (Zheng and Federgruen 1991); the rest as in ss_policy_poisson(). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, reorder_point or order_up_to not whole, order_up_to not above reorder_point or 10,000 above.';

CREATE FUNCTION stockalert.ss_policy_cost_discrete(reorder_point double precision, order_up_to double precision, pmf double precision[], order_cost double precision,
	holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_cost_discrete';
COMMENT ON FUNCTION stockalert.ss_policy_cost_discrete(double precision, double precision, double precision[], double precision, double precision, double precision) IS
	'ss_policy_cost_poisson() for demand of a period that is 0, 1, 2, ... units with the probabilities of pmf. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, the others as there and in ss_policy_discrete().';

-- not strict: limits may be NULL
CREATE FUNCTION stockalert.constrained_order_quantity(inventory_position double precision, order_up_to double precision, pack double precision DEFAULT NULL, moq double precision DEFAULT NULL,
	max_stock double precision DEFAULT NULL, shelf_life_demand double precision DEFAULT NULL,
	OUT quantity double precision, OUT reason text)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_constrained_order_quantity';
COMMENT ON FUNCTION stockalert.constrained_order_quantity(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units to order to bring the inventory position (on hand + on order - promised, signed) up to order_up_to, and what decided. In this order: need = order_up_to - position (0 or less: no_need); rounded up to whole packs (pack); raised to the minimum order quantity in whole packs (moq); cut, in whole packs, to max_stock - position (maximum) or to shelf_life_demand - position, at least 0 (shelf_life), whichever is less, max_stock where they are the same; 0 where that is below the minimum (cap_below_moq); need where nothing binds. shelf_life_demand: what is likely sold before it spoils, the median of demand over the shelf life, such as negative_binomial_quantile(0.5, mean, variance). NULL in pack, moq, max_stock, shelf_life_demand: none; NULL for a NULL position or order_up_to. Error 22023: pack not above 0, shelf_life_demand negative, anything not finite.';

-- not strict: limits and costs may be NULL
CREATE FUNCTION stockalert.plan_transfers(locations bigint[], reorder_points double precision[], positions double precision[], on_hand double precision[],
	floors double precision[], stockout_pmf double precision[], pack double precision DEFAULT NULL, min_transfer double precision DEFAULT NULL,
	unit_transfer_costs double precision[] DEFAULT NULL, benefits double precision[] DEFAULT NULL)
	RETURNS TABLE (from_location bigint, to_location bigint, quantity double precision, cost double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'stockalert_plan_transfers';
COMMENT ON FUNCTION stockalert.plan_transfers(bigint[], double precision[], double precision[], double precision[], double precision[], double precision[], double precision, double precision, double precision[], double precision[]) IS
	'Which location gives how many units of one item to which other; the arrays have an element for each location. A location whose position is below its reorder point receives, at most the difference; any other gives, at most what it has on hand above the larger of its floor (such as velocity x days to cover) and its reorder point. The likeliest to run out is served first (ties: smaller id), by the cheapest donor, then the one with most to give, then the smaller id; in whole packs, rounded down. Left out: transfers below min_transfer units, at an infinite cost, or dearer than the benefit of a unit at the receiver (benefits: one for each location or one for all). unit_transfer_costs: row from, column to. A greedy plan: sums and floors hold, its cost is not always the least (Paterson et al. 2011). No row where one of the first six is NULL; NULL in the others: no pack, no minimum, no cost, any cost is worth it. Error 22023: arrays of other lengths or with NULLs, a location twice, more than 2,000, numbers out of range.';

CREATE FUNCTION stockalert.joint_replenishment(shared_cost double precision, order_costs double precision[], holding_costs double precision[], demands double precision[],
	OUT quantities double precision[], OUT multiples integer[], OUT cycle double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_joint_replenishment';
COMMENT ON FUNCTION stockalert.joint_replenishment(double precision, double precision[], double precision[], double precision[]) IS
	'How often and how much to order of items that share the cost of an order: an order each cycle periods, item i in each multiples[i]-th one, quantities[i] units then, and the cost of a period. shared_cost of each order, order_costs[i] of item i in one, holding_costs[i] of a unit for a period, demands[i] units a period; an array of one number holds for all items. Silver (1976): m = sqrt(k h1 D1 / (h D (K + k1))) rounded, at least 1, for the item 1 with the least k / (h D), cycle = sqrt(2 (K + sum k/m) / sum m h D). An item without demand: 0 and 0. NULL for NULL. Error 22023: shared_cost or holding_costs not above 0, anything negative or not finite, arrays of other lengths, more than 10,000 items, multiples beyond 1e6 (named order_costs).';

CREATE FUNCTION stockalert.wagner_whitin(demands double precision[], order_costs double precision[], holding_costs double precision[], unit_costs double precision[] DEFAULT '{0}',
	OUT quantities double precision[], OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_wagner_whitin';
COMMENT ON FUNCTION stockalert.wagner_whitin(double precision[], double precision[], double precision[], double precision[]) IS
	'How much to order in which period where the demand of each coming period is known, and what that costs over all of them, at least cost (Wagner and Whitin 1958): order_costs[t] of an order in period t, holding_costs[t] of a unit kept from t to the next period, unit_costs[t] of a unit bought in t; an array of one number holds for all periods. An order of nothing costs nothing; ties go to the earlier next order. No period: no quantity, cost 0. NULL for NULL. Error 22023: anything negative or not finite, arrays of other lengths, more than 3,660 periods.';

CREATE FUNCTION stockalert.gamma_second_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_second_loss';
COMMENT ON FUNCTION stockalert.gamma_second_loss(double precision, double precision, double precision) IS
	'Second-order loss of gamma demand with that mean and variance, half of E[max(D - x, 0)^2], in closed form (Zipkin, Foundations of Inventory Management, C.3). NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.poisson_second_loss(x double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_second_loss';
COMMENT ON FUNCTION stockalert.poisson_second_loss(double precision, double precision) IS
	'Second-order loss of Poisson demand, the sum of poisson_loss() over the whole numbers above x: half of E[max(D - x, 0) max(D - x - 1, 0)] (Zipkin, Foundations of Inventory Management, C.2). NULL for NULL. Error 22023: x not whole or beyond 1e8, mean negative or beyond 1e8.';

CREATE FUNCTION stockalert.negative_binomial_second_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_second_loss';
COMMENT ON FUNCTION stockalert.negative_binomial_second_loss(double precision, double precision, double precision) IS
	'Second-order loss of negative binomial demand with that mean and variance, the sum of negative_binomial_loss() over the whole numbers above x; Poisson where the variance is no larger than the mean (Zipkin, Foundations of Inventory Management, C.2). NULL for NULL. Error 22023: x not whole or beyond 1e8, mean negative or beyond 1e8, a standard deviation beyond 10,000 or a variance beyond 50,000 times the mean (named variance).';

GRANT EXECUTE ON FUNCTION
	stockalert.economic_order_quantity_cost(double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_backorders(double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_backorders_cost(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.economic_production_quantity(double precision, double precision, double precision, double precision),
	stockalert.economic_production_quantity_cost(double precision, double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_all_units(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.economic_order_quantity_incremental(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.critical_ratio(double precision, double precision),
	stockalert.newsvendor_quantity_discrete(double precision, double precision, double precision[], double precision[]),
	stockalert.newsvendor_cost_discrete(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.gamma_loss(double precision, double precision, double precision),
	stockalert.normal_second_loss(double precision),
	stockalert.rq_policy_cost(double precision, double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_reorder_point(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_eil(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_eoq_safety_stock(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_eoq_backorders(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_loss_function(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_poisson(double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_power_approximation(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_poisson(double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_discrete(double precision[], double precision, double precision, double precision),
	stockalert.ss_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_cost_discrete(double precision, double precision, double precision[], double precision, double precision, double precision),
	stockalert.constrained_order_quantity(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.plan_transfers(bigint[], double precision[], double precision[], double precision[], double precision[], double precision[], double precision, double precision, double precision[], double precision[]),
	stockalert.joint_replenishment(double precision, double precision[], double precision[], double precision[]),
	stockalert.wagner_whitin(double precision[], double precision[], double precision[], double precision[]),
	stockalert.gamma_second_loss(double precision, double precision, double precision),
	stockalert.poisson_second_loss(double precision, double precision),
	stockalert.negative_binomial_second_loss(double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
-- How much to have for a season, by the distribution of its demand.

CREATE FUNCTION stockalert.newsvendor_quantity(underage_cost double precision, overage_cost double precision, mean double precision, variance double precision, distribution text DEFAULT 'normal') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_quantity';
COMMENT ON FUNCTION stockalert.newsvendor_quantity(double precision, double precision, double precision, double precision, text) IS
	'Units to have for a season that cannot be ordered for again: the quantile of demand at critical_ratio(underage_cost, overage_cost), whole units for poisson and negative_binomial; mean and variance of demand in the season, distribution normal, poisson (variance not used), negative_binomial or gamma (Arrow, Harris and Marschak 1951; Snyder and Shen 4.3). NULL for NULL. Error 22023: a cost not above 0, mean or variance negative, not finite or of no such distribution.';

CREATE FUNCTION stockalert.newsvendor_quantity_by_ratio(critical_ratio double precision, mean double precision, variance double precision, distribution text DEFAULT 'normal') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_quantity_by_ratio';
COMMENT ON FUNCTION stockalert.newsvendor_quantity_by_ratio(double precision, double precision, double precision, text) IS
	'newsvendor_quantity() for a critical_ratio that is known, the share of seasons in which demand should be met in full. NULL for NULL. Error 22023: critical_ratio not above 0 and below 1, the others as there.';

CREATE FUNCTION stockalert.newsvendor_cost(quantity double precision, underage_cost double precision, overage_cost double precision, mean double precision, variance double precision, distribution text DEFAULT 'normal') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_cost';
COMMENT ON FUNCTION stockalert.newsvendor_cost(double precision, double precision, double precision, double precision, double precision, text) IS
	'Expected cost of a season with any quantity Q: overage_cost E[max(Q - D, 0)] + underage_cost E[max(D - Q, 0)], demand D as in newsvendor_quantity() (Snyder and Shen 4.3). NULL for NULL. Error 22023: quantity not finite, the others as there.';

GRANT EXECUTE ON FUNCTION
	stockalert.newsvendor_quantity(double precision, double precision, double precision, double precision, text),
	stockalert.newsvendor_quantity_by_ratio(double precision, double precision, double precision, text),
	stockalert.newsvendor_cost(double precision, double precision, double precision, double precision, double precision, text)
	TO stockalert_viewer, stockalert_writer;
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
-- Classes of items and of their demand, too much stock, dead stock.

CREATE FUNCTION stockalert.abc_class(cumulative_share_before double precision, a_cut double precision DEFAULT 0.8,
	b_cut double precision DEFAULT 0.95) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_abc_class';
COMMENT ON FUNCTION stockalert.abc_class(double precision, double precision, double precision) IS
	'Class of an item by the share that all more valuable items have of the total: A below a_cut, B below b_cut, else C; the item that crosses belongs to the higher class. NULL for NULL. Error 22023: share not finite, b_cut below a_cut.';

CREATE FUNCTION stockalert.abc_classes(keys text[], "values" double precision[], a_cut double precision DEFAULT 0.8,
	b_cut double precision DEFAULT 0.95)
	RETURNS TABLE (key text, value double precision, share double precision, cumulative_share double precision, class text)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000 AS 'MODULE_PATHNAME', 'stockalert_abc_classes';
COMMENT ON FUNCTION stockalert.abc_classes(text[], double precision[], double precision, double precision) IS
	'A row for each item with its value, the most valuable first, equal ones by the bytes of the key: share of the total, share up to it, and abc_class() of the share before it. A total of 0 or less: shares and class NULL. Items without a value are left out. No row for NULL. Error 22023: arrays of different lengths.';

CREATE FUNCTION stockalert.xyz_class(weekly double precision[], x_cut double precision DEFAULT 0.5, y_cut double precision DEFAULT 1) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_xyz_class';
COMMENT ON FUNCTION stockalert.xyz_class(double precision[], double precision, double precision) IS
	'Class by the variation of weekly totals, weeks of 0 included: X up to x_cut, Y up to y_cut, else Z, of coefficient_of_variation(weekly). NULL elements are left out. NULL for NULL, for fewer than two weeks and for a mean not above 0. Error 22023.';

CREATE FUNCTION stockalert.coefficient_of_variation(weekly double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_coefficient_of_variation';
COMMENT ON FUNCTION stockalert.coefficient_of_variation(double precision[]) IS
	'Sample standard deviation (n - 1) over mean, of signed totals. NULL elements are left out. NULL for NULL, for fewer than two totals and for a mean not above 0. Error 22023.';

CREATE FUNCTION stockalert.adi(history double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_adi';
COMMENT ON FUNCTION stockalert.adi(double precision[]) IS
	'Mean interval between sales in days: place of the last day with a sale / number of days with one, so that the first interval counts from the start of the history. NULL elements are left out, net returns are no sale. NULL for NULL and for fewer than two sales. Error 22023.';

CREATE FUNCTION stockalert.cv2(history double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_cv2';
COMMENT ON FUNCTION stockalert.cv2(double precision[]) IS
	'Squared coefficient of variation of the units of days with a sale: (sd/mean)^2 with n - 1. NULL elements are left out, net returns are no sale. NULL for NULL and for fewer than two sales. Error 22023.';

CREATE FUNCTION stockalert.demand_class(history double precision[], adi_cut double precision DEFAULT 1.32,
	cv2_cut double precision DEFAULT 0.49) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_demand_class';
COMMENT ON FUNCTION stockalert.demand_class(double precision[], double precision, double precision) IS
	'Kind of demand by adi() and cv2(): smooth (both up to their cut), erratic (cv2 above), intermittent (adi above) or lumpy (Syntetos, Boylan and Croston, JORS 56, 2005; the M5 competition cut at 4/3 and 0.5). NULL for NULL and for fewer than two sales. Error 22023.';

CREATE FUNCTION stockalert.overstock(on_hand double precision, on_order double precision, order_up_to double precision,
	velocity double precision, target_days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_overstock';
COMMENT ON FUNCTION stockalert.overstock(double precision, double precision, double precision, double precision, double precision) IS
	'Units too many: max(0, on_hand + on_order - max(order_up_to, velocity target_days)). NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.excess_days(on_hand double precision, velocity double precision, target_days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_excess_days';
COMMENT ON FUNCTION stockalert.excess_days(double precision, double precision, double precision) IS
	'Days of supply beyond the target: days_of_supply(on_hand, velocity) - target_days, negative below it; Infinity where nothing sells and something is on hand. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.economic_stock_years(unit_value double precision, salvage_value double precision,
	holding_rate double precision, order_cost double precision, order_quantity double precision, yearly_demand double precision)
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_economic_stock_years';
COMMENT ON FUNCTION stockalert.economic_stock_years(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Years of supply worth keeping; stock beyond brings more sold off: (unit_value - salvage_value + order_cost/order_quantity)/(unit_value holding_rate) + order_quantity/(2 yearly_demand), where the gain of selling off has its maximum (Tersine and Toelle 1984). holding_rate is the yearly cost of holding, as a share of the value. Times yearly_demand: units. NULL for NULL. Error 22023.';

-- not strict: an item that never sold has no last sale
CREATE FUNCTION stockalert.is_dead_stock(as_of date, on_hand double precision, last_sale date, listed_on date,
	dead_days integer DEFAULT 90) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_dead_stock';
COMMENT ON FUNCTION stockalert.is_dead_stock(date, double precision, date, date, integer) IS
	'Whether something is on hand of an item that has been listed for dead_days and not sold for as many. last_sale NULL: never sold. NULL for NULL in another argument. Error 22023.';

CREATE FUNCTION stockalert.is_dead_stock_by_velocity(on_hand double precision, velocity double precision,
	days double precision, threshold double precision DEFAULT 0.01) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_dead_stock_by_velocity';
COMMENT ON FUNCTION stockalert.is_dead_stock_by_velocity(double precision, double precision, double precision, double precision) IS
	'Whether something is on hand of an item that, at its velocity before (units per day), would sell nothing for so many days with a probability below threshold only: zero_run_probability() < threshold. NULL for NULL. Error 22023.';

GRANT EXECUTE ON FUNCTION
	stockalert.abc_class(double precision, double precision, double precision),
	stockalert.abc_classes(text[], double precision[], double precision, double precision),
	stockalert.xyz_class(double precision[], double precision, double precision),
	stockalert.coefficient_of_variation(double precision[]),
	stockalert.adi(double precision[]),
	stockalert.cv2(double precision[]),
	stockalert.demand_class(double precision[], double precision, double precision),
	stockalert.overstock(double precision, double precision, double precision, double precision, double precision),
	stockalert.excess_days(double precision, double precision, double precision),
	stockalert.economic_stock_years(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.is_dead_stock(date, double precision, date, date, integer),
	stockalert.is_dead_stock_by_velocity(double precision, double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
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
-- How far forecasts were off.

CREATE FUNCTION stockalert.mae(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_mae';
COMMENT ON FUNCTION stockalert.mae(double precision[], double precision[]) IS
	'Mean absolute error, in units: mean |actual - forecast|. A pair with a NULL element is left out. NULL for NULL and without a pair. Error 22023: arrays of different length, NaN.';

CREATE FUNCTION stockalert.rmse(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rmse';
COMMENT ON FUNCTION stockalert.rmse(double precision[], double precision[]) IS
	'Root mean squared error, in units. NULL elements, NULL and errors as in mae().';

CREATE FUNCTION stockalert.bias(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_bias';
COMMENT ON FUNCTION stockalert.bias(double precision[], double precision[]) IS
	'Mean of forecast - actual, in units a day: above 0 where too much was forecast. NULL elements, NULL and errors as in mae().';

CREATE FUNCTION stockalert.smape(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_smape';
COMMENT ON FUNCTION stockalert.smape(double precision[], double precision[]) IS
	'Mean of |actual - forecast| / (|actual| + |forecast|), 0 to 1; two zeros are no error. NULL elements, NULL and errors as in mae().';

CREATE FUNCTION stockalert.pinball(actual double precision[], forecast double precision[], probability double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_pinball';
COMMENT ON FUNCTION stockalert.pinball(double precision[], double precision[], double precision) IS
	'Mean pinball loss, in units, of a forecast of this quantile: probability e where e = actual - forecast is above 0, else (probability - 1) e. NULL elements, NULL and errors as in mae(); error 22023: probability outside (0, 1).';

CREATE FUNCTION stockalert.mase(actual double precision[], forecast double precision[], history double precision[], season integer DEFAULT 1, from_first_sale boolean DEFAULT true) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_mase';
COMMENT ON FUNCTION stockalert.mase(double precision[], double precision[], double precision[], integer, boolean) IS
	'Mean absolute error over that of repeating the day season days ago in the history: mae / mean |y(t) - y(t - season)| (Hyndman and Koehler 2006), days before the first sale left out unless from_first_sale is false. NULL for NULL, without a pair and where the history does not vary. Errors as in mae().';

CREATE FUNCTION stockalert.rmsse(actual double precision[], forecast double precision[], history double precision[], season integer DEFAULT 1, from_first_sale boolean DEFAULT true) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rmsse';
COMMENT ON FUNCTION stockalert.rmsse(double precision[], double precision[], double precision[], integer, boolean) IS
	'Root of the mean squared error over that of repeating the day season days ago in the history (M5 Competitors Guide), days before the first sale left out unless from_first_sale is false. Of many items weighted by their sales it is WRMSSE: sum(weight * rmsse) / sum(weight). NULL for NULL, without a pair and where the history does not vary. Errors as in mae().';

CREATE FUNCTION stockalert.scaled_pinball(actual double precision[], forecast double precision[], probability double precision, history double precision[], season integer DEFAULT 1, from_first_sale boolean DEFAULT true) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_scaled_pinball';
COMMENT ON FUNCTION stockalert.scaled_pinball(double precision[], double precision[], double precision, double precision[], integer, boolean) IS
	'pinball() over the mean |y(t) - y(t - season)| of the history (M5 Competitors Guide), days before the first sale left out unless from_first_sale is false. NULL for NULL, without a pair and where the history does not vary. Errors as in pinball().';

GRANT EXECUTE ON FUNCTION
	stockalert.mae(double precision[], double precision[]),
	stockalert.rmse(double precision[], double precision[]),
	stockalert.bias(double precision[], double precision[]),
	stockalert.smape(double precision[], double precision[]),
	stockalert.pinball(double precision[], double precision[], double precision),
	stockalert.mase(double precision[], double precision[], double precision[], integer, boolean),
	stockalert.rmsse(double precision[], double precision[], double precision[], integer, boolean),
	stockalert.scaled_pinball(double precision[], double precision[], double precision, double precision[], integer, boolean)
	TO stockalert_viewer, stockalert_writer;
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
CREATE FUNCTION stockalert.sparkline(numbers double precision[], width integer DEFAULT 60, ascii boolean DEFAULT false) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_sparkline';
COMMENT ON FUNCTION stockalert.sparkline(double precision[], integer, boolean) IS
	'Numbers as a line of at most width bars (1 to 1000) for psql: eight heights from 0, or from the lowest number below it, to the highest; more numbers than width are averaged into each bar. A NULL element is a gap. ascii, or a database that is not in UTF-8: _.:-=+*# instead of blocks. Empty for an empty array. NULL for NULL. Error 22023.';

GRANT EXECUTE ON FUNCTION stockalert.sparkline(double precision[], integer, boolean) TO stockalert_viewer, stockalert_writer;
-- Where stock is and what it is: sources, locations, items, and the keys that
-- other systems know them by.

CREATE TABLE stockalert.sources (
	source_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	kind text NOT NULL DEFAULT 'sql',
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 63 characters without control characters" CHECK (stockalert.is_label(name, 63)),
	CONSTRAINT "kind is sql, table, square or demo" CHECK (kind IN ('sql', 'table', 'square', 'demo'))
);
COMMENT ON TABLE stockalert.sources IS 'Systems that items, locations, stock and sales come from.';
COMMENT ON COLUMN stockalert.sources.kind IS 'sql: called functions or plain SQL; table: a watched table; square: a Square connection; demo: load_demo().';

CREATE TABLE stockalert.locations (
	location_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	code text NOT NULL UNIQUE,
	name text NOT NULL,
	time_zone text NOT NULL DEFAULT pg_catalog.current_setting('TimeZone'),
	currency text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "code is 1 to 63 characters without control characters" CHECK (stockalert.is_label(code, 63)),
	CONSTRAINT "name is 1 to 512 characters without control characters" CHECK (stockalert.is_label(name, 512)),
	CONSTRAINT "time_zone is one the server knows, such as Europe/Rome" CHECK (stockalert.is_time_zone(time_zone)),
	CONSTRAINT "currency is three capital letters, such as EUR" CHECK (currency ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE stockalert.locations IS 'Shops and warehouses. Clock times of a location are in its time zone.';
COMMENT ON COLUMN stockalert.locations.code IS 'The short name that functions take, such as main.';

CREATE TABLE stockalert.items (
	item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sku text NOT NULL UNIQUE,
	name text NOT NULL,
	category text,
	cost numeric,
	price numeric,
	quantity_step numeric NOT NULL DEFAULT 1,
	description text,
	model_number text,
	owner_key text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "sku is 1 to 192 characters without control characters" CHECK (stockalert.is_label(sku, 192)),
	CONSTRAINT "name is 1 to 512 characters without control characters" CHECK (stockalert.is_label(name, 512)),
	CONSTRAINT "category is 1 to 192 characters without control characters" CHECK (stockalert.is_label(category, 192)),
	CONSTRAINT "cost is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(cost) AND cost >= 0),
	CONSTRAINT "price is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(price) AND price >= 0),
	CONSTRAINT "quantity_step is positive, at most 5 decimals" CHECK (stockalert.is_quantity(quantity_step) AND quantity_step > 0),
	CONSTRAINT "description is at most 4096 characters" CHECK (pg_catalog.char_length(description) <= 4096),
	CONSTRAINT "model_number is 1 to 192 characters without control characters" CHECK (stockalert.is_label(model_number, 192)),
	CONSTRAINT "owner_key is 1 to 192 characters without control characters" CHECK (stockalert.is_label(owner_key, 192))
);
COMMENT ON TABLE stockalert.items IS 'What is sold. Cost and price are per unit, in the currency of the location.';
COMMENT ON COLUMN stockalert.items.owner_key IS
	'subscribers.app_key of whom it belongs to: of the subscribers that an app brought only that one hears of it; others as they hear of everything. NULL: nobody''s.';
COMMENT ON COLUMN stockalert.items.sku IS 'The key that functions take.';
COMMENT ON COLUMN stockalert.items.quantity_step IS 'Smallest unit of stock: 1 for pieces, 0.001 for goods by weight.';

CREATE TABLE stockalert.location_refs (
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	external_id text COLLATE "C" NOT NULL,
	location_id bigint NOT NULL REFERENCES stockalert.locations ON DELETE CASCADE,
	PRIMARY KEY (source_id, external_id),
	CONSTRAINT "external_id is 1 to 192 characters without control characters" CHECK (stockalert.is_label(external_id, 192))
);
COMMENT ON TABLE stockalert.location_refs IS 'Keys by which a source knows a location.';
CREATE INDEX location_refs_location_id_idx ON stockalert.location_refs (location_id);

CREATE TABLE stockalert.item_refs (
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	external_id text COLLATE "C" NOT NULL,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	PRIMARY KEY (source_id, external_id),
	CONSTRAINT "external_id is 1 to 192 characters without control characters" CHECK (stockalert.is_label(external_id, 192))
);
COMMENT ON TABLE stockalert.item_refs IS 'Keys by which a source knows an item.';
CREATE INDEX item_refs_item_id_idx ON stockalert.item_refs (item_id);
-- Who delivers what, on which terms.  Terms are set for an item, for a category
-- or for everything, by supplier or for whoever delivers; the narrower one wins,
-- field by field (sql/61_supply.sql).

CREATE FUNCTION stockalert.are_price_breaks(price_breaks numeric[], unit_cost numeric) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN price_breaks IS NULL OR coalesce(array_ndims(price_breaks) = 2 AND array_length(price_breaks, 2) = 2
		AND array_length(price_breaks, 1) <= 20
		AND (SELECT bool_and(coalesce(b.quantity > b.quantity_before AND b.cost <= b.cost_before AND b.cost >= 0
				AND stockalert.is_quantity(b.quantity) AND stockalert.is_quantity(b.cost), false))
			FROM (SELECT price_breaks[n][1] AS quantity, price_breaks[n][2] AS cost,
				CASE WHEN n = 1 THEN 0 ELSE price_breaks[n - 1][1] END AS quantity_before,
				CASE WHEN n = 1 THEN unit_cost ELSE price_breaks[n - 1][2] END AS cost_before
				FROM generate_series(1, array_length(price_breaks, 1)) AS n) AS b), false);
COMMENT ON FUNCTION stockalert.are_price_breaks(numeric[], numeric) IS
	'Tells whether an array can be the price breaks of a unit cost: up to 20 pairs {quantity, unit cost}, quantities rising, costs not rising from the unit cost on, such as {{10,1.20},{50,1.00}}. NULL price_breaks: true.';

CREATE TABLE stockalert.suppliers (
	supplier_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	currency text,
	lead_time_days double precision,
	lead_time_sd_days double precision,
	review_days double precision,
	minimum_order numeric,
	contact text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 192 characters without control characters" CHECK (stockalert.is_label(name, 192)),
	CONSTRAINT "currency is three capital letters, such as EUR" CHECK (currency ~ '^[A-Z]{3}$'),
	CONSTRAINT "lead_time_days is from 0 to 1000" CHECK (lead_time_days BETWEEN 0 AND 1000),
	CONSTRAINT "lead_time_sd_days is from 0 to 1000" CHECK (lead_time_sd_days BETWEEN 0 AND 1000),
	CONSTRAINT "review_days is from 0 to 1000" CHECK (review_days BETWEEN 0 AND 1000),
	CONSTRAINT "minimum_order is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(minimum_order) AND minimum_order >= 0),
	CONSTRAINT "contact is at most 4096 characters" CHECK (pg_catalog.char_length(contact) <= 4096)
);
COMMENT ON TABLE stockalert.suppliers IS 'Who delivers, and what holds for all that they deliver. NULL: not set here.';
COMMENT ON COLUMN stockalert.suppliers.currency IS 'Currency of their prices. NULL: that of the location that orders.';
COMMENT ON COLUMN stockalert.suppliers.lead_time_days IS 'Mean days from order to delivery.';
COMMENT ON COLUMN stockalert.suppliers.lead_time_sd_days IS 'Standard deviation of the days from order to delivery.';
COMMENT ON COLUMN stockalert.suppliers.review_days IS 'Days from one order to the next.';
COMMENT ON COLUMN stockalert.suppliers.minimum_order IS 'Least value of one order, in their currency.';
COMMENT ON COLUMN stockalert.suppliers.contact IS 'Where to order; a note for people.';
COMMENT ON COLUMN stockalert.suppliers.active IS 'False: nothing is ordered there any more.';

CREATE TABLE stockalert.supplier_items (
	supplier_item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	supplier_id bigint REFERENCES stockalert.suppliers ON DELETE CASCADE,
	item_id bigint REFERENCES stockalert.items ON DELETE CASCADE,
	category text,
	lead_time_days double precision,
	lead_time_sd_days double precision,
	review_days double precision,
	pack numeric,
	moq numeric,
	unit_cost numeric,
	price_breaks numeric[],
	max_stock numeric,
	shelf_life_days integer,
	preferred boolean,
	CONSTRAINT "terms are for an item or for a category, not both" CHECK (item_id IS NULL OR category IS NULL),
	CONSTRAINT "category is 1 to 192 characters without control characters" CHECK (stockalert.is_label(category, 192)),
	CONSTRAINT "lead_time_days is from 0 to 1000" CHECK (lead_time_days BETWEEN 0 AND 1000),
	CONSTRAINT "lead_time_sd_days is from 0 to 1000" CHECK (lead_time_sd_days BETWEEN 0 AND 1000),
	CONSTRAINT "review_days is from 0 to 1000" CHECK (review_days BETWEEN 0 AND 1000),
	CONSTRAINT "pack is positive, at most 5 decimals" CHECK (stockalert.is_quantity(pack) AND pack > 0),
	CONSTRAINT "moq is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(moq) AND moq >= 0),
	CONSTRAINT "unit_cost is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(unit_cost) AND unit_cost >= 0),
	CONSTRAINT "price_breaks: rising quantities, costs falling from unit_cost" CHECK (stockalert.are_price_breaks(price_breaks, unit_cost)),
	CONSTRAINT "max_stock is positive, at most 5 decimals" CHECK (stockalert.is_quantity(max_stock) AND max_stock > 0),
	CONSTRAINT "shelf_life_days is from 1 to 3650" CHECK (shelf_life_days BETWEEN 1 AND 3650),
	CONSTRAINT "a supplier is preferred, not nobody" CHECK (supplier_id IS NOT NULL OR preferred IS NULL)
);
COMMENT ON TABLE stockalert.supplier_items IS
	'Terms of a supplier (NULL: of whoever delivers) for an item, a category, or everything. A supplier delivers what its rows cover. NULL in a term: not set here, inherit.';
COMMENT ON COLUMN stockalert.supplier_items.lead_time_days IS 'Mean days from order to delivery.';
COMMENT ON COLUMN stockalert.supplier_items.lead_time_sd_days IS 'Standard deviation of the days from order to delivery.';
COMMENT ON COLUMN stockalert.supplier_items.review_days IS 'Days from one order to the next.';
COMMENT ON COLUMN stockalert.supplier_items.pack IS 'Units of a pack; orders are whole packs.';
COMMENT ON COLUMN stockalert.supplier_items.moq IS 'Minimum order quantity in units; 0: none.';
COMMENT ON COLUMN stockalert.supplier_items.unit_cost IS 'Price of a unit, in the currency of the supplier.';
COMMENT ON COLUMN stockalert.supplier_items.price_breaks IS
	'Pairs {quantity, unit cost}: what each unit of an order costs from that quantity on; below the first: unit_cost.';
COMMENT ON COLUMN stockalert.supplier_items.max_stock IS 'Most units of position (on hand and on the way) that one location may have.';
COMMENT ON COLUMN stockalert.supplier_items.shelf_life_days IS 'Days after which goods are spoilt: no more is ordered than sells by then.';
COMMENT ON COLUMN stockalert.supplier_items.preferred IS 'True: order here where there are others; one supplier a scope, and the narrower scope wins. False: not, though a wider scope says so.';
CREATE UNIQUE INDEX supplier_items_scope_key ON stockalert.supplier_items (supplier_id, item_id, category) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX supplier_items_preferred_key ON stockalert.supplier_items (item_id, category) NULLS NOT DISTINCT WHERE preferred;
CREATE INDEX supplier_items_item_id_idx ON stockalert.supplier_items (item_id);
CREATE INDEX supplier_items_category_idx ON stockalert.supplier_items (category);

GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.suppliers, stockalert.supplier_items TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.are_price_breaks(numeric[], numeric) TO stockalert_viewer, stockalert_writer;
-- The hot row: one per location and item.  Everything else is decided from it.
-- No index on a column that changes, so that updates stay heap-only (HOT).

CREATE TABLE stockalert.stock_levels (
	location_id bigint NOT NULL REFERENCES stockalert.locations,
	item_id bigint NOT NULL REFERENCES stockalert.items,
	on_hand numeric NOT NULL DEFAULT 0,
	reserved numeric NOT NULL DEFAULT 0,
	quiet_below numeric,
	quiet_above numeric,
	class text,
	active boolean NOT NULL DEFAULT true,
	par_level numeric,
	on_order numeric NOT NULL DEFAULT 0,
	in_transit numeric NOT NULL DEFAULT 0,
	PRIMARY KEY (location_id, item_id),
	CONSTRAINT "on_hand is a finite number with at most 5 decimals" CHECK (stockalert.is_quantity(on_hand)),
	CONSTRAINT "reserved is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(reserved) AND reserved >= 0),
	CONSTRAINT "par_level is positive, at most 5 decimals" CHECK (stockalert.is_quantity(par_level) AND par_level > 0),
	CONSTRAINT "on_order is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(on_order) AND on_order >= 0),
	CONSTRAINT "in_transit is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(in_transit) AND in_transit >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE stockalert.stock_levels IS
	'Stock of an item at a location. Available = on_hand - reserved decides alerts; plain INSERT and UPDATE are welcome, a trigger watches.';
COMMENT ON COLUMN stockalert.stock_levels.on_hand IS 'Units there; negative where more was sold than counted.';
COMMENT ON COLUMN stockalert.stock_levels.reserved IS 'Units promised to customers.';
COMMENT ON COLUMN stockalert.stock_levels.on_order IS 'Units ordered from a supplier and not received.';
COMMENT ON COLUMN stockalert.stock_levels.in_transit IS 'Units on the way from another location.';
COMMENT ON COLUMN stockalert.stock_levels.par_level IS 'Stock the shelf should hold; what percentages are of. NULL: not set.';
COMMENT ON COLUMN stockalert.stock_levels.active IS 'False: the item is not carried here any more and raises nothing.';
COMMENT ON COLUMN stockalert.stock_levels.class IS 'Written by StockAlert only: ok, low, critical, out, over or inactive; NULL until judged.';
COMMENT ON COLUMN stockalert.stock_levels.quiet_below IS
	'Written by StockAlert only: the nearest lower value of available at which anything would change; NULL: none.';
COMMENT ON COLUMN stockalert.stock_levels.quiet_above IS
	'Written by StockAlert only: the nearest higher value of available at which anything would change; NULL: none.';

GRANT SELECT ON stockalert.stock_levels, stockalert.items, stockalert.locations, stockalert.sources,
	stockalert.item_refs, stockalert.location_refs TO stockalert_writer;
GRANT INSERT (location_id, item_id, on_hand, reserved, on_order, in_transit, par_level, active),
	UPDATE (on_hand, reserved, on_order, in_transit, par_level, active) ON stockalert.stock_levels TO stockalert_writer;
GRANT DELETE ON stockalert.stock_levels TO stockalert_writer;
GRANT INSERT, UPDATE ON stockalert.items, stockalert.locations TO stockalert_writer;
-- Waking the process that talks to points of sale, and what it remembers of
-- rounds in which there was nothing new.

CREATE FUNCTION stockalert.wake_syncer() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_wake_syncer'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.wake_syncer() IS
	'Lets the syncer of this database look for work once the transaction commits, and the sender, which has one started where there is none yet. For the extension''s own functions; granted to nobody.';

CREATE FUNCTION stockalert.note_quiet_round(connection_id bigint, stream text, started_at timestamptz) RETURNS boolean
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_note_quiet_round';
COMMENT ON FUNCTION stockalert.note_quiet_round(bigint, text, timestamptz) IS
	'Remembers in shared memory, until the server stops, that a round of a stream ended now and met nothing new. False where the library is not preloaded. For the owner.';

CREATE FUNCTION stockalert.quiet_rounds() RETURNS TABLE (connection_id bigint, stream text, started_at timestamptz, finished_at timestamptz)
	LANGUAGE c STABLE ROWS 7 AS 'MODULE_PATHNAME', 'stockalert_quiet_rounds'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.quiet_rounds() IS
	'The last round of each stream that met nothing new, as far as the server remembers: none of these is written anywhere.';

-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.quiet_rounds() TO stockalert_viewer;
-- Sales: append-only facts, by month.  They never change stock.
-- A partitioned parent carries no index, key or foreign key: a dump with
-- partitions made at run time would not restore.  sql/38_partitions.sql adds
-- them to each child.

CREATE TABLE stockalert.sales (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	sold_at timestamptz NOT NULL,
	quantity numeric NOT NULL,
	kind text NOT NULL DEFAULT 'sale',
	unit_price numeric,
	source_id bigint,
	source_line text,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "quantity is a finite number with at most 5 decimals" CHECK (stockalert.is_quantity(quantity)),
	CONSTRAINT "unit_price is a finite number with at most 5 decimals" CHECK (stockalert.is_quantity(unit_price)),
	CONSTRAINT "kind is sale, return, waste, transfer, correction or inferred" CHECK (kind IN ('sale', 'return', 'waste', 'transfer', 'correction', 'inferred')),
	CONSTRAINT "sold_at is between 1970 and 2200" CHECK (sold_at >= '1970-01-01 00:00+00' AND sold_at < '2200-01-01 00:00+00'),
	CONSTRAINT "source_line is 1 to 192 characters without control characters" CHECK (stockalert.is_label(source_line, 192))
) PARTITION BY RANGE (sold_at);
COMMENT ON TABLE stockalert.sales IS
	'Sales, returns and other movements as they happened. Demand = sale + inferred - return; waste, transfers and corrections are not demand. Append-only; changes no stock.';
COMMENT ON COLUMN stockalert.sales.quantity IS 'Units, positive for a sale; returns are positive too with kind return, or negative with kind sale: both net out.';
COMMENT ON COLUMN stockalert.sales.kind IS 'inferred: not seen sold; the stock of a watched table went down by it (watch_table(infer_sales => true)).';
COMMENT ON COLUMN stockalert.sales.source_line IS 'Key of the line in its source: the same key at the same time and place is stored once. NULL: no check for doubles.';
COMMENT ON COLUMN stockalert.sales.recorded_at IS 'When the row arrived, which may be days after the sale.';

CREATE TABLE stockalert.sales_default PARTITION OF stockalert.sales DEFAULT;
COMMENT ON TABLE stockalert.sales_default IS 'Sales of months without a partition of their own.';

GRANT SELECT, INSERT ON stockalert.sales TO stockalert_writer;
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
-- Thresholds.  A rule covers one item at one location, an item, a category at a
-- location, a category, a location, or everything; the narrower one wins, field
-- by field (src/pure/rule_choice.h).

CREATE TABLE stockalert.rules (
	rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	location_id bigint REFERENCES stockalert.locations ON DELETE CASCADE,
	item_id bigint REFERENCES stockalert.items ON DELETE CASCADE,
	category text,
	origin text NOT NULL DEFAULT 'manual',
	unit text NOT NULL DEFAULT 'units',
	low numeric,
	critical numeric,
	maximum numeric,
	fires text,
	enabled boolean NOT NULL DEFAULT true,
	note text,
	set_by text NOT NULL DEFAULT SESSION_USER,
	set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	applied_at timestamptz,
	CONSTRAINT "a rule is for an item or for a category, not both" CHECK (item_id IS NULL OR category IS NULL),
	CONSTRAINT "category is 1 to 192 characters without control characters" CHECK (stockalert.is_label(category, 192)),
	CONSTRAINT "origin is manual, table, square or computed" CHECK (origin IN ('manual', 'table', 'square', 'computed')),
	CONSTRAINT "a rule from Square or a watched table is for an item" CHECK (origin NOT IN ('square', 'table') OR item_id IS NOT NULL),
	CONSTRAINT "unit is units, percent, days, computed or greatest" CHECK (unit IN ('units', 'percent', 'days', 'computed', 'greatest')),
	CONSTRAINT "what is computed has origin computed" CHECK ((unit = 'computed') = (origin = 'computed')),
	CONSTRAINT "a computed rule has no low of its own; unit greatest takes one" CHECK (unit <> 'computed' OR low IS NULL),
	CONSTRAINT "greatest needs a low to compare the reorder point with" CHECK (unit <> 'greatest' OR low IS NOT NULL),
	CONSTRAINT "fires is below or at_or_below" CHECK (fires IN ('below', 'at_or_below')),
	CONSTRAINT "low is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(low) AND low >= 0),
	CONSTRAINT "critical is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(critical) AND critical >= 0),
	CONSTRAINT "maximum is positive, at most 5 decimals" CHECK (stockalert.is_quantity(maximum) AND maximum > 0),
	CONSTRAINT "critical is not above low" CHECK (critical <= low),
	CONSTRAINT "maximum is above low" CHECK (maximum > low),
	CONSTRAINT "percentages are at most 1000" CHECK (unit <> 'percent'
		OR (coalesce(low, 0) <= 1000 AND coalesce(critical, 0) <= 1000 AND coalesce(maximum, 0) <= 1000)),
	CONSTRAINT "days of cover are at most 3650" CHECK (unit <> 'days'
		OR (coalesce(low, 0) <= 3650 AND coalesce(critical, 0) <= 3650 AND coalesce(maximum, 0) <= 3650)),
	CONSTRAINT "a rule sets low, critical or maximum" CHECK (unit = 'computed' OR low IS NOT NULL OR critical IS NOT NULL OR maximum IS NOT NULL)
);
COMMENT ON TABLE stockalert.rules IS 'Thresholds by scope. NULL in low, critical or maximum: not set here, inherit. 0: alert only when out.';
COMMENT ON COLUMN stockalert.rules.unit IS
	'units: absolute. percent: of the par level. days: of cover, times the velocity of the pair, in whole steps. computed: low is the computed reorder point; critical and maximum in units. greatest: low is the greater of the number here and the computed reorder point. Where the pair has no par level, no demand or no reorder point yet, percent, days and computed say nothing, as if the rule were not there. Where low follows demand and no rule sets critical, critical is half of low: about what sells while an order is on its way.';
COMMENT ON COLUMN stockalert.rules.fires IS
	'below: fires under the value; at_or_below: at the value too; NULL: at_or_below for a computed reorder point, else the setting stockalert.threshold_fires.';
COMMENT ON COLUMN stockalert.rules.origin IS 'At the same scope manual wins over table (a watched table''s), table over square and square over computed. Rules of unit computed have origin computed, so that one made by hand can stand beside them.';
COMMENT ON COLUMN stockalert.rules.applied_at IS 'Written by StockAlert only: when the rule was first applied to stock.';
CREATE UNIQUE INDEX rules_scope_key ON stockalert.rules (item_id, location_id, category, origin) NULLS NOT DISTINCT;
CREATE INDEX rules_location_id_idx ON stockalert.rules (location_id);

CREATE FUNCTION stockalert.name_rule_origin() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	new.origin := 'computed';
	RETURN new;
END
$$;
COMMENT ON FUNCTION stockalert.name_rule_origin() IS 'Row trigger of rules: what is computed has origin computed, also where it is not said.';
CREATE TRIGGER rules_name_origin BEFORE INSERT ON stockalert.rules FOR EACH ROW
	WHEN (new.unit = 'computed' AND new.origin = 'manual') EXECUTE FUNCTION stockalert.name_rule_origin();
COMMENT ON TRIGGER rules_name_origin ON stockalert.rules IS 'What is computed has origin computed.';
-- What a database role may see: the scope of a store's role is its locations.
-- Every view that people read and every function that they call asks here; the
-- tables of facts have no row security, as COPY would refuse them, and only
-- stockalert_writer reads them directly.

CREATE TABLE stockalert.role_scopes (
	role_name name PRIMARY KEY,
	location_ids bigint[] NOT NULL,
	role_oid oid,
	set_by text NOT NULL DEFAULT SESSION_USER,
	set_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE stockalert.role_scopes IS
	'Roles that see some locations only, with their members. A role without a row sees all; so do superusers and members of stockalert_admin.';
COMMENT ON COLUMN stockalert.role_scopes.location_ids IS 'What it sees; a location that is deleted stays here and shows nothing. Empty: nothing.';
-- A name alone would let a role that was renamed see everything, a number alone one of another server.
COMMENT ON COLUMN stockalert.role_scopes.role_oid IS 'The role that had the name when the row was written, so on this server; it is restricted under any name, and so is whoever has the name. NULL: there was none.';

CREATE FUNCTION stockalert.caller() RETURNS oid
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_caller'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.caller() IS
	'The role that calls: what SET ROLE made of the session, also inside functions that run as somebody else. Never NULL.';

CREATE FUNCTION stockalert.is_scope_of(scope stockalert.role_scopes, role oid) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(pg_has_role(role, to_regrole(quote_ident(scope.role_name))::oid, 'MEMBER'), false) OR coalesce(pg_has_role(role, scope.role_oid, 'MEMBER'), false);
$$;
COMMENT ON FUNCTION stockalert.is_scope_of(stockalert.role_scopes, oid) IS 'Tells whether a role is, or is a member of, the one that has the name of a scope or had it when the scope was set. For the owner.';

CREATE FUNCTION stockalert.sees_all_locations() RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Nobody is restricted in most shops, and a new session need not even plan the rest.
	IF NOT EXISTS (SELECT FROM stockalert.role_scopes) THEN
		RETURN true;
	END IF;
	RETURN pg_has_role(stockalert.caller(), 'stockalert_admin', 'MEMBER')
		OR NOT EXISTS (SELECT FROM stockalert.role_scopes AS x WHERE stockalert.is_scope_of(x, stockalert.caller()));
END
$$;
COMMENT ON FUNCTION stockalert.sees_all_locations() IS
	'Tells whether the caller sees all locations: a superuser, a member of stockalert_admin, or a role that neither is nor belongs to one in role_scopes. Never NULL.';

CREATE FUNCTION stockalert.visible_locations() RETURNS bigint[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF stockalert.sees_all_locations() THEN
		RETURN NULL;
	END IF;
	RETURN coalesce((SELECT array_agg(DISTINCT u.id) FROM stockalert.role_scopes AS x CROSS JOIN LATERAL unnest(x.location_ids) AS u (id)
		WHERE stockalert.is_scope_of(x, stockalert.caller())), '{}');
END
$$;
COMMENT ON FUNCTION stockalert.visible_locations() IS
	'Returns the locations that the caller sees: all that role_scopes gives to it and to roles it is a member of. NULL: all there are.';

CREATE FUNCTION stockalert.sees_location(location_id bigint) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN stockalert.sees_all_locations() OR coalesce(location_id = ANY (stockalert.visible_locations()), false);
END
$$;
COMMENT ON FUNCTION stockalert.sees_location(bigint) IS 'Tells whether the caller sees a location; NULL stands for all locations together. For single ones: views compare with visible_locations().';

CREATE FUNCTION stockalert.sees_locations(location_ids bigint[]) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN stockalert.sees_all_locations() OR coalesce(location_ids <@ stockalert.visible_locations(), false);
END
$$;
COMMENT ON FUNCTION stockalert.sees_locations(bigint[]) IS
	'Tells whether the caller sees each of these locations; NULL stands for all there are.';

CREATE FUNCTION stockalert.require_all_locations(what text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT stockalert.sees_all_locations() THEN
		RAISE EXCEPTION '% is for all locations', what
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Your role sees some locations only.',
				  HINT = 'Name a location where the function takes one: SELECT code FROM stockalert.location_list; or ask a member of stockalert_admin.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_all_locations(text) IS
	'Raises 42501 where the caller does not see all locations. For the owner''s functions.';

CREATE FUNCTION stockalert.keep_scope_known() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	named oid := to_regrole(quote_ident(new.role_name));
BEGIN
	-- A dump brings the number of another server's role.
	IF TG_OP = 'INSERT' OR new.role_name <> old.role_name THEN
		new.role_oid := named;
	END IF;
	IF named IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid = new.role_oid) THEN
		RAISE WARNING 'role "%" does not exist', new.role_name
			USING ERRCODE = 'undefined_object', DETAIL = 'Its scope is kept for when it does.', HINT = 'CREATE ROLE, or mend the name.';
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION stockalert.keep_scope_known() IS 'Row trigger of role_scopes: notes which role it is, and warns of one that does not exist, which a dump may hold.';
CREATE TRIGGER keep_scope_known BEFORE INSERT OR UPDATE ON stockalert.role_scopes FOR EACH ROW EXECUTE FUNCTION stockalert.keep_scope_known();
COMMENT ON TRIGGER keep_scope_known ON stockalert.role_scopes IS 'Knows a role by more than its name, and warns of a misspelt one.';

-- not strict: NULL is no role
CREATE FUNCTION stockalert.follow_renamed_roles(named name DEFAULT NULL) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	-- Its number stays with a role; what is dumped is its name.
	UPDATE stockalert.role_scopes AS x SET role_name = r.rolname FROM pg_catalog.pg_roles AS r
		WHERE r.oid = x.role_oid AND r.rolname <> x.role_name AND (x.role_name = named OR to_regrole(quote_ident(x.role_name)) IS NULL)
			AND NOT EXISTS (SELECT FROM stockalert.role_scopes AS y WHERE y.role_name = r.rolname);
	-- Roles that were made after their scope, as restores may.
	UPDATE stockalert.role_scopes AS x SET role_oid = r.oid FROM pg_catalog.pg_roles AS r
		WHERE r.rolname = x.role_name AND r.oid IS DISTINCT FROM x.role_oid AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS o WHERE o.oid = x.role_oid);
$$;
COMMENT ON FUNCTION stockalert.follow_renamed_roles(name) IS 'Gives scopes the present names of their roles, and the numbers of roles that were made later. Where the old name is another role''s by now, who has it stays restricted too, unless it is named. For the owner: daily_upkeep() calls it.';

-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.caller(), stockalert.sees_all_locations(), stockalert.visible_locations(), stockalert.sees_location(bigint),
	stockalert.sees_locations(bigint[]) TO stockalert_viewer, stockalert_writer, stockalert_worker;
-- People: who wants to hear of what, and where they are reached.

CREATE TABLE stockalert.subscribers (
	subscriber_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	role_name name,
	app_key text,
	enabled boolean NOT NULL DEFAULT true,
	own_threshold numeric,
	minimum_severity text NOT NULL DEFAULT 'low',
	location_ids bigint[],
	categories text[],
	time_zone text NOT NULL DEFAULT pg_catalog.current_setting('TimeZone'),
	quiet_from time,
	quiet_until time,
	summary_at time,
	summary_sent_for date,
	escalation boolean NOT NULL DEFAULT false,
	fallback boolean NOT NULL DEFAULT false,
	applied_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 192 characters without control characters" CHECK (stockalert.is_label(name, 192)),
	CONSTRAINT "app_key is 1 to 192 characters without control characters" CHECK (stockalert.is_label(app_key, 192)),
	CONSTRAINT "own_threshold is not negative, at most 5 decimals" CHECK (stockalert.is_quantity(own_threshold) AND own_threshold >= 0),
	CONSTRAINT "minimum_severity is low, critical or out" CHECK (minimum_severity IN ('low', 'critical', 'out')),
	CONSTRAINT "time_zone is one the server knows, such as Europe/Rome" CHECK (stockalert.is_time_zone(time_zone)),
	CONSTRAINT "quiet hours have a beginning and an end" CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON TABLE stockalert.subscribers IS 'People and teams that hear of alerts.';
COMMENT ON COLUMN stockalert.subscribers.own_threshold IS
	'Own low threshold in units. NULL: 5, and only where no rule sets a low threshold; a number set here also filters alerts opened by rules.';
COMMENT ON COLUMN stockalert.subscribers.location_ids IS 'Hears of these locations only; NULL: all.';
COMMENT ON COLUMN stockalert.subscribers.categories IS 'Hears of these categories only; NULL: all.';
COMMENT ON COLUMN stockalert.subscribers.summary_sent_for IS 'Local day of the last summary.';
COMMENT ON COLUMN stockalert.subscribers.applied_at IS 'Written by StockAlert only: when the own threshold was first applied to stock.';
COMMENT ON COLUMN stockalert.subscribers.escalation IS 'Hears of an alert only once it is escalated: by hand, or because nobody took care of it in time.';
COMMENT ON COLUMN stockalert.subscribers.fallback IS 'Default recipient: hears only of what concerns nobody else.';
COMMENT ON COLUMN stockalert.subscribers.app_key IS 'The key by which an app knows them; such a subscriber hears of own items (items.owner_key) and of nobody''s. NULL: added here.';
COMMENT ON COLUMN stockalert.subscribers.enabled IS 'False: told nothing; alerts are recorded all the same, also those by the own threshold.';
COMMENT ON COLUMN stockalert.subscribers.summary_at IS 'Local time of the daily summary; NULL: stockalert.summary_time, unless only escalations are heard of; 24:00: never.';

-- A phone number as people write it into the one form in which it is kept.
CREATE FUNCTION stockalert.normal_phone(phone text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text := translate(phone, ' -', '');
BEGIN
	IF plain !~ '^\+[1-9][0-9]{6,14}$' THEN
		RAISE EXCEPTION 'phone number cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is not in the international form E.164.',
				  HINT = 'Write it with country code, such as +919876543210; spaces and hyphens do not matter.';
	END IF;
	RETURN plain;
END
$$;
COMMENT ON FUNCTION stockalert.normal_phone(text) IS
	'Returns a phone number in E.164 (+919876543210), without the spaces and hyphens it was written with. NULL for NULL. Error 22023: not with country code, not 7 to 15 digits, or anything else in it.';

CREATE TABLE stockalert.subscriber_contacts (
	contact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	subscriber_id bigint NOT NULL REFERENCES stockalert.subscribers ON DELETE CASCADE,
	channel text NOT NULL,
	address text NOT NULL,
	minimum_severity text,
	enabled boolean NOT NULL DEFAULT true,
	suppressed_at timestamptz,
	suppressed_for text,
	UNIQUE (subscriber_id, channel, address),
	CONSTRAINT "channel is email, slack, sms, whatsapp, webhook or log" CHECK (channel IN ('email', 'slack', 'sms', 'whatsapp', 'webhook', 'log')),
	CONSTRAINT "an email address looks like name@example.com" CHECK (channel <> 'email'
		OR (address ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$'
			AND pg_catalog.char_length(address) <= 254)),
	CONSTRAINT "a phone number is E.164, such as +919876543210" CHECK (channel NOT IN ('sms', 'whatsapp') OR address ~ '^\+[1-9][0-9]{6,14}$'),
	CONSTRAINT "a slack or webhook address is a credential name, such as slack or slack:ops" CHECK (channel NOT IN ('slack', 'webhook')
		OR address ~ ('^' || channel || '(:[a-z0-9_-]{1,32})?$')),
	CONSTRAINT "minimum_severity is low, critical or out" CHECK (minimum_severity IN ('low', 'critical', 'out')),
	CONSTRAINT "a suppressed address has a time and a reason, opted_out or recipient" CHECK ((suppressed_at IS NULL) = (suppressed_for IS NULL)
		AND suppressed_for IN ('opted_out', 'recipient'))
);
COMMENT ON TABLE stockalert.subscriber_contacts IS 'Where a subscriber is reached: e-mail addresses, phone numbers, credential names. Never a secret.';
COMMENT ON COLUMN stockalert.subscriber_contacts.minimum_severity IS 'NULL: the subscriber''s, and critical for sms.';
COMMENT ON COLUMN stockalert.subscriber_contacts.suppressed_at IS
	'Since when nothing is sent there, because the provider said that it is of no use; ends with another address or allow_address(). NULL: it is used.';
COMMENT ON COLUMN stockalert.subscriber_contacts.suppressed_for IS 'opted_out: the recipient answered STOP; recipient: the number cannot be reached.';

CREATE FUNCTION stockalert.plain_contact() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	new.address := CASE WHEN new.channel IN ('sms', 'whatsapp') THEN stockalert.normal_phone(new.address) ELSE trim(new.address) END;
	-- What a provider said was of the old address.
	IF tg_op = 'UPDATE' AND (new.channel, new.address) IS DISTINCT FROM (old.channel, old.address) THEN
		new.suppressed_at := NULL;
		new.suppressed_for := NULL;
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION stockalert.plain_contact() IS 'Row trigger of subscriber_contacts: phone numbers in E.164, no blanks around addresses, a new address is not suppressed. Error 22023.';
CREATE TRIGGER plain_contact BEFORE INSERT OR UPDATE OF channel, address ON stockalert.subscriber_contacts
	FOR EACH ROW EXECUTE FUNCTION stockalert.plain_contact();
COMMENT ON TRIGGER plain_contact ON stockalert.subscriber_contacts IS 'A phone number is kept in one form, whoever enters it.';
GRANT EXECUTE ON FUNCTION stockalert.normal_phone(text) TO stockalert_viewer, stockalert_writer;
-- Points of sale that the syncer reads: one connection an account of a seller,
-- one row of progress a stream, what could not be used, and what was pushed.

CREATE FUNCTION stockalert.is_connection_credential(name text) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN name ~ '^square(:[a-z0-9_-]{1,32})?$';
COMMENT ON FUNCTION stockalert.is_connection_credential(text) IS 'Tells whether a text names a credential of Square: square, or with a label, as square:north. NULL for NULL.';

CREATE TABLE stockalert.connections (
	connection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_id bigint NOT NULL UNIQUE REFERENCES stockalert.sources,
	name text NOT NULL UNIQUE,
	provider text NOT NULL DEFAULT 'square',
	environment text NOT NULL DEFAULT 'sandbox',
	base_url text,
	api_version text NOT NULL DEFAULT '2025-10-16',
	credential text NOT NULL DEFAULT 'square',
	chosen_locations text[],
	sync_every interval NOT NULL DEFAULT '15 minutes',
	merchant_id text,
	scopes text[],
	token_expires_at timestamptz,
	token_refreshed_at timestamptz,
	enabled boolean NOT NULL DEFAULT true,
	state text NOT NULL DEFAULT 'pending',
	state_reason text,
	state_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	check_requested_at timestamptz,
	checked_at timestamptz,
	transfers_known_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "name is 1 to 63 characters without control characters" CHECK (stockalert.is_label(name, 63)),
	CONSTRAINT "provider is square" CHECK (provider = 'square'),
	CONSTRAINT "environment is sandbox or production" CHECK (environment IN ('sandbox', 'production')),
	CONSTRAINT "base_url is https, or http to this machine" CHECK (pg_catalog.char_length(base_url) <= 200
		AND base_url ~ '^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127[.]0[.]0[.]1|localhost|\[::1\])(:[0-9]{1,5})?)$'),
	CONSTRAINT "api_version is a date such as 2025-10-16" CHECK (api_version ~ '^20[0-9]{2}-[01][0-9]-[0-3][0-9]$'),
	CONSTRAINT "credential is one of Square, such as square or square:north" CHECK (stockalert.is_connection_credential(credential)),
	CONSTRAINT "chosen_locations are up to 1000 ids of the seller's locations" CHECK (pg_catalog.cardinality(chosen_locations) BETWEEN 1 AND 1000
		AND pg_catalog.array_position(chosen_locations, NULL) IS NULL),
	CONSTRAINT "sync_every is from a minute to a week" CHECK (sync_every BETWEEN '1 minute' AND '7 days'),
	CONSTRAINT "state is one the syncer knows" CHECK (state IN ('pending', 'ok', 'expired', 'revoked', 'misconfigured', 'stopped'))
);
COMMENT ON TABLE stockalert.connections IS 'Accounts at points of sale, one a seller, whose locations, items, stock and sales are read. add_square_connection() makes them.';
COMMENT ON COLUMN stockalert.connections.source_id IS 'The source under which what it brings is kept.';
COMMENT ON COLUMN stockalert.connections.base_url IS 'Where requests go instead of the provider: for tests. NULL: the provider''s address of the environment.';
COMMENT ON COLUMN stockalert.connections.api_version IS 'Square-Version of every request, so that the shape of answers depends on nobody''s dashboard.';
COMMENT ON COLUMN stockalert.connections.credential IS 'Name of the sealed credential that the syncer opens.';
COMMENT ON COLUMN stockalert.connections.chosen_locations IS 'The seller''s ids of the locations to read; NULL: all.';
COMMENT ON COLUMN stockalert.connections.sync_every IS 'How often streams are read when nobody asks.';
COMMENT ON COLUMN stockalert.connections.merchant_id IS 'Written by the syncer: the seller''s id.';
COMMENT ON COLUMN stockalert.connections.scopes IS 'Written by the syncer: what the token may read, as last told.';
COMMENT ON COLUMN stockalert.connections.token_expires_at IS 'Written by the syncer: when the access token ends; NULL: not known, or never (a personal token).';
COMMENT ON COLUMN stockalert.connections.state IS
	'Written by the syncer: pending (nothing read yet), ok, expired (the token is, and was not renewed), revoked (the seller or Square took it away), misconfigured (credential, version or address is wrong), stopped (of itself, after repeated failures).';
COMMENT ON COLUMN stockalert.connections.state_reason IS 'Why, in a sentence; never a part of a secret or an answer.';
COMMENT ON COLUMN stockalert.connections.check_requested_at IS 'When check_connection() last asked; done when checked_at is not earlier.';
COMMENT ON COLUMN stockalert.connections.checked_at IS 'Written by the syncer: when it last asked for the state of the token.';
COMMENT ON COLUMN stockalert.connections.transfers_known_at IS 'When transfers were first read whole; from then on they alone say what is in transit, before it counts of state IN_TRANSIT do.';

CREATE TABLE stockalert.sync_streams (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	stream text NOT NULL,
	enabled boolean NOT NULL DEFAULT true,
	watermark timestamptz,
	watermark_text text,
	requested_at timestamptz,
	full_requested boolean NOT NULL DEFAULT false,
	full_run boolean NOT NULL DEFAULT false,
	started_at timestamptz,
	finished_at timestamptz,
	last_success_at timestamptz,
	last_full_at timestamptz,
	next_attempt_at timestamptz,
	failures integer NOT NULL DEFAULT 0,
	pages bigint NOT NULL DEFAULT 0,
	rows bigint NOT NULL DEFAULT 0,
	rows_total bigint NOT NULL DEFAULT 0,
	rows_changed bigint NOT NULL DEFAULT 0,
	problems bigint NOT NULL DEFAULT 0,
	error_class text,
	error_status integer,
	error_code text,
	error_detail text,
	error_at timestamptz,
	PRIMARY KEY (connection_id, stream),
	CONSTRAINT "stream is one of seven" CHECK (stream IN ('locations', 'catalog', 'counts', 'movements', 'orders', 'vendors', 'transfers')),
	CONSTRAINT "watermark_text is at most 64 characters" CHECK (pg_catalog.char_length(watermark_text) <= 64),
	CONSTRAINT "error_detail is at most 1000 characters" CHECK (pg_catalog.char_length(error_detail) <= 1000)
) WITH (fillfactor = 50);
COMMENT ON TABLE stockalert.sync_streams IS 'How far each stream of a connection was read. Written by the syncer; sync_status shows it.';
COMMENT ON COLUMN stockalert.sync_streams.watermark IS 'Arrival time up to which everything is applied; NULL: never read whole.';
COMMENT ON COLUMN stockalert.sync_streams.watermark_text IS 'The same as the provider wrote it, where nine digits of a second count.';
COMMENT ON COLUMN stockalert.sync_streams.requested_at IS 'When sync_now() last asked; done when started_at is not earlier.';
COMMENT ON COLUMN stockalert.sync_streams.full_requested IS 'The next round reads everything.';
COMMENT ON COLUMN stockalert.sync_streams.full_run IS 'The round that runs, or the last one, read everything.';
COMMENT ON COLUMN stockalert.sync_streams.finished_at IS 'When the last round ended, well or not; earlier than started_at while one runs.';
COMMENT ON COLUMN stockalert.sync_streams.next_attempt_at IS 'Not before then, as the provider or repeated failures ask; NULL: as usual.';
COMMENT ON COLUMN stockalert.sync_streams.failures IS 'Rounds in a row that failed.';
COMMENT ON COLUMN stockalert.sync_streams.pages IS 'Pages of the running or last round.';
COMMENT ON COLUMN stockalert.sync_streams.rows IS 'Rows of the running or last round.';
COMMENT ON COLUMN stockalert.sync_streams.rows_total IS 'Rows read since the connection was made.';
COMMENT ON COLUMN stockalert.sync_streams.rows_changed IS 'Rows of the running or last round that changed something here.';
COMMENT ON COLUMN stockalert.sync_streams.problems IS 'Rows of the running or last round that could not be used; sync_problems names them.';
COMMENT ON COLUMN stockalert.sync_streams.error_class IS 'expired, revoked, scope, rate_limited, transient, permanent, schema, cursor or limit; NULL: the last round went well.';
COMMENT ON COLUMN stockalert.sync_streams.error_code IS 'What the provider calls it, such as RATE_LIMITED.';

-- A round in which nothing was new is written an hour after the last that is
-- written; until then the server remembers it.
CREATE VIEW stockalert.sync_rounds AS
SELECT s.connection_id, s.stream, greatest(s.started_at, q.started_at) AS started_at, greatest(s.finished_at, q.finished_at) AS finished_at,
	greatest(s.last_success_at, q.finished_at) AS last_success_at, q.started_at IS NOT NULL AS quiet
FROM stockalert.sync_streams AS s
LEFT JOIN stockalert.quiet_rounds() AS q ON q.connection_id = s.connection_id AND q.stream = s.stream
	-- Not of a connection that had this number before.
	AND s.last_success_at IS NOT NULL AND q.started_at > s.finished_at;
COMMENT ON VIEW stockalert.sync_rounds IS 'When the last round of each stream began, ended and went well, those that met nothing new (quiet) included. For the owner.';

CREATE TABLE stockalert.sync_problems (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	stream text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	reason text NOT NULL,
	sample text,
	times bigint NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	seen_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (connection_id, stream, external_id, reason)
);
COMMENT ON TABLE stockalert.sync_problems IS 'Rows of a point of sale that could not be used as they are; the rest of their page was.';
COMMENT ON COLUMN stockalert.sync_problems.external_id IS 'The provider''s key of the row; empty: it has none that can be shown, or all beyond 1,000 a stream.';
COMMENT ON COLUMN stockalert.sync_problems.sample IS 'The row, or what matters of it: cut, as JSON.';

CREATE TABLE stockalert.webhook_inbox (
	inbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	connection_id bigint REFERENCES stockalert.connections ON DELETE CASCADE,
	body bytea NOT NULL,
	signature text NOT NULL,
	state text NOT NULL DEFAULT 'pending',
	event_id text,
	event_type text,
	received_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	handled_at timestamptz,
	CONSTRAINT "body is at most 256 kB" CHECK (pg_catalog.octet_length(body) <= 262144),
	CONSTRAINT "signature is at most 256 bytes" CHECK (pg_catalog.octet_length(signature) <= 256),
	CONSTRAINT "state is one the syncer knows" CHECK (state IN ('pending', 'verified', 'forged', 'duplicate', 'ignored', 'failed'))
);
CREATE INDEX webhook_inbox_pending_idx ON stockalert.webhook_inbox (inbox_id) WHERE state = 'pending';
CREATE INDEX webhook_inbox_event_idx ON stockalert.webhook_inbox (event_id) WHERE event_id IS NOT NULL;
COMMENT ON TABLE stockalert.webhook_inbox IS
	'What was handed to receive_square_webhook(): bytes as they came, which the syncer verifies. They only say that something changed; what changed is then read. Kept for three days, never in a dump.';
COMMENT ON COLUMN stockalert.webhook_inbox.connection_id IS 'Whose it is; NULL until the syncer knows, as the signature tells.';
COMMENT ON COLUMN stockalert.webhook_inbox.body IS 'The body, byte for byte; emptied once it is handled.';
COMMENT ON COLUMN stockalert.webhook_inbox.state IS
	'pending; verified (what it tells of was asked for); duplicate (its event_id was handled); ignored (of no stream of ours); forged (no key of ours made its signature); failed (no JSON).';

GRANT EXECUTE ON FUNCTION stockalert.is_connection_credential(text) TO stockalert_worker;
GRANT SELECT ON stockalert.connections, stockalert.sync_streams, stockalert.sync_problems TO stockalert_manager;
GRANT SELECT ON stockalert.connections, stockalert.sync_streams, stockalert.webhook_inbox TO stockalert_worker;
GRANT UPDATE (merchant_id, scopes, token_expires_at, token_refreshed_at, state, state_reason, state_at, checked_at) ON stockalert.connections TO stockalert_worker;
GRANT UPDATE (connection_id, state, event_id, event_type, handled_at, body), DELETE ON stockalert.webhook_inbox TO stockalert_worker;
-- What is remembered of Square beyond what every source has: never read by the
-- rest of the extension, only by the functions that apply its answers.

CREATE TABLE stockalert.square_objects (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	external_id text COLLATE "C" NOT NULL,
	type text NOT NULL,
	name text,
	parent_id text,
	quantity_step numeric,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (connection_id, external_id),
	CONSTRAINT "type is CATEGORY or MEASUREMENT_UNIT" CHECK (type IN ('CATEGORY', 'MEASUREMENT_UNIT'))
);
COMMENT ON TABLE stockalert.square_objects IS 'Categories and measurement units of Square, which its items refer to.';
COMMENT ON COLUMN stockalert.square_objects.parent_id IS 'Of a category: the one that it is part of.';
COMMENT ON COLUMN stockalert.square_objects.quantity_step IS 'Of a unit: the smallest quantity, such as 0.001.';

CREATE TABLE stockalert.square_variations (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	external_id text COLLATE "C" NOT NULL,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	parent_id text COLLATE "C" NOT NULL,
	category_ids text[],
	unit_id text,
	tracked boolean,
	gone boolean NOT NULL DEFAULT false,
	everywhere boolean NOT NULL DEFAULT true,
	except_at text[],
	stock_of text COLLATE "C",
	stock_units numeric,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (connection_id, external_id)
) WITH (fillfactor = 80);
CREATE INDEX square_variations_parent_id_idx ON stockalert.square_variations (connection_id, parent_id);
CREATE INDEX square_variations_item_id_idx ON stockalert.square_variations (item_id);
CREATE INDEX square_variations_untracked_idx ON stockalert.square_variations (connection_id) WHERE tracked IS NOT TRUE AND NOT gone;
COMMENT ON TABLE stockalert.square_variations IS 'Item variations of Square, each an item here.';
COMMENT ON COLUMN stockalert.square_variations.parent_id IS 'The item that it is a variation of.';
COMMENT ON COLUMN stockalert.square_variations.category_ids IS 'Categories of the item, the one for reports first.';
COMMENT ON COLUMN stockalert.square_variations.tracked IS 'Whether Square counts its stock; NULL: not said, then it does where it has counted some.';
COMMENT ON COLUMN stockalert.square_variations.gone IS 'Deleted or archived.';
COMMENT ON COLUMN stockalert.square_variations.everywhere IS 'Sold at all locations but those of except_at; false: at those of except_at only.';
COMMENT ON COLUMN stockalert.square_variations.stock_of IS 'Where it has no stock of its own: the variation whose stock it takes.';
COMMENT ON COLUMN stockalert.square_variations.stock_units IS 'Units of stock_of that one unit of it takes.';
COMMENT ON COLUMN stockalert.square_variations.seen_at IS 'When it was last read, or the start of the full round that did.';

CREATE TABLE stockalert.square_overrides (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	location_id bigint NOT NULL REFERENCES stockalert.locations ON DELETE CASCADE,
	tracked boolean,
	sold_out_until timestamptz,
	PRIMARY KEY (item_id, location_id)
);
CREATE INDEX square_overrides_sold_out_idx ON stockalert.square_overrides (connection_id) WHERE sold_out_until IS NOT NULL;
COMMENT ON TABLE stockalert.square_overrides IS 'What Square says of an item at one location, where that differs.';
COMMENT ON COLUMN stockalert.square_overrides.tracked IS 'Whether stock is counted there; NULL: as elsewhere.';
COMMENT ON COLUMN stockalert.square_overrides.sold_out_until IS 'Until then it counts as sold out, whatever its count; infinity: until somebody says otherwise. NULL: it does not.';

-- By the million: it refers to nothing that would be looked up for each row.
CREATE TABLE stockalert.square_levels (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	in_stock numeric,
	in_stock_at timestamptz,
	reserved numeric,
	reserved_at timestamptz,
	ordered numeric,
	ordered_at timestamptz,
	in_transit numeric,
	in_transit_at timestamptz,
	PRIMARY KEY (location_id, item_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE stockalert.square_levels IS
	'Counts of Square as they came, and when Square calculated each: an older one never replaces a newer. NULL: never counted, which is not zero.';

CREATE TABLE stockalert.square_vendors (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	external_id text COLLATE "C" NOT NULL,
	supplier_id bigint NOT NULL REFERENCES stockalert.suppliers ON DELETE CASCADE,
	adopted boolean NOT NULL,
	PRIMARY KEY (connection_id, external_id)
);
CREATE INDEX square_vendors_supplier_id_idx ON stockalert.square_vendors (supplier_id);
COMMENT ON TABLE stockalert.square_vendors IS 'Vendors of Square, each a supplier here.';
COMMENT ON COLUMN stockalert.square_vendors.adopted IS 'The supplier was there before, under the same name; what people wrote of it stays.';

CREATE TABLE stockalert.square_vendor_items (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	vendor_id text COLLATE "C" NOT NULL,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	unit_cost numeric,
	PRIMARY KEY (item_id, vendor_id, connection_id)
);
COMMENT ON TABLE stockalert.square_vendor_items IS 'Which vendor delivers which item at what price, as Square''s catalog says; terms of suppliers are made of it.';

CREATE TABLE stockalert.square_transfers (
	connection_id bigint NOT NULL REFERENCES stockalert.connections ON DELETE CASCADE,
	transfer_id text COLLATE "C" NOT NULL,
	line text COLLATE "C" NOT NULL,
	location_id bigint NOT NULL REFERENCES stockalert.locations ON DELETE CASCADE,
	item_id bigint NOT NULL REFERENCES stockalert.items ON DELETE CASCADE,
	pending numeric NOT NULL,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (connection_id, transfer_id, line)
);
CREATE INDEX square_transfers_pair_idx ON stockalert.square_transfers (location_id, item_id);
COMMENT ON COLUMN stockalert.square_transfers.seen_at IS 'When it was last read; -infinity: by a round that took one page.';
COMMENT ON TABLE stockalert.square_transfers IS 'Lines of transfers between locations of which something is still on its way to location_id.';
-- Alerts, their history, and who was told.

CREATE TABLE stockalert.alerts (
	alert_id bigint GENERATED ALWAYS AS IDENTITY,
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	kind text NOT NULL DEFAULT 'stock',
	severity text NOT NULL,
	worst text NOT NULL,
	quantity numeric NOT NULL,
	threshold numeric,
	low numeric,
	critical numeric,
	maximum numeric,
	fires text,
	rule_id bigint,
	threshold_from text,
	on_hand numeric NOT NULL,
	reserved numeric NOT NULL,
	par_level numeric,
	velocity double precision,
	reorder_point numeric,
	order_up_to numeric,
	opened_at timestamptz NOT NULL,
	reopened_at timestamptz,
	acknowledged_at timestamptz,
	acknowledged_by text,
	acknowledged_note text,
	snoozed_until timestamptz,
	snoozed_by text,
	escalated_at timestamptz,
	escalated_by text,
	resolved_at timestamptz,
	resolved_by text,
	resolved_note text,
	held_until timestamptz,
	-- One index for those who know the number alone and those who know both.
	PRIMARY KEY (alert_id, location_id),
	CONSTRAINT "kind is stock, stockout_risk, overstock, dead_stock or negative_stock" CHECK (kind IN ('stock', 'stockout_risk', 'overstock', 'dead_stock', 'negative_stock')),
	CONSTRAINT "severity is low, critical or out" CHECK (severity IN ('low', 'critical', 'out')),
	CONSTRAINT "worst is low, critical or out" CHECK (worst IN ('low', 'critical', 'out'))
);
COMMENT ON TABLE stockalert.alerts IS 'One open alert per location, item and kind, with every input of the decision that opened or last changed it.';
COMMENT ON COLUMN stockalert.alerts.quantity IS 'Available stock at the last change of severity; today''s is in stock_levels.';
COMMENT ON COLUMN stockalert.alerts.threshold IS 'The threshold that fired, in units (0 for out).';
COMMENT ON COLUMN stockalert.alerts.threshold_from IS 'Where the threshold came from: rule, setting, subscriber, none; demand for kinds that follow from it.';
COMMENT ON COLUMN stockalert.alerts.velocity IS 'Units per day, where a threshold was made of it; so are reorder_point and order_up_to.';
COMMENT ON COLUMN stockalert.alerts.worst IS 'The worst severity of this alert so far.';
COMMENT ON COLUMN stockalert.alerts.escalated_at IS 'Last brought to the escalation subscribers; of an earlier opening where it is before reopened_at.';
COMMENT ON COLUMN stockalert.alerts.escalated_by IS 'A role, or stockalert where the time without acknowledgement did it.';
COMMENT ON COLUMN stockalert.alerts.held_until IS 'Resolved by hand while still low: no new alert before this time unless stock recovers or gets worse.';
-- An alert is written with its stock level locked, and that has the foreign
-- keys: looking them up again would be a third of what an alert costs.  What is
-- left to do is to keep items and locations that have a history.
CREATE FUNCTION stockalert.keep_alerted() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_TABLE_NAME = 'locations' AND EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.location_id = (to_jsonb(old) ->> 'location_id')::bigint)
		OR TG_TABLE_NAME = 'items' AND EXISTS (SELECT FROM stockalert.locations AS l
			JOIN stockalert.alerts AS a ON a.location_id = l.location_id AND a.item_id = (to_jsonb(old) ->> 'item_id')::bigint) THEN
		RAISE EXCEPTION '% with alerts cannot be deleted', CASE TG_TABLE_NAME WHEN 'items' THEN 'an item' ELSE 'a location' END
			USING ERRCODE = 'foreign_key_violation', DETAIL = 'Its alerts are history and stay.',
				  HINT = format('UPDATE stockalert.%I SET active = false, or DELETE FROM stockalert.alerts first.', TG_TABLE_NAME);
	END IF;
	RETURN old;
END
$$;
COMMENT ON FUNCTION stockalert.keep_alerted() IS 'Row trigger of items and locations: refuses to delete what has alerts. Error 23503.';
CREATE TRIGGER items_keep_alerted BEFORE DELETE ON stockalert.items FOR EACH ROW EXECUTE FUNCTION stockalert.keep_alerted();
COMMENT ON TRIGGER items_keep_alerted ON stockalert.items IS 'Alerts are history.';
CREATE TRIGGER locations_keep_alerted BEFORE DELETE ON stockalert.locations FOR EACH ROW EXECUTE FUNCTION stockalert.keep_alerted();
COMMENT ON TRIGGER locations_keep_alerted ON stockalert.locations IS 'Alerts are history.';
CREATE UNIQUE INDEX alerts_one_open_key ON stockalert.alerts (location_id, item_id, kind) WHERE resolved_at IS NULL;
CREATE INDEX alerts_held_idx ON stockalert.alerts (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX alerts_item_idx ON stockalert.alerts (location_id, item_id, kind, alert_id);

CREATE TABLE stockalert.alert_events (
	event_id bigint GENERATED ALWAYS AS IDENTITY,
	alert_id bigint NOT NULL,
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	event text NOT NULL,
	severity text NOT NULL,
	quantity numeric NOT NULL,
	actor text NOT NULL DEFAULT SESSION_USER,
	note text,
	occurred_at timestamptz NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (alert_id, event_id),
	CONSTRAINT "event is one of the life of an alert" CHECK (event IN ('opened', 'worsened', 'eased', 'resolved', 'reopened', 'acknowledged', 'snoozed', 'escalated', 'crossed'))
);
COMMENT ON TABLE stockalert.alert_events IS 'Append-only history of alerts: what happened, when, by whom.';
COMMENT ON COLUMN stockalert.alert_events.occurred_at IS 'Time in the life of the shop (stockalert.as_of); what the 24-hour rule compares.';
COMMENT ON COLUMN stockalert.alert_events.event IS 'crossed: a subscriber''s own threshold was crossed inside an open alert.';

CREATE TABLE stockalert.notices (
	alert_id bigint NOT NULL,
	subscriber_id bigint NOT NULL REFERENCES stockalert.subscribers ON DELETE CASCADE,
	channel text NOT NULL,
	accepted_at timestamptz NOT NULL,
	worst text NOT NULL,
	resolved_at timestamptz,
	PRIMARY KEY (alert_id, subscriber_id, channel)
);
COMMENT ON TABLE stockalert.notices IS 'Who was told of which alert on which channel, when last, and how bad it was then. Carries the 24-hour rule.';
COMMENT ON COLUMN stockalert.notices.accepted_at IS 'occurred_at of the last message about low stock that a provider accepted.';
COMMENT ON COLUMN stockalert.notices.resolved_at IS 'occurred_at of the last "back in stock" that a provider accepted; NULL: none.';
-- Ways out: one row per configured channel.  Secrets are in credentials, sealed.

CREATE TABLE stockalert.channels (
	channel text PRIMARY KEY,
	enabled boolean NOT NULL DEFAULT true,
	host text,
	port integer,
	security text NOT NULL DEFAULT 'starttls',
	username text,
	sender text,
	content_sid text,
	state text NOT NULL DEFAULT 'active',
	state_reason text,
	state_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	per_second double precision NOT NULL DEFAULT 1,
	burst integer NOT NULL DEFAULT 1,
	hourly_limit integer,
	daily_limit integer,
	daily_each integer,
	CONSTRAINT "channel is email, slack, sms, whatsapp, webhook or log" CHECK (channel IN ('email', 'slack', 'sms', 'whatsapp', 'webhook', 'log')),
	CONSTRAINT "host is a lower-case host name or address" CHECK (host ~ '^[a-z0-9]([a-z0-9.:-]{0,251}[a-z0-9])?$'),
	CONSTRAINT "port is 1 to 65535" CHECK (port BETWEEN 1 AND 65535),
	CONSTRAINT "security is starttls, tls or none" CHECK (security IN ('starttls', 'tls', 'none')),
	CONSTRAINT "username is 1 to 254 characters without control characters" CHECK (stockalert.is_label(username, 254)),
	CONSTRAINT "sender is 1 to 254 characters without control characters" CHECK (stockalert.is_label(sender, 254)),
	CONSTRAINT "content_sid is HX and 32 hexadecimal digits" CHECK (content_sid ~ '^HX[0-9a-fA-F]{32}$'),
	CONSTRAINT "state is active, broken or paused" CHECK (state IN ('active', 'broken', 'paused')),
	CONSTRAINT "per_second is above 0 and at most 10000" CHECK (per_second > 0 AND per_second <= 10000),
	CONSTRAINT "burst is 1 to 10000" CHECK (burst BETWEEN 1 AND 10000),
	CONSTRAINT "limits are 1 to 1000000" CHECK (hourly_limit BETWEEN 1 AND 1000000 AND daily_limit BETWEEN 1 AND 1000000 AND daily_each BETWEEN 1 AND 1000000)
);
COMMENT ON TABLE stockalert.channels IS 'Configured channels. A message for a channel without a row waits and health() says so.';
COMMENT ON COLUMN stockalert.channels.host IS 'Mail relay of channel email. Other channels take their host from the sealed credential.';
COMMENT ON COLUMN stockalert.channels.security IS 'starttls: encryption demanded after connecting; tls: from the first byte; none: only where stockalert.allow_http is on.';
COMMENT ON COLUMN stockalert.channels.username IS 'Account at the relay; its password is the credential smtp. NULL: the relay asks for none.';
COMMENT ON COLUMN stockalert.channels.sender IS 'From address of e-mails; number (E.164) or messaging service (MG...) of sms and whatsapp at Twilio.';
COMMENT ON COLUMN stockalert.channels.content_sid IS 'Of whatsapp: the approved template at Twilio (HX...) with the text of whatsapp_template().';
COMMENT ON COLUMN stockalert.channels.state IS 'broken: the provider refused the channel itself (wrong password, revoked URL); messages wait and no attempt is burnt.';
COMMENT ON COLUMN stockalert.channels.hourly_limit IS 'Most messages in any 60 minutes; what is above waits and goes as one digest for each person. NULL: no limit.';
COMMENT ON COLUMN stockalert.channels.daily_limit IS 'Most messages in any 24 hours, as hourly_limit: what a month of SMS may cost.';
COMMENT ON COLUMN stockalert.channels.daily_each IS 'Most messages in any 24 hours to one recipient, as hourly_limit.';
COMMENT ON COLUMN stockalert.channels.per_second IS 'Rate limit, messages a second to one endpoint.';

CREATE FUNCTION stockalert.whatsapp_template() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format(E'%s Inventory Alert \U0001F6A8\nItem: {{1}}\nCurrent Stock: {{2}}\nAlert Level: {{3}}\n{{4}}\nReply HELP for more info.',
		coalesce(nullif(current_setting('stockalert.shop_name', true), ''), 'StockAlert'))
$$;
COMMENT ON FUNCTION stockalert.whatsapp_template() IS
	'Prints the text to submit to Meta as a template of category utility (at Twilio: Content Template Builder); {{1}} item, {{2}} quantity, {{3}} threshold, {{4}} a sentence such as "Stock is low! Please restock soon." Holds stockalert.shop_name, so submit it again when that changes. Never NULL.';
GRANT EXECUTE ON FUNCTION stockalert.whatsapp_template() TO stockalert_manager;

CREATE FUNCTION stockalert.channel_call(channel text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE channel
		WHEN 'email' THEN 'SELECT * FROM stockalert.set_channel(''email'', host => ''smtp.example.com'', username => ''shop@example.com'', sender => ''shop@example.com'');'
		WHEN 'sms' THEN 'SELECT * FROM stockalert.set_channel(''sms'', sender => ''+15550100''); -- a number of yours at Twilio, or its messaging service (MG...)'
		WHEN 'whatsapp' THEN 'SELECT * FROM stockalert.set_channel(''whatsapp'', sender => ''+15550101''); -- then it tells of the template'
		ELSE format('SELECT * FROM stockalert.set_channel(%L);', channel) END;
END
$$;
COMMENT ON FUNCTION stockalert.channel_call(text) IS 'The statement that sets a channel up, with what it needs, to be pasted. For the owner.';

CREATE FUNCTION stockalert.channel_remedy(channel text, reason text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- A setting of the server that leaves the host or its address out.
	setting text := substring(reason FROM 'stockalert\.(slack_hosts|smtp_hosts|allowed_networks|ca_file)');
	again text := format('SELECT * FROM stockalert.set_channel(%L); -- sets it active again', channel);
BEGIN
	RETURN CASE WHEN setting IS NOT NULL THEN format('%s; first in postgresql.conf: stockalert.%s (now ''%s''), reload', again, setting, current_setting('stockalert.' || setting, true))
		WHEN reason LIKE '%credential%' THEN again || '; first seal the credential that health() names'
		ELSE again || ', once the cause is mended' END;
END
$$;
COMMENT ON FUNCTION stockalert.channel_remedy(text, text) IS 'What to do about a broken channel: the statement that sets it active, and what is to be done before. For the owner.';

GRANT SELECT ON stockalert.channels TO stockalert_worker, stockalert_admin;
GRANT UPDATE (state, state_reason, state_at) ON stockalert.channels TO stockalert_worker;
-- Secrets, sealed for the worker; who this installation is; who changed what.
-- No function opens an envelope: backends have the public key alone.

CREATE FUNCTION stockalert.is_credential_name(name text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_credential_name';
COMMENT ON FUNCTION stockalert.is_credential_name(text) IS
	'Tells whether a text can name a credential: square, square_webhook, slack, twilio, smtp or webhook, and where there are several a label, as in slack:ops (1 to 32 of a-z 0-9 _ -). NULL for NULL.';

CREATE FUNCTION stockalert.check_credential_name(name text) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_check_credential_name';
COMMENT ON FUNCTION stockalert.check_credential_name(text) IS
	'Raises 22023 unless is_credential_name(); neither quotes the text nor lets the statement into the log, as it may be a secret given by mistake. NULL for NULL.';

CREATE FUNCTION stockalert.is_destination(destination text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_destination';
COMMENT ON FUNCTION stockalert.is_destination(text) IS
	'Tells whether a text is host:port with the host in lower case and the port from 1 to 65535, such as mail.example.com:587. NULL for NULL.';

CREATE FUNCTION stockalert.read_envelope(envelope text) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_read_envelope';
COMMENT ON FUNCTION stockalert.read_envelope(text) IS
	'Turns an envelope as stockalert-seal prints it (sa1:...) into bytes and checks its form, not its content, which only the worker can. NULL for NULL. Errors: 22023 no envelope; the statement is kept out of the log.';

CREATE FUNCTION stockalert.envelope_key(sealed bytea) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_envelope_key';
COMMENT ON FUNCTION stockalert.envelope_key(bytea) IS
	'Returns the id (16 hexadecimal digits) of the key an envelope is sealed for; NULL for NULL and for what is no envelope.';

CREATE FUNCTION stockalert.published_key(OUT key_id text, OUT public_key text) RETURNS record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_published_key'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.published_key() IS
	'Shows the active key that the worker of this database has loaded, in hexadecimal; NULLs while it has none.';

CREATE FUNCTION stockalert.loaded_keys(OUT key_id text, OUT active boolean) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_loaded_keys';
COMMENT ON FUNCTION stockalert.loaded_keys() IS
	'Lists the keys that the worker of this database has loaded; the active one, first in the key file, comes first. No rows while it has none.';

CREATE FUNCTION stockalert.key_problem() RETURNS text
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_key_problem';
COMMENT ON FUNCTION stockalert.key_problem() IS
	'Says what is wrong with the key file, without its path; NULL where nothing is, and while no worker has looked.';

CREATE FUNCTION stockalert.system_identifier() RETURNS bigint
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_system_identifier'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.system_identifier() IS
	'Returns the identifier of this database cluster, as pg_control_system() shows it. Never NULL.';

CREATE FUNCTION stockalert.this_database() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ -- lint: not strict (no arguments)
	SELECT format('%s/%s', stockalert.system_identifier(), d.oid) FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION stockalert.this_database() IS
	'Names this database of this cluster by numbers that no copy of its rows shares: a dump that is restored elsewhere says where its rows were written. Never NULL.';

CREATE FUNCTION stockalert.wake_sender() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_wake_sender'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.wake_sender() IS
	'Lets the sender of this database look for work once the transaction commits.';

CREATE TABLE stockalert.installation (
	singleton boolean PRIMARY KEY DEFAULT true,
	installation_id uuid NOT NULL,
	system_identifier bigint NOT NULL,
	database_oid oid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "there is one installation" CHECK (singleton)
);
COMMENT ON TABLE stockalert.installation IS 'Who this installation is. Made by the first channel or credential, never by the script, where it would collide with a restore.';
COMMENT ON COLUMN stockalert.installation.installation_id IS 'Sealed into every credential; travels with a dump.';
COMMENT ON COLUMN stockalert.installation.system_identifier IS 'Cluster that sends. Elsewhere the rows are a copy, which sends nothing until confirm_takeover().';
COMMENT ON COLUMN stockalert.installation.database_oid IS 'Database of that cluster that sends.';

CREATE TABLE stockalert.credentials (
	name text PRIMARY KEY,
	destination text,
	key_id text NOT NULL,
	sealed bytea NOT NULL,
	set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	set_by text NOT NULL DEFAULT session_user,
	state text NOT NULL DEFAULT 'pending',
	last_checked_at timestamptz,
	last_error text,
	reseal boolean NOT NULL DEFAULT false,
	CONSTRAINT "name is that of a credential, such as slack or slack:ops" CHECK (stockalert.is_credential_name(name)),
	CONSTRAINT "destination is host:port in lower case" CHECK (stockalert.is_destination(destination)),
	CONSTRAINT "sealed is an envelope of the key key_id" CHECK (stockalert.envelope_key(sealed) IS NOT NULL AND stockalert.envelope_key(sealed) = key_id),
	CONSTRAINT "state is one the worker knows" CHECK (state IN ('pending', 'ok', 'wrong_key', 'unknown_key', 'bad_binding', 'bad_format', 'bad_charset'))
);
COMMENT ON TABLE stockalert.credentials IS 'Sealed secrets. Only the worker, which has the key file, can open them; set_credential() writes them.';
COMMENT ON COLUMN stockalert.credentials.destination IS 'The only host:port the secret may be sent to. It is sealed in; this copy is written by the worker when it has opened the envelope, NULL before.';
COMMENT ON COLUMN stockalert.credentials.key_id IS 'Key it is sealed for, 16 hexadecimal digits.';
COMMENT ON COLUMN stockalert.credentials.sealed IS 'Envelope of version 1: SAE 0x01, key id, libsodium sealed box.';
COMMENT ON COLUMN stockalert.credentials.state IS 'What the worker found: pending (not yet tried), ok, unknown_key (not in its key file), wrong_key (damaged or forged), bad_binding (sealed for another installation, name or host), bad_format, bad_charset.';
COMMENT ON COLUMN stockalert.credentials.reseal IS 'rotate_credentials() wants it sealed anew for the active key; the worker does so and clears this.';
COMMENT ON COLUMN stockalert.credentials.last_error IS 'What is wrong and what to do, in a sentence; never a part of the secret.';

CREATE TABLE stockalert.audit_log (
	audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	happened_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	actor text NOT NULL DEFAULT session_user,
	action text NOT NULL,
	object text
);
COMMENT ON TABLE stockalert.audit_log IS 'Who changed which credential, channel or setting, and when. Never a value. Nobody but the owner''s functions writes, and those only add.';
COMMENT ON COLUMN stockalert.audit_log.actor IS 'The role that logged in, whatever it became by SET ROLE.';
COMMENT ON COLUMN stockalert.audit_log.action IS 'The function that was called, such as set_credential.';
COMMENT ON COLUMN stockalert.audit_log.object IS 'Name of what it was called for, such as slack:ops.';

CREATE FUNCTION stockalert.audit(action text, object text) RETURNS void
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.audit_log (action, object) VALUES (audit.action, audit.object)
$$;
COMMENT ON FUNCTION stockalert.audit(text, text) IS
	'Adds a line to audit_log. For the extension''s own functions, which run as the owner; granted to nobody. object NULL: the action has none.';

CREATE FUNCTION stockalert.ensure_installation() RETURNS uuid
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO stockalert.installation (installation_id, system_identifier, database_oid)
		SELECT gen_random_uuid(), stockalert.system_identifier(), d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
		ON CONFLICT DO NOTHING;
	IF FOUND THEN
		PERFORM stockalert.audit('ensure_installation', NULL);
	END IF;
	RETURN (SELECT i.installation_id FROM stockalert.installation AS i);
END
$$;
COMMENT ON FUNCTION stockalert.ensure_installation() IS
	'Returns the id of this installation, making it at first use. For the extension''s own functions, which run as the owner; granted to nobody. Never NULL.';

CREATE FUNCTION stockalert.installation_state() RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT CASE WHEN i.system_identifier = stockalert.system_identifier() AND d.oid = i.database_oid THEN 'here' ELSE 'copy' END
		FROM stockalert.installation AS i CROSS JOIN pg_catalog.pg_database AS d WHERE d.datname = current_database()), 'none')
$$;
COMMENT ON FUNCTION stockalert.installation_state() IS
	'Tells whether this database may send: here (it is the one the installation was made in or taken over by), copy (it was restored or copied from there and sends nothing before confirm_takeover()), none (no channel or credential was ever set). Never NULL.';

CREATE FUNCTION stockalert.public_key(OUT key_id text, OUT public_key text, OUT installation uuid)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT k.key_id, k.public_key INTO key_id, public_key FROM stockalert.published_key() AS k;
	IF key_id IS NULL THEN
		RAISE WARNING 'no key is loaded'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Secrets are sealed for a key that only the worker has; so far it has none.',
				  HINT = 'Make one: stockalert-keygen FILE, then follow what it prints. SELECT * FROM stockalert.worker_status() says what the worker is doing.';
	END IF;
	-- A standby or a read-only session shows what there is.
	IF current_setting('transaction_read_only') = 'on' THEN
		installation := (SELECT i.installation_id FROM stockalert.installation AS i);
	ELSE
		installation := stockalert.ensure_installation();
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.public_key() IS
	'Shows what stockalert-seal needs: id and public half (hexadecimal) of the key the worker has loaded, and the installation. All three are public; compare the key id with the one stockalert-keygen printed. NULL and a warning while no key is loaded.';

CREATE FUNCTION stockalert.seal_command(name text DEFAULT NULL, destination text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k record;
BEGIN
	PERFORM stockalert.check_credential_name(name);
	IF NOT stockalert.is_destination(destination) THEN
		RAISE EXCEPTION 'this is no destination'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A destination is host:port with the host in lower case.', HINT = 'Write it as in mail.example.com:587.';
	END IF;
	k := stockalert.public_key();
	RETURN 'stockalert-seal --sql' || coalesce(' --key-id ' || k.key_id || ' --public-key ' || k.public_key, '') || coalesce(' --installation ' || k.installation, '')
		|| coalesce(' --name ' || name, '') || coalesce(' --dest ' || destination, '');
END
$$;
COMMENT ON FUNCTION stockalert.seal_command(text, text) IS
	'Prints the shell command that asks for a secret, seals it for this installation and prints the statement that stores it. It asks for what is left out here: name (slack, smtp, ...) and, where there is no usual one, destination (host:port). Compare its key id with the one stockalert-keygen printed. Errors: 22023 no name of a credential, no destination; a warning while no key is loaded.';

CREATE FUNCTION stockalert.credential_channels(name text) RETURNS text[]
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE split_part(name, ':', 1) WHEN 'smtp' THEN '{email}'::text[] WHEN 'slack' THEN '{slack}' WHEN 'webhook' THEN '{webhook}'
		WHEN 'twilio' THEN '{sms,whatsapp}' ELSE '{}' END
$$;
COMMENT ON FUNCTION stockalert.credential_channels(text) IS
	'Returns the channels that use a credential of this name; none for those of Square. NULL for NULL.';

CREATE FUNCTION stockalert.after_credential(name text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind text := split_part(name, ':', 1);
	unset text := (SELECT u.channel FROM unnest(stockalert.credential_channels(name)) AS u (channel)
		WHERE NOT EXISTS (SELECT FROM stockalert.channels AS h WHERE h.channel = u.channel) LIMIT 1);
	-- A message to anybody who hears by it shows whether it works.
	somebody text := (SELECT b.name FROM stockalert.subscriber_contacts AS c JOIN stockalert.subscribers AS b ON b.subscriber_id = c.subscriber_id
		WHERE c.channel = ANY (stockalert.credential_channels(after_credential.name)) AND (kind NOT IN ('slack', 'webhook') OR c.address = after_credential.name)
		ORDER BY b.name LIMIT 1);
BEGIN
	RETURN CASE WHEN unset = 'email' THEN 'SELECT * FROM stockalert.set_channel(''email'', host => ''smtp.example.com'', username => ''shop@example.com'', sender => ''shop@example.com'');'
		WHEN unset IS NOT NULL THEN format('SELECT * FROM stockalert.set_channel(%L, sender => ''+15550100'');', unset)
		WHEN kind IN ('slack', 'webhook') AND somebody IS NULL THEN format('SELECT * FROM stockalert.add_subscriber(%L, %s => %L);', replace(name, ':', ' '), kind, name)
		WHEN kind IN ('slack', 'webhook', 'smtp', 'twilio') AND somebody IS NOT NULL
			THEN format('SELECT * FROM stockalert.test_channel(%L, %L);', (stockalert.credential_channels(name))[1], somebody)
		ELSE format('SELECT state, last_error FROM stockalert.credential_status WHERE name = %L;', name) END;
END
$$;
COMMENT ON FUNCTION stockalert.after_credential(text) IS
	'The next statement once a credential is set: its channel, somebody who hears by it, or a test. For the extension''s own functions, which run as the owner; granted to nobody. NULL for NULL.';

CREATE FUNCTION stockalert.set_credential(name text, envelope text, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	envelope_bytes bytea;
	envelope_key text;
	active_key text := (SELECT k.key_id FROM stockalert.published_key() AS k);
	made text;
BEGIN
	IF name IS NULL OR envelope IS NULL THEN
		RAISE EXCEPTION 'name and envelope are needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'One of them is NULL.',
				  HINT = 'stockalert-seal --sql prints the whole statement; delete_credential() takes a credential away.';
	END IF;
	PERFORM stockalert.check_credential_name(name);
	envelope_bytes := stockalert.read_envelope(btrim(envelope, E' \t\r\n'));
	envelope_key := stockalert.envelope_key(envelope_bytes);
	IF envelope_key <> active_key THEN
		RAISE EXCEPTION 'the envelope is sealed for key %, and the active key is %', envelope_key, active_key
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'New credentials are sealed for the active key, the first in the key file.',
				  HINT = format('Seal it again: SELECT stockalert.seal_command(%L);', name);
	END IF;
	PERFORM stockalert.ensure_installation();
	INSERT INTO stockalert.credentials AS c (name, key_id, sealed) VALUES (set_credential.name, envelope_key, envelope_bytes)
		ON CONFLICT ON CONSTRAINT credentials_pkey DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, set_at = now(),
			set_by = session_user, state = 'pending', destination = NULL, last_checked_at = NULL, last_error = NULL, reseal = false;
	UPDATE stockalert.channels AS h SET state = 'active', state_reason = NULL, state_at = now()
		WHERE h.state = 'broken' AND h.channel = ANY (stockalert.credential_channels(name));
	PERFORM stockalert.audit('set_credential', name);
	PERFORM stockalert.wake_sender();
	-- These channels have nothing to set but their secret.
	INSERT INTO stockalert.channels AS h (channel) SELECT u.channel FROM unnest(stockalert.credential_channels(name)) AS u (channel)
		WHERE u.channel IN ('slack', 'webhook') ON CONFLICT DO NOTHING RETURNING h.channel INTO made;
	IF FOUND THEN
		PERFORM stockalert.audit('set_channel', made);
	END IF;
	done := format('credential %s stored%s; %s', name, coalesce(' and channel ' || made || ' set up', ''), CASE WHEN active_key IS NULL
		THEN 'it waits, as no key is loaded' ELSE 'the worker tries to open it within seconds' END);
	next := CASE WHEN active_key IS NULL THEN 'Make a key with stockalert-keygen or see why none is loaded: SELECT * FROM stockalert.worker_status();'
		ELSE stockalert.after_credential(name) END;
END
$$;
COMMENT ON FUNCTION stockalert.set_credential(text, text) IS
	'Stores a credential sealed by stockalert-seal, in place of one of the same name, and lets a channel that was broken try again; the channels slack and webhook, which have nothing else to set, are set up with it. The form and the key id are checked at once; whether it opens, the worker says in credential_status. Errors: 22004 an argument is NULL; 22023 no name of a credential, no envelope, or sealed for another key than the active one.';

-- not strict: says itself what is missing
CREATE FUNCTION stockalert.seal_file(installation uuid, name text, destination text, path text) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_seal_file';
COMMENT ON FUNCTION stockalert.seal_file(uuid, text, text, text) IS
	'Part of set_credential_from_file(): seals the content of a file of the server, less one line end, for the active key; nobody sees it. destination NULL: the usual one of its kind. Errors: 42501 the caller is no member of pg_read_server_files, 58P01 no such file, 22023 another thing is wrong, 22004 a NULL, 55000 no key is loaded.';

CREATE FUNCTION stockalert.set_credential_from_file(name text, path text, destination text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT s.done, 'Remove the file. ' || s.next INTO done, next
		FROM stockalert.set_credential(name, stockalert.seal_file((SELECT k.installation FROM stockalert.public_key() AS k), name, destination, path)) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.set_credential_from_file(text, text, text) IS
	'Seals the content of a file of the server (whole path, at most 4096 bytes, one line end at its end is left out) and stores it as set_credential() does. destination (host:port) is the only place it may be sent to; NULL: the usual one of slack, square and twilio. The caller is a member of stockalert_admin and of pg_read_server_files. Errors: those of seal_file() and set_credential(); none quotes the content.';

CREATE FUNCTION stockalert.hide_statement() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_hide_statement';
COMMENT ON FUNCTION stockalert.hide_statement() IS
	'Part of set_credential_plaintext(): takes the statement that runs out of pg_stat_activity and of errors in the log, warns, and raises 42501 unless stockalert.allow_plaintext_credentials is on.';

-- not strict: says itself what is missing
CREATE FUNCTION stockalert.seal_plaintext(installation uuid, name text, destination text, secret text) RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_seal_plaintext';
COMMENT ON FUNCTION stockalert.seal_plaintext(uuid, text, text, text) IS
	'Part of set_credential_plaintext(): seals a secret for the active key. destination NULL: the usual one of its kind. Errors: 42501 stockalert.allow_plaintext_credentials is off, 22023 the secret or what it belongs to cannot be used, 22004 a NULL, 55000 no key is loaded; none quotes it.';

CREATE FUNCTION stockalert.set_credential_plaintext(name text, secret text, destination text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.hide_statement();
	SELECT s.done, 'Seal and set it with stockalert-seal before long. ' || s.next INTO done, next
		FROM stockalert.set_credential(name, stockalert.seal_plaintext((SELECT k.installation FROM stockalert.public_key() AS k), name, destination, secret)) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.set_credential_plaintext(text, text, text) IS
	'Seals a secret given in the statement and stores it as set_credential() does; for trying things out. Refused (42501) unless the server''s configuration has stockalert.allow_plaintext_credentials on. What it stores is sealed and its own errors hide the statement, but logs, statistics and histories may keep it, and a warning says which are known to. Errors: those of seal_plaintext() and set_credential().';

CREATE FUNCTION stockalert.delete_credential(name text, OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF name IS NULL THEN
		RAISE EXCEPTION 'a name is needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It is NULL.', HINT = 'SELECT name FROM stockalert.credential_status lists them.';
	END IF;
	PERFORM stockalert.check_credential_name(name);
	DELETE FROM stockalert.credentials AS c WHERE c.name = delete_credential.name;
	IF NOT FOUND THEN
		done := format('there was no credential %s', name);
		next := 'SELECT name, state FROM stockalert.credential_status;';
		RETURN;
	END IF;
	PERFORM stockalert.audit('delete_credential', name);
	PERFORM stockalert.wake_sender();
	done := format('credential %s deleted; what needs it waits', name);
	next := 'Revoke the secret at its provider too: backups still hold the envelope.';
END
$$;
COMMENT ON FUNCTION stockalert.delete_credential(text) IS
	'Deletes a credential; messages that need it wait as unconfigured. Says so if there was none. Errors: 22004 the name is NULL; 22023 no name of a credential.';

CREATE FUNCTION stockalert.rotate_credentials(OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	active_key text := (SELECT k.key_id FROM stockalert.published_key() AS k);
	marked bigint;
	closed text;
BEGIN
	IF active_key IS NULL THEN
		RAISE EXCEPTION 'no key is loaded'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Credentials are sealed anew for the active key, the first in the key file; the worker has none.',
				  HINT = 'SELECT * FROM stockalert.worker_status() says why. A new key is put before the old ones by: stockalert-keygen --add FILE';
	END IF;
	UPDATE stockalert.credentials AS c SET reseal = true WHERE c.key_id <> active_key;
	GET DIAGNOSTICS marked = ROW_COUNT;
	SELECT string_agg(c.name, ', ' ORDER BY c.name) INTO closed FROM stockalert.credentials AS c WHERE c.key_id <> active_key AND c.state NOT IN ('ok', 'pending');
	PERFORM stockalert.audit('rotate_credentials', active_key);
	PERFORM stockalert.wake_sender();
	IF marked = 0 THEN
		done := format('nothing to do: no credential is sealed for another key than the active one, %s', active_key);
		next := 'A new key is put before the old ones by: stockalert-keygen --add FILE; then SELECT pg_reload_conf(); and this again.';
	ELSIF closed IS NULL THEN
		done := format('the worker seals %s for the active key %s within seconds', CASE marked WHEN 1 THEN 'one credential' ELSE format('%s credentials', marked) END, active_key);
		next := 'SELECT * FROM stockalert.key_status; -- the line of an old key may leave the key file once its rows are 0 here and in all databases, and no backup is kept that needs it';
	ELSE
		done := format('the worker tries to seal %s for the active key %s within seconds, and could not open before: %s',
			CASE marked WHEN 1 THEN 'one credential' ELSE format('%s credentials', marked) END, active_key, closed);
		next := 'SELECT name, state, last_error FROM stockalert.credential_status;';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.rotate_credentials() IS
	'Lets the worker seal anew, for the active key, every credential that is sealed for another; each is opened again and compared before it takes the place of the old envelope, which is good until then. One set meanwhile stays as it was set. Error: 55000 no key is loaded.';

CREATE FUNCTION stockalert.replace_sealed(name text, old_sealed bytea, new_sealed bytea, reason text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE stockalert.credentials AS c SET sealed = new_sealed, key_id = stockalert.envelope_key(new_sealed), reseal = false, state = 'ok',
		last_error = NULL, last_checked_at = now()
		WHERE c.name = replace_sealed.name AND c.sealed = old_sealed;
	IF FOUND THEN
		PERFORM stockalert.audit(reason, name);
	END IF;
	RETURN FOUND;
END
$$;
COMMENT ON FUNCTION stockalert.replace_sealed(text, bytea, bytea, text) IS
	'For the worker alone: puts an envelope it sealed itself in the place of the one it opened, and notes the reason (reseal_credential, renew_credential) in audit_log. False: somebody set or deleted the credential meanwhile, and that stays.';

CREATE FUNCTION stockalert.confirm_takeover(OUT done text, OUT next text)
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF stockalert.installation_state() = 'copy' THEN
		UPDATE stockalert.installation AS i SET system_identifier = stockalert.system_identifier(),
			database_oid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database());
		PERFORM stockalert.audit('confirm_takeover', NULL);
		-- What was on its way when the copy was made is the other database's; here everybody hears once of what is open.
		WITH gone AS (DELETE FROM stockalert.queue AS q RETURNING q.*)
			INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome, attempts, maybe_twice, error_class, occurred_at, created_at)
			SELECT g.message_id, g.queue_id, g.channel, g.subscriber_id, 'superseded', g.attempts, true, 'takeover', g.occurred_at, g.created_at
			FROM gone AS g WHERE g.stage = 'message';
		INSERT INTO stockalert.queue (lane, event, occurred_at) VALUES (2, 'takeover', stockalert.as_of());
		PERFORM stockalert.wake_sender();
		done := 'this database sends from now on';
		next := 'SELECT * FROM stockalert.schedule_jobs(); -- and see that the one it was copied from is silent: stockalert.delivery = off there, or drop it';
	ELSE
		PERFORM stockalert.ensure_installation();
		done := 'this database is the one that sends already';
		next := 'SELECT * FROM stockalert.worker_status();';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.confirm_takeover() IS
	'Lets a restored or copied database send in place of the one it came from; until then it records alerts and tells nobody. Afterwards the alerts that are open go out as one digest.';

CREATE VIEW stockalert.credential_status WITH (security_barrier) AS
	SELECT c.name, pg_catalog.split_part(c.name, ':', 1) AS kind, c.destination, c.key_id, c.set_at, c.set_by, c.state, c.last_checked_at, c.last_error
	FROM stockalert.credentials AS c;
COMMENT ON VIEW stockalert.credential_status IS
	'Credentials without their contents: where each may be sent, which key it is sealed for, who set it when, and whether the worker can open it (state, last_error). Neither envelope nor length.';

CREATE VIEW stockalert.key_status WITH (security_barrier) AS
	SELECT coalesce(l.key_id, u.key_id) AS key_id, coalesce(l.active, false) AS active,
		CASE WHEN l.key_id IS NOT NULL THEN true WHEN EXISTS (SELECT FROM stockalert.loaded_keys()) OR u.refused THEN false WHEN u.opened THEN true END AS loaded,
		coalesce(u.rows, 0) AS rows, coalesce(u.to_reseal, 0) AS to_reseal
	FROM (SELECT c.key_id, pg_catalog.count(*) AS rows, pg_catalog.count(*) FILTER (WHERE c.reseal) AS to_reseal,
			pg_catalog.bool_or(c.state = 'ok') AS opened, pg_catalog.bool_or(c.state = 'unknown_key') AS refused
		  FROM stockalert.credentials AS c GROUP BY c.key_id) AS u
	FULL JOIN stockalert.loaded_keys() AS l ON l.key_id = u.key_id;
COMMENT ON VIEW stockalert.key_status IS
	'Keys that the worker has loaded or that credentials are sealed for: loaded tells whether it has the key (NULL: not known while no worker has any), rows how many credentials need it, to_reseal how many of these rotate_credentials() still has to seal for the active key. An old key may leave the key file when it shows 0 rows in every database of the server, and no backup is kept that needs it.';

GRANT EXECUTE ON FUNCTION stockalert.public_key(), stockalert.seal_command(text, text), stockalert.check_credential_name(text), stockalert.is_destination(text),
	stockalert.published_key(), stockalert.loaded_keys(), stockalert.key_problem(), stockalert.installation_state() TO stockalert_viewer;
-- Those that seal run with the caller's rights, and so do their parts.
GRANT EXECUTE ON FUNCTION stockalert.set_credential_from_file(text, text, text), stockalert.seal_file(uuid, text, text, text),
	stockalert.set_credential_plaintext(text, text, text), stockalert.hide_statement(), stockalert.seal_plaintext(uuid, text, text, text) TO stockalert_admin;
GRANT EXECUTE ON FUNCTION stockalert.set_credential(text, text), stockalert.delete_credential(text), stockalert.rotate_credentials(),
	stockalert.confirm_takeover() TO stockalert_admin;
GRANT SELECT ON stockalert.credential_status, stockalert.key_status TO stockalert_manager;
GRANT SELECT ON stockalert.audit_log TO stockalert_admin;
GRANT EXECUTE ON FUNCTION stockalert.installation_state(), stockalert.is_credential_name(text), stockalert.is_destination(text),
	stockalert.envelope_key(bytea), stockalert.replace_sealed(text, bytea, bytea, text) TO stockalert_worker;
GRANT SELECT ON stockalert.credentials, stockalert.installation TO stockalert_worker;
GRANT UPDATE (state, destination, last_checked_at, last_error, reseal) ON stockalert.credentials TO stockalert_worker;
-- Words of messages, where somebody changed them.  What has no row here is
-- built in, in English.

CREATE FUNCTION stockalert.check_template(body text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_check_template';
COMMENT ON FUNCTION stockalert.check_template(text) IS
	'Returns true where every placeholder of a template is known: {item}, {sku}, {location}, {quantity}, {threshold}, {days_left}, {suggested}, {supplier}, {count}, {name}, {shop}, {time}, {ref}; {{ and }} are braces. NULL for NULL. Errors: 22023 another one, with the list as a hint.';

CREATE TABLE stockalert.templates (
	kind text NOT NULL,
	channel text NOT NULL DEFAULT 'any',
	language text NOT NULL DEFAULT 'en',
	part text NOT NULL,
	body text NOT NULL,
	PRIMARY KEY (kind, part, channel, language),
	CONSTRAINT "kind is a severity, a kind, resolved, digest, summary or test"
		CHECK (kind IN ('low', 'critical', 'out', 'stockout_risk', 'negative_stock', 'overstock', 'dead_stock', 'resolved', 'digest', 'summary', 'test')),
	CONSTRAINT "channel is any, email, slack, sms, whatsapp, webhook or log" CHECK (channel IN ('any', 'email', 'slack', 'sms', 'whatsapp', 'webhook', 'log')),
	CONSTRAINT "language is such as en or pt-BR" CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
	CONSTRAINT "part is emoji, subject, heading, lead, closing, brief or such"
		CHECK (part IN ('emoji', 'subject', 'heading', 'lead', 'lead_again', 'closing', 'closing_escalated', 'brief')),
	CONSTRAINT "body is 1 to 1000 characters without control characters" CHECK (stockalert.is_label(body, 1000)),
	CONSTRAINT "body has known placeholders only" CHECK (stockalert.check_template(body))
);
COMMENT ON TABLE stockalert.templates IS
	'Words of messages in the place of the built-in English ones: INSERT INTO stockalert.templates (kind, part, body) VALUES (''low'', ''subject'', ''{item} is low at {location}'').';
COMMENT ON COLUMN stockalert.templates.kind IS 'What is told: low, critical, out, stockout_risk, negative_stock, overstock, dead_stock, resolved, digest, summary or test.';
COMMENT ON COLUMN stockalert.templates.channel IS 'any: every channel without a row of its own.';
COMMENT ON COLUMN stockalert.templates.language IS 'Only rows of stockalert.language are used.';
COMMENT ON COLUMN stockalert.templates.part IS
	'emoji and subject of e-mail and Slack; heading of the box; lead: the sentence before it, lead_again of a reminder; closing: the sentence after it, closing_escalated of an escalation; brief: the sentence of SMS and WhatsApp.';
COMMENT ON COLUMN stockalert.templates.body IS 'Plain text with placeholders, see check_template(); escaped for each channel.';
GRANT SELECT ON stockalert.templates TO stockalert_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.templates TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.check_template(text) TO stockalert_manager;
-- The queue: hot and local.  A writer's transaction leaves one row per alert
-- event (or reminder, or summary); the sender routes it into messages, one row
-- each, and sends those.  What a person is not to be told yet is held, one row
-- for each contact, and judged again when its time comes.  Never in a dump.

CREATE TABLE stockalert.queue (
	queue_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	stage text NOT NULL DEFAULT 'event',
	lane smallint NOT NULL DEFAULT 1,
	event text NOT NULL,
	alert_id bigint,
	location_id bigint,
	item_id bigint,
	severity text,
	quantity numeric,
	subscriber_id bigint,
	contact_id bigint,
	occurred_at timestamptz NOT NULL,
	message_id bigint,
	channel text,
	endpoint text,
	state "char" NOT NULL DEFAULT 'P',
	attempts smallint NOT NULL DEFAULT 0,
	claims smallint NOT NULL DEFAULT 0,
	maybe_twice boolean NOT NULL DEFAULT false,
	epoch integer,
	next_attempt_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	last_error text,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	bytes integer NOT NULL DEFAULT 0,
	CONSTRAINT "stage is event, held or message" CHECK (stage IN ('event', 'held', 'message')),
	CONSTRAINT "a held row names its contact" CHECK (stage <> 'held' OR (contact_id IS NOT NULL AND channel IS NOT NULL)),
	CONSTRAINT "a message row names its message, channel and endpoint" CHECK (stage <> 'message'
		OR (message_id IS NOT NULL AND channel IS NOT NULL AND endpoint IS NOT NULL)),
	CONSTRAINT "lane is 0 to 2" CHECK (lane BETWEEN 0 AND 2),
	CONSTRAINT "state is P (pending) or I (in flight)" CHECK (state IN ('P', 'I'))
) WITH (fillfactor = 45, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE stockalert.queue IS 'What is still to be told. stage event: to be routed; held: news for one contact that waits for a reason (last_error) and is then told at once; message: to be sent. A finished row moves to deliveries.';
COMMENT ON COLUMN stockalert.queue.lane IS '0 urgent (out, critical), 1 normal, 2 bulk (summaries, digests).';
COMMENT ON COLUMN stockalert.queue.event IS 'Name of the alert event, or reminder, summary, takeover, test, retry (of message_id).';
COMMENT ON COLUMN stockalert.queue.contact_id IS 'Of a held row: whom it is for.';
COMMENT ON COLUMN stockalert.queue.endpoint IS 'Key of the rate limit and circuit breaker: the channel, or the credential where each has its own. Of an event test: the address.';
COMMENT ON COLUMN stockalert.queue.claims IS 'Times a sender took the row since it last had a result; counted before the payload is touched.';
COMMENT ON COLUMN stockalert.queue.attempts IS 'Times it was tried and answered.';
COMMENT ON COLUMN stockalert.queue.maybe_twice IS 'The outcome of an earlier try is unknown.';
COMMENT ON COLUMN stockalert.queue.epoch IS 'Incarnation of the sender that claimed it; an older one is dead.';
COMMENT ON COLUMN stockalert.queue.bytes IS 'Of a message row: length of body and html, of which the sender has only so much in hand.';
-- A writer maintains the first one only; the others are of rows that the sender writes, and it alone.
CREATE INDEX queue_events_idx ON stockalert.queue (lane, queue_id) WHERE stage = 'event';
-- None is on state, claims or epoch: a claim writes these alone, and no index, where its page has room for the row once more.
CREATE INDEX queue_due_idx ON stockalert.queue (endpoint, lane, queue_id) WHERE stage = 'message';
-- Its condition is no other's: a planner to whom the queue is empty would as soon read all of those.
CREATE INDEX queue_told_idx ON stockalert.queue (subscriber_id, alert_id, channel) WHERE message_id IS NOT NULL;
CREATE INDEX queue_held_idx ON stockalert.queue (contact_id, queue_id) WHERE stage = 'held';
CREATE INDEX queue_held_due_idx ON stockalert.queue (next_attempt_at) WHERE stage = 'held';
-- What was tried is found by its time; what is new by its number, from where the last claim ended.
CREATE INDEX queue_retry_idx ON stockalert.queue (endpoint, next_attempt_at) WHERE stage = 'message' AND last_error IS NOT NULL;

CREATE TABLE stockalert.sender (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	epoch integer NOT NULL,
	started_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.sender IS 'Incarnation of the sender of this database, raised at each start. Local, never in a dump.';

CREATE TABLE stockalert.messages (
	message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL,
	ref text NOT NULL,
	subscriber_id bigint,
	contact_id bigint,
	channel text NOT NULL,
	recipient text NOT NULL,
	severity text,
	subject text NOT NULL,
	body text NOT NULL,
	html text,
	alert_ids bigint[] NOT NULL DEFAULT '{}',
	severities text[] NOT NULL DEFAULT '{}',
	occurred_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "kind is alert, digest, reminder, summary or test" CHECK (kind IN ('alert', 'digest', 'reminder', 'summary', 'test')),
	CONSTRAINT "each alert has its severity" CHECK (pg_catalog.cardinality(alert_ids) = pg_catalog.cardinality(severities)),
	CONSTRAINT "a message is at most 1 MiB" CHECK (pg_catalog.octet_length(body) + coalesce(pg_catalog.octet_length(html), 0) <= 1048576)
);
COMMENT ON TABLE stockalert.messages IS 'Messages as rendered, once: the same on every retry.';
COMMENT ON COLUMN stockalert.messages.contact_id IS 'Whom it is for; goes to the address that the contact has when it is sent. NULL: to recipient.';
COMMENT ON COLUMN stockalert.messages.ref IS 'Six characters shown in the message, by which a person finds it here.';
COMMENT ON COLUMN stockalert.messages.body IS 'Text part of an e-mail, JSON of Slack and webhooks, text of SMS.';
COMMENT ON COLUMN stockalert.messages.severities IS 'Severity told of each of alert_ids, in the same order.';

-- Limits count what one contact was sent lately; the purge goes by age.
CREATE INDEX messages_contact_idx ON stockalert.messages (contact_id, message_id) WHERE contact_id IS NOT NULL;
CREATE INDEX messages_created_idx ON stockalert.messages USING brin (created_at);

CREATE TABLE stockalert.deliveries (
	message_id bigint NOT NULL,
	queue_id bigint NOT NULL,
	channel text NOT NULL,
	subscriber_id bigint,
	outcome text NOT NULL,
	attempts smallint NOT NULL,
	maybe_twice boolean NOT NULL,
	status integer,
	provider_id text,
	error_class text,
	error text,
	occurred_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL,
	finished_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	CONSTRAINT "outcome is sent, logged, dead, expired or superseded" CHECK (outcome IN ('sent', 'logged', 'dead', 'expired', 'superseded'))
) PARTITION BY RANGE (finished_at);
COMMENT ON TABLE stockalert.deliveries IS 'How each message ended. Insert-only, by month of finished_at.';
COMMENT ON COLUMN stockalert.deliveries.outcome IS 'sent: accepted by the provider; logged: stockalert.delivery = log; dead: refused for good or out of attempts; expired; superseded: no longer true before it was sent.';
COMMENT ON COLUMN stockalert.deliveries.status IS 'HTTP or SMTP status of the last answer; NULL: none came.';
COMMENT ON COLUMN stockalert.deliveries.error IS 'At most 200 printable characters of the answer, without secrets.';

CREATE TABLE stockalert.deliveries_default PARTITION OF stockalert.deliveries DEFAULT;
COMMENT ON TABLE stockalert.deliveries_default IS 'Deliveries of months without a partition of their own.';

GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.queue, stockalert.sender TO stockalert_worker;
GRANT SELECT, INSERT ON stockalert.messages, stockalert.deliveries TO stockalert_worker;
GRANT SELECT, INSERT, UPDATE ON stockalert.notices TO stockalert_worker;
GRANT SELECT ON stockalert.alerts, stockalert.alert_events, stockalert.items, stockalert.locations, stockalert.stock_levels,
	stockalert.subscribers, stockalert.subscriber_contacts TO stockalert_worker;
-- What became of messages that a provider accepted, and addresses that it will
-- never reach.  Twilio's "accepted" means queued there: the sender asks later,
-- a few times, what its carrier did (src/worker/follow.c).

CREATE TABLE stockalert.delivery_fates (
	provider_id text PRIMARY KEY,
	message_id bigint NOT NULL,
	channel text NOT NULL,
	accepted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	fate text NOT NULL DEFAULT 'waiting',
	decided_at timestamptz,
	ask_at timestamptz,
	asked smallint NOT NULL DEFAULT 0,
	answered smallint NOT NULL DEFAULT 0,
	error_class text,
	error text,
	CONSTRAINT "fate is waiting, delivered, undelivered or unknown" CHECK (fate IN ('waiting', 'delivered', 'undelivered', 'unknown')),
	CONSTRAINT "what waits is asked for" CHECK (fate <> 'waiting' OR ask_at IS NOT NULL)
);
COMMENT ON TABLE stockalert.delivery_fates IS 'One row for each SMS and WhatsApp message that Twilio accepted: whether it arrived.';
COMMENT ON COLUMN stockalert.delivery_fates.provider_id IS 'Its sid at Twilio; provider_id of deliveries.';
COMMENT ON COLUMN stockalert.delivery_fates.fate IS
	'waiting: Twilio is asked again at ask_at; delivered; undelivered: error says why; unknown: it was asked long enough, and the last that is known is in error.';
COMMENT ON COLUMN stockalert.delivery_fates.ask_at IS 'When Twilio is asked next; of an undelivered message: when it goes out once more.';
COMMENT ON COLUMN stockalert.delivery_fates.asked IS 'Times it was asked, counted before the question leaves.';
COMMENT ON COLUMN stockalert.delivery_fates.answered IS 'Answers that left it open.';
COMMENT ON COLUMN stockalert.delivery_fates.error IS 'In our words, with Twilio''s code; without data of the message.';
CREATE INDEX delivery_fates_due_idx ON stockalert.delivery_fates (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX delivery_fates_message_idx ON stockalert.delivery_fates (message_id);
CREATE INDEX delivery_fates_lost_idx ON stockalert.delivery_fates (decided_at) WHERE fate = 'undelivered';

CREATE FUNCTION stockalert.suppress_recipients(messages bigint[], reasons text[]) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	-- Whoever has that address on that channel, and only if it is still the one the message was written for.
	UPDATE stockalert.subscriber_contacts AS c SET suppressed_at = now(), suppressed_for = r.reason
	FROM ROWS FROM (unnest(messages), unnest(reasons)) AS r (message_id, reason)
	JOIN stockalert.messages AS m ON m.message_id = r.message_id
	WHERE r.reason IN ('opted_out', 'recipient') AND m.channel IN ('sms', 'whatsapp')
		AND c.channel = m.channel AND c.address = m.recipient AND c.suppressed_at IS NULL
$$;
COMMENT ON FUNCTION stockalert.suppress_recipients(bigint[], text[]) IS
	'Nothing is sent any more to the phone numbers of these messages: opted_out, they answered STOP; recipient, they cannot be reached. Other reasons do nothing. For the sender.';

CREATE FUNCTION stockalert.note_fates(queue_ids bigint[], provider_ids text[], reasons text[], ask_after integer) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO stockalert.delivery_fates (provider_id, message_id, channel, ask_at)
		SELECT f.provider_id, q.message_id, q.channel, now() + ask_after * interval '1 millisecond'
		FROM ROWS FROM (unnest(queue_ids), unnest(provider_ids)) AS f (queue_id, provider_id)
		JOIN stockalert.queue AS q ON q.queue_id = f.queue_id
		WHERE f.provider_id IS NOT NULL AND ask_after > 0 AND q.channel IN ('sms', 'whatsapp')
		ON CONFLICT ON CONSTRAINT delivery_fates_pkey DO NOTHING;
	PERFORM stockalert.suppress_recipients(array_agg(q.message_id), array_agg(f.reason))
		FROM ROWS FROM (unnest(queue_ids), unnest(reasons)) AS f (queue_id, reason)
		JOIN stockalert.queue AS q ON q.queue_id = f.queue_id
		WHERE f.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION stockalert.note_fates(bigint[], text[], text[], integer) IS
	'Notes of messages that are being settled what is to be asked later (those with a provider''s number, in ask_after milliseconds; 0: never), and suppresses the addresses of those refused for good. For the sender.';

CREATE FUNCTION stockalert.due_fates(OUT provider_id text, OUT channel text) RETURNS SETOF record
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	-- Counted, and due again, before it is asked: a crash loses an answer and never the question.
	UPDATE stockalert.delivery_fates AS f SET asked = f.asked + 1, ask_at = now() + interval '5 minutes'
	WHERE f.provider_id = ANY (ARRAY(SELECT d.provider_id FROM stockalert.delivery_fates AS d
		WHERE d.ask_at <= now() AND d.fate = 'waiting' ORDER BY d.ask_at LIMIT 10))
	RETURNING f.provider_id, f.channel
$$;
COMMENT ON FUNCTION stockalert.due_fates() IS 'Takes at most ten messages that Twilio is to be asked about now. For the sender.';

CREATE FUNCTION stockalert.forget_notices(lost bigint[]) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.notices AS n USING stockalert.messages AS m
	WHERE m.message_id = ANY (lost) AND n.alert_id = ANY (m.alert_ids) AND n.subscriber_id = m.subscriber_id AND n.channel = m.channel
		AND n.accepted_at = m.occurred_at
		-- Another number of the same person was reached.
		AND NOT EXISTS (SELECT FROM stockalert.messages AS o JOIN stockalert.deliveries AS d ON d.message_id = o.message_id AND d.outcome = 'sent'
			WHERE o.subscriber_id = m.subscriber_id AND o.channel = m.channel AND o.occurred_at = m.occurred_at
				AND o.message_id <> ALL (lost) AND stockalert.names_alert(o.message_id, o.alert_ids, n.alert_id)
				AND NOT EXISTS (SELECT FROM stockalert.delivery_fates AS f WHERE f.message_id = o.message_id AND f.fate = 'undelivered'))
$$;
COMMENT ON FUNCTION stockalert.forget_notices(bigint[]) IS
	'Whoever a lost message was for was told nothing by it: what noted that goes. For the sender.';

CREATE FUNCTION stockalert.settle_fates(provider_ids text[], fates text[], delays bigint[], reasons text[], errors text[], ask_after integer) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lost bigint[];
	lost_for text[];
BEGIN
	WITH a AS (
		SELECT f.provider_id, r.delay, r.reason, r.error, r.fate IS NULL AS silent,
			CASE WHEN r.fate IN ('delivered', 'undelivered', 'unknown') THEN r.fate
				-- No carrier's word in the end, or nobody to ask for a day.
				WHEN r.fate IS NULL AND f.accepted_at > now() - interval '1 day' AND f.asked < 100 THEN 'waiting'
				WHEN r.fate = 'waiting' AND f.answered < 3 THEN 'waiting'
				ELSE 'unknown' END AS fate
		FROM ROWS FROM (unnest(provider_ids), unnest(fates), unnest(delays), unnest(reasons), unnest(errors)) AS r (provider_id, fate, delay, reason, error)
		JOIN stockalert.delivery_fates AS f ON f.provider_id = r.provider_id AND f.fate = 'waiting'),
	known AS (
		UPDATE stockalert.delivery_fates AS f SET fate = a.fate, error_class = a.reason, error = a.error,
			answered = f.answered + CASE WHEN a.fate = 'waiting' AND NOT a.silent THEN 1 ELSE 0 END,
			decided_at = CASE WHEN a.fate <> 'waiting' THEN now() END,
			ask_at = CASE WHEN a.fate = 'waiting' AND a.silent THEN now() + a.delay * interval '1 millisecond'
				-- 15 seconds, 1, 5 and 30 minutes after it was accepted, at the usual setting.
				WHEN a.fate = 'waiting' THEN greatest(now(), f.accepted_at + (ARRAY[4, 20, 120])[f.answered + 1] * ask_after * interval '1 millisecond')
				-- A phone that was off is tried once more, an hour later.
				WHEN a.fate = 'undelivered' AND a.reason = 'unreachable'
					AND NOT EXISTS (SELECT FROM stockalert.delivery_fates AS o WHERE o.message_id = f.message_id AND o.provider_id <> f.provider_id)
					THEN now() + 240 * ask_after * interval '1 millisecond' END
		FROM a WHERE f.provider_id = a.provider_id
		RETURNING f.message_id, f.fate, f.error_class)
	SELECT array_agg(k.message_id), array_agg(k.error_class) INTO lost, lost_for FROM known AS k WHERE k.fate = 'undelivered';
	IF lost IS NOT NULL THEN
		PERFORM stockalert.suppress_recipients(lost, lost_for);
		PERFORM stockalert.forget_notices(lost);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.settle_fates(text[], text[], bigint[], text[], text[], integer) IS
	'Writes down what Twilio answered: fate waiting, delivered, undelivered, unknown, or NULL for no answer, which is asked for again after delay milliseconds. What was not delivered was not told; its number is suppressed where that is for good. For the sender.';

CREATE FUNCTION stockalert.retry_fates() RETURNS bigint
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH again AS (
		UPDATE stockalert.delivery_fates AS f SET ask_at = NULL WHERE f.fate = 'undelivered' AND f.ask_at <= now() RETURNING f.message_id),
	put AS (
		INSERT INTO stockalert.queue (stage, lane, event, alert_id, severity, subscriber_id, occurred_at, message_id, channel, endpoint, bytes)
		SELECT 'message', 1, CASE m.kind WHEN 'alert' THEN 'opened' ELSE m.kind END, CASE WHEN cardinality(m.alert_ids) = 1 THEN m.alert_ids[1] END,
			m.severity, m.subscriber_id, m.occurred_at, m.message_id, m.channel, m.channel, octet_length(m.body) + coalesce(octet_length(m.html), 0)
		FROM again AS f JOIN stockalert.messages AS m ON m.message_id = f.message_id
		WHERE m.body <> '' AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = m.message_id)
			-- Newer news of the same was sent meanwhile.
			AND NOT EXISTS (SELECT FROM stockalert.messages AS n WHERE n.contact_id = m.contact_id AND n.message_id > m.message_id AND n.alert_ids && m.alert_ids)
		RETURNING 1)
	SELECT count(*) FROM put
$$;
COMMENT ON FUNCTION stockalert.retry_fates() IS
	'Has messages whose phone was off sent once more when their hour has come, unless there is newer news, and returns how many. For the sender.';

GRANT SELECT, INSERT, UPDATE ON stockalert.delivery_fates TO stockalert_worker;
GRANT UPDATE (suppressed_at, suppressed_for) ON stockalert.subscriber_contacts TO stockalert_worker;
GRANT DELETE ON stockalert.notices TO stockalert_worker;
GRANT EXECUTE ON FUNCTION stockalert.suppress_recipients(bigint[], text[]), stockalert.note_fates(bigint[], text[], text[], integer), stockalert.due_fates(),
	stockalert.forget_notices(bigint[]), stockalert.settle_fates(text[], text[], bigint[], text[], text[], integer), stockalert.retry_fates() TO stockalert_worker;
-- Who is told of what.  The sender routes by these views, and a person can read
-- from them why somebody will hear of a waiting event, or why not.  One function
-- says so for all of them (src/pure/interest.c).

CREATE FUNCTION stockalert.quiet_until(at timestamptz, time_zone text, quiet_from time, quiet_until time) RETURNS timestamptz
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	local_time timestamp;
BEGIN
	IF NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', left(time_zone, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Quiet hours are in a time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	local_time := at AT TIME ZONE time_zone;
	RETURN CASE
		WHEN quiet_from = quiet_until THEN NULL
		WHEN quiet_from < quiet_until AND local_time::time >= quiet_from AND local_time::time < quiet_until
			OR quiet_from > quiet_until AND local_time::time < quiet_until
			THEN (local_time::date + quiet_until) AT TIME ZONE time_zone
		WHEN quiet_from > quiet_until AND local_time::time >= quiet_from
			THEN (local_time::date + 1 + quiet_until) AT TIME ZONE time_zone
	END;
END
$$;
COMMENT ON FUNCTION stockalert.quiet_until(timestamptz, text, time, time) IS
	'Returns the end of the quiet hours that a time falls in, or NULL where it falls in none. The hours are local to the time zone and may span midnight. NULL for any NULL. Error 22023: unknown time zone.';

-- not strict: NULL is an alert without a category, a contact that was told nothing
CREATE FUNCTION stockalert.why_not_told(event text, severity text, quantity numeric, occurred_at timestamptz, category text,
	alert stockalert.alerts, subscriber stockalert.subscribers, contact stockalert.subscriber_contacts, notice stockalert.notices,
	waiting_rank integer, waiting_at timestamptz, in_flight boolean, return_waiting boolean, somebody_else boolean) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_why_not_told';
COMMENT ON FUNCTION stockalert.why_not_told(text, text, numeric, timestamptz, text, stockalert.alerts, stockalert.subscribers,
	stockalert.subscriber_contacts, stockalert.notices, integer, timestamptz, boolean, boolean, boolean) IS
	'The one reason why a contact is not told of an event of an alert; NULL: it is. event standing asks whether the open alert concerns it, whatever it was told. What it was told: notice, and of messages on their way the greatest severity (1 low, 2 critical, 3 out), when, in flight, back in stock. somebody_else: another subscriber is concerned. NULL too without event, severity, alert, subscriber or contact. Error 22023: no event of an alert.';

-- Whether an alert concerns anybody who is not there for what nobody else is told.
-- Not inlined on purpose: asked for those alone who are.
CREATE FUNCTION stockalert.concerns_somebody(alert stockalert.alerts, severity text, quantity numeric, category text) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM stockalert.subscribers AS s JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
		WHERE NOT s.fallback
			AND (s.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = s.app_key FROM stockalert.items AS i WHERE i.item_id = (concerns_somebody.alert).item_id))
			AND stockalert.why_not_told('standing', concerns_somebody.severity, concerns_somebody.quantity, NULL,
			concerns_somebody.category, concerns_somebody.alert, s, c, NULL, NULL, NULL, NULL, NULL, NULL) IS NULL);
$$;
COMMENT ON FUNCTION stockalert.concerns_somebody(stockalert.alerts, text, numeric, text) IS
	'Tells whether an alert of this severity and quantity concerns any subscriber but those with fallback. For the owner.';

CREATE FUNCTION stockalert.names_alert(message_id bigint, alert_ids bigint[], alert_id bigint) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_names_alert';
COMMENT ON FUNCTION stockalert.names_alert(bigint, bigint[], bigint) IS
	'Tells whether an alert is among those of a message, as alert_id = ANY (alert_ids) would; the alerts of a long message, known by its id, are read once a statement however many alerts it is asked about. For the owner.';

-- Each alert with each contact, and what that contact was told of it.
CREATE VIEW stockalert.alert_contacts AS
SELECT a.location_id, a.alert_id, a AS alert, s.subscriber_id, s AS subscriber, c.contact_id, c AS contact,
	i.name AS item, i.sku, i.category, l.name AS location, n.notice, w.rank AS waiting_rank, w.occurred_at AS waiting_at, w.in_flight,
	w.resolved AS return_waiting
FROM stockalert.alerts AS a
JOIN stockalert.items AS i ON i.item_id = a.item_id
JOIN stockalert.locations AS l ON l.location_id = a.location_id
-- Of people of an app, those alone whose item it is.
JOIN stockalert.subscribers AS s ON (i.owner_key IS NULL OR s.app_key IS NULL OR s.app_key = i.owner_key)
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
-- What it was told before; LIMIT keeps each look-up one by the whole key.
LEFT JOIN LATERAL (
	SELECT t AS notice FROM stockalert.notices AS t
	WHERE t.alert_id = a.alert_id AND t.subscriber_id = s.subscriber_id AND t.channel = c.channel LIMIT 1
) AS n ON true
-- Messages about it that are still on their way to this person; said so that queue_told_idx alone fits.
LEFT JOIN LATERAL (
	SELECT pg_catalog.max(pg_catalog.array_position('{low,critical,out}'::text[], u.severity)) FILTER (WHERE u.event <> 'resolved') AS rank,
		pg_catalog.max(u.occurred_at) FILTER (WHERE u.event <> 'resolved') AS occurred_at,
		pg_catalog.bool_or(u.state = 'I' AND u.event <> 'resolved') AS in_flight,
		pg_catalog.bool_or(u.event = 'resolved') AS resolved
	FROM (
		SELECT m.severity, m.event, m.occurred_at, m.state FROM stockalert.queue AS m
		WHERE m.message_id IS NOT NULL AND m.subscriber_id = s.subscriber_id AND m.alert_id = a.alert_id AND m.channel = c.channel
		UNION ALL
		SELECT m.severity, m.event, m.occurred_at, m.state FROM stockalert.queue AS m
		JOIN stockalert.messages AS d ON d.message_id = m.message_id AND stockalert.names_alert(m.message_id, d.alert_ids, a.alert_id)
		WHERE m.message_id IS NOT NULL AND m.subscriber_id = s.subscriber_id AND m.alert_id IS NULL AND m.channel = c.channel
			AND m.event IN ('digest', 'resolved')
	) AS u
) AS w ON true;
COMMENT ON VIEW stockalert.alert_contacts IS
	'Every alert with every contact (of people of an app, its owner''s alone), and what that contact was told of it or is about to be. Ask for single alerts. For the owner.';

-- An event about one alert, once for each contact that it might go to.
CREATE VIEW stockalert.event_routes AS
SELECT q.queue_id, q.event, q.lane, q.alert_id, q.severity, q.quantity, q.occurred_at,
	v.subscriber_id, (v.subscriber).name AS subscriber, (v.subscriber).time_zone, v.contact_id, (v.contact).channel, (v.contact).address,
	v.item, v.sku, v.location, (v.alert).kind, (v.alert).threshold,
	CASE WHEN q.stage = 'held' THEN q.next_attempt_at END AS held_until, CASE WHEN q.stage = 'held' THEN q.last_error END AS held_for,
	CASE WHEN q.severity = 'out' AND q.event <> 'resolved' THEN NULL
		ELSE stockalert.quiet_until(pg_catalog.now(), (v.subscriber).time_zone, (v.subscriber).quiet_from, (v.subscriber).quiet_until) END AS not_before,
	stockalert.why_not_told(q.event, q.severity, q.quantity, q.occurred_at, v.category, v.alert, v.subscriber, v.contact, v.notice,
		v.waiting_rank, v.waiting_at, v.in_flight, v.return_waiting,
		CASE WHEN (v.subscriber).fallback AND q.event <> 'resolved'
			THEN stockalert.concerns_somebody(v.alert, q.severity, q.quantity, v.category) END) AS verdict
FROM stockalert.queue AS q
-- By the number of the alert: all alerts of a place are no way to one of them, whatever statistics say.
JOIN stockalert.alert_contacts AS v ON v.alert_id = q.alert_id AND (v.location_id = q.location_id) IS TRUE
	AND (v.subscriber_id = q.subscriber_id OR q.subscriber_id IS NULL)
	-- What is held is for one contact, or for the one that has taken its place.
	AND (q.contact_id IS NULL OR v.contact_id = q.contact_id OR (v.contact_id > q.contact_id AND (v.contact).channel = q.channel
		AND NOT EXISTS (SELECT FROM stockalert.subscriber_contacts AS k WHERE k.contact_id = q.contact_id)))
-- Of stage event or held; said so that rows are found by their key and not by the index of waiting ones.
WHERE q.message_id IS NULL AND q.event IN ('opened', 'worsened', 'reopened', 'crossed', 'escalated', 'resolved', 'reminder');
COMMENT ON VIEW stockalert.event_routes IS
	'Waiting events about alerts, once for each contact of each subscriber they might go to. verdict: why that contact will not be told; NULL: it will.';
COMMENT ON COLUMN stockalert.event_routes.verdict IS
	'NULL: will be told. Else the first reason against it: subscriber disabled, contact disabled, other locations, other categories, resolved meanwhile, acknowledged, not escalated, not for escalations, below minimum severity, above own threshold, somebody else is told, told already, about to be told; for back in stock: never told of it, already told, open again.';
COMMENT ON COLUMN stockalert.event_routes.held_for IS 'Why the news is held, and held_until when it is judged again; NULL: not held.';
COMMENT ON COLUMN stockalert.event_routes.not_before IS 'End of the subscriber''s quiet hours; NULL: now. News that an item is out does not wait.';

-- What a subscriber hears of when told everything at once: summaries, and the
-- digest after a takeover.
CREATE VIEW stockalert.open_alert_routes AS
SELECT s.subscriber_id, c.contact_id, s.name AS subscriber, s.time_zone, c.channel, c.address,
	a.alert_id, a.kind, a.severity, a.quantity, a.threshold, i.name AS item, i.sku, l.name AS location,
	coalesce(a.reopened_at, a.opened_at) AS opened_at
FROM stockalert.subscribers AS s
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id AND c.enabled
-- What is in other places is left out before anything is asked.
JOIN stockalert.alerts AS a ON a.resolved_at IS NULL
	AND (s.location_ids IS NULL OR a.location_id = ANY (s.location_ids))
JOIN stockalert.items AS i ON i.item_id = a.item_id AND (i.owner_key IS NULL OR s.app_key IS NULL OR s.app_key = i.owner_key)
JOIN stockalert.locations AS l ON l.location_id = a.location_id
WHERE s.enabled
	AND stockalert.why_not_told('standing', a.severity, a.quantity, NULL, i.category, a, s, c, NULL, NULL, NULL, NULL, NULL,
		CASE WHEN s.fallback THEN stockalert.concerns_somebody(a, a.severity, a.quantity, i.category) END) IS NULL;
COMMENT ON VIEW stockalert.open_alert_routes IS
	'Open alerts, once for each enabled contact whose subscriber they concern by scope, minimum severity and own threshold.';

CREATE VIEW stockalert.summary_routes AS
SELECT s.subscriber_id, c.contact_id, s.name AS subscriber, s.time_zone, c.channel, c.address,
	CASE WHEN pg_catalog.cardinality(s.location_ids) = 1
		THEN (SELECT l.name FROM stockalert.locations AS l WHERE l.location_id = s.location_ids[1]) END AS location,
	k.healthy, k.low, k.critical, k.out, k.over
FROM stockalert.subscribers AS s
JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id AND c.enabled
	AND c.channel NOT IN ('sms', 'whatsapp')
CROSS JOIN LATERAL (
	SELECT pg_catalog.count(*) FILTER (WHERE v.class = 'ok') AS healthy,
		pg_catalog.count(*) FILTER (WHERE v.class = 'low') AS low,
		pg_catalog.count(*) FILTER (WHERE v.class = 'critical') AS critical,
		pg_catalog.count(*) FILTER (WHERE v.class = 'out') AS out,
		pg_catalog.count(*) FILTER (WHERE v.class = 'over') AS over
	-- From stock to item by key, and only where categories matter: the other way
	-- round, each item would read the whole key of stock_levels.
	FROM stockalert.stock_levels AS v
	WHERE v.active AND (s.location_ids IS NULL OR v.location_id = ANY (s.location_ids))
		AND (s.categories IS NULL OR (SELECT i.category = ANY (s.categories) FROM stockalert.items AS i WHERE i.item_id = v.item_id))
		AND (s.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = s.app_key FROM stockalert.items AS i WHERE i.item_id = v.item_id))) AS k
WHERE s.enabled;
COMMENT ON VIEW stockalert.summary_routes IS
	'Counts of stock by class within the scope of each subscriber, once for each enabled contact that takes summaries (not sms, not whatsapp).';

GRANT EXECUTE ON FUNCTION stockalert.quiet_until(timestamptz, text, time, time)
	TO stockalert_viewer, stockalert_worker;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.why_not_told(text, text, numeric, timestamptz, text, stockalert.alerts, stockalert.subscribers,
		stockalert.subscriber_contacts, stockalert.notices, integer, timestamptz, boolean, boolean, boolean),
	stockalert.concerns_somebody(stockalert.alerts, text, numeric, text), stockalert.names_alert(bigint, bigint[], bigint) TO stockalert_worker, stockalert_admin;
GRANT SELECT ON stockalert.event_routes, stockalert.open_alert_routes, stockalert.summary_routes TO stockalert_worker, stockalert_admin;
-- The workers, seen from SQL.

CREATE FUNCTION stockalert.worker_status(OUT database text, OUT role text, OUT state text, OUT pid integer,
		OUT since timestamptz, OUT detail text, OUT routed bigint, OUT sent bigint, OUT failed bigint)
	RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_worker_status';
COMMENT ON FUNCTION stockalert.worker_status() IS
	'Shows the launcher, the sender of each database, and its syncer where a point of sale was connected: state (stopped, waiting, starting, running, off, disabled, paused_clone, no_key, bad_key_file, leaving), since when, why, and, of senders, how many events were routed, messages sent and given up since the server started. Without the preloaded library one row says "not preloaded" and what to do.';

CREATE FUNCTION stockalert.start_worker() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_start_worker';
COMMENT ON FUNCTION stockalert.start_worker() IS
	'Asks the launcher to look at this database when the transaction commits; the install script calls it. Warns and returns false where the library is not preloaded.';

GRANT EXECUTE ON FUNCTION stockalert.worker_status() TO stockalert_viewer, stockalert_worker;
GRANT EXECUTE ON FUNCTION stockalert.start_worker() TO stockalert_admin;
-- Month partitions of sales, stock changes and deliveries, made ahead of time.
-- The parents carry no index or key; each child gets its own here.

CREATE FUNCTION stockalert.index_partition(parent text, child text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF parent = 'sales' THEN
		EXECUTE format('CREATE UNIQUE INDEX %I ON stockalert.%I (source_id, location_id, sold_at, source_line)', child || '_key', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I USING brin (sold_at)', child || '_sold_at_idx', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I USING brin (recorded_at)', child || '_recorded_at_idx', child);
		EXECUTE format('GRANT SELECT ON stockalert.%I TO stockalert_writer', child);
	ELSIF parent = 'stock_changes' THEN
		EXECUTE format('CREATE INDEX %I ON stockalert.%I (location_id, item_id, changed_at)', child || '_pair_idx', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I USING brin (recorded_at)', child || '_recorded_at_idx', child);
	ELSE
		EXECUTE format('CREATE INDEX %I ON stockalert.%I (message_id)', child || '_message_id_idx', child);
		EXECUTE format('CREATE INDEX %I ON stockalert.%I (finished_at, message_id) WHERE outcome IN (''dead'', ''expired'')', child || '_dead_idx', child);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.index_partition(text, text) IS 'Gives a partition of sales, stock changes or deliveries its indexes and grants. For the owner.';

CREATE FUNCTION stockalert.make_partition(parent text, month timestamptz) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	child text := format('%s_%s', parent, to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'));
	next_month timestamptz := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
	PERFORM pg_advisory_xact_lock('stockalert.sales'::regclass::oid::bigint);
	IF to_regclass(format('stockalert.%I', child)) IS NOT NULL OR stockalert.default_holds(parent, month, next_month) THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE TABLE stockalert.%I PARTITION OF stockalert.%I FOR VALUES FROM (%L) TO (%L)', child, parent, month, next_month);
	EXECUTE format('COMMENT ON TABLE stockalert.%I IS %L', child, parent || ' of ' || to_char(month AT TIME ZONE 'UTC', 'YYYY-MM') || ' (UTC).');
	PERFORM stockalert.index_partition(parent, child);
	RETURN true;
END
$$;
COMMENT ON FUNCTION stockalert.make_partition(text, timestamptz) IS
	'Makes the partition of a month (its first moment in UTC) and tells whether it is new; none where the default partition has rows of that month. For the owner.';

CREATE FUNCTION stockalert.make_sales_months(moments timestamptz[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- History has its months; what is older than ten years, or yet to come, stays together.
	PERFORM stockalert.make_partition('sales', m.month) FROM (
		SELECT DISTINCT date_trunc('month', u.at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM unnest(moments) AS u (at)
		WHERE u.at > stockalert.as_of() - interval '10 years' AND u.at < stockalert.as_of() + interval '1 month' ORDER BY 1) AS m
		WHERE to_regclass('stockalert.sales_' || to_char(m.month AT TIME ZONE 'UTC', 'YYYY_MM')) IS NULL;
END
$$;
COMMENT ON FUNCTION stockalert.make_sales_months(timestamptz[]) IS 'Makes the partitions of sales that these times need. For the owner.';

CREATE FUNCTION stockalert.make_partitions(first date DEFAULT NULL, last date DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	parent text;
	month timestamptz;
	made integer := 0;
	-- Months begin in UTC, so that the same partitions come out everywhere.
	from_month timestamptz := date_trunc('month', coalesce(first::timestamp, stockalert.as_of() AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
	to_month timestamptz := date_trunc('month', coalesce(last::timestamp, (stockalert.as_of() AT TIME ZONE 'UTC') + interval '2 months')) AT TIME ZONE 'UTC';
BEGIN
	IF NOT isfinite(from_month) OR NOT isfinite(to_month) OR to_month - from_month > interval '1300 months' THEN
		RAISE EXCEPTION 'too many months'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('From %s to %s.', first, last),
				  HINT = 'Make at most 100 years of partitions in one call.';
	END IF;
	FOREACH parent IN ARRAY ARRAY['sales', 'stock_changes', 'deliveries'] LOOP
		month := from_month;
		WHILE month <= to_month LOOP
			IF stockalert.make_partition(parent, month) THEN
				made := made + 1;
			END IF;
			month := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
		END LOOP;
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION stockalert.make_partitions(date, date) IS
	'Makes the month partitions of sales, stock changes and deliveries from the month of first to that of last (NULL: this month to two ahead) and returns how many are new. A month whose rows already lie in the default partition is left there.';

CREATE FUNCTION stockalert.default_holds(parent text, from_time timestamptz, to_time timestamptz) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF parent = 'sales' THEN
		RETURN EXISTS (SELECT 1 FROM stockalert.sales_default AS d WHERE d.sold_at >= from_time AND d.sold_at < to_time);
	END IF;
	IF parent = 'stock_changes' THEN
		RETURN EXISTS (SELECT 1 FROM stockalert.stock_changes_default AS d WHERE d.changed_at >= from_time AND d.changed_at < to_time);
	END IF;
	RETURN EXISTS (SELECT 1 FROM stockalert.deliveries_default AS d WHERE d.finished_at >= from_time AND d.finished_at < to_time);
END
$$;
COMMENT ON FUNCTION stockalert.default_holds(text, timestamptz, timestamptz) IS 'Tells whether the default partition has rows of this time. For the owner.';

SELECT stockalert.index_partition('sales', 'sales_default');
SELECT stockalert.index_partition('stock_changes', 'stock_changes_default');
SELECT stockalert.index_partition('deliveries', 'deliveries_default');
GRANT EXECUTE ON FUNCTION stockalert.make_partitions(date, date) TO stockalert_manager;
-- What stock means now: the thresholds in force, the class, what happens to the
-- alert, the quiet range.  One function decides; trigger, check, views ask it.

CREATE TYPE stockalert.decision AS (
	class text,
	action text,
	threshold numeric,
	low numeric,
	critical numeric,
	maximum numeric,
	fires text,
	rule_id bigint,
	threshold_from text,
	quiet_below numeric,
	quiet_above numeric,
	in_band boolean,
	velocity double precision,
	reorder_point numeric,
	order_up_to numeric
);
COMMENT ON TYPE stockalert.decision IS
	'What one look at an item''s stock means: class, action on the alert, thresholds in force with their origin, quiet range; velocity, reorder point and order-up-to where thresholds were made of them.';

-- not strict: NULL keys mean all
CREATE FUNCTION stockalert.judge_pairs(location_ids bigint[], item_ids bigint[], only_moving boolean DEFAULT false, or_busy boolean DEFAULT false)
	RETURNS TABLE (location_id bigint, item_id bigint, category text, on_hand numeric, reserved numeric, available numeric, par_level numeric,
		seen_below numeric, seen_above numeric, class_before text, alert_id bigint, alert_severity text, moves boolean, busy boolean, place tid,
		class text, action text, threshold numeric, low numeric, critical numeric, maximum numeric, fires text, rule_id bigint, threshold_from text,
		quiet_below numeric, quiet_above numeric, in_band boolean, velocity double precision, reorder_point numeric, order_up_to numeric)
	LANGUAGE c STABLE ROWS 100 AS 'MODULE_PATHNAME', 'stockalert_judge_pairs';
COMMENT ON FUNCTION stockalert.judge_pairs(bigint[], bigint[], boolean, boolean) IS
	'Decides about these pairs as they stand: what is stored (seen_*, class_before, the newest alert of kind stock) and what it should be; moves: they differ. item_ids NULL: all pairs of these locations, both NULL: all pairs. only_moving: nothing of the others, and no more than is to be written where the alert stays as it is; or_busy: those too that somebody is writing. place: of the row version that was judged. For the owner. Errors: 22004 a key is NULL, 2202E keys differ in number.';

-- One pair at a time, as people ask; what judges many asks judge_pairs() itself.
-- No security barrier: it would keep the planner from looking up single pairs; nobody but the owner reads it.
CREATE VIEW stockalert.stock_decisions AS
SELECT s.location_id, s.item_id, j.category, s.on_hand, s.reserved, s.on_hand - s.reserved AS available, s.par_level,
	s.quiet_below, s.quiet_above, s.class AS class_before, j.alert_id, j.alert_severity,
	ROW(j.class, j.action, j.threshold, j.low, j.critical, j.maximum, j.fires, j.rule_id, j.threshold_from, j.quiet_below, j.quiet_above,
		j.in_band, j.velocity, j.reorder_point, j.order_up_to)::stockalert.decision AS decision
FROM stockalert.stock_levels AS s
CROSS JOIN LATERAL stockalert.judge_pairs(ARRAY[s.location_id], ARRAY[s.item_id]) AS j;
COMMENT ON VIEW stockalert.stock_decisions IS
	'The decision about every item at every location, as of now: what trigger and check act on. For the owner; people read stock_status.';

-- not strict: NULL edges are open
CREATE FUNCTION stockalert.is_quiet(on_hand numeric, reserved numeric, quiet_below numeric, quiet_above numeric) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_quiet';
COMMENT ON FUNCTION stockalert.is_quiet(numeric, numeric, numeric, numeric) IS
	'Tells whether on_hand - reserved lies strictly between the two edges, where nothing can matter to anybody; a NULL edge is no edge. False where on_hand or reserved is NULL.';

-- not strict: written_since NULL looks at quantities alone
CREATE FUNCTION stockalert.stirred_pairs(written_since xid8[] DEFAULT NULL, writers xid[] DEFAULT NULL, OUT checked bigint, OUT location_ids bigint[], OUT item_ids bigint[], OUT places tid[],
	OUT negative_location_ids bigint[], OUT negative_item_ids bigint[], OUT unmatched_location_ids bigint[], OUT unmatched_item_ids bigint[])
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'stockalert_stirred_pairs';
COMMENT ON FUNCTION stockalert.stirred_pairs(xid8[], xid[]) IS
	'Counts all stock levels and returns the keys and places of those that were never judged (class NULL), are not quiet (is_quiet) or were written by one of these transactions or a later one, but not by the writer that stands beside it, in no order, the keys of those with less than nothing available, and of those whose class does not go with whether an alert of kind stock is open: the check''s one look at every pair. For the owner. Error 42501 for who may not read stock_levels and alerts.';

CREATE FUNCTION stockalert.await_writers(location_ids bigint[], item_ids bigint[]) RETURNS void
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_await_writers';
COMMENT ON FUNCTION stockalert.await_writers(bigint[], bigint[]) IS
	'Waits until nobody else is writing the stock levels of these pairs, for some twenty writers one after another, and locks nothing: for callers that hold no stock level yet. For the owner. Error 2202E keys differ in number or are NULL.';

CREATE FUNCTION stockalert.lock_pairs(location_ids bigint[], item_ids bigint[], places tid[] DEFAULT '{}',
	OUT locked_location_ids bigint[], OUT locked_item_ids bigint[], OUT locked_places tid[], OUT left_location_ids bigint[], OUT left_item_ids bigint[])
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_lock_pairs';
COMMENT ON FUNCTION stockalert.lock_pairs(bigint[], bigint[], tid[]) IS
	'Locks the stock levels of these pairs in key order and returns those it could lock and those it left because somebody is writing them: it never waits, so that it is in no deadlock. Pairs that are not there are in neither. places: where the first of the pairs lay when last seen, to find them sooner. For the owner. Errors: 2202E keys differ in number or are NULL, 40001 as any UPDATE.';

CREATE FUNCTION stockalert.lock_places(places tid[]) RETURNS bigint
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_lock_places';
COMMENT ON FUNCTION stockalert.lock_places(tid[]) IS
	'Locks these versions of stock levels, as judge_pairs() returned them in the same statement, and returns how many it could: not those that somebody is writing or has written since. It never waits. For the owner. Error 40001 as any UPDATE.';
-- The item trigger: alerts in the very transaction that makes stock low.

CREATE FUNCTION stockalert.apply_decisions(location_ids bigint[], item_ids bigint[], places tid[] DEFAULT '{}',
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_apply_decisions';
COMMENT ON FUNCTION stockalert.apply_decisions(bigint[], bigint[], tid[]) IS
	'Judges these pairs as they stand and writes alerts, events, queue, class and quiet range. For the owner; lock the rows first, in key order. places: where the first of them lie, to find them sooner.';

CREATE FUNCTION stockalert.applied_so_far(OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_applied_so_far';
COMMENT ON FUNCTION stockalert.applied_so_far() IS
	'What this session did to alerts since it began, by triggers too (and where it was rolled back): the difference of two calls counts what happened between them. For the owner.';

CREATE FUNCTION stockalert.item_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_item_trigger';
COMMENT ON FUNCTION stockalert.item_trigger() IS
	'Row trigger of stock_levels: leaves at once while stock stays in its quiet range, else judges the row.';

CREATE FUNCTION stockalert.item_statement_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_item_statement_trigger';
COMMENT ON FUNCTION stockalert.item_statement_trigger() IS
	'Statement trigger of stock_levels: judges the rows that the row trigger left for it, in one statement.';

CREATE TRIGGER item_trigger
	AFTER INSERT OR DELETE OR UPDATE OF location_id, item_id, on_hand, reserved, par_level, active ON stockalert.stock_levels
	FOR EACH ROW EXECUTE FUNCTION stockalert.item_trigger();
COMMENT ON TRIGGER item_trigger ON stockalert.stock_levels IS 'Raises alerts in the transaction that changes stock.';

CREATE TRIGGER item_statement_trigger
	AFTER INSERT OR DELETE OR UPDATE OF location_id, item_id, on_hand, reserved, par_level, active ON stockalert.stock_levels
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.item_statement_trigger();
COMMENT ON TRIGGER item_statement_trigger ON stockalert.stock_levels IS 'Completes bulk changes of stock, set-based.';
-- A changed rule, item, location or subscriber moves thresholds: the pairs
-- concerned are judged anew in the same transaction, set-based.

-- Whoever inserts a pair while a rule is made does not see the rule, and the
-- rule does not see the pair.  A lock against that would put shops' writes in
-- deadlocks; so the change is noted, and once all transactions that may have
-- run beside it are over, the check judges anew what they wrote.
CREATE TABLE stockalert.unsettled (
	unsettled_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	since xid8 NOT NULL DEFAULT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()),
	settled_from xid8,
	writer xid,
	location_ids bigint[],
	item_ids bigint[]
);
COMMENT ON TABLE stockalert.unsettled IS 'Changes of thresholds beside which pairs may have been written unseen. Local, never in a dump.';
COMMENT ON COLUMN stockalert.unsettled.since IS 'The oldest transaction that ran beside the change: rows written by it or by a later one may not know of it.';
COMMENT ON COLUMN stockalert.unsettled.settled_from IS 'Set by the first check after the change: when no older transaction runs any more, what was written since is judged anew. NULL: not seen by a check yet.';
COMMENT ON COLUMN stockalert.unsettled.writer IS 'With settled_from: the transaction of the change, whose own rows know of it.';
COMMENT ON COLUMN stockalert.unsettled.location_ids IS 'With item_ids: pairs that were left to the check because somebody was writing them again and again. NULL: none.';

CREATE FUNCTION stockalert.judge_locked(location_ids bigint[], item_ids bigint[],
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	SELECT p.* INTO found FROM stockalert.lock_pairs(coalesce(location_ids, '{}'), coalesce(item_ids, '{}')) AS p;
	SELECT a.* INTO opened, worsened, eased, resolved, reopened, queued
		FROM stockalert.apply_decisions(found.locked_location_ids, found.locked_item_ids, found.locked_places) AS a;
	IF cardinality(found.left_location_ids) > 0 THEN
		INSERT INTO stockalert.unsettled (location_ids, item_ids) VALUES (found.left_location_ids, found.left_item_ids);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.judge_locked(bigint[], bigint[]) IS
	'Locks these pairs in key order and judges them anew, without waiting: what somebody is writing is left to the next check. For the owner.';

-- not strict: NULL keys mean all
CREATE FUNCTION stockalert.rejudge_moved(location_ids bigint[], item_ids bigint[],
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rounds CONSTANT integer := 10;
	rest record;
BEGIN
	-- Judged without a lock.  Where only the quiet range moves, as it does by the
	-- hundred thousand, the row is written as it was judged, if it is still the
	-- same version and nobody holds it; the rest is judged once more, locked. Who
	-- is writing one of them is waited for before any is held.
	FOR round IN 1 .. rounds LOOP
		WITH pair AS MATERIALIZED (
			SELECT j.location_id, j.item_id, j.place, j.quiet_below, j.quiet_above, j.busy, j.action = 'none' AND NOT j.busy AND j.class = j.class_before AS plain
			FROM stockalert.judge_pairs(rejudge_moved.location_ids, rejudge_moved.item_ids, true, true) AS j),
		held AS MATERIALIZED (
			SELECT count(*) AS wanted, stockalert.lock_places(array_agg(p.place)) AS locked FROM pair AS p
			WHERE p.plain AND (round = rounds OR NOT EXISTS (SELECT FROM pair AS x WHERE x.busy))),
		moved AS (
			UPDATE stockalert.stock_levels AS s SET quiet_below = p.quiet_below, quiet_above = p.quiet_above
			FROM pair AS p, held AS h WHERE p.plain AND h.locked = h.wanted AND s.ctid = p.place)
		SELECT array_agg(p.location_id) FILTER (WHERE p.busy) AS busy_location_ids, array_agg(p.item_id) FILTER (WHERE p.busy) AS busy_item_ids,
			array_agg(p.location_id) FILTER (WHERE NOT p.plain) AS location_ids, array_agg(p.item_id) FILTER (WHERE NOT p.plain) AS item_ids,
			count(*) FILTER (WHERE p.plain) > coalesce((SELECT h.locked FROM held AS h WHERE h.locked = h.wanted), 0) AS missed INTO rest FROM pair AS p;
		EXIT WHEN rest.busy_location_ids IS NULL;
		IF round < rounds THEN
			PERFORM stockalert.await_writers(rest.busy_location_ids, rest.busy_item_ids);
		END IF;
	END LOOP;
	IF rest.missed THEN
		SELECT array_agg(j.location_id) AS location_ids, array_agg(j.item_id) AS item_ids INTO rest
			FROM stockalert.judge_pairs(rejudge_moved.location_ids, rejudge_moved.item_ids, true, true) AS j;
	END IF;
	SELECT j.* INTO opened, worsened, eased, resolved, reopened, queued FROM stockalert.judge_locked(rest.location_ids, rest.item_ids) AS j;
END
$$;
COMMENT ON FUNCTION stockalert.rejudge_moved(bigint[], bigint[]) IS
	'Judges these pairs anew and locks only those for which something changes. item_ids NULL: all pairs of these locations; both NULL: all pairs. For the owner.';

-- not strict: NULL keys mean all
CREATE FUNCTION stockalert.rejudge_computed(location_ids bigint[] DEFAULT NULL, item_ids bigint[] DEFAULT NULL,
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT r.* INTO opened, worsened, eased, resolved, reopened, queued FROM stockalert.rejudge_moved(location_ids, item_ids) AS r;
END
$$;
COMMENT ON FUNCTION stockalert.rejudge_computed(bigint[], bigint[]) IS
	'Judges pairs anew whose demand or computed reorder point was rewritten (NULL: all); where no threshold follows demand, or none moves, nothing is locked or written. For the owner; called by refresh_demand().';

CREATE FUNCTION stockalert.settle(OUT since xid8[], OUT writers xid[])
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- What another check is seeing to is not waited for. A row still has the xmin
	-- of the (sub)transaction that noted the change, and wrote stock levels for it.
	UPDATE stockalert.unsettled AS u SET settled_from = pg_snapshot_xmax(pg_current_snapshot()), writer = u.xmin
		WHERE u.unsettled_id IN (SELECT x.unsettled_id FROM stockalert.unsettled AS x WHERE x.settled_from IS NULL FOR UPDATE SKIP LOCKED);
	-- Of many changes each row would be held against each: the oldest stands for all.
	SELECT CASE WHEN count(*) <= 16 THEN array_agg(u.since) ELSE (array_agg(u.since ORDER BY u.since))[1:1] END,
		CASE WHEN count(*) <= 16 THEN array_agg(u.writer) ELSE '{0}' END INTO since, writers
		FROM stockalert.unsettled AS u WHERE u.settled_from <= pg_snapshot_xmin(pg_current_snapshot());
END
$$;
COMMENT ON FUNCTION stockalert.settle() IS
	'Tells the check since which transactions what others than the writers wrote must be judged anew because of earlier changes of thresholds; NULL: no need. For the owner.';

CREATE FUNCTION stockalert.rules_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
	places bigint[];
BEGIN
	-- A note, and that of this function itself (applied_at), move no threshold.
	-- As sets, whose comparison does not hang on how many rows the first statement of the session had.
	IF TG_OP = 'UPDATE' THEN
		IF NOT EXISTS (SELECT c.rule_id, c.unit, c.low, c.critical, c.maximum, c.fires, c.enabled FROM changed AS c
			EXCEPT SELECT o.rule_id, o.unit, o.low, o.critical, o.maximum, o.fires, o.enabled FROM other AS o) THEN
			RETURN NULL;
		END IF;
	END IF;
	INSERT INTO stockalert.unsettled DEFAULT VALUES;
	-- A rule that comes with applied_at is restored from a dump, with levels
	-- that were judged by it.
	SELECT bool_or(r.item_id IS NULL AND r.category IS NULL AND r.location_id IS NULL) AS everything,
		array_agg(r.location_id) FILTER (WHERE r.item_id IS NULL AND r.category IS NULL) AS location_ids,
		bool_or(coalesce(r.item_id::text, r.category) IS NOT NULL) AS narrower INTO found
		FROM changed AS r WHERE r.applied_at IS NULL OR TG_OP <> 'INSERT';
	IF found.everything THEN
		PERFORM stockalert.rejudge_moved(NULL, NULL);
	ELSE
		places := found.location_ids;
		IF places IS NOT NULL THEN
			PERFORM stockalert.rejudge_moved(places, NULL);
		END IF;
		IF found.narrower THEN
			-- By location first: the key of stock_levels begins with it.
			SELECT array_agg(p.location_id) AS location_ids, array_agg(p.item_id) AS item_ids INTO found FROM (
				SELECT s.location_id, s.item_id FROM changed AS r
					JOIN stockalert.locations AS l ON r.location_id IS NULL OR l.location_id = r.location_id
					JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = r.item_id
					WHERE r.item_id IS NOT NULL AND (r.applied_at IS NULL OR TG_OP <> 'INSERT')
				UNION ALL
				SELECT s.location_id, s.item_id FROM changed AS r
					JOIN stockalert.items AS i ON i.category = r.category
					JOIN stockalert.locations AS l ON r.location_id IS NULL OR l.location_id = r.location_id
					JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = i.item_id
					WHERE r.item_id IS NULL AND (r.applied_at IS NULL OR TG_OP <> 'INSERT')) AS p
				WHERE places IS NULL OR NOT p.location_id = ANY (places);
			IF found.location_ids IS NOT NULL THEN
				PERFORM stockalert.rejudge_moved(found.location_ids, found.item_ids);
			END IF;
		END IF;
	END IF;
	IF TG_OP = 'INSERT' THEN
		UPDATE stockalert.rules AS r SET applied_at = stockalert.as_of()
			FROM changed AS c WHERE r.rule_id = c.rule_id AND r.applied_at IS NULL;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.rules_changed() IS 'Statement trigger of rules: judges the pairs anew that the changed rules cover.';

CREATE TRIGGER rules_inserted AFTER INSERT ON stockalert.rules REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.rules_changed();
COMMENT ON TRIGGER rules_inserted ON stockalert.rules IS 'Judges covered pairs anew.';
CREATE TRIGGER rules_deleted AFTER DELETE ON stockalert.rules REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.rules_changed();
COMMENT ON TRIGGER rules_deleted ON stockalert.rules IS 'Judges pairs anew that were covered.';
-- A rule keeps its scope: what it covers is what it covered.
CREATE FUNCTION stockalert.keep_rule_scope() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'the scope of a rule cannot be changed'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			  DETAIL = 'Item, location, category and origin of a rule stay as they were made.',
			  HINT = 'Delete the rule and make another: SELECT * FROM stockalert.set_threshold(...)';
END
$$;
COMMENT ON FUNCTION stockalert.keep_rule_scope() IS 'Row trigger of rules: refuses another scope. Error 55000.';
CREATE TRIGGER rules_keep_scope BEFORE UPDATE ON stockalert.rules FOR EACH ROW
	WHEN ((old.item_id, old.location_id, old.category, old.origin) IS DISTINCT FROM (new.item_id, new.location_id, new.category, new.origin))
	EXECUTE FUNCTION stockalert.keep_rule_scope();
COMMENT ON TRIGGER rules_keep_scope ON stockalert.rules IS 'A rule keeps its scope.';
CREATE TRIGGER rules_updated AFTER UPDATE ON stockalert.rules REFERENCING OLD TABLE AS other NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.rules_changed();
COMMENT ON TRIGGER rules_updated ON stockalert.rules IS 'Judges covered pairs anew.';

CREATE FUNCTION stockalert.items_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moved bigint[];
	location_ids bigint[];
	item_ids bigint[];
BEGIN
	SELECT array_agg(x.item_id) INTO moved FROM (SELECT n.item_id, n.category, n.active, n.quantity_step, n.owner_key FROM after AS n
		EXCEPT SELECT o.item_id, o.category, o.active, o.quantity_step, o.owner_key FROM before AS o) AS x;
	IF moved IS NULL THEN
		RETURN NULL;
	END IF;
	INSERT INTO stockalert.unsettled DEFAULT VALUES;
	SELECT array_agg(s.location_id), array_agg(s.item_id) INTO location_ids, item_ids
		FROM unnest(moved) AS n (item_id) CROSS JOIN stockalert.locations AS l
		JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = n.item_id;
	IF location_ids IS NOT NULL THEN
		PERFORM stockalert.rejudge_moved(location_ids, item_ids);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.items_changed() IS 'Statement trigger of items: judges anew where category, activity or step changed.';
CREATE TRIGGER items_changed AFTER UPDATE ON stockalert.items REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.items_changed();
COMMENT ON TRIGGER items_changed ON stockalert.items IS 'Judges anew where category, activity or step changed.';

CREATE FUNCTION stockalert.locations_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	location_ids bigint[];
BEGIN
	INSERT INTO stockalert.unsettled (settled_from)
		SELECT NULL FROM after AS n JOIN before AS o ON o.location_id = n.location_id WHERE o.active IS DISTINCT FROM n.active LIMIT 1;
	SELECT array_agg(n.location_id) INTO location_ids FROM after AS n JOIN before AS o ON o.location_id = n.location_id
		WHERE o.active IS DISTINCT FROM n.active;
	IF location_ids IS NOT NULL THEN
		PERFORM stockalert.rejudge_moved(location_ids, NULL);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.locations_changed() IS 'Statement trigger of locations: judges anew where activity changed.';
CREATE TRIGGER locations_changed AFTER UPDATE ON stockalert.locations REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.locations_changed();
COMMENT ON TRIGGER locations_changed ON stockalert.locations IS 'Judges anew where activity changed.';

CREATE FUNCTION stockalert.subscribers_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	-- A summary sent, a name, who is disabled (and has alerts recorded all the same) and the note of this
	-- function itself (applied_at) move no threshold.
	IF TG_OP = 'UPDATE' THEN
		IF NOT EXISTS (SELECT c.subscriber_id, c.own_threshold, c.location_ids, c.categories, c.app_key FROM changed AS c
			EXCEPT SELECT o.subscriber_id, o.own_threshold, o.location_ids, o.categories, o.app_key FROM other AS o) THEN
			RETURN NULL;
		END IF;
	END IF;
	INSERT INTO stockalert.unsettled DEFAULT VALUES;
	-- Own thresholds are edges: every pair that a changed person covers is
	-- looked at. A row that comes with applied_at is restored from a dump.
	SELECT bool_or(b.location_ids IS NULL) AS everywhere,
		(SELECT array_agg(DISTINCT l) FROM changed AS c, unnest(c.location_ids) AS l
			WHERE l IS NOT NULL AND (c.applied_at IS NULL OR TG_OP <> 'INSERT')) AS location_ids INTO found
		FROM changed AS b WHERE b.applied_at IS NULL OR TG_OP <> 'INSERT';
	IF found.everywhere OR found.location_ids IS NOT NULL THEN
		PERFORM stockalert.rejudge_moved(CASE WHEN NOT found.everywhere THEN found.location_ids END, NULL);
	END IF;
	IF TG_OP = 'INSERT' THEN
		UPDATE stockalert.subscribers AS b SET applied_at = stockalert.as_of()
			FROM changed AS c WHERE b.subscriber_id = c.subscriber_id AND b.applied_at IS NULL;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.subscribers_changed() IS 'Statement trigger of subscribers: judges anew the pairs whose own thresholds changed.';
CREATE TRIGGER subscribers_inserted AFTER INSERT ON stockalert.subscribers REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_inserted ON stockalert.subscribers IS 'Own thresholds are edges.';
CREATE TRIGGER subscribers_deleted AFTER DELETE ON stockalert.subscribers REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_deleted ON stockalert.subscribers IS 'Own thresholds are edges.';
CREATE TRIGGER subscribers_were AFTER UPDATE ON stockalert.subscribers REFERENCING OLD TABLE AS changed NEW TABLE AS other
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_were ON stockalert.subscribers IS 'Pairs that were covered; fires before subscribers_will by name.';
CREATE TRIGGER subscribers_will AFTER UPDATE ON stockalert.subscribers REFERENCING OLD TABLE AS other NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_will ON stockalert.subscribers IS 'Pairs that are covered now.';
-- From the names people use to rows, with errors that help.

CREATE FUNCTION stockalert.edit_distance(a text, b text) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_edit_distance';
COMMENT ON FUNCTION stockalert.edit_distance(text, text) IS
	'Number of characters to change to get from one text to the other (Levenshtein); 255 where one is longer than 255 bytes. NULL for NULL.';

CREATE FUNCTION stockalert.find_location(location text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
	closest text;
BEGIN
	IF location IS NULL THEN
		SELECT array_agg(l.location_id) INTO found FROM stockalert.locations AS l
			WHERE l.active AND stockalert.sees_location(l.location_id);
		IF cardinality(found) = 1 THEN
			RETURN found[1];
		END IF;
		SELECT array_agg(l.location_id) INTO found FROM stockalert.locations AS l
			WHERE l.code = 'main' AND stockalert.sees_location(l.location_id);
		IF cardinality(found) = 1 THEN
			RETURN found[1];
		END IF;
		RAISE EXCEPTION 'which location is not said'
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = CASE WHEN found IS NULL AND NOT stockalert.sees_all_locations() THEN 'Your role sees no location called main, nor exactly one.'
					WHEN EXISTS (SELECT 1 FROM stockalert.locations) THEN 'There are several locations and none is called main.' ELSE 'There is no location yet.' END,
				  HINT = CASE WHEN EXISTS (SELECT 1 FROM stockalert.locations)
					THEN 'Pass location => ''code''; SELECT code, name FROM stockalert.location_list lists them.'
					ELSE 'SELECT * FROM stockalert.add_location(''main'', ''Main shop'');' END;
	END IF;
	SELECT array_agg(DISTINCT m.location_id) INTO found FROM (
		SELECT l.location_id FROM stockalert.locations AS l WHERE l.code = find_location.location
		UNION SELECT r.location_id FROM stockalert.location_refs AS r WHERE r.external_id = find_location.location) AS m;
	-- What a role may not see is not known to it.
	IF NOT stockalert.sees_all_locations() THEN
		SELECT array_agg(f.id) INTO found FROM unnest(found) AS f (id) WHERE f.id = ANY (stockalert.visible_locations());
	END IF;
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	ELSIF found IS NULL THEN
		SELECT string_agg(c.code, ', ' ORDER BY c.distance, c.code) INTO closest FROM (
			SELECT l.code, stockalert.edit_distance(lower(l.code), lower(find_location.location)) AS distance
			FROM stockalert.locations AS l WHERE stockalert.sees_location(l.location_id) ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'location "%" is not known', left(location, 200)
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce('Closest: ' || closest || '.', 'There is no location yet.'),
				  HINT = 'SELECT code, name FROM stockalert.location_list; or stockalert.add_location().';
	END IF;
	RAISE EXCEPTION 'location "%" is ambiguous', location
		USING ERRCODE = 'ambiguous_alias',
			  DETAIL = 'It names ' || (SELECT string_agg(l.code, ', ' ORDER BY l.code) FROM stockalert.locations AS l WHERE l.location_id = ANY (found)) || '.',
			  HINT = 'Use the code of the one that is meant.';
END
$$;
COMMENT ON FUNCTION stockalert.find_location(text) IS
	'Finds a location by code or by a source''s key. NULL: the only active one, else main. Only what the caller sees (role_scopes). Error 42704 with the closest codes, 42P09 where several match.';

CREATE FUNCTION stockalert.find_item(item text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
	closest text;
BEGIN
	IF item IS NULL THEN
		RAISE EXCEPTION 'which item is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The item is NULL.', HINT = 'Pass its SKU.';
	END IF;
	SELECT array_agg(DISTINCT m.item_id) INTO found FROM (
		SELECT i.item_id FROM stockalert.items AS i WHERE i.sku = find_item.item
		UNION SELECT r.item_id FROM stockalert.item_refs AS r WHERE r.external_id = find_item.item) AS m;
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	ELSIF found IS NULL THEN
		SELECT string_agg(c.sku, ', ' ORDER BY c.distance, c.sku) INTO closest FROM (
			SELECT i.sku, stockalert.edit_distance(lower(i.sku), lower(find_item.item)) AS distance
			FROM stockalert.items AS i ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'item "%" is not known', left(item, 200)
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce('Closest: ' || closest || '.', 'There is no item yet.'),
				  HINT = 'SELECT * FROM stockalert.stock_status; or stockalert.add_item().';
	END IF;
	RAISE EXCEPTION 'item "%" is ambiguous', item
		USING ERRCODE = 'ambiguous_alias',
			  DETAIL = 'It names ' || (SELECT string_agg(i.sku, ', ' ORDER BY i.sku) FROM stockalert.items AS i WHERE i.item_id = ANY (found)) || '.',
			  HINT = 'Use the SKU of the one that is meant.';
END
$$;
COMMENT ON FUNCTION stockalert.find_item(text) IS
	'Finds an item by SKU or by a source''s key. Error 42704 with the closest SKUs, 42P09 where several match, 22004 for NULL.';

CREATE FUNCTION stockalert.show_quantity(quantity numeric) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$ SELECT trim_scale(quantity)::text $$;
COMMENT ON FUNCTION stockalert.show_quantity(numeric) IS 'A quantity as people write it, without trailing zeros. NULL for NULL.';

CREATE FUNCTION stockalert.check_quantity(argument text, quantity numeric, positive boolean) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF quantity IS NOT NULL AND NOT stockalert.is_quantity(quantity) THEN
		RAISE EXCEPTION '% is not a quantity', argument
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = format('It is %s.', CASE WHEN length(quantity::text) > 60 THEN 'too long' ELSE quantity::text END),
				  HINT = 'Pass a finite number with at most 21 digits before and 5 after the point.';
	ELSIF positive AND quantity < 0 THEN
		RAISE EXCEPTION '% is negative', argument
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', quantity), HINT = 'Pass 0 or more.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_quantity(text, numeric, boolean) IS
	'Raises 22023, naming the argument, where the number cannot be a quantity (or is negative where positive is asked for). NULL passes.';

CREATE FUNCTION stockalert.check_label(argument text, label text, longest integer) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF label IS NULL THEN
		RAISE EXCEPTION '% is NULL', argument
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It must be given.', HINT = format('Pass 1 to %s characters.', longest);
	ELSIF NOT stockalert.is_label(label, longest) THEN
		RAISE EXCEPTION '% cannot be used', argument
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = CASE WHEN label = '' THEN 'It is empty.' WHEN char_length(label) > longest THEN format('It has %s characters.', char_length(label))
					ELSE 'It has control characters, or a blank at an end.' END,
				  HINT = format('Pass 1 to %s characters without control characters.', longest);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_label(text, text, integer) IS
	'Raises 22023 (22004 for NULL), naming the argument, where the text cannot be a name or key.';
-- Setting up: each function says what it did and what to do next.

CREATE FUNCTION stockalert.next_step() RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unset text;
BEGIN
	IF NOT EXISTS (SELECT 1 FROM stockalert.locations) THEN
		RETURN 'SELECT * FROM stockalert.add_location(''main'', ''Main shop'');';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.items) THEN
		RETURN 'SELECT * FROM stockalert.add_item(''LED-8'', ''LED strip, 8 m'');';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.stock_levels) THEN
		RETURN 'SELECT * FROM stockalert.set_stock(''LED-8'', 100);';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.subscribers) THEN
		RETURN 'SELECT * FROM stockalert.add_subscriber(''manager'', email => ''alerts@example.com''); -- nobody is told yet';
	ELSIF NOT EXISTS (SELECT 1 FROM stockalert.subscriber_contacts) THEN
		-- What an app says of its people is the app's to change.
		RETURN coalesce((SELECT format('SELECT * FROM stockalert.set_preferences(%L, notification_email => ''alerts@example.com'');', b.name)
			FROM stockalert.subscribers AS b WHERE b.app_key IS NULL ORDER BY b.subscriber_id LIMIT 1), stockalert.somebody_call(false)) || ' -- nobody can be reached yet';
	END IF;
	SELECT DISTINCT c.channel INTO unset FROM stockalert.subscriber_contacts AS c
		WHERE c.channel <> 'log' AND NOT EXISTS (SELECT 1 FROM stockalert.channels AS h WHERE h.channel = c.channel)
		ORDER BY 1 LIMIT 1;
	IF unset IS NOT NULL THEN
		RETURN stockalert.channel_call(unset);
	END IF;
	-- Where pg_cron is; anything else about it schedule_jobs() itself explains.
	IF to_regnamespace('cron') IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stockalert.job_runs) THEN
		RETURN 'SELECT * FROM stockalert.schedule_jobs();';
	END IF;
	RETURN 'SELECT * FROM stockalert.health();';
END
$$;
COMMENT ON FUNCTION stockalert.next_step() IS 'The next statement that gets this installation nearer to a message received.';

CREATE FUNCTION stockalert.add_location(code text, name text DEFAULT NULL, time_zone text DEFAULT NULL, currency text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.require_all_locations('add_location()');
	PERFORM stockalert.check_label('code', code, 63);
	PERFORM stockalert.check_label('name', coalesce(name, code), 512);
	IF time_zone IS NOT NULL AND NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', time_zone
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Clock times of a location are in its time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	IF currency !~ '^[A-Z]{3}$' THEN
		RAISE EXCEPTION 'currency cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is "%s".', left(currency, 20)), HINT = 'Pass three capital letters, such as EUR.';
	END IF;
	INSERT INTO stockalert.locations AS l (code, name, time_zone, currency)
		VALUES (add_location.code, coalesce(add_location.name, add_location.code),
			coalesce(add_location.time_zone, current_setting('TimeZone')), add_location.currency)
		ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'location "%" exists', code
			USING ERRCODE = 'unique_violation', DETAIL = 'Codes are unique.',
				  HINT = format('SELECT * FROM stockalert.location_list WHERE code = %L; -- who has stockalert_writer changes it: UPDATE stockalert.locations', code);
	END IF;
	done := format('location %s added (time zone %s)', code, coalesce(time_zone, current_setting('TimeZone')));
	next := stockalert.next_step();
END
$$;
COMMENT ON FUNCTION stockalert.add_location(text, text, text, text) IS
	'Adds a shop or warehouse. name defaults to the code, time_zone to the session''s. Errors: 42501 the caller sees some locations only; 22023 bad code, name or time zone; 23505 the code exists.';

CREATE FUNCTION stockalert.add_item(sku text, name text DEFAULT NULL, category text DEFAULT NULL, cost numeric DEFAULT NULL,
	price numeric DEFAULT NULL, quantity_step numeric DEFAULT 1, description text DEFAULT NULL, model_number text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.check_label('sku', sku, 192);
	PERFORM stockalert.check_label('name', coalesce(name, sku), 512);
	PERFORM stockalert.check_quantity('cost', cost, true);
	PERFORM stockalert.check_quantity('price', price, true);
	PERFORM stockalert.check_quantity('quantity_step', quantity_step, true);
	IF quantity_step = 0 THEN
		RAISE EXCEPTION 'quantity_step is zero'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is the smallest unit of stock.', HINT = 'Pass 1 for pieces, 0.001 for goods by weight.';
	END IF;
	IF category IS NOT NULL THEN
		PERFORM stockalert.check_label('category', category, 192);
	END IF;
	IF model_number IS NOT NULL THEN
		PERFORM stockalert.check_label('model_number', model_number, 192);
	END IF;
	IF char_length(description) > 4096 THEN
		RAISE EXCEPTION 'description cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It has %s characters.', char_length(description)), HINT = 'Pass at most 4096 characters.';
	END IF;
	INSERT INTO stockalert.items (sku, name, category, cost, price, quantity_step, description, model_number)
		VALUES (add_item.sku, coalesce(add_item.name, add_item.sku), add_item.category, add_item.cost, add_item.price,
			coalesce(add_item.quantity_step, 1), add_item.description, add_item.model_number)
		ON CONFLICT ON CONSTRAINT items_sku_key DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'item "%" exists', sku
			USING ERRCODE = 'unique_violation', DETAIL = 'SKUs are unique.',
				  HINT = format('UPDATE stockalert.items SET name = ... WHERE sku = %L;', sku);
	END IF;
	done := format('item %s added', sku);
	next := CASE WHEN EXISTS (SELECT 1 FROM stockalert.locations)
		THEN format('SELECT * FROM stockalert.set_stock(%L, 100);', sku) ELSE stockalert.next_step() END;
END
$$;
COMMENT ON FUNCTION stockalert.add_item(text, text, text, numeric, numeric, numeric, text, text) IS
	'Adds an item; name defaults to the SKU. cost and price per unit. Errors: 22023 a value that cannot be; 23505 the SKU exists.';

CREATE FUNCTION stockalert.set_stock(item text, on_hand numeric DEFAULT NULL, location text DEFAULT NULL, reserved numeric DEFAULT NULL,
	par_level numeric DEFAULT NULL, on_order numeric DEFAULT NULL, in_transit numeric DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := stockalert.find_item(item);
	the_location bigint := stockalert.find_location(location);
	level stockalert.stock_levels;
	verdict stockalert.decision;
BEGIN
	PERFORM stockalert.check_quantity('on_hand', on_hand, false);
	PERFORM stockalert.check_quantity('reserved', reserved, true);
	PERFORM stockalert.check_quantity('par_level', par_level, true);
	PERFORM stockalert.check_quantity('on_order', on_order, true);
	PERFORM stockalert.check_quantity('in_transit', in_transit, true);
	IF par_level = 0 THEN
		RAISE EXCEPTION 'par_level is zero'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is the stock that the shelf should hold.',
				  HINT = 'Leave it out where there is none; to take one away: UPDATE stockalert.stock_levels SET par_level = NULL ...';
	END IF;
	INSERT INTO stockalert.stock_levels AS s (location_id, item_id, on_hand, reserved, par_level, on_order, in_transit)
		VALUES (the_location, the_item, coalesce(set_stock.on_hand, 0), coalesce(set_stock.reserved, 0), set_stock.par_level,
			coalesce(set_stock.on_order, 0), coalesce(set_stock.in_transit, 0))
		ON CONFLICT ON CONSTRAINT stock_levels_pkey DO UPDATE SET
			on_hand = coalesce(set_stock.on_hand, s.on_hand), reserved = coalesce(set_stock.reserved, s.reserved),
			par_level = coalesce(set_stock.par_level, s.par_level), on_order = coalesce(set_stock.on_order, s.on_order),
			in_transit = coalesce(set_stock.in_transit, s.in_transit);
	SELECT s.* INTO level FROM stockalert.stock_levels AS s WHERE s.location_id = the_location AND s.item_id = the_item;
	SELECT (d.decision).* INTO verdict FROM stockalert.stock_decisions AS d
		WHERE d.location_id = the_location AND d.item_id = the_item;
	done := format('%s at %s: %s on hand%s, %s%s', item, (SELECT l.code FROM stockalert.locations AS l WHERE l.location_id = the_location),
		stockalert.show_quantity(level.on_hand),
		CASE WHEN level.reserved <> 0 THEN format(' (%s reserved)', stockalert.show_quantity(level.reserved)) ELSE '' END,
		level.class,
		CASE WHEN verdict.low IS NOT NULL THEN format(' (low is %s %s)', replace(verdict.fires, '_', ' '), stockalert.show_quantity(verdict.low)) ELSE '' END);
	next := stockalert.next_step();
END
$$;
COMMENT ON FUNCTION stockalert.set_stock(text, numeric, text, numeric, numeric, numeric, numeric) IS
	'Sets stock of an item at a location (NULL: main, or the only one); what is NULL stays as it is, 0 for a new row. Alerts follow at once. Errors: 42704 unknown item or location, 22023 no quantity.';

CREATE FUNCTION stockalert.record_sale(item text, quantity numeric, location text DEFAULT NULL, sold_at timestamptz DEFAULT NULL,
	unit_price numeric DEFAULT NULL, kind text DEFAULT 'sale', source_line text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := stockalert.find_item(item);
	the_location bigint := stockalert.find_location(location);
	the_source bigint;
BEGIN
	IF quantity IS NULL THEN
		RAISE EXCEPTION 'quantity is NULL'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'A sale has a quantity.', HINT = 'Pass the units sold.';
	END IF;
	PERFORM stockalert.check_quantity('quantity', quantity, false);
	PERFORM stockalert.check_quantity('unit_price', unit_price, false);
	IF kind IS NULL OR kind NOT IN ('sale', 'return', 'waste', 'transfer', 'correction') THEN
		RAISE EXCEPTION 'kind "%" is not known', left(kind, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Kinds are sale, return, waste, transfer and correction.', HINT = 'Pass one of them.';
	END IF;
	IF sold_at < '1970-01-01 00:00+00' OR sold_at >= '2200-01-01 00:00+00' THEN
		RAISE EXCEPTION 'sold_at cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', sold_at), HINT = 'Pass a time between 1970 and 2200.';
	END IF;
	IF source_line IS NOT NULL THEN
		PERFORM stockalert.check_label('source_line', source_line, 192);
		INSERT INTO stockalert.sources (name, kind) VALUES ('sql', 'sql') ON CONFLICT ON CONSTRAINT sources_name_key DO NOTHING;
		SELECT s.source_id INTO the_source FROM stockalert.sources AS s WHERE s.name = 'sql';
	END IF;
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
		VALUES (the_location, the_item, coalesce(record_sale.sold_at, stockalert.as_of()), record_sale.quantity,
			record_sale.kind, record_sale.unit_price, the_source, record_sale.source_line)
		ON CONFLICT DO NOTHING;
	done := CASE WHEN FOUND THEN format('%s of %s %s recorded', kind, stockalert.show_quantity(quantity), item)
		ELSE format('line %s was recorded before', source_line) END;
	next := format('SELECT * FROM stockalert.set_stock(%L, 100); -- what is left: sales teach demand and change no stock', item);
END
$$;
COMMENT ON FUNCTION stockalert.record_sale(text, numeric, text, timestamptz, numeric, text, text) IS
	'Records a sale (or return, waste, transfer, correction); changes no stock. sold_at NULL: now. The same source_line at the same time and place is stored once. Errors: 42704 unknown item or location, 22023, 22004.';

CREATE FUNCTION stockalert.set_threshold(item text DEFAULT NULL, low numeric DEFAULT NULL, critical numeric DEFAULT NULL, maximum numeric DEFAULT NULL,
	location text DEFAULT NULL, category text DEFAULT NULL, unit text DEFAULT 'units', fires text DEFAULT NULL, note text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	broken text;
	measure text := CASE unit WHEN 'percent' THEN ' %' WHEN 'days' THEN ' days of cover' ELSE '' END;
	the_item bigint := CASE WHEN item IS NOT NULL THEN stockalert.find_item(item) END;
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	place text := concat_ws(' ', item, CASE WHEN category IS NOT NULL THEN 'category ' || category END, CASE WHEN location IS NOT NULL THEN 'at ' || location END);
BEGIN
	IF location IS NULL THEN
		PERFORM stockalert.require_all_locations('a threshold without a location');
	END IF;
	PERFORM stockalert.check_quantity('low', low, true);
	PERFORM stockalert.check_quantity('critical', critical, true);
	PERFORM stockalert.check_quantity('maximum', maximum, true);
	IF unit IS NULL OR unit NOT IN ('units', 'percent', 'days', 'computed', 'greatest') THEN
		RAISE EXCEPTION 'unit "%" is not known', unit
			USING ERRCODE = 'invalid_parameter_value',
				  DETAIL = 'A threshold is in units, in percent of the par level, in days of cover, the computed reorder point, or the greatest of that and a low of your own.',
				  HINT = 'Pass unit => ''units'', ''percent'', ''days'', ''computed'' or ''greatest''.';
	ELSIF low IS NULL AND critical IS NULL AND maximum IS NULL AND unit <> 'computed' THEN
		DELETE FROM stockalert.rules AS r WHERE r.origin <> 'square' AND r.item_id IS NOT DISTINCT FROM the_item
			AND r.location_id IS NOT DISTINCT FROM the_location AND r.category IS NOT DISTINCT FROM set_threshold.category;
		done := CASE WHEN FOUND THEN format('rule for %s removed', coalesce(nullif(place, ''), 'everything')) ELSE 'there was no such rule' END;
	ELSE
		INSERT INTO stockalert.rules AS r (item_id, location_id, category, origin, unit, low, critical, maximum, fires, note)
			VALUES (the_item, the_location, set_threshold.category, CASE set_threshold.unit WHEN 'computed' THEN 'computed' ELSE 'manual' END, set_threshold.unit, set_threshold.low, set_threshold.critical,
				set_threshold.maximum, set_threshold.fires, set_threshold.note)
			ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET unit = excluded.unit, low = excluded.low,
				critical = excluded.critical, maximum = excluded.maximum, fires = excluded.fires, note = excluded.note,
				enabled = true, set_by = SESSION_USER, set_at = now();
		done := format('%s: %s', coalesce(nullif(place, ''), 'everything'), concat_ws(', ',
			CASE unit WHEN 'computed' THEN 'low at the computed reorder point'
				WHEN 'greatest' THEN format('low at the computed reorder point, or %s where that is greater', stockalert.show_quantity(low))
				ELSE 'low ' || stockalert.show_quantity(low) || measure END,
			'critical ' || stockalert.show_quantity(critical) || measure,
			'maximum ' || stockalert.show_quantity(maximum) || measure));
		-- A rule by hand for the same scope stands before it.
		IF unit = 'computed' AND EXISTS (SELECT FROM stockalert.rules AS r WHERE r.origin = 'manual' AND r.enabled AND r.low IS NOT NULL
			AND r.item_id IS NOT DISTINCT FROM the_item AND r.location_id IS NOT DISTINCT FROM the_location AND r.category IS NOT DISTINCT FROM set_threshold.category) THEN
			done := done || '; the low set by hand for it wins, unit greatest takes both';
		END IF;
	END IF;
	next := CASE WHEN unit IN ('units', 'greatest') THEN 'SELECT * FROM stockalert.low_stock;' ELSE 'SELECT * FROM stockalert.rule_problems;' END;
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'threshold cannot be set'
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken),
			  HINT = 'SELECT * FROM stockalert.rules; set_threshold() replaces the whole rule of one scope.';
END
$$;
COMMENT ON FUNCTION stockalert.set_threshold(text, numeric, numeric, numeric, text, text, text, text, text) IS
	'Sets the rule of one scope: an item, an item at a location, a category (at a location), a location, or everything where none is named. unit: units; percent of the par level; days of cover; computed: low is the computed reorder point; greatest: of that and low. NULL in low, critical or maximum: inherit; all three NULL removes the rules of the scope, but with unit computed. Judges the pairs concerned at once. Errors: 42501 no location, and the caller sees some only; 42704, 22023, 23514 (critical above low and the like).';

CREATE FUNCTION stockalert.add_contact(the_subscriber bigint, channel text, address text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF address IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (the_subscriber, add_contact.channel, add_contact.address)
		ON CONFLICT ON CONSTRAINT subscriber_contacts_subscriber_id_channel_address_key DO NOTHING;
EXCEPTION WHEN check_violation THEN
	-- Not repeated here: it may be a URL that is a secret.
	RAISE EXCEPTION '% address cannot be used', channel
		USING ERRCODE = 'invalid_parameter_value',
			  DETAIL = CASE WHEN channel = 'email' THEN 'It does not look like name@example.com.' ELSE 'It is not the name of a credential.' END,
			  HINT = CASE WHEN channel = 'email' THEN 'Pass one plain address, without a display name.'
				ELSE format('Pass %s or %s:label, and seal the URL under that name.', channel, channel) END;
END
$$;
COMMENT ON FUNCTION stockalert.add_contact(bigint, text, text) IS 'Adds one contact of a subscriber; NULL address: none. Error 22023. For the owner.';

CREATE FUNCTION stockalert.add_subscriber(name text, email text DEFAULT NULL, slack text DEFAULT NULL, sms text DEFAULT NULL,
	whatsapp text DEFAULT NULL, webhook text DEFAULT NULL, log boolean DEFAULT false, own_threshold numeric DEFAULT NULL,
	minimum_severity text DEFAULT 'low', locations text[] DEFAULT NULL, categories text[] DEFAULT NULL, time_zone text DEFAULT NULL,
	summary_at time DEFAULT NULL, escalation boolean DEFAULT false, fallback boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	reached text;
BEGIN
	PERFORM stockalert.check_label('name', name, 192);
	PERFORM stockalert.check_quantity('own_threshold', own_threshold, true);
	IF time_zone IS NOT NULL AND NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', time_zone
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Clock times of a subscriber are in their time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	IF minimum_severity IS NULL OR minimum_severity NOT IN ('low', 'critical', 'out') THEN
		RAISE EXCEPTION 'severity "%" is not known', left(minimum_severity, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Severities are low, critical and out.', HINT = 'Pass one of them.';
	END IF;
	INSERT INTO stockalert.subscribers (name, own_threshold, minimum_severity, location_ids, categories, time_zone, summary_at, escalation, fallback)
		VALUES (add_subscriber.name, add_subscriber.own_threshold, add_subscriber.minimum_severity,
			-- Whoever sees some locations only cannot have others hear of all.
			coalesce((SELECT array_agg(stockalert.find_location(l)) FROM unnest(add_subscriber.locations) AS l), stockalert.visible_locations()),
			add_subscriber.categories, coalesce(add_subscriber.time_zone, current_setting('TimeZone')), add_subscriber.summary_at,
			coalesce(add_subscriber.escalation, false), coalesce(add_subscriber.fallback, false))
		ON CONFLICT ON CONSTRAINT subscribers_name_key DO NOTHING RETURNING subscriber_id INTO id;
	IF id IS NULL THEN
		RAISE EXCEPTION 'subscriber "%" exists', name
			USING ERRCODE = 'unique_violation', DETAIL = 'Names are unique.',
				  HINT = format('SELECT * FROM stockalert.set_preferences(%L, notification_email => ''alerts@example.com'');', name);
	END IF;
	PERFORM stockalert.add_contact(id, 'email', email);
	PERFORM stockalert.add_contact(id, 'slack', slack);
	PERFORM stockalert.add_contact(id, 'sms', sms);
	PERFORM stockalert.add_contact(id, 'whatsapp', whatsapp);
	PERFORM stockalert.add_contact(id, 'webhook', webhook);
	IF log THEN
		PERFORM stockalert.add_contact(id, 'log', 'server log');
	END IF;
	SELECT string_agg(c.channel, ', ' ORDER BY c.channel) INTO reached FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = id;
	done := format('subscriber %s added (%s)', name, coalesce('by ' || reached, 'no way to reach them yet'));
	next := CASE WHEN reached IS NULL
		THEN format('SELECT * FROM stockalert.set_preferences(%L, notification_email => ''alerts@example.com'');', name)
		ELSE stockalert.next_step() END;
END
$$;
COMMENT ON FUNCTION stockalert.add_subscriber(text, text, text, text, text, text, boolean, numeric, text, text[], text[], text, time, boolean, boolean) IS
	'Adds a person or team: e-mail address, credential names (slack, slack:ops), phone numbers in E.164, log => true for the server log. locations and categories NULL: all. own_threshold NULL: 5 where no rule sets one. summary_at: local time of a daily summary. escalation: hears only of what is escalated; fallback: only of what concerns nobody else. Errors: 22023 a bad value, 42704 an unknown location, 23505 the name exists.';

CREATE FUNCTION stockalert.set_channel(channel text, host text DEFAULT NULL, port integer DEFAULT NULL, security text DEFAULT NULL,
	username text DEFAULT NULL, sender text DEFAULT NULL, enabled boolean DEFAULT NULL, per_second double precision DEFAULT NULL,
	burst integer DEFAULT NULL, content_sid text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken text;
	c stockalert.channels;
BEGIN
	IF channel IS NULL OR channel NOT IN ('email', 'slack', 'sms', 'whatsapp', 'webhook', 'log') THEN
		RAISE EXCEPTION 'channel "%" is not known', channel
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Channels are email, slack, sms, whatsapp, webhook and log.', HINT = 'Pass one of them.';
	END IF;
	PERFORM stockalert.ensure_installation();
	INSERT INTO stockalert.channels AS h (channel, host, port, security, username, sender, enabled, per_second, burst, content_sid)
		VALUES (set_channel.channel, lower(set_channel.host), set_channel.port,
			coalesce(set_channel.security, CASE WHEN set_channel.port = 465 THEN 'tls' ELSE 'starttls' END), set_channel.username,
			coalesce(set_channel.sender, CASE WHEN set_channel.username LIKE '%@%' THEN set_channel.username END), coalesce(set_channel.enabled, true),
			coalesce(set_channel.per_second, CASE set_channel.channel WHEN 'email' THEN 5 WHEN 'log' THEN 10000 ELSE 1 END), coalesce(set_channel.burst, 1), set_channel.content_sid)
		ON CONFLICT ON CONSTRAINT channels_pkey DO UPDATE SET host = coalesce(excluded.host, h.host), port = coalesce(set_channel.port, h.port),
			security = CASE WHEN set_channel.security IS NULL AND set_channel.port IS NULL THEN h.security ELSE excluded.security END,
			username = coalesce(set_channel.username, h.username), sender = coalesce(excluded.sender, h.sender),
			enabled = coalesce(set_channel.enabled, h.enabled), per_second = coalesce(set_channel.per_second, h.per_second),
			burst = coalesce(set_channel.burst, h.burst), content_sid = coalesce(set_channel.content_sid, h.content_sid), state = 'active', state_reason = NULL, state_at = now()
		RETURNING * INTO c;
	PERFORM stockalert.audit('set_channel', channel);
	PERFORM stockalert.wake_sender();
	done := format('channel %s set%s', channel, CASE WHEN c.host IS NOT NULL THEN format(' (%s:%s, %s)', c.host,
		coalesce(c.port, CASE c.security WHEN 'tls' THEN 465 WHEN 'none' THEN 25 ELSE 587 END), c.security) ELSE '' END);
	next := CASE
		WHEN channel = 'email' AND c.sender IS NULL THEN 'SELECT * FROM stockalert.set_channel(''email'', sender => ''shop@example.com'');'
		WHEN channel = 'email' AND c.username IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name = 'smtp')
			THEN format('-- Seal the password: stockalert-seal --sql --name smtp --dest %s:%s (see public_key()), and run what it prints.', c.host,
				coalesce(c.port, CASE c.security WHEN 'tls' THEN 465 WHEN 'none' THEN 25 ELSE 587 END))
		WHEN channel = 'slack' AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name LIKE 'slack%')
			THEN '-- Seal the webhook URL: stockalert-seal --sql --name slack --dest hooks.slack.com:443 (see public_key()), and run what it prints.'
		WHEN channel = 'webhook' AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name LIKE 'webhook%')
			THEN '-- Seal URL and signing secret as https://host/path#whsec_...: stockalert-seal --sql --name webhook --dest HOST:443 (see public_key()), and run what it prints.'
		WHEN channel IN ('sms', 'whatsapp') AND c.sender IS NULL
			THEN format('SELECT * FROM stockalert.set_channel(%L, sender => ''+15550100''); -- a number of yours at Twilio, or its messaging service (MG...).', channel)
		WHEN channel = 'whatsapp' AND c.content_sid IS NULL
			THEN 'SELECT stockalert.whatsapp_template(); -- submit it at Twilio, then set_channel(''whatsapp'', content_sid => ''HX...'')'
		WHEN channel IN ('sms', 'whatsapp') AND NOT EXISTS (SELECT 1 FROM stockalert.credentials AS k WHERE k.name = 'twilio')
			THEN '-- Seal the log-in, AC...:token: stockalert-seal --sql --name twilio --dest api.twilio.com:443 (see public_key()), and run what it prints.'
		ELSE stockalert.next_step() END;
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'channel % cannot be set so', channel
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken), HINT = 'What is left out stays as it is: pass only what shall change.';
END
$$;
COMMENT ON FUNCTION stockalert.set_channel(text, text, integer, text, text, text, boolean, double precision, integer, text) IS
	'Configures a way out; what is NULL stays as it is. email needs host and sender, and username where the relay asks for a password (credential smtp); sms and whatsapp need sender (a number or messaging service at Twilio), whatsapp also content_sid (see whatsapp_template()). Sets a broken channel active again. Errors: 22023 unknown channel, 23514 a value that cannot be.';

GRANT EXECUTE ON FUNCTION
	stockalert.add_location(text, text, text, text),
	stockalert.add_item(text, text, text, numeric, numeric, numeric, text, text),
	stockalert.set_stock(text, numeric, text, numeric, numeric, numeric, numeric),
	stockalert.record_sale(text, numeric, text, timestamptz, numeric, text, text)
	TO stockalert_writer, stockalert_manager;
GRANT EXECUTE ON FUNCTION
	stockalert.set_threshold(text, numeric, numeric, numeric, text, text, text, text, text),
	stockalert.add_subscriber(text, text, text, text, text, text, boolean, numeric, text, text[], text[], text, time, boolean, boolean)
	TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.set_channel(text, text, integer, text, text, text, boolean, double precision, integer, text) TO stockalert_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON stockalert.rules, stockalert.subscribers, stockalert.subscriber_contacts TO stockalert_manager;
-- What people want to hear of, as they and their apps set it.

CREATE FUNCTION stockalert.find_subscriber(subscriber text) RETURNS stockalert.subscribers
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
	closest text;
	person stockalert.subscribers;
BEGIN
	IF subscriber IS NULL THEN
		RAISE EXCEPTION 'which subscriber is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The subscriber is NULL.', HINT = 'Pass a name, an app''s key or a database role.';
	END IF;
	-- The name counts before keys and roles, which an app chooses.
	SELECT array_agg(b.subscriber_id) INTO found FROM stockalert.subscribers AS b WHERE b.name = subscriber;
	IF found IS NULL THEN
		SELECT array_agg(b.subscriber_id) INTO found FROM stockalert.subscribers AS b WHERE b.app_key = subscriber OR b.role_name = subscriber;
	END IF;
	IF cardinality(found) > 1 THEN
		RAISE EXCEPTION 'subscriber "%" is ambiguous', subscriber
			USING ERRCODE = 'ambiguous_alias',
				  DETAIL = 'It names ' || (SELECT string_agg(b.name, ', ' ORDER BY b.name) FROM stockalert.subscribers AS b WHERE b.subscriber_id = ANY (found)) || '.',
				  HINT = 'Use the name of the one that is meant.';
	END IF;
	SELECT b.* INTO person FROM stockalert.subscribers AS b WHERE b.subscriber_id = found[1];
	IF person.subscriber_id IS NULL OR NOT stockalert.sees_locations(person.location_ids) THEN
		SELECT string_agg(c.name, ', ' ORDER BY c.distance, c.name) INTO closest FROM (
			SELECT b.name, stockalert.edit_distance(lower(b.name), lower(find_subscriber.subscriber)) AS distance
			FROM stockalert.subscribers AS b WHERE stockalert.sees_locations(b.location_ids) ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'subscriber "%" is not known', left(subscriber, 200)
			USING ERRCODE = 'undefined_object', DETAIL = coalesce('Closest: ' || closest || '.', 'There is no subscriber yet.'),
				  HINT = format('SELECT * FROM stockalert.add_subscriber(%L, email => ''alerts@example.com'');', left(subscriber, 200));
	END IF;
	RETURN person;
END
$$;
COMMENT ON FUNCTION stockalert.find_subscriber(text) IS
	'Finds a subscriber by name, else by an app''s key or a database role. Error 42704 with the closest names, also for one whose locations the caller does not see; 42P09 where several match, 22004 for NULL.';

CREATE TYPE stockalert.preferences AS (
	phone_number text,
	notification_email text,
	notification_enabled boolean,
	alert_threshold numeric,
	channels text[],
	minimum_severity text,
	channel_severities jsonb,
	locations text[],
	categories text[],
	quiet_from time,
	quiet_until time,
	time_zone text,
	summary_at time,
	escalation boolean,
	fallback boolean
);
COMMENT ON TYPE stockalert.preferences IS
	'What a subscriber wants. alert_threshold: 5 where none is set; channels: those in use; channel_severities: minimum severity of channels that have one of their own; locations, categories NULL: all; times are local to time_zone.';

CREATE FUNCTION stockalert.get_preferences(subscriber text) RETURNS stockalert.preferences
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT (SELECT c.address FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = b.subscriber_id AND c.channel IN ('sms', 'whatsapp')
			ORDER BY c.contact_id LIMIT 1),
		(SELECT c.address FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = b.subscriber_id AND c.channel = 'email'
			ORDER BY c.contact_id LIMIT 1),
		b.enabled, coalesce(b.own_threshold, 5),
		(SELECT coalesce(array_agg(DISTINCT c.channel ORDER BY c.channel), '{}') FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = b.subscriber_id AND c.enabled),
		b.minimum_severity,
		(SELECT coalesce(jsonb_object_agg(c.channel, c.minimum_severity), '{}') FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = b.subscriber_id AND c.minimum_severity IS NOT NULL),
		(SELECT array_agg(l.code ORDER BY l.code) FROM stockalert.locations AS l WHERE l.location_id = ANY (b.location_ids)),
		b.categories, b.quiet_from, b.quiet_until, b.time_zone, b.summary_at, b.escalation, b.fallback
	FROM stockalert.find_subscriber(subscriber) AS b;
$$;
COMMENT ON FUNCTION stockalert.get_preferences(text) IS
	'What a subscriber (name, app''s key or role) wants to hear of and where: phone number, e-mail address, whether anything is sent at all, threshold, channels and more. Error 42704 unknown subscriber.';

CREATE FUNCTION stockalert.check_choice(argument text, value text, choices text[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF value IS NULL OR NOT value = ANY (choices) THEN
		RAISE EXCEPTION '% "%" is not known', argument, left(value, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is one of %s.', array_to_string(choices, ', ')), HINT = 'Pass one of them.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_choice(text, text, text[]) IS 'Raises 22023, naming the argument, where the text is none of the choices. For the owner.';

-- The address that a channel needs and nobody has to type.
CREATE FUNCTION stockalert.usual_address(the_subscriber bigint, channel text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	address text := CASE WHEN channel IN ('slack', 'webhook') THEN channel WHEN channel = 'log' THEN 'server log' END;
BEGIN
	IF channel IN ('sms', 'whatsapp') THEN
		SELECT c.address INTO address FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = the_subscriber AND c.channel IN ('sms', 'whatsapp') ORDER BY c.contact_id LIMIT 1;
	END IF;
	IF address IS NULL THEN
		RAISE EXCEPTION 'channel % has no address', channel
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The subscriber cannot be reached there.',
				  HINT = CASE channel WHEN 'email' THEN 'Pass notification_email => ''alerts@example.com'' too.' ELSE 'Pass phone_number => ''+919876543210'' too.' END;
	END IF;
	RETURN address;
END
$$;
COMMENT ON FUNCTION stockalert.usual_address(bigint, text) IS
	'Where a subscriber is reached on a channel without being asked: the credential slack or webhook, the server log, the phone number of the other phone channel. Error 22023: there is none. For the owner.';

CREATE FUNCTION stockalert.set_channels(the_subscriber bigint, channels text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted text[];
	one text;
BEGIN
	SELECT coalesce(array_agg(DISTINCT w.channel), '{}') INTO wanted
		FROM (SELECT unnest(CASE lower(u.name) WHEN 'both' THEN '{email,whatsapp}'::text[] ELSE ARRAY[lower(u.name)] END) AS channel
			FROM unnest(channels) AS u (name)) AS w;
	FOREACH one IN ARRAY wanted LOOP
		PERFORM stockalert.check_choice('channel', one, '{email,slack,sms,whatsapp,webhook,log}');
		IF NOT EXISTS (SELECT FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = the_subscriber AND c.channel = one) THEN
			INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address)
				VALUES (the_subscriber, one, stockalert.usual_address(the_subscriber, one));
		END IF;
	END LOOP;
	UPDATE stockalert.subscriber_contacts AS c SET enabled = c.channel = ANY (wanted)
		WHERE c.subscriber_id = the_subscriber AND c.enabled <> (c.channel = ANY (wanted));
END
$$;
COMMENT ON FUNCTION stockalert.set_channels(bigint, text[]) IS
	'Switches the contacts of these channels on and all others off. EMAIL, WHATSAPP and BOTH are understood. Errors: 22023 unknown channel, or one without an address. For the owner.';

-- The first contact of these channels is the one that has a name in preferences.
CREATE FUNCTION stockalert.set_address(the_subscriber bigint, channels text[], address text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old_address text;
BEGIN
	SELECT c.address INTO old_address FROM stockalert.subscriber_contacts AS c
		WHERE c.subscriber_id = the_subscriber AND c.channel = ANY (channels) ORDER BY c.contact_id LIMIT 1;
	IF old_address IS NULL THEN
		INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (the_subscriber, channels[1], set_address.address);
	ELSIF old_address <> address THEN
		DELETE FROM stockalert.subscriber_contacts AS c
			WHERE c.subscriber_id = the_subscriber AND c.channel = ANY (channels) AND c.address = set_address.address;
		UPDATE stockalert.subscriber_contacts AS c SET address = set_address.address
			WHERE c.subscriber_id = the_subscriber AND c.channel = ANY (channels) AND c.address = old_address;
	END IF;
EXCEPTION WHEN check_violation THEN
	RAISE EXCEPTION '% address cannot be used', channels[1]
		USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It does not look like name@example.com.',
			  HINT = 'Pass one plain address, without a display name.';
END
$$;
COMMENT ON FUNCTION stockalert.set_address(bigint, text[], text) IS
	'Puts an address in place of the first one that the subscriber has on these channels, or adds it to the first of them. Error 22023. For the owner.';

CREATE FUNCTION stockalert.set_channel_severities(the_subscriber bigint, severities jsonb) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
BEGIN
	IF jsonb_typeof(severities) <> 'object' THEN
		RAISE EXCEPTION 'channel_severities is no object'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It names channels and the least severity that each tells.',
				  HINT = 'Pass such as {"sms": "out", "email": "low"}; null takes one away.';
	END IF;
	FOR one IN SELECT e.key AS channel, e.value AS severity FROM jsonb_each_text(severities) AS e LOOP
		PERFORM stockalert.check_choice('channel', one.channel, '{email,slack,sms,whatsapp,webhook,log}');
		IF one.severity IS NOT NULL THEN
			PERFORM stockalert.check_choice('severity', one.severity, '{low,critical,out}');
		END IF;
		UPDATE stockalert.subscriber_contacts AS c SET minimum_severity = one.severity
			WHERE c.subscriber_id = the_subscriber AND c.channel = one.channel;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'channel % has no address', one.channel
				USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The subscriber cannot be reached there.',
					  HINT = format('Pass channels => ''{%s}'' too, with every other channel that shall be used.', one.channel);
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.set_channel_severities(bigint, jsonb) IS
	'Sets the least severity that single channels of a subscriber tell; null: the subscriber''s. Error 22023. For the owner.';

CREATE FUNCTION stockalert.set_preferences(subscriber text, phone_number text DEFAULT NULL, notification_email text DEFAULT NULL,
	notification_enabled boolean DEFAULT NULL, alert_threshold numeric DEFAULT NULL, channels text[] DEFAULT NULL,
	minimum_severity text DEFAULT NULL, channel_severities jsonb DEFAULT NULL, locations text[] DEFAULT NULL, categories text[] DEFAULT NULL,
	quiet_from time DEFAULT NULL, quiet_until time DEFAULT NULL, time_zone text DEFAULT NULL, summary_at time DEFAULT NULL,
	escalation boolean DEFAULT NULL, fallback boolean DEFAULT NULL, clear text[] DEFAULT '{}') RETURNS stockalert.preferences
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b stockalert.subscribers := stockalert.find_subscriber(subscriber);
	cleared text[] := coalesce(clear, '{}');
	one text;
BEGIN
	FOREACH one IN ARRAY cleared LOOP
		PERFORM stockalert.check_choice('preference to clear', one,
			'{phone_number,notification_email,alert_threshold,minimum_severity,channel_severities,locations,categories,quiet_hours,summary_at}');
	END LOOP;
	PERFORM stockalert.check_quantity('alert_threshold', alert_threshold, true);
	IF minimum_severity IS NOT NULL THEN
		PERFORM stockalert.check_choice('severity', minimum_severity, '{low,critical,out}');
	END IF;
	IF time_zone IS NOT NULL AND NOT stockalert.is_time_zone(time_zone) THEN
		RAISE EXCEPTION 'time zone "%" is not known', left(time_zone, 60)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Clock times of a subscriber are in their time zone.',
				  HINT = 'Use a full name such as Europe/Rome; SELECT name FROM pg_timezone_names lists them.';
	END IF;
	-- What is cleared, first: a value passed beside it counts.
	IF (coalesce(quiet_from, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN b.quiet_from END) IS NULL)
		<> (coalesce(quiet_until, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN b.quiet_until END) IS NULL) THEN
		RAISE EXCEPTION 'quiet hours have no %', CASE WHEN quiet_from IS NULL THEN 'beginning' ELSE 'end' END
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'They last from quiet_from to quiet_until.', HINT = 'Pass both, such as 22:00 and 07:00.';
	END IF;
	UPDATE stockalert.subscribers AS x SET enabled = coalesce(notification_enabled, x.enabled),
			own_threshold = coalesce(alert_threshold, CASE WHEN NOT 'alert_threshold' = ANY (cleared) THEN x.own_threshold END),
			minimum_severity = coalesce(set_preferences.minimum_severity, CASE WHEN 'minimum_severity' = ANY (cleared) THEN 'low' ELSE x.minimum_severity END),
			location_ids = CASE WHEN locations IS NOT NULL
					THEN (SELECT coalesce(array_agg(DISTINCT stockalert.find_location(l)), '{}') FROM unnest(locations) AS l)
				-- Whoever sees some locations only cannot have others hear of all.
				WHEN 'locations' = ANY (cleared) THEN stockalert.visible_locations() ELSE x.location_ids END,
			categories = coalesce(set_preferences.categories, CASE WHEN NOT 'categories' = ANY (cleared) THEN x.categories END),
			quiet_from = coalesce(set_preferences.quiet_from, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN x.quiet_from END),
			quiet_until = coalesce(set_preferences.quiet_until, CASE WHEN NOT 'quiet_hours' = ANY (cleared) THEN x.quiet_until END),
			time_zone = coalesce(set_preferences.time_zone, x.time_zone),
			summary_at = coalesce(set_preferences.summary_at, CASE WHEN NOT 'summary_at' = ANY (cleared) THEN x.summary_at END),
			escalation = coalesce(set_preferences.escalation, x.escalation), fallback = coalesce(set_preferences.fallback, x.fallback)
		WHERE x.subscriber_id = b.subscriber_id;
	DELETE FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = b.subscriber_id
		AND (c.channel IN ('sms', 'whatsapp') AND 'phone_number' = ANY (cleared) OR c.channel = 'email' AND 'notification_email' = ANY (cleared));
	IF phone_number IS NOT NULL THEN
		PERFORM stockalert.set_address(b.subscriber_id, '{whatsapp,sms}', stockalert.normal_phone(phone_number));
	END IF;
	IF notification_email IS NOT NULL THEN
		PERFORM stockalert.set_address(b.subscriber_id, '{email}', trim(notification_email));
	END IF;
	IF channels IS NOT NULL THEN
		PERFORM stockalert.set_channels(b.subscriber_id, channels);
	END IF;
	IF 'channel_severities' = ANY (cleared) THEN
		UPDATE stockalert.subscriber_contacts AS c SET minimum_severity = NULL WHERE c.subscriber_id = b.subscriber_id AND c.minimum_severity IS NOT NULL;
	END IF;
	IF channel_severities IS NOT NULL THEN
		PERFORM stockalert.set_channel_severities(b.subscriber_id, channel_severities);
	END IF;
	PERFORM stockalert.wake_sender();
	RETURN stockalert.get_preferences(b.name);
END
$$;
COMMENT ON FUNCTION stockalert.set_preferences(text, text, text, boolean, numeric, text[], text, jsonb, text[], text[], time, time, text, time, boolean, boolean, text[]) IS
	'Changes what is passed and leaves the rest; returns get_preferences(). clear takes values away: phone_number, notification_email, alert_threshold (5 again), minimum_severity, channel_severities, locations, categories, quiet_hours, summary_at. notification_enabled false: alerts are recorded and nothing is sent. channels: exactly those are used from now on (BOTH: email and whatsapp); a first phone number is for whatsapp. channel_severities such as {"sms": "out"}. Errors: 42704 unknown subscriber or location, 22023 a value that cannot be.';

CREATE FUNCTION stockalert.low_stock_for(subscriber text, OUT location text, OUT sku text, OUT item text, OUT category text, OUT available numeric,
	OUT threshold numeric, OUT class text, OUT alert_id bigint) RETURNS SETOF record
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.code, i.sku, i.name, i.category, s.on_hand - s.reserved, coalesce(b.own_threshold, a.low), s.class, a.alert_id
	FROM stockalert.find_subscriber(subscriber) AS b
	JOIN stockalert.stock_levels AS s ON s.class IN ('low', 'critical', 'out') OR s.class IN ('ok', 'over') AND s.on_hand - s.reserved < b.own_threshold
	JOIN stockalert.items AS i ON i.item_id = s.item_id AND (b.categories IS NULL OR i.category = ANY (b.categories))
		AND (i.owner_key IS NULL OR b.app_key IS NULL OR b.app_key = i.owner_key)
	JOIN stockalert.locations AS l ON l.location_id = s.location_id
	LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL
	WHERE (b.location_ids IS NULL OR s.location_id = ANY (b.location_ids))
		AND ((SELECT stockalert.sees_all_locations()) OR s.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
		AND (s.on_hand - s.reserved <= 0 OR s.on_hand - s.reserved < coalesce(b.own_threshold, CASE WHEN a.threshold_from = 'subscriber' THEN 5 END, 'Infinity'))
	ORDER BY array_position('{out,critical,low}'::text[], s.class), s.on_hand - s.reserved, l.code, i.sku;
$$;
COMMENT ON FUNCTION stockalert.low_stock_for(text) IS
	'What is low for a subscriber: out, critical or low where they look, and below their own threshold where they set one (then also what no rule calls low). threshold: their own, else the one in force. Worst first. Error 42704 unknown subscriber.';

GRANT EXECUTE ON FUNCTION stockalert.get_preferences(text), stockalert.low_stock_for(text) TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.set_preferences(text, text, text, boolean, numeric, text[], text, jsonb, text[], text[], time, time, text, time, boolean, boolean, text[])
	TO stockalert_manager;
-- The life of an alert in people's hands.  Acknowledge, snooze and escalate touch
-- the alert only; resolve and reopen lock the level first (the order of locks
-- everywhere).  alert_events is append-only: nobody but its owner may change it.

CREATE FUNCTION stockalert.find_alert(alert bigint) RETURNS stockalert.alerts
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_alert stockalert.alerts;
BEGIN
	SELECT a.* INTO found_alert FROM stockalert.alerts AS a WHERE a.alert_id = alert;
	-- What a role may not see is not known to it.
	IF found_alert.alert_id IS NULL OR NOT stockalert.sees_location(found_alert.location_id) THEN
		RAISE EXCEPTION 'alert % is not known', coalesce(alert::text, 'NULL')
			USING ERRCODE = 'undefined_object', DETAIL = 'No alert has this number.',
				  HINT = 'SELECT alert_id, item, location FROM stockalert.active_alerts;';
	END IF;
	RETURN found_alert;
END
$$;
COMMENT ON FUNCTION stockalert.find_alert(bigint) IS 'The alert of this number, open or resolved. Error 42704 unknown, also where the caller does not see its location.';

CREATE FUNCTION stockalert.find_open_alert(alert bigint) RETURNS stockalert.alerts
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_alert stockalert.alerts := stockalert.find_alert(alert);
BEGIN
	IF found_alert.resolved_at IS NOT NULL THEN
		RAISE EXCEPTION 'alert % is resolved', alert
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('It was resolved at %s by %s.', found_alert.resolved_at, found_alert.resolved_by),
				  HINT = 'SELECT * FROM stockalert.active_alerts; reopen_alert() opens it again.';
	END IF;
	RETURN found_alert;
END
$$;
COMMENT ON FUNCTION stockalert.find_open_alert(bigint) IS 'The open alert of this number. Errors: 42704 unknown, 55000 resolved.';

CREATE FUNCTION stockalert.note_event(a stockalert.alerts, event text, note text) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, quantity, note, occurred_at)
		SELECT a.alert_id, a.location_id, a.item_id, event, a.severity,
			coalesce((SELECT s.on_hand - s.reserved FROM stockalert.stock_levels AS s
				WHERE s.location_id = a.location_id AND s.item_id = a.item_id), a.quantity), note, stockalert.as_of();
$$;
COMMENT ON FUNCTION stockalert.note_event(stockalert.alerts, text, text) IS 'Appends to the history of an alert. For the owner.';

CREATE FUNCTION stockalert.queue_event(a stockalert.alerts, event text, lane integer) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT queue_event.lane, queue_event.event, a.alert_id, a.location_id, a.item_id, a.severity,
			coalesce((SELECT s.on_hand - s.reserved FROM stockalert.stock_levels AS s
				WHERE s.location_id = a.location_id AND s.item_id = a.item_id), a.quantity), stockalert.as_of();
	PERFORM stockalert.wake_sender();
END
$$;
COMMENT ON FUNCTION stockalert.queue_event(stockalert.alerts, text, integer) IS 'Has an event of an alert told, with the stock of now. For the owner.';

CREATE FUNCTION stockalert.acknowledge_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_open_alert(alert);
BEGIN
	UPDATE stockalert.alerts AS x SET acknowledged_at = stockalert.as_of(), acknowledged_by = SESSION_USER, acknowledged_note = note
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL RETURNING x.* INTO a;
	-- Resolved by somebody else meanwhile: the error says so.
	IF NOT FOUND THEN
		PERFORM stockalert.find_open_alert(alert);
	END IF;
	PERFORM stockalert.note_event(a, 'acknowledged', note);
	done := format('alert %s acknowledged; no reminders, a worse level still tells', alert);
	next := 'SELECT * FROM stockalert.active_alerts; -- restock, and it resolves by itself';
END
$$;
COMMENT ON FUNCTION stockalert.acknowledge_alert(bigint, text) IS 'Notes that somebody takes care: no more reminders. Errors: 42704 unknown alert, 55000 already resolved.';

CREATE FUNCTION stockalert.snooze_alert(alert bigint, until timestamptz, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_open_alert(alert);
BEGIN
	IF until IS NULL OR until <= stockalert.as_of() OR until = 'infinity' THEN
		RAISE EXCEPTION 'alert cannot be snoozed until %', coalesce(until::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s now.', stockalert.as_of()), HINT = 'Pass a finite time to come.';
	END IF;
	UPDATE stockalert.alerts AS x SET snoozed_until = until, snoozed_by = SESSION_USER
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL RETURNING x.* INTO a;
	IF NOT FOUND THEN
		PERFORM stockalert.find_open_alert(alert);
	END IF;
	PERFORM stockalert.note_event(a, 'snoozed', until::text);
	done := format('alert %s snoozed until %s', alert, until);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.snooze_alert(bigint, timestamptz) IS 'Silences reminders until a time. Errors: 42704, 55000, 22023 a time not to come.';

CREATE FUNCTION stockalert.end_alert(a stockalert.alerts, ended_by text, note text, hold interval) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class_now text;
BEGIN
	-- The level before the alert: the order of locks everywhere.
	SELECT s.class INTO class_now FROM stockalert.stock_levels AS s
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id FOR NO KEY UPDATE;
	UPDATE stockalert.alerts AS x SET resolved_at = stockalert.as_of(), resolved_by = ended_by, resolved_note = note,
			-- Worse than whoever resolves it could see: not held, so that it opens again and is told.
			held_until = CASE WHEN a.kind <> 'stock'
				OR array_position('{low,critical,out}'::text[], class_now) <= array_position('{low,critical,out}'::text[], a.severity)
				THEN stockalert.as_of() + hold END
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL
		RETURNING x.* INTO a;
	IF NOT FOUND THEN
		RETURN; -- by somebody else meanwhile
	END IF;
	PERFORM stockalert.note_event(a, 'resolved', note);
	INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT 1, 'resolved', a.alert_id, a.location_id, a.item_id, a.severity, s.on_hand - s.reserved, stockalert.as_of()
		FROM stockalert.stock_levels AS s
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id AND s.class IN ('ok', 'over') AND a.kind = 'stock';
	PERFORM stockalert.apply_decisions(ARRAY[a.location_id], ARRAY[a.item_id]);
	PERFORM stockalert.wake_sender();
END
$$;
COMMENT ON FUNCTION stockalert.end_alert(stockalert.alerts, text, text, interval) IS
	'Ends one alert and, where stock is still low, holds the pair for a time. For the owner.';

CREATE FUNCTION stockalert.resolve_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.end_alert(stockalert.find_open_alert(alert), SESSION_USER::text, note, interval '24 hours');
	done := format('alert %s resolved; while stock stays low it is silent until it recovers, gets worse or 24 hours pass', alert);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.resolve_alert(bigint, text) IS 'Resolves an alert by hand. Still low: nothing is raised again until it recovers, worsens or 24 hours pass. Errors: 42704, 55000.';

CREATE FUNCTION stockalert.resolve_alerts(item text, location text DEFAULT NULL, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := stockalert.find_item(item);
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	a stockalert.alerts;
	ended integer := 0;
BEGIN
	FOR a IN SELECT x.* FROM stockalert.alerts AS x WHERE x.item_id = the_item AND x.resolved_at IS NULL
		AND (the_location IS NULL OR x.location_id = the_location) AND stockalert.sees_location(x.location_id) ORDER BY x.location_id, x.item_id, x.alert_id LOOP
		PERFORM stockalert.end_alert(a, SESSION_USER::text, note, interval '24 hours');
		ended := ended + 1;
	END LOOP;
	done := format('%s of %s resolved', stockalert.counted(ended, 'alert'), item);
	next := 'SELECT * FROM stockalert.active_alerts;';
END
$$;
COMMENT ON FUNCTION stockalert.resolve_alerts(text, text, text) IS 'Resolves all open alerts of an item (at a location, or wherever the caller sees it). Error 42704 unknown item or location.';

CREATE FUNCTION stockalert.reopen_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_alert(alert);
	class_now text;
BEGIN
	IF a.resolved_at IS NULL THEN
		RAISE EXCEPTION 'alert % is open', alert
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It was not resolved, or opened again since.',
				  HINT = 'SELECT * FROM stockalert.active_alerts;';
	END IF;
	-- The level before the alert: the order of locks everywhere.
	SELECT s.class INTO class_now FROM stockalert.stock_levels AS s
		WHERE s.location_id = a.location_id AND s.item_id = a.item_id FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM stockalert.alerts AS x WHERE x.location_id = a.location_id AND x.item_id = a.item_id AND x.kind = a.kind
		AND x.alert_id > a.alert_id) THEN
		RAISE EXCEPTION 'alert % is not the last one', alert
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  DETAIL = format('Alert %s is of the same item, location and kind.', (SELECT max(x.alert_id) FROM stockalert.alerts AS x
					WHERE x.location_id = a.location_id AND x.item_id = a.item_id AND x.kind = a.kind)),
				  HINT = 'Reopen that one, if it is resolved too.';
	ELSIF class_now IS NULL OR a.kind = 'stock' AND class_now NOT IN ('low', 'critical', 'out') THEN
		RAISE EXCEPTION 'alert % has nothing to tell any more', alert
			USING ERRCODE = 'object_not_in_prerequisite_state',
				  DETAIL = format('Stock is %s.', coalesce(class_now, 'not carried there any more')),
				  HINT = 'It opens again by itself when stock falls below its threshold.';
	END IF;
	UPDATE stockalert.alerts AS x SET reopened_at = stockalert.as_of(), resolved_at = NULL, resolved_by = NULL, resolved_note = NULL,
			held_until = NULL, acknowledged_at = NULL, acknowledged_by = NULL, acknowledged_note = NULL, snoozed_until = NULL, snoozed_by = NULL
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NOT NULL RETURNING x.* INTO a;
	IF NOT FOUND THEN
		-- By somebody else, or by stock, meanwhile.
		done := format('alert %s is open already', alert);
		next := 'SELECT * FROM stockalert.active_alerts;';
		RETURN;
	END IF;
	PERFORM stockalert.note_event(a, 'reopened', note);
	PERFORM stockalert.queue_event(a, 'reopened', CASE WHEN a.severity IN ('out', 'critical') THEN 0 ELSE 1 END);
	-- It may be milder now, or worse.
	PERFORM stockalert.apply_decisions(ARRAY[a.location_id], ARRAY[a.item_id]);
	done := format('alert %s is open again', alert);
	next := format('SELECT * FROM stockalert.explain_alert(%s);', alert);
END
$$;
COMMENT ON FUNCTION stockalert.reopen_alert(bigint, text) IS
	'Opens a resolved alert again, as if it had not been resolved; who was told within 24 hours is not told again. Errors: 42704 unknown alert; 55000 it is open, another one came after it, or stock has recovered.';

CREATE FUNCTION stockalert.escalate_alert(alert bigint, note text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_open_alert(alert);
	people bigint;
BEGIN
	UPDATE stockalert.alerts AS x SET escalated_at = stockalert.as_of(), escalated_by = SESSION_USER
		WHERE x.location_id = a.location_id AND x.alert_id = a.alert_id AND x.resolved_at IS NULL RETURNING x.* INTO a;
	IF NOT FOUND THEN
		PERFORM stockalert.find_open_alert(alert);
	END IF;
	PERFORM stockalert.note_event(a, 'escalated', note);
	PERFORM stockalert.queue_event(a, 'escalated', 0);
	SELECT count(DISTINCT v.subscriber_id) INTO people FROM stockalert.alert_contacts AS v
		WHERE v.alert_id = a.alert_id AND v.location_id = a.location_id AND (v.subscriber).escalation
			AND stockalert.why_not_told('escalated', a.severity, a.quantity, a.escalated_at, v.category, v.alert, v.subscriber, v.contact,
				NULL, NULL, NULL, NULL, NULL, NULL) IS NULL;
	done := format('alert %s escalated to %s subscriber%s', alert, people, CASE WHEN people = 1 THEN '' ELSE 's' END);
	next := CASE WHEN people = 0 THEN 'SELECT * FROM stockalert.add_subscriber(''boss'', email => ''boss@example.com'', escalation => true); -- nobody hears of it'
		ELSE format('SELECT * FROM stockalert.alert_history(%s);', alert) END;
END
$$;
COMMENT ON FUNCTION stockalert.escalate_alert(bigint, text) IS
	'Brings an open alert to the subscribers with escalation, now; from then on they hear of it as others do. Errors: 42704 unknown alert, 55000 already resolved.';

-- From the check, every 15 minutes; nothing to do where nobody hears of escalations.
CREATE FUNCTION stockalert.escalate_overdue(location_id bigint DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	now_is timestamptz := stockalert.as_of();
	patience interval := current_setting('stockalert.escalate_after')::interval;
	a stockalert.alerts;
	escalated bigint := 0;
BEGIN
	IF patience = interval '0' OR NOT EXISTS (SELECT FROM stockalert.subscribers AS b WHERE b.enabled AND b.escalation) THEN
		RETURN 0;
	END IF;
	-- What somebody is writing is left to the next check, as the check leaves it.
	FOR a IN WITH due AS MATERIALIZED (
		SELECT x.location_id, x.alert_id FROM stockalert.alerts AS x
		JOIN stockalert.stock_levels AS s ON s.location_id = x.location_id AND s.item_id = x.item_id
		WHERE (escalate_overdue.location_id IS NULL OR x.location_id = escalate_overdue.location_id)
			AND x.resolved_at IS NULL AND x.acknowledged_at IS NULL AND x.severity IN ('critical', 'out')
			AND coalesce(x.reopened_at, x.opened_at) <= now_is - patience
			-- Once for each time that it opened.
			AND (x.escalated_at IS NULL OR x.escalated_at < coalesce(x.reopened_at, x.opened_at))
			AND (x.snoozed_until IS NULL OR x.snoozed_until <= now_is OR x.severity = 'out')
			AND (x.kind <> 'stock' OR s.class IN ('critical', 'out'))
			AND (SELECT min(e.occurred_at) FROM stockalert.alert_events AS e WHERE e.alert_id = x.alert_id
				AND e.event IN ('opened', 'worsened', 'reopened') AND e.severity IN ('critical', 'out')
				AND e.occurred_at >= coalesce(x.reopened_at, x.opened_at)) <= now_is - patience
		FOR NO KEY UPDATE OF x SKIP LOCKED)
		UPDATE stockalert.alerts AS x SET escalated_at = now_is, escalated_by = 'stockalert'
		FROM due AS d WHERE x.location_id = d.location_id AND x.alert_id = d.alert_id
		RETURNING x.*
	LOOP
		INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, quantity, actor, note, occurred_at)
			VALUES (a.alert_id, a.location_id, a.item_id, 'escalated', a.severity, a.quantity, 'stockalert',
				format('nobody acknowledged it in %s', current_setting('stockalert.escalate_after')), now_is);
		PERFORM stockalert.queue_event(a, 'escalated', 0);
		escalated := escalated + 1;
	END LOOP;
	RETURN escalated;
END
$$;
COMMENT ON FUNCTION stockalert.escalate_overdue(bigint) IS
	'Escalates each alert that has been critical or out and not acknowledged for stockalert.escalate_after, once each time it opened, at a location or everywhere (NULL); snoozed ones only when out. Returns how many. For the owner: the check calls it.';

CREATE FUNCTION stockalert.alert_history(alert bigint)
	RETURNS TABLE (occurred_at timestamptz, event text, severity text, quantity numeric, actor text, note text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.occurred_at, e.event, e.severity, e.quantity, e.actor, e.note
	FROM stockalert.find_alert(alert) AS a JOIN stockalert.alert_events AS e ON e.alert_id = a.alert_id AND e.location_id = a.location_id
	ORDER BY e.event_id;
$$;
COMMENT ON FUNCTION stockalert.alert_history(bigint) IS
	'What happened to an alert, oldest first: event, severity and stock then, who did it (the role that logged in; for what stock did, the role that wrote it) and the note. Error 42704 unknown alert.';

GRANT EXECUTE ON FUNCTION stockalert.alert_history(bigint) TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.acknowledge_alert(bigint, text), stockalert.snooze_alert(bigint, timestamptz),
	stockalert.resolve_alert(bigint, text), stockalert.resolve_alerts(text, text, text),
	stockalert.reopen_alert(bigint, text), stockalert.escalate_alert(bigint, text) TO stockalert_manager;
-- Rules by the thousand, and what is wrong with them.

CREATE FUNCTION stockalert.rule_effects(OUT rule_id bigint, OUT covered bigint, OUT used bigint, OUT unusable bigint,
	OUT shadowed bigint, OUT overruled bigint, OUT maximum_dropped bigint) RETURNS SETOF record
	LANGUAGE c STABLE ROWS 1000 AS 'MODULE_PATHNAME', 'stockalert_rule_effects';
COMMENT ON FUNCTION stockalert.rule_effects() IS
	'Counts for each enabled rule the active pairs it covers, those that take a threshold from it, those it can say nothing of (percent without par, days or computed without demand), those where narrower rules say all it says, and those where its low or critical gives way to that of a narrower rule or its maximum is below low of another. Judges every pair. For the owner.';

CREATE FUNCTION stockalert.rule_coverage(rule stockalert.rules) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(nullif(concat_ws(' ', (SELECT i.sku FROM stockalert.items AS i WHERE i.item_id = rule.item_id), 'category ' || rule.category,
		'at ' || (SELECT l.code FROM stockalert.locations AS l WHERE l.location_id = rule.location_id)), ''), 'everything');
$$;
COMMENT ON FUNCTION stockalert.rule_coverage(stockalert.rules) IS 'What a rule covers, in words: SKU, category, location, or everything. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.find_rule_problems(OUT rule_id bigint, OUT scope text, OUT unit text, OUT problem text, OUT pairs bigint, OUT covered bigint, OUT remedy text, OUT location_id bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.rule_id, stockalert.rule_coverage(r), r.unit, p.problem, p.pairs, coalesce(e.covered, 0), p.remedy, r.location_id
	FROM stockalert.rules AS r
	LEFT JOIN stockalert.rule_effects() AS e ON e.rule_id = r.rule_id
	CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = r.location_id AND NOT l.active)
		OR EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = r.item_id AND NOT i.active) AS resting) AS x
	CROSS JOIN LATERAL (VALUES
		('its item or location is not active', 0::bigint, e.covered IS NULL AND x.resting AND r.origin NOT IN ('square', 'table'),
			'Nothing, if it shall hold when they are active again; else delete the rule.'),
		('it covers no stock', 0::bigint, e.covered IS NULL AND NOT x.resting, CASE WHEN r.origin IN ('square', 'table')
			THEN 'Nothing: it is kept in step with where it comes from, and holds once there is stock.' ELSE 'Add the stock: set_stock(); or delete the rule.' END),
		('there is no par level to take a percentage of', e.unusable, r.unit = 'percent' AND e.unusable > 0,
			'UPDATE stockalert.stock_levels SET par_level = ...; or another unit. Until then the rule is as if it were not there.'),
		('no demand is known to compute it from', e.unusable, r.unit IN ('days', 'computed') AND e.unusable > 0,
			'Record sales, record_sale() or watch_sales(), and refresh_demand(). Until then the rule is as if it were not there.'),
		('narrower rules, or one made by hand, say all that it says', e.shadowed, e.shadowed > 0 AND e.used = 0,
			'Delete it, or what stands before it: SELECT * FROM stockalert.rules;'),
		('a narrower rule contradicts it: critical would be above low', e.overruled, e.overruled > 0,
			'Let critical be at most low in both; until then the narrower rule decides.'),
		('its maximum is below low or critical of another rule', e.maximum_dropped, e.maximum_dropped > 0,
			'Raise the maximum; until then there is none.')) AS p (problem, pairs, found, remedy)
	WHERE r.enabled AND p.found AND (r.location_id IS NULL OR stockalert.sees_location(r.location_id));
$$;
COMMENT ON FUNCTION stockalert.find_rule_problems() IS 'Reads what the view rule_problems shows.';

CREATE VIEW stockalert.rule_problems WITH (security_barrier) AS
SELECT p.rule_id, p.scope, p.unit, p.problem, p.pairs, p.covered, p.remedy FROM stockalert.find_rule_problems() AS p
WHERE p.location_id IS NULL OR stockalert.sees_all_locations() OR stockalert.sees_location(p.location_id);
COMMENT ON VIEW stockalert.rule_problems IS
	'Enabled rules that do nothing somewhere, or contradict another: what is wrong, for how many of the pairs they cover, and what to do. Judges every pair when it is read: seconds for millions.';
COMMENT ON COLUMN stockalert.rule_problems.pairs IS 'Items at locations for which this is so; 0 where the rule covers none.';

-- The same faults that the constraints of rules refuse, in words, before a
-- statement for many rules would fail for one of them.
CREATE FUNCTION stockalert.rule_fault(unit text, low numeric, critical numeric, maximum numeric, fires text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN unit NOT IN ('units', 'percent', 'days', 'computed', 'greatest') THEN format('unit "%s" is not known', left(unit, 60))
		WHEN fires NOT IN ('below', 'at_or_below') THEN format('fires "%s" is not known', left(fires, 60))
		WHEN NOT stockalert.is_quantity(low) OR low < 0 THEN 'low is not negative, at most 5 decimals'
		WHEN NOT stockalert.is_quantity(critical) OR critical < 0 THEN 'critical is not negative, at most 5 decimals'
		WHEN NOT stockalert.is_quantity(maximum) OR maximum <= 0 THEN 'maximum is positive, at most 5 decimals'
		WHEN critical > low THEN 'critical is not above low'
		WHEN maximum <= low THEN 'maximum is above low'
		WHEN unit = 'percent' AND greatest(low, critical, maximum) > 1000 THEN 'percentages are at most 1000'
		WHEN unit = 'days' AND greatest(low, critical, maximum) > 3650 THEN 'days of cover are at most 3650'
		WHEN unit = 'computed' AND low IS NOT NULL THEN 'a computed rule has no low of its own; unit greatest takes one'
		WHEN unit = 'greatest' AND low IS NULL THEN 'greatest needs a low to compare the reorder point with'
		WHEN unit <> 'computed' AND coalesce(low, critical, maximum) IS NULL THEN 'a rule sets low, critical or maximum' END;
$$;
COMMENT ON FUNCTION stockalert.rule_fault(text, numeric, numeric, numeric, text) IS
	'What is wrong with the values of a rule; NULL: nothing. NULL values are not set.';

CREATE FUNCTION stockalert.set_rules(rules jsonb, OUT done text, OUT next text, OUT errors jsonb)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad_number CONSTANT text := '^[+-]?([0-9]{1,30}(\.[0-9]{1,30})?)$';
	given bigint;
	taken bigint;
BEGIN
	IF jsonb_typeof(rules) IS DISTINCT FROM 'array' THEN
		RAISE EXCEPTION 'rules are not a list'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', coalesce(jsonb_typeof(rules), 'NULL')),
				  HINT = 'Pass a JSON array such as [{"item": "SKU-1", "low": 10, "critical": 3}, {"category": "lamps", "unit": "days", "low": 14}].';
	END IF;
	-- All in one statement, so that stock is judged once.
	WITH raw AS (
		SELECT x.n, x.rule, x.rule ->> 'item' AS item, x.rule ->> 'location' AS location, x.rule ->> 'category' AS category,
			coalesce(x.rule ->> 'unit', 'units') AS unit, x.rule ->> 'fires' AS fires, x.rule ->> 'note' AS note,
			x.rule ->> 'low' AS low, x.rule ->> 'critical' AS critical, x.rule ->> 'maximum' AS maximum
		FROM jsonb_array_elements(set_rules.rules) WITH ORDINALITY AS x (rule, n)),
	item_names AS (
		SELECT w.item, array_agg(DISTINCT m.item_id) AS ids FROM (SELECT DISTINCT r.item FROM raw AS r WHERE r.item IS NOT NULL) AS w
		JOIN (SELECT i.sku AS name, i.item_id FROM stockalert.items AS i UNION ALL SELECT f.external_id, f.item_id FROM stockalert.item_refs AS f) AS m ON m.name = w.item
		GROUP BY w.item),
	location_names AS (
		SELECT w.location, array_agg(DISTINCT m.location_id) AS ids FROM (SELECT DISTINCT r.location FROM raw AS r WHERE r.location IS NOT NULL) AS w
		JOIN (SELECT l.code AS name, l.location_id FROM stockalert.locations AS l UNION ALL SELECT f.external_id, f.location_id FROM stockalert.location_refs AS f) AS m ON m.name = w.location
		WHERE stockalert.sees_location(m.location_id)
		GROUP BY w.location),
	resolved AS (
		SELECT r.n, r.unit, r.fires, r.note, r.category, i.ids[1] AS item_id, l.ids[1] AS location_id, p.low, p.critical, p.maximum,
			CASE WHEN r.unit = 'computed' THEN 'computed' ELSE 'manual' END AS origin,
			CASE
				WHEN jsonb_typeof(r.rule) <> 'object' THEN 'not an object'
				WHEN k.unknown IS NOT NULL THEN format('"%s" is no field of a rule', left(k.unknown, 60))
				WHEN r.item IS NOT NULL AND i.ids IS NULL THEN format('item "%s" is not known', left(r.item, 200))
				WHEN cardinality(i.ids) > 1 THEN format('item "%s" is ambiguous', left(r.item, 200))
				WHEN r.location IS NOT NULL AND l.ids IS NULL THEN format('location "%s" is not known', left(r.location, 200))
				WHEN cardinality(l.ids) > 1 THEN format('location "%s" is ambiguous', left(r.location, 200))
				WHEN r.location IS NULL AND NOT stockalert.sees_all_locations() THEN 'no location, and you see some only'
				WHEN r.item IS NOT NULL AND r.category IS NOT NULL THEN 'a rule is for an item or for a category, not both'
				WHEN NOT stockalert.is_label(r.category, 192) THEN 'category is 1 to 192 characters without control characters'
				WHEN r.low IS NOT NULL AND p.low IS NULL OR r.critical IS NOT NULL AND p.critical IS NULL OR r.maximum IS NOT NULL AND p.maximum IS NULL
					THEN 'low, critical and maximum are numbers'
				ELSE stockalert.rule_fault(r.unit, p.low, p.critical, p.maximum, r.fires) END AS fault
		FROM raw AS r
		CROSS JOIN LATERAL (SELECT CASE WHEN r.low ~ bad_number THEN r.low::numeric END AS low,
			CASE WHEN r.critical ~ bad_number THEN r.critical::numeric END AS critical, CASE WHEN r.maximum ~ bad_number THEN r.maximum::numeric END AS maximum) AS p
		LEFT JOIN item_names AS i ON i.item = r.item
		LEFT JOIN location_names AS l ON l.location = r.location
		LEFT JOIN LATERAL (SELECT min(o.key) AS unknown FROM jsonb_object_keys(CASE jsonb_typeof(r.rule) WHEN 'object' THEN r.rule ELSE '{}' END) AS o (key)
			WHERE o.key NOT IN ('item', 'location', 'category', 'unit', 'fires', 'note', 'low', 'critical', 'maximum')) AS k ON true),
	judged AS MATERIALIZED (
		SELECT r.*, CASE WHEN r.fault IS NULL THEN max(r.n) FILTER (WHERE r.fault IS NULL)
			OVER (PARTITION BY r.item_id, r.location_id, r.category, r.origin) END AS last FROM resolved AS r),
	written AS (
		INSERT INTO stockalert.rules AS r (item_id, location_id, category, origin, unit, low, critical, maximum, fires, note)
		SELECT j.item_id, j.location_id, j.category, j.origin, j.unit, j.low, j.critical, j.maximum, j.fires, j.note FROM judged AS j WHERE j.n = j.last
		ORDER BY j.item_id, j.location_id, j.category, j.origin
		ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET unit = excluded.unit, low = excluded.low,
			critical = excluded.critical, maximum = excluded.maximum, fires = excluded.fires, note = excluded.note,
			enabled = true, set_by = SESSION_USER, set_at = now()
		RETURNING 1)
	SELECT count(*), (SELECT count(*) FROM written),
		coalesce(jsonb_agg(jsonb_build_object('row', j.n, 'error', coalesce(j.fault, format('the same scope as row %s', j.last))) ORDER BY j.n)
			FILTER (WHERE j.n IS DISTINCT FROM j.last), '[]')
		INTO given, taken, errors FROM judged AS j;
	done := format('%s of %s rules set', taken, given) || coalesce('; ' || (
		SELECT string_agg(format('row %s: %s', e.value ->> 'row', e.value ->> 'error'), '; ' ORDER BY e.n) || CASE WHEN jsonb_array_length(errors) > 5 THEN '; and more' ELSE '' END
		FROM jsonb_array_elements(errors) WITH ORDINALITY AS e (value, n) WHERE e.n <= 5), '');
	next := 'SELECT * FROM stockalert.rule_problems;';
END
$$;
COMMENT ON FUNCTION stockalert.set_rules(jsonb) IS
	'Sets many rules in one statement from a JSON array of objects with item, location, category, unit, low, critical, maximum, fires and note, as set_threshold() takes them; what is left out is NULL. A row that cannot be set is listed in errors (its place in the array from 1, and why) and stops no other. Error 22023: not an array.';

GRANT EXECUTE ON FUNCTION stockalert.set_rules(jsonb), stockalert.find_rule_problems() TO stockalert_manager;
GRANT SELECT ON stockalert.rule_problems TO stockalert_manager;
-- Does it arrive?

CREATE FUNCTION stockalert.contact_argument(channel text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN RETURN CASE channel WHEN 'log' THEN 'log => true' ELSE format('%s => %L', channel,
		CASE channel WHEN 'email' THEN 'alerts@example.com' WHEN 'slack' THEN 'slack' WHEN 'webhook' THEN 'webhook' ELSE '+15550102' END) END; END $$;
COMMENT ON FUNCTION stockalert.contact_argument(text) IS 'The argument of add_subscriber() that gives somebody an address of a channel, with an example of one. For the owner.';

CREATE FUNCTION stockalert.test_channel(channel text, recipient text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.subscriber_contacts;
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{email,slack,sms,whatsapp,webhook,log}');
	IF recipient IS NULL THEN
		RAISE EXCEPTION 'who shall get the test message is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It goes to a subscriber, by name, or to one of their addresses.',
				  HINT = coalesce((SELECT format('SELECT * FROM stockalert.test_channel(%L, %L);', test_channel.channel, b.name) FROM stockalert.subscribers AS b
					JOIN stockalert.subscriber_contacts AS x ON x.subscriber_id = b.subscriber_id AND x.channel = test_channel.channel
					WHERE stockalert.sees_locations(b.location_ids) ORDER BY b.subscriber_id LIMIT 1),
					format('Nobody has %s yet: SELECT * FROM stockalert.add_subscriber(''manager'', %s);', test_channel.channel, stockalert.contact_argument(test_channel.channel)));
	END IF;
	-- To people who are known only: nobody sends to the world with it.
	SELECT x.* INTO c FROM stockalert.subscriber_contacts AS x JOIN stockalert.subscribers AS b ON b.subscriber_id = x.subscriber_id
		WHERE x.channel = test_channel.channel AND (b.name = recipient OR x.address IN (recipient, translate(recipient, ' -', '')))
			AND stockalert.sees_locations(b.location_ids)
		ORDER BY b.name = recipient DESC, x.contact_id LIMIT 1;
	IF c.contact_id IS NULL THEN
		RAISE EXCEPTION '% has no recipient "%"', channel, left(recipient, 200)
			USING ERRCODE = 'undefined_object', DETAIL = 'It is the name of a subscriber with a contact on this channel, or the address of one.',
				  HINT = coalesce((SELECT format('SELECT * FROM stockalert.get_preferences(%L); set_preferences() changes it.', b.name) FROM stockalert.subscribers AS b
					WHERE b.name = recipient AND stockalert.sees_locations(b.location_ids)),
					format('SELECT * FROM stockalert.add_subscriber(%L, %s);', left(recipient, 192), stockalert.contact_argument(channel)));
	END IF;
	INSERT INTO stockalert.queue (lane, event, subscriber_id, channel, endpoint, occurred_at)
		VALUES (0, 'test', c.subscriber_id, c.channel, c.address, stockalert.as_of());
	PERFORM stockalert.wake_sender();
	done := format('a test message by %s is on its way', channel);
	next := CASE WHEN channel <> 'log' AND NOT EXISTS (SELECT FROM stockalert.channels AS h WHERE h.channel = test_channel.channel)
			THEN stockalert.channel_call(channel)
		ELSE 'SELECT * FROM stockalert.delivery_log WHERE kind = ''test'' ORDER BY finished_at DESC; -- or it is in stockalert.waiting_messages' END;
END
$$;
COMMENT ON FUNCTION stockalert.test_channel(text, text) IS
	'Sends a test message on a channel to a subscriber (by name) or to one of their addresses there, whatever they want to hear of. Errors: 22023 unknown channel, 22004 no recipient is said, 42704 no such recipient on it.';
GRANT EXECUTE ON FUNCTION stockalert.test_channel(text, text) TO stockalert_manager;
-- Existing apps: tables of theirs that are watched, and what is known of them.

CREATE TABLE stockalert.watched_tables (
	watch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL,
	relation regclass NOT NULL,
	relation_oid oid NOT NULL,
	table_name text NOT NULL,
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	location_id bigint REFERENCES stockalert.locations,
	item_source_id bigint REFERENCES stockalert.sources,
	adopts boolean NOT NULL DEFAULT false,
	infers_sales boolean NOT NULL DEFAULT false,
	watched_by text NOT NULL DEFAULT SESSION_USER,
	watched_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	checked_at timestamptz,
	UNIQUE (relation, kind),
	CONSTRAINT "kind is stock, people or sales" CHECK (kind IN ('stock', 'people', 'sales'))
);
COMMENT ON TABLE stockalert.watched_tables IS 'Tables of apps whose rows are mirrored: stock, people, sales. Made by watch_table() and its like; watch_status says how they are.';
COMMENT ON COLUMN stockalert.watched_tables.relation IS 'The table; follows a rename, and by its name a dump.';
COMMENT ON COLUMN stockalert.watched_tables.relation_oid IS 'Number of the table whose columns have the numbers of watched_columns; another one than relation after a restore.';
COMMENT ON COLUMN stockalert.watched_tables.table_name IS 'Its name when last looked at, for messages after it is gone.';
COMMENT ON COLUMN stockalert.watched_tables.location_id IS 'Where all of its stock or sales are; NULL: a column says it.';
COMMENT ON COLUMN stockalert.watched_tables.item_source_id IS 'Of sales: whose keys the item column holds; NULL: those of any source.';
COMMENT ON COLUMN stockalert.watched_tables.adopts IS 'A key (or SKU) that is the SKU of an item already there stands for that item.';
COMMENT ON COLUMN stockalert.watched_tables.infers_sales IS 'A quantity that goes down was sold, as nothing else says what was.';

CREATE TABLE stockalert.watched_columns (
	watch_id bigint NOT NULL REFERENCES stockalert.watched_tables ON DELETE CASCADE,
	field text NOT NULL,
	column_name name NOT NULL,
	column_number smallint NOT NULL,
	PRIMARY KEY (watch_id, field)
);
COMMENT ON TABLE stockalert.watched_columns IS 'Which column of a watched table stands for what. Columns are followed by number through renames, by name through a dump.';

CREATE TABLE stockalert.watch_problems (
	watch_id bigint NOT NULL REFERENCES stockalert.watched_tables ON DELETE CASCADE,
	row_key text NOT NULL,
	kind text NOT NULL,
	detail text NOT NULL,
	times bigint NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	last_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	PRIMARY KEY (watch_id, row_key, kind)
);
COMMENT ON TABLE stockalert.watch_problems IS 'Rows of watched tables that could not be mirrored as they are; the app''s own write went on.';
COMMENT ON COLUMN stockalert.watch_problems.row_key IS 'The app''s key of the row, with its location where rows have one; empty: a row without a usable key, or all above 1,000 rows.';
COMMENT ON COLUMN stockalert.watch_problems.kind IS 'The field that cannot be used; error: the row could not be written; alert: it was, and judging it failed (the next check does it).';

-- What the triggers and the reader hand over; fields have the names of watched_columns.field.
CREATE TYPE stockalert.watched_row AS (gone boolean, partial boolean, troubles text[], item text, location text, quantity numeric, threshold numeric,
	critical numeric, reserved numeric, on_order numeric, par numeric, active boolean, name text, sku text, category text, cost numeric,
	price numeric, description text, model_number text, owner text);
COMMENT ON TYPE stockalert.watched_row IS 'A row of a watched table of stock. partial: nothing is known but the key and the quantity. troubles: fields that cannot be used, and why.';
CREATE TYPE stockalert.watched_person AS (gone boolean, troubles text[], key text, name text, email text, notification_email text,
	phone_number text, notification_enabled boolean, alert_threshold numeric, channels text, minimum_severity text, time_zone text);
COMMENT ON TYPE stockalert.watched_person IS 'A row of a watched table of people. channels: with commas.';
CREATE TYPE stockalert.watched_sale AS (gone boolean, local boolean, troubles text[], key text, item text, location text, quantity numeric,
	sold_at timestamptz, price numeric, kind text);
COMMENT ON TYPE stockalert.watched_sale IS 'A row of a watched table of sales; gone: as it was before an edit or a deletion. local: sold_at has no time zone and is told as if in UTC.';

CREATE FUNCTION stockalert.watch_stock_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_watch_stock_trigger';
COMMENT ON FUNCTION stockalert.watch_stock_trigger() IS 'Trigger of watched tables of stock: mirrors what changed. Does nothing on a table that is not watched.';
CREATE FUNCTION stockalert.watch_people_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_watch_people_trigger';
COMMENT ON FUNCTION stockalert.watch_people_trigger() IS 'Trigger of watched tables of people: mirrors what changed. Does nothing on a table that is not watched.';
CREATE FUNCTION stockalert.watch_sales_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stockalert_watch_sales_trigger';
COMMENT ON FUNCTION stockalert.watch_sales_trigger() IS 'Trigger of watched tables of sales: records what changed. Does nothing on a table that is not watched.';

CREATE FUNCTION stockalert.read_watched_stock(relation regclass) RETURNS SETOF stockalert.watched_row
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_read_watched_stock';
COMMENT ON FUNCTION stockalert.read_watched_stock(regclass) IS 'All rows of a watched table of stock as they are now, read without running anything of its owner''s. Error 55000: not watched, or a column is gone. For the owner.';
CREATE FUNCTION stockalert.read_watched_people(relation regclass) RETURNS SETOF stockalert.watched_person
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_read_watched_people';
COMMENT ON FUNCTION stockalert.read_watched_people(regclass) IS 'All rows of a watched table of people. Error 55000: not watched, or a column is gone. For the owner.';
CREATE FUNCTION stockalert.import_watched(relation regclass, kind text) RETURNS bigint
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_import_watched';
COMMENT ON FUNCTION stockalert.import_watched(regclass, text) IS 'Mirrors all rows of a watched table, thirty thousand at a time, and returns how many there are. For the owner.';
CREATE FUNCTION stockalert.forget_watched(relation regclass) RETURNS void
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_forget_watched';
COMMENT ON FUNCTION stockalert.forget_watched(regclass) IS 'Makes every session read again what a table is watched for, once this transaction commits. For the owner.';
CREATE FUNCTION stockalert.type_fits(kind text, field text, type oid) RETURNS boolean
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stockalert_type_fits';
COMMENT ON FUNCTION stockalert.type_fits(text, text, oid) IS
	'Tells whether a column of a type can stand for a field of a watched table: built-in types and domains over them. NULL: no such field.';

CREATE FUNCTION stockalert.note_watch_problem(watch bigint, row_key text, kind text, detail text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_key text := left(coalesce(row_key, ''), 400);
BEGIN
	-- A million bad rows are one problem, not a million.
	IF (SELECT count(*) FROM (SELECT FROM stockalert.watch_problems AS p WHERE p.watch_id = watch LIMIT 1000) AS few) >= 1000
		AND NOT EXISTS (SELECT FROM stockalert.watch_problems AS p WHERE p.watch_id = watch AND p.row_key = the_key AND p.kind = note_watch_problem.kind) THEN
		the_key := '';
	END IF;
	INSERT INTO stockalert.watch_problems AS p (watch_id, row_key, kind, detail) VALUES (watch, the_key, note_watch_problem.kind, left(note_watch_problem.detail, 1000))
		ON CONFLICT ON CONSTRAINT watch_problems_pkey DO UPDATE SET times = p.times + 1, last_at = now(), detail = excluded.detail;
END
$$;
COMMENT ON FUNCTION stockalert.note_watch_problem(bigint, text, text, text) IS 'Notes that a row of a watched table could not be mirrored as it is, once a row and kind, counted. For the owner.';

CREATE FUNCTION stockalert.note_troubles(watch bigint, row_key text, troubles text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = watch AND p.row_key = note_troubles.row_key
		AND NOT p.kind = ANY (SELECT split_part(t, ': ', 1) FROM unnest(troubles) AS t);
	PERFORM stockalert.note_watch_problem(watch, note_troubles.row_key, split_part(t, ': ', 1), substr(t, strpos(t, ': ') + 2)) FROM unnest(troubles) AS t;
END
$$;
COMMENT ON FUNCTION stockalert.note_troubles(bigint, text, text[]) IS 'Notes what is wrong with a row of a watched table and forgets what no longer is. For the owner.';

CREATE FUNCTION stockalert.mapped_fields(watch bigint) RETURNS text[]
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(SELECT c.field FROM stockalert.watched_columns AS c WHERE c.watch_id = watch);
COMMENT ON FUNCTION stockalert.mapped_fields(bigint) IS 'Fields that columns of a watched table stand for. For the owner.';
-- Watched tables of stock: from their rows to items, locations, thresholds and
-- stock levels, set-based, as the owner.

CREATE FUNCTION stockalert.database_time_zone() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT split_part(c, '=', 2) FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL unnest(s.setconfig) AS c
			WHERE s.setrole = 0 AND s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
				AND lower(split_part(c, '=', 1)) = 'timezone'),
		(SELECT CASE WHEN stockalert.is_time_zone(s.reset_val) THEN s.reset_val END FROM pg_catalog.pg_settings AS s WHERE s.name = 'TimeZone'), 'UTC');
$$;
COMMENT ON FUNCTION stockalert.database_time_zone() IS 'The time zone of this database: what ALTER DATABASE set, else the server''s. Never NULL.';

CREATE FUNCTION stockalert.mirror_places(w stockalert.watched_tables, rows stockalert.watched_row[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys text[];
	prefix text;
BEGIN
	SELECT array_agg(DISTINCT r.location) INTO keys FROM unnest(rows) AS r
		WHERE NOT r.gone AND r.location IS NOT NULL AND NOT EXISTS (SELECT FROM stockalert.location_refs AS x
			WHERE x.source_id = w.source_id AND x.external_id = r.location);
	IF keys IS NULL THEN
		RETURN;
	END IF;
	SELECT s.name || '-' INTO prefix FROM stockalert.sources AS s WHERE s.source_id = w.source_id;
	-- A key that is a code already stands for that location where keys are texts.
	INSERT INTO stockalert.locations (code, name, time_zone)
		SELECT CASE WHEN char_length(u.key) > 63 OR EXISTS (SELECT FROM stockalert.locations AS l WHERE l.code = u.key) THEN left(prefix || md5(u.key), 63) ELSE u.key END,
			u.key, stockalert.database_time_zone()
		FROM unnest(keys) AS u (key) WHERE NOT (w.adopts AND EXISTS (SELECT FROM stockalert.locations AS l WHERE l.code = u.key)) ORDER BY u.key
		ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING;
	INSERT INTO stockalert.location_refs (source_id, external_id, location_id)
		SELECT DISTINCT ON (u.key) w.source_id, u.key, l.location_id FROM unnest(keys) AS u (key)
			JOIN stockalert.locations AS l ON l.code IN (left(prefix || md5(u.key), 63), u.key) ORDER BY u.key, l.code <> left(prefix || md5(u.key), 63)
		ON CONFLICT ON CONSTRAINT location_refs_pkey DO NOTHING;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_places(stockalert.watched_tables, stockalert.watched_row[]) IS
	'Makes locations for keys that are not known yet. For the owner.';

CREATE FUNCTION stockalert.mirror_items(w stockalert.watched_tables, rows stockalert.watched_row[], mapped text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys text[];
	skus text[];
BEGIN
	-- A SKU that is taken stands for that item, once a source, where the app says SKUs; else the item gets one with the source's name.
	WITH fresh AS (
		SELECT DISTINCT ON (r.item) r.item, coalesce(r.sku, r.item) AS sku FROM unnest(rows) AS r
		WHERE NOT r.gone AND r.item IS NOT NULL AND NOT EXISTS (SELECT FROM stockalert.item_refs AS x
			WHERE x.source_id = w.source_id AND x.external_id = r.item) ORDER BY r.item), ranked AS (
		SELECT f.item, f.sku, row_number() OVER (PARTITION BY f.sku ORDER BY f.item) AS nth, i.item_id,
			EXISTS (SELECT FROM stockalert.item_refs AS x WHERE x.item_id = i.item_id AND x.source_id = w.source_id) AS ours
		FROM fresh AS f LEFT JOIN stockalert.items AS i ON i.sku = f.sku)
	SELECT array_agg(k.item ORDER BY k.item), array_agg(CASE WHEN k.nth = 1 AND (k.item_id IS NULL OR w.adopts AND NOT k.ours) THEN k.sku
		ELSE left(s.name || '-' || k.item, 192) END ORDER BY k.item) INTO keys, skus
		FROM ranked AS k JOIN stockalert.sources AS s ON s.source_id = w.source_id;
	IF keys IS NOT NULL THEN
		INSERT INTO stockalert.items (sku, name, category, cost, price, description, model_number, owner_key)
			SELECT DISTINCT ON (k.sku) k.sku, coalesce(r.name, k.sku), r.category, r.cost, r.price, r.description, r.model_number, r.owner
			FROM ROWS FROM (unnest(keys), unnest(skus)) AS k (item, sku) JOIN unnest(rows) AS r ON r.item = k.item AND NOT r.gone ORDER BY k.sku
			ON CONFLICT ON CONSTRAINT items_sku_key DO NOTHING;
		INSERT INTO stockalert.item_refs (source_id, external_id, item_id)
			SELECT w.source_id, k.item, i.item_id FROM ROWS FROM (unnest(keys), unnest(skus)) AS k (item, sku) JOIN stockalert.items AS i ON i.sku = k.sku
			ORDER BY k.item ON CONFLICT ON CONSTRAINT item_refs_pkey DO NOTHING;
	END IF;
	IF mapped && '{name,category,cost,price,description,model_number,owner,sku}' THEN
		UPDATE stockalert.items AS i SET name = coalesce(n.name, i.name),
				category = CASE WHEN 'category' = ANY (mapped) THEN n.category ELSE i.category END,
				cost = CASE WHEN 'cost' = ANY (mapped) THEN n.cost ELSE i.cost END,
				price = CASE WHEN 'price' = ANY (mapped) THEN n.price ELSE i.price END,
				description = CASE WHEN 'description' = ANY (mapped) THEN n.description ELSE i.description END,
				model_number = CASE WHEN 'model_number' = ANY (mapped) THEN n.model_number ELSE i.model_number END,
				owner_key = CASE WHEN 'owner' = ANY (mapped) THEN n.owner ELSE i.owner_key END
			FROM (SELECT DISTINCT ON (x.item_id) x.item_id, r.* FROM unnest(rows) AS r
				JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item WHERE NOT r.gone AND NOT r.partial ORDER BY x.item_id) AS n
			WHERE i.item_id = n.item_id AND (i.name IS DISTINCT FROM coalesce(n.name, i.name)
				OR 'category' = ANY (mapped) AND i.category IS DISTINCT FROM n.category OR 'cost' = ANY (mapped) AND i.cost IS DISTINCT FROM n.cost
				OR 'price' = ANY (mapped) AND i.price IS DISTINCT FROM n.price OR 'description' = ANY (mapped) AND i.description IS DISTINCT FROM n.description
				OR 'model_number' = ANY (mapped) AND i.model_number IS DISTINCT FROM n.model_number
				OR 'owner' = ANY (mapped) AND i.owner_key IS DISTINCT FROM n.owner);
		UPDATE stockalert.items AS i SET sku = n.sku
			FROM (SELECT DISTINCT ON (r.sku) r.sku, x.item_id FROM unnest(rows) AS r
				JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item WHERE NOT r.gone AND r.sku IS NOT NULL ORDER BY r.sku, r.item) AS n
			WHERE i.item_id = n.item_id AND i.sku <> n.sku AND NOT EXISTS (SELECT FROM stockalert.items AS o WHERE o.sku = n.sku);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_items(stockalert.watched_tables, stockalert.watched_row[], text[]) IS
	'Makes items for keys that are not known yet and brings names, categories, owners and the like up to date. For the owner.';

-- Where stock falls, and where it is new, thresholds come before it, else after
-- it: a row in which both change must not raise what is over at its end.
CREATE FUNCTION stockalert.mirror_thresholds(w stockalert.watched_tables, rows stockalert.watched_row[], before boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n record;
BEGIN
	WITH wanted AS (
		SELECT x.item_id, coalesce(w.location_id, p.location_id) AS location_id, r.threshold, r.critical, r.quantity FROM unnest(rows) AS r
		JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
		LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
		WHERE NOT r.gone AND NOT r.partial), changed AS (
		SELECT v.*, u.rule_id, coalesce(v.quantity <= (SELECT s.on_hand FROM stockalert.stock_levels AS s
			WHERE s.location_id = v.location_id AND s.item_id = v.item_id), true) AS falls
		FROM wanted AS v LEFT JOIN stockalert.rules AS u
			ON u.item_id = v.item_id AND u.location_id = v.location_id AND u.category IS NULL AND u.origin = 'table'
		WHERE v.location_id IS NOT NULL AND (v.threshold, v.critical) IS DISTINCT FROM (u.low, u.critical))
	SELECT array_agg(c.rule_id) FILTER (WHERE c.threshold IS NULL AND c.critical IS NULL) AS dropped,
		array_agg(c.item_id) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS item_ids,
		array_agg(c.location_id) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS location_ids,
		array_agg(c.threshold) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS lows,
		array_agg(c.critical) FILTER (WHERE coalesce(c.threshold, c.critical) IS NOT NULL) AS criticals INTO n
		FROM changed AS c WHERE c.falls OR NOT before;
	IF n.dropped IS NOT NULL THEN
		DELETE FROM stockalert.rules AS u WHERE u.rule_id = ANY (n.dropped);
	END IF;
	IF n.item_ids IS NOT NULL THEN
		INSERT INTO stockalert.rules AS u (item_id, location_id, origin, low, critical, set_by)
			SELECT DISTINCT ON (v.item_id, v.location_id) v.item_id, v.location_id, 'table', v.low, v.critical, w.table_name
			FROM ROWS FROM (unnest(n.item_ids), unnest(n.location_ids), unnest(n.lows), unnest(n.criticals)) AS v (item_id, location_id, low, critical)
			ORDER BY v.item_id, v.location_id
			ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET low = excluded.low, critical = excluded.critical, set_at = now();
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_thresholds(stockalert.watched_tables, stockalert.watched_row[], boolean) IS
	'Brings the rules of a watched table''s threshold columns up to date: NULL none, 0 only when out. For the owner.';

CREATE FUNCTION stockalert.mirror_levels(w stockalert.watched_tables, rows stockalert.watched_row[], mapped text[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT first OR EXISTS (SELECT FROM stockalert.stock_levels) THEN
		UPDATE stockalert.stock_levels AS s SET on_hand = coalesce(n.quantity, s.on_hand),
				reserved = CASE WHEN n.partial OR NOT 'reserved' = ANY (mapped) THEN s.reserved ELSE coalesce(n.reserved, 0) END,
				on_order = CASE WHEN n.partial OR NOT 'on_order' = ANY (mapped) THEN s.on_order ELSE coalesce(n.on_order, 0) END,
				par_level = CASE WHEN n.partial OR NOT 'par' = ANY (mapped) THEN s.par_level ELSE nullif(n.par, 0) END,
				active = CASE WHEN first OR NOT n.partial AND 'active' = ANY (mapped) THEN coalesce(n.active, true) ELSE s.active END
			FROM (SELECT coalesce(w.location_id, p.location_id) AS location_id, x.item_id, r.* FROM unnest(rows) AS r
				JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
				LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
				WHERE NOT r.gone) AS n
			WHERE s.location_id = n.location_id AND s.item_id = n.item_id;
	END IF;
	INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, par_level, active)
		SELECT n.location_id, n.item_id, n.quantity, coalesce(n.reserved, 0), coalesce(n.on_order, 0), nullif(n.par, 0), coalesce(n.active, true)
		FROM (SELECT coalesce(w.location_id, p.location_id) AS location_id, x.item_id, r.* FROM unnest(rows) AS r
			JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
			LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
			WHERE NOT r.gone AND r.quantity IS NOT NULL) AS n
		WHERE n.location_id IS NOT NULL AND (SELECT true FROM stockalert.stock_levels AS s WHERE s.location_id = n.location_id AND s.item_id = n.item_id) IS NULL
		ORDER BY n.location_id, n.item_id ON CONFLICT ON CONSTRAINT stock_levels_pkey DO NOTHING;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_levels(stockalert.watched_tables, stockalert.watched_row[], text[], boolean) IS
	'Writes stock as it stands in a watched table. An unusable quantity leaves what was there. first: all of it, so that what was put to rest is active again. For the owner.';

CREATE FUNCTION stockalert.infer_sales(watch bigint, items text[], places text[], quantities numeric[]) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, source_id)
		SELECT coalesce(w.location_id, p.location_id), x.item_id, stockalert.as_of(), k.quantity, 'inferred', w.source_id
		FROM stockalert.watched_tables AS w CROSS JOIN ROWS FROM (unnest(items), unnest(places), unnest(quantities)) AS k (item, place, quantity)
		JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = k.item
		LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = k.place
		WHERE w.watch_id = watch AND w.infers_sales AND coalesce(w.location_id, p.location_id) IS NOT NULL
			-- Not what is told as well.
			AND NOT EXISTS (SELECT FROM stockalert.watched_tables AS s WHERE s.kind = 'sales' AND (s.item_source_id = w.source_id OR s.item_source_id IS NULL));
$$;
COMMENT ON FUNCTION stockalert.infer_sales(bigint, text[], text[], numeric[]) IS
	'Records what went out of a watched table as sold, with kind inferred; nothing while a watched table of sales brings them. For the owner; called by the triggers.';

CREATE FUNCTION stockalert.watched_key(item text, location text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
	RETURN coalesce(item, '') || coalesce(' at ' || location, '');
COMMENT ON FUNCTION stockalert.watched_key(text, text) IS 'How a row is named in watch_problems. Never NULL.';

CREATE FUNCTION stockalert.mirror_stock(watch bigint, rows stockalert.watched_row[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	mapped text[];
	usable stockalert.watched_row[];
	thresholds boolean;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	mapped := stockalert.mapped_fields(watch);
	thresholds := mapped && '{threshold,critical}';
	PERFORM stockalert.note_troubles(watch, stockalert.watched_key(r.item, r.location), r.troubles) FROM unnest(rows) AS r
		WHERE r.troubles IS NOT NULL OR NOT first AND EXISTS (SELECT FROM stockalert.watch_problems AS p
			WHERE p.watch_id = watch AND p.row_key = stockalert.watched_key(r.item, r.location));
	usable := ARRAY(SELECT r FROM unnest(rows) AS r WHERE r.item IS NOT NULL AND (w.location_id IS NOT NULL OR r.location IS NOT NULL));
	IF NOT first AND EXISTS (SELECT FROM unnest(usable) AS r WHERE r.gone) THEN
		WITH gone AS (
			DELETE FROM stockalert.stock_levels AS s
			USING unnest(usable) AS r JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
			LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
			WHERE r.gone AND s.location_id = coalesce(w.location_id, p.location_id) AND s.item_id = x.item_id
			RETURNING s.location_id, s.item_id)
		DELETE FROM stockalert.rules AS u USING gone AS g
			WHERE thresholds AND u.origin = 'table' AND u.item_id = g.item_id AND u.location_id = g.location_id;
	END IF;
	IF w.location_id IS NULL THEN
		PERFORM stockalert.mirror_places(w, usable);
	END IF;
	PERFORM stockalert.mirror_items(w, usable, mapped);
	IF thresholds THEN
		PERFORM stockalert.mirror_thresholds(w, usable, true);
	END IF;
	PERFORM stockalert.mirror_levels(w, usable, mapped, first);
	IF thresholds THEN
		PERFORM stockalert.mirror_thresholds(w, usable, false);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_stock(bigint, stockalert.watched_row[], boolean) IS
	'Brings items, locations, thresholds and stock up to date with rows of a watched table, each row once. For the owner; called by the triggers.';
-- Registering, reading again, and giving up watched tables.

CREATE FUNCTION stockalert.require_ownership(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = relation AND pg_has_role(stockalert.caller(), c.relowner, 'USAGE')) THEN
		RAISE EXCEPTION 'must be owner of table %', relation
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Who watches a table makes triggers on it and reads all of it.',
				  HINT = format('Call as %I, who needs stockalert_manager for it.', (SELECT c.relowner::regrole FROM pg_catalog.pg_class AS c WHERE c.oid = relation));
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_ownership(regclass) IS 'Raises 42501 where the caller does not own a table. For the owner.';

CREATE FUNCTION stockalert.require_plain_table(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c pg_catalog.pg_class;
	why text;
	hint text := 'Watch the table that the app writes.';
BEGIN
	SELECT x.* INTO c FROM pg_catalog.pg_class AS x WHERE x.oid = relation;
	IF c.relkind = 'f' THEN
		why := 'It is a foreign table: what others write there is not seen here.';
		hint := 'Let the app write a local table, or bring stock in with set_stock().';
	ELSIF c.relkind NOT IN ('r', 'p') THEN
		why := 'It is no table.';
	ELSIF c.relispartition THEN
		why := 'It is a partition.';
		hint := format('Watch %s.', (SELECT i.inhparent::regclass FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = relation));
	ELSIF c.relpersistence = 't' THEN
		why := 'It is temporary.';
	ELSIF c.relnamespace IN ('stockalert'::regnamespace, 'pg_catalog'::regnamespace, 'information_schema'::regnamespace) THEN
		why := 'It is no table of an app.';
	ELSIF EXISTS (WITH RECURSIVE tree AS (SELECT relation::oid AS oid UNION ALL SELECT i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid)
		SELECT FROM tree AS t JOIN pg_catalog.pg_class AS x ON x.oid = t.oid WHERE x.relkind = 'f') THEN
		why := 'One of its partitions is a foreign table: what others write there is not seen here.';
		hint := 'Detach that partition, or let the app write local ones.';
	END IF;
	IF why IS NOT NULL THEN
		RAISE EXCEPTION '% cannot be watched', relation USING ERRCODE = 'wrong_object_type', DETAIL = why, HINT = hint;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_plain_table(regclass) IS 'Raises 42809 where a relation cannot be watched: views, foreign, temporary and system tables, single partitions. For the owner.';

CREATE FUNCTION stockalert.find_watched_column(kind text, relation regclass, field text, wanted text) RETURNS smallint
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a pg_catalog.pg_attribute;
	fits boolean;
BEGIN
	SELECT x.* INTO a FROM pg_catalog.pg_attribute AS x WHERE x.attrelid = relation AND x.attname = wanted AND x.attnum > 0 AND NOT x.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'table % has no column "%"', relation, left(wanted, 200)
			USING ERRCODE = 'undefined_column', DETAIL = (SELECT format('Its columns are %s.', string_agg(quote_ident(x.attname), ', ' ORDER BY x.attnum))
					FROM pg_catalog.pg_attribute AS x WHERE x.attrelid = relation AND x.attnum > 0 AND NOT x.attisdropped),
				  HINT = CASE WHEN wanted LIKE '%,%' THEN 'A key is one column: add one that is generated from the others, or map location too.'
					ELSE 'Names of columns are case-sensitive here, and stand without double quotes.' END;
	END IF;
	fits := stockalert.type_fits(kind, field, a.atttypid);
	IF NOT fits OR a.attgenerated = 'v' THEN
		RAISE EXCEPTION 'column % of % cannot be used as %', quote_ident(wanted), relation, field
			USING ERRCODE = 'datatype_mismatch', DETAIL = CASE WHEN fits THEN 'It is computed when it is read.' ELSE format('Its type is %s.', format_type(a.atttypid, a.atttypmod)) END,
				  HINT = 'Keys: integer, uuid, text; quantities and prices: integer, numeric, float; times: timestamp, date; flags: boolean; names, SKUs, categories and model numbers: text, integer, uuid; the rest: text. Other types: add a generated column of such a type.';
	END IF;
	RETURN a.attnum;
END
$$;
COMMENT ON FUNCTION stockalert.find_watched_column(text, regclass, text, text) IS
	'Returns the number of a column that can stand for a field. Errors: 42703 with the columns there are, 42804. For the owner.';

CREATE FUNCTION stockalert.watched_source(relation regclass, watch bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted text := (SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END
		FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation);
	id bigint;
BEGIN
	IF NOT stockalert.is_label(wanted, 63) THEN
		wanted := 'table ' || left(md5(wanted), 12);
	END IF;
	-- The one of an earlier watch, so that keys mean what they meant; not one that another table uses.
	SELECT s.source_id INTO id FROM stockalert.sources AS s WHERE s.name = wanted AND s.kind = 'table'
		AND NOT EXISTS (SELECT FROM stockalert.watched_tables AS w WHERE w.source_id = s.source_id AND w.watch_id IS DISTINCT FROM watch);
	IF id IS NULL THEN
		INSERT INTO stockalert.sources AS s (name, kind) VALUES (CASE WHEN EXISTS (SELECT FROM stockalert.sources AS x WHERE x.name = wanted)
			THEN left(wanted, 50) || ' ' || left(md5(random()::text), 8) ELSE wanted END, 'table') RETURNING s.source_id INTO id;
	END IF;
	RETURN id;
END
$$;
COMMENT ON FUNCTION stockalert.watched_source(regclass, bigint) IS 'The source of a table that is watched for the first time, or was before. For the owner.';

CREATE FUNCTION stockalert.register_watch(kind text, relation regclass, mapping jsonb, at text DEFAULT NULL, items_of text DEFAULT NULL,
	infer boolean DEFAULT false) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	place bigint;
	items bigint;
	name_now text := (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation);
BEGIN
	PERFORM stockalert.require_all_locations('watching a table');
	PERFORM stockalert.require_ownership(relation);
	PERFORM stockalert.require_plain_table(relation);
	PERFORM stockalert.find_watched_column(register_watch.kind, relation, m.key, m.value) FROM jsonb_each_text(mapping) AS m;
	IF at IS NOT NULL THEN
		place := stockalert.find_location(at);
	ELSIF kind <> 'people' AND NOT mapping ? 'location' THEN
		INSERT INTO stockalert.locations (code, name, time_zone) VALUES ('main', 'main', stockalert.database_time_zone())
			ON CONFLICT ON CONSTRAINT locations_code_key DO NOTHING;
		place := (SELECT l.location_id FROM stockalert.locations AS l WHERE l.code = 'main');
	END IF;
	IF items_of IS NOT NULL THEN
		SELECT x.source_id INTO items FROM stockalert.watched_tables AS x WHERE x.watch_id = stockalert.find_watch(items_of, 'stock');
	ELSIF kind = 'sales' AND (SELECT count(*) FROM stockalert.watched_tables AS x WHERE x.kind = 'stock') = 1 THEN
		SELECT x.source_id INTO items FROM stockalert.watched_tables AS x WHERE x.kind = 'stock';
	END IF;
	-- One that took the place of a table that is gone goes on where that one ended.
	SELECT x.* INTO w FROM stockalert.watched_tables AS x WHERE x.kind = register_watch.kind AND (x.relation = register_watch.relation
		OR x.table_name = name_now AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = x.relation)) ORDER BY x.relation <> register_watch.relation LIMIT 1;
	-- Where it is no more it rests; what is imported wakes.
	IF w.location_id IS DISTINCT FROM place AND w.watch_id IS NOT NULL THEN
		PERFORM stockalert.rest_watched(w.watch_id);
	END IF;
	IF w.watch_id IS NULL THEN
		INSERT INTO stockalert.watched_tables AS x (kind, relation, relation_oid, table_name, source_id)
			VALUES (register_watch.kind, register_watch.relation, register_watch.relation, name_now, stockalert.watched_source(register_watch.relation, NULL)) RETURNING x.* INTO w;
	END IF;
	UPDATE stockalert.watched_tables AS x SET relation = register_watch.relation, relation_oid = register_watch.relation, table_name = name_now,
			location_id = place, item_source_id = items, infers_sales = coalesce(infer, false), watched_by = SESSION_USER, watched_at = now(),
			adopts = mapping ? 'sku' OR (SELECT format_type(b.oid, NULL) IN ('text', 'character varying', 'character') FROM pg_catalog.pg_attribute AS a
				JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid JOIN pg_catalog.pg_type AS b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
				WHERE a.attrelid = register_watch.relation AND a.attname = coalesce(mapping->>'item', mapping->>'key') AND a.attnum > 0)
		WHERE x.watch_id = w.watch_id;
	DELETE FROM stockalert.watched_columns AS c WHERE c.watch_id = w.watch_id;
	DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = w.watch_id;
	INSERT INTO stockalert.watched_columns (watch_id, field, column_name, column_number)
		SELECT w.watch_id, m.key, m.value, stockalert.find_watched_column(register_watch.kind, register_watch.relation, m.key, m.value) FROM jsonb_each_text(mapping) AS m;
	PERFORM stockalert.forget_watched(register_watch.relation);
	PERFORM stockalert.audit('watch ' || kind, name_now);
	RETURN w.watch_id;
END
$$;
COMMENT ON FUNCTION stockalert.register_watch(text, regclass, jsonb, text, text, boolean) IS
	'Writes down that a table of the caller''s is watched. The first half of watch_table() and its like; makes no trigger. Errors: 42501, 42809, 42703, 42804, 42704.';

CREATE FUNCTION stockalert.find_watch(table_name text, kind text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
BEGIN
	SELECT array_agg(w.watch_id) INTO found FROM stockalert.watched_tables AS w LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
		WHERE w.kind = find_watch.kind AND find_watch.table_name IN (w.table_name, w.relation::text, replace(w.table_name, '"', ''), c.relname,
			CASE WHEN w.table_name LIKE 'public.%' THEN substr(w.table_name, 8) END);
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	END IF;
	RAISE EXCEPTION 'table "%" is not watched%', left(table_name, 200), CASE WHEN found IS NULL THEN '' ELSE ' under that name alone' END
		USING ERRCODE = 'undefined_object', DETAIL = coalesce((SELECT 'Watched are ' || string_agg(w.table_name, ', ' ORDER BY w.table_name) || '.'
				FROM stockalert.watched_tables AS w WHERE w.kind = find_watch.kind), 'No table is watched for that.'),
			  HINT = 'SELECT * FROM stockalert.watch_status;';
END
$$;
COMMENT ON FUNCTION stockalert.find_watch(text, text) IS 'Finds a watched table by its name, with schema or, where that is enough, without. Error 42704 with those that are.';

-- As the caller, on purpose: it is their table, and they make triggers on it or do not.
CREATE FUNCTION stockalert.make_watch_triggers(kind text, relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one regclass;
BEGIN
	PERFORM stockalert.drop_watch_triggers(kind, relation);
	-- Children that are no partitions have triggers of their own.
	FOR one IN WITH RECURSIVE tree AS (SELECT relation::oid AS oid UNION SELECT i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid)
		SELECT t.oid FROM tree AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.oid WHERE NOT c.relispartition LOOP
		EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION stockalert.%I()',
			'stockalert_' || kind, one, format('watch_%s_trigger', kind));
		EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION stockalert.%I()',
			format('stockalert_%s_statement', kind), one, format('watch_%s_trigger', kind));
		EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION stockalert.%I()',
			format('stockalert_%s_truncate', kind), one, format('watch_%s_trigger', kind));
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.make_watch_triggers(text, regclass) IS 'Makes the triggers of a watched table, as the caller.';

CREATE FUNCTION stockalert.drop_watch_triggers(kind text, relation regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_catalog.pg_trigger AS t
		WHERE t.tgfoid = format('stockalert.watch_%s_trigger()', kind)::regprocedure AND t.tgparentid = 0
			AND t.tgrelid IN (WITH RECURSIVE tree AS (SELECT drop_watch_triggers.relation::oid AS oid
				UNION SELECT i.inhrelid FROM tree AS x JOIN pg_catalog.pg_inherits AS i ON i.inhparent = x.oid) SELECT x.oid FROM tree AS x) LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.relation);
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.drop_watch_triggers(text, regclass) IS 'Drops the triggers of a watched table, as the caller.';

CREATE FUNCTION stockalert.refuse_duplicates(watch bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	keys smallint[];
	twice text;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	keys := ARRAY(SELECT c.column_number FROM stockalert.watched_columns AS c WHERE c.watch_id = watch AND c.field IN ('item', 'location'));
	IF EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = w.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
			AND i.indexprs IS NULL AND string_to_array(i.indkey::text, ' ')::smallint[] <@ keys)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = w.relation AND NOT c.relispartition) THEN
		RETURN;
	END IF;
	SELECT string_agg(d.key, ', ') INTO twice FROM (SELECT stockalert.watched_key(r.item, r.location) AS key
		FROM stockalert.read_watched_stock(w.relation) AS r WHERE r.item IS NOT NULL GROUP BY r.item, r.location HAVING count(*) > 1 ORDER BY 1 LIMIT 5) AS d;
	IF twice IS NOT NULL THEN
		RAISE EXCEPTION '% has several rows for one item at one location', w.table_name
			USING ERRCODE = 'unique_violation', DETAIL = format('Such as %s.', twice),
				  HINT = 'Map the column that tells them apart as location, or as item the key of the row; several rows are not added up.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.refuse_duplicates(bigint) IS 'Raises 23505, naming some, where a watched table has two rows for one pair. For the owner.';

CREATE FUNCTION stockalert.drop_table_rules(w stockalert.watched_tables) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.rules AS u USING stockalert.item_refs AS x WHERE u.origin = 'table' AND x.source_id = w.source_id AND u.item_id = x.item_id
		AND (u.location_id = w.location_id OR EXISTS (SELECT FROM stockalert.location_refs AS p WHERE p.source_id = w.source_id AND p.location_id = u.location_id));
$$;
COMMENT ON FUNCTION stockalert.drop_table_rules(stockalert.watched_tables) IS 'Drops the thresholds that columns of a watched table set. For the owner.';

CREATE FUNCTION stockalert.import_watch(watch bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	again boolean;
	rows bigint;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	PERFORM stockalert.require_ownership(w.relation);
	IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
		RAISE EXCEPTION 'a table cannot be watched from a transaction that repeats its reads'
			USING ERRCODE = 'active_sql_transaction', DETAIL = 'What others wrote since it began would be missed.', HINT = 'Call it by itself, or in a READ COMMITTED transaction.';
	END IF;
	IF w.kind = 'stock' THEN
		PERFORM stockalert.refuse_duplicates(watch);
		-- Of columns that it was watched with before.
		IF NOT stockalert.mapped_fields(watch) && '{threshold,critical}' THEN
			PERFORM stockalert.drop_table_rules(w);
		END IF;
	END IF;
	again := EXISTS (SELECT FROM stockalert.item_refs AS x WHERE x.source_id = w.source_id) OR EXISTS (SELECT FROM stockalert.subscriber_refs AS x WHERE x.source_id = w.source_id);
	rows := stockalert.import_watched(w.relation, w.kind);
	-- What went since it was watched before.
	IF again AND w.kind <> 'sales' THEN
		PERFORM stockalert.reread_watched(watch);
	END IF;
	RETURN rows;
END
$$;
COMMENT ON FUNCTION stockalert.import_watch(bigint) IS
	'Mirrors all of a table of the caller''s that register_watch() wrote down and returns its rows. The second half of watch_table() and its like. Errors: 42501, 23505 two rows for one pair, 25001.';
-- Watched tables are read again by every check: what a trigger did not see
-- (TRUNCATE of a partition, triggers off, session_replication_role) is put right.

CREATE FUNCTION stockalert.differing_stock(w stockalert.watched_tables, mapped text[]) RETURNS TABLE (row_data stockalert.watched_row, location_id bigint, item_id bigint)
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT r, coalesce(w.location_id, p.location_id), x.item_id
	FROM stockalert.read_watched_stock(w.relation) AS r
	LEFT JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
	LEFT JOIN stockalert.items AS i ON i.item_id = x.item_id
	LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location
	LEFT JOIN stockalert.stock_levels AS s ON s.location_id = coalesce(w.location_id, p.location_id) AND s.item_id = x.item_id
	LEFT JOIN stockalert.rules AS u ON mapped && '{threshold,critical}' AND u.item_id = x.item_id AND u.location_id = coalesce(w.location_id, p.location_id)
		AND u.category IS NULL AND u.origin = 'table'
	WHERE r.item IS NOT NULL AND (w.location_id IS NOT NULL OR r.location IS NOT NULL)
		AND (x.item_id IS NULL OR r.quantity IS NOT NULL AND s.on_hand IS DISTINCT FROM r.quantity
			OR s.item_id IS NOT NULL AND ('reserved' = ANY (mapped) AND r.reserved IS NOT NULL AND s.reserved <> r.reserved
				OR 'on_order' = ANY (mapped) AND r.on_order IS NOT NULL AND s.on_order <> r.on_order
				OR 'par' = ANY (mapped) AND s.par_level IS DISTINCT FROM nullif(r.par, 0)
				OR 'active' = ANY (mapped) AND s.active IS DISTINCT FROM coalesce(r.active, true))
			OR s.item_id IS NOT NULL AND mapped && '{threshold,critical}' AND (r.threshold, r.critical) IS DISTINCT FROM (u.low, u.critical)
			OR r.name IS NOT NULL AND i.name <> r.name
			OR 'category' = ANY (mapped) AND i.category IS DISTINCT FROM r.category OR 'cost' = ANY (mapped) AND i.cost IS DISTINCT FROM r.cost
			OR 'price' = ANY (mapped) AND i.price IS DISTINCT FROM r.price OR 'description' = ANY (mapped) AND i.description IS DISTINCT FROM r.description
			OR 'model_number' = ANY (mapped) AND i.model_number IS DISTINCT FROM r.model_number
			OR 'owner' = ANY (mapped) AND i.owner_key IS DISTINCT FROM r.owner);
$$;
COMMENT ON FUNCTION stockalert.differing_stock(stockalert.watched_tables, text[]) IS 'Rows of a watched table of stock that are not mirrored as they stand. For the owner.';

CREATE FUNCTION stockalert.vanished_stock(w stockalert.watched_tables) RETURNS TABLE (location_id bigint, item_id bigint)
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.location_id, s.item_id FROM stockalert.item_refs AS x
	JOIN stockalert.stock_levels AS s ON s.item_id = x.item_id
	LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.location_id = s.location_id
	WHERE x.source_id = w.source_id AND s.location_id = coalesce(w.location_id, p.location_id)
	EXCEPT
	SELECT coalesce(w.location_id, p.location_id), x.item_id FROM stockalert.read_watched_stock(w.relation) AS r
	JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.external_id = r.item
	LEFT JOIN stockalert.location_refs AS p ON w.location_id IS NULL AND p.source_id = w.source_id AND p.external_id = r.location;
$$;
COMMENT ON FUNCTION stockalert.vanished_stock(stockalert.watched_tables) IS 'Pairs of a watched table of stock whose rows are gone. For the owner.';

-- Judged from one snapshot, in which an app's row and its mirror agree; then
-- locked, and looked at again: whoever writes in between is not undone.  What
-- somebody holds is left to them and to the next check.
CREATE FUNCTION stockalert.reread_stock(w stockalert.watched_tables) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	mapped text[] := stockalert.mapped_fields(w.watch_id);
	rows stockalert.watched_row[];
	location_ids bigint[];
	item_ids bigint[];
	busy_locations bigint[];
	busy_items bigint[];
	healed bigint := 0;
BEGIN
	LOOP
		SELECT array_agg(d.location_id ORDER BY d.location_id, d.item_id), array_agg(d.item_id ORDER BY d.location_id, d.item_id) INTO location_ids, item_ids
			FROM (SELECT * FROM stockalert.differing_stock(w, mapped) AS x WHERE busy_items IS NULL
				OR NOT EXISTS (SELECT FROM ROWS FROM (unnest(busy_locations), unnest(busy_items)) AS b (l, i) WHERE b.l = x.location_id AND b.i = x.item_id) LIMIT 20000) AS d;
		EXIT WHEN location_ids IS NULL;
		PERFORM FROM stockalert.stock_levels AS s JOIN ROWS FROM (unnest(location_ids), unnest(item_ids)) AS k (l, i) ON s.location_id = k.l AND s.item_id = k.i
			ORDER BY s.location_id, s.item_id FOR NO KEY UPDATE OF s SKIP LOCKED;
		-- Those that are locked by others now are as they were for us.
		SELECT array_agg(b.l), array_agg(b.i) INTO busy_locations, busy_items FROM (
			SELECT k.l, k.i FROM ROWS FROM (unnest(location_ids), unnest(item_ids)) AS k (l, i)
			JOIN stockalert.stock_levels AS s ON s.location_id = k.l AND s.item_id = k.i
			EXCEPT SELECT * FROM (SELECT s.location_id, s.item_id FROM stockalert.stock_levels AS s JOIN ROWS FROM (unnest(location_ids), unnest(item_ids)) AS k (l, i)
				ON s.location_id = k.l AND s.item_id = k.i FOR NO KEY UPDATE OF s SKIP LOCKED) AS mine
			UNION SELECT * FROM ROWS FROM (unnest(busy_locations), unnest(busy_items)) AS o (l, i)) AS b;
		rows := ARRAY(SELECT d.row_data FROM stockalert.differing_stock(w, mapped) AS d WHERE busy_items IS NULL
			OR NOT EXISTS (SELECT FROM ROWS FROM (unnest(busy_locations), unnest(busy_items)) AS b (l, i) WHERE b.l = d.location_id AND b.i = d.item_id) LIMIT 20000);
		EXIT WHEN cardinality(rows) = 0;
		PERFORM stockalert.mirror_stock(w.watch_id, rows, false);
		healed := healed + cardinality(rows);
		-- Rows that cannot be mirrored whole differ for ever.
		EXIT WHEN cardinality(rows) < 20000 OR healed >= 20000000;
	END LOOP;
	WITH gone AS (
		DELETE FROM stockalert.stock_levels AS s USING (SELECT k.location_id, k.item_id FROM stockalert.stock_levels AS k
				JOIN stockalert.vanished_stock(w) AS v ON v.location_id = k.location_id AND v.item_id = k.item_id
				ORDER BY k.location_id, k.item_id FOR UPDATE OF k SKIP LOCKED) AS v
			WHERE s.location_id = v.location_id AND s.item_id = v.item_id RETURNING s.location_id, s.item_id), rules AS (
		DELETE FROM stockalert.rules AS u USING gone AS g WHERE u.origin = 'table' AND u.item_id = g.item_id AND u.location_id = g.location_id)
	SELECT healed + count(*) INTO healed FROM gone;
	-- What is wrong now, and no more.
	WITH wrong AS MATERIALIZED (SELECT stockalert.watched_key(r.item, r.location) AS row_key, split_part(t, ': ', 1) AS kind, substr(t, strpos(t, ': ') + 2) AS detail
		FROM (SELECT * FROM stockalert.read_watched_stock(w.relation) AS x WHERE x.troubles IS NOT NULL LIMIT 1000) AS r CROSS JOIN LATERAL unnest(r.troubles) AS t), past AS (
		DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = w.watch_id AND p.kind <> 'error'
			AND NOT EXISTS (SELECT FROM wrong AS x WHERE x.row_key = p.row_key AND x.kind = p.kind))
	INSERT INTO stockalert.watch_problems (watch_id, row_key, kind, detail) SELECT DISTINCT ON (x.row_key, x.kind) w.watch_id, x.row_key, x.kind, x.detail
		FROM wrong AS x ORDER BY x.row_key, x.kind ON CONFLICT ON CONSTRAINT watch_problems_pkey DO NOTHING;
	RETURN healed;
END
$$;
COMMENT ON FUNCTION stockalert.reread_stock(stockalert.watched_tables) IS 'Brings stock up to date with a watched table as it stands and returns how many rows differed. For the owner.';

-- After a restore columns have other numbers; after a rename other names.
CREATE FUNCTION stockalert.refresh_watch(watch bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	name_now text;
	changed bigint;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	SELECT format('%I.%I', n.nspname, c.relname) INTO name_now FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = w.relation;
	IF w.relation_oid <> w.relation::oid THEN
		UPDATE stockalert.watched_columns AS c SET column_number = a.attnum FROM pg_catalog.pg_attribute AS a
			WHERE c.watch_id = watch AND a.attrelid = w.relation AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped;
		PERFORM stockalert.forget_watched(w.relation);
	ELSE
		UPDATE stockalert.watched_columns AS c SET column_name = a.attname FROM pg_catalog.pg_attribute AS a
			WHERE c.watch_id = watch AND a.attrelid = w.relation AND a.attnum = c.column_number AND NOT a.attisdropped AND a.attname <> c.column_name;
	END IF;
	UPDATE stockalert.watched_tables AS t SET relation_oid = t.relation, table_name = coalesce(name_now, t.table_name), checked_at = now() WHERE t.watch_id = watch;
END
$$;
COMMENT ON FUNCTION stockalert.refresh_watch(bigint) IS 'Follows renames of a watched table and its columns, and a restore. For the owner.';

CREATE FUNCTION stockalert.reread_watched(watch bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	RETURN CASE w.kind WHEN 'stock' THEN stockalert.reread_stock(w) WHEN 'people' THEN stockalert.reread_people(w) ELSE 0 END;
END
$$;
COMMENT ON FUNCTION stockalert.reread_watched(bigint) IS
	'Brings the mirror of a watched table up to date with it and returns how many rows differed; 0 for sales, whose history is not read again. For the owner.';

CREATE VIEW stockalert.watch_states AS
SELECT w.watch_id, w.kind, w.relation, w.table_name, w.watched_by, w.watched_at, w.checked_at, f.field, f.column_name,
	CASE WHEN c.oid IS NULL THEN 'table dropped'
		WHEN f.field IS NOT NULL AND f.needed THEN f.state
		WHEN NOT t.there THEN 'trigger missing'
		WHEN t.there THEN 'trigger disabled'
		WHEN f.field IS NOT NULL THEN f.state
		ELSE 'ok' END AS state,
	t.relation AS unseen, t.disabled
FROM stockalert.watched_tables AS w
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.relation::pg_catalog.oid
-- Row triggers of a partition are its parent's; a child that is no partition has all three of its own.
LEFT JOIN LATERAL (
	WITH RECURSIVE tree AS (
		SELECT c.oid, false AS partition WHERE c.oid IS NOT NULL
		UNION SELECT i.inhrelid, k.relispartition FROM tree AS u JOIN pg_catalog.pg_inherits AS i ON i.inhparent = u.oid JOIN pg_catalog.pg_class AS k ON k.oid = i.inhrelid)
	SELECT m.wanted <= 0 AS there, m.oid::pg_catalog.regclass AS relation, m.disabled
	FROM (SELECT u.oid, CASE WHEN u.partition THEN 1 ELSE 3 END - pg_catalog.count(g.oid) AS wanted,
			pg_catalog.string_agg(pg_catalog.format('ENABLE TRIGGER %I', g.tgname), ', ' ORDER BY g.tgname) FILTER (WHERE g.tgenabled NOT IN ('O', 'A')) AS disabled
		FROM tree AS u LEFT JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = u.oid
			AND g.tgname IN ('stockalert_' || w.kind, 'stockalert_' || w.kind || '_statement', 'stockalert_' || w.kind || '_truncate')
			AND g.tgfoid = CASE w.kind WHEN 'stock' THEN 'stockalert.watch_stock_trigger()'::pg_catalog.regprocedure
				WHEN 'people' THEN 'stockalert.watch_people_trigger()'::pg_catalog.regprocedure ELSE 'stockalert.watch_sales_trigger()'::pg_catalog.regprocedure END
		GROUP BY u.oid, u.partition) AS m
	WHERE m.wanted > 0 OR m.disabled IS NOT NULL ORDER BY m.wanted DESC, m.oid LIMIT 1) AS t ON true
LEFT JOIN LATERAL (SELECT k.field, k.column_name, k.field IN ('item', 'quantity', 'location', 'key') AS needed,
		CASE WHEN a.attnum IS NULL THEN 'column dropped' ELSE 'column of another type' END AS state
	FROM stockalert.watched_columns AS k LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		AND CASE WHEN w.relation_oid = c.oid THEN a.attnum = k.column_number ELSE a.attname = k.column_name END
	WHERE k.watch_id = w.watch_id AND (a.attnum IS NULL OR NOT stockalert.type_fits(w.kind, k.field, a.atttypid))
	ORDER BY k.field IN ('item', 'quantity', 'location', 'key') DESC, k.field LIMIT 1) AS f ON true;
COMMENT ON VIEW stockalert.watch_states IS 'State of each watched table, from the catalogs. For the owner; people read watch_status.';

CREATE FUNCTION stockalert.watch_call(watch bigint) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT * FROM stockalert.%s(%L%s);', CASE w.kind WHEN 'stock' THEN 'watch_table' WHEN 'people' THEN 'watch_subscribers' ELSE 'watch_sales' END, w.table_name,
		(SELECT string_agg(format(', %s => %s', c.field, CASE WHEN c.usable THEN quote_literal(c.column_name) ELSE '''...''' END), '' ORDER BY c.field)
			FROM (SELECT k.field, k.column_name, EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = w.relation AND a.attnum > 0 AND NOT a.attisdropped
					AND CASE WHEN w.relation_oid = w.relation::oid THEN a.attnum = k.column_number ELSE a.attname = k.column_name END
					AND stockalert.type_fits(w.kind, k.field, a.atttypid)) AS usable
				FROM stockalert.watched_columns AS k WHERE k.watch_id = w.watch_id) AS c
			WHERE c.usable OR c.field IN ('item', 'quantity', 'location', 'key'))
			|| coalesce((SELECT format(', at => %L', l.code) FROM stockalert.locations AS l WHERE l.location_id = w.location_id AND l.code <> 'main'), '') || CASE WHEN w.infers_sales THEN ', infer_sales => true' ELSE '' END)
	FROM stockalert.watched_tables AS w WHERE w.watch_id = watch;
$$;
COMMENT ON FUNCTION stockalert.watch_call(bigint) IS
	'The statement that watches a table as it is watched, without columns that are gone; ''...'' stands for one that is needed. For the owner.';

CREATE FUNCTION stockalert.watch_list() RETURNS TABLE (table_name text, kind text, state text, finding text, remedy text, problems bigint, watched_by text,
	watched_at timestamptz, checked_at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.table_name, v.kind, v.state,
		CASE v.state WHEN 'ok' THEN CASE WHEN n.problems > 0 THEN stockalert.counted(n.problems, 'problem') || ' with rows' END
			WHEN 'table dropped' THEN 'what it held stays as it was'
			WHEN 'trigger missing' THEN format('what is written to %s is seen by the next check only', v.unseen)
			WHEN 'trigger disabled' THEN format('what is written to %s is seen by the next check only', v.unseen)
			ELSE format('column %s, watched as %s; writes of the app go on, %s', quote_ident(v.column_name), v.field,
				CASE WHEN v.field IN ('item', 'quantity', 'location', 'key') THEN 'nothing is mirrored' ELSE 'the rest is mirrored' END) END,
		CASE v.state WHEN 'ok' THEN CASE WHEN n.problems > 0 THEN 'SELECT * FROM stockalert.watch_troubles;' END
			WHEN 'table dropped' THEN format('SELECT * FROM stockalert.unwatch_%s(%L);', CASE v.kind WHEN 'stock' THEN 'table' WHEN 'people' THEN 'subscribers' ELSE 'sales' END, v.table_name)
			WHEN 'trigger disabled' THEN format('ALTER TABLE %s %s;', v.unseen, v.disabled)
			ELSE CASE WHEN v.state LIKE 'column %' AND v.field IN ('item', 'quantity', 'location', 'key') THEN '-- With the column that is meant: ' ELSE '' END || stockalert.watch_call(v.watch_id) END,
		n.problems, v.watched_by, v.watched_at, v.checked_at
	FROM stockalert.watch_states AS v CROSS JOIN LATERAL (SELECT count(*) AS problems FROM stockalert.watch_problems AS p WHERE p.watch_id = v.watch_id) AS n
	WHERE stockalert.sees_all_locations() ORDER BY v.table_name, v.kind;
$$;
COMMENT ON FUNCTION stockalert.watch_list() IS 'Rows of watch_status. For roles that see all locations.';
CREATE VIEW stockalert.watch_status AS SELECT * FROM stockalert.watch_list();
COMMENT ON VIEW stockalert.watch_status IS 'Watched tables: ok, or what is wrong and the statement that puts it right; and how many rows have problems.';

CREATE FUNCTION stockalert.health_of_watched() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH watched AS MATERIALIZED (SELECT * FROM stockalert.watch_list())
	SELECT 'watched tables', 'ok', format('%s watched, with every change of theirs', count(*)), NULL FROM watched AS w
		HAVING count(*) > 0 AND count(*) FILTER (WHERE w.state <> 'ok' OR w.problems > 0) = 0
	UNION ALL (SELECT 'watched tables', CASE WHEN w.finding LIKE '%nothing is mirrored' THEN 'error' ELSE 'warn' END,
			concat_ws(': ', w.table_name, nullif(w.state, 'ok'), w.finding), w.remedy
		FROM watched AS w WHERE w.state <> 'ok' OR w.problems > 0 ORDER BY w.table_name, w.kind LIMIT 20);
$$;
COMMENT ON FUNCTION stockalert.health_of_watched() IS
	'Part of health(): watched tables (20 at most) whose changes are not all seen, or some of whose rows cannot be used; for roles that see all locations.';

CREATE FUNCTION stockalert.trouble_list() RETURNS TABLE (table_name text, row_key text, kind text, detail text, times bigint, first_at timestamptz, last_at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT w.table_name, p.row_key, p.kind, p.detail, p.times, p.first_at, p.last_at
	FROM stockalert.watch_problems AS p JOIN stockalert.watched_tables AS w USING (watch_id) WHERE stockalert.sees_all_locations() ORDER BY 1, 2, 3;
$$;
COMMENT ON FUNCTION stockalert.trouble_list() IS 'Rows of watch_troubles. For roles that see all locations.';
CREATE VIEW stockalert.watch_troubles AS SELECT * FROM stockalert.trouble_list();
COMMENT ON VIEW stockalert.watch_troubles IS 'Rows of watched tables that cannot be mirrored as they are, and why.';

CREATE FUNCTION stockalert.check_watched(table_name text DEFAULT NULL, OUT tables bigint, OUT rows_healed bigint, OUT problems bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	v record;
	wrong text;
	code text;
BEGIN
	PERFORM stockalert.require_all_locations('check_watched()');
	tables := 0;
	rows_healed := 0;
	FOR v IN SELECT w.watch_id, (SELECT s.state FROM stockalert.watch_states AS s WHERE s.watch_id = w.watch_id) AS state FROM stockalert.watched_tables AS w
		WHERE check_watched.table_name IS NULL OR w.watch_id IN (SELECT x.watch_id FROM stockalert.watched_tables AS x
			WHERE check_watched.table_name IN (x.table_name, x.relation::text, CASE WHEN x.table_name LIKE 'public.%' THEN substr(x.table_name, 8) END))
		ORDER BY w.watch_id LOOP
		tables := tables + 1;
		BEGIN
			IF v.state = 'table dropped' THEN
				PERFORM stockalert.rest_watched(v.watch_id);
				CONTINUE;
			END IF;
			PERFORM stockalert.refresh_watch(v.watch_id);
			IF v.state IN ('ok', 'trigger missing', 'trigger disabled') OR EXISTS (SELECT FROM stockalert.watch_states AS s
				WHERE s.watch_id = v.watch_id AND s.field NOT IN ('item', 'quantity', 'location', 'key')) THEN
				DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = v.watch_id AND p.kind = 'error';
				rows_healed := rows_healed + stockalert.reread_watched(v.watch_id);
			END IF;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS wrong = MESSAGE_TEXT, code = RETURNED_SQLSTATE;
			IF code LIKE '40%' OR code LIKE '57%' OR code LIKE '53%' THEN
				RAISE;
			END IF;
			PERFORM stockalert.note_watch_problem(v.watch_id, '', 'error', wrong);
		END;
	END LOOP;
	problems := (SELECT count(*) FROM stockalert.watch_problems);
END
$$;
COMMENT ON FUNCTION stockalert.check_watched(text) IS
	'Reads watched tables again (one, or all) and puts right what their triggers did not see; returns tables looked at, rows that differed, and problems with rows there are. Called by check_stock().';

CREATE FUNCTION stockalert.rest_watched(watch bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rested bigint;
BEGIN
	UPDATE stockalert.stock_levels AS s SET active = false
		FROM stockalert.watched_tables AS w JOIN stockalert.item_refs AS x ON x.source_id = w.source_id
		WHERE w.watch_id = watch AND w.kind = 'stock' AND s.item_id = x.item_id AND s.active AND (s.location_id = w.location_id OR w.location_id IS NULL
			AND EXISTS (SELECT FROM stockalert.location_refs AS p WHERE p.source_id = w.source_id AND p.location_id = s.location_id));
	GET DIAGNOSTICS rested = ROW_COUNT;
	RETURN rested;
END
$$;
COMMENT ON FUNCTION stockalert.rest_watched(bigint) IS
	'Makes the stock of a watched table inactive, which ends its alerts, and returns how many pairs that were. For the owner.';

CREATE FUNCTION stockalert.forget_watch(table_name text, kind text) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	rested bigint;
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = stockalert.find_watch(forget_watch.table_name, forget_watch.kind);
	IF EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = w.relation) THEN
		PERFORM stockalert.require_ownership(w.relation);
		PERFORM stockalert.forget_watched(w.relation);
	END IF;
	rested := CASE w.kind WHEN 'stock' THEN stockalert.rest_watched(w.watch_id) WHEN 'people' THEN stockalert.rest_people(w.source_id) ELSE 0 END;
	IF w.kind = 'stock' THEN
		PERFORM stockalert.drop_table_rules(w);
	END IF;
	DELETE FROM stockalert.watched_tables AS t WHERE t.watch_id = w.watch_id;
	PERFORM stockalert.audit('unwatch ' || kind, w.table_name);
	RETURN rested;
END
$$;
COMMENT ON FUNCTION stockalert.forget_watch(text, text) IS 'Ends what was mirrored of a table of the caller''s, or of one that is gone. The second half of unwatch_table() and its like. Errors: 42704, 42501.';

CREATE FUNCTION stockalert.watched_relation(table_name text, kind text) RETURNS regclass
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT c.oid::regclass FROM stockalert.watched_tables AS w JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
		WHERE w.watch_id = stockalert.find_watch(watched_relation.table_name, watched_relation.kind));
COMMENT ON FUNCTION stockalert.watched_relation(text, text) IS 'The watched table of a name; NULL where it was dropped. Error 42704.';

CREATE FUNCTION stockalert.watch_table(table_name regclass, item text, quantity text, name text DEFAULT NULL, location text DEFAULT NULL,
	category text DEFAULT NULL, threshold text DEFAULT NULL, critical text DEFAULT NULL, sku text DEFAULT NULL, cost text DEFAULT NULL,
	price text DEFAULT NULL, description text DEFAULT NULL, model_number text DEFAULT NULL, par text DEFAULT NULL, reserved text DEFAULT NULL,
	on_order text DEFAULT NULL, active text DEFAULT NULL, owner text DEFAULT NULL, at text DEFAULT NULL,
	infer_sales boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch bigint;
	rows bigint;
BEGIN
	IF table_name IS NULL OR item IS NULL OR quantity IS NULL OR location IS NOT NULL AND at IS NOT NULL THEN
		RAISE EXCEPTION 'what to watch is not said'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A table, the column of its key and that of its quantity are needed, and not both of location and at.',
				  HINT = 'SELECT * FROM stockalert.watch_table(''public.items'', item => ''id'', quantity => ''quantity'', name => ''name'');';
	END IF;
	watch := stockalert.register_watch('stock', table_name, jsonb_strip_nulls(jsonb_build_object('item', item, 'quantity', quantity, 'name', name,
		'location', location, 'category', category, 'threshold', threshold, 'critical', critical, 'sku', sku, 'cost', cost, 'price', price,
		'description', description, 'model_number', model_number, 'par', par, 'reserved', reserved, 'on_order', on_order, 'active', active,
		'owner', owner)), at, NULL, infer_sales);
	PERFORM stockalert.make_watch_triggers('stock', table_name);
	rows := stockalert.import_watch(watch);
	SELECT s.done, s.next INTO done, next FROM stockalert.watch_summary(watch, rows) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.watch_table(regclass, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, boolean) IS
	'Watches an app''s table of stock: names of its columns for the key of the item, the quantity, and whatever else it has. location: the column that says where; without it all stock is at one location (at, else main). threshold: low is below this; 0 only when out, NULL none. owner: the key of a person of watch_subscribers(), who alone of them hears of the item. infer_sales: a quantity that goes down counts as sold, recorded with kind inferred; off unless asked, as a correction, a transfer or a theft goes down too, and idle while a watch_sales() brings the sales themselves. Imports what is there and makes triggers; the app''s own writes never fail because of it. Called again it maps anew. As the table''s owner, with stockalert_manager. Errors: 42501, 42809 no plain table, 42703, 42804, 23505 two rows for one item and location.';

CREATE FUNCTION stockalert.watch_summary(watch bigint, rows bigint, OUT done text, OUT next text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	low bigint;
	problems bigint := (SELECT count(*) FROM stockalert.watch_problems AS p WHERE p.watch_id = watch);
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	SELECT count(*) INTO low FROM stockalert.alerts AS a JOIN stockalert.item_refs AS x ON x.source_id = w.source_id AND x.item_id = a.item_id
		WHERE a.kind = 'stock' AND a.resolved_at IS NULL;
	done := format('%s of %s watched', CASE w.kind WHEN 'stock' THEN stockalert.counted(rows, 'item') WHEN 'people' THEN stockalert.counted(rows, 'person', 'people') ELSE stockalert.counted(rows, 'sale') END, w.table_name)
		|| CASE WHEN w.kind = 'stock' THEN format(', %s low now', low) ELSE '' END
		|| CASE WHEN problems > 0 THEN ', ' || stockalert.counted(problems, 'problem') ELSE '' END;
	next := CASE WHEN problems > 0 THEN 'SELECT * FROM stockalert.watch_troubles;' ELSE stockalert.next_step() END;
END
$$;
COMMENT ON FUNCTION stockalert.watch_summary(bigint, bigint) IS 'What watch_table() and its like say.';

CREATE FUNCTION stockalert.unwatch_table(table_name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass := stockalert.watched_relation(table_name, 'stock');
	rested bigint;
BEGIN
	IF relation IS NOT NULL THEN
		PERFORM stockalert.drop_watch_triggers('stock', relation);
	END IF;
	rested := stockalert.forget_watch(table_name, 'stock');
	done := format('%s is not watched any more, %s inactive', table_name, stockalert.counted(rested, 'item is', 'items are'));
	next := '-- Items and history stay; watch_table() goes on where it ended.';
END
$$;
COMMENT ON FUNCTION stockalert.unwatch_table(text) IS
	'Ends watch_table(): the triggers are dropped, stock of the table becomes inactive (its alerts end), thresholds of its columns go; items, their keys and history stay. Also of a table that was dropped. As its owner. Errors: 42704, 42501.';

GRANT EXECUTE ON FUNCTION stockalert.watch_stock_trigger(), stockalert.watch_people_trigger(), stockalert.watch_sales_trigger(),
	stockalert.register_watch(text, regclass, jsonb, text, text, boolean), stockalert.make_watch_triggers(text, regclass), stockalert.drop_watch_triggers(text, regclass),
	stockalert.import_watch(bigint), stockalert.watch_summary(bigint, bigint), stockalert.watched_relation(text, text), stockalert.forget_watch(text, text),
	stockalert.find_watch(text, text), stockalert.check_watched(text),
	stockalert.watch_table(regclass, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, boolean),
	stockalert.unwatch_table(text) TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.watch_list(), stockalert.trouble_list() TO stockalert_viewer;
GRANT SELECT ON stockalert.watch_status, stockalert.watch_troubles TO stockalert_viewer;
-- Watched tables of people: subscribers and where they are reached.

CREATE TABLE stockalert.subscriber_refs (
	source_id bigint NOT NULL REFERENCES stockalert.sources,
	external_id text NOT NULL,
	subscriber_id bigint REFERENCES stockalert.subscribers ON DELETE SET NULL,
	PRIMARY KEY (source_id, external_id),
	CONSTRAINT "external_id is 1 to 192 characters without control characters" CHECK (stockalert.is_label(external_id, 192))
);
COMMENT ON TABLE stockalert.subscriber_refs IS 'Keys by which a source knows a subscriber.';
COMMENT ON COLUMN stockalert.subscriber_refs.subscriber_id IS 'NULL: deleted or erased here, and not brought back by the app''s row.';
CREATE INDEX subscriber_refs_subscriber_id_idx ON stockalert.subscriber_refs (subscriber_id);

CREATE FUNCTION stockalert.people_contacts(rows stockalert.watched_person[], mapped text[]) RETURNS TABLE (key text, channel text, address text, wanted boolean, trouble text)
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	-- channels: what the app says, BOTH being email and whatsapp; nothing said: every address there is.
	WITH people AS (
		SELECT r.key, trim(coalesce(r.notification_email, r.email)) AS email, translate(r.phone_number, ' -', '') AS phone,
			CASE WHEN r.channels IS NULL THEN '{email,whatsapp}'::text[]
				ELSE string_to_array(replace(lower(translate(r.channels, ' ', '')), 'both', 'email,whatsapp'), ',') END AS channels
		FROM unnest(rows) AS r WHERE NOT r.gone AND r.key IS NOT NULL), offered AS (
		SELECT p.key, 'email' AS channel, p.email AS address, 'email' = ANY (p.channels) AS wanted,
			p.email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$' AS good
			FROM people AS p WHERE p.email IS NOT NULL
		UNION ALL
		SELECT p.key, c.channel, p.phone, c.channel = ANY (p.channels), p.phone ~ '^\+[1-9][0-9]{6,14}$'
			FROM people AS p CROSS JOIN (VALUES ('whatsapp'), ('sms')) AS c (channel)
			WHERE p.phone IS NOT NULL AND (c.channel = 'whatsapp' OR 'sms' = ANY (p.channels)))
	SELECT o.key, o.channel, o.address, o.wanted, CASE WHEN NOT o.good THEN CASE o.channel WHEN 'email' THEN 'email: it does not look like name@example.com'
		ELSE 'phone_number: it is not with country code, such as +919876543210' END END
	FROM offered AS o;
$$;
COMMENT ON FUNCTION stockalert.people_contacts(stockalert.watched_person[], text[]) IS 'Contacts that rows of a watched table of people ask for, and what is wrong with an address. For the owner.';

CREATE FUNCTION stockalert.mirror_people(watch bigint, rows stockalert.watched_person[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	mapped text[];
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	mapped := stockalert.mapped_fields(watch);
	PERFORM stockalert.note_troubles(watch, coalesce(t.key, ''), t.troubles) FROM (
		SELECT r.key, array_remove(coalesce(r.troubles, '{}') || (SELECT array_agg(DISTINCT c.trouble) FROM stockalert.people_contacts(ARRAY[r], mapped) AS c)
			|| CASE WHEN r.minimum_severity NOT IN ('low', 'critical', 'out') THEN 'minimum_severity: it is not low, critical or out' END
			|| CASE WHEN NOT stockalert.is_time_zone(r.time_zone) THEN 'time_zone: it is not known' END, NULL) AS troubles
		FROM unnest(rows) AS r) AS t
		WHERE cardinality(t.troubles) > 0 OR EXISTS (SELECT FROM stockalert.watch_problems AS p WHERE p.watch_id = watch AND p.row_key = t.key);
	-- Who is gone is told nothing more: the sender drops what waits for them.
	WITH gone AS (
		DELETE FROM stockalert.subscriber_refs AS x USING unnest(rows) AS r WHERE r.gone AND x.source_id = w.source_id AND x.external_id = r.key
			AND NOT EXISTS (SELECT FROM unnest(rows) AS o WHERE o.key = r.key AND NOT o.gone) RETURNING x.subscriber_id)
	DELETE FROM stockalert.subscribers AS b USING gone AS g WHERE b.subscriber_id = g.subscriber_id;
	-- Names are unique here and need not be there.
	WITH fresh AS (
		SELECT r.*, coalesce(r.name, r.notification_email, r.email, r.key) AS wanted FROM unnest(rows) AS r WHERE NOT r.gone AND r.key IS NOT NULL
			AND NOT EXISTS (SELECT FROM stockalert.subscriber_refs AS x WHERE x.source_id = w.source_id AND x.external_id = r.key)), made AS (
		INSERT INTO stockalert.subscribers (name, app_key, enabled, own_threshold, minimum_severity, time_zone)
		SELECT CASE WHEN row_number() OVER (PARTITION BY f.wanted ORDER BY f.key) > 1 OR EXISTS (SELECT FROM stockalert.subscribers AS b WHERE b.name = f.wanted)
				THEN left(f.wanted, 96) || ' (' || left(f.key, 92) || ')' ELSE f.wanted END, f.key, coalesce(f.notification_enabled, true), f.alert_threshold,
			CASE WHEN f.minimum_severity IN ('low', 'critical', 'out') THEN f.minimum_severity ELSE 'low' END,
			CASE WHEN stockalert.is_time_zone(f.time_zone) THEN f.time_zone ELSE (SELECT stockalert.database_time_zone()) END
		FROM fresh AS f ORDER BY f.key RETURNING subscriber_id, app_key)
	INSERT INTO stockalert.subscriber_refs (source_id, external_id, subscriber_id) SELECT w.source_id, m.app_key, m.subscriber_id FROM made AS m;
	UPDATE stockalert.subscribers AS b SET
			name = CASE WHEN n.name IS NULL OR b.name IN (n.name, n.longer) THEN b.name
				WHEN n.nth > 1 OR EXISTS (SELECT FROM stockalert.subscribers AS o WHERE o.name = n.name) THEN n.longer ELSE n.name END,
			enabled = n.enabled, own_threshold = n.own_threshold, minimum_severity = n.minimum_severity, time_zone = n.time_zone
		FROM (SELECT x.subscriber_id, r.name, left(r.name, 96) || ' (' || left(r.key, 92) || ')' AS longer, row_number() OVER (PARTITION BY r.name ORDER BY r.key) AS nth,
				CASE WHEN first OR 'notification_enabled' = ANY (mapped) THEN coalesce(r.notification_enabled, true) ELSE s.enabled END AS enabled,
				CASE WHEN 'alert_threshold' = ANY (mapped) THEN r.alert_threshold ELSE s.own_threshold END AS own_threshold,
				CASE WHEN r.minimum_severity IN ('low', 'critical', 'out') THEN r.minimum_severity ELSE s.minimum_severity END AS minimum_severity,
				CASE WHEN stockalert.is_time_zone(r.time_zone) THEN r.time_zone ELSE s.time_zone END AS time_zone
			FROM unnest(rows) AS r JOIN stockalert.subscriber_refs AS x ON x.source_id = w.source_id AND x.external_id = r.key
			JOIN stockalert.subscribers AS s ON s.subscriber_id = x.subscriber_id WHERE NOT r.gone) AS n
		WHERE b.subscriber_id = n.subscriber_id AND (b.name NOT IN (n.name, n.longer)
			OR (b.enabled, b.own_threshold, b.minimum_severity, b.time_zone) IS DISTINCT FROM (n.enabled, n.own_threshold, n.minimum_severity, n.time_zone));
	-- Addresses that a column brings are the table's; others are left alone.
	DELETE FROM stockalert.subscriber_contacts AS c USING unnest(rows) AS r JOIN stockalert.subscriber_refs AS x ON x.source_id = w.source_id AND x.external_id = r.key
		WHERE NOT r.gone AND c.subscriber_id = x.subscriber_id
			AND (c.channel = 'email' AND mapped && '{email,notification_email}' OR c.channel IN ('sms', 'whatsapp') AND 'phone_number' = ANY (mapped))
			AND NOT EXISTS (SELECT FROM stockalert.people_contacts(ARRAY[r], mapped) AS k WHERE k.channel = c.channel AND k.address = c.address);
	INSERT INTO stockalert.subscriber_contacts AS c (subscriber_id, channel, address, enabled)
		SELECT x.subscriber_id, k.channel, k.address, k.wanted FROM stockalert.people_contacts(rows, mapped) AS k
		JOIN stockalert.subscriber_refs AS x ON x.source_id = w.source_id AND x.external_id = k.key
		WHERE k.trouble IS NULL AND x.subscriber_id IS NOT NULL ORDER BY x.subscriber_id, k.channel
		ON CONFLICT ON CONSTRAINT subscriber_contacts_subscriber_id_channel_address_key DO UPDATE SET enabled = excluded.enabled
			WHERE c.enabled <> excluded.enabled AND (first OR 'channels' = ANY (mapped));
END
$$;
COMMENT ON FUNCTION stockalert.mirror_people(bigint, stockalert.watched_person[], boolean) IS
	'Brings subscribers and their contacts up to date with rows of a watched table. For the owner; called by the triggers.';

CREATE FUNCTION stockalert.reread_people(w stockalert.watched_tables) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rows stockalert.watched_person[] := ARRAY(SELECT r FROM stockalert.read_watched_people(w.relation) AS r);
	gone stockalert.watched_person[];
BEGIN
	DELETE FROM stockalert.watch_problems AS p WHERE p.watch_id = w.watch_id AND p.kind <> 'error';
	SELECT array_agg(ROW(true, NULL, x.external_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::stockalert.watched_person) INTO gone
		FROM stockalert.subscriber_refs AS x WHERE x.source_id = w.source_id
			AND NOT EXISTS (SELECT FROM unnest(rows) AS r WHERE r.key = x.external_id);
	PERFORM stockalert.mirror_people(w.watch_id, rows || coalesce(gone, '{}'), false);
	RETURN coalesce(cardinality(gone), 0);
END
$$;
COMMENT ON FUNCTION stockalert.reread_people(stockalert.watched_tables) IS 'Brings subscribers up to date with a watched table as it stands and returns how many were gone. For the owner.';

CREATE FUNCTION stockalert.rest_people(source bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rested bigint;
BEGIN
	UPDATE stockalert.subscribers AS b SET enabled = false FROM stockalert.subscriber_refs AS x
		WHERE x.source_id = source AND b.subscriber_id = x.subscriber_id AND b.enabled;
	GET DIAGNOSTICS rested = ROW_COUNT;
	RETURN rested;
END
$$;
COMMENT ON FUNCTION stockalert.rest_people(bigint) IS 'Disables the subscribers of a source and returns how many were not. For the owner.';

CREATE FUNCTION stockalert.watch_subscribers(table_name regclass, key text, name text DEFAULT NULL, email text DEFAULT NULL, phone_number text DEFAULT NULL,
	notification_email text DEFAULT NULL, notification_enabled text DEFAULT NULL, alert_threshold text DEFAULT NULL, channels text DEFAULT NULL,
	minimum_severity text DEFAULT NULL, time_zone text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch bigint;
	rows bigint;
BEGIN
	IF table_name IS NULL OR key IS NULL THEN
		RAISE EXCEPTION 'whom to watch is not said'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A table and the column of its key are needed.',
				  HINT = 'SELECT * FROM stockalert.watch_subscribers(''public.users'', key => ''id'', name => ''name'', email => ''email'');';
	END IF;
	watch := stockalert.register_watch('people', table_name, jsonb_strip_nulls(jsonb_build_object('key', key, 'name', name, 'email', email,
		'phone_number', phone_number, 'notification_email', notification_email, 'notification_enabled', notification_enabled,
		'alert_threshold', alert_threshold, 'channels', channels, 'minimum_severity', minimum_severity, 'time_zone', time_zone)));
	PERFORM stockalert.make_watch_triggers('people', table_name);
	rows := stockalert.import_watch(watch);
	SELECT s.done, s.next INTO done, next FROM stockalert.watch_summary(watch, rows) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.watch_subscribers(regclass, text, text, text, text, text, text, text, text, text, text) IS
	'Mirrors an app''s table of people as subscribers: names of its columns for the key and whatever else it has. notification_email goes before email; a phone number is for whatsapp unless channels (a text such as BOTH or email,sms, or an array) says sms; alert_threshold is their own threshold. Who is deleted there is deleted here. As the table''s owner, with stockalert_manager. Errors: 42501, 42809, 42703, 42804.';

CREATE FUNCTION stockalert.unwatch_subscribers(table_name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass := stockalert.watched_relation(table_name, 'people');
	rested bigint;
BEGIN
	IF relation IS NOT NULL THEN
		PERFORM stockalert.drop_watch_triggers('people', relation);
	END IF;
	rested := stockalert.forget_watch(table_name, 'people');
	done := format('%s is not watched any more, %s disabled', table_name, stockalert.counted(rested, 'subscriber is', 'subscribers are'));
	next := '-- SELECT * FROM stockalert.erase_subscriber(...) for whoever shall be forgotten; watch_subscribers() goes on where it ended.';
END
$$;
COMMENT ON FUNCTION stockalert.unwatch_subscribers(text) IS 'Ends watch_subscribers(): the triggers are dropped, its people are told nothing any more and stay. As the table''s owner. Errors: 42704, 42501.';

CREATE FUNCTION stockalert.erase_subscriber(subscriber text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b stockalert.subscribers := stockalert.find_subscriber(subscriber);
	erased bigint;
BEGIN
	UPDATE stockalert.messages AS m SET recipient = 'erased', subject = 'erased', body = 'erased', html = NULL WHERE m.subscriber_id = b.subscriber_id;
	GET DIAGNOSTICS erased = ROW_COUNT;
	DELETE FROM stockalert.notices AS n WHERE n.subscriber_id = b.subscriber_id;
	DELETE FROM stockalert.subscribers AS x WHERE x.subscriber_id = b.subscriber_id;
	PERFORM stockalert.audit('erase_subscriber', b.subscriber_id::text);
	PERFORM stockalert.wake_sender();
	done := format('subscriber %s erased, with the texts of %s', subscriber, stockalert.counted(erased, 'message'));
	next := CASE WHEN b.app_key IS NULL THEN stockalert.next_step() ELSE '-- The app''s own row is the app''s to erase; it does not bring the subscriber back.' END;
END
$$;
COMMENT ON FUNCTION stockalert.erase_subscriber(text) IS
	'Removes what is known of a person: the subscriber, contacts, notices, and recipient and text of every message; what waits is not sent, deliveries stay without a name. A watched table does not bring the person back. Error 42704.';

GRANT EXECUTE ON FUNCTION stockalert.watch_subscribers(regclass, text, text, text, text, text, text, text, text, text, text), stockalert.unwatch_subscribers(text),
	stockalert.erase_subscriber(text) TO stockalert_manager;
-- Watched tables of sales: their rows, later edits and deletions, as facts.

CREATE TYPE stockalert.resolved_sale AS (nth bigint, item_id bigint, location_id bigint, sold_at timestamptz, quantity numeric, kind text, price numeric, key text,
	gone boolean, trouble text);
COMMENT ON TYPE stockalert.resolved_sale IS 'A row of a watched table of sales in our terms: item, location, what is wrong where these are not known; the negative of what was where it is gone.';

CREATE FUNCTION stockalert.resolve_sales(w stockalert.watched_tables, rows stockalert.watched_sale[]) RETURNS SETOF stockalert.resolved_sale
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.nth, i.item_id, l.location_id, t.sold_at,
		CASE WHEN k.kind = 'return' AND r.quantity < 0 THEN -r.quantity ELSE r.quantity END * CASE WHEN r.gone THEN -1 ELSE 1 END,
		k.kind, r.price, r.key, r.gone,
		CASE WHEN r.quantity IS NULL OR r.item IS NULL THEN NULL
			WHEN i.item_id IS NULL THEN format('item: %s is not known', quote_literal(r.item))
			WHEN l.location_id IS NULL THEN format('location: %s is not known', quote_nullable(r.location))
			WHEN t.sold_at < '1970-01-01 00:00+00' OR t.sold_at >= '2200-01-01 00:00+00' THEN 'sold_at: it is not between 1970 and 2200' END
	FROM unnest(rows) WITH ORDINALITY AS r (gone, local, troubles, key, item, location, quantity, sold_at, price, kind, nth)
	-- A key, else a SKU or code; one look-up for each source there is.
	LEFT JOIN LATERAL (SELECT CASE WHEN count(DISTINCT x.item_id) = 1 THEN min(x.item_id) END AS item_id FROM (
			SELECT (SELECT e.item_id FROM stockalert.item_refs AS e WHERE e.source_id = o.source_id AND e.external_id = r.item) AS item_id
				FROM stockalert.sources AS o WHERE w.item_source_id IS NULL OR o.source_id = w.item_source_id
			UNION ALL SELECT s.item_id FROM stockalert.items AS s WHERE s.sku = r.item AND w.item_source_id IS NULL) AS x) AS i ON true
	LEFT JOIN LATERAL (SELECT CASE WHEN count(DISTINCT x.location_id) = 1 THEN min(x.location_id) END AS location_id FROM (
			SELECT (SELECT e.location_id FROM stockalert.location_refs AS e WHERE e.source_id = o.source_id AND e.external_id = r.location) AS location_id
				FROM stockalert.sources AS o WHERE w.item_source_id IS NULL OR o.source_id = w.item_source_id
			UNION ALL SELECT c.location_id FROM stockalert.locations AS c WHERE c.code = r.location
				AND NOT EXISTS (SELECT FROM stockalert.location_refs AS e WHERE e.external_id = r.location AND e.source_id = w.item_source_id)) AS x
		WHERE w.location_id IS NULL UNION ALL SELECT w.location_id WHERE w.location_id IS NOT NULL) AS l ON l.location_id IS NOT NULL
	LEFT JOIN stockalert.locations AS z ON z.location_id = l.location_id
	-- Times without a zone are the clock of the place.
	CROSS JOIN LATERAL (SELECT coalesce(CASE WHEN r.local THEN (r.sold_at AT TIME ZONE 'UTC') AT TIME ZONE coalesce(z.time_zone, 'UTC') ELSE r.sold_at END,
		stockalert.as_of()) AS sold_at) AS t
	CROSS JOIN LATERAL (SELECT CASE WHEN lower(r.kind) IN ('sale', 'return', 'waste', 'transfer', 'correction') THEN lower(r.kind)
		WHEN lower(r.kind) IN ('refund', 'returned', 'refunded') THEN 'return' ELSE 'sale' END AS kind) AS k;
$$;
COMMENT ON FUNCTION stockalert.resolve_sales(stockalert.watched_tables, stockalert.watched_sale[]) IS
	'Rows of a watched table of sales with our items and locations, and what is wrong where these are not known. For the owner.';

CREATE FUNCTION stockalert.mirror_sales(watch bigint, rows stockalert.watched_sale[], first boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w stockalert.watched_tables;
	stamp text := to_char(clock_timestamp() AT TIME ZONE 'UTC', '"#"YYYYMMDDHH24MISSUS');
	known boolean;
	lines stockalert.resolved_sale[];
	back text[];
BEGIN
	SELECT t.* INTO w FROM stockalert.watched_tables AS t WHERE t.watch_id = watch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM stockalert.note_troubles(watch, coalesce(r.key, ''), r.troubles) FROM unnest(rows) AS r WHERE r.troubles IS NOT NULL AND NOT r.gone;
	lines := ARRAY(SELECT r FROM stockalert.resolve_sales(w, rows) AS r);
	PERFORM stockalert.note_watch_problem(watch, coalesce(r.key, ''), split_part(r.trouble, ': ', 1), substr(r.trouble, strpos(r.trouble, ': ') + 2))
		FROM unnest(lines) AS r WHERE r.trouble IS NOT NULL AND NOT r.gone;
	IF first THEN
		PERFORM stockalert.make_sales_months(ARRAY(SELECT r.sold_at FROM unnest(lines) AS r WHERE r.trouble IS NULL));
	END IF;
	-- Watched once more: a line that is there already is not told from one that was edited since.
	known := first AND EXISTS (SELECT FROM stockalert.sources AS s WHERE s.source_id = w.source_id AND s.created_at < now());
	back := ARRAY(SELECT DISTINCT o.key FROM unnest(rows) AS o WHERE o.gone AND o.key IS NOT NULL);
	-- A line that was edited, or came back, has a number of its own: what is recorded is never changed.
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
		SELECT r.location_id, r.item_id, r.sold_at, r.quantity, r.kind, r.price, w.source_id,
			CASE WHEN r.key IS NOT NULL THEN r.key || CASE WHEN first OR NOT r.gone AND (cardinality(back) = 0 OR r.key <> ALL (back))
				AND NOT EXISTS (SELECT FROM stockalert.sales AS s WHERE s.source_id = w.source_id AND s.location_id = r.location_id AND s.sold_at = r.sold_at AND s.source_line = r.key)
				THEN '' ELSE stamp || r.nth END END
		FROM unnest(lines) AS r WHERE r.item_id IS NOT NULL AND r.location_id IS NOT NULL AND r.quantity IS NOT NULL AND r.trouble IS NULL
			AND (NOT known OR NOT EXISTS (SELECT FROM stockalert.sales AS s WHERE s.source_id = w.source_id AND s.source_line = r.key))
		ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION stockalert.mirror_sales(bigint, stockalert.watched_sale[], boolean) IS
	'Records sales of a watched table; an edit or a deletion is the negative of what was and the new line. For the owner; called by the triggers.';

CREATE FUNCTION stockalert.watch_sales(table_name regclass, item text, quantity text, sold_at text DEFAULT NULL, location text DEFAULT NULL,
	key text DEFAULT NULL, price text DEFAULT NULL, kind text DEFAULT NULL, at text DEFAULT NULL, items_of text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	watch bigint;
	rows bigint;
BEGIN
	IF table_name IS NULL OR item IS NULL OR quantity IS NULL OR location IS NOT NULL AND at IS NOT NULL THEN
		RAISE EXCEPTION 'what to watch is not said'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A table, the column of the item and that of the quantity are needed, and not both of location and at.',
				  HINT = 'SELECT * FROM stockalert.watch_sales(''public.order_lines'', item => ''item_id'', quantity => ''quantity'', sold_at => ''sold_at'', key => ''id'');';
	END IF;
	watch := stockalert.register_watch('sales', table_name, jsonb_strip_nulls(jsonb_build_object('item', item, 'quantity', quantity, 'sold_at', sold_at,
		'location', location, 'key', key, 'price', price, 'kind', kind)), at, items_of);
	PERFORM stockalert.make_watch_triggers('sales', table_name);
	rows := stockalert.import_watch(watch);
	SELECT s.done, s.next INTO done, next FROM stockalert.watch_summary(watch, rows) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.watch_sales(regclass, text, text, text, text, text, text, text, text, text) IS
	'Records an app''s sales: names of its columns for the item, the quantity (negative: a refund), the time (NULL: when the row is written; without a zone: the clock of the location), the location, the key of the line, the price and the kind. The item column holds keys of the watched table of stock (items_of, or the only one), else keys of any source or SKUs. What is there is recorded too, in month partitions that are made for it (others who write sales wait until it is done); an edit or a deletion later is recorded as the negative of what was and the new line. Changes no stock. As the table''s owner, with stockalert_manager. Errors: 42501, 42809, 42703, 42804, 42704.';

CREATE FUNCTION stockalert.unwatch_sales(table_name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass := stockalert.watched_relation(table_name, 'sales');
BEGIN
	IF relation IS NOT NULL THEN
		PERFORM stockalert.drop_watch_triggers('sales', relation);
	END IF;
	PERFORM stockalert.forget_watch(table_name, 'sales');
	done := format('%s is not watched any more, what it sold stays recorded', table_name);
	next := '-- watch_sales() goes on with lines that are not recorded yet.';
END
$$;
COMMENT ON FUNCTION stockalert.unwatch_sales(text) IS 'Ends watch_sales(): the triggers are dropped; sales are history and stay. As the table''s owner. Errors: 42704, 42501.';

GRANT EXECUTE ON FUNCTION stockalert.watch_sales(regclass, text, text, text, text, text, text, text, text, text), stockalert.unwatch_sales(text) TO stockalert_manager;
-- What people read.  The views run as their owner, and each shows the locations
-- that its reader sees: the first test is made once a query, and is all there is
-- to it for whoever sees all.

CREATE VIEW stockalert.stock_status WITH (security_barrier) AS
SELECT l.code AS location, i.sku, i.name AS item, i.category, s.on_hand, s.reserved, s.on_hand - s.reserved AS available,
	s.on_order, s.in_transit, s.par_level, s.class, a.alert_id, a.severity, a.opened_at,
	i.price, i.cost, s.location_id, s.item_id
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id
JOIN stockalert.locations AS l ON l.location_id = s.location_id
LEFT JOIN stockalert.alerts AS a ON a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL
WHERE (SELECT stockalert.sees_all_locations()) OR s.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]);
COMMENT ON VIEW stockalert.stock_status IS 'Stock of every item at every location, its class and its open alert.';

CREATE VIEW stockalert.low_stock WITH (security_barrier) AS
SELECT location, sku, item, category, available, on_order, in_transit, par_level, class, alert_id, opened_at
FROM stockalert.stock_status
WHERE class IN ('low', 'critical', 'out')
ORDER BY pg_catalog.array_position(ARRAY['out', 'critical', 'low'], class), location, sku;
COMMENT ON VIEW stockalert.low_stock IS 'What is out, critical or low now, worst first.';

CREATE VIEW stockalert.alert_list WITH (security_barrier) AS
SELECT a.alert_id, l.code AS location, i.sku, i.name AS item, a.kind, a.severity, a.worst, a.quantity AS quantity_at_alert,
	s.on_hand - s.reserved AS quantity_now, a.threshold, a.fires, a.threshold_from, a.rule_id,
	CASE told.channels WHEN 'EMAIL,WHATSAPP' THEN 'BOTH' ELSE told.channels END AS alert_type,
	a.resolved_at IS NOT NULL AS is_resolved, a.opened_at AS created_at, told.last_sent_at,
	CASE WHEN a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND told.last_sent_at IS NOT NULL
		THEN GREATEST(told.last_sent_at + '23 hours'::interval, CASE WHEN a.severity <> 'out' THEN a.snoozed_until END) END AS next_alert_at,
	a.acknowledged_at, a.acknowledged_by, a.acknowledged_note, a.snoozed_until, a.escalated_at, a.escalated_by,
	a.reopened_at, a.resolved_at, a.resolved_by, a.resolved_note
FROM stockalert.alerts AS a
JOIN stockalert.items AS i ON i.item_id = a.item_id
JOIN stockalert.locations AS l ON l.location_id = a.location_id
LEFT JOIN stockalert.stock_levels AS s ON s.location_id = a.location_id AND s.item_id = a.item_id
LEFT JOIN LATERAL (
	SELECT pg_catalog.string_agg(DISTINCT pg_catalog.upper(n.channel), ',' ORDER BY pg_catalog.upper(n.channel)) AS channels,
		pg_catalog.max(n.accepted_at) AS last_sent_at
	FROM stockalert.notices AS n WHERE n.alert_id = a.alert_id
) AS told ON true
WHERE (SELECT stockalert.sees_all_locations()) OR a.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]);
COMMENT ON VIEW stockalert.alert_list IS
	'All alerts, open and resolved. alert_type: EMAIL, WHATSAPP, BOTH, or the list of channels that told of it so far; quantity_now is read from stock; next_alert_at: from when the next reminder is due (NULL: none is, as it is resolved, acknowledged or was told to nobody).';

CREATE VIEW stockalert.active_alerts WITH (security_barrier) AS
SELECT * FROM stockalert.alert_list WHERE NOT is_resolved
ORDER BY pg_catalog.array_position(ARRAY['out', 'critical', 'low'], severity), created_at, alert_id;
COMMENT ON VIEW stockalert.active_alerts IS 'Open alerts, worst and oldest first.';

CREATE VIEW stockalert.location_list WITH (security_barrier) AS
SELECT l.code, l.name, l.time_zone, l.currency, l.active,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'ok') AS healthy,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'low') AS low,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'critical') AS critical,
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'out') AS "out",
	pg_catalog.count(s.class) FILTER (WHERE s.class = 'over') AS "over",
	(SELECT pg_catalog.count(*) FROM stockalert.alerts AS a WHERE a.location_id = l.location_id AND a.resolved_at IS NULL) AS open_alerts,
	(SELECT pg_catalog.max(y.last_success_at) FROM stockalert.location_refs AS x JOIN stockalert.connections AS c ON c.source_id = x.source_id
		AND (c.chosen_locations IS NULL OR x.external_id = ANY (c.chosen_locations))
		JOIN stockalert.sync_rounds AS y ON y.connection_id = c.connection_id AND y.stream = 'counts' WHERE x.location_id = l.location_id) AS last_sync_at
FROM stockalert.locations AS l
LEFT JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id
WHERE (SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])
GROUP BY l.location_id;
COMMENT ON VIEW stockalert.location_list IS
	'Locations with their number of items by class and of open alerts. last_sync_at: when stock was last read from Square; NULL: never.';

-- A message about several places is for those who see all of them.
CREATE FUNCTION stockalert.sees_message(alert_ids bigint[], subscriber_id bigint) RETURNS boolean
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF cardinality(alert_ids) > 0 THEN
		RETURN stockalert.sees_locations((SELECT array_agg(coalesce(a.location_id, 0)) FROM unnest(alert_ids) AS u (id)
			LEFT JOIN stockalert.alerts AS a ON a.alert_id = u.id));
	END IF;
	RETURN stockalert.sees_locations((SELECT b.location_ids FROM stockalert.subscribers AS b WHERE b.subscriber_id = sees_message.subscriber_id));
END
$$;
COMMENT ON FUNCTION stockalert.sees_message(bigint[], bigint) IS
	'Tells whether the caller sees the locations of all these alerts or, where there is none, those of the subscriber.';

CREATE VIEW stockalert.delivery_log WITH (security_barrier) AS
SELECT d.finished_at, d.outcome, d.channel, b.name AS subscriber, m.kind, m.subject, m.ref, d.attempts, d.maybe_twice, d.status,
	d.error_class, d.error, d.occurred_at, d.message_id, f.fate, f.decided_at AS fate_at, f.error AS fate_error
FROM stockalert.deliveries AS d
LEFT JOIN stockalert.delivery_fates AS f ON f.provider_id = d.provider_id
LEFT JOIN stockalert.messages AS m ON m.message_id = d.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = d.subscriber_id
WHERE (SELECT stockalert.sees_all_locations()) OR stockalert.sees_message(m.alert_ids, d.subscriber_id);
COMMENT ON VIEW stockalert.delivery_log IS
	'How messages ended, without their texts and addresses. fate: whether an SMS or WhatsApp message that was sent arrived: delivered, undelivered, waiting for the carrier''s word, unknown where that never came; fate_error: why not.';

CREATE VIEW stockalert.waiting_messages WITH (security_barrier) AS
SELECT q.queue_id, q.stage, q.event, q.channel, b.name AS subscriber, q.severity, q.attempts, q.claims, q.maybe_twice, q.next_attempt_at,
	-- One message of many shows what is wrong with a channel; the others wait for the same.
	coalesce(q.last_error, CASE WHEN q.stage <> 'message' OR q.channel = 'log' THEN NULL
		WHEN h.channel IS NULL THEN pg_catalog.format('%s is not configured', q.channel)
		WHEN NOT h.enabled THEN pg_catalog.format('channel %s is switched off', q.channel)
		WHEN h.state <> 'active' THEN coalesce(h.state_reason, pg_catalog.format('channel %s is %s', q.channel, h.state)) END) AS last_error,
	q.created_at
FROM stockalert.queue AS q
LEFT JOIN stockalert.channels AS h ON h.channel = q.channel
LEFT JOIN stockalert.messages AS m ON m.message_id = q.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = coalesce(m.subscriber_id, q.subscriber_id)
WHERE (SELECT stockalert.sees_all_locations())
	OR stockalert.sees_message(coalesce(m.alert_ids, CASE WHEN q.alert_id IS NOT NULL THEN ARRAY[q.alert_id] END), coalesce(m.subscriber_id, q.subscriber_id));
COMMENT ON VIEW stockalert.waiting_messages IS 'What is still to be told, and why it waits (last_error): what its own last try met, or what is wrong with its channel.';

CREATE FUNCTION stockalert.inventory_summary(location text DEFAULT NULL, OUT items bigint, OUT healthy bigint, OUT low bigint,
	OUT critical bigint, OUT "out" bigint, OUT "over" bigint, OUT units numeric, OUT value numeric)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT count(*), count(*) FILTER (WHERE s.class = 'ok'), count(*) FILTER (WHERE s.class = 'low'),
		count(*) FILTER (WHERE s.class = 'critical'), count(*) FILTER (WHERE s.class = 'out'), count(*) FILTER (WHERE s.class = 'over'),
		coalesce(sum(greatest(s.on_hand, 0)), 0), coalesce(sum(greatest(s.on_hand, 0) * i.cost), 0)
	FROM stockalert.stock_levels AS s JOIN stockalert.items AS i ON i.item_id = s.item_id
	WHERE s.class <> 'inactive'
		AND (inventory_summary.location IS NULL OR s.location_id = (SELECT stockalert.find_location(inventory_summary.location)))
		AND ((SELECT stockalert.sees_all_locations()) OR s.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
$$;
COMMENT ON FUNCTION stockalert.inventory_summary(text) IS
	'Counts items by class; units on hand (negative ones count 0) and their value at cost. location NULL: all that the caller sees. Error 42704 unknown location.';

CREATE FUNCTION stockalert.alert_stats(subscriber text DEFAULT NULL, OUT total bigint, OUT active bigint, OUT resolved bigint, OUT low_stock_items bigint,
	OUT mean_time_to_acknowledge interval, OUT mean_time_to_restock interval)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b stockalert.subscribers;
	sees_all boolean := stockalert.sees_all_locations();
	visible bigint[] := stockalert.visible_locations();
BEGIN
	IF subscriber IS NOT NULL THEN
		b := stockalert.find_subscriber(subscriber);
	END IF;
	SELECT count(*), count(*) FILTER (WHERE a.resolved_at IS NULL), count(*) FILTER (WHERE a.resolved_at IS NOT NULL),
			avg(a.acknowledged_at - a.opened_at), avg(a.resolved_at - a.opened_at) FILTER (WHERE a.resolved_by = 'stock' AND a.resolved_note IS DISTINCT FROM 'not carried any more')
		INTO total, active, resolved, mean_time_to_acknowledge, mean_time_to_restock
		FROM stockalert.alerts AS a
		WHERE (sees_all OR a.location_id = ANY (visible))
			AND (b.location_ids IS NULL OR a.location_id = ANY (b.location_ids))
			AND (b.categories IS NULL OR (SELECT i.category = ANY (b.categories) FROM stockalert.items AS i WHERE i.item_id = a.item_id))
			AND (b.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = b.app_key FROM stockalert.items AS i WHERE i.item_id = a.item_id));
	IF subscriber IS NOT NULL THEN
		SELECT count(*) INTO low_stock_items FROM stockalert.low_stock_for(subscriber);
	ELSE
		SELECT count(*) INTO low_stock_items FROM stockalert.stock_levels AS s
			WHERE s.class IN ('low', 'critical', 'out') AND (sees_all OR s.location_id = ANY (visible));
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.alert_stats(text) IS
	'Counts of alerts, items low now, mean time to acknowledge and until stock resolved them (NULL where there is none): of all that the caller sees, or where a subscriber looks (items then by low_stock_for()). Error 42704 unknown subscriber.';

GRANT SELECT ON stockalert.stock_status, stockalert.low_stock, stockalert.alert_list, stockalert.active_alerts,
	stockalert.location_list, stockalert.delivery_log, stockalert.waiting_messages TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.inventory_summary(text), stockalert.alert_stats(text), stockalert.sees_message(bigint[], bigint) TO stockalert_viewer;
-- The terms on which each item is delivered, and by whom.

-- not strict: limits and costs may be NULL
CREATE FUNCTION stockalert.purchase_quantity(need double precision, pack double precision DEFAULT NULL, moq double precision DEFAULT NULL,
	maximum double precision DEFAULT NULL, unit_cost double precision DEFAULT NULL, price_breaks double precision[] DEFAULT NULL,
	OUT quantity double precision, OUT reason text, OUT price double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_purchase_quantity';
COMMENT ON FUNCTION stockalert.purchase_quantity(double precision, double precision, double precision, double precision, double precision, double precision[]) IS
	'order_quantity(), then raised to the price break (pairs {quantity, unit cost}, whole packs, within the maximum) at which the whole order costs least, where that is less than without: reason price_break. price: of a unit of that order. NULL in pack, moq, maximum, unit_cost, price_breaks: none; NULL for a NULL need. Error 22023: quantities of breaks not rising, costs rising from unit_cost on, negative or not finite.';

-- Each supplier's terms for each item it delivers.  For one item all look-ups
-- are by key; for all items each scope is one hash join.
CREATE VIEW stockalert.supply_offers AS
SELECT o.item_id, b.supplier_id, b.name AS supplier, b.currency, b.minimum_order,
	CASE WHEN o1.preferred THEN 1 WHEN NOT o1.preferred THEN NULL WHEN o2.preferred THEN 2 WHEN NOT o2.preferred THEN NULL WHEN o3.preferred THEN 3 END AS preference,
	coalesce(o1.lead_time_days, o2.lead_time_days, o3.lead_time_days, b.lead_time_days) AS lead_time_days,
	coalesce(o1.lead_time_sd_days, o2.lead_time_sd_days, o3.lead_time_sd_days, b.lead_time_sd_days) AS lead_time_sd_days,
	coalesce(o1.review_days, o2.review_days, o3.review_days, b.review_days) AS review_days,
	coalesce(o1.pack, o2.pack, o3.pack) AS pack,
	coalesce(o1.moq, o2.moq, o3.moq) AS moq,
	coalesce(o1.unit_cost, o2.unit_cost, o3.unit_cost) AS unit_cost,
	-- With the cost that they are breaks of.
	CASE WHEN o1.unit_cost IS NOT NULL THEN o1.price_breaks WHEN o2.unit_cost IS NOT NULL THEN o2.price_breaks ELSE o3.price_breaks END AS price_breaks,
	coalesce(o1.max_stock, o2.max_stock, o3.max_stock) AS max_stock,
	coalesce(o1.shelf_life_days, o2.shelf_life_days, o3.shelf_life_days) AS shelf_life_days
FROM (
	SELECT s.item_id, s.supplier_id FROM stockalert.supplier_items AS s WHERE s.item_id IS NOT NULL AND s.supplier_id IS NOT NULL
	UNION
	SELECT i.item_id, s.supplier_id FROM stockalert.supplier_items AS s JOIN stockalert.items AS i ON i.category = s.category
		WHERE s.supplier_id IS NOT NULL
	UNION
	SELECT i.item_id, s.supplier_id FROM stockalert.supplier_items AS s CROSS JOIN stockalert.items AS i
		WHERE s.item_id IS NULL AND s.category IS NULL AND s.supplier_id IS NOT NULL
) AS o
JOIN stockalert.suppliers AS b ON b.supplier_id = o.supplier_id AND b.active
JOIN stockalert.items AS i ON i.item_id = o.item_id
LEFT JOIN stockalert.supplier_items AS o1 ON o1.supplier_id = o.supplier_id AND o1.item_id = o.item_id
LEFT JOIN stockalert.supplier_items AS o2 ON o2.supplier_id = o.supplier_id AND o2.category = i.category
LEFT JOIN stockalert.supplier_items AS o3 ON o3.supplier_id = o.supplier_id AND o3.item_id IS NULL AND o3.category IS NULL;
COMMENT ON VIEW stockalert.supply_offers IS
	'Terms of each active supplier for each item it delivers: of the item, else of the category, else of everything, else of the supplier. For the owner; people read supply_list.';

-- No security barrier: it would keep the planner from looking up single items; nobody but the owner reads it.
CREATE VIEW stockalert.supply_terms AS
SELECT i.item_id, c.supplier_id, c.supplier,
	coalesce(c.lead_time_days, d1.lead_time_days, d2.lead_time_days, d3.lead_time_days, g.lead_time_days) AS lead_time_days,
	coalesce(c.lead_time_sd_days, d1.lead_time_sd_days, d2.lead_time_sd_days, d3.lead_time_sd_days, g.lead_time_sd_days) AS lead_time_sd_days,
	coalesce(c.review_days, d1.review_days, d2.review_days, d3.review_days, g.review_days) AS review_days,
	coalesce(c.pack, d1.pack, d2.pack, d3.pack) AS pack,
	coalesce(c.moq, d1.moq, d2.moq, d3.moq) AS moq,
	coalesce(c.unit_cost, d1.unit_cost, d2.unit_cost, d3.unit_cost) AS unit_cost,
	coalesce(c.shelf_life_days, d1.shelf_life_days, d2.shelf_life_days, d3.shelf_life_days) AS shelf_life_days,
	coalesce(c.max_stock, d1.max_stock, d2.max_stock, d3.max_stock) AS max_stock,
	CASE WHEN c.supplier_id IS NOT NULL THEN c.chosen_because
		WHEN coalesce(d1.supplier_item_id, d2.supplier_item_id, d3.supplier_item_id) IS NOT NULL THEN 'default'
		ELSE 'setting' END AS chosen_because,
	CASE WHEN c.unit_cost IS NOT NULL THEN c.price_breaks WHEN d1.unit_cost IS NOT NULL THEN d1.price_breaks
		WHEN d2.unit_cost IS NOT NULL THEN d2.price_breaks ELSE d3.price_breaks END AS price_breaks,
	CASE WHEN c.unit_cost IS NOT NULL THEN c.currency END AS currency,
	c.minimum_order
FROM stockalert.items AS i
LEFT JOIN (
	SELECT w.*, CASE
			WHEN w.offers = 1 THEN 'only supplier'
			WHEN w.preference IS NOT NULL THEN 'preferred'
			WHEN w.outlay < w.next_outlay OR (w.outlay IS NOT NULL AND w.next_outlay IS NULL) THEN 'cheapest at the suggested quantity'
			ELSE 'shortest lead time' END AS chosen_because
	FROM (
		SELECT p.*, pg_catalog.row_number() OVER best AS place, pg_catalog.lead(p.outlay) OVER best AS next_outlay
		FROM (
			SELECT v.*, CASE WHEN v.unit_cost IS NULL THEN NULL WHEN v.usual IS NOT NULL THEN (
						SELECT q.quantity * q.price
						FROM stockalert.purchase_quantity(v.usual, NULL, v.moq::double precision, NULL, v.unit_cost::double precision, v.price_breaks::double precision[]) AS q)
					WHEN v.compared THEN v.unit_cost::double precision END AS outlay,
				-- Not used: it keeps the outlay from being worked out anew wherever it is named.
				pg_catalog.row_number() OVER (PARTITION BY v.item_id) AS place_in_item
			FROM (
				SELECT u.*, pg_catalog.max(
					-- The greatest usual order of a location, asked once an item, and where it matters:
					-- packs are no waste, a minimum is.
					CASE WHEN u.compared AND u.quantity_matters AND u.number = 1 THEN
						coalesce((SELECT nullif(pg_catalog.max(greatest(d.order_up_to - d.reorder_point, 0)), 0)
							FROM stockalert.locations AS l
							JOIN stockalert.demand_state AS d ON d.location_id = l.location_id AND d.item_id = u.item_id), 1)::double precision END)
					OVER (PARTITION BY u.item_id) AS usual
				FROM (
					-- Prices are compared where nothing else decides, in one currency.
					SELECT t.*, t.offers > 1 AND t.preferences = 0 AND t.least_currency = t.greatest_currency AS compared
					FROM (
						SELECT o.*, pg_catalog.count(*) OVER item AS offers, pg_catalog.count(o.preference) OVER item AS preferences,
							pg_catalog.min(coalesce(o.currency, m.currency, '')) OVER item AS least_currency,
							pg_catalog.max(coalesce(o.currency, m.currency, '')) OVER item AS greatest_currency,
							pg_catalog.bool_or(coalesce(o.moq > 1, false) OR o.price_breaks IS NOT NULL) OVER item AS quantity_matters,
							pg_catalog.row_number() OVER item AS number
						FROM stockalert.supply_offers AS o
						-- No currency: that of all locations, where they have one.
						CROSS JOIN (SELECT CASE WHEN pg_catalog.min(l.currency) = pg_catalog.max(l.currency) AND pg_catalog.count(*) = pg_catalog.count(l.currency)
							THEN pg_catalog.min(l.currency) END AS currency FROM stockalert.locations AS l) AS m
						WINDOW item AS (PARTITION BY o.item_id)) AS t) AS u) AS v) AS p
		WINDOW best AS (PARTITION BY p.item_id ORDER BY p.preference, p.outlay, p.lead_time_days, p.supplier)) AS w
	WHERE w.place = 1
) AS c ON c.item_id = i.item_id
LEFT JOIN stockalert.supplier_items AS d1 ON d1.item_id = i.item_id AND d1.supplier_id IS NULL
LEFT JOIN stockalert.supplier_items AS d2 ON d2.category = i.category AND d2.supplier_id IS NULL
LEFT JOIN stockalert.supplier_items AS d3 ON d3.item_id IS NULL AND d3.category IS NULL AND d3.supplier_id IS NULL
CROSS JOIN (
	SELECT coalesce(pg_catalog.current_setting('stockalert.lead_time_days', true), '7')::double precision AS lead_time_days,
		coalesce(pg_catalog.current_setting('stockalert.lead_time_sd_days', true), '0')::double precision AS lead_time_sd_days,
		coalesce(pg_catalog.current_setting('stockalert.review_days', true), '7')::double precision AS review_days
	OFFSET 0) AS g;
COMMENT ON VIEW stockalert.supply_terms IS
	'One row an item: who delivers it and on which terms. Of several suppliers the preferred one, else the cheapest, else the quickest, else the first by name. Terms that it does not set come from the rows without a supplier, then from the settings.';
COMMENT ON COLUMN stockalert.supply_terms.chosen_because IS
	'only supplier, preferred, cheapest at the suggested quantity, shortest lead time; without a supplier: default (terms set for whoever delivers) or setting.';
COMMENT ON COLUMN stockalert.supply_terms.unit_cost IS 'Price of a unit below the first of price_breaks; NULL: not known.';
COMMENT ON COLUMN stockalert.supply_terms.currency IS 'Currency of unit_cost; NULL: that of the location.';

GRANT EXECUTE ON FUNCTION stockalert.purchase_quantity(double precision, double precision, double precision, double precision, double precision, double precision[])
	TO stockalert_viewer, stockalert_writer;

CREATE VIEW stockalert.supply_list WITH (security_barrier) AS
SELECT i.sku, i.name AS item, i.category, t.supplier, t.chosen_because, t.lead_time_days, t.lead_time_sd_days, t.review_days,
	t.pack, t.moq, t.unit_cost, t.currency, t.price_breaks, t.max_stock, t.shelf_life_days
FROM stockalert.supply_terms AS t
JOIN stockalert.items AS i ON i.item_id = t.item_id;
COMMENT ON VIEW stockalert.supply_list IS 'Who delivers each item, why that supplier, and the terms in force: what set_supply() and the settings come to.';

CREATE FUNCTION stockalert.find_supplier(supplier text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint;
	closest text;
BEGIN
	IF supplier IS NULL THEN
		RAISE EXCEPTION 'which supplier is not said'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The supplier is NULL.', HINT = 'Pass its name.';
	END IF;
	SELECT b.supplier_id INTO found FROM stockalert.suppliers AS b WHERE b.name = find_supplier.supplier;
	IF found IS NULL THEN
		SELECT string_agg(c.name, ', ' ORDER BY c.distance, c.name) INTO closest FROM (
			SELECT b.name, stockalert.edit_distance(lower(b.name), lower(find_supplier.supplier)) AS distance
			FROM stockalert.suppliers AS b ORDER BY 2, 1 LIMIT 3) AS c;
		RAISE EXCEPTION 'supplier "%" is not known', left(supplier, 200)
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce('Closest: ' || closest || '.', 'There is no supplier yet.'),
				  HINT = format('SELECT * FROM stockalert.add_supplier(%L);', left(supplier, 192));
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION stockalert.find_supplier(text) IS 'Finds a supplier by name. Error 42704 with the closest names, 22004 for NULL.';

CREATE FUNCTION stockalert.add_supplier(name text, lead_time_days double precision DEFAULT NULL, lead_time_sd_days double precision DEFAULT NULL,
	review_days double precision DEFAULT NULL, currency text DEFAULT NULL, minimum_order numeric DEFAULT NULL, contact text DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken text;
BEGIN
	PERFORM stockalert.require_all_locations('add_supplier()');
	PERFORM stockalert.check_label('name', name, 192);
	PERFORM stockalert.check_quantity('minimum_order', minimum_order, true);
	INSERT INTO stockalert.suppliers (name, lead_time_days, lead_time_sd_days, review_days, currency, minimum_order, contact)
		VALUES (add_supplier.name, add_supplier.lead_time_days, add_supplier.lead_time_sd_days, add_supplier.review_days,
			add_supplier.currency, add_supplier.minimum_order, add_supplier.contact)
		ON CONFLICT ON CONSTRAINT suppliers_name_key DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'supplier "%" exists', name
			USING ERRCODE = 'unique_violation', DETAIL = 'Names are unique.',
				  HINT = format('UPDATE stockalert.suppliers SET lead_time_days = ... WHERE name = %L;', name);
	END IF;
	done := format('supplier %s added', name);
	next := format('SELECT * FROM stockalert.set_supply(%L, %L, unit_cost => 3.50, moq => 12); -- without an item: for everything',
		coalesce((SELECT i.sku FROM stockalert.items AS i ORDER BY i.item_id LIMIT 1), 'LED-8'), name);
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'supplier cannot be added so'
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken), HINT = 'Leave out what is not known.';
END
$$;
COMMENT ON FUNCTION stockalert.add_supplier(text, double precision, double precision, double precision, text, numeric, text) IS
	'Adds a supplier with what holds for all that it delivers: mean and standard deviation of the lead time and days between orders, its currency (NULL: that of the location), least value of an order. It delivers what set_supply() says. Errors: 22023, 22004 a bad value; 23514 a value that cannot be; 23505 the name exists; 42501 for who sees some locations only.';

CREATE FUNCTION stockalert.set_supply(item text DEFAULT NULL, supplier text DEFAULT NULL, category text DEFAULT NULL,
	lead_time_days double precision DEFAULT NULL, lead_time_sd_days double precision DEFAULT NULL, review_days double precision DEFAULT NULL,
	pack numeric DEFAULT NULL, moq numeric DEFAULT NULL, unit_cost numeric DEFAULT NULL, price_breaks numeric[] DEFAULT NULL,
	max_stock numeric DEFAULT NULL, shelf_life_days integer DEFAULT NULL, preferred boolean DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken text;
	the_item bigint := CASE WHEN item IS NOT NULL THEN stockalert.find_item(item) END;
	the_supplier bigint := CASE WHEN supplier IS NOT NULL THEN stockalert.find_supplier(supplier) END;
	s stockalert.supplier_items;
	terms text;
BEGIN
	PERFORM stockalert.check_quantity('pack', pack, true);
	PERFORM stockalert.check_quantity('moq', moq, true);
	PERFORM stockalert.check_quantity('unit_cost', unit_cost, true);
	PERFORM stockalert.check_quantity('max_stock', max_stock, true);
	PERFORM stockalert.require_all_locations('set_supply()');
	IF the_supplier IS NULL AND num_nonnulls(lead_time_days, lead_time_sd_days, review_days, pack, moq, unit_cost, price_breaks, max_stock, shelf_life_days) = 0 THEN
		RAISE EXCEPTION 'there is nothing to set'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Neither a supplier nor a term is given.',
				  HINT = 'Pass supplier => ''name'', or a term such as lead_time_days => 5.';
	END IF;
	IF preferred AND the_supplier IS NOT NULL THEN
		UPDATE stockalert.supplier_items AS o SET preferred = NULL
			WHERE o.preferred AND o.item_id IS NOT DISTINCT FROM the_item AND o.category IS NOT DISTINCT FROM set_supply.category
				AND o.supplier_id <> the_supplier;
	END IF;
	INSERT INTO stockalert.supplier_items (supplier_id, item_id, category) VALUES (the_supplier, the_item, set_supply.category)
		ON CONFLICT DO NOTHING;
	UPDATE stockalert.supplier_items AS o SET
			lead_time_days = coalesce(set_supply.lead_time_days, o.lead_time_days),
			lead_time_sd_days = coalesce(set_supply.lead_time_sd_days, o.lead_time_sd_days),
			review_days = coalesce(set_supply.review_days, o.review_days), pack = coalesce(set_supply.pack, o.pack),
			moq = coalesce(set_supply.moq, o.moq), unit_cost = coalesce(set_supply.unit_cost, o.unit_cost),
			price_breaks = CASE WHEN set_supply.price_breaks IS NULL THEN o.price_breaks ELSE nullif(set_supply.price_breaks, '{}') END,
			max_stock = coalesce(set_supply.max_stock, o.max_stock), shelf_life_days = coalesce(set_supply.shelf_life_days, o.shelf_life_days),
			preferred = coalesce(set_supply.preferred, o.preferred)
		WHERE o.supplier_id IS NOT DISTINCT FROM the_supplier AND o.item_id IS NOT DISTINCT FROM the_item
			AND o.category IS NOT DISTINCT FROM set_supply.category
		RETURNING * INTO s;
	terms := concat_ws(', ', 'lead time ' || stockalert.counted(s.lead_time_days::numeric, 'day') || coalesce(' +/- ' || s.lead_time_sd_days, ''),
		'order every ' || stockalert.counted(s.review_days::numeric, 'day'), 'packs of ' || stockalert.show_quantity(s.pack), 'at least ' || stockalert.show_quantity(nullif(s.moq, 0)),
		stockalert.show_quantity(s.unit_cost) || ' each', (SELECT string_agg(format('%s from %s', stockalert.show_quantity(s.price_breaks[n][2]),
			stockalert.show_quantity(s.price_breaks[n][1])), ', ' ORDER BY n) FROM generate_series(1, array_length(s.price_breaks, 1)) AS n),
		'at most ' || stockalert.show_quantity(s.max_stock), 'keeps ' || stockalert.counted(s.shelf_life_days::numeric, 'day'), CASE WHEN s.preferred THEN 'preferred' END);
	done := format('%s delivers %s', coalesce(supplier, 'whoever'), coalesce(item, 'category ' || category, 'everything'))
		|| coalesce(': ' || nullif(terms, ''), '');
	next := CASE WHEN the_item IS NULL THEN 'SELECT * FROM stockalert.supply_list;'
		ELSE format('SELECT * FROM stockalert.supply_list WHERE sku = %L;', (SELECT i.sku FROM stockalert.items AS i WHERE i.item_id = the_item)) END;
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
	RAISE EXCEPTION 'supply cannot be set so'
		USING ERRCODE = 'check_violation', DETAIL = format('It must be so: %s.', broken),
			  HINT = 'What is left out stays as it is; price_breaks => ''{}'' takes price breaks away.';
END
$$;
COMMENT ON FUNCTION stockalert.set_supply(text, text, text, double precision, double precision, double precision, numeric, numeric, numeric, numeric[], numeric, integer, boolean) IS
	'Sets terms of a supplier (NULL: of whoever delivers) for an item, a category, or everything where neither is named. What is NULL stays as it is; price_breaks: pairs {quantity, unit cost}, {} for none; preferred => true takes the preference from others of that scope. Thresholds follow with the next refresh of demand. Errors: 42704 unknown item or supplier, 22023, 23514 a value that cannot be, 42501 for who sees some locations only.';

CREATE FUNCTION stockalert.remove_supply(item text DEFAULT NULL, supplier text DEFAULT NULL, category text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_item bigint := CASE WHEN item IS NOT NULL THEN stockalert.find_item(item) END;
	the_supplier bigint := CASE WHEN supplier IS NOT NULL THEN stockalert.find_supplier(supplier) END;
BEGIN
	PERFORM stockalert.require_all_locations('remove_supply()');
	DELETE FROM stockalert.supplier_items AS o WHERE o.supplier_id IS NOT DISTINCT FROM the_supplier
		AND o.item_id IS NOT DISTINCT FROM the_item AND o.category IS NOT DISTINCT FROM remove_supply.category;
	done := CASE WHEN FOUND THEN format('terms of %s for %s removed', coalesce(supplier, 'whoever delivers'), coalesce(item, 'category ' || category, 'everything'))
		ELSE 'there were no such terms' END;
	next := 'SELECT * FROM stockalert.supply_list;';
END
$$;
COMMENT ON FUNCTION stockalert.remove_supply(text, text, text) IS
	'Takes away the terms that set_supply() set with the same item, supplier and category. Errors: 42704 unknown item or supplier, 42501 for who sees some locations only.';

-- Terms hold at all locations: whoever sees some only reads them.
CREATE POLICY scope ON stockalert.suppliers USING ((SELECT stockalert.sees_all_locations()));
COMMENT ON POLICY scope ON stockalert.suppliers IS 'Suppliers are kept by those who see all locations.';
CREATE POLICY everywhere ON stockalert.suppliers FOR SELECT USING (true);
COMMENT ON POLICY everywhere ON stockalert.suppliers IS 'Suppliers can be read by all managers.';
CREATE POLICY scope ON stockalert.supplier_items USING ((SELECT stockalert.sees_all_locations()));
COMMENT ON POLICY scope ON stockalert.supplier_items IS 'Terms are set by those who see all locations.';
CREATE POLICY everywhere ON stockalert.supplier_items FOR SELECT USING (true);
COMMENT ON POLICY everywhere ON stockalert.supplier_items IS 'Terms can be read by all managers.';
ALTER TABLE stockalert.suppliers ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.supplier_items ENABLE ROW LEVEL SECURITY;

GRANT SELECT ON stockalert.supply_list TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION
	stockalert.add_supplier(text, double precision, double precision, double precision, text, numeric, text),
	stockalert.set_supply(text, text, text, double precision, double precision, double precision, numeric, numeric, numeric, numeric[], numeric, integer, boolean),
	stockalert.remove_supply(text, text, text)
	TO stockalert_manager;
-- What each item sells, how long it lasts, and what to order.

CREATE FUNCTION stockalert.week_ahead(velocity double precision, level double precision, season double precision[], as_of date) RETURNS double precision[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_week_ahead';
COMMENT ON FUNCTION stockalert.week_ahead(double precision, double precision, double precision[], date) IS
	'Units expected on each of the seven days from as_of on: velocity, spread as max(0, level + season) of the weekday (season Monday first; none: evenly). Their mean is velocity. NULL for NULL. Error 22023: velocity negative or not finite, as_of infinite.';

-- Everything that is known of the demand for an item at a location and of its
-- supply, once a pair.  No security barrier: single pairs are looked up; for the
-- owner, who makes the views below of it.
CREATE VIEW stockalert.planned_stock AS
SELECT s.location_id, s.item_id, l.code AS location, l.currency AS location_currency, i.sku, i.name AS item, i.category, i.cost, i.price,
	i.quantity_step, (i.created_at AT TIME ZONE l.time_zone)::date AS listed_on, s.on_hand, s.on_hand - s.reserved AS available, s.on_order, s.in_transit,
	s.on_hand - s.reserved + s.on_order + s.in_transit AS position, s.par_level, s.class,
	w.today, coalesce(d.velocity, 0) AS velocity, d.method, d.level, d.season, d.mse, d.reorder_point, d.order_up_to, d.exposed_days, d.sales, d.first_sale, d.last_sale,
	coalesce(stockalert.week_ahead(d.velocity, d.level, d.season, w.today), ARRAY[0]::double precision[]) AS week
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id AND i.active
JOIN stockalert.locations AS l ON l.location_id = s.location_id AND l.active
CROSS JOIN LATERAL (SELECT (stockalert.as_of() AT TIME ZONE l.time_zone)::date AS today) AS w
LEFT JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id
WHERE s.active;
COMMENT ON VIEW stockalert.planned_stock IS
	'Stock, demand and names of every item carried at every location. today: the date there. week: units expected from today on. For the owner.';

CREATE VIEW stockalert.demand WITH (security_barrier) AS
SELECT p.location, p.sku, p.item, p.category, p.available, CASE WHEN k.known THEN p.velocity END AS velocity, p.method, CASE WHEN k.known THEN p.velocity * 7 END AS per_week,
	CASE WHEN k.known AND (p.available > 0 OR p.velocity > 0) THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left,
	stockalert.stockout_date(p.today, p.available::double precision, p.week) AS stockout_date,
	p.reorder_point, p.order_up_to, p.level, p.season, p.mse, pg_catalog.sqrt(p.mse) AS sd, p.exposed_days, p.sales AS selling_days, p.first_sale, p.last_sale,
	coalesce(p.exposed_days < 28, true) AS short_history,
	stockalert.sparkline(stockalert.history_units(h.history, p.today - 28, p.today - 1)) AS last_28_days,
	CASE WHEN NOT k.known THEN 'nothing learned yet' WHEN EXISTS (SELECT FROM stockalert.item_refs AS x JOIN stockalert.watched_tables AS w ON w.source_id = x.source_id AND w.infers_sales
		WHERE x.item_id = p.item_id) THEN 'decreases' ELSE 'sales' END AS basis, p.location_id, p.item_id
FROM stockalert.planned_stock AS p
LEFT JOIN stockalert.demand_days AS h ON h.location_id = p.location_id AND h.item_id = p.item_id
-- Before anything was learned nothing is known, be it that nothing sells.
CROSS JOIN LATERAL (SELECT p.method IS NOT NULL OR EXISTS (SELECT FROM stockalert.demand_folded) AS known) AS k
WHERE (SELECT stockalert.sees_all_locations()) OR p.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]);
COMMENT ON VIEW stockalert.demand IS 'Demand of every item carried at every location, as refresh_demand() last learned it, against available stock now. Units per day.';
COMMENT ON COLUMN stockalert.demand.velocity IS 'Units a day in stock, mean of a week ahead; 0: nothing sold; NULL before the first refresh_demand().';
COMMENT ON COLUMN stockalert.demand.days_left IS 'Days that available stock lasts, by the weekdays ahead; Infinity where nothing sells, NULL where nothing sells and nothing is there, and before the first refresh_demand().';
COMMENT ON COLUMN stockalert.demand.stockout_date IS 'First day, there, that cannot be served in full; today where stock is negative; NULL: none in sight.';
COMMENT ON COLUMN stockalert.demand.season IS 'What each weekday adds to level, Monday first.';
COMMENT ON COLUMN stockalert.demand.sd IS 'Standard deviation of the one-day forecast, root of mse.';
COMMENT ON COLUMN stockalert.demand.last_28_days IS 'Units of each of the 28 days before today as bars, oldest first; a gap: no stock, or before the first sale. NULL: nothing was learned.';
COMMENT ON COLUMN stockalert.demand.basis IS 'sales: what was recorded as sold; decreases: inferred from the stock of a watched table that went down; nothing learned yet: before the first refresh_demand().';
COMMENT ON COLUMN stockalert.demand.short_history IS 'Under 28 days with stock since the first sale: velocity leans on similar items.';

-- For the owner too: a condition of a reader's must not wait until all of it is worked out.
CREATE VIEW stockalert.order_plan AS
SELECT p.location, p.sku, p.item, p.category, t.supplier, t.chosen_because, p.on_hand, p.available, p.on_order, p.in_transit, p.position,
	p.velocity, CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left,
	stockalert.stockout_date(p.today, p.available::double precision, p.week) AS stockout_date,
	p.reorder_point, p.order_up_to, q.quantity::numeric AS suggested_quantity,
	CASE WHEN q.reason = 'maximum' AND k.sells_in_time < coalesce(t.max_stock::double precision, 'Infinity') THEN 'shelf_life' ELSE q.reason END AS binding_reason,
	CASE WHEN q.quantity > 0 THEN greatest(p.today, stockalert.stockout_date(p.today, p.position::double precision, p.week)
		- pg_catalog.ceil(t.lead_time_days)::integer) END AS order_by,
	p.velocity > 0 AND stockalert.days_of_supply(p.available::double precision, p.week) < t.lead_time_days AS comes_late,
	t.lead_time_days, t.pack, t.moq, c.unit_cost, q.quantity::numeric * c.unit_cost AS order_value,
	CASE WHEN t.unit_cost IS NULL THEN p.location_currency ELSE coalesce(t.currency, p.location_currency) END AS currency,
	t.minimum_order, p.location_id, p.item_id, t.supplier_id
FROM stockalert.planned_stock AS p
JOIN stockalert.supply_terms AS t ON t.item_id = p.item_id
-- What sells, in the median, before it is spoilt; of many units that is the mean.
CROSS JOIN LATERAL (SELECT CASE WHEN t.shelf_life_days IS NULL THEN NULL
	WHEN p.velocity * t.shelf_life_days > 200 THEN p.velocity * t.shelf_life_days
	ELSE stockalert.negative_binomial_quantile(0.5, p.velocity * t.shelf_life_days,
		greatest(p.mse * stockalert.lead_time_variance_factor(t.shelf_life_days), p.velocity * t.shelf_life_days)) END AS sells_in_time) AS k
CROSS JOIN LATERAL stockalert.purchase_quantity(
	stockalert.need_order_up_to(p.position::double precision, p.reorder_point::double precision, greatest(p.order_up_to, p.reorder_point)::double precision),
	coalesce(t.pack, p.quantity_step)::double precision, t.moq::double precision,
	least(t.max_stock::double precision, k.sells_in_time) - p.position::double precision,
	t.unit_cost::double precision, t.price_breaks::double precision[]) AS q
-- The price as it was entered: double precision would round long ones.
CROSS JOIN LATERAL (SELECT CASE WHEN t.unit_cost IS NULL THEN p.cost WHEN t.price_breaks IS NULL THEN t.unit_cost
	ELSE coalesce((SELECT pg_catalog.min(t.price_breaks[n][2]) FROM pg_catalog.generate_series(1, pg_catalog.array_length(t.price_breaks, 1)) AS n
		WHERE t.price_breaks[n][1] <= q.quantity::numeric), t.unit_cost) END AS unit_cost) AS c;
COMMENT ON VIEW stockalert.order_plan IS
	'What to order of every item carried at every location by policy (s, S), and from whom; nothing where the position is above the reorder point. For the owner; people read reorder_suggestions.';

CREATE VIEW stockalert.reorder_suggestions WITH (security_barrier) AS
SELECT o.location, o.sku, o.item, o.category, o.supplier, o.chosen_because, o.suggested_quantity, o.binding_reason, o.order_by, o.comes_late,
	o.on_hand, o.available, o.on_order, o.in_transit, o.position, o.velocity, o.days_left, o.stockout_date, o.reorder_point, o.order_up_to,
	o.lead_time_days, o.pack, o.moq, o.unit_cost, o.order_value, o.currency, o.location_id, o.item_id, o.supplier_id
FROM stockalert.order_plan AS o
WHERE o.position <= o.reorder_point
	AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY o.order_by, o.days_left, o.location, o.sku;
COMMENT ON VIEW stockalert.reorder_suggestions IS
	'What to order now: items whose position (available + on order + in transit) is at the reorder point or below, the most urgent first. reorder_list() shows all.';
COMMENT ON COLUMN stockalert.reorder_suggestions.chosen_because IS 'Why this supplier, as in supply_list.';
COMMENT ON COLUMN stockalert.reorder_suggestions.suggested_quantity IS 'Units to order: order_up_to - position, then in packs, at least the minimum order, at most the maximum.';
COMMENT ON COLUMN stockalert.reorder_suggestions.binding_reason IS
	'What decided the quantity: need, pack (or the item''s step), moq, price_break (more costs less), maximum (stock), shelf_life (what sells before it is spoilt), cap_below_moq (0: the most is below the minimum order).';
COMMENT ON COLUMN stockalert.reorder_suggestions.order_by IS 'Last day, there, to order so that delivery comes before the position runs out; today where that day is over.';
COMMENT ON COLUMN stockalert.reorder_suggestions.comes_late IS 'Available stock runs out before an order of today can come.';
COMMENT ON COLUMN stockalert.reorder_suggestions.position IS 'Available (on hand less reserved), on order and in transit.';
COMMENT ON COLUMN stockalert.reorder_suggestions.days_left IS 'Days that available stock lasts, by the weekdays ahead.';
COMMENT ON COLUMN stockalert.reorder_suggestions.stockout_date IS 'First day, there, that available stock cannot serve in full.';
COMMENT ON COLUMN stockalert.reorder_suggestions.unit_cost IS 'Price of a unit at this quantity; without a supplier''s price the item''s cost; NULL: not known.';
COMMENT ON COLUMN stockalert.reorder_suggestions.currency IS 'Of unit_cost and order_value.';

CREATE FUNCTION stockalert.reorder_list(location text DEFAULT NULL, everything boolean DEFAULT false) RETURNS SETOF stockalert.reorder_suggestions
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
BEGIN
	RETURN QUERY
	SELECT o.location, o.sku, o.item, o.category, o.supplier, o.chosen_because, o.suggested_quantity, o.binding_reason, o.order_by, o.comes_late,
		o.on_hand, o.available, o.on_order, o.in_transit, o.position, o.velocity, o.days_left, o.stockout_date, o.reorder_point, o.order_up_to,
		o.lead_time_days, o.pack, o.moq, o.unit_cost, o.order_value, o.currency, o.location_id, o.item_id, o.supplier_id
	FROM stockalert.order_plan AS o
	WHERE (the_location IS NULL OR o.location_id = the_location) AND (everything OR o.position <= o.reorder_point)
		AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
	ORDER BY o.order_by, o.days_left, o.location, o.sku;
END
$$;
COMMENT ON FUNCTION stockalert.reorder_list(text, boolean) IS
	'reorder_suggestions of one location (NULL: all); everything => true: every item carried there, with a quantity of 0 (reason no_need) above the reorder point and NULL where nothing sells. Error 42704 unknown location.';

CREATE VIEW stockalert.supplier_orders WITH (security_barrier) AS
SELECT o.location, o.supplier, o.currency, pg_catalog.count(*) AS items, pg_catalog.sum(o.suggested_quantity) AS units,
	pg_catalog.sum(o.order_value) AS order_value, pg_catalog.count(*) FILTER (WHERE o.order_value IS NULL) AS items_without_cost,
	pg_catalog.min(o.order_by) AS order_by, pg_catalog.max(o.minimum_order) AS minimum_order,
	pg_catalog.max(o.minimum_order) - pg_catalog.sum(o.order_value) AS short_of_minimum, o.location_id, o.supplier_id
FROM stockalert.order_plan AS o
WHERE o.position <= o.reorder_point AND o.suggested_quantity > 0
	AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
GROUP BY o.location, o.supplier, o.currency, o.location_id, o.supplier_id
ORDER BY 8, 1, 2;
COMMENT ON VIEW stockalert.supplier_orders IS 'reorder_suggestions summed to one order a location, supplier and currency, the most urgent first. Supplier NULL: none is known.';
COMMENT ON COLUMN stockalert.supplier_orders.short_of_minimum IS 'What is missing to the supplier''s minimum order; negative or 0: nothing.';
COMMENT ON COLUMN stockalert.supplier_orders.items_without_cost IS 'Items whose cost is not known, which order_value leaves out.';

CREATE FUNCTION stockalert.suggest(location_id bigint, item_id bigint, OUT days_left double precision, OUT suggested_quantity numeric,
	OUT supplier text, OUT order_by date)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Most pairs of a shop that records no sales: nothing was learned, nothing is asked.
	IF EXISTS (SELECT FROM stockalert.demand_state AS d WHERE d.location_id = suggest.location_id AND d.item_id = suggest.item_id) THEN
		SELECT o.days_left, o.suggested_quantity, o.supplier, o.order_by INTO days_left, suggested_quantity, supplier, order_by
			FROM stockalert.order_plan AS o WHERE o.location_id = suggest.location_id AND o.item_id = suggest.item_id;
	END IF;
EXCEPTION WHEN data_exception THEN
	-- A message goes without it rather than not.
	RETURN;
END
$$;
COMMENT ON FUNCTION stockalert.suggest(bigint, bigint) IS
	'What order_plan says of one item at one location: days that stock lasts, units to order now, from whom and by when; NULLs where nothing was learned or it cannot be worked out. For the owner.';

CREATE FUNCTION stockalert.alert_outlook(alert_ids bigint[]) RETURNS TABLE (alert_id bigint, days_left text, suggested text, supplier text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Not in SQL, which would be planned at each call.
	RETURN QUERY
	SELECT a.alert_id, CASE WHEN s.days_left > 0 AND s.days_left < 10000
			THEN stockalert.show_quantity(round(s.days_left::numeric, CASE WHEN s.days_left < 10 THEN 1 ELSE 0 END)) END,
		stockalert.show_quantity(nullif(s.suggested_quantity, 0)), CASE WHEN s.suggested_quantity > 0 THEN s.supplier END
	FROM (SELECT DISTINCT u.id FROM unnest(alert_outlook.alert_ids) AS u (id)) AS k
	JOIN stockalert.alerts AS a ON a.alert_id = k.id
	CROSS JOIN LATERAL stockalert.suggest(a.location_id, a.item_id) AS s;
END
$$;
COMMENT ON FUNCTION stockalert.alert_outlook(bigint[]) IS
	'What messages say of the items of alerts: days left (one decimal under 10), units to order and from whom; NULL where nothing is known, nothing sells or nothing is to be ordered.';

GRANT SELECT ON stockalert.demand, stockalert.reorder_suggestions, stockalert.supplier_orders TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.week_ahead(double precision, double precision, double precision[], date) TO stockalert_viewer, stockalert_writer;
GRANT EXECUTE ON FUNCTION stockalert.reorder_list(text, boolean) TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.alert_outlook(bigint[]) TO stockalert_worker, stockalert_admin;
-- Which items matter, and how steadily they sell.

CREATE FUNCTION stockalert.item_classes(location text DEFAULT NULL, weeks integer DEFAULT 26)
	RETURNS TABLE (location_code text, sku text, item text, category text, units double precision, value double precision, currency text,
		share double precision, cumulative_share double precision, abc text, variation double precision, xyz text,
		sale_interval double precision, demand_kind text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	asked integer := weeks;
BEGIN
	IF weeks IS NULL OR weeks NOT BETWEEN 2 AND 57 THEN
		RAISE EXCEPTION 'weeks is out of range'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The history of an item has 57 whole weeks.', HINT = 'Pass a number from 2 to 57.';
	END IF;
	RETURN QUERY
	WITH pairs AS (
		SELECT l.location_id, l.code, l.currency, i.sku, i.name, i.category, i.price, h.history, w.last_day, w.last_day - 7 * asked + 1 AS first_day,
			-- Whole weeks since it was first heard of.
			least(asked, (w.last_day - stockalert.history_first(h.history) + 1) / 7) AS known_weeks,
			stockalert.history_sum(h.history, w.last_day - 7 * asked + 1, w.last_day) AS units
		FROM stockalert.demand_days AS h
		JOIN stockalert.locations AS l ON l.location_id = h.location_id AND l.active AND (the_location IS NULL OR l.location_id = the_location)
		JOIN stockalert.items AS i ON i.item_id = h.item_id AND i.active
		CROSS JOIN LATERAL (SELECT (stockalert.as_of() AT TIME ZONE l.time_zone)::date - 1 AS last_day) AS w
		WHERE (SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])
	), valued AS (
		SELECT v.location_id, c.key, c.value, c.share, c.cumulative_share, c.class
		FROM (SELECT p.location_id, array_agg(p.sku) AS keys, array_agg(p.units * p.price::double precision) AS worth
			FROM pairs AS p GROUP BY p.location_id) AS v
		CROSS JOIN LATERAL stockalert.abc_classes(v.keys, v.worth) AS c
	)
	SELECT p.code, p.sku, p.name, p.category, p.units, v.value, p.currency, v.share, v.cumulative_share, v.class,
		stockalert.coefficient_of_variation(k.weekly), stockalert.xyz_class(k.weekly), stockalert.adi(d.days), stockalert.demand_class(d.days)
	FROM pairs AS p
	LEFT JOIN valued AS v ON v.location_id = p.location_id AND v.key = p.sku
	CROSS JOIN LATERAL (SELECT ARRAY(SELECT stockalert.history_sum(p.history, p.last_day - 7 * n + 1, p.last_day - 7 * n + 7)
		FROM generate_series(1, p.known_weeks) AS n) AS weekly) AS k
	CROSS JOIN LATERAL (SELECT stockalert.history_units(p.history, p.first_day, p.last_day) AS days) AS d
	ORDER BY p.code, v.value DESC NULLS LAST, p.sku;
END
$$;
COMMENT ON FUNCTION stockalert.item_classes(text, integer) IS
	'Classes of the items of a location (NULL: of each location by itself) over so many weeks up to yesterday: abc by units x price among the items of the location (abc_classes), xyz by the variation of weekly units since the item was first heard of (xyz_class), demand_kind and the mean days between sales by daily units (demand_class, adi). abc NULL: no price; xyz NULL: under two weeks or no demand. Errors: 42704 unknown location, 22023 weeks not from 2 to 57.';

GRANT EXECUTE ON FUNCTION stockalert.item_classes(text, integer) TO stockalert_viewer;
-- What missing stock costs, and what stock ties up.  Amounts are in the
-- currency of the location and are never summed over several.

-- For the owner.  A supplier's price in another currency is no cost here.
CREATE VIEW stockalert.priced_stock AS
SELECT m.*,
	CASE WHEN m.velocity > 0 AND m.available <= 0 THEN pg_catalog.round(m.velocity::numeric * (m.price - m.cost), 5)
		WHEN m.velocity > 0 THEN 0 * (m.price - m.cost) END AS margin_lost_a_day,
	CASE WHEN m.velocity > 0 THEN pg_catalog.round((m.velocity * m.days_short)::numeric * m.price, 5) END AS revenue_at_risk,
	CASE WHEN m.velocity > 0 THEN pg_catalog.round((m.velocity * m.days_short)::numeric * (m.price - m.cost), 5) END AS margin_at_risk,
	CASE WHEN m.order_up_to IS NOT NULL THEN m.position - greatest(m.order_up_to, (m.velocity * m.overstock_days)::numeric) END AS surplus,
	m.today - coalesce(m.last_sale, m.listed_on) AS silent_days
FROM (
	SELECT p.location_id, p.item_id, p.location, p.sku, p.item, p.category, p.location_currency AS currency, p.today, p.listed_on, p.on_hand,
		p.available, p.position, p.velocity, p.order_up_to, p.last_sale, p.price, t.lead_time_days, g.overstock_days, g.dead_after,
		coalesce(p.cost, CASE WHEN coalesce(t.currency, p.location_currency) IS NOT DISTINCT FROM p.location_currency THEN t.unit_cost END) AS cost,
		CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END AS days_left,
		CASE WHEN p.velocity > 0 THEN greatest(t.lead_time_days - stockalert.days_of_supply(p.available::double precision, p.week), 0) END AS days_short
	FROM stockalert.planned_stock AS p
	JOIN stockalert.supply_terms AS t ON t.item_id = p.item_id
	CROSS JOIN (
		SELECT coalesce(pg_catalog.current_setting('stockalert.overstock_days', true), '90')::integer AS overstock_days,
			coalesce(pg_catalog.current_setting('stockalert.dead_after', true), '90')::integer AS dead_after
		OFFSET 0) AS g) AS m;
COMMENT ON VIEW stockalert.priced_stock IS
	'Stock, demand, price and cost of a unit (the item''s, else the supplier''s in the same currency) of every item carried. For the owner.';

CREATE VIEW stockalert.money_lost WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.available, m.velocity, m.days_left, m.lead_time_days, m.days_short, m.price, m.cost,
	pg_catalog.trim_scale(m.margin_lost_a_day) AS margin_lost_a_day, pg_catalog.trim_scale(m.revenue_at_risk) AS revenue_at_risk,
	pg_catalog.trim_scale(m.margin_at_risk) AS margin_at_risk, m.currency, m.location_id, m.item_id
FROM stockalert.priced_stock AS m
WHERE m.velocity > 0 AND (m.available <= 0 OR m.days_short > 0)
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 12 DESC NULLS LAST, 13 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.money_lost IS
	'Items that sell and are out, or will be before an order of today comes, the dearest first. NULL amounts: price or cost is not known.';
COMMENT ON COLUMN stockalert.money_lost.margin_lost_a_day IS 'Velocity x (price - cost) while out, 0 before. Negative: it sells below cost.';
COMMENT ON COLUMN stockalert.money_lost.days_short IS 'Days without stock until the next delivery: lead time - days left.';
COMMENT ON COLUMN stockalert.money_lost.revenue_at_risk IS 'Velocity x days_short x price: what is not sold before the next delivery, if ordered today.';
COMMENT ON COLUMN stockalert.money_lost.margin_at_risk IS 'The same with price - cost.';

CREATE VIEW stockalert.overstock_list WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.on_hand, m.position, m.order_up_to, m.velocity, m.surplus,
	CASE WHEN m.velocity > 0 THEN m.surplus::double precision / m.velocity ELSE 'Infinity' END AS surplus_days,
	m.cost, pg_catalog.trim_scale(pg_catalog.round(m.surplus * m.cost, 5)) AS cash_tied_up, m.currency, m.location_id, m.item_id
FROM stockalert.priced_stock AS m
WHERE m.surplus > 0
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 12 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.overstock_list IS
	'Items of which more is on hand and on the way than their order-up-to level asks for and than lasts stockalert.overstock_days, most cash first. Items that never sold have no such level: see dead_stock_list.';
COMMENT ON COLUMN stockalert.overstock_list.surplus IS 'Position less the larger of order_up_to and velocity x stockalert.overstock_days, in units.';
COMMENT ON COLUMN stockalert.overstock_list.surplus_days IS 'Days that the surplus alone lasts.';
COMMENT ON COLUMN stockalert.overstock_list.cash_tied_up IS 'Surplus at cost; NULL: the cost is not known.';

CREATE VIEW stockalert.dead_stock_list WITH (security_barrier) AS
SELECT m.location, m.sku, m.item, m.category, m.on_hand, m.last_sale, m.silent_days AS days_without_sale, m.cost,
	pg_catalog.trim_scale(pg_catalog.round(m.on_hand * m.cost, 5)) AS cash_tied_up, m.currency, m.location_id, m.item_id
FROM stockalert.priced_stock AS m
WHERE m.on_hand > 0 AND m.silent_days >= m.dead_after
	AND ((SELECT stockalert.sees_all_locations()) OR m.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY 9 DESC NULLS LAST, m.location, m.sku;
COMMENT ON VIEW stockalert.dead_stock_list IS 'Items on hand that have not sold for stockalert.dead_after days or more, most cash first; those that never sold count from when they were added.';
COMMENT ON COLUMN stockalert.dead_stock_list.days_without_sale IS 'Days since the last sale, or since the item was added.';
COMMENT ON COLUMN stockalert.dead_stock_list.cash_tied_up IS 'Stock on hand at cost; NULL: the cost is not known.';

CREATE VIEW stockalert.money_by_location WITH (security_barrier) AS
SELECT l.code AS location, l.currency, coalesce(t.stock_value, 0) AS stock_value, coalesce(t.items_without_cost, 0) AS items_without_cost,
	pg_catalog.trim_scale(coalesce(t.margin_lost_a_day, 0)) AS margin_lost_a_day, pg_catalog.trim_scale(coalesce(t.revenue_at_risk, 0)) AS revenue_at_risk,
	coalesce(t.overstock, 0) AS overstock, coalesce(t.dead_stock, 0) AS dead_stock, l.location_id
FROM stockalert.locations AS l
LEFT JOIN (
	SELECT p.location_id, pg_catalog.sum(greatest(p.on_hand, 0) * p.cost) AS stock_value,
		pg_catalog.count(*) FILTER (WHERE p.cost IS NULL AND p.on_hand > 0) AS items_without_cost,
		pg_catalog.sum(p.margin_lost_a_day) AS margin_lost_a_day,
		pg_catalog.sum(p.revenue_at_risk) AS revenue_at_risk,
		pg_catalog.sum(p.surplus * p.cost) FILTER (WHERE p.surplus > 0) AS overstock,
		pg_catalog.sum(p.on_hand * p.cost) FILTER (WHERE p.on_hand > 0 AND p.silent_days >= p.dead_after) AS dead_stock
	FROM stockalert.priced_stock AS p GROUP BY p.location_id) AS t ON t.location_id = l.location_id
WHERE l.active
	AND ((SELECT stockalert.sees_all_locations()) OR l.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
ORDER BY l.code;
COMMENT ON VIEW stockalert.money_by_location IS
	'Totals of money_lost, overstock_list and dead_stock_list of each location in its currency; an item may be both overstocked and dead.';
COMMENT ON COLUMN stockalert.money_by_location.stock_value IS 'Stock on hand at cost, negative stock as none.';
COMMENT ON COLUMN stockalert.money_by_location.items_without_cost IS 'Items on hand whose cost is not known and which the amounts leave out.';

GRANT SELECT ON stockalert.money_lost, stockalert.overstock_list, stockalert.dead_stock_list, stockalert.money_by_location TO stockalert_viewer;
-- What one location could give another before anybody buys.

CREATE VIEW stockalert.transfer_suggestions WITH (security_barrier) AS
SELECT i.sku, i.name AS item, i.category, f.code AS from_location, t.code AS to_location, x.quantity::numeric AS quantity,
	pg_catalog.trim_scale(pg_catalog.round(x.quantity::numeric * i.cost, 5)) AS value, f.currency,
	n.stockout_probabilities[pg_catalog.array_position(n.location_ids, x.to_location)] AS stockout_probability,
	i.item_id, x.from_location AS from_location_id, x.to_location AS to_location_id
FROM (
	SELECT w.item_id, w.quantity_step, pg_catalog.array_agg(w.location_id ORDER BY w.location_id) AS location_ids,
		pg_catalog.array_agg(w.reorder_point::double precision ORDER BY w.location_id) AS reorder_points,
		pg_catalog.array_agg(w.position::double precision ORDER BY w.location_id) AS positions,
		pg_catalog.array_agg(greatest(w.available, 0)::double precision ORDER BY w.location_id) AS to_give,
		pg_catalog.array_agg(w.keeps ORDER BY w.location_id) AS floors,
		-- Of running out before an order of today comes; nobody asks it of a giver.
		pg_catalog.array_agg(CASE WHEN w.position >= w.reorder_point OR w.mean = 0 AND w.position >= 0 THEN 0 WHEN w.position < 0 THEN 1
			WHEN w.mean > 200 THEN 1 - stockalert.normal_cdf((w.position::double precision - w.mean) / pg_catalog.sqrt(w.variance))
			ELSE 1 - stockalert.negative_binomial_cdf(w.position::double precision, w.mean, w.variance) END ORDER BY w.location_id) AS stockout_probabilities
	FROM (
		SELECT p.location_id, p.item_id, p.quantity_step, p.available, p.position, coalesce(p.reorder_point, 0) AS reorder_point,
			p.velocity * (s.lead_time_days + s.review_days) AS keeps, p.velocity * s.lead_time_days AS mean,
			greatest(p.mse * stockalert.lead_time_variance_factor(s.lead_time_days) + (p.velocity * s.lead_time_sd_days) ^ 2,
				p.velocity * s.lead_time_days) AS variance
		FROM stockalert.planned_stock AS p
		JOIN stockalert.supply_terms AS s ON s.item_id = p.item_id
		WHERE (SELECT stockalert.sees_all_locations()) OR p.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])) AS w
	GROUP BY w.item_id, w.quantity_step
	HAVING pg_catalog.count(*) > 1 AND pg_catalog.bool_or(w.position < w.reorder_point)
		AND pg_catalog.bool_or(w.available > w.reorder_point AND w.position >= w.reorder_point)) AS n
CROSS JOIN LATERAL stockalert.plan_transfers(n.location_ids, n.reorder_points, n.positions, n.to_give, n.floors, n.stockout_probabilities,
	n.quantity_step::double precision) AS x
JOIN stockalert.items AS i ON i.item_id = n.item_id
JOIN stockalert.locations AS f ON f.location_id = x.from_location
JOIN stockalert.locations AS t ON t.location_id = x.to_location
ORDER BY 9 DESC, i.sku, f.code, t.code;
COMMENT ON VIEW stockalert.transfer_suggestions IS
	'What locations below their reorder point could get from others, among those that the reader sees (plan_transfers). A giver keeps its reorder point and what sells in lead and review time, at least; the likeliest to run out is served first.';
COMMENT ON COLUMN stockalert.transfer_suggestions.quantity IS 'Units, in whole steps of the item; order what is still missing after it.';
COMMENT ON COLUMN stockalert.transfer_suggestions.value IS 'Quantity at the item''s cost, in the currency of the giver; NULL: the cost is not known.';
COMMENT ON COLUMN stockalert.transfer_suggestions.stockout_probability IS 'Of the receiver, that more sells within the lead time than its position (negative binomial, normal for many units).';

GRANT SELECT ON stockalert.transfer_suggestions TO stockalert_viewer;
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
-- A store's role: which locations it sees.  Views and functions ask sql/27; the
-- few tables that managers may touch themselves get policies here.
-- COPY into these is for superusers and the owner; tables of facts have none.

CREATE POLICY scope ON stockalert.locations
	USING ((SELECT stockalert.sees_all_locations()) OR location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
COMMENT ON POLICY scope ON stockalert.locations IS 'The locations that the reader sees.';
-- A rule for all locations is read by all whom it concerns, and changed by those who see all.
CREATE POLICY scope ON stockalert.rules
	USING ((SELECT stockalert.sees_all_locations()) OR location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
COMMENT ON POLICY scope ON stockalert.rules IS 'Rules of the locations that the reader sees.';
CREATE POLICY everywhere ON stockalert.rules FOR SELECT USING (location_id IS NULL);
COMMENT ON POLICY everywhere ON stockalert.rules IS 'Rules for all locations can be read by all.';
CREATE POLICY scope ON stockalert.subscribers
	USING ((SELECT stockalert.sees_all_locations()) OR location_ids <@ (SELECT stockalert.visible_locations()));
COMMENT ON POLICY scope ON stockalert.subscribers IS 'People who hear of nothing but locations that the reader sees.';
CREATE POLICY scope ON stockalert.subscriber_contacts
	USING ((SELECT stockalert.sees_all_locations()) OR subscriber_id IN (SELECT b.subscriber_id FROM stockalert.subscribers AS b));
COMMENT ON POLICY scope ON stockalert.subscriber_contacts IS 'Contacts of subscribers that the reader sees.';
ALTER TABLE stockalert.locations ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.subscribers ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.subscriber_contacts ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION stockalert.restrict_role(role_name name, locations text[], OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids bigint[] := (SELECT array_agg(DISTINCT stockalert.find_location(l)) FROM unnest(locations) AS l);
	the_role oid := to_regrole(quote_ident(role_name));
BEGIN
	IF role_name IS NULL OR ids IS NULL THEN
		RAISE EXCEPTION 'a role and its locations are needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'One of them is NULL or empty.',
				  HINT = 'Pass such as restrict_role(''store_a'', ''{main}''); unrestrict_role() lets it see all.';
	ELSIF the_role IS NULL THEN
		RAISE EXCEPTION 'role "%" does not exist', role_name
			USING ERRCODE = 'undefined_object', DETAIL = 'Nothing was changed.', HINT = format('CREATE ROLE %I; or mend the name.', role_name);
	END IF;
	-- What was said of others that had this name goes on under theirs, and of it under another name, which may be another's by now, ends.
	PERFORM stockalert.follow_renamed_roles(restrict_role.role_name);
	DELETE FROM stockalert.role_scopes AS x WHERE x.role_oid = the_role AND x.role_name <> restrict_role.role_name AND to_regrole(quote_ident(x.role_name)) IS NULL;
	UPDATE stockalert.role_scopes AS x SET role_oid = to_regrole(quote_ident(x.role_name)) WHERE x.role_oid = the_role AND x.role_name <> restrict_role.role_name;
	INSERT INTO stockalert.role_scopes AS x (role_name, location_ids) VALUES (restrict_role.role_name, ids)
		ON CONFLICT ON CONSTRAINT role_scopes_pkey DO UPDATE SET location_ids = excluded.location_ids, role_oid = excluded.role_oid, set_by = SESSION_USER, set_at = now();
	PERFORM stockalert.audit('restrict_role', role_name);
	done := format('%s and its members see %s only%s', role_name, array_to_string(locations, ', '),
		CASE WHEN pg_has_role(role_name, 'stockalert_admin', 'MEMBER') THEN '; as it is a member of stockalert_admin, all the same everything' ELSE '' END);
	next := CASE WHEN pg_has_role(role_name, 'stockalert_writer', 'MEMBER')
			THEN format('REVOKE stockalert_writer FROM %I; -- that role reads and writes the stock of all locations', role_name)
		WHEN NOT pg_has_role(role_name, 'stockalert_viewer', 'MEMBER') THEN format('GRANT stockalert_manager TO %I;', role_name)
		ELSE 'SELECT * FROM stockalert.location_list;' END;
END
$$;
COMMENT ON FUNCTION stockalert.restrict_role(name, text[]) IS
	'Lets a database role, and whoever is a member of it, see and handle these locations only, in all views and functions; replaces what was set before, and holds under any name that the role is given. Not superusers and members of stockalert_admin, who see all. Errors: 42704 unknown role or location, 22004 NULL or no location.';

CREATE FUNCTION stockalert.unrestrict_role(role_name name, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	was_restricted boolean;
BEGIN
	PERFORM stockalert.follow_renamed_roles(unrestrict_role.role_name);
	-- Another role has the name that this one had: it stays restricted.
	UPDATE stockalert.role_scopes AS x SET role_oid = to_regrole(quote_ident(x.role_name))
		WHERE x.role_oid = to_regrole(quote_ident(unrestrict_role.role_name)) AND x.role_name <> unrestrict_role.role_name
			AND to_regrole(quote_ident(x.role_name)) IS NOT NULL;
	was_restricted := FOUND;
	DELETE FROM stockalert.role_scopes AS x WHERE x.role_name = unrestrict_role.role_name OR x.role_oid = to_regrole(quote_ident(unrestrict_role.role_name));
	done := CASE WHEN was_restricted OR FOUND THEN format('%s sees all locations', role_name) ELSE format('%s was not restricted', role_name) END;
	PERFORM stockalert.audit('unrestrict_role', role_name);
	next := 'SELECT * FROM stockalert.role_scopes;';
END
$$;
COMMENT ON FUNCTION stockalert.unrestrict_role(name) IS 'Lets a role see all locations again; says so if it was not restricted.';

GRANT EXECUTE ON FUNCTION stockalert.restrict_role(name, text[]), stockalert.unrestrict_role(name) TO stockalert_admin;
GRANT SELECT ON stockalert.role_scopes TO stockalert_admin;
-- Whoever writes rules names items and locations.
GRANT SELECT ON stockalert.items, stockalert.locations, stockalert.sources, stockalert.item_refs, stockalert.location_refs TO stockalert_manager;
-- Why there is an alert or none, who is told of it and, of everybody else, the
-- one reason why not.  Nothing is decided here: the judge and why_not_told() are
-- asked, as the trigger and the sender ask them.

CREATE FUNCTION stockalert.judge_rules(location_id bigint, item_id bigint)
	RETURNS TABLE (place integer, rule_id bigint, low numeric, critical numeric, maximum numeric, sets_low boolean, sets_critical boolean,
		sets_maximum boolean, silent text)
	LANGUAGE c STABLE STRICT ROWS 5 AS 'MODULE_PATHNAME', 'stockalert_judge_rules';
COMMENT ON FUNCTION stockalert.judge_rules(bigint, bigint) IS
	'The enabled rules that cover a pair, narrowest first: what each says alone, in units of stock; which of the thresholds in force it sets; silent: why it says nothing. None for a pair that is not there. For the owner.';

CREATE FUNCTION stockalert.rule_scope(rule stockalert.rules) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(' ', CASE WHEN rule.item_id IS NOT NULL THEN 'item' WHEN rule.category IS NOT NULL THEN 'category ' || rule.category
			WHEN rule.location_id IS NULL THEN 'everything' ELSE 'location' END,
		CASE WHEN rule.location_id IS NOT NULL THEN concat_ws(' ', CASE WHEN rule.item_id IS NOT NULL OR rule.category IS NOT NULL THEN 'at' END,
			(SELECT l.code FROM stockalert.locations AS l WHERE l.location_id = rule.location_id)) END);
$$;
COMMENT ON FUNCTION stockalert.rule_scope(stockalert.rules) IS 'What a rule covers, in words. For the owner.';

CREATE FUNCTION stockalert.explain_rules(the_location bigint, the_item bigint) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('rule_id', r.rule_id, 'scope', stockalert.rule_scope(r), 'origin', r.origin,
			'unit', r.unit, 'low', trim_scale(r.low), 'critical', trim_scale(r.critical), 'maximum', trim_scale(r.maximum), 'fires', r.fires, 'note', r.note,
			'gives', jsonb_strip_nulls(jsonb_build_object('low', trim_scale(j.low), 'critical', trim_scale(j.critical), 'maximum', trim_scale(j.maximum))),
			'sets', (SELECT jsonb_agg(s.field ORDER BY s.field) FROM (VALUES ('low', j.sets_low), ('critical', j.sets_critical), ('maximum', j.sets_maximum)) AS s (field, does)
				WHERE s.does),
			'why', CASE WHEN NOT r.enabled THEN 'switched off' WHEN j.silent IS NOT NULL THEN 'says nothing here: ' || j.silent
				WHEN j.sets_low OR j.sets_critical OR j.sets_maximum
					THEN 'sets ' || concat_ws(', ', CASE WHEN j.sets_low THEN 'low' END, CASE WHEN j.sets_critical THEN 'critical' END, CASE WHEN j.sets_maximum THEN 'maximum' END)
				ELSE 'a narrower rule sets it' END))
		-- One that is off stands last: it has no place among those that are asked.
		ORDER BY j.place, r.rule_id), '[]')
	FROM stockalert.rules AS r LEFT JOIN stockalert.judge_rules(the_location, the_item) AS j ON j.rule_id = r.rule_id
	WHERE j.rule_id IS NOT NULL OR NOT r.enabled AND (r.location_id IS NULL OR r.location_id = the_location) AND (r.item_id IS NULL OR r.item_id = the_item)
		AND (r.category IS NULL OR r.category = (SELECT i.category FROM stockalert.items AS i WHERE i.item_id = the_item));
$$;
COMMENT ON FUNCTION stockalert.explain_rules(bigint, bigint) IS
	'Part of explain_stock(): every rule considered, narrowest first, what it gives in units of stock, which thresholds it sets, and why. For the owner.';

-- What there is to say of one contact that was not told; the first that holds.
CREATE FUNCTION stockalert.why_silent(v stockalert.alert_contacts) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reason text;
BEGIN
	IF v.waiting_rank IS NOT NULL THEN
		SELECT coalesce('waits: ' || w.last_error, 'about to be told') INTO reason
			FROM stockalert.queue AS q JOIN stockalert.messages AS m ON m.message_id = q.message_id
			JOIN stockalert.waiting_messages AS w ON w.queue_id = q.queue_id
			WHERE q.subscriber_id = v.subscriber_id AND q.channel = (v.contact).channel AND v.alert_id = ANY (m.alert_ids) ORDER BY q.queue_id DESC LIMIT 1;
		RETURN coalesce(reason, 'about to be told');
	END IF;
	reason := stockalert.why_not_told('standing', (v.alert).severity, (v.alert).quantity, NULL, v.category, v.alert, v.subscriber, v.contact, NULL, NULL, NULL, NULL, NULL,
		CASE WHEN (v.subscriber).fallback THEN stockalert.concerns_somebody(v.alert, (v.alert).severity, (v.alert).quantity, v.category) END);
	IF reason IS NOT NULL THEN
		RETURN reason;
	END IF;
	SELECT coalesce('waits until ' || to_char(r.held_until AT TIME ZONE r.time_zone, 'YYYY-MM-DD HH24:MI') || ': ' || r.held_for,
			'about to be told: the sender has not come to it') INTO reason
		FROM stockalert.event_routes AS r WHERE r.alert_id = v.alert_id AND r.contact_id = v.contact_id AND r.verdict IS NULL
		ORDER BY r.held_until LIMIT 1;
	IF reason IS NOT NULL THEN
		RETURN reason;
	END IF;
	SELECT format('message %s%s', CASE f.fate WHEN 'undelivered' THEN f.fate ELSE d.outcome END, coalesce(': ' || coalesce(f.error, d.error), '')) INTO reason
		FROM stockalert.messages AS m JOIN stockalert.deliveries AS d ON d.message_id = m.message_id
		LEFT JOIN stockalert.delivery_fates AS f ON f.provider_id = d.provider_id
		WHERE v.alert_id = ANY (m.alert_ids) AND m.subscriber_id = v.subscriber_id AND m.channel = (v.contact).channel
			AND (d.outcome IN ('dead', 'expired', 'superseded') OR f.fate = 'undelivered')
		ORDER BY d.finished_at DESC LIMIT 1;
	RETURN coalesce(reason, 'nothing new since it concerns them; hears when it gets worse');
END
$$;
COMMENT ON FUNCTION stockalert.why_silent(stockalert.alert_contacts) IS
	'The one reason why a contact was not told of an alert so far. For the owner.';

CREATE FUNCTION stockalert.explain_people(an_alert stockalert.alerts, only_subscriber bigint) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('subscriber', k.subscriber, 'channel', k.channel, 'told', k.reason IS NULL,
		'told_at', k.told_at, 'reason', k.reason)) ORDER BY k.reason IS NOT NULL, k.subscriber, k.channel, k.contact_id), '[]')
	FROM (
		-- Of an alert that there is: what happened.
		SELECT (v.subscriber).name AS subscriber, v.contact_id, (v.contact).channel, (v.notice).accepted_at AS told_at,
			CASE WHEN v.notice IS NULL THEN stockalert.why_silent(v) END AS reason
		FROM stockalert.alert_contacts AS v
		WHERE v.alert_id = an_alert.alert_id AND v.location_id = an_alert.location_id
			AND (only_subscriber IS NULL OR v.subscriber_id = only_subscriber) AND stockalert.sees_locations((v.subscriber).location_ids)
		UNION ALL
		-- Of one that there is not: what would.
		SELECT s.name, c.contact_id, c.channel, NULL,
			stockalert.why_not_told('standing', an_alert.severity, an_alert.quantity, NULL, i.category, an_alert, s, c, NULL, NULL, NULL, NULL, NULL,
				CASE WHEN s.fallback THEN stockalert.concerns_somebody(an_alert, an_alert.severity, an_alert.quantity, i.category) END)
		FROM stockalert.subscribers AS s JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = s.subscriber_id
		JOIN stockalert.items AS i ON i.item_id = an_alert.item_id AND (i.owner_key IS NULL OR s.app_key IS NULL OR s.app_key = i.owner_key)
		WHERE an_alert.alert_id IS NULL AND (only_subscriber IS NULL OR s.subscriber_id = only_subscriber) AND stockalert.sees_locations(s.location_ids)
		UNION ALL
		SELECT s.name, 0, NULL, NULL, 'no way to reach them'
		FROM stockalert.subscribers AS s
		WHERE (only_subscriber IS NULL OR s.subscriber_id = only_subscriber) AND stockalert.sees_locations(s.location_ids)
			AND NOT EXISTS (SELECT FROM stockalert.subscriber_contacts AS c WHERE c.subscriber_id = s.subscriber_id)
			AND (s.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = s.app_key FROM stockalert.items AS i WHERE i.item_id = an_alert.item_id))
		UNION ALL
		-- Only whoever is asked for: an app may have many.
		SELECT s.name, 0, NULL, NULL, 'somebody else''s item'
		FROM stockalert.subscribers AS s JOIN stockalert.items AS i ON i.item_id = an_alert.item_id AND i.owner_key <> s.app_key
		WHERE s.subscriber_id = only_subscriber AND stockalert.sees_locations(s.location_ids)) AS k;
$$;
COMMENT ON FUNCTION stockalert.explain_people(stockalert.alerts, bigint) IS
	'Part of explain_alert() and explain_stock(): each contact, told or the one reason why not; of an alert without a number, who would be. Only people whose locations the caller sees. For the owner.';

CREATE FUNCTION stockalert.explain_one_alert(a stockalert.alerts) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('alert_id', a.alert_id, 'kind', a.kind, 'severity', a.severity, 'worst', a.worst, 'quantity', trim_scale(a.quantity),
		'threshold', trim_scale(a.threshold), 'velocity', a.velocity, 'fires', a.fires, 'rule_id', a.rule_id, 'threshold_from', a.threshold_from, 'opened_at', a.opened_at,
		'reopened_at', a.reopened_at, 'acknowledged_at', a.acknowledged_at, 'acknowledged_by', a.acknowledged_by, 'acknowledged_note', a.acknowledged_note,
		'snoozed_until', a.snoozed_until, 'escalated_at', a.escalated_at, 'escalated_by', a.escalated_by, 'resolved_at', a.resolved_at,
		'resolved_by', a.resolved_by, 'resolved_note', a.resolved_note, 'held_until', a.held_until,
		'history', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('at', e.occurred_at, 'event', e.event, 'severity', e.severity,
				'quantity', trim_scale(e.quantity), 'actor', e.actor, 'note', e.note)) ORDER BY e.event_id)
			FROM stockalert.alert_events AS e WHERE e.alert_id = a.alert_id AND e.location_id = a.location_id)));
$$;
COMMENT ON FUNCTION stockalert.explain_one_alert(stockalert.alerts) IS 'Part of explain_alert() and explain_stock(): an alert with its history. For the owner.';

CREATE FUNCTION stockalert.explain_pair(the_location bigint, the_item bigint, the_alert bigint, only_subscriber bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s stockalert.stock_levels;
	j record;
	a stockalert.alerts;
	last_alert stockalert.alerts;
	supposed stockalert.alerts;
	why text;
BEGIN
	SELECT x.* INTO s FROM stockalert.stock_levels AS x WHERE x.location_id = the_location AND x.item_id = the_item;
	SELECT x.* INTO j FROM stockalert.judge_pairs(ARRAY[the_location], ARRAY[the_item]) AS x;
	SELECT x.* INTO last_alert FROM stockalert.alerts AS x WHERE x.location_id = the_location AND x.item_id = the_item AND x.kind = 'stock'
		ORDER BY x.alert_id DESC LIMIT 1;
	SELECT x.* INTO a FROM stockalert.alerts AS x WHERE x.location_id = the_location AND x.item_id = the_item
		AND (x.alert_id = the_alert OR the_alert IS NULL AND x.kind = 'stock' AND x.resolved_at IS NULL) LIMIT 1;
	why := CASE
		WHEN s.item_id IS NULL THEN 'the item is not carried there'
		WHEN j.class = 'inactive' THEN 'the item is not active there'
		WHEN j.moves THEN 'stock was written where no trigger saw it; the next check judges it: SELECT * FROM stockalert.check_stock()'
		WHEN a.alert_id IS NOT NULL AND a.resolved_at IS NULL AND a.kind = 'stock' AND j.in_band
			THEN 'healthy, but not yet far enough above the threshold to resolve by itself'
		WHEN a.alert_id IS NOT NULL THEN NULL
		WHEN j.class IN ('low', 'critical', 'out') AND last_alert.held_until > stockalert.as_of()
			THEN format('resolved by hand by %s; silent until it recovers, gets worse, or %s', last_alert.resolved_by, last_alert.held_until)
		WHEN j.class IN ('low', 'critical', 'out') AND NOT stockalert.kind_is_on('stock')
			THEN 'stock is ' || j.class || ', and the setting stockalert.kinds leaves out alerts of kind stock'
		WHEN j.class IN ('low', 'critical', 'out') THEN 'stock is ' || j.class || ', and the next check opens one: SELECT * FROM stockalert.check_stock()'
		WHEN j.low IS NULL AND j.critical IS NULL THEN 'no rule covers it, it has no par level, and nobody has a threshold of their own'
		ELSE 'stock is above its thresholds' END;
	IF a.alert_id IS NULL THEN
		-- As if it fell below its threshold now.
		SELECT p.* INTO supposed FROM jsonb_populate_record(NULL::stockalert.alerts, jsonb_build_object('location_id', the_location, 'item_id', the_item,
			'kind', 'stock', 'severity', CASE WHEN j.class IN ('low', 'critical', 'out') THEN j.class WHEN j.low IS NOT NULL THEN 'low' ELSE 'out' END,
			'quantity', CASE WHEN j.class IN ('low', 'critical', 'out') THEN j.available ELSE coalesce(greatest(j.low - 0.00001, 0), 0) END,
			'threshold_from', j.threshold_from, 'opened_at', stockalert.as_of())) AS p;
	END IF;
	RETURN jsonb_build_object(
		'item', (SELECT jsonb_build_object('sku', i.sku, 'name', i.name, 'category', i.category) FROM stockalert.items AS i WHERE i.item_id = the_item),
		'location', (SELECT jsonb_build_object('code', l.code, 'name', l.name, 'time_zone', l.time_zone) FROM stockalert.locations AS l WHERE l.location_id = the_location),
		'stock', CASE WHEN s.item_id IS NOT NULL THEN jsonb_build_object('on_hand', trim_scale(s.on_hand), 'reserved', trim_scale(s.reserved),
			'available', trim_scale(s.on_hand - s.reserved), 'on_order', trim_scale(s.on_order), 'in_transit', trim_scale(s.in_transit), 'par_level', trim_scale(s.par_level)) END,
		'class', j.class, 'why', why,
		'thresholds', CASE WHEN s.item_id IS NOT NULL THEN jsonb_build_object('low', trim_scale(j.low), 'critical', trim_scale(j.critical), 'maximum', trim_scale(j.maximum), 'fires', j.fires,
			'from', j.threshold_from, 'rule_id', j.rule_id, 'velocity', j.velocity, 'reorder_point', trim_scale(j.reorder_point), 'order_up_to', trim_scale(j.order_up_to)) END,
		'rules', stockalert.explain_rules(the_location, the_item),
		'quiet', CASE WHEN s.item_id IS NOT NULL THEN jsonb_build_object('below', trim_scale(s.quiet_below), 'above', trim_scale(s.quiet_above)) END,
		'alert', CASE WHEN a.alert_id IS NOT NULL THEN stockalert.explain_one_alert(a) END,
		'other_alerts', (SELECT coalesce(jsonb_agg(jsonb_build_object('alert_id', x.alert_id, 'kind', x.kind, 'severity', x.severity, 'opened_at', x.opened_at) ORDER BY x.alert_id), '[]')
			FROM stockalert.alerts AS x WHERE x.location_id = the_location AND x.item_id = the_item AND x.resolved_at IS NULL
				AND x.alert_id IS DISTINCT FROM a.alert_id),
		'people', stockalert.explain_people(CASE WHEN a.alert_id IS NOT NULL THEN a ELSE supposed END, only_subscriber),
		'people_unseen', (SELECT count(*) FROM stockalert.subscribers AS b WHERE only_subscriber IS NULL AND NOT stockalert.sees_locations(b.location_ids)));
END
$$;
COMMENT ON FUNCTION stockalert.explain_pair(bigint, bigint, bigint, bigint) IS
	'Everything known about an item at a location, with this alert or its open one; people: all, or one subscriber. For the owner.';

CREATE FUNCTION stockalert.explain_alert_json(alert bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts := stockalert.find_alert(alert);
BEGIN
	RETURN stockalert.explain_pair(a.location_id, a.item_id, a.alert_id, NULL);
END
$$;
COMMENT ON FUNCTION stockalert.explain_alert_json(bigint) IS
	'What explain_alert() says, as an object: item, location, stock, class, why, thresholds, rules, quiet, alert with history, other_alerts, people, people_unseen (not for the caller''s eyes). Error 42704 unknown alert.';

CREATE FUNCTION stockalert.explain_stock_json(item text, location text DEFAULT NULL, subscriber text DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	only_subscriber bigint;
BEGIN
	IF subscriber IS NOT NULL THEN
		SELECT b.subscriber_id INTO only_subscriber FROM stockalert.find_subscriber(subscriber) AS b;
	END IF;
	RETURN stockalert.explain_pair(stockalert.find_location(location), stockalert.find_item(item), NULL, only_subscriber);
END
$$;
COMMENT ON FUNCTION stockalert.explain_stock_json(text, text, text) IS
	'What explain_stock() says, as an object of the keys of explain_alert_json(). Errors: 42704 unknown item, location or subscriber.';

-- From the object to sentences: "low below 10 (20 % of par)" and the like.
CREATE FUNCTION stockalert.tell_thresholds(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN t.low IS NULL AND t.critical IS NULL AND t.maximum IS NULL THEN 'Thresholds: none.'
		ELSE format('Thresholds: %s; %s.', concat_ws(', ', 'low ' || t.fires || ' ' || t.low, 'critical ' || t.fires || ' ' || t.critical, 'over above ' || t.maximum),
			CASE t.origin WHEN 'rule' THEN 'from rule ' || t.rule_id
				WHEN 'setting' THEN 'from stockalert.low_stock_percent and critical_stock_percent of ' || coalesce('the order-up-to level ' || t.order_up_to, 'the par level')
				WHEN 'subscriber' THEN 'low is the greatest threshold of a subscriber, as no rule sets it' ELSE 'from no rule' END) END
	FROM (SELECT x #>> '{thresholds,low}' AS low, x #>> '{thresholds,critical}' AS critical, x #>> '{thresholds,maximum}' AS maximum,
		CASE x #>> '{thresholds,fires}' WHEN 'at_or_below' THEN 'at or below' ELSE 'below' END AS fires,
		x #>> '{thresholds,from}' AS origin, x #>> '{thresholds,rule_id}' AS rule_id, x #>> '{thresholds,order_up_to}' AS order_up_to) AS t;
$$;
COMMENT ON FUNCTION stockalert.tell_thresholds(jsonb) IS 'The thresholds of explain_stock_json() in words. For the owner.';

CREATE FUNCTION stockalert.tell_time(at text, x jsonb) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_char(at::timestamptz AT TIME ZONE (x #>> '{location,time_zone}'), 'YYYY-MM-DD HH24:MI')
$$;
COMMENT ON FUNCTION stockalert.tell_time(text, jsonb) IS 'A time on the clock of the location. For the owner.';

CREATE FUNCTION stockalert.tell_alert(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN x -> 'alert' = 'null' THEN 'No alert: ' || (x ->> 'why') || '.'
		ELSE format(E'Alert %s (%s): %s%s.\n%s', x #>> '{alert,alert_id}', x #>> '{alert,kind}',
			CASE WHEN x #>> '{alert,resolved_at}' IS NOT NULL
				THEN format('resolved %s by %s%s', stockalert.tell_time(x #>> '{alert,resolved_at}', x), x #>> '{alert,resolved_by}', coalesce(' (' || (x #>> '{alert,resolved_note}') || ')', ''))
				ELSE format('%s since %s%s%s%s%s', x #>> '{alert,severity}', stockalert.tell_time(coalesce(x #>> '{alert,reopened_at}', x #>> '{alert,opened_at}'), x),
					CASE WHEN x #>> '{alert,kind}' <> 'stock' THEN concat(', at ' || (x #>> '{alert,quantity}'), ', limit ' || (x #>> '{alert,threshold}'),
						', selling ' || round((x #>> '{alert,velocity}')::numeric, 2) || ' a day') END,
					', snoozed until ' || stockalert.tell_time(x #>> '{alert,snoozed_until}', x), ', escalated ' || stockalert.tell_time(x #>> '{alert,escalated_at}', x),
					coalesce(', acknowledged by ' || (x #>> '{alert,acknowledged_by}'), ', not acknowledged')) END,
			coalesce('; ' || (x ->> 'why'), ''),
			(SELECT string_agg(format('  %s %s %s at %s by %s%s', stockalert.tell_time(e ->> 'at', x), e ->> 'event', e ->> 'severity', e ->> 'quantity', e ->> 'actor',
				coalesce(' (' || (e ->> 'note') || ')', '')), E'\n' ORDER BY n) FROM jsonb_array_elements(x #> '{alert,history}') WITH ORDINALITY AS h (e, n))) END
		|| coalesce((SELECT string_agg(format(E'\nAlso open: alert %s (%s), %s since %s.', o ->> 'alert_id', o ->> 'kind', o ->> 'severity', stockalert.tell_time(o ->> 'opened_at', x)), '' ORDER BY n)
			FROM jsonb_array_elements(x -> 'other_alerts') WITH ORDINALITY AS h (o, n)), '');
$$;
COMMENT ON FUNCTION stockalert.tell_alert(jsonb) IS 'The alert of explain_alert_json() in words. For the owner.';

CREATE FUNCTION stockalert.tell_people(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(E'\n',
		CASE WHEN x -> 'alert' = 'null' THEN 'Would be told:' ELSE 'Told:' END || coalesce(E'\n' || string_agg(k.line, E'\n' ORDER BY k.n) FILTER (WHERE k.told AND k.place <= 20), ' nobody.')
			|| CASE WHEN count(*) FILTER (WHERE k.told) > 20 THEN format(E'\n  and %s more', count(*) FILTER (WHERE k.told) - 20) ELSE '' END,
		CASE WHEN bool_or(NOT k.told) THEN 'Not told:' || E'\n' || string_agg(k.line, E'\n' ORDER BY k.n) FILTER (WHERE NOT k.told AND k.place <= 20)
			|| CASE WHEN count(*) FILTER (WHERE NOT k.told) > 20 THEN format(E'\n  and %s more', count(*) FILTER (WHERE NOT k.told) - 20) ELSE '' END END,
		CASE WHEN (x ->> 'people_unseen')::bigint > 0 THEN format('%s more whom your role does not see.', x ->> 'people_unseen') END)
	FROM (SELECT h.n, (h.p ->> 'told')::boolean AS told, row_number() OVER (PARTITION BY h.p ->> 'told' ORDER BY h.n) AS place,
			format('  %s%s%s%s', h.p ->> 'subscriber', ' by ' || (h.p ->> 'channel'), ', ' || stockalert.tell_time(h.p ->> 'told_at', x), ': ' || (h.p ->> 'reason')) AS line
		FROM jsonb_array_elements(x -> 'people') WITH ORDINALITY AS h (p, n)) AS k;
$$;
COMMENT ON FUNCTION stockalert.tell_people(jsonb) IS 'The people of explain_alert_json() in words, twenty of each. For the owner.';

CREATE FUNCTION stockalert.tell_explanation(x jsonb) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws(E'\n',
		format('%s%s at %s%s: %s', x #>> '{item,sku}', ' (' || nullif(x #>> '{item,name}', x #>> '{item,sku}') || ')', x #>> '{location,code}',
			' (' || nullif(x #>> '{location,name}', x #>> '{location,code}') || ')',
			CASE WHEN x -> 'stock' = 'null' THEN 'not carried there.' ELSE format('%s available (%s on hand, %s reserved), %s.', x #>> '{stock,available}',
				x #>> '{stock,on_hand}', x #>> '{stock,reserved}', x ->> 'class') END),
		CASE WHEN x -> 'stock' <> 'null' THEN stockalert.tell_thresholds(x) END,
		'Rules, narrowest first:' || E'\n' || (SELECT string_agg(format('  rule %s (%s%s): %s; %s', r ->> 'rule_id', r ->> 'scope', ', from ' || nullif(r ->> 'origin', 'manual'),
			coalesce(nullif(concat_ws(', ', 'low ' || (r ->> 'low'), 'critical ' || (r ->> 'critical'), 'maximum ' || (r ->> 'maximum')), '') ||
				CASE r ->> 'unit' WHEN 'percent' THEN ' % of par' WHEN 'days' THEN ' days of cover' WHEN 'greatest' THEN ' or the reorder point if greater' ELSE '' END, 'the computed reorder point')
				|| CASE WHEN r ->> 'unit' <> 'units' AND r -> 'gives' <> '{}' THEN format(' = %s', concat_ws(', ', 'low ' || (r #>> '{gives,low}'), 'critical ' || (r #>> '{gives,critical}'), 'maximum ' || (r #>> '{gives,maximum}'))) ELSE '' END,
			r ->> 'why'), E'\n' ORDER BY n) FROM jsonb_array_elements(x -> 'rules') WITH ORDINALITY AS h (r, n)),
		CASE WHEN x #>> '{quiet,below}' IS NOT NULL OR x #>> '{quiet,above}' IS NOT NULL THEN format('Nothing changes %s.', concat_ws(' and ', 'above ' || (x #>> '{quiet,below}'), 'below ' || (x #>> '{quiet,above}'))) END,
		stockalert.tell_alert(x), stockalert.tell_people(x));
$$;
COMMENT ON FUNCTION stockalert.tell_explanation(jsonb) IS 'An object of explain_alert_json() as lines of text. For the owner.';

CREATE FUNCTION stockalert.explain_alert(alert bigint) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.tell_explanation(stockalert.explain_alert_json(alert))
$$;
COMMENT ON FUNCTION stockalert.explain_alert(bigint) IS
	'Why this alert, in lines of text: stock and thresholds of now, every rule considered and what it gave, the quiet range, the alert and its history, who was told, and for everybody else the one reason why not. Times are those of the location. Error 42704 unknown alert.';

CREATE FUNCTION stockalert.explain_stock(item text, location text DEFAULT NULL, subscriber text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.tell_explanation(stockalert.explain_stock_json(item, location, subscriber))
$$;
COMMENT ON FUNCTION stockalert.explain_stock(text, text, text) IS
	'Why an item has an alert at a location (NULL: main, or the only one), or why none, and who is told or would be, as explain_alert(); of one subscriber where it is named. Errors: 42704 unknown item, location or subscriber.';

GRANT EXECUTE ON FUNCTION stockalert.explain_alert(bigint), stockalert.explain_alert_json(bigint), stockalert.explain_stock(text, text, text),
	stockalert.explain_stock_json(text, text, text) TO stockalert_viewer;
-- What if: BEGIN; UPDATE ...; SELECT * FROM stockalert.preview(); ROLLBACK.

CREATE FUNCTION stockalert.is_own_transaction(xid xid) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockalert_is_own_transaction';
COMMENT ON FUNCTION stockalert.is_own_transaction(xid) IS
	'Tells whether a row with this xmin was written by the current transaction. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.preview(OUT location text, OUT sku text, OUT item text, OUT event text, OUT severity text, OUT quantity numeric,
	OUT threshold numeric, OUT alert_id bigint, OUT subscriber text, OUT channel text, OUT told boolean, OUT reason text, OUT form text) RETURNS SETOF record
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.code, i.sku, i.name, q.event, q.severity, q.quantity, a.threshold, q.alert_id, r.subscriber, r.channel,
		r.queue_id IS NOT NULL AND r.verdict IS NULL, CASE WHEN r.queue_id IS NULL THEN 'there is nobody to tell' ELSE r.verdict END,
		CASE WHEN r.queue_id IS NULL OR r.verdict IS NOT NULL THEN NULL
			WHEN count(*) OVER (PARTITION BY r.contact_id, r.verdict IS NULL, q.event = 'resolved') > current_setting('stockalert.digest_after')::integer THEN 'digest'
			ELSE 'message' END
	FROM stockalert.queue AS q
	JOIN stockalert.alerts AS a ON a.alert_id = q.alert_id AND a.location_id = q.location_id
	JOIN stockalert.items AS i ON i.item_id = q.item_id
	JOIN stockalert.locations AS l ON l.location_id = q.location_id
	LEFT JOIN stockalert.event_routes AS r ON r.queue_id = q.queue_id
	WHERE q.stage = 'event' AND stockalert.is_own_transaction(q.xmin)
		AND ((SELECT stockalert.sees_all_locations()) OR q.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]))
	ORDER BY q.queue_id, r.subscriber, r.channel, r.contact_id;
$$;
COMMENT ON FUNCTION stockalert.preview() IS
	'What this transaction would tell if it committed, one row for each event and contact: told, else the one reason why not; form: a message of its own, or in one digest. Nothing where it changed no alert. For what-if: ROLLBACK takes everything back.';

GRANT EXECUTE ON FUNCTION stockalert.preview() TO stockalert_viewer;
-- Alerts of other kinds than low stock: what will run out before it can be
-- ordered, what there is too much of, what nobody buys, what is under zero.
-- The check opens and resolves them, set-based; stock_levels is not written.
--
-- Nobody is told twice of the same: while an alert of kind stock is open for a
-- pair there is none of stockout_risk.  overstock and dead_stock can wait: they
-- are told by summaries and lists, never by a message of their own; off unless
-- asked for.  None of these kinds is told to be over: "back in stock" is.

CREATE TABLE stockalert.kinds_judged (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	judged_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.kinds_judged IS 'When the check last asked of every pair what follows from demand: hourly, each time in a shop of up to 50,000 pairs.';

CREATE TABLE stockalert.negative_since (
	location_id bigint NOT NULL,
	item_id bigint NOT NULL,
	since timestamptz NOT NULL,
	PRIMARY KEY (location_id, item_id)
);
COMMENT ON TABLE stockalert.negative_since IS 'Pairs that checks have found under zero ever since; an alert follows when that lasts for stockalert.negative_after.';

CREATE FUNCTION stockalert.kind_is_on(kind text) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT kind = ANY (string_to_array(translate(coalesce(current_setting('stockalert.kinds', true), 'stock,stockout_risk,negative_stock'), ' "', ''), ','));
$$;
COMMENT ON FUNCTION stockalert.kind_is_on(text) IS 'Tells whether the setting stockalert.kinds lists this kind of alert. NULL for NULL.';

-- Days of cover count what is on its way: who has ordered knows.
CREATE VIEW stockalert.stockout_risks AS
SELECT s.location_id, s.item_id, 'stockout_risk'::text AS kind,
	CASE WHEN s.on_hand - s.reserved + s.on_order + s.in_transit < d.velocity::numeric * t.lead_time_days::numeric THEN 'critical' ELSE 'low' END AS severity,
	s.on_hand - s.reserved AS quantity, pg_catalog.ceil(d.velocity::numeric * (t.lead_time_days + t.review_days)::numeric) AS threshold, d.velocity
FROM stockalert.demand_state AS d
JOIN stockalert.stock_levels AS s ON s.location_id = d.location_id AND s.item_id = d.item_id
JOIN stockalert.supply_terms AS t ON t.item_id = d.item_id
WHERE d.velocity > 0 AND s.class IN ('ok', 'over') AND s.on_hand > s.reserved
	AND s.on_hand - s.reserved + s.on_order + s.in_transit < d.velocity::numeric * (t.lead_time_days + t.review_days)::numeric;
COMMENT ON VIEW stockalert.stockout_risks IS
	'Pairs that are not low and will run out before an order placed at the next review arrives: (available + on order + in transit) / velocity < lead time + review time. critical: not even an order placed now arrives in time. For the owner.';

CREATE VIEW stockalert.overstocks AS
SELECT s.location_id, s.item_id, 'overstock'::text AS kind, 'low'::text AS severity, s.on_hand - s.reserved AS quantity,
	CASE WHEN s.class = 'over' THEN j.maximum
		ELSE pg_catalog.ceil(greatest(d.order_up_to, d.velocity::numeric * g.target_days)) END AS threshold,
	CASE WHEN s.class <> 'over' THEN d.velocity END AS velocity
FROM stockalert.stock_levels AS s
CROSS JOIN (SELECT coalesce(pg_catalog.current_setting('stockalert.overstock_days', true), '90')::numeric AS target_days OFFSET 0) AS g
LEFT JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id AND d.exposed_days >= 28 AND d.velocity > 0
CROSS JOIN LATERAL stockalert.judge_pairs(ARRAY[s.location_id], ARRAY[s.item_id]) AS j
WHERE (s.class = 'over' OR s.class IN ('ok', 'low') AND s.on_hand + s.on_order > greatest(d.order_up_to, d.velocity::numeric * g.target_days))
	AND (s.class = 'over' OR j.maximum IS NULL);
COMMENT ON VIEW stockalert.overstocks IS
	'Pairs above the maximum of a rule; where none sets one, with 28 days of history, those with more on hand and on order than the computed level to order up to and than lasts stockalert.overstock_days. For the owner.';

-- Where nothing sells at all, sales are not recorded or the shop is closed: no
-- item is to blame for that.
CREATE VIEW stockalert.dead_stocks AS
SELECT s.location_id, s.item_id, 'dead_stock'::text AS kind, 'low'::text AS severity, s.on_hand - s.reserved AS quantity,
	NULL::numeric AS threshold, NULL::double precision AS velocity
FROM stockalert.stock_levels AS s
JOIN stockalert.items AS i ON i.item_id = s.item_id
JOIN (
	SELECT l.location_id, (stockalert.as_of() AT TIME ZONE l.time_zone)::date - g.days AS since, g.days
	FROM stockalert.locations AS l
	CROSS JOIN (SELECT coalesce(pg_catalog.current_setting('stockalert.dead_after', true), '90')::integer AS days OFFSET 0) AS g) AS l ON l.location_id = s.location_id
LEFT JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id
WHERE s.on_hand > 0 AND s.class <> 'inactive' AND (d.last_sale IS NULL OR d.last_sale < l.since)
	AND i.created_at <= stockalert.as_of() - pg_catalog.make_interval(days => l.days)
	AND EXISTS (SELECT FROM stockalert.demand_state AS x WHERE x.location_id = s.location_id AND x.last_sale >= l.since)
	AND NOT EXISTS (SELECT FROM stockalert.stock_changes AS c WHERE c.location_id = s.location_id AND c.item_id = s.item_id
		AND c.kind = 'back' AND c.changed_at > stockalert.as_of() - pg_catalog.make_interval(days => l.days));
COMMENT ON VIEW stockalert.dead_stocks IS
	'Pairs with stock and no sale for stockalert.dead_after days, listed and in stock for as long, at a location that does sell. For the owner.';

CREATE FUNCTION stockalert.negative_stocks(location_ids bigint[], item_ids bigint[], the_location bigint)
	RETURNS TABLE (location_id bigint, item_id bigint, kind text, severity text, quantity numeric, threshold numeric, velocity double precision)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM stockalert.negative_since AS n
		WHERE (the_location IS NULL OR n.location_id = the_location)
			AND NOT EXISTS (SELECT FROM unnest(location_ids, item_ids) AS k (location_id, item_id)
				WHERE k.location_id = n.location_id AND k.item_id = n.item_id);
	INSERT INTO stockalert.negative_since (location_id, item_id, since)
		SELECT k.location_id, k.item_id, stockalert.as_of() FROM unnest(location_ids, item_ids) AS k (location_id, item_id) ORDER BY 1, 2
		ON CONFLICT ON CONSTRAINT negative_since_pkey DO NOTHING;
	RETURN QUERY SELECT s.location_id, s.item_id, 'negative_stock'::text, 'low'::text, s.on_hand - s.reserved, 0::numeric, NULL::double precision
		FROM stockalert.negative_since AS n
		JOIN stockalert.stock_levels AS s ON s.location_id = n.location_id AND s.item_id = n.item_id
		WHERE (the_location IS NULL OR n.location_id = the_location) AND s.class <> 'inactive' AND s.on_hand < s.reserved
			AND n.since <= stockalert.as_of() - coalesce(current_setting('stockalert.negative_after', true), '30min')::interval;
END
$$;
COMMENT ON FUNCTION stockalert.negative_stocks(bigint[], bigint[], bigint) IS
	'Notes which pairs are under zero now and returns those that checks have found so for stockalert.negative_after. For the owner.';

-- not strict: NULL location means all
CREATE FUNCTION stockalert.judge_kinds(the_location bigint, negative_location_ids bigint[], negative_item_ids bigint[], by_demand boolean,
	OUT opened bigint, OUT worsened bigint, OUT resolved bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kinds text[] := '{negative_stock}'::text[] || CASE WHEN by_demand THEN '{stockout_risk,overstock,dead_stock}'::text[] END;
	as_of timestamptz := stockalert.as_of();
	repeat_after interval := coalesce(current_setting('stockalert.repeat_after', true), '24h')::interval;
	risk_after interval := coalesce(current_setting('stockalert.risk_repeat_after', true), '48h')::interval;
BEGIN
	-- Two checks at once would find the same; one is enough.
	IF NOT pg_try_advisory_xact_lock('stockalert.kinds_judged'::regclass::oid::bigint) THEN
		opened := 0;
		worsened := 0;
		resolved := 0;
		queued := 0;
		RETURN;
	END IF;
	WITH found AS MATERIALIZED (
		SELECT r.* FROM stockalert.stockout_risks AS r WHERE by_demand AND stockalert.kind_is_on('stockout_risk')
			AND NOT EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.location_id = r.location_id AND a.item_id = r.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL)
		UNION ALL SELECT o.* FROM stockalert.overstocks AS o WHERE by_demand AND stockalert.kind_is_on('overstock')
		UNION ALL SELECT d.* FROM stockalert.dead_stocks AS d WHERE by_demand AND stockalert.kind_is_on('dead_stock')
		UNION ALL SELECT n.* FROM stockalert.negative_stocks(negative_location_ids, negative_item_ids, the_location) AS n
			WHERE stockalert.kind_is_on('negative_stock')),
	judged AS MATERIALIZED (
		SELECT f.*, a.alert_id, CASE
				WHEN a.alert_id IS NULL THEN 'open'
				WHEN a.resolved_at IS NULL AND f.severity <> a.severity THEN CASE f.severity WHEN 'critical' THEN 'worsen' ELSE 'ease' END
				WHEN a.resolved_at IS NULL OR a.held_until > as_of THEN 'none'
				-- What rests on a forecast may come and go with it.
				WHEN f.kind = 'stockout_risk' AND coalesce(a.reopened_at, a.opened_at) > as_of - risk_after THEN 'none'
				WHEN a.resolved_at > as_of - repeat_after THEN 'reopen'
				ELSE 'open' END AS action
		FROM found AS f
		LEFT JOIN LATERAL (SELECT x.* FROM stockalert.alerts AS x WHERE x.location_id = f.location_id AND x.item_id = f.item_id AND x.kind = f.kind
			ORDER BY x.alert_id DESC LIMIT 1) AS a ON true
		WHERE the_location IS NULL OR f.location_id = the_location),
	new AS (
		INSERT INTO stockalert.alerts (location_id, item_id, kind, severity, worst, quantity, threshold, fires, threshold_from, on_hand, reserved, par_level, velocity, opened_at)
		SELECT j.location_id, j.item_id, j.kind, j.severity, j.severity, j.quantity, j.threshold,
			CASE WHEN j.kind IN ('stockout_risk', 'negative_stock') THEN 'below' END,
			CASE WHEN j.velocity IS NOT NULL THEN 'demand' WHEN j.kind = 'overstock' THEN 'rule' ELSE 'none' END,
			s.on_hand, s.reserved, s.par_level, j.velocity, as_of
		FROM judged AS j JOIN stockalert.stock_levels AS s ON s.location_id = j.location_id AND s.item_id = j.item_id
		WHERE j.action = 'open' ORDER BY j.location_id, j.item_id, j.kind
		ON CONFLICT (location_id, item_id, kind) WHERE resolved_at IS NULL DO NOTHING
		RETURNING alert_id, location_id, item_id, kind, severity, quantity),
	changed AS (
		UPDATE stockalert.alerts AS a SET severity = j.severity, worst = CASE WHEN a.worst = 'critical' THEN a.worst ELSE j.severity END,
			quantity = j.quantity, threshold = j.threshold, velocity = j.velocity, resolved_at = NULL, resolved_by = NULL, resolved_note = NULL, held_until = NULL,
			reopened_at = CASE j.action WHEN 'reopen' THEN as_of ELSE a.reopened_at END,
			acknowledged_at = CASE WHEN j.action <> 'reopen' THEN a.acknowledged_at END, acknowledged_by = CASE WHEN j.action <> 'reopen' THEN a.acknowledged_by END,
			acknowledged_note = CASE WHEN j.action <> 'reopen' THEN a.acknowledged_note END,
			snoozed_until = CASE WHEN j.action <> 'reopen' THEN a.snoozed_until END, snoozed_by = CASE WHEN j.action <> 'reopen' THEN a.snoozed_by END
		FROM judged AS j WHERE a.location_id = j.location_id AND a.alert_id = j.alert_id AND j.action IN ('worsen', 'ease', 'reopen')),
	ended AS (
		UPDATE stockalert.alerts AS a SET resolved_at = as_of, resolved_by = 'stock', resolved_note = CASE
				WHEN NOT stockalert.kind_is_on(a.kind) THEN 'switched off'
				WHEN a.kind = 'stockout_risk' AND EXISTS (SELECT FROM stockalert.alerts AS x WHERE x.location_id = a.location_id AND x.item_id = a.item_id
					AND x.kind = 'stock' AND x.resolved_at IS NULL) THEN 'low by now: told by an alert of kind stock' END
		WHERE a.resolved_at IS NULL AND a.kind = ANY (kinds) AND (the_location IS NULL OR a.location_id = the_location)
			AND NOT EXISTS (SELECT FROM found AS f WHERE f.location_id = a.location_id AND f.item_id = a.item_id AND f.kind = a.kind)
		RETURNING a.alert_id, a.location_id, a.item_id, a.kind, a.severity, a.quantity, a.resolved_note),
	-- Resolved by hand, and over since: nothing holds it any more.
	released AS (
		UPDATE stockalert.alerts AS a SET held_until = NULL
		WHERE a.held_until IS NOT NULL AND a.resolved_at IS NOT NULL AND a.kind = ANY (kinds) AND (the_location IS NULL OR a.location_id = the_location)
			AND NOT EXISTS (SELECT FROM found AS f WHERE f.location_id = a.location_id AND f.item_id = a.item_id AND f.kind = a.kind)),
	happened AS MATERIALIZED (
		SELECT n.alert_id, n.location_id, n.item_id, n.kind, 'opened' AS event, n.severity, n.quantity, NULL AS note FROM new AS n
		UNION ALL
		SELECT j.alert_id, j.location_id, j.item_id, j.kind, CASE j.action WHEN 'worsen' THEN 'worsened' WHEN 'ease' THEN 'eased' ELSE 'reopened' END,
			j.severity, j.quantity, NULL FROM judged AS j WHERE j.action IN ('worsen', 'ease', 'reopen')
		UNION ALL
		SELECT e.alert_id, e.location_id, e.item_id, e.kind, 'resolved', e.severity, coalesce(s.on_hand - s.reserved, e.quantity), e.resolved_note
			FROM ended AS e LEFT JOIN stockalert.stock_levels AS s ON s.location_id = e.location_id AND s.item_id = e.item_id),
	noted AS (
		INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, quantity, note, occurred_at)
		SELECT h.alert_id, h.location_id, h.item_id, h.event, h.severity, h.quantity, h.note, as_of FROM happened AS h ORDER BY h.location_id, h.item_id, h.kind),
	told AS (
		INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT CASE h.severity WHEN 'critical' THEN 0 ELSE 1 END, h.event, h.alert_id, h.location_id, h.item_id, h.severity, h.quantity, as_of
		FROM happened AS h WHERE h.event IN ('opened', 'worsened', 'reopened') AND h.kind IN ('stockout_risk', 'negative_stock')
		ORDER BY h.location_id, h.item_id RETURNING 1)
	SELECT count(*) FILTER (WHERE h.event IN ('opened', 'reopened')), count(*) FILTER (WHERE h.event = 'worsened'),
		count(*) FILTER (WHERE h.event = 'resolved'), (SELECT count(*) FROM told) INTO opened, worsened, resolved, queued FROM happened AS h;
	IF queued > 0 THEN
		PERFORM stockalert.wake_sender();
	END IF;
	IF by_demand AND the_location IS NULL THEN
		INSERT INTO stockalert.kinds_judged AS k (judged_at) VALUES (as_of)
			ON CONFLICT ON CONSTRAINT kinds_judged_pkey DO UPDATE SET judged_at = excluded.judged_at;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.judge_kinds(bigint, bigint[], bigint[], boolean) IS
	'Opens, changes and resolves alerts of the kinds that are not stock, at a location or everywhere (NULL), and returns how many. The pairs under zero are told to it; by_demand false: only those. For the owner; called by check_stock().';

CREATE FUNCTION stockalert.kinds_are_due(the_location bigint, pairs bigint) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT the_location IS NOT NULL OR pairs <= 50000 OR NOT EXISTS (SELECT FROM stockalert.kinds_judged AS k
		WHERE k.judged_at > stockalert.as_of() - interval '1 hour' AND k.judged_at <= stockalert.as_of());
$$;
COMMENT ON FUNCTION stockalert.kinds_are_due(bigint, bigint) IS
	'Tells whether a check of this many pairs asks what follows from demand, which changes slowly and reads much: at a location and in small shops always, else hourly. For the owner.';
-- refresh_demand(): sales and stock changes since the last run into what is
-- known of each pair.  Run nightly by schedule_jobs(), and by hand.

CREATE FUNCTION stockalert.add_folded(a stockalert.folded, b stockalert.folded) RETURNS stockalert.folded
	LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ROW (coalesce((a).days, 0) + (b).days, coalesce((a).pairs_changed, 0) + (b).pairs_changed, (a).location_ids || (b).location_ids, (a).item_ids || (b).item_ids)::stockalert.folded;
$$;
COMMENT ON FUNCTION stockalert.add_folded(stockalert.folded, stockalert.folded) IS 'Both steps together; a may be NULL.';

-- Earlier days whose lines are not folded: of late lines, and of places whose clock is another.
CREATE FUNCTION stockalert.days_to_fold(as_of timestamptz, told_location_ids bigint[], told_days date[], moved_ids bigint[],
	OUT location_ids bigint[], OUT days date[], OUT lines bigint[])
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH told AS (
		SELECT * FROM ROWS FROM (unnest(told_location_ids), unnest(told_days)) AS t (location_id, day)
		WHERE t.location_id <> ALL (moved_ids)),
	-- Late lines are few and lie far apart: each day of theirs is read by its own range, all places at once.
	late AS (
		SELECT s.location_id, s.day, count(*) AS lines
		FROM (SELECT DISTINCT t.day FROM told AS t) AS d
		CROSS JOIN LATERAL (SELECT s.location_id, (s.sold_at AT TIME ZONE l.time_zone)::date AS day
			FROM stockalert.sales AS s JOIN stockalert.locations AS l ON l.location_id = s.location_id
			WHERE s.sold_at >= (d.day::timestamp AT TIME ZONE 'UTC') - interval '15 hours'
				AND s.sold_at < (d.day::timestamp AT TIME ZONE 'UTC') + interval '39 hours') AS s
		WHERE s.day = d.day AND EXISTS (SELECT FROM told AS t WHERE t.location_id = s.location_id AND t.day = s.day)
		GROUP BY 1, 2),
	counted AS (
		SELECT * FROM late
		UNION ALL SELECT c.location_id, c.day, c.lines FROM stockalert.count_lines('-infinity', CASE WHEN cardinality(moved_ids) > 0 THEN as_of END) AS c
		WHERE c.location_id = ANY (moved_ids))
	SELECT array_agg(c.location_id ORDER BY c.day, c.location_id), array_agg(c.day ORDER BY c.day, c.location_id),
		array_agg(c.lines ORDER BY c.day, c.location_id)
	FROM counted AS c JOIN stockalert.locations AS l ON l.location_id = c.location_id
	LEFT JOIN stockalert.demand_totals AS f ON f.location_id = c.location_id AND f.day = c.day
	WHERE c.day < (as_of AT TIME ZONE l.time_zone)::date AND c.lines IS DISTINCT FROM f.lines;
$$;
COMMENT ON FUNCTION stockalert.days_to_fold(timestamptz, bigint[], date[], bigint[]) IS
	'Local days, over by as_of, whose number of sales lines is not the folded one: among those told, and all of the locations moved_ids. For the owner.';

CREATE FUNCTION stockalert.note_totals(location_ids bigint[], days date[], lines bigint[]) RETURNS bigint
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.demand_totals AS t (location_id, day, lines)
		SELECT * FROM ROWS FROM (unnest(location_ids), unnest(days), unnest(lines)) AS u
		ON CONFLICT ON CONSTRAINT demand_totals_pkey DO UPDATE SET lines = excluded.lines;
	SELECT cardinality(days)::bigint;
$$;
COMMENT ON FUNCTION stockalert.note_totals(bigint[], date[], bigint[]) IS 'Notes how many lines of these days are folded; returns how many days they are. For the owner.';

-- A day out of stock has no demand to learn.  Pairs that went out or came back
-- since, and those that are out.
CREATE FUNCTION stockalert.fold_absences(as_of timestamptz, last stockalert.demand_folded, moved_ids bigint[]) RETURNS stockalert.folded
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN stockalert.fold_pairs(format($source$
		WITH pair AS (
			SELECT k.location_id, k.item_id, l.time_zone, min(k.since) AS since
			FROM (SELECT c.location_id, c.item_id, c.changed_at AS since FROM stockalert.stock_changes AS c
				WHERE c.recorded_at > %1$L::timestamptz - interval '1 hour' OR c.location_id = ANY (%4$L::bigint[])
				UNION ALL
				SELECT s.location_id, s.item_id, %2$L::timestamptz - interval '5 days' FROM stockalert.stock_levels AS s WHERE s.class = 'out') AS k
			JOIN stockalert.locations AS l ON l.location_id = k.location_id
			JOIN stockalert.demand_days AS d ON d.location_id = k.location_id AND d.item_id = k.item_id
			WHERE k.since < %3$L::timestamptz
			GROUP BY 1, 2, 3),
		absence AS (
			SELECT p.location_id, p.item_id, c.changed_at AS from_time,
				coalesce(lead(c.changed_at) OVER (PARTITION BY p.location_id, p.item_id ORDER BY c.changed_at, c.recorded_at), 'infinity') AS to_time,
				c.available <= 0 AS gone
			FROM pair AS p JOIN stockalert.stock_changes AS c ON c.location_id = p.location_id AND c.item_id = p.item_id
				AND c.changed_at < %3$L::timestamptz
				AND c.changed_at >= coalesce((SELECT max(b.changed_at) FROM stockalert.stock_changes AS b
					WHERE b.location_id = p.location_id AND b.item_id = p.item_id AND b.changed_at < p.since), '-infinity')),
		day AS (
			SELECT p.location_id, p.item_id, g::date AS day, g AT TIME ZONE p.time_zone AS starts, (g + interval '1 day') AT TIME ZONE p.time_zone AS ends
			FROM pair AS p, generate_series(greatest((p.since AT TIME ZONE p.time_zone)::date, (%3$L::timestamptz AT TIME ZONE p.time_zone)::date - 400)::timestamp,
				((%3$L::timestamptz AT TIME ZONE p.time_zone)::date - 1)::timestamp, interval '1 day') AS g)
		SELECT x.location_id, x.item_id, array_agg(x.day) AS days, NULL::double precision[] AS units, array_agg(x.share) AS out_shares, false AS sold
		FROM (SELECT d.location_id, d.item_id, d.day,
				coalesce(sum(extract(epoch FROM least(a.to_time, d.ends) - greatest(a.from_time, d.starts))) FILTER (WHERE a.gone), 0)::double precision
					/ extract(epoch FROM d.ends - d.starts)::double precision AS share
			FROM day AS d LEFT JOIN absence AS a ON a.location_id = d.location_id AND a.item_id = d.item_id
				AND a.gone AND a.from_time < d.ends AND a.to_time > d.starts
			GROUP BY d.location_id, d.item_id, d.day, d.starts, d.ends) AS x
		GROUP BY 1, 2$source$, coalesce((last).changes_until, '-infinity'), coalesce((last).folded_for, as_of), as_of, moved_ids), as_of, false);
END
$$;
COMMENT ON FUNCTION stockalert.fold_absences(timestamptz, stockalert.demand_folded, bigint[]) IS
	'Learns on which share of each day pairs were out of stock, from the first change that is new, or of the locations moved_ids from the first. For the owner.';

-- A few sales say little about a week: the profile of a small pool is drawn to
-- the flat one, with the weight of 200 units; and only of what sells as much a
-- weekday without any is a closed one.
CREATE FUNCTION stockalert.pool_profile(sums double precision[]) RETURNS double precision[]
	LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(CASE WHEN u.units = 0 AND t.eight_weeks >= 200 THEN 0
		ELSE (56 * u.units + 200) / (t.eight_weeks + 200) END ORDER BY u.weekday)
	FROM unnest(sums) WITH ORDINALITY AS u (units, weekday), (SELECT 8 * sum(d) AS eight_weeks FROM unnest(sums) AS d) AS t;
$$;
COMMENT ON FUNCTION stockalert.pool_profile(double precision[]) IS
	'Weekday profile (mean about 1, Monday first) of mean units on each weekday, shrunk to 1 by units / (units + 200) of eight weeks; 0 for a closed day. NULL for NULL.';

CREATE FUNCTION stockalert.refresh_pools(today date) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint;
BEGIN
	DELETE FROM stockalert.pools;
	WITH pair AS (
		SELECT d.location_id, i.category, stockalert.history_weekdays(d.history, today) AS w, s.velocity, s.mse
		FROM stockalert.demand_days AS d
		JOIN stockalert.items AS i ON i.item_id = d.item_id
		LEFT JOIN stockalert.demand_state AS s ON s.location_id = d.location_id AND s.item_id = d.item_id AND s.method <> 'shrunk'),
	pooled AS (
		SELECT p.location_id, p.category, grouping(p.category) AS common, count(*) AS items,
			ARRAY[sum(p.w[1]), sum(p.w[2]), sum(p.w[3]), sum(p.w[4]), sum(p.w[5]), sum(p.w[6]), sum(p.w[7])] AS sums,
			sum(p.w[1] + p.w[2] + p.w[3] + p.w[4] + p.w[5] + p.w[6] + p.w[7]) AS total,
			coalesce(avg(p.velocity), 0) AS velocity_mean, coalesce(stddev_samp(p.velocity), 0) AS velocity_sd,
			-- Of a place that has sold nothing for years a velocity is left by which nothing can be divided.
			CASE WHEN avg(p.velocity) > 1e-9 THEN avg(p.mse) / avg(p.velocity) ELSE 0 END AS mse_ratio
		FROM pair AS p GROUP BY GROUPING SETS ((p.location_id, p.category), (p.location_id)))
	INSERT INTO stockalert.pools (location_id, category, items, profile, velocity_mean, velocity_sd, mse_ratio, refreshed_for)
		SELECT p.location_id, p.category, p.items, stockalert.pool_profile(p.sums),
			p.velocity_mean, p.velocity_sd, p.mse_ratio, today
		FROM pooled AS p
		-- A category of few items says less about its week than the whole shop does.
		WHERE p.total > 0 AND (p.common = 1 OR p.category IS NOT NULL AND p.items >= 5);
	GET DIAGNOSTICS made = ROW_COUNT;
	RETURN made;
END
$$;
COMMENT ON FUNCTION stockalert.refresh_pools(date) IS
	'Makes the pools anew from the last eight weeks before a day: of each location, and of each of its categories of at least five items; returns how many. For the owner.';

CREATE FUNCTION stockalert.terms_fingerprint() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws('|', current_setting('stockalert.service_level'), current_setting('stockalert.lead_time_days'),
		current_setting('stockalert.lead_time_sd_days'), current_setting('stockalert.review_days'),
		(SELECT sum(hashtextextended(s::text, 0)) FROM stockalert.suppliers AS s),
		(SELECT sum(hashtextextended(s::text, 0)) FROM stockalert.supplier_items AS s));
$$;
COMMENT ON FUNCTION stockalert.terms_fingerprint() IS 'The settings and supply terms that reorder points depend on, as one text.';

-- The days of the last run and since in one reading of sales; late lines by
-- month, one after another, as they are few and lie far apart.
CREATE FUNCTION stockalert.fold_new_sales(as_of timestamptz, last stockalert.demand_folded, moved_ids bigint[], OUT done stockalert.folded, OUT newest timestamptz)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	recent record;
	late record;
	month record;
	folded stockalert.folded;
BEGIN
	SELECT r.* INTO recent FROM stockalert.fold_recent(as_of, coalesce((last).folded_for, '-infinity'), coalesce((last).sales_until - interval '1 hour', 'infinity')) AS r;
	folded := stockalert.add_folded(recent.done, ROW (stockalert.note_totals(recent.location_ids, recent.days, recent.lines), 0, '{}', '{}'));
	newest := recent.newest;
	SELECT d.* INTO late FROM stockalert.days_to_fold(as_of, recent.told_location_ids, recent.told_days, moved_ids) AS d;
	FOR month IN
		SELECT array_agg(u.location_id) AS location_ids, array_agg(u.day) AS days, array_agg(u.lines) AS lines
		FROM ROWS FROM (unnest(late.location_ids), unnest(late.days), unnest(late.lines)) AS u (location_id, day, lines)
		GROUP BY date_trunc('month', u.day)
		ORDER BY min(u.day)
	LOOP
		folded := stockalert.add_folded(folded, stockalert.fold_lines(as_of, month.location_ids, month.days, month.lines));
		folded := stockalert.add_folded(folded, ROW (stockalert.note_totals(month.location_ids, month.days, month.lines), 0, '{}', '{}'));
	END LOOP;
	done := folded;
END
$$;
COMMENT ON FUNCTION stockalert.fold_new_sales(timestamptz, stockalert.demand_folded, bigint[]) IS
	'Learns the sales of all days that are not folded; newest: until when (recorded_at) lines were read, NULL for no new ones. For the owner.';

CREATE FUNCTION stockalert.fold_known_pairs(which text, as_of timestamptz, from_nothing boolean) RETURNS stockalert.folded
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.fold_pairs('SELECT d.location_id, d.item_id, NULL::date[] AS days, NULL::double precision[] AS units,
		NULL::double precision[] AS out_shares, true AS sold FROM '
		|| CASE WHEN from_nothing THEN 'stockalert.demand_days' ELSE 'stockalert.demand_state' END || ' AS d WHERE ' || which, as_of, from_nothing);
$$;
COMMENT ON FUNCTION stockalert.fold_known_pairs(text, timestamptz, boolean) IS
	'Computes velocity and thresholds of pairs without new days; which: a condition on demand_state d. from_nothing: their states too; on demand_days d. For the owner.';

-- Sums and joins of a whole chain stay in memory, and are hashed whatever the
-- statistics of lines that just came say; the server's own settings come back
-- before anything else runs.
CREATE FUNCTION stockalert.plan_for_many(many boolean) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF many THEN
		PERFORM set_config('jit', 'off', true), set_config('enable_sort', 'off', true), set_config('work_mem', current_setting('maintenance_work_mem'), true);
	ELSE
		PERFORM set_config(s.name, s.reset_val || coalesce(s.unit, ''), true) FROM pg_settings AS s WHERE s.name IN ('jit', 'enable_sort', 'work_mem');
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.plan_for_many(boolean) IS 'Gives the statements that follow in this transaction the memory of maintenance work, hashes and no JIT, or ends that. For the owner.';

CREATE FUNCTION stockalert.forget_demand() RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.demand_folded;
	DELETE FROM stockalert.demand_totals;
	DELETE FROM stockalert.demand_zones;
	DELETE FROM stockalert.demand_state;
	DELETE FROM stockalert.demand_days;
	DELETE FROM stockalert.pools;
$$;
COMMENT ON FUNCTION stockalert.forget_demand() IS 'Empties what refresh_demand() fills, so that its next run starts from nothing. For the owner.';

-- Weekly. What the first run learned without a pool starts again with one.
CREATE FUNCTION stockalert.refresh_pools_weekly(as_of timestamptz, first_run boolean) RETURNS stockalert.folded
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	today date := (as_of AT TIME ZONE 'UTC')::date;
	done stockalert.folded := ROW (0, 0, '{}', '{}');
BEGIN
	IF EXISTS (SELECT FROM stockalert.pools AS p WHERE p.refreshed_for > today - 7) THEN
		RETURN done;
	END IF;
	-- Of items and places that are no more.
	DELETE FROM stockalert.demand_state AS d WHERE NOT EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = d.item_id)
		OR NOT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = d.location_id);
	DELETE FROM stockalert.demand_days AS d WHERE NOT EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = d.item_id)
		OR NOT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = d.location_id);
	IF stockalert.refresh_pools(today) > 0 AND first_run THEN
		done := stockalert.fold_known_pairs('true', as_of, true);
		PERFORM stockalert.refresh_pools(today);
	END IF;
	RETURN done;
END
$$;
COMMENT ON FUNCTION stockalert.refresh_pools_weekly(timestamptz, boolean) IS 'Refreshes pools that are a week old, and clears what was learned of items and places that are no more. For the owner.';

-- Days of a place are those of its clock: where that is another, all of them are.
CREATE FUNCTION stockalert.forget_moved_clocks() RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moved_ids bigint[];
BEGIN
	SELECT coalesce(array_agg(z.location_id), '{}') INTO moved_ids
		FROM stockalert.demand_zones AS z JOIN stockalert.locations AS l ON l.location_id = z.location_id WHERE l.time_zone <> z.time_zone;
	IF cardinality(moved_ids) > 0 THEN
		DELETE FROM stockalert.demand_totals AS d WHERE d.location_id = ANY (moved_ids);
		DELETE FROM stockalert.demand_state AS d WHERE d.location_id = ANY (moved_ids);
		DELETE FROM stockalert.demand_days AS d WHERE d.location_id = ANY (moved_ids);
	END IF;
	DELETE FROM stockalert.demand_zones AS z WHERE z.location_id = ANY (moved_ids)
		OR NOT EXISTS (SELECT FROM stockalert.locations AS l WHERE l.location_id = z.location_id);
	INSERT INTO stockalert.demand_zones (location_id, time_zone)
		SELECT l.location_id, l.time_zone FROM stockalert.locations AS l ON CONFLICT DO NOTHING;
	RETURN moved_ids;
END
$$;
COMMENT ON FUNCTION stockalert.forget_moved_clocks() IS
	'Empties what was learned of locations whose time zone is another than at the last run, and returns them. For the owner.';

-- Whoever writes now may commit after this run, with lines that say when its
-- transaction began.  Of a prepared transaction that is not known, nor of one that
-- ended since the snapshot of a transaction with one for all: the mark stays.
CREATE FUNCTION stockalert.recorded_mark(before timestamptz, newest timestamptz, oldest_open timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN current_setting('transaction_isolation') <> 'read committed'
			OR EXISTS (SELECT FROM pg_prepared_xacts AS x WHERE x.database = current_database()) THEN coalesce(before, '-infinity')
		-- Not after now, whatever a writer put down; and now where nothing is recorded yet: what comes is new (both skip NULL).
		ELSE least(greatest(before, newest), now(), oldest_open) END;
$$;
COMMENT ON FUNCTION stockalert.recorded_mark(timestamptz, timestamptz, timestamptz) IS
	'Until when (recorded_at) rows are read for certain: before is what held so far, newest that of the rows read, oldest_open when the oldest transaction began. For the owner.';

CREATE FUNCTION stockalert.refresh_demand(as_of timestamptz DEFAULT NULL, rebuild boolean DEFAULT false,
	OUT days_folded bigint, OUT pairs_changed bigint, OUT thresholds_moved bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moment timestamptz := coalesce(refresh_demand.as_of, stockalert.as_of());
	last stockalert.demand_folded;
	terms text := stockalert.terms_fingerprint();
	done stockalert.folded;
	sold record;
	which text;
	moved_ids bigint[];
	blocks bigint;
	seventh bigint;
	oldest_open timestamptz := stockalert.oldest_transaction();
BEGIN
	IF moment < timestamptz '1970-01-02 00:00+00' OR moment >= timestamptz '2200-01-01 00:00+00' THEN
		RAISE EXCEPTION 'as_of is out of range'
			USING ERRCODE = 'datetime_field_overflow', DETAIL = format('It is %s; histories lie between 1970 and 2199.', moment),
				  HINT = 'Leave as_of away for now, or name a time from 1970-01-02 to 2199-12-31 (UTC).';
	END IF;
	IF NOT pg_try_advisory_xact_lock('stockalert.demand_folded'::regclass::oid::bigint) THEN
		RAISE NOTICE 'demand is being refreshed by another session' USING HINT = 'This run leaves it alone.';
		days_folded := 0;
		pairs_changed := 0;
		thresholds_moved := 0;
		RETURN;
	END IF;
	IF rebuild THEN
		PERFORM stockalert.forget_demand();
	END IF;
	SELECT d.* INTO last FROM stockalert.demand_folded AS d;
	IF moment < last.folded_for THEN
		RAISE EXCEPTION 'demand is folded as of a later time'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('As of %s; this run is as of %s.', last.folded_for, moment),
				  HINT = format('SELECT * FROM stockalert.refresh_demand(%L, rebuild => true);', moment);
	END IF;
	PERFORM stockalert.plan_for_many(true);
	moved_ids := stockalert.forget_moved_clocks();
	SELECT s.done, s.newest INTO sold FROM stockalert.fold_new_sales(moment, last, moved_ids) AS s;
	done := sold.done;
	done := stockalert.add_folded(done, stockalert.fold_absences(moment, last, moved_ids));
	done := stockalert.add_folded(done, stockalert.refresh_pools_weekly(moment, last.folded_for IS NULL));
	-- Of pairs that sell nothing the velocity sinks: those in a seventh of the pages a
	-- night, and all where other lead times or service levels are in force.
	blocks := pg_relation_size('stockalert.demand_state') / current_setting('block_size')::bigint;
	seventh := (moment::date - date '1969-12-01') % 7;
	which := CASE WHEN terms IS DISTINCT FROM last.terms AND last.terms IS NOT NULL THEN 'true'
		ELSE format('d.ctid >= %L AND d.ctid < %L AND d.computed_for < %L', format('(%s,0)', blocks * seventh / 7),
			format('(%s,0)', blocks * (seventh + 1) / 7), moment::date - 6) END;
	done := stockalert.add_folded(done, stockalert.fold_known_pairs(which, moment, false));
	PERFORM stockalert.plan_for_many(false);
	INSERT INTO stockalert.demand_folded AS d (folded_for, terms, sales_until, changes_until)
		SELECT moment, terms,
			stockalert.recorded_mark(last.sales_until, sold.newest, oldest_open),
			stockalert.recorded_mark(last.changes_until, (SELECT max(c.recorded_at) FROM stockalert.stock_changes AS c
				WHERE c.recorded_at > coalesce(last.changes_until, '-infinity')), oldest_open)
		ON CONFLICT ON CONSTRAINT demand_folded_pkey DO UPDATE SET folded_for = excluded.folded_for, terms = excluded.terms,
			sales_until = excluded.sales_until, changes_until = excluded.changes_until;
	days_folded := (done).days;
	pairs_changed := (done).pairs_changed;
	thresholds_moved := coalesce(cardinality((done).location_ids), 0);
	PERFORM stockalert.rejudge_computed((done).location_ids, (done).item_ids);
END
$$;
COMMENT ON FUNCTION stockalert.refresh_demand(timestamptz, boolean) IS
	'Learns from sales and absences of stock since the last run, of local days that are over by as_of (NULL: now), and judges the pairs whose computed thresholds moved. Returns local days read, pairs changed, pairs whose velocity or thresholds moved; run again at once it writes nothing. rebuild => true starts from nothing, for lines that were deleted or a time before the last run. Runs nightly by schedule_jobs(). Errors: 55000 as_of is before the last run; 22008 as_of is before 1970-01-02 or after 2199.';

CREATE FUNCTION stockalert.health_of_demand() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- Nightly: two days without a run, and velocities and reorder points are those of another time.
	SELECT 'demand', CASE WHEN f.folded_for > now() - interval '2 days' THEN 'ok' ELSE 'warn' END,
		CASE WHEN f.folded_for IS NULL THEN 'sales are there, nothing was learned from them' ELSE format('learned from sales until %s', f.folded_for) END,
		CASE WHEN f.folded_for > now() - interval '2 days' THEN NULL ELSE 'SELECT * FROM stockalert.refresh_demand(); -- nightly: SELECT * FROM stockalert.schedule_jobs();' END
	FROM (VALUES (true)) AS one LEFT JOIN stockalert.demand_folded AS f ON true
	WHERE EXISTS (SELECT FROM stockalert.sales);
$$;
COMMENT ON FUNCTION stockalert.health_of_demand() IS 'Part of health(): when demand was last learned; no row where nothing was ever sold.';

GRANT EXECUTE ON FUNCTION stockalert.refresh_demand(timestamptz, boolean) TO stockalert_manager;
-- The check: everything whose stock is outside its quiet range, whoever moved
-- it and whatever trigger did not see it.

CREATE TABLE stockalert.settings_in_force (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	fingerprint text NOT NULL,
	applied_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.settings_in_force IS
	'Threshold settings that the stored quiet ranges were made with; the check judges everything anew when they changed.';

CREATE FUNCTION stockalert.settings_fingerprint() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat_ws('|', current_setting('stockalert.low_stock_percent'), current_setting('stockalert.critical_stock_percent'),
		current_setting('stockalert.threshold_fires'), current_setting('stockalert.recovery_percent'), current_setting('stockalert.kinds', true));
$$;
COMMENT ON FUNCTION stockalert.settings_fingerprint() IS 'The settings that thresholds depend on, as one text.';

CREATE FUNCTION stockalert.check_stock(location text DEFAULT NULL, remind boolean DEFAULT false, recompute boolean DEFAULT false,
	OUT items_checked bigint, OUT alerts_opened bigint, OUT alerts_worsened bigint, OUT alerts_resolved bigint, OUT events_queued bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint;
	location_ids bigint[];
	item_ids bigint[];
	places tid[];
	all_anew boolean := recompute;
	new_settings boolean := false;
	settling record;
	by_demand boolean;
	-- All older transactions are over, and what they wrote is seen below.
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	scanned record;
	found record;
	orphan stockalert.alerts;
	reopened bigint;
	before record;
	healed record;
BEGIN
	SELECT * INTO before FROM stockalert.applied_so_far();
	PERFORM stockalert.settings_fingerprint() FROM stockalert.as_of(); -- the library is loaded, its settings are known
	IF location IS NOT NULL OR NOT stockalert.sees_all_locations() THEN
		the_location := stockalert.find_location(location);
	ELSE
		-- Apps' tables, whose triggers may have rested.
		IF EXISTS (SELECT FROM stockalert.watched_tables) THEN
			PERFORM stockalert.check_watched();
		END IF;
		new_settings := NOT EXISTS (SELECT 1 FROM stockalert.settings_in_force AS f WHERE f.fingerprint = stockalert.settings_fingerprint());
		all_anew := all_anew OR new_settings;
		SELECT t.* INTO settling FROM stockalert.settle() AS t;
	END IF;
	IF the_location IS NULL THEN
		SELECT x.* INTO scanned FROM stockalert.stirred_pairs(settling.since, settling.writers) AS x;
		items_checked := scanned.checked;
		location_ids := scanned.location_ids;
		item_ids := scanned.item_ids;
		places := scanned.places;
	ELSE
		SELECT count(*), array_agg(x.location_id) FILTER (WHERE x.stirred), array_agg(x.item_id) FILTER (WHERE x.stirred), array_agg(x.ctid) FILTER (WHERE x.stirred)
			INTO items_checked, location_ids, item_ids, places
			FROM (SELECT s.location_id, s.item_id, s.ctid,
					s.class IS NULL OR NOT stockalert.is_quiet(s.on_hand, s.reserved, s.quiet_below, s.quiet_above) AS stirred
				FROM stockalert.stock_levels AS s WHERE s.location_id = the_location) AS x;
		SELECT array_agg(s.location_id) FILTER (WHERE s.on_hand < s.reserved) AS negative_location_ids, array_agg(s.item_id) FILTER (WHERE s.on_hand < s.reserved) AS negative_item_ids,
				array_agg(s.location_id) FILTER (WHERE x.unmatched) AS unmatched_location_ids, array_agg(s.item_id) FILTER (WHERE x.unmatched) AS unmatched_item_ids INTO scanned
			FROM stockalert.stock_levels AS s CROSS JOIN LATERAL (SELECT s.class IN ('low', 'critical', 'out') <> EXISTS (SELECT FROM stockalert.alerts AS a
					WHERE a.location_id = s.location_id AND a.item_id = s.item_id AND a.kind = 'stock' AND a.resolved_at IS NULL) AS unmatched) AS x
			WHERE s.location_id = the_location AND (s.on_hand < s.reserved OR s.class IN ('low', 'critical', 'out')
				OR s.item_id IN (SELECT a.item_id FROM stockalert.alerts AS a WHERE a.location_id = the_location AND a.kind = 'stock' AND a.resolved_at IS NULL));
	END IF;
	-- Where an alert belongs and none is open or the other way round, as where a level came by
	-- replication: judged without a lock, since most was resolved by hand or rests in the recovery band.
	IF cardinality(scanned.unmatched_item_ids) > 0 THEN
		SELECT location_ids || array_agg(j.location_id), item_ids || array_agg(j.item_id) INTO location_ids, item_ids
			FROM stockalert.judge_pairs(scanned.unmatched_location_ids, scanned.unmatched_item_ids, true) AS j;
	END IF;
	IF all_anew THEN
		-- Judged without a lock; only what would change is locked and judged again.
		SELECT array_agg(j.location_id), array_agg(j.item_id), array_agg(j.place) INTO location_ids, item_ids, places
			FROM stockalert.judge_pairs(CASE WHEN the_location IS NOT NULL THEN ARRAY[the_location] END, NULL, true) AS j;
	END IF;
	SELECT array_agg(p.location_id) AS location_ids, array_agg(p.item_id) AS item_ids INTO found FROM (
		SELECT a.location_id, a.item_id FROM stockalert.alerts AS a WHERE a.held_until <= stockalert.as_of()
		UNION ALL
		SELECT p.location_id, p.item_id FROM stockalert.unsettled AS u, ROWS FROM (unnest(u.location_ids), unnest(u.item_ids)) AS p (location_id, item_id)) AS p
		WHERE the_location IS NULL OR p.location_id = the_location;
	-- A row that somebody is writing is left to them and to the next check, so
	-- that the check never waits for a writer and never is in a deadlock with one.
	SELECT p.* INTO found FROM stockalert.lock_pairs(coalesce(location_ids || found.location_ids, '{}'), coalesce(item_ids || found.item_ids, '{}'),
		coalesce(places, '{}')) AS p;
	location_ids := found.locked_location_ids;
	item_ids := found.locked_item_ids;
	places := found.locked_places;
	-- New settings are in force, and old changes settled, when no row was left out.
	IF cardinality(found.left_location_ids) = 0 AND the_location IS NULL THEN
		DELETE FROM stockalert.unsettled AS u
			WHERE u.unsettled_id IN (SELECT x.unsettled_id FROM stockalert.unsettled AS x WHERE x.settled_from <= horizon FOR UPDATE SKIP LOCKED);
		IF new_settings THEN
			INSERT INTO stockalert.settings_in_force AS f (fingerprint, applied_at)
				VALUES (stockalert.settings_fingerprint(), stockalert.as_of())
				ON CONFLICT ON CONSTRAINT settings_in_force_pkey DO UPDATE SET fingerprint = excluded.fingerprint, applied_at = excluded.applied_at;
		END IF;
	END IF;
	SELECT a.opened - before.opened AS opened, a.reopened - before.reopened AS reopened, a.worsened - before.worsened AS worsened,
		a.resolved - before.resolved AS resolved, a.queued - before.queued AS queued INTO healed FROM stockalert.applied_so_far() AS a;
	SELECT r.opened, r.reopened, r.worsened, r.resolved, r.queued
		INTO alerts_opened, reopened, alerts_worsened, alerts_resolved, events_queued
		FROM stockalert.apply_decisions(location_ids, item_ids, places) AS r;
	-- And by the triggers, where watched tables were healed.
	alerts_opened := alerts_opened + reopened + healed.opened + healed.reopened;
	alerts_worsened := alerts_worsened + healed.worsened;
	alerts_resolved := alerts_resolved + healed.resolved;
	events_queued := events_queued + healed.queued;
	-- A hold that has run out is over, whether or not an alert opened again.
	IF EXISTS (SELECT FROM stockalert.alerts AS a WHERE a.held_until <= stockalert.as_of()) THEN
		UPDATE stockalert.alerts AS a SET held_until = NULL
			FROM unnest(location_ids, item_ids) AS k (location_id, item_id)
			WHERE a.held_until <= stockalert.as_of() AND a.location_id = k.location_id AND a.item_id = k.item_id;
	END IF;
	by_demand := recompute OR stockalert.kinds_are_due(the_location, items_checked);
	-- Pairs that went where no trigger saw it (TRUNCATE, triggers switched off); one look-up
	-- each, whatever the statistics say, and so not at each check of many.
	IF by_demand THEN
		FOR orphan IN SELECT a.* FROM stockalert.alerts AS a
			WHERE (a.resolved_at IS NULL OR a.held_until <= stockalert.as_of()) AND (the_location IS NULL OR a.location_id = the_location)
				AND (SELECT true FROM stockalert.stock_levels AS s WHERE s.location_id = a.location_id AND s.item_id = a.item_id) IS NULL
			ORDER BY a.location_id, a.item_id, a.alert_id LOOP
			IF orphan.resolved_at IS NULL THEN
				PERFORM stockalert.end_alert(orphan, 'stock', 'not carried any more', NULL);
				alerts_resolved := alerts_resolved + 1;
			ELSE
				UPDATE stockalert.alerts AS a SET held_until = NULL WHERE a.location_id = orphan.location_id AND a.alert_id = orphan.alert_id;
			END IF;
		END LOOP;
	END IF;
	IF by_demand OR cardinality(scanned.negative_location_ids) > 0 OR EXISTS (SELECT FROM stockalert.negative_since) THEN
		SELECT alerts_opened + j.opened, alerts_worsened + j.worsened, alerts_resolved + j.resolved, events_queued + j.queued
			INTO alerts_opened, alerts_worsened, alerts_resolved, events_queued
			FROM stockalert.judge_kinds(the_location, scanned.negative_location_ids, scanned.negative_item_ids, by_demand) AS j;
	END IF;
	events_queued := events_queued + stockalert.escalate_overdue(the_location);
	IF stockalert.finish_scheduled_checks(the_location) OR remind THEN
		events_queued := events_queued + stockalert.send_reminders(location);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_stock(text, boolean, boolean) IS
	'Judges every item whose stock is outside its quiet range, at a location or everywhere (NULL), and returns how many were looked at and what followed. remind => true also sends due reminders. recompute => true judges all pairs anew. Runs every 15 minutes by schedule_jobs(). Error 42704 unknown location.';

CREATE FUNCTION stockalert.send_reminders(location text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL OR NOT stockalert.sees_all_locations() THEN stockalert.find_location(location) END;
	queued bigint;
BEGIN
	-- Two at a time would not see what the other queues.
	IF NOT pg_try_advisory_xact_lock('stockalert.job_runs'::regclass::oid::integer, hashtext('send_reminders')) THEN
		RAISE NOTICE 'reminders are being sent by another session' USING HINT = 'This run leaves it alone.';
		RETURN 0;
	END IF;
	WITH due AS (
		SELECT a.alert_id, a.location_id, a.item_id, a.severity, s.on_hand - s.reserved AS quantity
		FROM stockalert.alerts AS a
		JOIN stockalert.stock_levels AS s ON s.location_id = a.location_id AND s.item_id = a.item_id
		WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND (the_location IS NULL OR a.location_id = the_location)
			AND (a.kind <> 'stock' OR s.class IN ('low', 'critical', 'out'))
			AND (a.snoozed_until IS NULL OR a.snoozed_until <= stockalert.as_of() OR a.severity = 'out')
			-- Due 23 hours after anybody was last told, so that a daily job never slips; an
			-- escalation in the afternoon puts off nobody's morning.
			AND (SELECT max(n.accepted_at) FROM stockalert.notices AS n JOIN stockalert.subscribers AS b ON b.subscriber_id = n.subscriber_id AND NOT b.escalation
				WHERE n.alert_id = a.alert_id) <= stockalert.as_of() - interval '23 hours'
			AND NOT EXISTS (SELECT 1 FROM stockalert.queue AS q WHERE q.alert_id = a.alert_id AND q.stage = 'event' AND q.event = 'reminder')
		ORDER BY a.location_id, a.item_id), written AS (
		INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, quantity, occurred_at)
		SELECT 1, 'reminder', d.alert_id, d.location_id, d.item_id, d.severity, d.quantity, stockalert.as_of() FROM due AS d
		RETURNING 1)
	SELECT count(*) INTO queued FROM written;
	PERFORM stockalert.wake_sender();
	RETURN queued;
END
$$;
COMMENT ON FUNCTION stockalert.send_reminders(text) IS
	'Queues a reminder for each open, unacknowledged alert that nobody was told of for 23 hours, and returns how many. Snoozed ones are left out unless out of stock.';

CREATE FUNCTION stockalert.summary_is_due(subscriber stockalert.subscribers, hour time) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	-- By the local clock, whatever it jumps over: once a day, at the hour or after it. Who was
	-- added after the hour waits for the next. A clock, or a time zone, that was set back by
	-- hours brings no second one; one that was days ahead is not waited for.
	SELECT t.local::time >= hour AND (subscriber.summary_sent_for IS NULL OR t.local::date > subscriber.summary_sent_for
			OR t.local::date < subscriber.summary_sent_for - 1)
		AND NOT (t.added::date = t.local::date AND t.added::time > hour)
	FROM (SELECT stockalert.as_of() AT TIME ZONE subscriber.time_zone AS local, subscriber.created_at AT TIME ZONE subscriber.time_zone AS added) AS t;
$$;
COMMENT ON FUNCTION stockalert.summary_is_due(stockalert.subscribers, time) IS 'Tells whether somebody''s summary of the local day is to be sent at last, at a local hour or after; false or NULL where the hour is NULL. For the owner.';

CREATE FUNCTION stockalert.send_summaries(everybody boolean DEFAULT false) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_hour time;
	queued bigint;
BEGIN
	PERFORM stockalert.as_of(); -- the library is loaded, its settings are known
	the_hour := nullif(current_setting('stockalert.summary_time'), '');
	WITH due AS (
		SELECT b.subscriber_id, (stockalert.as_of() AT TIME ZONE b.time_zone)::date AS today
		FROM stockalert.subscribers AS b
		WHERE b.enabled AND stockalert.sees_locations(b.location_ids)
			AND (everybody OR stockalert.summary_is_due(b, coalesce(b.summary_at, CASE WHEN NOT b.escalation THEN the_hour END)))
		ORDER BY b.subscriber_id FOR NO KEY UPDATE OF b), marked AS (
		UPDATE stockalert.subscribers AS b SET summary_sent_for = d.today FROM due AS d WHERE b.subscriber_id = d.subscriber_id), written AS (
		INSERT INTO stockalert.queue (lane, event, subscriber_id, occurred_at)
		SELECT 2, 'summary', d.subscriber_id, stockalert.as_of() FROM due AS d
		RETURNING 1)
	SELECT count(*) INTO queued FROM written;
	PERFORM stockalert.wake_sender();
	RETURN queued;
END
$$;
COMMENT ON FUNCTION stockalert.send_summaries(boolean) IS
	'Queues the daily summary of each subscriber whose local hour (summary_at, else stockalert.summary_time) has come today and returns how many; everybody => true sends one to all now.';

CREATE FUNCTION stockalert.daily_upkeep(OUT partitions_made integer, OUT alerts_resolved bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a stockalert.alerts;
BEGIN
	PERFORM stockalert.require_all_locations('daily_upkeep()');
	partitions_made := stockalert.make_partitions();
	-- Whatever moved a threshold unseen: a row inserted while a rule was made, a
	-- par level written with triggers off.
	PERFORM stockalert.check_stock(recompute => true);
	alerts_resolved := 0;
	-- Healthy but inside the recovery band since: not worth another day.
	FOR a IN SELECT x.* FROM stockalert.alerts AS x
		JOIN stockalert.stock_levels AS s ON s.location_id = x.location_id AND s.item_id = x.item_id
		WHERE x.kind = 'stock' AND x.resolved_at IS NULL AND s.class IN ('ok', 'over')
		ORDER BY x.location_id, x.item_id LOOP
		PERFORM stockalert.end_alert(a, 'stock', 'healthy, inside the recovery band', NULL);
		alerts_resolved := alerts_resolved + 1;
	END LOOP;
	PERFORM stockalert.note_rule_problems();
	PERFORM stockalert.follow_renamed_roles();
END
$$;
COMMENT ON FUNCTION stockalert.daily_upkeep() IS
	'Makes partitions ahead, judges all pairs anew and resolves alerts whose stock is healthy though not far above the threshold. Run daily by schedule_jobs().';

GRANT EXECUTE ON FUNCTION stockalert.check_stock(text, boolean, boolean), stockalert.send_reminders(text), stockalert.send_summaries(boolean),
	stockalert.daily_upkeep() TO stockalert_manager;
-- What periodic jobs are there, when each was due and ran, and running one that
-- is due.  A job works from what is stored here and in the tables, never from
-- the minute it is called in: called too often it does nothing, called late it
-- catches up once.

CREATE TABLE stockalert.job_runs (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job text NOT NULL,
	due_at timestamptz NOT NULL,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	ended_at timestamptz,
	result text NOT NULL,
	detail text,
	sqlstate text,
	run_by text NOT NULL DEFAULT SESSION_USER,
	run_in text NOT NULL DEFAULT stockalert.this_database(),
	CONSTRAINT "result is ok, failed, scheduled or unscheduled" CHECK (result IN ('ok', 'failed', 'scheduled', 'unscheduled'))
);
COMMENT ON TABLE stockalert.job_runs IS 'Runs of the periodic jobs, and when they were scheduled; the newest of each job says from where it goes on. Emptied of what is older than stockalert.keep_runs by the purge.';
COMMENT ON COLUMN stockalert.job_runs.due_at IS 'The time for which it ran, by stockalert.as_of(): each is done once.';
COMMENT ON COLUMN stockalert.job_runs.started_at IS 'By the clock, as ended_at; of scheduled and unscheduled that is by stockalert.as_of().';
COMMENT ON COLUMN stockalert.job_runs.result IS 'ok; failed: detail has the error, sqlstate its code; scheduled, unscheduled: the schedule was set (detail) or taken away, due_at is where it goes on from.';
COMMENT ON COLUMN stockalert.job_runs.run_in IS 'The database, by this_database(): in a restored one pg_cron knows nothing of jobs that were scheduled elsewhere.';
CREATE INDEX job_runs_job_idx ON stockalert.job_runs (job, run_id);
GRANT SELECT ON stockalert.job_runs TO stockalert_admin;
CREATE INDEX job_runs_schedule_idx ON stockalert.job_runs (job, run_id) WHERE result IN ('scheduled', 'unscheduled');

CREATE FUNCTION stockalert.job_periods(OUT job text, OUT every interval, OUT daily_at time, OUT what text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	often interval;
BEGIN
	PERFORM stockalert.as_of(); -- the library is loaded, its settings are known
	often := current_setting('stockalert.check_interval')::interval;
	RETURN QUERY VALUES
		('check', often, NULL::time, 'judges stock that no trigger saw'),
		('sync', often, NULL, 'has points of sale asked for what is new'),
		('summarise', interval '15 minutes', NULL, 'sends summaries to whom it is the hour'),
		('remind', NULL, current_setting('stockalert.reminder_time')::time, 'sends reminders of open alerts'),
		('upkeep', NULL, '01:10', 'makes partitions ahead, judges all pairs anew'),
		('learn', NULL, '01:40', 'learns demand from sales'),
		('purge', NULL, '02:40', 'deletes what is old'),
		('catch_up', interval '15 minutes', NULL, 'runs daily jobs that were missed');
END
$$;
COMMENT ON FUNCTION stockalert.job_periods() IS 'The periodic jobs: name, how often or when in the day (UTC), what it does. Follows the settings.';

CREATE FUNCTION stockalert.job_due_at(every interval, daily_at time, moment timestamptz) RETURNS timestamptz
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN every IS NOT NULL THEN date_bin(every, moment, timestamptz '2000-01-01 00:00+00')
		ELSE (((moment AT TIME ZONE 'UTC') - daily_at)::date + daily_at) AT TIME ZONE 'UTC' END;
END
$$;
COMMENT ON FUNCTION stockalert.job_due_at(interval, time, timestamptz) IS 'The latest time, not after a moment, at which a job is due: every so often, else once a day at a time (UTC).';

CREATE FUNCTION stockalert.job_is_due(job text, due timestamptz, period interval) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	-- A clock that was set back a little is waited for, at most one period; one that
	-- was far ahead and was put right is not. What failed is tried three times.
	SELECT (done.due_at IS NULL OR due > done.due_at OR due < done.due_at - period)
		AND (SELECT count(*) FROM stockalert.job_runs AS r WHERE r.job = job_is_due.job AND r.due_at = due AND r.result = 'failed') < 3
	FROM (SELECT (SELECT r.due_at FROM stockalert.job_runs AS r WHERE r.job = job_is_due.job AND r.result IN ('ok', 'scheduled')
		ORDER BY r.run_id DESC LIMIT 1) AS due_at) AS done;
$$;
COMMENT ON FUNCTION stockalert.job_is_due(text, timestamptz, interval) IS 'Tells whether a job is still to be done for a time that has come. For the owner.';

CREATE FUNCTION stockalert.limit_statement(seconds integer) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'stockalert_limit_statement';
COMMENT ON FUNCTION stockalert.limit_statement(integer) IS
	'Ends the running statement after so many seconds from now as statement_timeout does, also in a background worker of pg_cron; a shorter statement_timeout stays. 0: no limit. For the owner.';

CREATE FUNCTION stockalert.do_job(job text) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
	did text;
BEGIN
	CASE job
		WHEN 'check' THEN
			SELECT c.* INTO r FROM stockalert.check_stock() AS c;
			did := format('%s checked, %s opened, %s worsened, %s resolved', stockalert.counted(r.items_checked, 'item'), stockalert.counted(r.alerts_opened, 'alert'), r.alerts_worsened, r.alerts_resolved);
		WHEN 'sync' THEN
			did := stockalert.counted(stockalert.request_syncs(), 'connection') || ' asked';
		WHEN 'summarise' THEN
			did := stockalert.counted(stockalert.send_summaries(), 'summary', 'summaries');
		WHEN 'remind' THEN
			did := stockalert.counted(stockalert.send_reminders(), 'reminder');
		WHEN 'upkeep' THEN
			SELECT u.* INTO r FROM stockalert.daily_upkeep() AS u;
			did := format('%s made, %s resolved', stockalert.counted(r.partitions_made, 'partition'), stockalert.counted(r.alerts_resolved, 'alert'));
		WHEN 'learn' THEN
			SELECT d.* INTO r FROM stockalert.refresh_demand() AS d;
			did := format('%s read, %s changed, %s moved', stockalert.counted(r.days_folded, 'day'), stockalert.counted(r.pairs_changed, 'pair'), stockalert.counted(r.thresholds_moved, 'threshold'));
		WHEN 'purge' THEN
			SELECT string_agg(format('%s %s', p.deleted, p.what), ', ') INTO did FROM stockalert.purge() AS p;
		WHEN 'catch_up' THEN
			SELECT coalesce(string_agg(format('%s: %s', p.job, stockalert.run_job(p.job)), '; '), 'nothing was missed') INTO did
				FROM stockalert.job_periods() AS p, stockalert.job_due_at(NULL, p.daily_at, stockalert.as_of()) AS due
				-- The scheduled run itself may only just be beginning.
				WHERE p.daily_at IS NOT NULL AND due <= stockalert.as_of() - interval '5 minutes' AND stockalert.job_is_due(p.job, due, interval '1 day');
	END CASE;
	RETURN did;
END
$$;
COMMENT ON FUNCTION stockalert.do_job(text) IS 'Does what a job is for and says what it did. For the owner: run_job() calls it.';

CREATE FUNCTION stockalert.run_job(job text) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	period record;
	due timestamptz;
	started timestamptz := clock_timestamp();
	did text;
	code text;
	why text;
	remedy text;
BEGIN
	PERFORM stockalert.require_all_locations('run_job()');
	SELECT p.* INTO period FROM stockalert.job_periods() AS p WHERE p.job = run_job.job;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'job "%" is not known', coalesce(left(job, 60), 'NULL')
			USING ERRCODE = 'undefined_object', DETAIL = format('Jobs are %s.', (SELECT string_agg(p.job, ', ' ORDER BY p.job) FROM stockalert.job_periods() AS p)),
				  HINT = 'SELECT * FROM stockalert.jobs_status;';
	END IF;
	IF NOT pg_try_advisory_xact_lock('stockalert.job_runs'::regclass::oid::integer, hashtext(job)) THEN
		RAISE NOTICE 'job "%" is being run by another session', job USING HINT = 'This run leaves it alone.';
		RETURN 'runs elsewhere';
	END IF;
	due := stockalert.job_due_at(period.every, period.daily_at, stockalert.as_of());
	IF NOT stockalert.job_is_due(job, due, coalesce(period.every, interval '1 day')) THEN
		RAISE NOTICE 'job "%" was done for %', job, due USING HINT = 'By hand, whenever: check_stock(), send_reminders(), send_summaries(), refresh_demand(), daily_upkeep(), purge().';
		RETURN 'not due';
	END IF;
	PERFORM stockalert.limit_statement(extract(epoch FROM current_setting('stockalert.job_timeout')::interval)::integer);
	BEGIN
		did := stockalert.do_job(job);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, why = MESSAGE_TEXT, remedy = PG_EXCEPTION_HINT;
		remedy := CASE WHEN code = '57014' THEN 'It is ended after stockalert.job_timeout.' ELSE coalesce(nullif(remedy, ''), 'Mend the cause; it is tried again.') END;
	END;
	INSERT INTO stockalert.job_runs (job, due_at, started_at, ended_at, result, detail, sqlstate)
		VALUES (job, due, started, clock_timestamp(), CASE WHEN code IS NULL THEN 'ok' ELSE 'failed' END, left(coalesce(did, format('%s (%s)', why, remedy)), 1000), code);
	IF code IS NOT NULL THEN
		RAISE WARNING 'job "%" failed: %', job, why USING ERRCODE = code, DETAIL = 'What it did was undone; it is in stockalert.jobs_status.', HINT = remedy;
		RETURN 'failed: ' || why;
	END IF;
	RETURN did;
END
$$;
COMMENT ON FUNCTION stockalert.run_job(text) IS
	'Runs a periodic job (check, sync, summarise, remind, upkeep, learn, purge, catch_up) where it is due and nobody else runs it, notes it in job_runs and says what it did, "not due" or "runs elsewhere". A job that fails is undone, noted and warned of with its SQLSTATE, and tried three times. What pg_cron calls. Errors: 42704 unknown job, 42501 the caller sees some locations only.';

GRANT EXECUTE ON FUNCTION stockalert.run_job(text), stockalert.job_periods(), stockalert.job_due_at(interval, time, timestamptz) TO stockalert_manager;
-- A check at a time: the first regular check after it does it, and notes so.

CREATE TABLE stockalert.scheduled_checks (
	scheduled_check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	due_at timestamptz NOT NULL,
	location_id bigint REFERENCES stockalert.locations ON DELETE CASCADE,
	remind boolean NOT NULL DEFAULT false,
	requested_by text NOT NULL DEFAULT SESSION_USER,
	requested_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	done_at timestamptz
);
COMMENT ON TABLE stockalert.scheduled_checks IS 'Checks asked for by check_stock_in(). Done by the first check of all locations, or of theirs, after due_at.';
COMMENT ON COLUMN stockalert.scheduled_checks.location_id IS 'NULL: all locations.';
COMMENT ON COLUMN stockalert.scheduled_checks.remind IS 'Reminders that are due are sent too.';
COMMENT ON COLUMN stockalert.scheduled_checks.done_at IS 'When it was done; NULL: not yet.';
CREATE INDEX scheduled_checks_due_idx ON stockalert.scheduled_checks (due_at) WHERE done_at IS NULL;

CREATE FUNCTION stockalert.check_stock_in(delay interval, location text DEFAULT NULL, remind boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_location bigint := CASE WHEN location IS NOT NULL OR NOT stockalert.sees_all_locations() THEN stockalert.find_location(location) END;
	due timestamptz;
BEGIN
	IF delay IS NULL OR delay < interval '0' OR delay > interval '1 year' THEN
		RAISE EXCEPTION 'a check cannot be made in %', coalesce(delay::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is made once, at a time to come.', HINT = 'Pass such as interval ''2 hours'', at most a year.';
	END IF;
	INSERT INTO stockalert.scheduled_checks AS c (due_at, location_id, remind)
		VALUES (stockalert.as_of() + delay, the_location, coalesce(check_stock_in.remind, false)) RETURNING c.due_at INTO due;
	done := format('stock%s is checked at %s, within the quarter of an hour', CASE WHEN location IS NOT NULL THEN ' at ' || location ELSE '' END, due);
	next := 'SELECT * FROM stockalert.jobs_status; -- the regular check does it, or SELECT * FROM stockalert.check_stock(); by hand';
END
$$;
COMMENT ON FUNCTION stockalert.check_stock_in(interval, text, boolean) IS
	'Has stock checked once after a time, at a location or everywhere (NULL): by the regular check that follows it, or by any check_stock() after it. remind => true also sends the reminders due then. Errors: 22023 no time to come, 42704 unknown location.';

CREATE FUNCTION stockalert.finish_scheduled_checks(checked_location bigint) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reminds boolean;
BEGIN
	WITH finished AS (
		UPDATE stockalert.scheduled_checks AS c SET done_at = stockalert.as_of()
		-- A check waits for nobody: another one is noting it.
		WHERE c.scheduled_check_id IN (SELECT d.scheduled_check_id FROM stockalert.scheduled_checks AS d
			WHERE d.done_at IS NULL AND d.due_at <= stockalert.as_of() AND (checked_location IS NULL OR d.location_id = checked_location)
			FOR NO KEY UPDATE SKIP LOCKED)
		RETURNING c.remind)
	SELECT bool_or(f.remind) INTO reminds FROM finished AS f;
	RETURN coalesce(reminds, false);
END
$$;
COMMENT ON FUNCTION stockalert.finish_scheduled_checks(bigint) IS
	'Notes that a check of this location, or of all (NULL), did those that were due; tells whether one of them wants reminders. For the owner: check_stock() calls it.';
GRANT EXECUTE ON FUNCTION stockalert.check_stock_in(interval, text, boolean) TO stockalert_manager;
-- pg_cron runs the periodic work.  Optional: nothing is scheduled by the
-- install script (a dump with jobs would not restore), and every job works
-- from what is stored, so that one run catches up after downtime.

-- pg_cron 1.4 counts in GMT; later ones have a setting for it.
CREATE FUNCTION stockalert.cron_setting(name text, otherwise text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(current_setting('cron.' || name, true), otherwise);
EXCEPTION WHEN insufficient_privilege THEN
	-- Only pg_read_all_settings may see it.
	RETURN otherwise;
END
$$;
COMMENT ON FUNCTION stockalert.cron_setting(text, text) IS 'A setting of pg_cron, or another text where it has none or the caller may not see it.';

CREATE FUNCTION stockalert.cron_schedule(every interval, daily_at time) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- A period that the hour is no multiple of is ticked by the minutes both have in common; run_job() knows which tick counts.
	tick integer := gcd(extract(epoch FROM every)::integer / 60, 60);
	daily timestamp := ((stockalert.as_of() AT TIME ZONE 'UTC')::date + daily_at) AT TIME ZONE 'UTC' AT TIME ZONE stockalert.cron_setting('timezone', 'GMT');
BEGIN
	RETURN CASE WHEN every IS NOT NULL THEN CASE tick WHEN 1 THEN '*' WHEN 60 THEN '0' ELSE '*/' || tick END || ' * * * *'
		ELSE format('%s %s * * *', extract(minute FROM daily), extract(hour FROM daily)) END;
END
$$;
COMMENT ON FUNCTION stockalert.cron_schedule(interval, time) IS 'The cron schedule of every so many minutes, or of once a day at a time (UTC).';

CREATE FUNCTION stockalert.job_list() RETURNS TABLE (job text, schedule text, command text)
	LANGUAGE sql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
	-- Once the extension is gone its jobs take themselves away. What pg_cron says of runs only their role may delete.
	SELECT 'stockalert_' || p.job, stockalert.cron_schedule(p.every, p.daily_at),
		format('DO $stockalert$ BEGIN IF pg_catalog.to_regprocedure(''stockalert.run_job(text)'') IS NOT NULL THEN PERFORM stockalert.run_job(%1$L);%2$s'
			' ELSIF pg_catalog.to_regclass(''cron.job'') IS NOT NULL THEN PERFORM cron.unschedule(j.jobid) FROM cron.job AS j'
			' WHERE j.jobname = %3$L AND j.database = pg_catalog.current_database(); END IF; END $stockalert$',
			p.job, CASE p.job WHEN 'purge' THEN ' PERFORM stockalert.purge_cron_log();' ELSE '' END, 'stockalert_' || p.job)
	FROM stockalert.job_periods() AS p;
$$;
COMMENT ON FUNCTION stockalert.job_list() IS 'The periodic jobs as pg_cron knows them: name, cron schedule (GMT, or cron.timezone from pg_cron 1.5 on), command without arguments.';

CREATE FUNCTION stockalert.require_cron() RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- Where pg_cron is installed is its database: it can be created in no other.
	cron_database text := stockalert.cron_setting('database_name', CASE WHEN to_regnamespace('cron') IS NOT NULL THEN current_database() END);
BEGIN
	IF cron_database IS NULL THEN
		RAISE EXCEPTION 'pg_cron is not loaded, or not for this database'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its extension is not in this database, and its settings are not known to this role.',
				  HINT = format('As superuser: CREATE EXTENSION pg_cron; if that fails, in postgresql.conf first: shared_preload_libraries = ''pg_cron,stockalert'' and cron.database_name = %L; restart.', current_database());
	ELSIF cron_database <> current_database() THEN
		RAISE EXCEPTION 'pg_cron lives in database "%"', cron_database
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'One database per cluster holds all jobs.',
				  HINT = format(E'-- Run this in database %I as superuser:\nCREATE EXTENSION IF NOT EXISTS pg_cron;\n', cron_database)
					|| (SELECT string_agg(format('SELECT cron.schedule_in_database(%L, %L, %L, %L, %L);',
						j.job || '_' || current_database(), j.schedule, j.command, current_database(), session_user), E'\n') FROM stockalert.job_list() AS j);
	ELSIF NOT has_schema_privilege(to_regnamespace('cron'), 'USAGE') THEN
		RAISE EXCEPTION 'this role may not use pg_cron'
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Jobs run as the role that schedules them.',
				  HINT = format('As superuser: GRANT USAGE ON SCHEMA cron TO %I;', current_user);
	ELSIF to_regprocedure('cron.schedule(text, text, text)') IS NULL THEN
		RAISE EXCEPTION 'pg_cron is not installed in this database'
			USING ERRCODE = 'undefined_object', DETAIL = 'The library is loaded, its extension is missing.', HINT = 'CREATE EXTENSION pg_cron;';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_cron() IS 'Raises 55000, 42501 or 42704, saying what to do, where pg_cron cannot take jobs of this database.';

CREATE FUNCTION stockalert.note_schedule(job text, schedule text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.require_all_locations('schedule_jobs()');
	-- Where it goes on from: reminders are not sent before their next hour because the jobs were
	-- scheduled just now; what makes the tables ready is due at once.
	INSERT INTO stockalert.job_runs (job, due_at, ended_at, result, detail)
		SELECT p.job, CASE WHEN p.job IN ('remind', 'purge') THEN d.due ELSE coalesce((SELECT r.due_at FROM stockalert.job_runs AS r
				WHERE r.job = p.job AND r.result IN ('ok', 'scheduled') ORDER BY r.run_id DESC LIMIT 1), d.due - coalesce(p.every, interval '1 day')) END,
			stockalert.as_of(), CASE WHEN note_schedule.schedule IS NULL THEN 'unscheduled' ELSE 'scheduled' END, note_schedule.schedule
		FROM stockalert.job_periods() AS p, stockalert.job_due_at(p.every, p.daily_at, stockalert.as_of()) AS d (due)
		WHERE p.job = note_schedule.job;
END
$$;
COMMENT ON FUNCTION stockalert.note_schedule(text, text) IS 'Notes that a job was scheduled, or no longer is (NULL), and from when it goes on. Part of schedule_jobs() and unschedule_jobs().';

-- As the caller: a job belongs to, and runs as, whoever schedules it.
CREATE FUNCTION stockalert.schedule_jobs(OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	scheduled integer := 0;
BEGIN
	PERFORM stockalert.require_cron();
	FOR j IN SELECT * FROM stockalert.job_list() LOOP
		EXECUTE 'SELECT cron.schedule($1, $2, $3)' USING j.job, j.schedule, j.command;
		PERFORM stockalert.note_schedule(substr(j.job, 12), j.schedule);
		scheduled := scheduled + 1;
	END LOOP;
	done := format('%s jobs scheduled: check every %s, reminders at %s UTC, summaries at each subscriber''s hour, learning from sales and upkeep at night', scheduled,
		current_setting('stockalert.check_interval'), current_setting('stockalert.reminder_time'));
	next := 'SELECT * FROM stockalert.jobs_status; -- in 15 minutes, to see that they run';
END
$$;
COMMENT ON FUNCTION stockalert.schedule_jobs() IS 'Registers the periodic jobs with pg_cron as the settings say, or updates them in place. Errors: 55000, 42501, 42704 where pg_cron cannot take them; the hint says what to do.';

CREATE FUNCTION stockalert.unschedule_jobs(OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	j record;
	removed integer := 0;
	cron_database text := stockalert.cron_setting('database_name', current_database());
BEGIN
	-- Jobs that the hint of schedule_jobs() put into another database can only be taken out there.
	IF cron_database <> current_database() THEN
		RAISE EXCEPTION 'pg_cron lives in database "%"', cron_database
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'One database per cluster holds all jobs.',
				  HINT = format(E'-- Run this in database %I as superuser:\nSELECT cron.unschedule(jobid) FROM cron.job WHERE database = %L AND jobname LIKE ''stockalert\\_%%'';', cron_database, current_database());
	END IF;
	PERFORM stockalert.require_cron();
	FOR j IN EXECUTE 'SELECT c.jobid, c.jobname FROM cron.job AS c WHERE c.jobname IN (SELECT l.job FROM stockalert.job_list() AS l) ORDER BY c.jobid' LOOP
		EXECUTE 'SELECT cron.unschedule($1)' USING j.jobid;
		PERFORM stockalert.note_schedule(substr(j.jobname, 12), NULL);
		removed := removed + 1;
	END LOOP;
	done := format('%s jobs removed', removed);
	next := 'SELECT * FROM stockalert.schedule_jobs(); -- to have them again';
END
$$;
COMMENT ON FUNCTION stockalert.unschedule_jobs() IS 'Takes the periodic jobs out of pg_cron. After DROP EXTENSION they take themselves out, each when it would run. Errors as schedule_jobs().';

-- Whoever runs the purge: pg_cron shows each role its own runs only.
CREATE FUNCTION stockalert.purge_cron_log() RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	deleted bigint := 0;
BEGIN
	IF has_schema_privilege(to_regnamespace('cron'), 'USAGE') AND to_regclass('cron.job_run_details') IS NOT NULL THEN
		EXECUTE $delete$DELETE FROM cron.job_run_details AS d WHERE d.command LIKE 'DO $stockalert$%' AND d.database = current_database()
			AND d.end_time < now() - make_interval(days => $1)$delete$ USING current_setting('stockalert.keep_runs')::integer;
		GET DIAGNOSTICS deleted = ROW_COUNT;
	END IF;
	RETURN deleted;
END
$$;
COMMENT ON FUNCTION stockalert.purge_cron_log() IS 'Deletes what pg_cron noted of runs of our jobs before stockalert.keep_runs days, and returns how many rows; 0 where the caller may not use pg_cron.';

GRANT EXECUTE ON FUNCTION stockalert.schedule_jobs(), stockalert.unschedule_jobs(), stockalert.job_list(), stockalert.require_cron(),
	stockalert.cron_setting(text, text), stockalert.cron_schedule(interval, time), stockalert.note_schedule(text, text), stockalert.purge_cron_log()
	TO stockalert_admin;
-- "Is it working?" of keys and credentials.

CREATE FUNCTION stockalert.missing_credentials() RETURNS TABLE (name text, needed_by text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT n.name, n.needed_by FROM (
		-- An address of these channels is the name of a credential.
		SELECT c.address AS name, format('%s %s', count(*), CASE count(*) WHEN 1 THEN 'contact' ELSE 'contacts' END) AS needed_by
		FROM stockalert.subscriber_contacts AS c WHERE c.enabled AND c.channel IN ('slack', 'webhook') GROUP BY c.address
		UNION ALL SELECT 'smtp', 'channel email, which has a user name' FROM stockalert.channels AS h WHERE h.channel = 'email' AND h.enabled AND h.username IS NOT NULL
		UNION ALL SELECT 'twilio', 'channel ' || string_agg(h.channel, ' and ' ORDER BY h.channel) FROM stockalert.channels AS h
		WHERE h.channel IN ('sms', 'whatsapp') AND h.enabled HAVING count(*) > 0) AS n
	WHERE NOT EXISTS (SELECT FROM stockalert.credentials AS c WHERE c.name = n.name);
END
$$;
COMMENT ON FUNCTION stockalert.missing_credentials() IS 'Part of health(): credentials that are needed and not set, and by what.';

CREATE FUNCTION stockalert.health_of_key() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem text := stockalert.key_problem();
	active_key text := (SELECT k.key_id FROM stockalert.loaded_keys() AS k WHERE k.active);
	older bigint := (SELECT count(*) FROM stockalert.loaded_keys() AS k WHERE NOT k.active);
	needed boolean := EXISTS (SELECT FROM stockalert.credentials) OR EXISTS (SELECT FROM stockalert.missing_credentials());
	file_named boolean := problem NOT LIKE 'stockalert.key_file is not set%';
BEGIN
	IF problem IS NULL AND active_key IS NULL THEN
		RETURN QUERY SELECT 'key', CASE WHEN needed THEN 'error' ELSE 'ok' END, 'no worker has loaded a key', 'SELECT * FROM stockalert.worker_status();';
	ELSIF problem IS NULL THEN
		RETURN QUERY SELECT 'key', 'ok', format('active key %s%s', active_key, CASE WHEN older > 0 THEN format(', %s older', older) ELSE '' END), NULL::text;
	ELSIF NOT file_named THEN
		RETURN QUERY SELECT 'key', CASE WHEN needed THEN 'error' ELSE 'ok' END, CASE WHEN needed THEN 'no key is loaded: stockalert.key_file is not set' ELSE 'none, and none is needed' END,
			CASE WHEN needed THEN '-- On the server: stockalert-keygen FILE, then follow what it prints.' END;
	ELSE
		RETURN QUERY SELECT 'key', 'error', problem, '-- On the server: stockalert-keygen --check FILE; once it is in order: SELECT pg_reload_conf();';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_key() IS 'Part of health(): the key file of the worker.';

CREATE FUNCTION stockalert.health_of_credentials() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT * FROM stockalert.health_of_key()
	UNION ALL
	-- One line for each that is wrong, or was not tried though there was time for it.
	SELECT 'credential ' || c.name, CASE c.state WHEN 'pending' THEN 'warn' ELSE 'error' END,
		CASE c.state WHEN 'pending' THEN 'no worker has tried to open it yet' ELSE format('%s: %s', c.state, c.last_error) END,
		CASE c.state WHEN 'pending' THEN 'SELECT * FROM stockalert.worker_status();'
			WHEN 'unknown_key' THEN format('SELECT stockalert.seal_command(%L); -- to seal it again; or put the line of key %s back into the key file and reload', c.name, c.key_id)
			ELSE format('SELECT stockalert.seal_command(%L); -- to seal it again', c.name) END
	FROM stockalert.credentials AS c WHERE c.state NOT IN ('ok', 'pending') OR c.state = 'pending' AND c.set_at < now() - interval '1 minute'
	UNION ALL
	SELECT 'credential ' || m.name, 'error', 'not set, and needed by ' || m.needed_by, format('SELECT stockalert.seal_command(%L);', m.name)
	FROM stockalert.missing_credentials() AS m
	UNION ALL
	SELECT 'old keys', 'warn', format('%s sealed for %s other than the active one', CASE count(*) WHEN 1 THEN 'one credential is' ELSE format('%s credentials are', count(*)) END,
			CASE count(DISTINCT c.key_id) WHEN 1 THEN 'a key' ELSE 'keys' END), 'SELECT * FROM stockalert.rotate_credentials();'
	FROM stockalert.credentials AS c WHERE c.state = 'ok' AND NOT c.reseal AND c.key_id <> (SELECT k.key_id FROM stockalert.loaded_keys() AS k WHERE k.active)
	HAVING count(*) > 0
	UNION ALL
	SELECT 'credentials', 'ok', CASE count(*) WHEN 0 THEN 'none is stored' WHEN 1 THEN 'it opens' ELSE format('all %s open', count(*)) END, NULL
	FROM stockalert.credentials AS c
	HAVING count(*) = count(*) FILTER (WHERE c.state = 'ok') AND NOT EXISTS (SELECT FROM stockalert.missing_credentials())
$$;
COMMENT ON FUNCTION stockalert.health_of_credentials() IS 'Part of health(): the key, credentials that do not open or are not there, and keys that should be replaced.';
-- What could not be delivered, and trying it again.

CREATE VIEW stockalert.dead_letters WITH (security_barrier) AS
SELECT d.message_id, d.finished_at, d.outcome, d.channel, b.name AS subscriber, m.kind, m.subject, m.ref, d.attempts, d.maybe_twice,
	d.status, d.error_class, d.error, d.occurred_at
FROM (
	SELECT g.message_id, g.finished_at, g.outcome, g.channel, g.subscriber_id, g.attempts, g.maybe_twice, g.status, g.error_class, g.error,
		g.occurred_at, g.finished_at AS settled_at
	FROM stockalert.deliveries AS g WHERE g.outcome IN ('dead', 'expired')
	UNION ALL
	-- Accepted, and then lost on its way.
	SELECT g.message_id, f.decided_at, 'undelivered' AS outcome, g.channel, g.subscriber_id, g.attempts, g.maybe_twice, g.status, f.error_class, f.error,
		g.occurred_at, g.finished_at
	FROM stockalert.delivery_fates AS f JOIN stockalert.deliveries AS g ON g.message_id = f.message_id AND g.provider_id = f.provider_id
	WHERE f.fate = 'undelivered' AND f.ask_at IS NULL) AS d
LEFT JOIN stockalert.messages AS m ON m.message_id = d.message_id
LEFT JOIN stockalert.subscribers AS b ON b.subscriber_id = d.subscriber_id
WHERE NOT EXISTS (SELECT FROM stockalert.deliveries AS later WHERE later.message_id = d.message_id AND later.finished_at > d.settled_at)
	AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = d.message_id)
	AND ((SELECT stockalert.sees_all_locations()) OR stockalert.sees_message(m.alert_ids, d.subscriber_id));
COMMENT ON VIEW stockalert.dead_letters IS
	'Messages that were given up (outcome dead or expired; undelivered: accepted, but lost on the way) and not tried again since, and why (error); retry_delivery() tries again. Without their texts and addresses.';

CREATE FUNCTION stockalert.retry_letters(letters bigint[], OUT done text, OUT next text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	queued bigint;
	lost bigint;
BEGIN
	-- The sender puts them back: messages enter the queue by its hand alone.
	WITH written AS (
		INSERT INTO stockalert.queue (lane, event, subscriber_id, channel, occurred_at, message_id)
		SELECT 1, 'retry', m.subscriber_id, m.channel, m.occurred_at, m.message_id
		FROM stockalert.messages AS m WHERE m.message_id = ANY (letters) AND m.body <> '' ORDER BY m.message_id
		RETURNING 1)
	SELECT count(*) INTO queued FROM written;
	lost := cardinality(letters) - queued;
	IF queued > 0 THEN
		PERFORM stockalert.wake_sender();
	END IF;
	done := format('%s %s tried again', queued, CASE queued WHEN 1 THEN 'message is' ELSE 'messages are' END)
		|| CASE WHEN lost > 0 THEN format('; %s could never be written down and cannot be', lost) ELSE '' END;
	next := 'SELECT * FROM stockalert.waiting_messages;';
END
$$;
COMMENT ON FUNCTION stockalert.retry_letters(bigint[]) IS 'Part of retry_delivery(): has these messages tried again. For the owner.';

CREATE FUNCTION stockalert.retry_delivery(message bigint, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d stockalert.dead_letters;
BEGIN
	-- Two that ask at the same time are asked one after the other.
	PERFORM pg_advisory_xact_lock('stockalert.deliveries'::regclass::oid::bigint);
	SELECT x.* INTO d FROM stockalert.dead_letters AS x WHERE x.message_id = message;
	IF d.message_id IS NULL THEN
		RAISE EXCEPTION 'message % is no dead letter', message
			USING ERRCODE = 'undefined_object', DETAIL = 'It is not there, was delivered, or is being tried already.', HINT = 'SELECT * FROM stockalert.dead_letters;';
	END IF;
	SELECT r.* INTO done, next FROM stockalert.retry_letters(ARRAY[message]) AS r;
END
$$;
COMMENT ON FUNCTION stockalert.retry_delivery(bigint) IS
	'Tries a message of stockalert.dead_letters again: the same words under the same idempotency key, to the address that its recipient has now, unless it is not true any more. Error 42704 no such dead letter.';

CREATE FUNCTION stockalert.retry_delivery(channel text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{email,slack,sms,whatsapp,webhook,log}');
	PERFORM pg_advisory_xact_lock('stockalert.deliveries'::regclass::oid::bigint);
	SELECT r.* INTO done, next FROM stockalert.retry_letters(ARRAY(SELECT x.message_id FROM stockalert.dead_letters AS x
		WHERE x.channel = retry_delivery.channel)) AS r;
END
$$;
COMMENT ON FUNCTION stockalert.retry_delivery(text) IS
	'Tries all of stockalert.dead_letters of a channel again, as retry_delivery(message). Error 22023 unknown channel.';

CREATE FUNCTION stockalert.set_channel_limits(channel text, hourly integer DEFAULT NULL, daily integer DEFAULT NULL, daily_each integer DEFAULT NULL,
	OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{email,slack,sms,whatsapp,webhook,log}');
	IF least(hourly, daily, daily_each) < 1 OR greatest(hourly, daily, daily_each) > 1000000 THEN
		RAISE EXCEPTION 'limit cannot be used'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A limit is 1 to 1000000 messages.', HINT = 'Leave it out (NULL) where there shall be none.';
	END IF;
	UPDATE stockalert.channels AS h SET hourly_limit = hourly, daily_limit = daily, daily_each = set_channel_limits.daily_each WHERE h.channel = set_channel_limits.channel;
	IF NOT FOUND THEN
		RAISE EXCEPTION '% is not configured', channel
			USING ERRCODE = 'undefined_object', DETAIL = 'Limits belong to a configured channel.', HINT = format('SELECT * FROM stockalert.set_channel(%L);', channel);
	END IF;
	PERFORM stockalert.audit('set_channel_limits', channel);
	-- What was held under the old limits is looked at anew.
	UPDATE stockalert.queue AS q SET next_attempt_at = now() WHERE q.stage = 'held' AND q.channel = set_channel_limits.channel AND q.last_error LIKE 'limit %';
	PERFORM stockalert.wake_sender();
	done := format('channel %s: %s', channel, coalesce(nullif(concat_ws(', ', 'at most ' || hourly || ' an hour', 'at most ' || daily || ' in 24 hours',
		'at most ' || set_channel_limits.daily_each || ' in 24 hours to one recipient'), ''), 'no limits'));
	next := 'SELECT * FROM stockalert.waiting_messages WHERE stage = ''held'';';
END
$$;
COMMENT ON FUNCTION stockalert.set_channel_limits(text, integer, integer, integer) IS
	'Sets how many messages a channel may send in any 60 minutes, in any 24 hours, and in any 24 hours to one recipient; NULL: no limit. What is above waits, is told of in waiting_messages and explain_alert(), and then goes as one digest to each person. Errors: 22023 unknown channel or bad limit, 42704 channel not configured.';

GRANT SELECT ON stockalert.dead_letters TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.retry_delivery(bigint), stockalert.retry_delivery(text) TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.set_channel_limits(text, integer, integer, integer) TO stockalert_admin;
-- Are the jobs scheduled as the settings say, and do they run when they should?

-- As the caller: pg_cron shows each role its own jobs.
CREATE FUNCTION stockalert.jobs_in_cron(OUT job text, OUT schedule text, OUT command text) RETURNS SETOF record
	LANGUAGE plpgsql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- In this order: a name in a schema that one may not use cannot even be asked for.
	IF has_schema_privilege(to_regnamespace('cron'), 'USAGE') AND to_regclass('cron.job') IS NOT NULL THEN
		RETURN QUERY EXECUTE 'SELECT substr(j.jobname, 12), j.schedule, j.command FROM cron.job AS j'
			' WHERE j.jobname LIKE ''stockalert\_%'' AND j.database = current_database() AND j.active ORDER BY j.jobid';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.jobs_in_cron() IS 'Our jobs in pg_cron, those of other roles only where the caller is superuser; none where pg_cron is elsewhere or may not be read.';

CREATE FUNCTION stockalert.sees_all_cron_jobs() RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(has_schema_privilege(to_regnamespace('cron'), 'USAGE') AND to_regclass('cron.job') IS NOT NULL
		AND (SELECT r.rolsuper OR r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user), false);
END
$$;
COMMENT ON FUNCTION stockalert.sees_all_cron_jobs() IS 'Tells whether a job that jobs_in_cron() does not show is not there.';

CREATE FUNCTION stockalert.jobs_noted(OUT job text, OUT noted_schedule text, OUT noted_at timestamptz, OUT last_start timestamptz, OUT last_end timestamptz,
	OUT last_result text, OUT last_detail text, OUT done_for timestamptz) RETURNS SETOF record
	LANGUAGE sql STABLE ROWS 8 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.job, m.detail, m.ended_at, r.started_at, r.ended_at, r.result, concat_ws(' ', r.sqlstate, r.detail),
		(SELECT d.due_at FROM stockalert.job_runs AS d WHERE d.job = p.job AND d.result IN ('ok', 'scheduled') ORDER BY d.run_id DESC LIMIT 1)
	FROM stockalert.job_periods() AS p
	-- What a dump brought along was scheduled elsewhere; what it says was done is done.
	CROSS JOIN (SELECT stockalert.this_database() AS run_in OFFSET 0) AS h
	LEFT JOIN LATERAL (SELECT x.* FROM stockalert.job_runs AS x WHERE x.job = p.job AND x.result IN ('scheduled', 'unscheduled') AND x.run_in = h.run_in ORDER BY x.run_id DESC LIMIT 1) AS m ON true
	LEFT JOIN LATERAL (SELECT x.* FROM stockalert.job_runs AS x WHERE x.job = p.job AND x.result IN ('ok', 'failed') AND x.run_in = h.run_in ORDER BY x.run_id DESC LIMIT 1) AS r ON true;
$$;
COMMENT ON FUNCTION stockalert.jobs_noted() IS 'What job_runs says of each job in this database: its schedule (NULL: none that is known) and since when, its last run, and the time up to which it is done, be it where it was restored from.';

CREATE VIEW stockalert.jobs_status WITH (security_barrier) AS
SELECT p.job, p.what, coalesce('every ' || (extract(epoch FROM p.every) / 60)::integer || ' minutes', 'daily at ' || pg_catalog.to_char(p.daily_at, 'HH24:MI') || ' UTC') AS runs,
	coalesce(c.schedule, n.noted_schedule) AS schedule, l.schedule AS wanted_schedule, l.command, n.last_start, n.last_end, n.last_result, n.last_detail,
	d.next_due, s.scheduled, s.on_time,
	CASE WHEN NOT s.scheduled THEN 'SELECT * FROM stockalert.schedule_jobs();'
		WHEN coalesce(c.schedule, n.noted_schedule) <> l.schedule OR c.command <> l.command THEN 'SELECT * FROM stockalert.schedule_jobs(); -- a setting changed'
		WHEN NOT s.on_time THEN 'SELECT status, return_message, start_time FROM cron.job_run_details ORDER BY runid DESC LIMIT 20; -- why pg_cron does not run it; without rows of late restart the server'
		WHEN n.last_result = 'failed' THEN '-- Mend what last_detail says; it is tried again.'
	END AS what_to_do
FROM stockalert.job_periods() AS p
JOIN stockalert.job_list() AS l ON l.job = 'stockalert_' || p.job
JOIN stockalert.jobs_noted() AS n ON n.job = p.job
LEFT JOIN LATERAL (SELECT j.schedule, j.command FROM stockalert.jobs_in_cron() AS j WHERE j.job = p.job LIMIT 1) AS c ON true
CROSS JOIN LATERAL (SELECT stockalert.job_due_at(p.every, p.daily_at, stockalert.as_of()) AS due, coalesce(p.every, interval '1 day') AS period) AS t
-- What was not done for its last time is done with the next tick, a daily job's by catch_up.
CROSS JOIN LATERAL (SELECT CASE WHEN n.done_for >= t.due - t.period AND n.done_for < t.due
	THEN stockalert.job_due_at(coalesce(p.every, interval '15 minutes'), NULL, stockalert.as_of()) + coalesce(p.every, interval '15 minutes')
	ELSE t.due + t.period END AS next_due) AS d
CROSS JOIN LATERAL (SELECT
	-- Jobs of another role, or of pg_cron in another database, are known by what they did and by what was noted.
	c.schedule IS NOT NULL OR (n.noted_schedule IS NOT NULL AND NOT stockalert.sees_all_cron_jobs())
		OR (n.noted_at IS NULL AND n.last_end IS NOT NULL) AS scheduled,
	-- Late is what was not done half an hour after the time that it is for.
	coalesce(n.done_for >= stockalert.job_due_at(p.every, p.daily_at, stockalert.as_of() - interval '30 minutes'), false)
		OR coalesce(n.noted_schedule IS NOT NULL AND n.noted_at > stockalert.as_of() - interval '30 minutes', false) AS on_time) AS s;
COMMENT ON VIEW stockalert.jobs_status IS
	'Each periodic job: what it does, when it runs, its schedule in pg_cron and the one that the settings want, its last run and result, when it is due next, whether it runs on time, and what to do where something is wrong.';
COMMENT ON COLUMN stockalert.jobs_status.schedule IS 'As pg_cron has it, or as it was last set where that may not be read; NULL: not scheduled, or by statements run in another database.';
COMMENT ON COLUMN stockalert.jobs_status.wanted_schedule IS 'As the settings want it; schedule_jobs() sets it. A daily job is ticked at its time, and by catch_up where that was missed.';
COMMENT ON COLUMN stockalert.jobs_status.on_time IS 'What was due half an hour ago is done.';

CREATE FUNCTION stockalert.health_of_jobs() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'jobs', CASE WHEN count(*) FILTER (WHERE j.scheduled) = 0 THEN 'warn'
			WHEN count(*) FILTER (WHERE j.last_result = 'failed' OR j.scheduled AND NOT j.on_time) > 0 THEN 'error'
			WHEN count(j.what_to_do) > 0 THEN 'warn' ELSE 'ok' END,
		CASE WHEN count(*) FILTER (WHERE j.scheduled) = 0 THEN 'no job is scheduled: nothing is reminded of, summed up, learned or cleaned up'
			WHEN count(j.what_to_do) = 0 THEN format('%s jobs on time', count(*))
			ELSE concat_ws('; ', 'failed: ' || string_agg(j.job || ' (' || j.last_detail || ')', ', ' ORDER BY j.job) FILTER (WHERE j.last_result = 'failed'),
				'late: ' || string_agg(j.job || coalesce(' (last ' || j.last_end || ')', ''), ', ' ORDER BY j.job) FILTER (WHERE j.scheduled AND NOT j.on_time),
				'not scheduled: ' || string_agg(j.job, ', ' ORDER BY j.job) FILTER (WHERE NOT j.scheduled),
				'not as the settings say: ' || string_agg(j.job, ', ' ORDER BY j.job) FILTER (WHERE j.schedule <> j.wanted_schedule)) END,
		CASE WHEN count(*) FILTER (WHERE j.scheduled) = 0 THEN 'SELECT * FROM stockalert.schedule_jobs();'
			WHEN count(j.what_to_do) > 0 THEN 'SELECT job, what_to_do FROM stockalert.jobs_status;' END
	FROM stockalert.jobs_status AS j;
$$;
COMMENT ON FUNCTION stockalert.health_of_jobs() IS 'Part of health(): periodic jobs.';

GRANT SELECT ON stockalert.jobs_status TO stockalert_viewer;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.job_periods(), stockalert.job_due_at(interval, time, timestamptz), stockalert.job_list(), stockalert.cron_setting(text, text),
	stockalert.cron_schedule(interval, time), stockalert.jobs_in_cron(), stockalert.jobs_noted(), stockalert.sees_all_cron_jobs() TO stockalert_viewer;
-- What two of the jobs do: points of sale are asked, and what is old is deleted.

CREATE FUNCTION stockalert.request_syncs() RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked bigint;
BEGIN
	SELECT count(*) INTO asked FROM stockalert.connections AS c WHERE c.enabled;
	IF asked > 0 THEN
		PERFORM stockalert.wake_syncer();
	END IF;
	RETURN asked;
END
$$;
COMMENT ON FUNCTION stockalert.request_syncs() IS 'Has the syncer ask the points of sale that are due for what is new, and returns how many connections are enabled.';

CREATE FUNCTION stockalert.drop_old_partitions(parent text, before timestamptz) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	child text;
	dropped integer := 0;
BEGIN
	FOR child IN
		SELECT c.relname FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
		WHERE i.inhparent = format('stockalert.%I', parent)::regclass AND c.relname ~ ('^' || parent || '_\d{4}_\d\d$')
			AND (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= before
		ORDER BY c.relname
	LOOP
		EXECUTE format('DROP TABLE stockalert.%I', child);
		dropped := dropped + 1;
	END LOOP;
	RETURN dropped;
END
$$;
COMMENT ON FUNCTION stockalert.drop_old_partitions(text, timestamptz) IS 'Drops the month partitions of a table that ended before a time, and returns how many. For the owner.';

CREATE FUNCTION stockalert.purge() RETURNS TABLE (what text, deleted bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moment timestamptz := stockalert.as_of();
	old_deliveries timestamptz := moment - make_interval(days => current_setting('stockalert.keep_deliveries')::integer);
	old_events timestamptz := moment - make_interval(days => current_setting('stockalert.keep_events')::integer);
	old_runs timestamptz := moment - make_interval(days => current_setting('stockalert.keep_runs')::integer);
	partitions bigint;
	deliveries bigint;
	messages bigint;
	events bigint;
	runs bigint;
	webhooks bigint;
	problems bigint;
BEGIN
	PERFORM stockalert.require_all_locations('purge()');
	partitions := stockalert.drop_old_partitions('deliveries', old_deliveries);
	DELETE FROM stockalert.deliveries AS d WHERE d.finished_at < old_deliveries;
	GET DIAGNOSTICS deliveries = ROW_COUNT;
	DELETE FROM stockalert.delivery_fates AS f WHERE f.accepted_at < old_deliveries;
	DELETE FROM stockalert.messages AS m WHERE m.created_at < old_deliveries
		AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = m.message_id);
	GET DIAGNOSTICS messages = ROW_COUNT;
	-- Of alerts that are long over; an alert that is open keeps its story, and every alert its own row.
	WITH past AS (SELECT a.alert_id FROM stockalert.alerts AS a WHERE a.resolved_at < old_events),
	told AS (DELETE FROM stockalert.notices AS n USING past AS o WHERE n.alert_id = o.alert_id)
	DELETE FROM stockalert.alert_events AS e USING past AS o WHERE e.alert_id = o.alert_id;
	GET DIAGNOSTICS events = ROW_COUNT;
	DELETE FROM stockalert.scheduled_checks AS c WHERE c.done_at < old_runs;
	DELETE FROM stockalert.job_runs AS r WHERE r.due_at < old_runs
		-- From where each job goes on, and how it is scheduled.
		AND r.run_id < (SELECT max(x.run_id) FROM stockalert.job_runs AS x WHERE x.job = r.job AND x.result IN ('ok', 'scheduled'))
		AND r.run_id IS DISTINCT FROM (SELECT max(x.run_id) FROM stockalert.job_runs AS x WHERE x.job = r.job AND x.result IN ('scheduled', 'unscheduled'));
	GET DIAGNOSTICS runs = ROW_COUNT;
	-- Handled or not: after three days what they told of was read in any case.
	DELETE FROM stockalert.webhook_inbox AS w WHERE w.received_at < moment - interval '3 days';
	GET DIAGNOSTICS webhooks = ROW_COUNT;
	-- What is still wrong is met again every night.
	DELETE FROM stockalert.sync_problems AS p WHERE p.seen_at < moment - interval '30 days';
	GET DIAGNOSTICS problems = ROW_COUNT;
	RETURN QUERY VALUES ('partitions of deliveries', partitions), ('deliveries', deliveries), ('messages', messages), ('events', events), ('runs', runs),
		('webhooks', webhooks), ('problems of points of sale', problems);
END
$$;
COMMENT ON FUNCTION stockalert.purge() IS
	'Deletes deliveries and messages older than stockalert.keep_deliveries days, events of alerts resolved before stockalert.keep_events days, runs of jobs before stockalert.keep_runs days, webhooks of three days ago, rows of points of sale that could not be used and were not met again for 30 days, and returns how many of each. Sales, stock changes and alerts stay. Runs nightly by schedule_jobs(). Error 42501: the caller sees some locations only.';

GRANT EXECUTE ON FUNCTION stockalert.purge() TO stockalert_admin;
-- Addresses to which nothing is sent any more, and sending there again.

CREATE VIEW stockalert.suppressed_addresses WITH (security_barrier) AS
SELECT b.name AS subscriber, c.channel, c.address, c.suppressed_at AS since,
	CASE c.suppressed_for WHEN 'opted_out' THEN 'its owner answered STOP' ELSE 'it cannot be reached' END AS reason
FROM stockalert.subscriber_contacts AS c
JOIN stockalert.subscribers AS b ON b.subscriber_id = c.subscriber_id
WHERE c.suppressed_at IS NOT NULL AND ((SELECT stockalert.sees_all_locations()) OR stockalert.sees_locations(b.location_ids));
COMMENT ON VIEW stockalert.suppressed_addresses IS
	'Phone numbers to which nothing is sent any more since Twilio said that they answered STOP or cannot be reached; another number or allow_address() ends it.';

CREATE FUNCTION stockalert.allow_address(channel text, address text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text;
	people text;
	was text;
BEGIN
	PERFORM stockalert.check_choice('channel', channel, '{sms,whatsapp}');
	plain := stockalert.normal_phone(address);
	SELECT string_agg(DISTINCT b.name, ', ' ORDER BY b.name), max(c.suppressed_for) INTO people, was
		FROM stockalert.subscriber_contacts AS c JOIN stockalert.subscribers AS b ON b.subscriber_id = c.subscriber_id
		WHERE c.channel = allow_address.channel AND c.address = plain AND c.suppressed_at IS NOT NULL AND stockalert.sees_locations(b.location_ids);
	IF people IS NULL THEN
		RAISE EXCEPTION 'address is not suppressed'
			USING ERRCODE = 'undefined_object', DETAIL = format('No subscriber has such a number for %s that nothing is sent to.', channel),
				  HINT = 'SELECT * FROM stockalert.suppressed_addresses;';
	END IF;
	UPDATE stockalert.subscriber_contacts AS c SET suppressed_at = NULL, suppressed_for = NULL FROM stockalert.subscribers AS b
		WHERE b.subscriber_id = c.subscriber_id AND c.channel = allow_address.channel AND c.address = plain AND stockalert.sees_locations(b.location_ids);
	PERFORM stockalert.audit('allow_address', allow_address.channel || ' of ' || people);
	done := format('%s is told by %s again', people, channel);
	next := CASE WHEN was = 'opted_out' THEN '-- Twilio refuses the number until its owner has sent START to yours; then ' ELSE '' END
		|| format('SELECT * FROM stockalert.test_channel(%L, %L);', channel, split_part(people, ', ', 1));
END
$$;
COMMENT ON FUNCTION stockalert.allow_address(text, text) IS
	'Has a phone number used again on channel sms or whatsapp after it was suppressed. Error 22023 other channel or no phone number, 42704 not suppressed.';

CREATE FUNCTION stockalert.health_of_addresses() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stopped bigint;
	gone bigint;
	lost record;
BEGIN
	SELECT count(*) FILTER (WHERE c.suppressed_for = 'opted_out'), count(*) FILTER (WHERE c.suppressed_for = 'recipient') INTO stopped, gone
		FROM stockalert.subscriber_contacts AS c WHERE c.suppressed_at IS NOT NULL;
	SELECT count(*) AS messages, (array_agg(f.error ORDER BY f.decided_at DESC))[1] AS error INTO lost
		FROM stockalert.delivery_fates AS f WHERE f.fate = 'undelivered' AND f.decided_at > now() - interval '1 day';
	RETURN QUERY SELECT 'addresses', CASE WHEN stopped + gone > 0 OR lost.messages > 0 THEN 'warn' ELSE 'ok' END,
		coalesce(nullif(concat_ws('; ', CASE WHEN stopped > 0 THEN format('%s suppressed: answered STOP', stopped) END,
			CASE WHEN gone > 0 THEN format('%s suppressed: cannot be reached', gone) END,
			CASE WHEN lost.messages > 0 THEN format('%s messages accepted and not delivered in the last 24 hours, last: %s', lost.messages, lost.error) END), ''),
			'none is suppressed'),
		CASE WHEN stopped + gone > 0 THEN 'SELECT * FROM stockalert.suppressed_addresses; -- then another number by set_preferences(), or allow_address(channel, address)'
			WHEN lost.messages > 0 THEN 'SELECT * FROM stockalert.delivery_log WHERE fate = ''undelivered'';' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_addresses() IS 'Part of health(): phone numbers that are suppressed, and messages that were accepted and not delivered.';

GRANT SELECT ON stockalert.suppressed_addresses TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.allow_address(text, text) TO stockalert_manager;
-- "Is it working?" of stock, people and delivery; health() itself is in 86_health.sql.

CREATE FUNCTION stockalert.somebody_call(fallback boolean) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT * FROM stockalert.add_subscriber(%L, email => ''alerts@example.com''%s);', x.name, CASE WHEN fallback THEN ', fallback => true' ELSE '' END)
	FROM (SELECT concat_ws(' ', 'manager', nullif(n, 1)) AS name, n FROM generate_series(1, 1000) AS n) AS x
	WHERE NOT EXISTS (SELECT FROM stockalert.subscribers AS b WHERE b.name = x.name) ORDER BY x.n LIMIT 1
$$;
COMMENT ON FUNCTION stockalert.somebody_call(boolean) IS 'Part of health(): the statement that adds somebody, of a name that is free; fallback: who hears of what concerns nobody else.';

CREATE FUNCTION stockalert.health_of_coverage() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	forgotten text[];
BEGIN
	-- Whoever hears of anything in a place and category hears that it is out; one who hears of all of them is enough.
	IF EXISTS (SELECT FROM stockalert.subscribers AS b JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = b.subscriber_id AND c.enabled
			WHERE b.enabled AND NOT b.escalation AND b.location_ids IS NULL AND b.categories IS NULL) THEN
		RETURN QUERY VALUES ('coverage', 'ok', 'somebody hears of every location and category', NULL::text);
		RETURN;
	END IF;
	SELECT array_agg(format('%s%s', l.code, coalesce(' (' || k.category || ')', '')) ORDER BY l.code, k.category) INTO forgotten
		FROM stockalert.locations AS l CROSS JOIN (SELECT DISTINCT i.category FROM stockalert.items AS i WHERE i.active) AS k
		WHERE l.active AND NOT EXISTS (SELECT FROM stockalert.subscribers AS b
				JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = b.subscriber_id AND c.enabled
				WHERE b.enabled AND NOT b.escalation AND (b.location_ids IS NULL OR l.location_id = ANY (b.location_ids))
					AND (b.categories IS NULL OR k.category = ANY (b.categories)))
			AND stockalert.sees_location(l.location_id);
	RETURN QUERY SELECT 'coverage', CASE WHEN forgotten IS NOT NULL THEN 'error' ELSE 'ok' END,
		CASE WHEN forgotten IS NOT NULL THEN format('nobody would hear of %s%s', array_to_string(forgotten[1:5], ', '),
			CASE WHEN cardinality(forgotten) > 5 THEN format(' and %s more', cardinality(forgotten) - 5) ELSE '' END)
			ELSE 'somebody hears of every location and category' END,
		CASE WHEN forgotten IS NOT NULL THEN stockalert.somebody_call(true) END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_coverage() IS 'Part of health(): locations and categories of which nobody would hear even that an item is out.';

CREATE FUNCTION stockalert.health_of_scopes() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- A role that is not there may be there under another name and see everything, where a dump brought the
	-- scope alone; one that also writes stock directly is not held back by views.
	SELECT 'store roles', CASE WHEN count(x.lost) > 0 THEN 'error' WHEN count(x.writes) > 0 THEN 'warn' ELSE 'ok' END,
		coalesce(nullif(concat_ws('; ', 'unknown: ' || string_agg(x.lost, ', ' ORDER BY x.lost), 'read and write all stock: ' || string_agg(x.writes, ', ' ORDER BY x.writes)), ''),
			format('%s restricted to locations', count(*))),
		CASE WHEN count(x.lost) > 0 THEN format('SELECT * FROM stockalert.unrestrict_role(%L); -- where it has another name here, after restrict_role() of that, which sees everything', min(x.lost))
			WHEN count(x.writes) > 0 THEN format('-- As superuser: REVOKE stockalert_writer FROM %s; set_stock() and record_sale() need stockalert_manager only.', min(quote_ident(x.writes))) END
	FROM (SELECT CASE WHEN r.oid IS NULL THEN c.role_name::text END AS lost,
			CASE WHEN pg_has_role(r.oid, 'stockalert_writer', 'MEMBER') AND NOT pg_has_role(r.oid, 'stockalert_admin', 'MEMBER') THEN c.role_name::text END AS writes
		FROM stockalert.role_scopes AS c LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = coalesce(to_regrole(quote_ident(c.role_name))::oid, c.role_oid)) AS x
	HAVING count(*) > 0 AND stockalert.sees_all_locations();
$$;
COMMENT ON FUNCTION stockalert.health_of_scopes() IS 'Part of health(): roles restricted to locations, for whoever sees all.';

CREATE FUNCTION stockalert.health_of_people() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reached bigint;
	unset text;
	broken text;
	open_to_nobody bigint;
BEGIN
	SELECT count(*) INTO reached FROM stockalert.subscribers AS b JOIN stockalert.subscriber_contacts AS c
		ON c.subscriber_id = b.subscriber_id AND c.enabled WHERE b.enabled;
	RETURN QUERY SELECT 'recipients', CASE WHEN reached = 0 THEN 'error' ELSE 'ok' END,
		CASE WHEN reached = 0 THEN 'nobody would hear of an alert' ELSE stockalert.counted(reached, 'contact') END,
		CASE WHEN reached = 0 THEN stockalert.somebody_call(false) END;
	RETURN QUERY SELECT * FROM stockalert.health_of_coverage() WHERE reached > 0;
	-- Each takes a look at everybody: of many fifty are enough to say that something is wrong.
	SELECT count(*) INTO open_to_nobody FROM (SELECT o AS alert FROM stockalert.alerts AS o WHERE o.resolved_at IS NULL
			AND ((SELECT stockalert.sees_all_locations()) OR o.location_id = ANY ((SELECT stockalert.visible_locations())::bigint[])) LIMIT 50) AS a
		JOIN stockalert.items AS i ON i.item_id = (a.alert).item_id
		-- A default recipient hears where nobody else does, so that it need not be asked whether anybody does.
		WHERE reached > 0 AND NOT EXISTS (SELECT FROM stockalert.subscribers AS b
				JOIN stockalert.subscriber_contacts AS c ON c.subscriber_id = b.subscriber_id
				WHERE (b.app_key IS NULL OR i.owner_key IS NULL OR i.owner_key = b.app_key)
					AND stockalert.why_not_told('standing', (a.alert).severity, (a.alert).quantity, NULL, i.category, a.alert, b, c, NULL, NULL, NULL, NULL, NULL, false) IS NULL);
	RETURN QUERY SELECT 'unheard', CASE WHEN open_to_nobody > 0 THEN 'warn' ELSE 'ok' END,
		stockalert.counted(open_to_nobody, 'open alert concerns nobody', 'open alerts concern nobody'),
		CASE WHEN open_to_nobody > 0 THEN stockalert.somebody_call(true) || ' -- they are milder than everybody wants to hear, or nobody covers them' END;
	SELECT string_agg(DISTINCT c.channel, ', ' ORDER BY c.channel) INTO unset FROM stockalert.subscriber_contacts AS c
		WHERE c.enabled AND c.channel <> 'log' AND NOT EXISTS (SELECT 1 FROM stockalert.channels AS h WHERE h.channel = c.channel AND h.enabled);
	SELECT string_agg(format('%s: %s', h.channel, h.state_reason), '; ' ORDER BY h.channel) INTO broken
		FROM stockalert.channels AS h WHERE h.state = 'broken';
	RETURN QUERY SELECT 'channels', CASE WHEN unset IS NOT NULL OR broken IS NOT NULL THEN 'error' ELSE 'ok' END,
		coalesce(nullif(concat_ws('; ', 'not configured: ' || unset, 'broken: ' || broken), ''), 'all that are used are set up'),
		CASE WHEN unset IS NOT NULL THEN stockalert.channel_call(split_part(unset, ', ', 1))
			WHEN broken IS NOT NULL THEN (SELECT stockalert.channel_remedy(h.channel, h.state_reason) FROM stockalert.channels AS h WHERE h.state = 'broken' ORDER BY h.channel LIMIT 1) END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_people() IS 'Part of health(): recipients and channels.';

CREATE FUNCTION stockalert.health_of_delivery() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen bigint[] := stockalert.visible_locations();
	worker record;
	waiting record;
	dead bigint;
	letters bigint[];
	untold bigint := 0;
BEGIN
	SELECT w.* INTO worker FROM stockalert.worker_status() AS w
		ORDER BY (w.role = 'sender' AND w.database = current_database()) DESC, w.role LIMIT 1;
	RETURN QUERY SELECT 'worker', CASE worker.state WHEN 'running' THEN 'ok' WHEN 'off' THEN 'warn' ELSE 'error' END,
		concat_ws(': ', worker.state, worker.detail),
		CASE WHEN worker.state = 'running' THEN NULL
			WHEN worker.state = 'paused_clone' THEN 'SELECT * FROM stockalert.confirm_takeover(); -- if this copy shall send'
			ELSE 'SELECT * FROM stockalert.worker_status();' END;
	SELECT count(*) AS messages, min(q.created_at) AS oldest, max(q.last_error) AS error INTO waiting FROM stockalert.queue AS q;
	RETURN QUERY SELECT 'queue', CASE WHEN waiting.oldest < now() - interval '15 minutes' THEN 'warn' ELSE 'ok' END,
		CASE WHEN waiting.messages = 0 THEN 'empty' ELSE format('%s waiting, oldest since %s%s', waiting.messages, waiting.oldest,
			coalesce('; ' || waiting.error, '')) END,
		CASE WHEN waiting.oldest < now() - interval '15 minutes' THEN 'SELECT * FROM stockalert.waiting_messages;' END;
	-- As dead_letters counts them, in a fraction of its time: of mostly none, the few of a day are looked at closely.
	SELECT array_agg(d.message_id), count(*) FILTER (WHERE d.finished_at > now() - interval '1 day'
				AND NOT EXISTS (SELECT FROM stockalert.deliveries AS later WHERE later.message_id = d.message_id AND later.finished_at > d.finished_at)
				AND NOT EXISTS (SELECT FROM stockalert.queue AS q WHERE q.message_id = d.message_id)) INTO letters, dead
		FROM (SELECT g.message_id, g.finished_at FROM stockalert.deliveries AS g WHERE g.outcome IN ('dead', 'expired')
			UNION ALL SELECT f.message_id, f.decided_at FROM stockalert.delivery_fates AS f WHERE f.fate = 'undelivered' AND f.ask_at IS NULL) AS d;
	IF dead > 0 AND seen IS NOT NULL THEN
		SELECT count(*) INTO dead FROM stockalert.dead_letters AS d WHERE d.finished_at > now() - interval '1 day';
	END IF;
	RETURN QUERY SELECT 'dead letters', CASE WHEN dead > 0 THEN 'error' ELSE 'ok' END, format('%s in the last 24 hours', dead),
		CASE WHEN dead > 0 THEN 'SELECT * FROM stockalert.dead_letters; -- mend the cause, then SELECT * FROM stockalert.retry_delivery() of its message_id or channel' END;
	IF letters IS NOT NULL THEN
		-- A message that was tried again and went has left a notice.
		SELECT count(DISTINCT a.alert_id) INTO untold FROM stockalert.messages AS m
			JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) AND a.resolved_at IS NULL
			WHERE m.message_id = ANY (letters) AND (seen IS NULL OR a.location_id = ANY (seen))
				AND NOT EXISTS (SELECT FROM stockalert.notices AS n WHERE n.alert_id = a.alert_id)
				AND NOT EXISTS (SELECT FROM stockalert.queue AS q LEFT JOIN stockalert.messages AS w ON w.message_id = q.message_id
					WHERE q.alert_id = a.alert_id OR stockalert.names_alert(w.message_id, w.alert_ids, a.alert_id));
	END IF;
	RETURN QUERY SELECT 'untold', CASE WHEN untold > 0 THEN 'error' ELSE 'ok' END,
		CASE WHEN untold > 0 THEN stockalert.counted(untold, 'open alert') || ' reached nobody: every message about them was given up' ELSE 'every open alert of which anybody was to hear was told or is being told' END,
		CASE WHEN untold > 0 THEN 'SELECT * FROM stockalert.dead_letters; -- mend the cause, then SELECT * FROM stockalert.retry_delivery() of its message_id or channel' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_delivery() IS 'Part of health(): worker, queue, dead letters, alerts that reached nobody.';

CREATE FUNCTION stockalert.health_of_stock() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen bigint[] := stockalert.visible_locations();
	bytes bigint := pg_relation_size('stockalert.stock_levels');
	pairs bigint;
	troubled bigint;
	unjudged bigint;
	about text := '';
BEGIN
	IF bytes <= 8 * 1024 * 1024 OR seen IS NOT NULL THEN
		SELECT count(*), count(*) FILTER (WHERE s.class IN ('low', 'critical', 'out')), count(*) FILTER (WHERE s.class IS NULL)
			INTO pairs, troubled, unjudged FROM stockalert.stock_levels AS s WHERE seen IS NULL OR s.location_id = ANY (seen);
	ELSE
		-- To count a million rows takes longer than all else here: pairs are estimated, trouble is counted by its
		-- alerts, and what no trigger saw is looked for in a few pages.
		about := 'about ';
		SELECT CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE bytes / 100 END INTO pairs FROM pg_catalog.pg_class AS c WHERE c.oid = 'stockalert.stock_levels'::regclass;
		SELECT count(*) INTO troubled FROM (SELECT FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.kind = 'stock' LIMIT 5000) AS x;
		EXECUTE format('SELECT count(*) FROM stockalert.stock_levels AS s TABLESAMPLE SYSTEM (%s) WHERE s.class IS NULL', 100.0 * 256 * 1024 / bytes) INTO unjudged;
		unjudged := unjudged * (bytes / (256 * 1024));
	END IF;
	RETURN QUERY SELECT 'stock', CASE WHEN pairs = 0 OR unjudged > 0 THEN 'warn' ELSE 'ok' END,
		format('%s%s by location, %s low, critical or out, %s%s not judged yet', about, stockalert.counted(pairs, 'item'),
			CASE WHEN about <> '' AND troubled = 5000 THEN 'at least 5000' ELSE troubled::text END, about, unjudged),
		CASE WHEN pairs = 0 THEN stockalert.next_step() WHEN unjudged > 0 THEN 'SELECT * FROM stockalert.check_stock();' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_stock() IS 'Part of health(): stock levels.';
-- What the syncer asks and writes down: which stream to read next, from where,
-- and how it went.  Called by the worker alone.

CREATE FUNCTION stockalert.stream_scope(stream text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE stream WHEN 'locations' THEN 'MERCHANT_PROFILE_READ' WHEN 'catalog' THEN 'ITEMS_READ' WHEN 'orders' THEN 'ORDERS_READ'
		WHEN 'vendors' THEN 'VENDOR_READ' ELSE 'INVENTORY_READ' END;
COMMENT ON FUNCTION stockalert.stream_scope(text) IS 'The permission of Square that a stream needs. NULL for NULL.';

CREATE FUNCTION stockalert.stream_rank(stream text) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN array_position('{locations,catalog,counts,movements,orders,vendors,transfers}'::text[], stream);
COMMENT ON FUNCTION stockalert.stream_rank(text) IS 'Place of a stream in the order in which they are read, from 1. NULL for NULL.';

CREATE FUNCTION stockalert.sync_plan() RETURNS TABLE (connection_id bigint, stream text, due_at timestamptz, full_run boolean, blocked text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.connection_id, s.stream,
		CASE WHEN s.error_class IN ('scope', 'permanent', 'schema') AND s.requested_at > s.error_at THEN s.requested_at
			ELSE greatest(s.next_attempt_at,
				CASE WHEN s.requested_at > coalesce(r.started_at, '-infinity') THEN s.requested_at
					WHEN r.last_success_at IS NULL OR r.started_at > coalesce(r.finished_at, '-infinity') THEN coalesce(r.started_at, c.created_at)
					ELSE r.finished_at + c.sync_every END) END,
		s.full_requested OR s.watermark IS NULL AND s.watermark_text IS NULL OR s.stream IN ('locations', 'vendors', 'transfers')
			OR s.stream = 'counts' AND coalesce(s.last_full_at, '-infinity') < now() - interval '1 day'
			OR s.stream = 'catalog' AND coalesce(s.last_full_at, '-infinity') < now() - interval '7 days',
		CASE WHEN stockalert.installation_state() = 'copy' THEN 'this is a copy, which reads nothing before confirm_takeover()'
			WHEN NOT c.enabled THEN 'the connection is switched off'
			WHEN NOT s.enabled THEN 'the stream is switched off'
			WHEN c.state IN ('revoked', 'misconfigured', 'stopped') AND coalesce(s.requested_at, '-infinity') <= c.state_at THEN format('the connection is %s', c.state)
			WHEN NOT stockalert.stream_scope(s.stream) = ANY (c.scopes) AND coalesce(s.requested_at, '-infinity') <= coalesce(c.checked_at, 'infinity')
				THEN format('the token lacks %s', stockalert.stream_scope(s.stream))
			WHEN s.stream <> 'locations' AND NOT EXISTS (SELECT FROM stockalert.sync_streams AS f WHERE f.connection_id = s.connection_id
				AND f.stream = 'locations' AND f.last_success_at IS NOT NULL) THEN 'locations were not read yet'
			WHEN s.stream NOT IN ('locations', 'catalog') AND NOT EXISTS (SELECT FROM stockalert.sync_streams AS f WHERE f.connection_id = s.connection_id
				AND f.stream = 'catalog' AND f.last_success_at IS NOT NULL) THEN 'the catalog was not read yet'
			WHEN s.stream = 'orders' AND NOT EXISTS (SELECT FROM stockalert.square_variations AS v WHERE v.connection_id = s.connection_id AND v.tracked IS NOT TRUE)
				THEN 'stock of all items is tracked, so movements say what is sold' END
	FROM stockalert.sync_streams AS s JOIN stockalert.connections AS c ON c.connection_id = s.connection_id
	JOIN stockalert.sync_rounds AS r ON r.connection_id = s.connection_id AND r.stream = s.stream;
$$;
COMMENT ON FUNCTION stockalert.sync_plan() IS 'When each stream is due, whether its round reads everything, and what holds it back (NULL: nothing).';

CREATE FUNCTION stockalert.sync_due() RETURNS TABLE (connection_id bigint, stream text, full_run boolean, watermark timestamptz, watermark_text text,
		last_full_at timestamptz, failures integer, provider text, environment text, base_url text, api_version text, credential text,
		chosen_locations text[], token_expires_at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.connection_id, p.stream, p.full_run, s.watermark, s.watermark_text, s.last_full_at, s.failures,
		c.provider, c.environment, c.base_url, c.api_version, c.credential, c.chosen_locations, c.token_expires_at
	FROM stockalert.sync_plan() AS p JOIN stockalert.sync_streams AS s ON s.connection_id = p.connection_id AND s.stream = p.stream
	JOIN stockalert.connections AS c ON c.connection_id = p.connection_id
	WHERE p.blocked IS NULL AND p.due_at <= clock_timestamp() AND current_setting('stockalert.delivery') = 'live'
	ORDER BY p.connection_id, stockalert.stream_rank(p.stream);
$$;
COMMENT ON FUNCTION stockalert.sync_due() IS
	'Streams to read now, in order; ask again after each one, as the next may hang on it. Nothing in a restored copy before confirm_takeover(), nor unless stockalert.delivery is live. For the worker.';

CREATE FUNCTION stockalert.sync_may_rest(connection_id bigint, stream text, full_run boolean) RETURNS boolean
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM stockalert.sync_streams AS s JOIN stockalert.connections AS c ON c.connection_id = s.connection_id
			JOIN stockalert.sync_rounds AS r ON r.connection_id = s.connection_id AND r.stream = s.stream
		WHERE s.connection_id = sync_may_rest.connection_id AND s.stream = sync_may_rest.stream AND c.state = 'ok' AND s.error_class IS NULL
			AND s.last_success_at > clock_timestamp() - interval '1 hour' AND s.finished_at >= s.started_at
			-- Whoever asks gets an answer.
			AND NOT s.full_requested AND coalesce(s.requested_at, '-infinity') <= r.started_at
			AND NOT (sync_may_rest.full_run AND (s.stream IN ('catalog', 'counts')
				OR EXISTS (SELECT FROM stockalert.sync_problems AS p WHERE p.connection_id = s.connection_id AND p.stream = s.stream AND NOT stockalert.is_gone_item(p)))));
$$;
COMMENT ON FUNCTION stockalert.sync_may_rest(bigint, text, boolean) IS
	'Tells whether a round of a stream that meets nothing new need not be written: nobody asked for it, all was well, and the last that is written is not an hour old. For the worker.';

CREATE FUNCTION stockalert.sync_rest(connection_id bigint, stream text, started_at timestamptz) RETURNS boolean
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF stream = 'counts' THEN
		PERFORM stockalert.square_end_sold_out(connection_id);
	END IF;
	RETURN stockalert.note_quiet_round(connection_id, stream, started_at);
END
$$;
COMMENT ON FUNCTION stockalert.sync_rest(bigint, text, timestamptz) IS
	'Ends a round of a stream that met nothing new, in the memory of the server only. False where it is to be written. For the worker.';

CREATE FUNCTION stockalert.sync_begin(connection_id bigint, stream text, full_run boolean, started_at timestamptz DEFAULT clock_timestamp(), pages integer DEFAULT 0, rows integer DEFAULT 0)
	RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE stockalert.sync_streams AS s SET started_at = sync_begin.started_at, full_run = sync_begin.full_run, pages = sync_begin.pages, rows = sync_begin.rows,
			rows_total = s.rows_total + sync_begin.rows, rows_changed = 0, problems = 0
		WHERE s.connection_id = sync_begin.connection_id AND s.stream = sync_begin.stream;
$$;
COMMENT ON FUNCTION stockalert.sync_begin(bigint, text, boolean, timestamptz, integer, integer) IS
	'Writes down that a round of a stream began, and how many pages and rows it has read. For the worker.';

CREATE FUNCTION stockalert.sync_progress(connection_id bigint, stream text, rows integer, changed integer, problems integer) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE stockalert.sync_streams AS s SET pages = s.pages + 1, rows = s.rows + sync_progress.rows, rows_total = s.rows_total + sync_progress.rows,
			rows_changed = s.rows_changed + changed, problems = s.problems + sync_progress.problems
		WHERE s.connection_id = sync_progress.connection_id AND s.stream = sync_progress.stream;
$$;
COMMENT ON FUNCTION stockalert.sync_progress(bigint, text, integer, integer, integer) IS 'Adds a page, in the transaction that applied it, to the round of a stream. For the worker.';

CREATE FUNCTION stockalert.sync_end(connection_id bigint, stream text, ok boolean, watermark timestamptz DEFAULT NULL, watermark_text text DEFAULT NULL,
		error_class text DEFAULT NULL, error_status integer DEFAULT NULL, error_code text DEFAULT NULL, error_detail text DEFAULT NULL,
		next_attempt_at timestamptz DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s stockalert.sync_streams;
	at timestamptz := clock_timestamp();
BEGIN
	SELECT x.* INTO s FROM stockalert.sync_streams AS x WHERE x.connection_id = sync_end.connection_id AND x.stream = sync_end.stream FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF ok THEN
		UPDATE stockalert.sync_streams AS x SET finished_at = at, last_success_at = at, last_full_at = CASE WHEN s.full_run THEN s.started_at ELSE s.last_full_at END,
				full_requested = s.full_requested AND (NOT s.full_run OR s.requested_at > s.started_at), failures = 0,
				watermark = greatest(s.watermark, sync_end.watermark),
				watermark_text = CASE WHEN sync_end.watermark < s.watermark THEN s.watermark_text ELSE coalesce(left(sync_end.watermark_text, 64), s.watermark_text) END,
				next_attempt_at = sync_end.next_attempt_at, error_class = NULL, error_status = NULL, error_code = NULL, error_detail = NULL, error_at = NULL
			WHERE x.connection_id = s.connection_id AND x.stream = s.stream;
		-- What a round over everything did not meet again is mended.
		IF s.full_run THEN
			DELETE FROM stockalert.sync_problems AS p WHERE p.connection_id = s.connection_id AND p.stream = s.stream
				AND p.seen_at < CASE WHEN stockalert.is_gone_item(p) THEN s.started_at - interval '1 hour' ELSE s.started_at END;
		END IF;
		IF s.stream = 'counts' THEN
			PERFORM stockalert.square_end_sold_out(s.connection_id);
			-- The alerts of a first import were held back; they go out as one digest.
			IF s.last_success_at IS NULL AND EXISTS (SELECT FROM stockalert.alerts AS a JOIN stockalert.location_refs AS x ON x.location_id = a.location_id
				JOIN stockalert.connections AS c ON c.source_id = x.source_id WHERE c.connection_id = s.connection_id AND a.resolved_at IS NULL) THEN
				INSERT INTO stockalert.queue (lane, event, occurred_at) VALUES (2, 'takeover', stockalert.as_of());
				PERFORM stockalert.wake_sender();
			END IF;
		END IF;
		UPDATE stockalert.connections AS c SET state = 'ok', state_reason = NULL, state_at = at WHERE c.connection_id = s.connection_id AND c.state <> 'ok';
	ELSE
		UPDATE stockalert.sync_streams AS x SET finished_at = at, failures = s.failures + 1, error_at = at, error_class = coalesce(sync_end.error_class, 'transient'),
				error_status = sync_end.error_status, error_code = left(sync_end.error_code, 100), error_detail = left(sync_end.error_detail, 1000),
				next_attempt_at = coalesce(sync_end.next_attempt_at, at + CASE WHEN sync_end.error_class = 'scope' THEN interval '1 day'
					-- A tenth of chance, so that many shops do not come back at one moment.
					ELSE least(interval '1 hour', interval '15 seconds' * 2 ^ least(s.failures, 10)) * (0.95 + 0.1 * random()) END)
			WHERE x.connection_id = s.connection_id AND x.stream = s.stream;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.sync_end(bigint, text, boolean, timestamptz, text, text, integer, text, text, timestamptz) IS
	'Writes down how a round of a stream ended. ok: the watermark (never moved back; NULL leaves it) and that the connection works; else the error, which is tried again at next_attempt_at (NULL: after 15 seconds, doubled with every failure up to an hour; a missing scope after a day). For the worker.';

CREATE FUNCTION stockalert.set_connection_state(connection_id bigint, state text, reason text DEFAULT NULL) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE stockalert.connections AS c SET state = set_connection_state.state, state_reason = left(reason, 1000), state_at = clock_timestamp()
		WHERE c.connection_id = set_connection_state.connection_id;
$$;
COMMENT ON FUNCTION stockalert.set_connection_state(bigint, text, text) IS
	'Writes down how a connection is; revoked, misconfigured and stopped are left alone from then on until somebody asks. For the worker.';

-- Where the catalog was read after an item came up that it does not know, the
-- provider deleted it: its counts and sales are told for ever.
CREATE FUNCTION stockalert.is_gone_item(problem stockalert.sync_problems) RETURNS boolean
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
	RETURN problem.reason = 'the item is not known' AND EXISTS (SELECT FROM stockalert.sync_rounds AS r WHERE r.connection_id = problem.connection_id
		AND r.stream = 'catalog' AND r.started_at > problem.first_at AND r.last_success_at >= r.started_at);
COMMENT ON FUNCTION stockalert.is_gone_item(stockalert.sync_problems) IS
	'Tells whether a row could not be used because its item was deleted at the provider: the catalog was read since and does not know it. False for NULL. For the owner.';

CREATE FUNCTION stockalert.note_sync_problems(connection_id bigint, stream text, external_ids text[], reasons text[], samples text[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	room bigint;
	counted bigint;
BEGIN
	IF coalesce(cardinality(reasons), 0) = 0 THEN
		RETURN 0;
	END IF;
	-- What is gone at the provider was said once: it counts no more, and is written once an hour.
	SELECT count(*) FILTER (WHERE NOT u.gone), array_agg(u.external_id) FILTER (WHERE NOT u.lately), array_agg(u.reason) FILTER (WHERE NOT u.lately),
			array_agg(u.sample) FILTER (WHERE NOT u.lately) INTO counted, external_ids, reasons, samples
		FROM (SELECT n.*, p.external_id IS NOT NULL AS gone, coalesce(p.seen_at > clock_timestamp() - interval '1 hour', false) AS lately
			FROM ROWS FROM (unnest(external_ids), unnest(reasons), unnest(samples)) AS n (external_id, reason, sample)
			LEFT JOIN stockalert.sync_problems AS p ON p.connection_id = note_sync_problems.connection_id AND p.stream = note_sync_problems.stream
				AND p.external_id = n.external_id AND p.reason = n.reason AND stockalert.is_gone_item(p)) AS u;
	-- A million bad rows are one problem, not a million.
	room := 1000 - (SELECT count(*) FROM (SELECT FROM stockalert.sync_problems AS p
		WHERE p.connection_id = note_sync_problems.connection_id AND p.stream = note_sync_problems.stream LIMIT 1000) AS few);
	INSERT INTO stockalert.sync_problems AS p (connection_id, stream, external_id, reason, sample, times, first_at, seen_at)
		SELECT note_sync_problems.connection_id, note_sync_problems.stream, n.external_id, n.reason, min(n.sample), sum(n.times), clock_timestamp(), clock_timestamp()
		FROM (SELECT CASE WHEN k.known OR row_number() OVER (PARTITION BY k.known ORDER BY k.external_id, k.reason) <= room THEN k.external_id ELSE '' END AS external_id,
				k.reason, k.sample, k.times
			FROM (SELECT g.*, EXISTS (SELECT FROM stockalert.sync_problems AS o WHERE o.connection_id = note_sync_problems.connection_id
						AND o.stream = note_sync_problems.stream AND o.external_id = g.external_id AND o.reason = g.reason) AS known
				FROM (SELECT left(regexp_replace(coalesce(u.external_id, ''), '[^ -~]', '?', 'g'), 100) AS external_id, left(u.reason, 200) AS reason,
						min(left(u.sample, 500)) AS sample, count(*) AS times
					FROM ROWS FROM (unnest(external_ids), unnest(reasons), unnest(samples)) AS u (external_id, reason, sample) GROUP BY 1, 2) AS g) AS k) AS n
		GROUP BY n.external_id, n.reason ORDER BY n.external_id, n.reason
		ON CONFLICT ON CONSTRAINT sync_problems_pkey DO UPDATE SET times = p.times + excluded.times, seen_at = excluded.seen_at, sample = excluded.sample;
	RETURN counted;
END
$$;
COMMENT ON FUNCTION stockalert.note_sync_problems(bigint, text, text[], text[], text[]) IS
	'Notes rows that could not be used, once a key and reason, counted, and returns how many, without those of items that are gone at the provider (is_gone_item). For the owner.';

GRANT EXECUTE ON FUNCTION stockalert.sync_due(), stockalert.sync_begin(bigint, text, boolean, timestamptz, integer, integer),
	stockalert.sync_may_rest(bigint, text, boolean), stockalert.sync_rest(bigint, text, timestamptz),
	stockalert.sync_progress(bigint, text, integer, integer, integer),
	stockalert.sync_end(bigint, text, boolean, timestamptz, text, text, integer, text, text, timestamptz),
	stockalert.set_connection_state(bigint, text, text) TO stockalert_worker;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.sync_plan(), stockalert.stream_rank(text), stockalert.stream_scope(text) TO stockalert_viewer;
-- "Is it working?" of rules, partitions, the clock and the tables themselves.

CREATE TABLE stockalert.noted (
	name text PRIMARY KEY,
	amount bigint NOT NULL,
	note text,
	noted_at timestamptz NOT NULL
);
COMMENT ON TABLE stockalert.noted IS 'What takes long to count, as daily_upkeep() counted it: rule_problems.';

CREATE FUNCTION stockalert.note_rule_problems() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO stockalert.noted AS n (name, amount, note, noted_at)
		SELECT 'rule_problems', count(*), min(format('rule %s (%s): %s', p.rule_id, p.scope, p.problem)), stockalert.as_of() FROM stockalert.rule_problems AS p
		ON CONFLICT ON CONSTRAINT noted_pkey DO UPDATE SET amount = excluded.amount, note = excluded.note, noted_at = excluded.noted_at;
$$;
COMMENT ON FUNCTION stockalert.note_rule_problems() IS 'Counts rule_problems for health(). For the owner: daily_upkeep() calls it.';

CREATE FUNCTION stockalert.health_of_rules() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problems bigint;
	first text;
	at timestamptz;
BEGIN
	-- Each rule is held against every pair: now where they are few, else as of the last night.
	IF NOT EXISTS (SELECT FROM stockalert.rules AS r WHERE r.enabled) THEN
		problems := 0;
	ELSIF pg_relation_size('stockalert.stock_levels') <= 128 * 1024 OR NOT stockalert.sees_all_locations() THEN
		SELECT count(*), min(format('rule %s (%s): %s', p.rule_id, p.scope, p.problem)) INTO problems, first FROM stockalert.rule_problems AS p;
	ELSE
		SELECT n.amount, n.note, n.noted_at INTO problems, first, at FROM stockalert.noted AS n WHERE n.name = 'rule_problems';
	END IF;
	RETURN QUERY SELECT 'rules', CASE WHEN problems = 0 THEN 'ok' ELSE 'warn' END,
		CASE WHEN problems IS NULL THEN 'not looked at yet' WHEN problems = 0 THEN 'all do what they say'
			ELSE format('%s, such as %s', stockalert.counted(problems, 'problem'), first) END || CASE WHEN at IS NOT NULL THEN format(' (as of %s)', at) ELSE '' END,
		CASE WHEN problems IS NULL THEN 'SELECT * FROM stockalert.daily_upkeep(); -- nightly: SELECT * FROM stockalert.schedule_jobs();'
			WHEN problems > 0 THEN 'SELECT * FROM stockalert.rule_problems;' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_rules() IS 'Part of health(): rules that do nothing or contradict another.';

CREATE FUNCTION stockalert.health_of_partitions() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- Without one for its month a row goes to the default partition, and then the month stays there: it is
	-- found as well, only slower. Until the first upkeep there is none at all.
	SELECT 'partitions', CASE WHEN x.made > 0 AND x.missing IS NOT NULL THEN 'warn' ELSE 'ok' END,
		CASE WHEN x.made > 0 AND x.missing IS NOT NULL THEN 'missing: ' || x.missing WHEN x.made > 0 THEN 'made until the end of next month' ELSE 'made with the first daily_upkeep()' END,
		CASE WHEN x.made > 0 AND x.missing IS NOT NULL THEN 'SELECT stockalert.make_partitions(); -- nightly: SELECT * FROM stockalert.schedule_jobs();' END
	FROM (SELECT string_agg(t.child, ', ' ORDER BY t.child) FILTER (WHERE to_regclass('stockalert.' || t.child) IS NULL
				AND pg_relation_size(format('stockalert.%I_default', parent)::regclass) = 0) AS missing,
			(SELECT count(*) FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = 'stockalert.sales'::regclass) - 1 AS made
		FROM unnest('{sales,stock_changes,deliveries}'::text[]) AS parent, generate_series(0, 1) AS ahead,
			LATERAL (SELECT format('%s_%s', parent, to_char((stockalert.as_of() AT TIME ZONE 'UTC') + ahead * interval '1 month', 'YYYY_MM')) AS child) AS t) AS x;
$$;
COMMENT ON FUNCTION stockalert.health_of_partitions() IS 'Part of health(): the partitions of this month and the next.';

CREATE FUNCTION stockalert.health_of_clock() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	latest timestamptz;
BEGIN
	-- What was written last bears the time it was written at.
	SELECT max(x.at) INTO latest FROM (
		(SELECT r.started_at AS at FROM stockalert.job_runs AS r ORDER BY r.run_id DESC LIMIT 1) UNION ALL
		(SELECT m.created_at FROM stockalert.messages AS m ORDER BY m.message_id DESC LIMIT 1)) AS x;
	RETURN QUERY SELECT 'clock', CASE WHEN stockalert.as_of() <> now() OR latest > clock_timestamp() + interval '1 minute' THEN 'warn' ELSE 'ok' END,
		CASE WHEN stockalert.as_of() <> now() THEN format('stock is judged as of %s', stockalert.as_of())
			WHEN latest > clock_timestamp() + interval '1 minute' THEN format('it was set back: something was written at %s', latest)
			ELSE format('goes on (%s)', current_setting('TimeZone')) END,
		CASE WHEN stockalert.as_of() <> now() THEN 'RESET stockalert.as_of; -- unless you are replaying'
			WHEN latest > clock_timestamp() + interval '1 minute' THEN '-- See that the server''s clock is right and kept so (NTP); jobs and messages go on by themselves.' END;
END
$$;
COMMENT ON FUNCTION stockalert.health_of_clock() IS 'Part of health(): a clock that was set back, or stockalert.as_of set.';

CREATE FUNCTION stockalert.health_of_tables() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	-- Of tables that are written all the time: many dead rows, or a file that is far too large for what is in it.
	SELECT 'bloat', CASE WHEN count(*) FILTER (WHERE t.bloated) > 0 THEN 'warn' ELSE 'ok' END,
		coalesce(string_agg(format('%s: %s dead rows beside %s, %s', t.name, t.dead, t.alive, pg_size_pretty(t.bytes)), '; ' ORDER BY t.bytes DESC) FILTER (WHERE t.bloated),
			format('%s in the tables that change most', pg_size_pretty(sum(t.bytes)))),
		CASE WHEN count(*) FILTER (WHERE t.bloated) > 0 THEN format('VACUUM stockalert.%s; -- as superuser, once you saw what keeps autovacuum: a transaction left open, a prepared one, an unused replication slot',
			(array_agg(t.name ORDER BY t.bytes DESC) FILTER (WHERE t.bloated))[1]) END
	FROM (SELECT c.relname AS name, s.dead, s.alive, s.bytes,
			s.dead > 20000 AND s.dead > s.alive OR s.bytes > 64 * 1024 * 1024 AND s.bytes > 4000 * s.alive AS bloated
		FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL (SELECT pg_stat_get_dead_tuples(c.oid) AS dead, pg_stat_get_live_tuples(c.oid) AS alive, pg_relation_size(c.oid) AS bytes) AS s
		WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relname IN ('stock_levels', 'queue', 'demand_state', 'demand_days', 'notices', 'alerts')) AS t;
$$;
COMMENT ON FUNCTION stockalert.health_of_tables() IS 'Part of health(): dead rows and empty space of the tables that change most, by the server''s statistics.';
-- What Square pushes: taken as bytes, verified by the syncer, and then only a
-- hint that something changed.  Reading stays the source of truth.

CREATE FUNCTION stockalert.receive_square_webhook(body text, signature text, connection text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := 1000;
	whose bigint;
BEGIN
	IF body IS NULL OR signature IS NULL OR octet_length(body) > 262144 OR octet_length(signature) > 256 OR body = '' THEN
		RETURN 'refused';
	END IF;
	IF connection IS NOT NULL THEN
		whose := (SELECT c.connection_id FROM stockalert.connections AS c WHERE c.name = connection);
		IF whose IS NULL THEN
			RETURN 'refused';
		END IF;
	ELSIF NOT EXISTS (SELECT FROM stockalert.connections) THEN
		RETURN 'refused';
	END IF;
	-- Anybody may send to the front: what waits is bounded, and nothing is lost that is not read anyway.
	IF (SELECT count(*) FROM (SELECT FROM stockalert.webhook_inbox AS w WHERE w.state = 'pending' LIMIT most) AS waiting) >= most THEN
		RETURN 'busy';
	END IF;
	INSERT INTO stockalert.webhook_inbox (connection_id, body, signature) VALUES (whose, convert_to(body, 'UTF8'), signature);
	PERFORM stockalert.wake_syncer();
	RETURN 'accepted';
END
$$;
COMMENT ON FUNCTION stockalert.receive_square_webhook(text, text, text) IS
	'Takes a webhook of Square from an HTTP front: the body exactly as it came and the header x-square-hmacsha256-signature; connection: which one, where the front knows. The syncer verifies it and then reads what changed. Returns accepted (answer 200), busy (1,000 wait already: answer 503) or refused (too long, empty, or there is no such connection: answer 400). Raises nothing.';

CREATE FUNCTION stockalert.webhook_handled(inbox_id bigint, state text, connection_id bigint DEFAULT NULL, event_id text DEFAULT NULL, event_type text DEFAULT NULL)
	RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	outcome text := state;
	streams text[];
	id CONSTANT text := left(event_id, 100);
	type CONSTANT text := left(event_type, 100);
BEGIN
	IF outcome = 'verified' THEN
		streams := CASE WHEN type LIKE 'inventory.%' THEN '{counts,movements}' WHEN type LIKE 'catalog.%' THEN '{catalog}' WHEN type LIKE 'order.%' THEN '{orders}'
			WHEN type LIKE 'location.%' THEN '{locations}' WHEN type LIKE 'vendor.%' THEN '{vendors}' WHEN type LIKE 'transfer_order.%' THEN '{transfers,counts}' END::text[];
		IF EXISTS (SELECT FROM stockalert.webhook_inbox AS w WHERE w.event_id = id AND w.connection_id = webhook_handled.connection_id
			AND w.state IN ('verified', 'ignored') AND w.inbox_id <> webhook_handled.inbox_id) THEN
			outcome := 'duplicate';
		ELSIF type = 'oauth.authorization.revoked' THEN
			PERFORM stockalert.set_connection_state(webhook_handled.connection_id, 'revoked', 'The seller took the permission back.');
		ELSIF streams IS NULL THEN
			outcome := 'ignored';
		ELSE
			UPDATE stockalert.sync_streams AS s SET requested_at = clock_timestamp()
				WHERE s.connection_id = webhook_handled.connection_id AND s.stream = ANY (streams) AND s.enabled;
		END IF;
	END IF;
	UPDATE stockalert.webhook_inbox AS w SET state = outcome, connection_id = coalesce(webhook_handled.connection_id, w.connection_id), event_id = id, event_type = type,
			handled_at = clock_timestamp(), body = ''
		WHERE w.inbox_id = webhook_handled.inbox_id;
	DELETE FROM stockalert.webhook_inbox AS w WHERE w.inbox_id IN (SELECT o.inbox_id FROM stockalert.webhook_inbox AS o
		WHERE o.handled_at < clock_timestamp() - interval '3 days' ORDER BY o.inbox_id LIMIT 100);
	RETURN outcome;
END
$$;
COMMENT ON FUNCTION stockalert.webhook_handled(bigint, text, bigint, text, text) IS
	'Writes down what a webhook was (verified, forged, failed), asks for the streams that a verified one tells of, and returns what it turned out to be: duplicate and ignored are found here. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.receive_square_webhook(text, text, text) TO stockalert_webhook, stockalert_writer, stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.webhook_handled(bigint, text, bigint, text, text) TO stockalert_worker;
-- Connecting a seller's account, asking it to be read, and seeing how it goes.

CREATE FUNCTION stockalert.find_connection(name text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint[];
BEGIN
	SELECT array_agg(c.connection_id) INTO found FROM stockalert.connections AS c WHERE find_connection.name IS NULL OR c.name = find_connection.name;
	IF cardinality(found) = 1 THEN
		RETURN found[1];
	ELSIF found IS NULL THEN
		RAISE EXCEPTION '%', CASE WHEN name IS NULL THEN 'there is no connection' ELSE format('connection "%s" is not known', left(name, 200)) END
			USING ERRCODE = 'undefined_object',
				  DETAIL = coalesce((SELECT 'Known: ' || string_agg(c.name, ', ' ORDER BY c.name) || '.' FROM stockalert.connections AS c), 'None was made yet.'),
				  HINT = 'SELECT * FROM stockalert.add_square_connection();';
	END IF;
	RAISE EXCEPTION 'which connection is not said'
		USING ERRCODE = 'invalid_parameter_value', DETAIL = (SELECT 'There are ' || string_agg(c.name, ', ' ORDER BY c.name) || '.' FROM stockalert.connections AS c),
			  HINT = 'Pass the name of one.';
END
$$;
COMMENT ON FUNCTION stockalert.find_connection(text) IS 'Finds a connection by its name; NULL: the only one. Errors: 42704 with those there are, 22023 several. For the extension''s own functions.';

CREATE FUNCTION stockalert.connection_host(connection stockalert.connections) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN (connection).base_url IS NOT NULL THEN regexp_replace(lower((connection).base_url), '^https?://', '') || CASE WHEN (connection).base_url !~ ':[0-9]+$' THEN ':443' ELSE '' END
		WHEN (connection).environment = 'production' THEN 'connect.squareup.com:443' ELSE 'connect.squareupsandbox.com:443' END;
COMMENT ON FUNCTION stockalert.connection_host(stockalert.connections) IS 'Where the token of a connection is sent, host:port, as it is sealed for it.';

-- Why nothing would happen, and what to do about it; else where to look.
CREATE FUNCTION stockalert.connection_next(connection_id bigint) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN stockalert.installation_state() = 'copy' THEN 'SELECT * FROM stockalert.confirm_takeover(); -- this is a copy, which reads nothing before'
		WHEN NOT c.enabled THEN format('SELECT * FROM stockalert.set_connection(%L, enabled => true);', c.name)
		WHEN NOT EXISTS (SELECT FROM stockalert.credentials AS k WHERE k.name = c.credential)
			THEN format('SELECT stockalert.seal_command(%L, %L); -- to seal its token', c.credential, stockalert.connection_host(c))
		WHEN current_setting('stockalert.delivery') <> 'live'
			THEN format('-- Nothing outside is called while stockalert.delivery is %s. As superuser: ALTER SYSTEM SET stockalert.delivery = live; SELECT pg_reload_conf();', current_setting('stockalert.delivery'))
		ELSE 'SELECT * FROM stockalert.sync_status;' END
	FROM stockalert.connections AS c WHERE c.connection_id = connection_next.connection_id;
$$;
COMMENT ON FUNCTION stockalert.connection_next(bigint) IS 'What to do next about a connection. For the owner.';

CREATE FUNCTION stockalert.check_connection_terms(name text, environment text, credential text, locations text[], api_version text, base_url text, streams text[], sync_every interval)
	RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	why text;
	hint text;
BEGIN
	PERFORM stockalert.check_label('name', name, 63);
	IF environment NOT IN ('sandbox', 'production') THEN
		why := 'environment is sandbox or production.';
		hint := 'A personal or OAuth token belongs to one of the two; see where it was made.';
	ELSIF credential IS NOT NULL AND NOT stockalert.is_connection_credential(credential) THEN
		why := 'credential names one of Square: square, or with a label of a-z, 0-9, _ and -, as square:north.';
		hint := 'Pass the name, never the token itself.';
	ELSIF api_version !~ '^20[0-9]{2}-[01][0-9]-[0-3][0-9]$' THEN
		why := 'api_version is a date, as Square names its versions.';
		hint := 'Leave it away for 2025-10-16; 2026-07-15 is known too.';
	ELSIF base_url <> '' AND base_url !~ '^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127[.]0[.]0[.]1|localhost|\[::1\])(:[0-9]{1,5})?)$' THEN
		why := 'base_url is https://host, or http:// to this machine.';
		hint := 'Leave it away: it is for tests.';
	ELSIF cardinality(locations) > 1000 OR array_position(locations, NULL) IS NOT NULL THEN
		why := 'locations are up to 1000 ids of Square, none of them NULL.';
		hint := 'Leave them away for all, and see location_list afterwards.';
	ELSIF streams IS NOT NULL AND EXISTS (SELECT FROM unnest(streams) AS s WHERE stockalert.stream_rank(s) IS NULL) THEN
		why := 'streams are of locations, catalog, counts, movements, orders, vendors, transfers.';
		hint := 'Leave them away for all.';
	ELSIF sync_every NOT BETWEEN '1 minute' AND '7 days' THEN
		why := 'sync_every is from a minute to a week.';
		hint := 'Webhooks shorten the wait without more requests: see receive_square_webhook().';
	END IF;
	IF why IS NOT NULL THEN
		RAISE EXCEPTION 'connection cannot be made so' USING ERRCODE = 'invalid_parameter_value', DETAIL = why, HINT = hint;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.check_connection_terms(text, text, text, text[], text, text, text[], interval) IS 'Raises 22023 where a connection cannot have these terms; quotes none of them, as one may be a secret given by mistake. For the owner.';

CREATE FUNCTION stockalert.add_square_connection(name text DEFAULT 'square', environment text DEFAULT 'sandbox', credential text DEFAULT 'square',
		locations text[] DEFAULT NULL, api_version text DEFAULT '2025-10-16', base_url text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source bigint;
	id bigint;
BEGIN
	PERFORM stockalert.require_all_locations('connecting an account');
	PERFORM stockalert.check_connection_terms(name, environment, credential, locations, api_version, base_url, NULL, NULL);
	IF EXISTS (SELECT FROM stockalert.connections AS c WHERE c.name = add_square_connection.name) THEN
		RAISE EXCEPTION 'connection "%" exists already', name
			USING ERRCODE = 'duplicate_object', DETAIL = 'A connection is one account of a seller; its locations are read by the same.',
				  HINT = format('SELECT * FROM stockalert.set_connection(%L, ...) changes it; another account needs another name and credential.', name);
	END IF;
	PERFORM stockalert.ensure_installation();
	-- The one of an earlier connection of this name, so that keys mean what they meant.
	SELECT s.source_id INTO source FROM stockalert.sources AS s WHERE s.name = add_square_connection.name AND s.kind = 'square'
		AND NOT EXISTS (SELECT FROM stockalert.connections AS c WHERE c.source_id = s.source_id);
	IF source IS NULL THEN
		INSERT INTO stockalert.sources AS s (name, kind) VALUES (CASE WHEN EXISTS (SELECT FROM stockalert.sources AS o WHERE o.name = add_square_connection.name)
			THEN left(add_square_connection.name, 45) || ' (Square) ' || left(md5(random()::text), 6) ELSE add_square_connection.name END, 'square') RETURNING s.source_id INTO source;
	END IF;
	INSERT INTO stockalert.connections AS c (source_id, name, environment, base_url, api_version, credential, chosen_locations)
		VALUES (source, add_square_connection.name, coalesce(add_square_connection.environment, 'sandbox'), nullif(add_square_connection.base_url, ''),
			coalesce(add_square_connection.api_version, '2025-10-16'), coalesce(add_square_connection.credential, 'square'), nullif(locations, '{}'))
		RETURNING c.connection_id INTO id;
	INSERT INTO stockalert.sync_streams (connection_id, stream) SELECT id, u FROM unnest('{locations,catalog,counts,movements,orders,vendors,transfers}'::text[]) AS u;
	PERFORM stockalert.audit('add_square_connection', name);
	PERFORM stockalert.wake_syncer();
	done := format('%s is connected to Square (%s), %s; locations, items, stock and sales come from there', name, coalesce(environment, 'sandbox'),
		CASE WHEN cardinality(locations) > 0 THEN format('%s of its locations', cardinality(locations)) ELSE 'all its locations' END);
	next := stockalert.connection_next(id);
END
$$;
COMMENT ON FUNCTION stockalert.add_square_connection(text, text, text, text[], text, text) IS
	'Connects an account of a Square seller: its locations (ids; NULL: all), catalog, counts, movements, orders of what it does not track, vendors and transfers are read from now on, first all, then what changed. The token lies in the credential of that name, which stockalert-seal makes; it needs MERCHANT_PROFILE_READ, ITEMS_READ and INVENTORY_READ, for vendors VENDOR_READ, for untracked items ORDERS_READ. base_url is for tests. Errors: 22023, 42710, 42501.';

CREATE FUNCTION stockalert.set_connection(name text, enabled boolean DEFAULT NULL, locations text[] DEFAULT NULL, streams text[] DEFAULT NULL, sync_every interval DEFAULT NULL,
		environment text DEFAULT NULL, credential text DEFAULT NULL, api_version text DEFAULT NULL, base_url text DEFAULT NULL, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	was stockalert.connections;
BEGIN
	PERFORM stockalert.require_all_locations('changing a connection');
	id := stockalert.find_connection(name);
	SELECT c.* INTO was FROM stockalert.connections AS c WHERE c.connection_id = id FOR UPDATE;
	PERFORM stockalert.check_connection_terms(was.name, environment, credential, locations, api_version, base_url, streams, sync_every);
	UPDATE stockalert.connections AS c SET enabled = coalesce(set_connection.enabled, c.enabled),
			chosen_locations = CASE WHEN locations IS NULL THEN c.chosen_locations ELSE nullif(locations, '{}') END,
			sync_every = coalesce(set_connection.sync_every, c.sync_every), environment = coalesce(set_connection.environment, c.environment),
			credential = coalesce(set_connection.credential, c.credential), api_version = coalesce(set_connection.api_version, c.api_version),
			base_url = CASE WHEN set_connection.base_url IS NULL THEN c.base_url ELSE nullif(set_connection.base_url, '') END,
			state = CASE WHEN c.state = 'ok' THEN 'ok' ELSE 'pending' END, state_reason = NULL, state_at = clock_timestamp(),
			scopes = CASE WHEN set_connection.credential IS NULL THEN c.scopes END
		WHERE c.connection_id = id;
	IF streams IS NOT NULL THEN
		UPDATE stockalert.sync_streams AS s SET enabled = s.stream = ANY (streams) WHERE s.connection_id = id AND s.enabled <> (s.stream = ANY (streams));
	END IF;
	-- Other places, other rows: all of it once more.
	UPDATE stockalert.sync_streams AS s SET requested_at = clock_timestamp(), next_attempt_at = CASE WHEN s.error_class = 'rate_limited' THEN s.next_attempt_at END,
			full_requested = s.full_requested OR locations IS NOT NULL AND nullif(locations, '{}') IS DISTINCT FROM was.chosen_locations
		WHERE s.connection_id = id AND s.enabled;
	PERFORM stockalert.audit('set_connection', was.name);
	PERFORM stockalert.wake_syncer();
	done := format('connection %s is changed', was.name);
	next := stockalert.connection_next(id);
END
$$;
COMMENT ON FUNCTION stockalert.set_connection(text, boolean, text[], text[], interval, text, text, text, text) IS
	'Changes a connection; what is NULL stays. locations: ids of Square, {} for all; streams: those that are read; base_url: empty for Square''s own. What had stopped is tried again. Errors: 42704, 22023, 42501.';

CREATE FUNCTION stockalert.remove_connection(name text, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	the_name text;
	the_credential text;
BEGIN
	PERFORM stockalert.require_all_locations('removing a connection');
	id := stockalert.find_connection(name);
	DELETE FROM stockalert.square_levels AS l WHERE l.connection_id = id;
	DELETE FROM stockalert.connections AS c WHERE c.connection_id = id RETURNING c.name, c.credential INTO the_name, the_credential;
	PERFORM stockalert.audit('remove_connection', the_name);
	done := format('%s is not read any more; its locations, items, stock, thresholds and sales stay as they are', the_name);
	next := CASE WHEN EXISTS (SELECT FROM stockalert.credentials AS k WHERE k.name = the_credential)
				AND NOT EXISTS (SELECT FROM stockalert.connections AS c WHERE c.credential = the_credential)
			THEN format('SELECT * FROM stockalert.delete_credential(%L); -- and revoke the token at Square; ', the_credential) ELSE '-- ' END
		|| format('add_square_connection(%L) goes on where it ended', the_name);
END
$$;
COMMENT ON FUNCTION stockalert.remove_connection(text) IS 'Ends a connection. What it brought stays and is nobody''s to change but yours. Errors: 42704, 42501.';

CREATE FUNCTION stockalert.sync_now(connection text DEFAULT NULL, what text DEFAULT NULL, everything boolean DEFAULT false, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids bigint[];
	place bigint;
	asked bigint;
	waiting text;
BEGIN
	IF connection IS NOT NULL OR NOT EXISTS (SELECT FROM stockalert.connections) THEN
		ids := ARRAY[stockalert.find_connection(connection)];
	ELSE
		ids := ARRAY(SELECT c.connection_id FROM stockalert.connections AS c);
	END IF;
	IF what IS NOT NULL AND stockalert.stream_rank(what) IS NULL THEN
		place := stockalert.find_location(what);
		ids := ARRAY(SELECT c.connection_id FROM stockalert.connections AS c JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.location_id = place
			WHERE c.connection_id = ANY (ids));
		IF ids = '{}' THEN
			RAISE EXCEPTION 'location "%" is read by no connection', what
				USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It was not brought by Square.', HINT = 'SELECT * FROM stockalert.sync_status;';
		END IF;
	END IF;
	UPDATE stockalert.sync_streams AS s SET requested_at = clock_timestamp(), full_requested = s.full_requested OR everything
		WHERE s.connection_id = ANY (ids) AND s.enabled AND (place IS NOT NULL OR what IS NULL OR s.stream = what)
			AND EXISTS (SELECT FROM stockalert.connections AS c WHERE c.connection_id = s.connection_id AND c.enabled);
	GET DIAGNOSTICS asked = ROW_COUNT;
	PERFORM stockalert.wake_syncer();
	SELECT format('; %s waits until %s', s.stream, s.next_attempt_at) INTO waiting FROM stockalert.sync_streams AS s
		WHERE s.connection_id = ANY (ids) AND s.next_attempt_at > clock_timestamp() AND s.error_class IN ('rate_limited', 'transient') ORDER BY s.next_attempt_at DESC LIMIT 1;
	done := format('%s of %s asked for%s', CASE asked WHEN 1 THEN '1 stream' ELSE asked || ' streams' END, (SELECT string_agg(c.name, ', ' ORDER BY c.name) FROM stockalert.connections AS c WHERE c.connection_id = ANY (ids)),
		coalesce(waiting, '') || CASE WHEN current_setting('stockalert.delivery') <> 'live'
			THEN format('; nothing outside is called, Square included, while stockalert.delivery is %s', current_setting('stockalert.delivery')) ELSE '' END);
	next := stockalert.connection_next(ids[1]);
END
$$;
COMMENT ON FUNCTION stockalert.sync_now(text, text, boolean) IS
	'Asks for Square to be read now: of one connection or all; what: a stream or a location (whose account is read); everything => true reads all instead of what changed. The syncer does it at once unless Square asked it to wait. Errors: 42704, 55000 a location that no connection reads.';

GRANT EXECUTE ON FUNCTION stockalert.add_square_connection(text, text, text, text[], text, text),
	stockalert.set_connection(text, boolean, text[], text[], interval, text, text, text, text), stockalert.remove_connection(text) TO stockalert_admin;
GRANT EXECUTE ON FUNCTION stockalert.sync_now(text, text, boolean) TO stockalert_manager;
-- Square's counts and transfers into stock levels, a page in one statement,
-- through the same trigger as everybody's.  The remembered counts
-- (square_levels) say what Square told; stock_levels says what that means.

CREATE FUNCTION stockalert.json_rows(page jsonb, member text) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN jsonb_typeof(page -> member) = 'array' THEN page -> member ELSE '[]' END;
COMMENT ON FUNCTION stockalert.json_rows(jsonb, text) IS 'The array of this name in an answer; empty where there is none. Never NULL.';

CREATE FUNCTION stockalert.square_carries(v stockalert.square_variations, tracked_there boolean, place text) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN NOT v.gone AND v.stock_of IS NULL AND coalesce(tracked_there, v.tracked, true) AND v.everywhere <> coalesce(place = ANY (v.except_at), false);
COMMENT ON FUNCTION stockalert.square_carries(stockalert.square_variations, boolean, text) IS
	'Tells whether stock of a variation counts at a location: sold there, not deleted or archived, tracked, and with stock of its own. NULL tracked_there: as elsewhere.';

CREATE FUNCTION stockalert.square_settle(connection_id bigint, item_ids bigint[] DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.connections;
	items bigint[] := item_ids;
	written integer;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_settle.connection_id;
	IF items IS NULL THEN
		items := ARRAY(SELECT v.item_id FROM stockalert.square_variations AS v WHERE v.connection_id = c.connection_id);
	END IF;
	UPDATE stockalert.stock_levels AS s SET on_hand = n.on_hand, reserved = n.reserved, on_order = n.on_order, in_transit = n.in_transit, active = n.active
		FROM (SELECT s.location_id, s.item_id, coalesce(greatest(l.reserved, 0), s.reserved) AS reserved,
				CASE WHEN o.sold_out_until > clock_timestamp() THEN least(l.in_stock, coalesce(greatest(l.reserved, 0), s.reserved)) ELSE coalesce(l.in_stock, s.on_hand) END AS on_hand,
				coalesce(greatest(l.ordered, 0), s.on_order) AS on_order,
				CASE WHEN c.transfers_known_at IS NULL THEN coalesce(greatest(l.in_transit, 0), s.in_transit)
					ELSE (SELECT coalesce(sum(t.pending), 0) FROM stockalert.square_transfers AS t WHERE t.location_id = l.location_id AND t.item_id = l.item_id) END AS in_transit,
				stockalert.square_carries(v, o.tracked, p.external_id) AS active
			FROM stockalert.location_refs AS p CROSS JOIN unnest(items) AS i (item_id)
			JOIN stockalert.square_levels AS l ON l.location_id = p.location_id AND l.item_id = i.item_id
			JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = l.item_id
			JOIN stockalert.square_variations AS v ON v.connection_id = l.connection_id AND v.item_id = l.item_id
			LEFT JOIN stockalert.square_overrides AS o ON o.item_id = l.item_id AND o.location_id = l.location_id
			WHERE p.source_id = c.source_id AND l.connection_id = c.connection_id) AS n
		WHERE s.location_id = n.location_id AND s.item_id = n.item_id
			AND (s.on_hand, s.reserved, s.on_order, s.in_transit, s.active) IS DISTINCT FROM (n.on_hand, n.reserved, n.on_order, n.in_transit, n.active);
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_settle(bigint, bigint[]) IS
	'Brings stock levels in line with the remembered counts of items (NULL: all of a connection) after what they mean changed: sold out, not carried, transfers. Returns rows written. For the owner.';

-- What is planned while tables are empty is run until they are full, here and
-- in the triggers: so each row is found by its key from the first page on.
CREATE FUNCTION stockalert.plan_by_key(before text[] DEFAULT NULL) RETURNS text[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names CONSTANT text[] := '{enable_hashjoin,enable_mergejoin,enable_material,enable_seqscan,jit}';
	was text[] := '{}';
	i integer;
BEGIN
	FOR i IN 1 .. cardinality(names) LOOP
		was := was || current_setting(names[i]);
		PERFORM set_config(names[i], coalesce(before[i], 'off'), true);
	END LOOP;
	RETURN was;
END
$$;
COMMENT ON FUNCTION stockalert.plan_by_key(text[]) IS
	'Makes the statements that follow in this transaction look rows up by key, and returns what ends that when it is passed to it. For the owner.';

CREATE FUNCTION stockalert.square_newest(told timestamptz) RETURNS timestamptz
	LANGUAGE sql STRICT SET search_path = pg_catalog, pg_temp
	RETURN least(told, clock_timestamp() + interval '1 day');
COMMENT ON FUNCTION stockalert.square_newest(timestamptz) IS
	'The time from which the next round reads on, at most a day ahead of now: an absurd one must not keep out for ever what comes later. NULL for NULL. For the owner.';

-- A first import raises alerts like any other, and tells of them once, at its end.
CREATE FUNCTION stockalert.hush_import(connection_id bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM stockalert.queue AS q WHERE q.stage = 'event' AND q.created_at = now() AND q.alert_id IS NOT NULL
		AND q.location_id IN (SELECT x.location_id FROM stockalert.location_refs AS x JOIN stockalert.connections AS c ON c.source_id = x.source_id
			WHERE c.connection_id = hush_import.connection_id)
		AND EXISTS (SELECT FROM stockalert.sync_streams AS s WHERE s.connection_id = hush_import.connection_id AND s.stream = 'counts' AND s.last_success_at IS NULL);
$$;
COMMENT ON FUNCTION stockalert.hush_import(bigint) IS 'Takes back the events of this transaction while counts of a connection were never read whole: one digest comes at the end. For the owner.';

CREATE FUNCTION stockalert.square_apply_counts(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.connections;
	-- An absurd time of the future must not keep later counts out for ever.
	latest CONSTANT timestamptz := clock_timestamp() + interval '1 day';
	planned CONSTANT text[] := stockalert.plan_by_key();
	places jsonb;
	bad record;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_counts.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	places := (SELECT jsonb_object_agg(x.external_id, x.location_id) FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id);
	WITH row AS MATERIALIZED (
		SELECT r.object, r.place, r.state, r.at_text, r.quantity, CASE WHEN r.at > latest THEN latest ELSE r.at END AS at, v.item_id, p.location_id, v.stock_of, r.value,
			NOT v.gone AND v.stock_of IS NULL AND coalesce(o.tracked, v.tracked, true) AND v.everywhere <> coalesce(r.place = ANY (v.except_at), false) AS carried,
			o.sold_out_until > clock_timestamp() AS sold_out,
			CASE WHEN r.state IN ('WASTE', 'RETURNED_BY_CUSTOMER', 'RECEIVED_FROM_VENDOR', 'SOLD_ONLINE', 'COMPOSED', 'DECOMPOSED', 'CUSTOM', 'NONE', 'SOLD',
					'UNLINKED_RETURN', 'UNTRACKED', 'SUPPORTED_BY_NEWER_VERSION') OR v.stock_of IS NOT NULL
					OR c.chosen_locations IS NOT NULL AND r.place <> ALL (c.chosen_locations) THEN NULL
				WHEN r.object IS NULL THEN 'catalog_object_id is missing'
				WHEN v.item_id IS NULL THEN 'the item is not known'
				WHEN p.location_id IS NULL THEN 'the location is not known'
				WHEN r.state IS NULL OR r.state NOT IN ('IN_STOCK', 'RESERVED_FOR_SALE', 'ORDERED_FROM_VENDOR', 'IN_TRANSIT', 'IN_TRANSIT_TO') THEN 'the state is not known'
				WHEN r.quantity IS NULL THEN 'quantity is no number of at most 21 digits before and 5 after the point'
				WHEN r.at IS NULL THEN 'calculated_at is no time' END AS problem
		FROM (SELECT e.value, e.value ->> 'catalog_object_id' AS object, e.value ->> 'location_id' AS place, e.value ->> 'state' AS state,
				e.value ->> 'calculated_at' AS at_text, stockalert.read_quantity(e.value ->> 'quantity') AS quantity, stockalert.read_moment(e.value ->> 'calculated_at') AS at
			FROM jsonb_array_elements(stockalert.json_rows(page, 'counts')) AS e (value) OFFSET 0) AS r
		-- Each row by key, whatever is known of tables that fill as this is repeated.
		LEFT JOIN LATERAL (SELECT x.* FROM stockalert.square_variations AS x WHERE x.connection_id = c.connection_id AND x.external_id = r.object OFFSET 0) AS v ON true
		CROSS JOIN LATERAL (SELECT (places ->> r.place)::bigint AS location_id OFFSET 0) AS p
		LEFT JOIN LATERAL (SELECT x.tracked, x.sold_out_until FROM stockalert.square_overrides AS x WHERE x.item_id = v.item_id AND x.location_id = p.location_id OFFSET 0) AS o ON true),
	told AS (
		SELECT d.location_id, d.item_id, bool_and(d.carried) AS carried, bool_or(d.sold_out) AS sold_out,
			max(d.quantity) FILTER (WHERE d.part = 1) AS in_stock, max(d.at) FILTER (WHERE d.part = 1) AS in_stock_at,
			max(d.quantity) FILTER (WHERE d.part = 2) AS reserved, max(d.at) FILTER (WHERE d.part = 2) AS reserved_at,
			max(d.quantity) FILTER (WHERE d.part = 3) AS ordered, max(d.at) FILTER (WHERE d.part = 3) AS ordered_at,
			max(d.quantity) FILTER (WHERE d.part = 4) AS in_transit, max(d.at) FILTER (WHERE d.part = 4) AS in_transit_at
		FROM (SELECT DISTINCT ON (r.location_id, r.item_id, s.part) r.location_id, r.item_id, s.part, r.quantity, r.at, r.carried, r.sold_out
			FROM row AS r JOIN (VALUES ('IN_STOCK', 1), ('RESERVED_FOR_SALE', 2), ('ORDERED_FROM_VENDOR', 3), ('IN_TRANSIT', 4), ('IN_TRANSIT_TO', 4)) AS s (state, part)
				ON s.state = r.state
			WHERE r.problem IS NULL AND r.carried IS NOT NULL AND r.stock_of IS NULL AND r.location_id IS NOT NULL AND r.quantity IS NOT NULL AND r.at IS NOT NULL
			ORDER BY r.location_id, r.item_id, s.part, r.at DESC) AS d
		GROUP BY d.location_id, d.item_id),
	known AS MATERIALIZED (
		SELECT t.location_id, t.item_id, t.carried, coalesce(t.sold_out, false) AS sold_out,
			CASE WHEN t.in_stock_at < l.in_stock_at OR t.in_stock_at IS NULL THEN l.in_stock ELSE t.in_stock END AS in_stock,
			greatest(t.in_stock_at, l.in_stock_at) AS in_stock_at,
			CASE WHEN t.reserved_at < l.reserved_at OR t.reserved_at IS NULL THEN l.reserved ELSE t.reserved END AS reserved,
			greatest(t.reserved_at, l.reserved_at) AS reserved_at,
			CASE WHEN t.ordered_at < l.ordered_at OR t.ordered_at IS NULL THEN l.ordered ELSE t.ordered END AS ordered,
			greatest(t.ordered_at, l.ordered_at) AS ordered_at,
			CASE WHEN t.in_transit_at < l.in_transit_at OR t.in_transit_at IS NULL THEN l.in_transit ELSE t.in_transit END AS in_transit,
			greatest(t.in_transit_at, l.in_transit_at) AS in_transit_at,
			l.location_id IS NULL AS new,
			l.location_id IS NULL OR t.in_stock_at >= l.in_stock_at AND (t.in_stock_at, t.in_stock) IS DISTINCT FROM (l.in_stock_at, l.in_stock)
				OR t.in_stock_at IS NOT NULL AND l.in_stock_at IS NULL
				OR t.reserved_at IS NOT NULL AND coalesce(t.reserved_at >= l.reserved_at, true) AND (t.reserved_at, t.reserved) IS DISTINCT FROM (l.reserved_at, l.reserved)
				OR t.ordered_at IS NOT NULL AND coalesce(t.ordered_at >= l.ordered_at, true) AND (t.ordered_at, t.ordered) IS DISTINCT FROM (l.ordered_at, l.ordered)
				OR t.in_transit_at IS NOT NULL AND coalesce(t.in_transit_at >= l.in_transit_at, true)
					AND (t.in_transit_at, t.in_transit) IS DISTINCT FROM (l.in_transit_at, l.in_transit) AS news
		FROM told AS t
		LEFT JOIN LATERAL (SELECT x.* FROM stockalert.square_levels AS x WHERE x.location_id = t.location_id AND x.item_id = t.item_id OFFSET 0) AS l ON true),
	-- Nobody else writes these.
	remembered AS (
		INSERT INTO stockalert.square_levels (location_id, item_id, connection_id, in_stock, in_stock_at, reserved, reserved_at, ordered, ordered_at, in_transit, in_transit_at)
		SELECT k.location_id, k.item_id, c.connection_id, k.in_stock, k.in_stock_at, k.reserved, k.reserved_at, k.ordered, k.ordered_at, k.in_transit, k.in_transit_at
		FROM known AS k WHERE k.new),
	moved AS (
		UPDATE stockalert.square_levels AS l SET in_stock = k.in_stock, in_stock_at = k.in_stock_at, reserved = k.reserved, reserved_at = k.reserved_at,
			ordered = k.ordered, ordered_at = k.ordered_at, in_transit = k.in_transit, in_transit_at = k.in_transit_at, connection_id = c.connection_id
		FROM known AS k WHERE k.news AND NOT k.new AND l.location_id = k.location_id AND l.item_id = k.item_id),
	written AS (
		INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, in_transit, active)
		SELECT w.* FROM (
			SELECT k.location_id, k.item_id,
				CASE WHEN k.sold_out THEN least(k.in_stock, coalesce(greatest(k.reserved, 0), s.reserved, 0)) ELSE k.in_stock END AS on_hand,
				coalesce(greatest(k.reserved, 0), s.reserved, 0) AS reserved, coalesce(greatest(k.ordered, 0), s.on_order, 0) AS on_order,
				CASE WHEN c.transfers_known_at IS NULL THEN coalesce(greatest(k.in_transit, 0), s.in_transit, 0)
					WHEN s.location_id IS NOT NULL THEN s.in_transit
					ELSE (SELECT coalesce(sum(t.pending), 0) FROM stockalert.square_transfers AS t WHERE t.location_id = k.location_id AND t.item_id = k.item_id) END AS in_transit,
				k.carried AS active, s.location_id IS NULL AS missing, s.on_hand AS on_hand_now, s.reserved AS reserved_now, s.on_order AS on_order_now,
				s.in_transit AS in_transit_now, s.active AS active_now
			FROM known AS k
			LEFT JOIN LATERAL (SELECT x.* FROM stockalert.stock_levels AS x WHERE x.location_id = k.location_id AND x.item_id = k.item_id OFFSET 0) AS s ON true
			-- A missing count is not zero: without one there is no level.
			WHERE k.in_stock IS NOT NULL) AS n
		CROSS JOIN LATERAL (SELECT n.location_id, n.item_id, n.on_hand, n.reserved, n.on_order, n.in_transit, n.active) AS w
		WHERE n.missing OR (n.on_hand_now, n.reserved_now, n.on_order_now, n.in_transit_now, n.active_now)
			IS DISTINCT FROM (n.on_hand, n.reserved, n.on_order, n.in_transit, n.active)
		ON CONFLICT ON CONSTRAINT stock_levels_pkey DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved, on_order = excluded.on_order,
			in_transit = excluded.in_transit, active = excluded.active
		RETURNING 1)
	SELECT count(*) AS rows, (SELECT count(*) FROM written) AS changed, max(r.at) AS newest,
		(SELECT m.at_text FROM row AS m WHERE m.at IS NOT NULL ORDER BY m.at DESC, m.at_text DESC LIMIT 1) AS newest_text,
		array_agg(r.object) FILTER (WHERE r.problem IS NOT NULL) AS objects, array_agg(r.problem) FILTER (WHERE r.problem IS NOT NULL) AS reasons,
		array_agg(left(r.value::text, 500)) FILTER (WHERE r.problem IS NOT NULL) AS samples INTO bad
		FROM row AS r;
	rows := bad.rows;
	changed := bad.changed;
	newest := bad.newest;
	newest_text := bad.newest_text;
	problems := stockalert.note_sync_problems(c.connection_id, 'counts', bad.objects, bad.reasons, bad.samples);
	IF changed > 0 THEN
		PERFORM stockalert.hush_import(c.connection_id);
	END IF;
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_counts(bigint, jsonb) IS
	'Applies a page of inventory counts ({"counts": [...]}): IN_STOCK is on hand, RESERVED_FOR_SALE reserved, ORDERED_FROM_VENDOR on order, IN_TRANSIT in transit while transfers are not read; an older count never replaces a newer one, a negative one keeps its sign, and only what differs is written. Rows that cannot be used are noted in sync_problems. newest: the latest calculated_at (at most a day ahead of now). For the worker.';

CREATE FUNCTION stockalert.square_take_counts(connection_id bigint, transfers_known boolean, places text[], location_ids bigint[], page text,
		OUT rows integer, OUT changed integer, OUT newest timestamptz, OUT newest_text text, OUT rest text)
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockalert_square_take_counts';
COMMENT ON FUNCTION stockalert.square_take_counts(bigint, boolean, text[], bigint[], text) IS
	'Applies those of a page of inventory counts that are IN_STOCK and either of a pair that has neither count nor stock level yet or told as they were; rest: a page of the others, NULL where there are none. places: the seller''s ids of locations, in the order of their bytes, and location_ids what each is. For the owner. Errors: 2202E places and locations differ, 23505 another session made the same stock level just now.';

CREATE FUNCTION stockalert.square_apply_counts(connection_id bigint, page text, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	taken record;
	other record;
BEGIN
	SELECT t.* INTO taken FROM stockalert.connections AS c
		CROSS JOIN LATERAL (SELECT coalesce(array_agg(x.external_id ORDER BY x.external_id COLLATE "C"), '{}') AS places,
				coalesce(array_agg(x.location_id ORDER BY x.external_id COLLATE "C"), '{}') AS location_ids
			FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id AND (c.chosen_locations IS NULL OR x.external_id = ANY (c.chosen_locations))) AS k
		CROSS JOIN LATERAL stockalert.square_take_counts(c.connection_id, c.transfers_known_at IS NOT NULL, k.places, k.location_ids, page) AS t
		WHERE c.connection_id = square_apply_counts.connection_id;
	rows := coalesce(taken.rows, 0);
	changed := coalesce(taken.changed, 0);
	problems := 0;
	newest := taken.newest;
	newest_text := taken.newest_text;
	IF changed > 0 THEN
		PERFORM stockalert.hush_import(connection_id);
	END IF;
	IF taken.rest IS NOT NULL THEN
		SELECT a.* INTO other FROM stockalert.square_apply_counts(connection_id, taken.rest::jsonb) AS a;
		rows := rows + other.rows;
		changed := changed + other.changed;
		problems := other.problems;
		IF newest IS NULL OR (other.newest, other.newest_text) > (newest, newest_text) THEN
			newest := other.newest;
			newest_text := other.newest_text;
		END IF;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_counts(bigint, text) IS
	'The same for a page as it came: what is new or as it was is applied without a statement, which a first import consists of. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_counts(bigint, jsonb), stockalert.square_apply_counts(bigint, text) TO stockalert_worker;
-- How the connections are: per stream, per account, and in health().

-- A statement to paste, with what comes before it in a remark, or only a remark.
CREATE FUNCTION stockalert.sync_remedy(class text, code text, stream text, connection stockalert.connections) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE
		WHEN class IN ('expired', 'revoked', 'scope') THEN format('SELECT stockalert.seal_command(%L, %L); -- to seal a token: ', (connection).credential, stockalert.connection_host(connection)) || CASE class
			WHEN 'expired' THEN 'the present one ran out and could not be renewed; one of OAuth is sealed with its refresh token'
			WHEN 'revoked' THEN 'the present one is no longer accepted; take that of the Developer Console (personal access token) or let the seller grant access again (OAuth)'
			ELSE format('the present one may not read this; grant %s at Square, or leave the stream out with set_connection(%L, streams => ...)', stockalert.stream_scope(stream), (connection).name) END
		WHEN class IN ('schema', 'limit', 'permanent') THEN format('SELECT * FROM stockalert.sync_now(%L, %L); -- ', (connection).name, stream) || CASE class
			WHEN 'schema' THEN 'once base_url and any proxy are right: the answer was none of Square''s'
			WHEN 'limit' THEN 'and report it: an answer was too large or had no end'
			ELSE format('once environment, api_version and locations fit the account: Square refused the request%s', coalesce(' (' || translate(code, E'\r\n', '  ') || ')', '')) END
		WHEN class = 'rate_limited' THEN '-- None needed: Square asked to wait, and it is read again by itself.'
		WHEN class = 'transient' THEN '-- None needed unless it lasts: it is tried again by itself.'
		WHEN class = 'cursor' THEN '-- None needed: it starts again from where everything was applied.'
		WHEN class IN ('misconfigured', 'stopped') THEN format('SELECT * FROM stockalert.set_connection(%L, enabled => true); -- once the cause is mended', (connection).name) END;
COMMENT ON FUNCTION stockalert.sync_remedy(text, text, text, stockalert.connections) IS 'What to do about an error of a stream, or about the state of its connection: a statement to paste, or a remark. NULL where there is nothing.';

CREATE VIEW stockalert.sync_status WITH (security_barrier) AS
SELECT c.name AS connection, s.stream,
	CASE WHEN p.blocked IS NOT NULL THEN 'held' WHEN r.started_at > coalesce(r.finished_at, '-infinity') THEN 'running'
		WHEN s.error_class IS NOT NULL THEN 'failed' WHEN s.last_success_at IS NULL THEN 'waiting' ELSE 'ok' END AS state,
	r.last_success_at, s.watermark, pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - r.last_success_at) AS lag, s.pages, s.rows, s.rows_changed, s.rows_total, s.problems,
	CASE WHEN s.last_success_at IS NULL AND s.started_at IS NOT NULL THEN pg_catalog.format('first import since %s: %s rows in %s pages', s.started_at, s.rows, s.pages)
		WHEN r.started_at > coalesce(r.finished_at, '-infinity') THEN pg_catalog.format('%s since %s: %s rows in %s pages', CASE WHEN s.full_run THEN 'all of it' ELSE 'what changed' END,
			s.started_at, s.rows, s.pages) END AS progress,
	CASE WHEN p.blocked IS NULL THEN p.due_at END AS next_at, s.failures,
	coalesce(CASE WHEN s.error_class IS NOT NULL THEN pg_catalog.concat_ws(' ', s.error_class || ':', s.error_status,
		CASE WHEN pg_catalog.starts_with(s.error_detail, s.error_code || ':') THEN NULL ELSE s.error_code END, s.error_detail) END, p.blocked) AS error, s.error_at,
	-- What holds the connection as a whole is mended there, not at the stream that met it.
	CASE WHEN s.error_class IS NOT NULL AND NOT (s.error_class = 'permanent' AND coalesce(p.blocked LIKE 'the connection is%', false)) THEN stockalert.sync_remedy(s.error_class, s.error_code, s.stream, c)
		WHEN p.blocked LIKE 'this is a copy%' THEN 'SELECT * FROM stockalert.confirm_takeover();'
		WHEN p.blocked LIKE 'the token lacks%' THEN stockalert.sync_remedy('scope', NULL, s.stream, c)
		WHEN NOT c.enabled THEN pg_catalog.format('SELECT * FROM stockalert.set_connection(%L, enabled => true);', c.name)
		WHEN p.blocked LIKE 'the connection is%' THEN stockalert.sync_remedy(c.state, NULL, s.stream, c) || coalesce(': ' || pg_catalog.translate(c.state_reason, E'\r\n', '  '), '')
	END AS remedy
FROM stockalert.sync_streams AS s
JOIN stockalert.sync_rounds AS r ON r.connection_id = s.connection_id AND r.stream = s.stream
JOIN stockalert.connections AS c ON c.connection_id = s.connection_id
JOIN stockalert.sync_plan() AS p ON p.connection_id = s.connection_id AND p.stream = s.stream
ORDER BY c.name, stockalert.stream_rank(s.stream);
COMMENT ON VIEW stockalert.sync_status IS
	'Each stream of each connection: when it was last read whole, up to which arrival time, how many rows, the last error and what to do. state: ok, running, waiting, failed, held (error says why). last_success_at: of a round that met nothing new, too, which is written only once an hour and until then remembered by the server. lag: since the last success. progress: of a round that runs, and of a first import.';

CREATE FUNCTION stockalert.check_connection(name text DEFAULT NULL) RETURNS TABLE (connection text, state text, merchant_id text, scopes text[], missing_scopes text[],
		token_expires_at timestamptz, token_refreshed_at timestamptz, checked_at timestamptz, finding text, remedy text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint := stockalert.find_connection(name);
BEGIN
	UPDATE stockalert.connections AS c SET check_requested_at = clock_timestamp() WHERE c.connection_id = id;
	PERFORM stockalert.wake_syncer();
	RETURN QUERY SELECT c.name, c.state, c.merchant_id, c.scopes, m.missing, c.token_expires_at, c.token_refreshed_at, c.checked_at,
			concat_ws('; ', CASE WHEN c.checked_at IS NULL THEN 'not checked yet' ELSE 'as last seen' END || ', asked for again', c.state_reason,
				CASE WHEN c.scopes IS NOT NULL AND c.token_expires_at IS NULL THEN 'a token without end' END,
				CASE WHEN m.missing <> '{}' THEN 'not granted: ' || array_to_string(m.missing, ', ') END),
			CASE WHEN m.missing <> '{}' THEN format('SELECT stockalert.seal_command(%L, %L); -- to seal a token that was granted %s at Square, or leave out what needs it with set_connection(%L, streams => ...)',
					c.credential, stockalert.connection_host(c), array_to_string(m.missing, ', '), c.name)
				WHEN stockalert.connection_next(id) LIKE '%sync_status%' THEN '-- Call it again in a few seconds for the answer.' ELSE stockalert.connection_next(id) END
		FROM stockalert.connections AS c
		CROSS JOIN LATERAL (SELECT coalesce(array_agg(DISTINCT stockalert.stream_scope(s.stream)) FILTER (WHERE NOT stockalert.stream_scope(s.stream) = ANY (c.scopes)), '{}') AS missing
			FROM stockalert.sync_streams AS s WHERE s.connection_id = c.connection_id AND s.enabled) AS m
		WHERE c.connection_id = id;
END
$$;
COMMENT ON FUNCTION stockalert.check_connection(text) IS
	'Shows the account, permissions and expiry of a connection''s token (NULL: of the only one) as last seen, which is a day ago at most while it is read, and asks the syncer to look again: an answer within seconds. token_expires_at NULL: not known, or a personal access token, which has no end. missing_scopes: of streams that are switched on. Errors: 42704, 22023.';

CREATE FUNCTION stockalert.health_of_sync() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH connection AS (
		SELECT c AS itself, c.*, f.stream, f.error, f.remedy, f.main, f.late,
			CASE WHEN NOT c.enabled THEN 'it is switched off'
				-- What somebody must mend comes first.
				WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') THEN NULL
				WHEN stockalert.installation_state() = 'copy' THEN 'this is a copy'
				WHEN NOT EXISTS (SELECT FROM stockalert.credentials AS k WHERE k.name = c.credential) THEN 'its token is not there yet'
				WHEN current_setting('stockalert.delivery') <> 'live' THEN format('nothing outside is called while stockalert.delivery is %s', current_setting('stockalert.delivery')) END AS resting
		FROM stockalert.connections AS c
		LEFT JOIN LATERAL (
			-- Worst first: what stock hangs on, and what has not come for long.
			SELECT s.stream, coalesce(s.error, format('not read since %s', coalesce(s.last_success_at, c.created_at))) AS error, s.remedy,
				s.stream IN ('locations', 'catalog', 'counts', 'movements') AS main, coalesce(s.last_success_at, c.created_at) < clock_timestamp() - greatest(3 * c.sync_every, interval '1 hour') AS late
			FROM stockalert.sync_status AS s JOIN stockalert.sync_streams AS t ON t.connection_id = c.connection_id AND t.stream = s.stream AND t.enabled
			WHERE s.connection = c.name AND (s.state = 'failed' OR s.state = 'held' AND s.remedy IS NOT NULL
				OR s.state <> 'held' AND coalesce(s.last_success_at, c.created_at) < clock_timestamp() - greatest(3 * c.sync_every, interval '1 hour'))
			ORDER BY 4 DESC, 5 DESC, stockalert.stream_rank(s.stream) LIMIT 1) AS f ON true)
	SELECT 'connection ' || c.name,
		CASE WHEN c.resting IS NOT NULL THEN 'warn'
			WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') OR c.token_expires_at < clock_timestamp() + interval '1 day' OR c.main AND c.late THEN 'error'
			WHEN c.stream IS NOT NULL OR c.token_refreshed_at < clock_timestamp() - interval '8 days' AND c.token_expires_at IS NOT NULL THEN 'warn' ELSE 'ok' END,
		coalesce(c.resting, CASE WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') THEN concat_ws(': ', c.state, c.state_reason) END,
			CASE WHEN c.token_expires_at < clock_timestamp() + interval '1 day' THEN format('the token ends at %s', c.token_expires_at) END,
			CASE WHEN c.stream IS NOT NULL THEN format('%s: %s', c.stream, c.error) END,
			CASE WHEN c.token_refreshed_at < clock_timestamp() - interval '8 days' AND c.token_expires_at IS NOT NULL THEN format('the token was last renewed at %s', c.token_refreshed_at) END,
			format('stock as Square had it at %s', (SELECT s.watermark FROM stockalert.sync_streams AS s WHERE s.connection_id = c.connection_id AND s.stream = 'counts'))),
		CASE WHEN c.resting IS NOT NULL THEN stockalert.connection_next(c.connection_id)
			WHEN c.state IN ('expired', 'revoked', 'misconfigured', 'stopped') THEN stockalert.sync_remedy(c.state, NULL, 'counts', c.itself)
			WHEN c.token_expires_at < clock_timestamp() + interval '1 day' THEN stockalert.sync_remedy('expired', NULL, 'counts', c.itself)
			WHEN c.stream IS NOT NULL THEN coalesce(c.remedy, 'SELECT * FROM stockalert.sync_status;')
			WHEN c.token_refreshed_at < clock_timestamp() - interval '8 days' AND c.token_expires_at IS NOT NULL THEN format('SELECT * FROM stockalert.check_connection(%L);', c.name) END
	FROM connection AS c
	UNION ALL
	SELECT 'webhooks', 'warn', format('%s with a signature that no key of ours made in the last 24 hours', count(*)),
		'SELECT stockalert.seal_command(''square_webhook''); -- to seal the key and the URL of the subscription, where those are others; else somebody tries the address of the front'
	FROM stockalert.webhook_inbox AS w WHERE w.state = 'forged' AND w.received_at > clock_timestamp() - interval '1 day' HAVING count(*) > 0;
$$;
COMMENT ON FUNCTION stockalert.health_of_sync() IS 'Part of health(): connections to points of sale, their tokens and streams, and webhooks that were forged.';

CREATE VIEW stockalert.sync_problem_list WITH (security_barrier) AS
SELECT c.name AS connection, p.stream, p.external_id, p.reason, p.sample, p.times, p.first_at, p.seen_at
FROM stockalert.sync_problems AS p JOIN stockalert.connections AS c ON c.connection_id = p.connection_id
WHERE NOT stockalert.is_gone_item(p);
COMMENT ON VIEW stockalert.sync_problem_list IS 'Rows of a point of sale that could not be used, with the name of the connection; without those of items that were deleted there.';

GRANT SELECT ON stockalert.sync_status TO stockalert_viewer;
GRANT EXECUTE ON FUNCTION stockalert.sync_remedy(text, text, text, stockalert.connections), stockalert.connection_host(stockalert.connections) TO stockalert_viewer;
GRANT SELECT ON stockalert.sync_problem_list TO stockalert_manager;
GRANT EXECUTE ON FUNCTION stockalert.check_connection(text) TO stockalert_manager;
-- Square's locations and catalog into locations, items, thresholds and presence.

CREATE FUNCTION stockalert.money_decimals(currency text) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
		WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3 WHEN currency IN ('CLF', 'UYW') THEN 4 ELSE 2 END;
COMMENT ON FUNCTION stockalert.money_decimals(text) IS 'Decimals of the minor unit of a currency (ISO 4217): 2, but 0 for JPY and its like, 3 for BHD. NULL for NULL.';

CREATE FUNCTION stockalert.square_money(money jsonb) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN trim_scale(round(stockalert.read_quantity(money ->> 'amount') / 10 ^ stockalert.money_decimals(coalesce(money ->> 'currency', 'USD'))::numeric, 5));
COMMENT ON FUNCTION stockalert.square_money(jsonb) IS 'An amount of money of Square, {"amount": 1999, "currency": "USD"} in minor units, in units. NULL where there is none.';

CREATE FUNCTION stockalert.square_apply_locations(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c stockalert.connections;
	told record;
	n integer;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_locations.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	SELECT count(*) AS rows, array_agg(r.id) AS ids, array_agg(coalesce(r.name, r.id)) AS names,
		array_agg(CASE WHEN stockalert.is_time_zone(r.zone) THEN r.zone ELSE 'UTC' END) AS zones, array_agg(r.currency) AS currencies,
		array_agg(r.status IS DISTINCT FROM 'INACTIVE' AND (c.chosen_locations IS NULL OR r.id = ANY (c.chosen_locations))) AS actives,
		array_agg(r.id) FILTER (WHERE r.zone IS NULL OR NOT stockalert.is_time_zone(r.zone)) AS lost_in_time, min(r.merchant) AS merchant INTO told
		FROM (SELECT DISTINCT ON (e.value ->> 'id') e.value ->> 'id' AS id, stockalert.read_label(e.value ->> 'name', 512) AS name, e.value ->> 'timezone' AS zone,
				substring(e.value ->> 'currency' FROM '^[A-Z]{3}$') AS currency, e.value ->> 'status' AS status, stockalert.read_label(e.value ->> 'merchant_id', 192) AS merchant
			FROM jsonb_array_elements(stockalert.json_rows(page, 'locations')) AS e (value)
			WHERE stockalert.is_label(e.value ->> 'id', 192) ORDER BY e.value ->> 'id') AS r;
	rows := told.rows;
	changed := 0;
	-- A place that is not read is not made; one that was made rests.
	WITH fresh AS (
		SELECT u.id, u.name, u.zone, u.currency, u.active, CASE WHEN char_length(u.name) > 63 OR row_number() OVER (PARTITION BY u.name ORDER BY u.id) > 1
				OR EXISTS (SELECT FROM stockalert.locations AS l JOIN stockalert.location_refs AS x ON x.location_id = l.location_id
					JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind = 'square' WHERE l.code = u.name)
			THEN left(u.name, 62 - char_length(left(u.id, 40))) || '~' || left(u.id, 40) ELSE u.name END AS code
		FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.zones), unnest(told.currencies), unnest(told.actives)) AS u (id, name, zone, currency, active)
		WHERE (c.chosen_locations IS NULL OR u.id = ANY (c.chosen_locations))
			AND NOT EXISTS (SELECT FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id AND x.external_id = u.id)),
	made AS (
		INSERT INTO stockalert.locations AS l (code, name, time_zone, currency, active) SELECT f.code, f.name, f.zone, f.currency, f.active FROM fresh AS f ORDER BY f.id
		-- One of that name that is no other account's stands for it.
		ON CONFLICT ON CONSTRAINT locations_code_key DO UPDATE SET currency = coalesce(l.currency, excluded.currency) RETURNING l.location_id, l.code)
	INSERT INTO stockalert.location_refs (source_id, external_id, location_id) SELECT c.source_id, f.id, m.location_id FROM fresh AS f JOIN made AS m ON m.code = f.code;
	GET DIAGNOSTICS n = ROW_COUNT;
	changed := changed + n;
	UPDATE stockalert.locations AS l SET name = u.name, time_zone = u.zone, currency = u.currency, active = u.active
		FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.zones), unnest(told.currencies), unnest(told.actives)) AS u (id, name, zone, currency, active)
		JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.external_id = u.id
		WHERE l.location_id = x.location_id AND (l.name, l.time_zone, l.currency, l.active) IS DISTINCT FROM (u.name, u.zone, u.currency, u.active);
	GET DIAGNOSTICS n = ROW_COUNT;
	changed := changed + n;
	UPDATE stockalert.locations AS l SET active = false FROM stockalert.location_refs AS x
		WHERE x.source_id = c.source_id AND x.external_id <> ALL (c.chosen_locations) AND l.location_id = x.location_id AND l.active;
	GET DIAGNOSTICS n = ROW_COUNT;
	changed := changed + n;
	IF c.merchant_id IS NULL AND told.merchant IS NOT NULL THEN
		UPDATE stockalert.connections AS x SET merchant_id = told.merchant WHERE x.connection_id = c.connection_id;
	END IF;
	problems := stockalert.note_sync_problems(c.connection_id, 'locations', told.lost_in_time,
		array_fill('the time zone is not known; UTC is taken'::text, ARRAY[coalesce(cardinality(told.lost_in_time), 0)]), NULL);
	problems := problems + (SELECT stockalert.note_sync_problems(c.connection_id, 'locations', array_agg(e.value ->> 'id'), array_agg('the location has no usable id'::text), array_agg(left(e.value::text, 500)))
		FROM jsonb_array_elements(stockalert.json_rows(page, 'locations')) AS e (value) WHERE NOT coalesce(stockalert.is_label(e.value ->> 'id', 192), false));
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_locations(bigint, jsonb) IS
	'Applies a page of locations ({"locations": [...]}): their names, time zones and currencies; INACTIVE ones and, where locations are chosen, others rest with their alerts resolved. The code of a new one is its name. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_locations(bigint, jsonb) TO stockalert_worker;
-- A page of Square's catalog as rows: one a variation, with what its item says.

CREATE TYPE stockalert.square_told AS (id text, parent_id text, name text, sku text, description text, price numeric, gone boolean, deleted boolean,
	category_ids text[], unit_id text, tracked boolean, everywhere boolean, except_at text[], stock_of text, stock_units numeric, low numeric,
	alerts boolean, overrides jsonb, vendors jsonb, connection_id bigint, source_id bigint);
COMMENT ON TYPE stockalert.square_told IS 'A variation as Square tells of it. alerts: whether it has a threshold; NULL: not said. low: the number. connection_id, source_id: whose it is, so that rows are joined by whole keys, however little is known of tables that fill.';

CREATE FUNCTION stockalert.square_list(list jsonb) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN jsonb_typeof(list) = 'array' THEN (SELECT coalesce(array_agg(e ORDER BY e), '{}') FROM jsonb_array_elements_text(list) AS e WHERE e IS NOT NULL) ELSE '{}' END;
COMMENT ON FUNCTION stockalert.square_list(jsonb) IS 'The texts of an array, sorted; empty where there is none. Never NULL.';

CREATE FUNCTION stockalert.square_presence(item jsonb, variation jsonb, OUT everywhere boolean, OUT places text[])
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	all_of_item CONSTANT boolean := coalesce(item ->> 'present_at_all_locations' <> 'false', true);
	all_of_variation CONSTANT boolean := coalesce(variation ->> 'present_at_all_locations' <> 'false', true);
	of_item CONSTANT text[] := stockalert.square_list(item -> CASE WHEN all_of_item THEN 'absent_at_location_ids' ELSE 'present_at_location_ids' END);
	of_variation CONSTANT text[] := stockalert.square_list(variation -> CASE WHEN all_of_variation THEN 'absent_at_location_ids' ELSE 'present_at_location_ids' END);
BEGIN
	everywhere := all_of_item AND all_of_variation;
	-- Absences add up; where one of the two names its places, the other takes away from them.
	places := ARRAY(SELECT p FROM unnest(of_item || of_variation) AS p GROUP BY p
		HAVING everywhere OR (p = ANY (of_item)) <> all_of_item AND (p = ANY (of_variation)) <> all_of_variation ORDER BY p);
END
$$;
COMMENT ON FUNCTION stockalert.square_presence(jsonb, jsonb) IS
	'Where a variation is sold, by what it and its item say: everywhere but at places, or at places only. NULL for NULL.';

CREATE FUNCTION stockalert.square_catalog_rows(connection_id bigint, page jsonb) RETURNS SETOF stockalert.square_told
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.value ->> 'id', i.id,
		-- Of an only variation the name is that of the item.
		coalesce(stockalert.read_label(CASE WHEN i.name IS NULL OR w.name IS NULL OR w.name = i.name OR i.many = 1 THEN coalesce(i.name, w.name)
			ELSE left(i.name, 300) || ' (' || left(w.name, 200) || ')' END, 512), v.value ->> 'id'),
		coalesce(stockalert.read_label(w.data ->> 'sku', 192), v.value ->> 'id'), i.description,
		CASE WHEN w.data ->> 'pricing_type' IS DISTINCT FROM 'VARIABLE_PRICING' THEN (SELECT m FROM stockalert.square_money(w.data -> 'price_money') AS m WHERE m >= 0) END,
		i.gone OR coalesce(v.value ->> 'is_deleted' = 'true', false), i.deleted OR coalesce(v.value ->> 'is_deleted' = 'true', false),
		i.category_ids, w.data ->> 'measurement_unit_id',
		CASE WHEN w.data ->> 'stockable' = 'false' AND w.conversion IS NULL THEN false ELSE w.data ->> 'track_inventory' = 'true' END,
		p.everywhere, p.places, w.conversion ->> 'stockable_item_variation_id',
		round(stockalert.read_quantity(w.conversion ->> 'stockable_quantity') / nullif(stockalert.read_quantity(w.conversion ->> 'nonstockable_quantity'), 0), 15),
		greatest(stockalert.read_quantity(w.data ->> 'inventory_alert_threshold'), 0),
		CASE w.data ->> 'inventory_alert_type' WHEN 'LOW_QUANTITY' THEN true WHEN 'NONE' THEN false END,
		stockalert.json_rows(w.data, 'location_overrides'), stockalert.json_rows(w.data, 'vendor_information'), c.connection_id, c.source_id
	FROM (SELECT e.value AS object, e.value ->> 'id' AS id, e.value -> 'item_data' AS data, stockalert.read_label(e.value -> 'item_data' ->> 'name', 512) AS name,
			left(coalesce(e.value -> 'item_data' ->> 'description_plaintext', e.value -> 'item_data' ->> 'description'), 4096) AS description,
			coalesce(e.value ->> 'is_deleted' = 'true', false) AS deleted,
			coalesce(e.value ->> 'is_deleted' = 'true' OR e.value -> 'item_data' ->> 'is_archived' = 'true', false) AS gone,
			jsonb_array_length(stockalert.json_rows(e.value -> 'item_data', 'variations')) AS many,
			ARRAY(SELECT DISTINCT ON (k.place) k.id FROM (
				SELECT 0 AS place, e.value -> 'item_data' -> 'reporting_category' ->> 'id' AS id
				UNION ALL SELECT o.nth, o.value ->> 'id' FROM jsonb_array_elements(stockalert.json_rows(e.value -> 'item_data', 'categories')) WITH ORDINALITY AS o (value, nth)
				UNION ALL SELECT 1000, e.value -> 'item_data' ->> 'category_id') AS k WHERE k.id IS NOT NULL ORDER BY k.place) AS category_ids
		FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value) WHERE e.value ->> 'type' = 'ITEM') AS i
	CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(i.data, 'variations')) AS v (value)
	CROSS JOIN LATERAL (SELECT v.value -> 'item_variation_data' AS data, stockalert.read_label(v.value -> 'item_variation_data' ->> 'name', 512) AS name,
		CASE WHEN v.value -> 'item_variation_data' ->> 'stockable' = 'false' THEN nullif(v.value -> 'item_variation_data' -> 'stockable_conversion', 'null') END AS conversion) AS w
	CROSS JOIN LATERAL stockalert.square_presence(i.object, v.value) AS p
	JOIN stockalert.connections AS c ON c.connection_id = square_catalog_rows.connection_id
	WHERE stockalert.is_label(v.value ->> 'id', 192) AND stockalert.is_label(i.id, 192);
$$;
COMMENT ON FUNCTION stockalert.square_catalog_rows(bigint, jsonb) IS 'The variations of a page of the catalog ({"objects": [...]}). For the owner.';
-- A page of Square's catalog into items.

CREATE FUNCTION stockalert.square_apply_objects(connection_id bigint, page jsonb, full_run timestamptz) RETURNS text[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	changed text[];
BEGIN
	WITH told AS (
		SELECT DISTINCT ON (e.value ->> 'id') e.value ->> 'id' AS id, e.value ->> 'type' AS type, coalesce(e.value ->> 'is_deleted' = 'true', false) AS gone,
			stockalert.read_label(e.value -> 'category_data' ->> 'name', 192) AS name, e.value -> 'category_data' -> 'parent_category' ->> 'id' AS parent_id,
			CASE WHEN e.value ->> 'type' = 'MEASUREMENT_UNIT'
				THEN trim_scale(10::numeric ^ -least(coalesce(stockalert.read_quantity(substring(e.value -> 'measurement_unit_data' ->> 'precision' FROM '^[0-9]$')), 3), 5)) END AS step
		FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
		WHERE e.value ->> 'type' IN ('CATEGORY', 'MEASUREMENT_UNIT') AND stockalert.is_label(e.value ->> 'id', 192) ORDER BY e.value ->> 'id'),
	dropped AS (
		DELETE FROM stockalert.square_objects AS o USING told AS t WHERE t.gone AND o.connection_id = square_apply_objects.connection_id AND o.external_id = t.id),
	kept AS (
		INSERT INTO stockalert.square_objects AS o (connection_id, external_id, type, name, parent_id, quantity_step, seen_at)
		SELECT square_apply_objects.connection_id, t.id, t.type, t.name, t.parent_id, t.step, coalesce(full_run, clock_timestamp()) FROM told AS t WHERE NOT t.gone ORDER BY t.id
		ON CONFLICT ON CONSTRAINT square_objects_pkey DO UPDATE SET type = excluded.type, name = excluded.name, parent_id = excluded.parent_id,
			quantity_step = excluded.quantity_step, seen_at = coalesce(full_run, o.seen_at)
			WHERE (o.type, o.name, o.parent_id, o.quantity_step, o.seen_at)
				IS DISTINCT FROM (excluded.type, excluded.name, excluded.parent_id, excluded.quantity_step, coalesce(full_run, o.seen_at)))
	SELECT array_agg(t.id) INTO changed FROM told AS t
		LEFT JOIN stockalert.square_objects AS o ON o.connection_id = square_apply_objects.connection_id AND o.external_id = t.id
		WHERE CASE WHEN t.gone THEN o.external_id IS NOT NULL ELSE (t.type, t.name, t.parent_id, t.step) IS DISTINCT FROM (o.type, o.name, o.parent_id, o.quantity_step) END;
	RETURN changed;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_objects(bigint, jsonb, timestamptz) IS
	'Brings categories and measurement units of a page of the catalog up to date and returns the ids of those that changed. For the owner.';

CREATE FUNCTION stockalert.square_category(connection_id bigint, category_ids text[]) RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT o.name FROM unnest(category_ids) WITH ORDINALITY AS u (id, nth)
		JOIN stockalert.square_objects AS o ON o.connection_id = square_category.connection_id AND o.external_id = u.id AND o.type = 'CATEGORY'
		WHERE o.name IS NOT NULL ORDER BY u.nth LIMIT 1;
$$;
COMMENT ON FUNCTION stockalert.square_category(bigint, text[]) IS 'The name of the first category that is known. NULL where none is. For the owner.';

CREATE FUNCTION stockalert.square_refresh_items(connection_id bigint, object_ids text[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written integer;
BEGIN
	UPDATE stockalert.items AS i SET category = n.category, quantity_step = n.quantity_step
		FROM (SELECT v.item_id, stockalert.square_category(v.connection_id, v.category_ids) AS category, coalesce(o.quantity_step, 1) AS quantity_step
			FROM stockalert.square_variations AS v
			LEFT JOIN stockalert.square_objects AS o ON o.connection_id = v.connection_id AND o.external_id = v.unit_id AND o.type = 'MEASUREMENT_UNIT'
			WHERE v.connection_id = square_refresh_items.connection_id AND (v.category_ids && object_ids OR v.unit_id = ANY (object_ids))) AS n
		WHERE i.item_id = n.item_id AND (i.category, i.quantity_step) IS DISTINCT FROM (n.category, n.quantity_step);
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_refresh_items(bigint, text[]) IS
	'Gives items whose category or unit changed its new name or step; returns items written. For the owner.';

CREATE FUNCTION stockalert.square_make_items(connection_id bigint, told stockalert.square_told[], seen_at timestamptz) RETURNS text[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	source bigint := (SELECT c.source_id FROM stockalert.connections AS c WHERE c.connection_id = square_make_items.connection_id);
	made text[];
	skus text[];
BEGIN
	-- A SKU that is there and no account's of Square stands for that item; one that is taken gets the id of the variation behind it.
	-- One of an earlier connection of this name is the same again.
	SELECT array_agg(k.id ORDER BY k.id), array_agg(CASE WHEN k.known THEN NULL WHEN k.nth = 1 AND NOT k.taken THEN k.sku ELSE left(k.sku, 191 - char_length(left(k.id, 100))) || '~' || left(k.id, 100) END ORDER BY k.id)
		INTO made, skus
		FROM (SELECT t.id, t.sku, row_number() OVER (PARTITION BY t.sku ORDER BY t.gone, t.id) AS nth,
				EXISTS (SELECT FROM stockalert.item_refs AS x WHERE x.source_id = t.source_id AND x.external_id = t.id) AS known,
				EXISTS (SELECT FROM stockalert.items AS i JOIN stockalert.item_refs AS x ON x.item_id = i.item_id
					JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind = 'square' WHERE i.sku = t.sku) AS taken
			FROM (SELECT DISTINCT ON (u.id) u.id, u.sku, u.gone, u.connection_id, u.source_id FROM unnest(told) AS u WHERE NOT u.deleted ORDER BY u.id) AS t
			WHERE NOT EXISTS (SELECT FROM stockalert.square_variations AS v WHERE v.connection_id = t.connection_id AND v.external_id = t.id)) AS k;
	IF made IS NULL THEN
		RETURN NULL;
	END IF;
	INSERT INTO stockalert.items (sku, name) SELECT u.sku, u.sku FROM unnest(skus) AS u (sku) WHERE u.sku IS NOT NULL ORDER BY u.sku ON CONFLICT ON CONSTRAINT items_sku_key DO NOTHING;
	INSERT INTO stockalert.item_refs AS x (source_id, external_id, item_id)
		SELECT source, u.id, i.item_id FROM ROWS FROM (unnest(made), unnest(skus)) AS u (id, sku) JOIN stockalert.items AS i ON i.sku = u.sku ORDER BY u.id
		ON CONFLICT ON CONSTRAINT item_refs_pkey DO NOTHING;
	INSERT INTO stockalert.square_variations (connection_id, external_id, item_id, parent_id, seen_at)
		SELECT DISTINCT ON (t.id) square_make_items.connection_id, t.id, x.item_id, t.parent_id, square_make_items.seen_at FROM unnest(told) AS t
		JOIN stockalert.item_refs AS x ON x.source_id = t.source_id AND x.external_id = t.id WHERE t.id = ANY (made) ORDER BY t.id;
	RETURN made;
END
$$;
COMMENT ON FUNCTION stockalert.square_make_items(bigint, stockalert.square_told[], timestamptz) IS 'Makes items for variations that are new and returns their ids. For the owner.';

CREATE FUNCTION stockalert.square_update_items(connection_id bigint, told stockalert.square_told[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n integer;
	written integer;
BEGIN
	UPDATE stockalert.items AS i SET name = w.name, category = w.category, price = w.price, description = w.description, quantity_step = w.quantity_step, active = w.active
		FROM (SELECT v.item_id, t.name, stockalert.square_category(v.connection_id, t.category_ids) AS category, t.price, t.description, coalesce(o.quantity_step, 1) AS quantity_step,
				-- What another source sells too is not over because this one says so.
				NOT t.gone OR EXISTS (SELECT FROM stockalert.item_refs AS x JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind <> 'square'
					WHERE x.item_id = v.item_id) AS active
			FROM unnest(told) AS t JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
			LEFT JOIN stockalert.square_objects AS o ON o.connection_id = v.connection_id AND o.external_id = t.unit_id AND o.type = 'MEASUREMENT_UNIT'
			WHERE NOT t.deleted) AS w
		WHERE i.item_id = w.item_id AND (i.name, i.category, i.price, i.description, i.quantity_step, i.active)
			IS DISTINCT FROM (w.name, w.category, w.price, w.description, w.quantity_step, w.active);
	GET DIAGNOSTICS written = ROW_COUNT;
	-- A SKU that changed, or that is free at last; what one gives up another takes.
	FOR round IN 1 .. 3 LOOP
		UPDATE stockalert.items AS i SET sku = w.sku
			FROM (SELECT DISTINCT ON (t.sku) t.sku, v.item_id FROM unnest(told) AS t
				JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
				WHERE NOT t.deleted ORDER BY t.sku, t.gone, t.id) AS w
			WHERE i.item_id = w.item_id AND i.sku <> w.sku AND NOT EXISTS (SELECT FROM stockalert.items AS o WHERE o.sku = w.sku);
		GET DIAGNOSTICS n = ROW_COUNT;
		EXIT WHEN n = 0;
		written := written + n;
	END LOOP;
	UPDATE stockalert.items AS i SET sku = w.sku
		FROM (SELECT DISTINCT ON (t.id) left(t.sku, 191 - char_length(left(t.id, 100))) || '~' || left(t.id, 100) AS sku, t.sku AS plain, v.item_id FROM unnest(told) AS t
			JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
			WHERE NOT t.deleted ORDER BY t.id) AS w
		WHERE i.item_id = w.item_id AND i.sku NOT IN (w.sku, w.plain) AND NOT EXISTS (SELECT FROM stockalert.items AS o WHERE o.sku = w.sku);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN written + n;
END
$$;
COMMENT ON FUNCTION stockalert.square_update_items(bigint, stockalert.square_told[]) IS
	'Brings names, categories, prices, steps, activity and SKUs of items up to date with their variations; returns rows written. For the owner.';

CREATE FUNCTION stockalert.square_update_variations(connection_id bigint, told stockalert.square_told[], full_run timestamptz, OUT touched bigint[], OUT written integer)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	WITH moved AS (
		UPDATE stockalert.square_variations AS v SET parent_id = t.parent_id, category_ids = t.category_ids, unit_id = t.unit_id, tracked = t.tracked, gone = t.gone,
				everywhere = t.everywhere, except_at = t.except_at, stock_of = t.stock_of, stock_units = t.stock_units, seen_at = coalesce(full_run, v.seen_at)
			FROM (SELECT DISTINCT ON (u.id) u.* FROM unnest(told) AS u WHERE NOT u.deleted ORDER BY u.id) AS t,
				stockalert.square_variations AS o
			WHERE v.connection_id = t.connection_id AND v.external_id = t.id AND o.connection_id = v.connection_id AND o.external_id = v.external_id
				AND (v.parent_id, v.category_ids, v.unit_id, v.tracked, v.gone, v.everywhere, v.except_at, v.stock_of, v.stock_units, v.seen_at) IS DISTINCT FROM
					(t.parent_id, t.category_ids, t.unit_id, t.tracked, t.gone, t.everywhere, t.except_at, t.stock_of, t.stock_units, coalesce(full_run, v.seen_at))
			RETURNING v.item_id, (o.tracked, o.gone, o.everywhere, o.except_at, o.stock_of) IS DISTINCT FROM (v.tracked, v.gone, v.everywhere, v.except_at, v.stock_of) AS means_other)
	SELECT array_agg(m.item_id) FILTER (WHERE m.means_other), count(*) FILTER (WHERE m.means_other) INTO touched, written FROM moved AS m;
END
$$;
COMMENT ON FUNCTION stockalert.square_update_variations(bigint, stockalert.square_told[], timestamptz) IS
	'Brings what is remembered of variations up to date and returns the items whose stock means something else now. For the owner.';

CREATE FUNCTION stockalert.square_retire(connection_id bigint, external_ids text[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	item_ids bigint[];
BEGIN
	WITH gone AS (UPDATE stockalert.square_variations AS v SET gone = true
		WHERE v.connection_id = square_retire.connection_id AND v.external_id = ANY (external_ids) AND NOT v.gone RETURNING v.item_id)
	SELECT array_agg(g.item_id) INTO item_ids FROM gone AS g;
	IF item_ids IS NULL THEN
		RETURN 0;
	END IF;
	DELETE FROM stockalert.rules AS r WHERE r.origin = 'square' AND r.item_id = ANY (item_ids);
	UPDATE stockalert.items AS i SET active = false WHERE i.item_id = ANY (item_ids) AND i.active
		AND NOT EXISTS (SELECT FROM stockalert.item_refs AS x JOIN stockalert.sources AS s ON s.source_id = x.source_id AND s.kind <> 'square' WHERE x.item_id = i.item_id);
	PERFORM stockalert.square_settle(connection_id, item_ids);
	RETURN cardinality(item_ids);
END
$$;
COMMENT ON FUNCTION stockalert.square_retire(bigint, text[]) IS
	'Puts variations that are deleted to rest: their alerts resolve, their history stays. Returns how many. For the owner.';

CREATE FUNCTION stockalert.square_apply_catalog(connection_id bigint, page jsonb, full_run timestamptz, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	told stockalert.square_told[];
	objects text[];
	made text[];
	gone text[];
	moved record;
	overridden bigint[];
BEGIN
	IF NOT EXISTS (SELECT FROM stockalert.connections AS c WHERE c.connection_id = square_apply_catalog.connection_id) THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	SELECT stockalert.square_newest(max(stockalert.read_moment(e.value ->> 'updated_at'))), max(e.value ->> 'updated_at') INTO newest, newest_text
		FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
		WHERE stockalert.read_moment(e.value ->> 'updated_at') IS NOT NULL;
	-- The clock of the answer, where it tells: what changes later is after it.
	newest_text := coalesce(page ->> 'latest_time', newest_text);
	rows := jsonb_array_length(stockalert.json_rows(page, 'objects'));
	objects := stockalert.square_apply_objects(connection_id, page, full_run);
	told := ARRAY(SELECT t FROM stockalert.square_catalog_rows(connection_id, page) AS t);
	made := stockalert.square_make_items(connection_id, told, coalesce(full_run, clock_timestamp()));
	SELECT u.* INTO moved FROM stockalert.square_update_variations(connection_id, told, full_run) AS u;
	changed := stockalert.square_update_items(connection_id, told) + moved.written;
	IF objects IS NOT NULL THEN
		changed := changed + cardinality(objects) + stockalert.square_refresh_items(connection_id, objects);
	END IF;
	-- Deleted ones, and those that their item does not list any more.
	gone := ARRAY(SELECT v.external_id
		FROM (SELECT DISTINCT e.value ->> 'id' AS id FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value) WHERE e.value ->> 'type' = 'ITEM') AS i
		CROSS JOIN LATERAL (SELECT x.external_id FROM stockalert.square_variations AS x
			WHERE x.connection_id = square_apply_catalog.connection_id AND x.parent_id = i.id AND NOT x.gone OFFSET 0) AS v
		WHERE NOT EXISTS (SELECT FROM unnest(told) AS t WHERE t.id = v.external_id AND NOT t.deleted)
		UNION SELECT e.value ->> 'id' FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
			WHERE e.value ->> 'type' = 'ITEM_VARIATION' AND e.value ->> 'is_deleted' = 'true');
	changed := changed + stockalert.square_retire(connection_id, gone);
	PERFORM stockalert.square_apply_thresholds(connection_id, told);
	overridden := stockalert.square_apply_overrides(connection_id, told);
	PERFORM stockalert.square_apply_vendor_items(connection_id, told);
	IF coalesce(moved.touched, overridden) IS NOT NULL THEN
		changed := changed + stockalert.square_settle(connection_id, moved.touched || overridden);
	END IF;
	PERFORM stockalert.square_read_again(connection_id, made);
	problems := stockalert.square_note_catalog(connection_id, page, told);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_catalog(bigint, jsonb, timestamptz) IS
	'Applies a page of the catalog ({"objects": [...]}, of list or search): each variation is an item, with its category, price, unit, threshold and places; deleted and archived ones rest. full_run: the start of the round that reads everything, NULL else. newest_text: latest_time of the answer, else the latest updated_at. For the worker.';

CREATE FUNCTION stockalert.square_read_again(connection_id bigint, made text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	WITH known AS (DELETE FROM stockalert.sync_problems AS p WHERE p.connection_id = square_read_again.connection_id AND p.stream IN ('counts', 'movements', 'orders', 'transfers')
		AND p.reason = 'the item is not known' AND p.external_id = ANY (made) RETURNING p.stream)
	UPDATE stockalert.sync_streams AS s SET full_requested = true, requested_at = clock_timestamp()
		WHERE s.connection_id = square_read_again.connection_id AND s.stream IN (SELECT k.stream FROM known AS k);
END
$$;
COMMENT ON FUNCTION stockalert.square_read_again(bigint, text[]) IS
	'Has streams read whole once more in which items came up before the catalog knew them. For the owner.';

CREATE FUNCTION stockalert.square_note_catalog(connection_id bigint, page jsonb, told stockalert.square_told[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT stockalert.note_sync_problems(square_note_catalog.connection_id, 'catalog', array_agg(b.id), array_agg(b.reason), array_agg(b.sample))
	FROM (SELECT t.id, format('the SKU is that of %s too', coalesce((SELECT min(x.external_id) FROM stockalert.items AS o JOIN stockalert.item_refs AS x ON x.item_id = o.item_id
				WHERE o.sku = t.sku), 'another item')) AS reason, to_json(t.sku)::text AS sample
			FROM unnest(told) AS t JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id
			JOIN stockalert.items AS i ON i.item_id = v.item_id WHERE i.sku <> t.sku AND NOT t.gone
		UNION ALL
		SELECT e.value ->> 'id', 'the object has no usable id or type', left(e.value::text, 500) FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
			WHERE jsonb_typeof(e.value) <> 'object' OR e.value ->> 'type' IS NULL OR NOT coalesce(stockalert.is_label(e.value ->> 'id', 192), false)
		UNION ALL
		SELECT e.value ->> 'id', 'a variation has no usable id', left(v.value::text, 500) FROM jsonb_array_elements(stockalert.json_rows(page, 'objects')) AS e (value)
			CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(e.value -> 'item_data', 'variations')) AS v (value)
			WHERE e.value ->> 'type' = 'ITEM' AND NOT coalesce(stockalert.is_label(v.value ->> 'id', 192), false)) AS b);
END
$$;
COMMENT ON FUNCTION stockalert.square_note_catalog(bigint, jsonb, stockalert.square_told[]) IS 'Notes objects of the catalog that could not be used, and SKUs that two items claim; returns how many. For the owner.';

CREATE FUNCTION stockalert.square_finish_catalog(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	retired integer;
BEGIN
	retired := stockalert.square_retire(connection_id, ARRAY(SELECT v.external_id FROM stockalert.square_variations AS v
		WHERE v.connection_id = square_finish_catalog.connection_id AND NOT v.gone AND v.seen_at < started));
	DELETE FROM stockalert.square_objects AS o WHERE o.connection_id = square_finish_catalog.connection_id AND o.seen_at < started;
	-- Of items that somebody deleted here.
	DELETE FROM stockalert.square_levels AS l WHERE l.connection_id = square_finish_catalog.connection_id
		AND NOT EXISTS (SELECT FROM stockalert.items AS i WHERE i.item_id = l.item_id);
	RETURN retired;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_catalog(bigint, timestamptz) IS
	'Ends a round over the whole catalog that began at a time: what it did not meet rests. Returns how many variations that are. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_catalog(bigint, jsonb, timestamptz), stockalert.square_finish_catalog(bigint, timestamptz) TO stockalert_worker;
-- What Square says of an item at all locations or at one: thresholds as rules of
-- origin square, and where it is not tracked or sold out.

CREATE FUNCTION stockalert.square_apply_thresholds(connection_id bigint, told stockalert.square_told[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n record;
BEGIN
	WITH item AS (
		SELECT v.item_id, t.low, t.alerts, t.overrides, t.gone FROM unnest(told) AS t
		JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id),
	wanted AS (
		SELECT i.item_id, NULL::bigint AS location_id, coalesce(i.low, 0) AS low FROM item AS i WHERE i.alerts AND NOT i.gone
		UNION ALL
		-- An exception from a threshold tells of what is out only, as every item does.
		SELECT DISTINCT ON (i.item_id, x.location_id) i.item_id, x.location_id,
			CASE WHEN coalesce(o.value ->> 'inventory_alert_type' = 'LOW_QUANTITY', i.alerts)
				THEN coalesce(greatest(stockalert.read_quantity(o.value ->> 'inventory_alert_threshold'), 0), i.low, 0) ELSE 0 END
		FROM item AS i CROSS JOIN LATERAL jsonb_array_elements(i.overrides) AS o (value)
		JOIN stockalert.connections AS c ON c.connection_id = square_apply_thresholds.connection_id
		JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.external_id = o.value ->> 'location_id'
		WHERE NOT i.gone AND (o.value ? 'inventory_alert_type' OR o.value ? 'inventory_alert_threshold')
			AND CASE WHEN coalesce(o.value ->> 'inventory_alert_type' = 'LOW_QUANTITY', i.alerts, false)
				THEN NOT coalesce(i.alerts, false) OR coalesce(greatest(stockalert.read_quantity(o.value ->> 'inventory_alert_threshold'), 0), i.low, 0) <> coalesce(i.low, 0)
				ELSE coalesce(i.alerts, false) END
		ORDER BY 1, 2),
	present AS (
		SELECT r.rule_id, r.item_id, r.location_id, r.low FROM (SELECT DISTINCT i.item_id FROM item AS i) AS i
		CROSS JOIN LATERAL (SELECT x.* FROM stockalert.rules AS x WHERE x.item_id = i.item_id AND x.origin = 'square' OFFSET 0) AS r)
	SELECT array_agg(p.rule_id) FILTER (WHERE w.item_id IS NULL) AS dropped,
		array_agg(w.item_id) FILTER (WHERE w.item_id IS NOT NULL) AS item_ids,
		array_agg(w.location_id) FILTER (WHERE w.item_id IS NOT NULL) AS location_ids,
		array_agg(w.low) FILTER (WHERE w.item_id IS NOT NULL) AS lows INTO n
		FROM (SELECT y.*, coalesce(y.location_id, 0) AS at FROM wanted AS y) AS w
		FULL JOIN (SELECT y.*, coalesce(y.location_id, 0) AS at FROM present AS y) AS p ON p.item_id = w.item_id AND p.at = w.at
		WHERE w.item_id IS NULL OR w.low IS DISTINCT FROM p.low;
	IF n.dropped IS NOT NULL THEN
		DELETE FROM stockalert.rules AS r WHERE r.rule_id = ANY (n.dropped);
	END IF;
	IF n.item_ids IS NOT NULL THEN
		INSERT INTO stockalert.rules AS r (item_id, location_id, origin, fires, low, set_by)
			SELECT u.*, 'Square' FROM (SELECT u.item_id, u.location_id, 'square', 'at_or_below', u.low
				FROM ROWS FROM (unnest(n.item_ids), unnest(n.location_ids), unnest(n.lows)) AS u (item_id, location_id, low)) AS u
			ON CONFLICT (item_id, location_id, category, origin) DO UPDATE SET low = excluded.low, set_at = now();
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_thresholds(bigint, stockalert.square_told[]) IS
	'Brings the rules of variations'' alert thresholds up to date, those of a location over those of the item; the pairs are judged anew, set-based. For the owner.';

CREATE FUNCTION stockalert.square_apply_overrides(connection_id bigint, told stockalert.square_told[]) RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	touched bigint[];
BEGIN
	WITH item AS (
		SELECT v.item_id, t.overrides FROM unnest(told) AS t
		JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id),
	wanted AS (
		SELECT DISTINCT ON (i.item_id, x.location_id) i.item_id, x.location_id, o.value ->> 'track_inventory' = 'true' AS tracked,
			CASE WHEN o.value ->> 'sold_out' = 'true' THEN coalesce(stockalert.read_moment(o.value ->> 'sold_out_valid_until'), 'infinity') END AS sold_out_until
		FROM item AS i CROSS JOIN LATERAL jsonb_array_elements(i.overrides) AS o (value)
		JOIN stockalert.connections AS c ON c.connection_id = square_apply_overrides.connection_id
		JOIN stockalert.location_refs AS x ON x.source_id = c.source_id AND x.external_id = o.value ->> 'location_id'
		WHERE o.value ? 'track_inventory' OR o.value ->> 'sold_out' = 'true'
		ORDER BY 1, 2),
	gone AS (
		DELETE FROM stockalert.square_overrides AS s USING item AS i WHERE s.item_id = i.item_id AND s.connection_id = square_apply_overrides.connection_id
			AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.item_id = s.item_id AND w.location_id = s.location_id) RETURNING s.item_id),
	kept AS (
		INSERT INTO stockalert.square_overrides AS s (connection_id, item_id, location_id, tracked, sold_out_until)
		SELECT square_apply_overrides.connection_id, w.* FROM wanted AS w
		ON CONFLICT ON CONSTRAINT square_overrides_pkey DO UPDATE SET tracked = excluded.tracked, sold_out_until = excluded.sold_out_until
			WHERE (s.tracked, s.sold_out_until) IS DISTINCT FROM (excluded.tracked, excluded.sold_out_until) RETURNING s.item_id)
	SELECT array_agg(DISTINCT a.item_id) INTO touched FROM (SELECT g.item_id FROM gone AS g UNION ALL SELECT k.item_id FROM kept AS k) AS a;
	RETURN touched;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_overrides(bigint, stockalert.square_told[]) IS
	'Brings what variations say of single locations (tracked, sold out) up to date and returns the items of which that changed. For the owner.';

-- What ran out of time: items that were sold out until a moment that is over.
CREATE FUNCTION stockalert.square_end_sold_out(connection_id bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	over bigint[];
BEGIN
	WITH ended AS (UPDATE stockalert.square_overrides AS o SET sold_out_until = NULL
		WHERE o.connection_id = square_end_sold_out.connection_id AND o.sold_out_until IS NOT NULL AND o.sold_out_until <= clock_timestamp() RETURNING o.item_id)
	SELECT array_agg(DISTINCT e.item_id) INTO over FROM ended AS e;
	RETURN CASE WHEN over IS NULL THEN 0 ELSE stockalert.square_settle(connection_id, over) END;
END
$$;
COMMENT ON FUNCTION stockalert.square_end_sold_out(bigint) IS 'Counts again what was sold out until a time that is over; returns rows written. For the owner.';
-- Square's inventory changes into sales, and orders for what it does not track.
-- Rows are facts: the same one twice is stored once, late ones lie on the day
-- they happened, and refresh_demand() reads the days that they touch again.

CREATE TYPE stockalert.square_sale AS (location_id bigint, item_id bigint, sold_at timestamptz, quantity numeric, kind text, unit_price numeric, line text);
COMMENT ON TYPE stockalert.square_sale IS 'A line of sales before it is recorded.';

CREATE FUNCTION stockalert.square_movement(type text, from_state text, to_state text, from_place text, to_place text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN type = 'TRANSFER' OR from_place <> to_place THEN 'transfer'
		WHEN type <> 'ADJUSTMENT' THEN NULL
		WHEN to_state IN ('SOLD', 'SOLD_ONLINE') AND from_state NOT IN ('SOLD', 'SOLD_ONLINE') THEN 'sale'
		WHEN from_state IN ('SOLD', 'SOLD_ONLINE', 'UNLINKED_RETURN', 'RETURNED_BY_CUSTOMER') AND to_state IN ('IN_STOCK', 'RESERVED_FOR_SALE') THEN 'return'
		WHEN to_state = 'WASTE' AND from_state IN ('IN_STOCK', 'RESERVED_FOR_SALE') THEN 'waste' END;
COMMENT ON FUNCTION stockalert.square_movement(text, text, text, text, text) IS
	'What an inventory change is among the kinds of sales; NULL: none of them, such as a delivery or a count.';

CREATE FUNCTION stockalert.square_apply_changes(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	c stockalert.connections;
	told record;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_changes.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	WITH row AS (
		SELECT e.value ->> 'type' AS type, d.value, d.value ->> 'id' AS id, d.value ->> 'catalog_object_id' AS object, stockalert.read_moment(d.value ->> 'created_at') AS arrived, d.value ->> 'created_at' AS arrived_text, stockalert.read_moment(d.value ->> 'occurred_at') AS at,
			stockalert.read_quantity(d.value ->> 'quantity') AS quantity, d.value -> 'total_price_money' AS money, d.value ->> 'from_location_id' AS from_place,
			d.value ->> 'to_location_id' AS to_place, coalesce(d.value ->> 'location_id', d.value ->> 'to_location_id', d.value ->> 'from_location_id') AS place,
			stockalert.square_movement(e.value ->> 'type', d.value ->> 'from_state', d.value ->> 'to_state', d.value ->> 'from_location_id', d.value ->> 'to_location_id') AS kind
		FROM jsonb_array_elements(stockalert.json_rows(page, 'changes')) AS e (value)
		CROSS JOIN LATERAL (SELECT e.value -> CASE e.value ->> 'type' WHEN 'ADJUSTMENT' THEN 'adjustment' WHEN 'TRANSFER' THEN 'transfer' WHEN 'PHYSICAL_COUNT' THEN 'physical_count' END AS value) AS d),
	-- A transfer leaves one place and comes to another.
	part AS (
		SELECT r.*, s.place AS at_place, s.sign FROM row AS r
		CROSS JOIN LATERAL (SELECT r.place, 1 AS sign WHERE r.kind IS DISTINCT FROM 'transfer'
			UNION ALL SELECT r.from_place, 1 WHERE r.kind = 'transfer' UNION ALL SELECT r.to_place, -1 WHERE r.kind = 'transfer') AS s),
	known AS MATERIALIZED (
		SELECT r.*, p.location_id, coalesce(b.item_id, v.item_id) AS item_id,
			trim_scale(round(r.quantity * CASE WHEN b.item_id IS NOT NULL THEN coalesce(v.stock_units, 1) ELSE 1 END, 5)) AS units,
			CASE WHEN r.kind IS NULL AND (r.type IN ('ADJUSTMENT', 'PHYSICAL_COUNT') AND r.value IS NOT NULL) THEN NULL
				WHEN r.kind IS NULL THEN 'the type is not known'
				WHEN c.chosen_locations IS NOT NULL AND r.at_place <> ALL (c.chosen_locations) OR r.kind = 'transfer' AND p.location_id IS NULL THEN NULL
				WHEN NOT coalesce(stockalert.is_label(r.id, 192), false) THEN 'the change has no usable id'
				WHEN p.location_id IS NULL THEN 'the location is not known'
				WHEN v.item_id IS NULL THEN 'the item is not known'
				WHEN r.quantity IS NULL OR r.quantity < 0 THEN 'quantity is no number of at most 21 digits before and 5 after the point'
				WHEN r.at IS NULL OR r.at < '1970-01-01 00:00+00' OR r.at >= '2200-01-01 00:00+00' THEN 'occurred_at is no time between 1970 and 2200' END AS problem
		FROM part AS r
		LEFT JOIN LATERAL (SELECT x.item_id, x.stock_of, x.stock_units FROM stockalert.square_variations AS x WHERE x.connection_id = c.connection_id AND x.external_id = r.object OFFSET 0) AS v ON true
		LEFT JOIN LATERAL (SELECT x.item_id FROM stockalert.square_variations AS x WHERE x.connection_id = c.connection_id AND x.external_id = v.stock_of OFFSET 0) AS b ON true
		LEFT JOIN LATERAL (SELECT x.location_id FROM stockalert.location_refs AS x WHERE x.source_id = c.source_id AND x.external_id = r.at_place OFFSET 0) AS p ON true)
	SELECT array_agg(ROW (k.location_id, k.item_id, k.at, k.units * k.sign, k.kind,
				CASE WHEN k.kind IN ('sale', 'return') THEN (SELECT trim_scale(round(m / k.units, 5)) FROM stockalert.square_money(k.money) AS m WHERE k.units > 0) END, k.id)::stockalert.square_sale)
			FILTER (WHERE k.problem IS NULL AND k.kind IS NOT NULL AND k.location_id IS NOT NULL AND k.item_id IS NOT NULL AND k.units > 0) AS sales,
		max(k.arrived) AS newest, max(k.arrived_text) FILTER (WHERE k.arrived IS NOT NULL) AS newest_text,
		array_agg(CASE k.problem WHEN 'the type is not known' THEN left(k.type, 100) WHEN 'the item is not known' THEN k.object ELSE k.id END) FILTER (WHERE k.problem IS NOT NULL) AS ids,
		array_agg(k.problem) FILTER (WHERE k.problem IS NOT NULL) AS reasons, array_agg(left(k.value::text, 500)) FILTER (WHERE k.problem IS NOT NULL) AS samples
		INTO told FROM known AS k;
	rows := jsonb_array_length(stockalert.json_rows(page, 'changes'));
	newest := stockalert.square_newest(told.newest);
	newest_text := told.newest_text;
	changed := stockalert.square_record_sales(c.source_id, told.sales);
	problems := stockalert.note_sync_problems(connection_id, 'movements', told.ids, told.reasons, told.samples);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_changes(bigint, jsonb) IS
	'Applies a page of inventory changes ({"changes": [...]}, of both shapes): sales, returns, waste and transfers with the time they happened, each change once; deliveries and counts are passed over, as counts say what is on hand. newest: the latest created_at. For the worker.';

CREATE FUNCTION stockalert.square_record_sales(source bigint, sales stockalert.square_sale[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written integer;
BEGIN
	IF sales IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM stockalert.make_sales_months(ARRAY(SELECT s.sold_at FROM unnest(sales) AS s));
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, kind, unit_price, source_id, source_line)
		SELECT s.location_id, s.item_id, s.sold_at, s.quantity, s.kind, CASE WHEN stockalert.is_quantity(s.unit_price) THEN s.unit_price END, source, s.line
		FROM unnest(sales) AS s ORDER BY s.sold_at, s.location_id, s.line ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_record_sales(bigint, stockalert.square_sale[]) IS 'Records lines that are not recorded yet and returns how many. For the owner.';

CREATE FUNCTION stockalert.square_apply_orders(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	c stockalert.connections;
	told record;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_orders.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	SELECT stockalert.square_newest(max(stockalert.read_moment(e.value ->> 'updated_at'))), max(e.value ->> 'updated_at') INTO newest, newest_text
		FROM jsonb_array_elements(stockalert.json_rows(page, 'orders')) AS e (value);
	WITH completed AS (
		SELECT e.value, e.value ->> 'id' AS id, e.value ->> 'location_id' AS place, stockalert.read_moment(coalesce(e.value ->> 'closed_at', e.value ->> 'created_at')) AS at
		FROM jsonb_array_elements(stockalert.json_rows(page, 'orders')) AS e (value) WHERE e.value ->> 'state' = 'COMPLETED'),
	line AS (
		SELECT o.id, o.place, o.at, 'sale' AS kind, l.value FROM completed AS o CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(o.value, 'line_items')) AS l (value)
		UNION ALL
		SELECT o.id, o.place, o.at, 'return', l.value FROM completed AS o
		CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(o.value, 'returns')) AS r (value)
		CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(r.value, 'return_line_items')) AS l (value)),
	known AS MATERIALIZED (
		SELECT l.id, l.at, l.kind, l.value, p.location_id, coalesce(b.item_id, v.item_id) AS item_id, l.id || ':' || (l.value ->> 'uid') AS key, l.value ->> 'catalog_object_id' AS object,
			trim_scale(round(stockalert.read_quantity(l.value ->> 'quantity') * CASE WHEN b.item_id IS NOT NULL THEN coalesce(v.stock_units, 1) ELSE 1 END, 5)) AS units, l.value -> 'gross_sales_money' AS money,
			-- What is tracked is in the inventory changes.
			CASE WHEN p.location_id IS NULL OR coalesce(x.tracked, b.tracked, v.tracked, EXISTS (SELECT FROM stockalert.square_levels AS k
					WHERE k.location_id = p.location_id AND k.item_id = coalesce(b.item_id, v.item_id) AND k.in_stock IS NOT NULL)) THEN 'skip'
				WHEN v.item_id IS NULL THEN 'the item is not known'
				WHEN NOT coalesce(stockalert.is_label(l.id || ':' || (l.value ->> 'uid'), 170), false) THEN 'the line has no usable id'
				WHEN coalesce(stockalert.read_quantity(l.value ->> 'quantity'), -1) < 0 THEN 'quantity is no number of at most 21 digits before and 5 after the point'
				WHEN l.at IS NULL OR l.at < '1970-01-01 00:00+00' OR l.at >= '2200-01-01 00:00+00' THEN 'closed_at is no time between 1970 and 2200' END AS problem
		FROM line AS l
		LEFT JOIN LATERAL (SELECT y.* FROM stockalert.square_variations AS y WHERE y.connection_id = c.connection_id AND y.external_id = l.value ->> 'catalog_object_id' OFFSET 0) AS v ON true
		LEFT JOIN LATERAL (SELECT y.item_id, y.tracked FROM stockalert.square_variations AS y WHERE y.connection_id = c.connection_id AND y.external_id = v.stock_of OFFSET 0) AS b ON true
		LEFT JOIN LATERAL (SELECT y.location_id FROM stockalert.location_refs AS y WHERE y.source_id = c.source_id AND y.external_id = l.place OFFSET 0) AS p ON true
		LEFT JOIN stockalert.square_overrides AS x ON x.item_id = coalesce(b.item_id, v.item_id) AND x.location_id = p.location_id
		WHERE coalesce(l.value ->> 'item_type', 'ITEM') = 'ITEM' AND l.value ->> 'catalog_object_id' IS NOT NULL AND l.value ? 'quantity'),
	-- An order that was changed since: the difference, under a number of its own.
	fresh AS (
		SELECT k.*, k.units - coalesce(s.recorded, 0) AS missing, coalesce(s.lines, 0) AS lines FROM known AS k
		LEFT JOIN LATERAL (SELECT sum(y.quantity) AS recorded, count(*) AS lines FROM stockalert.sales AS y
			WHERE y.source_id = c.source_id AND y.location_id = k.location_id AND y.sold_at = k.at AND split_part(y.source_line, '#', 1) = k.key) AS s ON k.problem IS NULL)
	SELECT array_agg(ROW (k.location_id, k.item_id, k.at, k.missing, k.kind, (SELECT trim_scale(round(m / k.units, 5)) FROM stockalert.square_money(k.money) AS m WHERE k.units > 0),
				k.key || CASE WHEN k.lines > 0 THEN '#' || k.lines ELSE '' END)::stockalert.square_sale) FILTER (WHERE k.problem IS NULL AND k.missing <> 0) AS sales,
		array_agg(CASE k.problem WHEN 'the item is not known' THEN k.object ELSE k.key END) FILTER (WHERE k.problem <> 'skip') AS ids,
		array_agg(k.problem) FILTER (WHERE k.problem <> 'skip') AS reasons, array_agg(left(k.value::text, 500)) FILTER (WHERE k.problem <> 'skip') AS samples INTO told FROM fresh AS k;
	rows := jsonb_array_length(stockalert.json_rows(page, 'orders'));
	changed := stockalert.square_record_sales(c.source_id, told.sales);
	problems := stockalert.note_sync_problems(connection_id, 'orders', told.ids, told.reasons, told.samples);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_orders(bigint, jsonb) IS
	'Applies a page of orders ({"orders": [...]}): lines of completed ones, and returns, of items whose stock is not tracked; what is tracked comes by inventory changes, never by both. A changed order adds the difference. newest: the latest updated_at. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_changes(bigint, jsonb), stockalert.square_apply_orders(bigint, jsonb) TO stockalert_worker;
-- Square's vendors into suppliers, and transfers into what is in transit.

CREATE FUNCTION stockalert.square_link_vendors(connection_id bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written integer;
BEGIN
	-- Terms that people gave (preferred, packs, lead times) stay; the price is Square's.
	INSERT INTO stockalert.supplier_items AS t (supplier_id, item_id, unit_cost)
		SELECT DISTINCT ON (v.supplier_id, s.item_id) v.supplier_id, s.item_id, s.unit_cost FROM stockalert.square_vendor_items AS s
		JOIN stockalert.square_vendors AS v ON v.connection_id = s.connection_id AND v.external_id = s.vendor_id
		WHERE s.connection_id = square_link_vendors.connection_id AND NOT EXISTS (SELECT FROM stockalert.supplier_items AS o
			WHERE o.supplier_id = v.supplier_id AND o.item_id = s.item_id AND o.category IS NULL AND (o.price_breaks IS NOT NULL OR o.unit_cost IS NOT DISTINCT FROM s.unit_cost))
		ORDER BY v.supplier_id, s.item_id
		ON CONFLICT (supplier_id, item_id, category) DO UPDATE SET unit_cost = excluded.unit_cost;
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION stockalert.square_link_vendors(bigint) IS 'Makes terms of suppliers from what the catalog says of vendors that are known; returns rows written. For the owner.';

CREATE FUNCTION stockalert.square_apply_vendor_items(connection_id bigint, told stockalert.square_told[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	touched bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM unnest(told) AS t WHERE t.vendors <> '[]') AND NOT EXISTS (SELECT FROM stockalert.square_vendor_items AS s
		WHERE s.connection_id = square_apply_vendor_items.connection_id) THEN
		RETURN;
	END IF;
	WITH item AS (
		SELECT v.item_id, t.vendors FROM unnest(told) AS t
		JOIN stockalert.square_variations AS v ON v.connection_id = t.connection_id AND v.external_id = t.id),
	wanted AS (
		SELECT DISTINCT ON (i.item_id, o.value ->> 'vendor_id') i.item_id, o.value ->> 'vendor_id' AS vendor_id,
			(SELECT m FROM stockalert.square_money(o.value -> 'unit_cost_money') AS m WHERE m >= 0) AS unit_cost
		FROM item AS i CROSS JOIN LATERAL jsonb_array_elements(i.vendors) AS o (value)
		WHERE stockalert.is_label(o.value ->> 'vendor_id', 192) ORDER BY 1, 2),
	gone AS (
		DELETE FROM stockalert.square_vendor_items AS s USING item AS i WHERE s.item_id = i.item_id AND s.connection_id = square_apply_vendor_items.connection_id
			AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.item_id = s.item_id AND w.vendor_id = s.vendor_id) RETURNING s.item_id, s.vendor_id),
	ended AS (
		DELETE FROM stockalert.supplier_items AS t USING gone AS g JOIN stockalert.square_vendors AS v
				ON v.connection_id = square_apply_vendor_items.connection_id AND v.external_id = g.vendor_id
			WHERE t.supplier_id = v.supplier_id AND t.item_id = g.item_id AND (t.lead_time_days, t.pack, t.moq, t.price_breaks, t.max_stock, t.preferred) IS NOT DISTINCT FROM
				(NULL::float8, NULL::numeric, NULL::numeric, NULL::numeric[], NULL::numeric, NULL::boolean)),
	kept AS (
		INSERT INTO stockalert.square_vendor_items AS s (connection_id, vendor_id, item_id, unit_cost)
		SELECT square_apply_vendor_items.connection_id, w.vendor_id, w.item_id, w.unit_cost FROM wanted AS w
		ON CONFLICT ON CONSTRAINT square_vendor_items_pkey DO UPDATE SET unit_cost = excluded.unit_cost WHERE s.unit_cost IS DISTINCT FROM excluded.unit_cost
		RETURNING s.item_id),
	-- What it costs is what the cheapest of them asks.
	costs AS (
		UPDATE stockalert.items AS i SET cost = w.cost FROM (SELECT x.item_id, min(x.unit_cost) AS cost FROM wanted AS x GROUP BY x.item_id) AS w
		WHERE i.item_id = w.item_id AND w.cost IS NOT NULL AND i.cost IS DISTINCT FROM w.cost)
	SELECT count(*) INTO touched FROM kept;
	IF touched > 0 THEN
		PERFORM stockalert.square_link_vendors(connection_id);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_vendor_items(bigint, stockalert.square_told[]) IS
	'Brings which vendor delivers which variation, and what it costs, up to date. For the owner.';

CREATE FUNCTION stockalert.square_apply_vendors(connection_id bigint, page jsonb, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	told record;
BEGIN
	SELECT count(*) AS rows, array_agg(r.id) AS ids, array_agg(coalesce(r.name, r.id)) AS names, array_agg(left(r.contact, 4096)) AS contacts, array_agg(r.active) AS actives,
		least(max(r.at), CASE WHEN max(r.at) IS NOT NULL THEN clock_timestamp() + interval '1 day' END) AS newest, max(r.at_text) AS newest_text INTO told
		FROM (SELECT DISTINCT ON (e.value ->> 'id') e.value ->> 'id' AS id, stockalert.read_label(e.value ->> 'name', 150) AS name, e.value ->> 'status' IS DISTINCT FROM 'INACTIVE' AS active,
				stockalert.read_moment(e.value ->> 'updated_at') AS at, e.value ->> 'updated_at' AS at_text,
				(SELECT nullif(string_agg(concat_ws(', ', stockalert.read_label(k.value ->> 'name', 200), stockalert.read_label(k.value ->> 'email_address', 254),
						stockalert.read_label(k.value ->> 'phone_number', 50)), '; ' ORDER BY k.nth), '')
					FROM jsonb_array_elements(stockalert.json_rows(e.value, 'contacts')) WITH ORDINALITY AS k (value, nth) WHERE k.value ->> 'removed' IS DISTINCT FROM 'true') AS contact
			FROM jsonb_array_elements(stockalert.json_rows(page, 'vendors')) AS e (value) WHERE stockalert.is_label(e.value ->> 'id', 192) ORDER BY e.value ->> 'id') AS r;
	rows := told.rows;
	newest := told.newest;
	newest_text := told.newest_text;
	-- A supplier of that name that is no other vendor stands for it.
	WITH fresh AS (
		SELECT u.id, u.contact, u.active, CASE WHEN row_number() OVER (PARTITION BY u.name ORDER BY u.id) > 1 OR EXISTS (SELECT FROM stockalert.suppliers AS s
				JOIN stockalert.square_vendors AS v ON v.supplier_id = s.supplier_id WHERE s.name = u.name) THEN left(u.name || '~' || u.id, 192) ELSE u.name END AS name
		FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.contacts), unnest(told.actives)) AS u (id, name, contact, active)
		WHERE NOT EXISTS (SELECT FROM stockalert.square_vendors AS v WHERE v.connection_id = square_apply_vendors.connection_id AND v.external_id = u.id)),
	made AS (
		INSERT INTO stockalert.suppliers AS s (name, contact, active) SELECT f.name, f.contact, f.active FROM fresh AS f ORDER BY f.id
		ON CONFLICT ON CONSTRAINT suppliers_name_key DO UPDATE SET active = s.active RETURNING s.supplier_id, s.name, s.xmax <> 0 AS adopted)
	INSERT INTO stockalert.square_vendors (connection_id, external_id, supplier_id, adopted)
		SELECT square_apply_vendors.connection_id, f.id, m.supplier_id, m.adopted FROM fresh AS f JOIN made AS m ON m.name = f.name;
	GET DIAGNOSTICS changed = ROW_COUNT;
	WITH written AS (
		UPDATE stockalert.suppliers AS s SET name = CASE WHEN EXISTS (SELECT FROM stockalert.suppliers AS o WHERE o.name = u.name) THEN s.name ELSE u.name END,
				contact = u.contact, active = u.active
			FROM ROWS FROM (unnest(told.ids), unnest(told.names), unnest(told.contacts), unnest(told.actives)) AS u (id, name, contact, active)
			JOIN stockalert.square_vendors AS v ON v.connection_id = square_apply_vendors.connection_id AND v.external_id = u.id AND NOT v.adopted
			WHERE s.supplier_id = v.supplier_id AND ((s.contact, s.active) IS DISTINCT FROM (u.contact, u.active)
				OR s.name <> u.name AND NOT EXISTS (SELECT FROM stockalert.suppliers AS o WHERE o.name = u.name)) RETURNING 1)
	SELECT square_apply_vendors.changed + count(*) INTO changed FROM written;
	changed := changed + stockalert.square_link_vendors(connection_id);
	problems := 0;
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_vendors(bigint, jsonb) IS
	'Applies a page of vendors ({"vendors": [...]}): suppliers with their contacts; INACTIVE ones are not ordered from. One of a name that is there stands for that supplier, of which what people wrote stays. For the worker.';

CREATE FUNCTION stockalert.square_apply_transfers(connection_id bigint, page jsonb, started timestamptz DEFAULT NULL, OUT rows integer, OUT changed integer, OUT problems integer,
		OUT newest timestamptz, OUT newest_text text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planned CONSTANT text[] := stockalert.plan_by_key();
	c stockalert.connections;
	told record;
	-- All there is comes in one page: then it tells itself what is gone, and nothing is written of the rest.
	whole boolean;
BEGIN
	SELECT x.* INTO c FROM stockalert.connections AS x WHERE x.connection_id = square_apply_transfers.connection_id;
	IF NOT FOUND THEN
		rows := 0;
		changed := 0;
		problems := 0;
		RETURN;
	END IF;
	whole := started IS NOT NULL AND coalesce(page ->> 'cursor', '') = ''
		AND NOT EXISTS (SELECT FROM stockalert.square_transfers AS t WHERE t.connection_id = c.connection_id AND t.seen_at >= started);
	SELECT count(*), stockalert.square_newest(max(stockalert.read_moment(e.value ->> 'updated_at'))), max(e.value ->> 'updated_at') INTO rows, newest, newest_text
		FROM jsonb_array_elements(stockalert.json_rows(page, 'transfer_orders')) AS e (value);
	WITH line AS MATERIALIZED (
		SELECT e.value ->> 'id' AS transfer_id, stockalert.read_label(coalesce(l.value ->> 'uid', l.nth::text), 192) AS line, p.location_id, v.item_id, l.value,
			CASE WHEN e.value ->> 'status' IN ('STARTED', 'PARTIALLY_RECEIVED') THEN coalesce(stockalert.read_quantity(l.value ->> 'quantity_pending'),
				stockalert.read_quantity(l.value ->> 'quantity_ordered') - coalesce(stockalert.read_quantity(l.value ->> 'quantity_received'), 0)
				- coalesce(stockalert.read_quantity(l.value ->> 'quantity_damaged'), 0) - coalesce(stockalert.read_quantity(l.value ->> 'quantity_canceled'), 0)) ELSE 0 END AS pending,
			CASE WHEN NOT coalesce(stockalert.is_label(e.value ->> 'id', 192), false) THEN 'the transfer has no usable id'
				WHEN c.chosen_locations IS NOT NULL AND e.value ->> 'destination_location_id' <> ALL (c.chosen_locations) THEN NULL
				WHEN p.location_id IS NULL THEN 'the location is not known' WHEN v.item_id IS NULL THEN 'the item is not known' END AS problem,
			l.value ->> 'item_variation_id' AS variation
		FROM jsonb_array_elements(stockalert.json_rows(page, 'transfer_orders')) AS e (value)
		CROSS JOIN LATERAL jsonb_array_elements(stockalert.json_rows(e.value, 'line_items')) WITH ORDINALITY AS l (value, nth)
		LEFT JOIN stockalert.location_refs AS p ON p.source_id = c.source_id AND p.external_id = e.value ->> 'destination_location_id'
		LEFT JOIN stockalert.square_variations AS v ON v.connection_id = c.connection_id AND v.external_id = l.value ->> 'item_variation_id'),
	kept AS (
		INSERT INTO stockalert.square_transfers AS t (connection_id, transfer_id, line, location_id, item_id, pending, seen_at)
		SELECT DISTINCT ON (n.transfer_id, n.line) c.connection_id, n.transfer_id, n.line, n.location_id, n.item_id, n.pending, CASE WHEN whole THEN '-infinity' ELSE clock_timestamp() END FROM line AS n
		WHERE n.problem IS NULL AND n.location_id IS NOT NULL AND n.item_id IS NOT NULL AND n.pending > 0
			-- What is as it was is not even locked.
			AND NOT (whole AND EXISTS (SELECT FROM stockalert.square_transfers AS o WHERE o.connection_id = c.connection_id AND o.transfer_id = n.transfer_id AND o.line = n.line
				AND (o.location_id, o.item_id, o.pending) = (n.location_id, n.item_id, n.pending)))
		ORDER BY n.transfer_id, n.line
		ON CONFLICT ON CONSTRAINT square_transfers_pkey DO UPDATE SET location_id = excluded.location_id, item_id = excluded.item_id, pending = excluded.pending, seen_at = excluded.seen_at),
	gone AS (
		DELETE FROM stockalert.square_transfers AS t WHERE t.connection_id = c.connection_id
			AND CASE WHEN whole THEN NOT EXISTS (SELECT FROM line AS n WHERE n.transfer_id = t.transfer_id AND n.line = t.line AND n.pending > 0)
				ELSE EXISTS (SELECT FROM line AS n WHERE n.transfer_id = t.transfer_id AND n.line = t.line AND NOT coalesce(n.pending > 0, false)) END
		RETURNING t.item_id)
	SELECT array_agg(n.item_id) FILTER (WHERE n.item_id IS NOT NULL) || (SELECT array_agg(g.item_id) FROM gone AS g) AS item_ids, array_agg(n.variation) FILTER (WHERE n.problem IS NOT NULL) AS variations,
		array_agg(n.problem) FILTER (WHERE n.problem IS NOT NULL) AS reasons, array_agg(left(n.value::text, 500)) FILTER (WHERE n.problem IS NOT NULL) AS samples INTO told FROM line AS n;
	changed := 0;
	IF told.item_ids IS NOT NULL AND c.transfers_known_at IS NOT NULL THEN
		changed := stockalert.square_settle(connection_id, told.item_ids);
	END IF;
	problems := stockalert.note_sync_problems(connection_id, 'transfers', told.variations, told.reasons, told.samples);
	PERFORM stockalert.plan_by_key(planned);
END
$$;
COMMENT ON FUNCTION stockalert.square_apply_transfers(bigint, jsonb, timestamptz) IS
	'Applies a page of transfer orders ({"transfer_orders": [...]}): what is pending of started and partially received ones is in transit to their destination, where that has a count of the item. started: when the round over all of them began; what a page that is the only one does not tell of is gone then. For the worker.';

CREATE FUNCTION stockalert.square_finish_transfers(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	item_ids bigint[];
	first boolean;
BEGIN
	WITH gone AS (DELETE FROM stockalert.square_transfers AS t WHERE t.connection_id = square_finish_transfers.connection_id AND t.seen_at < started
			AND EXISTS (SELECT FROM stockalert.square_transfers AS o WHERE o.connection_id = square_finish_transfers.connection_id AND o.seen_at >= started) RETURNING t.item_id)
	SELECT array_agg(DISTINCT g.item_id) INTO item_ids FROM gone AS g;
	UPDATE stockalert.connections AS c SET transfers_known_at = clock_timestamp() WHERE c.connection_id = square_finish_transfers.connection_id AND c.transfers_known_at IS NULL;
	first := FOUND;
	RETURN CASE WHEN first THEN stockalert.square_settle(connection_id) WHEN item_ids IS NOT NULL THEN stockalert.square_settle(connection_id, item_ids) ELSE 0 END;
END
$$;
COMMENT ON FUNCTION stockalert.square_finish_transfers(bigint, timestamptz) IS
	'Ends a round over the transfers that began at a time: what it did not meet has arrived or was called off. From the first one on, transfers alone say what is in transit. Returns stock rows written. For the worker.';

CREATE FUNCTION stockalert.square_finish_counts(connection_id bigint, started timestamptz) RETURNS integer
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN stockalert.square_end_sold_out(connection_id);
COMMENT ON FUNCTION stockalert.square_finish_counts(bigint, timestamptz) IS
	'Ends a round over all counts. What it did not meet is left as it is: a missing count is not zero. Returns stock rows written for what is no longer sold out. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.square_apply_vendors(bigint, jsonb), stockalert.square_apply_transfers(bigint, jsonb, timestamptz),
	stockalert.square_finish_transfers(bigint, timestamptz), stockalert.square_finish_counts(bigint, timestamptz) TO stockalert_worker;
-- What the syncer needs beyond the streams' own functions.

CREATE FUNCTION stockalert.sync_locations(connection_id bigint) RETURNS text[]
	LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(c.chosen_locations, (SELECT array_agg(r.external_id ORDER BY r.external_id COLLATE "C") FROM stockalert.location_refs AS r
			JOIN stockalert.locations AS l ON l.location_id = r.location_id WHERE r.source_id = c.source_id AND l.active), '{}')
	FROM stockalert.connections AS c WHERE c.connection_id = sync_locations.connection_id;
$$;
COMMENT ON FUNCTION stockalert.sync_locations(bigint) IS
	'Returns the seller''s ids of the locations that a connection reads: the chosen ones, or all that are active. NULL for NULL and for no connection. For the worker.';

CREATE FUNCTION stockalert.sync_heed_credentials() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH mended AS (UPDATE stockalert.connections AS c SET state = 'pending', state_reason = NULL, state_at = clock_timestamp()
		FROM stockalert.credentials AS k WHERE k.name = c.credential AND k.set_at > c.state_at AND c.state IN ('expired', 'revoked', 'misconfigured')
		RETURNING c.connection_id)
	UPDATE stockalert.sync_streams AS s SET next_attempt_at = NULL, requested_at = clock_timestamp() FROM mended AS m
		WHERE s.connection_id = m.connection_id AND s.error_class IS NOT NULL;
$$;
COMMENT ON FUNCTION stockalert.sync_heed_credentials() IS
	'Lets a connection that failed for its credential try again once another was set. For the worker.';

CREATE FUNCTION stockalert.sync_analyze() RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	ANALYZE stockalert.square_variations, stockalert.square_objects, stockalert.items, stockalert.item_refs, stockalert.location_refs;
END
$$;
COMMENT ON FUNCTION stockalert.sync_analyze() IS
	'Tells the planner how large the tables have become that a first import fills, before autovacuum comes to it. For the worker.';

CREATE FUNCTION stockalert.connections_to_check() RETURNS TABLE (connection_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.connection_id FROM stockalert.connections AS c
	WHERE c.enabled AND current_setting('stockalert.delivery') = 'live' AND stockalert.installation_state() <> 'copy'
		AND (c.check_requested_at > coalesce(c.checked_at, '-infinity') OR c.state = 'ok' AND coalesce(c.checked_at, '-infinity') < clock_timestamp() - interval '1 day');
$$;
COMMENT ON FUNCTION stockalert.connections_to_check() IS
	'Connections of whose token permissions, seller and end are to be looked up: somebody asked, or that was a day ago. For the worker.';

GRANT EXECUTE ON FUNCTION stockalert.connections_to_check(), stockalert.sync_locations(bigint), stockalert.sync_heed_credentials(), stockalert.sync_analyze() TO stockalert_worker;
-- Something to look at on the first day: five products with thirty days of
-- sales, one of each class, and somebody who hears of them in the server log.

CREATE FUNCTION stockalert.demo_source() RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	id bigint;
	taken text;
BEGIN
	INSERT INTO stockalert.sources (name, kind) VALUES ('demo', 'demo')
		ON CONFLICT ON CONSTRAINT sources_name_key DO NOTHING RETURNING source_id INTO id;
	IF id IS NULL AND EXISTS (SELECT 1 FROM stockalert.sources AS s WHERE s.name = 'demo' AND s.kind = 'demo') THEN
		RAISE EXCEPTION 'the demo is loaded'
			USING ERRCODE = 'duplicate_object', DETAIL = 'Its five products are there once.',
				  HINT = 'Look: SELECT * FROM stockalert.stock_status WHERE location = ''demo''; for a fresh one: SELECT * FROM stockalert.clear_demo();';
	END IF;
	taken := concat_ws(', ', CASE WHEN id IS NULL THEN 'source demo' END,
		(SELECT 'location demo' FROM stockalert.locations AS l WHERE l.code = 'demo'),
		(SELECT 'subscriber demo' FROM stockalert.subscribers AS b WHERE b.name = 'demo'),
		(SELECT string_agg('item ' || i.sku, ', ' ORDER BY i.sku) FROM stockalert.items AS i WHERE i.sku ~ '^DEMO-[1-5]$'));
	IF taken <> '' THEN
		RAISE EXCEPTION 'names of the demo are taken'
			USING ERRCODE = 'unique_violation', DETAIL = format('There is already %s, and not from load_demo().', taken),
				  HINT = 'Rename what is yours, or go without the demo.';
	END IF;
	RETURN id;
END
$$;
COMMENT ON FUNCTION stockalert.demo_source() IS
	'Makes the source of the demo. Errors: 42710 it is loaded, 23505 a name it needs belongs to something else. For the owner.';

CREATE FUNCTION stockalert.load_demo(OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_source bigint := stockalert.demo_source();
	the_location bigint;
	the_subscriber bigint;
	zone text := CASE WHEN stockalert.is_time_zone(current_setting('TimeZone')) THEN current_setting('TimeZone') ELSE 'UTC' END;
	today date := (stockalert.as_of() AT TIME ZONE zone)::date;
	sold bigint;
	lines bigint;
	classes text;
BEGIN
	PERFORM stockalert.require_all_locations('load_demo()');
	PERFORM stockalert.make_partitions(today - 31);
	INSERT INTO stockalert.locations (code, name, time_zone, currency) VALUES ('demo', 'Demo shop', zone, 'EUR')
		RETURNING location_id INTO the_location;
	INSERT INTO stockalert.location_refs (source_id, external_id, location_id) VALUES (the_source, 'demo', the_location);
	INSERT INTO stockalert.items (sku, name, category, cost, price) VALUES
		('DEMO-1', 'LED strip, 5 m', 'Demo lighting', 6.20, 14.90),
		('DEMO-2', 'USB-C cable, 1 m', 'Demo cables', 1.80, 7.90),
		('DEMO-3', 'Desk lamp, black', 'Demo lighting', 11.50, 29.00),
		('DEMO-4', 'Wall socket, double', 'Demo electrics', 2.40, 6.50),
		('DEMO-5', 'Extension lead, 3 m', 'Demo cables', 3.10, 9.90);
	INSERT INTO stockalert.item_refs (source_id, external_id, item_id)
		SELECT the_source, i.sku, i.item_id FROM stockalert.items AS i WHERE i.sku ~ '^DEMO-[1-5]$';
	INSERT INTO stockalert.subscribers (name, app_key, location_ids, time_zone)
		VALUES ('demo', 'load_demo()', ARRAY[the_location], zone) RETURNING subscriber_id INTO the_subscriber;
	PERFORM stockalert.add_contact(the_subscriber, 'log', 'server log');
	INSERT INTO stockalert.rules (location_id, item_id, low, critical, maximum, note)
		SELECT the_location, i.item_id, v.low, v.critical, v.maximum, 'load_demo()'
		FROM (VALUES ('DEMO-1', 30, 10, 300), ('DEMO-2', 25, 8, 250), ('DEMO-3', 15, 5, 100), ('DEMO-4', 40, 12, 400),
			('DEMO-5', 20, 6, 200)) AS v (sku, low, critical, maximum)
		JOIN stockalert.items AS i ON i.sku = v.sku;
	-- About so many a day, more towards the end of the week; DEMO-4 ran out three days ago.
	INSERT INTO stockalert.sales (location_id, item_id, sold_at, quantity, unit_price, source_id, source_line)
		SELECT the_location, i.item_id, (d.day + time '09:00' + n.n * interval '90 minutes') AT TIME ZONE zone,
			v.a_day + (d.back * v.spread + n.n) % 3 + CASE WHEN extract(isodow FROM d.day) IN (5, 6) THEN 1 ELSE 0 END,
			i.price, the_source, format('%s/%s/%s', v.sku, d.day, n.n)
		FROM (VALUES ('DEMO-1', 1, 5), ('DEMO-2', 3, 7), ('DEMO-3', 0, 4), ('DEMO-4', 2, 8), ('DEMO-5', 0, 2)) AS v (sku, a_day, spread)
		JOIN stockalert.items AS i ON i.sku = v.sku
		CROSS JOIN generate_series(1, 2) AS n (n)
		CROSS JOIN (SELECT g AS back, today - g AS day FROM generate_series(1, 30) AS g) AS d
		WHERE NOT (v.sku = 'DEMO-4' AND d.back <= 3)
			AND v.a_day + (d.back * v.spread + n.n) % 3 + CASE WHEN extract(isodow FROM d.day) IN (5, 6) THEN 1 ELSE 0 END > 0;
	GET DIAGNOSTICS lines = ROW_COUNT;
	SELECT sum(s.quantity) INTO sold FROM stockalert.sales AS s WHERE s.source_id = the_source AND s.location_id = the_location;
	INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand, reserved, on_order, par_level)
		SELECT the_location, i.item_id, v.on_hand, v.reserved, v.on_order, v.par
		FROM (VALUES ('DEMO-1', 120, 4, 0, 150), ('DEMO-2', 18, 0, 0, 100), ('DEMO-3', 5, 2, 20, 40), ('DEMO-4', 0, 0, 0, 120),
			('DEMO-5', 480, 0, 0, 80)) AS v (sku, on_hand, reserved, on_order, par)
		JOIN stockalert.items AS i ON i.sku = v.sku ORDER BY i.item_id;
	-- Learned at once, unless a shop's own sales would have to be read for it.
	IF NOT EXISTS (SELECT FROM stockalert.sales AS s WHERE s.source_id IS DISTINCT FROM the_source) THEN
		PERFORM stockalert.refresh_demand();
	END IF;
	-- Nobody else shall hear of stock that is not there.
	UPDATE stockalert.queue AS q SET subscriber_id = the_subscriber
		WHERE q.stage = 'event' AND q.location_id = the_location AND q.subscriber_id IS NULL;
	SELECT string_agg(format('%s %s', s.available, s.class), ', ' ORDER BY s.sku) INTO classes
		FROM stockalert.stock_status AS s WHERE s.location = 'demo';
	done := format('5 products at location demo with %s units sold in %s sales; available now: %s; the subscriber demo is told in the server log',
		stockalert.show_quantity(sold), lines, classes);
	next := 'SELECT * FROM stockalert.low_stock; -- and away with it: SELECT * FROM stockalert.clear_demo();';
END
$$;
COMMENT ON FUNCTION stockalert.load_demo() IS
	'Makes a location demo with five products (healthy, low, critical, out of stock, overstocked), thirty days of sales before as_of(), thresholds, and a subscriber demo who is told in the server log; learns their demand where no other sales are. Nothing in it is random. Its first alerts go to that subscriber alone; what is changed there later concerns everybody who hears of all locations. Makes the month partitions of its sales. Errors: 42710 it is loaded, 23505 a name it needs is taken.';

CREATE FUNCTION stockalert.clear_demo(OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	the_source stockalert.sources;
	location_ids bigint[];
	item_ids bigint[];
	alert_ids bigint[];
	subscriber_ids bigint[];
	mixed text;
	lines bigint;
	ended bigint;
BEGIN
	PERFORM stockalert.require_all_locations('clear_demo()');
	SELECT s.* INTO the_source FROM stockalert.sources AS s WHERE s.name = 'demo' AND s.kind = 'demo' FOR UPDATE;
	IF the_source.source_id IS NULL THEN
		done := 'there is no demo';
		next := 'SELECT * FROM stockalert.load_demo();';
		RETURN;
	END IF;
	SELECT array_agg(r.location_id) INTO location_ids FROM stockalert.location_refs AS r WHERE r.source_id = the_source.source_id;
	SELECT array_agg(r.item_id) INTO item_ids FROM stockalert.item_refs AS r WHERE r.source_id = the_source.source_id;
	SELECT array_agg(b.subscriber_id) INTO subscriber_ids FROM stockalert.subscribers AS b WHERE b.app_key = 'load_demo()';
	-- Other stock at the demo's location, or the demo's products elsewhere, belong to somebody.
	SELECT string_agg(format('%s at %s', i.sku, l.code), ', ' ORDER BY i.sku, l.code) INTO mixed
		FROM stockalert.stock_levels AS s
		JOIN stockalert.items AS i ON i.item_id = s.item_id
		JOIN stockalert.locations AS l ON l.location_id = s.location_id
		WHERE coalesce(s.item_id = ANY (item_ids), false) <> coalesce(s.location_id = ANY (location_ids), false);
	IF mixed IS NOT NULL THEN
		RAISE EXCEPTION 'the demo is mixed with stock of yours'
			USING ERRCODE = 'dependent_objects_still_exist', DETAIL = format('There is %s.', left(mixed, 200)),
				  HINT = 'DELETE FROM stockalert.stock_levels what is not needed, or leave the demo where it is.';
	END IF;
	DELETE FROM stockalert.rules AS r WHERE r.location_id = ANY (location_ids) OR r.item_id = ANY (item_ids);
	DELETE FROM stockalert.stock_levels AS s WHERE s.location_id = ANY (location_ids);
	WITH gone AS (DELETE FROM stockalert.alerts AS a WHERE a.location_id = ANY (location_ids) RETURNING a.alert_id)
		SELECT array_agg(g.alert_id), count(*) INTO alert_ids, ended FROM gone AS g;
	DELETE FROM stockalert.alert_events AS e WHERE e.alert_id = ANY (alert_ids);
	DELETE FROM stockalert.notices AS n WHERE n.alert_id = ANY (alert_ids);
	-- With messages still on their way, and those of the subscriber demo; what others were sent is theirs.
	DELETE FROM stockalert.queue AS q WHERE q.alert_id = ANY (alert_ids) OR q.location_id = ANY (location_ids)
		OR q.subscriber_id = ANY (subscriber_ids);
	DELETE FROM stockalert.delivery_fates AS f USING stockalert.deliveries AS d WHERE d.provider_id = f.provider_id AND d.message_id = f.message_id
		AND d.subscriber_id = ANY (subscriber_ids) AND d.finished_at >= the_source.created_at;
	DELETE FROM stockalert.deliveries AS d WHERE d.subscriber_id = ANY (subscriber_ids) AND d.finished_at >= the_source.created_at;
	DELETE FROM stockalert.messages AS m WHERE m.subscriber_id = ANY (subscriber_ids);
	DELETE FROM stockalert.subscribers AS b WHERE b.subscriber_id = ANY (subscriber_ids);
	-- Recorded since: what came before cannot be the demo's, and partitions without any are skipped.
	DELETE FROM stockalert.sales AS s WHERE s.recorded_at >= the_source.created_at
		AND (s.location_id = ANY (location_ids) OR s.source_id = the_source.source_id);
	GET DIAGNOSTICS lines = ROW_COUNT;
	DELETE FROM stockalert.stock_changes AS c WHERE c.location_id = ANY (location_ids);
	DELETE FROM stockalert.demand_state AS d WHERE d.location_id = ANY (location_ids);
	DELETE FROM stockalert.demand_days AS d WHERE d.location_id = ANY (location_ids);
	DELETE FROM stockalert.demand_totals AS d WHERE d.location_id = ANY (location_ids);
	DELETE FROM stockalert.pools AS p WHERE p.location_id = ANY (location_ids);
	IF NOT EXISTS (SELECT FROM stockalert.sales) THEN
		PERFORM stockalert.forget_demand();
	END IF;
	DELETE FROM stockalert.locations AS l WHERE l.location_id = ANY (location_ids);
	DELETE FROM stockalert.items AS i WHERE i.item_id = ANY (item_ids);
	DELETE FROM stockalert.sources AS s WHERE s.source_id = the_source.source_id;
	done := format('demo removed: %s, %s, %s', stockalert.counted(coalesce(cardinality(item_ids), 0), 'product'), stockalert.counted(lines, 'sale'), stockalert.counted(ended, 'alert'));
	next := stockalert.next_step();
END
$$;
COMMENT ON FUNCTION stockalert.clear_demo() IS
	'Removes what load_demo() made and what became of it: products, location, subscriber, sales, thresholds, alerts with their events, notices and waiting messages, what the subscriber demo was sent. Month partitions stay. Says so where there is no demo. Error 2BP01 where other stock lies at the location demo, or a product of the demo at another.';

GRANT EXECUTE ON FUNCTION stockalert.load_demo(), stockalert.clear_demo() TO stockalert_manager;
-- Pieces of the page that dashboard_html() returns.  Everything that comes from
-- a table goes through html_text(); nothing else puts data into the page.  In
-- plpgsql on purpose: SQL functions that call each other are planned at each call.

CREATE FUNCTION stockalert.html_text(value text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: NULL shows as a dash
	AS $$ BEGIN RETURN coalesce(replace(replace(replace(replace(replace(value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'), '&#8211;'); END $$;
COMMENT ON FUNCTION stockalert.html_text(text) IS 'A text as text of an HTML page, inside or outside of quoted attributes: & < > " and '' escaped; a dash for NULL.';

CREATE FUNCTION stockalert.html_row(cells text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	cell text;
	whole text := '';
BEGIN
	FOREACH cell IN ARRAY cells LOOP
		whole := whole || CASE WHEN cell LIKE '<td%' THEN cell ELSE '<td>' || coalesce(cell, '') || '</td>' END;
	END LOOP;
	RETURN '<tr>' || whole || E'</tr>\n';
END
$$;
COMMENT ON FUNCTION stockalert.html_row(text[]) IS 'A row of a table of cells that are HTML already, with or without their <td>. NULL for NULL.';

CREATE FUNCTION stockalert.html_item(item text, sku text, location text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN RETURN format('<td><b>%s</b><small>%s &#183; %s</small></td>', stockalert.html_text(item), stockalert.html_text(sku), stockalert.html_text(location)); END $$;
COMMENT ON FUNCTION stockalert.html_item(text, text, text) IS 'A cell that names an item and where it is. NULL for NULL.';

CREATE FUNCTION stockalert.html_table(headings text[], rows text, empty text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: no rows, no table
	AS $$ SELECT CASE WHEN rows IS NULL THEN format(E'<p class="none">%s</p>\n', stockalert.html_text(empty))
		ELSE format(E'<div class="wide"><table><thead><tr>%s</tr></thead>\n<tbody>\n%s</tbody></table></div>\n',
			(SELECT string_agg(format('<th scope="col"%s>%s</th>', CASE WHEN h.heading LIKE '#%' THEN ' class="n"' ELSE '' END, stockalert.html_text(ltrim(h.heading, '#'))), '' ORDER BY h.n) FROM unnest(headings) WITH ORDINALITY AS h (heading, n)), rows) END $$;
COMMENT ON FUNCTION stockalert.html_table(text[], text, text) IS 'A table with these headings (# before those of numbers) around rows that are HTML already; the sentence empty where there are none.';

CREATE FUNCTION stockalert.html_class(class text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$ BEGIN RETURN format('<span class="tag %s">%s</span>', CASE WHEN class IN ('out', 'critical', 'low', 'ok', 'over', 'warn', 'error') THEN class ELSE 'other' END, stockalert.html_text(class)); END $$;
COMMENT ON FUNCTION stockalert.html_class(text) IS 'A class, severity or state as a coloured word. NULL for NULL.';

CREATE FUNCTION stockalert.show_age(age interval) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s CONSTANT numeric := greatest(trunc(extract(epoch FROM age)), 0);
BEGIN
	RETURN CASE WHEN s < 60 THEN 'just now' WHEN s < 3600 THEN format('%s min', div(s, 60)) WHEN s < 86400 THEN format('%s h', div(s, 3600))
		ELSE format('%s d', div(s, 86400)) END;
END
$$;
COMMENT ON FUNCTION stockalert.show_age(interval) IS 'How long ago something was, in one unit: just now, 5 min, 3 h, 12 d. NULL for NULL.';

CREATE FUNCTION stockalert.show_days(days double precision) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- not strict: NULL shows as a dash
	AS $$ BEGIN RETURN CASE WHEN days IS NULL OR days = 'Infinity' THEN NULL WHEN days < 0.05 THEN '0' WHEN days < 10 THEN round(days::numeric, 1)::text
		WHEN days < 1000 THEN round(days::numeric)::text ELSE '999+' END; END $$;
COMMENT ON FUNCTION stockalert.show_days(double precision) IS 'Days as people read them: one decimal under 10, 999+ at the end; NULL for NULL and Infinity.';

CREATE FUNCTION stockalert.svg_line(units double precision[], first_x integer, highest double precision, style text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- A day without stock is a gap, so a new line starts after it.
	RETURN (SELECT string_agg(format('<polyline class="%s" points="%s"/>', style, part.points), '' ORDER BY part.g)
	FROM (SELECT p.g, string_agg(format('%s,%s', p.x, p.y), ' ' ORDER BY p.x) || CASE WHEN count(*) = 1 THEN format(' %s,%s', min(p.x) + 1, min(p.y)) ELSE '' END AS points
		FROM (SELECT first_x + 3 * (v.n - 1) AS x, round((27 - 25 * v.value / highest)::numeric, 1) AS y, v.n - row_number() OVER (ORDER BY v.n) AS g
			FROM unnest(units) WITH ORDINALITY AS v (value, n) WHERE v.value IS NOT NULL) AS p
		GROUP BY p.g) AS part);
END
$$;
COMMENT ON FUNCTION stockalert.svg_line(double precision[], integer, double precision, text) IS
	'Values of successive days as lines of an SVG of height 28, 3 units a day from first_x on; a NULL is a gap. highest > 0 is at the top. style: name of a CSS class. NULL for NULL.';

CREATE FUNCTION stockalert.svg_history(units double precision[], ahead double precision[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	highest CONSTANT double precision := greatest(1, (SELECT max(u) FROM unnest(units || ahead) AS u));
BEGIN
	RETURN format('<svg viewBox="0 0 132 28" width="132" height="28" role="img" aria-label="%s">%s<line class="today" x1="90" y1="0" x2="90" y2="28"/>%s</svg>',
		format('%s sold in 30 days, %s expected in the next 14', coalesce(round((SELECT sum(u) FROM unnest(units) AS u)::numeric), 0),
			coalesce(round((SELECT sum(u) FROM unnest(ahead) AS u)::numeric), 0)),
		stockalert.svg_line(units, 2, highest, 'sold'), stockalert.svg_line(ahead, 93, highest, 'ahead'));
END
$$;
COMMENT ON FUNCTION stockalert.svg_history(double precision[], double precision[]) IS
	'A small picture: units of 30 days, oldest first (NULL: no stock), and dashed the 14 days ahead. NULL for NULL.';

CREATE FUNCTION stockalert.dashboard_style() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$ SELECT -- lint: not strict (no arguments)
':root{color-scheme:light dark;--ground:#f1f5f9;--paper:#fff;--ink:#0f172a;--soft:#64748b;--rule:#e2e8f0;--out:#b91c1c;--critical:#c2410c;--low:#a16207;--ok:#15803d;--over:#1d4ed8}
@media (prefers-color-scheme:dark){:root{--ground:#0b1120;--paper:#162032;--ink:#e2e8f0;--soft:#94a3b8;--rule:#2b3950;--out:#f87171;--critical:#fb923c;--low:#facc15;--ok:#4ade80;--over:#60a5fa}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:20px 16px 48px}h1{font-size:24px;margin:0}h2{font-size:17px;margin:0 0 10px}.sub,.none,footer{color:var(--soft)}.sub{margin:2px 0 18px}
section{background:var(--paper);border:1px solid var(--rule);border-radius:10px;padding:16px;margin:0 0 16px}.none{margin:0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(104px,1fr));gap:10px;margin:0 0 12px}.cards div{border:1px solid var(--rule);border-radius:8px;padding:10px 12px;background:var(--paper)}
.cards b{display:block;font-size:22px;line-height:1.2;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.cards span{color:var(--soft);font-size:13px}
.bar{display:flex;height:10px;border-radius:5px;overflow:hidden;background:var(--rule)}.bar i{display:block;min-width:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{font-size:12px;text-align:left;color:var(--soft);font-weight:600;white-space:nowrap}
th,td{padding:7px 16px 7px 0;border-bottom:1px solid var(--rule);vertical-align:middle}tr:last-child td{border-bottom:0}.n{text-align:right}td.n{white-space:nowrap}td.d{white-space:nowrap}
td b{font-weight:600;overflow-wrap:anywhere}td small{display:block;color:var(--soft);overflow-wrap:anywhere}
.tag{display:inline-block;border-radius:99px;padding:1px 9px;font-size:12px;font-weight:600;border:1px solid currentColor;color:var(--soft);white-space:nowrap}
.out,.error{color:var(--out)}.critical{color:var(--critical)}.low,.warn{color:var(--low)}.ok{color:var(--ok)}.over{color:var(--over)}.tag.out,.tag.error{color:var(--out)}.tag.critical{color:var(--critical)}.tag.low,.tag.warn{color:var(--low)}.tag.ok{color:var(--ok)}.tag.over{color:var(--over)}
i.out{background:var(--out)}i.critical{background:var(--critical)}i.low{background:var(--low)}i.ok{background:var(--ok)}i.over{background:var(--over)}
polyline{fill:none;stroke:var(--over);stroke-width:1.5;stroke-linejoin:round}polyline.ahead{stroke-dasharray:2 2;stroke:var(--soft)}line.today{stroke:var(--rule)}svg{display:block}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}footer{font-size:13px}
td:first-child{min-width:8.5em}@media (max-width:640px){th{white-space:normal}svg{width:88px}th,td{padding-right:10px}main{padding:14px 10px 32px}section{padding:12px}th:nth-child(n+6),td:nth-child(n+6){display:none}.keep th,.keep td{display:table-cell}}
@media print{body{background:#fff}section{break-inside:avoid}}' $$;
COMMENT ON FUNCTION stockalert.dashboard_style() IS 'The style sheet of dashboard_html(). Never NULL.';
-- The page for a person who would rather look than read: dashboard_html().
-- One function a section; each takes the locations that the reader may see.

CREATE FUNCTION stockalert.dashboard_totals(location_ids bigint[]) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	WITH counted AS MATERIALIZED (
		SELECT coalesce(sum(g.items), 0) AS items, coalesce(sum(g.items) FILTER (WHERE g.class = 'ok'), 0) AS ok, coalesce(sum(g.items) FILTER (WHERE g.class = 'low'), 0) AS low,
			coalesce(sum(g.items) FILTER (WHERE g.class = 'critical'), 0) AS critical, coalesce(sum(g.items) FILTER (WHERE g.class = 'out'), 0) AS "out",
			coalesce(sum(g.items) FILTER (WHERE g.class = 'over'), 0) AS "over", coalesce(sum(g.units), 0) AS units
		FROM (SELECT s.class, count(*) AS items, sum(s.on_hand) FILTER (WHERE s.on_hand > 0) AS units
			FROM stockalert.stock_levels AS s WHERE s.location_id = ANY (dashboard_totals.location_ids) GROUP BY 1) AS g
		WHERE g.class <> 'inactive'),
	-- Apart from the counts: where no item has a cost nothing is read for it.
	valued AS (
		SELECT string_agg(stockalert.html_text(to_char(v.value, 'FM999,999,999,999,990') || coalesce(' ' || v.currency, '')), '<br/>' ORDER BY v.currency) AS text FROM (
			SELECT l.currency, sum(g.value) AS value
			FROM (SELECT s.location_id, sum(s.on_hand * i.cost) AS value FROM stockalert.stock_levels AS s JOIN stockalert.items AS i ON i.item_id = s.item_id AND i.cost > 0
				WHERE s.on_hand > 0 AND s.class <> 'inactive' AND s.location_id = ANY (dashboard_totals.location_ids) GROUP BY 1) AS g
			JOIN stockalert.locations AS l ON l.location_id = g.location_id GROUP BY 1) AS v)
	SELECT format(E'<div class="cards">%s</div>\n<div class="bar" role="img" aria-label="shares of healthy, low, critical and out">%s</div>\n',
		(SELECT string_agg(format('<div><b class="%s">%s</b><span>%s</span></div>', c.class, c.figure, c.label), '' ORDER BY c.n) FROM counted AS x CROSS JOIN LATERAL (VALUES
			(1, 'out', to_char(x.out, 'FM999,999,990'), 'out of stock'), (2, 'critical', to_char(x.critical, 'FM999,999,990'), 'critical'), (3, 'low', to_char(x.low, 'FM999,999,990'), 'low'),
			(4, 'ok', to_char(x.ok, 'FM999,999,990'), 'healthy'), (5, 'over', to_char(x.over, 'FM999,999,990'), 'overstock'), (6, 'all', to_char(x.items, 'FM999,999,990'), 'items by location'),
			(7, 'all', to_char(x.units, 'FM999,999,999,990'), 'units on hand'), (8, 'all', (SELECT v.text FROM valued AS v), 'value at cost')) AS c (n, class, figure, label)
			WHERE c.figure IS NOT NULL),
		(SELECT string_agg(format('<i class="%s" style="flex:%s"></i>', c.class, c.part), '' ORDER BY c.n) FROM counted AS x CROSS JOIN LATERAL (VALUES
			(1, 'out', x.out), (2, 'critical', x.critical), (3, 'low', x.low), (4, 'ok', x.ok), (5, 'over', x.over)) AS c (n, class, part) WHERE c.part > 0))
$$;
COMMENT ON FUNCTION stockalert.dashboard_totals(bigint[]) IS 'Part of dashboard_html(): how many items are out, critical, low, healthy and over, units and their value by currency. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.pairs_at_risk(location_ids bigint[]) RETURNS TABLE (location_id bigint, item_id bigint, class text, velocity double precision,
	available double precision, due boolean)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stockalert_pairs_at_risk';
COMMENT ON FUNCTION stockalert.pairs_at_risk(bigint[]) IS
	'Pairs of these locations that are out, critical or low, or whose position is at or under the reorder point (due); velocity NULL where nothing is learned. Each location once. No rows for NULL. For the owner.';

-- What is chosen to be shown of all pairs, read once.
CREATE FUNCTION stockalert.dashboard_choice(location_ids bigint[], most integer, OUT urgent_locations bigint[], OUT urgent_items bigint[],
	OUT due_locations bigint[], OUT due_items bigint[], OUT all_due bigint)
	LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing integer;
	more_locations bigint[];
	more_items bigint[];
BEGIN
	WITH pairs AS MATERIALIZED (SELECT p.* FROM stockalert.pairs_at_risk(dashboard_choice.location_ids) AS p),
	urgent AS (
		SELECT p.location_id, p.item_id FROM pairs AS p WHERE p.class IN ('out', 'critical', 'low')
		ORDER BY CASE p.class WHEN 'out' THEN 0 WHEN 'critical' THEN 1 ELSE 2 END, CASE WHEN p.class = 'out' THEN -coalesce(p.velocity, 0) ELSE p.available / nullif(p.velocity, 0) END,
			p.location_id, p.item_id LIMIT most),
	due AS (
		SELECT p.location_id, p.item_id FROM pairs AS p WHERE p.due ORDER BY p.available / nullif(p.velocity, 0), p.location_id, p.item_id LIMIT most)
	SELECT (SELECT coalesce(array_agg(u.location_id), '{}') FROM urgent AS u), (SELECT coalesce(array_agg(u.item_id), '{}') FROM urgent AS u),
			(SELECT coalesce(array_agg(d.location_id), '{}') FROM due AS d), (SELECT coalesce(array_agg(d.item_id), '{}') FROM due AS d),
			(SELECT count(*) FROM pairs AS p WHERE p.due)
		INTO urgent_locations, urgent_items, due_locations, due_items, all_due;
	missing := most - cardinality(urgent_items);
	IF missing > 0 THEN
		-- Days by the mean velocity choose; the weekdays are looked at for those alone that are shown.
		SELECT array_agg(x.location_id), array_agg(x.item_id) INTO more_locations, more_items FROM (
			SELECT s.location_id, s.item_id FROM stockalert.stock_levels AS s
			JOIN stockalert.demand_state AS d ON d.location_id = s.location_id AND d.item_id = s.item_id AND d.velocity > 0
			WHERE s.class IN ('ok', 'over') AND s.active AND s.location_id = ANY (dashboard_choice.location_ids)
				AND (s.on_hand - s.reserved)::double precision < 14 * d.velocity
			ORDER BY (s.on_hand - s.reserved)::double precision / d.velocity, s.location_id, s.item_id LIMIT missing) AS x;
		urgent_locations := urgent_locations || more_locations;
		urgent_items := urgent_items || more_items;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.dashboard_choice(bigint[], integer) IS
	'Part of dashboard_html(): urgent: the pairs that are out (those that sell most first), critical, low or run out within 14 days, the soonest first; due: those to be ordered, as reorder_suggestions, by the days that stock lasts, and how many there are. NULL for NULL. For the owner.';

-- One plan for all of them: making it takes longer than twenty orders.
CREATE FUNCTION stockalert.plans_of(location_ids bigint[], item_ids bigint[]) RETURNS SETOF stockalert.order_plan
	LANGUAGE plpgsql STABLE STRICT ROWS 25 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
	FOR n IN 1 .. cardinality(location_ids) LOOP
		BEGIN
			RETURN QUERY SELECT o.* FROM stockalert.order_plan AS o WHERE o.location_id = location_ids[n] AND o.item_id = item_ids[n];
		EXCEPTION WHEN data_exception THEN
			-- One that cannot be worked out is shown without it.
			CONTINUE;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION stockalert.plans_of(bigint[], bigint[]) IS
	'order_plan of these pairs, in their order; nothing of one that is not carried or cannot be worked out. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_items(location_ids bigint[], item_ids bigint[]) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT stockalert.html_table(ARRAY['Item', '', '#Available', '#Days left', '30 days sold, 14 ahead', 'Runs out', '#A day', '#Order'], string_agg(stockalert.html_row(ARRAY[
			stockalert.html_item(p.item, p.sku, p.location), stockalert.html_class(p.class),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(p.available))),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_days(CASE WHEN p.available > 0 OR p.velocity > 0 THEN stockalert.days_of_supply(p.available::double precision, p.week) END))),
			coalesce(stockalert.svg_history(stockalert.history_units(h.history, p.today - 30, p.today - 1), a.units), '&#8211;'),
			format('<td class="d">%s</td>', stockalert.html_text(to_char(stockalert.stockout_date(p.today, p.available::double precision, p.week), 'DD Mon'))),
			format('<td class="n">%s</td>', stockalert.html_text(CASE WHEN p.velocity > 0 THEN round(p.velocity::numeric, 2)::text END)),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(nullif(o.suggested_quantity, 0))))]), '' ORDER BY k.place),
		'Nothing is out, low, or runs out within two weeks.')
	FROM ROWS FROM (unnest(location_ids), unnest(item_ids)) WITH ORDINALITY AS k (location_id, item_id, place)
	JOIN stockalert.planned_stock AS p ON p.location_id = k.location_id AND p.item_id = k.item_id
	LEFT JOIN stockalert.demand_days AS h ON h.location_id = k.location_id AND h.item_id = k.item_id
	LEFT JOIN stockalert.plans_of(location_ids, item_ids) AS o ON o.location_id = k.location_id AND o.item_id = k.item_id
	CROSS JOIN LATERAL (SELECT array_agg(p.week[1 + n % 7] ORDER BY n) AS units FROM generate_series(0, 13) AS n) AS a
$$;
COMMENT ON FUNCTION stockalert.dashboard_items(bigint[], bigint[]) IS 'Part of dashboard_html(): these pairs, what is out or running out, with their sales, forecast and order. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_alerts(location_ids bigint[], most integer) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	WITH counted AS (
		SELECT count(*) AS alerts, count(*) FILTER (WHERE a.acknowledged_at IS NULL) AS waiting, stockalert.as_of() - min(coalesce(a.reopened_at, a.opened_at)) AS oldest
		FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.location_id = ANY (dashboard_alerts.location_ids)),
	open AS MATERIALIZED (
		SELECT x.*, row_number() OVER () AS place FROM (
			SELECT a.* FROM stockalert.alerts AS a WHERE a.resolved_at IS NULL AND a.location_id = ANY (dashboard_alerts.location_ids)
			ORDER BY CASE a.severity WHEN 'out' THEN 0 WHEN 'critical' THEN 1 ELSE 2 END, coalesce(a.reopened_at, a.opened_at), a.alert_id LIMIT most) AS x)
	SELECT (SELECT CASE WHEN c.alerts > 0 THEN format(E'<p class="sub">%s open, %s not acknowledged; the oldest: %s.%s</p>\n', to_char(c.alerts, 'FM999,999,990'), to_char(c.waiting, 'FM999,999,990'),
			stockalert.show_age(c.oldest), CASE WHEN c.alerts > most THEN format(' The %s worst:', most) ELSE '' END) ELSE '' END FROM counted AS c)
		|| stockalert.html_table(ARRAY['Item', '', 'Kind', '#Age', '#Quantity then', '#Threshold', 'Acknowledged'], string_agg(stockalert.html_row(ARRAY[
			stockalert.html_item(i.name, i.sku, l.code), stockalert.html_class(o.severity),
			stockalert.html_text(replace(o.kind, '_', ' ')), format('<td class="n">%s</td>', stockalert.show_age(stockalert.as_of() - coalesce(o.reopened_at, o.opened_at))),
			format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(o.quantity))), format('<td class="n">%s</td>', stockalert.html_text(stockalert.show_quantity(o.threshold))),
			CASE WHEN o.snoozed_until > stockalert.as_of() THEN stockalert.html_text('snoozed by ' || o.snoozed_by) ELSE stockalert.html_text(o.acknowledged_by) END]), '' ORDER BY o.place),
			'No alert is open.')
	FROM open AS o JOIN stockalert.items AS i ON i.item_id = o.item_id JOIN stockalert.locations AS l ON l.location_id = o.location_id
$$;
COMMENT ON FUNCTION stockalert.dashboard_alerts(bigint[], integer) IS 'Part of dashboard_html(): open alerts, the worst and oldest first, their age and who took them up. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_orders(location_ids bigint[], item_ids bigint[], all_due bigint) RETURNS text
	LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN all_due > cardinality(item_ids) THEN format(E'<p class="sub">%s to order, the %s most urgent:</p>\n', to_char(all_due, 'FM999,999,990'), cardinality(item_ids)) ELSE '' END
		|| stockalert.html_table(ARRAY['Item', '#Order', 'Order by', 'Supplier', 'Why this quantity', '#Value'], string_agg(stockalert.html_row(ARRAY[
			stockalert.html_item(o.item, o.sku, o.location),
			format('<td class="n"><b>%s</b></td>', stockalert.html_text(stockalert.show_quantity(o.suggested_quantity))),
			format('<td class="d">%s%s</td>', stockalert.html_text(to_char(o.order_by, 'DD Mon')), CASE WHEN o.comes_late THEN ' <span class="tag low">comes late</span>' ELSE '' END),
			stockalert.html_text(o.supplier), stockalert.html_text(replace(o.binding_reason, '_', ' ')),
			format('<td class="n">%s</td>', stockalert.html_text(to_char(o.order_value, 'FM999,999,999,990.00') || coalesce(' ' || o.currency, '')))]), '' ORDER BY o.place),
			'Nothing is to be ordered now.')
	FROM (SELECT p.*, row_number() OVER () AS place FROM stockalert.plans_of(location_ids, item_ids) AS p) AS o
$$;
COMMENT ON FUNCTION stockalert.dashboard_orders(bigint[], bigint[], bigint) IS 'Part of dashboard_html(): these pairs of so many to be ordered, as reorder_suggestions has them. NULL for NULL. For the owner.';

CREATE FUNCTION stockalert.dashboard_delivery() RETURNS text
	LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ -- lint: not strict (no arguments)
	WITH checked AS MATERIALIZED (SELECT h.* FROM stockalert.health() WITH ORDINALITY AS h ("check", state, finding, remedy, n))
	SELECT (SELECT format(E'<p class="sub">%s sent in 24 hours, %s waiting, %s given up. %s</p>\n',
			(SELECT to_char(count(*), 'FM999,999,990') FROM stockalert.deliveries AS d WHERE d.outcome = 'sent' AND d.finished_at > now() - interval '24 hours'),
			(SELECT to_char(count(*), 'FM999,999,990') FROM stockalert.queue AS q),
			(SELECT to_char(count(*), 'FM999,999,990') FROM stockalert.deliveries AS d WHERE d.outcome = 'dead' AND d.finished_at > now() - interval '7 days'),
			CASE WHEN count(*) FILTER (WHERE c.state <> 'ok') = 0 THEN format('All %s checks are ok.', count(*))
				ELSE format('%s of %s checks need attention:', count(*) FILTER (WHERE c.state <> 'ok'), count(*)) END) FROM checked AS c)
		|| (SELECT coalesce('<div class="keep">' || stockalert.html_table(ARRAY['Check', '', 'Found', 'What to do'], string_agg(stockalert.html_row(ARRAY[stockalert.html_text(c."check"), stockalert.html_class(c.state),
				stockalert.html_text(c.finding), format('<td><code>%s</code></td>', stockalert.html_text(c.remedy))]), '' ORDER BY array_position(ARRAY['error', 'warn'], c.state), c.n), '') || '</div>', '')
			FROM checked AS c WHERE c.state <> 'ok' HAVING count(*) > 0)
$$;
COMMENT ON FUNCTION stockalert.dashboard_delivery() IS 'Part of dashboard_html(): what was sent, waits and was given up, and the checks of health() that are not ok. For the owner.';

-- not strict: NULL means every location
CREATE FUNCTION stockalert.dashboard_html(location text DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := 25;
	the_location bigint := CASE WHEN location IS NOT NULL THEN stockalert.find_location(location) END;
	location_ids bigint[] := coalesce((SELECT array_agg(l.location_id) FROM stockalert.locations AS l
		WHERE (the_location IS NULL OR l.location_id = the_location) AND (stockalert.sees_all_locations() OR l.location_id = ANY (stockalert.visible_locations()))), '{}');
	shop text := coalesce(nullif(current_setting('stockalert.shop_name', true), ''), 'StockAlert');
	place text := CASE WHEN the_location IS NOT NULL THEN (SELECT l.name FROM stockalert.locations AS l WHERE l.location_id = the_location) ELSE format('%s location%s', cardinality(location_ids), CASE WHEN cardinality(location_ids) <> 1 THEN 's' ELSE '' END) END;
	choice record;
BEGIN
	choice := stockalert.dashboard_choice(location_ids, most);
	RETURN concat(
		E'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n<meta name="viewport" content="width=device-width,initial-scale=1"/>\n',
		-- Nothing is fetched and nothing runs, whatever a name holds.
		E'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''"/>\n',
		format(E'<title>Stock: %s</title>\n<style>\n%s\n</style>\n</head>\n<body>\n<main>\n', stockalert.html_text(shop), stockalert.dashboard_style()),
		format(E'<h1>%s</h1>\n<p class="sub">%s, %s</p>\n', stockalert.html_text(shop), stockalert.html_text(place),
			stockalert.html_text(to_char(stockalert.as_of(), 'DD Mon YYYY HH24:MI TZ'))),
		E'<section>\n', stockalert.dashboard_totals(location_ids), E'</section>\n',
		E'<section>\n<h2>Out or running out</h2>\n', stockalert.dashboard_items(choice.urgent_locations, choice.urgent_items), E'</section>\n',
		E'<section>\n<h2>Open alerts</h2>\n', stockalert.dashboard_alerts(location_ids, most), E'</section>\n',
		E'<section>\n<h2>To order</h2>\n', stockalert.dashboard_orders(choice.due_locations, choice.due_items, choice.all_due), E'</section>\n',
		-- Delivery is everybody's; a store sees its own.
		CASE WHEN stockalert.sees_all_locations() THEN concat(E'<section>\n<h2>Delivery and health</h2>\n', stockalert.dashboard_delivery(), E'</section>\n') END,
		E'<footer>StockAlert. Days left and what to order follow from refresh_demand(); everything else is as of now.</footer>\n</main>\n</body>\n</html>\n');
END
$$;
COMMENT ON FUNCTION stockalert.dashboard_html(text) IS
	'One HTML page, well-formed as XML too, that holds all it needs (no script, nothing fetched): totals, what is out or running out with 30 days of sales and the forecast, open alerts, what to order, delivery and health; of one location or of all that the caller may see. psql -At -c "SELECT stockalert.dashboard_html()" > page.html. Error 42704 unknown location.';
GRANT EXECUTE ON FUNCTION stockalert.dashboard_html(text) TO stockalert_viewer;
-- Every check of every module, one line a module: a module brings a function
-- health_of_<module>() RETURNS TABLE ("check" text, state text, finding text,
-- remedy text), beside what it looks at, and its line below.

CREATE FUNCTION stockalert.health() RETURNS TABLE ("check" text, state text, finding text, remedy text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	compiles text := current_setting('jit');
BEGIN
	-- Of small tables the planner knows nothing, and to compile for what it fears takes longer than all checks.
	PERFORM set_config('jit', 'off', true);
	RETURN QUERY SELECT * FROM stockalert.health_of_stock()
		UNION ALL SELECT * FROM stockalert.health_of_demand()
		UNION ALL SELECT * FROM stockalert.health_of_watched() WHERE EXISTS (SELECT FROM stockalert.watched_tables)
		UNION ALL SELECT * FROM stockalert.health_of_people()
		UNION ALL SELECT * FROM stockalert.health_of_scopes()
		UNION ALL SELECT * FROM stockalert.health_of_rules()
		UNION ALL SELECT * FROM stockalert.health_of_jobs()
		UNION ALL SELECT * FROM stockalert.health_of_credentials()
		UNION ALL SELECT * FROM stockalert.health_of_sync() WHERE EXISTS (SELECT FROM stockalert.connections)
		UNION ALL SELECT * FROM stockalert.health_of_delivery()
		UNION ALL SELECT * FROM stockalert.health_of_addresses()
			WHERE EXISTS (SELECT FROM stockalert.channels AS h WHERE h.channel IN ('sms', 'whatsapp'))
		UNION ALL SELECT * FROM stockalert.health_of_partitions()
		UNION ALL SELECT * FROM stockalert.health_of_clock()
		UNION ALL SELECT * FROM stockalert.health_of_tables();
	PERFORM set_config('jit', compiles, true);
END
$$;
COMMENT ON FUNCTION stockalert.health() IS 'One row a check: ok, warn or error, what was found, what to do.';
GRANT EXECUTE ON FUNCTION stockalert.health() TO stockalert_viewer;
-- Numbers for a monitoring system, with the names and types that Prometheus wants.

CREATE FUNCTION stockalert.read_metrics() RETURNS TABLE (name text, type text, help text, labels jsonb, value double precision)
	LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'stockalert_build_info', 'gauge', '1; the label is the version of the extension.', jsonb_build_object('version', e.extversion), 1
		FROM pg_catalog.pg_extension AS e WHERE e.extname = 'stockalert'
	UNION ALL SELECT 'stockalert_health_state', 'gauge', 'Checks of health(): 0 ok, 1 warn, 2 error.', jsonb_build_object('check', h."check"),
		CASE h.state WHEN 'ok' THEN 0 WHEN 'warn' THEN 1 ELSE 2 END FROM stockalert.health() AS h
	UNION ALL SELECT m.name, m.type, m.help, jsonb_build_object('role', w.role), m.value
		FROM stockalert.worker_status() AS w CROSS JOIN LATERAL (VALUES
			('stockalert_worker_up', 'gauge', '1 where the worker runs.', CASE w.state WHEN 'running' THEN 1 ELSE 0 END),
			('stockalert_worker_routed_total', 'counter', 'Alert events routed since the server started.', w.routed),
			('stockalert_worker_sent_total', 'counter', 'Messages accepted by a provider, or logged, since the server started.', w.sent),
			('stockalert_worker_failed_total', 'counter', 'Messages given up since the server started.', w.failed)) AS m (name, type, help, value)
		WHERE w.database = current_database() OR w.role = 'launcher'
	UNION ALL SELECT m.name, 'gauge', m.help, jsonb_build_object('job', j.job), m.value
		FROM stockalert.jobs_status AS j CROSS JOIN LATERAL (VALUES
			('stockalert_job_on_time', '1 where what was due half an hour ago is done.', j.on_time::integer::double precision),
			('stockalert_job_failed', '1 where the last run failed.', CASE j.last_result WHEN 'failed' THEN 1 ELSE 0 END),
			('stockalert_job_last_end_timestamp_seconds', 'When the last run ended.', extract(epoch FROM j.last_end)::double precision),
			('stockalert_job_last_run_seconds', 'How long the last run took.', extract(epoch FROM j.last_end - j.last_start)::double precision)) AS m (name, help, value)
	UNION ALL SELECT 'stockalert_alerts_open', 'gauge', 'Open alerts.', jsonb_build_object('kind', k.kind, 'severity', s.severity), count(a.alert_id)
		FROM unnest('{stock,stockout_risk,overstock,dead_stock,negative_stock}'::text[]) AS k (kind) CROSS JOIN unnest('{low,critical,out}'::text[]) AS s (severity)
		LEFT JOIN stockalert.alerts AS a ON a.resolved_at IS NULL AND a.kind = k.kind AND a.severity = s.severity
		GROUP BY k.kind, s.severity
	UNION ALL SELECT 'stockalert_queue_rows', 'gauge', 'Rows of the queue: events to be routed, news held back, messages to be sent.', jsonb_build_object('stage', s.stage), count(q.queue_id)
		FROM unnest('{event,held,message}'::text[]) AS s (stage) LEFT JOIN stockalert.queue AS q ON q.stage = s.stage GROUP BY s.stage
	UNION ALL SELECT 'stockalert_oldest_waiting_seconds', 'gauge', 'Age of the oldest row of the queue; 0 where it is empty.', '{}'::jsonb,
		coalesce(greatest(extract(epoch FROM clock_timestamp() - min(q.created_at)), 0), 0)::double precision FROM stockalert.queue AS q
	UNION ALL SELECT 'stockalert_dead_letters', 'gauge', 'Messages given up in the last 24 hours.', '{}', count(*)
		FROM stockalert.deliveries AS d WHERE d.outcome IN ('dead', 'expired') AND d.finished_at > now() - interval '1 day'
	UNION ALL SELECT 'stockalert_stock_levels', 'gauge', 'Items at locations, about.', '{}', greatest(c.reltuples, 0)::double precision
		FROM pg_catalog.pg_class AS c WHERE c.oid = 'stockalert.stock_levels'::regclass
	UNION ALL SELECT 'stockalert_demand_learned_timestamp_seconds', 'gauge', 'Up to when demand was learned from sales.', '{}', extract(epoch FROM f.folded_for)::double precision
		FROM (VALUES (true)) AS one LEFT JOIN stockalert.demand_folded AS f ON true
	-- Numbers that were given, also to transactions that were then rolled back: they never fall, whatever is purged.
	UNION ALL SELECT m.name, 'counter', m.help, '{}', coalesce(pg_sequence_last_value(pg_get_serial_sequence(m.source, m.key)::regclass), 0)
		FROM (VALUES ('stockalert_alerts_total', 'Alerts opened.', 'stockalert.alerts', 'alert_id'),
			('stockalert_alert_events_total', 'Things that happened to alerts.', 'stockalert.alert_events', 'event_id'),
			('stockalert_messages_total', 'Messages written.', 'stockalert.messages', 'message_id'),
			('stockalert_job_runs_total', 'Runs of periodic jobs.', 'stockalert.job_runs', 'run_id')) AS m (name, help, source, key);
$$;
COMMENT ON FUNCTION stockalert.read_metrics() IS 'Reads what the view metrics shows; value NULL: there is none yet.';

CREATE VIEW stockalert.metrics WITH (security_barrier) AS
SELECT m.name, m.type, m.help, m.labels, m.value FROM stockalert.read_metrics() AS m
WHERE m.value IS NOT NULL AND (SELECT stockalert.sees_all_locations());
COMMENT ON VIEW stockalert.metrics IS
	'Numbers for a monitoring system, by the rules of Prometheus: name, type (counter or gauge), help, labels, value. Of the whole database: empty for a role that sees some locations only.';
COMMENT ON COLUMN stockalert.metrics.type IS 'counter: only rises, but for a restart of the server or a restore; gauge: goes up and down.';

-- postgres_exporter calls a metric by its group and column, and wants labels first.
CREATE FUNCTION stockalert.metrics_exporter_yaml() RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH defined AS (
		SELECT DISTINCT m.name, m.type, m.help, ARRAY(SELECT jsonb_object_keys(m.labels) ORDER BY 1) AS keys FROM stockalert.read_metrics() AS m),
	grouped AS (
		SELECT CASE WHEN cardinality(d.keys) = 0 THEN 'stockalert' ELSE 'stockalert_' || split_part(d.name, '_', 2) END AS prefix, d.* FROM defined AS d),
	named AS (SELECT g.*, substr(g.name, length(g.prefix) + 2) AS suffix FROM grouped AS g)
	SELECT string_agg(x.lines, E'\n' ORDER BY x.prefix)
	FROM (SELECT n.prefix, format(E'%s:\n  query: |\n    SELECT %s FROM stockalert.metrics WHERE name IN (%s)%s\n  metrics:\n%s%s', n.prefix,
			concat_ws(', ', (SELECT string_agg(format('labels ->> ''%1$s'' AS %2$s', k, quote_ident(k)), ', ' ORDER BY k) FROM unnest(n.keys) AS k),
				string_agg(format('max(value) FILTER (WHERE name = ''%s'') AS %s', n.name, n.suffix), ', ' ORDER BY n.name)),
			string_agg(quote_literal(n.name), ', ' ORDER BY n.name),
			CASE WHEN cardinality(n.keys) > 0 THEN ' GROUP BY ' || (SELECT string_agg(k::text, ', ' ORDER BY k) FROM generate_series(1, cardinality(n.keys)) AS k) ELSE '' END,
			(SELECT coalesce(string_agg(format(E'    - %s:\n        usage: "LABEL"\n        description: "%s"\n', k, k), '' ORDER BY k), '') FROM unnest(n.keys) AS k),
			string_agg(format(E'    - %s:\n        usage: "%s"\n        description: "%s"\n', n.suffix, upper(n.type), n.help), '' ORDER BY n.name)) AS lines
		FROM named AS n GROUP BY n.prefix, n.keys) AS x;
$$;
COMMENT ON FUNCTION stockalert.metrics_exporter_yaml() IS
	'The view metrics as a query file of postgres_exporter (--extend.query-path), one query a group, each metric under its own name.';

GRANT SELECT ON stockalert.metrics TO stockalert_viewer;
-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.read_metrics(), stockalert.metrics_exporter_yaml() TO stockalert_viewer;
-- A dump comes back table by table.  pg_restore -j loads the tables of an
-- extension in any order, whatever refers to whatever, as pg_dump leaves their
-- references out of its table of contents.  So while a dump is loaded, which
-- is consistent in itself, references are not checked row by row.

-- Invoker's rights on purpose: the setting is a superuser's, and so is a restore.
CREATE FUNCTION stockalert.restore_trigger() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF has_parameter_privilege('session_replication_role', 'SET') THEN
		PERFORM set_config('session_replication_role', 'replica', true);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.restore_trigger() IS
	'Statement trigger of every table with a foreign key: in a session that restores a dump, triggers rest until the transaction ends, so that tables may come in any order.';

DO $triggers$
DECLARE
	child pg_catalog.regclass;
BEGIN
	FOR child IN
		SELECT DISTINCT c.conrelid::pg_catalog.regclass FROM pg_catalog.pg_constraint AS c
		WHERE c.contype = 'f' AND c.connamespace = 'stockalert'::pg_catalog.regnamespace
	LOOP
		-- Both settings stand at the head of every dump and in every session of pg_restore.
		EXECUTE pg_catalog.format('CREATE TRIGGER restore_trigger BEFORE INSERT ON %s FOR EACH STATEMENT'
			' WHEN (pg_catalog.current_setting(''check_function_bodies'') = ''off'' AND pg_catalog.current_setting(''row_security'') = ''off'')'
			' EXECUTE FUNCTION stockalert.restore_trigger()', child);
		EXECUTE pg_catalog.format('COMMENT ON TRIGGER restore_trigger ON %s IS %L', child, 'Lets the rows of a dump come before those they refer to.');
	END LOOP;
END
$triggers$;
-- Nothing for PUBLIC, everything owned by stockalert_owner.  Found in the
-- catalog rather than listed, so that no object can be forgotten.

DO $privileges$
DECLARE
	m record;
BEGIN
	REVOKE ALL ON SCHEMA stockalert FROM PUBLIC;
	REVOKE ALL ON ALL TABLES IN SCHEMA stockalert FROM PUBLIC;
	REVOKE ALL ON ALL SEQUENCES IN SCHEMA stockalert FROM PUBLIC;
	REVOKE ALL ON ALL ROUTINES IN SCHEMA stockalert FROM PUBLIC;
	ALTER SCHEMA stockalert OWNER TO stockalert_owner;
	FOR m IN
		SELECT CASE WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, c.oid::pg_catalog.regclass::text AS name
		FROM pg_catalog.pg_class AS c
		WHERE c.relnamespace = 'stockalert'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p', 'v')
		UNION ALL
		SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::pg_catalog.regprocedure::text
		FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = 'stockalert'::pg_catalog.regnamespace
		UNION ALL
		SELECT 'TYPE', t.oid::pg_catalog.regtype::text
		FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
		WHERE t.typnamespace = 'stockalert'::pg_catalog.regnamespace
			AND (t.typtype IN ('b', 'd', 'e', 'r') AND t.typelem = 0 OR t.typtype = 'c' AND c.relkind = 'c')
		UNION ALL
		SELECT 'OPERATOR', o.oid::pg_catalog.regoperator::text FROM pg_catalog.pg_operator AS o WHERE o.oprnamespace = 'stockalert'::pg_catalog.regnamespace
		UNION ALL
		SELECT 'OPERATOR CLASS', pg_catalog.format('stockalert.%I USING %I', o.opcname, a.amname)
		FROM pg_catalog.pg_opclass AS o JOIN pg_catalog.pg_am AS a ON a.oid = o.opcmethod WHERE o.opcnamespace = 'stockalert'::pg_catalog.regnamespace
		UNION ALL
		SELECT 'OPERATOR FAMILY', pg_catalog.format('stockalert.%I USING %I', o.opfname, a.amname)
		FROM pg_catalog.pg_opfamily AS o JOIN pg_catalog.pg_am AS a ON a.oid = o.opfmethod WHERE o.opfnamespace = 'stockalert'::pg_catalog.regnamespace
	LOOP
		EXECUTE pg_catalog.format('ALTER %s %s OWNER TO stockalert_owner', m.kind, m.name);
		IF m.kind = 'TYPE' THEN
			EXECUTE pg_catalog.format('REVOKE ALL ON TYPE %s FROM PUBLIC', m.name);
		END IF;
	END LOOP;
	-- Row types follow their tables; a REVOKE on them would make pg_dump 15 complain of each.
END
$privileges$;
-- What pg_dump carries: all that people entered and all that happened.  The
-- queue, the sender's incarnation, numbers of transactions and pushed webhooks are local and stay
-- behind.

DO $dump$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT c.oid::pg_catalog.regclass AS relation
		FROM pg_catalog.pg_class AS c
		WHERE c.relnamespace = 'stockalert'::pg_catalog.regnamespace AND c.relkind = 'r'
			AND c.relname NOT IN ('queue', 'sender', 'unsettled', 'kinds_judged', 'noted', 'webhook_inbox')
		ORDER BY c.oid
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(t.relation, '');
		PERFORM pg_catalog.pg_extension_config_dump(d.objid::pg_catalog.regclass, '')
		FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
		WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
			AND d.refobjid = t.relation AND d.deptype = 'i';
	END LOOP;
END
$dump$;
-- Last of all: the worker may connect, and the launcher hears of this database.

DO $connect$
BEGIN
	IF NOT pg_catalog.has_database_privilege('stockalert_worker', pg_catalog.current_database(), 'CONNECT') THEN
		EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO stockalert_worker', pg_catalog.current_database());
	END IF;
END
$connect$;

SELECT stockalert.start_worker();
