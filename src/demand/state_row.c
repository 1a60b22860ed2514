/*
 * state_row.c: rows in and out; the columns of sql/25_demand.sql in their order.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "db/quantity.h"
#include "demand/state_row.h"

/* Attribute numbers of stockalert.demand_state. */
enum StateColumn
{
	COLUMN_FIRST_SALE = 3,
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
	STATE_COLUMNS = COLUMN_METHOD
};

/* Fields of stockalert.learned: moved flags and history, then as above from first_sale on. */
#define LEARNED_FIELDS 20

typedef struct StateValues
{
	Datum value[STATE_COLUMNS + 1];
	bool null[STATE_COLUMNS + 1];
} StateValues;

static double
read_quantity(const StateValues *v, int column)
{
	SaQuantity quantity = 0;

	if (!v->null[column])
		(void) sa_quantity_from_datum(v->value[column], &quantity);
	return (double) quantity / (double) SA_QUANTITY_ONE;
}

static void
read_season(Datum season, SaEsw *esw)
{
	ArrayType *array = DatumGetArrayTypeP(season);

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != SA_WEEK || ARR_HASNULL(array) ||
		ARR_ELEMTYPE(array) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("season of a demand state is damaged"),
				 errdetail("It must have seven numbers."),
				 errhint("Run stockalert.refresh_demand(rebuild => true).")));
	memcpy(esw->season, ARR_DATA_PTR(array), sizeof(esw->season));
}

static void
read_state(const StateValues *v, SaDemandState *s)
{
	s->first_sale = DatumGetInt32(v->value[COLUMN_FIRST_SALE]);
	s->last_sale = DatumGetInt32(v->value[COLUMN_LAST_SALE]);
	s->last_day = DatumGetInt32(v->value[COLUMN_LAST_DAY]);
	s->exposed_days = DatumGetInt32(v->value[COLUMN_EXPOSED_DAYS]);
	s->sales = DatumGetInt32(v->value[COLUMN_SALES]);
	s->esw.level = DatumGetFloat8(v->value[COLUMN_LEVEL]);
	s->mse = DatumGetFloat8(v->value[COLUMN_MSE]);
	s->tsb.size = DatumGetFloat8(v->value[COLUMN_SIZE]);
	s->tsb.probability = DatumGetFloat8(v->value[COLUMN_PROBABILITY]);
	s->interval_mean = DatumGetFloat8(v->value[COLUMN_INTERVAL]);
	s->size_sum = DatumGetFloat8(v->value[COLUMN_SIZE_SUM]);
	s->size_squares = DatumGetFloat8(v->value[COLUMN_SIZE_SQUARES]);
	read_season(v->value[COLUMN_SEASON], &s->esw);
}

bool
sa_state_row_read(HeapTupleHeader tuple, SaStateRow *out)
{
	TupleDesc desc =
		lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(tuple), HeapTupleHeaderGetTypMod(tuple));
	HeapTupleData data;
	StateValues v;

	data.t_len = HeapTupleHeaderGetDatumLength(tuple);
	ItemPointerSetInvalid(&data.t_self);
	data.t_tableOid = InvalidOid;
	data.t_data = tuple;
	if (desc->natts < STATE_COLUMNS)
		elog(ERROR, "row type of a demand state has too few columns"); /* cannot happen */
	for (int i = 1; i <= STATE_COLUMNS; i++)
		v.value[i] = heap_getattr(&data, i, desc, &v.null[i]);
	ReleaseTupleDesc(desc);
	if (v.null[COLUMN_METHOD])
		return false;
	read_state(&v, &out->state);
	out->velocity = DatumGetFloat8(v.value[COLUMN_VELOCITY]);
	out->method = TextDatumGetCString(v.value[COLUMN_METHOD]);
	out->has_thresholds = !v.null[COLUMN_REORDER_POINT] && !v.null[COLUMN_ORDER_UP_TO];
	out->reorder_point = read_quantity(&v, COLUMN_REORDER_POINT);
	out->order_up_to = read_quantity(&v, COLUMN_ORDER_UP_TO);
	return true;
}

