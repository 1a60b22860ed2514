/*
 * rfc3339.h: points of time as providers write them.
 */
#ifndef SA_PURE_RFC3339_H
#define SA_PURE_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads "2026-03-01T09:00:00.123456789Z", any number of digits of a second (those behind
 * the sixth are cut off), Z or an offset; microseconds since 1970.  False: it is none.
 */
extern bool sa_rfc3339_read(const char *text, int64_t *unix_us);

#endif
