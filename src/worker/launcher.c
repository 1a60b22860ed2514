/*
 * launcher.c: starts one sender in each database that has the extension, and a
 * syncer beside it where the sender says that one is wanted.
 *
 * It belongs to no database and so is in nobody's way.  Which databases have
 * the extension can only be seen from inside: a sender started where there is
 * none ends at once and says so, and that database is left alone until CREATE
 * EXTENSION pings.  Senders are not restarted by the postmaster but here, with
 * back-off, so that the reason of their end counts.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "compat.h"
#include "ipc/shmem.h"
#include "settings.h"
#include "worker/launcher.h"
#include "worker/sender.h"

#define SA_RESCAN_MS       60000
#define SA_BACKOFF_LEAST   1000
#define SA_BACKOFF_MOST    60000
#define SA_LONG_LIFE_MS    60000
#define SA_STARTS_AT_ONCE  4
#define SA_NO_WORKER_RETRY 5000

extern PGDLLEXPORT void stockalert_launcher_main(Datum arg);

/* What only the launcher knows of a slot. */
typedef struct SaCharge
{
	BackgroundWorkerHandle *handle; /* started by us and not yet seen to end */
	TimestampTz started_at;
	int backoff_ms;
} SaCharge;

typedef struct SaDatabase
{
	Oid oid;
	char name[NAMEDATALEN];
} SaDatabase;

static SaCharge charges[SA_SLOTS];
static SaCharge syncer_charges[SA_SLOTS];
static List *without_extension = NIL; /* databases looked into in vain */
static MemoryContext turn_context;
static bool complained_of_workers = false;
static bool complained_of_slots = false;

void
sa_launcher_register(void)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 5;
	strlcpy(worker.bgw_library_name, "stockalert", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "stockalert_launcher_main", BGW_MAXLEN);
	strlcpy(worker.bgw_name, "stockalert launcher", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "stockalert launcher", BGW_MAXLEN);
	RegisterBackgroundWorker(&worker);
}

/* Whether stockalert.databases lets us work there. */
static bool
is_listed(const char *name)
{
	List *names;
	ListCell *cell;

	if (sa_databases == NULL || sa_databases[0] == '\0')
		return true;
	if (!SplitIdentifierString(pstrdup(sa_databases), ',', &names))
		return false;
	foreach (cell, names)
		if (strcmp((const char *) lfirst(cell), name) == 0)
			return true;
	return false;
}

/* Without a database there are no index caches: both catalogs are scanned. */
static List *
read_databases(void)
{
	List *databases = NIL;
	Relation relation = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(relation, 0, NULL);
	HeapTuple tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext previous;
		SaDatabase *database;

		if (!form->datallowconn || form->datistemplate)
			continue;
		previous = MemoryContextSwitchTo(turn_context);
		database = palloc(sizeof(SaDatabase));
		database->oid = form->oid;
		strlcpy(database->name, NameStr(form->datname), NAMEDATALEN);
		databases = lappend(databases, database);
		MemoryContextSwitchTo(previous);
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	return databases;
}

