/*
 * enqueue.c: telling the sender that SQL wrote to the queue.
 *
 * The rows themselves are written set-based where they arise (alerts/apply.c,
 * reminders, summaries).
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"
#include "ipc/wake.h"

SA_FUNCTION(stockalert_wake_sender);

Datum
stockalert_wake_sender(PG_FUNCTION_ARGS)
{
	sa_wake_request();
	PG_RETURN_VOID();
}
