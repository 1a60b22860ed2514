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
#include "delivery/config.h"
#include "delivery/route.h"
#include "delivery/send.h"
#include "ipc/shmem.h"
#include "queue/recover.h"
#include "settings.h"
#include "vault/vault.h"
#include "worker/dispatch.h"
#include "worker/endpoints.h"
#include "worker/sender.h"
#include "worker/session.h"

/* Longest sleep: covers a missed wake, PREPARE TRANSACTION, rows put there by hand. */
#define SA_NAP_MS 5000
/* How long answers are waited for when told to stop. */
#define SA_TIDY_MS         1000
#define SA_EXPIRE_EVERY_MS 60000

extern PGDLLEXPORT void stockalert_sender_main(Datum arg);

static volatile sig_atomic_t told_to_stop = false;

static SaSlot *slot = NULL;
static MemoryContext turn_context = NULL;

/* What the steps know. */
static bool look = true; /* the queue may hold something new */
static bool check_all_credentials = false;
static SaInstallation installation = SA_INSTALLATION_NONE;
static bool has_credentials = false;
static SaKeyState key_state = SA_KEY_NONE;
static const char *key_problem = NULL;
static const char *send_problem = NULL;
static int route_limit = SA_ROUTE_MOST;
static bool route_more = false;
static int64 expire_at = 0;
static SaRouted routed;

static void
handle_terminate(SIGNAL_ARGS)
{
	int save_errno = errno;

	told_to_stop = true;
	sa_session_cancel_step();
	SetLatch(MyLatch);
	errno = save_errno;
}

/* --- steps --------------------------------------------------------------------------------- */

static bool
may_work(void)
{
	return sa_delivery != SA_DELIVERY_OFF && sa_worker_enabled && send_problem == NULL &&
		   installation != SA_INSTALLATION_COPY;
}

static bool
look_due(int64 now)
{
	return look;
}

