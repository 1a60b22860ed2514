/*
 * fuzz_header_text.c: no input makes a second header line, a long word or an address with a way
 * out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/email_address.h"
#include "pure/header_text.h"
#include "pure/mail_text.h"
#include "pure/utf8.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static void
check_header(const char *header, size_t column)
{
	size_t line = column;

	for (const char *c = header; *c != '\0'; c++)
	{
		if (c[0] == '\r' && c[1] == '\n' && c[2] == ' ')
		{
			line = 0;
			c++;
			continue;
		}
		require(*c >= 0x20 && *c <= 0x7e);
		line++;
		require(line <= 76 || column > 60);
	}
}

static void
try_header(const char *text, size_t size, size_t column)
{
	size_t needed = sa_header_text(NULL, 0, text, size, column);
	char *out = malloc(needed + 1);

	if (out == NULL)
		return;
	require(sa_header_text(out, needed + 1, text, size, column) == needed && strlen(out) == needed);
	check_header(out, column);
	free(out);
	needed = sa_header_phrase(NULL, 0, text, size, column);
	out = malloc(needed + 1);
	if (out == NULL)
		return;
	require(sa_header_phrase(out, needed + 1, text, size, column) == needed);
	check_header(out, column);
	require(strpbrk(out, "<>\",;:@") == NULL);
	free(out);
}

static void
try_body(const char *text, size_t size)
{
	size_t needed = sa_mail_body(NULL, 0, text, size);
	char *out = malloc(needed + 1);

	if (out == NULL)
		return;
	require(sa_mail_body(out, needed + 1, text, size) == needed && strlen(out) == needed);
	require(sa_utf8_valid(out, needed));
	for (size_t i = 0; i < needed; i++)
	{
		if (out[i] == '\r')
			require(out[i + 1] == '\n');
		if (out[i] == '\n')
			require(i > 0 && out[i - 1] == '\r');
	}
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char masked[64];

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_header(text, size, 9);
	try_header(text, size, size % 100);
	try_body(text, size);
	if (sa_email_address_valid(text))
	{
		require(strlen(text) <= SA_EMAIL_ADDRESS_LONGEST && strpbrk(text, "<>\r\n \"\\,;") == NULL);
		require(strchr(text, '@') == strrchr(text, '@'));
	}
	(void) sa_recipient_masked(masked, sizeof(masked), text);
	require(sa_utf8_valid(masked, strlen(masked)) && strpbrk(masked, "\r\n") == NULL);
	free(text);
	return 0;
}
