/*
 * sparkline.c: mean of each place, then its height.
 */
#include "pure/sparkline.h"

#include <math.h>
#include <string.h>

#define HEIGHTS 8

/* Mean of the numbers that fall into one place, NaN where there is none. */
static double
mean_of_place(const double *values, size_t count, size_t places, size_t place)
{
	size_t from = place * count / places;
	size_t to = (place + 1) * count / places;
	double sum = 0.0;
	double seen = 0.0;

	for (size_t i = from; i < to; i++)
	{
		if (isnan(values[i]))
			continue;
		/* A running mean: a sum could be too large for a double. */
		seen += 1.0;
		sum += (values[i] - sum) / seen;
	}
	return seen > 0.0 ? sum : NAN;
}

/* 0 to HEIGHTS - 1; halves, since the whole range may be too large for a double. */
static int
height_of(double value, double low, double high)
{
	double range = high / 2.0 - low / 2.0;
	int height;

	if (!(range > 0.0))
		return 0;
	height = (int) floor((value / 2.0 - low / 2.0) / range * (HEIGHTS - 1) + 0.5);
	if (height < 0)
		return 0;
	return height >= HEIGHTS ? HEIGHTS - 1 : height;
}

/* U+2581 to U+2588 */
static char *
append_bar(char *out, int height, bool ascii)
{
	if (ascii)
	{
		*out++ = "_.:-=+*#"[height];
		return out;
	}
	*out++ = '\xE2';
	*out++ = '\x96';
	*out++ = (char) (0x81 + height);
	return out;
}

SaBadArgument
sa_sparkline(const double *values, size_t count, int width, bool ascii, char *out)
{
	double means[SA_SPARKLINE_MOST];
	size_t places;
	double low = 0.0;
	double high = 0.0;

	SA_REQUIRE(width >= 1 && width <= SA_SPARKLINE_MOST, "width");
	places = count < (size_t) width ? count : (size_t) width;
	for (size_t i = 0; i < places; i++)
	{
		means[i] = mean_of_place(values, count, places, i);
		SA_REQUIRE(!isinf(means[i]), "numbers");
		low = fmin(low, means[i]);
		high = fmax(high, means[i]);
	}
	for (size_t i = 0; i < places; i++)
	{
		if (isnan(means[i]))
			*out++ = ' ';
		else
			out = append_bar(out, height_of(means[i], low, high), ascii);
	}
	*out = '\0';
	return SA_MATHS_FINE;
}
