/*
 * template.c: one pass over a text with placeholders.
 */
#include "pure/template.h"

#include <string.h>

#include "pure/text.h"

static const char *const names[SA_PLACEHOLDERS] = {
	[SA_PLACE_ITEM] = "item",
	[SA_PLACE_SKU] = "sku",
	[SA_PLACE_LOCATION] = "location",
	[SA_PLACE_QUANTITY] = "quantity",
	[SA_PLACE_THRESHOLD] = "threshold",
	[SA_PLACE_DAYS_LEFT] = "days_left",
	[SA_PLACE_SUGGESTED] = "suggested",
	[SA_PLACE_SUPPLIER] = "supplier",
	[SA_PLACE_COUNT] = "count",
	[SA_PLACE_NAME] = "name",
	[SA_PLACE_SHOP] = "shop",
	[SA_PLACE_TIME] = "time",
	[SA_PLACE_REF] = "ref",
};

typedef struct SaPiece
{
	size_t taken;      /* bytes of the text */
	int placeholder;   /* -1: none */
	const char *plain; /* what stands for itself, size bytes */
	size_t size;
	bool right;
} SaPiece;

static int
find_name(const char *name, size_t length)
{
	for (int i = 0; i < SA_PLACEHOLDERS; i++)
	{
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return i;
	}
	return -1;
}

/* The piece at the start of a text that is not empty. */
static SaPiece
read_piece(const char *text, size_t length)
{
	SaPiece piece = {1, -1, text, 1, true};
	const char *end;

	if (text[0] != '{' && text[0] != '}')
		return piece;
	if (length > 1 && text[1] == text[0])
	{
		piece.taken = 2;
		return piece;
	}
	end = text[0] == '{' ? memchr(text, '}', length) : NULL;
	if (end != NULL)
		piece.placeholder = find_name(text + 1, (size_t) (end - text) - 1);
	if (piece.placeholder >= 0)
		piece.taken = (size_t) (end - text) + 1;
	else
		piece.right = false;
	return piece;
}

size_t
sa_template_check(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length)
	{
		SaPiece piece = read_piece(text + at, length - at);

		if (!piece.right)
			return at;
		at += piece.taken;
	}
	return length;
}

size_t
sa_template_expand(char *out, size_t room, const char *text, size_t length,
				   const char *const values[SA_PLACEHOLDERS])
{
	SaText writer;

	sa_text_start(&writer, out, room);
	for (size_t at = 0; at < length;)
	{
		SaPiece piece = read_piece(text + at, length - at);

		if (piece.placeholder < 0)
			sa_text_put(&writer, piece.plain, piece.size);
		else if (values[piece.placeholder] != NULL)
			sa_text_put_string(&writer, values[piece.placeholder]);
		at += piece.taken;
	}
	return sa_text_end(&writer);
}
