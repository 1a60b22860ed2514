/*
 * rule_choice.c: units of stock from what rules say.
 *
 * Critical, where no rule sets it and low follows demand, is half of low: a
 * computed reorder point covers lead time and review time, so that half of it
 * is about what sells while an order is on its way.  At that point an order
 * placed now comes too late.
 */
#include "pure/rule_choice.h"

#include <math.h>
#include <string.h>

/* Days of history from which a computed quantity stands in for a par level. */
#define HISTORY_DAYS 28
/* A product of floating point that should be whole is taken as whole. */
#define WHOLE 1e-9

bool
sa_unit_parse(const char *name, SaUnit *out)
{
	static const char *const names[] = {"units", "percent", "days", "computed", "greatest"};

	for (int i = 0; i < (int) (sizeof(names) / sizeof(names[0])); i++)
	{
		if (strcmp(name, names[i]) == 0)
		{
			*out = (SaUnit) i;
			return true;
		}
	}
	return false;
}

SaQuantity
sa_days_of_cover(SaQuantity days, double velocity, SaQuantity step, bool down)
{
	double steps = (double) days * velocity / (double) step;
	double guard = WHOLE * (steps > 1 ? steps : 1);

	steps = down ? floor(steps + guard) : ceil(steps - guard);
	/* Also what is no number. */
	if (!(steps * (double) step < (double) SA_QUANTITY_LIMIT))
		return SA_QUANTITY_LIMIT;
	return steps <= 0 ? 0 : (SaQuantity) steps * step;
}

bool
sa_rule_usable(const SaRule *rule, const SaBasis *basis)
{
	switch (rule->unit)
	{
		case SA_UNIT_PERCENT:
			return basis->par.set;
		case SA_UNIT_DAYS:
			return basis->velocity > 0;
		case SA_UNIT_COMPUTED:
			return basis->reorder_point.set;
		case SA_UNIT_UNITS:
		case SA_UNIT_GREATEST:
			break;
	}
	return true;
}

bool
sa_percent_base(const SaBasis *basis, SaQuantity *out)
{
	if (basis->par.set)
		*out = basis->par.value;
	else
		*out = basis->order_up_to.value;
	return basis->par.set || (basis->order_up_to.set && basis->exposed_days >= HISTORY_DAYS);
}

static bool
is_inclusive(const SaRule *rule, bool otherwise)
{
	if (rule->fires == SA_RULE_FIRES_DEFAULT)
		return otherwise;
	return rule->fires == SA_RULE_FIRES_AT_OR_BELOW;
}

/* Below 9.6 of goods sold by the piece is below 10, at or below 9.6 is at 9: nothing changes by
 * whole steps, and a threshold that moves by less than a step stays. */
static SaQuantity
in_units(const SaRule *rule, SaQuantity value, const SaBasis *basis, bool down)
{
	if (rule->unit == SA_UNIT_PERCENT)
		return sa_quantity_percent(basis->par.value, value);
	if (rule->unit == SA_UNIT_DAYS)
		return sa_days_of_cover(value, basis->velocity, basis->step, down);
	return value;
}

static bool
take_field(const SaRule *rule, const SaRuleValue *field, const SaBasis *basis, bool maximum,
		   SaLimit *limit)
{
	if (limit->set || !field->set)
		return false;
	limit->set = true;
	limit->inclusive = is_inclusive(rule, basis->default_inclusive);
	limit->value = in_units(rule, field->value, basis, maximum || limit->inclusive);
	return true;
}

/* Low of a rule that names the reorder point, which fires at it, as whoever reorders would say. */
static bool
take_reorder_point(const SaRule *rule, const SaBasis *basis, SaLimit *low)
{
	if (low->set || !basis->reorder_point.set ||
		(rule->low.set && rule->low.value > basis->reorder_point.value))
		return false;
	low->set = true;
	low->value = basis->reorder_point.value;
	low->inclusive = is_inclusive(rule, true);
	return true;
}

static bool
take_low(const SaRule *rule, const SaBasis *basis, SaRuleChoice *out)
{
	bool computed = rule->unit == SA_UNIT_COMPUTED || rule->unit == SA_UNIT_GREATEST;

	if (computed && take_reorder_point(rule, basis, &out->limits.low))
		out->by_demand = true;
	else if (rule->unit != SA_UNIT_COMPUTED &&
			 take_field(rule, &rule->low, basis, false, &out->limits.low))
		out->by_demand = rule->unit == SA_UNIT_DAYS;
	else
		return false;
	out->low = rule;
	return true;
}

static void
take_rule(const SaRule *rule, const SaBasis *basis, SaRuleChoice *out)
{
	bool low_named = out->low != NULL;
	bool took_low = take_low(rule, basis, out);

	if (take_field(rule, &rule->critical, basis, false, &out->limits.critical))
	{
		out->critical = rule;
		out->critical_narrower = !low_named && !took_low;
	}
	if (take_field(rule, &rule->maximum, basis, true, &out->limits.maximum))
		out->maximum = rule;
}

void
sa_rules_choose(const SaRule *const *rules, int count, const SaBasis *basis, SaRuleChoice *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < count; i++)
	{
		if (rules[i] != NULL && sa_rule_usable(rules[i], basis))
			take_rule(rules[i], basis, out);
	}
	if (out->low != NULL)
		out->rule_id = out->low->rule_id;
	else if (out->critical != NULL)
		out->rule_id = out->critical->rule_id;
	if (out->by_demand && !out->limits.critical.set)
	{
		out->limits.critical = out->limits.low;
		out->limits.critical.value /= 2;
	}
}
