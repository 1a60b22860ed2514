/*
 * thresholds.c: defaults and clamps.
 *
 * The percent settings speak only where no rule says anything about low or
 * critical: mixed with a rule they would contradict it (low at 10 pieces by
 * rule, critical at 5 % of a par of 1,000).
 */
#include "pure/thresholds.h"

const char *
sa_origin_name(SaOrigin origin)
{
	static const char *const names[] = {"none", "rule", "setting", "subscriber"};

	return names[origin];
}

static void
set_limit(SaLimit *limit, SaQuantity value, bool inclusive)
{
	limit->set = true;
	limit->value = value;
	limit->inclusive = inclusive;
}

static SaOrigin
apply_defaults(const SaThresholdInput *in, SaLimits *out)
{
	if (in->has_base)
	{
		set_limit(&out->low, sa_quantity_percent(in->base, in->low_percent), in->default_inclusive);
		set_limit(&out->critical, sa_quantity_percent(in->base, in->critical_percent),
				  in->default_inclusive);
		return SA_ORIGIN_SETTING;
	}
	return SA_ORIGIN_NONE;
}

/* Rules of different scope may contradict each other: the narrower one means what it says. */
static void
clamp_contradictions(SaLimits *out, bool critical_narrower)
{
	if (out->low.set && out->critical.set &&
		sa_limit_clear(&out->critical) > sa_limit_clear(&out->low))
	{
		if (critical_narrower)
			out->low = out->critical;
		else
			out->critical = out->low;
	}
	if (out->maximum.set &&
		((out->low.set && out->maximum.value < sa_limit_clear(&out->low)) ||
		 (out->critical.set && out->maximum.value < sa_limit_clear(&out->critical))))
		out->maximum.set = false;
}

SaOrigin
sa_thresholds_resolve(const SaThresholdInput *in, SaLimits *out)
{
	SaOrigin origin = SA_ORIGIN_NONE;

	*out = in->rules;
	if (out->low.set || out->critical.set)
		origin = SA_ORIGIN_RULE;
	else
		origin = apply_defaults(in, out);
	/* Own thresholds fire below, whoever reads them; and none weakens a critical one of a rule. */
	if (!out->low.set && in->has_own &&
		!(out->critical.set && in->own < sa_limit_clear(&out->critical)))
	{
		set_limit(&out->low, in->own, false);
		origin = SA_ORIGIN_SUBSCRIBER;
	}
	clamp_contradictions(out, in->critical_narrower);
	return origin;
}
