-- How much to order, as a user asks for it: printed answers, each edge, each refusal by name.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- Hillier & Lieberman, Snyder & Shen chapter 3.
SELECT round(quantity) AS "28540", round(quantity * (1 - backorder_share)) AS "22424"
  FROM stockalert.economic_order_quantity_backorders(8000, 12000, 0.3, 1.1);
SELECT round(quantity::numeric, 2) AS "310.81", round(backorder_share::numeric, 4) AS "0.0431", round(cost::numeric, 2) AS "66.92"
  FROM stockalert.economic_order_quantity_backorders(1300, 8, 0.225, 5);
SELECT round(quantity::numeric, 2) AS "513.93", round(cost::numeric, 2) AS "40.47"
  FROM stockalert.economic_production_quantity(1300, 8, 0.225, 2000);
SELECT round(stockalert.economic_order_quantity_cost(250, 1300, 8, 0.225)::numeric, 3) AS "69.725",
	round(stockalert.economic_order_quantity_backorders_cost(100, 0.3, 2080, 40, 40.05, 60)::numeric, 3) AS "2083.225",
	round(stockalert.economic_production_quantity_cost(350, 1300, 8, 0.225, 2000)::numeric, 4) AS "43.4955";
SELECT round(quantity::numeric, 2) AS quantity, round(cost::numeric, 2) AS cost, price, name
  FROM (SELECT 'all units' AS name, q.* FROM stockalert.economic_order_quantity_all_units(1300, 8, 0.3, '{0,400,800}', '{0.75,0.72,0.68}') AS q
	UNION ALL SELECT 'incremental', q.* FROM stockalert.economic_order_quantity_incremental(1300, 8, 0.3, '{0,400,800}', '{0.75,0.72,0.68}') AS q) AS v;

-- Newsvendors: Snyder & Shen 4.3 and 4.7, counts, an explicit distribution.
SELECT round(stockalert.newsvendor_quantity(0.7, 0.18, 50, 64)::numeric, 2) AS "56.60",
	round(stockalert.newsvendor_cost(stockalert.newsvendor_quantity(0.7, 0.18, 50, 64), 0.7, 0.18, 50, 64)::numeric, 4) AS "1.9976",
	stockalert.newsvendor_quantity(4, 1, 6, 6, 'poisson') AS "8", round(stockalert.newsvendor_cost(8, 4, 1, 6, 6, 'poisson')::numeric, 2) AS "3.57",
	stockalert.newsvendor_quantity_discrete(1000000, 500000, '{1,2,3,4,5,6,7,8}', '{0.25,0.05,0.1,0.2,0.15,0.1,0.1,0.05}') AS "5",
	stockalert.newsvendor_cost_discrete(5, 1000000, 500000, '{1,2,3,4,5,6,7,8}', '{0.25,0.05,0.1,0.2,0.15,0.1,0.1,0.05}') AS "1225000";
SELECT d AS distribution, stockalert.newsvendor_quantity(3, 1, 3, 9, d) AS by_costs, stockalert.newsvendor_quantity_by_ratio(0.75, 3, 9, d) AS by_ratio,
	stockalert.newsvendor_cost(4, 3, 1, 3, 9, d) AS cost
  FROM unnest(ARRAY['normal', 'poisson', 'negative_binomial', 'gamma']) AS d;
SELECT stockalert.critical_ratio(3, 1) AS "0.75", stockalert.gamma_loss(4, 6, 18) AS loss, stockalert.normal_second_loss(0.3) AS normal,
	stockalert.gamma_second_loss(4, 6, 18) AS gamma, stockalert.poisson_second_loss(5, 7) AS poisson,
	stockalert.negative_binomial_second_loss(14, 16, 80) AS negative_binomial;

-- (r, Q) and (s, S): Snyder & Shen chapters 4 and 5.
SELECT name, round(reorder_point::numeric, 2) AS r, round(order_quantity::numeric, 2) AS q, round(cost::numeric, 2) AS cost
  FROM (SELECT 'eil' AS name, p.* FROM stockalert.rq_policy_eil(1300, 150, 1 / 12.0, 8, 0.225, 7.5) AS p
	UNION ALL SELECT 'eoq_safety_stock', p.* FROM stockalert.rq_policy_eoq_safety_stock(1300, 150, 1 / 12.0, 8, 0.225, 7.5) AS p
	UNION ALL SELECT 'eoq_backorders', p.* FROM stockalert.rq_policy_eoq_backorders(1300, 150, 1 / 12.0, 8, 0.225, 7.5) AS p
	UNION ALL SELECT 'loss_function', p.* FROM stockalert.rq_policy_loss_function(1300, 150, 1 / 12.0, 8, 0.225, 7.5) AS p
	UNION ALL SELECT 'poisson', p.* FROM stockalert.rq_policy_poisson(1.5, 2, 100, 20, 150) AS p) AS v;
