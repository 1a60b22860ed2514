/*
 * day_sums.h: what each pair sold on each day, and how many lines a place had.
 *
 * Lists that grow in the memory context they were made in.
 */
#ifndef SA_DEMAND_DAY_SUMS_H
#define SA_DEMAND_DAY_SUMS_H

#include "utils/date.h"

#include "demand/id_table.h"

/* Units that a pair sold on a day; returns net out. */
typedef struct SaDaySum
{
	int64 item_id;
	int64 steps; /* SaQuantity, cut off beyond any history */
	int32 place;
	DateADT day;
} SaDaySum;

typedef struct SaDaySums
{
	SaDaySum *sums;
	Size count;
	Size room;
	Size most; /* 0: as many as there are */
	bool full; /* there were more, and they are not in it */
} SaDaySums;

/* Lines of sales of a day at a place. */
typedef struct SaDayLines
{
	int32 place;
	DateADT day;
	int64 lines;
} SaDayLines;

typedef struct SaDayCounts
{
	SaIdTable *ids; /* by sa_day_key() */
	SaDayLines *days;
	int count;
	int room;
} SaDayCounts;

extern SaDaySums sa_day_sums_make(Size most);
/* A line of sales: quantity and kind as they are stored; what is no demand is left out. */
extern void sa_day_sums_add(SaDaySums *sums, int place, int64 item_id, DateADT day, Datum quantity,
							Datum kind);
/* One entry a pair and day, by place, item and day. */
extern void sa_day_sums_finish(SaDaySums *sums);

extern uint64 sa_day_key(int place, DateADT day);
extern SaDayCounts sa_day_counts_make(void);
/* The number of the day's entry, which is made where there is none. */
extern int sa_day_counts_find(SaDayCounts *counts, int place, DateADT day);

#endif
