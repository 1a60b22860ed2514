/*
 * shmem.c: the slots of launcher, senders and syncers in shared memory.
 *
 * A slot is given to a database under the first lock of the tranche "stockalert";
 * what is in it changes under its spinlock, held for a few assignments.  A
 * worker is woken through its PGPROC, which stays a valid address after the
 * worker's death: at worst somebody else's latch is set once for nothing.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "ipc/shmem.h"

SaShmem *sa_shmem = NULL;

static shmem_request_hook_type previous_request = NULL;
static shmem_startup_hook_type previous_startup = NULL;

static void
request_memory(void)
{
	if (previous_request)
		previous_request();
	RequestAddinShmemSpace(MAXALIGN(sizeof(SaShmem)));
	RequestNamedLWLockTranche("stockalert", 2);
}

static LWLock *
slots_lock(void)
{
	return &GetNamedLWLockTranche("stockalert")->lock;
}

LWLock *
sa_rounds_lock(void)
{
	return &GetNamedLWLockTranche("stockalert")[1].lock;
}

static void
clear_slot(SaSlot *slot, bool first)
{
	if (first)
	{
		memset(slot, 0, sizeof(SaSlot));
		SpinLockInit(&slot->mutex);
		pg_atomic_init_u32(&slot->wake, 0);
		pg_atomic_init_u64(&slot->routed, 0);
		pg_atomic_init_u64(&slot->untold, 0);
		pg_atomic_init_u64(&slot->sent, 0);
		pg_atomic_init_u64(&slot->failed, 0);
		return;
	}
	pg_atomic_write_u32(&slot->wake, 0);
	pg_atomic_write_u64(&slot->routed, 0);
	pg_atomic_write_u64(&slot->untold, 0);
	pg_atomic_write_u64(&slot->sent, 0);
	pg_atomic_write_u64(&slot->failed, 0);
	SpinLockAcquire(&slot->mutex);
	slot->database = InvalidOid;
	slot->requested = false;
	slot->leave = false;
	slot->wants_syncer = false;
	slot->not_before = 0;
	slot->state = SA_STATE_STOPPED;
	slot->exit = SA_EXIT_DIED;
	slot->since = 0;
	slot->detail[0] = '\0';
	slot->keys.count = 0;
	slot->keys.problem[0] = '\0';
	SpinLockRelease(&slot->mutex);
}

static void
attach_memory(void)
{
	bool found;

	if (previous_startup)
		previous_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	sa_shmem = ShmemInitStruct("stockalert", sizeof(SaShmem), &found);
	if (!found)
	{
		clear_slot(&sa_shmem->launcher, true);
		memset(sa_shmem->rounds, 0, sizeof(sa_shmem->rounds));
		for (int i = 0; i < SA_SLOTS; i++)
		{
			clear_slot(&sa_shmem->slots[i], true);
			clear_slot(&sa_shmem->syncers[i], true);
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

void
sa_ipc_init(void)
{
	previous_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = attach_memory;
}

/* Reads without a lock: an Oid is read whole, and who acts on it looks again. */
SaSlot *
sa_slot_find(Oid database)
{
	if (sa_shmem == NULL || !OidIsValid(database))
		return NULL;
	for (int i = 0; i < SA_SLOTS; i++)
		if (sa_shmem->slots[i].database == database)
			return &sa_shmem->slots[i];
	return NULL;
}

SaSlot *
sa_slot_syncer(SaSlot *slot)
{
	return &sa_shmem->syncers[slot - sa_shmem->slots];
}

static bool
has_worker(SaSlot *slot)
{
	return slot->pid != 0 || sa_slot_syncer(slot)->pid != 0;
}

SaSlot *
sa_slot_find_or_make(Oid database)
{
	SaSlot *slot;

	if (sa_shmem == NULL || !OidIsValid(database))
		return NULL;
	LWLockAcquire(slots_lock(), LW_EXCLUSIVE);
	slot = sa_slot_find(database);
	for (int i = 0; slot == NULL && i < SA_SLOTS; i++)
		if (!OidIsValid(sa_shmem->slots[i].database) && !has_worker(&sa_shmem->slots[i]))
		{
			slot = &sa_shmem->slots[i];
			clear_slot(slot, false);
			clear_slot(sa_slot_syncer(slot), false);
			SpinLockAcquire(&slot->mutex);
			slot->database = database;
			slot->since = GetCurrentTimestamp();
			SpinLockRelease(&slot->mutex);
		}
	LWLockRelease(slots_lock());
	return slot;
}

