/*
 * rq_poisson.h: reorder point and order quantity in whole units under Poisson
 * demand, exactly: Federgruen & Zheng, Operations Research 40 (1992) 808-813.
 */
#ifndef SA_PURE_RQ_POISSON_H
#define SA_PURE_RQ_POISSON_H

#include "pure/maths.h"
#include "pure/rq_policy.h"

/* Orders beyond this are refused, by the name of the order cost or quantity that asks for them. */
#define SA_RQ_POISSON_LARGEST 100000.0

/* demand: mean of a period; lead_time: in periods. */
extern SaBadArgument sa_rq_poisson(double demand, double lead_time, const SaPolicyCosts *costs,
								   SaRqPolicy *policy);
/* Cost of a period with any whole r and Q. */
extern SaBadArgument sa_rq_poisson_cost(double reorder_point, double order_quantity, double demand,
										double lead_time, const SaPolicyCosts *costs, double *cost);

#endif
