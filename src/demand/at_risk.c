/*
 * at_risk.c: the pairs that a person would look at first, of all there are.
 *
 * Levels and demand states lie in one key order, so both are read along it and
 * met on the way: no memory for either, and no query's steps for each of the
 * pairs that are well.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"

#include "compat.h"
#include "db/lookup.h"
#include "db/quantity.h"
#include "db/word.h"

SA_FUNCTION(stockalert_pairs_at_risk);

enum LevelColumn
{
	LEVEL_ITEM,
	LEVEL_CLASS,
	LEVEL_ACTIVE,
	ON_HAND,
	RESERVED,
	ON_ORDER,
	IN_TRANSIT,
	LEVEL_COLUMNS
};

static const char *const level_names[LEVEL_COLUMNS] = {
	"item_id", "class", "active", "on_hand", "reserved", "on_order", "in_transit"};
static AttrNumber level_numbers[LEVEL_COLUMNS];
static SaColumnNumbers level_columns = {
	.names = level_names, .numbers = level_numbers, .count = LEVEL_COLUMNS};

enum StateColumn
{
	STATE_ITEM,
	VELOCITY,
	REORDER_POINT,
	STATE_COLUMNS
};

static const char *const state_names[STATE_COLUMNS] = {"item_id", "velocity", "reorder_point"};
static AttrNumber state_numbers[STATE_COLUMNS];
static SaColumnNumbers state_columns = {
	.names = state_names, .numbers = state_numbers, .count = STATE_COLUMNS};

typedef struct Risks
{
	SaLookup levels;
	SaLookup states;
	bool in_states;
	ReturnSetInfo *result;
} Risks;

static Datum
value_of(const SaLookup *rows, const SaColumnNumbers *columns, int column)
{
	return rows->row->tts_values[columns->numbers[column] - 1];
}

static bool
is_null(const SaLookup *rows, const SaColumnNumbers *columns, int column)
{
	return rows->row->tts_isnull[columns->numbers[column] - 1];
}

static SaQuantity
level_quantity(const Risks *r, int column)
{
	SaQuantity quantity = 0;

	(void) sa_quantity_from_datum(value_of(&r->levels, &level_columns, column), &quantity);
	return quantity;
}

static bool
start_rows(SaLookup *rows, const SaColumnNumbers *columns, int64 location_id)
{
	if (!sa_lookup_find_id(rows, location_id))
		return false;
	slot_getsomeattrs(rows->row, columns->last);
	return true;
}

static bool
next_row(SaLookup *rows, const SaColumnNumbers *columns)
{
	CHECK_FOR_INTERRUPTS();
	if (!sa_lookup_next(rows))
		return false;
	slot_getsomeattrs(rows->row, columns->last);
	return true;
}

/* Whether something is learned of the item of the present level. */
static bool
meet_state(Risks *r)
{
	int64 item_id = DatumGetInt64(value_of(&r->levels, &level_columns, LEVEL_ITEM));

	while (r->in_states &&
		   DatumGetInt64(value_of(&r->states, &state_columns, STATE_ITEM)) < item_id)
		r->in_states = next_row(&r->states, &state_columns);
	return r->in_states &&
		   DatumGetInt64(value_of(&r->states, &state_columns, STATE_ITEM)) == item_id;
}

/* What is available is never more than the position, and quicker to reckon. */
static bool
is_due(const Risks *r, SaQuantity available)
{
	SaQuantity point;

	return !is_null(&r->states, &state_columns, REORDER_POINT) &&
		   sa_quantity_from_datum(value_of(&r->states, &state_columns, REORDER_POINT), &point) &&
		   available <= point &&
		   available + level_quantity(r, ON_ORDER) + level_quantity(r, IN_TRANSIT) <= point;
}

static void
look_at_level(Risks *r, int64 location_id)
{
	Datum class;
	SaQuantity available;
	bool known = meet_state(r);
	bool due;

	if (is_null(&r->levels, &level_columns, LEVEL_CLASS) ||
		!DatumGetBool(value_of(&r->levels, &level_columns, LEVEL_ACTIVE)))
		return;
	class = value_of(&r->levels, &level_columns, LEVEL_CLASS);
	available = level_quantity(r, ON_HAND) - level_quantity(r, RESERVED);
	due = known && !sa_is_word(class, "inactive") && is_due(r, available);
	if (due || sa_is_word(class, "out") || sa_is_word(class, "critical") ||
		sa_is_word(class, "low"))
	{
		Datum values[6] = {Int64GetDatum(location_id),
						   value_of(&r->levels, &level_columns, LEVEL_ITEM),
						   class,
						   known ? value_of(&r->states, &state_columns, VELOCITY) : 0,
						   Float8GetDatum((double) available / (double) SA_QUANTITY_ONE),
						   BoolGetDatum(due)};
		bool nulls[6] = {false, false, false, !known, false, false};

		tuplestore_putvalues(r->result->setResult, r->result->setDesc, values, nulls);
	}
}

/* Rows (location_id, item_id, class, velocity, available, due) of these locations. */
Datum
stockalert_pairs_at_risk(PG_FUNCTION_ARGS)
{
	Risks r = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Datum *ids;
	int count;

	InitMaterializedSRF(fcinfo, 0);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &ids, NULL, &count);
	sa_lookup_open(&r.levels, "stock_levels", "stock_levels_pkey", ForwardScanDirection,
				   &level_columns);
	sa_lookup_open(&r.states, "demand_state", "demand_state_pkey", ForwardScanDirection,
				   &state_columns);
	for (int i = 0; i < count; i++)
	{
		int64 location_id = DatumGetInt64(ids[i]);
		bool found = start_rows(&r.levels, &level_columns, location_id);

		r.in_states = found && start_rows(&r.states, &state_columns, location_id);
		for (; found; found = next_row(&r.levels, &level_columns))
			look_at_level(&r, location_id);
	}
	sa_lookup_close(&r.states);
	sa_lookup_close(&r.levels);
	return (Datum) 0;
}
