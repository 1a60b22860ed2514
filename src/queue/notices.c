/*
 * notices.c: a row for each alert, subscriber and channel.
 *
 * Of a low item the last time and the worst severity that was told, of a return
 * the time.  Found and written by key without the executor: this is done for
 * each message that leaves, and a statement costs more than all else that is
 * done to settle it.  Memory: the caller's.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "db/lookup.h"
#include "db/new_rows.h"
#include "db/row_locks.h"
#include "db/row_writer.h"
#include "db/word.h"
#include "queue/notices.h"

/* Of notices; those that an update writes come first, as the writer wants them. */
typedef enum Column
{
	ACCEPTED_AT,
	WORST,
	RESOLVED_AT,
	ALERT_ID,
	SUBSCRIBER_ID,
	CHANNEL,
	COLUMNS
} Column;

#define WRITTEN (RESOLVED_AT + 1)

static const char *const names[COLUMNS] = {
	[ACCEPTED_AT] = "accepted_at", [WORST] = "worst",     [RESOLVED_AT] = "resolved_at",
	[ALERT_ID] = "alert_id",       [CHANNEL] = "channel", [SUBSCRIBER_ID] = "subscriber_id",
};
static AttrNumber numbers[COLUMNS];
static SaColumnNumbers known = {.names = names, .numbers = numbers, .count = COLUMNS};
static AttrNumber new_numbers[COLUMNS];
static SaColumnNumbers new_columns = {.names = names, .numbers = new_numbers, .count = COLUMNS};
static AttrNumber written_numbers[WRITTEN];
static SaColumnNumbers written = {.names = names, .numbers = written_numbers, .count = WRITTEN};

static const char *const message_names[] = {"alert_ids", "severities"};
static AttrNumber message_numbers[lengthof(message_names)];
static SaColumnNumbers message_columns = {
	.names = message_names, .numbers = message_numbers, .count = lengthof(message_names)};

static const char *const subscriber_names[] = {"subscriber_id"};
static AttrNumber subscriber_numbers[1];
static SaColumnNumbers subscriber_columns = {
	.names = subscriber_names, .numbers = subscriber_numbers, .count = 1};

/* From mild to bad. */
static const char *const severities[] = {"low", "critical", "out"};

typedef struct Notice
{
	int64 alert_id;
	int64 subscriber_id;
	const char *channel;
	TimestampTz at;
	int severity; /* of what is low: place in the list above */
	bool returned;
} Notice;

typedef struct Notices
{
	Notice *list;
	int count;
	int room;
	/* What is written with, once it is needed. */
	SaLookup rows;
	SaRowWriter writer;
	bool updating;
	SaNewRows *fresh;
} Notices;

/* --- what was told ------------------------------------------------------------------------- */

/* -1: none of the list. */
static int
severity_of(Datum word)
{
	int severity = lengthof(severities) - 1;

	while (severity >= 0 && !sa_is_word(word, severities[severity]))
		severity--;
	return severity;
}

static void
add_notice(Notices *n, Notice notice)
{
	if (n->count == n->room)
	{
		n->room = Max(64, n->room * 2);
		n->list = n->list ? repalloc(n->list, n->room * sizeof(Notice))
						  : palloc(n->room * sizeof(Notice));
	}
	n->list[n->count++] = notice;
}

/* Of the message just found each alert with its severity. */
static void
add_alerts(Notices *n, SaLookup *messages, const SaTold *told)
{
	Datum *ids, *words;
	bool *no_id, *no_word;
	bool isnull;
	int count, word_count;

	deconstruct_array(DatumGetArrayTypeP(slot_getattr(messages->row, message_numbers[0], &isnull)),
					  INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &ids, &no_id,
					  &count);
	deconstruct_array(DatumGetArrayTypeP(slot_getattr(messages->row, message_numbers[1], &isnull)),
					  TEXTOID, -1, false, TYPALIGN_INT, &words, &no_word, &word_count);
	for (int i = 0; i < Min(count, word_count); i++)
	{
		Notice notice = {.subscriber_id = told->subscriber_id,
						 .channel = told->channel,
						 .at = told->occurred_at,
						 .severity = no_word[i] ? -1 : severity_of(words[i]),
						 .returned = told->returned};

		if (no_id[i] || (!told->returned && notice.severity < 0))
			continue;
		notice.alert_id = DatumGetInt64(ids[i]);
		add_notice(n, notice);
	}
}

/* Kept from being deleted before this has committed. */
static bool
exists_subscriber(SaLookup *subscribers, int64 subscriber_id)
{
	return sa_lookup_find_id(subscribers, subscriber_id) &&
		   sa_row_keep_key(subscribers, subscriber_numbers[0], subscriber_id);
}

static void
collect(Notices *n, const SaTold *told, int count)
{
	SaLookup messages;
	SaLookup subscribers;
	int64 subscriber_id = 0;
	bool exists = false;

	sa_lookup_open(&messages, "messages", "messages_pkey", ForwardScanDirection, &message_columns);
	sa_lookup_open(&subscribers, "subscribers", "subscribers_pkey", ForwardScanDirection,
				   &subscriber_columns);
	for (int i = 0; i < count; i++)
	{
		if (i == 0 || told[i].subscriber_id != subscriber_id)
			exists = exists_subscriber(&subscribers, told[i].subscriber_id);
		subscriber_id = told[i].subscriber_id;
		if (exists && sa_lookup_find_id(&messages, told[i].message_id))
			add_alerts(n, &messages, &told[i]);
	}
	sa_lookup_close(&subscribers);
	sa_lookup_close(&messages);
}

