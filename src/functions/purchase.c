/*
 * purchase.c: SQL wrapper of a quantity to buy with price breaks.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "errors.h"
#include "functions/argument.h"
#include "pure/purchase.h"

SA_FUNCTION(stockalert_purchase_quantity);

enum Argument
{
	ARG_NEED,
	ARG_PACK,
	ARG_MOQ,
	ARG_MAXIMUM,
	ARG_UNIT_COST,
	ARG_BREAKS
};

static void
refuse_breaks(void)
{
	ereport(ERROR,
			(errcode(SA_ERR_BAD_ARGUMENT), errmsg("price_breaks is out of range"),
			 errdetail("A price break is a quantity and the cost of a unit from it on."),
			 errhint("Pass pairs with rising quantities and falling costs below unit_cost, such as "
					 "'{{10,1.20},{50,1.00}}'.")));
}

/* Pairs as they lie in the array; NULL and {} are none. */
static void
read_breaks(FunctionCallInfo fcinfo, SaPrices *prices)
{
	ArrayType *array;

	prices->breaks = NULL;
	prices->count = 0;
	if (PG_ARGISNULL(ARG_BREAKS))
		return;
	array = PG_GETARG_ARRAYTYPE_P(ARG_BREAKS);
	if (ARR_NDIM(array) == 0)
		return;
	if (ARR_NDIM(array) != 2 || ARR_DIMS(array)[1] != 2 || array_contains_nulls(array))
		refuse_breaks();
	StaticAssertStmt(sizeof(SaPriceBreak) == 2 * sizeof(float8), "a pair is two numbers");
	prices->breaks = (const SaPriceBreak *) ARR_DATA_PTR(array);
	prices->count = ARR_DIMS(array)[0];
}

static double
limit_of(FunctionCallInfo fcinfo, int argument, double none)
{
	return PG_ARGISNULL(argument) ? none : PG_GETARG_FLOAT8(argument);
}

static void
read_limits(FunctionCallInfo fcinfo, SaOrderLimits *limits)
{
	limits->pack = limit_of(fcinfo, ARG_PACK, 0.0);
	limits->minimum = limit_of(fcinfo, ARG_MOQ, 0.0);
	limits->room = limit_of(fcinfo, ARG_MAXIMUM, HUGE_VAL);
	if (!PG_ARGISNULL(ARG_PACK) && !(limits->pack > 0.0))
		sa_argument_check("pack");
	if (!PG_ARGISNULL(ARG_MAXIMUM) && isinf(limits->room))
		sa_argument_check("maximum");
}

Datum
stockalert_purchase_quantity(PG_FUNCTION_ARGS)
{
	SaOrderLimits limits;
	SaPrices prices;
	SaPurchase purchase;
	SaBadArgument bad;
	TupleDesc desc;
	Datum values[3];
	bool nulls[3] = {false, false, false};

	if (PG_ARGISNULL(ARG_NEED))
		PG_RETURN_NULL();
	read_limits(fcinfo, &limits);
	read_breaks(fcinfo, &prices);
	/* Without a cost nothing is cheaper. */
	prices.unit_cost = limit_of(fcinfo, ARG_UNIT_COST, 0.0);
	if (PG_ARGISNULL(ARG_UNIT_COST))
		prices.count = 0;
	bad = sa_purchase(PG_GETARG_FLOAT8(ARG_NEED), &limits, &prices, &purchase);
	if (bad && strcmp(bad, "price_breaks") == 0)
		refuse_breaks();
	sa_argument_check(bad);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(sa_finite_result(purchase.quantity));
	values[1] = CStringGetTextDatum(purchase.at_break ? "price_break"
													  : sa_order_reason_name(purchase.reason));
	values[2] = Float8GetDatum(purchase.unit_cost);
	nulls[2] = PG_ARGISNULL(ARG_UNIT_COST);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
