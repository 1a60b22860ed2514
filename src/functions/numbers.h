/*
 * numbers.h: a float8[] argument or result as plain numbers.
 *
 * Unlike a history (history.h) every element counts, so none may be NULL.
 */
#ifndef SA_FUNCTIONS_NUMBERS_H
#define SA_FUNCTIONS_NUMBERS_H

#include <stddef.h>

#include "fmgr.h"

typedef struct SaNumbers
{
	double *values; /* palloc'd */
	size_t count;
} SaNumbers;

/* Argument number argument; raises 22023 naming it for a NULL element or a second dimension. */
extern SaNumbers sa_numbers_read(FunctionCallInfo fcinfo, int argument, const char *name);
/* The same with two dimensions too, row by row. */
extern SaNumbers sa_matrix_read(FunctionCallInfo fcinfo, int argument, const char *name);
/* A float8[]; raises 22003 where a number is infinite or NaN. */
extern Datum sa_numbers_array(const double *values, size_t count);

#endif
