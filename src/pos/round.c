/*
 * round.c: one round of one stream: pages, faults, and how it ends.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/pg_prng.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pos/round.h"
#include "pure/retry.h"
#include "pure/rfc3339.h"
#include "settings.h"

#define TRIES_MOST    6                      /* of one request, in one round */
#define RESTARTS_MOST 3                      /* of one round, for a lost cursor */
#define WAIT_MOST_MS  60000                  /* for which a round is kept */
#define AHEAD_MOST    (5 * USECS_PER_MINUTE) /* a provider's clock may be before ours by so much */

void
sa_round_free_body(SaSync *sync)
{
	free(sync->body);
	sync->body = NULL;
	sync->body_length = 0;
}

void
sa_round_end(SaSync *sync)
{
	sa_round_free_body(sync);
	sa_token_close(sync);
	sync->phase = SA_PHASE_IDLE;
	sync->cursor = NULL;
	sync->seen = NULL;
	sync->newest_text = NULL;
	sync->envelope = NULL;
	sync->activity[0] = '\0';
	MemoryContextReset(sync->context);
}

static char **
copy_texts(MemoryContext context, char **texts, int count)
{
	char **copy = MemoryContextAlloc(context, sizeof(char *) * Max(count, 1));

	for (int i = 0; i < count; i++)
		copy[i] = MemoryContextStrdup(context, texts[i]);
	return copy;
}

static void
start_pages(SaSync *sync)
{
	sync->chunk = 0;
	sync->cursor = NULL;
	sync->seen_count = 0;
}

void
sa_round_begin(SaSync *sync, const SaPosDue *due, int64 now)
{
	MemoryContext context = sync->context;

	sa_round_end(sync);
	sync->due = *due;
	sync->due.since = due->since == NULL ? NULL : MemoryContextStrdup(context, due->since);
	sync->due.base_url = MemoryContextStrdup(context, due->base_url);
	sync->due.version = MemoryContextStrdup(context, due->version);
	sync->due.credential = MemoryContextStrdup(context, due->credential);
	sync->due.locations = copy_texts(context, due->locations, due->location_count);
	sync->pages_most = sa_sync_pages;
	sync->seen = MemoryContextAlloc(context, sizeof(uint64) * sync->pages_most);
	sync->phase = SA_PHASE_BEGIN;
	sync->purpose = due->stream == NULL ? SA_PURPOSE_STATUS : SA_PURPOSE_PAGE;
	sync->not_before = now;
	sync->began = now;
	sync->limit = due->stream == NULL ? 0 : due->stream->limit;
	sync->pages = sync->tries = sync->restarts = sync->aborts = 0;
	sync->newest = 0;
	sync->noted = sync->notes = false;
	sync->quiet_rows = 0;
	sync->renewed = false;
	sync->state = NULL;
	sync->status = 0;
	sync->retry_after_ms = -1;
	memset(&sync->page, 0, sizeof(sync->page));
	start_pages(sync);
}

void
sa_round_ask(SaSync *sync, SaSyncPurpose purpose)
{
	sync->phase = SA_PHASE_ASK;
	sync->purpose = purpose;
}

void
sa_round_fail(SaSync *sync, SaPosFault fault, const char *state, const char *error,
			  const char *remedy)
{
	memset(&sync->page, 0, sizeof(sync->page));
	sync->page.fault = fault;
	sync->state = state;
	strlcpy(sync->page.error, error, sizeof(sync->page.error));
	strlcpy(sync->page.remedy, remedy, sizeof(sync->page.remedy));
	sync->retry_after_ms = -1;
	sync->phase = SA_PHASE_FAIL;
}

/* False: the cursor was there before in this round. */
static bool
remember_cursor(SaSync *sync, const char *cursor)
{
	uint64 hash =
		hash_bytes_extended((const unsigned char *) cursor, (int) strlen(cursor), sync->chunk);

	for (int i = 0; i < sync->seen_count; i++)
		if (sync->seen[i] == hash)
			return false;
	if (sync->seen_count < sync->pages_most)
		sync->seen[sync->seen_count++] = hash;
	return true;
}

/* From the first page on; rows that come again change nothing. */
static void
restart(SaSync *sync, int64 now)
{
	sync->restarts++;
	sync->tries = 0;
	start_pages(sync);
	sa_round_ask(sync, SA_PURPOSE_PAGE);
	sync->not_before = now;
}

static bool
has_more_chunks(const SaSync *sync)
{
	int at_once = sync->due.stream->locations_at_once;

	return at_once > 0 && (sync->chunk + 1) * at_once < sync->due.location_count;
}

