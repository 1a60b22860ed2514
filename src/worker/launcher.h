/*
 * launcher.h: the one worker without a database, which starts the others.
 */
#ifndef SA_WORKER_LAUNCHER_H
#define SA_WORKER_LAUNCHER_H

/* From _PG_init while the server preloads libraries. */
extern void sa_launcher_register(void);

#endif
