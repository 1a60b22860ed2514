/*
 * weekdays.c: stockalert.history_weekdays(), what pools are made of.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "compat.h"
#include "pure/demand_state.h"

SA_FUNCTION(stockalert_history_weekdays);

typedef struct WeekSums
{
	double units[SA_WEEK];
	int days[SA_WEEK];
} WeekSums;

/* Days since the first one told that had stock; those after the last one told sold nothing. */
static void
sum_days(const SaHistoryDays *history, int32 from, int32 until, WeekSums *sums)
{
	for (int32 day = Max(from, history->first_day); day <= until; day++)
	{
		int32 index = day - history->first_day;
		double units = index < history->count ? history->units[index] : 0.0;

		if (index < history->count && history->out_share[index] > 0.5 && units <= 0.0)
			continue;
		sums->units[sa_weekday(day)] += Max(units, 0.0);
		sums->days[sa_weekday(day)]++;
	}
}

/* Two buffers for any history, kept for the query. */
static double *
find_room(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(double) * 2 * SA_HISTORY_MAX_DAYS);
	return (double *) fcinfo->flinfo->fn_extra;
}

Datum
stockalert_history_weekdays(PG_FUNCTION_ARGS)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	DateADT today = PG_GETARG_DATEADT(1);
	int32 weeks = PG_GETARG_INT32(2);
	double *room = find_room(fcinfo);
	SaHistoryDays days = {0, 0, room, room + SA_HISTORY_MAX_DAYS};
	WeekSums sums = {{0}};
	Datum means[SA_WEEK];

	if (weeks < 1 || weeks > 500)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("weeks must be from 1 to 500"),
				 errdetail("It is %d.", weeks), errhint("Eight weeks are usual.")));
	if (DATE_NOT_FINITE(today))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("day must be finite"),
						errdetail("It is infinite."), errhint("Name a day.")));
	if (!sa_demand_history_decode((const uint8_t *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
								  &days))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("demand history is damaged"),
						errdetail("Its bytes do not form days of demand."),
						errhint("Run stockalert.refresh_demand(rebuild => true).")));
	if (days.count > 0)
		sum_days(&days, today - weeks * SA_WEEK, today - 1, &sums);
	for (int day = 0; day < SA_WEEK; day++)
		means[day] = Float8GetDatum(sums.days[day] == 0 ? 0.0 : sums.units[day] / sums.days[day]);
	PG_RETURN_ARRAYTYPE_P(construct_array(means, SA_WEEK, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
