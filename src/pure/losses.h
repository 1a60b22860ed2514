/*
 * losses.h: units short, E[max(D - x, 0)], where demand is gamma, and the
 * second-order loss, half of E[max(D - x, 0)^2], where it is normal.
 *
 * The first-order losses of the normal and of the count distributions are
 * theirs (normal.h, counts.h).
 */
#ifndef SA_PURE_LOSSES_H
#define SA_PURE_LOSSES_H

#include "pure/maths.h"

/* Gamma demand by mean and variance, as in gamma_demand.h. */
extern SaBadArgument sa_gamma_loss(double x, double mean, double variance, double *loss);
/* Of the standard normal distribution, without cancellation in the upper tail; any k but NaN. */
extern double sa_normal_second_loss(double k);

#endif
