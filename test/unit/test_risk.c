/*
 * test_risk.c: the default reorder point, the probability of a stockout and
 * dates with receipts, against the distributions they stand on.
 */
#include "unit.h"

#include "pure/counts.h"
#include "pure/cover.h"
#include "pure/gamma_demand.h"
#include "pure/lead_time_demand.h"
#include "pure/normal.h"
#include "pure/receipts.h"
#include "pure/reorder.h"
#include "pure/safety.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static double
point(double service, double velocity, double mse, double lead_time, double lead_time_sd,
	  double review)
{
	double x = NAN;
	double mean;
	double sigma;

	CHECK(sa_reorder_point(service, velocity, mse, lead_time, lead_time_sd, review, 0.1, &x, &mean,
						   &sigma) == SA_MATHS_FINE);
	return x;
}

/* Up to a mean of 200 the quantile that counts.c finds in another way, from there on normal. */
static void
test_reorder_point(void)
{
	static const double velocities[] = {0.001, 0.04, 0.5, 2, 9, 28, 60};
	static const double ratios[] = {0.1, 1, 1.5, 7, 300, 1e6};
	static const double levels[] = {1e-6, 0.3, 0.5, 0.95, 0.99, 1 - 1e-8, 1 - 1e-12};

	for (size_t v = 0; v < COUNT(velocities); v++)
		for (size_t r = 0; r < COUNT(ratios); r++)
			for (size_t p = 0; p < COUNT(levels); p++)
			{
				double d = velocities[v];
				double mean = 7 * d;
				double sigma;
				double expected;

				(void) sa_lead_time_sd_from_error(d, d * ratios[r], 0.1, 7, 0.5, &sigma);
				sigma = fmax(sigma, sqrt(mean));
				if (mean > 200)
				{
					double z;

					(void) sa_normal_quantile(levels[p], &z);
					expected = mean + z * sigma;
				}
				else
					(void) sa_negative_binomial_quantile(levels[p], mean, sigma * sigma, &expected);
				CHECK_CLOSE(point(levels[p], d, d * ratios[r], 7, 0.5, 0), expected, 1e-12);
			}
	/* The review period counts as lead time. */
	CHECK(point(0.95, 2, 3, 4, 0, 3) == point(0.95, 2, 3, 7, 0, 0));
	/* Nothing sells; nothing to wait for; goods at once, give or take two days. */
	CHECK(point(0.95, 0, 4, 7, 1, 0) == 0.0);
	CHECK(point(0.95, 5, 4, 0, 0, 0) == 0.0);
	CHECK_CLOSE(point(0.9772498680518208, 5, 4, 0, 2, 0), 20.0, 1e-12);
	CHECK(point(0.5, 5, 4, 0, 2, 0) == 0.0);
	/* More is sold, more is kept, where small and large lead-time demand meet. */
	CHECK(point(0.95, 200 / 7.0, 0, 7, 0, 0) <= point(0.95, 201 / 7.0, 0, 7, 0, 0) + 1);
}

static void
test_refusals(void)
{
	double x = -7;
	double m;
	double s;

#define REFUSED(name, ...) CHECK_STR(sa_reorder_point(__VA_ARGS__, &x, &m, &s), name)
	REFUSED("service_level", 0.0, 1, 1, 1, 1, 1, 0.1);
	REFUSED("service_level", 1.0, 1, 1, 1, 1, 1, 0.1);
	REFUSED("service_level", NAN, 1, 1, 1, 1, 1, 0.1);
	REFUSED("velocity", 0.9, -1, 1, 1, 1, 1, 0.1);
	REFUSED("velocity", 0.9, INFINITY, 1, 1, 1, 1, 0.1);
	REFUSED("mse", 0.9, 1, -1, 1, 1, 1, 0.1);
	REFUSED("mse", 0.9, 1, NAN, 1, 1, 1, 0.1);
	REFUSED("lead_time", 0.9, 1, 1, -1, 1, 1, 0.1);
	REFUSED("lead_time_sd", 0.9, 1, 1, 1, -1, 1, 0.1);
	REFUSED("review_period", 0.9, 1, 1, 1, 1, -1, 0.1);
	REFUSED("alpha", 0.9, 1, 1, 1, 1, 1, 1.1);
	CHECK(x == -7);
	CHECK_STR(sa_stockout_probability(NAN, 1, 1, SA_NORMAL, &x), "inventory_position");
	CHECK_STR(sa_stockout_probability(1, -1, 1, SA_NORMAL, &x), "mean");
	CHECK_STR(sa_stockout_probability(1, 1, INFINITY, SA_POISSON, &x), "variance");
	CHECK_STR(sa_reorder_point_of(1.5, 1, 1, SA_GAMMA, &x), "service_level");
	CHECK_STR(sa_stockout_probability_default(INFINITY, 1, 1, 1, 0, 0.1, &x), "inventory_position");
	CHECK_STR(sa_stockout_probability_default(1, 1, 1, -1, 0, 0.1, &x), "lead_time");
	CHECK(x == -7);
}

