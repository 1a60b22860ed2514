/*
 * envelope.h: version 1 of the sealed credential.
 *
 * Outer: "SAE" 0x01, key id[8], crypto_box_seal(inner); as text "sa1:" and
 * base64url.  Inner: "SAI" 0x01, purpose, installation[16], length and name,
 * length and destination, two-byte length (big end first) and secret, padded
 * to a multiple of 128 so that the size tells nothing about the secret.
 *
 * A sealed box authenticates no outer header; therefore name, installation and
 * destination stand inside and are compared after opening.  Everything here
 * works in buffers of the caller, who keeps those that hold a secret in locked
 * memory and wipes them.  sodium_init() comes first.
 */
#ifndef SA_ENVELOPE_H
#define SA_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/base64url.h"
#include "pure/credential_name.h"
#include "pure/public_key.h"

#define SA_INSTALLATION_SIZE  16
#define SA_SECRET_MAX         4096
#define SA_ENVELOPE_PURPOSE   1 /* a credential; other uses of the form get other numbers */
#define SA_ENVELOPE_BLOCK     128
#define SA_ENVELOPE_HEADER    (4 + SA_KEY_ID_SIZE)
#define SA_ENVELOPE_OVERHEAD  (SA_ENVELOPE_HEADER + 48)
#define SA_ENVELOPE_INNER_MAX 4736 /* 4+1+16+1+255+1+255+2+4096, padded */
#define SA_ENVELOPE_MAX       (SA_ENVELOPE_OVERHEAD + SA_ENVELOPE_INNER_MAX)
#define SA_ENVELOPE_PREFIX    "sa1:"
#define SA_ENVELOPE_TEXT_MAX  (4 + SA_BASE64URL_LENGTH(SA_ENVELOPE_MAX))

typedef enum SaOpenStatus
{
	SA_OPEN_OK,
	SA_OPEN_NO_KEY,      /* no key is loaded; says nothing about the envelope */
	SA_OPEN_NO_MEMORY,   /* likewise */
	SA_OPEN_BAD_FORMAT,  /* not an envelope of version 1, or cut short or too long */
	SA_OPEN_UNKNOWN_KEY, /* sealed for a key that is not loaded */
	SA_OPEN_WRONG_KEY,   /* names a loaded key and does not open with it: damaged or forged */
	SA_OPEN_WRONG_INSTALLATION,
	SA_OPEN_WRONG_NAME,
	SA_OPEN_WRONG_DESTINATION,
	SA_OPEN_BAD_CHARSET /* holds a character that its kind may not hold */
} SaOpenStatus;

typedef enum SaSealStatus
{
	SA_SEAL_OK,
	SA_SEAL_BAD_NAME,
	SA_SEAL_BAD_DESTINATION,
	SA_SEAL_EMPTY,
	SA_SEAL_TOO_LONG,
	SA_SEAL_BAD_CHARSET,
	SA_SEAL_NO_ROOM,
	SA_SEAL_NO_KEY /* none to seal for is loaded */
} SaSealStatus;

/* What a secret is bound to. */
typedef struct SaBinding
{
	uint8_t installation[SA_INSTALLATION_SIZE];
	const char *name;
	const char *destination; /* when opening, NULL accepts any and reports it */
} SaBinding;

/* What an inner envelope holds; the pointers point into the buffer it was read from. */
typedef struct SaInner
{
	const uint8_t *installation;
	const char *name;
	size_t name_size;
	const char *destination;
	size_t destination_size;
	const char *secret; /* not NUL-terminated */
	size_t secret_size;
} SaInner;

/* Seals; out has room for SA_ENVELOPE_MAX bytes, work (holds the secret) for SA_ENVELOPE_INNER_MAX.
 */
extern SaSealStatus sa_envelope_seal(const SaPublicKey *key, const SaBinding *binding,
									 const char *secret, size_t secret_size, uint8_t *work,
									 uint8_t *out, size_t *out_size);

/* Checks the outer form alone and tells the key id; needs no key. */
extern bool sa_envelope_read_key_id(const uint8_t *sealed, size_t size, uint8_t *key_id);

/*
 * Opens with the key pair whose id the envelope names (SA_OPEN_UNKNOWN_KEY if
 * it names another); work holds the plaintext afterwards, whatever the result.
 */
extern SaOpenStatus sa_envelope_open(const uint8_t *sealed, size_t size, const SaPublicKey *key,
									 const uint8_t *secret_key, const SaBinding *expected,
									 uint8_t *work, SaInner *inner);

/* The inner form by itself: bytes after opening; SA_OPEN_OK or SA_OPEN_BAD_FORMAT. */
extern SaOpenStatus sa_envelope_parse_inner(const uint8_t *bytes, size_t size, SaInner *inner);

/* The text form; out has room for SA_ENVELOPE_TEXT_MAX + 1, or for SA_ENVELOPE_MAX bytes. */
extern bool sa_envelope_write_text(const uint8_t *sealed, size_t size, char *out, size_t room);
extern bool sa_envelope_read_text(const char *text, size_t length, uint8_t *out, size_t room,
								  size_t *size);

/* The state stored for a status: ok, pending, bad_format, unknown_key, wrong_key, bad_binding,
 * bad_charset. */
extern const char *sa_envelope_state(SaOpenStatus status);

/* One sentence for a person, without the full stop: what is wrong and what to do. */
extern const char *sa_envelope_explain(SaOpenStatus status);
extern const char *sa_envelope_explain_seal(SaSealStatus status);

#endif
