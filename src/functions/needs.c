/*
 * needs.c: SQL wrappers of the ordering policies.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "functions/argument.h"
#include "pure/needs.h"

SA_FUNCTION(stockalert_need_order_up_to);
SA_FUNCTION(stockalert_need_fixed_quantity);
SA_FUNCTION(stockalert_need_at_review);

Datum
stockalert_need_order_up_to(PG_FUNCTION_ARGS)
{
	double need;

	sa_argument_check(
		sa_need_order_up_to(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2), &need));
	PG_RETURN_FLOAT8(sa_finite_result(need));
}

Datum
stockalert_need_fixed_quantity(PG_FUNCTION_ARGS)
{
	double need;

	sa_argument_check(sa_need_fixed_quantity(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1),
											 PG_GETARG_FLOAT8(2), &need));
	PG_RETURN_FLOAT8(sa_finite_result(need));
}

Datum
stockalert_need_at_review(PG_FUNCTION_ARGS)
{
	double need;

	sa_argument_check(sa_need_at_review(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), &need));
	PG_RETURN_FLOAT8(sa_finite_result(need));
}
