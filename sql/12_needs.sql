-- How many units an ordering policy asks for; order_quantity() then applies packs, minimum and maximum.

CREATE FUNCTION stockalert.need_order_up_to(inventory_position double precision, reorder_point double precision, order_up_to double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_need_order_up_to';
COMMENT ON FUNCTION stockalert.need_order_up_to(double precision, double precision, double precision) IS
	'Policy (s, S): order_up_to - inventory_position where that position (on hand + on order - promised, in units, signed) is at the reorder point or below, else 0. For (R, s, S) call it at each review (Silver, Pyke and Thomas). NULL for NULL. Error 22023: arguments not finite, order_up_to below reorder_point.';

CREATE FUNCTION stockalert.need_fixed_quantity(inventory_position double precision, reorder_point double precision, order_quantity double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_need_fixed_quantity';
COMMENT ON FUNCTION stockalert.need_fixed_quantity(double precision, double precision, double precision) IS
	'Policy (s, Q): the least multiple of order_quantity that lifts the inventory position (on hand + on order - promised, in units, signed) above the reorder point, 0 where it is above (Silver, Pyke and Thomas). NULL for NULL. Error 22023: arguments not finite, order_quantity not above 0.';

CREATE FUNCTION stockalert.need_at_review(inventory_position double precision, order_up_to double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_need_at_review';
COMMENT ON FUNCTION stockalert.need_at_review(double precision, double precision) IS
	'Policy (R, S): at each review, order_up_to - inventory_position (on hand + on order - promised, in units, signed), at least 0 (Silver, Pyke and Thomas). NULL for NULL. Error 22023: arguments not finite.';

GRANT EXECUTE ON FUNCTION
	stockalert.need_order_up_to(double precision, double precision, double precision),
	stockalert.need_fixed_quantity(double precision, double precision, double precision),
	stockalert.need_at_review(double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
