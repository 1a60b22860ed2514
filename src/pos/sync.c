/*
 * sync.c: the machines, and what each does in its transaction.
 */
#include "postgres.h"

#include <time.h>

#include "utils/memutils.h"

#include "errors.h"
#include "pos/round.h"

#define ABORTS_MOST   3
#define ABORT_WAIT_MS 500
#define STORES_MOST   3     /* tries in one transaction */
#define LOCK_WAITS    20    /* somebody else is in the way: that passes */
#define REST_MS       60000 /* after a round that could not even say how it ended */

static SaSync *machines = NULL;
static MemoryContext look_context = NULL;
static SaPosDue *due = NULL;
static int due_count = 0;
static int connection_count = 0;
static bool news = false;

int64
sa_sync_clock(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
sa_sync_start(const char **why)
{
	look_context =
		AllocSetContextCreate(TopMemoryContext, "stockalert sync look", ALLOCSET_DEFAULT_SIZES);
	return sa_exchange_start(why);
}

void
sa_sync_reload(void)
{
	sa_exchange_reload();
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		sync->paused = 0;
}

/* --- what is to be done ----------------------------------------------------------------------- */

static SaSync *
get_machine(int64 connection)
{
	SaSync *sync;

	for (sync = machines; sync != NULL; sync = sync->next)
		if (sync->connection == connection)
			return sync;
	sync = MemoryContextAllocZero(TopMemoryContext, sizeof(SaSync));
	sync->connection = connection;
	sync->context =
		AllocSetContextCreate(TopMemoryContext, "stockalert sync round", ALLOCSET_DEFAULT_SIZES);
	sync->next = machines;
	machines = sync;
	return sync;
}

void
sa_sync_look(void)
{
	due_count = 0;
	MemoryContextReset(look_context);
	due = sa_store_due(look_context, &due_count, &connection_count);
}

void
sa_sync_take_up(void)
{
	int64 now = sa_sync_clock();

	for (int i = 0; i < due_count; i++)
	{
		SaSync *sync = get_machine(due[i].connection);

		if (sync->phase == SA_PHASE_IDLE && now >= sync->paused)
			sa_round_begin(sync, &due[i], now);
	}
	due_count = 0;
}

int
sa_sync_connections(void)
{
	return connection_count;
}

static bool
wants_database(const SaSync *sync)
{
	return sync->phase == SA_PHASE_BEGIN || sync->phase >= SA_PHASE_STORE;
}

SaSync *
sa_sync_wants_database(int64_t now)
{
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		if (wants_database(sync) && now >= sync->not_before)
			return sync;
	return NULL;
}

const char *
sa_sync_activity(const SaSync *sync)
{
	SaSync *writable = unconstify(SaSync *, sync);

	if (sync->due.stream == NULL)
		return "stockalert: check connection";
	snprintf(writable->activity, sizeof(writable->activity), "stockalert: sync %s page %d",
			 sync->due.stream->name, sync->pages + 1);
	return sync->activity;
}

const char *
sa_sync_running(void)
{
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		if (sync->phase != SA_PHASE_IDLE)
			return sa_sync_activity(sync) + strlen("stockalert: ");
	return NULL;
}

void
sa_sync_ask_all(int64_t now)
{
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		if (sync->phase == SA_PHASE_ASK && now >= sync->not_before)
			sa_exchange_ask(sync);
}

int64_t
sa_sync_wait(int64_t now, int64_t most)
{
	long transfer = sa_exchange_timeout();
	int64 wait = transfer >= 0 ? Min((int64) transfer, most) : most;

	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
	{
		if (sync->phase != SA_PHASE_IDLE && sync->phase != SA_PHASE_ASKED)
			wait = Min(wait, Max(sync->not_before - now, 0));
		else if (sync->phase == SA_PHASE_IDLE && sync->paused > now)
			wait = Min(wait, sync->paused - now);
	}
	return wait;
}

bool
sa_sync_has_news(void)
{
	bool had = news;

	news = false;
	return had;
}

bool
sa_sync_is_idle(void)
{
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		if (sync->phase != SA_PHASE_IDLE)
			return false;
	return true;
}

/* --- in the database -------------------------------------------------------------------------- */

/* Scopes as the JSON array they came in. */
static void
store_status(SaSync *sync)
{
	SaJson all = sa_json_all(sync->body, sync->body_length);
	SaJson scopes;
	char merchant[192];
	char expires[64];
	char *list = NULL;

	(void) sa_json_member_string(all, "merchant_id", merchant, sizeof(merchant));
	(void) sa_json_member_string(all, "expires_at", expires, sizeof(expires));
	if (sa_json_member(all, "scopes", &scopes) && sa_json_is_array(scopes))
		list = pnstrdup(scopes.at, scopes.length);
	sa_store_checked(&sync->due, true, merchant, list, expires);
}

/* From here on what the round does is written. */
static void
note_round(SaSync *sync)
{
	if (sync->noted)
		return;
	sa_store_note(&sync->due, sync->started, sync->pages, sync->quiet_rows);
	sync->notes = true;
}

static void
apply_page(SaSync *sync)
{
	sync->applied = sa_store_apply(sync->context, &sync->due, sync->body, sync->started);
	if (sync->applied.changed > 0 || sync->applied.problems > 0)
		note_round(sync);
	if (sync->noted || sync->notes)
		sa_store_progress(&sync->due, &sync->applied);
}

/* A round in which nothing was new leaves no trace in the database. */
static void
finish_round(SaSync *sync, int64 now)
{
	SaPosEnd end = sa_round_result(sync, now);

	sa_store_finish(&sync->due, sync->started);
	if (!sync->noted && sa_store_rest(&sync->due, sync->started))
		return;
	note_round(sync);
	sa_store_end(&sync->due, &end);
}

static void
store_failure(SaSync *sync, int64 now)
{
	SaPosEnd end = sa_round_result(sync, now);
	size_t length = strlen(sync->page.error);
	bool has_remedy;
	char *reason;

	/* What a provider says may end as a sentence does. */
	if (length > 0 && sync->page.error[length - 1] == '.')
		length--;
	/* What to do about a token that is refused is said in one place, stockalert.sync_remedy(). */
	has_remedy = sync->page.remedy[0] != '\0' &&
				 (sync->state == NULL || strcmp(sync->state, "misconfigured") == 0);
	reason = psprintf("%.*s%s%s", (int) length, sync->page.error, has_remedy ? ". " : "",
					  has_remedy ? sync->page.remedy : "");

	if (sync->due.stream != NULL)
	{
		note_round(sync);
		sa_store_end(&sync->due, &end);
	}
	else
		sa_store_checked(&sync->due, false, "", NULL, "");
	if (sync->state != NULL || sync->due.stream == NULL)
		sa_store_state(sync->connection, sync->state, reason);
}

/*
 * Puts the renewed token in the place of the old one.  Where that was only
 * sealed for another key meanwhile, the renewed one still is what counts.
 */
static void
store_token(SaSync *sync)
{
	SaPosSealed stored;

	for (int i = 0; i < STORES_MOST; i++)
	{
		sync->replaced = sa_store_renewed(&sync->due, &sync->sealed, sync->envelope,
										  sync->envelope_size, sync->token->expires_at);
		if (sync->replaced)
			return;
		stored = sa_store_sealed(sync->context, sync->due.credential);
		if (!sa_token_is_same(sync, &stored))
			return;
		sync->sealed = stored;
	}
	ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("the credential %s changes all the time", sync->due.credential),
					errdetail("Its renewed token is not stored yet."),
					errhint("It is tried again by itself.")));
}

