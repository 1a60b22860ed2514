/*
 * fuzz_keyfile.c: hostile key files; what parses must survive being written again.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "pure/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static SaKeyRing ring;
	static SaKeyRing again;
	static char text[SA_KEY_RING_MAX * SA_KEYFILE_LINE_MAX];
	size_t used = 0;
	int line;

	if (sodium_init() < 0)
		return 0;
	if (sa_keyfile_parse((const char *) data, size, &ring, &line) != SA_KEYFILE_OK)
	{
		require(ring.count == 0);
		return 0;
	}
	require(ring.count >= 1 && ring.count <= SA_KEY_RING_MAX && line == 0);
	for (int i = 0; i < ring.count; i++)
	{
		sa_keyfile_write_line(&ring.keys[i], text + used);
		used += strlen(text + used);
	}
	require(sa_keyfile_parse(text, used, &again, &line) == SA_KEYFILE_OK);
	require(memcmp(&again, &ring, sizeof(ring)) == 0);
	return 0;
}
