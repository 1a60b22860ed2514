/*
 * history_aggregate.c: the aggregate history_agg(), from rows of day and units
 * to a demand_history, in any order and in parallel.
 *
 * The state is a float8[]: first day seen, last day, day of the first slot,
 * whether there are shares; then a slot for the units of each day, and one for
 * each share.  Units are whole steps, so that the order of rows changes nothing.
 * No more slots than a history has days: what is older is dropped at once.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/date.h"

#include "compat.h"
#include "demand/history_value.h"
#include "functions/aggregate_state.h"
#include "functions/argument.h"

SA_FUNCTION(stockalert_history_accum);
SA_FUNCTION(stockalert_history_combine);
SA_FUNCTION(stockalert_history_final);

enum
{
	STATE_FIRST,
	STATE_LAST,
	STATE_BASE,
	STATE_SHARES,
	STATE_SLOTS
};

#define FEWEST_SLOTS 16
#define MOST_NUMBERS (STATE_SLOTS + 2 * SA_HISTORY_MAX_DAYS)

/* A state taken apart; units and shares point into it. */
typedef struct Slots
{
	ArrayType *array;
	double *state;
	int32 first; /* seen, may lie before base */
	int32 last;
	int32 base;
	int32 count;
	double *units;
	double *shares; /* NULL: no day was out of stock so far */
} Slots;

static bool
is_day(double day)
{
	return day >= SA_HISTORY_FIRST_DAY && day <= SA_HISTORY_LAST_DAY && day == floor(day);
}

static Slots
read_slots(ArrayType *array)
{
	Slots slots;
	double *state = sa_state_numbers(array, STATE_SLOTS + 1, MOST_NUMBERS);
	int size = state == NULL ? 0 : ARR_DIMS(array)[0] - STATE_SLOTS;

	if (state == NULL || !is_day(state[STATE_FIRST]) || !is_day(state[STATE_LAST]) ||
		fabs(state[STATE_BASE]) > 2.0 * SA_HISTORY_LAST_DAY ||
		state[STATE_BASE] != floor(state[STATE_BASE]) || state[STATE_FIRST] > state[STATE_LAST] ||
		(state[STATE_SHARES] != 0.0 && (state[STATE_SHARES] != 1.0 || size % 2 != 0)))
		sa_state_refuse("history_agg", "first day, last day, day of the first slot, whether there "
									   "are shares, and slots");
	slots.array = array;
	slots.state = state;
	slots.first = (int32) state[STATE_FIRST];
	slots.last = (int32) state[STATE_LAST];
	slots.base = (int32) state[STATE_BASE];
	slots.count = state[STATE_SHARES] == 0.0 ? size : size / 2;
	slots.units = state + STATE_SLOTS;
	slots.shares = state[STATE_SHARES] == 0.0 ? NULL : slots.units + slots.count;
	if (slots.count > SA_HISTORY_MAX_DAYS || slots.last - slots.base < 0 ||
		slots.last - slots.base >= slots.count)
		sa_state_refuse("history_agg", "days and as many slots as lie between them");
	return slots;
}

/* The oldest day that is kept. */
static int32
oldest_day(const Slots *slots)
{
	return Max(slots->first, slots->last - SA_HISTORY_MAX_DAYS + 1);
}

static Slots
new_slots(int32 first, int32 last, int32 base, int32 count, bool shares)
{
	ArrayType *array = sa_state_new(STATE_SLOTS + (shares ? 2 : 1) * count);
	double *state = (double *) ARR_DATA_PTR(array);

	state[STATE_FIRST] = first;
	state[STATE_LAST] = last;
	state[STATE_BASE] = base;
	state[STATE_SHARES] = shares ? 1.0 : 0.0;
	return read_slots(array);
}

/*
 * Makes place for the days from first to last, and for shares.  Twice the days
 * that are needed, so that rows in the order of days move the slots seldom.
 */
