/*
 * test_envelope.c: what opens, and everything that must not.
 */
#include "pure/envelope.h"
#include "pure/keyfile.h"

#include <stdlib.h>

#include <sodium.h>

#include "golden_v1.h"
#include "unit.h"

static SaKeyRing ring;
static uint8_t work[SA_ENVELOPE_INNER_MAX];
static uint8_t golden[SA_ENVELOPE_MAX];
static size_t golden_size;

static SaBinding
make_binding(const char *name, const char *destination)
{
	SaBinding binding = {{0}, name, destination};

	for (int i = 0; i < SA_INSTALLATION_SIZE; i++)
		binding.installation[i] = (uint8_t) (0x10 + i);
	return binding;
}

/* The bytes are opened from a block of exactly their size, so that ASan sees a read past them. */
static SaOpenStatus
open_bytes(const uint8_t *bytes, size_t size, const SaBinding *binding, SaInner *inner)
{
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	SaOpenStatus status;

	memcpy(exact, bytes, size);
	status = sa_keyfile_open_envelope(&ring, exact, size, binding, work, inner);
	free(exact);
	return status;
}

static void
check_golden(void)
{
	SaBinding binding = make_binding(GOLDEN_NAME, GOLDEN_DESTINATION);
	SaInner inner;
	char text[SA_ENVELOPE_TEXT_MAX + 1];
	int line;

	CHECK_INT(sa_keyfile_parse(GOLDEN_LINE, strlen(GOLDEN_LINE), &ring, &line), SA_KEYFILE_OK);
	CHECK(sa_envelope_read_text(GOLDEN_TEXT, strlen(GOLDEN_TEXT), golden, sizeof(golden),
								&golden_size));
	CHECK_INT(open_bytes(golden, golden_size, &binding, &inner), SA_OPEN_OK);
	CHECK_INT(inner.secret_size, strlen(GOLDEN_SECRET));
	CHECK(memcmp(inner.secret, GOLDEN_SECRET, inner.secret_size) == 0);
	CHECK(sa_envelope_write_text(golden, golden_size, text, sizeof(text)));
	CHECK_STR(text, GOLDEN_TEXT);
	binding.destination = NULL;
	CHECK_INT(open_bytes(golden, golden_size, &binding, &inner), SA_OPEN_OK);
	CHECK(inner.destination_size == strlen(GOLDEN_DESTINATION) &&
		  memcmp(inner.destination, GOLDEN_DESTINATION, inner.destination_size) == 0);
}

static void
check_every_bit(void)
{
	SaBinding binding = make_binding(GOLDEN_NAME, GOLDEN_DESTINATION);
	uint8_t copy[SA_ENVELOPE_MAX];
	SaInner inner;

	memcpy(copy, golden, golden_size);
	for (size_t bit = 0; bit < golden_size * 8; bit++)
	{
		SaOpenStatus expected = SA_OPEN_WRONG_KEY;

		if (bit / 8 < 4)
			expected = SA_OPEN_BAD_FORMAT;
		else if (bit / 8 < SA_ENVELOPE_HEADER)
			expected = SA_OPEN_UNKNOWN_KEY;
		copy[bit / 8] ^= (uint8_t) (1U << (bit % 8));
		CHECK_INT(open_bytes(copy, golden_size, &binding, &inner), expected);
		CHECK(inner.secret == NULL);
		copy[bit / 8] ^= (uint8_t) (1U << (bit % 8));
	}
}

