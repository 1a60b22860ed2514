/*
 * new_levels.h: stock levels that come by the thousand, judged before they are
 * written.
 *
 * What INSERT and the triggers of stock_levels would do: the same rows, alerts
 * and events, and foreign keys hold; but no row is written twice.  The caller
 * is the owner of the tables and connected to SPI, and brings pairs of which no
 * level is stored.  Memory: the context that was current at
 * sa_new_levels_open().
 */
#ifndef SA_ALERTS_NEW_LEVELS_H
#define SA_ALERTS_NEW_LEVELS_H

#include "alerts/judge.h"

typedef struct SaNewLevels SaNewLevels;

/* Whether there is nothing that only INSERT does: triggers of somebody else, one snapshot
 * throughout. */
extern bool sa_new_levels_fit(void);
extern SaNewLevels *sa_new_levels_open(int expected, int items);
/* False: its item or location is not there, and nothing was written. */
extern bool sa_new_levels_add(SaNewLevels *levels, const SaNewLevel *level);
/* Writes what is left, and the alerts. */
extern void sa_new_levels_close(SaNewLevels *levels);

#endif
