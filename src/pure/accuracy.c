/*
 * accuracy.c: means over pairs, and the scale that makes series comparable.
 */
#include "pure/accuracy.h"

#include <math.h>

typedef double (*PairError)(double actual, double forecast);

static double
mean_of(SaPairs pairs, PairError error)
{
	double sum = 0.0;
	size_t count = 0;

	for (size_t i = 0; i < pairs.count; i++)
	{
		if (isnan(pairs.actual[i]) || isnan(pairs.forecast[i]))
			continue;
		sum += error(pairs.actual[i], pairs.forecast[i]);
		count++;
	}
	return count == 0 ? NAN : sum / (double) count;
}

static double
off(double actual, double forecast)
{
	return fabs(actual - forecast);
}

static double
off_squared(double actual, double forecast)
{
	return (actual - forecast) * (actual - forecast);
}

static double
off_above(double actual, double forecast)
{
	return forecast - actual;
}

static double
off_share(double actual, double forecast)
{
	double both = fabs(actual) + fabs(forecast);

	return both == 0.0 ? 0.0 : fabs(actual - forecast) / both;
}

double
sa_accuracy_mae(SaPairs pairs)
{
	return mean_of(pairs, off);
}

double
sa_accuracy_rmse(SaPairs pairs)
{
	return sqrt(mean_of(pairs, off_squared));
}

double
sa_accuracy_bias(SaPairs pairs)
{
	return mean_of(pairs, off_above);
}

double
sa_accuracy_smape(SaPairs pairs)
{
	return mean_of(pairs, off_share);
}

/* As (mean |e| + (2u - 1) mean e) / 2 it would cancel: the two sides apart. */
SaBadArgument
sa_accuracy_pinball(SaPairs pairs, double probability, double *out)
{
	double sum = 0.0;
	size_t count = 0;

	SA_REQUIRE(probability > 0.0 && probability < 1.0, "probability");
	for (size_t i = 0; i < pairs.count; i++)
	{
		double error = pairs.actual[i] - pairs.forecast[i];

		if (isnan(error))
			continue;
		sum += error > 0.0 ? probability * error : (probability - 1.0) * error;
		count++;
	}
	*out = count == 0 ? NAN : sum / (double) count;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_accuracy_scale(const double *history, size_t days, int season, bool from_first_sale,
				  bool squared, double *out)
{
	double sum = 0.0;
	size_t count = 0;
	size_t first = 0;

	SA_REQUIRE(season >= 1, "season");
	while (from_first_sale && first < days && !(history[first] > 0.0))
		first++;
	for (size_t i = first + (size_t) season; i < days; i++)
	{
		double step = history[i] - history[i - (size_t) season];

		if (isnan(step))
			continue;
		sum += squared ? step * step : fabs(step);
		count++;
	}
	*out = sum > 0.0 ? sum / (double) count : NAN;
	return SA_MATHS_FINE;
}
