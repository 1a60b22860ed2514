/*
 * demand_measure.c: the forecaster for the history there is.
 */
#include <stddef.h>

#include "pure/demand_measure.h"

/* Mean interval beyond which demand is not smooth (Syntetos, Boylan and Croston 2005). */
#define SPARSE_INTERVAL 1.32
/* So many days without a sale, of an item that is not smooth: it may have died. */
#define SILENT_DAYS 28

const char *
sa_demand_method_name(SaDemandMethod method)
{
	static const char *const names[] = {"shrunk", "esw", "tsb"};

	return names[method];
}

/* Fewer than two sales in eight weeks, or none lately. */
static bool
is_sparse(const SaDemandState *state, int32_t today)
{
	if (state->interval_mean > SILENT_DAYS)
		return true;
	return state->interval_mean > SPARSE_INTERVAL && today - state->last_sale > SILENT_DAYS;
}

static void
measure_young(const SaDemandState *state, const SaDemandPool *pool, SaDemandMeasure *out)
{
	double shape = 0.0;
	double rate = 0.0;

	if (pool != NULL && pool->velocity_mean > 0.0)
	{
		/* Of one item no spread is known: as wide as the mean. */
		double sd = pool->velocity_sd > 0.0 ? pool->velocity_sd : pool->velocity_mean;

		rate = pool->velocity_mean / (sd * sd);
		shape = pool->velocity_mean * rate;
	}
	out->method = SA_METHOD_SHRUNK;
	out->velocity = (shape + state->size_sum) / (rate + state->exposed_days);
	out->mse = state->mse;
	if (pool != NULL && pool->mse_ratio * out->velocity > out->mse)
		out->mse = pool->mse_ratio * out->velocity;
}

void
sa_demand_measure(const SaDemandState *state, const SaDemandPool *pool, int32_t today,
				  SaDemandMeasure *out)
{
	if (state->exposed_days < SA_START_DAYS)
	{
		measure_young(state, pool, out);
		return;
	}
	out->mse = state->mse;
	if (!is_sparse(state, today))
	{
		out->method = SA_METHOD_ESW;
		out->velocity = sa_esw_velocity(&state->esw);
		return;
	}
	out->method = SA_METHOD_TSB;
	out->velocity = sa_tsb_forecast(&state->tsb);
	/* Of counts as rare as these the variance is at least the mean. */
	if (out->mse < out->velocity)
		out->mse = out->velocity;
}
