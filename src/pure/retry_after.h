/*
 * retry_after.h: the Retry-After header of RFC 9110, and X-RateLimit-Reset.
 */
#ifndef SA_PURE_RETRY_AFTER_H
#define SA_PURE_RETRY_AFTER_H

#include <stddef.h>
#include <stdint.h>

#define SA_RETRY_AFTER_LEAST_MS 1000
#define SA_RETRY_AFTER_MOST_MS  3600000

/*
 * Milliseconds to wait, between the two bounds; -1 where the value is neither
 * whole seconds nor a date in the form "Sun, 06 Nov 1994 08:49:37 GMT".
 */
extern int sa_retry_after_ms(const char *value, size_t length, int64_t now_unix);

/* The same for X-RateLimit-Reset: the Unix time, in whole seconds, of the next try; -1: none. */
extern int sa_ratelimit_reset_ms(const char *value, size_t length, int64_t now_unix);

#endif
