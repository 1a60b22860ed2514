/*
 * transfers.c: a greedy lateral transshipment (Paterson et al., European
 * Journal of Operational Research 210 (2011) 125-136).
 *
 * Each transfer, and each refusal, ends a receiver or a donor for good: no
 * plan takes more steps than there are locations.
 */
#include "pure/transfers.h"

#include <math.h>
#include <stdbool.h>

#include "pure/order.h"

#define NOBODY ((size_t) -1)

static SaBadArgument
check_sites(const SaTransferSites *sites)
{
	SA_REQUIRE(sites->count <= SA_TRANSFERS_LARGEST, "locations");
	SA_REQUIRE(sites->pack >= 0.0 && isfinite(sites->pack), "pack");
	SA_REQUIRE(isfinite(sites->minimum), "min_transfer");
	for (size_t i = 0; i < sites->count; i++)
	{
		double p = sites->stockout_probabilities[i];

		for (size_t other = 0; other < i; other++)
			SA_REQUIRE(sites->ids[i] != sites->ids[other], "locations");
		SA_REQUIRE(isfinite(sites->reorder_points[i]), "reorder_points");
		SA_REQUIRE(isfinite(sites->positions[i]) &&
					   isfinite(sites->reorder_points[i] - sites->positions[i]),
				   "positions");
		SA_REQUIRE(isfinite(sites->floors[i]), "floors");
		SA_REQUIRE(
			isfinite(sites->on_hand[i]) &&
				isfinite(sites->on_hand[i] - fmax(sites->floors[i], sites->reorder_points[i])),
			"on_hand");
		SA_REQUIRE(p >= 0.0 && p <= 1.0, "stockout_probabilities");
		SA_REQUIRE(sites->benefits == NULL || !isnan(sites->benefits[i]), "benefits");
	}
	for (size_t i = 0; sites->costs != NULL && i < sites->count * sites->count; i++)
		SA_REQUIRE(sites->costs[i] >= 0.0, "unit_transfer_costs");
	return SA_MATHS_FINE;
}

static double
unit_cost(const SaTransferSites *sites, size_t from, size_t to)
{
	return sites->costs == NULL ? 0.0 : sites->costs[from * sites->count + to];
}

/* What may leave or arrive of a quantity: whole packs, 0 if that is below the minimum. */
static double
movable(const SaTransferSites *sites, double quantity)
{
	if (sites->pack > 0.0)
		quantity = sa_order_packs_down(quantity, sites->pack);
	return quantity > 0.0 && quantity >= sites->minimum ? quantity : 0.0;
}

/* The neediest of those that still need something. */
static size_t
next_receiver(const SaTransferSites *sites, const double *needs)
{
	const double *p = sites->stockout_probabilities;
	size_t best = NOBODY;

	for (size_t i = 0; i < sites->count; i++)
	{
		if (needs[i] > 0.0 && (best == NOBODY || p[i] > p[best] ||
							   (p[i] == p[best] && sites->ids[i] < sites->ids[best])))
			best = i;
	}
	return best;
}

static bool
gives_sooner(const SaTransferSites *sites, const double *gives, size_t to, size_t a, size_t b)
{
	double cost_a = unit_cost(sites, a, to);
	double cost_b = unit_cost(sites, b, to);

	if (cost_a != cost_b)
		return cost_a < cost_b;
	if (gives[a] != gives[b])
		return gives[a] > gives[b];
	return sites->ids[a] < sites->ids[b];
}

/* The best of those that still have something to give and can reach the receiver at a gain. */
static size_t
next_donor(const SaTransferSites *sites, const double *gives, size_t to)
{
	size_t best = NOBODY;

	for (size_t i = 0; i < sites->count; i++)
	{
		double cost = unit_cost(sites, i, to);

		if (!(gives[i] > 0.0) || isinf(cost) ||
			(sites->benefits != NULL && cost > sites->benefits[to]))
			continue;
		if (best == NOBODY || gives_sooner(sites, gives, to, i, best))
			best = i;
	}
	return best;
}

SaBadArgument
sa_transfers_plan(const SaTransferSites *sites, double *work, SaTransfer *transfers, size_t *made)
{
	double *needs = work;
	double *gives = work + sites->count;
	SaBadArgument bad = check_sites(sites);
	size_t to;

	if (bad)
		return bad;
	*made = 0;
	for (size_t i = 0; i < sites->count; i++)
	{
		double need = sites->reorder_points[i] - sites->positions[i];
		double give = sites->on_hand[i] - fmax(sites->floors[i], sites->reorder_points[i]);

		/* Who receives gives nothing. What cannot move is not looked at again. */
		needs[i] = movable(sites, need);
		gives[i] = need > 0.0 ? 0.0 : movable(sites, give);
	}
	while ((to = next_receiver(sites, needs)) != NOBODY)
	{
		size_t from;

		while (needs[to] > 0.0 && (from = next_donor(sites, gives, to)) != NOBODY)
		{
			double quantity = fmin(needs[to], gives[from]);

			transfers[*made].from = from;
			transfers[*made].to = to;
			transfers[*made].quantity = quantity;
			transfers[*made].cost = quantity * unit_cost(sites, from, to);
			*made += 1;
			needs[to] = movable(sites, needs[to] - quantity);
			gives[from] = movable(sites, gives[from] - quantity);
		}
		needs[to] = 0.0;
	}
	return SA_MATHS_FINE;
}
