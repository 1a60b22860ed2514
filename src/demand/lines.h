/*
 * lines.h: lines of sales, counted by local day and summed by pair and day.
 *
 * Read within SPI, straight from the executor: a line is never copied.
 */
#ifndef SA_DEMAND_LINES_H
#define SA_DEMAND_LINES_H

#include "demand/day_sums.h"
#include "demand/places.h"

/* Which days of the kept ones of each place are asked for. */
typedef struct SaDaysAsked SaDaysAsked;

/* What a run finds in one reading. */
typedef struct SaRecentLines
{
	SaDayCounts days;   /* from each place's first on, until the time of the run */
	SaDayCounts told;   /* earlier days that got lines since */
	SaDaySums sums;     /* of the days among the former that were never folded and are over */
	TimestampTz newest; /* no later than the newest recorded_at; DT_NOBEGIN: none is new */
} SaRecentLines;

extern SaDaysAsked *sa_days_asked(SaPlaces *places);
/* Days that no history keeps are left out. */
extern void sa_days_ask(SaDaysAsked *asked, int place, DateADT day);
/* Sums of these days at places from one to another, less one. */
extern SaDaySums sa_lines_sum(SaPlaces *places, const SaDaysAsked *asked, int from, int to);
/* Lines of each local day, sold from a time on and before another. */
extern SaDayCounts sa_lines_count(SaPlaces *places, TimestampTz from, TimestampTz until);
/*
 * Lines sold on the days from each place's first on and before `until`, and (told)
 * those recorded after a time, DT_NOEND for none.  folded: days that were, by
 * sa_day_key().  Sums beyond the memory of maintenance work are given up.
 */
extern void sa_lines_recent(SaPlaces *places, const SaIdTable *folded, TimestampTz until,
							TimestampTz recorded_after, SaRecentLines *out);

#endif