/* R: ppois, pnbinom, pnorm, pgamma with lower.tail = FALSE. */
static void
test_probability(void)
{
	static const char *const names[] = {"negative_binomial", "poisson", "normal", "gamma"};
	SaDistribution distribution;
	double x;

	CHECK_STR(sa_distribution_by_name("Poisson", &distribution), "distribution");
	for (size_t i = 0; i < COUNT(names); i++)
	{
		CHECK(sa_distribution_by_name(names[i], &distribution) == SA_MATHS_FINE);
		CHECK(distribution == i);
		/* Owed already; nothing sells. */
		(void) sa_stockout_probability(-1e-9, 5, 9, distribution, &x);
		CHECK(x == 1.0);
		(void) sa_stockout_probability(0, 0, 0, distribution, &x);
		CHECK(x == 0.0);
		(void) sa_stockout_probability(-1, 0, 0, distribution, &x);
		CHECK(x == 1.0);
		/* The reorder point keeps its promise, and one unit less does not. */
		for (double p = 0.55; p < 1; p += 0.11)
		{
			double s;

			(void) sa_reorder_point_of(p, 12, 30, distribution, &s);
			(void) sa_stockout_probability(s, 12, 30, distribution, &x);
			CHECK(x <= (1 - p) * (1 + 1e-12));
			(void) sa_stockout_probability(s - 1, 12, 30, distribution, &x);
			CHECK(x > 1 - p);
		}
	}
	(void) sa_stockout_probability(2, 5, 0, SA_POISSON, &x);
	CHECK_CLOSE(x, 1 - 18.5 * exp(-5.0), 1e-14);
	/* Thin tails keep their digits: exp(-1) (1/21! + 1/22! + ...). */
	(void) sa_poisson_exceedance(20, 1, &x);
	CHECK_CLOSE(x / 7.54262507720528e-21, 1.0, 1e-13);
	(void) sa_gamma_exceedance(200, 1, 1, &x);
	CHECK_CLOSE(x / exp(-200.0), 1.0, 1e-12);
	(void) sa_stockout_probability(20, 10, 4, SA_NORMAL, &x);
	CHECK_CLOSE(x / sa_normal_upper(5.0), 1.0, 1e-15);
	(void) sa_stockout_probability(9.5, 10, 0, SA_NORMAL, &x);
	CHECK(x == 1.0);
	(void) sa_stockout_probability(10, 10, 0, SA_NORMAL, &x);
	CHECK(x == 0.0);
	(void) sa_stockout_probability(3, 10, 20, SA_NEGATIVE_BINOMIAL, &x);
	CHECK_CLOSE(x, 1 - 0.046142578125, 1e-12);
}

/* By error and lead time: the distribution of the reorder point, flat and by the day. */
static void
test_probability_default(void)
{
	static const double week[] = {1, 1, 1, 1, 1, 4, 5};
	double p;
	double q;
	double v;

	for (double velocity = 0.1; velocity < 100; velocity *= 3)
	{
		double s = point(0.95, velocity, 2 * velocity, 7, 1, 0);

		(void) sa_stockout_probability_default(s, velocity, 2 * velocity, 7, 1, 0.1, &p);
		CHECK(p <= 0.05 * (1 + 1e-9));
		(void) sa_stockout_probability_default(s - 1, velocity, 2 * velocity, 7, 1, 0.1, &p);
		CHECK(p > 0.05);
	}
	/* Without lead time only what is owed is short. */
	(void) sa_stockout_probability_default(0, 5, 9, 0, 2, 0.1, &p);
	CHECK(p == 0.0);
	(void) sa_stockout_probability_default(-1, 5, 9, 0, 2, 0.1, &p);
	CHECK(p == 1.0);
	(void) sa_stockout_probability_default(0, 0, 9, 7, 2, 0.1, &p);
	CHECK(p == 0.0);
	/* Beyond doubles. */
	(void) sa_stockout_probability_default(1e300, 1e300, 0, 1e10, 0, 0, &p);
	CHECK(p == 1.0);
	/* Whole weeks are flat, days are their own, a part of a day is a part. */
	(void) sa_forecast_velocity(week, 7, 14, &v);
	CHECK_CLOSE(v, 2.0, 1e-15);
	(void) sa_forecast_velocity(week, 7, 5, &v);
	CHECK_CLOSE(v, 1.0, 1e-15);
	(void) sa_forecast_velocity(week, 7, 5.5, &v);
	CHECK_CLOSE(v * 5.5, 7.0, 1e-15);
	(void) sa_forecast_velocity(week, 7, 15, &v);
	CHECK_CLOSE(v * 15, 29.0, 1e-15);
	(void) sa_forecast_velocity(week, 7, 0, &v);
	CHECK_CLOSE(v, 2.0, 1e-15);
	(void) sa_forecast_velocity(NULL, 0, 7, &v);
	CHECK(v == 0.0);
	CHECK_STR(sa_forecast_velocity(week, 7, INFINITY, &v), "lead_time");
	CHECK_STR(sa_forecast_velocity((double[]){1, -1}, 2, 1, &v), "forecast");
	(void) sa_stockout_probability_default(9, 2, 3, 14, 0, 0.1, &p);
	(void) sa_forecast_velocity(week, 7, 14, &v);
	(void) sa_stockout_probability_default(9, v, 3, 14, 0, 0.1, &q);
	CHECK(p == q);
}

