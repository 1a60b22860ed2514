/*
 * lines.c: receivers of the executor's rows.
 *
 * Rows come as they lie in the table, and no more of each is unpacked than is
 * asked for: most are only counted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "db/result.h"
#include "demand/learn.h"
#include "demand/lines.h"

/* Days back from today that are found without a search. */
#define NEAR_DAYS 8

/* Columns of stockalert.sales. */
enum SaleColumn
{
	SALE_LOCATION,
	SALE_ITEM,
	SALE_SOLD_AT,
	SALE_QUANTITY,
	SALE_KIND,
	SALE_PRICE,
	SALE_SOURCE,
	SALE_LINE,
	SALE_RECORDED_AT,
	SALE_COLUMNS
};

struct SaDaysAsked
{
	SaPlaces *places;
	DateADT first; /* of all places */
	DateADT last;
	bool (*days)[SA_KEPT_DAYS + 1];
};

/* A day of a place: its entry, and whether it is to be summed. */
typedef struct DayAt
{
	int number; /* -1: not looked up yet */
	bool wanted;
} DayAt;

typedef struct Receiver
{
	DestReceiver base;
	SaPlaces *places;
	const SaDaysAsked *asked;
	SaDaySums sums;
	SaDayCounts counts;
} Receiver;

typedef struct RecentReceiver
{
	DestReceiver base;
	SaPlaces *places;
	const SaIdTable *folded;
	TimestampTz until;
	TimestampTz recorded_after;
	SaRecentLines *out;
	DayAt (*near)[NEAR_DAYS];
} RecentReceiver;

SaDaysAsked *
sa_days_asked(SaPlaces *places)
{
	SaDaysAsked *asked = (SaDaysAsked *) palloc(sizeof(SaDaysAsked));
	Size room = sizeof(asked->days[0]) * (Size) Max(sa_places_count(places), 1);

	asked->places = places;
	asked->first = DATEVAL_NOEND;
	asked->last = DATEVAL_NOBEGIN;
	asked->days = MemoryContextAllocHuge(CurrentMemoryContext, room);
	memset(asked->days, 0, room);
	return asked;
}

/* Days back from today, or -1 where no history keeps the day. */
static int
days_back(const SaPlace *place, DateADT day)
{
	int64 back = (int64) place->today - day;

	return back > 0 && back <= SA_KEPT_DAYS ? (int) back : -1;
}

void
sa_days_ask(SaDaysAsked *asked, int place, DateADT day)
{
	int back = days_back(sa_places_get(asked->places, place), day);

	if (back < 0)
		return;
	asked->days[place][back] = true;
	asked->first = Min(asked->first, day);
	asked->last = Max(asked->last, day);
}

/* The place of a line and its day there; false: of no place. */
static bool
read_line(SaPlaces *places, TupleTableSlot *slot, int *place, DateADT *day)
{
	slot_getsomeattrs(slot, SALE_SOLD_AT + 1);
	*place = sa_places_find(places, DatumGetInt64(slot->tts_values[SALE_LOCATION]));
	if (*place < 0)
		return false;
	*day = sa_places_day(places, *place, DatumGetTimestampTz(slot->tts_values[SALE_SOLD_AT]));
	return true;
}

static void
add_line(SaDaySums *sums, TupleTableSlot *slot, int place, DateADT day)
{
	slot_getsomeattrs(slot, SALE_KIND + 1);
	sa_day_sums_add(sums, place, DatumGetInt64(slot->tts_values[SALE_ITEM]), day,
					slot->tts_values[SALE_QUANTITY], slot->tts_values[SALE_KIND]);
}

static bool
sum_line(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver *r = (Receiver *) self;
	int place;
	DateADT day;
	int back;

	if (!read_line(r->places, slot, &place, &day))
		return true;
	back = days_back(sa_places_get(r->places, place), day);
	if (back >= 0 && r->asked->days[place][back])
		add_line(&r->sums, slot, place, day);
	return true;
}

static bool
count_line(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver *r = (Receiver *) self;
	int place;
	DateADT day;

	if (read_line(r->places, slot, &place, &day))
	{
		int number = sa_day_counts_find(&r->counts, place, day);

		r->counts.days[number].lines++;
	}
	return true;
}

static DayAt
find_day(RecentReceiver *r, int place, DateADT day)
{
	DayAt at;

	at.number = sa_day_counts_find(&r->out->days, place, day);
	at.wanted = days_back(sa_places_get(r->places, place), day) >= 0 &&
				sa_id_table_find(r->folded, sa_day_key(place, day)) < 0;
	return at;
}

static TimestampTz
recorded_at(TupleTableSlot *slot)
{
	slot_getsomeattrs(slot, SALE_COLUMNS);
	return DatumGetTimestampTz(slot->tts_values[SALE_RECORDED_AT]);
}

static void
receive_recent_line(RecentReceiver *r, TupleTableSlot *slot, int place, DateADT day)
{
	int64 back = (int64) sa_places_get(r->places, place)->today - day;
	DayAt at;

	if (back < 0 || back >= NEAR_DAYS)
		at = find_day(r, place, day);
	else
	{
		at = r->near[place][back];
		if (at.number < 0)
			at = r->near[place][back] = find_day(r, place, day);
	}
	r->out->days.days[at.number].lines++;
	if (!at.wanted)
		return;
	r->out->newest = Max(r->out->newest, recorded_at(slot));
	add_line(&r->out->sums, slot, place, day);
}

