/*
 * test_order_limits.c: the pipeline of order constraints, each step a row.
 */
#include <stdlib.h>

#include "unit.h"

#include "pure/order.h"

#define NONE HUGE_VAL

static const struct
{
	const char *step;
	double position;
	double order_up_to;
	SaStockLimits limits;
	double quantity;
	const char *reason;
} rows[] = {
	{"nothing missing", 20, 20, {6, 12, 10, 0}, 0, "no_need"},
	{"too much", 25, 20, {0, 0, NONE, NONE}, 0, "no_need"},
	{"need alone", 5, 20, {0, 0, NONE, NONE}, 15, "need"},
	{"need in whole packs", 2, 20, {6, 0, NONE, NONE}, 18, "need"},
	{"up to packs", 5, 20, {6, 0, NONE, NONE}, 18, "pack"},
	{"up to the minimum", 15, 20, {0, 12, NONE, NONE}, 12, "moq"},
	{"up to the minimum in packs", 15, 20, {5, 12, NONE, NONE}, 15, "moq"},
	{"packs meet the minimum", 5, 20, {6, 18, NONE, NONE}, 18, "pack"},
	{"room for all", 5, 20, {6, 0, 23, NONE}, 18, "pack"},
	{"cut to the stock limit", 5, 20, {6, 0, 22, NONE}, 12, "maximum"},
	{"cut to the shelf life", 5, 20, {6, 0, 40, 18}, 12, "shelf_life"},
	{"both cut, shelf life more", 5, 20, {0, 0, 16, 15}, 10, "shelf_life"},
	{"both cut, stock limit more", 5, 20, {0, 0, 15, 16}, 10, "maximum"},
	{"both cut alike", 5, 20, {0, 0, 15, 15}, 10, "maximum"},
	{"shelf life below the position", 5, 20, {0, 0, NONE, 3}, 0, "shelf_life"},
	{"over the stock limit", 5, 20, {0, 0, 3, NONE}, 0, "maximum"},
	{"over both limits", 5, 20, {0, 0, 3, 3}, 0, "maximum"},
	{"cut below the minimum", 5, 20, {6, 12, NONE, 16}, 0, "cap_below_moq"},
	{"cut to the minimum", 5, 20, {6, 12, NONE, 17}, 12, "shelf_life"},
	{"cut to less than a pack", 5, 20, {6, 0, 10, NONE}, 0, "maximum"},
	{"owed units count", -10, 20, {6, 0, 15, NONE}, 24, "maximum"},
	{"tenths of a unit", 0, 0.3, {0.1, 0, 0.3, NONE}, 0.3, "need"},
	{"thirds of a unit", 0, 1, {1.0 / 3.0, 0, 1, 1}, 1, "need"},
};

static void
test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		SaOrderReason reason;
		double quantity;

		CHECK_ROW(sa_order_constrained(rows[i].position, rows[i].order_up_to, &rows[i].limits,
									   &quantity, &reason) == SA_MATHS_FINE,
				  rows[i].step);
		CHECK_ROW(fabs(quantity - rows[i].quantity) < 1e-12, rows[i].step);
		CHECK_ROW(strcmp(sa_order_reason_name(reason), rows[i].reason) == 0, rows[i].step);
	}
}

/* Whatever the numbers: packs, minimum and room hold, and the reason is the one. */
static void
test_promises(void)
{
	srand(11);
	for (int i = 0; i < 20000; i++)
	{
		double position = rand() % 60 - 20;
		double up_to = position + rand() % 60 - 10;
		SaStockLimits limits = {rand() % 7, rand() % 20, rand() % 80 - 5, rand() % 80};
		double stock_room;
		double shelf_room;
		SaOrderReason reason;
		double q;

		if (rand() % 3 == 0)
			limits.max_stock = NONE;
		if (rand() % 3 == 0)
			limits.shelf_life_demand = NONE;
		stock_room = limits.max_stock - position;
		shelf_room = fmax(0.0, limits.shelf_life_demand - position);
		CHECK(sa_order_constrained(position, up_to, &limits, &q, &reason) == SA_MATHS_FINE);
		CHECK(limits.pack == 0.0 || fmod(q, limits.pack) == 0.0);
		CHECK(q == 0.0 || (q >= limits.minimum && q <= stock_room && q <= shelf_room));
		CHECK((reason == SA_ORDER_NO_NEED) == (up_to <= position));
		if (reason == SA_ORDER_NEED || reason == SA_ORDER_PACK || reason == SA_ORDER_MINIMUM)
			CHECK(q >= up_to - position);
		if (reason == SA_ORDER_SHELF_LIFE)
			CHECK(shelf_room < stock_room);
		if (reason == SA_ORDER_MAXIMUM)
			CHECK(stock_room <= shelf_room);
	}
}

static void
test_refusals(void)
{
	SaStockLimits fine = {0, 0, NONE, NONE};
	SaStockLimits pack = {-1, 0, NONE, NONE};
	SaStockLimits minimum = {0, NAN, NONE, NONE};
	SaStockLimits maximum = {0, 0, NAN, NONE};
	SaStockLimits below = {0, 0, -HUGE_VAL, NONE};
	SaStockLimits shelf = {0, 0, NONE, -1};
	SaOrderReason reason;
	double q;

	CHECK_STR(sa_order_constrained(NAN, 1, &fine, &q, &reason), "inventory_position");
	CHECK_STR(sa_order_constrained(1, INFINITY, &fine, &q, &reason), "order_up_to");
	CHECK_STR(sa_order_constrained(-1e308, 1e308, &fine, &q, &reason), "order_up_to");
	CHECK_STR(sa_order_constrained(1, 2, &pack, &q, &reason), "pack");
	CHECK_STR(sa_order_constrained(1, 2, &minimum, &q, &reason), "moq");
	CHECK_STR(sa_order_constrained(1, 2, &maximum, &q, &reason), "max_stock");
	CHECK_STR(sa_order_constrained(1, 2, &below, &q, &reason), "max_stock");
	CHECK_STR(sa_order_constrained(1, 2, &shelf, &q, &reason), "shelf_life_demand");
}

int
main(void)
{
	test_rows();
	test_promises();
	test_refusals();
	return unit_end();
}
