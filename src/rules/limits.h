/*
 * limits.h: from rows of stockalert.rules to the thresholds of one pair.
 */
#ifndef SA_RULES_LIMITS_H
#define SA_RULES_LIMITS_H

#include "access/htup.h"
#include "pure/thresholds.h"

typedef struct SaRuleChoice
{
	SaLimits limits;
	bool critical_narrower;
	int64 rule_id; /* of the low, else the critical threshold; 0: none */
} SaRuleChoice;

/*
 * Takes each of low, critical and maximum from the first rule (narrowest
 * first, NULL where absent) that sets it in a usable unit: percent needs a par.
 */
extern void sa_limits_choose(HeapTupleHeader const *rules, int count, bool has_par, SaQuantity par,
							 SaRuleChoice *out);

#endif
