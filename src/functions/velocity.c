/*
 * velocity.c: SQL wrappers of velocity, and the aggregate over any sales table.
 *
 * The aggregate's state is a float8[] of four numbers, visible to SQL: units
 * in the window, first day of the history, last day and length of the window.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/date.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/history.h"
#include "pure/velocity.h"

SA_FUNCTION(stockalert_velocity);
SA_FUNCTION(stockalert_velocity_linear);
SA_FUNCTION(stockalert_velocity_ewma);
SA_FUNCTION(stockalert_ewma_alpha);
SA_FUNCTION(stockalert_velocity_decay);
SA_FUNCTION(stockalert_exposed_velocity);
SA_FUNCTION(stockalert_velocity_accum);
SA_FUNCTION(stockalert_velocity_combine);
SA_FUNCTION(stockalert_velocity_final);

enum
{
	STATE_UNITS,
	STATE_FIRST,
	STATE_LAST,
	STATE_WINDOW,
	STATE_SIZE
};

SaHistory
sa_history_read(ArrayType *array, const char *argument)
{
	SaHistory history;
	Datum *values;
	bool *nulls;
	int count;

	if (ARR_NDIM(array) > 1)
		sa_argument_check(argument);
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
					  &nulls, &count);
	history.units = (double *) palloc(sizeof(double) * Max(count, 1));
	history.days = 0;
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			history.units[history.days++] = DatumGetFloat8(values[i]);
	}
	return history;
}

Datum
stockalert_velocity(PG_FUNCTION_ARGS)
{
	SaHistory h = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	double velocity;

	sa_argument_check(sa_velocity_window(h.units, h.days, PG_GETARG_INT32(1), &velocity));
	PG_RETURN_FLOAT8(velocity);
}

Datum
stockalert_velocity_linear(PG_FUNCTION_ARGS)
{
	SaHistory h = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	double velocity;

	sa_argument_check(sa_velocity_linear(h.units, h.days, PG_GETARG_INT32(1), &velocity));
	PG_RETURN_FLOAT8(velocity);
}

Datum
stockalert_velocity_ewma(PG_FUNCTION_ARGS)
{
	SaHistory h = sa_history_read(PG_GETARG_ARRAYTYPE_P(0), "history");
	double velocity;

	sa_argument_check(
		sa_velocity_ewma(h.units, h.days, PG_GETARG_FLOAT8(1), PG_GETARG_INT32(2), &velocity));
	PG_RETURN_FLOAT8(velocity);
}

Datum
stockalert_ewma_alpha(PG_FUNCTION_ARGS)
{
	double alpha;

	sa_argument_check(sa_velocity_alpha(PG_GETARG_FLOAT8(0), &alpha));
	PG_RETURN_FLOAT8(alpha);
}

Datum
stockalert_velocity_decay(PG_FUNCTION_ARGS)
{
	double velocity;

	sa_argument_check(sa_velocity_decay(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1),
										PG_GETARG_FLOAT8(2), &velocity));
	PG_RETURN_FLOAT8(velocity);
}

Datum
stockalert_exposed_velocity(PG_FUNCTION_ARGS)
{
	double velocity;

	sa_argument_check(sa_velocity_exposed(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), &velocity));
	if (isnan(velocity))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(velocity);
}

static Datum
make_state(const double *state)
{
	Datum values[STATE_SIZE];

	for (int i = 0; i < STATE_SIZE; i++)
		values[i] = Float8GetDatum(state[i]);
	return PointerGetDatum(construct_array(values, STATE_SIZE, FLOAT8OID, sizeof(float8),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The four numbers, in place. */
static double *
read_state(ArrayType *array)
{
	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != STATE_SIZE || ARR_HASNULL(array) ||
		ARR_ELEMTYPE(array) != FLOAT8OID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("this is no state of stockalert.velocity"),
						errdetail("A state is an array of %d numbers.", STATE_SIZE),
						errhint("Pass what the aggregate's own functions made.")));
	return (double *) ARR_DATA_PTR(array);
}

/* Adds one row: units on a day, in a window that ends on last_day. */
static void
add_row(double *state, double units, double day)
{
	if (day > state[STATE_LAST])
		return;
	if (day < state[STATE_FIRST])
		state[STATE_FIRST] = day;
	if (day > state[STATE_LAST] - state[STATE_WINDOW])
		state[STATE_UNITS] += units;
}

/* (state, units, sold_on, last_day, window_days): NULL units or days are skipped. */
Datum
stockalert_velocity_accum(PG_FUNCTION_ARGS)
{
	double fresh[STATE_SIZE] = {0.0};
	bool empty = PG_ARGISNULL(0);
	double *state = fresh;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
	{
		if (empty)
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (!isfinite(PG_GETARG_FLOAT8(1)))
		sa_argument_check("units");
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(2)))
		sa_argument_check("sold_on");
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(3)))
		sa_argument_check("last_day");
	if (PG_GETARG_INT32(4) < 1)
		sa_argument_check("window_days");
	if (empty)
	{
		fresh[STATE_LAST] = PG_GETARG_DATEADT(3);
		fresh[STATE_FIRST] = fresh[STATE_LAST] + 1;
		fresh[STATE_WINDOW] = PG_GETARG_INT32(4);
	}
	else if (AggCheckCallContext(fcinfo, NULL) != 0 &&
			 (Pointer) PG_GETARG_ARRAYTYPE_P(0) == PG_GETARG_POINTER(0))
		state = read_state(PG_GETARG_ARRAYTYPE_P(0)); /* the aggregate's own copy */
	else
		memcpy(fresh, read_state(PG_GETARG_ARRAYTYPE_P(0)), sizeof(fresh));
	add_row(state, PG_GETARG_FLOAT8(1), PG_GETARG_DATEADT(2));
	if (state == fresh)
		PG_RETURN_DATUM(make_state(fresh));
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

Datum
stockalert_velocity_combine(PG_FUNCTION_ARGS)
{
	double sum[STATE_SIZE];
	const double *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	memcpy(sum, read_state(PG_GETARG_ARRAYTYPE_P(PG_ARGISNULL(0) ? 1 : 0)), sizeof(sum));
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
	{
		other = read_state(PG_GETARG_ARRAYTYPE_P(1));
		sum[STATE_UNITS] += other[STATE_UNITS];
		sum[STATE_FIRST] = Min(sum[STATE_FIRST], other[STATE_FIRST]);
	}
	/* A new array: what is argument 2 may not outlive this call. */
	PG_RETURN_DATUM(make_state(sum));
}

Datum
stockalert_velocity_final(PG_FUNCTION_ARGS)
{
	const double *state = read_state(PG_GETARG_ARRAYTYPE_P(0));
	double days = Min(state[STATE_WINDOW], state[STATE_LAST] - state[STATE_FIRST] + 1);

	PG_RETURN_FLOAT8(days > 0.0 ? state[STATE_UNITS] / days : 0.0);
}
