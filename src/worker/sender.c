/*
 * sender.c: the worker of one database: routes events, sends messages.
 *
 * Its work is a table of steps, each a short transaction of its own; between
 * them it waits for its latch, for the sockets of its transfers and for the
 * next thing that is due, with no transaction open.  It ends with status 1
 * when told to, and with 0 when the extension is gone or somebody needs the
 * database; the launcher knows which.
 */
#include "postgres.h"

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
#include "delivery/send.h"
#include "settings.h"
#include "worker/announce.h"
#include "worker/dispatch.h"
#include "worker/endpoints.h"
#include "worker/intake.h"
#include "worker/sender.h"
#include "worker/session.h"
#include "worker/steps.h"

/* Longest sleep: covers a missed wake, PREPARE TRANSACTION, rows put there by hand. */
#define SA_NAP_MS 5000
/* Shortest time from one look at what was committed to the next. */
#define SA_LOOK_LEAST_MS 4
/* How long answers are waited for when told to stop; less when somebody's command waits for us. */
#define SA_TIDY_MS       1000
#define SA_TIDY_ASKED_MS 400

extern PGDLLEXPORT void stockalert_sender_main(Datum arg);

static volatile sig_atomic_t told_to_stop = false;

static MemoryContext turn_context = NULL;
static int64 looked_at = -SA_NAP_MS;

static void
handle_terminate(SIGNAL_ARGS)
{
	int save_errno = errno;

	told_to_stop = true;
	sa_session_cancel_step();
	SetLatch(MyLatch);
	errno = save_errno;
}

static bool
is_told_to_stop(void)
{
	return told_to_stop;
}

/* --- the end ------------------------------------------------------------------------------- */

static void
wait_for(int64 milliseconds)
{
	int events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;
	int fd = sa_send_in_flight() > 0 ? sa_send_fd() : -1;

	if (fd >= 0)
		events |= WL_SOCKET_READABLE;
	(void) WaitLatchOrSocket(MyLatch, events, fd >= 0 ? fd : PGINVALID_SOCKET, Max(milliseconds, 0),
							 PG_WAIT_EXTENSION);
}

/*
 * Waits a moment for answers, gives the rest back, settles all of it.  Nothing
 * that has an answer is sent again.
 */
static void
tidy_up(void)
{
	SaStep settle = {.name = "stockalert: settle", .run = sa_dispatch_settle};
	int64 deadline = sa_session_clock() + (sa_work.slot->leave ? SA_TIDY_ASKED_MS : SA_TIDY_MS);
	int64 now;

	sa_session_no_cancel();
	sa_dispatch_give_back_ready();
	while (sa_send_in_flight() > 0 && (now = sa_session_clock()) < deadline)
	{
		long transfer = sa_send_timeout();

		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		wait_for(transfer >= 0 ? Min(transfer, deadline - now) : deadline - now);
		sa_dispatch_poll();
	}
	sa_send_stop();
	sa_dispatch_give_back();
	if (sa_dispatch_unsettled() && sa_session_run(&settle) == SA_STEP_DONE)
	{
		sa_dispatch_settled();
		sa_steps_note_counts();
	}
}

static void
leave(SaExit reason, int code)
{
	sa_slot_set_exit(sa_work.slot, reason);
	if (reason != SA_EXIT_NO_EXTENSION && reason != SA_EXIT_AGAIN)
		tidy_up();
	else
		sa_send_stop();
	proc_exit(code);
}

/* DROP EXTENSION, and perhaps CREATE EXTENSION since: then the next sender starts at once. */
static void
leave_without_extension(void)
{
	leave(OidIsValid(sa_session_extension()) ? SA_EXIT_AGAIN : SA_EXIT_NO_EXTENSION, 0);
}

/* --- turns --------------------------------------------------------------------------------- */

static void
publish_state(void)
{
	if (!sa_worker_enabled)
		sa_slot_set_state(sa_work.slot, SA_STATE_DISABLED, "stockalert.worker_enabled is off");
	else if (sa_work.send_problem != NULL)
		sa_slot_set_state(sa_work.slot, SA_STATE_DISABLED, sa_work.send_problem);
	else if (sa_work.installation == SA_INSTALLATION_COPY)
		sa_slot_set_state(sa_work.slot, SA_STATE_PAUSED_CLONE,
						  "this database is a copy; nothing is sent before "
						  "SELECT stockalert.confirm_takeover()");
	else if (sa_delivery == SA_DELIVERY_OFF)
		sa_slot_set_state(sa_work.slot, SA_STATE_OFF, "stockalert.delivery is off; messages wait");
	else if (sa_work.key_state == SA_KEY_BAD_FILE)
		sa_slot_set_state(sa_work.slot, SA_STATE_BAD_KEY_FILE, sa_work.key_problem);
	else if (sa_work.key_state == SA_KEY_NONE && sa_work.has_credentials)
		sa_slot_set_state(sa_work.slot, SA_STATE_NO_KEY, "stockalert.key_file is not set");
	else
		sa_slot_set_state(sa_work.slot, SA_STATE_RUNNING,
						  sa_delivery == SA_DELIVERY_LOG ? "stockalert.delivery is log" : NULL);
}

