/*
 * test_transfers.c: the order of service, edges, and the promises of any plan.
 */
#include <stdlib.h>

#include "unit.h"

#include "pure/transfers.h"

#define MOST 12

/* Numbers of a small network, and its plan. */
typedef struct Plan
{
	int64_t ids[MOST];
	double rop[MOST];
	double position[MOST];
	double on_hand[MOST];
	double floor[MOST];
	double risk[MOST];
	double costs[MOST * MOST];
	double benefits[MOST];
	SaTransferSites sites;
	SaTransfer made[MOST];
	size_t count;
} Plan;

static void
begin(Plan *p, size_t count)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < count; i++)
		p->ids[i] = (int64_t) i + 1;
	p->sites = (SaTransferSites){count,   p->ids, p->rop, p->position, p->on_hand, p->floor,
								 p->risk, NULL,   NULL,   0,           0};
}

static SaBadArgument
plan(Plan *p)
{
	double work[2 * MOST];

	return sa_transfers_plan(&p->sites, work, p->made, &p->count);
}

static void
site(Plan *p, size_t i, double rop, double position, double on_hand, double risk)
{
	p->rop[i] = rop;
	p->position[i] = position;
	p->on_hand[i] = on_hand;
	p->risk[i] = risk;
}

static void
test_order_of_service(void)
{
	Plan p;

	/* 3 is likelier to run out than 2; donors are as cheap, 4 has more to give than 1. */
	begin(&p, 4);
	site(&p, 0, 10, 30, 18, 0.1);
	site(&p, 1, 10, 4, 4, 0.5);
	site(&p, 2, 10, 1, 1, 0.9);
	site(&p, 3, 5, 17, 17, 0.0);
	CHECK(plan(&p) == SA_MATHS_FINE);
	CHECK_INT(p.count, 2);
	CHECK(p.made[0].from == 3 && p.made[0].to == 2 && p.made[0].quantity == 9);
	CHECK(p.made[1].from == 0 && p.made[1].to == 1 && p.made[1].quantity == 6);

	/* A cheaper donor first, then the rest from the other; cost by unit. */
	p.sites.costs = p.costs;
	for (int i = 0; i < 16; i++)
		p.costs[i] = 2;
	p.costs[0 * 4 + 2] = 1;
	CHECK(plan(&p) == SA_MATHS_FINE);
	CHECK(p.made[0].from == 0 && p.made[0].to == 2 && p.made[0].quantity == 8 &&
		  p.made[0].cost == 8);
	CHECK(p.made[1].from == 3 && p.made[1].to == 2 && p.made[1].quantity == 1 &&
		  p.made[1].cost == 2);
	CHECK(p.made[2].from == 3 && p.made[2].to == 1 && p.made[2].quantity == 6);
	CHECK_INT(p.count, 3);
	/* Not worth it; no way. */
	p.sites.benefits = p.benefits;
	p.benefits[1] = 1.5;
	p.benefits[2] = 1.5;
	CHECK(plan(&p) == SA_MATHS_FINE && p.count == 1 && p.made[0].from == 0);
	p.sites.benefits = NULL;
	p.costs[0 * 4 + 2] = HUGE_VAL;
	CHECK(plan(&p) == SA_MATHS_FINE && p.made[0].from == 3 && p.made[0].to == 2);
	/* Whole packs down, and none below the minimum. */
	p.sites.costs = NULL;
	p.sites.pack = 4;
	CHECK(plan(&p) == SA_MATHS_FINE && p.count == 2);
	CHECK(p.made[0].quantity == 8 && p.made[1].quantity == 4);
	p.sites.minimum = 5;
	CHECK(plan(&p) == SA_MATHS_FINE && p.count == 1 && p.made[0].to == 2);
	/* The floor holds where it is above the reorder point. */
	p.sites.pack = 0;
	p.sites.minimum = 0;
	p.floor[0] = 18;
	p.floor[3] = 16;
	CHECK(plan(&p) == SA_MATHS_FINE && p.count == 1 && p.made[0].quantity == 1);
}

