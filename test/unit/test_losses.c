/*
 * test_losses.c: gamma loss and second-order losses: published answers, edges, sums.
 */
#include "unit.h"

#include "pure/counts.h"
#include "pure/gamma_loss.h"
#include "pure/normal.h"
#include "pure/second_loss.h"

static void
test_losses(void)
{
	double loss;
	double step;

	/* stockpyl: gamma with shape 2 and scale 3, shape 1/2 and scale 1, shape 9 and scale 1/2. */
	CHECK(sa_gamma_loss(4, 6, 18, &loss) == SA_MATHS_FINE);
	CHECK_CLOSE(loss, 2.635971381157268, 1e-14);
	(void) sa_gamma_loss(0.4, 0.5, 0.5, &loss);
	CHECK_CLOSE(loss, 0.27629616888683367, 1e-14);
	(void) sa_gamma_loss(7, 4.5, 2.25, &loss);
	CHECK_CLOSE(loss, 0.057910792089881064, 1e-14);
	/* Nothing in stock, less than nothing, demand without spread, none at all. */
	CHECK(sa_gamma_loss(0, 6, 18, &loss) == SA_MATHS_FINE && loss == 6.0);
	CHECK(sa_gamma_loss(-2, 6, 18, &loss) == SA_MATHS_FINE && loss == 8.0);
	CHECK(sa_gamma_loss(4, 6, 0, &loss) == SA_MATHS_FINE && loss == 2.0);
	CHECK(sa_gamma_loss(8, 6, 0, &loss) == SA_MATHS_FINE && loss == 0.0);
	CHECK(sa_gamma_loss(8, 0, 5, &loss) == SA_MATHS_FINE && loss == 0.0);
	CHECK(sa_gamma_loss(1e300, 6, 18, &loss) == SA_MATHS_FINE && loss == 0.0);
	/* Nearly normal, on both sides of where the formula changes. */
	(void) sa_gamma_loss(1e9, 1e9, 1e18 / 0.9e8, &loss);
	(void) sa_gamma_loss(1e9, 1e9, 1e18 / 1.1e8, &step);
	CHECK_CLOSE(loss / step, sqrt(1.1 / 0.9), 1e-6);
	CHECK_STR(sa_gamma_loss(NAN, 6, 18, &loss), "x");
	CHECK_STR(sa_gamma_loss(1, -6, 18, &loss), "mean");
	CHECK_STR(sa_gamma_loss(1, 6, -18, &loss), "variance");
	CHECK_CLOSE(sa_normal_second_loss(-1.4), 1.4652893702790404, 1e-15);
	CHECK_CLOSE(sa_normal_second_loss(0.3), 0.15103010258794225, 1e-15);
	CHECK_CLOSE(sa_normal_second_loss(3.1) / 6.956550901328958e-05, 1.0, 1e-11);
	/* Both formulas meet; the derivative is minus the first-order loss. */
	CHECK_CLOSE(sa_normal_second_loss(3.0 + 1e-12) / sa_normal_second_loss(3.0), 1.0, 1e-10);
	for (double k = -6.0; k < 30.0; k += 0.37)
	{
		step = sa_normal_second_loss(k - 1e-6) - sa_normal_second_loss(k + 1e-6);
		CHECK_CLOSE(step / 2e-6 / sa_normal_loss(k), 1.0, 1e-6);
	}
}

static void
test_second_losses(void)
{
	double loss;
	double sum;

	/* stockpyl. */
	CHECK(sa_gamma_second_loss(4, 6, 18, &loss) == SA_MATHS_FINE);
	CHECK_CLOSE(loss, 10.280288386513346, 1e-13);
	(void) sa_gamma_second_loss(7, 4.5, 2.25, &loss);
	CHECK_CLOSE(loss, 0.05068580073572973, 1e-13);
	CHECK(sa_poisson_second_loss(18, 15, &loss) == SA_MATHS_FINE);
	CHECK_CLOSE(loss, 0.848340302917789, 1e-12);
	(void) sa_poisson_second_loss(5, 7, &loss);
	CHECK_CLOSE(loss, 4.0408294352614025, 1e-13);
	CHECK(sa_negative_binomial_second_loss(14, 16, 80, &loss) == SA_MATHS_FINE);
	CHECK_CLOSE(loss, 30.877804945158942, 1e-12);
	/* The sum of first-order losses above x, also with little more variance than mean. */
	for (double variance = 7.0; variance < 40.0; variance = 7.0 + (variance - 7.0) * 9.0 + 0.001)
	{
		for (double x = -3.0; x < 30.0; x += 3.0)
		{
			sum = 0.0;
			for (double y = x + 1.0; y < 1000.0; y += 1.0)
			{
				double first;

				(void) sa_negative_binomial_loss(y, 7, variance, &first);
				sum += first;
			}
			CHECK(sa_negative_binomial_second_loss(x, 7, variance, &loss) == SA_MATHS_FINE);
			CHECK_CLOSE(loss, sum, 1e-11);
		}
	}
	/* Each differs from the next by a first-order loss, in a long tail too. */
	for (double x = 90.0; x < 20000.0; x = floor(x * 1.5))
	{
		double next;
		double first;

		CHECK(sa_negative_binomial_second_loss(x - 1.0, 100, 4e6, &loss) == SA_MATHS_FINE);
		(void) sa_negative_binomial_second_loss(x, 100, 4e6, &next);
		(void) sa_negative_binomial_loss(x, 100, 4e6, &first);
		CHECK_CLOSE((loss - next) / first, 1.0, 1e-7);
	}
	CHECK_STR(sa_negative_binomial_second_loss(3, 0.01, 1e6, &loss), "variance");
	/* Edges. */
	CHECK(sa_poisson_second_loss(3, 0, &loss) == SA_MATHS_FINE && loss == 0.0);
	CHECK(sa_poisson_second_loss(-3, 0, &loss) == SA_MATHS_FINE && loss == 3.0);
	CHECK(sa_poisson_second_loss(0, 5, &loss) == SA_MATHS_FINE && loss == 12.5);
	CHECK(sa_poisson_second_loss(1000, 5, &loss) == SA_MATHS_FINE && loss == 0.0);
	CHECK(sa_gamma_second_loss(-2, 6, 18, &loss) == SA_MATHS_FINE && loss == 41.0);
	CHECK(sa_gamma_second_loss(4, 6, 0, &loss) == SA_MATHS_FINE && loss == 2.0);
	CHECK(sa_gamma_second_loss(4, 0, 5, &loss) == SA_MATHS_FINE && loss == 0.0);
	/* A wide one, against the normal distribution that it nearly is. */
	CHECK(sa_poisson_second_loss(9e7, 9e7, &loss) == SA_MATHS_FINE);
	CHECK_CLOSE(loss / 9e7, 0.25, 1e-4);
	CHECK_STR(sa_poisson_second_loss(1.5, 5, &loss), "x");
	CHECK_STR(sa_poisson_second_loss(1, NAN, &loss), "mean");
	CHECK_STR(sa_negative_binomial_second_loss(1, 5, 1e9, &loss), "variance");
	CHECK_STR(sa_gamma_second_loss(1, 5, -1, &loss), "variance");
}

int
main(void)
{
	test_losses();
	test_second_losses();
	return unit_end();
}
