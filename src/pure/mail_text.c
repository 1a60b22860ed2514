/*
 * mail_text.c: line ends and dates of RFC 5322.
 */
#include "pure/mail_text.h"

#include <stdio.h>

#include "pure/text.h"
#include "pure/utf8.h"

size_t
sa_mail_body(char *out, size_t room, const char *text, size_t length)
{
	SaText writer;
	size_t at = 0;

	sa_text_start(&writer, out, room);
	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		if (text[at] == '\r' || text[at] == '\n')
		{
			sa_text_put_string(&writer, "\r\n");
			at += text[at] == '\r' && at + 1 < length && text[at + 1] == '\n' ? 2 : 1;
			continue;
		}
		if (size == 0)
			sa_text_put_string(&writer, SA_UTF8_REPLACEMENT);
		else if (sa_utf8_is_control(text + at, size) && text[at] != '\t')
			sa_text_put_char(&writer, ' ');
		else
			sa_text_put(&writer, text + at, size);
		at += size == 0 ? 1 : size;
	}
	return sa_text_end(&writer);
}

/*
 * Civil date from days since 1970 (Howard Hinnant's algorithm, proleptic
 * Gregorian): strftime would answer in the server's language.
 */
static void
split_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t era;
	int64_t of_era;
	int64_t year_of_era;
	int64_t of_year;
	int64_t shifted;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = days - era * 146097;
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted = (5 * of_year + 2) / 153;
	*day = (int) (of_year - (153 * shifted + 2) / 5 + 1);
	*month = (int) (shifted < 10 ? shifted + 3 : shifted - 9);
	*year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

size_t
sa_mail_date(char *out, size_t room, int64_t unix_seconds)
{
	static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
										 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const int64_t last = INT64_C(253402300799); /* the end of the year 9999 */
	int64_t days;
	int64_t second;
	int64_t year;
	int month;
	int day;

	if (unix_seconds < 0)
		unix_seconds = 0;
	if (unix_seconds > last)
		unix_seconds = last;
	days = unix_seconds / 86400;
	second = unix_seconds % 86400;
	split_days(days, &year, &month, &day);
	return (size_t) snprintf(out, room, "%s, %02d %s %04d %02d:%02d:%02d +0000", weekdays[days % 7],
							 day, months[month - 1], (int) year, (int) (second / 3600),
							 (int) (second / 60 % 60), (int) (second % 60));
}
