/*
 * quiet.c: the quiet test, also as stockalert.is_quiet().
 */
#include "postgres.h"

#include "fmgr.h"

#include "alerts/quiet.h"
#include "compat.h"
#include "db/quantity.h"

SA_FUNCTION(stockalert_is_quiet);

bool
sa_quiet(const NullableDatum level[4])
{
	SaQuantity available;
	SaQuantity reserved;
	SaQuantity edge;

	if (level[0].isnull || level[1].isnull || !sa_quantity_from_datum(level[0].value, &available) ||
		!sa_quantity_from_datum(level[1].value, &reserved))
		return false;
	available -= reserved;
	if (!level[2].isnull && (!sa_quantity_from_datum(level[2].value, &edge) || available <= edge))
		return false;
	return level[3].isnull || (sa_quantity_from_datum(level[3].value, &edge) && available < edge);
}

Datum
stockalert_is_quiet(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(sa_quiet(fcinfo->args));
}
