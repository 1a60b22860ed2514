/*
 * forecast.c: one loop over the days for all methods.
 *
 * Expect, compare, learn.  What depends on the method is in three switches:
 * sa_forecast_prepare(), expect() and learn().
 */
#include "pure/forecast.h"

#include <math.h>
#include <stddef.h>

#include "pure/counts.h"
#include "pure/forecast_start.h"
#include "pure/normal.h"

/* Smoothing of the squared one-day error. */
#define MSE_GAMMA   0.05
#define NORMAL_FROM 200.0

/* Of the methods that know no weekday, spread over the week as the pool's. */
static double
spread(const SaForecastModel *model, double level, int weekday)
{
	return model->ask->profile == NULL ? level : level * model->ask->profile[weekday];
}

static double
expect(const SaForecastModel *model, int step, size_t place)
{
	const SaForecastAsk *ask = model->ask;
	int weekday = sa_forecast_weekday(ask, place);
	double units;

	/* Closed: nothing sells, whatever the level has become. */
	if (ask->profile != NULL && ask->profile[weekday] <= 0.0)
		return 0.0;
	switch (model->method)
	{
		case SA_FORECAST_ESW:
			units = model->esw.level + model->esw.season[weekday];
			if (model->young)
				units = spread(model, model->level, weekday);
			break;
		case SA_FORECAST_TSB:
			units = spread(model, sa_tsb_forecast(&model->tsb), weekday);
			break;
		case SA_FORECAST_CROSTON:
		case SA_FORECAST_SBA:
		case SA_FORECAST_SBJ:
			units = spread(model, sa_croston_forecast(&model->croston), weekday);
			break;
		case SA_FORECAST_SEASONAL_NAIVE:
			units = model->smoothing.season[(place - model->first) % (size_t) ask->period];
			/* No such day was seen yet: as the last one. */
			if (isnan(units))
				units = model->level;
			break;
		case SA_FORECAST_HOLT:
		case SA_FORECAST_DAMPED:
			units = sa_smoothing_forecast(&model->smoothing, step, place - model->first);
			units = spread(model, units, weekday);
			break;
		case SA_FORECAST_HW_ADDITIVE:
		case SA_FORECAST_HW_MULTIPLICATIVE:
		case SA_FORECAST_ETS_ADDITIVE:
		case SA_FORECAST_ETS_MULTIPLICATIVE:
			units = sa_smoothing_forecast(&model->smoothing, step, place - model->first);
			break;
		default:
			units = spread(model, model->level, weekday);
			break;
	}
	return ask->clip && units < 0.0 ? 0.0 : units;
}

/* Mean of the last days that count, up to and with place. */
static double
window_mean(const SaForecastModel *model, const double *history, size_t place)
{
	double sum = 0.0;
	int days = 0;

	for (size_t i = place + 1; i > model->first && days < model->ask->window; i--)
	{
		double units = sa_forecast_units(model->ask, history, i - 1);

		if (isnan(units))
			continue;
		sum += units;
		days++;
	}
	return days == 0 ? 0.0 : sum / days;
}

static void
learn(SaForecastModel *model, const double *history, double units, size_t place)
{
	switch (model->method)
	{
		case SA_FORECAST_ESW:
			sa_esw_update(&model->esw, units, sa_forecast_weekday(model->ask, place), model->alpha,
						  model->gamma);
			break;
		case SA_FORECAST_SES:
			model->level += model->alpha * (units - model->level);
			break;
		case SA_FORECAST_CROSTON:
		case SA_FORECAST_SBA:
		case SA_FORECAST_SBJ:
			sa_croston_update(&model->croston, units, model->alpha, model->beta);
			break;
		case SA_FORECAST_TSB:
			sa_tsb_update(&model->tsb, units, model->alpha, model->beta);
			break;
		case SA_FORECAST_NAIVE:
			model->level = units;
			break;
		case SA_FORECAST_SEASONAL_NAIVE:
			model->level = units;
			model->smoothing.season[(place - model->first) % (size_t) model->ask->period] = units;
			break;
		case SA_FORECAST_WINDOW:
			model->level = window_mean(model, history, place);
			break;
		case SA_FORECAST_ADIDA:
		case SA_FORECAST_IMAPA:
			break;
		default:
			sa_smoothing_update(&model->smoothing, units, place - model->first);
			break;
	}
}

/* The first error variance: of the days the level starts from, about what the start expects. */
static double
start_mse(const SaForecastModel *model, const double *history)
{
	double squares = 0.0;
	int days = 0;

	for (size_t place = model->from; place < model->days && days < SA_START_DAYS; place++)
	{
		double units = sa_forecast_units(model->ask, history, place);
		double error;

		if (isnan(units))
			continue;
		error = units - expect(model, 1, place);
		squares += error * error;
		days++;
	}
	return days == 0 ? 0.0 : squares / days;
}

