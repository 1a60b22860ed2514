/*
 * counts.h: demand in whole units, Poisson or negative binomial.
 *
 * The negative binomial is given by mean and variance: r = mean^2/(variance -
 * mean); where the variance does not exceed the mean it is the Poisson
 * distribution.  A mean of 0 is demand 0.
 * A result too large for a double is infinite.
 */
#ifndef SA_PURE_COUNTS_H
#define SA_PURE_COUNTS_H

#include "pure/maths.h"

/* P(D <= x). */
extern SaBadArgument sa_poisson_cdf(double x, double mean, double *probability);
extern SaBadArgument sa_negative_binomial_cdf(double x, double mean, double variance,
											  double *probability);
/* P(D > x), with the digits of a thin tail. */
extern SaBadArgument sa_poisson_exceedance(double x, double mean, double *probability);
extern SaBadArgument sa_negative_binomial_exceedance(double x, double mean, double variance,
													 double *probability);
/* The smallest whole x with P(D <= x) >= probability. */
extern SaBadArgument sa_poisson_quantile(double probability, double mean, double *x);
extern SaBadArgument sa_negative_binomial_quantile(double probability, double mean, double variance,
												   double *x);
/* E[max(D - x, 0)], the units short with x in stock. */
extern SaBadArgument sa_poisson_loss(double x, double mean, double *loss);
extern SaBadArgument sa_negative_binomial_loss(double x, double mean, double variance,
											   double *loss);

#endif
