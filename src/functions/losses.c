/*
 * losses.c: SQL wrappers of the gamma loss and of second-order losses.
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "compat.h"
#include "functions/argument.h"
#include "pure/gamma_loss.h"
#include "pure/second_loss.h"

SA_FUNCTION(stockalert_gamma_loss);
SA_FUNCTION(stockalert_normal_second_loss);
SA_FUNCTION(stockalert_gamma_second_loss);
SA_FUNCTION(stockalert_poisson_second_loss);
SA_FUNCTION(stockalert_negative_binomial_second_loss);

#define ARG(n) PG_GETARG_FLOAT8(n)

Datum
stockalert_gamma_loss(PG_FUNCTION_ARGS)
{
	double loss;

	sa_argument_check(sa_gamma_loss(ARG(0), ARG(1), ARG(2), &loss));
	PG_RETURN_FLOAT8(sa_finite_result(loss));
}

Datum
stockalert_normal_second_loss(PG_FUNCTION_ARGS)
{
	if (!isfinite(ARG(0)))
		sa_argument_check("k");
	PG_RETURN_FLOAT8(sa_finite_result(sa_normal_second_loss(ARG(0))));
}

Datum
stockalert_gamma_second_loss(PG_FUNCTION_ARGS)
{
	double loss;

	sa_argument_check(sa_gamma_second_loss(ARG(0), ARG(1), ARG(2), &loss));
	PG_RETURN_FLOAT8(sa_finite_result(loss));
}

Datum
stockalert_poisson_second_loss(PG_FUNCTION_ARGS)
{
	double loss;

	sa_argument_check(sa_poisson_second_loss(ARG(0), ARG(1), &loss));
	PG_RETURN_FLOAT8(sa_finite_result(loss));
}

Datum
stockalert_negative_binomial_second_loss(PG_FUNCTION_ARGS)
{
	double loss;

	sa_argument_check(sa_negative_binomial_second_loss(ARG(0), ARG(1), ARG(2), &loss));
	PG_RETURN_FLOAT8(sa_finite_result(loss));
}
