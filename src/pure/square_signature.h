/*
 * square_signature.h: is a webhook from Square?
 */
#ifndef SA_PURE_SQUARE_SIGNATURE_H
#define SA_PURE_SQUARE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Tells whether the signature is the base64 of HMAC-SHA256(key, url and body).
 * The key is used as the text it is; the URL is the one configured at Square,
 * byte for byte.  Compares in constant time.  An empty key fits nothing.
 */
extern bool sa_square_signature_fits(const char *key, size_t key_length, const char *url,
									 const char *body, size_t length, const char *signature,
									 size_t signature_length);

/*
 * Splits the secret of square_webhook, KEY#URL: the length of the key, and the
 * URL behind it; 0: it is none.
 */
extern size_t sa_square_webhook_secret(const char *secret, const char **url);

#endif
