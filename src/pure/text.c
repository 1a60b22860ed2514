/*
 * text.c: a writer that never overflows.
 */
#include "pure/text.h"

#include <string.h>

void
sa_text_start(SaText *text, char *out, size_t room)
{
	text->out = out;
	text->room = room;
	text->length = 0;
}

/*
 * All or nothing for each piece: an escape or a character that does not fit is
 * left out whole, and so is everything after it, so that a cut text is still
 * well-formed.
 */
void
sa_text_put(SaText *text, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (text->length < text->room && length < text->room - text->length)
		memcpy(text->out + text->length, bytes, length);
	else if (text->length < text->room)
	{
		text->out[text->length] = '\0';
		text->room = text->length;
	}
	text->length += length;
}

void
sa_text_put_string(SaText *text, const char *string)
{
	sa_text_put(text, string, strlen(string));
}

void
sa_text_put_char(SaText *text, char byte)
{
	sa_text_put(text, &byte, 1);
}

size_t
sa_text_end(SaText *text)
{
	if (text->length < text->room)
		text->out[text->length] = '\0';
	return text->length;
}
