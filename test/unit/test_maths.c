/*
 * test_maths.c: the edge table, printed textbook answers, and invariants.
 */
#include "unit.h"

#include "pure/cover.h"
#include "pure/needs.h"
#include "pure/normal.h"
#include "pure/order.h"
#include "pure/safety.h"
#include "pure/velocity.h"

static void
test_normal(void)
{
	double z;

	/* R 4.2.2 qnorm, pnorm. */
	CHECK(sa_normal_quantile(0.975, &z) == SA_MATHS_FINE);
	CHECK_CLOSE(z, 1.9599639845400542, 1e-15);
	(void) sa_normal_quantile(1e-12, &z);
	CHECK_CLOSE(z, -7.0344838253011321, 1e-15);
	(void) sa_normal_quantile(0.5, &z);
	CHECK(z == 0.0);
	CHECK_STR(sa_normal_quantile(0.0, &z), "probability");
	CHECK_STR(sa_normal_quantile(1.0, &z), "probability");
	CHECK_STR(sa_normal_quantile(NAN, &z), "probability");
	CHECK_CLOSE(sa_normal_upper(4.0), 3.1671241833119924e-05, 1e-15);
	CHECK_CLOSE(sa_normal_loss(4.0) / 7.1452584324056695e-06, 1.0, 1e-12);
	for (double k = -6.0; k < 30.0; k += 0.37)
	{
		double back;

		CHECK_CLOSE(sa_normal_loss(-k) - sa_normal_loss(k), k, 1e-12);
		CHECK(sa_normal_loss_inverse(sa_normal_loss(k), &back) == SA_MATHS_FINE);
		CHECK_CLOSE(back, k, 1e-9);
	}
	/* Both ways of computing the loss meet where one gives over to the other. */
	CHECK_CLOSE(sa_normal_loss(3.0 + 1e-12) / sa_normal_loss(3.0), 1.0, 1e-10);
}

static void
test_velocity(void)
{
	const double h[] = {1, 2, 3, 4, 5, 6};
	const double late[] = {0, 0, 0, 4, 0, 2};
	double returned[] = {5, -3, 4};
	const double bad[] = {1, NAN};
	double v;

	CHECK(sa_velocity_window(h, 6, 3, &v) == SA_MATHS_FINE);
	CHECK_CLOSE(v, 5.0, 1e-15);
	(void) sa_velocity_window(h, 6, 28, &v);
	CHECK_CLOSE(v, 3.5, 1e-15);
	/* Days before the first sale do not count, days after it do. */
	(void) sa_velocity_window(late, 6, 5, &v);
	CHECK_CLOSE(v, 2.0, 1e-15);
	(void) sa_velocity_window(late, 6, 2, &v);
	CHECK_CLOSE(v, 1.0, 1e-15);
	(void) sa_velocity_window(late, 3, 28, &v);
	CHECK(v == 0.0);
	(void) sa_velocity_linear(late, 6, 6, &v);
	CHECK_CLOSE(v, (4.0 + 0.0 + 6.0) / 6.0, 1e-15);
	(void) sa_velocity_spread(late, 6, 6, &v);
	CHECK_CLOSE(v, 2.0, 1e-15);
	(void) sa_velocity_spread(late, 4, 6, &v);
	CHECK(isnan(v));
	(void) sa_velocity_spread(h, 6, 3, &v);
	CHECK_CLOSE(v, 1.0, 1e-15);
	/* Returns: 5 - 3 + 4 over three days, or 5 + 0 + 4. */
	(void) sa_velocity_window(returned, 3, 3, &v);
	CHECK_CLOSE(v, 2.0, 1e-15);
	sa_velocity_clip(returned, 3);
	(void) sa_velocity_window(returned, 3, 3, &v);
	CHECK_CLOSE(v, 3.0, 1e-15);
	(void) sa_velocity_window(h, 0, 28, &v);
	CHECK(v == 0.0);
	(void) sa_velocity_linear(h, 6, 3, &v);
	CHECK_CLOSE(v, (4.0 + 10.0 + 18.0) / 6.0, 1e-15);
	(void) sa_velocity_ewma(h, 3, 0.5, 1, &v);
	CHECK_CLOSE(v, 2.25, 1e-15);
	/* Weights 1, 1/2, 1/4: (3 + 1 + 1/4) / (7/4); and its recursion of the variance by hand. */
	(void) sa_velocity_ewma(h, 3, 0.5, 0, &v);
	CHECK_CLOSE(v, 4.25 / 1.75, 1e-15);
	(void) sa_velocity_ewma(h, 0, 0.5, 0, &v);
	CHECK(v == 0.0);
	(void) sa_velocity_ewma_variance(h, 3, 0.5, &v);
	CHECK_CLOSE(v, 0.5 * (0.25 + 0.5 * 2.25), 1e-15);
	(void) sa_velocity_ewma_variance(h, 0, 0.5, &v);
	CHECK(isnan(v));
	CHECK_STR(sa_velocity_ewma(h, 6, 0.5, -1, &v), "start");
	CHECK_STR(sa_velocity_ewma_variance(h, 6, NAN, &v), "alpha");
	CHECK_STR(sa_velocity_window(bad, 2, 3, &v), "history");
	CHECK_STR(sa_velocity_window(h, 6, 0, &v), "window_days");
	CHECK_STR(sa_velocity_ewma(h, 6, 1.5, 1, &v), "alpha");
	CHECK_STR(sa_velocity_ewma(h, 6, NAN, 1, &v), "alpha");
	(void) sa_velocity_alpha(7, &v);
	CHECK_CLOSE(pow(1.0 - v, 7.0), 0.5, 1e-14);
	(void) sa_velocity_exposed(0, 0, &v);
	CHECK(isnan(v));
}

