/*
 * second_loss.h: second-order losses, the loss summed up from x on: half of
 * E[max(D - x, 0)^2], and for demand in whole units and a whole x half of
 * E[max(D - x, 0) max(D - x - 1, 0)].
 *
 * Mean and variance as in counts.h and gamma_demand.h.
 */
#ifndef SA_PURE_SECOND_LOSS_H
#define SA_PURE_SECOND_LOSS_H

#include "pure/maths.h"

/* The sums of whole units are as long as the standard deviation is wide, */
#define SA_SECOND_LOSS_WIDEST 10000.0
/* or as the variance is many times the mean. */
#define SA_SECOND_LOSS_EXCESS 50000.0

/* Of the standard normal distribution, without cancellation in the upper tail; any k but NaN. */
extern double sa_normal_second_loss(double k);
extern SaBadArgument sa_gamma_second_loss(double x, double mean, double variance, double *loss);
extern SaBadArgument sa_poisson_second_loss(double x, double mean, double *loss);
extern SaBadArgument sa_negative_binomial_second_loss(double x, double mean, double variance,
													  double *loss);

#endif
