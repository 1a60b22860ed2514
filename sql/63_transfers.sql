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
