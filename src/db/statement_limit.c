/*
 * statement_limit.c: an end to a statement that takes too long, whoever started it.
 *
 * The setting statement_timeout is read when a statement begins; a background
 * worker of pg_cron begins one for the whole command, before any SET in it.
 * So a job starts the clock itself.
 */
#include "postgres.h"

#include <limits.h>

#include "fmgr.h"
#include "storage/proc.h"
#include "utils/timeout.h"

#include "compat.h"

SA_FUNCTION(stockalert_limit_statement);

/* A statement_timeout that ends earlier stays; later than it no job may run. */
Datum
stockalert_limit_statement(PG_FUNCTION_ARGS)
{
	int32 seconds = PG_GETARG_INT32(0);

	if (seconds > 0 && seconds <= INT_MAX / 1000 &&
		(StatementTimeout <= 0 || StatementTimeout / 1000 >= seconds))
		enable_timeout_after(STATEMENT_TIMEOUT, seconds * 1000);
	PG_RETURN_VOID();
}