static Oid
read_worker_role(void)
{
	Oid role = InvalidOid;
	Relation relation = table_open(AuthIdRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(relation, 0, NULL);
	HeapTuple tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_authid form = (Form_pg_authid) GETSTRUCT(tuple);

		if (strcmp(NameStr(form->rolname), "stockalert_worker") == 0 && form->rolcanlogin)
			role = form->oid;
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	return role;
}

static SaDatabase *
find_database(List *databases, Oid oid)
{
	ListCell *cell;

	foreach (cell, databases)
		if (((SaDatabase *) lfirst(cell))->oid == oid)
			return (SaDatabase *) lfirst(cell);
	return NULL;
}

static void
remember_without(Oid database)
{
	MemoryContext previous = MemoryContextSwitchTo(TopMemoryContext);

	without_extension = list_append_unique_oid(without_extension, database);
	MemoryContextSwitchTo(previous);
}

/* It ended unexpectedly: again, later each time. */
static void
back_off(SaSlot *slot, SaCharge *charge, TimestampTz now, const char *said)
{
	bool long_life = TimestampDifferenceExceeds(charge->started_at, now, SA_LONG_LIFE_MS);

	charge->backoff_ms = long_life || charge->backoff_ms == 0
							 ? SA_BACKOFF_LEAST
							 : Min(charge->backoff_ms * 2, SA_BACKOFF_MOST);
	SpinLockAcquire(&slot->mutex);
	slot->not_before = TimestampTzPlusMilliseconds(now, charge->backoff_ms);
	SpinLockRelease(&slot->mutex);
	sa_slot_set_state(slot, SA_STATE_WAITING, said);
}

/* The reason it left in its slot. */
static SaExit
take_exit(SaSlot *slot, SaCharge *charge)
{
	SaExit exit;

	if (charge->handle)
		pfree(charge->handle);
	charge->handle = NULL;
	SpinLockAcquire(&slot->mutex);
	exit = slot->exit;
	slot->exit = SA_EXIT_DIED;
	SpinLockRelease(&slot->mutex);
	if (exit != SA_EXIT_DIED)
		charge->backoff_ms = 0;
	return exit;
}

/* A sender has ended: decides when the next one may start. */
static void
settle_end(SaSlot *slot, SaCharge *charge, TimestampTz now)
{
	SaExit exit = take_exit(slot, charge);

	if (exit == SA_EXIT_NO_EXTENSION && !slot->requested)
	{
		remember_without(slot->database);
		sa_slot_free(slot);
	}
	else if (exit == SA_EXIT_DIED)
		back_off(slot, charge, now, "the last sender ended unexpectedly; see the server log");
}

/* A syncer without work starts again when the sender says so. */
static void
settle_syncer_end(SaSlot *slot, SaCharge *charge, TimestampTz now)
{
	SaSlot *syncer = sa_slot_syncer(slot);
	SaExit exit = take_exit(syncer, charge);

	if (exit == SA_EXIT_NO_EXTENSION || exit == SA_EXIT_NO_WORK)
		sa_slot_want_syncer(slot, false);
	else if (exit == SA_EXIT_DIED)
		back_off(syncer, charge, now, "the last syncer ended unexpectedly; see the server log");
}

static bool
has_ended(SaSlot *slot, SaCharge *charge)
{
	pid_t pid;

	return charge->handle != NULL && slot->pid == 0 &&
		   GetBackgroundWorkerPid(charge->handle, &pid) == BGWH_STOPPED;
}

/* Workers of an earlier launcher have no handle: their slot tells. */
static void
look_after_ended(TimestampTz now)
{
	for (int i = 0; i < SA_SLOTS; i++)
	{
		SaSlot *slot = &sa_shmem->slots[i];

		if (!OidIsValid(slot->database))
			continue;
		if (has_ended(sa_slot_syncer(slot), &syncer_charges[i]))
			settle_syncer_end(slot, &syncer_charges[i], now);
		if (has_ended(slot, &charges[i]))
			settle_end(slot, &charges[i], now);
	}
}

static void
chase(SaSlot *slot)
{
	if (slot->pid == 0)
		return;
	slot->leave = true;
	sa_slot_wake(slot);
}

/* Slots follow the list of databases: new ones get one, to be looked into; gone ones lose it. */
static void
match_slots(List *databases)
{
	ListCell *cell;

	for (int i = 0; i < SA_SLOTS; i++)
	{
		SaSlot *slot = &sa_shmem->slots[i];
		SaDatabase *database;

		if (!OidIsValid(slot->database))
			continue;
		database = find_database(databases, slot->database);
		if (database != NULL && is_listed(database->name))
			continue;
		chase(slot);
		chase(sa_slot_syncer(slot));
		if (slot->pid == 0 && charges[i].handle == NULL && syncer_charges[i].handle == NULL)
		{
			charges[i].backoff_ms = syncer_charges[i].backoff_ms = 0;
			sa_slot_free(slot);
		}
	}
	foreach (cell, databases)
	{
		SaDatabase *database = (SaDatabase *) lfirst(cell);

		if (!is_listed(database->name) || list_member_oid(without_extension, database->oid) ||
			sa_slot_find(database->oid) != NULL)
			continue;
		if (sa_slot_find_or_make(database->oid) == NULL && !complained_of_slots)
		{
			complained_of_slots = true;
			ereport(WARNING,
					(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
					 errmsg("stockalert cannot look into more than %d databases at once", SA_SLOTS),
					 errhint("List the databases to work in: stockalert.databases.")));
		}
	}
}

/* role is "sender" or "syncer"; index the number of its slot. */
static bool
start_worker(const char *role_name, int index, SaSlot *slot, SaCharge *charge,
			 const SaDatabase *database, Oid role, TimestampTz now)
{
	BackgroundWorker worker = {0};
	MemoryContext previous = MemoryContextSwitchTo(TopMemoryContext);
	SaSenderArguments arguments = {.database = database->oid, .role = role};
	bool started;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "stockalert", BGW_MAXLEN);
	snprintf(worker.bgw_function_name, BGW_MAXLEN, "stockalert_%s_main", role_name);
	snprintf(worker.bgw_name, BGW_MAXLEN, "stockalert %s %s", role_name, database->name);
	snprintf(worker.bgw_type, BGW_MAXLEN, "stockalert %s", role_name);
	worker.bgw_main_arg = Int32GetDatum(index);
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &arguments, sizeof(arguments));
	SpinLockAcquire(&slot->mutex);
	slot->database = database->oid;
	slot->requested = false;
	slot->leave = false;
	slot->exit = SA_EXIT_DIED;
	SpinLockRelease(&slot->mutex);
	sa_slot_set_state(slot, SA_STATE_STARTING, NULL);
	started = RegisterDynamicBackgroundWorker(&worker, &charge->handle);
	MemoryContextSwitchTo(previous);
	charge->started_at = now;
	return started;
}

