/*
 * own_xid.c: what this very transaction wrote.
 *
 * A row's xmin is one of ours where the transaction, or one of its
 * subtransactions that was not rolled back, wrote it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"

#include "compat.h"

SA_FUNCTION(stockalert_is_own_transaction);

Datum
stockalert_is_own_transaction(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(TransactionIdIsCurrentTransactionId(PG_GETARG_TRANSACTIONID(0)));
}
