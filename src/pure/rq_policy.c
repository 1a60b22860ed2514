/*
 * rq_policy.c: (r, Q) under normal demand, exact cost and four approximations
 * (Snyder & Shen, Fundamentals of Supply Chain Theory, chapter 5).
 *
 * n(x) is the expected shortage with x in stock, n2(x) = integral of n above x.
 */
#include "pure/rq_policy.h"

#include <math.h>

#include "pure/lot_size.h"
#include "pure/normal.h"
#include "pure/order.h"
#include "pure/second_loss.h"

/* Halving a bracket of doubles ends before. */
#define MOST_HALVINGS 2200
/* The fixed point of the expected inventory level comes nearer by a factor each time. */
#define MOST_ROUNDS 100000

/* Demand over the lead time. */
typedef struct Lead
{
	double mean;
	double sigma;
} Lead;

static SaBadArgument
check(const SaNormalDemand *demand, const SaPolicyCosts *costs, Lead *lead)
{
	SA_REQUIRE(demand->mean >= 0.0 && isfinite(demand->mean), "demand");
	SA_REQUIRE(demand->sd >= 0.0 && isfinite(demand->sd), "demand_sd");
	SA_REQUIRE(demand->lead_time >= 0.0 && isfinite(demand->lead_time), "lead_time");
	SA_REQUIRE(costs->order >= 0.0 && isfinite(costs->order), "order_cost");
	SA_REQUIRE(costs->holding > 0.0 && isfinite(costs->holding), "holding_cost");
	SA_REQUIRE(costs->stockout > 0.0 && isfinite(costs->stockout), "stockout_cost");
	/* Of both together ratios and sums are taken. */
	SA_REQUIRE(isfinite(costs->holding + costs->stockout), "stockout_cost");
	SA_REQUIRE(costs->holding / (costs->holding + costs->stockout) > 0.0, "holding_cost");
	SA_REQUIRE(costs->stockout / (costs->holding + costs->stockout) > 0.0, "stockout_cost");
	lead->mean = demand->mean * demand->lead_time;
	lead->sigma = demand->sd * sqrt(demand->lead_time);
	SA_REQUIRE(isfinite(lead->mean) && isfinite(lead->sigma), "lead_time");
	return SA_MATHS_FINE;
}

static double
shortage(const Lead *lead, double x)
{
	if (lead->sigma == 0.0)
		return fmax(0.0, lead->mean - x);
	return lead->sigma * sa_normal_loss((x - lead->mean) / lead->sigma);
}

static double
second_shortage(const Lead *lead, double x)
{
	double below = fmax(0.0, lead->mean - x);

	if (lead->sigma == 0.0)
		return 0.5 * below * below;
	return lead->sigma * lead->sigma * sa_normal_second_loss((x - lead->mean) / lead->sigma);
}

/* The stock that the newsvendor would have for the lead time. */
static double
best_stock(const Lead *lead, const SaPolicyCosts *costs)
{
	double z = 0.0;

	(void) sa_normal_quantile(costs->stockout / (costs->stockout + costs->holding), &z);
	/* A ratio that has become 1 is beyond what stock can do anything about. */
	return lead->mean + z * lead->sigma;
}

/* (K D + integral over r to r + Q of h (y - mean) + (h + p) n(y)) / Q. */
static double
cost_of(const Lead *lead, const SaNormalDemand *demand, const SaPolicyCosts *costs, double r,
		double q)
{
	double short_of = second_shortage(lead, r) - second_shortage(lead, r + q);

	return costs->order * (demand->mean / q) + costs->holding * (r - lead->mean + q / 2.0) +
		   (costs->holding + costs->stockout) * (short_of / q);
}

