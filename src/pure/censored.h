/*
 * censored.h: the demand of a day that sold out.
 */
#ifndef SA_PURE_CENSORED_H
#define SA_PURE_CENSORED_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/maths.h"

/*
 * E[D | D >= sold] for Poisson demand of mean lambda: what a day on which the
 * last of `sold` units went would have sold.  A fraction of a unit is
 * interpolated by the gamma function; never below sold or lambda, lambda itself where
 * nothing was sold (or net returned), sold where lambda is 0.
 */
extern SaBadArgument sa_censored_demand(double sold, double lambda, double *out);
/*
 * The mean of Poisson demand of greatest likelihood where days marked sold_out
 * saw at least their units of demand; days that sold nothing because there was
 * nothing tell nothing.  The fixed point of lambda = mean of units, with
 * sa_censored_demand() for the sold out days.  NaN in *out where every day that tells
 * something sold out, or none does.
 */
extern SaBadArgument sa_censored_velocity(const double *units, const bool *sold_out, size_t days,
										  double *out);

#endif
