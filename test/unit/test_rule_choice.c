/*
 * test_rule_choice.c: units of rules become units of stock; the narrowest that
 * says something wins, field by field.
 */
#include <math.h>
#include <string.h>

#include "pure/rule_choice.h"
#include "unit.h"

#define UNITS(n) ((SaQuantity) ((n) *100000.0 + ((n) < 0 ? -0.5 : 0.5)))

static SaBasis
pair(void)
{
	SaBasis basis = {0};

	basis.step = UNITS(1);
	return basis;
}

static SaRuleValue
value(double number)
{
	SaRuleValue v = {!isnan(number), isnan(number) ? 0 : UNITS(number)};

	return v;
}

static SaRule
rule(int64_t id, SaUnit unit, double low, double critical, double maximum)
{
	SaRule r = {0};

	r.rule_id = id;
	r.unit = unit;
	r.low = value(low);
	r.critical = value(critical);
	r.maximum = value(maximum);
	return r;
}

static bool
is(const SaLimit *limit, double number)
{
	return isnan(number) ? !limit->set : limit->set && limit->value == UNITS(number);
}

static SaRuleChoice
choose(const SaBasis *basis, const SaRule *first, const SaRule *second)
{
	const SaRule *rules[3] = {NULL, first, second};
	SaRuleChoice out;

	sa_rules_choose(rules, 3, basis, &out);
	return out;
}

static void
check_fields(void)
{
	SaBasis basis = pair();
	SaRule narrow = rule(1, SA_UNIT_UNITS, NAN, 2, NAN);
	SaRule broad = rule(2, SA_UNIT_UNITS, 10, 3, 100);
	SaRuleChoice out = choose(&basis, &narrow, &broad);

	CHECK(is(&out.limits.low, 10) && is(&out.limits.critical, 2) && is(&out.limits.maximum, 100));
	CHECK(out.rule_id == 2 && out.low == &broad && out.critical == &narrow &&
		  out.maximum == &broad);
	CHECK(out.critical_narrower && !out.by_demand);
	out = choose(&basis, &broad, &narrow);
	CHECK(is(&out.limits.critical, 3) && out.critical == &broad && !out.critical_narrower);
	out = choose(&basis, &narrow, NULL);
	CHECK(is(&out.limits.low, NAN) && out.rule_id == 1);
	out = choose(&basis, NULL, NULL);
	CHECK(out.rule_id == 0 && out.low == NULL && !out.limits.low.set && !out.limits.critical.set);
	/* 0 is set: alert only when out. */
	narrow = rule(1, SA_UNIT_UNITS, 0, NAN, NAN);
	out = choose(&basis, &narrow, &broad);
	CHECK(is(&out.limits.low, 0) && out.rule_id == 1);
}

static void
check_percent(void)
{
	SaBasis basis = pair();
	SaRule percent = rule(1, SA_UNIT_PERCENT, 20, 5, 300);
	SaRule broad = rule(2, SA_UNIT_UNITS, 7, NAN, NAN);
	SaRuleChoice out = choose(&basis, &percent, &broad);

	CHECK(!sa_rule_usable(&percent, &basis));
	CHECK(is(&out.limits.low, 7) && is(&out.limits.critical, NAN) && out.rule_id == 2);
	basis.par = value(60);
	out = choose(&basis, &percent, &broad);
	CHECK(is(&out.limits.low, 12) && is(&out.limits.critical, 3) && is(&out.limits.maximum, 180));
}

static void
check_fires(void)
{
	SaBasis basis = pair();
	SaRule r = rule(1, SA_UNIT_UNITS, 7, NAN, NAN);

	CHECK(!choose(&basis, &r, NULL).limits.low.inclusive);
	basis.default_inclusive = true;
	CHECK(choose(&basis, &r, NULL).limits.low.inclusive);
	r.fires = SA_RULE_FIRES_BELOW;
	CHECK(!choose(&basis, &r, NULL).limits.low.inclusive);
	basis.default_inclusive = false;
	r.fires = SA_RULE_FIRES_AT_OR_BELOW;
	CHECK(choose(&basis, &r, NULL).limits.low.inclusive);
}

static void
check_days(void)
{
	SaBasis basis = pair();
	SaRule days = rule(1, SA_UNIT_DAYS, 14, 3, 100);
	SaRuleChoice out = choose(&basis, &days, NULL);

	CHECK(!out.limits.low.set && !out.limits.maximum.set && out.rule_id == 0);
	basis.velocity = 1.37;
	out = choose(&basis, &days, NULL);
	CHECK(is(&out.limits.low, 20) && is(&out.limits.critical, 5) && is(&out.limits.maximum, 137));
	CHECK(out.by_demand);
	days.fires = SA_RULE_FIRES_AT_OR_BELOW;
	out = choose(&basis, &days, NULL);
	CHECK(is(&out.limits.low, 19) && is(&out.limits.critical, 4));
	basis.velocity = NAN;
	CHECK(!sa_rule_usable(&days, &basis));
	basis.velocity = -1;
	CHECK(!sa_rule_usable(&days, &basis));
}

