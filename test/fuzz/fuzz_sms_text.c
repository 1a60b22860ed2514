/*
 * fuzz_sms_text.c: any bytes become a text of SMS within its segments, well-formed, and again as it
 * is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/sms_text.h"
#include "pure/utf8.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	size_t room = 5 * size + 8;
	char *out = malloc(room);
	char *again = malloc(room);

	for (size_t segments = 0; out != NULL && again != NULL && segments <= 3; segments++)
	{
		size_t length = sa_sms_text(out, room, text, size, segments);

		require(length < room && sa_utf8_valid(out, length));
		require(segments == 0 || sa_sms_size(out, length).segments <= segments);
		require(length == sa_sms_text(again, room, out, length, segments));
		require(memcmp(out, again, length) == 0);
	}
	require(sa_sms_size(text, size).segments >= 1);
	free(again);
	free(out);
	return 0;
}
