-- The maths as a user calls them: every edge of the arguments, one line each.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- NULL in, NULL out; optional limits of an order may be NULL.
SELECT stockalert.velocity(NULL::float8[], 28) IS NULL AS velocity, stockalert.safety_stock(0.95, NULL, 3, 7) IS NULL AS safety_stock,
	stockalert.days_of_supply(NULL, 2) IS NULL AS days, stockalert.stockout_date(NULL, 10, 2) IS NULL AS date,
	stockalert.poisson_quantile(0.95, NULL) IS NULL AS quantile, stockalert.need_at_review(NULL, 5) IS NULL AS need;
SELECT * FROM stockalert.order_quantity(NULL, 6, 12, 100);
SELECT * FROM stockalert.order_quantity(5, NULL, NULL, NULL);

-- Integers, numeric columns and literals are as good as double precision.
SELECT stockalert.days_of_supply(10, 4) AS of_integers, stockalert.days_of_supply(10.0::numeric, 4::bigint) AS of_numeric,
	stockalert.reorder_point(0.95, 30::numeric, 6::smallint, 7::real) AS mixed;

-- No history, nothing sold.
SELECT stockalert.velocity('{}', 28) AS none, stockalert.velocity('{0,0,0}', 28) AS zeros, stockalert.velocity_linear('{}', 28) AS linear,
	stockalert.velocity_ewma('{}', 0.1) AS ewma, stockalert.demand_sd('{}', 28) AS sd, stockalert.demand_sd('{3}', 28) AS of_one,
	stockalert.ewma_variance('{}', 0.1) AS variance;
SELECT on_hand, stockalert.days_of_supply(on_hand, 0) AS days, stockalert.stockout_date('2026-03-01', on_hand, 0) AS date,
	stockalert.days_of_supply(on_hand, '{0,0}'::float8[]) AS profile_days,
	stockalert.stockout_date('2026-03-01', on_hand, '{0,0}'::float8[]) AS profile_date
  FROM (VALUES (10), (0), (-3)) AS v (on_hand);

-- With demand: negative stock is out today, one day's stock lasts until tomorrow, far off is capped.
SELECT on_hand, stockalert.days_of_supply(on_hand, 2) AS days, stockalert.stockout_date('2026-03-01', on_hand, 2) AS date
  FROM (VALUES (-3.0), (0), (1), (2), (5), (1e9)) AS v (on_hand);
SELECT stockalert.stockout_date('2026-03-01', 0.6, 0.2) AS three_days;
-- A week that is closed on its seventh day: 12 last until the closed day, whose demand of 0 is met.
SELECT on_hand, stockalert.days_of_supply(on_hand, '{2,2,2,2,2,2,0}'::float8[]) AS days,
	stockalert.stockout_date('2026-03-02', on_hand, '{2,2,2,2,2,2,0}'::float8[]) AS date
  FROM (VALUES (11), (12), (13), (24), (25)) AS v (on_hand);

-- First sale, returns, days that do not count.
SELECT stockalert.velocity('{0,0,0,4,0,2}', 28) AS since_first_sale, stockalert.velocity('{4,0,0,0,0,2}', 3) AS old_sale,
	stockalert.velocity('{5,-3,4}', 3) AS clipped, stockalert.velocity('{5,-3,4}', 3, 'net') AS net,
	stockalert.velocity('{6,NULL,NULL,3}', 28) AS two_days_in_stock;
SELECT stockalert.velocity('{5,-3,4}', 3, 'ignored');

-- Lead time 0, service level of one half and below.
SELECT stockalert.safety_stock(0.95, 5, 3, 0) AS nothing, stockalert.safety_stock(0.5, 5, 3, 7)::text AS half,
	stockalert.safety_stock(0.3, 5, 3, 0)::text AS no_minus_zero,
	stockalert.safety_stock(0.9772498680518208, 5, 3, 0, 2) AS of_the_lead_time, stockalert.safety_stock(0.3, 5, 3, 7) < 0 AS negative,
	stockalert.reorder_point(0.95, 5, 3, 0) AS rop, stockalert.safety_stock_from_error(0.95, 5, 9, 0) AS from_error;

