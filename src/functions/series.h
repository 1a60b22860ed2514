/*
 * series.h: a float8[] argument as numbers in their places.
 */
#ifndef SA_FUNCTIONS_SERIES_H
#define SA_FUNCTIONS_SERIES_H

#include "utils/array.h"

typedef struct SaSeries
{
	const double *values; /* in the array itself, or palloc'd where it has NULLs */
	size_t count;
} SaSeries;

/*
 * One dimension of finite numbers, each NULL as NaN; raises 22023 naming the
 * argument otherwise.  The result lives as long as the array.
 */
extern SaSeries sa_series_read(ArrayType *array, const char *argument);
/* An array of so many numbers, NaN as NULL. */
extern ArrayType *sa_series_pack(const double *values, size_t count);

#endif
