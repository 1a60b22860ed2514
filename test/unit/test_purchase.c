/*
 * test_purchase.c: price breaks over the pipeline of quantities, and that no
 * quantity that meets the need costs less.
 */
#include "unit.h"

#include "pure/purchase.h"

static const SaPriceBreak falling[] = {{50, 1.5}, {60, 1.2}};

static SaPurchase
buy(double need, double pack, double minimum, double room, double unit_cost,
	const SaPriceBreak *breaks, size_t count)
{
	SaOrderLimits limits = {pack, minimum, room};
	SaPrices prices = {unit_cost, breaks, count};
	SaPurchase out = {0};

	CHECK(sa_purchase(need, &limits, &prices, &out) == SA_MATHS_FINE);
	return out;
}

static void
test_choice(void)
{
	SaPurchase p = buy(39, 0, 0, HUGE_VAL, 2, falling, 2);

	/* 39 x 2 = 78, 50 x 1.5 = 75, 60 x 1.2 = 72 */
	CHECK_CLOSE(p.quantity, 60, 0);
	CHECK_CLOSE(p.unit_cost, 1.2, 0);
	CHECK(p.at_break);
	p = buy(39, 0, 0, 59, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 50, 0);
	p = buy(39, 0, 0, 49, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 39, 0);
	CHECK(!p.at_break && p.reason == SA_ORDER_NEED);
	/* 32 x 2 = 64 is less than all of them. */
	p = buy(32, 0, 0, HUGE_VAL, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 32, 0);
	/* A tie goes to the smaller: 36 x 2 = 72. */
	p = buy(36, 0, 0, HUGE_VAL, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 36, 0);
	/* In whole packs: 64 x 1.2 = 76.8 against 48 x 2. */
	p = buy(39, 16, 0, HUGE_VAL, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 64, 0);
	/* The minimum is at a break already. */
	p = buy(39, 0, 55, HUGE_VAL, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 60, 0);
	p = buy(39, 0, 70, HUGE_VAL, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 70, 0);
	CHECK_CLOSE(p.unit_cost, 1.2, 0);
	CHECK(!p.at_break && p.reason == SA_ORDER_MINIMUM);
	/* Nothing is bought for a bargain only. */
	p = buy(0, 0, 0, HUGE_VAL, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 0, 0);
	p = buy(39, 12, 50, 40, 2, falling, 2);
	CHECK_CLOSE(p.quantity, 0, 0);
	CHECK(p.reason == SA_ORDER_CAP_BELOW_MOQ && !p.at_break);
	p = buy(39, 0, 0, HUGE_VAL, 0, NULL, 0);
	CHECK_CLOSE(p.unit_cost, 0, 0);
}

/* Against every quantity in whole packs from the need up. */
static void
test_nothing_is_cheaper(void)
{
	for (int need = 1; need <= 120; need++)
	{
		for (int pack = 1; pack <= 7; pack += 3)
		{
			SaPrices prices = {2, falling, 2};
			SaPurchase p = buy(need, pack, 0, 200, 2, falling, 2);

			for (int q = pack; q <= 200; q += pack)
				CHECK(q < need || p.quantity * p.unit_cost <= q * sa_unit_cost_at(&prices, q));
		}
	}
}

static void
test_refusals(void)
{
	static const SaPriceBreak bad[][2] = {
		{{50, 1.5}, {50, 1.2}}, {{50, 1.5}, {40, 1.2}},       {{50, 1.5}, {60, 1.6}},
		{{50, 2.5}, {60, 1.6}}, {{0, 1.5}, {60, 1.2}},        {{NAN, 1.5}, {60, 1.2}},
		{{50, NAN}, {60, 1.2}}, {{50, 1.5}, {HUGE_VAL, 1.2}}, {{50, 1.5}, {60, -1}},
	};
	SaOrderLimits limits = {0, 0, HUGE_VAL};
	SaPurchase out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		SaPrices prices = {2, bad[i], 2};

		CHECK_STR(sa_purchase(1, &limits, &prices, &out), "price_breaks");
	}
	{
		SaPrices negative = {-1, NULL, 0};
		SaPrices fine = {1, NULL, 0};

		CHECK_STR(sa_purchase(1, &limits, &negative, &out), "unit_cost");
		CHECK_STR(sa_purchase(NAN, &limits, &fine, &out), "need");
	}
}

int
main(void)
{
	test_choice();
	test_nothing_is_cheaper();
	test_refusals();
	return unit_end();
}
