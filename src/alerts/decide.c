/*
 * decide.c: stockalert.decide(), the border of pure/decide.
 *
 * Unpacks the rows, asks the pure functions, packs the answer.  No logic of
 * its own.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "db/as_of.h"
#include "db/quantity.h"
#include "pure/decide.h"
#include "rules/limits.h"
#include "settings.h"

#define RULE_ARGUMENTS   8
#define FIRST_RULE       6
#define DECISION_COLUMNS 12

SA_FUNCTION(stockalert_decide);

static bool
row_quantity(HeapTupleHeader row, const char *column, SaQuantity *out)
{
	bool isnull;
	Datum value = GetAttributeByName(row, column, &isnull);

	return !isnull && sa_quantity_from_datum(value, out);
}

static bool
row_time(HeapTupleHeader row, const char *column, TimestampTz *out)
{
	bool isnull;
	Datum value = GetAttributeByName(row, column, &isnull);

	*out = isnull ? 0 : DatumGetTimestampTz(value);
	return !isnull;
}

/* numeric[] argument into quantities, palloc'd; 0 for NULL. */
static int
read_quantities(FunctionCallInfo fcinfo, int argument, SaQuantity **out)
{
	Datum *values;
	bool *nulls;
	int count;
	int kept = 0;

	*out = NULL;
	if (PG_ARGISNULL(argument))
		return 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), NUMERICOID, -1, false, TYPALIGN_INT, &values,
					  &nulls, &count);
	*out = (SaQuantity *) palloc(sizeof(SaQuantity) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] && sa_quantity_from_datum(values[i], &(*out)[kept]))
			kept++;
	}
	return kept;
}

/* The newest alert of the pair: open, held by hand, or recently resolved. */
static void
read_alert(HeapTupleHeader alert, SaSituation *s)
{
	bool isnull;
	TimestampTz as_of = sa_as_of();
	TimestampTz resolved_at;
	TimestampTz held_until;
	Datum severity = GetAttributeByName(alert, "severity", &isnull);

	s->has_alert = !isnull && sa_class_parse(TextDatumGetCString(severity), &s->severity);
	s->open = !row_time(alert, "resolved_at", &resolved_at);
	s->held = !s->open && row_time(alert, "held_until", &held_until) && held_until > as_of;
	s->recent =
		!s->open && as_of - resolved_at < (int64) sa_repeat_after * SECS_PER_MINUTE * USECS_PER_SEC;
}

/* Thresholds in force; in *own the thresholds of subscribers that are news for their owner. */
static SaOrigin
read_limits(FunctionCallInfo fcinfo, HeapTupleHeader level, SaSituation *s, int64 *rule_id)
{
	HeapTupleHeader rules[RULE_ARGUMENTS];
	SaThresholdInput in = {0};
	SaRuleChoice choice;
	SaOrigin origin;
	SaQuantity *everyone;
	int everyone_count;

	for (int i = 0; i < RULE_ARGUMENTS; i++)
		rules[i] = PG_ARGISNULL(FIRST_RULE + i) ? NULL : PG_GETARG_HEAPTUPLEHEADER(FIRST_RULE + i);
	in.has_par = row_quantity(level, "par_level", &in.par);
	sa_limits_choose(rules, RULE_ARGUMENTS, in.has_par, in.par, &choice);
	in.rules = choice.limits;
	in.critical_narrower = choice.critical_narrower;
	in.low_percent = (SaQuantity) (sa_low_stock_percent * SA_QUANTITY_ONE + 0.5);
	in.critical_percent = (SaQuantity) (sa_critical_stock_percent * SA_QUANTITY_ONE + 0.5);
	in.default_inclusive = sa_threshold_fires == SA_FIRES_AT_OR_BELOW;
	everyone_count = read_quantities(fcinfo, 5, &everyone);
	for (int i = 0; i < everyone_count; i++)
	{
		if (!in.has_own || everyone[i] > in.own)
			in.own = everyone[i];
		in.has_own = true;
	}
	origin = sa_thresholds_resolve(&in, &s->limits);
	*rule_id = choice.rule_id;
	if (origin == SA_ORIGIN_SUBSCRIBER)
	{
		s->own = everyone;
		s->own_count = everyone_count;
	}
	else
		s->own_count = read_quantities(fcinfo, 4, (SaQuantity **) &s->own);
	return origin;
}