static void
check_every_length(void)
{
	SaBinding binding = make_binding(GOLDEN_NAME, GOLDEN_DESTINATION);
	uint8_t longer[SA_ENVELOPE_MAX + 1] = {0};
	SaInner inner;

	for (size_t size = 0; size < golden_size; size++)
		CHECK_INT(open_bytes(golden, size, &binding, &inner), SA_OPEN_BAD_FORMAT);
	memcpy(longer, golden, golden_size);
	CHECK_INT(open_bytes(longer, golden_size + 1, &binding, &inner), SA_OPEN_BAD_FORMAT);
	CHECK_INT(open_bytes(longer, golden_size + SA_ENVELOPE_BLOCK, &binding, &inner),
			  SA_OPEN_WRONG_KEY);
	CHECK_INT(open_bytes(longer, sizeof(longer), &binding, &inner), SA_OPEN_BAD_FORMAT);
}

static void
check_bindings(void)
{
	SaBinding moved = make_binding(GOLDEN_NAME, GOLDEN_DESTINATION);
	SaInner inner;

	for (int i = 0; i < SA_INSTALLATION_SIZE; i++)
	{
		moved.installation[i] ^= 1;
		CHECK_INT(open_bytes(golden, golden_size, &moved, &inner), SA_OPEN_WRONG_INSTALLATION);
		moved.installation[i] ^= 1;
	}
	moved.name = "slack";
	CHECK_INT(open_bytes(golden, golden_size, &moved, &inner), SA_OPEN_WRONG_NAME);
	moved.name = "slack:opt";
	CHECK_INT(open_bytes(golden, golden_size, &moved, &inner), SA_OPEN_WRONG_NAME);
	moved.name = GOLDEN_NAME;
	moved.destination = "hooks.slack.com:4433";
	CHECK_INT(open_bytes(golden, golden_size, &moved, &inner), SA_OPEN_WRONG_DESTINATION);
	moved.destination = "hooks.slack.con:443";
	CHECK_INT(open_bytes(golden, golden_size, &moved, &inner), SA_OPEN_WRONG_DESTINATION);
	moved.destination = "";
	CHECK_INT(open_bytes(golden, golden_size, &moved, &inner), SA_OPEN_WRONG_DESTINATION);
}

/* A key of the right id whose secret is another one, and no keys at all. */
static void
check_keys(void)
{
	SaBinding binding = make_binding(GOLDEN_NAME, GOLDEN_DESTINATION);
	SaKeyRing other = ring;
	SaInner inner;

	other.keys[0].secret[5] ^= 1;
	CHECK_INT(sa_keyfile_open_envelope(&other, golden, golden_size, &binding, work, &inner),
			  SA_OPEN_WRONG_KEY);
	CHECK(sa_keyfile_make_key(&other.keys[0]));
	CHECK_INT(sa_keyfile_open_envelope(&other, golden, golden_size, &binding, work, &inner),
			  SA_OPEN_UNKNOWN_KEY);
	other.keys[1] = ring.keys[0];
	other.count = 2;
	CHECK_INT(sa_keyfile_open_envelope(&other, golden, golden_size, &binding, work, &inner),
			  SA_OPEN_OK);
	other.count = 0;
	CHECK_INT(sa_keyfile_open_envelope(&other, golden, golden_size, &binding, work, &inner),
			  SA_OPEN_NO_KEY);
}

typedef struct SealRow
{
	const char *name;
	const char *destination;
	const char *secret;
	SaSealStatus expected;
} SealRow;

