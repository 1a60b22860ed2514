/*
 * state_row.c: rows in and out; the columns of sql/25_demand.sql in their order.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "db/quantity.h"
#include "db/word.h"
#include "demand/state_row.h"

/* Columns of both tables, from 0. */
enum KeyColumn
{
	KEY_LOCATION,
	KEY_ITEM,
	KEYS
};

/* And of stockalert.demand_state. */
enum StateColumn
{
	COLUMN_FIRST_SALE = KEYS,
	COLUMN_LAST_SALE,
	COLUMN_LAST_DAY,
	COLUMN_EXPOSED_DAYS,
	COLUMN_SALES,
	COLUMN_LEVEL,
	COLUMN_MSE,
	COLUMN_SIZE,
	COLUMN_PROBABILITY,
	COLUMN_INTERVAL,
	COLUMN_SIZE_SUM,
	COLUMN_SIZE_SQUARES,
	COLUMN_VELOCITY,
	COLUMN_REORDER_POINT,
	COLUMN_ORDER_UP_TO,
	COLUMN_COMPUTED_FOR,
	COLUMN_SEASON,
	COLUMN_METHOD,
	STATE_COLUMNS
};

#define COLUMN_HISTORY KEYS
#define METHODS        (SA_METHOD_TSB + 1)
/* Of an array of seven numbers, with its header, the length word not counted. */
#define SEASON_BODY (ARR_OVERHEAD_NONULLS(1) + sizeof(double) * SA_WEEK - VARHDRSZ)

struct SaStateRoom
{
	ArrayType *season;
	Datum methods[METHODS];
	/* The long form of a day has 10 bytes. */
	char history[VARHDRSZ + SA_HISTORY_APPEND_MOST + 10 * SA_HISTORY_MAX_DAYS];
};

SaStateRoom *
sa_state_room(void)
{
	SaStateRoom *room = (SaStateRoom *) palloc(sizeof(SaStateRoom));
	Datum zeros[SA_WEEK] = {0};

	room->season = construct_array(zeros, SA_WEEK, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
								   TYPALIGN_DOUBLE);
	for (int i = 0; i < METHODS; i++)
		room->methods[i] = CStringGetTextDatum(sa_demand_method_name((SaDemandMethod) i));
	return room;
}

static double
read_quantity(const TupleTableSlot *row, int column)
{
	SaQuantity quantity = 0;

	if (!row->tts_isnull[column])
		(void) sa_quantity_from_datum(row->tts_values[column], &quantity);
	return (double) quantity / (double) SA_QUANTITY_ONE;
}

/* Where it lies: an array of this size is stored with a short length word, not aligned. */
static void
read_season(Datum season, SaEsw *esw)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(season);
	struct
	{
		ArrayType array;
		int room[2];
		double values[SA_WEEK];
	} read;

	if (VARSIZE_ANY_EXHDR(packed) == SEASON_BODY)
		memcpy((char *) &read + VARHDRSZ, VARDATA_ANY(packed), SEASON_BODY);
	if (VARSIZE_ANY_EXHDR(packed) != SEASON_BODY || ARR_NDIM(&read.array) != 1 ||
		ARR_DIMS(&read.array)[0] != SA_WEEK || ARR_HASNULL(&read.array) ||
		ARR_ELEMTYPE(&read.array) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("season of a demand state is damaged"),
				 errdetail("It must have seven numbers."),
				 errhint("Run stockalert.refresh_demand(rebuild => true).")));
	memcpy(esw->season, ARR_DATA_PTR(&read.array), sizeof(esw->season));
}

static SaDemandMethod
read_method(Datum method)
{
	for (int i = 0; i < METHODS; i++)
	{
		if (sa_is_word(method, sa_demand_method_name((SaDemandMethod) i)))
			return (SaDemandMethod) i;
	}
	return SA_METHOD_SHRUNK;
}

void
sa_state_row_read(const TupleTableSlot *row, SaPairState *out)
{
	const Datum *values = row->tts_values;
	SaDemandState *s = &out->state;

	if (row->tts_tupleDescriptor->natts < STATE_COLUMNS)
		elog(ERROR, "a demand state has too few columns"); /* cannot happen */
	s->first_sale = DatumGetDateADT(values[COLUMN_FIRST_SALE]);
	s->last_sale = DatumGetDateADT(values[COLUMN_LAST_SALE]);
	s->last_day = DatumGetDateADT(values[COLUMN_LAST_DAY]);
	s->exposed_days = DatumGetInt32(values[COLUMN_EXPOSED_DAYS]);
	s->sales = DatumGetInt32(values[COLUMN_SALES]);
	s->esw.level = DatumGetFloat8(values[COLUMN_LEVEL]);
	s->mse = DatumGetFloat8(values[COLUMN_MSE]);
	s->tsb.size = DatumGetFloat8(values[COLUMN_SIZE]);
	s->tsb.probability = DatumGetFloat8(values[COLUMN_PROBABILITY]);
	s->interval_mean = DatumGetFloat8(values[COLUMN_INTERVAL]);
	s->size_sum = DatumGetFloat8(values[COLUMN_SIZE_SUM]);
	s->size_squares = DatumGetFloat8(values[COLUMN_SIZE_SQUARES]);
	read_season(values[COLUMN_SEASON], &s->esw);
	out->velocity = DatumGetFloat8(values[COLUMN_VELOCITY]);
	out->method = read_method(values[COLUMN_METHOD]);
	out->has_thresholds =
		!row->tts_isnull[COLUMN_REORDER_POINT] && !row->tts_isnull[COLUMN_ORDER_UP_TO];
	out->reorder_point = read_quantity(row, COLUMN_REORDER_POINT);
	out->order_up_to = read_quantity(row, COLUMN_ORDER_UP_TO);
}

