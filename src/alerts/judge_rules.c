/*
 * judge_rules.c: what each rule that covers a pair says, stockalert.judge_rules().
 *
 * For explanations.  No logic of its own: asks the judge which rules took
 * part, and pure/rule_choice what each would say alone.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "alerts/judge.h"
#include "compat.h"
#include "db/quantity.h"

SA_FUNCTION(stockalert_judge_rules);

enum
{
	PLACE,
	RULE_ID,
	LOW,
	CRITICAL,
	MAXIMUM,
	SETS_LOW,
	SETS_CRITICAL,
	SETS_MAXIMUM,
	SILENT,
	COLUMNS
};

/* Why a rule says nothing about the pair; NULL: it says something. */
static const char *
why_silent(const SaRule *rule, const SaBasis *basis)
{
	if (sa_rule_usable(rule, basis))
		return NULL;
	switch (rule->unit)
	{
		case SA_UNIT_PERCENT:
			return "no par level";
		case SA_UNIT_DAYS:
			return "no sales known";
		default:
			return "no reorder point computed yet";
	}
}

static void
put_limit(Datum *values, bool *nulls, int column, const SaLimit *limit)
{
	nulls[column] = !limit->set;
	if (limit->set)
		values[column] = sa_quantity_to_datum(limit->value);
}

static void
put_rule(ReturnSetInfo *result, const SaJudged *j, int place)
{
	const SaRule *rule = j->cover.rules[place];
	const char *silent = why_silent(rule, &j->basis);
	SaRuleChoice alone;
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {false};

	sa_rules_choose(&rule, 1, &j->basis, &alone);
	values[PLACE] = Int32GetDatum(place + 1);
	values[RULE_ID] = Int64GetDatum(rule->rule_id);
	put_limit(values, nulls, LOW, &alone.limits.low);
	put_limit(values, nulls, CRITICAL, &alone.limits.critical);
	put_limit(values, nulls, MAXIMUM, &alone.limits.maximum);
	values[SETS_LOW] = BoolGetDatum(j->choice.low == rule);
	/* Half of a low that follows demand is its rule's too. */
	values[SETS_CRITICAL] =
		BoolGetDatum(j->choice.critical == rule ||
					 (j->choice.critical == NULL && j->choice.by_demand && j->choice.low == rule));
	values[SETS_MAXIMUM] = BoolGetDatum(j->choice.maximum == rule);
	nulls[SILENT] = silent == NULL;
	if (silent != NULL)
		values[SILENT] = CStringGetTextDatum(silent);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
stockalert_judge_rules(PG_FUNCTION_ARGS)
{
	SaJudge *judge;
	SaJudged judged;

	InitMaterializedSRF(fcinfo, 0);
	judge = sa_judge_open(1, false);
	if (sa_judge_pair(judge, PG_GETARG_INT64(0), PG_GETARG_INT64(1), NULL, &judged))
	{
		for (int i = 0; i < judged.cover.rule_count; i++)
			put_rule((ReturnSetInfo *) fcinfo->resultinfo, &judged, i);
	}
	sa_judge_close(judge);
	return (Datum) 0;
}