static Slots
widen_slots(Slots slots, int32 first, int32 last, bool shares)
{
	Slots wide;
	int32 oldest;
	int32 count;
	int32 base;
	int32 skip;

	first = Min(first, slots.first);
	last = Max(last, slots.last);
	oldest = Max(first, last - SA_HISTORY_MAX_DAYS + 1);
	shares = shares || slots.shares != NULL;
	if (oldest >= slots.base && last < slots.base + slots.count && shares == (slots.shares != NULL))
	{
		slots.first = first;
		slots.last = last;
		slots.state[STATE_FIRST] = first;
		slots.state[STATE_LAST] = last;
		return slots;
	}
	count = Min(Max(2 * (last - oldest + 1), FEWEST_SLOTS), SA_HISTORY_MAX_DAYS);
	/* Room on the side where days came last. */
	base = oldest < slots.base ? last - count + 1 : oldest;
	wide = new_slots(first, last, base, count, shares);
	skip = Max(Max(slots.base, oldest_day(&slots)), oldest) - slots.base;
	for (int32 i = skip; i <= slots.last - slots.base; i++)
	{
		wide.units[slots.base + i - base] = slots.units[i];
		if (slots.shares != NULL)
			wide.shares[slots.base + i - base] = slots.shares[i];
	}
	return wide;
}

static void
add_day(Slots *slots, int32 day, double steps, double share)
{
	if (day < oldest_day(slots))
		return;
	slots->units[day - slots->base] += steps;
	if (slots->shares != NULL)
		slots->shares[day - slots->base] = Max(slots->shares[day - slots->base], share);
}

/* (state, day, units) or (state, day, units, out_share) */
Datum
stockalert_history_accum(PG_FUNCTION_ARGS)
{
	Slots slots;
	DateADT day;
	double units;
	double share = 0.0;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	day = PG_GETARG_DATEADT(1);
	units = PG_GETARG_FLOAT8(2);
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		share = PG_GETARG_FLOAT8(3);
	if (day < SA_HISTORY_FIRST_DAY || day > SA_HISTORY_LAST_DAY)
		sa_argument_check("day");
	if (!(fabs(units) <= SA_HISTORY_MOST_UNITS))
		sa_argument_check("units");
	if (!(share >= 0.0 && share <= 1.0))
		sa_argument_check("out_share");
	if (PG_ARGISNULL(0))
		slots = new_slots(day, day, day, FEWEST_SLOTS, share > 0.0);
	else
		slots = widen_slots(read_slots(sa_state_own(fcinfo)), day, day, share > 0.0);
	add_day(&slots, day, (double) sa_demand_history_steps(units), share);
	PG_RETURN_ARRAYTYPE_P(slots.array);
}

Datum
stockalert_history_combine(PG_FUNCTION_ARGS)
{
	Slots slots;
	Slots other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	/* A copy: what is argument 2 may not outlive this call. */
	if (PG_ARGISNULL(0))
		PG_RETURN_ARRAYTYPE_P(PG_GETARG_ARRAYTYPE_P_COPY(1));
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	other = read_slots(PG_GETARG_ARRAYTYPE_P(1));
	slots = widen_slots(read_slots(sa_state_own(fcinfo)), other.first, other.last,
						other.shares != NULL);
	for (int32 day = Max(other.base, oldest_day(&other)); day <= other.last; day++)
		add_day(&slots, day, other.units[day - other.base],
				other.shares == NULL ? 0.0 : other.shares[day - other.base]);
	PG_RETURN_ARRAYTYPE_P(slots.array);
}

Datum
stockalert_history_final(PG_FUNCTION_ARGS)
{
	Slots slots;
	SaHistoryDays days;
	int32 first;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	slots = read_slots(PG_GETARG_ARRAYTYPE_P(0));
	first = oldest_day(&slots);
	days = sa_history_value_room(first, slots.last - first + 1);
	for (int32 day = Max(first, slots.base); day <= slots.last; day++)
	{
		double units = slots.units[day - slots.base] / SA_HISTORY_UNIT_STEPS;
		double share = slots.shares == NULL ? 0.0 : slots.shares[day - slots.base];

		if (!(fabs(units) <= SA_HISTORY_MOST_UNITS))
			sa_argument_check("units");
		if (!(share >= 0.0 && share <= 1.0))
			sa_argument_check("out_share");
		days.units[day - first] = units;
		days.out_share[day - first] = share;
	}
	PG_RETURN_POINTER(sa_history_value_make(&days));
}
