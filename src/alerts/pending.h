/*
 * pending.h: pairs whose stock left its quiet range in this statement.
 *
 * The first few of a statement are judged at once; the rest wait here for the
 * AFTER STATEMENT trigger.  Entries belong to a subtransaction: they vanish
 * with it, and a flush inside one takes only its own (an inner rollback must
 * not take away what an outer statement still has to write).
 */
#ifndef SA_ALERTS_PENDING_H
#define SA_ALERTS_PENDING_H

#include "db/pair.h"

typedef enum SaPendingKind
{
	SA_PENDING_LEVEL,
	SA_PENDING_GONE
} SaPendingKind;

/* Registers the transaction callbacks; once, at library load. */
extern void sa_pending_init(void);
extern void sa_pending_add(SaPendingKind kind, const SaPair *pair);
/* Takes this subtransaction's pairs of a kind, in key order and once each, palloc'd; their count.
 */
extern int sa_pending_take(SaPendingKind kind, int64 **locations, int64 **items);
extern bool sa_pending_any(void);

#endif
