/*
 * read_values.c: values in the texts of other systems, NULL where they are none.
 *
 * For pages of thousands of rows of which one may be absurd: nothing here
 * raises an error for what a text holds, so that the other rows can be kept.
 */
#include "postgres.h"

#include <string.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "db/quantity.h"

#define WHOLE_DIGITS 21
#define DECIMALS     5

SA_FUNCTION(stockalert_read_label);
SA_FUNCTION(stockalert_read_moment);
SA_FUNCTION(stockalert_read_quantity);

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

Datum
stockalert_read_quantity(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	int length = VARSIZE_ANY_EXHDR(t);
	char number[SA_QUANTITY_TEXT];
	SaQuantity value;

	if (length >= SA_QUANTITY_TEXT)
		PG_RETURN_NULL();
	memcpy(number, VARDATA_ANY(t), length);
	number[length] = '\0';
	if (!sa_quantity_parse(number, &value))
		PG_RETURN_NULL();
	return sa_quantity_to_datum(value);
}

/* Reads exactly count digits followed by the byte after (none where it is NUL). */
static bool
take_number(const char **s, const char *end, int count, char after, int *out)
{
	int value = 0;

	if (end - *s < count + (after != '\0'))
		return false;
	for (; count > 0; count--, (*s)++)
	{
		if (!is_digit(**s))
			return false;
		value = value * 10 + (**s - '0');
	}
	if (after != '\0' && *(*s)++ != after)
		return false;
	*out = value;
	return true;
}

/* Z, or the hours and minutes a clock is ahead of it. */
static bool
take_offset(const char **s, const char *end, int *minutes)
{
	int hours;
	int rest;
	char sign;

	*minutes = 0;
	if (*s == end)
		return false;
	sign = **s;
	(*s)++;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !take_number(s, end, 2, ':', &hours) ||
		!take_number(s, end, 2, '\0', &rest) || hours > 15 || rest > 59)
		return false;
	*minutes = (hours * 60 + rest) * (sign == '-' ? -1 : 1);
	return true;
}

/* Digits of a second beyond the sixth are dropped: a watermark must not run ahead. */
static bool
take_fraction(const char **s, const char *end, int *micros)
{
	int place = 100000;

	*micros = 0;
	if (*s == end || **s != '.')
		return true;
	(*s)++;
	if (*s == end || !is_digit(**s))
		return false;
	for (; *s < end && is_digit(**s); (*s)++, place /= 10)
		*micros += (**s - '0') * place;
	return true;
}

static bool
parse_moment(const char *s, const char *end, TimestampTz *out)
{
	int year;
	int month;
	int day;
	int hour;
	int minute;
	int second;
	int micros;
	int ahead;

	if (!take_number(&s, end, 4, '-', &year) || !take_number(&s, end, 2, '-', &month) ||
		!take_number(&s, end, 2, '\0', &day) || s == end || (*s != 'T' && *s != 't' && *s != ' '))
		return false;
	s++;
	if (!take_number(&s, end, 2, ':', &hour) || !take_number(&s, end, 2, ':', &minute) ||
		!take_number(&s, end, 2, '\0', &second) || !take_fraction(&s, end, &micros) ||
		!take_offset(&s, end, &ahead) || s != end)
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > day_tab[isleap(year)][month - 1] ||
		hour > 23 || minute > 59 || second > 60)
		return false;
	*out = ((TimestampTz) date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY +
		   ((hour * 60 + minute - ahead) * 60 + second) * USECS_PER_SEC + micros;
	return true;
}

Datum
stockalert_read_moment(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	TimestampTz moment;

	if (!parse_moment(VARDATA_ANY(t), VARDATA_ANY(t) + VARSIZE_ANY_EXHDR(t), &moment))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(moment);
}

/* Writes a text with blanks for control characters and one blank for several; returns its length.
 */
static int
copy_clean(const char *s, int length, char *out)
{
	int written = 0;

	for (int i = 0; i < length;)
	{
		int size = pg_mblen(s + i);
		unsigned char c = (unsigned char) s[i];
		bool control = c <= 0x20 || c == 0x7F || (c == 0xC2 && (unsigned char) s[i + 1] < 0xA0);

		if (!control)
			memcpy(out + written, s + i, size);
		else if (written > 0 && out[written - 1] != ' ')
			out[written] = ' ';
		else
			size = 0;
		written += control && size > 0 ? 1 : size;
		i += control && c == 0xC2 ? 2 : control ? 1 : size;
	}
	return written;
}

Datum
stockalert_read_label(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	int longest = PG_GETARG_INT32(1);
	int length = VARSIZE_ANY_EXHDR(t);
	text *label = palloc(VARHDRSZ + length);
	char *out = VARDATA(label);
	int written = copy_clean(VARDATA_ANY(t), length, out);

	written = pg_mbcharcliplen(out, written, longest);
	while (written > 0 && out[written - 1] == ' ')
		written--;
	if (written <= 0)
		PG_RETURN_NULL();
	SET_VARSIZE(label, VARHDRSZ + written);
	PG_RETURN_TEXT_P(label);
}