static bool
same_thresholds(const SaPairState *before, const SaPairState *now)
{
	return before->has_thresholds == now->has_thresholds &&
		   (!now->has_thresholds || (before->reorder_point == now->reorder_point &&
									 before->order_up_to == now->order_up_to));
}

bool
sa_state_row_steers(const SaPairState *before, const SaPairState *now)
{
	return before->velocity != now->velocity || !same_thresholds(before, now);
}

static void
set_value(TupleTableSlot *row, int column, Datum value)
{
	row->tts_values[column] = value;
	row->tts_isnull[column] = false;
}

static void
set_double(TupleTableSlot *row, int column, double value)
{
	set_value(row, column, Float8GetDatum(value));
}

static void
set_quantity(TupleTableSlot *row, int column, bool known, double quantity)
{
	row->tts_isnull[column] = !known;
	if (known)
		row->tts_values[column] =
			sa_quantity_to_datum((SaQuantity) (quantity * (double) SA_QUANTITY_ONE + 0.5));
}

static void
set_key(TupleTableSlot *row, int64 location_id, int64 item_id)
{
	set_value(row, KEY_LOCATION, Int64GetDatum(location_id));
	set_value(row, KEY_ITEM, Int64GetDatum(item_id));
}

void
sa_state_row_set(SaStateRoom *room, TupleTableSlot *row, int64 location_id, int64 item_id,
				 const SaPairState *before, const SaPairState *now, DateADT computed_for)
{
	const SaDemandState *s = &now->state;

	set_key(row, location_id, item_id);
	set_value(row, COLUMN_FIRST_SALE, DateADTGetDatum(s->first_sale));
	set_value(row, COLUMN_LAST_SALE, DateADTGetDatum(s->last_sale));
	set_value(row, COLUMN_LAST_DAY, DateADTGetDatum(s->last_day));
	set_value(row, COLUMN_EXPOSED_DAYS, Int32GetDatum(s->exposed_days));
	set_value(row, COLUMN_SALES, Int32GetDatum(s->sales));
	set_double(row, COLUMN_LEVEL, s->esw.level);
	set_double(row, COLUMN_MSE, s->mse);
	set_double(row, COLUMN_SIZE, s->tsb.size);
	set_double(row, COLUMN_PROBABILITY, s->tsb.probability);
	set_double(row, COLUMN_INTERVAL, s->interval_mean);
	set_double(row, COLUMN_SIZE_SUM, s->size_sum);
	set_double(row, COLUMN_SIZE_SQUARES, s->size_squares);
	set_double(row, COLUMN_VELOCITY, now->velocity);
	if (before == NULL || !same_thresholds(before, now))
	{
		set_quantity(row, COLUMN_REORDER_POINT, now->has_thresholds, now->reorder_point);
		set_quantity(row, COLUMN_ORDER_UP_TO, now->has_thresholds, now->order_up_to);
	}
	set_value(row, COLUMN_COMPUTED_FOR, DateADTGetDatum(computed_for));
	memcpy(ARR_DATA_PTR(room->season), s->esw.season, sizeof(s->esw.season));
	set_value(row, COLUMN_SEASON, PointerGetDatum(room->season));
	set_value(row, COLUMN_METHOD, room->methods[now->method]);
}

const uint8_t *
sa_days_row_read(const TupleTableSlot *row, size_t *size)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(row->tts_values[COLUMN_HISTORY]);

	*size = VARSIZE_ANY_EXHDR(packed);
	return (const uint8_t *) VARDATA_ANY(packed);
}

void
sa_days_row_set(SaStateRoom *room, TupleTableSlot *row, int64 location_id, int64 item_id,
				const uint8_t *history, size_t size)
{
	Assert(size <= sizeof(room->history) - VARHDRSZ);
	SET_VARSIZE(room->history, VARHDRSZ + size);
	memcpy(VARDATA(room->history), history, size);
	set_key(row, location_id, item_id);
	set_value(row, COLUMN_HISTORY, PointerGetDatum(room->history));
}
