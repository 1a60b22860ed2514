/*
 * utf8.c: the table of well-formed byte sequences, written as code.
 */
#include "pure/utf8.h"

#include <stdint.h>

static bool
is_tail(uint8_t byte, uint8_t low, uint8_t high)
{
	return byte >= low && byte <= high;
}

/* The second byte's range is narrower after E0, ED, F0 and F4 (Unicode table 3-7). */
size_t
sa_utf8_size(const char *text, size_t length)
{
	const uint8_t *b = (const uint8_t *) text;
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t size;

	if (length == 0)
		return 0;
	if (b[0] < 0x80)
		return 1;
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return 0;
	size = b[0] < 0xe0 ? 2 : (b[0] < 0xf0 ? 3 : 4);
	if (length < size)
		return 0;
	if (b[0] == 0xe0)
		low = 0xa0;
	else if (b[0] == 0xed)
		high = 0x9f;
	else if (b[0] == 0xf0)
		low = 0x90;
	else if (b[0] == 0xf4)
		high = 0x8f;
	if (!is_tail(b[1], low, high))
		return 0;
	for (size_t i = 2; i < size; i++)
	{
		if (!is_tail(b[i], 0x80, 0xbf))
			return 0;
	}
	return size;
}

bool
sa_utf8_valid(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		if (size == 0)
			return false;
		at += size;
	}
	return true;
}

bool
sa_utf8_is_control(const char *text, size_t size)
{
	const uint8_t *b = (const uint8_t *) text;

	if (size == 1)
		return b[0] < 0x20 || b[0] == 0x7f;
	if (size == 2)
		return b[0] == 0xc2 && b[1] < 0xa0;
	return size == 3 && b[0] == 0xe2 && b[1] == 0x80 && (b[2] == 0xa8 || b[2] == 0xa9);
}

size_t
sa_utf8_prefix(const char *text, size_t length, size_t characters)
{
	size_t at = 0;

	while (at < length && characters > 0)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		at += size == 0 ? 1 : size;
		characters--;
	}
	return at;
}

size_t
sa_utf8_count(const char *text, size_t length)
{
	size_t at = 0;
	size_t count = 0;

	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		at += size == 0 ? 1 : size;
		count++;
	}
	return count;
}
