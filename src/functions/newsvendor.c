/*
 * newsvendor.c: SQL wrappers of the critical ratio and of demand from a table.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/numbers.h"
#include "pure/newsvendor.h"

SA_FUNCTION(stockalert_critical_ratio);
SA_FUNCTION(stockalert_newsvendor_quantity_discrete);
SA_FUNCTION(stockalert_newsvendor_cost_discrete);

#define ARG(n) PG_GETARG_FLOAT8(n)

static double
ratio_of(double underage, double overage)
{
	double ratio;

	sa_argument_check(sa_newsvendor_ratio(underage, overage, &ratio));
	return ratio;
}

Datum
stockalert_critical_ratio(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(ratio_of(ARG(0), ARG(1)));
}

/* Values and probabilities of two arguments, the first one given. */
static SaDemandTable
read_table(FunctionCallInfo fcinfo, int first)
{
	SaNumbers demands = sa_numbers_read(fcinfo, first, "demands");
	SaNumbers probabilities = sa_numbers_read(fcinfo, first + 1, "pmf");
	SaDemandTable table;

	table.demands = demands.values;
	table.count = demands.count;
	table.probabilities = probabilities.values;
	table.probability_count = probabilities.count;
	return table;
}

Datum
stockalert_newsvendor_quantity_discrete(PG_FUNCTION_ARGS)
{
	SaDemandTable table = read_table(fcinfo, 2);
	double quantity;

	sa_argument_check(sa_newsvendor_table_quantity(ratio_of(ARG(0), ARG(1)), &table, &quantity));
	PG_RETURN_FLOAT8(quantity);
}

Datum
stockalert_newsvendor_cost_discrete(PG_FUNCTION_ARGS)
{
	SaDemandTable table = read_table(fcinfo, 3);
	double cost;

	sa_argument_check(sa_newsvendor_table_cost(ARG(0), ARG(1), ARG(2), &table, &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}
