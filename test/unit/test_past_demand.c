/*
 * test_past_demand.c: what days of the past say by themselves: sold out days,
 * pools, histograms, quantiles, fits, runs.
 */
#include "unit.h"

#include <stdlib.h>

#include "pure/censored.h"
#include "pure/counts.h"
#include "pure/empirical.h"
#include "pure/negbin_fit.h"
#include "pure/pooled.h"
#include "pure/sample.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static double
censored(double sold, double lambda)
{
	double x = NAN;

	CHECK(sa_censored_demand(sold, lambda, &x) == SA_MATHS_FINE);
	return x;
}

static void
test_censored_demand(void)
{
	double x = -7;

	/* 1/(1 - 1/e); with P(D >= 2) = 1 - 2/e: (1 - 1/e)/(1 - 2/e). */
	CHECK_CLOSE(censored(1, 1), 1 / (1 - exp(-1.0)), 1e-15);
	CHECK_CLOSE(censored(2, 1), (1 - exp(-1.0)) / (1 - 2 * exp(-1.0)), 1e-15);
	/* R, by sums. */
	CHECK_CLOSE(censored(2, 0.2), 2.0689180011592763, 1e-14);
	CHECK_CLOSE(censored(30, 20), 31.472343562247925, 1e-14);
	CHECK_CLOSE(censored(1, 20), 20.000000041223071, 1e-15);
	/* Against the tails that counts.c computes. */
	for (double lambda = 0.01; lambda < 3000; lambda *= 3)
		for (double c = 1; c < 2000; c = floor(c * 1.7) + 1)
		{
			double above;
			double below;

			(void) sa_poisson_exceedance(c - 2, lambda, &below);
			(void) sa_poisson_exceedance(c - 1, lambda, &above);
			if (above > 1e-250)
				CHECK_CLOSE(censored(c, lambda) / (lambda * below / above), 1.0, 1e-12);
			CHECK(censored(c, lambda) >= fmax(c, lambda));
			/* Half a unit lies between its neighbours. */
			CHECK(censored(c + 0.5, lambda) >= censored(c, lambda));
			CHECK(censored(c + 0.5, lambda) <= censored(c + 1, lambda));
		}
	/* Tiny, huge, none. */
	CHECK(censored(0, 3) == 3.0);
	CHECK(censored(-5, 3) == 3.0);
	CHECK(censored(4, 0) == 4.0);
	CHECK(censored(5, 1e300) == 1e300);
	CHECK(censored(1e300, 5) == 1e300);
	CHECK(censored(1e-300, 1e-300) == 2e-300);
	CHECK_CLOSE(censored(1e14, 1e14), 1e14 + 1e7 * sqrt(2 / acos(-1.0)), 1e-9);
	CHECK_STR(sa_censored_demand(NAN, 1, &x), "sold");
	CHECK_STR(sa_censored_demand(INFINITY, 1, &x), "sold");
	CHECK_STR(sa_censored_demand(1, -1, &x), "velocity");
	CHECK(x == -7);
}

static void
test_censored_velocity(void)
{
	static const double units[] = {2, 0, 3, 3, -1, 3, 0};
	static const bool out[] = {false, false, true, true, false, true, true};
	static const bool none[7] = {false};
	static const bool all[] = {true, true, true, true, true, true, true};
	double x = -7;
	double sum;

	CHECK(sa_censored_velocity(units, none, 7, &x) == SA_MATHS_FINE);
	CHECK_CLOSE(x, 11.0 / 7, 1e-15);
	/* The fixed point: the mean of what the six days that tell would have sold. */
	CHECK(sa_censored_velocity(units, out, 7, &x) == SA_MATHS_FINE);
	sum = 2 + 3 * censored(3, x);
	CHECK_CLOSE(sum / 6, x, 1e-13);
	CHECK(x > 11.0 / 6);
	(void) sa_censored_velocity(units, all, 7, &x);
	CHECK(isnan(x));
	(void) sa_censored_velocity(units, none, 0, &x);
	CHECK(isnan(x));
	(void) sa_censored_velocity((double[]){0, 0}, none, 2, &x);
	CHECK(x == 0.0);
	CHECK_STR(sa_censored_velocity((double[]){1, NAN}, none, 2, &x), "units");
	/* Nearly all days sold out of a thousand each: far from the mean, found still. */
	(void) sa_censored_velocity((double[]){1000, 1000, 1000, 1010}, (bool[]){1, 1, 1, 0}, 4, &x);
	CHECK_CLOSE((3 * censored(1000, x) + 1010) / 4, x, 1e-12);
}

