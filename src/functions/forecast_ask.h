/*
 * forecast_ask.h: the arguments that all functions of the forecasters share.
 */
#ifndef SA_FUNCTIONS_FORECAST_ASK_H
#define SA_FUNCTIONS_FORECAST_ASK_H

#include "fmgr.h"

#include "functions/series.h"
#include "pure/forecast.h"

typedef struct SaForecastCall
{
	SaForecastAsk ask;
	SaSeries history;
	double profile[SA_WEEK];
} SaForecastCall;

/*
 * Argument 0 is the history; `method` is the number of the argument method, which start_date and
 * profile follow, `more` that of alpha, which the rest follow.  NULL: not asked for.
 * ask points into *call.  Raises 22023.
 */
extern void sa_forecast_read(FunctionCallInfo fcinfo, int method, int more, SaForecastCall *call);

#endif
