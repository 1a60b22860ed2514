/*
 * row.h: numbers as the row that a function returns.
 */
#ifndef SA_FUNCTIONS_ROW_H
#define SA_FUNCTIONS_ROW_H

#include "fmgr.h"

/*
 * The row of the function's OUT columns, double precision or integer each,
 * from as many numbers; raises 22003 where one is infinite or NaN.
 */
extern Datum sa_row_of_numbers(FunctionCallInfo fcinfo, const double *numbers, int count);

#endif
