/*
 * test_decide.c: transitions, and that the quiet range is quiet.
 */
#include "pure/decide.h"
#include "situations.h"
#include "unit.h"

static unsigned long long state = 2463534242ULL;

static int
random_below(int limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (int) (state % (unsigned long long) limit);
}

/* low 20, critical 5, recovery at 22, in whole units of the fixed point. */
static SaSituation
plain_shop(void)
{
	SaSituation s = {0};

	s.available = 50;
	s.step = 1;
	s.recovery_percent = 10 * SA_QUANTITY_ONE;
	s.active = true;
	s.limits.low = (SaLimit){true, false, 20};
	s.limits.critical = (SaLimit){true, false, 5};
	return s;
}

static void
check_story(void)
{
	static const struct
	{
		int available;
		SaAction action;
		SaClass class;
		int below;
		int above; /* 0: none */
		bool in_band;
	} story[] = {
		{50, SA_ACTION_NONE, SA_CLASS_OK, 19, 0, false},
		{20, SA_ACTION_NONE, SA_CLASS_OK, 19, 0, false},
		{19, SA_ACTION_OPEN, SA_CLASS_LOW, 4, 20, false},
		{12, SA_ACTION_NONE, SA_CLASS_LOW, 4, 20, false},
		{4, SA_ACTION_WORSEN, SA_CLASS_CRITICAL, 0, 5, false},
		{0, SA_ACTION_WORSEN, SA_CLASS_OUT, -1, 1, false},
		{-7, SA_ACTION_NONE, SA_CLASS_OUT, -8, 1, false},
		{6, SA_ACTION_EASE, SA_CLASS_LOW, 4, 20, false},
		{21, SA_ACTION_NONE, SA_CLASS_OK, 19, 22, true},
		{19, SA_ACTION_NONE, SA_CLASS_LOW, 4, 20, false},
		{22, SA_ACTION_RESOLVE, SA_CLASS_OK, 19, 0, false},
		{19, SA_ACTION_REOPEN, SA_CLASS_LOW, 4, 20, false},
		{100, SA_ACTION_RESOLVE, SA_CLASS_OK, 19, 0, false},
	};
	World w = {plain_shop()};

	for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++)
	{
		char row[32];

		(void) snprintf(row, sizeof(row), "step %zu", i);
		w.s.available = story[i].available;
		CHECK_ROW(judge(&w) == story[i].action, row);
		CHECK_ROW(w.last.class == story[i].class, row);
		CHECK_ROW(story[i].available <= 0 ? !w.last.has_quiet_below
										  : w.last.quiet_below == story[i].below,
				  row);
		CHECK_ROW(w.last.has_quiet_above == (story[i].above != 0), row);
		CHECK_ROW(story[i].above == 0 || w.last.quiet_above == story[i].above, row);
		CHECK_ROW(w.last.in_band == story[i].in_band, row);
	}
	w.s.recent = false;
	w.s.available = 3;
	CHECK(judge(&w) == SA_ACTION_OPEN);
	CHECK(w.last.has_threshold && w.last.threshold == 5);
}

/* The threshold named is the one that fired; out fires at 0. */
static void
check_threshold(void)
{
	SaSituation s = plain_shop();
	SaDecision d;

	sa_decide(&s, &d);
	CHECK(!d.has_threshold);
	s.available = 19;
	sa_decide(&s, &d);
	CHECK(d.has_threshold && d.threshold == 20);
	s.available = -3;
	sa_decide(&s, &d);
	CHECK(d.has_threshold && d.threshold == 0);
}

/* Switched off: nothing opens or gets worse, what is open eases and ends, classes go on. */
static void
check_muted(void)
{
	World w = {plain_shop()};

	w.s.muted = true;
	w.s.available = 3;
	CHECK(judge(&w) == SA_ACTION_NONE && w.last.class == SA_CLASS_CRITICAL && !w.s.open);
	w.s.muted = false;
	CHECK(judge(&w) == SA_ACTION_OPEN);
	w.s.muted = true;
	w.s.available = 0;
	CHECK(judge(&w) == SA_ACTION_NONE && w.last.class == SA_CLASS_OUT);
	w.s.available = 10;
	CHECK(judge(&w) == SA_ACTION_EASE);
	w.s.available = 50;
	CHECK(judge(&w) == SA_ACTION_RESOLVE);
	w.s.available = 10;
	CHECK(judge(&w) == SA_ACTION_NONE && w.last.class == SA_CLASS_LOW);
}

/* Threshold 0, or none at all: out is out, and a step clears it. */
static void
check_out_alone(void)
{
	SaSituation s = plain_shop();
	World w;

	s.limits.low.set = s.limits.critical.set = false;
	s.step = 3;
	w = (World){s};
	w.s.available = 1;
	CHECK(judge(&w) == SA_ACTION_NONE);
	w.s.available = 0;
	CHECK(judge(&w) == SA_ACTION_OPEN && w.last.class == SA_CLASS_OUT);
	w.s.available = 2;
	CHECK(judge(&w) == SA_ACTION_NONE && w.last.in_band);
	w.s.available = 3;
	CHECK(judge(&w) == SA_ACTION_RESOLVE);
}