SELECT round(stockalert.rq_policy_cost(126.8, 328.5, 1300, 150, 1 / 12.0, 8, 0.225, 7.5)::numeric, 2) AS "78.07",
	round(stockalert.rq_policy_cost_poisson(3, 5, 1.5, 2, 100, 20, 150)::numeric, 2) AS "107.92",
	round(stockalert.rq_reorder_point(318, 1300, 150, 1 / 12.0, 0.225, 7.5)::numeric, 2) AS "127.79";
SELECT * FROM stockalert.ss_policy_power_approximation(50, 8, 0, 2.5, 0.18, 0.70);
SELECT reorder_point AS s, order_up_to AS "S", round(cost::numeric, 3) AS cost FROM stockalert.ss_policy_poisson(6, 0, 5, 1, 4);
SELECT reorder_point AS s, order_up_to AS "S", round(cost::numeric, 3) AS cost FROM stockalert.ss_policy_discrete('{0.4,0.3,0.2,0.1}', 5, 1, 4);
SELECT round(stockalert.ss_policy_cost_poisson(4, 10, 6, 0, 5, 1, 4)::numeric, 3) AS "8.034",
	round(stockalert.ss_policy_cost_discrete(0, 4, '{0.4,0.3,0.2,0.1}', 5, 1, 4)::numeric, 3) AS discrete;

-- Several items in an order, several periods in a lot: Silver 1976, Snyder & Shen 3.9.
SELECT multiples, round(cycle::numeric, 4) AS cycle, round(cost::numeric, 2) AS cost, round(quantities[1]::numeric, 2) AS first
  FROM stockalert.joint_replenishment(10, '{1.87,5.27,7.94,8.19,8.87}', '{0.2}', '{1736,656,558,170,142}');
SELECT * FROM stockalert.wagner_whitin('{90,120,80,70}', '{500}', '{2}');
SELECT * FROM stockalert.wagner_whitin('{400,500,500,1100,900}', '{100}', '{0.1}', '{3,1,4,6,6}');
SELECT * FROM stockalert.wagner_whitin('{}', '{500}', '{2}');

-- Constraints: need, packs, minimum, then the narrower of the two limits.
SELECT v.*, o.* FROM (VALUES
	(20, 20, 6, 12, 10, 0), (5, 20, NULL, NULL, NULL, NULL), (5, 20, 6, NULL, NULL, NULL), (15, 20, 5, 12, NULL, NULL),
	(5, 20, 6, NULL, 22, NULL), (5, 20, 6, NULL, 40, 18), (5, 20, NULL, NULL, 15, 15), (5, 20, NULL, NULL, NULL, 3),
	(5, 20, 6, 12, NULL, 16), (-10, 20, 6, NULL, 15, NULL), (NULL, 20, 6, NULL, 15, NULL)) AS v (position, up_to, pack, moq, max_stock, shelf_life),
	stockalert.constrained_order_quantity(v.position, v.up_to, v.pack, v.moq, v.max_stock, v.shelf_life) AS o;

-- Transfers: 3 is likeliest to run out, 4 has most to give; then with costs, packs, a benefit.
SELECT * FROM stockalert.plan_transfers('{1,2,3,4}', '{10,10,10,5}', '{30,4,1,17}', '{18,4,1,17}', '{0,0,0,0}', '{0.1,0.5,0.9,0}');
SELECT * FROM stockalert.plan_transfers('{1,2,3,4}', '{10,10,10,5}', '{30,4,1,17}', '{18,4,1,17}', '{0,0,0,0}', '{0.1,0.5,0.9,0}', 2, NULL,
	'{{0,2,1,2},{0,0,0,0},{0,0,0,0},{1,Infinity,2,0}}');
SELECT * FROM stockalert.plan_transfers('{1,2,3,4}', '{10,10,10,5}', '{30,4,1,17}', '{18,4,1,17}', '{16,0,0,0}', '{0.1,0.5,0.9,0}',
	min_transfer => 3, unit_transfer_costs => '{{0,2,1,2},{0,0,0,0},{0,0,0,0},{1,1,2,0}}', benefits => '{1}');
