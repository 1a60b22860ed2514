/*
 * bucket.c: token bucket, pause and circuit breaker of one endpoint.
 */
#include "pure/bucket.h"

#define SA_BREAKER_LEAST_MS 5000
#define SA_BREAKER_MOST_MS  300000

void
sa_bucket_start(SaBucket *bucket, double per_second, int burst, bool full, int64_t now)
{
	*bucket = (SaBucket){0};
	sa_bucket_set_rate(bucket, per_second, burst);
	bucket->tokens = full ? bucket->burst : 0.0;
	bucket->filled_at = now;
}

void
sa_bucket_set_rate(SaBucket *bucket, double per_second, int burst)
{
	bucket->per_second = per_second > 0.0 ? per_second : 1.0;
	bucket->burst = burst >= 1 ? (double) burst : 1.0;
	if (bucket->tokens > bucket->burst)
		bucket->tokens = bucket->burst;
}

static void
fill(SaBucket *bucket, int64_t now)
{
	/* A clock that went backwards adds nothing and takes nothing. */
	if (now > bucket->filled_at)
	{
		bucket->tokens += (double) (now - bucket->filled_at) * bucket->per_second / 1000.0;
		if (bucket->tokens > bucket->burst)
			bucket->tokens = bucket->burst;
	}
	bucket->filled_at = now;
}

int
sa_bucket_allows(SaBucket *bucket, int limit, int64_t now)
{
	int allowed;

	fill(bucket, now);
	if (bucket->paused_until > now || (bucket->half_open && bucket->trial))
		return 0;
	/* Filled in slices, the last token may come out a hair short. */
	allowed = (int) (bucket->tokens + 1e-6);
	if (bucket->half_open && allowed > 1)
		allowed = 1;
	if (allowed > limit)
		allowed = limit;
	return allowed < 0 ? 0 : allowed;
}

int64_t
sa_bucket_wait(SaBucket *bucket, int64_t now)
{
	int64_t wait = 0;

	fill(bucket, now);
	if (bucket->half_open && bucket->trial)
		return -1;
	if (bucket->tokens + 1e-6 < 1.0)
		wait = (int64_t) ((1.0 - bucket->tokens) * 1000.0 / bucket->per_second) + 1;
	if (bucket->paused_until > now && bucket->paused_until - now > wait)
		wait = bucket->paused_until - now;
	return wait;
}

void
sa_bucket_take(SaBucket *bucket, int count)
{
	bucket->tokens -= count;
	if (bucket->half_open && count > 0)
		bucket->trial = true;
}

void
sa_bucket_succeeded(SaBucket *bucket)
{
	bucket->failures = 0;
	bucket->half_open = false;
	bucket->trial = false;
	bucket->paused_until = 0;
}

void
sa_bucket_failed(SaBucket *bucket, int64_t now)
{
	int64_t pause = SA_BREAKER_LEAST_MS;

	bucket->trial = false;
	if (bucket->failures < 1000)
		bucket->failures++;
	if (bucket->failures < SA_BUCKET_FAILURES)
		return;
	for (int i = SA_BUCKET_FAILURES; i < bucket->failures && pause < SA_BREAKER_MOST_MS; i++)
		pause *= 2;
	sa_bucket_pause(bucket, now + (pause > SA_BREAKER_MOST_MS ? SA_BREAKER_MOST_MS : pause));
}

void
sa_bucket_pause(SaBucket *bucket, int64_t until)
{
	if (until > bucket->paused_until)
		bucket->paused_until = until;
	bucket->half_open = true;
	bucket->trial = false;
}

void
sa_bucket_resume(SaBucket *bucket)
{
	bucket->failures = 0;
	bucket->paused_until = 0;
	bucket->half_open = true;
	bucket->trial = false;
}

void
sa_bucket_untried(SaBucket *bucket)
{
	bucket->trial = false;
}
