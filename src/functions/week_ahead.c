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

/* Spreads a week's units over its days, today first; evenly where level and seasons say nothing. */
static void
spread_week(double velocity, double level, ArrayType *season, int today, double *day)
{
	const double *seasons = (const double *) ARR_DATA_PTR(season);
	bool known =
		ARR_NDIM(season) == 1 && ARR_DIMS(season)[0] == SA_WEEK && !array_contains_nulls(season);
	double sum = 0.0;

	for (int i = 0; i < SA_WEEK; i++)
	{
		day[i] = known ? fmax(0.0, level + seasons[(today + i) % SA_WEEK]) : 1.0;
		sum += day[i];
	}
	for (int i = 0; i < SA_WEEK; i++)
		day[i] = sum > 0.0 && isfinite(sum) ? velocity * SA_WEEK * day[i] / sum : velocity;
}

Datum
stockalert_week_ahead(PG_FUNCTION_ARGS)
{
	double velocity = PG_GETARG_FLOAT8(0);
	DateADT today = PG_GETARG_DATEADT(3);
	double day[SA_WEEK];
	Datum days[SA_WEEK];

	if (!(velocity >= 0.0) || !isfinite(velocity))
		sa_argument_check("velocity");
	if (DATE_NOT_FINITE(today))
		sa_argument_check("as_of");
	spread_week(velocity, PG_GETARG_FLOAT8(1), PG_GETARG_ARRAYTYPE_P(2), sa_weekday(today), day);
	for (int i = 0; i < SA_WEEK; i++)
		days[i] = Float8GetDatum(sa_finite_result(day[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(days, SA_WEEK, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}