SELECT count(*) AS none FROM stockalert.plan_transfers('{}', '{}', '{}', '{}', '{}', '{}');
SELECT count(*) AS null_argument FROM stockalert.plan_transfers(NULL, '{}', '{}', '{}', '{}', '{}');

-- Nothing asked for orders nothing; an order that costs nothing leaves the minimum to rule.
SELECT stockalert.economic_order_quantity(0, 8, 0.2) AS eoq, (stockalert.economic_order_quantity_backorders(0, 8, 0.2, 5)).quantity AS backorders,
	(stockalert.economic_production_quantity(0, 8, 0.2, 5)).quantity AS production, (stockalert.economic_order_quantity_all_units(0, 8, 0.2, '{0}', '{1}')).quantity AS all_units,
	(stockalert.economic_order_quantity(100, 0, 0.2)) AS free_order, (stockalert.rq_policy_eil(0, 0, 3, 8, 0.2, 5)).order_quantity AS rq,
	(stockalert.ss_policy_poisson(0, 2, 5, 1, 4)).order_up_to AS ss, (stockalert.ss_policy_power_approximation(0, 0, 2, 5, 1, 4)).order_up_to AS power,
	(stockalert.joint_replenishment(10, '{1}', '{1}', '{0,0}')).quantities AS joint, stockalert.newsvendor_quantity(1, 1, 0, 0, 'negative_binomial') AS newsvendor;
-- Lead time 0: no stock for it beyond what the review needs; a ratio of one half: the mean.
SELECT (stockalert.rq_policy_eoq_safety_stock(1300, 150, 0, 8, 0.225, 7.5)).reorder_point AS r, stockalert.newsvendor_quantity(1, 1, 50, 64) AS half,
	stockalert.newsvendor_quantity(1, 3, 50, 64) < 50 AS below;

-- NULL in, NULL out.
SELECT stockalert.economic_order_quantity_cost(NULL, 1, 1, 1) IS NULL AS cost, stockalert.newsvendor_quantity(1, NULL, 3, 3) IS NULL AS newsvendor,
	stockalert.rq_policy_eil(1, 1, NULL, 1, 1, 1) IS NULL AS rq, stockalert.ss_policy_discrete(NULL, 1, 1, 1) IS NULL AS ss,
	stockalert.wagner_whitin(NULL, '{1}', '{1}') IS NULL AS plan, stockalert.constrained_order_quantity(1, NULL) IS NULL AS constrained;

