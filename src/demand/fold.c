/*
 * fold.c: reads what is stored of a pair, has it learned, stores what moved.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "demand/fold.h"

/* Every day before today must have a place in a history. */
static void
check_days(const SaPlaces *places)
{
	for (int i = 0; i < sa_places_count(places); i++)
	{
		const SaPlace *place = sa_places_get(places, i);

		if (place->today < SA_HISTORY_FIRST_DAY || place->today > SA_HISTORY_LAST_DAY + 1)
			ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
							errmsg("day to learn as of is out of range"),
							errdetail("It must be from 1970-01-01 to 2200-01-01."),
							errhint("Call stockalert.refresh_demand() with a time between.")));
	}
}

void
sa_fold_begin(SaFold *fold, SaPlaces *places, TimestampTz as_of, bool from_nothing)
{
	check_days(places);
	memset(fold, 0, sizeof(*fold));
	fold->run = CurrentMemoryContext;
	fold->pair =
		AllocSetContextCreate(CurrentMemoryContext, "stockalert pair", ALLOCSET_DEFAULT_SIZES);
	fold->places = places;
	sa_pair_rows_open(&fold->days, "demand_days", "demand_days_pkey");
	sa_pair_rows_open(&fold->states, "demand_state", "demand_state_pkey");
	fold->room = sa_learn_room();
	fold->state_room = sa_state_room();
	fold->computed_for =
		DatumGetDateADT(DirectFunctionCall1(timestamptz_date, TimestampTzGetDatum(as_of)));
	fold->from_nothing = from_nothing;
	fold->moved.room = 1024;
	fold->moved.location_ids = (int64 *) palloc(sizeof(int64) * fold->moved.room);
	fold->moved.item_ids = (int64 *) palloc(sizeof(int64) * fold->moved.room);
}

void
sa_fold_end(SaFold *fold)
{
	sa_pair_rows_close(&fold->states);
	sa_pair_rows_close(&fold->days);
	MemoryContextDelete(fold->pair);
}

static void
add_key(SaMovedPairs *keys, int64 location_id, int64 item_id)
{
	if (keys->count == keys->room)
	{
		keys->room *= 2;
		keys->location_ids = repalloc_huge(keys->location_ids, sizeof(int64) * keys->room);
		keys->item_ids = repalloc_huge(keys->item_ids, sizeof(int64) * keys->room);
	}
	keys->location_ids[keys->count] = location_id;
	keys->item_ids[keys->count++] = item_id;
}

/* What moved of a pair into its rows. */
static void
store(SaFold *fold, int64 location_id, int64 item_id, bool has_days, bool has_state,
	  const SaPairState *before, const SaLearned *learned)
{
	if (learned->history_moved)
	{
		sa_pair_rows_begin(&fold->days, has_days);
		sa_days_row_set(fold->state_room, fold->days.written, location_id, item_id,
						learned->history, learned->history_size);
		sa_pair_rows_store(&fold->days, has_days);
	}
	if (!learned->moved)
		return;
	sa_pair_rows_begin(&fold->states, has_state);
	sa_state_row_set(fold->state_room, fold->states.written, location_id, item_id, before,
					 &learned->state, fold->computed_for);
	sa_pair_rows_store(&fold->states, has_state);
	if (before == NULL || sa_state_row_steers(before, &learned->state))
		add_key(&fold->moved, location_id, item_id);
}

/* Many a step finds no pair.  A query may be running, hence the level of its own. */
static void
load_supplies(SaFold *fold)
{
	MemoryContext old = CurrentMemoryContext;

	SPI_connect();
	MemoryContextSwitchTo(fold->run);
	fold->supplies = sa_supplies_load(fold->places);
	SPI_finish();
	MemoryContextSwitchTo(old);
}

static void
learn_pair(SaFold *fold, const SaNews *news)
{
	const SaPlace *place = sa_places_get(fold->places, news->place);
	SaSetting setting;
	SaPairState before;
	SaLesson lesson = {0};
	SaLearned learned;
	bool has_days;
	bool has_state;

	CHECK_FOR_INTERRUPTS();
	if (fold->supplies == NULL)
		load_supplies(fold);
	if (!sa_supplies_find(fold->supplies, news->place, news->item_id, &setting))
		return;
	has_days = sa_pair_rows_find(&fold->days, place->location_id, news->item_id);
	if (!has_days && !news->sold)
		return;
	has_state = sa_pair_rows_find(&fold->states, place->location_id, news->item_id);
	if (has_state)
		sa_state_row_read(fold->states.row, &before);
	if (has_days)
		lesson.history = sa_days_row_read(fold->days.row, &lesson.history_size);
	lesson.today = place->today;
	lesson.before = has_state && !fold->from_nothing ? &before : NULL;
	lesson.days = news->days;
	lesson.day_count = news->day_count;
	lesson.profile = setting.profile;
	lesson.pool = setting.pool;
	lesson.supply = setting.supply;
	sa_learn(fold->room, &lesson, &learned);
	fold->changed += learned.moved || learned.history_moved;
	store(fold, place->location_id, news->item_id, has_days, has_state, has_state ? &before : NULL,
		  &learned);
}

void
sa_fold_pair(SaFold *fold, const SaNews *news)
{
	MemoryContext old = MemoryContextSwitchTo(fold->pair);

	learn_pair(fold, news);
	MemoryContextSwitchTo(old);
	MemoryContextReset(fold->pair);
}

static Datum
make_ids(const int64 *ids, Size count)
{
	Size size = ARR_OVERHEAD_NONULLS(1) + sizeof(int64) * count;
	ArrayType *array;

	if (count == 0)
		return PointerGetDatum(construct_empty_array(INT8OID));
	array = (ArrayType *) palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = INT8OID;
	ARR_DIMS(array)[0] = (int) count;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), ids, sizeof(int64) * count);
	return PointerGetDatum(array);
}

/* A row of stockalert.folded, of this type. */
Datum
sa_fold_result(TupleDesc desc, const SaFold *fold)
{
	Datum values[4] = {Int64GetDatum(0), Int64GetDatum(fold->changed),
					   make_ids(fold->moved.location_ids, fold->moved.count),
					   make_ids(fold->moved.item_ids, fold->moved.count)};
	bool nulls[4] = {false, false, false, false};

	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

TupleDesc
sa_fold_result_type(FunctionCallInfo fcinfo)
{
	TupleDesc desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return BlessTupleDesc(desc);
}
