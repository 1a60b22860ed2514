/*
 * state_row.h: a row of stockalert.demand_state in C, and stockalert.learned.
 */
#ifndef SA_DEMAND_STATE_ROW_H
#define SA_DEMAND_STATE_ROW_H

#include "access/htup.h"
#include "access/tupdesc.h"

#include "pure/demand_state.h"

typedef struct SaStateRow
{
	bool known;
	bool moved; /* something that is stored is new */
	SaDemandState state;
	double velocity;
	const char *method;
	bool has_thresholds;
	double reorder_point;
	double order_up_to;
	double step;
} SaStateRow;

/* False for a row without its not-null columns: a join that found none. */
extern bool sa_state_row_read(HeapTupleHeader tuple, SaStateRow *out);
/* To the last bit: a run that learns nothing writes nothing. */
extern bool sa_state_row_same(const SaStateRow *a, const SaStateRow *b);
/* A row of type stockalert.learned; days NULL: the history did not move. */
extern HeapTuple sa_state_row_form(TupleDesc desc, const SaStateRow *row,
								   const SaHistoryDays *days);

#endif
