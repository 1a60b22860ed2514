/*
 * public_key.h: the public half of a key, and its name.
 *
 * The one key structure that may leave the worker: it is published in shared
 * memory, shown by SQL and typed into stockalert-seal.  It holds no secret.
 */
#ifndef SA_PUBLIC_KEY_H
#define SA_PUBLIC_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SA_KEY_ID_SIZE     8
#define SA_PUBLIC_SIZE     32
#define SA_KEY_ID_HEX_SIZE (2 * SA_KEY_ID_SIZE + 1) /* with the ending NUL */
#define SA_PUBLIC_HEX_SIZE (2 * SA_PUBLIC_SIZE + 1)

typedef struct SaPublicKey
{
	uint8_t key_id[SA_KEY_ID_SIZE]; /* first bytes of BLAKE2b-256(public) */
	uint8_t public[SA_PUBLIC_SIZE]; /* X25519 */
} SaPublicKey;

/* Fills key from the 32 public bytes; its id follows from them. */
extern void sa_public_key_make(SaPublicKey *key, const uint8_t *public);

/* Reads a text of exactly 2 * size hex digits. */
extern bool sa_public_key_read_hex(uint8_t *out, size_t size, const char *text, size_t length);

/* Writes the hex form; room is the matching _HEX_SIZE. */
extern void sa_public_key_id_hex(const uint8_t *key_id, char *out);
extern void sa_public_key_hex(const SaPublicKey *key, char *out);

#endif
