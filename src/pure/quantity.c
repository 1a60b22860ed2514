/*
 * quantity.c: text and percent of exact fixed-point quantities.
 */
#include "pure/quantity.h"

SaQuantity
sa_quantity_percent(SaQuantity whole, SaQuantity percent)
{
	SaQuantity hundred = 100 * SA_QUANTITY_ONE;

	/* In two parts, so that 26 digits times a large percentage cannot overflow. */
	return (whole / hundred) * percent + (whole % hundred) * percent / hundred;
}

size_t
sa_quantity_text(SaQuantity value, char out[SA_QUANTITY_TEXT])
{
	char digits[SA_QUANTITY_TEXT];
	size_t n = 0;
	size_t length = 0;
	int decimals = SA_QUANTITY_DECIMALS;
	unsigned __int128 rest = value < 0 ? -(unsigned __int128) value : (unsigned __int128) value;

	while (decimals > 0 && rest % 10 == 0)
	{
		rest /= 10;
		decimals--;
	}
	/* Least significant digit first. */
	do
	{
		if (n > 0 && (int) n == decimals)
			digits[n++] = '.';
		digits[n++] = (char) ('0' + (int) (rest % 10));
		rest /= 10;
	} while ((rest > 0 || (int) n <= decimals) && n < sizeof(digits) - 2);
	if (value < 0)
		out[length++] = '-';
	while (n > 0)
		out[length++] = digits[--n];
	out[length] = '\0';
	return length;
}

bool
sa_quantity_parse(const char *text, SaQuantity *out)
{
	bool negative = *text == '-';
	SaQuantity value = 0;
	int whole = 0;
	int decimals = 0;
	const char *c = text + (negative ? 1 : 0);

	for (; *c >= '0' && *c <= '9'; c++, whole++)
	{
		if (whole >= 21)
			return false;
		value = value * 10 + (*c - '0');
	}
	if (whole == 0)
		return false;
	if (*c == '.')
	{
		c++;
		for (; *c >= '0' && *c <= '9'; c++, decimals++)
		{
			if (decimals >= SA_QUANTITY_DECIMALS)
				return false;
			value = value * 10 + (*c - '0');
		}
		if (decimals == 0)
			return false;
	}
	if (*c != '\0')
		return false;
	for (; decimals < SA_QUANTITY_DECIMALS; decimals++)
		value *= 10;
	*out = negative ? -value : value;
	return true;
}
