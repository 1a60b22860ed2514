-- Risk, reorder points by distribution and past demand as a user calls them: every edge of the arguments.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- A worked example: 2 a day, error 3, a week of lead time. The reorder point keeps its promise, one unit less does not.
SELECT rop, stockalert.safety_stock_default(0.95, 2, 3, 7) AS safety_stock,
	stockalert.probability_of_stockout_from_error(rop, 2, 3, 7) <= 0.05 AS kept,
	stockalert.probability_of_stockout_from_error(rop - 1, 2, 3, 7) > 0.05 AS needed
  FROM stockalert.reorder_point_default(0.95, 2, 3, 7) AS rop;
-- By the name of the distribution, each against its own functions.
SELECT d AS distribution, round(stockalert.reorder_point_counts(0.95, 14, 30, d)::numeric, 6) AS rop,
	round(stockalert.safety_stock_counts(0.95, 14, 30, d)::numeric, 6) AS safety_stock, round(stockalert.probability_of_stockout(20, 14, 30, d)::numeric, 9) AS risk
  FROM unnest(ARRAY['negative_binomial', 'poisson', 'normal', 'gamma']) AS d;
SELECT stockalert.reorder_point_counts(0.95, 14, 30) = stockalert.negative_binomial_quantile(0.95, 14, 30) AS negative_binomial,
	stockalert.reorder_point_counts(0.95, 14, 3) = stockalert.poisson_quantile(0.95, 14) AS less_variance_is_poisson,
	stockalert.probability_of_stockout(20.9, 14, 30) = stockalert.probability_of_stockout(20, 14, 30) AS parts_of_units,
	abs(stockalert.probability_of_stockout(20, 14, 30) + stockalert.negative_binomial_cdf(20, 14, 30) - 1) < 1e-15 AS the_rest;
-- Lead-time mean above 200: normal, not rounded, and the review period counts as lead time.
SELECT stockalert.reorder_point_default(0.95, 100, 400, 7) = stockalert.reorder_point_from_error(0.95, 100, 400, 7) AS normal,
	stockalert.reorder_point_default(0.95, 2, 3, 4, 0, 3) = stockalert.reorder_point_default(0.95, 2, 3, 7) AS review,
	stockalert.reorder_point_default(0.95, 2, 3, 7, 2) > stockalert.reorder_point_default(0.95, 2, 3, 7) AS uncertain_lead_time;

-- Nothing sells; lead time 0; owed already.
SELECT position, stockalert.probability_of_stockout(position, 0, 0) AS by_moments, stockalert.probability_of_stockout_from_error(position, 0, 4, 7, 2) AS by_error,
	stockalert.probability_of_stockout_from_error(position, '{0,0}'::float8[], 4, 7) AS by_day, stockalert.probability_of_stockout_from_error(position, 5, 4, 0, 2) AS no_lead_time,
	stockalert.probability_of_stockout_from_error(position, '{}'::float8[], 4, 7) AS no_forecast
  FROM (VALUES (3), (0), (-1)) AS v (position);
SELECT stockalert.reorder_point_default(0.95, 0, 4, 7, 2) AS unsold, stockalert.reorder_point_default(0.95, 5, 4, 0) AS no_lead_time,
	stockalert.reorder_point_default(0.9772498680518208, 5, 4, 0, 2) AS at_once_or_late, stockalert.safety_stock_default(0.5, 5, 4, 0, 2)::text AS half,
	stockalert.safety_stock_default(0.1, 5, 4, 7) < 0 AS negative, stockalert.reorder_point_counts(0.95, 0, 0) AS none;
SELECT stockalert.probability_of_stockout(1e7, 1e7, 4e7) BETWEEN 0.49 AND 0.51 AS huge_mean, stockalert.reorder_point_default(0.95, 1e200, 1e300, 7) = 7e200 AS huge_velocity;

-- With a weekday profile: the forecast over the lead time, a part of a day as a part.
SELECT lead_time, stockalert.probability_of_stockout_from_error(10, '{1,1,1,1,1,4,5}'::float8[], 3, lead_time) =
	stockalert.probability_of_stockout_from_error(10, mean / lead_time, 3, lead_time) AS same
  FROM (VALUES (7.0, 14.0), (5, 5), (5.5, 7), (8, 15), (21, 42)) AS v (lead_time, mean);