void
sa_slot_free(SaSlot *slot)
{
	LWLockAcquire(slots_lock(), LW_EXCLUSIVE);
	if (!has_worker(slot))
	{
		clear_slot(slot, false);
		clear_slot(sa_slot_syncer(slot), false);
	}
	LWLockRelease(slots_lock());
}

void
sa_slot_want_syncer(SaSlot *slot, bool wanted)
{
	bool news;

	SpinLockAcquire(&slot->mutex);
	news = wanted && !slot->wants_syncer;
	slot->wants_syncer = wanted;
	SpinLockRelease(&slot->mutex);
	if (news)
		sa_slot_wake(&sa_shmem->launcher);
}

/* At exit of the worker, however it comes about short of a crash. */
static void
detach_slot(int code, Datum arg)
{
	SaSlot *slot = (SaSlot *) DatumGetPointer(arg);

	SpinLockAcquire(&slot->mutex);
	if (slot->pid == MyProcPid)
	{
		slot->pid = 0;
		slot->proc = NULL;
		slot->leave = false;
		slot->keys.count = 0;
		slot->keys.problem[0] = '\0';
		slot->state = SA_STATE_STOPPED;
		slot->since = GetCurrentTimestamp();
	}
	SpinLockRelease(&slot->mutex);
	if (slot != &sa_shmem->launcher)
		sa_slot_wake(&sa_shmem->launcher);
}

bool
sa_slot_attach(SaSlot *slot)
{
	bool free_slot;

	SpinLockAcquire(&slot->mutex);
	free_slot = slot->pid == 0;
	if (free_slot)
	{
		slot->pid = MyProcPid;
		slot->proc = MyProc;
		slot->exit = SA_EXIT_DIED;
		slot->state = SA_STATE_STARTING;
		slot->since = GetCurrentTimestamp();
		slot->detail[0] = '\0';
	}
	SpinLockRelease(&slot->mutex);
	if (free_slot)
		on_shmem_exit(detach_slot, PointerGetDatum(slot));
	return free_slot;
}

void
sa_slot_set_state(SaSlot *slot, SaWorkerState state, const char *detail)
{
	SpinLockAcquire(&slot->mutex);
	if (slot->state != state)
		slot->since = GetCurrentTimestamp();
	slot->state = state;
	strlcpy(slot->detail, detail ? detail : "", SA_DETAIL_SIZE);
	SpinLockRelease(&slot->mutex);
}

void
sa_slot_set_exit(SaSlot *slot, SaExit exit)
{
	SpinLockAcquire(&slot->mutex);
	slot->exit = exit;
	SpinLockRelease(&slot->mutex);
}

void
sa_slot_wake(SaSlot *slot)
{
	PGPROC *proc;

	SpinLockAcquire(&slot->mutex);
	proc = slot->pid != 0 ? slot->proc : NULL;
	SpinLockRelease(&slot->mutex);
	if (proc != NULL)
		SetLatch(&proc->procLatch);
}

/* How long workers stay away from a database that somebody wants for himself. */
#define SA_KEEP_AWAY_MS 30000

static void
ask_worker(SaSlot *slot, bool leave)
{
	SpinLockAcquire(&slot->mutex);
	slot->not_before =
		leave ? TimestampTzPlusMilliseconds(GetCurrentTimestamp(), SA_KEEP_AWAY_MS) : 0;
	slot->leave = leave;
	SpinLockRelease(&slot->mutex);
	if (leave)
		sa_slot_wake(slot);
}

bool
sa_ipc_ask_leave(Oid database, int wait_ms)
{
	SaSlot *slot = sa_slot_find(database);

	if (slot == NULL)
		return true;
	ask_worker(slot, true);
	ask_worker(sa_slot_syncer(slot), true);
	for (int waited = 0; slot->database == database && has_worker(slot); waited += 10)
	{
		if (waited >= wait_ms)
			return false;
		(void) WaitLatch(MyLatch, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 10, PG_WAIT_EXTENSION);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

void
sa_ipc_come_back(Oid database)
{
	SaSlot *slot = sa_slot_find(database);

	if (slot == NULL)
		return;
	ask_worker(slot, false);
	ask_worker(sa_slot_syncer(slot), false);
	sa_slot_wake(&sa_shmem->launcher);
}