static void
note_newest(SaSync *sync)
{
	const SaPosApplied *applied = &sync->applied;

	/* What the provider says of its clock at the first page holds for all pages. */
	if (sync->newest_text == NULL && applied->newest_text != NULL)
		sync->newest_text = applied->newest_text;
	if (applied->newest > sync->newest)
		sync->newest = applied->newest;
}

void
sa_round_advance(SaSync *sync, int64 now)
{
	sync->pages++;
	sync->tries = 0;
	note_newest(sync);
	sa_round_ask(sync, SA_PURPOSE_PAGE);
	sync->not_before = now;
	if (sync->page.cursor[0] != '\0')
	{
		if (sync->pages >= sync->pages_most)
			sa_round_fail(sync, SA_POS_LIMIT, NULL,
						  psprintf("the answer has no end: %d pages were read", sync->pages),
						  "Report it; what was read is kept.");
		else if (!remember_cursor(sync, sync->page.cursor))
		{
			sync->page.fault = SA_POS_CURSOR;
			strlcpy(sync->page.error, "the cursor repeats", sizeof(sync->page.error));
			sa_round_fault(sync, now);
		}
		else
			sync->cursor = MemoryContextStrdup(sync->context, sync->page.cursor);
	}
	else if (has_more_chunks(sync))
	{
		sync->chunk++;
		sync->cursor = NULL;
	}
	else
		sync->phase = SA_PHASE_FINISH;
}

/* The same request again, if its time comes soon; else the round ends. */
static void
try_again(SaSync *sync, int64 now)
{
	int64 delay =
		sa_retry_delay(++sync->tries, sync->retry_after_ms, sa_retry_base,
					   Min(sa_retry_cap, WAIT_MOST_MS), pg_prng_double(&pg_global_prng_state));

	if (sync->retry_after_ms > WAIT_MOST_MS)
		sync->paused = now + sync->retry_after_ms;
	if (sync->tries >= TRIES_MOST || sync->retry_after_ms > WAIT_MOST_MS)
	{
		sync->phase = SA_PHASE_FAIL;
		return;
	}
	sync->phase = SA_PHASE_ASK;
	sync->not_before = now + delay;
}

void
sa_round_fault(SaSync *sync, int64 now)
{
	sa_round_free_body(sync);
	sync->phase = SA_PHASE_FAIL;
	switch (sync->page.fault)
	{
		case SA_POS_EXPIRED:
			if (!sync->renewed && sync->token->refresh[0] != '\0')
				sa_round_ask(sync, SA_PURPOSE_RENEW);
			else
				sync->state = "expired";
			break;
		case SA_POS_REVOKED:
			sync->state = "revoked";
			break;
		case SA_POS_CURSOR:
			if (sync->restarts < RESTARTS_MOST)
				restart(sync, now);
			break;
		case SA_POS_LIMIT:
			if (sync->purpose == SA_PURPOSE_PAGE && sync->limit > 1)
			{
				sync->limit /= 2;
				restart(sync, now);
				sync->restarts--;
			}
			break;
		case SA_POS_RATE_LIMITED:
		case SA_POS_TRANSIENT:
		case SA_POS_SCHEMA:
			try_again(sync, now);
			break;
		default:
			break;
	}
}

/* The provider's own time, where it is one that can have been; NULL: it is not. */
static const char *
check_text(const char *text, TimestampTz most)
{
	int64 unix_us;

	if (text == NULL || !sa_rfc3339_read(text, &unix_us))
		return NULL;
	unix_us -= (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	return unix_us > most ? NULL : text;
}

/*
 * How far the next round may start from.  What arrived while the pages were
 * read may be newer than what was seen of it last, so the length of the round
 * is taken off; a row that claims to be of tomorrow must not take us there.
 * Where a stream goes by the provider's text, that is of a moment before it
 * looked.
 */
SaPosEnd
sa_round_result(const SaSync *sync, int64 now)
{
	SaPosEnd end = {.ok = sync->phase == SA_PHASE_FINISH, .retry_ms = -1};
	TimestampTz newest = Min(sync->newest, sync->started);

	if (end.ok)
	{
		end.watermark = sync->newest == 0 ? 0 : newest - (now - sync->began) * 1000;
		if (!sync->due.full && sync->due.stream != NULL)
			end.watermark_text = check_text(sync->newest_text, sync->started + AHEAD_MOST +
																   (now - sync->began) * 1000);
		return end;
	}
	end.error_class = sa_pos_fault_name(sync->page.fault);
	end.status = sync->status;
	end.code = sync->page.code[0] == '\0' ? NULL : sync->page.code;
	end.error = sync->page.error;
	if (sync->retry_after_ms >= 0)
		end.retry_ms = Max(sync->retry_after_ms, 1000);
	return end;
}
