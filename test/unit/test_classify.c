/*
 * test_classify.c: the one classifier, edge by edge.
 */
#include "pure/classify.h"
#include "unit.h"

#define UNITS(n) ((SaQuantity) (n) *SA_QUANTITY_ONE)

static SaLimits
make_limits(int low, int critical, int maximum, bool inclusive)
{
	SaLimits limits = {{0}};

	limits.low = (SaLimit){low >= 0, inclusive, UNITS(low)};
	limits.critical = (SaLimit){critical >= 0, inclusive, UNITS(critical)};
	limits.maximum = (SaLimit){maximum >= 0, false, UNITS(maximum)};
	return limits;
}

static void
check_edges(void)
{
	SaLimits below = make_limits(10, 3, 50, false);
	SaLimits at = make_limits(10, 3, 50, true);
	SaLimits none = make_limits(-1, -1, -1, false);
	static const struct
	{
		const char *row;
		long long available; /* in 1/100000 */
		SaClass below;
		SaClass at;
		SaClass none;
	} rows[] = {
		{"far below zero", -9900000, SA_CLASS_OUT, SA_CLASS_OUT, SA_CLASS_OUT},
		{"zero", 0, SA_CLASS_OUT, SA_CLASS_OUT, SA_CLASS_OUT},
		{"a crumb", 1, SA_CLASS_CRITICAL, SA_CLASS_CRITICAL, SA_CLASS_OK},
		{"under critical", 299999, SA_CLASS_CRITICAL, SA_CLASS_CRITICAL, SA_CLASS_OK},
		{"at critical", 300000, SA_CLASS_LOW, SA_CLASS_CRITICAL, SA_CLASS_OK},
		{"over critical", 300001, SA_CLASS_LOW, SA_CLASS_LOW, SA_CLASS_OK},
		{"under low", 999999, SA_CLASS_LOW, SA_CLASS_LOW, SA_CLASS_OK},
		{"at low", 1000000, SA_CLASS_OK, SA_CLASS_LOW, SA_CLASS_OK},
		{"over low", 1000001, SA_CLASS_OK, SA_CLASS_OK, SA_CLASS_OK},
		{"at maximum", 5000000, SA_CLASS_OK, SA_CLASS_OK, SA_CLASS_OK},
		{"over maximum", 5000001, SA_CLASS_OVER, SA_CLASS_OVER, SA_CLASS_OK},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		CHECK_ROW(sa_classify(rows[i].available, &below) == rows[i].below, rows[i].row);
		CHECK_ROW(sa_classify(rows[i].available, &at) == rows[i].at, rows[i].row);
		CHECK_ROW(sa_classify(rows[i].available, &none) == rows[i].none, rows[i].row);
	}
}

/* Zero means "only when out", below and at it. */
static void
check_zero(void)
{
	for (int inclusive = 0; inclusive <= 1; inclusive++)
	{
		SaLimits limits = make_limits(0, 0, -1, inclusive);

		CHECK(sa_classify(0, &limits) == SA_CLASS_OUT);
		CHECK(sa_classify(-1, &limits) == SA_CLASS_OUT);
		CHECK(sa_classify(1, &limits) == SA_CLASS_OK);
	}
}

/* More stock is never worse, whatever is set. */
static void
check_monotone(void)
{
	for (int low = -1; low <= 6; low++)
		for (int critical = -1; critical <= 6; critical++)
			for (int maximum = -1; maximum <= 8; maximum++)
				for (int inclusive = 0; inclusive <= 1; inclusive++)
				{
					SaLimits limits = make_limits(low, critical, maximum, inclusive);
					SaClass before = SA_CLASS_OUT;

					for (int half = -2; half <= 20; half++)
					{
						SaClass class = sa_classify(UNITS(half) / 2, &limits);

						CHECK(class <= before);
						CHECK((class == SA_CLASS_OUT) == (half <= 0));
						before = class;
					}
				}
}

static void
check_names(void)
{
	static const SaClass all[] = {SA_CLASS_OVER, SA_CLASS_OK, SA_CLASS_LOW, SA_CLASS_CRITICAL,
								  SA_CLASS_OUT};
	SaClass back = SA_CLASS_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
	{
		CHECK(sa_class_parse(sa_class_name(all[i]), &back));
		CHECK(back == all[i]);
	}
	CHECK_STR(sa_class_name(SA_CLASS_OVER), "over");
	CHECK_STR(sa_class_name(SA_CLASS_OUT), "out");
	CHECK(!sa_class_parse("inactive", &back));
	CHECK(!sa_class_parse("", &back));
	CHECK(!sa_class_parse("LOW", &back));
	CHECK(!sa_class_parse("low ", &back));
}

int
main(void)
{
	check_edges();
	check_zero();
	check_monotone();
	check_names();
	return unit_end();
}
