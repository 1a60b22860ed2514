/*
 * square_signature.c: HMAC-SHA256 over notification URL and raw body.
 */
#include "pure/square_signature.h"

#include <string.h>

#include <sodium.h>

bool
sa_square_signature_fits(const char *key, size_t key_length, const char *url, const char *body,
						 size_t length, const char *signature, size_t signature_length)
{
	crypto_auth_hmacsha256_state state;
	unsigned char wanted[crypto_auth_hmacsha256_BYTES];
	unsigned char given[crypto_auth_hmacsha256_BYTES];
	size_t size = 0;

	if (key_length == 0 ||
		sodium_base642bin(given, sizeof(given), signature, signature_length, NULL, &size, NULL,
						  sodium_base64_VARIANT_ORIGINAL) != 0 ||
		size != sizeof(given))
		return false;
	crypto_auth_hmacsha256_init(&state, (const unsigned char *) key, key_length);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) url, strlen(url));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) body, length);
	crypto_auth_hmacsha256_final(&state, wanted);
	sodium_memzero(&state, sizeof(state));
	return sodium_memcmp(wanted, given, sizeof(wanted)) == 0;
}

size_t
sa_square_webhook_secret(const char *secret, const char **url)
{
	const char *mark = strchr(secret, '#');

	*url = "";
	if (mark == NULL ||
		(strncmp(mark + 1, "https://", 8) != 0 && strncmp(mark + 1, "http://", 7) != 0))
		return 0;
	*url = mark + 1;
	return (size_t) (mark - secret);
}
