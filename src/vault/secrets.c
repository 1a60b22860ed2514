/*
 * secrets.c: opened credentials, from opening to wiping.
 */
#include "postgres.h"

#include <sodium.h>

#include "vault/keys.h"
#include "vault/vault.h"

#define OPEN_MAX      256 /* secrets open at a time: more than messages in flight */
#define SHORTEST      4   /* a shorter secret would be found in every text */
#define SHORTEST_PART 12
#define PART_BREAKS   "/:?&=@#.,; \"{}"

/* An opened secret and what of it is looked for in texts. */
typedef struct OpenSecret
{
	char *data;
	size_t size;
	char *base64; /* behind data, in the same locked memory */
} OpenSecret;

static OpenSecret opened[OPEN_MAX];
static int opened_count = 0;
static uint8_t *work = NULL; /* sodium_malloc, for the plaintext of an envelope while it is read */

/* Copies the secret and its base64 form into locked memory of its own and lists it. */
static bool
keep_secret(const SaInner *inner, SaSecret *out)
{
	size_t base64_room =
		sodium_base64_ENCODED_LEN(inner->secret_size, sodium_base64_VARIANT_ORIGINAL);
	OpenSecret *slot = &opened[opened_count];
	char *data;

	if (opened_count == OPEN_MAX)
		return false;
	data = sodium_malloc(inner->secret_size + 1 + base64_room);
	if (data == NULL)
		return false;
	memcpy(data, inner->secret, inner->secret_size);
	data[inner->secret_size] = '\0';
	slot->data = data;
	slot->size = inner->secret_size;
	slot->base64 = data + inner->secret_size + 1;
	(void) sodium_bin2base64(slot->base64, base64_room, (const unsigned char *) data, slot->size,
							 sodium_base64_VARIANT_ORIGINAL);
	opened_count++;
	out->data = data;
	out->size = slot->size;
	memcpy(out->destination, inner->destination, inner->destination_size);
	out->destination[inner->destination_size] = '\0';
	return true;
}

SaOpenStatus
sa_vault_open(const uint8_t *sealed, size_t size, const uint8_t *installation, const char *name,
			  const char *destination, SaSecret *out)
{
	SaBinding expected = {{0}, name, destination};
	SaOpenStatus status;
	const SaKeyRing *ring;
	SaInner inner;

	memset(out, 0, sizeof(*out));
	memcpy(expected.installation, installation, SA_INSTALLATION_SIZE);
	ring = sa_keys_unlock();
	if (ring == NULL)
		return SA_OPEN_NO_KEY;
	if (work == NULL)
		work = sodium_malloc(SA_ENVELOPE_INNER_MAX);
	if (work == NULL)
	{
		sa_keys_lock();
		return SA_OPEN_NO_MEMORY;
	}
	status = sa_keyfile_open_envelope(ring, sealed, size, &expected, work, &inner);
	sa_keys_lock();
	if (status == SA_OPEN_OK && !keep_secret(&inner, out))
		status = SA_OPEN_NO_MEMORY;
	sodium_memzero(work, SA_ENVELOPE_INNER_MAX);
	return status;
}

void
sa_vault_forget(SaSecret *secret)
{
	for (int i = 0; i < opened_count && secret->data != NULL; i++)
	{
		if (opened[i].data != secret->data)
			continue;
		sodium_free(opened[i].data);
		opened[i] = opened[--opened_count];
		break;
	}
	memset(secret, 0, sizeof(*secret));
}

static int
overwrite_all(char *text, size_t length, const char *pattern, size_t size)
{
	int found = 0;

	for (size_t at = 0; at + size <= length; at++)
	{
		if (text[at] != pattern[0] || memcmp(text + at, pattern, size) != 0)
			continue;
		memset(text + at, '*', size);
		at += size - 1;
		found++;
	}
	return found;
}

/* The parts between separators: an error may quote a path, a token or an account alone. */
static int
overwrite_parts(char *text, size_t length, const OpenSecret *secret)
{
	const char *at = secret->data;
	int found = 0;

	while (*at != '\0')
	{
		size_t size = strcspn(at, PART_BREAKS);

		if (size >= SHORTEST_PART)
			found += overwrite_all(text, length, at, size);
		at += size;
		at += strspn(at, PART_BREAKS);
	}
	return found;
}

int
sa_vault_redact(char *text)
{
	size_t length = strlen(text);
	int found = 0;

	for (int i = 0; i < opened_count; i++)
	{
		const OpenSecret *secret = &opened[i];

		if (secret->size < SHORTEST)
			continue;
		found += overwrite_all(text, length, secret->data, secret->size);
		found += overwrite_all(text, length, secret->base64, strlen(secret->base64));
		found += overwrite_parts(text, length, secret);
	}
	return found;
}

/* Names the key an envelope wants and, as far as there is room, those that are loaded. */
static void
explain_unknown_key(const uint8_t *sealed, size_t size, char *out, size_t room)
{
	uint8_t key_id[SA_KEY_ID_SIZE];
	char id[SA_KEY_ID_HEX_SIZE];
	const SaKeyRing *ring;
	size_t used;

	if (!sa_envelope_read_key_id(sealed, size, key_id))
		return;
	sa_public_key_id_hex(key_id, id);
	used = (size_t) snprintf(
		out, room, "%s; it needs key %s, loaded:", sa_envelope_explain(SA_OPEN_UNKNOWN_KEY), id);
	ring = sa_keys_unlock();
	for (int i = 0; ring != NULL && i < ring->count && used + SA_KEY_ID_HEX_SIZE + 1 < room; i++)
	{
		sa_public_key_id_hex(ring->keys[i].pair.key_id, id);
		used += (size_t) snprintf(out + used, room - used, " %s", id);
	}
	sa_keys_lock();
}

void
sa_vault_explain(SaOpenStatus status, const uint8_t *sealed, size_t size, char *out, size_t room)
{
	strlcpy(out, sa_envelope_explain(status), room);
	if (status == SA_OPEN_UNKNOWN_KEY)
		explain_unknown_key(sealed, size, out, room);
}
