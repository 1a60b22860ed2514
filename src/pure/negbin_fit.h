/*
 * negbin_fit.h: the negative binomial that fits a sample of days.
 */
#ifndef SA_PURE_NEGBIN_FIT_H
#define SA_PURE_NEGBIN_FIT_H

#include <stddef.h>

#include "pure/maths.h"

/* No size stands for the sample: its variance is not above its mean, and Poisson fits. */
typedef struct SaNegbinFit
{
	double mean;
	double variance; /* of the sample (n - 1), NaN below two days */
	double size;     /* r; HUGE_VAL: Poisson */
	double log_likelihood;
} SaNegbinFit;

/* size = mean^2/(variance - mean); whole units of each day. */
extern SaBadArgument sa_negbin_fit_moments(const double *units, size_t days, SaNegbinFit *fit);
/* The size of greatest likelihood, the mean being that of the sample. */
extern SaBadArgument sa_negbin_fit_likelihood(const double *units, size_t days, SaNegbinFit *fit);

#endif
