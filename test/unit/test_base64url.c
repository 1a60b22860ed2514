/*
 * test_base64url.c: RFC 4648 vectors, round trips, and every refusal.
 */
#include "pure/base64url.h"

#include <stdbool.h>
#include <stdint.h>

#include "unit.h"

typedef struct Vector
{
	const char *bytes;
	size_t size;
	const char *text;
} Vector;

static const Vector vectors[] = {
	{"", 0, ""},
	{"f", 1, "Zg"},
	{"fo", 2, "Zm8"},
	{"foo", 3, "Zm9v"},
	{"foob", 4, "Zm9vYg"},
	{"fooba", 5, "Zm9vYmE"},
	{"foobar", 6, "Zm9vYmFy"},
	{"\xfb\xff", 2, "-_8"},
	{"\0\0\0", 3, "AAAA"},
};

static const char *const refused[] = {
	"Z",    /* no such length */
	"Zg==", /* padding */
	"Zh",   /* spare bits not zero */
	"Zm9",  /* likewise */
	"Zm8=", "Zm9v\n", "Zm 9v", " Zm9v", "Zm+v", "Zm/v", "Zm9v.", "Zm\x80v",
};

static void
check_vectors(void)
{
	char text[64];
	uint8_t bytes[64];
	size_t size;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		const Vector *v = &vectors[i];

		CHECK_ROW(sa_base64url_encode(text, sizeof(text), (const uint8_t *) v->bytes, v->size),
				  v->text);
		CHECK_STR(text, v->text);
		CHECK_INT(strlen(v->text), SA_BASE64URL_LENGTH(v->size));
		CHECK_INT(SA_BASE64URL_BYTES(strlen(v->text)), v->size);
		CHECK_ROW(sa_base64url_decode(bytes, sizeof(bytes), v->text, strlen(v->text), &size),
				  v->text);
		CHECK_INT(size, v->size);
		CHECK_ROW(memcmp(bytes, v->bytes, v->size) == 0, v->text);
	}
}

static void
check_refusals(void)
{
	uint8_t bytes[64];
	size_t size;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_ROW(!sa_base64url_decode(bytes, sizeof(bytes), refused[i], strlen(refused[i]), &size),
				  refused[i]);
	/* Every byte but the 64 digits, in the last place of a group of four. */
	for (int c = 0; c < 256; c++)
	{
		char text[4] = {'Z', 'm', '9', (char) c};
		bool digit = c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
					 (c >= 'a' && c <= 'z');

		CHECK(sa_base64url_decode(bytes, sizeof(bytes), text, 4, &size) == digit);
	}
}

/* The room that is just enough, and one less. */
static void
check_room(void)
{
	uint8_t bytes[48];
	char text[65];
	uint8_t back[48];
	size_t size;

	for (size_t n = 0; n <= sizeof(bytes); n++)
	{
		size_t length = SA_BASE64URL_LENGTH(n);

		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t) (i * 37 + n);
		CHECK(!sa_base64url_encode(text, length, bytes, n));
		CHECK(sa_base64url_encode(text, length + 1, bytes, n));
		CHECK(sa_base64url_decode(back, n, text, length, &size));
		CHECK(size == n && memcmp(back, bytes, n) == 0);
		if (n > 0)
			CHECK(!sa_base64url_decode(back, n - 1, text, length, &size));
	}
}

int
main(void)
{
	check_vectors();
	check_refusals();
	check_room();
	return unit_end();
}