static void
test_cover(void)
{
	const double profile[] = {1, 2, 3, 0};
	const double tiny[] = {1e-300};
	const double negative[] = {-1};
	double days;
	int day;

	(void) sa_days_of_supply(10, 4, &days);
	CHECK_CLOSE(days, 2.5, 1e-15);
	(void) sa_days_of_supply(10, 0, &days);
	CHECK(isinf(days) && days > 0);
	(void) sa_days_of_supply(0, 0, &days);
	CHECK(days == 0.0);
	(void) sa_days_of_supply(-3, 2, &days);
	CHECK(days == 0.0);
	CHECK_STR(sa_days_of_supply(1, -1, &days), "velocity");
	CHECK_STR(sa_days_of_supply(INFINITY, 1, &days), "on_hand");
	(void) sa_days_of_supply_profile(10, profile, 4, &days);
	CHECK_CLOSE(days, 4 + 2 + 1.0 / 3.0, 1e-14);
	(void) sa_days_of_supply_profile(6e12, profile, 4, &days);
	CHECK_CLOSE(days / 4e12, 1.0, 1e-12);
	(void) sa_days_of_supply_profile(5, profile, 0, &days);
	CHECK(isinf(days));
	/* Used up exactly: the third day takes the last unit. */
	(void) sa_days_of_supply_profile(6, profile, 4, &days);
	CHECK_CLOSE(days, 3.0, 1e-15);
	(void) sa_days_of_supply_profile(12, profile, 4, &days);
	CHECK_CLOSE(days, 7.0, 1e-15);
	(void) sa_days_of_supply_profile(1e300, tiny, 1, &days);
	CHECK(isinf(days));
	CHECK_STR(sa_days_of_supply_profile(1, negative, 1, &days), "forecast");
	(void) sa_stockout_day(10, 4, &day);
	CHECK_INT(day, 2);
	/* 0.6 / 0.2 is 2.9999999999999996. */
	(void) sa_stockout_day(0.6, 0.2, &day);
	CHECK_INT(day, 3);
	(void) sa_stockout_day(1e9, 1, &day);
	CHECK_INT(day, SA_COVER_CAP);
	(void) sa_stockout_day(10, 0, &day);
	CHECK_INT(day, SA_COVER_NEVER);
	(void) sa_stockout_day(0, 0, &day);
	CHECK_INT(day, SA_COVER_NEVER);
	(void) sa_stockout_day(0, 3, &day);
	CHECK_INT(day, 0);
	(void) sa_stockout_day(-1, 0, &day);
	CHECK_INT(day, 0);
	CHECK_STR(sa_stockout_day(1, NAN, &day), "velocity");
	/* The fourth day is met by an empty shelf. */
	(void) sa_stockout_day_profile(6, profile, 4, &day);
	CHECK_INT(day, 4);
	(void) sa_stockout_day_profile(5, profile, 4, &day);
	CHECK_INT(day, 2);
	(void) sa_stockout_day_profile(0, negative, 0, &day);
	CHECK_INT(day, SA_COVER_NEVER);
	(void) sa_stockout_day_profile(-1, profile, 4, &day);
	CHECK_INT(day, 0);
	(void) sa_stockout_day_profile(1e9, profile, 4, &day);
	CHECK_INT(day, SA_COVER_CAP);
}

