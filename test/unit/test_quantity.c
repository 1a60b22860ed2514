/*
 * test_quantity.c: exact fixed-point quantities: text, parse, percent.
 */
#include "pure/quantity.h"
#include "unit.h"

static unsigned long long state = 88172645463325252ULL;

static unsigned long long
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Any magnitude that a quantity may have, small ones as often as great ones. */
static SaQuantity
random_quantity(void)
{
	unsigned __int128 bits = (unsigned __int128) next_random() << 64 | next_random();
	SaQuantity value = (SaQuantity) (bits >> (1 + next_random() % 127)) % SA_QUANTITY_LIMIT;

	return next_random() % 2 == 0 ? value : -value;
}

static void
check_texts(void)
{
	static const struct
	{
		const char *text;
		long long value;
		const char *shown;
	} rows[] = {
		{"0", 0, "0"},
		{"-0", 0, "0"},
		{"0.0", 0, "0"},
		{"1", 100000, "1"},
		{"007", 700000, "7"},
		{"-1", -100000, "-1"},
		{"10", 1000000, "10"},
		{"0.00001", 1, "0.00001"},
		{"-0.00001", -1, "-0.00001"},
		{"0.1", 10000, "0.1"},
		{"0.10000", 10000, "0.1"},
		{"0.01010", 1010, "0.0101"},
		{"12.5", 1250000, "12.5"},
		{"100000", 10000000000LL, "100000"},
		{"19.99999", 1999999, "19.99999"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		SaQuantity value = -7;
		char text[SA_QUANTITY_TEXT];

		CHECK_ROW(sa_quantity_parse(rows[i].text, &value), rows[i].text);
		CHECK_INT(value, rows[i].value);
		CHECK_INT(sa_quantity_text(value, text), strlen(rows[i].shown));
		CHECK_STR(text, rows[i].shown);
	}
}

static void
check_refused(void)
{
	static const char *const rows[] = {
		"",
		"-",
		"+1",
		".",
		".5",
		"5.",
		"-.5",
		" 1",
		"1 ",
		"1e3",
		"1,5",
		"0x10",
		"--1",
		"1.000000",
		"1.234567",
		"NaN",
		"Infinity",
		"1000000000000000000000",
		"0000000000000000000001",
		"1.-5",
		"1.5.5",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		SaQuantity value = 42;

		CHECK_ROW(!sa_quantity_parse(rows[i], &value), rows[i]);
		CHECK_ROW(value == 42, rows[i]);
	}
}

static void
check_longest(void)
{
	static const char longest[] = "999999999999999999999.99999";
	static const char lowest[] = "-999999999999999999999.99999";
	SaQuantity value;
	char text[SA_QUANTITY_TEXT];

	CHECK(sa_quantity_parse(longest, &value));
	CHECK(value == SA_QUANTITY_LIMIT - 1);
	(void) sa_quantity_text(value, text);
	CHECK_STR(text, longest);
	CHECK(sa_quantity_parse(lowest, &value));
	CHECK(value == 1 - SA_QUANTITY_LIMIT);
	(void) sa_quantity_text(value, text);
	CHECK_STR(text, lowest);
	/* What two of them, or a thousand percent of one, may come to. */
	(void) sa_quantity_text(2 * (1 - SA_QUANTITY_LIMIT), text);
	CHECK_STR(text, "-1999999999999999999999.99998");
	(void) sa_quantity_text(sa_quantity_percent(SA_QUANTITY_LIMIT - 1, 1000 * SA_QUANTITY_ONE),
							text);
	CHECK_STR(text, "9999999999999999999999.9999");
}

static void
check_round_trip(void)
{
	for (int i = 0; i < 200000; i++)
	{
		SaQuantity value = random_quantity();
		SaQuantity back = value + 1;
		char text[SA_QUANTITY_TEXT];
		size_t length = sa_quantity_text(value, text);

		CHECK_ROW(length == strlen(text) && length < sizeof(text), text);
		CHECK_ROW(sa_quantity_parse(text, &back) && back == value, text);
		CHECK_ROW(strchr(text, '.') == NULL || text[length - 1] != '0', text);
	}
}

/* Rounded down, and exact where the plain product fits. */
static void
check_percent(void)
{
	CHECK(sa_quantity_percent(0, 20 * SA_QUANTITY_ONE) == 0);
	CHECK(sa_quantity_percent(100 * SA_QUANTITY_ONE, 20 * SA_QUANTITY_ONE) == 20 * SA_QUANTITY_ONE);
	CHECK(sa_quantity_percent(1, 20 * SA_QUANTITY_ONE) == 0);
	CHECK(sa_quantity_percent(5, 20 * SA_QUANTITY_ONE) == 1);
	CHECK(sa_quantity_percent(9, 20 * SA_QUANTITY_ONE) == 1);
	CHECK(sa_quantity_percent(SA_QUANTITY_LIMIT - 1, 100 * SA_QUANTITY_ONE) ==
		  SA_QUANTITY_LIMIT - 1);
	CHECK(sa_quantity_percent(SA_QUANTITY_LIMIT - 1, 0) == 0);
	for (int i = 0; i < 20000; i++)
	{
		SaQuantity whole = (SaQuantity) (next_random() % 1000000000000ULL);
		SaQuantity percent = (SaQuantity) (next_random() % 100000000ULL);

		CHECK(sa_quantity_percent(whole, percent) == whole * percent / (100 * SA_QUANTITY_ONE));
	}
}

int
main(void)
{
	/* What palloc() returns must do for it. */
	CHECK_INT(__alignof__(SaQuantity), 8);
	check_texts();
	check_refused();
	check_longest();
	check_round_trip();
	check_percent();
	return unit_end();
}