static bool
same_season(const SaEsw *a, const SaEsw *b)
{
	for (int day = 0; day < SA_WEEK; day++)
	{
		if (a->season[day] != b->season[day])
			return false;
	}
	return true;
}

static bool
same_state(const SaDemandState *a, const SaDemandState *b)
{
	return a->first_sale == b->first_sale && a->last_sale == b->last_sale &&
		   a->last_day == b->last_day && a->exposed_days == b->exposed_days &&
		   a->sales == b->sales && a->mse == b->mse && a->interval_mean == b->interval_mean &&
		   a->size_sum == b->size_sum && a->size_squares == b->size_squares &&
		   a->tsb.size == b->tsb.size && a->tsb.probability == b->tsb.probability &&
		   a->esw.level == b->esw.level && same_season(&a->esw, &b->esw);
}

bool
sa_state_row_same(const SaStateRow *a, const SaStateRow *b)
{
	return same_state(&a->state, &b->state) && a->velocity == b->velocity &&
		   strcmp(a->method, b->method) == 0 && a->has_thresholds == b->has_thresholds &&
		   (!a->has_thresholds ||
			(a->reorder_point == b->reorder_point && a->order_up_to == b->order_up_to));
}

static Datum
encode_history(const SaHistoryDays *days)
{
	size_t room = sa_demand_history_bound(days->count);
	struct varlena *out = (struct varlena *) palloc(VARHDRSZ + room);

	SET_VARSIZE(out, VARHDRSZ + sa_demand_history_encode(days, (uint8_t *) VARDATA(out), room));
	return PointerGetDatum(out);
}

static Datum
form_season(const SaEsw *esw)
{
	Datum season[SA_WEEK];

	for (int day = 0; day < SA_WEEK; day++)
		season[day] = Float8GetDatum(esw->season[day]);
	return PointerGetDatum(construct_array(season, SA_WEEK, FLOAT8OID, sizeof(float8),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
form_quantity(double quantity)
{
	return sa_quantity_to_datum((SaQuantity) (quantity * (double) SA_QUANTITY_ONE + 0.5));
}

static void
form_state(const SaDemandState *s, Datum *values)
{
	values[0] = Int32GetDatum(s->first_sale);
	values[1] = Int32GetDatum(s->last_sale);
	values[2] = Int32GetDatum(s->last_day);
	values[3] = Int32GetDatum(s->exposed_days);
	values[4] = Int32GetDatum(s->sales);
	values[5] = Float8GetDatum(s->esw.level);
	values[6] = Float8GetDatum(s->mse);
	values[7] = Float8GetDatum(s->tsb.size);
	values[8] = Float8GetDatum(s->tsb.probability);
	values[9] = Float8GetDatum(s->interval_mean);
	values[10] = Float8GetDatum(s->size_sum);
	values[11] = Float8GetDatum(s->size_squares);
	values[15] = form_season(&s->esw);
}

HeapTuple
sa_state_row_form(TupleDesc desc, const SaStateRow *row, const SaHistoryDays *days)
{
	Datum values[LEARNED_FIELDS] = {0};
	bool nulls[LEARNED_FIELDS];

	memset(nulls, !row->known, sizeof(nulls));
	values[0] = BoolGetDatum(row->moved);
	nulls[0] = false;
	nulls[1] = false;
	values[1] = BoolGetDatum(days != NULL);
	nulls[2] = days == NULL;
	if (days != NULL)
		values[2] = encode_history(days);
	if (row->known)
	{
		form_state(&row->state, values + 3);
		values[15] = Float8GetDatum(row->velocity);
		nulls[16] = nulls[17] = !row->has_thresholds;
		if (row->has_thresholds)
		{
			values[16] = form_quantity(row->reorder_point);
			values[17] = form_quantity(row->order_up_to);
		}
		values[19] = CStringGetTextDatum(row->method);
	}
	return heap_form_tuple(desc, values, nulls);
}
