/*
 * table_writers.c: the server's list of locks on a table.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"

#include "db/table_writers.h"

static void
make_room(SaTableWriters *writers, int count)
{
	if (count <= writers->room)
		return;
	if (writers->ids != NULL)
		pfree(writers->ids);
	writers->ids = NULL;
	writers->room = 0;
	writers->ids = MemoryContextAlloc(TopMemoryContext, count * sizeof(VirtualTransactionId));
	writers->room = count;
}

/* A lock that would keep writers out is asked for nobody, only who is in its way. */
void
sa_writers_note(SaTableWriters *writers, Oid table)
{
	LOCKTAG tag;
	VirtualTransactionId *ids;
	int count;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, table);
	ids = GetLockConflicts(&tag, ShareLock, &count);
	make_room(writers, count);
	memcpy(writers->ids, ids, count * sizeof(VirtualTransactionId));
	writers->count = count;
	pfree(ids);
}

bool
sa_writers_gone(SaTableWriters *writers)
{
	while (writers->count > 0 && VirtualXactLock(writers->ids[writers->count - 1], false))
		writers->count--;
	return writers->count == 0;
}
