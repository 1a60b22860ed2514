/*
 * session.c: begins, guards, runs, commits; catches and backs off.
 */
#include "postgres.h"

#include <time.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "replication/syncrep.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#include "db/outgrown.h"
#include "ipc/guard.h"
#include "worker/session.h"

#define SA_STATEMENT_TIMEOUT_MS 30000
#define SA_LOOK_AT_SIZES_MS     50
#define SA_STEP_BACKOFF_LEAST   500
#define SA_STEP_BACKOFF_MOST    60000

static Oid extension = InvalidOid;
static volatile sig_atomic_t in_step = false;
static volatile sig_atomic_t may_cancel = true;
static int error_code = 0;
static char error_text[256];
static XLogRecPtr keep_until = InvalidXLogRecPtr;

int64
sa_session_clock(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * What the administrator set for ordinary sessions must not make ours fail.
 * Plans are kept for days, over tables that are empty now and full tomorrow:
 * they go by index.
 */
void
sa_session_settings(void)
{
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog"},
		{"row_security", "on"},
		{"lock_timeout", "1s"},
		{"statement_timeout", "30s"},
		{"default_transaction_read_only", "off"},
		{"default_transaction_isolation", "read committed"},
		{"enable_seqscan", "off"},
		{"jit", "off"},
	};

	for (int i = 0; i < lengthof(settings); i++)
		SetConfigOption(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION);
	if (strcmp(GetConfigOption("synchronous_commit", false, false), "off") == 0)
		SetConfigOption("synchronous_commit", "local", PGC_USERSET, PGC_S_SESSION);
}

Oid
sa_session_extension(void)
{
	StartTransactionCommand();
	extension = sa_guard_lock_extension();
	CommitTransactionCommand();
	return extension;
}

void
sa_session_cancel_step(void)
{
	if (in_step && may_cancel)
	{
		InterruptPending = true;
		QueryCancelPending = true;
	}
}

void
sa_session_no_cancel(void)
{
	may_cancel = false;
	/* Nor is there anybody to end the wait for a standby that is gone. */
	SetConfigOption("synchronous_commit", "local", PGC_USERSET, PGC_S_SESSION);
}

int
sa_session_error_code(void)
{
	return error_code;
}

const char *
sa_session_error(void)
{
	return error_text;
}

/* What needs no word in the log: somebody has a lock for a while, or we are told to stop. */
static bool
is_quiet(int code)
{
	return code == ERRCODE_LOCK_NOT_AVAILABLE || code == ERRCODE_QUERY_CANCELED;
}

static void
recover_from_error(SaStep *step)
{
	MemoryContext context = TopMemoryContext;
	ErrorData *data;
	int64 backoff = SA_STEP_BACKOFF_LEAST;

	HOLD_INTERRUPTS();
	disable_timeout(STATEMENT_TIMEOUT, false);
	QueryCancelPending = false;
	error_context_stack = NULL;
	MemoryContextSwitchTo(context);
	data = CopyErrorData();
	error_code = data->sqlerrcode;
	strlcpy(error_text, data->message ? data->message : "", sizeof(error_text));
	if (is_quiet(data->sqlerrcode))
		ereport(DEBUG1, (errmsg_internal("stockalert %s: %s", step->name, error_text)));
	else
		EmitErrorReport();
	FreeErrorData(data);
	AbortCurrentTransaction();
	FlushErrorState();
	RESUME_INTERRUPTS();
	for (int i = 0; i < step->failures && backoff < SA_STEP_BACKOFF_MOST; i++)
		backoff *= 2;
	step->failures++;
	step->not_before = sa_session_clock() + Min(backoff, SA_STEP_BACKOFF_MOST);
}

/* Looked at before a step now and then: those that messages pass through by the thousand. */
static void
renew_plans(void)
{
	static SaGrowingTable tables[] = {
		{.name = "queue"}, {.name = "messages"}, {.name = "alerts"}, {.name = "notices"}};
	static int64 look_at = 0;
	int64 now = sa_session_clock();

	if (now < look_at)
		return;
	look_at = now + SA_LOOK_AT_SIZES_MS;
	sa_plans_renew_outgrown(tables, lengthof(tables));
}

static bool
run_in_transaction(SaStep *step)
{
	bool found;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	enable_timeout_after(STATEMENT_TIMEOUT, SA_STATEMENT_TIMEOUT_MS);
	found = OidIsValid(extension) && sa_guard_lock_extension() == extension;
	if (found)
	{
		pgstat_report_activity(STATE_RUNNING, step->name);
		PushActiveSnapshot(GetTransactionSnapshot());
		renew_plans();
		if (!step->without_spi)
			SPI_connect();
		step->run();
		if (!step->without_spi)
			SPI_finish();
		PopActiveSnapshot();
	}
	disable_timeout(STATEMENT_TIMEOUT, false);
	if (step->may_be_lost || step->kept_later)
		(void) set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_LOCAL, true, 0, false);
	CommitTransactionCommand();
	if (step->kept_later && XactLastCommitEnd != InvalidXLogRecPtr)
		keep_until = XactLastCommitEnd;
	return found;
}

/* What a commit does that waits; nothing where a later one has waited.  For a standby only until
 * we are told to stop: it may be gone. */
void
sa_session_keep(bool (*stop)(void))
{
	if (keep_until == InvalidXLogRecPtr)
		return;
	XLogFlush(keep_until);
	HOLD_INTERRUPTS();
	in_step = true;
	if (!stop())
		SyncRepWaitForLSN(keep_until, true);
	in_step = false;
	QueryCancelPending = false;
	RESUME_INTERRUPTS();
	keep_until = InvalidXLogRecPtr;
}

/* The caller's memory context is current again afterwards. */
SaStepOutcome
sa_session_run(SaStep *step)
{
	MemoryContext context = CurrentMemoryContext;
	volatile SaStepOutcome outcome = SA_STEP_FAILED;

	PG_TRY();
	{
		in_step = true;
		outcome = run_in_transaction(step) ? SA_STEP_DONE : SA_STEP_NO_EXTENSION;
		in_step = false;
		step->failures = 0;
		step->not_before = 0;
	}
	PG_CATCH();
	{
		in_step = false;
		recover_from_error(step);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	if (outcome == SA_STEP_DONE && step->after != NULL)
		step->after();
	return outcome;
}
