/*
 * fuzz_forecast.c: every forecaster, measure and line of bars on any history.
 *
 * An input is twelve bytes of what is asked, then the days: one byte each, of which
 * the highest are NaN, below 0, in fractions or huge.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/accuracy.h"
#include "pure/forecast.h"
#include "pure/sparkline.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASK_BYTES 12
#define MOST_DAYS 400

static void
promise(int kept)
{
	if (!kept)
		abort();
}

static double
day_of(uint8_t byte)
{
	if (byte == 255)
		return NAN;
	if (byte == 254)
		return 1e100;
	if (byte > 240)
		return -(byte - 240.0);
	return byte > 200 ? (byte - 200) / 7.0 : byte % 16;
}

/* 0 to 1, a bit beyond on both sides, or not given. */
static double
share_of(uint8_t byte)
{
	return byte == 0 ? NAN : (byte - 5.0) / 240.0;
}

static void
read_ask(const uint8_t *data, SaForecastAsk *ask, double *profile, double *state)
{
	sa_forecast_ask_default(ask);
	ask->method = (SaForecastMethod) (data[0] % (SA_FORECAST_IMAPA + 1));
	ask->start = (SaForecastStart) (data[1] % (SA_START_R + 1));
	ask->alpha = share_of(data[2]);
	ask->beta = share_of(data[3]);
	ask->gamma = share_of(data[4]);
	ask->phi = share_of(data[5]);
	ask->period = data[6];
	ask->window = data[7];
	ask->weekday = data[8] % SA_WEEK;
	ask->clip = (data[8] & 128) == 0;
	ask->from_first_sale = (data[8] & 64) == 0;
	for (int day = 0; day < SA_WEEK; day++)
		profile[day] = (data[9] >> day & 1) ? 1.4 : data[10] % 3;
	ask->profile = data[9] >= 128 ? profile : NULL;
	for (int i = 0; i < SA_WEEK + 3; i++)
		state[i] = data[10] / 10.0 - i;
	ask->start_state = data[11] >= 200 ? state : NULL;
	ask->start_states = data[11] % (SA_WEEK + 3);
	if (data[11] % 4 == 1)
	{
		ask->alpha_from = 0.1;
		ask->alpha_to = share_of(data[10]);
	}
	if (data[11] % 4 == 2)
	{
		ask->pool_mean = data[10];
		ask->pool_sd = data[9];
	}
}

static void
try_forecast(const SaForecastAsk *ask, const double *days, size_t count, double *one_step)
{
	SaForecastModel model;
	double low;
	double high;

	if (sa_forecast_fit(ask, days, count, one_step, &model))
		return;
	/* Where it divides by a season, days of 1e100 may leave what a double holds. */
	if (model.smoothing.multiplicative && !(model.sse < 1e250))
		return;
	for (int step = 1; step <= 40; step += 13)
	{
		double mean = sa_forecast_mean(&model, step);

		promise(isfinite(mean) && (!ask->clip || mean >= 0.0));
		if (sa_forecast_quantile(&model, step, 0.1, &low) ||
			sa_forecast_quantile(&model, step, 0.9, &high))
			continue;
		promise(!isnan(low) && low <= high);
		promise(!ask->clip || low >= 0.0);
	}
	promise(model.mse >= 0.0 && model.sse >= 0.0);
	for (size_t i = 0; i < count; i++)
		promise(!isinf(one_step[i]) && (!isnan(days[i]) || isnan(one_step[i])));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double days[MOST_DAYS];
	double one_step[MOST_DAYS];
	double profile[SA_WEEK];
	double state[SA_WEEK + 3];
	char line[SA_SPARKLINE_BYTES(255)];
	SaForecastAsk ask;
	SaPairs pairs = {days, one_step, 0};
	double out;

	if (size < ASK_BYTES)
		return 0;
	read_ask(data, &ask, profile, state);
	pairs.count = size - ASK_BYTES < MOST_DAYS ? size - ASK_BYTES : MOST_DAYS;
	for (size_t i = 0; i < pairs.count; i++)
	{
		days[i] = day_of(data[ASK_BYTES + i]);
		one_step[i] = NAN;
	}
	try_forecast(&ask, days, pairs.count, one_step);
	out = sa_accuracy_mae(pairs);
	promise(isnan(out) || out >= 0.0);
	out = sa_accuracy_smape(pairs);
	promise(isnan(out) || (out >= 0.0 && out <= 1.0));
	if (!sa_accuracy_pinball(pairs, share_of(data[2]), &out))
		promise(isnan(out) || out >= 0.0);
	if (!sa_accuracy_scale(days, pairs.count, data[6], data[7] > 9, data[8] > 9, &out))
		promise(isnan(out) || out > 0.0);
	if (!sa_sparkline(days, pairs.count, data[6], data[7] > 99, line))
		promise(strlen(line) <= pairs.count * 3 && strlen(line) <= 3 * (size_t) data[6]);
	return 0;
}