static void
check_hold(void)
{
	World w = {plain_shop()};

	w.s.available = 19;
	CHECK(judge(&w) == SA_ACTION_OPEN);
	resolve_by_hand(&w);
	CHECK(w.last.action == SA_ACTION_NONE && w.s.held);
	w.s.available = 10;
	CHECK(judge(&w) == SA_ACTION_NONE);
	w.s.available = 21;
	CHECK(judge(&w) == SA_ACTION_NONE && w.s.held);
	w.s.available = 19;
	CHECK(judge(&w) == SA_ACTION_NONE && w.s.held);
	/* Worse ends the hold. */
	w.s.available = 4;
	CHECK(judge(&w) == SA_ACTION_REOPEN && w.s.severity == SA_CLASS_CRITICAL);
	resolve_by_hand(&w);
	CHECK(w.s.held);
	/* Recovery ends it too. */
	w.s.available = 22;
	CHECK(judge(&w) == SA_ACTION_RELEASE && !w.s.held);
	w.s.available = 4;
	CHECK(judge(&w) == SA_ACTION_REOPEN);
	/* And time does. */
	resolve_by_hand(&w);
	w.s.held = w.s.recent = false;
	CHECK(judge(&w) == SA_ACTION_OPEN);
}

/* Rule 20; own thresholds 5 and 30, explicit; 50, 25, 18, 4. */
static void
check_own(void)
{
	static const SaQuantity own[] = {30, 5};
	World w = {plain_shop()};

	w.s.limits.critical.set = false;
	w.s.own = own;
	w.s.own_count = 2;
	CHECK(judge(&w) == SA_ACTION_NONE && w.last.quiet_below == 29);
	w.s.available = 25;
	CHECK(judge(&w) == SA_ACTION_NONE && w.last.quiet_below == 19 && w.last.quiet_above == 30);
	w.s.available = 18;
	CHECK(judge(&w) == SA_ACTION_OPEN && w.last.quiet_below == 4);
	w.s.available = 4;
	CHECK(judge(&w) == SA_ACTION_CROSS && w.last.quiet_below == 0);
	CHECK(judge(&w) == SA_ACTION_NONE);
	w.s.available = 6;
	CHECK(judge(&w) == SA_ACTION_NONE);
	w.s.available = 4;
	CHECK(judge(&w) == SA_ACTION_CROSS);
}

static void
check_inactive(void)
{
	World w = {plain_shop()};

	w.s.available = -5;
	CHECK(judge(&w) == SA_ACTION_OPEN);
	w.s.active = false;
	CHECK(judge(&w) == SA_ACTION_RESOLVE);
	CHECK(!w.last.has_quiet_above && !w.last.has_quiet_below);
	w.s.active = true;
	CHECK(judge(&w) == SA_ACTION_REOPEN);
}

static SaLimit
random_limit(int from, int span)
{
	SaLimit limit = {random_below(3) > 0, random_below(2), from + random_below(span)};

	return limit;
}

static void
random_world(World *w, SaQuantity own[3])
{
	static const int percents[] = {0, 10, 50, 100};

	memset(w, 0, sizeof(*w));
	w->s.available = random_below(30) - 3;
	w->s.step = 1 + random_below(4);
	w->s.recovery_percent = percents[random_below(4)] * SA_QUANTITY_ONE;
	w->s.active = random_below(20) > 0;
	w->s.limits.critical = random_limit(0, 8);
	w->s.limits.low =
		random_limit(w->s.limits.critical.set ? 1 + (int) w->s.limits.critical.value : 0, 8);
	w->s.limits.maximum = random_limit(17, 8);
	w->s.own = own;
	w->s.own_count = random_below(4);
	for (int i = 0; i < 3; i++)
		own[i] = random_below(20);
}

/* Strictly inside the quiet range: same class, nothing to do, same range. */
static void
check_inside(const World *w)
{
	SaQuantity from = w->last.has_quiet_below ? w->last.quiet_below + 1 : w->s.available - 5;
	SaQuantity to = w->last.has_quiet_above ? w->last.quiet_above - 1 : w->s.available + 5;

	CHECK(w->s.available >= from && w->s.available <= to);
	for (SaQuantity at = from; at <= to; at++)
	{
		SaSituation s = w->s;
		SaDecision d;

		s.available = at;
		sa_decide(&s, &d);
		CHECK(d.class == w->last.class);
		CHECK(d.action == SA_ACTION_NONE);
		CHECK(d.in_band == w->last.in_band || w->last.action == SA_ACTION_RESOLVE);
		CHECK(d.has_quiet_below == w->last.has_quiet_below &&
			  (!d.has_quiet_below || d.quiet_below == w->last.quiet_below));
		CHECK(d.has_quiet_above == w->last.has_quiet_above &&
			  (!d.has_quiet_above || d.quiet_above == w->last.quiet_above));
	}
}

