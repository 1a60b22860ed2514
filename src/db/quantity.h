/*
 * quantity.h: numeric at the border of exact fixed-point quantities.
 */
#ifndef SA_DB_QUANTITY_H
#define SA_DB_QUANTITY_H

#include "pure/quantity.h"

/*
 * Reads a numeric datum, packed or not, without copying it; false where it is
 * no quantity (NaN, infinite, more than 26 digits, more than 5 decimals).
 */
extern bool sa_quantity_from_datum(Datum datum, SaQuantity *out);
/* A numeric without trailing zeros, palloc'd. */
extern Datum sa_quantity_to_datum(SaQuantity value);

#endif
