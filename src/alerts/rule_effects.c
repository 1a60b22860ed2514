/*
 * rule_effects.c: what each rule does, stockalert.rule_effects().
 *
 * Judges every active pair and counts, for each rule that covers it, whether
 * the rule gave a threshold, could not say anything of this pair, or was
 * overruled.  stockalert.rule_problems makes words of it.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "alerts/judge.h"
#include "compat.h"

SA_FUNCTION(stockalert_rule_effects);

typedef enum Effect
{
	EFFECT_COVERED,
	EFFECT_USED,
	EFFECT_UNUSABLE,  /* percent without par, days or computed without demand */
	EFFECT_SHADOWED,  /* narrower rules say all it says */
	EFFECT_OVERRULED, /* low and critical of two rules contradict: the broader one's gives way */
	EFFECT_MAXIMUM_DROPPED /* its maximum is below low or critical of another rule */
} Effect;

#define EFFECTS (EFFECT_MAXIMUM_DROPPED + 1)

typedef struct RuleEntry
{
	int64 rule_id;
	int64 pairs[EFFECTS];
} RuleEntry;

static void
count_effect(HTAB *rules, const SaRule *rule, Effect effect)
{
	bool found;
	RuleEntry *entry;

	if (rule == NULL)
		return;
	entry = (RuleEntry *) hash_search(rules, &rule->rule_id, HASH_ENTER, &found);
	if (!found)
		memset(entry->pairs, 0, sizeof(entry->pairs));
	entry->pairs[effect]++;
}

static void
count_rule(HTAB *rules, const SaJudged *j, const SaRule *rule)
{
	count_effect(rules, rule, EFFECT_COVERED);
	if (!sa_rule_usable(rule, &j->basis))
		count_effect(rules, rule, EFFECT_UNUSABLE);
	else if (j->choice.low == rule || j->choice.critical == rule || j->choice.maximum == rule)
		count_effect(rules, rule, EFFECT_USED);
	else
		count_effect(rules, rule, EFFECT_SHADOWED);
}

static void
count_pair(HTAB *rules, const SaJudged *j)
{
	const SaLimits *said = &j->choice.limits;

	for (int i = 0; i < j->cover.rule_count; i++)
		count_rule(rules, j, j->cover.rules[i]);
	if (j->choice.low != NULL && j->choice.critical != NULL &&
		sa_limit_clear(&said->critical) > sa_limit_clear(&said->low))
		count_effect(rules, j->choice.critical_narrower ? j->choice.low : j->choice.critical,
					 EFFECT_OVERRULED);
	if (said->maximum.set && !j->situation.limits.maximum.set)
		count_effect(rules, j->choice.maximum, EFFECT_MAXIMUM_DROPPED);
}

static HTAB *
count_all(void)
{
	HASHCTL control;
	HTAB *rules;
	SaJudge *judge = sa_judge_open(SA_JUDGE_ALL, false);
	SaJudged judged;

	control.keysize = sizeof(int64);
	control.entrysize = sizeof(RuleEntry);
	control.hcxt = CurrentMemoryContext;
	rules = hash_create("StockAlert rule effects", 256, &control,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	sa_judge_start(judge, 0);
	while (sa_judge_next(judge, &judged))
	{
		if (judged.situation.active)
			count_pair(rules, &judged);
	}
	sa_judge_close(judge);
	return rules;
}

Datum
stockalert_rule_effects(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "StockAlert rule effects",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	HASH_SEQ_STATUS all;
	RuleEntry *entry;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	old = MemoryContextSwitchTo(work);
	hash_seq_init(&all, count_all());
	while ((entry = (RuleEntry *) hash_seq_search(&all)) != NULL)
	{
		Datum values[EFFECTS + 1];
		bool nulls[EFFECTS + 1] = {false};

		values[0] = Int64GetDatum(entry->rule_id);
		for (int i = 0; i < EFFECTS; i++)
			values[i + 1] = Int64GetDatum(entry->pairs[i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return (Datum) 0;
}
