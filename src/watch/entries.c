/*
 * entries.c: the buffer, in a context of its own under TopTransactionContext.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "watch/entries.h"

static MemoryContext memory = NULL;
static SaWatchEntry **entries = NULL;
static int entry_count = 0;
static int entry_room = 0;
static int next_position = 0;
static void (*flush_all)(void) = NULL;

static void
forget_all(void)
{
	/* The memory goes with the transaction. */
	memory = NULL;
	entries = NULL;
	entry_count = 0;
	entry_room = 0;
	next_position = 0;
}

static void
follow_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (entry_count > 0)
				flush_all();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			forget_all();
			break;
		default:
			break;
	}
}

static void
follow_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	int kept = 0;

	if (entry_count == 0 || (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB))
		return;
	for (int i = 0; i < entry_count; i++)
	{
		if (entries[i]->owner >= mine && event == SUBXACT_EVENT_ABORT_SUB)
			continue;
		if (entries[i]->owner == mine)
			entries[i]->owner = parent;
		entries[kept++] = entries[i];
	}
	entry_count = kept;
}

void
sa_entries_init(void (*flush)(void))
{
	flush_all = flush;
	RegisterXactCallback(follow_transaction, NULL);
	RegisterSubXactCallback(follow_subtransaction, NULL);
}

MemoryContext
sa_entries_memory(void)
{
	if (memory == NULL)
	{
		memory = AllocSetContextCreate(TopTransactionContext, "StockAlert watched rows",
									   ALLOCSET_DEFAULT_SIZES);
		entries = NULL;
		entry_count = entry_room = 0;
	}
	return memory;
}

void
sa_entries_add(const SaWatchEntry *entry)
{
	MemoryContext before = MemoryContextSwitchTo(sa_entries_memory());
	SaWatchEntry *copy = (SaWatchEntry *) palloc(sizeof(SaWatchEntry));

	if (entry_count == entry_room)
	{
		int room = Max(16, entry_room * 2);

		entries = entries == NULL
					  ? (SaWatchEntry **) palloc(room * sizeof(SaWatchEntry *))
					  : (SaWatchEntry **) repalloc_huge(entries, room * sizeof(SaWatchEntry *));
		entry_room = room;
	}
	*copy = *entry;
	copy->owner = GetCurrentSubTransactionId();
	copy->position = next_position++;
	entries[entry_count++] = copy;
	MemoryContextSwitchTo(before);
}

int
sa_entries_count(void)
{
	return entry_count;
}

void
sa_entries_take(SaWatchBatch *batch)
{
	SubTransactionId mine = GetCurrentSubTransactionId();
	int kept = 0;

	batch->count = 0;
	batch->entries = NULL;
	batch->memory = NULL;
	if (entry_count == 0)
		return;
	batch->entries = (SaWatchEntry **) MemoryContextAlloc(CurrentMemoryContext,
														  entry_count * sizeof(SaWatchEntry *));
	for (int i = 0; i < entry_count; i++)
	{
		if (entries[i]->owner == mine)
			batch->entries[batch->count++] = entries[i];
		else
			entries[kept++] = entries[i];
	}
	entry_count = kept;
	/* Usually all of it: the batch takes the memory along. */
	if (kept == 0)
	{
		batch->memory = memory;
		memory = NULL;
		entries = NULL;
		entry_room = 0;
	}
}