static int
compare_keys(const void *left, const void *right)
{
	const Notice *a = (const Notice *) left;
	const Notice *b = (const Notice *) right;

	if (a->alert_id != b->alert_id)
		return a->alert_id < b->alert_id ? -1 : 1;
	if (a->subscriber_id != b->subscriber_id)
		return a->subscriber_id < b->subscriber_id ? -1 : 1;
	return strcmp(a->channel, b->channel);
}

/* One for each alert, subscriber and channel. */
static void
merge(Notices *n)
{
	int kept = 0;

	if (n->count > 1)
		qsort(n->list, n->count, sizeof(Notice), compare_keys);
	for (int i = 0; i < n->count; i++)
	{
		Notice *last = kept > 0 ? &n->list[kept - 1] : NULL;

		if (last == NULL || compare_keys(last, &n->list[i]) != 0)
		{
			n->list[kept++] = n->list[i];
			continue;
		}
		last->at = Max(last->at, n->list[i].at);
		last->severity = Max(last->severity, n->list[i].severity);
	}
	n->count = kept;
}

/* --- writing ------------------------------------------------------------------------------- */

/* Finds and locks the row; false: there is none. */
static bool
find_row(Notices *n, const Notice *notice)
{
	sa_lookup_start(&n->rows);
	sa_lookup_bigint(&n->rows, notice->alert_id);
	sa_lookup_bigint(&n->rows, notice->subscriber_id);
	sa_lookup_text(&n->rows, CStringGetTextDatum(notice->channel));
	if (!sa_lookup_find(&n->rows))
		return false;
	switch (sa_row_lock(&n->rows))
	{
		case SA_ROW_LOCKED:
			return true;
		case SA_ROW_GONE:
			return false;
		case SA_ROW_BUSY:
			break;
	}
	ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("somebody else is writing who was told of an alert"),
					errhint("Nothing to do; the sender tries again.")));
	return false;
}

static void
update_row(Notices *n, const Notice *notice)
{
	TupleTableSlot *row = n->rows.row;
	Datum values[WRITTEN];
	bool nulls[WRITTEN];

	for (int i = 0; i < WRITTEN; i++)
		values[i] = slot_getattr(row, numbers[i], &nulls[i]);
	if (notice->returned)
	{
		values[RESOLVED_AT] = TimestampTzGetDatum(notice->at);
		nulls[RESOLVED_AT] = false;
	}
	else
	{
		values[ACCEPTED_AT] =
			TimestampTzGetDatum(Max(DatumGetTimestampTz(values[ACCEPTED_AT]), notice->at));
		if (notice->severity > severity_of(values[WORST]))
			values[WORST] = CStringGetTextDatum(severities[notice->severity]);
	}
	if (!n->updating)
		sa_writer_open(&n->writer, "notices", &written);
	n->updating = true;
	sa_writer_update(&n->writer, row, values, nulls);
}

static void
add_row(Notices *n, const Notice *notice)
{
	if (n->fresh == NULL)
		n->fresh = sa_rows_open("notices", &new_columns);
	sa_rows_start(n->fresh);
	sa_rows_set(n->fresh, ALERT_ID, Int64GetDatum(notice->alert_id));
	sa_rows_set(n->fresh, SUBSCRIBER_ID, Int64GetDatum(notice->subscriber_id));
	sa_rows_set(n->fresh, CHANNEL, CStringGetTextDatum(notice->channel));
	sa_rows_set(n->fresh, ACCEPTED_AT, TimestampTzGetDatum(notice->at));
	sa_rows_set(n->fresh, WORST, CStringGetTextDatum(severities[notice->severity]));
	(void) sa_rows_add(n->fresh);
}

static void
write_rows(Notices *n)
{
	sa_lookup_open_for_write(&n->rows, "notices", "notices_pkey", &known);
	for (int i = 0; i < n->count; i++)
		if (find_row(n, &n->list[i]))
			update_row(n, &n->list[i]);
		else if (!n->list[i].returned)
			add_row(n, &n->list[i]);
	if (n->fresh != NULL)
		sa_rows_close(n->fresh);
	if (n->updating)
		sa_writer_close(&n->writer);
	sa_lookup_close(&n->rows);
}

/* Those who are told a return were told of the alert in an earlier batch, or in this one. */
static void
note_kind(const SaTold *told, int count, bool returned)
{
	SaTold *some = palloc(sizeof(SaTold) * count);
	Notices notices = {0};
	int some_count = 0;

	for (int i = 0; i < count; i++)
		if (told[i].returned == returned)
			some[some_count++] = told[i];
	if (some_count == 0)
		return;
	PushActiveSnapshot(GetTransactionSnapshot());
	collect(&notices, some, some_count);
	merge(&notices);
	write_rows(&notices);
	PopActiveSnapshot();
	CommandCounterIncrement();
}

void
sa_notices_note(const SaTold *told, int count)
{
	if (count == 0)
		return;
	note_kind(told, count, false);
	note_kind(told, count, true);
}