static const SealRow seal_rows[] = {
	{"square", "connect.squareup.com:443", "EAAAl", SA_SEAL_OK},
	{"smtp", "10.0.0.5:587", "p\xc3\xa4ss w\xc3\xb6rd", SA_SEAL_OK},
	{"smtp", "mail_relay:25", "x", SA_SEAL_OK},
	{"Square", "connect.squareup.com:443", "x", SA_SEAL_BAD_NAME},
	{"", "connect.squareup.com:443", "x", SA_SEAL_BAD_NAME},
	{"square", "Connect.squareup.com:443", "x", SA_SEAL_BAD_DESTINATION},
	{"square", "connect.squareup.com", "x", SA_SEAL_BAD_DESTINATION},
	{"square", "a.b:443\r\nx", "x", SA_SEAL_BAD_DESTINATION},
	{"square", "connect.squareup.com:443", "", SA_SEAL_EMPTY},
	{"square", "connect.squareup.com:443", "a b", SA_SEAL_BAD_CHARSET},
	{"square", "connect.squareup.com:443", "a\rb", SA_SEAL_BAD_CHARSET},
	{"square", "connect.squareup.com:443", "a\nb", SA_SEAL_BAD_CHARSET},
	{"square", "connect.squareup.com:443", "\xc3\xa4", SA_SEAL_BAD_CHARSET},
	{"smtp", "mail.example.com:587", "a\nb", SA_SEAL_BAD_CHARSET},
	{"smtp", "mail.example.com:587", "a\x7f", SA_SEAL_BAD_CHARSET},
	{"smtp", "mail.example.com:587", "a\tb", SA_SEAL_BAD_CHARSET},
};

static void
check_sealing(void)
{
	uint8_t out[SA_ENVELOPE_MAX];
	size_t size;
	SaInner inner;

	for (size_t i = 0; i < sizeof(seal_rows) / sizeof(seal_rows[0]); i++)
	{
		const SealRow *row = &seal_rows[i];
		SaBinding binding = make_binding(row->name, row->destination);
		SaSealStatus status = sa_envelope_seal(&ring.keys[0].pair, &binding, row->secret,
											   strlen(row->secret), work, out, &size);

		CHECK_ROW(status == row->expected, row->secret);
		if (status != SA_SEAL_OK)
			continue;
		CHECK_INT(size % SA_ENVELOPE_BLOCK, SA_ENVELOPE_OVERHEAD);
		CHECK_ROW(open_bytes(out, size, &binding, &inner) == SA_OPEN_OK, row->name);
		CHECK_ROW(inner.secret_size == strlen(row->secret) &&
					  memcmp(inner.secret, row->secret, inner.secret_size) == 0,
				  row->name);
	}
}

/* The longest of everything fits, and its text is as long as the bound says. */
static void
check_limits(void)
{
	char destination[SA_DESTINATION_MAX + 1] = "";
	char secret[SA_SECRET_MAX + 1];
	char text[SA_ENVELOPE_TEXT_MAX + 1];
	uint8_t out[SA_ENVELOPE_MAX];
	uint8_t back[SA_ENVELOPE_MAX];
	size_t size;
	size_t back_size;
	SaInner inner;
	SaBinding binding =
		make_binding("square_webhook:abcdefghijklmnopqrstuvwxyz012345", destination);

	memset(destination, 'a', sizeof(destination));
	for (int i = 50; i < SA_DESTINATION_MAX - 6; i += 50)
		destination[i] = '.';
	memcpy(destination + SA_DESTINATION_MAX - 6, ":65535", 7);
	memset(secret, 'S', sizeof(secret));
	CHECK_INT(strlen(binding.name), SA_CREDENTIAL_NAME_MAX);
	CHECK_INT(
		sa_envelope_seal(&ring.keys[0].pair, &binding, secret, SA_SECRET_MAX, work, out, &size),
		SA_SEAL_OK);
	CHECK_INT(open_bytes(out, size, &binding, &inner), SA_OPEN_OK);
	CHECK_INT(inner.secret_size, SA_SECRET_MAX);
	CHECK(sa_envelope_write_text(out, size, text, sizeof(text)));
	CHECK(sa_envelope_read_text(text, strlen(text), back, sizeof(back), &back_size));
	CHECK(back_size == size && memcmp(back, out, size) == 0);
	CHECK_INT(
		sa_envelope_seal(&ring.keys[0].pair, &binding, secret, SA_SECRET_MAX + 1, work, out, &size),
		SA_SEAL_TOO_LONG);
}