static void
test_safety(void)
{
	double sigma;
	double x;

	/* Chopra & Meindl, examples 12-3 to 12-6. */
	(void) sa_lead_time_sd(2500, 500, 2, 0, &sigma);
	(void) sa_safety_stock(0.9, sigma, &x);
	CHECK_CLOSE(x, 906.1938024368231, 1e-12);
	(void) sa_expected_shortage(6000, 5000, sigma, &x);
	CHECK_CLOSE(x, 25.12727083000611, 1e-9);
	(void) sa_lead_time_sd(2500, 500, 7, 7, &sigma);
	(void) sa_safety_stock(0.9, sigma, &x);
	CHECK_CLOSE(x, 22491.138696520975, 1e-12);
	(void) sa_lead_time_sd(2500, 500, 2, 0, &sigma);
	(void) sa_safety_stock_fill_rate(0.975, 10000, sigma, 0, &x);
	CHECK_CLOSE(x, 67, 0.01);
	(void) sa_safety_stock(0.5, 10, &x);
	CHECK(x == 0.0 && !signbit(x));
	(void) sa_safety_stock(0.3, 10, &x);
	CHECK(x < 0.0);
	CHECK_STR(sa_safety_stock(1.0, 10, &x), "service_level");
	CHECK_STR(sa_safety_stock(0.9, -1, &x), "sigma");
	CHECK_STR(sa_lead_time_sd(1, -1, 1, 0, &x), "demand_sd");
	CHECK_STR(sa_lead_time_sd(1, 1, -1, 0, &x), "lead_time");
	/* No square overflows on the way. */
	(void) sa_lead_time_sd(1e200, 1e200, 4, 0, &x);
	CHECK_CLOSE(x / 2e200, 1.0, 1e-15);
	(void) sa_lead_time_sd(5, 3, 0, 2, &x);
	CHECK_CLOSE(x, 10.0, 1e-15);
	/* F is the sum of (1 + i alpha)^2. */
	for (int l = 0; l < 40; l++)
	{
		double sum = 0.0;

		for (int i = 0; i < l; i++)
			sum += (1 + 0.1 * i) * (1 + 0.1 * i);
		(void) sa_variance_factor(l, 0.1, &x);
		CHECK_CLOSE(x, sum, 1e-13);
	}
	(void) sa_safety_stock_fill_rate(0.9, 100, 0, 0, &x);
	CHECK(x == 0.0);
	CHECK_STR(sa_safety_stock_fill_rate(1.0, 100, 1, 0, &x), "fill_rate");
}

static void
check_order(double need, double pack, double moq, double room, double quantity, const char *reason)
{
	SaOrderLimits limits = {pack, moq, room};
	SaOrderReason why;
	double q;
	char row[100];

	(void) snprintf(row, sizeof(row), "need %g pack %g moq %g room %g", need, pack, moq, room);
	CHECK_ROW(sa_order_quantity(need, &limits, &q, &why) == SA_MATHS_FINE, row);
	CHECK_ROW(fabs(q - quantity) < 1e-9 * fmax(1.0, quantity), row);
	CHECK_ROW(strcmp(sa_order_reason_name(why), reason) == 0, row);
}

