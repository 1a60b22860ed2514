/*
 * lot_size.c: SQL wrappers of the best lots, their costs and price breaks.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/numbers.h"
#include "functions/row.h"
#include "pure/lot_size.h"
#include "pure/price_breaks.h"

SA_FUNCTION(stockalert_lot_cost);
SA_FUNCTION(stockalert_lot_backorders);
SA_FUNCTION(stockalert_lot_backorders_cost);
SA_FUNCTION(stockalert_lot_production);
SA_FUNCTION(stockalert_lot_production_cost);
SA_FUNCTION(stockalert_price_all_units);
SA_FUNCTION(stockalert_price_incremental);

#define ARG(n) PG_GETARG_FLOAT8(n)

/* Demand, order cost and holding cost, from argument first on. */
static SaLotCosts
read_costs(FunctionCallInfo fcinfo, int first)
{
	SaLotCosts costs;

	costs.demand = ARG(first);
	costs.order_cost = ARG(first + 1);
	costs.holding_cost = ARG(first + 2);
	return costs;
}

Datum
stockalert_lot_cost(PG_FUNCTION_ARGS)
{
	SaLotCosts costs = read_costs(fcinfo, 1);
	double cost;

	sa_argument_check(sa_lot_cost(ARG(0), &costs, &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}

Datum
stockalert_lot_backorders(PG_FUNCTION_ARGS)
{
	SaLotCosts costs = read_costs(fcinfo, 0);
	double row[3];

	sa_argument_check(sa_lot_backorders(&costs, ARG(3), &row[0], &row[1], &row[2]));
	return sa_row_of_numbers(fcinfo, row, 3);
}

Datum
stockalert_lot_backorders_cost(PG_FUNCTION_ARGS)
{
	SaLotCosts costs = read_costs(fcinfo, 2);
	double cost;

	sa_argument_check(sa_lot_backorders_cost(ARG(0), ARG(1), &costs, ARG(5), &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}

Datum
stockalert_lot_production(PG_FUNCTION_ARGS)
{
	SaLotCosts costs = read_costs(fcinfo, 0);
	double row[2];

	sa_argument_check(sa_lot_production(&costs, ARG(3), &row[0], &row[1]));
	return sa_row_of_numbers(fcinfo, row, 2);
}

Datum
stockalert_lot_production_cost(PG_FUNCTION_ARGS)
{
	SaLotCosts costs = read_costs(fcinfo, 1);
	double cost;

	sa_argument_check(sa_lot_production_cost(ARG(0), &costs, ARG(4), &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}

/* Breaks and prices of arguments 3 and 4. */
static SaPriceList
read_list(FunctionCallInfo fcinfo)
{
	SaNumbers breaks = sa_numbers_read(fcinfo, 3, "breaks");
	SaNumbers prices = sa_numbers_read(fcinfo, 4, "unit_costs");
	SaPriceList list;

	list.breaks = breaks.values;
	list.prices = breaks.count;
	list.unit_costs = prices.values;
	list.unit_cost_count = prices.count;
	return list;
}

static Datum
return_choice(FunctionCallInfo fcinfo, const SaPriceChoice *choice)
{
	double row[3];

	row[0] = choice->quantity;
	row[1] = choice->cost;
	/* SQL counts from 1. */
	row[2] = (double) choice->price + 1.0;
	return sa_row_of_numbers(fcinfo, row, 3);
}

Datum
stockalert_price_all_units(PG_FUNCTION_ARGS)
{
	SaPriceList list = read_list(fcinfo);
	SaPriceChoice choice;

	sa_argument_check(sa_price_all_units(ARG(0), ARG(1), ARG(2), &list, &choice));
	return return_choice(fcinfo, &choice);
}

Datum
stockalert_price_incremental(PG_FUNCTION_ARGS)
{
	SaPriceList list = read_list(fcinfo);
	SaPriceChoice choice;

	sa_argument_check(sa_price_incremental(ARG(0), ARG(1), ARG(2), &list, &choice));
	return return_choice(fcinfo, &choice);
}
