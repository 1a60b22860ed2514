-- The forecasters, their measures and the line of bars as a user calls them: a worked example, then every edge, one line each.
SET extra_float_digits = 0;
SET datestyle = ISO;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- Twelve weeks of an item that sells more on Saturdays, in a shop that is closed on Sundays.
CREATE TEMP TABLE shop AS
SELECT array_agg(CASE d.n % 7 WHEN 6 THEN 0 WHEN 5 THEN 8 ELSE 3 + (d.n * 7 % 3) END::float8 ORDER BY d.n) AS history,
	'{4,4,4,4,4,8,0}'::float8[] AS profile
  FROM generate_series(0, 83) d (n);
SELECT f.day_number, f.day, to_char(f.day, 'Dy') AS weekday, round(f.mean::numeric, 3) AS mean, f.quantiles
  FROM shop, stockalert.forecast(history, 9, start_date => '2026-01-05', profile => profile) f;
SELECT days, short_history, round(velocity::numeric, 6) AS velocity, round(mse::numeric, 6) AS mse, cardinality(season) AS season, method_used
  FROM shop, stockalert.forecast_fit(history, start_date => '2026-01-05', profile => profile);
SELECT m.method, (SELECT array_agg(round(x::numeric, 3)) FROM unnest(stockalert.forecast_mean(history, 3, m.method, '2026-01-05', profile)) x) AS mean
  FROM shop, unnest('{esw,ses,tsb,croston,sba,sbj,naive,seasonal_naive,window,holt,damped,holt_winters,holt_winters_multiplicative,ets,ets_multiplicative,adida,imapa}'::text[]) m (method);
-- A week's totals are a profile as good as one of mean 1.
SELECT stockalert.forecast_mean(history, 7, profile => profile) = stockalert.forecast_mean(history, 7, profile => '{8,8,8,8,8,16,0}') AS same FROM shop;
-- The calendar goes on from the day of the first element: the 85th day is a Monday.
SELECT min(f.day), max(f.day), count(*) FROM shop, stockalert.forecast(history, start_date => '2026-01-05') f;
SELECT f.day_number, f.day, round(f.mean::numeric, 3) AS mean, f.quantiles FROM shop, stockalert.forecast(history, 1, 'window', probabilities => '{}') f;

-- What is learned can be followed, and given as the start.
SELECT stockalert.forecast_fitted('{4,0,2,6}', 'ses', alpha => 0.5) AS fitted, stockalert.forecast_fitted('{0,4,NULL,6}', 'croston') AS from_first_sale;
SELECT (stockalert.forecast_fit('{4,0,2,6}', 'ses', alpha => 0.5, start_state => '{2}')).*;
SELECT stockalert.forecast_mean('{1,3,2,4,3,5,4,6}', 4, 'holt_winters', period => 2, alpha => 0.5, beta => 0.5, gamma => 0.5, start_state => '{1,0.5,-0.5,0.5}') AS given;
SELECT (stockalert.forecast_fit('{1,3,2,4,3,5,4,6}', 'holt_winters_multiplicative', period => 2)).method_used AS multiplied,
	(stockalert.forecast_fit('{1,3,0,4,3,5,4,6}', 'holt_winters_multiplicative', period => 2)).method_used AS has_a_zero;

-- Under 28 days: the mean, and with a pool shrunk to it.
SELECT stockalert.forecast_mean('{0,0,6,0,0}', 1) AS own, stockalert.forecast_mean('{0,0,6,0,0}', 1, pool_mean => 1, pool_sd => 0.5) AS shrunk,
	stockalert.forecast_mean('{}', 1, pool_mean => 1, pool_sd => 0.5) AS new, stockalert.forecast_mean('{0,0}', 1, pool_mean => 1, pool_sd => 0.5) AS unsold;
SELECT (stockalert.forecast_fit('{0,0,6,0,0}', pool_mean => 1, pool_sd => 0.5, pool_mse_ratio => 100)).mse AS mse_of_pool;

-- NULL in, NULL out; NULL as an option is its default.
SELECT stockalert.forecast_mean(NULL) IS NULL AS mean, stockalert.forecast_mean('{1}', NULL) IS NULL AS horizon, stockalert.forecast_fitted(NULL) IS NULL AS fitted,
	(stockalert.forecast_fit(NULL)).mse IS NULL AS fit, (SELECT count(*) FROM stockalert.forecast(NULL)) AS rows,
	stockalert.forecast_mean('{1,2}', 1, NULL, NULL, NULL, NULL) = stockalert.forecast_mean('{1,2}', 1) AS options, stockalert.sparkline(NULL) IS NULL AS line,
	stockalert.mae(NULL, '{1}') IS NULL AS mae;