/* Without own thresholds the range is no narrower than it must be. */
static void
check_tight(const World *w)
{
	for (int side = 0; side < 2; side++)
	{
		SaSituation s = w->s;
		SaDecision d;

		if (w->s.own_count > 0 || !(side == 0 ? w->last.has_quiet_below : w->last.has_quiet_above))
			continue;
		s.available = side == 0 ? w->last.quiet_below : w->last.quiet_above;
		sa_decide(&s, &d);
		CHECK(d.class != w->last.class || d.action != SA_ACTION_NONE || d.in_band ||
			  w->last.in_band);
	}
}

/* One life: both shops see the same, one of them looking less often. */
static void
check_life(void)
{
	SaQuantity own[3];
	World always;
	World seldom;

	random_world(&always, own);
	seldom = always;
	CHECK(judge(&always) == judge(&seldom));
	for (int step = 0; step < 40; step++)
	{
		int event = random_below(20);

		if (event == 0)
		{
			resolve_by_hand(&always);
			resolve_by_hand(&seldom);
		}
		else if (event == 1)
			always.s.recent = seldom.s.recent = false;
		else if (event == 2 && always.s.held)
		{
			always.s.held = seldom.s.held = false;
			CHECK(judge(&always) == judge(&seldom));
		}
		else
		{
			always.s.available = random_below(2) > 0 ? random_below(30) - 3
													 : always.s.available + random_below(5) - 2;
			seldom.s.available = always.s.available;
			CHECK(judge(&always) == judge_if_needed(&seldom));
		}
		CHECK(always.last.class == seldom.last.class);
		CHECK(always.s.open == seldom.s.open && always.s.held == seldom.s.held);
		CHECK(!always.s.open || always.s.severity == seldom.s.severity);
		check_inside(&seldom);
		check_tight(&seldom);
		/* Low is either told or held. */
		CHECK(seldom.last.class <= SA_CLASS_OK || seldom.s.open || seldom.s.held);
	}
	CHECK(seldom.judged <= always.judged);
}

/* Every value of every limit on a small grid, every stock, every state of the alert. */
static void
check_grid(void)
{
	for (int bits = 0; bits < 64; bits++)
		for (int low = 0; low <= 4; low++)
			for (int critical = 0; critical <= low; critical++)
				for (int available = -1; available <= 7; available++)
					for (int severity = 1; severity <= 3; severity++)
					{
						World w = {{0}};

						w.s.available = available;
						w.s.step = 1;
						w.s.recovery_percent = 50 * SA_QUANTITY_ONE;
						w.s.active = true;
						w.s.limits.low = (SaLimit){bits & 1, bits & 4, low};
						w.s.limits.critical = (SaLimit){bits & 2, bits & 4, critical};
						w.s.has_alert = (bits & 56) != 0;
						w.s.open = bits & 8;
						w.s.held = !w.s.open && (bits & 16);
						w.s.recent = !w.s.open && (bits & 32);
						w.s.severity = (SaClass) severity;
						(void) judge(&w);
						check_inside(&w);
						check_tight(&w);
						CHECK(w.last.class <= SA_CLASS_OK || w.s.open || w.s.held);
						CHECK(!w.s.open || w.last.class <= SA_CLASS_OK ||
							  w.s.severity == w.last.class);
					}
}

/* The greatest quantities there are: no overflow, and the same meaning. */
static void
check_greatest(void)
{
	SaSituation s = plain_shop();
	World w;

	s.limits.low.value = SA_QUANTITY_LIMIT - 1;
	s.recovery_percent = 100 * SA_QUANTITY_ONE;
	s.available = SA_QUANTITY_LIMIT - 1;
	w = (World){s};
	CHECK(judge(&w) == SA_ACTION_NONE);
	CHECK(w.last.quiet_below == SA_QUANTITY_LIMIT - 2);
	w.s.available--;
	CHECK(judge(&w) == SA_ACTION_OPEN);
	w.s.available = 2 * (1 - SA_QUANTITY_LIMIT);
	CHECK(judge(&w) == SA_ACTION_WORSEN && w.last.class == SA_CLASS_OUT);
	CHECK(sa_recovery_point(&s) == 2 * (SA_QUANTITY_LIMIT - 1));
}

int
main(void)
{
	check_story();
	check_threshold();
	check_muted();
	check_out_alone();
	check_hold();
	check_own();
	check_inactive();
	for (int i = 0; i < 20000; i++)
		check_life();
	check_grid();
	check_greatest();
	CHECK_STR(sa_action_name(SA_ACTION_NONE), "none");
	CHECK_STR(sa_action_name(SA_ACTION_RELEASE), "release");
	return unit_end();
}
