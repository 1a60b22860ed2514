/*
 * needs.c: the policies (s, S), (s, Q) and (R, S) of Silver, Pyke & Thomas.
 */
#include "pure/needs.h"

#include <math.h>

/* The rounding of a division, as in order.c. */
#define HAIR       1e-9
#define HAIR_LIMIT 1e-6

SaBadArgument
sa_need_order_up_to(double position, double reorder_point, double order_up_to, double *out)
{
	SA_REQUIRE(isfinite(position), "inventory_position");
	SA_REQUIRE(isfinite(reorder_point), "reorder_point");
	SA_REQUIRE(isfinite(order_up_to) && order_up_to >= reorder_point, "order_up_to");
	*out = position <= reorder_point ? order_up_to - position : 0.0;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_need_fixed_quantity(double position, double reorder_point, double order_quantity, double *out)
{
	double orders;

	SA_REQUIRE(isfinite(position), "inventory_position");
	SA_REQUIRE(isfinite(reorder_point), "reorder_point");
	SA_REQUIRE(order_quantity > 0.0 && isfinite(order_quantity), "order_quantity");
	*out = 0.0;
	if (position > reorder_point)
		return SA_MATHS_FINE;
	orders = (reorder_point - position) / order_quantity;
	*out = (floor(orders + fmin(HAIR * orders, HAIR_LIMIT)) + 1.0) * order_quantity;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_need_at_review(double position, double order_up_to, double *out)
{
	SA_REQUIRE(isfinite(position), "inventory_position");
	SA_REQUIRE(isfinite(order_up_to), "order_up_to");
	*out = position < order_up_to ? order_up_to - position : 0.0;
	return SA_MATHS_FINE;
}
