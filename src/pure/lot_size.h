/*
 * lot_size.h: what a lot costs, and the best lot with planned backorders or
 * with production at a finite rate.
 *
 * Demand, holding and stockout costs are of the same period.  Demand 0 or an
 * order cost of 0 makes a lot of 0 and a cost of 0.
 */
#ifndef SA_PURE_LOT_SIZE_H
#define SA_PURE_LOT_SIZE_H

#include "pure/maths.h"

typedef struct SaLotCosts
{
	double demand;       /* D, units a period */
	double order_cost;   /* K, of one order */
	double holding_cost; /* h, of one unit held for one period */
} SaLotCosts;

/* K D / Q + h Q / 2. */
extern SaBadArgument sa_lot_cost(double quantity, const SaLotCosts *costs, double *cost);
/*
 * With a cost b of one unit backordered for one period: Q = sqrt(2 K D (h+b) / (h b)),
 * of which h / (h+b) are owed when the order arrives, and the cost of a period.
 */
extern SaBadArgument sa_lot_backorders(const SaLotCosts *costs, double stockout_cost,
									   double *quantity, double *share, double *cost);
/* K D / Q + h Q (1-x)^2 / 2 + b Q x^2 / 2 for a share x of the lot that is owed. */
extern SaBadArgument sa_lot_backorders_cost(double quantity, double share, const SaLotCosts *costs,
											double stockout_cost, double *cost);
/* Q = sqrt(2 K D / (h (1 - D/P))) where P units a period are made, more than are asked for. */
extern SaBadArgument sa_lot_production(const SaLotCosts *costs, double production_rate,
									   double *quantity, double *cost);
/* K D / Q + h (1 - D/P) Q / 2. */
extern SaBadArgument sa_lot_production_cost(double quantity, const SaLotCosts *costs,
											double production_rate, double *cost);

#endif
