/*
 * judge.c: reads a level and what it depends on, asks pure/decide.
 *
 * No query, and nothing that statistics could turn into another plan: one
 * index look-up each for what belongs to the pair, caches for the rest
 * (rules/scopes.h).  Demand is read only where a threshold asks for it.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "alerts/judge.h"
#include "alerts/newest_alert.h"
#include "db/as_of.h"
#include "db/lookup.h"
#include "db/quantity.h"
#include "db/row_locks.h"
#include "db/word.h"
#include "settings.h"

enum
{
	LOCATION_ID,
	ITEM_ID,
	ON_HAND,
	RESERVED,
	QUIET_BELOW,
	QUIET_ABOVE,
	CLASS,
	ACTIVE,
	PAR_LEVEL,
	LEVEL_COLUMNS
};

enum
{
	EXPOSED_DAYS,
	VELOCITY,
	REORDER_POINT,
	ORDER_UP_TO,
	DEMAND_COLUMNS
};

static const char *const level_names[LEVEL_COLUMNS] = {"location_id", "item_id",     "on_hand",
													   "reserved",    "quiet_below", "quiet_above",
													   "class",       "active",      "par_level"};
static const char *const demand_names[DEMAND_COLUMNS] = {"exposed_days", "velocity",
														 "reorder_point", "order_up_to"};
static AttrNumber level_numbers[LEVEL_COLUMNS];
static AttrNumber demand_numbers[DEMAND_COLUMNS];
static SaColumnNumbers level_columns = {InvalidOid, level_names, level_numbers, LEVEL_COLUMNS};
static SaColumnNumbers demand_columns = {InvalidOid, demand_names, demand_numbers, DEMAND_COLUMNS};

/* Rows of a block of levels, about. */
#define LEVELS_A_BLOCK 60

struct SaJudge
{
	SaLookup levels;
	SaLookup demand; /* opened when it is needed */
	SaNewestAlerts alerts;
	SaScopes *scopes;
	TableScanDesc scan; /* of all levels */
	bool started;
	bool find_writers;
	TimestampTz as_of;
};

void
sa_judge_close(SaJudge *judge)
{
	if (judge->scan != NULL)
		table_endscan(judge->scan);
	sa_scopes_close(judge->scopes);
	sa_lookup_close(&judge->demand);
	sa_newest_close(&judge->alerts);
	sa_lookup_close(&judge->levels);
}

static bool
get_level(TupleTableSlot *row, int column, Datum *value)
{
	bool isnull;

	*value = slot_getattr(row, level_numbers[column], &isnull);
	return !isnull;
}

static bool
get_quantity(TupleTableSlot *row, AttrNumber number, SaQuantity *out)
{
	bool isnull;
	Datum value = slot_getattr(row, number, &isnull);

	return !isnull && sa_quantity_from_datum(value, out);
}

/* False where the row holds no quantity, which its constraints refuse. */
static bool
read_level(TupleTableSlot *row, SaJudged *out)
{
	SaSituation *s = &out->situation;
	SaQuantity on_hand;
	SaQuantity reserved;
	Datum value;

	memset(out, 0, sizeof(*out));
	slot_getsomeattrs(row, level_columns.last);
	if (!get_level(row, ON_HAND, &out->on_hand) || !get_level(row, RESERVED, &out->reserved) ||
		!sa_quantity_from_datum(out->on_hand, &on_hand) ||
		!sa_quantity_from_datum(out->reserved, &reserved))
		return false;
	s->available = on_hand - reserved;
	s->has_quiet_below = get_quantity(row, level_numbers[QUIET_BELOW], &s->quiet_below);
	out->has_quiet_above = get_quantity(row, level_numbers[QUIET_ABOVE], &out->quiet_above);
	s->active = get_level(row, ACTIVE, &value) && DatumGetBool(value);
	out->judged_before = get_level(row, CLASS, &out->class_before);
	out->has_par = get_level(row, PAR_LEVEL, &out->par_level);
	out->basis.par.set =
		out->has_par && sa_quantity_from_datum(out->par_level, &out->basis.par.value);
	(void) get_level(row, LOCATION_ID, &value);
	out->location_id = DatumGetInt64(value);
	(void) get_level(row, ITEM_ID, &value);
	out->item_id = DatumGetInt64(value);
	out->place = row->tts_tid;
	return true;
}

