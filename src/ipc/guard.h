/*
 * guard.h: is the extension still there, and still the same?
 *
 * A worker asks at the beginning of each transaction.  The lock it takes lets
 * DROP EXTENSION wait for that short transaction and no longer.
 */
#ifndef SA_IPC_GUARD_H
#define SA_IPC_GUARD_H

/* Locks the extension until the end of the transaction; InvalidOid where it does not exist. */
extern Oid sa_guard_lock_extension(void);

#endif
