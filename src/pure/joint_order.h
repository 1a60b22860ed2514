/*
 * joint_order.h: items that share the cost of an order, each in every or in every
 * second, third, ... order.
 */
#ifndef SA_PURE_JOINT_ORDER_H
#define SA_PURE_JOINT_ORDER_H

#include <stddef.h>

#include "pure/maths.h"

/* More items or larger multiples than a planner can use. */
#define SA_JOINT_MOST_ITEMS    10000
#define SA_JOINT_MOST_MULTIPLE 1000000.0

/* The arrays, one number an item, belong to the caller. */
typedef struct SaJointItems
{
	const double *order_costs;   /* of an item in an order, beside what all share */
	const double *holding_costs; /* of one unit held for one period */
	const double *demands;       /* units a period */
	size_t count;
} SaJointItems;

/*
 * Order every so many periods (cycle), item i each multiples[i]-th time, its
 * quantities[i] then; 0 and 0 for an item without demand.  Silver's heuristic.
 */
extern SaBadArgument sa_joint_order(double shared_cost, const SaJointItems *items,
									double *quantities, double *multiples, double *cycle,
									double *cost);

#endif
