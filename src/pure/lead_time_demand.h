/*
 * lead_time_demand.h: demand over the lead time by the name of its
 * distribution, what it exceeds and with which probability.
 *
 * A mean of 0 is demand 0.  The variance is not asked for by Poisson, and no
 * larger than the mean it makes the negative binomial Poisson.
 */
#ifndef SA_PURE_LEAD_TIME_DEMAND_H
#define SA_PURE_LEAD_TIME_DEMAND_H

#include <stddef.h>

#include "pure/maths.h"

typedef enum SaDistribution
{
	SA_NEGATIVE_BINOMIAL,
	SA_POISSON,
	SA_NORMAL,
	SA_GAMMA
} SaDistribution;

/* By its SQL name, such as negative_binomial. */
extern SaBadArgument sa_distribution_by_name(const char *name, SaDistribution *distribution);
/* P(demand > position), 1 for a negative position. */
extern SaBadArgument sa_stockout_probability(double position, double mean, double variance,
											 SaDistribution distribution, double *probability);
/* The least stock with P(demand <= stock) >= service_level: whole units for the two of counts. */
extern SaBadArgument sa_reorder_point_of(double service_level, double mean, double variance,
										 SaDistribution distribution, double *reorder_point);
/*
 * P(demand over the lead time > position) by the distribution that
 * sa_reorder_point() takes.
 */
extern SaBadArgument sa_stockout_probability_default(double position, double velocity, double mse,
													 double lead_time, double lead_time_sd,
													 double alpha, double *probability);
/*
 * Units per day over the lead time of a forecast for each coming day, which
 * repeats; of its whole round where the lead time is 0.  0 for no days.
 */
extern SaBadArgument sa_forecast_velocity(const double *forecast, size_t days, double lead_time,
										  double *velocity);

#endif
