/*
 * order.h: how much to order.
 */
#ifndef SA_PURE_ORDER_H
#define SA_PURE_ORDER_H

#include "pure/maths.h"

/* What decided the quantity. */
typedef enum SaOrderReason
{
	SA_ORDER_NO_NEED,
	SA_ORDER_NEED,
	SA_ORDER_PACK,
	SA_ORDER_MINIMUM,
	SA_ORDER_MAXIMUM,
	SA_ORDER_CAP_BELOW_MOQ,
	SA_ORDER_SHELF_LIFE /* as SA_ORDER_MAXIMUM, by what spoils unsold */
} SaOrderReason;

typedef struct SaOrderLimits
{
	double pack;    /* 0: none */
	double minimum; /* minimum order quantity; 0 or less: none */
	double room;    /* most that may be ordered now; infinite: no limit */
} SaOrderLimits;

typedef struct SaStockLimits
{
	double pack;              /* 0: none */
	double minimum;           /* minimum order quantity; 0 or less: none */
	double max_stock;         /* infinite: no limit */
	double shelf_life_demand; /* infinite: nothing spoils */
} SaStockLimits;

/*
 * need -> whole packs -> minimum order quantity (whole packs) -> room (whole
 * packs, down); 0 where what is left is under the minimum.  Need 0 or less
 * orders 0.
 */
extern SaBadArgument sa_order_quantity(double need, const SaOrderLimits *limits, double *quantity,
									   SaOrderReason *reason);
/*
 * The same for a need of order_up_to - position and the room that two limits
 * leave: the most stock, and the units sold within the shelf life (their
 * median), both less the position; infinite: no limit.
 */
extern SaBadArgument sa_order_constrained(double position, double order_up_to,
										  const SaStockLimits *stock, double *quantity,
										  SaOrderReason *reason);
/* The most whole packs in a quantity; a hair below a whole number is that number. */
extern double sa_order_packs_down(double quantity, double pack);
extern const char *sa_order_reason_name(SaOrderReason reason);
/* sqrt(2 K D / h): order cost K, demand D and holding cost h of the same period. Harris 1913. */
extern SaBadArgument sa_economic_order_quantity(double demand, double order_cost,
												double holding_cost, double *out);

#endif
