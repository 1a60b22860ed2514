/*
 * hold.c: reads what the limits of a channel and of a minute leave, writes held rows.
 *
 * Messages count from when they are made, whether or not they have left.
 */
#include "postgres.h"

#include <limits.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "db/lookup.h"
#include "db/plans.h"
#include "db/result.h"
#include "db/word.h"
#include "delivery/hold.h"
#include "settings.h"

static const char *const message_names[] = {"occurred_at"};
static const char *const held_names[] = {"next_attempt_at", "last_error"};
static const char *const limit_names[] = {"hourly_limit", "daily_limit", "daily_each"};
static AttrNumber message_numbers[lengthof(message_names)];
static AttrNumber held_numbers[lengthof(held_names)];
static AttrNumber limit_numbers[lengthof(limit_names)];
static SaColumnNumbers message_columns = {
	.names = message_names, .numbers = message_numbers, .count = lengthof(message_names)};
static SaColumnNumbers held_columns = {
	.names = held_names, .numbers = held_numbers, .count = lengthof(held_names)};
static SaColumnNumbers limit_columns = {
	.names = limit_names, .numbers = limit_numbers, .count = lengthof(limit_names)};

/* Where there is no limit, nothing is counted: said inside, since the condition of the join is
 * asked only after. */
static const char people_text[] =
	"SELECT c.contact_id, h.daily_each - e.sent, e.free_at"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS c (contact_id, channel)"
	" LEFT JOIN stockalert.channels AS h ON h.channel = c.channel"
	" LEFT JOIN LATERAL ("
	"  SELECT pg_catalog.count(*)::integer AS sent,"
	"   pg_catalog.min(r.created_at) + interval '24 hours' AS free_at FROM ("
	"   SELECT m.created_at FROM stockalert.messages AS m"
	"   WHERE h.daily_each IS NOT NULL AND m.contact_id = c.contact_id"
	"    AND m.created_at > pg_catalog.now() - interval '24 hours'"
	"    AND NOT EXISTS (SELECT FROM stockalert.deliveries AS d WHERE d.message_id = m.message_id"
	"     AND d.outcome IN ('dead', 'expired', 'superseded'))"
	"   ORDER BY m.message_id DESC LIMIT h.daily_each) AS r"
	" ) AS e ON h.daily_each IS NOT NULL";

static const char channels_text[] =
	"SELECT h.channel, h.hourly_limit - o.sent, o.free_at, h.daily_limit - d.sent, d.free_at"
	" FROM stockalert.channels AS h"
	" LEFT JOIN LATERAL ("
	"  SELECT pg_catalog.count(*)::integer AS sent,"
	"   pg_catalog.min(r.created_at) + interval '1 hour' AS free_at FROM ("
	"   SELECT m.created_at FROM stockalert.messages AS m"
	"   WHERE h.hourly_limit IS NOT NULL AND m.channel = h.channel"
	"    AND m.created_at > pg_catalog.now() - interval '1 hour'"
	"   ORDER BY m.created_at DESC LIMIT h.hourly_limit) AS r"
	" ) AS o ON h.hourly_limit IS NOT NULL"
	" LEFT JOIN LATERAL ("
	"  SELECT pg_catalog.count(*)::integer AS sent,"
	"   pg_catalog.min(r.created_at) + interval '24 hours' AS free_at FROM ("
	"   SELECT m.created_at FROM stockalert.messages AS m"
	"   WHERE h.daily_limit IS NOT NULL AND m.channel = h.channel"
	"    AND m.created_at > pg_catalog.now() - interval '24 hours'"
	"   ORDER BY m.created_at DESC LIMIT h.daily_limit) AS r"
	" ) AS d ON h.daily_limit IS NOT NULL"
	" WHERE h.hourly_limit IS NOT NULL OR h.daily_limit IS NOT NULL";

static const char hold_text[] =
	"INSERT INTO stockalert.queue (stage, lane, event, alert_id, location_id, item_id, severity,"
	" quantity, subscriber_id, occurred_at, created_at, contact_id, channel, next_attempt_at,"
	" last_error)"
	" SELECT 'held', q.lane, q.event, q.alert_id, q.location_id, q.item_id, q.severity, q.quantity,"
	"  c.subscriber_id, q.occurred_at, q.created_at, h.contact_id, h.channel, h.until, h.reason"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3),"
	"  pg_catalog.unnest($4), pg_catalog.unnest($5))"
	"  WITH ORDINALITY AS h (queue_id, contact_id, channel, until, reason, place)"
	" JOIN stockalert.queue AS q ON q.queue_id = h.queue_id"
	" JOIN stockalert.subscriber_contacts AS c ON c.contact_id = h.contact_id"
	" ORDER BY h.place";

