/*
 * moments_aggregate.c: mean and spread, units over exposure, and the profile of
 * the week, over rows in any order and in parallel.
 *
 * States are float8[] of fixed length that the aggregates begin with; a NULL
 * argument leaves a row out (STRICT).
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/date.h"

#include "compat.h"
#include "functions/aggregate_state.h"
#include "functions/argument.h"

SA_FUNCTION(stockalert_moments_accum);
SA_FUNCTION(stockalert_moments_combine);
SA_FUNCTION(stockalert_moments_sd);
SA_FUNCTION(stockalert_exposure_accum);
SA_FUNCTION(stockalert_exposure_combine);
SA_FUNCTION(stockalert_exposure_final);
SA_FUNCTION(stockalert_weekday_accum);
SA_FUNCTION(stockalert_weekday_combine);
SA_FUNCTION(stockalert_weekday_final);

enum
{
	MOMENTS_COUNT,
	MOMENTS_MEAN,
	MOMENTS_SQUARES, /* sum of squared deviations from the mean */
	MOMENTS_SIZE
};

enum
{
	EXPOSURE_UNITS,
	EXPOSURE_DAYS,
	EXPOSURE_SIZE
};

enum
{
	WEEK_FIRST, /* Infinity while there is no row */
	WEEK_LAST,
	WEEK_UNITS, /* of Mondays, and so on */
	WEEK_SIZE = WEEK_UNITS + 7
};

static double *
read_moments(ArrayType *array)
{
	double *state = sa_state_numbers(array, MOMENTS_SIZE, MOMENTS_SIZE);

	if (state == NULL || !(state[MOMENTS_COUNT] >= 0.0) || !isfinite(state[MOMENTS_COUNT]) ||
		!isfinite(state[MOMENTS_MEAN]) || !(state[MOMENTS_SQUARES] >= 0.0))
		sa_state_refuse("moments", "number, mean and sum of squared deviations from it");
	return state;
}

