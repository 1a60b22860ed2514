/*
 * forecast_prepare.c: what is asked for, checked, and each method with its parameters.
 */
#include <math.h>

#include "pure/forecast_start.h"
#include "pure/ses_search.h"

static bool
is_share(double x)
{
	return x >= 0.0 && x <= 1.0;
}

SaBadArgument
sa_forecast_check(const SaForecastAsk *ask)
{
	SA_REQUIRE(isnan(ask->alpha) || is_share(ask->alpha), "alpha");
	SA_REQUIRE(isnan(ask->beta) || is_share(ask->beta), "beta");
	SA_REQUIRE(isnan(ask->gamma) || is_share(ask->gamma), "gamma");
	SA_REQUIRE(isnan(ask->phi) || (ask->phi > 0.0 && ask->phi <= 1.0), "phi");
	SA_REQUIRE(isnan(ask->alpha_from) || (is_share(ask->alpha_from) && is_share(ask->alpha_to) &&
										  ask->alpha_from <= ask->alpha_to),
			   "alpha_range");
	SA_REQUIRE(ask->period >= 2 && ask->period <= SA_MOST_PERIOD, "period");
	SA_REQUIRE(ask->window >= 1 && ask->window <= SA_MOST_HORIZON, "window_days");
	SA_REQUIRE(ask->weekday >= 0 && ask->weekday < SA_WEEK, "start_date");
	for (int day = 0; ask->profile != NULL && day < SA_WEEK; day++)
		SA_REQUIRE(ask->profile[day] >= 0.0 && isfinite(ask->profile[day]), "profile");
	SA_REQUIRE(isnan(ask->pool_mean) || (ask->pool_mean >= 0.0 && isfinite(ask->pool_mean)),
			   "pool_mean");
	SA_REQUIRE(isnan(ask->pool_sd) || (ask->pool_sd >= 0.0 && isfinite(ask->pool_sd)), "pool_sd");
	SA_REQUIRE(isnan(ask->pool_mse_ratio) ||
				   (ask->pool_mse_ratio >= 0.0 && isfinite(ask->pool_mse_ratio)),
			   "pool_mse_ratio");
	return SA_MATHS_FINE;
}

static bool
can_multiply(const SaForecastModel *model, const double *history)
{
	for (size_t place = model->first; place < model->days; place++)
	{
		if (sa_forecast_units(model->ask, history, place) <= 0.0)
			return false;
	}
	return true;
}

static double
given(double asked, double otherwise)
{
	return isnan(asked) ? otherwise : asked;
}

/* Holt-Winters and its parts, with smoothing as slow as that of the default forecaster. */
static void
prepare_smoothing(SaForecastModel *model, const double *history)
{
	const SaForecastAsk *ask = model->ask;
	SaSmoothing *smoothing = &model->smoothing;
	bool seasonal = model->method != SA_FORECAST_HOLT && model->method != SA_FORECAST_DAMPED;

	if (model->method == SA_FORECAST_HW_MULTIPLICATIVE && !can_multiply(model, history))
		model->method = SA_FORECAST_HW_ADDITIVE;
	if (model->method == SA_FORECAST_ETS_MULTIPLICATIVE && !can_multiply(model, history))
		model->method = SA_FORECAST_ETS_ADDITIVE;
	model->beta = given(ask->beta, 0.01);
	smoothing->alpha = model->alpha;
	smoothing->beta = model->beta;
	smoothing->gamma = model->gamma;
	smoothing->phi = given(ask->phi, model->method == SA_FORECAST_DAMPED ? 0.9 : 1.0);
	smoothing->trend = true;
	smoothing->multiplicative = model->method == SA_FORECAST_HW_MULTIPLICATIVE ||
								model->method == SA_FORECAST_ETS_MULTIPLICATIVE;
	smoothing->season_after =
		model->method == SA_FORECAST_HW_ADDITIVE || model->method == SA_FORECAST_HW_MULTIPLICATIVE;
	smoothing->period = seasonal ? ask->period : 0;
}

