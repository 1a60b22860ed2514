/*
 * json_text.c: escapes of RFC 8259 §7, and no others.
 */
#include "pure/json_text.h"

#include <stdint.h>
#include <stdio.h>

#include "pure/text.h"
#include "pure/utf8.h"

static void
put_ascii(SaText *text, char c)
{
	char escape[8];

	switch (c)
	{
		case '"':
			sa_text_put_string(text, "\\\"");
			return;
		case '\\':
			sa_text_put_string(text, "\\\\");
			return;
		case '\n':
			sa_text_put_string(text, "\\n");
			return;
		case '\r':
			sa_text_put_string(text, "\\r");
			return;
		case '\t':
			sa_text_put_string(text, "\\t");
			return;
		default:
			break;
	}
	if ((uint8_t) c >= 0x20 && c != 0x7f)
	{
		sa_text_put_char(text, c);
		return;
	}
	snprintf(escape, sizeof(escape), "\\u%04x", (unsigned) (uint8_t) c);
	sa_text_put_string(text, escape);
}

size_t
sa_json_text(char *out, size_t room, const char *text, size_t length)
{
	SaText writer;
	size_t at = 0;

	sa_text_start(&writer, out, room);
	sa_text_put_char(&writer, '"');
	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		if (size == 0)
			sa_text_put_string(&writer, SA_UTF8_REPLACEMENT);
		else if (size == 1)
			put_ascii(&writer, text[at]);
		else
			sa_text_put(&writer, text + at, size);
		at += size == 0 ? 1 : size;
	}
	sa_text_put_char(&writer, '"');
	return sa_text_end(&writer);
}
