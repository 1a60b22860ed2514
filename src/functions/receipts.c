/*
 * receipts.c: reads receipts out of their arrays.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "functions/argument.h"
#include "functions/receipts.h"

SaReceipts
sa_receipts_read(FunctionCallInfo fcinfo, int dates, DateADT today)
{
	SaReceipts receipts = {NULL, 0};
	ArrayType *arrays[2];
	Datum *days;
	Datum *units;
	bool *no_day;
	bool *no_units;
	int count;
	int other;

	if (PG_ARGISNULL(dates) && PG_ARGISNULL(dates + 1))
		return receipts;
	if (PG_ARGISNULL(dates) || PG_ARGISNULL(dates + 1))
		sa_argument_check("receipts");
	for (int i = 0; i < 2; i++)
	{
		arrays[i] = PG_GETARG_ARRAYTYPE_P(dates + i);
		if (ARR_NDIM(arrays[i]) > 1)
			sa_argument_check(i == 0 ? "receipt_dates" : "receipts");
	}
	deconstruct_array(arrays[0], DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &days, &no_day,
					  &count);
	deconstruct_array(arrays[1], FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &units, &no_units, &other);
	if (count != other)
		sa_argument_check("receipts");
	receipts.list = (SaReceipt *) palloc(sizeof(SaReceipt) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (no_day[i] || no_units[i])
			continue;
		if (DATE_NOT_FINITE(DatumGetDateADT(days[i])))
			sa_argument_check("receipt_dates");
		receipts.list[receipts.count].day = (int64) DatumGetDateADT(days[i]) - today;
		receipts.list[receipts.count++].units = DatumGetFloat8(units[i]);
	}
	return receipts;
}
