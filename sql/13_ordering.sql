-- How much to order: lots, newsvendors by a table of demands, policies, limits and transfers.

CREATE FUNCTION stockalert.economic_order_quantity_cost(order_quantity double precision, demand double precision, order_cost double precision, holding_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_cost';
COMMENT ON FUNCTION stockalert.economic_order_quantity_cost(double precision, double precision, double precision, double precision) IS
	'Cost of a period of ordering and holding with any order quantity Q: order_cost demand / Q + holding_cost Q / 2 (Harris 1913), demand in units of that period, order_cost of one order, holding_cost of one unit for the period; purchase not included. NULL for NULL. Error 22023: order_quantity or holding_cost not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_order_quantity_backorders(demand double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT quantity double precision, OUT backorder_share double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_backorders';
COMMENT ON FUNCTION stockalert.economic_order_quantity_backorders(double precision, double precision, double precision, double precision) IS
	'Units per order where customers wait, at stockout_cost b per unit owed for a period: quantity sqrt(2 K D (h+b) / (h b)), the share h / (h+b) of it that is owed when the order arrives, and the cost of a period sqrt(2 K D h b / (h+b)) (Snyder and Shen 3.5, Hillier and Lieberman). Demand or order_cost 0: quantity 0. NULL for NULL. Error 22023: holding_cost or stockout_cost not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_order_quantity_backorders_cost(order_quantity double precision, backorder_share double precision, demand double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_backorders_cost';
COMMENT ON FUNCTION stockalert.economic_order_quantity_backorders_cost(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any order quantity Q of which a share x is owed when the order arrives: K D / Q + h Q (1-x)^2 / 2 + b Q x^2 / 2 (Snyder and Shen 3.5). NULL for NULL. Error 22023: order_quantity not above 0, backorder_share not from 0 to 1, costs as in economic_order_quantity_backorders().';

CREATE FUNCTION stockalert.economic_production_quantity(demand double precision, order_cost double precision, holding_cost double precision, production_rate double precision,
	OUT quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_production';
COMMENT ON FUNCTION stockalert.economic_production_quantity(double precision, double precision, double precision, double precision) IS
	'Units per lot that arrives at production_rate P units a period: quantity sqrt(2 K D / (h (1 - D/P))) and the cost of a period sqrt(2 K D h (1 - D/P)) (Taft 1918; Snyder and Shen 3.6). Demand or order_cost 0: quantity 0. NULL for NULL. Error 22023: production_rate not above demand, holding_cost not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_production_quantity_cost(order_quantity double precision, demand double precision, order_cost double precision, holding_cost double precision, production_rate double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_lot_production_cost';
COMMENT ON FUNCTION stockalert.economic_production_quantity_cost(double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any lot Q that arrives at production_rate P: K D / Q + h (1 - D/P) Q / 2 (Taft 1918). NULL for NULL. Error 22023: order_quantity not above 0, the others as in economic_production_quantity().';

CREATE FUNCTION stockalert.economic_order_quantity_all_units(demand double precision, order_cost double precision, holding_rate double precision, breaks double precision[], unit_costs double precision[],
	OUT quantity double precision, OUT cost double precision, OUT price integer)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_price_all_units';
COMMENT ON FUNCTION stockalert.economic_order_quantity_all_units(double precision, double precision, double precision, double precision[], double precision[]) IS
	'Units per order of least cost where the price of the last break reached holds for all units: the best of sqrt(2 K D / (i c)) of each price c within its range, or where its range begins; cost of a period c D + K D / Q + i c Q / 2 with purchase, i = holding_rate (share of the price per period); price: the position, from 1, in unit_costs (Snyder and Shen 3.4). Ties go to the smaller quantity; demand 0: quantity 0 at no cost. NULL for NULL. Error 22023: breaks not 0 first and rising, unit_costs not one per break, above 0 and not rising, holding_rate not above 0, the others negative or not finite.';

CREATE FUNCTION stockalert.economic_order_quantity_incremental(demand double precision, order_cost double precision, holding_rate double precision, breaks double precision[], unit_costs double precision[],
	OUT quantity double precision, OUT cost double precision, OUT price integer)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_price_incremental';
COMMENT ON FUNCTION stockalert.economic_order_quantity_incremental(double precision, double precision, double precision, double precision[], double precision[]) IS
	'Units per order of least cost where each price holds for the units from its break on: the best of sqrt(2 (K+a) D / (i c)), a what the units below the break cost more than at price c; cost of a period c D + i a / 2 + (K+a) D / Q + i c Q / 2 with purchase, i = holding_rate (share of the price per period); price: the position, from 1, in unit_costs (Snyder and Shen 3.4). Ties go to the smaller quantity; demand 0: quantity 0 at no cost. NULL for NULL. Error 22023 as in economic_order_quantity_all_units().';

CREATE FUNCTION stockalert.critical_ratio(underage_cost double precision, overage_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_critical_ratio';
COMMENT ON FUNCTION stockalert.critical_ratio(double precision, double precision) IS
	'Share of cases in which demand should be met in full: underage_cost / (underage_cost + overage_cost), the cost of a unit too few and of a unit too many. A newsvendor who buys at c, sells at r and gets v back for a rest has underage_cost r - c and overage_cost c - v. NULL for NULL. Error 22023: a cost not above 0 or not finite.';

CREATE FUNCTION stockalert.newsvendor_quantity_discrete(underage_cost double precision, overage_cost double precision, demands double precision[], pmf double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_quantity_discrete';
COMMENT ON FUNCTION stockalert.newsvendor_quantity_discrete(double precision, double precision, double precision[], double precision[]) IS
	'The smallest of the demands (rising, in units) whose probabilities (pmf, one for each) up to it reach critical_ratio(underage_cost, overage_cost) (Snyder and Shen 4.3.3). For a known ratio p pass p and 1 - p. NULL for NULL. Error 22023: a cost not above 0, demands not rising or negative, pmf not one number per demand, negative or with a sum off 1 by more than 1e-6.';

CREATE FUNCTION stockalert.newsvendor_cost_discrete(quantity double precision, underage_cost double precision, overage_cost double precision, demands double precision[], pmf double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_cost_discrete';
COMMENT ON FUNCTION stockalert.newsvendor_cost_discrete(double precision, double precision, double precision, double precision[], double precision[]) IS
	'Expected cost of a season with any quantity Q: the sum over the demands of their probability in pmf x (overage_cost max(Q - D, 0) + underage_cost max(D - Q, 0)). NULL for NULL. Error 22023 as in newsvendor_quantity_discrete().';

CREATE FUNCTION stockalert.gamma_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_loss';
COMMENT ON FUNCTION stockalert.gamma_loss(double precision, double precision, double precision) IS
	'Units short with x in stock, E[max(D - x, 0)], of gamma demand with that mean and variance: (mean - x) P(D > x) + mean x^a e^-x / Gamma(a+1), x in units of variance/mean, a = mean^2/variance. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.normal_second_loss(k double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_normal_second_loss';
COMMENT ON FUNCTION stockalert.normal_second_loss(double precision) IS
	'Second-order standard normal loss, half of E[max(Z - k, 0)^2] = ((k^2 + 1)(1 - Phi(k)) - k phi(k)) / 2, without cancellation for large k (Zipkin, Foundations of Inventory Management, C.3). NULL for NULL. Error 22023: k not finite.';

CREATE FUNCTION stockalert.rq_policy_cost(reorder_point double precision, order_quantity double precision, demand double precision, demand_sd double precision,
	lead_time double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_cost';
COMMENT ON FUNCTION stockalert.rq_policy_cost(double precision, double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period where order_quantity Q is ordered whenever the inventory position falls to reorder_point r, under normal demand, exactly: (K D + integral from r to r+Q of the newsvendor cost for the lead time) / Q; demand and demand_sd of a period in units, lead_time in periods, holding_cost of a unit held and stockout_cost of a unit owed for a period (Snyder and Shen 5.2). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_quantity not above 0.';

CREATE FUNCTION stockalert.rq_reorder_point(order_quantity double precision, demand double precision, demand_sd double precision, lead_time double precision,
	holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_reorder_point';
COMMENT ON FUNCTION stockalert.rq_reorder_point(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'The best reorder point r for a given order quantity Q, under normal demand: where the newsvendor cost for the lead time is the same at r and r+Q (Snyder and Shen 5.2); units as in rq_policy_cost(). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_quantity not above 0.';

CREATE FUNCTION stockalert.rq_policy_eil(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_eil';
COMMENT ON FUNCTION stockalert.rq_policy_eil(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point r and order quantity Q by the expected-inventory-level approximation (Hadley and Whitin 1963; Snyder and Shen 5.3.1): 1 - F(r) = Q h / (p D), Q = sqrt(2 D (K + p n(r)) / h), and its cost of a period, h (r - D L + Q/2) + (K + p n(r)) D / Q; n(r) units short in a lead time. Units as in rq_policy_cost(), but stockout_cost p of a unit short, however long. Demand 0: all 0. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_cost 0, stockout_cost so low that no stock is worth holding.';

CREATE FUNCTION stockalert.rq_policy_eoq_safety_stock(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_safety_stock';
COMMENT ON FUNCTION stockalert.rq_policy_eoq_safety_stock(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point and order quantity, each on its own: the economic order quantity, and the mean demand over the lead time plus z(p / (p+h)) standard deviations (Snyder and Shen 5.3.3); cost of a period as in rq_policy_cost(), of stock alone where nothing is ordered. Units as there. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0.';

CREATE FUNCTION stockalert.rq_policy_eoq_backorders(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_backorders';
COMMENT ON FUNCTION stockalert.rq_policy_eoq_backorders(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point and order quantity: economic_order_quantity_backorders() and the best reorder point for it, at most an eighth dearer than the best policy (Zheng 1992; Snyder and Shen 5.3.2); cost of a period as in rq_policy_cost(), of stock alone where nothing is ordered. Units as there. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0.';

CREATE FUNCTION stockalert.rq_policy_loss_function(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_loss_function';
COMMENT ON FUNCTION stockalert.rq_policy_loss_function(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point r and order quantity Q by the loss-function approximation (Hadley and Whitin 1963; Snyder and Shen 5.3.4): n(r) = h Q / (h+p), Q = sqrt(2 (K D + (h+p) n2(r)) / h), n and n2 the first- and second-order loss of demand over the lead time; cost of a period as in rq_policy_cost(). Units as there. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0.';

CREATE FUNCTION stockalert.rq_policy_poisson(demand double precision, lead_time double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_quantity double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_poisson';
COMMENT ON FUNCTION stockalert.rq_policy_poisson(double precision, double precision, double precision, double precision, double precision) IS
	'The best reorder point and order quantity in whole units under Poisson demand, exactly (Federgruen and Zheng 1992), and the cost of a period; demand: mean of a period, the rest as in rq_policy_cost(). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, more than 100,000 units in an order (named order_cost), more than 1e6 in a lead time (named lead_time).';

CREATE FUNCTION stockalert.rq_policy_cost_poisson(reorder_point double precision, order_quantity double precision, demand double precision, lead_time double precision,
	order_cost double precision, holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rq_policy_cost_poisson';
COMMENT ON FUNCTION stockalert.rq_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any reorder point r and order quantity Q in whole units under Poisson demand: (K D + sum over y from r+1 to r+Q of the newsvendor cost at y for the lead time) / Q (Snyder and Shen 5.5). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, reorder_point not whole, order_quantity not whole from 1 to 100,000.';

CREATE FUNCTION stockalert.ss_policy_power_approximation(demand double precision, demand_sd double precision, lead_time double precision, order_cost double precision,
	holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_up_to double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_power';
COMMENT ON FUNCTION stockalert.ss_policy_power_approximation(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Reorder point s and order-up-to level S of a stock that is looked at once a period, by the power approximation (Ehrhardt and Mosier 1984): Q = 1.30 D^0.494 (K/h)^0.506 (1 + sd^2/D^2)^0.116, s = 0.973 m + sigma (0.183/z + 1.063 - 2.192 z), z = sqrt(Q h / (sigma p)), S = s + Q, m and sigma of demand over lead_time + 1 periods; not rounded, without their amendment for Q below 1.5 D. Units as in rq_policy_cost(). Demand 0: both 0. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, order_cost 0.';

CREATE FUNCTION stockalert.ss_policy_poisson(demand double precision, lead_time double precision, order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_up_to double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_poisson';
COMMENT ON FUNCTION stockalert.ss_policy_poisson(double precision, double precision, double precision, double precision, double precision) IS
	'The best reorder point s and order-up-to level S, in whole units, of a stock that is looked at once a period, and the cost of a period, exactly (Zheng and Federgruen 1991): order S - position where the position is s or below. demand: Poisson mean of a period; lead_time in whole periods, 0 where an order arrives before the next demand; holding_cost of a unit left over and stockout_cost of a unit owed at the end of a period. Demand 0: s -1, S 0. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, lead_time not whole, S - s beyond 10,000 (named order_cost), more than 1e6 units in lead_time + 1 periods.';

CREATE FUNCTION stockalert.ss_policy_discrete(pmf double precision[], order_cost double precision, holding_cost double precision, stockout_cost double precision,
	OUT reorder_point double precision, OUT order_up_to double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_discrete';
COMMENT ON FUNCTION stockalert.ss_policy_discrete(double precision[], double precision, double precision, double precision) IS
	'ss_policy_poisson() for demand of a period that is 0, 1, 2, ... units with the probabilities of pmf, and orders that arrive before the next demand. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, pmf empty or longer than 10,001, negative or with a sum off 1 by more than 1e-6.';

CREATE FUNCTION stockalert.ss_policy_cost_poisson(reorder_point double precision, order_up_to double precision, demand double precision, lead_time double precision,
	order_cost double precision, holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_cost_poisson';
COMMENT ON FUNCTION stockalert.ss_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Cost of a period with any reorder point s and order-up-to level S in whole units: (K + sum over j < S-s of m(j) G(S-j)) / M(S-s), m(j) how often between two orders the position is j below S, M their sum, G the newsvendor cost (Zheng and Federgruen 1991); the rest as in ss_policy_poisson(). NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, reorder_point or order_up_to not whole, order_up_to not above reorder_point or 10,000 above.';

CREATE FUNCTION stockalert.ss_policy_cost_discrete(reorder_point double precision, order_up_to double precision, pmf double precision[], order_cost double precision,
	holding_cost double precision, stockout_cost double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_ss_policy_cost_discrete';
COMMENT ON FUNCTION stockalert.ss_policy_cost_discrete(double precision, double precision, double precision[], double precision, double precision, double precision) IS
	'ss_policy_cost_poisson() for demand of a period that is 0, 1, 2, ... units with the probabilities of pmf. NULL for NULL. Error 22023: an argument negative or not finite, holding_cost or stockout_cost 0, the others as there and in ss_policy_discrete().';

-- not strict: limits may be NULL
CREATE FUNCTION stockalert.constrained_order_quantity(inventory_position double precision, order_up_to double precision, pack double precision DEFAULT NULL, moq double precision DEFAULT NULL,
	max_stock double precision DEFAULT NULL, shelf_life_demand double precision DEFAULT NULL,
	OUT quantity double precision, OUT reason text)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_constrained_order_quantity';
COMMENT ON FUNCTION stockalert.constrained_order_quantity(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Units to order to bring the inventory position (on hand + on order - promised, signed) up to order_up_to, and what decided. In this order: need = order_up_to - position (0 or less: no_need); rounded up to whole packs (pack); raised to the minimum order quantity in whole packs (moq); cut, in whole packs, to max_stock - position (maximum) or to shelf_life_demand - position, at least 0 (shelf_life), whichever is less, max_stock where they are the same; 0 where that is below the minimum (cap_below_moq); need where nothing binds. shelf_life_demand: what is likely sold before it spoils, the median of demand over the shelf life, such as negative_binomial_quantile(0.5, mean, variance). NULL in pack, moq, max_stock, shelf_life_demand: none; NULL for a NULL position or order_up_to. Error 22023: pack not above 0, shelf_life_demand negative, anything not finite.';

-- not strict: limits and costs may be NULL
CREATE FUNCTION stockalert.plan_transfers(locations bigint[], reorder_points double precision[], positions double precision[], on_hand double precision[],
	floors double precision[], stockout_pmf double precision[], pack double precision DEFAULT NULL, min_transfer double precision DEFAULT NULL,
	unit_transfer_costs double precision[] DEFAULT NULL, benefits double precision[] DEFAULT NULL)
	RETURNS TABLE (from_location bigint, to_location bigint, quantity double precision, cost double precision)
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'stockalert_plan_transfers';
COMMENT ON FUNCTION stockalert.plan_transfers(bigint[], double precision[], double precision[], double precision[], double precision[], double precision[], double precision, double precision, double precision[], double precision[]) IS
	'Which location gives how many units of one item to which other; the arrays have an element for each location. A location whose position is below its reorder point receives, at most the difference; any other gives, at most what it has on hand above the larger of its floor (such as velocity x days to cover) and its reorder point. The likeliest to run out is served first (ties: smaller id), by the cheapest donor, then the one with most to give, then the smaller id; in whole packs, rounded down. Left out: transfers below min_transfer units, at an infinite cost, or dearer than the benefit of a unit at the receiver (benefits: one for each location or one for all). unit_transfer_costs: row from, column to. A greedy plan: sums and floors hold, its cost is not always the least (Paterson et al. 2011). No row where one of the first six is NULL; NULL in the others: no pack, no minimum, no cost, any cost is worth it. Error 22023: arrays of other lengths or with NULLs, a location twice, more than 2,000, numbers out of range.';

CREATE FUNCTION stockalert.joint_replenishment(shared_cost double precision, order_costs double precision[], holding_costs double precision[], demands double precision[],
	OUT quantities double precision[], OUT multiples integer[], OUT cycle double precision, OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_joint_replenishment';
COMMENT ON FUNCTION stockalert.joint_replenishment(double precision, double precision[], double precision[], double precision[]) IS
	'How often and how much to order of items that share the cost of an order: an order each cycle periods, item i in each multiples[i]-th one, quantities[i] units then, and the cost of a period. shared_cost of each order, order_costs[i] of item i in one, holding_costs[i] of a unit for a period, demands[i] units a period; an array of one number holds for all items. Silver (1976): m = sqrt(k h1 D1 / (h D (K + k1))) rounded, at least 1, for the item 1 with the least k / (h D), cycle = sqrt(2 (K + sum k/m) / sum m h D). An item without demand: 0 and 0. NULL for NULL. Error 22023: shared_cost or holding_costs not above 0, anything negative or not finite, arrays of other lengths, more than 10,000 items, multiples beyond 1e6 (named order_costs).';

CREATE FUNCTION stockalert.wagner_whitin(demands double precision[], order_costs double precision[], holding_costs double precision[], unit_costs double precision[] DEFAULT '{0}',
	OUT quantities double precision[], OUT cost double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_wagner_whitin';
COMMENT ON FUNCTION stockalert.wagner_whitin(double precision[], double precision[], double precision[], double precision[]) IS
	'How much to order in which period where the demand of each coming period is known, and what that costs over all of them, at least cost (Wagner and Whitin 1958): order_costs[t] of an order in period t, holding_costs[t] of a unit kept from t to the next period, unit_costs[t] of a unit bought in t; an array of one number holds for all periods. An order of nothing costs nothing; ties go to the earlier next order. No period: no quantity, cost 0. NULL for NULL. Error 22023: anything negative or not finite, arrays of other lengths, more than 3,660 periods.';

CREATE FUNCTION stockalert.gamma_second_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_second_loss';
COMMENT ON FUNCTION stockalert.gamma_second_loss(double precision, double precision, double precision) IS
	'Second-order loss of gamma demand with that mean and variance, half of E[max(D - x, 0)^2], in closed form (Zipkin, Foundations of Inventory Management, C.3). NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.poisson_second_loss(x double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_second_loss';
COMMENT ON FUNCTION stockalert.poisson_second_loss(double precision, double precision) IS
	'Second-order loss of Poisson demand, the sum of poisson_loss() over the whole numbers above x: half of E[max(D - x, 0) max(D - x - 1, 0)] (Zipkin, Foundations of Inventory Management, C.2). NULL for NULL. Error 22023: x not whole or beyond 1e8, mean negative or beyond 1e8.';

CREATE FUNCTION stockalert.negative_binomial_second_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_second_loss';
COMMENT ON FUNCTION stockalert.negative_binomial_second_loss(double precision, double precision, double precision) IS
	'Second-order loss of negative binomial demand with that mean and variance, the sum of negative_binomial_loss() over the whole numbers above x; Poisson where the variance is no larger than the mean (Zipkin, Foundations of Inventory Management, C.2). NULL for NULL. Error 22023: x not whole or beyond 1e8, mean negative or beyond 1e8, a standard deviation beyond 10,000 or a variance beyond 50,000 times the mean (named variance).';

GRANT EXECUTE ON FUNCTION
	stockalert.economic_order_quantity_cost(double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_backorders(double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_backorders_cost(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.economic_production_quantity(double precision, double precision, double precision, double precision),
	stockalert.economic_production_quantity_cost(double precision, double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_all_units(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.economic_order_quantity_incremental(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.critical_ratio(double precision, double precision),
	stockalert.newsvendor_quantity_discrete(double precision, double precision, double precision[], double precision[]),
	stockalert.newsvendor_cost_discrete(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.gamma_loss(double precision, double precision, double precision),
	stockalert.normal_second_loss(double precision),
	stockalert.rq_policy_cost(double precision, double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_reorder_point(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_eil(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_eoq_safety_stock(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_eoq_backorders(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_loss_function(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_poisson(double precision, double precision, double precision, double precision, double precision),
	stockalert.rq_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_power_approximation(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_poisson(double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_discrete(double precision[], double precision, double precision, double precision),
	stockalert.ss_policy_cost_poisson(double precision, double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.ss_policy_cost_discrete(double precision, double precision, double precision[], double precision, double precision, double precision),
	stockalert.constrained_order_quantity(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.plan_transfers(bigint[], double precision[], double precision[], double precision[], double precision[], double precision[], double precision, double precision, double precision[], double precision[]),
	stockalert.joint_replenishment(double precision, double precision[], double precision[], double precision[]),
	stockalert.wagner_whitin(double precision[], double precision[], double precision[], double precision[]),
	stockalert.gamma_second_loss(double precision, double precision, double precision),
	stockalert.poisson_second_loss(double precision, double precision),
	stockalert.negative_binomial_second_loss(double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
