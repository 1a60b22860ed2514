/*
 * levels.h: new quantities of pairs that are there.
 */
#ifndef SA_WATCH_LEVELS_H
#define SA_WATCH_LEVELS_H

#include "watch/entries.h"

/* Registers the callback; once, at library load. */
extern void sa_levels_init(void);
/*
 * Writes them in key order; each pair once.  False: some were not there, to be
 * done the long way.  The caller is connected to SPI and the owner of our
 * tables.
 */
extern bool sa_levels_update(SaWatchEntry **entries, int count);

#endif
