/*
 * wake.h: telling the workers, at commit, that there is something to do.
 *
 * A request is a flag of this backend; the transaction callback acts on it
 * when the transaction commits and forgets it when it aborts.  Without the
 * preloaded library nothing happens.
 */
#ifndef SA_IPC_WAKE_H
#define SA_IPC_WAKE_H

/* Once, from _PG_init. */
extern void sa_wake_init(void);

/* The sender of this database looks at the queue once this transaction commits. */
extern void sa_wake_request(void);

/* So does its syncer; the sender, too, in case there is no syncer yet. */
extern void sa_wake_syncer_request(void);

/* The launcher looks for databases once this transaction commits; here: and into this one. */
extern void sa_wake_launcher_at_commit(bool here);

#endif
