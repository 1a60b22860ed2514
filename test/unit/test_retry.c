/*
 * test_retry.c: the bounds of the retry delay, and the token bucket with its
 * pauses and breaker, on a clock of our own.
 */
#include "unit.h"

#include "pure/bucket.h"
#include "pure/retry.h"

static void
test_delay(void)
{
	CHECK_INT(sa_retry_delay(1, -1, 2000, 1800000, 0.0), 250);
	CHECK_INT(sa_retry_delay(1, -1, 2000, 1800000, 0.5), 1000);
	CHECK_INT(sa_retry_delay(2, -1, 2000, 1800000, 0.5), 2000);
	CHECK_INT(sa_retry_delay(5, -1, 2000, 1800000, 0.5), 16000);
	/* the cap holds, whatever the attempts */
	CHECK_INT(sa_retry_delay(16, -1, 2000, 1800000, 0.5), 900000);
	CHECK_INT(sa_retry_delay(1000000, -1, 2000, 1800000, 0.5), 900000);
	CHECK(sa_retry_delay(2147483647, -1, 1, INT64_MAX, 0.999) > 0);
	/* a base above the cap */
	CHECK_INT(sa_retry_delay(1, -1, 5000, 1000, 0.5), 500);
	/* Retry-After: at least what was asked, within 1 s and 1 h */
	CHECK_INT(sa_retry_delay(1, 3000, 2000, 1800000, 0.0), 3000);
	CHECK_INT(sa_retry_delay(1, 0, 2000, 1800000, 0.0), 1000);
	CHECK_INT(sa_retry_delay(1, 1000000000000LL, 2000, 1800000, 0.0), 3600000);
	CHECK_INT(sa_retry_delay(12, 3000, 2000, 1800000, 0.5), 900000);
	/* nonsense for a random number */
	CHECK_INT(sa_retry_delay(3, -1, 2000, 1800000, NAN), 250);
	CHECK_INT(sa_retry_delay(3, -1, 2000, 1800000, -1.0), 250);
	CHECK_INT(sa_retry_delay(3, -1, 2000, 1800000, 1.0), 250);
	for (int attempts = -1; attempts < 40; attempts++)
		for (int i = 0; i < 100; i++)
		{
			int64_t delay = sa_retry_delay(attempts, -1, 2000, 1800000, i / 100.0);

			CHECK(delay >= 250 && delay <= 1800000);
		}
}

static void
test_rate(void)
{
	SaBucket bucket;
	int sent = 0;

	sa_bucket_start(&bucket, 1.0, 1, true, 0);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 0), 1);
	sa_bucket_take(&bucket, 1);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 999), 0);
	CHECK(sa_bucket_wait(&bucket, 999) >= 1 && sa_bucket_wait(&bucket, 999) <= 2);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 1000), 1);
	CHECK_INT(sa_bucket_wait(&bucket, 1000), 0);
	/* a minute of asking each 7 ms gives 60 and not one more */
	sa_bucket_start(&bucket, 1.0, 1, false, 0);
	for (int64_t now = 0; now < 60500; now += 7)
	{
		int allowed = sa_bucket_allows(&bucket, 64, now);

		CHECK(allowed <= 1);
		sa_bucket_take(&bucket, allowed);
		sent += allowed;
	}
	CHECK_INT(sent, 60);
	/* burst, and the caller's limit */
	sa_bucket_start(&bucket, 5.0, 10, true, 0);
	CHECK_INT(sa_bucket_allows(&bucket, 100, 0), 10);
	CHECK_INT(sa_bucket_allows(&bucket, 3, 0), 3);
	sa_bucket_set_rate(&bucket, 5.0, 2);
	CHECK_INT(sa_bucket_allows(&bucket, 100, 100000), 2);
	/* a clock that goes backwards */
	sa_bucket_take(&bucket, 2);
	CHECK_INT(sa_bucket_allows(&bucket, 100, 50000), 0);
}

static void
test_breaker(void)
{
	SaBucket bucket;
	int64_t wait;

	sa_bucket_start(&bucket, 1000.0, 1000, true, 0);
	for (int i = 0; i < SA_BUCKET_FAILURES - 1; i++)
		sa_bucket_failed(&bucket, 0);
	CHECK(sa_bucket_allows(&bucket, 10, 0) == 10);
	sa_bucket_failed(&bucket, 0);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 0), 0);
	wait = sa_bucket_wait(&bucket, 0);
	CHECK_INT(wait, 5000);
	/* half open: one, and no second before its answer */
	CHECK_INT(sa_bucket_allows(&bucket, 10, wait), 1);
	sa_bucket_take(&bucket, 1);
	CHECK_INT(sa_bucket_allows(&bucket, 10, wait + 60000), 0);
	CHECK_INT(sa_bucket_wait(&bucket, wait + 60000), -1);
	/* it fails: twice the pause */
	sa_bucket_failed(&bucket, wait);
	CHECK_INT(sa_bucket_wait(&bucket, wait), 10000);
	for (int i = 0; i < 100; i++)
		sa_bucket_failed(&bucket, 0);
	CHECK(sa_bucket_wait(&bucket, 0) <= 300000);
	sa_bucket_succeeded(&bucket);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 300000), 10);
	/* a success in between starts the count anew */
	for (int i = 0; i < 20; i++)
	{
		sa_bucket_failed(&bucket, 300000);
		if (i % 4 == 3)
			sa_bucket_succeeded(&bucket);
	}
	CHECK_INT(sa_bucket_allows(&bucket, 10, 300000), 10);
}

static void
test_pause(void)
{
	SaBucket bucket;

	sa_bucket_start(&bucket, 10.0, 10, true, 0);
	sa_bucket_pause(&bucket, 3000);
	sa_bucket_pause(&bucket, 1000); /* a shorter one does not shorten it */
	CHECK_INT(sa_bucket_allows(&bucket, 10, 2999), 0);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 3000), 1);
	/* said to be mended: one shows whether it is */
	sa_bucket_resume(&bucket);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 100), 1);
	sa_bucket_take(&bucket, 1);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 100), 0);
	/* that one never left: it shows nothing */
	sa_bucket_untried(&bucket);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 200), 1);
	sa_bucket_take(&bucket, 1);
	sa_bucket_succeeded(&bucket);
	CHECK_INT(sa_bucket_allows(&bucket, 10, 1000), 10);
}

int
main(void)
{
	test_delay();
	test_rate();
	test_breaker();
	test_pause();
	return unit_end();
}