/* After 1, 4, 16, 64 ... pages of a round. */
static bool
tables_have_grown(int pages)
{
	while (pages > 1 && pages % 4 == 0)
		pages /= 4;
	return pages == 1;
}

void
sa_sync_in_database(SaSync *sync)
{
	int64 now = sa_sync_clock();

	sync->notes = false;
	switch (sync->phase)
	{
		case SA_PHASE_BEGIN:
			sync->sealed = sa_store_sealed(sync->context, sync->due.credential);
			if (sync->due.stream != NULL)
				sync->started = sa_store_begin(&sync->due, &sync->noted);
			break;
		case SA_PHASE_STORE:
			store_token(sync);
			break;
		case SA_PHASE_APPLY:
			if (sync->due.first && sync->due.stream->fills && tables_have_grown(sync->pages))
				sa_store_analyze();
			apply_page(sync);
			break;
		case SA_PHASE_FINISH:
			if (sync->due.stream == NULL)
				store_status(sync);
			else
				finish_round(sync, now);
			break;
		default:
			store_failure(sync, now);
			break;
	}
}

static void
go_on_with_token(SaSync *sync)
{
	if (!sa_token_open(sync))
		return;
	if (sa_token_is_old(sync))
		sa_round_ask(sync, SA_PURPOSE_RENEW);
	else if (sync->due.stream != NULL && sync->due.stream->locations_at_once > 0 &&
			 sync->due.location_count == 0)
		sync->phase = SA_PHASE_FINISH;
	else
		sa_round_ask(sync, sync->due.stream == NULL ? SA_PURPOSE_STATUS : SA_PURPOSE_PAGE);
}

