/*
 * classify.h: the one classifier of stock.
 *
 * Trigger, check, views, statistics and summaries all ask here, so that none
 * of them can disagree with another.
 */
#ifndef SA_PURE_CLASSIFY_H
#define SA_PURE_CLASSIFY_H

#include <stdbool.h>

#include "pure/quantity.h"

/* In the order of badness; over stands apart and opens nothing of kind stock. */
typedef enum SaClass
{
	SA_CLASS_OVER = -1,
	SA_CLASS_OK = 0,
	SA_CLASS_LOW = 1,
	SA_CLASS_CRITICAL = 2,
	SA_CLASS_OUT = 3
} SaClass;

/* A threshold: fires below value, or at it too. */
typedef struct SaLimit
{
	bool set;
	bool inclusive;
	SaQuantity value;
} SaLimit;

typedef struct SaLimits
{
	SaLimit low;
	SaLimit critical;
	SaLimit maximum; /* over above value; inclusive is not looked at */
} SaLimits;

/* Smallest available at which the limit does not fire any more. */
extern SaQuantity sa_limit_clear(const SaLimit *limit);
extern SaClass sa_classify(SaQuantity available, const SaLimits *limits);
extern const char *sa_class_name(SaClass class);
/* False for a text that names no class. */
extern bool sa_class_parse(const char *name, SaClass *out);

#endif
