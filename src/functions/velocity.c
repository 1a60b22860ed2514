/*
 * velocity.c: SQL wrappers of velocity and spread over an array of days.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/history.h"
#include "pure/velocity.h"

SA_FUNCTION(stockalert_velocity);
SA_FUNCTION(stockalert_velocity_linear);
SA_FUNCTION(stockalert_velocity_ewma);
SA_FUNCTION(stockalert_ewma_variance);
SA_FUNCTION(stockalert_ewma_alpha);
SA_FUNCTION(stockalert_velocity_decay);
SA_FUNCTION(stockalert_exposed_velocity);
SA_FUNCTION(stockalert_demand_sd);

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

/* Argument n, with days of returns as the text argument says: 'clip' to 0, or 'net' as they are. */
static SaHistory
read_history(FunctionCallInfo fcinfo, int history, int returns)
{
	SaHistory h = sa_history_read(PG_GETARG_ARRAYTYPE_P(history), "history");
	char *word = text_to_cstring(PG_GETARG_TEXT_PP(returns));

	if (strcmp(word, "clip") == 0)
		sa_velocity_clip(h.units, h.days);
	else if (strcmp(word, "net") != 0)
		sa_argument_check("returns");
	return h;
}

Datum
stockalert_velocity(PG_FUNCTION_ARGS)
{
	SaHistory h = read_history(fcinfo, 0, 2);
	double velocity;

	sa_argument_check(sa_velocity_window(h.units, h.days, PG_GETARG_INT32(1), &velocity));
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}

Datum
stockalert_velocity_linear(PG_FUNCTION_ARGS)
{
	SaHistory h = read_history(fcinfo, 0, 2);
	double velocity;

	sa_argument_check(sa_velocity_linear(h.units, h.days, PG_GETARG_INT32(1), &velocity));
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}

Datum
stockalert_demand_sd(PG_FUNCTION_ARGS)
{
	SaHistory h = read_history(fcinfo, 0, 2);
	double sd;

	sa_argument_check(sa_velocity_spread(h.units, h.days, PG_GETARG_INT32(1), &sd));
	if (isnan(sd))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(sd));
}

Datum
stockalert_velocity_ewma(PG_FUNCTION_ARGS)
{
	SaHistory h = read_history(fcinfo, 0, 3);
	double velocity;

	sa_argument_check(
		sa_velocity_ewma(h.units, h.days, PG_GETARG_FLOAT8(1), PG_GETARG_INT32(2), &velocity));
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}

Datum
stockalert_ewma_variance(PG_FUNCTION_ARGS)
{
	SaHistory h = read_history(fcinfo, 0, 2);
	double variance;

	sa_argument_check(sa_velocity_ewma_variance(h.units, h.days, PG_GETARG_FLOAT8(1), &variance));
	if (isnan(variance))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(variance));
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
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}

Datum
stockalert_exposed_velocity(PG_FUNCTION_ARGS)
{
	double velocity;

	sa_argument_check(sa_velocity_exposed(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), &velocity));
	if (isnan(velocity))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sa_finite_result(velocity));
}
