-- Classes of items and of their demand, too much stock, dead stock.

CREATE FUNCTION stockalert.abc_class(cumulative_share_before double precision, a_cut double precision DEFAULT 0.8,
	b_cut double precision DEFAULT 0.95) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_abc_class';
COMMENT ON FUNCTION stockalert.abc_class(double precision, double precision, double precision) IS
	'Class of an item by the share that all more valuable items have of the total: A below a_cut, B below b_cut, else C; the item that crosses belongs to the higher class. NULL for NULL. Error 22023: share not finite, b_cut below a_cut.';

CREATE FUNCTION stockalert.abc_classes(keys text[], "values" double precision[], a_cut double precision DEFAULT 0.8,
	b_cut double precision DEFAULT 0.95)
	RETURNS TABLE (key text, value double precision, share double precision, cumulative_share double precision, class text)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000 AS 'MODULE_PATHNAME', 'stockalert_abc_classes';
COMMENT ON FUNCTION stockalert.abc_classes(text[], double precision[], double precision, double precision) IS
	'A row for each item with its value, the most valuable first, equal ones by the bytes of the key: share of the total, share up to it, and abc_class() of the share before it. A total of 0 or less: shares and class NULL. Items without a value are left out. No row for NULL. Error 22023: arrays of different lengths.';

CREATE FUNCTION stockalert.xyz_class(weekly double precision[], x_cut double precision DEFAULT 0.5, y_cut double precision DEFAULT 1) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_xyz_class';
COMMENT ON FUNCTION stockalert.xyz_class(double precision[], double precision, double precision) IS
	'Class by the variation of weekly totals, weeks of 0 included: X up to x_cut, Y up to y_cut, else Z, of coefficient_of_variation(weekly). NULL elements are left out. NULL for NULL, for fewer than two weeks and for a mean not above 0. Error 22023.';

CREATE FUNCTION stockalert.coefficient_of_variation(weekly double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_coefficient_of_variation';
COMMENT ON FUNCTION stockalert.coefficient_of_variation(double precision[]) IS
	'Sample standard deviation (n - 1) over mean, of signed totals. NULL elements are left out. NULL for NULL, for fewer than two totals and for a mean not above 0. Error 22023.';

CREATE FUNCTION stockalert.adi(history double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_adi';
COMMENT ON FUNCTION stockalert.adi(double precision[]) IS
	'Mean interval between sales in days: place of the last day with a sale / number of days with one, so that the first interval counts from the start of the history. NULL elements are left out, net returns are no sale. NULL for NULL and for fewer than two sales. Error 22023.';

CREATE FUNCTION stockalert.cv2(history double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_cv2';
COMMENT ON FUNCTION stockalert.cv2(double precision[]) IS
	'Squared coefficient of variation of the units of days with a sale: (sd/mean)^2 with n - 1. NULL elements are left out, net returns are no sale. NULL for NULL and for fewer than two sales. Error 22023.';

CREATE FUNCTION stockalert.demand_class(history double precision[], adi_cut double precision DEFAULT 1.32,
	cv2_cut double precision DEFAULT 0.49) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_demand_class';
COMMENT ON FUNCTION stockalert.demand_class(double precision[], double precision, double precision) IS
	'Kind of demand by adi() and cv2(): smooth (both up to their cut), erratic (cv2 above), intermittent (adi above) or lumpy (Syntetos, Boylan and Croston, JORS 56, 2005; the M5 competition cut at 4/3 and 0.5). NULL for NULL and for fewer than two sales. Error 22023.';

CREATE FUNCTION stockalert.overstock(on_hand double precision, on_order double precision, order_up_to double precision,
	velocity double precision, target_days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_overstock';
COMMENT ON FUNCTION stockalert.overstock(double precision, double precision, double precision, double precision, double precision) IS
	'Units too many: max(0, on_hand + on_order - max(order_up_to, velocity target_days)). NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.excess_days(on_hand double precision, velocity double precision, target_days double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_excess_days';
COMMENT ON FUNCTION stockalert.excess_days(double precision, double precision, double precision) IS
	'Days of supply beyond the target: days_of_supply(on_hand, velocity) - target_days, negative below it; Infinity where nothing sells and something is on hand. NULL for NULL. Error 22023.';

CREATE FUNCTION stockalert.economic_stock_years(unit_value double precision, salvage_value double precision,
	holding_rate double precision, order_cost double precision, order_quantity double precision, yearly_demand double precision)
	RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_economic_stock_years';
COMMENT ON FUNCTION stockalert.economic_stock_years(double precision, double precision, double precision, double precision, double precision, double precision) IS
	'Years of supply worth keeping; stock beyond brings more sold off: (unit_value - salvage_value + order_cost/order_quantity)/(unit_value holding_rate) + order_quantity/(2 yearly_demand), where the gain of selling off has its maximum (Tersine and Toelle 1984). holding_rate is the yearly cost of holding, as a share of the value. Times yearly_demand: units. NULL for NULL. Error 22023.';

-- not strict: an item that never sold has no last sale
CREATE FUNCTION stockalert.is_dead_stock(as_of date, on_hand double precision, last_sale date, listed_on date,
	dead_days integer DEFAULT 90) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_dead_stock';
COMMENT ON FUNCTION stockalert.is_dead_stock(date, double precision, date, date, integer) IS
	'Whether something is on hand of an item that has been listed for dead_days and not sold for as many. last_sale NULL: never sold. NULL for NULL in another argument. Error 22023.';

CREATE FUNCTION stockalert.is_dead_stock_by_velocity(on_hand double precision, velocity double precision,
	days double precision, threshold double precision DEFAULT 0.01) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_is_dead_stock_by_velocity';
COMMENT ON FUNCTION stockalert.is_dead_stock_by_velocity(double precision, double precision, double precision, double precision) IS
	'Whether something is on hand of an item that, at its velocity before (units per day), would sell nothing for so many days with a probability below threshold only: zero_run_probability() < threshold. NULL for NULL. Error 22023.';

GRANT EXECUTE ON FUNCTION
	stockalert.abc_class(double precision, double precision, double precision),
	stockalert.abc_classes(text[], double precision[], double precision, double precision),
	stockalert.xyz_class(double precision[], double precision, double precision),
	stockalert.coefficient_of_variation(double precision[]),
	stockalert.adi(double precision[]),
	stockalert.cv2(double precision[]),
	stockalert.demand_class(double precision[], double precision, double precision),
	stockalert.overstock(double precision, double precision, double precision, double precision, double precision),
	stockalert.excess_days(double precision, double precision, double precision),
	stockalert.economic_stock_years(double precision, double precision, double precision, double precision, double precision, double precision),
	stockalert.is_dead_stock(date, double precision, date, date, integer),
	stockalert.is_dead_stock_by_velocity(double precision, double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