/* Who we are may have changed (confirm_takeover()), and what is configured. */
static void
look_around(void)
{
	installation = sa_config_installation();
	if (SPI_execute("SELECT FROM stockalert.credentials LIMIT 1", true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for credentials");
	has_credentials = SPI_processed > 0;
}

static void
looked_around(void)
{
	look = false;
	route_more = may_work();
}

static bool
credentials_due(int64 now)
{
	return (look || check_all_credentials) && key_state != SA_KEY_NONE && has_credentials;
}

static void
check_credentials(void)
{
	(void) sa_vault_check_credentials(check_all_credentials);
}

static void
checked_credentials(void)
{
	check_all_credentials = false;
}

static bool
settle_due(int64 now)
{
	return sa_dispatch_settle_due(now);
}

static void
note_counts(void)
{
	SaDispatchCounts counts = sa_dispatch_counts();

	pg_atomic_fetch_add_u64(&slot->sent, counts.sent);
	pg_atomic_fetch_add_u64(&slot->failed, counts.failed);
}

static void
settled(void)
{
	sa_dispatch_settled();
	note_counts();
}

static bool
route_due(int64 now)
{
	return route_more && may_work();
}

static void
route(void)
{
	routed = sa_route_events(route_limit);
}

static void
have_routed(void)
{
	pg_atomic_fetch_add_u64(&slot->routed, routed.events);
	pg_atomic_fetch_add_u64(&slot->untold, routed.untold);
	route_more = routed.events >= route_limit;
	route_limit = Min(route_limit * 2, SA_ROUTE_MOST);
	if (routed.messages > 0)
		sa_dispatch_look_again();
}

static bool
expire_due(int64 now)
{
	return now >= expire_at && may_work();
}

static void
expire(void)
{
	sa_dispatch_expire();
}

static void
have_expired(void)
{
	expire_at = sa_session_clock() + SA_EXPIRE_EVERY_MS;
	note_counts();
}

static bool
claim_due(int64 now)
{
	return may_work() && sa_dispatch_claim_due(now);
}

enum
{
	STEP_LOOK,
	STEP_CREDENTIALS,
	STEP_SETTLE,
	STEP_ROUTE,
	STEP_EXPIRE,
	STEP_CLAIM,
	STEP_COUNT
};

/* The name is what pg_stat_activity shows.  In the order of a turn. */
static SaStep steps[STEP_COUNT] = {
	[STEP_CREDENTIALS] = {.name = "stockalert: check credentials",
						  .due = credentials_due,
						  .run = check_credentials,
						  .after = checked_credentials,
						  .without_spi = true},
	[STEP_LOOK] = {.name = "stockalert: look around",
				   .due = look_due,
				   .run = look_around,
				   .after = looked_around},
	[STEP_SETTLE] = {.name = "stockalert: settle",
					 .due = settle_due,
					 .run = sa_dispatch_settle,
					 .after = settled},
	[STEP_ROUTE] = {.name = "stockalert: route",
					.due = route_due,
					.run = route,
					.after = have_routed},
	[STEP_EXPIRE] = {.name = "stockalert: expire",
					 .due = expire_due,
					 .run = expire,
					 .after = have_expired},
	[STEP_CLAIM] = {.name = "stockalert: claim",
					.due = claim_due,
					.run = sa_dispatch_claim,
					.after = sa_dispatch_begin},
};

/* Of what is wrong with a row and not with the server, the row dies. */
static bool
is_fault_of_row(int code)
{
	int class = ERRCODE_TO_CATEGORY(code);

	return class == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		   class == ERRCODE_TO_CATEGORY(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION) ||
		   class == ERRCODE_TO_CATEGORY(ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

static void
bury_first(void)
{
	if (sa_route_bury_first(sa_session_error()))
		pg_atomic_fetch_add_u64(&slot->failed, 1);
}

/*
 * A batch that failed is routed one event at a time; the one that fails alone
 * is given up, so that it does not stop the others.
 */
static void
route_failed(void)
{
	SaStep bury = {.name = "stockalert: give up an event", .run = bury_first};

	if (!is_fault_of_row(sa_session_error_code()))
		return;
	steps[STEP_ROUTE].not_before = 0;
	if (route_limit > 1)
		route_limit = 1;
	else
		(void) sa_session_run(&bury);
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
	int64 deadline = sa_session_clock() + SA_TIDY_MS;
	int64 now;

	told_to_stop = false; /* another SIGTERM cancels what follows, no more than that */
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
		settled();
}

static void
leave(SaExit reason, int code)
{
	sa_slot_set_exit(slot, reason);
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
		sa_slot_set_state(slot, SA_STATE_DISABLED, "stockalert.worker_enabled is off");
	else if (send_problem != NULL)
		sa_slot_set_state(slot, SA_STATE_DISABLED, send_problem);
	else if (installation == SA_INSTALLATION_COPY)
		sa_slot_set_state(slot, SA_STATE_PAUSED_CLONE,
						  "this database is a copy; nothing is sent before "
						  "SELECT stockalert.confirm_takeover()");
	else if (sa_delivery == SA_DELIVERY_OFF)
		sa_slot_set_state(slot, SA_STATE_OFF, "stockalert.delivery is off; messages wait");
	else if (key_state == SA_KEY_BAD_FILE)
		sa_slot_set_state(slot, SA_STATE_BAD_KEY_FILE, key_problem);
	else if (key_state == SA_KEY_NONE && has_credentials)
		sa_slot_set_state(slot, SA_STATE_NO_KEY, "stockalert.key_file is not set");
	else
		sa_slot_set_state(slot, SA_STATE_RUNNING,
						  sa_delivery == SA_DELIVERY_LOG ? "stockalert.delivery is log" : NULL);
}

static void
publish_key(void)
{
	SaPublicKey key;

	sa_slot_publish_key(slot, sa_vault_public(&key) ? &key : NULL);
}

static void
reload(void)
{
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	key_state = sa_vault_reload(&key_problem);
	publish_key();
	check_all_credentials = true;
	if (send_problem == NULL)
		sa_send_reload();
	sa_endpoints_resume();
	look = true;
	sa_dispatch_look_again();
}

static void
run_steps(void)
{
	for (int i = 0; i < STEP_COUNT && !told_to_stop; i++)
	{
		int64 now = sa_session_clock();
		SaStepOutcome outcome;

		if (now < steps[i].not_before || !steps[i].due(now))
			continue;
		outcome = sa_session_run(&steps[i]);
		MemoryContextReset(turn_context);
		if (outcome == SA_STEP_NO_EXTENSION)
			leave_without_extension();
		if (outcome == SA_STEP_FAILED && i == STEP_ROUTE)
			route_failed();
	}
}

/* Until a step is due, or allowed again after an error, or a timer runs out. */
static int64
time_to_wait(void)
{
	int64 now = sa_session_clock();
	int64 wait = sa_dispatch_wait(now);

	if (wait < 0 || wait > SA_NAP_MS)
		wait = SA_NAP_MS;
	for (int i = 0; i < STEP_COUNT; i++)
		if (steps[i].due(now))
			wait = Min(wait, Max(steps[i].not_before - now, 0));
	return wait;
}

static void
take_turn(void)
{
	int64 wait;

	if (ConfigReloadPending)
		reload();
	/* Cleared before the queue is looked at: a commit after that sets it anew. */
	if (pg_atomic_exchange_u32(&slot->wake, 0) != 0)
	{
		look = true;
		sa_dispatch_look_again();
	}
	sa_dispatch_poll();
	run_steps();
	publish_state();
	wait = time_to_wait();
	if (wait > 0)
	{
		pgstat_report_stat(false);
		pgstat_report_activity(STATE_IDLE, "stockalert: waiting");
	}
	wait_for(wait);
	if (wait == SA_NAP_MS)
	{
		look = true;
		sa_dispatch_look_again();
	}
}

static int64 *recovered = NULL;
static int recovered_count = 0;

static void
recover(void)
{
	int epoch = sa_queue_recover(TopMemoryContext, &recovered, &recovered_count);

	sa_dispatch_start(epoch, recovered, recovered_count);
}

/* Everything before the first look at the queue. */
static void
start(const SaSenderArguments *arguments)
{
	SaStep step = {.name = "stockalert: recover", .run = recover};

	if (!sa_slot_attach(slot))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(arguments->database, arguments->role, 0);
	turn_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert turn", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(turn_context);
	sa_session_settings();
	if (!OidIsValid(sa_session_extension()))
		leave(SA_EXIT_NO_EXTENSION, 0);
	MemoryContextSwitchTo(turn_context);
	key_state = sa_vault_start(&key_problem);
	publish_key();
	if (!sa_send_start(&send_problem))
		ereport(WARNING, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						  errmsg("stockalert cannot send: %s", send_problem)));
	while (sa_session_run(&step) != SA_STEP_DONE)
	{
		if (told_to_stop || slot->leave)
			proc_exit(1);
		if (!OidIsValid(sa_session_extension()))
			leave(SA_EXIT_NO_EXTENSION, 0);
		ResetLatch(MyLatch);
		wait_for(step.not_before - sa_session_clock());
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
	slot = &sa_shmem->slots[DatumGetInt32(arg)];
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
