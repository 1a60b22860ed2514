/*
 * announce.h: the line that a worker writes to the log when it starts.
 */
#ifndef SA_WORKER_ANNOUNCE_H
#define SA_WORKER_ANNOUNCE_H

/* role: sender or syncer.  To be called once keys and network are there, outside a transaction. */
extern void sa_announce(const char *role);

#endif
