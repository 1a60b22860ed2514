/*
 * test_forecast.c: each method by hand on short histories, starts, gaps, and what is refused.
 */
#include "unit.h"

#include <string.h>

#include "pure/forecast.h"

static SaForecastAsk ask;
static SaForecastModel model;

static SaBadArgument
fit(SaForecastMethod method, const double *history, size_t days)
{
	ask.method = method;
	return sa_forecast_fit(&ask, history, days, NULL, &model);
}

static double
next_day(SaForecastMethod method, const double *history, size_t days)
{
	CHECK_STR(fit(method, history, days) == SA_MATHS_FINE ? "fine" : "bad", "fine");
	return sa_forecast_mean(&model, 1);
}

static void
test_names(void)
{
	SaForecastMethod method;
	SaForecastStart start;

	for (int i = SA_FORECAST_ESW; i <= SA_FORECAST_IMAPA; i++)
	{
		CHECK(sa_forecast_method_by_name(sa_forecast_method_name((SaForecastMethod) i), &method));
		CHECK_INT(method, i);
	}
	CHECK(!sa_forecast_method_by_name("arima", &method));
	CHECK(sa_forecast_start_by_name("overall", &start) && start == SA_START_OVERALL);
	CHECK(!sa_forecast_start_by_name("", &start));
}

static void
test_one_number(void)
{
	const double h[] = {0, 0, 4, 0, 2, 6};

	sa_forecast_ask_default(&ask);
	/* The first sale is day 3: mean 3, then 0.5 of each error. */
	ask.alpha = 0.5;
	CHECK_CLOSE(next_day(SA_FORECAST_SES, h, 6), 3.9375, 1e-15);
	CHECK_INT(model.counted, 4);
	ask.start = SA_START_FIRST;
	CHECK_CLOSE(next_day(SA_FORECAST_SES, h, 6), 4.0, 1e-15);
	CHECK_CLOSE(next_day(SA_FORECAST_CROSTON, h, 6), 4.5 / 1.25, 1e-15);
	CHECK_CLOSE(next_day(SA_FORECAST_SBA, h, 6), 4.5 / 1.25 * 0.75, 1e-15);
	CHECK_CLOSE(next_day(SA_FORECAST_SBJ, h, 6), 4.5 / 1.25 * (1.0 - 0.5 / 1.5), 1e-15);
	/* Probability from 1: 1, 0.5, 0.75, 0.875 of size 4, 4, 3, 4.5. */
	ask.beta = 0.5;
	CHECK_CLOSE(next_day(SA_FORECAST_TSB, h, 6), 4.5 * 0.875, 1e-15);
	ask.from_first_sale = false;
	CHECK_CLOSE(next_day(SA_FORECAST_CROSTON, h, 6), 4.5 / 1.75, 1e-15);
	sa_forecast_ask_default(&ask);
	CHECK_CLOSE(next_day(SA_FORECAST_NAIVE, h, 6), 6.0, 0.0);
	CHECK_CLOSE(next_day(SA_FORECAST_WINDOW, h, 6), 3.0, 1e-15);
	ask.window = 2;
	CHECK_CLOSE(next_day(SA_FORECAST_WINDOW, h, 6), 4.0, 1e-15);
	ask.period = 3;
	CHECK_CLOSE(next_day(SA_FORECAST_SEASONAL_NAIVE, h, 6), 0.0, 0.0);
	CHECK_CLOSE(sa_forecast_mean(&model, 3), 6.0, 0.0);
	/* Two blocks of one day and one of two: 1.33 rounds to 1. */
	ask.alpha = 0.5;
	CHECK_CLOSE(next_day(SA_FORECAST_ADIDA, h, 6), 4.0, 1e-15);
}

