/*
 * demand_measure.h: from the state of a pair's demand to what is planned with.
 *
 * Which forecaster speaks follows from how much history there is: under
 * SA_START_DAYS exposed days the pair's own sales shrunk to its pool
 * (gamma-Poisson: (a + sales)/(b + days), a = m^2/s^2, b = m/s^2), ESW from then
 * on, TSB where sales are sparse.
 */
#ifndef SA_PURE_DEMAND_MEASURE_H
#define SA_PURE_DEMAND_MEASURE_H

#include "pure/demand_state.h"

typedef enum SaDemandMethod
{
	SA_METHOD_SHRUNK,
	SA_METHOD_ESW,
	SA_METHOD_TSB
} SaDemandMethod;

/* What a location's items of a category have in common. */
typedef struct SaDemandPool
{
	double velocity_mean;
	double velocity_sd; /* between items; 0: not known */
	double mse_ratio;   /* squared one-day error over velocity */
} SaDemandPool;

typedef struct SaDemandMeasure
{
	SaDemandMethod method;
	double velocity; /* units a day, mean of a week ahead */
	double mse;      /* of a one-day forecast */
} SaDemandMeasure;

/* state is folded to the day before `today`. pool NULL: none. */
extern void sa_demand_measure(const SaDemandState *state, const SaDemandPool *pool, int32_t today,
							  SaDemandMeasure *out);
extern const char *sa_demand_method_name(SaDemandMethod method);

#endif
