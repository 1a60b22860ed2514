/*
 * smoothing.c: level, trend and season, O(1) a day.
 */
#include "pure/smoothing.h"

#include <math.h>

/* phi + phi^2 + ... + phi^step */
static double
damped_steps(double phi, int step)
{
	if (phi == 1.0)
		return step;
	return phi * (1.0 - pow(phi, step)) / (1.0 - phi);
}

static double
season_of(const SaSmoothing *smoothing, size_t place)
{
	if (smoothing->period == 0)
		return smoothing->multiplicative ? 1.0 : 0.0;
	return smoothing->season[place % (size_t) smoothing->period];
}

double
sa_smoothing_forecast(const SaSmoothing *smoothing, int step, size_t place)
{
	double base = smoothing->level;
	double season = season_of(smoothing, place);

	if (smoothing->trend)
		base += damped_steps(smoothing->phi, step) * smoothing->slope;
	return smoothing->multiplicative ? base * season : base + season;
}

/* What the day says of the season, given the level it is held against. */
static void
learn_season(SaSmoothing *smoothing, double demand, double against, size_t place)
{
	double *season;
	double seen;

	if (smoothing->period == 0)
		return;
	season = &smoothing->season[place % (size_t) smoothing->period];
	if (smoothing->multiplicative)
		seen = against == 0.0 ? *season : demand / against;
	else
		seen = demand - against;
	*season += smoothing->gamma * (seen - *season);
}

void
sa_smoothing_update(SaSmoothing *smoothing, double demand, size_t place)
{
	double season = season_of(smoothing, place);
	double slope = smoothing->trend ? smoothing->phi * smoothing->slope : 0.0;
	double expected = smoothing->level + slope;
	double seen = demand - season;

	if (smoothing->multiplicative)
		seen = season == 0.0 ? expected : demand / season;
	smoothing->level = expected + smoothing->alpha * (seen - expected);
	if (smoothing->trend)
		smoothing->slope = slope + smoothing->beta * smoothing->alpha * (seen - expected);
	learn_season(smoothing, demand, smoothing->season_after ? smoothing->level : expected, place);
}
