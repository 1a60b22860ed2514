/*
 * pending.c: the buffer, in TopTransactionContext.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "alerts/pending.h"

typedef struct PendingEntry
{
	SaPendingPair pair;
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
sa_pending_add(const SaPendingPair *pair)
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
	entries[entry_count].owner = GetCurrentSubTransactionId();
	entry_count++;
}

static int
compare_pairs(const void *a, const void *b)
{
	const SaPendingPair *x = (const SaPendingPair *) a;
	const SaPendingPair *y = (const SaPendingPair *) b;

	if (x->location_id != y->location_id)
		return x->location_id < y->location_id ? -1 : 1;
	if (x->item_id != y->item_id)
		return x->item_id < y->item_id ? -1 : 1;
	return 0;
}

int
sa_pending_take(SaPendingKind kind, int64 **locations, int64 **items)
{
	SubTransactionId mine = GetCurrentSubTransactionId();
	SaPendingPair *taken = (SaPendingPair *) MemoryContextAllocHuge(
		CurrentMemoryContext, sizeof(SaPendingPair) * Max(entry_count, 1));
	int count = 0;
	int kept = 0;
	int distinct = 0;

	for (int i = 0; i < entry_count; i++)
	{
		if (entries[i].owner == mine && entries[i].pair.kind == kind)
			taken[count++] = entries[i].pair;
		else
			entries[kept++] = entries[i];
	}
	entry_count = kept;
	qsort(taken, count, sizeof(SaPendingPair), compare_pairs);
	*locations =
		(int64 *) MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(count, 1));
	*items = (int64 *) MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (i > 0 && compare_pairs(&taken[i - 1], &taken[i]) == 0)
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