static void
test_order(void)
{
	SaOrderLimits limits = {0, 0, HUGE_VAL};
	SaOrderReason reason;
	double q;

	/* MOQ 15, pack 3: needs of 0, 1, 13, 16 order 0, 15, 15, 18; pack 4, need 1: 16. */
	check_order(0, 3, 15, HUGE_VAL, 0, "no_need");
	check_order(1, 3, 15, HUGE_VAL, 15, "moq");
	check_order(13, 3, 15, HUGE_VAL, 15, "pack");
	check_order(16, 3, 15, HUGE_VAL, 18, "pack");
	check_order(1, 4, 15, HUGE_VAL, 16, "moq");
	check_order(12, 3, 0, HUGE_VAL, 12, "need");
	check_order(-5, 3, 15, HUGE_VAL, 0, "no_need");
	check_order(0.3, 0.1, 0, HUGE_VAL, 0.3, "need");
	check_order(20, 6, 0, 13, 12, "maximum");
	check_order(20, 6, 15, 13, 0, "cap_below_moq");
	check_order(20, 0, 0, -4, 0, "maximum");
	/* 50,000 g bought in pounds to three decimals is 110.232, not 110.231. */
	check_order(50000 / 453.592292197, 0.001, 0, HUGE_VAL, 110.232, "pack");
	/* A relative hair of that many packs is no hair. */
	check_order(1e12, 1, 0, HUGE_VAL, 1e12, "need");
	limits.pack = 1;
	(void) sa_order_quantity(1e12 + 0.5, &limits, &q, &reason);
	CHECK(q == 1e12 + 1.0 && reason == SA_ORDER_PACK);
	limits.pack = 0;
	/* 3 x 0.1 is 0.30000000000000004, and fits under 0.3. */
	check_order(0.3, 0.1, 0, 0.3, 0.3, "need");
	CHECK_STR(sa_order_quantity(NAN, &limits, &q, &reason), "need");
	limits.pack = -1;
	CHECK_STR(sa_order_quantity(1, &limits, &q, &reason), "pack");
	CHECK(sa_economic_order_quantity(8000, 12000, 0.3, &q) == SA_MATHS_FINE);
	CHECK_CLOSE(q, 25298.221281347036, 1e-12);
	(void) sa_economic_order_quantity(1e200, 1e200, 1, &q);
	CHECK_CLOSE(q / sqrt(2.0) / 1e200, 1.0, 1e-15);
	(void) sa_economic_order_quantity(0, 5, 1, &q);
	CHECK(q == 0.0);
	CHECK_STR(sa_economic_order_quantity(1, 1, 0, &q), "holding_cost");
}

static void
test_needs(void)
{
	double x;

	(void) sa_need_order_up_to(5, 5, 20, &x);
	CHECK(x == 15.0);
	(void) sa_need_order_up_to(5.5, 5, 20, &x);
	CHECK(x == 0.0);
	(void) sa_need_order_up_to(-4, 5, 20, &x);
	CHECK(x == 24.0);
	CHECK_STR(sa_need_order_up_to(1, 5, 4, &x), "order_up_to");
	/* Above the reorder point, not at it. */
	(void) sa_need_fixed_quantity(5, 5, 6, &x);
	CHECK(x == 6.0);
	(void) sa_need_fixed_quantity(-7, 5, 6, &x);
	CHECK(x == 18.0);
	(void) sa_need_fixed_quantity(-6, 5, 6, &x);
	CHECK(x == 12.0);
	(void) sa_need_fixed_quantity(0.0, 0.3, 0.1, &x);
	CHECK_CLOSE(x, 0.4, 1e-15);
	(void) sa_need_fixed_quantity(6, 5, 6, &x);
	CHECK(x == 0.0);
	CHECK_STR(sa_need_fixed_quantity(1, 5, 0, &x), "order_quantity");
	(void) sa_need_at_review(7, 20, &x);
	CHECK(x == 13.0);
	(void) sa_need_at_review(25, 20, &x);
	CHECK(x == 0.0);
	CHECK_STR(sa_need_at_review(NAN, 20, &x), "inventory_position");
}

int
main(void)
{
	test_needs();
	test_normal();
	test_velocity();
	test_cover();
	test_safety();
	test_order();
	return unit_end();
}
