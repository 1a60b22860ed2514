/*
 * test_demand_class.c: kinds of demand, ABC, XYZ, overstock and dead stock at
 * every edge of their definitions.
 */
#include "unit.h"

#include "pure/demand_class.h"
#include "pure/overstock.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
kind(const double *units, size_t days, double adi_cut, double cv2_cut)
{
	int found = -7;

	CHECK(sa_demand_class(units, days, adi_cut, cv2_cut, &found) == SA_MATHS_FINE);
	return sa_demand_class_name(found) ? sa_demand_class_name(found) : "none";
}

static void
test_demand_class(void)
{
	static const double sparse[] = {0, 0, 4, 0, -1, 2, 0, 0};
	static const double steady[] = {1, 1, 1, 1};
	static const double erratic[] = {1, 1, 9, 1};
	static const double lumpy[] = {0, 1, 0, 9, 0, 1};
	double x;
	int found;

	/* The last of two sales on day 6; sizes 4 and 2: sd^2 2, mean 3. */
	(void) sa_adi(sparse, COUNT(sparse), &x);
	CHECK(x == 3.0);
	(void) sa_cv2(sparse, COUNT(sparse), &x);
	CHECK_CLOSE(x, 2.0 / 9, 1e-15);
	CHECK_STR(kind(sparse, COUNT(sparse), 1.32, 0.49), "intermittent");
	CHECK_STR(kind(steady, COUNT(steady), 1.32, 0.49), "smooth");
	CHECK_STR(kind(erratic, COUNT(erratic), 1.32, 0.49), "erratic");
	CHECK_STR(kind(lumpy, COUNT(lumpy), 1.32, 0.49), "lumpy");
	/* At the cut is below the cut. */
	CHECK_STR(kind(sparse, COUNT(sparse), 3, 2.0 / 9), "smooth");
	CHECK_STR(kind(sparse, COUNT(sparse), 3 - 1e-9, 2.0 / 9 - 1e-9), "lumpy");
	/* One sale is too few, and so is none. */
	CHECK_STR(kind(sparse, 5, 1.32, 0.49), "none");
	CHECK_STR(kind(NULL, 0, 1.32, 0.49), "none");
	(void) sa_adi(sparse, 5, &x);
	CHECK(isnan(x));
	(void) sa_cv2(sparse, 5, &x);
	CHECK(isnan(x));
	CHECK_STR(sa_adi((double[]){NAN}, 1, &x), "history");
	CHECK_STR(sa_cv2((double[]){INFINITY}, 1, &x), "history");
	CHECK_STR(sa_demand_class(sparse, 8, NAN, 0.49, &found), "adi_cut");
	CHECK_STR(sa_demand_class(sparse, 8, 1, -1, &found), "cv2_cut");
	CHECK_STR(sa_demand_class((double[]){NAN}, 1, 1, 1, &found), "history");
}

static char
xyz(const double *totals, size_t count)
{
	char class = '?';

	CHECK(sa_xyz_class(totals, count, 0.5, 1, &class) == SA_MATHS_FINE);
	return class;
}

static void
test_xyz(void)
{
	char class;
	double x;

	/* sd/mean: 2/4, 1, sqrt(3) */
	CHECK(xyz((double[]){2, 4, 6}, 3) == 'X');
	CHECK(xyz((double[]){0, 1, 2}, 3) == 'Y');
	CHECK(xyz((double[]){0, 0, 3}, 3) == 'Z');
	CHECK(xyz((double[]){2, 4, 6.01}, 3) == 'Y');
	CHECK(xyz((double[]){5}, 1) == 0);
	CHECK(xyz(NULL, 0) == 0);
	CHECK(xyz((double[]){0, 0}, 2) == 0);
	/* Returns that cancel sales, whatever their order. */
	CHECK(xyz((double[]){0, 36, 0, 0, -35, 0, 1, -2}, 8) == 0);
	CHECK(xyz((double[]){3, -5}, 2) == 0);
	(void) sa_variation((double[]){0, 0, 3}, 3, &x);
	CHECK_CLOSE(x, sqrt(3.0), 1e-15);
	CHECK_STR(sa_variation((double[]){NAN}, 1, &x), "weekly");
	CHECK_STR(sa_xyz_class((double[]){1, 2}, 2, -1, 1, &class), "x_cut");
	CHECK_STR(sa_xyz_class((double[]){1, 2}, 2, 1, 0.5, &class), "y_cut");
}

