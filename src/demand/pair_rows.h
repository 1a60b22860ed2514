/*
 * pair_rows.h: rows of a table with the key (location_id, item_id), found in
 * key order and written in place.
 *
 * For the fold, which touches hundreds of thousands of rows a run: the index is
 * read along, and rows are written without a query.  Constraints are not
 * checked and triggers not fired: what is stored is made here.  Nobody but
 * refresh_demand() writes these tables, under its lock; a row that somebody
 * wrote all the same is an error that says so (40001).
 */
#ifndef SA_DEMAND_PAIR_ROWS_H
#define SA_DEMAND_PAIR_ROWS_H

#include "db/row_writer.h"

typedef struct SaPairRows
{
	SaRowWriter writer;
	Relation index;
	IndexScanDesc scan;
	TupleTableSlot *row;     /* the row found */
	TupleTableSlot *written; /* what is to be stored */
	bool started;
	bool at_end; /* of the place */
	int64 location_id;
	int64 item_id; /* of the index entry the scan stands at */
	int64 asked;
} SaPairRows;

/* Opens a table of the schema stockalert whose primary key is (location_id, item_id). */
extern void sa_pair_rows_open(SaPairRows *rows, const char *table, const char *index);
extern void sa_pair_rows_close(SaPairRows *rows);
/* All columns of the row are in rows->row until the next call; any order, quick in that of the key.
 */
extern bool sa_pair_rows_find(SaPairRows *rows, int64 location_id, int64 item_id);
/* Empties rows->written, or fills it with the row found; columns are then set by the caller. */
extern void sa_pair_rows_begin(SaPairRows *rows, bool found);
/* Stores rows->written in place of the row found, or as a new row. */
extern void sa_pair_rows_store(SaPairRows *rows, bool found);

#endif
