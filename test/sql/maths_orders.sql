-- What is ordered and why; policies; printed answers of textbooks.
SET extra_float_digits = 0;

-- need, whole packs, minimum in whole packs, cut to what may be ordered in whole packs.
SELECT v.*, o.* FROM (VALUES
	(0, 3, 15, NULL), (-5, 3, 15, NULL), (12, 3, NULL, NULL), (16, 3, 15, NULL), (13, 3, 15, NULL), (1, 3, 15, NULL), (1, 4, 15, NULL),
	(20, 6, NULL, 13), (20, 6, 15, 13), (20, NULL, NULL, 13), (20, NULL, NULL, -4), (20, NULL, -3, NULL), (0.3, 0.1, NULL, 0.3),
	(1e12 + 0.5, 1, NULL, NULL)) AS v (need, pack, moq, maximum),
	stockalert.order_quantity(v.need, v.pack, v.moq, v.maximum) AS o;

-- The policies: compared with <=, on the inventory position, which may be negative.
SELECT at, stockalert.need_order_up_to(at, 5, 20) AS "(s,S)", stockalert.need_fixed_quantity(at, 5, 6) AS "(s,Q)",
	stockalert.need_at_review(at, 20) AS "(R,S)"
  FROM (VALUES (-7), (-6), (0), (5), (5.5), (20), (25)) AS v (at);

-- Chopra & Meindl 12-3 to 12-6, Hillier & Lieberman, Snyder & Shen 4.3 and 4.7.
SELECT round(stockalert.safety_stock(0.9, 2500, 500, 2)) AS "906", round(stockalert.safety_stock(0.9, 2500, 500, 7, 7)) AS "22491",
	round(stockalert.expected_shortage(6000, 5000, 500 * sqrt(2))) AS "25",
	round((1 - stockalert.expected_shortage(6000, 5000, 500 * sqrt(2)) / 10000)::numeric, 4) AS "0.9975",
	round(stockalert.safety_stock_fill_rate(0.975, 10000, 500 * sqrt(2))) AS "67",
	round(stockalert.economic_order_quantity(8000, 12000, 0.3)) AS "25298",
	round((50 + 8 * stockalert.normal_quantile(0.7 / 0.88))::numeric, 2) AS "56.60", stockalert.poisson_quantile(0.8, 6) AS "8";

-- The reorder point of intermittent demand: 3 in the lead time, variance 9.
SELECT stockalert.poisson_quantile(0.95, 3) AS poisson, stockalert.negative_binomial_quantile(0.95, 3, 9) AS negative_binomial,
	stockalert.gamma_quantile(0.95, 3, 9) AS gamma, 3 + 3 * stockalert.normal_quantile(0.95) AS normal;
