/*
 * apply.c: one statement that opens, changes and resolves alerts, writes their
 * events and the queue, and rewrites class and quiet range.
 *
 * Used with one pair by the item trigger and with a million by the check: the
 * same text and the same plan.  Lock order:
 * stock_levels (by the caller) -> alerts -> alert_events -> queue.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "alerts/apply.h"
#include "alerts/open_many.h"
#include "compat.h"
#include "db/as_of.h"
#include "db/columns.h"
#include "db/outgrown.h"
#include "db/plans.h"
#include "db/result.h"
#include "ipc/wake.h"

SA_FUNCTION(stockalert_apply_decisions);
SA_FUNCTION(stockalert_applied_so_far);

/* Pairs in one statement: what it sorts and keeps stays in memory. */
#define CHUNK 10000
/* Pairs that are looked at together where many open: reading ahead is worth more of them. */
#define MANY 100000

/* What this session wrote since it began, whoever asked for it. */
static SaApplied so_far;

static const char apply_text[] =
	"WITH pair AS MATERIALIZED ("
	" SELECT * FROM stockalert.judge_pairs($1, $2, true)"
	"), opened AS ("
	" INSERT INTO stockalert.alerts (location_id, item_id, severity, worst, quantity, threshold, "
	"low,"
	"  critical, maximum, fires, rule_id, threshold_from, on_hand, reserved, par_level, velocity, "
	"reorder_point, order_up_to, opened_at)"
	" SELECT location_id, item_id, class, class, available, threshold, low, critical, maximum, "
	"fires,"
	"  rule_id, threshold_from, on_hand, reserved, par_level, velocity, reorder_point, "
	"order_up_to, "
	"$3"
	" FROM pair WHERE action = 'open'"
	/* Opened after the snapshot of a REPEATABLE READ writer: 40001, which such a writer repeats. */
	" ON CONFLICT (location_id, item_id, kind) WHERE resolved_at IS NULL DO NOTHING"
	" RETURNING alert_id, location_id, item_id, severity, quantity"
	"), changed AS ("
	" UPDATE stockalert.alerts AS a SET"
	"  severity = CASE WHEN p.action IN ('resolve', 'release') THEN a.severity ELSE p.class END,"
	"  worst = CASE WHEN p.action IN ('resolve', 'release', 'ease') OR p.class = 'low' OR a.worst "
	"= 'out'"
	"   THEN a.worst ELSE p.class END,"
	"  quantity = CASE WHEN p.action IN ('resolve', 'release') THEN a.quantity ELSE p.available "
	"END,"
	"  threshold = coalesce(p.threshold, a.threshold), low = p.low, critical = p.critical,"
	"  maximum = p.maximum, fires = p.fires, rule_id = p.rule_id, threshold_from = "
	"p.threshold_from,"
	"  on_hand = p.on_hand, reserved = p.reserved, par_level = p.par_level,"
	"  velocity = p.velocity, reorder_point = p.reorder_point, order_up_to = p.order_up_to,"
	"  reopened_at = CASE WHEN p.action = 'reopen' THEN $3 ELSE a.reopened_at END,"
	"  acknowledged_at = CASE WHEN p.action <> 'reopen' THEN a.acknowledged_at END,"
	"  acknowledged_by = CASE WHEN p.action <> 'reopen' THEN a.acknowledged_by END,"
	"  acknowledged_note = CASE WHEN p.action <> 'reopen' THEN a.acknowledged_note END,"
	"  snoozed_until = CASE WHEN p.action <> 'reopen' THEN a.snoozed_until END,"
	"  snoozed_by = CASE WHEN p.action <> 'reopen' THEN a.snoozed_by END,"
	"  resolved_at = CASE p.action WHEN 'resolve' THEN $3 WHEN 'release' THEN a.resolved_at END,"
	"  resolved_by = CASE p.action WHEN 'resolve' THEN 'stock' WHEN 'release' THEN a.resolved_by "
	"END,"
	"  resolved_note = CASE WHEN p.action = 'release' THEN a.resolved_note"
	"   WHEN p.class = 'inactive' THEN 'not carried any more' END,"
	"  held_until = NULL"
	" FROM pair AS p"
	" WHERE p.action IN ('worsen', 'ease', 'resolve', 'reopen', 'release')"
	"  AND a.location_id = p.location_id AND a.alert_id = p.alert_id"
	"), happened AS MATERIALIZED ("
	" SELECT alert_id, location_id, item_id, 'opened' AS event, severity, quantity, false AS gone"
	"  FROM opened"
	" UNION ALL"
	" SELECT alert_id, location_id, item_id, CASE action WHEN 'worsen' THEN 'worsened'"
	"  WHEN 'ease' THEN 'eased' WHEN 'resolve' THEN 'resolved' WHEN 'reopen' THEN 'reopened'"
	"  ELSE 'crossed' END, CASE action WHEN 'resolve' THEN alert_severity ELSE class END, "
	"available,"
	/* Not carried any more is not "back in stock". */
	"  class = 'inactive'"
	" FROM pair WHERE action IN ('worsen', 'ease', 'resolve', 'reopen', 'cross')"
	"), event AS ("
	" INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, "
	"quantity,"
	"  occurred_at)"
	" SELECT alert_id, location_id, item_id, event, severity, quantity, $3 FROM happened"
	"), told AS ("
	" INSERT INTO stockalert.queue (lane, event, alert_id, location_id, item_id, severity, "
	"quantity,"
	"  subscriber_id, occurred_at)"
	" SELECT CASE WHEN severity IN ('out', 'critical') AND event <> 'resolved' THEN 0 ELSE 1 END,"
	"  event, alert_id, location_id, item_id, severity, quantity, NULL::bigint, $3"
	" FROM happened WHERE event NOT IN ('eased', 'crossed') AND NOT gone"
	" UNION ALL"
	/* Crossed own thresholds are news for their owners alone. */
	" SELECT CASE WHEN p.class IN ('out', 'critical') THEN 0 ELSE 1 END, 'crossed', p.alert_id,"
	"  p.location_id, p.item_id, p.class, p.available, b.subscriber_id, $3"
	" FROM pair AS p JOIN stockalert.subscribers AS b ON p.action = 'cross' AND b.enabled"
	"  AND (b.own_threshold > 0 OR b.own_threshold IS NULL AND p.threshold_from = 'subscriber')"
	"  AND coalesce(b.own_threshold, 5) > p.available"
	"  AND coalesce(b.own_threshold, 5) - 0.00001 <= p.seen_below"
	"  AND (b.location_ids IS NULL OR p.location_id = ANY (b.location_ids))"
	"  AND (b.categories IS NULL OR p.category = ANY (b.categories))"
	"  AND (b.app_key IS NULL OR (SELECT i.owner_key IS NULL OR i.owner_key = b.app_key"
	"   FROM stockalert.items AS i WHERE i.item_id = p.item_id))"
	" RETURNING 1"
	"), edges AS ("
	" UPDATE stockalert.stock_levels AS s"
	" SET class = p.class, quiet_below = p.quiet_below, quiet_above = p.quiet_above"
	/* The version that was judged: the caller holds it locked. */
	" FROM pair AS p WHERE s.ctid = p.place"
	"  AND (p.class_before IS DISTINCT FROM p.class OR p.seen_below IS DISTINCT FROM p.quiet_below"
	"   OR p.seen_above IS DISTINCT FROM p.quiet_above)"
	"), turned AS ("
	/* What the fold of demand needs: a pair that is not carried says nothing of demand. */
	" INSERT INTO stockalert.stock_changes (location_id, item_id, changed_at, available, kind)"
	" SELECT location_id, item_id, $3, available, CASE class WHEN 'out' THEN 'out' ELSE 'back' END"
	" FROM pair WHERE class = 'out' AND class_before IS DISTINCT FROM 'out'"
	"  OR class IN ('ok', 'over', 'low', 'critical') AND class_before IN ('out', 'inactive')"
	")"
	" SELECT pg_catalog.count(*) FILTER (WHERE action = 'open'),"
	"  pg_catalog.count(*) FILTER (WHERE action = 'worsen'),"
	"  pg_catalog.count(*) FILTER (WHERE action = 'ease'),"
	"  pg_catalog.count(*) FILTER (WHERE action = 'resolve'),"
	"  pg_catalog.count(*) FILTER (WHERE action = 'reopen'),"
	"  (SELECT pg_catalog.count(*) FROM told)"
	" FROM pair";

