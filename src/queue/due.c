/*
 * due.c: index scans over the queue, and the writing of rows in flight.
 *
 * A message waits while an earlier one about the same alert, to the same person
 * on the same channel, is not settled, so that news arrives in order; nothing
 * else waits for it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "db/row_locks.h"
#include "queue/due.h"

/* Columns of the queue; those that a claim writes come first, as the writer wants them. */
typedef enum Column
{
	STATE,
	CLAIMS,
	EPOCH,
	QUEUE_ID,
	MESSAGE_ID,
	EVENT,
	ATTEMPTS,
	MAYBE_TWICE,
	CREATED_AT,
	ENDPOINT,
	CHANNEL,
	SUBSCRIBER_ID,
	ALERT_ID,
	OCCURRED_AT,
	NEXT_ATTEMPT_AT,
	LAST_ERROR,
	BYTES,
	COLUMNS
} Column;

#define WRITTEN (EPOCH + 1)

static const char *const names[COLUMNS] = {
	[STATE] = "state",
	[CLAIMS] = "claims",
	[EPOCH] = "epoch",
	[QUEUE_ID] = "queue_id",
	[MESSAGE_ID] = "message_id",
	[EVENT] = "event",
	[ATTEMPTS] = "attempts",
	[MAYBE_TWICE] = "maybe_twice",
	[CREATED_AT] = "created_at",
	[ENDPOINT] = "endpoint",
	[CHANNEL] = "channel",
	[SUBSCRIBER_ID] = "subscriber_id",
	[ALERT_ID] = "alert_id",
	[OCCURRED_AT] = "occurred_at",
	[NEXT_ATTEMPT_AT] = "next_attempt_at",
	[LAST_ERROR] = "last_error",
	[BYTES] = "bytes",
};

static AttrNumber numbers[COLUMNS];
static SaColumnNumbers known = {.names = names, .numbers = numbers, .count = COLUMNS};
static AttrNumber written_numbers[WRITTEN];
static SaColumnNumbers written = {.names = names, .numbers = written_numbers, .count = WRITTEN};

typedef struct SaTakenSource
{
	Column column;
	Oid type;
} SaTakenSource;

static const SaTakenSource sources[SA_TAKEN_COLUMNS] = {
	[SA_TAKEN_QUEUE_ID] = {QUEUE_ID, INT8OID},
	[SA_TAKEN_MESSAGE_ID] = {MESSAGE_ID, INT8OID},
	[SA_TAKEN_EVENT] = {EVENT, TEXTOID},
	[SA_TAKEN_ATTEMPTS] = {ATTEMPTS, INT2OID},
	[SA_TAKEN_MAYBE_TWICE] = {MAYBE_TWICE, BOOLOID},
	[SA_TAKEN_CREATED_AT] = {CREATED_AT, TIMESTAMPTZOID},
	[SA_TAKEN_ENDPOINT] = {ENDPOINT, TEXTOID},
	[SA_TAKEN_CHANNEL] = {CHANNEL, TEXTOID},
	[SA_TAKEN_SUBSCRIBER_ID] = {SUBSCRIBER_ID, INT8OID},
};

/* --- a row --------------------------------------------------------------------------------- */

static bool
is_null(TupleTableSlot *row, Column column)
{
	return slot_attisnull(row, numbers[column]);
}

/* Of a column that is not null. */
static Datum
datum_of(TupleTableSlot *row, Column column)
{
	bool isnull;

	return slot_getattr(row, numbers[column], &isnull);
}

static int64
id_of(TupleTableSlot *row)
{
	return DatumGetInt64(datum_of(row, QUEUE_ID));
}

static TimestampTz
time_of(TupleTableSlot *row)
{
	return DatumGetTimestampTz(datum_of(row, NEXT_ATTEMPT_AT));
}

static bool
is_waiting(TupleTableSlot *row)
{
	return DatumGetChar(datum_of(row, STATE)) == 'P';
}

/* Of those that a sender had in hand when it died it was claimed before: they are on probation. */
static bool
is_new(TupleTableSlot *row)
{
	return is_waiting(row) && DatumGetInt16(datum_of(row, CLAIMS)) == 0 && is_null(row, LAST_ERROR);
}

static bool
is_tried(TupleTableSlot *row)
{
	return is_waiting(row) && DatumGetInt16(datum_of(row, CLAIMS)) == 0 &&
		   !is_null(row, LAST_ERROR);
}

