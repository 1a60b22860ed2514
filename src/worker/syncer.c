/*
 * syncer.c: the worker of one database that reads points of sale.
 *
 * A process beside the sender, so that an import of an hour delays no message.
 * It lives as the sender does: short transactions, nothing open while it waits
 * for the network; it ends when told to, when the extension or the last
 * connection is gone, and when somebody needs the database.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "compat.h"
#include "db/plans.h"
#include "delivery/config.h"
#include "ipc/shmem.h"
#include "pos/inbox.h"
#include "pos/sync.h"
#include "settings.h"
#include "vault/vault.h"
#include "worker/sender.h"
#include "worker/announce.h"
#include "worker/session.h"
#include "worker/syncer.h"

/* Longest sleep: covers a missed wake and what is due by the clock. */
#define SA_NAP_MS  5000
#define SA_TIDY_MS 400

extern PGDLLEXPORT void stockalert_syncer_main(Datum arg);

static volatile sig_atomic_t told_to_stop = false;
static MemoryContext turn_context = NULL;
static SaSlot *slot;
static SaInstallation installation = SA_INSTALLATION_NONE;
static const char *net_problem = NULL;
static const char *key_problem = NULL;
static SaKeyState key_state = SA_KEY_NONE;
static bool look_again = true;
static bool gone = false; /* the extension is */
static bool looked = false;
static int handled = 0;
static SaSync *working = NULL;

static void
handle_terminate(SIGNAL_ARGS)
{
	int save_errno = errno;

	told_to_stop = true;
	sa_session_cancel_step();
	SetLatch(MyLatch);
	errno = save_errno;
}

bool
sa_syncer_wanted(void)
{
	static SPIPlanPtr plan = NULL;

	sa_plan_run(&plan, "SELECT FROM stockalert.connections WHERE enabled LIMIT 1", 0, NULL, NULL,
				NULL, true);
	return SPI_processed > 0;
}

/* Only live calls the outside; a copy calls nobody. */
static bool
may_work(void)
{
	return sa_delivery == SA_DELIVERY_LIVE && sa_worker_enabled && net_problem == NULL &&
		   installation == SA_INSTALLATION_HERE;
}

/* --- steps ------------------------------------------------------------------------------------ */

static void
look(void)
{
	installation = sa_config_installation();
	sa_sync_look();
}

static void
handle_inbox(void)
{
	handled = sa_inbox_handle();
}

static void
work(void)
{
	sa_sync_in_database(working);
}

static SaStep look_step = {.name = "stockalert: look around", .run = look};
static SaStep inbox_step = {.name = "stockalert: webhooks", .run = handle_inbox};

/* False: it failed, or the extension is gone. */
static bool
run_step(SaStep *step)
{
	SaStepOutcome outcome = sa_session_run(step);

	MemoryContextReset(turn_context);
	if (outcome == SA_STEP_NO_EXTENSION)
		gone = true;
	return outcome == SA_STEP_DONE;
}

static void
run_machine(SaSync *sync)
{
	SaStep step = {.name = sa_sync_activity(sync), .run = work};
	bool done;

	working = sync;
	done = run_step(&step);
	if (gone)
		return;
	if (done)
		sa_sync_committed(sync, sa_session_clock());
	else
		sa_sync_aborted(sync, sa_session_error_code(), sa_session_error(), sa_session_clock());
}

static void
look_around(void)
{
	look_again = false;
	if (!run_step(&look_step) || gone)
		return;
	looked = true;
	if (!may_work())
		return;
	if (run_step(&inbox_step) && handled > 0)
	{
		/* What it asks for is due now. */
		look_again = true;
		return;
	}
	sa_sync_take_up();
}

/* --- state ------------------------------------------------------------------------------------ */

static void
publish_state(void)
{
	if (!sa_worker_enabled)
		sa_slot_set_state(slot, SA_STATE_DISABLED, "stockalert.worker_enabled is off");
	else if (net_problem != NULL)
		sa_slot_set_state(slot, SA_STATE_DISABLED, net_problem);
	else if (installation == SA_INSTALLATION_COPY)
		sa_slot_set_state(slot, SA_STATE_PAUSED_CLONE,
						  "this database is a copy; nothing is read before "
						  "SELECT stockalert.confirm_takeover()");
	else if (sa_delivery != SA_DELIVERY_LIVE)
		sa_slot_set_state(slot, SA_STATE_OFF,
						  "nothing is read while stockalert.delivery is not live");
	else if (installation == SA_INSTALLATION_NONE)
		sa_slot_set_state(slot, SA_STATE_RUNNING, "waiting for the first credential");
	else if (key_state == SA_KEY_BAD_FILE)
		sa_slot_set_state(slot, SA_STATE_BAD_KEY_FILE, key_problem);
	else if (key_state == SA_KEY_NONE)
		sa_slot_set_state(slot, SA_STATE_NO_KEY, "stockalert.key_file is not set");
	else
		sa_slot_set_state(slot, SA_STATE_RUNNING, sa_sync_running());
}

