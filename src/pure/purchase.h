/*
 * purchase.h: how much to buy where more is cheaper.
 */
#ifndef SA_PURE_PURCHASE_H
#define SA_PURE_PURCHASE_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/order.h"

/* All units of an order cost this much each from this quantity on. */
typedef struct SaPriceBreak
{
	double quantity;
	double unit_cost;
} SaPriceBreak;

typedef struct SaPrices
{
	double unit_cost; /* below the first break */
	const SaPriceBreak *breaks;
	size_t count;
} SaPrices;

typedef struct SaPurchase
{
	double quantity;
	double unit_cost;
	SaOrderReason reason; /* as of sa_order_quantity(), also where a break raised it */
	bool at_break;        /* raised to a break: the whole order costs less so */
} SaPurchase;

extern double sa_unit_cost_at(const SaPrices *prices, double quantity);
/*
 * sa_order_quantity(), then up to the price break (in whole packs, within
 * the room) at which the whole order costs least, where that is less than
 * without; of two that cost the same, the smaller.  Costs are not negative,
 * quantities of breaks rise, costs fall: anything else is "price_breaks".
 */
extern SaBadArgument sa_purchase(double need, const SaOrderLimits *limits, const SaPrices *prices,
								 SaPurchase *out);

#endif
