/*
 * rq_policy.h: reorder point r and order quantity Q together, at least cost:
 * order Q when the inventory position falls to r.
 *
 * Demand of a period is normal with a mean and a standard deviation, or
 * Poisson; the lead time is in the same periods.
 */
#ifndef SA_PURE_RQ_POLICY_H
#define SA_PURE_RQ_POLICY_H

#include "pure/maths.h"

typedef struct SaPolicyCosts
{
	double order;    /* of one order */
	double holding;  /* of one unit held for one period */
	double stockout; /* of one unit short for one period; for sa_rq_eil() of one unit short */
} SaPolicyCosts;

typedef struct SaNormalDemand
{
	double mean; /* of a period */
	double sd;
	double lead_time; /* periods */
} SaNormalDemand;

typedef struct SaRqPolicy
{
	double reorder_point;
	double order_quantity;
	double cost; /* of a period */
} SaRqPolicy;

/* Cost of a period with any r and Q, exact. */
extern SaBadArgument sa_rq_cost(double reorder_point, double order_quantity,
								const SaNormalDemand *demand, const SaPolicyCosts *costs,
								double *cost);
/* The best r for a given Q, exact. */
extern SaBadArgument sa_rq_reorder_point(double order_quantity, const SaNormalDemand *demand,
										 const SaPolicyCosts *costs, double *reorder_point);
/* Expected inventory level (Hadley & Whitin 1963): the cost is that of the approximation. */
extern SaBadArgument sa_rq_eil(const SaNormalDemand *demand, const SaPolicyCosts *costs,
							   SaRqPolicy *policy);
/* Economic order quantity and the newsvendor's stock; the cost is exact here and below. */
extern SaBadArgument sa_rq_safety_stock(const SaNormalDemand *demand, const SaPolicyCosts *costs,
										SaRqPolicy *policy);
/* Economic order quantity with backorders and the best r for it (Zheng 1992). */
extern SaBadArgument sa_rq_backorders(const SaNormalDemand *demand, const SaPolicyCosts *costs,
									  SaRqPolicy *policy);
/* Second-order losses above r + Q left out (Hadley & Whitin 1963). */
extern SaBadArgument sa_rq_loss_function(const SaNormalDemand *demand, const SaPolicyCosts *costs,
										 SaRqPolicy *policy);

#endif
