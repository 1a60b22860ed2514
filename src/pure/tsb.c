/*
 * tsb.c: the probability decays while nothing sells, which Croston's does not.
 */
#include "pure/tsb.h"

double
sa_tsb_forecast(const SaTsb *tsb)
{
	return tsb->size * tsb->probability;
}

void
sa_tsb_update(SaTsb *tsb, double demand, double alpha, double beta)
{
	if (demand > 0.0)
	{
		tsb->probability += beta * (1.0 - tsb->probability);
		tsb->size += alpha * (demand - tsb->size);
	}
	else
		tsb->probability -= beta * tsb->probability;
}
