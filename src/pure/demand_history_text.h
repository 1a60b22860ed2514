/*
 * demand_history_text.h: a history as people read and write it:
 *
 *   {2026-03-01: 3 0 2.5 0*14 -1 1@0.25 0@1*3}
 *
 * The first day, then units day by day; *n repeats a day, @ is the share of the
 * day out of stock.  {} is empty.  Exact: what is written reads back the same.
 */
#ifndef SA_PURE_DEMAND_HISTORY_TEXT_H
#define SA_PURE_DEMAND_HISTORY_TEXT_H

#include "pure/demand_history.h"

/* A sentence, NULL where the text is fine, and the byte of the text it is about, from 0. */
typedef struct SaHistoryProblem
{
	const char *what;
	size_t at;
} SaHistoryProblem;

/* Fills days, which has room for SA_HISTORY_MAX_DAYS in both arrays. */
extern bool sa_demand_history_parse(const char *text, SaHistoryDays *days,
									SaHistoryProblem *problem);
/* Room enough for print. */
extern size_t sa_demand_history_text_bound(int32_t count);
/* Writes the shortest form with its terminator; returns its length. */
extern size_t sa_demand_history_print(const SaHistoryDays *days, char *out);

#endif
