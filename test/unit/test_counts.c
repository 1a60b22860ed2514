/*
 * test_counts.c: Poisson, negative binomial and gamma demand against R, and
 * the identities between their functions.
 */
#include "unit.h"

#include "pure/counts.h"
#include "pure/gamma_demand.h"
#include "pure/special.h"

/* Equal relative to the expected value, however small. */
#define CHECK_RELATIVE(actual, expected, tolerance)                                                \
	CHECK_CLOSE((actual) / (expected), 1.0, tolerance)

static double
nb_cdf(double x, double mean, double variance)
{
	double p = NAN;

	CHECK(sa_negative_binomial_cdf(x, mean, variance, &p) == SA_MATHS_FINE);
	return p;
}

static double
nb_loss(double x, double mean, double variance)
{
	double loss = NAN;

	CHECK(sa_negative_binomial_loss(x, mean, variance, &loss) == SA_MATHS_FINE);
	return loss;
}

/* R 4.2.2: ppois, qpois. */
static void
test_poisson(void)
{
	double x;

	CHECK(sa_poisson_cdf(2, 0.01, &x) == SA_MATHS_FINE);
	CHECK_RELATIVE(x, 0.99999983457834729, 1e-14);
	(void) sa_poisson_cdf(10, 100, &x);
	CHECK_RELATIVE(x, 1.137687951695298e-30, 1e-13);
	(void) sa_poisson_cdf(2.9, 5, &x);
	CHECK_RELATIVE(x, 18.5 * exp(-5.0), 1e-14);
	(void) sa_poisson_cdf(-1, 5, &x);
	CHECK(x == 0.0);
	(void) sa_poisson_quantile(0.99, 0.1, &x);
	CHECK(x == 1.0);
	/* Exactly at a step the quantile is the step. */
	(void) sa_poisson_cdf(7, 6, &x);
	(void) sa_poisson_quantile(x, 6, &x);
	CHECK(x == 7.0);
	/* Snyder & Shen, newsvendor example 4.7: mean 6, ratio 4/5. */
	(void) sa_poisson_quantile(0.8, 6, &x);
	CHECK(x == 8.0);
	/* stockpyl's loss functions, problems of Snyder & Shen. */
	(void) sa_poisson_loss(5, 7, &x);
	CHECK_RELATIVE(x, 2.2926001256973048, 1e-13);
	(void) sa_poisson_loss(-3, 7, &x);
	CHECK(x == 10.0);
	(void) sa_poisson_loss(0, 7, &x);
	CHECK_RELATIVE(x, 7.0, 1e-14);
}

static void
test_negative_binomial(void)
{
	double x;

	CHECK_RELATIVE(nb_cdf(0, 0.05, 0.0525), 1.0 / 1.05, 1e-14);
	CHECK_RELATIVE(nb_cdf(3, 60, 90), 8.715366988017928e-18, 1e-12);
	CHECK_RELATIVE(nb_loss(10, 15, 37.5), 5.533809274627817, 1e-12);
	CHECK_RELATIVE(nb_loss(14, 70.0 / 3, 700.0 / 9), 9.740091807848785, 1e-12);
	/* A hair over the mean: digits that a continued fraction loses (mpmath, 40 digits). */
	CHECK_RELATIVE(nb_cdf(9979, 10000, 10000.0001), 0.41941008850888406, 1e-12);
	/* No more variance than the mean: Poisson. */
	(void) sa_poisson_cdf(4, 6, &x);
	CHECK(nb_cdf(4, 6, 6) == x);
	CHECK(nb_cdf(4, 6, 0) == x);
	/* What sums and what continued fractions compute meets where one gives over to the other. */
	for (double k = 0; k < 200; k += 7)
	{
		CHECK_RELATIVE(nb_cdf(k, 60, 60 * 1.0099999999), nb_cdf(k, 60, 60 * 1.0100000001), 1e-8);
		/* loss(k) - loss(k + 1) = P(D > k). */
		CHECK_CLOSE(nb_loss(k, 60, 300) - nb_loss(k + 1, 60, 300), 1.0 - nb_cdf(k, 60, 300), 1e-12);
		/* Between whole numbers the loss is a straight line. */
		CHECK_CLOSE(nb_loss(k + 0.25, 60, 300),
					0.75 * nb_loss(k, 60, 300) + 0.25 * nb_loss(k + 1, 60, 300), 1e-12);
	}
}

/* The quantile is the smallest x that reaches the probability, for means from a crumb to a lorry.
 */
static void
test_quantiles(void)
{
	static const double means[] = {1e-6, 0.3, 4, 77, 1234, 2e5};
	static const double ratios[] = {1, 1.001, 1.5, 20, 1000};
	static const double probabilities[] = {1e-9, 0.05, 0.5, 0.95, 0.999999};

	for (int m = 0; m < 6; m++)
		for (int r = 0; r < 5; r++)
			for (int p = 0; p < 5; p++)
			{
				double variance = means[m] * ratios[r];
				double x = NAN;

				CHECK(sa_negative_binomial_quantile(probabilities[p], means[m], variance, &x) ==
					  SA_MATHS_FINE);
				CHECK(x >= 0.0 && x == floor(x));
				CHECK(nb_cdf(x, means[m], variance) >= probabilities[p] * (1.0 - 1e-13));
				CHECK(x == 0.0 || nb_cdf(x - 1, means[m], variance) < probabilities[p]);
			}
}

