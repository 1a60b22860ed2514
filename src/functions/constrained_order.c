/*
 * constrained_order.c: SQL wrapper of the whole pipeline of order constraints.
 *
 * Unpack, call pure/, pack.  No logic of its own.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "compat.h"
#include "functions/argument.h"
#include "pure/order.h"

SA_FUNCTION(stockalert_constrained_order_quantity);

#define ARG(n) PG_GETARG_FLOAT8(n)

/* A limit, which NULL lifts; SQL has no infinite one. */
static double
read_limit(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		return HUGE_VAL;
	if (isinf(ARG(argument)))
		sa_argument_check(name);
	return ARG(argument);
}

static SaStockLimits
read_limits(FunctionCallInfo fcinfo)
{
	SaStockLimits limits;

	limits.pack = PG_ARGISNULL(2) ? 0.0 : ARG(2);
	if (!PG_ARGISNULL(2) && !(limits.pack > 0.0))
		sa_argument_check("pack");
	limits.minimum = PG_ARGISNULL(3) ? 0.0 : ARG(3);
	limits.max_stock = read_limit(fcinfo, 4, "max_stock");
	limits.shelf_life_demand = read_limit(fcinfo, 5, "shelf_life_demand");
	return limits;
}

Datum
stockalert_constrained_order_quantity(PG_FUNCTION_ARGS)
{
	SaStockLimits limits;
	SaOrderReason reason;
	TupleDesc desc;
	Datum values[2];
	bool nulls[2] = {false, false};
	double quantity;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	limits = read_limits(fcinfo);
	sa_argument_check(sa_order_constrained(ARG(0), ARG(1), &limits, &quantity, &reason));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(sa_finite_result(quantity));
	values[1] = CStringGetTextDatum(sa_order_reason_name(reason));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
