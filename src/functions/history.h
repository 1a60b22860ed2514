/*
 * history.h: a float8[] argument as a history of days.
 */
#ifndef SA_FUNCTIONS_HISTORY_H
#define SA_FUNCTIONS_HISTORY_H

#include "utils/array.h"

typedef struct SaHistory
{
	double *units; /* palloc'd */
	size_t days;
} SaHistory;

/* One dimension, NULL elements left out; raises 22023 naming the argument otherwise. */
extern SaHistory sa_history_read(ArrayType *array, const char *argument);

#endif
