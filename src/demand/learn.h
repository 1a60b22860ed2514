/*
 * learn.h: one pair's new days into its history, forecaster and thresholds.
 *
 * No table is read or written here.  Bytes and texts belong to the room or to
 * whoever gave them, and stay until the next pair.
 */
#ifndef SA_DEMAND_LEARN_H
#define SA_DEMAND_LEARN_H

#include "pure/demand_history.h"
#include "pure/demand_measure.h"
#include "pure/demand_state.h"

/* Days of history kept; a year and a month, so that last year's season is seen. */
#define SA_KEPT_DAYS 400

/* What is stored of a pair in stockalert.demand_state. */
typedef struct SaPairState
{
	SaDemandState state;
	double velocity;
	SaDemandMethod method;
	bool has_thresholds;
	double reorder_point;
	double order_up_to;
} SaPairState;

/* A day told anew; of units and share what is not told stays. */
typedef struct SaToldDay
{
	int32_t day;
	bool has_units;
	bool has_out_share;
	double units;
	double out_share;
} SaToldDay;

/* Terms of supply of an item. */
typedef struct SaSupply
{
	double lead_time;
	double lead_time_sd;
	double review;
	double step; /* of quantities */
	double service_level;
} SaSupply;

typedef struct SaLesson
{
	int32_t today;
	const SaPairState *before; /* NULL: to be made from the whole history */
	const uint8_t *history;    /* NULL: none */
	size_t history_size;
	const SaToldDay *days;
	int day_count;
	const double *profile; /* NULL: none */
	const SaDemandPool *pool;
	const SaSupply *supply;
} SaLesson;

typedef struct SaLearned
{
	bool known; /* something sold: state is filled */
	bool moved; /* something of it is new */
	SaPairState state;
	bool history_moved;
	const uint8_t *history;
	size_t history_size;
} SaLearned;

typedef struct SaLearnRoom SaLearnRoom;

/* In the current memory context. */
extern SaLearnRoom *sa_learn_room(void);
/* Small moves keep what is stored.  Raises XX001 where the history is none. */
extern void sa_learn(SaLearnRoom *room, const SaLesson *lesson, SaLearned *out);

#endif
