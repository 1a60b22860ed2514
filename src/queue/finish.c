/*
 * finish.c: finished rows leave the queue for deliveries and notices.
 *
 * Each row is found by its primary key and deleted without the executor: with
 * joins of what comes back, one statement for all of it costs more than all
 * else that is done to settle a message.  Memory: the caller's.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "db/columns.h"
#include "db/lookup.h"
#include "db/plans.h"
#include "db/row_locks.h"
#include "db/word.h"
#include "queue/finish.h"
#include "queue/notices.h"

/* Columns of the queue. */
typedef enum Column
{
	QUEUE_ID,
	MESSAGE_ID,
	CHANNEL,
	SUBSCRIBER_ID,
	EVENT,
	ATTEMPTS,
	MAYBE_TWICE,
	OCCURRED_AT,
	CREATED_AT,
	EPOCH,
	COLUMNS
} Column;

static const char *const names[COLUMNS] = {
	[QUEUE_ID] = "queue_id",
	[MESSAGE_ID] = "message_id",
	[CHANNEL] = "channel",
	[SUBSCRIBER_ID] = "subscriber_id",
	[EVENT] = "event",
	[ATTEMPTS] = "attempts",
	[MAYBE_TWICE] = "maybe_twice",
	[OCCURRED_AT] = "occurred_at",
	[CREATED_AT] = "created_at",
	[EPOCH] = "epoch",
};

static AttrNumber numbers[COLUMNS];
static SaColumnNumbers known = {.names = names, .numbers = numbers, .count = COLUMNS};

/* In the order of delivered_text. */
static const Oid delivered_types[] = {INT8OID, INT8OID,        TEXTOID,       INT8OID, TEXTOID,
									  INT2OID, BOOLOID,        INT4OID,       TEXTOID, TEXTOID,
									  TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};

#define DELIVERED lengthof(delivered_types)

typedef struct Finished
{
	SaColumn delivered[DELIVERED];
	SaTold *told;
	int told_count;
} Finished;

static const char delivered_text[] =
	"INSERT INTO stockalert.deliveries (message_id, queue_id, channel, subscriber_id, outcome,"
	"  attempts, maybe_twice, status, provider_id, error_class, error, occurred_at, created_at)"
	" SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
	"  pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
	"  pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8),"
	"  pg_catalog.unnest($9), pg_catalog.unnest($10), pg_catalog.unnest($11),"
	"  pg_catalog.unnest($12), pg_catalog.unnest($13)) AS f";

/* --- a row --------------------------------------------------------------------------------- */

/* Deletes the row just found, or the version that has taken its place; false: it is gone. */
static bool
remove_row(SaLookup *rows)
{
	for (;;)
	{
		TM_FailureData failure;
		ItemPointerData place = rows->row->tts_tid;
		TM_Result result =
			table_tuple_delete(rows->heap, &place, GetCurrentCommandId(true), GetActiveSnapshot(),
							   InvalidSnapshot, true, &failure, false);

		if (result == TM_Ok)
			return true;
		if (result == TM_Deleted || result == TM_SelfModified)
			return false;
		switch (sa_row_lock(rows))
		{
			case SA_ROW_LOCKED:
				break;
			case SA_ROW_GONE:
				return false;
			case SA_ROW_BUSY:
				ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
								errmsg("somebody else is writing a message that is settled"),
								errhint("Nothing to do; the sender tries again.")));
		}
	}
}

