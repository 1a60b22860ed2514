/*
 * limits.c: field by field, the narrowest rule that says something usable.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/builtins.h"

#include "db/quantity.h"
#include "rules/limits.h"
#include "settings.h"

/* A numeric column as a quantity; false where it is NULL. */
static bool
rule_quantity(HeapTupleHeader rule, const char *column, SaQuantity *out)
{
	bool isnull;
	Datum value = GetAttributeByName(rule, column, &isnull);

	return !isnull && sa_quantity_from_datum(value, out);
}

static bool
rule_is(HeapTupleHeader rule, const char *column, const char *word)
{
	bool isnull;
	Datum value = GetAttributeByName(rule, column, &isnull);
	text *t;

	if (isnull)
		return false;
	t = DatumGetTextPP(value);
	return VARSIZE_ANY_EXHDR(t) == strlen(word) &&
		   memcmp(VARDATA_ANY(t), word, VARSIZE_ANY_EXHDR(t)) == 0;
}

static bool
rule_inclusive(HeapTupleHeader rule)
{
	bool isnull;

	(void) GetAttributeByName(rule, "fires", &isnull);
	if (isnull)
		return sa_threshold_fires == SA_FIRES_AT_OR_BELOW;
	return rule_is(rule, "fires", "at_or_below");
}

static bool
take_field(HeapTupleHeader rule, const char *column, bool percent, SaQuantity par, SaLimit *limit)
{
	SaQuantity value;

	if (limit->set || !rule_quantity(rule, column, &value))
		return false;
	limit->set = true;
	limit->value = percent ? sa_quantity_percent(par, value) : value;
	limit->inclusive = rule_inclusive(rule);
	return true;
}

void
sa_limits_choose(HeapTupleHeader const *rules, int count, bool has_par, SaQuantity par,
				 SaRuleChoice *out)
{
	bool low_named = false;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < count; i++)
	{
		bool percent;
		bool took_low;
		bool took_critical;
		bool isnull;

		if (rules[i] == NULL)
			continue;
		percent = rule_is(rules[i], "unit", "percent");
		if (percent && !has_par)
			continue;
		took_low = take_field(rules[i], "low", percent, par, &out->limits.low);
		took_critical = take_field(rules[i], "critical", percent, par, &out->limits.critical);
		if (took_critical && !low_named && !took_low)
			out->critical_narrower = true;
		(void) take_field(rules[i], "maximum", percent, par, &out->limits.maximum);
		if (took_low || (took_critical && !low_named && out->rule_id == 0))
			out->rule_id = DatumGetInt64(GetAttributeByName(rules[i], "rule_id", &isnull));
		low_named = low_named || took_low;
	}
}
