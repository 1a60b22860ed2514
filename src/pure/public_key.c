/*
 * public_key.c: the name of a key follows from its public half.
 */
#include "pure/public_key.h"

#include <string.h>

#include <sodium.h>

void
sa_public_key_make(SaPublicKey *key, const uint8_t *public)
{
	uint8_t digest[32];

	memcpy(key->public, public, SA_PUBLIC_SIZE);
	crypto_generichash(digest, sizeof(digest), public, SA_PUBLIC_SIZE, NULL, 0);
	memcpy(key->key_id, digest, SA_KEY_ID_SIZE);
}

/* Stricter than sodium_hex2bin alone, which accepts a text that is too short. */
bool
sa_public_key_read_hex(uint8_t *out, size_t size, const char *text, size_t length)
{
	size_t got = 0;

	return length == 2 * size && sodium_hex2bin(out, size, text, length, NULL, &got, NULL) == 0 &&
		   got == size;
}

void
sa_public_key_id_hex(const uint8_t *key_id, char *out)
{
	(void) sodium_bin2hex(out, SA_KEY_ID_HEX_SIZE, key_id, SA_KEY_ID_SIZE);
}

void
sa_public_key_hex(const SaPublicKey *key, char *out)
{
	(void) sodium_bin2hex(out, SA_PUBLIC_HEX_SIZE, key->public, SA_PUBLIC_SIZE);
}
