/*
 * receipts.c: a walk over the coming days.
 */
#include "pure/receipts.h"

#include <math.h>
#include <stdlib.h>

#include "pure/cover.h"

/* The rounding of the sums, in units relative to the demand so far: as in cover.c. */
#define HAIR 1e-9

static int
compare_receipts(const void *a, const void *b)
{
	int64_t x = ((const SaReceipt *) a)->day;
	int64_t y = ((const SaReceipt *) b)->day;

	return (x > y) - (x < y);
}

static SaBadArgument
check_receipts(double on_hand, const SaReceipt *receipts, size_t count)
{
	SA_REQUIRE(isfinite(on_hand), "on_hand");
	for (size_t i = 0; i < count; i++)
		SA_REQUIRE(receipts[i].units >= 0.0 && isfinite(receipts[i].units), "receipts");
	return SA_MATHS_FINE;
}

SaBadArgument
sa_stockout_day_receipts(double on_hand, const double *forecast, size_t days, SaReceipt *receipts,
						 size_t count, int *out)
{
	SaBadArgument bad = check_receipts(on_hand, receipts, count);
	double supply = on_hand;
	double demand = 0.0;
	double round = 0.0;
	size_t next = 0;

	if (bad)
		return bad;
	for (size_t i = 0; i < days; i++)
	{
		SA_REQUIRE(forecast[i] >= 0.0 && isfinite(forecast[i]), "forecast");
		round += forecast[i];
	}
	if (count > 1)
		qsort(receipts, count, sizeof(SaReceipt), compare_receipts);
	*out = SA_COVER_NEVER;
	for (int day = 0; day <= SA_COVER_CAP; day++)
	{
		while (next < count && receipts[next].day <= day)
			supply += receipts[next++].units;
		if (days > 0)
			demand += forecast[(size_t) day % days];
		if (supply < demand * (1.0 - HAIR))
		{
			*out = day;
			return SA_MATHS_FINE;
		}
		/* Nothing sells, and nothing is owed. */
		if (round == 0.0)
			return SA_MATHS_FINE;
	}
	*out = SA_COVER_CAP;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_position_within(double on_hand, double lead_time, const SaReceipt *receipts, size_t count,
				   double *out)
{
	SaBadArgument bad = check_receipts(on_hand, receipts, count);
	double position = on_hand;

	if (bad)
		return bad;
	SA_REQUIRE(lead_time >= 0.0 && isfinite(lead_time), "lead_time");
	for (size_t i = 0; i < count; i++)
	{
		if ((double) receipts[i].day <= lead_time)
			position += receipts[i].units;
	}
	SA_REQUIRE(isfinite(position), "receipts");
	*out = position;
	return SA_MATHS_FINE;
}
