-- How much to order: the family of the economic order quantity, newsvendor, policies, limits and transfers.

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

GRANT EXECUTE ON FUNCTION
	stockalert.economic_order_quantity_cost(double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_backorders(double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_backorders_cost(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.economic_production_quantity(double precision, double precision, double precision, double precision),
	stockalert.economic_production_quantity_cost(double precision, double precision, double precision, double precision, double precision),
	stockalert.economic_order_quantity_all_units(double precision, double precision, double precision, double precision[], double precision[]),
	stockalert.economic_order_quantity_incremental(double precision, double precision, double precision, double precision[], double precision[])
	TO stockalert_viewer, stockalert_writer;
