/*
 * fold_sales.c: the SQL functions by which refresh_demand() learns from sales.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "compat.h"
#include "demand/fold.h"
#include "demand/lines.h"

SA_FUNCTION(stockalert_fold_lines);
SA_FUNCTION(stockalert_fold_recent);
SA_FUNCTION(stockalert_count_lines);

/* Days before the last run that are counted whole each time: with the new one, four a night. */
#define RECENT_DAYS 3

/* The sums of one pair follow one another. */
static void
fold_sums(SaFold *fold, const SaDaySums *sums)
{
	SaToldDay days[SA_KEPT_DAYS];
	SaNews news = {0, 0, days, 0, true};

	for (Size i = 0; i < sums->count; i += (Size) news.day_count)
	{
		const SaDaySum *sum = &sums->sums[i];

		news.place = sum->place;
		news.item_id = sum->item_id;
		news.day_count = 0;
		for (; i + (Size) news.day_count < sums->count && sum->place == news.place &&
			   sum->item_id == news.item_id && news.day_count < SA_KEPT_DAYS;
			 sum++)
		{
			SaToldDay told = {sum->day, true, false, (double) sum->steps / SA_HISTORY_UNIT_STEPS,
							  0.0};

			days[news.day_count++] = told;
		}
		sa_fold_pair(fold, &news);
	}
}

typedef struct DayList
{
	int count;
	Datum *location_ids;
	Datum *days;
	Datum *lines;
} DayList;

static DayList
read_list(FunctionCallInfo fcinfo)
{
	DayList list;
	int counts[2];

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &list.location_ids, NULL, &list.count);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), DATEOID, sizeof(DateADT), true, TYPALIGN_INT,
					  &list.days, NULL, &counts[0]);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &list.lines, NULL, &counts[1]);
	if (counts[0] != list.count || counts[1] != list.count)
		elog(ERROR, "lists of days differ in length"); /* cannot happen */
	return list;
}

/*
 * Places by as many as have lines for the memory of maintenance work, one at least.
 * What a nightly run brings fits at once; a first one reads sales several times,
 * which costs less than what it then learns.
 */
static void
fold_places(SaFold *fold, const SaDaysAsked *asked, const int64 *lines)
{
	int64 most = (int64) maintenance_work_mem * 1024 / (int64) sizeof(SaDaySum);
	int count = sa_places_count(fold->places);
	int to;

	for (int from = 0; from < count; from = to)
	{
		SaDaySums sums;
		int64 total = lines[from];

		for (to = from + 1; to < count && total + lines[to] <= most; to++)
			total += lines[to];
		if (total == 0)
			continue;
		sums = sa_lines_sum(fold->places, asked, from, to);
		fold_sums(fold, &sums);
		pfree(sums.sums);
	}
}

Datum
stockalert_fold_lines(PG_FUNCTION_ARGS)
{
	MemoryContext room = CurrentMemoryContext;
	DayList list = read_list(fcinfo);
	SaDaysAsked *asked;
	int64 *lines;
	SaFold fold;

	SPI_connect();
	MemoryContextSwitchTo(room);
	sa_fold_begin(&fold, sa_places_load(PG_GETARG_TIMESTAMPTZ(0), DT_NOBEGIN, 0),
				  PG_GETARG_TIMESTAMPTZ(0), false);
	asked = sa_days_asked(fold.places);
	lines = (int64 *) palloc0(sizeof(int64) * Max(sa_places_count(fold.places), 1));
	for (int i = 0; i < list.count; i++)
	{
		int place = sa_places_find(fold.places, DatumGetInt64(list.location_ids[i]));

		if (place < 0)
			continue;
		sa_days_ask(asked, place, DatumGetDateADT(list.days[i]));
		lines[place] += DatumGetInt64(list.lines[i]);
	}
	fold_places(&fold, asked, lines);
	sa_fold_end(&fold);
	SPI_finish();
	return sa_fold_result(sa_fold_result_type(fcinfo), &fold);
}

/* Days by place, growing; as three arrays of SQL. */
typedef struct DayArrays
{
	Datum *location_ids;
	Datum *days;
	Datum *lines;
	int count;
} DayArrays;

static DayArrays
make_arrays(int room)
{
	DayArrays arrays = {NULL, NULL, NULL, 0};

	arrays.location_ids = (Datum *) palloc(sizeof(Datum) * Max(room, 1));
	arrays.days = (Datum *) palloc(sizeof(Datum) * Max(room, 1));
	arrays.lines = (Datum *) palloc(sizeof(Datum) * Max(room, 1));
	return arrays;
}

static void
add_day(DayArrays *arrays, const SaPlaces *places, const SaDayLines *day)
{
	arrays->location_ids[arrays->count] =
		Int64GetDatum(sa_places_get(places, day->place)->location_id);
	arrays->days[arrays->count] = DateADTGetDatum(day->day);
	arrays->lines[arrays->count++] = Int64GetDatum(day->lines);
}

