/*
 * transfers.h: which location gives how much of an item to which other.
 *
 * A location whose inventory position is below its reorder point receives, at
 * most what is missing; any other gives, at most what it has on hand above the
 * larger of its floor and its reorder point.  All arrays and the room for the
 * answer belong to the caller; nothing is remembered.
 */
#ifndef SA_PURE_TRANSFERS_H
#define SA_PURE_TRANSFERS_H

#include <stddef.h>
#include <stdint.h>

#include "pure/maths.h"

/* The work grows with the square of it. */
#define SA_TRANSFERS_LARGEST 2000

typedef struct SaTransferSites
{
	size_t count;
	const int64_t *ids; /* each once; ties go to the smaller */
	const double *reorder_points;
	const double *positions;
	const double *on_hand;
	const double *floors;
	const double *stockout_probabilities; /* the likeliest is served first */
	const double *costs;    /* of a unit, [from * count + to]; infinite: no way; NULL: 0 */
	const double *benefits; /* of a unit received, by receiver; NULL: any cost is worth it */
	double pack;            /* 0: none */
	double minimum;         /* of one transfer; 0 or less: none */
} SaTransferSites;

typedef struct SaTransfer
{
	size_t from;
	size_t to;
	double quantity;
	double cost;
} SaTransfer;

/*
 * Receivers by probability of a stockout, donors by cost, then by what they
 * have left to give.  work holds two numbers a location, transfers one a
 * location; at most that many are made.
 */
extern SaBadArgument sa_transfers_plan(const SaTransferSites *sites, double *work,
									   SaTransfer *transfers, size_t *made);

#endif
