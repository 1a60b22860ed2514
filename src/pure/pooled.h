/*
 * pooled.h: the velocity of an item too new to speak for itself.
 */
#ifndef SA_PURE_POOLED_H
#define SA_PURE_POOLED_H

#include "pure/maths.h"

/*
 * (a + units)/(b + exposed_days) with a = m^2/s^2, b = m/s^2 from mean m and
 * deviation s of the velocities of an item's like (gamma-Poisson; Scarf 1959): m without
 * days of its own, units over days with many of them.  m where s is 0; a pool
 * that sells nothing leaves it to the item.  Net returns are 0.
 */
extern SaBadArgument sa_pooled_velocity(double units, double exposed_days, double pool_mean,
										double pool_sd, double *out);

#endif
