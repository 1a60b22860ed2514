/*
 * retry_after.c: seconds or a date; garbage counts as absent.
 */
#include "pure/retry_after.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Days since 1970 of a civil date (the inverse of the one in mail_text.c). */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t era;
	int64_t year_of_era;
	int64_t of_year;

	year -= month <= 2 ? 1 : 0;
	era = year / 400;
	year_of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year -
		   719468;
}

static bool
read_number(const char *text, size_t digits, int *value)
{
	*value = 0;
	for (size_t i = 0; i < digits; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT": every field at its place. */
static bool
read_date(const char *text, size_t length, int64_t *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const char shape[] = "***, ## *** #### ##:##:## GMT";
	int day;
	int month = 0;
	int year;
	int hour;
	int minute;
	int second;

	if (length != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (shape[i] != '*' && shape[i] != '#' && shape[i] != text[i])
			return false;
	}
	while (month < 12 && strncmp(months + 3 * month, text + 8, 3) != 0)
		month++;
	if (month == 12 || !read_number(text + 5, 2, &day) || !read_number(text + 12, 4, &year) ||
		!read_number(text + 17, 2, &hour) || !read_number(text + 20, 2, &minute) ||
		!read_number(text + 23, 2, &second))
		return false;
	if (day < 1 || day > 31 || year < 1970 || hour > 23 || minute > 59 || second > 60)
		return false;
	*seconds = days_from_civil(year, month + 1, day) * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

static int
clamp(int64_t seconds)
{
	if (seconds >= SA_RETRY_AFTER_MOST_MS / 1000)
		return SA_RETRY_AFTER_MOST_MS;
	return seconds < 1 ? SA_RETRY_AFTER_LEAST_MS : (int) seconds * 1000;
}

/* Takes blanks away from both ends. */
static void
trim(const char **value, size_t *length)
{
	while (*length > 0 && (**value == ' ' || **value == '\t'))
	{
		(*value)++;
		(*length)--;
	}
	while (*length > 0 && strchr(" \t\r\n", (*value)[*length - 1]) != NULL)
		(*length)--;
}

/* Digits and nothing else; what passes most stays somewhere above it. */
static bool
read_digits(const char *value, size_t length, int64_t most, int64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < length; i++)
	{
		if (value[i] < '0' || value[i] > '9')
			return false;
		if (*number < most)
			*number = *number * 10 + (value[i] - '0');
	}
	return length > 0;
}

int
sa_retry_after_ms(const char *value, size_t length, int64_t now_unix)
{
	int64_t seconds;

	trim(&value, &length);
	if (read_date(value, length, &seconds))
		return clamp(seconds - now_unix);
	return read_digits(value, length, SA_RETRY_AFTER_MOST_MS, &seconds) ? clamp(seconds) : -1;
}

int
sa_ratelimit_reset_ms(const char *value, size_t length, int64_t now_unix)
{
	int64_t at;

	trim(&value, &length);
	return read_digits(value, length, INT64_C(1) << 40, &at) ? clamp(at - now_unix) : -1;
}
