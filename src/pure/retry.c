/*
 * retry.c: full jitter under a doubling bound, and the provider's own wish.
 */
#include "pure/retry.h"

static int64_t
clamp(int64_t value, int64_t least, int64_t most)
{
	if (value < least)
		return least;
	return value > most ? most : value;
}

/* base * 2^(attempts - 1), never above cap and never overflowing. */
static int64_t
double_bound(int attempts, int64_t base_ms, int64_t cap_ms)
{
	int64_t bound = base_ms;

	for (int i = 1; i < attempts && bound < cap_ms; i++)
		bound = bound > INT64_MAX / 2 ? INT64_MAX : bound * 2;
	return bound > cap_ms ? cap_ms : bound;
}

int64_t
sa_retry_delay(int attempts, int64_t retry_after_ms, int64_t base_ms, int64_t cap_ms, double random)
{
	int64_t delay;

	/* A NaN, too, counts as no luck at all. */
	if (!(random >= 0.0 && random < 1.0))
		random = 0.0;
	delay = (int64_t) (random * (double) double_bound(attempts, base_ms, cap_ms));
	if (retry_after_ms >= 0)
	{
		int64_t asked = clamp(retry_after_ms, SA_RETRY_AFTER_LEAST_MS, SA_RETRY_AFTER_MOST_MS);

		if (asked > delay)
			delay = asked;
	}
	return delay < SA_RETRY_LEAST_MS ? SA_RETRY_LEAST_MS : delay;
}
