/*
 * fuzz_purchase.c: what to buy with price breaks, on any numbers.
 *
 * An input is need, pack, minimum, room, unit cost, then pairs of quantity and
 * cost, each 8 bytes as they lie in memory, or one byte below 8 for one of the
 * usual suspects.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/purchase.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_BREAKS 20

static const uint8_t *at;
static size_t left;

static double
take(void)
{
	static const double suspects[] = {0.0, 1.0, 12.0, 0.5, 50.0, 1e300, INFINITY, NAN};
	double value = 0.0;
	size_t bytes = left < sizeof(value) ? left : sizeof(value);

	if (left > 0 && at[0] < 8)
	{
		value = suspects[at[0]];
		bytes = 1;
	}
	else
		memcpy(&value, at, bytes);
	at += bytes;
	left -= bytes;
	return value;
}

static void
promise(int kept)
{
	if (!kept)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SaPriceBreak breaks[MOST_BREAKS];
	SaOrderLimits limits;
	SaPrices prices = {0.0, breaks, 0};
	SaPurchase bought;
	SaOrderReason reason;
	double plain;
	double need;

	at = data;
	left = size;
	need = take();
	limits.pack = take();
	limits.minimum = take();
	limits.room = take();
	prices.unit_cost = take();
	while (left > 0 && prices.count < MOST_BREAKS)
	{
		breaks[prices.count].quantity = take();
		breaks[prices.count].unit_cost = take();
		prices.count++;
	}
	if (sa_purchase(need, &limits, &prices, &bought))
		return 0;
	promise(sa_order_quantity(need, &limits, &plain, &reason) == SA_MATHS_FINE);
	promise(bought.unit_cost == sa_unit_cost_at(&prices, bought.quantity));
	promise(bought.unit_cost <= prices.unit_cost);
	if (bought.at_break)
		promise(bought.quantity > plain &&
				bought.quantity * bought.unit_cost < plain * sa_unit_cost_at(&prices, plain));
	else
		promise(bought.quantity == plain && bought.reason == reason);
	return 0;
}
