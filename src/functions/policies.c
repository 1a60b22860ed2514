/*
 * policies.c: SQL wrappers of the policies (r, Q) and (s, S).
 *
 * Unpack, call pure/, pack.  No logic of their own.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/numbers.h"
#include "functions/row.h"
#include "pure/rq_poisson.h"
#include "pure/rq_policy.h"
#include "pure/ss_policy.h"

SA_FUNCTION(stockalert_rq_policy_eil);
SA_FUNCTION(stockalert_rq_policy_safety_stock);
SA_FUNCTION(stockalert_rq_policy_backorders);
SA_FUNCTION(stockalert_rq_policy_loss_function);
SA_FUNCTION(stockalert_rq_policy_poisson);
SA_FUNCTION(stockalert_rq_policy_cost);
SA_FUNCTION(stockalert_rq_policy_cost_poisson);
SA_FUNCTION(stockalert_rq_reorder_point);
SA_FUNCTION(stockalert_ss_policy_power);
SA_FUNCTION(stockalert_ss_policy_poisson);
SA_FUNCTION(stockalert_ss_policy_discrete);
SA_FUNCTION(stockalert_ss_policy_cost_poisson);
SA_FUNCTION(stockalert_ss_policy_cost_discrete);

#define ARG(n) PG_GETARG_FLOAT8(n)

/* Demand, its deviation and the lead time, from argument first on. */
static SaNormalDemand
read_demand(FunctionCallInfo fcinfo, int first)
{
	SaNormalDemand demand;

	demand.mean = ARG(first);
	demand.sd = ARG(first + 1);
	demand.lead_time = ARG(first + 2);
	return demand;
}

/* Costs of an order, of holding and of being short, from argument first on. */
static SaPolicyCosts
read_costs(FunctionCallInfo fcinfo, int first)
{
	SaPolicyCosts costs;

	costs.order = ARG(first);
	costs.holding = ARG(first + 1);
	costs.stockout = ARG(first + 2);
	return costs;
}

static Datum
return_rq(FunctionCallInfo fcinfo, const SaRqPolicy *policy)
{
	double row[3];

	row[0] = policy->reorder_point;
	row[1] = policy->order_quantity;
	row[2] = policy->cost;
	return sa_row_of_numbers(fcinfo, row, 3);
}

/* One of the approximations under normal demand. */
static Datum
approximate(FunctionCallInfo fcinfo,
			SaBadArgument (*method)(const SaNormalDemand *, const SaPolicyCosts *, SaRqPolicy *))
{
	SaNormalDemand demand = read_demand(fcinfo, 0);
	SaPolicyCosts costs = read_costs(fcinfo, 3);
	SaRqPolicy policy;

	sa_argument_check(method(&demand, &costs, &policy));
	return return_rq(fcinfo, &policy);
}

Datum
stockalert_rq_policy_eil(PG_FUNCTION_ARGS)
{
	return approximate(fcinfo, sa_rq_eil);
}

Datum
stockalert_rq_policy_safety_stock(PG_FUNCTION_ARGS)
{
	return approximate(fcinfo, sa_rq_safety_stock);
}

Datum
stockalert_rq_policy_backorders(PG_FUNCTION_ARGS)
{
	return approximate(fcinfo, sa_rq_backorders);
}

Datum
stockalert_rq_policy_loss_function(PG_FUNCTION_ARGS)
{
	return approximate(fcinfo, sa_rq_loss_function);
}

Datum
stockalert_rq_policy_poisson(PG_FUNCTION_ARGS)
{
	SaPolicyCosts costs = read_costs(fcinfo, 2);
	SaRqPolicy policy;

	sa_argument_check(sa_rq_poisson(ARG(0), ARG(1), &costs, &policy));
	return return_rq(fcinfo, &policy);
}

