/*
 * receipts.h: how long stock lasts with deliveries that are due on known days.
 */
#ifndef SA_PURE_RECEIPTS_H
#define SA_PURE_RECEIPTS_H

#include <stddef.h>
#include <stdint.h>

#include "pure/maths.h"

typedef struct SaReceipt
{
	int64_t day; /* from today; an overdue one is due today */
	double units;
} SaReceipt;

/*
 * Days from today to the first on which stock and all receipts until then
 * fall short of all demand until then, against a forecast for each coming day
 * which repeats; SA_COVER_NEVER and SA_COVER_CAP as in cover.h.  Sorts the receipts.
 */
extern SaBadArgument sa_stockout_day_receipts(double on_hand, const double *forecast, size_t days,
											  SaReceipt *receipts, size_t count, int *out);
/* Stock and the receipts due within the lead time, its last day included. */
extern SaBadArgument sa_position_within(double on_hand, double lead_time, const SaReceipt *receipts,
										size_t count, double *out);

#endif
