/*
 * cover.c: days of supply, flat or with a profile.
 */
#include "pure/cover.h"

#include <math.h>

SaBadArgument
sa_days_of_supply(double on_hand, double velocity, double *out)
{
	SA_REQUIRE(isfinite(on_hand), "on_hand");
	SA_REQUIRE(velocity >= 0.0 && isfinite(velocity), "velocity");
	if (on_hand <= 0.0)
		*out = 0.0;
	else
		*out = velocity > 0.0 ? on_hand / velocity : HUGE_VAL;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_days_of_supply_profile(double on_hand, const double *forecast, size_t days, double *out)
{
	double round = 0.0;
	double left = on_hand;
	double whole = 0.0;

	SA_REQUIRE(isfinite(on_hand), "on_hand");
	for (size_t i = 0; i < days; i++)
	{
		SA_REQUIRE(forecast[i] >= 0.0 && isfinite(forecast[i]), "forecast");
		round += forecast[i];
	}
	if (on_hand <= 0.0 || !(round > 0.0))
	{
		*out = on_hand > 0.0 ? HUGE_VAL : 0.0;
		return SA_MATHS_FINE;
	}
	SA_REQUIRE(isfinite(round), "forecast");
	/* Whole rounds at once, one short of the last, so that the loop below is one or two rounds. */
	if (left / round > 1.0)
	{
		whole = floor(left / round) - 1.0;
		left -= whole * round;
		whole *= (double) days;
	}
	for (size_t i = 0; i < 3 * days; i++)
	{
		double f = forecast[i % days];

		if (left < f)
		{
			*out = whole + left / f;
			return SA_MATHS_FINE;
		}
		left -= f;
		whole += 1.0;
	}
	*out = whole;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_stockout_day(double days_of_supply, int *out)
{
	SA_REQUIRE(!isnan(days_of_supply), "days_of_supply");
	if (days_of_supply <= 0.0)
		*out = 0;
	else if (days_of_supply > SA_COVER_CAP)
		*out = -1;
	else
		*out = (int) floor(days_of_supply);
	return SA_MATHS_FINE;
}
