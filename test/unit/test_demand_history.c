/*
 * test_demand_history.c: days to bytes and back, their sums, and their text.
 */
#include <stdlib.h>

#include "pure/demand_history.h"
#include "pure/demand_history_text.h"
#include "unit.h"

static unsigned long long state = 88172645463325252ULL;

static double units[SA_HISTORY_MAX_DAYS];
static double shares[SA_HISTORY_MAX_DAYS];
static double units_back[SA_HISTORY_MAX_DAYS];
static double shares_back[SA_HISTORY_MAX_DAYS];
static uint8_t bytes[5 + 10 * SA_HISTORY_MAX_DAYS];
static uint8_t appended_bytes[5 + 10 * SA_HISTORY_MAX_DAYS];
static uint8_t bytes_again[5 + 10 * SA_HISTORY_MAX_DAYS];
static char text[32 + 32 * SA_HISTORY_MAX_DAYS];

static unsigned
next_random(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned) (state >> 20) % below;
}

/* Days as shops have them: mostly nothing, small numbers, runs without stock; and odd ones. */
static double
random_units(void)
{
	switch (next_random(12))
	{
		case 0:
			return next_random(20);
		case 1:
			return next_random(1000);
		case 2:
			return next_random(100000) / 100.0;
		case 3:
			return (double) next_random(10000) / 1000.0 - 2.0;
		case 4:
			return ((double) next_random(1U << 31) - 1e9) * 9.99999;
		case 5:
			return 1 + next_random(3);
		default:
			return 0.0;
	}
}

static SaHistoryDays
random_days(int32_t count)
{
	SaHistoryDays days = {0, count, units, shares};
	double share = 0.0;

	days.first_day =
		SA_HISTORY_FIRST_DAY +
		(int32_t) next_random((unsigned) (SA_HISTORY_LAST_DAY - SA_HISTORY_FIRST_DAY - count + 1));
	for (int32_t i = 0; i < count; i++)
	{
		if (next_random(6) == 0)
			share = next_random(3) == 0 ? next_random(101) / 100.0 : next_random(2);
		units[i] = (double) sa_demand_history_steps(random_units()) / SA_HISTORY_UNIT_STEPS;
		shares[i] = share;
	}
	return days;
}

static bool
same_days(const SaHistoryDays *a, const SaHistoryDays *b)
{
	if (a->count != b->count || (a->count > 0 && a->first_day != b->first_day))
		return false;
	for (int32_t i = 0; i < a->count; i++)
	{
		if (a->units[i] != b->units[i] || a->out_share[i] != b->out_share[i])
			return false;
	}
	return true;
}

static void
check_sums(const SaHistoryDays *days, size_t size, int32_t from, int32_t to, bool clip)
{
	SaHistorySums sums;
	SaHistorySums expected = {0, 0, 0, 0};

	for (int32_t day = from > days->first_day ? from : days->first_day; day <= to; day++)
	{
		int32_t i = day - days->first_day;
		int64_t steps = i < days->count ? sa_demand_history_steps(days->units[i]) : 0;
		double share = i < days->count ? days->out_share[i] : 0.0;

		steps = clip && steps < 0 ? 0 : steps;
		expected.days++;
		expected.unit_steps += steps;
		expected.exposed_steps += share < 1.0 ? steps : 0;
		expected.out_steps += (int64_t) (share * SA_HISTORY_SHARE_STEPS + 0.5);
	}
	CHECK(sa_demand_history_sums(bytes, size, from, to, clip, &sums));
	CHECK_INT(sums.days, days->count == 0 ? 0 : expected.days);
	CHECK_INT(sums.unit_steps, expected.unit_steps);
	CHECK_INT(sums.exposed_steps, expected.exposed_steps);
	CHECK_INT(sums.out_steps, expected.out_steps);
}

