/*
 * fold.h: learning many pairs, one after another.
 *
 * What is new of a pair is learned and written where it moved; the pairs whose
 * velocity or thresholds are others are kept.  Made and ended within SPI, in a
 * memory context that outlives it.  For the owner, under the lock of
 * refresh_demand().
 */
#ifndef SA_DEMAND_FOLD_H
#define SA_DEMAND_FOLD_H

#include "fmgr.h"

#include "demand/learn.h"
#include "demand/pair_rows.h"
#include "demand/places.h"
#include "demand/state_row.h"
#include "demand/supply.h"

/* SaMovedPairs of pairs, growing. */
typedef struct SaMovedPairs
{
	int64 *location_ids;
	int64 *item_ids;
	Size count;
	Size room;
} SaMovedPairs;

typedef struct SaFold
{
	MemoryContext run;
	MemoryContext pair; /* emptied after each */
	SaPlaces *places;
	SaSupplies *supplies; /* NULL until the first pair comes */
	SaPairRows days;
	SaPairRows states;
	SaLearnRoom *room;
	SaStateRoom *state_room;
	DateADT computed_for;
	bool from_nothing;
	int64 changed;
	SaMovedPairs moved;
} SaFold;

/* What is new of one pair. */
typedef struct SaNews
{
	int place;
	int64 item_id;
	const SaToldDay *days;
	int day_count;
	bool sold; /* else nothing is learned of a pair that never sold */
} SaNews;

extern void sa_fold_begin(SaFold *fold, SaPlaces *places, TimestampTz as_of, bool from_nothing);
extern void sa_fold_end(SaFold *fold);
/* Each pair once a fold, best in the order of the key; empties fold->pair. */
extern void sa_fold_pair(SaFold *fold, const SaNews *news);
/* The row type that an SQL function returns. */
extern TupleDesc sa_fold_result_type(FunctionCallInfo fcinfo);
/* A row of stockalert.folded, of this type; after SPI is left. */
extern Datum sa_fold_result(TupleDesc desc, const SaFold *fold);

#endif