static const char gone_text[] =
	"WITH ended AS ("
	" UPDATE stockalert.alerts AS a SET resolved_at = $3, resolved_by = 'stock',"
	"  resolved_note = 'not carried any more', held_until = NULL"
	" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS k (location_id, item_id)"
	" WHERE a.location_id = k.location_id AND a.item_id = k.item_id AND a.resolved_at IS NULL"
	/* Unless another row took its place. */
	"  AND NOT EXISTS (SELECT FROM stockalert.stock_levels AS s"
	"   WHERE s.location_id = k.location_id AND s.item_id = k.item_id)"
	" RETURNING a.alert_id, a.location_id, a.item_id, a.severity, a.quantity"
	"), event AS ("
	" INSERT INTO stockalert.alert_events (alert_id, location_id, item_id, event, severity, "
	"quantity,"
	"  note, occurred_at)"
	" SELECT alert_id, location_id, item_id, 'resolved', severity, quantity, 'not carried any "
	"more', $3"
	" FROM ended ORDER BY location_id, item_id"
	")"
	" SELECT 0::bigint, 0::bigint, 0::bigint, pg_catalog.count(*), 0::bigint, 0::bigint FROM ended";

static SPIPlanPtr apply_plan = NULL;
static SPIPlanPtr gone_plan = NULL;