static void
test_abc(void)
{
	SaAbcItem items[] = {{"d", 5, 0}, {"b", 10, 1}, {"c", 80, 2}, {"a", 5, 3}};
	SaAbcItem loss[] = {{"a", 5, 0}, {"b", -5, 1}};
	SaAbcItem returned[] = {{"a", 5, 0}, {NULL, -1, 1}, {"c", -1, 2}};
	SaAbcItem pennies[1001];
	char class;

	(void) sa_abc_class(0.8 - 1e-16, 0.8, 0.95, &class);
	CHECK(class == 'A');
	(void) sa_abc_class(0.8, 0.8, 0.95, &class);
	CHECK(class == 'B');
	(void) sa_abc_class(0.95, 0.8, 0.95, &class);
	CHECK(class == 'C');
	(void) sa_abc_class(0, 0, 0, &class);
	CHECK(class == 'C');
	CHECK_STR(sa_abc_class(NAN, 0.8, 0.95, &class), "cumulative_share_before");
	CHECK_STR(sa_abc_class(0, INFINITY, 0.95, &class), "a_cut");
	CHECK_STR(sa_abc_class(0, 0.8, 0.7, &class), "b_cut");

	/* 80 of 100 cross nothing: the next is at the cut; equal ones by key. */
	CHECK(sa_abc_classes(items, 4, 0.8, 0.95) == SA_MATHS_FINE);
	CHECK_STR(items[0].key, "c");
	CHECK_STR(items[2].key, "a");
	CHECK_STR(items[3].key, "d");
	CHECK(items[0].class == 'A' && items[1].class == 'B');
	CHECK(items[2].class == 'B' && items[3].class == 'C');
	CHECK(items[3].before == 0.95 && items[3].cumulated == 1.0 && items[3].share == 0.05);
	CHECK(sa_abc_classes(loss, 2, 0.8, 0.95) == SA_MATHS_FINE);
	CHECK(loss[0].class == 0 && loss[1].class == 0 && isnan(loss[0].share));
	CHECK(sa_abc_classes(returned, 3, 0.8, 0.95) == SA_MATHS_FINE);
	CHECK(returned[0].class == 'A' && returned[1].class == 'C' && returned[2].key == NULL);
	CHECK(sa_abc_classes(NULL, 0, 0.8, 0.95) == SA_MATHS_FINE);
	loss[0].value = NAN;
	CHECK_STR(sa_abc_classes(loss, 2, 0.8, 0.95), "values");
	CHECK_STR(sa_abc_classes(items, 4, 0.8, 0.5), "b_cut");
	/* 1000 times 0.1 beside 400: shares of 0.8 and 0.2 to the last digit. */
	for (int i = 0; i < 1001; i++)
		pennies[i] = (SaAbcItem){.key = "x", .value = i == 0 ? 400 : 0.1, .place = i};
	CHECK(sa_abc_classes(pennies, 1001, 0.8, 0.95) == SA_MATHS_FINE);
	CHECK(pennies[1].before == 0.8 && pennies[1].class == 'B');
	CHECK(pennies[1000].cumulated == 1.0);
}

