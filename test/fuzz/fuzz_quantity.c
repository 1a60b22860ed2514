/*
 * fuzz_quantity.c: any text is refused or read exactly; any number is written and read back.
 *
 * The first 16 bytes, where there are so many, are taken as a number too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/quantity.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

static void
check_round_trip(SaQuantity value)
{
	char text[SA_QUANTITY_TEXT];
	SaQuantity back;
	size_t length = sa_quantity_text(value, text);

	expect(length < sizeof(text) && length == strlen(text));
	expect(sa_quantity_parse(text, &back) && back == value);
}

static void
check_text(const uint8_t *data, size_t size)
{
	char text[64];
	SaQuantity value;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!sa_quantity_parse(text, &value))
		return;
	expect(value > -SA_QUANTITY_LIMIT && value < SA_QUANTITY_LIMIT);
	expect(strspn(text, "-0123456789.") == strlen(text));
	check_round_trip(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SaQuantity value;
	SaQuantity percent;

	check_text(data, size);
	if (size < sizeof(value))
		return 0;
	memcpy(&value, data, sizeof(value));
	value %= SA_QUANTITY_LIMIT;
	check_round_trip(value);
	percent = size > sizeof(value) ? data[sizeof(value)] * 4 * SA_QUANTITY_ONE : SA_QUANTITY_ONE;
	if (value >= 0)
		expect(sa_quantity_percent(value, percent) <= value * 11 &&
			   (percent < 100 * SA_QUANTITY_ONE || sa_quantity_percent(value, percent) >= value));
	return 0;
}
