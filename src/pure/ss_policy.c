/*
 * ss_policy.c: (s, S), approximate and exact.
 *
 * m(j) is how often, between two orders, a review finds the position j below S
 * (m(0) = 1/(1 - p(0)), m(j) = sum of p(l) m(j - l) / (1 - p(0))), M(n) the
 * reviews between two orders with S - s = n, and G(y) the cost of a period
 * that begins at position y.
 */
#include "pure/ss_policy.h"

#include <math.h>

#include "pure/counts.h"
#include "pure/newsvendor.h"
#include "pure/special.h"

#define LARGEST_MEAN 1e6
#define SUM_SLACK    1e-6

typedef struct Case
{
	const SaSsDemand *demand;
	const SaPolicyCosts *costs;
	SaSsWork *work;
	double protected_mean; /* of demand over lead time and review */
	double some;           /* P(demand of a period > 0) */
	double best;           /* the y with the least G(y) */
	int known;             /* how many m(j) are */
} Case;

SaBadArgument
sa_ss_power(const SaNormalDemand *demand, const SaPolicyCosts *costs, double *reorder_point,
			double *order_up_to)
{
	double periods = demand->lead_time + 1.0;
	double mean = demand->mean * periods;
	double sigma = demand->sd * sqrt(periods);
	double spread = sigma / demand->mean;
	double quantity;
	double root;

	SA_REQUIRE(demand->mean >= 0.0 && isfinite(demand->mean), "demand");
	SA_REQUIRE(demand->sd >= 0.0 && isfinite(demand->sd), "demand_sd");
	SA_REQUIRE(demand->lead_time >= 0.0 && isfinite(demand->lead_time), "lead_time");
	SA_REQUIRE(costs->order > 0.0 && isfinite(costs->order), "order_cost");
	SA_REQUIRE(costs->holding > 0.0 && isfinite(costs->holding), "holding_cost");
	SA_REQUIRE(costs->stockout > 0.0 && isfinite(costs->stockout), "stockout_cost");
	*reorder_point = 0.0;
	*order_up_to = 0.0;
	if (demand->mean == 0.0)
		return SA_MATHS_FINE;
	quantity = 1.30 * pow(demand->mean, 0.494) * pow(costs->order / costs->holding, 0.506) *
			   pow(1.0 + spread * spread, 0.116);
	/* sigma z and sigma / z with z = sqrt(Q h / (sigma p)); both vanish with sigma. */
	root = sqrt(quantity * costs->holding / costs->stockout);
	*reorder_point = 0.973 * mean + 0.183 * sigma * sqrt(sigma) / root + 1.063 * sigma -
					 2.192 * sqrt(sigma) * root;
	*order_up_to = *reorder_point + quantity;
	return SA_MATHS_FINE;
}

/* Reads a table; best becomes its quantile. */
static SaBadArgument
open_table(Case *c, double ratio)
{
	const SaSsDemand *demand = c->demand;
	double sum = 0.0;

	SA_REQUIRE(demand->count > 0 && demand->count <= SA_SS_LARGEST + 1, "pmf");
	c->best = -1.0;
	c->some = 0.0;
	for (size_t i = 0; i < demand->count; i++)
	{
		SA_REQUIRE(demand->probabilities[i] >= 0.0, "pmf");
		if (sum < ratio && demand->probabilities[i] > 0.0)
			c->best = (double) i;
		sum += demand->probabilities[i];
		c->some += i > 0 ? demand->probabilities[i] : 0.0;
		c->work->probabilities[i] = demand->probabilities[i];
	}
	for (size_t i = demand->count; i <= SA_SS_LARGEST; i++)
		c->work->probabilities[i] = 0.0;
	SA_REQUIRE(fabs(sum - 1.0) <= SUM_SLACK, "pmf");
	return SA_MATHS_FINE;
}

static SaBadArgument
open_poisson(Case *c, double ratio)
{
	double mean = c->demand->mean;
	double lead = c->demand->lead_time;

	SA_REQUIRE(mean >= 0.0 && mean <= LARGEST_MEAN, "demand");
	SA_REQUIRE(lead >= 0.0 && lead <= LARGEST_MEAN && lead == floor(lead), "lead_time");
	c->protected_mean = mean * (lead + 1.0);
	SA_REQUIRE(c->protected_mean <= LARGEST_MEAN, "lead_time");
	c->some = -expm1(-mean);
	if (mean > 0.0)
	{
		for (int i = 0; i <= SA_SS_LARGEST; i++)
			c->work->probabilities[i] = sa_poisson_density((double) i, mean);
	}
	return sa_poisson_quantile(ratio, c->protected_mean, &c->best);
}

static SaBadArgument
open_case(const SaSsDemand *demand, const SaPolicyCosts *costs, SaSsWork *work, Case *c)
{
	SaBadArgument bad;
	double ratio;

	SA_REQUIRE(costs->order >= 0.0 && isfinite(costs->order), "order_cost");
	if (sa_newsvendor_ratio(costs->stockout, costs->holding, &ratio))
		return costs->holding > 0.0 && isfinite(costs->holding) ? "stockout_cost" : "holding_cost";
	c->demand = demand;
	c->costs = costs;
	c->work = work;
	c->known = 0;
	bad = demand->probabilities ? open_table(c, ratio) : open_poisson(c, ratio);
	for (int i = 0; !bad && i <= 2 * SA_SS_LARGEST; i++)
		work->costs[i] = NAN;
	return bad;
}

