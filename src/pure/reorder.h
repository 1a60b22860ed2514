/*
 * reorder.h: the reorder point the product computes unless told otherwise.
 *
 * velocity in units per day, mse the mean squared error of a one-day forecast,
 * lead_time, lead_time_sd and review_period in days.
 */
#ifndef SA_PURE_REORDER_H
#define SA_PURE_REORDER_H

#include "pure/maths.h"

/* A lead-time mean above this is taken as normal. */
#define SA_REORDER_NORMAL_FROM 200.0

/*
 * The least stock that covers demand over lead time and review period with
 * probability service_level: mean v (L + R), variance mse F(L + R, alpha) +
 * v^2 sL^2 and not below the mean; negative binomial in whole units (Poisson
 * where the variance is the mean), from a mean of 200 on normal, not rounded.
 * *mean and *sigma are those of the distribution used.  0 where nothing sells;
 * without lead time and review z sigma.  A result too large is infinite.
 */
extern SaBadArgument sa_reorder_point(double service_level, double velocity, double mse,
									  double lead_time, double lead_time_sd, double review_period,
									  double alpha, double *reorder_point, double *mean,
									  double *sigma);
/* Mean and sigma of that demand alone. */
extern SaBadArgument sa_reorder_demand(double velocity, double mse, double lead_time,
									   double lead_time_sd, double review_period, double alpha,
									   double *mean, double *sigma);

#endif
