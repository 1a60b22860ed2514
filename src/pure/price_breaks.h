/*
 * price_breaks.h: the best order quantity where the price of a unit falls with
 * the quantity.
 *
 * Holding one unit for one period costs holding_rate times its price.  The
 * arrays belong to the caller.
 */
#ifndef SA_PURE_PRICE_BREAKS_H
#define SA_PURE_PRICE_BREAKS_H

#include <stddef.h>

#include "pure/maths.h"

typedef struct SaPriceList
{
	const double *breaks;     /* least quantity of each price: 0 first, then rising */
	const double *unit_costs; /* above 0, not rising */
	size_t prices;
	size_t unit_cost_count; /* must equal prices */
} SaPriceList;

typedef struct SaPriceChoice
{
	double quantity;
	double cost;  /* of a period, purchase included */
	size_t price; /* which of the prices is paid, from 0 */
} SaPriceChoice;

/* The price of the last break reached holds for the whole order. */
extern SaBadArgument sa_price_all_units(double demand, double order_cost, double holding_rate,
										const SaPriceList *list, SaPriceChoice *best);
/* Each price holds for the units from its break on. */
extern SaBadArgument sa_price_incremental(double demand, double order_cost, double holding_rate,
										  const SaPriceList *list, SaPriceChoice *best);

#endif
