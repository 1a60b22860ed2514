/*
 * aggregate_state.c: float8[] as the state of an aggregate.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "errors.h"
#include "functions/aggregate_state.h"

ArrayType *
sa_state_new(int size)
{
	Size bytes = ARR_OVERHEAD_NONULLS(1) + sizeof(double) * size;
	ArrayType *state = (ArrayType *) palloc0(bytes);

	SET_VARSIZE(state, bytes);
	state->ndim = 1;
	state->elemtype = FLOAT8OID;
	ARR_DIMS(state)[0] = size;
	ARR_LBOUND(state)[0] = 1;
	return state;
}

ArrayType *
sa_state_own(FunctionCallInfo fcinfo)
{
	if (AggCheckCallContext(fcinfo, NULL) != 0)
		return PG_GETARG_ARRAYTYPE_P(0);
	return PG_GETARG_ARRAYTYPE_P_COPY(0);
}

double *
sa_state_numbers(ArrayType *state, int least, int most)
{
	if (ARR_NDIM(state) != 1 || ARR_ELEMTYPE(state) != FLOAT8OID || ARR_HASNULL(state) ||
		ARR_DIMS(state)[0] < least || ARR_DIMS(state)[0] > most)
		return NULL;
	return (double *) ARR_DATA_PTR(state);
}

void
sa_state_refuse(const char *aggregate, const char *layout)
{
	ereport(ERROR, (errcode(SA_ERR_BAD_ARGUMENT),
					errmsg("this is no state of the aggregate stockalert.%s", aggregate),
					errdetail("A state is an array of %s.", layout),
					errhint("Pass what the aggregate's own functions made.")));
}