/* (state, units): Welford's method. */
Datum
stockalert_moments_accum(PG_FUNCTION_ARGS)
{
	ArrayType *array = sa_state_own(fcinfo);
	double *state = read_moments(array);
	double units = PG_GETARG_FLOAT8(1);
	double off = units - state[MOMENTS_MEAN];

	if (!isfinite(units))
		sa_argument_check("units");
	state[MOMENTS_COUNT] += 1.0;
	state[MOMENTS_MEAN] += off / state[MOMENTS_COUNT];
	state[MOMENTS_SQUARES] += off * (units - state[MOMENTS_MEAN]);
	sa_finite_result(state[MOMENTS_SQUARES]);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* Chan, Golub and LeVeque 1983. */
Datum
stockalert_moments_combine(PG_FUNCTION_ARGS)
{
	ArrayType *array = sa_state_own(fcinfo);
	double *sum = read_moments(array);
	const double *other = read_moments(PG_GETARG_ARRAYTYPE_P(1));
	double count = sum[MOMENTS_COUNT] + other[MOMENTS_COUNT];
	double off = other[MOMENTS_MEAN] - sum[MOMENTS_MEAN];

	if (other[MOMENTS_COUNT] > 0.0)
	{
		sum[MOMENTS_SQUARES] +=
			other[MOMENTS_SQUARES] + off * off * sum[MOMENTS_COUNT] * other[MOMENTS_COUNT] / count;
		sum[MOMENTS_MEAN] += off * other[MOMENTS_COUNT] / count;
		sum[MOMENTS_COUNT] = count;
		sa_finite_result(sum[MOMENTS_SQUARES]);
	}
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
stockalert_moments_sd(PG_FUNCTION_ARGS)
{
	const double *state = read_moments(PG_GETARG_ARRAYTYPE_P(0));

	if (state[MOMENTS_COUNT] < 2.0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(sqrt(state[MOMENTS_SQUARES] / (state[MOMENTS_COUNT] - 1.0))));
}

static double *
read_exposure(ArrayType *array)
{
	double *state = sa_state_numbers(array, EXPOSURE_SIZE, EXPOSURE_SIZE);

	if (state == NULL || !(state[EXPOSURE_UNITS] >= 0.0) || !(state[EXPOSURE_DAYS] >= 0.0))
		sa_state_refuse("velocity_exposed", "units and days in stock");
	return state;
}

/* (state, units, exposed_days) */
Datum
stockalert_exposure_accum(PG_FUNCTION_ARGS)
{
	ArrayType *array = sa_state_own(fcinfo);
	double *state = read_exposure(array);
	double units = PG_GETARG_FLOAT8(1);
	double exposed = PG_GETARG_FLOAT8(2);

	if (!isfinite(units))
		sa_argument_check("units");
	if (!(exposed >= 0.0 && isfinite(exposed)))
		sa_argument_check("exposed_days");
	if (exposed > 0.0)
	{
		state[EXPOSURE_UNITS] += Max(units, 0.0);
		state[EXPOSURE_DAYS] += exposed;
	}
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
stockalert_exposure_combine(PG_FUNCTION_ARGS)
{
	ArrayType *array = sa_state_own(fcinfo);
	double *sum = read_exposure(array);
	const double *other = read_exposure(PG_GETARG_ARRAYTYPE_P(1));

	sum[EXPOSURE_UNITS] += other[EXPOSURE_UNITS];
	sum[EXPOSURE_DAYS] += other[EXPOSURE_DAYS];
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
stockalert_exposure_final(PG_FUNCTION_ARGS)
{
	const double *state = read_exposure(PG_GETARG_ARRAYTYPE_P(0));

	if (state[EXPOSURE_DAYS] == 0.0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(state[EXPOSURE_UNITS] / state[EXPOSURE_DAYS]));
}

static double *
read_week(ArrayType *array)
{
	double *state = sa_state_numbers(array, WEEK_SIZE, WEEK_SIZE);
	bool fine =
		state != NULL && (state[WEEK_FIRST] > state[WEEK_LAST]
							  ? isinf(state[WEEK_FIRST]) && isinf(state[WEEK_LAST])
							  : fabs(state[WEEK_FIRST]) < 1e9 && fabs(state[WEEK_LAST]) < 1e9 &&
									state[WEEK_FIRST] == floor(state[WEEK_FIRST]) &&
									state[WEEK_LAST] == floor(state[WEEK_LAST]));

	for (int i = WEEK_UNITS; fine && i < WEEK_SIZE; i++)
		fine = isfinite(state[i]);
	if (!fine)
		sa_state_refuse("weekday_profile", "first day, last day and the units of each weekday");
	return state;
}

/* 0 for a Monday; days count from 2000-01-01, a Saturday. */
static int
weekday_of(int64 day)
{
	return (int) (((day - 2) % 7 + 7) % 7);
}

/* (state, units, sold_on) */
Datum
stockalert_weekday_accum(PG_FUNCTION_ARGS)
{
	ArrayType *array = sa_state_own(fcinfo);
	double *state = read_week(array);
	double units = PG_GETARG_FLOAT8(1);
	DateADT day = PG_GETARG_DATEADT(2);

	if (!isfinite(units))
		sa_argument_check("units");
	if (DATE_NOT_FINITE(day))
		sa_argument_check("sold_on");
	state[WEEK_FIRST] = Min(state[WEEK_FIRST], day);
	state[WEEK_LAST] = Max(state[WEEK_LAST], day);
	state[WEEK_UNITS + weekday_of(day)] += units;
	sa_finite_result(state[WEEK_UNITS + weekday_of(day)]);
	PG_RETURN_ARRAYTYPE_P(array);
}

Datum
stockalert_weekday_combine(PG_FUNCTION_ARGS)
{
	ArrayType *array = sa_state_own(fcinfo);
	double *sum = read_week(array);
	const double *other = read_week(PG_GETARG_ARRAYTYPE_P(1));

	sum[WEEK_FIRST] = Min(sum[WEEK_FIRST], other[WEEK_FIRST]);
	sum[WEEK_LAST] = Max(sum[WEEK_LAST], other[WEEK_LAST]);
	for (int i = WEEK_UNITS; i < WEEK_SIZE; i++)
		sum[i] = sa_finite_result(sum[i] + other[i]);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* Units of each weekday over how often it came; then so that their mean is 1. */
Datum
stockalert_weekday_final(PG_FUNCTION_ARGS)
{
	const double *state = read_week(PG_GETARG_ARRAYTYPE_P(0));
	ArrayType *array = sa_state_new(7);
	double *profile = (double *) ARR_DATA_PTR(array);
	int64 span;
	double sum = 0.0;
	int seen = 0;

	if (state[WEEK_FIRST] > state[WEEK_LAST])
		PG_RETURN_NULL();
	span = (int64) state[WEEK_LAST] - (int64) state[WEEK_FIRST] + 1;
	for (int i = 0; i < 7; i++)
	{
		int after = (i - weekday_of((int64) state[WEEK_FIRST]) + 7) % 7;
		int64 times = span > after ? (span - after + 6) / 7 : 0;

		profile[i] = times > 0 ? Max(state[WEEK_UNITS + i], 0.0) / times : -1.0;
		sum += Max(profile[i], 0.0);
		seen += times > 0 ? 1 : 0;
	}
	sum = sa_finite_result(sum);
	for (int i = 0; i < 7; i++)
		profile[i] = sum == 0.0 || profile[i] < 0.0 ? 1.0 : profile[i] / sum * seen;
	PG_RETURN_ARRAYTYPE_P(array);
}
