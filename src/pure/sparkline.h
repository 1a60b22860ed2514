/*
 * sparkline.h: numbers as a line of small bars, for psql and plain-text messages.
 *
 * Eight heights from 0, or from the lowest number below it, to the highest.
 * NaN is a gap.
 */
#ifndef SA_PURE_SPARKLINE_H
#define SA_PURE_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/maths.h"

#define SA_SPARKLINE_MOST 1000

/* Bytes that a line of so many characters takes, with the closing 0. */
#define SA_SPARKLINE_BYTES(width) ((size_t) (width) *3 + 1)

/*
 * At most `width` characters, each the mean of as many numbers as fall into it.
 * UTF-8 blocks, or seven-bit characters.  out has SA_SPARKLINE_BYTES(width).
 */
extern SaBadArgument sa_sparkline(const double *values, size_t count, int width, bool ascii,
								  char *out);

#endif