static void
prepare_croston(SaForecastModel *model, const double *history)
{
	const SaForecastAsk *ask = model->ask;

	model->alpha = given(ask->alpha, 0.1);
	model->beta = given(ask->beta, model->alpha);
	if (!isnan(ask->alpha_from))
	{
		model->alpha =
			sa_ses_search(model, history, SA_SES_OF_SIZES, 0, ask->alpha_from, ask->alpha_to);
		model->beta =
			sa_ses_search(model, history, SA_SES_OF_INTERVALS, 0, ask->alpha_from, ask->alpha_to);
	}
	model->croston.waiting = 0.0;
	model->croston.correction = 1.0;
	if (model->method == SA_FORECAST_SBA)
		model->croston.correction = sa_croston_sba(model->beta);
	else if (model->method == SA_FORECAST_SBJ)
		model->croston.correction = sa_croston_sbj(model->beta);
}

static double
forecast_blocks(const SaForecastModel *model, const double *history, int block)
{
	const SaForecastAsk *ask = model->ask;
	double low = given(ask->alpha_from, 0.1);
	double high = given(ask->alpha_from, 0.1) == ask->alpha_from ? ask->alpha_to : 0.3;
	double squares;
	double alpha = given(ask->alpha, -1.0);

	if (alpha < 0.0)
		alpha = sa_ses_search(model, history, SA_SES_OF_BLOCKS, block, low, high);
	return sa_ses_run(model, history, SA_SES_OF_BLOCKS, block, alpha, &squares) / block;
}

/* ADIDA: in blocks as long as the mean interval (Nikolopoulos et al. 2011); IMAPA: the mean of all
 * block lengths up to it (Petropoulos & Kourentzes 2015). */
static void
prepare_aggregates(SaForecastModel *model, const double *history)
{
	int block = (int) rint(sa_ses_mean_interval(model, history));
	double sum = 0.0;

	if (block < 1)
		block = 1;
	if (block > SA_MOST_PERIOD)
		block = SA_MOST_PERIOD;
	for (int i = model->method == SA_FORECAST_ADIDA ? block : 1; i <= block; i++)
		sum += forecast_blocks(model, history, i);
	model->level = model->method == SA_FORECAST_ADIDA ? sum : sum / block;
}

void
sa_forecast_prepare(SaForecastModel *model, const double *history)
{
	const SaForecastAsk *ask = model->ask;

	model->alpha = given(ask->alpha, SA_ESW_ALPHA);
	model->beta = 0.0;
	model->gamma = given(ask->gamma, SA_ESW_GAMMA);
	switch (model->method)
	{
		case SA_FORECAST_SES:
			if (!isnan(ask->alpha_from))
				model->alpha = sa_ses_search(model, history, SA_SES_OF_DAYS, 0, ask->alpha_from,
											 ask->alpha_to);
			break;
		case SA_FORECAST_TSB:
			model->alpha = given(ask->alpha, SA_TSB_ALPHA);
			model->beta = given(ask->beta, SA_TSB_BETA);
			break;
		case SA_FORECAST_CROSTON:
		case SA_FORECAST_SBA:
		case SA_FORECAST_SBJ:
			prepare_croston(model, history);
			break;
		case SA_FORECAST_HOLT:
		case SA_FORECAST_DAMPED:
		case SA_FORECAST_HW_ADDITIVE:
		case SA_FORECAST_HW_MULTIPLICATIVE:
		case SA_FORECAST_ETS_ADDITIVE:
		case SA_FORECAST_ETS_MULTIPLICATIVE:
			prepare_smoothing(model, history);
			break;
		case SA_FORECAST_ADIDA:
		case SA_FORECAST_IMAPA:
			prepare_aggregates(model, history);
			break;
		default:
			break;
	}
}
