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
	SA_ORDER_CAP_BELOW_MOQ
} SaOrderReason;

typedef struct SaOrderLimits
{
	double pack;    /* 0: none */
	double minimum; /* minimum order quantity; 0 or less: none */
	double room;    /* most that may be ordered now; infinite: no limit */
} SaOrderLimits;

/*
 * need -> whole packs -> minimum order quantity (whole packs) -> room (whole
 * packs, down); 0 where what is left is under the minimum.  Need 0 or less
 * orders 0.
 */
extern SaBadArgument sa_order_quantity(double need, const SaOrderLimits *limits, double *quantity,
									   SaOrderReason *reason);
extern const char *sa_order_reason_name(SaOrderReason reason);
/* sqrt(2 K D / h): order cost K, demand D and holding cost h of the same period. Harris 1913. */
extern SaBadArgument sa_economic_order_quantity(double demand, double order_cost,
												double holding_cost, double *out);

#endif
