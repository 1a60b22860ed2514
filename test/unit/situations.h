/*
 * situations.h: a small world around sa_decide(), for test_decide.c and fuzz_decide.c.
 *
 * Two shops live through the same story.  One judges at every change of stock,
 * the other only when stock leaves its quiet range, as the item trigger does:
 * what happens to their alerts must be the same.
 */
#ifndef SA_SITUATIONS_H
#define SA_SITUATIONS_H

#include "pure/decide.h"

typedef struct World
{
	SaSituation s;
	SaDecision last;
	int judged;
} World;

/* What the statement of alerts/apply.c does with a decision. */
static inline void
act(World *w)
{
	switch (w->last.action)
	{
		case SA_ACTION_OPEN:
		case SA_ACTION_REOPEN:
			w->s.has_alert = true;
			w->s.open = true;
			w->s.held = false;
			w->s.recent = false;
			w->s.severity = w->last.class;
			break;
		case SA_ACTION_WORSEN:
		case SA_ACTION_EASE:
			w->s.severity = w->last.class;
			break;
		case SA_ACTION_RESOLVE:
			w->s.open = false;
			w->s.recent = true;
			break;
		case SA_ACTION_RELEASE:
			w->s.held = false;
			break;
		case SA_ACTION_NONE:
		case SA_ACTION_CROSS:
			break;
	}
	w->s.has_quiet_below = w->last.has_quiet_below;
	w->s.quiet_below = w->last.quiet_below;
}

static inline SaAction
judge(World *w)
{
	sa_decide(&w->s, &w->last);
	act(w);
	w->judged++;
	return w->last.action;
}

static inline bool
is_quiet(const World *w)
{
	return !(w->last.has_quiet_below && w->s.available <= w->last.quiet_below) &&
		   !(w->last.has_quiet_above && w->s.available >= w->last.quiet_above);
}

/* As the trigger: NONE without judging while it is quiet. */
static inline SaAction
judge_if_needed(World *w)
{
	return is_quiet(w) ? SA_ACTION_NONE : judge(w);
}

/* Resolved by hand, as stockalert.end_alert() does. */
static inline void
resolve_by_hand(World *w)
{
	if (!w->s.has_alert || !w->s.open)
		return;
	w->s.open = false;
	w->s.recent = true;
	w->s.held = w->last.class > SA_CLASS_OK;
	(void) judge(w);
}

#endif
