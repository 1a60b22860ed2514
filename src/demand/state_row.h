/*
 * state_row.h: rows of stockalert.demand_state and demand_days in C.
 */
#ifndef SA_DEMAND_STATE_ROW_H
#define SA_DEMAND_STATE_ROW_H

#include "executor/tuptable.h"
#include "utils/date.h"

#include "demand/learn.h"

/* What a row to be written points to; one for all pairs. */
typedef struct SaStateRoom SaStateRoom;

/* In the current memory context. */
extern SaStateRoom *sa_state_room(void);
/* From a row of demand_state whose columns are all fetched. */
extern void sa_state_row_read(const TupleTableSlot *row, SaPairState *out);
/* Whether reorder point, order-up-to or velocity are others. */
extern bool sa_state_row_steers(const SaPairState *before, const SaPairState *now);
/*
 * Sets the columns of a row that holds those of before, or (NULL) nothing; what is
 * set points to room and to the current memory context until the row is stored.
 */
extern void sa_state_row_set(SaStateRoom *room, TupleTableSlot *row, int64 location_id,
							 int64 item_id, const SaPairState *before, const SaPairState *now,
							 DateADT computed_for);
/* The history in a row of demand_days: its bytes, valid until the row is another. */
extern const uint8_t *sa_days_row_read(const TupleTableSlot *row, size_t *size);
extern void sa_days_row_set(SaStateRoom *room, TupleTableSlot *row, int64 location_id,
							int64 item_id, const uint8_t *history, size_t size);

#endif
