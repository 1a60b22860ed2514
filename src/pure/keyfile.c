/*
 * keyfile.c: reads and writes the lines of a key file.
 */
#include "pure/keyfile.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

_Static_assert(crypto_box_SECRETKEYBYTES == SA_SECRET_KEY_SIZE, "keys are X25519");

/* One word of a line. */
typedef struct SaWord
{
	const char *text;
	size_t size;
} SaWord;

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * Cuts a line into at most room words; the result is the number of words it
 * has, which may be one above room.
 */
static int
split_words(const char *line, size_t size, SaWord *words, int room)
{
	size_t at = 0;
	int count = 0;

	while (at < size)
	{
		size_t start;

		while (at < size && is_blank(line[at]))
			at++;
		start = at;
		while (at < size && !is_blank(line[at]))
			at++;
		if (at == start)
			break;
		if (count == room)
			return room + 1;
		words[count].text = line + start;
		words[count].size = at - start;
		count++;
	}
	return count;
}

/* The id on the line is a check on the secret beside it: a damaged digit does not go unseen. */
static SaKeyfileStatus
read_key(const SaWord *words, SaKey *key)
{
	uint8_t public[SA_PUBLIC_SIZE];
	uint8_t key_id[SA_KEY_ID_SIZE];

	if (!sa_public_key_read_hex(key_id, sizeof(key_id), words[1].text, words[1].size))
		return SA_KEYFILE_BAD_KEY_ID;
	if (!sa_public_key_read_hex(key->secret, sizeof(key->secret), words[2].text, words[2].size))
		return SA_KEYFILE_BAD_SECRET;
	if (crypto_scalarmult_base(public, key->secret) != 0)
		return SA_KEYFILE_BAD_SECRET;
	sa_public_key_make(&key->pair, public);
	if (sodium_memcmp(key_id, key->pair.key_id, sizeof(key_id)) != 0)
		return SA_KEYFILE_MISMATCH;
	return SA_KEYFILE_OK;
}

static SaKeyfileStatus
read_line(const char *line, size_t size, SaKeyRing *ring)
{
	SaWord words[3];
	SaKey *key;
	SaKeyfileStatus status;
	int count;

	if (memchr(line, '\0', size) != NULL)
		return SA_KEYFILE_BAD_LINE;
	count = split_words(line, size, words, 3);
	if (count == 0 || words[0].text[0] == '#')
		return SA_KEYFILE_OK;
	if (count != 3 || words[0].size != strlen(SA_KEYFILE_WORD) ||
		memcmp(words[0].text, SA_KEYFILE_WORD, words[0].size) != 0)
		return SA_KEYFILE_BAD_LINE;
	if (ring->count == SA_KEY_RING_MAX)
		return SA_KEYFILE_TOO_MANY;
	key = &ring->keys[ring->count];
	status = read_key(words, key);
	if (status != SA_KEYFILE_OK)
		return status;
	if (sa_keyfile_find(ring, key->pair.key_id) != NULL)
		return SA_KEYFILE_DUPLICATE;
	ring->count++;
	return SA_KEYFILE_OK;
}

SaKeyfileStatus
sa_keyfile_parse(const char *text, size_t size, SaKeyRing *ring, int *line)
{
	const char *at = text;
	const char *end = text + size;
	SaKeyfileStatus status = SA_KEYFILE_OK;

	*line = 0;
	sodium_memzero(ring, sizeof(*ring));
	if (size > SA_KEYFILE_MAX)
		return SA_KEYFILE_TOO_LARGE;
	while (at < end && status == SA_KEYFILE_OK)
	{
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		const char *stop = (newline == NULL) ? end : newline;

		(*line)++;
		status = read_line(at, (size_t) (stop - at), ring);
		at = (newline == NULL) ? end : newline + 1;
	}
	if (status == SA_KEYFILE_OK)
	{
		*line = 0;
		if (ring->count > 0)
			return SA_KEYFILE_OK;
		status = SA_KEYFILE_NO_KEY;
	}
	sodium_memzero(ring, sizeof(*ring));
	return status;
}

