/*
 * esw.c: level and week, O(1) a day.
 */
#include <stddef.h>

#include "pure/esw.h"

void
sa_esw_start(SaEsw *esw, double mean, const double *profile)
{
	esw->level = mean;
	for (int day = 0; day < SA_WEEK; day++)
		esw->season[day] = profile == NULL ? 0.0 : mean * (profile[day] - 1.0);
}

double
sa_esw_forecast(const SaEsw *esw, int weekday)
{
	double forecast = esw->level + esw->season[weekday];

	return forecast > 0.0 ? forecast : 0.0;
}

/* The error is against level + season, not against the forecast cut at 0: the recursion of the
 * peers. */
void
sa_esw_update(SaEsw *esw, double demand, int weekday, double alpha, double gamma)
{
	double error = demand - esw->level - esw->season[weekday];

	esw->level += alpha * error;
	esw->season[weekday] += gamma * (1.0 - alpha) * error;
}

double
sa_esw_velocity(const SaEsw *esw)
{
	double sum = 0.0;

	for (int day = 0; day < SA_WEEK; day++)
		sum += sa_esw_forecast(esw, day);
	return sum / SA_WEEK;
}
