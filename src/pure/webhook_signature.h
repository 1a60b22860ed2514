/*
 * webhook_signature.h: signatures of Standard Webhooks (standardwebhooks.com).
 *
 * A signature is v1,base64(HMAC-SHA256(secret, "id.timestamp.body")).  While a
 * secret is changed there are two: each signs, and the receiver accepts what
 * it knows.  What is decoded of a secret is wiped before the call returns.
 */
#ifndef SA_PURE_WEBHOOK_SIGNATURE_H
#define SA_PURE_WEBHOOK_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#define SA_WEBHOOK_SECRETS_MOST 4
/* "v1," and 44 characters each, a blank between two, NUL. */
#define SA_WEBHOOK_SIGNATURE_ROOM (SA_WEBHOOK_SECRETS_MOST * 48)

/*
 * Signs with each of the secrets, which are separated by '#': whsec_ and the
 * base64 of 24 to 64 bytes.  False where one is none of those, or there are
 * none or too many; out is empty then.
 */
extern bool sa_webhook_sign(char out[SA_WEBHOOK_SIGNATURE_ROOM], const char *secrets,
							const char *id, const char *timestamp, const char *body, size_t length);

#endif
