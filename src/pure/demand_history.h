/*
 * demand_history.h: days of demand in few bytes, the body of the SQL type
 * demand_history.
 *
 * Units and the share of the day out of stock, day by day without gaps from
 * the first; a day nobody told of is 0 units, in stock.  Units are exact to
 * 1/100000.  Written once in the current format; older formats stay readable
 * (the first byte tells).  No allocation: the caller owns every buffer.
 */
#ifndef SA_PURE_DEMAND_HISTORY_H
#define SA_PURE_DEMAND_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many days as one value holds; older ones are dropped by whoever appends. */
#define SA_HISTORY_MAX_DAYS 4000

typedef struct SaHistoryDays
{
	int32_t first_day; /* days since 2000-01-01 */
	int32_t count;     /* 0: empty */
	double *units;     /* room for SA_HISTORY_MAX_DAYS, or what the caller knows to be enough */
	double *out_share; /* the same; 0 to 1; may be NULL where nobody asks */
} SaHistoryDays;

/* First day and number of days, without reading the days; false: not a history. */
extern bool sa_demand_history_peek(const uint8_t *data, size_t size, int32_t *first_day,
								   int32_t *count);
/* False where the bytes are no history; days->units and out_share are filled. */
extern bool sa_demand_history_decode(const uint8_t *data, size_t size, SaHistoryDays *days);
/* An upper bound of what encode writes. */
extern size_t sa_demand_history_bound(int32_t count);
/* Returns the bytes written; leading and trailing days are kept as given. */
extern size_t sa_demand_history_encode(const SaHistoryDays *days, uint8_t *out, size_t room);

#endif