/* The newest alert of the pair: open, held by hand, or recently resolved. */
static void
use_alert(SaJudge *judge, SaJudged *out)
{
	SaSituation *s = &out->situation;
	SaNewestAlert looked_up;
	const SaNewestAlert *alert =
		sa_newest_find(&judge->alerts, out->location_id, out->item_id, &looked_up);

	s->has_alert = alert != NULL;
	if (alert == NULL)
		return;
	out->alert_id = alert->alert_id;
	s->severity = alert->severity;
	s->open = alert->open;
	s->held = !s->open && alert->has_hold && alert->held_until > judge->as_of;
	s->recent = !s->open && judge->as_of - alert->resolved_at <
								(int64) sa_repeat_after * SECS_PER_MINUTE * USECS_PER_SEC;
}

SaJudge *
sa_judge_open_items(int64 expected, int64 items)
{
	SaJudge *judge = (SaJudge *) palloc0(sizeof(SaJudge));

	sa_lookup_open(&judge->levels, "stock_levels", "stock_levels_pkey", ForwardScanDirection,
				   &level_columns);
	if (expected == SA_JUDGE_ALL)
		expected = (int64) RelationGetNumberOfBlocks(judge->levels.heap) * LEVELS_A_BLOCK;
	sa_newest_open(&judge->alerts, expected);
	judge->scopes = sa_scopes_open(items == SA_JUDGE_ALL ? expected : items);
	judge->as_of = sa_as_of();
	return judge;
}

SaJudge *
sa_judge_open(int64 expected, bool find_writers)
{
	SaJudge *judge = sa_judge_open_items(expected, SA_JUDGE_ALL);

	judge->find_writers = find_writers;
	return judge;
}

/* Without par and without a rule that names units, what is ordered up to stands in for par. */
static bool
asks_for_demand(const SaJudged *out)
{
	bool settled = out->basis.par.set;

	for (int i = 0; i < out->cover.rule_count; i++)
	{
		const SaRule *rule = out->cover.rules[i];

		if (rule->unit != SA_UNIT_UNITS && rule->unit != SA_UNIT_PERCENT)
			return true;
		if (rule->low.set && sa_rule_usable(rule, &out->basis))
			settled = true;
	}
	return !settled;
}

static void
read_demand(SaJudge *judge, SaJudged *out)
{
	TupleTableSlot *row;
	SaBasis *basis = &out->basis;
	bool isnull;
	Datum value;

	if (!sa_lookup_is_open(&judge->demand))
		sa_lookup_open(&judge->demand, "demand_state", "demand_state_pkey", ForwardScanDirection,
					   &demand_columns);
	row = judge->demand.row;
	sa_lookup_start(&judge->demand);
	sa_lookup_bigint(&judge->demand, out->location_id);
	sa_lookup_bigint(&judge->demand, out->item_id);
	if (!sa_lookup_find(&judge->demand))
		return;
	slot_getsomeattrs(row, demand_columns.last);
	value = slot_getattr(row, demand_numbers[VELOCITY], &isnull);
	basis->velocity = isnull ? 0 : DatumGetFloat8(value);
	value = slot_getattr(row, demand_numbers[EXPOSED_DAYS], &isnull);
	basis->exposed_days = isnull ? 0 : DatumGetInt32(value);
	basis->reorder_point.set =
		get_quantity(row, demand_numbers[REORDER_POINT], &basis->reorder_point.value);
	basis->order_up_to.set =
		get_quantity(row, demand_numbers[ORDER_UP_TO], &basis->order_up_to.value);
}

/* Thresholds in force, and the own thresholds of subscribers that are news for their owner. */
static void
find_limits(SaJudged *out)
{
	const SaOwn *own = out->cover.own;
	SaThresholdInput in = {0};

	sa_rules_choose(out->cover.rules, out->cover.rule_count, &out->basis, &out->choice);
	in.rules = out->choice.limits;
	in.critical_narrower = out->choice.critical_narrower;
	in.has_base = sa_percent_base(&out->basis, &in.base);
	in.low_percent = (SaQuantity) (sa_low_stock_percent * SA_QUANTITY_ONE + 0.5);
	in.critical_percent = (SaQuantity) (sa_critical_stock_percent * SA_QUANTITY_ONE + 0.5);
	in.default_inclusive = out->basis.default_inclusive;
	in.has_own = own->everyone_count > 0;
	in.own = own->greatest;
	out->origin = sa_thresholds_resolve(&in, &out->situation.limits);
	if (out->origin == SA_ORIGIN_SUBSCRIBER)
	{
		out->situation.own = own->everyone;
		out->situation.own_count = own->everyone_count;
	}
	else
	{
		out->situation.own = own->explicit;
		out->situation.own_count = own->explicit_count;
	}
}

