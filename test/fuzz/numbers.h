/*
 * numbers.h: the bytes of an input as numbers.
 *
 * One byte below 8 is one of the usual suspects, one below 128 a small whole
 * number; else 8 bytes as they lie in memory, or what is left of them.
 */
#ifndef SA_FUZZ_NUMBERS_H
#define SA_FUZZ_NUMBERS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Input
{
	const uint8_t *data;
	size_t left;
} Input;

static inline double
take(Input *in)
{
	static const double suspects[] = {0.0, 1.0, -1.0, 0.5, 1e-300, 1e300, INFINITY, NAN};
	double value = 0.0;
	size_t bytes = in->left < sizeof(value) ? in->left : sizeof(value);

	if (in->left > 0 && in->data[0] < 128)
	{
		value = in->data[0] < 8 ? suspects[in->data[0]] : (double) (in->data[0] - 8);
		bytes = 1;
	}
	else
		memcpy(&value, in->data, bytes);
	in->data += bytes;
	in->left -= bytes;
	return value;
}

static inline size_t
take_many(Input *in, double *numbers, size_t most)
{
	size_t count = 0;

	while (in->left > 0 && count < most)
		numbers[count++] = take(in);
	return count;
}

/* A whole number below so many. */
static inline int
take_small(Input *in, int below)
{
	double value = take(in);

	return isfinite(value) ? (int) fmod(fabs(value), below) : 0;
}

#endif
