/*
 * wake.c: a flag of this backend, acted on when the transaction commits.
 *
 * The callback is registered once for the life of the backend.  A transaction
 * that queued nothing pays one branch; one that did exchanges a shared flag
 * and sets the latch only where nobody has since the sender last looked.
 * PREPARE TRANSACTION forgets the request: the sender looks by itself every
 * few seconds.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "ipc/shmem.h"
#include "ipc/wake.h"

static bool wanted = false;
static bool sender_wanted = false;
static bool syncer_wanted = false;
static bool launcher_wanted = false;
static bool look_here = false;

void
sa_wake_request(void)
{
	wanted = true;
	sender_wanted = true;
}

void
sa_wake_syncer_request(void)
{
	sa_wake_request();
	syncer_wanted = true;
}

void
sa_wake_launcher_at_commit(bool here)
{
	wanted = true;
	launcher_wanted = true;
	look_here = look_here || here;
}

static void
wake_worker(SaSlot *slot)
{
	if (pg_atomic_exchange_u32(&slot->wake, 1) == 0)
		sa_slot_wake(slot);
}

static void
wake_workers(void)
{
	static SaSlot *slot = NULL;

	if (slot == NULL || slot->database != MyDatabaseId)
		slot = sa_slot_find(MyDatabaseId);
	/* Without a slot there is no worker; it looks when it starts. */
	if (slot == NULL)
		return;
	wake_worker(slot);
	if (syncer_wanted)
		wake_worker(sa_slot_syncer(slot));
}

/* The slot is made here, at commit, so that an aborted CREATE EXTENSION leaves none. */
static void
wake_launcher(void)
{
	SaSlot *slot = look_here ? sa_slot_find_or_make(MyDatabaseId) : NULL;

	if (slot != NULL)
	{
		SpinLockAcquire(&slot->mutex);
		slot->requested = true;
		SpinLockRelease(&slot->mutex);
		sa_slot_wake(slot);
	}
	sa_slot_wake(&sa_shmem->launcher);
}

static void
act_at_end_of_transaction(XactEvent event, void *arg)
{
	if (likely(!wanted))
		return;
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (event == XACT_EVENT_COMMIT && sa_shmem != NULL)
	{
		if (sender_wanted)
			wake_workers();
		if (launcher_wanted)
			wake_launcher();
	}
	wanted = sender_wanted = syncer_wanted = launcher_wanted = look_here = false;
}

void
sa_wake_init(void)
{
	RegisterXactCallback(act_at_end_of_transaction, NULL);
}
