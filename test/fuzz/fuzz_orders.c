/*
 * fuzz_orders.c: every function of the order quantities on any numbers.
 *
 * An input is a byte that picks the function, then its numbers as
 * numbers.h reads them.  A function either names an argument or answers what its
 * header promises; infinite is an answer to huge arguments.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/gamma_loss.h"
#include "pure/joint_order.h"
#include "pure/lot_plan.h"
#include "pure/lot_size.h"
#include "pure/newsvendor.h"
#include "pure/newsvendor_demand.h"
#include "pure/order.h"
#include "pure/price_breaks.h"
#include "pure/rq_poisson.h"
#include "pure/rq_policy.h"
#include "pure/second_loss.h"
#include "pure/ss_policy.h"
#include "pure/transfers.h"

#include "numbers.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 32

static void
promise(int kept)
{
	if (!kept)
		abort();
}

static int
at_least(double value, double least)
{
	return isnan(value) || value >= least;
}

static void
try_lots(Input *in)
{
	SaLotCosts costs;
	double q = take(in);
	double x = take(in);
	double share;
	double cost;

	costs.demand = take(in);
	costs.order_cost = take(in);
	costs.holding_cost = take(in);
	if (!sa_lot_cost(q, &costs, &cost))
		promise(at_least(cost, 0.0));
	if (!sa_lot_backorders(&costs, x, &q, &share, &cost))
		promise(at_least(q, 0.0) && share >= 0.0 && share <= 1.0 && at_least(cost, 0.0));
	if (!sa_lot_backorders_cost(q, share = take(in), &costs, x, &cost))
		promise(at_least(cost, 0.0) && share <= 1.0);
	if (!sa_lot_production(&costs, x, &q, &cost))
		promise(at_least(q, 0.0) && at_least(cost, 0.0));
	if (!sa_lot_production_cost(q, &costs, x, &cost))
		promise(at_least(cost, 0.0));
}

static void
try_prices(Input *in)
{
	double numbers[2 * MOST];
	double demand = take(in);
	double order_cost = take(in);
	double rate = take(in);
	size_t count = take_many(in, numbers, 2 * MOST) / 2;
	SaPriceList list = {numbers, numbers + count, count, count};
	SaPriceChoice best;

	if (!sa_price_all_units(demand, order_cost, rate, &list, &best))
		promise(best.price < count && at_least(best.quantity, numbers[best.price]));
	if (!sa_price_incremental(demand, order_cost, rate, &list, &best))
		promise(best.price < count && at_least(best.quantity, 0.0));
}

static void
try_newsvendor(Input *in)
{
	double numbers[2 * MOST];
	double under = take(in);
	double over = take(in);
	double mean = take(in);
	double variance = take(in);
	double ratio;
	double out;
	SaDemandTable table = {numbers, numbers, 0, 0};

	if (sa_newsvendor_ratio(under, over, &ratio))
		ratio = under;
	else
		promise(ratio > 0.0 && ratio < 1.0);
	for (int d = SA_NEGATIVE_BINOMIAL; d <= SA_GAMMA; d++)
	{
		if (!sa_newsvendor_quantity(ratio, mean, variance, (SaDistribution) d, &out))
			promise(d == SA_NORMAL || out >= 0.0);
		if (!sa_newsvendor_cost(mean, under, over, mean, variance, (SaDistribution) d, &out))
			promise(at_least(out, 0.0));
	}
	if (!sa_gamma_loss(under, mean, variance, &out))
		promise(out >= 0.0 && out >= (mean - under) * (1.0 - 1e-9));
	promise(isnan(under) || sa_normal_second_loss(under) >= 0.0);
	if (!sa_gamma_second_loss(under, mean, variance, &out))
		promise(at_least(out, 0.0));
	if (!sa_poisson_second_loss(under, mean, &out))
		promise(at_least(out, 0.0));
	if (!sa_negative_binomial_second_loss(under, mean, variance, &out))
		promise(at_least(out, 0.0));
	table.count = take_many(in, numbers, 2 * MOST) / 2;
	table.probabilities = numbers + table.count;
	table.probability_count = table.count;
	if (!sa_newsvendor_table_quantity(ratio, &table, &out))
		promise(out >= numbers[0] && out <= numbers[table.count - 1]);
	if (!sa_newsvendor_table_cost(mean, under, over, &table, &out))
		promise(at_least(out, 0.0));
}

static void
try_rq(Input *in)
{
	SaBadArgument (*const methods[])(const SaNormalDemand *, const SaPolicyCosts *,
									 SaRqPolicy *) = {sa_rq_eil, sa_rq_safety_stock,
													  sa_rq_backorders, sa_rq_loss_function};
	SaNormalDemand demand;
	SaPolicyCosts costs;
	SaRqPolicy policy;
	double out;

	demand.mean = take(in);
	demand.sd = take(in);
	demand.lead_time = take(in);
	costs.order = take(in);
	costs.holding = take(in);
	costs.stockout = take(in);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
	{
		if (!methods[i](&demand, &costs, &policy))
			promise(at_least(policy.order_quantity, 0.0));
	}
	if (!sa_rq_reorder_point(take(in), &demand, &costs, &out))
		promise(!isnan(out));
	(void) sa_rq_cost(take(in), take(in), &demand, &costs, &out);
	if (!sa_rq_poisson(demand.mean, demand.lead_time, &costs, &policy))
		promise(policy.order_quantity >= 1.0 && policy.order_quantity <= SA_RQ_POISSON_LARGEST);
	if (!sa_ss_power(&demand, &costs, &policy.reorder_point, &out))
		promise(isnan(out) || out >= policy.reorder_point);
}

static void
try_ss(Input *in)
{
	static SaSsWork work;
	double pmf[MOST];
	SaSsDemand demand = {0};
	SaPolicyCosts costs;
	SaSsPolicy policy;

	costs.order = take(in);
	costs.holding = take(in);
	costs.stockout = take(in);
	demand.mean = take(in);
	demand.lead_time = take(in);
	if (!sa_ss_exact(&demand, &costs, &work, &policy))
		promise(policy.order_up_to > policy.reorder_point &&
				policy.order_up_to - policy.reorder_point <= SA_SS_LARGEST);
	demand.count = take_many(in, pmf, MOST);
	demand.probabilities = pmf;
	if (!sa_ss_exact(&demand, &costs, &work, &policy))
		promise(policy.order_up_to > policy.reorder_point);
}

static void
try_joint(Input *in)
{
	double numbers[4 * MOST];
	double quantities[MOST];
	double work[MOST + 1];
	size_t next[MOST];
	double shared = take(in);
	double cycle;
	double cost;
	size_t count = take_many(in, numbers, 4 * MOST) / 4;
	SaJointItems items = {numbers, numbers + count, numbers + 2 * count, count};
	SaLotPeriods periods = {numbers, numbers + count, numbers + 2 * count, numbers + 3 * count,
							count};

	if (!sa_joint_order(shared, &items, quantities, work, &cycle, &cost))
	{
		for (size_t i = 0; i < count; i++)
			promise(work[i] >= 0.0 && work[i] <= SA_JOINT_MOST_MULTIPLE &&
					at_least(quantities[i], 0.0));
	}
	if (!sa_lot_plan(&periods, work, next, quantities, &cost))
	{
		for (size_t i = 0; i < count; i++)
			promise(next[i] > i && next[i] <= count && at_least(quantities[i], 0.0));
	}
}

static void
try_limits(Input *in)
{
	SaStockLimits limits;
	SaOrderReason reason;
	double position = take(in);
	double up_to = take(in);
	double out;

	limits.pack = take(in);
	limits.minimum = take(in);
	limits.max_stock = take(in);
	limits.shelf_life_demand = take(in);
	if (!sa_order_constrained(position, up_to, &limits, &out, &reason))
	{
		double room = fmax(0.0, fmin(limits.max_stock, limits.shelf_life_demand) - position);

		promise(out >= 0.0 && sa_order_reason_name(reason) != NULL);
		promise(out <= room * (1.0 + 2e-9));
		promise(up_to > position || out == 0.0);
	}
}

static void
try_transfers(Input *in)
{
	double numbers[7 * MOST] = {0};
	double work[2 * MOST];
	int64_t ids[MOST];
	SaTransfer made[MOST];
	SaTransferSites sites = {0};
	size_t count;

	sites.pack = take(in);
	sites.minimum = take(in);
	sites.count = take_many(in, numbers, 7 * MOST) / 7;
	for (size_t i = 0; i < sites.count; i++)
		ids[i] = (int64_t) (i * 5 % MOST);
	sites.ids = ids;
	sites.reorder_points = numbers;
	sites.positions = numbers + sites.count;
	sites.on_hand = numbers + 2 * sites.count;
	sites.floors = numbers + 3 * sites.count;
	sites.stockout_probabilities = numbers + 4 * sites.count;
	sites.benefits = numbers + 5 * sites.count;
	/* As many costs as there are numbers. */
	sites.costs = sites.count <= 7 ? numbers : NULL;
	if (sa_transfers_plan(&sites, work, made, &count))
		return;
	promise(count <= sites.count);
	for (size_t i = 0; i < count; i++)
		promise(made[i].from != made[i].to && made[i].quantity > 0.0 &&
				made[i].quantity >= sites.minimum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(Input *) = {try_lots, try_prices, try_newsvendor, try_rq,
											 try_ss,   try_joint,  try_limits,     try_transfers};
	Input in = {data + 1, size - 1};

	if (size == 0)
		return 0;
	tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](&in);
	return 0;
}
