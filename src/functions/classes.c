/*
 * classes.c: SQL wrappers of ABC, XYZ, kinds of demand, overstock, dead stock.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/history.h"
#include "pure/demand_class.h"
#include "pure/overstock.h"

SA_FUNCTION(stockalert_abc_class);
SA_FUNCTION(stockalert_abc_classes);
SA_FUNCTION(stockalert_xyz_class);
SA_FUNCTION(stockalert_coefficient_of_variation);
SA_FUNCTION(stockalert_adi);
SA_FUNCTION(stockalert_cv2);
SA_FUNCTION(stockalert_demand_class);
SA_FUNCTION(stockalert_overstock);
SA_FUNCTION(stockalert_excess_days);
SA_FUNCTION(stockalert_economic_stock_years);
SA_FUNCTION(stockalert_is_dead_stock);
SA_FUNCTION(stockalert_is_dead_stock_by_velocity);

#define ARG(n) PG_GETARG_FLOAT8(n)

/* NULL for no class. */
static Datum
letter(FunctionCallInfo fcinfo, char class)
{
	if (class == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(&class, 1));
}

static Datum
number_or_null(FunctionCallInfo fcinfo, double number)
{
	if (isnan(number))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(number));
}

Datum
stockalert_abc_class(PG_FUNCTION_ARGS)
{
	char class;

	sa_argument_check(sa_abc_class(ARG(0), ARG(1), ARG(2), &class));
	return letter(fcinfo, class);
}

/* The items that have a value. */
static size_t
read_items(FunctionCallInfo fcinfo, SaAbcItem **items)
{
	ArrayType *keys_array = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType *values_array = PG_GETARG_ARRAYTYPE_P(1);
	Datum *keys;
	Datum *values;
	bool *no_key;
	bool *no_value;
	int count;
	int other;
	size_t known = 0;

	if (ARR_NDIM(keys_array) > 1)
		sa_argument_check("keys");
	if (ARR_NDIM(values_array) > 1)
		sa_argument_check("values");
	deconstruct_array(keys_array, TEXTOID, -1, false, TYPALIGN_INT, &keys, &no_key, &count);
	deconstruct_array(values_array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, &no_value, &other);
	if (count != other)
		sa_argument_check("values");
	*items = (SaAbcItem *) palloc_extended(sizeof(SaAbcItem) * Max(count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
	{
		SaAbcItem *item = &(*items)[known];

		if (no_value[i])
			continue;
		item->key = no_key[i] ? NULL : TextDatumGetCString(keys[i]);
		item->value = DatumGetFloat8(values[i]);
		item->place = i;
		known++;
	}
	return known;
}

/* (keys, values, a_cut, b_cut): a row for each item, the most valuable first */
Datum
stockalert_abc_classes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SaAbcItem *items;
	size_t count;

	InitMaterializedSRF(fcinfo, 0);
	count = read_items(fcinfo, &items);
	sa_argument_check(sa_abc_classes(items, count, ARG(2), ARG(3)));
	for (size_t i = 0; i < count; i++)
	{
		Datum values[5];
		bool nulls[5] = {false};

		values[0] = items[i].key ? CStringGetTextDatum(items[i].key) : (Datum) 0;
		values[1] = Float8GetDatum(items[i].value);
		values[2] = Float8GetDatum(items[i].share);
		values[3] = Float8GetDatum(items[i].cumulated);
		values[4] = PointerGetDatum(cstring_to_text_with_len(&items[i].class, 1));
		nulls[0] = items[i].key == NULL;
		nulls[2] = nulls[3] = nulls[4] = items[i].class == 0;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* (weekly, x_cut, y_cut) */
Datum
stockalert_xyz_class(PG_FUNCTION_ARGS)
{
	SaHistory weekly = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "weekly");
	char class;

	sa_argument_check(sa_xyz_class(weekly.units, weekly.days, ARG(1), ARG(2), &class));
	return letter(fcinfo, class);
}

Datum
stockalert_coefficient_of_variation(PG_FUNCTION_ARGS)
{
	SaHistory weekly = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "weekly");
	double variation;

	sa_argument_check(sa_variation(weekly.units, weekly.days, &variation));
	return number_or_null(fcinfo, variation);
}

Datum
stockalert_adi(PG_FUNCTION_ARGS)
{
	SaHistory history = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	double interval;

	sa_argument_check(sa_adi(history.units, history.days, &interval));
	return number_or_null(fcinfo, interval);
}

Datum
stockalert_cv2(PG_FUNCTION_ARGS)
{
	SaHistory history = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	double variation;

	sa_argument_check(sa_cv2(history.units, history.days, &variation));
	return number_or_null(fcinfo, variation);
}

/* (history, adi_cut, cv2_cut) */
Datum
stockalert_demand_class(PG_FUNCTION_ARGS)
{
	SaHistory history = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	int class;

	sa_argument_check(sa_demand_class(history.units, history.days, ARG(1), ARG(2), &class));
	if (class == SA_NO_CLASS)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(sa_demand_class_name(class)));
}

Datum
stockalert_overstock(PG_FUNCTION_ARGS)
{
	double units;

	sa_argument_check(sa_overstock(ARG(0), ARG(1), ARG(2), ARG(3), ARG(4), &units));
	PG_RETURN_FLOAT8(sa_finite_result(units));
}

Datum
stockalert_excess_days(PG_FUNCTION_ARGS)
{
	double days;

	sa_argument_check(sa_excess_days(ARG(0), ARG(1), ARG(2), &days));
	PG_RETURN_FLOAT8(days);
}

Datum
stockalert_economic_stock_years(PG_FUNCTION_ARGS)
{
	double years;

	sa_argument_check(
		sa_economic_stock_years(ARG(0), ARG(1), ARG(2), ARG(3), ARG(4), ARG(5), &years));
	PG_RETURN_FLOAT8(sa_finite_result(years));
}

static double
days_since(FunctionCallInfo fcinfo, int argument, const char *name)
{
	DateADT day = PG_GETARG_DATEADT(argument);

	if (DATE_NOT_FINITE(day))
		sa_argument_check(name);
	return (double) PG_GETARG_DATEADT(0) - (double) day;
}

/* (as_of, on_hand, last_sale, listed_on, days): last_sale NULL: never sold */
Datum
stockalert_is_dead_stock(PG_FUNCTION_ARGS)
{
	double listed;
	bool dead;

	for (int i = 0; i < 5; i++)
	{
		if (PG_ARGISNULL(i) && i != 2)
			PG_RETURN_NULL();
	}
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
		sa_argument_check("as_of");
	listed = days_since(fcinfo, 3, "listed_on");
	sa_argument_check(
		sa_is_dead_stock(ARG(1), PG_ARGISNULL(2) ? listed : days_since(fcinfo, 2, "last_sale"),
						 listed, PG_GETARG_INT32(4), &dead));
	PG_RETURN_BOOL(dead);
}

/* (on_hand, velocity, days_without_sale, threshold) */
Datum
stockalert_is_dead_stock_by_velocity(PG_FUNCTION_ARGS)
{
	bool dead;

	sa_argument_check(sa_is_dead_by_velocity(ARG(0), ARG(1), ARG(2), ARG(3), &dead));
	PG_RETURN_BOOL(dead);
}
