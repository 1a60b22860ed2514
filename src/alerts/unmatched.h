/*
 * unmatched.h: pairs whose class and alert do not go together.
 *
 * One pass along the index of open alerts, for the check, which asks it of
 * every pair that is low each time; nothing of the alerts themselves is read.
 */
#ifndef SA_ALERTS_UNMATCHED_H
#define SA_ALERTS_UNMATCHED_H

#include "db/columns.h"

/*
 * Keys, location and item, of the pairs that are low or worse, each once; on
 * return of those among them that have no open alert of kind stock, and of
 * those that have one and were not among them, sorted.
 */
extern void sa_unmatched(SaColumn keys[2]);

#endif
