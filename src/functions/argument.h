/*
 * argument.h: from a bad argument or result of the pure maths to an error.
 */
#ifndef SA_FUNCTIONS_ARGUMENT_H
#define SA_FUNCTIONS_ARGUMENT_H

#include "pure/maths.h"

/* Raises 22023 naming the argument, unless everything is fine. */
extern void sa_argument_check(SaBadArgument bad);
/* Returns the result; raises 22003 where finite arguments made it infinite or NaN. */
extern double sa_finite_result(double result);

#endif
