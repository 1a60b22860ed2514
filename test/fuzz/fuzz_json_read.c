/*
 * fuzz_json_read.c: any bytes.
 *
 * What passes the check passes it again unchanged, and every value in it can
 * be walked to and read within its bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/json_read.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

static void
walk(SaJson value, int depth)
{
	SaJson element = {NULL, 0};
	char out[16];
	size_t length = sa_json_string(value, out, sizeof(out));

	expect(sa_json_is_string(value) ? length + 2 <= 3 * value.length : length == 0);
	expect(depth <= SA_JSON_DEEPEST);
	while (sa_json_element(value, &element))
	{
		expect(element.length > 0 && element.at > value.at &&
			   element.at + element.length < value.at + value.length);
		walk(element, depth + 1);
	}
	if (sa_json_member(value, "a", &element))
		walk(element, depth + 1);
	(void) sa_json_member_string(value, "b", out, sizeof(out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *again = malloc(size + 1);

	memcpy(text, data, size);
	if (sa_json_scrub(text, size))
	{
		memcpy(again, text, size);
		expect(sa_json_scrub(again, size) && memcmp(again, text, size) == 0);
		walk(sa_json_all(text, size), 0);
	}
	free(text);
	free(again);
	return 0;
}
