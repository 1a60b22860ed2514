/*
 * thresholds.h: which thresholds are in force for one item at one location.
 *
 * The caller has found, field by field, the narrowest rule that could set it;
 * here units become units of stock, defaults fill in, contradictions between
 * rules are clamped.
 */
#ifndef SA_PURE_THRESHOLDS_H
#define SA_PURE_THRESHOLDS_H

#include "pure/classify.h"

/* Where the low (or, without low, the critical) threshold came from. */
typedef enum SaOrigin
{
	SA_ORIGIN_NONE,
	SA_ORIGIN_RULE,
	SA_ORIGIN_SETTING,
	SA_ORIGIN_SUBSCRIBER
} SaOrigin;

typedef struct SaThresholdInput
{
	SaLimits rules;         /* in units of stock, from rules; unset where none says so */
	bool critical_narrower; /* critical comes from a narrower rule than low */
	bool has_base;          /* what the percent settings are of: the par level, else computed */
	SaQuantity base;
	bool has_own; /* greatest own threshold of a subscriber who covers the pair */
	SaQuantity own;
	SaQuantity low_percent; /* settings */
	SaQuantity critical_percent;
	bool default_inclusive;
} SaThresholdInput;

extern SaOrigin sa_thresholds_resolve(const SaThresholdInput *in, SaLimits *out);
extern const char *sa_origin_name(SaOrigin origin);

#endif
