/*
 * retry.h: when a message is tried again.
 *
 * Pure arithmetic; the random number comes from the caller.
 */
#ifndef SA_PURE_RETRY_H
#define SA_PURE_RETRY_H

#include <stdint.h>

#define SA_RETRY_LEAST_MS       250
#define SA_RETRY_AFTER_LEAST_MS 1000
#define SA_RETRY_AFTER_MOST_MS  3600000

/*
 * Milliseconds until the next try after the attempts-th answer (from 1):
 * the longest of what the provider asked for (clamped to 1 s to 1 h; negative:
 * it did not), a uniform share of base doubled attempts - 1 times but at most
 * cap ("full jitter"), and 250 ms.  random is in [0, 1).
 */
extern int64_t sa_retry_delay(int attempts, int64_t retry_after_ms, int64_t base_ms, int64_t cap_ms,
							  double random);

#endif