static void
check_round_trip(const SaHistoryDays *days)
{
	SaHistoryDays back = {0, 0, units_back, shares_back};
	SaHistoryProblem problem;
	size_t size = sa_demand_history_encode(days, bytes, sizeof(bytes));
	int32_t first_day;
	int32_t count;

	CHECK(size > 0 && size <= sa_demand_history_bound(days->count));
	CHECK_INT(sa_demand_history_encode(days, bytes_again, size), size);
	CHECK(memcmp(bytes, bytes_again, size) == 0);
	CHECK_INT(sa_demand_history_encode(days, bytes_again, size - 1), 0);
	CHECK(sa_demand_history_peek(bytes, size, &first_day, &count));
	CHECK_INT(count, days->count);
	CHECK(sa_demand_history_decode(bytes, size, &back));
	CHECK(same_days(days, &back));
	CHECK(!sa_demand_history_decode(bytes, size - 1, &back));
	CHECK(sa_demand_history_print(days, text) < sa_demand_history_text_bound(days->count));
	CHECK_ROW(sa_demand_history_parse(text, &back, &problem), text);
	CHECK_ROW(same_days(days, &back), text);
	check_sums(days, size, days->first_day, days->first_day + days->count - 1, false);
	check_sums(days, size, days->first_day - 10, days->first_day + days->count + 10, true);
	check_sums(days, size, days->first_day + days->count / 3, days->first_day + days->count * 2 / 3,
			   true);
	check_sums(days, size, days->first_day + days->count + 1, days->first_day + days->count + 3,
			   true);
}

static void
check_random(void)
{
	for (int i = 0; i < 2000; i++)
	{
		SaHistoryDays days = random_days((int32_t) next_random(i % 100 == 0 ? 4001 : 120));

		check_round_trip(&days);
	}
}

/* The bytes themselves: a change of them needs a new format. */
static void
check_golden(void)
{
	static const struct
	{
		const char *text;
		const char *bytes;
	} rows[] = {
		{"{}", "0100000000"},
		{"{1970-01-01: 0}", "010000020080"},
		{"{2026-03-01: 3 0 2.5 0*14 -1 1@0.25 0@1*3}", "0121502c00c2e10119e2018de4fa0112"},
		{"{2026-03-01: 16 0*7 17 0*8 1 2.535 0.00001 0*65}", "012150aa00bf80ec01e8e7130087e0117f"},
	};
	SaHistoryDays days = {0, 0, units, shares};
	SaHistoryProblem problem;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		char hex[200] = "";
		size_t size;

		CHECK_ROW(sa_demand_history_parse(rows[i].text, &days, &problem), rows[i].text);
		size = sa_demand_history_encode(&days, bytes, sizeof(bytes));
		for (size_t b = 0; b < size; b++)
			(void) sprintf(hex + 2 * b, "%02x", bytes[b]);
		CHECK_STR(hex, rows[i].bytes);
		(void) sa_demand_history_print(&days, text);
		CHECK_STR(text, rows[i].text);
	}
}

