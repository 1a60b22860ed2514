/*
 * ss_policy.h: at each review order up to S when the inventory position is s
 * or below, at least cost.
 *
 * Costs: of one order, of one unit held at the end of a period, of one unit
 * owed then.
 */
#ifndef SA_PURE_SS_POLICY_H
#define SA_PURE_SS_POLICY_H

#include <stddef.h>

#include "pure/maths.h"
#include "pure/rq_policy.h"

/* S - s beyond this is refused: the work grows with its square. */
#define SA_SS_LARGEST 10000

typedef struct SaSsPolicy
{
	double reorder_point; /* s */
	double order_up_to;   /* S */
	double cost;          /* of a period */
} SaSsPolicy;

/* Demand of a period in whole units: Poisson by its mean, or from a table. */
typedef struct SaSsDemand
{
	double mean;
	double lead_time;            /* whole periods; 0 with a table */
	const double *probabilities; /* of 0, 1, 2, ... units; NULL for Poisson */
	size_t count;
} SaSsDemand;

/*
 * Power approximation (Ehrhardt & Mosier, Management Science 30 (1984)
 * 618-622), not rounded; the cost is not known.
 */
extern SaBadArgument sa_ss_power(const SaNormalDemand *demand, const SaPolicyCosts *costs,
								 double *reorder_point, double *order_up_to);
/* Room for what sa_ss_exact() and sa_ss_cost() remember; the caller's, not to be looked into. */
typedef struct SaSsWork
{
	double probabilities[SA_SS_LARGEST + 1];
	double renewals[SA_SS_LARGEST + 1];
	double costs[2 * SA_SS_LARGEST + 1];
} SaSsWork;

/*
 * The best s and S, exactly (Zheng & Federgruen, Operations Research 39 (1991)
 * 654-665).  Demand that is always 0 gets s = -1 and S = 0.
 */
extern SaBadArgument sa_ss_exact(const SaSsDemand *demand, const SaPolicyCosts *costs,
								 SaSsWork *work, SaSsPolicy *policy);
/* Cost of a period with any whole s < S. */
extern SaBadArgument sa_ss_cost(double reorder_point, double order_up_to, const SaSsDemand *demand,
								const SaPolicyCosts *costs, SaSsWork *work, double *cost);

#endif
