/*
 * envelope.c: builds and opens version 1 of the sealed credential.
 */
#include "pure/envelope.h"

#include <string.h>

#include <sodium.h>

static const uint8_t outer_magic[4] = {'S', 'A', 'E', 1};
static const uint8_t inner_magic[4] = {'S', 'A', 'I', 1};

_Static_assert(crypto_box_SEALBYTES == 48, "the overhead of a sealed box is part of the format");
_Static_assert(crypto_box_PUBLICKEYBYTES == SA_PUBLIC_SIZE, "keys are X25519");
_Static_assert(SA_ENVELOPE_INNER_MAX % SA_ENVELOPE_BLOCK == 0, "inner envelopes are whole blocks");

/* A position in a buffer; reads and writes stay inside it and remember a failure. */
typedef struct SaCursor
{
	const uint8_t *at;
	size_t left;
	bool failed;
} SaCursor;

static const uint8_t *
take_bytes(SaCursor *cursor, size_t size)
{
	const uint8_t *bytes = cursor->at;

	if (cursor->failed || cursor->left < size)
	{
		cursor->failed = true;
		return NULL;
	}
	cursor->at += size;
	cursor->left -= size;
	return bytes;
}

/* Reads a length of width bytes, big end first, and as many bytes as it says. */
static const char *
take_counted(SaCursor *cursor, size_t width, size_t *size)
{
	const uint8_t *length = take_bytes(cursor, width);

	*size = 0;
	if (length == NULL)
		return NULL;
	for (size_t i = 0; i < width; i++)
		*size = (*size << 8) | length[i];
	return (const char *) take_bytes(cursor, *size);
}

SaOpenStatus
sa_envelope_parse_inner(const uint8_t *bytes, size_t size, SaInner *inner)
{
	SaCursor cursor = {bytes, 0, false};
	const uint8_t *magic;
	const uint8_t *purpose;

	memset(inner, 0, sizeof(*inner));
	if (size < SA_ENVELOPE_BLOCK || size > SA_ENVELOPE_INNER_MAX || size % SA_ENVELOPE_BLOCK != 0 ||
		sodium_unpad(&cursor.left, bytes, size, SA_ENVELOPE_BLOCK) != 0)
		return SA_OPEN_BAD_FORMAT;
	magic = take_bytes(&cursor, sizeof(inner_magic));
	purpose = take_bytes(&cursor, 1);
	inner->installation = take_bytes(&cursor, SA_INSTALLATION_SIZE);
	inner->name = take_counted(&cursor, 1, &inner->name_size);
	inner->destination = take_counted(&cursor, 1, &inner->destination_size);
	inner->secret = take_counted(&cursor, 2, &inner->secret_size);
	if (cursor.failed || cursor.left != 0)
		return SA_OPEN_BAD_FORMAT;
	if (memcmp(magic, inner_magic, sizeof(inner_magic)) != 0 || *purpose != SA_ENVELOPE_PURPOSE)
		return SA_OPEN_BAD_FORMAT;
	if (inner->secret_size < 1 || inner->secret_size > SA_SECRET_MAX ||
		sa_credential_kind(inner->name, inner->name_size) == SA_CREDENTIAL_INVALID ||
		!sa_credential_destination_valid(inner->destination, inner->destination_size))
		return SA_OPEN_BAD_FORMAT;
	return SA_OPEN_OK;
}