-- Receipts: those due within the lead time count, its last day included; overdue ones too; unknown ones do not.
SELECT due, stockalert.probability_of_stockout_from_error('2026-03-01', 5, 2, 3, 7, ARRAY[due], '{15}') =
	stockalert.probability_of_stockout_from_error(20, 2, 3, 7) AS counts
  FROM (VALUES (date '2026-02-20'), ('2026-03-08'), ('2026-03-09'), (NULL)) AS v (due);
SELECT stockalert.probability_of_stockout_from_error('2026-03-01', 20, 2, 3, 7, NULL, NULL) = stockalert.probability_of_stockout_from_error(20, 2, 3, 7) AS none,
	stockalert.probability_of_stockout_from_error('2026-03-01', 20, 2, 3, 7, '{}', '{}') = stockalert.probability_of_stockout_from_error(20, 2, 3, 7) AS empty,
	stockalert.probability_of_stockout_from_error('2026-03-01', 5, '{2}'::float8[], 3, 7, '{2026-03-02,2026-03-02}', '{10,NULL}') =
	stockalert.probability_of_stockout_from_error(15, 2, 3, 7) AS no_units;
SELECT on_hand, due, stockalert.stockout_date('2026-03-01', on_hand, 2, ARRAY[due], '{10}') AS flat,
	stockalert.stockout_date('2026-03-01', on_hand, '{2,2,2,2,2,2,0}'::float8[], ARRAY[due], '{10}') AS by_day,
	stockalert.stockout_date('2026-03-01', on_hand, 0, ARRAY[due], '{10}') AS unsold
  FROM (VALUES (8, date '2026-03-05'), (8, '2026-03-06'), (0, '2026-03-01'), (0, '2026-03-02'), (-3, '2026-03-01'), (-3, '2026-03-02'), (8, '1999-12-31'),
	(8, '2150-01-01'), (8, NULL)) AS v (on_hand, due);
SELECT stockalert.stockout_date('2026-03-01', 9, 2, NULL, NULL) = stockalert.stockout_date('2026-03-01', 9, 2) AS none,
	stockalert.stockout_date('2026-03-01', 1e9, 2, '{}', '{}') - date '2026-03-01' AS cap,
	stockalert.stockout_date('2026-03-01', 4, 2, '{2026-03-09,2026-03-03,2026-03-03}', '{50,2,2}') AS out_of_order;

