/*
 * utility.h: senders make room for commands that want a database alone.
 */
#ifndef SA_WORKER_UTILITY_H
#define SA_WORKER_UTILITY_H

/* From _PG_init while the server preloads libraries. */
extern void sa_utility_install(void);

#endif
