/*
 * row.c: a row of numbers as the function's result type declares it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"

#include "functions/argument.h"
#include "functions/row.h"

#define MOST_COLUMNS 8

Datum
sa_row_of_numbers(FunctionCallInfo fcinfo, const double *numbers, int count)
{
	TupleDesc desc;
	Datum values[MOST_COLUMNS];
	bool nulls[MOST_COLUMNS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != count ||
		count > MOST_COLUMNS)
		elog(ERROR, "return type must be a row of %d columns", count);
	for (int i = 0; i < count; i++)
	{
		double number = sa_finite_result(numbers[i]);

		values[i] = TupleDescAttr(desc, i)->atttypid == INT4OID ? Int32GetDatum((int32) number)
																: Float8GetDatum(number);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
