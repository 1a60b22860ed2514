/*
 * caller.c: who calls, whoever a function runs as.
 *
 * Inside a SECURITY DEFINER function current_user is its owner; what SET ROLE
 * made of the session stays what the caller is.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "compat.h"

SA_FUNCTION(stockalert_caller);

Datum
stockalert_caller(PG_FUNCTION_ARGS)
{
	PG_RETURN_OID(GetOuterUserId());
}
