/*
 * webhook_signature.c: HMAC-SHA256 over id, timestamp and body.
 */
#include "pure/webhook_signature.h"

#include <string.h>

#include <sodium.h>

#define PREFIX         "whsec_"
#define SECRET_LEAST   24
#define SECRET_MOST    64
#define SIGNATURE_ROOM sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES, BASE64)
#define BASE64         sodium_base64_VARIANT_ORIGINAL

/* Size of the decoded secret, 0 where it is none. */
static size_t
decode_secret(unsigned char key[SECRET_MOST], const char *text, size_t length)
{
	size_t prefix = strlen(PREFIX);
	size_t size = 0;

	if (length <= prefix || memcmp(text, PREFIX, prefix) != 0 ||
		sodium_base642bin(key, SECRET_MOST, text + prefix, length - prefix, NULL, &size, NULL,
						  BASE64) != 0)
		return 0;
	return size < SECRET_LEAST ? 0 : size;
}

static void
put_signature(char out[SIGNATURE_ROOM], const unsigned char *key, size_t size, const char *id,
			  const char *timestamp, const char *body, size_t length)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, key, size);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) id, strlen(id));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) ".", 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) timestamp, strlen(timestamp));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) ".", 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *) body, length);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
	(void) sodium_bin2base64(out, SIGNATURE_ROOM, mac, sizeof(mac), BASE64);
}

bool
sa_webhook_sign(char out[SA_WEBHOOK_SIGNATURE_ROOM], const char *secrets, const char *id,
				const char *timestamp, const char *body, size_t length)
{
	unsigned char key[SECRET_MOST];
	const char *at = secrets;
	size_t written = 0;
	bool done = false;

	for (int i = 0; i < SA_WEBHOOK_SECRETS_MOST && !done; i++)
	{
		size_t taken = strcspn(at, "#");
		size_t size = decode_secret(key, at, taken);

		if (size == 0)
			break;
		if (i > 0)
			out[written++] = ' ';
		memcpy(out + written, "v1,", 3);
		put_signature(out + written + 3, key, size, id, timestamp, body, length);
		written += strlen(out + written);
		done = at[taken] == '\0';
		at += taken + 1;
	}
	sodium_memzero(key, sizeof(key));
	out[done ? written : 0] = '\0';
	return done;
}