static void
learn_days(SaForecastModel *model, const double *history, double *one_step)
{
	for (size_t place = model->from; place < model->days; place++)
	{
		double units = sa_forecast_units(model->ask, history, place);
		double expected;
		double error;

		if (isnan(units))
			continue;
		expected = expect(model, 1, place);
		error = units - expected;
		if (one_step != NULL)
			one_step[place] = expected;
		model->sse += error * error;
		model->mse += MSE_GAMMA * (error * error - model->mse);
		learn(model, history, units, place);
	}
}

/* Under SA_START_DAYS days the own mean, shrunk to the pool's: (a + units) / (b + days),
 * a = m^2/s^2, b = m/s^2. */
static void
judge_young(SaForecastModel *model, const double *history)
{
	const SaForecastAsk *ask = model->ask;
	double shape = 0.0;
	double rate = 0.0;
	double units = 0.0;

	if (model->method != SA_FORECAST_ESW || model->counted >= SA_START_DAYS ||
		ask->start_state != NULL || ask->start > SA_START_MEAN)
		return;
	for (size_t place = model->first; place < model->days; place++)
	{
		double day = sa_forecast_units(ask, history, place);

		units += isnan(day) ? 0.0 : day;
	}
	if (ask->pool_mean > 0.0 && ask->pool_sd > 0.0)
	{
		rate = ask->pool_mean / (ask->pool_sd * ask->pool_sd);
		shape = ask->pool_mean * rate;
	}
	model->young = true;
	model->level = rate + model->counted > 0.0 ? (shape + units) / (rate + model->counted) : 0.0;
	if (rate == 0.0 && model->counted == 0)
		model->level = isnan(ask->pool_mean) ? 0.0 : ask->pool_mean;
	if (ask->pool_mse_ratio * model->level > model->mse)
		model->mse = ask->pool_mse_ratio * model->level;
}

/* Where the history counts from: its first sale, unless every day is asked for or none sold. */
static void
find_first(SaForecastModel *model, const double *history)
{
	size_t first = 0;

	while (first < model->days && !(sa_forecast_units(model->ask, history, first) > 0.0))
		first++;
	model->first = model->ask->from_first_sale && first < model->days ? first : 0;
	model->counted = 0;
	for (size_t place = model->first; place < model->days; place++)
		model->counted += !isnan(sa_forecast_units(model->ask, history, place));
}

SaBadArgument
sa_forecast_fit(const SaForecastAsk *ask, const double *history, size_t days, double *one_step,
				SaForecastModel *model)
{
	SaBadArgument bad = sa_forecast_check(ask);

	if (bad)
		return bad;
	SA_REQUIRE(days <= SA_MOST_HISTORY, "history");
	for (size_t place = 0; place < days; place++)
	{
		SA_REQUIRE(!isinf(history[place]), "history");
		if (one_step != NULL)
			one_step[place] = NAN;
	}
	model->ask = ask;
	model->method = ask->method;
	model->days = days;
	model->mse = model->sse = model->level = 0.0;
	model->young = false;
	model->smoothing.trend = model->smoothing.multiplicative = false;
	model->smoothing.period = 0;
	for (int i = 0; ask->method == SA_FORECAST_SEASONAL_NAIVE && i < ask->period; i++)
		model->smoothing.season[i] = NAN;
	find_first(model, history);
	sa_forecast_prepare(model, history);
	bad = sa_forecast_begin(model, history);
	if (bad)
		return bad;
	model->mse = start_mse(model, history);
	learn_days(model, history, one_step);
	judge_young(model, history);
	return SA_MATHS_FINE;
}

double
sa_forecast_mean(const SaForecastModel *model, int step)
{
	return expect(model, step, model->days + (size_t) step - 1);
}

double
sa_forecast_variance(const SaForecastModel *model, int step)
{
	return model->mse * (1.0 + (step - 1) * SA_FORECAST_GROWTH * SA_FORECAST_GROWTH);
}

SaBadArgument
sa_forecast_quantile(const SaForecastModel *model, int step, double probability, double *units)
{
	double mean = sa_forecast_mean(model, step);
	double variance = sa_forecast_variance(model, step);
	double z;

	SA_REQUIRE(probability > 0.0 && probability < 1.0, "probabilities");
	*units = 0.0;
	if (mean <= 0.0 && model->ask->clip)
		return SA_MATHS_FINE;
	if (mean > 0.0 && mean <= NORMAL_FROM)
		return sa_negative_binomial_quantile(probability, mean, variance, units);
	(void) sa_normal_quantile(probability, &z);
	*units = mean + z * sqrt(variance > mean ? variance : fmax(mean, 0.0));
	if (model->ask->clip && *units < 0.0)
		*units = 0.0;
	return SA_MATHS_FINE;
}