static void
publish_keys(void)
{
	SaPublishedKeys keys;

	sa_vault_published(&keys);
	sa_slot_publish_keys(sa_work.slot, &keys);
}

static void
reload(void)
{
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	sa_work.key_state = sa_vault_reload(&sa_work.key_problem);
	publish_keys();
	sa_work.check_all_credentials = true;
	if (sa_work.send_problem == NULL)
		sa_send_reload();
	sa_endpoints_resume();
	sa_work.look = true;
	/* Whoever changes settings may have changed the queue, too. */
	sa_intake_expect(NULL, NULL);
}

/*
 * Somebody committed, or nobody for long.  Of commits that come faster than one
 * looks, several are looked at together: else each would cost the machine a look.
 */
static bool
is_look_due(int64 now)
{
	if (now < looked_at + SA_LOOK_LEAST_MS)
		return false;
	/* Cleared before the queue is looked at: a commit after that sets it anew. */
	if (pg_atomic_exchange_u32(&sa_work.slot->wake, 0) == 0 && now < looked_at + SA_NAP_MS)
		return false;
	looked_at = now;
	return true;
}

static int64
look_wait(int64 now)
{
	bool woken = pg_atomic_read_u32(&sa_work.slot->wake) != 0;

	return Max(looked_at + (woken ? SA_LOOK_LEAST_MS : SA_NAP_MS) - now, 0);
}

static void
take_turn(void)
{
	int64 wait;

	if (ConfigReloadPending)
		reload();
	if (is_look_due(sa_session_clock()))
	{
		sa_steps_expect();
		sa_intake_look_again();
	}
	sa_dispatch_poll();
	if (!sa_steps_run(is_told_to_stop))
		leave_without_extension();
	publish_state();
	wait = sa_steps_wait(look_wait(sa_session_clock()));
	if (wait > 0)
	{
		pgstat_report_stat(false);
		pgstat_report_activity(STATE_IDLE, "stockalert: waiting");
	}
	wait_for(wait);
}

/* Everything before the first look at the queue. */
static void
start(const SaSenderArguments *arguments)
{
	if (!sa_slot_attach(sa_work.slot))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(arguments->database, arguments->role, 0);
	turn_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert turn", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(turn_context);
	sa_session_settings();
	/* Also of functions: what the sender runs goes by key, and planning it anew costs more. */
	SetConfigOption("plan_cache_mode", "force_generic_plan", PGC_USERSET, PGC_S_SESSION);
	if (!OidIsValid(sa_session_extension()))
		leave(SA_EXIT_NO_EXTENSION, 0);
	MemoryContextSwitchTo(turn_context);
	sa_work.key_state = sa_vault_start(&sa_work.key_problem);
	publish_keys();
	if (!sa_send_start(&sa_work.send_problem))
		ereport(WARNING, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						  errmsg("stockalert cannot send: %s", sa_work.send_problem)));
	sa_announce("sender");
	MemoryContextSwitchTo(turn_context);
	while (sa_session_run(&sa_steps_recover) != SA_STEP_DONE)
	{
		if (told_to_stop || sa_work.slot->leave)
			proc_exit(1);
		if (!OidIsValid(sa_session_extension()))
			leave(SA_EXIT_NO_EXTENSION, 0);
		ResetLatch(MyLatch);
		wait_for(sa_steps_recover.not_before - sa_session_clock());
	}
}

void
stockalert_sender_main(Datum arg)
{
	SaSenderArguments arguments;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, handle_terminate);
	BackgroundWorkerUnblockSignals();
	memcpy(&arguments, MyBgworkerEntry->bgw_extra, sizeof(arguments));
	sa_work.slot = &sa_shmem->slots[DatumGetInt32(arg)];
	start(&arguments);
	for (;;)
	{
		ResetLatch(MyLatch);
		/* A cancel that came between two steps has nothing to cancel. */
		QueryCancelPending = false;
		CHECK_FOR_INTERRUPTS();
		if (told_to_stop)
			leave(SA_EXIT_DIED, 1);
		if (sa_work.slot->leave)
			leave(SA_EXIT_ASKED, 0);
		take_turn();
	}
}