static void
test_overstock(void)
{
	double x = -7;
	bool dead = true;

	(void) sa_overstock(100, 20, 70, 2, 30, &x);
	CHECK(x == 50.0);
	(void) sa_overstock(100, 20, 30, 2, 30, &x);
	CHECK(x == 60.0);
	(void) sa_overstock(50, 0, 30, 2, 30, &x);
	CHECK(x == 0.0);
	(void) sa_overstock(-5, 10, -100, 0, 30, &x);
	CHECK(x == 5.0);
	CHECK_STR(sa_overstock(NAN, 0, 0, 0, 0, &x), "on_hand");
	CHECK_STR(sa_overstock(0, -1, 0, 0, 0, &x), "on_order");
	CHECK_STR(sa_overstock(0, 0, NAN, 0, 0, &x), "order_up_to");
	CHECK_STR(sa_overstock(0, 0, 0, -1, 0, &x), "velocity");
	CHECK_STR(sa_overstock(0, 0, 0, 0, INFINITY, &x), "target_days");
	(void) sa_excess_days(100, 2, 30, &x);
	CHECK(x == 20.0);
	(void) sa_excess_days(10, 2, 30, &x);
	CHECK(x == -25.0);
	(void) sa_excess_days(10, 0, 30, &x);
	CHECK(isinf(x));
	(void) sa_excess_days(-10, 2, 30, &x);
	CHECK(x == -30.0);
	CHECK_STR(sa_excess_days(1, 1, -1, &x), "target_days");
	CHECK_STR(sa_excess_days(1, -1, 1, &x), "velocity");

	(void) sa_economic_stock_years(10, 4, 0.25, 20, 100, 500, &x);
	CHECK_CLOSE(x, 6.2 / 2.5 + 0.1, 1e-15);
	CHECK_STR(sa_economic_stock_years(0, 4, 0.25, 20, 100, 500, &x), "unit_value");
	CHECK_STR(sa_economic_stock_years(10, NAN, 0.25, 20, 100, 500, &x), "salvage_value");
	CHECK_STR(sa_economic_stock_years(10, 4, 0, 20, 100, 500, &x), "holding_rate");
	CHECK_STR(sa_economic_stock_years(10, 4, 1, -1, 100, 500, &x), "order_cost");
	CHECK_STR(sa_economic_stock_years(10, 4, 1, 1, 0, 500, &x), "order_quantity");
	CHECK_STR(sa_economic_stock_years(10, 4, 1, 1, 1, 0, &x), "yearly_demand");

	(void) sa_is_dead_stock(1, 90, 90, 90, &dead);
	CHECK(dead);
	(void) sa_is_dead_stock(1, 89, 400, 90, &dead);
	CHECK(!dead);
	(void) sa_is_dead_stock(1, 400, 89, 90, &dead);
	CHECK(!dead);
	(void) sa_is_dead_stock(0, 400, 400, 90, &dead);
	CHECK(!dead);
	CHECK_STR(sa_is_dead_stock(NAN, 1, 1, 90, &dead), "on_hand");
	CHECK_STR(sa_is_dead_stock(1, 1, 1, 0, &dead), "dead_days");
	/* exp(-0.1 x 47) < 0.01 < exp(-0.1 x 46) */
	(void) sa_is_dead_by_velocity(1, 0.1, 47, 0.01, &dead);
	CHECK(dead);
	(void) sa_is_dead_by_velocity(1, 0.1, 46, 0.01, &dead);
	CHECK(!dead);
	(void) sa_is_dead_by_velocity(0, 0.1, 47, 0.01, &dead);
	CHECK(!dead);
	(void) sa_is_dead_by_velocity(1, 0, 1e6, 0.01, &dead);
	CHECK(!dead);
	CHECK_STR(sa_is_dead_by_velocity(NAN, 0.1, 47, 0.01, &dead), "on_hand");
	CHECK_STR(sa_is_dead_by_velocity(1, 0.1, 47, 1, &dead), "threshold");
	CHECK_STR(sa_is_dead_by_velocity(1, 0.1, -1, 0.5, &dead), "days");
}

int
main(void)
{
	test_demand_class();
	test_xyz();
	test_abc();
	test_overstock();
	return unit_end();
}
