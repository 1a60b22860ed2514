/*
 * status.c: worker_status() and start_worker(), the two SQL functions about
 * the workers.
 *
 * Both work without the preloaded library, to say so.
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "errors.h"
#include "ipc/shmem.h"
#include "ipc/wake.h"

SA_FUNCTION(stockalert_worker_status);
SA_FUNCTION(stockalert_start_worker);
SA_FUNCTION(stockalert_wake_syncer);

#define SA_STATUS_COLUMNS 9

/* The line that makes the workers run; shown wherever they do not. */
#define SA_PRELOAD_LINE "shared_preload_libraries = '...,stockalert'"

static const char *const state_names[] = {
	[SA_STATE_STOPPED] = "stopped",
	[SA_STATE_WAITING] = "waiting",
	[SA_STATE_STARTING] = "starting",
	[SA_STATE_RUNNING] = "running",
	[SA_STATE_OFF] = "off",
	[SA_STATE_DISABLED] = "disabled",
	[SA_STATE_PAUSED_CLONE] = "paused_clone",
	[SA_STATE_NO_KEY] = "no_key",
	[SA_STATE_BAD_KEY_FILE] = "bad_key_file",
	[SA_STATE_LEAVING] = "leaving",
};

/* What of a slot is shown, copied under its spinlock. */
typedef struct SaSlotView
{
	Oid database;
	pid_t pid;
	SaWorkerState state;
	TimestampTz since;
	char detail[SA_DETAIL_SIZE];
} SaSlotView;

static SaSlotView
view_slot(SaSlot *slot)
{
	SaSlotView view;

	SpinLockAcquire(&slot->mutex);
	view.database = slot->database;
	view.pid = slot->pid;
	view.state = slot->state;
	view.since = slot->since;
	memcpy(view.detail, slot->detail, SA_DETAIL_SIZE);
	SpinLockRelease(&slot->mutex);
	return view;
}

static void
put_row(ReturnSetInfo *rsinfo, SaSlot *slot, const char *role)
{
	SaSlotView view = view_slot(slot);
	Datum values[SA_STATUS_COLUMNS];
	bool nulls[SA_STATUS_COLUMNS] = {false};
	char *name = OidIsValid(view.database) ? get_database_name(view.database) : NULL;

	if (slot != &sa_shmem->launcher && name == NULL)
		return;
	nulls[0] = name == NULL;
	values[0] = name ? CStringGetTextDatum(name) : (Datum) 0;
	values[1] = CStringGetTextDatum(role);
	values[2] = CStringGetTextDatum(state_names[view.state]);
	nulls[3] = view.pid == 0;
	values[3] = Int32GetDatum((int32) view.pid);
	nulls[4] = view.since == 0;
	values[4] = TimestampTzGetDatum(view.since);
	nulls[5] = view.detail[0] == '\0';
	values[5] = nulls[5] ? (Datum) 0 : CStringGetTextDatum(view.detail);
	nulls[6] = nulls[7] = nulls[8] = strcmp(role, "sender") != 0;
	values[6] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->routed));
	values[7] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->sent));
	values[8] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->failed));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

static void
put_not_preloaded(ReturnSetInfo *rsinfo)
{
	Datum values[SA_STATUS_COLUMNS];
	bool nulls[SA_STATUS_COLUMNS];

	memset(nulls, true, sizeof(nulls));
	memset(values, 0, sizeof(values));
	nulls[1] = nulls[2] = nulls[5] = false;
	values[1] = CStringGetTextDatum("launcher");
	values[2] = CStringGetTextDatum("not preloaded");
	values[5] = CStringGetTextDatum("nothing is sent before postgresql.conf says " SA_PRELOAD_LINE
									" and the server is restarted");
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* One row for the launcher, one for each database that has a slot, one for each syncer. */
Datum
stockalert_worker_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	if (sa_shmem == NULL)
	{
		put_not_preloaded(rsinfo);
		return (Datum) 0;
	}
	put_row(rsinfo, &sa_shmem->launcher, "launcher");
	for (int i = 0; i < SA_SLOTS; i++)
	{
		if (OidIsValid(sa_shmem->slots[i].database))
			put_row(rsinfo, &sa_shmem->slots[i], "sender");
		if (OidIsValid(sa_shmem->syncers[i].database))
			put_row(rsinfo, &sa_shmem->syncers[i], "syncer");
	}
	return (Datum) 0;
}

Datum
stockalert_wake_syncer(PG_FUNCTION_ARGS)
{
	sa_wake_syncer_request();
	PG_RETURN_VOID();
}

/* Called by the install script: the launcher looks at this database when it commits. */
Datum
stockalert_start_worker(PG_FUNCTION_ARGS)
{
	if (sa_shmem == NULL)
		ereport(
			WARNING,
			(errcode(SA_ERR_NOT_PRELOADED), errmsg("alerts are recorded but nothing is sent"),
			 errdetail("The workers run only where the server preloads the library."),
			 errhint("Set this in postgresql.conf, after what is there already, and restart the "
					 "server: " SA_PRELOAD_LINE)));
	else
		sa_wake_launcher_at_commit(true);
	PG_RETURN_BOOL(sa_shmem != NULL);
}
