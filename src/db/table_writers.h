/*
 * table_writers.h: who may still bring rows to a table with old numbers.
 *
 * A number of an identity column is drawn before its transaction ends, and
 * perhaps before that has an xid, so that snapshots do not tell; but whoever
 * draws one has locked the table to write it, and keeps that lock to the end.
 * A list lives as long as the session.
 */
#ifndef SA_DB_TABLE_WRITERS_H
#define SA_DB_TABLE_WRITERS_H

#include "postgres.h"

#include "storage/lock.h"

typedef struct SaTableWriters
{
	VirtualTransactionId *ids;
	int count;
	int room;
} SaTableWriters;

/* Those of now, without ourselves, in place of those that were noted before. */
extern void sa_writers_note(SaTableWriters *writers, Oid table);
/* Whether all of them have ended: a snapshot taken after this sees what they brought. */
extern bool sa_writers_gone(SaTableWriters *writers);

#endif