-- No history, all zero, one day, days that do not count, returns.
SELECT stockalert.forecast_mean('{}', 2) AS none, stockalert.forecast_mean('{0,0,0}', 2) AS zeros, stockalert.forecast_mean('{5}', 2) AS one,
	stockalert.forecast_mean('{NULL,NULL}', 2) AS unknown, stockalert.forecast_mean('{1}', 0) AS no_day;
SELECT * FROM stockalert.forecast('{0,0}', 1);
SELECT m.method, stockalert.forecast_mean('{}', 1, m.method) AS none, stockalert.forecast_mean('{0,0}', 1, m.method) AS zeros,
	stockalert.forecast_mean('{NULL,3}', 1, m.method) AS one
  FROM unnest('{esw,ses,tsb,croston,sba,sbj,naive,seasonal_naive,window,holt,damped,holt_winters,ets_multiplicative,adida,imapa}'::text[]) m (method);
SELECT stockalert.forecast_mean('{6,NULL,NULL,3}', 1, 'window') AS two_days, stockalert.forecast_mean('{5,-3,4}', 1, 'window') AS clipped,
	stockalert.forecast_mean('{5,-3,4}', 1, 'window', returns => 'net') AS net, stockalert.forecast_mean('{0,0,4,0}', 1, 'window') AS since_first_sale,
	stockalert.forecast_mean('{0,0,4,0}', 1, 'window', from_first_sale => false) AS all_days;
SELECT stockalert.forecast_mean('{9,6,3,0}', 2, 'holt', alpha => 1, beta => 1, start_rule => 'first') AS not_below_0,
	stockalert.forecast_mean('{9,6,3,0}', 2, 'holt', alpha => 1, beta => 1, start_rule => 'first', returns => 'net') AS net;
-- Days before 2000 and after 2100 have weekdays too: 1999-12-31 was a Friday, 2105-03-02 is a Monday.
SELECT d.first_day, stockalert.forecast_mean('{2,2,2,2,2,2,2}', 7, 'window', d.first_day, '{1,1,1,1,1,2,0}') AS mean
  FROM unnest('{1999-12-31,2105-03-02,0001-01-01 BC}'::date[]) d (first_day);
SELECT max(day) FROM stockalert.forecast('{1}', 3, start_date => '5874897-12-28');
SELECT max(day) FROM stockalert.forecast('{1}', 5, start_date => '5874897-12-28');

-- Measures.
SELECT stockalert.mae(a, f) AS mae, stockalert.rmse(a, f) AS rmse, stockalert.bias(a, f) AS bias, stockalert.smape(a, f) AS smape,
	stockalert.pinball(a, f, 0.9) AS pinball, stockalert.mase(a, f, h) AS mase, stockalert.rmsse(a, f, h) AS rmsse, stockalert.scaled_pinball(a, f, 0.9, h) AS scaled
  FROM (VALUES ('{2,0,NULL,5}'::float8[], '{1,0,7,8}'::float8[], '{0,0,3,1,4,2}'::float8[])) v (a, f, h);
-- A scale of 0, no pair, a season longer than the history: nothing to tell.
SELECT stockalert.mase('{1}', '{2}', '{0,2,2,2}') IS NULL AS flat, stockalert.rmsse('{1}', '{2}', '{}') IS NULL AS no_history,
	stockalert.mae('{}', '{}') IS NULL AS no_pair, stockalert.mae('{NULL}', '{1}') IS NULL AS unknown, stockalert.rmsse('{1}', '{2}', '{1,2}', 7) IS NULL AS season;

-- WRMSSE of two items by their sales, in plain SQL.
SELECT round((sum(weight * e) / sum(weight))::numeric, 6) AS wrmsse
  FROM (SELECT weight, stockalert.rmsse(actual, stockalert.forecast_mean(history, 2, 'naive'), history) AS e
		FROM (VALUES (3, '{1,2,3}'::float8[], '{3,5}'::float8[]), (1, '{4,0,4}', '{0,4}')) v (weight, history, actual)) x;

