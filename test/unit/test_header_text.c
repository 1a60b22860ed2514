/*
 * test_header_text.c: headers hold no control character and words of at most 75 characters that
 * decode to the text.
 */
#include "unit.h"

#include <stdbool.h>
#include <stdint.h>
#include <sodium.h>

#include "pure/header_text.h"
#include "pure/utf8.h"

#define SUBJECT 9

/* Decodes "=?UTF-8?B?...?=" words joined by CRLF SPACE; false where the form is wrong anywhere. */
static bool
decode(const char *header, size_t column, char *out, size_t room)
{
	size_t length = 0;

	if (strncmp(header, "\r\n ", 3) == 0)
	{
		header += 3;
		column = 1;
	}
	for (;;)
	{
		const char *end = strstr(header, "?=");
		size_t decoded = 0;

		if (strncmp(header, "=?UTF-8?B?", 10) != 0 || end == NULL)
			return false;
		if (end + 2 - header > 75 || column + (size_t) (end + 2 - header) > 76)
			return false;
		if (sodium_base642bin((unsigned char *) out + length, room - length, header + 10,
							  (size_t) (end - header) - 10, NULL, &decoded, NULL,
							  sodium_base64_VARIANT_ORIGINAL) != 0)
			return false;
		/* Each word alone is whole characters. */
		if (!sa_utf8_valid(out + length, decoded))
			return false;
		length += decoded;
		header = end + 2;
		column = 1;
		if (*header == '\0')
			break;
		if (strncmp(header, "\r\n ", 3) != 0)
			return false;
		header += 3;
	}
	out[length] = '\0';
	return true;
}

static void
check_encoded(const char *text, const char *expected, size_t column)
{
	char header[16384];
	char decoded[8192];
	size_t length = strlen(text);
	size_t needed = sa_header_text(NULL, 0, text, length, column);

	CHECK_INT(sa_header_text(header, sizeof(header), text, length, column), needed);
	CHECK_INT(strlen(header), needed);
	CHECK_ROW(decode(header, column, decoded, sizeof(decoded)), text);
	CHECK_STR(decoded, expected);
}

static void
test_subject(void)
{
	char out[256];
	char long_text[2000];
	char repeated[2401];

	(void) sa_header_text(out, sizeof(out), "Low Stock Alert: Oat milk", 25, SUBJECT);
	CHECK_STR(out, "Low Stock Alert: Oat milk");
	(void) sa_header_text(out, sizeof(out), "\xe2\x98\x95", 3, SUBJECT);
	CHECK_STR(out, "=?UTF-8?B?4piV?=");
	check_encoded("\xe2\x9a\xa0\xef\xb8\x8f Low Stock Alert: Caf\xc3\xa9 au lait, extra long name "
				  "of an item \xf0\x9f\x9a\xa8",
				  "\xe2\x9a\xa0\xef\xb8\x8f Low Stock Alert: Caf\xc3\xa9 au lait, extra long name "
				  "of an item \xf0\x9f\x9a\xa8",
				  SUBJECT);
	check_encoded("=?UTF-8?B?WA==?=", "=?UTF-8?B?WA==?=", SUBJECT);
	check_encoded(" leading", " leading", SUBJECT);
	check_encoded("x\r\nBcc: evil@example.com\r\n\r\nbody", "x  Bcc: evil@example.com    body",
				  SUBJECT);
	check_encoded("nul \x01\x7f\xc2\x85 bad \xff", "nul     bad \xef\xbf\xbd", SUBJECT);
	check_encoded("\xc3\xa9", "\xc3\xa9", 70);
	check_encoded("\xc3\xa9", "\xc3\xa9", 200);
	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	check_encoded(long_text, long_text, SUBJECT);
	/* Four-byte characters at every offset against the end of a word. */
	for (size_t shift = 0; shift < 8; shift++)
	{
		size_t at = shift;

		memset(repeated, 'b', shift);
		while (at + 4 < sizeof(repeated))
		{
			memcpy(repeated + at, "\xf0\x9f\x9a\xa8", 4);
			at += 4;
		}
		repeated[at] = '\0';
		check_encoded(repeated, repeated, SUBJECT);
	}
	CHECK_INT(sa_header_text(out, sizeof(out), "", 0, SUBJECT), 0);
}

static void
test_phrase(void)
{
	static const char *const encoded[] = {"Miller, Ann", "a@b.c", "\"x\"", "<x>",  "x (y)",
										  "Jos\xc3\xa9", "a\nb",  "a.b",   "x;y:z"};
	char out[256];

	(void) sa_header_phrase(out, sizeof(out), "Ann Miller-Smith", 16, 6);
	CHECK_STR(out, "Ann Miller-Smith");
	for (size_t i = 0; i < sizeof(encoded) / sizeof(encoded[0]); i++)
	{
		(void) sa_header_phrase(out, sizeof(out), encoded[i], strlen(encoded[i]), 6);
		CHECK_ROW(strncmp(out, "=?UTF-8?B?", 10) == 0, encoded[i]);
		CHECK_ROW(strpbrk(out, "\r\n<>\",;:@") == NULL, encoded[i]);
	}
}

int
main(void)
{
	test_subject();
	test_phrase();
	CHECK(sa_header_safe("AZaz09 ~!") && sa_header_safe(""));
	CHECK(!sa_header_safe("a\rb") && !sa_header_safe("a\nb") && !sa_header_safe("\x7f") &&
		  !sa_header_safe("\xc3\xa9") && !sa_header_safe("\t"));
	return unit_end();
}
