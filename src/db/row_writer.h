/*
 * row_writer.h: writing rows of our own tables without a plan.
 *
 * For what is written by the thousand and known beforehand: the row goes to its
 * page and into the indexes, constraints hold.  What the executor would do
 * besides, as triggers, is not done: sa_writer_fits() tells where there is
 * nothing of the kind.  The caller is the owner of the table.  Memory: the
 * context that was current at sa_writer_open().
 */
#ifndef SA_DB_ROW_WRITER_H
#define SA_DB_ROW_WRITER_H

#include "access/heapam.h"
#include "nodes/execnodes.h"

#include "db/lookup.h"

typedef struct SaRowWriter
{
	Relation table;
	EState *estate;
	ResultRelInfo *target;
	SaColumnNumbers *columns;
	bool constrained; /* a constraint looks at one of the columns */
	CommandId command;
	MemoryContext context; /* of what lives as long as the writer */
	TupleTableSlot *after; /* of an update */
} SaRowWriter;

/* No triggers but the extension's and those of foreign keys, no rules: a writer does all there is
 * to do. */
extern bool sa_writer_fits(const char *table);
/* A CHECK reads the column. */
extern bool sa_check_reads(const ConstrCheck *check, AttrNumber column);
/* Opens a table of the schema stockalert for writing; columns are those that are named to it, by
 * place. */
extern void sa_writer_open(SaRowWriter *writer, const char *table, SaColumnNumbers *columns);
/* The table stays locked to the end of the transaction. */
extern void sa_writer_close(SaRowWriter *writer);

/* Enters a row that is on its page, into summarizing indexes alone or into all. */
extern void sa_writer_index(SaRowWriter *writer, TupleTableSlot *row, bool only_summarizing);
/*
 * Writes a new version of a row version, which the transaction holds locked,
 * with other values in the first columns of the writer.  Triggers of the
 * extension and foreign keys do not look at these.
 */
extern void sa_writer_update(SaRowWriter *writer, TupleTableSlot *before, const Datum *values,
							 const bool *nulls);

#endif
