/*
 * counts.c: SQL wrappers of the distributions of demand over a lead time.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "functions/argument.h"
#include "pure/counts.h"
#include "pure/gamma_demand.h"

SA_FUNCTION(stockalert_poisson_cdf);
SA_FUNCTION(stockalert_poisson_quantile);
SA_FUNCTION(stockalert_poisson_loss);
SA_FUNCTION(stockalert_negative_binomial_cdf);
SA_FUNCTION(stockalert_negative_binomial_quantile);
SA_FUNCTION(stockalert_negative_binomial_loss);
SA_FUNCTION(stockalert_gamma_cdf);
SA_FUNCTION(stockalert_gamma_quantile);

#define ARG(n) PG_GETARG_FLOAT8(n)

Datum
stockalert_poisson_cdf(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_poisson_cdf(ARG(0), ARG(1), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_poisson_quantile(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_poisson_quantile(ARG(0), ARG(1), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_poisson_loss(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_poisson_loss(ARG(0), ARG(1), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_negative_binomial_cdf(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_negative_binomial_cdf(ARG(0), ARG(1), ARG(2), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_negative_binomial_quantile(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_negative_binomial_quantile(ARG(0), ARG(1), ARG(2), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_negative_binomial_loss(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_negative_binomial_loss(ARG(0), ARG(1), ARG(2), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_gamma_cdf(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_gamma_cdf(ARG(0), ARG(1), ARG(2), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}

Datum
stockalert_gamma_quantile(PG_FUNCTION_ARGS)
{
	double result;

	sa_argument_check(sa_gamma_quantile(ARG(0), ARG(1), ARG(2), &result));
	PG_RETURN_FLOAT8(sa_finite_result(result));
}
