/*
 * needs.h: how many units an ordering policy asks for, before packs and
 * minimum quantities (order.h).
 *
 * position is the inventory position: on hand + on order - promised, signed;
 * every decision compares it, never the stock on hand alone, and with <=.
 */
#ifndef SA_PURE_NEEDS_H
#define SA_PURE_NEEDS_H

#include "pure/maths.h"

/* (s, S): up to S when the position is at the reorder point or below, else 0. */
extern SaBadArgument sa_need_order_up_to(double position, double reorder_point, double order_up_to,
										 double *out);
/* (s, Q): the least multiple of Q that brings the position above the reorder point, else 0. */
extern SaBadArgument sa_need_fixed_quantity(double position, double reorder_point,
											double order_quantity, double *out);
/* (R, S): at each review, whatever is missing up to S. */
extern SaBadArgument sa_need_at_review(double position, double order_up_to, double *out);

#endif
