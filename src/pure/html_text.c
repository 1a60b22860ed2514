/*
 * html_text.c: the five characters that mean something, and those HTML forbids.
 */
#include "pure/html_text.h"

#include "pure/text.h"
#include "pure/utf8.h"

static void
put_character(SaText *text, const char *bytes, size_t size)
{
	if (sa_utf8_is_control(bytes, size) && *bytes != '\t' && *bytes != '\n')
	{
		sa_text_put_char(text, ' ');
		return;
	}
	switch (*bytes)
	{
		case '&':
			sa_text_put_string(text, "&amp;");
			break;
		case '<':
			sa_text_put_string(text, "&lt;");
			break;
		case '>':
			sa_text_put_string(text, "&gt;");
			break;
		case '"':
			sa_text_put_string(text, "&quot;");
			break;
		case '\'':
			sa_text_put_string(text, "&#39;");
			break;
		default:
			sa_text_put(text, bytes, size);
	}
}

size_t
sa_html_text(char *out, size_t room, const char *text, size_t length)
{
	SaText writer;
	size_t at = 0;

	sa_text_start(&writer, out, room);
	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		if (size == 0)
			sa_text_put_string(&writer, SA_UTF8_REPLACEMENT);
		else
			put_character(&writer, text + at, size);
		at += size == 0 ? 1 : size;
	}
	return sa_text_end(&writer);
}