/* From here on the new token may be used; or somebody set another one meanwhile, which counts. */
static void
take_renewed(SaSync *sync)
{
	sync->renewed = true;
	if (!sync->replaced)
	{
		sync->phase = SA_PHASE_BEGIN;
		return;
	}
	sync->sealed.bytes = sync->envelope;
	sync->sealed.size = sync->envelope_size;
	go_on_with_token(sync);
}

void
sa_sync_committed(SaSync *sync, int64_t now)
{
	sync->aborts = 0;
	sync->not_before = now;
	sync->noted = sync->noted || sync->notes;
	if (sync->phase == SA_PHASE_APPLY && !sync->noted)
		sync->quiet_rows += sync->applied.rows;
	switch (sync->phase)
	{
		case SA_PHASE_BEGIN:
			go_on_with_token(sync);
			break;
		case SA_PHASE_STORE:
			take_renewed(sync);
			break;
		case SA_PHASE_APPLY:
			sa_round_free_body(sync);
			sa_round_advance(sync, now);
			break;
		case SA_PHASE_FAIL:
			ereport(
				LOG,
				(errcode(SA_LOG_NOTE),
				 errmsg("stockalert: connection " INT64_FORMAT ", %s: %s", sync->connection,
						sync->due.stream ? sync->due.stream->name : "check", sync->page.error)));
			/* FALLTHROUGH */
		default:
			sa_round_end(sync);
			news = true;
			break;
	}
}

/*
 * A lock passes, and so does another session that brought the same row, which is
 * there when the page comes again; a token that waits to be stored waits as long as it takes;
 * what else cannot be written ends the round, which says so.
 */
void
sa_sync_aborted(SaSync *sync, int code, const char *error, int64_t now)
{
	bool passes = code == ERRCODE_LOCK_NOT_AVAILABLE || code == ERRCODE_QUERY_CANCELED ||
				  code == ERRCODE_T_R_DEADLOCK_DETECTED || code == ERRCODE_UNIQUE_VIOLATION;
	char text[300];

	sync->aborts++;
	sync->not_before = now + Min(ABORT_WAIT_MS * sync->aborts, REST_MS);
	if (sync->phase == SA_PHASE_STORE || sync->aborts < (passes ? LOCK_WAITS : ABORTS_MOST))
		return;
	if (sync->phase == SA_PHASE_FAIL || sync->phase == SA_PHASE_FINISH ||
		sync->phase == SA_PHASE_BEGIN)
	{
		sa_round_end(sync);
		sync->paused = now + REST_MS;
		return;
	}
	snprintf(text, sizeof(text), "the page could not be stored: %s", error);
	sa_round_fail(sync, SA_POS_SCHEMA, NULL, text,
				  "See the server log; it is tried again by itself.");
	sync->aborts = 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

static bool
holds_token(const SaSync *sync)
{
	return sync->phase == SA_PHASE_STORE ||
		   (sync->phase == SA_PHASE_ASKED && sync->purpose == SA_PURPOSE_RENEW);
}

bool
sa_sync_holds_token(void)
{
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		if (holds_token(sync))
			return true;
	return false;
}

void
sa_sync_abandon(void)
{
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		if (sync->phase != SA_PHASE_IDLE && sync->phase != SA_PHASE_ASKED &&
			sync->phase != SA_PHASE_STORE)
			sa_round_end(sync);
}

void
sa_sync_stop(void)
{
	sa_exchange_stop();
	for (SaSync *sync = machines; sync != NULL; sync = sync->next)
		sa_round_end(sync);
}
