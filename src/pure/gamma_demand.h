/*
 * gamma_demand.h: demand that follows a gamma distribution, given by its mean
 * and variance (shape mean^2/variance, scale variance/mean).
 *
 * A mean of 0 is demand 0; a variance of 0 is demand of exactly the mean.
 * A result too large for a double is infinite.
 */
#ifndef SA_PURE_GAMMA_DEMAND_H
#define SA_PURE_GAMMA_DEMAND_H

#include "pure/maths.h"

/* P(D <= x). */
extern SaBadArgument sa_gamma_cdf(double x, double mean, double variance, double *probability);
/* P(D > x), with the digits of a thin tail. */
extern SaBadArgument sa_gamma_exceedance(double x, double mean, double variance,
										 double *probability);
/* The x with P(D <= x) = probability. */
extern SaBadArgument sa_gamma_quantile(double probability, double mean, double variance, double *x);

#endif