/* Where the newsvendor's costs at r and r + Q are the same: n(r) - n(r + Q) = Q h / (h + p). */
static double
balanced_point(const Lead *lead, const SaPolicyCosts *costs, double q)
{
	double share = costs->holding / (costs->holding + costs->stockout);
	double high = best_stock(lead, costs);
	double low = high - q;

	if (lead->sigma == 0.0)
		return lead->mean - q * share;
	for (int i = 0; i < MOST_HALVINGS; i++)
	{
		double middle = low + (high - low) / 2.0;

		if (middle <= low || middle >= high)
			break;
		if (shortage(lead, middle) - shortage(lead, middle + q) > q * share)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2.0;
}

/* What is found, and its exact cost; without orders there is the cost of stock alone. */
static void
fill_policy(const Lead *lead, const SaNormalDemand *demand, const SaPolicyCosts *costs, double r,
			double q, SaRqPolicy *policy)
{
	policy->reorder_point = r;
	policy->order_quantity = q;
	if (q > 0.0)
		policy->cost = cost_of(lead, demand, costs, r, q);
	else
		policy->cost = costs->holding * (r - lead->mean) +
					   (costs->holding + costs->stockout) * shortage(lead, r);
}

SaBadArgument
sa_rq_cost(double reorder_point, double order_quantity, const SaNormalDemand *demand,
		   const SaPolicyCosts *costs, double *cost)
{
	Lead lead;
	SaBadArgument bad = check(demand, costs, &lead);

	if (bad)
		return bad;
	SA_REQUIRE(isfinite(reorder_point), "reorder_point");
	SA_REQUIRE(order_quantity > 0.0 && isfinite(order_quantity), "order_quantity");
	*cost = cost_of(&lead, demand, costs, reorder_point, order_quantity);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_rq_reorder_point(double order_quantity, const SaNormalDemand *demand, const SaPolicyCosts *costs,
					double *reorder_point)
{
	Lead lead;
	SaBadArgument bad = check(demand, costs, &lead);

	if (bad)
		return bad;
	SA_REQUIRE(order_quantity > 0.0 && isfinite(order_quantity), "order_quantity");
	*reorder_point = balanced_point(&lead, costs, order_quantity);
	return SA_MATHS_FINE;
}

/*
 * r = F^-1(1 - Q h / (p D)), Q = sqrt(2 D (K + p n(r)) / h), in turns from the
 * economic order quantity on.  Q grows with each turn, so it settles, or it
 * grows beyond p D / h, where being short is cheaper than any stock.
 */
SaBadArgument
sa_rq_eil(const SaNormalDemand *demand, const SaPolicyCosts *costs, SaRqPolicy *policy)
{
	Lead lead;
	double q;
	double r = 0.0;
	double z = 0.0;
	SaBadArgument bad = check(demand, costs, &lead);

	if (bad)
		return bad;
	if (demand->mean == 0.0)
	{
		*policy = (SaRqPolicy){0.0, 0.0, 0.0};
		return SA_MATHS_FINE;
	}
	bad = sa_economic_order_quantity(demand->mean, costs->order, costs->holding, &q);
	if (bad)
		return bad;
	/* Without a cost of ordering there is no stock that this formula would end at. */
	SA_REQUIRE(q > 0.0, "order_cost");
	for (int i = 0; i < MOST_ROUNDS; i++)
	{
		double before = q;
		double share = q * costs->holding / costs->stockout / demand->mean;

		/* Both tails have their digits. */
		if (!(share < 1.0) || sa_normal_quantile(share, &z))
			return "stockout_cost";
		r = lead.mean - z * lead.sigma;
		q = sqrt(2.0 * demand->mean / costs->holding *
				 (costs->order + costs->stockout * shortage(&lead, r)));
		if (fabs(q - before) <= 1e-15 * q)
			break;
	}
	policy->reorder_point = r;
	policy->order_quantity = q;
	policy->cost = costs->holding * (r - lead.mean + q / 2.0) +
				   (costs->order + costs->stockout * shortage(&lead, r)) * (demand->mean / q);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_rq_safety_stock(const SaNormalDemand *demand, const SaPolicyCosts *costs, SaRqPolicy *policy)
{
	Lead lead;
	double q;
	SaBadArgument bad = check(demand, costs, &lead);

	if (bad)
		return bad;
	bad = sa_economic_order_quantity(demand->mean, costs->order, costs->holding, &q);
	if (bad)
		return bad;
	fill_policy(&lead, demand, costs, best_stock(&lead, costs), q, policy);
	return SA_MATHS_FINE;
}

SaBadArgument
sa_rq_backorders(const SaNormalDemand *demand, const SaPolicyCosts *costs, SaRqPolicy *policy)
{
	SaLotCosts lot = {demand->mean, costs->order, costs->holding};
	Lead lead;
	double q;
	double unused;
	SaBadArgument bad = check(demand, costs, &lead);

	if (bad)
		return bad;
	bad = sa_lot_backorders(&lot, costs->stockout, &q, &unused, &unused);
	if (bad)
		return bad;
	fill_policy(&lead, demand, costs, balanced_point(&lead, costs, q), q, policy);
	return SA_MATHS_FINE;
}

/*
 * Both equations, n(r) = Q h / (h + p) and h Q^2 / 2 = K D + (h + p) n2(r), in
 * r alone: left minus right, divided by h + p.  It falls with r from infinity
 * to below 0 at the newsvendor's stock, so there is one answer.
 */
static double
loss_function_gap(const Lead *lead, const SaNormalDemand *demand, const SaPolicyCosts *costs,
				  double r)
{
	double n = shortage(lead, r);
	double both = costs->holding + costs->stockout;

	return 0.5 * both / costs->holding * n * n - second_shortage(lead, r) -
		   costs->order / both * demand->mean;
}

SaBadArgument
sa_rq_loss_function(const SaNormalDemand *demand, const SaPolicyCosts *costs, SaRqPolicy *policy)
{
	Lead lead;
	double high;
	double low;
	double step;
	SaBadArgument bad = check(demand, costs, &lead);

	if (bad)
		return bad;
	high = best_stock(&lead, costs);
	step = fmax(1.0, lead.sigma);
	low = high;
	for (int i = 0; i < MOST_HALVINGS && loss_function_gap(&lead, demand, costs, low) <= 0.0; i++)
	{
		low = high - step;
		step *= 2.0;
		SA_REQUIRE(isfinite(low), "order_cost");
	}
	for (int i = 0; i < MOST_HALVINGS; i++)
	{
		double middle = low + (high - low) / 2.0;

		if (middle <= low || middle >= high)
			break;
		if (loss_function_gap(&lead, demand, costs, middle) > 0.0)
			low = middle;
		else
			high = middle;
	}
	low += (high - low) / 2.0;
	fill_policy(&lead, demand, costs, low,
				shortage(&lead, low) * (1.0 + costs->stockout / costs->holding), policy);
	return SA_MATHS_FINE;
}
