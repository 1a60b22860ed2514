/*
 * series.c: between float8[] and plain numbers, in which NaN stands for NULL.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "functions/argument.h"
#include "functions/series.h"

static SaSeries
read_with_nulls(ArrayType *array)
{
	SaSeries series;
	Datum *elements;
	bool *nulls;
	double *values;
	int count;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  &nulls, &count);
	values = (double *) palloc(sizeof(double) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		values[i] = nulls[i] ? NAN : DatumGetFloat8(elements[i]);
		/* An element that is no number is not the same as none. */
		if (!nulls[i] && isnan(values[i]))
			values[i] = INFINITY;
	}
	series.values = values;
	series.count = count;
	return series;
}

SaSeries
sa_series_read(ArrayType *array, const char *argument)
{
	SaSeries series;
	bool nulls = ARR_HASNULL(array);

	if (ARR_NDIM(array) > 1)
		sa_argument_check(argument);
	if (nulls)
		series = read_with_nulls(array);
	else
	{
		series.values = (const double *) ARR_DATA_PTR(array);
		series.count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	for (size_t i = 0; i < series.count; i++)
	{
		if (!isfinite(series.values[i]) && !(nulls && isnan(series.values[i])))
			sa_argument_check(argument);
	}
	return series;
}

ArrayType *
sa_series_pack(const double *values, size_t count)
{
	Datum *elements = (Datum *) palloc(sizeof(Datum) * Max(count, 1));
	bool *nulls = (bool *) palloc(sizeof(bool) * Max(count, 1));
	int dimension = count;
	int bound = 1;

	for (size_t i = 0; i < count; i++)
	{
		elements[i] = Float8GetDatum(values[i]);
		nulls[i] = isnan(values[i]);
	}
	if (count == 0)
		return construct_empty_array(FLOAT8OID);
	return construct_md_array(elements, nulls, 1, &dimension, &bound, FLOAT8OID, sizeof(float8),
							  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}
