/*
 * open_many.h: alerts that open by the thousand.
 *
 * Writes what apply.c's statement would: alert, event, queue row, class and
 * quiet range, and the change of stock, for those of many pairs that open an
 * alert.  Same caller, same locks.
 */
#ifndef SA_ALERTS_OPEN_MANY_H
#define SA_ALERTS_OPEN_MANY_H

#include "alerts/apply.h"

/*
 * Whether it can be done: enough pairs to be worth it, each statement sees what
 * was committed before it, and nobody hung a trigger of his own on the tables.
 */
extern bool sa_open_many_fits(int count);

/*
 * Judges these pairs, whose levels were last seen at these places (NULL: not
 * known), opens what is to be opened, and leaves in the arrays the
 * others where anything is to be written.  Returns how many those are.
 */
extern int sa_open_many(int64 *locations, int64 *items, const ItemPointerData *places, int count,
						SaApplied *applied);

#endif