static void
test_edges(void)
{
	Plan p;

	begin(&p, 0);
	CHECK(plan(&p) == SA_MATHS_FINE && p.count == 0);
	/* One that is short and has stock that is promised gives nothing. */
	begin(&p, 2);
	site(&p, 0, 5, 2, 40, 1);
	site(&p, 1, 5, -3, -3, 1);
	CHECK(plan(&p) == SA_MATHS_FINE && p.count == 0);
	p.ids[1] = p.ids[0];
	CHECK_STR(plan(&p), "locations");
	p.ids[1] = 2;
	p.risk[1] = 1.5;
	CHECK_STR(plan(&p), "stockout_probabilities");
	p.risk[1] = 1;
	p.rop[0] = NAN;
	CHECK_STR(plan(&p), "reorder_points");
	p.rop[0] = 1e308;
	p.position[0] = -1e308;
	CHECK_STR(plan(&p), "positions");
	p.rop[0] = 1;
	p.position[0] = 1;
	p.on_hand[0] = INFINITY;
	CHECK_STR(plan(&p), "on_hand");
	p.on_hand[0] = 1;
	p.floor[1] = NAN;
	CHECK_STR(plan(&p), "floors");
	p.floor[1] = 1;
	p.sites.pack = -1;
	CHECK_STR(plan(&p), "pack");
	p.sites.pack = 1;
	p.sites.minimum = INFINITY;
	CHECK_STR(plan(&p), "min_transfer");
	p.sites.minimum = 0;
	p.costs[1] = -1;
	p.sites.costs = p.costs;
	CHECK_STR(plan(&p), "unit_transfer_costs");
	p.costs[1] = 1;
	p.benefits[0] = NAN;
	p.sites.benefits = p.benefits;
	CHECK_STR(plan(&p), "benefits");
	p.sites.count = SA_TRANSFERS_LARGEST + 1;
	CHECK_STR(plan(&p), "locations");
}

static void
make_any(Plan *p)
{
	begin(p, 2 + (size_t) (rand() % (MOST - 1)));
	for (size_t i = 0; i < p->sites.count; i++)
	{
		p->ids[i] = 1000 - 7 * (int64_t) i;
		site(p, i, rand() % 20, rand() % 50 - 10, rand() % 50 - 5, (rand() % 5) / 4.0);
		p->floor[i] = rand() % 25;
		p->benefits[i] = rand() % 9;
	}
	for (int i = 0; i < MOST * MOST; i++)
		p->costs[i] = rand() % 10 == 0 ? HUGE_VAL : rand() % 8;
	if (rand() % 2)
		p->sites.costs = p->costs;
	if (rand() % 2)
		p->sites.benefits = p->benefits;
	p->sites.pack = rand() % 5;
	p->sites.minimum = rand() % 6;
}

static void
check_promises(const Plan *p)
{
	double out[MOST] = {0};
	double in[MOST] = {0};
	double left = 0;
	double arrived = 0;

	for (size_t i = 0; i < p->count; i++)
	{
		const SaTransfer *t = &p->made[i];
		double cost = p->sites.costs ? p->costs[t->from * p->sites.count + t->to] : 0.0;

		CHECK(t->from != t->to && t->from < p->sites.count && t->to < p->sites.count);
		CHECK(t->quantity > 0 && t->quantity >= p->sites.minimum);
		CHECK(p->sites.pack == 0 || fmod(t->quantity, p->sites.pack) == 0);
		CHECK(t->cost == t->quantity * cost && isfinite(cost));
		CHECK(p->sites.benefits == NULL || cost <= p->benefits[t->to]);
		out[t->from] += t->quantity;
		in[t->to] += t->quantity;
	}
	for (size_t i = 0; i < p->sites.count; i++)
	{
		CHECK(out[i] == 0 || in[i] == 0);
		CHECK(in[i] <= fmax(0.0, p->rop[i] - p->position[i]));
		CHECK(out[i] == 0 || p->on_hand[i] - out[i] >= fmax(p->floor[i], p->rop[i]));
		left += out[i];
		arrived += in[i];
	}
	CHECK(left == arrived);
}

static void
test_promises(void)
{
	srand(5);
	for (int round = 0; round < 3000; round++)
	{
		Plan p;
		Plan again;

		make_any(&p);
		again = p;
		CHECK(plan(&p) == SA_MATHS_FINE);
		check_promises(&p);
		/* The same again from the same. */
		again.sites.ids = p.ids;
		CHECK(plan(&again) == SA_MATHS_FINE && again.count == p.count);
		CHECK(p.count == 0 || memcmp(again.made, p.made, p.count * sizeof(SaTransfer)) == 0);
	}
}

int
main(void)
{
	test_order_of_service();
	test_edges();
	test_promises();
	return unit_end();
}