static Datum
bigint_array(Datum *values, int count)
{
	return PointerGetDatum(
		construct_array(values, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
date_array(Datum *values, int count)
{
	return PointerGetDatum(
		construct_array(values, count, DATEOID, sizeof(DateADT), true, TYPALIGN_INT));
}

/* How many lines of each recent day are folded, under the numbers in *ids. */
static int64 *
load_totals(SaPlaces *places, SaIdTable **ids)
{
	MemoryContext room = CurrentMemoryContext;
	Oid types[1] = {DATEOID};
	Datum values[1] = {DateADTGetDatum(sa_places_first(places))};
	int64 *lines;
	bool isnull;

	if (SPI_execute_with_args("SELECT t.location_id, t.day, t.lines FROM stockalert.demand_totals "
							  "AS t WHERE t.day >= $1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read totals");
	MemoryContextSwitchTo(room);
	*ids = sa_id_table_make(SPI_processed);
	lines = (int64 *) MemoryContextAllocHuge(room, sizeof(int64) * Max(SPI_processed, 1));
	for (int i = 0; i < (int) SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		TupleDesc desc = SPI_tuptable->tupdesc;
		int place = sa_places_find(places, DatumGetInt64(SPI_getbinval(row, desc, 1, &isnull)));
		DateADT day = DatumGetDateADT(SPI_getbinval(row, desc, 2, &isnull));

		lines[i] = DatumGetInt64(SPI_getbinval(row, desc, 3, &isnull));
		if (place >= 0)
			(void) sa_id_table_add(*ids, sa_day_key(place, day), i);
	}
	SPI_freetuptable(SPI_tuptable);
	return lines;
}

typedef struct Recent
{
	SaRecentLines found;
	DayArrays folded;
	DayArrays told;
} Recent;

/* Learns the days whose lines are others in number; summed anew where not all of them are new. */
static void
fold_recent(SaFold *fold, const SaIdTable *ids, const int64 *totals, Recent *recent)
{
	const SaRecentLines *found = &recent->found;
	SaDaysAsked *asked = sa_days_asked(fold->places);
	int64 *lines = (int64 *) palloc0(sizeof(int64) * Max(sa_places_count(fold->places), 1));
	bool summed = !found->sums.full;

	for (int i = 0; i < found->days.count; i++)
	{
		const SaDayLines *day = &found->days.days[i];
		int total = sa_id_table_find(ids, sa_day_key(day->place, day->day));

		if (day->day >= sa_places_get(fold->places, day->place)->today ||
			(total >= 0 && totals[total] == day->lines))
			continue;
		if (total >= 0)
			summed = false;
		sa_days_ask(asked, day->place, day->day);
		lines[day->place] += day->lines;
		add_day(&recent->folded, fold->places, day);
	}
	if (summed)
		fold_sums(fold, &found->sums);
	else
		fold_places(fold, asked, lines);
}

/* Reads sales once: (as_of, folded_for, recorded_after) -> see sql/64_learn.sql. */
Datum
stockalert_fold_recent(PG_FUNCTION_ARGS)
{
	MemoryContext room = CurrentMemoryContext;
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(0);
	TupleDesc desc = sa_fold_result_type(fcinfo);
	SaPlaces *places;
	SaIdTable *ids;
	int64 *totals;
	Recent recent;
	SaFold fold;
	Datum values[7];
	bool nulls[7] = {false};

	SPI_connect();
	MemoryContextSwitchTo(room);
	places = sa_places_load(as_of, PG_GETARG_TIMESTAMPTZ(1), RECENT_DAYS);
	totals = load_totals(places, &ids);
	sa_lines_recent(places, ids, as_of, PG_GETARG_TIMESTAMPTZ(2), &recent.found);
	recent.folded = make_arrays(recent.found.days.count);
	recent.told = make_arrays(recent.found.told.count);
	for (int i = 0; i < recent.found.told.count; i++)
		add_day(&recent.told, places, &recent.found.told.days[i]);
	sa_fold_begin(&fold, places, as_of, false);
	fold_recent(&fold, ids, totals, &recent);
	sa_fold_end(&fold);
	SPI_finish();
	values[0] =
		sa_fold_result(lookup_rowtype_tupdesc_copy(TupleDescAttr(desc, 0)->atttypid, -1), &fold);
	values[1] = bigint_array(recent.folded.location_ids, recent.folded.count);
	values[2] = date_array(recent.folded.days, recent.folded.count);
	values[3] = bigint_array(recent.folded.lines, recent.folded.count);
	values[4] = bigint_array(recent.told.location_ids, recent.told.count);
	values[5] = date_array(recent.told.days, recent.told.count);
	values[6] = TimestampTzGetDatum(recent.found.newest);
	nulls[6] = recent.found.newest == DT_NOBEGIN;
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* Rows (location_id, day, lines) of sales from a time on and before another. */
Datum
stockalert_count_lines(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext room = CurrentMemoryContext;
	SaPlaces *places;
	SaDayCounts counts;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	MemoryContextSwitchTo(room);
	places = sa_places_load(PG_GETARG_TIMESTAMPTZ(1), DT_NOBEGIN, 0);
	counts = sa_lines_count(places, PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_TIMESTAMPTZ(1));
	SPI_finish();
	for (int i = 0; i < counts.count; i++)
	{
		Datum values[3] = {Int64GetDatum(sa_places_get(places, counts.days[i].place)->location_id),
						   DateADTGetDatum(counts.days[i].day),
						   Int64GetDatum(counts.days[i].lines)};
		bool nulls[3] = {false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
