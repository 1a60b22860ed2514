/*
 * trigger.h: the triggers on apps' tables.
 */
#ifndef SA_WATCH_TRIGGER_H
#define SA_WATCH_TRIGGER_H

/* Registers the callbacks; once, at library load. */
extern void sa_watch_init(void);

#endif
