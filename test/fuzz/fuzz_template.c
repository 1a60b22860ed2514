/*
 * fuzz_template.c: any text is read to its end, and what is right expands to what its pieces say.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/template.h"

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
	const char *values[SA_PLACEHOLDERS] = {NULL};
	size_t room = 2 * size + 1;
	size_t right = sa_template_check(text, size);
	char *out = malloc(room);
	size_t length;

	if (out == NULL)
		return 0;
	require(right <= size);
	require(sa_template_check(text, right) == right);
	require(sa_template_expand(out, room, text, size, values) <= size);
	for (int i = 0; i < SA_PLACEHOLDERS; i++)
		values[i] = "{ref}";
	length = sa_template_expand(out, room, text, size, values);
	require(length < room && length == sa_template_expand(NULL, 0, text, size, values));
	require(out[length] == '\0');
	free(out);
	return 0;
}