-- What the argument cannot be, by name.
CREATE FUNCTION pg_temp.refused(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	hint text;
BEGIN
	EXECUTE 'SELECT ' || call INTO answer;
	RETURN 'accepted: ' || coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || '; ' || hint;
END
$$;
SELECT call, pg_temp.refused('stockalert.' || call) AS answer
  FROM unnest(ARRAY[
	'normal_cdf(''NaN'')', 'normal_cdf(''Infinity'')', 'normal_loss(''-Infinity'')', 'normal_quantile(0)', 'normal_quantile(1)',
	'normal_quantile(''NaN'')', 'velocity(''{1,NaN}'', 28)', 'velocity(''{1,Infinity}'', 28)', 'velocity(''{1}'', 0)',
	'velocity(''{{1,2},{3,4}}'', 28)', 'velocity_ewma(''{1}'', 1.5)', 'velocity_ewma(''{1}'', -0.1)', 'velocity_ewma(''{1}'', 0.1, -1)', 'ewma_variance(''{1}'', 2)', 'normal_density(''NaN'')',
	'ewma_alpha(0)', 'velocity_decay(1, 0.1, -1)', 'exposed_velocity(1, -1)', 'days_of_supply(1, -1)', 'days_of_supply(''Infinity'', 1)',
	'days_of_supply(1, ''{1,-1}''::float8[])', 'days_of_supply(1, ''{1,NULL}''::float8[])', 'stockout_date(''infinity'', 1, 1)',
	'stockout_date(''5874897-12-31'', 1, 1)', 'safety_stock(95, 5, 3, 7)', 'safety_stock(0, 5, 3, 7)', 'safety_stock(0.95, ''NaN'', 3, 7)',
	'safety_stock(0.95, 5, -3, 7)', 'safety_stock(0.95, 5, 3, -7)', 'safety_stock(0.95, 5, 3, 7, -1)', 'safety_stock(0.95, 5, 3, 7, 0, -1)',
	'safety_stock_from_error(0.95, 5, -9, 7)', 'safety_stock_from_error(0.95, 5, 9, 7, alpha => 2)', 'lead_time_variance_factor(-1, 0.1)',
	'safety_stock_fill_rate(1, 100, 5)', 'safety_stock_fill_rate(0.9, 0, 5)', 'safety_stock_fill_rate(0.9, 100, -5)',
	'expected_shortage(10, 5, -1)', 'order_quantity(''NaN'')', 'order_quantity(5, pack => 0)', 'order_quantity(5, pack => -1)',
	'order_quantity(5, maximum => ''NaN'')', 'order_quantity(5, maximum => ''Infinity'')', 'economic_order_quantity(100, 5, 0)',
	'economic_order_quantity(100, -5, 1)', 'need_order_up_to(1, 10, 9)', 'need_fixed_quantity(1, 10, 0)', 'need_at_review(''NaN'', 1)',
	'poisson_quantile(1, 5)', 'poisson_cdf(''NaN'', 5)', 'poisson_loss(1, -5)', 'negative_binomial_cdf(1, 5, -1)',
	'gamma_quantile(0.5, 5, ''Infinity'')']) AS call;

-- Huge numbers: an answer, or 22003.
SELECT stockalert.safety_stock(0.9772498680518208, 0, 1e200, 4) AS huge, stockalert.poisson_quantile(0.95, 1e9) AS quantile,
	stockalert.economic_order_quantity(1e200, 2e200, 4) AS eoq,
	pg_temp.refused('stockalert.reorder_point(0.95, 1e308, 1e308, 1e10)') AS too_huge,
	pg_temp.refused('stockalert.velocity(''{1e308,1e308}'', 28)') AS sum;
