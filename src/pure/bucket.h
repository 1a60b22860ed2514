/*
 * bucket.h: how fast one endpoint may be used: a token bucket, pauses, and a
 * circuit breaker.
 *
 * All times are milliseconds of one clock, handed in.  A pause (Retry-After,
 * a breaker that opened, a channel that is not configured) ends with one
 * message being let through; only its success opens the way for more.
 */
#ifndef SA_PURE_BUCKET_H
#define SA_PURE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Failures in a row that open the breaker. */
#define SA_BUCKET_FAILURES 5

typedef struct SaBucket
{
	double per_second;
	double burst;
	double tokens;
	int64_t filled_at;
	int64_t paused_until; /* 0: not paused */
	int failures;         /* in a row */
	bool half_open;       /* one message at a time until one succeeds */
	bool trial;           /* that one is on its way */
} SaBucket;

/* A bucket starts full, or empty after a restart (a crash loop must not become a burst). */
extern void sa_bucket_start(SaBucket *bucket, double per_second, int burst, bool full, int64_t now);
/* The limits changed; tokens are kept within them. */
extern void sa_bucket_set_rate(SaBucket *bucket, double per_second, int burst);
/* How many messages may go now, at most limit. */
extern int sa_bucket_allows(SaBucket *bucket, int limit, int64_t now);
/* Milliseconds until one may go; 0: now; -1: when the trial has its answer. */
extern int64_t sa_bucket_wait(SaBucket *bucket, int64_t now);
extern void sa_bucket_take(SaBucket *bucket, int count);
/* An answer came: accepted, or a failure of the endpoint. */
extern void sa_bucket_succeeded(SaBucket *bucket);
extern void sa_bucket_failed(SaBucket *bucket, int64_t now);
/* Nothing until then, and then one at a time. */
extern void sa_bucket_pause(SaBucket *bucket, int64_t until);
/* What paused it is said to be mended: one message goes now, and shows whether it is. */
extern void sa_bucket_resume(SaBucket *bucket);
/* What was taken never left, which says nothing of the endpoint. */
extern void sa_bucket_untried(SaBucket *bucket);

#endif