static void
add_delivered(SaColumn *c, TupleTableSlot *row, const SaSettlement *s)
{
	bool isnull;
	int attempts = DatumGetInt16(slot_getattr(row, numbers[ATTEMPTS], &isnull));
	bool maybe_twice = DatumGetBool(slot_getattr(row, numbers[MAYBE_TWICE], &isnull));

	sa_column_add_from(c++, row, numbers[MESSAGE_ID]);
	sa_column_add_from(c++, row, numbers[QUEUE_ID]);
	sa_column_add_from(c++, row, numbers[CHANNEL]);
	sa_column_add_from(c++, row, numbers[SUBSCRIBER_ID]);
	sa_column_add_text(c++, s->outcome);
	sa_column_add(c++, Int16GetDatum((int16) Min(attempts + s->tried, PG_INT16_MAX)));
	sa_column_add(c++, BoolGetDatum(maybe_twice || s->maybe_twice));
	if (s->status != 0)
		sa_column_add(c++, Int32GetDatum(s->status));
	else
		sa_column_add_null(c++);
	sa_column_add_text(c++, s->provider_id);
	sa_column_add_text(c++, s->error_class);
	sa_column_add_text(c++, s->error);
	sa_column_add_from(c++, row, numbers[OCCURRED_AT]);
	sa_column_add_from(c, row, numbers[CREATED_AT]);
}

/* Whoever was told. */
static void
add_told(Finished *finished, TupleTableSlot *row, const SaSettlement *s)
{
	bool isnull;

	if ((strcmp(s->outcome, "sent") != 0 && strcmp(s->outcome, "logged") != 0) ||
		slot_attisnull(row, numbers[SUBSCRIBER_ID]))
		return;
	finished->told[finished->told_count++] = (SaTold){
		.message_id = DatumGetInt64(slot_getattr(row, numbers[MESSAGE_ID], &isnull)),
		.subscriber_id = DatumGetInt64(slot_getattr(row, numbers[SUBSCRIBER_ID], &isnull)),
		.channel = TextDatumGetCString(slot_getattr(row, numbers[CHANNEL], &isnull)),
		.occurred_at = DatumGetTimestampTz(slot_getattr(row, numbers[OCCURRED_AT], &isnull)),
		.returned = sa_is_word(slot_getattr(row, numbers[EVENT], &isnull), "resolved"),
	};
}

/* --- all of them --------------------------------------------------------------------------- */

/* Takes the rows out of the queue; returns the highest epoch. */
static int
remove_rows(Finished *finished, const SaSettlement *settlements, int count)
{
	SaLookup rows;
	int epoch = 0;

	/* What this transaction claimed is to be seen as it is now. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	sa_lookup_open_for_write(&rows, "queue", "queue_pkey", &known);
	for (int i = 0; i < count; i++)
	{
		Datum found;
		bool isnull;

		if (settlements[i].outcome == NULL)
			continue;
		if (!sa_lookup_find_id(&rows, settlements[i].queue_id) || !remove_row(&rows))
			continue;
		found = slot_getattr(rows.row, numbers[EPOCH], &isnull);
		epoch = isnull ? epoch : Max(epoch, DatumGetInt32(found));
		add_delivered(finished->delivered, rows.row, &settlements[i]);
		add_told(finished, rows.row, &settlements[i]);
	}
	sa_lookup_close(&rows);
	PopActiveSnapshot();
	CommandCounterIncrement();
	return epoch;
}

/* The table is partitioned, which is the executor's business. */
static void
insert_delivered(const SaColumn *columns)
{
	static SPIPlanPtr plan = NULL;
	Oid types[DELIVERED];
	Datum values[DELIVERED];

	if (columns[0].count == 0)
		return;
	for (int i = 0; i < DELIVERED; i++)
	{
		types[i] = get_array_type(columns[i].type);
		values[i] = sa_column_array(&columns[i]);
	}
	sa_plan_run(&plan, delivered_text, DELIVERED, types, values, NULL, false);
}

int
sa_queue_finish(const SaSettlement *settlements, int count)
{
	Finished finished = {.told = palloc(sizeof(SaTold) * Max(count, 1))};
	int epoch;

	for (int i = 0; i < DELIVERED; i++)
		sa_column_start(&finished.delivered[i], delivered_types[i]);
	epoch = remove_rows(&finished, settlements, count);
	insert_delivered(finished.delivered);
	sa_notices_note(finished.told, finished.told_count);
	return epoch;
}
