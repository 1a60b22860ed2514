/*
 * fuzz_demand_history.c: any bytes are refused or read as days; any text is refused or read as
 * days; days are written and read back as bytes and as text, and sums are those of the days.
 *
 * The input is taken as bytes, as text, and as days of two bytes each.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/demand_history.h"
#include "pure/demand_history_text.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double units[2][SA_HISTORY_MAX_DAYS];
static double shares[2][SA_HISTORY_MAX_DAYS];
static uint8_t bytes[5 + 10 * SA_HISTORY_MAX_DAYS];
static char text[32 + 32 * SA_HISTORY_MAX_DAYS];

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

static void
expect_same(const SaHistoryDays *a, const SaHistoryDays *b)
{
	expect(a->count == b->count && (a->count == 0 || a->first_day == b->first_day));
	for (int32_t i = 0; i < a->count; i++)
		expect(a->units[i] == b->units[i] && a->out_share[i] == b->out_share[i]);
}

static void
check_sums(const SaHistoryDays *days, size_t size, int32_t from, int32_t to)
{
	SaHistorySums sums;
	int64_t steps = 0;
	int64_t exposed = 0;
	int64_t out = 0;

	for (int32_t i = 0; i < days->count; i++)
	{
		if (days->first_day + i < from || days->first_day + i > to)
			continue;
		steps += sa_demand_history_steps(days->units[i]);
		exposed += days->out_share[i] < 1.0 ? sa_demand_history_steps(days->units[i]) : 0;
		out += (int64_t) (days->out_share[i] * SA_HISTORY_SHARE_STEPS + 0.5);
	}
	expect(sa_demand_history_sums(bytes, size, from, to, false, &sums));
	expect(sums.unit_steps == steps && sums.exposed_steps == exposed && sums.out_steps == out);
	expect(sa_demand_history_sums(bytes, size, from, to, true, &sums));
	expect(sums.unit_steps >= steps && sums.unit_steps >= 0 && sums.days >= 0);
}

/* Days that can be stored as they are. */
static void
check_days(const SaHistoryDays *days)
{
	SaHistoryDays back = {0, 0, units[1], shares[1]};
	SaHistoryProblem problem;
	size_t size = sa_demand_history_encode(days, bytes, sizeof(bytes));
	int32_t last = days->first_day + days->count - 1;

	expect(size > 0 && size <= sa_demand_history_bound(days->count));
	expect(sa_demand_history_decode(bytes, size, &back));
	expect_same(days, &back);
	expect(sa_demand_history_print(days, text) < sa_demand_history_text_bound(days->count));
	expect(sa_demand_history_parse(text, &back, &problem));
	expect_same(days, &back);
	check_sums(days, size, days->first_day, last);
	check_sums(days, size, days->first_day + days->count / 3, last - days->count / 4);
	check_sums(days, size, last, last + 5);
}

static void
check_text(const uint8_t *data, size_t size)
{
	SaHistoryDays days = {0, 0, units[0], shares[0]};
	SaHistoryProblem problem;
	char *copy = malloc(size + 1);

	if (copy == NULL)
		return;
	memcpy(copy, data, size);
	copy[size] = '\0';
	if (sa_demand_history_parse(copy, &days, &problem))
		check_days(&days);
	else
		expect(problem.what != NULL && problem.at <= strlen(copy));
	free(copy);
}

/* Numbers as they come: what is written may be cut off, but reads back as itself. */
static void
check_numbers(const uint8_t *data, size_t size)
{
	static const double scales[4] = {1.0, 0.01, 0.0001, 123456.789};
	SaHistoryDays days = {SA_HISTORY_FIRST_DAY, 0, units[0], shares[0]};
	SaHistoryDays back = {0, 0, units[1], shares[1]};
	size_t written;

	for (; size >= 2 && days.count < SA_HISTORY_MAX_DAYS; data += 2, size -= 2, days.count++)
	{
		days.units[days.count] = (int8_t) data[0] * scales[data[1] & 3];
		days.out_share[days.count] = (data[1] >> 2) / 50.0 - 0.1;
	}
	written = sa_demand_history_encode(&days, bytes, sizeof(bytes));
	expect(written > 0 && sa_demand_history_decode(bytes, written, &back));
	memcpy(units[0], units[1], sizeof(units[0]));
	memcpy(shares[0], shares[1], sizeof(shares[0]));
	check_days(&days);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SaHistoryDays days = {0, 0, units[0], shares[0]};
	SaHistorySums sums;

	(void) sa_demand_history_sums(data, size, SA_HISTORY_FIRST_DAY, SA_HISTORY_LAST_DAY, true,
								  &sums);
	(void) sa_demand_history_append(data, size, 9000, SA_HISTORY_UNIT_STEPS, 8600, bytes,
									sizeof(bytes));
	if (sa_demand_history_decode(data, size, &days))
		check_days(&days);
	check_text(data, size);
	check_numbers(data, size);
	return 0;
}