static double
table_cost(const Case *c, double y)
{
	double cost = 0.0;

	for (size_t i = 0; i < c->demand->count; i++)
	{
		double over = y - (double) i;

		cost += c->work->probabilities[i] *
				(over > 0.0 ? c->costs->holding * over : c->costs->stockout * -over);
	}
	return cost;
}

/* G(y). */
static double
compute_cost(const Case *c, double y)
{
	double units = 0.0;

	if (c->demand->probabilities != NULL)
		return table_cost(c, y);
	(void) sa_poisson_loss(y, c->protected_mean, &units);
	return c->costs->holding * (y - c->protected_mean + units) + c->costs->stockout * units;
}

/* G(y), remembered around the best y. */
static double
cost_at(const Case *c, double y)
{
	double place = y - c->best + SA_SS_LARGEST;
	double *slot;

	if (!(place >= 0.0 && place <= 2.0 * SA_SS_LARGEST))
		return compute_cost(c, y);
	slot = &c->work->costs[(int) place];
	if (isnan(*slot))
		*slot = compute_cost(c, y);
	return *slot;
}

/* m(j) for j up to SA_SS_LARGEST, each computed once. */
static double
renewals_at(Case *c, int j)
{
	const double *p = c->work->probabilities;
	double *m = c->work->renewals;

	for (; c->known <= j; c->known++)
	{
		double sum = c->known == 0 ? 1.0 : 0.0;

		for (int l = 1; l <= c->known; l++)
			sum += p[l] * m[c->known - l];
		m[c->known] = sum / c->some;
	}
	return m[j];
}

/* c(s, S) = (K + sum of m(j) G(S - j) over j < S - s) / M(S - s). */
static double
policy_cost(Case *c, double s, double up_to)
{
	double sum = c->costs->order;
	double reviews = 0.0;

	for (int j = 0; j < (int) (up_to - s); j++)
	{
		double m = renewals_at(c, j);

		sum += m * cost_at(c, up_to - j);
		reviews += m;
	}
	return sum / reviews;
}

/* The largest s below S at which ordering is no dearer than waiting, from the best stock down. */
static SaBadArgument
first_reorder_point(Case *c, double *s, double *cost)
{
	double sum = c->costs->order;
	double reviews = 0.0;

	*s = c->best;
	for (int j = 0; j < SA_SS_LARGEST; j++)
	{
		double m = renewals_at(c, j);

		sum += m * cost_at(c, c->best - j);
		reviews += m;
		*s -= 1.0;
		*cost = sum / reviews;
		if (*cost <= cost_at(c, *s))
			return SA_MATHS_FINE;
	}
	return "order_cost";
}

SaBadArgument
sa_ss_exact(const SaSsDemand *demand, const SaPolicyCosts *costs, SaSsWork *work,
			SaSsPolicy *policy)
{
	Case c;
	double s;
	double least;
	double up_to;
	SaBadArgument bad = open_case(demand, costs, work, &c);

	if (bad)
		return bad;
	*policy = (SaSsPolicy){-1.0, 0.0, 0.0};
	if (c.some == 0.0)
		return SA_MATHS_FINE;
	bad = first_reorder_point(&c, &s, &least);
	if (bad)
		return bad;
	up_to = c.best;
	for (double next = c.best + 1.0; cost_at(&c, next) <= least; next += 1.0)
	{
		double cost;

		SA_REQUIRE(next - s <= SA_SS_LARGEST, "order_cost");
		cost = policy_cost(&c, s, next);
		if (!(cost < least))
			continue;
		up_to = next;
		while (s + 1.0 < up_to && cost <= cost_at(&c, s + 1.0))
		{
			s += 1.0;
			cost = policy_cost(&c, s, up_to);
		}
		least = cost;
	}
	*policy = (SaSsPolicy){s, up_to, least};
	return SA_MATHS_FINE;
}

SaBadArgument
sa_ss_cost(double reorder_point, double order_up_to, const SaSsDemand *demand,
		   const SaPolicyCosts *costs, SaSsWork *work, double *cost)
{
	Case c;
	SaBadArgument bad = open_case(demand, costs, work, &c);

	if (bad)
		return bad;
	SA_REQUIRE(fabs(reorder_point) <= LARGEST_MEAN && reorder_point == floor(reorder_point),
			   "reorder_point");
	SA_REQUIRE(order_up_to > reorder_point && order_up_to - reorder_point <= SA_SS_LARGEST &&
				   order_up_to == floor(order_up_to),
			   "order_up_to");
	/* A position that nothing lowers is the cost of every period. */
	*cost = c.some == 0.0 ? cost_at(&c, order_up_to) : policy_cost(&c, reorder_point, order_up_to);
	return SA_MATHS_FINE;
}
