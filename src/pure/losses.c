/*
 * losses.c: loss functions in closed form.
 */
#include "pure/losses.h"

#include <float.h>
#include <math.h>

#include "pure/normal.h"
#include "pure/special.h"

/* (mean - x) P(D > x) + mean x^a e^-x / Gamma(a+1), x in units of the scale, a the shape. */
SaBadArgument
sa_gamma_loss(double x, double mean, double variance, double *loss)
{
	double scale;
	double shape;
	double lower;
	double upper;

	SA_REQUIRE(isfinite(x), "x");
	SA_REQUIRE(mean >= 0.0 && isfinite(mean), "mean");
	SA_REQUIRE(variance >= 0.0 && isfinite(variance), "variance");
	*loss = fmax(0.0, mean - x);
	if (x <= 0.0 || mean == 0.0)
		return SA_MATHS_FINE;
	scale = variance / mean;
	/* Demand of exactly the mean, or of 0 but for one case in 10^300. */
	shape = scale > 0.0 ? mean / scale : HUGE_VAL;
	if (!isfinite(shape))
		return SA_MATHS_FINE;
	if (shape < DBL_MIN || !isfinite(x / scale))
		*loss = shape < DBL_MIN ? mean : 0.0;
	else if (shape > SA_SPECIAL_LARGEST)
		*loss = sqrt(variance) * sa_normal_loss((x - mean) / sqrt(variance));
	else
	{
		sa_incomplete_gamma(shape, x / scale, &lower, &upper);
		*loss = fmax(0.0, (mean - x) * upper + mean * sa_poisson_density(shape, x / scale));
	}
	return SA_MATHS_FINE;
}

/*
 * ((k^2 + 1) M - k) / 2 for Mills' ratio M: with t = 1/(k + u) and
 * u = 2/(k + 3/(k + ...)), M = 1/(k + t), it is u / (2 (k + u) (k + t)).
 */
static double
upper_tail_second_loss(double k)
{
	double u = 0.0;
	double t;

	for (int n = 200; n >= 3; n--)
		u = n / (k + u);
	u = 2.0 / (k + u);
	t = 1.0 / (k + u);
	return 0.5 * sa_normal_density(k) * u / ((k + u) * (k + t));
}

double
sa_normal_second_loss(double k)
{
	if (isinf(k))
		return k > 0.0 ? 0.0 : HUGE_VAL;
	if (k > 3.0)
		return upper_tail_second_loss(k);
	return 0.5 * ((k * k + 1.0) * sa_normal_upper(k) - k * sa_normal_density(k));
}
