/*
 * velocity_aggregate.c: velocity over the rows of any table of sales, in any
 * order and in parallel.
 *
 * The state is a float8[], visible to SQL: last day, length of the window, day
 * of the first sale, then the net units of each day of the window, oldest
 * first.  Days are kept apart because returns are cut off by the day: so the
 * aggregate and the function over an array of days agree.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/array.h"
#include "utils/date.h"

#include "compat.h"
#include "functions/aggregate_state.h"
#include "functions/argument.h"
#include "pure/velocity.h"

SA_FUNCTION(stockalert_velocity_accum);
SA_FUNCTION(stockalert_velocity_combine);
SA_FUNCTION(stockalert_velocity_final);
SA_FUNCTION(stockalert_velocity_linear_final);

/* Ten years of days: more is no rate of sale, and the state holds each. */
#define MOST_DAYS 3660

enum
{
	STATE_LAST,
	STATE_WINDOW,
	STATE_FIRST, /* after the last day while nothing was sold */
	STATE_DAYS
};

static ArrayType *
make_state(DateADT last_day, int window)
{
	ArrayType *array = sa_state_new(STATE_DAYS + window);
	double *state = (double *) ARR_DATA_PTR(array);

	state[STATE_LAST] = last_day;
	state[STATE_WINDOW] = window;
	state[STATE_FIRST] = (double) last_day + 1.0;
	return array;
}

/* The numbers of a state, in place; a state may come from anybody's SQL. */
static double *
read_state(ArrayType *array)
{
	double *state = sa_state_numbers(array, STATE_DAYS + 1, STATE_DAYS + MOST_DAYS);

	if (state == NULL || state[STATE_WINDOW] != ARR_DIMS(array)[0] - STATE_DAYS ||
		!(state[STATE_FIRST] <= state[STATE_LAST] + 1.0))
		sa_state_refuse("velocity",
						"last day, length of the window, first day and one number for each day of "
						"the window");
	return state;
}

static void
check_row(FunctionCallInfo fcinfo)
{
	if (!isfinite(PG_GETARG_FLOAT8(1)))
		sa_argument_check("units");
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(2)))
		sa_argument_check("sold_on");
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(3)))
		sa_argument_check("last_day");
	if (PG_GETARG_INT32(4) < 1 || PG_GETARG_INT32(4) > MOST_DAYS)
		sa_argument_check("window_days");
}

/* (state, units, sold_on, last_day, window_days): rows with a NULL are skipped. */
Datum
stockalert_velocity_accum(PG_FUNCTION_ARGS)
{
	ArrayType *array;
	double *state;
	double units;
	double day;
	double place;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	check_row(fcinfo);
	array = PG_ARGISNULL(0) ? make_state(PG_GETARG_DATEADT(3), PG_GETARG_INT32(4))
							: sa_state_own(fcinfo);
	state = read_state(array);
	if (state[STATE_LAST] != PG_GETARG_DATEADT(3))
		sa_argument_check("last_day");
	if (state[STATE_WINDOW] != PG_GETARG_INT32(4))
		sa_argument_check("window_days");
	units = PG_GETARG_FLOAT8(1);
	day = PG_GETARG_DATEADT(2);
	place = day - (state[STATE_LAST] - state[STATE_WINDOW] + 1.0);
	if (day <= state[STATE_LAST])
	{
		if (units > 0.0 && day < state[STATE_FIRST])
			state[STATE_FIRST] = day;
		if (place >= 0.0)
			state[STATE_DAYS + (int) place] += units;
	}
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
stockalert_velocity_combine(PG_FUNCTION_ARGS)
{
	ArrayType *array;
	double *sum;
	const double *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	/* A copy: what is argument 2 may not outlive this call. */
	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(PG_GETARG_ARRAYTYPE_P_COPY(1));
	array = sa_state_own(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_ARRAYTYPE_P(array);
	sum = read_state(array);
	other = read_state(PG_GETARG_ARRAYTYPE_P(1));
	if (sum[STATE_LAST] != other[STATE_LAST])
		sa_argument_check("last_day");
	if (sum[STATE_WINDOW] != other[STATE_WINDOW])
		sa_argument_check("window_days");
	sum[STATE_FIRST] = Min(sum[STATE_FIRST], other[STATE_FIRST]);
	for (int i = 0; i < (int) sum[STATE_WINDOW]; i++)
		sum[STATE_DAYS + i] += other[STATE_DAYS + i];
	PG_RETURN_ARRAYTYPE_P(array);
}

/* The days of the window since the first sale, cut off at 0; returns their number. */
static int
count_days(FunctionCallInfo fcinfo, double **days)
{
	/* A copy, since a window function goes on with the state. */
	double *state = read_state(PG_GETARG_ARRAYTYPE_P_COPY(0));
	int window = (int) state[STATE_WINDOW];
	int counted = (int) Min(state[STATE_WINDOW], state[STATE_LAST] - state[STATE_FIRST] + 1.0);

	if (counted <= 0)
		return 0;
	*days = state + STATE_DAYS + window - counted;
	sa_velocity_clip(*days, counted);
	return counted;
}

Datum
stockalert_velocity_final(PG_FUNCTION_ARGS)
{
	double *days;
	double velocity = 0.0;
	/* No row: nothing was sold. */
	int counted = PG_ARGISNULL(0) ? 0 : count_days(fcinfo, &days);

	for (int i = 0; i < counted; i++)
		velocity += days[i];
	PG_RETURN_FLOAT8(counted == 0 ? 0.0 : sa_finite_result(velocity / counted));
}

/* Weights from 1 for the oldest day to their number for the newest. */
Datum
stockalert_velocity_linear_final(PG_FUNCTION_ARGS)
{
	double *days;
	double velocity = 0.0;
	double weights = 0.0;
	int counted = PG_ARGISNULL(0) ? 0 : count_days(fcinfo, &days);

	for (int i = 0; i < counted; i++)
	{
		velocity += (i + 1.0) * days[i];
		weights += i + 1.0;
	}
	PG_RETURN_FLOAT8(counted == 0 ? 0.0 : sa_finite_result(velocity / weights));
}
