/*
 * gamma_loss.c: the loss of gamma demand in closed form.
 */
#include "pure/gamma_loss.h"

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