static void
test_receipts(void)
{
	static const double two[] = {2};
	static const double week[] = {2, 2, 2, 2, 2, 2, 0};
	static const double zero[] = {0};
	SaReceipt receipts[] = {{9, 100}, {3, 4}, {-5, 1}};
	SaReceipt late[] = {{4, 100}};
	double x;
	int day;

	/* 5 + 1 overdue last through day 2; 4 more on day 3 through day 4. */
	(void) sa_stockout_day_receipts(5, two, 1, receipts, 3, &day);
	CHECK_INT(day, 5);
	(void) sa_stockout_day_receipts(5, two, 1, late, 1, &day);
	CHECK_INT(day, 2);
	/* In time to the day: 8 last until the receipt of day 4. */
	(void) sa_stockout_day_receipts(8, two, 1, late, 1, &day);
	CHECK_INT(day, 54);
	/* Owed now, unless a receipt of today settles it. */
	(void) sa_stockout_day_receipts(-1, two, 1, NULL, 0, &day);
	CHECK_INT(day, 0);
	(void) sa_stockout_day_receipts(-1, zero, 1, NULL, 0, &day);
	CHECK_INT(day, 0);
	(void) sa_stockout_day_receipts(-1, two, 1, (SaReceipt[]){{0, 7}}, 1, &day);
	CHECK_INT(day, 3);
	/* Nothing sells. */
	(void) sa_stockout_day_receipts(3, zero, 1, NULL, 0, &day);
	CHECK_INT(day, SA_COVER_NEVER);
	(void) sa_stockout_day_receipts(3, NULL, 0, NULL, 0, &day);
	CHECK_INT(day, SA_COVER_NEVER);
	(void) sa_stockout_day_receipts(1e9, two, 1, NULL, 0, &day);
	CHECK_INT(day, SA_COVER_CAP);
	/* Without receipts the same as the date without receipts. */
	for (double on_hand = -1; on_hand < 60; on_hand += 0.5)
	{
		int other;

		(void) sa_stockout_day_receipts(on_hand, week, 7, NULL, 0, &day);
		(void) sa_stockout_day_profile(on_hand, week, 7, &other);
		CHECK_INT(day, other);
		(void) sa_stockout_day_receipts(on_hand / 10, (double[]){0.1}, 1, NULL, 0, &day);
		(void) sa_stockout_day(on_hand / 10, 0.1, &other);
		CHECK_INT(day, other);
	}
	(void) sa_position_within(5, 3, receipts, 3, &x);
	CHECK(x == 10.0);
	(void) sa_position_within(5, 2.9, receipts, 3, &x);
	CHECK(x == 6.0);
	CHECK_STR(sa_position_within(5, -1, receipts, 3, &x), "lead_time");
	CHECK_STR(sa_position_within(NAN, 1, receipts, 3, &x), "on_hand");
	receipts[1].units = -1;
	CHECK_STR(sa_position_within(5, 1, receipts, 3, &x), "receipts");
	CHECK_STR(sa_stockout_day_receipts(5, two, 1, receipts, 3, &day), "receipts");
	CHECK_STR(sa_stockout_day_receipts(5, (double[]){-2}, 1, NULL, 0, &day), "forecast");
}

static void
test_loss_inverse(void)
{
	double k;

	for (double target = 1e-300; target < 1e6; target *= 1.37)
	{
		CHECK(sa_normal_loss_inverse(target, &k) == SA_MATHS_FINE);
		CHECK_CLOSE(sa_normal_loss(k) / target, 1.0, 1e-11);
	}
	(void) sa_normal_loss_inverse(1e300, &k);
	CHECK(k == -1e300);
	CHECK_STR(sa_normal_loss_inverse(0, &k), "loss");
	CHECK_STR(sa_normal_loss_inverse(NAN, &k), "loss");
}

int
main(void)
{
	test_reorder_point();
	test_refusals();
	test_probability();
	test_probability_default();
	test_receipts();
	test_loss_inverse();
	return unit_end();
}
