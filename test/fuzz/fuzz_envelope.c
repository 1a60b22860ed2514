/*
 * fuzz_envelope.c: hostile envelopes as text, as outer bytes, as inner bytes
 * and as inner bytes that were really sealed for a loaded key.
 *
 * The first byte chooses; what opens must be the same when built again.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "pure/envelope.h"
#include "pure/keyfile.h"

#include "../unit/golden_v1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static SaKeyRing ring;

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
start(void)
{
	int line;

	if (ring.count > 0)
		return;
	require(sodium_init() >= 0);
	require(sa_keyfile_parse(GOLDEN_LINE, strlen(GOLDEN_LINE), &ring, &line) == SA_KEYFILE_OK);
}

static void
try_bytes(const uint8_t *bytes, size_t size)
{
	static uint8_t work[SA_ENVELOPE_INNER_MAX];
	SaBinding binding = {{0}, GOLDEN_NAME, NULL};
	SaInner inner;
	SaOpenStatus status;

	for (int i = 0; i < SA_INSTALLATION_SIZE; i++)
		binding.installation[i] = (uint8_t) (0x10 + i);
	status = sa_keyfile_open_envelope(&ring, bytes, size, &binding, work, &inner);
	require((status == SA_OPEN_OK) == (inner.secret != NULL));
	require(sa_envelope_state(status)[0] != '\0');
	if (status == SA_OPEN_OK)
		require(inner.secret_size <= SA_SECRET_MAX &&
				(const uint8_t *) inner.secret + inner.secret_size < work + sizeof(work));
}

static void
try_text(const char *text, size_t size)
{
	uint8_t bytes[SA_ENVELOPE_MAX];
	char back[SA_ENVELOPE_TEXT_MAX + 1];
	size_t got;

	if (!sa_envelope_read_text(text, size, bytes, sizeof(bytes), &got))
		return;
	require(sa_envelope_write_text(bytes, got, back, sizeof(back)));
	require(strlen(back) == size && memcmp(back, text, size) == 0);
	try_bytes(bytes, got);
}

static void
try_inner(const uint8_t *bytes, size_t size)
{
	SaInner inner;

	if (sa_envelope_parse_inner(bytes, size, &inner) == SA_OPEN_OK)
		require((const uint8_t *) inner.secret + inner.secret_size <= bytes + size);
}

/* Pads and seals the input as a client that lies about the inner form would. */
static void
try_sealed(const uint8_t *bytes, size_t size)
{
	uint8_t padded[SA_ENVELOPE_INNER_MAX];
	uint8_t out[SA_ENVELOPE_MAX];
	size_t padded_size;

	if (size >= sizeof(padded))
		return;
	memcpy(padded, bytes, size);
	require(sodium_pad(&padded_size, padded, size, SA_ENVELOPE_BLOCK, sizeof(padded)) == 0);
	memcpy(out, "SAE\x01", 4);
	memcpy(out + 4, ring.keys[0].pair.key_id, SA_KEY_ID_SIZE);
	require(crypto_box_seal(out + SA_ENVELOPE_HEADER, padded, padded_size,
							ring.keys[0].pair.public) == 0);
	try_bytes(out, SA_ENVELOPE_OVERHEAD + padded_size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	if (size < 1)
		return 0;
	switch (data[0] % 4)
	{
		case 0:
			try_text((const char *) data + 1, size - 1);
			break;
		case 1:
			try_bytes(data + 1, size - 1);
			break;
		case 2:
			try_inner(data + 1, size - 1);
			break;
		default:
			try_sealed(data + 1, size - 1);
			break;
	}
	return 0;
}
