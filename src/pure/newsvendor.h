/*
 * newsvendor.h: one order for one season, of which every unit too few and
 * every unit too many has its cost.
 *
 * The best quantity is the one that demand exceeds with a probability of
 * overage / (underage + overage): the smallest such for whole units.
 */
#ifndef SA_PURE_NEWSVENDOR_H
#define SA_PURE_NEWSVENDOR_H

#include <stddef.h>

#include "pure/maths.h"

/* Demand of which each value has its probability; the arrays belong to the caller. */
typedef struct SaDemandTable
{
	const double *demands; /* rising, 0 or more */
	const double *probabilities;
	size_t count;
	size_t probability_count; /* must equal count */
} SaDemandTable;

/* underage / (underage + overage). */
extern SaBadArgument sa_newsvendor_ratio(double underage, double overage, double *ratio);
extern SaBadArgument sa_newsvendor_table_quantity(double ratio, const SaDemandTable *table,
												  double *quantity);
extern SaBadArgument sa_newsvendor_table_cost(double quantity, double underage, double overage,
											  const SaDemandTable *table, double *cost);

#endif
