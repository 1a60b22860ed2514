/*
 * plans.c: prepare once, keep for the session.
 */
#include "postgres.h"

#include "db/plans.h"

SPIPlanPtr
sa_plan_keep(SPIPlanPtr *kept, const char *text, int nargs, Oid *types, int options)
{
	if (*kept == NULL)
	{
		SPIPlanPtr plan = SPI_prepare_cursor(text, nargs, types, options);

		if (plan == NULL)
			elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
		if (SPI_keepplan(plan) != 0)
			elog(ERROR, "could not keep a plan");
		*kept = plan;
	}
	return *kept;
}
