/*
 * slack_text.c: & < > and nothing else.
 */
#include "pure/slack_text.h"

#include <string.h>

#include "pure/text.h"
#include "pure/utf8.h"

#define ELLIPSIS "\xe2\x80\xa6"

/* What the character at text[at] becomes; *taken is its size in the text. */
static const char *
escape_character(const char *text, size_t length, size_t *taken, char plain[8])
{
	size_t size = sa_utf8_size(text, length);

	*taken = size == 0 ? 1 : size;
	if (size == 0)
		return SA_UTF8_REPLACEMENT;
	if (sa_utf8_is_control(text, size) && *text != '\n')
		return " ";
	if (*text == '&')
		return "&amp;";
	if (*text == '<')
		return "&lt;";
	if (*text == '>')
		return "&gt;";
	memcpy(plain, text, size);
	plain[size] = '\0';
	return plain;
}

size_t
sa_slack_text(char *out, size_t room, const char *text, size_t length, size_t limit)
{
	SaText writer;
	char plain[8];
	size_t whole = 0;
	size_t used = 0;
	size_t taken;

	for (size_t at = 0; at < length && whole <= limit; at += taken)
	{
		const char *escaped = escape_character(text + at, length - at, &taken, plain);

		whole += sa_utf8_count(escaped, strlen(escaped));
	}
	sa_text_start(&writer, out, room);
	for (size_t at = 0; at < length; at += taken)
	{
		const char *escaped = escape_character(text + at, length - at, &taken, plain);

		used += sa_utf8_count(escaped, strlen(escaped));
		if (whole > limit && used + 1 > limit)
			break;
		sa_text_put_string(&writer, escaped);
	}
	if (whole > limit && limit > 0)
		sa_text_put_string(&writer, ELLIPSIS);
	return sa_text_end(&writer);
}
