/*
 * form_text.c: percent-encoding of RFC 3986, byte by byte.
 */
#include "pure/form_text.h"

#include <stdint.h>
#include <string.h>

#include "pure/text.h"

size_t
sa_form_text(char *out, size_t room, const char *text, size_t length)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	SaText writer;

	sa_text_start(&writer, out, room);
	for (size_t i = 0; i < length; i++)
	{
		uint8_t c = (uint8_t) text[i];
		char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};

		if (c != 0 && strchr(unreserved, c) != NULL)
			sa_text_put_char(&writer, text[i]);
		else
			sa_text_put(&writer, escaped, sizeof(escaped));
	}
	return sa_text_end(&writer);
}