static void
test_trend(void)
{
	const double line[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const double wave[] = {1, 3, 2, 4, 3, 5, 4, 6};

	sa_forecast_ask_default(&ask);
	ask.start = SA_START_FIRST;
	ask.alpha = ask.beta = 0.5;
	/* Begun at 1 with slope 1 it expects 2 of day 1, and is on the line in the end. */
	CHECK_CLOSE(next_day(SA_FORECAST_HOLT, line, 8), 9.0, 0.1);
	CHECK(sa_forecast_mean(&model, 10) > 16.0);
	ask.start = SA_START_R;
	CHECK_CLOSE(next_day(SA_FORECAST_HOLT, line, 8), 9.0, 1e-14);
	CHECK_CLOSE(sa_forecast_mean(&model, 10), 18.0, 1e-14);
	CHECK(model.sse < 1e-20);
	ask.phi = 0.5;
	CHECK(next_day(SA_FORECAST_DAMPED, line, 8) < 9.0);
	CHECK(sa_forecast_mean(&model, 1000) < 10.0);
	sa_forecast_ask_default(&ask);
	ask.period = 2;
	ask.start = SA_START_R;
	CHECK_CLOSE(next_day(SA_FORECAST_HW_ADDITIVE, wave, 8), 5.0, 0.1);
	CHECK_CLOSE(sa_forecast_mean(&model, 2), 7.0, 0.1);
	CHECK(next_day(SA_FORECAST_HW_MULTIPLICATIVE, wave, 8) > 0.0);
	CHECK_INT(model.method, SA_FORECAST_HW_MULTIPLICATIVE);
	ask.start = SA_START_OF_METHOD;
	CHECK_CLOSE(next_day(SA_FORECAST_ETS_ADDITIVE, wave, 8), 5.0, 1.0);
	CHECK(next_day(SA_FORECAST_ETS_MULTIPLICATIVE, wave, 8) > 0.0);
}

static void
test_multiplying_needs_sales(void)
{
	const double h[] = {1, 3, 0, 4, 3, 5, 4, 6};

	sa_forecast_ask_default(&ask);
	ask.period = 2;
	(void) next_day(SA_FORECAST_HW_MULTIPLICATIVE, h, 8);
	CHECK_INT(model.method, SA_FORECAST_HW_ADDITIVE);
	(void) next_day(SA_FORECAST_ETS_MULTIPLICATIVE, h, 8);
	CHECK_INT(model.method, SA_FORECAST_ETS_ADDITIVE);
}

/* A flat item of a pool that sells twice as much on Saturdays and is closed on Sundays. */
static void
test_profile(void)
{
	const double profile[] = {1, 1, 1, 1, 1, 2, 0};
	double h[56];

	for (int i = 0; i < 56; i++)
		h[i] = 3.0 * profile[i % 7];
	sa_forecast_ask_default(&ask);
	ask.profile = profile;
	CHECK_CLOSE(next_day(SA_FORECAST_ESW, h, 56), 3.0, 0.2);
	CHECK_INT(model.counted, 48);
	CHECK(sa_forecast_mean(&model, 6) > 1.8 * sa_forecast_mean(&model, 1));
	CHECK(sa_forecast_mean(&model, 7) == 0.0);
	CHECK_CLOSE(next_day(SA_FORECAST_TSB, h, 56), 3.5, 0.2);
	CHECK_CLOSE(sa_forecast_mean(&model, 6), 2.0 * sa_forecast_mean(&model, 1), 1e-14);
	CHECK(sa_forecast_mean(&model, 7) == 0.0);
	/* The calendar begins on a Saturday. */
	ask.weekday = 5;
	CHECK_CLOSE(next_day(SA_FORECAST_WINDOW, h + 5, 47), 1.0 / 2.0 * sa_forecast_mean(&model, 3),
				1e-14);
	CHECK(sa_forecast_mean(&model, 4) == 0.0);
}

static void
test_gaps(void)
{
	const double gaps[] = {NAN, 2, NAN, NAN, 4, 0, NAN};
	const double none[] = {2, 4, 0};
	double one_step[7];

	sa_forecast_ask_default(&ask);
	for (int i = SA_FORECAST_ESW; i <= SA_FORECAST_IMAPA; i++)
	{
		double with;

		/* A season counts days; the rest knows only those that count. */
		if (i == SA_FORECAST_SEASONAL_NAIVE || i >= SA_FORECAST_HW_ADDITIVE)
			continue;
		with = next_day((SaForecastMethod) i, gaps, 7);
		CHECK_CLOSE(with, next_day((SaForecastMethod) i, none, 3), 1e-15);
		CHECK_CLOSE(model.counted, 3, 0.0);
	}
	ask.method = SA_FORECAST_SES;
	CHECK(sa_forecast_fit(&ask, gaps, 7, one_step, &model) == SA_MATHS_FINE);
	CHECK(isnan(one_step[0]) && isnan(one_step[2]) && isnan(one_step[6]));
	CHECK_CLOSE(one_step[1], 2.0, 1e-15);
	CHECK_CLOSE(one_step[5], 2.1, 1e-15);
}

static void
test_nothing(void)
{
	const double zeros[40] = {0};
	const double nan[2] = {NAN, NAN};
	const double one[1] = {5};
	double units;

	for (int i = SA_FORECAST_ESW; i <= SA_FORECAST_IMAPA; i++)
	{
		for (int start = SA_START_OF_METHOD; start <= SA_START_R; start++)
		{
			sa_forecast_ask_default(&ask);
			ask.start = (SaForecastStart) start;
			if (fit((SaForecastMethod) i, NULL, 0) != SA_MATHS_FINE)
				continue;
			CHECK_ROW(sa_forecast_mean(&model, 28) == 0.0,
					  sa_forecast_method_name((SaForecastMethod) i));
			CHECK(fit((SaForecastMethod) i, zeros, 40) == SA_MATHS_FINE);
			CHECK(sa_forecast_mean(&model, 1) == 0.0 && model.mse == 0.0);
			CHECK(sa_forecast_quantile(&model, 5, 0.95, &units) == SA_MATHS_FINE && units == 0.0);
			CHECK(fit((SaForecastMethod) i, nan, 2) == SA_MATHS_FINE);
			CHECK(sa_forecast_mean(&model, 1) == 0.0);
			CHECK(fit((SaForecastMethod) i, one, 1) == SA_MATHS_FINE);
			CHECK(isfinite(sa_forecast_mean(&model, 3660)));
		}
	}
}

static void
test_young(void)
{
	const double h[] = {0, 0, 6, 0, 0};

	sa_forecast_ask_default(&ask);
	CHECK_CLOSE(next_day(SA_FORECAST_ESW, h, 5), 2.0, 1e-15);
	CHECK(model.young);
	/* m 1, s 0.5: a 4, b 4, so (4 + 6) / (4 + 3). */
	ask.pool_mean = 1.0;
	ask.pool_sd = 0.5;
	ask.pool_mse_ratio = 100.0;
	CHECK_CLOSE(next_day(SA_FORECAST_ESW, h, 5), 10.0 / 7.0, 1e-15);
	CHECK_CLOSE(model.mse, 1000.0 / 7.0, 1e-12);
	CHECK_CLOSE(next_day(SA_FORECAST_ESW, h, 0), 1.0, 1e-15);
	/* Never sold: the days it was there count against it. */
	CHECK_CLOSE(next_day(SA_FORECAST_ESW, h, 2), 4.0 / 6.0, 1e-15);
	ask.pool_sd = 0.0;
	CHECK_CLOSE(next_day(SA_FORECAST_ESW, h, 0), 1.0, 1e-15);
}

static void
test_quantiles(void)
{
	double h[60];
	double low;
	double high;

	for (int i = 0; i < 60; i++)
		h[i] = i % 5;
	sa_forecast_ask_default(&ask);
	(void) next_day(SA_FORECAST_SES, h, 60);
	CHECK_CLOSE(sa_forecast_variance(&model, 1), model.mse, 0.0);
	CHECK_CLOSE(sa_forecast_variance(&model, 11), 1.1 * model.mse, 1e-15);
	CHECK(sa_forecast_quantile(&model, 1, 0.05, &low) == SA_MATHS_FINE);
	CHECK(sa_forecast_quantile(&model, 1, 0.95, &high) == SA_MATHS_FINE);
	CHECK(low == 0.0 && high == 5.0);
	CHECK_STR(sa_forecast_quantile(&model, 1, 1.0, &high), "probabilities");
	for (int i = 0; i < 60; i++)
		h[i] = 1000 + i % 5;
	(void) next_day(SA_FORECAST_SES, h, 60);
	/* Poisson is the least there is. */
	CHECK(sa_forecast_quantile(&model, 1, 0.95, &high) == SA_MATHS_FINE);
	CHECK_CLOSE(high, 1002.0 + 1.6448536269514722 * sqrt(1002.0), 1.0);
}

static void
test_refused(void)
{
	const double h[] = {1, 2, 3};
	const double bad[] = {1, INFINITY};
	const double state[] = {1, NAN};
	const double profile[] = {1, 1, 1, 1, 1, 1, -1};

	sa_forecast_ask_default(&ask);
	CHECK_STR(fit(SA_FORECAST_ESW, bad, 2), "history");
	ask.alpha = 1.5;
	CHECK_STR(fit(SA_FORECAST_ESW, h, 3), "alpha");
	sa_forecast_ask_default(&ask);
	ask.phi = 0.0;
	CHECK_STR(fit(SA_FORECAST_DAMPED, h, 3), "phi");
	sa_forecast_ask_default(&ask);
	ask.alpha_from = 0.3;
	ask.alpha_to = 0.1;
	CHECK_STR(fit(SA_FORECAST_SES, h, 3), "alpha_range");
	sa_forecast_ask_default(&ask);
	ask.period = SA_MOST_PERIOD + 1;
	CHECK_STR(fit(SA_FORECAST_HW_ADDITIVE, h, 3), "period");
	sa_forecast_ask_default(&ask);
	ask.profile = profile;
	CHECK_STR(fit(SA_FORECAST_ESW, h, 3), "profile");
	sa_forecast_ask_default(&ask);
	ask.start = SA_START_SEASONS;
	CHECK_STR(fit(SA_FORECAST_SES, h, 3), "start");
	CHECK_STR(fit(SA_FORECAST_HOLT, h, 3), "start");
	CHECK_STR(fit(SA_FORECAST_NAIVE, h, 3), "start");
	sa_forecast_ask_default(&ask);
	ask.start_state = state;
	ask.start_states = 2;
	CHECK_STR(fit(SA_FORECAST_HOLT, h, 3), "start_state");
	ask.start_states = 1;
	CHECK_STR(fit(SA_FORECAST_HOLT, h, 3), "start_state");
	CHECK_STR(fit(SA_FORECAST_NAIVE, h, 3), "start_state");
	CHECK(fit(SA_FORECAST_SES, h, 3) == SA_MATHS_FINE);
}

int
main(void)
{
	test_names();
	test_one_number();
	test_trend();
	test_multiplying_needs_sales();
	test_profile();
	test_gaps();
	test_nothing();
	test_young();
	test_quantiles();
	test_refused();
	return unit_end();
}
