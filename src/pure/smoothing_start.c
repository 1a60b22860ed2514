/*
 * smoothing_start.c: level, slope and season before the first day is learned.
 */
#include "pure/forecast_start.h"

/* Mean of the days [from, from + count) of the history that count; 0 where none does. */
static double
mean_of(const SaForecastModel *model, const double *history, size_t from, size_t count)
{
	double sum = 0.0;
	int days = 0;

	for (size_t place = from; place < from + count && place < model->days; place++)
	{
		double units = sa_forecast_units(model->ask, history, place);

		if (isnan(units))
			continue;
		sum += units;
		days++;
	}
	return days == 0 ? 0.0 : sum / days;
}

static void
flatten(SaSmoothing *smoothing, double level)
{
	smoothing->level = level;
	smoothing->slope = 0.0;
	for (int i = 0; i < smoothing->period; i++)
		smoothing->season[i] = smoothing->multiplicative ? 1.0 : 0.0;
}

static void
begin_flat(SaForecastModel *model, const double *history)
{
	flatten(&model->smoothing, mean_of(model, history, model->first, SA_START_DAYS));
}

/* First value and first step. */
static void
begin_first(SaForecastModel *model, const double *history, bool as_r)
{
	SaSmoothing *smoothing = &model->smoothing;
	double first = mean_of(model, history, model->first, 1);
	double second = mean_of(model, history, model->first + 1, 1);

	flatten(smoothing, first);
	if (model->days - model->first < 2)
		return;
	smoothing->slope = smoothing->trend ? second - first : 0.0;
	if (as_r)
	{
		smoothing->level = second;
		model->from = model->first + 2;
	}
}

/* First season against its mean; the slope leads to the second's. */
static void
begin_seasons(SaForecastModel *model, const double *history)
{
	SaSmoothing *smoothing = &model->smoothing;
	size_t period = (size_t) smoothing->period;
	double first = mean_of(model, history, model->first, period);
	double second = mean_of(model, history, model->first + period, period);

	flatten(smoothing, first);
	if (smoothing->trend)
		smoothing->slope = (second - first) / (double) period;
	for (size_t i = 0; i < period; i++)
	{
		double units = sa_forecast_units(model->ask, history, model->first + i);

		if (isnan(units))
			continue;
		if (!smoothing->multiplicative)
			smoothing->season[i] = units - first;
		else if (first > 0.0)
			smoothing->season[i] = units / first;
	}
}

static double
units_on(const SaForecastModel *model, const double *history, size_t i)
{
	return sa_forecast_units(model->ask, history, model->first + i);
}

/* Centred mean of a season around the i-th day, as R's decompose(). */
static double
moving_mean(const SaForecastModel *model, const double *history, size_t i)
{
	size_t period = (size_t) model->smoothing.period;
	size_t half = period / 2;
	double sum = 0.0;

	if (period % 2 == 1)
	{
		for (size_t j = i - half; j <= i + half; j++)
			sum += units_on(model, history, j);
		return sum / (double) period;
	}
	sum = 0.5 * (units_on(model, history, i - half) + units_on(model, history, i + half));
	for (size_t j = i - half + 1; j < i + half; j++)
		sum += units_on(model, history, j);
	return sum / (double) period;
}

/* The line through the moving means of two seasons, and what the days differ from those. */
static void
begin_as_r(SaForecastModel *model, const double *history)
{
	SaSmoothing *smoothing = &model->smoothing;
	size_t period = (size_t) smoothing->period;
	size_t half = period / 2;
	size_t count = 2 * period - 2 * half;
	double mean = 0.0;
	double across = 0.0;
	double along = 0.0;
	double centre = 0.5 * (double) (count + 1);
	double figure = 0.0;

	flatten(smoothing, 0.0);
	for (size_t k = 0; k < count; k++)
	{
		double trend = moving_mean(model, history, half + k);
		double units = units_on(model, history, half + k);
		double *season = &smoothing->season[(half + k) % period];
		double seen = smoothing->multiplicative ? units / trend : units - trend;
		double off = (double) (k + 1) - centre;

		/* Of an odd period the middle day comes twice. */
		*season = k < period ? seen : 0.5 * (*season + seen);
		mean += trend / (double) count;
		across += off * trend;
		along += off * off;
	}
	smoothing->slope = along > 0.0 ? across / along : 0.0;
	smoothing->level = mean - smoothing->slope * centre;
	if (!smoothing->trend)
		smoothing->slope = 0.0;
	for (size_t i = 0; i < period; i++)
		figure += smoothing->season[i] / (double) period;
	for (size_t i = 0; i < period; i++)
	{
		if (!smoothing->multiplicative)
			smoothing->season[i] -= figure;
		else if (figure > 0.0)
			smoothing->season[i] /= figure;
	}
	model->from = model->first + period;
}

/* Two seasons without a gap. */
static bool
has_two_seasons(const SaForecastModel *model, const double *history)
{
	size_t needed = 2 * (size_t) model->smoothing.period;

	if (model->days - model->first < needed)
		return false;
	for (size_t i = 0; i < needed; i++)
	{
		if (isnan(sa_forecast_units(model->ask, history, model->first + i)))
			return false;
	}
	return true;
}

SaBadArgument
sa_smoothing_begin(SaForecastModel *model, const double *history)
{
	SaForecastStart start = model->ask->start;
	bool seasonal = model->smoothing.period > 0;

	SA_REQUIRE(start != SA_START_OVERALL && start != SA_START_OWN, "start");
	SA_REQUIRE(seasonal || start != SA_START_SEASONS, "start");
	if (start == SA_START_OF_METHOD)
		start = SA_START_MEAN;
	/* Too little to see a season in: the mean, and the season is learned. */
	if (seasonal && start != SA_START_MEAN && !has_two_seasons(model, history))
		start = SA_START_MEAN;
	if (start == SA_START_MEAN)
		begin_flat(model, history);
	else if (!seasonal)
		begin_first(model, history, start == SA_START_R);
	else if (start == SA_START_R)
		begin_as_r(model, history);
	else
		begin_seasons(model, history);
	return SA_MATHS_FINE;
}