static void
put_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

static void
put_quantity(Datum *values, bool *nulls, int column, bool set, SaQuantity quantity)
{
	nulls[column] = !set;
	if (set)
		values[column] = sa_quantity_to_datum(quantity);
}

static const char *
fires_word(const SaLimits *limits)
{
	const SaLimit *limit = limits->low.set ? &limits->low : &limits->critical;

	if (!limit->set)
		return NULL;
	return limit->inclusive ? "at_or_below" : "below";
}

static HeapTuple
form_decision(TupleDesc desc, const SaSituation *s, const SaDecision *d, SaOrigin origin,
			  int64 rule_id)
{
	Datum values[DECISION_COLUMNS];
	bool nulls[DECISION_COLUMNS];

	put_text(values, nulls, 0, s->active ? sa_class_name(d->class) : "inactive");
	put_text(values, nulls, 1, sa_action_name(d->action));
	put_quantity(values, nulls, 2, d->has_threshold, d->threshold);
	put_quantity(values, nulls, 3, s->limits.low.set, s->limits.low.value);
	put_quantity(values, nulls, 4, s->limits.critical.set, s->limits.critical.value);
	put_quantity(values, nulls, 5, s->limits.maximum.set, s->limits.maximum.value);
	put_text(values, nulls, 6, fires_word(&s->limits));
	nulls[7] = rule_id == 0;
	values[7] = Int64GetDatum(rule_id);
	put_text(values, nulls, 8, sa_origin_name(origin));
	put_quantity(values, nulls, 9, d->has_quiet_below, d->quiet_below);
	put_quantity(values, nulls, 10, d->has_quiet_above, d->quiet_above);
	nulls[11] = false;
	values[11] = BoolGetDatum(d->in_band);
	return heap_form_tuple(desc, values, nulls);
}

/* The result's row type, looked up once a query. */
static TupleDesc
result_type(FunctionCallInfo fcinfo)
{
	TupleDesc desc = (TupleDesc) fcinfo->flinfo->fn_extra;

	if (desc == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		desc = BlessTupleDesc(CreateTupleDescCopy(desc));
		fcinfo->flinfo->fn_extra = desc;
		MemoryContextSwitchTo(old);
	}
	return desc;
}

Datum
stockalert_decide(PG_FUNCTION_ARGS)
{
	HeapTupleHeader level;
	SaSituation s = {0};
	SaDecision decision;
	SaQuantity on_hand;
	SaQuantity reserved;
	SaOrigin origin;
	int64 rule_id;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	level = PG_GETARG_HEAPTUPLEHEADER(0);
	if (!row_quantity(level, "on_hand", &on_hand) || !row_quantity(level, "reserved", &reserved))
		PG_RETURN_NULL();
	s.available = on_hand - reserved;
	s.active = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	s.step = 1;
	if (!PG_ARGISNULL(1))
		(void) sa_quantity_from_datum(PG_GETARG_DATUM(1), &s.step);
	s.recovery_percent = (SaQuantity) (sa_recovery_percent * SA_QUANTITY_ONE + 0.5);
	s.has_quiet_below = row_quantity(level, "quiet_below", &s.quiet_below);
	if (!PG_ARGISNULL(3))
		read_alert(PG_GETARG_HEAPTUPLEHEADER(3), &s);
	origin = read_limits(fcinfo, level, &s, &rule_id);
	sa_decide(&s, &decision);
	/* Beside an own threshold a critical one can only be a rule's. */
	if (origin == SA_ORIGIN_SUBSCRIBER && decision.class == SA_CLASS_CRITICAL)
		origin = SA_ORIGIN_RULE;
	if (origin != SA_ORIGIN_RULE)
		rule_id = 0;
	PG_RETURN_DATUM(
		HeapTupleGetDatum(form_decision(result_type(fcinfo), &s, &decision, origin, rule_id)));
}
