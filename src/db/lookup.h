/*
 * lookup.h: rows of our own tables by their index, without a query for each.
 *
 * What is judged a million times a check is read here: the same snapshot and
 * the same rows as a query would see, one index descent and nothing else.  A
 * row stays valid until the next find or next of its lookup.
 */
#ifndef SA_DB_LOOKUP_H
#define SA_DB_LOOKUP_H

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "nodes/parsenodes.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

#define SA_LOOKUP_KEYS 3

typedef struct SaLookup
{
	Relation heap;
	Relation index;
	IndexScanDesc scan;
	TupleTableSlot *row;
	ScanKeyData keys[SA_LOOKUP_KEYS];
	int key_count;
	ScanDirection direction;
	BlockNumber blocks; /* of the table; 0: not asked for yet */
} SaLookup;

/* Column numbers by name, remembered for the table's lifetime in *known. */
typedef struct SaColumnNumbers
{
	Oid relid;
	const char *const *names;
	AttrNumber *numbers;
	int count;
	AttrNumber last; /* the highest */
} SaColumnNumbers;

/* A relation of the schema stockalert; an error where it is not there. */
extern Oid sa_lookup_relation(const char *name);
/* A table of it, opened by a caller who has one of these rights on it, which a query would ask. */
extern Relation sa_lookup_table(const char *name, AclMode rights, LOCKMODE mode);
extern void sa_lookup_columns(Relation table, SaColumnNumbers *known);

/* Opens a table of the schema stockalert for reading by an index (NULL: by none). */
extern void sa_lookup_open(SaLookup *lookup, const char *table, const char *index,
						   ScanDirection direction, SaColumnNumbers *known);
/* The same for locking rows, which takes more than SELECT; its rows are seen by this snapshot. */
extern void sa_lookup_open_for_update(SaLookup *lookup, const char *table, const char *index,
									  SaColumnNumbers *known);
/* The same for writing them. */
extern void sa_lookup_open_for_write(SaLookup *lookup, const char *table, const char *index,
									 SaColumnNumbers *known);
extern bool sa_lookup_is_open(const SaLookup *lookup);
extern void sa_lookup_close(SaLookup *lookup);

/* Keys in the order of the index's columns, from the first. */
extern void sa_lookup_start(SaLookup *lookup);
extern void sa_lookup_bigint(SaLookup *lookup, int64 value);
extern void sa_lookup_smallint(SaLookup *lookup, int16 value);
extern void sa_lookup_text(SaLookup *lookup, Datum value);
/* As the last key: from low to high, both included. */
extern void sa_lookup_bigint_between(SaLookup *lookup, int64 low, int64 high);
/* As the last key: whatever is greater. */
extern void sa_lookup_bigint_above(SaLookup *lookup, int64 value);
extern void sa_lookup_text_above(SaLookup *lookup, Datum value);
extern void sa_lookup_null(SaLookup *lookup);
extern void sa_lookup_not_null(SaLookup *lookup);
/*
 * The row of all keys of a unique index, which are bigints, looked for first at
 * the place where it was when it was last seen; that may be any.
 */
extern bool sa_lookup_find_near(SaLookup *lookup, const ItemPointerData *place);
/* The first row, then the next; false: no more. */
extern bool sa_lookup_find(SaLookup *lookup);
/* The first row by one key, the index's first column. */
extern bool sa_lookup_find_id(SaLookup *lookup, int64 id);
extern bool sa_lookup_next(SaLookup *lookup);

#endif
