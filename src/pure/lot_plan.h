/*
 * lot_plan.h: how much to order in which period where the demand of each is
 * known, at least cost: Wagner & Whitin, Management Science 5 (1958) 89-96.
 */
#ifndef SA_PURE_LOT_PLAN_H
#define SA_PURE_LOT_PLAN_H

#include <stddef.h>

#include "pure/maths.h"

/* The work grows with the square of it. */
#define SA_LOT_PLAN_LONGEST 3660

/* The arrays, one number a period, belong to the caller. */
typedef struct SaLotPeriods
{
	const double *demands;
	const double *order_costs;   /* of an order in the period */
	const double *holding_costs; /* of a unit kept from the period to the next */
	const double *unit_costs;    /* of a unit ordered in the period */
	size_t count;
} SaLotPeriods;

/* work holds a number a period and one more, next an index a period. */
extern SaBadArgument sa_lot_plan(const SaLotPeriods *periods, double *work, size_t *next,
								 double *quantities, double *cost);

#endif
