/*
 * demand_history_text.c: reads and writes the text of a history.
 *
 * Numbers are read and written as whole steps, so that no digit is lost; the
 * reader takes one form only, apart from spaces and repetitions.
 */
#include "pure/demand_history_text.h"

#include <string.h>

#define DAYS_TO_2000 10957
/* A run shorter than this is written day by day. */
#define SHORT_RUN 3

typedef struct Scan
{
	const char *text;
	const char *at;
	SaHistoryProblem *problem;
} Scan;

static bool
refuse(Scan *scan, const char *what)
{
	scan->problem->what = what;
	scan->problem->at = (size_t) (scan->at - scan->text);
	return false;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
skip_spaces(Scan *scan)
{
	while (is_space(*scan->at))
		scan->at++;
}

/* Exactly so many digits. */
static bool
read_digits(Scan *scan, int digits, int32_t *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++, scan->at++)
	{
		if (*scan->at < '0' || *scan->at > '9')
			return refuse(scan, "A date is written 2026-03-01.");
		*value = *value * 10 + (*scan->at - '0');
	}
	return true;
}

static bool
read_dash(Scan *scan)
{
	if (*scan->at != '-')
		return refuse(scan, "A date is written 2026-03-01.");
	scan->at++;
	return true;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar, for years after 0. */
static int32_t
days_of_date(int32_t year, int32_t month, int32_t day)
{
	int32_t y = month <= 2 ? year - 1 : year;
	int32_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int32_t
month_length(int32_t year, int32_t month)
{
	static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return lengths[month - 1];
}

static bool
read_date(Scan *scan, int32_t *out)
{
	const char *start = scan->at;
	int32_t year;
	int32_t month;
	int32_t day;

	if (!read_digits(scan, 4, &year) || !read_dash(scan) || !read_digits(scan, 2, &month) ||
		!read_dash(scan) || !read_digits(scan, 2, &day))
		return false;
	scan->at = start;
	if (month < 1 || month > 12 || day < 1 || day > month_length(year, month))
		return refuse(scan, "There is no such date.");
	if (year < 1970 || year > 2199)
		return refuse(scan, "A history lies between 1970-01-01 and 2199-12-31.");
	scan->at += strlen("2026-03-01");
	*out = days_of_date(year, month, day) - DAYS_TO_2000;
	return true;
}

/* A number without sign as steps of so many decimals. */
static bool
read_steps(Scan *scan, int decimals, int64_t most, const char *what, int64_t *out)
{
	const char *start = scan->at;
	int64_t value = 0;
	int64_t one = 1;

	for (int i = 0; i < decimals; i++)
		one *= 10;
	for (; *scan->at >= '0' && *scan->at <= '9'; scan->at++)
	{
		value = value * 10 + (*scan->at - '0');
		if (value > most / one)
			return refuse(scan, what);
	}
	if (scan->at == start)
		return refuse(scan, what);
	if (*scan->at == '.')
	{
		start = ++scan->at;
		for (; *scan->at >= '0' && *scan->at <= '9'; scan->at++, decimals--)
		{
			if (decimals == 0)
				return refuse(scan, what);
			value = value * 10 + (*scan->at - '0');
		}
		if (scan->at == start)
			return refuse(scan, what);
	}
	for (; decimals > 0; decimals--)
		value *= 10;
	*out = value;
	return value <= most || refuse(scan, what);
}

/* One day or a run of equal days: units, @ share, * count. */
static bool
read_run(Scan *scan, SaHistoryDays *days)
{
	bool below = *scan->at == '-';
	int64_t units;
	int64_t share = 0;
	int64_t count = 1;

	scan->at += below ? 1 : 0;
	if (!read_steps(scan, 5, (int64_t) SA_HISTORY_MOST_UNITS * SA_HISTORY_UNIT_STEPS,
					"Units are a number with at most 5 decimals, not beyond 10000000000.", &units))
		return false;
	if (*scan->at == '@')
	{
		scan->at++;
		if (!read_steps(scan, 2, SA_HISTORY_SHARE_STEPS,
						"The share of a day out of stock is 0 to 1, with at most 2 decimals.",
						&share))
			return false;
	}
	if (*scan->at == '*')
	{
		scan->at++;
		if (!read_steps(scan, 0, SA_HISTORY_MAX_DAYS, "A day is repeated 1 to 4000 times.",
						&count) ||
			count == 0)
			return refuse(scan, "A day is repeated 1 to 4000 times.");
	}
	if (count > SA_HISTORY_MAX_DAYS - days->count)
		return refuse(scan, "A history has at most 4000 days.");
	if (days->first_day + days->count + (int32_t) count - 1 > SA_HISTORY_LAST_DAY)
		return refuse(scan, "A history lies between 1970-01-01 and 2199-12-31.");
	for (; count > 0; count--, days->count++)
	{
		days->units[days->count] = (double) (below ? -units : units) / SA_HISTORY_UNIT_STEPS;
		days->out_share[days->count] = (double) share / SA_HISTORY_SHARE_STEPS;
	}
	return true;
}

static bool
read_days(Scan *scan, SaHistoryDays *days)
{
	if (!read_date(scan, &days->first_day))
		return false;
	skip_spaces(scan);
	if (*scan->at != ':')
		return refuse(scan, "A colon follows the first day.");
	scan->at++;
	for (skip_spaces(scan); *scan->at != '}'; skip_spaces(scan))
	{
		if (*scan->at == '\0')
			return refuse(scan, "The closing brace is missing.");
		if (!read_run(scan, days))
			return false;
		if (!is_space(*scan->at) && *scan->at != '}' && *scan->at != '\0')
			return refuse(scan, "A space follows a day.");
	}
	return days->count > 0 || refuse(scan, "A first day needs its units; {} is empty.");
}

bool
sa_demand_history_parse(const char *text, SaHistoryDays *days, SaHistoryProblem *problem)
{
	Scan scan = {text, text, problem};

	problem->what = NULL;
	problem->at = 0;
	days->first_day = SA_HISTORY_FIRST_DAY;
	days->count = 0;
	skip_spaces(&scan);
	if (*scan.at != '{')
		return refuse(&scan, "A history begins with a brace, as in {2026-03-01: 3 0 2.5}.");
	scan.at++;
	skip_spaces(&scan);
	if (*scan.at != '}' && !read_days(&scan, days))
		return false;
	scan.at++;
	skip_spaces(&scan);
	return *scan.at == '\0' || refuse(&scan, "Nothing may follow the closing brace.");
}

size_t
sa_demand_history_text_bound(int32_t count)
{
	/* Braces, date, colon; each day a space, "-10000000000.00001", "@0.01", "*4000". */
	return 32 + (size_t) count * 32;
}

/* A number of steps without trailing zeros; returns the place after it. */
static char *
print_steps(char *out, int64_t steps, int decimals)
{
	char digits[24];
	int n = 0;
	int64_t rest = steps < 0 ? -steps : steps;

	if (steps < 0)
		*out++ = '-';
	for (; decimals > 0 && rest % 10 == 0; decimals--)
		rest /= 10;
	/* Least significant digit first, at least one before the point. */
	do
	{
		if (n > 0 && n == decimals)
			digits[n++] = '.';
		digits[n++] = (char) ('0' + rest % 10);
		rest /= 10;
	} while (rest > 0 || n <= decimals);
	while (n > 0)
		*out++ = digits[--n];
	return out;
}

static char *
print_padded(char *out, int32_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		out[i] = (char) ('0' + value % 10);
	return out + digits;
}

static char *
print_date(char *out, int32_t day)
{
	int32_t left = day + DAYS_TO_2000;
	int32_t year = 1970;
	int32_t month = 1;

	while (left >= days_of_date(year + 1, 1, 1) - days_of_date(year, 1, 1))
	{
		left -= days_of_date(year + 1, 1, 1) - days_of_date(year, 1, 1);
		year++;
	}
	for (; left >= month_length(year, month); month++)
		left -= month_length(year, month);
	out = print_padded(out, year, 4);
	*out++ = '-';
	out = print_padded(out, month, 2);
	*out++ = '-';
	return print_padded(out, left + 1, 2);
}

static char *
print_day(char *out, double units, double share)
{
	*out++ = ' ';
	out = print_steps(out, sa_demand_history_steps(units), 5);
	if (share > 0.0)
	{
		*out++ = '@';
		out = print_steps(out, (int64_t) (share * SA_HISTORY_SHARE_STEPS + 0.5), 2);
	}
	return out;
}

size_t
sa_demand_history_print(const SaHistoryDays *days, char *out)
{
	char *start = out;

	*out++ = '{';
	if (days->count > 0)
	{
		out = print_date(out, days->first_day);
		*out++ = ':';
	}
	for (int32_t i = 0, next; i < days->count; i = next)
	{
		for (next = i + 1; next < days->count && days->units[next] == days->units[i] &&
						   days->out_share[next] == days->out_share[i];)
			next++;
		if (next - i < SHORT_RUN)
			next = i + 1;
		out = print_day(out, days->units[i], days->out_share[i]);
		if (next > i + 1)
		{
			*out++ = '*';
			out = print_steps(out, next - i, 0);
		}
	}
	*out++ = '}';
	*out = '\0';
	return (size_t) (out - start);
}
