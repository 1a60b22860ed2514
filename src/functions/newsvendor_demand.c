/*
 * newsvendor_demand.c: SQL wrappers of the newsvendor's quantity and cost by the
 * name of a distribution.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "compat.h"
#include "functions/argument.h"
#include "pure/newsvendor.h"
#include "pure/newsvendor_demand.h"

SA_FUNCTION(stockalert_newsvendor_quantity);
SA_FUNCTION(stockalert_newsvendor_quantity_by_ratio);
SA_FUNCTION(stockalert_newsvendor_cost);

#define ARG(n) PG_GETARG_FLOAT8(n)

static SaDistribution
read_distribution(FunctionCallInfo fcinfo, int argument)
{
	SaDistribution distribution;

	sa_argument_check(
		sa_distribution_by_name(text_to_cstring(PG_GETARG_TEXT_PP(argument)), &distribution));
	return distribution;
}

Datum
stockalert_newsvendor_quantity(PG_FUNCTION_ARGS)
{
	double ratio;
	double quantity;

	sa_argument_check(sa_newsvendor_ratio(ARG(0), ARG(1), &ratio));
	sa_argument_check(
		sa_newsvendor_quantity(ratio, ARG(2), ARG(3), read_distribution(fcinfo, 4), &quantity));
	PG_RETURN_FLOAT8(sa_finite_result(quantity));
}

Datum
stockalert_newsvendor_quantity_by_ratio(PG_FUNCTION_ARGS)
{
	double quantity;

	sa_argument_check(
		sa_newsvendor_quantity(ARG(0), ARG(1), ARG(2), read_distribution(fcinfo, 3), &quantity));
	PG_RETURN_FLOAT8(sa_finite_result(quantity));
}

Datum
stockalert_newsvendor_cost(PG_FUNCTION_ARGS)
{
	double cost;

	sa_argument_check(sa_newsvendor_cost(ARG(0), ARG(1), ARG(2), ARG(3), ARG(4),
										 read_distribution(fcinfo, 5), &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}
