/*
 * week_ahead.c: SQL wrapper of what a pair is expected to sell on each of the
 * coming seven days, for cover and stockout dates.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/date.h"

#include "compat.h"
#include "functions/argument.h"
#include "pure/demand_state.h"

SA_FUNCTION(stockalert_week_ahead);

/* The weekdays of level and seasons, today first; false where they say nothing. */
static bool
read_shape(double level, ArrayType *season, int today, double *shape)
{
	const double *seasons;
	double sum = 0.0;

	if (ARR_NDIM(season) != 1 || ARR_DIMS(season)[0] != SA_WEEK || array_contains_nulls(season))
		return false;
	seasons = (const double *) ARR_DATA_PTR(season);
	for (int i = 0; i < SA_WEEK; i++)
	{
		shape[i] = fmax(0.0, level + seasons[(today + i) % SA_WEEK]);
		sum += shape[i];
	}
	if (!(sum > 0.0) || !isfinite(sum))
		return false;
	for (int i = 0; i < SA_WEEK; i++)
		shape[i] *= SA_WEEK / sum;
	return true;
}

Datum
stockalert_week_ahead(PG_FUNCTION_ARGS)
{
	double velocity = PG_GETARG_FLOAT8(0);
	DateADT today = PG_GETARG_DATEADT(3);
	double shape[SA_WEEK];
	Datum days[SA_WEEK];
	bool known;

	if (!(velocity >= 0.0) || !isfinite(velocity))
		sa_argument_check("velocity");
	if (DATE_NOT_FINITE(today))
		sa_argument_check("as_of");
	known = read_shape(PG_GETARG_FLOAT8(1), PG_GETARG_ARRAYTYPE_P(2), sa_weekday(today), shape);
	for (int i = 0; i < SA_WEEK; i++)
		days[i] = Float8GetDatum(known ? velocity * shape[i] : velocity);
	PG_RETURN_ARRAYTYPE_P(construct_array(days, SA_WEEK, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}