static Datum
bigint_array(const int64 *values, int count)
{
	Datum *datums = (Datum *) palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		datums[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(
		construct_array(datums, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static void
add_counts(SaApplied *applied)
{
	applied->opened += sa_result_bigint(SPI_tuptable, 0, 1);
	applied->worsened += sa_result_bigint(SPI_tuptable, 0, 2);
	applied->eased += sa_result_bigint(SPI_tuptable, 0, 3);
	applied->resolved += sa_result_bigint(SPI_tuptable, 0, 4);
	applied->reopened += sa_result_bigint(SPI_tuptable, 0, 5);
	applied->queued += sa_result_bigint(SPI_tuptable, 0, 6);
}

static void
run_plan(SPIPlanPtr *plan, const char *text, const int64 *locations, const int64 *items, int count,
		 SaApplied *applied)
{
	Oid types[3] = {INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID};
	Datum arguments[3];

	arguments[0] = bigint_array(locations, count);
	arguments[1] = bigint_array(items, count);
	arguments[2] = TimestampTzGetDatum(sa_as_of());
	sa_plan_run(plan, text, 3, types, arguments, NULL, false);
	add_counts(applied);
	add_counts(&so_far);
	if (sa_result_bigint(SPI_tuptable, 0, 6) > 0)
		sa_wake_request();
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Between an empty table and a key there is no difference to a planner, so that
 * a session which has written all the alerts itself would read all of them for
 * the next one.
 */
static void
renew_plans(void)
{
	static SaGrowingTable tables[] = {{.name = "alerts"}, {.name = "stock_levels"}};

	sa_plans_renew_outgrown(tables, lengthof(tables));
}

/*
 * A plan made while tables are empty runs until they are full: so each pair is
 * looked up by key, however many there seem to be.  And compiling a statement
 * that runs for milliseconds costs more than it saves.
 */
static int
begin_by_key(void)
{
	static const char *const settings[] = {"jit", "enable_hashjoin", "enable_mergejoin",
										   "enable_material", "enable_seqscan"};
	int nest_level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	return nest_level;
}

static void
apply_in_chunks(const int64 *locations, const int64 *items, int count, SaApplied *applied)
{
	MemoryContext chunk_context = AllocSetContextCreate(
		CurrentMemoryContext, "StockAlert apply chunk", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(chunk_context);

	for (int done = 0; done < count; done += CHUNK)
	{
		CHECK_FOR_INTERRUPTS();
		run_plan(&apply_plan, apply_text, locations + done, items + done, Min(CHUNK, count - done),
				 applied);
		MemoryContextReset(chunk_context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(chunk_context);
}

static void
add_opened(SaApplied *applied, const SaApplied *opened)
{
	applied->opened += opened->opened;
	applied->queued += opened->queued;
}

/* Those that open are written without the statement, which then has the others. */
static void
apply_many(const int64 *locations, const int64 *items, const ItemPointerData *places, int count,
		   SaApplied *applied)
{
	int64 *left_locations = (int64 *) palloc(sizeof(int64) * Min(count, MANY));
	int64 *left_items = (int64 *) palloc(sizeof(int64) * Min(count, MANY));

	for (int done = 0; done < count; done += MANY)
	{
		int some = Min(MANY, count - done);
		SaApplied opened = {0};

		memcpy(left_locations, locations + done, sizeof(int64) * some);
		memcpy(left_items, items + done, sizeof(int64) * some);
		some = sa_open_many(left_locations, left_items, places == NULL ? NULL : places + done, some,
							&opened);
		add_opened(applied, &opened);
		add_opened(&so_far, &opened);
		apply_in_chunks(left_locations, left_items, some, applied);
	}
	if (applied->queued > 0)
		sa_wake_request();
	pfree(left_locations);
	pfree(left_items);
}

/* places: where their levels were last seen; NULL: not known. */
static void
apply_levels(const int64 *locations, const int64 *items, const ItemPointerData *places, int count,
			 SaApplied *applied)
{
	int nest_level;

	if (count == 0)
		return;
	renew_plans();
	nest_level = begin_by_key();
	if (sa_open_many_fits(count))
		apply_many(locations, items, places, count, applied);
	else
		apply_in_chunks(locations, items, count, applied);
	AtEOXact_GUC(false, nest_level);
}

void
sa_apply_levels(const int64 *locations, const int64 *items, int count, SaApplied *applied)
{
	apply_levels(locations, items, NULL, count, applied);
}

void
sa_apply_gone(const int64 *locations, const int64 *items, int count, SaApplied *applied)
{
	if (count == 0)
		return;
	renew_plans();
	run_plan(&gone_plan, gone_text, locations, items, count, applied);
}

static int
read_bigints(ArrayType *array, int64 **out)
{
	Datum *values;
	bool *nulls;
	int count;

	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
					  &nulls, &count);
	*out = (int64 *) palloc(sizeof(int64) * Max(count, 1));
	for (int i = 0; i < count; i++)
		(*out)[i] = nulls[i] ? 0 : DatumGetInt64(values[i]);
	return count;
}

/* The places of as many pairs. */
static ItemPointerData *
read_places(ArrayType *array, int count)
{
	ItemPointerData *places = (ItemPointerData *) palloc(sizeof(ItemPointerData) * Max(count, 1));

	for (int i = 0; i < count; i++)
		places[i] = sa_place_of(array, i);
	return places;
}

static Datum
form_row(FunctionCallInfo fcinfo, const SaApplied *applied)
{
	TupleDesc desc;
	Datum values[6];
	bool nulls[6] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum(applied->opened);
	values[1] = Int64GetDatum(applied->worsened);
	values[2] = Int64GetDatum(applied->eased);
	values[3] = Int64GetDatum(applied->resolved);
	values[4] = Int64GetDatum(applied->reopened);
	values[5] = Int64GetDatum(applied->queued);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* The same for functions written in SQL: check, rule changes.  Owner only. */
Datum
stockalert_apply_decisions(PG_FUNCTION_ARGS)
{
	SaApplied applied = {0};
	int64 *locations;
	int64 *items;
	int count = read_bigints(PG_GETARG_ARRAYTYPE_P(0), &locations);

	if (read_bigints(PG_GETARG_ARRAYTYPE_P(1), &items) != count)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("locations and items differ in number")));
	SPI_connect();
	apply_levels(locations, items, read_places(PG_GETARG_ARRAYTYPE_P(2), count), count, &applied);
	SPI_finish();
	PG_RETURN_DATUM(form_row(fcinfo, &applied));
}

/* Also what triggers did: the difference of two calls counts it. */
Datum
stockalert_applied_so_far(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(form_row(fcinfo, &so_far));
}
