/*
 * pending.c: the buffer, in TopTransactionContext.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "alerts/pending.h"

typedef struct PendingEntry
{
	SaPair pair;
	SaPendingKind kind;
	SubTransactionId owner;
} PendingEntry;

static PendingEntry *entries = NULL;
static int entry_count = 0;
static int entry_room = 0;

static void
forget_all(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
	{
		/* The memory went with the transaction. */
		entries = NULL;
		entry_count = 0;
		entry_room = 0;
	}
}

static void
follow_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	int kept = 0;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	for (int i = 0; i < entry_count; i++)
	{
		if (entries[i].owner >= mine && event == SUBXACT_EVENT_ABORT_SUB)
			continue;
		if (entries[i].owner == mine)
			entries[i].owner = parent;
		entries[kept++] = entries[i];
	}
	entry_count = kept;
}

void
sa_pending_init(void)
{
	RegisterXactCallback(forget_all, NULL);
	RegisterSubXactCallback(follow_subtransaction, NULL);
}

void
sa_pending_add(SaPendingKind kind, const SaPair *pair)
{
	if (entry_count == entry_room)
	{
		int room = entry_room == 0 ? 64 : entry_room * 2;

		if (entries == NULL)
			entries = (PendingEntry *) MemoryContextAllocHuge(TopTransactionContext,
															  room * sizeof(PendingEntry));
		else
			entries = (PendingEntry *) repalloc_huge(entries, room * sizeof(PendingEntry));
		entry_room = room;
	}
	entries[entry_count].pair = *pair;
	entries[entry_count].kind = kind;
	entries[entry_count].owner = GetCurrentSubTransactionId();
	entry_count++;
}

int
sa_pending_take(SaPendingKind kind, int64 **locations, int64 **items)
{
	SubTransactionId mine = GetCurrentSubTransactionId();
	SaPair *taken = (SaPair *) MemoryContextAllocHuge(CurrentMemoryContext,
													  sizeof(SaPair) * Max(entry_count, 1));
	int count = 0;
	int kept = 0;
	int distinct = 0;

	for (int i = 0; i < entry_count; i++)
	{
		if (entries[i].owner == mine && entries[i].kind == kind)
			taken[count++] = entries[i].pair;
		else
			entries[kept++] = entries[i];
	}
	entry_count = kept;
	qsort(taken, count, sizeof(SaPair), sa_pair_compare);
	*locations =
		(int64 *) MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(count, 1));
	*items = (int64 *) MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (i > 0 && sa_pair_compare(&taken[i - 1], &taken[i]) == 0)
			continue;
		(*locations)[distinct] = taken[i].location_id;
		(*items)[distinct] = taken[i].item_id;
		distinct++;
	}
	pfree(taken);
	return distinct;
}

bool
sa_pending_any(void)
{
	return entry_count > 0;
}