/* What encode makes of numbers that a history cannot hold. */
static void
check_limits(void)
{
	SaHistoryDays days = {0, 8, units, shares};
	SaHistoryDays back = {0, 0, units_back, shares_back};
	static const double given[] = {NAN,       INFINITY, -INFINITY,  1e300,
								   0.0000049, 0.000005, -0.0000051, 12345.678905};
	static const double kept[] = {0, 1e10, -1e10, 1e10, 0, 0.00001, -0.00001, 12345.67891};
	static const double given_share[] = {NAN, -1, 2, 1, 0.999, 0.004, 0.005, 0.5};
	static const double kept_share[] = {0, 0, 1, 1, 0.99, 0, 0.01, 0.5};
	size_t size;

	memcpy(units, given, sizeof(given));
	memcpy(shares, given_share, sizeof(given_share));
	size = sa_demand_history_encode(&days, bytes, sizeof(bytes));
	CHECK(size > 0 && size <= sa_demand_history_bound(8));
	CHECK(sa_demand_history_decode(bytes, size, &back));
	for (int i = 0; i < 8; i++)
	{
		CHECK_CLOSE(units_back[i], kept[i], 0);
		CHECK_CLOSE(shares_back[i], kept_share[i], 0);
	}
	back.out_share = NULL;
	days.out_share = NULL;
	CHECK(sa_demand_history_decode(bytes, size, &back));
	CHECK(sa_demand_history_encode(&days, bytes, sizeof(bytes)) < size);
	days.first_day = SA_HISTORY_LAST_DAY - 6;
	CHECK_INT(sa_demand_history_encode(&days, bytes, sizeof(bytes)), 0);
	days.first_day = SA_HISTORY_LAST_DAY - 7;
	CHECK(sa_demand_history_encode(&days, bytes, sizeof(bytes)) > 0);
	days.first_day = SA_HISTORY_FIRST_DAY - 1;
	CHECK_INT(sa_demand_history_encode(&days, bytes, sizeof(bytes)), 0);
	days.first_day = SA_HISTORY_FIRST_DAY;
	days.count = -1;
	CHECK_INT(sa_demand_history_encode(&days, bytes, sizeof(bytes)), 0);
	days.count = SA_HISTORY_MAX_DAYS + 1;
	CHECK_INT(sa_demand_history_encode(&days, bytes, sizeof(bytes)), 0);
}

