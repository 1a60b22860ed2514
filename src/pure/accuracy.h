/*
 * accuracy.h: how far forecasts were off.
 *
 * Arrays of the same length; a pair of which one is NaN is left out.  *out is
 * NaN where there is no pair, or where the scale is 0 or unknown.
 * Hyndman & Koehler (2006); M5 Competitors' Guide.
 */
#ifndef SA_PURE_ACCURACY_H
#define SA_PURE_ACCURACY_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/maths.h"

typedef struct SaPairs
{
	const double *actual;
	const double *forecast;
	size_t count;
} SaPairs;

/* Mean |y - f|; its root of squares; mean f - y. */
extern double sa_accuracy_mae(SaPairs pairs);
extern double sa_accuracy_rmse(SaPairs pairs);
extern double sa_accuracy_bias(SaPairs pairs);
/* Mean |y - f| / (|y| + |f|), 0 to 1; two zeros are no error. */
extern double sa_accuracy_smape(SaPairs pairs);
/* Mean of u e where e = y - f is above 0, else (u - 1) e, of a forecast of quantile u. */
extern SaBadArgument sa_accuracy_pinball(SaPairs pairs, double probability, double *out);
/*
 * What the forecast that repeats the day `season` days ago was off in the
 * history: mean |d|, or mean d^2, of d = y_t - y_(t-season).
 */
extern SaBadArgument sa_accuracy_scale(const double *history, size_t days, int season,
									   bool from_first_sale, bool squared, double *out);

#endif
