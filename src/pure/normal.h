/*
 * normal.h: the standard normal distribution, to full double precision.
 */
#ifndef SA_PURE_NORMAL_H
#define SA_PURE_NORMAL_H

#include "pure/maths.h"

/* P(Z <= z), P(Z > z), density; z may be infinite. */
extern double sa_normal_cdf(double z);
extern double sa_normal_upper(double z);
extern double sa_normal_density(double z);
/* z with P(Z <= z) = p; 0 < p < 1.  Wichura's AS 241. */
extern SaBadArgument sa_normal_quantile(double p, double *out);
/* Unit loss E[max(Z - k, 0)] = density(k) - k P(Z > k). */
extern double sa_normal_loss(double k);
/* k with loss(k) = target; target > 0. */
extern SaBadArgument sa_normal_loss_inverse(double target, double *out);

#endif
