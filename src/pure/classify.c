/*
 * classify.c: out (at or under zero) before critical before low before over.
 */
#include "pure/classify.h"

#include <string.h>

static const struct
{
	SaClass class;
	const char *name;
} class_names[] = {
	{SA_CLASS_OVER, "over"},         {SA_CLASS_OK, "ok"},   {SA_CLASS_LOW, "low"},
	{SA_CLASS_CRITICAL, "critical"}, {SA_CLASS_OUT, "out"},
};

SaQuantity
sa_limit_clear(const SaLimit *limit)
{
	/* 1 is the smallest step of the fixed point: the first value above. */
	return limit->inclusive ? limit->value + 1 : limit->value;
}

SaClass
sa_classify(SaQuantity available, const SaLimits *limits)
{
	if (available <= 0)
		return SA_CLASS_OUT;
	if (limits->critical.set && available < sa_limit_clear(&limits->critical))
		return SA_CLASS_CRITICAL;
	if (limits->low.set && available < sa_limit_clear(&limits->low))
		return SA_CLASS_LOW;
	if (limits->maximum.set && available > limits->maximum.value)
		return SA_CLASS_OVER;
	return SA_CLASS_OK;
}

const char *
sa_class_name(SaClass class)
{
	return class_names[class - SA_CLASS_OVER].name;
}

bool
sa_class_parse(const char *name, SaClass *out)
{
	for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++)
	{
		if (strcmp(name, class_names[i].name) == 0)
		{
			*out = class_names[i].class;
			return true;
		}
	}
	return false;
}
