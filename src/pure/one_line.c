/*
 * one_line.c: cut at characters, never inside one.
 */
#include "pure/one_line.h"

#include "pure/text.h"
#include "pure/utf8.h"

size_t
sa_one_line(char *out, size_t room, const char *text, size_t length, size_t limit)
{
	SaText writer;
	size_t kept = sa_utf8_prefix(text, length, limit);
	bool cut = kept < length;
	size_t at = 0;

	if (cut)
		kept = limit == 0 ? 0 : sa_utf8_prefix(text, length, limit - 1);
	sa_text_start(&writer, out, room);
	while (at < kept)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		if (size == 0)
			sa_text_put_string(&writer, SA_UTF8_REPLACEMENT);
		else if (sa_utf8_is_control(text + at, size))
			sa_text_put_char(&writer, ' ');
		else
			sa_text_put(&writer, text + at, size);
		at += size == 0 ? 1 : size;
	}
	if (cut && limit > 0)
		sa_text_put_string(&writer, "\xe2\x80\xa6");
	return sa_text_end(&writer);
}
