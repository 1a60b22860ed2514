/*
 * numbers.c: arrays of numbers in and out.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "functions/argument.h"
#include "functions/numbers.h"

static SaNumbers
read_numbers(FunctionCallInfo fcinfo, int argument, const char *name, int dimensions)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(argument);
	SaNumbers numbers;
	Datum *elements;
	int count;

	if (ARR_NDIM(array) > dimensions || (ARR_HASNULL(array) && array_contains_nulls(array)))
		sa_argument_check(name);
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  NULL, &count);
	numbers.values = (double *) palloc(sizeof(double) * Max(count, 1));
	numbers.count = (size_t) count;
	for (int i = 0; i < count; i++)
		numbers.values[i] = DatumGetFloat8(elements[i]);
	return numbers;
}

SaNumbers
sa_numbers_read(FunctionCallInfo fcinfo, int argument, const char *name)
{
	return read_numbers(fcinfo, argument, name, 1);
}

SaNumbers
sa_matrix_read(FunctionCallInfo fcinfo, int argument, const char *name)
{
	return read_numbers(fcinfo, argument, name, 2);
}

Datum
sa_numbers_array(const double *values, size_t count)
{
	Datum *elements = (Datum *) palloc(sizeof(Datum) * Max(count, 1));

	for (size_t i = 0; i < count; i++)
		elements[i] = Float8GetDatum(sa_finite_result(values[i]));
	return PointerGetDatum(construct_array(elements, (int) count, FLOAT8OID, sizeof(float8),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
