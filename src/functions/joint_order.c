/*
 * joint_order.c: SQL wrappers of orders planned together, over items or periods.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/numbers.h"
#include "pure/joint_order.h"
#include "pure/lot_plan.h"

SA_FUNCTION(stockalert_joint_replenishment);
SA_FUNCTION(stockalert_wagner_whitin);

/* An argument of count numbers, or of one for all of them. */
static const double *
read_each(FunctionCallInfo fcinfo, int argument, const char *name, size_t count)
{
	SaNumbers numbers = sa_numbers_read(fcinfo, argument, name);
	double *all;

	if (numbers.count == count)
		return numbers.values;
	if (numbers.count != 1)
		sa_argument_check(name);
	all = (double *) palloc(sizeof(double) * Max(count, 1));
	for (size_t i = 0; i < count; i++)
		all[i] = numbers.values[0];
	return all;
}

static Datum
return_row(FunctionCallInfo fcinfo, Datum *values)
{
	TupleDesc desc;
	bool nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

static Datum
integer_array(const double *values, size_t count)
{
	Datum *elements = (Datum *) palloc(sizeof(Datum) * Max(count, 1));

	for (size_t i = 0; i < count; i++)
		elements[i] = Int32GetDatum((int32) values[i]);
	return PointerGetDatum(
		construct_array(elements, (int) count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

Datum
stockalert_joint_replenishment(PG_FUNCTION_ARGS)
{
	SaNumbers demands = sa_numbers_read(fcinfo, 3, "demands");
	SaJointItems items;
	Datum values[4];
	double *quantities = (double *) palloc(sizeof(double) * Max(demands.count, 1));
	double *multiples = (double *) palloc(sizeof(double) * Max(demands.count, 1));
	double cycle;
	double cost;

	items.demands = demands.values;
	items.count = demands.count;
	items.order_costs = read_each(fcinfo, 1, "order_costs", items.count);
	items.holding_costs = read_each(fcinfo, 2, "holding_costs", items.count);
	sa_argument_check(
		sa_joint_order(PG_GETARG_FLOAT8(0), &items, quantities, multiples, &cycle, &cost));
	values[0] = sa_numbers_array(quantities, items.count);
	values[1] = integer_array(multiples, items.count);
	values[2] = Float8GetDatum(sa_finite_result(cycle));
	values[3] = Float8GetDatum(sa_finite_result(cost));
	return return_row(fcinfo, values);
}

Datum
stockalert_wagner_whitin(PG_FUNCTION_ARGS)
{
	SaNumbers demands = sa_numbers_read(fcinfo, 0, "demands");
	SaLotPeriods periods;
	Datum values[2];
	double *quantities = (double *) palloc(sizeof(double) * Max(demands.count, 1));
	double *work = (double *) palloc(sizeof(double) * (demands.count + 1));
	size_t *next = (size_t *) palloc(sizeof(size_t) * Max(demands.count, 1));
	double cost;

	periods.demands = demands.values;
	periods.count = demands.count;
	periods.order_costs = read_each(fcinfo, 1, "order_costs", periods.count);
	periods.holding_costs = read_each(fcinfo, 2, "holding_costs", periods.count);
	periods.unit_costs = read_each(fcinfo, 3, "unit_costs", periods.count);
	sa_argument_check(sa_lot_plan(&periods, work, next, quantities, &cost));
	values[0] = sa_numbers_array(quantities, periods.count);
	values[1] = Float8GetDatum(sa_finite_result(cost));
	return return_row(fcinfo, values);
}
