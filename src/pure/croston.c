/*
 * croston.c: learns on days with a sale only.
 */
#include "pure/croston.h"

double
sa_croston_sba(double alpha)
{
	return 1.0 - alpha / 2.0;
}

double
sa_croston_sbj(double alpha)
{
	return 1.0 - alpha / (2.0 - alpha);
}

double
sa_croston_forecast(const SaCroston *croston)
{
	return croston->interval > 0.0 ? croston->correction * (croston->size / croston->interval)
								   : 0.0;
}

void
sa_croston_update(SaCroston *croston, double demand, double alpha, double beta)
{
	croston->waiting += 1.0;
	if (demand <= 0.0)
		return;
	croston->size += alpha * (demand - croston->size);
	croston->interval += beta * (croston->waiting - croston->interval);
	croston->waiting = 0.0;
}
