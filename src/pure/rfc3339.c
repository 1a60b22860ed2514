/*
 * rfc3339.c: every field at its place.
 */
#include "pure/rfc3339.h"

#include <stddef.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Fields of digits and the characters between them, as the shape has them. */
static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++)
	{
		if (*shape == '#' ? !is_digit(*text) : *text != *shape)
			return false;
	}
	return true;
}

static int
number(const char *text, int digits)
{
	int value = 0;

	for (int i = 0; i < digits; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static int64_t
days_from_civil(int year, int month, int day)
{
	int64_t years = year - (month <= 2 ? 1 : 0);
	int64_t era = years / 400;
	int64_t of_era = years - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Behind the seconds: a fraction, then Z or an offset, and the end. */
static bool
read_rest(const char *at, int64_t *micros, int *offset_minutes)
{
	int64_t unit = 100000;

	*micros = 0;
	*offset_minutes = 0;
	if (*at == '.')
	{
		if (!is_digit(*++at))
			return false;
		for (; is_digit(*at); at++, unit /= 10)
			*micros += unit * (*at - '0');
	}
	if ((*at == 'Z' || *at == 'z') && at[1] == '\0')
		return true;
	if ((*at != '+' && *at != '-') || !has_shape(at + 1, "##:##") || at[6] != '\0')
		return false;
	*offset_minutes = number(at + 1, 2) * 60 + number(at + 4, 2);
	if (*at == '-')
		*offset_minutes = -*offset_minutes;
	return number(at + 1, 2) < 24 && number(at + 4, 2) < 60;
}

bool
sa_rfc3339_read(const char *text, int64_t *unix_us)
{
	int year;
	int month;
	int day;
	int offset;
	int64_t seconds;
	int64_t micros;

	if (!(has_shape(text, "####-##-##T##:##:##") || has_shape(text, "####-##-##t##:##:##")) ||
		!read_rest(text + 19, &micros, &offset))
		return false;
	year = number(text, 4);
	month = number(text + 5, 2);
	day = number(text + 8, 2);
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
		number(text + 11, 2) > 23 || number(text + 14, 2) > 59 || number(text + 17, 2) > 60)
		return false;
	seconds = days_from_civil(year, month, day) * 86400 + number(text + 11, 2) * 3600 +
			  (number(text + 14, 2) - offset) * 60 + number(text + 17, 2);
	*unix_us = seconds * 1000000 + micros;
	return true;
}
