/*
 * sample.c: quantiles by sorting, runs by counting.
 */
#include "pure/sample.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

SaBadArgument
sa_sample_quantile(double *values, size_t count, double probability, int definition, double *out)
{
	double place;
	size_t below;

	SA_REQUIRE(probability > 0.0 && probability < 1.0, "probability");
	SA_REQUIRE(definition == 1 || definition == 7, "definition");
	for (size_t i = 0; i < count; i++)
		SA_REQUIRE(isfinite(values[i]), "sample");
	*out = NAN;
	if (count == 0)
		return SA_MATHS_FINE;
	qsort(values, count, sizeof(double), compare_doubles);
	if (definition == 1)
	{
		/* 100 x 0.07 is 7.000000000000001 in doubles, and means the 7th. */
		place = ceil((double) count * probability * (1.0 - 4.0 * DBL_EPSILON));
		*out = values[(size_t) fmin(fmax(place, 1.0), (double) count) - 1];
		return SA_MATHS_FINE;
	}
	place = (double) (count - 1) * probability;
	below = (size_t) floor(place);
	*out = values[below];
	if (below + 1 < count)
		*out += (place - floor(place)) * (values[below + 1] - values[below]);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_longest_zero_run(const double *units, size_t days, size_t *longest, size_t *last)
{
	size_t run = 0;
	int sold = 0;

	*longest = 0;
	for (size_t i = 0; i < days; i++)
	{
		SA_REQUIRE(isfinite(units[i]), "history");
		if (units[i] > 0.0)
			sold = 1;
		run = sold && units[i] <= 0.0 ? run + 1 : 0;
		if (run > *longest)
			*longest = run;
	}
	*last = run;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_zero_run_probability(double velocity, double run, double *out)
{
	SA_REQUIRE(velocity >= 0.0 && isfinite(velocity), "velocity");
	SA_REQUIRE(run >= 0.0 && isfinite(run), "days");
	*out = exp(-velocity * run);
	return SA_MATHS_FINE;
}
