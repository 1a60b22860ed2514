/*
 * header_text.c: RFC 2047 with base64, which has no special cases to get wrong.
 */
#include "pure/header_text.h"

#include <stdint.h>
#include <string.h>

#include "pure/text.h"
#include "pure/utf8.h"

#define WORD_START "=?UTF-8?B?"
#define WORD_END   "?="
#define WORD_FRAME 12 /* of both */
#define WORD_LIMIT 75
#define LINE_LIMIT 76
/* A plain line longer than this would need folding of its own. */
#define PLAIN_LIMIT 76

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
put_base64(SaText *text, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i += 3)
	{
		uint32_t group = (uint32_t) bytes[i] << 16;
		char quad[4];

		if (i + 1 < length)
			group |= (uint32_t) bytes[i + 1] << 8;
		if (i + 2 < length)
			group |= (uint32_t) bytes[i + 2];
		quad[0] = base64_digits[group >> 18];
		quad[1] = base64_digits[(group >> 12) & 63];
		quad[2] = i + 1 < length ? base64_digits[(group >> 6) & 63] : '=';
		quad[3] = i + 2 < length ? base64_digits[group & 63] : '=';
		sa_text_put(text, quad, sizeof(quad));
	}
}

/* Bytes that one word can carry when the line already holds column characters. */
static size_t
word_capacity(size_t column)
{
	size_t room = LINE_LIMIT > column ? LINE_LIMIT - column : 0;

	if (room > WORD_LIMIT)
		room = WORD_LIMIT;
	if (room < WORD_FRAME + 8)
		return 0;
	return (room - WORD_FRAME) / 4 * 3;
}

/* Collects characters, made harmless, until the next one would not fit. */
static size_t
fill_word(const char *text, size_t length, size_t capacity, uint8_t *word, size_t *filled)
{
	size_t at = 0;

	*filled = 0;
	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);
		const char *bytes = text + at;
		size_t taken = size == 0 ? 1 : size;

		if (size == 0)
		{
			bytes = SA_UTF8_REPLACEMENT;
			size = strlen(SA_UTF8_REPLACEMENT);
		}
		else if (sa_utf8_is_control(bytes, size))
		{
			bytes = " ";
			size = 1;
		}
		if (*filled + size > capacity)
			break;
		memcpy(word + *filled, bytes, size);
		*filled += size;
		at += taken;
	}
	return at;
}

static size_t
encode_words(char *out, size_t room, const char *text, size_t length, size_t column)
{
	SaText writer;
	uint8_t word[WORD_LIMIT];
	size_t at = 0;
	size_t filled;

	sa_text_start(&writer, out, room);
	if (word_capacity(column) == 0)
	{
		sa_text_put_string(&writer, "\r\n ");
		column = 1;
	}
	while (at < length)
	{
		at += fill_word(text + at, length - at, word_capacity(column), word, &filled);
		sa_text_put_string(&writer, WORD_START);
		put_base64(&writer, word, filled);
		sa_text_put_string(&writer, WORD_END);
		if (at < length)
			sa_text_put_string(&writer, "\r\n ");
		column = 1;
	}
	return sa_text_end(&writer);
}

static size_t
copy_plain(char *out, size_t room, const char *text, size_t length)
{
	SaText writer;

	sa_text_start(&writer, out, room);
	sa_text_put(&writer, text, length);
	return sa_text_end(&writer);
}

static bool
is_printable_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	}
	return true;
}

bool
sa_header_safe(const char *value)
{
	return is_printable_ascii(value, strlen(value));
}

/* "=?" is encoded too: a text that looks like an encoded word must arrive as written. */
static bool
may_stay_plain(const char *text, size_t length, size_t column)
{
	if (length == 0 || column + length > PLAIN_LIMIT || !is_printable_ascii(text, length))
		return false;
	if (text[0] == ' ' || text[length - 1] == ' ')
		return false;
	for (size_t i = 0; i + 1 < length; i++)
	{
		if (text[i] == '=' && text[i + 1] == '?')
			return false;
	}
	return true;
}

size_t
sa_header_text(char *out, size_t room, const char *text, size_t length, size_t column)
{
	if (may_stay_plain(text, length, column))
		return copy_plain(out, room, text, length);
	return encode_words(out, room, text, length, column);
}

size_t
sa_header_phrase(char *out, size_t room, const char *text, size_t length, size_t column)
{
	bool plain = may_stay_plain(text, length, column);

	for (size_t i = 0; plain && i < length; i++)
	{
		char c = text[i];

		plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				c == ' ' || c == '-' || c == '_';
	}
	if (plain)
		return copy_plain(out, room, text, length);
	return encode_words(out, room, text, length, column);
}
