/*
 * row_locks.c: the tuple header and the table access method's lock.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "storage/procarray.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "db/row_locks.h"

static void
refuse_update(const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("could not serialize access due to concurrent %s", what),
					errdetail("A stock level was written since this transaction began."),
					errhint("Try the transaction again.")));
}

static SaRowLock
lock_version(SaLookup *lookup, ItemPointerData place, uint8 flags)
{
	TM_FailureData failure;
	TM_Result result = table_tuple_lock(lookup->heap, &place, GetActiveSnapshot(), lookup->row,
										GetCurrentCommandId(true), LockTupleNoKeyExclusive,
										LockWaitSkip, flags, &failure);

	switch (result)
	{
		case TM_Ok:
			return SA_ROW_LOCKED;
		case TM_WouldBlock:
			return SA_ROW_BUSY;
		case TM_SelfModified:
			return SA_ROW_GONE;
		case TM_Updated:
			if (IsolationUsesXactSnapshot())
				refuse_update("update");
			return SA_ROW_GONE;
		case TM_Deleted:
			if (IsolationUsesXactSnapshot())
				refuse_update("delete");
			return SA_ROW_GONE;
		case TM_Invisible:
		case TM_BeingModified:
			break;
	}
	elog(ERROR, "unexpected result %d of locking a row", result); /* cannot happen */
	return SA_ROW_GONE;
}

SaRowLock
sa_row_lock(SaLookup *lookup)
{
	return lock_version(lookup, lookup->row->tts_tid,
						IsolationUsesXactSnapshot() ? 0 : TUPLE_LOCK_FLAG_FIND_LAST_VERSION);
}

SaRowLock
sa_version_lock(SaLookup *lookup, const ItemPointerData *place)
{
	return lock_version(lookup, *place, 0);
}

bool
sa_row_keep_key(SaLookup *lookup, AttrNumber column, int64 key)
{
	ItemPointerData place = lookup->row->tts_tid;
	TM_FailureData failure;
	bool isnull;

	return table_tuple_lock(lookup->heap, &place, GetActiveSnapshot(), lookup->row,
							GetCurrentCommandId(true), LockTupleKeyShare, LockWaitBlock,
							TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure) == TM_Ok &&
		   DatumGetInt64(slot_getattr(lookup->row, column, &isnull)) == key;
}

static bool
is_other(TransactionId xid)
{
	return !TransactionIdIsCurrentTransactionId(xid) && TransactionIdIsInProgress(xid);
}

/* Of several holders, one that does more than keep the key. */
static bool
find_member(TransactionId multi, bool only_locked, TransactionId *writer)
{
	MultiXactMember *members;
	int count = GetMultiXactIdMembers(multi, &members, false, only_locked);
	bool busy = false;

	for (int i = 0; i < count && !busy; i++)
	{
		busy = members[i].status > MultiXactStatusForShare && is_other(members[i].xid);
		*writer = members[i].xid;
	}
	if (count > 0)
		pfree(members);
	return busy;
}

/* The transaction that is writing the row, or has locked it to do so. */
static bool
find_writer(TupleTableSlot *row, TransactionId *writer)
{
	bool should_free;
	HeapTuple tuple = ExecFetchSlotHeapTuple(row, false, &should_free);
	uint16 infomask = tuple->t_data->t_infomask;
	TransactionId xmax = HeapTupleHeaderGetRawXmax(tuple->t_data);
	bool busy = false;

	*writer = xmax;
	if ((infomask & HEAP_XMAX_INVALID) || !TransactionIdIsValid(xmax))
		busy = false;
	else if (infomask & HEAP_XMAX_IS_MULTI)
		busy = !HEAP_LOCKED_UPGRADED(infomask) &&
			   find_member(xmax, HEAP_XMAX_IS_LOCKED_ONLY(infomask), writer);
	else
		busy = !HEAP_XMAX_IS_KEYSHR_LOCKED(infomask) && is_other(xmax);
	if (should_free)
		heap_freetuple(tuple);
	return busy;
}

bool
sa_row_is_busy(TupleTableSlot *row)
{
	TransactionId writer;

	return find_writer(row, &writer);
}

void
sa_row_wait(SaLookup *lookup)
{
	TransactionId writer;

	if (find_writer(lookup->row, &writer))
		XactLockTableWait(writer, lookup->heap, &lookup->row->tts_tid, XLTW_Lock);
}
