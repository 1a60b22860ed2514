/*
 * test_interest.c: each reason against telling, one at a time and in their order.
 */
#include <string.h>

#include "pure/interest.h"
#include "unit.h"

#define HOUR 3600LL

/* A change to low, told to nobody yet; all is in favour of telling. */
static SaInterest
make_interest(void)
{
	SaInterest i = {0};

	i.news = SA_NEWS_CHANGE;
	i.rank = 1;
	i.minimum_rank = 1;
	i.occurred_at = 100 * HOUR;
	i.person_enabled = i.contact_enabled = i.in_locations = i.in_categories = true;
	i.repeat_after = 24 * HOUR;
	return i;
}

static bool
says(const SaInterest *i, const char *reason)
{
	const char *verdict = sa_interest_verdict(i);

	if (verdict == NULL || reason == NULL)
		return verdict == reason;
	return strcmp(verdict, reason) == 0;
}

static void
check_order(void)
{
	SaInterest i = make_interest();

	CHECK(says(&i, NULL));
	i.told = true;
	i.told_rank = 1;
	i.told_at = 90 * HOUR;
	CHECK(says(&i, "told already"));
	i.fallback = i.somebody_else = true;
	CHECK(says(&i, "somebody else is told"));
	i.above_own = true;
	CHECK(says(&i, "above own threshold"));
	i.minimum_rank = 2;
	CHECK(says(&i, "below minimum severity"));
	i.for_escalations = true;
	CHECK(says(&i, "not escalated"));
	i.resolved = true;
	CHECK(says(&i, "resolved meanwhile"));
	i.in_categories = false;
	CHECK(says(&i, "other categories"));
	i.in_locations = false;
	CHECK(says(&i, "other locations"));
	i.suppressed = "answered STOP";
	CHECK(says(&i, "answered STOP"));
	i.contact_enabled = false;
	CHECK(says(&i, "contact disabled"));
	i.person_enabled = false;
	CHECK(says(&i, "subscriber disabled"));
}

static void
check_repeating(void)
{
	SaInterest i = make_interest();

	i.told = true;
	i.told_rank = 1;
	i.told_at = 76 * HOUR;
	CHECK(says(&i, NULL));
	i.told_at++;
	CHECK(says(&i, "told already"));
	i.rank = 2;
	CHECK(says(&i, NULL));
	i.waiting_rank = 2;
	i.waiting_at = 99 * HOUR;
	CHECK(says(&i, "about to be told"));
	i.waiting_at = 76 * HOUR;
	CHECK(says(&i, NULL));
	i.waiting_at++;
	i.rank = 3;
	CHECK(says(&i, NULL));
	i.rank = 1;
	i.news = SA_NEWS_REMINDER;
	CHECK(says(&i, NULL));
	i.acknowledged = true;
	CHECK(says(&i, "acknowledged"));
	i.news = SA_NEWS_STANDING;
	CHECK(says(&i, NULL));
	i.news = SA_NEWS_CHANGE;
	CHECK(says(&i, "told already"));
}

static void
check_escalation(void)
{
	SaInterest i = make_interest();

	i.for_escalations = true;
	CHECK(says(&i, "not escalated"));
	i.escalated = true;
	CHECK(says(&i, NULL));
	i.told = true;
	i.told_rank = 3;
	i.told_at = i.occurred_at;
	CHECK(says(&i, "told already"));
	i.news = SA_NEWS_ESCALATED;
	CHECK(says(&i, NULL));
	/* Before it was escalated does not count against it. */
	i.acknowledged = true;
	CHECK(says(&i, NULL));
	i.acknowledged_later = true;
	CHECK(says(&i, "acknowledged"));
	i.for_escalations = false;
	CHECK(says(&i, "not for escalations"));
}

static void
check_return(void)
{
	SaInterest i = make_interest();

	i.news = SA_NEWS_RESOLVED;
	i.rank = 0;
	i.minimum_rank = 3;
	i.above_own = i.fallback = i.somebody_else = i.for_escalations = true;
	CHECK(says(&i, "open again"));
	i.resolved = true;
	CHECK(says(&i, "never told of it"));
	i.in_flight = true;
	CHECK(says(&i, NULL));
	i.return_waiting = true;
	CHECK(says(&i, "already told"));
	i.return_waiting = i.in_flight = false;
	i.told = true;
	CHECK(says(&i, NULL));
	i.told_return = true;
	CHECK(says(&i, "already told"));
}

static void
check_own(void)
{
	SaInterest i = make_interest();

	i.above_own = true;
	CHECK(says(&i, "above own threshold"));
	i.news = SA_NEWS_CROSSED;
	CHECK(says(&i, NULL));
	i.fallback = true;
	CHECK(says(&i, NULL));
	i.somebody_else = true;
	CHECK(says(&i, "somebody else is told"));
}

static void
check_names(void)
{
	SaNewsKind kind;

	CHECK(sa_news_kind("worsened", &kind) && kind == SA_NEWS_CHANGE);
	CHECK(sa_news_kind("standing", &kind) && kind == SA_NEWS_STANDING);
	CHECK(!sa_news_kind("", &kind) && !sa_news_kind("eased", &kind));
}

int
main(void)
{
	check_order();
	check_repeating();
	check_escalation();
	check_return();
	check_own();
	check_names();
	return unit_end();
}
