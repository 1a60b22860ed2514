/*
 * quantity.h: a quantity of stock as an exact fixed-point number.
 *
 * One unit of SaQuantity is 1/100000 of a unit of stock: point-of-sale systems
 * send up to 26 digits, 5 of them decimals, which 128 bits hold with room for
 * the products below.  Everything that decides about stock computes in this
 * type; numeric stays at the border (db/quantity.h).
 */
#ifndef SA_PURE_QUANTITY_H
#define SA_PURE_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

/* As the server's own int128: memory of the server is aligned to 8 bytes, and a compiler relies
 * on 16. */
typedef __int128 SaQuantity __attribute__((aligned(8)));

#define SA_QUANTITY_ONE      ((SaQuantity) 100000)
#define SA_QUANTITY_DECIMALS 5
/* Largest magnitude accepted: 21 digits before the point. */
#define SA_QUANTITY_LIMIT                                                                          \
	(SA_QUANTITY_ONE * (SaQuantity) 1000000000000LL * (SaQuantity) 1000000000LL)
/* Enough for sign, 26 digits, point and terminator. */
#define SA_QUANTITY_TEXT 40

/* share percent of a quantity, rounded down to the fixed point; both are SaQuantity. */
extern SaQuantity sa_quantity_percent(SaQuantity whole, SaQuantity percent);
/* Writes it without trailing zeros; returns the length. */
extern size_t sa_quantity_text(SaQuantity value, char out[SA_QUANTITY_TEXT]);
/* Reads "-12.5" (no exponent, at most 21 digits before and 5 after the point). */
extern bool sa_quantity_parse(const char *text, SaQuantity *out);

#endif
