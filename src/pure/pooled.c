/*
 * pooled.c: gamma-Poisson shrinkage.
 */
#include "pure/pooled.h"

#include <math.h>

SaBadArgument
sa_pooled_velocity(double units, double exposed_days, double pool_mean, double pool_sd, double *out)
{
	double worth; /* the pool speaks like so many days */

	SA_REQUIRE(isfinite(units), "units");
	SA_REQUIRE(exposed_days >= 0.0 && isfinite(exposed_days), "exposed_days");
	SA_REQUIRE(pool_mean >= 0.0 && isfinite(pool_mean), "pool_mean");
	SA_REQUIRE(pool_sd >= 0.0 && isfinite(pool_sd), "pool_sd");
	worth = pool_mean > 0.0 ? pool_mean / pool_sd / pool_sd : 0.0;
	if (exposed_days == 0.0 || isinf(worth))
		*out = pool_mean;
	else
		*out = fmax(0.0, pool_mean + (fmax(units, 0.0) - pool_mean * exposed_days) /
										 (worth + exposed_days));
	return SA_MATHS_FINE;
}
