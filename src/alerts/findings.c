/*
 * findings.c: what a decision rests on.
 */
#include "postgres.h"

#include "alerts/findings.h"

static const char *
fires_word(const SaLimits *limits)
{
	const SaLimit *limit = limits->low.set ? &limits->low : &limits->critical;

	if (!limit->set)
		return NULL;
	return limit->inclusive ? "at_or_below" : "below";
}

static bool
is_unit(const SaRule *rule, SaUnit unit)
{
	return rule != NULL && rule->unit == unit;
}

/* A threshold in force comes from a rule of that unit. */
static bool
takes_part(const SaJudged *j, SaUnit unit)
{
	return is_unit(j->choice.low, unit) || is_unit(j->choice.critical, unit) ||
		   is_unit(j->choice.maximum, unit);
}

void
sa_findings(const SaJudged *j, SaFindings *out)
{
	out->fires = fires_word(&j->situation.limits);
	out->velocity = takes_part(j, SA_UNIT_DAYS);
	out->reorder_point = j->basis.reorder_point.set && (is_unit(j->choice.low, SA_UNIT_COMPUTED) ||
														is_unit(j->choice.low, SA_UNIT_GREATEST));
	out->order_up_to = j->origin == SA_ORIGIN_SETTING && !j->basis.par.set;
}
