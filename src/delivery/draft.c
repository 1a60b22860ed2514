/*
 * draft.c: the strings of one request, kept until libcurl has copied them.
 */
#include "postgres.h"

#include <sodium.h>

#include "delivery/channel.h"

char *
sa_draft_room(SaDraft *draft, size_t length)
{
	char *text;

	if (draft->text_count == SA_DRAFT_TEXTS_MOST)
	{
		draft->failed = true;
		return NULL;
	}
	text = malloc(length + 1);
	if (text == NULL)
	{
		draft->failed = true;
		return NULL;
	}
	text[0] = '\0';
	text[length] = '\0';
	draft->texts[draft->text_count++] = text;
	return text;
}

/* An empty text stands for one that could not be made; the draft remembers the failure. */
const char *
sa_draft_printf(SaDraft *draft, const char *format, ...)
{
	va_list args;
	int length;
	char *text;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = length < 0 ? NULL : sa_draft_room(draft, (size_t) length);
	if (text == NULL)
	{
		draft->failed = true;
		return "";
	}
	va_start(args, format);
	(void) vsnprintf(text, (size_t) length + 1, format, args);
	va_end(args);
	return text;
}

const char *
sa_draft_encode(SaDraft *draft,
				size_t (*encode)(char *out, size_t room, const char *text, size_t length),
				const char *text)
{
	size_t length = strlen(text);
	size_t needed = encode(NULL, 0, text, length);
	char *out = sa_draft_room(draft, needed);

	if (out == NULL)
		return "";
	(void) encode(out, needed + 1, text, length);
	return out;
}

void
sa_draft_header(SaDraft *draft, const char *header)
{
	if (draft->request.header_count == SA_NET_HEADERS_MOST)
		draft->failed = true;
	else
		draft->request.headers[draft->request.header_count++] = header;
}

void
sa_draft_free(SaDraft *draft)
{
	for (int i = 0; i < draft->text_count; i++)
	{
		sodium_memzero(draft->texts[i], strlen(draft->texts[i]));
		free(draft->texts[i]);
	}
	draft->text_count = 0;
}