static void
test_pooled(void)
{
	double x = -7;

	CHECK(sa_pooled_velocity(0, 0, 2, 1, &x) == SA_MATHS_FINE);
	CHECK(x == 2.0);
	/* a = 4, b = 2 */
	(void) sa_pooled_velocity(5, 4, 2, 1, &x);
	CHECK_CLOSE(x, 9.0 / 6, 1e-15);
	(void) sa_pooled_velocity(5e9, 1e9, 2, 1, &x);
	CHECK_CLOSE(x, 5.0, 1e-8);
	(void) sa_pooled_velocity(-5, 4, 2, 1, &x);
	CHECK_CLOSE(x, 4.0 / 6, 1e-15);
	(void) sa_pooled_velocity(500, 4, 2, 0, &x);
	CHECK(x == 2.0);
	(void) sa_pooled_velocity(8, 4, 0, 0, &x);
	CHECK(x == 2.0);
	(void) sa_pooled_velocity(8, 0, 0, 1, &x);
	CHECK(x == 0.0);
	CHECK_STR(sa_pooled_velocity(NAN, 0, 2, 1, &x), "units");
	CHECK_STR(sa_pooled_velocity(1, -1, 2, 1, &x), "exposed_days");
	CHECK_STR(sa_pooled_velocity(1, 1, INFINITY, 1, &x), "pool_mean");
	CHECK_STR(sa_pooled_velocity(1, 1, 1, -1, &x), "pool_sd");
}

/* The convolution as one writes it down. */
static void
convolve_plainly(const double *days, size_t count, int lead_time, double *mass, size_t most)
{
	double *next = malloc(most * sizeof(double));

	memset(mass, 0, most * sizeof(double));
	mass[0] = 1;
	for (int l = 0; l < lead_time && count > 0; l++)
	{
		memset(next, 0, most * sizeof(double));
		for (size_t i = 0; i < most; i++)
			for (size_t d = 0; mass[i] > 0 && d < count; d++)
				next[i + (size_t) days[d]] += mass[i] / (double) count;
		memcpy(mass, next, most * sizeof(double));
	}
	free(next);
}

static void
check_empirical(const double *days, size_t count, int lead_time)
{
	double mass[400];
	SaEmpirical demand;
	size_t doubles;
	double *space;
	double x;
	double upper = 0;

	convolve_plainly(days, count, lead_time, mass, COUNT(mass));
	CHECK(sa_empirical_space(days, count, lead_time, &doubles) == SA_MATHS_FINE);
	space = malloc(doubles * sizeof(double));
	CHECK(sa_empirical_make(days, count, lead_time, space, &demand) == SA_MATHS_FINE);
	for (int i = (int) COUNT(mass) - 1; i >= -1; i--)
	{
		CHECK(sa_empirical_exceedance(&demand, i, &x) == SA_MATHS_FINE);
		CHECK_CLOSE(x, upper, 1e-14);
		if (upper > 1e-30)
			CHECK_CLOSE(x / upper, 1.0, 1e-12);
		upper += i >= 0 ? mass[i] : 0;
	}
	for (double p = 0.03; p < 1; p += 0.07)
	{
		double more;

		CHECK(sa_empirical_quantile(&demand, p, &x) == SA_MATHS_FINE);
		(void) sa_empirical_exceedance(&demand, x, &more);
		CHECK(1 - more >= p - 1e-13);
		(void) sa_empirical_exceedance(&demand, x - 1, &more);
		CHECK(1 - more < p + 1e-13);
	}
	CHECK_STR(sa_empirical_quantile(&demand, 1, &x), "probability");
	CHECK_STR(sa_empirical_exceedance(&demand, NAN, &x), "x");
	free(space);
}