-- Bars.
SELECT stockalert.sparkline('{0,1,2,3,4,5,6,7}') AS bars, stockalert.sparkline('{0,1,2,3,4,5,6,7}', ascii => true) AS ascii, stockalert.sparkline('{0,NULL,7}') AS gap,
	stockalert.sparkline('{0,1,2,3,4,5,6,7}', 4) AS four, stockalert.sparkline('{}') = '' AS none, stockalert.sparkline('{-2,0,2}') AS below;

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
	'forecast_mean(''{1,NaN}'')', 'forecast_mean(''{1,Infinity}'')', 'forecast_mean(''{{1,2},{3,4}}'')', 'forecast_mean(''{1,NULL,NaN}'')', 'forecast_mean(''{1}'', -1)',
	'forecast_mean(''{1}'', 3661)', 'forecast_mean(''{1}'', method => ''arima'')', 'forecast_mean(''{1}'', alpha => 1.1)', 'forecast_mean(''{1}'', alpha => ''NaN'')',
	'forecast_mean(''{1}'', beta => -0.1)', 'forecast_mean(''{1}'', gamma => 2)', 'forecast_mean(''{1}'', phi => 0)', 'forecast_mean(''{1}'', alpha_range => ''{0.3,0.1}'')',
	'forecast_mean(''{1}'', alpha_range => ''{0.3}'')', 'forecast_mean(''{1}'', period => 1)', 'forecast_mean(''{1}'', period => 367)', 'forecast_mean(''{1}'', window_days => 0)',
	'forecast_mean(''{1}'', start_rule => ''early'')', 'forecast_mean(''{1}'', ''1'', ''naive'', start_rule => ''own'')', 'forecast_mean(''{1}'', start_state => ''{1}'')',
	'forecast_mean(''{1}'', 1, ''ses'', start_state => ''{NULL}'')', 'forecast_mean(''{1}'', returns => ''ignored'')', 'forecast_mean(''{1}'', start_date => ''infinity'')',
	'forecast_mean(''{1}'', profile => ''{1,1,1}'')', 'forecast_mean(''{1}'', profile => ''{0,0,0,0,0,0,0}'')', 'forecast_mean(''{1}'', profile => ''{1,1,1,1,1,1,-1}'')',
	'forecast_mean(''{1}'', profile => ''{1,1,1,1,1,1,NULL}'')', 'forecast_mean(''{1}'', pool_mean => -1)', 'forecast_mean(''{1}'', pool_sd => ''Infinity'')',
	'forecast_mean(''{1}'', pool_mse_ratio => -1)', 'forecast(''{1}'', probabilities => ''{0.5,1}'')', 'forecast(''{1}'', probabilities => ''{NULL}'')',
	'mae(''{1}'', ''{1,2}'')', 'mae(''{NaN}'', ''{1}'')', 'pinball(''{1}'', ''{1}'', 1)', 'mase(''{1}'', ''{1}'', ''{1}'', 0)', 'rmsse(''{1}'', ''{1}'', ''{Infinity}'')',
	'sparkline(''{1}'', 0)', 'sparkline(''{1}'', 1001)', 'sparkline(''{NaN}'')']) AS call;
-- Huge numbers: an answer, or 22003.
SELECT stockalert.forecast_mean('{1e300,1e300}', 1, 'ses') AS huge, pg_temp.refused('(stockalert.forecast_fit(''{1,1e300}'')).mse') AS too_huge,
	pg_temp.refused('stockalert.rmse(''{1e300}'', ''{1}'')') AS squared;
SELECT count(*) FROM stockalert.forecast('{1000000,1000000}', 1000);

-- Whoever may see stock may forecast; the rest may not.
SELECT has_function_privilege('stockalert_viewer', p.oid, 'EXECUTE') AS viewer, has_function_privilege('public', p.oid, 'EXECUTE') AS public, p.provolatile, p.proparallel, count(*)
  FROM pg_proc p WHERE p.pronamespace = 'stockalert'::regnamespace
	AND p.proname IN ('forecast', 'forecast_mean', 'forecast_fit', 'forecast_fitted', 'mae', 'rmse', 'bias', 'smape', 'pinball', 'mase', 'rmsse', 'scaled_pinball', 'sparkline')
 GROUP BY 1, 2, 3, 4;