/* Bytes that nobody wrote. */
static void
check_corrupt(void)
{
	static const struct
	{
		const char *why;
		size_t size;
		const char *bytes;
	} rows[] = {
		{"nothing", 0, ""},
		{"no header", 4, "\x01\x00\x00\x00"},
		{"format 0", 6, "\x00\x00\x00\x02\x00\x80"},
		{"format 2", 6, "\x02\x00\x00\x02\x00\x80"},
		{"empty with a day", 6, "\x01\x00\x00\x00\x00\x80"},
		{"empty with a date", 5, "\x01\x01\x00\x00\x00"},
		{"no days", 5, "\x01\x00\x00\x02\x00"},
		{"too few days", 6, "\x01\x00\x00\x04\x00\x80"},
		{"too many days", 6, "\x01\x00\x00\x02\x00\x81"},
		{"a gap before the first day", 6, "\x01\x00\x00\x02\x00\x10"},
		{"a byte too much", 7, "\x01\x00\x00\x02\x00\x80\x80"},
		{"a day after 2199", 6, "\x01\xff\xff\x03\x00\x80"},
		{"4001 days", 6, "\x01\x00\x00\x42\x1f\x80"},
		{"an unknown token", 6, "\x01\x00\x00\x02\x00\xf0"},
		{"a day without number", 6, "\x01\x00\x00\x02\x00\xe0"},
		{"an endless number", 16,
		 "\x01\x00\x00\x02\x00\xe0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
		{"a number with a zero on top", 8, "\x01\x00\x00\x02\x00\xe0\x91\x00"},
		{"too many units", 14, "\x01\x00\x00\x02\x00\xec\xff\xff\xff\xff\xff\xff\xff\x7f"},
		{"no share", 7, "\x01\x00\x00\x02\x00\xe1\x05"},
		{"share 0", 8, "\x01\x00\x00\x02\x00\xe1\x05\x00"},
		{"share 101", 8, "\x01\x00\x00\x02\x00\xe1\x05\x65"},
	};
	SaHistoryDays back = {0, 0, units_back, shares_back};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_ROW(!sa_demand_history_decode((const uint8_t *) rows[i].bytes, rows[i].size, &back),
				  rows[i].why);
}

static void
check_bad_texts(void)
{
	static const struct
	{
		const char *text;
		size_t at;
		const char *word; /* of the problem */
	} rows[] = {
		{"", 0, "begins"},
		{"2026-03-01: 3", 0, "begins"},
		{"{2026-03-01 3}", 12, "colon"},
		{"{2026-3-01: 3}", 7, "written"},
		{"{2026-03-1: 3}", 10, "written"},
		{"{26-03-01: 3}", 3, "written"},
		{"{2026/03/01: 3}", 5, "written"},
		{"{2026-13-01: 3}", 1, "no such"},
		{"{2026-02-29: 3}", 1, "no such"},
		{"{2100-02-29: 3}", 1, "no such"},
		{"{2026-00-01: 3}", 1, "no such"},
		{"{2026-01-00: 3}", 1, "no such"},
		{"{1969-12-31: 3}", 1, "between"},
		{"{2200-01-01: 3}", 1, "between"},
		{"{2199-12-31: 3 4}", 16, "between"},
		{"{2026-03-01:}", 12, "needs"},
		{"{2026-03-01: 3", 14, "brace"},
		{"{2026-03-01: 3} x", 16, "follow"},
		{"{} {}", 3, "follow"},
		{"{2026-03-01: x}", 13, "Units"},
		{"{2026-03-01: NaN}", 13, "Units"},
		{"{2026-03-01: Infinity}", 13, "Units"},
		{"{2026-03-01: 1e3}", 14, "space"},
		{"{2026-03-01: 1,2}", 14, "space"},
		{"{2026-03-01: +1}", 13, "Units"},
		{"{2026-03-01: -}", 14, "Units"},
		{"{2026-03-01: .5}", 13, "Units"},
		{"{2026-03-01: 5.}", 15, "Units"},
		{"{2026-03-01: 0.000001}", 20, "Units"},
		{"{2026-03-01: 10000000000.00001}", 30, "Units"},
		{"{2026-03-01: 99999999999999999999999}", 23, "Units"},
		{"{2026-03-01: 1@1.01}", 19, "share"},
		{"{2026-03-01: 1@0.001}", 19, "share"},
		{"{2026-03-01: 1@-0.1}", 15, "share"},
		{"{2026-03-01: 1@}", 15, "share"},
		{"{2026-03-01: 1*0}", 16, "repeated"},
		{"{2026-03-01: 1*4001}", 18, "repeated"},
		{"{2026-03-01: 1*1.5}", 17, "repeated"},
		{"{2026-03-01: 1*-1}", 15, "repeated"},
		{"{2026-03-01: 1*4000 1}", 21, "at most 4000"},
		{"{2026-03-01: 1*2@0.5}", 16, "space"},
	};
	SaHistoryDays days = {0, 0, units, shares};
	SaHistoryProblem problem;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		CHECK_ROW(!sa_demand_history_parse(rows[i].text, &days, &problem), rows[i].text);
		CHECK_INT(problem.at, rows[i].at);
		CHECK_ROW(problem.what != NULL && strstr(problem.what, rows[i].word) != NULL, rows[i].text);
	}
}

static void
check_good_texts(void)
{
	static const struct
	{
		const char *text;
		const char *shown;
	} rows[] = {
		{" { } ", "{}"},
		{"{2026-03-01 : 1}", "{2026-03-01: 1}"},
		{"{2026-03-01:1\t1\n1 1}", "{2026-03-01: 1*4}"},
		{"{2026-03-01: 2*2 1@0 -0 00.50}", "{2026-03-01: 2 2 1 0 0.5}"},
		{"{2000-02-29: 1@1.00*3 1@0.5}", "{2000-02-29: 1@1*3 1@0.5}"},
		{"{1970-01-01: 10000000000 -10000000000}", "{1970-01-01: 10000000000 -10000000000}"},
		{"{1999-12-31: 9999999999.99999}", "{1999-12-31: 9999999999.99999}"},
		{"{2199-12-31: 0*1}", "{2199-12-31: 0}"},
		{"{2096-02-29: 0*4000}", "{2096-02-29: 0*4000}"},
	};
	SaHistoryDays days = {0, 0, units, shares};
	SaHistoryProblem problem;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		CHECK_ROW(sa_demand_history_parse(rows[i].text, &days, &problem), rows[i].text);
		CHECK_INT(sa_demand_history_print(&days, text), strlen(rows[i].shown));
		CHECK_STR(text, rows[i].shown);
	}
}

