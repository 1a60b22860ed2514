/*
 * id_table.c: open addressing, at most half full.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "demand/id_table.h"

typedef struct Slot
{
	uint64 key;
	int number; /* -1: free */
} Slot;

struct SaIdTable
{
	MemoryContext context;
	Slot *slots;
	Size mask;
	int shift; /* of a product, to the bits of the mask (Knuth, volume 3, 6.4) */
	Size count;
};

static void
make_slots(SaIdTable *table, Size size)
{
	table->slots = (Slot *) MemoryContextAllocHuge(table->context, sizeof(table->slots[0]) * size);
	table->mask = size - 1;
	table->shift = 64;
	for (Size left = size; left > 1; left /= 2)
		table->shift--;
	for (Size i = 0; i < size; i++)
		table->slots[i].number = -1;
}

SaIdTable *
sa_id_table_make(Size expected)
{
	SaIdTable *table = (SaIdTable *) palloc0(sizeof(SaIdTable));
	Size size = 16;

	while (size < expected * 2)
		size *= 2;
	table->context = CurrentMemoryContext;
	make_slots(table, size);
	return table;
}

/* The slot of the key, or the free one it would take. */
static inline Slot *
find_slot(const SaIdTable *table, uint64 key)
{
	Size at = (Size) ((key * UINT64CONST(0x9E3779B97F4A7C15)) >> table->shift);

	while (table->slots[at].number >= 0 && table->slots[at].key != key)
		at = (at + 1) & table->mask;
	return &table->slots[at];
}

int
sa_id_table_find(const SaIdTable *table, uint64 key)
{
	return find_slot(table, key)->number;
}

static void
grow(SaIdTable *table)
{
	Slot *slots = table->slots;
	Size size = table->mask + 1;

	make_slots(table, size * 2);
	for (Size i = 0; i < size; i++)
	{
		if (slots[i].number >= 0)
			*find_slot(table, slots[i].key) = slots[i];
	}
	pfree(slots);
}

int
sa_id_table_add(SaIdTable *table, uint64 key, int number)
{
	Slot *slot = find_slot(table, key);

	if (slot->number >= 0)
		return slot->number;
	slot->key = key;
	slot->number = number;
	table->count++;
	if (table->count * 2 > table->mask)
		grow(table);
	return number;
}
