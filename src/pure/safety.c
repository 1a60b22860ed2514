/*
 * safety.c: the variance of demand over the lead time and what covers it.
 */
#include "pure/safety.h"

#include <math.h>

#include "pure/normal.h"

SaBadArgument
sa_lead_time_sd(double demand, double demand_sd, double lead_time, double lead_time_sd, double *out)
{
	SA_REQUIRE(isfinite(demand), "demand");
	SA_REQUIRE(demand_sd >= 0.0 && isfinite(demand_sd), "demand_sd");
	SA_REQUIRE(lead_time >= 0.0 && isfinite(lead_time), "lead_time");
	SA_REQUIRE(lead_time_sd >= 0.0 && isfinite(lead_time_sd), "lead_time_sd");
	/* hypot() squares nothing that could overflow. */
	*out = hypot(sqrt(lead_time) * demand_sd, demand * lead_time_sd);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_variance_factor(double lead_time, double alpha, double *out)
{
	double l = lead_time;
	double growth;

	SA_REQUIRE(lead_time >= 0.0 && isfinite(lead_time), "lead_time");
	SA_REQUIRE(alpha >= 0.0 && alpha <= 1.0, "alpha");
	/* Each factor is small where alpha is: no 0 x infinity. */
	growth = alpha * (l - 1.0);
	*out = l * (1.0 + growth + growth * (2.0 * alpha * l - alpha) / 6.0);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_lead_time_sd_from_error(double demand, double mse, double alpha, double lead_time,
						   double lead_time_sd, double *out)
{
	double factor;
	SaBadArgument bad = sa_variance_factor(lead_time, alpha, &factor);

	if (bad)
		return bad;
	SA_REQUIRE(isfinite(demand), "demand");
	SA_REQUIRE(mse >= 0.0 && isfinite(mse), "mse");
	SA_REQUIRE(lead_time_sd >= 0.0 && isfinite(lead_time_sd), "lead_time_sd");
	/* No 0 x infinity for a lead time whose factor is too large for a double. */
	*out = hypot(mse > 0.0 ? sqrt(mse) * sqrt(factor) : 0.0, demand * lead_time_sd);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_safety_stock(double service_level, double sigma, double *out)
{
	double z;

	SA_REQUIRE(service_level > 0.0 && service_level < 1.0, "service_level");
	SA_REQUIRE(sigma >= 0.0 && !isnan(sigma), "sigma");
	(void) sa_normal_quantile(service_level, &z);
	/* No -0 for a service level of one half, no 0 x infinity. */
	*out = z == 0.0 || sigma == 0.0 ? 0.0 : z * sigma;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_safety_stock_fill_rate(double fill_rate, double order_quantity, double sigma, int lost_sales,
						  double *out)
{
	double short_share = 1.0 - fill_rate;
	double k;

	SA_REQUIRE(fill_rate > 0.0 && fill_rate < 1.0, "fill_rate");
	SA_REQUIRE(order_quantity > 0.0 && isfinite(order_quantity), "order_quantity");
	SA_REQUIRE(sigma >= 0.0 && isfinite(sigma), "sigma");
	if (lost_sales)
		short_share /= fill_rate;
	*out = 0.0;
	if (sigma == 0.0)
		return SA_MATHS_FINE;
	SA_REQUIRE(isfinite(short_share * order_quantity / sigma), "sigma");
	if (sa_normal_loss_inverse(short_share * order_quantity / sigma, &k))
		return "fill_rate";
	*out = k * sigma;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_expected_shortage(double reorder_point, double mean, double sigma, double *out)
{
	SA_REQUIRE(isfinite(reorder_point), "reorder_point");
	SA_REQUIRE(isfinite(mean), "mean");
	SA_REQUIRE(sigma >= 0.0 && isfinite(sigma), "sigma");
	if (sigma == 0.0)
		*out = mean > reorder_point ? mean - reorder_point : 0.0;
	else
		*out = sigma * sa_normal_loss((reorder_point - mean) / sigma);
	return SA_MATHS_FINE;
}
