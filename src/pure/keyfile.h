/*
 * keyfile.h: the text of a key file, and the ring of keys it holds.
 *
 * One key a line, "stockalert-key-v1 <key id, 16 hex> <secret, 64 hex>"; blank
 * lines and lines from # on are comments.  The first key is the active one,
 * the others only open what was sealed for them.  The ring holds secrets: the
 * caller keeps it in locked memory and wipes it.  Messages never quote a line.
 */
#ifndef SA_KEYFILE_H
#define SA_KEYFILE_H

#include "pure/envelope.h"
#include "pure/public_key.h"

#define SA_SECRET_KEY_SIZE  32
#define SA_KEYFILE_MAX      65536 /* bytes */
#define SA_KEY_RING_MAX     64    /* keys */
#define SA_KEYFILE_WORD     "stockalert-key-v1"
#define SA_KEYFILE_LINE_MAX 128 /* bytes of a line that sa_keyfile_write_line() makes, and NUL */

typedef enum SaKeyfileStatus
{
	SA_KEYFILE_OK,
	/* Of the file; only sa_keyfile_read() returns these. */
	SA_KEYFILE_MISSING,
	SA_KEYFILE_UNREADABLE,
	SA_KEYFILE_NOT_REGULAR,
	SA_KEYFILE_BAD_OWNER,
	SA_KEYFILE_BAD_MODE,
	SA_KEYFILE_IN_DATA_DIRECTORY,
	SA_KEYFILE_NO_MEMORY,
	/* Of the text. */
	SA_KEYFILE_TOO_LARGE,
	SA_KEYFILE_NO_KEY,
	SA_KEYFILE_BAD_LINE,
	SA_KEYFILE_BAD_KEY_ID,
	SA_KEYFILE_BAD_SECRET,
	SA_KEYFILE_MISMATCH,
	SA_KEYFILE_DUPLICATE,
	SA_KEYFILE_TOO_MANY
} SaKeyfileStatus;

typedef struct SaKey
{
	SaPublicKey pair; /* id and public half, worked out from the secret */
	uint8_t secret[SA_SECRET_KEY_SIZE];
} SaKey;

typedef struct SaKeyRing
{
	int count;
	SaKey keys[SA_KEY_RING_MAX]; /* the first is active */
} SaKeyRing;

/* Reads a key file's text; line is the offending one, 0 where there is none. */
extern SaKeyfileStatus sa_keyfile_parse(const char *text, size_t size, SaKeyRing *ring, int *line);

/* Makes a new key pair; false if the secret gives no valid public half. */
extern bool sa_keyfile_make_key(SaKey *key);

/* Writes the line of a key with its newline and a NUL; the room is SA_KEYFILE_LINE_MAX. */
extern void sa_keyfile_write_line(const SaKey *key, char *out);

/* The key of that id; NULL: not in the ring. */
extern const SaKey *sa_keyfile_find(const SaKeyRing *ring, const uint8_t *key_id);

/* Opens with whichever key of the ring the envelope names. */
extern SaOpenStatus sa_keyfile_open_envelope(const SaKeyRing *ring, const uint8_t *sealed,
											 size_t size, const SaBinding *expected, uint8_t *work,
											 SaInner *inner);

/* What is wrong and what to do about it, as a clause: "is ..., ...". */
extern const char *sa_keyfile_explain(SaKeyfileStatus status);

#endif
