/*
 * lead_time_demand.c: one door to the four distributions.
 */
#include "pure/lead_time_demand.h"

#include <math.h>
#include <string.h>

#include "pure/counts.h"
#include "pure/gamma_demand.h"
#include "pure/normal.h"
#include "pure/reorder.h"

SaBadArgument
sa_distribution_by_name(const char *name, SaDistribution *distribution)
{
	static const char *const names[] = {
		[SA_NEGATIVE_BINOMIAL] = "negative_binomial",
		[SA_POISSON] = "poisson",
		[SA_NORMAL] = "normal",
		[SA_GAMMA] = "gamma",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (strcmp(names[i], name) == 0)
		{
			*distribution = (SaDistribution) i;
			return SA_MATHS_FINE;
		}
	}
	return "distribution";
}

static SaBadArgument
check_moments(double mean, double variance)
{
	SA_REQUIRE(mean >= 0.0 && isfinite(mean), "mean");
	SA_REQUIRE(variance >= 0.0 && isfinite(variance), "variance");
	return SA_MATHS_FINE;
}

SaBadArgument
sa_stockout_probability(double position, double mean, double variance, SaDistribution distribution,
						double *probability)
{
	SaBadArgument bad = check_moments(mean, variance);

	SA_REQUIRE(isfinite(position), "inventory_position");
	if (bad)
		return bad;
	if (position < 0.0 || mean == 0.0)
	{
		*probability = position < 0.0 ? 1.0 : 0.0;
		return SA_MATHS_FINE;
	}
	switch (distribution)
	{
		case SA_POISSON:
			return sa_poisson_exceedance(position, mean, probability);
		case SA_GAMMA:
			return sa_gamma_exceedance(position, mean, variance, probability);
		case SA_NORMAL:
			if (variance > 0.0)
				*probability = sa_normal_upper((position - mean) / sqrt(variance));
			else
				*probability = mean > position ? 1.0 : 0.0;
			return SA_MATHS_FINE;
		case SA_NEGATIVE_BINOMIAL:
			break;
	}
	return sa_negative_binomial_exceedance(position, mean, variance, probability);
}

SaBadArgument
sa_reorder_point_of(double service_level, double mean, double variance, SaDistribution distribution,
					double *reorder_point)
{
	SaBadArgument bad = check_moments(mean, variance);
	double z = 0.0;

	SA_REQUIRE(service_level > 0.0 && service_level < 1.0, "service_level");
	if (bad)
		return bad;
	switch (distribution)
	{
		case SA_POISSON:
			return sa_poisson_quantile(service_level, mean, reorder_point);
		case SA_GAMMA:
			return sa_gamma_quantile(service_level, mean, variance, reorder_point);
		case SA_NORMAL:
			bad = sa_normal_quantile(service_level, &z);
			*reorder_point = mean + z * sqrt(variance);
			return bad;
		case SA_NEGATIVE_BINOMIAL:
			break;
	}
	return sa_negative_binomial_quantile(service_level, mean, variance, reorder_point);
}

SaBadArgument
sa_stockout_probability_default(double position, double velocity, double mse, double lead_time,
								double lead_time_sd, double alpha, double *probability)
{
	double mean;
	double sigma;
	SaBadArgument bad =
		sa_reorder_demand(velocity, mse, lead_time, lead_time_sd, 0.0, alpha, &mean, &sigma);

	SA_REQUIRE(isfinite(position), "inventory_position");
	if (bad)
		return bad;
	/* Demand beyond all doubles. */
	if (!isfinite(mean) || (mean > 0.0 && !isfinite(sigma * sigma)))
	{
		*probability = position < mean ? 1.0 : 0.0;
		return SA_MATHS_FINE;
	}
	return sa_stockout_probability(position, mean, mean > 0.0 ? sigma * sigma : 0.0,
								   mean > SA_REORDER_NORMAL_FROM ? SA_NORMAL : SA_NEGATIVE_BINOMIAL,
								   probability);
}

SaBadArgument
sa_forecast_velocity(const double *forecast, size_t days, double lead_time, double *velocity)
{
	double rest = fmod(lead_time, (double) (days > 0 ? days : 1));
	double round = 0.0;
	double started = 0.0;

	SA_REQUIRE(lead_time >= 0.0 && isfinite(lead_time), "lead_time");
	for (size_t i = 0; i < days; i++)
	{
		SA_REQUIRE(forecast[i] >= 0.0 && isfinite(forecast[i]), "forecast");
		started += forecast[i] * fmax(0.0, fmin(1.0, rest - (double) i));
		round += forecast[i];
	}
	SA_REQUIRE(isfinite(round), "forecast");
	if (days == 0)
		*velocity = 0.0;
	else if (lead_time == 0.0)
		*velocity = round / (double) days;
	else
		*velocity = round / (double) days * ((lead_time - rest) / lead_time) + started / lead_time;
	return SA_MATHS_FINE;
}
