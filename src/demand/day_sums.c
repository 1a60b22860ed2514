/*
 * day_sums.c: sums by sorting.
 *
 * A day of a chain has three pairs to four lines, and a sorted list is what the
 * fold wants.  Where the list is full it is summed up first, and made larger
 * only if that does not help.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "compat.h"
#include "db/quantity.h"
#include "db/word.h"
#include "demand/day_sums.h"

/* A sum of some such lines stays within 64 bits, and one of them is beyond what a history holds. */
#define MOST_STEPS  ((int64) 1000000000000000000)
#define FIRST_LINES 65536

static int
compare_sums(const SaDaySum *a, const SaDaySum *b)
{
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->item_id != b->item_id)
		return a->item_id < b->item_id ? -1 : 1;
	return a->day < b->day ? -1 : a->day > b->day;
}

#define ST_SORT          sort_sums
#define ST_ELEMENT_TYPE  SaDaySum
#define ST_COMPARE(a, b) compare_sums(a, b)
#define ST_SCOPE         static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

SaDaySums
sa_day_sums_make(Size most)
{
	SaDaySums sums = {NULL, 0, FIRST_LINES, most, false};

	sums.sums =
		(SaDaySum *) MemoryContextAllocHuge(CurrentMemoryContext, sums.room * sizeof(sums.sums[0]));
	return sums;
}

void
sa_day_sums_finish(SaDaySums *sums)
{
	Size count = 0;

	sort_sums(sums->sums, sums->count);
	for (Size i = 0; i < sums->count; i++)
	{
		int64 sum;

		if (count == 0 || compare_sums(&sums->sums[count - 1], &sums->sums[i]) != 0)
			sums->sums[count++] = sums->sums[i];
		else if (!pg_add_s64_overflow(sums->sums[count - 1].steps, sums->sums[i].steps, &sum))
			sums->sums[count - 1].steps = sum;
	}
	sums->count = count;
}

static void
make_room(SaDaySums *sums)
{
	if (sums->room >= FIRST_LINES * 16)
		sa_day_sums_finish(sums);
	if (sums->count <= sums->room / 2)
		return;
	if (sums->most > 0 && sums->room * 2 > sums->most)
	{
		sums->full = true;
		return;
	}
	sums->room *= 2;
	sums->sums = (SaDaySum *) repalloc_huge(sums->sums, sums->room * sizeof(sums->sums[0]));
}

/* What sold, or was seen to be gone, and what came back, with either sign. */
static int64
net_steps(Datum quantity, bool back)
{
	SaQuantity steps = 0;

	(void) sa_quantity_from_datum(quantity, &steps);
	if (back && steps > 0)
		steps = -steps;
	return steps > MOST_STEPS ? MOST_STEPS : steps < -MOST_STEPS ? -MOST_STEPS : (int64) steps;
}

void
sa_day_sums_add(SaDaySums *sums, int place, int64 item_id, DateADT day, Datum quantity, Datum kind)
{
	bool sold = sa_is_word(kind, "sale") || sa_is_word(kind, "inferred");
	SaDaySum *sum;

	if (sums->full || (!sold && !sa_is_word(kind, "return")))
		return;
	if (sums->count == sums->room)
		make_room(sums);
	if (sums->full)
		return;
	sum = &sums->sums[sums->count++];
	sum->item_id = item_id;
	sum->steps = net_steps(quantity, !sold);
	sum->place = place;
	sum->day = day;
}

uint64
sa_day_key(int place, DateADT day)
{
	return (uint64) place << 32 | (uint32) day;
}

SaDayCounts
sa_day_counts_make(void)
{
	SaDayCounts counts = {sa_id_table_make(256), NULL, 0, 256};

	counts.days = (SaDayLines *) palloc(sizeof(SaDayLines) * counts.room);
	return counts;
}

int
sa_day_counts_find(SaDayCounts *counts, int place, DateADT day)
{
	int number = sa_id_table_add(counts->ids, sa_day_key(place, day), counts->count);

	if (number < counts->count)
		return number;
	if (counts->count == counts->room)
	{
		counts->room *= 2;
		counts->days =
			(SaDayLines *) repalloc_huge(counts->days, sizeof(SaDayLines) * counts->room);
	}
	counts->days[number].place = place;
	counts->days[number].day = day;
	counts->days[number].lines = 0;
	counts->count++;
	return number;
}