static bool
is_message(TupleTableSlot *row)
{
	return is_waiting(row) && !is_null(row, MESSAGE_ID) && !is_null(row, ENDPOINT);
}

/* --- opening ------------------------------------------------------------------------------- */

void
sa_due_open(SaDue *due, const char *index, int epoch)
{
	memset(due, 0, sizeof(*due));
	due->epoch = epoch;
	/* What this transaction took before is not to be seen as it was. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	sa_lookup_open_for_write(&due->rows, "queue", index, &known);
	for (int i = 0; i < SA_TAKEN_COLUMNS; i++)
		sa_column_start(&due->taken[i], sources[i].type);
}

void
sa_due_close(SaDue *due)
{
	if (due->taking)
	{
		sa_writer_close(&due->writer);
		sa_lookup_close(&due->told);
	}
	sa_lookup_close(&due->rows);
	PopActiveSnapshot();
	CommandCounterIncrement();
}

/* --- taking -------------------------------------------------------------------------------- */

/* Who only looks needs none of this. */
static void
start_taking(SaDue *due)
{
	if (due->taking)
		return;
	sa_lookup_open(&due->told, "queue", "queue_told_idx", ForwardScanDirection, &known);
	sa_writer_open(&due->writer, "queue", &written);
	due->taking = true;
}

static bool
same_news(TupleTableSlot *a, TupleTableSlot *b)
{
	return datum_of(a, OCCURRED_AT) == datum_of(b, OCCURRED_AT) &&
		   DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, datum_of(a, EVENT),
												datum_of(b, EVENT)));
}

/* Whether an earlier message about the same alert to the same person is not settled. */
static bool
waits_for_earlier(SaDue *due)
{
	TupleTableSlot *row = due->rows.row;

	if (is_null(row, SUBSCRIBER_ID) || is_null(row, ALERT_ID))
		return false;
	sa_lookup_start(&due->told);
	sa_lookup_bigint(&due->told, DatumGetInt64(datum_of(row, SUBSCRIBER_ID)));
	sa_lookup_bigint(&due->told, DatumGetInt64(datum_of(row, ALERT_ID)));
	sa_lookup_text(&due->told, datum_of(row, CHANNEL));
	for (bool found = sa_lookup_find(&due->told); found; found = sa_lookup_next(&due->told))
		if (id_of(due->told.row) < id_of(row) && !same_news(due->told.row, row))
			return true;
	return false;
}

static void
remember(SaDue *due, TupleTableSlot *row)
{
	for (int i = 0; i < SA_TAKEN_COLUMNS; i++)
		sa_column_add_from(&due->taken[i], row, numbers[sources[i].column]);
	due->count++;
}

/* Where a large row has to wait, those behind it do, too: else it would for ever. */
static bool
has_room(SaDue *due)
{
	if (due->room != NULL)
		due->full = due->room->messages <= 0 ||
					DatumGetInt32(datum_of(due->rows.row, BYTES)) > due->room->first;
	return !due->full;
}

static void
use_room(SaDue *due)
{
	if (due->room == NULL)
		return;
	due->room->messages--;
	due->room->bytes -= DatumGetInt32(datum_of(due->rows.row, BYTES));
	due->room->first = due->room->bytes;
}

/* The claim is counted before the message is touched: whoever kills the sender is known by it. */
static bool
take(SaDue *due, bool (*still)(TupleTableSlot *row))
{
	TupleTableSlot *row = due->rows.row;
	const bool nulls[WRITTEN] = {false};
	Datum values[WRITTEN];

	if (!has_room(due) || sa_row_lock(&due->rows) != SA_ROW_LOCKED || !still(row))
		return false;
	use_room(due);
	values[STATE] = CharGetDatum('I');
	values[CLAIMS] = Int16GetDatum(DatumGetInt16(datum_of(row, CLAIMS)) + 1);
	values[EPOCH] = Int32GetDatum(due->epoch);
	remember(due, row);
	sa_writer_update(&due->writer, row, values, nulls);
	return true;
}

static bool
find_new(SaDue *due, Datum endpoint, int lane, int64 floor)
{
	sa_lookup_start(&due->rows);
	sa_lookup_text(&due->rows, endpoint);
	sa_lookup_smallint(&due->rows, (int16) lane);
	sa_lookup_bigint_above(&due->rows, floor);
	return sa_lookup_find(&due->rows);
}