static void
reload(void)
{
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	key_state = sa_vault_reload(&key_problem);
	if (net_problem == NULL)
		sa_sync_reload();
	look_again = true;
}

static void
wait_for(int64 milliseconds)
{
	int events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;
	int fd = sa_sync_fd();

	if (fd >= 0)
		events |= WL_SOCKET_READABLE;
	(void) WaitLatchOrSocket(MyLatch, events, fd >= 0 ? fd : PGINVALID_SOCKET, Max(milliseconds, 0),
							 PG_WAIT_EXTENSION);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* A renewed token that is not stored may be the only one there is: it gets a moment. */
static void
save_token(void)
{
	int64 deadline = sa_session_clock() + SA_TIDY_MS;
	int64 now;

	sa_session_no_cancel();
	sa_sync_abandon();
	while (sa_sync_holds_token() && !gone && (now = sa_session_clock()) < deadline)
	{
		SaSync *sync = sa_sync_wants_database(now);

		if (sync != NULL)
			run_machine(sync);
		sa_sync_abandon();
		if (!sa_sync_holds_token())
			break;
		ResetLatch(MyLatch);
		wait_for(sa_sync_wait(now, deadline - now));
		sa_sync_drive();
	}
}

static void
leave(SaExit reason, int code)
{
	sa_slot_set_exit(slot, reason);
	if (reason == SA_EXIT_DIED || reason == SA_EXIT_ASKED)
		save_token();
	sa_sync_stop();
	proc_exit(code);
}

/* DROP EXTENSION, and perhaps CREATE EXTENSION since: the sender says whether we are wanted. */
static void
leave_without_extension(void)
{
	leave(SA_EXIT_NO_EXTENSION, 0);
}

/* --- turns ------------------------------------------------------------------------------------ */

static void
take_turn(void)
{
	static int64 look_at = 0;
	int64 now = sa_session_clock();
	SaSync *sync;
	int64 wait;

	if (ConfigReloadPending)
		reload();
	if (pg_atomic_exchange_u32(&slot->wake, 0) != 0 || now >= look_at)
		look_again = true;
	if (look_again)
	{
		look_at = now + SA_NAP_MS;
		look_around();
	}
	sa_sync_drive();
	if (may_work())
		sa_sync_ask_all(now);
	else
		sa_sync_abandon();
	if (!gone && (sync = sa_sync_wants_database(sa_session_clock())) != NULL)
		run_machine(sync);
	if (gone)
		leave_without_extension();
	publish_state();
	if (looked && sa_sync_connections() == 0 && sa_sync_is_idle())
		leave(SA_EXIT_NO_WORK, 0);
	now = sa_session_clock();
	look_again = sa_sync_has_news() || look_again;
	wait = look_again ? 0 : Min(sa_sync_wait(now, SA_NAP_MS), Max(look_at - now, 0));
	if (wait > 0)
	{
		const char *running = sa_sync_running();

		pgstat_report_stat(false);
		pgstat_report_activity(STATE_IDLE, running ? psprintf("stockalert: %s", running)
												   : "stockalert: waiting");
	}
	wait_for(wait);
	MemoryContextReset(turn_context);
}

static void
start(const SaSenderArguments *arguments)
{
	if (!sa_slot_attach(slot))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(arguments->database, arguments->role, 0);
	turn_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert turn", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(turn_context);
	sa_session_settings();
	if (!OidIsValid(sa_session_extension()))
		leave_without_extension();
	MemoryContextSwitchTo(turn_context);
	key_state = sa_vault_start(&key_problem);
	if (!sa_sync_start(&net_problem))
		ereport(WARNING, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						  errmsg("stockalert cannot read points of sale: %s", net_problem)));
	sa_announce("syncer");
	MemoryContextSwitchTo(turn_context);
}

void
stockalert_syncer_main(Datum arg)
{
	SaSenderArguments arguments;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, handle_terminate);
	BackgroundWorkerUnblockSignals();
	memcpy(&arguments, MyBgworkerEntry->bgw_extra, sizeof(arguments));
	slot = sa_slot_syncer(&sa_shmem->slots[DatumGetInt32(arg)]);
	start(&arguments);
	for (;;)
	{
		ResetLatch(MyLatch);
		/* A cancel that came between two steps has nothing to cancel. */
		QueryCancelPending = false;
		CHECK_FOR_INTERRUPTS();
		if (told_to_stop)
			leave(SA_EXIT_DIED, 1);
		if (slot->leave)
			leave(SA_EXIT_ASKED, 0);
		take_turn();
	}
}
