/* The state of a pair's demand: replay, continuation, days that do not count. */
#include <stdlib.h>

#include "pure/demand_measure.h"
#include "unit.h"

#define DAYS 400

static double units[DAYS];
static double out_share[DAYS];

static SaHistoryDays
history(int32_t first, int32_t count)
{
	SaHistoryDays days = {first, count, units, out_share};

	return days;
}

static void
clear(void)
{
	memset(units, 0, sizeof(units));
	memset(out_share, 0, sizeof(out_share));
}

static void
fill_shop(unsigned seed)
{
	srand(seed);
	clear();
	for (int i = 0; i < DAYS; i++)
	{
		units[i] = rand() % 3 == 0 ? rand() % 7 : 0;
		out_share[i] = rand() % 10 == 0 ? (rand() % 101) / 100.0 : 0.0;
	}
}

static void
check_weekdays(void)
{
	CHECK_INT(sa_weekday(2), 0);      /* 2000-01-03, a Monday */
	CHECK_INT(sa_weekday(0), 5);      /* 2000-01-01, a Saturday */
	CHECK_INT(sa_weekday(-10957), 3); /* 1970-01-01, a Thursday */
	CHECK_INT(sa_weekday(9821), 5);   /* 2026-11-21, a Saturday */
}

/* A shop that sells 7 on each Saturday and 1 on other days, from the profile it has: no error at
 * all. */
static void
check_perfect_week(void)
{
	double profile[SA_WEEK] = {7.0 / 13, 7.0 / 13,  7.0 / 13, 7.0 / 13,
							   7.0 / 13, 49.0 / 13, 7.0 / 13};
	SaHistoryDays days = history(2, 56);
	SaDemandState s;
	SaDemandMeasure m;

	clear();
	for (int i = 0; i < 56; i++)
		units[i] = sa_weekday(2 + i) == 5 ? 7.0 : 1.0;
	CHECK(sa_demand_replay(&days, profile, 57, &s));
	CHECK_INT(s.exposed_days, 56);
	CHECK_INT(s.sales, 56);
	CHECK_INT(s.first_sale, 2);
	CHECK_INT(s.last_sale, 57);
	CHECK_INT(s.last_day, 57);
	CHECK(s.mse < 1e-20);
	CHECK(fabs(s.esw.level - 13.0 / 7) < 1e-12);
	CHECK(s.size_sum == 104.0 && s.size_squares == 8 * 49 + 48);
	sa_demand_measure(&s, NULL, 58, &m);
	CHECK(m.method == SA_METHOD_ESW);
	CHECK(fabs(m.velocity - 13.0 / 7) < 1e-12);
}

static void
check_continued(void)
{
	for (unsigned seed = 1; seed <= 50; seed++)
	{
		double profile[SA_WEEK] = {1.0, 1.2, 0.8, 1.0, 1.5, 1.5, 0.0};
		const double *p = seed % 2 ? profile : NULL;
		int32_t cut = 60 + (int32_t) seed * 5;
		SaHistoryDays all = history(100, DAYS);
		SaDemandState whole;
		SaDemandState parts;

		fill_shop(seed);
		CHECK(sa_demand_replay(&all, p, 100 + DAYS - 1, &whole));
		CHECK(sa_demand_replay(&all, p, cut + 100, &parts));
		CHECK(parts.exposed_days >= SA_START_DAYS);
		sa_demand_continue(&parts, &all, p, 100 + DAYS - 1);
		CHECK(whole.esw.level == parts.esw.level && whole.mse == parts.mse);
		CHECK(whole.tsb.probability == parts.tsb.probability && whole.tsb.size == parts.tsb.size);
		CHECK(whole.exposed_days == parts.exposed_days && whole.sales == parts.sales);
		CHECK(memcmp(whole.esw.season, parts.esw.season, sizeof(whole.esw.season)) == 0);
		CHECK(isfinite(whole.mse) && whole.mse >= 0.0);
	}
}

