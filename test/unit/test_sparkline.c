/*
 * test_sparkline.c: heights, gaps, widths.
 */
#include "unit.h"

#include "pure/sparkline.h"

static char line[SA_SPARKLINE_BYTES(SA_SPARKLINE_MOST)];

static const char *
draw(const double *values, size_t count, int width, bool ascii)
{
	SaBadArgument bad = sa_sparkline(values, count, width, ascii, line);

	return bad == SA_MATHS_FINE ? line : bad;
}

int
main(void)
{
	const double rising[] = {0, 1, 2, 3, 4, 5, 6, 7};
	const double gap[] = {0, NAN, 7};
	const double flat[] = {3, 3};
	const double zero[] = {0, 0};
	const double below[] = {-7, 0, -3.5};
	const double huge[] = {-1e308, 1e308, 1e308};
	const double infinite[] = {INFINITY};

	CHECK_STR(draw(rising, 8, 60, true), "_.:-=+*#");
	CHECK_STR(draw(rising, 8, 60, false), "▁▂▃▄▅▆▇█");
	CHECK_STR(draw(rising, 8, 4, true), ".-+#");
	CHECK_STR(draw(rising, 8, 3, true), ".=#");
	CHECK_STR(draw(rising, 8, 1, true), "#");
	CHECK_STR(draw(gap, 3, 60, true), "_ #");
	CHECK_STR(draw(gap, 3, 60, false), "▁ █");
	CHECK_STR(draw(gap + 1, 1, 60, true), " ");
	CHECK_STR(draw(flat, 2, 60, true), "##");
	CHECK_STR(draw(zero, 2, 60, true), "__");
	CHECK_STR(draw(below, 3, 60, true), "_#=");
	CHECK_STR(draw(huge, 3, 60, true), "_##");
	CHECK_STR(draw(rising, 0, 60, true), "");
	CHECK_STR(draw(rising, 8, 0, true), "width");
	CHECK_STR(draw(rising, 8, SA_SPARKLINE_MOST + 1, true), "width");
	CHECK_STR(draw(infinite, 1, 60, true), "numbers");
	return unit_end();
}
