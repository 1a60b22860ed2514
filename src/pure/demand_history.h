/*
 * demand_history.h: days of demand in few bytes, the body of the SQL type
 * demand_history.
 *
 * Units and the share of the day out of stock, day by day without gaps from
 * the first; a day nobody told of is 0 units, in stock.  Units are exact to
 * 1/100000, shares to 1/100.  Written once in the current format; older formats
 * stay readable (the first byte tells).  Equal days are equal bytes.  No
 * allocation: the caller owns every buffer.
 */
#ifndef SA_PURE_DEMAND_HISTORY_H
#define SA_PURE_DEMAND_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many days as one value holds; older ones are dropped by whoever appends. */
#define SA_HISTORY_MAX_DAYS 4000
/* The days there are: 1970-01-01 to 2199-12-31, counted from 2000-01-01. */
#define SA_HISTORY_FIRST_DAY (-10957)
#define SA_HISTORY_LAST_DAY  73048
/* Units of a day, either sign; encode cuts off what is beyond. */
#define SA_HISTORY_MOST_UNITS 1e10
/* Steps in a unit, and in a whole day out of stock. */
#define SA_HISTORY_UNIT_STEPS  100000
#define SA_HISTORY_SHARE_STEPS 100

typedef struct SaHistoryDays
{
	int32_t first_day; /* days since 2000-01-01 */
	int32_t count;     /* 0: empty */
	double *units;     /* room for SA_HISTORY_MAX_DAYS, or what the caller knows to be enough */
	double *out_share; /* the same; 0 to 1; may be NULL where nobody asks */
} SaHistoryDays;

/* Sums over a range of days; integers, so that they are exact. */
typedef struct SaHistorySums
{
	int64_t unit_steps;    /* units of every day */
	int64_t exposed_steps; /* units of days that were not wholly out of stock */
	int64_t out_steps;     /* shares out of stock */
	int32_t days;          /* days since the first of the history, also after its last */
} SaHistorySums;

/* First day and number of days, without reading the days; false: not a history. */
extern bool sa_demand_history_peek(const uint8_t *data, size_t size, int32_t *first_day,
								   int32_t *count);
/* False where the bytes are no history; days->units and out_share are filled. */
extern bool sa_demand_history_decode(const uint8_t *data, size_t size, SaHistoryDays *days);
/* An upper bound of what encode writes. */
extern size_t sa_demand_history_bound(int32_t count);
/*
 * Returns the bytes written; leading and trailing days are kept as given.  A share
 * below 1 stays below 1, NaN is 0.  0 where the days are not between the first and
 * the last there are, more than SA_HISTORY_MAX_DAYS, or the room is too small.
 */
extern size_t sa_demand_history_encode(const SaHistoryDays *days, uint8_t *out, size_t room);
/*
 * The bytes of one day more, as encode would write them, without decoding those that are
 * there: units in steps, in stock; days before keep_from are dropped.  Needs room for
 * SA_HISTORY_APPEND_MOST bytes more than there are.  0 where it is not as simple as that,
 * and the days must be decoded: a day that is not newer than all, or of 0 units; an empty
 * history, or one whose days all tell nothing; a run without stock cut in two.
 */
#define SA_HISTORY_APPEND_MOST 80
extern size_t sa_demand_history_append(const uint8_t *data, size_t size, int32_t day, int64_t steps,
									   int32_t keep_from, uint8_t *out, size_t room);
/*
 * Sums from one day to another, straight from the bytes, newest first: what lies
 * before `from` is not read.  clip: a day below 0 counts as 0.  False: not a history.
 */
extern bool sa_demand_history_sums(const uint8_t *data, size_t size, int32_t from, int32_t to,
								   bool clip, SaHistorySums *sums);
/* Units to steps, rounded to the nearest and cut off at SA_HISTORY_MOST_UNITS. */
extern int64_t sa_demand_history_steps(double units);

#endif
