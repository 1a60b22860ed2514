/*
 * known.h: what is stored of the pair that a count of Square is of.
 *
 * One reader serves one page, as of the active snapshot: each variation is
 * looked up once, and remembered counts and stock levels in runs of keys.
 * Memory: the context that was current at sa_square_known_open().
 */
#ifndef SA_POS_SQUARE_KNOWN_H
#define SA_POS_SQUARE_KNOWN_H

#include "utils/array.h"

#include "alerts/judge.h"
#include "datatype/timestamp.h"

typedef struct SaSquareKnown SaSquareKnown;

typedef struct SaSquarePlace
{
	int64 location_id;
	int64 item_id;
	bool plain;   /* it has stock of its own, and nothing is special at this location */
	bool carried; /* sold there and tracked */
} SaSquarePlace;

typedef enum SaSquarePair
{
	SA_SQUARE_PAIR_NEW,  /* never counted, and nobody else knows stock of it */
	SA_SQUARE_PAIR_SAME, /* everything is stored as the count says */
	SA_SQUARE_PAIR_OTHER
} SaSquarePair;

/* places: keys of Square in the order of their bytes; location_ids: what each is here. */
extern SaSquareKnown *sa_square_known_open(int64 connection_id, bool transfers_known,
										   ArrayType *places, ArrayType *location_ids);
extern void sa_square_known_close(SaSquareKnown *known);
/* False: the variation or the location is not known. */
extern bool sa_square_find_place(SaSquareKnown *known, const char *object, const char *location,
								 SaSquarePlace *out);
/* Variations that were found. */
extern int sa_square_variations(const SaSquareKnown *known);
/*
 * Of a plain place: level is what the count says, calculated at this time.  last_item: as far as
 * it is soon asked for others of the location, in the order of items.
 */
extern SaSquarePair sa_square_compare(SaSquareKnown *known, const SaNewLevel *level, TimestampTz at,
									  int64 last_item);

#endif
