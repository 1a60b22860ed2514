/*
 * decide.h: what one look at an item's stock means.
 *
 * From the quantity, the thresholds in force and the alert there may be, says
 * the class, what happens to the alert, and between which two quantities
 * nothing can matter to anybody (the quiet range the item trigger compares
 * with).  Pure: the same inputs give the same answer in trigger, check and
 * explanation.
 */
#ifndef SA_PURE_DECIDE_H
#define SA_PURE_DECIDE_H

#include "pure/classify.h"

typedef enum SaAction
{
	SA_ACTION_NONE,
	SA_ACTION_OPEN,
	SA_ACTION_REOPEN,
	SA_ACTION_WORSEN,
	SA_ACTION_EASE,
	SA_ACTION_CROSS, /* no change for all, but somebody's own threshold was crossed */
	SA_ACTION_RESOLVE,
	SA_ACTION_RELEASE /* recovered: a hold after a manual resolve ends */
} SaAction;

typedef struct SaSituation
{
	SaQuantity available;
	SaQuantity step;
	SaQuantity recovery_percent;
	bool active;
	bool muted; /* nothing is opened or made worse; what is open ends by itself */
	SaLimits limits;
	const SaQuantity *own; /* explicit own thresholds of subscribers, any order */
	int own_count;
	bool has_alert; /* the newest alert of the pair */
	bool open;
	SaClass severity; /* of that alert */
	bool held;        /* resolved by hand while low, and the hold still runs */
	bool recent;      /* resolved less than the repeat time ago */
	bool has_quiet_below;
	SaQuantity quiet_below; /* as stored at the last look */
} SaSituation;

typedef struct SaDecision
{
	SaClass class;
	SaAction action;
	bool has_threshold;
	SaQuantity threshold; /* the one that fired; 0 for out */
	bool has_quiet_below;
	bool has_quiet_above;
	SaQuantity quiet_below; /* greatest lower quantity that is not the same */
	SaQuantity quiet_above; /* smallest higher quantity that is not the same */
	bool in_band;           /* open, not low, not yet recovered */
} SaDecision;

extern void sa_decide(const SaSituation *s, SaDecision *out);
/* Quantity from which an alert on these limits resolves by itself. */
extern SaQuantity sa_recovery_point(const SaSituation *s);
extern const char *sa_action_name(SaAction action);

#endif
