-- CPU milliseconds over a million rows: each formula by its function and written out in SQL, less the reading of a column.
SELECT count(velocity) > 0 AS done FROM formula_rows \gset
SELECT cpu() AS t1 \gset
SELECT count(stockalert.stockout_date('2026-03-01', on_hand, velocity)) > 0 AS done FROM formula_rows \gset
SELECT cpu() AS t2 \gset
SELECT count(CASE WHEN on_hand < 0 THEN date '2026-03-01' WHEN velocity = 0 THEN NULL
	ELSE date '2026-03-01' + floor(least(greatest(on_hand, 0) / velocity, 10000))::integer END) > 0 AS done FROM formula_rows \gset
SELECT cpu() AS t3 \gset
SELECT count(stockalert.lead_time_variance_factor(lead_time, 0.1)) > 0 AS done FROM formula_rows \gset
SELECT cpu() AS t4 \gset
SELECT count(lead_time * (1 + 0.1 * (lead_time - 1) + 0.1 * 0.1 * (lead_time - 1) * (2 * lead_time - 1) / 6)) > 0 AS done FROM formula_rows \gset
SELECT cpu() AS t5 \gset
SELECT count(stockalert.reorder_point_from_error(service_level, velocity, mse, lead_time, lead_time_sd)) > 0 AS done FROM formula_rows \gset
SELECT cpu() AS t6 \gset
-- z by Acklam's rational approximation, its middle part: six digits less than the function, and no other way in SQL.
SELECT count(velocity * lead_time + ((((((-39.6968302866538 * r + 220.946098424521) * r - 275.928510446969) * r + 138.357751867269) * r - 30.6647980661472) * r + 2.50662827745924) * q
	/ (((((-54.4760987982241 * r + 161.585836858041) * r - 155.698979859887) * r + 66.8013118877197) * r - 13.2806815528857) * r + 1))
	* sqrt(mse * lead_time * (1 + 0.1 * (lead_time - 1) + 0.1 * 0.1 * (lead_time - 1) * (2 * lead_time - 1) / 6) + velocity * velocity * lead_time_sd * lead_time_sd)) > 0 AS done
  FROM (SELECT *, service_level - 0.5 AS q, (service_level - 0.5) * (service_level - 0.5) AS r FROM formula_rows OFFSET 0) v \gset
SELECT cpu() AS t7 \gset
SELECT count(velocity) > 0 AS done FROM formula_rows \gset
SELECT cpu() - :t7 AS reading \gset
SELECT round((:t2 - :t1 - :reading)::numeric, 1), round((:t3 - :t2 - :reading)::numeric, 1), round((:t4 - :t3 - :reading)::numeric, 1),
	round((:t5 - :t4 - :reading)::numeric, 1), round((:t6 - :t5 - :reading)::numeric, 1), round((:t7 - :t6 - :reading)::numeric, 1);