/* Seals an inner form built by hand, which a well-behaved client would never send. */
static SaOpenStatus
open_inner(const uint8_t *bytes, size_t size, SaInner *inner)
{
	SaBinding binding = make_binding("smtp", NULL);
	uint8_t padded[SA_ENVELOPE_INNER_MAX];
	uint8_t out[SA_ENVELOPE_MAX];
	size_t padded_size = 0;

	memcpy(padded, bytes, size);
	CHECK(sodium_pad(&padded_size, padded, size, SA_ENVELOPE_BLOCK, sizeof(padded)) == 0);
	memcpy(out, golden, SA_ENVELOPE_HEADER);
	CHECK(crypto_box_seal(out + SA_ENVELOPE_HEADER, padded, padded_size,
						  ring.keys[0].pair.public) == 0);
	return open_bytes(out, SA_ENVELOPE_OVERHEAD + padded_size, &binding, inner);
}

static size_t
hand_built(uint8_t *out, const char *name, const char *destination, const char *secret, size_t n)
{
	uint8_t *at = out;

	memcpy(at, "SAI\x01\x01", 5);
	at += 5;
	for (int i = 0; i < SA_INSTALLATION_SIZE; i++)
		*at++ = (uint8_t) (0x10 + i);
	*at++ = (uint8_t) strlen(name);
	memcpy(at, name, strlen(name));
	at += strlen(name);
	*at++ = (uint8_t) strlen(destination);
	memcpy(at, destination, strlen(destination));
	at += strlen(destination);
	*at++ = (uint8_t) (n >> 8);
	*at++ = (uint8_t) (n & 0xff);
	memcpy(at, secret, n);
	return (size_t) (at - out) + n;
}

static void
check_hostile_inner(void)
{
	uint8_t bytes[512];
	SaInner inner;
	size_t n = hand_built(bytes, "smtp", "m:25", "secret", 6);

	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_OK);
	bytes[n] = 'x';
	CHECK_INT(open_inner(bytes, n + 1, &inner), SA_OPEN_BAD_FORMAT);
	for (size_t cut = 0; cut < n; cut++)
		CHECK_INT(open_inner(bytes, cut, &inner), SA_OPEN_BAD_FORMAT);
	bytes[3] = 2; /* version */
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_FORMAT);
	bytes[3] = 1;
	bytes[4] = 2; /* purpose */
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_FORMAT);
	n = hand_built(bytes, "smtp", "m:25", "se\0ret", 6);
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_CHARSET);
	n = hand_built(bytes, "smtp", "m:25", "se\r\nret", 7);
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_CHARSET);
	CHECK(inner.secret == NULL);
	n = hand_built(bytes, "smtp", "m:25", "", 0);
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_FORMAT);
	n = hand_built(bytes, "smtp", "m:25\n", "x", 1);
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_FORMAT);
	n = hand_built(bytes, "postgres", "m:25", "x", 1);
	CHECK_INT(open_inner(bytes, n, &inner), SA_OPEN_BAD_FORMAT);
}

static void
check_text(void)
{
	static const char *const refused[] = {
		"", "sa1:", "sa1", "SA1:AAAA", "sa2:AAAA", " sa1:AAAA", "sa1:AAAA\n", "sa1:AA==", "sa1:A*",
	};
	uint8_t out[SA_ENVELOPE_MAX];
	size_t size;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_ROW(!sa_envelope_read_text(refused[i], strlen(refused[i]), out, sizeof(out), &size),
				  refused[i]);
	CHECK(sa_envelope_read_text("sa1:AAAA", 8, out, sizeof(out), &size) && size == 3);
	CHECK(!sa_envelope_read_key_id(out, size, out));
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	check_golden();
	check_every_bit();
	check_every_length();
	check_bindings();
	check_keys();
	check_sealing();
	check_limits();
	check_hostile_inner();
	check_text();
	for (int status = SA_OPEN_OK; status <= SA_OPEN_BAD_CHARSET; status++)
		CHECK(sa_envelope_explain((SaOpenStatus) status)[0] != '\0');
	return unit_end();
}
