-- The measures of test/run-accuracy on the panels of a CSV file of panels.py (variable panels): one line a figure.
-- Everything that forecasts or measures is a function of the extension.
\set ON_ERROR_STOP on
SET extra_float_digits = 0;
\pset tuples_only on
\pset format unaligned
CREATE TEMP TABLE panels (source text, kind text, id text, pool text, weight float8, scale float8, first_day date, units float8[]);
\set copy '\\copy panels from ' :'panels' ' (format csv)'
:copy

-- A hold-out: 28 days, of each of the last three months where there are years; at most two years are learned from.
-- The days of a panel go on from older ones that are not there: its first zeros count.
CREATE TEMP TABLE holdouts AS
SELECT p.source, p.kind, p.id, p.pool, p.weight, p.scale, o.origin, p.first_day + greatest(0, o.origin - 730) AS first_day,
	p.units[greatest(1, o.origin - 729):o.origin] AS history, p.units[1:o.origin] AS whole,
	p.units[o.origin + 1:o.origin + 28] AS actual, p.kind <> 'panel' AS from_first_sale
  FROM panels p, LATERAL (SELECT cardinality(p.units) - 28 * back AS origin
		FROM generate_series(1, CASE p.kind WHEN 'years' THEN 3 ELSE 1 END) back) o
 WHERE p.kind <> 'periods';

-- The week of each pool, from its last eight weeks.
CREATE TEMP TABLE pools AS
SELECT h.source, h.pool, h.origin, stockalert.weekday_profile(h.history[d.n], h.first_day + d.n - 1) AS profile
  FROM holdouts h, LATERAL generate_series(greatest(1, cardinality(h.history) - 55), cardinality(h.history)) d (n)
 GROUP BY h.source, h.pool, h.origin;
ANALYZE holdouts, pools;

CREATE TEMP TABLE answers AS
SELECT h.source, h.kind, h.id, h.origin, m.method, h.weight, h.scale, h.actual, h.whole, f.mean,
	CASE WHEN h.kind = 'panel' THEN stockalert.rmse(h.actual, f.mean) / sqrt(h.scale) ELSE stockalert.rmsse(h.actual, f.mean, h.whole) END AS rmsse
  FROM holdouts h JOIN pools p USING (source, pool, origin)
	CROSS JOIN unnest('{esw,tsb,ses,window,sba,croston,seasonal_naive,naive}'::text[]) m (method),
	LATERAL (SELECT stockalert.forecast_mean(h.history, 28, m.method, h.first_day, p.profile, from_first_sale => h.from_first_sale) AS mean) f;

CREATE TEMP TABLE figures AS
SELECT source, kind, method, sum(weight * rmsse) / nullif(sum(weight) FILTER (WHERE rmsse IS NOT NULL), 0) AS wrmsse, avg(rmsse) AS rmsse,
	sum(stockalert.mae(actual, mean)) / sum(u.units) AS wape, sum(stockalert.bias(actual, mean)) / sum(u.units) AS bias
  FROM answers, LATERAL (SELECT avg(x) AS units FROM unnest(actual) x) u
 GROUP BY source, kind, method;

SELECT format('P1-wrmsse[%s] %s %s(%s)', source, round(wrmsse::numeric, 4), CASE WHEN source = 'm5_panel84'
		THEN '<=0.920 ' || CASE WHEN wrmsse <= 0.920 THEN 'met ' ELSE 'short ' END ELSE '' END,
	format('esw; mean RMSSE %s, WAPE %s, bias %s', round(rmsse::numeric, 4), round(wape::numeric, 3), round(bias::numeric, 3)))
  FROM figures WHERE kind = 'panel' AND method = 'esw' ORDER BY source;
SELECT format('P1-others[%s] %s (WRMSSE; for information)', source, string_agg(format('%s %s', method, round(wrmsse::numeric, 4)), ', ' ORDER BY wrmsse))
  FROM figures WHERE kind = 'panel' AND method <> 'esw' GROUP BY source ORDER BY source;
SELECT format('%s-rmsse[%s] %s %s(%s)', CASE kind WHEN 'years' THEN 'P2' ELSE 'P3' END, source, round(rmsse::numeric, 4), CASE WHEN source = 'm5_tiny_sales'
		THEN '<=0.800 ' || CASE WHEN rmsse <= 0.800 THEN 'met ' ELSE 'short ' END ELSE '' END,
	format('esw; WAPE %s, bias %s', round(wape::numeric, 3), round(bias::numeric, 3)))
  FROM figures WHERE kind IN ('years', 'sales') AND method = 'esw' ORDER BY kind DESC, source;
SELECT format('%s-others[%s] %s (mean RMSSE; for information)', CASE kind WHEN 'years' THEN 'P2' ELSE 'P3' END, source,
	string_agg(format('%s %s', method, round(rmsse::numeric, 4)), ', ' ORDER BY rmsse))
  FROM figures WHERE kind IN ('years', 'sales') AND method <> 'esw' GROUP BY kind, source ORDER BY kind DESC, source;