static uint8_t *
put_bytes(uint8_t *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

static SaSealStatus
check_parts(const SaBinding *binding, const char *secret, size_t secret_size)
{
	SaCredentialKind kind = sa_credential_kind(binding->name, strlen(binding->name));

	if (kind == SA_CREDENTIAL_INVALID)
		return SA_SEAL_BAD_NAME;
	if (!sa_credential_destination_valid(binding->destination, strlen(binding->destination)))
		return SA_SEAL_BAD_DESTINATION;
	if (secret_size < 1)
		return SA_SEAL_EMPTY;
	if (secret_size > SA_SECRET_MAX)
		return SA_SEAL_TOO_LONG;
	if (!sa_credential_charset_valid(kind, secret, secret_size))
		return SA_SEAL_BAD_CHARSET;
	return SA_SEAL_OK;
}

/* Writes the padded inner form; the sizes have been checked, so that it always fits. */
static bool
build_inner(const SaBinding *binding, const char *secret, size_t secret_size, uint8_t *work,
			size_t *size)
{
	uint8_t name_size = (uint8_t) strlen(binding->name);
	uint8_t destination_size = (uint8_t) strlen(binding->destination);
	uint8_t counted[2] = {(uint8_t) (secret_size >> 8), (uint8_t) (secret_size & 0xff)};
	uint8_t purpose = SA_ENVELOPE_PURPOSE;
	uint8_t *at = work;

	at = put_bytes(at, inner_magic, sizeof(inner_magic));
	at = put_bytes(at, &purpose, 1);
	at = put_bytes(at, binding->installation, SA_INSTALLATION_SIZE);
	at = put_bytes(at, &name_size, 1);
	at = put_bytes(at, binding->name, name_size);
	at = put_bytes(at, &destination_size, 1);
	at = put_bytes(at, binding->destination, destination_size);
	at = put_bytes(at, counted, sizeof(counted));
	at = put_bytes(at, secret, secret_size);
	return sodium_pad(size, work, (size_t) (at - work), SA_ENVELOPE_BLOCK, SA_ENVELOPE_INNER_MAX) ==
		   0;
}

SaSealStatus
sa_envelope_seal(const SaPublicKey *key, const SaBinding *binding, const char *secret,
				 size_t secret_size, uint8_t *work, uint8_t *out, size_t *out_size)
{
	SaSealStatus status = check_parts(binding, secret, secret_size);
	size_t inner_size = 0;

	*out_size = 0;
	if (status != SA_SEAL_OK)
		return status;
	if (!build_inner(binding, secret, secret_size, work, &inner_size))
		return SA_SEAL_NO_ROOM;
	(void) put_bytes(put_bytes(out, outer_magic, sizeof(outer_magic)), key->key_id, SA_KEY_ID_SIZE);
	if (crypto_box_seal(out + SA_ENVELOPE_HEADER, work, inner_size, key->public) != 0)
		return SA_SEAL_NO_ROOM;
	*out_size = SA_ENVELOPE_OVERHEAD + inner_size;
	return SA_SEAL_OK;
}

bool
sa_envelope_read_key_id(const uint8_t *sealed, size_t size, uint8_t *key_id)
{
	if (size < SA_ENVELOPE_OVERHEAD + SA_ENVELOPE_BLOCK || size > SA_ENVELOPE_MAX ||
		(size - SA_ENVELOPE_OVERHEAD) % SA_ENVELOPE_BLOCK != 0 ||
		memcmp(sealed, outer_magic, sizeof(outer_magic)) != 0)
		return false;
	memcpy(key_id, sealed + sizeof(outer_magic), SA_KEY_ID_SIZE);
	return true;
}

static bool
same_text(const char *found, size_t size, const char *expected)
{
	return strlen(expected) == size && sodium_memcmp(found, expected, size) == 0;
}

/* Compares what is inside with what the caller is about to use it for. */
static SaOpenStatus
check_binding(const SaInner *inner, const SaBinding *expected)
{
	if (sodium_memcmp(inner->installation, expected->installation, SA_INSTALLATION_SIZE) != 0)
		return SA_OPEN_WRONG_INSTALLATION;
	if (!same_text(inner->name, inner->name_size, expected->name))
		return SA_OPEN_WRONG_NAME;
	if (expected->destination != NULL &&
		!same_text(inner->destination, inner->destination_size, expected->destination))
		return SA_OPEN_WRONG_DESTINATION;
	if (!sa_credential_charset_valid(sa_credential_kind(inner->name, inner->name_size),
									 inner->secret, inner->secret_size))
		return SA_OPEN_BAD_CHARSET;
	return SA_OPEN_OK;
}

SaOpenStatus
sa_envelope_open(const uint8_t *sealed, size_t size, const SaPublicKey *key,
				 const uint8_t *secret_key, const SaBinding *expected, uint8_t *work,
				 SaInner *inner)
{
	uint8_t key_id[SA_KEY_ID_SIZE];
	SaOpenStatus status;

	memset(inner, 0, sizeof(*inner));
	if (!sa_envelope_read_key_id(sealed, size, key_id))
		return SA_OPEN_BAD_FORMAT;
	if (sodium_memcmp(key_id, key->key_id, SA_KEY_ID_SIZE) != 0)
		return SA_OPEN_UNKNOWN_KEY;
	if (crypto_box_seal_open(work, sealed + SA_ENVELOPE_HEADER, size - SA_ENVELOPE_HEADER,
							 key->public, secret_key) != 0)
		return SA_OPEN_WRONG_KEY;
	status = sa_envelope_parse_inner(work, size - SA_ENVELOPE_OVERHEAD, inner);
	if (status == SA_OPEN_OK)
		status = check_binding(inner, expected);
	if (status != SA_OPEN_OK)
		memset(inner, 0, sizeof(*inner));
	return status;
}

bool
sa_envelope_write_text(const uint8_t *sealed, size_t size, char *out, size_t room)
{
	size_t prefix = strlen(SA_ENVELOPE_PREFIX);

	if (size > SA_ENVELOPE_MAX || room <= prefix)
		return false;
	memcpy(out, SA_ENVELOPE_PREFIX, prefix);
	return sa_base64url_encode(out + prefix, room - prefix, sealed, size);
}

bool
sa_envelope_read_text(const char *text, size_t length, uint8_t *out, size_t room, size_t *size)
{
	size_t prefix = strlen(SA_ENVELOPE_PREFIX);

	*size = 0;
	if (length <= prefix || length > SA_ENVELOPE_TEXT_MAX ||
		memcmp(text, SA_ENVELOPE_PREFIX, prefix) != 0)
		return false;
	return sa_base64url_decode(out, room, text + prefix, length - prefix, size);
}

const char *
sa_envelope_state(SaOpenStatus status)
{
	switch (status)
	{
		case SA_OPEN_OK:
			return "ok";
		case SA_OPEN_NO_KEY:
		case SA_OPEN_NO_MEMORY:
			return "pending";
		case SA_OPEN_BAD_FORMAT:
			return "bad_format";
		case SA_OPEN_UNKNOWN_KEY:
			return "unknown_key";
		case SA_OPEN_WRONG_KEY:
			return "wrong_key";
		case SA_OPEN_WRONG_INSTALLATION:
		case SA_OPEN_WRONG_NAME:
		case SA_OPEN_WRONG_DESTINATION:
			return "bad_binding";
		case SA_OPEN_BAD_CHARSET:
			return "bad_charset";
	}
	return "bad_format";
}

const char *
sa_envelope_explain(SaOpenStatus status)
{
	switch (status)
	{
		case SA_OPEN_OK:
			return "it opens";
		case SA_OPEN_NO_KEY:
			return "no key is loaded: make one with stockalert-keygen and set stockalert.key_file";
		case SA_OPEN_NO_MEMORY:
			return "there is no memory to open it";
		case SA_OPEN_BAD_FORMAT:
			return "it is not a whole envelope of version 1: seal and set it again";
		case SA_OPEN_UNKNOWN_KEY:
			return "it is sealed for a key that is not in the key file: bring that key back, or "
				   "seal it again";
		case SA_OPEN_WRONG_KEY:
			return "it is damaged or forged: seal and set it again";
		case SA_OPEN_WRONG_INSTALLATION:
			return "it is sealed for another installation: seal it with the installation of "
				   "stockalert.public_key()";
		case SA_OPEN_WRONG_NAME:
			return "it is sealed under another name: seal it with the name it is set under";
		case SA_OPEN_WRONG_DESTINATION:
			return "it is sealed for another host: seal it for the host and port it is sent to";
		case SA_OPEN_BAD_CHARSET:
			return "it holds a space, a control character or a letter that its kind may not have: "
				   "seal it again";
	}
	return "";
}

const char *
sa_envelope_explain_seal(SaSealStatus status)
{
	switch (status)
	{
		case SA_SEAL_OK:
			return "it is sealed";
		case SA_SEAL_BAD_NAME:
			return "the name is no credential's: use square, square_webhook, slack, twilio, smtp "
				   "or webhook, with a label as in slack:ops";
		case SA_SEAL_BAD_DESTINATION:
			return "the destination is not host:port with the host in lower case, such as "
				   "mail.example.com:587";
		case SA_SEAL_EMPTY:
			return "the secret is empty";
		case SA_SEAL_TOO_LONG:
			return "the secret is longer than 4096 bytes";
		case SA_SEAL_BAD_CHARSET:
			return "the secret holds a line break, another control character, or (unless it is a "
				   "mail password) a space or a letter outside ASCII";
		case SA_SEAL_NO_ROOM:
			return "it cannot be sealed for this public key";
		case SA_SEAL_NO_KEY:
			return "no key is loaded: make one with stockalert-keygen and set stockalert.key_file";
	}
	return "";
}
