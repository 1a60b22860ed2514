-- P4: how often the default reorder point covers the demand of a lead time, in windows within the hold-out of measure.sql,
-- of items that sold in the month before; the textbook's (normal, mean and deviation of 56 days) beside it.
CREATE TEMP TABLE windows AS
SELECT h.source, h.kind, l.days, stockalert.mae(h.actual[w.n * l.days + 1:(w.n + 1) * l.days], array_fill(0::float8, ARRAY[l.days])) * l.days AS demand,
	stockalert.mae(m.mean[w.n * l.days + 1:(w.n + 1) * l.days], array_fill(0::float8, ARRAY[l.days])) AS velocity,
	f.mse, stockalert.velocity(h.history, 56) AS plain, stockalert.demand_sd(h.history, 56) AS deviation, s.scale * sqrt(l.days) AS scale
  FROM holdouts h JOIN pools p USING (source, pool, origin) JOIN answers m USING (source, id, origin),
	LATERAL stockalert.forecast_fit(h.history, 'esw', h.first_day, p.profile, from_first_sale => h.from_first_sale) f,
	LATERAL (SELECT avg(abs(h.whole[i] - h.whole[i - 1])) AS scale FROM generate_series(2, cardinality(h.whole)) i) s,
	unnest('{3,7,14}'::integer[]) l (days), LATERAL generate_series(0, 28 / l.days - 1) w (n)
 WHERE m.method = 'esw' AND stockalert.velocity(h.history[cardinality(h.history) - 27:cardinality(h.history)], 28) > 0;

CREATE TEMP TABLE cells AS
SELECT w.source, w.kind, w.days, c.level, avg((w.demand <= r.point)::integer) AS coverage, avg(stockalert.pinball(ARRAY[w.demand], ARRAY[r.point], c.level) / nullif(w.scale, 0)) AS loss,
	avg((w.demand <= r.textbook)::integer) AS textbook, avg(stockalert.pinball(ARRAY[w.demand], ARRAY[r.textbook], c.level) / nullif(w.scale, 0)) AS textbook_loss
  FROM windows w, unnest('{0.9,0.95,0.98}'::float8[]) c (level),
	LATERAL (SELECT stockalert.negative_binomial_quantile(c.level, w.velocity * w.days, w.mse * stockalert.lead_time_variance_factor(w.days)) AS point,
		ceil(stockalert.reorder_point(c.level, w.plain, coalesce(w.deviation, 0), w.days)) AS textbook) r
 GROUP BY w.source, w.kind, w.days, c.level;

SELECT format('P4-coverage-%s[%s,L=%s] %s %s(scaled pinball %s; textbook %s, %s)', c.level, c.source, c.days, round(c.coverage, 4),
	CASE WHEN c.level = 0.95 AND c.source IN ('m5_panel84', 'm5_tiny_sales')
		THEN '0.95+-0.02 ' || CASE WHEN abs(c.coverage - 0.95) <= 0.02 THEN 'met ' ELSE 'short ' END ELSE '' END,
	round(c.loss::numeric, 3), round(c.textbook, 3), round(c.textbook_loss::numeric, 3))
  FROM cells c ORDER BY c.level <> 0.95, c.kind, c.source, c.level, c.days;
