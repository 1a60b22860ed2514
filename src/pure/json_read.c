/*
 * json_read.c: short walks in a text that json_check.c let pass.
 */
#include "pure/json_read.h"

#include <string.h>

#include "pure/json_parts.h"
#include "pure/text.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind \u; -1 where they are not. */
int
sa_json_unit(const char *text, size_t length)
{
	int unit = 0;

	if (length < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		int digit = hex_value(text[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

bool
sa_json_is_high(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

bool
sa_json_is_low(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

size_t
sa_json_skip_blanks(const char *text, size_t length, size_t at)
{
	while (at < length &&
		   (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
		at++;
	return at;
}

/* Behind a string that starts at the quote. */
static size_t
skip_string(const char *text, size_t length, size_t at)
{
	const char *end = text + length;
	const char *start = text + at + 1;
	const char *quote = start;
	const char *before;

	while ((quote = (const char *) memchr(quote, '"', (size_t) (end - quote))) != NULL)
	{
		/* Of two backslashes one is meant itself. */
		for (before = quote; before > start && before[-1] == '\\'; before--)
			;
		quote++;
		if ((quote - before) % 2 == 1)
			return (size_t) (quote - text);
	}
	return length;
}

/* Behind the value that starts here. */
static size_t
skip_value(const char *text, size_t length, size_t at)
{
	int depth = 0;

	while (at < length)
	{
		char c = text[at];

		if (c == '"')
			at = skip_string(text, length, at);
		else if (depth == 0 && strchr(",]}: \t\r\n", c) != NULL)
			return at;
		else
			at++;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return at;
	}
	return at;
}

SaJson
sa_json_all(const char *text, size_t length)
{
	size_t start = sa_json_skip_blanks(text, length, 0);
	SaJson all = {text + start, skip_value(text, length, start) - start};

	return all;
}

bool
sa_json_is_object(SaJson value)
{
	return value.length > 0 && value.at[0] == '{';
}

bool
sa_json_is_array(SaJson value)
{
	return value.length > 0 && value.at[0] == '[';
}

bool
sa_json_is_string(SaJson value)
{
	return value.length > 0 && value.at[0] == '"';
}

/* The value after the comma, or the first one; false: the end. */
static bool
find_value(SaJson in, size_t from, SaJson *out)
{
	size_t at = sa_json_skip_blanks(in.at, in.length, from);

	if (at < in.length && in.at[at] == ',')
		at = sa_json_skip_blanks(in.at, in.length, at + 1);
	if (at >= in.length || in.at[at] == ']' || in.at[at] == '}')
		return false;
	out->at = in.at + at;
	out->length = skip_value(in.at, in.length, at) - at;
	return true;
}

/* The next name and its value, from behind the one before; false: there is none. */
static bool
find_member(SaJson object, size_t *at, SaJson *name, SaJson *value)
{
	size_t colon;

	if (!find_value(object, *at, name))
		return false;
	colon = sa_json_skip_blanks(object.at, object.length,
								(size_t) (name->at - object.at) + name->length);
	if (!find_value(object, colon + 1, value))
		return false;
	*at = (size_t) (value->at - object.at) + value->length;
	return true;
}

static bool
is_named(SaJson name, const char *wanted)
{
	size_t size = strlen(wanted);

	return name.length == size + 2 && memcmp(name.at + 1, wanted, size) == 0;
}

bool
sa_json_member(SaJson object, const char *name, SaJson *out)
{
	size_t at = 1;
	SaJson found;
	SaJson value;

	if (!sa_json_is_object(object))
		return false;
	while (find_member(object, &at, &found, &value))
	{
		if (is_named(found, name))
		{
			*out = value;
			return value.at[0] != 'n';
		}
	}
	return false;
}

void
sa_json_members(SaJson object, const char *const *names, size_t count, SaJson *out)
{
	size_t at = 1;
	SaJson found;
	SaJson value;

	for (size_t i = 0; i < count; i++)
		out[i] = (SaJson){NULL, 0};
	while (sa_json_is_object(object) && find_member(object, &at, &found, &value))
	{
		for (size_t i = 0; i < count; i++)
		{
			if (out[i].at == NULL && value.at[0] != 'n' && is_named(found, names[i]))
				out[i] = value;
		}
	}
}

bool
sa_json_element(SaJson array, SaJson *out)
{
	if (!sa_json_is_array(array))
		return false;
	return find_value(array, out->at == NULL ? 1 : (size_t) (out->at - array.at) + out->length,
					  out);
}

static void
put_character(SaText *text, unsigned int code)
{
	if (code < 0x80)
		sa_text_put_char(text, (char) code);
	else if (code < 0x800)
	{
		sa_text_put_char(text, (char) (0xc0 | code >> 6));
		sa_text_put_char(text, (char) (0x80 | (code & 0x3f)));
	}
	else if (code < 0x10000)
	{
		sa_text_put_char(text, (char) (0xe0 | code >> 12));
		sa_text_put_char(text, (char) (0x80 | (code >> 6 & 0x3f)));
		sa_text_put_char(text, (char) (0x80 | (code & 0x3f)));
	}
	else
	{
		sa_text_put_char(text, (char) (0xf0 | code >> 18));
		sa_text_put_char(text, (char) (0x80 | (code >> 12 & 0x3f)));
		sa_text_put_char(text, (char) (0x80 | (code >> 6 & 0x3f)));
		sa_text_put_char(text, (char) (0x80 | (code & 0x3f)));
	}
}

/* At the backslash; returns how many characters of the text it took. */
static size_t
put_escape(SaText *text, const char *at, size_t left)
{
	static const char from[] = "bfnrt";
	static const char to[] = "\b\f\n\r\t";
	const char *found;
	int unit;
	int low;

	if (left < 2)
		return left;
	if (at[1] != 'u')
	{
		found = strchr(from, at[1]);
		sa_text_put_char(text, found == NULL || *found == '\0' ? at[1] : to[found - from]);
		return 2;
	}
	unit = sa_json_unit(at + 2, left - 2);
	low = sa_json_is_high(unit) && left >= 12 ? sa_json_unit(at + 8, left - 8) : -1;
	if (sa_json_is_low(low))
	{
		put_character(text, 0x10000u + (((unsigned int) unit - 0xd800u) << 10) +
								((unsigned int) low - 0xdc00u));
		return 12;
	}
	put_character(text, unit < 0 ? 0xfffdu : (unsigned int) unit);
	return left < 6 ? left : 6;
}

size_t
sa_json_string(SaJson value, char *out, size_t room)
{
	SaText text;
	size_t at = 1;

	sa_text_start(&text, out, room);
	while (sa_json_is_string(value) && at + 1 < value.length)
	{
		if (value.at[at] == '\\')
			at += put_escape(&text, value.at + at, value.length - 1 - at);
		else
			sa_text_put_char(&text, value.at[at++]);
	}
	return sa_text_end(&text);
}

size_t
sa_json_member_string(SaJson object, const char *name, char *out, size_t room)
{
	SaJson value = {NULL, 0};

	if (!sa_json_member(object, name, &value))
		value.length = 0;
	return sa_json_string(value, out, room);
}