-- Past days: histogram, draws, quantiles, fit.
\set week '''{0,1,2,0,3}''::float8[]'
SELECT stockalert.empirical_reorder_point(:week, 7, 0.95) AS rop, round(stockalert.empirical_probability_of_stockout(:week, 7, 14)::numeric, 12) AS risk,
	stockalert.bootstrap_reorder_point(:week, 7, 0.95, 42) = stockalert.bootstrap_reorder_point(:week, 7, 0.95, 42) AS drawn_alike,
	stockalert.bootstrap_reorder_point(:week, 5, 0.95, 1, 10, 5) AS all_days_in_a_block;
SELECT * FROM stockalert.empirical_moments(:week, 7);
SELECT lead_time, stockalert.empirical_reorder_point('{}', lead_time, 0.95) AS no_history, stockalert.empirical_reorder_point('{0,0}', lead_time, 0.95) AS zeros,
	stockalert.empirical_reorder_point(:week, lead_time, 0.95) AS rop, stockalert.empirical_probability_of_stockout(:week, lead_time, 0) AS risk,
	stockalert.empirical_probability_of_stockout(:week, lead_time, -1) AS owed
  FROM (VALUES (0), (1)) AS v (lead_time);
SELECT stockalert.empirical_reorder_point('{4,-3,NULL,2}', 1, 0.3) AS returns_are_none, stockalert.empirical_reorder_point('{0,1}', 100000, 0.95) AS longest;
SELECT p, stockalert.sample_quantile('{9,1,4,4}', p) AS type_1, stockalert.sample_quantile('{9,1,4,4}', p, 7) AS type_7
  FROM (VALUES (0.25), (0.26), (0.5), (0.9)) AS v (p);
SELECT stockalert.sample_quantile('{}', 0.5) AS none, stockalert.sample_quantile('{-3,NULL}', 0.5) AS return;
SELECT method, round(mean::numeric, 9) AS mean, round(variance::numeric, 9) AS variance, round(size::numeric, 6) AS size, round(log_likelihood::numeric, 6) AS log_likelihood
  FROM unnest(ARRAY['moments', 'likelihood']) AS method, stockalert.negative_binomial_fit('{0,1,2,0,9}', method);
SELECT h, (stockalert.negative_binomial_fit(h::float8[])).* FROM unnest(ARRAY['{}', '{3}', '{0,0}', '{2,2,3,2}']) AS h;

-- Sold out days, new items, runs.
SELECT sold, round(stockalert.censored_demand(sold, 2)::numeric, 9) AS demand FROM (VALUES (-1.0), (0), (0.5), (1), (2), (30)) AS v (sold);
SELECT stockalert.censored_demand(3, 0) AS unknown_velocity, stockalert.censored_demand(5, 1e300) = 1e300 AS huge, stockalert.censored_demand(1e15, 2) AS a_lot;
SELECT round(stockalert.censored_velocity('{2,2,0,1}', '{t,t,f,f}')::numeric, 9) AS sold_out, stockalert.censored_velocity('{2,2,0,1}', '{f,f,f,f}') AS never,
	stockalert.censored_velocity('{2,0,0,1}', '{f,t,t,f}') AS shelf_empty, stockalert.censored_velocity('{2,NULL,9,1}', '{f,f,NULL,f}') AS unknown,
	stockalert.censored_velocity('{}', '{}') AS none, stockalert.censored_velocity('{2,3}', '{t,t}') AS always, stockalert.censored_velocity('{0,0}', '{f,f}') AS zeros;
SELECT stockalert.pooled_velocity(0, 0, 2, 1) AS new, stockalert.pooled_velocity(5, 4, 2, 1) AS young, stockalert.pooled_velocity(500, 4, 2, 0) AS no_spread,
	round(stockalert.pooled_velocity(5e9, 1e9, 2, 1)::numeric, 6) AS old, stockalert.pooled_velocity(8, 4, 0, 0) AS no_pool;
SELECT h, stockalert.longest_zero_run(h::float8[]) AS longest, stockalert.current_zero_run(h::float8[]) AS current
  FROM unnest(ARRAY['{}', '{0,0}', '{0,0,1,0,0,-2,3,0}', '{1,0,NULL,0}']) AS h;
SELECT round(stockalert.zero_run_probability(0.5, 10)::numeric, 9) AS unlikely, stockalert.zero_run_probability(0, 1e9) AS certain;

-- NULL in, NULL out.
SELECT stockalert.probability_of_stockout(NULL, 1, 1) IS NULL AND stockalert.probability_of_stockout(1, 1, 1, NULL) IS NULL AND
	stockalert.probability_of_stockout_from_error(1, NULL::float8, 1, 1) IS NULL AND stockalert.probability_of_stockout_from_error('2026-03-01', NULL, 1, 1, 1, NULL, NULL) IS NULL AND
	stockalert.probability_of_stockout_from_error('2026-03-01', 1, NULL::float8[], 1, 1, NULL, NULL) IS NULL AND stockalert.stockout_date(NULL, 1, 1, NULL, NULL) IS NULL AND
	stockalert.stockout_date('2026-03-01', 1, NULL::float8[], NULL, NULL) IS NULL AND stockalert.reorder_point_counts(NULL, 1, 1) IS NULL AND
	stockalert.reorder_point_default(0.9, NULL, 1, 1) IS NULL AND stockalert.empirical_reorder_point(NULL, 1, 0.9) IS NULL AND
	stockalert.sample_quantile(NULL, 0.9) IS NULL AND stockalert.censored_demand(NULL, 1) IS NULL AND stockalert.censored_velocity('{1}', NULL) IS NULL AND
	stockalert.pooled_velocity(1, 1, NULL, 1) IS NULL AND stockalert.longest_zero_run(NULL) IS NULL AND stockalert.zero_run_probability(NULL, 1) IS NULL AS all_null;

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
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN hint = '' THEN ', without a hint' ELSE '' END;
END
$$;
SELECT call, pg_temp.refused('stockalert.' || call) AS answer
  FROM unnest(ARRAY[
	'probability_of_stockout(''NaN'', 1, 1)', 'probability_of_stockout(1, -1, 1)', 'probability_of_stockout(1, 1, ''Infinity'')', 'probability_of_stockout(1, 1, 1, ''weibull'')',
	'probability_of_stockout_from_error(''Infinity'', 1, 1, 1)', 'probability_of_stockout_from_error(1, -1, 1, 1)', 'probability_of_stockout_from_error(1, 1, -1, 1)',
	'probability_of_stockout_from_error(1, 1, 1, -1)', 'probability_of_stockout_from_error(1, 1, 1, 1, -1)', 'probability_of_stockout_from_error(1, 1, 1, 1, 0, 2)',
	'probability_of_stockout_from_error(1, ''{1,NULL}''::float8[], 1, 1)', 'probability_of_stockout_from_error(1, ''{1,-1}''::float8[], 1, 1)',
	'probability_of_stockout_from_error(''infinity'', 1, 1, 1, 1, NULL, NULL)', 'probability_of_stockout_from_error(''2026-03-01'', 1, 1, 1, 1, ''{2026-03-01}'', NULL)',
	'probability_of_stockout_from_error(''2026-03-01'', 1, 1, 1, 1, ''{2026-03-01}'', ''{1,2}'')', 'probability_of_stockout_from_error(''2026-03-01'', 1, 1, 1, 1, ''{infinity}'', ''{1}'')',
	'probability_of_stockout_from_error(''2026-03-01'', 1, 1, 1, 1, ''{2026-03-01}'', ''{-1}'')', 'stockout_date(''infinity'', 1, 1, NULL, NULL)', 'stockout_date(''2026-03-01'', ''NaN'', 1, NULL, NULL)',
	'stockout_date(''2026-03-01'', 1, ''Infinity''::float8, NULL, NULL)', 'stockout_date(''2026-03-01'', 1, -1, NULL, NULL)', 'stockout_date(''5874897-12-31'', 1, 1, NULL, NULL)',
	'stockout_date(''2026-03-01'', 1, 1, ''{{2026-03-01}}'', ''{1}'')',
	'reorder_point_counts(1, 1, 1)', 'reorder_point_counts(0.9, ''NaN'', 1)', 'reorder_point_counts(0.9, 1, -1)', 'reorder_point_counts(0.9, 1, 1, ''Normal'')', 'safety_stock_counts(0, 1, 1)',
	'reorder_point_default(95, 1, 1, 1)', 'reorder_point_default(0.9, ''Infinity'', 1, 1)', 'reorder_point_default(0.9, 1, ''NaN'', 1)', 'reorder_point_default(0.9, 1, 1, -1)',
	'reorder_point_default(0.9, 1, 1, 1, 0, -1)', 'reorder_point_default(0.9, 1, 1, 1, alpha => -0.1)', 'reorder_point_default(0.9, 1e308, 1, 10)', 'safety_stock_default(0.9, 1, -1, 1)',
	'empirical_reorder_point(''{1,2.5}'', 7, 0.9)', 'empirical_reorder_point(''{1,NaN}'', 7, 0.9)', 'empirical_reorder_point(''{0,50001}'', 2, 0.9)', 'empirical_reorder_point(''{1}'', -1, 0.9)',
	'empirical_reorder_point(''{1}'', 7, 1)', 'empirical_reorder_point(''{{1,2}}'', 7, 0.9)', 'empirical_probability_of_stockout(''{1}'', 7, ''NaN'')', 'empirical_moments(''{1}'', -1)',
	'bootstrap_reorder_point(''{1,2}'', 7, 0.9, draws => 0)', 'bootstrap_reorder_point(''{1,2}'', 7, 0.9, block => 3)', 'bootstrap_reorder_point(''{1,2}'', 1000000, 0.9)',
	'sample_quantile(''{1}'', 0)', 'sample_quantile(''{1}'', 0.5, 6)', 'sample_quantile(''{Infinity}'', 0.5)', 'negative_binomial_fit(''{0.5}'')', 'negative_binomial_fit(''{1}'', ''mle'')',
	'censored_demand(''NaN'', 1)', 'censored_demand(1, -1)', 'censored_velocity(''{1,2}'', ''{t}'')', 'censored_velocity(''{NaN}'', ''{f}'')', 'censored_velocity(''{{1}}'', ''{f}'')',
	'pooled_velocity(''NaN'', 1, 1, 1)', 'pooled_velocity(1, -1, 1, 1)', 'pooled_velocity(1, 1, -1, 1)', 'pooled_velocity(1, 1, 1, ''Infinity'')', 'longest_zero_run(''{NaN}'')',
	'zero_run_probability(-1, 1)', 'zero_run_probability(1, -1)']) WITH ORDINALITY AS c (call, place)
 ORDER BY place;