bool
sa_keyfile_make_key(SaKey *key)
{
	uint8_t public[SA_PUBLIC_SIZE];

	if (crypto_box_keypair(public, key->secret) != 0)
		return false;
	sa_public_key_make(&key->pair, public);
	return true;
}

void
sa_keyfile_write_line(const SaKey *key, char *out)
{
	char id[SA_KEY_ID_HEX_SIZE];
	char secret[2 * SA_SECRET_KEY_SIZE + 1];

	sa_public_key_id_hex(key->pair.key_id, id);
	(void) sodium_bin2hex(secret, sizeof(secret), key->secret, sizeof(key->secret));
	(void) snprintf(out, SA_KEYFILE_LINE_MAX, "%s %s %s\n", SA_KEYFILE_WORD, id, secret);
	sodium_memzero(secret, sizeof(secret));
}

const SaKey *
sa_keyfile_find(const SaKeyRing *ring, const uint8_t *key_id)
{
	for (int i = 0; i < ring->count; i++)
	{
		if (sodium_memcmp(ring->keys[i].pair.key_id, key_id, SA_KEY_ID_SIZE) == 0)
			return &ring->keys[i];
	}
	return NULL;
}

SaOpenStatus
sa_keyfile_open_envelope(const SaKeyRing *ring, const uint8_t *sealed, size_t size,
						 const SaBinding *expected, uint8_t *work, SaInner *inner)
{
	uint8_t key_id[SA_KEY_ID_SIZE];
	const SaKey *key;

	memset(inner, 0, sizeof(*inner));
	if (ring->count == 0)
		return SA_OPEN_NO_KEY;
	if (!sa_envelope_read_key_id(sealed, size, key_id))
		return SA_OPEN_BAD_FORMAT;
	key = sa_keyfile_find(ring, key_id);
	if (key == NULL)
		return SA_OPEN_UNKNOWN_KEY;
	return sa_envelope_open(sealed, size, &key->pair, key->secret, expected, work, inner);
}

const char *
sa_keyfile_explain(SaKeyfileStatus status)
{
	switch (status)
	{
		case SA_KEYFILE_OK:
			return "is in order";
		case SA_KEYFILE_MISSING:
			return "does not exist: make it with stockalert-keygen";
		case SA_KEYFILE_UNREADABLE:
			return "cannot be read by the server's user: give it to that user, mode 0600";
		case SA_KEYFILE_NOT_REGULAR:
			return "is no regular file: name a file made with stockalert-keygen";
		case SA_KEYFILE_BAD_OWNER:
			return "belongs neither to the server's user nor to root: chown it to the server's "
				   "user";
		case SA_KEYFILE_BAD_MODE:
			return "may be read by others: chmod 0600 it, or 0640 if it belongs to root";
		case SA_KEYFILE_IN_DATA_DIRECTORY:
			return "lies in the data directory, where every base backup would carry it: move it "
				   "elsewhere";
		case SA_KEYFILE_NO_MEMORY:
			return "cannot be read for lack of memory";
		case SA_KEYFILE_TOO_LARGE:
			return "is larger than 64 KiB: it is no key file";
		case SA_KEYFILE_NO_KEY:
			return "holds no key: make one with stockalert-keygen";
		case SA_KEYFILE_BAD_LINE:
			return "has a line that is not \"stockalert-key-v1 KEY-ID SECRET\"";
		case SA_KEYFILE_BAD_KEY_ID:
			return "has a key id that is not 16 hexadecimal digits";
		case SA_KEYFILE_BAD_SECRET:
			return "has a secret that is not 64 hexadecimal digits";
		case SA_KEYFILE_MISMATCH:
			return "has a key id that does not belong to the secret beside it: one of the two is "
				   "damaged";
		case SA_KEYFILE_DUPLICATE:
			return "has the same key twice: remove one of the lines";
		case SA_KEYFILE_TOO_MANY:
			return "has more than 64 keys: remove old ones that key_status shows unused";
	}
	return "";
}
