/*
 * receipts.h: two arrays, of dates and of units, as the receipts that are due.
 */
#ifndef SA_FUNCTIONS_RECEIPTS_H
#define SA_FUNCTIONS_RECEIPTS_H

#include "fmgr.h"
#include "utils/date.h"

#include "pure/receipts.h"

typedef struct SaReceipts
{
	SaReceipt *list; /* palloc'd */
	size_t count;
} SaReceipts;

/*
 * Arguments number dates and dates + 1, as long as each other, NULL for none;
 * a pair with a NULL is left out.  Raises 22023 otherwise.  Days count from today.
 */
extern SaReceipts sa_receipts_read(FunctionCallInfo fcinfo, int dates, DateADT today);

#endif
