/*
 * findings.h: which of its inputs a decision rests on, as alerts record them.
 */
#ifndef SA_ALERTS_FINDINGS_H
#define SA_ALERTS_FINDINGS_H

#include "alerts/judge.h"

typedef struct SaFindings
{
	const char *fires; /* below, at_or_below; NULL: there is neither low nor critical */
	bool velocity;     /* a threshold in force is of days, so the velocity took part */
	bool reorder_point;
	bool order_up_to;
} SaFindings;

extern void sa_findings(const SaJudged *judged, SaFindings *out);

#endif
