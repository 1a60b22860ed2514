/*
 * syncer.h: the worker that reads points of sale; started as the sender is.
 */
#ifndef SA_WORKER_SYNCER_H
#define SA_WORKER_SYNCER_H

/* With SPI connected: whether this database has a connection that wants a syncer. */
extern bool sa_syncer_wanted(void);

#endif