/* Bytes a pair of a shop: a third of the days sell. */
static void
check_sizes(void)
{
	static const int32_t counts[] = {90, 400};
	static const size_t most[] = {70, 280};

	for (int c = 0; c < 2; c++)
	{
		size_t total = 0;

		for (int pair = 0; pair < 1000; pair++)
		{
			SaHistoryDays days = {9500, counts[c], units, NULL};

			for (int32_t i = 0; i < counts[c]; i++)
				units[i] = next_random(3) == 0 ? 1 + next_random(4) * next_random(4) : 0;
			total += sa_demand_history_encode(&days, bytes, sizeof(bytes));
		}
		CHECK(total / 1000 <= most[c]);
	}
}

/* What encode writes of the same days, the new one behind them and the oldest dropped. */
static size_t
encode_longer(const SaHistoryDays *days, int32_t day, int64_t steps, int32_t keep_from)
{
	SaHistoryDays longer = *days;

	for (; longer.first_day + longer.count <= day; longer.count++)
		longer.units[longer.count] = longer.out_share[longer.count] = 0.0;
	longer.units[longer.count - 1] = (double) steps / SA_HISTORY_UNIT_STEPS;
	while (longer.first_day < keep_from ||
		   (longer.count > 0 && longer.units[0] == 0.0 && longer.out_share[0] == 0.0))
	{
		longer.first_day++;
		longer.count--;
		longer.units++;
		longer.out_share++;
	}
	return sa_demand_history_encode(&longer, bytes_again, sizeof(bytes_again));
}

static void
check_append(void)
{
	int appended = 0;
	int decoded = 0;

	for (int i = 0; i < 20000; i++)
	{
		SaHistoryDays days = random_days(1 + (int32_t) next_random(i % 10 == 0 ? 1500 : 60));
		int32_t last = days.first_day + days.count - 1;
		int32_t day = last + 1 + (int32_t) next_random(next_random(4) == 0 ? 200 : 12);
		int32_t keep_from = days.first_day - 5 + (int32_t) next_random((unsigned) days.count + 5);
		int64_t steps = sa_demand_history_steps(random_units());
		size_t size;
		size_t longer;

		units[0] = 1.0;
		if (next_random(3) > 0)
			units[days.count - 1] = next_random(2) == 0 ? 3.0 : 17.25;
		size = sa_demand_history_encode(&days, bytes, sizeof(bytes));
		memcpy(bytes_again, bytes, size);
		longer = sa_demand_history_append(bytes, size, day, steps, keep_from, appended_bytes,
										  size + SA_HISTORY_APPEND_MOST);
		decoded += longer == 0;
		if (longer == 0)
		{
			if (day <= SA_HISTORY_LAST_DAY && steps != 0 && days.first_day >= keep_from)
				CHECK(false);
			continue;
		}
		appended++;
		CHECK(day <= SA_HISTORY_LAST_DAY && steps != 0);
		CHECK(longer == encode_longer(&days, day, steps, keep_from));
		CHECK(memcmp(bytes_again, appended_bytes, longer) == 0);
		CHECK(sa_demand_history_append(bytes, size, day, steps, keep_from, appended_bytes,
									   longer - 1) == 0);
		CHECK(sa_demand_history_append(bytes, size, last, steps, keep_from, appended_bytes,
									   sizeof(appended_bytes)) == 0);
	}
	CHECK(appended > 5000 && decoded > 500);
}

int
main(void)
{
	check_golden();
	check_good_texts();
	check_bad_texts();
	check_corrupt();
	check_limits();
	check_sizes();
	check_random();
	check_append();
	return unit_end();
}