static void
complain_of_workers(SaSlot *slot, TimestampTz now)
{
	SpinLockAcquire(&slot->mutex);
	slot->not_before = TimestampTzPlusMilliseconds(now, SA_NO_WORKER_RETRY);
	slot->requested = true;
	SpinLockRelease(&slot->mutex);
	sa_slot_set_state(slot, SA_STATE_WAITING, "no free worker process; raise max_worker_processes");
	if (complained_of_workers)
		return;
	complained_of_workers = true;
	ereport(WARNING,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("no worker process is free for stockalert"),
			 errdetail("Alerts are recorded and wait."),
			 errhint("Raise max_worker_processes; one is needed for each database, and one "
					 "more where a point of sale is connected.")));
}

/* Whether it may start now; *wait becomes shorter where it has to wait. */
static bool
may_start(SaSlot *slot, SaCharge *charge, Oid role, TimestampTz now, long *wait)
{
	if (slot->pid != 0 || charge->handle != NULL)
		return false;
	if (!OidIsValid(role))
	{
		sa_slot_set_state(slot, SA_STATE_WAITING,
						  "role stockalert_worker does not exist or may not log in");
		return false;
	}
	if (slot->not_before <= now)
		return true;
	*wait = Min(*wait, TimestampDifferenceMilliseconds(now, slot->not_before) + 1);
	return false;
}

static void
start_one(const char *role_name, int index, SaSlot *slot, SaCharge *charge,
		  const SaDatabase *database, Oid role, TimestampTz now)
{
	if (start_worker(role_name, index, slot, charge, database, role, now))
		complained_of_workers = false;
	else
		complain_of_workers(slot, now);
}

/* Starts what may start; returns the time until the next one may. */
static long
start_workers(List *databases, Oid role, TimestampTz now)
{
	long wait = SA_RESCAN_MS;
	int starting = 0;

	for (int i = 0; i < SA_SLOTS; i++)
		starting += charges[i].handle != NULL && sa_shmem->slots[i].state == SA_STATE_STARTING;
	for (int i = 0; i < SA_SLOTS; i++)
	{
		SaSlot *slot = &sa_shmem->slots[i];
		SaSlot *syncer = sa_slot_syncer(slot);
		SaDatabase *database = find_database(databases, slot->database);

		if (database == NULL || !is_listed(database->name))
			continue;
		if (may_start(slot, &charges[i], role, now, &wait))
		{
			if (starting >= SA_STARTS_AT_ONCE)
				return 100;
			starting++;
			start_one("sender", i, slot, &charges[i], database, role, now);
		}
		if (slot->wants_syncer && may_start(syncer, &syncer_charges[i], role, now, &wait))
			start_one("syncer", i, syncer, &syncer_charges[i], database, role, now);
	}
	return wait;
}

static long
take_turn(void)
{
	TimestampTz now = GetCurrentTimestamp();
	List *databases;
	Oid role;
	long wait;

	look_after_ended(now);
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	databases = read_databases();
	role = read_worker_role();
	CommitTransactionCommand();
	MemoryContextSwitchTo(turn_context);
	match_slots(databases);
	wait = start_workers(databases, role, now);
	sa_slot_set_state(&sa_shmem->launcher, SA_STATE_RUNNING,
					  OidIsValid(role) ? NULL
									   : "waiting for the first CREATE EXTENSION stockalert");
	MemoryContextReset(turn_context);
	return wait;
}

void
stockalert_launcher_main(Datum arg)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGINT, SIG_IGN); /* there is no statement to cancel */
	BackgroundWorkerUnblockSignals();
	if (!sa_slot_attach(&sa_shmem->launcher))
		proc_exit(1);
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	turn_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert launcher turn", ALLOCSET_DEFAULT_SIZES);
	while (!ShutdownRequestPending)
	{
		long wait;

		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		wait = take_turn();
		pgstat_report_activity(STATE_IDLE, NULL);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait,
						 PG_WAIT_EXTENSION);
	}
	/* One, not zero: pg_terminate_backend() is followed by a new launcher. */
	proc_exit(1);
}
