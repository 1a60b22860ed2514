/*
 * interest.c: the reasons against telling, in their order; the first counts.
 */
#include "pure/interest.h"

#include <stddef.h>
#include <string.h>

typedef struct NewsName
{
	const char *event;
	SaNewsKind kind;
} NewsName;

static const NewsName news_names[] = {
	{"opened", SA_NEWS_CHANGE},       {"worsened", SA_NEWS_CHANGE},
	{"reopened", SA_NEWS_CHANGE},     {"crossed", SA_NEWS_CROSSED},
	{"escalated", SA_NEWS_ESCALATED}, {"reminder", SA_NEWS_REMINDER},
	{"resolved", SA_NEWS_RESOLVED},   {"standing", SA_NEWS_STANDING},
};

bool
sa_news_kind(const char *event, SaNewsKind *kind)
{
	for (size_t i = 0; i < sizeof(news_names) / sizeof(news_names[0]); i++)
	{
		if (strcmp(news_names[i].event, event) == 0)
		{
			*kind = news_names[i].kind;
			return true;
		}
	}
	return false;
}

/* Back in stock: for whoever was told that it was low, and once. */
static const char *
about_return(const SaInterest *i)
{
	if (!i->resolved)
		return "open again";
	if (!i->told && !i->in_flight)
		return "never told of it";
	if ((i->told && i->told_return) || i->return_waiting)
		return "already told";
	return NULL;
}

static const char *
about_escalation(const SaInterest *i)
{
	if (i->news == SA_NEWS_ESCALATED)
	{
		if (!i->for_escalations)
			return "not for escalations";
		return i->acknowledged_later ? "acknowledged" : NULL;
	}
	return i->for_escalations && !i->escalated ? "not escalated" : NULL;
}

/* Whether it concerns them at all, whatever they were told. */
static const char *
about_concern(const SaInterest *i)
{
	const char *reason = about_escalation(i);

	if (reason != NULL)
		return reason;
	if (i->rank < i->minimum_rank)
		return "below minimum severity";
	if (i->news != SA_NEWS_CROSSED && i->above_own)
		return "above own threshold";
	if (i->fallback && i->somebody_else)
		return "somebody else is told";
	return NULL;
}

/* The 24-hour rule: only worse news breaks it. */
static const char *
about_repeating(const SaInterest *i)
{
	if (i->told && i->rank <= i->told_rank && i->occurred_at < i->told_at + i->repeat_after)
		return "told already";
	if (i->waiting_rank > 0 && i->rank <= i->waiting_rank &&
		i->occurred_at < i->waiting_at + i->repeat_after)
		return "about to be told";
	return NULL;
}

const char *
sa_interest_verdict(const SaInterest *i)
{
	const char *reason;

	if (!i->person_enabled)
		return "subscriber disabled";
	if (!i->contact_enabled)
		return "contact disabled";
	if (i->suppressed != NULL)
		return i->suppressed;
	if (!i->in_locations)
		return "other locations";
	if (!i->in_categories)
		return "other categories";
	if (i->news == SA_NEWS_RESOLVED)
		return about_return(i);
	if (i->resolved)
		return "resolved meanwhile";
	if (i->news == SA_NEWS_REMINDER && i->acknowledged)
		return "acknowledged";
	reason = about_concern(i);
	if (reason != NULL || i->news == SA_NEWS_REMINDER || i->news == SA_NEWS_ESCALATED ||
		i->news == SA_NEWS_STANDING)
		return reason;
	return about_repeating(i);
}