/* Narrows what is left by one limit, in a column and the next; a NULL difference is no limit. */
static void
narrow(SaLimit *limit, int row, int difference, int hours, const char *name)
{
	bool isnull;
	int left = DatumGetInt32(sa_result(SPI_tuptable, row, difference, &isnull));
	TimestampTz free_at;

	if (isnull || left >= limit->left)
		return;
	limit->left = Max(left, 0);
	limit->name = name;
	free_at = DatumGetTimestampTz(sa_result(SPI_tuptable, row, difference + 1, &isnull));
	limit->free_at =
		isnull ? TimestampTzPlusMilliseconds(GetCurrentTimestamp(), hours * INT64CONST(3600000))
			   : free_at;
}

static void
read_people(SaHolds *holds)
{
	static SPIPlanPtr plan = NULL;
	Oid types[2] = {INT8ARRAYOID, TEXTARRAYOID};
	Datum values[2];
	SaColumn contacts;
	SaColumn channels;

	sa_column_start(&contacts, INT8OID);
	sa_column_start(&channels, TEXTOID);
	for (int i = 0; i < holds->room_count; i++)
	{
		sa_column_add(&contacts, Int64GetDatum(holds->rooms[i].contact_id));
		sa_column_add_text(&channels, holds->rooms[i].channel);
	}
	values[0] = sa_column_array(&contacts);
	values[1] = sa_column_array(&channels);
	sa_plan_run(&plan, people_text, 2, types, values, NULL, false);
	for (int i = 0; i < (int) SPI_processed; i++)
	{
		SaRoom *room = sa_hold_room(holds, sa_result_bigint(SPI_tuptable, i, 1));

		if (room != NULL)
			narrow(&room->own, i, 2, 24, "limit of messages a day to one recipient (daily_each)");
	}
}

static void
read_channels(SaHolds *holds)
{
	static SPIPlanPtr plan = NULL;

	sa_plan_run(&plan, channels_text, 0, NULL, NULL, NULL, false);
	for (int i = 0; i < (int) SPI_processed && holds->shared_count < SA_HOLD_CHANNELS; i++)
	{
		SaLimit *limit = &holds->shared[holds->shared_count];

		*limit = (SaLimit){.left = INT_MAX};
		narrow(limit, i, 2, 1, "limit of messages an hour (hourly_limit)");
		narrow(limit, i, 4, 24, "limit of messages a day (daily_limit)");
		holds->shared_channels[holds->shared_count++] = sa_result_text(SPI_tuptable, i, 1);
	}
	for (int i = 0; i < holds->room_count; i++)
		for (int j = 0; j < holds->shared_count; j++)
			if (strcmp(holds->rooms[i].channel, holds->shared_channels[j]) == 0)
				holds->rooms[i].shared = &holds->shared[j];
}

/* Whether any channel has a limit; without one there is nothing to count. */
static bool
have_limits(void)
{
	SaLookup channels;
	bool have = false;

	sa_lookup_open(&channels, "channels", "channels_pkey", ForwardScanDirection, &limit_columns);
	sa_lookup_start(&channels);
	for (bool found = sa_lookup_find(&channels); found && !have; found = sa_lookup_next(&channels))
		for (int i = 0; i < limit_columns.count; i++)
			have = have || !slot_attisnull(channels.row, limit_numbers[i]);
	sa_lookup_close(&channels);
	return have;
}

/* Of the newest messages to a contact, those within a minute of a time. */
static int
count_recent(SaLookup *messages, int64 contact_id, TimestampTz at)
{
	int most = sa_storm_after == SA_STORM_NEVER ? 0 : sa_storm_after;
	int recent = 0;
	bool isnull;

	for (int seen = 0; seen < most && (seen == 0 ? sa_lookup_find_id(messages, contact_id)
												 : sa_lookup_next(messages));
		 seen++)
	{
		TimestampTz time =
			DatumGetTimestampTz(slot_getattr(messages->row, message_numbers[0], &isnull));

		recent += time > at - USECS_PER_MINUTE && time < at + USECS_PER_MINUTE;
	}
	return recent;
}

