-- P5: series of months or weeks, the last 6 (12 of long ones) held out; every period counts, before the first sale too.
-- For information.
CREATE TEMP TABLE periods AS
SELECT source, id, units[1:n - h] AS history, units[n - h + 1:n] AS actual, h
  FROM panels, LATERAL (SELECT cardinality(units) AS n, CASE WHEN cardinality(units) > 60 THEN 12 ELSE 6 END AS h) s
 WHERE kind = 'periods' AND array_position(units[n - h + 1:n], NULL) IS NULL;
SELECT format('P5-rmsse[%s] %s (%s series, the last %s periods; for information)', source, string_agg(format('%s %s', method, round(rmsse::numeric, 4)), ', ' ORDER BY rmsse), max(series), max(h))
  FROM (SELECT source, method, avg(stockalert.rmsse(actual, mean, history, from_first_sale => false)) AS rmsse, count(*) AS series, max(h) AS h
		FROM periods, (VALUES ('ses', 0.2, NULL), ('tsb', 0.2, 0.1), ('sba', 0.1, NULL), ('croston', 0.1, NULL), ('adida', NULL, NULL), ('naive', NULL, NULL)) v (method, alpha, beta),
			LATERAL (SELECT stockalert.forecast_mean(history, h, method, alpha => alpha, beta => beta, from_first_sale => false) AS mean) f
		GROUP BY source, method) m
 GROUP BY source ORDER BY source;
