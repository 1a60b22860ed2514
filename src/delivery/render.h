/*
 * render.h: from facts to the texts of a message.
 *
 * Rendering happens once, in the sender, inside the routing transaction; the
 * result is stored and sent unchanged on every retry.  Memory: everything is
 * palloc'd in the caller's current context.
 */
#ifndef SA_DELIVERY_RENDER_H
#define SA_DELIVERY_RENDER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SaAlertFacts
{
	int64_t alert_id;
	const char *event;    /* opened, worsened, reopened, resolved, reminder, takeover */
	const char *severity; /* the kind, where that is not stock */
	const char *item;
	const char *sku;
	const char *location;
	const char *quantity;  /* available, as text without trailing zeros */
	const char *threshold; /* NULL: none */
	const char *days_left; /* NULL: not known */
	const char *suggested; /* NULL: not known, or none */
	const char *supplier;  /* of what is suggested; NULL: not known */
	const char *at;        /* local time of the subscriber, "2026-03-01 09:00 CET" */
} SaAlertFacts;

typedef struct SaSummaryFacts
{
	const char *location; /* NULL: all */
	int64_t healthy;
	int64_t low;
	int64_t critical;
	int64_t out;
	int64_t over;
	const char *at;
} SaSummaryFacts;

typedef struct SaAddressee
{
	const char *name;
	const char *channel;
	const char *shop;
	const char *ref;
	const char *timestamp;               /* of what is told, UTC, "2026-03-01T09:00:00Z" */
	const struct SaTemplates *templates; /* words that somebody changed; NULL: none */
} SaAddressee;

typedef struct SaRendered
{
	char *subject;
	char *body; /* text part, or JSON for slack and webhook */
	char *html; /* email only */
} SaRendered;

/* One alert. */
extern SaRendered sa_render_alert(const SaAddressee *to, const SaAlertFacts *alert);
/* Several alerts in one message; total may exceed count (only the worst are listed). */
extern SaRendered sa_render_digest(const SaAddressee *to, const SaAlertFacts *alerts, int count,
								   int64_t total, const char *at);
/* Counts and the worst items. */
extern SaRendered sa_render_summary(const SaAddressee *to, const SaSummaryFacts *summary,
									const SaAlertFacts *worst, int count);
/* test_channel(). */
extern SaRendered sa_render_test(const SaAddressee *to, const char *at);

#endif
