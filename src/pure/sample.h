/*
 * sample.h: what can be read off a sample of days, in no order or in theirs.
 */
#ifndef SA_PURE_SAMPLE_H
#define SA_PURE_SAMPLE_H

#include <stddef.h>

#include "pure/maths.h"

/*
 * The quantile of a sample, which is sorted in place: by definition 1 the
 * smallest value that at least that share does not exceed, by 7 interpolated
 * between neighbours (the types of R's quantile(); Hyndman & Fan 1996).  NaN in
 * *out for no value.
 */
extern SaBadArgument sa_sample_quantile(double *values, size_t count, double probability,
										int definition, double *out);
/*
 * The most days in a row without a sale, from the first sale on, and those
 * that end the history; days on which more came back than was sold count among them.
 */
extern SaBadArgument sa_longest_zero_run(const double *units, size_t days, size_t *longest,
										 size_t *last);
/* exp(-velocity run): how likely an item of that velocity sells nothing for so long. */
extern SaBadArgument sa_zero_run_probability(double velocity, double run, double *out);

#endif