static void
test_empirical(void)
{
	static const double days[] = {0, 3, 0, 1, 7, 0, 1, 20};
	static const double wide[] = {0, 50001};
	double many[3];
	size_t doubles;
	double mean;
	double variance;
	SaEmpirical demand;
	double *space;
	double x;

	for (int lead_time = 0; lead_time < 18; lead_time++)
		check_empirical(days, COUNT(days), lead_time);
	check_empirical(days, 1, 5);
	check_empirical(days, 0, 5);
	check_empirical(days + 4, 1, 5);
	(void) sa_empirical_moments(days, COUNT(days), 3, &mean, &variance);
	CHECK_CLOSE(mean, 12.0, 1e-14);
	CHECK_CLOSE(variance, 3 * (460 / 8.0 - 16), 1e-13);
	(void) sa_empirical_moments(days, 0, 3, &mean, &variance);
	CHECK(mean == 0.0 && variance == 0.0);
	/* The largest that is allowed: binomial, whose quantile is known (R: qbinom). */
	many[0] = 0;
	many[1] = 1;
	CHECK(sa_empirical_space(many, 2, 100000, &doubles) == SA_MATHS_FINE);
	space = malloc(doubles * sizeof(double));
	CHECK(sa_empirical_make(many, 2, 100000, space, &demand) == SA_MATHS_FINE);
	(void) sa_empirical_quantile(&demand, 0.95, &x);
	CHECK(x == 50260.0);
	(void) sa_empirical_quantile(&demand, 0.5, &x);
	CHECK(x == 50000.0);
	free(space);
	CHECK_STR(sa_empirical_space(many, 2, 100001, &doubles), "range of history times lead_time");
	CHECK_STR(sa_empirical_space(wide, 2, 2, &doubles), "range of history times lead_time");
	CHECK_STR(sa_empirical_space(wide, 2, -1, &doubles), "lead_time");
	many[2] = 0.5;
	CHECK_STR(sa_empirical_space(many, 3, 1, &doubles), "history in parts of units");
	many[2] = NAN;
	CHECK_STR(sa_empirical_space(many, 3, 1, &doubles), "history in parts of units");
	many[2] = INFINITY;
	CHECK_STR(sa_empirical_space(many, 3, 1, &doubles), "history in parts of units");
}

static void
test_bootstrap(void)
{
	static const double days[] = {0, 3, 0, 1, 7, 0, 1};
	double draws[5000];
	SaEmpirical demand;
	double space[2000];
	double exact;
	double x;
	double again;

	(void) sa_empirical_make(days, 7, 7, space, &demand);
	(void) sa_empirical_quantile(&demand, 0.9, &exact);
	CHECK(sa_bootstrap_quantile(days, 7, 7, 0.9, 1, 42, draws, 5000, &x) == SA_MATHS_FINE);
	CHECK(fabs(x - exact) <= 1);
	(void) sa_bootstrap_quantile(days, 7, 7, 0.9, 1, 42, draws, 5000, &again);
	CHECK(x == again);
	/* One block of all days is all days. */
	(void) sa_bootstrap_quantile(days, 7, 7, 0.9, 7, 1, draws, 10, &x);
	CHECK(x == 12.0);
	(void) sa_bootstrap_quantile(days, 7, 0, 0.9, 1, 1, draws, 10, &x);
	CHECK(x == 0.0);
	(void) sa_bootstrap_quantile(days, 0, 5, 0.9, 1, 1, draws, 10, &x);
	CHECK(x == 0.0);
	CHECK_STR(sa_bootstrap_quantile(days, 7, 5, 0.9, 8, 1, draws, 10, &x), "block");
	CHECK_STR(sa_bootstrap_quantile(days, 7, 5, 0.9, 0, 1, draws, 10, &x), "block");
	CHECK_STR(sa_bootstrap_quantile(days, 7, -1, 0.9, 1, 1, draws, 10, &x), "lead_time");
	CHECK_STR(sa_bootstrap_quantile(days, 7, 5, 0, 1, 1, draws, 10, &x), "probability");
	CHECK_STR(sa_bootstrap_quantile(days, 7, 5, 0.9, 1, 1, draws, 0, &x), "draws");
}