/* Whatever the step: by whole steps, below it and at or below it fire at the same quantities. */
static void
check_rounding(void)
{
	static const double steps[] = {1, 0.001, 6, 0.25};

	for (int s = 0; s < 4; s++)
		for (int days = 1; days <= 30; days += 7)
			for (double velocity = 0.07; velocity < 9; velocity *= 1.61)
			{
				double exact = days * velocity;
				SaQuantity up = sa_days_of_cover(UNITS(days), velocity, UNITS(steps[s]), false);
				SaQuantity down = sa_days_of_cover(UNITS(days), velocity, UNITS(steps[s]), true);

				CHECK(up % UNITS(steps[s]) == 0 && down % UNITS(steps[s]) == 0);
				CHECK((double) up >= exact * 100000 - 1 &&
					  (double) up < exact * 100000 + UNITS(steps[s]));
				CHECK(up - down == UNITS(steps[s]) || up == down);
			}
	CHECK(sa_days_of_cover(UNITS(10), 0.1 * 3, UNITS(1), false) == UNITS(3));
	CHECK(sa_days_of_cover(UNITS(10), 0.1 * 3, UNITS(1), true) == UNITS(3));
	CHECK(sa_days_of_cover(UNITS(0), 5, UNITS(1), false) == 0);
	CHECK(sa_days_of_cover(UNITS(1), 1e30, UNITS(1), false) == SA_QUANTITY_LIMIT);
	CHECK(sa_days_of_cover(UNITS(1), INFINITY, UNITS(1), false) == SA_QUANTITY_LIMIT);
	CHECK(sa_days_of_cover(UNITS(1), NAN, UNITS(1), true) == SA_QUANTITY_LIMIT);
}

static void
check_computed(void)
{
	SaBasis basis = pair();
	SaRule computed = rule(1, SA_UNIT_COMPUTED, NAN, NAN, 90);
	SaRule broad = rule(2, SA_UNIT_UNITS, 7, 4, NAN);
	SaRuleChoice out = choose(&basis, &computed, &broad);

	CHECK(is(&out.limits.low, 7) && is(&out.limits.maximum, NAN) && out.rule_id == 2);
	basis.reorder_point = value(31);
	out = choose(&basis, &computed, &broad);
	CHECK(is(&out.limits.low, 31) && out.limits.low.inclusive && out.by_demand);
	CHECK(is(&out.limits.critical, 4) && is(&out.limits.maximum, 90) && out.rule_id == 1);
	/* Half of it where nobody sets critical, and it fires as low does. */
	out = choose(&basis, &computed, NULL);
	CHECK(is(&out.limits.critical, 15.5) && out.limits.critical.inclusive && out.critical == NULL);
	computed.fires = SA_RULE_FIRES_BELOW;
	out = choose(&basis, &computed, NULL);
	CHECK(!out.limits.low.inclusive && !out.limits.critical.inclusive);
	/* A narrower low stays; a reorder point of 0 is one. */
	out = choose(&basis, &broad, &computed);
	CHECK(is(&out.limits.low, 7) && !out.by_demand);
	basis.reorder_point = value(0);
	out = choose(&basis, &computed, NULL);
	CHECK(is(&out.limits.low, 0) && out.rule_id == 1);
}

static void
check_greatest(void)
{
	SaBasis basis = pair();
	SaRule greatest = rule(1, SA_UNIT_GREATEST, 50, NAN, NAN);
	SaRuleChoice out = choose(&basis, &greatest, NULL);

	CHECK(is(&out.limits.low, 50) && !out.limits.low.inclusive && !out.by_demand);
	CHECK(!out.limits.critical.set);
	basis.reorder_point = value(49);
	out = choose(&basis, &greatest, NULL);
	CHECK(is(&out.limits.low, 50) && !out.limits.low.inclusive);
	basis.reorder_point = value(50);
	out = choose(&basis, &greatest, NULL);
	CHECK(is(&out.limits.low, 50) && out.limits.low.inclusive && out.by_demand);
	basis.reorder_point = value(80);
	out = choose(&basis, &greatest, NULL);
	CHECK(is(&out.limits.low, 80) && is(&out.limits.critical, 40));
}

static void
check_base(void)
{
	SaBasis basis = pair();
	SaQuantity base = 0;

	CHECK(!sa_percent_base(&basis, &base));
	basis.order_up_to = value(60);
	basis.exposed_days = 27;
	CHECK(!sa_percent_base(&basis, &base));
	basis.exposed_days = 28;
	CHECK(sa_percent_base(&basis, &base) && base == UNITS(60));
	basis.par = value(200);
	CHECK(sa_percent_base(&basis, &base) && base == UNITS(200));
}

static void
check_names(void)
{
	static const char *const names[] = {"units", "percent", "days", "computed", "greatest"};
	SaUnit unit;

	for (int i = 0; i < 5; i++)
		CHECK(sa_unit_parse(names[i], &unit) && unit == (SaUnit) i);
	CHECK(!sa_unit_parse("day", &unit) && !sa_unit_parse("", &unit));
}

int
main(void)
{
	check_fields();
	check_percent();
	check_fires();
	check_days();
	check_rounding();
	check_computed();
	check_greatest();
	check_base();
	check_names();
	return unit_end();
}
