/*
 * argument.h: from a bad argument or result of the pure maths to an error.
 */
#ifndef SA_FUNCTIONS_ARGUMENT_H
#define SA_FUNCTIONS_ARGUMENT_H

#include "utils/date.h"

#include "pure/maths.h"

/* Raises 22023 naming the argument, unless everything is fine. */
extern void sa_argument_check(SaBadArgument bad);
/* Returns the result; raises 22003 where finite arguments made it infinite or NaN. */
extern double sa_finite_result(double result);
/* as_of and so many days; raises 22008 where there is no such date. */
extern DateADT sa_date_result(DateADT as_of, int days);

#endif
