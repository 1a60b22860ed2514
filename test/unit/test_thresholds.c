/*
 * test_thresholds.c: rules, settings, own thresholds, and their contradictions.
 */
#include "pure/thresholds.h"
#include "unit.h"

#define UNITS(n) ((SaQuantity) (n) *SA_QUANTITY_ONE)

static SaThresholdInput
shop(void)
{
	SaThresholdInput in = {{{0}}};

	in.low_percent = UNITS(20);
	in.critical_percent = UNITS(5);
	return in;
}

static void
set(SaLimit *limit, int value, bool inclusive)
{
	*limit = (SaLimit){true, inclusive, UNITS(value)};
}

static bool
is(const SaLimit *limit, int value)
{
	return value < 0 ? !limit->set : limit->set && limit->value == UNITS(value);
}

static void
check_defaults(void)
{
	SaThresholdInput in = shop();
	SaLimits out;

	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_NONE);
	CHECK(is(&out.low, -1) && is(&out.critical, -1) && is(&out.maximum, -1));
	in.has_own = true;
	in.own = UNITS(30);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_SUBSCRIBER);
	CHECK(is(&out.low, 30) && is(&out.critical, -1));
	in.has_base = true;
	in.base = UNITS(200);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_SETTING);
	CHECK(is(&out.low, 40) && is(&out.critical, 10) && !out.low.inclusive);
	in.default_inclusive = true;
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_SETTING);
	CHECK(out.low.inclusive && out.critical.inclusive);
}

/* The settings speak only where no rule says anything about low or critical. */
static void
check_rules(void)
{
	SaThresholdInput in = shop();
	SaLimits out;

	in.has_base = true;
	in.base = UNITS(1000);
	in.has_own = true;
	in.own = UNITS(7);
	set(&in.rules.low, 10, true);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_RULE);
	CHECK(is(&out.low, 10) && is(&out.critical, -1) && out.low.inclusive);
	in.rules.low.set = false;
	set(&in.rules.maximum, 50, false);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_SETTING);
	CHECK(is(&out.low, 200) && is(&out.critical, 50) && is(&out.maximum, -1));
	in.has_base = false;
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_SUBSCRIBER);
	CHECK(is(&out.low, 7) && is(&out.maximum, 50));
}

/* A rule for critical alone: own thresholds give the low one, but never weaken it. */
static void
check_critical_alone(void)
{
	SaThresholdInput in = shop();
	SaLimits out;

	set(&in.rules.critical, 10, false);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_RULE);
	CHECK(is(&out.low, -1) && is(&out.critical, 10));
	in.has_own = true;
	in.own = UNITS(30);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_SUBSCRIBER);
	CHECK(is(&out.low, 30) && is(&out.critical, 10));
	in.own = UNITS(5);
	CHECK(sa_thresholds_resolve(&in, &out) == SA_ORIGIN_RULE);
	CHECK(is(&out.critical, 10));
	CHECK(sa_classify(UNITS(7), &out) == SA_CLASS_CRITICAL);
	CHECK(sa_classify(UNITS(10), &out) == SA_CLASS_OK);
}

/* The narrower of two rules that contradict each other means what it says. */
static void
check_contradictions(void)
{
	SaThresholdInput in = shop();
	SaLimits out;

	set(&in.rules.low, 5, false);
	set(&in.rules.critical, 10, false);
	(void) sa_thresholds_resolve(&in, &out);
	CHECK(is(&out.low, 5) && is(&out.critical, 5));
	in.critical_narrower = true;
	(void) sa_thresholds_resolve(&in, &out);
	CHECK(is(&out.low, 10) && is(&out.critical, 10));
	set(&in.rules.low, 20, false);
	(void) sa_thresholds_resolve(&in, &out);
	CHECK(is(&out.low, 20) && is(&out.critical, 10));
	/* The same number, but at it and below it. */
	in.critical_narrower = false;
	set(&in.rules.low, 10, false);
	set(&in.rules.critical, 10, true);
	(void) sa_thresholds_resolve(&in, &out);
	CHECK(!out.critical.inclusive);
	set(&in.rules.maximum, 10, false);
	(void) sa_thresholds_resolve(&in, &out);
	CHECK(is(&out.maximum, 10));
	set(&in.rules.maximum, 9, false);
	(void) sa_thresholds_resolve(&in, &out);
	CHECK(is(&out.maximum, -1));
}

/* Whatever is put in: critical never above low, over never below it. */
static void
check_order(void)
{
	for (int bits = 0; bits < 128; bits++)
		for (int low = 0; low <= 4; low++)
			for (int critical = 0; critical <= 4; critical++)
				for (int other = 0; other <= 4; other++)
				{
					SaThresholdInput in = shop();
					SaLimits out;

					if (bits & 1)
						set(&in.rules.low, low, bits & 8);
					if (bits & 2)
						set(&in.rules.critical, critical, bits & 16);
					if (bits & 4)
						set(&in.rules.maximum, other, false);
					in.has_own = bits & 32;
					in.own = UNITS(other);
					in.critical_narrower = bits & 64;
					in.default_inclusive = bits & 8;
					(void) sa_thresholds_resolve(&in, &out);
					CHECK(!out.low.set || !out.critical.set ||
						  sa_limit_clear(&out.critical) <= sa_limit_clear(&out.low));
					CHECK(!out.low.set || !out.maximum.set ||
						  out.maximum.value >= sa_limit_clear(&out.low));
					CHECK(!out.critical.set || !out.maximum.set ||
						  out.maximum.value >= sa_limit_clear(&out.critical));
					/* No rule is silenced. */
					CHECK(!(bits & 1) || out.low.set);
					CHECK(!(bits & 2) || out.critical.set);
				}
}

int
main(void)
{
	check_defaults();
	check_rules();
	check_critical_alone();
	check_contradictions();
	check_order();
	CHECK_STR(sa_origin_name(SA_ORIGIN_NONE), "none");
	CHECK_STR(sa_origin_name(SA_ORIGIN_SUBSCRIBER), "subscriber");
	return unit_end();
}
