/*
 * interest.h: whether one contact is told of one event of an alert, or the one
 * reason why not.
 *
 * Sender, explanation, digest and summary all ask here, so that nobody can be
 * told of what the explanation says they were not.
 */
#ifndef SA_PURE_INTEREST_H
#define SA_PURE_INTEREST_H

#include <stdbool.h>
#include <stdint.h>

typedef enum SaNewsKind
{
	SA_NEWS_CHANGE,    /* opened, worsened, reopened */
	SA_NEWS_CROSSED,   /* somebody's own threshold, inside an open alert */
	SA_NEWS_ESCALATED, /* to those who hear of what nobody took care of */
	SA_NEWS_REMINDER,
	SA_NEWS_RESOLVED,
	SA_NEWS_STANDING /* everything open at once: summary, digest */
} SaNewsKind;

typedef struct SaInterest
{
	SaNewsKind news;
	int rank; /* of the severity: 1 low, 2 critical, 3 out */
	int64_t occurred_at;
	/* the person and the way to them */
	bool person_enabled;
	bool contact_enabled;
	const char *suppressed; /* why nothing is sent to that address; NULL: it is */
	bool in_locations;
	bool in_categories;
	int minimum_rank;
	bool above_own; /* an own threshold that counts here is not crossed */
	bool for_escalations;
	bool fallback;
	bool somebody_else; /* another one is concerned */
	/* the alert */
	bool resolved;
	bool acknowledged;
	bool acknowledged_later; /* than the event */
	bool escalated;          /* since it opened */
	/* what this contact was told of it */
	bool told;
	int64_t told_at;
	int told_rank;
	bool told_return; /* that it is back in stock, since */
	/* and will be, by messages on their way */
	int waiting_rank; /* 0: none */
	int64_t waiting_at;
	bool in_flight;
	bool return_waiting;
	int64_t repeat_after;
} SaInterest;

/* False for a name that is no event of an alert. */
extern bool sa_news_kind(const char *event, SaNewsKind *kind);
/* NULL: it is told. */
extern const char *sa_interest_verdict(const SaInterest *i);

#endif
