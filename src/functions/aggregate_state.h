/*
 * aggregate_state.h: float8[] as the state of an aggregate.
 *
 * Visible to SQL, so that servers can exchange it; hence it may come from
 * anybody, and is looked at before it is used.  An aggregate writes to its own
 * state in place; a call from elsewhere works on a copy.
 */
#ifndef SA_FUNCTIONS_AGGREGATE_STATE_H
#define SA_FUNCTIONS_AGGREGATE_STATE_H

#include "fmgr.h"
#include "utils/array.h"

#include "compat.h"

/* So many zeros. */
extern ArrayType *sa_state_new(int size);
/* Argument 0 as a state that may be written to. */
extern ArrayType *sa_state_own(FunctionCallInfo fcinfo);
/* The numbers of a state of least to most of them, in place; NULL: it is none. */
extern double *sa_state_numbers(ArrayType *state, int least, int most);
/* Raises 22023: this is no state of the aggregate; layout is a sentence. */
SA_NORETURN(extern void sa_state_refuse(const char *aggregate, const char *layout));

#endif
