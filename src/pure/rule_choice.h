/*
 * rule_choice.h: field by field, the narrowest rule that says something usable.
 *
 * A rule speaks in units of stock, percent of the par level, days of cover, or
 * names the computed reorder point; here that becomes units of stock for one
 * item at one location.  What cannot be said of the pair (percent without par,
 * days without demand) is passed over as if the rule were not there.
 */
#ifndef SA_PURE_RULE_CHOICE_H
#define SA_PURE_RULE_CHOICE_H

#include <stdint.h>

#include "pure/thresholds.h"

typedef enum SaUnit
{
	SA_UNIT_UNITS,
	SA_UNIT_PERCENT,
	SA_UNIT_DAYS,
	SA_UNIT_COMPUTED,
	SA_UNIT_GREATEST
} SaUnit;

typedef enum SaRuleFires
{
	SA_RULE_FIRES_DEFAULT,
	SA_RULE_FIRES_BELOW,
	SA_RULE_FIRES_AT_OR_BELOW
} SaRuleFires;

typedef struct SaRuleValue
{
	bool set;
	SaQuantity value;
} SaRuleValue;

typedef struct SaRule
{
	int64_t rule_id;
	SaUnit unit;
	SaRuleFires fires;
	SaRuleValue low;
	SaRuleValue critical;
	SaRuleValue maximum;
} SaRule;

/* What is known of the pair beside its stock. */
typedef struct SaBasis
{
	SaQuantity step; /* smallest unit of stock */
	bool default_inclusive;
	SaRuleValue par;
	double velocity;           /* units a day; 0: nothing sells, or not known */
	SaRuleValue reorder_point; /* computed; unset: not known */
	SaRuleValue order_up_to;
	int exposed_days; /* days of history */
} SaBasis;

typedef struct SaRuleChoice
{
	SaLimits limits;
	bool critical_narrower;
	bool by_demand;         /* low follows demand */
	int64_t rule_id;        /* of the low, else the critical threshold; 0: none */
	const SaRule *low;      /* who set it; NULL: nobody */
	const SaRule *critical; /* as above; NULL too where it is half of a low that follows demand */
	const SaRule *maximum;
} SaRuleChoice;

/* Rules narrowest first; NULL is no rule. */
extern void sa_rules_choose(const SaRule *const *rules, int count, const SaBasis *basis,
							SaRuleChoice *out);
/* False where the rule says nothing about the pair whatever other rules there are. */
extern bool sa_rule_usable(const SaRule *rule, const SaBasis *basis);
/* What the percent settings are of: the par level, else what is ordered up to after four weeks. */
extern bool sa_percent_base(const SaBasis *basis, SaQuantity *out);
/* False for a text that names none. */
extern bool sa_unit_parse(const char *name, SaUnit *out);
/* Days of cover in units of stock, in whole steps: up, or down where rounding up would say more. */
extern SaQuantity sa_days_of_cover(SaQuantity days, double velocity, SaQuantity step, bool down);

#endif