static void
test_sample(void)
{
	double values[] = {9, 1, 4, 4};
	double hundred[100];
	size_t longest;
	size_t last;
	double x;

	/* R: quantile(c(9,1,4,4), p, type = 1 and 7). */
	(void) sa_sample_quantile(values, 4, 0.25, 1, &x);
	CHECK(x == 1.0);
	(void) sa_sample_quantile(values, 4, 0.26, 1, &x);
	CHECK(x == 4.0);
	(void) sa_sample_quantile(values, 4, 0.9, 7, &x);
	CHECK_CLOSE(x, 7.5, 1e-15);
	(void) sa_sample_quantile(values, 1, 0.9, 7, &x);
	CHECK(x == 1.0);
	for (int i = 0; i < 100; i++)
		hundred[i] = i + 1;
	for (int i = 1; i < 100; i++)
	{
		(void) sa_sample_quantile(hundred, 100, i / 100.0, 1, &x);
		CHECK(x == i);
	}
	(void) sa_sample_quantile(values, 0, 0.9, 7, &x);
	CHECK(isnan(x));
	CHECK_STR(sa_sample_quantile(values, 4, 0.9, 3, &x), "definition");
	CHECK_STR(sa_sample_quantile(values, 4, 0, 1, &x), "probability");
	values[0] = INFINITY;
	CHECK_STR(sa_sample_quantile(values, 4, 0.5, 1, &x), "sample");

	CHECK(sa_longest_zero_run((double[]){0, 0, 0, 0, 2, 0, -1, 0, 1, 0}, 10, &longest, &last) ==
		  SA_MATHS_FINE);
	CHECK_INT(longest, 3);
	CHECK_INT(last, 1);
	(void) sa_longest_zero_run((double[]){0, 0}, 2, &longest, &last);
	CHECK_INT(longest, 0);
	(void) sa_longest_zero_run(NULL, 0, &longest, &last);
	CHECK_INT(last, 0);
	CHECK_STR(sa_longest_zero_run((double[]){NAN}, 1, &longest, &last), "history");
	(void) sa_zero_run_probability(0.5, 10, &x);
	CHECK_CLOSE(x, exp(-5.0), 1e-15);
	(void) sa_zero_run_probability(0, 1e9, &x);
	CHECK(x == 1.0);
	CHECK_STR(sa_zero_run_probability(-1, 1, &x), "velocity");
	CHECK_STR(sa_zero_run_probability(1, -1, &x), "days");
}

static void
test_fit(void)
{
	static const double units[] = {0, 1, 2, 0, 9};
	double many[300];
	SaNegbinFit fit;
	SaNegbinFit near;

	CHECK(sa_negbin_fit_moments(units, 5, &fit) == SA_MATHS_FINE);
	CHECK_CLOSE(fit.mean, 2.4, 1e-15);
	CHECK_CLOSE(fit.variance, 14.3, 1e-14);
	CHECK_CLOSE(fit.size, 5.76 / 11.9, 1e-14);
	CHECK(sa_negbin_fit_likelihood(units, 5, &near) == SA_MATHS_FINE);
	CHECK(near.log_likelihood > fit.log_likelihood);
	/* Large counts go another way to the same score: units and 50 times as many. */
	for (int i = 0; i < 300; i++)
		many[i] = (i * 37 % 41) * (i % 7) * 5;
	CHECK(sa_negbin_fit_likelihood(many, 300, &fit) == SA_MATHS_FINE);
	/* No size nearby is likelier, by R's own sum. */
	for (int side = -1; side <= 1; side += 2)
	{
		double r = fit.size * (1 + side * 1e-3);
		double sum = 0;

		for (int i = 0; i < 300; i++)
			sum += lgamma(many[i] + r) - lgamma(r) - lgamma(many[i] + 1) +
				   r * log(r / (r + fit.mean)) + many[i] * log(fit.mean / (r + fit.mean));
		CHECK(sum < fit.log_likelihood);
		CHECK(sum > fit.log_likelihood - 1e-2);
	}
	/* No more variance than Poisson. */
	(void) sa_negbin_fit_likelihood((double[]){2, 2, 3, 2}, 4, &fit);
	CHECK(isinf(fit.size));
	CHECK_CLOSE(fit.log_likelihood, 9 * log(2.25) - 9 - 3 * log(2.0) - log(6.0), 1e-14);
	(void) sa_negbin_fit_moments((double[]){0, 0}, 2, &fit);
	CHECK(isinf(fit.size) && fit.mean == 0.0 && fit.log_likelihood == 0.0);
	(void) sa_negbin_fit_moments(NULL, 0, &fit);
	CHECK(isnan(fit.variance) && isinf(fit.size));
	CHECK_STR(sa_negbin_fit_moments((double[]){0.5}, 1, &fit), "history in parts of units");
	CHECK_STR(sa_negbin_fit_likelihood((double[]){-1}, 1, &fit), "history in parts of units");
	CHECK_STR(sa_negbin_fit_likelihood((double[]){NAN}, 1, &fit), "history in parts of units");
}

int
main(void)
{
	test_censored_demand();
	test_censored_velocity();
	test_pooled();
	test_empirical();
	test_bootstrap();
	test_sample();
	test_fit();
	return unit_end();
}