Datum
stockalert_rq_policy_cost(PG_FUNCTION_ARGS)
{
	SaNormalDemand demand = read_demand(fcinfo, 2);
	SaPolicyCosts costs = read_costs(fcinfo, 5);
	double cost;

	sa_argument_check(sa_rq_cost(ARG(0), ARG(1), &demand, &costs, &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}

Datum
stockalert_rq_policy_cost_poisson(PG_FUNCTION_ARGS)
{
	SaPolicyCosts costs = read_costs(fcinfo, 4);
	double cost;

	sa_argument_check(sa_rq_poisson_cost(ARG(0), ARG(1), ARG(2), ARG(3), &costs, &cost));
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}

/* The cost of an order decides nothing once its quantity is given. */
Datum
stockalert_rq_reorder_point(PG_FUNCTION_ARGS)
{
	SaNormalDemand demand = read_demand(fcinfo, 1);
	SaPolicyCosts costs;
	double point;

	costs.order = 0.0;
	costs.holding = ARG(4);
	costs.stockout = ARG(5);
	sa_argument_check(sa_rq_reorder_point(ARG(0), &demand, &costs, &point));
	PG_RETURN_FLOAT8(sa_finite_result(point));
}

Datum
stockalert_ss_policy_power(PG_FUNCTION_ARGS)
{
	SaNormalDemand demand = read_demand(fcinfo, 0);
	SaPolicyCosts costs = read_costs(fcinfo, 3);
	double row[2];

	sa_argument_check(sa_ss_power(&demand, &costs, &row[0], &row[1]));
	return sa_row_of_numbers(fcinfo, row, 2);
}

static SaSsDemand
read_poisson(FunctionCallInfo fcinfo, int first)
{
	SaSsDemand demand = {0};

	demand.mean = ARG(first);
	demand.lead_time = ARG(first + 1);
	return demand;
}

static SaSsDemand
read_table(FunctionCallInfo fcinfo, int argument)
{
	SaNumbers numbers = sa_numbers_read(fcinfo, argument, "pmf");
	SaSsDemand demand = {0};

	demand.probabilities = numbers.values;
	demand.count = numbers.count;
	return demand;
}

static Datum
find_best(FunctionCallInfo fcinfo, const SaSsDemand *demand, const SaPolicyCosts *costs)
{
	SaSsWork *work = (SaSsWork *) palloc(sizeof(SaSsWork));
	SaSsPolicy policy;
	double row[3];

	sa_argument_check(sa_ss_exact(demand, costs, work, &policy));
	pfree(work);
	row[0] = policy.reorder_point;
	row[1] = policy.order_up_to;
	row[2] = policy.cost;
	return sa_row_of_numbers(fcinfo, row, 3);
}

static Datum
find_cost(FunctionCallInfo fcinfo, const SaSsDemand *demand, const SaPolicyCosts *costs)
{
	SaSsWork *work = (SaSsWork *) palloc(sizeof(SaSsWork));
	double cost;

	sa_argument_check(sa_ss_cost(ARG(0), ARG(1), demand, costs, work, &cost));
	pfree(work);
	PG_RETURN_FLOAT8(sa_finite_result(cost));
}

Datum
stockalert_ss_policy_poisson(PG_FUNCTION_ARGS)
{
	SaSsDemand demand = read_poisson(fcinfo, 0);
	SaPolicyCosts costs = read_costs(fcinfo, 2);

	return find_best(fcinfo, &demand, &costs);
}

Datum
stockalert_ss_policy_discrete(PG_FUNCTION_ARGS)
{
	SaSsDemand demand = read_table(fcinfo, 0);
	SaPolicyCosts costs = read_costs(fcinfo, 1);

	return find_best(fcinfo, &demand, &costs);
}

Datum
stockalert_ss_policy_cost_poisson(PG_FUNCTION_ARGS)
{
	SaSsDemand demand = read_poisson(fcinfo, 2);
	SaPolicyCosts costs = read_costs(fcinfo, 4);

	return find_cost(fcinfo, &demand, &costs);
}

Datum
stockalert_ss_policy_cost_discrete(PG_FUNCTION_ARGS)
{
	SaSsDemand demand = read_table(fcinfo, 2);
	SaPolicyCosts costs = read_costs(fcinfo, 3);

	return find_cost(fcinfo, &demand, &costs);
}
