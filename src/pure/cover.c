/*
 * cover.c: days of supply, flat or with a profile.
 */
#include "pure/cover.h"

#include <math.h>

/* The rounding of a division, in days relative to the days. */
#define HAIR 1e-9

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
	/* All whole rounds but the last at once, so that the loop below is one or two rounds. */
	if (!isfinite(left / round))
	{
		*out = HUGE_VAL;
		return SA_MATHS_FINE;
	}
	if (left / round > 1.0)
	{
		whole = ceil(left / round) - 1.0;
		left -= whole * round;
		whole *= (double) days;
	}
	for (size_t i = 0; i < 2 * days; i++)
	{
		double f = forecast[i % days];

		if (f > 0.0 && left <= f)
		{
			*out = whole + fmax(left, 0.0) / f;
			return SA_MATHS_FINE;
		}
		left -= f;
		whole += 1.0;
	}
	*out = whole;
	return SA_MATHS_FINE;
}

/* Whole days, where 0.6 at 0.2 a day, 2.9999999999999996 in doubles, lasts for 3. */
static int
whole_days(double days)
{
	if (days >= SA_COVER_CAP)
		return SA_COVER_CAP;
	return (int) floor(days + HAIR * fmax(1.0, days));
}

SaBadArgument
sa_stockout_day(double on_hand, double velocity, int *out)
{
	double days;
	SaBadArgument bad = sa_days_of_supply(on_hand, velocity, &days);

	if (bad)
		return bad;
	if (on_hand < 0.0)
		*out = 0;
	else
		*out = velocity > 0.0 && isfinite(days) ? whole_days(days) : SA_COVER_NEVER;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_stockout_day_profile(double on_hand, const double *forecast, size_t days, int *out)
{
	double supply;
	size_t day;
	SaBadArgument bad = sa_days_of_supply_profile(on_hand, forecast, days, &supply);

	if (bad)
		return bad;
	*out = 0;
	if (on_hand < 0.0)
		return SA_MATHS_FINE;
	*out = SA_COVER_NEVER;
	if (isinf(supply))
		return SA_MATHS_FINE;
	day = (size_t) whole_days(supply);
	for (size_t i = 0; i < days; i++)
	{
		if (forecast[(day + i) % days] > 0.0)
		{
			*out = day + i < SA_COVER_CAP ? (int) (day + i) : SA_COVER_CAP;
			break;
		}
	}
	return SA_MATHS_FINE;
}