static bool
receive_line(TupleTableSlot *slot, DestReceiver *self)
{
	RecentReceiver *r = (RecentReceiver *) self;
	int place;
	DateADT day;
	bool before;

	if (!read_line(r->places, slot, &place, &day))
		return true;
	before = DatumGetTimestampTz(slot->tts_values[SALE_SOLD_AT]) < r->until;
	if (before && day >= sa_places_get(r->places, place)->first)
		receive_recent_line(r, slot, place, day);
	else if (recorded_at(slot) > r->recorded_after)
	{
		r->out->newest = Max(r->out->newest, recorded_at(slot));
		if (before)
			(void) sa_day_counts_find(&r->out->told, place, day);
	}
	return true;
}

/* From, until, and one thing more. */
static void
run_query(const char *query, TimestampTz from, TimestampTz until, Oid type, Datum more,
		  DestReceiver *receiver)
{
	MemoryContext room = CurrentMemoryContext;
	Oid types[3] = {TIMESTAMPTZOID, TIMESTAMPTZOID, type};
	Datum values[3] = {TimestampTzGetDatum(from), TimestampTzGetDatum(until), more};
	int count = OidIsValid(type) ? 3 : 2;
	SPIExecuteOptions options = {0};

	options.params = makeParamList(count);
	for (int i = 0; i < count; i++)
	{
		ParamExternData param = {values[i], false, PARAM_FLAG_CONST, types[i]};

		options.params->params[i] = param;
	}
	options.dest = receiver;
	if (SPI_execute_extended(query, &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read sales");
	MemoryContextSwitchTo(room);
}

static Datum
location_ids(SaPlaces *places, int from, int to)
{
	Datum *ids = (Datum *) palloc(sizeof(Datum) * (to - from));

	for (int i = from; i < to; i++)
		ids[i - from] = Int64GetDatum(sa_places_get(places, i)->location_id);
	return PointerGetDatum(
		construct_array(ids, to - from, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

SaDaySums
sa_lines_sum(SaPlaces *places, const SaDaysAsked *asked, int from, int to)
{
	Receiver r = {sa_result_receiver(sum_line), places, asked, sa_day_sums_make(0)};
	TimestampTz starts;
	TimestampTz ends;

	if (asked->first > asked->last)
		return r.sums;
	sa_places_range(places, asked->first, asked->last, &starts, &ends);
	if (from == 0 && to == sa_places_count(places))
		run_query("SELECT s.* FROM stockalert.sales AS s WHERE s.sold_at >= $1 AND s.sold_at < $2",
				  starts, ends, InvalidOid, (Datum) 0, &r.base);
	else
		run_query("SELECT s.* FROM stockalert.sales AS s WHERE s.sold_at >= $1 AND s.sold_at < $2 "
				  "AND s.location_id = ANY ($3)",
				  starts, ends, INT8ARRAYOID, location_ids(places, from, to), &r.base);
	sa_day_sums_finish(&r.sums);
	return r.sums;
}

SaDayCounts
sa_lines_count(SaPlaces *places, TimestampTz from, TimestampTz until)
{
	Receiver r = {sa_result_receiver(count_line), places, NULL};

	r.counts = sa_day_counts_make();
	run_query("SELECT s.* FROM stockalert.sales AS s WHERE s.sold_at >= $1 AND s.sold_at < $2",
			  from, until, InvalidOid, (Datum) 0, &r.base);
	return r.counts;
}

void
sa_lines_recent(SaPlaces *places, const SaIdTable *folded, TimestampTz until,
				TimestampTz recorded_after, SaRecentLines *out)
{
	RecentReceiver r = {
		sa_result_receiver(receive_line), places, folded, until, recorded_after, out};
	Size count = (Size) Max(sa_places_count(places), 1);
	TimestampTz from;
	TimestampTz ends;

	out->days = sa_day_counts_make();
	out->told = sa_day_counts_make();
	out->sums = sa_day_sums_make((Size) maintenance_work_mem * 1024 / sizeof(SaDaySum));
	out->newest = DT_NOBEGIN;
	r.near = palloc(sizeof(r.near[0]) * count);
	memset(r.near, -1, sizeof(r.near[0]) * count);
	sa_places_range(places, sa_places_first(places), 0, &from, &ends);
	if (recorded_after == DT_NOEND)
		run_query("SELECT s.* FROM stockalert.sales AS s WHERE s.sold_at >= $1 AND s.sold_at < $2",
				  from, until, InvalidOid, (Datum) 0, &r.base);
	else
		run_query("SELECT s.* FROM stockalert.sales AS s "
				  "WHERE (s.sold_at >= $1 AND s.sold_at < $2) OR s.recorded_at > $3",
				  from, until, TIMESTAMPTZOID, TimestampTzGetDatum(recorded_after), &r.base);
	sa_day_sums_finish(&out->sums);
}
