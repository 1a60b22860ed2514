/*
 * special.h: incomplete gamma and beta functions and the probabilities they
 * are built from, to nearly full precision for large arguments too.
 *
 * Building blocks of counts.c and gamma_demand.c, which check the arguments:
 * nothing here does.  Every loop is bounded.
 */
#ifndef SA_PURE_SPECIAL_H
#define SA_PURE_SPECIAL_H

/* Above this size of a shape or mean the sums would take too long: use a normal approximation. */
#define SA_SPECIAL_LARGEST 1e8

/* e^-mean mean^x / Gamma(x + 1), for x >= 0 and mean > 0. */
extern double sa_poisson_density(double x, double mean);
/* (n choose x) p^x q^(n - x) for real 0 <= x <= n, with q = 1 - p given apart to keep its digits.
 */
extern double sa_binomial_density(double x, double n, double p, double q);
/* Regularised incomplete gamma functions P(a, x), the lower one, and Q(a, x), the upper one; a > 0,
 * x >= 0. */
extern void sa_incomplete_gamma(double a, double x, double *lower, double *upper);
/* Regularised incomplete beta function I_x(a, b) and 1 - I_x(a, b), with y = 1 - x; a, b > 0. */
extern void sa_incomplete_beta(double a, double b, double x, double y, double *lower,
							   double *upper);

#endif