static void
test_gamma(void)
{
	static const double cvs[] = {1e-3, 0.3, 1, 2, 5};
	static const double probabilities[] = {1e-9, 0.05, 0.5, 0.95, 0.999999};
	double x;

	/* R 4.2.2: pgamma, qgamma. */
	CHECK(sa_gamma_quantile(0.95, 0.5, 1.0, &x) == SA_MATHS_FINE);
	CHECK_RELATIVE(x, 2.4202322748895178, 1e-13);
	(void) sa_gamma_cdf(1, 50, 10000, &x);
	CHECK_RELATIVE(x, 0.29308089472101961, 1e-13);
	/* With a coefficient of variation of 1 it is the exponential distribution. */
	(void) sa_gamma_quantile(0.5, 0.5, 0.25, &x);
	CHECK_RELATIVE(x, 0.34657359027997264, 1e-14);
	(void) sa_gamma_cdf(3, 4, 0, &x);
	CHECK(x == 0.0);
	(void) sa_gamma_cdf(4, 4, 0, &x);
	CHECK(x == 1.0);
	(void) sa_gamma_quantile(0.9, 4, 0, &x);
	CHECK(x == 4.0);
	for (int c = 0; c < 5; c++)
		for (int p = 0; p < 5; p++)
		{
			double variance = 900 * cvs[c] * cvs[c];
			double back;

			(void) sa_gamma_quantile(probabilities[p], 30, variance, &x);
			(void) sa_gamma_cdf(x, 30, variance, &back);
			CHECK_RELATIVE(back, probabilities[p], 1e-10);
		}
}

/* What no function accepts, demand that is 0, and means no shop has. */
static void
test_edges(void)
{
	static const double infinite[] = {NAN, INFINITY, -INFINITY};
	double x;

	for (int i = 0; i < 3; i++)
	{
		CHECK_STR(sa_poisson_cdf(infinite[i], 1, &x), "x");
		CHECK_STR(sa_poisson_cdf(1, infinite[i], &x), "mean");
		CHECK_STR(sa_poisson_loss(infinite[i], 1, &x), "x");
		CHECK_STR(sa_negative_binomial_cdf(1, 1, infinite[i], &x), "variance");
		CHECK_STR(sa_gamma_cdf(infinite[i], 1, 1, &x), "x");
		CHECK_STR(sa_gamma_quantile(infinite[i], 1, 1, &x), "probability");
	}
	CHECK_STR(sa_poisson_quantile(0, 1, &x), "probability");
	CHECK_STR(sa_poisson_quantile(1, 1, &x), "probability");
	CHECK_STR(sa_negative_binomial_quantile(0.5, -1, 2, &x), "mean");
	CHECK_STR(sa_negative_binomial_quantile(0.5, 1, -2, &x), "variance");
	CHECK_STR(sa_gamma_quantile(1, 1, 1, &x), "probability");
	/* Nothing sells. */
	(void) sa_poisson_cdf(0, 0, &x);
	CHECK(x == 1.0);
	(void) sa_poisson_quantile(0.99, 0, &x);
	CHECK(x == 0.0);
	(void) sa_poisson_loss(2, 0, &x);
	CHECK(x == 0.0);
	(void) sa_gamma_quantile(0.99, 0, 5, &x);
	CHECK(x == 0.0);
	CHECK(nb_cdf(0, 0, 5) == 1.0);
	/* Huge means: near the normal approximation, in bounded time. */
	(void) sa_poisson_quantile(0.95, 1e12, &x);
	CHECK_RELATIVE(x, 1e12 + 1.6448536269514722e6, 1e-9);
	(void) sa_gamma_quantile(0.95, 1e12, 1e12, &x);
	CHECK_RELATIVE(x, 1e12 + 1.6448536269514722e6, 1e-9);
	(void) sa_poisson_loss(1e12, 1e12, &x);
	CHECK_RELATIVE(x, 1e6 * 0.3989422804014327, 1e-6);
	(void) sa_poisson_quantile(0.95, 1e300, &x);
	CHECK_RELATIVE(x, 1e300, 1e-9);
}

static void
test_special(void)
{
	double lower;
	double upper;

	sa_incomplete_gamma(1.0, 2.0, &lower, &upper);
	CHECK_RELATIVE(upper, exp(-2.0), 1e-15);
	CHECK_CLOSE(lower + upper, 1.0, 1e-15);
	/* I_x(1, b) = 1 - (1 - x)^b, and I_x(a, 1) = x^a. */
	sa_incomplete_beta(1.0, 5.0, 0.25, 0.75, &lower, &upper);
	CHECK_RELATIVE(upper, pow(0.75, 5.0), 1e-14);
	sa_incomplete_beta(7.0, 1.0, 0.25, 0.75, &lower, &upper);
	CHECK_RELATIVE(lower, pow(0.25, 7.0), 1e-14);
	CHECK_RELATIVE(sa_binomial_density(3, 10, 0.2, 0.8), 120 * pow(0.2, 3) * pow(0.8, 7), 1e-14);
	CHECK_RELATIVE(sa_poisson_density(4, 3), 81.0 / 24.0 * exp(-3.0), 1e-14);
}

int
main(void)
{
	test_poisson();
	test_negative_binomial();
	test_quantiles();
	test_gamma();
	test_edges();
	test_special();
	return unit_end();
}
