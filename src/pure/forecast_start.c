/*
 * forecast_start.c: one rule of starting a method.
 *
 * The peers differ in nothing as much as in this, and with little smoothing
 * the start is seen for months: so each rule has its name.
 */
#include "pure/forecast_start.h"

#include <string.h>

/* What the days from model->first on, at most so many that count, say. */
typedef struct FirstDays
{
	int days;
	int sales;
	double units;
	double sold[SA_WEEK]; /* by weekday */
	int seen[SA_WEEK];
} FirstDays;

static FirstDays
look_at(const SaForecastModel *model, const double *history, int limit)
{
	FirstDays first;

	memset(&first, 0, sizeof(first));
	for (size_t place = model->first; place < model->days && first.days < limit; place++)
	{
		double units = sa_forecast_units(model->ask, history, place);
		int weekday;

		if (isnan(units))
			continue;
		weekday = sa_forecast_weekday(model->ask, place);
		first.days++;
		first.sales += units > 0.0;
		first.units += units;
		first.sold[weekday] += units;
		first.seen[weekday]++;
	}
	return first;
}

/* Place of the n-th day that counts (0 is the first); model->days where there are fewer. */
static size_t
find_day(const SaForecastModel *model, const double *history, int n)
{
	for (size_t place = model->first; place < model->days; place++)
	{
		if (!isnan(sa_forecast_units(model->ask, history, place)) && n-- == 0)
			return place;
	}
	return model->days;
}

/* The first sale: its size and the days that count up to it. */
static size_t
find_sale(const SaForecastModel *model, const double *history, double *size, double *interval)
{
	*size = *interval = 0.0;
	for (size_t place = model->first; place < model->days; place++)
	{
		double units = sa_forecast_units(model->ask, history, place);

		if (isnan(units))
			continue;
		*interval += 1.0;
		if (units > 0.0)
		{
			*size = units;
			return place;
		}
	}
	*interval = 0.0;
	return model->days;
}

static double
units_at(const SaForecastModel *model, const double *history, size_t place)
{
	return place < model->days ? sa_forecast_units(model->ask, history, place) : 0.0;
}

/* The level and week that Holt-Winters without a trend would begin with. */
static SaBadArgument
begin_esw_as_r(SaForecastModel *model, const double *history)
{
	SaSmoothing *smoothing = &model->smoothing;
	SaBadArgument bad;

	smoothing->trend = smoothing->multiplicative = false;
	smoothing->period = SA_WEEK;
	bad = sa_smoothing_begin(model, history);
	if (bad)
		return bad;
	model->esw.level = smoothing->level;
	for (int day = 0; day < SA_WEEK; day++)
		model->esw.season[sa_forecast_weekday(model->ask, model->first + (size_t) day)] =
			smoothing->season[day];
	return SA_MATHS_FINE;
}

static SaBadArgument
begin_esw(SaForecastModel *model, const double *history, SaForecastStart start)
{
	FirstDays first = look_at(model, history, SA_START_DAYS);
	double mean = first.days == 0 ? 0.0 : first.units / first.days;

	if (start == SA_START_R)
		return begin_esw_as_r(model, history);
	SA_REQUIRE(start == SA_START_OF_METHOD || start == SA_START_MEAN || start == SA_START_OWN,
			   "start");
	sa_esw_start(&model->esw, mean, model->ask->profile);
	for (int day = 0; day < SA_WEEK && start == SA_START_OWN; day++)
	{
		if (first.seen[day] > 0)
			model->esw.season[day] = first.sold[day] / first.seen[day] - mean;
	}
	return SA_MATHS_FINE;
}

static SaBadArgument
begin_level(SaForecastModel *model, const double *history, SaForecastStart start)
{
	FirstDays first = look_at(model, history, SA_START_DAYS);

	if (start == SA_START_OF_METHOD && isnan(model->ask->alpha_from))
		start = SA_START_MEAN;
	SA_REQUIRE(start != SA_START_OWN && start != SA_START_OVERALL && start != SA_START_SEASONS,
			   "start");
	if (start == SA_START_MEAN)
		model->level = first.days == 0 ? 0.0 : first.units / first.days;
	else
	{
		model->from = find_day(model, history, 0);
		model->level = units_at(model, history, model->from);
		model->from += model->from < model->days;
	}
	return SA_MATHS_FINE;
}