-- What an argument cannot be, by name.
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
	'economic_order_quantity_cost(0, 1, 1, 1)', 'economic_order_quantity_cost(1, -1, 1, 1)', 'economic_order_quantity_cost(1, 1, 1, 0)',
	'economic_order_quantity_backorders(1, 1, 1, 0)', 'economic_order_quantity_backorders(1, -1, 1, 1)', 'economic_order_quantity_backorders(''NaN'', 1, 1, 1)',
	'economic_order_quantity_backorders_cost(1, 2, 1, 1, 1, 1)', 'economic_production_quantity(5, 1, 1, 5)', 'economic_production_quantity_cost(1, 5, 1, 1, 4)',
	'economic_order_quantity_all_units(1, 1, 0, ''{0}'', ''{1}'')', 'economic_order_quantity_all_units(1, 1, 1, ''{1}'', ''{1}'')',
	'economic_order_quantity_all_units(1, 1, 1, ''{0,5,5}'', ''{3,2,1}'')', 'economic_order_quantity_all_units(1, 1, 1, ''{0,5}'', ''{2,3}'')',
	'economic_order_quantity_all_units(1, 1, 1, ''{0,NULL}'', ''{2,1}'')', 'economic_order_quantity_incremental(1, 1, 1, ''{}'', ''{}'')',
	'economic_order_quantity_incremental(1, 1, 1, ''{0,5}'', ''{2}'')', 'economic_order_quantity_incremental(1, 1, 1, ''{{0},{5}}'', ''{2,1}'')',
	'critical_ratio(0, 1)', 'critical_ratio(1, ''Infinity'')', 'newsvendor_quantity(1, 1, -1, 1)', 'newsvendor_quantity(1, 1, 1, ''NaN'')',
	'newsvendor_quantity(1, 1, 1, 1, ''weibull'')', 'newsvendor_quantity_by_ratio(1, 1, 1)', 'newsvendor_cost(''NaN'', 1, 1, 1, 1)',
	'newsvendor_quantity_discrete(1, 1, ''{2,1}'', ''{0.5,0.5}'')', 'newsvendor_quantity_discrete(1, 1, ''{1,2}'', ''{0.5,0.4}'')',
	'newsvendor_cost_discrete(1, 1, 1, ''{1,2}'', ''{1}'')', 'gamma_loss(1, 1, -1)', 'normal_second_loss(''NaN'')',
	'gamma_second_loss(1, -1, 1)', 'poisson_second_loss(1.5, 5)', 'negative_binomial_second_loss(1, 5, 1e9)',
	'rq_policy_eil(1, 1, 1, 0, 1, 1)', 'rq_policy_eil(100, 1, 1, 8, 10, 0.01)', 'rq_policy_eoq_backorders(1, -1, 1, 1, 1, 1)',
	'rq_policy_loss_function(1, 1, -1, 1, 1, 1)', 'rq_policy_cost(1, 0, 1, 1, 1, 1, 1, 1)', 'rq_policy_poisson(1e6, 1, 1e12, 1, 1)',
	'rq_policy_cost_poisson(1, 1.5, 1, 1, 1, 1, 1)', 'ss_policy_poisson(5, 0.5, 1, 1, 1)', 'ss_policy_poisson(5, 0, 1e12, 1, 1)',
	'ss_policy_discrete(''{0.5,0.6}'', 1, 1, 1)', 'ss_policy_cost_poisson(5, 5, 1, 0, 1, 1, 1)', 'ss_policy_power_approximation(5, 1, 0, 0, 1, 1)',
	'joint_replenishment(0, ''{1}'', ''{1}'', ''{1}'')', 'joint_replenishment(1, ''{1,1}'', ''{1}'', ''{1,1,1}'')', 'joint_replenishment(1, ''{1}'', ''{0}'', ''{1}'')',
	'wagner_whitin(''{1,-1}'', ''{1}'', ''{1}'')', 'wagner_whitin(''{1,1}'', ''{1}'', ''{NaN}'')',
	'constrained_order_quantity(1, 5, 0)', 'constrained_order_quantity(1, ''NaN'')', 'constrained_order_quantity(''-Infinity'', 1)',
	'constrained_order_quantity(1, 5, max_stock => ''Infinity'')', 'constrained_order_quantity(1, 5, shelf_life_demand => -1)',
	'plan_transfers(''{1,1}'', ''{1,1}'', ''{1,1}'', ''{1,1}'', ''{1,1}'', ''{1,1}'')', 'plan_transfers(''{1,2}'', ''{1}'', ''{1,1}'', ''{1,1}'', ''{1,1}'', ''{1,1}'')',
	'plan_transfers(''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{2}'')', 'plan_transfers(''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', 0)',
	'plan_transfers(''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', unit_transfer_costs => ''{1,2}'')',
	'plan_transfers(''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'', benefits => ''{1,2}'')', 'plan_transfers(''{1}'', ''{NaN}'', ''{1}'', ''{1}'', ''{1}'', ''{1}'')']) AS call;

-- Huge numbers: an answer, or 22003.
SELECT (stockalert.economic_order_quantity_backorders(1e200, 2e200, 4, 4)).quantity AS eoq, stockalert.newsvendor_quantity(4, 1, 1e9, 1e9, 'poisson') AS poisson,
	pg_temp.refused('stockalert.economic_order_quantity_cost(1e-300, 1e300, 1e300, 1)') AS too_huge;

-- On a user's own table: what to order, and why.
CREATE TEMP TABLE shop (item text, place bigint, position float8, on_hand float8, reorder_point float8, up_to float8, pack float8, shelf_days float8, velocity float8);
INSERT INTO shop VALUES ('milk', 1, 3, 3, 10, 40, 6, 5, 4), ('milk', 2, 45, 45, 10, 40, 6, 5, 4), ('rice', 1, 8, 8, 12, 60, 10, NULL, 2);
SELECT item, place, o.* FROM shop,
	stockalert.constrained_order_quantity(position, up_to, pack, shelf_life_demand => stockalert.poisson_quantile(0.5, shelf_days * velocity)) AS o ORDER BY item, place;
SELECT item, t.* FROM (SELECT item, array_agg(place) AS places, array_agg(reorder_point) AS points, array_agg(position) AS positions, array_agg(on_hand) AS on_hand,
	array_agg(7 * velocity) AS floors, array_agg(0.5::float8) AS risks FROM shop GROUP BY item) AS s,
	stockalert.plan_transfers(places, points, positions, on_hand, floors, risks) AS t;
