/*
 * json_check.c: one pass over a stranger's text, to check and to mend.
 */
#include "pure/json_read.h"

#include <stdint.h>
#include <string.h>

#include "pure/json_parts.h"
#include "pure/utf8.h"

/* What may come next while a text is checked. */
typedef enum SaExpect
{
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END, /* behind [ */
	EXPECT_NAME,
	EXPECT_NAME_OR_END, /* behind { */
	EXPECT_MORE         /* behind a value: comma, an end, or nothing at the top */
} SaExpect;

typedef struct SaChecker
{
	char *text;
	size_t length;
	size_t at;
	int depth;
	uint64_t objects; /* bit d: at depth d we are in an object */
	SaExpect expect;
} SaChecker;

/* At the backslash of an escape; returns its length, 0 where it is none, and mends it. */
static size_t
check_escape(char *at, size_t left)
{
	int unit;

	if (left < 2)
		return 0;
	if (at[1] != 'u')
		return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL ? 2 : 0;
	unit = sa_json_unit(at + 2, left - 2);
	if (unit < 0)
		return 0;
	if (sa_json_is_high(unit) && left >= 12 && at[6] == '\\' && at[7] == 'u' &&
		sa_json_is_low(sa_json_unit(at + 8, left - 8)))
		return 12;
	if (unit == 0 || sa_json_is_high(unit) || sa_json_is_low(unit))
		memcpy(at + 2, "fffd", 4);
	return 6;
}

/* Behind the opening quote; stops behind the closing one. */
static bool
check_string(SaChecker *c)
{
	while (c->at < c->length)
	{
		unsigned char byte = (unsigned char) c->text[c->at];
		size_t size = 1;

		if (byte == '"')
		{
			c->at++;
			return true;
		}
		if (byte == '\\')
			size = check_escape(c->text + c->at, c->length - c->at);
		else if (byte < 0x20)
			size = 0;
		else if (byte >= 0x80)
			size = sa_utf8_size(c->text + c->at, c->length - c->at);
		if (size == 0)
			return false;
		c->at += size;
	}
	return false;
}

static size_t
count_digits(const SaChecker *c, size_t at)
{
	size_t start = at;

	while (at < c->length && c->text[at] >= '0' && c->text[at] <= '9')
		at++;
	return at - start;
}

/* Stops behind the number; puts null and blanks in the place of an unreasonable one. */
static bool
check_number(SaChecker *c)
{
	size_t start = c->at;
	size_t digits;
	size_t exponent = 0;

	if (c->text[c->at] == '-')
		c->at++;
	digits = count_digits(c, c->at);
	if (digits == 0 || (digits > 1 && c->text[c->at] == '0'))
		return false;
	c->at += digits;
	if (c->at < c->length && c->text[c->at] == '.')
	{
		digits = count_digits(c, ++c->at);
		if (digits == 0)
			return false;
		c->at += digits;
	}
	if (c->at < c->length && (c->text[c->at] == 'e' || c->text[c->at] == 'E'))
	{
		c->at++;
		if (c->at < c->length && (c->text[c->at] == '+' || c->text[c->at] == '-'))
			c->at++;
		exponent = count_digits(c, c->at);
		if (exponent == 0)
			return false;
		c->at += exponent;
	}
	if (exponent > 2 || c->at - start > SA_JSON_NUMBER_LONGEST)
	{
		memset(c->text + start, ' ', c->at - start);
		memcpy(c->text + start, "null", 4);
	}
	return true;
}

static bool
check_word(SaChecker *c, const char *word)
{
	size_t length = strlen(word);

	if (c->length - c->at < length || memcmp(c->text + c->at, word, length) != 0)
		return false;
	c->at += length;
	return true;
}

static bool
enter(SaChecker *c, bool object)
{
	if (c->depth == SA_JSON_DEEPEST)
		return false;
	if (object)
		c->objects |= UINT64_C(1) << c->depth;
	else
		c->objects &= ~(UINT64_C(1) << c->depth);
	c->depth++;
	c->at++;
	c->expect = object ? EXPECT_NAME_OR_END : EXPECT_VALUE_OR_END;
	return true;
}

static bool
is_in_object(const SaChecker *c)
{
	return (c->objects >> (c->depth - 1) & 1) != 0;
}

static bool
leave(SaChecker *c)
{
	if (c->depth == 0 || c->text[c->at] != (is_in_object(c) ? '}' : ']'))
		return false;
	c->depth--;
	c->at++;
	c->expect = EXPECT_MORE;
	return true;
}

static bool
check_value(SaChecker *c)
{
	char first = c->text[c->at];

	if (first == '{' || first == '[')
		return enter(c, first == '{');
	if (first == ']' && c->expect == EXPECT_VALUE_OR_END)
		return leave(c);
	c->expect = EXPECT_MORE;
	if (first == '"')
	{
		c->at++;
		return check_string(c);
	}
	if (first == 't')
		return check_word(c, "true");
	if (first == 'f')
		return check_word(c, "false");
	if (first == 'n')
		return check_word(c, "null");
	return check_number(c);
}

static bool
check_name(SaChecker *c)
{
	if (c->text[c->at] == '}' && c->expect == EXPECT_NAME_OR_END)
		return leave(c);
	if (c->text[c->at] != '"')
		return false;
	c->at++;
	if (!check_string(c))
		return false;
	c->at = sa_json_skip_blanks(c->text, c->length, c->at);
	if (c->at == c->length || c->text[c->at] != ':')
		return false;
	c->at++;
	c->expect = EXPECT_VALUE;
	return true;
}

static bool
check_more(SaChecker *c)
{
	if (c->depth == 0)
		return false;
	if (c->text[c->at] != ',')
		return leave(c);
	c->at++;
	c->expect = is_in_object(c) ? EXPECT_NAME : EXPECT_VALUE;
	return true;
}

bool
sa_json_scrub(char *text, size_t length)
{
	SaChecker c = {text, length, 0, 0, 0, EXPECT_VALUE};

	for (;;)
	{
		bool good;

		c.at = sa_json_skip_blanks(text, length, c.at);
		if (c.at == length)
			return c.depth == 0 && c.expect == EXPECT_MORE;
		if (c.expect == EXPECT_MORE)
			good = check_more(&c);
		else if (c.expect == EXPECT_NAME || c.expect == EXPECT_NAME_OR_END)
			good = check_name(&c);
		else
			good = check_value(&c);
		if (!good)
			return false;
	}
}