/* Days out of stock are no days without demand. */
static void
check_absence(void)
{
	SaHistoryDays days = history(2, 120);
	SaDemandState in_stock;
	SaDemandState gaps;

	clear();
	for (int i = 0; i < 40; i++)
		units[i] = 4.0;
	CHECK(sa_demand_replay(&days, NULL, 41, &in_stock));
	for (int i = 40; i < 120; i++)
		out_share[i] = 1.0;
	CHECK(sa_demand_replay(&days, NULL, 121, &gaps));
	CHECK(gaps.esw.level == in_stock.esw.level && gaps.exposed_days == 40);
	CHECK_INT(gaps.last_day, 121);
	/* The same days with stock: nobody wants it any more. */
	for (int i = 40; i < 120; i++)
		out_share[i] = 0.0;
	CHECK(sa_demand_replay(&days, NULL, 121, &gaps));
	CHECK(sa_esw_velocity(&gaps.esw) < 0.1 && gaps.exposed_days == 120);
	/* Sold out by noon every day: more would have gone. */
	for (int i = 0; i < 40; i++)
		out_share[i] = 0.5;
	CHECK(sa_demand_replay(&days, NULL, 41, &gaps));
	CHECK(gaps.esw.level > 4.0);
}

static void
check_closed(void)
{
	double profile[SA_WEEK] = {7.0 / 6, 7.0 / 6, 7.0 / 6, 7.0 / 6, 7.0 / 6, 7.0 / 6, 0.0};
	SaHistoryDays days = history(2, 70);
	SaDemandState s;
	SaDemandMeasure m;

	clear();
	for (int i = 0; i < 70; i++)
		units[i] = sa_weekday(2 + i) == 6 ? 0.0 : 3.0;
	CHECK(sa_demand_replay(&days, profile, 71, &s));
	CHECK_INT(s.exposed_days, 60);
	sa_demand_measure(&s, NULL, 72, &m);
	CHECK(m.velocity > 0.0 && m.velocity <= 3.0);
}

static void
check_edges(void)
{
	SaHistoryDays none = history(0, 0);
	SaHistoryDays days = history(10, 30);
	SaDemandState s;

	clear();
	CHECK(!sa_demand_replay(&none, NULL, 100, &s));
	CHECK(!sa_demand_replay(&days, NULL, 100, &s));
	units[3] = -5.0; /* only returns */
	CHECK(!sa_demand_replay(&days, NULL, 100, &s));
	units[4] = 2.0;
	CHECK(!sa_demand_replay(&days, NULL, 13, &s)); /* before the first sale */
	CHECK(sa_demand_replay(&days, NULL, 14, &s));
	CHECK_INT(s.exposed_days, 1);
	CHECK(s.esw.level == 2.0 && s.tsb.probability == 1.0);
	CHECK(sa_demand_replay(&days, NULL, 5000, &s)); /* long silence */
	CHECK(sa_esw_velocity(&s.esw) < 1e-6);
}

static void
check_methods(void)
{
	SaHistoryDays days = history(2, 300);
	SaDemandPool pool = {1.0, 0.5, 2.0};
	SaDemandState s;
	SaDemandMeasure m;

	clear();
	units[0] = 3.0;
	CHECK(sa_demand_replay(&days, NULL, 11, &s));
	sa_demand_measure(&s, &pool, 12, &m);
	CHECK(m.method == SA_METHOD_SHRUNK);
	/* a = 1/0.25 = 4, b = 4: (4 + 3)/(4 + 10) */
	CHECK(fabs(m.velocity - 0.5) < 1e-12);
	CHECK(m.mse >= 1.0);
	sa_demand_measure(&s, NULL, 12, &m);
	CHECK(fabs(m.velocity - 0.3) < 1e-12);
	/* every tenth day, then silence */
	for (int i = 0; i < 100; i += 10)
		units[i] = 2.0;
	CHECK(sa_demand_replay(&days, NULL, 101, &s));
	sa_demand_measure(&s, NULL, 102, &m);
	CHECK(m.method == SA_METHOD_ESW);
	CHECK(sa_demand_replay(&days, NULL, 150, &s));
	sa_demand_measure(&s, NULL, 151, &m);
	CHECK(m.method == SA_METHOD_TSB);
	CHECK(m.mse >= m.velocity && m.velocity > 0.0);
	CHECK_STR(sa_demand_method_name(m.method), "tsb");
}

int
main(void)
{
	check_weekdays();
	check_perfect_week();
	check_continued();
	check_absence();
	check_closed();
	check_edges();
	check_methods();
	return unit_end();
}
