/*
 * guard.c: a subtransaction, as PL/pgSQL's EXCEPTION makes one.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "db/guard.h"

/* Errors that are about the transaction or the server, not about our work. */
static bool
is_for_the_app(int code)
{
	switch (ERRCODE_TO_CATEGORY(code))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
			return true;
		default:
			return code == ERRCODE_DISK_FULL || code == ERRCODE_DATA_CORRUPTED ||
				   code == ERRCODE_INDEX_CORRUPTED;
	}
}

ErrorData *
sa_guard(void (*work)(void *argument), void *argument)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		work(argument);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = resources;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = resources;
	}
	PG_END_TRY();
	/* Out of the subtransaction, which nobody else would end. */
	if (error != NULL && is_for_the_app(error->sqlerrcode))
		ReThrowError(error);
	return error;
}
