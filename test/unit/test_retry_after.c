/*
 * test_retry_after.c: seconds, dates, and garbage that counts as absent.
 */
#include "unit.h"

#include <stdint.h>

#include "pure/retry_after.h"

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

typedef struct Case
{
	const char *value;
	int ms;
} Case;

static const Case cases[] = {
	{"1", 1000},
	{" 30\r\n", 30000},
	{"0", 1000},
	{"3599", 3599000},
	{"3600", 3600000},
	{"3601", 3600000},
	{"99999999999999999999999999", 3600000},
	{"000000000000000000000000007", 7000},
	{"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
	{"Sun, 06 Nov 1994 08:49:37 GMT", 1000},
	{"Sat, 05 Nov 1994 08:49:37 GMT", 1000},
	{"Sun, 06 Nov 1994 09:49:36 GMT", 3599000},
	{"Mon, 01 Jan 2035 00:00:00 GMT", 3600000},
	{"", -1},
	{" ", -1},
	{"-1", -1},
	{"+1", -1},
	{"1.5", -1},
	{"1 2", -1},
	{"10s", -1},
	{"soon", -1},
	{"1e3", -1},
	{"Sun, 06 Nov 1994 08:49:37 CET", -1},
	{"Sun, 06 Nov 1994 08:49:37", -1},
	{"Sun, 32 Nov 1994 08:49:37 GMT", -1},
	{"Sun, 06 Foo 1994 08:49:37 GMT", -1},
	{"Sun, 06 Nov 1994 24:49:37 GMT", -1},
	{"Sun, 06 Nov 1994 08:60:37 GMT", -1},
	{"Sun, 06 Nov 19x4 08:49:37 GMT", -1},
	{"Sunday, 06-Nov-94 08:49:37 GMT", -1},
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_ROW(sa_retry_after_ms(cases[i].value, strlen(cases[i].value), NOW) == cases[i].ms,
				  cases[i].value);
	CHECK_INT(sa_retry_after_ms("Thu, 29 Feb 2024 00:00:05 GMT", 29, INT64_C(1709164800)), 5000);
	CHECK_INT(sa_retry_after_ms("Fri, 01 Mar 2024 00:00:05 GMT", 29, INT64_C(1709251200)), 5000);
	CHECK_INT(sa_ratelimit_reset_ms(" 1709251205\r\n", 13, INT64_C(1709251200)), 5000);
	CHECK_INT(sa_ratelimit_reset_ms("1709251100", 10, INT64_C(1709251200)), 1000);
	CHECK_INT(sa_ratelimit_reset_ms("99999999999999999999", 20, INT64_C(1709251200)), 3600000);
	CHECK_INT(sa_ratelimit_reset_ms("soon", 4, INT64_C(1709251200)), -1);
	CHECK_INT(sa_ratelimit_reset_ms("", 0, INT64_C(1709251200)), -1);
	return unit_end();
}
