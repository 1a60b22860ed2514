/*
 * open_transactions.c: how long somebody in this database has been writing.
 *
 * From the server's own list of sessions, which shows other roles' transactions
 * to pg_read_all_stats only; nothing but a time leaves this file.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/backend_status.h"
#include "utils/timestamp.h"

#include "compat.h"

SA_FUNCTION(stockalert_oldest_transaction);

/* Vacuum brings no rows, and may take hours. */
static bool
may_write(const PgBackendStatus *session)
{
	return session->st_procpid > 0 && session->st_databaseid == MyDatabaseId &&
		   session->st_backendType != B_AUTOVAC_WORKER && session->st_xact_start_timestamp != 0;
}

/*
 * A transaction that is not in the list, which may be as old as our own transaction,
 * ended before it or began after that.
 */
Datum
stockalert_oldest_transaction(PG_FUNCTION_ARGS)
{
	TimestampTz oldest = GetCurrentTransactionStartTimestamp();
	int count = pgstat_fetch_stat_numbackends();

	for (int i = 1; i <= count; i++)
	{
		LocalPgBackendStatus *session = SA_SESSION(i);

		if (session != NULL && may_write(&session->backendStatus))
			oldest = Min(oldest, session->backendStatus.st_xact_start_timestamp);
	}
	PG_RETURN_TIMESTAMPTZ(oldest);
}
