/*
 * supply.h: the terms of supply of each item, and what items have in common.
 *
 * Made once a run within SPI, in the memory context that is current then.
 */
#ifndef SA_DEMAND_SUPPLY_H
#define SA_DEMAND_SUPPLY_H

#include "demand/learn.h"
#include "demand/places.h"

typedef struct SaSupplies SaSupplies;

/* What is known of a pair beyond its own sales. */
typedef struct SaSetting
{
	const SaSupply *supply;
	const double *profile;
	const SaDemandPool *pool;
} SaSetting;

extern SaSupplies *sa_supplies_load(SaPlaces *places);
/* False: no such item. */
extern bool sa_supplies_find(SaSupplies *supplies, int place, int64 item_id, SaSetting *out);

#endif