static SaBadArgument
begin_croston(SaForecastModel *model, const double *history, SaForecastStart start)
{
	double waited = 0.0;
	double last = 0.0;
	int sales = 0;

	SA_REQUIRE(start == SA_START_OF_METHOD || start == SA_START_FIRST || start == SA_START_OVERALL,
			   "start");
	model->from = find_sale(model, history, &model->croston.size, &model->croston.interval);
	model->from += model->from < model->days;
	for (size_t place = model->first; place < model->days && start == SA_START_OVERALL; place++)
	{
		double units = sa_forecast_units(model->ask, history, place);

		if (isnan(units))
			continue;
		waited += 1.0;
		if (units > 0.0)
		{
			sales++;
			last = waited;
		}
	}
	if (sales > 0)
		model->croston.interval = last / sales;
	return SA_MATHS_FINE;
}

static SaBadArgument
begin_tsb(SaForecastModel *model, const double *history, SaForecastStart start)
{
	FirstDays first = look_at(model, history, SA_START_DAYS);
	double interval;

	(void) find_sale(model, history, &model->tsb.size, &interval);
	if (start == SA_START_OF_METHOD || start == SA_START_MEAN)
	{
		if (first.sales > 0)
			model->tsb.size = first.units / first.sales;
		model->tsb.probability = first.days == 0 ? 0.0 : (double) first.sales / first.days;
		return SA_MATHS_FINE;
	}
	SA_REQUIRE(start == SA_START_FIRST || start == SA_START_OVERALL, "start");
	if (start == SA_START_FIRST)
		model->tsb.probability = interval == 1.0 ? 1.0 : 0.0;
	else
	{
		first = look_at(model, history, model->counted);
		model->tsb.probability = first.days == 0 ? 0.0 : (double) first.sales / first.days;
	}
	/* The first day is in the start already. */
	model->from = find_day(model, history, 0);
	model->from += model->from < model->days;
	return SA_MATHS_FINE;
}

static SaBadArgument
begin_given(SaForecastModel *model)
{
	const SaForecastAsk *ask = model->ask;
	const double *state = ask->start_state;
	SaSmoothing *smoothing = &model->smoothing;
	for (size_t i = 0; i < ask->start_states; i++)
		SA_REQUIRE(isfinite(state[i]), "start_state");
	switch (model->method)
	{
		case SA_FORECAST_ESW:
			SA_REQUIRE(ask->start_states == 1 + SA_WEEK, "start_state");
			model->esw.level = state[0];
			for (int day = 0; day < SA_WEEK; day++)
				model->esw.season[sa_forecast_weekday(ask, model->first + (size_t) day)] =
					state[1 + day];
			break;
		case SA_FORECAST_SES:
			SA_REQUIRE(ask->start_states == 1, "start_state");
			model->level = state[0];
			break;
		case SA_FORECAST_TSB:
			SA_REQUIRE(ask->start_states == 2, "start_state");
			model->tsb.size = state[0];
			model->tsb.probability = state[1];
			break;
		case SA_FORECAST_CROSTON:
		case SA_FORECAST_SBA:
		case SA_FORECAST_SBJ:
			SA_REQUIRE(ask->start_states == 2, "start_state");
			model->croston.size = state[0];
			model->croston.interval = state[1];
			break;
		default:
			SA_REQUIRE(smoothing->trend && ask->start_states == 2 + (size_t) smoothing->period,
					   "start_state");
			smoothing->level = state[0];
			smoothing->slope = state[1];
			for (int i = 0; i < smoothing->period; i++)
				smoothing->season[i] = state[2 + i];
			break;
	}
	return SA_MATHS_FINE;
}

SaBadArgument
sa_forecast_begin(SaForecastModel *model, const double *history)
{
	SaForecastStart start = model->ask->start;

	model->from = model->first;
	if (model->ask->start_state != NULL)
		return begin_given(model);
	switch (model->method)
	{
		case SA_FORECAST_ESW:
			return begin_esw(model, history, start);
		case SA_FORECAST_SES:
			return begin_level(model, history, start);
		case SA_FORECAST_CROSTON:
		case SA_FORECAST_SBA:
		case SA_FORECAST_SBJ:
			return begin_croston(model, history, start);
		case SA_FORECAST_TSB:
			return begin_tsb(model, history, start);
		case SA_FORECAST_HOLT:
		case SA_FORECAST_DAMPED:
		case SA_FORECAST_HW_ADDITIVE:
		case SA_FORECAST_HW_MULTIPLICATIVE:
		case SA_FORECAST_ETS_ADDITIVE:
		case SA_FORECAST_ETS_MULTIPLICATIVE:
			return sa_smoothing_begin(model, history);
		default:
			SA_REQUIRE(start == SA_START_OF_METHOD, "start");
			return SA_MATHS_FINE;
	}
}
