/*
 * decide.c: class, transition of the alert, quiet range.
 *
 * A boundary b parts the quantities below b from those at or above it; every
 * boundary that could matter takes part in the quiet range:
 *   out | critical | low | over | recovery (while an alert is open or held)
 *   | own thresholds of subscribers (each is news for its owner).
 */
#include "pure/decide.h"

const char *
sa_action_name(SaAction action)
{
	static const char *const names[] = {"none", "open",  "reopen",  "worsen",
										"ease", "cross", "resolve", "release"};

	return names[action];
}

/* The threshold whose crossing upwards, with a margin, ends the alert. */
static SaQuantity
highest_limit(const SaLimits *limits)
{
	if (limits->low.set)
		return limits->low.value;
	return limits->critical.set ? limits->critical.value : 0;
}

SaQuantity
sa_recovery_point(const SaSituation *s)
{
	SaQuantity limit = highest_limit(&s->limits);
	SaQuantity margin = sa_quantity_percent(limit, s->recovery_percent);

	return limit + (margin > s->step ? margin : s->step);
}

static void
note_boundary(SaDecision *out, SaQuantity available, SaQuantity boundary)
{
	/* At zero and under it everything is out. */
	if (boundary < 1)
		return;
	if (boundary <= available)
	{
		if (!out->has_quiet_below || boundary - 1 > out->quiet_below)
			out->quiet_below = boundary - 1;
		out->has_quiet_below = true;
	}
	else
	{
		if (!out->has_quiet_above || boundary < out->quiet_above)
			out->quiet_above = boundary;
		out->has_quiet_above = true;
	}
}

static void
find_quiet_range(const SaSituation *s, bool watch_recovery, SaDecision *out)
{
	out->has_quiet_below = false;
	out->has_quiet_above = false;
	if (!s->active)
		return;
	note_boundary(out, s->available, 1);
	if (s->limits.critical.set)
		note_boundary(out, s->available, sa_limit_clear(&s->limits.critical));
	if (s->limits.low.set)
		note_boundary(out, s->available, sa_limit_clear(&s->limits.low));
	if (s->limits.maximum.set)
		note_boundary(out, s->available, s->limits.maximum.value + 1);
	if (watch_recovery)
		note_boundary(out, s->available, sa_recovery_point(s));
	for (int i = 0; i < s->own_count; i++)
		note_boundary(out, s->available, s->own[i]);
}

/* At the last look stock was at or above an own threshold that it is below now. */
static bool
crossed_own(const SaSituation *s)
{
	if (!s->has_quiet_below)
		return false;
	for (int i = 0; i < s->own_count; i++)
	{
		if (s->own[i] > 0 && s->available < s->own[i] && s->own[i] - 1 <= s->quiet_below)
			return true;
	}
	return false;
}

static SaAction
next_action(const SaSituation *s, SaClass class, bool recovered)
{
	if (s->has_alert && s->open)
	{
		if (class <= SA_CLASS_OK)
			return recovered ? SA_ACTION_RESOLVE : SA_ACTION_NONE;
		if (class > s->severity)
			return s->muted ? SA_ACTION_NONE : SA_ACTION_WORSEN;
		if (class < s->severity)
			return SA_ACTION_EASE;
		return crossed_own(s) ? SA_ACTION_CROSS : SA_ACTION_NONE;
	}
	if (class <= SA_CLASS_OK)
		return s->held && recovered ? SA_ACTION_RELEASE : SA_ACTION_NONE;
	if (s->muted || (s->held && class <= s->severity))
		return SA_ACTION_NONE;
	return s->has_alert && s->recent ? SA_ACTION_REOPEN : SA_ACTION_OPEN;
}

static void
name_threshold(const SaSituation *s, SaDecision *out)
{
	const SaLimit *fired = out->class == SA_CLASS_CRITICAL ? &s->limits.critical : &s->limits.low;

	out->has_threshold = out->class > SA_CLASS_OK;
	out->threshold = out->class == SA_CLASS_OUT ? 0 : fired->value;
}

void
sa_decide(const SaSituation *s, SaDecision *out)
{
	bool recovered = !s->active || s->available >= sa_recovery_point(s);
	bool open_after;

	out->class = s->active ? sa_classify(s->available, &s->limits) : SA_CLASS_OK;
	out->action = next_action(s, out->class, recovered);
	open_after = (s->has_alert && s->open && out->action != SA_ACTION_RESOLVE) ||
				 out->action == SA_ACTION_OPEN || out->action == SA_ACTION_REOPEN ||
				 (s->held && out->action != SA_ACTION_RELEASE);
	out->in_band = s->has_alert && s->open && out->class <= SA_CLASS_OK && !recovered;
	name_threshold(s, out);
	find_quiet_range(s, open_after, out);
}