void
sa_due_take_new(SaDue *due, Datum endpoint, int lane, int64 *floor, int limit)
{
	TimestampTz now = GetCurrentTimestamp();
	TupleTableSlot *row = due->rows.row;
	int64 below = *floor;
	bool left = false;

	start_taking(due);
	for (bool found = find_new(due, endpoint, lane, *floor); found && limit > 0 && !due->full;
		 found = sa_lookup_next(&due->rows))
	{
		int64 id = id_of(row);

		if (is_new(row))
		{
			if (time_of(row) <= now && !waits_for_earlier(due) && take(due, is_new))
				limit--;
			else
				left = true;
		}
		if (!left)
			below = id;
	}
	*floor = below;
}

static bool
find_tried(SaDue *due, Datum endpoint)
{
	sa_lookup_start(&due->rows);
	sa_lookup_text(&due->rows, endpoint);
	return sa_lookup_find(&due->rows);
}

void
sa_due_take_tried(SaDue *due, Datum endpoint, int limit)
{
	TimestampTz now = GetCurrentTimestamp();
	TupleTableSlot *row = due->rows.row;

	start_taking(due);
	for (bool found = find_tried(due, endpoint);
		 found && limit > 0 && !due->full && time_of(row) <= now;
		 found = sa_lookup_next(&due->rows))
		if (is_tried(row) && !waits_for_earlier(due) && take(due, is_tried))
			limit--;
}

void
sa_due_take_one(SaDue *due, int64 queue_id)
{
	start_taking(due);
	if (sa_lookup_find_id(&due->rows, queue_id))
		(void) take(due, is_message);
}

/* What was found may be an older version of what is locked. */
static bool
take_event(SaDue *due, TimestampTz now)
{
	TupleTableSlot *row = due->rows.row;

	if (time_of(row) > now || sa_row_lock(&due->rows) != SA_ROW_LOCKED || time_of(row) > now)
		return false;
	remember(due, row);
	return true;
}

int64
sa_due_take_events(SaDue *due, int lane, int64 floor, int limit, int64 *highest)
{
	TimestampTz now = GetCurrentTimestamp();
	int64 first = 0;

	sa_lookup_start(&due->rows);
	sa_lookup_smallint(&due->rows, (int16) lane);
	sa_lookup_bigint_above(&due->rows, floor);
	for (bool found = sa_lookup_find(&due->rows); found && limit > 0;
		 found = sa_lookup_next(&due->rows))
	{
		int64 id = id_of(due->rows.row);

		first = first == 0 ? id : first;
		*highest = Max(*highest, id);
		limit -= take_event(due, now);
	}
	return first;
}

/* --- looking ------------------------------------------------------------------------------- */

int64
sa_due_first_new(SaDue *due, Datum endpoint, int lane, int64 floor)
{
	for (bool found = find_new(due, endpoint, lane, floor); found;
		 found = sa_lookup_next(&due->rows))
		if (is_new(due->rows.row))
			return id_of(due->rows.row);
	return 0;
}

int64
sa_due_next_tried(SaDue *due, Datum endpoint)
{
	for (bool found = find_tried(due, endpoint); found; found = sa_lookup_next(&due->rows))
		if (is_tried(due->rows.row))
			return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), time_of(due->rows.row));
	return -1;
}

bool
sa_due_next_endpoint(SaDue *due, const char *behind, char **endpoint, char **channel)
{
	TupleTableSlot *row = due->rows.row;

	sa_lookup_start(&due->rows);
	if (behind != NULL)
		sa_lookup_text_above(&due->rows, CStringGetTextDatum(behind));
	for (bool found = sa_lookup_find(&due->rows); found; found = sa_lookup_next(&due->rows))
	{
		if (!is_waiting(row))
			continue;
		*endpoint = TextDatumGetCString(datum_of(row, ENDPOINT));
		*channel = TextDatumGetCString(datum_of(row, CHANNEL));
		return true;
	}
	return false;
}

int
sa_due_made_before(SaDue *due, TimestampTz before, int64 *queue_ids, int most)
{
	TupleTableSlot *row = due->rows.row;
	int seen = 0;
	int count = 0;

	sa_lookup_start(&due->rows);
	for (bool found = sa_lookup_find(&due->rows); found && seen < most;
		 found = sa_lookup_next(&due->rows))
	{
		if (!is_message(row))
			continue;
		seen++;
		if (DatumGetTimestampTz(datum_of(row, CREATED_AT)) < before)
			queue_ids[count++] = id_of(row);
	}
	return count;
}
