/*
 * accuracy.c: SQL wrappers of the measures of forecast error.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/array.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/series.h"
#include "pure/accuracy.h"

SA_FUNCTION(stockalert_mae);
SA_FUNCTION(stockalert_rmse);
SA_FUNCTION(stockalert_bias);
SA_FUNCTION(stockalert_smape);
SA_FUNCTION(stockalert_pinball);
SA_FUNCTION(stockalert_mase);
SA_FUNCTION(stockalert_rmsse);
SA_FUNCTION(stockalert_scaled_pinball);

/* Arguments 0 and 1. */
static SaPairs
read_pairs(FunctionCallInfo fcinfo)
{
	SaSeries actual = sa_series_read(PG_GETARG_ARRAYTYPE_P(0), "actual");
	SaSeries forecast = sa_series_read(PG_GETARG_ARRAYTYPE_P(1), "forecast");
	SaPairs pairs = {actual.values, forecast.values, actual.count};

	if (actual.count != forecast.count)
		sa_argument_check("actual");
	return pairs;
}

/* Argument n is the history, season and from_first_sale follow. */
static double
read_scale(FunctionCallInfo fcinfo, int n, bool squared)
{
	SaSeries history = sa_series_read(PG_GETARG_ARRAYTYPE_P(n), "history");
	double scale;

	sa_argument_check(sa_accuracy_scale(history.values, history.count, PG_GETARG_INT32(n + 1),
										PG_GETARG_BOOL(n + 2), squared, &scale));
	return scale;
}

/* NaN, nothing to tell, as NULL. */
#define RETURN_MEASURE(measure)                                                                    \
	do                                                                                             \
	{                                                                                              \
		double measured = (measure);                                                               \
		if (isnan(measured))                                                                       \
			PG_RETURN_NULL();                                                                      \
		PG_RETURN_FLOAT8(sa_finite_result(measured));                                              \
	} while (0)

Datum
stockalert_mae(PG_FUNCTION_ARGS)
{
	RETURN_MEASURE(sa_accuracy_mae(read_pairs(fcinfo)));
}

Datum
stockalert_rmse(PG_FUNCTION_ARGS)
{
	RETURN_MEASURE(sa_accuracy_rmse(read_pairs(fcinfo)));
}

Datum
stockalert_bias(PG_FUNCTION_ARGS)
{
	RETURN_MEASURE(sa_accuracy_bias(read_pairs(fcinfo)));
}

Datum
stockalert_smape(PG_FUNCTION_ARGS)
{
	RETURN_MEASURE(sa_accuracy_smape(read_pairs(fcinfo)));
}

Datum
stockalert_pinball(PG_FUNCTION_ARGS)
{
	double loss;

	sa_argument_check(sa_accuracy_pinball(read_pairs(fcinfo), PG_GETARG_FLOAT8(2), &loss));
	RETURN_MEASURE(loss);
}

Datum
stockalert_mase(PG_FUNCTION_ARGS)
{
	SaPairs pairs = read_pairs(fcinfo);

	RETURN_MEASURE(sa_accuracy_mae(pairs) / read_scale(fcinfo, 2, false));
}

Datum
stockalert_rmsse(PG_FUNCTION_ARGS)
{
	SaPairs pairs = read_pairs(fcinfo);

	RETURN_MEASURE(sa_accuracy_rmse(pairs) / sqrt(read_scale(fcinfo, 2, true)));
}

Datum
stockalert_scaled_pinball(PG_FUNCTION_ARGS)
{
	double loss;

	sa_argument_check(sa_accuracy_pinball(read_pairs(fcinfo), PG_GETARG_FLOAT8(2), &loss));
	RETURN_MEASURE(loss / read_scale(fcinfo, 3, false));
}
