/*
 * unit.h: the few macros of the unit tests.
 *
 * A test is a plain program: CHECK...() counts, and prints what failed with
 * its place; `return unit_end();` prints "ok N checks" or ends with status 1.
 */
#ifndef SA_UNIT_H
#define SA_UNIT_H

#include <math.h>
#include <stdio.h>
#include <string.h>

static int unit_checks = 0;
static int unit_failures = 0;

#define CHECK(condition)                                                                           \
	do                                                                                             \
	{                                                                                              \
		unit_checks++;                                                                             \
		if (!(condition))                                                                          \
		{                                                                                          \
			unit_failures++;                                                                       \
			(void) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                 \
		}                                                                                          \
	} while (0)

/* As CHECK, naming the row of a table that failed. */
#define CHECK_ROW(condition, row)                                                                  \
	do                                                                                             \
	{                                                                                              \
		unit_checks++;                                                                             \
		if (!(condition))                                                                          \
		{                                                                                          \
			unit_failures++;                                                                       \
			(void) fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, (row), #condition);      \
		}                                                                                          \
	} while (0)

#define CHECK_INT(actual, expected)                                                                \
	do                                                                                             \
	{                                                                                              \
		long long unit_a = (long long) (actual);                                                   \
		long long unit_e = (long long) (expected);                                                 \
                                                                                                   \
		unit_checks++;                                                                             \
		if (unit_a != unit_e)                                                                      \
		{                                                                                          \
			unit_failures++;                                                                       \
			(void) fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual,   \
						   unit_a, unit_e);                                                        \
		}                                                                                          \
	} while (0)

#define CHECK_STR(actual, expected)                                                                \
	do                                                                                             \
	{                                                                                              \
		const char *unit_a = (actual);                                                             \
		const char *unit_e = (expected);                                                           \
                                                                                                   \
		unit_checks++;                                                                             \
		if (unit_a == NULL || strcmp(unit_a, unit_e) != 0)                                         \
		{                                                                                          \
			unit_failures++;                                                                       \
			(void) fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__,        \
						   #actual, unit_a == NULL ? "(null)" : unit_a, unit_e);                   \
		}                                                                                          \
	} while (0)

/* Equal within a tolerance relative to the larger of 1 and the expected value; NaN equals NaN. */
#define CHECK_CLOSE(actual, expected, tolerance)                                                   \
	do                                                                                             \
	{                                                                                              \
		double unit_a = (actual);                                                                  \
		double unit_e = (expected);                                                                \
                                                                                                   \
		unit_checks++;                                                                             \
		if (!((isnan(unit_a) && isnan(unit_e)) || unit_a == unit_e ||                              \
			  fabs(unit_a - unit_e) <= (tolerance) *fmax(1.0, fabs(unit_e))))                      \
		{                                                                                          \
			unit_failures++;                                                                       \
			(void) fprintf(stderr, "%s:%d: %s is %.17g, not %.17g\n", __FILE__, __LINE__, #actual, \
						   unit_a, unit_e);                                                        \
		}                                                                                          \
	} while (0)

static inline int
unit_end(void)
{
	if (unit_failures > 0 || unit_checks == 0)
	{
		(void) fprintf(stderr, "%d of %d checks failed\n", unit_failures, unit_checks);
		return 1;
	}
	(void) printf("ok %d checks\n", unit_checks);
	return 0;
}

#endif
