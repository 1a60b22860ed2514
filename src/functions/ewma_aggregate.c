/*
 * ewma_aggregate.c: exponentially weighted velocity over rows in the order of
 * their days.
 *
 * The same number as sa_velocity_ewma() over the array of days since the first
 * that sold: the mean m of the first 28 days, then v <- v + alpha (y - v) over all.
 * That is e + (1 - alpha)^n m, where e is the same recursion from 0, so neither
 * days nor rows are kept.  A day is closed, and cut off at 0, when the next begins.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/date.h"

#include "compat.h"
#include "errors.h"
#include "functions/aggregate_state.h"
#include "functions/argument.h"
#include "pure/maths.h"

SA_FUNCTION(stockalert_ewma_accum);
SA_FUNCTION(stockalert_ewma_final);

#define START_DAYS 28.0

enum
{
	STATE_ALPHA,
	STATE_DAY,   /* the day that is open */
	STATE_OPEN,  /* net units of it so far */
	STATE_DAYS,  /* closed days since the first that sold */
	STATE_START, /* units of the first START_DAYS of them */
	STATE_LEVEL, /* e */
	STATE_WEIGHT /* (1 - alpha)^days */
};

#define STATE_SIZE 7

static double *
read_state(ArrayType *array)
{
	double *state = sa_state_numbers(array, STATE_SIZE, STATE_SIZE);
	bool fine = state != NULL && state[STATE_ALPHA] >= 0.0 && state[STATE_ALPHA] <= 1.0 &&
				state[STATE_DAYS] >= 0.0;

	for (int i = 0; fine && i < STATE_SIZE; i++)
		fine = isfinite(state[i]);
	if (!fine)
		sa_state_refuse("velocity_ewma", "alpha, the last day, its units, days before it, units of "
										 "the first 28 of them, level and weight of the start");
	return state;
}

/* Takes the open day, and the empty days up to the day `next`, into the level. */
static void
close_days(double *state, double next)
{
	double keep = 1.0 - state[STATE_ALPHA];
	double units = Max(state[STATE_OPEN], 0.0);
	double empty = next - state[STATE_DAY] - 1.0;
	double decay;

	state[STATE_OPEN] = 0.0;
	state[STATE_DAY] = next;
	/* An item that has not sold yet has no rate, rather than a rate of 0. */
	if (state[STATE_DAYS] == 0.0 && units == 0.0)
		return;
	if (state[STATE_DAYS] == 0.0)
		state[STATE_WEIGHT] = 1.0;
	if (state[STATE_DAYS] < START_DAYS)
		state[STATE_START] += units;
	decay = empty > 0.0 ? pow(keep, empty) : 1.0;
	state[STATE_LEVEL] += state[STATE_ALPHA] * (units - state[STATE_LEVEL]);
	state[STATE_LEVEL] *= decay;
	state[STATE_WEIGHT] *= keep * decay;
	state[STATE_DAYS] += 1.0 + empty;
}

/* (state, units, sold_on, alpha): rows with a NULL are left out. */
Datum
stockalert_ewma_accum(PG_FUNCTION_ARGS)
{
	ArrayType *array;
	double *state;
	DateADT day;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	day = PG_GETARG_DATEADT(2);
	if (!isfinite(PG_GETARG_FLOAT8(1)))
		sa_argument_check("units");
	if (DATE_NOT_FINITE(day))
		sa_argument_check("sold_on");
	if (!(PG_GETARG_FLOAT8(3) >= 0.0 && PG_GETARG_FLOAT8(3) <= 1.0))
		sa_argument_check("alpha");
	array = PG_ARGISNULL(0) ? sa_state_new(STATE_SIZE) : sa_state_own(fcinfo);
	state = (double *) ARR_DATA_PTR(array);
	if (PG_ARGISNULL(0))
	{
		state[STATE_ALPHA] = PG_GETARG_FLOAT8(3);
		state[STATE_DAY] = day;
	}
	state = read_state(array);
	if (state[STATE_ALPHA] != PG_GETARG_FLOAT8(3))
		sa_argument_check("alpha");
	if (day < state[STATE_DAY])
		ereport(ERROR, (errcode(SA_ERR_BAD_ARGUMENT), errmsg("rows are not in the order of days"),
						errdetail("An exponential weight depends on the order."),
						errhint("Write ORDER BY sold_on inside the aggregate's parentheses.")));
	if (day > state[STATE_DAY])
		close_days(state, day);
	state[STATE_OPEN] += PG_GETARG_FLOAT8(1);
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
stockalert_ewma_final(PG_FUNCTION_ARGS)
{
	double *state;
	double days;

	/* No row: nothing was sold. */
	if (PG_ARGISNULL(0))
		PG_RETURN_FLOAT8(0.0);
	/* A copy, since a window function goes on with the state. */
	state = read_state(PG_GETARG_ARRAYTYPE_P_COPY(0));
	close_days(state, state[STATE_DAY] + 1.0);
	days = Min(state[STATE_DAYS], START_DAYS);
	if (days == 0.0)
		PG_RETURN_FLOAT8(0.0);
	PG_RETURN_FLOAT8(
		sa_finite_result(state[STATE_LEVEL] + state[STATE_WEIGHT] * state[STATE_START] / days));
}
