/*
 * newsvendor_demand.h: the newsvendor's quantity and cost where demand follows
 * one of the known distributions (newsvendor.h: a table of demands).
 */
#ifndef SA_PURE_NEWSVENDOR_DEMAND_H
#define SA_PURE_NEWSVENDOR_DEMAND_H

#include "pure/lead_time_demand.h"
#include "pure/maths.h"

/* The quantile of demand at the critical ratio; mean and variance as lead_time_demand.h has them.
 */
extern SaBadArgument sa_newsvendor_quantity(double ratio, double mean, double variance,
											SaDistribution distribution, double *quantity);
/* overage (Q - mean) + (underage + overage) E[max(D - Q, 0)]. */
extern SaBadArgument sa_newsvendor_cost(double quantity, double underage, double overage,
										double mean, double variance, SaDistribution distribution,
										double *cost);

#endif