const char *
sa_judged_class(const SaJudged *judged)
{
	return judged->situation.active ? sa_class_name(judged->decision.class) : "inactive";
}

static bool
differs(bool had, SaQuantity before, bool has, SaQuantity now)
{
	return had != has || (has && before != now);
}

static bool
is_moving(const SaJudged *out)
{
	const SaDecision *d = &out->decision;

	return d->action != SA_ACTION_NONE || !out->judged_before ||
		   !sa_is_word(out->class_before, sa_judged_class(out)) ||
		   differs(out->situation.has_quiet_below, out->situation.quiet_below, d->has_quiet_below,
				   d->quiet_below) ||
		   differs(out->has_quiet_above, out->quiet_above, d->has_quiet_above, d->quiet_above);
}

/* What is read of the level is there; the rest is found out. */
static bool
judge_level(SaJudge *judge, SaJudged *out)
{
	if (!sa_scopes_cover(judge->scopes, out->location_id, out->item_id, &out->cover))
		return false;
	out->situation.active = out->situation.active && out->cover.active;
	out->situation.step = out->cover.step;
	out->situation.muted = !sa_stock_alerts;
	out->situation.recovery_percent = (SaQuantity) (sa_recovery_percent * SA_QUANTITY_ONE + 0.5);
	out->basis.step = out->cover.step;
	out->basis.default_inclusive = sa_threshold_fires == SA_FIRES_AT_OR_BELOW;
	if (asks_for_demand(out))
		read_demand(judge, out);
	use_alert(judge, out);
	find_limits(out);
	sa_decide(&out->situation, &out->decision);
	/* Beside an own threshold a critical one can only be a rule's. */
	if (out->origin == SA_ORIGIN_SUBSCRIBER && out->decision.class == SA_CLASS_CRITICAL)
		out->origin = SA_ORIGIN_RULE;
	out->rule_id = out->origin == SA_ORIGIN_RULE ? out->choice.rule_id : 0;
	out->moves = is_moving(out);
	return true;
}

static bool
judge_row(SaJudge *judge, TupleTableSlot *row, SaJudged *out)
{
	if (!read_level(row, out) || !judge_level(judge, out))
		return false;
	out->busy = judge->find_writers && sa_row_is_busy(row);
	return true;
}

bool
sa_judge_new(SaJudge *judge, const SaNewLevel *level, SaJudged *out)
{
	memset(out, 0, sizeof(*out));
	out->location_id = level->location_id;
	out->item_id = level->item_id;
	out->situation.available = level->on_hand;
	out->situation.active = level->active;
	return judge_level(judge, out);
}

bool
sa_judge_pair(SaJudge *judge, int64 location_id, int64 item_id, const ItemPointerData *place,
			  SaJudged *out)
{
	sa_lookup_start(&judge->levels);
	sa_lookup_bigint(&judge->levels, location_id);
	sa_lookup_bigint(&judge->levels, item_id);
	if (place == NULL ? !sa_lookup_find(&judge->levels)
					  : !sa_lookup_find_near(&judge->levels, place))
		return false;
	return judge_row(judge, judge->levels.row, out);
}

TupleTableSlot *
sa_judge_row(const SaJudge *judge)
{
	return judge->levels.row;
}

void
sa_judge_start(SaJudge *judge, int64 location_id)
{
	judge->started = false;
	sa_lookup_start(&judge->levels);
	if (location_id == 0)
		judge->scan = table_beginscan(judge->levels.heap, GetActiveSnapshot(), 0, NULL);
	else
		sa_lookup_bigint(&judge->levels, location_id);
}

static bool
next_level(SaJudge *judge)
{
	bool first = !judge->started;

	CHECK_FOR_INTERRUPTS();
	judge->started = true;
	if (judge->scan != NULL)
		return table_scan_getnextslot(judge->scan, ForwardScanDirection, judge->levels.row);
	return first ? sa_lookup_find(&judge->levels) : sa_lookup_next(&judge->levels);
}

bool
sa_judge_next(SaJudge *judge, SaJudged *out)
{
	while (next_level(judge))
	{
		if (judge_row(judge, judge->levels.row, out))
			return true;
	}
	return false;
}
