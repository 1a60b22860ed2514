/*
 * guard.h: our own work inside an app's statement, which must not fail for it.
 */
#ifndef SA_DB_GUARD_H
#define SA_DB_GUARD_H

#include "postgres.h"

/*
 * Does the work in a subtransaction.  NULL: done; else it was undone, and this
 * is why.  What the app must hear of goes on as an error: serialization
 * failures and deadlocks, cancelled statements and shutdowns, a full disk,
 * damaged data.
 */
extern ErrorData *sa_guard(void (*work)(void *argument), void *argument);

#endif
