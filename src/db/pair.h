/*
 * pair.h: an item at a location, the key of a level and of whatever belongs to one.
 */
#ifndef SA_DB_PAIR_H
#define SA_DB_PAIR_H

typedef struct SaPair
{
	int64 location_id;
	int64 item_id;
} SaPair;

/* In the order of the keys of our tables; for qsort(), of anything that begins with a pair. */
static inline int
sa_pair_compare(const void *a, const void *b)
{
	const SaPair *x = (const SaPair *) a;
	const SaPair *y = (const SaPair *) b;

	if (x->location_id != y->location_id)
		return x->location_id < y->location_id ? -1 : 1;
	return (x->item_id > y->item_id) - (x->item_id < y->item_id);
}

#endif
