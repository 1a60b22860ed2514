/*
 * quantity.c: reads numerics from their stored form.
 *
 * The item trigger and the check compare two quantities per row; going through
 * numeric_cmp() would copy each packed value first and cost more than the rest
 * of the row.  The stored form (a header, base-10000 digits) is fixed by
 * pg_upgrade since 9.1; test/sql/quantities.sql compares this reader with the
 * server's own arithmetic on every shape of it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "compat.h"
#include "db/quantity.h"

#define HEADER_SPECIAL    0xC000
#define HEADER_SHORT      0x8000
#define HEADER_NEGATIVE   0x4000
#define SHORT_NEGATIVE    0x2000
#define SHORT_WEIGHT_SIGN 0x0040
#define SHORT_WEIGHT      0x003F
#define DIGIT_BASE        10000
#define HIGH_UNIT         100000000000000000LL /* 10^12 in 1/100000 */

SA_FUNCTION(stockalert_is_quantity);

typedef struct NumericShape
{
	const char *digits; /* int16 each, not aligned */
	int count;
	int weight; /* of the first digit, in powers of 10000 */
	bool negative;
} NumericShape;

static bool
read_shape(const char *data, int size, NumericShape *shape)
{
	uint16 header;

	memcpy(&header, data, sizeof(header));
	if ((header & HEADER_SPECIAL) == HEADER_SPECIAL)
		return false;
	if (header & HEADER_SHORT)
	{
		shape->negative = (header & SHORT_NEGATIVE) != 0;
		shape->weight =
			(header & SHORT_WEIGHT) | ((header & SHORT_WEIGHT_SIGN) ? ~SHORT_WEIGHT : 0);
		shape->digits = data + sizeof(uint16);
		shape->count = (size - (int) sizeof(uint16)) / (int) sizeof(int16);
	}
	else
	{
		int16 weight;

		memcpy(&weight, data + sizeof(uint16), sizeof(weight));
		shape->negative = (header & HEADER_NEGATIVE) != 0;
		shape->weight = weight;
		shape->digits = data + 2 * sizeof(uint16);
		shape->count = (size - 2 * (int) sizeof(uint16)) / (int) sizeof(int16);
	}
	return true;
}

/*
 * Adds the digits in 1/100000; exact or false.  Those above 10^12 apart, so that
 * nothing before the last line is wider than a register.
 */
static bool
sum_shape(const NumericShape *shape, SaQuantity *out)
{
	int64 high = 0; /* powers 5 to 3 */
	int64 low = 0;  /* powers 2 to -1: in 1/10000 */
	int last = 0;   /* the fifth decimal */
	int power = shape->weight;
	int16 digit;

	if (shape->count == 0)
	{
		*out = 0;
		return true;
	}
	if (power > 5)
		return false;
	for (int i = 0; i < shape->count; i++, power--)
	{
		memcpy(&digit, shape->digits + i * sizeof(int16), sizeof(digit));
		if (power > 2)
			high = high * DIGIT_BASE + digit;
		else if (power >= -1)
			low = low * DIGIT_BASE + digit;
		else if (power == -2 && digit % 1000 == 0)
			last = digit / 1000;
		else if (digit != 0)
			return false;
	}
	/* Trailing zero digits are not stored. */
	for (; power > 2; power--)
		high *= DIGIT_BASE;
	for (; power >= -1; power--)
		low *= DIGIT_BASE;
	*out = (high == 0 ? 0 : (SaQuantity) high * HIGH_UNIT) + (low * 10 + last);
	return true;
}

bool
sa_quantity_from_datum(Datum datum, SaQuantity *out)
{
	struct varlena *packed = (struct varlena *) DatumGetPointer(datum);
	NumericShape shape;

	/* In line and packed is how a small numeric lies in its row. */
	if (!VARATT_IS_1B(packed) || VARATT_IS_1B_E(packed))
		packed = pg_detoast_datum_packed(packed);
	if (!read_shape(VARDATA_ANY(packed), (int) VARSIZE_ANY_EXHDR(packed), &shape) ||
		!sum_shape(&shape, out) || *out >= SA_QUANTITY_LIMIT)
		return false;
	if (shape.negative)
		*out = -*out;
	return true;
}

Datum
sa_quantity_to_datum(SaQuantity value)
{
	char text[SA_QUANTITY_TEXT];
	int decimals = SA_QUANTITY_DECIMALS;
	int64 small = (int64) value;

	/* What 64 bits hold needs no text. */
	if (small == value)
	{
		for (; decimals > 0 && small % 10 == 0; decimals--)
			small /= 10;
		return NumericGetDatum(decimals == 0 ? int64_to_numeric(small)
											 : int64_div_fast_to_numeric(small, decimals));
	}
	sa_quantity_text(value, text);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

Datum
stockalert_is_quantity(PG_FUNCTION_ARGS)
{
	SaQuantity ignored;

	PG_RETURN_BOOL(sa_quantity_from_datum(PG_GETARG_DATUM(0), &ignored));
}