/* When what is collected for a contact is told; 0: nothing is. */
static TimestampTz
find_storm_end(SaLookup *held, int64 contact_id)
{
	TimestampTz end = 0;
	bool isnull;

	for (bool found = sa_lookup_find_id(held, contact_id); found; found = sa_lookup_next(held))
	{
		Datum until = slot_getattr(held->row, held_numbers[0], &isnull);
		Datum reason = slot_getattr(held->row, held_numbers[1], &isnull);

		if (!isnull && sa_is_word(reason, SA_HELD_STORM) &&
			(end == 0 || DatumGetTimestampTz(until) < end))
			end = DatumGetTimestampTz(until);
	}
	return end;
}

static void
read_storms(SaHolds *holds)
{
	SaLookup messages;
	SaLookup held;

	PushActiveSnapshot(GetTransactionSnapshot());
	sa_lookup_open(&messages, "messages", "messages_contact_idx", BackwardScanDirection,
				   &message_columns);
	sa_lookup_open(&held, "queue", "queue_held_idx", ForwardScanDirection, &held_columns);
	for (int i = 0; i < holds->room_count; i++)
	{
		SaRoom *room = &holds->rooms[i];

		room->recent = count_recent(&messages, room->contact_id, room->news_at);
		room->storm_ends = find_storm_end(&held, room->contact_id);
	}
	sa_lookup_close(&held);
	sa_lookup_close(&messages);
	PopActiveSnapshot();
}

void
sa_hold_start(SaHolds *holds, const SaRecipient *recipients, const SaNews *news, int count)
{
	sa_column_start(&holds->queue_ids, INT8OID);
	sa_column_start(&holds->contact_ids, INT8OID);
	sa_column_start(&holds->channels, TEXTOID);
	sa_column_start(&holds->untils, TIMESTAMPTZOID);
	sa_column_start(&holds->reasons, TEXTOID);
	holds->rooms = palloc0(sizeof(SaRoom) * Max(count, 1));
	holds->room_count = 0;
	holds->shared_count = 0;
	for (int i = 0; i < count; i++)
	{
		if (recipients[i].contact_id == 0 ||
			(i > 0 && recipients[i].contact_id == recipients[i - 1].contact_id))
			continue;
		holds->rooms[holds->room_count++] = (SaRoom){.contact_id = recipients[i].contact_id,
													 .channel = recipients[i].channel,
													 .news_at = news[i].occurred_at,
													 .own = {.left = INT_MAX}};
	}
	if (holds->room_count == 0)
		return;
	read_storms(holds);
	if (!have_limits())
		return;
	read_people(holds);
	read_channels(holds);
}

SaRoom *
sa_hold_room(SaHolds *holds, int64 contact_id)
{
	/* Asked in the order in which they are, so that the last answer is near. */
	static int last = 0;

	for (int i = 0; i < holds->room_count; i++)
	{
		int place = (last + i) % holds->room_count;

		if (holds->rooms[place].contact_id == contact_id)
		{
			last = place;
			return &holds->rooms[place];
		}
	}
	return NULL;
}

const SaLimit *
sa_hold_limit(const SaRoom *room)
{
	return room->shared != NULL && room->shared->left < room->own.left ? room->shared : &room->own;
}

static void
take(SaLimit *limit)
{
	if (limit != NULL && limit->left > 0 && limit->left < INT_MAX)
		limit->left--;
}

void
sa_hold_take(SaRoom *room)
{
	take(&room->own);
	take(room->shared);
	room->recent++;
}

void
sa_hold_add(SaHolds *holds, const SaRecipient *to, const SaNews *news, TimestampTz until,
			const char *reason)
{
	sa_column_add(&holds->queue_ids, Int64GetDatum(news->queue_id));
	sa_column_add(&holds->contact_ids, Int64GetDatum(to->contact_id));
	sa_column_add_text(&holds->channels, to->channel);
	sa_column_add(&holds->untils, TimestampTzGetDatum(until));
	sa_column_add_text(&holds->reasons, reason);
}

void
sa_hold_store(const SaHolds *holds)
{
	static SPIPlanPtr plan = NULL;
	Oid types[5] = {INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID};
	Datum values[5];

	if (holds->queue_ids.count == 0)
		return;
	values[0] = sa_column_array(&holds->queue_ids);
	values[1] = sa_column_array(&holds->contact_ids);
	values[2] = sa_column_array(&holds->channels);
	values[3] = sa_column_array(&holds->untils);
	values[4] = sa_column_array(&holds->reasons);
	sa_plan_run(&plan, hold_text, 5, types, values, NULL, false);
}
