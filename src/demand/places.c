/*
 * places.c: zones are few, and so are the quarters of an hour that sales of a
 * run lie in: the server's own conversion is asked once for each.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/spi.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "db/result.h"
#include "demand/id_table.h"
#include "demand/places.h"

/* Quarters remembered of a zone; a day has 96. */
#define REMEMBERED 1024
#define QUARTER    (15 * USECS_PER_MINUTE)

typedef struct Quarter
{
	int64 number; /* since 2000 */
	DateADT day;
	bool whole; /* all of it lies in the day */
} Quarter;

typedef struct Zone
{
	text *name;
	Quarter quarters[REMEMBERED];
} Zone;

struct SaPlaces
{
	SaPlace *places;
	int count;
	Zone **zones;
	int zone_count;
	SaIdTable *ids;
};

static int
find_zone(SaPlaces *places, text *name)
{
	Zone *zone;

	for (int i = 0; i < places->zone_count; i++)
	{
		if (VARSIZE_ANY_EXHDR(places->zones[i]->name) == VARSIZE_ANY_EXHDR(name) &&
			memcmp(VARDATA_ANY(places->zones[i]->name), VARDATA_ANY(name),
				   VARSIZE_ANY_EXHDR(name)) == 0)
			return i;
	}
	zone = (Zone *) palloc0(sizeof(Zone));
	zone->name = (text *) PG_DETOAST_DATUM_COPY(PointerGetDatum(name));
	for (int i = 0; i < REMEMBERED; i++)
		zone->quarters[i].number = PG_INT64_MIN;
	places->zones[places->zone_count] = zone;
	return places->zone_count++;
}

/* Earlier by some days, and still a day. */
static DateADT
days_before(DateADT day, int days)
{
	return DATE_NOT_FINITE(day) ? DATEVAL_NOBEGIN : day - days;
}

SaPlaces *
sa_places_load(TimestampTz as_of, TimestampTz last, int days)
{
	MemoryContext room = CurrentMemoryContext;
	SaPlaces *places = (SaPlaces *) palloc0(sizeof(SaPlaces));
	Oid types[2] = {TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum values[2] = {TimestampTzGetDatum(as_of), TimestampTzGetDatum(last)};
	bool isnull;

	if (SPI_execute_with_args("SELECT l.location_id, l.time_zone, "
							  "($1 AT TIME ZONE l.time_zone)::pg_catalog.date, "
							  "($2 AT TIME ZONE l.time_zone)::pg_catalog.date "
							  "FROM stockalert.locations AS l ORDER BY l.location_id",
							  2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read locations");
	MemoryContextSwitchTo(room);
	places->count = (int) SPI_processed;
	places->ids = sa_id_table_make((Size) places->count);
	places->places = (SaPlace *) palloc0(sizeof(SaPlace) * Max(places->count, 1));
	places->zones = (Zone **) palloc(sizeof(Zone *) * Max(places->count, 1));
	for (int i = 0; i < places->count; i++)
	{
		SaPlace *place = &places->places[i];

		place->location_id = sa_result_bigint(SPI_tuptable, i, 1);
		(void) sa_id_table_add(places->ids, (uint64) place->location_id, i);
		place->zone = find_zone(places, DatumGetTextPP(sa_result(SPI_tuptable, i, 2, &isnull)));
		place->today = DatumGetDateADT(sa_result(SPI_tuptable, i, 3, &isnull));
		place->first = days_before(DatumGetDateADT(sa_result(SPI_tuptable, i, 4, &isnull)), days);
	}
	SPI_freetuptable(SPI_tuptable);
	return places;
}

int
sa_places_count(const SaPlaces *places)
{
	return places->count;
}

SaPlace *
sa_places_get(const SaPlaces *places, int place)
{
	return &places->places[place];
}

int
sa_places_find(SaPlaces *places, int64 location_id)
{
	int64 guess;

	/* Mostly each follows the one before. */
	if (places->count > 0 &&
		!pg_sub_s64_overflow(location_id, places->places[0].location_id, &guess) && guess >= 0 &&
		guess < places->count && places->places[guess].location_id == location_id)
		return (int) guess;
	return sa_id_table_find(places->ids, (uint64) location_id);
}

static DateADT
ask_day(const Zone *zone, TimestampTz at)
{
	Datum local =
		DirectFunctionCall2(timestamptz_zone, PointerGetDatum(zone->name), TimestampTzGetDatum(at));

	return DatumGetDateADT(DirectFunctionCall1(timestamp_date, local));
}

DateADT
sa_places_day(SaPlaces *places, int place, TimestampTz at)
{
	Zone *zone = places->zones[places->places[place].zone];
	int64 number = at >= 0 ? at / QUARTER : -((-at - 1) / QUARTER) - 1;
	Quarter *quarter = &zone->quarters[(uint64) number % REMEMBERED];

	if (quarter->number != number)
	{
		quarter->number = number;
		quarter->day = ask_day(zone, number * QUARTER);
		quarter->whole = quarter->day == ask_day(zone, (number + 1) * QUARTER - 1);
	}
	return quarter->whole ? quarter->day : ask_day(zone, at);
}

DateADT
sa_places_first(const SaPlaces *places)
{
	DateADT first = DATEVAL_NOEND;

	for (int i = 0; i < places->count; i++)
		first = Min(first, places->places[i].first);
	return first;
}

/* About when a day begins there. */
static TimestampTz
ask_start(const Zone *zone, DateADT day)
{
	if (DATE_NOT_FINITE(day))
		return DATE_IS_NOBEGIN(day) ? DT_NOBEGIN : DT_NOEND;
	return DatumGetTimestampTz(
		DirectFunctionCall2(timestamp_zone, PointerGetDatum(zone->name),
							TimestampGetDatum((Timestamp) day * USECS_PER_DAY)));
}

void
sa_places_range(const SaPlaces *places, DateADT first, DateADT last, TimestampTz *from,
				TimestampTz *until)
{
	*from = PG_INT64_MAX;
	*until = PG_INT64_MIN;
	for (int i = 0; i < places->zone_count; i++)
	{
		TimestampTz starts = ask_start(places->zones[i], first);
		TimestampTz ends = ask_start(places->zones[i], last + 1);

		/* Clocks that are put back at midnight have the end of a day twice. */
		*from = Min(*from, DATE_NOT_FINITE(first) ? starts : starts - 2 * USECS_PER_HOUR);
		*until = Max(*until, ends + 2 * USECS_PER_HOUR);
	}
}
