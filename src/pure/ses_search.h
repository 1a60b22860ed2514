/*
 * ses_search.h: simple exponential smoothing of what a history consists of,
 * with the alpha of least squared one-step error.
 *
 * For comparison with packages that fit each series: on daily sales fitted
 * smoothing loses to a fixed one, and this is not O(1).
 */
#ifndef SA_PURE_SES_SEARCH_H
#define SA_PURE_SES_SEARCH_H

#include "pure/forecast.h"

typedef enum SaSesOf
{
	SA_SES_OF_DAYS,
	SA_SES_OF_SIZES,     /* of sales */
	SA_SES_OF_INTERVALS, /* between them, the first from the first day */
	SA_SES_OF_BLOCKS     /* sums of so many days, the newest block ending with the history */
} SaSesOf;

/* The alpha in [low, high]; low where nothing can be told. */
extern double sa_ses_search(const SaForecastModel *model, const double *history, SaSesOf of,
							int block, double low, double high);
/* The level after the last value, begun with the first; 0 where there is none. */
extern double sa_ses_run(const SaForecastModel *model, const double *history, SaSesOf of, int block,
						 double alpha, double *squares);
/* Days from one sale to the next, on average; 0 where nothing was sold. */
extern double sa_ses_mean_interval(const SaForecastModel *model, const double *history);

#endif
