/*
 * empirical.h: demand over the lead time as days of the past drawn at random,
 * all draws at once: the exact L-fold convolution of their histogram.
 *
 * The space is the caller's: as many doubles as sa_empirical_space() says.
 */
#ifndef SA_PURE_EMPIRICAL_H
#define SA_PURE_EMPIRICAL_H

#include <stddef.h>
#include <stdint.h>

#include "pure/maths.h"

/* The most that (largest day - smallest day) x lead time may be. */
#define SA_EMPIRICAL_MOST 100000.0

typedef struct SaMasses
{
	double *mass;
	double least; /* the units of mass[0] */
	size_t count;
} SaMasses;

/* The sum of a and b, independent of each other; both tails of b. */
typedef struct SaEmpirical
{
	SaMasses a;
	SaMasses b;
	double *at_most;   /* P(B <= b.least + i) */
	double *more_than; /* P(B > b.least + i) */
} SaEmpirical;

/* history: whole units of each day; none of it is demand 0. */
extern SaBadArgument sa_empirical_space(const double *history, size_t days, int lead_time,
										size_t *doubles);
extern SaBadArgument sa_empirical_make(const double *history, size_t days, int lead_time,
									   double *space, SaEmpirical *out);
/* P(D > x); the smallest x with P(D <= x) >= probability (R's type 1). */
extern SaBadArgument sa_empirical_exceedance(const SaEmpirical *demand, double x, double *out);
extern SaBadArgument sa_empirical_quantile(const SaEmpirical *demand, double probability,
										   double *out);
/* L times mean and variance (n in the denominator) of the days, whole units or not. */
extern SaBadArgument sa_empirical_moments(const double *history, size_t days, int lead_time,
										  double *mean, double *variance);
/*
 * The quantile over so many sums of a lead time of days drawn with this seed,
 * each by itself (block 1) or by consecutive days (block > 1, at most all days;
 * the last block of a sum is cut).  draws holds as many doubles.
 */
extern SaBadArgument sa_bootstrap_quantile(const double *history, size_t days, int lead_time,
										   double probability, int block, uint64_t seed,
										   double *draws, size_t count, double *out);

#endif
