/*
 * outgrown.h: plans that were made while a table was small.
 *
 * A session that keeps its plans for days makes most of them over empty tables,
 * where any index looks as good as another.  Statistics may come late, or never
 * while there is much to do; the size of a table is known at once.
 */
#ifndef SA_DB_OUTGROWN_H
#define SA_DB_OUTGROWN_H

#include "storage/block.h"

typedef struct SaGrowingTable
{
	const char *name;    /* in the schema stockalert */
	bool known;          /* it was looked at before */
	BlockNumber planned; /* its size when plans were last made */
} SaGrowingTable;

/*
 * Lets this session make its plans anew where one of the tables has outgrown
 * them; at first it only looks, as there are none yet.
 */
extern void sa_plans_renew_outgrown(SaGrowingTable *tables, int count);

#endif
