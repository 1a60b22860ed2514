/*
 * velocity.c: windows and exponential weights over a daily history.
 */
#include "pure/velocity.h"

#include <math.h>

static SaBadArgument
check_history(const double *units, size_t days)
{
	for (size_t i = 0; i < days; i++)
		SA_REQUIRE(isfinite(units[i]), "history");
	return SA_MATHS_FINE;
}

void
sa_velocity_clip(double *units, size_t days)
{
	for (size_t i = 0; i < days; i++)
	{
		if (units[i] < 0.0)
			units[i] = 0.0;
	}
}

/* First day of the window that counts: an item not yet sold has no rate, rather than a rate of 0.
 */
static size_t
window_start(const double *units, size_t days, int window)
{
	size_t first = days > (size_t) window ? days - (size_t) window : 0;
	size_t sale = 0;

	while (sale < days && units[sale] <= 0.0)
		sale++;
	return sale > first ? sale : first;
}

SaBadArgument
sa_velocity_window(const double *units, size_t days, int window, double *out)
{
	SaBadArgument bad = check_history(units, days);
	size_t first;
	double sum = 0.0;

	SA_REQUIRE(window > 0, "window_days");
	if (bad)
		return bad;
	first = window_start(units, days, window);
	for (size_t i = first; i < days; i++)
		sum += units[i];
	*out = days > first ? sum / (double) (days - first) : 0.0;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_velocity_linear(const double *units, size_t days, int window, double *out)
{
	SaBadArgument bad = check_history(units, days);
	size_t first;
	double sum = 0.0;
	double weights = 0.0;

	SA_REQUIRE(window > 0, "window_days");
	if (bad)
		return bad;
	first = window_start(units, days, window);
	for (size_t i = first; i < days; i++)
	{
		double weight = (double) (i - first + 1);

		sum += weight * units[i];
		weights += weight;
	}
	*out = weights > 0.0 ? sum / weights : 0.0;
	return SA_MATHS_FINE;
}

/* Welford's method. */
SaBadArgument
sa_velocity_spread(const double *units, size_t days, int window, double *out)
{
	SaBadArgument bad = check_history(units, days);
	size_t first;
	double mean = 0.0;
	double squares = 0.0;

	SA_REQUIRE(window > 0, "window_days");
	if (bad)
		return bad;
	first = window_start(units, days, window);
	for (size_t i = first; i < days; i++)
	{
		double off = units[i] - mean;

		mean += off / (double) (i - first + 1);
		squares += off * (units[i] - mean);
	}
	*out = days > first + 1 ? sqrt(squares / (double) (days - first - 1)) : NAN;
	return SA_MATHS_FINE;
}

/* The weights (1 - alpha)^i divided by their sum, so that no beginning is assumed. */
static double
corrected_mean(const double *units, size_t days, double alpha)
{
	double sum = 0.0;
	double weights = 0.0;

	for (size_t i = 0; i < days; i++)
	{
		sum = sum * (1.0 - alpha) + units[i];
		weights = weights * (1.0 - alpha) + 1.0;
	}
	return weights > 0.0 ? sum / weights : 0.0;
}

SaBadArgument
sa_velocity_ewma(const double *units, size_t days, double alpha, int start, double *out)
{
	SaBadArgument bad = check_history(units, days);
	size_t first = (size_t) start < days ? (size_t) start : days;
	double velocity = 0.0;

	SA_REQUIRE(alpha >= 0.0 && alpha <= 1.0, "alpha");
	SA_REQUIRE(start >= 0, "start");
	if (bad)
		return bad;
	if (start == 0)
	{
		*out = corrected_mean(units, days, alpha);
		return SA_MATHS_FINE;
	}
	if (start == 1 && days > 0)
	{
		velocity = units[0];
		for (size_t i = 1; i < days; i++)
			velocity += alpha * (units[i] - velocity);
		*out = velocity;
		return SA_MATHS_FINE;
	}
	for (size_t i = 0; i < first; i++)
		velocity += units[i] / (double) first;
	for (size_t i = 0; i < days; i++)
		velocity += alpha * (units[i] - velocity);
	*out = velocity;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_velocity_ewma_variance(const double *units, size_t days, double alpha, double *out)
{
	SaBadArgument bad = check_history(units, days);
	double velocity = days > 0 ? units[0] : 0.0;
	double variance = 0.0;

	SA_REQUIRE(alpha >= 0.0 && alpha <= 1.0, "alpha");
	if (bad)
		return bad;
	for (size_t i = 1; i < days; i++)
	{
		double error = units[i] - velocity;

		variance = (1.0 - alpha) * (variance + alpha * error * error);
		velocity += alpha * error;
	}
	*out = days > 0 ? variance : NAN;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_velocity_alpha(double half_life, double *out)
{
	SA_REQUIRE(half_life > 0.0 && isfinite(half_life), "half_life");
	*out = -expm1(-M_LN2 / half_life);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_velocity_decay(double velocity, double alpha, double days, double *out)
{
	SA_REQUIRE(isfinite(velocity), "velocity");
	SA_REQUIRE(alpha >= 0.0 && alpha <= 1.0, "alpha");
	SA_REQUIRE(days >= 0.0 && isfinite(days), "days");
	*out = velocity * pow(1.0 - alpha, days);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_velocity_exposed(double units, double exposed_days, double *out)
{
	SA_REQUIRE(isfinite(units), "units");
	SA_REQUIRE(exposed_days >= 0.0 && isfinite(exposed_days), "exposed_days");
	*out = exposed_days > 0.0 ? units / exposed_days : NAN;
	return SA_MATHS_FINE;
}
